"""A seed and a size -> French-looking text with planted copies, the same on every machine.

Two corpora:

* ``paragraphs``: a table of paragraphs of about 60 words (486 bytes), a fifth of them
  edited copies of others, with Jaccard (word 3-grams) spread from 0.3 to 1.0. For
  ``peers.py``.
* ``articles``: days of articles of about 500 words as outlets would publish them, with an
  agency's dispatches carried whole, cut, merged and retouched. For ``growth.py``.

Words follow Zipf's law over a fixed lexicon of pseudo-words with accents, elisions
(``l'…``), capitals, numbers and punctuation; real function words take the first ranks, and
stock phrases recur across unrelated texts. Everything is drawn in numpy and joined in
Arrow: no Python loop runs over words.

    python benchmarks/corpus.py paragraphs --n 100000 --out paragraphs.parquet
    python benchmarks/corpus.py articles --n 100000 --out articles.jsonl
    python benchmarks/corpus.py articles --n 1000000 --out articles/ --per-file 100000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# --- the lexicon ------------------------------------------------------------------------

LEXICON_SIZE = 60_000
# Zipf-Mandelbrot: the share of the word of rank r is proportional to (r + SHIFT) ** -SLOPE.
# The slope is set so that a word with its space and punctuation takes 8.1 bytes on average,
# as in the French corpus whose paragraphs of 60 words take 486 bytes.
SLOPE, SHIFT = 1.0, 2.7
DRAW_SLOTS = 1 << 21
STOCK_PHRASES = 400

FUNCTION_WORDS = (
    "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se "
    "ce il sont son avec aux elle ont mais sa ses comme nous cette fait leur bien deux "
    "peut tout sans aussi ces entre contre selon depuis autres leurs encore ainsi dont lors"
).split()
ONSETS = "b c d f g l m n p r s t v b c d f g l m n p r s t v br cr dr fl pl pr tr ch gn qu".split()
NUCLEI = "a e i o u a e i o u a e i o é è ê ou ai on an in eu oi au ô î".split()
CODAS = "r l s t n c m x".split()
ENDINGS = ("tion ment eur ité ique aient és ance isme able aire eux ive ette ant ent elle age oire ure er").split()
ELISIONS = ("l'", "d'", "qu'", "s'", "n'")

# A token is ``8 * word + form``: the same word as it can be printed.
PLAIN, CAPITAL, COMMA, CAPITAL_COMMA, STOP, CAPITAL_STOP, QUOTE_OPEN, QUOTE_CLOSE = range(8)


@dataclass(frozen=True)
class Lexicon:
    """The words and how often each is drawn.

    ``printed``: string array, shape (8 * LEXICON_SIZE,), every word in its eight forms.
    ``slots``: int32, shape (DRAW_SLOTS,), word numbers; a uniform draw of a slot is a
    Zipfian draw of a word.
    ``phrases``: list of int32 arrays of 5 to 8 word numbers, the stock phrases.
    """

    printed: pa.StringArray
    slots: np.ndarray
    phrases: list[np.ndarray]


def folded(word: str) -> str:
    """The word in lower case without accents: no two base words may share it."""
    parts = unicodedata.normalize("NFD", word.lower())
    return "".join(part for part in parts if not unicodedata.combining(part))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Build the lexicon; it depends on nothing, so every corpus shares it."""
    # The standard library's generator: a hundred thousand scalar draws are faster there.
    chance = random.Random(20240101).random

    def pick(options):
        return options[int(chance() * len(options))]

    words: list[str] = list(FUNCTION_WORDS)
    bases: list[str] = []  # what elisions and compounds are made of
    seen = {folded(word) for word in words}
    while len(words) < LEXICON_SIZE:
        kind = chance()
        base = ""
        if kind < 0.06 and len(bases) > 500:  # elided: l'avoine
            word = pick(bases)
            if folded(word)[0] not in "aeiou":
                continue
            word = pick(ELISIONS) + word
        elif kind < 0.075 and len(bases) > 500:  # compound: Savel-Torine
            word = f"{pick(bases).capitalize()}-{pick(bases).capitalize()}"
        elif kind < 0.085:  # a number
            word = str(2 + int(chance() * 2028))
        else:
            size = chance()
            syllables = 1 + (size > 0.18) + (size > 0.66)
            word = "".join(pick(ONSETS) + pick(NUCLEI) for _ in range(syllables))
            word += pick(ENDINGS) if chance() < 0.6 else pick(CODAS)
            if chance() < 0.15:  # begins with a vowel
                word = pick(NUCLEI) + word
            if chance() < 0.08:  # a proper noun
                word = word.capitalize()
            base = word
        if folded(word) not in seen:
            seen.add(folded(word))
            words.append(word)
            if base:
                bases.append(base)

    share = (np.arange(LEXICON_SIZE) + SHIFT) ** -SLOPE
    edges = np.round(np.cumsum(share) / share.sum() * DRAW_SLOTS).astype(np.int64)
    slots = np.repeat(np.arange(LEXICON_SIZE, dtype=np.int32), np.diff(edges, prepend=0))

    printed = []
    for word in words:
        capital = word[0].upper() + word[1:]
        printed += [word, capital, word + ",", capital + ",", word + ".", capital + "."]
        printed += ["« " + capital, word + " »"]
    rng = np.random.default_rng([20240101, 0])
    phrases = [slots[rng.integers(0, DRAW_SLOTS, size=int(rng.integers(5, 9)))] for _ in range(STOCK_PHRASES)]
    return Lexicon(pa.array(printed, pa.string()), slots, phrases)


# --- tokens -----------------------------------------------------------------------------


def draw_words(count: int, rng: np.random.Generator) -> np.ndarray:
    """Word numbers drawn by Zipf's law; int32, shape (count,)."""
    return lexicon().slots[rng.integers(0, DRAW_SLOTS, size=count, dtype=np.uint32)]


def draw_sizes(count: int, rng: np.random.Generator) -> np.ndarray:
    """Paragraph lengths in words, 60 on average, 18 to 118; int64, shape (count,)."""
    return np.clip(rng.normal(60, 16, size=count), 18, 118).astype(np.int64)


def starts_of(sizes: np.ndarray) -> np.ndarray:
    """Where each of the consecutive runs begins; int64, same shape."""
    return np.cumsum(sizes) - sizes


def draw_forms(sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sentences of about 17 words with commas and quotations; int32, shape (sizes.sum(),)."""
    total, starts = int(sizes.sum()), starts_of(sizes)
    chance = rng.random(total, dtype=np.float32)
    stop = chance > 1 - 1 / 17
    stop[starts + sizes - 1] = True
    capital = np.empty(total, bool)
    capital[0:1], capital[1:] = True, stop[:-1]
    forms = capital.astype(np.int32)
    forms += np.int32(COMMA) * ((chance < 0.07) & ~stop) + np.int32(STOP) * stop
    quoted = np.flatnonzero((rng.random(len(sizes)) < 0.12) & (sizes >= 30))
    begin = starts[quoted] + rng.integers(1, 12, size=len(quoted))
    forms[begin] = QUOTE_OPEN
    forms[begin + rng.integers(5, 17, size=len(quoted))] = QUOTE_CLOSE
    return forms


def draw_tokens(sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """New paragraphs, one after the other; int32 tokens, shape (sizes.sum(),)."""
    tokens = draw_words(int(sizes.sum()), rng) * np.int32(8)
    tokens += draw_forms(sizes, rng)
    starts = starts_of(sizes)
    with_phrase = np.flatnonzero(rng.random(len(sizes)) < 0.15)
    which = rng.integers(0, STOCK_PHRASES, size=len(with_phrase))
    place = rng.random(len(with_phrase))
    phrases = lexicon().phrases
    for phrase in range(STOCK_PHRASES):
        rows = with_phrase[which == phrase]
        if len(rows):
            words = phrases[phrase] * np.int32(8)
            room = sizes[rows] - len(words) - 1
            begin = starts[rows] + 1 + (place[which == phrase] * room).astype(np.int64)
            tokens[begin[:, None] + np.arange(len(words))] = words
    return tokens


def gather(tokens: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The runs ``tokens[start : start + size]``, one after the other."""
    shift = np.repeat(starts - starts_of(sizes), sizes)
    return tokens[shift + np.arange(len(shift))]


def edit(tokens: np.ndarray, sizes: np.ndarray, rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Replace in every run a share ``rates`` of the words, keeping the punctuation; in place."""
    touched = np.flatnonzero(rates > 0)
    if len(touched) == 0:
        return tokens
    starts = starts_of(sizes)[touched]
    sizes = sizes[touched]
    index = np.repeat(starts - starts_of(sizes), sizes) + np.arange(int(sizes.sum()))
    chance = rng.random(len(index), dtype=np.float32)
    index = index[chance < np.repeat(rates[touched].astype(np.float32), sizes)]
    tokens[index] = draw_words(len(index), rng) * np.int32(8) + (tokens[index] & 7)
    return tokens


def finish(tokens: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Begin every paragraph with a capital and end it with a full stop; in place."""
    starts = starts_of(sizes)
    tokens[starts + sizes - 1] = (tokens[starts + sizes - 1] & ~7) | STOP
    opening = tokens[starts] & 7
    tokens[starts] = np.where(opening < QUOTE_OPEN, tokens[starts] | CAPITAL, tokens[starts])
    return tokens


def printed(tokens: np.ndarray, sizes: np.ndarray) -> pa.StringArray:
    """Tokens -> one string a paragraph, shape (len(sizes),)."""
    words = lexicon().printed.take(pa.array(tokens))
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), words), " ")


# --- paragraphs -------------------------------------------------------------------------

COPY_SHARE = 0.2
PARAGRAPH_KINDS = {
    "verbatim": 0.15,
    "punctuation": 0.05,  # the same words, other commas and sentence ends
    "substituted": 0.35,
    "cut_end": 0.15,
    "cut_start": 0.08,
    "extended": 0.10,
    "merged": 0.07,  # with a second paragraph after it
    "reordered": 0.05,  # second half first
}
BLOCK = 50_000


def substitution_rate(jaccard: np.ndarray, shingle_size: int = 3) -> np.ndarray:
    """Share of words to replace so that the expected Jaccard of the shingles is ``jaccard``.

    A shingle survives with chance s = (1 - rate) ** size, and Jaccard is s / (2 - s).
    """
    survival = 2 * jaccard / (1 + jaccard)
    return 1 - survival ** (1 / shingle_size)


def paragraphs(n: int, seed: int = 1, truth: bool = False) -> pa.Table:
    """``n`` paragraphs: id (int64, 0 to n-1), text (string).

    With ``truth`` two more columns: kind (string; null for an original) and source (int64,
    the id it was copied from; null for an original). Copies of one source number one to
    about 25, 2.2 on average, and stand anywhere in the table.
    """
    rng = np.random.default_rng([seed, 1])
    n_copies = round(n * COPY_SHARE)
    n_originals = n - n_copies
    sizes = draw_sizes(n_originals, rng)
    parts = [
        draw_tokens(sizes[begin : begin + BLOCK], np.random.default_rng([seed, 2, begin]))
        for begin in range(0, n_originals, BLOCK)
    ]

    sources = rng.permutation(n_originals)[: max(1, n_copies)]
    sources = np.repeat(sources, rng.geometric(0.45, size=len(sources)))[:n_copies]
    kinds = np.array(list(PARAGRAPH_KINDS))[
        rng.choice(len(PARAGRAPH_KINDS), size=n_copies, p=list(PARAGRAPH_KINDS.values()))
    ]
    target = rng.uniform(0.3, 1.0, size=n_copies)

    # Every row is one or two pieces; a piece is a run of some token stream.
    starts = starts_of(sizes)
    piece_start = np.zeros((n, 2), np.int64)
    piece_size = np.zeros((n, 2), np.int64)
    piece_start[:n_originals, 0] = starts
    piece_size[:n_originals, 0] = sizes
    rates = np.zeros(n)
    first, size = starts[sources], sizes[sources]
    kept = np.maximum(5, np.round(size * target).astype(np.int64))
    begin, length = first.copy(), size.copy()
    length[kinds == "cut_end"] = kept[kinds == "cut_end"]
    late = kinds == "cut_start"
    length[late] = kept[late]
    begin[late] += size[late] - kept[late]
    second, second_size = np.zeros(n_copies, np.int64), np.zeros(n_copies, np.int64)
    halves = kinds == "reordered"
    second[halves], second_size[halves] = first[halves], size[halves] // 2
    begin[halves] += size[halves] // 2
    length[halves] -= size[halves] // 2
    merged = kinds == "merged"
    other = rng.integers(0, n_originals, size=n_copies)
    second[merged], second_size[merged] = starts[other[merged]], sizes[other[merged]]
    longer = kinds == "extended"
    second_size[longer] = np.round(size[longer] * (1 / target[longer] - 1)).astype(np.int64)
    added = draw_tokens(np.maximum(second_size[longer], 1), np.random.default_rng([seed, 3]))
    second[longer] = int(sizes.sum()) + starts_of(np.maximum(second_size[longer], 1))
    piece_start[n_originals:] = np.stack([begin, second], axis=1)
    piece_size[n_originals:] = np.stack([length, second_size], axis=1)
    swapped = kinds == "substituted"
    rates[n_originals:][swapped] = substitution_rate(target[swapped])

    stream = np.concatenate([*parts, added]) if parts else added
    del parts, added
    order = rng.permutation(n)  # order[i]: which row stands at id i
    position = np.empty(n, np.int64)
    position[order] = np.arange(n)
    texts = []
    for block in range(0, n, BLOCK):
        rows = order[block : block + BLOCK]
        block_rng = np.random.default_rng([seed, 4, block])
        tokens = gather(stream, piece_start[rows].ravel(), piece_size[rows].ravel())
        row_sizes = piece_size[rows].sum(axis=1)
        edit(tokens, row_sizes, rates[rows], block_rng)
        repunctuated = np.zeros(len(rows), bool)
        copies = rows >= n_originals
        repunctuated[copies] = kinds[rows[copies] - n_originals] == "punctuation"
        other_forms = np.repeat(repunctuated, row_sizes)
        tokens[other_forms] = (tokens[other_forms] & ~7) | draw_forms(row_sizes[repunctuated], block_rng)
        texts.append(printed(finish(tokens, row_sizes), row_sizes))
    columns = {"id": pa.array(np.arange(n)), "text": pa.chunked_array(texts, pa.string())}
    if truth:
        copies = order >= n_originals
        which = np.where(copies, order - n_originals, 0)
        columns["kind"] = pa.array(kinds[which], mask=~copies)
        columns["source"] = pa.array(position[sources[which]], mask=~copies)
    return pa.table(columns)


# --- articles ---------------------------------------------------------------------------

PER_DAY = 10_000
FIRST_DAY = np.datetime64("2024-01-01", "s")
OUTLETS = 300
WIRE_SHARE = 0.06
ARTICLE_KINDS = {"own": 0.60, "whole": 0.10, "cut": 0.12, "merged": 0.06, "retouched": 0.12}
POPULAR_KINDS = {"whole": 0.5, "cut": 0.25, "retouched": 0.25}
# How many days before the carrier the dispatch is: nearly all within 48 hours.
DAYS_BACK = (0.72, 0.23, 0.03, 0.01, 0.005, 0.003, 0.002)
DAY_SECONDS = 86_400
CITIES = ("PARIS", "LYON", "BRUXELLES", "WASHINGTON", "GENÈVE", "MOSCOU", "DAKAR", "PÉKIN")

ARTICLES = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("outlet", pa.string()),
        pa.field("title", pa.string()),
        pa.field("url", pa.string()),
        pa.field("published_at", pa.string()),
        pa.field("text", pa.string()),
        pa.field("is_wire", pa.bool_()),
    ]
)
TRUTH = [pa.field("planted_kind", pa.string()), pa.field("planted_source", pa.string())]


@dataclass(frozen=True)
class Dispatches:
    """One day's dispatches: where their paragraphs lie in ``tokens``.

    ``sizes``: words a paragraph. ``first`` and ``count``: each dispatch's first paragraph
    and number of paragraphs. ``seconds``: time of day. ``ids``: object array of strings.
    """

    tokens: np.ndarray
    sizes: np.ndarray
    first: np.ndarray
    count: np.ndarray
    seconds: np.ndarray
    ids: np.ndarray


def articles(
    n: int, seed: int = 1, popular: int = 0, per_day: int = PER_DAY, truth: bool = False
) -> Iterator[pa.RecordBatch]:
    """``n`` articles, one batch a day of ``per_day``, in the order of their time.

    ``popular``: so many outlets of their own carry one dispatch of the first day.
    ``truth``: two more columns, planted_kind and planted_source (the dispatch's id).
    Memory is bounded by one day and the dispatches of the last seven.
    """
    if popular and min(n, per_day) * (1 - WIRE_SHARE) < popular:
        raise ValueError(f"{popular} carriers do not fit into a first day of {min(n, per_day)} articles")
    recent: list[Dispatches] = []
    for day, begin in enumerate(range(0, n, per_day)):
        batch, today = one_day(day, min(per_day, n - begin), seed, recent, popular if day == 0 else 0, truth)
        recent = [today, *recent][: len(DAYS_BACK) - 1]
        yield batch


def one_day(
    day: int, n: int, seed: int, recent: list[Dispatches], popular: int, truth: bool
) -> tuple[pa.RecordBatch, Dispatches]:
    """One day's articles in the order of their time, and its dispatches for the days to come."""
    rng = np.random.default_rng([seed, 5, day])
    today = draw_dispatches(max(1, round(n * WIRE_SHARE)), rng)
    pool = [today, *recent]
    plan = draw_plan(n, pool, popular, rng)
    body, title = print_plan(plan, pool, rng)

    n_wire = len(today.ids)
    seconds = draw_times(plan, pool, rng)
    order = np.argsort(seconds, kind="stable")
    number = np.empty(n, np.int64)
    number[order] = np.arange(n)
    date = FIRST_DAY + np.timedelta64(day * DAY_SECONDS, "s")
    stamp = str(date)[:10]
    ids = np.array([f"{stamp}-{i:06d}" for i in number], object)
    today.ids[:] = ids[:n_wire]

    outlet_of = popularity_draw(np.full(n, OUTLETS), rng)
    outlet = outlet_names()[outlet_of]
    outlet[:n_wire] = "AFP"
    outlet[n_wire : n_wire + popular] = [f"relais-{i:05d}.fr" for i in range(popular)]
    times = np.datetime_as_string(date + seconds.astype("timedelta64[s]"), "s", timezone="UTC")
    columns = {
        "id": pa.array(ids, pa.string()),
        "outlet": pa.array(outlet, pa.string()),
        "title": title,
        "url": pa.array([f"https://{o.lower()}/{stamp}/{i}" for o, i in zip(outlet, number, strict=True)]),
        "published_at": pa.array(times, pa.string()),
        "text": dressed(body, plan.source >= 0, n_wire, outlet, outlet_of, stamp, rng),
        "is_wire": pa.array(np.arange(n) < n_wire),
    }
    fields = list(ARTICLES)
    if truth:
        known = np.append(np.concatenate([part.ids for part in pool]), None)
        columns["planted_kind"] = pa.array(plan.kind)
        columns["planted_source"] = pa.array(known[plan.source], pa.string())
        fields += TRUTH
    batch = pa.RecordBatch.from_pydict(columns, schema=pa.schema(fields))
    return batch.take(pa.array(order)), today


def draw_dispatches(count: int, rng: np.random.Generator) -> Dispatches:
    """New dispatches of 5 to 11 paragraphs, in the order of their time; ids still empty."""
    paragraphs_each = rng.integers(5, 12, size=count)
    sizes = draw_sizes(int(paragraphs_each.sum()), rng)
    seconds = np.sort((rng.beta(2.2, 1.9, size=count) * DAY_SECONDS).astype(np.int64))
    return Dispatches(
        draw_tokens(sizes, rng), sizes, starts_of(paragraphs_each), paragraphs_each, seconds, np.empty(count, object)
    )


@dataclass(frozen=True)
class Plan:
    """What each of a day's articles is made of; arrays of shape (n,), dispatches first.

    ``kind``: a name of ARTICLE_KINDS or "wire". ``source``: the dispatch it carries, as a
    number in the pool of the last days, today's first; -1 for none. ``partner``: a second one
    for merged articles. ``from_source``, ``from_partner``, ``new``: paragraphs of each.
    ``rate``: share of the copied words that are replaced. ``same_day``: the source is today's.
    """

    kind: np.ndarray
    source: np.ndarray
    partner: np.ndarray
    from_source: np.ndarray
    from_partner: np.ndarray
    new: np.ndarray
    rate: np.ndarray
    same_day: np.ndarray


def draw_plan(n: int, pool: list[Dispatches], popular: int, rng: np.random.Generator) -> Plan:
    """Choose for every outlet's article whether, what and how it carries."""
    n_wire = len(pool[0].count)
    n_rest = n - n_wire
    kind = rng.choice(list(ARTICLE_KINDS), size=n_rest, p=list(ARTICLE_KINDS.values()))
    kind[:popular] = rng.choice(list(POPULAR_KINDS), size=popular, p=list(POPULAR_KINDS.values()))

    # Which day's dispatch; which of that day's, by a popularity that falls with its rank.
    odds = np.array(DAYS_BACK[: len(pool)])
    back = rng.choice(len(pool), size=n_rest, p=odds / odds.sum())
    back[:popular] = 0
    counts = np.array([len(part.count) for part in pool])
    source = starts_of(counts)[back] + popularity_draw(counts[back], rng)
    source[:popular] = n_wire // 4
    partner = rng.integers(0, n_wire, size=n_rest)

    pool_count = np.concatenate([part.count for part in pool])
    available = pool_count[source]
    kept = np.select(
        [kind == "whole", kind == "cut", kind == "merged", kind == "retouched"],
        [
            available,
            np.maximum(1, (available * rng.uniform(0.3, 0.8, n_rest)).astype(np.int64)),
            np.maximum(2, (available * 0.6).astype(np.int64)),
            np.maximum(2, (available * 0.8).astype(np.int64)),
        ],
        0,
    )
    added = np.where(kind == "merged", np.maximum(1, (pool_count[partner] * 0.5).astype(np.int64)), 0)
    new = np.select(
        [kind == "own", kind == "whole", kind == "merged"],
        [rng.integers(5, 12, size=n_rest), 0, rng.integers(0, 2, size=n_rest)],
        rng.integers(0, 4, size=n_rest),
    )
    rate = np.select([kind == "retouched", kind == "merged"], [rng.uniform(0.02, 0.25, n_rest), 0.02], 0.0)

    nothing = np.zeros(n_wire, np.int64)
    return Plan(
        kind=np.concatenate([np.full(n_wire, "wire"), kind]),
        source=np.concatenate([nothing - 1, np.where(kind == "own", -1, source)]),
        partner=np.concatenate([nothing, partner]),
        from_source=np.concatenate([pool[0].count, kept]),
        from_partner=np.concatenate([nothing, added]),
        new=np.concatenate([nothing, new]),
        rate=np.concatenate([np.zeros(n_wire), rate]),
        same_day=np.concatenate([nothing > 0, back == 0]),
    )


def print_plan(plan: Plan, pool: list[Dispatches], rng: np.random.Generator) -> tuple[pa.StringArray, pa.StringArray]:
    """Bodies (paragraphs separated by a line feed) and titles, shape (n,) each."""
    n = len(plan.kind)
    # One stream of tokens: the pool's paragraphs, then the new ones.
    paragraph_shift = starts_of(np.array([len(part.sizes) for part in pool]))
    first_paragraph = np.concatenate([part.first + shift for part, shift in zip(pool, paragraph_shift, strict=True)])
    new_sizes = draw_sizes(int(plan.new.sum()), rng)
    stream = np.concatenate([*(part.tokens for part in pool), draw_tokens(new_sizes, rng)])
    all_sizes = np.concatenate([*(part.sizes for part in pool), new_sizes])

    # A piece is one paragraph as it stands in the stream.
    pieces = plan.from_source + plan.from_partner + plan.new
    article = np.repeat(np.arange(n), pieces)
    place = np.arange(len(article)) - starts_of(pieces)[article]
    from_source = place < plan.from_source[article]
    copied = place < (plan.from_source + plan.from_partner)[article]
    from_partner = copied & ~from_source
    source = np.where(plan.kind == "wire", np.arange(n), plan.source)  # a dispatch prints itself
    paragraph = np.empty(len(article), np.int64)
    paragraph[from_source] = (first_paragraph[source[article]] + place)[from_source]
    from_start = place - plan.from_source[article]
    paragraph[from_partner] = (first_paragraph[plan.partner[article]] + from_start)[from_partner]
    paragraph[~copied] = len(all_sizes) - len(new_sizes) + np.arange(len(new_sizes))

    start, size = starts_of(all_sizes)[paragraph], all_sizes[paragraph]
    # A cut often falls inside the last paragraph that was kept.
    last_kept = (plan.kind == "cut")[article] & (place == plan.from_source[article] - 1)
    shortened = np.flatnonzero(last_kept & (rng.random(len(article)) < 0.5))
    size[shortened] = np.maximum(10, (size[shortened] * rng.uniform(0.4, 0.9, len(shortened))).astype(np.int64))
    tokens = gather(stream, start, size)
    edit(tokens, size, np.where(copied, plan.rate[article], 0.0), rng)

    # Merged articles print two of the copied paragraphs as one.
    glued = copied & (plan.kind == "merged")[article] & (place % 2 == 1)
    paragraph_sizes = np.bincount(np.cumsum(~glued) - 1, weights=size).astype(np.int64)
    printed_paragraphs = printed(finish(tokens, paragraph_sizes), paragraph_sizes)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(article[~glued], minlength=n))]).astype(np.int32)
    body = pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), printed_paragraphs), "\n")

    opening = starts_of(pieces)
    head_size = np.minimum(9, size[opening])
    head = gather(tokens, starts_of(size)[opening], head_size) & ~np.int32(7)
    head[starts_of(head_size)] |= CAPITAL
    return body, printed(head, head_size)


def draw_times(plan: Plan, pool: list[Dispatches], rng: np.random.Generator) -> np.ndarray:
    """Second of the day of each article: a carrier of today's dispatch soon after it, the rest
    spread over the day."""
    n, n_wire = len(plan.kind), len(pool[0].count)
    sent = np.append(np.concatenate([part.seconds for part in pool]), 0)[plan.source]
    lag = rng.exponential(2.5 * 3600, size=n).astype(np.int64) + 60
    left = DAY_SECONDS - 1 - sent
    lag = np.where(lag > left, (left * rng.random(n)).astype(np.int64), lag)
    anywhere = (rng.beta(2.2, 1.9, size=n) * DAY_SECONDS).astype(np.int64)
    seconds = np.where(plan.same_day & (plan.source >= 0), sent + lag, anywhere)
    seconds[:n_wire] = pool[0].seconds
    return seconds


def popularity_draw(limits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A number in ``[0, limit)`` for each limit, low ones more often (log-uniform)."""
    drawn = np.expm1(rng.random(len(limits)) * np.log1p(limits / 5))
    return np.minimum((drawn * 5).astype(np.int64), limits - 1)


@lru_cache(maxsize=1)
def outlet_names() -> np.ndarray:
    """OUTLETS domain names, object array."""
    words = lexicon().printed
    names = [folded(words[8 * (900 + 7 * i)].as_py()).replace("'", "-") for i in range(OUTLETS)]
    return np.array([f"{name}-{i:03d}.fr" for i, name in enumerate(names)], object)


@lru_cache(maxsize=1)
def boilerplate() -> np.ndarray:
    """The closing line of every outlet, empty for two thirds of them; object array."""
    lines = [
        f"\nAbonnez-vous à la lettre de {name} et recevez chaque matin nos informations." if i % 3 == 0 else ""
        for i, name in enumerate(outlet_names())
    ]
    return np.array(lines, object)


def dressed(
    text: pa.StringArray,
    carrying: np.ndarray,
    n_wire: int,
    outlet: np.ndarray,
    outlet_of: np.ndarray,
    stamp: str,
    rng: np.random.Generator,
) -> pa.StringArray:
    """Add datelines to dispatches, credits to two thirds of the carriers, house lines, and
    the quotation marks and apostrophes of the house."""
    n = len(text)
    opening = np.full(n, "", object)
    city = rng.integers(0, len(CITIES), size=n_wire)
    opening[:n_wire] = [f"{CITIES[c]}, {stamp} (AFP) - " for c in city]
    credit = rng.random(n)
    closing = np.full(n, "", object)
    closing[carrying & (credit < 0.35)] = " (AFP)"
    closing[carrying & (credit >= 0.35) & (credit < 0.5)] = "\nAvec AFP"
    signed = np.flatnonzero(carrying & (credit >= 0.5) & (credit < 0.66))
    closing[signed] = [f"\n{name} avec AFP" for name in outlet[signed]]
    house = boilerplate()[outlet_of]
    house[:n_wire] = ""
    joined = pc.binary_join_element_wise(
        pa.array(opening, pa.string()),
        text,
        pa.array(closing, pa.string()),
        pa.array(house, pa.string()),
        "",
    )
    typographic = (outlet_of % 3 == 1) & (np.arange(n) >= n_wire)
    curly = pc.replace_substring(joined, "'", "’")
    curly = pc.replace_substring(pc.replace_substring(curly, "« ", "“"), " »", "”")
    return pc.if_else(pa.array(typographic), curly, joined)


# --- files ------------------------------------------------------------------------------


def write_articles(
    out: Path, n: int, seed: int = 1, popular: int = 0, per_file: int = 0, truth: bool = False, per_day: int = PER_DAY
) -> list[Path]:
    """Stream ``n`` articles as JSON Lines into ``out``; return the files written.

    With ``per_file`` > 0, ``out`` is a folder of files of (about, in whole days) so many
    articles; otherwise one file. A file appears under its name only when it is complete.
    """
    files: list[Path] = []
    written = 0
    stream = None
    if per_file:
        out.mkdir(parents=True, exist_ok=True)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
    try:
        for batch in articles(n, seed, popular, per_day, truth):
            if stream is None:
                target = out / f"articles-{len(files):05d}.jsonl" if per_file else out
                files.append(target)
                stream = open(f"{target}.part", "w", encoding="utf-8", newline="\n")
                written = 0
            stream.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in batch.to_pylist())
            written += batch.num_rows
            if per_file and written >= per_file:
                stream.close()
                os.replace(f"{files[-1]}.part", files[-1])
                stream = None
        if stream is not None:
            stream.close()
            os.replace(f"{files[-1]}.part", files[-1])
    finally:
        if stream is not None:
            stream.close()
    return files


def main(arguments: list[str] | None = None) -> int:
    """Write one corpus and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kinds = parser.add_subparsers(dest="kind", required=True)
    for kind in ("paragraphs", "articles"):
        sub = kinds.add_parser(kind)
        sub.add_argument("--n", type=int, required=True, help=f"number of {kind}")
        sub.add_argument("--seed", type=int, default=1)
        sub.add_argument("--out", type=Path, required=True)
        sub.add_argument("--truth", action="store_true", help="add the planted kind and source")
        if kind == "articles":
            sub.add_argument("--per-file", type=int, default=0, help="OUT is a folder of parts")
            sub.add_argument("--popular", type=int, default=0, help="outlets that carry one dispatch, e.g. 5000")
    options = parser.parse_args(arguments)
    begin = time.perf_counter()
    if options.kind == "paragraphs":
        table = paragraphs(options.n, options.seed, options.truth)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        # Row groups of this size let every reader, ours and the peers, use both cores.
        pq.write_table(table, options.out, row_group_size=25_000)
        files = [options.out]
    else:
        files = write_articles(options.out, options.n, options.seed, options.popular, options.per_file, options.truth)
    size = sum(file.stat().st_size for file in files)
    seconds = time.perf_counter() - begin
    print(
        f"{options.n} {options.kind}, {size / 1e6:.1f} MB, {len(files)} file(s), {seconds:.1f} s",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

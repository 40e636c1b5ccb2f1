"""Plain-Python twins of the kernels: slow, short, and what each fast version must equal.

They loop over letters, words and pairs with lists, sets and dictionaries, and share with the package only the
folding of one letter (``dedup.text.french``, itself plain Python) and the constants that were tuned.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate, groupby, pairwise, takewhile
from math import floor, log2
from operator import eq
from typing import Any, NamedTuple

from dedup.kernels.alignment import (
    FRAME_WORDS,
    LEAST_SEEDS,
    LONG_LINE,
    NEAR_BITS,
    NEAR_WORDS,
    PARAGRAPH_BITS,
    PIECE_WORDS,
)
from dedup.kernels.buckets import WINDOW_WEIGHT
from dedup.kernels.chains import EXTEND_WORDS, GAP_COST, LOOK_BACK
from dedup.kernels.quotations import (
    AGENCY,
    AWARD,
    BARE_AGE,
    BESIDE_WORDS,
    BETWEEN,
    FEW_WORDS,
    FOREIGN,
    GIVEN_NAME,
    HOME,
    LONGEST_NAME,
    MEDIUM,
    NATION,
    OFFICE,
    ROLE,
    SPAN,
    TO,
    TOLD_WORDS,
    YEARS,
)
from dedup.kernels.seeds import CROWDED_SEED, SEED_WORDS
from dedup.kernels.weights import CAPITALS, FORMULA_BITS, FORMULA_WORDS, NAME_BITS, NUMBER_BITS, UNKNOWN_RARITY
from dedup.kernels.words import CAPITAL, CLAUSE, DATE, NUMBER, QUOTED, SENTENCE_END, STEM_LETTERS
from dedup.matching.align import BITS_OF_DOUBLING, LISTED, SENTENCE_RUN
from dedup.matching.bounds import DISPATCH, WEIGHED_BANDS
from dedup.text import french, languages

LOW32, LOW64 = 2**32 - 1, 2**64 - 1
ROLL = 0x9E3779B97F4A7C15

# ------------------------------------------------------------------------------------------------------------ words

STOPS = ".!?…"
BLANKS = " \u00a0\u202f"
APOSTROPHES = "'’"


class Word(NamedTuple):
    """One word of a text: its folded letters, its place in code points, and its flags."""

    folded: str
    begin: int
    end: int
    quoted: bool
    sentence_end: bool
    capital: bool
    number: bool


class Mark(NamedTuple):
    """One separator: the letter, how many words stand before it, and whether an apostrophe comes right before it."""

    letter: str
    place: int
    after_apostrophe: bool


def letter_class(letter: str) -> int:
    """Scripts without spaces have no words."""
    return french.SEPARATOR if 0x2E80 <= ord(letter) < 0xFB00 else french.letter_class(letter)


def read_words(text: str, fold_accents: bool = True) -> list[Word]:
    """Words of a text: runs of letters and digits."""
    letters: list[str] = []
    spans: list[list[int]] = []
    marks: list[Mark] = []
    inside = after_apostrophe = False
    for point, letter in enumerate(text):
        kind = letter_class(letter)
        if kind == french.WORD:
            if not inside:
                letters.append("")
                spans.append([point, point])
            letters[-1] += letter
            inside, after_apostrophe = True, False
        elif kind == french.SEPARATOR:
            inside = False
            marks.append(Mark(letter, len(spans), after_apostrophe))
            if letter not in BLANKS:
                after_apostrophe = letter in APOSTROPHES
        elif inside:
            letters[-1] += letter
        if inside:
            spans[-1][1] = point + 1
    quoted = quoted_words(marks, len(spans))
    stopped = {mark.place for mark in marks if mark.letter in STOPS}
    capital = [word[0].isupper() or word[0].istitle() for word in letters]
    starts = [place in stopped and (capital[place] or word[0] in "0123456789") for place, word in enumerate(letters)]
    words = []
    for place, (word, (begin, end)) in enumerate(zip(letters, spans, strict=True)):
        folded = "".join(french.fold_letter(letter, fold_accents) for letter in word)
        number = folded[0] in "0123456789"
        last = place + 1 == len(letters) or starts[place + 1]
        words.append(Word(folded, begin, end, place in quoted, last, capital[place], number))
    return words


def quoted_words(marks: Sequence[Mark], n_words: int) -> set[int]:
    """Numbers of the words inside quotation marks.

    A quotation ends with its own closing mark; one that is never closed, or that opens again, ends with its first
    sentence. A closing guillemet behind an apostrophe opens.
    """
    closing = {"«": "»", "“": "”", "„": "“", '"': '"'}
    quoted: set[int] = set()
    opened, begin, stop = "", 0, None
    for letter, place, after_apostrophe in marks:
        if letter in STOPS and opened and stop is None and place > begin:
            stop = place
        if letter == "»" and after_apostrophe and opened != "«":
            letter = "«"
        if opened and letter == closing[opened]:
            quoted.update(range(begin, place))
            opened = ""
        elif letter in closing and opened in ("", letter):
            if opened:
                quoted.update(range(begin, place if stop is None else stop))
            opened, begin, stop = letter, place, None
    if opened:
        quoted.update(range(begin, n_words if stop is None else stop))
    return quoted


def mix64(value: int) -> int:
    """Finaliser of MurmurHash3."""
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & LOW64
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & LOW64
    return value ^ (value >> 33)


def mix32(value: int) -> int:
    """Finaliser of MurmurHash3, 32 bits."""
    value ^= value >> 16
    value = value * 0x85EBCA6B & LOW32
    value ^= value >> 13
    value = value * 0xC2B2AE35 & LOW32
    return value ^ (value >> 16)


def word_hash(folded: str) -> int:
    """FNV-1a over the folded letters (not their bytes), mixed, the upper 32 bits."""
    value = 0xCBF29CE484222325
    for letter in folded:
        value = (value ^ ord(letter)) * 0x100000001B3 & LOW64
    return mix64(value) >> 32


def stem_hash(folded: str) -> int:
    """Hash of the first letters of a word."""
    return word_hash(folded[:STEM_LETTERS])


def flag_bits(word: Word, fold_accents: bool = True) -> int:
    """The flags of a word of a French text as one number."""
    clause, dates = marked_words(fold_accents)
    bits = word.quoted * QUOTED | word.sentence_end * SENTENCE_END | word.capital * CAPITAL | word.number * NUMBER
    return bits | (word.folded in clause) * CLAUSE | (word.folded in dates) * DATE


@cache
def marked_words(fold_accents: bool) -> tuple[set[str], set[str]]:
    """The French words of clauses and of dates, folded."""
    listed = languages.languages()["fr"].clause, languages.languages()["fr"].dates
    clause, dates = (
        {"".join(french.fold_letter(letter, fold_accents) for letter in word) for word in words} for words in listed
    )
    return clause, dates


# ------------------------------------------------------------------------------------------------ shingles, windows


def shingle_hash(hashes: Sequence[int]) -> int:
    """One shingle: a polynomial over its word hashes, mixed."""
    value = 0
    for word in hashes:
        value = (value * ROLL + word) & LOW64
    return mix64(value)


def shingles(hashes: Sequence[int], size: int) -> list[int]:
    """Shingles of a paragraph in reading order; none when it is shorter than a shingle."""
    return [shingle_hash(hashes[at : at + size]) for at in range(len(hashes) - size + 1)]


def windows(n_words: int, words: int, step: int, size: int) -> list[tuple[int, int]]:
    """(first word, one past the last) of a paragraph's windows; the last one is flush with its end."""
    if n_words < size:
        return []
    if n_words <= words:
        return [(0, n_words)]
    begins = [*range(0, n_words - words, step), n_words - words]
    return [(begin, begin + words) for begin in begins]


def signature(values: Sequence[int], a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Minima of a * mix(low 32 bits) + b mod 2^32; all ones for a window without shingles."""
    mixed = [mix32(value & LOW32) for value in values]
    return [min(((m * x + c) & LOW32 for x in mixed), default=LOW32) for m, c in zip(a, b, strict=True)]


# ------------------------------------------------------------------------------------------------------------ bands


def buckets(signatures: Sequence[Sequence[int]], members: Sequence[int], band: int, rows: int) -> list[list[int]]:
    """The members of each bucket of a band, in their order."""
    found: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for member, values in zip(members, signatures, strict=True):
        found[tuple(values[band * rows : (band + 1) * rows])].add(member)
    return [sorted(holders) for holders in found.values()]


class Crowd(NamedTuple):
    """Articles in the order of time, and how buckets link them."""

    times: list[int | None]
    wires: list[bool]
    limit: int
    neighbours: int
    reach: int


def within(x: int, y: int, crowd: Crowd) -> bool:
    """Whether two articles are compared at all."""
    one, other = crowd.times[x], crowd.times[y]
    return one is None or other is None or abs(one - other) <= crowd.reach


def looked_back(bucket: Sequence[int], x: int, crowd: Crowd) -> tuple[int, set[int]]:
    """How many articles of a bucket stand before one of them within reach, and which of these it meets."""
    before = [y for y in bucket if y < x and within(x, y, crowd)]
    if len(before) < crowd.limit:
        return len(before), set(before)
    heads = crowd.limit if crowd.times[x] is None else crowd.neighbours
    wires = [y for y in before if crowd.wires[y]]
    met = {*before[:heads], *before[-crowd.neighbours :], *wires[: crowd.neighbours]}
    if crowd.wires[x]:
        all_wires = [y for y in bucket if y < x and crowd.wires[y]][-crowd.neighbours :]
        if len(all_wires) < crowd.neighbours:
            met |= set(before)
        elif crowd.times[x] is not None:
            met |= {y for y in before if crowd.times[y] > crowd.times[all_wires[0]] + crowd.reach}
    return len(before), met


def candidate_pairs(
    signatures: Sequence[Sequence[int]],
    members: Sequence[int],
    crowd: Crowd,
    own: Sequence[bool],
    bands: int,
    rows: int,
    min_bands: int,
) -> tuple[dict[tuple[int, int], int], Counter[int], int]:
    """Pairs (later, earlier) and the bands they share, crowded buckets of each article, the most looked back on."""
    shared: Counter[tuple[int, int]] = Counter()
    crowded: Counter[int] = Counter()
    largest = 0
    for band in range(bands):
        pairs = set()
        for bucket in buckets(signatures, members, band, rows):
            for x in bucket:
                if own[x]:
                    size, met = looked_back(bucket, x, crowd)
                    crowded[x] += size >= crowd.limit
                    largest = max(largest, size + 1 if size else 0)
                    pairs |= {(x, y) for y in met}
        shared.update(pairs)
    enough = {pair: count for pair, count in sorted(shared.items()) if count >= min_bands}
    return bounded(enough, signatures, members, crowd, bands, rows), crowded, largest


def most_pairs(windows: int, x: int, crowd: Crowd) -> int:
    """How many pairs an article may choose."""
    sides = 2 if crowd.times[x] is None else 1
    return max(windows, crowd.limit) * (DISPATCH if crowd.wires[x] else sides)


def bounded(
    pairs: dict[tuple[int, int], int],
    signatures: Sequence[Sequence[int]],
    members: Sequence[int],
    crowd: Crowd,
    bands: int,
    rows: int,
) -> dict[tuple[int, int], int]:
    """The pairs that the later one chooses: as many as it has windows, at least ``limit``, the best first.

    Where the strong ones alone are more, one without a dispatch stays only when it holds a window that fewer than
    ``most`` before it hold.
    """
    windows, degree = Counter(members), Counter(x for x, _ in pairs)
    may = {x: most_pairs(windows[x], x, crowd) for x in degree}
    strong = Counter(x for (x, _), count in pairs.items() if 2 * count >= bands)
    weights: Counter[tuple[int, int]] = Counter()
    for band in range(0, bands, -(-bands // WEIGHED_BANDS)):
        for bucket in buckets(signatures, members, band, rows):
            for x in bucket:
                size, met = looked_back(bucket, x, crowd)
                weights.update({(x, y): WINDOW_WEIGHT // (size + 1) for y in met})
    had: Counter[int] = Counter()
    covered: Counter[int] = Counter()
    chosen = set()
    cut = _cut(signatures, members, bands, rows)
    for pair in sorted(pairs, key=lambda pair: (-pairs[pair], -weights[pair], not crowd.wires[pair[1]], pair[1])):
        x, y = pair
        had[x] += 1
        if had[x] > may[x]:
            continue
        told = strong[x] > may[x] and not crowd.wires[x] and not crowd.wires[y]
        held = _held(cut[x], cut[y]) if told else ()
        most = max(1, crowd.neighbours // 2) * may[x] // max(windows[x], crowd.limit)
        if not held or any(covered[window] < most for window in held):
            chosen.add(pair)
            covered.update(held)
    return {pair: count for pair, count in pairs.items() if pair in chosen}


Cut = dict[int, list[tuple[int, ...]]]
"""The windows of an article, and what each has in the weighed bands."""


def _cut(signatures: Sequence[Sequence[int]], members: Sequence[int], bands: int, rows: int) -> dict[int, Cut]:
    """The windows of each article, cut into the weighed bands."""
    cut: dict[int, Cut] = {member: {} for member in members}
    for at, (values, member) in enumerate(zip(signatures, members, strict=True)):
        weighed = range(0, bands, -(-bands // WEIGHED_BANDS))
        cut[member][at] = [tuple(values[band * rows : (band + 1) * rows]) for band in weighed]
    return cut


def _held(own: Cut, theirs: Cut) -> set[int]:
    """The windows of an article that agree with one of another in one of the weighed bands."""
    return {at for at, bands in own.items() for other in theirs.values() if any(map(eq, bands, other))}


# -------------------------------------------------------------------------------------------------------- alignment


class Text(NamedTuple):
    """One article: for each word its hash, the number of its paragraph, its rarity in eighths of a bit, its flags."""

    words: list[int]
    paragraphs: list[int]
    rarity: list[int]
    flags: list[int]


class Match(NamedTuple):
    """One aligned pair of spans: the equal words of both sides in reading order, and what is counted over them."""

    left: list[int]
    right: list[int]
    matched: int
    longest: int
    runs: int
    insertions: int
    deletions: int
    substitutions: int
    quoted: int
    splices: int
    information: float
    jaccard: float
    clauses: int
    capitals: int
    sentence_run: int
    passage: int = 0
    surroundings: int = 0


def weights(text: Text, formulas: Collection[int] = frozenset()) -> list[int]:
    """Eighths of a bit that each word says for a copy; ``formulas`` are hashes of runs of FORMULA_WORDS words."""
    capitals = {
        i
        for i in range(1, len(text.words))
        if text.flags[i] & CAPITAL
        and text.paragraphs[i - 1] == text.paragraphs[i]
        and not text.flags[i - 1] & SENTENCE_END
    }
    if len(capitals) >= CAPITALS * len(text.words):
        capitals = {i for i in capitals if text.rarity[i] >= UNKNOWN_RARITY}
    found = []
    for i, rarity in enumerate(text.rarity):
        beside = [k for k in (i - 1, i + 1) if 0 <= k < len(text.words) and text.paragraphs[k] == text.paragraphs[i]]
        number = text.flags[i] & NUMBER
        dated = text.flags[i] & DATE or (number and any(text.flags[k] & DATE for k in beside))
        most = NAME_BITS if dated else NUMBER_BITS if number else NAME_BITS if i in capitals else 32
        found.append(min(rarity, 8 * most))
    for i in range(len(text.words) - FORMULA_WORDS + 1):
        run = range(i, i + FORMULA_WORDS)
        if len({text.paragraphs[k] for k in run}) == 1 and run_hash([text.words[k] for k in run]) in formulas:
            for k in run:
                found[k] = min(found[k], 8 * FORMULA_BITS)
    return found


def run_hash(words: Sequence[int]) -> int:
    """32 bits, never 0."""
    return max(shingle_hash(words) >> 32, 1)


def seeds(text: Text, readable: Sequence[bool]) -> dict[int, list[int]]:
    """Places of every run of SEED_WORDS words inside one readable paragraph, by its 32-bit hash."""
    places = defaultdict(list)
    for at in range(len(text.words) - SEED_WORDS + 1):
        if text.paragraphs[at] == text.paragraphs[at + SEED_WORDS - 1] and readable[text.paragraphs[at]]:
            places[shingle_hash(text.words[at : at + SEED_WORDS]) >> 32].append(at)
    return places


def align(
    left: Text,
    right: Text,
    readable: tuple[Sequence[bool], Sequence[bool]],
    max_gap: int,
    min_words: int,
    min_information: float,
) -> list[Match]:
    """Matches of two articles, best chain first: seeds -> maximal runs -> chains with gaps -> filters."""
    left, right = (text._replace(rarity=weights(text)) for text in (left, right))
    runs = maximal_runs(left, right, common_seeds(seeds(left, readable[0]), seeds(right, readable[1])))
    covered: tuple[set[int], set[int]] = (set(), set())
    matches: list[Match] = []
    for score, chain in chains(left, right, runs, max_gap, NEAR_BITS):
        pairs = equal_words(left, right, chain)
        large = score >= 0.5 * min_information
        if large:
            pairs = extended(left, right, pairs)
        match = measured(left, right, pairs)
        bits = match.information
        large = large and 2 * match.matched >= min_words and 2 * bits >= min_information
        gaps = [gap(match, other) for other in matches]
        same = [in_the_paragraphs_of(left, right, match, other) for other in matches]
        alone = bits >= PARAGRAPH_BITS and match.matched >= min_words
        beside = [g <= NEAR_WORDS and (s or alone) for g, s in zip(gaps, same, strict=True)]
        small = any(b and s and bits >= NEAR_BITS + g for b, s, g in zip(beside, same, gaps, strict=True))
        spans = [set(range(side[0], side[-1] + 1)) for side in (match.left, match.right)]
        enough = match.matched >= min_words and bits >= min_information
        known = (all if enough else any)(
            2 * len(span & before) > len(span) for span, before in zip(spans, covered, strict=True)
        )
        if known or not (large or small):
            continue
        framed = [
            (s and b) or (g <= FRAME_WORDS and in_order(match, other))
            for s, b, g, other in zip(same, beside, gaps, matches, strict=True)
        ]
        passage, surroundings = joined(matches, "passage", beside), joined(matches, "surroundings", framed)
        cut = [measured(left, right, piece) for piece in pieces(left, right, pairs)]
        matches += [piece._replace(passage=passage, surroundings=surroundings) for piece in cut]
        covered[0].update(spans[0])
        covered[1].update(spans[1])
    return matches


def kept(matches: Sequence[Match], min_words: int, min_information: float, lone_information: float) -> list[Match]:
    """The matches whose passages say enough, the less the more other words outside quotations two articles share.

    Words that several matches cover on one side are shared once. Names, titles and lists need a piece that says enough
    alone, and are no other words; a run of SENTENCE_RUN words is enough.
    """
    passages: dict[int, list[Match]] = defaultdict(list)
    for match in matches:
        passages[match.passage].append(match)
    bits, listed, enough = {}, {}, set()
    for number, pieces_of in passages.items():
        once, words = distinct_share(pieces_of), sum(piece.matched for piece in pieces_of)
        bits[number] = once * sum(piece.information for piece in pieces_of)
        clauses, capitals = (sum(getattr(piece, name) for piece in pieces_of) for name in ("clauses", "capitals"))
        listed[number] = clauses == 0 and capitals >= LISTED * words
        greatest = max(piece.information for piece in pieces_of)
        if words * once >= min_words and bits[number] >= min_information:
            if not listed[number] or greatest >= lone_information:
                enough.add(number)
    sentences = [match for match in matches if match.passage in enough and not listed[match.passage]]
    prose = Counter()
    for match in sentences:
        prose[match.passage] += match.matched - match.quoted
    shared = floor(sum(prose.values()) * distinct_share(sentences))
    found = []
    for match in matches:
        needed = lone_information - BITS_OF_DOUBLING * log2(1 + max(0, shared - prose[match.passage]))
        run = max(piece.sentence_run for piece in passages[match.passage])
        if match.passage in enough and (bits[match.passage] >= needed or run >= SENTENCE_RUN):
            found.append(match)
    return found


def distinct_share(matches: Sequence[Match]) -> float:
    """Share of the words of some matches' spans that are distinct words, on the side where they are fewer."""
    shares = [1.0]
    for side in ("left", "right"):
        spans = [range(getattr(match, side)[0], getattr(match, side)[-1] + 1) for match in matches]
        if every := sum(map(len, spans)):
            shares.append(len({word for span in spans for word in span}) / every)
    return min(shares)


def gap(match: Match, other: Match) -> int:
    """Words between two matches, on the side where they are more."""
    return max(0, *(max(two[0] - one[-1], one[0] - two[-1]) - 1 for one, two in zip(match[:2], other[:2], strict=True)))


def in_the_paragraphs_of(left: Text, right: Text, match: Match, other: Match) -> bool:
    return (
        left.paragraphs[match.left[0]] == left.paragraphs[other.left[0]]
        and right.paragraphs[match.right[0]] == right.paragraphs[other.right[0]]
    )


def in_order(match: Match, other: Match) -> bool:
    """Whether one stands before the other on both sides."""
    after = [two[0] > one[-1] for one, two in zip(match[:2], other[:2], strict=True)]
    before = [two[-1] < one[0] for one, two in zip(match[:2], other[:2], strict=True)]
    return all(after) or all(before)


def joined(matches: list[Match], name: str, near: Sequence[bool]) -> int:
    """The least number of the near matches, which all of them get, or a new one."""
    numbers = {getattr(match, name) for match, is_near in zip(matches, near, strict=True) if is_near}
    if not numbers:
        return len(matches)
    for at, match in enumerate(matches):
        if getattr(match, name) in numbers:
            matches[at] = match._replace(**{name: min(numbers)})
    return min(numbers)


def common_seeds(left: dict[int, list[int]], right: dict[int, list[int]]) -> list[tuple[int, int]]:
    """Places of common seeds on both sides, refrains left out; nothing when there are fewer than LEAST_SEEDS."""
    found = [
        (x, y)
        for seed in left.keys() & right.keys()
        if len(left[seed]) * len(right[seed]) <= CROWDED_SEED
        for x in left[seed]
        for y in right[seed]
    ]
    return found if len(found) >= LEAST_SEEDS else []


def maximal_runs(left: Text, right: Text, found: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(left place, right place, words) of the stretches of equal words around the seeds, inside one paragraph each."""
    runs = set()
    for x, y in found:
        if left.words[x : x + SEED_WORDS] == right.words[y : y + SEED_WORDS]:
            size = SEED_WORDS
            while _equal(left, right, x - 1, y - 1, x, y):
                x, y, size = x - 1, y - 1, size + 1
            while _equal(left, right, x + size, y + size, x, y):
                size += 1
            runs.add((x, y, size))
    return sorted(runs)


def _equal(left: Text, right: Text, i: int, j: int, x: int, y: int) -> bool:
    """Whether the words i and j are equal and stand in the paragraphs of x and y."""
    return (
        0 <= i < len(left.words)
        and 0 <= j < len(right.words)
        and left.words[i] == right.words[j]
        and left.paragraphs[i] == left.paragraphs[x]
        and right.paragraphs[j] == right.paragraphs[y]
    )


def chains(
    left: Text, right: Text, runs: Sequence[tuple[int, int, int]], max_gap: int, least: float
) -> Iterator[tuple[float, list[tuple[int, int, int]]]]:
    """Scores and chains of runs in reading order, the best score first, each run in one chain only."""
    scores: list[float] = []
    before: list[int | None] = []
    for r, (x, y, size) in enumerate(runs):
        own = sum(map(min, left.rarity[x : x + size], right.rarity[y : y + size])) / 8.0
        best, back = own, None
        for s in range(r - 1, max(r - 1 - LOOK_BACK, -1), -1):
            prior_x, prior_y, prior_size = runs[s]
            gaps = x - prior_x - prior_size, y - prior_y - prior_size
            shared = max(0, -min(gaps))
            if (
                left.paragraphs[prior_x] != left.paragraphs[x]
                or right.paragraphs[prior_y] != right.paragraphs[y]
                or prior_x >= x
                or prior_y >= y
                or max(gaps) + shared > max_gap
                or shared >= size
            ):
                continue
            gained = scores[s] + own * (size - shared) / size
            gained -= abs(gaps[0] - gaps[1]) + GAP_COST * max(0, min(gaps))
            if gained > best:
                best, back = gained, s
        scores.append(best)
        before.append(back)
    used: set[int] = set()
    for last in sorted(range(len(runs)), key=lambda r: -scores[r]):
        if last in used:
            continue
        if scores[last] < least:
            return
        chain: list[int] = []
        at: int | None = last
        while at is not None and at not in used:
            chain.append(at)
            used.add(at)
            at = before[at]
        yield scores[last], [runs[r] for r in reversed(chain)]


def equal_words(left: Text, right: Text, chain: Sequence[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Pairs of equal words of a chain: what two runs share counts once, what lies between them is compared."""
    pairs: list[tuple[int, int]] = []
    for x, y, size in chain:
        if pairs:
            after = pairs[-1][0] + 1, pairs[-1][1] + 1
            shared = max(0, after[0] - x, after[1] - y)
            if shared >= size:
                continue
            x, y, size = x + shared, y + shared, size - shared
            between = lcs(left.words[after[0] : x], right.words[after[1] : y])
            pairs += [(after[0] + p, after[1] + q) for p, q in between]
        pairs += [(x + i, y + i) for i in range(size)]
    return pairs


def extended(left: Text, right: Text, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs with both ends moved on to two more equal words after at most EXTEND_WORDS others, repeatedly."""
    while step := _further(left, right, pairs[-1], 1):
        (after_x, after_y), (i, j) = (pairs[-1][0] + 1, pairs[-1][1] + 1), step
        pairs += [(after_x + p, after_y + q) for p, q in lcs(left.words[after_x:i], right.words[after_y:j])]
        home = pairs[0]
        while _equal(left, right, i, j, *home):
            pairs.append((i, j))
            i, j = i + 1, j + 1
    while step := _further(left, right, pairs[0], -1):
        (i, j), home = step, pairs[0]
        while _equal(left, right, i, j, *home):
            pairs.insert(0, (i, j))
            i, j = i - 1, j - 1
    return pairs


def _further(left: Text, right: Text, end: tuple[int, int], way: int) -> tuple[int, int] | None:
    """The nearest place from an end at which two words running are equal."""
    for away in range(2 * EXTEND_WORDS + 1):
        for p in range(max(0, away - EXTEND_WORDS), min(away, EXTEND_WORDS) + 1):
            i, j = end[0] + way * (1 + p), end[1] + way * (1 + away - p)
            if _equal(left, right, i, j, *end) and _equal(left, right, i + way, j + way, *end):
                return i, j
    return None


def pieces(left: Text, right: Text, pairs: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """A match in a long line, cut at the ends of sentences of both sides into pieces that are not too short."""
    if all(
        text.paragraphs.count(text.paragraphs[place]) <= LONG_LINE
        for text, place in zip((left, right), pairs[0], strict=True)
    ):
        return [pairs]
    begins = [0]
    for at, (i, j) in enumerate(pairs, 1):
        ends = left.flags[i] & right.flags[j] & SENTENCE_END
        if ends and at - begins[-1] >= PIECE_WORDS and len(pairs) - at >= PIECE_WORDS:
            begins.append(at)
    return [pairs[begin:end] for begin, end in pairwise([*begins, len(pairs)])]


def measured(left: Text, right: Text, pairs: Sequence[tuple[int, int]]) -> Match:
    """Count what a list of equal words says of its two spans."""
    x, y = [i for i, _ in pairs], [j for _, j in pairs]
    gaps = [(i - a - 1, j - b - 1) for (a, b), (i, j) in pairwise(pairs)]
    lengths = [1]
    for gap in gaps:
        if gap == (0, 0):
            lengths[-1] += 1
        else:
            lengths.append(1)
    clause = [left.flags[i] & right.flags[j] & CLAUSE > 0 for i, j in pairs]
    return Match(
        x,
        y,
        len(pairs),
        max(lengths),
        len(lengths),
        insertions=sum(max(0, come - gone) for gone, come in gaps),
        deletions=sum(max(0, gone - come) for gone, come in gaps),
        substitutions=sum(min(gap) for gap in gaps),
        quoted=sum((left.flags[i] | right.flags[j]) & QUOTED for i, j in pairs),
        splices=splices([(left.flags[i] & QUOTED, right.flags[j] & QUOTED) for i, j in pairs]),
        information=sum(min(left.rarity[i], right.rarity[j]) for i, j in pairs) / 8.0,
        jaccard=jaccard(left.words[x[0] : x[-1] + 1], right.words[y[0] : y[-1] + 1]),
        clauses=sum(clause),
        capitals=sum((left.flags[i] | right.flags[j]) & CAPITAL > 0 for i, j in pairs),
        sentence_run=max(n * any(clause[end - n : end]) for n, end in zip(lengths, accumulate(lengths), strict=True)),
    )


def splices(quoted: Sequence[tuple[int, int]]) -> int:
    """How often equal words that neither side quotes join two stretches that both sides quote."""
    marks = "".join("q" if all(pair) else "" if any(pair) else "-" for pair in quoted)
    return sum(1 for one, other in pairwise(groupby(marks.strip("-"))) if other[0] == "-")


def lcs(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of places of a longest common subsequence, skipping on the left where either side would do."""
    n, m = len(left), len(right)
    longest = [[0] * (m + 1) for _ in range(n + 1)]
    for p in reversed(range(n)):
        for q in reversed(range(m)):
            equal = left[p] == right[q]
            longest[p][q] = longest[p + 1][q + 1] + 1 if equal else max(longest[p + 1][q], longest[p][q + 1])
    pairs, p, q = [], 0, 0
    while p < n and q < m and longest[p][q]:
        if left[p] == right[q]:
            pairs.append((p, q))
            p, q = p + 1, q + 1
        elif longest[p + 1][q] >= longest[p][q + 1]:
            p += 1
        else:
            q += 1
    return pairs


def jaccard(left: Sequence[int], right: Sequence[int], size: int = SEED_WORDS) -> float:
    """Overlap of two texts' sets of shingles; 0 when one has none."""
    a, b = set(shingles(left, size)), set(shingles(right, size))
    return len(a & b) / len(a | b) if a and b else 0.0


# ------------------------------------------------------------------------------------------------------- quotations


def beside(
    rows: Sequence[tuple[Sequence[int], Sequence[int]]], row: int, begin: int, end: int, names: dict[tuple, int]
) -> int:
    """Bits of what stands beside a quotation: ``rows`` are paragraphs of words and flags, ``names`` runs of words."""
    words, flags = rows[row]
    inside = 2 * sum(flag & QUOTED for flag in flags[begin:end]) > end - begin
    spoken = set(range(begin, end))
    low, high = begin, end
    while inside and low > 0 and flags[low - 1] & QUOTED:
        low -= 1
    while inside and high < len(words) and flags[high] & QUOTED:
        high += 1
    first, last = sentence(flags, low, high)

    def outside(flags: Sequence[int], places: Sequence[int], same: bool = True) -> list[int]:
        return [i for i in places if (not flags[i] & QUOTED if inside else not (same and i in spoken))]

    few = len(outside(flags, range(first, last))) < FEW_WORDS
    found = 0
    if few and first == 0 and row > 0 and rows[row - 1][0]:
        # the last sentence of the paragraph before, read on into this one
        before_words, before_flags = rows[row - 1]
        begins = sentence(before_flags, len(before_words) - 1, len(before_words))[0]
        shift = len(before_words)
        words, flags = [*before_words, *words], [*before_flags, *flags]
        spoken = {i + shift for i in spoken}
        first, last = begins, last + shift
        if last < len(words):
            last = shift + sentence(flags[shift:], last - shift, last - shift + 1)[1]
    elif few:
        if first > 0:
            first = sentence(flags, first - 1, first)[0]
        if last < len(words):
            last = sentence(flags, last, last + 1)[1]
    for i in outside(flags, range(first, last)):
        found |= kinds_at(words, flags, i, first, last, names)
    return found


def sentence(flags: Sequence[int], begin: int, end: int) -> tuple[int, int]:
    first, last = begin, end
    while first > max(0, begin - BESIDE_WORDS) and not flags[first - 1] & SENTENCE_END:
        first -= 1
    while last < min(len(flags), end + BESIDE_WORDS) and not flags[last - 1] & SENTENCE_END:
        last += 1
    return first, last


def kinds_at(words: Sequence[int], flags: Sequence[int], i: int, first: int, last: int, names: dict[tuple, int]) -> int:
    """Bits of the names that begin with a word, in its surroundings."""
    found = 0
    before_it = [names.get((word,), 0) for word in words[max(first, i - 1 - TOLD_WORDS) : i]]
    leading = list(takewhile(lambda kind: not kind & TO and kind & (BETWEEN | NATION | AGENCY), reversed(before_it)))
    spoken_to = len(leading) < len(before_it) and before_it[-1 - len(leading)] & TO
    for size in range(1, min(LONGEST_NAME, last - i) + 1):
        kind = names.get(tuple(words[i : i + size]), 0)
        before, after = (first <= k < last and flags[k] & CAPITAL for k in (i - 1, i + size))
        alone = flags[i] & CAPITAL and not before and not after
        spans = any(i - n >= first and names.get(tuple(words[i - n : i]), 0) & SPAN for n in (1, 2))
        bare = before and not after and not flags[i] & DATE
        beside = [names.get((words[k],), 0) for k in (i - 1, i + size) if first <= k < last]
        by_office = any(kind & (OFFICE | ROLE) for kind in beside)
        for bit, counts in ((AGENCY, spoken_to), (GIVEN_NAME, alone), (YEARS, not spans)):
            found |= kind & bit if counts else 0
        found |= YEARS if kind & BARE_AGE and bare else 0
        found |= FOREIGN if kind & NATION and by_office else 0
        found |= kind & (OFFICE | MEDIUM | ROLE | FOREIGN | HOME | AWARD)
    return found


# --------------------------------------------------------------------------------------------------------- rewrites


def likeness(texts: Any, row: Sequence[int], covers: Sequence[Sequence[int]], least: int) -> dict[str, float]:
    """What ``dedup.kernels.likeness.describe`` says of one row (pair, left and right article, four ends of words).

    ``texts`` are Texts all of whose paragraphs are readable; ``covers`` the aligned spans of the pair.
    """
    _, *articles, left_first, left_last, right_first, right_last = row
    ends = (left_first, left_last), (right_first, right_last)
    whole = [(int(texts.starts[article]), int(texts.starts[article + 1])) for article in articles]
    sentences = [_sentence_ends(texts, *side) for side in whole]
    held = [
        Counter(
            stem
            for first, last in side
            for stem in {int(texts.stems[i]) for i in range(first, last) if texts.rarity[i] >= least}
        )
        for side in sentences
    ]

    def weighed(places: Iterable[int]) -> list[float]:
        stems = [int(texts.stems[i]) for i in places]
        most = [max(held[0][stem], held[1][stem], 1) for stem in stems]
        return [texts.rarity[i] / 8 * min(1.0, 2.0 / n) for i, n in zip(places, most, strict=True)]

    first_of = []
    for first, last in ends:
        places: dict[int, int] = {}
        for i in range(first, last):
            places.setdefault(int(texts.stems[i]), i)
        first_of.append(places)
    flags = texts.flags
    rare = [[i for i in places.values() if texts.rarity[i] >= least] for places in first_of]
    numbers = [[i for i in places.values() if flags[i] & 8] for places in first_of]
    shared = [(i, first_of[1][int(texts.stems[i])]) for i in rare[0] if int(texts.stems[i]) in first_of[1]]
    same_numbers = sum(int(texts.stems[i]) in first_of[1] for i in numbers[0])
    bits = weighed([i for i, _ in shared])
    rising = [x < y for n, (_, x) in enumerate(shared) for _, y in shared[n + 1 :]]
    aligned = sum(span[1] - span[0] for span in covers)
    inside = 0
    before = after = False
    for span in covers:
        common = [min(ends[n][1], span[2 * n + 1]) - max(ends[n][0], span[2 * n]) for n in (0, 1)]
        inside += min(common) if min(common) > 0 else 0
        before |= all(-2 <= ends[n][0] - span[2 * n + 1] <= 40 for n in (0, 1))
        after |= all(-2 <= span[2 * n] - ends[n][1] <= 40 for n in (0, 1))
    sizes = [max(1, last - first) for first, last in whole]
    around = [_around(side, *end) for side, end in zip(sentences, ends, strict=True)]
    totals = [sum(weighed(side)) for side in rare]
    return {
        "stems": len(shared),
        "bits": math.log1p(sum(bits)),
        "containment": sum(bits) / max(min(totals), 1.0),
        "numbers": min(same_numbers, 3),
        "numbers_apart": min(max(min(map(len, numbers)) - same_numbers, 0), 3),
        "names": min(sum(bool(flags[i] & flags[j] & 4) and not flags[i] & flags[j] & 8 for i, j in shared), 4),
        "quoted": sum((flags[i] | flags[j]) & 1 for i, j in shared) / max(len(shared), 1),
        "plain": math.log1p(
            sum(
                value
                for (i, j), value in zip(shared, bits, strict=True)
                if not flags[i] & flags[j] & 12 and not (flags[i] | flags[j]) & 1
            )
        ),
        "order": (2 * sum(rising) - len(rising)) / len(rising) if rising else 0.0,
        "place": abs((left_first - whole[0][0]) / sizes[0] - (right_first - whole[1][0]) / sizes[1]),
        "before": float(before),
        "after": float(after),
        "context": max(
            _stem_cosine(texts, (around[0][0], left_first), (around[1][0], right_first)),
            _stem_cosine(texts, (left_last, around[0][1]), (right_last, around[1][1])),
        ),
        "partly": min(1.0, inside / min(last - first for first, last in ends)),
        "share": min(1.0, aligned / min(sizes)),
    }


def _sentence_ends(texts: Any, low: int, high: int) -> list[tuple[int, int]]:
    found, first = [], low
    for at in range(low, high):
        if at + 1 == high or texts.paragraphs[at + 1] != texts.paragraphs[at] or texts.flags[at] & 2:
            found.append((first, at + 1))
            first = at + 1
    return found


def _around(sentences: Sequence[tuple[int, int]], first: int, last: int) -> tuple[int, int]:
    before = [begin for begin, end in sentences if end <= first]
    after = [end for begin, end in sentences if begin >= last]
    return (before[-1] if before else first), (after[0] if after else last)


def _stem_cosine(texts: Any, one: tuple[int, int], other: tuple[int, int]) -> float:
    left, right = (
        {int(texts.stems[i]): float(texts.rarity[i]) for i in reversed(range(*side))} for side in (one, other)
    )
    shared = sum(left[stem] ** 2 for stem in left.keys() & right.keys())
    return shared / math.sqrt(sum(v**2 for v in left.values()) * sum(v**2 for v in right.values())) if shared else 0.0


# ------------------------------------------------------------------------------------------------ clusters, passages


def components(nodes: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """The smallest node of each node's component."""
    labels = list(range(nodes))
    changed = True
    while changed:
        changed = False
        for x, y in edges:
            least = min(labels[x], labels[y])
            changed |= labels[x] != least or labels[y] != least
            labels[x] = labels[y] = least
    return labels


def group_spans(spans: Sequence[tuple[int, int, int]]) -> list[int]:
    """Groups of spans (paragraph, begin, end) that share at least half of the shorter one, chained."""
    edges = []
    for i, (paragraph, begin, end) in enumerate(spans):
        for j in range(i + 1, len(spans)):
            other, first, last = spans[j]
            shared = min(end, last) - max(begin, first)
            if other == paragraph and shared > 0 and 2 * shared >= min(end - begin, last - first):
                edges.append((i, j))
    return components(len(spans), edges)


def best_sources(
    edges: list[tuple[int, int, int]], labels: list[int], ranks: list[int], is_wire: list[bool]
) -> list[tuple[int, int, int]]:
    """For each passage its source, and the words and the number of the edge that leads there; (-1, 0, 0) without one.

    ``edges`` are (left, right, matched). As the kernel of this name, by sorting all that is allowed.
    """
    allowed: dict[int, list[tuple]] = {}
    for number, (left, right, matched) in enumerate(edges):
        for here, there in ((left, right), (right, left)):
            dispatch = is_wire[there] and not is_wire[here]
            earlier = is_wire[here] == is_wire[there] and ranks[there] < ranks[here]
            if labels[here] == labels[there] and (dispatch or earlier):
                order = (0, -matched, ranks[there], number) if dispatch else (1, ranks[there], number)
                allowed.setdefault(here, []).append((order, (there, matched, number)))
    return [min(allowed[here])[1] if here in allowed else (-1, 0, 0) for here in range(len(labels))]


def mark_spans(spans: Sequence[tuple[int, int]], values: Sequence[float], n_words: int) -> list[float]:
    """The greatest value of the spans that cover each word, 0 where none does."""
    return [
        max([0, *(value for (first, last), value in zip(spans, values, strict=True) if first <= word < last)])
        for word in range(n_words)
    ]


# ---------------------------------------------------------------------------------------------------------- history


def cluster_events(before: Sequence[dict], after: Sequence[dict]) -> list[tuple[str, str, str | None, int]]:
    """Rows of PASSAGES in two states -> (cluster, event, other cluster, size), sorted by event and cluster."""
    old_sizes, new_sizes = (Counter(row["cluster_id"] for row in rows) for rows in (before, after))
    old_pairs, new_pairs = ({(row["passage_id"], row["cluster_id"]) for row in rows} for rows in (before, after))
    changed_old = {cluster for _, cluster in old_pairs - new_pairs}
    changed_new = {cluster for _, cluster in new_pairs - old_pairs}
    went, came = defaultdict(Counter), defaultdict(Counter)
    for row in before:
        heirs = [
            (min(row["end"], other["end"]) - max(row["begin"], other["begin"]),
             other["passage_id"] == row["passage_id"],
             other["passage_id"], other["cluster_id"])
            for other in after
            if (row["article_id"], row["paragraph"]) == (other["article_id"], other["paragraph"])
            and min(row["end"], other["end"]) > max(row["begin"], other["begin"])
        ]  # fmt: skip
        if heirs and row["cluster_id"] in changed_old:
            went[row["cluster_id"]][max(heirs)[3]] += 1
            came[max(heirs)[3]][row["cluster_id"]] += 1
    gone, fresh = changed_old - new_sizes.keys(), changed_new - old_sizes.keys()
    successor = {cluster: _most(went[cluster]) for cluster in gone if cluster in went}
    ancestor = {cluster: _most(came[cluster]) for cluster in fresh if cluster in came}
    found: list[tuple[str, str, str | None, int]] = []
    for cluster in gone:
        heir = successor.get(cluster)
        event = "retired" if heir is None else "renamed" if ancestor.get(heir) == cluster else "merged_into"
        found.append((cluster, event, heir, new_sizes[heir]))
    grown = (cluster for cluster in changed_new & old_sizes.keys() if new_sizes[cluster] > old_sizes[cluster])
    found.extend((cluster, "extended", None, new_sizes[cluster]) for cluster in grown)
    for cluster in fresh:
        parent = ancestor.get(cluster)
        if parent is None:
            found.append((cluster, "created", None, new_sizes[cluster]))
        elif successor.get(parent) != cluster:
            found.append((cluster, "split_from", parent, new_sizes[cluster]))
    return sorted(found, key=lambda event: (event[1], event[0]))


def _most(counts: Counter) -> str:
    """The most frequent, ties by name."""
    return min(counts, key=lambda name: (-counts[name], name))

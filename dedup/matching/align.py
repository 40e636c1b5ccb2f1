"""CANDIDATE_PAIRS, WORDS -> ALIGNMENTS: which spans of two articles carry the same prose, word by word.

Seed and extend on shared word 3-grams, then chains with gaps, as passim does for newspapers (Smith, Cordell &
Mullen, Computational Methods for Uncovering Reprinted Texts, 2015) and BLAST for proteins. An alignment depends on
the two articles and the config alone, never on what else is in the corpus.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import in_threads, list_buffers, one_chunk, run_begins
from dedup.config import Config
from dedup.constants import MOST_OF
from dedup.kernels.alignment import MATCH_COLUMNS, N_COLUMNS, Limits, Texts, align_pairs
from dedup.kernels.seeds import seed_articles
from dedup.matching import quotations
from dedup.matching.weights import weights

PER_WORD = tuple(field.name for field in schemas.WORDS if pa.types.is_list(field.type))
"""Columns of WORDS that hold a value for each word."""


def texts(words: pa.Table, first_paragraphs: np.ndarray, readable: np.ndarray, config: Config) -> Texts:
    """Lay out the words of the articles and sort their seeds.

    ``first_paragraphs`` (articles + 1,) int64 says where each article's rows of WORDS begin; ``readable`` (rows of
    WORDS,) bool leaves paragraphs out of alignment (boilerplate, captions, credits, embeds).
    """
    paragraph_starts = list_buffers(words["hash"])[0]
    first = paragraph_starts[0]
    columns = {name: list_buffers(words[name])[1][first : paragraph_starts[-1]] for name in PER_WORD}
    paragraph_starts = paragraph_starts - first
    paragraphs = np.repeat(np.arange(len(words), dtype=np.int32), np.diff(paragraph_starts))
    starts = paragraph_starts[first_paragraphs]
    seeds, places = np.empty(len(paragraphs), np.uint32), np.empty(len(paragraphs), np.int32)
    in_threads(
        len(starts) - 1,
        config,
        lambda low, high: seed_articles(columns["hash"], paragraphs, readable, starts, low, high, seeds, places),
    )
    return Texts(
        columns["hash"],
        columns["stem"],
        paragraphs,
        columns["rarity"],
        weights(columns["hash"], paragraphs, columns["rarity"], columns["flags"], starts, config),
        columns["flags"],
        columns["begin"],
        columns["end"],
        starts,
        paragraph_starts,
        readable,
        one_chunk(words["lang"]).to_numpy(),
        seeds,
        places,
    )


def align(lefts: np.ndarray, rights: np.ndarray, texts: Texts, config: Config, **constants: Any) -> pa.Table:
    """Align pairs of articles and keep what is more than chance.

    ``lefts`` and ``rights`` (pairs,) are rows of ``texts.starts``. -> ALIGNMENTS, rows of articles and paragraphs
    counted inside ``texts``, sorted by pair and place.

    A match is kept when the passage that it is a piece of has ``min_words`` equal words, ``min_information`` bits, and
    ``lone_information`` bits less BITS_OF_DOUBLING for each doubling of the other words that the two articles share:
    titles, official names and formulas come alone, copies come together. ``matching.quotations`` tells quotations.
    ``constants`` replace fields of ``Limits``: for measurements.
    """
    limits = Limits(config.max_gap, config.min_words, config.min_information, **constants)
    found = in_threads(
        len(lefts),
        config,
        lambda low, high: align_pairs(texts, lefts, rights, low, high, limits),
        least=64,
    )
    counts = np.concatenate([rows for rows, _ in found]) if found else np.zeros((0, N_COLUMNS), np.int32)
    measures = np.concatenate([values for _, values in found]) if found else np.zeros((0, 2), np.float32)
    keep, others = _enough(dict(zip(MATCH_COLUMNS, counts.T.astype(np.int64), strict=True)), measures[:, 0], config)
    counts, measures, others = counts[keep], measures[keep], others[keep]
    column = dict(zip(MATCH_COLUMNS, counts.T.astype(np.int64), strict=True))
    reason = quotations.reasons(column, _numbered(column["pair"], column["surroundings"]), texts, config)
    left_paragraph = texts.paragraphs[column["left_begin"]] if len(counts) else np.zeros(0, np.int32)
    right_paragraph = texts.paragraphs[column["right_begin"]] if len(counts) else np.zeros(0, np.int32)
    left_first, right_first = texts.paragraph_starts[left_paragraph], texts.paragraph_starts[right_paragraph]
    columns = {
        "left": lefts[column["pair"]],
        "right": rights[column["pair"]],
        "left_paragraph": left_paragraph,
        "left_begin_word": column["left_begin"] - left_first,
        "left_end_word": column["left_end"] - left_first,
        "left_begin": texts.begins[column["left_begin"]],
        "left_end": texts.ends[column["left_end"] - 1],
        "right_paragraph": right_paragraph,
        "right_begin_word": column["right_begin"] - right_first,
        "right_end_word": column["right_end"] - right_first,
        "right_begin": texts.begins[column["right_begin"]],
        "right_end": texts.ends[column["right_end"] - 1],
        "others": others,
        "information": measures[:, 0],
        "jaccard": measures[:, 1],
        "quote_only": (reason > 0) & (reason < schemas.QUOTED_ONLY),
        "quote_reason": reason,
        "rewrite": np.zeros(len(counts), bool),
    }
    for name in ("matched", "longest", "runs", "insertions", "deletions", "substitutions", "quoted"):
        columns[name] = column[name]
    order = np.lexsort((column["right_begin"], column["left_begin"], columns["right"], columns["left"]))
    return as_alignments({name: values[order] for name, values in columns.items()})


def as_alignments(columns: dict[str, np.ndarray]) -> pa.Table:
    """Columns of alignments, (rows,) each -> ALIGNMENTS, in the order and types of the schema; 0 for one not given."""
    nothing = np.zeros(len(columns["left"]))
    arrays = [pa.array(columns.get(field.name, nothing)).cast(field.type) for field in schemas.ALIGNMENTS]
    return pa.Table.from_arrays(arrays, schema=schemas.ALIGNMENTS)


def _enough(column: dict[str, np.ndarray], information: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Which pieces belong to a passage that says enough, and the other words that their two articles share.

    Titles, names and lists come with the event, however many of them two articles share, so a passage of these needs a
    piece that says enough alone, and their words are no other words. A run of SENTENCE_RUN words is a sentence that
    somebody wrote: it need not say more than ``min_information``.
    """
    passage = _numbered(column["pair"], column["passage"])
    once = _distinct(column, passage, np.ones(len(passage), bool))
    words = _sums(passage, column["matched"])
    listed = (_sums(passage, column["clauses"]) == 0) & (_sums(passage, column["capitals"]) >= LISTED * words)
    matched, bits = words * once, _sums(passage, information) * once
    enough = (matched >= config.min_words) & (bits >= config.min_information)
    enough &= ~listed | (_greatest(passage, information) >= config.lone_information)
    prose = (enough & ~listed) * (column["matched"] - column["quoted"])
    shared = np.floor(_sums(column["pair"], prose) * _distinct(column, column["pair"], enough & ~listed))
    others = np.maximum(shared - _sums(passage, prose), 0).astype(np.int64)
    needed = config.lone_information - BITS_OF_DOUBLING * np.log2(1 + others)
    return enough & ((bits >= needed) | (_greatest(passage, column["sentence_run"]) >= SENTENCE_RUN)), others


LISTED = 0.25
"""Share of words with a capital from which words that hold nothing of a clause are names, titles or a list of them."""

SENTENCE_RUN = 12
"""Equal words running, one of them of a clause, that nobody writes twice: stock phrases made runs of up to 8 words, and
those of 12 were always copied."""

BITS_OF_DOUBLING = 10.0
"""Bits by which a match may say less whenever two articles share twice as many other words."""


def _distinct(column: dict[str, np.ndarray], group: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Share of the words of the counted spans of each row's group that are distinct, on the side where they are fewer.

    (rows,) float64, 1 where no two overlap: a phrase that the other text prints four times is one phrase, not four.
    """
    shares = np.ones(len(group))
    n = int(group.max(initial=-1)) + 1
    for side in ("left", "right"):
        begin, end = column[f"{side}_begin"][counted], column[f"{side}_end"][counted]
        order = np.lexsort((begin, group[counted]))
        of, begin, end = group[counted][order], begin[order], end[order]
        far = int(end.max(initial=0)) + 1
        reached = np.append(0, np.maximum.accumulate(end + of * far)[:-1])[: len(of)] - of * far
        fresh = np.maximum(end - np.maximum(begin, reached), 0)
        union, every = (np.bincount(of, weights=words, minlength=n) for words in (fresh, end - begin))
        shares = np.minimum(shares, np.where(every > 0, union / np.maximum(every, 1), 1.0)[group])
    return shares


def _numbered(pair: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Number of each row's group, counted over all pairs: (rows,) int64."""
    return np.unique(pair << 32 | group, return_inverse=True)[1]


def _greatest(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The greatest value of each row's group."""
    greatest = np.zeros(int(group.max(initial=-1)) + 1)
    np.maximum.at(greatest, group, values)
    return greatest[group]


def _sums(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum of the values of each row's group."""
    return np.bincount(group, weights=values)[group] if len(group) else values.astype(float)


def edit_classes(alignments: pa.Table, source_is_left: np.ndarray, paragraph_words: np.ndarray) -> np.ndarray:
    """How the copy differs from its source: (alignments,) uint8, place of the class in ``schemas.EDIT_CLASSES``.

    ``source_is_left`` (alignments,) bool; ``paragraph_words`` (paragraphs,) words of each row of PARAGRAPHS. The
    first that fits, structure before wording:

    - quote_only: the two sides share no more than the words of a quotation;
    - reordered: two alignments of the same two paragraphs stand in another order;
    - merged: the copy's paragraph holds alignments from two or more paragraphs of the source;
    - split: the source's paragraph went into two or more paragraphs of the copy;
    - truncated: the source's paragraph goes on for TRUNCATED_WORDS or more that the copy's paragraph lacks, and what
      the copy kept fills its paragraph;
    - heavy_edit, light_edit, verbatim: differing words over all words are above HEAVY_SHARE, above 0, or 0.
    """
    side = {
        name: (
            alignments[f"left_{name}"].to_numpy().astype(np.int64),
            alignments[f"right_{name}"].to_numpy().astype(np.int64),
        )
        for name in ("paragraph", "begin_word", "end_word")
    }
    source = {name: np.where(source_is_left, left, right) for name, (left, right) in side.items()}
    copy = {name: np.where(source_is_left, right, left) for name, (left, right) in side.items()}
    matched = alignments["matched"].to_numpy()
    changed = sum(alignments[name].to_numpy() for name in ("insertions", "deletions", "substitutions"))
    pair = alignments["left"].to_numpy().astype(np.int64) << 32 | alignments["right"].to_numpy().astype(np.int64)

    code = {name: number for number, name in enumerate(schemas.EDIT_CLASSES)}
    classes = np.where(changed == 0, code["verbatim"], code["light_edit"]).astype(np.uint8)
    classes[changed > HEAVY_SHARE * (matched + changed)] = code["heavy_edit"]
    source_words, copy_words = paragraph_words[source["paragraph"]], paragraph_words[copy["paragraph"]]
    kept = copy["end_word"] - copy["begin_word"]
    cut = source_words - source["end_word"] >= TRUNCATED_WORDS
    classes[cut & (kept >= MOST_OF * copy_words)] = code["truncated"]
    classes[_several(pair, source["paragraph"], copy["paragraph"])] = code["split"]
    classes[_several(pair, copy["paragraph"], source["paragraph"])] = code["merged"]
    classes[_crossing(pair, source, copy)] = code["reordered"]
    classes[alignments["quote_only"].to_numpy(zero_copy_only=False)] = code["quote_only"]
    return classes


HEAVY_SHARE = 0.25
"""Share of differing words from which an edit is heavy."""

TRUNCATED_WORDS = 8
"""Words that a paragraph must lose at its end to be truncated."""


def _several(pair: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Rows whose ``one`` paragraph meets two or more ``other`` paragraphs inside its pair of articles."""
    order = np.lexsort((other, one, pair))
    begins = run_begins(pair[order], one[order])
    begins_of_other = run_begins(pair[order], one[order], other[order])
    others = np.diff(np.searchsorted(begins_of_other, begins), append=len(begins_of_other))
    several = np.empty(len(pair), bool)
    several[order] = np.repeat(others > 1, np.diff(begins, append=len(pair)))
    return several


def _crossing(pair: np.ndarray, source: dict[str, np.ndarray], copy: dict[str, np.ndarray]) -> np.ndarray:
    """Rows that stand before another row of the same two paragraphs in the source and after it in the copy."""
    crossing = np.zeros(len(pair), bool)
    if len(pair) < 2:
        return crossing
    order = np.lexsort((source["begin_word"], copy["paragraph"], source["paragraph"], pair))
    same = (
        (pair[order][1:] == pair[order][:-1])
        & (source["paragraph"][order][1:] == source["paragraph"][order][:-1])
        & (copy["paragraph"][order][1:] == copy["paragraph"][order][:-1])
        & (source["end_word"][order][:-1] <= source["begin_word"][order][1:] + 2)
        & (copy["begin_word"][order][:-1] >= copy["end_word"][order][1:] - 2)
    )
    crossing[order[1:][same]] = True
    crossing[order[:-1][same]] = True
    return crossing

"""Pairs of articles -> ALIGNMENTS of rewordings: sentences of two articles that say the same in other words.

This is as far as words go without a language model: sentences that share rare stems are proposed, described by what
they share and by what stands around them, and weighed by a logistic regression on labelled sentences (``train`` of
``dedup.evaluation.rewordings`` makes its coefficients). What is found depends on the two articles and the settings
alone.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import in_threads
from dedup.config import Config
from dedup.kernels.alignment import Texts
from dedup.kernels.likeness import (
    LIKENESS,
    choose,
    describe,
    hold_figures,
    longest_runs,
    own_stems,
    probabilities,
)
from dedup.kernels.rewrites import Covers, Sentences, propose, sentence_stems
from dedup.matching.align import SENTENCE_RUN, as_alignments

REWRITE_RARITY = 76
"""Rarity of a stem that counts for a rewrite, in eighths of a bit: 9.5 bits, about once in 700 words."""

LEAST_SCORE, LONE_SCORE = 10.0, 30.0
"""Bits that two sentences share, times their share of the lighter sentence, from which they are looked at: of articles
that share a passage, and of those that share none."""


LEAST_WORDS, LEAST_CONTAINMENT = 10, 1 / 3
"""Words of a stretch, and share of the bits of the lighter stretch that the other must hold: with less, most of what
either says is not in the other, whatever stands around them."""


MOST_RUN = 2 / 3
"""Share of the shorter stretch that may stand in one run of equal words: with more it is not reworded but printed, and
what the alignment makes no match of is a line of the house or a formula."""


KEPT_RUN = 9
"""Words running that a stock phrase never had: a stretch that keeps such a run, with half of the bits of a match, holds
a piece of a copy, and half of the probability is enough. So does one whose run has the words and the bits of a match,
where the two share no quoted word: those have a speaker, whom both may have heard. A run that is long enough for a
match and no match holds a formula, and what stands around it is its occasion."""


LEAST_OWN = 1
"""Rare words that two sentences must share beside names, figures, quoted words and formulas: with none they report the
same event ("le prix est décerné à l'écrivaine X"), each in its own words."""


class Model(NamedTuple):
    """A logistic regression on LIKENESS."""

    intercept: float
    weights: np.ndarray
    """(len(LIKENESS),) float64."""


MODEL_FILE = Path(__file__).parent / "rewrite_model.json"


@cache
def load_model() -> Model:
    """The shipped coefficients."""
    stored = json.loads(MODEL_FILE.read_text("utf-8"))
    return Model(stored["intercept"], np.array([stored["weights"][name] for name in LIKENESS]))


def rewrites(
    lefts: np.ndarray, rights: np.ndarray, alignments: pa.Table, texts: Texts, sentences: Sentences, config: Config
) -> pa.Table:
    """Find the reworded sentences of pairs of articles.

    ``lefts`` and ``rights`` (pairs,) are rows of ``texts.starts``, distinct pairs; ``alignments`` are the ALIGNMENTS
    of these and of other pairs, ``sentences`` those of ``texts``. -> ALIGNMENTS, all ``rewrite``, rows counted inside
    ``texts`` as in ``align``: ``matched`` counts the stems that the two share, ``information`` is their bits and
    ``confidence`` the probability that one was made from the other, or both from one text. Those under
    ``rewrite_probability`` are left out, under half of it where they hold a piece of a copy; where one has figures and
    the other none of them, half of the doubt is allowed.
    """
    covers = covers_of(lefts, rights, alignments, texts)
    scores = LEAST_SCORE, LONE_SCORE
    found = in_threads(
        len(lefts),
        config,
        lambda low, high: propose(texts, sentences, covers, lefts, rights, low, high, scores),
        least=16,
    )
    rows = np.concatenate(found) if found else np.zeros((0, 7), np.int64)
    rows = rows[np.minimum(rows[:, 4] - rows[:, 3], rows[:, 6] - rows[:, 5]) >= LEAST_WORDS]
    described = likeness(rows, texts, sentences, covers, config)
    alike = described[:, LIKENESS.index("containment")] >= LEAST_CONTAINMENT
    rows, described = rows[alike], described[alike]
    longest, bits = longest_runs(texts, rows)
    alike = longest < MOST_RUN * np.minimum(rows[:, 4] - rows[:, 3], rows[:, 6] - rows[:, 5])
    alike &= (longest < SENTENCE_RUN) | (bits >= config.min_information)
    kept_run = (longest >= KEPT_RUN) & (2 * bits >= config.min_information)
    kept_run |= (
        (longest >= config.min_words) & (bits >= config.min_information) & (described[:, LIKENESS.index("quoted")] == 0)
    )
    rows, described, kept_run = rows[alike], described[alike], kept_run[alike]
    model = load_model()
    p = probabilities(described, model.intercept, model.weights)
    least = config.rewrite_probability / (1 + kept_run)
    likely = p >= np.where(_other_figures(rows, described, texts), (1 + least) / 2, least)
    likely[likely] = own_stems(texts, rows[likely], REWRITE_RARITY) >= LEAST_OWN
    rows, described, p = rows[likely], described[likely], p[likely]
    kept = choose(rows, p)
    return _as_rewrites(rows[kept], described[kept], p[kept], texts)


def _other_figures(rows: np.ndarray, described: np.ndarray, texts: Texts) -> np.ndarray:
    """Whether either stretch has figures, days apart, and the two share none: (rows,) bool.

    Who rewords a sentence keeps its figures; another report of the same fact brings its own.
    """
    return hold_figures(texts.flags, rows) & (described[:, LIKENESS.index("numbers")] == 0)


def covers_of(lefts: np.ndarray, rights: np.ndarray, alignments: pa.Table, texts: Texts) -> Covers:
    """The words that each pair has aligned already; ``alignments`` of other pairs are left out.

    So are pieces of fewer than LEAST_WORDS equal words: a name that both hold does not make a sentence a copy.
    """
    alignments = alignments.filter(pc.greater_equal(alignments["matched"], LEAST_WORDS))
    sides = {side: alignments[side].to_numpy().astype(np.int64) for side in ("left", "right")}
    keys = np.asarray(lefts, np.int64) << 32 | np.asarray(rights, np.int64)
    by_key = np.argsort(keys, kind="stable")
    mine = sides["left"] << 32 | sides["right"]
    place = np.minimum(np.searchsorted(keys[by_key], mine), max(len(keys) - 1, 0))
    asked = keys[by_key][place] == mine if len(keys) else np.zeros(len(mine), bool)
    spans = np.empty((len(mine), 4), np.int64)
    for number, side in enumerate(("left", "right")):
        start = texts.paragraph_starts[alignments[f"{side}_paragraph"].to_numpy()]
        spans[:, 2 * number] = start + alignments[f"{side}_begin_word"].to_numpy()
        spans[:, 2 * number + 1] = start + alignments[f"{side}_end_word"].to_numpy()
    owner = by_key[place[asked]] if len(keys) else np.zeros(0, np.int64)
    order = np.argsort(owner, kind="stable")
    return Covers(np.searchsorted(owner[order], np.arange(len(keys) + 1)), spans[asked][order])


def likeness(rows: np.ndarray, texts: Texts, sentences: Sentences, covers: Covers, config: Config) -> np.ndarray:
    """(rows, len(LIKENESS)) float64, see ``describe``."""
    out = np.zeros((len(rows), len(LIKENESS)))
    in_threads(
        len(rows),
        config,
        lambda low, high: describe(texts, sentences, covers, rows, REWRITE_RARITY, low, high, out),
        least=64,
    )
    return out


def sentences(texts: Texts, config: Config) -> Sentences:
    """The sentences of every article and their rare stems."""
    n = len(texts.words)
    laid_out = Sentences(
        firsts=np.empty(n, np.int32),
        lasts=np.empty(n, np.int32),
        names=np.empty(n, np.uint32),
        homes=np.empty(n, np.int32),
        weights=np.empty(n, np.uint8),
        counts=np.zeros((len(texts.starts) - 1, 2), np.int64),
    )
    in_threads(
        len(texts.starts) - 1,
        config,
        lambda low, high: sentence_stems(texts, low, high, REWRITE_RARITY, laid_out),
    )
    return laid_out


def _as_rewrites(rows: np.ndarray, described: np.ndarray, p: np.ndarray, texts: Texts) -> pa.Table:
    """Rows of ``propose`` -> ALIGNMENTS."""
    _, left, right, left_first, left_last, right_first, right_last = rows.T
    left_paragraph, right_paragraph = texts.paragraphs[left_first], texts.paragraphs[right_first]
    left_start, right_start = texts.paragraph_starts[left_paragraph], texts.paragraph_starts[right_paragraph]
    left_words, right_words = left_last - left_first, right_last - right_first
    stems = described[:, LIKENESS.index("stems")].astype(np.int64)
    none = np.zeros(len(rows), np.int64)
    return as_alignments(
        {
            "left": left,
            "right": right,
            "left_paragraph": left_paragraph,
            "left_begin_word": left_first - left_start,
            "left_end_word": left_last - left_start,
            "left_begin": texts.begins[left_first],
            "left_end": texts.ends[left_last - 1],
            "right_paragraph": right_paragraph,
            "right_begin_word": right_first - right_start,
            "right_end_word": right_last - right_start,
            "right_begin": texts.begins[right_first],
            "right_end": texts.ends[right_last - 1],
            "matched": stems,
            "longest": np.minimum(stems, 1),
            "runs": stems,
            "insertions": np.maximum(right_words - left_words, 0),
            "deletions": np.maximum(left_words - right_words, 0),
            "substitutions": np.maximum(np.minimum(left_words, right_words) - stems, 0),
            "quoted": none,
            "others": none,
            "information": np.expm1(described[:, LIKENESS.index("bits")]),
            "jaccard": none.astype(float),
            "quote_only": none.astype(bool),
            "rewrite": ~none.astype(bool),
            "confidence": p,
        }
    )

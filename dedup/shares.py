"""ALIGNMENTS, roles -> shares: every word of an article in exactly one class.

An article's shares are the union over all its passages, whatever stands on the other side: a dispatch covers part of
a story, the other outlets that printed it show the rest.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedup import kernels
from dedup.arrays import Clusters, Corpus, Passages, Shares
from dedup.schemas import SHARES

OWN, QUOTATION, BACKGROUND, EDITED, VERBATIM, BOILERPLATE = range(len(SHARES))

def classes(alignments: pa.Table, background: np.ndarray) -> np.ndarray:
    """Class of the words that each alignment covers: shape (alignments,), uint8."""
    changed = sum(alignments[name].to_numpy() for name in ("insertions", "deletions", "substitutions"))
    found = np.where(changed == 0, VERBATIM, EDITED)
    found[background] = BACKGROUND
    found[alignments["quote_only"].to_numpy(zero_copy_only=False)] = QUOTATION
    return found.astype(np.uint8)


def count(
    corpus: Corpus,
    alignments: pa.Table,
    found: Passages,
    clusters: Clusters,
    same_owner: np.ndarray,
    kinds: np.ndarray,
    p_cluster: np.ndarray,
    translated: np.ndarray,
) -> Shares:
    """Count the words of every article by class.

    ``same_owner`` and ``kinds`` (alignments,); ``p_cluster`` (clusters,) probability that a cluster is an agency's;
    ``translated`` (clusters,) bool, quotations that were put into French: their words stay quotations, and can be an
    agency's all the same.
    """
    n = len(corpus.low)
    firsts, lasts = _spans(corpus, alignments)
    kinds, apart = np.tile(kinds, 2), np.tile(same_owner, 2)
    cluster = clusters.labels[np.r_[found.left, found.right]]
    marks = _marks(corpus, firsts[~apart], lasts[~apart], kinds[~apart])
    for paragraph in np.flatnonzero(corpus.set_apart).tolist():
        marks[corpus.word_starts[paragraph] : corpus.word_starts[paragraph + 1]] = BOILERPLATE
    family = _marks(corpus, firsts[apart], lasts[apart], kinds[apart])
    words = {name: _by_article(corpus, n, marks == mark) for mark, name in enumerate(SHARES)}
    likely = ((kinds != QUOTATION) | translated[cluster]) & (p_cluster[cluster] >= 0.5)
    agency = _marks(corpus, firsts[likely], lasts[likely], np.ones(int(likely.sum()), np.uint8))
    agency[marks == BOILERPLATE] = 0
    return Shares(
        words,
        _by_article(corpus, n, (marks == OWN) & (family > QUOTATION)),
        _by_article(corpus, n, agency),
        sum(words.values()),
    )


def copied(corpus: Corpus, alignments: pa.Table, same_owner: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Share of each article's prose that other owners print too, quotations apart: shape (articles,), 0 to 1."""
    kept = np.tile(~same_owner & (kinds != QUOTATION), 2)
    firsts, lasts = _spans(corpus, alignments)
    marks = _marks(corpus, firsts[kept], lasts[kept], np.ones(int(kept.sum()), np.uint8))
    n = len(corpus.low)
    words = np.where(corpus.set_apart, 0, np.diff(corpus.word_starts))
    prose = np.bincount(corpus.article, weights=words, minlength=n)
    return np.minimum(_by_article(corpus, n, marks) / np.maximum(prose, 1), 1.0)


def _spans(corpus: Corpus, alignments: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """First and last word of both sides of every alignment, all words of the corpus end to end."""
    firsts, lasts = [], []
    for side in ("left", "right"):
        start = corpus.word_starts[alignments[f"{side}_paragraph"].to_numpy()]
        firsts.append(start + alignments[f"{side}_begin_word"].to_numpy())
        lasts.append(start + alignments[f"{side}_end_word"].to_numpy())
    return np.concatenate(firsts), np.concatenate(lasts)


def _marks(corpus: Corpus, firsts: np.ndarray, lasts: np.ndarray, values: np.ndarray) -> np.ndarray:
    marks = np.zeros(int(corpus.word_starts[-1]), values.dtype)
    kernels.mark_spans(firsts, lasts, values, marks)
    return marks


def _by_article(corpus: Corpus, n: int, values: np.ndarray) -> np.ndarray:
    kind = np.float64 if values.dtype.kind == "f" else np.int64
    totals = np.concatenate([[0], np.cumsum(values, dtype=kind)])
    by_paragraph = totals[corpus.word_starts[1:]] - totals[corpus.word_starts[:-1]]
    return np.bincount(corpus.article, weights=by_paragraph, minlength=n).astype(kind)

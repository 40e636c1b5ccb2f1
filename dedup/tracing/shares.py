"""ALIGNMENTS, roles -> shares: every word of an article in exactly one class.

An article's shares are the union over all its passages, whatever stands on the other side: a dispatch covers part of
a story, the other outlets that printed it show the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import ENDS, Corpus, Shares, run_begins
from dedup.kernels.groups import mark_spans
from dedup.schemas import SHARES

OWN, QUOTATION, BACKGROUND, EDITED, VERBATIM, BOILERPLATE = range(len(SHARES))

OF_MATCHES = tuple(
    name if of is None else f"{name}_{of}"
    for of in (None, "paragraph", "begin_word", "end_word")
    for name in ("left", "right")
)
"""Columns of ALIGNMENTS that are read to count words."""


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
    kinds: np.ndarray,
    likely: np.ndarray,
    found: np.ndarray,
    solid: np.ndarray,
    articles: range,
) -> Shares:
    """Count the words of ``articles`` by class; ``alignments`` are all that have a side in one of them, with ENDS.

    ``kinds`` (alignments,) belongs to these alignments; ``likely`` and ``found`` (passages,) bool say which passages
    are likely and which are found to be an agency's. Of a found passage the words count that it shares with one of
    ``solid`` (passages,) bool, a dispatch's or a text's that credits the agency: the rest of it is shared with others.
    What it shares with nobody but its owner's other papers is their own prose, however near the dispatch stands.
    """
    window = _window(corpus, articles)
    inside, firsts, lasts = _spans(window, alignments)
    kinds, apart = np.tile(kinds, 2)[inside], np.tile(_same_owner(corpus, alignments), 2)[inside]
    ends = [alignments[end].to_numpy() for end in ENDS]
    passage, other = np.concatenate(ends)[inside], np.concatenate(ends[::-1])[inside]
    marks = _marks(window, firsts[~apart], lasts[~apart], kinds[~apart])
    for paragraph in np.flatnonzero(window.set_apart).tolist():
        marks[window.starts[paragraph] : window.starts[paragraph + 1]] = BOILERPLATE
    family = _marks(window, firsts[apart], lasts[apart], kinds[apart])
    words = {name: _by_article(window, marks == mark) for mark, name in enumerate(SHARES)}
    of_likely, of_found = (
        _marks(window, firsts[kept], lasts[kept], np.ones(int(kept.sum()), np.uint8))
        for kept in (
            likely[passage] & (solid[other] | ~(found[passage] & apart)),
            found[passage] & solid[other],
        )
    )
    of_likely[marks == BOILERPLATE] = of_found[marks == BOILERPLATE] = 0
    return Shares(
        words,
        _by_article(window, (marks == OWN) & (family > QUOTATION)),
        _by_article(window, of_likely),
        _by_article(window, of_found),
        _by_article(window, np.where(marks == BACKGROUND, 0, of_found)),
        _longest_own(window, marks),
        np.sum([*words.values()], axis=0),
    )


def _longest_own(window: _Window, marks: np.ndarray) -> np.ndarray:
    """Longest run of own words of each article, over the borders of paragraphs: (articles,) int64."""
    prose = np.flatnonzero(marks != BOILERPLATE)
    article = window.article[np.searchsorted(window.starts, prose, "right") - 1]
    own = marks[prose] == OWN
    begins = run_begins(article, own)
    size = np.diff(begins, append=len(prose))
    longest = np.zeros(window.n, np.int64)
    np.maximum.at(longest, article[begins[own[begins]]], size[own[begins]])
    return longest


def together(parts: Sequence[Shares]) -> Shares:
    """Shares of consecutive ranges of articles as one."""
    words = {name: np.concatenate([part.words[name] for part in parts]) for name in SHARES}
    return Shares(words, *(np.concatenate([getattr(part, name) for part in parts]) for name in Shares._fields[1:]))


def copied(corpus: Corpus, alignments: pa.Table, kinds: np.ndarray, articles: range) -> np.ndarray:
    """Share of the prose of ``articles`` that other owners print too, quotations apart: shape (articles,), 0 to 1.

    ``alignments`` and ``kinds`` as in ``count``.
    """
    window = _window(corpus, articles)
    inside, firsts, lasts = _spans(window, alignments)
    kept = np.tile(~_same_owner(corpus, alignments) & (kinds != QUOTATION), 2)[inside]
    marks = _marks(window, firsts[kept], lasts[kept], np.ones(int(kept.sum()), np.uint8))
    words = np.where(window.set_apart, 0, np.diff(window.starts))
    prose = np.bincount(window.article, weights=words, minlength=window.n)
    return np.minimum(_by_article(window, marks) / np.maximum(prose, 1), 1.0)


class _Window(NamedTuple):
    """The paragraphs of consecutive articles."""

    n: int
    """Articles."""
    first: int
    """First row of PARAGRAPHS."""
    article: np.ndarray
    """(paragraphs,) int64, counted inside the window."""
    starts: np.ndarray
    """(paragraphs + 1,) int64, first word of each when the window's words stand end to end."""
    set_apart: np.ndarray
    """(paragraphs,) bool."""


def _window(corpus: Corpus, articles: range) -> _Window:
    first, last = corpus.starts[[articles.start, articles.stop]].tolist()
    article = np.repeat(np.arange(len(articles)), np.diff(corpus.starts[articles.start : articles.stop + 1]))
    starts = np.zeros(last - first + 1, np.int64)
    np.cumsum(corpus.words[first:last], out=starts[1:])
    return _Window(len(articles), first, article, starts, corpus.set_apart[first:last])


def _same_owner(corpus: Corpus, alignments: pa.Table) -> np.ndarray:
    return corpus.owner[alignments["left"].to_numpy()] == corpus.owner[alignments["right"].to_numpy()]


def _spans(window: _Window, alignments: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which sides of the alignments, lefts then rights, stand in the window; the first and last word of these."""
    paragraph = np.r_[alignments["left_paragraph"].to_numpy(), alignments["right_paragraph"].to_numpy()]
    paragraph = paragraph.astype(np.int64) - window.first
    inside = np.flatnonzero((paragraph >= 0) & (paragraph < len(window.article)))
    start = window.starts[paragraph[inside]]
    begin, end = (
        np.r_[alignments[f"left_{name}_word"].to_numpy(), alignments[f"right_{name}_word"].to_numpy()][inside]
        for name in ("begin", "end")
    )
    return inside, start + begin, start + end


def _marks(window: _Window, firsts: np.ndarray, lasts: np.ndarray, values: np.ndarray) -> np.ndarray:
    marks = np.zeros(int(window.starts[-1]), values.dtype)
    mark_spans(firsts, lasts, values, marks)
    return marks


def _by_article(window: _Window, values: np.ndarray) -> np.ndarray:
    totals = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=totals[1:])
    by_paragraph = totals[window.starts[1:]] - totals[window.starts[:-1]]
    return np.bincount(window.article, weights=by_paragraph, minlength=window.n).astype(np.int64)

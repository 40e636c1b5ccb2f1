"""ARTICLES, matches between dispatches -> which dispatches are revisions of one story."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import Corpus, one_chunk, replaced
from dedup.constants import HALF, STORY_SECONDS
from dedup.kernels import groups as compiled
from dedup.tracing.columns import objects


def numbers(articles: pa.Table) -> np.ndarray:
    """Number of each dispatch's story, (articles,) int64; every other article is one of its own."""
    known: dict[str, int] = {}
    given = [name if name is None else known.setdefault(name, len(known)) for name in articles["wire_id"].to_pylist()]
    return np.array([at + len(given) if name is None else name for at, name in enumerate(given)] or [], np.int64)


def with_revisions(
    articles: pa.Table, corpus: Corpus, alignments: pa.Table, lines: Callable[[np.ndarray], pa.ChunkedArray]
) -> pa.Table:
    """ARTICLES with ``wire_id`` and ``revision`` of the dispatches filled where the input gave none.

    Dispatches of one agency within STORY_SECONDS that share at least half of the shorter one, and whose days, figures
    and names agree, are revisions of one story; its id is that of the earliest. ``lines`` gives the text of rows of
    PARAGRAPHS.
    """
    left, right = alignments["left"].to_numpy().astype(np.int64), alignments["right"].to_numpy().astype(np.int64)
    keep = corpus.is_wire[left] & corpus.is_wire[right] & (corpus.owner[left] == corpus.owner[right])
    keep &= np.abs(np.clip(corpus.low[left] - corpus.low[right], -(2**40), 2**40)) <= STORY_SECONDS
    n = len(corpus.low)
    total = np.diff(np.append(0, np.cumsum(corpus.words, dtype=np.int64))[corpus.starts])
    pairs, back = np.unique(np.stack([left[keep], right[keep]]), axis=1, return_inverse=True)
    shared = np.bincount(back.ravel(), weights=alignments["matched"].to_numpy()[keep], minlength=pairs.shape[1])
    same = shared >= HALF * np.minimum(total[pairs[0]], total[pairs[1]])
    same[same] = _agree(pairs[:, same], corpus, lines)
    story = np.empty(n, np.int64)
    compiled.union_find(pairs[0][same], pairs[1][same], story)
    wires = np.flatnonzero(corpus.is_wire)
    of_wires = articles.take(pa.array(wires))
    ids, given, revision = (objects(of_wires[name]) for name in ("article_id", "wire_id", "revision"))
    story = story[wires]
    first: dict[int, str] = {}
    count: dict[str, int] = {}
    for row in np.lexsort((ids.astype(str), corpus.high[wires])).tolist():
        if given[row] is None:
            given[row] = first.setdefault(int(story[row]), ids[row])
        if revision[row] is None:
            revision[row] = count.get(given[row], 0)
        count[given[row]] = max(count.get(given[row], 0), revision[row] + 1)
    for name, values in (("wire_id", given), ("revision", revision)):
        column = one_chunk(articles[name])
        told = pc.replace_with_mask(column, pa.array(corpus.is_wire), pa.array(values.tolist(), column.type))
        articles = replaced(articles, name, told)
    return articles


AGREED = 0.5
"""Share of the fewer figures, and of the fewer names, that two revisions of a story have in common."""

FEW = 3
"""Figures or names up to which nothing is said by them."""

WEEKDAY = re.compile(r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b", re.IGNORECASE)
FIGURE = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*")
NAME = re.compile(r"(?<=[\w,;] )[A-ZÀ-Þ][\w-]+")
"""A capital inside a sentence."""


class _Facts(NamedTuple):
    days: set[str]
    figures: set[str]
    names: set[str]


def _agree(pairs: np.ndarray, corpus: Corpus, lines: Callable[[np.ndarray], pa.ChunkedArray]) -> np.ndarray:
    """Whether the two dispatches of each pair (2, pairs) tell of one event: the reports of two days do not."""

    @functools.cache
    def facts(article: int) -> _Facts:
        text = " ".join(lines(np.arange(corpus.starts[article], corpus.starts[article + 1])).to_pylist())
        days = {day.lower() for day in WEEKDAY.findall(text)}
        return _Facts(days, set(FIGURE.findall(text)), set(NAME.findall(text)))

    return np.array([_of_one_event(facts(left), facts(right)) for left, right in pairs.T.tolist()], bool)


def _of_one_event(left: _Facts, right: _Facts) -> bool:
    if left.days and right.days and not left.days & right.days:
        return False
    return all(
        min(len(mine), len(other)) <= FEW or len(mine & other) >= AGREED * min(len(mine), len(other))
        for mine, other in ((left.figures, right.figures), (left.names, right.names))
    )

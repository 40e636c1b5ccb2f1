"""Which articles a run traces anew: those that changed, and those whose rows hang on them.

A passage hangs on its component: the passages that verified alignments join to it, directly or through others. What a
cluster says hangs on its component and on some figures of its members' articles; what an article says on its passages'
clusters. So, where ``changed`` articles are new, or gone, or paired otherwise, or have another context
(``dedup.pipeline.context``):

- the components with a passage of a changed article are made anew, and the rows of every article that has a passage in
  one of these (``traced``); of an article that only matches one that is new, those with a passage in a paragraph that
  it shares with that one, and all if another share of it is printed by others (``dedup.pipeline.reach``);
- to know all that these articles hang on, the other components with a passage of theirs are worked out too, with the
  articles of these (the ``universe``). They come out as they were, and what they take from articles outside is
  remembered from the run before (``Kept``).

Components are those of the run before: an article that is not changed has the same passages, and whatever joins or
parts its component is a passage of a changed one.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup.arrays import find, sorted_distinct
from dedup.pipeline import context as contexts
from dedup.pipeline.matches import Aligned
from dedup.pipeline.reach import Joined, Sides, ends, places
from dedup.pipeline.run import Run
from dedup.store import disk, holdings

MOST = 0.8
"""Share of the articles from which a run traces all: the rest would be little work less."""


class Kept(NamedTuple):
    """What the last published run kept of its trace."""

    run: str
    """Its id, which is that of its snapshot."""
    articles: pa.Table
    """TRACED."""
    joined: pa.Table
    """JOINED."""

    @classmethod
    def of(cls, run: Run) -> Self | None:
        """From the store as it was published; None where rows of its snapshot cannot stay: there is none, or it is
        damaged, or of other settings or code, or this is a full run.
        """
        if run.full or run.newest is None or run.touched.since != run.newest:
            return None
        state = holdings.load(run.out)
        names = (holdings.derived_name(kind, run.newest, run.config) for kind in ("traced", "joined"))
        articles, joined = (holdings.kept(run.home, state, name) for name in names)
        return None if articles is None or joined is None else cls(run.newest, articles, joined)


class Scope(NamedTuple):
    """The articles that a run works out, as rows of its view; ``save`` keeps it in the work folder."""

    since: str | None
    """The run whose rows the others keep; None when all articles are worked out, and all their rows are made anew."""
    universe: np.ndarray
    """(articles,) int64, sorted."""
    traced: np.ndarray
    """(articles,) bool, those of the universe whose rows are made anew."""
    own: np.ndarray
    """(articles,) bool, those of them that changed themselves: their own text and their matches are written again."""

    @classmethod
    def load(cls, work: Path) -> Self:
        arrays = disk.load_arrays(work, "scope", cls._fields[1:])
        return cls(str(disk.load_array(work / "scope-since.npy", mmap=False)) or None, **arrays)

    def save(self, work: Path) -> None:
        disk.save_arrays(work, "scope", {**self._asdict(), "since": np.array(self.since or "")})


def scope(run: Run, context: contexts.Context) -> Scope:
    """What a run has to work out, once its alignments are in the store."""
    kept, n = Kept.of(run), len(run.view.rows)
    every = np.ones(n, bool)
    if kept is None:
        return Scope(None, np.arange(n), every, every)
    serials, touched = run.view.serials, run.touched
    aligned = Aligned.load(run.work)
    new_pairs = np.intersect1d(aligned.matched, touched.new_pairs)
    partly, whole = (
        find(sorted_distinct(np.concatenate(some)), serials) >= 0
        for some in (ends(new_pairs), [touched.new, touched.noted, *ends(touched.gone_pairs)])
    )
    own = partly | whole
    whole |= _of_other_context(kept.articles, serials, context)
    whole |= _of_their_stories(kept.articles, serials, context, touched.new)
    joined = Joined.of(kept.joined, serials)
    dispatches = np.stack([places(serials, some) for some in ends(new_pairs)])
    whole[dispatches[:, context.is_wire[dispatches].all(axis=0)]] = True
    whole |= joined.reached(joined.of_articles(whole & context.is_wire) & ~joined.of_passages)
    sides = Sides.of(run, aligned.matched, partly)
    whole |= sides.copied_otherwise(kept.articles, serials, context, partly & ~whole & ~context.is_wire)
    again = joined.of_articles(whole) | (joined.of_articles(partly) & ~joined.of_passages)
    again |= joined.of_lines(sides.lines(new_pairs))
    traced = whole | partly | joined.reached(again)
    universe = traced | joined.reached(joined.of_articles(traced))
    own |= traced & context.is_wire  # the story and the revision of a dispatch stand in its row
    left, right = (places(serials, some) for some in ends(aligned.rewritten))
    there = (left >= 0) & (right >= 0)
    left, right = left[there], right[there]
    universe[right[own[left]]] = universe[left[own[right]]] = True
    if np.count_nonzero(universe) > MOST * n:
        return Scope(None, np.arange(n), every, every)
    rows = np.flatnonzero(universe)
    return Scope(kept.run, rows, traced[rows], own[rows])


def _of_other_context(before: pa.Table, serials: np.ndarray, context: contexts.Context) -> np.ndarray:
    """(articles,) bool, those of before with other lines set apart, or whose outlet names agencies otherwise."""
    at = find(before["serial"].to_numpy(), serials)
    there = at >= 0
    other = np.zeros(len(serials), bool)
    for name in ("apart", "naming"):
        other[there] |= before[name].to_numpy()[at[there]] != getattr(context, name)[there]
    return other


def _of_their_stories(before: pa.Table, serials: np.ndarray, context: contexts.Context, new: np.ndarray) -> np.ndarray:
    """(articles,) bool, dispatches of before that a new one joins by the name of its story, or they it."""
    fresh = find(new, serials) >= 0
    names = np.concatenate([context.article[fresh], context.story[fresh]])
    names = sorted_distinct(names[names != 0])
    at = find(before["serial"].to_numpy(), serials)
    there = np.flatnonzero(at >= 0)
    joined = np.zeros(len(serials), bool)
    for name in ("article", "given", "story"):
        joined[there] |= find(names, before[name].to_numpy()[at[there]]) >= 0
    return joined

"""How far a change reaches: from paragraphs that new matches stand in to the components that have a passage there.

What a cluster says hangs on its passages and on a few figures of its members' articles, of which one alone can be moved
by another article: how much of its prose other owners print. An article that a new one matches, and of which as much is
printed by others as before, moves no cluster but those of the paragraphs that they share.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup.arrays import find, pair_keys, ranges, sorted_distinct
from dedup.kernels.groups import mark_spans
from dedup.pipeline.context import Context
from dedup.pipeline.run import Run
from dedup.store import disk


def ends(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The serials of both sides of some pairs."""
    return pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)


def places(serials: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(wanted,) int64, where each serial stands among some in any order, -1 when it does not."""
    order = np.argsort(serials)
    at = find(serials[order], wanted)
    return np.where(at >= 0, order[at], -1)


class Joined(NamedTuple):
    """JOINED of the run before, as arrays."""

    place: np.ndarray
    """(rows,) int64, row of the article in the view; -1 for one that is gone."""
    line: np.ndarray
    """(rows,) uint64, its serial above, its paragraph below."""
    component: np.ndarray
    """(rows,) uint64."""
    of_passages: np.ndarray
    """(rows,) bool."""
    n: int
    """Articles of the view."""

    @classmethod
    def of(cls, table: pa.Table, serials: np.ndarray) -> Self:
        """From JOINED and the serials of the view."""
        serial, paragraph, component, of_passages = (
            table[name].to_numpy() for name in ("serial", "paragraph", "component", "of_passages")
        )
        serial = serial.astype(np.uint64)
        line = serial << np.uint64(32) | paragraph.astype(np.uint64)
        return cls(places(serials, serial), line, component, of_passages, len(serials))

    def of_articles(self, articles: np.ndarray) -> np.ndarray:
        """(rows,) bool, those of some ``articles`` (articles,) bool, and of what is gone."""
        return (self.place < 0) | articles[np.maximum(self.place, 0)]

    def of_lines(self, lines: np.ndarray) -> np.ndarray:
        """(rows,) bool, passages in some paragraphs, sorted."""
        return self.of_passages & (find(lines, self.line) >= 0)

    def reached(self, rows: np.ndarray) -> np.ndarray:
        """(articles,) bool, those that are in a component with one of some ``rows`` (rows,) bool."""
        members = (self.place >= 0) & (find(sorted_distinct(self.component[rows]), self.component) >= 0)
        reached = np.zeros(self.n, bool)
        reached[self.place[members]] = True
        return reached


PLACE = ("paragraph", "begin_word", "end_word")

OF_SIDES = (
    "left",
    "right",
    *(f"{side}_{name}" for side in ("left", "right") for name in PLACE),
    "quote_only",
    "rewrite",
)
"""Columns of ALIGNMENTS that are read."""


class Sides(NamedTuple):
    """Sides of matches word by word that stand in some articles."""

    pair: np.ndarray
    """(sides,) uint64."""
    article: np.ndarray
    """(sides,) int64, row of the view."""
    other: np.ndarray
    """(sides,) int64, that of the other side."""
    line: np.ndarray
    """(sides,) uint64, serial above, paragraph below."""
    begin: np.ndarray
    """(sides,) int64, first word inside the paragraph."""
    end: np.ndarray
    quoted: np.ndarray
    """(sides,) bool."""

    @classmethod
    def of(cls, run: Run, pairs: np.ndarray, articles: np.ndarray) -> Self:
        """Those of some candidate ``pairs``, sorted, in some ``articles`` (articles,) bool of the view."""
        serials = run.view.serials
        row = np.full(int(serials.max(initial=0)) + 1, -1)
        row[serials] = np.arange(len(serials))
        wanted = np.zeros(len(row), bool)
        wanted[serials[articles]] = True
        found: list[list[np.ndarray]] = [[np.zeros(0, kind)] for kind in (*4 * [np.uint64], np.int64, np.int64, bool)]
        for name in run.run_parts("matches"):
            table = disk.read_table(run.home / name, list(OF_SIDES))
            columns = {name: table[name].to_numpy() for name in table.column_names}
            left, right = (columns[side].astype(np.uint64) for side in ("left", "right"))
            known = np.maximum(left, right) < len(row)
            near = np.zeros(len(left), bool)
            near[known] = wanted[left[known]] | wanted[right[known]]
            near &= ~columns["rewrite"]
            keys = pair_keys(left, right)
            near[near] = find(pairs, keys[near]) >= 0
            for side, one, another in (("left", left, right), ("right", right, left)):
                mine = np.flatnonzero(near)
                mine = mine[wanted[one[mine]]]
                place = (columns[f"{side}_{name}"][mine] for name in ("begin_word", "end_word"))
                line = one[mine] << np.uint64(32) | columns[f"{side}_paragraph"][mine].astype(np.uint64)
                values = (keys[mine], one[mine], another[mine], line, *place, columns["quote_only"][mine])
                for kept, some in zip(found, values, strict=True):
                    kept.append(some)
        pair, one, another, line, begin, end, quoted = map(np.concatenate, found)
        return cls(pair, row[one], row[another], line, begin.astype(np.int64), end.astype(np.int64), quoted)

    def lines(self, pairs: np.ndarray) -> np.ndarray:
        """The paragraphs with a match of some pairs, sorted and distinct."""
        return sorted_distinct(self.line[find(pairs, self.pair) >= 0])

    def copied_otherwise(
        self, before: pa.Table, serials: np.ndarray, context: Context, articles: np.ndarray
    ) -> np.ndarray:
        """(articles,) bool, those of some of which other owners print another share than in the run before.

        Counted as ``dedup.tracing.shares.copied`` does; ``before`` is TRACED.
        """
        some = np.flatnonzero(articles)
        starts = context.starts
        lines = ranges(starts[some], starts[some + 1])
        first_word = np.concatenate([[0], np.cumsum(context.words[lines], dtype=np.int64)])
        first_line = np.concatenate([[0], np.cumsum(starts[some + 1] - starts[some])])
        at = find(some, self.article)
        kept = (at >= 0) & ~self.quoted & (context.owner[self.article] != context.owner[self.other])
        line = first_line[at[kept]] + (self.line[kept] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        marks = np.zeros(int(first_word[-1]), np.uint8)
        firsts, lasts = first_word[line] + self.begin[kept], first_word[line] + self.end[kept]
        mark_spans(firsts, lasts, np.ones(len(firsts), np.uint8), marks)
        printed = np.concatenate([[0], np.cumsum(marks, dtype=np.int64)])[first_word[first_line]]
        prose = np.concatenate([[0], np.cumsum(np.where(context.set_apart[lines], 0, context.words[lines]))])[
            first_line
        ]
        copied = np.minimum(np.diff(printed) / np.maximum(np.diff(prose), 1), 1.0)
        known = find(before["serial"].to_numpy(), serials[some])
        other = (known < 0) | (copied != before["copied"].to_numpy()[np.maximum(known, 0)])
        result = np.zeros(len(articles), bool)
        result[some[other]] = True
        return result

"""ALIGNMENTS of a run: taken from the store for the candidate pairs, partitioned by articles, read part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, starmap
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import ENDS, find, pair_keys, ranges_of, replaced, sorted_distinct
from dedup.constants import rows_at_once
from dedup.pipeline.layout import Layout
from dedup.pipeline.run import Run
from dedup.pipeline.turns import in_turns, put_aside, taken_up
from dedup.store import disk

SIDES = rows_at_once(32)
"""Sides of matches that are gone through at once by article, unless an article has more."""

PARTITIONED_ROWS = rows_at_once(32)
"""Matches that are partitioned at once."""

SIDE_BYTES, MARK_BYTES = 400, 16
"""Memory that a side of a match and a word of an article take while shares are counted."""

PLACE = ("right_begin_word", "right_paragraph", "left_begin_word", "left_paragraph", "right", "left")
"""Columns by which ALIGNMENTS are sorted, the last one first."""


class Matches:
    """ALIGNMENTS in the work folder: a part for each of some consecutive ranges of left articles, sorted by place.

    Matches are numbered over all parts; the rewrites stand apart, in parts of their own. Once passages are found, each
    match has the two of its sides as further columns (ENDS).
    """

    def __init__(self, work: Path) -> None:
        bounds = disk.load_array(work / "ranges.npy", mmap=False).tolist()
        self._ranges = list(starmap(range, pairwise(bounds)))
        self._work = work
        self._files, self._rewrites, self._ends = (
            disk.parts(work, name) for name in ("alignments", "rewrites", "ends")
        )
        self._firsts = np.cumsum([0, *(disk.read_part(file).num_rows for file in self._files)]).tolist()
        self.n, self.n_parts = self._firsts[-1], len(self._files)

    def parts(self, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
        """The number of each part's first match, and some columns of the part."""
        return ((first, self.part(number, columns)) for number, first in enumerate(self._firsts[:-1]))

    def with_rewrites(self, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table, pa.Table]]:
        """The same with the rewrites of the same left articles."""
        parts = zip(self.parts(columns), self._rewrites, strict=True)
        return ((*part, disk.read_part(file)) for part, file in parts)

    def keep_ends(self, ends: np.ndarray) -> None:
        """Keep the passages of both sides of all matches, (2, matches) uint32, as ENDS."""
        self._ends = [
            disk.write_part(self._work, "ends", number, pa.table(dict(zip(ENDS, ends[:, first:last], strict=True))))
            for number, (first, last) in enumerate(pairwise(self._firsts))
        ]

    def part(self, number: int, columns: Sequence[str]) -> pa.Table:
        """Some columns of a part, of ALIGNMENTS and ENDS."""
        if not set(columns) & set(ENDS):
            return disk.read_part(self._files[number], columns)
        table = disk.read_part(self._files[number], [name for name in columns if name not in ENDS])
        ends = disk.read_part(self._ends[number])
        for name in ENDS:
            table = table.append_column(name, ends[name])
        return table.select(list(columns))

    def by_article(self, columns: Sequence[str]) -> Iterator[tuple[range, np.ndarray, pa.Table]]:
        """Ranges of articles with the matches that have a side in it: their numbers, and some of their columns."""
        for some, parts in self.near():
            yield some, *self.beside(some, parts, columns)
            disk.give_back()

    def near(self) -> Iterator[tuple[range, list[int]]]:
        """Ranges of articles, and the parts that have a match with a side in it."""
        sides, reach = np.zeros(self._ranges[-1].stop, np.int64), []
        for _, table in self.parts(["left", "right"]):
            left, right = table["left"].to_numpy(), table["right"].to_numpy()
            sides += np.bincount(left, minlength=len(sides)) + np.bincount(right, minlength=len(sides))
            reach.append(int(right.max(initial=0)))
        for part, of_part in enumerate(self._ranges):
            for some in ranges_of(sides[of_part.start : of_part.stop], SIDES, of_part.start):
                # left is the smaller: no part after this one has a side here, nor one whose rights end before
                yield some, [number for number in range(part + 1) if number == part or reach[number] >= some.start]

    def beside(self, some: range, parts: Sequence[int], columns: Sequence[str]) -> tuple[np.ndarray, pa.Table]:
        """The matches of some parts that have a side in some articles: their numbers, and some of their columns."""
        numbers, tables = [], []
        for part in parts:
            table = self.part(part, columns)
            left, right = (table[side].to_numpy() for side in ("left", "right"))
            inside = np.flatnonzero(
                ((left >= some.start) & (left < some.stop)) | ((right >= some.start) & (right < some.stop))
            )
            numbers.append(self._firsts[part] + inside)
            tables.append(table.take(pa.array(inside)))
        return np.concatenate(numbers), pa.concat_tables(tables)


class Aligned(NamedTuple):
    """The candidate pairs by what their alignments in the store say, each (pairs,) uint64 ``pair_keys`` of serials,
    sorted and distinct. Complete after the step ``align``."""

    matched: np.ndarray
    """Pairs that have an alignment."""
    prose: np.ndarray
    """Those that share prose word by word, more than a quotation."""
    rewritten: np.ndarray
    """Those that have a rewrite."""

    @classmethod
    def load(cls, work: Path) -> Self:
        """What ``save`` kept in the work folder."""
        return cls(**disk.load_arrays(work, "aligned", cls._fields))

    def save(self, work: Path) -> None:
        """Keep it in the work folder; it is no part of the snapshot."""
        disk.save_arrays(work, "aligned", self._asdict())


def counted(run: Run, keys: np.ndarray) -> tuple[int, Aligned]:
    """Alignments of the candidate pairs in the store, rewrites too, and the pairs that have some.

    ``keys`` (pairs,) uint64, sorted, are the pairs' keys.
    """
    n, found = 0, [[np.zeros(0, np.uint64)] for _ in Aligned._fields]
    for name in run.run_parts("matches"):
        table = disk.read_table(run.home / name, ["left", "right", "quote_only", "rewrite"])
        pairs = pair_keys(table["left"], table["right"])
        wanted, rewrite = find(keys, pairs) >= 0, table["rewrite"].to_numpy()
        n += int(np.count_nonzero(wanted))
        prose = ~(table["quote_only"].to_numpy() | rewrite)
        for kind, rows in zip(found, (wanted, wanted & prose, wanted & rewrite), strict=True):
            kind.append(sorted_distinct(pairs[rows]))
    return n, Aligned(*(sorted_distinct(np.concatenate(kind)) for kind in found))


def partition_matches(run: Run, keys: np.ndarray, degree: np.ndarray, layout: Layout) -> None:
    """Write the store's ALIGNMENTS of some candidate pairs as ``Matches`` reads them.

    ``keys`` are the pairs' keys, sorted; ``degree`` (articles,) how many pairs each article has, by which their matches
    are estimated.
    """
    work, serials = run.work, run.view.serials
    files = [run.home / name for name in run.run_parts("matches")]
    stored = sum(map(disk.count_rows, files))
    sides = degree * (2 * stored / max(int(degree.sum()), 1))
    ranges = in_turns(sides * SIDE_BYTES + layout.words * MARK_BYTES, run.config)
    disk.save_array(work / "ranges.npy", np.array([0, *(some.stop for some in ranges)]))
    ends = np.array([some.stop for some in ranges])
    rows, starts = np.zeros((2, int(serials.max(initial=0)) + 1), np.int64)
    rows[serials], starts[serials] = np.arange(len(serials)), layout.starts[:-1]
    at_once: list[pa.Table] = []
    for number, batch in enumerate(batch for file in files for batch in disk.iter_batches(file, PARTITIONED_ROWS)):
        kept = pa.Table.from_batches([batch])
        wanted = find(keys, pair_keys(kept["left"], kept["right"])) >= 0
        kept = kept if wanted.all() else kept.filter(pa.array(wanted))
        shown = renumbered(kept, rows, starts).cast(schemas.ALIGNMENTS)
        if len(ranges) == 1:
            at_once.append(shown)
        else:
            turn = np.searchsorted(ends, shown["left"].to_numpy(), "right")
            put_aside(work, "partitioned", number, shown.combine_chunks(), turn)
    for place in range(len(ranges)):
        turn = pa.concat_tables([schemas.ALIGNMENTS.empty_table(), *at_once]) if len(ranges) == 1 else None
        every = (taken_up(work, "partitioned", place, schemas.ALIGNMENTS) if turn is None else turn).combine_chunks()
        at_once, turn = [], None
        order = _by_place(every)
        rewrite = every["rewrite"].to_numpy()[order]
        disk.write_part(work, "alignments", place, every.take(pa.array(order[~rewrite])).combine_chunks())
        disk.write_part(work, "rewrites", place, every.take(pa.array(order[rewrite])).combine_chunks())


def _by_place(alignments: pa.Table) -> np.ndarray:
    """(alignments,) int64, the rows in the order of PLACE: two columns of 32 bits are sorted as one number."""
    columns = [alignments[name].to_numpy().astype(np.uint64) for name in PLACE]
    pairs = zip(columns[::2], columns[1::2], strict=True)
    return np.lexsort([upper << np.uint64(32) | lower for lower, upper in pairs])


def renumbered(alignments: pa.Table, articles: np.ndarray, shift: np.ndarray) -> pa.Table:
    """ALIGNMENTS with other numbers: ``articles[left]`` for left, paragraphs moved by ``shift[left]``."""
    for side in ("left", "right"):
        rows = alignments[side].to_numpy().astype(np.int64)
        moved = alignments[f"{side}_paragraph"].to_numpy().astype(np.int64) + shift[rows]
        for name, values in ((side, articles[rows]), (f"{side}_paragraph", moved)):
            alignments = replaced(alignments, name, pa.array(values.astype(np.uint32)))
    return alignments

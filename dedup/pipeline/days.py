"""The tables of a large snapshot as folders of files by time; a file that the snapshot before has is shared with it.

A row stands in the file of its article's time (``dedup.pipeline.filing``; a match in that of the later one, a cluster
in that of its source). So a run writes the files that hold a changed row, and the rest are hard links: the same bytes
under two names.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import find, id_numbers, run_begins
from dedup.constants import rows_at_once
from dedup.pipeline.filing import NULL_DAY, TIMED, Filed, digest_of, file_of_days, linked, named
from dedup.pipeline.turns import put_aside, taken_up
from dedup.store import disk
from dedup.store.snapshot import Snapshot

SHARED_ARTICLES = 5_000
"""Articles from which the tables are folders: the files of fewer take less space than a list of many."""

SHARED_ROWS = rows_at_once(256)
"""Rows of a table that are held at once; a file that has more is read back from where its rows wait."""

NUMBER = "number of the file"
"""A column of rows that wait."""

OF_ARTICLE = (
    "articles",
    "paragraphs",
    "credits",
    "passages",
    "provenance",
    "article_provenance",
    "agency_evidence",
    "wire_pickup",
)
OF_MATCH = ("matches",)
OF_CLUSTER = ("clusters", "cluster_evidence")
OF_DAY = ("outlets_by_day", "outlet_pairs_by_day")
OF_RUN = ("cluster_history",)
"""Tables by what says the time of a row; the others are small."""


def cut_into_files(work: Path, before: Snapshot | None) -> dict[str, str]:
    """Cut the tables of a large snapshot into files, those of ``before`` (None: none is whole) shared where equal.

    A table that was written as files already stays as it is. Returns the digest of the rows of each file by its name in
    the snapshot, for the manifest.
    """
    if Snapshot(work).rows("article_provenance") < SHARED_ARTICLES:
        return {}
    known = before.manifest.get("rows", {}) if before else {}
    rows: dict[str, str] = {}
    times = _Times(work)
    for name in (*OF_ARTICLE, *OF_MATCH, *OF_CLUSTER, *OF_DAY, *OF_RUN):
        path = work / f"{name}.parquet"
        if not path.exists():
            rows |= _digests(work, name, before, known)
            continue
        if not disk.count_rows(path):  # a folder holds a file at least
            continue
        shutil.rmtree(work / name, ignore_errors=True)  # of a try that was cut
        for file, table in _files(work, path, times.file_of(name)):
            key = f"{name}/{file}.parquet"
            rows[key] = digest = digest_of(table)
            if before is None or known.get(key) != digest or not linked(before.folder / key, work / key):
                groups = (table.slice(begin, disk.ROW_GROUP) for begin in range(0, len(table), disk.ROW_GROUP))
                disk.write_tables(work / key, groups, schemas.TABLES[name])
        disk.remove_files(work, path.name.__eq__)
    return rows


def _digests(work: Path, name: str, before: Snapshot | None, known: dict[str, str]) -> dict[str, str]:
    """The digests of the rows of a table that is a folder already; those of shared files are known."""
    found = {}
    for path in sorted((work / name).glob("*.parquet")):
        key = f"{name}/{path.name}"
        shared = before is not None and key in known and (before.folder / key).exists()
        if before is not None and shared and (before.folder / key).samefile(path):
            found[key] = known[key]
        else:
            found[key] = digest_of(disk.read_table(path))
    return found


class _FileOf(NamedTuple):
    """What identifies the rows of a table."""

    columns: tuple[str, ...]
    """The columns that say it."""
    number: Callable[[pa.RecordBatch], np.ndarray]
    """These columns -> (rows,) int64, one number a file."""
    names: Callable[[np.ndarray], list[str]] = named
    """Distinct numbers -> the names of their files."""


class _Times:
    """The times by which the tables of a work folder are cut, read when they are asked for."""

    def __init__(self, work: Path) -> None:
        self._snapshot = Snapshot(work)

    @cached_property
    def _articles(self) -> Filed:
        return Filed.of(self._snapshot.table("articles", TIMED))

    @cached_property
    def _passages(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the passages, sorted, and the file of each one's article."""
        passages = self._snapshot.table("passages", ["passage_id", "article_id"])
        numbers = id_numbers(passages["passage_id"])
        order = np.argsort(numbers)
        return numbers[order], self._articles.codes(passages["article_id"])[order]

    def file_of(self, name: str) -> _FileOf:
        """How a table is cut."""
        if name in OF_ARTICLE:
            return _FileOf(("article_id",), lambda rows: self._articles.codes(rows[0]))
        if name in OF_MATCH:
            return _FileOf(("left_article_id", "right_article_id"), lambda rows: self._articles.codes(*rows.columns))
        if name in OF_CLUSTER:
            return _FileOf(("cluster_id",), self._of_cluster)
        if name in OF_DAY:
            return _FileOf(("day",), _day, partial(file_of_days, newest=self._articles.newest))
        return _FileOf(("run_id",), _of_run, lambda days: [f"run-{day}" for day in days])

    def _of_cluster(self, rows: pa.RecordBatch) -> np.ndarray:
        known, codes = self._passages
        return codes[find(known, id_numbers(rows[0]))]


def _day(rows: pa.RecordBatch) -> np.ndarray:
    return rows[0].cast(pa.int32()).cast(pa.int64()).fill_null(NULL_DAY).to_numpy()


def _of_run(rows: pa.RecordBatch) -> np.ndarray:
    return np.array([int(run_id[:8]) for run_id in rows[0].to_pylist()], np.int64)


def _files(work: Path, path: Path, file_of: _FileOf) -> Iterator[tuple[str, pa.Table]]:
    """The name and the rows of each file of a table; rows stay in their order."""
    stored = disk.Stored(path)
    numbers = [file_of.number(batch) for batch in stored.select(list(file_of.columns)).to_reader()]
    codes, of_row = np.unique(np.concatenate(numbers), return_inverse=True)
    # days of one month are of one file
    names, same = np.unique(file_of.names(codes), return_inverse=True)
    of_row = same[of_row]
    turns = np.cumsum(np.bincount(of_row)) // SHARED_ROWS
    if len(of_row) <= SHARED_ROWS:
        yield from _cut(disk.read_table(path), of_row, names)
        return
    begin = 0
    for number, batch in enumerate(stored.to_reader()):
        mine = of_row[begin : begin + batch.num_rows]
        begin += batch.num_rows
        put_aside(work, "cut", number, _with_numbers(pa.Table.from_batches([batch]), mine), turns[mine])
    for turn in np.unique(turns).tolist():
        rows = taken_up(work, "cut", turn, _with_numbers(disk.table_schema(path).empty_table(), of_row[:0]).schema)
        yield from _cut(rows.drop_columns([NUMBER]), rows[NUMBER].to_numpy(), names)


def _with_numbers(rows: pa.Table, of_row: np.ndarray) -> pa.Table:
    """The rows with the number of their file, while they wait."""
    return rows.append_column(NUMBER, pa.array(of_row.astype(np.int64)))


def _cut(rows: pa.Table, of_row: np.ndarray, names: np.ndarray) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each file, by name; those of one alone are not copied, for they may be most of a large table."""
    if len(of_row) and (of_row == of_row[0]).all():
        yield str(names[of_row[0]]), rows
        return
    order = np.argsort(of_row, kind="stable")
    begins = run_begins(of_row[order])
    for begin, end in pairwise([*begins.tolist(), len(order)]):
        yield str(names[of_row[order[begin]]]), rows.take(pa.array(order[begin:end])).combine_chunks()

"""The tables of a large snapshot as folders of files by time; a file that the snapshot before has is shared with it.

A row stands in the file of its article's time (a match in that of the later one, a cluster in that of its source): a
quarter of a day within the last QUARTERLY days, a UTC day within the last DAILY, a month before that, and one file for
what has no date. So a run writes the files that hold a changed row, and the rest are hard links: the same bytes under
two names.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import find, id_numbers, one_chunk, run_begins
from dedup.constants import rows_at_once
from dedup.pipeline.turns import put_aside, taken_up
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.numbering import look_up

SHARED_ARTICLES = 5_000
"""Articles from which the tables are folders: the files of fewer take less space than a list of many."""

SHARED_ROWS = rows_at_once(256)
"""Rows of a table that are held at once, unless a file has more."""

QUARTERLY, DAILY = 14, 100
"""Days before the newest within which a file is a quarter of a day, and a day: what arrives changes what is recent."""

QUARTER = 6
"""Hours of a quarter, by whose first hour its file is named."""

LATEST = 0.999
"""Share of the dated articles that count for the newest day: one wrong clock moves no file."""

NO_DAY = "no-day"
"""Name of the file of what has no date."""

NULL, NUMBER = 1 << 31, "number of the file"
"""A day that no date has; a column of rows that wait."""

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
OF_CLUSTER = ("clusters", "cluster_evidence")
OF_DAY = ("outlets_by_day", "outlet_pairs_by_day")
"""Tables by what says the time of a row; MATCHES have two articles, CLUSTER_HISTORY the run, the others are small."""


def cut_into_files(work: Path, before: Snapshot | None) -> dict[str, str]:
    """Cut the tables of a large snapshot into files, those of ``before`` (None: none is whole) shared where equal.

    Returns the digest of the rows of each file by its name in the snapshot, for the manifest.
    """
    if Snapshot(work).rows("article_provenance") < SHARED_ARTICLES:
        return {}
    known = before.manifest.get("rows", {}) if before else {}
    rows: dict[str, str] = {}
    for name, file_of in _files_of(work).items():
        path = work / f"{name}.parquet"
        if not path.exists() or not disk.count_rows(path):  # a second try; a folder holds a file at least
            continue
        shutil.rmtree(work / name, ignore_errors=True)  # of a try that was cut
        for file, table in _files(work, path, file_of):
            key = f"{name}/{file}.parquet"
            rows[key] = digest = _digest(table)
            if before is None or known.get(key) != digest or not _linked(before.folder / key, work / key):
                disk.write_table(work / key, table, schemas.TABLES[name])
        disk.remove_files(work, path.name.__eq__)
    return rows


def file_names(times: Iterable[datetime | None]) -> set[str]:
    """The names that the files of some times may have."""
    known = {time.replace(hour=time.hour // QUARTER * QUARTER) for time in times if time is not None}
    named = {time.strftime(form) for time in known for form in ("%Y-%m-%dT%H", "%Y-%m-%d", "%Y-%m")}
    return {f"{name}.parquet" for name in (*named, NO_DAY)}


class _FileOf(NamedTuple):
    """How the rows of a table are told apart."""

    columns: tuple[str, ...]
    """The columns that say it."""
    number: Callable[[pa.RecordBatch], np.ndarray]
    """These columns -> (rows,) int64, one number a file."""
    names: Callable[[np.ndarray], list[str]]
    """Distinct numbers -> the names of their files."""


def _files_of(work: Path) -> dict[str, _FileOf]:
    """How the tables of the work folder are cut."""
    articles = disk.read_table(Snapshot(work).path("articles"), ["article_id", "published_at"])
    ids, times = (one_chunk(articles[name]) for name in articles.column_names)
    dated = np.sort(times.drop_null().cast(pa.int64()).to_numpy())
    newest = np.datetime64(int(dated[int(LATEST * (len(dated) - 1))]) if len(dated) else 0, "us")
    every = _names(times.cast(pa.int64()), newest, ("h", "D", "M"))
    known, of_article = np.unique(every, return_inverse=True)  # the order of the names is that of time, no date last
    passages = disk.read_table(Snapshot(work).path("passages"), ["passage_id", "article_id"])
    numbers = id_numbers(passages["passage_id"])
    order = np.argsort(numbers)
    numbers, of_passage = numbers[order], of_article[look_up(passages["article_id"], ids)][order]

    def article(rows: pa.RecordBatch) -> np.ndarray:
        return np.max([of_article[look_up(column, ids)] for column in rows.columns], axis=0)

    def cluster(rows: pa.RecordBatch) -> np.ndarray:
        return of_passage[find(numbers, id_numbers(rows[0]))]

    def day(rows: pa.RecordBatch) -> np.ndarray:
        return rows[0].cast(pa.int32()).cast(pa.int64()).fill_null(NULL).to_numpy()

    def of_days(days: np.ndarray) -> list[str]:
        times = pa.array(days * 86_400_000_000, mask=days == NULL)
        return _names(times, newest, ("D", "M")).tolist()

    def run(rows: pa.RecordBatch) -> np.ndarray:
        return np.array([int(run_id[:8]) for run_id in rows[0].to_pylist()], np.int64)

    articles_of = partial(_FileOf, number=article, names=lambda codes: known[codes].tolist())
    clusters_of = partial(_FileOf, number=cluster, names=lambda codes: known[codes].tolist())
    return {
        **dict.fromkeys(OF_ARTICLE, articles_of(("article_id",))),
        "matches": articles_of(("left_article_id", "right_article_id")),
        **dict.fromkeys(OF_CLUSTER, clusters_of(("cluster_id",))),
        **dict.fromkeys(OF_DAY, _FileOf(("day",), day, of_days)),
        "cluster_history": _FileOf(("run_id",), run, lambda days: [f"run-{day}" for day in days]),
    }


def _names(times: pa.Array, newest: np.datetime64, units: tuple[str, ...]) -> np.ndarray:
    """Names of the files of some microseconds since 1970, in the least unit that their age allows: (rows,) of text."""
    dated = times.is_valid().to_numpy(zero_copy_only=False)
    moments = times.fill_null(0).to_numpy().astype("M8[us]")
    age = (newest.astype("M8[D]") - moments.astype("M8[D]")).astype(np.int64)
    named = np.full(len(times), NO_DAY, "U13")
    for unit in reversed(units):
        kept = dated & (age < {"h": QUARTERLY, "D": DAILY, "M": np.iinfo(np.int64).max}[unit])
        units = moments[kept].astype(f"M8[{unit}]").astype(np.int64)
        units = units // QUARTER * QUARTER if unit == "h" else units
        distinct, back = np.unique(units.astype(f"M8[{unit}]"), return_inverse=True)
        named[kept] = np.datetime_as_string(distinct, unit=unit)[back]
    return named


def _files(work: Path, path: Path, file_of: _FileOf) -> Iterator[tuple[str, pa.Table]]:
    """The name and the rows of each file of a table; rows stay in their order."""
    stored = disk.Stored(path)
    numbers = [file_of.number(batch) for batch in stored.select(list(file_of.columns)).to_reader()]
    codes, of_row = np.unique(np.concatenate(numbers), return_inverse=True)
    # days of one month are of one file
    names, same = np.unique(file_of.names(codes), return_inverse=True)
    of_row = same[of_row]
    turns = np.cumsum(np.bincount(of_row)) // SHARED_ROWS
    if len(set(turns.tolist())) == 1:
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
    """The rows of each file, by name."""
    order = np.argsort(of_row, kind="stable")
    begins = run_begins(of_row[order])
    for begin, end in pairwise([*begins.tolist(), len(order)]):
        yield str(names[of_row[order[begin]]]), rows.take(pa.array(order[begin:end])).combine_chunks()


def _digest(rows: pa.Table) -> str:
    """Digest of some rows and of their schema: what is written for it is a function of these."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return blake2b(sink.getvalue(), digest_size=16).hexdigest()


def _linked(there: Path, here: Path) -> bool:
    """Give a file a second name; False where it is gone, or the file system has no hard links."""
    here.parent.mkdir(exist_ok=True)
    try:
        os.link(there, here)
    except OSError:
        return False
    return True

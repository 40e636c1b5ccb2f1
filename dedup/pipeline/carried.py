"""The rows of a run that differ and those that stay from an earlier snapshot -> the tables of the run.

Rows of an article stand together in the order of ids, so those that differ take the place of those that it had.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, id_numbers, one_chunk, sorted_distinct
from dedup.pipeline.filing import SIDES, Filing, named
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.numbering import look_up

IN_MATCHES = ("left_article_id", "left_paragraph", "left_begin", "right_article_id", "right_paragraph", "right_begin")
"""Columns by which MATCHES are sorted."""


Codes = Callable[[pa.Table], np.ndarray]
"""Rows of a table -> (rows,) the file of each."""

OF_CLUSTERS = ("clusters", "cluster_evidence")
"""Tables whose rows are those of one cluster."""


class Carried:
    """The tables of a run of which some rows differ. Where the snapshot before has files by time, the others stay."""

    def __init__(self, work: Path, before: Snapshot, articles: pa.Table) -> None:
        """``articles``: ``filing.TIMED`` of all that the tables show, sorted by id."""
        self._work, self._before = work, before
        self._ids = one_chunk(articles["article_id"])
        self._filing = Filing(work, before, articles)

    def held(self, name: str, ids: pa.Array) -> pa.Table:
        """The rows that the snapshot before has of some articles; of a table of clusters those of some clusters."""
        key = key_of(name)
        if not self._filing.has(name):
            rows = self._before.table(name)
        elif name in OF_CLUSTERS:
            rows = self._filing.rows(name, self._filing.holding(name, key, ids))
        else:
            rows = self._filing.rows(name, self._filing.then.some(ids))
        return rows.filter(pc.is_in(rows[key], value_set=ids))

    def write(self, name: str, new: pa.Table, ids: pa.Array) -> None:
        """Write a table: the ``new`` rows are those of some articles or clusters, ``ids``, and the others stay.

        MATCHES are those with such an article on either side. PASSAGES come before the tables of clusters.
        """
        if not self._filing.has(name):
            rows = self._with_new(name, self._before.table(name), new, ids)
            disk.write_table(self._work / f"{name}.parquet", rows, schemas.TABLES[name])
            return
        if name in OF_CLUSTERS:
            files, codes = self._of_clusters(name, new, ids)
        elif name == "matches":
            files, codes = self._filing.of_matches(ids, new), self._code_of(*SIDES)
        else:
            files, codes = self._filing.of_articles(ids), self._code_of("article_id")
        rows = self._with_new(name, self._filing.rows(name, files), new, ids)
        self._filing.write(name, rows, codes(rows), files)

    def _code_of(self, *columns: str) -> Codes:
        return lambda rows: self._filing.now.codes(*(rows[column] for column in columns))

    def _of_clusters(self, name: str, new: pa.Table, ids: pa.Array) -> tuple[np.ndarray, Codes]:
        """The files to write when some clusters have other rows. A cluster stands in the file of its source passage."""
        columns, wanted = ["passage_id", "article_id"], new["cluster_id"].to_pylist()
        heads = Snapshot(self._work).where("passages", "passage_id", wanted, columns)
        held, now = self._filing.holding(name, "cluster_id", ids), self._filing.now.codes(heads["article_id"])
        files = sorted_distinct(np.concatenate([held, self._filing.of_moved, now]))
        beside = [self._work / "passages" / f"{file}.parquet" for file in named(files)]
        tables = [disk.read_table(path, columns) for path in beside if path.exists()]
        sources = pa.concat_tables([heads, *tables])
        numbers, codes = id_numbers(sources["passage_id"]), self._filing.now.codes(sources["article_id"])
        order = np.argsort(numbers)
        return files, lambda rows: codes[order][find(numbers[order], id_numbers(rows["cluster_id"]))]

    def _with_new(self, name: str, before: pa.Table, new: pa.Table, ids: pa.Array) -> pa.Table:
        """The ``new`` rows and those of before that stay, in the order of the table."""
        for column in SIDES if name == "matches" else [key_of(name)]:
            before = before.filter(pc.invert(pc.is_in(before[column], value_set=ids)))
        rows = pa.concat_tables([before, new])
        return _taken(rows, np.lexsort(_keys(name, rows, self._ids)[::-1])).cast(schemas.TABLES[name])


def key_of(name: str) -> str:
    """The column of a table that says whose its rows are."""
    return "cluster_id" if name in OF_CLUSTERS else "article_id"


def _keys(name: str, rows: pa.Table, ids: pa.Array) -> list[np.ndarray]:
    """What the rows of a table are sorted by, the first key first; the rows of an article are in their order."""
    if name == "clusters":
        return [-rows["size"].to_numpy().astype(np.int64), id_numbers(rows["cluster_id"])]
    if name == "cluster_evidence":
        return [id_numbers(rows["cluster_id"])]
    columns = IN_MATCHES if name == "matches" else ("article_id",)
    return [
        look_up(rows[column], ids) if column.endswith("article_id") else rows[column].to_numpy() for column in columns
    ]


def _taken(rows: pa.Table, order: np.ndarray) -> pa.Table:
    """Rows of a table in an order; a column of texts in one piece holds 2 GiB at most."""
    wide = pa.schema(
        [field.with_type(pa.large_string()) if field.type == pa.string() else field for field in rows.schema]
    )
    return rows.cast(wide).take(pa.array(order))

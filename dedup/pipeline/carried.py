"""The rows that a run made and those that stay from an earlier snapshot -> the tables of the run.

Rows of an article stand together in the order of ids, so those of one that was traced anew take the place of those that
it had.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, id_numbers, one_chunk
from dedup.pipeline.filing import SIDES, Filing, named
from dedup.pipeline.touched import Affected
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.numbering import look_up

LEVELS = {
    "articles": "own",
    "paragraphs": "own",
    "credits": "own",
    "passages": "traced",
    "provenance": "traced",
    "article_provenance": None,
    "agency_evidence": None,
}
"""Tables whose rows are those of one article, and of which articles they are made anew."""

IN_MATCHES = ("left_article_id", "left_paragraph", "left_begin", "right_article_id", "right_paragraph", "right_begin")
"""Columns by which MATCHES are sorted."""


OF_CLUSTERS = ("clusters", "cluster_evidence")
"""Tables whose rows are those of one cluster."""


class Carried:
    """The tables of a run that makes some rows anew. Where the snapshot before has files by time, the others stay."""

    def __init__(self, work: Path, before: Snapshot, affected: Affected, articles: pa.Table) -> None:
        """``articles``: ``filing.TIMED`` of all that the tables show, sorted by id."""
        self._work, self._before, self._affected = work, before, affected
        self._ids = one_chunk(articles["article_id"])
        self._filing = Filing(work, before, articles)

    @cached_property
    def _traced_files(self) -> np.ndarray:
        return self._filing.of_articles(self._affected.ids("traced"))

    @cached_property
    def _gone(self) -> np.ndarray:
        """Numbers of the clusters of before that have a passage of a traced article, sorted."""
        columns = ["article_id", "cluster_id"]
        passages = (
            self._filing.rows("passages", self._traced_files, columns)
            if self._filing.has("passages")
            else self._before.table("passages", columns)
        )
        theirs = pc.is_in(passages["article_id"], value_set=self._affected.ids("traced"))
        return np.unique(id_numbers(passages["cluster_id"].filter(theirs)))

    @cached_property
    def _passages(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the passages in the files of traced articles, sorted, and the file of each one."""
        files = [self._work / "passages" / f"{file}.parquet" for file in named(self._traced_files)]
        tables = [disk.read_table(path, ["passage_id", "article_id"]) for path in files if path.exists()]
        passages = pa.concat_tables([schemas.PASSAGES.empty_table().select(["passage_id", "article_id"]), *tables])
        numbers = id_numbers(passages["passage_id"])
        order = np.argsort(numbers)
        return numbers[order], self._filing.now.codes(passages["article_id"])[order]

    def write(self, name: str, new: pa.Table) -> None:
        """Write a table of ``new`` rows and of those that stay; PASSAGES come before the tables of clusters."""
        if not self._filing.has(name):
            rows = self._with_new(name, self._before.table(name), new)
            disk.write_table(self._work / f"{name}.parquet", rows, schemas.TABLES[name])
            return
        files = self._files(name, new)
        rows = self._with_new(name, self._filing.rows(name, files), new)
        self._filing.write(name, rows, self._codes(name, rows), files)

    def _files(self, name: str, new: pa.Table) -> np.ndarray:
        """The files of a table that hold, or held, a row that is made anew."""
        if name == "matches":
            return self._filing.of_matches(self._affected.ids("own"), new)
        level = "traced" if name in OF_CLUSTERS else LEVELS[name]
        return self._traced_files if level == "traced" else self._filing.of_articles(self._affected.ids(level))

    def _codes(self, name: str, rows: pa.Table) -> np.ndarray:
        """(rows,) the file of each row."""
        if name not in OF_CLUSTERS:
            return self._filing.now.codes(*(rows[column] for column in _of_articles(name)))
        known, codes = self._passages
        return codes[find(known, id_numbers(rows["cluster_id"]))]

    def _with_new(self, name: str, before: pa.Table, new: pa.Table) -> pa.Table:
        """The ``new`` rows and those of before that are not made anew, in the order of the table."""
        rows = pa.concat_tables([self._staying(name, before), new])
        return _taken(rows, np.lexsort(_keys(name, rows, self._ids)[::-1])).cast(schemas.TABLES[name])

    def _staying(self, name: str, rows: pa.Table) -> pa.Table:
        """The rows of before that are not made anew."""
        if name in OF_CLUSTERS:
            return rows.filter(pa.array(find(self._gone, id_numbers(rows["cluster_id"])) < 0))
        ids = self._affected.ids(LEVELS.get(name, "own"))
        for column in _of_articles(name):
            rows = rows.filter(pc.invert(pc.is_in(rows[column], value_set=ids)))
        return rows


def _of_articles(name: str) -> list[str]:
    """The columns of a table that name the articles of a row."""
    return SIDES if name == "matches" else ["article_id"]


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

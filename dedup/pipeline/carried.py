"""The rows that a run made and those that stay from an earlier snapshot -> the tables of the run.

Rows of an article stand together in the order of ids, so those of one that was traced anew take the place of those that
it had.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, id_numbers
from dedup.pipeline.touched import Affected
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


def gone_clusters(before: Snapshot, affected: Affected) -> np.ndarray:
    """Numbers of the clusters of before that have a passage of a traced article, sorted."""
    passages = before.table("passages", ["article_id", "cluster_id"])
    theirs = pc.is_in(passages["article_id"], value_set=affected.ids("traced"))
    return np.unique(id_numbers(passages["cluster_id"].filter(theirs)))


def whole(name: str, new: pa.Table, before: Snapshot, affected: Affected, ids: pa.Array, gone: np.ndarray) -> pa.Table:
    """A table of the run: ``new`` rows and those of before that stay.

    ``ids`` (articles,) are those that the tables show, sorted; ``gone`` as ``gone_clusters`` gives them.
    """
    rows = pa.concat_tables([_staying(name, before, affected, gone), new])
    return _taken(rows, np.lexsort(_keys(name, rows, ids)[::-1])).cast(schemas.TABLES[name])


def _staying(name: str, before: Snapshot, affected: Affected, gone: np.ndarray) -> pa.Table:
    """The rows of before that are not made anew."""
    rows = before.table(name)
    if name in ("clusters", "cluster_evidence"):
        return rows.filter(pa.array(find(gone, id_numbers(rows["cluster_id"])) < 0))
    ids = affected.ids(LEVELS.get(name, "own"))
    columns = ("left_article_id", "right_article_id") if name == "matches" else ("article_id",)
    for column in columns:
        rows = rows.filter(pc.invert(pc.is_in(rows[column], value_set=ids)))
    return rows


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

"""The tables of a large snapshot that grow by day, as folders with a file a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import rows_at_once
from dedup.store import disk

DAILY_ARTICLES = 50_000
"""Articles from which the tables of DAILY are folders with a file a day."""

DAILY_ROWS = rows_at_once(128)
"""Rows of these tables that are held at once, unless a day has more."""

DAILY = ("articles", "provenance", "outlets_by_day")
"""Tables that grow by day."""


def cut_into_days(work: Path) -> None:
    """In a large snapshot the tables that grow by day are folders, one file a UTC day and one for what has no day.

    The name of a file is the day; it is no column, so that the folder reads as the single file does.
    """
    if disk.count_rows(work / "article_provenance.parquet") < DAILY_ARTICLES:
        return
    for name in DAILY:
        path = work / f"{name}.parquet"
        if not path.exists() or not disk.count_rows(path):  # a second try; a folder holds a file at least
            continue
        stored = disk.Stored(path)
        column = "day" if "day" in schemas.TABLES[name].names else "published_at"
        every = pa.chunked_array([batch[0].cast(pa.date32()) for batch in stored.select([column]).to_reader()])
        counts = every.value_counts()
        turn = np.cumsum(counts.field("counts").to_numpy()) // DAILY_ROWS
        of_row = pc.index_in(every, counts.field("values")).to_numpy()
        for number in np.unique(turn).tolist():
            days = counts.field("values").filter(pa.array(turn == number))
            groups = np.unique(np.flatnonzero(turn[of_row] == number) // disk.ROW_GROUP)
            rows = _of_days(stored.row_groups(groups.tolist()), column, days)
            for place, day in enumerate(days.to_pylist()):
                of_day = rows.filter(pc.equal(rows["place"], place)).drop_columns(["place"])
                disk.write_table(work / name / f"{day or 'no-day'}.parquet", of_day, schemas.TABLES[name])
        disk.remove_files(work, path.name.__eq__)


def _of_days(tables: Iterator[pa.Table], column: str, days: pa.Array) -> pa.Table:
    """The rows of some days, null is one too, with the place of each one's day in ``days``."""
    found = []
    for table in tables:
        place = pc.index_in(table[column].cast(pa.date32()), days)
        found.append(table.append_column("place", place).filter(place.is_valid()))
    return pa.concat_tables(found)

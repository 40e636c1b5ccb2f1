"""One snapshot, as its readers see it: a table is asked for by name, be it a file, a folder or missing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from dedup import schemas
from dedup.store import disk

AT_ONCE = 10_000
"""Rows of a batch: a reader holds some batches of wide tables with texts."""


class Snapshot:
    """The tables of a snapshot, read when they are asked for and never kept.

    A table that the snapshot does not have (that of an older version, or of a run that is not published yet) is one
    without rows.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @classmethod
    def newest(cls, out: Path | str) -> Self:
        """The newest snapshot of an output folder."""
        return cls(disk.latest(out))

    @property
    def name(self) -> str:
        """The id of the run that made it."""
        return self.folder.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the run wrote of itself."""
        return disk.read_manifest(self.folder)

    def path(self, table: str) -> Path | None:
        """The file or the folder of a table; None when there is none of that name."""
        for path in (self.folder / f"{table}.parquet", self.folder / table):
            if path.exists():
                return path
        return None

    def table(self, table: str, columns: list[str] | None = None) -> pa.Table:
        """A table, whole, or some of its columns."""
        path = self.path(table)
        if path is None:
            empty = schemas.TABLES[table].empty_table()
            return empty if columns is None else empty.select(columns)
        return disk.read_table(path, columns)

    def batches(self, table: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of a large table in their order, AT_ONCE at a time."""
        path = self.path(table)
        if path is not None:
            yield from disk.Stored(path, columns).to_reader(AT_ONCE)

    def where(
        self, table: str, column: str, values: Iterable[str], columns: list[str], names: Container[str] | None = None
    ) -> pa.Table:
        """The rows whose ``column`` holds one of some texts; ``names`` limits a folder to some of its files."""
        path = self.path(table)
        if path is None:
            return self.table(table, columns)
        return disk.read_where(path, column, values, columns, names)

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        path = self.path(table)
        return 0 if path is None else disk.count_rows(path)

"""One snapshot, as its readers see it: a table is asked for by name, be it a file, a folder or missing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from dedup import __version__, schemas
from dedup.config import Config
from dedup.constants import rows_at_once
from dedup.store import disk, remote
from dedup.store.digests import differing

AT_ONCE = rows_at_once(3_200)
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
        """The newest snapshot of an output folder or address."""
        return cls(disk.latest(remote.here(out)))

    @classmethod
    def all_of(cls, out: Path | str) -> list[Self]:
        """The whole snapshots of an output folder, the newest first."""
        return [cls(path) for path in disk.snapshots(out)]

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
        self._must_have(path, columns or ())
        return disk.read_table(path, columns)

    def batches(self, table: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """The rows of a large table in their order, AT_ONCE at a time."""
        path = self.path(table)
        if path is not None:
            self._must_have(path, columns)
            yield from disk.Stored(path, columns).to_reader(AT_ONCE)

    def where(
        self, table: str, column: str, values: Iterable[str], columns: list[str], names: Container[str] | None = None
    ) -> pa.Table:
        """The rows whose ``column`` holds one of some texts; ``names`` limits a folder to some of its files."""
        path = self.path(table)
        if path is None:
            return self.table(table, columns)
        self._must_have(path, columns)
        return disk.read_where(path, column, values, columns, names)

    def _must_have(self, path: Path, columns: Iterable[str]) -> None:
        """Refuse a table of an older version that has not all of these columns, and say what makes it anew."""
        missing = sorted(set(columns) - set(disk.table_schema(path).names))
        if missing:
            by = self.manifest.get("dedup", "of an unknown version")
            raise disk.StorageError(
                f"{path} was made by dedup {by} and has no {', '.join(missing)}, which this program (dedup "
                f"{__version__}) needs: `dedup run` over any input makes the tables anew"
            )

    def faults(self, *tables: str, thorough: bool = False) -> dict[str, str]:
        """The files of all tables, or of some, that are not what was published -> in what way.

        A file is read where its stamp says that it is another one, and ``thorough`` reads all. Snapshots of older
        versions have no digests, and no faults that can be seen.
        """
        known: dict[str, str] = self.manifest.get("digests", {})
        if tables:
            known = {name: digest for name, digest in known.items() if name.split("/")[0].split(".")[0] in tables}
        return differing(self.folder, known, {} if thorough else self.manifest.get("stamps", {}))

    def settings(self) -> Config:
        """The settings of the run that made it."""
        try:
            return Config.model_validate(self.manifest["config"])
        except (KeyError, ValueError) as error:
            by = self.manifest.get("dedup", "of an unknown version")
            raise disk.StorageError(
                f"{self.folder} was made by dedup {by}, whose settings "
                f"this program (dedup {__version__}) does not know: `dedup run` over any input makes it anew"
            ) from error

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        path = self.path(table)
        return 0 if path is None else disk.count_rows(path)

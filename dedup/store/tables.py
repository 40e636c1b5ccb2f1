"""Tables in Parquet: written with bounded memory, equal tables to equal bytes; read whole, in parts, or some rows."""

from __future__ import annotations

import bisect
import contextlib
import json
import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc

from dedup.constants import rows_at_once
from dedup.store.files import StorageError, partial, reading, writing

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ROW_GROUP = 65_536
"""Rows of a row group: fixed, so that equal tables give equal files."""

BATCH_ROWS = rows_at_once(128)
"""Rows of a ``Stored`` table that are in memory at once."""


def write_table(
    path: Path | str,
    table: pa.Table,
    schema: pa.Schema | None = None,
    metadata: Mapping[str, object] | None = None,
    random: bool = False,
) -> Path:
    """Write one Parquet file; equal tables and metadata give equal bytes, however the table is chunked.

    The columns are put in the order and the types of ``schema`` (its field documentation is stored with them);
    without a schema the table's own. ``metadata`` values that are not text are stored as JSON. ``random``: the values
    look like random bits, so compressing them is time lost.
    """
    table = conform(table, schema if schema is not None else table.schema).combine_chunks()
    with PartWriter(path, table.schema, metadata, random) as part:
        part.append(table)
    return Path(path)


def write_tables(path: Path | str, tables: Iterable[pa.Table | pa.RecordBatch], schema: pa.Schema) -> Path:
    """Write one Parquet file from tables that come one after the other, with bounded memory."""
    with PartWriter(path, schema) as part:
        for table in tables:
            part.append(table)
            del table  # not held beside the next
            give_back()
    return Path(path)


def give_back() -> None:
    """Return what tables of before have freed to the system: Arrow keeps it for those to come."""
    pa.default_memory_pool().release_unused()


class PartWriter:
    """One Parquet file from many batches, with bounded memory; it gets its name when the block ends well.

    Rows are written on a thread while those to come are made, one write at a time. The file is not forced to the disk:
    what makes it count does that (``publish``, ``holdings.commit``).

    ::

        with PartWriter(path, schema, metadata) as part:
            for batch in batches:
                part.append(batch)
    """

    def __init__(
        self, path: Path | str, schema: pa.Schema, metadata: Mapping[str, object] | None = None, random: bool = False
    ) -> None:
        self.path = Path(path)
        self.rows = 0
        self._random = random
        self._schema = schema.with_metadata({**(schema.metadata or {}), **(_as_text(metadata) or {})} or None)
        self._partial = partial(self.path)
        self._file: pa.OSFile = None  # both are opened with the block
        self._writer: pq.ParquetWriter = None
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0
        self._thread = ThreadPoolExecutor(1)
        self._under_way: Future | None = None

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            pages = {} if self._random else {"compression_level": 3}
            self._file = pa.OSFile(str(self._partial), "wb")
            self._writer = pq.ParquetWriter(
                self._file,
                self._schema,
                compression="none" if self._random else "zstd",
                use_dictionary=not self._random,
                write_page_checksum=True,
                **pages,
            )
        return self

    def append(self, table: pa.Table | pa.RecordBatch) -> None:
        """Add rows; they are written whenever a row group is full."""
        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        self._waiting.append(conform(table, self._schema))
        self._n_waiting += table.num_rows
        self.rows += table.num_rows
        if self._n_waiting >= ROW_GROUP:
            self._write(self._n_waiting // ROW_GROUP * ROW_GROUP)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if error is None:
                self._write(self._n_waiting)
                self._wait()
            self._thread.shutdown()
            with writing(self.path):
                self._writer.close()
                self._file.close()
                if error is None:
                    os.replace(self._partial, self.path)
        finally:
            with contextlib.suppress(OSError):
                self._file.close()  # a file that is open keeps its place on a full disk
            with contextlib.suppress(OSError):
                self._partial.unlink(missing_ok=True)

    def _write(self, rows: int) -> None:
        waiting = pa.concat_tables(self._waiting).combine_chunks() if self._waiting else self._schema.empty_table()
        self._wait()
        if rows or not self.rows:
            self._under_way = self._thread.submit(self._writer.write_table, waiting.slice(0, rows), ROW_GROUP)
        rest = waiting.slice(rows)
        self._waiting, self._n_waiting = ([rest], rest.num_rows) if rest.num_rows else ([], 0)

    def _wait(self) -> None:
        """Until the last write has ended."""
        if self._under_way is not None:
            with writing(self.path):
                self._under_way.result()


def read_table(path: Path | str, columns: list[str] | None = None, remedy: str | None = None) -> pa.Table:
    """Read a Parquet file, or all the files of a folder in the order of their names.

    ``remedy`` is what to do when a file is damaged, where it is not to remove it and run again.
    """
    parts = list(iter_parts(path, columns, remedy))
    if not parts:
        raise StorageError(f"{path} holds no Parquet file: it was not written by this program, or was emptied")
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts)


def iter_parts(path: Path | str, columns: list[str] | None = None, remedy: str | None = None) -> Iterator[pa.Table]:
    """The files of a table one after the other, sorted by name; a single file is one part."""
    import pyarrow.parquet as pq

    for file in _parquet_files(Path(path)):
        with reading(file, remedy):
            part = pq.ParquetFile(file, page_checksum_verification=True).read(columns=columns)
        require(file, part.schema, columns)
        yield part


def iter_batches(
    path: Path | str, batch_rows: int = 10_000, columns: list[str] | None = None, checked: bool = False
) -> Iterator[pa.RecordBatch]:
    """The rows of one Parquet file in batches, row group by row group; for input that was made elsewhere too.

    ``checked``: pages are held against their checksums.
    """
    import pyarrow.parquet as pq

    with reading(Path(path)):
        # what is read ahead stays in memory until the end of the file
        with pq.ParquetFile(path, page_checksum_verification=checked, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=batch_rows, columns=columns)


class Stored:
    """A table on the disk, read anew whenever it is gone through and never whole.

    It has ``select`` and ``to_reader`` of a pyarrow Table, so that a function that goes through a table by these takes
    either.
    """

    def __init__(self, path: Path | str, columns: list[str] | None = None) -> None:
        self.path = Path(path)
        self._columns = columns

    @property
    def files(self) -> list[Path]:
        """Its files, by name."""
        return _parquet_files(self.path)

    def select(self, columns: list[str]) -> Stored:
        """The same table with fewer columns: the others are not read."""
        return Stored(self.path, columns)

    def to_reader(self, rows: int | None = None) -> Iterator[pa.RecordBatch]:
        """The rows in their order, ``rows`` at once, BATCH_ROWS when not said."""
        for path in _parquet_files(self.path):
            require(path, table_schema(path), self._columns)
            for batch in iter_batches(path, rows or BATCH_ROWS, self._columns, checked=True):
                yield batch
                give_back()

    def row_groups(self, numbers: Iterable[int]) -> Iterator[pa.Table]:
        """Some row groups of a single file, counted from 0: ROW_GROUP rows each, the last one what is left."""
        import pyarrow.parquet as pq

        with reading(self.path), pq.ParquetFile(self.path, page_checksum_verification=True) as file:
            for number in numbers:
                yield file.read_row_group(number, columns=self._columns)


Rows = pa.Table | Stored
"""A table of many rows, gone through in parts, by the columns that are needed."""


def read_where(
    path: Path | str, column: str, values: Iterable[str], columns: list[str], names: Container[str] | None = None
) -> pa.Table:
    """The rows of a table whose ``column`` holds one of ``values``; row groups that cannot hold one are not read.

    ``names`` limits a folder to the files of these names.
    """
    import pyarrow.parquet as pq

    wanted = sorted(set(values))
    known = pa.array(wanted, pa.string())
    files = _parquet_files(Path(path))
    found = [table_schema(path).empty_table().select(columns)]
    for file in files:
        if names is not None and len(files) > 1 and file.name not in names:
            continue
        with reading(file), pq.ParquetFile(file, page_checksum_verification=True) as parquet:
            groups = [group for group in range(parquet.num_row_groups) if _may_hold(parquet, group, column, wanted)]
            here = pc.is_in(parquet.read_row_groups(groups, columns=[column])[column], known)
            if pc.any(here).as_py():
                found.append(parquet.read_row_groups(groups, columns=columns).filter(here).select(columns))
    return pa.concat_tables(found)


def table_schema(path: Path | str) -> pa.Schema:
    """Schema of a Parquet file or of the first file of a folder, without reading rows."""
    import pyarrow.parquet as pq

    file = _parquet_files(Path(path))[0]
    with reading(file):
        return pq.read_schema(file)


def count_rows(path: Path | str) -> int:
    """Rows of a Parquet file or folder, from the footers alone."""
    import pyarrow.parquet as pq

    total = 0
    for file in _parquet_files(Path(path)):
        with reading(file):
            total += pq.read_metadata(file).num_rows
    return total


def _parquet_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    with reading(path):
        files = sorted(file for file in path.rglob("*.parquet") if not file.name.startswith((".", "_")))
    if not files:
        raise StorageError(f"{path} holds no Parquet file: it was not written by this program, or was emptied")
    return files


def _may_hold(parquet: pq.ParquetFile, group: int, column: str, wanted: list[str]) -> bool:
    """Whether a row group's column can hold one of the sorted texts, by its smallest and greatest."""
    at = parquet.schema.names.index(column)
    known = parquet.metadata.row_group(group).column(at).statistics
    if known is None or not known.has_min_max:
        return True
    place = bisect.bisect_left(wanted, known.min)
    return place < len(wanted) and wanted[place] <= known.max


def require(path: Path, schema: pa.Schema, columns: Sequence[str] | None) -> None:
    """Arrow passes over a column that is not there; here it is an error."""
    if missing := [name for name in columns or () if name not in schema.names]:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(schema.names)}")


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the columns, order and types of the schema; a missing or a surplus column is an error."""
    missing = [name for name in schema.names if name not in table.column_names]
    surplus = [name for name in table.column_names if name not in schema.names]
    if missing or surplus:
        raise ValueError(f"table does not fit its schema: missing columns {missing}, surplus columns {surplus}")
    table = table.select(schema.names)
    return table if table.schema.equals(schema, check_metadata=True) else table.cast(schema)


def _as_text(metadata: Mapping[str, object] | None) -> dict[str, str] | None:
    if not metadata:
        return None
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
        for key, value in sorted(metadata.items())
    }

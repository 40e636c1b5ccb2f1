"""The only door to the disk: tables, work files, snapshots, the lock of an output folder.

Layout of an output folder ``OUT``::

    OUT/latest -> snapshots/<run_id>     the newest snapshot (a relative symbolic link, replaced in one step)
    OUT/snapshots/<run_id>/              one file a table, and manifest.json; never changed once there
    OUT/store/                           what a run keeps for the next (``dedup.store.holdings``)
    OUT/.work/<run_id>/                  the staging folder of a run; .work/<run_id>.owner names its process
    OUT/.lock                            held by the run that writes

A table reaches its name complete or not at all: it is written under another name in the same folder and renamed; what
names it, a snapshot or the store, forces it to the disk before. Every failure of the disk is a ``StorageError`` that
names the path and the way out.
"""

from __future__ import annotations

import bisect
import contextlib
import errno
import json
import os
import shutil
import socket
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow.parquet as pq

FORMAT = 1
"""Version of the folder layout and of the manifests; a program refuses a newer one."""

ROW_GROUP = 65_536
"""Rows of a row group: fixed, so that equal tables give equal files."""

BATCH_ROWS = 1 << 18
"""Rows of a ``Stored`` table that are in memory at once."""

MANIFEST = "manifest.json"


class StorageError(Exception):
    """The disk refused or a file is damaged; the message names the path and the way out."""


class NewerFormat(StorageError):
    """A manifest of a newer version of this program."""


# Tables in Parquet


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
    table = _conform(table, schema if schema is not None else table.schema).combine_chunks()
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


def read_table(path: Path | str, columns: list[str] | None = None, way_out: str | None = None) -> pa.Table:
    """Read a Parquet file, or all the files of a folder in the order of their names.

    ``way_out`` is what to do when a file is damaged, where it is not to remove it and run again.
    """
    parts = list(iter_parts(path, columns, way_out))
    if not parts:
        raise StorageError(f"{path} holds no Parquet file: it was not written by this program, or was emptied")
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts)


def iter_parts(path: Path | str, columns: list[str] | None = None, way_out: str | None = None) -> Iterator[pa.Table]:
    """The files of a table one after the other, sorted by name; a single file is one part."""
    import pyarrow.parquet as pq

    for file in _parquet_files(Path(path)):
        with _reading(file, way_out):
            part = pq.ParquetFile(file, page_checksum_verification=True).read(columns=columns)
        _require(file, part.schema, columns)
        yield part


def iter_batches(
    path: Path | str, batch_rows: int = 10_000, columns: list[str] | None = None, checked: bool = False
) -> Iterator[pa.RecordBatch]:
    """The rows of one Parquet file in batches, row group by row group; for input that was made elsewhere too.

    ``checked``: pages are held against their checksums.
    """
    import pyarrow.parquet as pq

    with _reading(Path(path)):
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

    def select(self, columns: list[str]) -> Stored:
        """The same table with fewer columns: the others are not read."""
        return Stored(self.path, columns)

    def to_reader(self) -> Iterator[pa.RecordBatch]:
        """The rows in their order, as many at once as ``BATCH_ROWS``."""
        for path in _parquet_files(self.path):
            _require(path, table_schema(path), self._columns)
            for batch in iter_batches(path, BATCH_ROWS, self._columns, checked=True):
                yield batch
                give_back()

    def row_groups(self, numbers: Iterable[int]) -> Iterator[pa.Table]:
        """Some row groups of a single file, counted from 0: ROW_GROUP rows each, the last one what is left."""
        import pyarrow.parquet as pq

        with _reading(self.path), pq.ParquetFile(self.path, page_checksum_verification=True) as file:
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
    files = _parquet_files(Path(path))
    found = [table_schema(path).empty_table().select(columns)]
    for file in files:
        if names is not None and len(files) > 1 and file.name not in names:
            continue
        with _reading(file), pq.ParquetFile(file, page_checksum_verification=True) as parquet:
            groups = [group for group in range(parquet.num_row_groups) if _may_hold(parquet, group, column, wanted)]
            table = parquet.read_row_groups(groups, columns=list({column: 0, **dict.fromkeys(columns)}))
        found.append(table.filter(pc.is_in(table[column], pa.array(wanted, pa.string()))).select(columns))
    return pa.concat_tables(found)


def table_schema(path: Path | str) -> pa.Schema:
    """Schema of a Parquet file or of the first file of a folder, without reading rows."""
    import pyarrow.parquet as pq

    file = _parquet_files(Path(path))[0]
    with _reading(file):
        return pq.read_schema(file)


def count_rows(path: Path | str) -> int:
    """Rows of a Parquet file or folder, from the footers alone."""
    import pyarrow.parquet as pq

    total = 0
    for file in _parquet_files(Path(path)):
        with _reading(file):
            total += pq.read_metadata(file).num_rows
    return total


class PartWriter:
    """One Parquet file from many batches, with bounded memory; it gets its name when the block ends well.

    Rows are written on a thread while those to come are made, one write at a time. The file is not forced to the disk:
    what makes it count does that (``publish``, ``store.commit``).

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
        self._schema = schema.with_metadata(_as_text(metadata))
        self._partial = _partial(self.path)
        self._file: pa.OSFile | None = None
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0
        self._thread = ThreadPoolExecutor(1)
        self._under_way: Future | None = None

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        with _writing(self.path):
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
        self._waiting.append(_conform(table, self._schema))
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
            with _writing(self.path):
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
            with _writing(self.path):
                self._under_way.result()


# Work files: Arrow as it lies in memory, read back through the memory map without a copy


def write_part(folder: Path | str, name: str, number: int, table: pa.Table) -> Path:
    """Write one numbered part of a working table (``<name>-<number>.arrow``); an older one of that number goes."""
    path = Path(folder) / f"{name}-{number:06d}.arrow"
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as partial, pa.OSFile(str(partial), "wb") as file:
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
    return path


def read_part(path: Path | str, columns: Sequence[str] | None = None) -> pa.Table:
    """Map a working part into memory; pages are loaded when touched and given back when memory is short."""
    with _reading(Path(path)), pa.memory_map(str(path)) as file:
        schema = pa.ipc.open_file(file).schema
    _require(Path(path), schema, columns)
    included = None if columns is None else [schema.get_field_index(name) for name in columns]
    with _reading(Path(path)), pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=included)).read_all()
    return table if columns is None else table.select(list(columns))


def write_blocks(path: Path | str, blocks: Iterable[pa.Table], schema: pa.Schema) -> Path:
    """Write a table as compressed blocks, each of which is read without the others (``read_blocks``)."""
    path = Path(path)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as partial, pa.OSFile(str(partial), "wb") as file:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(file, schema, options=options) as writer:
                for block in blocks:
                    columns = [column.combine_chunks() for column in _conform(block, schema).columns]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return path


def read_blocks(path: Path | str, numbers: Iterable[int]) -> list[pa.Table]:
    """Some blocks of what ``write_blocks`` wrote."""
    with _reading(Path(path)), pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file)
        return [pa.Table.from_batches([reader.get_batch(number)]) for number in numbers]


def parts(folder: Path | str, name: str) -> list[Path]:
    """The parts of a working table, by number; empty when there is none."""
    with _reading(Path(folder)):
        found = Path(folder).glob(f"{name}-*.arrow")
        return sorted(path for path in found if path.stem[len(name) + 1 :].isdigit())


def save_array(path: Path | str, array: np.ndarray) -> Path:
    """Write one numpy array (``.npy``, the suffix is added when it is missing)."""
    path = Path(path)
    path = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as partial, open(partial, "wb") as file:
            np.save(file, array, allow_pickle=False)
    return path


def load_array(path: Path | str, mmap: bool = True) -> np.ndarray:
    """Read an array that ``save_array`` wrote; mapped read-only unless ``mmap`` is false."""
    path = Path(path)
    path = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
    with _reading(path):
        return np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False)


# Manifests


def write_manifest(path: Path | str, manifest: Mapping[str, object], sync: bool = True) -> Path:
    """Write ``manifest.json`` (``path``: the file or its folder) in one step: sorted keys and the format's version.

    Without ``sync`` it is not forced to the disk: for what a crash of the machine may take away.
    """
    path = _manifest_path(path)
    text = json.dumps({**manifest, "format": FORMAT}, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as partial:
            partial.write_text(text + "\n", "utf-8")
            if sync:
                to_disk(partial)
        if sync:
            to_disk(path.parent)
    return path


def read_manifest(path: Path | str, way_out: str | None = None) -> dict:
    """Read a manifest (``path`` is the file or its folder); one of a newer version is refused."""
    path = _manifest_path(path)
    with _reading(path, way_out):
        manifest = json.loads(path.read_text("utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError(f"expected a JSON object, got {type(manifest).__name__}")
    version = manifest.get("format", 1)
    if not isinstance(version, int) or version > FORMAT:
        raise NewerFormat(
            f"{path} has format {version}, this program reads up to {FORMAT}: it was written by a newer version. "
            f"Upgrade dedup, or give another --out."
        )
    return manifest


# Files of a folder


def size(path: Path | str) -> int | None:
    """Bytes of a file; None when there is none."""
    try:
        return Path(path).stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def remove_files(folder: Path | str, unwanted: Callable[[str], bool]) -> list[str]:
    """Remove the files of a folder whose names are unwanted, and say which."""
    folder = Path(folder)
    removed = []
    with _writing(folder):
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if unwanted(path.name) and not path.is_dir():
                path.unlink()
                removed.append(path.name)
    return removed


# Snapshots


def begin_snapshot(out: Path | str, run_id: str) -> Path:
    """An empty staging folder for a run: ``OUT/.work/<run_id>/``. It belongs to this process until it is published."""
    out = Path(out)
    staging = out / ".work" / run_id
    if not run_id or Path(run_id).name != run_id or run_id.startswith("."):
        raise ValueError(f"run_id {run_id!r} is no name for a folder")
    with _writing(staging):
        staging.parent.mkdir(parents=True, exist_ok=True)
        _own(staging)
        if staging.exists():
            shutil.rmtree(staging)
        staging.mkdir()
    return staging


def publish(out: Path | str, run_id: str, staging: Path, manifest: Mapping[str, object], keep: int) -> Path:
    """Make the staging folder the newest snapshot and repoint ``OUT/latest`` to it in one step.

    Killed at any moment, ``latest`` is the old snapshot or the new one, whole. ``keep`` older snapshots stay beside
    the newest. A reader that has files of an older one open goes on reading. Publishing again what was already
    moved (a retry after a crash) only repoints. Where the file system has no symbolic links, ``latest`` is a copy
    (hard links where possible) that is swapped in two renames; ``latest()`` then knows which snapshot is newest
    even when the swap is cut between them.
    """
    out, staging = Path(out), Path(staging)
    target = out / "snapshots" / run_id
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if staging.exists():
            newest = max((number for number, _ in _snapshots(out)), default=0)
            write_manifest(staging, {**manifest, "run_id": run_id, "sequence": newest + 1})
            for path in sorted(staging.rglob("*")):
                to_disk(path)
            to_disk(staging)
            if target.exists():
                _discard(out, target)
            os.rename(staging, target)
            to_disk(target.parent)
        elif not (target / MANIFEST).exists():
            raise StorageError(f"{staging} is gone and {target} is no snapshot: run again from the start")
        _repoint(out, target)
        _disown(staging)
        for _, old in sorted(_snapshots(out), reverse=True)[keep + 1 :]:
            if old.resolve() != target.resolve():
                _discard(out, old)
    return target


def drop_snapshot(staging: Path | str) -> None:
    """Remove the staging folder of a run that will not be published."""
    with _writing(Path(staging)):
        try:
            if Path(staging).exists():
                shutil.rmtree(staging)
        finally:
            _disown(Path(staging))


def latest(out: Path | str) -> Path:
    """The newest snapshot; a clear error when there is none."""
    out = Path(out)
    link = out / "latest"
    if (link / MANIFEST).exists():
        return link.resolve()
    snapshots = sorted(_snapshots(out))
    if not snapshots:
        raise StorageError(f"{out} holds no snapshot: make one with `dedup run INPUT --out {out}`")
    return snapshots[-1][1]


def sweep(out: Path | str) -> list[str]:
    """Remove what dead runs left under ``OUT/.work``, and say what; the work of a living process stays."""
    out = Path(out)
    work = out / ".work"
    removed = []
    with _writing(work):
        for path in sorted(work.iterdir()) if work.is_dir() else []:
            if path.suffix == ".owner" or _owned(path):
                continue
            removed.append(path.name)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            path.with_name(path.name + ".owner").unlink(missing_ok=True)
        for owner in sorted(work.glob("*.owner")) if work.is_dir() else []:
            if not owner.with_suffix("").exists() and not _owned(owner.with_suffix("")):
                owner.unlink()
    return removed


# The lock


class Lock:
    """The right to write into an output folder; a second run gets a clear refusal.

    The kernel holds the lock for the process (``flock`` on ``OUT/.lock``), so it falls free when the process dies,
    however it dies, and the next run takes it over. Not for file systems without ``flock``.
    """

    def __init__(self, out: Path | str) -> None:
        self.out = Path(out)
        self._file: int | None = None

    def __enter__(self) -> Self:
        path = self.out / ".lock"
        with _writing(path):
            self.out.mkdir(parents=True, exist_ok=True)
            self._file = _hold(path)
        if self._file is None:
            raise StorageError(
                f"{self.out} is in use by {_holder(path)}. Wait for that run to end, or stop it, and start again; "
                f"or give another --out."
            )
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


# Private: locks and owners

_owners: dict[str, int] = {}
_owners_guard = threading.Lock()


def _hold(path: Path) -> int | None:
    """Lock a file and write who holds it; None when an other process (or an other holder in this one) has it."""
    import fcntl

    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    try:
        os.ftruncate(file, 0)
        os.write(file, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
    except OSError:
        os.close(file)
        raise
    return file


def _holder(path: Path) -> str:
    """Who holds a lock and since when (the time that the disk noted)."""
    try:
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        holder = json.loads(path.read_text())
        return f"process {holder['pid']} on {holder['host']} since {since}"
    except (OSError, ValueError, KeyError, TypeError):
        return "an other process"


def _own(staging: Path) -> None:
    with _owners_guard:
        if str(staging) not in _owners:
            file = _hold(_owner_path(staging))
            if file is None:
                raise StorageError(f"{staging} is in use by {_holder(_owner_path(staging))}: give the run an other id")
            _owners[str(staging)] = file


def _disown(staging: Path) -> None:
    with _owners_guard:
        try:
            _owner_path(staging).unlink(missing_ok=True)
        finally:
            if (file := _owners.pop(str(staging), None)) is not None:
                os.close(file)


def _owned(staging: Path) -> bool:
    """Whether a living process works there."""
    import fcntl

    try:
        file = os.open(_owner_path(staging), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _owner_path(staging: Path) -> Path:
    return staging.with_name(staging.name + ".owner")


# Private: snapshots


def _snapshots(out: Path) -> list[tuple[int, Path]]:
    """(sequence, folder) of the whole snapshots, in no order; one with a damaged manifest is not counted."""
    folder = out / "snapshots"
    found = []
    for path in folder.iterdir() if folder.is_dir() else []:
        try:
            found.append((int(read_manifest(path).get("sequence", 0)), path))
        except NewerFormat:
            raise
        except (StorageError, TypeError, ValueError):
            continue
    return found


def _repoint(out: Path, target: Path) -> None:
    link = out / "latest"
    fresh = out / ".work" / f"latest-{target.name}"
    fresh.parent.mkdir(exist_ok=True)
    if fresh.is_symlink() or fresh.exists():
        _remove(fresh)
    if link.is_dir() and not link.is_symlink():
        if not (link / MANIFEST).exists():
            raise StorageError(f"{link} is a folder that this program did not write: move it away and run again")
        _discard(out, link)
    try:
        fresh.symlink_to(Path("snapshots") / target.name)
    except (OSError, NotImplementedError):
        shutil.copytree(target, fresh, copy_function=_link_or_copy)
        if link.exists():
            _discard(out, link)
    os.replace(fresh, link)
    to_disk(out)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _discard(out: Path, folder: Path) -> None:
    """Remove a folder so that nobody ever sees half of it: out of the way first, then file by file."""
    trash = out / ".work" / f"trash-{folder.name}-{os.getpid()}"
    trash.parent.mkdir(exist_ok=True)
    if trash.exists():
        _remove(trash)
    os.rename(folder, trash)
    _remove(trash)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


# Private: files


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes ``path`` when the block ends well and vanishes when it does not."""
    partial = _partial(path)
    try:
        yield partial
        os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")


def to_disk(path: Path) -> None:
    """Force a file or a folder's list of names to the disk."""
    if path.is_symlink():
        return
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        # some file systems cannot sync a folder
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(file)


_WAY_OUT = {
    errno.ENOSPC: "the disk is full. Free some space, or give another --out. The last snapshot was left alone.",
    errno.EDQUOT: "the quota is used up. Free some space, or give another --out. The last snapshot was left alone.",
    errno.EROFS: "the file system is read-only. Give another --out. The last snapshot was left alone.",
    errno.EACCES: "writing is not allowed. Change the folder's permissions, or give another --out.",
    errno.EPERM: "writing is not allowed. Change the folder's permissions, or give another --out.",
    errno.ENOTDIR: "a file stands where a folder is needed. Move it away, or give another --out.",
    errno.EEXIST: "a file stands where a folder is needed. Move it away, or give another --out.",
}


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        way_out = _WAY_OUT.get(error.errno or _errno_of(error), f"{error.strerror or error}.")
        raise StorageError(f"cannot write {path}: {way_out}") from error


@contextlib.contextmanager
def _reading(path: Path, way_out: str | None = None) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(f"{path} does not exist: check the path, or make it with `dedup run`") from error
    except PermissionError as error:
        raise StorageError(f"cannot read {path}: reading is not allowed. Change its permissions.") from error
    except (OSError, ValueError, EOFError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        way_out = way_out or "remove it and run again; it is made anew from the input"
        raise StorageError(f"{path} is damaged ({reason}): {way_out}") from error


def _errno_of(error: OSError) -> int | None:
    """Arrow says the number in words: "[errno 28] No space left on device"."""
    text = str(error)
    start = text.rfind("errno ")
    digits = text[start + 6 : start + 10].split("]")[0] if start >= 0 else ""
    return int(digits) if digits.isdigit() else None


def _parquet_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    with _reading(path):
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


def _require(path: Path, schema: pa.Schema, columns: Sequence[str] | None) -> None:
    """Arrow passes over a column that is not there; here it is an error."""
    if missing := [name for name in columns or () if name not in schema.names]:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(schema.names)}")


def _manifest_path(path: Path | str) -> Path:
    path = Path(path)
    return path if path.suffix == ".json" else path / MANIFEST


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
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

"""Work files of a run: Arrow and NumPy as they lie in memory, read back through the memory map without a copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup.store.files import reading, replacing, writing
from dedup.store.tables import conform, require


def write_part(folder: Path | str, name: str, number: int, table: pa.Table) -> Path:
    """Write one numbered part of a working table (``<name>-<number>.arrow``); an older one of that number goes."""
    path = Path(folder) / f"{name}-{number:06d}.arrow"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial, pa.OSFile(str(partial), "wb") as file:
            with pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
    return path


def read_part(path: Path | str, columns: Sequence[str] | None = None) -> pa.Table:
    """Map a working part into memory; pages are loaded when touched and given back when memory is short."""
    with reading(Path(path)), pa.memory_map(str(path)) as file:
        schema = pa.ipc.open_file(file).schema
    require(Path(path), schema, columns)
    included = None if columns is None else [schema.get_field_index(name) for name in columns]
    with reading(Path(path)), pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=included)).read_all()
    return table if columns is None else table.select(list(columns))


def parts(folder: Path | str, name: str) -> list[Path]:
    """The parts of a working table, by number; empty when there is none."""
    with reading(Path(folder)):
        found = Path(folder).glob(f"{name}-*.arrow")
        return sorted(path for path in found if path.stem[len(name) + 1 :].isdigit())


def write_blocks(path: Path | str, blocks: Iterable[pa.Table], schema: pa.Schema) -> Path:
    """Write a table as compressed blocks, each of which is read without the others (``read_blocks``)."""
    path = Path(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial, pa.OSFile(str(partial), "wb") as file:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(file, schema, options=options) as writer:
                for block in blocks:
                    columns = [column.combine_chunks() for column in conform(block, schema).columns]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    return path


def read_blocks(path: Path | str, numbers: Iterable[int]) -> list[pa.Table]:
    """Some blocks of what ``write_blocks`` wrote."""
    with reading(Path(path)), pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file)
        return [pa.Table.from_batches([reader.get_batch(number)]) for number in numbers]


def save_array(path: Path | str, array: np.ndarray) -> Path:
    """Write one numpy array (``.npy``, the suffix is added when it is missing)."""
    path = Path(path)
    path = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial, open(partial, "wb") as file:
            np.save(file, array, allow_pickle=False)
    return path


def load_array(path: Path | str, mmap: bool = True) -> np.ndarray:
    """Read an array that ``save_array`` wrote; mapped read-only unless ``mmap`` is false."""
    path = Path(path)
    path = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
    with reading(path):
        return np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False)


def save_arrays(folder: Path | str, name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays that belong together, each as ``<name>-<its own name>.npy``."""
    for own, array in arrays.items():
        save_array(Path(folder) / f"{name}-{own}.npy", array)


def load_arrays(folder: Path | str, name: str, of: Iterable[str], mmap: bool = False) -> dict[str, np.ndarray]:
    """Read some of the arrays that ``save_arrays`` wrote, ``of`` by their own names."""
    return {own: load_array(Path(folder) / f"{name}-{own}.npy", mmap) for own in of}

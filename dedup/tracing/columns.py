"""Arrays -> the columns of tables: nulls, times, ids and rows some at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.constants import rows_at_once

CHUNK = rows_at_once(320)
"""Rows of a table that are put together at once: ids and sentences take far more memory than numbers."""


def objects(column: pa.ChunkedArray) -> np.ndarray:
    """A column as an array of objects, None for null."""
    return np.array(column.to_pylist() or [], dtype=object)


def nulled(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The values as objects, None where asked."""
    values = np.asarray(values).astype(object)
    values[where] = None
    return values


def chosen(chosen: np.ndarray, values: np.ndarray, other: str) -> np.ndarray:
    return np.where(chosen, values, other)


def times(seconds: np.ndarray, known: np.ndarray) -> pa.Array:
    return pa.array(np.where(known, seconds, 0) * 1_000_000, pa.int64(), mask=~known).cast(schemas.TIME)


def as_table(schema: pa.Schema, order: tuple, **columns: object) -> pa.Table:
    """A table of the schema, its rows sorted by the named columns; as they come when none is named."""
    arrays = []
    for field in schema:
        column = columns[field.name]
        if isinstance(column, np.ndarray) and column.dtype != object:
            column = pa.array(column) if column.dtype.kind != "U" else pa.array(column.astype(object), pa.string())
        elif not isinstance(column, (pa.Array, pa.ChunkedArray)):
            column = pa.array(column, field.type)
        arrays.append(column.cast(field.type))
    keys = [(key, "ascending") if isinstance(key, str) else key for key in order]
    table = pa.Table.from_arrays(arrays, schema=schema)
    return table.sort_by(keys) if keys else table


def in_chunks(order: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in their order, some at a time; once nothing when there is none."""
    for start in range(0, max(len(order), 1), CHUNK):
        yield order[start : start + CHUNK]

"""Rows that were made anew and the rows of before -> whose are not the same: what comes out as it was is left alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import one_chunk


def differing(made: pa.Table, before: pa.Table, key: str, columns: list[str] | None = None) -> pa.Array:
    """The distinct values of ``key`` whose rows, in their order, are not those of before; all columns are compared, or
    some. Both tables have the same columns; those of a value stand in the same order."""
    known = pc.unique(pa.concat_arrays([one_chunk(table[key]) for table in (made, before)]))
    places = [one_chunk(pc.index_in(table[key], value_set=known)).to_numpy() for table in (made, before)]
    counts = [np.bincount(place, minlength=len(known)) for place in places]
    other = counts[0] != counts[1]
    orders = [np.argsort(place, kind="stable") for place in places]
    rows = [pa.array(order[~other[place[order]]]) for order, place in zip(orders, places, strict=True)]
    whose = places[0][rows[0].to_numpy()]
    for name in columns or made.column_names:
        if name != key:
            one, another = (
                _comparable(table[name]).take(some) for table, some in zip((made, before), rows, strict=True)
            )
            other[whose[~_same(one, another)]] = True
    return known.filter(pa.array(other))


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column, a list of texts as one text."""
    return pc.binary_join(column, "\x1f") if pa.types.is_list(column.type) else column


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> np.ndarray:
    """(rows,) bool, equal values, or null on both sides."""
    equal = pc.fill_null(pc.equal(one, other), False)
    return pc.or_(equal, pc.and_(pc.is_null(one), pc.is_null(other))).to_numpy()

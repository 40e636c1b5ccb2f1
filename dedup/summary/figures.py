"""Sums, means and quantiles of groups of rows, for the tables that sum up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import one_chunk, run_begins, sorted_distinct, stacked

NO_DAY = -(1 << 31)


DAY_BITS = (1 << 32) - 1


def sums(group: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """(size,) float64 sums; exact, hence the same in any order, for whole numbers."""
    return np.bincount(group, weights=values, minlength=size)


def means(group: np.ndarray, values: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """(size,) weighted means without the NaN values; NaN where no weight is left."""
    known = ~np.isnan(values) & (weight > 0)
    group, values, weight = group[known], values[known], weight[known]
    # products become whole multiples of a power of two small enough that their sum is exact in any order
    most = float((weight * np.maximum(np.abs(values), 1)).max(initial=1.0)) * max(len(weight), 1)
    scale = 2.0 ** (52 - int(np.ceil(np.log2(most))))
    return ratio(sums(group, np.rint(values * weight * scale), size), sums(group, np.rint(weight * scale), size))


def quantiles(group: np.ndarray, values: np.ndarray, size: int, shares: Sequence[float]) -> list[np.ndarray]:
    """For each share the (size,) quantiles of the values that are not NaN, by linear interpolation as numpy does it."""
    known = ~np.isnan(values)
    group, values = group[known], values[known]
    values = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=size)
    some = np.flatnonzero(count)
    begin = (np.cumsum(count) - count)[some]
    quantiles = []
    for share in shares:
        place = share * (count[some] - 1)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, count[some] - 1)
        low, high = values[begin + below], values[begin + above]
        quantile = np.full(size, np.nan)
        quantile[some] = low + (place - below) * (high - low)
        quantiles.append(quantile)
    return quantiles


def least(place: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """(size,) smallest value of each place, without NaN and place -1; NaN where there is none."""
    known = (place >= 0) & ~np.isnan(values)
    least = np.full(size, np.inf)
    np.minimum.at(least, place[known], values[known])
    return np.where(np.isinf(least), np.nan, least)


def smallest(place: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
    """(size,) int64: smallest value of 0 or more of each place, -1 where there is none."""
    known = (place >= 0) & (value >= 0)
    smallest = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(smallest, place[known], value[known])
    return np.where(smallest == np.iinfo(np.int64).max, -1, smallest)


def distinct(group: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
    """(size,) how many different values, of 0 or more, each group has."""
    span = int(value.max(initial=0)) + 1
    return np.bincount(sorted_distinct(group * span + value) // span, minlength=size)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; NaN where there is nothing to divide by."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def keys_by_day(place: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count every row once over all days and, when it has a day, once in it.

    Returns the rows counted and their keys, int64: place << 32 | day, with 0 for all days, so that keys sort by place
    and then by day, all days first.
    """
    dated = np.flatnonzero(day != NO_DAY)
    key = place.astype(np.int64) << 32
    return np.r_[np.arange(len(place)), dated], np.r_[key, key[dated] | (day[dated] - NO_DAY)]


def day_column(keys: np.ndarray) -> pa.Array:
    day = keys & DAY_BITS
    return pa.array((day + NO_DAY).astype(np.int32), mask=day == 0).cast(pa.date32())


def over_all(rows: pa.Table) -> pa.Table:
    """Of a table by day the rows over all days, which have no day; without that column."""
    return rows.filter(pc.is_null(rows["day"])).drop_columns(["day"])


def by_day(rows: pa.Table) -> pa.Table:
    """Of a table by day the rows of a day."""
    return rows.filter(pc.is_valid(rows["day"]))


def added_up(parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """(keys, numbers of words) in parts -> the distinct keys, sorted, int64, and the sum of each, int32."""

    def sums() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        # the last key of a part may go on in the next: parts that come sorted need no sorting together
        keys, values = np.zeros(0, np.int64), np.zeros(0, np.int32)
        for more_keys, more_values in parts:
            keys, values = _added_together(np.append(keys, more_keys), np.append(values, more_values))
            yield keys[:-1], values[:-1]
            keys, values = keys[-1:].copy(), values[-1:].copy()
        yield keys, values

    keys, values = stacked(sums(), np.int64, np.int32)
    return (keys, values) if (keys[1:] > keys[:-1]).all() else _added_together(keys, values)


def _added_together(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    begins = run_begins(keys)
    return keys[begins], np.add.reduceat(values, begins, dtype=np.int32)


def floats(column: pa.ChunkedArray | pa.Array, missing: float = np.nan) -> np.ndarray:
    return one_chunk(column).cast(pa.float64()).fill_null(missing).to_numpy()


def integers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """int64; null as a number that no paragraph has."""
    return one_chunk(column).cast(pa.int64()).fill_null(DAY_BITS).to_numpy()


def words(matches: pa.RecordBatch) -> np.ndarray:
    """Equal words of each match, int32."""
    return one_chunk(matches["matched_words"]).fill_null(0).to_numpy()


def is_in(column: pa.ChunkedArray | pa.Array, values: Sequence[str]) -> np.ndarray:
    """(rows,) bool; a null is in nothing."""
    values = pa.array(values, column.type)
    return one_chunk(pc.is_in(column, value_set=values, skip_nulls=True)).to_numpy(zero_copy_only=False)


def column(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """An Arrow column, null for NaN."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values), mask=missing).cast(kind)

"""SIGNATURES -> CANDIDATE_PAIRS: articles with windows in a common bucket, band by band."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup import kernels, schemas
from dedup.config import Config

_AT_ONCE = 1 << 22
"""Pairs of all bands that are counted together: 32 MiB on each thread."""


class Joined(NamedTuple):
    """Candidate pairs, and what the run's manifest says of the buckets."""

    pairs: pa.Table
    sparse_buckets: int
    largest_bucket: int


def join(
    read_band: Callable[[int], tuple[np.ndarray, np.ndarray]],
    ranks: np.ndarray,
    times: np.ndarray,
    config: Config,
    parts: int = 1,
    spill: Callable[[int, np.ndarray], Callable[[], np.ndarray]] = lambda band, pairs: lambda: pairs,
) -> Joined:
    """Pair the articles whose windows agree on a band: the pairs of ``datasketch.MinHashLSH``, found by dealing out.

    ``read_band(band)`` gives keys (windows,) uint32 and their articles (windows,) uint32 of one band. ``ranks``
    (articles,) uint32 is the order in which crowded buckets are linked, ``times`` (articles,) int64 seconds
    (``kernels.UNKNOWN_TIME`` when not known). Articles that share fewer than ``min_bands`` bands are left out: two that
    carry the same 14 words share several, two that share a stock phrase seldom more than one. In memory at once are, on
    each thread, the keys of a band and the pairs of one of its ``parts``; ``spill(band, pairs)`` may put a band's
    distinct pairs aside until they are counted, and gives a function that opens them.
    """
    reach = config.window_days * 86_400

    def one(band: int) -> tuple[Callable[[], np.ndarray], int, int]:
        found, sparse, largest = [], 0, 0
        keys, members = read_band(band)
        for part in range(parts):
            pairs, crowded, most = kernels.join_band(
                keys, members, part, parts, ranks, times, config.bucket_limit, _neighbours(config), reach
            )
            found.append(_distinct(pairs))
            sparse, largest = sparse + crowded, max(largest, most)
        return spill(band, found[0] if parts == 1 else _distinct(np.concatenate(found))), sparse, largest

    with ThreadPoolExecutor(config.workers or os.cpu_count()) as pool:
        bands, sparse, largest = zip(*pool.map(one, range(config.bands)), strict=True)
        counted = list(pool.map(lambda span: _counted(bands, *span, config.min_bands), _ranges(bands)))
    pairs, counts = (np.concatenate(columns) for columns in zip(*counted, strict=True))
    table = pa.Table.from_arrays(
        [
            pa.array((pairs >> np.uint64(32)).astype(np.uint32)),
            pa.array((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)),
            pa.array(counts),
        ],
        schema=schemas.CANDIDATE_PAIRS,
    )
    return Joined(table, sum(sparse), max(largest))


def _neighbours(config: Config) -> int:
    return max(2, config.bucket_limit // 8)


def _distinct(pairs: np.ndarray) -> np.ndarray:
    """The distinct pairs, sorted; ``pairs`` is sorted in its place."""
    pairs.sort()
    return pairs[: kernels.keep_distinct(pairs)].copy()


def _ranges(bands: Sequence[Callable[[], np.ndarray]]) -> list[tuple[int, int]]:
    """Ranges of pairs, from one to before the next, that hold about _AT_ONCE pairs of all bands each."""
    opened = [pairs() for pairs in bands]
    n = sum(map(len, opened)) // _AT_ONCE
    some = np.sort(np.concatenate([pairs[:: max(1, len(pairs) // (16 * n + 1))] for pairs in opened]))
    bounds = sorted({int(some[len(some) * part // (n + 1)]) for part in range(1, n + 1)})
    return list(zip([0, *bounds], [*bounds, 1 << 64], strict=True))


def _counted(
    bands: Sequence[Callable[[], np.ndarray]], low: int, high: int, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """The pairs from ``low`` to before ``high`` that are in at least so many bands, and in how many: uint64, int32."""

    def inside(pairs: np.ndarray) -> np.ndarray:
        end = len(pairs) if high >= 1 << 64 else np.searchsorted(pairs, np.uint64(high))
        return np.array(pairs[np.searchsorted(pairs, np.uint64(low)) : end])

    pairs = np.concatenate([inside(pairs()) for pairs in bands])
    pairs.sort()
    counts = np.empty(len(pairs), np.int32)
    n = kernels.keep_frequent(pairs, least, counts)
    return pairs[:n].copy(), counts[:n].copy()

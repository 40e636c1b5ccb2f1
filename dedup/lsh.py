"""SIGNATURES -> CANDIDATE_PAIRS: articles with windows in a common bucket, band by band."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup import kernels, schemas
from dedup.arrays import in_threads, list_buffers
from dedup.config import Config


_WAITING = 1 << 22
"""Pairs of several bands that wait to be counted together: 32 MiB."""


class Joined(NamedTuple):
    """Candidate pairs, and what the run's manifest says of the buckets."""

    pairs: pa.Table
    sparse_buckets: int
    largest_bucket: int


def band_keys(signatures: np.ndarray, config: Config) -> np.ndarray:
    """Key of every band of every signature: (n, num_perm) uint32 -> (bands, n) uint64."""
    keys = np.empty((config.bands, len(signatures)), np.uint64)
    in_threads(
        len(signatures), config, lambda low, high: kernels.band_keys(signatures, config.rows, low, high, keys)
    )
    return keys


def join(
    read_band: Callable[[int], np.ndarray],
    members: np.ndarray,
    ranks: np.ndarray,
    times: np.ndarray,
    config: Config,
) -> Joined:
    """Pair the articles whose windows agree on a band: the pairs of ``datasketch.MinHashLSH``, found by sorting.

    ``read_band(band)`` gives the keys (windows,) uint64 of one band, ``members`` (windows,) uint32 each window's
    article, ``ranks`` (articles,) uint32 the order in which crowded buckets are linked, ``times`` (articles,) int64
    seconds (``kernels.UNKNOWN_TIME`` when not known). Articles that share fewer than ``min_bands`` bands are left out:
    two that carry the same 14 words share several, two that share a stock phrase seldom more than one. One band is in memory at a time on each thread.
    """
    reach = config.window_days * 86_400

    def one(band: int) -> tuple[np.ndarray, int, int]:
        found, sparse, largest = kernels.join_band(
            read_band(band), members, ranks, times, config.bucket_limit, _neighbours(config), reach
        )
        found.sort()
        return found[: kernels.keep_distinct(found)].copy(), sparse, largest

    pairs, counts = np.zeros(0, np.uint64), np.zeros(0, np.int32)
    waiting: list[np.ndarray] = []
    sparse_buckets = largest_bucket = 0
    with ThreadPoolExecutor(config.workers or None) as pool:
        for found, sparse, largest in pool.map(one, range(config.bands)):
            waiting.append(found)
            if sum(map(len, waiting)) > max(len(pairs), _WAITING):
                pairs, counts = _add(pairs, counts, waiting)
                waiting.clear()
            sparse_buckets += sparse
            largest_bucket = max(largest_bucket, largest)
    pairs, counts = _add(pairs, counts, waiting)
    enough = counts >= config.min_bands
    pairs, counts = pairs[enough], counts[enough]
    table = pa.Table.from_arrays(
        [
            pa.array((pairs >> np.uint64(32)).astype(np.uint32)),
            pa.array((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)),
            pa.array(counts),
        ],
        schema=schemas.CANDIDATE_PAIRS,
    )
    return Joined(table, sparse_buckets, largest_bucket)


def _neighbours(config: Config) -> int:
    return max(2, config.bucket_limit // 8)


def _add(
    pairs: np.ndarray, counts: np.ndarray, bands: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Add some bands' distinct pairs to the sorted distinct pairs so far and count the bands of each."""
    more = np.concatenate([np.zeros(0, np.uint64), *bands])
    more.sort()
    all_pairs, all_counts = np.empty(len(pairs) + len(more), np.uint64), np.empty(len(pairs) + len(more), np.int32)
    n = kernels.add_counts(pairs, counts, more, all_pairs, all_counts)
    return all_pairs[:n].copy(), all_counts[:n].copy()

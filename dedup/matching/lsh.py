"""SIGNATURES -> CANDIDATE_PAIRS: articles with windows in a common bucket, band by band."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import run_begins
from dedup.config import Config
from dedup.constants import DAY, rows_at_once
from dedup.kernels.buckets import count_bands, find_buckets, link_buckets
from dedup.matching.bounds import bound

_AT_ONCE = rows_at_once(8)
"""Pairs of all bands that are counted together: 16 MiB on each thread."""


class Joined(NamedTuple):
    """Candidate pairs, and what the run's manifest says of the buckets."""

    pairs: pa.Table
    sparse_buckets: int
    largest_bucket: int
    bounded_articles: int
    """Articles that had more pairs than they may choose, see ``bounds``."""
    dropped_pairs: int
    """Pairs that neither of the two chose."""


def join(
    read_band: Callable[[int], np.ndarray],
    windows: Windows,
    ranks: np.ndarray,
    times: np.ndarray,
    config: Config,
    parts: int = 1,
    spill: Callable[[str, np.ndarray], Callable[[], np.ndarray]] = lambda name, array: lambda: array,
) -> Joined:
    """Pair the articles whose windows agree on a band: the pairs of ``datasketch.MinHashLSH``, found by dealing out.

    ``read_band(band)`` gives the keys (windows,) uint32 of one band. ``ranks`` (articles,) uint32 is the order in
    which crowded buckets are linked, ``times`` (articles,) int64 seconds (``UNKNOWN_TIME`` when not known).
    Articles that share fewer than ``min_bands`` bands are left out: two that carry the same 14 words share several,
    two that share a stock phrase seldom more than one. In memory at once are, on each thread, the keys of a band and
    what its buckets are found with; with more than one of ``parts``, a power of two, the keys of one band in all, and
    on each thread what one part of its buckets is found with. Then the band's buckets and pairs; ``spill(name, array)``
    may put the pairs aside until they are counted, and gives a function that opens them. An article has at most as many
    pairs as ``bounds`` says.
    """
    reach, limit = config.window_days * DAY, config.bucket_limit
    threads = config.threads
    in_memory = threading.BoundedSemaphore(1 if parts > 1 else threads)

    def one(band: int) -> tuple[_Band, int, int]:
        with in_memory:
            buckets, holders, crowded, largest = _buckets(read_band(band), windows, ranks, limit, parts, part_pool)
        firsts, others = link_buckets(buckets, holders, times, limit, _neighbours(config), reach)
        return _Band(spill(f"{band}-firsts", firsts), spill(f"{band}-others", others)), crowded, largest

    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(threads) as part_pool:
        bands, sparse, largest = zip(*pool.map(one, range(config.bands)), strict=True)
        counted = list(pool.map(lambda some: _counted(bands, some, len(ranks), config.min_bands), _ranges(bands)))
        columns = tuple(np.concatenate(column) for column in zip(*counted, strict=True))

        def again(band: int) -> tuple[np.ndarray, np.ndarray]:
            return _buckets(read_band(band), windows, ranks, limit, parts, part_pool)[:2]

        kept = bound(columns, windows.counts(len(ranks)), ranks, again, _neighbours(config), config)
    dropped = len(kept.keep) - int(kept.keep.sum())
    if dropped:
        columns = tuple(column[kept.keep] for column in columns)
    table = pa.Table.from_arrays([pa.array(column) for column in columns], schema=schemas.CANDIDATE_PAIRS)
    return Joined(table, sum(sparse), max(largest), kept.articles, dropped)


class Windows(NamedTuple):
    """Whose windows they are."""

    starts: np.ndarray
    """(runs + 1,) int64, where the windows of an article begin; the last one where those of the last end."""
    owners: np.ndarray
    """(runs,) int64, row of the article; -1 when its windows do not count."""

    @classmethod
    def of(cls, members: np.ndarray) -> Windows:
        """``members`` (windows,), the article of each."""
        begins = run_begins(members)
        return cls(np.append(begins, len(members)), members[begins].astype(np.int64))

    def counts(self, articles: int) -> np.ndarray:
        """(articles,) int64, windows of each article that count."""
        counted = np.zeros(articles, np.int64)
        mine = self.owners >= 0
        np.add.at(counted, self.owners[mine], np.diff(self.starts)[mine])
        return counted


class _Band(NamedTuple):
    """Pairs of one band, as ``link_buckets`` returns them; each call opens the array."""

    firsts: Callable[[], np.ndarray]
    others: Callable[[], np.ndarray]


def _buckets(
    keys: np.ndarray, windows: Windows, ranks: np.ndarray, limit: int, parts: int, pool: ThreadPoolExecutor
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """The buckets of a band as ``find_buckets`` finds them, those of all parts."""
    found = pool.map(lambda part: find_buckets(keys, *windows, ranks, limit, parts, part), range(parts))
    buckets, holders, crowded, largest = zip(*found, strict=True)
    before = np.cumsum([0, *map(len, holders[:-1])])
    buckets = np.concatenate([[0], *(begins[1:] + first for begins, first in zip(buckets, before, strict=True))])
    return buckets, np.concatenate(holders), sum(crowded), max(largest)


def _neighbours(config: Config) -> int:
    return max(2, config.bucket_limit // 8)


def _ranges(bands: Sequence[_Band]) -> list[range]:
    """Ranges of articles that begin about _AT_ONCE pairs of all bands each."""
    pairs = sum(band.firsts().astype(np.int64) for band in bands)
    bounds = np.searchsorted(pairs, np.arange(0, int(pairs[-1]), _AT_ONCE), "right") - 1
    bounds = np.unique(np.append(bounds, len(pairs) - 1)).tolist()
    return [range(low, high) for low, high in pairwise(bounds)] or [range(0)]


def _counted(
    bands: Sequence[_Band], some: range, articles: int, least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of some left articles that are in at least so many bands: left, right, and in how many."""
    firsts = np.stack([band.firsts()[some.start : some.stop + 1].astype(np.int64) for band in bands])
    others = [band.others()[low:high] for band, (low, high) in zip(bands, firsts[:, [0, -1]].tolist(), strict=True)]
    before = np.cumsum([0, *map(len, others)])[:-1]
    firsts += (before - firsts[:, 0])[:, None]
    return count_bands(firsts, np.concatenate(others), some.start, some.stop, articles, least)

"""SIGNATURES -> CANDIDATE_PAIRS: articles with windows in a common bucket, band by band.

An article looks back: which earlier ones it makes pairs with depends on those alone that were printed at most the time
window before it (for dispatches, twice that) and on no later one. So what comes later changes no pair of what was
there, and an archive crowds no bucket of today. Articles without a date come after all others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedup.arrays import run_begins
from dedup.config import Config
from dedup.constants import DAY, rows_at_once
from dedup.kernels.buckets import count_bands, find_buckets, link_buckets
from dedup.matching.bounds import bound
from dedup.text import languages

_AT_ONCE = rows_at_once(8)
"""Pairs of all bands that are counted together: 16 MiB on each thread."""


class Articles(NamedTuple):
    """Articles in the order of time, those of one time by id, those without a date at the end."""

    times: np.ndarray
    """(articles,) int64 seconds, ``UNKNOWN_TIME`` when not known."""
    wires: np.ndarray
    """(articles,) bool, dispatches."""
    spoken: np.ndarray
    """(articles,) int8, see ``languages.numbers``: two languages make no pair."""
    own: np.ndarray
    """(articles,) bool, those that look back; the others are looked back on only."""
    asked: np.ndarray | None = None
    """(articles,) bool, if only the buckets that hold one of these are looked into."""


class Joined(NamedTuple):
    """Candidate pairs, sorted, and what each article met while it looked back."""

    later: np.ndarray
    """(pairs,) uint32, the article that looked back."""
    earlier: np.ndarray
    """(pairs,) uint32."""
    n_bands: np.ndarray
    """(pairs,) int32, bands in which they share a window."""
    crowded: np.ndarray
    """(articles,) int32, buckets in which it met some of those before it only."""
    dropped: np.ndarray
    """(articles,) int32, pairs that it did not choose, see ``bounds``."""
    largest: int
    """Most articles that one looked back on in a bucket, itself included."""


def join(
    read_band: Callable[[int], np.ndarray],
    windows: Windows,
    articles: Articles,
    config: Config,
    parts: int = 1,
    spill: Callable[[str, np.ndarray], Callable[[], np.ndarray]] = lambda name, array: lambda: array,
) -> Joined:
    """Pair the articles whose windows agree on a band: the pairs of ``datasketch.MinHashLSH``, found by sorting.

    ``read_band(band)`` gives the keys (windows,) uint64 of one band.
    Articles that share fewer than ``min_bands`` bands are left out: two that carry the same 14 words share several,
    two that share a stock phrase seldom more than one. In memory at once are, on each thread, the keys of a band and
    what its buckets are found with; with more than one of ``parts``, a power of two, the keys of one band in all, and
    on each thread what one part of its buckets is found with. Then the band's buckets and pairs; ``spill(name, array)``
    may put the pairs aside until they are counted, and gives a function that opens them. An article has at most as many
    pairs as ``bounds`` says.
    """
    n, threads = len(articles.times), config.threads
    in_memory = threading.BoundedSemaphore(1 if parts > 1 else threads)

    def buckets(band: int) -> tuple[np.ndarray, np.ndarray]:
        with in_memory:
            found = _buckets(read_band(band), windows, n, parts, part_pool)
        return found if articles.asked is None else _holding(*found, articles.asked)

    def one(band: int) -> tuple[_Band, np.ndarray, int]:
        firsts, others, crowded, largest = link_buckets(
            *buckets(band), articles.times, articles.wires, articles.own, *_linking(config)
        )
        return _Band(spill(f"{band}-firsts", firsts), spill(f"{band}-others", others)), crowded, largest

    crowded, largest, bands = np.zeros(n, np.int32), 0, []
    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(threads) as part_pool:
        for band, of_band, most in pool.map(one, range(config.bands)):
            bands.append(band)
            crowded += of_band
            largest = max(largest, most)
        counted = list(pool.map(lambda some: _counted(bands, some, n, config.min_bands), _ranges(bands)))
        later, earlier, n_bands = (np.concatenate(column) for column in zip(*counted, strict=True))
        spoken = languages.comparable(articles.spoken[later], articles.spoken[earlier])
        pairs = later[spoken], earlier[spoken], n_bands[spoken]
        at = (articles.times, articles.wires)
        kept = bound(pairs, windows, *at, read_band, buckets, _linking(config), config)
    dropped = np.bincount(pairs[0][~kept], minlength=n).astype(np.int32)
    return Joined(pairs[0][kept], pairs[1][kept], pairs[2][kept], crowded, dropped, largest)


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

    def by_article(self, articles: int) -> tuple[np.ndarray, np.ndarray]:
        """The runs that count, by their article, (runs,) int64, and where those of each article begin, the end last."""
        runs = np.argsort(self.owners, kind="stable")
        owners = self.owners[runs]
        return runs, np.searchsorted(owners, np.arange(articles + 1))


class _Band(NamedTuple):
    """Pairs of one band, as ``link_buckets`` returns them; each call opens the array."""

    firsts: Callable[[], np.ndarray]
    others: Callable[[], np.ndarray]


def _buckets(
    keys: np.ndarray, windows: Windows, articles: int, parts: int, pool: ThreadPoolExecutor
) -> tuple[np.ndarray, np.ndarray]:
    """The buckets of a band as ``find_buckets`` finds them, those of all parts."""
    found = pool.map(lambda part: find_buckets(keys, *windows, articles, parts, part), range(parts))
    begins, holders = zip(*found, strict=True)
    before = np.cumsum([0, *map(len, holders[:-1])])
    buckets = np.concatenate([[0], *(some[1:] + first for some, first in zip(begins, before, strict=True))])
    return buckets, np.concatenate(holders)


def _holding(buckets: np.ndarray, holders: np.ndarray, some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The buckets that hold one of some articles."""
    if not len(holders):
        return buckets, holders
    sizes = np.diff(buckets)
    kept = np.logical_or.reduceat(some[holders], buckets[:-1])
    return np.append(0, np.cumsum(sizes[kept])), holders[np.repeat(kept, sizes)]


def _linking(config: Config) -> tuple[int, int, int]:
    """From how many articles on a bucket is crowded, how many neighbours are met then, the seconds of the window."""
    return config.bucket_limit, max(2, config.bucket_limit // 8), config.window_days * DAY


def _ranges(bands: Sequence[_Band]) -> list[range]:
    """Ranges of articles that look back on about _AT_ONCE pairs of all bands each."""
    pairs = sum((band.firsts().astype(np.int64) for band in bands[1:]), bands[0].firsts().astype(np.int64))
    bounds = np.searchsorted(pairs, np.arange(0, int(pairs[-1]), _AT_ONCE), "right") - 1
    bounds = np.unique(np.append(bounds, len(pairs) - 1)).tolist()
    return [range(low, high) for low, high in pairwise(bounds)] or [range(0)]


def _counted(
    bands: Sequence[_Band], some: range, articles: int, least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of some later articles that are in at least so many bands: later, earlier, and in how many."""
    firsts = np.stack([band.firsts()[some.start : some.stop + 1].astype(np.int64) for band in bands])
    others = [band.others()[low:high] for band, (low, high) in zip(bands, firsts[:, [0, -1]].tolist(), strict=True)]
    before = np.cumsum([0, *map(len, others)])[:-1]
    firsts += (before - firsts[:, 0])[:, None]
    return count_bands(firsts, np.concatenate(others), some.start, some.stop, articles, least)

"""CANDIDATE_PAIRS -> CANDIDATE_PAIRS: at most so many pairs an article, however many others have its sentences.

Results, bulletins and programmes are made of the same few sentences: a thousand of them make half a million pairs,
all of them true, and none says more than the next. So an article may choose as many of the earlier ones as it has
windows, and at least ``bucket_limit``. One without a date looks back on all others, having no place among them, and
chooses twice as many: for the time before it and the time after it. (On gilets_jaunes, where 1,174 of 2,691 articles
have no day, 0.995 of the pairs that share 16 words are then candidates, else 0.986.) A dispatch chooses DISPATCH times
as many, because outlets that say no more than the day stand before the dispatch that they carry. A dispatch that a
thousand outlets carry after it keeps them all, because each of these has few pairs; and what an article chooses depends
on what it looks back on alone.

An article chooses the pairs that share most bands; of these, those that share most windows, where a window that stands
in n articles counts one nth; of equal ones those with dispatches, then the earliest. Where those alone that share half
of the bands are more than it may choose, it goes through the chosen ones in this order and leaves out what says nothing
new: pairs whose common windows half as many chosen ones hold already as a crowded bucket links to either side. Pairs
with a dispatch stay: who carries it must be seen. (5,000 articles of the same forty sentences: 100,000 pairs instead of
382,000. No article of gilets_jaunes has so many: there it is stock phrases that crowd, and the pairs of those share few
bands.)
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dedup.arrays import run_begins
from dedup.config import Config
from dedup.kernels.buckets import UNKNOWN_TIME, weigh_pairs
from dedup.kernels.cover import cover, mark_held

if TYPE_CHECKING:
    from dedup.matching.lsh import Windows

WEIGHED_BANDS = 8
"""Bands whose buckets are looked into again for the windows that two articles share: equal ones agree on all bands."""

DISPATCH = 8
"""How many times as many pairs as an article's a dispatch may choose."""

MARKED_BYTES = 1 << 28
"""Bytes of the marks of windows that pairs share, for the articles that are gone through at once."""


def bound(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    windows: Windows,
    times: np.ndarray,
    wires: np.ndarray,
    read_band: Callable[[int], np.ndarray],
    buckets: Callable[[int], tuple[np.ndarray, np.ndarray]],
    linking: tuple[int, int, int],
    config: Config,
) -> np.ndarray:
    """Say which of the pairs stay: (pairs,) bool.

    ``pairs`` are the later article, the earlier one and bands in common, (pairs,) each, sorted; ``times`` and ``wires``
    (articles,) of the articles in the order of time; ``read_band(band)`` gives the keys of a band and ``buckets(band)``
    finds its buckets once more, and ``linking`` is how they are linked.
    """
    later, earlier, bands = pairs
    sides = np.where(wires, DISPATCH, np.where(times == UNKNOWN_TIME, 2, 1))
    may = np.maximum(windows.counts(len(times)), config.bucket_limit) * sides
    keep = np.bincount(later, minlength=len(may))[later] <= may[later]
    crowd = np.flatnonzero(~keep)
    if len(crowd):
        later, earlier, bands = later[crowd], earlier[crowd], bands[crowd]
        firsts = np.searchsorted(later, np.arange(len(may) + 1))
        weights = np.zeros(len(crowd), np.int64)
        for band in _weighed(config):
            weigh_pairs(*buckets(band), times, wires, *linking, firsts, earlier, weights)
        order = np.lexsort((earlier, ~wires[earlier], -weights, -bands, later))  # articles stand in the order of time
        begins = run_begins(later[order])
        place = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
        order = order[place < may[later[order]]]
        strong = np.bincount(later[2 * bands >= config.bands], minlength=len(may)) > may
        new = ~strong[later[order]] | wires[later[order]] | wires[earlier[order]]
        told = order[~new]
        new[~new] = _new(later[told], earlier[told], windows, max(1, linking[1] // 2) * sides, read_band, config)
        keep[crowd[order[new]]] = True
    return keep


def _weighed(config: Config) -> range:
    return range(0, config.bands, -(-config.bands // WEIGHED_BANDS))


def _new(
    later: np.ndarray,
    earlier: np.ndarray,
    windows: Windows,
    most: np.ndarray,
    read_band: Callable[[int], np.ndarray],
    config: Config,
) -> np.ndarray:
    """Which pairs, the best of each later article first, hold a window of it that fewer than ``most`` (articles,) of
    the better ones hold, or none that is seen: (pairs,) bool."""
    n = len(most)
    runs = windows.by_article(n)
    words = -(-windows.counts(n)[later] // 64)
    keep = np.zeros(len(later), bool)
    for some in _at_once(later, words):
        firsts, places = np.searchsorted(later[some], np.arange(n + 1)), np.append(0, np.cumsum(words[some]))
        marks = np.zeros(places[-1], np.uint64)
        for band in _weighed(config):
            mark_held(read_band(band), windows.starts, *runs, firsts, earlier[some], places, marks)
        cover(firsts, places, marks, most, keep[some])
    return keep


def _at_once(later: np.ndarray, words: np.ndarray) -> list[slice]:
    """Pairs of whole later articles, those whose marks of so many ``words`` take MARKED_BYTES or a little more."""
    begins = run_begins(later)
    group = np.add.reduceat(words, begins).cumsum() * 8 // MARKED_BYTES if len(begins) else begins
    cuts = [*begins[run_begins(group)].tolist(), len(later)]
    return [slice(low, high) for low, high in pairwise(cuts)]

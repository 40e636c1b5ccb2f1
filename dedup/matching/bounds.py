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
in n articles counts one nth; of equal ones those with dispatches, then the earliest.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dedup.arrays import run_begins
from dedup.config import Config
from dedup.kernels.buckets import UNKNOWN_TIME, weigh_pairs

WEIGHED_BANDS = 8
"""Bands whose buckets are looked into again for the windows that two articles share: equal ones agree on all bands."""

DISPATCH = 8
"""How many times as many pairs as an article's a dispatch may choose."""


def bound(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    n_windows: np.ndarray,
    times: np.ndarray,
    wires: np.ndarray,
    buckets: Callable[[int], tuple[np.ndarray, np.ndarray]],
    linking: tuple[int, int, int],
    config: Config,
) -> np.ndarray:
    """Say which of the pairs stay: (pairs,) bool.

    ``pairs`` are the later article, the earlier one and bands in common, (pairs,) each, sorted; ``n_windows``,
    ``times`` and ``wires`` (articles,) of the articles in the order of time; ``buckets(band)`` finds the buckets of a
    band once more, and ``linking`` is how they are linked.
    """
    later, earlier, bands = pairs
    sides = np.where(times == UNKNOWN_TIME, 2, 1)
    may = np.maximum(n_windows, config.bucket_limit) * np.where(wires, DISPATCH, sides)
    keep = np.bincount(later, minlength=len(may))[later] <= may[later]
    crowd = np.flatnonzero(~keep)
    if len(crowd):
        later, earlier, bands = later[crowd], earlier[crowd], bands[crowd]
        firsts = np.searchsorted(later, np.arange(len(may) + 1))
        weights = np.zeros(len(crowd), np.int64)
        for band in range(0, config.bands, -(-config.bands // WEIGHED_BANDS)):
            weigh_pairs(*buckets(band), times, wires, *linking, firsts, earlier, weights)
        order = np.lexsort((earlier, ~wires[earlier], -weights, -bands, later))  # articles stand in the order of time
        begins = run_begins(later[order])
        place = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
        keep[crowd[order]] = place < may[later[order]]
    return keep

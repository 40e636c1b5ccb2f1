"""CANDIDATE_PAIRS -> CANDIDATE_PAIRS: at most so many pairs an article, however many others have its sentences.

Results, bulletins and programmes are made of the same few sentences: a thousand of them make half a million pairs,
all of them true, and none says more than the next. So an article may choose as many pairs as it has windows, and at
least ``bucket_limit``; a pair stays when one of the two chooses it. A dispatch that a thousand outlets carry keeps
them all, because each of these has few pairs; and what an article keeps depends on its own pairs alone.

An article chooses the pairs that share most bands; of these, those that share most windows, where a window that stands
in n articles counts one nth; of equal ones those with dispatches, then the earliest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dedup.config import Config
from dedup.kernels.buckets import choose_pairs, weigh_pairs

WEIGHED_BANDS = 8
"""Bands whose buckets are looked into again for the windows that two articles share: equal ones agree on all bands."""


class Bounded(NamedTuple):
    """What stays of some pairs."""

    keep: np.ndarray
    """(pairs,) bool."""
    articles: int
    """Articles that have more pairs than they may choose."""


def bound(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    n_windows: np.ndarray,
    ranks: np.ndarray,
    buckets: Callable[[int], tuple[np.ndarray, np.ndarray]],
    neighbours: int,
    config: Config,
) -> Bounded:
    """Say which of the pairs stay.

    ``pairs`` are left, right and bands in common, (pairs,) each, sorted; ``n_windows`` (articles,) int64; ``ranks``
    (articles,) uint32; ``buckets(band)`` finds the buckets of a band once more, as ``find_buckets`` returns them, and
    ``neighbours`` is how crowded ones are linked.
    """
    lefts, rights, bands = pairs
    may = np.maximum(n_windows, config.bucket_limit)
    degree = np.bincount(lefts, minlength=len(ranks)) + np.bincount(rights, minlength=len(ranks))
    over = degree > may
    keep = ~(over[lefts] & over[rights])  # an article that has few pairs chooses them all
    open_ = np.flatnonzero(~keep)
    if len(open_):
        lefts, rights, bands = lefts[open_], rights[open_], bands[open_]
        firsts = np.searchsorted(lefts, np.arange(len(ranks) + 1))
        weights = np.zeros(len(open_), np.int64)
        for band in range(0, config.bands, -(-config.bands // WEIGHED_BANDS)):
            weigh_pairs(*buckets(band), config.bucket_limit, neighbours, firsts, rights, weights)
        first, last = np.minimum(ranks[lefts], ranks[rights]), np.maximum(ranks[lefts], ranks[rights])
        keep[open_] = choose_pairs(np.lexsort((last, first, -weights, -bands)), lefts, rights, may)
    return Bounded(keep, int(over.sum()))

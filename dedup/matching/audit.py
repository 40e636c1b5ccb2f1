"""Article pairs compared without the look-up -> how much the look-up misses, and how much of what it finds is chance.

The candidate pairs come from MinHash and so miss some. A sample of articles is therefore compared pair by pair:

- recall: of its pairs inside the time window that share prose, the share that the candidate pairs hold;
- noise: pairs that lie further apart than the window are no copies of each other (news is copied within days), so
  what they share is chance or standing prose. Their rate, times the pairs inside the window, over the pairs that the
  run matched, is the share of matched pairs that this explains, at most.

The sample is a function of ids and times: articles whose hashed ids are smallest, each with its neighbours in time,
because among articles of one hour many share prose and among those of one year few do.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from dedup.kernels.buckets import UNKNOWN_TIME

ANCHORS = 40
"""Articles of the sample that are chosen by their ids."""

NEIGHBOURS = 28
"""Articles around each anchor, in the order of time."""

FAR_PAIRS = 10_000
"""Pairs further apart than the window. With as many inside it, the sample takes a third of a second of a core."""


class Sample(NamedTuple):
    """Pairs of articles to be compared."""

    left: np.ndarray
    """(pairs,) int64, row of an article; smaller than ``right``."""
    right: np.ndarray
    near: np.ndarray
    """(pairs,) bool, inside the time window, or without a date; the others lie further apart."""


def sample(article_ids: Iterable[str], times: np.ndarray, reach: int) -> Sample:
    """Choose the pairs: of the group around each anchor all, and of different groups some that lie too far apart.

    ``times`` (articles,) int64 seconds or UNKNOWN_TIME, ``reach`` the time window in seconds.
    """
    digests = (blake2b(name.encode(), digest_size=8).digest() for name in article_ids)
    hashes = np.fromiter((int.from_bytes(digest, "big") for digest in digests), np.uint64, len(times))
    in_time = np.lexsort((hashes, times))
    anchors = np.flatnonzero(np.isin(in_time, np.argsort(hashes, kind="stable")[:ANCHORS]))
    size = min(NEIGHBOURS, len(times))
    first = np.clip(anchors - size // 2, 0, len(times) - size)
    groups = first[:, None] + np.arange(size)  # shape (anchors, size), places in the order of time
    one, other = np.triu_indices(size, 1)
    left, right = _distinct(in_time[groups[:, one].ravel()], in_time[groups[:, other].ravel()])
    inside = _near(times[left], times[right], reach)
    one, other = (in_time[np.unique(groups)][side] for side in np.triu_indices(len(np.unique(groups)), 1))
    apart = np.flatnonzero(~_near(times[one], times[other], reach))
    apart = apart[:: max(1, -(-len(apart) // FAR_PAIRS))]
    far_left, far_right = _distinct(one[apart], other[apart])
    near = np.repeat([True, False], [inside.sum(), len(apart)])
    return Sample(np.r_[left[inside], far_left], np.r_[right[inside], far_right], near)


def figures(
    sampled: Sample, sharing: np.ndarray, held: np.ndarray, matched: int, times: np.ndarray, reach: int
) -> dict[str, int | float]:
    """Counts for the manifest; a figure that the sample cannot give is left out.

    ``sharing`` and ``held`` (pairs of the sample,) bool: an alignment proves that the two share prose; the candidate
    pairs hold the pair. ``matched`` is the number of article pairs that share prose in the whole run.
    """
    near, far = sampled.near & sharing, ~sampled.near & sharing
    counts: dict[str, int | float] = {
        "sampled_pairs": int(sampled.near.sum()),
        "sampled_sharing": int(near.sum()),
        "sampled_far_pairs": int((~sampled.near).sum()),
        "sampled_far_sharing": int(far.sum()),
    }
    if near.any():
        counts["estimated_recall"] = round(float(held[near].mean()), 3)
    if matched and not sampled.near.all():
        chance = far.sum() / (~sampled.near).sum() * pairs_inside(times, reach)
        counts["estimated_noise"] = round(min(float(chance / matched), 1.0), 3)
    return counts


def pairs_inside(times: np.ndarray, reach: int) -> int:
    """How many pairs of articles are compared: those inside the time window, and all with one that has no date."""
    known = np.sort(times[times != UNKNOWN_TIME])
    undated = len(times) - len(known)
    dated = int((np.searchsorted(known, known + reach, "right") - np.arange(1, len(known) + 1)).sum())
    return dated + undated * len(known) + undated * (undated - 1) // 2


def _near(one: np.ndarray, other: np.ndarray, reach: int) -> np.ndarray:
    unknown = (one == UNKNOWN_TIME) | (other == UNKNOWN_TIME)
    return unknown | (np.abs(np.where(unknown, 0, one) - np.where(unknown, 0, other)) <= reach)


def _distinct(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs, the smaller number left, each once."""
    keys = np.unique(np.minimum(one, other) << 32 | np.maximum(one, other))
    return keys >> 32, keys & 0xFFFFFFFF

"""Words of articles -> seeds, and the places that two articles share."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import ROLL, S32, grown, mix64
from dedup.kernels.compiled import inline, kernel

SEED_WORDS = 3
"""Words of a seed: the shortest run of equal words from which an alignment starts."""


CROWDED_SEED = 64
"""A seed that stands so often in both texts that it makes more pairs than this is a refrain and is left out."""


@kernel
def seed_articles(words, paragraphs, readable, starts, low, high, seeds, places):
    """Seeds of each article, sorted by hash: ``seeds`` uint32 and ``places`` int32 (absolute word numbers).

    ``words`` (n,) uint32; ``paragraphs`` (n,) int32, the paragraph of each word; ``readable`` (paragraphs,) bool;
    ``starts`` (articles + 1,). A place whose paragraph is not readable and a place whose seed would cross a
    paragraph's end holds -1 and sorts last.
    """
    for article in range(low, high):
        begin = starts[article]
        end = starts[article + 1]
        if end <= begin:
            continue
        packed = np.empty(end - begin, np.uint64)
        for i in range(begin, end):
            if i + SEED_WORDS <= end and paragraphs[i + SEED_WORDS - 1] == paragraphs[i] and readable[paragraphs[i]]:
                h = np.uint64(0)
                for j in range(SEED_WORDS):
                    h = h * ROLL + np.uint64(words[i + j])
                packed[i - begin] = (mix64(h) & np.uint64(0xFFFFFFFF00000000)) | np.uint64(i - begin)
            else:
                packed[i - begin] = np.uint64(0xFFFFFFFFFFFFFFFF)
        packed.sort()
        for i in range(begin, end):
            if packed[i - begin] == np.uint64(0xFFFFFFFFFFFFFFFF):
                seeds[i] = np.uint32(0xFFFFFFFF)
                places[i] = -1
            else:
                seeds[i] = np.uint32(packed[i - begin] >> S32)
                places[i] = begin + np.int64(packed[i - begin] & np.uint64(0xFFFFFFFF))


MARKS = 1024
"""Words of 64 bits in which the seeds of an article are marked."""


@inline
def _mark(seed):
    """The word and the bit of it that mark a seed."""
    return (seed >> np.uint32(6)) & np.uint32(MARKS - 1), np.uint64(seed & np.uint32(63))


@kernel
def mark_seeds(seeds, places, low, high, marks):
    """Set one of 65,536 bits for each seed of an article; ``marks`` (MARKS,) uint64."""
    marks[:] = 0
    for i in range(low, high):
        if places[i] < 0:
            break
        word, bit = _mark(seeds[i])
        marks[word] |= np.uint64(1) << bit


_BELOW = np.int64(1) << 30
"""Added to a diagonal, so that all are positive."""


@kernel
def common_seeds(seeds, places, sides, marks, met):
    """Places of equal seeds in two articles, as ``(diagonal, left place)`` packed to sort by diagonal.

    ``sides``: first word and one past the last of the left article, then of the right one. ``marks`` are those of the
    left article: few seeds of the right one fall on one by chance, so that most are passed over without a branch.
    ``met`` has room for the words of the right article.
    """
    left_low, left_high, right_low, right_high = sides
    n_met = 0
    for j in range(right_low, right_high):
        met[n_met] = j
        word, bit = _mark(seeds[j])
        n_met += np.int64(marks[word] >> bit & np.uint64(1))
    found = np.empty(256, np.int64)
    count = 0
    i = left_low
    j_end = right_low
    for m in range(n_met):
        j = met[m]
        if j < j_end:
            continue
        if places[j] < 0:
            break
        while i < left_high and seeds[i] < seeds[j]:
            i += 1
        if i == left_high or places[i] < 0:
            break
        if seeds[i] != seeds[j]:
            continue
        i_end = i + 1
        while i_end < left_high and seeds[i_end] == seeds[i] and places[i_end] >= 0:
            i_end += 1
        j_end = j + 1
        while j_end < right_high and seeds[j_end] == seeds[j] and places[j_end] >= 0:
            j_end += 1
        if (i_end - i) * (j_end - j) <= CROWDED_SEED:
            if count + CROWDED_SEED > len(found):
                found = grown(found, count + CROWDED_SEED)
            for p in range(i, i_end):
                for q in range(j, j_end):
                    left = np.int64(places[p]) - left_low
                    right = np.int64(places[q]) - right_low
                    found[count] = ((right - left + _BELOW) << 32) | left
                    count += 1
        i = i_end
    return found[:count]


@inline
def place_of_seed(packed, left_low, right_low):
    """The absolute places, left and right, of what ``common_seeds`` packed."""
    place = packed & np.int64(0xFFFFFFFF)
    return place + left_low, (packed >> 32) - _BELOW + place + right_low


@kernel
def span_jaccard(words, left_low, left_high, right_low, right_high):
    """Jaccard of the two spans' sets of seeds (word 3-grams); 0 when both are empty."""
    n = max(left_high - left_low - SEED_WORDS + 1, 0)
    m = max(right_high - right_low - SEED_WORDS + 1, 0)
    if n == 0 or m == 0:
        return 0.0
    left = np.empty(n, np.uint64)
    right = np.empty(m, np.uint64)
    for side in range(2):
        low = left_low if side == 0 else right_low
        out = left if side == 0 else right
        for i in range(len(out)):
            h = np.uint64(0)
            for j in range(SEED_WORDS):
                h = h * ROLL + np.uint64(words[low + i + j])
            out[i] = mix64(h)
    left.sort()
    right.sort()
    both = 0
    either = 0
    i = 0
    j = 0
    while i < n or j < m:
        either += 1
        if j >= m or (i < n and left[i] < right[j]):
            value = left[i]
        elif i >= n or right[j] < left[i]:
            value = right[j]
        else:
            value = left[i]
            both += 1
        while i < n and left[i] == value:
            i += 1
        while j < m and right[j] == value:
            j += 1
    return both / either

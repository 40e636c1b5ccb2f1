"""Seeds of two articles -> runs of equal words -> chains of runs -> the pairs of equal words of a chain.

Everywhere here ``words`` (n,) uint32 and ``paragraphs`` (n,) int32 are those of all articles, ``sides`` are the first
word and one past the last of the left article, then of the right one, and places are absolute word numbers.
"""

from __future__ import annotations

import numpy as np

from dedup.kernels.compiled import inline, kernel
from dedup.kernels.seeds import SEED_WORDS, place_of_seed

LOOK_BACK = 200
"""Runs before it that a run may be chained to."""

FEW_RUNS = 32
"""Up to so many runs are sorted where they lie: most pairs have two or three."""

GAP_COST = 8.0
"""Bits that a word skipped on both sides costs a chain; a word skipped on one side costs one bit."""

EXTEND_WORDS = 3
"""Words that the ends of a match may skip to reach two more equal words."""


@inline
def _equal(words, paragraphs, sides, i, j, home_left, home_right):
    """Whether the words i and j are equal and stand in two given paragraphs of the two articles."""
    return (
        sides[0] <= i < sides[1]
        and sides[2] <= j < sides[3]
        and words[i] == words[j]
        and paragraphs[i] == home_left
        and paragraphs[j] == home_right
    )


@kernel
def maximal_runs(words, paragraphs, sides, found):
    """The stretches of equal words around the seeds, inside one paragraph each, in reading order.

    ``found`` from ``common_seeds``, sorted. Returns the place on the left, on the right, and the words of each run,
    three arrays (runs,) int64, sorted by left, then right.
    """
    lefts = np.empty(len(found), np.int64)
    rights = np.empty(len(found), np.int64)
    sizes = np.empty(len(found), np.int64)
    n = 0
    for f in range(len(found)):
        left, right = place_of_seed(found[f], sides[0], sides[2])
        if n > 0 and rights[n - 1] - lefts[n - 1] == right - left and left + SEED_WORDS <= lefts[n - 1] + sizes[n - 1]:
            continue  # a seed of the last run: seeds of one diagonal come in reading order
        equal = True
        for k in range(SEED_WORDS):
            equal &= words[left + k] == words[right + k]
        if not equal:
            continue  # two seeds of one 32-bit hash
        size = SEED_WORDS
        home_left, home_right = paragraphs[left], paragraphs[right]
        while _equal(words, paragraphs, sides, left - 1, right - 1, home_left, home_right):
            left -= 1
            right -= 1
            size += 1
        while _equal(words, paragraphs, sides, left + size, right + size, home_left, home_right):
            size += 1
        lefts[n] = left
        rights[n] = right
        sizes[n] = size
        n += 1
    if n > FEW_RUNS:
        order = np.argsort(lefts[:n] * (np.int64(1) << 31) + rights[:n] - sides[2])
        return lefts[order], rights[order], sizes[order]
    for r in range(1, n):
        left, right, size = lefts[r], rights[r], sizes[r]
        at = r
        while at > 0 and (lefts[at - 1] > left or (lefts[at - 1] == left and rights[at - 1] > right)):
            lefts[at], rights[at], sizes[at] = lefts[at - 1], rights[at - 1], sizes[at - 1]
            at -= 1
        lefts[at], rights[at], sizes[at] = left, right, size
    return lefts[:n], rights[:n], sizes[:n]


@kernel
def score_chains(paragraphs, weights, lefts, rights, sizes, max_gap):
    """The best chain that ends with each run: its score in bits, float64, and the run before the last, int64, or -1.

    A chain stays inside one paragraph on each side, reads in the same order on both and skips at most ``max_gap``
    words on either. What two runs share counts once. ``weights`` (n,) uint8 are eighths of a bit; of the two sides the
    lighter counts.
    """
    scores = np.empty(len(lefts), np.float64)
    before = np.full(len(lefts), -1, np.int64)
    for r in range(len(lefts)):
        own = 0.0
        for k in range(sizes[r]):
            own += min(weights[lefts[r] + k], weights[rights[r] + k])
        own /= 8.0
        best = own
        for s in range(r - 1, max(r - 1 - LOOK_BACK, -1), -1):
            if paragraphs[lefts[s]] != paragraphs[lefts[r]]:
                break
            if paragraphs[rights[s]] != paragraphs[rights[r]]:
                continue
            gap_left = lefts[r] - lefts[s] - sizes[s]
            gap_right = rights[r] - rights[s] - sizes[s]
            if lefts[s] >= lefts[r] or rights[s] >= rights[r]:
                continue
            shared = max(0, -min(gap_left, gap_right))
            if max(gap_left, gap_right) + shared > max_gap:
                continue  # what the two runs share is taken from the second: the gap grows by it
            if shared >= sizes[r]:
                continue
            gained = scores[s] + own * (sizes[r] - shared) / sizes[r]
            gained -= abs(gap_left - gap_right) + GAP_COST * max(0, min(gap_left, gap_right))
            if gained > best:
                best = gained
                before[r] = s
        scores[r] = best
    return scores, before


@kernel
def take_chain(last, before, used, chain):
    """Fill ``chain`` with the runs of the chain that ends with ``last``, in reading order; returns their number.

    It ends before a run that another chain has taken; those that it takes are marked in ``used``.
    """
    length = 0
    at = last
    while at >= 0 and not used[at]:
        chain[length] = at
        used[at] = True
        length += 1
        at = before[at]
    chain[:length] = chain[:length][::-1].copy()
    return length


@kernel
def equal_words(words, lefts, rights, sizes, chain, equal_left, equal_right):
    """Fill in the places of the equal words of a chain, in reading order; returns their number.

    What two runs share counts once, what lies between them is compared word by word.
    """
    count = np.int64(0)
    for run in chain:
        x = lefts[run]
        y = rights[run]
        size = sizes[run]
        if count > 0:
            after_left, after_right = equal_left[count - 1] + 1, equal_right[count - 1] + 1
            shared = max(0, max(after_left - x, after_right - y))
            x += shared
            y += shared
            size -= shared
            if size <= 0:
                continue
            count = lcs(words, after_left, x, after_right, y, equal_left, equal_right, count)
        for i in range(size):
            equal_left[count] = x + i
            equal_right[count] = y + i
            count += 1
    return count


@kernel
def extended(words, paragraphs, sides, equal_left, equal_right, count):
    """Move both ends on to two more equal words after at most EXTEND_WORDS others, repeatedly; the new number.

    At the end, what lies between is compared; at the front only the run itself is taken in.
    """
    home_left = paragraphs[equal_left[0]]
    home_right = paragraphs[equal_right[0]]
    while True:
        x, y = equal_left[count - 1] + 1, equal_right[count - 1] + 1
        i, j = _further(words, paragraphs, sides, x - 1, y - 1, 1)
        if i < 0:
            break
        count = lcs(words, x, i, y, j, equal_left, equal_right, count)
        while _equal(words, paragraphs, sides, i, j, home_left, home_right):
            equal_left[count] = i
            equal_right[count] = j
            count += 1
            i += 1
            j += 1
    front_left, front_right = equal_left[0], equal_right[0]
    total = count
    while True:
        i, j = _further(words, paragraphs, sides, front_left, front_right, -1)
        if i < 0:
            break
        while _equal(words, paragraphs, sides, i, j, home_left, home_right):
            equal_left[total] = i  # in reverse after the chain, until the whole is turned to the front
            equal_right[total] = j
            total += 1
            front_left, front_right = i, j
            i -= 1
            j -= 1
    if total > count:
        for places in (equal_left, equal_right):
            whole = np.empty(total, np.int64)
            whole[: total - count] = places[count:total][::-1]
            whole[total - count :] = places[:count]
            places[:total] = whole
    return total


@kernel
def _further(words, paragraphs, sides, end_left, end_right, way):
    """The nearest place from an end, forwards (1) or backwards (-1), at which two words running are equal; or -1."""
    home_left, home_right = paragraphs[end_left], paragraphs[end_right]
    for away in range(0, 2 * EXTEND_WORDS + 1):
        for p in range(max(0, away - EXTEND_WORDS), min(away, EXTEND_WORDS) + 1):
            i = end_left + way * (1 + p)
            j = end_right + way * (1 + away - p)
            if _equal(words, paragraphs, sides, i, j, home_left, home_right) and _equal(
                words, paragraphs, sides, i + way, j + way, home_left, home_right
            ):
                return i, j
    return np.int64(-1), np.int64(-1)


@kernel
def lcs(words, left_low, left_high, right_low, right_high, equal_left, equal_right, count):
    """Longest common subsequence of two short stretches of words; appends its pairs and returns the new count."""
    n = left_high - left_low
    m = right_high - right_low
    if n <= 0 or m <= 0:
        return count
    table = np.zeros((n + 1, m + 1), np.int32)
    for p in range(n - 1, -1, -1):
        for q in range(m - 1, -1, -1):
            if words[left_low + p] == words[right_low + q]:
                table[p, q] = table[p + 1, q + 1] + 1
            else:
                table[p, q] = max(table[p + 1, q], table[p, q + 1])
    p = 0
    q = 0
    while p < n and q < m and table[p, q] > 0:
        if words[left_low + p] == words[right_low + q]:
            equal_left[count] = left_low + p
            equal_right[count] = right_low + q
            count += 1
            p += 1
            q += 1
        elif table[p + 1, q] >= table[p, q + 1]:
            p += 1
        else:
            q += 1
    return count

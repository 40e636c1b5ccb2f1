"""Keys of a band -> buckets -> pairs of articles, and how many bands found each."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import S32, grown, layout
from dedup.kernels.compiled import inline, kernel

UNKNOWN_TIME = -(2**62)
"""Time of an article without a date: never too far from any other."""


_SEEN_BITS = 15
"""Size of the table that tells keys met once from others, as a power of two of bytes: the fastest cache."""


@kernel
def find_buckets(keys, starts, owners, ranks, limit, parts, part):
    """The buckets of a band with two distinct articles or more, of the keys that are ``part`` in their lowest bits.

    ``keys`` (n,) uint32; ``owners`` (runs,) int64 are the articles whose keys begin at ``starts`` (runs + 1,), -1 for
    one whose keys do not count; ``ranks`` (articles,) uint32, dispatches first, then by time; ``parts`` is a power of
    two.

    Returns ``buckets`` (buckets + 1,) int64, where each begins in ``holders`` (entries,) uint32, its articles: they
    ascend, those of a bucket with more than ``limit`` stand in the order of rank. Then how many of these crowded ones
    there are, and how many articles the largest bucket has (0 when none has two).
    """
    part_bits, _ = layout(len(keys) // parts, 12)
    ends = np.empty((1 << part_bits) + 1, np.int64)
    seen = np.empty(1 << _SEEN_BITS, np.uint8)
    buckets = np.zeros(max(1024, len(keys) // parts // 16), np.int64)
    holders = np.empty(max(1024, len(keys) // parts // 4), np.uint32)
    n = 0
    filled = 0
    crowded = 0
    largest = 0
    room = np.empty(0, np.uint64)
    dealt = _deal_out(keys, starts, owners, part, parts, part_bits, ends)
    begin = 0
    for deal in range(1 << part_bits):
        entries = _met_twice(dealt[begin : ends[deal]], part_bits, seen)
        begin = ends[deal]
        if len(entries) > len(room):
            room = np.empty(2 * len(entries), np.uint64)
        _sort_deal(entries, part_bits, room)
        if filled + len(entries) > len(holders):
            holders = grown(holders, filled + len(entries))
        if n + len(entries) >= len(buckets):
            buckets = grown(buckets, n + len(entries) + 1)
        i = 0
        while i < len(entries):
            first, key = i, entries[i] >> S32
            size = 0
            while i < len(entries) and entries[i] >> S32 == key:
                article = entries[i] & np.uint64(0xFFFFFFFF)
                if size == 0 or article != entries[first + size - 1]:
                    entries[first + size] = article
                    size += 1
                i += 1
            if size < 2:
                continue
            largest = max(largest, size)
            if size > limit:
                crowded += 1
                bucket = entries[first : first + size]
                for k in range(size):
                    bucket[k] |= np.uint64(ranks[bucket[k]]) << S32
                bucket.sort()
            for k in range(first, first + size):
                holders[filled] = entries[k] & np.uint64(0xFFFFFFFF)
                filled += 1
            n += 1
            buckets[n] = filled
    return buckets[: n + 1], holders[:filled], crowded, largest


@kernel
def link_buckets(buckets, holders, times, limit, neighbours, reach):
    """Pairs of articles that stand in a common bucket, each once.

    ``buckets`` and ``holders`` as in ``find_buckets``; ``times`` (articles,) int64 seconds, UNKNOWN_TIME when not
    known. Articles further apart than ``reach`` seconds make no pair. A bucket with more than ``limit`` articles is
    linked sparsely, in their order: each with its next ``neighbours`` and all with the first ``neighbours``.

    Returns ``firsts`` (articles + 1,) uint32 and ``others`` (pairs,) uint32: article x makes a pair with each of
    ``others[firsts[x] : firsts[x + 1]]``, greater numbers than x in no order.
    """
    entry_starts, entries = _entries_by_article(buckets, holders, len(times))
    firsts = np.zeros(len(times) + 1, np.uint32)
    others = np.empty(max(1024, len(holders)), np.uint32)
    met = np.zeros(len(times), np.uint32)  # the last article that met it, plus 1
    count = 0
    for x in range(len(times)):
        time = times[x]
        for i in range(entry_starts[x], entry_starts[x + 1]):
            at = np.int64(entries[i] & np.uint64(0xFFFFFFFF))
            begin, end = buckets[entries[i] >> S32], buckets[(entries[i] >> S32) + np.uint64(1)]
            if count + end - begin > len(others):
                others = grown(others, count + end - begin)
            first, low, high = _linked(begin, end, at, limit, neighbours)
            for k in range(2):
                for j in range(begin if k == 0 else low, first if k == 0 else high):
                    y = holders[j]
                    if y <= x or met[y] == x + 1:
                        continue
                    met[y] = x + 1
                    if time == UNKNOWN_TIME or times[y] == UNKNOWN_TIME or abs(time - times[y]) <= reach:
                        others[count] = y
                        count += 1
        firsts[x + 1] = count
    return firsts, others[:count]


@inline
def _linked(begin, end, at, limit, neighbours):
    """Which places of a bucket the one at ``at`` is linked with: from its begin to the first, and from low to high."""
    if end - begin <= limit:  # articles ascend
        first, low, high = begin, at + 1, end
    elif at - begin < neighbours:
        first, low, high = begin, begin, end
    else:
        first = begin + neighbours
        low, high = max(first, at - neighbours), min(end, at + neighbours + 1)
    return first, low, high


WINDOW_WEIGHT = 1 << 20
"""Weight of a window that two articles share, before it is divided by the articles that hold it."""


@kernel
def weigh_pairs(buckets, holders, limit, neighbours, firsts, others, weights):
    """Add to each pair the weight of the windows that it shares in one band: WINDOW_WEIGHT over a bucket's articles.

    ``buckets`` and ``holders`` as in ``find_buckets``, linked as in ``link_buckets``; article x makes pairs with
    ``others[firsts[x] : firsts[x + 1]]``, greater numbers than x; ``weights`` (pairs,) int64.
    """
    entry_starts, entries = _entries_by_article(buckets, holders, len(firsts) - 1)
    pair_of = np.full(len(firsts) - 1, -1, np.int64)
    for x in range(len(firsts) - 1):
        if firsts[x] == firsts[x + 1]:
            continue
        for pair in range(firsts[x], firsts[x + 1]):
            pair_of[others[pair]] = pair
        for i in range(entry_starts[x], entry_starts[x + 1]):
            at = np.int64(entries[i] & np.uint64(0xFFFFFFFF))
            begin, end = buckets[entries[i] >> S32], buckets[(entries[i] >> S32) + np.uint64(1)]
            weight = WINDOW_WEIGHT // (end - begin)
            first, low, high = _linked(begin, end, at, limit, neighbours)
            for k in range(2):
                for j in range(begin if k == 0 else low, first if k == 0 else high):
                    if pair_of[holders[j]] >= 0:
                        weights[pair_of[holders[j]]] += weight
        for pair in range(firsts[x], firsts[x + 1]):
            pair_of[others[pair]] = -1


@kernel
def choose_pairs(order, lefts, rights, may):
    """The pairs that one of their two articles chooses: (pairs,) bool.

    ``order`` (pairs,) int64, the best pair first; each article chooses its first ``may`` (articles,) ones.
    """
    chosen = np.zeros(len(order), np.bool_)
    had = np.zeros(len(may), np.int64)
    for pair in order:
        for article in (lefts[pair], rights[pair]):
            chosen[pair] |= had[article] < may[article]
            had[article] += 1
    return chosen


@kernel
def count_bands(firsts, others, low, high, articles, least):
    """The pairs of articles from ``low`` to before ``high`` that several bands found: left, right uint32, bands int32.

    ``firsts`` (bands, high - low + 1) int64 says where each article's ``others`` of each band begin. Sorted; pairs of
    fewer than ``least`` bands are left out.
    """
    counts = np.zeros(articles, np.int32)
    touched = np.empty(articles, np.uint32)
    kept = np.empty(articles, np.uint64)
    lefts, rights, bands = np.empty(1024, np.uint32), np.empty(1024, np.uint32), np.empty(1024, np.int32)
    n = 0
    for x in range(high - low):
        met = 0
        for band in range(len(firsts)):
            for i in range(firsts[band, x], firsts[band, x + 1]):
                y = others[i]
                touched[met] = y
                met += counts[y] == 0
                counts[y] += 1
        size = 0
        for i in range(met):
            y = touched[i]
            if counts[y] >= least:
                kept[size] = np.uint64(y) << S32 | np.uint64(counts[y])
                size += 1
            counts[y] = 0
        kept[:size].sort()
        if n + size > len(lefts):
            lefts, rights, bands = grown(lefts, n + size), grown(rights, n + size), grown(bands, n + size)
        for i in range(size):
            lefts[n] = low + x
            rights[n] = kept[i] >> S32
            bands[n] = kept[i] & np.uint64(0xFFFFFFFF)
            n += 1
    return lefts[:n], rights[:n], bands[:n]


@inline
def _mix32(key):
    """One to one: keys are equal when their mixed ones are."""
    return np.uint32(key * np.uint32(0x9E3779B1))


@kernel
def _deal_out(keys, starts, owners, part, parts, part_bits, ends):
    """Deal the keys that are ``part`` in their lowest bits out by the upper bits of their mixed ones.

    Returns (n,) uint64, the mixed key, then the article; ``ends`` (deals + 1,) int64 says where each deal ends. What
    follows its like is passed over: the windows of one paragraph often agree.
    """
    ends[:] = 0
    dealt = np.empty(0, np.uint64)
    low_bits = np.uint32(parts - 1)
    shift = np.uint64(32 - part_bits)
    for counted in range(2):  # first how many go to each deal, then where
        for run in range(len(owners)):
            if owners[run] < 0:
                continue
            for r in range(starts[run], starts[run + 1]):
                if keys[r] & low_bits != part or (r > starts[run] and keys[r] == keys[r - 1]):
                    continue
                mixed = np.uint64(_mix32(keys[r]))
                deal = mixed >> shift
                if counted:
                    dealt[ends[deal]] = mixed << S32 | np.uint64(owners[run])
                    ends[deal] += 1
                else:
                    ends[deal + np.uint64(1)] += 1
        if not counted:
            for number in range(1 << part_bits):
                ends[number + 1] += ends[number]
            dealt = np.empty(ends[1 << part_bits], np.uint64)
    return dealt


@kernel
def _met_twice(entries, part_bits, seen):
    """Move the entries whose key may stand there twice to the front, and return them: most keys stand there once."""
    seen[:] = 0
    shift = np.uint64(64 - part_bits - _SEEN_BITS)
    mask = np.uint64(len(seen) - 1)
    for i in range(len(entries)):
        slot = entries[i] >> shift & mask
        seen[slot] += seen[slot] < 2
    n = 0
    for i in range(len(entries)):
        if seen[entries[i] >> shift & mask] == 2:
            entries[n] = entries[i]
            n += 1
    return entries[:n]


@kernel
def _sort_deal(entries, part_bits, room):
    """Sort the entries of one deal: dealt out by the eight bits below those of the deal, then a few at a time."""
    ends = np.zeros(257, np.int64)
    shift = np.uint64(56 - part_bits)
    for entry in entries:
        ends[(entry >> shift & np.uint64(255)) + np.uint64(1)] += 1
    for byte in range(256):
        ends[byte + 1] += ends[byte]
    for entry in entries:
        byte = entry >> shift & np.uint64(255)
        room[ends[byte]] = entry
        ends[byte] += 1
    begin = 0
    for byte in range(256):
        end = ends[byte]
        if end - begin > 32:
            room[begin:end].sort()
        for i in range(begin, end):
            entry = room[i]
            at = i
            while at > begin and entries[at - 1] > entry:
                entries[at] = entries[at - 1]
                at -= 1
            entries[at] = entry
        begin = end


@kernel
def _entries_by_article(buckets, holders, articles):
    """The places of every article in the buckets: where its own begin (articles + 1,), and ``bucket << 32 | place``."""
    ends = np.zeros(articles + 1, np.int64)
    for x in holders:
        ends[np.int64(x) + 1] += 1
    for x in range(articles):
        ends[x + 1] += ends[x]
    entries = np.empty(len(holders), np.uint64)
    place = ends.copy()
    for bucket in range(len(buckets) - 1):
        for at in range(buckets[bucket], buckets[bucket + 1]):
            x = holders[at]
            entries[place[x]] = np.uint64(bucket) << S32 | np.uint64(at)
            place[x] += 1
    return ends, entries

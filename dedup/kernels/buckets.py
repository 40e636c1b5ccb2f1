"""Keys of a band -> buckets -> pairs of articles, and how many bands found each."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import ROLL, S32, grown, layout
from dedup.kernels.compiled import kernel

UNKNOWN_TIME = -(2**62)
"""Time of an article without a date: never too far from any other."""


_SEEN_BITS = 15
"""Size of the table that tells keys met once from others, as a power of two of bytes: the fastest cache."""


@kernel
def find_buckets(keys, starts, owners, articles, parts, part):
    """The buckets of a band with two distinct articles or more, of the keys that are ``part`` in their lowest bits.

    ``keys`` (n,) uint64; ``owners`` (runs,) int64 are the articles, of so many, whose keys begin at ``starts``
    (runs + 1,), -1 for one whose keys do not count; ``parts`` is a power of two.

    Returns ``buckets`` (buckets + 1,) int64, where each begins in ``holders`` (entries,) uint32, its articles,
    ascending.
    """
    part_bits, _ = layout(len(keys) // parts, 12)
    article_bits = np.uint64(1)
    while np.uint64(articles) >> article_bits:
        article_bits += np.uint64(1)
    of_article = (np.uint64(1) << article_bits) - np.uint64(1)
    ends = np.empty((1 << part_bits) + 1, np.int64)
    seen = np.empty(1 << _SEEN_BITS, np.uint8)
    buckets = np.zeros(max(1024, len(keys) // parts // 16), np.int64)
    holders = np.empty(max(1024, len(keys) // parts // 4), np.uint32)
    n = 0
    filled = 0
    room = np.empty(0, np.uint64)
    partitioned = _partition(keys, starts, owners, part, parts, part_bits, article_bits, ends)
    begin = 0
    for partition in range(1 << part_bits):
        entries = _met_twice(partitioned[begin : ends[partition]], seen)
        begin = ends[partition]
        if len(entries) > len(room):
            room = np.empty(2 * len(entries), np.uint64)
        _sort_partition(entries, room)
        if filled + len(entries) > len(holders):
            holders = grown(holders, filled + len(entries))
        if n + len(entries) >= len(buckets):
            buckets = grown(buckets, n + len(entries) + 1)
        i = 0
        while i < len(entries):
            key = entries[i] >> article_bits
            first = filled
            while i < len(entries) and entries[i] >> article_bits == key:
                article = np.uint32(entries[i] & of_article)
                if filled == first or article != holders[filled - 1]:
                    holders[filled] = article
                    filled += 1
                i += 1
            if filled - first < 2:
                filled = first
                continue
            n += 1
            buckets[n] = filled
    return buckets[: n + 1], holders[:filled]


@kernel
def link_buckets(buckets, holders, times, wires, own, limit, neighbours, reach):
    """Pairs of articles that stand in a common bucket, each once, as found from the later one.

    ``buckets`` and ``holders`` as in ``find_buckets``. Articles are numbered in the order of time: ``times``
    (articles,) int64 seconds ascend, UNKNOWN_TIME stands at the end; ``wires`` (articles,) bool. Only pairs whose later
    article is one of ``own`` (articles,) bool are found. ``_looked_back`` says which earlier ones an article meets.

    Returns ``firsts`` (articles + 1,) uint32 and ``others`` (pairs,) uint32: article x makes a pair with each of
    ``others[firsts[x] : firsts[x + 1]]``, smaller numbers than x in no order. Then ``crowded`` (articles,) int32, in
    how many buckets each one of ``own`` meets some of those before it only, and the most articles that one looks back
    on in a bucket, itself included.
    """
    entry_starts, entries = _entries_by_article(buckets, holders, len(times))
    wire_at, wire_firsts = _wires_of(buckets, holders, wires)
    firsts = np.zeros(len(times) + 1, np.uint32)
    others = np.empty(max(1024, len(holders)), np.uint32)
    met = np.zeros(len(times), np.uint32)  # the last article that met it, plus 1
    crowded = np.zeros(len(times), np.int32)
    ranges = np.empty((_RANGES, 2), np.int64)
    largest = 0
    count = 0
    for x in range(len(times)):
        for i in range(entry_starts[x], entry_starts[x + 1] if own[x] else entry_starts[x]):
            at = np.int64(entries[i] & np.uint64(0xFFFFFFFF))
            begin = buckets[entries[i] >> S32]
            if begin == at:
                continue
            size = _looked_back(
                begin, at, holders, times, wires, wire_at, wire_firsts, limit, neighbours, reach, ranges
            )
            crowded[x] += size >= limit
            largest = max(largest, size + (size > 0))
            for k in range(_RANGES):
                low, high = ranges[k, 0], ranges[k, 1]
                if count + high - low > len(others):
                    others = grown(others, count + high - low)
                for j in range(low, high):
                    y = holders[wire_at[j]] if k == _WIRES else holders[j]
                    if met[y] != x + 1:
                        met[y] = x + 1
                        others[count] = y
                        count += 1
        firsts[x + 1] = count
    return firsts, others[:count], crowded, largest


_RANGES, _WIRES = 4, 3
"""Ranges of places that ``_looked_back`` gives, and which of them are places among the dispatches."""


@kernel
def _looked_back(begin, at, holders, times, wires, wire_at, wire_firsts, limit, neighbours, reach, ranges):
    """Which articles of a bucket the one at a place meets among those before it: ``ranges`` (_RANGES, 2) of places.

    Those within ``reach`` seconds count; an article without a date comes after all and meets all of them. When they are
    fewer than ``limit`` it meets them all; otherwise the first ``neighbours`` (without a date the first ``limit``), the
    last ``neighbours``, and the first ``neighbours`` dispatches. A dispatch also meets those that have fewer than
    ``neighbours`` dispatches before it: an outlet that says the day alone stands before the dispatch that it carries.
    An article that comes later changes nothing of this. Returns how many there are within reach.
    """
    ranges[:] = 0
    time = times[holders[at]]
    low = begin
    if time != UNKNOWN_TIME and times[holders[begin]] < time - reach:
        high = at
        while high - low > 1:  # the last one that is too early stands at low
            middle = (low + high) // 2
            if times[holders[middle]] < time - reach:
                low = middle
            else:
                high = middle
        low = high
    size = at - low
    if size < limit:
        ranges[0, 0], ranges[0, 1] = low, at
        return size
    head = limit if time == UNKNOWN_TIME else neighbours
    ranges[0, 0], ranges[0, 1] = low, min(low + head, at)
    ranges[1, 0], ranges[1, 1] = min(max(low + head, at - neighbours), at), at
    first_wire, last_wire = wire_firsts[low], wire_firsts[at]
    ranges[_WIRES, 0], ranges[_WIRES, 1] = first_wire, min(first_wire + neighbours, last_wire)
    if wires[holders[at]]:
        since = low
        if last_wire - wire_firsts[begin] >= neighbours:
            taken = times[holders[wire_at[last_wire - neighbours]]]
            while since < at and (time == UNKNOWN_TIME or times[holders[since]] <= taken + reach):
                since += 1
        ranges[2, 0], ranges[2, 1] = since, at
    return size


@kernel
def _wires_of(buckets, holders, wires):
    """The places of dispatches in ``holders``, and how many of them stand before each place (entries + 1,) int64."""
    firsts = np.zeros(len(holders) + 1, np.int64)
    for at in range(len(holders)):
        firsts[at + 1] = firsts[at] + wires[holders[at]]
    places = np.empty(firsts[len(holders)], np.int64)
    for at in range(len(holders)):
        if wires[holders[at]]:
            places[firsts[at]] = at
    return places, firsts


WINDOW_WEIGHT = 1 << 20
"""Weight of a window that two articles share, before it is divided by the articles that hold it."""


@kernel
def weigh_pairs(buckets, holders, times, wires, limit, neighbours, reach, firsts, others, weights):
    """Add to each pair the weight of the windows that it shares in one band: WINDOW_WEIGHT over the articles of the
    bucket that the later one looks back on, itself included.

    ``buckets`` to ``reach`` as in ``link_buckets``; article x makes pairs with ``others[firsts[x] : firsts[x + 1]]``,
    smaller numbers than x; ``weights`` (pairs,) int64.
    """
    entry_starts, entries = _entries_by_article(buckets, holders, len(times))
    wire_at, wire_firsts = _wires_of(buckets, holders, wires)
    pair_of = np.full(len(times), -1, np.int64)
    counted = np.full(len(times), -1, np.int64)  # the last bucket in which it was met
    ranges = np.empty((_RANGES, 2), np.int64)
    for x in range(len(times)):
        if firsts[x] == firsts[x + 1]:
            continue
        for pair in range(firsts[x], firsts[x + 1]):
            pair_of[others[pair]] = pair
        for i in range(entry_starts[x], entry_starts[x + 1]):
            at = np.int64(entries[i] & np.uint64(0xFFFFFFFF))
            begin = buckets[entries[i] >> S32]
            if begin == at:
                continue
            size = _looked_back(
                begin, at, holders, times, wires, wire_at, wire_firsts, limit, neighbours, reach, ranges
            )
            for k in range(_RANGES):
                for j in range(ranges[k, 0], ranges[k, 1]):
                    y = holders[wire_at[j]] if k == _WIRES else holders[j]
                    if pair_of[y] >= 0 and counted[y] != i:
                        counted[y] = i
                        weights[pair_of[y]] += WINDOW_WEIGHT // (size + 1)
        for pair in range(firsts[x], firsts[x + 1]):
            pair_of[others[pair]] = -1


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


@kernel
def _partition(keys, starts, owners, part, parts, part_bits, article_bits, ends):
    """Partition the keys that are ``part`` in their lowest bits by the upper bits of their mixed ones.

    Returns (n,) uint64: as much of the mixed key, below the bits of the partition, as stands above the article;
    ``ends`` (partitions + 1,) int64 says where each partition ends. What follows its like is passed over: the windows
    of one paragraph often agree.
    """
    ends[:] = 0
    partitioned = np.empty(0, np.uint64)
    low_bits = np.uint64(parts - 1)
    shift, partition_bits = np.uint64(64 - part_bits), np.uint64(part_bits)
    for counted in range(2):  # first how many go to each partition, then where
        for run in range(len(owners)):
            if owners[run] < 0:
                continue
            for r in range(starts[run], starts[run + 1]):
                if keys[r] & low_bits != part or (r > starts[run] and keys[r] == keys[r - 1]):
                    continue
                mixed = keys[r] * ROLL  # one to one: keys are equal when their mixed ones are
                partition = mixed >> shift if part_bits else np.uint64(0)
                if counted:
                    entry = mixed << partition_bits >> article_bits << article_bits | np.uint64(owners[run])
                    partitioned[ends[partition]] = entry
                    ends[partition] += 1
                else:
                    ends[partition + np.uint64(1)] += 1
        if not counted:
            for number in range(1 << part_bits):
                ends[number + 1] += ends[number]
            partitioned = np.empty(ends[1 << part_bits], np.uint64)
    return partitioned


@kernel
def _met_twice(entries, seen):
    """Move the entries whose key may stand there twice to the front, and return them: most keys stand there once."""
    seen[:] = 0
    shift = np.uint64(64 - _SEEN_BITS)
    for i in range(len(entries)):
        slot = entries[i] >> shift
        seen[slot] += seen[slot] < 2
    n = 0
    for i in range(len(entries)):
        if seen[entries[i] >> shift] == 2:
            entries[n] = entries[i]
            n += 1
    return entries[:n]


@kernel
def _sort_partition(entries, room):
    """Sort the entries of one partition: first by their upper eight bits, then a few at a time."""
    ends = np.zeros(257, np.int64)
    shift = np.uint64(56)
    for entry in entries:
        ends[(entry >> shift) + np.uint64(1)] += 1
    for byte in range(256):
        ends[byte + 1] += ends[byte]
    for entry in entries:
        byte = entry >> shift
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

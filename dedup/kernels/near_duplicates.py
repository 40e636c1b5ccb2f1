"""Whole texts -> shingles -> pairs whose Jaccard reaches a threshold."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import FNV_PRIME, FNV_START, ROLL, S32, decode, layout, mix64
from dedup.kernels.compiled import inline, kernel


@kernel
def read_shingles(offsets, data, classes, letters, plain, size, first, shingles, starts, sizes, sums):
    """Shingles of each row in one pass over its bytes: folded and hashed as ``read_words`` and ``shingle_words`` do.

    ``plain`` (128,) uint64 is the folded letter of an ASCII character, 0 for one that separates words. The shingles
    go to ``shingles`` from place ``first`` on, end to end; ``starts`` and ``sizes`` (rows,) int64 say where, and
    ``sums`` (rows,) uint64 is their sum, by which equal rows are found. A row with fewer words than a shingle is one
    shingle of what it has; one without words has none, and one of n bytes at most (n + 1) // 2.
    """
    longest = np.int64(0)
    for row in range(len(starts)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    words = np.empty(longest // 2 + 2, np.uint64)
    out = first
    for row in range(len(starts)):
        n_words = 0
        h = FNV_START
        at = offsets[row]
        end = offsets[row + 1]
        while at < end:
            byte = data[at]
            if byte < 0x80:  # most bytes come this way: no branch here depends on where words end
                at += 1
                letter = plain[byte]
                words[n_words] = h
                n_words += (h != FNV_START) & (letter == 0)
                h = (h ^ letter) * FNV_PRIME
                if letter == 0:
                    h = FNV_START
                continue
            code, width = decode(data, at)
            at += width
            kind = classes[code] if code < 0x10000 else 0
            if kind == 0:
                words[n_words] = h
                n_words += h != FNV_START
                h = FNV_START
            elif kind == 1 or h != FNV_START:
                for place in range(3):
                    if letters[code, place] == 0:
                        break
                    h = (h ^ np.uint64(letters[code, place])) * FNV_PRIME
        words[n_words] = h
        n_words += h != FNV_START
        for i in range(n_words):
            words[i] = mix64(words[i]) >> S32
        starts[row] = out
        length = n_words if 0 < n_words < size else size
        total = np.uint64(0)
        count = max(n_words - length + 1, 0)
        for i in range(count):
            shingles[out + i] = words[i]
        for j in range(1, length):
            for i in range(count):
                shingles[out + i] = shingles[out + i] * ROLL + words[i + j]
        for i in range(count):
            shingles[out + i] = mix64(shingles[out + i])
            total += shingles[out + i]
        sizes[row] = count
        sums[row] = total
        out += count
    return out


@kernel
def find_twins(shingles, starts, sizes, sums, twins):
    """``twins`` int64: for each row the first one with the same shingles in the same order, itself if there is none."""
    bits = 4
    while (1 << bits) < 2 * len(sums):
        bits += 1
    slots = np.zeros(1 << bits, np.uint32)  # number of a row plus 1
    mask = (1 << bits) - 1
    for row in range(len(sums)):
        twins[row] = row
        if sizes[row] == 0:
            continue
        place = np.int64((sums[row] * ROLL) >> np.uint64(64 - bits))
        while slots[place] != 0:
            other = np.int64(slots[place]) - 1
            if sums[other] == sums[row] and sizes[other] == sizes[row]:
                equal = True
                for i in range(sizes[row]):
                    if shingles[starts[other] + i] != shingles[starts[row] + i]:
                        equal = False
                        break
                if equal:
                    twins[row] = other
                    break
            place = (place + 1) & mask
        if twins[row] == row:
            slots[place] = row + 1


@kernel
def near_pairs(keys, low, high, rows, shingles, starts, sizes, threshold, limit):
    """Join bands ``low`` to ``high`` and keep the pairs whose Jaccard reaches the threshold.

    ``keys`` (bands, n) uint32; ``rows`` (m,) uint32, ascending, the rows to compare; ``shingles``, ``starts``,
    ``sizes`` from ``read_shingles``. A row is checked against those before it in its bucket, the latest first and at
    most ``limit`` of them. What was checked is remembered in a table that forgets (a pair forgotten is checked again
    and listed twice).

    Returns left and right uint32, jaccard float64, and how many rows met a bucket with more than ``limit``.
    """
    part_bits, table_bits = layout(len(rows), 9)
    ends = np.empty((1 << part_bits) + 1, np.int64)
    partitioned = np.empty(len(rows), np.uint64)
    heads = np.empty(1 << table_bits, np.uint32)
    nexts = np.empty(len(rows), np.uint32)
    met = np.empty(1024, np.uint64)
    seen_bits = min(max(table_bits + part_bits - 2, 8), 20)
    seen = np.zeros(1 << seen_bits, np.uint64)
    slots = np.empty(1024, np.uint64)
    stamps = np.zeros(1024, np.int64)
    stamp = np.int64(1)
    lefts = np.empty(1024, np.uint32)
    rights = np.empty(1024, np.uint32)
    jaccards = np.empty(1024, np.float64)
    count = 0
    crowded = 0
    for band in range(low, high):
        _partition(keys[band], rows, part_bits, ends, partitioned)
        begin = 0
        for part in range(1 << part_bits):
            if (ends[part] - begin) * limit > len(met):
                met = np.empty(2 * (ends[part] - begin) * limit, np.uint64)
            n_met, full = _meet(partitioned[begin : ends[part]], limit, heads, nexts, met)
            crowded += full
            begin = ends[part]
            for m in range(n_met):
                memory = (met[m] * ROLL) >> np.uint64(64 - seen_bits)
                if seen[memory] == met[m]:
                    continue
                seen[memory] = met[m]
                left = np.int64(met[m] >> S32)
                right = np.int64(met[m] & np.uint64(0xFFFFFFFF))
                room = 4 * (sizes[left] + sizes[right])
                if room > len(slots):
                    slots = np.empty(2 * room, np.uint64)
                    stamps = np.zeros(2 * room, np.int64)
                stamp += 2
                jaccard = _jaccard(
                    shingles, starts[left], sizes[left], starts[right], sizes[right], threshold, slots, stamps, stamp
                )
                if jaccard < threshold:
                    continue
                if count == len(lefts):
                    lefts = np.concatenate((lefts, np.empty(count, np.uint32)))
                    rights = np.concatenate((rights, np.empty(count, np.uint32)))
                    jaccards = np.concatenate((jaccards, np.empty(count, np.float64)))
                lefts[count] = left
                rights[count] = right
                jaccards[count] = jaccard
                count += 1
    return lefts[:count], rights[:count], jaccards[:count], crowded


@inline
def _slot(shingle, slots, stamps, stamp, mask):
    """Place of a shingle in a table of which only the slots stamped ``stamp`` or later are taken."""
    place = np.int64(shingle & np.uint64(mask))
    while stamps[place] >= stamp and slots[place] != shingle:
        place = (place + 1) & mask
    return place


@kernel
def _jaccard(shingles, left, n_left, right, n_right, threshold, slots, stamps, stamp):
    """Jaccard of two sets of shingles, 0 as soon as it cannot reach the threshold.

    Shingles hash themselves. ``stamps`` below ``stamp`` are old; ``stamp`` marks what is in the left set only,
    ``stamp + 1`` what has been met on the right.
    """
    mask = np.int64(255)
    while mask < 2 * (n_left + n_right):
        mask = 2 * mask + 1
    distinct = 0
    for i in range(left, left + n_left):
        place = _slot(shingles[i], slots, stamps, stamp, mask)
        if stamps[place] < stamp:
            slots[place] = shingles[i]
            stamps[place] = stamp
            distinct += 1
    either = distinct
    most = np.int64(distinct / threshold) + 1
    both = 0
    for i in range(right, right + n_right):
        place = _slot(shingles[i], slots, stamps, stamp, mask)
        if stamps[place] < stamp:
            slots[place] = shingles[i]
            stamps[place] = stamp + 1
            either += 1
            if either > most:
                return 0.0
        elif stamps[place] == stamp:
            stamps[place] = stamp + 1
            both += 1
    return both / either


@kernel
def _partition(keys, rows, part_bits, ends, partitioned):
    """Deal the rows out by the upper bits of their mixed keys; inside a part they keep their order.

    ``ends`` (parts + 1,) int64 says where each part ends; ``partitioned`` (rows,) uint64 is the upper half of the mixed
    key, then the row.
    """
    ends[:] = 0
    shift = np.uint64(32 - part_bits)  # after one by 32: a shift by 64 would be none
    for r in range(len(rows)):
        ends[((keys[rows[r]] * ROLL) >> S32 >> shift) + np.uint64(1)] += 1
    for part in range(1 << part_bits):
        ends[part + 1] += ends[part]
    for r in range(len(rows)):
        key = keys[rows[r]] * ROLL
        part = key >> S32 >> shift
        partitioned[ends[part]] = (key & np.uint64(0xFFFFFFFF00000000)) | np.uint64(rows[r])
        ends[part] += 1


@kernel
def _meet(entries, limit, heads, nexts, met):
    """Pairs of rows whose keys agree in the upper half, ``earlier << 32 | later``, and how often ``limit`` cut off.

    ``entries`` from ``_partition``; ``heads`` is a hash table of chains, ``met`` has room for ``limit`` pairs a row.
    """
    mask = np.uint64(len(heads) - 1)
    low32 = np.uint64(0xFFFFFFFF)
    heads[:] = 0
    count = 0
    crowded = 0
    for i in range(len(entries)):
        entry = entries[i]
        slot = (entry >> S32) & mask
        other = heads[slot]
        heads[slot] = i + 1
        nexts[i] = other
        partners = 0
        while other != 0:
            before = entries[other - np.uint32(1)]
            other = nexts[other - np.uint32(1)]
            if (before >> S32) != (entry >> S32):
                continue
            if partners == limit:
                crowded += 1
                break
            met[count] = (before << S32) | (entry & low32)
            count += 1
            partners += 1
    return count, crowded

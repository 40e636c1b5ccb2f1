"""Arrow buffers -> words, shingles, signatures, pairs, alignments: the compiled loops, and nothing else.

Every kernel releases the interpreter's lock and works on a range of rows, so that the stages run it on one thread
a core. Each has a plain-Python twin in ``tests/support/reference.py`` that it must equal. Words are hashed with FNV-1a
(Fowler, Noll, Vo) over their folded letters; shingles mix the word hashes with the MurmurHash3 finaliser (Appleby);
signatures follow datasketch 2 (scheme affine32).
"""

from __future__ import annotations

import numba
import numba.np.linalg
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys

QUOTED, SENTENCE_END, CAPITAL, NUMBER = 1, 2, 4, 8
"""Bits of a word's flags: inside quotation marks; last of its sentence; starts with a capital; a number."""

UNKNOWN_TIME = -(2**62)
"""Time of an article without a date: never too far from any other."""

_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_ROLL = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xFF51AFD7ED558CCD)
_M2 = np.uint64(0xC4CEB9FE1A85EC53)
_S33 = np.uint64(33)
_S32 = np.uint64(32)

# Numba's arrays look for SciPy's BLAS while they are imported, a fifth of a second that no kernel here needs; whatever
# does multiply matrices looks again when it is compiled.
_ensure_blas, numba.np.linalg.ensure_blas = numba.np.linalg.ensure_blas, lambda: None
try:
    import numba.np.arraymath
finally:
    numba.np.linalg.ensure_blas = _ensure_blas


class _Cache(FunctionCache):
    """Compiled code on the disk, loaded without all that only a compilation needs.

    Numba fills its tables of types and of what it can compile before it looks for compiled code, a third of the time
    that a small run takes. The compiler fills them itself when it is called.
    """

    def load_overload(self, sig, target_context):
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def _kernel(function):
    """Compile a function when it is first called; the interpreter's lock is released while it runs."""
    compiled = numba.njit(cache=True, nogil=True, boundscheck=False)(function)
    compiled._cache = _Cache(function)
    return compiled


_inline = numba.njit(cache=True, nogil=True, inline="always", boundscheck=False)


@_inline
def _mix64(h):
    h ^= h >> _S33
    h *= _M1
    h ^= h >> _S33
    h *= _M2
    return h ^ (h >> _S33)


@_inline
def _decode(data, at):
    """Code point at a byte and the number of its bytes (UTF-8, valid by Arrow's contract)."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return ((first & 0x1F) << 6) | (np.int64(data[at + 1]) & 0x3F), 2
    if first < 0xF0:
        return ((first & 0x0F) << 12) | ((np.int64(data[at + 1]) & 0x3F) << 6) | (np.int64(data[at + 2]) & 0x3F), 3
    return np.int64(0x10000), 4


# ---------------------------------------------------------------------------------------------------------- words


@_kernel
def count_blanks(offsets, data, most, counts):
    """Runs of blanks (space, tab, line ends, form feed) in each row, up to ``most``. ``counts`` (rows,) int64."""
    for row in range(len(counts)):
        blanks = 0
        inside = False
        for at in range(offsets[row], offsets[row + 1]):
            byte = data[at]
            blank = byte == 0x20 or (0x09 <= byte <= 0x0D and byte != 0x0B)
            blanks += blank and not inside
            inside = blank
            if blanks >= most:
                break
        counts[row] = blanks


@_kernel
def suspect_residue(offsets, data, low, high, found):
    """Rows that may hold an address or a call: ``://``, ``www.``, ``pic.``, or a bracket behind an ASCII letter.

    ``found`` (rows,) bool is filled from ``low`` to ``high``.
    """
    for row in range(low, high):
        hit = False
        begin = offsets[row]
        for at in range(begin + 1, offsets[row + 1]):
            byte = data[at]
            if byte > 0x3A or (byte != 0x28 and byte != 0x2E and byte != 0x3A):
                continue
            before = data[at - 1]
            if byte == 0x28:  # (
                hit |= 0x30 <= before <= 0x39 or 0x41 <= before <= 0x5A or 0x61 <= before <= 0x7A or before == 0x5F
            elif byte == 0x3A:  # :
                hit |= at + 2 < offsets[row + 1] and data[at + 1] == 0x2F and data[at + 2] == 0x2F
            elif at - begin >= 3:  # .
                hit |= before == 0x77 and data[at - 2] == 0x77 and data[at - 3] == 0x77
                hit |= before == 0x63 and data[at - 2] == 0x69 and data[at - 3] == 0x70
        found[row] = hit


@_kernel
def count_words(offsets, data, classes, low, high, counts):
    """Words of each row. ``counts`` (rows,) int64 is filled from ``low`` to ``high``."""
    for row in range(low, high):
        words = 0
        inside = False
        at = offsets[row]
        end = offsets[row + 1]
        while at < end:
            code, size = _decode(data, at)
            at += size
            kind = classes[code] if code < 0x10000 else 0
            words += (kind == 1) & (not inside)  # no branch that depends on where words end
            inside = (kind == 1) | (inside & (kind == 2))
        counts[row] = words


STEM_LETTERS = 5
"""Letters of a stem: accusent, accusant and accusé are one."""


@_kernel
def read_words(offsets, data, classes, letters, low, high, starts, hashes, stems, begins, ends, flags):
    """Hash, stem, place and flags of every word.

    ``starts`` (rows + 1,) says where a row's words go; ``hashes`` uint32, ``stems`` uint32 (hash of the first
    STEM_LETTERS folded letters), ``begins`` and ``ends`` int32 (code points in the row), ``flags`` uint8. A quotation
    runs from its mark to the mark that closes it; one that is never closed ends with its first sentence. A closing
    guillemet behind an apostrophe opens (the scar ``l' »hégémonie »``).
    """
    for row in range(low, high):
        word = starts[row]
        first_word = word
        at = offsets[row]
        end = offsets[row + 1]
        point = 0
        inside = False
        h = _FNV_START
        stem = _FNV_START
        n_letters = 0
        quote = 0  # 0 outside, 1 « », 2 “ ”, 3 " "
        quote_from = np.int64(-1)
        quote_stop = np.int64(-1)
        apostrophe = False
        numeric = True
        pending_stop = False
        while at < end:
            byte = data[at]
            if inside and byte < 0x80 and classes[byte] == 1:  # a further letter of a word: most bytes come this way
                h = (h ^ np.uint64(letters[byte, 0])) * _FNV_PRIME
                n_letters += 1
                stem = h if n_letters <= STEM_LETTERS else stem
                numeric &= byte < 0x3A
                at += 1
                point += 1
                continue
            code, size = _decode(data, at)
            at += size
            kind = classes[code] if code < 0x10000 else 0
            if kind == 1:
                if not inside:
                    inside = True
                    h = _FNV_START
                    n_letters = 0
                    begins[word] = point
                    flags[word] = 0
                    numeric = True
                    capital = letters[code, 3] != 0
                    if capital:
                        flags[word] |= 4
                    if pending_stop:
                        if (capital or code < 0x3A) and word > first_word:
                            flags[word - 1] |= 2
                        pending_stop = False
            if kind == 1 or (kind == 2 and inside):
                for place in range(3):
                    letter = letters[code, place]
                    if letter == 0:
                        break
                    h = (h ^ np.uint64(letter)) * _FNV_PRIME
                    n_letters += 1
                    stem = h if n_letters <= STEM_LETTERS else stem
                    if letter < 0x30 or letter > 0x39:
                        numeric = False
            elif kind == 0:
                if inside:
                    inside = False
                    hashes[word] = np.uint32(_mix64(h) >> _S32)
                    stems[word] = np.uint32(_mix64(stem) >> _S32)
                    ends[word] = point
                    if numeric:
                        flags[word] |= 8
                    word += 1
                if code == 0x20:
                    point += 1
                    continue
                if code == 0x2E or code == 0x21 or code == 0x3F or code == 0x2026:  # . ! ? …
                    pending_stop = True
                    if quote != 0 and quote_stop < 0 and word > quote_from:
                        quote_stop = word
                opens = 0
                closes = 0
                if code == 0xAB or (code == 0xBB and apostrophe and quote != 1):
                    opens = 1
                elif code == 0xBB:
                    closes = 1
                elif code == 0x201C or code == 0x201E:
                    if code == 0x201C and quote == 4:
                        closes = 4
                    else:
                        opens = 2 if code == 0x201C else 4
                elif code == 0x201D:
                    closes = 2
                elif code == 0x22:
                    if quote == 3:
                        closes = 3
                    elif quote == 0:
                        opens = 3
                if opens != 0:
                    if quote == 0 or quote == opens:
                        if quote == opens:
                            stop = quote_stop if quote_stop >= 0 else word
                            for quoted in range(quote_from, stop):
                                flags[quoted] |= 1
                        quote = opens
                        quote_from = word
                        quote_stop = np.int64(-1)
                elif closes != 0 and closes == quote:
                    for quoted in range(quote_from, word):
                        flags[quoted] |= 1
                    quote = 0
                if code != 0x20 and code != 0xA0 and code != 0x202F:
                    apostrophe = code == 0x27 or code == 0x2019
            if kind == 1:
                apostrophe = False
            point += 1
        if inside:
            hashes[word] = np.uint32(_mix64(h) >> _S32)
            stems[word] = np.uint32(_mix64(stem) >> _S32)
            ends[word] = point
            if numeric:
                flags[word] |= 8
            word += 1
        if word > first_word:
            flags[word - 1] |= 2
        if quote != 0:
            stop = quote_stop if quote_stop >= 0 else word
            for quoted in range(quote_from, stop):
                flags[quoted] |= 1


@_kernel
def fill_table(keys, values, slots, bits):
    """Open-addressing table of word hashes. ``slots`` and ``bits`` have a power-of-two length, slots full of 0."""
    mask = np.uint32(len(slots) - 1)
    for i in range(len(keys)):
        place = keys[i] & mask
        while slots[place] != 0 and slots[place] != keys[i]:
            place = (place + np.uint32(1)) & mask
        slots[place] = keys[i]
        bits[place] = values[i]


@_kernel
def look_up(hashes, slots, bits, unknown, low, high, rarity):
    """Rarity of words ``low`` to ``high``: eighths of a bit, uint8; ``unknown`` for a word that is not listed."""
    mask = np.uint32(len(slots) - 1)
    for i in range(low, high):
        place = hashes[i] & mask
        found = unknown
        while slots[place] != 0:
            if slots[place] == hashes[i]:
                found = bits[place]
                break
            place = (place + np.uint32(1)) & mask
        rarity[i] = found


# ------------------------------------------------------------------------------------------------------- shingles


@_kernel
def shingle_words(hashes, starts, size, low, high, shingle_starts, shingles):
    """Shingles of the rows: runs of ``size`` words, mixed to 64 bits. A row shorter than a shingle has none."""
    for row in range(low, high):
        out = shingle_starts[row]
        count = starts[row + 1] - starts[row] - size + 1
        for i in range(count):
            shingles[out + i] = hashes[starts[row] + i]
        for j in range(1, size):  # word by word over the whole row, which the compiler can unroll
            for i in range(count):
                shingles[out + i] = shingles[out + i] * _ROLL + np.uint64(hashes[starts[row] + i + j])
        for i in range(count):
            shingles[out + i] = _mix64(shingles[out + i])


@_kernel
def count_windows(starts, words, step, size, counts):
    """Windows of each row: overlapping, the last one flush with the row's end; one when the row is short."""
    for row in range(len(starts) - 1):
        n = starts[row + 1] - starts[row]
        if n < size:
            counts[row] = 0
        elif n <= words:
            counts[row] = 1
        else:
            counts[row] = 1 + (n - words + step - 1) // step


@_kernel
def place_windows(starts, words, step, counts, window_starts, rows, begins, ends):
    """First and last word of every window, counted inside its row."""
    for row in range(len(starts) - 1):
        n = starts[row + 1] - starts[row]
        for i in range(counts[row]):
            out = window_starts[row] + i
            begin = min(i * step, max(n - words, 0))
            rows[out] = row
            begins[out] = begin
            ends[out] = min(begin + words, n)


@_kernel
def cut_sentences(starts, flags, least, keep, rows, begins, ends):
    """Windows that begin and end with sentences and quotations; one shorter than ``least`` words takes in the next.

    Two calls: with empty ``rows`` it counts, then it fills. Returns the number of windows.
    """
    count = 0
    fill = len(rows) > 0
    for row in range(len(starts) - 1):
        if not keep[row]:
            continue
        begin = starts[row]
        for i in range(starts[row], starts[row + 1]):
            last = i + 1 == starts[row + 1]
            border = last or (flags[i] & 2) != 0 or ((flags[i] ^ flags[i + 1]) & 1) != 0
            if border and (i + 1 - begin >= least or last):
                first = begin
                if last and i + 1 - begin < least:
                    first = max(starts[row], i + 1 - least)
                if fill:
                    rows[count] = row
                    begins[count] = first - starts[row]
                    ends[count] = i + 1 - starts[row]
                count += 1
                begin = i + 1
    return count


@_kernel
def sign(shingles, offsets, sizes, a, b, low, high, signatures):
    """Minima of the permutations a * mix(h) + b mod 2^32 over each window's shingles (datasketch's affine32).

    ``signatures`` (windows, num_perm) uint32; a window without shingles keeps 2^32 - 1, as datasketch's empty one.
    Four shingles go through the permutations at a time: their values then meet in registers and each minimum is
    loaded and stored once for four, in vectors (with one shingle at a time the compiler finds no vectors).
    """
    num_perm = len(a)
    longest = 4
    for window in range(low, high):
        longest = max(longest, sizes[window])
    mixed = np.empty(longest, np.uint32)
    for window in range(low, high):
        minima = signatures[window]
        for k in range(num_perm):
            minima[k] = np.uint32(0xFFFFFFFF)
        size = sizes[window]
        for i in range(size):
            h = np.uint32(shingles[offsets[window] + i] & np.uint64(0xFFFFFFFF))
            h = np.uint32((h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            mixed[i] = h ^ (h >> np.uint32(16))
        for i in range(0, size, 4):
            # behind the end the last shingle comes again, which changes no minimum
            h0, h1 = mixed[i], mixed[min(i + 1, size - 1)]
            h2, h3 = mixed[min(i + 2, size - 1)], mixed[min(i + 3, size - 1)]
            for k in range(num_perm):
                a_k, b_k = a[k], b[k]
                first = min(np.uint32(a_k * h0 + b_k), np.uint32(a_k * h1 + b_k))
                second = min(np.uint32(a_k * h2 + b_k), np.uint32(a_k * h3 + b_k))
                minima[k] = min(minima[k], min(first, second))


# ---------------------------------------------------------------------------------------------------------- bands


@_kernel
def band_keys(signatures, rows, low, high, keys):
    """Key of each band of each signature: the values of its rows, mixed to 32 bits. ``keys`` (bands, n) uint32.

    Two bands of other values agree with a probability of about 2^-32.
    """
    for begin in range(low, high, 16):  # so many signatures fit into the fastest cache
        for band in range(keys.shape[0]):
            for i in range(begin, min(begin + 16, high)):
                h = np.uint64(signatures[i, band * rows])
                for row in range(1, rows):
                    if row > 1:
                        h = _mix64(h)
                    h = (h << _S32) ^ np.uint64(signatures[i, band * rows + row]) ^ (h >> _S32) * _ROLL
                keys[band, i] = (h * _ROLL) >> _S32


_SEEN_BITS = 15
"""Size of the table that tells keys met once from others, as a power of two of bytes: the fastest cache."""


@_kernel
def find_buckets(keys, starts, owners, ranks, limit, parts, part):
    """The buckets of a band with two distinct articles or more, of the keys that are ``part`` in their lowest bits.

    ``keys`` (n,) uint32; ``owners`` (runs,) int64 are the articles whose keys begin at ``starts`` (runs + 1,), -1 for
    one whose keys do not count; ``ranks`` (articles,) uint32, dispatches first, then by time; ``parts`` is a power of
    two.

    Returns ``buckets`` (buckets + 1,) int64, where each begins in ``holders`` (entries,) uint32, its articles: they
    ascend, those of a bucket with more than ``limit`` stand in the order of rank. Then how many of these crowded ones
    there are, and how many articles the largest bucket has (0 when none has two).
    """
    part_bits, _ = _layout(len(keys) // parts, 12)
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
            holders = _grown(holders, filled + len(entries))
        if n + len(entries) >= len(buckets):
            buckets = _grown(buckets, n + len(entries) + 1)
        i = 0
        while i < len(entries):
            first, key = i, entries[i] >> _S32
            size = 0
            while i < len(entries) and entries[i] >> _S32 == key:
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
                    bucket[k] |= np.uint64(ranks[bucket[k]]) << _S32
                bucket.sort()
            for k in range(first, first + size):
                holders[filled] = entries[k] & np.uint64(0xFFFFFFFF)
                filled += 1
            n += 1
            buckets[n] = filled
    return buckets[: n + 1], holders[:filled], crowded, largest


@_kernel
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
            begin, end = buckets[entries[i] >> _S32], buckets[(entries[i] >> _S32) + np.uint64(1)]
            if count + end - begin > len(others):
                others = _grown(others, count + end - begin)
            sparse = end - begin > limit
            if not sparse:  # articles ascend
                first, low, high = begin, at + 1, end
            elif at - begin < neighbours:
                first, low, high = begin, begin, end
            else:
                first = begin + neighbours
                low, high = max(first, at - neighbours), min(end, at + neighbours + 1)
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


@_kernel
def _grown(array, least):
    """The same values in an array with room for at least so many, and for half as many again."""
    grown = np.empty(least + least // 2, array.dtype)
    grown[: len(array)] = array
    return grown


@_inline
def _mix32(key):
    """One to one: keys are equal when their mixed ones are."""
    return np.uint32(key * np.uint32(0x9E3779B1))


@_kernel
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
                    dealt[ends[deal]] = mixed << _S32 | np.uint64(owners[run])
                    ends[deal] += 1
                else:
                    ends[deal + np.uint64(1)] += 1
        if not counted:
            for number in range(1 << part_bits):
                ends[number + 1] += ends[number]
            dealt = np.empty(ends[1 << part_bits], np.uint64)
    return dealt


@_kernel
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


@_kernel
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


@_kernel
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
            entries[place[x]] = np.uint64(bucket) << _S32 | np.uint64(at)
            place[x] += 1
    return ends, entries


@_kernel
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
                kept[size] = np.uint64(y) << _S32 | np.uint64(counts[y])
                size += 1
            counts[y] = 0
        kept[:size].sort()
        if n + size > len(lefts):
            lefts, rights, bands = _grown(lefts, n + size), _grown(rights, n + size), _grown(bands, n + size)
        for i in range(size):
            lefts[n] = low + x
            rights[n] = kept[i] >> _S32
            bands[n] = kept[i] & np.uint64(0xFFFFFFFF)
            n += 1
    return lefts[:n], rights[:n], bands[:n]


@_kernel
def _layout(n, most):
    """Bits of the number of parts, at most so many, and of the hash table of a part: a thousand rows, in the cache."""
    part_bits = 0
    while part_bits < most and (n >> part_bits) > 1024:
        part_bits += 1
    table_bits = 4
    while (1 << (table_bits + part_bits)) < 2 * n:
        table_bits += 1
    return part_bits, table_bits


@_kernel
def _deal(keys, rows, part_bits, ends, dealt):
    """Deal the rows out by the upper bits of their mixed keys; inside a part they keep their order.

    ``ends`` (parts + 1,) int64 says where each part ends; ``dealt`` (rows,) uint64 is the upper half of the mixed
    key, then the row.
    """
    ends[:] = 0
    shift = np.uint64(32 - part_bits)  # after one by 32: a shift by 64 would be none
    for r in range(len(rows)):
        ends[((keys[rows[r]] * _ROLL) >> _S32 >> shift) + np.uint64(1)] += 1
    for part in range(1 << part_bits):
        ends[part + 1] += ends[part]
    for r in range(len(rows)):
        key = keys[rows[r]] * _ROLL
        part = key >> _S32 >> shift
        dealt[ends[part]] = (key & np.uint64(0xFFFFFFFF00000000)) | np.uint64(rows[r])
        ends[part] += 1


@_kernel
def keep_distinct(values):
    """Move the distinct of sorted values to the front; returns their number."""
    count = 0
    for i in range(len(values)):
        if count == 0 or values[i] != values[count - 1]:
            values[count] = values[i]
            count += 1
    return count


# ------------------------------------------------------------------------------------------------------ alignment

SEED_WORDS = 3
"""Words of a seed: the shortest run of equal words from which an alignment starts."""

_CROWDED_SEED = 64
"""A seed that stands so often in both texts that it makes more pairs than this is a refrain and is left out."""

_GAP_COST = 8.0
"""Bits that a word skipped on both sides costs a chain; a word skipped on one side costs one bit."""

_EXTEND_WORDS = 3
"""Words that the ends of a match may skip to reach two more equal words."""

MATCH_COLUMNS = (
    "pair",
    "left_begin",
    "left_end",
    "right_begin",
    "right_end",
    "matched",
    "longest",
    "runs",
    "insertions",
    "deletions",
    "substitutions",
    "quoted",
    "left_quoted",
    "right_quoted",
)
"""Columns of ``align_pairs``: the row of the pair, spans as absolute word numbers, counts of words."""


@_kernel
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
                    h = h * _ROLL + np.uint64(words[i + j])
                packed[i - begin] = (_mix64(h) & np.uint64(0xFFFFFFFF00000000)) | np.uint64(i - begin)
            else:
                packed[i - begin] = np.uint64(0xFFFFFFFFFFFFFFFF)
        packed.sort()
        for i in range(begin, end):
            if packed[i - begin] == np.uint64(0xFFFFFFFFFFFFFFFF):
                seeds[i] = np.uint32(0xFFFFFFFF)
                places[i] = -1
            else:
                seeds[i] = np.uint32(packed[i - begin] >> _S32)
                places[i] = begin + np.int64(packed[i - begin] & np.uint64(0xFFFFFFFF))


@_kernel
def _mark_seeds(seeds, places, low, high, marks):
    """Set one of 65,536 bits for each seed of an article; ``marks`` (1024,) uint64."""
    marks[:] = 0
    for i in range(low, high):
        if places[i] < 0:
            break
        marks[(seeds[i] >> np.uint32(6)) & np.uint32(1023)] |= np.uint64(1) << np.uint64(seeds[i] & np.uint32(63))


@_kernel
def _common_seeds(seeds, places, left_low, left_high, right_low, right_high, marks, met):
    """Places of equal seeds in two articles, as ``(diagonal, left place)`` packed to sort by diagonal.

    ``marks`` are those of the left article: few seeds of the right one fall on one by chance, so that most are passed
    over without a branch. ``met`` has room for the words of the right article.
    """
    n_met = 0
    for j in range(right_low, right_high):
        met[n_met] = j
        bits = marks[(seeds[j] >> np.uint32(6)) & np.uint32(1023)]
        n_met += np.int64(bits >> np.uint64(seeds[j] & np.uint32(63)) & np.uint64(1))
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
        if (i_end - i) * (j_end - j) <= _CROWDED_SEED:
            if count + _CROWDED_SEED > len(found):
                found = _grown(found, count + _CROWDED_SEED)
            for p in range(i, i_end):
                for q in range(j, j_end):
                    left = np.int64(places[p]) - left_low
                    right = np.int64(places[q]) - right_low
                    found[count] = ((right - left + (np.int64(1) << 30)) << 32) | left
                    count += 1
        i = i_end
    return found[:count]


@_kernel
def _lcs(words, left_low, left_high, right_low, right_high, equal_left, equal_right, count):
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


@_kernel
def _span_jaccard(words, left_low, left_high, right_low, right_high):
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
                h = h * _ROLL + np.uint64(words[low + i + j])
            out[i] = _mix64(h)
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


LONG_LINE = 150
"""Words from which a line holds more than a paragraph: some sites print a whole article as one line."""

PIECE_WORDS = 30
"""Least equal words of the pieces into which a match in such a line is cut."""


@_kernel
def _describe(words, rarity, flags, equal_left, equal_right, row, measure):
    """Fill a row of ``align_pairs`` (all but the pair) from the equal words of a match."""
    count = len(equal_left)
    begin_left = equal_left[0]
    end_left = equal_left[count - 1] + 1
    begin_right = equal_right[0]
    end_right = equal_right[count - 1] + 1
    information = 0.0
    quoted = 0
    longest = 0
    current = 0
    runs = 0
    insertions = 0
    deletions = 0
    substitutions = 0
    for e in range(count):
        i = equal_left[e]
        j = equal_right[e]
        information += rarity[i]
        quoted += flags[i] & flags[j] & 1
        if e > 0 and i == equal_left[e - 1] + 1 and j == equal_right[e - 1] + 1:
            current += 1
        else:
            current = 1
            runs += 1
            if e > 0:
                gone = i - equal_left[e - 1] - 1
                come = j - equal_right[e - 1] - 1
                substitutions += min(gone, come)
                deletions += gone - min(gone, come)
                insertions += come - min(gone, come)
        longest = max(longest, current)
    left_quoted = 0
    right_quoted = 0
    for i in range(begin_left, end_left):
        left_quoted += flags[i] & 1
    for i in range(begin_right, end_right):
        right_quoted += flags[i] & 1
    row[1] = begin_left
    row[2] = end_left
    row[3] = begin_right
    row[4] = end_right
    row[5] = count
    row[6] = longest
    row[7] = runs
    row[8] = insertions
    row[9] = deletions
    row[10] = substitutions
    row[11] = quoted
    row[12] = left_quoted
    row[13] = right_quoted
    measure[0] = information / 8.0
    measure[1] = _span_jaccard(words, begin_left, end_left, begin_right, end_right)


@_kernel
def align_pairs(
    words,
    paragraphs,
    paragraph_ends,
    rarity,
    flags,
    starts,
    seeds,
    places,
    lefts,
    rights,
    low,
    high,
    max_gap,
    min_words,
    min_information,
):
    """Align pairs of articles: seeds -> maximal runs of equal words -> chains with gaps -> spans.

    ``words`` (n,) uint32, ``paragraphs`` int32, ``paragraph_ends`` (paragraphs,) int64 one past each one's last word,
    ``rarity`` uint8 (eighths of a bit), ``flags`` uint8; ``starts``
    (articles + 1,); ``seeds`` and ``places`` from ``seed_articles``; ``lefts`` and ``rights`` articles of each pair.
    A chain stays inside one paragraph on each side, skips at most ``max_gap`` words on either side, and reads in
    the same order on both; sentences in another order make other chains. The best chain is taken first; a later one
    must be new on one side at least.

    Returns counts (matches, len(MATCH_COLUMNS)) int32 and measures (matches, 2) float32: information in bits and
    Jaccard of the spans.
    """
    rows = np.empty((256, 14), np.int32)
    measures = np.empty((256, 2), np.float32)
    n_rows = 0
    marks = np.empty(1024, np.uint64)
    marked = np.int64(-1)  # the article
    longest = 0
    for pair in range(low, high):
        longest = max(longest, starts[rights[pair] + 1] - starts[rights[pair]])
    met = np.empty(longest, np.int64)
    for pair in range(low, high):
        left_low = starts[lefts[pair]]
        left_high = starts[lefts[pair] + 1]
        right_low = starts[rights[pair]]
        right_high = starts[rights[pair] + 1]
        if marked != lefts[pair]:
            _mark_seeds(seeds, places, left_low, left_high, marks)
            marked = lefts[pair]
        found = _common_seeds(seeds, places, left_low, left_high, right_low, right_high, marks, met)
        if len(found) < 3:
            continue
        found.sort()
        # maximal runs on one diagonal
        run_left = np.empty(len(found), np.int64)
        run_right = np.empty(len(found), np.int64)
        run_size = np.empty(len(found), np.int64)
        n_runs = 0
        for f in range(len(found)):
            left = (found[f] & 0xFFFFFFFF) + left_low
            right = (found[f] >> 32) - (np.int64(1) << 30) + (found[f] & 0xFFFFFFFF) + right_low
            if n_runs > 0:
                last = n_runs - 1
                same = run_right[last] - run_left[last] == right - left
                if same and left + SEED_WORDS <= run_left[last] + run_size[last]:
                    continue
                if (
                    same
                    and left <= run_left[last] + run_size[last] - SEED_WORDS + 1
                    and paragraphs[left] == paragraphs[run_left[last]]
                    and paragraphs[right] == paragraphs[run_right[last]]
                ):
                    run_size[last] = left + SEED_WORDS - run_left[last]
                    continue
            if (
                words[left] != words[right]
                or words[left + 1] != words[right + 1]
                or words[left + 2] != words[right + 2]
            ):
                continue  # two seeds of one 32-bit hash
            size = SEED_WORDS
            while (
                left > left_low
                and right > right_low
                and words[left - 1] == words[right - 1]
                and paragraphs[left - 1] == paragraphs[left]
                and paragraphs[right - 1] == paragraphs[right]
            ):
                left -= 1
                right -= 1
                size += 1
            while (
                left + size < left_high
                and right + size < right_high
                and words[left + size] == words[right + size]
                and paragraphs[left + size] == paragraphs[left]
                and paragraphs[right + size] == paragraphs[right]
            ):
                size += 1
            run_left[n_runs] = left
            run_right[n_runs] = right
            run_size[n_runs] = size
            n_runs += 1
        order = np.argsort(run_left[:n_runs] * (np.int64(1) << 31) + run_right[:n_runs] - right_low)
        # best chain that ends with each run
        score = np.empty(n_runs, np.float64)
        before = np.full(n_runs, -1, np.int64)
        most = 0.0
        for r in range(n_runs):
            run = order[r]
            own = 0.0
            for i in range(run_left[run], run_left[run] + run_size[run]):
                own += rarity[i]
            own /= 8.0
            best = own
            back = 0
            for s in range(r - 1, -1, -1):
                back += 1
                if back > 200:
                    break
                prior = order[s]
                if paragraphs[run_left[prior]] != paragraphs[run_left[run]]:
                    break
                if paragraphs[run_right[prior]] != paragraphs[run_right[run]]:
                    continue
                gap_left = run_left[run] - run_left[prior] - run_size[prior]
                gap_right = run_right[run] - run_right[prior] - run_size[prior]
                if run_left[prior] >= run_left[run] or run_right[prior] >= run_right[run]:
                    continue
                shared = max(0, -min(gap_left, gap_right))
                if max(gap_left, gap_right) + shared > max_gap:
                    continue  # what the two runs share is taken from the second: the gap grows by it
                if shared >= run_size[run]:
                    continue
                gained = score[s] + own * (run_size[run] - shared) / run_size[run]
                gained -= abs(gap_left - gap_right) + _GAP_COST * max(0, min(gap_left, gap_right))
                if gained > best:
                    best = gained
                    before[r] = s
            score[r] = best
            most = max(most, best)
        if most < 0.5 * min_information:
            continue
        used = np.zeros(n_runs, np.bool_)
        cover_left = np.zeros(left_high - left_low, np.bool_)
        cover_right = np.zeros(right_high - right_low, np.bool_)
        by_score = np.argsort(-score)
        longest_side = max(left_high - left_low, right_high - right_low)
        equal_left = np.empty(longest_side + 1, np.int64)
        equal_right = np.empty(longest_side + 1, np.int64)
        chain = np.empty(n_runs, np.int64)
        for b in range(n_runs):
            last = by_score[b]
            if used[last]:
                continue
            if score[last] < 0.5 * min_information:
                break
            length = 0
            at = last
            while at >= 0 and not used[at]:
                chain[length] = at
                used[at] = True
                length += 1
                at = before[at]
            # equal words of the chain, in reading order
            count = 0
            for c in range(length - 1, -1, -1):
                run = order[chain[c]]
                x = run_left[run]
                y = run_right[run]
                size = run_size[run]
                if count > 0:
                    shared = max(0, max(equal_left[count - 1] + 1 - x, equal_right[count - 1] + 1 - y))
                    x += shared
                    y += shared
                    size -= shared
                    if size <= 0:
                        continue
                    count = _lcs(
                        words,
                        equal_left[count - 1] + 1,
                        x,
                        equal_right[count - 1] + 1,
                        y,
                        equal_left,
                        equal_right,
                        count,
                    )
                for i in range(size):
                    equal_left[count] = x + i
                    equal_right[count] = y + i
                    count += 1
            # a little further at both ends: two more equal words behind a short difference
            home_left = paragraphs[equal_left[0]]
            home_right = paragraphs[equal_right[0]]
            moved = True
            while moved:
                moved = False
                x = equal_left[count - 1] + 1
                y = equal_right[count - 1] + 1
                for away in range(0, 2 * _EXTEND_WORDS + 1):
                    for p in range(max(0, away - _EXTEND_WORDS), min(away, _EXTEND_WORDS) + 1):
                        i = x + p
                        j = y + away - p
                        if (
                            i + 1 < left_high
                            and j + 1 < right_high
                            and paragraphs[i + 1] == home_left
                            and paragraphs[j + 1] == home_right
                            and words[i] == words[j]
                            and words[i + 1] == words[j + 1]
                        ):
                            count = _lcs(words, x, i, y, j, equal_left, equal_right, count)
                            while (
                                i < left_high
                                and j < right_high
                                and words[i] == words[j]
                                and paragraphs[i] == home_left
                                and paragraphs[j] == home_right
                            ):
                                equal_left[count] = i
                                equal_right[count] = j
                                count += 1
                                i += 1
                                j += 1
                            moved = True
                            break
                    if moved:
                        break
            front_left = equal_left[0]
            front_right = equal_right[0]
            extra = 0
            moved = True
            while moved:
                moved = False
                x = front_left - 1
                y = front_right - 1
                for away in range(0, 2 * _EXTEND_WORDS + 1):
                    for p in range(max(0, away - _EXTEND_WORDS), min(away, _EXTEND_WORDS) + 1):
                        i = x - p
                        j = y - (away - p)
                        if (
                            i - 1 >= left_low
                            and j - 1 >= right_low
                            and paragraphs[i - 1] == home_left
                            and paragraphs[j - 1] == home_right
                            and words[i] == words[j]
                            and words[i - 1] == words[j - 1]
                        ):
                            while (
                                i >= left_low
                                and j >= right_low
                                and words[i] == words[j]
                                and paragraphs[i] == home_left
                                and paragraphs[j] == home_right
                            ):
                                # the front is kept behind the chain and turned round afterwards
                                equal_left[count + extra] = i
                                equal_right[count + extra] = j
                                extra += 1
                                i -= 1
                                j -= 1
                            front_left = i + 1
                            front_right = j + 1
                            moved = True
                            break
                    if moved:
                        break
            if extra > 0:
                total = count + extra
                whole_left = np.empty(total, np.int64)
                whole_right = np.empty(total, np.int64)
                for e in range(extra):
                    whole_left[extra - 1 - e] = equal_left[count + e]
                    whole_right[extra - 1 - e] = equal_right[count + e]
                whole_left[extra:] = equal_left[:count]
                whole_right[extra:] = equal_right[:count]
                equal_left[:total] = whole_left
                equal_right[:total] = whole_right
                count = total
            if count < min_words:
                continue
            begin_left = equal_left[0]
            end_left = equal_left[count - 1] + 1
            begin_right = equal_right[0]
            end_right = equal_right[count - 1] + 1
            covered_left = 0
            covered_right = 0
            for i in range(begin_left, end_left):
                covered_left += cover_left[i - left_low]
            for i in range(begin_right, end_right):
                covered_right += cover_right[i - right_low]
            if 2 * covered_left > end_left - begin_left and 2 * covered_right > end_right - begin_right:
                continue
            information = 0.0
            for e in range(count):
                information += rarity[equal_left[e]]
            if information < 8.0 * min_information:
                continue
            for i in range(begin_left, end_left):
                cover_left[i - left_low] = True
            for i in range(begin_right, end_right):
                cover_right[i - right_low] = True
            # a long line is cut at the ends of sentences that both sides share
            long_line = (
                paragraph_ends[home_left] - paragraph_ends[home_left - 1] if home_left > 0 else paragraph_ends[0]
            ) > LONG_LINE or (
                paragraph_ends[home_right] - paragraph_ends[home_right - 1] if home_right > 0 else paragraph_ends[0]
            ) > LONG_LINE
            from_equal = 0
            for to_equal in range(1, count + 1):
                if to_equal < count and not (
                    long_line
                    and (flags[equal_left[to_equal - 1]] & flags[equal_right[to_equal - 1]] & 2) != 0
                    and to_equal - from_equal >= PIECE_WORDS
                    and count - to_equal >= PIECE_WORDS
                ):
                    continue
                if n_rows == len(rows):
                    more_rows = np.empty((2 * n_rows, 14), np.int32)
                    more_rows[:n_rows] = rows
                    rows = more_rows
                    more_measures = np.empty((2 * n_rows, 2), np.float32)
                    more_measures[:n_rows] = measures
                    measures = more_measures
                rows[n_rows, 0] = pair
                _describe(
                    words,
                    rarity,
                    flags,
                    equal_left[from_equal:to_equal],
                    equal_right[from_equal:to_equal],
                    rows[n_rows],
                    measures[n_rows],
                )
                n_rows += 1
                from_equal = to_equal
    return rows[:n_rows], measures[:n_rows]


# ------------------------------------------------------------------------------------------------------- rewrites


@_kernel
def cut_into_sentences(paragraphs, flags, readable, low, high):
    """First and last word of each sentence between two words; paragraphs that are not readable have none."""
    firsts = np.empty(high - low, np.int64)
    lasts = np.empty(high - low, np.int64)
    count = 0
    begin = low
    for i in range(low, high):
        if i + 1 == high or paragraphs[i + 1] != paragraphs[i] or (flags[i] & 2) != 0:
            if readable[paragraphs[i]]:
                firsts[count] = begin
                lasts[count] = i + 1
                count += 1
            begin = i + 1
    return firsts[:count], lasts[:count]


@_kernel
def sentence_stems(
    stems, paragraphs, rarity, flags, readable, starts, low, high, least, firsts, lasts, names, homes, weights, counts
):
    """Sentences of each article, and its rare stems: one entry for each sentence that holds a stem.

    ``firsts`` and ``lasts`` int32 (first and last word of each sentence), ``names`` uint32 (stem), ``homes`` int32
    (sentence, counted inside the article) and ``weights`` uint8 (greatest rarity there) have room for all words; those
    of an article begin where its words do, entries sorted by stem and sentence. ``counts`` (articles, 2) int64 says
    how many sentences and how many entries there are.
    """
    for article in range(low, high):
        begin = starts[article]
        first, last = cut_into_sentences(paragraphs, flags, readable, begin, starts[article + 1])
        packed = np.empty(starts[article + 1] - begin, np.uint64)
        n = 0
        for s in range(len(first)):
            firsts[begin + s] = first[s]
            lasts[begin + s] = last[s]
            for i in range(first[s], last[s]):
                if rarity[i] >= least:
                    packed[n] = (np.uint64(stems[i]) << _S32) | np.uint64(s << 8) | np.uint64(rarity[i])
                    n += 1
        packed[:n].sort()
        entries = 0
        for i in range(n):
            if i + 1 < n and (packed[i] >> np.uint64(8)) == (packed[i + 1] >> np.uint64(8)):
                continue  # the stem stands there once more, and rarer
            names[begin + entries] = np.uint32(packed[i] >> _S32)
            homes[begin + entries] = np.int32((packed[i] & np.uint64(0xFFFFFFFF)) >> np.uint64(8))
            weights[begin + entries] = np.uint8(packed[i] & np.uint64(0xFF))
            entries += 1
        counts[article, 0] = len(first)
        counts[article, 1] = entries


@_kernel
def _densest(stems, rarity, low, high, names, weights, least):
    """The stretch of a sentence that holds most of the weight shared: its first and last word.

    A shared stem adds its weight, an other rare stem takes a sixth of its rarity away (Kadane's maximum sub-array).
    ``names`` sorted stems of the other sentence, ``weights`` theirs.
    """
    best = 0.0
    best_first = low
    best_last = high
    total = 0.0
    first = low
    for i in range(low, high):
        value = 0.0
        at = np.searchsorted(names, stems[i])
        if at < len(names) and names[at] == stems[i]:
            value = weights[at]
        elif rarity[i] >= least:
            value = -np.float64(rarity[i]) / 48.0
        if total <= 0.0:
            total = 0.0
            first = i
        total += value
        if total > best:
            best = total
            best_first = first
            best_last = i + 1
    return best_first, best_last


@_kernel
def _covered(first, last, cover_side, cover_first, cover_last, side, low, high):
    """Whether more than a third of a sentence lies in rows ``low`` to ``high`` of the alignments."""
    covered = 0
    for c in range(low, high):
        if cover_side[c] == side:
            covered += max(0, min(last, cover_last[c]) - max(first, cover_first[c]))
    return 3 * covered > last - first


@_kernel
def _of_sentence(names, homes, heavy, sentence):
    """Stems of one sentence and their weights."""
    found = np.empty(len(names), np.uint32)
    weights = np.empty(len(names), np.float64)
    count = 0
    for i in range(len(names)):
        if homes[i] == sentence:
            found[count] = names[i]
            weights[count] = heavy[i]
            count += 1
    return found[:count], weights[:count]


@_kernel
def pair_sentences(
    stems,
    rarity,
    starts,
    firsts,
    lasts,
    names,
    homes,
    weights,
    counts,
    lefts,
    rights,
    low,
    high,
    cover_starts,
    cover_side,
    cover_first,
    cover_last,
    least_rarity,
    least_score,
):
    """Reworded sentences of pairs of articles: the two sentences share rare words that few other sentences have.

    The weight of a stem is its rarity, times 2 over the number of sentences that hold it in the article that holds
    it more often (at most 1): names that run through a text say little. The score of two sentences is the weight
    they share, times its share of the lighter sentence. Sentences of which a third is aligned already are left out,
    and a pair counts when each is the other's best.

    ``firsts`` to ``counts`` from ``sentence_stems``; ``cover_starts`` (pairs + 1,) says which rows of ``cover_side``
    (0 left, 1 right), ``cover_first`` and ``cover_last`` (absolute words) are the alignments of a pair. Returns
    (rewrites, 7) int64: pair, left first and last word, right first and last word, stems shared, score in thousandths.
    """
    rows = np.empty((64, 7), np.int64)
    n_rows = 0
    for pair in range(low, high):
        left_low = starts[lefts[pair]]
        right_low = starts[rights[pair]]
        n_left = counts[lefts[pair], 0]
        n_right = counts[rights[pair], 0]
        left_first = firsts[left_low : left_low + n_left]
        left_last = lasts[left_low : left_low + n_left]
        right_first = firsts[right_low : right_low + n_right]
        right_last = lasts[right_low : right_low + n_right]
        left_done = np.empty(n_left, np.bool_)
        right_done = np.empty(n_right, np.bool_)
        n_done = 0
        for s in range(n_left):
            left_done[s] = _covered(
                left_first[s],
                left_last[s],
                cover_side,
                cover_first,
                cover_last,
                0,
                cover_starts[pair],
                cover_starts[pair + 1],
            )
            n_done += left_done[s]
        if n_done == n_left:
            continue
        n_done = 0
        for t in range(n_right):
            right_done[t] = _covered(
                right_first[t],
                right_last[t],
                cover_side,
                cover_first,
                cover_last,
                1,
                cover_starts[pair],
                cover_starts[pair + 1],
            )
            n_done += right_done[t]
        if n_done == n_right:
            continue
        left_end = left_low + counts[lefts[pair], 1]
        right_end = right_low + counts[rights[pair], 1]
        left_names = names[left_low:left_end]
        right_names = names[right_low:right_end]
        left_homes = homes[left_low:left_end]
        right_homes = homes[right_low:right_end]
        left_heavy = np.empty(len(left_names), np.float64)
        right_heavy = np.empty(len(right_names), np.float64)
        left_total = np.zeros(n_left)
        right_total = np.zeros(n_right)
        shared = np.zeros((n_left, n_right))
        common = np.zeros((n_left, n_right), np.int32)
        i = 0
        j = 0
        while i < len(left_names) or j < len(right_names):
            # the entries of the next stem on either side
            if j == len(right_names) or (i < len(left_names) and left_names[i] <= right_names[j]):
                name = left_names[i]
            else:
                name = right_names[j]
            i_end = i
            while i_end < len(left_names) and left_names[i_end] == name:
                i_end += 1
            j_end = j
            while j_end < len(right_names) and right_names[j_end] == name:
                j_end += 1
            part = min(1.0, 2.0 / max(i_end - i, j_end - j))
            for p in range(i, i_end):
                left_heavy[p] = weights[left_low + p] / 8.0 * part
                left_total[left_homes[p]] += left_heavy[p]
            for q in range(j, j_end):
                right_heavy[q] = weights[right_low + q] / 8.0 * part
                right_total[right_homes[q]] += right_heavy[q]
            for p in range(i, i_end):
                for q in range(j, j_end):
                    shared[left_homes[p], right_homes[q]] += min(left_heavy[p], right_heavy[q])
                    common[left_homes[p], right_homes[q]] += 1
            i = i_end
            j = j_end
        left_best = np.zeros(n_left)
        right_best = np.zeros(n_right)
        left_partner = np.full(n_left, -1, np.int64)
        right_partner = np.full(n_right, -1, np.int64)
        for s in range(n_left):
            for t in range(n_right):
                if common[s, t] < 3 or (left_done[s] and right_done[t]):  # these neither match nor keep others from it
                    continue
                score = shared[s, t] * shared[s, t] / max(min(left_total[s], right_total[t]), 1.0)
                if score > left_best[s]:
                    left_best[s] = score
                    left_partner[s] = t
                if score > right_best[t]:
                    right_best[t] = score
                    right_partner[t] = s
        for s in range(n_left):
            t = left_partner[s]
            if t < 0 or right_partner[t] != s or left_best[s] < least_score or left_done[s] or right_done[t]:
                continue
            if n_rows == len(rows):
                more = np.empty((2 * n_rows, 7), np.int64)
                more[:n_rows] = rows
                rows = more
            rows[n_rows, 0] = pair
            found, heavy = _of_sentence(right_names, right_homes, right_heavy, t)
            rows[n_rows, 1], rows[n_rows, 2] = _densest(
                stems, rarity, left_first[s], left_last[s], found, heavy, least_rarity
            )
            found, heavy = _of_sentence(left_names, left_homes, left_heavy, s)
            rows[n_rows, 3], rows[n_rows, 4] = _densest(
                stems, rarity, right_first[t], right_last[t], found, heavy, least_rarity
            )
            rows[n_rows, 5] = common[s, t]
            rows[n_rows, 6] = np.int64(1000 * left_best[s])
            n_rows += 1
    return rows[:n_rows]


# ------------------------------------------------------------------------------------------------- near-duplicates


@_kernel
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
        h = _FNV_START
        at = offsets[row]
        end = offsets[row + 1]
        while at < end:
            byte = data[at]
            if byte < 0x80:  # most bytes come this way: no branch here depends on where words end
                at += 1
                letter = plain[byte]
                words[n_words] = h
                n_words += (h != _FNV_START) & (letter == 0)
                h = (h ^ letter) * _FNV_PRIME
                if letter == 0:
                    h = _FNV_START
                continue
            code, width = _decode(data, at)
            at += width
            kind = classes[code] if code < 0x10000 else 0
            if kind == 0:
                words[n_words] = h
                n_words += h != _FNV_START
                h = _FNV_START
            elif kind == 1 or h != _FNV_START:
                for place in range(3):
                    if letters[code, place] == 0:
                        break
                    h = (h ^ np.uint64(letters[code, place])) * _FNV_PRIME
        words[n_words] = h
        n_words += h != _FNV_START
        for i in range(n_words):
            words[i] = _mix64(words[i]) >> _S32
        starts[row] = out
        length = n_words if 0 < n_words < size else size
        total = np.uint64(0)
        count = max(n_words - length + 1, 0)
        for i in range(count):
            shingles[out + i] = words[i]
        for j in range(1, length):
            for i in range(count):
                shingles[out + i] = shingles[out + i] * _ROLL + words[i + j]
        for i in range(count):
            shingles[out + i] = _mix64(shingles[out + i])
            total += shingles[out + i]
        sizes[row] = count
        sums[row] = total
        out += count
    return out


@_kernel
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
        place = np.int64((sums[row] * _ROLL) >> np.uint64(64 - bits))
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


@_inline
def _slot(shingle, slots, stamps, stamp, mask):
    """Place of a shingle in a table of which only the slots stamped ``stamp`` or later are taken."""
    place = np.int64(shingle & np.uint64(mask))
    while stamps[place] >= stamp and slots[place] != shingle:
        place = (place + 1) & mask
    return place


@_kernel
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


@_kernel
def near_pairs(keys, low, high, rows, shingles, starts, sizes, threshold, limit):
    """Join bands ``low`` to ``high`` and keep the pairs whose Jaccard reaches the threshold.

    ``keys`` (bands, n) uint32; ``rows`` (m,) uint32, ascending, the rows to compare; ``shingles``, ``starts``,
    ``sizes`` from ``read_shingles``. A row is checked against those before it in its bucket, the latest first and at
    most ``limit`` of them. What was checked is remembered in a table that forgets (a pair forgotten is checked again
    and listed twice).

    Returns left and right uint32, jaccard float64, and how many rows met a bucket with more than ``limit``.
    """
    part_bits, table_bits = _layout(len(rows), 9)
    ends = np.empty((1 << part_bits) + 1, np.int64)
    dealt = np.empty(len(rows), np.uint64)
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
        _deal(keys[band], rows, part_bits, ends, dealt)
        begin = 0
        for part in range(1 << part_bits):
            if (ends[part] - begin) * limit > len(met):
                met = np.empty(2 * (ends[part] - begin) * limit, np.uint64)
            n_met, full = _meet(dealt[begin : ends[part]], limit, heads, nexts, met)
            crowded += full
            begin = ends[part]
            for m in range(n_met):
                memory = (met[m] * _ROLL) >> np.uint64(64 - seen_bits)
                if seen[memory] == met[m]:
                    continue
                seen[memory] = met[m]
                left = np.int64(met[m] >> _S32)
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


@_kernel
def _meet(entries, limit, heads, nexts, met):
    """Pairs of rows whose keys agree in the upper half, ``earlier << 32 | later``, and how often ``limit`` cut off.

    ``entries`` from ``_deal``; ``heads`` is a hash table of chains, ``met`` has room for ``limit`` pairs a row.
    """
    mask = np.uint64(len(heads) - 1)
    low32 = np.uint64(0xFFFFFFFF)
    heads[:] = 0
    count = 0
    crowded = 0
    for i in range(len(entries)):
        entry = entries[i]
        slot = (entry >> _S32) & mask
        other = heads[slot]
        heads[slot] = i + 1
        nexts[i] = other
        partners = 0
        while other != 0:
            before = entries[other - np.uint32(1)]
            other = nexts[other - np.uint32(1)]
            if (before >> _S32) != (entry >> _S32):
                continue
            if partners == limit:
                crowded += 1
                break
            met[count] = (before << _S32) | (entry & low32)
            count += 1
            partners += 1
    return count, crowded


# ------------------------------------------------------------------------------------------------------ union-find


@_kernel
def union_find(lefts, rights, labels):
    """Connected components: ``labels`` (nodes,) int64 is filled with the smallest node of each component."""
    for i in range(len(labels)):
        labels[i] = i
    for e in range(len(lefts)):
        x = lefts[e]
        y = rights[e]
        while labels[x] != x:
            labels[x] = labels[labels[x]]
            x = labels[x]
        while labels[y] != y:
            labels[y] = labels[labels[y]]
            y = labels[y]
        if x < y:
            labels[y] = x
        else:
            labels[x] = y
    for i in range(len(labels)):
        x = i
        while labels[x] != x:
            x = labels[x]
        labels[i] = x


# -------------------------------------------------------------------------------------------------- average linkage


@_kernel
def average_linkage(distance, threshold, labels):
    """Merge groups whose mean distance is under ``threshold``, the nearest first (nearest-neighbour chain, Benzécri).

    ``distance`` (n, n) float64, symmetric, is overwritten; ``labels`` (n,) int64 is filled with the smallest member of
    each group. Ties fall as in scipy's ``linkage``, and so as in scikit-learn's AgglomerativeClustering.
    """
    n = len(labels)
    size = np.ones(n, np.int64)
    chain = np.empty(n, np.int64)
    length = 0
    for i in range(n):
        labels[i] = i
    for _ in range(n - 1):
        if length == 0:
            length = 1
            chain[0] = 0
            while size[chain[0]] == 0:
                chain[0] += 1
        while True:  # from neighbour to nearest neighbour, until two are each other's
            x = chain[length - 1]
            y = chain[length - 2] if length > 1 else x
            nearest = distance[x, y] if length > 1 else np.inf
            for i in range(n):
                if size[i] and i != x and distance[x, i] < nearest:
                    nearest = distance[x, i]
                    y = i
            if length > 1 and y == chain[length - 2]:
                break
            chain[length] = y
            length += 1
        length -= 2
        x, y = min(x, y), max(x, y)
        for i in range(n):  # the group is kept in place of the later one
            if size[i] and i != x and i != y:
                mean = (size[x] * distance[x, i] + size[y] * distance[y, i]) / (size[x] + size[y])
                distance[y, i] = distance[i, y] = mean
        size[y] += size[x]
        size[x] = 0
        if nearest < threshold:
            one, other = labels[x], labels[y]
            for i in range(n):
                if labels[i] == one or labels[i] == other:
                    labels[i] = min(one, other)


# ------------------------------------------------------------------------------------------------------- passages


@_kernel
def group_spans(paragraphs, begins, ends, labels):
    """Group the spans of a paragraph that share at least half of the shorter one.

    ``paragraphs``, ``begins``, ``ends`` (n,) sorted by paragraph and begin, distinct; ``labels`` (n,) int64 is filled
    with the smallest row of each group.
    """
    for i in range(len(labels)):
        labels[i] = i
    for i in range(len(labels)):
        for j in range(i + 1, len(labels)):
            if paragraphs[j] != paragraphs[i] or begins[j] >= ends[i]:
                break
            shared = min(ends[i], ends[j]) - begins[j]
            if 2 * shared >= min(ends[i] - begins[i], ends[j] - begins[j]):
                x = i
                while labels[x] != x:
                    x = labels[x]
                y = j
                while labels[y] != y:
                    y = labels[y]
                labels[max(x, y)] = min(x, y)
    for i in range(len(labels)):
        x = i
        while labels[x] != x:
            x = labels[x]
        labels[i] = x


@_kernel
def mark_spans(firsts, lasts, values, marks):
    """Write each span's value over its words where it is greater than what stands there.

    ``firsts``, ``lasts`` (spans,) int64 word numbers; ``values`` (spans,) and ``marks`` (words,) of one type.
    """
    for i in range(len(firsts)):
        for word in range(firsts[i], lasts[i]):
            if marks[word] < values[i]:
                marks[word] = values[i]


# --------------------------------------------------------------------------------------------------------- sources


@_kernel
def best_sources(lefts, rights, matched, classes, labels, ranks, is_wire, origin, words, kinds):
    """Follow each passage to its source through some matches, after those of calls before.

    ``lefts``, ``rights`` (matches,) uint32 passages, ``matched`` (matches,) int32 words and ``classes`` (matches,)
    uint8 of each match; ``labels``, ``ranks`` (passages,) int64, the cluster and the place in time; ``is_wire``
    (passages,) bool. ``origin`` (passages,) int64, -1 at first, becomes the source, ``words`` (passages,) int32 and
    ``kinds`` (passages,) uint8 words and class of the match that leads to it. The source is in the same cluster. An
    outlet's passage comes from the dispatch with most words, else from the earliest earlier passage of an outlet; a
    dispatch from the earliest earlier one. Of equals the earliest, then the first match.
    """
    for match in range(len(lefts)):
        for turn in range(2):
            here, there = (lefts[match], rights[match]) if turn == 0 else (rights[match], lefts[match])
            if labels[here] != labels[there]:
                continue
            dispatch = is_wire[there] and not is_wire[here]
            if not dispatch and (is_wire[there] != is_wire[here] or ranks[there] >= ranks[here]):
                continue
            other = origin[here]
            if other >= 0:
                if is_wire[other] != is_wire[there]:  # here is an outlet's: a dispatch goes before an outlet
                    if is_wire[other]:
                        continue
                elif dispatch and matched[match] != words[here]:
                    if matched[match] < words[here]:
                        continue
                elif ranks[there] >= ranks[other]:
                    continue
            origin[here] = there
            words[here] = matched[match]
            kinds[here] = classes[match]

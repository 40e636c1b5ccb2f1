"""Words -> shingles -> windows -> signatures -> keys of bands."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import ROLL, S32, mix64
from dedup.kernels.compiled import kernel


@kernel
def shingle_words(hashes, starts, size, low, high, shingle_starts, shingles):
    """Shingles of the rows: runs of ``size`` words, mixed to 64 bits. A row shorter than a shingle has none."""
    for row in range(low, high):
        out = shingle_starts[row]
        count = starts[row + 1] - starts[row] - size + 1
        for i in range(count):
            shingles[out + i] = hashes[starts[row] + i]
        for j in range(1, size):  # word by word over the whole row, which the compiler can unroll
            for i in range(count):
                shingles[out + i] = shingles[out + i] * ROLL + np.uint64(hashes[starts[row] + i + j])
        for i in range(count):
            shingles[out + i] = mix64(shingles[out + i])


@kernel
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


@kernel
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


@kernel
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
            # after the end the last shingle comes again, which changes no minimum
            h0, h1 = mixed[i], mixed[min(i + 1, size - 1)]
            h2, h3 = mixed[min(i + 2, size - 1)], mixed[min(i + 3, size - 1)]
            for k in range(num_perm):
                a_k, b_k = a[k], b[k]
                first = min(np.uint32(a_k * h0 + b_k), np.uint32(a_k * h1 + b_k))
                second = min(np.uint32(a_k * h2 + b_k), np.uint32(a_k * h3 + b_k))
                minima[k] = min(minima[k], min(first, second))


@kernel
def band_keys(signatures, rows, low, high, keys):
    """Key of each band of each signature: the values of its rows, mixed. ``keys`` (bands, n) uint64 or uint32.

    Bands of two rows have the same 64 bits when, and only when, their values are the same; of more rows, other values
    agree with a probability of 2^-64. In a uint32 are the lower 32 bits.
    """
    for begin in range(low, high, 16):  # so many signatures fit into the fastest cache
        for band in range(keys.shape[0]):
            for i in range(begin, min(begin + 16, high)):
                h = np.uint64(signatures[i, band * rows])
                for row in range(1, rows):
                    if row > 1:
                        h = mix64(h)
                    h = (h << S32) ^ np.uint64(signatures[i, band * rows + row]) ^ (h >> S32) * ROLL
                keys[band, i] = mix64(h)


@kernel
def mark_shingles(shingles, bits, marks):
    """Mark the lower 32 bits of every shingle, which are all that a signature sees: ``marks`` (2^bits / 8,) uint8."""
    shift = np.uint64(64) - np.uint64(bits)
    for shingle in shingles:
        slot = (shingle << S32) * ROLL >> shift
        marks[slot >> np.uint64(3)] |= np.uint8(1) << np.uint8(slot & np.uint64(7))


@kernel
def windows_marked(shingles, offsets, sizes, bits, marks, low, high, found):
    """Which windows may hold a marked shingle: ``found`` (windows,) bool. Windows without their like cannot meet it."""
    shift = np.uint64(64) - np.uint64(bits)
    last = np.int64(-1)  # the last marked shingle
    known = np.int64(-1)  # shingles before this one were looked at
    for window in range(low, high):
        begin, end = offsets[window], offsets[window] + sizes[window]
        if begin > known or (window > low and begin < offsets[window - 1]):
            known, last = begin, np.int64(-1)
        for i in range(known, end):
            slot = (shingles[i] << S32) * ROLL >> shift
            if marks[slot >> np.uint64(3)] >> np.uint8(slot & np.uint64(7)) & np.uint8(1):
                last = i
        known = max(known, end)
        found[window] = last >= begin

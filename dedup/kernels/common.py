"""What several kernels share: hashes, letters of UTF-8, arrays that grow, tables that fit into the cache."""

from __future__ import annotations

import numpy as np

from dedup.kernels.compiled import inline, kernel

FNV_START, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
"""FNV-1a with 64 bits (Fowler, Noll, Vo)."""

ROLL = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: factor of the polynomial over a shingle's words and of multiplicative hashes."""

S32 = np.uint64(32)

_S33, _M1, _M2 = np.uint64(33), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)


@inline
def mix64(h):
    """The finaliser of MurmurHash3 (Appleby): each bit of the result depends on all of ``h``."""
    h ^= h >> _S33
    h *= _M1
    h ^= h >> _S33
    h *= _M2
    return h ^ (h >> _S33)


@inline
def decode(data, at):
    """Code point at a byte and the number of its bytes (UTF-8, valid by Arrow's contract)."""
    first = np.int64(data[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return ((first & 0x1F) << 6) | (np.int64(data[at + 1]) & 0x3F), 2
    if first < 0xF0:
        return ((first & 0x0F) << 12) | ((np.int64(data[at + 1]) & 0x3F) << 6) | (np.int64(data[at + 2]) & 0x3F), 3
    return np.int64(0x10000), 4


@kernel
def grown(array, least):
    """The same values in an array with room for at least so many, and for half as many again."""
    grown = np.empty(least + least // 2, array.dtype)
    grown[: len(array)] = array
    return grown


@kernel
def layout(n, most):
    """Bits of the number of parts, at most so many, and of the hash table of a part: a thousand rows, in the cache."""
    part_bits = 0
    while part_bits < most and (n >> part_bits) > 1024:
        part_bits += 1
    table_bits = 4
    while (1 << (table_bits + part_bits)) < 2 * n:
        table_bits += 1
    return part_bits, table_bits


@kernel
def keep_distinct(values):
    """Move the distinct of sorted values to the front; returns their number."""
    count = 0
    for i in range(len(values)):
        if count == 0 or values[i] != values[count - 1]:
            values[count] = values[i]
            count += 1
    return count

"""Which windows of an article others hold, and which of these say something that enough others have not said."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import mix64
from dedup.kernels.compiled import kernel


@kernel
def mark_held(keys, starts, runs, run_firsts, firsts, others, mark_firsts, marks):
    """Mark the windows of an article whose key in one band another one holds.

    ``keys`` (windows,) uint64 of one band; the windows of article x are ``starts[run]`` to ``starts[run + 1]`` for each
    of ``runs[run_firsts[x] : run_firsts[x + 1]]``, numbered in this order. Pair p of ``others[firsts[x] :
    firsts[x + 1]]`` has a bit for each window of x in ``marks`` (words,) uint64, from ``mark_firsts[p]`` on.
    """
    for x in range(len(firsts) - 1):
        if firsts[x] == firsts[x + 1]:
            continue
        n = 0
        for run in runs[run_firsts[x] : run_firsts[x + 1]]:
            n += starts[run + 1] - starts[run]
        size = 16
        while size < 2 * n:
            size *= 2
        slots = np.full(size, -1, np.int64)  # the last window with a key
        mine, before = np.empty(n, np.uint64), np.full(n, -1, np.int64)  # and the one before it with the same key
        mask = size - 1
        n = 0
        for run in runs[run_firsts[x] : run_firsts[x + 1]]:
            for at in range(starts[run], starts[run + 1]):
                mine[n] = keys[at]
                slot = np.int64(mix64(keys[at]) & np.uint64(mask))
                while slots[slot] >= 0 and mine[slots[slot]] != keys[at]:
                    slot = (slot + 1) & mask
                before[n] = slots[slot]
                slots[slot] = n
                n += 1
        met = np.full(n, -1, np.int64)  # the last pair that met the key whose last window it is
        for pair in range(firsts[x], firsts[x + 1]):
            y = others[pair]
            for run in runs[run_firsts[y] : run_firsts[y + 1]]:
                for at in range(starts[run], starts[run + 1]):
                    slot = np.int64(mix64(keys[at]) & np.uint64(mask))
                    while slots[slot] >= 0 and mine[slots[slot]] != keys[at]:
                        slot = (slot + 1) & mask
                    window = slots[slot]
                    if window < 0 or met[window] == pair:
                        continue
                    met[window] = pair
                    while window >= 0:
                        marks[mark_firsts[pair] + (window >> 6)] |= np.uint64(1) << np.uint64(window & 63)
                        window = before[window]


@kernel
def cover(firsts, mark_firsts, marks, most, keep):
    """Say which pairs of each article are kept, the first ones first: those with a marked window that fewer than
    ``most[x]`` kept pairs have marked before, and those without a mark. ``keep`` (pairs,) bool is filled."""
    for x in range(len(firsts) - 1):
        if firsts[x] == firsts[x + 1]:
            continue
        words = mark_firsts[firsts[x] + 1] - mark_firsts[firsts[x]]
        held = np.zeros(64 * words, np.int64)
        for pair in range(firsts[x], firsts[x + 1]):
            marked, new = False, False
            for word in range(words):
                bits = marks[mark_firsts[pair] + word]
                marked |= bits != 0
                for bit in range(64):
                    if bits >> np.uint64(bit) & np.uint64(1):
                        new |= held[64 * word + bit] < most[x]
            keep[pair] = new or not marked
            if new:
                for word in range(words):
                    bits = marks[mark_firsts[pair] + word]
                    for bit in range(64):
                        held[64 * word + bit] += np.int64(bits >> np.uint64(bit) & np.uint64(1))

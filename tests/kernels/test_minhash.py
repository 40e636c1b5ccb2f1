"""Shingles against plain Python; windows, signatures and keys of bands are in ``tests/matching/test_sketch.py``."""

from __future__ import annotations

import numpy as np
import reference
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.minhash import shingle_words


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20), st.integers(1, 8))
def test_shingles_equal_plain_python(words, size):
    starts = np.array([0, len(words)], np.int64)
    found = np.zeros(max(len(words) - size + 1, 0), np.uint64)
    shingle_words(np.array(words, np.uint32), starts, size, 0, 1, np.zeros(2, np.int64), found)
    assert [int(value) for value in found] == reference.shingles(words, size)

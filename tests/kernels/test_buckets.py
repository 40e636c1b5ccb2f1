"""Counting the bands of pairs against a counter; buckets and their pairs are in ``tests/matching/test_lsh.py``."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.buckets import count_bands


@given(st.integers(1, 12), st.integers(1, 5), st.integers(1, 4), st.data())
def test_counting_bands_equals_a_counter(articles, bands, least, data):
    low = data.draw(st.integers(0, articles - 1))
    span = range(low, data.draw(st.integers(low, articles)))
    of_bands = [
        [
            data.draw(st.lists(st.sampled_from(range(x + 1, articles)), unique=True)) if x + 1 < articles else []
            for x in span
        ]
        for _ in range(bands)
    ]
    flat = [y for band in of_bands for others in band for y in others]
    firsts, begin = np.zeros((bands, len(span) + 1), np.int64), 0
    for number, band in enumerate(of_bands):
        firsts[number] = begin + np.cumsum([0, *map(len, band)])
        begin = int(firsts[number, -1])
    found = count_bands(firsts, np.array(flat, np.uint32), span.start, span.stop, articles, least)
    counted = Counter((x, y) for band in of_bands for x, others in zip(span, band, strict=True) for y in others)
    expected = [(*pair, count) for pair, count in sorted(counted.items()) if count >= least]
    assert list(zip(*(column.tolist() for column in found), strict=True)) == expected

"""The table of frequencies against a dictionary; the reading of words is in ``tests/text/test_words.py``."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.words import fill_table, look_up


@given(
    st.lists(st.tuples(st.integers(1, 40) | st.integers(1, 2**32 - 1), st.integers(0, 255)), max_size=20),
    st.lists(st.integers(0, 50) | st.integers(0, 2**32 - 1), max_size=20),
)
def test_looking_up_equals_a_dictionary(entries, asked):
    slots, bits = np.zeros(32, np.uint32), np.zeros(32, np.uint8)
    keys = np.array([key for key, _ in entries], np.uint32)
    values = np.array([value for _, value in entries], np.uint8)
    fill_table(keys, values, slots, bits)
    asked = [*asked, *(key for key, _ in entries)]
    rarity = np.zeros(len(asked), np.uint8)
    look_up(np.array(asked, np.uint32), slots, bits, np.uint8(176), 0, len(asked), rarity)
    assert rarity.tolist() == [dict(entries).get(word, 176) for word in asked]

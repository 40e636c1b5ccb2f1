"""What stands beside quotations against plain Python."""

from __future__ import annotations

import numpy as np
import reference
from hypothesis import given
from hypothesis import strategies as st
from searching import at_least

from dedup.kernels.quotations import beside, hash_names


@at_least(100)
@given(st.data())
def test_what_stands_beside_a_quotation_equals_plain_python(data):
    size = st.integers(0, 60)
    rows = []
    for _ in range(data.draw(st.integers(1, 3))):
        n = data.draw(size)
        words = data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
        kinds = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4, 4, 36])
        rows.append((words, data.draw(st.lists(kinds, min_size=n, max_size=n))))
    held = [number for number, (words, _) in enumerate(rows) if words]
    if not held:
        return
    row = data.draw(st.sampled_from(held))
    begin = data.draw(st.integers(0, len(rows[row][0]) - 1))
    end = data.draw(st.integers(begin + 1, len(rows[row][0])))
    name = st.lists(st.integers(0, 9), min_size=1, max_size=4).map(tuple)
    names = data.draw(st.dictionaries(name, st.integers(1, 2**14 - 1), min_size=1, max_size=12))

    listed = list(names)
    keys = np.empty(len(listed), np.uint64)
    starts = np.cumsum([0, *map(len, listed)])
    hash_names(np.array([word for run in listed for word in run], np.uint32), starts, keys)
    order = np.argsort(keys)
    words, flags = (np.array([value for one in rows for value in one[side]]) for side in (0, 1))
    found = beside(
        words.astype(np.uint32),
        flags.astype(np.uint8),
        np.cumsum([0, *(len(words) for words, _ in rows)]),
        np.array([row]),
        np.array([begin]) + sum(len(words) for words, _ in rows[:row]),
        np.array([end]) + sum(len(words) for words, _ in rows[:row]),
        keys[order],
        np.array(list(names.values()), np.int64)[order],
    )
    assert found.tolist() == [reference.beside(rows, row, begin, end, names)]

"""What kernels share, against sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.common import keep_distinct


@given(st.lists(st.integers(0, 9) | st.integers(0, 2**64 - 1)).map(sorted))
def test_keeping_the_distinct_equals_a_set(values):
    held = np.array(values, np.uint64)
    assert held[: keep_distinct(held)].tolist() == sorted(set(values))

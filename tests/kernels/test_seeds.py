"""The Jaccard of two spans against that of sets; whole alignments are in ``tests/matching/test_align.py``."""

from __future__ import annotations

import numpy as np
import reference
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.seeds import span_jaccard


@given(st.lists(st.integers(0, 4), max_size=12), st.lists(st.integers(0, 4), max_size=12))
def test_the_jaccard_of_two_spans_equals_that_of_sets(left, right):
    words = np.array(left + right, np.uint32)
    found = span_jaccard(words, 0, len(left), len(left), len(words))
    assert found == reference.jaccard(left, right)

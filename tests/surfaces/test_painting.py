"""Overlapping spans, flattened: against a plain look at every place."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dedup.surfaces.painting import flattened

SPANS = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 30), st.integers(0, 5)), max_size=8)


@given(SPANS)
def test_every_place_is_painted_once_with_the_greatest_rank_that_covers_it(spans):
    flat = flattened(spans)
    for at in range(31):
        expected = max((rank for begin, end, rank in spans if begin <= at < end), default=None)
        assert [rank for begin, end, rank in flat if begin <= at < end] == ([] if expected is None else [expected])


@given(SPANS)
def test_neighbours_of_one_rank_are_one_span_and_none_is_empty(spans):
    flat = flattened(spans)
    assert all(begin < end for begin, end, _ in flat)
    assert all(one[1] <= other[0] and one[1:] != (other[0], other[2]) for one, other in pairwise(flat))

"""The class of an article follows from what was found. Plain arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.arrays import Shares
from dedup.tracing.verdicts import NON, halved, never_surer, taken_at_its_word, with_own_part

shares = st.floats(0, 1)


@given(st.lists(st.tuples(shares, shares, shares, shares), min_size=1, max_size=20))
def test_an_article_is_never_surer_than_its_passages_or_its_own_marks(rows):
    derived, wholly, marks, passages = np.array(rows).T
    p = np.stack([derived * wholly, derived * (1 - wholly), 1 - derived], axis=1)
    of_marks = np.stack([marks, 0 * marks, 1 - marks], axis=1)
    capped = never_surer(p, of_marks, passages)
    assert np.allclose(capped.sum(axis=1), 1)
    assert (1 - capped[:, NON] <= np.maximum(passages, marks) + 1e-9).all()
    kept = derived <= np.maximum(passages, marks)
    assert np.allclose(capped[kept], p[kept])


def test_an_article_with_a_part_of_its_own_is_no_likelier_wholly_than_in_part():
    p = np.array([[0.9, 0.0, 0.1], [0.9, 0.0, 0.1]])
    assert halved(p, np.array([True, False])).tolist() == [[0.45, 0.45, 0.1], [0.9, 0.0, 0.1]]


def test_half_of_an_article_is_its_own_unless_its_outlet_is_known_to_carry_dispatches_whole():
    """Three articles of 100 words, 50 found in a dispatch and 50 nowhere, in short pieces."""
    words = {name: np.full(3, {"verbatim": 50, "own": 50}.get(name, 0)) for name in schemas.SHARES}
    shares = Shares(words, np.array([0, 0, 40]), *(np.full(3, n) for n in (50, 50, 50, 15, 100)))
    no = np.zeros(3, bool)
    unknown = with_own_part(shares, no, no, no, no)
    known = with_own_part(shares, no, no, no, ~no)
    assert unknown.tolist() == [True, True, False], "40 words of the third stand in its owner's other papers"
    assert known.tolist() == [False, False, False]


def test_a_full_credit_is_taken_at_its_word_and_the_rest_shares_what_is_left():
    p = np.array([[0.1, 0.3, 0.6], [0.1, 0.3, 0.6], [0.99, 0.0, 0.01]])
    told = taken_at_its_word(p, np.array([True, False, True]))
    assert np.allclose(told, [[0.95, 0.05 / 3, 0.1 / 3], p[1], p[2]])

"""Weights of words against plain Python."""

from __future__ import annotations

import numpy as np
import reference
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.weights import hash_runs, weigh_words
from dedup.kernels.words import fill_table


@st.composite
def articles(draw) -> list[reference.Text]:
    """Short articles over few words, in some paragraphs, with capitals, numbers and ends of sentences."""
    texts = []
    for _ in range(draw(st.integers(1, 3))):
        n = draw(st.integers(0, 30))
        words = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
        rarity = draw(st.lists(st.integers(0, 255), min_size=n, max_size=n))
        flags = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 4, 6, 8, 12, 32, 36, 40]), min_size=n, max_size=n))
        paragraphs = np.cumsum(draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=n, max_size=n))).tolist()
        texts.append(reference.Text(words, paragraphs, rarity, flags))
    return texts


@given(articles(), st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), max_size=9))
def test_weights_equal_those_of_plain_python(texts, formulas):
    runs = {reference.run_hash(run) for run in formulas}
    table = np.zeros(32, np.uint32)
    fill_table(np.array(sorted(runs), np.uint32), np.zeros(len(runs), np.uint8), table, np.zeros(32, np.uint8))
    starts = np.cumsum([0, *(len(text.words) for text in texts)])
    columns = [np.array([value for text in texts for value in text[k]]) for k in range(4)]
    found = np.empty(starts[-1], np.uint8)
    kinds = (np.uint32, np.int32, np.uint8, np.uint8)
    words, paragraphs, rarity, flags = (column.astype(kind) for column, kind in zip(columns, kinds, strict=True))
    weigh_words(words, paragraphs, rarity, flags, table, starts, 0, len(texts), found)
    assert found.tolist() == [weight for text in texts for weight in reference.weights(text, runs)]


@given(st.lists(st.lists(st.integers(0, 5), max_size=9), max_size=4))
def test_runs_of_rows_equal_those_of_plain_python(rows):
    starts = np.cumsum([0, *map(len, rows)])
    hashes = np.empty(starts[-1], np.uint32)
    n = hash_runs(np.array([word for row in rows for word in row], np.uint32), starts, hashes)
    expected = [reference.run_hash(row[at : at + 4]) for row in rows for at in range(len(row) - 3)]
    assert hashes[:n].tolist() == expected

"""Runs, chains and what lies between them, against plain Python."""

from __future__ import annotations

import numpy as np
import reference
from hypothesis import given
from hypothesis import strategies as st

from dedup.kernels.alignment import LEAST_SEEDS
from dedup.kernels.chains import lcs, maximal_runs, score_chains, take_chain
from dedup.kernels.seeds import MARKS, common_seeds, mark_seeds, place_of_seed, seed_articles


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_the_longest_common_subsequence_equals_plain_python(left, right):
    words = np.array(left + right, np.uint32)
    equal_left, equal_right = np.zeros(40, np.int64), np.zeros(40, np.int64)
    count = lcs(words, 0, len(left), len(left), len(words), equal_left, equal_right, 0)
    pairs = list(zip(equal_left[:count].tolist(), (equal_right[:count] - len(left)).tolist(), strict=True))
    assert pairs == reference.lcs(left, right)
    assert all(left[p] == right[q] for p, q in pairs)
    assert pairs == sorted(set(pairs))


@st.composite
def two_texts(draw) -> list[reference.Text]:
    """Two short texts over few words, in some paragraphs each."""
    texts = []
    for _ in range(2):
        n = draw(st.integers(1, 40))
        words = draw(st.lists(st.integers(0, draw(st.sampled_from([2, 6, 30]))), min_size=n, max_size=n))
        breaks = draw(st.lists(st.booleans(), min_size=n, max_size=n))
        rarity = draw(st.lists(st.integers(1, 120), min_size=n, max_size=n))
        paragraphs = np.cumsum(np.array(breaks) & (np.arange(n) % 7 == 6)).tolist()
        texts.append(reference.Text(words, paragraphs, rarity, [0] * n))
    return texts


def end_to_end(texts: list[reference.Text]) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, int, int, int]]:
    """Words, paragraphs and rarity of both texts as kernels take them, and the sides."""
    left, right = texts
    n, end = len(left.words), len(left.words) + len(right.words)
    paragraphs = np.array(left.paragraphs + [p + left.paragraphs[-1] + 1 for p in right.paragraphs], np.int32)
    words, rarity = np.array(left.words + right.words, np.uint32), np.array(left.rarity + right.rarity, np.uint8)
    return words, paragraphs, rarity, (0, n, n, end)


def seeds_in_common(texts: list[reference.Text]) -> np.ndarray:
    words, paragraphs, _, sides = end_to_end(texts)
    seeds, places = np.empty(len(words), np.uint32), np.empty(len(words), np.int32)
    readable = np.ones(paragraphs[-1] + 1, bool)
    seed_articles(words, paragraphs, readable, np.array([0, *sides[1::2]]), 0, 2, seeds, places)
    marks = np.empty(MARKS, np.uint64)
    mark_seeds(seeds, places, *sides[:2], marks)
    return np.sort(common_seeds(seeds, places, sides, marks, np.empty(len(words), np.int64)))


def plain_seeds(texts: list[reference.Text]) -> list[dict[int, list[int]]]:
    return [reference.seeds(text, [True] * (text.paragraphs[-1] + 1)) for text in texts]


@given(two_texts())
def test_the_seeds_that_two_texts_share_are_those_of_plain_python(texts):
    found = [place_of_seed.py_func(packed, 0, 0) for packed in seeds_in_common(texts).tolist()]
    expected = reference.common_seeds(*plain_seeds(texts))
    assert len(found) < LEAST_SEEDS if not expected else sorted(found) == sorted(expected)


@given(two_texts())
def test_maximal_runs_equal_those_of_plain_python(texts):
    words, paragraphs, _, sides = end_to_end(texts)
    found = seeds_in_common(texts)
    expected = reference.maximal_runs(*texts, [place_of_seed.py_func(packed, 0, 0) for packed in found.tolist()])
    runs = zip(*(column.tolist() for column in maximal_runs(words, paragraphs, sides, found)), strict=True)
    assert [(x, y - sides[2], size) for x, y, size in runs] == expected


@given(two_texts(), st.integers(0, 8))
def test_chains_equal_those_of_plain_python(texts, max_gap):
    words, paragraphs, rarity, sides = end_to_end(texts)
    runs = maximal_runs(words, paragraphs, sides, seeds_in_common(texts))
    scores, before = score_chains(paragraphs, rarity, *runs, max_gap)
    listed = [(x, y - sides[2], size) for x, y, size in zip(*(column.tolist() for column in runs), strict=True)]
    used, room = np.zeros(len(listed), bool), np.empty(len(listed), np.int64)
    found = [
        [listed[run] for run in room[: take_chain(last, before, used, room)].tolist()]
        for last in sorted(range(len(listed)), key=lambda run: -scores[run])
        if not used[last]
    ]
    assert found == [chain for _, chain in reference.chains(*texts, listed, max_gap, 0.0)]

"""The sample that is compared without the look-up: which pairs it takes, and what its figures say."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from runs import prose, run_articles

from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import audit

DAY = 86_400


def test_the_sample_depends_on_ids_and_times_and_not_on_the_order_of_rows():
    rng = random.Random(4)
    facts = [(f"a{number}", rng.randrange(60 * DAY)) for number in range(900)]
    shuffled = rng.sample(facts, len(facts))
    assert named_pairs(facts) == named_pairs(shuffled)


def test_near_pairs_lie_inside_the_window_and_far_pairs_outside_it():
    rng = random.Random(5)
    times = np.array([rng.randrange(60 * DAY) for _ in range(900)])
    times[rng.sample(range(900), 90)] = UNKNOWN_TIME
    sampled = audit.sample([str(number) for number in range(900)], times, 7 * DAY)
    undated = (times[sampled.left] == UNKNOWN_TIME) | (times[sampled.right] == UNKNOWN_TIME)
    apart = np.abs(times[sampled.left] - times[sampled.right]) > 7 * DAY
    assert (sampled.near == (undated | ~apart)).all()
    assert sampled.near.any() and (~sampled.near).sum() <= audit.FAR_PAIRS
    keys = sampled.left * 1000 + sampled.right
    assert (sampled.left < sampled.right).all() and len(np.unique(keys)) == len(keys)


def test_the_size_of_the_sample_does_not_grow_with_the_articles():
    times = np.sort(np.random.default_rng(1).integers(0, 300 * DAY, 50_000))
    sampled = audit.sample([str(number) for number in range(50_000)], times, 7 * DAY)
    assert len(sampled.left) <= audit.ANCHORS * audit.NEIGHBOURS**2 // 2 + audit.FAR_PAIRS


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_articles_make_a_sample_of_all_their_pairs(n):
    sampled = audit.sample([str(number) for number in range(n)], np.zeros(n, np.int64), DAY)
    assert len(sampled.left) == n * (n - 1) // 2
    counts = audit.figures(sampled, sampled.near, sampled.near, 0, np.zeros(n, np.int64), DAY)
    assert ("estimated_recall" in counts) == (n > 1)


def test_recall_is_the_share_of_near_sharing_pairs_that_are_held_and_noise_what_far_pairs_foretell():
    times = np.array([0, 1, 2, 100 * DAY])
    left, right = np.triu_indices(4, 1)
    sampled = audit.Sample(left, right, right < 3)
    sharing = np.array([True, True, True, True, False, False])  # (0, 1), (0, 2), (0, 3), (1, 2)
    held = np.array([True, False, False, True, True, False])
    counts = audit.figures(sampled, sharing, held, 2, times, DAY)
    assert counts["estimated_recall"] == 0.667
    assert counts["estimated_noise"] == 0.5  # one in three, of three pairs inside the window, over two matched
    assert (counts["sampled_sharing"], counts["sampled_far_sharing"]) == (3, 1)


def test_the_pairs_inside_the_window_are_counted_as_the_join_compares_them():
    rng = np.random.default_rng(2)
    times = rng.integers(0, 30 * DAY, 60)
    times[::7] = UNKNOWN_TIME
    every = [(one, other) for number, one in enumerate(times) for other in times[:number]]
    inside = [pair for pair in every if UNKNOWN_TIME in pair or abs(pair[0] - pair[1]) <= 3 * DAY]
    assert audit.pairs_inside(times, 3 * DAY) == len(inside)


def test_a_look_up_that_finds_nothing_is_told_by_the_manifest_of_the_run(tmp_path):
    text = prose(1, 60)
    rows = [{"text": text + "\n" + prose(number, 30), "outlet": f"Gazette {number}"} for number in range(2, 6)]
    for name, settings in (("good", {}), ("blind", {"bands": 1, "rows": 128, "min_bands": 2})):
        snapshot = run_articles(tmp_path / name, *rows, **settings)
        counts = json.loads((snapshot.out / "latest" / "manifest.json").read_text())["counts"]
        assert counts["sampled_sharing"] == 6
        assert counts["estimated_recall"] == (1.0 if name == "good" else 0.0)


def named_pairs(facts: list[tuple[str, int]]) -> set[tuple[str, str, bool]]:
    ids, times = zip(*facts, strict=True)
    sampled = audit.sample(list(ids), np.array(times), 7 * DAY)
    return {
        (*sorted((ids[left], ids[right])), bool(near))
        for left, right, near in zip(*(column.tolist() for column in sampled), strict=True)
    }

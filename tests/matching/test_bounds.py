"""At most so many pairs an article: which ones stay, whatever the order of articles and however they came."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from runs import Snapshot, run, write_lines

from dedup.config import Config
from dedup.kernels import minhash
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import lsh
from dedup.store import disk

WORDS = ("mairie", "plage", "tram", "vote", "neige", "halle", "quai", "moulin", "verger", "lycée", "rail", "phare")


def joined(
    windows: list[tuple[int, list[int]]], articles: int, config: Config, wires: list[bool], undated: int = 0
) -> lsh.Joined:
    """Join windows (article, signature); the last articles have no date."""
    windows = sorted(windows, key=lambda window: window[0])
    signatures = np.array([values for _, values in windows], np.uint32).reshape(len(windows), config.num_perm)
    keys = np.empty((config.bands, len(signatures)), np.uint64)
    minhash.band_keys(signatures, config.rows, 0, len(signatures), keys)
    members = lsh.Windows.of(np.array([member for member, _ in windows], np.int64))
    times, spoken, own = np.zeros(articles, np.int64), np.full(articles, -1, np.int8), np.ones(articles, bool)
    times[articles - undated :] = UNKNOWN_TIME
    return lsh.join(lambda band: keys[band], members, lsh.Articles(times, np.array(wires), spoken, own), config)


def pairs(found: lsh.Joined) -> dict[tuple[int, int], int]:
    sides = zip(found.later.tolist(), found.earlier.tolist(), strict=True)
    return dict(zip(sides, found.n_bands.tolist(), strict=True))


@st.composite
def crowds(draw):
    """Many articles with few windows of few kinds: each meets many others."""
    bands = draw(st.integers(1, 10))
    articles = draw(st.integers(8, 20))
    kinds = draw(st.integers(2, 8))
    windows = [
        (article, [draw(st.integers(0, kinds))] * bands)
        for article in range(articles)
        for _ in range(draw(st.integers(1, 3)))
    ]
    limit = draw(st.sampled_from([2, 3, 5]))
    config = Config(num_perm=bands, bands=bands, rows=1, min_bands=1, bucket_limit=limit)
    wires = draw(st.lists(st.booleans(), min_size=articles, max_size=articles))
    return windows, wires, draw(st.integers(0, articles)), config


@given(crowds())
def test_the_pairs_that_stay_are_those_that_plain_python_chooses(case):
    windows, wires, undated, config = case
    found = joined(windows, len(wires), config, wires, undated)
    members, signatures = [member for member, _ in windows], [values for _, values in windows]
    limit, neighbours, reach = lsh._linking(config)
    times = [None if article >= len(wires) - undated else 0 for article in range(len(wires))]
    crowd = reference.Crowd(times, wires, limit, neighbours, reach)
    expected, _, _ = reference.candidate_pairs(signatures, members, crowd, [True] * len(wires), config.bands, 1, 1)
    assert pairs(found) == expected
    for article in range(len(wires)):
        most = reference.most_pairs(members.count(article), article, crowd)
        assert sum(later == article for later, _ in expected) <= most


def test_a_dispatch_keeps_every_outlet_that_carries_it():
    config = Config(num_perm=8, bands=8, rows=1, bucket_limit=2)
    windows = [(0, [copy] * 8) for copy in range(1, 41)]  # one window for each of forty outlets
    windows += [(copy, [copy] * 8) for copy in range(1, 41)]
    found = joined(windows, 41, config, [True] + [False] * 40)
    assert set(pairs(found)) == {(copy, 0) for copy in range(1, 41)}
    assert not found.dropped.any()


# the whole job


def shuffled(n: int, seed: int = 1) -> list[dict]:
    """Articles that are made of the same twenty sentences, each in an order of its own."""
    rng = random.Random(seed)
    sentences = [
        " ".join(f"{rng.choice(WORDS)}{rng.randrange(900)}" for _ in range(8)).capitalize() + "." for _ in range(20)
    ]
    return [
        {"id": f"a{number:04d}", "outlet": f"Journal {number % 7}", "published_at": "2025-03-12T10:00:00Z",
         "text": " ".join(rng.sample(sentences, 20))}
        for number in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def crowd(tmp_path_factory) -> tuple[list[Path], Snapshot]:
    """200 such articles, one of them printed twice, in many files; and the output of one run."""
    rows = shuffled(200)
    rows.append({**rows[150], "id": "copy", "outlet": "Autre Journal", "published_at": "2025-03-12T12:00:00Z"})
    folder = tmp_path_factory.mktemp("crowd")
    files = [write_lines(folder / f"{number}.jsonl", rows[number::20]) for number in range(20)]
    return files, run(files, folder / "out", bucket_limit=8, report=False)


def test_a_crowd_makes_no_more_pairs_than_it_has_windows_and_the_manifest_says_so(crowd):
    counts = disk.read_manifest(disk.latest(crowd[1].out))["counts"]
    windows = 1 + (160 - 16) // 4  # of each article
    assert counts["candidate_pairs"] <= 201 * windows / 2  # the rest holds windows that enough others hold
    assert 0 < counts["bounded_articles"] <= 201
    assert counts["dropped_pairs"] > 0


def test_in_a_crowd_a_whole_copy_is_still_found(crowd):
    between = [
        row
        for row in crowd[1].rows("matches")
        if {row["left_article_id"], row["right_article_id"]} == {"a0150", "copy"}
    ]
    assert sum(row["matched_words"] for row in between) == 160
    assert {row["edit_class"] for row in between} == {"verbatim"}


def test_a_crowd_that_comes_in_three_runs_gives_the_tables_of_one(crowd, tmp_path):
    files, whole = crowd
    order = random.Random(3).sample(files, len(files))
    for part in (order[:6], order[6:15], order[15:]):
        found = run(part, tmp_path, bucket_limit=8, report=False)
    for name in ("matches", "passages", "clusters", "provenance"):
        assert found.table(name).equals(whole.table(name)), name


def test_an_article_that_shares_nothing_changes_no_match_of_a_crowd(crowd, tmp_path):
    files, whole = crowd
    text = " ".join(f"seul{number}" for number in range(200))
    alone = {"id": "alone", "outlet": "Journal 1", "published_at": "2025-03-12", "text": text}
    found = run(
        [*files, write_lines(tmp_path / "alone.jsonl", [alone])], tmp_path / "out", bucket_limit=8, report=False
    )
    assert found.table("matches").equals(whole.table("matches"))

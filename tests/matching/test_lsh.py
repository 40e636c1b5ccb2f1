"""The band join: the pairs of datasketch's index, found by sorting; crowded buckets linked sparsely, never dropped."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
import reference
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from dedup.config import Config
from dedup.kernels import minhash
from dedup.kernels.buckets import UNKNOWN_TIME, find_buckets
from dedup.matching import lsh
from dedup.matching.sketch import sign

DAY = 86_400


def config_of(bands: int, rows: int, **settings) -> Config:
    return Config(num_perm=max(bands * rows, 1), bands=bands, rows=rows, **{"min_bands": 1, **settings})


def band_keys(signatures: np.ndarray, config: Config) -> np.ndarray:
    keys = np.empty((config.bands, len(signatures)), np.uint64)
    minhash.band_keys(signatures, config.rows, 0, len(signatures), keys)
    return keys


def join(signatures, members, times=None, wires=None, own=None, config=None, parts=1) -> lsh.Joined:
    """Join windows given as plain lists; articles are numbered in the order of time."""
    signatures = np.array(signatures, np.uint32).reshape(len(members), config.num_perm)
    n = len(times or []) or max(members, default=-1) + 1
    keys = band_keys(signatures, config)
    known = [UNKNOWN_TIME if time is None else time for time in (times or [None] * n)]
    articles = lsh.Articles(
        np.array(known, np.int64),
        np.array(wires or [False] * n),
        np.full(n, -1, np.int8),
        np.array(own or [True] * n),
    )
    return lsh.join(lambda band: keys[band], lsh.Windows.of(np.array(members, np.int64)), articles, config, parts)


def pairs(joined: lsh.Joined) -> dict[tuple[int, int], int]:
    found = dict(
        zip(zip(joined.later.tolist(), joined.earlier.tolist(), strict=True), joined.n_bands.tolist(), strict=True)
    )
    assert all(later > earlier for later, earlier in found)
    assert list(found) == sorted(found), "sorted, each pair once"
    assert len(found) == len(joined.later)
    return found


def same(one: lsh.Joined, other: lsh.Joined) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@st.composite
def corpora(draw):
    """Windows with few different values, so that many meet: signatures, members, times, wires, settings."""
    bands, rows = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    width = bands * rows
    articles = draw(st.integers(1, 14))
    value = st.integers(0, draw(st.sampled_from([0, 1, 3]))) | st.just(2**32 - 1)
    windows = draw(
        st.lists(st.tuples(st.integers(0, articles - 1), st.lists(value, min_size=width, max_size=width)), max_size=24)
    )
    windows.sort(key=lambda window: window[0])
    config = config_of(
        bands,
        rows,
        min_bands=draw(st.integers(1, 3)),
        bucket_limit=draw(st.sampled_from([2, 3, 5, 64])),
        window_days=draw(st.integers(1, 3)),
        workers=draw(st.integers(0, 2)),
    )
    dated = draw(st.lists(st.integers(0, 5 * DAY), max_size=articles))
    times = [*sorted(dated), *[None] * (articles - len(dated))]
    wires = draw(st.lists(st.booleans(), min_size=articles, max_size=articles))
    return [signature for _, signature in windows], [member for member, _ in windows], times, wires, config


def crowd_of(times, wires, config: Config) -> reference.Crowd:
    return reference.Crowd(times, wires, config.bucket_limit, lsh._linking(config)[1], config.window_days * DAY)


@given(corpora(), st.data())
def test_candidate_pairs_equal_those_of_buckets_kept_in_dictionaries(corpus, data):
    signatures, members, times, wires, config = corpus
    own = data.draw(st.lists(st.booleans(), min_size=len(times), max_size=len(times)))
    joined = join(signatures, members, times, wires, own, config)
    crowd = crowd_of(times, wires, config)
    expected, crowded, largest = reference.candidate_pairs(
        signatures, members, crowd, own, config.bands, config.rows, config.min_bands
    )
    assert pairs(joined) == expected
    assert {x: count for x, count in enumerate(joined.crowded.tolist()) if count} == {
        x: count for x, count in crowded.items() if count
    }
    assert joined.largest == largest


@given(corpora(), st.integers(0, 14))
def test_what_comes_later_changes_no_pair_of_what_was_there(corpus, known):
    signatures, members, times, wires, config = corpus
    whole = pairs(join(signatures, members, times, wires, None, config))
    known = min(known, len(times))
    before = [row for row, member in enumerate(members) if member < known]
    if known:
        first = join(
            [signatures[row] for row in before],
            [members[row] for row in before],
            times[:known],
            wires[:known],
            None,
            config,
        )
        assert pairs(first) == {pair: count for pair, count in whole.items() if pair[0] < known}


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=12), max_size=20), st.data())
def test_candidate_pairs_equal_those_of_datasketch(windows, data):
    bands, rows = data.draw(st.sampled_from([(64, 2), (32, 4), (16, 8), (42, 3), (128, 1)]))
    members = sorted(data.draw(st.lists(st.integers(0, 6), min_size=len(windows), max_size=len(windows))))
    config = config_of(bands, rows, seed=1, bucket_limit=10_000)
    index = MinHashLSH(num_perm=config.num_perm, params=(bands, rows))
    sketches = []
    for number, values in enumerate(windows):
        made = MinHash(num_perm=config.num_perm, seed=1, scheme="affine32", hashfunc=lambda value: value)
        made.update_batch(values)
        index.insert(number, made)
        sketches.append(made)
    expected = {
        (max(members[number], members[other]), min(members[number], members[other]))
        for number, made in enumerate(sketches)
        for other in index.query(made)
        if members[number] != members[other]
    }
    signatures = sign(pa.array(windows, pa.list_view(pa.uint64())), config)
    assert set(pairs(join(signatures, members, config=config))) == expected


@given(corpora(), st.sampled_from([2, 4, 64]), st.sampled_from([1, 7, 1 << 22]))
def test_joining_in_parts_and_counting_in_ranges_changes_nothing(corpus, parts, at_once):
    signatures, members, times, wires, config = corpus
    whole = join(signatures, members, times, wires, None, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lsh, "_AT_ONCE", at_once)
        assert same(join(signatures, members, times, wires, None, config, parts), whole)


@pytest.mark.parametrize("rows", [1, 2, 3, 8])
@given(data=st.data())
def test_band_keys_agree_when_and_only_when_the_values_do(rows, data):
    value = st.integers(0, 2) | st.integers(0, 2**32 - 1)
    signature = st.lists(value, min_size=2 * rows, max_size=2 * rows)
    signatures = data.draw(st.lists(signature, min_size=1, max_size=8))
    keys = band_keys(np.array(signatures, np.uint32), config_of(2, rows))
    for band in range(2):
        parts = [tuple(signature[band * rows : (band + 1) * rows]) for signature in signatures]
        assert [[x == y for y in parts] for x in parts] == [[x == y for y in keys[band]] for x in keys[band]]


@pytest.mark.parametrize("articles", [6, 1 << 20])
def test_keys_that_differ_in_one_bit_are_told_apart(articles):
    keys = np.array([5 ^ bit for bit in (0, 1, 0, 1 << 63, 1, 0)], np.uint64)
    buckets, holders = find_buckets(keys, *lsh.Windows.of(np.arange(6)), articles, 1, 0)
    found = [holders[begin:end].tolist() for begin, end in itertools.pairwise(buckets.tolist())]
    assert sorted(found) == [[0, 2, 5], [1, 4]]


@pytest.mark.parametrize("rows", [1_023, 1_025, 5_000, 40_000])
def test_many_windows_meet_as_in_dictionaries(rows):
    random = np.random.default_rng(rows)
    signatures = random.integers(0, 40, (rows, 2)) * 97
    n = rows // 2
    members = np.sort(random.integers(0, n, rows)).tolist()
    times = np.sort(random.integers(0, 3 * DAY, n)).tolist()
    wires = (random.integers(0, 9, n) == 0).tolist()
    config = config_of(1, 2, window_days=1, bucket_limit=16)
    joined = join(signatures, members, times, wires, None, config)
    expected, _, largest = reference.candidate_pairs(
        signatures.tolist(), members, crowd_of(times, wires, config), [True] * n, 1, 2, 1
    )
    assert pairs(joined) == expected
    assert joined.largest == largest


@pytest.mark.parametrize("dispatch", [0, 4_999])
def test_a_dispatch_carried_by_five_thousand_costs_no_twelve_million_pairs_and_meets_many(dispatch):
    n = 5_000
    config = config_of(1, 2)
    wires = [article == dispatch for article in range(n)]
    joined = join([[3, 4]] * n, list(range(n)), [0] * n, wires, None, config)
    assert len(joined.later) <= 3 * lsh._linking(config)[1] * n
    assert joined.largest == n
    met = {other for pair in pairs(joined) for other in pair if dispatch in pair}
    assert len(met) == n if dispatch == 0 else len(met) > 500  # one before which all stand chooses among them


def test_articles_further_apart_than_the_window_make_no_pair_and_undated_ones_do():
    times = [0, 2 * DAY, 2 * DAY + 1, None]
    found = pairs(join([[1, 1]] * 4, [0, 1, 2, 3], times, None, None, config_of(1, 2, window_days=2)))
    assert set(found) == {(1, 0), (3, 0), (2, 1), (3, 1), (3, 2)}


def test_articles_of_two_languages_make_no_pair():
    config = config_of(1, 2)
    keys = band_keys(np.full((3, 2), 7, np.uint32), config)
    spoken = np.array([0, 1, -1], np.int8)
    articles = lsh.Articles(np.zeros(3, np.int64), np.zeros(3, bool), spoken, np.ones(3, bool))
    found = lsh.join(lambda band: keys[band], lsh.Windows.of(np.arange(3)), articles, config)
    assert set(pairs(found)) == {(2, 0), (2, 1)}


@given(corpora(), st.data())
def test_windows_whose_article_does_not_count_are_as_if_they_were_not_there(corpus, data):
    signatures, members, times, wires, config = corpus
    hidden = data.draw(st.sets(st.integers(0, len(times) - 1)))
    seen = [row for row, member in enumerate(members) if member not in hidden]
    keys = band_keys(np.array(signatures, np.uint32).reshape(len(members), config.num_perm), config)
    known = np.array([UNKNOWN_TIME if time is None else time for time in times], np.int64)
    n = len(times)
    articles = lsh.Articles(known, np.array(wires), np.full(n, -1, np.int8), np.ones(n, bool))
    windows = lsh.Windows.of(np.array(members, np.int64))
    windows = windows._replace(owners=np.where(np.isin(windows.owners, list(hidden)), -1, windows.owners))
    left_out = lsh.join(lambda band: keys[band], windows, articles, config)
    gone = lsh.Windows.of(np.array([members[row] for row in seen], np.int64))
    assert same(left_out, lsh.join(lambda band: keys[band][seen], gone, articles, config))


def test_no_window_makes_no_pair():
    assert pairs(join([], [], config=config_of(4, 2))) == {}
    assert pairs(join([[1] * 8], [0], config=config_of(4, 2))) == {}
    assert pairs(join([[1] * 8] * 2, [0, 0], config=config_of(4, 2))) == {}

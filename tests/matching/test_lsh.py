"""The band join: the pairs of datasketch's index, found by sorting; crowded buckets linked sparsely, never dropped."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import reference
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.config import Config
from dedup.kernels import minhash
from dedup.kernels.buckets import UNKNOWN_TIME, find_buckets, link_buckets
from dedup.matching import lsh
from dedup.matching.sketch import sign

DAY = 86_400


def config_of(bands: int, rows: int, **settings) -> Config:
    return Config(num_perm=max(bands * rows, 1), bands=bands, rows=rows, **{"min_bands": 1, **settings})


def band_keys(signatures: np.ndarray, config: Config) -> np.ndarray:
    keys = np.empty((config.bands, len(signatures)), np.uint32)
    minhash.band_keys(signatures, config.rows, 0, len(signatures), keys)
    return keys


def join(signatures, members, ranks=None, times=None, config=None, parts=1) -> lsh.Joined:
    """Join windows given as plain lists."""
    signatures = np.array(signatures, np.uint32).reshape(len(members), config.num_perm)
    n = max(members, default=-1) + 1
    keys = band_keys(signatures, config)
    known = [UNKNOWN_TIME if time is None else time for time in (times or [None] * n)]
    return lsh.join(
        lambda band: keys[band],
        lsh.Windows.of(np.array(members, np.int64)),
        np.array(ranks or range(n), np.uint32),
        np.array(known, np.int64),
        config,
        parts,
    )


def pairs(joined: lsh.Joined) -> dict[tuple[int, int], int]:
    rows = joined.pairs.to_pylist()
    assert all(row["left"] < row["right"] for row in rows)
    found = {(row["left"], row["right"]): row["n_bands"] for row in rows}
    assert list(found) == sorted(found), "sorted, each pair once"
    assert len(found) == len(rows)
    return found


@st.composite
def corpora(draw):
    """Windows with few different values, so that many meet."""
    bands, rows = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    width = bands * rows
    articles = draw(st.integers(1, 12))
    value = st.integers(0, draw(st.sampled_from([0, 1, 3]))) | st.just(2**32 - 1)
    windows = draw(
        st.lists(st.tuples(st.integers(0, articles - 1), st.lists(value, min_size=width, max_size=width)), max_size=24)
    )
    config = config_of(
        bands,
        rows,
        min_bands=draw(st.integers(1, 3)),
        bucket_limit=draw(st.sampled_from([2, 3, 5, 64])),
        window_days=draw(st.integers(1, 3)),
        workers=draw(st.integers(0, 2)),
    )
    ranks = draw(st.permutations(range(articles)))
    times = draw(st.lists(st.none() | st.integers(0, 5 * DAY), min_size=articles, max_size=articles))
    return [signature for _, signature in windows], [member for member, _ in windows], ranks, times, config


@given(corpora())
def test_candidate_pairs_equal_those_of_buckets_kept_in_dictionaries(corpus):
    signatures, members, ranks, times, config = corpus
    joined = join(signatures, members, ranks, times, config)
    assert joined.pairs.schema.equals(schemas.CANDIDATE_PAIRS, check_metadata=True)
    expected, sparse, largest = reference.candidate_pairs(
        signatures,
        members,
        ranks,
        times,
        config.bands,
        config.rows,
        config.min_bands,
        config.bucket_limit,
        lsh._neighbours(config),
        config.window_days * DAY,
    )
    assert pairs(joined) == expected
    assert (joined.sparse_buckets, joined.largest_bucket) == (sparse, largest)


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=12), max_size=20), st.data())
def test_candidate_pairs_equal_those_of_datasketch(windows, data):
    bands, rows = data.draw(st.sampled_from([(64, 2), (32, 4), (16, 8), (42, 3), (128, 1)]))
    members = data.draw(st.lists(st.integers(0, 6), min_size=len(windows), max_size=len(windows)))
    config = config_of(bands, rows, seed=1, bucket_limit=10_000)
    index = MinHashLSH(num_perm=config.num_perm, params=(bands, rows))
    sketches = []
    for number, values in enumerate(windows):
        made = MinHash(num_perm=config.num_perm, seed=1, scheme="affine32", hashfunc=lambda value: value)
        made.update_batch(values)
        index.insert(number, made)
        sketches.append(made)
    expected = {
        (min(members[number], members[other]), max(members[number], members[other]))
        for number, made in enumerate(sketches)
        for other in index.query(made)
        if members[number] != members[other]
    }
    signatures = sign(pa.array(windows, pa.list_view(pa.uint64())), config)
    assert set(pairs(join(signatures, members, config=config))) == expected


@given(corpora(), st.sampled_from([2, 4, 64]), st.sampled_from([1, 7, 1 << 22]))
def test_joining_in_parts_and_counting_in_ranges_changes_nothing(corpus, parts, at_once):
    signatures, members, ranks, times, config = corpus
    whole = join(signatures, members, ranks, times, config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lsh, "_AT_ONCE", at_once)
        assert join(signatures, members, ranks, times, config, parts) == whole


@given(corpora(), st.randoms())
def test_the_order_of_windows_does_not_change_the_pairs(corpus, random):
    signatures, members, ranks, times, config = corpus
    order = list(range(len(members)))
    random.shuffle(order)
    shuffled = join([signatures[i] for i in order], [members[i] for i in order], ranks, times, config)
    if len(members) and max(members) == max(members[i] for i in order):
        assert shuffled.pairs.equals(join(signatures, members, ranks, times, config).pairs)


@given(corpora(), st.randoms())
def test_the_numbers_of_the_articles_do_not_change_who_meets_whom(corpus, random):
    signatures, members, ranks, times, config = corpus
    name = list(range(len(ranks)))
    random.shuffle(name)
    moved_ranks, moved_times = [0] * len(name), [None] * len(name)
    for old, new in enumerate(name):
        moved_ranks[new], moved_times[new] = ranks[old], times[old]
    config = config.model_copy(update={"workers": 1})
    moved = join(signatures, [name[member] for member in members], moved_ranks, moved_times, config)
    expected = pairs(join(signatures, members, ranks, times, config))
    assert pairs(moved) == dict(
        sorted(((min(name[x], name[y]), max(name[x], name[y])), count) for (x, y), count in expected.items())
    )


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


def test_keys_that_differ_in_one_bit_are_told_apart():
    keys = np.array([5 ^ bit for bit in (0, 1, 0, 1 << 31, 1, 0)], np.uint32)
    ranks = np.arange(6, dtype=np.uint32)
    times = np.full(6, UNKNOWN_TIME)
    buckets, holders, _, largest = find_buckets(keys, *lsh.Windows.of(np.arange(6)), ranks, 64, 1, 0)
    firsts, others = link_buckets(buckets, holders, times, 64, 8, DAY)
    lefts = np.repeat(np.arange(6), np.diff(firsts))
    assert set(zip(lefts.tolist(), others.tolist(), strict=True)) == {(0, 2), (0, 5), (2, 5), (1, 4)}
    assert largest == 3


@pytest.mark.parametrize("rows", [1_023, 1_025, 5_000, 40_000])
def test_many_windows_meet_as_in_dictionaries(rows):
    random = np.random.default_rng(rows)
    signatures = random.integers(0, 40, (rows, 2)) * 97
    members = random.integers(0, rows // 2, rows).tolist()
    times = random.integers(0, 3 * DAY, rows // 2).tolist()
    config = config_of(1, 2, window_days=1, bucket_limit=16)
    ranks = random.permutation(rows // 2).tolist()
    joined = join(signatures, members, ranks, times[: max(members) + 1], config)
    expected, sparse, largest = reference.candidate_pairs(
        signatures.tolist(), members, ranks, times, 1, 2, 1, 16, lsh._neighbours(config), DAY
    )
    assert pairs(joined) == expected
    assert (joined.sparse_buckets, joined.largest_bucket) == (sparse, largest)


def test_a_dispatch_carried_by_five_thousand_costs_no_twelve_million_pairs():
    n = 5_000
    config = config_of(1, 2)
    ranks = np.random.default_rng(1).permutation(n).tolist()
    joined = join([[3, 4]] * n, list(range(n)), ranks, None, config)
    neighbours = lsh._neighbours(config)
    assert joined.pairs.num_rows <= 2 * neighbours * n
    assert (joined.sparse_buckets, joined.largest_bucket) == (1, n)
    linked = pairs(joined)
    first = ranks.index(0)
    assert all((min(first, other), max(first, other)) in linked for other in range(n) if other != first)


def test_articles_further_apart_than_the_window_make_no_pair_and_undated_ones_do():
    times = [0, 2 * DAY, 2 * DAY + 1, None]
    found = pairs(join([[1, 1]] * 4, [0, 1, 2, 3], None, times, config_of(1, 2, window_days=2)))
    assert set(found) == {(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)}


@given(corpora(), st.data())
def test_windows_whose_article_does_not_count_are_as_if_they_were_not_there(corpus, data):
    signatures, members, ranks, times, config = corpus
    hidden = data.draw(st.sets(st.integers(0, len(ranks) - 1)))
    seen = [row for row, member in enumerate(members) if member not in hidden]
    keys = band_keys(np.array(signatures, np.uint32).reshape(len(members), config.num_perm), config)
    known = np.array([UNKNOWN_TIME if time is None else time for time in times], np.int64)
    windows = lsh.Windows.of(np.array(members, np.int64))
    windows = windows._replace(owners=np.where(np.isin(windows.owners, list(hidden)), -1, windows.owners))
    left_out = lsh.join(lambda band: keys[band], windows, np.array(ranks, np.uint32), known, config)
    gone = lsh.Windows.of(np.array([members[row] for row in seen], np.int64))
    assert left_out == lsh.join(lambda band: keys[band][seen], gone, np.array(ranks, np.uint32), known, config)


def test_no_window_makes_no_pair():
    assert pairs(join([], [], config=config_of(4, 2))) == {}
    assert pairs(join([[1] * 8], [0], config=config_of(4, 2))) == {}
    assert pairs(join([[1] * 8] * 2, [0, 0], config=config_of(4, 2))) == {}

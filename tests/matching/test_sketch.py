"""Shingles, windows and signatures: equal to plain Python, and to datasketch bit for bit."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest
import reference
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.config import Config
from dedup.kernels.seeds import SEED_WORDS
from dedup.matching.shingle import shingle
from dedup.matching.sketch import drawn, permutations, sign, sketch

hashes = st.integers(0, 2**32 - 1)
paragraphs = st.lists(st.lists(hashes | st.integers(0, 3), max_size=50), max_size=5)
values = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1])
configs = st.builds(
    lambda size, words, step: Config(shingle_size=min(size, words), window_words=words, window_step=min(step, words)),
    st.integers(1, 8),
    st.integers(4, 20),
    st.integers(1, 20),
)


def table(rows: list[list[int]]) -> pa.Table:
    """WORDS of which only the hashes matter."""
    columns = {
        field.name: pa.array([[0] * len(row) if pa.types.is_list(field.type) else 0 for row in rows], field.type)
        for field in schemas.WORDS
    }
    columns["hash"] = pa.array(rows, schemas.WORDS.field("hash").type)
    return pa.table(columns, schema=schemas.WORDS)


def plain_windows(rows: list[list[int]], config: Config) -> list[dict]:
    """WINDOWS, the slow way."""
    found = []
    for number, row in enumerate(rows):
        spans = reference.windows(len(row), config.window_words, config.window_step, config.shingle_size)
        found += [
            {
                "paragraph_row": number,
                "begin_word": begin,
                "end_word": end,
                "shingles": reference.shingles(row[begin:end], config.shingle_size),
            }
            for begin, end in spans
        ]
    return found


# shingles and windows


def test_a_shingle_that_fits_into_no_window_is_refused():
    with pytest.raises(ValueError, match="a shingle of 8 words does not fit into a window of 4"):
        Config(window_words=4, shingle_size=8)


@given(paragraphs, configs)
def test_windows_equal_those_cut_in_plain_python(rows, config):
    found = shingle(table(rows), config)
    assert found.schema.equals(schemas.WINDOWS, check_metadata=True)
    assert found.to_pylist() == plain_windows(rows, config)


@given(paragraphs, st.data())
def test_a_slice_of_words_is_cut_as_its_rows_alone(rows, data):
    begin = data.draw(st.integers(0, len(rows)))
    end = data.draw(st.integers(begin, len(rows)))
    part = shingle(table(rows).slice(begin, end - begin), Config())
    assert part.to_pylist() == shingle(table(rows[begin:end]), Config()).to_pylist()


@given(paragraphs, st.data())
def test_paragraphs_that_are_left_out_have_no_window(rows, data):
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), bool)
    every = shingle(table(rows), Config()).to_pylist()
    assert shingle(table(rows), Config(), keep).to_pylist() == [row for row in every if keep[row["paragraph_row"]]]


@given(st.integers(0, 200), configs)
def test_windows_cover_every_word_of_a_paragraph_that_holds_a_shingle(n_words, config):
    found = shingle(table([list(range(n_words))]), config).to_pylist()
    covered = {word for window in found for word in range(window["begin_word"], window["end_word"])}
    assert covered == (set(range(n_words)) if n_words >= config.shingle_size else set())


def test_overlapping_windows_share_one_buffer():
    found = shingle(table([list(range(1_000))]), Config(window_words=32, window_step=1))
    assert found.num_rows == 969
    assert len(found["shingles"].chunk(0).values) == 998


# signatures


@given(st.lists(st.lists(values, max_size=8), max_size=4), st.sampled_from([(128, 1), (16, 7), (1, 0)]))
def test_signatures_equal_datasketch_and_plain_python(rows, setting):
    num_perm, seed = setting
    config = Config(num_perm=num_perm, seed=seed, bands=1, rows=1)
    signed = sign(pa.array(rows, pa.list_view(pa.uint64())), config)
    a, b = permutations(num_perm, seed)
    for row, mine in zip(rows, signed, strict=True):
        theirs = MinHash(num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=lambda value: value)
        theirs.update_batch([value & 0xFFFFFFFF for value in row])
        assert mine.tolist() == theirs.hashvalues.tolist()
        assert mine.tolist() == reference.signature(row, a.tolist(), b.tolist())


@given(st.integers(1, 256), st.integers(0, 2**32 - 1))
def test_permutations_equal_those_of_datasketch(num_perm, seed):
    theirs = np.asarray(MinHash(num_perm=num_perm, seed=seed, scheme="affine32").permutations)
    assert np.array_equal(np.stack(permutations(num_perm, seed)), theirs)


def test_the_defaults_of_datasketch_are_the_scheme_of_the_settings():
    from dedup.config import SKETCH_SCHEME

    assert MinHash(num_perm=4).scheme == SKETCH_SCHEME == "affine32"


@given(st.lists(st.lists(values, max_size=6), max_size=5), st.data())
def test_a_slice_of_windows_is_signed_as_its_rows_alone(rows, data):
    begin = data.draw(st.integers(0, len(rows)))
    end = data.draw(st.integers(begin, len(rows)))
    column = pa.array(rows, pa.list_view(pa.uint64()))
    whole = sign(column, Config())
    assert np.array_equal(sign(column.slice(begin, end - begin), Config()), whole[begin:end])
    chunked = pa.chunked_array([column.slice(0, begin), column.slice(begin)], column.type)
    assert np.array_equal(sign(chunked, Config()), whole)


@given(paragraphs)
def test_the_table_of_signatures_holds_a_row_a_window(rows):
    windows = shingle(table(rows), Config())
    signed = sketch(windows, Config())
    assert signed.schema.equals(schemas.SIGNATURES, check_metadata=True)
    assert signed["paragraph_row"].to_pylist() == windows["paragraph_row"].to_pylist()
    assert signed["signature"].to_pylist() == sign(windows["shingles"], Config()).tolist()


@given(st.lists(values, min_size=1, max_size=12), st.randoms())
def test_the_order_of_shingles_and_their_repeats_do_not_change_a_signature(row, random):
    shuffled = row + random.sample(row, len(row) // 2)
    random.shuffle(shuffled)
    one, other = sign(pa.array([row, shuffled], pa.list_view(pa.uint64())), Config())
    assert one.tolist() == other.tolist()


def test_the_share_of_equal_values_estimates_jaccard():
    config = Config(num_perm=4096, bands=1, rows=1)
    left, right = list(range(0, 300)), list(range(100, 400))
    one, other = sign(pa.array([left, right], pa.list_view(pa.uint64())), config)
    assert np.mean(one == other) == pytest.approx(0.5, abs=4 * (0.25 / 4096) ** 0.5)


def test_two_million_words_in_one_paragraph_are_signed_in_seconds():
    column = pa.array(np.arange(2_000_000, dtype=np.uint32) * np.uint32(2_654_435_761))
    column = pa.ListArray.from_arrays(pa.array([0, 2_000_000], pa.int32()), column)
    words = table([[]]).set_column(0, schemas.WORDS.field("hash"), column)
    started = time.perf_counter()
    windows = shingle(words, Config(window_step=16))
    signed = sign(windows["shingles"], Config())
    assert time.perf_counter() - started < 20
    assert len(signed) == 125_000
    first = SEED_WORDS  # any window will do
    shown = windows["shingles"][first].as_py()
    assert signed[first].tolist() == reference.signature(shown, *(p.tolist() for p in permutations(128, 1)))


def test_permutations_of_a_secret_are_those_of_its_content_alone(tmp_path):
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    one.write_text("a secret")
    same.write_text("a secret")
    other.write_text("another secret")
    found = [np.stack(drawn(Config(seed_file=path))) for path in (one, same, other)]
    assert np.array_equal(found[0], found[1])
    assert not np.any(found[0] == found[2])
    assert not np.any(found[0] == np.stack(drawn(Config())))
    assert np.all(found[0][0] % 2 == 1)  # a multiplier that is odd loses no bit

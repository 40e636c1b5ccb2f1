"""Near-duplicate paragraphs: the pairs that plain sets of shingles give, whatever the chunks, and their clusters."""

from __future__ import annotations

from itertools import combinations

import networkx
import numpy as np
import pyarrow as pa
import pytest
import reference
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from dedup.config import Config
from dedup.matching.near_duplicates import near_duplicates, sign

WORDS = ["Élise", "va", "au", "marché", "l'aube", "2025", "été", "𝒳", "de"]
texts = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


def shingles(text: str, size: int) -> set[int]:
    hashes = [reference.word_hash(word.folded) for word in reference.read_words(text)]
    return set(reference.shingles(hashes, min(size, len(hashes)))) if hashes else set()


def plain_pairs(rows: list[str | None], threshold: float, size: int) -> dict[tuple[int, int], float]:
    sets = [shingles(row or "", size) for row in rows]
    found = {}
    for one, other in combinations(range(len(rows)), 2):
        if sets[one] and sets[other]:
            jaccard = len(sets[one] & sets[other]) / len(sets[one] | sets[other])
            if jaccard >= threshold:
                found[one, other] = jaccard
    return found


@given(st.lists(texts | st.none(), max_size=12), st.sampled_from([0.3, 0.5, 0.7, 1.0]), st.integers(1, 3), st.data())
def test_pairs_and_clusters_equal_those_of_plain_sets(rows, threshold, size, data):
    cut = data.draw(st.integers(0, len(rows)))
    column = pa.chunked_array([pa.array(rows[:cut], pa.string()), pa.array(rows[cut:], pa.string())])
    # with 128 bands of one value a pair is missed with a probability of (1 - J)^128
    found, labels = near_duplicates(column, threshold, size, bands=128, rows=1)
    expected = plain_pairs(rows, threshold, size)
    assert {(row["left"], row["right"]): row["jaccard"] for row in found.to_pylist()} == pytest.approx(expected)
    graph = networkx.Graph(list(expected))
    graph.add_nodes_from(range(len(rows)))
    whole = {node: min(component) for component in networkx.connected_components(graph) for node in component}
    assert labels.tolist() == [whole[row] for row in range(len(rows))]


@pytest.mark.parametrize("workers", [1, 2])
def test_many_rows_in_many_chunks_are_compared_as_in_one(workers):
    rng = np.random.default_rng(3)
    rows = [" ".join(f"mot{number}" for number in rng.integers(0, 60, 40)) for _ in range(3_000)]
    rows += [row + " fin" for row in rows[::7]]
    whole = pa.array(rows)
    pieces = pa.chunked_array([whole[start : start + 500] for start in range(0, len(whole), 500)])
    found, labels = near_duplicates(pieces, config=Config(workers=workers))
    same, same_labels = near_duplicates(whole)
    assert found.equals(same)
    assert (labels == same_labels).all()
    assert {(row, 3_000 + row // 7) for row in range(0, 3_000, 7)} <= set(
        zip(found["left"].to_pylist(), found["right"].to_pylist(), strict=True)
    )


@given(st.lists(texts.filter(lambda text: len(text.split()) >= 3), min_size=1, max_size=5))
def test_signatures_equal_those_of_datasketch(rows):
    made = []
    for row in rows:
        sketch = MinHash(num_perm=16, seed=1, scheme="affine32", hashfunc=lambda value: value)
        sketch.update_batch([value & 0xFFFFFFFF for value in shingles(row, 3)])
        made.append(sketch.hashvalues.tolist())
    assert sign(pa.array(rows), num_perm=16).tolist() == made


def test_more_equal_paragraphs_than_the_limit_are_paired_with_the_first_one():
    rows = ["Le marché de la place ouvre à six heures"] * 6
    found, labels = near_duplicates(pa.array(rows), config=Config(bucket_limit=4))
    assert found["left"].to_pylist() == [0] * 5
    assert not labels.any()
    assert found.schema.metadata[b"crowded_twins"] == b"1"


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        near_duplicates(pa.array(["a b c"]), threshold=0)
    with pytest.raises(ValueError, match="need 200 values"):
        near_duplicates(pa.array(["a b c"]), bands=100, rows=2)

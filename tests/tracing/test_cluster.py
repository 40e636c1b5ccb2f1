"""Passages and clusters: spans grouped inside a paragraph, joined by verified edges, cut where they chain."""

from __future__ import annotations

import hashlib
from itertools import combinations
from unittest import mock

import networkx
import numpy as np
import pytest
import reference
from alignments import PARAGRAPHS_OF, alignments, clusters, joined, matched
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from dedup.arrays import ids_of
from dedup.config import Config
from dedup.tracing import cluster
from dedup.tracing.cluster import passage_ids

# passages


def plain_passages(rows: list[dict]) -> list[tuple[int, int, int]]:
    """(paragraph, begin word, end word) of every passage, those of quotations apart; sorted."""
    found = []
    for quote_only in (False, True):
        spans = sorted({row[side] for row in rows for side in ("left", "right") if row["quote_only"] == quote_only})
        labels = reference.group_spans(spans)
        for label in set(labels):
            group = [span for span, other in zip(spans, labels, strict=True) if other == label]
            found.append((group[0][0], min(span[1] for span in group), max(span[2] for span in group)))
    return sorted(found)


@given(alignments())
def test_passages_equal_spans_grouped_in_plain_python(rows):
    found, _ = joined(rows)
    assert sorted(zip(found.paragraph.tolist(), found.begin_word.tolist(), found.end_word.tolist(), strict=True)) == (
        plain_passages(rows)
    )
    assert found.paragraph.tolist() == sorted(found.paragraph.tolist())
    assert (found.begin == 2 * found.begin_word).all()
    assert (found.end == 2 * found.end_word - 1).all()


@given(alignments())
def test_each_side_of_an_alignment_lies_in_its_passage(rows):
    found, ends = joined(rows)
    for side, passages_of in zip(("left", "right"), ends.tolist(), strict=True):
        for row, passage in zip(rows, passages_of, strict=True):
            paragraph, begin, end = row[side]
            assert found.paragraph[passage] == paragraph
            assert found.begin_word[passage] <= begin
            assert found.end_word[passage] >= end


@given(alignments(), st.randoms())
def test_the_order_of_alignments_does_not_change_passages_or_clusters(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = [rows[i] for i in order]
    (one, ends), (other, shuffled_ends) = joined(rows), joined(shuffled)
    for name in ("paragraph", "begin_word", "end_word", "begin", "end"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    assert ends[:, order].tolist() == shuffled_ends.tolist()
    first = clusters(one, ends, matched(rows), Config())
    second = clusters(other, shuffled_ends, matched(shuffled), Config())
    assert first.labels.tolist() == second.labels.tolist()
    assert first.least.tolist() == second.least.tolist()
    assert np.allclose(first.mean, second.mean)


@given(alignments(), st.sets(st.integers(1, 4)))
def test_passages_are_the_same_in_whatever_ranges_of_articles_they_are_found(rows, cuts):
    (one, ends), (other, other_ends) = joined(rows), joined(rows, (0, *sorted(cuts), 5))
    assert [column.tolist() for column in one] == [column.tolist() for column in other]
    assert ends.tolist() == other_ends.tolist()


@given(alignments())
def test_a_passage_is_named_by_where_its_match_with_the_earliest_other_article_begins(rows):
    found, ends = joined(rows)
    sides = [
        (passage, row[other][0] // PARAGRAPHS_OF, 2 * row[side][1])
        for row, *pair in zip(rows, *ends.tolist(), strict=True)
        for passage, side, other in zip(pair, ("left", "right"), ("right", "left"), strict=True)
    ]
    for number, anchor in enumerate(found.anchor.tolist()):
        assert anchor == min(side[1:] for side in sides if side[0] == number)[1]
    homes = [(paragraph, number in quoted_of(rows, ends)) for number, paragraph in enumerate(found.paragraph.tolist())]
    assert len({*zip(homes, found.anchor.tolist(), strict=True)}) == len(homes), "no two of a paragraph have one name"


def quoted_of(rows: list[dict], ends: np.ndarray) -> set[int]:
    """The passages of quotations."""
    return {passage for row, *pair in zip(rows, *ends.tolist(), strict=True) if row["quote_only"] for passage in pair}


def test_a_later_copy_that_makes_a_passage_longer_leaves_its_name():
    def side(article: int, begin: int, end: int) -> tuple[int, int, int]:
        return article * PARAGRAPHS_OF, begin, end

    first = {"left": side(0, 5, 15), "right": side(1, 5, 15), "matched": 10, "quote_only": False}
    later = {"left": side(1, 0, 20), "right": side(2, 0, 20), "matched": 20, "quote_only": False}
    (before, _), (now, _) = joined([first]), joined([first, later])
    assert (now.begin_word[1], now.end_word[1]) == (0, 20) != (before.begin_word[1], before.end_word[1])
    assert now.anchor[1] == before.anchor[1] == 10


# clusters


@given(alignments())
def test_without_a_floor_clusters_are_the_connected_components(rows):
    found, ends = joined(rows)
    grouped = clusters(found, ends, matched(rows), Config(cluster_floor=0))
    graph = networkx.Graph(zip(*ends.tolist(), strict=True))
    expected = {frozenset(component) for component in networkx.connected_components(graph)}
    assert members(grouped.labels) == expected
    assert grouped.refined == 0


def members(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@given(alignments(), st.integers(2, 5))
def test_clusters_are_the_same_in_however_many_blocks_the_edges_come(rows, n_blocks):
    found, ends = joined(rows)
    whole = clusters(found, ends, matched(rows), Config())
    some = clusters(found, ends, matched(rows), Config(), n_blocks)
    assert some.labels.tolist() == whole.labels.tolist()
    assert [some.mean.tolist(), some.least.tolist()] == [whole.mean.tolist(), whole.least.tolist()]


@given(st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12), max_size=7))
def test_forests_merged_up_a_tree_have_the_components_of_all_edges_and_no_more_edges_than_nodes(parts):
    forests = [cluster.forest(np.array(part, np.uint32).reshape(-1, 2).T) for part in parts]
    while len(forests) > 1:
        pairs = [forests[start : start + 2] for start in range(0, len(forests), 2)]
        forests = [cluster.forest(np.concatenate(some, axis=1)) for some in pairs]
    merged = forests[0] if forests else np.zeros((2, 0), np.uint32)
    graph = networkx.Graph()
    graph.add_nodes_from(range(31))
    graph.add_edges_from(pair for part in parts for pair in part)
    expected = sorted(map(sorted, networkx.connected_components(graph)))
    component = cluster.components(31, merged)
    assert [np.flatnonzero(component == number).tolist() for number in range(component.max() + 1)] == expected
    assert merged.shape[1] == 31 - len(expected)


@given(alignments(), st.integers(1, 4))
def test_clusters_are_the_same_however_many_components_are_put_together_at_once(rows, at_once):
    found, ends = joined(rows)
    whole = clusters(found, ends, matched(rows), Config())
    with mock.patch.object(cluster, "AT_ONCE", at_once):
        some = clusters(found, ends, matched(rows), Config())
    overlaps = [
        {
            frozenset(np.flatnonzero(grouped.labels == label).tolist()): (grouped.mean[label], grouped.least[label])
            for label in range(len(grouped.mean))
        }
        for grouped in (whole, some)
    ]
    assert overlaps[0] == overlaps[1]
    assert whole.refined == some.refined


@given(alignments(), st.sampled_from([0.0, 0.3, 0.8]))
def test_the_overlaps_of_a_cluster_are_those_of_its_pairs(rows, floor):
    found, ends = joined(rows)
    grouped = clusters(found, ends, matched(rows), Config(cluster_floor=floor))
    sizes = (found.end_word - found.begin_word).tolist()
    strongest: dict[tuple[int, int], float] = {}
    for row, x, y in zip(rows, *ends.tolist(), strict=True):
        pair = (min(x, y), max(x, y))
        strongest[pair] = max(strongest.get(pair, 0), min(1.0, row["matched"] / min(sizes[x], sizes[y])))
    assert sorted(set(grouped.labels.tolist())) == list(range(len(grouped.mean)))
    for label in range(len(grouped.mean)):
        inside = np.flatnonzero(grouped.labels == label).tolist()
        overlaps = [strongest.get(pair) for pair in combinations(inside, 2)]
        known = [overlap for overlap in overlaps if overlap is not None]
        assert grouped.mean[label] == pytest.approx(sum(known) / max(len(known), 1))
        assert grouped.least[label] == pytest.approx(min((overlap or 0.0 for overlap in overlaps), default=1.0))


@given(alignments())
def test_refining_only_cuts_clusters(rows):
    found, ends = joined(rows)
    whole = clusters(found, ends, matched(rows), Config(cluster_floor=0))
    cut = clusters(found, ends, matched(rows), Config(cluster_floor=0.6))
    assert all(len({whole.labels[passage] for passage in group}) == 1 for group in map(list, members(cut.labels)))
    chained = {label for label in range(len(whole.mean)) if whole.least[label] < 0.6}
    for group in members(whole.labels):
        if len(group) == 2 or not {whole.labels[passage] for passage in group} & chained:
            assert group in members(cut.labels)
    assert cut.refined == len(cut.mean) - len(whole.mean)


def edge(left: int, right: int, matched: int) -> dict:
    """The whole paragraphs of two articles, 20 words each."""
    return {"left": (left * 3, 0, 20), "right": (right * 3, 0, 20), "matched": matched, "quote_only": False}


def test_two_groups_joined_by_one_weak_edge_are_two_clusters():
    rows = [
        edge(0, 1, 20),
        edge(0, 2, 20),
        edge(1, 2, 20),
        edge(3, 4, 20),
        edge(3, 5, 20),
        edge(4, 5, 20),
        edge(2, 3, 10),
    ]
    grouped = clusters(*joined(rows), matched(rows), Config())
    assert members(grouped.labels) == {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    assert grouped.least.tolist() == [1.0, 1.0]
    assert grouped.refined == 1


def test_a_paragraph_that_merges_two_dispatches_belongs_to_both_clusters():
    rows = [
        {"left": (0, 0, 20), "right": (6, 0, 20), "matched": 20, "quote_only": False},
        {"left": (3, 0, 20), "right": (6, 20, 40), "matched": 20, "quote_only": False},
    ]
    found, ends = joined(rows)
    grouped = clusters(found, ends, matched(rows), Config())
    assert found.paragraph.tolist() == [0, 3, 6, 6]
    assert members(grouped.labels) == {frozenset({0, 2}), frozenset({1, 3})}


def test_copies_that_were_only_compared_with_the_dispatch_stay_in_its_cluster():
    """A crowded bucket is linked sparsely: a pair that was never compared is no pair that shares nothing."""
    crowd = Config().bucket_limit + 20

    def copy(article: int, words: int) -> tuple[int, int, int]:
        return article * PARAGRAPHS_OF, 0, words

    rows = [{"left": copy(0, 30), "right": copy(other, 30), "matched": 27} for other in range(1, crowd)]
    rows += [{"left": copy(other, 30), "right": copy(crowd, 30), "matched": 6} for other in (1, 2)]  # another text
    grouped = clusters(*joined(rows), matched(rows), Config())
    assert sorted(np.bincount(grouped.labels).tolist()) == [1, crowd]


@pytest.mark.parametrize("seed", range(6))
def test_a_large_component_is_cut_as_scikit_learn_cuts_it(seed):
    rng, n, threshold = np.random.default_rng(seed), cluster.SMALL + 40, 0.7
    steps = (2, 10, 1_000)[seed % 3]  # few steps: many ties
    upper = np.triu(rng.integers(0, steps, (n, n), endpoint=True) / steps, 1)
    distance = upper + upper.T
    labels = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=threshold
    ).fit_predict(distance.copy())
    found = cluster._parts(distance, threshold)
    assert ((found[:, None] == found) == (labels[:, None] == labels)).all()


def test_nothing_makes_no_passage_and_no_cluster():
    found, ends = joined([])
    grouped = clusters(found, ends, matched([]), Config())
    assert [len(column) for column in (*found, *ends)] == [0] * 8
    assert (len(grouped.labels), len(grouped.mean), grouped.refined) == (0, 0, 0)


def test_a_component_too_large_for_a_matrix_stays_whole(monkeypatch):
    rows = [edge(0, 1, 20), edge(1, 2, 20), edge(2, 3, 20), edge(3, 4, 20)]
    monkeypatch.setattr(cluster, "MOST_REFINED", 4)
    grouped = clusters(*joined(rows), matched(rows), Config())
    assert members(grouped.labels) == {frozenset(range(5))}
    assert grouped.least.tolist() == [0.0]


# ids


def test_the_id_of_a_passage_is_the_digest_of_its_place():
    made = passage_ids(["é", "b", "é"], [0, 3, 0], [12, 0, 12], [False, False, True])
    one, other, quoted = ids_of(made).to_pylist()
    assert one == hashlib.blake2b("é\x1f0\x1f12".encode(), digest_size=8).hexdigest()
    assert len(other) == 16
    assert len({one, other, quoted}) == 3


def test_a_quotation_in_the_place_of_a_copied_passage_is_a_passage_of_its_own():
    rows = [edge(0, 1, 20), {**edge(0, 2, 20), "quote_only": True}]
    found, ends = joined(rows)
    assert found.paragraph.tolist() == [0, 0, 3, 6]
    assert members(clusters(found, ends, matched(rows), Config()).labels) == {frozenset({0, 2}), frozenset({1, 3})}

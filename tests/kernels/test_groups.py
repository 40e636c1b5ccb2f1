"""Groups of nodes, distances and spans against networkx, scikit-learn and plain Python."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from dedup.kernels.groups import average_linkage, best_sources, group_spans, mark_spans, union_find

spans = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 12)).map(lambda s: (s[0], s[1], s[1] + s[2])),
    max_size=20,
).map(lambda found: sorted(set(found)))


# connected components


@given(st.integers(0, 30), st.data())
def test_components_equal_those_of_networkx_and_plain_python(nodes, data):
    node = st.integers(0, max(nodes - 1, 0))
    edges = data.draw(st.lists(st.tuples(node, node), max_size=40 if nodes else 0))
    labels = np.empty(nodes, np.int64)
    ends = np.array(edges, np.int64).reshape(-1, 2)
    union_find(ends[:, 0].copy(), ends[:, 1].copy(), labels)
    graph = networkx.Graph(edges)
    graph.add_nodes_from(range(nodes))
    expected = {node: min(component) for component in networkx.connected_components(graph) for node in component}
    assert labels.tolist() == [expected[node] for node in range(nodes)]
    assert labels.tolist() == reference.components(nodes, edges)


@pytest.mark.parametrize(("nodes", "edges"), [(20_000, 8_000), (20_000, 30_000)])
def test_components_of_a_large_random_graph_equal_those_of_networkx(nodes, edges):
    ends = np.random.default_rng(7).integers(0, nodes, (edges, 2))
    labels = np.empty(nodes, np.int64)
    union_find(ends[:, 0].copy(), ends[:, 1].copy(), labels)
    graph = networkx.Graph(ends.tolist())
    graph.add_nodes_from(range(nodes))
    for component in networkx.connected_components(graph):
        assert set(labels[list(component)].tolist()) == {min(component)}


def test_a_long_chain_given_from_its_end_is_one_component():
    nodes = 200_000
    labels = np.empty(nodes, np.int64)
    union_find(np.arange(nodes - 1)[::-1].copy(), np.arange(1, nodes)[::-1].copy(), labels)
    assert not labels.any()


# average linkage


@st.composite
def distances(draw) -> np.ndarray:
    """Symmetric, of 2 to 12 members, with many ties."""
    n = draw(st.integers(2, 12))
    steps = draw(st.sampled_from([2, 4, 10, 1000]))
    upper = draw(st.lists(st.integers(0, steps), min_size=n * (n - 1) // 2, max_size=n * (n - 1) // 2))
    matrix = np.zeros((n, n))
    matrix[np.triu_indices(n, 1)] = np.array(upper) / steps
    return matrix + matrix.T


def groups_of_scikit_learn(matrix: np.ndarray, threshold: float) -> list[int]:
    labels = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=threshold
    ).fit_predict(matrix)
    return [int(np.flatnonzero(labels == label)[0]) for label in labels]


@given(distances(), st.sampled_from([0.2, 0.25, 0.5, 0.7, 1.0]))
def test_average_linkage_cuts_as_scikit_learn_does(matrix, threshold):
    labels = np.empty(len(matrix), np.int64)
    expected = groups_of_scikit_learn(matrix, threshold)
    average_linkage(matrix, threshold, labels)
    assert labels.tolist() == expected


@pytest.mark.parametrize("seed", range(40))
def test_average_linkage_of_larger_components_cuts_as_scikit_learn_does(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(20, 200))
    matrix = np.triu(random.integers(0, 11, (n, n)) / 10, 1)
    matrix[random.random((n, n)) < 0.5] = 1.0
    matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
    labels = np.empty(n, np.int64)
    expected = groups_of_scikit_learn(matrix, 0.7)
    average_linkage(matrix, 0.7, labels)
    assert labels.tolist() == expected


# passages


@given(spans)
def test_groups_of_spans_equal_plain_python(found):
    paragraphs, begins, ends = np.array(found, np.int64).reshape(-1, 3).T.copy()
    labels = np.empty(len(found), np.int64)
    group_spans(paragraphs, begins, ends, labels)
    assert labels.tolist() == reference.group_spans(found)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 255)), max_size=12),
    st.sampled_from([np.uint8, np.float32, np.int64]),
)
def test_marks_equal_plain_python(found, kind):
    found = [(min(a, b), max(a, b), value) for a, b, value in found]
    marks = np.zeros(20, kind)
    firsts, lasts, values = np.array(found, np.int64).reshape(-1, 3).T.copy()
    mark_spans(firsts, lasts, values.astype(kind), marks)
    assert marks.tolist() == reference.mark_spans([span[:2] for span in found], [span[2] for span in found], 20)


@st.composite
def carried(draw):
    n = draw(st.integers(2, 8))
    node = st.integers(0, n - 1)
    edge = st.tuples(node, node, st.integers(1, 3)).filter(lambda ends: ends[0] != ends[1])
    edges = draw(st.lists(edge, max_size=20))
    labels = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return edges, labels, draw(st.permutations(range(n))), draw(st.lists(st.booleans(), min_size=n, max_size=n))


@given(carried())
def test_the_best_sources_are_those_that_sorting_finds(case):
    edges, labels, ranks, is_wire = case
    columns = np.array(edges, np.int64).reshape(-1, 3).T
    columns = [column.astype(kind) for column, kind in zip(columns, (np.uint32, np.uint32, np.int32), strict=True)]
    columns.append((np.arange(len(edges)) % 7).astype(np.uint8))
    n = len(labels)
    for cut in (0, len(edges) // 2):  # all at once, and in two parts
        found = np.full(n, -1, np.int64), np.zeros(n, np.int32), np.zeros(n, np.uint8)
        for some in (slice(0, cut), slice(cut, None)):
            best_sources(
                *(column[some] for column in columns), np.array(labels), np.array(ranks), np.array(is_wire), *found
            )
        assert list(zip(*(column.tolist() for column in found), strict=True)) == [
            (source, words, number % 7)
            for source, words, number in reference.best_sources(edges, labels, ranks, is_wire)
        ]

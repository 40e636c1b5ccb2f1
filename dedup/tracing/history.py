"""Two states of PASSAGES -> CLUSTER_HISTORY: what became of every cluster, so that a saved id can be followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import counted, find, id_numbers, ids_of, one_chunk, run_begins, sorted_distinct, stacked
from dedup.constants import rows_at_once

if TYPE_CHECKING:
    from dedup.store.disk import Rows

COMPARED_AT_ONCE = rows_at_once(128)
"""Passages of before that are compared with those in their places at once."""


def events(before: Rows, after: Rows, run_id: str) -> pa.Table:
    """Compare the passages of two snapshots.

    PASSAGES, PASSAGES -> CLUSTER_HISTORY of one run, sorted by event and id. A passage of before goes on in the
    passage of after that stands in the same paragraph and overlaps it most, and a cluster in the one that most of its
    passages go on in.

    - created: the id is new and no passage of it was in a cluster;
    - extended: the id stays, the cluster has more passages;
    - renamed: the id is gone, the cluster goes on as ``other_id``, whose passages come from it above all;
    - merged_into: the id is gone, its passages went to ``other_id``, which goes on from another cluster;
    - split_from: the id is new, its passages come from ``other_id``, which goes on elsewhere;
    - retired: the id is gone and so are its passages (a new version of an article, say).

    Following renamed and merged_into from an old id always ends at a present one or at one that is retired.
    """
    old, new = _members(before), _members(after)
    old_clusters, old_sizes = counted(old.cluster)
    new_clusters, new_sizes = counted(new.cluster)
    changed_old, changed_new = _changed(old, new), _changed(new, old)
    del old, new
    gone = changed_old[find(new_clusters, changed_old) < 0]
    is_fresh = find(old_clusters, changed_new) < 0
    fresh, stayed = changed_new[is_fresh], changed_new[~is_fresh]
    source, heir, passages = _flows(before, after, changed_old)
    successor = _at(*_most(source, heir, passages), gone)
    ancestor = _at(*_most(heir, source, passages), fresh)
    grown = stayed[_at(new_clusters, new_sizes, stayed) > _at(old_clusters, old_sizes, stayed)]
    is_renamed = (successor > 0) & (_at(fresh, ancestor, successor) == gone)
    is_merged = (successor > 0) & ~is_renamed
    is_split = (ancestor > 0) & (_at(gone, successor, ancestor) != fresh)
    told = {
        "created": (fresh[ancestor == 0], None),
        "extended": (grown, None),
        "merged_into": (gone[is_merged], successor[is_merged]),
        "renamed": (gone[is_renamed], successor[is_renamed]),
        "retired": (gone[successor == 0], None),
        "split_from": (fresh[is_split], ancestor[is_split]),
    }
    return pa.concat_tables(
        _rows(event, clusters, others, new_clusters, new_sizes, run_id) for event, (clusters, others) in told.items()
    )


def _rows(
    event: str, clusters: np.ndarray, others: np.ndarray | None, sized: np.ndarray, sizes: np.ndarray, run_id: str
) -> pa.Table:
    """CLUSTER_HISTORY of one event; the size is that of the cluster that goes on, in place of one that is gone."""
    n = len(clusters)
    others = np.zeros(n, np.uint64) if others is None else others
    size = _at(sized, sizes, others if event in ("merged_into", "renamed") else clusters)
    return pa.Table.from_arrays(
        [ids_of(clusters), pa.repeat(event, n), ids_of(others), pa.array(size.astype(np.int32)), pa.repeat(run_id, n)],
        schema=schemas.CLUSTER_HISTORY,
    )


class _Members(NamedTuple):
    """Passages as numbers, sorted by ``passage``."""

    passage: np.ndarray
    """(passages,) uint64, distinct."""
    cluster: np.ndarray
    """(passages,) uint64."""


def _members(passages: Rows) -> _Members:
    passage, cluster = stacked(
        (
            (id_numbers(part["passage_id"]), id_numbers(part["cluster_id"]))
            for part in passages.select(["passage_id", "cluster_id"]).to_reader()
        ),
        np.uint64, np.uint64,
    )  # fmt: skip
    order = np.argsort(passage)
    return _Members(passage[order], cluster[order])


def _changed(these: _Members, others: _Members) -> np.ndarray:
    """Numbers of the clusters that have a passage here which they do not have there, sorted.

    Most clusters of a snapshot are those of the one before: they are passed over.
    """
    return sorted_distinct(these.cluster[_at(others.passage, others.cluster, these.passage) != these.cluster])


class _Spans(NamedTuple):
    """Passages with their places, sorted by ``place``."""

    place: np.ndarray
    """(passages,) int64: number of the article << 32 | paragraph."""
    begin: np.ndarray
    end: np.ndarray
    passage: np.ndarray
    cluster: np.ndarray


def _flows(before: Rows, after: Rows, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Old cluster (of ``clusters``, sorted), the new cluster where passages of it went, and how many."""
    articles = _articles(before, clusters)
    old, new = (_spans(passages, articles) for passages in (before, after))
    old = _Spans(*(values[find(clusters, old.cluster) >= 0] for values in old))
    source, heir = stacked(_gone_on(old, new), np.uint64, np.uint64)
    order = np.lexsort((heir, source))
    source, heir = source[order], heir[order]
    begins = run_begins(source, heir)
    return source[begins], heir[begins], np.diff(begins, append=len(source))


def _articles(passages: Rows, clusters: np.ndarray) -> pa.Array:
    """Ids of the articles that hold a passage of these clusters."""
    found = [pa.array([], pa.string())]
    for part in passages.select(["article_id", "cluster_id"]).to_reader() if len(clusters) else ():
        inside = find(clusters, id_numbers(part["cluster_id"])) >= 0
        found.append(pc.unique(part["article_id"].filter(pa.array(inside))))
    return pc.unique(pa.concat_arrays(found))


def _spans(passages: Rows, articles: pa.Array) -> _Spans:
    """The passages of these articles."""
    names = ["article_id", "paragraph", "begin", "end", "passage_id", "cluster_id"]

    def parts() -> Iterator[tuple[np.ndarray, ...]]:
        for part in passages.select(names).to_reader():
            part = part.filter(pc.is_in(part["article_id"], value_set=articles))
            article = one_chunk(pc.index_in(part["article_id"], value_set=articles)).to_numpy().astype(np.int64)
            paragraph, begin, end = (part[name].to_numpy() for name in ("paragraph", "begin", "end"))
            yield article << 32 | paragraph, begin, end, id_numbers(part["passage_id"]), id_numbers(part["cluster_id"])

    spans = stacked(parts() if len(articles) else (), np.int64, np.int32, np.int32, np.uint64, np.uint64)
    order = np.argsort(spans[0], kind="stable")
    return _Spans(*(values[order] for values in spans))


def _gone_on(old: _Spans, new: _Spans) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """In parts: the old clusters of the passages that go on, and the new ones where they do."""
    for at in range(0, len(old.place), COMPARED_AT_ONCE):
        some = _Spans(*(values[at : at + COMPARED_AT_ONCE] for values in old))
        first, last = (np.searchsorted(new.place, some.place, side) for side in ("left", "right"))
        near = last - first
        one = np.repeat(np.arange(len(near)), near)
        other = np.arange(len(one)) + np.repeat(first - np.cumsum(near) + near, near)
        overlap = np.minimum(some.end[one], new.end[other]) - np.maximum(some.begin[one], new.begin[other])
        one, other, overlap = one[overlap > 0], other[overlap > 0], overlap[overlap > 0]
        same = some.passage[one] == new.passage[other]
        order = np.lexsort((new.cluster[other], new.passage[other], same, overlap, one))
        best = order[np.diff(one[order], append=len(near)) > 0]
        yield some.cluster[one[best]], new.cluster[other[best]]


def _most(keys: np.ndarray, values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys, sorted, and the most frequent value of each, ties by number."""
    order = np.lexsort((values, -counts, keys))
    keys, values = keys[order], values[order]
    begins = run_begins(keys)
    return keys[begins], values[begins]


def _at(known: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted number among the sorted known ones; 0 when it is not there."""
    return np.append(values, values.dtype.type(0))[find(known, wanted)]

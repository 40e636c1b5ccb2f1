"""Two states of PASSAGES -> CLUSTER_HISTORY: what became of every cluster, so that a saved id can be followed."""

from __future__ import annotations

from collections import Counter, defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas

COLUMNS = ("passage_id", "article_id", "paragraph", "begin", "end", "cluster_id")
"""Columns of PASSAGES that are read."""


def events(before: pa.Table, after: pa.Table, run_id: str) -> pa.Table:
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
    old_ids, new_ids = _changed(before, after), _changed(after, before)
    old_sizes, new_sizes = (Counter(table["cluster_id"].to_pylist()) for table in (before, after))
    went, came = _flows(before.filter(pc.is_in(before["cluster_id"], value_set=old_ids)), after)
    found: list[tuple[str, str, str | None, int]] = []
    gone = [cluster for cluster in old_ids.to_pylist() if cluster not in new_sizes]
    fresh = [cluster for cluster in new_ids.to_pylist() if cluster not in old_sizes]
    successor = {cluster: _most(went[cluster]) for cluster in gone if cluster in went}
    ancestor = {cluster: _most(came[cluster]) for cluster in fresh if cluster in came}
    for cluster in gone:
        heir = successor.get(cluster)
        if heir is None:
            found.append((cluster, "retired", None, 0))
        else:
            event = "renamed" if ancestor.get(heir) == cluster else "merged_into"
            found.append((cluster, event, heir, new_sizes[heir]))
    for cluster in new_ids.to_pylist():
        if new_sizes[cluster] > old_sizes.get(cluster, new_sizes[cluster]):
            found.append((cluster, "extended", None, new_sizes[cluster]))
    for cluster in fresh:
        parent = ancestor.get(cluster)
        if parent is None:
            found.append((cluster, "created", None, new_sizes[cluster]))
        elif successor.get(parent) != cluster:
            found.append((cluster, "split_from", parent, new_sizes[cluster]))
    found.sort(key=lambda event: (event[1], event[0], event[2] or ""))
    clusters, names, others, sizes = zip(*found, strict=True) if found else ((), (), (), ())
    return pa.Table.from_arrays(
        [
            pa.array(clusters, pa.string()), pa.array(names, pa.string()), pa.array(others, pa.string()),
            pa.array(sizes, pa.int32()), pa.array([run_id] * len(found), pa.string()),
        ],
        schema=schemas.CLUSTER_HISTORY,
    )


def _changed(these: pa.Table, others: pa.Table) -> pa.Array:
    """Ids of the clusters that have a passage here which they do not have there, sorted.

    Most clusters of a snapshot are those of the one before: they are passed over.
    """
    keys, known = (pc.binary_join_element_wise(table["passage_id"], table["cluster_id"], "/") for table in (these, others))
    apart = these["cluster_id"].filter(pc.invert(pc.is_in(keys, value_set=known.combine_chunks())))
    ids = pc.unique(apart)
    return ids.take(pc.sort_indices(ids))


def _flows(before: pa.Table, after: pa.Table) -> tuple[dict[str, Counter], dict[str, Counter]]:
    """Old cluster -> new clusters with the passages that went there, and the same seen from the new clusters."""
    after = after.filter(pc.is_in(after["article_id"], value_set=pc.unique(before["article_id"])))
    places: dict[tuple[str, int], list[tuple[int, int, str, str]]] = defaultdict(list)
    for passage, article, paragraph, begin, end, cluster in _rows(after):
        places[article, paragraph].append((begin, end, passage, cluster))
    went: dict[str, Counter] = defaultdict(Counter)
    came: dict[str, Counter] = defaultdict(Counter)
    for passage, article, paragraph, begin, end, cluster in _rows(before):
        best = max(
            (
                (min(end, other_end) - max(begin, other_begin), other == passage, other, heir)
                for other_begin, other_end, other, heir in places.get((article, paragraph), ())
                if min(end, other_end) > max(begin, other_begin)
            ),
            default=None,
        )
        if best is not None:
            went[cluster][best[3]] += 1
            came[best[3]][cluster] += 1
    return went, came


def _rows(passages: pa.Table) -> zip:
    return zip(*(passages[name].to_pylist() for name in COLUMNS), strict=True)


def _most(counts: Counter) -> str:
    """The most frequent, ties by name."""
    return min(counts, key=lambda name: (-counts[name], name))

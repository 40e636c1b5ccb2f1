"""Two states of PASSAGES -> CLUSTER_HISTORY: what became of every cluster, so that a saved id can be followed."""

from __future__ import annotations

from collections import Counter, defaultdict

import pyarrow as pa

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
    old_sizes, new_sizes = (Counter(table["cluster_id"].to_pylist()) for table in (before, after))
    went, came = _flows(before, after)
    found: list[tuple[str, str, str | None, int]] = []
    successor = {cluster: _most(went[cluster]) for cluster in old_sizes.keys() - new_sizes.keys() if went.get(cluster)}
    ancestor = {cluster: _most(came[cluster]) for cluster in new_sizes.keys() - old_sizes.keys() if came.get(cluster)}
    for cluster, size in old_sizes.items():
        if cluster in new_sizes:
            if new_sizes[cluster] > size:
                found.append((cluster, "extended", None, new_sizes[cluster]))
        elif cluster not in successor:
            found.append((cluster, "retired", None, 0))
        else:
            heir = successor[cluster]
            renamed = ancestor.get(heir) == cluster
            found.append((cluster, "renamed" if renamed else "merged_into", heir, new_sizes[heir]))
    for cluster, size in new_sizes.items():
        if cluster in old_sizes:
            continue
        parent = ancestor.get(cluster)
        if parent is None:
            found.append((cluster, "created", None, size))
        elif successor.get(parent) != cluster:
            found.append((cluster, "split_from", parent, size))
    found.sort(key=lambda event: (event[1], event[0], event[2] or ""))
    clusters, names, others, sizes = zip(*found, strict=True) if found else ((), (), (), ())
    return pa.Table.from_arrays(
        [
            pa.array(clusters, pa.string()), pa.array(names, pa.string()), pa.array(others, pa.string()),
            pa.array(sizes, pa.int32()), pa.array([run_id] * len(found), pa.string()),
        ],
        schema=schemas.CLUSTER_HISTORY,
    )


def _flows(before: pa.Table, after: pa.Table) -> tuple[dict[str, Counter], dict[str, Counter]]:
    """Old cluster -> new clusters with the passages that went there, and the same seen from the new clusters."""
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

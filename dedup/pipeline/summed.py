"""What sums up the tables of a run, from the rows that were made anew and what the run before has of the rest.

Three tables of sums would go over all matches and passages. What they hang on is known: the shared words of two
articles on their matches, the row of a dispatch on what was traced to it, the history of clusters on the passages of
articles that were traced anew. The rest stays as the run before had it.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, one_chunk
from dedup.pipeline.filing import TIMED, Filed, named
from dedup.pipeline.run import Run
from dedup.pipeline.traces import EDGES
from dedup.store import disk, holdings
from dedup.store.snapshot import Snapshot
from dedup.summary import numbering, pairs, pickup
from dedup.tracing import history

FEW = 0.1
"""Share of the articles up to which the rows of those that were made anew are looked for; more are read with all."""


def stored(tables: Snapshot, name: str) -> disk.Stored:
    """A table, to be gone through."""
    return disk.Stored(tables.path(name) or tables.folder / name)


def outlet_pairs(run: Run, articles: pa.Table) -> pa.Table:
    """OUTLET_PAIRS_BY_DAY as ``summary.pairs`` gives it; ``articles`` are sorted by id. Its edges are kept."""
    places, n = numbering.places(articles), max(len(articles), 1)
    edges, words = _edges(run, articles, places)
    left, right = np.divmod(edges, n)
    serials = run.view.serials.astype(np.uint32)
    columns = (serials[left], serials[right], words)
    run.replace_run({"edges": pa.Table.from_arrays([pa.array(column) for column in columns], schema=EDGES)})
    return pairs.network(places, edges, words)


def _edges(run: Run, articles: pa.Table, places: numbering.Places) -> tuple[np.ndarray, np.ndarray]:
    """What ``pairs.edges`` gives of all articles."""
    tables, kept, n = Snapshot(run.work), _kept_edges(run), max(len(articles), 1)
    if kept is None or not _few(run, "paired"):
        return pairs.edges(articles, stored(tables, "matches"), stored(tables, "provenance"), places)
    ids = run.affected.ids("paired")
    matches = _either(tables, ids, pairs.OF_MATCHES)
    traced = _rows(tables, "provenance", ids, list(pairs.OF_PROVENANCE))
    edges, words = pairs.edges(articles, matches, traced, places)
    again = pc.is_in(articles["article_id"], value_set=ids).to_numpy()
    order = np.argsort(run.view.serials)
    at = [find(run.view.serials[order], kept[side].to_numpy().astype(np.uint64)) for side in ("left", "right")]
    there = (at[0] >= 0) & (at[1] >= 0)
    left, right = (order[rows[there]] for rows in at)
    stays = ~(again[left] | again[right])
    left, right = left[stays], right[stays]
    edges = np.append(np.minimum(left, right) * n + np.maximum(left, right), edges)
    words = np.append(kept["words"].to_numpy()[there][stays], words)
    order = np.argsort(edges)
    return edges[order], words[order]


def _kept_edges(run: Run) -> pa.Table | None:
    """EDGES of the snapshot whose rows stay; None where none do."""
    if run.affected.since is None:
        return None
    state, name = holdings.load(run.out), holdings.derived_name("edges", run.affected.since, run.config)
    return holdings.kept(run.home, state, name)


def _few(run: Run, level: str | None = None) -> bool:
    """Whether few articles were made anew."""
    return len(run.affected.ids(level)) <= FEW * len(run.view.rows)


def _rows(of: Snapshot, name: str, ids: pa.Array, columns: list[str]) -> pa.Table:
    """The rows of a table by article that are those of some articles, from their files."""
    files = named(Filed.of(of.table("articles", TIMED)).some(ids))
    return of.where(name, "article_id", ids.to_pylist(), columns, {f"{file}.parquet" for file in files})


def _either(tables: Snapshot, ids: pa.Array, columns: tuple[str, ...]) -> pa.Table:
    """MATCHES with one of some articles on either side."""
    filed, wanted = Filed.of(tables.table("articles", TIMED)), ids.to_pylist()
    # a match stands in the file of its later article
    codes = np.unique(filed.code)
    names = {f"{file}.parquet" for file in named(codes[codes >= min(filed.some(ids), default=0)])}
    left, right = (
        tables.where("matches", f"{side}_article_id", wanted, list(columns), names) for side in ("left", "right")
    )
    return pa.concat_tables([left, right.filter(pc.invert(pc.is_in(right["left_article_id"], value_set=ids)))])


def wire_pickup(run: Run, articles: pa.Table, status: pa.Table) -> pa.Table:
    """WIRE_PICKUP as ``summary.pickup`` gives it."""
    tables, since = Snapshot(run.work), run.affected.since
    if since is None or not _few(run):
        paragraphs, traced, matches = (stored(tables, name) for name in ("paragraphs", "provenance", "matches"))
        return pickup.wire_pickup(articles, paragraphs, traced, matches, status, run.config)
    before = Snapshot(run.out / "snapshots" / since)
    wires = one_chunk(articles["article_id"].filter(articles["is_wire"]))
    again = wires.filter(pc.is_in(wires, value_set=_dispatches(run, before, tables)))
    kept = before.table("wire_pickup")
    kept = kept.filter(pc.is_in(kept["article_id"], value_set=wires))
    kept = kept.filter(pc.invert(pc.is_in(kept["article_id"], value_set=again)))
    wanted = again.to_pylist()
    sourced = tables.where("provenance", "source_article_id", wanted, list(pickup.OF_PROVENANCE))
    theirs = pa.concat_arrays([again, one_chunk(sourced["article_id"])])
    made = pickup.wire_pickup(
        _with_owners(articles).filter(pc.is_in(articles["article_id"], value_set=theirs)),
        _rows(tables, "paragraphs", again, list(pickup.OF_PARAGRAPHS)),
        sourced,
        _either(tables, again, pickup.OF_MATCHES),
        status.filter(pc.is_in(status["article_id"], value_set=theirs)),
        run.config,
    )
    made = made.filter(pc.is_in(made["article_id"], value_set=again))  # a dispatch that carries one is not followed
    return pa.concat_tables([kept, made]).sort_by("article_id").cast(schemas.WIRE_PICKUP)


def _dispatches(run: Run, before: Snapshot, tables: Snapshot) -> pa.Array:
    """Ids of the articles that are made anew, and of those to which a passage of theirs is, or was, traced."""
    ids = run.affected.ids()
    found = [one_chunk(_rows(of, "provenance", ids, ["source_article_id"])[0]) for of in (before, tables)]
    return pa.concat_arrays([ids, *found]).drop_null().unique()


def _with_owners(articles: pa.Table) -> pa.Table:
    """ARTICLES with the owner of the outlet as all of them have it: the first in the alphabet."""
    owners = articles.group_by("outlet").aggregate([("owner_group", "min")])
    at = pc.index_in(articles["outlet"], value_set=one_chunk(owners["outlet"]))
    place = articles.schema.get_field_index("owner_group")
    return articles.set_column(place, "owner_group", owners["owner_group_min"].take(at))


def _members(clusters: pa.Array, *snapshots: Snapshot) -> pa.Array:
    """Ids of the articles that have, or had, a passage in some clusters."""
    wanted = clusters.to_pylist()
    found = (of.where("passages", "cluster_id", wanted, ["article_id"]) for of in snapshots)
    return pa.concat_arrays([one_chunk(table["article_id"]) for table in found]).unique()


def cluster_history(run: Run) -> pa.Table:
    """CLUSTER_HISTORY: that of the newest snapshot, and what became of its clusters in this run.

    A damaged snapshot is passed over for the one before; without any the story begins here.
    """
    now = Snapshot(run.work)
    for before in Snapshot.all_of(run.out):
        try:
            if before.faults("cluster_history", "passages"):
                continue
            told = before.table("cluster_history")
            if before.name == run.affected.since and _few(run, "traced"):  # all others are what they were
                ids = _members(run.affected.clusters, before, now)
                sides = [_rows(of, "passages", ids, schemas.PASSAGES.names) for of in (before, now)]
            else:
                sides = [disk.Stored(before.path("passages") or before.folder), stored(now, "passages")]
            new = history.events(sides[0], sides[1], run.run_id)
        except (disk.StorageError, ValueError):  # files that are gone, columns of another version
            continue
        return pa.concat_tables([told, new])
    return history.events(schemas.PASSAGES.empty_table(), stored(now, "passages"), run.run_id)

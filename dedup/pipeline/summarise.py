"""The step that sums up outlets and dispatches, and follows the clusters of the newest snapshot."""

from __future__ import annotations

import pyarrow as pa

from dedup import schemas
from dedup.pipeline.run import Run
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary import figures
from dedup.summary.copies import copies
from dedup.summary.firsts import agency_first
from dedup.summary.outlets import OF_ARTICLE_PROVENANCE, OF_ARTICLES, left_out, outlets
from dedup.summary.pairs import outlet_pairs
from dedup.summary.pickup import wire_pickup
from dedup.tracing import history


def summarise(run: Run) -> dict[str, int]:
    """The tables of provenance -> OUTLETS and OUTLET_PAIRS, also by day, COPIES, WIRE_PICKUP, CLUSTER_HISTORY."""
    work, tables = run.work, Snapshot(run.work)
    articles = tables.table("articles", list(OF_ARTICLES)).sort_by("article_id")
    status = tables.table("article_provenance", list(OF_ARTICLE_PROVENANCE))
    paragraphs, matches, passages, traced = (
        disk.Stored(tables.path(name) or work / name) for name in ("paragraphs", "matches", "passages", "provenance")
    )
    by_day = {
        "outlets": lambda: outlets(articles, status, traced),
        "outlet_pairs": lambda: outlet_pairs(articles, matches, traced),
    }
    made = {
        "copies": lambda: copies(articles, traced),
        "wire_pickup": lambda: wire_pickup(articles, paragraphs, traced, matches, status, run.config),
        "cluster_history": lambda: _history(run, passages),
    }
    for name, make in by_day.items():
        rows = make()
        _write(run, name, figures.over_all(rows))
        _write(run, f"{name}_by_day", figures.by_day(rows))
        del rows
    for name, make in made.items():
        _write(run, name, make())
    firsts = agency_first(articles, traced)
    return {
        **{name: disk.count_rows(work / f"{name}.parquet") for name in by_day},
        **{f"clusters_{name}": count for name, count in firsts.items() if name != "clusters"},
        **left_out(articles),
    }


def _write(run: Run, name: str, rows: pa.Table) -> None:
    disk.write_tables(run.work / f"{name}.parquet", rows.to_reader(), schemas.TABLES[name])


def _history(run: Run, passages: disk.Stored) -> pa.Table:
    """CLUSTER_HISTORY: that of the newest snapshot, and what became of its clusters in this run.

    A damaged snapshot is passed over for the one before; without any the story begins here.
    """
    for before in Snapshot.all_of(run.out):
        try:
            if before.faults("cluster_history", "passages"):
                continue
            told = before.table("cluster_history")
            new = history.events(disk.Stored(before.path("passages") or before.folder), passages, run.run_id)
        except (disk.StorageError, ValueError):  # files that are gone, columns of another version
            continue
        return pa.concat_tables([told, new])
    return history.events(schemas.PASSAGES.empty_table(), passages, run.run_id)

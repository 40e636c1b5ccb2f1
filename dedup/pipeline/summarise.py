"""The step that sums up outlets and dispatches, and follows the clusters of the newest snapshot."""

from __future__ import annotations

import pyarrow as pa

from dedup import schemas
from dedup.pipeline import settled, summed
from dedup.pipeline.run import Run
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary import figures
from dedup.summary.copies import copies
from dedup.summary.firsts import agency_first
from dedup.summary.outlets import OF_ARTICLE_PROVENANCE, OF_ARTICLES, left_out, outlets


def summarise(run: Run) -> dict[str, int]:
    """The tables of provenance -> OUTLETS and OUTLET_PAIRS, also by day, COPIES, WIRE_PICKUP, CLUSTER_HISTORY."""
    work, tables = run.work, Snapshot(run.work)
    articles = tables.table("articles", list(OF_ARTICLES)).sort_by("article_id")
    status = tables.table("article_provenance", list(OF_ARTICLE_PROVENANCE))
    traced = summed.stored(tables, "provenance")
    by_day = {
        "outlets": lambda: outlets(articles, status, traced),
        "outlet_pairs": lambda: summed.outlet_pairs(run, articles),
    }
    made = {
        "copies": lambda: copies(articles, traced),
        "wire_pickup": lambda: summed.wire_pickup(run, articles, status),
        "cluster_history": lambda: summed.cluster_history(run),
    }
    for name, make in by_day.items():
        rows = make()
        _write(run, name, figures.over_all(rows))
        _write(run, f"{name}_by_day", figures.by_day(rows))
        del rows
    for name, make in made.items():
        _write(run, name, make())
    firsts = agency_first(articles, traced)
    run.reopened = settled.reopened(run)
    return {
        **({"reopened_days": len(run.reopened)} if run.config.settle_days else {}),
        **{name: disk.count_rows(work / f"{name}.parquet") for name in by_day},
        **{f"clusters_{name}": count for name, count in firsts.items() if name != "clusters"},
        **left_out(articles),
    }


def _write(run: Run, name: str, rows: pa.Table) -> None:
    disk.write_tables(run.work / f"{name}.parquet", rows.to_reader(), schemas.TABLES[name])

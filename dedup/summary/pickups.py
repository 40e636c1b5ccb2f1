"""Two snapshots -> what was picked up between them: the news for an agency that follows its dispatches."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from dedup import schemas
from dedup.store.snapshot import Snapshot
from dedup.summary import sql

COLUMNS = ["article_id", "source_article_id", "outlet", "share_class", "lag_low", "lag_high"]


def new_pickups(before: Snapshot | None, now: Snapshot) -> pa.Table:
    """The articles that carry a dispatch and did not in the snapshot before: dispatch, agency, title, article, outlet,
    lag_low and lag_high in seconds; sorted by dispatch and lag.

    Only files that the two snapshots do not share are read: a row that is new stands in one.
    """
    nothing = schemas.PROVENANCE.empty_table().select(COLUMNS)
    there, here = (_files(snapshot) if snapshot else {} for snapshot in (before, now))
    fresh = [path for name, path in here.items() if name not in there or not path.samefile(there[name])]
    stale = [path for name, path in there.items() if name not in here or not path.samefile(here[name])]
    articles = now.table("articles", ["article_id", "agency", "title", "is_wire"])
    return sql.table("pickups", {"now": fresh or nothing, "before": stale or nothing, "articles": articles})


def _files(snapshot: Snapshot) -> dict[str, Path]:
    """The files of PROVENANCE by name."""
    path = snapshot.path("provenance")
    if path is None:
        return {}
    return {file.name: file for file in ([path] if path.is_file() else sorted(path.glob("*.parquet")))}

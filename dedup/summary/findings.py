"""A snapshot -> the few figures that a run ends with: what was found, who carried it, what was refused."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup.store.snapshot import Snapshot

CREDITED = ("credited_full", "credited_partial")


class Findings(NamedTuple):
    """Figures of one snapshot; every list is sorted and short."""

    counts: dict[str, int]
    """Articles, dispatches, outlets, matches, passages, clusters; articles wholly and partially derived, and how
    many of these name no agency."""
    dispatches: list[dict[str, Any]]
    """The most carried dispatches: id, title, agency, outlets, owners, first_outlet, first_lag (seconds), kept
    (share of its words, 0 to 1), uncredited, carriers (outlet and lag in seconds, in order of time)."""
    passages: list[dict[str, Any]]
    """The most carried passages that are neither background nor boilerplate: cluster_id, text, agency, p_agency,
    outlets, articles, carriers (outlet and lag in seconds, in order of time)."""
    outlets: list[dict[str, Any]]
    """One row an outlet, over all days: outlet, owner, articles, share_found, copy_rate, share_credited,
    lag_median (seconds)."""
    uncredited: list[dict[str, Any]]
    """Derived articles that credit nobody though their prose is an agency's: article_id, outlet, agency, share."""
    rejects: list[tuple[str, int]]
    """Reason and number of the input's faults, most frequent first."""
    day: datetime | None = None
    """Time of the newest dispatch that was carried; None when there is none."""
    of_day: list[dict[str, Any]] = []  # noqa: RUF012  (never changed)
    """The most carried dispatches of the 24 hours before it, as in ``dispatches``."""


def read_findings(snapshot: Snapshot | Path | str, top: int = 10) -> Findings:
    """Read what a run found from its tables; each list has at most ``top`` rows (``outlets`` has all)."""
    snapshot = snapshot if isinstance(snapshot, Snapshot) else Snapshot(snapshot)
    articles = snapshot.table("articles", ["article_id", "outlet", "title", "is_wire"])
    derived = snapshot.table(
        "article_provenance",
        ["article_id", "outlet", "is_wire", "derivation", "credit_status", "agency", "share_found"],
    )
    derived = derived.filter(
        pc.and_(
            pc.is_in(derived["derivation"], pa.array(["wholly", "partially"])),
            pc.invert(pc.fill_null(derived["is_wire"], False)),
        )
    )
    wholly = pc.equal(derived["derivation"], "wholly")
    silent = derived.filter(
        pc.and_(pc.invert(pc.is_in(derived["credit_status"], pa.array(CREDITED))), pc.is_valid(derived["agency"]))
    )
    outlets = _outlets(snapshot)
    carried = snapshot.table("wire_pickup")
    carried = carried.filter(pc.greater(carried["n_outlets"], 0))
    day = pc.max(carried["published_at"]).as_py()
    since = None if day is None else day - timedelta(days=1)
    of_day = carried.slice(0, 0) if since is None else carried.filter(pc.greater(carried["published_at"], since))
    counts = {
        "articles": articles.num_rows,
        "dispatches": _n_true(articles["is_wire"]),
        "outlets": len(outlets),
        "matches": snapshot.rows("matches"),
        "passages": snapshot.rows("passages"),
        "clusters": snapshot.rows("clusters"),
        "wholly_derived": _n_true(wholly),
        "partially_derived": derived.num_rows - _n_true(wholly),
        "uncredited": silent.num_rows,
    }
    return Findings(
        counts=counts,
        dispatches=_dispatches(snapshot, carried, top),
        passages=_passages(snapshot, top),
        outlets=outlets,
        uncredited=_uncredited(silent, top),
        rejects=_rejects(snapshot, top),
        day=day,
        of_day=_dispatches(snapshot, of_day, top),
    )


def read_tables(out: Path | str, *names: str) -> dict[str, pa.Table]:
    """Tables of the newest snapshot of ``out`` by name: all, unless some are named.

    Raises KeyError for a name that no table has; ``dedup tables`` lists them, ``dedup.schemas`` has their columns.
    """
    from dedup import schemas

    unknown = [name for name in names if name not in schemas.TABLES]
    if unknown:
        raise KeyError(f"{unknown[0]!r} is no table; there are {', '.join(schemas.TABLES)}")
    snapshot = Snapshot.newest(out)
    return {name: snapshot.table(name) for name in names or schemas.TABLES}


def _dispatches(snapshot: Snapshot, carried: pa.Table, top: int) -> list[dict[str, Any]]:
    order = [("n_outlets", "descending"), ("n_articles", "descending"), ("article_id", "ascending")]
    rows = carried.sort_by(order).slice(0, top).to_pylist()
    carriers = _carriers_of_dispatches(snapshot, [row["article_id"] for row in rows])
    return [
        {
            "id": row["article_id"],
            "title": row["title"],
            "agency": row["agency"],
            "outlets": row["n_outlets"],
            "owners": row["n_owner_groups"],
            "first_outlet": row["first_outlet"],
            "first_lag": row["first_lag"],
            "kept": row["share_kept"],
            "uncredited": row["n_uncredited"],
            "carriers": carriers[row["article_id"]],
        }
        for row in rows
    ]


def _carriers_of_dispatches(snapshot: Snapshot, dispatches: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Outlets with passages from each dispatch and their least lag in seconds (null when a time is unknown)."""
    rows = snapshot.table("provenance", ["article_id", "source_article_id", "outlet", "lag_low"])
    rows = rows.filter(pc.is_in(rows["source_article_id"], pa.array(dispatches, pa.string())))
    articles = snapshot.table("articles", ["article_id", "is_wire"])
    wires = articles["article_id"].filter(articles["is_wire"]).combine_chunks()
    rows = rows.filter(pc.invert(pc.is_in(rows["article_id"], value_set=wires)))
    least = rows.group_by(["source_article_id", "outlet"]).aggregate([("lag_low", "min")]).to_pylist()
    lags: dict[str, dict[str, int | None]] = defaultdict(dict)
    for row in least:
        lags[row["source_article_id"]][row["outlet"]] = row["lag_low_min"]
    return {dispatch: _in_order(lags[dispatch]) for dispatch in dispatches}


def _in_order(lags: dict[str, int | None]) -> list[dict[str, Any]]:
    """Outlets and their lags in order of time, unknown ones last."""
    in_order = sorted(lags.items(), key=lambda item: (item[1] is None, item[1] or 0, item[0] or ""))
    return [{"outlet": outlet, "lag": lag} for outlet, lag in in_order]


def _passages(snapshot: Snapshot, top: int) -> list[dict[str, Any]]:
    clusters = snapshot.table("clusters")
    for flag in ("is_background", "is_boilerplate"):
        clusters = clusters.filter(pc.invert(pc.fill_null(clusters[flag], False)))
    clusters = clusters.filter(pc.greater(clusters["n_outlets"], 1))
    order = [("n_outlets", "descending"), ("n_articles", "descending"), ("cluster_id", "ascending")]
    rows = clusters.sort_by(order).slice(0, top).to_pylist()
    carriers = _carriers(snapshot, [row["cluster_id"] for row in rows])
    return [
        {
            "cluster_id": row["cluster_id"],
            "text": row["text"],
            "agency": row["agency"],
            "p_agency": row["p_agency"],
            "outlets": row["n_outlets"],
            "articles": row["n_articles"],
            "carriers": carriers[row["cluster_id"]],
        }
        for row in rows
    ]


def _carriers(snapshot: Snapshot, clusters: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Outlets of each cluster with the lag to its first known time in seconds (null when a time is unknown)."""
    rows = snapshot.table("provenance", ["cluster_id", "outlet", "published_at"])
    rows = rows.filter(pc.is_in(rows["cluster_id"], pa.array(clusters, pa.string())))
    earliest: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for row in rows.to_pylist():
        times = earliest[row["cluster_id"]]
        known = [time for time in (times.get(row["outlet"]), row["published_at"]) if time is not None]
        times[row["outlet"]] = min(known, default=None)
    carriers = {}
    for cluster in clusters:
        times = earliest[cluster]
        first = min((time for time in times.values() if time is not None), default=None)
        lags = {outlet: None if time is None else int((time - first).total_seconds()) for outlet, time in times.items()}
        carriers[cluster] = _in_order(lags)
    return carriers


def _outlets(snapshot: Snapshot) -> list[dict[str, Any]]:
    outlets = snapshot.table("outlets")
    outlets = outlets.filter(pc.is_null(outlets["day"]))
    return [
        {
            "outlet": row["outlet"],
            "owner": row["owner_group"],
            "articles": row["n_articles"],
            "share_found": row["share_found"],
            "copy_rate": row["copy_rate"],
            "share_credited": row["share_credited"],
            "lag_median": row["lag_median"],
        }
        for row in outlets.sort_by([("n_articles", "descending"), ("outlet", "ascending")]).to_pylist()
    ]


def _uncredited(silent: pa.Table, top: int) -> list[dict[str, Any]]:
    order = [("share_found", "descending"), ("article_id", "ascending")]
    return [
        {
            "article_id": row["article_id"],
            "outlet": row["outlet"],
            "agency": row["agency"],
            "share": row["share_found"],
        }
        for row in silent.sort_by(order).slice(0, top).to_pylist()
    ]


def _rejects(snapshot: Snapshot, top: int) -> list[tuple[str, int]]:
    reasons = snapshot.table("rejects", ["reason"])
    counted = reasons.group_by("reason").aggregate([([], "count_all")])
    rows = counted.sort_by([("count_all", "descending"), ("reason", "ascending")]).slice(0, top).to_pylist()
    return [(row["reason"], row["count_all"]) for row in rows]


def _n_true(flags: pa.ChunkedArray) -> int:
    return pc.sum(flags).as_py() or 0

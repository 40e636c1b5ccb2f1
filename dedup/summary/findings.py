"""A snapshot -> the few figures that a run ends with: what was found, who carried it, what was refused."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup.constants import CLAIMED
from dedup.schemas import CREDITED, FOUND, NAMING
from dedup.store.snapshot import Snapshot


class Findings(NamedTuple):
    """Figures of one snapshot; every list is sorted and short."""

    counts: dict[str, int]
    """Articles, dispatches, outlets, matches, passages, clusters; articles of outlets by their strongest evidence:
    ``found`` (LEAST_PART of the words in a dispatch, or in a text that another outlet credits), ``wholly_found`` of
    them, ``credited`` (their own credit alone), ``suspected`` (statistics alone). Of those found with a share of
    CLAIMED or more, by what the stored text says: ``uncredited`` names no agency, ``cites_only`` cites one and credits
    none."""
    dispatches: list[dict[str, Any]]
    """The most carried dispatches: id, title, agency, outlets, owners, first_outlet, first_lag (seconds), kept
    (share of its words, 0 to 1), uncredited, carriers (outlet, least lag in seconds and ``most``, the greatest)."""
    passages: list[dict[str, Any]]
    """The most carried passages that are neither background nor boilerplate: cluster_id, text, agency, p_agency,
    outlets, articles, first_outlet (null where the dates do not tell), carriers (outlet and lag in seconds, in order
    of time)."""
    outlets: list[dict[str, Any]]
    """One row an outlet, over all days: outlet, owner, articles, share_found, copy_rate, share_credited,
    lag_median (seconds)."""
    shares: dict[str, float | None]
    """``found`` and ``estimated``: shares of the words of all outlets' articles that are an agency's, 0 to 1."""
    uncredited: list[dict[str, Any]]
    """The articles counted as ``uncredited``, most found words first: article_id, title, outlet, agency, share,
    words, evidence."""
    suspected: list[dict[str, Any]]
    """Articles that read like agency copy though nothing was found, the likeliest first: article_id, title, outlet,
    likely_agency, p_agency."""
    rejects: list[tuple[str, int]]
    """Reason and number of the input's faults, most frequent first."""
    reject_files: list[tuple[str, int]] = []  # noqa: RUF012  (never changed)
    """File and number of its faults, most frequent first."""
    day: datetime | None = None
    """Time of the newest dispatch that was carried; None when there is none."""
    of_day: list[dict[str, Any]] = []  # noqa: RUF012  (never changed)
    """The most carried dispatches of the 24 hours before it, as in ``dispatches``."""


def read_findings(snapshot: Snapshot | Path | str, top: int = 10) -> Findings:
    """Read what a run found from its tables; each list has at most ``top`` rows (``outlets`` has all)."""
    snapshot = snapshot if isinstance(snapshot, Snapshot) else Snapshot(snapshot)
    articles = snapshot.table("articles", ["is_wire"])
    printed = printed_articles(snapshot)
    silent = printed.filter(is_without_credit(printed))
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
        **_rungs(printed),
        "uncredited": silent.num_rows,
        "cites_only": _n_true(cites_only(printed)),
    }
    return Findings(
        counts=counts,
        dispatches=_dispatches(snapshot, carried, top),
        passages=_passages(snapshot, top),
        outlets=outlets,
        shares=_shares(printed),
        uncredited=_uncredited(silent, top),
        suspected=_suspected(printed, top),
        rejects=_counted(snapshot, "reason", top),
        reject_files=_counted(snapshot, "file", top),
        day=day,
        of_day=_dispatches(snapshot, of_day, top),
    )


ASKED = (
    "article_id", "title", "outlet", "is_wire", "n_words", "share_boilerplate", "share_found", "share_estimated",
    "evidence", "derivation", "credit_status", "agency", "likely_agency", "p_agency",
)  # fmt: skip
"""Columns of ARTICLE_PROVENANCE that the findings read."""


def printed_articles(snapshot: Snapshot) -> pa.Table:
    """ASKED of the articles of outlets, dispatches apart, with ``words``: the words that are not boilerplate."""
    rows = snapshot.table("article_provenance", [*ASKED])
    rows = rows.filter(pc.invert(pc.fill_null(rows["is_wire"], False)))
    prose = pc.subtract(1.0, pc.cast(pc.fill_null(rows["share_boilerplate"], 0), pa.float64()))
    return rows.append_column("words", pc.multiply(pc.cast(rows["n_words"], pa.float64()), prose))


def is_without_credit(articles: pa.Table) -> pa.ChunkedArray:
    """Of which articles it may be said: agency copy without credit in the stored text. (articles,) bool.

    Words are found in a dispatch or in a text that another outlet credits, CLAIMED of the article or more, the agency
    has a witness, and the article names none, not even for a fact. ``articles``: rows of ARTICLE_PROVENANCE.
    """
    return pc.and_(_claimed(articles), pc.invert(pc.is_in(articles["credit_status"], pa.array(NAMING))))


def cites_only(articles: pa.Table) -> pa.ChunkedArray:
    """As found as those without credit, but the text cites an agency, which is no credit: (articles,) bool."""
    cited = pa.array(sorted({*NAMING} - {*CREDITED}))
    return pc.and_(_claimed(articles), pc.is_in(articles["credit_status"], cited))


def _claimed(articles: pa.Table) -> pa.ChunkedArray:
    """Articles with CLAIMED of their words found to be an agency's, which a witness names: (articles,) bool."""
    found = pc.is_in(articles["evidence"], pa.array(FOUND))
    enough = pc.greater_equal(pc.fill_null(articles["share_found"], 0), CLAIMED)
    return pc.and_(pc.and_(found, enough), pc.is_valid(articles["agency"]))


def _rungs(printed: pa.Table) -> dict[str, int]:
    """Articles by their strongest evidence; ``found`` takes the two upper rungs together."""
    rungs = dict(zip(*printed["evidence"].value_counts().flatten(), strict=True)) if printed.num_rows else {}
    rungs = {rung.as_py(): number.as_py() for rung, number in rungs.items()}
    found = printed.filter(pc.is_in(printed["evidence"], pa.array(FOUND)))
    return {
        "found": found.num_rows,
        "wholly_found": _n_true(pc.fill_null(pc.equal(found["derivation"], "wholly"), False)),
        "credited": rungs.get("credited", 0),
        "suspected": rungs.get("suspected", 0),
    }


def _shares(printed: pa.Table) -> dict[str, float | None]:
    words = pc.sum(printed["words"]).as_py() or 0
    shares = {name: pc.cast(pc.fill_null(printed[f"share_{name}"], 0), pa.float64()) for name in ("found", "estimated")}
    return {
        name: (pc.sum(pc.multiply(printed["words"], share)).as_py() or 0) / words if words else None
        for name, share in shares.items()
    }


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
    rows = _most(carried, top, "n_outlets", "n_articles")
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
    """Outlets with passages from each dispatch: least and greatest lag in seconds of the first (null when a time is
    unknown), in the order of their middles.
    """
    lags = ["lag_mid", "lag_low", "lag_high"]
    rows = snapshot.table("provenance", ["article_id", "source_article_id", "outlet", *lags])
    rows = rows.filter(pc.is_in(rows["source_article_id"], pa.array(dispatches, pa.string())))
    articles = snapshot.table("articles", ["article_id", "is_wire"])
    wires = articles["article_id"].filter(articles["is_wire"]).combine_chunks()
    rows = rows.filter(pc.invert(pc.is_in(rows["article_id"], value_set=wires)))
    least = rows.group_by(["source_article_id", "outlet"]).aggregate([(name, "min") for name in lags])
    order = [("lag_mid_min", "ascending"), ("outlet", "ascending")]
    carriers: dict[str, list[dict[str, Any]]] = {dispatch: [] for dispatch in dispatches}
    for row in least.sort_by(order).to_pylist():  # nulls are last
        carrier = {"outlet": row["outlet"], "lag": row["lag_low_min"], "most": row["lag_high_min"]}
        carriers[row["source_article_id"]].append(carrier)
    return carriers


def _in_order(lags: dict[str, int | None]) -> list[dict[str, Any]]:
    """Outlets and their lags in order of time, unknown ones last."""
    in_order = sorted(lags.items(), key=lambda item: (item[1] is None, item[1] or 0, item[0] or ""))
    return [{"outlet": outlet, "lag": lag} for outlet, lag in in_order]


def _passages(snapshot: Snapshot, top: int) -> list[dict[str, Any]]:
    clusters = snapshot.table("clusters")
    for flag in ("is_background", "is_boilerplate"):
        clusters = clusters.filter(pc.invert(pc.fill_null(clusters[flag], False)))
    clusters = clusters.filter(pc.greater(clusters["n_outlets"], 1))
    rows = _most(clusters, top, "n_outlets", "n_articles", name="cluster_id")
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
            "first_outlet": next((one["outlet"] for one in carriers[row["cluster_id"]] if one["is_first"]), None),
        }
        for row in rows
    ]


def _carriers(snapshot: Snapshot, clusters: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Outlets of each cluster with the lag to its first known time in seconds (null when a time is not known to the
    minute), and whether it was surely first."""
    rows = snapshot.table("provenance", ["cluster_id", "article_id", "outlet", "published_at", "is_first"])
    rows = rows.filter(pc.is_in(rows["cluster_id"], pa.array(clusters, pa.string())))
    dated = snapshot.table("articles", ["article_id", "date_precision"])
    dated = dated.filter(pc.is_in(dated["date_precision"], pa.array(["second", "minute"])))
    exact = pc.is_in(rows["article_id"], dated["article_id"].combine_chunks())
    earliest: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    firsts: dict[str, set[str]] = defaultdict(set)
    for row, is_exact in zip(rows.to_pylist(), exact.to_pylist(), strict=True):
        times, moment = earliest[row["cluster_id"]], row["published_at"] if is_exact else None
        known = [time for time in (times.get(row["outlet"]), moment) if time is not None]
        if row["is_first"]:
            firsts[row["cluster_id"]].add(row["outlet"])
        times[row["outlet"]] = min(known, default=None)
    carriers = {}
    for cluster in clusters:
        times = earliest[cluster]
        first = min((time for time in times.values() if time is not None), default=None)
        lags = {
            outlet: None if time is None or first is None else int((time - first).total_seconds())
            for outlet, time in times.items()
        }
        carriers[cluster] = [{**row, "is_first": row["outlet"] in firsts[cluster]} for row in _in_order(lags)]
    return carriers


def _outlets(snapshot: Snapshot) -> list[dict[str, Any]]:
    outlets = snapshot.table("outlets")
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
    found = pc.multiply(silent["words"], pc.cast(silent["share_found"], pa.float64()))
    names = ("article_id", "title", "outlet", "agency", "evidence")
    return [
        {name: row[name] for name in names} | {"share": row["share_found"], "words": round(row["found"])}
        for row in _most(silent.append_column("found", found), top, "found")
    ]


def _suspected(printed: pa.Table, top: int) -> list[dict[str, Any]]:
    names = ["article_id", "title", "outlet", "likely_agency", "p_agency"]
    return _most(printed.filter(pc.equal(printed["evidence"], "suspected")).select(names), top, "p_agency")


def _counted(snapshot: Snapshot, column: str, top: int) -> list[tuple[str, int]]:
    """Values of a column of REJECTS and how often each stands there."""
    counted = snapshot.table("rejects", [column]).group_by(column).aggregate([([], "count_all")])
    return [(row[column], row["count_all"]) for row in _most(counted, top, "count_all", name=column)]


def _most(rows: pa.Table, top: int, *columns: str, name: str = "article_id") -> list[dict[str, Any]]:
    """The first rows by some columns, the greatest first; ties in the order of their names."""
    order = [*((column, "descending") for column in columns), (name, "ascending")]
    return rows.sort_by(order).slice(0, top).to_pylist()


def _n_true(flags: pa.ChunkedArray) -> int:
    return pc.sum(flags).as_py() or 0

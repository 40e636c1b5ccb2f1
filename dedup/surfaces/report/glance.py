"""The snapshot -> the first page, the outlets, the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import CLAIMED, ESTIMATE_ERRORS, LEAST_PART
from dedup.store import disk
from dedup.summary.findings import Findings
from dedup.surfaces.report.corpus import Corpus, places, rounded, true
from dedup.surfaces.report.lists import days

LISTED = 12
"""Articles in a list of the first page."""


def glance(corpus: Corpus, sources: pa.Table, findings: Findings) -> dict[str, Any]:
    """Counts, shares, days, the most carried dispatches, found copy without credit, and last what is suspected."""
    return {
        "counts": findings.counts,
        "shares": findings.shares,
        "claimed": CLAIMED,
        "least": LEAST_PART,
        "errors": ESTIMATE_ERRORS,
        "top": rounded(sources.filter(pc.greater(sources["outlets"], 0)).slice(0, 10)).to_pylist(),
        "silent": _listed(corpus, [row["article_id"] for row in findings.uncredited]),
        "suspected": _listed(corpus, [row["article_id"] for row in findings.suspected]),
        "timeline": _timeline(corpus),
    }


def _listed(corpus: Corpus, ids: list[str]) -> list[dict[str, Any]]:
    """Some articles for a list, in the order of ``ids``."""
    names = {
        "id": "article_id",
        "title": "title",
        "outlet": "outlet",
        "agency": "agency",
        "likely": "likely_agency",
        "evidence": "evidence",
        "share": "share_found",
        "credit": "credit_status",
        "p": "p_agency",
    }
    rows = corpus.articles.select([*names.values()]).rename_columns([*names])
    return rounded(rows.take(places(pa.chunked_array([ids], pa.string()), rows["id"]))).to_pylist()


def _timeline(corpus: Corpus) -> list[list[Any]]:
    """[day, agency, evidence, articles of outlets] of the days that are known; the agency found or else suspected."""
    articles = corpus.articles
    rows = pa.table(
        {
            "day": days(articles),
            "agency": pc.coalesce(articles["agency"], articles["likely_agency"]),
            "evidence": articles["evidence"],
        }
    )
    rows = rows.filter(pc.and_(pc.is_valid(rows["day"]), pc.invert(true(articles["is_wire"]))))
    counted = rows.group_by(rows.schema.names).aggregate([([], "count_all")])
    counted = counted.sort_by([(name, "ascending") for name in rows.schema.names])
    return [list(row) for row in zip(*(column.to_pylist() for column in counted.columns), strict=True)]


def about_outlets(corpus: Corpus) -> dict[str, Any]:
    """Outlets over all days, and what the filters of the lists offer."""
    rows = corpus.snapshot.table("outlets")
    names = {"outlet": "outlet", "owner": "owner_group", "country": "country", "agency": "agency"}
    facets = {key: sorted(filter(None, pc.unique(corpus.articles[name]).to_pylist())) for key, name in names.items()}
    return {
        "outlets": rounded(rows.sort_by([("n_articles", "descending"), ("outlet", "ascending")])).to_pylist(),
        "facets": facets,
    }


def about_run(corpus: Corpus, manifest: Mapping[str, Any] | None) -> dict[str, Any]:
    """How the run went: its manifest, what it refused, the tables beside the report."""
    rejects = corpus.snapshot.table("rejects")
    order = [("n_articles", "descending"), ("outlet", "ascending"), ("text", "ascending")]
    learned = corpus.snapshot.table("boilerplate").sort_by(order)
    tables = []
    for name in schemas.TABLES:
        path = corpus.snapshot.path(name)
        if path is not None:
            tables.append([name, disk.count_rows(path), path.name])
    return {
        "manifest": dict(manifest) if manifest else None,
        "rejects": rejects.slice(0, 200).to_pylist(),
        "n_rejects": rejects.num_rows,
        "tables": tables,
        "boilerplate": learned.slice(0, 50).to_pylist(),
    }

"""The snapshot -> the first page, the outlets, the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import CLAIMED
from dedup.schemas import FOUND
from dedup.store import disk
from dedup.summary.findings import Findings
from dedup.surfaces.report.corpus import Corpus, places, rounded, true

DAY = 86_400
"""Seconds."""

PAIRED_OUTLETS = 24
"""Outlets in the heat map: those with most matches."""


LISTED = 12
"""Articles in a list of the first page."""


def glance(corpus: Corpus, sources: pa.Table, findings: Findings) -> dict[str, Any]:
    """Counts, shares, days, the most carried dispatches, found copy without credit, and last what is suspected."""
    return {
        "counts": findings.counts,
        "shares": findings.shares,
        "claimed": CLAIMED,
        "top": rounded(sources.filter(pc.greater(sources["outlets"], 0)).slice(0, 10)).to_pylist(),
        "silent": _listed(corpus, [row["article_id"] for row in findings.uncredited]),
        "suspected": _listed(corpus, [row["article_id"] for row in findings.suspected]),
        "days": _days(corpus),
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


def _days(corpus: Corpus) -> list[list[Any]]:
    """[UTC day, articles of outlets, those with words found to be an agency's], of the days that are known."""
    articles = corpus.articles
    known = pc.and_(pc.is_valid(articles["published_at"]), pc.not_equal(articles["date_precision"], "month"))
    rows = articles.filter(pc.and_(pc.fill_null(known, False), pc.invert(true(articles["is_wire"]))))
    day = pc.cast(
        pc.cast(pc.floor(pc.divide(pc.cast(rows["published_at"], pa.float64()), DAY)), pa.int32()), pa.date32()
    )
    found = pc.cast(pc.is_in(rows["evidence"], pa.array(FOUND)), pa.int32())
    counted = pa.table({"day": day, "found": found}).group_by("day").aggregate([([], "count_all"), ("found", "sum")])
    counted = counted.sort_by("day").select(["day", "count_all", "found_sum"])
    return [
        [str(day), *counts] for day, *counts in zip(*(column.to_pylist() for column in counted.columns), strict=True)
    ]


def about_outlets(corpus: Corpus) -> dict[str, Any]:
    """Outlets over all days, and the pairs of those with most matches."""
    rows = corpus.snapshot.table("outlets")
    pairs = corpus.snapshot.table("outlet_pairs")
    edges: Counter[str] = Counter()
    for side in ("outlet_from", "outlet_to"):
        for name, count in zip(pairs[side].to_pylist(), pairs["edges"].to_pylist(), strict=True):
            edges[name] += count
    shown = [name for name, _ in sorted(edges.items(), key=lambda item: (-item[1], item[0]))[:PAIRED_OUTLETS]]
    kept = pa.array(shown, pa.string())
    pairs = pairs.filter(pc.and_(pc.is_in(pairs["outlet_from"], kept), pc.is_in(pairs["outlet_to"], kept)))
    agencies = corpus.articles.filter(true(corpus.articles["is_wire"]))["agency"]
    return {
        "outlets": rounded(rows.sort_by([("n_articles", "descending"), ("outlet", "ascending")])).to_pylist(),
        "pairs": rounded(pairs.sort_by([("outlet_from", "ascending"), ("outlet_to", "ascending")])).to_pylist(),
        "pair_names": shown,
        "n_paired": len(edges),
        "agencies": sorted({name for name in pc.unique(agencies).to_pylist() if name}),
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

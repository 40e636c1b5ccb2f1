"""The snapshot -> the first page, the outlets, the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.store import disk
from dedup.summary.findings import CREDITED
from dedup.surfaces.report.corpus import Corpus, first_rows, rounded, true

PAIRED_OUTLETS = 24
"""Outlets in the heat map: those with most matches."""


def glance(corpus: Corpus, sources: pa.Table, counts: Mapping[str, int]) -> dict[str, Any]:
    """Counts, days, the most carried dispatches, carriers without credit."""
    names = {
        "id": "article_id",
        "title": "title",
        "outlet": "outlet",
        "agency": "agency",
        "share": "share_found",
        "credit": "credit_status",
        "at": "published_at",
        "precision": "date_precision",
        "p": "p_agency",
        "basis": "agency_basis",
    }
    articles = corpus.articles.select([*names.values(), "n_words", "share_boilerplate", "derivation"])
    articles = articles.filter(pc.invert(true(corpus.articles["is_wire"])))
    prose = articles["n_words"].fill_null(0).to_numpy() * (1 - articles["share_boilerplate"].fill_null(0).to_numpy())
    agency = articles["share_found"].fill_null(0).to_numpy()
    credited = pc.is_in(articles["credit_status"], pa.array(CREDITED))
    derived = pc.is_in(articles["derivation"], pa.array(["wholly", "partially"]))
    silent = articles.filter(pc.and_(pc.and_(derived, pc.invert(credited)), pc.is_valid(articles["agency"])))
    words = pc.multiply(pc.cast(silent["n_words"], pa.float64()), pc.cast(silent["share_found"], pa.float64()))
    silent = silent.append_column("agency_words", words)
    order = [("agency_words", "descending"), ("article_id", "ascending")]
    most = first_rows(silent, order, 12).select(list(names.values())).rename_columns(list(names))
    outlets = corpus.snapshot.table("outlets")
    days = (
        outlets.filter(pc.is_valid(outlets["day"]))
        .group_by("day")
        .aggregate([("n_articles", "sum"), ("n_derived", "sum")])
        .sort_by("day")
    )
    return {
        "counts": counts,
        "share_found": round(float((prose * agency).sum() / prose.sum()), 4) if prose.sum() else None,
        "n_derived": pc.sum(derived).as_py() or 0,
        "top": rounded(sources.filter(pc.greater(sources["outlets"], 0)).slice(0, 10)).to_pylist(),
        "silent": rounded(most).to_pylist(),
        "days": [
            [str(day), articles, derived]
            for day, articles, derived in zip(*(column.to_pylist() for column in days.columns), strict=True)
        ],
    }


def about_outlets(corpus: Corpus) -> dict[str, Any]:
    """Outlets over all days, and the pairs of those with most matches."""
    table = corpus.snapshot.table("outlets")
    rows = table.filter(pc.is_null(table["day"])).drop_columns(["day"])
    pairs = corpus.snapshot.table("outlet_pairs")
    pairs = pairs.filter(pc.is_null(pairs["day"])).drop_columns(["day"])
    edges: Counter[str] = Counter()
    for side in ("from", "to"):
        for name, count in zip(pairs[side].to_pylist(), pairs["edges"].to_pylist(), strict=True):
            edges[name] += count
    shown = [name for name, _ in sorted(edges.items(), key=lambda item: (-item[1], item[0]))[:PAIRED_OUTLETS]]
    kept = pa.array(shown, pa.string())
    pairs = pairs.filter(pc.and_(pc.is_in(pairs["from"], kept), pc.is_in(pairs["to"], kept)))
    agencies = corpus.articles.filter(true(corpus.articles["is_wire"]))["agency"]
    return {
        "outlets": rounded(rows.sort_by([("n_articles", "descending"), ("outlet", "ascending")])).to_pylist(),
        "pairs": rounded(pairs.sort_by([("from", "ascending"), ("to", "ascending")])).to_pylist(),
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

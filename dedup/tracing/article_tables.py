"""A trace -> ARTICLE_PROVENANCE, AGENCY_EVIDENCE, CLUSTER_EVIDENCE: what is said of articles, and from what.

Shares follow METER's three classes (Gaizauskas et al., The METER corpus, 2001) and the rates of Cagé, Hervé & Viaud
(The Production of Information in an Online World, 2020).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import Shares, ids_of
from dedup.tracing import verdicts, witnesses
from dedup.tracing.columns import as_table, in_chunks, nulled, objects
from dedup.tracing.provenance import EVIDENCE, guess
from dedup.tracing.sources import best_sources, lag_columns, lags
from dedup.tracing.traced import Trace
from dedup.tracing.weighed import Judged
from dedup.tracing.witnesses import ATTESTED, CREDITED

OF_ARTICLE = ("article_id", "title", "url", "outlet", "owner_group", "published_at", "date_precision")
"""Columns of ARTICLES that ARTICLE_PROVENANCE repeats."""


def articles_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> ARTICLE_PROVENANCE, one row an article, sorted by article_id, some rows at a time."""
    best, best_words = best_sources(trace.passages.sources, trace.passages.found, trace.corpus)
    agency, basis = _article_agencies(trace)
    for some in in_chunks(np.flatnonzero(trace.anew)):
        yield _article_provenance(trace, some, best[some], best_words[some], agency[some], basis[some])


def _article_provenance(
    trace: Trace,
    some: np.ndarray,
    best: np.ndarray,
    best_words: np.ndarray,
    agency: np.ndarray,
    basis: np.ndarray,
) -> pa.Table:
    """ARTICLE_PROVENANCE of some articles."""
    corpus, shares = trace.corpus, trace.articles.weighed.shares.of(some)
    articles, status = (table.take(pa.array(some)) for table in (trace.articles.table, trace.articles.status))
    prose = np.maximum(shares.prose, 1)
    copied = shares.words["verbatim"] + shares.words["edited"] + shares.words["background"]
    is_wire = corpus.is_wire[some]
    has = best >= 0
    lag_low, lag_high, known = lags(corpus, some, np.maximum(best, 0), has)
    columns = {
        **{name: articles[name] for name in OF_ARTICLE},
        **{f"share_{name}": share for name, share in _exact_shares(shares).items()},
        "is_wire": is_wire,
        "n_words": shares.total,
        "share_found": np.where(is_wire, 1.0, shares.found / prose),
        "share_same_owner": shares.same_owner / prose,
        "copy_rate": copied / prose,
        "originality_rate": 1.0 - copied / prose,
        "best_source": trace.articles.table["article_id"].take(pa.array(best, mask=~has)),
        "best_source_share": nulled(best_words / prose, ~has),
        "credit_status": status["credit_status"],
        "credited_agency": status["credited_agency"],
        "agency": agency,
        "agency_basis": basis,
        **lag_columns(lag_low, lag_high, known),
        **judged_columns(
            trace.articles.weighed.agency[some], is_wire, trace.articles.judged.of(some), articles, agency
        ),
        "reasons": trace.articles.reasons(some),
    }
    return as_table(schemas.ARTICLE_PROVENANCE, (), **columns)


def judged_columns(
    share: np.ndarray, is_wire: np.ndarray, told: Judged, articles: pa.Table, agency: np.ndarray
) -> dict[str, np.ndarray]:
    """The columns of ARTICLE_PROVENANCE that follow from the judgement of some articles, their reasons apart.

    ``share`` (articles,) of the prose in passages that are an agency's more likely than not, ``articles`` their
    countries, ``agency`` (articles,) the one that is named.
    """
    p_agency = np.where(is_wire, 1.0, verdicts.p_agency(told.p, share))
    return {
        "share_estimated": np.where(is_wire, 1.0, told.share_estimated),
        "evidence": EVIDENCE[told.rung],
        "derivation": np.array([*schemas.DERIVATIONS, None], object)[told.derivation],
        "likely_agency": guess(_national(articles), agency, p_agency),
        "p_agency": p_agency,
    }


def evidence_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> AGENCY_EVIDENCE, one row an article, sorted by article_id, some rows at a time."""
    for some in in_chunks(np.flatnonzero(trace.anew)):
        columns = dict(zip(schemas.AGENCY_EVIDENCE.names[1:], trace.articles.judged.evidence[some].T, strict=True))
        yield as_table(
            schemas.AGENCY_EVIDENCE, (), article_id=trace.articles.table["article_id"].take(pa.array(some)), **columns
        )


def cluster_evidence_table(trace: Trace) -> pa.Table:
    """-> CLUSTER_EVIDENCE, one row a cluster, sorted by cluster_id."""
    rows = trace.clusters_anew
    columns = dict(zip(schemas.CLUSTER_EVIDENCE.names[1:], trace.clusters.evidence[rows].T, strict=True))
    ids = ids_of(trace.passages.ids[trace.clusters.heads[rows]])
    return as_table(schemas.CLUSTER_EVIDENCE, ("cluster_id",), cluster_id=ids, **columns)


def _article_agencies(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Agency that each article's evidence speaks of, and on what basis; that of a dispatch is its own."""
    agency, rung, is_wire = trace.articles.agency, trace.articles.judged.rung, trace.corpus.is_wire
    name = np.where(rung == CREDITED, agency.credited, nulled(agency.name, rung < CREDITED))
    basis = np.where(rung >= ATTESTED, agency.basis, np.where(rung == CREDITED, "credited_member", "none"))
    name[is_wire], basis[is_wire] = objects(trace.articles.table["agency"].filter(pa.array(is_wire))), "feed"
    return name, basis


def _national(articles: pa.Table) -> np.ndarray:
    """National agency of each article's country, None where it has none: (articles,) object."""
    national = witnesses.load_wires().national
    return np.array([national.get(country) for country in articles["country"].to_pylist()] or [], object)


def _exact_shares(shares: Shares) -> dict[str, np.ndarray]:
    """The six shares (articles,) float32, as multiples of 2^-20: they add up to exactly 1 in any order.

    What the rounding leaves goes to 'own'; an article without words is all its own.
    """
    grain = 1 << 20
    units = {
        name: shares.words[name] * grain // np.maximum(shares.total, 1) for name in schemas.SHARES if name != "own"
    }
    units["own"] = grain - sum(units.values())
    return {name: (value / grain).astype(np.float32) for name, value in units.items()}

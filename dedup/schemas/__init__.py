"""The tables: one schema constant each, one sentence of documentation on each field.

Names follow the field: passim (``begin``, ``end``, ``size``, ``cluster``), RNewsflow (``from``, ``to``,
``hourdiff``), METER (wholly / partially / non derived), Cagé, Hervé & Viaud (originality rate, copy rate,
reaction time). Similarities and shares are in 0-1, times are UTC, lags are seconds, offsets are code points
inside the paragraph as printed (``begin`` included, ``end`` excluded).
"""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas.figures import COPIES, OUTLET_PAIRS, OUTLET_PAIRS_BY_DAY, OUTLETS, OUTLETS_BY_DAY, WIRE_PICKUP
from dedup.schemas.pairs import ALIGNMENTS, CANDIDATE_PAIRS, MATCHES, SIGNATURES, WINDOWS
from dedup.schemas.rows import DEPENDS_ON, ROWS
from dedup.schemas.sources import (
    AGENCY_EVIDENCE,
    ARTICLE_PROVENANCE,
    CLUSTER_EVIDENCE,
    CLUSTER_HISTORY,
    CLUSTERS,
    PASSAGES,
    PROVENANCE,
)
from dedup.schemas.texts import ARTICLES, BOILERPLATE, CREDITS, PARAGRAPHS, REJECTS, WORDS
from dedup.schemas.values import (
    CREDIT_KINDS,
    CREDIT_STATUSES,
    CREDITED,
    DERIVATIONS,
    EDIT_CLASSES,
    EVIDENCE,
    FOUND,
    MADE_ID,
    NAMING,
    ORIGINS,
    PRECISIONS,
    QUOTE_REASONS,
    QUOTED_ONLY,
    ROLES,
    SET_APART,
    SHARES,
    STRINGS,
    TIME,
    schema,
)

__all__ = [
    "AGENCY_EVIDENCE",
    "ALIGNMENTS",
    "ARTICLES",
    "ARTICLE_PROVENANCE",
    "BOILERPLATE",
    "CANDIDATE_PAIRS",
    "CLUSTERS",
    "CLUSTER_EVIDENCE",
    "CLUSTER_HISTORY",
    "COPIES",
    "CREDITED",
    "CREDITS",
    "CREDIT_KINDS",
    "CREDIT_STATUSES",
    "DEPENDS_ON",
    "DERIVATIONS",
    "EDIT_CLASSES",
    "EVIDENCE",
    "FOUND",
    "MADE_ID",
    "MATCHES",
    "NAMING",
    "ORIGINS",
    "OUTLETS",
    "OUTLETS_BY_DAY",
    "OUTLET_PAIRS",
    "OUTLET_PAIRS_BY_DAY",
    "PARAGRAPHS",
    "PASSAGES",
    "PRECISIONS",
    "PROVENANCE",
    "QUOTED_ONLY",
    "QUOTE_REASONS",
    "REJECTS",
    "ROLES",
    "ROWS",
    "SET_APART",
    "SHARES",
    "SIGNATURES",
    "STRINGS",
    "TABLES",
    "TIME",
    "WINDOWS",
    "WIRE_PICKUP",
    "WORDS",
    "schema",
]

TABLES: dict[str, pa.Schema] = {
    "articles": ARTICLES,
    "paragraphs": PARAGRAPHS,
    "credits": CREDITS,
    "matches": MATCHES,
    "passages": PASSAGES,
    "clusters": CLUSTERS,
    "provenance": PROVENANCE,
    "article_provenance": ARTICLE_PROVENANCE,
    "agency_evidence": AGENCY_EVIDENCE,
    "cluster_evidence": CLUSTER_EVIDENCE,
    "outlets": OUTLETS,
    "outlets_by_day": OUTLETS_BY_DAY,
    "outlet_pairs": OUTLET_PAIRS,
    "outlet_pairs_by_day": OUTLET_PAIRS_BY_DAY,
    "copies": COPIES,
    "wire_pickup": WIRE_PICKUP,
    "rejects": REJECTS,
    "boilerplate": BOILERPLATE,
    "cluster_history": CLUSTER_HISTORY,
}
TABLES = {name: one.with_metadata({"doc": ROWS[name]}) for name, one in TABLES.items()}
"""Tables of a snapshot, by file name; the metadata of each schema says what one row is."""

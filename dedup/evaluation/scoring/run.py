"""The tables that are scored, and the scores: named values with the rows they rest on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup.constants import AGENCY_SHARE

STRATA = ((0.1, 0.2), (0.2, AGENCY_SHARE), (AGENCY_SHARE, 0.5), (0.5, 0.8), (0.8, 1.0))
"""Strata of the shared text of two articles: the larger of the two shares, lower edge included."""


SILENT_SHARE = 0.05
"""Copied share under which an article without a word of an agency is known to carry no dispatch."""


SPAN_COLUMNS = tuple(
    f"{side}_{name}" for side in ("left", "right") for name in ("article_id", "paragraph", "begin", "end")
)
"""Columns of MATCHES that say where the two spans lie."""


TEXT_KINDS = frozenset({"full", "partial", "in_text", "quote_to_agency"})


@dataclass(frozen=True)
class Run:
    """The tables of a snapshot that are scored; a table that the snapshot does not hold is None."""

    articles: pa.Table
    paragraphs: pa.Table
    matches: pa.Table
    passages: pa.Table | None = None
    clusters: pa.Table | None = None
    credits: pa.Table | None = None
    article_provenance: pa.Table | None = None


@dataclass
class Scores:
    """Named values with the number of things each was measured on, and the rows they rest on."""

    values: dict[str, float] = field(default_factory=dict)
    n: dict[str, int] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    misses: list[dict[str, Any]] = field(default_factory=list)
    false_alarms: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, value: float | None, n: int) -> None:
        """Keep a measure; one that is measured on nothing is left out."""
        if value is not None and n:
            self.values[name] = float(value)
            self.n[name] = int(n)


def article_facts(articles: pa.Table) -> dict[str, dict[str, Any]]:
    rows = articles.select(["article_id", "outlet", "published_at", "date_precision", "is_wire"]).to_pylist()
    return {row["article_id"]: row for row in rows}


def days_apart(facts: Mapping[str, Mapping[str, Any]], left: str, right: str) -> int | None:
    times = facts[left]["published_at"], facts[right]["published_at"]
    return None if None in times else abs(times[0] - times[1]) // timedelta(days=1)


def rows_by_article(table: pa.Table, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """Rows of the wanted articles; one that the table forgot has nothing but nulls."""
    kept = table.filter(pc.is_in(table["article_id"], pa.array(sorted(wanted), pa.string())))
    nothing = dict.fromkeys(table.column_names)
    return {name: nothing for name in wanted} | {row["article_id"]: row for row in kept.to_pylist()}


def same_outlet(left: str | None, right: str | None) -> bool:
    return left is not None and left == right


def span_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row.get("id"), **{name: row[name] for name in SPAN_COLUMNS}, "edit_class": row.get("edit_class")}

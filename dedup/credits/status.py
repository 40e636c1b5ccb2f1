"""ARTICLES, CREDITS -> CREDIT_STATUS: what the strongest mention makes of each article."""

from __future__ import annotations

import pyarrow as pa

from dedup.credits.rules import Rules
from dedup.schemas import CREDIT_STATUSES

STATUS_OF_KIND = {
    "full": "credited_full",
    "partial": "credited_partial",
    "in_text": "in_text_only",
    "quote_to_agency": "in_text_only",
    "photo": "photo_only",
    "other": "none",
}
"""What the strongest mention makes of an article; CREDIT_STATUSES gives the precedence."""

CREDIT_STATUS = pa.schema(
    [
        ("article_id", pa.string()),
        ("credit_status", pa.string()),
        ("credited_agency", pa.string()),
    ]
)


def credit_status(articles: pa.Table, credits: pa.Table, rules: Rules) -> pa.Table:
    """Settle one credit status an article: full before partial before in-text before photo before none.

    ARTICLES, CREDITS -> CREDIT_STATUS, in the order of the articles. A dispatch is ``credited_full`` to its own
    agency whatever it prints: it is the agency's text. ``credited_agency`` names the agencies of the full credits
    (then of the partial ones), joined by '/', null when there is none.
    """
    ranks: dict[str, int] = {}
    credited: dict[str, list[str]] = {}
    order = {status: rank for rank, status in enumerate(CREDIT_STATUSES)}
    columns = (credits[name].to_pylist() for name in ("article_id", "kind", "agency"))
    graded = sorted(zip(range(credits.num_rows), *columns, strict=True), key=lambda row: (row[2] != "full", row[0]))
    for _, article_id, kind, agency in graded:
        rank = order[STATUS_OF_KIND[kind]]
        ranks[article_id] = min(rank, ranks.get(article_id, rank))
        names = credited.setdefault(article_id, [])
        if kind in ("full", "partial") and agency and agency not in names:
            names.append(agency)
    ids = articles["article_id"].to_pylist()
    statuses, agencies = [], []
    wires, owners = articles["is_wire"].to_pylist(), articles["agency"].to_pylist()
    for article_id, is_wire, agency in zip(ids, wires, owners, strict=True):
        settled = rules.statuses.get(article_id)
        if settled is not None:
            statuses.append(settled["status"])
            named = settled.get("agency") or "/".join(credited.get(article_id, ())) or None
            agencies.append(named if settled["status"].startswith("credited") else None)
        elif is_wire:
            statuses.append("credited_full")
            agencies.append(agency)
        else:
            statuses.append(CREDIT_STATUSES[ranks.get(article_id, len(CREDIT_STATUSES) - 1)])
            agencies.append("/".join(credited.get(article_id, ())) or None)
    arrays = [pa.array(column, pa.string()) for column in (ids, statuses, agencies)]
    return pa.Table.from_arrays(arrays, schema=CREDIT_STATUS)

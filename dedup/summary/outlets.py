"""PROVENANCE -> OUTLETS: who carries what, how fast, with what credit.

Originality rate, copy rate, reaction time and the share of agency firsts follow Cagé, Hervé & Viaud, "The Production
of Information in an Online World" (Review of Economic Studies 87, 2020).

Days are UTC days of ``published_at``. An article without date, or known by its month only, stands in the row over all
days and in no other. An article without outlet stands in no row. ``left_out`` counts both for the run's manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dedup import schemas
from dedup.summary import figures, numbering, sql
from dedup.summary.clocks import clock_audit

if TYPE_CHECKING:
    from dedup.store.disk import Rows


OF_ARTICLES = (
    *schemas.WIRE_PICKUP.names[:6],
    "outlet",
    "owner_group",
    "date_precision",
    "country",
    "is_wire",
)
"""Columns of ARTICLES that are read."""


OF_ARTICLE_PROVENANCE = (
    "article_id",
    "n_words",
    "share_boilerplate",
    "evidence",
    "agency",
    "share_found",
    "share_estimated",
    "copy_rate",
    "derivation",
    "credit_status",
    "lag_mid",
)
"""Columns of ARTICLE_PROVENANCE that are read."""


def outlets(articles: pa.Table, article_provenance: pa.Table, provenance: Rows) -> pa.Table:
    """Sum up each outlet, by day and over all days.

    ARTICLES, ARTICLE_PROVENANCE, PROVENANCE -> OUTLETS_BY_DAY, sorted by outlet and day, and first of each outlet the
    row over all days, without a day: ``figures.over_all`` and ``by_day`` take them apart.
    Dispatches are left out. ``share_found``, ``share_estimated`` and ``copy_rate`` are means over articles weighted by
    their words without boilerplate, so that they are shares of words. The lags are those of derived articles to their
    best source, quartiles by linear interpolation; an interval counts as its ``lag_mid``. ``first_rate`` leaves out
    quotations, boilerplate and articles without date. ``clock_note`` is the same in every row of an outlet.
    """
    notes = clock_audit(articles, provenance)
    noted = pa.table({"outlet": [*notes], "clock_note": [*notes.values()]}, pa.schema(_NOTES))
    sources = {
        "articles": articles,
        "article_provenance": article_provenance,
        "provenance": provenance,
        "notes": noted,
    }
    return sql.table("outlets", sources).cast(schemas.OUTLETS_BY_DAY)


_NOTES = {"outlet": pa.string(), "clock_note": pa.string()}


def left_out(articles: pa.Table) -> dict[str, int]:
    """What the outlet tables do not hold: articles without outlet, and articles that are in no row of a day."""
    places = numbering.places(articles)
    own = ~places.is_wire
    return {
        "articles_without_outlet": int((own & (places.outlet < 0)).sum()),
        "articles_without_day": int((own & (places.day == figures.NO_DAY)).sum()),
    }

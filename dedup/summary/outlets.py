"""PROVENANCE -> OUTLETS: who carries what, how fast, with what credit.

Originality rate, copy rate, reaction time and the share of agency firsts follow Cagé, Hervé & Viaud, "The Production
of Information in an Online World" (Review of Economic Studies 87, 2020).

Days are UTC days of ``published_at``. An article without date, or known by its month only, stands in the row over all
days and in no other. An article without outlet stands in no row. ``left_out`` counts both for the run's manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.summary import figures, firsts, numbering
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
    places = numbering.places(articles)
    row = numbering.rows(article_provenance["article_id"], articles)
    told = np.flatnonzero(numbering.points_at(row, (places.outlet >= 0) & ~places.is_wire))
    row, told_of = row[told], article_provenance.take(pa.array(told))
    words = figures.floats(told_of["n_words"], 0.0)
    weight = words * (1 - figures.floats(told_of["share_boilerplate"], 0.0))
    derived = figures.is_in(told_of["derivation"], ("wholly", "partially"))
    credited = derived & figures.is_in(told_of["credit_status"], schemas.CREDITED)
    lag = np.where(derived, figures.floats(told_of["lag_mid"]), np.nan)
    member, key = figures.keys_by_day(places.outlet[row], places.day[row])
    keys, group = np.unique(key, return_inverse=True)
    size = len(keys)
    n_derived = figures.sums(group, derived[member], size)
    copy_rate = figures.means(group, figures.floats(told_of["copy_rate"])[member], weight[member], size)
    found, estimated = (
        figures.means(group, figures.floats(told_of[name])[member], weight[member], size)
        for name in ("share_found", "share_estimated")
    )
    names = places.outlets.take(pa.array(keys >> 32))
    notes = clock_audit(articles, provenance)
    return pa.Table.from_arrays(
        [
            names,
            places.owners.take(pa.array(places.owner_of[keys >> 32], mask=places.owner_of[keys >> 32] < 0)),
            figures.day_column(keys),
            pa.array(np.bincount(group, minlength=size).astype(np.int32)),
            pa.array(figures.sums(group, words[member], size).astype(np.int64)),
            figures.column(found, pa.float32()),
            figures.column(estimated, pa.float32()),
            figures.column(copy_rate, pa.float32()),
            figures.column(1 - copy_rate, pa.float32()),
            pa.array(n_derived.astype(np.int32)),
            figures.column(figures.ratio(figures.sums(group, credited[member], size), n_derived), pa.float32()),
            *(
                figures.column(lags, pa.float64())
                for lags in figures.quantiles(group, lag[member], size, (0.25, 0.5, 0.75))
            ),
            figures.column(firsts.first_rates(articles, provenance, places, keys), pa.float32()),
            pa.array([notes.get(name) for name in names.to_pylist()], pa.string()),
        ],
        schema=schemas.OUTLETS_BY_DAY,
    )


def left_out(articles: pa.Table) -> dict[str, int]:
    """What the outlet tables do not hold: articles without outlet, and articles that are in no row of a day."""
    places = numbering.places(articles)
    own = ~places.is_wire
    return {
        "articles_without_outlet": int((own & (places.outlet < 0)).sum()),
        "articles_without_day": int((own & (places.day == figures.NO_DAY)).sum()),
    }

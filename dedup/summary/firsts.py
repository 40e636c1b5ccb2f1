"""PROVENANCE -> how often an outlet, or an agency, had a text first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedup.arrays import find, sorted_distinct, stacked
from dedup.summary import figures, numbering

if TYPE_CHECKING:
    from dedup.store.disk import Rows


NO_PROSE = ("quotation", "boilerplate")
"""Share classes that say nothing about who had a text first."""


def agency_first(articles: pa.Table, provenance: Rows) -> dict[str, int]:
    """Count the clusters that a dispatch opened and those that an outlet opened.

    ARTICLES, PROVENANCE -> ``clusters`` (of prose, with an outlet), and of these ``agency_first`` (a dispatch surely
    came before every dated outlet), ``outlet_first`` (the reverse), ``unknown`` (a tie or no dates) and
    ``without_dispatch``; the last four add up to the first.
    """
    places = numbering.places(articles)

    def prose() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for row, cluster, share_class in numbering.members(articles, provenance):
            # a carrier without outlet is no outlet's first
            chosen = numbering.points_at(row, places.node >= 0) & ~figures.is_in(share_class, NO_PROSE)
            yield row[chosen], cluster[chosen]

    row, cluster = stacked(prose(), np.int32, np.uint64)
    clusters = sorted_distinct(cluster)
    cluster, size = find(clusters, cluster), len(clusters)
    is_wire = places.is_wire[row]
    has_outlet = np.bincount(cluster[~is_wire], minlength=size) > 0
    has_wire = np.bincount(cluster[is_wire], minlength=size) > 0
    low, high = (np.where(places.dated, bound, np.nan)[row] for bound in (places.low, places.high))
    bounds = [
        figures.least(np.where(side, cluster, -1), bound, size) for side in (is_wire, ~is_wire) for bound in (low, high)
    ]
    wire_low, wire_high, outlet_low, outlet_high = bounds
    both = has_outlet & has_wire
    opened = int((both & (wire_high < outlet_low)).sum())
    scooped = int((both & (outlet_high < wire_low)).sum())
    return {
        "clusters": int(has_outlet.sum()),
        "agency_first": opened,
        "outlet_first": scooped,
        "unknown": int(both.sum()) - opened - scooped,
        "without_dispatch": int((has_outlet & ~has_wire).sum()),
    }

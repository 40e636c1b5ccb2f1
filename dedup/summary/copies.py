"""PROVENANCE -> COPIES: who had the words of whom, agency text set apart.

"Had" and not "copied": the outlet that printed the words first among the stored articles need not be where the other
took them from. What an agency sent is kept apart, because two outlets that print it have copied the agency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dedup import schemas
from dedup.summary import sql

if TYPE_CHECKING:
    from dedup.store.disk import Rows


def copies(articles: pa.Table, provenance: Rows) -> pa.Table:
    """Sum up the passages by the outlet (or agency) that had them first, the outlet that printed them, and whose they
    are.

    ARTICLES, PROVENANCE -> COPIES, sorted by outlet_from, outlet_to, origin and directed. Passages without an outlet at
    either end, within one outlet, and those of dispatches are left out.
    """
    wires = articles.filter(articles["is_wire"]).select(["article_id"])
    return sql.table("copies", {"dispatches": wires, "provenance": provenance}).cast(schemas.COPIES)

"""PROVENANCE -> COPIES: who had the words of whom, agency text set apart.

"Had" and not "copied": the outlet that printed the words first among the stored articles need not be where the other
took them from. What an agency sent is told apart, because two outlets that print it have copied the agency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dedup import schemas

if TYPE_CHECKING:
    from dedup.store.disk import Rows

OF_PROVENANCE = (
    "article_id",
    "outlet",
    "n_words",
    "origin",
    "source_outlet",
    "source_is_wire",
    "share_class",
    "evidence",
    "direction",
    "lag_mid",
    "same_owner",
    "credit_status",
)
"""Columns of PROVENANCE that are read."""

SQL = f"""
WITH traced AS (  -- passages of outlets that stand in another outlet's article or in a dispatch
  SELECT
    article_id, n_words, same_owner, lag_mid, outlet, source_outlet,
    credit_status IN {schemas.CREDITED} AS is_credited,
    -- a dispatch is the source whatever the dates say
    source_is_wire OR direction = 'after' AS directed,
    CASE
      WHEN evidence IN ('dispatch', 'attested', 'credited') THEN 'agency'
      WHEN evidence = 'suspected' THEN 'suspected'
      ELSE origin
    END AS origin
  FROM provenance ANTI JOIN dispatches USING (article_id)
  WHERE source_outlet <> outlet AND share_class NOT IN ('quotation', 'boilerplate')
), named AS (
  SELECT
    * REPLACE (CASE WHEN directed OR source_outlet < outlet THEN outlet ELSE source_outlet END AS outlet),
    CASE WHEN directed OR source_outlet < outlet THEN source_outlet ELSE outlet END AS outlet_from
  FROM traced
)
SELECT
  outlet_from, outlet AS outlet_to, origin, directed, bool_or(same_owner) AS same_owner,
  count(DISTINCT article_id) AS n_articles, count(*) AS n_passages, sum(n_words) AS n_words,
  count(DISTINCT article_id) FILTER (is_credited) / count(DISTINCT article_id) AS share_credited,
  median(lag_mid) FILTER (directed) AS lag_median
FROM named
GROUP BY outlet_from, outlet, origin, directed
ORDER BY outlet_from, outlet_to, origin, directed
"""


def copies(articles: pa.Table, provenance: Rows) -> pa.Table:
    """Sum up the passages by the outlet (or agency) that had them first, the outlet that printed them, and whose they
    are.

    ARTICLES, PROVENANCE -> COPIES, sorted by outlet_from, outlet_to, origin and directed. Passages without an outlet at
    either end, within one outlet, and those of dispatches are left out.
    """
    import duckdb

    wires = articles.filter(articles["is_wire"]).select(["article_id"])
    rows = provenance.select([*OF_PROVENANCE]).to_reader()
    schema = pa.schema([schemas.PROVENANCE.field(name) for name in OF_PROVENANCE])
    with duckdb.connect() as database:
        database.register("dispatches", wires)
        database.register("provenance", pa.RecordBatchReader.from_batches(schema, rows))
        found = database.sql(SQL).to_arrow_table()
    return found.select(schemas.COPIES.names).cast(schemas.COPIES)

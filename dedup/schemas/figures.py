"""What is counted: outlets, pairs of outlets, the pick-up of dispatches."""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas.values import TIME, schema

OUTLETS = schema(
    ("outlet", pa.string(), "the outlet"),
    ("owner_group", pa.string(), "its owner; null when unknown"),
    ("day", pa.date32(), "UTC day; null for the row over all days"),
    ("n_articles", pa.int32(), "articles, dispatches apart"),
    ("n_words", pa.int64(), "their words"),
    ("share_found", pa.float32(), "share of words found in a dispatch or in a text that another outlet credits"),
    ("share_estimated", pa.float32(), "share of words that are an agency's, found or not: an estimate"),
    ("copy_rate", pa.float32(), "mean copy rate, weighted by words"),
    ("originality_rate", pa.float32(), "1 - copy_rate"),
    ("n_derived", pa.int32(), "articles wholly or partially derived"),
    (
        "share_credited",
        pa.float32(),
        "share of derived articles with a full or partial credit; null when none is derived",
    ),
    ("lag_q25", pa.float64(), "lower quartile of the lag to the source in seconds; null when none is known"),
    ("lag_median", pa.float64(), "median lag to the source in seconds"),
    ("lag_q75", pa.float64(), "upper quartile of the lag to the source in seconds"),
    ("first_rate", pa.float32(), "share of its passages that it carried first; null when it has none"),
    ("clock_note", pa.string(), "what the clock audit saw: dates at midnight, whole-hour shift; null when nothing"),
)

OUTLET_PAIRS = schema(
    ("from", pa.string(), "outlet that carried first, or the agency"),
    ("to", pa.string(), "outlet that carried later"),
    ("day", pa.date32(), "UTC day of the later article; null for the row over all days"),
    ("edges", pa.int64(), "article pairs with a match"),
    ("n_words", pa.int64(), "words shared"),
    ("hourdiff_median", pa.float64(), "median delay in hours; null when no date is known"),
    ("from_share", pa.float32(), "share of the articles of 'from' that have an edge to 'to'"),
    ("to_share", pa.float32(), "share of the articles of 'to' that have an edge from 'from'"),
    ("same_owner", pa.bool_(), "true when both belong to one owner"),
    ("directed", pa.bool_(), "false when the order in time is unknown or tied; then from < to"),
)

WIRE_PICKUP = schema(
    ("article_id", pa.string(), "the dispatch"),
    ("agency", pa.string(), "its agency"),
    ("wire_id", pa.string(), "story of the dispatch"),
    ("revision", pa.int32(), "revision of the dispatch"),
    ("published_at", TIME, "time of the dispatch; null when unknown"),
    ("title", pa.string(), "headline of the dispatch"),
    ("n_articles", pa.int32(), "articles that carry it"),
    ("n_outlets", pa.int32(), "outlets that carry it"),
    ("n_owner_groups", pa.int32(), "independent owners that carry it"),
    ("reach_1h", pa.int32(), "outlets that surely carried it within 1 hour"),
    ("reach_6h", pa.int32(), "outlets that surely carried it within 6 hours"),
    ("reach_24h", pa.int32(), "outlets that surely carried it within 24 hours"),
    ("share_kept", pa.float32(), "mean share of its words that a carrier kept"),
    ("paragraphs_dropped", pa.float32(), "mean share of its paragraphs that a carrier dropped whole"),
    ("first_outlet", pa.string(), "outlet that carried it first; null when unknown"),
    ("first_lag", pa.int64(), "lag of the first outlet in seconds (least possible)"),
    ("n_uncredited", pa.int32(), "carriers without full or partial credit"),
)

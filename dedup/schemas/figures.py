"""What is counted: outlets, pairs of outlets, the pick-up of dispatches."""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas.values import TIME, schema


def _with_day(figures: pa.Schema, at: int, doc: str) -> pa.Schema:
    """The schema of the same figures by day."""
    return figures.insert(at, pa.field("day", pa.date32(), metadata={"doc": doc}))


OUTLETS = schema(
    ("outlet", pa.string(), "the outlet"),
    ("owner_group", pa.string(), "its owner; null when unknown"),
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

OUTLETS_BY_DAY = _with_day(OUTLETS, 2, "UTC day of publication")

OUTLET_PAIRS = schema(
    ("outlet_from", pa.string(), "outlet that carried first, or the agency"),
    ("outlet_to", pa.string(), "outlet that carried later"),
    ("edges", pa.int64(), "article pairs with a match"),
    ("n_words", pa.int64(), "words shared"),
    ("hourdiff_median", pa.float64(), "median delay in hours; null when no date is known"),
    ("from_share", pa.float32(), "share of the articles of outlet_from that have an edge to outlet_to"),
    ("to_share", pa.float32(), "share of the articles of outlet_to that have an edge from outlet_from"),
    ("same_owner", pa.bool_(), "true when both belong to one owner"),
    ("directed", pa.bool_(), "false when the order in time is unknown or tied; then outlet_from < outlet_to"),
)

OUTLET_PAIRS_BY_DAY = _with_day(OUTLET_PAIRS, 2, "UTC day of the later article")

COPIES = schema(
    ("outlet_from", pa.string(), "outlet that had the words first among the stored articles, or the agency"),
    ("outlet_to", pa.string(), "outlet that printed them later"),
    (
        "origin",
        pa.string(),
        "whose prose it is: agency (by a witness or the article's own credit), suspected (it reads like an agency's), "
        "statement, house, outlet, shared or unknown, as in clusters",
    ),
    ("directed", pa.bool_(), "false when the order in time is unknown or tied; then outlet_from < outlet_to"),
    ("same_owner", pa.bool_(), "true when both belong to one owner: sharing, not copying"),
    ("n_articles", pa.int64(), "articles with such passages: of outlet_to, or where not directed of either"),
    ("n_passages", pa.int64(), "passages traced to outlet_from: verbatim, edited or background, no quotation"),
    ("n_words", pa.int64(), "their words; a word of two passages counts twice"),
    ("share_credited", pa.float32(), "share of these articles with a full or partial credit to an agency"),
    ("lag_median", pa.float64(), "median of lag_mid in seconds; null when not directed or no date is known"),
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
    (
        "n_uncredited",
        pa.int32(),
        "carriers with words found, a share of 0.2 or more, that name no agency in the stored text",
    ),
)

"""WIRE_PICKUP: carriers, reach, what was kept of a dispatch."""

from __future__ import annotations

import pyarrow as pa
import pytest
from summaries import (
    article_provenance,
    articles,
    match,
    matches,
    outlet,
    paragraphs,
    passage,
    provenance,
    table,
    told,
    wire,
)

from dedup import schemas
from dedup.summary.pickup import wire_pickup


def pickup(
    known: pa.Table, texts: list[dict], traced: list[dict], found: list[dict], status: list[dict]
) -> dict[str, dict]:
    made = wire_pickup(
        known, table(schemas.PARAGRAPHS, texts), provenance(*traced), matches(*found), article_provenance(*status)
    )
    assert made.schema.equals(schemas.WIRE_PICKUP)
    return {row["article_id"]: row for row in made.to_pylist()}


def late(hours: float) -> dict:
    return {"lag_low": int(hours * 3600), "lag_high": int(hours * 3600)}


def test_carriers_are_articles_with_prose_of_this_very_dispatch():
    known = articles(
        wire("w", wire_id="s", revision=0, title="Un phare s'éteint"), wire("v", 1, wire_id="s", revision=1),
        outlet("a", "Le Phare", 2), outlet("b", "La Digue", 3), outlet("c", None, 3), outlet("d", "Le Môle", 4),
    )  # fmt: skip
    traced = [
        passage("a", "w"), passage("a", "v"), passage("b", "w", share_class="edited"), passage("c", "w"),
        passage("d", "w", share_class="quotation"), passage("d", "w", share_class="background"), passage("v", "w"),
        passage("d", "a"),
    ]  # fmt: skip
    rows = pickup(known, [], traced, [], [])
    assert (rows["w"]["n_articles"], rows["w"]["n_outlets"]) == (3, 2)
    assert (rows["v"]["n_articles"], rows["v"]["n_outlets"]) == (1, 1)
    assert rows["w"]["title"] == "Un phare s'éteint" and rows["v"]["revision"] == 1


def test_a_dispatch_that_nobody_carried_is_a_row_of_zeros_and_nulls():
    row = pickup(articles(wire("w")), paragraphs("w", 20), [], [], [])["w"]
    counts = ("n_articles", "n_outlets", "n_owner_groups", "reach_1h", "reach_6h", "reach_24h", "n_uncredited")
    assert [row[name] for name in counts] == [0] * 7
    assert [row[name] for name in ("share_kept", "paragraphs_dropped", "first_outlet", "first_lag")] == [None] * 4


def test_independent_owners_are_counted_apart():
    known = articles(
        wire("w"), *(outlet(*names, owner_group="Groupe Nord") for names in (("a", "Le Phare"), ("b", "La Digue"))),
        outlet("c", "Le Môle"), outlet("d", "Le Quai"),
    )  # fmt: skip
    row = pickup(known, [], [passage(name, "w") for name in "abcd"], [], [])["w"]
    assert (row["n_outlets"], row["n_owner_groups"]) == (4, 3)


def test_reach_counts_only_what_is_sure():
    known = articles(wire("w"), *(outlet(name, f"Journal {name}") for name in "abcdef"))
    traced = [
        passage("a", "w", **late(1)),
        passage("b", "w", lag_low=-3600, lag_high=5 * 3600),
        passage("c", "w", lag_low=60, lag_high=23 * 3600),
        passage("d", "w", **late(25)),
        passage("e", "w"),
        passage("f", "w", **late(-1)),
    ]
    row = pickup(known, [], traced, [], [])["w"]
    assert (row["n_outlets"], row["reach_1h"], row["reach_6h"], row["reach_24h"]) == (6, 1, 2, 3)


@pytest.mark.parametrize(
    ("lags", "first", "lag"),
    [
        ({"a": (7200, 7200), "b": (3600, 3600)}, "Journal b", 3600),
        ({"a": (3600, 3600), "b": (3600, 3600)}, None, None),
        ({"a": (0, 9000), "b": (3600, 3600)}, None, None),
        ({"a": (-9000, 3000), "b": (3600, 3600)}, "Journal a", 0),
        ({"a": (7200, 7200), "b": (None, None)}, None, None),
        ({"a": (7200, 7200), "b": (-60, -60)}, "Journal a", 7200),
        ({"a": (None, None)}, None, None),
    ],
    ids=["the earlier", "a tie", "intervals that meet", "a coarse date", "one undated", "one too early", "no date"],
)
def test_the_first_outlet_is_sure_or_null(lags, first, lag):
    known = articles(wire("w"), *(outlet(name, f"Journal {name}") for name in lags))
    traced = [passage(name, "w", lag_low=low, lag_high=high) for name, (low, high) in lags.items()]
    row = pickup(known, [], traced, [], [])["w"]
    assert (row["first_outlet"], row["first_lag"]) == (first, lag)


def test_two_articles_of_one_outlet_do_not_hide_that_it_was_first():
    known = articles(wire("w"), outlet("a", "Le Phare"), outlet("b", "Le Phare"), outlet("c", "La Digue"))
    traced = [passage("a", "w", **late(1)), passage("b", "w", **late(1)), passage("c", "w", **late(2))]
    assert pickup(known, [], traced, [], [])["w"]["first_outlet"] == "Le Phare"


def test_share_kept_and_paragraphs_dropped_are_means_over_carriers():
    known = articles(wire("w"), outlet("a", "Le Phare"), outlet("b", "La Digue"))
    texts = [
        *paragraphs("w", 40, 40, 20), *paragraphs("w", 5, start=3), *paragraphs("w", 50, role="caption", start=4),
        *paragraphs("a", 500),
    ]  # fmt: skip
    found = [
        match("a", "w", right_paragraph=0, matched_words=40),
        match("a", "w", right_paragraph=0, matched_words=40),  # printed twice, kept once
        match("a", "w", right_paragraph=1, matched_words=12),
        match("a", "w", right_paragraph=4, matched_words=50),  # a caption is no text
        match("w", "b", left_paragraph=2, matched_words=20, edit_class="quote_only"),
        match("a", "b", matched_words=30),
    ]
    row = pickup(known, texts, [passage("a", "w"), passage("b", "w")], found, [])["w"]
    assert row["share_kept"] == pytest.approx((52 / 105 + 20 / 105) / 2)
    # the paragraph of 5 words is too short for any match, so nobody can be said to drop it
    assert row["paragraphs_dropped"] == pytest.approx((1 / 3 + 2 / 3) / 2)


def test_without_a_match_the_source_spans_say_what_was_kept():
    known = articles(wire("w"), outlet("a", "Le Phare"))
    traced = [passage("a", "w", source_paragraph=1, source_begin=0, source_end=100, containment=0.5)]
    row = pickup(known, paragraphs("w", 40, 40), traced, [], [])["w"]
    assert row["share_kept"] == pytest.approx(10 / 80)
    assert row["paragraphs_dropped"] == 0.5


def test_carriers_of_much_of_it_that_name_no_agency_are_counted():
    known = articles(wire("w"), *(outlet(name, "Le Phare") for name in "abcdefg"))
    statuses = ("credited_full", "credited_partial", "in_text_only", "photo_only", "none", "none", "none")
    status = [
        told(name, credit_status=given, evidence="dispatch", agency="AFP", share_found=0.5)
        for name, given in zip("abcdefg", statuses, strict=True)
    ]
    status[5] |= {"share_found": 0.1}  # a passage or two
    status[6] |= {"evidence": "suspected"}
    assert pickup(known, [], [passage(name, "w") for name in "abcdefg"], [], status)["w"]["n_uncredited"] == 2

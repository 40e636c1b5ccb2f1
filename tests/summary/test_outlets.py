"""OUTLETS: rates, lags, firsts and what stands in no row."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from summaries import (
    DAY,
    article_provenance,
    articles,
    match,
    matches,
    outlet,
    over_all,
    passage,
    provenance,
    table,
    told,
    wire,
)

from dedup import schemas
from dedup.summary.clocks import clock_audit
from dedup.summary.firsts import agency_first
from dedup.summary.network import network
from dedup.summary.outlets import left_out, outlets
from dedup.summary.pairs import outlet_pairs
from dedup.summary.pickup import wire_pickup
from dedup.tracing.sources import likely_lag


def test_an_outlet_has_one_row_over_all_days_and_one_a_day():
    made = outlets(
        articles(outlet("a", "Le Phare", 0), outlet("b", "Le Phare", 24), outlet("c", "Le Phare", 25)),
        article_provenance(told("a"), told("b"), told("c", n_words=50)),
        provenance(),
    )
    assert made.schema.equals(schemas.OUTLETS_BY_DAY)
    assert [(row["day"], row["n_articles"], row["n_words"]) for row in made.to_pylist()] == [
        (None, 3, 250), (DAY, 1, 100), (DAY + timedelta(days=1), 2, 150),
    ]  # fmt: skip


def test_rates_are_shares_of_the_words_without_boilerplate():
    made = outlets(
        articles(outlet("a", "Le Phare"), outlet("b", "Le Phare")),
        article_provenance(
            told("a", n_words=200, share_boilerplate=0.5, copy_rate=1.0, share_found=0.5),
            told("b", n_words=300, copy_rate=0.0, share_found=0.25),
        ),
        provenance(),
    )
    row = made.to_pylist()[0]
    assert row["copy_rate"] == pytest.approx(100 / 400)
    assert row["originality_rate"] == pytest.approx(300 / 400)
    assert row["share_found"] == pytest.approx((50 + 75) / 400)


def test_an_article_of_boilerplate_alone_has_no_rate():
    made = outlets(
        articles(outlet("a", "Le Phare")), article_provenance(told("a", share_boilerplate=1.0)), provenance()
    )
    row = made.to_pylist()[0]
    assert row["n_articles"] == 1
    assert row["copy_rate"] is None and row["originality_rate"] is None and row["share_found"] is None


def test_lag_quartiles_are_those_of_derived_articles():
    lags = [100, 400, 200, 1000]
    rows = [told(f"a{n}", derivation="wholly", lag_mid=lag) for n, lag in enumerate(lags)]
    rows += [told("own", lag_mid=9), told("undated", derivation="partially")]
    known = articles(*(outlet(row["article_id"], "Le Phare") for row in rows))
    made = outlets(known, article_provenance(*rows), provenance())
    row = made.to_pylist()[0]
    # sorted 100 200 400 1000: places 0.75, 1.5 and 2.25
    assert (row["lag_q25"], row["lag_median"], row["lag_q75"]) == (175.0, 300.0, 550.0)
    assert row["n_derived"] == 5


def test_an_interval_counts_as_its_possible_middle():
    low, high = np.array([-36_000.0, 600, -900, np.nan]), np.array([36_000.0, 1200, -300, np.nan])
    assert likely_lag(low, high).tolist()[:3] == [18_000, 900, -600]
    assert np.isnan(likely_lag(low, high)[3])


def test_share_credited_is_of_derived_articles_and_null_without_any():
    made = outlets(
        articles(outlet("a", "Le Phare"), outlet("b", "Le Phare"), outlet("c", "Le Phare"), outlet("d", "La Digue")),
        article_provenance(
            told("a", derivation="wholly", credit_status="credited_full"),
            told("b", derivation="partially", credit_status="photo_only"),
            told("c", credit_status="credited_full"),
            told("d", credit_status="credited_full"),
        ),
        provenance(),
    )
    assert {row["outlet"]: row["share_credited"] for row in over_all(made)} == {"La Digue": None, "Le Phare": 0.5}


def test_first_rate_leaves_out_quotations_boilerplate_and_undated_articles():
    made = outlets(
        articles(outlet("a", "Le Phare", 0), outlet("b", "Le Phare", 1), outlet("u", "La Digue")),
        article_provenance(told("a"), told("b"), told("u")),
        provenance(
            passage("a", is_first=True),
            passage("a", is_first=False),
            passage("b", is_first=False, share_class="background"),
            passage("b", is_first=True, share_class="quotation"),
            passage("b", is_first=True, share_class="boilerplate"),
            passage("b"),
            passage("u", is_first=False),
        ),
    )
    rates = {row["outlet"]: row["first_rate"] for row in over_all(made)}
    assert rates["Le Phare"] == pytest.approx(1 / 3)
    assert rates["La Digue"] is None


def test_dispatches_and_articles_without_outlet_stand_in_no_row_but_are_counted():
    known = articles(wire("w"), outlet("a", None, 0), outlet("b", "Le Phare", 0), outlet("c", "Le Phare"))
    made = outlets(known, article_provenance(*(told(name) for name in "wabc")), provenance())
    assert {row["outlet"] for row in made.to_pylist()} == {"Le Phare"}
    assert left_out(known) == {"articles_without_outlet": 1, "articles_without_day": 1}


def test_an_article_known_by_its_month_is_in_no_day():
    coarse = {"a": "month", "b": "day"}
    known = articles(*(outlet(name, "Le Phare", -12, date_precision=kind) for name, kind in coarse.items()))
    made = outlets(known, article_provenance(told("a"), told("b")), provenance())
    assert [(row["day"], row["n_articles"]) for row in made.to_pylist()] == [(None, 2), (DAY, 1)]


def test_empty_tables_give_empty_summaries():
    none = [schema.empty_table() for schema in (schemas.ARTICLES, schemas.ARTICLE_PROVENANCE, schemas.PROVENANCE)]
    assert outlets(*none).equals(schemas.OUTLETS_BY_DAY.empty_table())
    pairs = outlet_pairs(none[0], matches(), none[2])
    assert pairs.equals(schemas.OUTLET_PAIRS_BY_DAY.empty_table())
    pickup = wire_pickup(none[0], schemas.PARAGRAPHS.empty_table(), none[2], matches(), none[1])
    assert pickup.equals(schemas.WIRE_PICKUP.empty_table())
    assert clock_audit(none[0], none[2]) == {}
    assert agency_first(none[0], none[2])["clusters"] == 0
    assert left_out(none[0]) == {"articles_without_outlet": 0, "articles_without_day": 0}
    assert len(network(pairs)) == 0


def test_rows_about_unknown_articles_are_ignored():
    known = schemas.ARTICLES.empty_table()
    strange = provenance(passage("x", "y", is_first=True))
    assert len(outlets(known, article_provenance(told("x")), strange)) == 0
    assert len(outlet_pairs(known, matches(match("x", "y")), strange)) == 0
    paragraphs = table(schemas.PARAGRAPHS, [{"article_id": "y", "paragraph": 0, "role": "lead", "n_words": 20}])
    found, status = matches(match("x", "y")), article_provenance(told("x"))
    assert len(wire_pickup(known, paragraphs, strange, found, status)) == 0
    assert clock_audit(known, strange) == {}

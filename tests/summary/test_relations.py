"""Summaries: OUTLETS, OUTLET_PAIRS, WIRE_PICKUP, the clock audit and the network."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from statistics import median

import numpy as np
import pyarrow as pa
import pytest

from dedup import schemas
from dedup.store import disk
from dedup.summary import figures
from dedup.summary.clocks import clock_audit, likely_lag
from dedup.summary.firsts import agency_first
from dedup.summary.network import graphml, network
from dedup.summary.outlets import left_out, outlets
from dedup.summary.pairs import outlet_pairs
from dedup.summary.pickup import wire_pickup

NOON = datetime(2024, 6, 19, 12, tzinfo=UTC)
DAY = date(2024, 6, 19)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def table(schema: pa.Schema, rows: list[dict]) -> pa.Table:
    unknown = {name for row in rows for name in row} - set(schema.names)
    assert not unknown
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def articles(*rows: dict) -> pa.Table:
    """Rows of ARTICLES: dated to the second unless they say otherwise."""
    full = []
    for row in rows:
        moment = row.get("published_at")
        full.append({"date_precision": "second" if moment else "none", "is_wire": False, **row})
    return table(schemas.ARTICLES, full)


def outlet(article_id: str, name: str | None, hours: float | None = None, **more: object) -> dict:
    return {"article_id": article_id, "outlet": name, "published_at": None if hours is None else at(hours), **more}


def wire(article_id: str, hours: float | None = 0, **more: object) -> dict:
    # on the site of an outlet, as in real archives
    return outlet(article_id, "Le Site", hours, is_wire=True, agency="AFP", **more)


def told(article_id: str, **more: object) -> dict:
    return {
        "article_id": article_id, "n_words": 100, "share_boilerplate": 0.0, "share_found": 0.0, "share_estimated": 0.0,
        "copy_rate": 0.0, "derivation": "non", "credit_status": "none", **more,
    }  # fmt: skip


def passage(article_id: str, source: str | None = None, **more: object) -> dict:
    return with_ids({
        "passage_id": f"p-{article_id}", "article_id": article_id, "source_article_id": source, "cluster_id": "c",
        "share_class": "verbatim", **more,
    })  # fmt: skip


def match(left: str, right: str, **more: object) -> dict:
    return with_ids({
        "left_article_id": left, "right_article_id": right, "left_paragraph": 0, "right_paragraph": 0,
        "matched_words": 20, "edit_class": "verbatim", **more,
    })  # fmt: skip


def with_ids(row: dict) -> dict:
    """The row with ids of passages and clusters as they are: 16 hexadecimal digits."""
    names = ("passage_id", "cluster_id", "left_passage_id", "right_passage_id")
    return row | {name: row[name].encode().hex().zfill(16) for name in names if name in row}


def provenance(*rows: dict) -> pa.Table:
    return table(schemas.PROVENANCE, list(rows))


def matches(*rows: dict) -> pa.Table:
    return table(schemas.MATCHES, list(rows))


def article_provenance(*rows: dict) -> pa.Table:
    return table(schemas.ARTICLE_PROVENANCE, list(rows))


def over_all(made: pa.Table) -> list[dict]:
    return [row for row in made.to_pylist() if row["day"] is None]


def shuffled(made: pa.Table, seed: int = 0) -> pa.Table:
    return made.take(pa.array(np.random.default_rng(seed).permutation(len(made))))


# OUTLETS


def test_an_outlet_has_one_row_over_all_days_and_one_a_day():
    made = outlets(
        articles(outlet("a", "Le Phare", 0), outlet("b", "Le Phare", 24), outlet("c", "Le Phare", 25)),
        article_provenance(told("a"), told("b"), told("c", n_words=50)),
        provenance(),
    )
    assert made.schema.equals(schemas.OUTLETS)
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
    rows = [told(f"a{n}", derivation="wholly", lag_low=lag, lag_high=lag) for n, lag in enumerate(lags)]
    rows += [told("own", lag_low=9, lag_high=9), told("undated", derivation="partially")]
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
    assert outlets(*none).equals(schemas.OUTLETS.empty_table())
    pairs = outlet_pairs(none[0], matches(), none[2])
    assert pairs.equals(schemas.OUTLET_PAIRS.empty_table())
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


# OUTLET_PAIRS


def test_an_edge_runs_from_the_earlier_outlet_whichever_side_is_left():
    known = articles(outlet("a", "Le Phare", 3), outlet("b", "La Digue", 0))
    for sides in (("a", "b"), ("b", "a")):
        made = over_all(outlet_pairs(known, matches(match(*sides)), provenance()))
        assert made == [{
            "from": "La Digue", "to": "Le Phare", "day": None, "edges": 1, "n_words": 20, "hourdiff_median": 3.0,
            "from_share": 1.0, "to_share": 1.0, "same_owner": False, "directed": True,
        }]  # fmt: skip


def test_matches_of_one_pair_of_articles_are_one_edge():
    known = articles(outlet("a", "Le Phare", 3), outlet("b", "La Digue", 0))
    made = outlet_pairs(known, matches(match("a", "b"), match("b", "a", matched_words=5)), provenance())
    assert [(row["edges"], row["n_words"]) for row in over_all(made)] == [(1, 25)]


def test_a_dispatch_stands_for_its_agency():
    known = articles(wire("w"), wire("v", 1), outlet("a", "Le Phare", 3), outlet("b", "Le Site", 2))
    made = outlet_pairs(known, matches(match("w", "a"), match("w", "v"), match("v", "b")), provenance())
    # the outlet that carries the dispatch is another node; two dispatches of one agency make no edge
    assert [(row["from"], row["to"]) for row in over_all(made)] == [("AFP", "Le Phare"), ("AFP", "Le Site")]
    assert [row["from_share"] for row in over_all(made)] == [0.5, 0.5]


def test_a_shared_quotation_and_boilerplate_make_no_edge():
    known = articles(outlet("a", "Le Phare", 3), outlet("b", "La Digue", 0))
    quoted = match("a", "b", edit_class="quote_only")
    furniture = match("a", "b", left_passage_id="p-a", right_passage_id="p-b")
    traced = provenance(passage("a", share_class="boilerplate"))
    assert len(outlet_pairs(known, matches(quoted, furniture), traced)) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (outlet("a", "Le Phare", 1), outlet("b", "La Digue", 1)),
        (outlet("a", "Le Phare", 1), outlet("b", "La Digue")),
        (outlet("a", "Le Phare", 1), outlet("b", "La Digue", -12, date_precision="day")),
    ],
    ids=["the same second", "one undated", "a day that holds the other"],
)
def test_an_edge_of_unknown_order_is_undirected_and_runs_in_the_order_of_names(one, other):
    made = over_all(outlet_pairs(articles(one, other), matches(match("a", "b")), provenance()))
    assert [(row["from"], row["to"], row["directed"]) for row in made] == [("La Digue", "Le Phare", False)]


def test_consecutive_days_are_directed():
    known = articles(
        outlet("a", "Le Phare", -12, date_precision="day"), outlet("b", "La Digue", 12, date_precision="day")
    )
    made = over_all(outlet_pairs(known, matches(match("a", "b")), provenance()))
    assert [(row["from"], row["directed"], row["hourdiff_median"]) for row in made] == [("Le Phare", True, 24.0)]


def test_no_date_gives_no_delay():
    known = articles(outlet("a", "Le Phare"), outlet("b", "La Digue"))
    made = outlet_pairs(known, matches(match("a", "b")), provenance()).to_pylist()
    assert [(row["day"], row["hourdiff_median"]) for row in made] == [(None, None)]


def test_shares_are_of_the_articles_of_each_side_over_all_and_by_day():
    known = articles(
        *(outlet(f"a{number}", "La Digue", hours) for number, hours in ((1, -24), (2, 0), (3, 1), (4, 2))),
        outlet("b1", "Le Phare", 5), outlet("b2", "Le Phare", 6), outlet("b3", "Le Phare", 24),
    )  # fmt: skip
    made = outlet_pairs(known, matches(match("a1", "b1"), match("a2", "b1"), match("a2", "b2")), provenance())
    rows = {row["day"]: row for row in made.to_pylist()}
    assert set(rows) == {None, DAY}
    assert rows[None]["edges"] == rows[DAY]["edges"] == 3
    assert (rows[None]["from_share"], rows[None]["to_share"]) == (0.5, pytest.approx(2 / 3))
    # of the three articles of La Digue of that day one is linked; both of Le Phare are
    assert (rows[DAY]["from_share"], rows[DAY]["to_share"]) == (pytest.approx(1 / 3), 1.0)
    assert rows[None]["hourdiff_median"] == 6.0  # 29, 5 and 6 hours


def test_outlets_of_one_owner_are_flagged():
    known = articles(
        outlet("a", "Le Phare", 3, owner_group="Groupe Nord"), outlet("b", "La Digue", 0, owner_group="Groupe Nord"),
        outlet("c", "Le Môle", 5), wire("w", 0, owner_group="Groupe Nord"),
    )  # fmt: skip
    made = outlet_pairs(known, matches(match("a", "b"), match("a", "c"), match("a", "w")), provenance())
    assert {(row["from"], row["to"]): row["same_owner"] for row in over_all(made)} == {
        ("La Digue", "Le Phare"): True, ("Le Phare", "Le Môle"): False, ("AFP", "Le Phare"): False,
    }  # fmt: skip


# WIRE_PICKUP


def paragraphs(article_id: str, *words: int, role: str = "body", start: int = 0) -> list[dict]:
    return [
        {"article_id": article_id, "paragraph": number, "role": role, "n_words": count, "begin": 0, "end": 5 * count}
        for number, count in enumerate(words, start)
    ]


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


def test_carriers_without_text_credit_are_counted():
    known = articles(wire("w"), *(outlet(name, "Le Phare") for name in "abcde"))
    statuses = ("credited_full", "credited_partial", "in_text_only", "photo_only", "none")
    status = [told(name, credit_status=given) for name, given in zip("abcde", statuses, strict=True)]
    assert pickup(known, [], [passage(name, "w") for name in "abcde"], [], status)["w"]["n_uncredited"] == 3


# The clocks


def carried_after(hours: list[float]) -> tuple[pa.Table, pa.Table]:
    rows, traced = [], []
    for number, late_by in enumerate(hours):
        rows += [wire(f"w{number}", 2.37 * number), outlet(f"a{number}", "Le Phare", 2.37 * number + late_by)]
        traced += [passage(f"w{number}", cluster_id=f"c{number}"), passage(f"a{number}", cluster_id=f"c{number}")]
    return articles(*rows), provenance(*traced)


@pytest.mark.parametrize(
    ("hours", "note"),
    [
        ([-1.0, -0.99, -0.97, -0.95, -0.9, -0.8, -0.5, 0.7, 2.0, 3.0], "clock 1 h slow: 7 of 10"),
        ([-2.0, -1.99, -1.97, -1.95, -1.9, -0.8, -0.5, 0.7, 2.0, 3.0], "clock 2 h slow: 7 of 10"),
        ([1.0, 1.01, 1.02, 1.05, 1.1, 1.5, 2, 3], "clock perhaps 1 h fast"),
        ([0.0, 0.01, 0.02, 0.05, 0.1, 1.5, 2, 3], None),
        ([-3.0, -2.2, -1.7, -1.1, -0.4, 0.3, 2, 3], None),
        ([-1.0, -0.99, -0.97], None),
    ],
    ids=["one hour slow", "two hours slow", "one hour fast", "healthy", "scattered", "too few"],
)
def test_the_clock_audit_sees_shifts_of_whole_hours(hours, note):
    notes = clock_audit(*carried_after(hours))
    assert list(notes) == ([] if note is None else ["Le Phare"])
    assert note is None or notes["Le Phare"].startswith(note)


def test_the_clock_audit_sees_dates_at_midnight():
    paris = [outlet(f"p{n}", "Le Phare", 10 + 24 * n) for n in range(5)]  # 22:00 UTC in summer
    utc = [outlet(f"u{n}", "La Digue", 12 + 24 * n) for n in range(5)]
    days = [outlet(f"d{n}", "Le Môle", 12 + 24 * n, date_precision="day") for n in range(5)]
    fine = [outlet(f"f{n}", "Le Quai", 7 * n) for n in range(5)]
    notes = clock_audit(articles(*paris, *utc, *days, *fine), provenance())
    assert sorted(notes) == ["La Digue", "Le Môle", "Le Phare"]
    assert notes["Le Phare"].startswith("dates at midnight (5 of 5)")
    assert notes["Le Môle"] == "dates without a time of day (5 of 5)"


def test_the_clock_note_stands_in_the_outlet_table():
    known, traced = carried_after([-1.0] * 8)
    made = outlets(known, article_provenance(*(told(f"a{n}") for n in range(8))), traced)
    assert all(row["clock_note"].startswith("clock 1 h slow") for row in made.to_pylist())


def test_agency_firsts_add_up_to_the_clusters():
    known = articles(wire("w", 0), outlet("a", "Le Phare", 1), outlet("b", "La Digue", -1), outlet("u", "Le Môle"))
    traced = provenance(
        passage("w", cluster_id="1"), passage("a", cluster_id="1"), passage("u", cluster_id="1"),
        passage("w", cluster_id="2"), passage("b", cluster_id="2"),
        passage("w", cluster_id="3"), passage("u", cluster_id="3"),
        passage("a", cluster_id="4"), passage("b", cluster_id="4"),
        passage("w", cluster_id="5"),
        passage("w", cluster_id="6", share_class="quotation"), passage("a", cluster_id="6", share_class="quotation"),
    )  # fmt: skip
    assert agency_first(known, traced) == {
        "clusters": 4, "agency_first": 1, "outlet_first": 1, "unknown": 1, "without_dispatch": 1,
    }  # fmt: skip


# The network


def test_the_network_keeps_every_edge_of_the_table():
    known = articles(
        outlet("a", "Le Phare", 0), outlet("b", "La Digue", 1), outlet("c", "La Digue", 0), outlet("d", "Le Môle"),
        outlet("e", "La Digue", -3),
    )  # fmt: skip
    pairs = outlet_pairs(known, matches(*(match("a", other) for other in "bcde")), provenance())
    graph = network(pairs)
    assert sum(weight for *_, weight in graph.edges(data="weight")) == sum(row["edges"] for row in over_all(pairs))
    # La Digue -> Le Phare and back have an edge each; the tie joins the arc in the order of names
    assert graph.edges["La Digue", "Le Phare"]["tied"] == 1
    assert graph.edges["Le Phare", "La Digue"]["tied"] == 0
    assert graph.edges["Le Môle", "Le Phare"]["directed"] is False


def test_graphml_is_read_back_with_the_figures_of_the_outlets():
    import networkx

    known = articles(outlet("a", "L'Été <nord> & Cie", 0, owner_group="Groupe Nord"), outlet("b", "La Digue", 1))
    pairs = outlet_pairs(known, matches(match("a", "b")), provenance())
    about = outlets(known, article_provenance(told("a"), told("b")), provenance())
    written, changed = graphml(network(pairs, about))
    assert not changed
    assert written == graphml(network(shuffled(pairs), shuffled(about)))[0]
    graph = networkx.read_graphml(BytesIO(written))
    assert graph.is_directed()
    assert graph.nodes["L'Été <nord> & Cie"]["owner_group"] == "Groupe Nord"
    assert graph.nodes["La Digue"]["label"] == "La Digue"
    assert graph.edges["L'Été <nord> & Cie", "La Digue"]["hourdiff_median"] == 1.0


# Laws, on random tables


def random_tables(seed: int, n: int = 60) -> dict[str, pa.Table]:
    draw = np.random.default_rng(seed)
    names = ["Le Phare", "La Digue", "Le Môle", "Le Quai", None]
    known, status = [], []
    for number in range(n):
        precision = str(draw.choice(schemas.PRECISIONS, p=[0.4, 0.2, 0.2, 0.1, 0.1]))
        is_coarse = precision in ("day", "month")
        hours = 24 * int(draw.integers(-2, 2)) + 12 if is_coarse else int(draw.integers(-48, 48))
        row = outlet(f"a{number:02}", names[draw.integers(5)], hours, date_precision=precision)
        row |= {"published_at": None} if precision == "none" else {}
        row |= {"is_wire": True, "agency": "AFP"} if draw.random() < 0.2 else {}
        row |= {"owner_group": "Groupe Nord"} if row["outlet"] in ("Le Phare", "La Digue") else {}
        known.append(row)
        low = int(draw.integers(-4000, 90_000))
        status.append(told(
            row["article_id"], n_words=int(draw.integers(0, 300)), share_boilerplate=float(draw.random()),
            share_found=float(draw.random()), copy_rate=float(draw.random()),
            derivation=str(draw.choice(schemas.DERIVATIONS)), credit_status=str(draw.choice(schemas.CREDIT_STATUSES)),
            lag_low=low, lag_high=low + int(draw.integers(0, 9000)),
        ))  # fmt: skip
    ids = [row["article_id"] for row in known]
    traced, found = [], []
    for number in range(4 * n):
        one, other = draw.choice(ids, 2, replace=False)
        low = int(draw.integers(-4000, 90_000))
        traced.append(passage(
            str(one), str(other), passage_id=f"p{number}", cluster_id=f"c{draw.integers(9)}",
            is_first=bool(draw.random() < 0.4),
            share_class=str(draw.choice(schemas.SHARES)), lag_low=low, lag_high=low + int(draw.integers(0, 9000)),
        ))  # fmt: skip
        found.append(match(
            str(one), str(other), left_passage_id=f"p{number}", edit_class=str(draw.choice(schemas.EDIT_CLASSES)),
            left_paragraph=int(draw.integers(3)), right_paragraph=int(draw.integers(3)),
            matched_words=int(draw.integers(10, 50)),
        ))  # fmt: skip
    texts = [row for article_id in ids for row in paragraphs(article_id, 30, 8, 60)]
    return {
        "articles": articles(*known), "article_provenance": article_provenance(*status),
        "provenance": provenance(*traced), "matches": matches(*found), "paragraphs": table(schemas.PARAGRAPHS, texts),
    }  # fmt: skip


def summaries(of: dict[str, pa.Table]) -> list[pa.Table]:
    return [
        outlets(of["articles"], of["article_provenance"], of["provenance"]),
        outlet_pairs(of["articles"], of["matches"], of["provenance"]),
        wire_pickup(of["articles"], of["paragraphs"], of["provenance"], of["matches"], of["article_provenance"]),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_does_not_matter(seed):
    tables = random_tables(seed)
    mixed = {name: shuffled(made, seed + 1) for name, made in tables.items()}
    for made, again in zip(summaries(tables), summaries(mixed), strict=True):
        assert len(made) and made.equals(again)


@pytest.mark.parametrize("seed", range(5))
def test_tables_in_chunks_give_the_same(seed):
    tables = random_tables(seed)
    parts = ((0, 7), (7, 20), (27, None))
    cut = {name: pa.concat_tables([made.slice(*part) for part in parts]) for name, made in tables.items()}
    for made, again in zip(summaries(tables), summaries(cut), strict=True):
        assert made.equals(again)


@pytest.mark.parametrize("seed", range(5))
def test_tables_on_the_disk_give_the_same(seed, tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.store.tables.BATCH_ROWS", 7)
    tables = random_tables(seed)
    stored = dict(tables)
    for name in ("paragraphs", "provenance", "matches"):
        stored[name] = disk.Stored(disk.write_table(tmp_path / f"{name}.parquet", tables[name]))
    for made, again in zip(summaries(tables), summaries(stored), strict=True):
        assert made.equals(again)
    assert agency_first(tables["articles"], tables["provenance"]) == agency_first(
        stored["articles"], stored["provenance"]
    )


@pytest.mark.parametrize("at_once", [1, 5, 50])
def test_however_many_pairs_are_summed_up_at_once_the_rows_are_the_same(at_once, monkeypatch):
    tables = random_tables(0)
    whole = summaries(tables)[1]
    monkeypatch.setattr("dedup.summary.pairs.PAIRED_AT_ONCE", at_once)
    assert summaries(tables)[1].equals(whole)


@pytest.mark.parametrize("seed", range(5))
def test_pairs_equal_a_plain_reading(seed):
    """Article by article, with dictionaries: the definition of OUTLET_PAIRS over all days."""
    from dedup.intake import dates

    tables = random_tables(seed)
    known = {row["article_id"]: row for row in tables["articles"].to_pylist()}
    spans = dates.interval(*(tables["articles"][name] for name in ("published_at", "date_precision", "country")))
    span = dict(zip(known, zip(*(bound.to_pylist() for bound in spans), strict=True), strict=True))
    node = {name: row["agency"] if row["is_wire"] else row["outlet"] for name, row in known.items()}
    furniture = {row["passage_id"] for row in tables["provenance"].to_pylist() if row["share_class"] == "boilerplate"}
    words: dict[tuple[str, str], int] = {}
    for row in tables["matches"].to_pylist():
        one, other = sorted((row["left_article_id"], row["right_article_id"]))
        if row["edit_class"] == "quote_only" or row["left_passage_id"] in furniture:
            continue
        if node[one] and node[other] and node[one] != node[other]:
            words[one, other] = words.get((one, other), 0) + row["matched_words"]
    expected: dict[tuple[str, str, bool], dict] = {}
    for (one, other), count in words.items():
        (low, high), (other_low, other_high) = span[one], span[other]
        is_dated = low is not None and other_low is not None
        directed = is_dated and (other_low > high or low > other_high)
        source, target = (one, other)
        if (directed and low > other_high) or (not directed and node[one] > node[other]):
            source, target = other, one
        key = (node[source], node[target], directed)
        row = expected.setdefault(key, {"words": [], "delays": [], "from": set(), "to": set()})
        row["words"].append(count)
        row["from"].add(source)
        row["to"].add(target)
        if is_dated:
            row["delays"].append((sum(span[target]) - sum(span[source])) / 2 / 3600)
    size = {name: list(node.values()).count(name) for name in node.values()}
    made = {(row["from"], row["to"], row["directed"]): row for row in over_all(summaries(tables)[1])}
    assert set(made) == set(expected)
    for key, row in expected.items():
        assert (made[key]["edges"], made[key]["n_words"]) == (len(row["words"]), sum(row["words"]))
        assert made[key]["hourdiff_median"] == (pytest.approx(median(row["delays"])) if row["delays"] else None)
        assert made[key]["from_share"] == pytest.approx(len(row["from"]) / size[key[0]])
        assert made[key]["to_share"] == pytest.approx(len(row["to"]) / size[key[1]])


@pytest.mark.parametrize("seed", range(5))
def test_days_add_up_and_shares_stay_within_bounds(seed):
    made = summaries(random_tables(seed))
    for rows, key, count in ((made[0], ("outlet",), "n_articles"), (made[1], ("from", "to", "directed"), "edges")):
        whole: dict[tuple, int] = {}
        for row in rows.to_pylist():
            name = tuple(row[part] for part in key)
            if row["day"] is None:
                whole[name] = row[count]
            else:
                whole[name] -= row[count]
        assert min(whole.values()) >= 0
    for rows in made:
        for name in rows.column_names:
            if "share" in name or "rate" in name or name == "paragraphs_dropped":
                assert all(0 <= value <= 1 for value in rows[name].drop_null().to_pylist())
    for row in made[2].to_pylist():
        assert row["reach_1h"] <= row["reach_6h"] <= row["reach_24h"] <= row["n_outlets"] <= row["n_articles"]
        assert row["n_owner_groups"] <= row["n_outlets"]


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_equal_numpy(seed):
    draw = np.random.default_rng(seed)
    group, values = draw.integers(0, 6, 40), np.where(draw.random(40) < 0.2, np.nan, draw.integers(-9, 99, 40))
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    made = figures.quantiles(group, values, 8, shares)
    for number in range(8):
        inside = values[(group == number) & ~np.isnan(values)]
        expected = np.quantile(inside, shares) if len(inside) else np.full(5, np.nan)
        np.testing.assert_allclose([quantile[number] for quantile in made], expected, atol=1e-12)

"""OUTLET_PAIRS: who had the shared texts first."""

from __future__ import annotations

import pytest
from summaries import DAY, articles, match, matches, outlet, over_all, passage, provenance, wire

from dedup.summary.pairs import outlet_pairs


def test_an_edge_runs_from_the_earlier_outlet_whichever_side_is_left():
    known = articles(outlet("a", "Le Phare", 3), outlet("b", "La Digue", 0))
    for sides in (("a", "b"), ("b", "a")):
        made = over_all(outlet_pairs(known, matches(match(*sides)), provenance()))
        assert made == [{
            "outlet_from": "La Digue", "outlet_to": "Le Phare", "edges": 1, "n_words": 20, "hourdiff_median": 3.0,
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
    assert [(row["outlet_from"], row["outlet_to"]) for row in over_all(made)] == [
        ("AFP", "Le Phare"),
        ("AFP", "Le Site"),
    ]
    assert [row["from_share"] for row in over_all(made)] == [0.5, 0.5]


def test_a_shared_quotation_and_boilerplate_make_no_edge():
    known = articles(outlet("a", "Le Phare", 3), outlet("b", "La Digue", 0))
    quoted = match("a", "b", edit_class="quote_only")
    boilerplate = match("a", "b", left_passage_id="p-a", right_passage_id="p-b")
    traced = provenance(passage("a", share_class="boilerplate"))
    assert len(outlet_pairs(known, matches(quoted, boilerplate), traced)) == 0


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
    assert [(row["outlet_from"], row["outlet_to"], row["directed"]) for row in made] == [
        ("La Digue", "Le Phare", False)
    ]


def test_consecutive_days_are_directed():
    known = articles(
        outlet("a", "Le Phare", -12, date_precision="day"), outlet("b", "La Digue", 12, date_precision="day")
    )
    made = over_all(outlet_pairs(known, matches(match("a", "b")), provenance()))
    assert [(row["outlet_from"], row["directed"], row["hourdiff_median"]) for row in made] == [("Le Phare", True, 24.0)]


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
    assert {(row["outlet_from"], row["outlet_to"]): row["same_owner"] for row in over_all(made)} == {
        ("La Digue", "Le Phare"): True, ("Le Phare", "Le Môle"): False, ("AFP", "Le Phare"): False,
    }  # fmt: skip

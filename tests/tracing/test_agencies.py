"""An article's agency and evidence speak of one agency, its found words of all. Invented texts."""

from __future__ import annotations

import pytest
from runs import prose, run_articles

DAY = "2025-03-10T"


def dispatch(agency: str, hour: int, *paragraphs: str) -> dict:
    text = "\n".join(paragraphs)
    return {"id": f"{agency}-{hour}", "is_wire": True, "agency": agency, "published_at": at(hour), "text": text}


def story(name: str, outlet: str, hour: int, *paragraphs: str) -> dict:
    return {"id": name, "outlet": outlet, "published_at": at(hour), "text": "\n".join(paragraphs)}


def at(hour: int) -> str:
    return f"{DAY}{hour:02d}:00:00Z"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Stories that print words of two agencies, and stories of which the witnesses disagree."""
    both = f"{prose(60)} {prose(61)}"
    return run_articles(
        tmp_path_factory.mktemp("agencies"),
        dispatch("AFP", 6, prose(1), prose(2)),
        story("credits-ap", "Gazette", 7, "PARIS (AP) -", prose(3, 80), prose(4)),
        story("more-of-ap", "Courrier", 9, prose(1), prose(3, 80), prose(5, 30)),
        story("more-of-afp", "Phare", 9, prose(1), prose(2), prose(4), prose(6, 30)),
        story("feed-and-credit", "Ancre", 9, prose(2), prose(7, 30), prose(4, 40), prose(8)),
        story("credits-afp", "Gazette", 8, prose(7, 30), prose(9, 60), "(avec AFP)"),
        story("one-credits-ap", "Vigie", 8, "LYON (AP) -", prose(20), prose(21)),
        story("one-credits-reuters", "Bosco", 8, "LYON (Reuters) -", prose(20), prose(22)),
        story("disputed", "Misaine", 9, prose(20), prose(23)),
        story("one-credits-ats", "Sextant", 8, "LYON (ATS) -", prose(30), prose(31)),
        story("another-credits-afp", "Boussole", 8, "LYON (AFP) -", prose(30), prose(32)),
        story("relayed", "Misaine", 9, prose(30), prose(33)),
        dispatch("AFP", 10, prose(40, 24), prose(41)),
        story("a-sentence-of-it", "Courrier", 12, prose(42, 400), prose(40, 24), prose(43, 400)),
        story(
            "stamped-by-a-relay", "Sextant", 8, prose(50), f"« {prose(51, 10)} », a dit une riveraine à l'AFP.", "(ats)"
        ),
        dispatch("AFP", 13, both, prose(62)),
        dispatch("Reuters", 14, f"{both} {prose(63)}", prose(64)),
        story("of-the-second-dispatch", "Phare", 16, f"{both} {prose(63)}", prose(65, 20)),
        report=False,
    )


@pytest.fixture(scope="module")
def told(found):
    return found.by_article("article_provenance")


@pytest.mark.parametrize(
    ("article", "agency", "evidence", "words"),
    [
        ("more-of-ap", "AP", "attested", 80 + 40),
        ("more-of-afp", "AFP", "dispatch", 80 + 40),
        ("feed-and-credit", "AFP", "dispatch", 70 + 40),
    ],
)
def test_the_rung_is_that_of_the_agency_named_and_the_words_are_those_of_all(told, article, agency, evidence, words):
    row = told[article]
    assert (row["agency"], row["evidence"]) == (agency, evidence)
    assert row["share_found"] * row["n_words"] == pytest.approx(words, abs=3)


def test_the_rung_of_an_article_is_one_of_the_passages_of_its_agency(found, told):
    of_passages: dict[tuple, set] = {}
    for row in found.rows("provenance"):
        of_passages.setdefault((row["article_id"], row["agency"]), set()).add(row["evidence"])
    for name, row in told.items():
        if not row["is_wire"] and row["evidence"] in ("dispatch", "attested"):
            assert row["evidence"] in of_passages[name, row["agency"]]


def test_a_passage_belongs_to_the_agency_of_the_dispatch_that_it_comes_from(found):
    rows = [row for row in found.rows("provenance") if row["article_id"] == "of-the-second-dispatch"]
    assert {row["source_article_id"] for row in rows} == {"Reuters-14"}
    assert {(row["agency"], row["evidence"]) for row in rows} == {("Reuters", "dispatch")}


def test_witnesses_that_contradict_each_other_name_nobody(found, told):
    assert told["disputed"]["agency"] is None
    assert told["disputed"]["evidence"] not in ("dispatch", "attested")


def test_a_relay_gives_way_to_the_agency_whose_wire_it_hands_on(told):
    assert (told["relayed"]["agency"], told["relayed"]["evidence"]) == ("AFP", "attested")
    assert told["stamped-by-a-relay"]["agency"] == "AFP"
    assert told["stamped-by-a-relay"]["credited_agency"] == "ATS"


def test_a_sentence_in_a_long_piece_names_no_agency_of_the_article(found, told):
    [passage] = [row for row in found.rows("provenance") if row["article_id"] == "a-sentence-of-it"]
    assert (passage["agency"], passage["evidence"]) == ("AFP", "dispatch")
    row = told["a-sentence-of-it"]
    assert 0 < row["share_found"] < 0.05
    assert row["agency"] is None and row["evidence"] not in ("dispatch", "attested")


def test_an_agency_of_a_cluster_stands_on_a_rung(found):
    for row in found.rows("clusters"):
        assert (row["agency"] is None) == (row["evidence"] in ("none", "suspected"))

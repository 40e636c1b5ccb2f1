"""Who says that prose is an agency's: dispatches and credits that cover it, and nothing else. Invented texts."""

from __future__ import annotations

import pytest
from runs import prose, run_articles

from dedup.summary.findings import is_without_credit

DAY = "2025-03-10T"


def story(outlet: str, hour: int, *paragraphs: str, **more: object) -> dict:
    return {"outlet": outlet, "published_at": f"{DAY}{hour:02d}:00:00Z", "text": "\n".join(paragraphs), **more}


def clusters_of(found) -> list[tuple]:
    return [(row["agency"], row["evidence"]) for row in found.rows("clusters")]


def test_prose_that_two_owners_share_has_no_agency_without_a_witness(tmp_path):
    found = run_articles(
        tmp_path, story("Gazette", 8, prose(1), prose(2)), story("Courrier", 9, prose(1), prose(3)), report=False
    )
    [cluster] = found.rows("clusters")
    assert cluster["agency"] is None and cluster["evidence"] in ("suspected", "none")
    for row in found.rows("article_provenance"):
        assert row["agency"] is None and row["share_found"] == 0
        assert row["derivation"] not in ("wholly", "partially")


def test_a_credit_attests_the_same_words_in_another_outlet_and_credits_its_own(tmp_path):
    found = run_articles(
        tmp_path,
        story("Gazette", 8, prose(1), prose(2), "(avec AFP)"),
        story("Courrier", 9, prose(1), prose(3)),
        report=False,
    )
    rungs = {row["article_id"]: (row["evidence"], row["agency"]) for row in found.rows("provenance")}
    assert rungs == {"0": ("credited", "AFP"), "1": ("attested", "AFP")}
    told = found.by_article("article_provenance")
    assert told["1"]["evidence"] == "attested" and told["1"]["share_found"] == pytest.approx(0.5, abs=0.05)
    assert told["0"]["evidence"] == "credited" and told["0"]["share_found"] == 0


def test_a_mention_elsewhere_in_a_member_gives_nothing_to_the_cluster(tmp_path):
    cited = "Selon Anadolu et Reuters, la réunion a duré deux heures, et l'AFP en avait fait état la veille."
    found = run_articles(
        tmp_path,
        story("Gazette", 8, prose(1), prose(2), cited),
        story("Courrier", 9, prose(1), prose(3)),
        report=False,
    )
    assert {agency for agency, _ in clusters_of(found)} == {None}


def test_what_the_shared_words_cite_themselves_is_no_credit_of_them(tmp_path):
    words = f"{prose(1)} La société va fermer deux usines, selon l'AFP, qui cite un document interne. {prose(4)}"
    found = run_articles(
        tmp_path, story("Gazette", 8, words, prose(2)), story("Courrier", 9, words, prose(3)), report=False
    )
    assert {agency for agency, _ in clusters_of(found)} == {None}


def test_somebody_who_speaks_to_the_agency_in_the_shared_words_names_it(tmp_path):
    words = f"{prose(1)} « Nous avons tout perdu », a dit une riveraine à l'AFP. {prose(4)}"
    found = run_articles(
        tmp_path, story("Gazette", 8, words, prose(2)), story("Courrier", 9, words, prose(3)), report=False
    )
    assert clusters_of(found) == [("AFP", "attested")]
    [cluster] = found.rows("clusters")
    assert cluster["agency_basis"] == "in_text"


def test_a_domestic_agency_credited_at_home_is_no_witness_for_a_paper_abroad(tmp_path):
    credited = (prose(1), prose(2), "(ats)")
    found = run_articles(
        tmp_path,
        story("Misaine", 8, *credited, country="CH"),
        story("Sextant", 9, prose(1), prose(3), country="BE"),
        story("Étrave", 9, prose(1), prose(4), country="CH"),
        story("Vigie", 9, prose(1), prose(5)),
        report=False,
    )
    told = {row["article_id"]: row for row in found.rows("article_provenance")}
    assert told["1"]["evidence"] in ("suspected", "none")
    assert told["1"]["agency"] is None and told["1"]["share_found"] == 0
    for home in ("2", "3"):  # where no country is known there is no abroad
        assert (told[home]["agency"], told[home]["evidence"]) == ("ATS", "attested")


def test_an_agency_of_all_countries_is_a_witness_for_a_paper_abroad(tmp_path):
    found = run_articles(
        tmp_path,
        story("Misaine", 8, prose(1), prose(2), "(ats/afp)", country="CH"),
        story("Sextant", 9, prose(1), prose(3), country="BE"),
        report=False,
    )
    told = found.by_article("article_provenance")["1"]
    assert told["evidence"] == "attested" and "AFP" in told["agency"]


def test_agencies_that_one_credit_names_together_stay_together(tmp_path):
    found = run_articles(
        tmp_path,
        story("Gazette", 8, "Gazette avec AFP et Reuters", prose(1), prose(2)),
        story("Courrier", 9, prose(1), prose(3)),
        report=False,
    )
    assert {agency for agency, _ in clusters_of(found)} == {"AFP/Reuters"}


@pytest.mark.parametrize(("country", "agency"), [("CH", "ATS"), ("BE", "Belga"), ("CA", "La Presse canadienne")])
def test_the_likely_agency_is_that_of_the_owners_country_and_stays_a_guess(tmp_path, country, agency):
    text = [prose(1), prose(2), "Le pont de Brumes (ouest) a cédé vers 04H30, a-t-on appris auprès des secours."]
    found = run_articles(
        tmp_path,
        *(story(outlet, 8 + n, *text, country=country) for n, outlet in enumerate(["Gazette", "Courrier", "Phare"])),
        report=False,
    )
    guesses = {row["likely_agency"] for row in found.rows("clusters") if row["p_agency"] >= 0.5}
    assert guesses <= {agency}
    assert {row["agency"] for row in found.rows("clusters")} == {None}


def test_the_prose_of_one_house_is_not_found_though_a_dispatch_stands_in_its_midst(tmp_path):
    count = prose(5, 24)
    house = f"{prose(1, 60)} {count} {prose(2, 60)}"
    found = run_articles(
        tmp_path,
        {"text": f"{prose(7, 40)}\n{count}\n{prose(8, 40)}", "is_wire": True, "published_at": f"{DAY}07:00:00Z"},
        story("Gazette", 8, house, owner="Une maison"),
        story("Courrier", 9, house, owner="Une maison"),
        report=False,
    )
    for row in found.rows("article_provenance"):
        if not row["is_wire"]:
            assert row["share_found"] < 0.3


def test_recurring_background_of_dispatches_makes_no_claim_about_an_article(tmp_path):
    reminder, own = prose(1), (prose(60, 50), prose(61, 30))
    dispatches = [
        {
            "published_at": f"2025-03-{day:02d}T08:00:00Z",
            "text": "\n".join([prose(10 + day, 60), reminder, prose(20 + day, 60)]),
            "is_wire": True,
            "agency": "AFP",
        }
        for day in (2, 4, 6)
    ]
    found = run_articles(
        tmp_path,
        *dispatches,
        {"outlet": "Misaine", "published_at": "2025-03-07T08:00:00Z", "text": "\n".join([*own, reminder])},
        {"outlet": "Sextant", "published_at": "2025-03-06T10:00:00Z", "text": f"{reminder}\n{prose(26, 60)}"},
        report=False,
    )
    told = found.by_article("article_provenance")
    assert told["3"]["share_background"] == pytest.approx(told["3"]["share_found"], abs=0.01) and (
        told["3"]["share_found"] > 0.3
    )
    assert (told["3"]["evidence"], told["3"]["agency"], told["3"]["derivation"]) == ("none", None, None)
    assert (told["4"]["evidence"], told["4"]["agency"]) == ("dispatch", "AFP")
    claimed = found.table("article_provenance").filter(is_without_credit(found.table("article_provenance")))
    assert {row["article_id"] for row in claimed.to_pylist()} - {"0", "1", "2"} == {"4"}


def test_an_article_that_credits_an_agency_in_full_is_estimated_so_where_nothing_else_is_stored(tmp_path):
    found = run_articles(tmp_path, story("Misaine", 8, prose(1), prose(2), "(Belga)"), report=False)
    [told] = found.rows("article_provenance")
    assert (told["evidence"], told["derivation"], told["share_found"]) == ("credited", "wholly", 0)
    assert told["share_estimated"] == 1 and told["p_agency"] > 0.9

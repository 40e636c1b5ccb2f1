"""What speaks for an agency: translated quotations, evidence of clusters and articles, and reasons in words."""

from __future__ import annotations

import numpy as np
import pytest
from runs import prose, run_articles

from dedup import schemas
from dedup.arrays import Shares
from dedup.tracing.evidence import (
    ARTICLE_EVIDENCE,
    CLUSTER_EVIDENCE,
    article_evidence,
    article_reasons,
    class_probabilities,
    cluster_reasons,
    load_model,
)


@pytest.mark.parametrize(
    ("kept", "credit"), [(1, "(avec AFP)"), (1, "Avec Belga"), (2, "(avec AFP)"), (2, "AFP et Gazette")]
)
def test_an_article_with_a_large_own_part_is_partly_derived_whatever_its_outlet_does_otherwise(tmp_path, credit, kept):
    rows = []
    for n in range(5):
        text = [prose(10 * n + k) for k in range(3)]
        rows.append({"text": "\n".join(text), "is_wire": True, "published_at": f"2025-03-0{n + 1}T08:00:00Z"})
        if n < 4:
            rows.append({"text": "\n".join(text), "outlet": "Gazette", "published_at": f"2025-03-0{n + 1}T09:00:00Z"})
    mixed = [*text[:kept], *(prose(100 + k) for k in range(3)), credit]
    rows.append({"id": "mixed", "text": "\n".join(mixed), "outlet": "Gazette", "published_at": "2025-03-05T09:00:00Z"})
    found = run_articles(tmp_path, *rows).by_article("article_provenance")
    assert found["mixed"]["derivation"] == "partially"
    assert {row["derivation"] for row in found.values() if row["outlet"] == "Gazette"} == {"wholly", "partially"}


def test_reasons_are_the_evidence_that_speaks_most_for_the_answer():
    model = load_model()
    names = list(ARTICLE_EVIDENCE)
    evidence = np.zeros((2, 2 + len(names)))
    evidence[0, [0, 2 + names.index("some"), 2 + names.index("credit_full")]] = 1
    p = class_probabilities(evidence[:, 2:], model.article)
    whole, own = article_reasons(evidence, model, p, [[], []])
    assert whole[:2] == ["100% of its words are in passages given to an agency", "it credits an agency in full"]
    assert own[0] == "0% of its words are in passages given to an agency"
    assert "nobody in it speaks to an agency" in own
    assert all(2 <= len(said) <= 4 for said in (whole, own))
    clusters = np.tile(model.cluster_typical, (2, 1))
    column = list(CLUSTER_EVIDENCE).index("copied")
    clusters[:, column] += [0.4, -0.4]
    often, seldom = cluster_reasons(clusters, model, np.array([0.9, 0.2]))
    assert often == ["the articles that print it are printed elsewhere too"]
    assert seldom == ["little else of the articles that print it is printed elsewhere"]


def test_habit_is_measured_against_the_other_outlets_and_small_for_an_outlet_of_few_articles(tmp_path):
    rows = []
    for n in range(3):
        rows.append({"text": prose(n), "is_wire": True, "published_at": f"2025-03-0{n + 1}T08:00:00Z"})
        rows.append({"text": prose(n), "outlet": "Gazette", "published_at": f"2025-03-0{n + 1}T09:00:00Z"})
        rows.append({"text": prose(n + 50), "outlet": "Phare", "published_at": f"2025-03-0{n + 1}T09:00:00Z"})
    found = run_articles(tmp_path, *rows)
    outlet = {row["article_id"]: row["outlet"] for row in found.rows("article_provenance") if not row["is_wire"]}
    habits = {
        outlet[row["article_id"]]: row["habit"] for row in found.rows("agency_evidence") if row["article_id"] in outlet
    }
    # two others of each, drawn to what the other outlet does with the weight of ten, to the nearest 64th
    assert habits["Gazette"] == pytest.approx((2 + 0) / (2 + 10) - 0, abs=1 / 128)
    assert habits["Phare"] == pytest.approx((0 + 10) / (2 + 10) - 1, abs=1 / 128)


def test_an_outlet_that_prints_nothing_but_dispatches_makes_an_unknown_text_of_it_likelier_an_agencys(tmp_path):
    def p_agency(folder: str, printed: range) -> float:
        rows = [{"text": prose(n), "is_wire": True, "published_at": f"2025-03-0{n + 1}T08:00:00Z"} for n in range(3)]
        rows += [
            {"text": prose(n), "outlet": "Gazette", "published_at": f"2025-03-0{n % 10 + 1}T09:00:00Z"} for n in printed
        ]
        rows.append({"id": "new", "text": prose(90), "outlet": "Gazette", "published_at": "2025-03-05T09:00:00Z"})
        return run_articles(tmp_path / folder, *rows).by_article("article_provenance")["new"]["p_agency"]

    assert p_agency("relay", range(3)) > 2.5 * p_agency("writer", range(20, 23))


TABLE = (
    "Classement : 1. Brumes 61 pts, 2. Valcombe 58, 3. Port-Sorgue 55, 4. Anvelle 51, 5. Montgris 47, 6. Lestrade 44, "
    "7. Hautbois 40, 8. Cormier 38, 9. Tresnel 33, 10. Fauville 29, 11. Ribes 22, 12. Ombrelle 17."
)


def test_a_table_that_two_own_reports_print_is_nobodys_prose(tmp_path):
    found = run_articles(
        tmp_path,
        {"outlet": "Gazette", "published_at": "2025-03-10T21:00:00Z", "text": f"{prose(1, 25)}\n{TABLE}"},
        {"outlet": "Courrier", "published_at": "2025-03-10T21:05:00Z", "text": f"{prose(2, 25)}\n{TABLE}"},
    )
    assert all(row["p_agency"] < 0.2 for row in found.rows("clusters"))
    assert {row["evidence"] for row in found.rows("article_provenance")} == {"none"}


@pytest.mark.parametrize(("own", "kind"), [(25, "wholly"), (80, "partially")])
def test_a_whole_dispatch_between_paragraphs_of_its_own_is_a_part_of_the_article(tmp_path, own, kind):
    dispatch = [prose(n) for n in range(4)]
    mixed = [*dispatch[:2], prose(50, own // 2), *dispatch[2:], prose(51, own // 2)]
    found = run_articles(
        tmp_path,
        {"text": "\n".join(dispatch), "is_wire": True, "published_at": "2025-03-10T08:00:00Z"},
        {"id": "a", "outlet": "Gazette", "published_at": "2025-03-10T21:00:00Z", "text": "\n".join(mixed)},
    ).by_article("article_provenance")["a"]
    assert (found["evidence"], found["derivation"]) == ("dispatch", kind)
    if kind == "partially":
        assert found["share_estimated"] == pytest.approx(found["share_found"])


def test_how_often_the_outlets_of_a_cluster_name_an_agency_is_weighed(tmp_path):
    rows = [{"id": f"shared-{outlet}", "text": prose(1), "outlet": outlet} for outlet in ("Gazette", "Phare")]
    for n, end in enumerate(["\n(avec AFP)", "\n(AFP)", "", "", ""]):
        rows.append({"text": prose(10 + n) + end, "outlet": "Gazette"})
    [cluster] = run_articles(tmp_path, *rows).rows("cluster_evidence")
    gazette, phare = (2 + 0.15 * 10) / (5 + 10), 0.15
    assert cluster["served"] == pytest.approx(np.log((gazette + phare) / 2), abs=1 / 64)


def test_what_a_paper_of_one_owner_credits_is_an_agencys_in_the_other_too(tmp_path):
    text = "\n".join(prose(n) for n in range(3))
    found = run_articles(
        tmp_path,
        {"id": "a", "outlet": "Misaine", "owner": "Une maison", "text": f"{text}\n(Belga)"},
        {"id": "b", "outlet": "Sextant", "owner": "Une maison", "text": text},
    )
    twin = found.by_article("article_provenance")["b"]
    assert (twin["evidence"], twin["agency"], twin["derivation"]) == ("attested", "Belga", "wholly")
    assert twin["p_agency"] > 0.5
    assert min(row["p_agency"] for row in found.rows("clusters")) > 0.94


def test_one_trace_of_an_agency_is_no_suspicion_and_two_may_be(tmp_path):
    told = "« Trop tard », a dit le maire à l'AFP."
    found = run_articles(
        tmp_path,
        {"id": "one", "outlet": "Gazette", "text": f"{prose(1)} {told} {prose(2)}"},
        {"id": "two", "outlet": "Phare", "text": f"{prose(3)} {told} Il était 19H30, a-t-on appris. {prose(4)}"},
    ).by_article("article_provenance")
    assert found["one"]["evidence"] == "none"
    assert found["two"]["evidence"] == "suspected"
    assert found["one"]["p_agency"] < found["two"]["p_agency"]


def test_the_spread_of_a_cluster_is_in_hours_and_nothing_without_two_dates(tmp_path):
    dates = [("Gazette", "2025-03-01T08:00:00Z"), ("Courrier", "2025-03-01T11:00:00Z"), ("Phare", None)]
    rows = [{"text": prose(1), "outlet": outlet, "published_at": date} for outlet, date in dates]
    [cluster] = run_articles(tmp_path / "a", *rows).rows("cluster_evidence")
    assert cluster["spread"] == pytest.approx(np.log(4))
    assert cluster["owners"] == pytest.approx(np.log(3))
    assert cluster["copied"] == 1
    [cluster] = run_articles(tmp_path / "b", *rows[1:]).rows("cluster_evidence")
    assert cluster["spread"] == 0


NOTICE = [
    "Du 14 avril au 6 juin les canalisations de la rue des Tisserands seront remplacées entre la place du Puits et le "
    "pont Neuf, et la circulation sera interdite de huit heures à dix-sept heures.",
    "Le stationnement sera impossible des deux côtés de la chaussée, les autobus emprunteront le quai des Lavandières "
    "et le marché du jeudi sera déplacé sous la halle aux grains.",
]


def _outlets_that(naming: str) -> list[dict]:
    """Three outlets with a dozen articles each, of which most end with a credit."""
    return [
        {"text": f"{prose(100 * n + k, 60)}\n{naming if k < 9 else ''}", "outlet": outlet}
        for n, outlet in enumerate(["Le Phare", "La Vigie", "Le Fanal"], 1)
        for k in range(12)
    ]


def test_what_three_outlets_print_whole_is_no_suspicion_unless_they_are_known_to_be_served(tmp_path):
    shared = [{"id": outlet, "text": "\n".join(NOTICE), "outlet": outlet} for outlet in ("Le Phare", "La Vigie")]
    unknown = run_articles(tmp_path / "unknown", *shared).by_article("article_provenance")
    assert {(row["evidence"], row["derivation"]) for row in unknown.values()} == {("none", "non")}
    served = run_articles(tmp_path / "served", *shared, *_outlets_that("(AFP)")).by_article("article_provenance")
    assert {served[row["id"]]["evidence"] for row in shared} == {"suspected"}


@pytest.mark.parametrize(
    "line",
    [
        "Renseignements au 01 99 00 12 34 ou sur place, aux heures d'ouverture des guichets de la régie.",
        "Une permanence est tenue chaque mardi ; écrire à travaux@tisserands.example avant la fin du mois.",
        "Les riverains sont priés de retirer leurs véhicules la veille au soir, avant vingt heures précises.",
    ],
)
def test_a_notice_that_turns_to_its_readers_is_no_suspicion_whoever_prints_it(tmp_path, line):
    text = "\n".join([*NOTICE, line])
    shared = [{"id": outlet, "text": text, "outlet": outlet} for outlet in ("Le Phare", "La Vigie", "Le Fanal")]
    found = run_articles(tmp_path, *shared, *_outlets_that("(AFP)")).by_article("article_provenance")
    assert {found[row["id"]]["evidence"] for row in shared} == {"none"}


def test_prose_of_one_owner_without_a_mark_of_an_agency_is_no_suspicion(tmp_path):
    text = "\n".join(prose(n) for n in range(4))
    house = {"text": text, "owner": "Une maison"}
    shared = [{"id": outlet, "outlet": outlet, **house} for outlet in ("Le Phare", "La Vigie")]
    found = run_articles(tmp_path, *shared, *_outlets_that("(AFP)"))
    told = found.by_article("article_provenance")
    assert {told[row["id"]]["evidence"] for row in shared} == {"none"}
    assert all(told[row["id"]]["share_estimated"] == 0 for row in shared)


def test_who_cites_an_agency_to_which_nobody_speaks_writes_himself(tmp_path):
    rows = {
        "cites": f"{prose(1)} Selon l'AFP, le pont est fermé. {prose(2)}",
        "told": f"{prose(3)} « Trop tard », a dit le maire à l'AFP. Selon l'AFP, il pleut. {prose(4)}",
        "credits": f"{prose(5)} Selon l'AFP, le pont est fermé.\n(avec AFP)",
        "foreign": f"{prose(6)} Selon l'agence Reuters, le pont est fermé. {prose(7)}",
    }
    found = run_articles(tmp_path, *({"id": name, "text": text, "outlet": "Le Phare"} for name, text in rows.items()))
    cited = {name: row["cited"] for name, row in found.by_article("agency_evidence").items()}
    assert cited == {"cites": 1, "told": 0, "credits": 0, "foreign": 0}
    model, names = load_model(), list(ARTICLE_EVIDENCE)
    evidence = np.zeros((2, len(names)))
    evidence[:, names.index("some")] = 1
    evidence[1, names.index("cited")] = 1
    (wholly, partially, _), (wholly_cited, partially_cited, _) = class_probabilities(evidence, model.article)
    assert wholly_cited < wholly and partially_cited > partially


def test_passages_under_a_twentieth_of_the_words_make_no_part_of_an_article():
    agency, zero = np.array([0, 4, 6, 12, 30]), np.zeros(5, np.int64)
    words = {name: zero for name in schemas.SHARES} | {"own": np.full(5, 100)}
    shares = Shares(words, zero, agency, zero, zero, zero, np.full(5, 100))
    silent = np.zeros(5, bool)
    evidence = article_evidence(shares, silent, silent, silent, silent, np.ones(5), np.zeros(5))
    some, scars = (evidence[:, 2 + list(ARTICLE_EVIDENCE).index(name)] for name in ("some", "scars"))
    assert some.tolist() == pytest.approx([0, 0, 0.4, 0.8, 1])
    assert scars.tolist() == pytest.approx([1, 1, 0.6, 0.2, 0])

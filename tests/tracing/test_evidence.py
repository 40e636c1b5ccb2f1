"""What speaks for an agency: translated quotations, evidence of clusters and articles, and reasons in words."""

from __future__ import annotations

import numpy as np
import pytest
from runs import prose, run_articles

from dedup.tracing.evidence import (
    ARTICLE_EVIDENCE,
    CLUSTER_EVIDENCE,
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
    evidence = np.zeros((2, 1 + len(names)))
    evidence[0, [0, 1 + names.index("some"), 1 + names.index("most")]] = 1
    evidence[0, 1 + names.index("credit_full")] = 1
    p = class_probabilities(evidence[:, 1:], model.article)
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

    assert p_agency("relay", range(3)) > 3 * p_agency("writer", range(20, 23))


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
        {"id": "a", "outlet": "Gazette", "owner": "Une maison", "text": f"{text}\n(Belga)"},
        {"id": "b", "outlet": "Courrier", "owner": "Une maison", "text": text},
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

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
    speaks_foreign,
)

WORDS = "Nous ne quitterons pas la table avant midi"

FOREIGN = [
    "« {} », a déclaré le président américain.",
    "“{}”, s'est félicitée la cheffe de la diplomatie suédoise.",
    'Selon le ministre allemand des Finances, "{}".',
    "Des chercheuses norvégiennes notent : « {}. » Personne ne les a crues.",
    "« {} », a confié à l'AFP le porte-parole ukrainien.",
    "« {} », dit une étude britannique parue mardi.",
    "« {} », lit-on dans un communiqué du Kremlin.",
    "Le Pentagone a réagi. « {}. » Rien de plus.",
    "Le roi des Pays-Bas est venu. « {} », a-t-il dit.",
    "Kiev a répondu. « {} », a-t-on lu. Puis rien.",
    "« {} », a écrit Donald Trump sur le réseau.",
    "« {} », a prévenu le patron de Boeing.",
    "« {} », a averti hier M. Trump.",
]
AT_HOME = [
    "« {} », a dit Emmanuel Macron au président américain.",
    "Le ministre français des Finances, en visite à Berlin, a lancé : « {} ».",
    "« {} », a répondu le Premier ministre belge à la Maison Blanche.",
    "« {} », s'agace la conseillère fédérale suisse face au Kremlin.",
]
NOBODY = [
    "« {} », a déclaré le maire.",
    "« {} », a dit le maire de Valcombe au président américain Joe Biden.",
    "« {} », a lancé la ministre à Berlin, avec la chancelière Merkel.",
    "Les ministres allemands sont partis. Il a plu. « {} », a déclaré le maire.",
    "Les ministres allemands sont partis. « {} », a déclaré le maire de la commune.",
    "Un élu cite « le Kremlin et Washington ». « {} », ajoute ce maire de la côte.",
    "Un touriste allemand est blessé.Voici la suite : « {} », selon le parquet.",
    "« {} »",
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [*((text, True) for text in FOREIGN), *((text, False) for text in AT_HOME), *((text, None) for text in NOBODY)],
)
def test_the_speaker_of_a_quotation_is_a_foreigner_or_at_home_or_not_seen(sentence, expected):
    line = sentence.format(WORDS)
    begin = line.index(WORDS)
    assert speaks_foreign(line, begin, begin + len(WORDS)) is expected
    assert speaks_foreign("Le vent est tombé. " + line, begin + 19, begin + 19 + len(WORDS)) is expected


QUOTATION = " ".join(prose(1, 24).lower().replace(".", "").split())


def two_reports(folder, speaker: str, second: str | None = None, **more):
    """Two papers that share nothing but one quotation, and who each of them says has spoken."""
    rows = [
        {
            "outlet": outlet,
            "published_at": f"2025-03-10T1{seed}:00:00Z",
            **more,
            "text": f"{prose(10 + seed, 60)}\n« {QUOTATION} », {words}, {prose(20 + seed, 9)}",
        }
        for seed, (outlet, words) in enumerate([("Gazette", speaker), ("Courrier", second or speaker)])
    ]
    return run_articles(folder, *rows)


def test_one_translation_of_a_foreigners_words_is_agency_evidence_and_the_reason_says_so(tmp_path):
    found = two_reports(tmp_path, "a déclaré la ministre suédoise")
    [cluster] = found.rows("clusters")
    assert not cluster["is_quotation"]  # the words are copied: somebody put them into French
    assert (cluster["agency"], cluster["evidence"]) == (None, "suspected")
    assert cluster["p_agency"] >= 0.69
    for row in found.rows("provenance"):
        assert any("French wording of a foreign speaker" in sentence for sentence in row["reasons"])
        assert row["share_class"] == "verbatim"
    assert {row["quote_reason"] for row in found.rows("matches")} == {"translated"}
    assert all(row["agency_passages"] > 0.15 for row in found.rows("agency_evidence"))
    assert all(row["copy_rate"] > 0.15 for row in found.rows("article_provenance"))


@pytest.mark.parametrize(
    ("speaker", "second", "more"),
    [
        ("a déclaré la ministre", None, {}),
        ("a déclaré la ministre suédoise", "a déclaré la ministre belge", {}),
        ("a déclaré la ministre suédoise", None, {"owner": "Une seule maison"}),
    ],
)
def test_a_quotation_taken_down_in_french_or_inside_one_house_is_no_agency_evidence(tmp_path, speaker, second, more):
    found = two_reports(tmp_path, speaker, second, **more)
    [cluster] = found.rows("clusters")
    assert (cluster["agency"], cluster["agency_basis"]) == (None, "none")
    assert all(row["agency_passages"] == 0 for row in found.rows("agency_evidence"))


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


def test_habit_is_measured_against_the_corpus_and_small_for_an_outlet_of_few_articles(tmp_path):
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
    # two others of each, drawn to the half of all outlets with the weight of ten
    assert habits["Gazette"] == pytest.approx((2 + 5) / (2 + 10) - 0.5)
    assert habits["Phare"] == pytest.approx((0 + 5) / (2 + 10) - 0.5)


def test_the_spread_of_a_cluster_is_in_hours_and_nothing_without_two_dates(tmp_path):
    dates = [("Gazette", "2025-03-01T08:00:00Z"), ("Courrier", "2025-03-01T11:00:00Z"), ("Phare", None)]
    rows = [{"text": prose(1), "outlet": outlet, "published_at": date} for outlet, date in dates]
    [cluster] = run_articles(tmp_path / "a", *rows).rows("cluster_evidence")
    assert cluster["spread"] == pytest.approx(np.log(4))
    assert cluster["owners"] == pytest.approx(np.log(3))
    assert cluster["copied"] == 1
    [cluster] = run_articles(tmp_path / "b", *rows[1:]).rows("cluster_evidence")
    assert cluster["spread"] == 0

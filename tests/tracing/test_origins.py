"""Where shared prose comes from when no agency is named. Invented texts."""

from __future__ import annotations

import pytest
from runs import prose, run_articles


def story(outlet: str, hour: int, *paragraphs: str, **more: object) -> dict:
    text = "\n".join(paragraphs)
    return {"outlet": outlet, "published_at": f"2025-03-10T{hour:02d}:00:00Z", "text": text, **more}


def origins(found) -> set[str]:
    return {row["origin"] for row in found.rows("clusters")}


RULE = (
    "toute baignade reste interdite dans le plan d'eau de Brumes jusqu'au trente septembre en raison de la présence "
    "de cyanobactéries relevée lors des derniers contrôles sanitaires"
)


def test_an_official_sentence_in_two_own_reports_is_a_statement_and_nobodys_copy(tmp_path):
    found = run_articles(
        tmp_path,
        story("Gazette", 8, prose(1, 80), f"La préfecture a indiqué que {RULE}. {prose(3, 10)}", prose(2, 80)),
        story("Courrier", 9, prose(4, 80), f"Selon la préfecture, {RULE}. {prose(6, 10)}", prose(5, 80)),
        report=False,
    )
    assert origins(found) == {"statement"}
    assert {row["derivation"] for row in found.rows("article_provenance")} == {"non"}


def test_a_communique_named_once_covers_what_follows(tmp_path):
    words = [prose(7), prose(8), prose(9)]
    found = run_articles(
        tmp_path,
        story("Gazette", 8, "C'est ce que dit un communiqué parvenu à la rédaction.", *words, prose(1, 120)),
        story("Courrier", 9, "Le communiqué a été lu lundi à la radio.", *words, prose(2, 120)),
        report=False,
    )
    assert origins(found) == {"statement"}
    assert max(row["p_agency"] for row in found.rows("clusters")) < 0.5
    assert {row["agency"] for row in found.rows("clusters")} == {None}


def test_what_one_house_shares_is_its_own(tmp_path):
    found = run_articles(
        tmp_path,
        story("Gazette", 8, prose(1), prose(2), owner="Une maison"),
        story("Courrier", 9, prose(1), prose(3), owner="Une maison"),
        report=False,
    )
    assert origins(found) == {"house"}


def test_unknown_outlets_of_one_site_are_one_owner_and_those_of_a_platform_are_not(tmp_path):
    def shared(host: str, folder: str):
        rows = [
            story(f"Phare édition {n}", 8, prose(1), prose(2), url=f"https://www.{host}/{n}/fleurs.html")
            for n in ("nord", "sud")
        ]
        return run_articles(tmp_path / folder, *rows, report=False).rows("article_provenance")

    assert {row["share_same_owner"] for row in shared("lephare.example", "site")} == {1.0}
    assert {row["share_same_owner"] for row in shared("facebook.com", "platform")} == {0.0}


def test_what_one_outlet_has_first_and_others_credit_to_it_is_the_outlets(tmp_path):
    scoop = prose(1, 30)
    found = run_articles(
        tmp_path,
        story("Le Phare de Brumes", 6, f"{scoop} {prose(2, 60)}"),
        story("Courrier", 9, f"C'est une enquête du Phare de Brumes qui le révèle, écrit Le Phare de Brumes. {scoop}"),
        report=False,
    )
    assert "outlet" in origins(found)


def test_an_outlets_scoop_and_a_few_words_are_no_suspicion(tmp_path):
    scoop = f"Le Fanal révèle que {prose(1)} {prose(2)}"
    later = [
        {"outlet": name, "published_at": f"2025-03-11T{hour:02d}:00:00Z", "text": f"{scoop}\n{prose(hour, 20)}"}
        for hour, name in ((9, "La Gazette"), (10, "La Bouée"), (11, "Le Sextant"))
    ]
    first = {"outlet": "Le Fanal", "published_at": "2025-03-11T05:00:00Z", "text": f"{scoop}\n{prose(3)}"}
    found = run_articles(tmp_path, first, *later, report=False)
    assert {row["origin"] for row in found.rows("clusters")} == {"outlet"}
    assert {row["evidence"] for row in found.rows("provenance")} == {"none"}
    assert {row["evidence"] for row in found.rows("article_provenance")} == {"none"}


@pytest.mark.parametrize("heading", ["Météo :", "Pharmacies de garde :", "Qualité de l'air dans la vallée :"])
def test_a_bulletin_that_a_service_hands_out_is_no_suspicion(tmp_path, heading):
    rows = [
        {"outlet": name, "published_at": f"2025-03-11T0{hour}:00:00Z", "text": f"{heading} {prose(1)}\n{prose(hour)}"}
        for hour, name in ((6, "La Gazette"), (7, "La Bouée"), (8, "Le Sextant"))
    ]
    found = run_articles(tmp_path, *rows, report=False)
    assert {row["origin"] for row in found.rows("clusters")} == {"statement"}
    assert {row["evidence"] for row in found.rows("article_provenance")} == {"none"}

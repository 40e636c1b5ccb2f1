"""Credits: forms, positions, offsets, traps, metadata, statuses, a user's rules. All texts are invented."""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest
from credit_tables import article, articles_table, paragraphs_table

from dedup.credits.mentions import METADATA, find_credits
from dedup.credits.rulefile import RulesError
from dedup.credits.rules import load_rules
from dedup.credits.status import credit_status
from dedup.schemas import ARTICLES, CREDITS, PARAGRAPHS

BODY = [
    "Le conseil municipal a voté mardi la fermeture du vieux pont, faute de crédits.",
    "Les riverains demandent un délai et une passerelle provisoire pour les piétons.",
    "Une nouvelle réunion est prévue la semaine prochaine à la préfecture.",
    "La mairie n'a pas souhaité répondre.",
]
STATUS = {
    "full": "credited_full",
    "partial": "credited_partial",
    "in_text": "in_text_only",
    "quote_to_agency": "in_text_only",
    "photo": "photo_only",
    "other": "none",
}


def read(lines: list[str], roles: dict[int, str] | None = None, rules=None, **columns) -> tuple[list[dict], dict]:
    rules = rules or load_rules(None)
    articles = articles_table(article(**columns))
    credits = find_credits(articles, paragraphs_table(lines, roles=roles), rules)
    return credits.to_pylist(), credit_status(articles, credits, rules).to_pylist()[0]


def first(line: str) -> list[str]:
    return [line, *BODY]


def lead(start: str) -> list[str]:
    return [start + BODY[0], *BODY[1:]]


def inside(line: str) -> list[str]:
    return [*BODY[:3], line, *BODY]


def last(line: str) -> list[str]:
    return [*BODY, line]


def glued(end: str) -> list[str]:
    return [" ".join(BODY) + end]


FORMS = [
    (
        "full",
        first,
        [
            "AFP",
            "Par AFP",
            "Agence France-Presse",
            "AGENCE FRANCE-PRESSE",
            "Belga",
            "Par Jean Tremblay, Agence France-Presse",
        ],
    ),
    (
        "full",
        lead,
        [
            "PARIS, 19 juin 2024 (AFP) - ",
            "BONN (AFP), - ",
            "SEOUL (Reuters) - ",
            "Lausanne, 24 (ATS).- ",
            "Bruxelles (Belga) – ",
            "MONTRÉAL — (La Presse canadienne) ",
            "LONDRES, 12. — Reuter. — ",
            "Paris, 14. (Havas.) — ",
            "BERLIN, 23 (D. N. B.). — ",
            "Rome, 3 mars. (Stefani). — ",
        ],
    ),
    (
        "full",
        last,
        [
            "(AFP)",
            "(A.F.P.)",
            "ats/afp",
            "(afp/nxp)",
            "/ ats",
            "(ATS / AFP)",
            "Source : AFP",
            "© 2024 AFP",
            "information fournie par AFP",
            "abc-de/fgh/ij",
            "bur-abc-de/fg",
            "Cet article a été publié automatiquement. Source : ats",
        ],
    ),
    (
        "full",
        glued,
        [
            " (AFP)",
            " (ats/nxp)",
            " ATS",
            " /ats",
            " (Belga)",
            " AFP",
            "(Reuters)",
            " burs-abc/def/gh",
            " Jean Tremblay, Anne Roy, Associated Press",
        ],
    ),
    (
        "partial",
        first,
        [
            "LEMONDE.FR avec AFP et Reuters",
            "Article rédigé par franceinfo avec AFP",
            "Le Figaro et AFP",
            "Par La Gazette du Lac avec AFP",
            "Par Jean Dupont (avec AFP)",
            "La rédaction avec AFP",
        ],
    ),
    (
        "partial",
        last,
        [
            "Challenges (avec AFP)",
            "Le Monde avec AFP",
            "avec Belga",
            "avec Agence France-Presse",
            "avec agences",
            "(agences)",
            "Avec l’Agence France-Presse",
            "– Avec La Presse canadienne",
            "(Avec AFP)",
            "Avec les agences",
            "et AFP",
            "La Gazette du Lac/AFP",
            "Avec Reuters et La Presse canadienne",
            "Avec des informations de l’AFP",
        ],
    ),
    (
        "partial",
        glued,
        [
            "Challenge (avec AFP)",
            " (avec AFP)",
            " Avec AFP",
            " – Avec l’AFP",
            " (jsa/afp/nxp)",
            " (afp/La Gazette du Lac)",
            " (ats/mlo)",
            " (LT/AFP)",
        ],
    ),
    (
        "in_text",
        inside,
        [
            "Le pont fermera lundi, selon l’AFP.",
            "« Le pont fermera lundi », rapporte l’AFP.",
            "Une dépêche de l’AFP annonçait la fermeture.",
            "L’AFP rapporte que le pont fermera.",
            "D’après l’agence Reuters, le pont fermera.",
            "Le maire, cité par l’AFP, se dit inquiet.",
            "Selon La Presse canadienne, le pont fermera.",
            "Le pont fermera, selon l'agence belge Belga.",
            "Le pont fermera, a rapporté Reuters mardi.",
            "Le pont fermera, a écrit mardi Belga.",
            "Le pont fermera, a fait savoir Reuters.",
        ],
    ),
    (
        "quote_to_agency",
        inside,
        [
            "« C’est trop tard », a-t-il dit à l’AFP.",
            "Interrogé par l’AFP, il a refusé.",
            "Joint par Belga, il a refusé.",
            "Contactée mardi soir par l’AFP, la mairie se tait.",
            "« Trop tard », a-t-elle insisté auprès de l’AFP.",
            "Le pont ferme, a appris l’AFP de source municipale.",
            "Le pont ferme, a constaté un journaliste de l’AFP.",
            "Dix ponts sont fermés, selon un décompte de l’AFP.",
            "L’AFP a pu consulter le rapport.",
            "Dix ponts sont fermés, selon un décompte réalisé mardi par l’AFP.",
            "Le rapport, dont l’AFP a obtenu copie.",
            "« Trop tard », a déclaré le maire à l’Agence France-Presse (AFP).",
            "« Trop tard », a-t-il dit en entrevue à La Presse Canadienne.",
            "Tout va, ont vu des correspondants de Reuters.",
        ],
    ),
    (
        "photo",
        inside,
        [
            "GAVRIIL DURANOV / AFP",
            "Crédits photo : JEAN MARTEL/AFP",
            "© AFP/Jean Martel",
            "AFP via Getty Images",
            "(AFP/Archives)",
            "AFP PHOTO / JEAN MARTEL",
            "Vidéo AFP",
            "© AFP",
            "Photo AFP",
            "Photo d’archives, AFP",
            "PHOTO JEAN MARTEL, AGENCE FRANCE-PRESSE",
            "Le pont, fermé mardi. (Photo: AFP)",
            "Image: Keystone/AFP",
            "Le maire devant le pont, mardi. | Jean Martel / AFP",
            "KEYSTONE/AP/Jean Martel",
            "Le pont fermé. - AFP",
            "Le maire (à gauche) devant le pont. © Jean Martel, AFP",
            "Photo : Reuters / Jean Martel",
            "Belgaimage",
            "Le pont, le 3 mars 2024 à Lyon afp.com/Jean MARTEL",
            "Photo: Jean Martel Agence France-Presse",
            "REUTERS – Jean Luc MARTEL/REA",
            "jean martel/AFP – anne roy/réa",
        ],
    ),
    ("photo", last, ["© AFP", "© JEAN MARTEL / AFP", "JEAN MARTEL/AFP"]),
    (
        "other",
        inside,
        [
            "L’AFP a fêté ses 80 ans.",
            "Le directeur de l’AFP a démissionné.",
            "Une formation à l’Afpa commence.",
            "Les AFP, fonds de pension du Chili, ont perdu.",
            "L'AP-HP recrute des infirmiers.",
            "Le Cap d'Agde est plein.",
            "La Police fédérale australienne (AFP) a ouvert une enquête.",
            "L'article 33 ATS est clair.",
            "Fabien Rosier (PC) a voté contre.",
            "Les élus ont voté contre (PC).",
            "La carte MAP et le code PA sont là.",
            "L'Autorité palestinienne (AP) a protesté.",
            "Trois journalistes de l’AFP ont été blessés.",
            "Le pont #AFP",
            "Cité par les agences russes, le maire proteste.",
            "Les agences bancaires (LCL) ferment.",
        ],
    ),
    (
        "other",
        inside,
        [
            "Dans la soirée, l'AFP a d'abord diffusé une version courte du discours.",
            "Reuters a corrigé, mardi à midi, sa dépêche du matin.",
            "Dans le courrier que nous a adressé l'AFP, l'erreur est reconnue.",
        ],
    ),
    ("other", last, ["(nxp)", "Plus de détails à suivre et/ou à venir", "Prix : 12 francs le kilo et 3 km/h/an"]),
]


@pytest.mark.parametrize(
    ("kind", "place", "line"), [(kind, place, line) for kind, place, lines in FORMS for line in lines]
)
def test_each_form_of_credit_is_told_by_its_words_and_place(kind, place, line):
    credits, status = read(place(line))
    assert {credit["kind"] for credit in credits} <= {kind}
    assert status["credit_status"] == STATUS[kind]
    assert credits or kind == "other"


def test_offsets_are_code_points_of_the_name_as_printed():
    line = "« Trop tard »\u00a0🙂, a dit le maire à l’Agence\u00a0France‑Presse mardi."
    (credit,), _ = read(inside(line))
    assert line[credit["begin"] : credit["end"]] == credit["text"] == "Agence\u00a0France‑Presse"
    assert (credit["paragraph"], credit["agency"], credit["wikidata"]) == (3, "AFP", "Q40464")


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace("é", "e\u0301\u200b"),
        lambda text: text.replace("'", "’").replace(" ", "\u00a0"),
        lambda text: text.replace('"', "“").replace("-", "–"),
    ],
)
def test_typography_changes_neither_kind_nor_text(spell):
    line = spell("\"Le pont été-hiver\" ferme, a indiqué l'élu à l'AFP.")
    (credit,), _ = read(inside(line))
    assert (credit["kind"], line[credit["begin"] : credit["end"]]) == ("quote_to_agency", "AFP")


def test_several_agencies_in_one_credit_are_several_mentions():
    credits, status = read(glued(" / ats-afp-ap"))
    assert [(credit["text"], credit["agency"], credit["kind"]) for credit in credits] == [
        ("ats", "ATS", "full"),
        ("afp", "AFP", "full"),
        ("ap", "AP", "full"),
    ]
    assert status["credited_agency"] == "ATS/AFP/AP"


def test_a_long_name_with_its_short_form_is_one_mention():
    (credit,), _ = read(inside("« Trop tard », a dit le maire à l'Agence France-Presse (AFP) mardi."))
    assert credit["text"] == "Agence France-Presse (AFP)"


def test_a_name_that_lost_its_line_break_is_found():
    credits, _ = read([*BODY[:3], "Le maire devant le pont. © JEAN MARTEL AFPLe conseil a voté.", *BODY])
    assert [(credit["text"], credit["kind"]) for credit in credits] == [("AFP", "photo")]


def test_a_name_of_bad_print_is_found_in_a_dateline_only():
    credits, _ = read(["DUSSELDORF, 14 (Rcuter). — Le pont est fermé. Le fils de M. Rcuter proteste."])
    assert [(credit["text"], credit["agency"]) for credit in credits] == [("Rcuter", "Reuters")]


def test_a_collision_has_no_agency_and_does_not_count():
    credits, status = read(inside("L'AP-HP et l'Afpa recrutent."))
    assert [(credit["text"], credit["agency"], credit["kind"]) for credit in credits] == [
        ("AP", None, "other"),
        ("Afpa", None, "other"),
    ]
    assert status["credit_status"] == "none"


def test_people_who_bear_an_agency_s_name_are_no_mention():
    mentions = read(inside("M. Reuter, Victor Wolff et Mme Stefani ont voté avec Michael Bloomberg."))[0]
    assert {mention["agency"] for mention in mentions} <= {None}


def test_a_caption_never_credits_the_text():
    line = "Le maire devant le pont, mardi. (AFP)"
    assert read([line, *BODY], roles={0: "caption"})[1]["credit_status"] == "photo_only"
    assert read([*BODY, line], roles={4: "caption"})[1]["credit_status"] == "photo_only"


def test_boilerplate_after_the_credit_does_not_hide_the_last_line():
    lines = [*BODY, "Le vote est acquis. ATS", "À lire aussi : le pont en dix dates", "Abonnez-vous", "Partager", "Fin"]
    roles = dict.fromkeys(range(5, 9), "boilerplate")
    assert read(lines, roles=roles)[1] == {
        "article_id": "a",
        "credit_status": "credited_full",
        "credited_agency": "ATS",
    }


@pytest.mark.parametrize(
    ("extra", "kind", "agency"),
    [
        ({"author": "AFP"}, "full", "AFP"),
        ({"author": {"@type": "Organization", "name": "Agence France-Presse"}}, "full", "AFP"),
        ({"author": ["Jean Dupont", "AFP"]}, "partial", "AFP"),
        ({"byline": "Le Monde avec AFP"}, "partial", "AFP"),
        ({"byl": "Par ATS"}, "full", "ATS"),
        ({"dc_creator": "Keystone-ATS"}, "full", "ATS"),
        ({"sourceOrganization": "afp.com"}, "full", "AFP"),
        ({"copyrightHolder": {"name": "AFP"}, "author": "Jean Dupont"}, "full", "AFP"),
        ({"author": "Par l'AFP"}, "full", "AFP"),
        ({"author": "AFP, le 12 mars 2025"}, "full", "AFP"),
        ({"author": "AFP | 12.03.2025"}, "full", "AFP"),
        ({"author": "Publié par AFP le 12 mars 2025 à 10h12"}, "full", "AFP"),
        ({"author": "MARNEVILLE, 12 mars (AFP) —"}, "full", "AFP"),
        ({"author": "Agence France-Presse à Marneville"}, "full", "AFP"),
        ({"author": "Lise Dune Agence France-Presse"}, "full", "AFP"),
        ({"author": "Texte et photos : AFP"}, "full", "AFP"),
        ({"author": "Le Fanal AFP"}, "partial", "AFP"),
        ({"author": "AFP/L.B."}, "partial", "AFP"),
        ({"author": "Lise Dune (avec agences)"}, "partial", "agences"),
        ({"author": "Photo : AFP"}, "photo", "AFP"),
        ({"author": "Crédit photo AFP"}, "photo", "AFP"),
        ({"author": "(Photo by Lise Dune / AFP)"}, "photo", "AFP"),
        ({"author": "Infographie AFP"}, "photo", "AFP"),
        ({"author": "AFP/Archives"}, "photo", "AFP"),
    ],
)
def test_metadata_columns_credit_with_paragraph_minus_one(extra, kind, agency):
    (credit,), status = read(BODY, extra=json.dumps(extra))
    assert (credit["paragraph"], credit["kind"], credit["agency"]) == (METADATA, kind, agency)
    assert status["credit_status"] == STATUS[kind]


def test_other_columns_and_other_authors_credit_nothing():
    assert read(BODY, extra=json.dumps({"topic": "AFP", "author": "Pat Martin"}))[0] == []
    for author in ("Hanna Wolff", "Hanna P. Wolff", "Lise Dune, Hanna P. Wolff, Ada Grève"):
        assert read(BODY, extra=json.dumps({"byline": author}))[1]["credit_status"] == "none"


def test_the_strongest_mention_settles_the_article():
    lines = ["© AFP", *BODY, "« Trop tard », a-t-il dit à Reuters.", "Challenges (avec AFP)"]
    assert read(lines)[1] == {"article_id": "a", "credit_status": "credited_partial", "credited_agency": "AFP"}
    assert read(lines[:-1])[1]["credit_status"] == "in_text_only"
    assert read(lines[:-2])[1]["credit_status"] == "photo_only"


def test_a_dispatch_is_its_agency_s_whatever_it_prints():
    status = read(inside("Le pont fermera, selon Reuters."), is_wire=True, agency="AFP")[1]
    assert status == {"article_id": "a", "credit_status": "credited_full", "credited_agency": "AFP"}


def test_the_order_of_the_input_does_not_matter():
    names = [f"a{number}" for number in range(6)]
    bodies = [
        last("(AFP)"),
        inside("© AFP"),
        BODY,
        glued(" (ats/nxp)"),
        inside("Selon l'AFP, oui."),
        last("avec Belga"),
    ]
    articles = articles_table(*(article(name) for name in names))
    paragraphs = pa.concat_tables(paragraphs_table(body, name) for name, body in zip(names, bodies, strict=True))
    shuffled = list(range(paragraphs.num_rows))
    random.Random(1).shuffle(shuffled)
    rules = load_rules(None)
    credits = find_credits(articles, paragraphs, rules)
    assert credits.equals(find_credits(articles.take([5, 3, 1, 0, 2, 4]), paragraphs.take(shuffled), rules))
    assert credits.num_rows == 5


def test_nothing_gives_empty_tables():
    rules = load_rules(None)
    credits = find_credits(ARTICLES.empty_table(), PARAGRAPHS.empty_table(), rules)
    assert credits.schema == CREDITS and credits.num_rows == 0
    assert credit_status(ARTICLES.empty_table(), credits, rules).num_rows == 0
    assert read([""])[1]["credit_status"] == "none"
    assert read(BODY, outlet=None)[0] == []


def test_a_sliced_table_gives_the_rows_of_the_slice():
    rules = load_rules(None)
    paragraphs = pa.concat_tables([paragraphs_table(last("(AFP)"), "z"), paragraphs_table(last("(ATS)"), "a")])
    credits = find_credits(articles_table(article()), paragraphs.slice(len(BODY) + 1), rules)
    assert credits["agency"].to_pylist() == ["ATS"]


# A user's own rules

USER_RULES = """\
agencies:
  - name: Agence Lacustre
    names: [Agence Lacustre, LacPresse]
rules:
  - name: lake_stamp
    kind: partial
    strength: 0.7
    match: |
      révisé par la rédaction d'après {agency}
corrections:
  - {article_id: a, paragraph: 3, begin: 2, kind: photo}
  - {article_id: b, status: credited_full, agency: AFP}
"""


def user_rules(tmp_path: Path, text: str):
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    return load_rules(path)


def test_a_user_adds_agencies_and_rules(tmp_path):
    rules = user_rules(tmp_path, USER_RULES)
    credits, status = read(last("Texte révisé par la rédaction d’après LacPresse et autres."), rules=rules)
    assert [(credit["agency"], credit["rule"]) for credit in credits] == [("Agence Lacustre", "lake_stamp")]
    assert status["credited_agency"] == "Agence Lacustre"


def test_a_user_corrects_a_mention_and_an_article(tmp_path):
    rules = user_rules(tmp_path, USER_RULES)
    credits, status = read(inside("L’AFP rapporte que le pont fermera."), rules=rules)
    assert [(credit["kind"], credit["rule"]) for credit in credits] == [("photo", "correction")]
    assert status["credit_status"] == "photo_only"
    assert read(BODY, rules=rules, article_id="b")[1] == {
        "article_id": "b",
        "credit_status": "credited_full",
        "credited_agency": "AFP",
    }


def test_a_user_takes_a_mention_away(tmp_path):
    rules = user_rules(tmp_path, "corrections:\n  - {article_id: a, paragraph: 3, begin: 2, drop: yes}\n")
    assert read(inside("L’AFP rapporte que le pont fermera."), rules=rules)[0] == []


def test_a_user_replaces_a_shipped_rule(tmp_path):
    rules = user_rules(tmp_path, "rules:\n  - name: actor\n    kind: in_text\n    match: |\n      {agency}\n")
    assert read(inside("Reuters a cent ans."), rules=rules)[1]["credit_status"] == "in_text_only"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rules:\n  - name: x\n    kind: fulll\n    match: '{agency}'\n", 3, "kind"),
        (
            "rules:\n  - name: x\n    kind: full\n    match: |\n      {agency}\n      ({agency}\n",
            6,
            "regular expression",
        ),
        ("rules:\n  - name: x\n    kind: full\n    match: par l'AFP\n", 4, "{agency}"),
        ("rules:\n  - name: x\n    kind: full\n    match: '{agency} {nobody}'\n", 4, "nobody"),
        ("rules:\n  - name: x\n    kind: full\n    strength: 3\n    match: '{agency}'\n", 4, "strength"),
        ("rules:\n  - name: x\n    kind: full\n    where: nowhere\n    match: '{agency}'\n", 4, "where"),
        ("rules:\n  - name: x\n    kind: full\n    matches: '{agency}'\n", 4, "unknown key"),
        ("rules:\n  - name: x\n    kind: full\n", 2, "at least one expression"),
        ("rules:\n  - kind: full\n    match: '{agency}'\n", 2, "name"),
        ("\nagencies:\n  - {name: X, wikidata: 12}\n", 3, "Wikidata"),
        ("agencies:\n  - name: X\n    patterns: 'X(?=Y)'\n", 3, "one pair of brackets"),
        ("corrections:\n  - {article_id: a, status: maybe}\n", 2, "status"),
        ("corrections:\n  - {article_id: a, paragraph: 3}\n", 2, "begin"),
        ("corrections:\n  - {article_id: a, paragraph: 3, begin: 2, agency: Nobody}\n", 2, "Nobody"),
        ("rulez: []\n", 1, "unknown key"),
        ("rules: [\n", 2, ""),
        ("- a\n", 1, "mapping"),
    ],
)
def test_a_wrong_rule_stops_with_its_file_and_line(tmp_path, text, line, words):
    with pytest.raises(RulesError) as error:
        user_rules(tmp_path, text)
    assert f"mine.yaml:{line}: " in str(error.value)
    assert words in str(error.value)


def test_an_empty_file_of_rules_changes_nothing(tmp_path):
    assert user_rules(tmp_path, "").rules == load_rules(None).rules


def test_a_missing_file_of_rules_stops(tmp_path):
    with pytest.raises(RulesError, match=r"absent\.yaml"):
        load_rules(tmp_path / "absent.yaml")

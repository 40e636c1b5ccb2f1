"""Credits as papers of four countries print them: invented lines through the segmenter and the rules.

Each form stands where such a line stands in print; expected are the status of the article and the agencies credited.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.credits.status import credit_status
from dedup.schemas import ARTICLES
from dedup.text.segment import segment

BODY = [
    "Le conseil municipal a voté mardi la fermeture du vieux pont, faute de crédits.",
    "Les riverains demandent un délai et une passerelle provisoire pour les piétons, écrit la préfecture.",
    "Le chantier, promis depuis huit ans, devait commencer au printemps et durer dix-huit mois au plus.",
    "Les commerçants de la rive droite ont baissé leurs rideaux pendant une heure, sans un mot de plus.",
    "Une nouvelle réunion est prévue la semaine prochaine, et la mairie n'a pas souhaité répondre.",
]


def first(line: str) -> list[str]:
    return [line, *BODY]


def second(line: str) -> list[str]:
    return ["Le vieux pont ferme", line, *BODY]


def lead(start: str) -> list[str]:
    return [start + BODY[0], *BODY[1:]]


def inside(line: str) -> list[str]:
    return [*BODY, line, *BODY]


def last(line: str) -> list[str]:
    return [*BODY, line]


def end(words: str) -> list[str]:
    return [*BODY[:-1], BODY[-1] + words]


def one_line(words: str) -> list[str]:
    return [" ".join(BODY) + words]


FULL, PARTIAL, IN_TEXT, PHOTO, NONE = "credited_full", "credited_partial", "in_text_only", "photo_only", "none"

FORMS = [
    # France
    (
        FULL,
        "AFP",
        first,
        [
            "Par AFP",
            "AFP",
            "Par l'AFP",
            "AFP - Publié le 3 mars 2024 à 12:14",
            "Par AFP, le 3 mars 2024 à 12h14",
            "Publié le 03/03/2024 à 12:14, AFP",
            "Source AFP",
            "Par Agence France-Presse",
            "Agence France Presse",
            "Auteur : AFP",
            "AFP, publié le 3 mars",
            "Par Le service Société - AFP",
        ],
    ),
    (FULL, "AFP", second, ["Par AFP", "AFP", "Rédigé par AFP", "Texte : AFP"]),
    (
        FULL,
        "AFP",
        lead,
        [
            "Paris (AFP) - ",
            "Paris, 3 mars 2024 (AFP) – ",
            "LYON (AFP) — ",
            "Bruxelles (UE), 3 mars 2024 (AFP) - ",
            "Saint-Denis de la Réunion, 3 mars (AFP) ",
            "(AFP) - ",
            "(AFP) – ",
            "AFP - ",
            "PARIS/LONDRES (AFP) - ",
            "Valcombe-les-Bains (Savoie), 3 mars 2024 (AFP) - ",
            "[AFP] ",
            "PARIS, (A.F.P.) — ",
        ],
    ),
    (
        FULL,
        "AFP",
        last,
        [
            "AFP",
            "(AFP)",
            "[AFP]",
            "Source : AFP",
            "Source: Agence France-Presse",
            "© AFP 2024",
            "AFP.",
            "- AFP -",
            "Texte AFP",
            "Par AFP",
            "mrd/clq/ev",
            "bur-abc/def/gh",
            "abc/de/fg",
            "Copyright © 2024 AFP. Tous droits réservés",
            "Avec l'aimable autorisation de l'AFP. © 2024 AFP",
            "Dépêche AFP",
            "Cet article est fourni par l'AFP",
            "Information fournie par AFP 03/03/2024 à 12:14",
        ],
    ),
    (
        FULL,
        "AFP",
        end,
        [" (AFP)", " [AFP]", " / AFP", " AFP", " © 2024 AFP", " (Source : AFP)", " Source : AFP", " – AFP"],
    ),
    (
        PARTIAL,
        "AFP",
        first,
        [
            "La Gazette du Lac avec AFP",
            "La Gazette du Lac (avec AFP)",
            "Par A. Martel avec AFP",
            "Par La rédaction et AFP",
            "Anne Roy avec l'AFP",
            "Par L.G. avec AFP",
            "Par Jean Martel et AFP",
            "La Rédaction (avec AFP)",
            "Par La Gazette du Lac, avec l'AFP",
            "Jean Martel (avec AFP), publié le 3 mars",
            "GDL avec AFP",
            "Par J. M. (avec AFP) - 3 mars 2024 à 12h14",
            "La Gazette du Lac & AFP",
            "Jean Martel, avec AFP",
        ],
    ),
    (
        PARTIAL,
        "AFP",
        last,
        [
            "(Avec AFP)",
            "(avec l’AFP)",
            "Avec AFP.",
            "J.M. avec AFP",
            "J. M. (avec AFP)",
            "Jean Martel, avec AFP",
            "La Gazette du Lac avec AFP",
            "La Gazette du Lac (avec AFP).",
            "(J.M. avec AFP)",
            "(La Gazette du Lac/AFP)",
            "(avec nos confrères de l'AFP)",
            "Avec notre partenaire AFP",
            "*Avec AFP",
            "(Jean Martel avec AFP)",
            "Avec dépêches AFP",
            "(D'après AFP)",
            "Sources : La Gazette du Lac, AFP",
            "(source : rédaction et AFP)",
        ],
    ),
    (
        PARTIAL,
        "AFP",
        end,
        [" (avec AFP)", " Avec AFP", " J. M. avec AFP", " (J.M. avec AFP)", " (avec l'AFP)", " – avec AFP"],
    ),
    (
        PARTIAL,
        "AFP/Reuters",
        last,
        [
            "Avec AFP et Reuters",
            "(avec AFP, Reuters)",
            "La Gazette du Lac avec AFP et Reuters",
            "(Avec Afp et Reuters)",
        ],
    ),
    (
        PARTIAL,
        "agences",
        last,
        ["(avec agences)", "Avec les agences", "(Avec les agences de presse)", "J.M. (avec agences)", "(Agences)"],
    ),
    (
        FULL,
        "AFP/AP/Reuters",
        last,
        ["(AFP, AP, Reuters)", "AFP/AP/Reuters", "(AFP/AP/Reuters)", "(AFP – AP – Reuters)"],
    ),
    # Belgium
    (FULL, "Belga", first, ["Belga", "Par Belga", "Source : Belga", "Agence Belga"]),
    (FULL, "Belga", lead, ["(Belga) ", "BRUXELLES (BELGA) - ", "Bruxelles 03/03 (BELGA) = ", "(BELGA) = "]),
    (FULL, "Belga", last, ["(Belga)", "Belga", "(BELGA)", "Source: Belga", "© Belga 2024"]),
    (FULL, "Belga/AFP", last, ["(Belga/AFP)", "Belga/AFP", "(Belga-AFP)"]),
    (
        PARTIAL,
        "Belga",
        last,
        [
            "(avec Belga)",
            "La Gazette du Lac avec Belga",
            "B.G. avec Belga",
            "Avec Belga",
            "(B.G. avec Belga)",
            "(L.B. et Belga)",
        ],
    ),
    (PARTIAL, "Belga", first, ["La Rédaction (avec Belga)", "Rédaction avec Belga"]),
    # Switzerland
    (
        FULL,
        "ATS",
        last,
        [
            "(ats)",
            "ats",
            "ATS",
            "/ATS",
            "(ATS)",
            "(ats/nxp)",
            "ats/nxp",
            "Keystone-ATS",
            "(Keystone-ATS)",
            "(KEYSTONE-ATS)",
            "Cet article a été publié automatiquement. Source: ats",
            "/ ATS",
        ],
    ),
    (FULL, "AFP", last, ["(afp/nxp)", "afp/nxp", "(AFP/NXP)", "(nxp/afp)"]),
    (FULL, "ATS/AFP", last, ["(ats/afp)", "ats/afp", "(ATS/AFP)", "(ats/afp/nxp)", "ATS / AFP", "ats-afp", "/ats/afp"]),
    (FULL, "ATS", end, [" (ats)", " /ats", " (ats/nxp)", " / ats", " ATS"]),
    (FULL, "ATS", lead, ["Berne, 3 mars (ats) ", "Lausanne (ATS) - ", "(ats) ", "GENÈVE (ats)  "]),
    (
        PARTIAL,
        "ATS",
        last,
        [
            "(jm/ats)",
            "(ats/jm)",
            "avec ATS",
            "J.M. avec ats",
            "La Gazette du Lac avec ats",
            "(avec ats)",
            "jm avec ats",
        ],
    ),
    (PARTIAL, "AFP", end, [" (jsa/afp)", " (afp/La Gazette du Lac)", " (JSA/AFP/NXP)"]),
    # Canada
    (
        FULL,
        "La Presse canadienne",
        first,
        [
            "La Presse Canadienne",
            "Par La Presse Canadienne",
            "Anne Roy, La Presse Canadienne",
            "LA PRESSE CANADIENNE",
            "Jean Tremblay, La Presse canadienne à Ottawa",
        ],
    ),
    (
        FULL,
        "La Presse canadienne",
        lead,
        ["MONTRÉAL — (La Presse canadienne) ", "(OTTAWA) La Presse canadienne — ", "QUÉBEC (PC) — "],
    ),
    (
        FULL,
        "La Presse canadienne",
        last,
        ["La Presse canadienne", "— La Presse canadienne", "Jean Tremblay, La Presse Canadienne", "(PC)"],
    ),
    (
        FULL,
        "AFP",
        first,
        [
            "Agence France-Presse",
            "Jean Martel, Agence France-Presse",
            "Jean Martel | Agence France-Presse",
            "AGENCE FRANCE-PRESSE",
            "Jean Martel - Agence France-Presse à Paris",
        ],
    ),
    (
        PARTIAL,
        "La Presse canadienne",
        last,
        [
            "Avec La Presse canadienne",
            "– Avec des informations de La Presse canadienne",
            "Avec les informations de La Presse canadienne",
        ],
    ),
    (
        PARTIAL,
        "AFP",
        last,
        ["— Avec l’Agence France-Presse", "Avec des informations de l'Agence France-Presse", "— Avec l'AFP"],
    ),
    # others
    (FULL, "Reuters", last, ["(Reuters)", "Reuters", "Source : Reuters"]),
    (FULL, "Reuters", lead, ["PARIS, 3 mars (Reuters) - ", "PARIS (Reuters) - "]),
    (FULL, "Xinhua", last, ["(Xinhua)", "Source : Xinhua"]),
    (FULL, "APS", last, ["(APS)"]),
    (FULL, "MAP", last, ["(MAP)"]),
    (FULL, "EFE", lead, ["Madrid, 3 mars (EFE) - ", "Madrid (EFE).- "]),
    # old print
    (
        FULL,
        "Havas",
        lead,
        ["Paris, 3 mars. (Havas.) — ", "PARIS, 3 (Havas). — ", "(Havas.) — ", "Londres, 3. — (Havas) — "],
    ),
    (FULL, "ATS", lead, ["BERNE, 3 (A. T. S.). — ", "Berne, 3 (ATS). — "]),
    (FULL, "Reuters", lead, ["LONDRES, 3 (Reuter). — ", "LONDRES, 3 (Reuler). — "]),
    (FULL, "UPI", lead, ["NEW-YORK, 3 (United Press). — ", "WASHINGTON, 3 (U.P.I.). — "]),
    (FULL, "Stefani", lead, ["ROME, 3 (Stefani). — ", "Rome, 3. (Stéfani.) — "]),
    # photographs and captions
    (
        PHOTO,
        None,
        first,
        [
            "Photo AFP",
            "© AFP",
            "(Photo AFP)",
            "Photo : Jean Martel / AFP",
            "Crédit : AFP",
            "Le pont fermé mardi. (Photo AFP)",
            "Le pont, le 3 mars 2024. © JEAN MARTEL / AFP",
            "Le maire devant le pont — AFP",
            "Photo by Jean MARTEL / AFP",
            "Illustration. Le pont. AFP/Jean Martel",
            "PHOTO JEAN MARTEL, ARCHIVES AGENCE FRANCE-PRESSE",
            "Image d'illustration. AFP",
            "Le maire, mardi. afp.com/Jean MARTEL",
        ],
    ),
    (
        PHOTO,
        None,
        inside,
        [
            "AFP",
            "Photo d'archives AFP",
            "Crédit photo : Jean Martel/AFP/Archives",
            "Image : AFP",
            "(Crédits : AFP)",
            "Jean Martel/Belga",
            "© Belga",
            "Photo : Reuters",
            "Vidéo : AFP",
            "Infographie AFP",
            "© Jean MARTEL / POOL / AFP",
            "Getty Images via AFP",
        ],
    ),
    (
        PHOTO,
        None,
        last,
        [
            "Photo : AFP",
            "Crédits photos : AFP",
            "© Photo AFP / Jean Martel",
            "Photo: Keystone/AP",
            "Image de une : AFP",
        ],
    ),
    # mentions
    (
        IN_TEXT,
        None,
        inside,
        [
            "Selon l'AFP, le pont fermera lundi.",
            "Le maire a dit son dépit à l'AFP.",
            "Comme l'a révélé l'AFP, le pont ferme.",
            "« Trop tard », a-t-elle indiqué à Belga.",
            "Le pont ferme, ont rapporté l'AFP et Reuters.",
            "La ministre, jointe par La Presse canadienne, se tait.",
            "Contacté par Keystone-ATS, il a refusé.",
            "Selon les informations de l'AFP, le pont ferme.",
            "Sollicitée par l'AFP, la mairie n'a pas répondu.",
            "Le bilan s'élève à dix, d'après un comptage AFP.",
            "C'est ce qu'a appris l'agence Belga mardi.",
        ],
    ),
    (
        NONE,
        None,
        inside,
        [
            "L'AFP recrute.",
            "Trois salariés de l'AFP sont en grève.",
            "L'AP-HM recrute.",
            "Une AFP chilienne a fait faillite.",
            "Le pont (PA 12) est fermé.",
            "Elle suit une formation Afpar.",
            "Le TAP Portugal est cloué au sol.",
            "La MAP du jardin est affichée.",
            "Le parti (PC) proteste.",
        ],
    ),
    (
        NONE,
        None,
        last,
        [
            "Fin",
            "km/h",
            "et/ou",
            "La rédaction",
            "J.M.",
            "(jm)",
            "(nxp)",
            "Avec le maire",
            "Abonnez-vous",
            "Le député (PC)",
        ],
    ),
]


def read(lines: list[str], outlet: str = "La Gazette du Lac") -> dict:
    row = {"article_id": "a", "outlet": outlet, "is_wire": False}
    articles = pa.Table.from_pylist([{name: row.get(name) for name in ARTICLES.names}], schema=ARTICLES)
    paragraphs = segment(articles.append_column("text", pa.array(["\n".join(lines)])))
    rules = load_rules(None)
    return credit_status(articles, find_credits(articles, paragraphs, rules), rules).to_pylist()[0]


@pytest.mark.parametrize(
    ("status", "agency", "place", "line"),
    [(status, agency, place, line) for status, agency, place, lines in FORMS for line in lines],
)
def test_an_article_is_credited_as_a_reader_would_say(status, agency, place, line):
    found = read(place(line))
    assert found["credit_status"] == status
    if agency is not None:
        assert set(found["credited_agency"].split("/")) == set(agency.split("/"))

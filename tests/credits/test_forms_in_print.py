"""Credits wherever they stand in print and in five languages: heads of pages, captions, author columns, collisions.

All texts are invented; they go through the segmenter, as in a run.
"""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.credits.status import credit_status
from dedup.schemas import ARTICLES
from dedup.text.segment import segment

BODY = [
    "Le conseil municipal a voté mardi soir la fermeture du vieux pont de pierre, faute de crédits pour sa charpente.",
    "Les riverains demandent un délai et une passerelle provisoire pour les piétons, écrit la préfecture du district.",
    "Le chantier, promis depuis huit ans, devait commencer au printemps et durer dix-huit mois au plus, dit-on.",
    "Une nouvelle réunion est prévue la semaine prochaine, et la mairie n'a pas souhaité répondre aux questions.",
]
PAGE_HEADS = [
    ["Société", "Le vieux pont ferme", "Publié le 12 mars 2025 à 11h00", "Mis à jour le 12 mars 2025 à 11h20"],
    [
        "Accueil",
        "Région",
        "Marneville",
        "Le vieux pont ferme",
        "12.03.2025, 11:00",
        "Temps de lecture : 2 min",
        "Partager",
    ],
]
FULL, PARTIAL, IN_TEXT, PHOTO, NONE = "credited_full", "credited_partial", "in_text_only", "photo_only", "none"


def first(line: str) -> list[str]:
    return [line, *BODY]


def below_a_head(line: str) -> list[str]:
    return [*PAGE_HEADS[0], line, *BODY]


def below_a_long_head(line: str) -> list[str]:
    return [*PAGE_HEADS[1], line, *BODY]


def below_the_standfirst(line: str) -> list[str]:
    return [*PAGE_HEADS[1], BODY[0], line, *BODY[1:]]


def second(line: str) -> list[str]:
    return ["Le vieux pont ferme", line, *BODY]


def third(line: str) -> list[str]:
    return ["Le vieux pont ferme", "Par Anne Roy", line, *BODY]


def inside(line: str) -> list[str]:
    return [*BODY, line, *BODY]


def last(line: str) -> list[str]:
    return [*BODY, line]


FORMS = [
    (
        FULL,
        "Reuters",
        last,
        ["(Reporting by Reuters)", "Reporting by Anne Roy; editing by Luc Dune, Reuters", "Reporting by Reuters."],
    ),
    (FULL, "dpa", last, ["© dpa-infocom, dpa:250310-930-1/2"]),
    (FULL, "ANSA", last, ["RIPRODUZIONE RISERVATA © Copyright ANSA"]),
    (FULL, "EFE", first, ["EFE | Puerto Askel", "EFE, Puerto Askel"]),
    (PARTIAL, "AFP", first, ["By Anne Roy and AFP", "Von Anne Roy und AFP", "Di Anne Roy e AFP", "Por Anne Roy y AFP"]),
    (PARTIAL, "ANP", first, ["Door onze redactie en ANP"]),
    (
        FULL,
        "AFP",
        first,
        [
            "Marneville, 12 mars - AFP",
            "Marneville, le 12 mars 2025 | AFP",
            "Source: AFP, Marneville",
            "Par Anne ROY, avec Luc DUNE à Brévigny - AFP",
        ],
    ),
    # by-lines under the head of a page, whatever it prints
    (
        FULL,
        "AFP",
        below_a_head,
        ["AFP", "Par AFP", "Par : AFP", "Par: Agence France-Presse", "Auteur : AFP", "AFP, Marneville"],
    ),
    (FULL, "AFP", below_a_long_head, ["AFP", "Par AFP", "Agence France-Presse", "AFP – 12 mars 2025 à 10:23"]),
    (FULL, "AFP", below_the_standfirst, ["AFP", "Par AFP", "PAR AFP"]),
    (PARTIAL, "AFP", below_a_long_head, ["Le Fanal avec AFP", "Par Anne Roy avec AFP", "La rédaction (avec AFP)"]),
    # shapes of the line
    (
        FULL,
        "AFP",
        first,
        [
            "12 mars 2025 10:23 - AFP",
            "12.03.2025 | AFP",
            "Le 12/03/2025 à 10h23 - AFP",
            "12 mars 2025, AFP",
            "Marneville - AFP",
            "Marneville (AFP)",
            "Marneville, AFP",
            "Auteur: AFP",
            "Texte : AFP",
            "Écrit par AFP",
            "Rédigé par : AFP",
            "Par l'AFP",
            "Jean Tremblay\nAgence France-Presse",
            "JEAN TREMBLAY, AGENCE FRANCE-PRESSE",
            "Par Jean Tremblay | AFP",
            "Jean Tremblay, AFP",
            "AFP | Publié le 12 mars 2025",
            "AFP • Publié le 12/03/2025",
            "Marneville | AFP",
            "MARNEVILLE : AFP",
            "AFP : Marneville",
            "10h23 | AFP",
            "De notre partenaire AFP",
            "Auteur(s) : AFP",
            "Par AFP avec agences",
            "Anne Roy pour l'AFP",
            "Par Anne Roy, à Marneville, AFP",
        ],
    ),
    (
        FULL,
        "AFP",
        last,
        [
            "afp/jmd",
            "AFP/VNA/CVN",
            "AFP/VNA",
            "(©AFP / 12 mars 2025 10h23)",
            "© AFP / 12 mars 2025",
            "(© AFP 2025)",
            "© 1994-2025 Agence France-Presse",
            "AFP - Tous droits réservés",
            "afp/jmd/sp",
            "©2025 AFP",
            "Source: AFP",
            "(Source : AFP)",
        ],
    ),
    (FULL, "ATS", last, ["ats/jmd", "(ats)", "/ATS/", "sda/ats"]),
    (
        PARTIAL,
        "AFP",
        first,
        [
            "Le Fanal.fr avec AFP |",
            "Lefanal.fr avec AFP | 12 mars 2025",
            "Le Fanal avec AFP, publié le 12 mars 2025",
            "Anne Roy et AFP",
            "Anne Roy, avec AFP",
            "Par Anne Roy, Jean Martel et l'AFP",
            "Avec l'AFP",
            "Le Fanal et AFP",
            "Le Fanal / AFP",
            "A. R. avec AFP",
            "A. R. / AFP",
            "Lefanal.fr/AFP",
            "La rédaction / AFP",
        ],
    ),
    # pictures
    (
        PHOTO,
        None,
        third,
        [
            "Le vieux pont, à Marneville, le 12 mars 2025. ANP VIA AFP",
            "Le vieux pont, à Marneville, le 12 mars 2025. JEAN MARTEL / ANADOLU AGENCY VIA AFP",
            "Le vieux pont, à Marneville, le 12 mars 2025. PRESIDENTIAL OFFICE / VIA REUTERS",
            "Le vieux pont, à Marneville, le 12 mars 2025. TT NEWS AGENCY / VIA REUTERS",
            "Le vieux pont, à Marneville, le 12 mars 2025. AP",
            "Le vieux pont, à Marneville, lors des travaux. AFP",
            "Le vieux pont, image fournie par l'agence officielle KCNA. AP",
            "Le maire sur le vieux pont, dans une photo diffusée par l'agence de presse TASS. ANNA POPOVA/TASS",
            "Le port, lors de son inauguration. XINHUA NEWS AGENCY",
            "Infographie AFP",
            "Illustration : AFP",
            "PHOTO JEAN MARTEL, AGENCE FRANCE-PRESSE",
            "Le pont en chiffres (infographie : AFP)",
        ],
    ),
    (
        PHOTO,
        None,
        inside,
        ["Le vieux pont, mardi. JEAN MARTEL VIA AFP", "Infographie : AFP", "Le pont. ANNA ROY/POOL VIA AP"],
    ),
    # cited for a fact
    (
        IN_TEXT,
        None,
        inside,
        [
            "Le groupe vendra ses parts, selon Bloomberg, qui cite deux proches du dossier.",
            "Le groupe vendra ses parts, ont rapporté, mardi 4 mars, l'agence Bloomberg et deux journaux.",
            "Le chiffre est officiel, relayé par l'agence MAP en mars.",
            "Le bilan s'alourdit, rapporte l'agence officielle IRNA.",
            "« Tout va bien », a confirmé l'agence IRNA.",
            "L'agence Stefani rapporte que la séance est levée.",
        ],
    ),
    # no agency at all
    (
        NONE,
        None,
        first,
        ["Par Étienne Wolff", "Étienne Wolff", "Anna Wolff et Jean Martel", "Par Gwen Stefani", "Par Jean Havas"],
    ),
    (
        NONE,
        None,
        inside,
        [
            "La police fédérale australienne (AFP) enquête. L'AFP a arrêté deux hommes, a-t-elle dit.",
            "L'Australian Federal Police (AFP) enquête. Selon l'AFP, deux hommes ont été arrêtés.",
            "L'Alliance des forces de progrès (AFP) se réunit. Le chef de l'AFP a été interrogé par l'AFP.",
            "L'Association française de pétanque (AFP) se réunit samedi, selon l'AFP.",
            "Les administradoras de fondos de pensiones (AFP) perdent. Selon les AFP, la loi est mauvaise.",
            "L'activité physique (AP) est le meilleur des médicaments, selon les auteurs.",
            "Bloomberg New Energy Finance compte vingt parcs.",
        ],
    ),
    # other languages
    (
        FULL,
        "AFP",
        first,
        [
            "By AFP",
            "By Agence France-Presse",
            "Von AFP",
            "Por AFP",
            "Di AFP",
            "Door AFP",
            "By Jane Miller, AFP",
            "Autor: AFP",
            "Author: AFP",
        ],
    ),
    (
        FULL,
        "dpa",
        first,
        ["Von dpa", "dpa/lmd", "dpa-infocom", "Von dpa, Berlin", "BERLIN (dpa/lnw) - Der Rat hat die Brücke gesperrt."],
    ),
    (
        FULL,
        "dpa",
        first,
        ["dpa", "dpa, 12.03.2025", "Quelle: dpa/jmd", "Berlin (dpa) - Der Stadtrat hat die Brücke gesperrt."],
    ),
    (
        FULL,
        "EFE",
        first,
        [
            "EFE",
            "Por EFE",
            "EFE / Madrid",
            "Madrid | EFE",
            "Redacción EFE",
            "Madrid, 3 mar (EFE).- El ayuntamiento cierra el puente.",
        ],
    ),
    (
        FULL,
        "ANSA",
        first,
        ["ANSA", "di ANSA", "di Redazione ANSA", "Fonte Ansa", "(ANSA) - ROMA, 3 MAR - Il comune chiude il ponte."],
    ),
    (
        FULL,
        "ANP",
        first,
        ["ANP", "Door ANP", "Den Haag - ANP", "Redactie ANP", "AMSTERDAM (ANP) - De gemeente sluit de brug."],
    ),
    (
        FULL,
        "Reuters",
        first,
        [
            "By Reuters",
            "By Reuters Staff",
            "LONDON, March 3 (Reuters) - The council closes the bridge.",
            "LONDON (Reuters) - The council acts.",
        ],
    ),
    (
        FULL,
        "AP",
        first,
        ["By The Associated Press", "By JANE MILLER, Associated Press", "LONDON (AP) — The council closes the bridge."],
    ),
    (FULL, "dpa", last, ["Quelle: dpa", "(dpa)", "© dpa. Alle Rechte vorbehalten."]),
    (FULL, "ANSA", last, ["Fonte: ANSA", "(ANSA)", "Copyright 2025 ANSA. Tutti i diritti riservati."]),
    (FULL, "EFE", last, ["Fuente: EFE", "(EFE)"]),
    (FULL, "ANP", last, ["Bron: ANP", "(ANP)"]),
    (
        PARTIAL,
        "AFP",
        last,
        [
            "With AFP",
            "(with AFP)",
            "With files from AFP",
            "Mit Material von AFP",
            "(mit AFP)",
            "Con información de AFP",
            "Con AFP",
            "Met AFP",
            "Additional reporting by AFP",
            "AFP journalist Jane Miller contributed to this report.",
        ],
    ),
    (
        PARTIAL,
        None,
        last,
        ["With agencies", "Mit Agenturen", "(mit Material der Agenturen)", "Con agencias", "Con agenzie"],
    ),
    (
        IN_TEXT,
        None,
        inside,
        [
            "The bridge will close, according to AFP.",
            "The bridge will close, Reuters reported.",
            "Reuters reported on Monday that the bridge will close.",
            "Laut AFP wird die Brücke gesperrt.",
            "Das berichtet die Nachrichtenagentur AFP.",
            "Secondo l'ANSA il ponte chiude.",
            "Il ponte chiude, riferisce l'ANSA.",
            "Según EFE, el puente cierra.",
            "El puente cierra, informó la agencia EFE.",
            "Volgens het ANP sluit de brug.",
            "De brug sluit, meldt persbureau ANP.",
        ],
    ),
    (
        IN_TEXT,
        None,
        inside,
        [
            '"It is too late," the mayor told AFP.',
            '"It is too late," she said in an interview with Reuters.',
            "The letter, seen by Reuters, is short.",
            "„Zu spät“, sagte der Bürgermeister der dpa.",
            "„Zu spät“, erklärte sie gegenüber der Nachrichtenagentur AFP.",
            "«Troppo tardi», ha detto il sindaco all'ANSA.",
            "«Es tarde», dijo el alcalde a EFE.",
            '"Te laat", zei de burgemeester tegen het ANP.',
        ],
    ),
    (
        PHOTO,
        None,
        inside,
        [
            "Foto: dpa",
            "Bild: AFP",
            "Beeld ANP / Jan Visser",
            "The bridge. Photo by AFP",
            "Foto: Jan Visser/ANP",
            "Imagen: EFE",
            "The bridge. REUTERS/Jane Miller",
        ],
    ),
    (
        NONE,
        None,
        inside,
        ["The AFP fund lost money.", "Der Fall des FC Wolff ist klar.", "La ansa del puerto es ancha."],
    ),
]


def credited(lines: list[str], **columns) -> dict:
    row = {"article_id": "a", "outlet": "Le Fanal", "is_wire": False, **columns}
    articles = pa.Table.from_pylist([{name: row.get(name) for name in ARTICLES.names}], schema=ARTICLES)
    paragraphs = segment(articles.append_column("text", pa.array(["\n".join(lines)])))
    credits = find_credits(articles, paragraphs, load_rules(None))
    return credit_status(articles, credits, load_rules(None)).to_pylist()[0]


@pytest.mark.parametrize(
    ("status", "agency", "place", "line"),
    [(status, agency, place, line) for status, agency, place, lines in FORMS for line in lines],
)
def test_each_form_in_print_is_told_by_its_words_and_place(status, agency, place, line):
    found = credited(place(line))
    assert found["credit_status"] == status
    if agency is not None:
        assert found["credited_agency"].split("/")[0] == agency


@pytest.mark.parametrize(
    ("status", "agency", "value"),
    [
        (FULL, "AFP", "['AFP']"),
        (FULL, "AFP", '["AFP"]'),
        (FULL, "AFP", '[{"name": "AFP"}]'),
        (FULL, "AFP", "[{'@type': 'Organization', 'name': 'AFP'}]"),
        (FULL, "AFP", '{"@type": "Person", "name": "Agence France-Presse"}'),
        (FULL, "AFP", 'c("AFP")'),
        (FULL, "AFP", "{AFP}"),
        (FULL, "AFP", ["AFP"]),
        (FULL, "AFP", "AFP;"),
        (FULL, "AFP", "(AFP)"),
        (FULL, "AFP", "AFP news agency"),
        (PARTIAL, "AFP", "(Anne Roy, avec AFP)"),
        (FULL, "AFP", "Par : AFP"),
        (FULL, "AFP/Reuters", "['AFP', 'Reuters']"),
        (PARTIAL, "AFP", "['Anne Roy', 'AFP']"),
        (PARTIAL, "AFP", 'c("Anne Roy", "AFP")'),
        (PARTIAL, "AFP", "Le Fanal avec AFP"),
        (PARTIAL, "AFP", "Anne Roy;AFP"),
        (NONE, None, "['Étienne Wolff']"),
        (NONE, None, "Étienne Wolff"),
        (NONE, None, "[]"),
        (NONE, None, "[broken, 'text"),
    ],
)
@pytest.mark.parametrize("column", ["author", "authors", "byline"])
def test_a_list_of_authors_is_read_however_it_was_written(column, status, agency, value):
    found = credited(BODY, extra=json.dumps({column: value}, ensure_ascii=False))
    assert found["credit_status"] == status
    if agency is not None:
        assert found["credited_agency"] == agency

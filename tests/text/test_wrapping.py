"""Ends of lines: wrapped text, odd line ends, offers under a stub. All texts are invented."""

from __future__ import annotations

import textwrap

import pyarrow as pa
import pytest

from dedup.schemas import ARTICLES
from dedup.text.segment import segment
from dedup.text.wrapping import goes_on

PARAGRAPHS = [
    "Le conseil municipal de Marneville a voté mardi soir la fermeture de la piscine, jugée trop coûteuse par "
    "le maire, à l'issue d'une séance houleuse qui a duré jusqu'à minuit.",
    "La décision, adoptée par dix-neuf voix contre quatorze, prendra effet dès le premier avril et concerne aussi le "
    "bassin extérieur, dont la charpente menace de céder.",
    "Plusieurs centaines de nageurs s'étaient rassemblés devant l'hôtel de ville avec des sifflets.",
]


def cut(text: str) -> list[dict]:
    articles = pa.Table.from_pylist([{name: {"article_id": "a"}.get(name) for name in ARTICLES.names}], schema=ARTICLES)
    return segment(articles.append_column("text", pa.array([text]))).to_pylist()


@pytest.mark.parametrize("width", [48, 72, 80])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_lines_wrapped_at_a_width_are_one_paragraph(width, gap):
    text = gap.join(textwrap.fill(paragraph, width) for paragraph in PARAGRAPHS)
    found = cut(text)
    assert [" ".join(row["text"].split()) for row in found] == PARAGRAPHS
    printed = [line for line in text.split("\n") if line]
    for row in found:
        assert text[row["begin"] : row["end"]] == row["text"]
        assert printed[row["paragraph"]] == row["text"].split("\n")[0], "numbered as its first printed line"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(PARAGRAPHS),
        "Les titres du jour\nLe pont ferme\nLe maire se tait\nLes riverains attendent\nLe chantier est remis",
        "Lyon 3\nParis 2\nLille 1\nNantes 0\nBrest 4",
        "Un titre\nAFP\nLe pont ferme mardi.\nLa mairie se tait.\nUne réunion est prévue lundi.",
        "",
    ],
)
def test_lines_that_end_where_their_paragraph_ends_stay_apart(text):
    assert not any(goes_on(text.split("\n")))
    assert [row["text"] for row in cut(text)] == [line for line in text.split("\n") if line]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\r\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\n\r"])
def test_a_line_ends_at_every_kind_of_line_end(end):
    text = end.join(["Le pont ferme", "AFP", *PARAGRAPHS])
    found = cut(text)
    assert [row["text"].strip("\r") for row in found] == ["Le pont ferme", "AFP", *PARAGRAPHS]
    assert [row["paragraph"] for row in found] == list(range(5))
    for row in found:
        assert text[row["begin"] : row["end"]].strip("\r") == row["text"].strip("\r")


@pytest.mark.parametrize(
    "line",
    [
        "Il vous reste 82% de cet article à lire.",
        "Cet article est réservé aux abonnés.",
        "L’article complet est accessible aux abonnés",
        "Pour lire la suite, abonnez-vous",
        "Pour continuer la lecture, connectez-vous à votre compte",
        "Déjà abonné ? Connectez-vous",
        "Vous souhaitez lire la suite de cet article ?",
        "Contenu réservé aux abonnés",
        "Article exclusif pour les abonnés",
        "Profitez de notre offre : 1 € le premier mois, sans engagement",
        "Bénéficiez d'un mois gratuit",
        "Dès 1 € par mois",
        "Essai gratuit de 30 jours",
        "Soutenez notre rédaction",
        "Une erreur dans l’article ? Dites-le-nous",
        "Already a subscriber? Sign in",
    ],
)
def test_an_offer_under_a_stub_is_boilerplate(line):
    assert [row["role"] for row in cut("\n".join([*PARAGRAPHS, line]))][-1] == "boilerplate"


@pytest.mark.parametrize(
    "line",
    [
        "Pour lire la suite du rapport, les élus devront attendre mardi.",
        "Déjà, les riverains demandent une passerelle.",
        "La réunion est réservée aux élus.",
        "Le syndicat bénéficie d'un délai de trois mois.",
    ],
)
def test_prose_with_the_words_of_an_offer_stays_prose(line):
    assert [row["role"] for row in cut("\n".join([*PARAGRAPHS, line]))][-1] == "body"


def test_a_line_that_breaks_a_word_goes_on_however_short_it_is():
    text = "\n".join(textwrap.fill(paragraph, 60) for paragraph in PARAGRAPHS).replace("municipal", "muni-\ncipal")
    assert goes_on(text.split("\n"))[0]

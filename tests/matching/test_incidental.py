"""What two papers would write alike without copying: titles, lists, dates, tolls; and what they would not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from dedup.config import Config
from dedup.kernels.words import CLAUSE, DATE, NUMBER
from dedup.matching import align
from dedup.text import segment, words

COPIED = (
    "Les maçons de la tour ont posé mardi la dernière pierre du belvédère, sous les sifflets de riverains qui "
    "réclament depuis neuf ans qu'on leur rende le verger."
)
OWN = (
    "Dans la salle des fêtes de Brévigny, les bancs étaient pleins dès sept heures et personne n'écoutait l'harmonie.",
    "Notre reporter a suivi la soirée depuis le balcon, entre deux cages de perruches et un projecteur en panne.",
)


def shared(left: list[str], right: list[str], lang: str = "fr") -> list[str]:
    """What the matches of two articles hold on the left."""
    lines = [*left, *right]
    owner = ["a"] * len(left) + ["b"] * len(right)
    paragraphs = segment.segment(
        pa.table({"article_id": ["a", "b"], "text": ["\n".join(left), "\n".join(right)], "lang": [lang] * 2})
    )
    assert paragraphs.num_rows == len(lines) == len(owner)
    first = np.array([0, len(left), len(lines)])
    laid_out = align.texts(words.read_words(paragraphs, Config()), first, np.ones(len(lines), bool), Config())
    rows = align.align(np.array([0]), np.array([1]), laid_out, Config()).to_pylist()
    return [left[row["left_paragraph"]][row["left_begin"] : row["left_end"]] for row in rows]


COUNCIL = [
    "Odile Brancieux, échevine des Moulins, des Canaux et de la Navigation fluviale",
    "Gontran Delestrac, échevin de l'Artisanat, des Foires et de la Reconquête commerciale",
    "Solange Wauquaire, échevine des Bibliothèques, des Fanfares et du Patrimoine carillonné",
    "Amaury Postelvin, échevin des Égouts, des Lavoirs et de la Prévention des débordements",
]


def test_a_list_of_names_and_offices_is_no_copy_however_long_it_is():
    dashes = [line.replace(",", " :", 1) for line in COUNCIL]
    assert shared([OWN[0], *COUNCIL], [OWN[1], *dashes]) == []


def test_a_list_stays_incidental_beside_a_copied_sentence():
    [found] = shared([COPIED, OWN[0], OWN[0], *COUNCIL], [COPIED, OWN[1], OWN[1], *COUNCIL])
    assert found == COPIED.rstrip(".")


def test_the_winners_of_prizes_are_no_copy():
    prizes = [
        "Grand prix du jury : Ysolde Kervannec, pour La Barque aux échalotes de Tancrède Olivari",
        "Prix du scénario : Baptistin Oyarzun, pour Les Meules de Sixtine Abrassart",
        "Mention spéciale : Wenceslas Tournadre, pour Un dimanche à Pélussac",
    ]
    shouted = [line.upper() for line in prizes]
    assert shared([OWN[0], *prizes], [OWN[1], *shouted]) == []


def test_the_day_and_the_hour_of_an_event_are_no_copy():
    said = "vendredi 14 novembre 2031 à 19h45, heure locale (18h45 GMT)"
    assert shared([f"La digue a cédé {said}."], [f"On a vu le mur tomber {said}, sous la pluie."]) == []


@pytest.mark.parametrize(
    "said",
    [
        "refuse le report de l'âge légal de départ à la retraite de 62 à 64 ans",
        "la peine la plus lourde du code pénal, la réclusion criminelle à perpétuité incompressible",
        "devant la cour d'assises spéciale de Paris, le parquet national antiterroriste",
        "a reçu le prix Nobel de littérature à Stockholm",
        "reste placé en vigilance orange pluie-inondation par Météo-France",
    ],
)
def test_the_name_of_a_measure_a_sentence_of_a_court_or_a_prize_is_no_copy(said):
    left, right = f"Le batelier {said}, dit-on.", f"Ailleurs, sa cousine {said} depuis midi."
    assert shared([OWN[0], left], [OWN[1], right]) == []


def test_a_sentence_of_twelve_words_running_is_a_copy_whatever_names_and_figures_it_holds():
    said = "Gaspard Oyarzun, 61 ans, et ses 3 frères ont été vus à Pélussac, au gué"
    left, right = f"{said}, par un meunier.", f"{said} des Aulnes, dimanche."
    assert shared([OWN[0], left], [OWN[1], right]) == [said]
    apart = "Gaspard Oyarzun, qui a 61 ans, et 3 frères auraient été aperçus à Pélussac, près du gué"
    assert shared([OWN[0], left], [OWN[1], f"{apart} des Aulnes, dimanche."]) == []


@pytest.mark.parametrize(
    ("lang", "text", "clause", "dates"),
    [
        ("fr", "Il était parti mardi 3 mars vers le moulin", 2, 2),
        ("en", "He was told on Tuesday 3 March about the mill", 2, 2),
        ("de", "Er war am Dienstag dem 3. März zur Mühle gegangen", 2, 2),
        ("it", "Si era recato martedì 3 marzo al mulino", 2, 2),
        ("es", "Se había marchado el martes 3 de marzo al molino", 2, 2),
        ("nl", "Hij was dinsdag 3 maart naar de molen gegaan", 2, 2),
    ],
)
def test_words_of_clauses_and_of_dates_are_known_in_every_language(lang, text, clause, dates):
    flags = words.read_words(pa.table({"text": [text], "lang": [lang]}), Config())["flags"].to_pylist()[0]
    assert [sum(flag & bit > 0 for flag in flags) for bit in (CLAUSE, DATE, NUMBER)] == [clause, dates, 1]

"""Which language a text is in, how rare its words are there, and how it marks quotations."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.config import Config
from dedup.text import languages, words
from dedup.text.segment import segment

TEXTS = {
    "fr": "Le conseil de la vallée a voté mardi soir la fermeture du vieux pont, jugé dangereux par les ingénieurs.",
    "en": "The valley council voted on Tuesday evening to close the old bridge, which engineers consider dangerous.",
    "de": "Der Rat des Tales hat am Dienstagabend die Schließung der alten Brücke beschlossen, die gefährlich ist.",
    "it": "Il consiglio della valle ha votato martedì sera la chiusura del vecchio ponte, ritenuto pericoloso.",
    "es": "El consejo del valle votó el martes por la noche el cierre del viejo puente, que se considera peligroso.",
    "nl": "De raad van de vallei heeft dinsdagavond besloten de oude brug te sluiten, die als gevaarlijk wordt gezien.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_sentence_is_enough_to_tell_its_language(code):
    assert languages.found(pa.array([TEXTS[code]])).to_pylist() == [code]


def test_a_text_in_no_known_language_has_none():
    others = [
        "O conselho do vale votou na terça-feira à noite o fecho da velha ponte, que os engenheiros julgam perigosa.",
        "Rada doliny przegłosowała we wtorek wieczorem zamknięcie starego mostu, uznanego za niebezpieczny.",
        "oui",
        "",
        None,
    ]
    assert languages.found(pa.array(others)).to_pylist() == [None] * len(others)


@given(st.permutations(list(TEXTS)))
def test_the_language_of_a_text_does_not_depend_on_those_beside_it(order):
    assert languages.found(pa.array([TEXTS[code] for code in order])).to_pylist() == order


@pytest.mark.parametrize(
    "tag, code",
    [("fr", "fr"), ("FR-ca", "fr"), ("en_US", "en"), ("Deutsch", "de"), ("nld", "nl"), ("ar", None), (None, None)],
)
def test_a_tag_of_the_input_is_read_whatever_its_form(tag, code):
    assert languages.codes(pa.array([tag], pa.string())).to_pylist() == [code]


def test_a_language_that_the_input_gives_is_kept_and_another_is_found():
    rows = [
        {"article_id": "a", "lang": "fr-BE", "text": TEXTS["de"]},
        {"article_id": "b", "text": TEXTS["de"]},
        {"article_id": "c", "text": "?"},
    ]
    articles = pa.Table.from_pylist(rows, schema=schemas.ARTICLES.append(pa.field("text", pa.string())))
    assert languages.with_found(articles)["lang"].to_pylist() == ["fr-BE", "de", None]
    assert segment(languages.with_found(articles))["lang"].to_pylist() == ["fr", "de", None]


def test_articles_of_two_known_languages_are_not_compared():
    spoken = languages.numbers(pa.array(["fr", "fr-CA", "en", None]))
    compared = languages.comparable(spoken[:, None], spoken[None, :])
    assert compared.tolist() == [
        [True, True, False, True],
        [True, True, False, True],
        [False, False, True, True],
        [True, True, True, True],
    ]
    assert languages.counts(spoken) == {"articles_without_language": 1, "articles_fr": 2, "articles_en": 1}


# rarity


@pytest.mark.parametrize("code", [code for code in TEXTS if code != "fr"])
def test_words_are_weighed_by_the_table_of_their_language(code):
    file = Path(languages.__file__).parent / languages.languages()[code].words
    with file.open(encoding="utf-8", newline="") as rows:
        listed = {row["word"]: float(row["bits"]) for row in csv.DictReader(rows)}
    common = list(listed)[:200:7]
    paragraphs = pa.table({"text": [" ".join(common)] * 2, "lang": [code, "fr"]})
    own, french = (row.as_py() for row in words.read_words(paragraphs, Config())["rarity"])
    assert own == [round(8 * listed[word]) for word in common]
    assert np.mean(french) > np.mean(own)


@pytest.mark.parametrize("code", TEXTS)
def test_a_table_holds_the_commonest_words_first_and_no_more_than_all_of_them(code):
    file = Path(languages.__file__).parent / languages.languages()[code].words
    with file.open(encoding="utf-8", newline="") as rows:
        bits = [float(row["bits"]) for row in csv.DictReader(rows)]
    assert bits == sorted(bits)
    assert 0.7 < math.fsum(2**-value for value in bits) < 1.02
    assert 20_000 <= len(bits) <= 40_000


# quotation marks


def quoted(text: str, code: str | None) -> str:
    """The words of a line that are read as quoted."""
    [row] = words.read_words(pa.table({"text": [text], "lang": pa.array([code], pa.string())}), Config()).to_pylist()
    places = zip(row["begin"], row["end"], row["flags"], strict=True)
    return " ".join(text[begin:end] for begin, end, flags in places if flags & 1)


@pytest.mark.parametrize(
    "code, text, words_quoted",
    [
        ("fr", "Il dit « bonne chance » et sort", "bonne chance"),
        ("en", "He said ‘we won’t leave the farm’ and left the farmers’ hall", "we won t leave the farm"),
        ("en", "She called it “a very odd bridge” on Monday", "a very odd bridge"),
        ("de", "Er sagte »wir bleiben hier« und ging", "wir bleiben hier"),
        ("de", "Er sagte «wir bleiben hier» und ging", "wir bleiben hier"),
        ("de", "Er sagte „wir bleiben hier“ und ging", "wir bleiben hier"),
        ("nl", "Hij zei ‘we blijven op ’s lands erf’ en ging", "we blijven op s lands erf"),
        ("nl", "Hij zei „we blijven hier” en ging", "we blijven hier"),
        ("it", "Ha detto «restiamo qui» ed è uscito", "restiamo qui"),
        ("es", "Dijo “nos quedamos aquí” y salió", "nos quedamos aquí"),
    ],
)
def test_quotation_marks_are_read_as_their_language_uses_them(code, text, words_quoted):
    assert quoted(text, code) == words_quoted


def test_a_closing_mark_of_french_is_none_that_opens():
    assert quoted("la fin» de la phrase et puis «le reste", "fr") == "le reste"


def test_apostrophes_of_french_are_no_quotation_marks():
    assert quoted("l’Élysée et l’Assemblée d’‘hier’", "fr") == ""
    assert quoted("The farmers’ hall isn’t the miners’ hall", "en") == ""

"""Markup, entities and doubly encoded letters in a text column. All texts are invented."""

from __future__ import annotations

import json
import quopri

import pytest
from readings import read

from dedup.intake.repair import repaired

LINES = ["Par AFP", "Le maire a voté « l'été » à l’île, coûte que coûte.", "La décision est tombée."]
TEXT = "\n".join(LINES)


def entities(text: str) -> str:
    return "".join(f"&#{ord(letter)};" if ord(letter) > 127 or letter == "'" else letter for letter in text)


@pytest.mark.parametrize(
    "written",
    [
        "".join(f"<p>{line}</p>" for line in LINES),
        "<br />".join(LINES),
        "<br>".join(map(entities, LINES)),
        "<div>" + "</div><div class='x'>".join(LINES) + "</div>",
        "<p><strong>" + "</strong></p>\n<p><strong>".join(LINES) + "</strong></p>",
    ],
)
def test_markup_is_read_and_said(written):
    text, said = repaired(written)
    assert [line.strip() for line in text.split("\n") if line.strip()] == LINES
    assert "markup" in said[0]


def test_entities_alone_are_read_and_said():
    text, said = repaired(entities(TEXT).replace("&#171;", "&laquo;"))
    assert text == TEXT
    assert "entities" in said[0]


def test_entities_that_were_escaped_twice_are_read():
    assert repaired(TEXT.replace("é", "&amp;eacute;"))[0] == TEXT


def test_letters_as_programs_write_them_are_read_and_said():
    text, said = repaired(TEXT.replace("é", "\\u00e9").replace("’", "\\u2019").replace("î", "\\u00ee"))
    assert text == TEXT
    assert "escaped" in said[0]


def test_letters_as_mail_carries_them_are_read_and_said():
    text, said = repaired(quopri.encodestring(TEXT.encode()).decode())
    assert text == TEXT
    assert "mail" in said[0]


@pytest.mark.parametrize("wrong", ["windows-1252", "latin-1", "mac-roman"])
def test_letters_encoded_twice_are_repaired_and_said(wrong):
    honest = "Le conseil a voté à l'été la décision, jugée très coûteuse. C'est là où la forêt brûle, déjà."
    text, said = repaired(honest.encode().decode(wrong))
    assert text == honest
    assert "twice" in said[0]


@pytest.mark.parametrize(
    "honest",
    [
        TEXT,
        "AT&T et R&D; le prix < 3 euros et > 2 euros, a < b.",
        "Ça coûte 3 €. Â gauche, l'âme ; À droite, Ève et l'Île.",
        "<< Nous rouvrirons >>, dit-il.",
        "La racine √2, le chemin C:\\users et la formule x=C3=A9.",
        "L'ÂGE D'OR – L'ÉTÉ… « À bientôt »",
        "",
    ],
)
def test_honest_text_is_not_touched(honest):
    assert repaired(honest) == (honest, [])


def test_a_repaired_text_is_repaired_once():
    text, _ = repaired("<p>Le maire a vot&eacute;</p><p>La d&eacute;cision</p>")
    assert repaired(text) == (text, [])


def test_comments_of_a_page_are_left_out_of_a_text_without_tags():
    text, said = repaired("Le bac <!-- pub -->rouvre mardi.\nLa ligne 2 <!-- fin --> reste.")
    assert text == "Le bac rouvre mardi.\nLa ligne 2  reste."
    assert "comments" in said[0]
    assert repaired("Un <!-- signe --seul") == ("Un <!-- signe --seul", [])


def test_markup_that_is_nested_too_deeply_costs_neither_its_text_nor_the_rows_after_it(tmp_path):
    deep = "<i>" * 300 + "La fanfare &amp; le kiosque<br>ont rouvert" + "</i>" * 300
    rows = [{"id": "a", "title": deep, "text": deep}, {"id": "b", "text": "Un autre texte."}]
    articles, _ = read(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert [(row["article_id"], row["text"]) for row in articles] == [
        ("a", "La fanfare & le kiosque\nont rouvert"), ("b", "Un autre texte.")
    ]  # fmt: skip

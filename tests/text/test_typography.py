"""Texts as read: digits in groups, broken words, odd quotation marks; lengths stay. All texts are invented."""

from __future__ import annotations

import pyarrow as pa
import pytest

from dedup.config import Config
from dedup.kernels.words import QUOTED
from dedup.schemas import PARAGRAPHS
from dedup.text import typography
from dedup.text.words import read_words


def words(text: str) -> dict[str, list]:
    row = {"article_id": "a", "paragraph": 0, "text": text, "role": "body"}
    table = pa.Table.from_pylist([{name: row.get(name) for name in PARAGRAPHS.names}], schema=PARAGRAPHS)
    read = read_words(table, Config())
    return {name: read[name][0].as_py() for name in read.column_names}


@pytest.mark.parametrize(
    "printed",
    ["1.250 postes", "1 250 postes", "1\u00a0250 postes", "1\u202f250 postes", "1'250 postes", "1’250 postes"],
)
def test_a_number_in_groups_is_one_number(printed):
    assert words(printed)["hash"] == words("1250 postes")["hash"]
    assert words(printed)["begin"][0] == 0
    assert words(printed)["end"][0] == 5


@pytest.mark.parametrize(
    "printed", ["12.03.2025", "3,5 milliards", "en 2018 250 élus", "1.2.345", "le 06 12 34 56 78", "1.25"]
)
def test_other_numbers_stay_apart(printed):
    assert typography.read_line(printed) == printed


@pytest.mark.parametrize("end", ["-\n", "‐\n", "-\r\n", "\u00ad\n", "¬\n", "- \n  "])
def test_a_word_broken_at_the_end_of_a_line_is_one_word(end):
    broken = words(f"la ferme{end}ture du pont")
    assert broken["hash"] == words("la fermeture du pont")["hash"]
    assert broken["end"][1] == len(f"la ferme{end}ture")


def test_a_compound_broken_at_its_hyphen_stays_two_words():
    assert words("vingt-\nneuf élus")["hash"] == words("vingt-neuf élus")["hash"]


@pytest.mark.parametrize("apostrophe", ["ʼ", "ʹ", "ʻ", "ˈ", "'", "’", "´", "`", "′", "＇", "‛"])
def test_an_apostrophe_of_any_kind_only_separates_words(apostrophe):
    assert words(f"l{apostrophe}eau de l{apostrophe}île")["hash"] == words("l eau de l île")["hash"]


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("''", "''"), ("<<", ">>"), ("<< ", " >>"), ("‹ ", " ›"), ("‹", "›"), ("« ", " »"), ('"', '"')],
)
def test_words_between_marks_of_any_kind_are_quoted(opens, closes):
    text = f"Le maire a dit {opens}nous rouvrirons le bassin{closes}, puis il est parti."
    flags = words(text)["flags"]
    assert [bool(flag & QUOTED) for flag in flags] == [False] * 4 + [True] * 4 + [False] * 4
    assert len(typography.read_line(text)) == len(text)


@pytest.mark.parametrize("printed", ["4·250", "4\u2007250"])
def test_a_point_in_the_middle_and_a_space_as_wide_as_a_figure_group_digits(printed):
    assert words(f"{printed} postes")["hash"] == words("4250 postes")["hash"]

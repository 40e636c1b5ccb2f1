"""Further variants of what users have: other spellings of columns and fields, true binary spreadsheets."""

# ruff: noqa: E501

from __future__ import annotations

import io
import json
from datetime import datetime

import pytest
from readings import read, when

ONE = "La fanfare de Bourg-l’Étang a joué sans répit dimanche devant huit cents personnes venues des vallées voisines."


@pytest.mark.parametrize("name", ["story_text", "Corps du texte", "Texte (contenu)", "Contenu du texte intégral"])
def test_a_column_whose_words_all_mean_the_text_is_the_text(tmp_path, name):
    ((row,), _) = read(tmp_path / "a.jsonl", json.dumps({name: ONE}))
    assert row["text"] == ONE


def test_a_header_that_comes_again_in_other_letters_is_no_article(tmp_path):
    content = f"id,outlet,text\n1,Le Fanal,{ONE}\nID,Outlet,Text\n2,Le Fanal,{ONE} Bis.\n"
    articles, rejects = read(tmp_path / "a.csv", content)
    assert [row["article_id"] for row in articles] == ["1", "2"]
    assert [(row["kept"], row["position"]) for row in rejects] == [(True, 3)]


def test_a_binary_spreadsheet_is_a_table_with_its_dates(tmp_path):
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Corpus")
    cells = (("Titre", "Texte", "Journal", "Date"), ("La fanfare", ONE, "Le Fanal", datetime(2025, 3, 12, 14, 5)))
    for at, row in enumerate(cells):
        for column, cell in enumerate(row):
            date = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
            sheet.write(at, column, cell, *([date] if isinstance(cell, datetime) else []))
    out = io.BytesIO()
    book.save(out)
    ((row,), rejects) = read(tmp_path / "a.xls", out.getvalue())
    assert (row["title"], row["text"], row["outlet"], when(row)) == ("La fanfare", ONE, "Le Fanal", "2025-03-12 13:05")
    assert rejects == []


def test_the_hour_of_factivas_english_fields_is_read(tmp_path):
    fields = f"HD A band\nPD 12 March 2025\nET 02:05 PM\nSN The Beacon\nLA English\nLP {ONE}\nTD Fin.\nAN Document BEAC000020250312el3c0001x\n"
    ((row,), _) = read(tmp_path / "a.txt", fields)
    assert (when(row), row["date_precision"]) == ("2025-03-12 13:05", "minute")


def test_iramuteq_variables_of_year_month_and_day_are_a_date(tmp_path):
    articles, _ = read(
        tmp_path / "a.txt", f"**** *journal_a *annee_2025 *mois_3 *jour_12\n{ONE}\n**** *annee_2025 *mois_mars\n{ONE}\n"
    )
    assert [(when(row), row["date_precision"]) for row in articles] == [
        ("2025-03-12 00:00", "day"),
        ("2025-03-01 00:00", "month"),
    ]


def test_ninjs_2_names_its_provider_among_infosources(tmp_path):
    item = {"uri": "urn:2", "type": "text", "versioncreated": "2025-03-12T10:15:00Z", "infosources": [{"name": "AFP"}],
            "headlines": [{"value": "La fanfare"}], "bodies": [{"contenttype": "text/html", "value": f"<p>{ONE}</p>"}]}  # fmt: skip
    ((row,), _) = read(tmp_path / "a.json", json.dumps(item))
    assert (row["agency"], row["title"], row["text"]) == ("AFP", "La fanfare", ONE)


def test_notes_on_pictures_are_no_part_of_a_telexs_headline(tmp_path):
    telex = f"\x01afp045 4 i 0230 FRA\r\n\r\n\x02La fanfare joue\r\n=(PHOTO+VIDEO)=\r\n\r\n   BOURG, 12 mars 2025 (AFP) - {ONE}\r\n\x03121105 MAR 25\r\n\x04"
    ((row,), _) = read(tmp_path / "a.txt", telex.encode("cp1252", "replace"))
    assert row["title"] == "La fanfare joue"

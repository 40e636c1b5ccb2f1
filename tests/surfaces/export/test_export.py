"""Exports: what other programs read is what the tables say; what was to stay at home does not leave."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path

import duckdb
import networkx
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pytest
from runs import prose, run_articles
from typer.testing import CliRunner

from dedup import schemas
from dedup.store import disk
from dedup.surfaces import cli, export
from dedup.surfaces.export import others, tables

SECRET = "mirabelle"
FIRST = f"{prose(1, 40)} {SECRET} {prose(2, 20)}"
FORMULA = '=HYPERLINK("http://elsewhere.test","x")'


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Articles that share a passage; titles, columns and texts that hold a secret word, and formulas as names."""
    return run_articles(
        tmp_path_factory.mktemp("export"),
        {
            "id": "wire",
            "text": FIRST,
            "is_wire": True,
            "title": f"Titre {SECRET}",
            "wire_timestamp": "2025-03-06T08:00",
        },
        {
            "id": "a",
            "text": f"{FIRST}\n(AFP)",
            "outlet": FORMULA,
            "title": f"+{SECRET}",
            "author": f"AFP {SECRET}",
            "published_at": "2025-03-06T09:00:00Z",
            "url": "https://a.test/1",
        },
        {
            "id": "b",
            "text": f"Photo {SECRET} AFP\n{FIRST}\nTexte\x01 {prose(8, 20)}",
            "outlet": "La Rive",
            "published_at": f"un jour de {SECRET}",
        },
    )


def rows_of(corpus, name: str) -> list[dict]:
    return corpus.rows(name)


def test_csv_gives_back_every_table_and_its_description_names_every_file(corpus, tmp_path):
    made = export.export(corpus.out, tmp_path / "tables")
    package = json.loads((tmp_path / "tables" / "datapackage.json").read_text("utf-8"))
    assert [resource["name"] for resource in package["resources"]] == list(schemas.TABLES) == list(made.rows)
    for resource in package["resources"]:
        table = pa.csv.read_csv(
            tmp_path / "tables" / resource["path"], parse_options=pa.csv.ParseOptions(newlines_in_values=True)
        )
        assert table.column_names == [field["name"] for field in resource["schema"]["fields"]]
        assert table.num_rows == corpus.table(resource["name"]).num_rows
        for field, told in zip(schemas.TABLES[resource["name"]], resource["schema"]["fields"], strict=True):
            assert told["description"] == field.metadata[b"doc"].decode()
    printed = (tmp_path / "tables" / "articles.csv").read_text("utf-8")
    assert "2025-03-06T09:00:00.000000Z" in printed
    reasons = pa.csv.read_csv(tmp_path / "tables" / "article_provenance.csv")["reasons"].to_pylist()
    assert [json.loads(value) for value in reasons] == corpus.table("article_provenance")["reasons"].to_pylist()


def test_primary_keys_are_unique_and_foreign_keys_lead_somewhere(corpus, examples):
    for snapshot in (corpus, examples):
        keys = {
            name: [tuple(row[column] for column in key) for row in rows_of(snapshot, name)]
            for name, key in tables.PRIMARY_KEYS.items()
        }
        for name, found in keys.items():
            assert len(found) == len(set(found)), name
            assert all(None not in key for key in found), name
        for name, foreign in tables.FOREIGN_KEYS.items():
            for column, target in foreign:
                values = {(row[column],) for row in rows_of(snapshot, name) if row[column] is not None}
                assert values <= set(keys[target]), (name, column)


def test_what_a_spreadsheet_would_run_is_text(corpus, tmp_path):
    made = export.export(corpus.out, tmp_path / "tables", tables=["articles"])
    outlets = pa.csv.read_csv(tmp_path / "tables" / "articles.csv").to_pylist()
    assert {row["outlet"] for row in outlets} == {"", f"'{FORMULA}", "La Rive"}
    assert next(row["title"] for row in outlets if row["article_id"] == "a") == f"'+{SECRET}"
    assert any("apostrophe" in note for note in made.notes)
    export.export(corpus.out, tmp_path / "tables.xlsx", tables=["articles"])
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")["articles"]
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert cells[FORMULA] == "s"
    with zipfile.ZipFile(tmp_path / "tables.xlsx") as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("format", ["csv", "sqlite", "duckdb", "excel", "graphml"])
def test_without_texts_no_word_of_an_article_is_in_any_file(corpus, tmp_path, format):
    export.export(corpus.out, tmp_path / "here" / "made", format, no_text=True)
    written = [path for path in (tmp_path / "here").rglob("*") if path.is_file()]
    assert written
    for path in written:
        contents = [path.read_bytes()]
        if format == "excel" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents = [archive.read(name) for name in archive.namelist()]
        for content in contents:
            assert SECRET.encode() not in content, path
    readme = next(path for path in written if path.name.endswith("README.md")).read_text("utf-8")
    assert "Without the texts" in readme
    if format != "graphml":
        assert "paragraphs: text" in readme
        assert "articles: title, extra" in readme


def test_every_column_of_text_is_known_to_hold_ids_or_is_left_out():
    fields = [field for schema in schemas.TABLES.values() for field in schema]
    left_out = {field.name for field in fields if not tables._is_text_free(field)}
    assert left_out == {"title", "text", "extra", "reasons", "reason"}
    assert {field.name for field in fields} >= tables.TEXT_FREE


def test_sqlite_has_keys_and_meanings_and_the_values_of_the_tables(corpus, tmp_path):
    export.export(corpus.out, tmp_path / "tables.sqlite")
    with sqlite3.connect(tmp_path / "tables.sqlite") as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = connection.execute("SELECT article_id, text, paragraph FROM paragraphs").fetchall()
        assert sorted(found) == sorted(
            (row["article_id"], row["text"], row["paragraph"]) for row in rows_of(corpus, "paragraphs")
        )
        assert connection.execute("SELECT outlet FROM articles WHERE article_id = 'a'").fetchone() == (FORMULA,)
        doc = "SELECT doc FROM columns WHERE table_name = 'clusters' AND column_name = 'size'"
        assert connection.execute(doc).fetchone() == ("passages",)


def test_duckdb_keeps_lists_times_and_meanings(corpus, tmp_path):
    export.export(corpus.out, tmp_path / "tables.duckdb")
    with duckdb.connect(str(tmp_path / "tables.duckdb"), read_only=True) as connection:
        for name in schemas.TABLES:
            count = connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            assert count == corpus.table(name).num_rows
        reasons = connection.execute("SELECT reasons FROM article_provenance ORDER BY article_id").fetchall()
        assert [row[0] for row in reasons] == [
            row["reasons"] for row in sorted(rows_of(corpus, "article_provenance"), key=lambda row: row["article_id"])
        ]
        doc = "SELECT comment FROM duckdb_columns() WHERE table_name = 'clusters' AND column_name = 'size'"
        assert connection.execute(doc).fetchone() == ("passages",)


def test_excel_cuts_what_a_cell_cannot_hold_and_says_so(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(others, "EXCEL_CHARACTERS", 50)
    made = export.export(corpus.out, tmp_path / "tables.xlsx", tables=["paragraphs"])
    header, *rows = openpyxl.load_workbook(tmp_path / "tables.xlsx")["paragraphs"].iter_rows(values_only=True)
    texts = [row[header.index("text")] for row in rows]
    assert max(map(len, texts)) == 50
    assert any("cut there" in note for note in made.notes)
    assert any("XML" in note for note in made.notes)


def test_a_table_longer_than_a_sheet_is_refused_before_anything_is_written(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(others, "EXCEL_ROWS", 3)
    with pytest.raises(export.ExportError, match=r"articles has 3 rows.*--table"):
        export.export(corpus.out, tmp_path / "tables.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_graphml_is_the_network_of_outlets(corpus, tmp_path):
    export.export(corpus.out, tmp_path / "outlets.graphml")
    graph = networkx.read_graphml(tmp_path / "outlets.graphml")
    assert graph.number_of_edges() == len(
        {(row["outlet_from"], row["outlet_to"]) for row in rows_of(corpus, "outlet_pairs")}
    )


NOT_XML = ("\x01", "\x0b", "\x1f", "\ufffe", "\uffff")
"""Characters that no XML file may hold (XML 1.0, section 2.2)."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Two outlets whose names differ in such a character alone, and share a text with a third."""
    return run_articles(
        tmp_path_factory.mktemp("hostile"),
        *(
            {"text": f"{FIRST} {sign}", "outlet": f"Le Phare{sign}", "title": f"Titre {sign}{number}",
             "published_at": f"2025-03-0{number + 1}"}
            for number, sign in enumerate(("", *NOT_XML))
        ),
    )  # fmt: skip


def test_an_excel_file_opens_whatever_characters_the_texts_hold_and_says_what_is_left_out(hostile, tmp_path):
    made = export.export(hostile.out, tmp_path / "a.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    titles = [row[2].value for row in workbook["articles"].iter_rows(min_row=2)]
    assert len(titles) == 6
    assert any("refuses" in note for note in made.notes)


def test_graphml_is_well_formed_whatever_characters_the_names_hold_and_says_so(hostile, tmp_path):
    made = export.export(hostile.out, tmp_path / "a.graphml")
    graph = networkx.read_graphml(tmp_path / "a.graphml")
    outlets = {row["outlet"] for row in hostile.rows("articles")}
    changed = sum(any(sign in outlet for sign in NOT_XML) for outlet in outlets)
    assert len(graph) == len(outlets) > changed > 0
    assert any(f"{changed} names" in note for note in made.notes)


def test_csv_for_french_excel_has_semicolons_decimal_commas_and_the_mark_of_utf_8(corpus, tmp_path):
    export.export(corpus.out, tmp_path / "tables", "excel-csv")
    content = (tmp_path / "tables" / "article_provenance.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    table = pyarrow.csv.read_csv(
        tmp_path / "tables" / "article_provenance.csv",
        parse_options=pyarrow.csv.ParseOptions(delimiter=";", newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(decimal_point=",", column_types={"share_own": pa.float64()}),
    )
    rows = corpus.rows("article_provenance")
    assert table["article_id"].to_pylist() == [row["article_id"] for row in rows]
    assert table["share_own"].to_pylist() == pytest.approx([row["share_own"] for row in rows])


@pytest.mark.parametrize("name", ["tables.csv", "tables.parquet", "a.xls", "b.json"])
def test_an_ending_that_is_not_written_is_refused_with_the_next_step(corpus, tmp_path, name):
    with pytest.raises(export.ExportError, match=r"a folder \(a name without ending\) for CSV"):
        export.export(corpus.out, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_an_export_replaces_an_export_whole_and_nothing_else(corpus, tmp_path):
    folder = tmp_path / "tables"
    export.export(corpus.out, folder)
    export.export(corpus.out, folder, tables=["clusters"], no_text=True)
    assert {path.name for path in folder.iterdir()} == {"clusters.csv", "datapackage.json", "README.md"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(export.ExportError, match="new or empty"):
        export.export(corpus.out, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_snapshot_of_an_older_version_is_exported_with_the_columns_it_has(corpus, tmp_path):
    snapshot = tmp_path / "out" / "snapshots" / "x"
    disk.write_table(snapshot / "clusters.parquet", corpus.table("clusters").drop_columns(["p_agency"]))
    disk.write_manifest(snapshot, {"state": ""})
    (tmp_path / "out" / "latest").symlink_to(snapshot)
    export.export(tmp_path / "out", tmp_path / "tables")
    names = pa.csv.read_csv(tmp_path / "tables" / "clusters.csv").column_names
    assert "cluster_id" in names
    assert "p_agency" not in names


def test_a_snapshot_with_a_file_a_day_is_exported_whole(corpus, tmp_path):
    out = tmp_path / "out"
    snapshot = out / "snapshots" / "x"
    days = {"2025-03-06": ["a"], "2025-03-07": ["b", "wire"]}
    articles = corpus.table("articles")
    for day, ids in days.items():
        rows = articles.filter(pa.compute.is_in(articles["article_id"], pa.array(ids)))
        disk.write_table(snapshot / "articles" / f"{day}.parquet", rows)
    disk.write_manifest(snapshot, {"state": ""})
    (out / "latest").symlink_to(snapshot)
    assert export.export(out, tmp_path / "tables").rows == {"articles": 3}
    assert pa.csv.read_csv(tmp_path / "tables" / "articles.csv")["article_id"].to_pylist() == ["a", "b", "wire"]


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (["--to", "{to}", "--table", "nonsense"], 2, "nonsense"),
        (["--to", "{to}", "--format", "abacus"], 2, "abacus"),
        (["--to", "{to}", "--table", "clusters", "--no-text"], 0, "clusters"),
        ([], 2, "--to"),
    ],
)
def test_the_command_says_what_was_written_or_wrong(corpus, tmp_path, arguments, status, named):
    arguments = [argument.format(to=tmp_path / "tables") for argument in arguments]
    result = CliRunner().invoke(cli.app, ["export", "--out", str(corpus.out), *arguments])
    assert result.exit_code == status, result.output
    assert named in result.output
    assert Path(tmp_path / "tables").exists() == (status == 0)

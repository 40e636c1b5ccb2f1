"""Data frames, lists of dicts and databases are inputs like files."""

import sqlite3

import duckdb
import pyarrow as pa
import pytest

from dedup.intake import frames, ingest
from dedup.intake.records import Unreadable

ROWS = [{"id": "a", "text": "Un texte.", "journal": "Le Fanal"}, {"id": "b", "text": "Deux textes.", "journal": None}]


def read(given, query=None):
    with frames.as_paths(given, query) as paths:
        tables = [batch for batch, _ in ingest.read(paths)]
    return [(row["article_id"], row["outlet"], row["text"]) for row in pa.concat_tables(tables).to_pylist()]


EXPECTED = [("a", "Le Fanal", "Un texte."), ("b", None, "Deux textes.")]


@pytest.mark.parametrize("kind", ["dicts", "table", "reader", "pandas", "polars", "duckdb"])
def test_a_frame_is_read_as_a_file_with_its_columns(kind):
    table = rows = pa.Table.from_pylist(ROWS)  # noqa: F841  # duckdb reads the name
    if kind == "pandas":
        given = pytest.importorskip("pandas").DataFrame(ROWS)
    elif kind == "polars":
        given = pytest.importorskip("polars").DataFrame(ROWS)
    else:
        given = {"dicts": ROWS, "table": table, "reader": table.to_reader(), "duckdb": duckdb.sql("from rows")}[kind]
    assert read(given) == EXPECTED
    assert frames.is_frame(given)


def test_frames_and_paths_may_stand_together(tmp_path):
    (tmp_path / "c.txt").write_text("Trois.")
    assert read([pa.Table.from_pylist(ROWS), tmp_path / "c.txt"]) == [*EXPECTED, ("c", None, "Trois.")]


def test_a_database_gives_the_rows_of_a_query(tmp_path):
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        rows = pa.Table.from_pylist(ROWS)  # noqa: F841  # duckdb reads the name
        connection.execute("create table articles as from rows")
    assert read(f"duckdb:{tmp_path / 'x.duckdb'}", "select * from articles order by id") == EXPECTED
    lite = sqlite3.connect(tmp_path / "x.sqlite")
    lite.execute("create table articles (id, text, journal)")
    lite.executemany("insert into articles values (:id, :text, :journal)", ROWS)
    lite.commit()
    lite.close()
    assert read([f"sqlite:{tmp_path / 'x.sqlite'}"], "select * from articles order by id") == EXPECTED


@pytest.mark.parametrize(
    ("address", "query", "reason"),
    [
        ("duckdb:none.duckdb", "select 1", "does not exist"),
        ("sqlite:none.sqlite", "select 1", "does not exist"),
        ("duckdb:none.duckdb", None, "--query"),
        ("postgresql://me:secret@127.0.0.1:1/x", "select 1", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_read_says_why_and_no_password(address, query, reason):
    with pytest.raises(Unreadable, match=reason) as error:
        read([address], query)
    assert "secret" not in str(error.value)

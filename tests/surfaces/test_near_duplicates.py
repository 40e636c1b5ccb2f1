"""``dedup near-duplicates``: files of texts to tables of pairs and clusters."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from dedup.surfaces import near_duplicates as surface
from dedup.surfaces.cli import app

STORY = (
    "Le conseil municipal de Brécourt a voté jeudi la réouverture de la piscine, fermée depuis l'incendie de mars, "
    "et débloqué deux millions d'euros pour sa toiture."
)
TEXTS = {
    "first": STORY,
    "retouched": STORY.replace("jeudi", "vendredi"),
    "other": "Une exposition consacrée aux horloges astronomiques ouvre samedi au musée, avec soixante pièces prêtées.",
    "again": STORY.upper(),
}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in TEXTS.items()), "utf-8")
    return path


def command(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["near-duplicates", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.output


def test_pairs_and_clusters_of_a_file_of_articles_are_written_with_their_ids(articles, tmp_path):
    said = command(articles, "--to", tmp_path / "found")
    assert "4 texts: 3 pairs" in said
    pairs, clusters = (pq.read_table(tmp_path / "found" / f"{name}.parquet") for name in ("pairs", "clusters"))
    assert pairs.schema.equals(surface.PAIRS)
    assert clusters.schema.equals(surface.CLUSTERS)
    found = {(row["left_id"], row["right_id"]): row["jaccard"] for row in pairs.to_pylist()}
    assert set(found) == {("first", "retouched"), ("first", "again"), ("retouched", "again")}
    assert found["first", "again"] == 1
    assert [(row["id"], row["cluster"], row["size"]) for row in clusters.to_pylist()] == [
        ("first", 0, 3),
        ("retouched", 0, 3),
        ("other", 2, 1),
        ("again", 0, 3),
    ]


def test_a_higher_threshold_keeps_fewer_pairs(articles, tmp_path):
    command(articles, "--to", tmp_path / "found", "--threshold", 1, "--format", "csv")
    with (tmp_path / "found" / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        assert [(row["left_id"], row["right_id"]) for row in csv.DictReader(lines)] == [("first", "again")]


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_column_of_any_table_is_compared(kind, tmp_path):
    table = pa.table({"n": range(4), "body_html": list(TEXTS.values()), "more": [None, 1.5, 2, 3]})
    path = tmp_path / f"table.{kind}"
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as lines:
            rows = csv.DictWriter(lines, table.column_names)
            rows.writeheader()
            rows.writerows(table.to_pylist())
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()), "utf-8")
    ids = () if kind == "jsonl" else ("--id", "n")  # the numbers of rows are these numbers too
    command(path, "--column", "body_html", *ids, "--to", tmp_path / "found")
    pairs = pq.read_table(tmp_path / "found" / "pairs.parquet").to_pylist()
    assert [(row["left_id"], row["right_id"]) for row in pairs] == [("0", "1"), ("0", "3"), ("1", "3")]


def test_what_cannot_be_read_is_said_and_counts_when_strict(articles, tmp_path):
    with articles.open("a", encoding="utf-8") as lines:
        lines.write("{no json\n")
    done = CliRunner().invoke(app, ["near-duplicates", str(articles), "--to", str(tmp_path / "found"), "--strict"])
    assert done.exit_code == 3
    assert "articles.jsonl:5: not JSON" in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--threshold", "0"), "above 0"),
        (("--threshold", "1.5"), "above 0"),
        (("--format", "xml"), "parquet and csv"),
        (("--id", "n"), "--column"),
    ],
)
def test_a_wrong_option_is_a_usage_error(articles, arguments, says):
    done = CliRunner().invoke(app, ["near-duplicates", str(articles), *arguments])
    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_a_column_that_is_not_there_is_an_error_that_names_it(kind, tmp_path):
    path = tmp_path / f"table.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({"text": [STORY]}), path)
    else:
        path.write_text(json.dumps({"text": STORY}) if kind == "jsonl" else f'text\n"{STORY}"\n', "utf-8")
    with pytest.raises(ValueError, match="no column 'words'"):
        surface.write([path], tmp_path, column="words")


def test_nothing_but_empty_texts_gives_empty_tables(tmp_path):
    pq.write_table(pa.table({"t": pa.array([None, ""], pa.string())}), tmp_path / "empty.parquet")
    made = surface.write([tmp_path / "empty.parquet"], tmp_path / "found", column="t")
    assert made[:4] == (2, 0, 0, 0)

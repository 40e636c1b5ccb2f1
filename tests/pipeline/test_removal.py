"""Articles that are taken down: the tables are those of a run that never saw them, and they do not come back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from runs import prose, write_lines
from typer.testing import CliRunner

from dedup import schemas
from dedup.config import Config
from dedup.pipeline import removal, steps
from dedup.store import disk, holdings
from dedup.store.snapshot import Snapshot
from dedup.surfaces.cli import app

SECRET = "Le maire de Quincerel a nié mardi toute pression sur les bouchers du canton, dans une lettre de huit lignes."


def rows_of(n: int) -> list[dict]:
    """Dispatches, and papers that carry them or not; every third text is carried twice."""
    shared = [f"{prose(seed)}\n{prose(1000 + seed)}" for seed in range(n // 3)]
    return [
        {
            "id": f"a{number:03}",
            "text": f"{shared[number % len(shared)]}\n{prose(5000 + number, 20)}",
            "outlet": "AFP" if number < 5 else f"Journal {number % 7}",
            "is_wire": number < 5,
            "published_at": f"2025-03-{10 + number % 9:02}T0{number % 10}:00:00Z",
        }
        for number in range(n)
    ]


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return rows_of(60)


def tables(out: Path) -> dict:
    snapshot = Snapshot.newest(out)
    return {name: snapshot.table(name) for name in schemas.TABLES if name != "cluster_history"}


def test_twenty_removals_and_twenty_late_arrivals_give_the_tables_of_one_run_over_the_rest(rows, tmp_path):
    rng = random.Random(3)
    mixed = rng.sample(rows, len(rows))
    gone = {row["id"] for row in rng.sample(mixed[:40], 20)}
    steps.run([write_lines(tmp_path / "first.jsonl", mixed[:40])], tmp_path / "parts")
    steps.run([], tmp_path / "parts", remove=sorted(gone))
    steps.run([write_lines(tmp_path / "late.jsonl", mixed[40:])], tmp_path / "parts")
    kept = [row for row in rows if row["id"] not in gone]
    steps.run([write_lines(tmp_path / "rest.jsonl", kept)], tmp_path / "whole")
    found, expected = tables(tmp_path / "parts"), tables(tmp_path / "whole")
    assert found["matches"].num_rows > 20
    for name, table in expected.items():
        assert found[name].equals(table), name


def test_a_text_that_was_removed_is_nowhere_in_the_output_and_is_refused_when_it_comes_again(rows, tmp_path):
    secret = {"id": "secret", "text": f"{SECRET}\n{rows[7]['text']}", "outlet": "Le Quincerel"}
    inbox = write_lines(tmp_path / "inbox.jsonl", [*rows[:20], secret])
    steps.run([inbox], tmp_path / "out")
    (tmp_path / "out" / "index").mkdir()
    (tmp_path / "out" / "index" / "lines.arrow").write_text(SECRET)
    done = CliRunner().invoke(app, ["remove", "secret", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0 and "removed secret" in done.output
    for name in ("parquet", "json", "js", "html", "arrow"):
        for path in (tmp_path / "out").rglob(f"*.{name}"):
            text = str(disk.read_table(path).to_pylist()) if name == "parquet" else path.read_text("utf-8")
            assert "Quincerel" not in text, path
    assert len(disk.snapshots(tmp_path / "out")) == 1
    again = steps.run([inbox], tmp_path / "out")
    assert again.new_articles == 0 and again.rejects == 1
    reject = Snapshot.newest(tmp_path / "out").table("rejects").to_pylist()[0]
    assert reject["article_id"] == "secret" and not reject["kept"] and "`dedup remove`" in reject["reason"]
    assert not steps.run([inbox], tmp_path / "out").published
    assert "secret" in holdings.load(tmp_path / "out").removed


def test_an_id_that_is_not_there_or_all_that_is_there_is_not_removed(rows, tmp_path):
    steps.run([write_lines(tmp_path / "inbox.jsonl", rows[:4])], tmp_path / "out")
    with pytest.raises(removal.UnknownArticle, match="no article b1, b2: nothing was removed"):
        steps.run([], tmp_path / "out", Config(report=False), remove=["a001", "b1", "b2"])
    with pytest.raises(removal.UnknownArticle, match="no article would be left"):
        steps.run([], tmp_path / "out", remove=[row["id"] for row in rows[:4]])
    assert Snapshot.newest(tmp_path / "out").rows("articles") == 4 and not holdings.load(tmp_path / "out").removed

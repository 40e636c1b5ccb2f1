"""A full run beside what many runs made: equal, or the difference is named and mended."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from runs import prose, write_lines
from typer.testing import CliRunner

from dedup import schemas
from dedup.pipeline import steps
from dedup.store import disk
from dedup.store.digests import digest
from dedup.store.snapshot import Snapshot
from dedup.surfaces.cli import app


@pytest.fixture(scope="module")
def of_two_runs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("two runs")
    shared = prose(1, 60)
    rows = [
        {"id": f"a{number}", "text": f"{shared}\n{prose(number + 2)}", "outlet": f"Journal {number}"}
        for number in range(6)
    ]
    steps.run([write_lines(folder / "first.jsonl", rows[:3])], folder / "out")
    steps.run([write_lines(folder / "second.jsonl", rows[3:])], folder / "out")
    return folder / "out"


def full(out: Path, *options: str):
    return CliRunner().invoke(app, ["run", "--full", "--out", str(out), *options])


def test_a_full_run_finds_the_tables_of_two_runs_equal_and_changes_nothing(of_two_runs):
    before = {path: digest(path) for path in of_two_runs.rglob("*.parquet")}
    done = full(of_two_runs)
    assert done.exit_code == 0 and "the same tables, row for row" in done.output
    assert {path: digest(path) for path in of_two_runs.rglob("*.parquet")} == before


def test_a_row_that_a_full_run_does_not_make_is_named_and_the_fresh_tables_take_its_place(of_two_runs, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(of_two_runs, out, symlinks=True)
    newest = Snapshot.newest(out)
    right = newest.table("passages")
    rows = right.to_pylist()
    rows[0]["n_words"] += 1
    path = newest.folder / "passages.parquet"
    disk.write_table(path, pa.Table.from_pylist(rows, schema=schemas.PASSAGES))
    disk.write_manifest(
        newest.folder,
        {**newest.manifest, "digests": {**newest.manifest["digests"], "passages.parquet": digest(path)}},
    )
    done = full(out)
    assert done.exit_code == 1
    assert "passages: 1 rows that the newest snapshot alone has, 1 that a full run alone has" in done.output
    assert rows[0]["passage_id"] in done.output and rows[1]["passage_id"] not in done.output
    assert Snapshot.newest(out).folder != newest.folder and Snapshot.newest(out).table("passages").equals(right)
    assert full(out, "--quiet").exit_code == 0


def test_a_run_without_input_is_a_wrong_usage():
    assert CliRunner().invoke(app, ["run"]).exit_code == 2

"""Rows that stay and rows that are made anew: together, and file by file, they are what one run over all makes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from runs import prose, write_lines

from dedup import schemas
from dedup.config import Config
from dedup.pipeline import affected, days, filing, steps, summed
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.tracing import habits, history


def stories(first_day: int, last_day: int) -> list[dict]:
    """For each day a dispatch, what carries it (on the day, a day later, without a date), and two other articles."""
    rows = []
    for day in range(first_day, last_day + 1):
        text = "\n".join(prose(50 * day + number, 50) for number in range(3))
        first = text.split("\n")[0]
        at = f"2024-03-{day:02d}T"
        rows += [
            {"id": f"w{day}", "text": text, "published_at": f"{at}05:00:00Z", "is_wire": True, "outlet": "AFP"},
            {"id": f"a{day}", "text": text, "published_at": f"{at}07:00:00Z", "outlet": "Journal A"},
            {
                "id": f"b{day}",
                "text": f"{first}\n{prose(1_000 + day)}",
                "published_at": f"2024-03-{day + 1:02d}T19:00:00Z",
                "outlet": "Journal B",
            },
            {"id": f"c{day}", "text": f"{first}\n{prose(2_000 + day)}", "outlet": "Journal C"},
            {"id": f"d{day}", "text": prose(3_000 + day), "published_at": f"{at}13:00:00Z", "outlet": "Journal D"},
            {"id": f"e{day}", "text": prose(4_000 + day), "published_at": f"{at}14:00:00Z", "outlet": "Journal E"},
        ]
    return rows


@pytest.fixture(scope="module")
def ten_days(tmp_path_factory) -> Iterator[Path]:
    """An output folder of one run over ten days; files are of a few articles, and their age counts in days."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(days, "SHARED_ARTICLES", 8)
        patch.setattr(filing, "QUARTERLY", 3)
        patch.setattr(filing, "DAILY", 6)
        patch.setattr(affected, "MOST", 0.9)
        patch.setattr(summed, "FEW", 0.9)
        patch.setattr(habits, "HABIT_DAYS", 2)  # the habits of old days are final
        patch.setattr(habits, "LEAST_OWN", 1)
        patch.setattr(habits, "LEAST_ON", 1)
        patch.setattr(habits, "LEAST_ALL", 1)
        folder = tmp_path_factory.mktemp("ten days")
        steps.run([write_lines(folder / "all.jsonl", stories(1, 10))], folder / "out")
        yield folder / "out"


@pytest.fixture
def written(monkeypatch) -> list[str]:
    """The tables of which files were carried over."""
    names = []
    write = filing.Filing.write
    monkeypatch.setattr(
        filing.Filing, "write", lambda self, name, *rest: (names.append(name), write(self, name, *rest))
    )
    return names


def rows_of_files(out: Path) -> dict[str, str]:
    """The digests of the rows of each file; the history of clusters tells of the runs."""
    rows = Snapshot.newest(out).manifest["rows"]
    return {name: digest for name, digest in rows.items() if not name.startswith("cluster_history")}


def assert_same(out: Path, other: Path) -> None:
    """The tables, and those that are folders file by file, are those of another output folder."""
    assert rows_of_files(out) == rows_of_files(other)
    for name in ("outlets", "outlet_pairs", "copies"):
        assert Snapshot.newest(out).table(name).equals(Snapshot.newest(other).table(name)), name


def test_the_files_of_runs_day_by_day_hold_the_rows_of_those_of_one_run(ten_days, tmp_path, written):
    for number, part in enumerate((stories(1, 7), stories(8, 9), stories(10, 10))):
        steps.run([write_lines(tmp_path / f"{number}.jsonl", part)], tmp_path / "out")
    assert written.count("matches") == 2
    assert_same(tmp_path / "out", ten_days)


def test_a_late_article_of_an_old_day_rewrites_the_files_of_its_story_and_shares_the_others(
    ten_days, tmp_path, written
):
    out = tmp_path / "out"
    shutil.copytree(ten_days, out, symlinks=True)
    before = Snapshot.newest(out)
    late = {**stories(7, 7)[1], "id": "late", "outlet": "Journal F", "published_at": "2024-03-07T09:00:00Z"}
    steps.run([write_lines(tmp_path / "late.jsonl", [late])], out, Config(settle_days=3))
    now = Snapshot.newest(out)
    assert written.count("matches") == 1
    for name in ("articles", "paragraphs", "matches", "clusters", "provenance"):
        there = {path.name for path in (now.folder / name).iterdir()}
        anew = {file for file in there if not (now.folder / name / file).samefile(before.folder / name / file)}
        assert anew and anew <= {"2024-03-07.parquet", "2024-03-08T18.parquet", "no-day.parquet"}, name
    assert not now.faults(thorough=True)
    assert now.manifest["reopened"] == {now.name: {"2024-03-07": 1}}
    assert now.manifest["counts"]["reopened_days"] == 1
    told = now.table("cluster_history").filter(pc.field("run_id") == now.name)
    assert told.num_rows
    assert told.equals(history.events(before.table("passages"), now.table("passages"), now.name))


def test_a_removed_article_leaves_no_row_in_any_file(ten_days, tmp_path, written):
    out = tmp_path / "out"
    shutil.copytree(ten_days, out, symlinks=True)
    steps.run([], out, remove=["w5"])
    assert written.count("matches") == 1
    left = [row for row in stories(1, 10) if row["id"] != "w5"]
    steps.run([write_lines(tmp_path / "left.jsonl", left)], tmp_path / "whole")
    assert_same(out, tmp_path / "whole")


def test_a_run_says_which_settled_days_it_changed_and_later_snapshots_remember(ten_days, tmp_path):
    out, settings = tmp_path / "out", Config(settle_days=3)
    shutil.copytree(ten_days, out, symlinks=True)
    steps.run([write_lines(tmp_path / "next.jsonl", stories(11, 11))], out, settings)
    assert Snapshot.newest(out).manifest["reopened"] == {}
    removing = steps.run([], out, settings, remove=["d4"]).run_id
    steps.run([write_lines(tmp_path / "then.jsonl", stories(12, 12))], out, settings)
    assert Snapshot.newest(out).manifest["reopened"] == {removing: {"2024-03-04": 1}}


def test_rows_have_the_digest_of_their_file_as_they_are_made_and_as_they_are_read(ten_days):
    for name in ("provenance", "clusters", "articles"):
        path = next((Snapshot.newest(ten_days).folder / name).iterdir())
        read = disk.read_table(path)
        made = pa.Table.from_pylist(read.to_pylist(), schema=schemas.TABLES[name])
        known = Snapshot.newest(ten_days).manifest["rows"][f"{name}/{path.name}"]
        assert filing.digest_of(read) == filing.digest_of(made) == known, name

"""Damage: every flipped bit is seen before it counts, and everything but the articles is made anew."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from runs import prose, write_lines
from typer.testing import CliRunner

from dedup import schemas
from dedup.config import Config
from dedup.matching.index import Index
from dedup.pipeline import lookup, steps
from dedup.store import disk, holdings, mending
from dedup.store.snapshot import Snapshot
from dedup.surfaces.cli import app

CONFIG = Config(report=False)
KINDS = ("paragraphs", "credits", "status", "hashes", "pairs", "matches", "rejects")
DERIVED = KINDS[:-1]


def articles(start: int, stop: int) -> list[dict]:
    """Every third shares a paragraph with the one before."""
    return [
        {
            "id": f"a{number}",
            "text": f"{prose(number)}\n{prose(100 + number // 3, 30)}\n(AFP)",
            "outlet": f"Titre {number}",
            "published_at": f"2025-03-{1 + number % 5:02d}T08:00:00Z",
        }
        for number in range(start, stop)
    ]


@pytest.fixture
def out(tmp_path) -> Path:
    inbox(tmp_path)
    steps.run(tmp_path / "in", tmp_path / "out", CONFIG)
    return tmp_path / "out"


def inbox(folder: Path) -> None:
    """Nine articles, and a file that is refused."""
    (folder / "in").mkdir()
    write_lines(folder / "in" / "0.jsonl", articles(0, 9))
    (folder / "in" / "bad.jsonl").write_text("no row\n", "utf-8")


def run(out: Path) -> steps.RunResult:
    return steps.run(out.parent / "in", out, CONFIG)


def tables(out: Path) -> dict:
    snapshot = Snapshot.newest(out)
    return {name: snapshot.table(name) for name in schemas.TABLES if name != "cluster_history"}


def more(out: Path) -> None:
    write_lines(out.parent / "in" / "1.jsonl", articles(9, 12))


def part(out: Path, kind: str) -> Path:
    return next((out / "store").glob(f"{kind}-*.parquet"))


def flip(path: Path, place: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 0x10
    path.write_bytes(content)


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict:
    """The tables of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("calm")
    inbox(folder)
    more(folder / "out")
    steps.run(folder / "in", folder / "out", CONFIG)
    return tables(folder / "out")


def same(found: dict, expected: dict) -> bool:
    """Equal but for the folder of the inputs."""
    return all(
        found[name].drop_columns([column for column in found[name].column_names if column == "file"])
        == expected[name].drop_columns([column for column in expected[name].column_names if column == "file"])
        for name in expected
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_anywhere_in_a_part_changes_no_table(out, expected, kind):
    rng = random.Random(kind)
    places = [0.001, 0.999, *(rng.random() for _ in range(2))]
    whole = part(out, kind).read_bytes()
    for place in places:
        flip(part(out, kind), place)
        assert [fault.path.name for fault in mending.verify(out)] == [part(out, kind).name]
        part(out, kind).write_bytes(whole)
    flip(part(out, kind), places[-1])
    more(out)
    run(out)
    assert same(tables(out), expected)
    assert mending.verify(out) == []


def test_a_flipped_bit_in_the_articles_stops_the_run_and_the_last_snapshot_stays(out):
    before = disk.latest(out)
    flip(part(out, "articles"), 0.5)
    more(out)
    with pytest.raises(disk.StorageError, match="has other bytes than were written: put it back"):
        run(out)
    assert disk.latest(out) == before


def test_repair_sets_damaged_articles_aside_and_the_next_run_reads_them_again(out, expected):
    damaged = part(out, "articles").name
    flip(part(out, "articles"), 0.5)
    done, left = mending.repair(out)
    assert left == [] and any(damaged in line for line in done) and (out / "damaged" / damaged).exists()
    more(out)
    run(out)
    assert same(tables(out), expected)


@pytest.mark.parametrize("kind", DERIVED)
def test_repair_takes_a_damaged_part_out_of_use(out, expected, kind):
    flip(part(out, kind), 0.4)
    done, left = mending.repair(out)
    assert left == [] and len(done) == 1
    more(out)
    run(out)
    assert same(tables(out), expected)


def test_a_damaged_snapshot_is_made_anew_even_when_nothing_is_new(out):
    before, found = disk.latest(out), tables(out)
    flip(before / "matches.parquet", 0.5)
    result = run(out)
    assert result.published and result.path != before and same(tables(out), found)
    assert not run(out).published


def test_repair_removes_a_damaged_snapshot_and_the_next_run_publishes_anew(out):
    found = tables(out)
    flip(disk.latest(out) / "clusters.parquet", 0.5)
    done, left = mending.repair(out)
    assert left == [] and len(done) == 2  # the snapshot, and the link to it
    assert run(out).published and same(tables(out), found)


@pytest.mark.parametrize("table", ["cluster_history", "passages"])
def test_the_history_of_clusters_goes_on_from_the_last_snapshot_that_is_whole(out, table):
    more(out)
    run(out)
    known = Snapshot.newest(out).table("cluster_history").num_rows
    flip(disk.latest(out) / f"{table}.parquet", 0.5)
    write_lines(out.parent / "in" / "2.jsonl", articles(12, 15))
    run(out)
    told = Snapshot.newest(out).table("cluster_history")
    first = Snapshot.all_of(out)[2].name
    assert first in told["run_id"].to_pylist() and known > 0


def test_latest_that_points_nowhere_is_mended_when_nothing_is_new(out):
    whole = disk.latest(out)
    (out / "latest").unlink()
    (out / "latest").symlink_to("snapshots/none")
    assert [fault.what for fault in mending.verify(out)] == ["points to no snapshot"]
    assert not run(out).published
    assert (out / "latest").resolve() == whole.resolve() and mending.verify(out) == []
    (out / "latest").unlink()
    run(out)
    assert (out / "latest").resolve() == whole.resolve()


def test_verify_and_repair_are_commands_that_say_what_and_where(out):
    asked = CliRunner()
    whole = asked.invoke(app, ["verify", "--out", str(out)])
    assert whole.exit_code == 0 and "is what was written" in whole.output
    flip(part(out, "credits"), 0.5)
    found = asked.invoke(app, ["verify", "--out", str(out)])
    assert found.exit_code == 1 and part(out, "credits").name in found.output and "dedup repair" in found.output
    assert asked.invoke(app, ["repair", "--out", str(out)]).exit_code == 0
    assert asked.invoke(app, ["verify", "--out", str(out)]).exit_code == 0
    nowhere = asked.invoke(app, ["verify", "--out", str(out / "nowhere")])
    assert nowhere.exit_code == 1


def test_verify_changes_nothing(out):
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    flip(part(out, "hashes"), 0.3)
    before[part(out, "hashes")] = part(out, "hashes").stat().st_mtime_ns
    mending.verify(out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


# versions


def rewrite_manifest(out: Path, **values: object) -> None:
    home = holdings.folder(out)
    manifest = {**disk.read_manifest(home), **values}
    disk.write_manifest(home, {name: value for name, value in manifest.items() if value is not None})


def test_a_store_without_digests_is_taken_over_and_has_them_after_the_next_run(out, expected):
    rewrite_manifest(out, store_format=None, digests=None, dedup="0.0.9")
    more(out)
    run(out)
    assert same(tables(out), expected)
    assert disk.read_manifest(holdings.folder(out))["store_format"] == holdings.STORE_FORMAT
    assert set(holdings.named(out).digests) == set(holdings.named(out).files)


def test_a_store_that_names_less_is_made_from_what_it_keeps(out, expected):
    rewrite_manifest(out, store_format=1, digests=None, reading=None, serials=None, derived=None, rejects=None)
    more(out)
    run(out)
    assert same(tables(out), expected)


def test_a_store_that_kept_too_little_is_refused_by_the_names_of_both_versions(out):
    rewrite_manifest(out, store_format=1, digests=None, dedup="0.0.1")
    path = part(out, "articles")
    disk.write_table(path, disk.read_table(path).drop_columns(["given"]))
    with pytest.raises(disk.StorageError, match=r"store format 1 \(dedup 0.0.1\), this program .* has 2 .* given"):
        run(out)


def test_a_store_of_a_newer_format_is_refused_by_the_names_of_both_versions(out):
    rewrite_manifest(out, store_format=99, dedup="9.0")
    with pytest.raises(disk.NewerFormat, match=r"store format 99 \(dedup 9.0\), this program .* up to 2"):
        run(out)
    with pytest.raises(disk.NewerFormat):
        mending.verify(out)


def test_settings_of_another_version_are_named_and_not_a_key_error(out):
    snapshot = disk.latest(out)
    manifest = disk.read_manifest(snapshot)
    for config in ({"window_cut": "sentences"}, None):
        disk.write_manifest(snapshot, {**manifest, "config": config, "dedup": "0.0.3"})
        with pytest.raises(disk.StorageError, match=r"made by dedup 0\.0\.3, whose settings this program"):
            lookup.check(prose(1), out)


# a disk that may only be read


def test_a_text_is_looked_up_where_nothing_may_be_written(out, monkeypatch):
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    before = sorted(out.rglob("*"))
    found = lookup.check(f"{prose(100, 30)}", out)
    assert found.passages and sorted(out.rglob("*")) == before


def test_an_index_is_not_made_from_a_damaged_part(out):
    flip(part(out, "hashes"), 0.5)
    with pytest.raises(disk.StorageError, match="dedup repair"):
        Index(out, CONFIG)

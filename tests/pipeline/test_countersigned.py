"""What a run stored, held against datasketch: right stores pass, and each kind of wrong one is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from runs import prose, write_lines
from typer.testing import CliRunner

from dedup.config import Config
from dedup.matching import sketch
from dedup.pipeline import steps
from dedup.pipeline.countersigned import countersigned
from dedup.store import disk
from dedup.surfaces.cli import app


def rows() -> list[dict]:
    """Twelve articles; every third pair of neighbours shares a paragraph, one is too short for a shingle."""
    texts = [f"{prose(number)}\n{prose(100 + number // 3, 30)}" for number in range(11)] + ["Deux mots"]
    days = (f"2025-03-{1 + number % 5:02d}T08:00:00Z" for number in range(12))
    return [
        {"id": f"a{number}", "text": text, "outlet": f"Titre {number}", "published_at": day}
        for number, (text, day) in enumerate(zip(texts, days, strict=True))
    ]


def stored(folder: Path, **settings) -> Path:
    config = Config(report=False, **settings)
    steps.run([write_lines(folder / "1.jsonl", rows()[:7])], folder / "out", config)
    steps.run([write_lines(folder / "2.jsonl", rows()[7:])], folder / "out", config)
    return folder / "out"


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    return stored(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def out(sound, tmp_path) -> Path:
    shutil.copytree(sound, tmp_path / "out", symlinks=True)
    return tmp_path / "out"


def part(out: Path, kind: str) -> Path:
    return next((out / "store").glob(f"{kind}-*.parquet"))


def put(path: Path, table: pa.Table) -> None:
    """Write a part anew, as a wrong program would have: the manifest names it as it is."""
    disk.write_table(path, table)
    manifest = disk.read_manifest(path.parent)
    manifest["derived"][path.name] = path.stat().st_size
    disk.write_manifest(path.parent, manifest)


def test_a_store_of_several_runs_is_as_datasketch_has_it(sound):
    found = countersigned(sound)
    assert (found.articles, found.faults) == (12, [])
    assert found.windows > 100 and found.pairs >= 9


@pytest.mark.parametrize("settings", [{"bands": 2, "rows": 3, "num_perm": 6, "min_bands": 1}, {"bands": 1, "rows": 1}])
def test_other_bands_and_permutations_are_compared_too(tmp_path, settings):
    found = countersigned(stored(tmp_path, seed=7, min_bands=settings.pop("min_bands", 1), **settings))
    assert found.articles == 12 and found.faults == []


def test_a_crowd_keeps_fewer_pairs_and_is_sound(tmp_path):
    copies = [{"id": f"a{number}", "text": prose(1, 50), "outlet": f"Titre {number}"} for number in range(12)]
    steps.run([write_lines(tmp_path / "1.jsonl", copies)], tmp_path / "out", Config(report=False, bucket_limit=4))
    assert countersigned(tmp_path / "out").faults == []


def test_a_pair_that_the_store_lost_is_named(out):
    links = part(out, "links")
    put(links, disk.read_table(links).slice(1))
    found = countersigned(out).faults
    assert len(found) == 1 and found[0].path.name == links.name and "share 0 bands, datasketch" in found[0].what


def test_a_pair_that_shares_nothing_is_named(out):
    links = part(out, "links")
    table = disk.read_table(links)
    alone = pa.table([[11], [0], [64]], table.schema)
    put(links, pa.concat_tables([table, alone]))
    assert [fault.what.split(",")[-1] for fault in countersigned(out).faults] == [" datasketch 0"]


def test_words_that_are_not_those_of_the_text_are_named(out):
    hashes = part(out, "hashes")
    table = disk.read_table(hashes)
    other = [[word ^ 1 for word in row] for row in table["hash"].to_pylist()]
    column = pa.array(other, table.schema.field("hash").type)
    put(hashes, table.set_column(table.column_names.index("hash"), "hash", column))
    faults = countersigned(out).faults
    assert faults and all(fault.path.name == hashes.name and "other words" in fault.what for fault in faults)


def test_a_loop_that_signs_otherwise_is_named(sound, monkeypatch):
    right = sketch.sign

    def wrong(shingles, config):
        signatures = right(shingles, config)
        signatures[5, 17] ^= np.uint32(1)
        return signatures

    monkeypatch.setattr(sketch, "sign", wrong)
    (fault,) = countersigned(sound).faults
    assert fault.what.startswith("1 of ") and "__pycache__" in fault.remedy


def test_what_another_version_stored_is_not_compared(out, monkeypatch):
    monkeypatch.setattr("dedup.store.holdings.derived_name", lambda kind, part, config: f"{kind}-{part}-older")
    assert "is of another version" in str(countersigned(out))


def test_verify_and_a_full_run_ask_datasketch_and_fail_where_it_differs(out):
    def asked(*command: str):
        return CliRunner().invoke(app, [*command, "--out", str(out)])

    for command in (["verify"], ["run", "--full"]):
        whole = asked(*command)
        assert whole.exit_code == 0 and "finds the same" in whole.output
    assert "datasketch" not in asked("verify", "--sample", "0").output

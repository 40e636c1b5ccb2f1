"""The store: whatever the runs, their order and their accidents, the tables are those of one run over everything."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pytest
import reference
from runs import write_lines

from dedup import schemas
from dedup.config import Config
from dedup.pipeline import arrivals, assembled, days, filing, steps, written
from dedup.pipeline.run import Run
from dedup.store import disk, holdings
from dedup.store.disk import StorageError
from dedup.store.snapshot import Snapshot
from dedup.summary import findings
from dedup.tracing import columns, history, provenance, sources

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "inbox"
GILETS_JAUNES = ROOT.parent / "shared" / "data" / "gilets_jaunes" / "articles.jsonl"

DISPATCH = (
    "Le pont suspendu de Valmorin a été rouvert mardi à la circulation après onze mois de travaux, a annoncé la "
    "préfecture.\nLes haubans, rongés par la rouille, ont tous été changés par une équipe de quarante cordistes venus "
    "de trois départements.\nLa facture atteint neuf millions d'euros, dont la moitié est à la charge de la région."
)
RETOLD = DISPATCH.split("\n")[1] + "\nLes riverains attendaient cela depuis le printemps, selon le maire."
OTHER = (
    "Une exposition consacrée aux horloges astronomiques ouvre samedi au musée de Brécourt, avec soixante pièces "
    "prêtées par des collectionneurs.\nLa plus ancienne marque encore les heures, les jours et les phases de la lune."
)


# Any order, any split


@pytest.fixture(scope="module")
def items(tmp_path_factory) -> list[Path]:
    """The example articles, each in a file of its own, and an output folder of one run over all of them."""
    return one_file_each(example_rows(), tmp_path_factory.mktemp("items"))


@pytest.fixture(scope="module")
def whole(items, tmp_path_factory) -> dict[str, pa.Table]:
    return tables(run(items, tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize("seed", range(3))
def test_any_split_and_order_of_the_examples_gives_the_tables_of_one_run(items, whole, tmp_path, seed):
    rng = random.Random(seed)
    for part in split(rng.sample(items, len(items)), rng.randrange(2, 6), rng):
        run(part, tmp_path)
    assert_same(tables(tmp_path), whole)


def test_small_parts_put_together_and_small_memory_give_the_same_tables(items, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(arrivals, "PART_ARTICLES", 20)
    for module in (assembled, columns, provenance, sources, written):
        monkeypatch.setattr(module, "CHUNK", 7)
    monkeypatch.setattr("dedup.pipeline.run.MOST_RUN_PARTS", 2)
    monkeypatch.setattr(holdings, "MOST_SMALL_PARTS", 1)
    config = Config(memory_limit=1e-4)
    for part in split(items[::-1], 5, random.Random(1)):
        run(part, tmp_path, config)
    assert_same(tables(tmp_path), whole)
    parts = list((tmp_path / "store").glob("articles-*"))
    assert any("-m0" in path.name for path in parts)
    assert len(list((tmp_path / "store").glob("matches-*"))) <= 2


@pytest.mark.skipif(not GILETS_JAUNES.exists(), reason="the real articles are not here")
@pytest.mark.parametrize("by_date", [True, False])
def test_real_articles_in_five_runs_give_the_tables_of_one_run(tmp_path, by_date):
    rng = random.Random(7)
    with open(GILETS_JAUNES, encoding="utf-8") as lines:
        rows = rng.sample([json.loads(line) for line in lines], 400)
    everything = write(tmp_path / "all.jsonl", *rows)
    run([everything], tmp_path / "whole")
    if by_date:
        rows.sort(key=lambda row: (row["published_at"] or "", row["doc_id"]))
    for part in split(rows, 5, rng):
        run([write(tmp_path / "part.jsonl", *part)], tmp_path / "parts")
    assert_same(tables(tmp_path / "parts"), tables(tmp_path / "whole"))


def test_other_settings_make_the_parts_anew_and_give_the_tables_of_a_fresh_run(items, tmp_path):
    config = Config(min_words=12, lone_information=150, window_words=20, bands=32, min_bands=2)
    run(items[:60], tmp_path / "changed")
    first = parts_of(tmp_path / "changed")
    run(items[60:], tmp_path / "changed", config)
    second = parts_of(tmp_path / "changed")
    run(items, tmp_path / "fresh", config)
    assert_same(tables(tmp_path / "changed"), tables(tmp_path / "fresh"))
    for kind, stays in (
        ("articles", True),
        ("paragraphs", True),
        ("hashes", True),
        ("links", False),
        ("matches", False),
    ):
        assert stays == any(name in second for name in first if name.startswith(kind)), kind


def test_a_setting_that_changes_results_makes_a_new_snapshot_of_the_same_articles(items, tmp_path):
    run(items, tmp_path)
    again = steps.run(items, tmp_path, Config(cluster_floor=0.6))
    assert again.published and again.new_articles == 0
    assert not steps.run(items, tmp_path, Config(cluster_floor=0.6, keep_snapshots=1)).published


def test_an_outlets_file_that_names_owners_counts_for_the_articles_of_earlier_runs(items, tmp_path):
    config = Config(outlets_file=EXAMPLES.parent / "outlets.csv", agency="Reuters")
    run(items[20:], tmp_path / "changed")
    assert tables(tmp_path / "changed")["rejects"]["kept"].to_pylist().count(True) == 1  # a date that cannot be
    run(items[:20], tmp_path / "changed", config)
    run(items, tmp_path / "fresh", config)
    assert_same(tables(tmp_path / "changed"), tables(tmp_path / "fresh"))
    owners = tables(tmp_path / "changed")["articles"]["owner_group"]
    assert owners.null_count < 20


# Nothing new, new versions, other addresses


def test_nothing_new_publishes_nothing_and_changes_no_byte(items, tmp_path):
    first = steps.run(items, tmp_path)
    before = {path: path.read_bytes() for path in everything_in(tmp_path)}
    again = steps.run(items, tmp_path)
    assert first.published and first.new_articles > 70
    assert (again.published, again.new_articles, again.path) == (False, 0, first.path)
    assert (again.run_id, again.rejects) == (first.run_id, first.rejects)
    assert {path: path.read_bytes() for path in everything_in(tmp_path)} == before
    assert list(again.seconds) == ["read"]


def test_an_inbox_that_was_emptied_is_nothing_new(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with pytest.raises(arrivals.NoUsableArticle):
        run([inbox], tmp_path / "out")
    path = write(inbox / "a.jsonl", wire())
    run([inbox], tmp_path / "out")
    path.unlink()
    assert not steps.run([inbox], tmp_path / "out").published
    assert ids(tmp_path / "out") == ["w"]


def test_a_new_text_under_a_known_id_is_a_new_version_and_the_tables_show_it(tmp_path):
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    older = f"{OTHER}\n{DISPATCH}"
    run([write(inbox / "1.jsonl", wire(), paper("a", older))], out)
    assert "a" in tables(out)["passages"]["article_id"].to_pylist()
    result = steps.run([write(inbox / "2.jsonl", paper("a", OTHER))], out)
    assert result.counts["older_versions"] == 1
    shown = tables(out)
    assert ids(out) == ["a", "w"]
    assert "astronomiques" in " ".join(shown["paragraphs"]["text"].to_pylist())
    assert "a" not in shown["passages"]["article_id"].to_pylist()
    note = json.loads(row(shown["articles"], "a")["extra"])["dedup"]
    assert [version["digest"] for version in note["older_versions"]] == [digest_of(older)]
    assert not steps.run([inbox], out).published  # the older text, read again, is no newer version
    run([inbox], tmp_path / "whole")
    assert_same(tables(out), tables(tmp_path / "whole"))


def test_one_id_of_two_texts_that_have_nothing_in_common_is_a_reject_and_no_version(tmp_path):
    files = [tmp_path / name / "001.txt" for name in ("Fanal", "Bouee")]
    for file, text in zip(files, (DISPATCH, OTHER), strict=True):
        file.parent.mkdir()
        file.write_text(text, "utf-8")
    for name, order in (("0", files), ("1", files[::-1])):
        result = steps.run(order, tmp_path / name)
        assert (result.counts["older_versions"], result.counts["articles"], result.rejects) == (0, 1, 1)
        assert "nothing in common" in tables(tmp_path / name)["rejects"]["reason"][0].as_py()
    run([write(tmp_path / "1.jsonl", paper("7", DISPATCH))], tmp_path / "2")
    result = steps.run([write(tmp_path / "2.jsonl", paper("7", OTHER))], tmp_path / "2")
    assert (result.counts["older_versions"], tables(tmp_path / "2")["rejects"].num_rows) == (0, 1)


def test_of_two_versions_the_later_date_is_newer_whichever_came_last(tmp_path):
    early, late = paper("a", OTHER, hour=8), paper("a", DISPATCH, hour=11)
    for number, order in enumerate([(early, late), (late, early)]):
        for version in order:
            run([write(tmp_path / "part.jsonl", version)], tmp_path / str(number))
        assert row(tables(tmp_path / str(number))["articles"], "a")["digest"] == digest_of(DISPATCH)
    assert_same(tables(tmp_path / "0"), tables(tmp_path / "1"))


def test_one_text_under_two_addresses_of_an_outlet_is_one_article_in_any_order(tmp_path):
    first = paper("b", DISPATCH, hour=8, url="https://gazette.example/pont")
    again = paper(None, DISPATCH, hour=9, url="https://gazette.example/region/pont")
    named = paper("a", DISPATCH, hour=9, url="https://gazette.example/une/pont")
    elsewhere = paper("c", DISPATCH, hour=9, url="https://courrier.example/pont", outlet="Le Courrier")
    unaddressed = [paper("d", OTHER), paper("e", OTHER)]
    rows = [first, again, named, elsewhere, *unaddressed]
    for name, order in (("0", rows), ("1", rows[::-1])):
        for article in order:
            run([write(tmp_path / "part.jsonl", article)], tmp_path / name)
    shown = tables(tmp_path / "0")
    assert ids(tmp_path / "0") == ["a", "b", "c", "d", "e"]  # an id that the input gave is never hidden
    note = json.loads(row(shown["articles"], "b")["extra"])["dedup"]
    assert note["other_urls"] == ["https://gazette.example/region/pont", "https://gazette.example/une/pont"]
    assert len(note["other_ids"]) == 2 and "a" in note["other_ids"]
    assert row(shown["articles"], "b")["url"] == "https://gazette.example/pont"
    assert_same(shown, tables(tmp_path / "1"))


def test_an_id_of_two_outlets_goes_to_the_dispatch_or_the_earlier_and_the_other_is_rejected(tmp_path):
    rows = [
        wire(),
        {**paper("w", OTHER), "outlet": "Le Phare"},
        paper("x", OTHER, hour=9),
        paper("x", RETOLD, hour=8, outlet="Le Courrier"),
    ]
    files = one_file_each(rows, tmp_path / "items")
    for name, order in (("0", files), ("1", files[::-1])):
        for file in order:
            run([file], tmp_path / name)
    shown = tables(tmp_path / "0")
    assert row(shown["articles"], "w")["is_wire"] and row(shown["articles"], "x")["outlet"] == "Le Courrier"
    refused = shown["rejects"].to_pylist()
    assert [(reject["article_id"], reject["kept"]) for reject in refused] == [("w", False), ("x", False)]
    assert all("duplicate id" in reject["reason"] for reject in refused)
    assert_same(shown, tables(tmp_path / "1"))


def test_one_id_and_one_text_at_two_outlets_are_not_taken_for_one_article(tmp_path):
    run([write(tmp_path / "a.jsonl", paper("1", DISPATCH))], tmp_path / "out")
    result = steps.run([write(tmp_path / "b.jsonl", paper("1", DISPATCH, outlet="Le Phare"))], tmp_path / "out")
    assert result.new_articles == 1 and result.rejects == 1


def test_rejects_of_earlier_runs_stay_and_a_file_that_is_read_again_answers_anew(tmp_path):
    broken = write(tmp_path / "broken.jsonl", wire(), {"id": "x", "text": ""})
    out = tmp_path / "out"
    assert steps.run([broken], out).rejects == 1
    result = steps.run([write(tmp_path / "good.jsonl", paper("a", RETOLD))], out)
    assert result.rejects == 0 and tables(out)["rejects"].num_rows == 1
    write(tmp_path / "broken.jsonl", wire(), paper("x", OTHER))
    assert steps.run([broken], out).published
    assert tables(out)["rejects"].num_rows == 0


# Clusters have a history


def test_a_saved_cluster_id_can_be_followed_through_every_run(items, tmp_path):
    rng, seen = random.Random(3), []
    for part in split(rng.sample(items, len(items)), 6, rng):
        run(part, tmp_path)
        seen.append(set(tables(tmp_path)["clusters"]["cluster_id"].to_pylist()))
    events = tables(tmp_path)["cluster_history"].to_pylist()
    for cluster in set().union(*seen):
        assert follow(cluster, events) in seen[-1] | {None}
    known = {event["cluster_id"] for event in events if event["event"] in ("created", "split_from")}
    known |= {event["other_id"] for event in events if event["event"] == "renamed"}
    assert seen[-1] <= known


def test_the_events_of_a_cluster_are_told_by_its_passages():
    before = passages(
        ("a", 0, 10, "A"),
        ("b", 0, 10, "A"),
        ("c", 0, 10, "C"),
        ("d", 0, 10, "D"),
        ("e", 0, 10, "E"),
        ("f", 0, 10, "F"),
        ("g", 0, 10, "F"),
        ("h", 0, 10, "F"),
    )
    after = passages(
        ("a", 0, 12, "A"),
        ("b", 0, 10, "A"),
        ("n", 0, 10, "A"),  # one more
        ("m", 0, 10, "M"),
        ("c", 1, 10, "M"),  # C has an earlier source, M
        ("d", 0, 10, "A"),  # D went into A
        ("f", 0, 10, "F"),
        ("g", 0, 10, "F"),
        ("h", 0, 10, "H"),  # F lost h
        ("z", 0, 10, "Z"),
    )
    told = history.events(before, after, "r").to_pylist()
    assert {(e["cluster_id"], e["event"], e["other_id"], e["size"]) for e in told} == {
        (hexadecimal("A"), "extended", None, 4), (hexadecimal("C"), "renamed", hexadecimal("M"), 2),
        (hexadecimal("D"), "merged_into", hexadecimal("A"), 4), (hexadecimal("E"), "retired", None, 0),
        (hexadecimal("H"), "split_from", hexadecimal("F"), 1), (hexadecimal("Z"), "created", None, 1),
    }  # fmt: skip
    assert {e["run_id"] for e in told} == {"r"}
    assert history.events(after, after, "r").num_rows == 0


def test_the_events_equal_a_plain_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "COMPARED_AT_ONCE", 7)
    monkeypatch.setattr("dedup.store.tables.BATCH_ROWS", 11)
    seen = set()
    for seed in range(20):
        states = random_passages(random.Random(seed))
        files = [disk.write_table(tmp_path / f"{n}.parquet", state) for n, state in enumerate(states)]
        made = history.events(*map(disk.Stored, files), "r")
        assert made.schema.equals(schemas.CLUSTER_HISTORY)
        told = [tuple(event.values()) for event in made.to_pylist()]
        assert told == [(*event, "r") for event in reference.cluster_events(*(state.to_pylist() for state in states))]
        seen |= {event for _, event, *_ in told}
    assert seen == {"created", "extended", "merged_into", "renamed", "retired", "split_from"}


def test_an_earlier_source_that_arrives_late_renames_the_cluster(tmp_path):
    run(
        [write(tmp_path / "1.jsonl", paper("b", DISPATCH, hour=10), paper("c", DISPATCH, hour=11, outlet="Le Phare"))],
        tmp_path / "out",
    )
    old = tables(tmp_path / "out")["clusters"]["cluster_id"].to_pylist()
    run([write(tmp_path / "2.jsonl", paper("d", DISPATCH, hour=12, outlet="Le Courrier"))], tmp_path / "out")
    assert tables(tmp_path / "out")["clusters"]["cluster_id"].to_pylist() == old
    run([write(tmp_path / "3.jsonl", wire())], tmp_path / "out")
    new = tables(tmp_path / "out")["clusters"]["cluster_id"].to_pylist()
    events = tables(tmp_path / "out")["cluster_history"].to_pylist()
    assert [event["event"] for event in events] == ["created"] * len(old) + ["extended"] * len(old) + ["renamed"] * len(
        old
    )
    assert {follow(cluster, events) for cluster in old} == set(new) and not set(old) & set(new)


# Accidents


def test_a_run_that_dies_before_its_snapshot_is_published_is_made_up_for(items, whole, tmp_path, monkeypatch):
    run(items[:40], tmp_path)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(disk, "publish", die)
        with pytest.raises(KeyboardInterrupt):
            run(items[40:], tmp_path)
    assert len(ids(tmp_path)) < 60
    run(items[:1], tmp_path)  # the store holds the articles though their files are gone
    assert_same(tables(tmp_path), whole)


@pytest.mark.parametrize("moment", ["commit", "publish", "sweep"])
def test_publishing_is_tried_again_from_wherever_it_stopped(items, tmp_path, monkeypatch, moment):
    config = Config()
    with steps.working(items[:20], tmp_path, config) as work:
        for step in steps.STEPS:
            steps.perform(work, step, config)
        module = disk if moment == "publish" else holdings
        original = getattr(module, moment)

        def fail_after(*arguments: object) -> None:
            original(*arguments)
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(module, moment, fail_after)
            with pytest.raises(OSError):
                steps.publish(work, config)
        result = steps.publish(work, config)
    assert result.path == disk.latest(tmp_path)
    run(items[:20], tmp_path / "whole")
    assert_same(tables(tmp_path), tables(tmp_path / "whole"))
    assert not list((tmp_path / ".work").iterdir())
    with disk.Lock(tmp_path):
        pass


def test_an_alignment_that_stops_between_its_two_parts_is_tried_again_without_loss(items, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.pipeline.run.MOST_RUN_PARTS", 1)  # every run merges the parts of the one before
    run(items[:60], tmp_path)
    config = Config()
    with steps.working(items, tmp_path, config) as work:
        original = disk.write_tables

        def fail_at_pairs(path: Path, *arguments: object, **more: object) -> Path:
            if path.name.startswith("pairs-"):
                raise OSError(5, "Input/output error")
            return original(path, *arguments, **more)

        for step in steps.STEPS:
            if step.name == "align":
                with monkeypatch.context() as patch:
                    patch.setattr(disk, "write_tables", fail_at_pairs)
                    with pytest.raises(OSError):
                        steps.perform(work, step, config)
            steps.perform(work, step, config)
        steps.publish(work, config)
    assert_same(tables(tmp_path), whole)


def test_a_run_that_fails_or_cannot_begin_leaves_nothing_and_no_lock(items, tmp_path, monkeypatch):
    run(items[:10], tmp_path)

    def die(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    for module, name in ((Run, "save"), (disk, "begin_snapshot"), (holdings, "commit")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, die)
            with pytest.raises(StorageError, match="the disk is full"):
                run(items, tmp_path)
        assert not list((tmp_path / ".work").iterdir())
        with disk.Lock(tmp_path):
            pass


@pytest.mark.parametrize("kind", ["paragraphs", "credits", "status", "hashes", "pairs", "matches"])
def test_a_derived_part_that_is_cut_or_gone_is_made_anew(items, whole, tmp_path, kind):
    run(items[:50], tmp_path)
    part = next((tmp_path / "store").glob(f"{kind}-*"))
    if kind in ("hashes", "pairs"):
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:-100])
    run(items, tmp_path)
    assert_same(tables(tmp_path), whole)


@pytest.mark.parametrize("kind", ["paragraphs", "credits", "hashes", "matches"])
def test_a_derived_part_with_wrong_bytes_is_named_and_made_anew(items, whole, tmp_path, kind, caplog):
    run(items[:50], tmp_path)
    part = next((tmp_path / "store").glob(f"{kind}-*"))
    spoil(part)
    run(items, tmp_path)
    assert_same(tables(tmp_path), whole)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any(re.search(rf"{re.escape(part.name)} .*made anew", said) for said in warnings), warnings


@pytest.mark.parametrize("damage", ["cut", "gone", "spoiled"])
def test_a_damaged_articles_part_stops_the_run_and_loses_nothing(items, whole, tmp_path, damage):
    run(items[:50], tmp_path)
    before = disk.latest(tmp_path)
    part = next((tmp_path / "store").glob("articles-*"))
    content = part.read_bytes()
    if damage == "gone":
        part.unlink()
    elif damage == "cut":
        part.write_bytes(content[:-100])
    else:
        spoil(part)
    with pytest.raises(StorageError, match=rf"{re.escape(part.name)} .*put it back from a copy, or move .*store away"):
        run(items, tmp_path)
    assert disk.latest(tmp_path) == before
    part.write_bytes(content)
    run(items, tmp_path)
    assert_same(tables(tmp_path), whole)


def test_a_store_of_a_newer_version_is_refused_and_left_alone(items, tmp_path):
    run(items[:20], tmp_path)
    manifest = tmp_path / "store" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": disk.FORMAT + 1}))
    before = {path: path.read_bytes() for path in everything_in(tmp_path)}
    with pytest.raises(disk.NewerFormat, match=r"store/manifest.json has format \d.*Upgrade dedup, or give another"):
        run(items, tmp_path)
    assert {path: path.read_bytes() for path in everything_in(tmp_path)} == before


def test_a_manifest_that_is_damaged_or_gone_is_named_with_the_way_out(items, tmp_path):
    run(items[:20], tmp_path)
    manifest = tmp_path / "store" / "manifest.json"
    for content in ("{", "{}", None):
        manifest.unlink() if content is None else manifest.write_text(content)
        with pytest.raises(StorageError, match=r"store/manifest.json .*: put it back from a copy, or move"):
            run(items, tmp_path)
        assert list((tmp_path / "store").glob("articles-*"))


def test_a_disk_that_is_full_at_any_moment_costs_nothing(items, whole, tmp_path, monkeypatch):
    run(items[:40], tmp_path)
    before = tables(tmp_path)
    writes = 0
    original = os.replace

    def full(source: str, target: str) -> None:
        nonlocal writes
        writes -= 1
        if writes == 0:
            raise OSError(28, "No space left on device")
        original(source, target)

    failures = 0
    for writes_left in (1, 3, 8, 15, 22, 30, 34, 38):
        writes = writes_left
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", full)
            try:
                run(items, tmp_path)
            except StorageError as error:
                assert "the disk is full" in str(error) and str(tmp_path) in str(error)
                failures += 1
            else:
                break
        assert_same(tables(tmp_path), before)
    assert failures >= 5
    run(items, tmp_path)
    assert_same(tables(tmp_path), whole)


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(
        ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"],
        check=False,
        capture_output=True,
    ).returncode
    != 0,
    reason="this machine lets nobody mount a small disk",
)
def test_a_real_disk_that_is_full_or_read_only_loses_nothing_and_goes_on_when_it_is_mended(items, whole, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c",
               'mount -t tmpfs -o size=6m none "$1" && exec "$0" "$2" "$@"', sys.executable, disk, __file__,
               *items]  # fmt: skip
    told = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}"},
    )
    assert told.returncode == 0, told.stderr
    full, read_only, kept, same, mended = told.stdout.splitlines()
    assert str(disk) in full and "the disk is full. Free some space, or give another --out" in full
    assert str(disk) in read_only and "the file system is read-only. Give another --out" in read_only
    assert (kept, same, mended) == ("True", "True", str(whole["articles"].num_rows))


def _fill_a_disk(disk: Path, items: list[Path]) -> None:
    """What happens inside the namespace that has the disk: a full disk, a read-only one, and a mended one."""
    run(items[:40], disk / "out")
    before = tables(disk / "out")
    free = shutil.disk_usage(disk).free
    (disk / "filler").write_bytes(bytes(free - 200_000))
    with pytest.raises(StorageError) as full:
        run(items, disk / "out")
    kept = all(table.equals(tables(disk / "out")[name]) for name, table in before.items())
    (disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(StorageError) as read_only:
        run(items, disk / "out")
    same = all(table.equals(tables(disk / "out")[name]) for name, table in before.items())
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    run(items, disk / "out")
    print(full.value, read_only.value, kept, same, tables(disk / "out")["articles"].num_rows, sep="\n")


def test_of_two_runs_at_once_the_second_is_refused(items, whole, tmp_path):
    command = [sys.executable, "-m", "dedup", "run", *map(str, items), "--out", str(tmp_path), "--no-flow", "-q"]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes
    for code, words in zip(codes, said, strict=True):
        # a run that starts when the other has ended finds nothing new
        assert code == 0 or "is in use by " in words
    assert_same(tables(tmp_path), whole)


def test_killed_at_random_moments_the_next_run_ends_as_if_nothing_had_been(items, whole, tmp_path):
    command = [sys.executable, "-m", "dedup", "run", *map(str, items), "--out", str(tmp_path), "--no-flow", "-q"]
    run(items[:30], tmp_path)
    before, killed = tables(tmp_path), 0
    undisturbed = time.perf_counter()
    subprocess.run([*command[:-3], str(tmp_path / "other"), "--no-flow", "-q"], cwd=ROOT, check=True)
    undisturbed = time.perf_counter() - undisturbed
    rng = random.Random(11)
    for _ in range(5):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.05, 0.6) * undisturbed)  # a run that has less to do is faster
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        holdings.load(tmp_path)
        now = tables(tmp_path)
        assert_same(now, before if now["articles"].num_rows == before["articles"].num_rows else whole)
    assert killed
    run(items, tmp_path)
    assert_same(tables(tmp_path), whole)
    named = {"manifest.json", *parts_of(tmp_path)}
    state = holdings.load(tmp_path)
    assert named == {"manifest.json", state.rejects, *state.articles, *state.derived}
    assert not [path for path in (tmp_path / ".work").iterdir() if path.suffix != ".owner"]


# Snapshots


def test_older_snapshots_stay_as_many_as_asked_for(items, tmp_path):
    for end in (10, 20, 30, 40):
        run(items[:end], tmp_path, Config(keep_snapshots=2))
    assert len(list((tmp_path / "snapshots").iterdir())) == 3


def test_what_finish_writes_is_part_of_the_snapshot(items, tmp_path):
    result = steps.run(items[:20], tmp_path, finish=lambda folder, manifest: (folder / "report.html").write_text("<p>"))
    assert (result.path / "report.html").read_text() == "<p>"
    assert (tmp_path / "latest" / "report.html").exists()

    def fail(folder: Path, manifest: dict) -> None:
        raise RuntimeError("no report")

    with pytest.raises(RuntimeError):
        steps.run(items, tmp_path, finish=fail)
    assert steps.run(items, tmp_path).published


def test_a_large_run_without_one_match_or_date_is_published_and_read(tmp_path, monkeypatch):
    monkeypatch.setattr(days, "SHARED_ARTICLES", 3)
    write_lines(tmp_path / "short.jsonl", [{"id": f"a{number}", "text": f"Texte {number}."} for number in range(4)])
    snapshot = steps.run([tmp_path / "short.jsonl"], tmp_path / "out").path
    for name in ("articles", "provenance", "outlets_by_day"):
        found = disk.read_table(Snapshot(snapshot).path(name))
        assert found.schema.equals(schemas.TABLES[name]) and (found.num_rows == 4) == (name == "articles")
    assert not steps.run([tmp_path / "short.jsonl"], tmp_path / "out").published


def test_large_tables_are_folders_by_time_that_read_as_the_single_file_does(items, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(days, "SHARED_ARTICLES", 10)
    monkeypatch.setattr(days, "SHARED_ROWS", 15)
    run(items, tmp_path)
    folders = [name for name in schemas.TABLES if (tmp_path / "latest" / name).is_dir()]
    assert {*schemas.TABLES} - {*folders} == {"rejects", "boilerplate", "copies", "outlets", "outlet_pairs"}
    for file in ("articles/2025-03-12T06", "articles/no-day", "outlets_by_day/2025-03-12"):
        assert (tmp_path / "latest" / f"{file}.parquet").exists(), file
    for name in folders:
        dataset = pa.dataset.dataset(tmp_path / "latest" / name)
        assert dataset.schema.equals(schemas.TABLES[name])
        assert Snapshot(tmp_path / "latest").path(name) == tmp_path / "latest" / name
        for found in (dataset.to_table(), disk.read_table(tmp_path / "latest" / name)):
            if name != "cluster_history":
                assert in_order(found).equals(in_order(whole[name])), name
    assert findings.read_findings(tmp_path / "latest").counts["articles"] == whole["articles"].num_rows


def test_a_run_writes_the_files_that_hold_a_changed_row_and_shares_the_others(items, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(days, "SHARED_ARTICLES", 10)
    late = [path for path in items if "2025-03-14" in path.read_text("utf-8")]
    assert late
    run([path for path in items if path not in late], tmp_path)
    run(items, tmp_path)
    before, now = sorted((tmp_path / "snapshots").iterdir())
    files = {path.relative_to(now) for path in now.rglob("*.parquet")}
    shared = {name for name in files if (before / name).exists() and (before / name).samefile(now / name)}
    same = {name for name in files if (before / name).exists()}
    same = {name for name in same if (before / name).read_bytes() == (now / name).read_bytes()}
    assert shared == {name for name in same if len(name.parts) == 2}
    assert Path("paragraphs/2025-03-12T06.parquet") in shared and Path("paragraphs/2025-03-14T06.parquet") not in shared
    assert not Snapshot(now).faults()
    for name in {*schemas.TABLES} - {"cluster_history"}:
        assert in_order(Snapshot(now).table(name)).equals(in_order(whole[name])), name


def test_a_damaged_file_is_not_shared(items, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(days, "SHARED_ARTICLES", 10)
    run(items, tmp_path)
    spoil(next((tmp_path / "latest" / "paragraphs").iterdir()))
    run(items, tmp_path)
    assert not Snapshot(tmp_path / "latest").faults()
    assert in_order(Snapshot(tmp_path / "latest").table("paragraphs")).equals(in_order(whole["paragraphs"]))


def test_the_file_of_a_time_is_a_quarter_then_a_day_then_a_month():
    times = pa.array([0, 86_400_000_000 * 150, 86_400_000_000 * 199 + 3_600_000_000, None], schemas.TIME)
    newest = np.datetime64("1970-07-19")  # day 199
    named = filing.named(filing.codes_of(times.cast(pa.int64()), newest))
    assert named == ["1970-01", "1970-05-31", "1970-07-19T00", "no-day"]
    assert {f"{name}.parquet" for name in named} <= filing.file_names(times.to_pylist())


# ---------------------------------------------------------------------------------------------------------- helpers


def run(inputs: Sequence[Path], out: Path, config: Config | None = None) -> Path:
    steps.run(inputs, out, config)
    return out


def tables(out: Path) -> dict[str, pa.Table]:
    snapshot = disk.latest(out)
    found = {name: Snapshot(snapshot).path(name) for name in schemas.TABLES}
    return {name: disk.read_table(path) for name, path in found.items() if path}


def assert_same(one: dict[str, pa.Table], other: dict[str, pa.Table]) -> None:
    """All tables are equal row for row, but the one that tells of runs."""
    assert one.keys() == other.keys()
    for name in one.keys() - {"cluster_history"}:
        assert one[name].equals(other[name]), name


def in_order(table: pa.Table) -> pa.Table:
    """The rows sorted by all columns that can be."""
    plain = [field.name for field in table.schema if not pa.types.is_nested(field.type)]
    return table.sort_by([(name, "ascending") for name in plain]).combine_chunks()


def ids(out: Path) -> list[str]:
    return tables(out)["articles"]["article_id"].to_pylist()


def row(table: pa.Table, article_id: str) -> dict:
    return next(found for found in table.to_pylist() if found["article_id"] == article_id)


def everything_in(out: Path) -> list[Path]:
    return sorted(
        path for path in out.rglob("*") if path.is_file() and path.name != ".lock" and path.suffix != ".owner"
    )


def parts_of(out: Path) -> set[str]:
    return {path.name for path in (out / "store").glob("*.parquet")}


def spoil(path: Path) -> None:
    """Wrong bytes in the middle of a file of the same size."""
    content = bytearray(path.read_bytes())
    for place in range(4, len(content) * 3 // 4, 7):
        content[place] ^= 0x55
    path.write_bytes(bytes(content))


def follow(cluster: str, events: list[dict]) -> str | None:
    """Where an id leads, event by event; None when it is retired."""
    for event in events:
        if event["cluster_id"] == cluster and event["event"] in ("renamed", "merged_into", "retired"):
            cluster = event["other_id"]
    return cluster


def passages(*rows: tuple[str, int, int, str]) -> pa.Table:
    """(article, begin, end, cluster) -> PASSAGES."""
    return pa.Table.from_pylist(
        [
            {
                "passage_id": hexadecimal(f"{article}{begin}{end}"),
                "article_id": article,
                "paragraph": 0,
                "begin": begin,
                "end": end,
                "n_words": 5,
                "cluster_id": hexadecimal(cluster),
            }
            for article, begin, end, cluster in rows
        ],
        schema=schemas.PASSAGES,
    )


def hexadecimal(name: str) -> str:
    """An id of 16 digits for a short name, in the order of names of one length; as numbers they are large and near."""
    return name.encode().hex().rjust(16, "f")


def random_passages(draw: random.Random) -> list[pa.Table]:
    """Two states of PASSAGES: some spans stay, some move by a little, some go and some are new; clusters change too."""
    states = []
    spans = sorted({(draw.randrange(12), draw.randrange(2), draw.randrange(0, 40, 5)) for _ in range(60)})
    for place, ids in enumerate(("ABCDEFY", "DEFGHIZ")):
        rows = []
        for article, paragraph, begin in spans:
            if article == 1 - place or draw.random() < 0.2:
                continue
            end = begin + draw.choice((5, 5, 8, 12))
            cluster = ids[(article + begin) % 6] if draw.random() < 0.9 else draw.choice(ids[:6])
            if article == place:
                cluster = ids[6]  # stands in an article that the other state does not have
            elif article == 2:
                cluster = "WX"[place]  # is renamed
            rows.append({
                "passage_id": f"{(article << 24) + (paragraph << 16) + (begin << 8) + end:016x}", "n_words": 5,
                "article_id": f"a{article:02}", "paragraph": paragraph, "begin": begin, "end": end,
                "cluster_id": hexadecimal(cluster),
            })  # fmt: skip
        states.append(pa.Table.from_pylist(rows, schema=schemas.PASSAGES))
    return states


def wire() -> dict:
    return {"id": "w", "text": DISPATCH, "is_wire": True, "outlet": "AFP", "published_at": "2025-03-12T06:00:00Z"}


def paper(article_id: str, text: str, hour: int = 9, outlet: str = "La Gazette", **more: str) -> dict:
    return {"id": article_id, "text": text, "outlet": outlet, "published_at": f"2025-03-12T{hour:02}:00:00Z", **more}


def digest_of(text: str) -> str:
    from hashlib import blake2b

    return blake2b(text.encode(), digest_size=16).hexdigest()


def write(path: Path, *rows: dict) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def one_file_each(rows: list[dict], folder: Path) -> list[Path]:
    return [write(folder / f"{number:03}.jsonl", row) for number, row in enumerate(rows)]


def example_rows() -> list[dict]:
    rows = []
    for file in sorted(EXAMPLES.rglob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                rows.append({"id": "no text"})
    for file in sorted(EXAMPLES.rglob("*.csv")):
        with open(file, encoding="utf-8-sig", newline="") as lines:
            rows += csv.DictReader(lines)
    rows += [{"id": file.stem, "text": file.read_text("utf-8")} for file in sorted(EXAMPLES.rglob("*.txt"))]
    return rows


def split(rows: list, parts: int, rng: random.Random) -> list[list]:
    """Cut a list into so many parts of any length, none empty."""
    cuts = [0, *sorted(rng.sample(range(1, len(rows)), parts - 1)), len(rows)]
    return [rows[start:end] for start, end in pairwise(cuts)]


def test_what_the_store_names_is_on_the_disk_before_it_is_named(items, tmp_path, monkeypatch):
    forced, named = set(), []
    to_disk, write_manifest = disk.to_disk, disk.write_manifest

    def note_forced(path):
        forced.add(path.name)
        to_disk(path)

    def note_named(path, manifest, sync=True):
        if sync and path == holdings.folder(tmp_path / "out"):
            named.append({*manifest["articles"], *manifest["derived"], manifest["rejects"]} - forced)
        return write_manifest(path, manifest, sync)

    monkeypatch.setattr(disk, "to_disk", note_forced)
    monkeypatch.setattr(disk, "write_manifest", note_named)
    (tmp_path / "empty.jsonl").write_text('{"id": "x", "text": ""}\n')
    run([*items[:20], tmp_path / "empty.jsonl"], tmp_path / "out")
    assert named == [set()]
    assert holdings.load(tmp_path / "out").rejects


if __name__ == "__main__":
    _fill_a_disk(Path(sys.argv[1]), [Path(name) for name in sys.argv[3:]])

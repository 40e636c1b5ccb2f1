"""The whole run: what it finds in the example corpus and in five real articles, whatever the order and the parts."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import stat
import subprocess
import sys
import time
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from runs import DATA, ROOT, Snapshot, json_lines, prose, run, run_articles, write_lines

from dedup import schemas
from dedup.config import Config
from dedup.evaluation import scoreboard
from dedup.intake import ingest
from dedup.pipeline import arrivals, compare, steps
from dedup.pipeline import layout as layouts
from dedup.pipeline.run import Run
from dedup.store import disk

INBOX = ROOT / "examples" / "inbox"
TRUTH = json_lines(ROOT / "examples" / "truth.jsonl")

OF_THE_RUN = {"cluster_history": ("run_id",)}
"""Columns that name the run and not what it found."""

REWORDED = {("echo-0311-a", 0), ("beffroi-0314-a", 1)}
"""Derived paragraphs of the example corpus that keep no run of words: found as reworded sentences or not at all."""


def tables(snapshot: Snapshot, without: tuple[str, ...] = ()) -> dict[str, pa.Table]:
    """Every table but those named, without the columns that name the run."""
    return {
        name: snapshot.table(name).drop_columns(list(OF_THE_RUN.get(name, ())))
        for name in schemas.TABLES
        if name not in without
    }


def assert_same(one: dict[str, pa.Table], other: dict[str, pa.Table]) -> None:
    """Row for row."""
    for name, table in one.items():
        assert table.equals(other[name]), name


def example_rows() -> list[dict]:
    """All articles of the example corpus as one list of rows, each id once."""
    found: list[dict] = []
    for batch, _ in ingest.read([INBOX], Config()):
        rows = batch.select([*schemas.ARTICLES.names, "text"]).to_pylist()
        found += [
            {
                "id": row["article_id"],
                **{name: row[name] for name in ("text", "outlet", "title", "url", "lang", "is_wire", "agency")},
                "published_at": when(row),
            }
            for row in rows
        ]
    return list({row["id"]: row for row in reversed(found)}.values())[::-1]


def when(row: dict) -> str | None:
    """The date as far as the input knew it; what was read in the text is read there again."""
    if row["published_at"] is None or row["date_source"] not in ("input", "wire"):
        return None
    stamp = row["published_at"].isoformat()
    return stamp[:10] if row["date_precision"] == "day" else stamp[:7] if row["date_precision"] == "month" else stamp


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return example_rows()


@pytest.fixture(scope="module")
def whole(rows, tmp_path_factory) -> dict[str, pa.Table]:
    """Tables of the example corpus read from one file."""
    folder = tmp_path_factory.mktemp("whole")
    return tables(run([write_lines(folder / "articles.jsonl", rows)], folder / "out"))


# what is in a snapshot


def test_a_snapshot_holds_every_table_with_its_schema_and_the_doc_of_every_field(snapshot):
    folder = disk.latest(snapshot.out)
    for name, schema in schemas.TABLES.items():
        written = disk.table_schema(folder / f"{name}.parquet")
        assert written.equals(schema), name
        assert all(written.field(field.name).metadata[b"doc"] == field.metadata[b"doc"] for field in schema)
        assert all(field.metadata[b"doc"] for field in schema)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["config"] == Config().model_dump(mode="json")
    assert manifest["counts"]["articles"] == snapshot.table("articles").num_rows
    assert [path.suffix for path in folder.iterdir() if path.suffix not in (".parquet", ".json")] == []


def test_the_example_corpus_is_read_whole_and_its_bad_rows_are_rejected(examples):
    expected = [row["article_id"] for row in json_lines(ROOT / "examples" / "truth_articles.jsonl")]
    assert set(expected) <= {row["article_id"] for row in examples.rows("articles")}
    rejects = examples.rows("rejects")
    assert len(rejects) == 4
    assert all(row["file"].endswith("broken.jsonl") and row["reason"] and row["position"] for row in rejects)
    manifest = disk.read_manifest(disk.latest(examples.out))
    assert manifest["counts"]["rejects"] == len(rejects)


# what is found in the example corpus


def half(begin: int, end: int, row: dict, side: str) -> bool:
    shared = min(end, row[f"{side}_end"]) - max(begin, row[f"{side}_begin"])
    return 2 * shared >= end - begin


def matches_of(snapshot: Snapshot, truth: dict) -> list[dict]:
    """Matches that hold at least half of both spans of a row of the truth."""
    found = []
    for row in snapshot.rows("matches"):
        for here, there in (("left", "right"), ("right", "left")):
            if (
                (row[f"{here}_article_id"], row[f"{here}_paragraph"]) == (truth["article_id"], truth["paragraph"])
                and (row[f"{there}_article_id"], row[f"{there}_paragraph"])
                == (truth["source_article_id"], truth["source_paragraph"])
                and half(truth["begin"], truth["end"], row, here)
                and half(truth["source_begin"], truth["source_end"], row, there)
            ):
                found.append(row)
    return found


@pytest.mark.parametrize("label", ["derived", "background", "house"])
def test_every_copied_span_of_the_example_corpus_is_found(examples, label):
    wanted = [row for row in TRUTH if row["label"] == label]
    assert wanted
    missed = {(row["article_id"], row["paragraph"]) for row in wanted if not matches_of(examples, row)}
    assert missed <= REWORDED


def test_every_carrier_of_the_example_corpus_is_traced_to_one_of_its_sources(examples):
    stories = {row["article_id"]: row["wire_id"] or row["article_id"] for row in examples.rows("articles")}
    found = examples.by_article("article_provenance")
    # background stands in several dispatches: an article that copied nothing else is traced to any of them
    derived = {row["article_id"] for row in TRUTH if row["label"] == "derived"}
    for row in json_lines(ROOT / "examples" / "truth_articles.jsonl"):
        if row["sources"] and row["article_id"] in derived and not found[row["article_id"]]["is_wire"]:
            assert stories[found[row["article_id"]]["best_source"]] in {stories[source] for source in row["sources"]}, (
                row
            )


def test_a_quotation_noted_by_three_outlets_is_no_copied_prose(examples):
    for truth in TRUTH:
        if truth["label"] == "quote":
            assert all(row["edit_class"] == "quote_only" for row in matches_of(examples, truth)), truth


# what is found in five real articles


def test_all_twelve_labelled_reuses_are_found_and_hardly_anything_else(pyongyang, tmp_path):
    result = scoreboard.evaluate(pyongyang.out, DATA / "pyongyang2024", compare=False, write=tmp_path / "scores.json")
    assert result["n"]["spans.reuse.found"] == 12
    assert result["measures"]["spans.reuse.found"] == 1
    # a phrase of seven words that the carrier prints twice is listed with both places
    assert result["measures"]["spans.false_matches"] == 0


def test_the_unrelated_article_is_in_no_cluster(pyongyang):
    assert "004" not in {row["article_id"] for row in pyongyang.rows("passages")}
    assert "004" not in {row[f"{side}_article_id"] for row in pyongyang.rows("matches") for side in ("left", "right")}


def test_the_credits_of_the_five_articles_are_those_that_stand_in_them(pyongyang):
    found = {name: row["credit_status"] for name, row in pyongyang.by_article("article_provenance").items()}
    assert found == {"000": "credited_partial", "001": "in_text_only", "002": "none", "003": "none", "004": "none"}
    assert pyongyang.by_article("article_provenance")["000"]["credited_agency"] == "AFP"
    kinds = {row["kind"] for row in pyongyang.rows("credits") if row["article_id"] == "001"}
    assert kinds <= {"in_text", "quote_to_agency"}
    assert kinds


def test_printed_dates_are_read_as_exactly_as_they_are_printed(pyongyang):
    articles = pyongyang.by_article("articles")
    assert articles["003"]["date_precision"] == "month"
    assert articles["002"]["date_precision"] == "minute"
    assert articles["002"]["published_at"].strftime("%Y-%m-%d %H:%M") == "2024-06-19 11:16"


def test_the_floors_on_the_large_real_corpus_are_kept_elsewhere():
    floors = json.loads((ROOT / "tests" / "quality" / "baseline.json").read_text("utf-8"))
    assert floors["gilets_jaunes"]["pairs.recall.0.35-1"] >= 0.95
    assert floors["pyongyang2024"]["spans.reuse.found"] == 1


# order and parts


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_input_changes_no_row(rows, whole, tmp_path, seed):
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert_same(
        whole,
        tables(run([write_lines(tmp_path / "articles.jsonl", shuffled)], tmp_path / "out"), ("rejects",))
        | {"rejects": whole["rejects"]},
    )


def test_the_cut_of_the_input_into_files_changes_no_row(rows, whole, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(5):
        write_lines(inbox / f"{number}.jsonl", rows[number::5])
    assert_same(whole, tables(run([inbox], tmp_path / "out")))


@pytest.mark.parametrize(("articles", "settings"), [(1, {}), (7, {"memory_limit": 0.001})])
def test_the_size_of_the_parts_changes_no_row(rows, whole, tmp_path, monkeypatch, articles, settings):
    monkeypatch.setattr(arrivals, "PART_ARTICLES", articles)
    monkeypatch.setattr(compare, "ALIGNED_PAIRS", articles)
    assert_same(whole, tables(run([write_lines(tmp_path / "articles.jsonl", rows)], tmp_path / "out", **settings)))


@pytest.mark.parametrize("settings", [{"workers": 1}, {"workers": 3}, {"memory_limit": 0.001}])
def test_threads_and_memory_change_no_row(rows, whole, tmp_path, settings):
    assert_same(whole, tables(run([write_lines(tmp_path / "articles.jsonl", rows)], tmp_path / "out", **settings)))


def test_what_two_articles_share_does_not_depend_on_the_others(rows, whole, tmp_path):
    pair = {"afp-0310-01", "hexa-0310-a"}
    some = run([write_lines(tmp_path / "articles.jsonl", [row for row in rows if row["id"] in pair])], tmp_path / "out")
    names = [name for name in schemas.MATCHES.names if not name.endswith("passage_id")]

    def of(table: pa.Table) -> list[dict]:
        return [
            row for row in table.select(names).to_pylist() if {row["left_article_id"], row["right_article_id"]} == pair
        ]

    assert of(some.table("matches")) == of(whole["matches"]) != []


def test_composed_and_decomposed_letters_give_the_same_matches(tmp_path):
    text = "\n".join([prose(1), prose(2)]).replace("e", "é").replace("a", "à")
    copied = unicodedata.normalize("NFD", text)
    assert copied != text
    found = run_articles(tmp_path, {"text": text, "outlet": "Gazette"}, {"text": copied, "outlet": "Fanal"})
    rows = found.rows("matches")
    assert [row["edit_class"] for row in rows] == ["verbatim", "verbatim"]
    for row in rows:
        line = found.lines["1", row["right_paragraph"]]
        assert (
            unicodedata.normalize("NFC", line[row["right_begin"] : row["right_end"]])
            == (found.lines["0", row["left_paragraph"]][row["left_begin"] : row["left_end"]])
        )


# strange and large texts


STRANGE = [
    "Un seul mot : non.",
    "mot",
    ".",
    "😀😀😀",
    "\u200b",
    "\ufeff« »",
    "a\n" * 50,
    "漢字 " * 40,
    "l'" * 300,
    "\u00ad" * 20 + "x",
    "Fin\r\n\r\nde ligne\r\n",
    "x" * 5_000,
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
    "\u0301\u0301 \u0301",
]


def test_strange_texts_go_through(tmp_path):
    found = run_articles(tmp_path, *({"text": text} for text in STRANGE), {"text": prose(1)}, {"text": prose(1)})
    for row in found.rows("article_provenance"):
        assert sum(row[f"share_{name}"] for name in schemas.SHARES) == 1
    numbers = {row["article_id"]: row["n_words"] for row in found.rows("articles")}
    assert numbers["1"] == 1
    assert numbers["2"] == numbers["3"] == 0
    assert {row["left_article_id"] for row in found.rows("matches")} >= {str(len(STRANGE))}


def test_one_article_alone_is_all_its_own(tmp_path):
    found = run_articles(tmp_path, {"text": prose(1), "outlet": "Gazette"})
    [row] = found.rows("article_provenance")
    assert (row["share_own"], row["originality_rate"], row["best_source"]) == (1.0, 1.0, None)
    assert all(found.table(name).num_rows == 0 for name in ("matches", "passages", "clusters", "provenance"))


@pytest.mark.parametrize(("min_words", "dropped"), [(10, 1 / 3), (30, 0.0)])
def test_a_paragraph_of_a_dispatch_is_dropped_only_where_it_is_long_enough_for_a_match(tmp_path, min_words, dropped):
    paragraphs = [prose(1, 60), prose(2, 60), prose(3, 20)]
    dispatch = {"id": "depeche", "is_wire": True, "agency": "AFP", "text": "\n".join(paragraphs)}
    carrier = {"id": "reprise", "outlet": "Le Phare", "text": "\n".join([*paragraphs[:2], prose(4, 60)])}
    made = run_articles(tmp_path, dispatch, carrier, min_words=min_words)
    assert made.by_article("wire_pickup")["depeche"]["paragraphs_dropped"] == pytest.approx(dropped)


def test_a_very_long_paragraph_is_compared_in_seconds(tmp_path):
    text = prose(3, 150_000)
    started = time.perf_counter()
    found = run_articles(tmp_path, {"text": text, "outlet": "Gazette"}, {"text": text, "outlet": "Courrier"})
    assert time.perf_counter() - started < 60
    assert sum(row["matched_words"] for row in found.rows("matches")) >= 149_000


# runs that fail


def test_a_run_with_no_usable_article_says_so_and_leaves_the_last_snapshot(tmp_path):
    found = run_articles(tmp_path, {"text": prose(1)})
    before = disk.latest(found.out)
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"id": "x", "text": "  "}\nnot json\n', "utf-8")
    with pytest.raises(arrivals.NoUsableArticle, match="2 rejects"):
        steps.run([empty], tmp_path / "out")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(arrivals.NoUsableArticle, match="no file of a known kind"):
        steps.run([tmp_path / "nothing"], tmp_path / "new")
    assert disk.latest(found.out) == before
    assert found.table("articles").num_rows == 1


@pytest.mark.parametrize("step", [step.name for step in steps.STEPS])
def test_a_step_that_fails_leaves_the_last_snapshot_and_the_next_run_goes_on(tmp_path, monkeypatch, step):
    first = run_articles(tmp_path, {"text": prose(1), "outlet": "Gazette"})
    before = disk.latest(first.out)
    more = write_lines(
        tmp_path / "articles.jsonl", [{"id": str(n), "text": prose(1), "outlet": f"Titre {n}"} for n in range(3)]
    )

    def fail(of_run: Run) -> dict:
        raise OSError("the disk is full")

    broken = tuple(s._replace(function=fail) if s.name == step else s for s in steps.STEPS)
    with monkeypatch.context() as patch:
        patch.setattr(steps, "STEPS", broken)
        with pytest.raises(OSError, match="disk is full"):
            steps.run([more], tmp_path / "out")
    assert disk.latest(first.out) == before
    steps.run([more], tmp_path / "out")
    assert len(disk.read_table(disk.latest(first.out) / "matches.parquet")) == 3


def test_a_killed_run_leaves_the_last_snapshot_whole_and_its_remains_are_swept(tmp_path):
    first = run_articles(tmp_path, {"text": prose(1), "outlet": "Gazette"})
    before = disk.latest(first.out)
    more = write_lines(
        tmp_path / "articles.jsonl", [{"id": str(n), "text": prose(1), "outlet": f"Titre {n}"} for n in range(3)]
    )
    script = (
        "import os, signal, sys\n"
        "from dedup.pipeline import steps\n"
        "def die(run): os.kill(os.getpid(), signal.SIGKILL)\n"
        "steps.STEPS = tuple(s._replace(function=die) if s.name == 'align' else s for s in steps.STEPS)\n"
        "steps.run([sys.argv[1]], sys.argv[2])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, more, first.out],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert disk.latest(first.out) == before
    assert all((before / f"{name}.parquet").exists() for name in schemas.TABLES)
    result = steps.run([more], tmp_path / "out")
    assert disk.latest(first.out) == result.path != before
    assert len(disk.read_table(result.path / "matches.parquet")) == 3
    assert [path.name for path in first.out.rglob("*.partial")] == []


def test_two_runs_into_one_folder_do_not_mix(tmp_path):
    found = run_articles(tmp_path, {"text": prose(1)})
    lock = disk.Lock(found.out)
    with lock, pytest.raises(disk.StorageError):
        steps.run([tmp_path / "articles.jsonl"], found.out)


@pytest.mark.parametrize("at_once", [1, 7, 1_000])
def test_spans_of_lines_come_in_the_order_asked_for_whatever_parts_they_are_in(at_once, rows, tmp_path, monkeypatch):
    monkeypatch.setattr(layouts, "READ_SPANS", 5)
    half = len(rows) // 2
    run([write_lines(tmp_path / "first.jsonl", rows[half:])], tmp_path / "out")
    with steps.working([write_lines(tmp_path / "second.jsonl", rows[:half])], tmp_path / "out", Config()) as work:
        for step in steps.STEPS[:2]:
            steps.perform(work, step, Config())
        layout = layouts.Layout(Run.open(work, Config()))
        lines = layout.paragraphs(np.arange(len(layout.words)), ["text"])["text"].to_pylist()
        chosen = np.random.default_rng(3).integers(0, len(lines), 60)
        begins, ends = chosen % 5, chosen % 5 + 20
        found = list(layout.spans(chosen, begins, ends, at_once))
        assert [text for some in found for text in some.to_pylist()] == [
            lines[row][begin:end] for row, begin, end in zip(chosen, begins, ends, strict=True)
        ]
        assert all(len(some) == at_once for some in found[:-1])
        assert not disk.parts(work, "spans-0")
        none = np.zeros(0, np.int64)
        assert [some.to_pylist() for some in layout.spans(none, none, none, at_once)] == [[]]


def test_each_step_is_one_line_in_the_log_with_its_counts_and_seconds(tmp_path, caplog):
    caplog.set_level("INFO", logger="dedup")
    write_lines(tmp_path / "articles.jsonl", [{"id": "a", "text": prose(1)}])
    steps.run(tmp_path / "articles.jsonl", tmp_path / "out")
    lines = [record.getMessage() for record in caplog.records if record.name == "dedup"]
    assert [line.split()[0] for line in lines] == [*(step.name for step in steps.STEPS), "published"]
    assert all(re.match(r"\w+ in \d+\.\d s: .+", line) for line in lines[:-1])
    assert "articles 1" in lines[0]
    caplog.clear()
    steps.run(tmp_path / "articles.jsonl", tmp_path / "out")
    assert caplog.records[-1].getMessage().startswith("nothing new")


def test_what_a_step_has_saved_is_there_when_the_run_is_opened_again(tmp_path):
    write_lines(tmp_path / "articles.jsonl", [{"id": "a", "text": prose(1)}])
    with steps.working(tmp_path / "articles.jsonl", tmp_path / "out", Config()) as work:
        steps.perform(work, steps.STEPS[0], Config())
        one, other = Run.open(work, Config()), Run.open(work, Config())
        one.counts["more"] = 3
        one.save()
        assert "more" not in other.counts and Run.open(work, Config()).counts == {**other.counts, "more": 3}
        assert (
            one.state == other.state
            and one.inputs == [str(tmp_path / "articles.jsonl")]
            and one.view.rows.tolist() == [0]
        )


def test_a_run_makes_the_secret_that_is_missing_tells_nobody_and_uses_it_again(tmp_path):
    secret = tmp_path / "keys" / "seed"
    snapshot = run([ROOT / "examples" / "inbox"], tmp_path / "out", seed_file=secret, report=False)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    words = secret.read_text()
    manifest = (disk.latest(tmp_path / "out") / "manifest.json").read_text("utf-8")
    assert json.loads(manifest)["sketch"]["seed"] is None
    assert words.strip() not in manifest
    assert snapshot.table("matches").num_rows > 300
    again = steps.run([ROOT / "examples" / "inbox"], tmp_path / "out", Config(seed_file=secret, report=False))
    assert not again.published  # the same secret: nothing is new
    assert secret.read_text() == words

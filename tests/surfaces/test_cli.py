"""The command line: what it prints, what it returns, what it says when something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dedup import schemas
from dedup.constants import CLAIMED
from dedup.pipeline.steps import RunResult
from dedup.store import disk
from dedup.summary.findings import read_findings
from dedup.surfaces import cli
from dedup.surfaces.cli import found
from dedup.surfaces.doctor import ARTICLES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    with open(folder / "articles.jsonl", "w", encoding="utf-8") as file:
        for number, (name, text) in enumerate(ARTICLES.items()):
            article = {
                "id": name,
                "text": text,
                "outlet": f"Gazette {number}",
                "published_at": f"2025-03-06T{number + 6:02}:00:00Z",
                "is_wire": name == "dispatch",
            }
            print(json.dumps(article, ensure_ascii=False), file=file)
    return folder


@pytest.fixture(scope="module")
def out(inbox, tmp_path_factory) -> Path:
    """An output folder with the snapshot of the five articles."""
    folder = tmp_path_factory.mktemp("out")
    result = _dedup("run", inbox, "--out", folder, "--no-flow", "--quiet")
    assert result.exit_code == 0, result.output
    assert not result.output
    return folder


def test_help_imports_nothing_heavy_and_comes_at_once():
    listing = "import sys; from dedup.surfaces.cli import app; print(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True).stdout.split())
    assert "dedup.surfaces.cli" in loaded
    assert not loaded & {"numpy", "pyarrow", "numba", "pydantic", "prefect", "rich", "sklearn", "yaml"}
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "dedup", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    print(f"dedup --help: {min(seconds):.2f} s")
    assert min(seconds) < 1.5  # 0.12 s on a quiet machine; the wide margin is for a busy one


def test_a_run_ends_by_saying_what_was_found_and_where_it_lies(inbox, tmp_path):
    result = _dedup("run", inbox, "--out", tmp_path, "--no-flow")
    assert result.exit_code == 0
    assert "5 articles (1 dispatch) of 4 outlets" in result.stdout
    assert "Most carried dispatches" in result.stdout
    assert str(tmp_path / "latest") in result.stdout
    assert (tmp_path / "latest" / "provenance.parquet").exists()
    assert f"Report: {tmp_path / 'latest' / 'report' / 'index.html'}" in result.stdout
    assert (tmp_path / "latest" / "report" / "index.html").exists()
    assert not result.stderr


def test_a_setting_leaves_the_report_out(inbox, tmp_path):
    (tmp_path / "settings.yaml").write_text("report: false\n")
    result = _dedup("run", inbox, "--out", tmp_path, "--no-flow", "--config", tmp_path / "settings.yaml")
    assert result.exit_code == 0, result.output
    assert "Report:" not in result.stdout
    assert not (tmp_path / "latest" / "report").exists()


def test_json_is_one_object_with_counts_path_and_findings(inbox, tmp_path):
    result = _dedup("run", inbox, "--out", tmp_path, "--no-flow", "--json")
    printed = json.loads(result.stdout)
    assert printed["counts"]["articles"] == 5
    assert printed["rejects"] == 0
    assert Path(printed["path"]).is_dir()
    assert printed["found"]["dispatches"][0]["id"] == "dispatch"


def test_rejects_are_told_and_strict_returns_three(inbox, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"id": "x"}\nnot json\n', "utf-8")
    inputs = (inbox, tmp_path / "bad.jsonl")
    relaxed = _dedup("run", *inputs, "--out", tmp_path / "out", "--no-flow")
    assert relaxed.exit_code == 0
    assert "2 faults in the input" in relaxed.stdout
    assert _dedup("run", *inputs, "--out", tmp_path / "out", "--no-flow", "--strict").exit_code == 3
    assert _dedup("run", inbox, "--out", tmp_path / "out", "--no-flow", "--strict").exit_code == 0


def test_no_usable_article_is_an_error_that_leaves_the_last_snapshot(out, tmp_path):
    before = disk.latest(out)
    (tmp_path / "bad.jsonl").write_text("not json\n", "utf-8")
    result = _dedup("run", tmp_path / "bad.jsonl", "--out", out, "--no-flow")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "no usable article" in result.stderr
    assert disk.latest(out) == before
    assert not [path for path in (out / ".work").iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run"], "INPUT"),
        (["run", "nowhere.jsonl"], "nowhere.jsonl"),
        (["run", "{inbox}", "--engine", "abacus"], "abacus"),
        (["run", "{inbox}", "--config", "{settings}"], "windo_words"),
        (["run", "{inbox}", "--config", "{torn}"], "no YAML"),
        (["tables", "nonsense"], "nonsense"),
        (["evaluate", "--labels", "nowhere"], "nowhere"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_returns_two_and_names_what_was_wrong(arguments, named, inbox, tmp_path):
    (tmp_path / "settings.yaml").write_text("windo_words: 8\n")
    (tmp_path / "torn.yaml").write_text("a: [1\n")
    places = {"inbox": inbox, "settings": tmp_path / "settings.yaml", "torn": tmp_path / "torn.yaml"}
    result = _dedup(*(argument.format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert named in result.stderr
    assert "Traceback" not in result.output


def test_a_setting_from_the_config_file_reaches_the_manifest(inbox, tmp_path):
    (tmp_path / "settings.yaml").write_text("num_perm: 64\nbands: 32\n")
    result = _dedup("run", inbox, "--out", tmp_path, "--no-flow", "--quiet", "--config", tmp_path / "settings.yaml")
    assert result.exit_code == 0, result.output
    assert disk.read_manifest(tmp_path / "latest")["config"]["bands"] == 32


def test_an_error_is_one_line_and_a_traceback_only_with_debug(inbox, tmp_path):
    (tmp_path / "file").write_text("")
    quiet = _dedup("run", inbox, "--out", tmp_path / "file" / "out", "--no-flow")
    assert quiet.exit_code == 1
    assert quiet.stderr.startswith("dedup: ")
    assert quiet.stderr.count("\n") == 1
    loud = _dedup("run", inbox, "--out", tmp_path / "file" / "out", "--no-flow", "--debug")
    assert loud.exit_code == 1
    assert isinstance(loud.exception, disk.StorageError)


def test_a_folder_in_use_is_refused_with_the_way_out(inbox, tmp_path):
    with disk.Lock(tmp_path):
        result = _dedup("run", inbox, "--out", tmp_path, "--no-flow")
    assert result.exit_code == 1
    assert "in use" in result.stderr
    assert "--out" in result.stderr


def test_tables_prints_every_column_with_its_meaning():
    plain = _dedup("tables").stdout
    as_json = json.loads(_dedup("tables", "--json").stdout)
    assert as_json.keys() == schemas.TABLES.keys()
    for name, schema in schemas.TABLES.items():
        assert f"\n{name}\n" in f"\n{plain}"
        for field in schema:
            assert field.metadata[b"doc"].decode() in plain
    assert _dedup("tables", "rejects").stdout.startswith("rejects\n")


def test_evaluate_shows_what_was_missed_and_what_is_denied(out, tmp_path):
    length = len(ARTICLES["own"])
    label = {
        "article_id": "own",
        "paragraph": 0,
        "begin": 0,
        "end": length,
        "label": "derived",
        "source_article_id": "dispatch",
        "source_paragraph": 0,
        "source_begin": 0,
        "source_end": length,
    }
    (tmp_path / "truth.jsonl").write_text(json.dumps(label), "utf-8")
    plain = _dedup("evaluate", "--out", out, "--labels", tmp_path, "--misses", 1, "--false-alarms", 1).stdout
    assert "\nMisses\n" in plain
    assert ARTICLES["own"][:40] in plain
    assert "\nFalse alarms\n" in plain
    printed = json.loads(_dedup("evaluate", "--out", out, "--labels", tmp_path, "--misses", 9, "--json").stdout)
    assert {row["right_article_id"] for row in printed["misses"]} | {
        row["left_article_id"] for row in printed["misses"]
    } == {"own", "dispatch"}
    assert "false_alarms" not in printed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell):
    command = [sys.executable, "-m", "dedup", "--show-completion", shell]
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    shown = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert shown.returncode == 0
    assert "dedup" in shown.stdout


def test_every_command_says_in_one_line_what_it_does():
    listed = _dedup("--help").stdout.split("Commands:\n")[1].splitlines()
    assert len(listed) == len(cli.app.registered_commands)
    assert not [line for line in listed if line.endswith("...")]


def test_version_is_the_version_of_the_library():
    import dedup

    assert _dedup("version").stdout.strip() == dedup.__version__
    assert _dedup("--version").stdout.strip() == dedup.__version__


def test_doctor_finds_this_installation_well():
    result = _dedup("doctor")
    assert result.exit_code == 0, result.stdout
    assert "five articles" in result.stdout
    assert all(line.startswith("ok") for line in result.stdout.splitlines())


def test_a_reader_that_leaves_early_is_no_error():
    pipe = f"{sys.executable} -m dedup tables | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True)
    assert result.stdout.split() == ["articles", "0"]
    assert not result.stderr


def test_nothing_but_the_result_is_written_where_there_is_no_terminal(inbox, tmp_path):
    command = [sys.executable, "-m", "dedup", "run", str(inbox), "--out", str(tmp_path), "--no-flow"]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TERM": "xterm"})
    assert result.returncode == 0
    assert not result.stderr
    assert "\x1b" not in result.stdout


def test_findings_follow_the_tables(out):
    snapshot = disk.latest(out)
    findings = read_findings(snapshot)
    for name in ("matches", "passages", "clusters"):
        assert findings.counts[name] == disk.count_rows(snapshot / f"{name}.parquet")
    assert findings.counts["articles"] == 5
    assert findings.counts["dispatches"] == 1
    assert findings.counts["found"] == 3
    assert findings.counts["wholly_found"] <= 3
    assert findings.counts["credited"] == findings.counts["suspected"] == 0
    assert findings.counts["uncredited"] == len(findings.uncredited)
    for row in findings.uncredited:
        assert row["evidence"] in ("dispatch", "attested")
        assert row["share"] >= CLAIMED
    assert [row["id"] for row in findings.dispatches] == ["dispatch"]
    assert findings.dispatches[0]["outlets"] == 3
    for passage in findings.passages:
        lags = [carrier["lag"] for carrier in passage["carriers"]]
        assert lags == sorted(lags)
        assert lags[0] == 0
    assert len(read_findings(snapshot, top=1).passages) <= 1


def test_findings_of_a_snapshot_without_tables_are_empty(tmp_path):
    findings = read_findings(tmp_path)
    assert set(findings.counts.values()) == {0}
    assert not any((findings.dispatches, findings.passages, findings.outlets, findings.uncredited, findings.rejects))


def _dedup(*arguments: object):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], prog_name="dedup")


def test_faults_that_are_not_shown_are_counted_and_their_files_named(examples, capsys):
    path = disk.latest(examples.out)
    seen = read_findings(path)._replace(
        rejects=[(f"reason {number}", 2) for number in range(7)], reject_files=[("inbox/a.jsonl", 13), ("b.csv", 1)]
    )
    found.print_findings(RunResult(path.name, path, {}, {}, rejects=14), seen, examples.out)
    said = capsys.readouterr().out
    assert "14 faults in the input" in said and "  4 more in rejects\n  in a.jsonl (13), b.csv (1)\n" in said


def test_no_outlet_is_called_first_where_there_is_a_tie_or_a_date_is_missing(examples, capsys):
    path = disk.latest(examples.out)
    seen = read_findings(path)
    tie, undated = ({"outlet": "Le Phare", "lag": 0}, {"outlet": "La Digue", "lag": None})
    rows = [
        row | {"first_outlet": None, "carriers": carriers}
        for row, carriers in zip(seen.dispatches, ([tie, tie], [tie, undated]), strict=False)
    ]
    found.print_findings(RunResult(path.name, path, {}, {}, rejects=0), seen._replace(dispatches=rows), examples.out)
    said = capsys.readouterr().out
    assert "Le Phare" not in said.split("Tables:")[0].split("Most carried dispatches")[1]
    assert "(tie: the dates do not tell which outlet was first; undated: a carrier without a date may have been" in said

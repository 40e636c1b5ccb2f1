"""The documentation: it builds, says what holds, and every command in it runs."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from prefect_home import prefect_home

from dedup.pipeline.steps import RunResult
from dedup.store import disk
from dedup.summary.findings import read_findings
from dedup.surfaces import report
from dedup.surfaces.cli import found
from flows.server import ready, server

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^(?P<note><!-- not run: [^\n]+ -->\n)?```(?P<kind>sh|python|sql)\n(?P<text>.*?)^```$", re.M | re.S)
"""A block of commands; one that no test can run says why in the line above it."""
READERS = ("duckdb", "pandas", "polars")
"""Libraries of others: their blocks are run where they are installed."""


def blocks(page: Path) -> list[tuple[str, str]]:
    """(kind, text) of the blocks of a page that can run, in order."""
    return [(found["kind"], found["text"]) for found in FENCE.finditer(page.read_text("utf-8")) if not found["note"]]


def fresh_blocks(page: Path) -> list[tuple[str, str]]:
    """Those that do not stand on an earlier page, but for their remarks: `make run` opens two pages."""
    earlier = {_commands(text) for other in PAGES[: PAGES.index(page)] for _, text in blocks(other)}
    return [(kind, text) for kind, text in blocks(page) if _commands(text) not in earlier]


def _commands(text: str) -> str:
    return re.sub(r"\s+#.*", "", text).strip()


def test_every_block_of_the_pages_is_run_or_says_why_not():
    """Output has no kind, or ``text``; what reads the tables is in the lock, so that no block is passed over."""
    for page in PAGES:
        lines = page.read_text("utf-8").splitlines()
        fences = [number for number, line in enumerate(lines) if line.startswith("```")][::2]
        told = {number for number in fences if lines[number - 1].startswith("<!-- not run: ")}
        runnable = {number for number in fences if lines[number] in ("```sh", "```python", "```sql")}
        output = {number for number in fences if lines[number] in ("```", "```text")}
        assert {*fences} == told | runnable | output, page.name
        assert len(blocks(page)) == len(runnable - told), page.name
    locked = (ROOT / "requirements.txt").read_text("utf-8")
    assert all(re.search(rf"^{name}==", locked, re.M) for name in READERS)


@pytest.fixture(scope="session")
def project(region, tmp_path_factory) -> Path:
    """A copy of the project as a reader has it after `make`, with the snapshot of `make run` in artifacts/."""
    folder = tmp_path_factory.mktemp("project")
    for name in (
        "Makefile",
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "mkdocs.yml",
        "LICENSE",
        "CITATION.cff",
        "pyproject.toml",
        "requirements.txt",
    ):
        shutil.copy(ROOT / name, folder)
    for name in ("examples", "docs", "automations"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("dedup", "flows", "tests", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(region.out, folder / "artifacts", symlinks=True)
    report.write(folder / "artifacts" / "latest")
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    _program(programs / "python", f'PYTHONPATH="{folder}" exec "{sys.executable}" "$@"')
    for name in ("dedup", "prefect"):
        _program(programs / name, f'exec "{programs / "python"}" -m {name} "$@"')
    (programs / "activate").write_text(f'PATH="{programs}:$PATH"\n')
    (folder / ".venv" / ".installed").touch()
    return folder


@pytest.fixture(scope="module")
def environment(project, tmp_path_factory):
    """Variables of a reader's shell, and one Prefect server for all commands."""
    with prefect_home(tmp_path_factory.mktemp("prefect")), server() as address:
        ready(address)
        path = f"{project / '.venv' / 'bin'}:{os.environ['PATH']}"
        yield {**os.environ, "PATH": path, "PREFECT_API_URL": address}


@pytest.mark.parametrize("page", [page for page in PAGES if fresh_blocks(page)], ids=lambda page: page.name)
def test_every_command_of_a_page_runs(page, project, environment):
    for kind, text in fresh_blocks(page):
        missing = [name for name in READERS if not importlib.util.find_spec(name) and _needs(name, kind, text)]
        if missing:
            continue
        if kind == "sql":
            kind, text = "python", f'import duckdb\nduckdb.sql("""{text}""")\n'
        command = ["bash", "-euo", "pipefail", "-c", text] if kind == "sh" else [".venv/bin/python", "-c", text]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def test_the_sample_of_the_first_steps_is_what_a_run_prints(region, project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    path = disk.latest(region.out)
    manifest = disk.read_manifest(path)
    result = RunResult(path.name, path, manifest["counts"], manifest["stages"], manifest["counts"]["rejects"])
    found.print_findings(result, read_findings(path), Path("artifacts"))
    sample = re.search(r"<!-- sample -->\n```\n(.*?)```", (ROOT / "docs" / "index.md").read_text("utf-8"), re.S)[1]
    of_the_run = re.compile(r"\(run .*? s of work\)")
    assert of_the_run.sub("", capsys.readouterr().out) == of_the_run.sub("", sample)


def test_the_tables_and_settings_pages_are_those_of_the_code():
    for name in ("make_tables.py", "make_settings.py"):
        subprocess.run([sys.executable, ROOT / "docs" / name, "--check"], check=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The documentation, built strictly: a broken link or a page that the menu lacks is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_documentation_is_read_without_a_network(site):
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        asked = re.findall(r"<(?:script|img|iframe)[^>]* src=.?https?:", text)
        asked += re.findall(r"<link[^>]* rel=.?(?:stylesheet|preconnect|icon)[^>]* href=.?https?:", text)
        assert not asked, page.name


def test_every_page_is_in_the_menu(site):
    menu = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f": {page.name}" in menu
        assert (site / page.name).with_suffix(".html").exists()


def test_links_of_the_front_page_lead_somewhere():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert target.startswith("http") or (ROOT / target).exists(), target


def test_screenshots_are_few_and_small():
    pictures = list((ROOT / "docs" / "screenshots").glob("*"))
    assert 0 < len(pictures) < 16
    assert all(picture.suffix == ".png" and picture.stat().st_size < 200_000 for picture in pictures)


def test_the_notebook_answers_who_carries_afp(examples):
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "who_carries_afp.py", "--out", examples.out],
        capture_output=True,
        text=True,
        check=True,
    )
    counts = dict(re.findall(r"^\| ([^|]+) \| \d+ \| (\d+) \| \d+% \|$", done.stdout, re.M))
    carried = [
        row["outlet"]
        for row in examples.rows("article_provenance")
        if row["agency"] == "AFP"
        and row["derivation"] in ("wholly", "partially")
        and not row["is_wire"]
        and row["outlet"]
    ]
    assert carried and counts == {name: str(carried.count(name)) for name in carried}
    assert done.stdout.count("\n## ") == 3


def test_the_notebooks_of_a_study_and_of_a_newsroom_say_what_the_tables_say(examples):
    asked = {
        "how_original.py": ["Originality", "Derivation", "Who prints later what another outlet had", "Reaction time"],
        "morning_check.py": ["The run", "Rejects", "The newest day's dispatches", "Agency copy without credit"],
    }
    runs = {
        name: subprocess.Popen(
            [sys.executable, ROOT / "examples" / name, "--out", examples.out], stdout=subprocess.PIPE, text=True
        )
        for name in asked
    }
    said = {name: run.communicate(timeout=240)[0] for name, run in runs.items()}
    for name, titles in asked.items():
        assert runs[name].returncode == 0
        assert all(f"## {title}" in said[name] for title in titles)
    outlets = {row["outlet"]: f"{row['originality_rate']:.2f}" for row in examples.rows("outlets")}
    assert outlets == dict(re.findall(r"^ *(\S.*?) +\d+ +(\d\.\d\d) .*$", said["how_original.py"], re.M))
    refused = [int(n) for n in re.findall(r"(?:true|false)\s+┆ (\d+)", said["morning_check.py"])]
    assert sum(refused) == len(examples.rows("rejects"))


def _needs(name: str, kind: str, text: str) -> bool:
    return f"import {name}" in text or (name == "duckdb" and kind == "sql")


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)

"""The flow on a real Prefect server: run page, failures, deployment, and what it leaves behind."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from prefect_home import prefect_home
from signals import heed

from dedup import schemas
from dedup.pipeline.steps import STEPS, RunResult
from dedup.store import disk
from dedup.summary.findings import Findings, read_findings
from dedup.surfaces.doctor import ARTICLES
from flows import pages
from flows.server import named_address, ready, server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An empty Prefect home, and no server that the developer's own settings name."""
    folder = tmp_path_factory.mktemp("prefect")
    with prefect_home(folder) as patch:
        patch.setenv("HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    with open(folder / "articles.jsonl", "w", encoding="utf-8") as file:
        for number, (name, text) in enumerate(ARTICLES.items()):
            article = {
                "id": name,
                "text": text,
                "outlet": f"Gazette | {number}",
                "is_wire": name == "dispatch",
                "published_at": f"2025-03-06T{number + 6:02}:00:00Z",
            }
            print(json.dumps(article, ensure_ascii=False), file=file)
        print("not json", file=file)
    return folder


@pytest.fixture(scope="module")
def run_done(home, inbox, tmp_path_factory) -> Path:
    """The output folder of one run through the command line and Prefect."""
    out = tmp_path_factory.mktemp("out")
    done = _dedup("run", inbox, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "Most carried dispatches" in done.stdout
    assert not done.stderr
    return out


class Api:
    """Ask a server: ``api(path, body)``."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, path: str, body: dict | None = None, method: str | None = None):
        request = urllib.request.Request(
            f"{self.address}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        for patience in range(5, -1, -1):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.loads(answer.read() or "null")
            except urllib.error.HTTPError as error:
                # a busy server says so; Prefect's own client asks again as well
                if error.code != 503 or patience == 0:
                    raise
                time.sleep(2)

    def dedup(self, *arguments: object) -> subprocess.CompletedProcess:
        """Run a command that talks to this server."""
        return _dedup(*arguments, PREFECT_API_URL=self.address)

    def answers(self) -> bool:
        try:
            return self("health")
        except OSError:
            return False


@pytest.fixture(scope="module")
def api(home, run_done):
    """A server with pages and a scheduler, which keeps the runs of this module."""
    with server(lasting=True) as address:
        ready(address)
        yield Api(address)


def test_the_flow_gives_the_same_tables_as_the_library_alone(run_done, inbox, tmp_path):
    alone = _dedup("run", inbox, "--out", tmp_path, "--no-flow", "--quiet")
    assert alone.returncode == 0, alone.stderr
    for name in schemas.TABLES:
        left = disk.read_table(disk.latest(run_done) / f"{name}.parquet")
        right = disk.read_table(disk.latest(tmp_path) / f"{name}.parquet")
        told_of_runs = [column for column in left.column_names if column == "run_id"]
        assert left.drop_columns(told_of_runs).equals(right.drop_columns(told_of_runs)), name


def test_the_run_is_named_by_its_date_and_has_one_task_a_step(api):
    run = _runs(api, "COMPLETED")[0]
    kind, day, minute = run["name"].split()
    assert kind == "provenance"
    assert time.strptime(f"{day} {minute}", "%Y-%m-%d %H:%M")
    _wait(lambda: len(_tasks(api, run)) == len(STEPS) + 1)
    assert [task["name"] for task in _tasks(api, run)] == [*(step.name for step in STEPS), "publish"]
    assert {task["state_type"] for task in _tasks(api, run)} == {"COMPLETED"}


def test_the_run_page_shows_progress_counts_carriers_and_outlets(api, run_done):
    artifacts = _artifacts(api, _runs(api, "COMPLETED")[0])
    assert artifacts["provenance-progress"]["data"] == 100
    page = artifacts["provenance-findings"]["data"]
    expected = (
        "| articles | 5 |",
        "5 new articles",
        "Most carried dispatches",
        "Most carried passages",
        "1 fault in the input",
        "the look-up holds 1.00 of these",
        "report/index.html",
    )
    for words in expected:
        assert words in page
    assert artifacts["provenance-spread"]["data"] in page
    assert artifacts["provenance-spread"]["type"] == "image"
    assert "file://" in artifacts["provenance-report"]["data"]
    assert "Gazette \\| 1" in page
    rows = json.loads(artifacts["provenance-outlets"]["data"])
    assert {row["outlet"] for row in rows} == {f"Gazette | {number}" for number in range(1, 5)}
    report = disk.latest(run_done) / "report" / "index.html"
    assert report.exists()
    assert report.as_uri() in artifacts["provenance-report"]["data"]


def test_the_log_of_the_run_has_the_counts_of_every_step(api):
    run = _runs(api, "COMPLETED")[0]
    lines = [line["message"] for line in api("logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}})]
    assert any(line.startswith("read: articles 5, rejects 1") for line in lines)
    assert any("Completed" in line for line in lines)  # the last line too has arrived before the server stopped


def test_a_snapshot_is_an_event_that_automations_can_follow(api, run_done):
    told = _snapshots_told(api, run_done)
    assert [(payload["articles"], payload["new_articles"], payload["rejects"]) for payload in told] == [(5, 5, 1)]
    assert told[0]["path"] == str(disk.latest(run_done))
    found = api("events/filter", {"filter": {"event": {"name": ["dedup.pickup.found"]}}})["events"][-1]["payload"]
    assert {(one["dispatch"], one["article"]) for one in found["matches"]} >= {
        ("dispatch", "whole"),
        ("dispatch", "cut"),
    }
    assert found["n_matches"] == len(found["matches"])
    assert next(one["lag_low"] for one in found["matches"] if one["article"] == "whole") == 3_600


def test_a_failed_run_is_one_line_for_the_user_and_says_on_its_page_what_to_do(api, run_done, tmp_path):
    (tmp_path / "bad.jsonl").write_text("not json\n", "utf-8")
    before = disk.latest(run_done)
    failed = api.dedup("run", tmp_path / "bad.jsonl", "--out", run_done)
    assert failed.returncode == 1
    assert failed.stderr.startswith("dedup: no usable article")
    assert failed.stderr.count("\n") == 1
    assert disk.latest(run_done) == before
    page = _artifacts(api, _runs(api, "FAILED")[0])["provenance-failure"]["data"]
    assert "no usable article" in page and "bad.jsonl" in page
    assert "last snapshot is whole" in page
    with disk.Lock(run_done):
        pass  # the failed run has let go of it


def test_a_run_while_another_one_writes_is_refused_with_the_process_that_does(api, inbox, tmp_path):
    with disk.Lock(tmp_path):
        refused = api.dedup("run", inbox, "--out", tmp_path)
    assert refused.returncode == 1
    assert f"{tmp_path} is in use by process {os.getpid()} on " in refused.stderr
    assert "Wait for that run to end, or stop it" in refused.stderr


def test_a_run_with_nothing_new_publishes_nothing_and_says_so_on_its_page(api, run_done, inbox):
    before = sorted((run_done / "snapshots").iterdir())
    events = _snapshots_told(api, run_done)
    done = api.dedup("run", inbox, "--out", run_done)
    assert done.returncode == 0, done.stderr
    assert "Nothing new in the input" in done.stdout
    assert sorted((run_done / "snapshots").iterdir()) == before
    assert _snapshots_told(api, run_done) == events
    page = _artifacts(api, _runs(api, "COMPLETED")[-1])["provenance-findings"]["data"]
    assert "found nothing new" in page and "the look-up holds 1.00 of these" in page


def test_the_module_is_the_same_command(api, inbox, tmp_path):
    command = [sys.executable, "-m", "flows.provenance", str(inbox), "--out", str(tmp_path / "out"), "--strict"]
    environment = _environment(PREFECT_API_URL=api.address)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 3, done.stderr  # the broken line, under --strict
    assert (tmp_path / "out" / "latest" / "manifest.json").exists()


def test_a_named_server_that_does_not_answer_is_named_in_the_error(inbox, tmp_path):
    failed = _dedup("run", inbox, "--out", tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert failed.returncode == 1
    assert "no Prefect server answers at http://127.0.0.1:9/api" in failed.stderr


def test_a_server_that_cannot_start_is_explained(inbox, tmp_path):
    (tmp_path / "prefect.db").mkdir()
    failed = _dedup("run", inbox, "--out", tmp_path / "out", PREFECT_HOME=str(tmp_path))
    assert failed.returncode == 1
    assert "the Prefect server did not start" in failed.stderr
    assert str(tmp_path) in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_the_server_that_the_active_profile_names_is_used(tmp_path, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    assert named_address() is None
    (tmp_path / "profiles.toml").write_text(
        'active = "press"\n[profiles.press]\nPREFECT_API_URL = "http://press.example/api"\n[profiles.other]\n'
    )
    assert named_address() == "http://press.example/api"
    monkeypatch.setenv("PREFECT_PROFILE", "other")
    assert named_address() is None


def test_a_killed_run_takes_its_server_along(home):
    source = (
        "from flows.server import ready, server\n"
        "import time\n"
        "with server() as address:\n"
        "    ready(address); print(address, flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
    )
    api = Api(process.stdout.readline().strip())
    assert api.answers()
    process.send_signal(signal.SIGKILL)
    process.wait()
    _wait(lambda: not api.answers())


def test_the_deployment_of_prefect_yaml_refuses_a_wrong_setting_and_runs_one_at_a_time(api, tmp_path):
    environment = _environment(PREFECT_API_URL=api.address, COLUMNS="200")

    def prefect(*arguments: str) -> None:
        command = [sys.executable, "-m", "prefect", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr

    api("work_pools/", {"name": "dedup", "type": "process"})
    prefect("deploy", "--all")
    for file in sorted((ROOT / "automations").glob("*.yaml")):
        api("automations/", yaml.safe_load(file.read_text("utf-8")))
    made = {automation["name"]: automation for automation in api("automations/filter", {})}
    events = {event for automation in made.values() for event in automation["trigger"]["expect"]}
    assert len(made) == 3 and {"prefect.flow-run.Failed", "dedup.snapshot.published", "dedup.pickup.found"} <= events
    deployment = api("deployments/name/provenance/articles")
    assert deployment["schedules"][0]["schedule"]["cron"] == "*/15 * * * *"
    assert deployment["global_concurrency_limit"]["limit"] == 1
    assert deployment["tags"] == ["dedup"]
    settings = deployment["parameter_openapi_schema"]["definitions"]["Config"]
    assert settings["properties"]["bands"]["description"]

    create = f"deployments/{deployment['id']}/create_flow_run"
    with pytest.raises(urllib.error.HTTPError) as refusal:
        api(create, {"parameters": {"config": {"windo_words": 8}}})
    assert refusal.value.code in (409, 422)

    schedule = deployment["schedules"][0]["id"]  # its runs would come between
    api(f"deployments/{deployment['id']}/schedules/{schedule}", {"active": False}, "PATCH")
    parameters = {"inputs": [str(ROOT / "examples" / "inbox")], "out": str(tmp_path), "config": {}}
    asked = [api(create, {"parameters": parameters})["id"] for _ in range(2)]
    collect = api("deployments/name/collect/feeds")
    assert not collect["schedules"][0]["active"]  # the feeds of the example are invented
    with _newspaper() as paper:
        feeds = {"feeds": [f"{paper}/feed.xml"], "inbox": str(tmp_path / "inbox")}
        collecting = api(f"deployments/{collect['id']}/create_flow_run", {"parameters": feeds})["id"]
        prefect("worker", "start", "--pool", "dedup", "--run-once")
        (collected,) = _ended(api, [collecting])
    assert collected["message"] == "1 new articles from 1 of 1 feeds"
    (rows,) = (tmp_path / "inbox").glob("*.jsonl")
    assert json.loads(rows.read_text("utf-8"))["url"] == f"{paper}/page.html"
    states = [api(f"flow_runs/{run}")["state"] for run in asked]
    assert sorted(state["type"] for state in states) == ["COMPLETED", "SCHEDULED"], states  # the other one waits
    _wait(lambda: _due(api, asked), 60)
    prefect("worker", "start", "--pool", "dedup", "--run-once")
    ended = _ended(api, asked)
    assert [state["type"] for state in ended] == ["COMPLETED", "COMPLETED"], ended
    assert read_findings(disk.latest(tmp_path)).counts["articles"] > 50


def test_the_schedule_takes_what_arrives_and_outlives_a_killed_run(home, inbox, tmp_path):
    box, out = tmp_path / "box", tmp_path / "out"
    box.mkdir()
    lines = (inbox / "articles.jsonl").read_text("utf-8").splitlines(True)

    def arrive(name: str, rows: list[str]) -> None:
        (box / f".{name}").write_text("".join(rows), "utf-8")  # passed over until it is whole
        (box / f".{name}").rename(box / name)

    arrive("first.jsonl", lines[:3])
    command = [sys.executable, "-m", "dedup", "serve", "--inbox", box, "--out", out, "--cron", "* * * * * */8"]
    environment = _environment(PREFECT_RUNNER_POLL_FREQUENCY="1")
    served = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
        preexec_fn=heed,
    )
    try:
        api = Api(served.stderr.readline().split("pages: ")[1].split(". Stop")[0] + "/api")
        _wait(lambda: _articles(out) == 3)
        arrive("second.jsonl", lines[3:])
        _wait(lambda: _articles(out) == 5)
        _wait(lambda: len(_snapshots_told(api, out)) == len(list((out / "snapshots").iterdir())) == 2)
        runs = _runs(api, "COMPLETED", "inbox")
        assert len(runs) >= 2 and {run["created_by"]["type"] for run in runs} == {"SCHEDULE"}
        assert "provenance-findings" in _artifacts(api, runs[0])
        assert not _runs(api, "FAILED", "inbox") + _runs(api, "CRASHED", "inbox")
        with urllib.request.urlopen(api.address.removesuffix("api") + "ui-settings") as settings:
            assert json.load(settings)["api_url"] == api.address  # else its pages would ask another port

        arrive("third.jsonl", [json.dumps({"id": "late", "text": lines[0]}) + "\n"])
        _wait(lambda: _kill_the_writer(out))
        _wait(lambda: _runs(api, "CRASHED", "inbox"))
        _wait(lambda: "provenance-failure" in _artifacts(api, _runs(api, "CRASHED", "inbox")[0]))
        _wait(lambda: _articles(out) == 6)
    finally:
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
    assert "Traceback" not in said
    assert served.returncode == 0
    assert not api.answers()


def test_tables_are_assets_where_prefect_takes_the_name_of_their_folder_and_no_run_fails_where_not(tmp_path):
    from flows.provenance import ASSETS, assets

    def keys(out):
        return [asset.key for asset in assets(out)]

    assert keys("/data/out") == [f"file:///data/out/latest/{name}.parquet" for name in ASSETS]
    assert (
        keys("s3:/press/out") == keys("s3://press/out") == [f"s3://press/out/latest/{name}.parquet" for name in ASSETS]
    )
    assert keys("/home/zoé/mes articles") == keys("/" + "x" * 600) == []


def test_text_from_the_press_is_never_markup_on_the_page():
    nasty = "<script>alert(1)</script> | **x** [a](b) `c` #\n# title"
    row = {
        "cluster_id": "c",
        "text": nasty,
        "agency": nasty,
        "p_agency": None,
        "outlets": 2,
        "articles": 2,
        "first_outlet": nasty,
        "carriers": [{"outlet": nasty, "lag": 0, "is_first": True}, {"outlet": '"]; click', "lag": None}],
    }
    findings = Findings(
        counts=dict.fromkeys(
            ("articles", "dispatches", "clusters", "found", "uncredited", "cites_only", "credited", "suspected"), 0
        ),
        shares={"found": None, "estimated": None},
        dispatches=[],
        passages=[row],
        outlets=[],
        uncredited=[
            {
                "article_id": nasty,
                "title": nasty,
                "outlet": nasty,
                "agency": nasty,
                "evidence": "dispatch",
                "share": 0.5,
                "words": 9,
            }
        ],
        suspected=[{"article_id": "s", "title": nasty, "outlet": nasty, "likely_agency": nasty, "p_agency": 0.9}],
        rejects=[(nasty, 1)],
    )
    result = RunResult("run", Path("run"), {}, {"read": 1.0}, rejects=1)
    for served in (None, "https://desk.example/report/"):
        page = pages.findings_page(findings, result, nasty.replace("`", ""), {}, served=served)
        for cell in (line for line in page.splitlines() if line.startswith(("| ", "- "))):
            assert "<script" not in cell
            assert "**x" not in cell
        cells = "\n".join(line for line in page.splitlines() if line.startswith("| "))
        links = re.findall(r"(?<!\\)\]\(([^)]*)\)", cells)
        assert len(links) == (3 if served else 0)  # a passage, an article without credit, one that is suspected
        assert all(re.fullmatch(r"https://desk\.example/report/#/(article|passage)/[\w%.~-]+", link) for link in links)
    picture = base64.b64decode(pages.spread(row).partition("base64,")[2]).decode()
    assert "<script" not in picture
    assert [text.text for text in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")][1:] == [
        pages.clip(nasty, 25), "first", "and 1 more, later or of unknown hour",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "?"), (0, "0 min"), (90, "2 min"), (3600, "1.0 h"), (-7200, "-2.0 h"), (86400 * 3, "3 d")],
)
def test_a_lag_is_said_as_people_say_it(seconds, said):
    assert pages.duration(seconds) == said


@contextmanager
def _newspaper() -> Iterator[str]:
    """The address of a newspaper on this machine, with a feed of one page."""
    item = "<item><title>Le pont</title><link>/page.html</link></item>"
    pages = {
        "/feed.xml": f'<?xml version="1.0"?><rss version="2.0"><channel><title>Fil</title>{item}</channel></rss>',
        "/page.html": f"<html><body><article><p>{ARTICLES['whole']}</p></article></body></html>",
    }

    class Paper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *given: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Paper) as paper:
        threading.Thread(target=paper.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{paper.server_port}"
        paper.shutdown()


def _dedup(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "dedup", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=_environment(**environment))


def _environment(**more: str) -> dict[str, str]:
    """This process's environment without the server of a fixture that happens to be up, and with this package."""
    mine = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    return {**mine, "PYTHONPATH": str(ROOT), **more}


def _runs(api: Api, state: str, deployment: str | None = None) -> list[dict]:
    """Runs in a state, by time; those of a deployment, or those that no deployment started."""
    named = {"deployments": {"name": {"any_": [deployment]}}} if deployment else {}
    in_state = {"flow_runs": {"state": {"type": {"any_": [state]}}}, "sort": "START_TIME_ASC"}
    found = api("flow_runs/filter", {**in_state, **named})
    return [run for run in found if deployment or run["deployment_id"] is None]


def _tasks(api: Api, run: dict) -> list[dict]:
    found = api("task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    return sorted(found, key=lambda task: task["start_time"] or "")


def _artifacts(api: Api, run: dict) -> dict[str, dict]:
    found = api("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    return {artifact["key"]: artifact for artifact in found}


def _snapshots_told(api: Api, out: Path) -> list[dict]:
    """What the events of the snapshots of an output folder say."""
    events = api("events/filter", {"filter": {"event": {"name": ["dedup.snapshot.published"]}}})["events"]
    return [event["payload"] for event in events if event["payload"]["path"].startswith(str(out))]


def _ended(api: Api, runs: list[str]) -> list[dict]:
    """States of runs when all have ended."""
    states: list[dict] = []

    def all_ended() -> bool:
        states[:] = [api(f"flow_runs/{run}")["state"] for run in runs]
        return {state["type"] for state in states} <= {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

    _wait(all_ended)
    return states


def _due(api: Api, runs: list[str]) -> bool:
    """Whether the runs that still wait are due."""
    states = [api(f"flow_runs/{run}")["state"] for run in runs]
    waiting = [state for state in states if state["type"] == "SCHEDULED"]
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return all(state["state_details"]["scheduled_time"] < now for state in waiting)


def _articles(out: Path) -> int:
    """Articles of the newest snapshot; 0 when there is none."""
    try:
        return disk.count_rows(disk.latest(out) / "articles.parquet")
    except disk.StorageError:
        return 0


def _kill_the_writer(out: Path) -> bool:
    """Kill the process that makes a snapshot now, if any."""
    for owner in (out / ".work").glob("*.owner"):
        try:
            pid = json.loads(owner.read_text("utf-8"))["pid"]
            os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            return False
        return True
    return False


def _wait(until, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"not after {seconds} s"
        time.sleep(0.2)

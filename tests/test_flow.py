"""The flow on a real Prefect server: run page, failures, deployment, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dedup import schemas, storage
from dedup.doctor import ARTICLES
from dedup.findings import Findings, read_findings
from flows import pages
from flows.server import named_address, ready, server

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An empty Prefect home, and no server that the developer's own settings name."""
    folder = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            patch.delenv(name)
        patch.setenv("PREFECT_HOME", str(folder))
        patch.setenv("HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    with open(folder / "articles.jsonl", "w", encoding="utf-8") as file:
        for number, (name, text) in enumerate(ARTICLES.items()):
            article = {"id": name, "text": text, "outlet": f"Gazette | {number}", "is_wire": name == "dispatch",
                       "published_at": f"2025-03-06T{number + 6:02}:00:00Z"}
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


@pytest.fixture(scope="module")
def api(home, run_done, inbox):
    """Ask the server that keeps these runs: ``api(path, body)``."""
    failed = _dedup("run", inbox / "articles.jsonl", "--out", "/proc/nowhere")
    assert failed.returncode == 1
    with server() as address:
        ready(address)
        yield lambda path, body=None: _ask(address, path, body)


def test_the_flow_gives_the_same_tables_as_the_library_alone(run_done, inbox, tmp_path):
    alone = _dedup("run", inbox, "--out", tmp_path, "--no-flow", "--quiet")
    assert alone.returncode == 0, alone.stderr
    for name in schemas.TABLES:
        left = storage.read_table(storage.latest(run_done) / f"{name}.parquet")
        right = storage.read_table(storage.latest(tmp_path) / f"{name}.parquet")
        told_of_runs = [column for column in left.column_names if column == "run_id"]
        assert left.drop_columns(told_of_runs).equals(right.drop_columns(told_of_runs)), name


def test_the_run_is_named_by_its_date_and_has_one_task_a_step(api):
    run = _runs(api, "COMPLETED")[0]
    kind, day, minute = run["name"].split()
    assert kind == "provenance"
    assert time.strptime(f"{day} {minute}", "%Y-%m-%d %H:%M")
    from dedup.pipeline import STEPS

    _wait(lambda: len(_tasks(api, run)) == len(STEPS) + 1)
    assert [task["name"] for task in _tasks(api, run)] == [*(step.name for step in STEPS), "publish"]
    assert {task["state_type"] for task in _tasks(api, run)} == {"COMPLETED"}


def test_the_run_page_shows_progress_counts_carriers_and_outlets(api, run_done):
    artifacts = _artifacts(api, _runs(api, "COMPLETED")[0])
    assert artifacts["provenance-progress"]["data"] == 100
    page = artifacts["provenance-findings"]["data"]
    for expected in ("| articles | 5 |", "Most carried dispatches", "Most carried passages", "mermaid", "1 fault"):
        assert expected in page
    assert "Gazette \\| 1" in page
    rows = json.loads(artifacts["provenance-outlets"]["data"])
    assert {row["outlet"] for row in rows} == {f"Gazette | {number}" for number in range(1, 5)}
    report = storage.latest(run_done) / "report" / "index.html"
    assert report.exists()
    assert report.as_uri() in artifacts["provenance-report"]["data"]


def test_the_log_of_the_run_has_the_counts_of_every_step(api):
    run = _runs(api, "COMPLETED")[0]
    lines = [line["message"] for line in api("logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}})]
    assert any(line.startswith("read: articles 5, rejects 1") for line in lines)
    assert any("Completed" in line for line in lines)  # the last line too has arrived before the server stopped


def test_a_snapshot_is_an_event_that_automations_can_follow(api, run_done):
    events = api("events/filter", {"filter": {"event": {"name": ["dedup.snapshot.published"]}}})["events"]
    assert [event["payload"]["articles"] for event in events] == [5]
    assert events[0]["payload"]["path"] == str(storage.latest(run_done))


def test_a_failed_run_says_on_its_page_what_to_do(api):
    run = _runs(api, "FAILED")[0]
    page = _artifacts(api, run)["provenance-failure"]["data"]
    assert "/proc/nowhere" in page
    assert "last snapshot is whole" in page


def test_an_error_in_the_flow_is_one_line_for_the_user(run_done, home, tmp_path):
    (tmp_path / "bad.jsonl").write_text("not json\n", "utf-8")
    before = storage.latest(run_done)
    failed = _dedup("run", tmp_path / "bad.jsonl", "--out", run_done)
    assert failed.returncode == 1
    assert failed.stderr.startswith("dedup: no usable article")
    assert failed.stderr.count("\n") == 1
    assert storage.latest(run_done) == before
    with storage.Lock(run_done):
        pass  # the failed run has let go of it


def test_the_module_is_the_same_command(run_done, inbox, home, tmp_path):
    command = [sys.executable, "-m", "flows.provenance", str(inbox), "--out", str(tmp_path / "out"), "--strict"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=_environment())
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
    address = process.stdout.readline().strip()
    assert _ask(address, "health") is True
    process.send_signal(signal.SIGKILL)
    process.wait()
    _wait(lambda: not _answers(address))


def test_a_deployment_of_prefect_yaml_runs_on_a_worker_and_refuses_a_wrong_setting(
    home, run_done, tmp_path, monkeypatch
):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with server(lasting=True) as address:
        ready(address)
        environment = _environment(PREFECT_API_URL=address, COLUMNS="200")

        def prefect(*arguments: str) -> str:
            command = [sys.executable, "-m", "prefect", *arguments]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        prefect("work-pool", "create", "--type", "process", "dedup")
        prefect("deploy", "--all")
        deployment = _ask(address, "deployments/name/provenance/articles")
        assert deployment["schedules"][0]["schedule"]["cron"] == "*/15 * * * *"
        assert deployment["global_concurrency_limit"]["limit"] == 1
        assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        assert deployment["tags"] == ["dedup"]
        settings = deployment["parameter_openapi_schema"]["definitions"]["Config"]
        assert settings["properties"]["bands"]["description"]

        create = f"deployments/{deployment['id']}/create_flow_run"
        with pytest.raises(urllib.error.HTTPError) as refusal:
            _ask(address, create, {"parameters": {"config": {"windo_words": 8}}})
        assert refusal.value.code in (409, 422)

        of_schedule = {"deployment_id": {"any_": [deployment["id"]]}, "state": {"name": {"any_": ["Scheduled"]}}}
        _wait(lambda: _ask(address, "flow_runs/filter", {"flow_runs": of_schedule}))
        schedule = deployment["schedules"][0]["id"]  # its runs would come between
        _ask(address, f"deployments/{deployment['id']}/schedules/{schedule}", {"active": False}, "PATCH")
        inputs = [str(ROOT / "examples" / "inbox")]
        asked = _ask(address, create, {"parameters": {"inputs": inputs, "out": str(tmp_path), "config": {}}})
        prefect("worker", "start", "--pool", "dedup", "--run-once", "--limit", "1")
        _wait(lambda: _ask(address, f"flow_runs/{asked['id']}")["state_type"] in ("COMPLETED", "FAILED", "CRASHED"))
        run = _ask(address, f"flow_runs/{asked['id']}")
        assert run["state_type"] == "COMPLETED", run["state"]
    assert read_findings(storage.latest(tmp_path)).counts["articles"] > 50


def test_serve_runs_the_flow_over_the_inbox_until_it_is_stopped(home, inbox, tmp_path):
    command = [sys.executable, "-m", "dedup", "serve", "--inbox", inbox, "--out", tmp_path, "--cron", "0 0 1 1 *"]
    served = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=_environment())
    try:
        address = served.stderr.readline().split("pages: ")[1].split(". Stop")[0] + "/api"
        _wait(lambda: _found(address, "deployments/name/provenance/inbox"))
        deployment = _ask(address, "deployments/name/provenance/inbox")
        asked = _ask(address, f"deployments/{deployment['id']}/create_flow_run", {})
        _wait(lambda: _ask(address, f"flow_runs/{asked['id']}")["state_type"] in ("COMPLETED", "FAILED", "CRASHED"))
        run = _ask(address, f"flow_runs/{asked['id']}")
        assert run["state_type"] == "COMPLETED", run["state"]
        assert run["name"].startswith("provenance 20")
    finally:
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
    assert "Traceback" not in said
    assert served.returncode == 0
    assert not _answers(address)
    assert read_findings(storage.latest(tmp_path)).counts["articles"] == 5


def test_text_from_the_press_is_never_markup_on_the_page():
    nasty = "<script>alert(1)</script> | **x** [a](b) `c` #\n# title"
    row = {"cluster_id": "c", "text": nasty, "agency": nasty, "p_agency": None, "outlets": 2, "articles": 2,
           "carriers": [{"outlet": nasty, "lag": 0}, {"outlet": '"]; click', "lag": None}]}
    findings = Findings(
        counts=dict.fromkeys(
            ("articles", "clusters", "wholly_derived", "partially_derived", "uncredited"), 0
        ),
        dispatches=[], passages=[row], outlets=[], uncredited=[], rejects=[(nasty, 1)],
    )
    page = pages.findings_page(findings, nasty.replace("`", ""), "run", {"read": 1.0}, rejects=1)
    told, _, diagram = page.partition("```mermaid")
    diagram, _, rest = diagram.partition("```")
    for cell in (line for line in (told + rest).splitlines() if line.startswith("| ")):
        assert "<script" not in cell
        assert "**" not in cell
    assert "<" not in diagram.replace("-->", "")
    assert diagram.count('"') == 6  # two names and one lag, each in its quotes


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "?"), (0, "0 min"), (90, "2 min"), (3600, "1.0 h"), (-7200, "-2.0 h"), (86400 * 3, "3 d")],
)
def test_a_lag_is_said_as_people_say_it(seconds, said):
    assert pages.duration(seconds) == said


def _dedup(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "dedup", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=_environment(**environment))


def _environment(**more: str) -> dict[str, str]:
    """This process's environment without the server of a fixture that happens to be up."""
    return {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"} | more


def _runs(api, state: str) -> list[dict]:
    return api("flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": [state]}}}, "sort": "START_TIME_ASC"})


def _tasks(api, run: dict) -> list[dict]:
    found = api("task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    return sorted(found, key=lambda task: task["start_time"] or "")


def _artifacts(api, run: dict) -> dict[str, dict]:
    found = api("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    return {artifact["key"]: artifact for artifact in found}


def _ask(address: str, path: str, body: dict | None = None, method: str | None = None):
    request = urllib.request.Request(
        f"{address}/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or "null")


def _found(address: str, path: str) -> bool:
    try:
        return bool(_ask(address, path))
    except urllib.error.HTTPError:
        return False


def _answers(address: str) -> bool:
    try:
        return _ask(address, "health")
    except OSError:
        return False


def _wait(until, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"not after {seconds} s"
        time.sleep(0.2)

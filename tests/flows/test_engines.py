"""A run whose units of work are done by real worker processes of a Dask cluster, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from digests import FILE, ROOT, digests

from dedup.store import disk
from flows import engines

pytest.importorskip("prefect_dask")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address of a scheduler with two workers, and the workers' processes."""
    folder = tmp_path_factory.mktemp("cluster")
    note = folder / "scheduler.json"
    environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5", "PYTHONPATH": str(ROOT)}

    def start(*command: str) -> subprocess.Popen:
        started = [sys.executable, "-m", "distributed.cli." + command[0], *command[1:], "--scheduler-file", str(note)]
        return subprocess.Popen(
            started, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    scheduler = start("dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
    workers = [start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]
    try:
        deadline = time.monotonic() + 60
        while not note.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        yield json.loads(note.read_text())["address"], workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_a_run_goes_on_when_a_worker_is_killed_and_its_tables_are_the_same(cluster, tmp_path):
    address, workers = cluster
    home = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "dedup", "run", str(ROOT / "examples" / "inbox"), "--out", str(tmp_path / "out")]
    run = subprocess.Popen(
        [*command, "--engine", "dask", "--scheduler", address],
        cwd=ROOT,
        env={**home, "PREFECT_HOME": str(tmp_path / "prefect")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while run.poll() is None and not list(tmp_path.glob("out/store/paragraphs-*")):
        time.sleep(0.02)
    workers[0].send_signal(signal.SIGKILL)
    printed, faults = run.communicate(timeout=240)
    assert run.returncode == 0, faults
    assert "Most carried dispatches" in printed
    assert digests(disk.latest(tmp_path / "out")) == json.loads(FILE.read_text("utf-8"))


def test_a_scheduler_without_the_engine_dask_is_refused():
    with pytest.raises(ValueError, match="for the engine 'dask'"), engines.engine("local", "tcp://127.0.0.1:8786"):
        pass

"""A run whose units of work are done by real worker processes of a Dask cluster, some of which are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from digests import FILE, ROOT, digests

from dedup.config import Config
from dedup.pipeline import parts
from dedup.store import disk
from flows import engines

pytest.importorskip("prefect_dask")
from distributed import Client

UNITS = ("cut_part", "credit_part", "look_back", "align_pairs")
"""Units of work of a run, in their order."""


class Cluster:
    """A scheduler with two workers, in processes of their own; the worker that does a unit can be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._note, self._workers = folder, folder / "scheduler.json", {}
        self._scheduler = self._start("dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        deadline = time.monotonic() + 60
        while not self._note.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.address = json.loads(self._note.read_text())["address"]
        for _ in range(2):
            self._add_worker()

    def _start(self, command: str, *options: str) -> subprocess.Popen:
        started = [sys.executable, "-m", f"distributed.cli.{command}", *options, "--scheduler-file", str(self._note)]
        environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5", "PYTHONPATH": str(ROOT)}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(started, cwd=self._folder, env=environment, **quiet)

    def _add_worker(self) -> None:
        name = f"worker-{len(self._workers)}"
        self._workers[name] = self._start(
            "dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name
        )

    def kill_who_does(self, units: Sequence[str], run: subprocess.Popen) -> list[str]:
        """Kill the worker that is at the first of these units, then at the next, each replaced -> the units' names."""
        killed: list[str] = []
        with Client(self.address, set_as_default=False) as client:
            while run.poll() is None and len(killed) < len(units):
                workers = client.scheduler_info(-1)["workers"]
                does = (address for address, keys in client.processing().items() if units[len(killed)] in str(keys))
                if (address := next(does, None)) in workers:
                    self._workers[workers[address]["id"]].kill()
                    killed.append(units[len(killed)])
                    self._add_worker()
                time.sleep(0.01)
        return killed

    def close(self) -> None:
        """End all processes."""
        for process in (*self._workers.values(), self._scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.close()


def test_a_run_goes_on_when_a_worker_is_killed_in_each_stage_and_its_tables_are_the_same(cluster, tmp_path):
    home = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-m", "dedup", "run", str(ROOT / "examples" / "inbox"), "--out", str(tmp_path / "out")]
    run = subprocess.Popen(
        [*command, "--engine", "dask", "--scheduler", cluster.address],
        cwd=ROOT,
        env={**home, "PREFECT_HOME": str(tmp_path / "prefect")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    killed = cluster.kill_who_does(UNITS, run)
    printed, faults = run.communicate(timeout=240)
    assert run.returncode == 0, faults
    assert killed == list(UNITS)
    assert "Most carried dispatches" in printed
    assert digests(disk.latest(tmp_path / "out")) == json.loads(FILE.read_text("utf-8"))


def test_a_scheduler_without_the_engine_dask_is_refused():
    with pytest.raises(ValueError, match="for the engine 'dask'"), engines.engine("local", "tcp://127.0.0.1:8786"):
        pass


def test_a_scheduler_that_goes_away_is_said_with_the_next_step():
    from distributed.client import FutureCancelledError

    class Gone:
        """A future of a scheduler that is gone."""

        def result(self):
            raise FutureCancelledError("cut_part-1", "scheduler-connection-lost")

    class Runner:
        """A task runner whose scheduler is gone."""

        def submit(self, task, parameters):
            return Gone()

    run = SimpleNamespace(save=lambda: None, work=Path("work"), config=Config())
    with pytest.raises(engines.SchedulerLost, match="start it"):
        list(engines._Workers(Runner())(parts.cut_part, run, ["a"]))

"""A run whose units of work are done by worker processes of a Dask cluster that are killed, or stall."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import fsspec
import pytest
from digests import FILE, ROOT, digests
from prefect_home import prefect_home

from dedup.config import Config
from dedup.store import disk, remote
from flows import engines
from flows.server import ready, server

pytest.importorskip("prefect_dask")
from distributed import Client

UNITS = ("cut_part", "credit_part", "look_back", "align_pairs", "join_spans", "plant", "cut_components")
"""Units of work of a run, in their order."""


class Cluster:
    """A scheduler with two workers, in processes of their own; the worker that does a unit can be sent a signal."""

    def __init__(self, folder: Path, patience: str = "5 minutes") -> None:
        self._folder, self._note = folder, folder / "scheduler.json"
        self._patience = patience  # how long the scheduler waits for a sign of life of a worker
        self._workers: dict[str, subprocess.Popen] = {}
        self._ended: list[subprocess.Popen] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
        deadline = time.monotonic() + 60
        while not self._note.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.address = json.loads(self._note.read_text())["address"]
        for _ in range(2):
            self._add_worker()

    def _start(self, command: str, *options: str) -> subprocess.Popen:
        started = [sys.executable, "-m", f"distributed.cli.{command}", *options, "--scheduler-file", str(self._note)]
        settings = {
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "5",
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": self._patience,
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(started, cwd=self._folder, env=environment, **quiet)

    def _add_worker(self) -> None:
        name = f"worker-{len(self._workers) + len(self._ended)}"
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name, "--preload", "flows.engines")
        self._workers[name] = self._start("dask_worker", *options)

    def send(self, faults: Sequence[tuple[str, signal.Signals]], run: subprocess.Popen) -> list[str]:
        """Send the worker that is at the first unit its signal, then that at the next -> the units that were seen.

        A worker that is stopped goes on when the next unit is seen; what has ended is replaced.
        """
        seen: list[str] = []
        stalled: subprocess.Popen | None = None
        with Client(self.address, set_as_default=False) as client:
            while run.poll() is None and len(seen) < len(faults):
                unit, number = faults[len(seen)]
                workers = client.scheduler_info(-1)["workers"]
                does = (address for address, keys in client.processing().items() if unit in str(keys))
                if (address := next(does, None)) in workers:
                    worker = self._workers[workers[address]["id"]]
                    worker.send_signal(number)
                    if stalled is not None:
                        stalled.send_signal(signal.SIGCONT)
                    stalled = worker if number == signal.SIGSTOP else None
                    seen.append(unit)
                self._replace()
                time.sleep(0.03)
        while run.poll() is None:
            self._replace()
            time.sleep(0.3)
        return seen

    def _replace(self) -> None:
        for name in [name for name, worker in self._workers.items() if worker.poll() is not None]:
            self._ended.append(self._workers.pop(name))
            self._add_worker()

    def close(self) -> None:
        """End all processes."""
        for process in (*self._workers.values(), self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A Prefect server for all runs of this module: address and folder."""
    with prefect_home(tmp_path_factory.mktemp("prefect")), server() as address:
        ready(address)
        yield {"PREFECT_API_URL": address}


@pytest.fixture(scope="module")
def cluster(pages, tmp_path_factory):
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.close()


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    """The address of a bucket of an S3 server on this machine."""
    address = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    address.start()
    host, port = address.get_host_and_port()
    known = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**known, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DEDUP_CACHE", str(tmp_path / "mirrors"))
    kind = fsspec.get_filesystem_class("s3")
    kind.clear_instance_cache()
    fsspec.filesystem("s3").mkdir("press")
    yield "s3://press"
    address.stop()
    kind.clear_instance_cache()


def begin(out: object, cluster: Cluster, pages: dict[str, str], *options: str) -> subprocess.Popen:
    """``dedup run`` over the examples, by the workers of a cluster."""
    command = [sys.executable, "-m", "dedup", "run", str(ROOT / "examples" / "inbox"), "--out", str(out), *options]
    return subprocess.Popen(
        [*command, "--engine", "dask", "--scheduler", cluster.address],
        cwd=ROOT,
        env={**os.environ, **pages, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_into_a_bucket_whose_workers_are_killed_in_every_stage_has_the_tables_of_an_undisturbed_one(
    cluster, pages, bucket, tmp_path, monkeypatch
):
    run = begin(f"{bucket}/out", cluster, pages)
    seen = cluster.send([(unit, signal.SIGKILL) for unit in UNITS], run)
    printed, said = run.communicate(timeout=240)
    assert run.returncode == 0, said
    assert seen == list(UNITS)
    assert "Most carried dispatches" in printed
    monkeypatch.setenv("DEDUP_CACHE", str(tmp_path / "another"))  # nothing is there but what was committed
    assert digests(disk.latest(remote.here(f"{bucket}/out"))) == json.loads(FILE.read_text("utf-8"))


@pytest.mark.skipif("DEDUP_SLOW" not in os.environ, reason="waits until a scheduler gives a worker up: DEDUP_SLOW=1")
def test_when_a_worker_stalls_another_one_does_its_unit_and_the_tables_are_the_same(pages, tmp_path):
    cluster = Cluster(tmp_path, "30s")
    try:
        run = begin(tmp_path / "out", cluster, pages)
        seen = cluster.send([("cut_part", signal.SIGSTOP), ("credit_part", signal.SIGCONT)], run)
        _, said = run.communicate(timeout=240)
        assert run.returncode == 0, said
        assert seen == ["cut_part", "credit_part"]
        assert digests(disk.latest(tmp_path / "out")) == json.loads(FILE.read_text("utf-8"))
    finally:
        cluster.close()


def test_when_the_scheduler_is_killed_the_run_does_the_rest_itself_and_its_tables_are_the_same(
    cluster, pages, tmp_path
):
    """The last of this module's runs by the cluster, which is gone after it."""
    run = begin(tmp_path / "out", cluster, pages)
    with Client(cluster.address, set_as_default=False) as client:
        while run.poll() is None and "look_back" not in str(client.processing()):
            time.sleep(0.03)
    cluster.scheduler.kill()
    _, said = run.communicate(timeout=240)
    assert run.returncode == 0, said
    assert digests(disk.latest(tmp_path / "out")) == json.loads(FILE.read_text("utf-8"))


def test_a_scheduler_without_the_engine_dask_is_refused():
    with pytest.raises(ValueError, match="for the engine 'dask'"), engines.engine("local", "tcp://127.0.0.1:8786"):
        pass


def test_when_the_scheduler_goes_away_this_process_does_what_is_left_and_says_so(caplog):
    from distributed.client import FutureCancelledError

    class Future:
        """A future; None as its value is one whose scheduler is gone."""

        def __init__(self, value: str | None) -> None:
            self._value = value

        def result(self):
            if self._value is None:
                raise FutureCancelledError("cut_part-1", "scheduler-connection-lost")
            return self._value

    class Runner:
        """A task runner whose scheduler goes away after the first unit."""

        def __init__(self) -> None:
            self.asked = 0

        def submit(self, task, parameters):
            self.asked += 1
            return Future("by a worker" if self.asked == 1 else None)

    runner, run = Runner(), SimpleNamespace(save=lambda: None, work=Path("work"), config=Config())

    def unit(run, item):
        return f"{item} here"

    workers = engines._Workers(runner)
    assert list(workers(unit, run, "abc")) == ["by a worker", "b here", "c here"]
    assert list(workers(unit, run, "d")) == ["d here"]
    assert runner.asked == 3
    assert caplog.text.count("this process does what is left") == 1

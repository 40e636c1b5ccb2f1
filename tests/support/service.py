"""``dedup serve`` in a process of its own, to be watched, killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from signals import heed

from dedup.store import disk

ROOT = Path(__file__).parents[2]
SENTENCE = "Le barrage numéro {0} de la vallée d'Ombrelle a été vidé mardi par les agents du syndicat des eaux {0}."


class Service:
    """A service over ``folder/inbox`` into ``folder/out``, due every ``period`` seconds."""

    def __init__(self, folder: Path, period: int = 15, *options: str) -> None:
        self.inbox, self.out, self.home = folder / "inbox", folder / "out", folder / "prefect"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.period, self.options = period, options
        self.arrived = 0
        self._log = open(folder / "service.log", "ab")
        self.log = folder / "service.log"
        self.process: subprocess.Popen | None = None

    def arrive(self, articles: int = 1) -> None:
        """Put new articles into the inbox, whole at once."""
        rows = []
        for _ in range(articles):
            self.arrived += 1
            rows.append(json.dumps({"id": f"a{self.arrived}", "text": SENTENCE.format(self.arrived)}) + "\n")
        (self.inbox / f".{self.arrived}").write_text("".join(rows), "utf-8")  # passed over until it is whole
        (self.inbox / f".{self.arrived}").rename(self.inbox / f"{self.arrived}.jsonl")

    def start(self) -> None:
        """Start the service and return when its pages answer."""
        command = [sys.executable, "-m", "dedup", "serve", "--inbox", self.inbox, "--out", self.out, *self.options]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        said = self.log.stat().st_size
        self.process = subprocess.Popen(
            [*map(str, command), "--cron", f"* * * * * */{self.period}"],
            stdout=self._log,
            stderr=self._log,
            cwd=ROOT,
            env={**environment, "PREFECT_HOME": str(self.home), "PREFECT_RUNNER_POLL_FREQUENCY": "1",
                 "PYTHONPATH": str(ROOT)},
            start_new_session=True,
            preexec_fn=heed,
        )  # fmt: skip
        wait(lambda: "Stop with Ctrl-C" in self.log.read_text("utf-8")[said:] or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text("utf-8")

    def articles(self) -> int:
        """Articles of the newest snapshot."""
        try:
            return disk.count_rows(disk.latest(self.out) / "articles.parquet")
        except disk.StorageError:
            return 0

    def writer(self) -> int | None:
        """The process that makes a snapshot now."""
        for owner in (self.out / ".work").glob("*.owner"):
            try:
                return int(json.loads(owner.read_text("utf-8"))["pid"])
            except (OSError, ValueError):
                return None
        return None

    def server(self) -> int | None:
        """The process of its Prefect server."""
        return next((pid for pid, words in _children(self.process.pid) if "flows.server" in words), None)

    def kill_all(self) -> None:
        """A power cut: every process at once, what an earlier kill has left to itself too."""
        for pid in (self.process.pid, *(pid for pid, _ in _children(self.process.pid)), *self._of_home()):
            _kill(pid)
        self.process.wait()

    def _of_home(self) -> list[int]:
        """The processes that have this service's PREFECT_HOME, whoever their parent is now."""
        mark = f"PREFECT_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    def kill(self) -> None:
        """Kill the service alone: what it started is left to itself."""
        _kill(self.process.pid)
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it as a person or a supervisor does, and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _children(parent: int) -> list[tuple[int, str]]:
    """(process, its command line) of all that a process has started, and what they have."""
    found, parents = [], {parent}
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    while True:
        more = [(int(pid), words) for pid, above, words in rows if int(above) in parents and int(pid) not in parents]
        if not more:
            return found
        found += more
        parents |= {pid for pid, _ in more}


def wait(until: Callable[[], object], seconds: float = 180.0) -> float:
    """Wait for something; gives the seconds that it took."""
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < seconds, f"not after {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began

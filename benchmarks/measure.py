"""A command -> its wall time, CPU and peak memory, with everything it starts.

CPU and memory come from ``/proc``, not from ``ru_maxrss``: on Linux the latter of a started
program is at least what its parent used, and it knows one process, not a tree.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
INTERVAL = 0.05


@dataclass
class Measured:
    """``wall``, ``cpu``: seconds. ``peak``: bytes. ``status``: exit status, or None if stopped
    at the time limit. ``output``: the last lines it printed."""

    wall: float
    cpu: float
    peak: int
    status: int | None
    output: str

    def as_dict(self) -> dict:
        """The figures as a plain dictionary."""
        return asdict(self)


def descendants(pid: int) -> list[int]:
    """Every living process below ``pid``."""
    below: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            below += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    except OSError:
        pass
    return below + [deeper for child in below for deeper in descendants(child)]


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of the children it has waited for; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) * TICK


def memory_of(pid: int, kind: str, file: str = "status") -> int:
    """One figure of a process in bytes: VmHWM (peak), VmRSS, or Pss of smaps_rollup."""
    try:
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(kind + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run(
    command: Sequence[str],
    limit: float | None = None,
    environment: dict[str, str] | None = None,
    folder: str | os.PathLike | None = None,
    log: Path | None = None,
) -> Measured:
    """Run a command to its end, or to ``limit`` seconds, looking at its tree all the while."""
    log = log or Path(os.devnull)
    begin = time.perf_counter()
    peak, cpu, stopped = 0, 0.0, False
    with open(log, "wb") as stream:
        process = subprocess.Popen(
            command,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
        )
        try:
            while True:
                below = descendants(process.pid)
                cpu = max(cpu, sum(map(cpu_of, [process.pid, *below])))
                peak = max(peak, memory_of(process.pid, "VmHWM"))
                if below:  # shared pages count once
                    shares = (memory_of(p, "Pss", "smaps_rollup") for p in [process.pid, *below])
                    peak = max(peak, sum(shares))
                try:
                    process.wait(INTERVAL)
                    break
                except subprocess.TimeoutExpired:
                    if limit is not None and time.perf_counter() - begin > limit:
                        stopped = True
                        break
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    wall = time.perf_counter() - begin
    text = log.read_text(errors="replace") if log.is_file() else ""
    return Measured(wall, cpu, peak, None if stopped else process.returncode, "\n".join(text.splitlines()[-15:]))

"""``dedup serve``: the deployment on its schedule, one run at a time, and a line in the terminal for each.

A run that is due while another one works waits for it, because this process starts one at a time (a slot that
Prefect's server keeps would stay taken when the service is killed). Beneath that the lock of the output folder
refuses a second writer, whoever started it. What a killed service leaves is put right at the next start: its runs
are marked as crashed, and a run whose service has died ends by itself.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import EntrypointType, RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.states import Crashed, State

from dedup.config import Config
from dedup.store.disk import Lock, StorageError

from .provenance import SERVICE, provenance

Say = Callable[[str], Any]

LOOK = 2.0
"""Seconds between two looks at the runs, and at the inbox with ``--watch``."""

UNENDED = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
ENDED = (StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)


def local_timezone() -> str:
    """The machine's time zone (``TZ``, else its settings), by its name in the tz database; UTC when it has none."""
    import tzlocal

    try:
        name = tzlocal.get_localzone_name() or "UTC"
        return "UTC" if name in ("Etc/UTC", "Etc/UCT", "GMT") else name
    except Exception:  # a TZ that names nothing
        return "UTC"


def deployment(
    name: str, inbox: Path, out: Path, config: Config, cron: str, timezone: str | None = None
) -> RunnerDeployment:
    """What is served: the flow over one inbox, at the times of ``cron`` as clocks of ``timezone`` show them."""
    made: Any = provenance.to_deployment(
        name=name,
        schedule=Cron(cron, timezone=timezone or local_timezone()),
        parameters={"inputs": [str(inbox)], "out": str(out), "config": config.model_dump(mode="json")},
        tags=["dedup"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return made


def serve(served: RunnerDeployment, inbox: Path, out: Path, say: Say, watch: bool = False) -> None:
    """Run until stopped: SIGINT, SIGTERM and SIGHUP end it alike, and the run that is at work with it."""
    os.environ[SERVICE] = str(os.getpid())
    with get_client(sync_client=True) as client:
        for line in mend(client, served.name, out):
            say(line)
    runner = _Runner(name=served.name, limit=1, pause_on_shutdown=False)
    stopping = threading.Event()
    try:
        asyncio.run(_serve(runner, served, inbox, say, watch, stopping))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped")
    finally:
        stopping.set()


async def _serve(
    runner: _Runner, served: RunnerDeployment, inbox: Path, say: Say, watch: bool, stopping: threading.Event
) -> None:
    runner.ends_with(asyncio.current_task())
    identity = await runner.aadd_deployment(served)
    looks: list[Callable[[], None]] = [_Lines(identity, say).look]
    if watch:
        looks.append(_Arrivals(identity, inbox).look)
    for look in looks:
        context = contextvars.copy_context()  # Prefect's settings are there
        threading.Thread(target=context.run, args=(_repeat, look, stopping), daemon=True).start()
    await runner.start()


class _Runner(Runner):
    """Prefect's runner, which ends at SIGTERM and SIGHUP as it does at Ctrl-C: the run at work is asked to stop."""

    def ends_with(self, task: asyncio.Task[None] | None) -> None:
        """Name the task that a signal cancels. (Raising SIGINT would do nothing where a shell has it ignored.)"""
        self._loop, self._task = asyncio.get_running_loop(), task
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(signal.SIGHUP, self.handle_sigterm)

    def handle_sigterm(self, *args: Any, **kwargs: Any) -> None:
        if self._task is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)


def mend(client: SyncPrefectClient, name: str, out: Path) -> list[str]:
    """Put right what a killed service left, and say in lines what that was.

    The lock of the output folder says whether a run still works on it; if none does, whatever Prefect believes to be
    at work there has died.
    """
    try:
        known = client.read_deployment_by_name(f"{provenance.name}/{name}")
    except ObjectNotFound:
        return []
    lines = []
    ended = _runs(client, known.id, ENDED, limit=1)
    if ended:
        lines.append(f"The last run ended {_clock(ended[0].end_time)} ({_state(ended[0])}).")
    try:
        with Lock(out):
            for run in _runs(client, known.id, UNENDED):
                if run.parameters.get("out", str(out)) == str(out):
                    crashed: State[Any] = Crashed(message="its process has died: the service was stopped while it ran")
                    client.set_flow_run_state(run.id, crashed, force=True)
                    lines.append(f"{run.name} had died with the service before; marked as crashed.")
    except StorageError as error:
        lines.append(str(error))
    return lines


class _Lines:
    """A line for each run that ends or comes late."""

    def __init__(self, identity: UUID, say: Say) -> None:
        self._identity, self._say = identity, say
        with get_client(sync_client=True) as client:
            self._seen = {(run.id, True) for run in _runs(client, identity, ENDED)}

    def look(self) -> None:
        with get_client(sync_client=True) as client:
            ended = _runs(client, self._identity, ENDED)
            late = [run for run in _runs(client, self._identity, (StateType.SCHEDULED,)) if run.state_name == "Late"]
        for run in reversed(ended):
            self._once(run, True, f"{_clock(run.end_time)} {_state(run)} in {run.total_run_time.total_seconds():.0f} s")
        for run in reversed(late):
            self._once(run, False, f"{_clock(run.expected_start_time)} late: due, and waits for its turn")

    def _once(self, run: FlowRun, ended: bool, line: str) -> None:
        if (run.id, ended) in self._seen:
            return
        self._seen.add((run.id, ended))
        message = " ".join((run.state.message or "").split()) if ended and run.state else ""
        self._say(f"{line}: {message}" if message else line)


class _Arrivals:
    """A run as soon as new files lie still in the inbox."""

    def __init__(self, identity: UUID, inbox: Path) -> None:
        self._identity, self._inbox = identity, inbox
        self._taken = self._before = _files(inbox)

    def look(self) -> None:
        now = _files(self._inbox)
        if now == self._before and now != self._taken:  # a file that still grows is not taken yet
            with get_client(sync_client=True) as client:
                client.create_flow_run_from_deployment(self._identity)
            self._taken = now
        self._before = now


def _files(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Name, size and time of every file that a run would read; one that goes is no news."""
    found = set()
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file() and not path.name.startswith((".", "_")):
                seen = path.stat()
                found.add((str(path), seen.st_size, seen.st_mtime_ns))
    return frozenset(found)


def _repeat(look: Callable[[], None], stopping: threading.Event) -> None:
    """Look again and again; a server that is busy or starts anew is asked again at the next turn."""
    while not stopping.wait(LOOK):
        with suppress(Exception):
            look()


def _runs(client: SyncPrefectClient, identity: UUID, types: tuple[StateType, ...], limit: int = 50) -> list[FlowRun]:
    """Runs of a deployment in these states, the newest first."""
    return client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[identity])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=limit,
    )


def _state(run: FlowRun) -> str:
    return (run.state_name or "unknown").lower()


def _clock(moment: datetime | None) -> str:
    """A time on the machine's clock, to the minute."""
    return f"{(moment or datetime.fromtimestamp(time.time(), UTC)).astimezone():%Y-%m-%d %H:%M}"

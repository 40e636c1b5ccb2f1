"""Who does a run's units of work: this process, or the workers of a Dask cluster through Prefect's task runner.

A unit is a function of the run's note and of names of files that never change; it writes files and returns their names
(``dedup.pipeline.run``). So a cluster needs a folder that every worker sees under the same path, and nothing else of
the coordinator, which alone adds what was made to the state. A unit whose worker died is done again, by another.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

from prefect import task
from prefect.task_runners import TaskRunner

from dedup.config import Config
from dedup.pipeline.run import Engine, Run, Unit, in_turn
from dedup.surfaces import extras

from .tasks import OPTIONS

log = logging.getLogger("dedup")

Name = Literal["local", "dask"]

AHEAD = 64
"""Units that wait at the scheduler at once: what has begun is small when a run is cancelled."""


@contextmanager
def engine(name: Name, scheduler: str | None = None) -> Iterator[Engine | None]:
    """The engine of a run for the block; None is this process.

    ``scheduler`` is the address of a Dask scheduler (``tcp://host:8786``); without one, workers are started on this
    machine, one a core, each with one thread, since a unit's kernels have threads of their own.
    """
    if fault := extras.fault_of_engine(name, scheduler):
        raise ValueError(fault)
    if name == "local":
        yield None
        return
    from prefect_dask import DaskTaskRunner

    here = {"threads_per_worker": 1, "dashboard_address": None}
    runner = DaskTaskRunner(address=scheduler) if scheduler else DaskTaskRunner(cluster_kwargs=here)
    with runner:
        yield _Workers(runner)


def work(unit: Unit, folder: Path, config: Config, item: Any) -> Any:
    """One unit of work, on a worker: the run is opened by its note."""
    return unit(Run.open(folder, config), item)


class _Workers:
    """An engine: what the workers make of each item, in the items' order.

    When the scheduler is gone, and with it everybody who could say what was made, this process does the rest: a unit
    that was done already is done again, with the same files.
    """

    def __init__(self, runner: TaskRunner[Any]) -> None:
        self._runner, self._lost = runner, False

    def __reduce__(self) -> tuple[Any, ...]:
        """Prefect sends workers the step that a unit belongs to; what arrives does its work in turn."""
        return partial, (in_turn,)

    def __call__(self, unit: Unit, run: Run, items: Iterable[Any]) -> Iterator[Any]:
        run.save()
        # not a decorator: the function travels by its name, which must stay its own
        made_of: Any = task(name=unit.__name__, task_run_name=unit.__name__, **OPTIONS)(work)
        made_of.__name__ = unit.__name__  # what Dask's own pages call it
        waiting: deque[tuple[Any, Any]] = deque()
        for item in items:
            given = {"unit": unit, "folder": run.work, "config": run.config, "item": item}
            waiting.append((item, None if self._lost else self._runner.submit(made_of, parameters=given)))
            if len(waiting) == AHEAD:
                yield self._made(unit, run, *waiting.popleft())
        while waiting:
            yield self._made(unit, run, *waiting.popleft())

    def _made(self, unit: Unit, run: Run, item: Any, future: Any) -> Any:
        """What a worker made of an item, or this process where nobody is there any more who could say."""
        from distributed.client import FutureCancelledError

        if not self._lost:
            try:
                return future.result()
            except FutureCancelledError:
                self._lost = True
                log.warning(
                    "the Dask scheduler has ended or cannot be reached: this process does what is left of the run"
                )
        return unit(run, item)

"""Inputs -> a snapshot: the steps of a run in their order, and the run from its lock to its snapshot.

A run reads what is new, makes its parts of the store (``dedup.store.holdings``), and recomputes the tables from all
parts. Rows of articles are numbered in the order of their ids, so that the tables are a function of the set of articles
and not of the order in which they came. Parts of the corpus stream through reading, segmenting, crediting and signing;
the join reads some bands of all parts at a time, alignment the articles of some pairs. A step is a function of the run
as its note has it, so that a Prefect task can perform it as well as ``run`` below.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup import __version__
from dedup.config import SKETCH_SCHEME, Config
from dedup.intake import frames
from dedup.pipeline import arrivals, compare, parts, removal, summarise, trace
from dedup.pipeline.days import cut_into_files
from dedup.pipeline.run import Engine, Run, note_file
from dedup.store import disk, holdings, remote

log = logging.getLogger("dedup")
"""One line a step, with its counts and seconds, at level INFO."""


class Step(NamedTuple):
    """One step of a run."""

    name: str
    what: str
    """What it does, for a progress line."""
    function: Callable[[Run], Mapping[str, int | float]]
    """The run -> counts."""


RUN_ID = "%Y%m%dT%H%M%S.%fZ"
"""A run is identified by the moment at which it began, UTC."""

STEPS: tuple[Step, ...] = (
    Step("read", "read the articles", arrivals.read),
    Step("cut", "cut them into paragraphs and words", parts.cut),
    Step("credit", "find the credits to agencies", parts.credit),
    Step("join", "sign the windows with MinHash and pair the articles that meet in a bucket", compare.join),
    Step("align", "align the candidate pairs word by word", compare.align),
    Step("audit", "compare a sample without the look-up", compare.audit),
    Step("cluster", "cluster the passages", trace.cluster),
    Step("trace", "trace every passage to its source", trace.trace),
    Step("summarise", "sum up outlets and dispatches", summarise.summarise),
)
"""The steps of a run, in their order."""


class RunResult(NamedTuple):
    """What a run did."""

    run_id: str
    path: Path
    """The newest snapshot."""
    counts: dict[str, int | float]
    seconds: dict[str, float]
    """Seconds of each step."""
    rejects: int
    """Faults of what this run was given to read; the table keeps those of earlier runs too."""
    published: bool = True
    """False when there was nothing new: ``path`` and ``run_id`` are those of the snapshot that stays the newest."""
    new_articles: int = 0
    """Articles and new versions that this run was the first to see."""


def run(
    inputs: Any,
    out: str | Path,
    config: Config | None = None,
    progress: Callable[[str, dict[str, int | float]], None] | None = None,
    finish: Callable[..., object] | None = None,
    remove: Sequence[str] = (),
) -> RunResult:
    """Read the inputs, find what was copied from where, and publish a snapshot under ``out``.

    Inputs are paths or addresses (one or several: files, folders, globs, ``s3://...``), data frames that follow the
    Arrow PyCapsule interface (pyarrow, pandas, polars, DuckDB), or a list of dicts.
    ``progress`` is called with a step's name and counts when it has ended, ``finish`` as in ``publish``. With nothing
    new no snapshot is made. The logger "dedup" has a line for every step. ``remove`` are ids of articles that are taken
    down (``dedup.pipeline.removal``).
    """
    config = config or Config()
    with frames.as_paths(inputs) as paths, working(paths, out, config, remove) as work:
        for step in STEPS:
            counts = perform(work, step, config)
            if progress:
                progress(step.name, counts)
        return publish(work, config, finish)


@contextmanager
def working(
    inputs: str | os.PathLike | Sequence[str | os.PathLike],
    out: str | Path,
    config: Config,
    remove: Sequence[str] = (),
    full: bool = False,
) -> Iterator[Path]:
    """The work folder of a new run. The lock of ``out`` is held for the block; what fails in it leaves nothing.

    Where ``out`` is an address, the work is done in its mirror, and published there at the end. ``remove`` and ``full``
    as in ``Run``.
    """
    inputs = arrivals.paths(inputs)
    with remote.output(out) as folder, disk.Lock(folder):
        work, now = _begun(folder, config)
        try:
            begun = now.isoformat(timespec="seconds")
            Run(work, config, now.strftime(RUN_ID), folder, inputs, begun, list(remove), full).save()
            yield work
        except BaseException:
            abandon(work)
            raise


def _begun(out: Path, config: Config) -> tuple[Path, datetime]:
    """Sweep what dead runs left, and make the work folder of a run that begins now."""
    disk.sweep(out)
    if mended := disk.mend_latest(out):
        log.warning("%s pointed nowhere: it is %s again", out / "latest", mended.name)
    holdings.sweep(out, holdings.load(out))
    if config.seed_file is not None:
        disk.make_secret(config.seed_file)
    now = datetime.now(UTC)
    return disk.begin_snapshot(out, now.strftime(RUN_ID)), now


def perform(work: Path, step: Step, config: Config, engine: Engine | None = None) -> dict[str, int | float]:
    """Perform one step and note its counts and seconds. When nothing is new, the steps after the first do nothing.

    ``engine`` does the step's units of work (``dedup.pipeline.run``); None: this process.
    """
    of_run = Run.open(work, config, engine)
    if of_run.idle and step.name != STEPS[0].name:
        return {}
    started = time.perf_counter()
    counts = dict(step.function(of_run))
    disk.give_back()
    of_run.seconds[step.name] = round(time.perf_counter() - started, 3)
    of_run.counts.update(counts)
    of_run.save()
    log.info("%s in %.1f s: %s", step.name, of_run.seconds[step.name], _listed(counts))
    return counts


def publish(work: Path, config: Config, finish: Callable[..., object] | None = None) -> RunResult:
    """Make the run's parts the store's state and its tables the newest snapshot, each in one step.

    ``finish(folder, manifest=...)`` is called before, with the folder of the finished tables and the manifest they will
    have: what it writes there belongs to the snapshot.
    Killed between the two steps, the next run finds the articles in the store and makes their snapshot.
    """
    of_run = Run.open(work, config)
    counts, seconds = of_run.counts, of_run.seconds
    rejects, new = int(counts.get("rejects", 0)), int(counts.get("new_articles", 0))
    if of_run.idle:
        path = disk.latest(of_run.out)
        abandon(work)
        log.info("nothing new: %s stays the newest snapshot", path)
        return RunResult(path.name, path, counts, seconds, rejects, False, new)
    state, manifest = of_run.state_in_use(), _manifest(of_run)
    if work.exists():  # a second try may find that the first one moved it
        manifest["rows"] = cut_into_files(work, of_run.before)
        if finish is not None:
            disk.give_back()
            finish(work, manifest=manifest)
        holdings.commit(of_run.out, state)
        disk.remove_files(work, lambda name: name.endswith((".arrow", ".npy")))
    path = disk.publish(of_run.out, of_run.run_id, work, manifest, 0 if of_run.remove else config.keep_snapshots)
    holdings.sweep(of_run.out, state)
    if of_run.remove:
        removal.forget(of_run.out)
    note_file(work).unlink(missing_ok=True)
    log.info("published %s: %s new, %s rejects", path, f"{new:,}", f"{rejects:,}")
    return RunResult(of_run.run_id, path, counts, seconds, rejects, True, new)


def abandon(work: Path) -> None:
    """After a failure: remove the work folder, and the parts of the store that no manifest names."""
    out = work.parent.parent
    try:
        disk.drop_snapshot(work)
        holdings.sweep(out, holdings.load(out))
    except (disk.StorageError, OSError):
        pass  # the disk that made the run fail; the next run sweeps
    finally:
        note_file(work).unlink(missing_ok=True)


def _listed(counts: dict[str, int | float]) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in counts.items() if value is not None) or "nothing to count"


def _manifest(of_run: Run) -> dict[str, object]:
    import platform

    config = of_run.config
    before = of_run.before.manifest.get("reopened", {}) if of_run.before else {}
    return {
        "dedup": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "sketch": {
            "scheme": SKETCH_SCHEME,
            "num_perm": config.num_perm,
            "seed": config.seed if config.seed_file is None else None,
        },
        "config": config.model_dump(mode="json"),
        "inputs": of_run.inputs,
        "files": of_run.files,
        "state": of_run.digest,
        "started_at": of_run.started_at,
        "reopened": {**before, **({of_run.run_id: of_run.reopened} if of_run.reopened else {})},
        "counts": of_run.counts,
        "stages": of_run.seconds,
    }

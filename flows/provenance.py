"""The flow: articles in, a snapshot of tables out, with a run page that tells the story.

Three ways in, one flow: ``dedup run``, ``python -m flows.provenance INPUT... --out DIR`` (the same command), and
``prefect deployment run 'provenance/articles'`` after ``prefect deploy --all``.
"""

import sys

if __name__ == "__main__":  # before Prefect is imported: its server starts meanwhile
    from dedup.surfaces.cli import main

    main(["run", *sys.argv[1:]], name="python -m flows.provenance")
    sys.exit()

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.assets import Asset, AssetProperties, materialize
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.events import emit_event
from prefect.states import Completed, Failed
from pydantic import Field, ValidationError

from dedup import schemas
from dedup.config import Config
from dedup.pipeline import steps
from dedup.store import disk
from dedup.store.addresses import is_address, plain
from dedup.store.locks import alive
from dedup.store.snapshot import Snapshot
from dedup.summary.findings import Findings, read_findings
from dedup.summary.pickups import new_pickups
from dedup.surfaces import report

from . import engines, pages
from .checks import Checks, faults, reject_rows
from .tasks import OPTIONS

SERVICE = "DEDUP_SERVICE"
"""Variable with the process of ``dedup serve`` in the runs that it starts."""

TOLD_PICKUPS = 1_000
"""Most pick-ups that an event names: Prefect takes events of 1.5 MB."""

_watchers: list[Callable[[str, dict], None]] = []
"""Who hears of each step. No context variable: a served flow is pickled for its process, with what it refers to."""


def run_name() -> str:
    """The run's planned time, in UTC, to the minute."""
    return f"provenance {runtime.flow_run.scheduled_start_time:%Y-%m-%d %H:%M}"


def say_what_to_do(flow: Any, flow_run: Any, state: Any) -> None:
    """Leave a page on the run that failed or crashed: what happened, what is safe, what to do."""
    page = ArtifactCreate(
        key="provenance-failure",
        type="markdown",
        description="What happened, and what to do",
        data=pages.failure_page(state.message or "no more is known"),
        flow_run_id=flow_run.id,
    )
    get_client(sync_client=True).create_artifact(page)


@flow(
    name="provenance",
    flow_run_name=run_name,
    description="Trace the passages of articles to agency dispatches and earliest carriers.",
    on_failure=[say_what_to_do],
    on_crashed=[say_what_to_do],
)
def provenance(
    inputs: list[str],
    out: str = "artifacts",
    window_days: Annotated[int, Field(ge=1)] | None = None,
    agency: str | None = None,
    outlets: str | None = None,
    engine: engines.Name = "local",
    scheduler: str | None = None,
    checks: Checks = Checks(),  # noqa: B008  (frozen)
    config: Config = Config(),  # noqa: B008  (frozen)
) -> Any:
    """Trace the passages of articles to agency dispatches and earliest carriers, and write a snapshot of tables.

    Args:
        inputs: files, folders or globs of articles
        out: folder of the snapshots
        window_days: days before and after that an article is compared with; empty means as under config
        agency: agency of a dispatch that names none; empty means as under config
        outlets: CSV (outlet, domain, owner, country) added to the shipped one; empty means as under config
        engine: advanced: local, or dask, whose workers see the folder of the snapshots under the same path
        scheduler: advanced: address of a Dask scheduler (tcp://host:8786); empty means workers on this machine
        checks: advanced: what makes a run fail though its tables are published
        config: advanced: every other setting
    """
    given = {"window_days": window_days, "agency": agency, "outlets_file": outlets}
    changed = {name: value for name, value in given.items() if value is not None}
    if changed:
        config = Config.model_validate({**config.model_dump(), **changed})
    log = get_run_logger()
    end_with_the_service()
    folder = Path(out) if is_address(out) or engine == "local" else Path(out).absolute()
    with engines.engine(engine, scheduler) as workers, steps.working(inputs, folder, config) as work:
        every = steps.STEPS
        done: Any = create_progress_artifact(0, key="provenance-progress", description=every[0].what)
        for number, step in enumerate(every, start=1):
            counts = _task(step.name, step.what, partial(steps.perform, step=step, engine=workers))(work, config=config)
            log.info("%s: %s", step.name, ", ".join(f"{key} {value:,}" for key, value in counts.items()))
            following = every[number].what if number < len(every) else "publish the snapshot"
            update_progress_artifact(done, 100 * number / (len(every) + 1), description=following)
            _tell(step.name, counts)
        publish = partial(steps.publish, finish=report.write if config.report else None)
        result = _task("publish", "make the snapshot the newest", publish, assets(out))(work, config=config)
        update_progress_artifact(done, 100, description="done")
    findings = read_findings(Path(result.path))
    _show(findings, result, _latest(out), config.report_url)
    _tell("publish", {})
    line = pages.in_one_line(findings, result)
    failed = faults(checks, Path(result.path), result.rejects, result.new_articles, datetime.now(UTC))
    if failed:
        return Failed(message=f"{'; '.join(failed)}. The snapshot is published all the same: {line}")
    return Completed(message=line, data=result)


def end_with_the_service() -> None:
    """End this process when the service that started it has died: at once, as if it had been killed with it.

    Its Prefect server has died too, so nobody would learn how the run ends, and it would hold the output folder until
    the client has stopped asking. A run that is killed at any moment loses nothing.
    """
    service = os.environ.get(SERVICE)
    if service is None or int(service) == os.getpid():
        return

    def watch() -> None:
        while alive(int(service)):
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="end with the service").start()


@contextmanager
def watching(progress: Callable[[str, dict], None] | None) -> Iterator[None]:
    """Call ``progress(step, counts)`` after each step of the flows that run in the block, in this process."""
    _watchers.extend([progress] if progress else [])
    try:
        yield
    finally:
        _watchers.clear()


def _tell(step: str, counts: dict) -> None:
    for progress in _watchers:
        progress(step, counts)


ASSETS = ("articles", "article_provenance", "provenance", "wire_pickup", "outlets", "copies")
"""Tables that a published run materializes as assets: those that others build on."""


def assets(out: str) -> list[Asset]:
    """The tables of an output folder as Prefect's assets; none where its name cannot be the key of one (accents, blanks
    and other letters that an address escapes, or too many of them)."""
    latest = _latest(out) if is_address(out) else Path(_latest(out)).absolute().as_uri()
    found = []
    for name in ASSETS:
        with suppress(ValidationError):
            properties = AssetProperties(name=name, description=schemas.ROWS[name])
            found.append(Asset(key=f"{latest}/{name}.parquet", properties=properties))
    return found


def _latest(out: str) -> str:
    """Where the newest tables of an output are read."""
    return f"{plain(out)}/latest" if is_address(out) else str(Path(out) / "latest")


def _task(name: str, what: str, function: Callable[..., Any], made: Sequence[Asset] = ()) -> Callable[..., Any]:
    """A step as a Prefect task; its results are files in the working folder, so nothing else is kept or cached."""

    def step(work: Path, config: Config) -> Any:
        return function(work, config=config)

    decorated: Any = materialize(*made, by="dedup", **OPTIONS) if made else partial(task, **OPTIONS)
    return decorated(step).with_options(name=name, task_run_name=name, description=what)


def _show(findings: Findings, result: steps.RunResult, latest: str, served: str | None) -> None:
    figures = disk.read_manifest(result.path)["counts"]
    page = Path(result.path).absolute() / "report" / "index.html"
    create_markdown_artifact(
        pages.findings_page(findings, result, latest, figures, page.exists(), served),
        key="provenance-findings",
        description="What the run found",
    )
    create_table_artifact(
        pages.outlet_rows(findings), key="provenance-outlets", description="Agency copy by outlet; shares from 0 to 1"
    )
    if result.rejects:
        rejected = reject_rows(Snapshot(result.path).table("rejects").to_pylist())
        create_table_artifact(rejected, key="provenance-rejects", description="Faults of the input and their remedies")
        for row in rejected[:20]:
            get_run_logger().warning("%(file)s: %(how many)d x %(reason)s; %(remedy)s", row)
    if findings.passages:
        create_image_artifact(
            pages.spread(findings.passages[0]),
            key="provenance-spread",
            description="How the most carried passage spread",
        )
    if page.exists():
        create_link_artifact(
            served or page.as_uri(),
            link_text=served or str(page),
            key="provenance-report",
            description="The report, for a browser",
        )
    if result.published:
        emit_event(
            "dedup.snapshot.published",
            resource={"prefect.resource.id": f"dedup.snapshot.{result.run_id}", "prefect.resource.name": result.run_id},
            payload={
                "path": str(result.path),
                "new_articles": result.new_articles,
                "rejects": result.rejects,
                **findings.counts,
            },
        )
        _tell_pickups(result)


def _tell_pickups(result: steps.RunResult) -> None:
    """One event with what outlets have picked up since the snapshot before: an agency sees it within the minute."""
    before = next((snapshot for snapshot in Snapshot.all_of(Path(result.path).parents[1])[1:]), None)
    found = new_pickups(before, Snapshot(result.path))
    if found.num_rows:
        emit_event(
            "dedup.pickup.found",
            resource={"prefect.resource.id": f"dedup.snapshot.{result.run_id}", "prefect.resource.name": result.run_id},
            payload={"n_matches": found.num_rows, "matches": found.slice(0, TOLD_PICKUPS).to_pylist()},
        )

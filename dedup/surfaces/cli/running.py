"""``dedup run`` and ``dedup serve``: the job, once or on a schedule."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dedup.surfaces import extras, process
from dedup.surfaces.cli.app import (
    ERROR,
    REJECTS,
    AsJson,
    Columns,
    ConfigFile,
    Debug,
    OutToWrite,
    command,
    print_json,
    say,
)
from dedup.surfaces.cli.found import print_findings, result_object

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.pipeline.steps import RunResult


@command
def run(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT...", help="Files (.txt .jsonl .csv .parquet), folders or globs."),
    ] = None,
    out: OutToWrite = Path("artifacts"),
    config: ConfigFile = None,
    columns: Columns = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Make all tables anew as well, compare them row by row, exit with 1 if not equal."),
    ] = False,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="SQL", help="Rows of a database: duckdb:FILE, sqlite:FILE, postgresql://"),
    ] = None,
    no_flow: Annotated[bool, typer.Option("--no-flow", help="Use the library alone, without Prefect.")] = False,
    engine: Annotated[
        str, typer.Option(metavar="local|dask", help="Who does the work: this process, or workers of a Dask cluster.")
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:8786", help="Scheduler for --engine dask.", show_default="workers here"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 when input was rejected.")] = False,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    debug: Debug = False,
) -> int:
    """Trace passages of articles to their dispatches."""
    from dedup.intake import frames

    if not inputs and not full:
        raise typer.BadParameter("name files, folders or globs, or give --full", param_hint="INPUT")
    inputs_exist(inputs or [])
    workers = _workers(engine, scheduler, no_flow)
    settings = settings_of(config, columns)
    if not no_flow and extras.missing("flow"):
        say(f"Prefect is not installed ({extras.remedy('flow')}): the library runs alone, without a run page")
        no_flow = True
    start = _library if no_flow else partial(_flow, workers=workers)
    process.share_one_heap()
    if not inputs:
        return _full(out, settings if config else None, quiet, as_json)
    first = "start" if no_flow else "start Prefect"
    with progress(shown=not quiet and not as_json, first=first) as advance:

        def stepped(name: str, counts: dict) -> None:
            process.after_step(counts)
            advance(name, counts)

        with frames.as_paths(inputs, query) as paths:
            if not quiet and not as_json and sys.stderr.isatty():
                _look_first(paths, settings)
            result = start(paths, out, settings, stepped, debug)
    if not quiet:
        from dedup.summary.findings import read_findings

        findings = read_findings(Path(result.path))
        if as_json:
            print_json(result_object(result, findings, out))
        else:
            print_findings(result, findings, out)
    if full and (status := _full(out, settings, quiet, as_json)):
        return status
    return REJECTS if strict and result.rejects else 0


def _full(out: Path, config: Config | None, quiet: bool, as_json: bool) -> int:
    """Make all tables anew and say whether they are those of the newest snapshot."""
    from dedup.pipeline.countersigned import countersigned
    from dedup.pipeline.recompute import recompute
    from dedup.store import remote
    from dedup.store.snapshot import Snapshot
    from dedup.surfaces import report

    settings = config or Snapshot.newest(remote.here(out)).settings()
    with progress(shown=not quiet and not as_json) as advance:
        found = recompute(out, settings, advance, report.write if settings.report else None)
    by_datasketch = countersigned(remote.here(out))
    faults = [f"{fault.path} {fault.what}: {fault.remedy}" for fault in by_datasketch.faults]
    if as_json:
        differences = [one._asdict() for one in found]
        print_json({"equal": not found, "differences": differences, "by_datasketch": faults})
    for line in [*map(str, found), *faults] if not as_json else ():
        say(line)
    if found:
        say("dedup: the newest snapshot was not what a full run makes; that of the full run is the newest now")
    elif not quiet and not as_json:
        print("A full run makes the same tables, row for row.")
    if not faults and not quiet and not as_json:
        print(by_datasketch)
    return ERROR if found or faults else 0


@command
def serve(
    inbox: Annotated[Path, typer.Option(metavar="DIR", help="Folder that new articles arrive in.")],
    out: OutToWrite = Path("artifacts"),
    cron: Annotated[str, typer.Option(metavar="'*/15 * * * *'", help="When to run, as in crontab.")] = "*/15 * * * *",
    timezone: Annotated[
        str | None, typer.Option(metavar="Europe/Paris", help="Whose clock --cron means.", show_default="the machine's")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Run as well as soon as files arrive.")] = False,
    name: Annotated[str, typer.Option(metavar="NAME", help="Name on the pages; one for each inbox.")] = "inbox",
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Run on a schedule until stopped, with a page to watch it."""
    if not inbox.is_dir():
        raise typer.BadParameter(f"{inbox} is no folder", param_hint="--inbox")
    from dedup.store.addresses import is_address

    settings = settings_of(config)
    _is_timezone(timezone)
    extras.launcher().serve(
        inbox.resolve(),
        out if is_address(out) else out.resolve(),
        settings,
        cron=cron,
        say=say,
        debug=debug,
        timezone=timezone,
        name=name,
        watch=watch,
    )


def _is_timezone(name: str | None) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError) as error:
        raise typer.BadParameter(f"{name!r} is no time zone, such as Europe/Paris", param_hint="--timezone") from error


def _look_first(inputs: list[str], settings: Config) -> None:
    """Three lines on what the inputs hold, so that a misread date or column is seen at once."""
    from dedup.surfaces.inspect import SHORT_LOOK, look, three_lines

    found = look(inputs, settings, most=SHORT_LOOK)
    if found.articles >= SHORT_LOOK:
        say(f"the first {found.articles} articles:")
    for line in three_lines(found):
        say(line)


@command
def inspect(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Files, folders or globs.")],
    config: ConfigFile = None,
    columns: Columns = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show how each file is understood, before any work.

    Of each file: its kind, dates, outlets, by-lines, faults and first article.
    """
    inputs_exist(inputs)
    from dedup.surfaces.inspect import lines, looks

    found = looks(inputs, settings_of(config, columns))
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    for one in found:
        print("\n".join(lines(one)))


def inputs_exist(inputs: list[str]) -> None:
    from dedup.intake.frames import is_database
    from dedup.store.addresses import is_address

    for name in inputs:
        if is_database(name) or is_address(name):
            continue
        if not os.path.exists(name) and not glob.glob(name, recursive=True):
            raise typer.BadParameter(f"there is no file, folder or match for {name!r}", param_hint="INPUT")


def settings_of(path: Path | None, columns: str | None = None) -> Config:
    """Settings from a YAML file; a key that is unknown or a value that cannot be is a usage error."""
    from pydantic import ValidationError

    from dedup.config import Config

    try:
        settings = Config.load(path)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg']}" for fault in error.errors()
        )
        raise typer.BadParameter(f"{path}: {faults}", param_hint="--config") from error
    except ValueError as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--config") from error
    except Exception as error:
        if type(error).__module__.split(".")[0] != "yaml":
            raise
        reason = " ".join(str(error).split())
        raise typer.BadParameter(f"{path} is no YAML: {reason}", param_hint="--config") from error
    if columns is None:
        return settings
    from dedup.intake.columns import parse_columns

    try:
        return settings.model_copy(update={"columns": parse_columns(columns)})
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--columns") from error


def _library(
    inputs: list[str], out: Path, config: Config, progress: Callable[[str, dict], None], debug: bool
) -> RunResult:
    from dedup.pipeline import steps
    from dedup.surfaces import report

    return steps.run(inputs, out, config, progress, report.write if config.report else None)


def _flow(
    inputs: list[str],
    out: Path,
    config: Config,
    progress: Callable[[str, dict], None],
    debug: bool,
    workers: dict[str, str | None],
) -> RunResult:
    return extras.launcher().run(inputs, out, config, progress=progress, debug=debug, **workers)


def _workers(engine: str, scheduler: str | None, no_flow: bool) -> dict[str, str | None]:
    """The engine and its scheduler as the flow takes them; what cannot be is a usage error."""
    fault = extras.fault_of_engine(engine, scheduler)
    if engine == "dask" and no_flow:
        fault = "workers are reached through Prefect: leave --no-flow away"
    if fault:
        raise typer.BadParameter(fault, param_hint="--engine")
    return {"engine": engine, "scheduler": scheduler}


def _compiled() -> bool:
    """Whether compiled kernels lie where Numba keeps them beside their modules."""
    return "NUMBA_CACHE_DIR" in os.environ or any((Path(__file__).parents[2] / "kernels").glob("__pycache__/*.nbi"))


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say on a terminal what takes its time, and for how long it has."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(what, total=None)
        yield


@contextmanager
def progress(shown: bool, first: str = "start") -> Iterator[Callable[[str, dict], None]]:
    """A bar on a terminal, nothing anywhere else: a log file wants the result alone. It names what is being done."""
    if not shown or not sys.stderr.isatty():
        yield lambda name, counts: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<42}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(first if _compiled() else f"{first}, compile the inner loops, once", total=None)

        def advance(name: str, counts: dict) -> None:
            from dedup.pipeline.steps import STEPS  # the caller has imported it long since

            done = [step.name for step in STEPS].index(name) + 1 if name != "publish" else len(STEPS) + 1
            following = STEPS[done].what if done < len(STEPS) else "publish the snapshot"
            bar.update(line, completed=done, total=len(STEPS) + 1, description=following)

        yield advance

"""The command line, one function a command.

Nothing heavy is imported before a command needs it. The flows are found by their entry point (group
``dedup.flows``), because the library never imports them. Exit status: 0 done, 1 error, 2 usage, 3 done with
rejects under ``--strict``.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.pipeline.steps import RunResult
    from dedup.summary.findings import Findings

ERROR, USAGE, REJECTS = 1, 2, 3
"""Exit statuses other than 0."""

app = typer.Typer(
    name="dedup",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes around the help cost more than a quarter of a second
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Find where agency copy went: which passages come from which dispatch, how edited, credited or not.",
)

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder of the snapshots.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", exists=True, dir_okay=False, help="YAML file of settings."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def main(arguments: list[str] | None = None, name: str = "dedup") -> None:
    """Entry point of the command ``dedup``; ``arguments`` are those of the process unless given."""
    gc.set_threshold(100_000)  # importing makes many objects and frees none: looking for garbage costs a tenth of it
    try:
        app(arguments, prog_name=name)
    finally:
        if "duckdb" not in sys.modules:  # which complains of what is left at the end
            gc.freeze()  # nor is there any to look for at the end, which takes Python half a second after a flow


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Register a command: what it returns is the exit status, and an error is one line, not a traceback."""

    @functools.wraps(function)
    def run_command(*args: Any, **kwargs: Any) -> None:
        try:
            status = function(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            _fail("stopped", status=130)
        except BrokenPipeError:  # the reader of a pipe has gone (`dedup tables | head`)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 0
        except Exception as error:
            if kwargs.get("debug"):
                raise
            _fail(_explain(error))
        if status:
            raise typer.Exit(status)

    return app.command()(run_command)


@command
def run(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files (.txt .jsonl .csv .parquet), folders or globs.")
    ],
    out: Out = Path("artifacts"),
    config: ConfigFile = None,
    no_flow: Annotated[bool, typer.Option("--no-flow", help="Use the library alone, without Prefect.")] = False,
    engine: Annotated[str, typer.Option(metavar="local", help="Where the work is done.")] = "local",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 when input was rejected.")] = False,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    debug: Debug = False,
) -> int:
    """Trace passages of articles to their dispatches, into tables."""
    _inputs_exist(inputs)
    if engine != "local":
        raise typer.BadParameter(f"{engine!r} is not there yet; the engine is 'local'", param_hint="--engine")
    settings = _config(config)
    start = _library if no_flow else _flow
    with _progress(shown=not quiet and not as_json) as progress:
        result = start(inputs, out, settings, progress, debug)
    if not quiet:
        from dedup.summary.findings import read_findings

        findings = read_findings(Path(result.path))
        if as_json:
            _print_json(_result_object(result, findings, out))
        else:
            _print_findings(result, findings, out)
    return REJECTS if strict and result.rejects else 0


@command
def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Text or saved page (HTML) of one article; - is standard input.")
    ],
    out: Out = Path("artifacts"),
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with the answer, in colours.")
    ] = None,
    language: Annotated[str, typer.Option("--language", metavar="en|fr", help="Language of the page.")] = "en",
    debug: Debug = False,
) -> None:
    """Say which passages of one text are known, and from where."""
    if language not in ("en", "fr"):
        raise typer.BadParameter(f"{language!r} is no language; there are en and fr", param_hint="--language")
    title, text = _read_text(file)
    from dedup.pipeline.lookup import Checker
    from dedup.surfaces import show

    with _parts_made() as made:
        checker = Checker(out, made)
    checked = checker.check(text, title)
    name = "standard input" if file == "-" else Path(file).name
    if html is not None:
        html.write_text(show.as_page(checked, name, language), "utf-8")
        _say(f"written: {_shown(html)}")
    if as_json:
        print(checked.model_dump_json(indent=2))
    elif html is None:
        for line in show.as_lines(checked, name, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ):
            print(line)


@command
def evaluate(
    out: Out = Path("artifacts"),
    labels: Annotated[
        list[Path], typer.Option(metavar="DIR", exists=True, help="Folder of labels; may be given more than once.")
    ] = ...,
    misses: Annotated[
        int, typer.Option("--misses", metavar="N", min=0, help="Show N labelled things that the run did not find.")
    ] = 0,
    false_alarms: Annotated[
        int, typer.Option("--false-alarms", metavar="N", min=0, help="Show N things that the labels deny.")
    ] = 0,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Add what the look-up and the alignment lose, by brute force; slow.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Score the newest snapshot against labels."""
    from dedup.evaluation import scoreboard

    if candidates and sys.stderr.isatty():
        _say("comparing a sample of articles with all others, which takes a while ...")
    result = scoreboard.evaluate(out, labels, candidates=candidates)
    shown = {
        name: find(out, labels, text=True)[:most]
        for name, find, most in (
            ("misses", scoreboard.misses, misses),
            ("false_alarms", scoreboard.false_alarms, false_alarms),
        )
        if most
    }
    if as_json:
        _print_json({**result, **shown})
        return
    print(scoreboard.format_report(result))
    for name, rows in shown.items():
        print(f"\n{name.replace('_', ' ').capitalize()}")
        for row in rows:
            print(scoreboard.format_rows([row]), end="")
            for side in ("left_text", "right_text", "text"):
                if row.get(side):
                    print(f"    {_clip(row[side], 240)}")
        if not rows:
            print("none")


@command
def fetch(
    inbox: Annotated[Path, typer.Option("--inbox", metavar="DIR", help="Folder that the articles go to.")],
    urls: Annotated[list[str] | None, typer.Argument(metavar="[URL...]", help="Pages of articles.")] = None,
    feed: Annotated[str | None, typer.Option("--feed", metavar="URL", help="An RSS or Atom feed of articles.")] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", metavar="NAME", help="Who publishes them.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 when a page could not be fetched.")] = False,
    debug: Debug = False,
) -> int:
    """Download pages, or those of one feed, into an inbox."""
    if not urls and feed is None:
        raise typer.BadParameter("give addresses of pages, or a feed with --feed", param_hint="URL")
    from dedup.surfaces.fetch import fetch as download

    shown = sys.stderr.isatty()
    made = download(urls or (), inbox, feed, outlet, lambda url: _say(f"  {url}") if shown else None)
    for url, reason in made.faults:
        _say(f"dedup: {url}: {reason}")
    if made.path is None:
        return ERROR
    print(f"{_count(made.articles, 'article')} in {_shown(made.path)}; read them with `dedup run {_shown(inbox)}`")
    return REJECTS if strict and made.faults else 0


@command
def train(
    hidden: Annotated[Path, typer.Option(metavar="DIR", help="Snapshots of the same articles without the dispatches.")],
    labels: Annotated[
        list[Path], typer.Option(metavar="DIR", exists=True, help="Folder of labels; may be given more than once.")
    ],
    out: Out = Path("artifacts"),
    model: Annotated[
        Path, typer.Option(metavar="FILE", dir_okay=False, help="Where the coefficients and their report go.")
    ] = Path("agency_model.json"),
    debug: Debug = False,
) -> None:
    """Fit the probabilities of agency prose on labelled articles."""
    from datetime import UTC, datetime

    from dedup.evaluation.train import train as fit

    stored = fit(out, hidden, labels, datetime.now(UTC).date().isoformat(), write=model)
    _print_json(stored["report"])
    _say(f"dedup: {_shown(model)} written; it counts once it stands in dedup/data")


@command
def report(
    out: Out = Path("artifacts"),
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the report, if not the snapshot's.")] = None,
    debug: Debug = False,
) -> None:
    """Write the report: pages to read in a browser, from the disk."""
    from dedup.store import disk
    from dedup.surfaces.report import write

    print(_shown(write(disk.latest(out), to)))


@command
def serve(
    inbox: Annotated[Path, typer.Option(metavar="DIR", help="Folder that new articles arrive in.")],
    out: Out = Path("artifacts"),
    cron: Annotated[str, typer.Option(metavar="'*/15 * * * *'", help="When to run, as in crontab.")] = "*/15 * * * *",
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Run on a schedule until stopped, with a page to watch it."""
    if not inbox.is_dir():
        raise typer.BadParameter(f"{inbox} is no folder", param_hint="--inbox")
    settings = _config(config)
    _flows().serve(inbox.resolve(), out.resolve(), settings, cron=cron, say=_say, debug=debug)


@command
def export(
    to: Annotated[
        Path, typer.Option(metavar="FILE_OR_DIR", help="A folder (CSV), or a file: .sqlite .duckdb .xlsx .graphml.")
    ],
    out: Out = Path("artifacts"),
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help="csv, sqlite, duckdb, graphml or excel.")
    ] = None,
    tables: Annotated[
        list[str] | None, typer.Option("--table", metavar="NAME", help="A table; may be given again.")
    ] = None,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Leave out every column that may hold words of an article.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write tables for other programs, with or without the texts."""
    from dedup import schemas
    from dedup.surfaces.export import FORMATS
    from dedup.surfaces.export import export as write

    if format is not None and format not in FORMATS:
        raise typer.BadParameter(f"{format!r} is no format; there are {', '.join(FORMATS)}", param_hint="--format")
    for name in tables or ():
        if name not in schemas.TABLES:
            known = ", ".join(schemas.TABLES)
            raise typer.BadParameter(f"{name!r} is no table; there are {known}", param_hint="--table")
    shown = sys.stderr.isatty() and not as_json
    made = write(out, to, format, tables or (), no_text, lambda name: _say(f"  {name}") if shown else None)
    if as_json:
        _print_json(made._asdict())
        return
    rows = sum(made.rows.values())
    print(f"{_shown(made.path)}: {_count(rows, 'row')} of {', '.join(made.rows)}")
    for note in made.notes:
        print(f"  {note}")
    for name, columns in made.left_out.items():
        print(f"  left out of {name}: {', '.join(columns)}")


@command
def web(
    out: Out = Path("artifacts"),
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on; others than this machine's open it to others.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="Port to listen on.")] = 4280,
    debug: Debug = False,
) -> None:
    """Serve pages to look up a text and browse shared passages."""
    from dedup.store import disk

    disk.latest(out)  # before the slow imports
    from dedup.surfaces.web import serve as serve_pages

    serve_pages(out, host, port, _say)


@command
def tables(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Tables to print; else all.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print the tables of a snapshot and what each column means."""
    from dedup.schemas import TABLES

    for name in names or ():
        if name not in TABLES:
            raise typer.BadParameter(f"{name!r} is no table; there are {', '.join(TABLES)}", param_hint="NAME")
    columns = {
        name: [
            {"name": field.name, "type": str(field.type), "doc": (field.metadata or {}).get(b"doc", b"").decode()}
            for field in TABLES[name]
        ]
        for name in names or TABLES
    }
    if as_json:
        _print_json(columns)
        return
    for name, fields in columns.items():
        print(name)
        width = max(len(field["name"]) for field in fields)
        kinds = max(len(field["type"]) for field in fields)
        for field in fields:
            print(f"  {field['name']:<{width}}  {field['type']:<{kinds}}  {field['doc']}")
        print()


@command
def doctor(as_json: AsJson = False, debug: Debug = False) -> int:
    """Check this installation, and run it on five articles."""
    from dedup.surfaces.doctor import examine

    checks = examine()
    if as_json:
        _print_json([check._asdict() for check in checks])
    else:
        for check in checks:
            print(f"{'ok' if check.ok else 'FAIL':<5} {check.name:<22} {check.found}")
    return 0 if all(check.ok for check in checks) else ERROR


@command
def version() -> None:
    """Print the version."""
    from dedup import __version__

    print(__version__)


# Private: starting a run


def _inputs_exist(inputs: list[str]) -> None:
    import glob

    for name in inputs:
        if not os.path.exists(name) and not glob.glob(name, recursive=True):
            raise typer.BadParameter(f"there is no file, folder or match for {name!r}", param_hint="INPUT")


def _config(path: Path | None) -> Config:
    """Settings from a YAML file; a key that is unknown or a value that cannot be is a usage error."""
    from pydantic import ValidationError

    from dedup.config import Config

    try:
        return Config.load(path)
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


def _library(
    inputs: list[str], out: Path, config: Config, progress: Callable[[str, dict], None], debug: bool
) -> RunResult:
    from dedup.pipeline import steps
    from dedup.surfaces import report

    return steps.run(inputs, out, config, progress, report.write if config.report else None)


def _flow(
    inputs: list[str], out: Path, config: Config, progress: Callable[[str, dict], None], debug: bool
) -> RunResult:
    return _flows().run(inputs, out, config, progress=progress, debug=debug)


def _flows() -> Any:
    """The module behind the entry point ``provenance`` of the group ``dedup.flows``."""
    from importlib.metadata import entry_points

    found = entry_points(group="dedup.flows", name="provenance")
    if not found:
        _fail("the flows are not installed. Install the project (`pip install -e .`), or run with --no-flow")
    return next(iter(found)).load()


def _read_text(name: str) -> tuple[str | None, str]:
    """Title (of a page) and text of what ``check`` was given."""
    from dedup.intake import page

    if name == "-":
        content = sys.stdin.buffer.read()
    elif Path(name).is_file():
        content = Path(name).read_bytes()
    else:
        raise typer.BadParameter(f"there is no file {name!r} (a page must have been saved before)", param_hint="FILE")
    text = page.decode(content)
    return page.read_page(text) if page.is_page(text) else (None, text)


# Private: what the user reads


@contextmanager
def _parts_made() -> Iterator[Callable[[int, int], None] | None]:
    """A line on a terminal while the index is made."""
    if not sys.stderr.isatty():
        yield None
        return
    yield lambda made, missing: print(
        f"\rindex: part {made} of {missing}", end="" if made < missing else "\n", file=sys.stderr, flush=True
    )


@contextmanager
def _progress(shown: bool) -> Iterator[Callable[[str, dict], None]]:
    """A bar on a terminal, nothing anywhere else: a log file wants the result alone."""
    if not shown or not sys.stderr.isatty():
        yield lambda name, counts: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<42}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("start", total=None)

        def advance(name: str, counts: dict) -> None:
            from dedup.pipeline.steps import STEPS  # the caller has imported it long since

            done = [step.name for step in STEPS].index(name) + 1 if name != "publish" else len(STEPS) + 1
            following = STEPS[done].what if done < len(STEPS) else "publish the snapshot"
            bar.update(line, completed=done, total=len(STEPS) + 1, description=following)

        yield advance


def _print_findings(result: RunResult, findings: Findings, out: Path) -> None:
    counts = findings.counts
    derived = counts["wholly_derived"] + counts["partially_derived"]
    print(
        f"{_count(counts['articles'], 'article')} ({_count(counts['dispatches'], 'dispatch')}) of "
        f"{_count(counts['outlets'], 'outlet')}: {_count(counts['matches'], 'match')}, "
        f"{_count(counts['passages'], 'passage')} in {_count(counts['clusters'], 'cluster')}."
    )
    print(
        f"{_count(derived, 'article')} with agency copy: {counts['wholly_derived']:,} wholly, "
        f"{counts['partially_derived']:,} in part; {counts['uncredited']:,} of them without credit."
    )
    if findings.dispatches:
        rows = [
            (
                _clip(row["title"] or row["id"], 56),
                row["outlets"],
                row["first_outlet"] or "?",
                _lag(row["first_lag"]),
                _share(row["kept"]),
                row["uncredited"],
            )
            for row in findings.dispatches[:5]
        ]
        _print_rows("Most carried dispatches", ("dispatch", "outlets", "first", "after", "kept", "no credit"), rows)
    elif findings.passages:
        rows = [
            (
                _clip(row["text"], 56),
                row["outlets"],
                row["carriers"][0]["outlet"] if row["carriers"] else "?",
                row["agency"] or "-",
                "-" if row["p_agency"] is None else f"{row['p_agency']:.2f}",
            )
            for row in findings.passages[:5]
        ]
        _print_rows("Most carried passages", ("passage", "outlets", "first", "agency", "p"), rows)
    if result.rejects:
        print(f"\n{_count(result.rejects, 'fault')} in the input (table rejects):")
        for reason, number in findings.rejects[:5]:
            print(f"  {number} x {reason}")
    if not result.published:
        print("\nNothing new in the input: this is the snapshot that was there.")
    seconds = sum(result.seconds.values())
    print(f"\nTables: {_shown(out / 'latest')} (run {result.run_id}, {seconds:.1f} s of work)")
    if (page := _report(out)) is not None:
        print(f"Report: {_shown(page)} (open it in a browser)")
    print("`dedup tables` says what each column means.")


def _print_rows(title: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Aligned columns: the first one to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for first, *others in cells:
        line = [f"{first:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))]
        print("  " + "  ".join(line))


def _result_object(result: RunResult, findings: Findings, out: Path) -> dict[str, Any]:
    return {
        "run_id": result.run_id,
        "path": str(result.path),
        "latest": str(out / "latest"),
        "report": _report(out),
        "counts": result.counts,
        "seconds": result.seconds,
        "rejects": result.rejects,
        "published": result.published,
        "found": findings._asdict(),
    }


def _report(out: Path) -> Path | None:
    page = out / "latest" / "report" / "index.html"
    return page if page.exists() else None


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _fail(message: str, status: int = ERROR) -> NoReturn:
    _say(f"dedup: {message}")
    raise typer.Exit(status)


def _explain(error: Exception) -> str:
    """One line about an error: its own words when it was raised for the reader, its kind too when it was not."""
    message = " ".join(str(error).split())
    if type(error).__module__.split(".")[0] in ("dedup", "flows"):
        return message
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {message or 'no more is known'}. Run again with --debug to see where"


def _count(number: int, noun: str) -> str:
    ending = "" if number == 1 else "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{ending}"


def _clip(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _lag(seconds: float | None) -> str:
    """A lag as people say it; a question mark when it is unknown."""
    if seconds is None:
        return "?"
    if abs(seconds) < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if abs(seconds) < 48 * 3600 else f"{seconds / 86400:.0f} d"


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _shown(path: Path) -> str:
    """A path as short as it can be given from here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    main()

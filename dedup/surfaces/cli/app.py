"""What every command shares: how it is registered, its common options, its errors and exit statuses.

Exit status: 0 done, 1 error, 2 usage, 3 done with rejects under ``--strict``.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dedup.surfaces import extras, process

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


def _brought_here(out: Path) -> Path:
    from dedup.store.addresses import StorageError, is_address

    if not is_address(out):
        return out
    from dedup.store.remote import here

    try:
        return here(out)
    except StorageError as error:
        fail(str(error))


Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="DIR", help="Folder of the snapshots, or its address (s3://...).", callback=_brought_here
    ),
]
OutToWrite = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the snapshots, or its address (s3://...).")
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", exists=True, dir_okay=False, help="YAML file of settings."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="text=NAME,...", help="Columns of the input by meaning: text=Contenu,outlet=Source."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from dedup import __version__

        print(__version__)
        raise typer.Exit()


@app.callback()
def every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that come before the name of a command."""


def main(arguments: list[str] | None = None, name: str = "dedup") -> None:
    """Entry point of the command ``dedup``; ``arguments`` are those of the process unless given."""
    process.look_for_less_garbage()
    process.stop_as_with_ctrl_c()
    try:
        app(arguments, prog_name=name)
    finally:
        process.end_without_looking_for_garbage()


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Register a command: what it returns is the exit status, and an error is one line, not a traceback."""

    @functools.wraps(function)
    def run_command(*args: Any, **kwargs: Any) -> None:
        try:
            status = function(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except KeyboardInterrupt as stop:
            fail("stopped", status=128 + process.number_of(stop))
        except BrokenPipeError:  # the reader of a pipe has gone (`dedup tables | head`)
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 0
        except Exception as error:
            if kwargs.get("debug"):
                raise
            fail(explain(error))
        if status:
            raise typer.Exit(status)

    return app.command()(run_command)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(message: str, status: int = ERROR) -> NoReturn:
    say(f"dedup: {message}")
    raise typer.Exit(status)


def explain(error: Exception) -> str:
    """One line about an error: its own words when it was raised for the reader, its kind too when it was not."""
    message = " ".join(str(error).split())
    if type(error).__module__.split(".")[0] in ("dedup", "flows", "dedup_flows"):
        return message
    if isinstance(error, ModuleNotFoundError) and (extra := extras.extra_of(error.name)):
        return f"{error.name} is not installed: {extras.remedy(extra)}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return f"{type(error).__name__}: {message or 'no more is known'}. Run again with --debug to see where"


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))

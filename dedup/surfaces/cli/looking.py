"""``dedup check``, ``web`` and ``report``: the snapshot, asked and shown."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dedup.surfaces import process
from dedup.surfaces.cli.app import AsJson, Debug, Out, command, say
from dedup.surfaces.cli.words import short_path

if TYPE_CHECKING:
    from dedup.intake.single import Asked


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
    process.without_pandas()
    asked = _read_text(file)
    from dedup.pipeline.lookup import Checker
    from dedup.surfaces import show

    with parts_made() as made:
        checker = Checker(out, made)
    checked = checker.check(asked.text, asked.title, asked.extra)
    name = "standard input" if file == "-" else Path(file).name
    if html is not None:
        html.write_text(show.as_page(checked, name, language), "utf-8")
        say(f"written: {short_path(html)}")
    if as_json:
        print(checked.model_dump_json(indent=2))
    elif html is None:
        for line in show.as_lines(checked, name, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ):
            print(line)


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

    serve_pages(out, host, port, say)


@command
def report(
    out: Out = Path("artifacts"),
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the report, if not the snapshot's.")] = None,
    debug: Debug = False,
) -> None:
    """Write the report: pages to read from the disk."""
    from dedup.store import disk
    from dedup.surfaces.report import write

    print(short_path(write(disk.latest(out), to)))


def _read_text(name: str) -> Asked:
    """What ``check`` was given."""
    from dedup.intake.single import article_in, article_of

    if name == "-":
        return article_of(sys.stdin.buffer.read())
    if not Path(name).is_file():
        raise typer.BadParameter(f"there is no file {name!r} (a page must have been saved before)", param_hint="FILE")
    return article_in(name)


@contextmanager
def parts_made() -> Iterator[Callable[[int, int], None] | None]:
    """A line on a terminal while the index is made."""
    if not sys.stderr.isatty():
        yield None
        return
    yield lambda made, missing: print(
        f"\rindex: part {made} of {missing}", end="" if made < missing else "\n", file=sys.stderr, flush=True
    )

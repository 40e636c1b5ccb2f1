"""``dedup fetch``, ``export`` and ``tables``: what goes in and what goes out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dedup.surfaces.cli.app import ERROR, REJECTS, AsJson, Debug, Out, command, print_json, say
from dedup.surfaces.cli.words import count, short_path


@command
def fetch(
    inbox: Annotated[Path, typer.Option("--inbox", metavar="DIR", help="Folder that the articles go to.")],
    urls: Annotated[list[str] | None, typer.Argument(metavar="[URL...]", help="Pages of articles.")] = None,
    feed: Annotated[str | None, typer.Option("--feed", metavar="URL", help="An RSS or Atom feed of articles.")] = None,
    feeds: Annotated[
        Path | None, typer.Option("--feeds", metavar="FILE", exists=True, dir_okay=False, help="OPML file of feeds.")
    ] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", metavar="NAME", help="Who publishes them.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Follow feeds and redirects into private networks.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 when a page could not be fetched.")] = False,
    debug: Debug = False,
) -> int:
    """Download pages, or those of feeds, into an inbox."""
    if not urls and feed is None and feeds is None:
        raise typer.BadParameter("give addresses of pages, or a feed with --feed", param_hint="URL")
    from dedup.surfaces.fetch import fetch as download
    from dedup.surfaces.fetch import read_opml

    visible = sys.stderr.isatty()
    listed = read_opml(feeds) if feeds else ()
    shown = (lambda url: say(f"  {url}")) if visible else None
    made = download(urls or (), inbox, feed, outlet, shown, listed, allow_private)
    for url, reason in made.faults:
        say(f"dedup: {url}: {reason}")
    if made.path is None and made.unchanged and not made.faults:
        print("nothing new: no page has changed")
        return 0
    if made.path is None:
        return ERROR
    print(
        f"{count(made.articles, 'article')} in {short_path(made.path)}; read them with `dedup run {short_path(inbox)}`"
    )
    return REJECTS if strict and made.faults else 0


@command
def export(
    to: Annotated[
        Path, typer.Option(metavar="FILE_OR_DIR", help="A folder (CSV), or a file: .sqlite .duckdb .xlsx .graphml.")
    ],
    out: Out = Path("artifacts"),
    format: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="NAME", help="csv, excel-csv (for French Excel), sqlite, duckdb, graphml or excel."
        ),
    ] = None,
    excel_csv: Annotated[bool, typer.Option("--excel-csv", help="The same as --format excel-csv.")] = False,
    tables: Annotated[
        list[str] | None, typer.Option("--table", metavar="NAME", help="A table; may be given again.")
    ] = None,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Leave out every column that may hold words of an article.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write tables for other programs, with texts or without."""
    from dedup import schemas
    from dedup.surfaces.export import FORMATS
    from dedup.surfaces.export import export as write

    if format is not None and format not in FORMATS:
        raise typer.BadParameter(f"{format!r} is no format; there are {', '.join(FORMATS)}", param_hint="--format")
    for name in tables or ():
        if name not in schemas.TABLES:
            known = ", ".join(schemas.TABLES)
            raise typer.BadParameter(f"{name!r} is no table; there are {known}", param_hint="--table")
    if excel_csv:
        if format not in (None, "excel-csv"):
            raise typer.BadParameter(f"--excel-csv and --format {format} are two formats", param_hint="--excel-csv")
        format = "excel-csv"
    visible = sys.stderr.isatty() and not as_json
    made = write(out, to, format, tables or (), no_text, lambda name: say(f"  {name}") if visible else None)
    if as_json:
        print_json(made._asdict())
        return
    rows = sum(made.rows.values())
    print(f"{short_path(made.path)}: {count(rows, 'row')} of {', '.join(made.rows)}")
    for note in made.notes:
        print(f"  {note}")
    for name, columns in made.left_out.items():
        print(f"  left out of {name}: {', '.join(columns)}")


@command
def tables(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Tables to print; else all.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Print the tables and what each column means."""
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
        print_json(columns)
        return
    for name, fields in columns.items():
        print(name)
        width = max(len(field["name"]) for field in fields)
        kinds = max(len(field["type"]) for field in fields)
        for field in fields:
            print(f"  {field['name']:<{width}}  {field['type']:<{kinds}}  {field['doc']}")
        print()

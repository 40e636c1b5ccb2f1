"""A snapshot -> files for other programs: CSV, SQLite, DuckDB, Excel and GraphML, with or without the texts.

Beside every export lie a description (``datapackage.json``, the Frictionless Data Package: fields with types and
meaning, keys) and a ``README.md`` that says what was left out or changed. What is written appears whole or not at
all. Text that a spreadsheet would run as a formula is written so that it does not.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dedup import schemas
from dedup.store.snapshot import Snapshot
from dedup.surfaces.export.databases import write_duckdb, write_sqlite
from dedup.surfaces.export.delimited import write_csv, write_excel_csv
from dedup.surfaces.export.described import Exported, data_package, readme
from dedup.surfaces.export.others import write_excel, write_graphml
from dedup.surfaces.export.tables import Chosen, ExportError

FORMATS = ("csv", "excel-csv", "sqlite", "duckdb", "graphml", "excel")


FOLDERS = ("csv", "excel-csv")
"""Formats of a file a table, in a folder."""


SUFFIXES = {
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
    ".duckdb": "duckdb",
    ".graphml": "graphml",
    ".xlsx": "excel",
}
"""Format by the end of the file's name; a name with none of these is a folder of CSV files."""


_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,8}$")
"""The end of a name that reads like the ending of a file."""


def export(
    out: Path | str,
    to: Path | str,
    format: str | None = None,
    tables: Sequence[str] = (),
    no_text: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Exported:
    """Write tables of the newest snapshot of ``out`` (all, unless some are named) into ``to``.

    ``format`` is one of FORMATS, by the name of ``to`` unless given. ``no_text`` leaves out every column that may hold
    words of an article. ``progress`` is called with each table's name before it is written.
    """
    snapshot, to = Snapshot.newest(out), Path(to)
    kind = format or _format_of(to)
    names = list(tables) or list(schemas.TABLES)
    unknown = [name for name in names if name not in schemas.TABLES]
    if kind not in FORMATS or unknown:
        what = (
            f"no format {kind!r}; there are {', '.join(FORMATS)}"
            if kind not in FORMATS
            else (f"no table {unknown[0]!r}; there are {', '.join(schemas.TABLES)}")
        )
        raise ExportError(f"there is {what}")
    if kind == "graphml":
        names = ["outlet_pairs", "outlets"]
    chosen = [Chosen.of(snapshot, name, no_text) for name in names if snapshot.path(name) is not None]
    say = progress or (lambda name: None)
    folder = kind in FOLDERS
    with _replacing(to, folder) as partial:
        notes = _WRITERS[kind](partial, chosen, say)
        made = Exported(
            to,
            {table.name: table.rows for table in chosen},
            {table.name: table.left_out for table in chosen if table.left_out},
            notes,
        )
        beside = partial if folder else partial.parent
        prefix = "" if folder else f"{to.name}."
        package = data_package(chosen, snapshot.name, None if folder else to.name, kind)
        described = json.dumps(package, ensure_ascii=False, indent=1)
        (beside / f"{prefix}datapackage.json").write_text(described + "\n", "utf-8")
        (beside / f"{prefix}README.md").write_text(readme(made, snapshot.name, kind, no_text), "utf-8")
    return made


def _format_of(to: Path) -> str:
    """Format by the end of a name. One that looks like a file of a format that is not written raises ExportError."""
    if to.suffix.lower() in SUFFIXES:
        return SUFFIXES[to.suffix.lower()]
    if _ENDING.search(to.name) and not to.is_dir():
        endings = ", ".join(SUFFIXES)
        raise ExportError(
            f"{to.name}: nothing is written under the ending {to.suffix}; there are {endings}, and a folder (a name "
            "without ending) for CSV. --format writes under any name"
        )
    return "csv"


_WRITERS: dict[str, Callable[[Path, Sequence[Chosen], Callable[[str], None]], list[str]]] = {
    "csv": write_csv,
    "excel-csv": write_excel_csv,
    "sqlite": write_sqlite,
    "duckdb": write_duckdb,
    "excel": write_excel,
    "graphml": write_graphml,
}


@contextmanager
def _replacing(to: Path, folder: bool) -> Iterator[Path]:
    """Give a path to write to; what is there, and the files beside it, go to ``to`` when the block ends well.

    A folder must be new, empty, or an export, whose files go: with texts of an earlier one left in it, a text-free
    export would not be one.
    """
    if folder and to.exists() and not (to.is_dir() and (not any(to.iterdir()) or (to / "datapackage.json").exists())):
        raise ExportError(f"{to} is there and is no export of dedup: name a folder that is new or empty")
    if not folder and to.is_dir():
        raise ExportError(f"{to} is a folder: name a file in it")
    to.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dedup-export-", dir=to.absolute().parent) as work:
        partial = Path(work) / to.name
        yield partial
        if folder and to.exists():
            shutil.rmtree(to)
        for made in sorted(Path(work).iterdir()):
            os.replace(made, to.absolute().parent / made.name)

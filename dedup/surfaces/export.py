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
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup import __version__, schemas
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.relations import xml_text

FORMATS = ("csv", "excel-csv", "sqlite", "duckdb", "graphml", "excel")

SUFFIXES = {
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
    ".duckdb": "duckdb",
    ".graphml": "graphml",
    ".xlsx": "excel",
}
"""Format by the end of the file's name; a name with none of these is a folder of CSV files."""

FOLDERS = ("csv", "excel-csv")
"""Formats of a file a table, in a folder."""

TEXT_FREE = frozenset(
    (
        "agency",
        "agency_basis",
        "article_id",
        "best_source",
        "cluster_id",
        "country",
        "credit_status",
        "credited_agency",
        "clock_note",
        "date_precision",
        "date_source",
        "derivation",
        "digest",
        "direction",
        "edit_class",
        "event",
        "evidence",
        "file",
        "first_carrier",
        "first_outlet",
        "from",
        "kind",
        "lang",
        "left_article_id",
        "left_outlet",
        "left_passage_id",
        "likely_agency",
        "other_id",
        "outlet",
        "owner_group",
        "passage_id",
        "origin",
        "right_article_id",
        "right_outlet",
        "right_passage_id",
        "role",
        "rule",
        "run_id",
        "share_class",
        "source_article_id",
        "to",
        "url",
        "wikidata",
        "wire_id",
    )
)
"""Columns of text that hold ids, names, addresses or codes. Without the texts every other one is left out, so a
column that is added to the tables stays out until it is entered here."""

PRIMARY_KEYS: dict[str, tuple[str, ...]] = {
    "articles": ("article_id",),
    "paragraphs": ("article_id", "paragraph"),
    "passages": ("passage_id",),
    "clusters": ("cluster_id",),
    "provenance": ("passage_id",),
    "article_provenance": ("article_id",),
    "agency_evidence": ("article_id",),
    "wire_pickup": ("article_id",),
}

FOREIGN_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "paragraphs": (("article_id", "articles"),),
    "credits": (("article_id", "articles"),),
    "matches": (
        ("left_article_id", "articles"),
        ("right_article_id", "articles"),
        ("left_passage_id", "passages"),
        ("right_passage_id", "passages"),
    ),
    "passages": (("article_id", "articles"), ("cluster_id", "clusters")),
    "provenance": (
        ("passage_id", "passages"),
        ("article_id", "articles"),
        ("cluster_id", "clusters"),
        ("source_article_id", "articles"),
        ("first_carrier", "articles"),
    ),
    "article_provenance": (("article_id", "articles"), ("best_source", "articles")),
    "agency_evidence": (("article_id", "articles"),),
    "wire_pickup": (("article_id", "articles"),),
}
"""Column and the table whose primary key it names."""

EXCEL_ROWS, EXCEL_CHARACTERS = 1_048_576, 32_767
"""Rows of a sheet, with its header, and characters of a cell."""

BATCH = 10_000
"""Rows in memory at once."""

DATETIME = "%Y-%m-%dT%H:%M:%S.%fZ"

_FORMULA = r"^[=+\-@\t\r]"
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,8}$")
"""The end of a name that reads like the ending of a file."""


class ExportError(Exception):
    """What was asked for cannot be written; the message says the remedy."""


class Exported(NamedTuple):
    """What was written."""

    path: Path
    rows: dict[str, int]
    """Rows of each table."""
    left_out: dict[str, list[str]]
    """Columns that were left out because they hold text."""
    notes: list[str]
    """What differs from the tables of the snapshot."""


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
    chosen = [_Table.of(snapshot, name, no_text) for name in names if snapshot.path(name) is not None]
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
        (beside / f"{prefix}README.md").write_text(_readme(made, snapshot.name, kind, no_text), "utf-8")
    return made


def data_package(tables: Sequence[_Table], run_id: str, file: str | None, kind: str) -> dict[str, Any]:
    """The Frictionless description of some tables; ``file`` is what holds them all, None for a CSV file each."""
    names = {table.name for table in tables}
    if kind == "graphml":
        resources = [{"name": "outlets", "path": file, "format": "graphml", "mediatype": "application/graphml+xml"}]
    else:
        resources = [_resource(table, names, file, kind) for table in tables]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "dedup-tables",
        "title": "Where agency copy went",
        "description": f"Tables of the run {run_id}: which passages of press articles come from which dispatch or "
        "earlier article.",
        "version": run_id,
        "contributors": [{"title": f"dedup {__version__}", "roles": ["creator"]}],
        "resources": resources,
    }


# Private: the tables


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


class _Table(NamedTuple):
    """A table of the snapshot, as far as it is exported."""

    name: str
    path: Path
    fields: list[pa.Field]
    left_out: list[str]
    rows: int

    @classmethod
    def of(cls, snapshot: Snapshot, name: str, no_text: bool) -> _Table:
        path = snapshot.path(name)
        there = disk.table_schema(path).names  # an older version of this program had fewer columns
        known = [field for field in schemas.TABLES[name] if field.name in there]
        fields = [field for field in known if not no_text or _is_text_free(field)]
        left_out = [field.name for field in known if field not in fields]
        return cls(name, path, fields, left_out, disk.count_rows(path))

    def batches(self) -> Iterator[pa.Table]:
        """The rows, some at a time; at least one table, which may be empty."""
        files = sorted(self.path.glob("*.parquet")) if self.path.is_dir() else [self.path]
        columns = [field.name for field in self.fields]
        yield pa.schema(self.fields).empty_table()
        for file in files:
            for batch in disk.iter_batches(file, BATCH, columns):
                yield pa.Table.from_batches([batch]).select(columns)


def _is_text_free(field: pa.Field) -> bool:
    holds_text = pa.types.is_string(field.type) or pa.types.is_nested(field.type)
    return not holds_text or field.name in TEXT_FREE


def _flat(table: pa.Table) -> pa.Table:
    """Lists as JSON text, times as ISO 8601 text in UTC."""
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if pa.types.is_nested(field.type):
            values = (None if value is None else json.dumps(value, ensure_ascii=False) for value in column.to_pylist())
            table = table.set_column(at, field.name, pa.array(values, pa.string()))
        elif pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ"))
    return table


def _python_rows(table: pa.Table) -> Iterator[tuple]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


# Private: the writers; each writes to a path that gets its name when all is well, and returns notes


def _write_csv(folder: Path, tables: Sequence[_Table], say: Callable[[str], None]) -> list[str]:
    import pyarrow.csv

    folder.mkdir()
    quoted = 0
    for table in tables:
        say(table.name)
        writer = None
        try:
            for batch in table.batches():
                flat, count = _without_formulas(_flat(batch))
                quoted += count
                writer = writer or pyarrow.csv.CSVWriter(folder / f"{table.name}.csv", flat.schema)
                writer.write_table(flat)
        finally:
            if writer is not None:
                writer.close()
    return [_formula_note(quoted)] if quoted else []


def _write_excel_csv(folder: Path, tables: Sequence[_Table], say: Callable[[str], None]) -> list[str]:
    """CSV as Excel of a French, Belgian or Swiss system opens it with a double click."""
    import csv

    folder.mkdir()
    quoted = 0
    for table in tables:
        say(table.name)
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow([field.name for field in table.fields])
            for batch in table.batches():
                flat, count = _without_formulas(_flat(batch))
                quoted += count
                writer.writerows([_as_in_french(value) for value in row] for row in _python_rows(flat))
    notes = ["for Excel with French settings: semicolons between columns, decimal commas, UTF-8 with its mark"]
    return [*notes, _formula_note(quoted)] if quoted else notes


def _as_in_french(value: Any) -> Any:
    """A number with a decimal comma, truth as 1 and 0; all else as it is."""
    if isinstance(value, bool):
        return int(value)
    return str(value).replace(".", ",") if isinstance(value, float) else value


def _formula_note(quoted: int) -> str:
    return f"{quoted:,} cells that a spreadsheet could run as a formula begin with an apostrophe that is not theirs"


def _without_formulas(table: pa.Table) -> tuple[pa.Table, int]:
    """Text that begins as a formula gets an apostrophe before it; how many."""
    count = 0
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            column = table.column(at)
            risky = pc.match_substring_regex(column, _FORMULA).fill_null(False)
            number = pc.sum(risky).as_py() or 0
            if number:
                count += number
                safe = pc.binary_join_element_wise(pa.scalar("'"), column, "")
                table = table.set_column(at, field.name, pc.if_else(risky, safe, column))
    return table, count


def _write_sqlite(file: Path, tables: Sequence[_Table], say: Callable[[str], None]) -> list[str]:
    import sqlite3
    from contextlib import closing

    names = {table.name for table in tables}
    with closing(sqlite3.connect(file)) as connection, connection:
        for table in tables:
            say(table.name)
            columns = [f'"{field.name}" {_sql_type(field)}' for field in table.fields]
            key = PRIMARY_KEYS.get(table.name)
            if key:
                columns.append(f"PRIMARY KEY ({', '.join(key)})")
            for column, target in _foreign_keys(table, names):
                columns.append(f'FOREIGN KEY ("{column}") REFERENCES "{target}"')
            connection.execute(f'CREATE TABLE "{table.name}" ({", ".join(columns)})')
            marks = ", ".join("?" * len(table.fields))
            for batch in table.batches():
                connection.executemany(
                    f'INSERT INTO "{table.name}" VALUES ({marks})',
                    (
                        [value.isoformat() if isinstance(value, date) else value for value in row]
                        for row in _python_rows(_flat(batch))
                    ),
                )
        connection.execute("CREATE TABLE columns (table_name TEXT, column_name TEXT, doc TEXT)")
        connection.executemany(
            "INSERT INTO columns VALUES (?, ?, ?)",
            ((table.name, field.name, _doc(field)) for table in tables for field in table.fields),
        )
    return ["the table `columns` says what each column means; times are ISO 8601 text, lists are JSON text"]


def _sql_type(field: pa.Field) -> str:
    if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(field.type) else "TEXT"


def _write_duckdb(file: Path, tables: Sequence[_Table], say: Callable[[str], None]) -> list[str]:
    import duckdb

    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in tables:
            say(table.name)
            for number, batch in enumerate(table.batches()):
                connection.register("batch", batch)
                head = f'CREATE TABLE "{table.name}" AS' if number == 0 else f'INSERT INTO "{table.name}"'
                connection.execute(f"{head} SELECT * FROM batch")
                connection.unregister("batch")
            for field in table.fields:
                doc = _doc(field).replace("'", "''")
                connection.execute(f"""COMMENT ON COLUMN "{table.name}"."{field.name}" IS '{doc}'""")
    return ["the comment of each column says what it means"]


def _write_excel(file: Path, tables: Sequence[_Table], say: Callable[[str], None]) -> list[str]:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    for table in tables:
        if table.rows >= EXCEL_ROWS:
            raise ExportError(
                f"{table.name} has {table.rows:,} rows and a sheet of Excel {EXCEL_ROWS:,}: name other tables with "
                "--table, or take --format csv, sqlite or duckdb"
            )
    workbook = openpyxl.Workbook(write_only=True)
    cut = changed = 0

    def cell(sheet: Any, value: Any) -> Any:
        nonlocal cut, changed
        if isinstance(value, datetime):
            return value.replace(tzinfo=None)
        if not isinstance(value, str):
            return value
        clean = xml_text(value)
        changed += clean != value
        if len(clean) > EXCEL_CHARACTERS:
            cut += 1
            clean = clean[: EXCEL_CHARACTERS - 1] + "…"
        made = WriteOnlyCell(sheet, clean)
        made.data_type = "s"  # or a text that begins with = would be a formula
        return made

    for table in tables:
        say(table.name)
        sheet = workbook.create_sheet(table.name)
        sheet.freeze_panes = "A2"
        sheet.append([field.name for field in table.fields])
        for batch in table.batches():
            for row in _python_rows(_without_lists(batch)):
                sheet.append([cell(sheet, value) for value in row])
    sheet = workbook.create_sheet("columns")
    for row in (
        ("table", "column", "meaning"),
        *((table.name, field.name, _doc(field)) for table in tables for field in table.fields),
    ):
        sheet.append(row)
    workbook.save(file)
    notes = ["the sheet `columns` says what each column means; times are UTC, lists are JSON text"]
    if cut:
        notes.append(f"{cut:,} texts were longer than the {EXCEL_CHARACTERS:,} characters of a cell and are cut there")
    if changed:
        notes.append(f"{changed:,} texts held characters that XML, and so Excel, refuses; they are left out")
    return notes


def _without_lists(table: pa.Table) -> pa.Table:
    flat = _flat(table)
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            flat = flat.set_column(at, field.name, table.column(at))
    return flat


def _write_graphml(file: Path, tables: Sequence[_Table], say: Callable[[str], None]) -> list[str]:
    from dedup.summary.relations import graphml, network

    say("outlet_pairs")
    pairs, outlets = (disk.read_table(table.path) for table in tables)
    written, changed = graphml(network(pairs, outlets))
    file.write_bytes(written)
    notes = ["nodes are outlets, edges say who had shared texts first; Gephi and networkx read it"]
    if changed:
        notes.append(f"{changed:,} names held characters that XML refuses; they are left out")
    return notes


_WRITERS: dict[str, Callable[[Path, Sequence[_Table], Callable[[str], None]], list[str]]] = {
    "csv": _write_csv,
    "excel-csv": _write_excel_csv,
    "sqlite": _write_sqlite,
    "duckdb": _write_duckdb,
    "excel": _write_excel,
    "graphml": _write_graphml,
}


# Private: what lies beside


def _resource(table: _Table, names: set[str], file: str | None, kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_described(field, kind) for field in table.fields], "missingValues": [""]}
    if table.name in PRIMARY_KEYS:
        schema["primaryKey"] = list(PRIMARY_KEYS[table.name])
    keys = [
        {"fields": [column], "reference": {"resource": target, "fields": list(PRIMARY_KEYS[target])}}
        for column, target in _foreign_keys(table, names)
    ]
    if keys:
        schema["foreignKeys"] = keys
    resource = {"name": table.name, "path": file or f"{table.name}.csv", "schema": schema}
    if file is None:
        french = {"dialect": {"delimiter": ";"}} if kind == "excel-csv" else {}
        return {**resource, "type": "table", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", **french}
    dialect = {"sheetName": table.name} if kind == "excel" else {"table": table.name}
    return {**resource, "format": {"excel": "xlsx"}.get(kind, kind), "dialect": dialect}


def _described(field: pa.Field, kind: str) -> dict[str, Any]:
    described = {"name": field.name, "type": _package_type(field.type), "description": _doc(field)}
    if described["type"] == "number" and kind == "excel-csv":
        described["decimalChar"] = ","
    if described["type"] == "datetime" and kind in ("csv", "excel-csv", "sqlite"):
        described["format"] = DATETIME
    return described


def _package_type(kind: pa.DataType) -> str:
    tests = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_date, "date"),
        (pa.types.is_nested, "array"),
    )
    return next((name for test, name in tests if test(kind)), "string")


def _foreign_keys(table: _Table, names: set[str]) -> list[tuple[str, str]]:
    return [(column, target) for column, target in FOREIGN_KEYS.get(table.name, ()) if target in names]


def _doc(field: pa.Field) -> str:
    return (field.metadata or {}).get(b"doc", b"").decode()


def _readme(made: Exported, run_id: str, kind: str, no_text: bool) -> str:
    lines = [f"# Tables of dedup, run {run_id}", "", f"Written by dedup {__version__} as {kind}.", ""]
    lines += ["| table | rows |", "|---|---|", *(f"| {name} | {rows} |" for name, rows in made.rows.items()), ""]
    lines += [f"- {note}." for note in made.notes]
    lines += ["- The data package file beside this one gives the type and the meaning of every column, and the keys."]
    if no_text:
        lines += [
            "",
            "## Without the texts",
            "",
            "No column holds words of an article: ids, hashes, offsets, counts, names of outlets and agencies, and "
            "addresses stay. Left out:",
            "",
            *(f"- {name}: {', '.join(columns)}" for name, columns in made.left_out.items()),
        ]
    else:
        lines += [
            "",
            "These tables quote articles (titles, passages, texts), which are protected by copyright. "
            "`dedup export --no-text` writes them without.",
        ]
    return "\n".join(lines) + "\n"


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

"""What lies beside an export: the data package (Frictionless) and a README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from dedup import __version__
from dedup.surfaces.export.tables import PRIMARY_KEYS, Chosen, doc_of, foreign_keys

DATETIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def data_package(tables: Sequence[Chosen], run_id: str, file: str | None, kind: str) -> dict[str, Any]:
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


def _resource(table: Chosen, names: set[str], file: str | None, kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_described(field, kind) for field in table.fields], "missingValues": [""]}
    if table.name in PRIMARY_KEYS:
        schema["primaryKey"] = list(PRIMARY_KEYS[table.name])
    keys = [
        {"fields": [column], "reference": {"resource": target, "fields": list(PRIMARY_KEYS[target])}}
        for column, target in foreign_keys(table, names)
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
    described = {"name": field.name, "type": _package_type(field.type), "description": doc_of(field)}
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


class Exported(NamedTuple):
    """What was written."""

    path: Path
    rows: dict[str, int]
    """Rows of each table."""
    left_out: dict[str, list[str]]
    """Columns that were left out because they hold text."""
    notes: list[str]
    """What differs from the tables of the snapshot."""


def readme(made: Exported, run_id: str, kind: str, no_text: bool) -> str:
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

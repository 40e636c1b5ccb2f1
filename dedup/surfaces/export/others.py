"""Tables -> an Excel workbook, and the network of outlets as GraphML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from dedup.store import disk
from dedup.summary.network import xml_text
from dedup.surfaces.export.tables import Chosen, ExportError, doc_of, flattened, python_rows

EXCEL_ROWS, EXCEL_CHARACTERS = 1_048_576, 32_767
"""Rows of a sheet, with its header, and characters of a cell."""


def write_excel(file: Path, tables: Sequence[Chosen], say: Callable[[str], None]) -> list[str]:
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
            for row in python_rows(_without_lists(batch)):
                sheet.append([cell(sheet, value) for value in row])
    sheet = workbook.create_sheet("columns")
    for row in (
        ("table", "column", "meaning"),
        *((table.name, field.name, doc_of(field)) for table in tables for field in table.fields),
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
    flat = flattened(table)
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            flat = flat.set_column(at, field.name, table.column(at))
    return flat


def write_graphml(file: Path, tables: Sequence[Chosen], say: Callable[[str], None]) -> list[str]:
    from dedup.summary.network import graphml, network

    say("outlet_pairs")
    pairs, outlets = (disk.read_table(table.path) for table in tables)
    written, changed = graphml(network(pairs, outlets))
    file.write_bytes(written)
    notes = ["nodes are outlets, edges say who had shared texts first; Gephi and networkx read it"]
    if changed:
        notes.append(f"{changed:,} names held characters that XML refuses; they are left out")
    return notes

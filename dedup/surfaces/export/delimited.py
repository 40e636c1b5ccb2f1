"""Tables -> CSV files: plain ones, and such as Excel of a French system opens with a double click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dedup.surfaces.export.tables import Chosen, flattened, python_rows, without_formulas


def write_csv(folder: Path, tables: Sequence[Chosen], say: Callable[[str], None]) -> list[str]:
    import pyarrow.csv

    folder.mkdir()
    quoted = 0
    for table in tables:
        say(table.name)
        writer = None
        try:
            for batch in table.batches():
                flat, count = without_formulas(flattened(batch))
                quoted += count
                writer = writer or pyarrow.csv.CSVWriter(folder / f"{table.name}.csv", flat.schema)
                writer.write_table(flat)
        finally:
            if writer is not None:
                writer.close()
    return [_formula_note(quoted)] if quoted else []


def write_excel_csv(folder: Path, tables: Sequence[Chosen], say: Callable[[str], None]) -> list[str]:
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
                flat, count = without_formulas(flattened(batch))
                quoted += count
                writer.writerows([_as_in_french(value) for value in row] for row in python_rows(flat))
    notes = ["for Excel with French settings: semicolons between columns, decimal commas, UTF-8 with its mark"]
    return [*notes, _formula_note(quoted)] if quoted else notes


def _as_in_french(value: Any) -> Any:
    """A number with a decimal comma, truth as 1 and 0; all else as it is."""
    if isinstance(value, bool):
        return int(value)
    return str(value).replace(".", ",") if isinstance(value, float) else value


def _formula_note(quoted: int) -> str:
    return f"{quoted:,} cells that a spreadsheet could run as a formula begin with an apostrophe that is not theirs"

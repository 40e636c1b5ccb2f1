"""Spreadsheets (.xlsx, .xls, .ods) -> rows: the first row of a sheet that has cells names the columns."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dedup.intake.columns import meaning
from dedup.intake.encodings import decode
from dedup.intake.pages import charset, lines_of, parse_page
from dedup.intake.records import Fault, File, Record, Unreadable
from dedup.intake.tables import no_text
from dedup.intake.zips import zip_weight

MOST_UNPACKED = 1_000_000_000
"""Bytes of the largest sheet when unpacked."""


def sheet_rows(file: File) -> Iterator[Record]:
    """The rows of every sheet that has a column for the text; a position is the row of its sheet."""
    from python_calamine import CalamineError, CalamineWorkbook

    content = file.read(500_000_000)
    if zip_weight(content) > MOST_UNPACKED:
        raise Unreadable(f"longer than {MOST_UNPACKED:,} bytes when unpacked")
    found, headers = False, []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            rows = enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), start=1)
            names = next(([str(cell).strip() for cell in row] for _, row in rows if any(_filled(row))), [])
            headers += names
            if not any(meaning(column, file.columns) == "text" for column in names):
                continue
            found = empty = True
            for number, row in rows:
                if any(_filled(row)):
                    empty = False
                    yield number, {column: value for column, value in zip(names, row, strict=False) if column}
            if empty:
                yield 1, Fault("the table is empty: a header and no row")
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(f"no spreadsheet that can be read: {error}") from error
    if not found:
        yield None, Fault(no_text(headers))


def html_table_rows(file: File) -> Iterator[Record]:
    """The rows of the tables of a page that is called a spreadsheet; the first row of each names its columns."""
    content = file.read()
    html, file.encoding = decode(content, charset(content))
    tree = parse_page(html)
    found, headers = False, []
    for table in [] if tree is None else tree.iter("table"):
        rows = [[lines_of(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        names = [name.strip() for name in rows[0]] if rows else []
        headers += names
        if any(meaning(column, file.columns) == "text" for column in names):
            found = True
            for number, row in enumerate(rows[1:], start=2):
                yield number, {column: value for column, value in zip(names, row, strict=False) if column}
            if len(rows) == 1:
                yield 1, Fault("the table is empty: a header and no row")
    if not found:
        yield None, Fault(no_text(headers))


def _filled(row: list) -> list[bool]:
    return [cell not in (None, "") for cell in row]

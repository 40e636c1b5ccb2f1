"""Tables: CSV in all its dialects, and Parquet.

CSV is read row by row with the first dialect that fits the row: quotation marks doubled, or escaped with a
backslash, or not used at all (tab-separated exports). A row that fits none is a fault with its lines, and reading
goes on at the next line that looks like a row: a stray quotation mark never swallows what comes after it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa

from dedup.intake.columns import NAMES, folded, meaning
from dedup.intake.dates import parse_date
from dedup.intake.encodings import fault_of, of_stream, undecodable
from dedup.intake.records import MOST_BYTES, Fault, File, Record, Unreadable
from dedup.store import disk

MARKS = ",;\t|^~:#\xa4\xa6\xa7\x1f\x01"
"""What can stand between two cells; the last where nothing stands between, for a table of one column."""

TRIED_LINES = 50
"""Lines of the file that show which mark it is."""

LONGEST_CELL = 10_000_000
"""Characters of a cell of several lines that is always read to its end."""

AGAIN = 4
"""How many times a file's characters are read again, in the search for the end of quoted cells that have none."""

_SEP = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?", re.IGNORECASE)


def csv_rows(file: File) -> Iterator[Record]:
    """The rows of a CSV file; a position is the line where the row starts."""
    csv.field_size_limit(sys.maxsize)
    file.encoding = of_stream(file.head)
    if file.encoding not in ("utf-8", "utf-8-sig") and (fault := fault_of(file.head, file.encoding)):
        yield None, fault
    lines = _Lines(_decoded(file))
    mark, names = _header(lines, file.columns)
    known = [meaning(name, file.columns) for name in names]
    if "text" not in known:
        yield None, Fault(no_text(names))
        return
    empty = True
    for number, row in _rows(lines, mark, names, known):
        empty = False
        if isinstance(row, Fault):
            yield number, row
            continue
        try:
            "".join(row).encode()
        except UnicodeEncodeError:
            yield number, Fault(_undecodable_cell(names, row))
            continue
        yield number, dict(zip(names, row, strict=True))
    if empty:
        yield None, Fault("the file is empty: a header and no row")


def no_text(names: Sequence[str]) -> str:
    told = (
        f"no column for the text ({', '.join(repr(name) for name in NAMES['text'][:4])} or another); the columns are "
    )
    told += ", ".join(name for name in names)[:200] or "none"
    if any(meaning(name, {}) == "url" for name in names):
        return told + "; it holds addresses only: fetch the pages with dedup fetch"
    return told + "; name it with --columns text=NAME"


def _decoded(file: File) -> Iterator[str]:
    """The lines of the file as text; a byte that is not of the encoding stays as half a surrogate pair."""
    with file.open() as content:
        encoding = file.encoding or "utf-8"
        text = io.TextIOWrapper(content, encoding, errors=_errors(encoding), newline="")
        while line := text.readline(MOST_BYTES):
            if len(line) >= MOST_BYTES:
                raise Unreadable(f"a line is longer than {MOST_BYTES:,} characters")
            yield line


def _errors(encoding: str) -> str:
    return "surrogateescape" if codecs.lookup(encoding).name.startswith("utf-8") else "replace"


class _Lines:
    """Lines that can be given back, as long as there is patience: reading a file costs time linear in its length."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: list[str] = []
        self.taken: list[str] = []
        self.number = 1
        """1-based number of the line that ``next`` gives."""
        self._patience = LONGEST_CELL
        """Characters that may still be read in vain; what is read for good brings more."""
        self._held = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._held > self._patience and len(self.taken) > 1:
            raise csv.Error("a cell has no end")
        line = self._back.pop() if self._back else next(self._lines)
        self._held += len(line)
        if not self.number - 1 and line.startswith("\ufeff"):
            line = line[1:]
        self.taken.append(line)
        self.number += 1
        return line

    def begin(self) -> None:
        """From here on lines can be given back."""
        self._patience += AGAIN * self._held
        self.taken, self._held = [], 0

    def give_back(self, keep: int = 0) -> None:
        """All that was taken since ``begin``, but for the first ``keep`` lines."""
        back = self.taken[keep:]
        size = sum(map(len, back))
        self._held -= size
        self._patience -= size
        self._back.extend(reversed(back))
        self.number -= len(back)
        self.taken = self.taken[:keep]


def _header(lines: _Lines, columns: dict[str, str]) -> tuple[str, list[str]]:
    """(mark between cells, names): the mark with which the header has a text and most columns that are known."""
    lines.begin()
    first = next(lines, "")
    said = _SEP.fullmatch(first)
    if said is None:
        lines.give_back()
    lines.begin()
    shown = list(islice(lines, TRIED_LINES))
    lines.give_back()
    best: tuple[tuple, str, list[str]] = ((), ",", [])
    for order, mark in enumerate([said[1]] if said else MARKS):
        rows = csv.reader(iter(shown), delimiter=mark)
        try:
            names = [name.strip() for name in next(rows, [])]
            fitting = sum(len(row) == len(names) for row in rows)
        except csv.Error:
            names, fitting = [name.strip() for name in first.rstrip("\r\n").split(mark)], 0
        known = {meaning(name, columns) for name in names} - {None}
        told = ("text" in known, len(known), len(names) > 1 and fitting, len(names), order)
        best = max(best, (told, mark, names))
    _, mark, names = best
    names = [name.encode("utf-8", "replace").decode() for name in names]  # a byte that is no letter
    lines.begin()
    _skip_header(lines, mark)
    return mark, names


def _skip_header(lines: _Lines, mark: str) -> None:
    for _ in csv.reader(lines, delimiter=mark):
        return


def _rows(
    lines: _Lines, mark: str, names: list[str], known: list[str | None]
) -> Iterator[tuple[int, list[str] | Fault]]:
    """(line where it starts, cells or why they cannot be read), one a row."""
    header = [folded(name) for name in names]
    broken: list[int] = []  # lines that belong to no row
    reason = ""
    while True:
        number = lines.number
        row, fault = _row(lines, mark, names, known, after_fault=bool(broken))
        if row == []:
            continue
        if fault is not None:
            reason = reason or fault
            broken.extend(range(number, lines.number))
            continue
        if broken:
            yield broken[0], Fault(_of_lines(broken, reason))
            broken, reason = [], ""
        if row is None:
            return
        if [folded(cell) for cell in row] == header:
            yield number, Fault("the header once more: passed over", kept=True)
            continue
        yield number, row


def _of_lines(broken: list[int], reason: str) -> str:
    return reason if len(broken) == 1 else f"{reason} (lines {broken[0]} to {broken[-1]})"


def _row(
    lines: _Lines, mark: str, names: list[str], known: list[str | None], after_fault: bool
) -> tuple[list[str] | None, str | None]:
    """(cells, None), (None, reason) when the lines taken make no row, (None, None) at the end, ([], None) if blank."""
    lines.begin()
    line = next(lines, None)
    if line is None:
        return None, None
    if '"' not in line:  # most lines: each is a row, as csv would read it
        bare = line.rstrip("\r\n")
        cells = bare.split(mark) if bare else []
        if not cells or (len(cells) == len(names) and (not after_fault or mark == "\t" or _told(cells, known) >= 0)):
            return cells, None
        return None, f"{len(cells)} cells in the row, {len(names)} columns in the header"
    return _quoted_row(lines, mark, names, known, after_fault)


def _quoted_row(
    lines: _Lines, mark: str, names: list[str], known: list[str | None], after_fault: bool
) -> tuple[list[str] | None, str | None]:
    """As ``_row``, where the first line holds quotation marks: they are doubled inside a cell, or escaped with a
    backslash (as Spark and MySQL write), or letters."""
    lines.give_back()
    for unescape in (False, True):
        source = (line.replace('\\"', '""') for line in lines) if unescape else lines
        try:
            row = next(csv.reader(source, delimiter=mark, strict=True), None)
        except csv.Error:
            row = None
        if row and len(row) == len(names) and not _has_swallowed(row, lines.taken, mark, known):
            if not after_fault or _told(row, known) >= 0:
                return row, None
        has_escapes = any('\\"' in line for line in lines.taken)
        lines.give_back()
        if not has_escapes:
            break
    lines.begin()
    line = next(lines)
    cells = line.rstrip("\r\n").split(mark)
    if len(cells) == len(names) and _ends_here(lines, mark, known) and (mark == "\t" or _told(cells, known) > 0):
        return cells, None  # quotation marks are letters here
    return None, "a quotation mark is not closed, or closed too early"


def _has_swallowed(row: list[str], taken: list[str], mark: str, known: list[str | None]) -> bool:
    """Whether a line inside a quoted cell is a row of its own."""
    if len(taken) == 1:
        return False
    for line in taken[1:]:
        if line.count(mark) >= len(known) - 1 > 0:
            cells = next(csv.reader([line], delimiter=mark), [])
            bare = line.rstrip("\r\n").split(mark)
            for found in (cells, bare):
                if len(found) == len(known) and _told(found, known) >= (1 if mark == "\t" else 2):
                    return True
    return False


def _ends_here(lines: _Lines, mark: str, known: list[str | None]) -> bool:
    """Whether the row that was taken ends with its line: the next line is a row, or there is none."""
    after = next(lines, None)
    if after is None:
        return True
    lines.give_back(keep=len(lines.taken) - 1)
    cells = after.rstrip("\r\n").split(mark)
    return len(cells) >= len(known) and (mark == "\t" or _told(cells, known) > 0)


def _told(row: list[str], known: list[str | None]) -> int:
    """How many cells are what their columns say; -1 when one is not, so that this is no row of the table.

    An id is one word (with a figure it is recognised), a date is one, an address has no spaces.
    """
    told = 0
    for cell, column in zip(row, known, strict=False):
        cell = cell.strip()
        if not cell or column is None or (fits := _FORMS.get(column)) is None:
            continue
        if not fits(cell):
            return -1
        told += column in ("published_at", "wire_timestamp", "url") or (column == "id" and _FIGURE(cell) is not None)
    return told


_SPACE = re.compile(r"\s").search
_FIGURE = re.compile(r"\d").search


def _is_date(cell: str) -> bool:
    try:
        return parse_date(cell)[0] is not None
    except ValueError:
        return False


_FORMS = {
    "id": lambda cell: not _SPACE(cell) and len(cell) < 200,
    "published_at": _is_date,
    "wire_timestamp": _is_date,
    "url": lambda cell: "." in cell and not _SPACE(cell),
    "outlet": lambda cell: len(cell) < 80,
    "lang": lambda cell: len(cell) < 12,
}


def _undecodable_cell(names: list[str], row: list[str]) -> str:
    for name, cell in zip(names, row, strict=True):
        content = cell.encode("utf-8", "surrogateescape")
        try:
            content.decode()
        except UnicodeDecodeError as error:
            return undecodable(content, error.start, f" of column {name!r}")
    return "not UTF-8; save the file as UTF-8"


# Parquet, and other tables of Arrow


def parquet_rows(file: File) -> Iterator[Record]:
    """The rows of a Parquet file; a position is the number of the row."""
    if file.path is None:
        raise Unreadable("Parquet inside an archive is not read: unpack it")
    names = disk.table_schema(file.path).names
    if not any(meaning(name, file.columns) == "text" for name in names):
        yield None, Fault(no_text(names))
        return
    yield from batch_rows(disk.iter_batches(file.path, batch_rows=2_000))


def batch_rows(batches: Iterator[pa.RecordBatch]) -> Iterator[Record]:
    """The rows of Arrow's record batches."""
    number = 0
    for batch in batches:
        for row in _python_rows(batch):
            number += 1
            yield number, row
    if not number:
        yield None, Fault("the file is empty: no row")


def _python_rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | Fault]:
    # times in microseconds: Python has nothing finer
    fields = [
        field.with_type(pa.timestamp("us", tz=field.type.tz)) if pa.types.is_timestamp(field.type) else field
        for field in batch.schema
    ]
    batch = batch.cast(pa.schema(fields), safe=False)
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError):  # one value that Python cannot hold spoils its own row only
        rows = [_python_row(batch.slice(row, 1)) for row in range(batch.num_rows)]
    yield from rows


def _python_row(row: pa.RecordBatch) -> dict[str, Any] | Fault:
    try:
        return row.to_pylist()[0]
    except UnicodeDecodeError as error:
        return Fault(undecodable(error.object, error.start))
    except (ValueError, OverflowError) as error:
        return Fault(f"a value cannot be read: {error}")

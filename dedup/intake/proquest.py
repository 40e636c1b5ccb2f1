"""ProQuest's exports as text -> articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dedup.intake.exports import LANGUAGE_CODES
from dedup.intake.records import Fault, File, Record
from dedup.intake.texts import text_of
from dedup.intake.wires import as_sold

_FIELDS = {
    "title": "title", "author": "author", "full text": "text", "publication title": "outlet",
    "publication date": "date", "proquest document id": "id", "document url": "url", "section": "section",
    "language of publication": "language", "subtitle": "subtitle", "dateline": "dateline",
}  # fmt: skip
"""Names of fields that are kept -> what they hold."""

_NAME = re.compile(
    rf"({'|'.join(_FIELDS)}|abstract|links?|publication (?:info|year|subject|information)|pages?|first page|subject|"
    r"location|people|company(?: / organization)?|identifier ?/ ?keyword|publisher|place of publication|"
    r"country of publication|issn|source type|document type|copyright|last updated|database|credit|volume|issue|"
    r"proquest document link|number of pages|illustrations|language) ?: ?",
    re.IGNORECASE,
)
"""The name of a field at the start of a line; the text of a field goes on up to the next."""


def proquest_rows(file: File) -> Iterator[Record]:
    """The documents of an export: each stands between two lines of underscores and has fields."""
    content, fault = text_of(file)
    if fault is not None:
        yield None, fault
    parts = re.split(r"^_{20,}[^\S\n]*$", content.replace("\r\n", "\n"), flags=re.MULTILINE)
    number = 0
    for part in parts:
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        if any(line.lower().startswith("proquest document id") for line in lines):
            number += 1
            yield number, _article(lines)
    if not number:
        yield None, Fault("no article in the export")


def _article(lines: list[str]) -> dict[str, Any] | Fault:
    fields: dict[str, list[str]] = {}
    here, end = "head", _end_of_text(lines)
    for number, line in enumerate(lines):
        if (found := _NAME.match(line)) and (here != "text" or number >= end):
            here = _FIELDS.get(found[1].lower(), "other")
            line = line[found.end() :]
        if line:
            fields.setdefault(here, []).append(line)
    head = [line for line in fields.pop("head", []) if not re.match(r"Document \d+ of \d+$", line)]
    fields.pop("other", None)
    row: dict[str, Any] = {name: ("\n" if name == "text" else " ").join(held) for name, held in fields.items()}
    row.setdefault("title", head[0] if head else None)
    row["outlet"] = (row.get("outlet") or "").split(";")[0].strip() or None
    row["language"] = LANGUAGE_CODES.get((row.get("language") or "").split(",")[0].strip().lower())
    row = {name: held for name, held in row.items() if held}
    return as_sold(row) if row.get("text") else Fault("an article without text", article_id=row.get("id"))


def _end_of_text(lines: list[str]) -> int:
    """Where the fields after the text begin: those that stand without a gap before the publication's title."""
    end = next(
        (n for n, line in enumerate(lines) if re.match(r"(?:Publication title|ProQuest document ID) ?:", line)), 0
    )
    while end and _NAME.match(lines[end - 1]) and not lines[end - 1].lower().startswith("full text"):
        end -= 1
    return end

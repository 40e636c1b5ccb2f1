"""Exports of LexisNexis as text, in English, French or German -> articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dedup.intake.exports import LANGUAGE_CODES, PRINTED_DATE
from dedup.intake.records import Fault, File, Record
from dedup.intake.texts import text_of
from dedup.intake.wires import as_sold


def lexis_text_rows(file: File) -> Iterator[Record]:
    """The articles of a LexisNexis text."""
    content, fault = text_of(file)
    if fault is not None:
        yield None, fault
    yield from lexis_articles(content)


def lexis_articles(content: str) -> Iterator[Record]:
    """The articles of a LexisNexis export as text: each has a length, a body and an end."""
    content = content.replace("\r\n", "\n")
    new = re.search(LEXIS_END, content, re.MULTILINE) is not None
    parts = re.split(LEXIS_END if new else LEXIS_START, content, flags=re.MULTILINE)
    parts = parts[:-1] if new else parts[1:]
    for number, part in enumerate(parts, start=1):
        yield number, _lexis_article(part, new)
    if not parts:
        yield None, Fault("no article in the export")


LEXIS_START = r"^[^\S\n]*(?:Dokument )?\d+ (?:of|de|von) \d+(?: DOCUMENTS?| DOKUMENTEN?)?\s*$"
LEXIS_END = r"^[^\S\n]*(?:End of Document|Fin du document|Ende des Dokuments)\s*$"
"""Lines between two articles, in the languages in which LexisNexis prints them: before each, or after each."""

_LEXIS_NAMES = {
    "section": "section", "rubrique": "section", "rubrik": "section", "length": "length", "longueur": "length",
    "länge": "length", "byline": "byline", "auteur": "byline", "autor": "byline", "signature": "byline",
    "headline": "headline", "titre": "headline", "dateline": "dateline", "lieu": "dateline",
    "highlight": "highlight", "encart": "highlight", "load-date": "load-date", "date-chargement": "load-date",
    "date de chargement": "load-date", "update": "load-date", "language": "language", "langue": "language",
    "sprache": "language", "graphic": "graphic", "graphique": "graphic", "publication-type": "type",
    "type-publication": "type", "type de publication": "type", "journal code": "code", "code-revue": "code",
}  # fmt: skip
"""Fields of LexisNexis in the languages of its interface -> what they hold."""

_BODY = frozenset(("body", "corps", "text", "texte"))
"""The line before the text, where there is one."""
_AFTER_BODY = frozenset(("load-date", "language", "graphic", "type", "code"))
_LEXIS_FIELD = re.compile(rf"({'|'.join(sorted(_LEXIS_NAMES, key=len, reverse=True))})\s?:\s*(.*)", re.IGNORECASE)


def _lexis_field(line: str) -> str | None:
    found = _LEXIS_FIELD.match(line)
    return _LEXIS_NAMES[found[1].lower()] if found else None


def _lexis_article(part: str, new: bool) -> dict[str, Any] | Fault:
    lines = [line.strip() for line in part.split("\n")]
    fields: dict[str, str] = {}
    for line in lines:
        if found := _LEXIS_FIELD.match(line):
            fields.setdefault(_LEXIS_NAMES[found[1].lower()], found[2])
    start = next((n for n, line in enumerate(lines) if line.rstrip(" :").lower() in _BODY), None)
    named = [n for n, line in enumerate(lines) if _lexis_field(line) not in (None, "load-date")]
    before = named[0] if named else start if start is not None else len(lines)
    dated = next((n for n in range(before - 1, -1, -1) if _is_lexis_date(lines[n])), None)
    if dated is None:
        return Fault("an article whose head is not understood: no date")
    head = [line for line in lines[max(0, dated - 12) : dated] if line and not _LEXIS_COVER.match(line)]
    if start is None:
        heads = ("length", "byline", "headline", "dateline", "section", "highlight")
        start = max((n for n in named if _lexis_field(lines[n]) in heads), default=dated)
    ends = (n for n in range(start + 1, len(lines)) if _ends_body(lines[n]))
    body = lines[start + 1 : next(ends, len(lines))]
    before_fields = [line for line in lines[dated + 1 : before] if line and not _EDITION.search(line)]
    printed = (head[-2] if len(head) > 1 else None) if new else before_fields[-1] if before_fields else None
    row = {
        "title": fields.get("headline") or printed,
        "outlet": re.sub(r"(?<!\s)\s*+\([A-Z][\w ]+\)$", "", head[-1]) if head else None,
        "date": _lexis_date(lines[dated]),
        "author": fields.get("byline"),
        "section": fields.get("section"),
        "language": LANGUAGE_CODES.get((fields.get("language") or "").split(";")[0].strip().lower()),
        "dateline": fields.get("dateline"),
        "text": "\n".join(filter(None, body if new else _paragraphs(body))),
    }
    row = {name: held for name, held in row.items() if held}
    return as_sold(row) if row.get("text") else Fault("an article without text")


def _paragraphs(lines: list[str]) -> list[str]:
    """Lines as LexisNexis wraps them -> paragraphs; an empty line ends one. Longer lines were not wrapped."""
    if max(map(len, lines), default=0) > WRAPPED:
        return lines
    return [" ".join(part.split()) for part in re.split(r"\n(?:[^\S\n]*\n)+", "\n".join(lines))]


WRAPPED = 100
"""Characters of the longest line of a wrapped text."""

_EDITION = re.compile(r"\b(?:[ée]dition|ausgabe)\b", re.IGNORECASE)


def _ends_body(line: str) -> bool:
    """Whether a line stands after the text of an article."""
    return _lexis_field(line) in _AFTER_BODY or re.match(r"(?:Classification|Klassifizierung)$", line) is not None


_LEXIS_COVER = re.compile(r"(?:Client/Matter|Search T|Narrowed by|Date and Time|Job Number|Documents \(|\d+\. )")


def _is_lexis_date(line: str) -> bool:
    is_date = re.search(r"\b(?:19|20)\d{2}\b", line) and _ENGLISH.search(line)
    return bool(is_date) and len(line) < 80 and not re.match(r"(?:Copyright|Date and Time|Load-Date)", line, re.I)


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_FRENCH_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
                  "novembre", "décembre")  # fmt: skip
_ENGLISH = re.compile("|".join((*_MONTHS, *_FRENCH_MONTHS)), re.IGNORECASE)


def _lexis_date(line: str) -> str | None:
    """ "July 1, 2019 Monday 9:20 AM GMT" or "lundi 1 juillet 2019" -> ISO 8601, or as it stands."""
    found = re.search(r"\b([A-Za-z]+)\.? (\d{1,2}), (\d{4})", line)
    if not found or found[1].lower() not in _MONTHS:
        other = PRINTED_DATE.search(line)
        return other[1] if other else line
    day = f"{found[3]}-{_MONTHS.index(found[1].lower()) + 1:02d}-{int(found[2]):02d}"
    hour = re.search(r"(\d{1,2}):(\d{2}) (AM|PM)( GMT)?", line)
    if not hour:
        return day
    return f"{day}T{int(hour[1]) % 12 + 12 * (hour[3] == 'PM'):02d}:{hour[2]}{'Z' if hour[4] else ''}"

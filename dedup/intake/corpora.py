"""Corpora of text analysis -> articles: Iramuteq and TXM text (``**** *source_x *date_y``), TEI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dedup.intake.columns import meaning
from dedup.intake.pages import lines_of
from dedup.intake.records import Fault, File, Record
from dedup.intake.texts import text_of
from dedup.intake.xmls import every, local, one, text

_STARS = re.compile(r"^(?:\*{4}|\d{4}(?=[ \t]+\*[^\W_]))(?:[ \t]+(.*))?$", re.MULTILINE)
"""The line before a text; older corpora (Alceste) number theirs."""
_VARIABLE = re.compile(r"\*([^\W_]+)_(\S*)")


def iramuteq_rows(file: File) -> Iterator[Record]:
    """One article after each line of stars; its starred variables are columns."""
    content, fault = text_of(file)
    if fault is not None:
        yield None, fault
    content = content.replace("\r\n", "\n")
    starts = list(_STARS.finditer(content))
    for number, (start, after) in enumerate(zip(starts, [*starts[1:], None], strict=True), start=1):
        body = content[start.end() : after.start() if after else len(content)].strip()
        row: dict[str, Any] = {}
        for name, value in _VARIABLE.findall(start[1] or ""):
            row[name] = _value(name, value)
        row = {**_date_of_parts(row), **row}
        body = re.sub(r"^-\*\S+[ \t]*\n?", "", body, flags=re.MULTILINE)  # themes
        row = {**row, "text": body}
        yield number, row if body else Fault("an article without text")


def _date_of_parts(row: dict[str, Any]) -> dict[str, str]:
    """The date that year, month and day have in variables of their own; none where there is one already."""
    parts = [next((row[name] for name in names if row.get(name)), "") for names in _PARTS]
    year, month, day = parts
    if not re.fullmatch(r"\d{4}", year) or any(meaning(name, {}) == "published_at" for name in row):
        return {}
    if not re.fullmatch(r"\d{1,2}", month):
        return {"date": " ".join(filter(None, (day, month, year)))} if month else {}
    return {"date": f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if re.fullmatch(r"\d{1,2}", day) else "")}


_PARTS = (("annee", "année", "an", "year"), ("mois", "month"), ("jour", "day"))


def _value(name: str, value: str) -> str:
    """A variable's value: names have "_" for spaces, dates are of figures only."""
    if meaning(name, {}) == "published_at":
        return re.sub(r"^(\d{4})[_-]?(\d{2})[_-]?(\d{2})$", r"\1-\2-\3", value)
    return value.replace("_", " ")


def tei_rows(root: Any) -> Iterator[Record]:
    """One article a TEI element."""
    texts = [root] if local(root) == "TEI" else every(root, "TEI")
    for number, item in enumerate(texts, start=1):
        body = one(item, "body")
        source, published = one(item, "sourceDesc"), one(item, "publicationStmt")
        date = _in(source, "date") if _in(source, "date") is not None else _in(published, "date")
        row = {
            "title": text(one(item, "titleStmt", "title")),
            "author": text(one(item, "titleStmt", "author")),
            "date": (date.get("when") or text(date)) if date is not None else None,
            "outlet": text(_in(source, "publisher")) or text(_in(source, "title")) or text(_in(published, "publisher")),
            "text": "" if body is None else lines_of(body),
        }
        row = {name: value for name, value in row.items() if value}
        yield number, row if row.get("text") else Fault("an article without text")


def txm_rows(root: Any) -> Iterator[Record]:
    """One article a ``text`` element of TXM's XML import; its attributes are columns."""
    texts = [root] if local(root) == "text" else every(root, "text")
    for number, item in enumerate(texts, start=1):
        row = {**{str(name): value for name, value in item.attrib.items()}, "text": lines_of(item)}
        yield number, row if row["text"] else Fault("an article without text", article_id=row.get("id"))
    if not texts:
        yield None, Fault("no article in the corpus: no text element")


def _in(node: Any, name: str) -> Any:
    return None if node is None else one(node, name)

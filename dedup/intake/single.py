"""One article that a user asks about: a file of any kind, or bytes from a pipe -> title, text and all else it says."""

from __future__ import annotations

import io
import json
from typing import NamedTuple

from dedup.intake import files, ingest, pages, readers
from dedup.intake.columns import NAMES, renamed
from dedup.intake.encodings import decode_text
from dedup.intake.records import HEAD, Fault, File, Unreadable


class Asked(NamedTuple):
    """What was given to look up."""

    title: str | None
    text: str
    extra: str | None
    """Every other column as in ARTICLES.extra: a page's authors can credit an agency."""


def article_in(name: str) -> Asked:
    """The first article of a file; Unreadable says why there is none."""
    file = files.opened(name)
    if file.head and readers.kind_of(file) is None:
        return article_of(file.read())
    return _first(file)


def article_of(content: bytes) -> Asked:
    """The article of bytes that have no name: a page, or plain text."""
    text, _, _ = decode_text(content)
    if not pages.is_page(text):
        return Asked(None, text, None)
    return _first(File("page.html", lambda: io.BytesIO(content), content[:HEAD]))


def _first(file: File) -> Asked:
    reasons = []
    for _, row in ingest.records(file):
        if not isinstance(row, Fault):
            row = renamed(row, {})
            text = next((row[name] for name in NAMES["text"] if isinstance(row.get(name), str)), None)
            if text:
                title = next((row[name] for name in NAMES["title"] if isinstance(row.get(name), str)), None)
                others = {name: value for name, value in row.items() if name not in (*NAMES["text"], *NAMES["title"])}
                return Asked(title, text, json.dumps(others, ensure_ascii=False, default=str))
        elif not row.kept:
            reasons.append(row.reason)
    raise Unreadable(f"{file.name}: {'; '.join(reasons[:3]) or 'no article in it'}")

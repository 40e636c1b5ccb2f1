"""RSS and Atom -> articles, or the addresses that they name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from dedup.intake.pages import fragment_text
from dedup.intake.records import Fault, File, Record, Unreadable
from dedup.intake.xmls import parsed


def feed_rows(file: File) -> Iterator[Record]:
    """The entries of a feed; ``feed_text`` says whether the text is the whole one or the summary."""
    feed = parse_feed(file.read())
    file.encoding = feed.get("encoding") or "utf-8"
    for number, entry in enumerate(feed.entries, start=1):
        if unpublished := _unpublished(entry):
            yield number, Fault(unpublished, kept=True)
            continue
        row = entry_row(entry)
        row["outlet"] = feed.feed.get("publisher")
        row["source_name"] = feed.feed.get("title")
        row["language"] = entry.get("language") or feed.feed.get("language")
        row = {name: value for name, value in row.items() if value}
        yield number, row if row.get("text") else Fault("an entry without text", article_id=row.get("id"))
    if not feed.entries:
        yield None, Fault("the feed has no entries")


def entry_row(entry: Any) -> dict[str, Any]:
    """The columns of one entry."""
    whole = max((part.get("value") or "" for part in entry.get("content", [])), key=len, default="")
    summary = entry.get("summary") or ""
    html = whole if len(whole) > len(summary) else summary
    return {
        "id": None if entry.get("link") else entry.get("id"),
        "url": entry.get("link"),
        "title": " ".join(fragment_text(entry.get("title") or "").split()),
        "published_at": entry.get("published") or entry.get("updated"),
        "author": _authors(entry),
        "text": fragment_text(_EMPTY_LINES.sub("<br>", html) if entry.get("wp_post_type") else html),
        "feed_text": "whole" if html is whole and whole else "summary",
    }


def _unpublished(entry: Any) -> str | None:
    """Why an item of a WordPress export is no article: a picture or a menu, or a draft; None for others."""
    kind, status = entry.get("wp_post_type") or "post", entry.get("wp_status") or "publish"
    if kind not in ("post", "page"):
        return f"passed over: an item of the type {kind}"
    return None if status == "publish" else f"passed over: not published ({status})"


_EMPTY_LINES = re.compile(r"\r?\n[ \t]*\r?\n")
"""What sets paragraphs apart in WordPress's own store, beside its blocks."""


def _authors(entry: Any) -> str | list[str] | None:
    """One name, or all of them: the last alone may leave the agency out."""
    names = [name for part in entry.get("authors", []) if (name := part.get("name"))]
    return names if len(names) > 1 else entry.get("author")


def parse_feed(content: bytes) -> Any:
    """The feed as feedparser reads it; Unreadable when it is none, or holds entities of its own."""
    import feedparser

    start = content[:100_000].upper()
    if b"<!ENTITY" in start or b"<!ENTITY" in content.decode("utf-16", "ignore").upper().encode()[:100_000]:
        raise Unreadable("a feed that defines entities is not read: they may have no end")
    try:
        parsed(content)
    except Unreadable:
        if not content.lstrip()[:1] == b"<":
            raise
    feed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        raise Unreadable("no feed: neither RSS nor Atom")
    return feed

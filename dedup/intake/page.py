"""A saved page -> its title and the paragraphs of its article.

A small reader for one page at a time: the block with the most paragraphs' text counts (``article``, ``main`` or the
whole page), navigation, forms and scripts do not. Where it errs, save the article as text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import NamedTuple

BLOCKS = frozenset(("p", "h2", "h3", "h4", "li", "blockquote", "figcaption", "td", "pre"))
"""Elements that make a paragraph."""

SKIPPED = frozenset(
    (
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "footer",
        "aside",
        "form",
        "button",
        "select",
        "svg",
        "iframe",
        "menu",
        "dialog",
    )
)
"""Elements whose content is no text of the article."""

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))

_LOOKS = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|article)\b", re.I | re.S)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([\w-]+)""", re.I)


class Page(NamedTuple):
    """What a saved page holds."""

    title: str | None
    text: str
    """Paragraphs, one a line."""


def is_page(text: str) -> bool:
    """Whether a text is HTML rather than prose."""
    return _LOOKS.match(text) is not None


def decode(content: bytes) -> str:
    """Bytes of a text or a page: UTF-8, else what the page says of itself, else Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = _CHARSET.search(content[:4096])
        for encoding in (named[1].decode("ascii") if named else "cp1252", "cp1252"):
            try:
                return content.decode(encoding, "replace" if encoding == "cp1252" else "strict")
            except (LookupError, UnicodeDecodeError):
                continue
        raise


def read_page(html: str) -> Page:
    """Read a page; its text is empty when it holds no paragraph."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    best = max(("article", "main", "page"), key=lambda name: _worth(reader.blocks[name]))
    title = reader.heading or reader.shared_title or reader.title
    return Page(title or None, "\n".join(reader.blocks[best]))


def _worth(blocks: list[str]) -> int:
    """Characters of the longer paragraphs; of equal ones the inner block is taken, which comes first."""
    return sum(len(block) for block in blocks if len(block) > 60)


class _Reader(HTMLParser):
    """Paragraphs by the innermost kind of block that they stand in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: dict[str, list[str]] = {"article": [], "main": [], "page": []}
        self.title = self.shared_title = self.heading = ""
        self._open: list[str] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            values = dict(attributes)
            if values.get("property") == "og:title":
                self.shared_title = " ".join((values.get("content") or "").split())
        if tag == "br":
            self._text.append(" ")
        if tag in VOID:
            return
        if tag in BLOCKS or tag in ("h1", "title", "div", "section"):
            self.end_block()
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        if tag in BLOCKS or tag in ("h1", "title", "div", "section", "article", "main", "body"):
            self.end_block()
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not SKIPPED.intersection(self._open):
            self._text.append(data)

    def end_block(self) -> None:
        """Put what was read since the last block where it belongs."""
        text = " ".join("".join(self._text).split())
        self._text = []
        if not text:
            return
        if "title" in self._open:
            self.title = self.title or text
        elif "h1" in self._open:
            self.heading = self.heading or text
        elif BLOCKS.intersection(self._open) or (len(text) > 60 and "header" not in self._open):
            for name in ("article", "main"):
                if name in self._open:
                    self.blocks[name].append(text)
            self.blocks["page"].append(text)

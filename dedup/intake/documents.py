"""Documents of one article, or of a whole export: Word, OpenDocument, RTF, PDF, mail."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from dedup.intake.encodings import decode, payload
from dedup.intake.exports import factiva_articles
from dedup.intake.lexisnexis import LEXIS_END, lexis_articles
from dedup.intake.pages import fragment_text
from dedup.intake.records import Fault, File, Record, Unreadable
from dedup.intake.xmls import local, parsed
from dedup.intake.zips import member

LEAST_LETTERS = 20
"""Letters a page has on average in a PDF with a text layer; a scan has none."""


def docx_rows(file: File) -> Iterator[Record]:
    """A Word document: a LexisNexis or Factiva export, or one article."""
    root = parsed(member(file, "word/document.xml"))
    lines = []
    for paragraph in (node for node in root.iter() if local(node) == "p"):
        parts = {"t": lambda node: node.text or "", "tab": lambda node: "\t", "br": lambda node: "\n"}
        lines.append("".join(parts[local(node)](node) for node in paragraph.iter() if local(node) in parts))
    yield from _document(file, "\n".join(lines))


def odt_rows(file: File) -> Iterator[Record]:
    """An OpenDocument text: one article."""
    root = parsed(member(file, "content.xml"))
    lines = [_odt_line(node) for node in root.iter() if local(node) in ("p", "h") and not _is_note(node)]
    yield from _document(file, "\n".join(lines))


_SPACING = {"s": " ", "tab": " ", "line-break": "\n"}
"""Elements of OpenDocument that stand for white space."""


def _odt_line(node: Any) -> str:
    """The text of a paragraph, without the notes in it."""
    name = local(node)
    if name in ("note", "annotation"):
        return node.tail or ""
    inner = "".join(_odt_line(child) for child in node)
    own = (node.text or "") + inner + _SPACING.get(name, "")
    return own if name in ("p", "h") else own + (node.tail or "")


def _is_note(node: Any) -> bool:
    return any(local(up) in ("note", "annotation") for up in node.iterancestors())


def rtf_rows(file: File) -> Iterator[Record]:
    """RTF: a Factiva export, or one article."""
    from striprtf.striprtf import rtf_to_text

    content = file.read(5_000_000)
    file.encoding = "rtf"
    yield from _document(file, rtf_to_text(content.decode("latin-1"), errors="ignore").replace("|\n", "\n"))


def pdf_rows(file: File) -> Iterator[Record]:
    """A PDF with a text layer: one article."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(file.read()))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("the PDF is locked with a password")
        pages = [_page_text(page) for page in reader.pages[:500]]
        title = reader.metadata.title if reader.metadata else None
    except PyPdfError as error:
        raise Unreadable(f"no PDF that can be read: {error}") from error
    if sum(map(len, pages)) < LEAST_LETTERS * max(len(pages), 1):
        raise Unreadable("the PDF is a scan, without a text layer: run OCR over it (ocrmypdf) and read it again")
    yield from _document(file, "\n".join(pages), title)


LEAST_LINE = 20
"""Characters of the shortest line of a column; cells of a table are shorter."""

LEAST_ROWS = 3
"""Lines of two columns that stand side by side, so that they are columns."""

Piece = tuple[float, float, str]
"""Where a piece of a page begins, in points from the left and from below, and its text."""


def _page_text(page: Any) -> str:
    """The text of a page; columns that the file writes line by line across both are read one after the other."""
    pieces: list[Piece] = []

    def seen(text: str, place: list[float], at: list[float], *_: Any) -> None:
        if text.strip():
            pieces.append((at[4] * place[0] + place[4], at[5] * place[3] + place[5], " ".join(text.split())))

    text: str = page.extract_text(visitor_text=seen) or ""
    return text if (columns := _columns(pieces)) is None else "\n".join(columns)


def _columns(pieces: list[Piece]) -> list[str] | None:
    """The lines of a page of two columns, the left one first; None when it has one, or is written column by column."""
    across = [
        (left, right)
        for left, right in pairwise(pieces)
        if abs(left[1] - right[1]) < 2 and left[0] < right[0] and min(len(left[2]), len(right[2])) >= LEAST_LINE
    ]
    edges = Counter(round(right[0]) for _, right in across).most_common(1)
    if not edges or edges[0][1] < LEAST_ROWS:
        return None
    edge, top = edges[0][0] - 2, max(left[1] for left, _ in across) + 2
    heads = [text for _, up, text in pieces if up > top]
    left, right = ([text for x, up, text in pieces if up <= top and (x < edge) is is_left] for is_left in (True, False))
    return [*heads, *left, *right]


def mail_rows(file: File) -> Iterator[Record]:
    """A mail: subject, sender, date and text, without the signature after ``--``."""
    message = email.message_from_bytes(file.read(), policy=email.policy.default)
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        raise Unreadable("a mail without text")
    content = payload(part)
    text, file.encoding = decode(content, part.get_content_charset())
    text = fragment_text(text) if part.get_content_type() == "text/html" else text.replace("\r\n", "\n")
    if part.get_param("format") == "flowed":  # a line that ends with a space goes on in the next
        text = re.sub(r"(?<!^--) \n(?!>)", " ", text, flags=re.MULTILINE)
    row = {
        "id": (message.get("Message-ID") or "").strip("<> \r\n") or file.stem,
        "title": message.get("Subject"),
        "author": message.get("From"),
        "date": message.get("Date"),
        "text": re.sub(r"\n-- ?\n.*\Z", "", text, flags=re.DOTALL).strip(),
    }
    row = {name: str(value) for name, value in row.items() if value}
    yield None, row if row.get("text") else Fault("a mail without text")


def _document(file: File, text: str, title: str | None = None) -> Iterator[Record]:
    if re.search(LEXIS_END, text, re.MULTILINE):
        text = text.replace("\xa0", " ")
        yield from lexis_articles("\n".join(line.strip() for line in text.split("\n")))
        return
    if re.search(r"^[^\S\n]*(?:AN\s+)?Document [A-Z]\w{10,40}\s*$", text, re.MULTILINE):
        yield from factiva_articles("\n".join(line.strip() for line in text.split("\n")))
        return
    if re.search(r"Certificat émis le .{1,40} à .{1,80} à des fins de visualisation", text):
        raise Unreadable("an export of Europresse whose articles cannot be separated: export it as HTML")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        yield None, Fault("the document has no text")
        return
    row: dict[str, Any] = {"id": file.stem, "text": "\n".join(lines)}
    yield None, {**row, "title": title} if title else row

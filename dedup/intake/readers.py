"""The kinds of file that are read: how each is recognised, by content first and name second, and what reads it.

A kind is one line of KINDS. Its reader is imported when the first file of the kind comes; one that needs a heavy
library names the extra that brings it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from dedup.intake.records import File, Record, Unreadable

EXPECTED = ".txt, .jsonl, .json, .csv, .tsv, .parquet, .html, .xml, .zip and others (docs/inputs.md)"
"""What a message names when a file is of no known kind."""


Claim = Callable[[File, bytes, str], bool]


class Kind(NamedTuple):
    """One kind of file."""

    name: str
    reader: str
    """``module:function`` below ``dedup.intake``."""
    claims: Claim
    """Whether a file with these first bytes and this name (in small letters, unpacked) is of the kind."""
    extra: str | None = None
    """The extra that brings the library it needs."""


def kind_of(file: File) -> Kind | None:
    """The kind of a file, or None when no reader takes it."""
    name = re.sub(r"\.(gz|bz2|xz)$", "", file.name.lower())
    return next((kind for kind in KINDS if kind.claims(file, file.head, name)), None)


def records(file: File, kind: Kind) -> Iterator[Record]:
    """The rows and faults of a file of this kind."""
    module, _, function = kind.reader.partition(":")
    try:
        reader = getattr(import_module(f"dedup.intake.{module}"), function)
    except ImportError as error:
        if kind.extra is None:
            raise
        raise Unreadable(f"{kind.name} needs a library: pip install 'dedup-press[{kind.extra}]' ({error})") from error
    yield from reader(file)


def unknown(name: str) -> str:
    """The reason for a file that no reader takes, and what to do with it."""
    found = re.search(r"\.[^./\\]*$", name)
    ending = found[0] if found else "(no suffix)"
    remedy = next(
        (remedy for endings, remedy in REMEDIES.items() if ending.lower() in (endings, *endings.split())), None
    )
    return (
        f"unknown kind of file {ending!r}: {remedy}"
        if remedy
        else (f"unknown kind of file {ending!r}; expected {EXPECTED}")
    )


REMEDIES = {
    ".doc .wpd .pages": "save it as .docx, .odt or .pdf",
    ".rar .7z .zst .lz4": "unpack it",
    ".rds .rdata .rda .sav .dta .sas7bdat .feather .arrow .pkl .pickle": "write it as .parquet or .csv",
    ".numbers .gsheet .xlsb": "save it as .xlsx or .csv",
    ".mbox .pst .msg": "save its mails as .eml",
    ".epub .mobi .djvu": "save its text as .txt or .html",
    ".png .jpg .jpeg .tif .tiff .gif": "a picture: run OCR over it and save the text",
    "(no suffix)": "give its name an ending that says what it is, such as .txt or .csv",
}
"""Endings of files that are not read -> what to do with them."""


# How a kind is recognised


def _magic(*starts: bytes) -> Claim:
    return lambda file, head, name: head.startswith(starts)


def _ends(*endings: str) -> Claim:
    return lambda file, head, name: name.endswith(endings)


def _start(head: bytes) -> bytes:
    """The first letters that are no white space, in small letters; UTF-16 as if it were ASCII."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"")[2:]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:2000].lower()


def _is_html(file: File, head: bytes, name: str) -> bool:
    return name.endswith((".html", ".htm", ".xhtml")) or _start(head).startswith((b"<!doctype html", b"<html"))


def _is_html_table(file: File, head: bytes, name: str) -> bool:
    """What web applications call ``.xls`` and is a page with one table."""
    return name.endswith((".xls", ".xlsx")) and (_start(head).startswith(b"<table") or _is_html(file, head, name))


def _page_with(*marks: bytes) -> Claim:
    """A page in whose first bytes one of these stands."""
    return lambda file, head, name: _is_html(file, head, name) and any(mark in _beginning(file) for mark in marks)


def _page_like(pattern: bytes) -> Claim:
    """A page in whose first bytes this is found."""
    return lambda file, head, name: _is_html(file, head, name) and re.search(pattern, _beginning(file)) is not None


def _beginning(file: File) -> bytes:
    with file.open() as stream:
        return stream.read(400_000)


def _is_xml(file: File, head: bytes, name: str) -> bool:
    start = _start(head)
    endings = (".xml", ".rss", ".atom", ".nitf", ".tei")
    return start.startswith(b"<?xml") or (name.endswith(endings) and start[:1] == b"<")


def _is_json(file: File, head: bytes, name: str) -> bool:
    return name.endswith((".json", ".jsonl", ".ndjson", ".jsonlines"))


def _text_with(pattern: str) -> Claim:
    found = re.compile(pattern.encode(), re.MULTILINE)
    return lambda file, head, name: (
        name.endswith((".txt", ".text", ".iramuteq")) and bool(found.search(_beginning(file)))
    )


_BARE_TELEX = r"\A\s{0,9}[a-zA-Z]{3}\d{4} \d [a-z]{1,3} \d{1,5}\s+\S{2,12} \d{4}\s*$"
"""The first line of a telex that was saved without its control characters: service, number, priority, desk, words."""
_FACTIVA_PAGE = rb"""<title>\s{0,9}Factiva|class=["']article [a-z]{2,4}Article\b"""
_FACTIVA_END = r"^(?:AN\s+)?Document [A-Z]\w{10,40}\s*$"
_LEXIS_MARKS = (
    r"^[^\S\n]*(?:\d+ (?:of|de|von) \d+ (?:DOCUMENTS?|DOKUMENTEN?)|Dokument \d+ von \d+|"
    r"End of Document|Fin du document|Ende des Dokuments)[^\S\n]*$"
)


def _is_table_called_text(file: File, head: bytes, name: str) -> bool:
    """A table whose name ends as a text's: its first line names a text and two other columns that are known."""
    from dedup.intake.columns import meaning

    if not name.endswith((".txt", ".text")):
        return False
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    for mark in "\t;|,":
        cells = [cell.strip(' "') for cell in first.split(mark)]
        if len(cells) > 2 and max(map(len, cells)) <= LONGEST_NAME:
            known = {meaning(cell, {}) for cell in cells} - {None}
            if "text" in known and len(known) > 2:
                return True
    return False


LONGEST_NAME = 40
"""Characters of the longest name of a column in a table that is called a text."""


def _named(magic: bytes, ending: str) -> Claim:
    return lambda file, head, name: head.startswith(magic) and name.endswith(ending)


def _is_telex(file: File, head: bytes, name: str) -> bool:
    return b"\x01" in head[:40] and b"\x02" in head[:2000] and b"\0" not in head


def _zip_with(name_inside: str, *endings: str) -> Claim:
    def claims(file: File, head: bytes, name: str) -> bool:
        if not head.startswith(b"PK\x03\x04"):
            return False
        from dedup.intake.zips import zip_names

        return any(inside.startswith(name_inside) for inside in zip_names(file))

    return claims


def _is_mail(file: File, head: bytes, name: str) -> bool:
    return name.endswith(".eml") or bool(re.match(rb"(?:Received|Return-Path|Delivered-To|Message-ID): ", head, re.I))


KINDS: tuple[Kind, ...] = (
    Kind("Parquet", "tables:parquet_rows", lambda file, head, name: head[:4] == b"PAR1" or name.endswith(".parquet")),
    Kind("PDF", "documents:pdf_rows", _magic(b"%PDF"), "files"),
    Kind("RTF", "documents:rtf_rows", _magic(b"{\\rtf"), "files"),
    Kind("Word", "documents:docx_rows", _zip_with("word/document.xml"), "pages"),
    Kind("Excel", "sheets:sheet_rows", _zip_with("xl/"), "files"),
    Kind("Excel", "sheets:sheet_rows", _named(b"\xd0\xcf", ".xls"), "files"),
    Kind("OpenDocument table", "sheets:sheet_rows", _named(b"PK", ".ods"), "files"),
    Kind("OpenDocument text", "documents:odt_rows", _named(b"PK", ".odt"), "pages"),
    Kind("WACZ", "archives:wacz_rows", _named(b"PK", ".wacz"), "files"),
    Kind("zip", "archives:zip_rows", _magic(b"PK\x03\x04", b"PK\x05\x06")),
    Kind("tar", "archives:tar_rows", lambda file, head, name: head[257:262] == b"ustar" or name.endswith(".tar")),
    Kind("WARC", "archives:warc_rows", _magic(b"WARC/"), "files"),
    Kind("IPTC 7901", "wire_text:iptc7901_rows", _is_telex, "pages"),
    Kind("IPTC 7901", "wire_text:bare_rows", _text_with(_BARE_TELEX), "pages"),
    Kind("MHTML", "pages:mhtml_rows", _ends(".mhtml", ".mht"), "pages"),
    Kind("mail", "documents:mail_rows", _is_mail),
    Kind("JSON", "objects:json_rows", _is_json),
    Kind("Europresse", "exports:europresse_rows", _page_with(b"europresse.com", b"DocPublicationName"), "pages"),
    Kind("Factiva", "exports:factiva_html_rows", _page_like(_FACTIVA_PAGE), "pages"),
    Kind("table in HTML", "sheets:html_table_rows", _is_html_table, "pages"),
    Kind("XML", "xmls:xml_rows", _is_xml, "pages"),
    Kind("HTML", "pages:html_rows", _is_html, "pages"),
    Kind("XML", "xmls:xml_rows", lambda file, head, name: name.endswith(".xml") and _start(head)[:1] == b"<", "pages"),
    Kind("CSV", "tables:csv_rows", _ends(".csv", ".tsv", ".tab", ".psv", ".xls", ".xlsx")),
    Kind("CSV", "tables:csv_rows", _is_table_called_text),
    Kind("Iramuteq", "corpora:iramuteq_rows", _text_with(r"\A\W{0,6}(?:\*{4}|\d{4}) ?[ \t]+\*[^\W_]"), "pages"),
    Kind("Factiva", "exports:factiva_text_rows", _text_with(_FACTIVA_END), "pages"),
    Kind("ProQuest", "proquest:proquest_rows", _text_with(r"^ProQuest document ID ?: ?\d"), "pages"),
    Kind("LexisNexis", "lexisnexis:lexis_text_rows", _text_with(_LEXIS_MARKS), "pages"),
    Kind("text", "texts:text_rows", _ends(".txt")),
)
"""The kinds, in the order in which they are tried."""

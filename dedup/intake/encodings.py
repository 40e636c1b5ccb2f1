"""Bytes of unknown encoding -> text, and the name of the encoding.

UTF-8 first, then what a byte order mark or the file itself declares, then charset-normalizer's best guess among the
encodings that French text is kept in. A guess is always told: as a fault that is kept.
"""

from __future__ import annotations

import codecs
import re
from email.message import Message

from dedup.intake.records import Fault

MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

OLD = ("cp1252", "mac_roman", "cp850", "iso8859_15")
"""Encodings of one byte a letter in which French text is found; Windows-1252 is what nearly all of it is in."""

SAMPLE = 65_536
"""Bytes that a guess looks at."""

_MANY_BYTES = re.compile(rb"[\xc3\xc5][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
"""Letters and marks of French in UTF-8: one of them says that the file is UTF-8, with damage."""


def payload(part: Message) -> bytes:
    """The content of a part of a mail, as it was before it was coded for the way."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def marked(start: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((name for mark, name in MARKS if start.startswith(mark)), None)


def declared(name: str | None) -> str | None:
    """A declared encoding by the name that Python has for it; None when it is unknown or none of text.

    Browsers read Latin-1 as Windows-1252, and so do we.
    """
    try:
        found = codecs.lookup((name or "").strip()).name
    except (LookupError, ValueError):
        return None
    if found in ("iso8859-1", "ascii"):
        return "cp1252"
    try:  # "idna", "base64", "undefined": codecs that decode no text
        return found if "é".encode(found, "replace").decode(found) and found not in _NO_TEXT else None
    except (LookupError, ValueError, TypeError):
        return None


_NO_TEXT = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7"))


def guess(content: bytes) -> str:
    """The likeliest encoding of text that is not UTF-8."""
    from charset_normalizer import from_bytes

    sample = content[:SAMPLE]
    if sample.count(b"\0") > len(sample) // 4:  # every second byte: UTF-16 without its mark
        return "utf-16-le" if sample[1::2].count(b"\0") >= sample[::2].count(b"\0") else "utf-16-be"
    best = from_bytes(sample, cp_isolation=list(OLD), threshold=1.0).best()
    found = OLD[0] if best is None else best.encoding
    return "iso8859_15" if found == OLD[0] and _LATIN_9.search(sample) and not _WINDOWS.search(sample) else found


_WINDOWS = re.compile(rb"[\x80-\x9f]")
"""Quotation marks, dashes and the like of Windows-1252; Latin-9 has no letters there."""

_LATIN_9 = re.compile(rb"\d ?\xa4|\xa4 ?\d|[A-Za-z]\xbd|\xbd[a-z]|\xbc[a-z]")
"""The euro sign and the letter oe of Latin-9, where Windows-1252 has a currency sign and fractions."""


def decode(content: bytes, told: str | None = None) -> tuple[str, str]:
    """Bytes -> (text, encoding). ``told`` is what the file or its sender declares; nothing is ever refused."""
    told = declared(told)
    wide = told if told and told.startswith(("utf-16", "utf-32")) else None
    for name in (
        marked(content),
        wide,
        "utf-8",
        told,
    ):  # letters of several bytes are no accident, whatever is declared
        if name is not None:
            try:
                return content.decode(name).removeprefix("\ufeff"), name
            except UnicodeError:
                continue
    if _MANY_BYTES.search(content):
        return content.decode("utf-8", "replace"), "utf-8"
    name = guess(content)
    return content.decode(name, "replace"), name


def decode_text(content: bytes) -> tuple[str, str, Fault | None]:
    """As ``decode``, for a file that declares nothing: (text, encoding, what is to be reported of it)."""
    text, name = decode(content)
    return text, name, fault_of(content, name)


def fault_of(content: bytes, name: str) -> Fault | None:
    """What is reported of content in another encoding than UTF-8; None when there is nothing."""
    if name in ("utf-8", "utf-8-sig"):
        try:
            content.decode(name)
        except UnicodeDecodeError as error:
            return Fault(f"{_place(content, error.start)}: damaged letters were replaced", kept=True)
        return None
    if name.startswith(("utf-16", "utf-32")):
        return Fault(f"not UTF-8: read as {name[:6].upper()}; save it as UTF-8 to be sure", kept=True)
    try:
        content.decode("utf-8")
        start = 0
    except UnicodeDecodeError as error:
        start = error.start
    return Fault(f"{_place(content, start)}: read as {name}; save it as UTF-8 to be sure", kept=True)


def of_stream(head: bytes) -> str:
    """The encoding of a file that is read line by line, from its first bytes: UTF-8 unless they speak against it."""
    if name := marked(head):
        return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        return "utf-8"
    except UnicodeDecodeError:
        return "utf-8" if _MANY_BYTES.search(head) else guess(head)


def undecodable(content: bytes, start: int, where: str = "") -> str:
    """The reason for a row that is not UTF-8."""
    return f"{_place(content, start, where)}; save the file as UTF-8"


def _place(content: bytes, start: int, where: str = "") -> str:
    return f"not UTF-8: byte 0x{content[start]:02X} at byte {start + 1}{where}" if content else "not UTF-8"

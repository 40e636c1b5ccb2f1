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


class Kind(NamedTuple):
    """One kind of file."""

    name: str
    reader: str
    """``module:function`` below ``dedup.intake``."""
    claims: Callable[[bytes, str], bool]
    """Whether a file with these first bytes and this name (in small letters, unpacked) is of the kind."""
    extra: str | None = None
    """The extra that brings the library it needs."""


def kind_of(file: File) -> Kind | None:
    """The kind of a file, or None when no reader takes it."""
    name = re.sub(r"\.(gz|bz2|xz)$", "", file.name.lower())
    return next((kind for kind in KINDS if kind.claims(file.head, name)), None)


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
    """The reason for a file that no reader takes."""
    ending = re.search(r"\.[^./\\]*$", name)
    return f"unknown kind of file {ending[0] if ending else '(no suffix)'!r}; expected {EXPECTED}"


# How a kind is recognised


def _magic(*starts: bytes) -> Callable[[bytes, str], bool]:
    return lambda head, name: head.startswith(starts)


def _ends(*endings: str) -> Callable[[bytes, str], bool]:
    return lambda head, name: name.endswith(endings)


def _is_json(head: bytes, name: str) -> bool:
    return name.endswith((".json", ".jsonl", ".ndjson", ".jsonlines", ".geojson"))


def _is_html(head: bytes, name: str) -> bool:
    if name.endswith((".html", ".htm", ".xhtml")):
        return True
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))


KINDS: tuple[Kind, ...] = (
    Kind("Parquet", "tables:parquet_rows", lambda head, name: head[:4] == b"PAR1" or name.endswith(".parquet")),
    Kind("JSON", "objects:json_rows", _is_json),
    Kind("MHTML", "pages:mhtml_rows", _ends(".mhtml", ".mht"), "pages"),
    Kind("HTML", "pages:html_rows", _is_html, "pages"),
    Kind("CSV", "tables:csv_rows", _ends(".csv", ".tsv", ".tab")),
    Kind("text", "texts:text_rows", _ends(".txt")),
)
"""The kinds, in the order in which they are tried."""

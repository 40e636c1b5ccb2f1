"""Text files: one article a file."""

from __future__ import annotations

from collections.abc import Iterator

from dedup.intake.encodings import decode_text
from dedup.intake.records import Fault, File, Record, Unreadable

MOST_CONTROLS = 0.02
"""Share of control characters above which a file is no text: text has next to none, noise has a tenth."""

_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\v\f\r"}


def text_rows(file: File) -> Iterator[Record]:
    """One article; its id is the file's stem."""
    text, fault = text_of(file)
    if fault is not None:
        yield None, fault
    yield None, {"id": file.stem, "text": text} if text.strip() else Fault("the file is empty")


def text_of(file: File) -> tuple[str, Fault | None]:
    """The file as text, and what is to be reported of its encoding; Unreadable when it is none."""
    content = file.read()
    text, file.encoding, fault = decode_text(content)
    controls = len(text) - len(text.translate(_CONTROLS))
    if controls > max(MOST_CONTROLS * len(text), 4):
        raise Unreadable("no text: the file is binary")
    return text, fault

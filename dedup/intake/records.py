"""What every reader takes and gives: an open file -> rows (the input columns) and faults.

A reader is a function ``File -> Iterator[Record]``. A record is ``(position, row)`` or ``(position, fault)``;
``position`` is the 1-based line or row, None when the whole file is meant. A reader never looks at the disk itself:
``File.open`` gives the bytes, already unpacked, whether the file lies in a folder or in an archive.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

MOST_BYTES = 50_000_000
"""Bytes of the longest file that is read as a whole (a page, a document, a mail), and of the longest line."""

AT_ONCE = 1_000_000
"""Bytes that are read at a time."""

HEAD = 16_384
"""First bytes of a file, by which its kind is recognised."""


class Fault(NamedTuple):
    """Something that was given and is not in the articles as it was given."""

    reason: str
    kept: bool = False
    """True when nothing is lost: the fault only tells how the input was understood."""
    article_id: str | None = None


Record = tuple[int | None, dict[str, Any] | Fault]


class Unreadable(Exception):
    """A file that cannot be read, or not further; the message is the reason that the user sees."""


@dataclass
class File:
    """One file of the input, open to be read from its start as often as a reader likes."""

    name: str
    """As the user named it; a member of an archive stands after it (``2024.zip/pages/1.html``)."""
    opener: Callable[[], BinaryIO]
    """Opens the bytes from their start, unpacked."""
    head: bytes = b""
    partition: dict[str, str] = field(default_factory=dict)
    """Columns that the names of the folders give (``outlet=Le%20Fanal/``)."""
    columns: dict[str, str] = field(default_factory=dict)
    """Columns that the user named: meaning -> name in the file."""
    in_archive: bool = False
    path: str | None = None
    """Where its bytes lie on the disk, packed or not; None for a member of an archive."""
    held: object = None
    """What keeps ``path`` there as long as the file is in use."""
    encoding: str | None = None
    """The reader notes here how it decoded the file."""

    def open(self) -> BinaryIO:
        return self.opener()

    def read(self, most: int = MOST_BYTES) -> bytes:
        """The whole content; Unreadable when it is longer than ``most`` bytes."""
        content = bytearray()
        with self.open() as stream:
            while part := stream.read(AT_ONCE):  # what is asked for is set aside before it is there
                content += part
                if len(content) > most:
                    raise Unreadable(f"longer than {most:,} bytes: cut it into smaller files")
        return bytes(content)

    def lines(self, most: int = MOST_BYTES) -> Iterator[bytes]:
        """The lines with their ends; Unreadable at one that is longer than ``most`` bytes."""
        with self.open() as stream:
            while line := stream.readline(most + 1):
                if len(line) > most:
                    raise Unreadable(f"a line is longer than {most:,} bytes")
                yield line

    @property
    def stem(self) -> str:
        """The name without folders and endings of known kinds: the id of an article that is a whole file."""
        base = os.path.basename(self.name).encode("utf-8", "replace").decode()  # a byte that is no letter
        return _ENDINGS.sub("", base) or base


_ENDINGS = re.compile(
    r"(?:\.(?:txt|text|html?|xhtml|mhtml?|php|aspx?|xml|nitf|json|pdf|docx|odt|rtf|eml))?(?:\.(?:gz|bz2|xz))?$",
    re.IGNORECASE,
)

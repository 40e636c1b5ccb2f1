"""One zip, safely: its names, its weight, one member. Sizes are bounded before anything is unpacked."""

from __future__ import annotations

import io
import zipfile

from dedup.intake.records import MOST_BYTES, File, Unreadable

MOST_RATIO = 200
"""How many times its packed size a member or a file may have: text packs to a tenth, a bomb to a thousandth."""

LEAST_BOMB = 1_000_000
"""Bytes below which nothing is a bomb, however well it packs."""


def content_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[bytes, str | None]:
    """(content, None) or (b"", why not)."""
    if info.flag_bits & 1:
        return b"", "locked with a password"
    if info.file_size > MOST_BYTES:
        return b"", f"longer than {MOST_BYTES:,} bytes: unpack it"
    if info.file_size > MOST_RATIO * max(info.compress_size, 1) and info.file_size > LEAST_BOMB:
        return b"", "packed to a tiny part of its size, as bombs are"
    try:
        with archive.open(info) as stream:
            content = stream.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        return b"", f"damaged: {error}"
    except Exception as error:  # zlib.error and the like
        return b"", f"damaged: {error}"
    return (content, None) if len(content) <= MOST_BYTES else (b"", "longer than it says")


def member(file: File, name: str) -> bytes:
    """One member of a document that is a zip."""
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            content, problem = content_of(archive, archive.getinfo(name))
    except (zipfile.BadZipFile, KeyError) as error:
        raise Unreadable(f"the document is damaged: {error}") from error
    if problem is not None:
        raise Unreadable(f"the document is damaged: {problem}")
    return content


def zip_names(file: File) -> list[str]:
    """The names in a zip; none when it is damaged."""
    try:
        with file.open() as stream, zipfile.ZipFile(stream) as archive:
            return archive.namelist()[:1000]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def zip_weight(content: bytes) -> int:
    """Bytes of all members when unpacked, as the zip says; 0 for what is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError):
        return 0

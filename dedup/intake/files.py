"""Inputs (files, folders, globs, addresses) -> the files in them, each once, with the columns their folders name."""

from __future__ import annotations

import bz2
import glob
import gzip
import io
import lzma
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from dedup.intake.readers import EXPECTED, kind_of
from dedup.intake.records import HEAD, MOST_BYTES, File, Unreadable
from dedup.intake.remote_files import fetched, found_at, visited_at
from dedup.intake.zips import LEAST_BOMB, MOST_RATIO
from dedup.store.addresses import is_address
from dedup.store.files import StorageError

PACKED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
"""First bytes of a compressed file -> what opens it."""

PACKED_ENDINGS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}

DAMAGED = (gzip.BadGzipFile, EOFError, lzma.LZMAError)
"""What a damaged compressed file raises, besides zlib.error and OSError."""

_PARTITION = re.compile(r"([A-Za-z_][\w.-]*)=(.*)")


def found(inputs: Iterable[Path | str]) -> Iterator[tuple[str, str | None]]:
    """(file as the user named it, None) or (what was named, why it cannot be read); each file once."""
    seen: set[str] = set()
    for given in inputs:
        name = str(os.fspath(given))
        here: Iterable[tuple[str, str | None]]
        if is_address(name):
            here = _at_address(name)
        elif os.path.isdir(name):
            here = _folder(name)
        elif os.path.exists(name):
            here = [(name, None)]
        elif glob.has_magic(name):
            matches = sorted(glob.glob(name, recursive=True))
            here = [
                item for match in matches for item in (_folder(match) if os.path.isdir(match) else [(match, None)])
            ] or [(name, "no file matches the pattern")]
        else:
            here = [(name, "the file does not exist")]
        for file, problem in here:
            if problem is not None:
                yield file, problem
            elif (real := file if is_address(file) else os.path.realpath(file)) not in seen:
                seen.add(real)
                yield file, None


def visited(inputs: Sequence[Path | str]) -> set[str]:
    """What reading these inputs looks into, as its rejects name it: the files, and the folders above them."""
    addresses = [name for name in map(str, inputs) if is_address(name)]
    names = {name for address in addresses for name in visited_at(address)}
    here = [name for name in map(str, inputs) if name not in addresses]
    names |= {file for file, _ in found(here)}
    for given in here:
        if os.path.isdir(given):
            names.update(here for here, _, _ in os.walk(given, followlinks=False))
    return names


def opened(name: str, columns: dict[str, str] | None = None) -> File:
    """One file, with its first bytes; OSError (or one of DAMAGED) when it cannot be opened."""
    path, held = fetched(name) if is_address(name) else (name, None)
    return _file(name, path, columns, path=path, held=held)


def _file(name: str, source: str | Callable[[], Any], columns: dict[str, str] | None = None, **known: Any) -> File:
    """A file that lies at a path, or that a function opens, its first bytes read."""

    def raw() -> Any:
        return open(source, "rb") if isinstance(source, str) else source()

    with raw() as stream:
        start = stream.read(6)
    unpack = next((tool for magic, tool in PACKED.items() if start.startswith(magic)), None)
    unpack = unpack or PACKED_ENDINGS.get(os.path.splitext(name)[1].lower())
    if not start:
        unpack = None

    def open_it() -> BinaryIO:
        if unpack is None:
            return raw()
        if not isinstance(source, str):
            return unpack(raw(), "rb")
        return io.BufferedReader(_Unpacking(unpack(source, "rb"), os.path.getsize(source)))

    file = File(name, open_it, partition=partition(name), columns=columns or {}, **known)
    with file.open() as stream:
        file.head = stream.read(HEAD)
    return file


class _Unpacking(io.RawIOBase):
    """The content of a packed file; Unreadable where it grows as that of a bomb does."""

    def __init__(self, stream: Any, packed: int) -> None:
        self._stream, self._most = stream, max(LEAST_BOMB, MOST_RATIO * packed)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._stream.readinto(buffer)
        if self._stream.tell() > self._most:
            raise Unreadable(f"packed to less than 1/{MOST_RATIO} of its size, as bombs are: unpack it to be sure")
        return count

    def seek(self, place: int, whence: int = 0) -> int:
        return int(self._stream.seek(place, whence))

    def tell(self) -> int:
        return int(self._stream.tell())

    def close(self) -> None:
        self._stream.close()
        super().close()


def unpacked(name: str, content: bytes, most: int = MOST_BYTES) -> tuple[bytes, str | None]:
    """The content of a packed member of an archive: (content, None) or (b"", why not)."""
    tool = next((tool for magic, tool in PACKED.items() if content.startswith(magic)), None)
    if tool is None or name.lower().endswith((".warc.gz",)):
        return content, None
    try:
        with tool(io.BytesIO(content)) as stream:
            content = stream.read(most + 1)
    except (*DAMAGED, OSError, zlib.error) as error:
        return b"", f"the compressed file is damaged: {error}"
    return (content, None) if len(content) <= most else (b"", f"longer than {most:,} bytes when unpacked")


def partition(name: str) -> dict[str, str]:
    """The columns that the folders of a path name, as Hive and Spark write them (``outlet=Le%20Fanal/``)."""
    found_here = (_PARTITION.fullmatch(part) for part in Path(name).parent.parts)
    values = {match[1]: unquote(match[2]) for match in found_here if match}
    return {key: value for key, value in values.items() if value != "__HIVE_DEFAULT_PARTITION__"}


def _folder(folder: str) -> Iterator[tuple[str, str | None]]:
    def unreadable(error: OSError) -> None:
        problems.append((error.filename or folder, f"the folder cannot be read: {error.strerror}"))

    problems: list[tuple[str, str]] = []
    entered: set[str] = set()
    for here, folders, files in os.walk(folder, onerror=unreadable, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if (real := os.path.realpath(here)) in entered:  # a link that leads back
            folders[:] = []
            continue
        entered.add(real)
        others: Counter[str] = Counter()
        for name in sorted(files):
            if name.startswith((".", "_")):
                continue
            path = os.path.join(here, name)
            if _is_known(path):
                yield path, None
            else:
                others[os.path.splitext(name)[1].lower()] += 1
        for suffix, count in sorted(others.items()):
            what = f"of kind {suffix}" if suffix else "without a suffix"
            yield here, f"passed over: {count} file{'s' * (count > 1)} {what}; expected {EXPECTED}"
    yield from problems


def _at_address(name: str) -> Iterator[tuple[str, str | None]]:
    try:
        yield from found_at(name, _is_known)
    except StorageError as error:
        yield name, str(error)


def _is_known(path: str, opener: Callable[[], Any] | None = None) -> bool:
    """Whether some reader takes the file, or fails at it and says why."""
    try:
        return kind_of(_file(path, opener or path)) is not None
    except Exception:
        return True  # damaged: told when it is read

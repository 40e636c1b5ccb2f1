"""Inputs at addresses (``s3://``, ``https://`` ...) -> the files there, each brought here while it is read."""

from __future__ import annotations

import glob
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from dedup.intake.readers import EXPECTED
from dedup.store.addresses import READ_ONLY, filesystem, plain, reaching

Known = Callable[[str, Callable[[], BinaryIO]], bool]
"""Whether a file of this name, opened like this, is of a kind that is read."""


def found_at(name: str, known: Known) -> Iterator[tuple[str, str | None]]:
    """(address of a file, None) or (what was named, why it cannot be read), as ``files.found`` gives them."""
    address = plain(name)
    fs, path = filesystem(address)
    if address.startswith(READ_ONLY):
        yield address, None
        return
    with reaching(address):
        names = _names(fs, path)
    if names is None:
        yield address, "no file matches the pattern" if glob.has_magic(path) else "there is no file or folder"
        return
    others: Counter[tuple[str, str]] = Counter()
    for each in names:
        here = plain(fs.unstrip_protocol(each))
        if names == [path] or known(here, partial(fs.open, each, "rb")):
            yield here, None
        else:
            others[here.rsplit("/", 1)[0], os.path.splitext(each)[1].lower()] += 1
    for (folder, suffix), count in sorted(others.items()):
        what = f"of kind {suffix}" if suffix else "without a suffix"
        yield folder, f"passed over: {count} file{'s' * (count > 1)} {what}; expected {EXPECTED}"


def visited_at(name: str) -> set[str]:
    """The files at an address and the folders above them."""
    address = plain(name)
    fs, path = filesystem(address)
    if address.startswith(READ_ONLY):
        return {address}
    with reaching(address):
        names = [plain(fs.unstrip_protocol(each)) for each in _names(fs, path) or []]
    return {address, *names, *(each.rsplit("/", 1)[0] for each in names)}


def fetched(address: str) -> tuple[str, tempfile.TemporaryDirectory[str]]:
    """A copy of a file, under its own name, in a folder that goes when nobody holds it any more."""
    fs, path = filesystem(address)
    folder = tempfile.TemporaryDirectory(prefix="dedup-")
    target = str(Path(folder.name) / (address.split("?")[0].rsplit("/", 1)[-1] or "file"))
    with reaching(address):
        fs.get_file(path, target)
    return target, folder


def _names(fs: Any, path: str) -> list[str] | None:
    """The files of a folder or a pattern, or the file itself, sorted; None when there is nothing."""
    if glob.has_magic(path) and not fs.exists(path):
        matches = [inside for match in fs.glob(path) for inside in (fs.find(match) if fs.isdir(match) else [match])]
        return sorted({each for each in matches if not _is_hidden(each, "")}) or None
    if fs.isfile(path):
        return [path]
    return sorted(each for each in fs.find(path) if not _is_hidden(each, path)) if fs.isdir(path) else None


def _is_hidden(path: str, folder: str) -> bool:
    parts = path.removeprefix(folder).strip("/").split("/")
    return any(part.startswith(".") for part in parts) or parts[-1].startswith("_")

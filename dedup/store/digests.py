"""Digests of files: what was written is what is read, bit for bit.

Pages of a Parquet file have checksums, its footer and the heads of its pages do not: a flipped bit there can give
other rows without an error. So whatever names a file, the store's manifest or a snapshot's, keeps a digest of all of
it, and it is compared before the rows count. Reading all of a store in every run would cost what is stored, so a file
that still has the size and the time of writing that were noted with its digest is taken for what it was; a copy, a
restored or an edited file has other ones and is read. ``dedup verify`` reads every file whatever its stamp.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

from dedup.store.files import reading

BLOCK = 1 << 20
"""Bytes that are read at once."""

Stamp = list[int]
"""Bytes of a file and the time of its last writing in nanoseconds since 1970."""

THREADS = 4
"""Files that are read at the same time: hashing lets other threads work."""


def digest(path: Path | str) -> str:
    """BLAKE2b of a file's bytes, 128 bits, in hexadecimal digits."""
    found = blake2b(digest_size=16)
    with reading(Path(path)), open(path, "rb", buffering=0) as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The digests of some files of a folder."""
    names = list(names)
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(names, pool.map(lambda name: digest(folder / name), names), strict=True))


def stamps(folder: Path, names: Iterable[str]) -> dict[str, Stamp]:
    """The stamps of the files of a folder that are there."""
    found = {}
    for name in names:
        try:
            told = os.stat(folder / name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISREG(told.st_mode):
            found[name] = [told.st_size, told.st_mtime_ns]
    return found


def differing(folder: Path, known: Mapping[str, str], noted: Mapping[str, Stamp] | None = None) -> dict[str, str]:
    """The files of a folder that are not what they were -> in what way: "is gone" or "has other bytes".

    Files whose stamp is still the ``noted`` one are not read.
    """
    noted, there = noted or {}, stamps(folder, known)
    found = digests(folder, [name for name in there if noted.get(name) != there[name]])
    faults = {name: "is gone" for name in known if name not in there}
    return faults | {name: "has other bytes than were written" for name in found if found[name] != known[name]}

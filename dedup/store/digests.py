"""Digests of files: what was written is what is read, bit for bit.

Pages of a Parquet file have checksums, its footer and the heads of its pages do not: a flipped bit there can give
other rows without an error. So whatever names a file, the store's manifest or a snapshot's, keeps a digest of all of
it, and it is compared before the rows count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

from dedup.store.files import reading

BLOCK = 1 << 20
"""Bytes that are read at once."""

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


def differing(folder: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The files of a folder that are not what they were -> in what way: "is gone" or "has other bytes"."""
    there = [name for name in known if (folder / name).is_file()]
    found = digests(folder, there)
    faults = {name: "is gone" for name in known if name not in found}
    return faults | {name: "has other bytes than were written" for name in there if found[name] != known[name]}

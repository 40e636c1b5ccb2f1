"""Files that reach their name whole or not at all, and what is said when the disk refuses.

Every failure of the disk is a ``StorageError`` that names the path and the remedy.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa


class StorageError(Exception):
    """The disk refused or a file is damaged; the message names the path and the remedy."""


class NewerFormat(StorageError):
    """A manifest of a newer version of this program."""


def size(path: Path | str) -> int | None:
    """Bytes of a file; None when there is none."""
    try:
        return Path(path).stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def make_secret(path: Path) -> None:
    """A file with 256 random bits that its owner alone may read; one that is there stays as it is."""
    with writing(path), contextlib.suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.token_hex(32)}\n")


def set_aside(path: Path, to: Path) -> None:
    """Move a file out of the way, over what stands there."""
    with writing(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, to)


def remove_files(folder: Path | str, unwanted: Callable[[str], bool]) -> list[str]:
    """Remove the files of a folder whose names are unwanted, and say which."""
    folder = Path(folder)
    removed = []
    with writing(folder):
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if unwanted(path.name) and not path.is_dir():
                path.unlink()
                removed.append(path.name)
    return removed


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name to write to, which becomes ``path`` when the block ends well and vanishes when it does not."""
    unfinished = partial(path)
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def partial(path: Path) -> Path:
    """The name that a file has until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")


def to_disk(path: Path) -> None:
    """Force a file or a folder's list of names to the disk."""
    if path.is_symlink():
        return
    with writing(path):
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        except OSError as error:
            # some file systems cannot sync a folder
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
                raise
        finally:
            os.close(file)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """A refusal of the disk inside the block becomes a StorageError that names ``path`` and the remedy."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or _errno_of(error) or 0, f"{error.strerror or error}.")
        raise StorageError(f"cannot write {path}: {remedy}") from error


@contextlib.contextmanager
def reading(path: Path, remedy: str | None = None) -> Iterator[None]:
    """The same for a file that is missing, may not be read or is damaged (``remedy``: where it is not removing it)."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(f"{path} does not exist: check the path, or make it with `dedup run`") from error
    except PermissionError as error:
        raise StorageError(f"cannot read {path}: reading is not allowed. Change its permissions.") from error
    except (OSError, ValueError, EOFError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        remedy = remedy or "remove it and run again; it is made anew from the input"
        raise StorageError(f"{path} is damaged ({reason}): {remedy}") from error


_REMEDIES = {
    errno.ENOSPC: "the disk is full. Free some space, or give another --out. The last snapshot was left alone.",
    errno.EDQUOT: "the quota is used up. Free some space, or give another --out. The last snapshot was left alone.",
    errno.EROFS: "the file system is read-only. Give another --out. The last snapshot was left alone.",
    errno.EACCES: "writing is not allowed. Change the folder's permissions, or give another --out.",
    errno.EPERM: "writing is not allowed. Change the folder's permissions, or give another --out.",
    errno.ENOTDIR: "a file stands where a folder is needed. Move it away, or give another --out.",
    errno.EEXIST: "a file stands where a folder is needed. Move it away, or give another --out.",
}


def _errno_of(error: OSError) -> int | None:
    """Arrow says the number in words: "[errno 28] No space left on device"."""
    text = str(error)
    start = text.rfind("errno ")
    digits = text[start + 6 : start + 10].split("]")[0] if start >= 0 else ""
    return int(digits) if digits.isdigit() else None

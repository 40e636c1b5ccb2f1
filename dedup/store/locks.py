"""Who may write: the lock of an output folder and the owner of a staging folder, held by the kernel for a process."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from dedup.store.files import StorageError, writing


class Lock:
    """The right to write into an output folder; a second run gets a clear refusal.

    The kernel holds the lock for the process (``flock`` on ``OUT/.lock``), so it falls free when the process dies,
    however it dies, and the next run takes it over. Not for file systems without ``flock``.
    """

    def __init__(self, out: Path | str) -> None:
        self.out = Path(out)
        self._file: int | None = None

    def __enter__(self) -> Self:
        path = self.out / ".lock"
        with writing(path):
            self.out.mkdir(parents=True, exist_ok=True)
            self._file = hold(path)
        if self._file is None:
            raise StorageError(
                f"{self.out} is in use by {holder(path)}. Wait for that run to end, or stop it, and start again; "
                f"or give another --out."
            )
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def own(staging: Path) -> None:
    """Make a staging folder this process's."""
    with _owners_guard:
        if str(staging) not in _owners:
            file = hold(_owner_path(staging))
            if file is None:
                raise StorageError(f"{staging} is in use by {holder(_owner_path(staging))}: give the run another id")
            _owners[str(staging)] = file


def disown(staging: Path) -> None:
    """Let go of a staging folder."""
    with _owners_guard:
        try:
            _owner_path(staging).unlink(missing_ok=True)
        finally:
            if (file := _owners.pop(str(staging), None)) is not None:
                os.close(file)


def owned(staging: Path) -> bool:
    """Whether a living process works there."""
    import fcntl

    try:
        file = os.open(_owner_path(staging), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


_owners: dict[str, int] = {}

_owners_guard = threading.Lock()


def hold(path: Path) -> int | None:
    """Lock a file and write who holds it; None when another process (or another holder in this one) has it."""
    import fcntl

    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(file)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    try:
        os.ftruncate(file, 0)
        os.write(file, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
    except OSError:
        os.close(file)
        raise
    return file


def holder(path: Path) -> str:
    """Who holds a lock and since when (the time that the disk noted)."""
    try:
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        holder = json.loads(path.read_text())
        return f"process {holder['pid']} on {holder['host']} since {since}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def alive(process: int) -> bool:
    """Whether there is a process of this number on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _owner_path(staging: Path) -> Path:
    return staging.with_name(staging.name + ".owner")

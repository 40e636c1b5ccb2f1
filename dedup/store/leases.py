"""Who works at an address: a lease that its holder renews, since no kernel holds a lock for several machines.

A lease is an object of its holder alone, with who that is and when it last gave a sign of life. It lasts ``LASTS``
seconds from then on by the clocks of the machines, and ends with the work. What is published does not hang on it: the
numbers of the commits (``dedup.store.remote``) fence off whoever lost a lease without knowing it.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from dedup.store.locks import alive

LASTS = 120
"""Seconds after its last sign of life for which a holder is taken to be at work."""

BEAT = 20
"""Seconds between two signs of life: some may fail."""


@contextmanager
def held(fs: Any, path: str) -> Iterator[None]:
    """Hold a lease, the object ``path`` of a file system of fsspec, for the block: it is renewed and ended."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            with suppress(Exception):  # storage that is gone for a moment: the next beat counts
                renew(fs, path)

    beating = threading.Thread(target=beat, daemon=True, name="heartbeat of a lease")
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        with suppress(Exception):  # it runs out
            fs.rm_file(path)


def renew(fs: Any, path: str) -> None:
    """Write down that its holder, this process, is at work."""
    told = {"pid": os.getpid(), "host": socket.gethostname(), "seen": now().isoformat()}
    fs.pipe_file(path, json.dumps(told).encode())


def holder(fs: Any, path: str) -> str | None:
    """Who holds a lease, for a message; None when it has ended or run out, or its process on this machine has died."""
    try:
        told = json.loads(fs.cat_file(path))
        seen, pid, host = datetime.fromisoformat(told["seen"]), int(told["pid"]), told["host"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if (now() - seen).total_seconds() >= LASTS or (host == socket.gethostname() and not alive(pid)):
        return None
    return f"process {pid} on {host}, which was last seen at {seen:%Y-%m-%d %H:%M:%S} UTC"


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)

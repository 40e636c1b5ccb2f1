"""What the command line changes of its own process, and why. The library changes nothing of whoever imports it.

Each measure says what it gains and what it was measured with; where it is not to be had (another C library, another
Python) it is passed over.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib.abc
import signal
import sys
from collections.abc import Iterator

LARGE_ARTICLES = 50_000
"""Articles from which a run is more careful with memory than with time."""

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h."""


def look_for_less_garbage() -> None:
    """Importing makes many objects and frees none: looking for garbage takes a tenth of its time (CPython 3.11)."""
    gc.set_threshold(100_000)


@contextlib.contextmanager
def without_looking_for_garbage() -> Iterator[None]:
    """What is made in the block stays for good, and is not looked through: a fifth less time for importing Prefect's
    server, thousands of models of which none is freed (Prefect 3.8, CPython 3.11)."""
    gc.disable()
    try:
        yield
    finally:
        if hasattr(gc, "freeze"):
            gc.freeze()
        gc.enable()


def without_pandas() -> None:
    """Arrow looks for pandas when it makes its first array of a list, and imports it where it is installed: 0.3 s of
    processor time for what no command asks for. It looks again once a table is to become a data frame (Arrow 21)."""
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _Absent())
    try:
        import pyarrow as pa

        pa.array([None])
    finally:
        sys.meta_path.pop(0)


class _Absent(importlib.abc.MetaPathFinder):
    """Says that pandas is not installed."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def end_without_looking_for_garbage() -> None:
    """At the end there is none to look for either, which takes half a second after a flow (CPython 3.11)."""
    if "duckdb" not in sys.modules:  # which complains of what is left at the end
        gc.freeze()


class Stopped(KeyboardInterrupt):
    """The process was asked to end by another signal than Ctrl-C."""


def stop_as_with_ctrl_c() -> None:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: the run lets go of its lock and leaves nothing.

    A signal that is ignored stays so (``nohup``). A second one changes nothing while the command is ending.
    """

    def stop(number: int, frame: object) -> None:
        for name in _ENDING:
            signal.signal(name, signal.SIG_IGN)
        raise Stopped(number)

    for name in _ENDING:
        with contextlib.suppress(ValueError):  # not the main thread
            if signal.getsignal(name) is signal.SIG_DFL:
                signal.signal(name, stop)


_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def number_of(stop: KeyboardInterrupt) -> int:
    """The number of the signal that ended a command."""
    return int(stop.args[0]) if isinstance(stop, Stopped) else int(signal.SIGINT)


def share_one_heap() -> None:
    """Let all threads allocate from one heap: with one each, a run kept a gigabyte that nobody used (glibc 2.36)."""
    _of_c_library("mallopt", _ARENA_MAX, 1)


def after_step(counts: dict[str, int | float]) -> None:
    """Return what a step has freed; once a large run is known to be one, free large blocks at once (glibc, Arrow 18).

    Arrow's own allocator has a heap for each of its threads and keeps much of what others freed there; glibc keeps
    holes of up to 32 MB between blocks that are in use. For a million articles that is half a gigabyte of 2.1 by the
    end; a run on some thousand articles would be a seventh slower for it.
    """
    if counts.get("articles", 0) >= LARGE_ARTICLES:
        free_at_once()
    _of_c_library("malloc_trim", 0)


def free_at_once() -> None:
    """From now on Arrow's tables too come from glibc's heap, and a large block goes back as soon as it is freed."""
    if hasattr(_c_library(), "malloc_trim"):
        import pyarrow as pa

        pa.set_memory_pool(pa.system_memory_pool())
        _of_c_library("mallopt", _MMAP_THRESHOLD, 1 << 20)


def _c_library() -> ctypes.CDLL | None:
    with contextlib.suppress(OSError, TypeError):
        return ctypes.CDLL(None)
    return None


def _of_c_library(name: str, *arguments: int) -> None:
    """Call a function of glibc; another C library may not have it and does without."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        getattr(_c_library(), name)(*arguments)

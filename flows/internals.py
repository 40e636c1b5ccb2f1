"""What is used of Prefect beside its public interface, all in one place; known to work with 3.8.8 and 3.9.1.

Each piece makes something faster or tidier and none is needed: where another Prefect has moved it, the piece does
nothing (``tests/flows/test_internals.py`` takes each away in turn).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

KNOWN = ("3.8.8", "3.9.1")
"""Versions of Prefect with which every piece has been seen to work."""

SMALL = {
    "PREFECT__SERVER_EPHEMERAL": "1",  # Prefect's own word for: no pages, no scheduler, only what a run needs
    # A run uses no Prefect blocks; listing the known ones costs a second.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    # Checks that only slow the import: of plugins that nobody has, of argument types in a library of Prefect's.
    "PYDANTIC_DISABLE_PLUGINS": "1",
    "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",
}
"""Environment of a server for one run, beside it; a variable that is not known is passed over."""

ASKED = ("/csrf-token", "/flows", "/flow_runs", "/task_runs", "/logs", "/artifacts", "/events", "/admin")
"""Prefixes of the parts of Prefect's API that a run talks to."""


@contextmanager
def without_grammar_of_addresses() -> Iterator[None]:
    """Prefect imported in the block does not build the grammar of international addresses.

    jsonschema, which checks the parameters of a deployment, builds it while it is imported wherever the package
    rfc3987_syntax is installed, and does without where it is not: two of five seconds in each process. No parameter of
    these flows is an address of that kind.
    """
    missing = "rfc3987_syntax" not in sys.modules
    if missing:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # so Python knows that it is not to be had
    try:
        yield
    finally:
        if missing:
            del sys.modules["rfc3987_syntax"]


def asked_routes_first(server: Any) -> None:
    """Let the routes that a run asks for stand first in the module of Prefect's API server.

    FastAPI builds the routes of a router when a first request passes it on its way, so the rest is never built: a
    second of a run's start. The paths of two routers never overlap, so the order changes no answer.
    """
    with suppress(AttributeError, TypeError):
        server.API_ROUTERS = tuple(sorted(server.API_ROUTERS, key=lambda router: router.prefix not in ASKED))


def send_what_waits(seconds: float = 5) -> None:
    """Send the log lines and events that Prefect's client still holds, so that the run page has the last ones."""
    with suppress(ImportError, AttributeError, TypeError):
        from prefect.logging.handlers import APILogHandler

        for logger in ("prefect.flow_runs", "prefect.task_runs"):
            for handler in logging.getLogger(logger).handlers:
                if isinstance(handler, APILogHandler):
                    handler.flush()
    with suppress(ImportError, AttributeError, TypeError):
        from prefect.events.worker import EventsWorker

        EventsWorker.drain_all(timeout=seconds)

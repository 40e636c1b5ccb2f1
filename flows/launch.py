"""The entry point of the flows (group ``dedup.flows``): run one now, or serve it on a schedule.

The folder is the package ``flows`` in a checkout and ``dedup_flows`` where the wheel is installed, so its modules
name each other relative to it. Imports Prefect only inside its functions, so that the server can start before.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import internals
from .server import named_address, ready, server

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.pipeline.steps import RunResult


def run(
    inputs: Sequence[str | Path],
    out: Path,
    config: Config,
    progress: Callable[[str, dict], None] | None = None,
    debug: bool = False,
    engine: Literal["local", "dask"] = "local",
    scheduler: str | None = None,
) -> RunResult:
    """Run the flow in this process; ``progress(step, counts)`` is called after each step.

    With the engine "dask" its units of work are done by workers (``engines``).

    An error of the flow is raised here as it was raised there; Prefect's own account of it stays on the run page
    (and is printed with ``debug``).
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "INFO" if debug else "CRITICAL")
    named = named_address()
    with server() as address:
        with internals.without_grammar_of_addresses():
            import fastapi.encoders  # noqa: F401  (what Prefect would load late)

            from .provenance import provenance, watching

        if named is None:
            _rehearse(config)
        ready(address)
        with _talking_to(address), watching(progress):
            files = [str(name) for name in inputs]
            done: Any = provenance(inputs=files, out=str(out), engine=engine, scheduler=scheduler, config=config)
            result: RunResult = done  # what `Completed` holds; Prefect raises what else there is
            return result


def _rehearse(config: Config) -> None:
    """Run the library on five articles of its own while the server starts, which takes seconds.

    What a run loads when it first needs it, compiled kernels above all, is loaded then.
    """
    from dedup.surfaces import doctor

    # what fails here fails again in the run, which tells of it
    with suppress(Exception), tempfile.TemporaryDirectory() as folder:
        doctor.rehearse(Path(folder), config)


def serve(
    inbox: Path,
    out: Path,
    config: Config,
    cron: str,
    say: Callable[[str], Any] = print,
    debug: bool = False,
    timezone: str | None = None,
    name: str = "inbox",
    watch: bool = False,
) -> None:
    """Run the flow over a folder on a schedule, one run at a time, until stopped."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "INFO" if debug else "CRITICAL")
    with server(lasting=True) as address:
        with internals.without_grammar_of_addresses():
            from . import serving

        ready(address)
        zone = timezone or serving.local_timezone()
        pages = address.removesuffix("/api")
        say(f"Watching {inbox} ({cron}, {zone}). Runs and their pages: {pages}. Stop with Ctrl-C.")
        with _talking_to(address):
            serving.serve(serving.deployment(name, inbox, out, config, cron, zone), inbox, out, say, watch)


def project_folder() -> dict[str, str]:
    """A pull step of ``prefect.yaml``: a deployed run starts in the folder of this project."""
    return {"directory": str(Path(__file__).parents[1])}


@contextmanager
def _talking_to(address: str) -> Iterator[None]:
    """Prefect's client talks to this server inside the block, and has sent everything at its end."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    # Prefect reads the address when it is imported; building its settings anew is for a second run in one process.
    named = nullcontext() if PREFECT_API_URL.value() == address else temporary_settings({PREFECT_API_URL: address})
    with named:
        try:
            yield
        finally:
            internals.send_what_waits()

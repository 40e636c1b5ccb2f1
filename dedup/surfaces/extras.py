"""What is installed beside the core, and the one door to the Prefect flows, which the library never imports by itself.

In a checkout the flows are the folder ``flows/`` beside ``dedup/``; where the wheel is installed, the entry point
``provenance`` of the group ``dedup.flows`` names them (the folder is installed as ``dedup_flows``).
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dedup

EXTRAS = {
    "flow": ("prefect",),
    "dask": ("prefect_dask", "distributed"),
    "web": ("fastapi", "uvicorn"),
    "excel": ("openpyxl",),
    "pages": ("lxml", "trafilatura", "feedparser", "httpx"),
    "files": ("charset_normalizer", "fastwarc", "pypdf", "python_calamine", "striprtf"),
    "s3": ("s3fs",),
    "gs": ("gcsfs",),
    "az": ("adlfs",),
    "http": ("aiohttp",),
    "notebook": ("marimo", "pandas", "polars"),
}
"""The modules of each extra of the distribution; the names on the index are the same."""


class MissingError(Exception):
    """A part that the command needs is not installed."""


def remedy(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'dedup-press[{extra}]'"


def missing(extra: str) -> list[str]:
    """Modules of an extra that are not there; found without importing them."""
    return [name for name in EXTRAS[extra] if find_spec(name) is None]


def fault_of_engine(name: str, scheduler: str | None) -> str | None:
    """Why the units of a run cannot be done by an engine; None when they can."""
    if name not in ("local", "dask"):
        return f"{name!r} is no engine; there are 'local' and 'dask'"
    if name == "local":
        return f"the scheduler {scheduler} is for the engine 'dask'" if scheduler else None
    return f"Dask is not installed: {remedy('dask')}" if missing("dask") else None


def extra_of(module: str | None) -> str | None:
    """The extra that brings a module, if one does."""
    top = (module or "").split(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if top in modules), None)


def launcher() -> Any:
    """The flows' module with ``run`` and ``serve``."""
    if missing("flow"):
        raise MissingError(f"Prefect is not installed: {remedy('flow')}, or run with --no-flow")
    if (Path(dedup.__file__).parents[1] / "flows" / "launch.py").exists():  # a checkout
        return import_module("flows.launch")
    found = entry_points(group="dedup.flows", name="provenance")
    if not found:
        raise MissingError("the flows are not installed: install the project with pip, or run with --no-flow")
    return next(iter(found)).load()

"""The flow of every night: all tables anew, compared row by row with those that the day's runs made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed, Failed

from dedup.config import Config
from dedup.pipeline.recompute import recompute
from dedup.store.disk import StorageError
from dedup.store.snapshot import Snapshot
from dedup.surfaces import report

from .provenance import say_what_to_do

TURNS, PAUSE = 60, 60.0
"""How often a full run asks for the output folder while another run writes there, and the seconds between."""


@flow(
    name="full-run",
    description="Make all tables anew and compare them with those of the day's runs: a difference is a failure.",
    on_failure=[say_what_to_do],
    on_crashed=[say_what_to_do],
)
def full_run(out: str = "artifacts", config: Config | None = None) -> Any:
    """Make all tables anew from the kept articles and compare them, row by row, with the newest snapshot.

    Args:
        out: folder of the snapshots
        config: settings; empty means those of the newest snapshot
    """
    log = get_run_logger()
    for turn in range(1, TURNS + 1):
        try:
            settings = config or Snapshot.newest(out).settings()
            found = recompute(
                Path(out),
                settings,
                lambda name, counts: log.info("%s: %s", name, counts),
                report.write if settings.report else None,
            )
            break
        except StorageError as error:
            if " is in use by " not in str(error) or turn == TURNS:
                raise
            log.info("%s", error)
            time.sleep(PAUSE)
    if found:
        told = "; ".join(map(str, found))
        return Failed(message=f"{told}. The tables of the full run are the newest snapshot now.")
    return Completed(message="a full run makes the same tables, row for row")

"""The flow of every night: all tables anew, compared row by row with those that the day's runs made, and a sample of
them with datasketch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.states import Completed, Failed

from dedup.config import Config
from dedup.pipeline.countersigned import countersigned
from dedup.pipeline.recompute import recompute
from dedup.store import remote
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

    Then datasketch signs a sample of the store and looks for its pairs.

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
    by_datasketch = countersigned(remote.here(out))
    if by_datasketch.faults:
        return Failed(message="; ".join(f"{one.path} {one.what}: {one.remedy}" for one in by_datasketch.faults))
    log.info("%s", by_datasketch)
    if found:
        differing = "; ".join(map(str, found))
        return Failed(message=f"{differing}. The tables of the full run are the newest snapshot now.")
    return Completed(message="a full run makes the same tables, row for row")

"""``dedup verify``, ``repair`` and ``remove``: whether an output folder is what was written, and what leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedup.surfaces.cli.app import ERROR, AsJson, ConfigFile, Debug, Out, OutToWrite, command, print_json


@command
def verify(
    out: Out = Path("artifacts"),
    sample: Annotated[
        int, typer.Option(metavar="N", min=0, help="Articles that datasketch signs and looks up again; 0: none.")
    ] = 60,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Check that an output folder is whole, and right."""
    from dedup.pipeline.countersigned import countersigned
    from dedup.store import disk, mending

    faults, by_datasketch = mending.verify(out), None
    if not faults and sample and disk.snapshots(out):
        by_datasketch = countersigned(out, sample)
        faults = by_datasketch.faults
    if as_json:
        print_json([{**fault._asdict(), "path": str(fault.path)} for fault in faults])
    else:
        _print_faults(faults)
        if not faults:
            print(f"{out} is what was written")
            if by_datasketch:
                print(by_datasketch)
    return ERROR if faults else 0


@command
def repair(out: Out = Path("artifacts"), as_json: AsJson = False, debug: Debug = False) -> int:
    """Take damaged files out of use; a run makes them anew."""
    from dedup.store import mending

    done, left = mending.repair(out)
    if as_json:
        print_json({"done": done, "left": [{**fault._asdict(), "path": str(fault.path)} for fault in left]})
    else:
        for line in done:
            print(line)
        _print_faults(left)
        if not done and not left:
            print(f"{out} needs no repair")
    return ERROR if left else 0


@command
def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of articles.")],
    out: OutToWrite = Path("artifacts"),
    config: ConfigFile = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Take articles down: out of store, tables, report.

    All versions of an article go, and the older snapshots, which hold its text. What comes with its id is refused.
    """
    from dedup.pipeline import steps
    from dedup.store import remote
    from dedup.store.snapshot import Snapshot
    from dedup.surfaces import report
    from dedup.surfaces.cli.running import settings_of

    settings = settings_of(config) if config else Snapshot.newest(remote.here(out)).settings()
    result = steps.run([], out, settings, finish=report.write if settings.report else None, remove=ids)
    if as_json:
        print_json({"removed": ids, "run_id": result.run_id, "path": str(result.path), "published": result.published})
    elif result.published:
        print(f"removed {', '.join(ids)}: {result.path} is the newest snapshot; older ones were removed with them")
    else:
        print(f"{', '.join(ids)}: removed before, nothing to do")


def _print_faults(faults: list) -> None:
    for fault in faults:
        print(f"{fault.path} {fault.what}: {fault.remedy}")

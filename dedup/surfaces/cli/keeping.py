"""``dedup verify`` and ``dedup repair``: whether an output folder is what was written."""

from __future__ import annotations

from pathlib import Path

from dedup.surfaces.cli.app import ERROR, AsJson, Debug, Out, command, print_json


@command
def verify(out: Out = Path("artifacts"), as_json: AsJson = False, debug: Debug = False) -> int:
    """Compare every file of an output folder with its digest."""
    from dedup.store import mending

    faults = mending.verify(out)
    if as_json:
        print_json([{**fault._asdict(), "path": str(fault.path)} for fault in faults])
    else:
        _print_faults(faults)
        if not faults:
            print(f"{out} is what was written")
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


def _print_faults(faults: list) -> None:
    for fault in faults:
        print(f"{fault.path} {fault.what}: {fault.remedy}")

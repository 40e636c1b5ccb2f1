"""What each trick of a process gains: the same command with and without it, in turn, in processor seconds.

    python benchmarks/tricks.py [--repeat 5] [--only garbage,pandas]

The tricks are those of ``dedup/surfaces/process.py``, ``dedup/kernels/compiled.py`` and ``flows/internals.py``. Each is
taken away by a ``sitecustomize`` that stands in the child's path, so that the server of a run lacks it as well. Printed
are medians of user and system time of the command and its children, and the versions; ``share_one_heap`` is measured in
memory (peak of the process, MiB).
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

LIBRARY = ["run", str(ROOT / "examples/inbox"), "--out", "{out}", "--no-flow", "--quiet"]
FLOW = ["run", str(ROOT / "examples/inbox"), "--out", "{out}", "--quiet"]


class Trick(NamedTuple):
    """Something that the command line does to be faster or smaller."""

    command: list[str]
    without: str
    """Python that takes it away, before anything else runs."""
    says: str


def _nothing(module: str, name: str, instead: str = "lambda *a, **k: None") -> str:
    return f"import {module} as module; module.{name} = {instead}"


TRICKS = {
    "garbage": Trick(LIBRARY, _nothing("dedup.surfaces.process", "look_for_less_garbage"), "look for garbage seldom"),
    "pandas": Trick(LIBRARY, _nothing("dedup.surfaces.process", "without_pandas"), "Arrow does not import pandas"),
    "kernels": Trick(
        LIBRARY,
        "from numba.core.caching import FunctionCache as kept; import dedup.kernels.compiled as module; "
        "module._Cache.load_overload = lambda self, *given: kept.load_overload(self, *given)",
        "compiled loops are loaded without Numba's tables",
    ),
    "blas": Trick(
        LIBRARY, "import numba.np.linalg, numba.np.arraymath", "Numba's arrays are imported without SciPy's BLAS"
    ),
    "heap": Trick(LIBRARY, _nothing("dedup.surfaces.process", "share_one_heap"), "threads share one heap"),
    "end": Trick(FLOW, _nothing("dedup.surfaces.process", "end_without_looking_for_garbage"), "no garbage at the end"),
    "server": Trick(
        FLOW,
        "import contextlib; "
        + _nothing("dedup.surfaces.process", "without_looking_for_garbage", "contextlib.nullcontext"),
        "Prefect's server is imported without looking for garbage",
    ),
    "small": Trick(FLOW, "import flows.internals as module; module.SMALL.clear()", "a server for one run alone"),
    "routes": Trick(FLOW, _nothing("flows.internals", "asked_routes_first"), "routes that a run asks for stand first"),
    "grammar": Trick(
        FLOW,
        "import contextlib; " + _nothing("flows.internals", "without_grammar_of_addresses", "contextlib.nullcontext"),
        "the grammar of addresses is not built (it matters where rfc3987_syntax is installed)",
    ),
}

VERSIONS = ("prefect", "numba", "pyarrow", "pandas")


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--repeat", type=int, default=5)
    asked.add_argument("--only", default=",".join(TRICKS), help="names of tricks")
    given = asked.parse_args()
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in VERSIONS))
    print(f"load {os.getloadavg()[0]:.1f} at the start\n\n| trick | with | without | gain |\n|---|---|---|---|")
    for name in given.only.split(","):
        trick = TRICKS[name]
        with tempfile.TemporaryDirectory() as folder:
            measured: dict[bool, list[float]] = {True: [], False: []}
            for turn in range(given.repeat + 1):
                for has_it in (True, False):
                    seconds, peak = once(trick, has_it, Path(folder) / f"{turn}-{has_it}")
                    if turn:  # the first of each fills caches
                        measured[has_it].append(peak if name == "heap" else seconds)
        have, lack = (statistics.median(measured[has_it]) for has_it in (True, False))
        print(f"| {name}: {trick.says} | {have:.2f} | {lack:.2f} | {1 - have / lack:.0%} |", flush=True)


def once(trick: Trick, has_it: bool, folder: Path) -> tuple[float, float]:
    """Run the command once -> its processor seconds and its peak of memory in MiB."""
    folder.mkdir(parents=True)
    (folder / "sitecustomize.py").write_text("" if has_it else trick.without + "\n", "utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])
    home = {"HOME": str(folder.parent), "PREFECT_HOME": str(folder.parent / "prefect")}
    command = [sys.executable, "-m", "dedup", *(part.format(out=folder / "out") for part in trick.command)]
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (1, 2)]
    child = os.posix_spawn(sys.executable, command, {**os.environ, **home, "PYTHONPATH": path}, file_actions=quiet)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()

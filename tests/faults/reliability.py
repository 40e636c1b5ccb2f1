"""Try every fault often, and write docs/reliability.md: how often tried, what was lost, how long recovery took.

python tests/faults/reliability.py [--kills 280] [--out docs/reliability.md]
python tests/faults/reliability.py --only SIGINT          # some rows; the page is written by a call without --only
python tests/faults/reliability.py --most 1 --services none --kept small.jsonl --out small.md   # do all rows work?

Every outcome is kept in build/reliability.jsonl until the page is written: a command that was ended, or that made some
rows, goes on there.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "faults")]

import hostile  # noqa: E402  (found by the line above)
import trials  # noqa: E402

HEAD = """# Reliability

Made by `make reliability` (`tests/faults/`): each fault is caused on purpose on a small store, one at a time, while a
run with new articles is due. A trial is right when, after the fault, readers see the snapshot of before or the new
one, whole; the next run ends well and its tables equal, row for row, those of a store that nothing happened to; every
digest is right (`dedup verify`); and no file is left over.

*Recovery* is the time of that next run, which is a whole run: it makes up for what the fault took. The machine had two
cores that others used at the same time.

| fault | tried | lost, torn or left | recovery: median | longest |
|---|---:|---:|---:|---:|
"""

FOOT = """
{kills} of these trials are kills (SIGKILL), {chosen} of them at a chosen call of commit and publish: every call of
`os` that these two make ({calls}) is counted, and the process dies before the first, before the second, and so on to
the last.

What no trial can show: a disk that says it has written and has not. Commit and publish force every file and folder to
the disk before anything names it (`fsync`).

A damaged part that was made from others is made anew, and a line of the log `dedup` names it. A damaged articles part
stops the run, because its articles may be nowhere else: `dedup repair` sets it aside, and a run
over the inputs reads its articles again.
"""

HOSTILE = """
## Hostile input

Each input is one run into an empty folder, in a process of its own. The rule: time and memory grow at most linearly
with the bytes, and an article takes part in a bounded number of pairs. Seconds are CPU seconds, of all threads; the
peak is the resident memory of the process, its libraries included, or that of the measuring process where this is more
(the smallest figure of the column).

| input | size | result | CPU | peak |
|---|---:|---|---:|---:|
"""


LONG = "200 runs of 500 articles, then 50,000"
SERVICES = {
    "look-ups beside half-open requests and hostile texts": ["benchmarks/web_load.py", "--out", "{folder}/served"],
    "a service that is killed 20 times": ["benchmarks/served.py"],
    LONG: ["benchmarks/scheduled.py", "--folder", "build/scheduled", "--plot", "docs/scheduled.svg"],
}
"""What is measured by a benchmark of its own -> its command."""

PICTURES = {LONG: "![CPU seconds, open files and memory of each of the runs](scheduled.svg)\n\n"}

UNDER_LOAD = """
## Services

What these commands print, each a process of its own.
"""


class Row(NamedTuple):
    """A line of the table."""

    fault: str
    tried: int
    wrong: list[str]
    median: float
    longest: float

    @classmethod
    def of(cls, fault: str, outcomes: list[trials.Outcome]) -> Row:
        """The sum of some trials."""
        seconds = [outcome.seconds for outcome in outcomes]
        wrong = [outcome.what for outcome in outcomes if not outcome.right]
        return cls(fault, len(outcomes), wrong, statistics.median(seconds), max(seconds))

    def __str__(self) -> str:
        return f"| {self.fault} | {self.tried} | {len(self.wrong)} | {self.median:.1f} s | {self.longest:.1f} s |"


AT_CALLS, AT_RANDOM = "killed at each call of commit and publish of", "killed at a random moment"

Trial = Callable[[int], trials.Outcome | None]
"""The n-th trial of a fault, from 0; None when there are not so many."""


def faults(folder: Path, kills: int, seed: int) -> dict[str, tuple[int, Trial]]:
    """Name of each fault, how many trials at most, and the trials. ``kills`` at random moments."""

    @cache
    def second() -> trials.World:
        return trials.World(folder / "second")

    @cache
    def first() -> trials.World:
        return trials.World(folder / "first", empty=True)

    @cache
    def longest() -> float:
        started = time.perf_counter()
        with second().copy(second().base) as out:
            trials.in_child(lambda: second().run(out))
        return time.perf_counter() - started

    def drawn(*of: object) -> random.Random:
        return random.Random(f"{seed} {of}")

    every = 100_000
    steps_of_a_run = len(trials.steps.STEPS)
    made: dict[str, tuple[int, Trial]] = {
        f"{AT_CALLS} a second run": (every, lambda n: trials.kill_at_call(second(), n + 1)),
        f"{AT_CALLS} the first run": (every, lambda n: trials.kill_at_call(first(), n + 1)),
        "killed after each step": (steps_of_a_run, lambda n: trials.kill_after_step(second(), n)),
        AT_RANDOM: (kills, lambda n: trials.kill_at_random(second(), drawn(AT_RANDOM, n), longest())),
    }
    for name, number in trials.STOPS.items():
        made[f"{name} in each step"] = (steps_of_a_run, partial(_stopped, second, number))
    for what, number in trials.REFUSALS.items():
        made[f"{what}, at every ninth call"] = (11, partial(_refused, second, number))
    for kind in trials.PARTS:
        made[f"a flipped bit in a part of {kind}"] = (8, partial(_flipped, second, kind, drawn))
    tables = ("article_provenance", "clusters", "provenance", "passages")
    lost = [(kind, step) for kind in trials.PARTS[:7] for step in (1, 3, 5, 8)]
    return made | {
        "a flipped bit in a published table": (12, lambda n: _flipped(second, tables[n % 4], drawn, n)),
        "a part of the store vanishes after a step": (len(lost), lambda n: trials.vanished(second(), *lost[n])),
        "an input is cut, grows or vanishes while it is read": (9, lambda n: trials.input_changes(second(), n)),
        "memory runs out": (10, lambda n: trials.out_of_memory(second(), n)),
        "the clock goes back by years": (3, lambda n: trials.clock_back(second())),
        "two runs start at once": (10, lambda n: trials.two_at_once(second())),
        "a run sleeps in the middle while another publishes": (5, lambda n: trials.sleeps(second(), n)),
        "the store is of an older version": (3, lambda n: trials.older_store(second(), n)),
        "latest points nowhere": (1, lambda n: trials.latest_dangles(second())),
    }


def _stopped(world: Callable[[], trials.World], number: int, n: int) -> trials.Outcome:
    return trials.stopped(world(), n, number)


def _refused(world: Callable[[], trials.World], number: int, n: int) -> trials.Outcome | None:
    return trials.refusal_at_call(world(), 9 * n + 1, number)


def _flipped(
    world: Callable[[], trials.World], kind: str, drawn: Callable[..., random.Random], n: int
) -> trials.Outcome:
    return trials.flipped_bit(world(), kind, drawn(kind, n))


class Kept:
    """The outcomes so far, a line each, so that a command that was ended goes on where it was."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self.path = path
        self.known = {(fault, n): outcome for fault, n, outcome in map(json.loads, lines)}

    def outcomes(self, fault: str, most: int, trial: Trial) -> Iterator[trials.Outcome]:
        """The outcomes of a fault: those that are known, then those of the trials that are missing."""
        for n in range(most):
            if (fault, n) not in self.known:
                self._keep(fault, n, trial(n))
            if self.known[fault, n] is None:
                return
            yield trials.Outcome(*self.known[fault, n])

    def measured(self, name: str, folder: Path) -> hostile.Measured:
        """What a hostile input cost, measured when that is not known."""
        if (name, 0) not in self.known:
            self._keep(name, 0, hostile.measured(name, folder))
        return hostile.Measured(*self.known[name, 0])

    def printed(self, name: str, folder: Path) -> tuple[int, str]:
        """Status and output of a benchmark, run when that is not known; with a snapshot of the examples beside it."""
        if (name, 0) not in self.known:
            if not (folder / "served").exists():
                trials.steps.run([ROOT / "examples" / "inbox"], folder / "served", trials.CONFIG)
            command = [sys.executable, *(part.format(folder=folder) for part in SERVICES[name])]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
            self._keep(name, 0, (done.returncode, done.stdout.strip()))
        status, said = self.known[name, 0]
        return status, said

    def _keep(self, name: str, n: int, what: tuple | None) -> None:
        self.known[name, n] = what
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, n, what]) + "\n")


def page(rows: list[Row], inputs: list[hostile.Measured], services: dict[str, tuple[int, str]]) -> str:
    """The page, from all rows, the hostile inputs and the services."""
    killed = [row for row in rows if row.fault.startswith("killed")]
    chosen = sum(row.tried for row in killed if row.fault.startswith(AT_CALLS))
    calls = ", ".join(f"`{name}`" for name in trials.CALLS)
    foot = FOOT.format(kills=sum(row.tried for row in killed), chosen=chosen, calls=calls)
    faults_and_inputs = HEAD + "\n".join(map(str, rows)) + "\n" + foot + HOSTILE + "\n".join(map(str, inputs)) + "\n"
    return (
        faults_and_inputs
        + (UNDER_LOAD if services else "")
        + "".join(
            f"\n### {name[0].upper()}{name[1:]}\n\n`python {SERVICES[name][0]}` "
            f"{f'ended with {status}' if status else 'ended well'}:\n\n```text\n{said}\n```\n\n{PICTURES.get(name, '')}"
            for name, (status, said) in services.items()
        ).rstrip("\n")
        + "\n" * bool(services)
    )


def main() -> int:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup the runs would ignore it too
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=280, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=18, help="of what is drawn")
    parser.add_argument("--only", default="", help="faults whose name matches this pattern; the page is not written")
    parser.add_argument("--most", type=int, default=100_000, help="trials of a fault, at most")
    parser.add_argument("--services", default="", help="services whose name matches this pattern (none: no service)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "reliability.md")
    parser.add_argument("--kept", type=Path, default=ROOT / "build" / "reliability.jsonl",
                        help="outcomes so far; a command that was ended goes on from there")  # fmt: skip
    arguments = parser.parse_args()
    rows: list[Row] = []
    kept = Kept(arguments.kept)
    with tempfile.TemporaryDirectory() as folder:
        for name, (most, trial) in faults(Path(folder), arguments.kills, arguments.seed).items():
            if re.search(arguments.only, name):
                rows.append(Row.of(name, list(kept.outcomes(name, min(most, arguments.most), trial))))
                print(json.dumps(rows[-1]._asdict()), flush=True)
        inputs = [kept.measured(name, Path(folder)) for name in hostile.INPUTS if re.search(arguments.only, name)]
        for measured in inputs:
            print(measured, flush=True)
        services = {}
        for name in SERVICES:
            if re.search(arguments.only, name) and re.search(arguments.services, name):
                services[name] = kept.printed(name, Path(folder))
                print(json.dumps({"service": name, "said": services[name]}), flush=True)
    if not arguments.only:
        arguments.out.write_text(page(rows, inputs, services), "utf-8")
        arguments.kept.unlink()
    return 1 if any(row.wrong for row in rows) or any(status for status, _ in services.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Try every fault often, and write docs/reliability.md: how often tried, what was lost, how long recovery took.

python tests/faults/reliability.py [--kills 500] [--out docs/reliability.md]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "faults")]

import trials  # noqa: E402  (found by the line above)

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


def faults(folder: Path, kills: int, seed: int) -> dict[str, Callable[[], Iterator[trials.Outcome | None]]]:
    """Name of each fault, and what makes its trials. ``kills`` at random moments."""
    rng = random.Random(seed)

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

    made = {
        f"{AT_CALLS} a second run": lambda: at_every_call(second()),
        f"{AT_CALLS} the first run": lambda: at_every_call(first()),
        "killed after each step": lambda: (
            trials.kill_after_step(second(), step) for step in range(len(trials.steps.STEPS))
        ),
        AT_RANDOM: lambda: (trials.kill_at_random(second(), rng, longest()) for _ in range(kills)),
    }
    for what, number in trials.REFUSALS.items():
        made[f"{what}, at every ninth call"] = lambda number=number: (
            trials.refusal_at_call(second(), call, number) for call in range(1, 100, 9)
        )
    for kind in trials.PARTS:
        made[f"a flipped bit in a part of {kind}"] = lambda kind=kind: (
            trials.flipped_bit(second(), kind, rng) for _ in range(8)
        )
    return made | {
        "a flipped bit in a published table": lambda: (
            trials.flipped_bit(second(), kind, rng)
            for kind in ("article_provenance", "clusters", "provenance", "passages")
            for _ in range(3)
        ),
        "a part of the store vanishes after a step": lambda: (
            trials.vanished(second(), kind, step) for kind in trials.PARTS[:7] for step in (1, 3, 5, 8)
        ),
        "the clock goes back by years": lambda: (trials.clock_back(second()) for _ in range(3)),
        "two runs start at once": lambda: (trials.two_at_once(second()) for _ in range(10)),
    }


def at_every_call(world: trials.World) -> Iterator[trials.Outcome]:
    """A kill at call 1, 2, ... as long as there is such a call."""
    for call in count(1):
        outcome = trials.kill_at_call(world, call)
        if outcome is None:
            return
        yield outcome


def page(rows: list[Row]) -> str:
    """The page, from all rows."""
    killed = [row for row in rows if row.fault.startswith("killed")]
    chosen = sum(row.tried for row in killed if row.fault.startswith(AT_CALLS))
    calls = ", ".join(f"`{name}`" for name in trials.CALLS)
    foot = FOOT.format(kills=sum(row.tried for row in killed), chosen=chosen, calls=calls)
    return HEAD + "\n".join(map(str, rows)) + "\n" + foot


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=280, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=18, help="of what is drawn")
    parser.add_argument("--only", default="", help="faults whose name matches this pattern; the page is not written")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "reliability.md")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, trial in faults(Path(folder), arguments.kills, arguments.seed).items():
            if re.search(arguments.only, name):
                rows.append(Row.of(name, [outcome for outcome in trial() if outcome is not None]))
                print(json.dumps(rows[-1]._asdict()), flush=True)
    if not arguments.only:
        arguments.out.write_text(page(rows), "utf-8")
    return 1 if any(row.wrong for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Try every fault often, and write docs/reliability.md: how often tried, what was lost, how long recovery took.

python tests/faults/reliability.py [--kills 500] [--out docs/reliability.md]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "faults")]

import trials  # noqa: E402  (found by the line above)

HEAD = """# Reliability

Made by `make reliability` (`tests/faults/`): each fault is caused on purpose on a small store, one at a time, while a
run with new articles is due. A trial is right when, after the fault, readers see the snapshot of before or the new
one, whole; the next run ends well and its tables equal, row for row, those of a store that nothing happened to; every
digest is right (`dedup verify`); and no file is left over.

*Recovery* is the time of that next run, which is a whole run: it makes up for what the fault took.

| fault | tried | lost, torn or left | recovery: median | longest |
|---|---:|---:|---:|---:|
"""

FOOT = """
{kills} of these trials are kills (SIGKILL), {chosen} of them at a chosen call of commit and publish: every call of
`os` that these two make ({calls}) is counted, and the process dies before the first, before the second, and so on to
the last.

What no trial can show: a disk that says it has written and has not. Commit and publish force every file and folder to
the disk before anything names it (`fsync`).

A damaged part that was made from others is made anew without a word on the terminal; the log `dedup` names it. A
damaged articles part stops the run, because its articles may be nowhere else: `dedup repair` sets it aside, and a run
over the inputs reads its articles again.
"""


def faults(kills: int, folder: Path) -> Iterator[tuple[str, Iterator[trials.Outcome]]]:
    """Name of each fault, and its trials as they are made."""
    rng = random.Random(18)
    second, first = trials.World(folder / "second"), trials.World(folder / "first", empty=True)
    for what, world in (("a second run", second), ("the first run", first)):
        yield f"killed at each call of commit and publish of {what}", until_none(trials.kill_at_call, world)
    yield "killed after each step", (trials.kill_after_step(second, step) for step in range(len(trials.steps.STEPS)))
    started = time.perf_counter()
    with second.copy(second.base) as out:
        trials.in_child(lambda: second.run(out))
    longest = time.perf_counter() - started
    made = sum(done[0] for done in TOLD if done[1].startswith("killed"))
    random_kills = range(max(10, kills - made))
    yield "killed at a random moment", (trials.kill_at_random(second, rng, longest) for _ in random_kills)
    for what, number in trials.REFUSALS.items():
        some = range(1, 100, 9)
        found = (trials.refusal_at_call(second, call, number) for call in some)
        yield f"{what}, at every ninth call", (outcome for outcome in found if outcome is not None)
    for kind in trials.PARTS:
        yield f"a flipped bit in {kind}", (trials.flipped_bit(second, kind, rng) for _ in range(8))
    tables = ("articles", "matches", "clusters", "provenance", "passages")
    yield (
        "a flipped bit in a published table",
        (trials.flipped_bit(second, kind, rng) for kind in tables[1:] for _ in range(3)),
    )
    yield (
        "a part of the store vanishes after a step",
        (trials.vanished(second, kind, step) for kind in ("articles", *trials.PARTS[1:7]) for step in (1, 3, 5, 8)),
    )
    yield "the clock goes back by years", (trials.clock_back(second) for _ in range(3))
    yield "two runs start at once", (trials.two_at_once(second) for _ in range(10))


def until_none(trial: Callable[..., trials.Outcome | None], world: trials.World) -> Iterator[trials.Outcome]:
    """The trials at call 1, 2, ... as long as there is such a call."""
    for call in count(1):
        outcome = trial(world, call)
        if outcome is None:
            return
        yield outcome


TOLD: list[tuple[int, str, list[trials.Outcome]]] = []
"""Number of trials, name of the fault, and their outcomes."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500, help="kills in total")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "reliability.md")
    arguments = parser.parse_args()
    lines, wrong = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, made in faults(arguments.kills, Path(folder)):
            outcomes = list(made)
            TOLD.append((len(outcomes), name, outcomes))
            seconds = [outcome.seconds for outcome in outcomes]
            bad = [outcome.what for outcome in outcomes if not outcome.right]
            wrong += [f"{name}: {what}" for what in bad]
            row = (
                f"| {name} | {len(outcomes)} | {len(bad)} | {statistics.median(seconds):.1f} s | {max(seconds):.1f} s |"
            )
            lines.append(row)
            print(row, *bad[:3], sep="\n    ", flush=True)
    killed = [(n, name) for n, name, _ in TOLD if name.startswith("killed")]
    chosen = sum(n for n, name in killed if "each call" in name)
    kills = sum(n for n, _ in killed)
    calls = ", ".join(f"`{name}`" for name in trials.CALLS)
    arguments.out.write_text(
        HEAD + "\n".join(lines) + "\n" + FOOT.format(kills=kills, chosen=chosen, calls=calls), "utf-8"
    )
    print(json.dumps({"kills": kills, "at_chosen_calls": chosen, "wrong": wrong}, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a corpus of 10^7 to 10^9 articles would take, from the record of measured runs.

    python benchmarks/growth.py --sizes 10000,100000,1000000 --json growth.json
    python benchmarks/model.py growth.json --workers 16 --memory 4

Each step's seconds are taken to grow as a power of the articles, fitted through the two smallest runs of the record;
every larger run of the record is a check, printed with its error. Steps whose units of work a cluster's workers do are
divided by the workers; the rest is the coordinator's. Bytes, CPU seconds and peak memory grow by the same rule. What
passes between storage and machines is the input, what the store keeps (written once, read about twice) and the
snapshot. A model of the runs it was fitted to, on one machine: the time that a network adds is not in it. On a machine
that others use the check of the CPU seconds counts, not that of the wall.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import NamedTuple

from peers import table

ON_WORKERS = ("cut", "credit", "join", "align")
"""Steps made of units of work."""

SIZES = (10**7, 10**8, 10**9)
GIBIBYTE = 1 << 30


class Power(NamedTuple):
    """``scale * n ** exponent``."""

    scale: float
    exponent: float

    @classmethod
    def through(cls, first: tuple[float, float], second: tuple[float, float]) -> Power:
        """The power through two points (n, value)."""
        (n, low), (m, high) = first, second
        if low <= 0 or high <= 0:
            return cls(max(low, high) / m, 1.0)
        exponent = math.log(high / low) / math.log(m / n)
        return cls(low / n**exponent, exponent)

    def at(self, n: float) -> float:
        """The value at ``n``."""
        return self.scale * n**self.exponent


class Model(NamedTuple):
    """How a run grows."""

    stages: dict[str, Power]
    """Seconds of each step; ``rest`` is the wall time outside of the steps (start, publishing, report)."""
    cpu: Power
    stored: Power
    """Bytes of the store and of the snapshot."""
    moved: Power
    """Bytes between storage and machines."""
    peak: Power

    def seconds(self, n: float, workers: int = 1) -> float:
        """Wall seconds of a run of ``n`` articles."""
        return sum(power.at(n) / (workers if name in ON_WORKERS else 1) for name, power in self.stages.items())


def fit(runs: list[dict]) -> Model:
    """A model through the two smallest runs of a record of ``growth.py``."""
    small, large = sorted(runs, key=lambda run: run["n"])[:2]

    def power(value) -> Power:
        return Power.through((small["n"], value(small)), (large["n"], value(large)))

    stages = {name: power(lambda run, name=name: run["stages"][name]) for name in small["stages"]}
    stages["rest"] = power(lambda run: run["wall"] - sum(run["stages"].values()))
    stored = power(lambda run: run["output_bytes"] + run["store_bytes"])
    moved = power(lambda run: run["input_bytes"] + 3 * run["store_bytes"] + run["output_bytes"])
    return Model(stages, power(lambda run: run["cpu"]), stored, moved, power(lambda run: run["peak"]))


def checks(model: Model, runs: list[dict]) -> list[list[str]]:
    """A row for each run that the model was not fitted to: what it says, what was measured."""
    rows = []
    for run in sorted(runs, key=lambda run: run["n"])[2:]:
        n = run["n"]
        pairs = (
            (model.seconds(n), run["wall"]),
            (model.cpu.at(n), run["cpu"]),
            (model.stored.at(n) / 1e9, (run["output_bytes"] + run["store_bytes"]) / 1e9),
            (model.peak.at(n) / GIBIBYTE, run["peak"] / GIBIBYTE),
        )
        rows.append([f"{n:,}", *(f"{said:,.1f} / {seen:,.1f} ({said / seen - 1:+.0%})" for said, seen in pairs)])
    return rows


def forecast(model: Model, workers: int, memory: float, price: float) -> list[list[str]]:
    """A row a size: hours alone and with workers, bytes, memory, cost, and what breaks first."""
    rows = []
    for n in SIZES:
        alone, together = (model.seconds(n, some) / 3600 for some in (1, workers))
        peak = model.peak.at(n) / GIBIBYTE
        slowest = max(model.stages, key=lambda name: model.stages[name].at(n) / (workers if name in ON_WORKERS else 1))
        breaks = f"memory of the coordinator ({peak:,.1f} GiB)" if peak > memory else f"time of {slowest}"
        cost = together * price * (workers + 1)
        stored, moved = (f"{power.at(n) / 1e12:,.2f}" for power in (model.stored, model.moved))
        hours = (f"{alone:,.1f}", f"{together:,.1f}")
        rows.append([f"{n:,}", *hours, f"{workers + 1}", stored, moved, f"{peak:,.1f}", f"{cost:,.0f}", breaks])
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Print the checks and the forecast."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("record", type=Path, help="what growth.py --json wrote, with two sizes or more")
    parser.add_argument("--workers", type=int, default=16, help="workers of two cores each")
    parser.add_argument("--memory", type=float, default=24, help="GiB of the coordinator")
    parser.add_argument("--price", type=float, default=0.1, help="of an hour of one machine, in any currency")
    options = parser.parse_args(arguments)
    record = json.loads(options.record.read_text())
    runs = [run for run in record["results"] if "error" not in run]
    if len(runs) < 2:
        parser.error(f"{options.record} has {len(runs)} runs; a growth needs two")
    model = fit(runs)
    head = ["step", "exponent", "microseconds an article at the second size"]
    n = sorted(run["n"] for run in runs)[1]
    steps = [[name, f"{one.exponent:.2f}", f"{one.at(n) / n * 1e6:,.1f}"] for name, one in model.stages.items()]
    print(table(head, steps) + "\n")
    if rows := checks(model, runs):
        print(table(["articles, said / seen", "wall s", "CPU s", "GB stored", "peak GiB"], rows) + "\n")
    head = ["articles", "hours alone", f"with {options.workers}", "machines", "TB stored", "TB moved", "peak GiB"]
    head += ["cost", "breaks first"]
    print(table(head, forecast(model, options.workers, options.memory, options.price)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""What a corpus of 10^7 to 10^9 articles would take, from the record of measured runs.

    python benchmarks/growth.py --sizes 10000,100000,1000000 --json growth.json
    python benchmarks/model.py growth.json --workers 16 --memory 4

Each step's seconds are taken to grow as a power of the articles, fitted through the two smallest runs of the record;
every larger run of the record is a check, printed with its error. Steps whose units of work a cluster's workers do are
divided by the workers; the rest is the coordinator's. Bytes and peak memory grow by the same rule. A model of the
runs it was fitted to, on one machine: what a network adds is not in it.
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
    output: Power
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
    return Model(stages, power(lambda run: run["output_bytes"]), power(lambda run: run["peak"]))


def checks(model: Model, runs: list[dict]) -> list[list[str]]:
    """A row for each run that the model was not fitted to: what it says, what was measured."""
    rows = []
    for run in sorted(runs, key=lambda run: run["n"])[2:]:
        said = model.seconds(run["n"])
        peak = model.peak.at(run["n"])
        rows.append(
            [
                f"{run['n']:,}",
                f"{said:,.0f}",
                f"{run['wall']:,.0f}",
                f"{said / run['wall'] - 1:+.0%}",
                f"{peak / GIBIBYTE:.2f}",
                f"{run['peak'] / GIBIBYTE:.2f}",
                f"{peak / run['peak'] - 1:+.0%}",
            ]
        )
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
        terabytes = model.output.at(n) / 1e12
        rows.append(
            [f"{n:,}", f"{alone:,.1f}", f"{together:,.1f}", f"{terabytes:,.2f}", f"{peak:,.1f}", f"{cost:,.0f}", breaks]
        )
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
        print(table(["articles", "said s", "wall s", "error", "said GiB", "peak GiB", "error"], rows) + "\n")
    head = ["articles", "hours alone", f"with {options.workers}", "TB out", "peak GiB", "cost", "breaks first"]
    print(table(head, forecast(model, options.workers, options.memory, options.price)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

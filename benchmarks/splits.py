"""Give the same articles in many runs: are the tables those of one run, row for row?

    python benchmarks/splits.py articles.jsonl --runs 1 7 60
    make splits ARTICLES=articles.jsonl RUNS="1 7 60"

The articles are cut into as many files as there are runs, in the order of their dates (those without a date first)
and shuffled, and an output folder takes one file a run. At the end every table must equal that of one run over the
file as it is, ids included; ``cluster_history``, which tells of runs, apart. All runs happen in this process, without
Prefect. The last column is what a run costs when the store is nearly full and little is new.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from pathlib import Path

from soak import same, tables

from dedup.pipeline import steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path, help="JSON Lines")
    parser.add_argument("--runs", type=int, nargs="+", default=[1, 7, 60])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dedup-splits-"))
    try:
        splits(options.articles, options.runs, random.Random(options.seed), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def splits(articles: Path, runs: list[int], rng: random.Random, folder: Path) -> None:
    """Compare each number of runs in each order with one run; stop at the first difference."""
    steps.run([articles], folder / "whole")
    whole = tables(folder / "whole")
    rows = [json.loads(line) for line in articles.read_text("utf-8").splitlines()]
    by_date = sorted(rows, key=lambda row: row.get("published_at") or row.get("date") or "")
    orders = {"by date": by_date, "shuffled": rng.sample(rows, len(rows))}
    print(f"{len(rows)} articles\nruns  order     equal  seconds  of the last run", flush=True)
    for number in runs:
        for name, order in orders.items():
            seconds = feed(order, number, folder / "parts")
            if not same(tables(folder / "parts"), whole):
                raise SystemExit(f"{number} runs, {name}: the tables differ from those of one run")
            shutil.rmtree(folder / "parts")
            print(f"{number:4}  {name:8}  yes    {sum(seconds):7.0f}  {seconds[-1]:7.1f}", flush=True)


def feed(rows: list[dict], runs: int, out: Path) -> list[float]:
    """Give the rows in so many runs, each with its share; seconds of each run."""
    seconds = []
    for number in range(runs):
        part = out / "inbox" / f"{number:03}.jsonl"
        part.parent.mkdir(parents=True, exist_ok=True)
        share = rows[len(rows) * number // runs : len(rows) * (number + 1) // runs]
        part.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in share), "utf-8")
        started = time.perf_counter()
        steps.run([part], out)
        seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    main()

"""Give the same articles in many runs: are the tables those of one run, row for row?

    python benchmarks/splits.py articles.jsonl --runs 1 7 60
    make splits ARTICLES=articles.jsonl RUNS="1 7 60"

The articles are cut into as many files as there are runs, in the order of their dates (those without a date first)
and shuffled, and an output folder takes one file a run. At the end every table must equal that of one run over the
file as it is, ids included; ``cluster_history``, which tells of runs, apart. Some articles drawn at random come late,
in a further run, and some are removed at the end (``--late``, ``--removed``): the tables are then those of one run over
the articles that are left. All runs happen in this process, without
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
    parser.add_argument("--late", type=int, default=20, help="articles that come in a run of their own")
    parser.add_argument("--removed", type=int, default=20, help="articles that are removed at the end")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dedup-splits-"))
    try:
        splits(options.articles, options.runs, random.Random(options.seed), folder, options.late, options.removed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def splits(articles: Path, runs: list[int], rng: random.Random, folder: Path, n_late: int, n_removed: int) -> None:
    """Compare each number of runs in each order with one run; stop at the first difference."""
    rows = [json.loads(line) for line in articles.read_text("utf-8").splitlines()]
    late = rng.sample(rows, n_late)
    removed = [row for row in rng.sample(rows, n_removed) if _id(row)]
    gone = {_id(row) for row in removed}
    steps.run([written([row for row in rows if _id(row) not in gone], folder / "left.jsonl")], folder / "whole")
    whole = tables(folder / "whole")
    early = [row for row in rows if row not in late]
    by_date = sorted(early, key=lambda row: row.get("published_at") or row.get("date") or "")
    orders = {"by date": by_date, "shuffled": rng.sample(early, len(early))}
    print(f"{len(rows)} articles, {len(late)} late, {len(removed)} removed", flush=True)
    print("runs  order     equal  seconds  of the last run", flush=True)
    for number in runs:
        for name, order in orders.items():
            seconds = feed(order, number, folder / "parts")
            if late:
                steps.run([written(late, folder / "parts" / "inbox" / "late.jsonl")], folder / "parts")
            if gone:
                steps.run([], folder / "parts", remove=sorted(gone))
            if not same(tables(folder / "parts"), whole):
                raise SystemExit(f"{number} runs, {name}: the tables differ from those of one run")
            shutil.rmtree(folder / "parts")
            print(f"{number:4}  {name:8}  yes    {sum(seconds):7.0f}  {seconds[-1]:7.1f}", flush=True)


def _id(row: dict) -> str | None:
    return row.get("id") or row.get("doc_id")


def written(rows: list[dict], path: Path) -> Path:
    """The rows as a file of JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def feed(rows: list[dict], runs: int, out: Path) -> list[float]:
    """Give the rows in so many runs, each with its share; seconds of each run."""
    seconds = []
    for number in range(runs):
        share = rows[len(rows) * number // runs : len(rows) * (number + 1) // runs]
        part = written(share, out / "inbox" / f"{number:03}.jsonl")
        started = time.perf_counter()
        steps.run([part], out)
        seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    main()

"""Seconds of each stage of the whole job, beside the floor: reading the bytes and touching them.

    python benchmarks/stages.py                                  # 20,000 generated articles
    python benchmarks/stages.py --n 100000 --json stages.json
    python benchmarks/stages.py articles.jsonl --repeat 3
    python benchmarks/stages.py --profile                        # and the functions that take longest

The library alone (``dedup.run``), several runs in one process, each into a new folder: the first loads the compiled
code (or compiles it), the others show what a running service takes. The last run is reported.

Floors: **read** takes the input's bytes from the file (which the system keeps in memory), **touch** adds them up, one
core. No stage can be faster than touching what it works on.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import shutil
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import corpus
import numpy as np
from peers import seconds, table

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # ours is imported from this checkout


def floors(inputs: list[Path]) -> dict[str, float]:
    """Seconds to read the inputs' bytes and to touch them, the best of three; and how many there are."""
    best = {"read": float("inf"), "touch": float("inf")}
    size = 0
    for _ in range(3):
        begin = time.perf_counter()
        blobs = [path.read_bytes() for path in inputs]
        middle = time.perf_counter()
        for blob in blobs:
            np.frombuffer(blob, np.uint8).sum()
        end = time.perf_counter()
        best = {"read": min(best["read"], middle - begin), "touch": min(best["touch"], end - middle)}
        size = sum(map(len, blobs))
    return best | {"bytes": size}


def cpu_seconds() -> float:
    """CPU seconds of this process and its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(inputs: list[Path], options) -> dict:
    """Run the job as often as asked and return what the last run took."""
    from dedup.config import Config
    from dedup.pipeline.steps import run

    config = Config.load(options.config)
    runs = []
    for turn in range(options.repeat):
        out = Path(tempfile.mkdtemp(dir=options.folder))
        profile = cProfile.Profile() if options.profile and turn + 1 == options.repeat else None
        try:
            begin, cpu = time.perf_counter(), cpu_seconds()
            if profile:
                profile.enable()
            marks = [cpu]
            names = []

            def passed(name: str, counts: dict, marks=marks, names=names) -> None:
                names.append(name)
                marks.append(cpu_seconds())

            result = run(inputs, out, config, passed)
            if profile:
                profile.disable()
            runs.append({
                "wall": time.perf_counter() - begin, "cpu": cpu_seconds() - cpu, "stages": result.seconds,
                "stages_cpu": {
                    name: after - before for name, (before, after) in zip(names, pairwise(marks), strict=False)
                },
                "counts": result.counts, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            })  # fmt: skip
        finally:
            shutil.rmtree(out, ignore_errors=True)
        print(f"run {turn + 1}: {seconds(runs[-1]['wall'])} s", file=sys.stderr, flush=True)
        if profile:
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(options.lines)
    return {"runs": runs, "floors": floors(inputs)}


def report(record: dict, write=print) -> None:
    """The stages of the last run as a table."""
    last, floor = record["runs"][-1], record["floors"]
    articles = last["counts"]["articles"]
    base = floor["read"] + floor["touch"]
    rows = [
        [
            name,
            f"{taken:.3f}",
            f"{last['stages_cpu'].get(name, last['cpu']):.3f}",
            f"{taken / last['wall']:.0%}",
            f"{1e6 * taken / articles:.0f}",
            f"{taken / base:.0f}",
        ]
        for name, taken in [*last["stages"].items(), ("all", last["wall"])]
    ]
    rows += [
        [f"floor: {name}", f"{floor[name]:.4f}", "", "", f"{1e6 * floor[name] / articles:.1f}", ""]
        for name in ("read", "touch")
    ]
    write(
        f"\n{articles:,} articles, {last['counts']['words']:,} words, {floor['bytes'] / 1e6:.1f} MB, "
        f"run {len(record['runs'])} of {len(record['runs'])} in one process, {os.cpu_count()} cores\n"
    )
    write(table(["stage", "seconds", "cpu", "share", "us an article", "x floor"], rows))
    write(
        f"\n{articles / last['wall']:.0f} articles a second, "
        f"{last['counts']['words'] / last['wall'] / 1e6:.2f} million words; "
        f"CPU {seconds(last['cpu'])} s; peak {last['peak'] / 2**20:.0f} MiB\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Make the articles when none are given, run, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("inputs", nargs="*", type=Path, help="files of articles; without any they are generated")
    parser.add_argument("--n", type=int, default=20_000, help="articles to generate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=2, help="runs in one process; the last one is reported")
    parser.add_argument("--config", type=Path, help="YAML settings of the run")
    parser.add_argument("--profile", action="store_true", help="profile the last run (it is slower then)")
    parser.add_argument("--lines", type=int, default=40, help="functions that the profile lists")
    parser.add_argument("--folder", type=Path, default=HERE / ".data", help="generated articles and scratch")
    parser.add_argument("--json", type=Path, help="write the record here")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    inputs = options.inputs
    if not inputs:
        inputs = [options.folder / f"articles-{options.n}-{options.seed}.jsonl"]
        if not inputs[0].exists():
            print(f"{options.n:,} articles: generating ...", file=sys.stderr, flush=True)
            corpus.write_articles(inputs[0], options.n, options.seed, 0)
    record = measured(inputs, options)
    report(record)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

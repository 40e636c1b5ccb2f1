"""A day's new articles beside those of the window that a store holds already: what does the second run take?

    python benchmarks/arrivals.py                                 # 10,000 beside 200,000
    python benchmarks/arrivals.py --known 20000 --new 1000 --json arrivals.json

The articles of seven days are generated and given to one run, the first of the eighth day to a second one. Both are
``dedup run --no-flow`` as child processes; the seconds of the steps are what the manifests say.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

import corpus
import growth
import measure
from peers import MEBIBYTE, seconds, table

DAYS = 7


def cut_off(source: Path, known: int, folder: Path) -> list[Path]:
    """The first ``known`` lines of a file and the others, as two files."""
    files = [folder / "known.jsonl", folder / "new.jsonl"]
    with open(source, encoding="utf-8") as lines, open(files[0], "w") as first, open(files[1], "w") as second:
        for number, line in enumerate(lines):
            (first if number < known else second).write(line)
    return files


def report(record: dict, write=print) -> None:
    """The steps of both runs as a table, and the promise."""
    first, second = record["runs"]
    rows = [[name, seconds(taken), seconds(second["stages"][name])] for name, taken in first["stages"].items()]
    rows += [["all", seconds(first["wall"]), seconds(second["wall"])]]
    rows += [["peak MiB", f"{first['peak'] / MEBIBYTE:.0f}", f"{second['peak'] / MEBIBYTE:.0f}"]]
    write(table(["seconds", f"{record['known']:,} articles", f"and {record['new']:,} new"], rows))
    both = second["stages"]["join"]
    write(f"\nsigning and joining the new ones: {both:.1f} s (floor 60, aim 20)\n")


def main(arguments: list[str] | None = None) -> int:
    """Generate, run twice, print the steps of both runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--known", type=int, default=200_000, help="articles of the window")
    parser.add_argument("--new", type=int, default=10_000, help="articles of the next day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", default=growth.default_command(), help="how to start dedup")
    parser.add_argument("--folder", type=Path, help="where to work; default temporary")
    parser.add_argument("--keep", action="store_true", help="keep corpora and output")
    parser.add_argument("--json", type=Path, help="write the record here")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="dedup-arrivals-", dir=options.folder))
    try:
        source = folder / "articles.jsonl"
        corpus.write_articles(source, options.known + options.new, options.seed, per_day=-(-options.known // DAYS))
        runs = []
        for file in cut_off(source, options.known, folder):
            command = [*shlex.split(options.command), "run", str(file), "--out", str(folder / "out"), "--no-flow"]
            run = measure.run(command, log=folder / "log.txt")
            if run.status:
                print(run.output, file=sys.stderr)
                return 1
            stages = growth.stages_of(folder / "out" / "latest")
            runs.append({"wall": run.wall, "cpu": run.cpu, "peak": run.peak, "stages": stages})
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    record = {"known": options.known, "new": options.new, "runs": runs}
    report(record)
    if options.json:
        options.json.write_text(json.dumps(record, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""What do 500 new articles cost beside 20,000, 60,000 and 200,000 stored? CPU seconds by step.

    python benchmarks/increments.py                                   # 20,000 and 60,000 stored, 2,000 a day
    python benchmarks/increments.py --known 200000 --new 500 1 0      # also one article, and nothing new
    python benchmarks/increments.py --folder /tmp/stores              # keeps stores: the next call only adds

Each run is a process of its own, the library alone; its CPU seconds are those of the whole process with all threads,
its start included. Articles of the days up to the last are given to one run; what is new comes on the last day. The
store of the first run is copied (hard links) before something is added, so that each measurement begins from the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import corpus
from peers import table

HERE = Path(__file__).resolve().parent


def cpu_seconds() -> float:
    """CPU seconds of this process, its threads and the children that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def one_run(source: Path, out: Path) -> dict:
    """Run the library in this process -> CPU and wall seconds by step and in all, and what it counted."""
    begun = time.perf_counter()
    sys.path.insert(0, str(HERE.parent))
    from dedup.pipeline import steps

    stages, seen = {"start": cpu_seconds()}, [cpu_seconds()]

    def note(name: str, counts: dict) -> None:
        stages[name] = cpu_seconds() - seen[0]
        seen[0] = cpu_seconds()

    result = steps.run([source], out, progress=note)
    note("publish", {})
    return {
        "cpu": cpu_seconds(),
        "wall": time.perf_counter() - begun,
        "stages": stages,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "counts": result.counts,
    }


def child(source: Path, out: Path) -> dict:
    """``one_run`` in a process of its own."""
    command = [sys.executable, __file__, "--one", str(source), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(HERE.parent)})
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def linked(source: Path, target: Path) -> Path:
    """A copy of an output folder by hard links: files of a store never change, its manifests are replaced."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    return target


def bytes_of(folder: Path) -> int:
    """Bytes of the files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def measured(known: int, new: list[int], per_day: int, repeat: int, folder: Path) -> dict:
    """The first run over ``known`` articles, and each number of ``new`` ones added to its store."""
    articles = folder / f"articles-{known + max(new)}-{per_day}.jsonl"
    if not articles.exists():
        corpus.write_articles(articles, known + max(new), 1, per_day=per_day)
    first = folder / f"first-{known}.jsonl"
    lines = articles.read_text("utf-8").splitlines(keepends=True)
    first.write_text("".join(lines[:known]), "utf-8")
    base = folder / f"store-{known}"
    record = {"known": known, "text": sum(len(json.loads(line)["text"].encode()) for line in islice(lines, known))}
    if not (base / "latest").exists():
        shutil.rmtree(base, ignore_errors=True)
        record["first"] = child(first, base)
    record["store"] = bytes_of(base / "store")
    record["added"] = {}
    for n in new:
        added = folder / f"new-{known}-{n}.jsonl"
        added.write_text("".join(lines[known : known + n] or lines[:10]), "utf-8")
        runs = [child(added, linked(base, folder / f"out-{known}")) for _ in range(repeat)]
        record["added"][n] = sorted(runs, key=lambda run: run["cpu"])[len(runs) // 2]
        shutil.rmtree(folder / f"out-{known}")
    return record


def report(records: list[dict], write=print) -> None:
    """CPU seconds by step, a column a run."""
    columns = [(f"+{n:,} at {record['known']:,}", run) for record in records for n, run in record["added"].items()]
    columns += [(f"{record['known']:,} fresh", record["first"]) for record in records if "first" in record]
    names = list(dict.fromkeys(name for _, run in columns for name in run["stages"]))
    rows = [[name, *(f"{run['stages'].get(name, 0):.2f}" for _, run in columns)] for name in names]
    rows += [["cpu", *(f"{run['cpu']:.2f}" for _, run in columns)]]
    rows += [["wall", *(f"{run['wall']:.2f}" for _, run in columns)]]
    rows += [["peak MiB", *(f"{run['peak'] / 2**20:.0f}" for _, run in columns)]]
    write(table(["CPU seconds", *(name for name, _ in columns)], rows))
    for record in records:
        write(f"store of {record['known']:,}: {record['store'] / record['text']:.2f} bytes a byte of text")


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--known", type=int, nargs="+", default=[20_000, 60_000])
    parser.add_argument("--new", type=int, nargs="+", default=[500], help="0: articles that are known")
    parser.add_argument("--per-day", type=int, default=2_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep articles and stores here")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one_run(*options.one)))
        return
    folder = options.folder or Path(tempfile.mkdtemp(prefix="dedup-increments-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        records = [
            measured(known, options.new, options.per_day, options.repeat, folder) for known in sorted(options.known)
        ]
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)
    report(records)
    if options.json:
        options.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    main()

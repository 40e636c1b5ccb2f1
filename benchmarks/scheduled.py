"""200 runs of 500 articles on one store, then a burst: do open files, memory and the time of a run stay as they were?

    python benchmarks/scheduled.py --folder soak                      # 200 runs of 500 articles, a burst of 50,000
    python benchmarks/scheduled.py --folder soak --runs 20 --new 50 --burst 1000
    python benchmarks/scheduled.py --folder soak --plot docs/scheduled.svg

All runs are made by one process (those of ``dedup serve`` are processes of their own, and forget more), each with the
next day's articles. A line is kept for each in ``record.jsonl`` of the folder: a command that was ended goes on there.
The last line printed compares the last quarter of the runs with the second, when the window of days is full.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

import corpus
from increments import bytes_of, cpu_seconds

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dedup.pipeline import steps

MEASURES = {"cpu": "CPU seconds of a run", "files": "open files", "memory": "MB of resident memory"}
WIDTH, HEIGHT, EDGE = 640, 150, 40
"""Points of a panel of the plot, and of the space around its curve."""


def written(folder: Path, runs: int, new: int, burst: int, seed: int = 1) -> list[Path]:
    """The files of all runs, a day each; the last is the burst's."""
    inbox = folder / "inbox"
    files = sorted(inbox.glob("articles-*.jsonl"))
    if len(files) < runs:
        files = corpus.write_articles(inbox, runs * new, seed, per_file=new, per_day=new)
    last = inbox / "burst.jsonl"
    if burst and not last.exists():
        batch, _ = corpus.one_day(runs, burst, seed, [], 0, False)
        last.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist()), "utf-8")
    return files[:runs] + [last] * bool(burst)


def measured(source: Path, out: Path) -> dict:
    """One run in this process: seconds, and what the process holds after it."""
    started, used = time.perf_counter(), cpu_seconds()
    steps.run([source], out)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "articles": sum(1 for _ in source.open("rb")),
        "wall": time.perf_counter() - started,
        "cpu": cpu_seconds() - used,
        "files": len(os.listdir("/proc/self/fd")),
        "memory": pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        "store": bytes_of(out / "store") / 1e6,
    }


def said(record: list[dict], burst: int) -> str:
    """The last quarter of the runs beside the second, and the burst."""
    runs = record[:-1] if burst else record
    quarter = max(1, len(runs) // 4)
    parts = []
    for name, label in MEASURES.items():
        early, late = (
            statistics.median(run[name] for run in some)
            for some in (runs[quarter : 2 * quarter] or runs, runs[-quarter:])
        )
        parts.append(f"{label} {early:.1f} -> {late:.1f}")
    last = (
        f"; burst of {record[-1]['articles']:,}: {record[-1]['cpu']:.0f} CPU s, {record[-1]['memory']:,.0f} MB"
        if burst
        else ""
    )
    return f"{len(runs)} runs, second quarter -> last: {', '.join(parts)}{last}"


def plot(runs: list[dict]) -> str:
    """The three measures of all runs, one panel below the other, as SVG."""
    panels = []
    for number, (name, label) in enumerate(MEASURES.items()):
        most = max(run[name] for run in runs) or 1
        top, deep = number * HEIGHT, HEIGHT - EDGE
        across, up = (WIDTH - 2 * EDGE) / max(1, len(runs) - 1), (deep - EDGE / 2) / most
        dots = " ".join(f"{EDGE + at * across:.1f},{top + deep - run[name] * up:.1f}" for at, run in enumerate(runs))
        panels.append(
            f'<polyline points="{dots}" fill="none" stroke="#1f5fa8"/>'
            f'<path d="M{EDGE} {top + deep}H{WIDTH - EDGE}" stroke="#888"/>'
            f'<text x="{EDGE}" y="{top + 14}">{label} (most {most:,.1f}); across: runs 1 to {len(runs)}</text>'
        )
    tall = HEIGHT * len(MEASURES)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{tall}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{tall}" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def main() -> None:
    """Make the runs that are missing and say what came of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--new", type=int, default=500, help="articles a run")
    parser.add_argument("--burst", type=int, default=50_000, help="articles of one more run; 0: none")
    parser.add_argument("--plot", type=Path, help="write the measures of the runs as SVG")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "record.jsonl"
    record = [json.loads(line) for line in kept.read_text("utf-8").splitlines()] if kept.exists() else []
    files = written(given.folder, given.runs, given.new, given.burst)
    for source in files[len(record) :]:
        record.append(measured(source, given.folder / "out"))
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record[-1]) + "\n")
        print(json.dumps(record[-1]), file=sys.stderr, flush=True)
    if given.plot:
        given.plot.write_text(plot(record[: given.runs]), "utf-8")
    print(said(record, given.burst))


if __name__ == "__main__":
    main()

"""10,000 to 1,000,000 generated articles through ``dedup run``: does the cost per article grow?

    python benchmarks/growth.py --json growth.json
    python benchmarks/growth.py --sizes 10000,100000 --folder /somewhere/with/room --keep
    python benchmarks/growth.py --sizes 20000 --popular 5000

Every size is a run of its own into an empty folder: ``dedup run FILE --out OUT --no-flow``
as a child process. Wall, CPU and peak memory cover that process and all it starts; the
seconds of the stages are what the run's manifest says. A million articles take about 4 GB
as JSON Lines, and the run's own output comes on top.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

import corpus
import measure
import pyarrow.parquet as pq
from peers import MEBIBYTE, seconds, table

GIBIBYTE = 1 << 30
WARM_ARTICLES = 300


def default_command() -> str:
    """The installed command beside this interpreter, or the module."""
    installed = Path(sys.executable).with_name("dedup")
    parts = [str(installed)] if installed.exists() else [sys.executable, "-m", "dedup"]
    return shlex.join(parts)


def rows_of(snapshot: Path, name: str) -> int | None:
    """Rows of a table of a snapshot, one file or a folder of files; None if it is not there."""
    single, folder = snapshot / f"{name}.parquet", snapshot / name
    files = [single] if single.exists() else sorted(folder.rglob("*.parquet"))
    if not files:
        return None
    return sum(pq.ParquetFile(file).metadata.num_rows for file in files)


def stages_of(snapshot: Path) -> dict[str, float]:
    """Seconds per stage as the manifest has them; empty if it has none."""
    manifest = snapshot / "manifest.json"
    if not manifest.exists():
        return {}
    stages = json.loads(manifest.read_text()).get("stages", {})
    return {name: float(value) for name, value in stages.items() if isinstance(value, int | float)}


def folder_bytes(folder: Path) -> int:
    """Bytes of all the files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def run_size(n: int, folder: Path, options) -> dict:
    """Generate ``n`` articles, run the job on them and return the figures of the run."""
    source = folder / f"articles-{n}-{options.seed}-{options.popular}.jsonl"
    if not source.exists():
        print(f"{n:,} articles: generating ...", file=sys.stderr, flush=True)
        corpus.write_articles(source, n, options.seed, options.popular)
    out = folder / f"out-{n}"
    shutil.rmtree(out, ignore_errors=True)
    command = [*shlex.split(options.command), "run", str(source), "--out", str(out), "--no-flow"]
    if options.config:
        command += ["--config", str(options.config)]
    print(f"{n:,} articles: running ...", file=sys.stderr, flush=True)
    run = measure.run(command, limit=options.limit, log=folder / f"log-{n}.txt")
    snapshot = out / "latest"
    figures = {
        "n": n,
        "input_bytes": source.stat().st_size,
        "wall": run.wall,
        "cpu": run.cpu,
        "peak": run.peak,
        "seconds_per_article": run.wall / n,
        "cpu_per_article": run.cpu / n,
        "articles": rows_of(snapshot, "articles"),
        "matches": rows_of(snapshot, "matches"),
        "output_bytes": folder_bytes(snapshot.resolve()) if snapshot.exists() else 0,
        "store_bytes": folder_bytes(out / "store"),
        "stages": stages_of(snapshot),
    }
    if run.status != 0:
        ended = "stopped at the time limit" if run.status is None else f"exit status {run.status}"
        figures["error"] = f"{ended}: {run.output.splitlines()[-1] if run.output else ''}"
    if not options.keep:
        source.unlink()
        shutil.rmtree(out, ignore_errors=True)
    return figures


def size_table(results: list[dict]) -> str:
    """One row a size; the ratios are against the smallest size that ran."""
    base = results[0]
    head = ["articles", "MB", "wall s", "cpu s", "peak MiB", "ms/article", "x first", "cpu x first"]
    head += ["matches", "per article", "output MB"]
    rows = [
        [
            f"{run['n']:,}",
            f"{run['input_bytes'] / 1e6:.0f}",
            seconds(run["wall"]),
            seconds(run["cpu"]),
            f"{run['peak'] / MEBIBYTE:.0f}",
            f"{1000 * run['seconds_per_article']:.3f}",
            f"{run['seconds_per_article'] / base['seconds_per_article']:.2f}",
            f"{run['cpu_per_article'] / base['cpu_per_article']:.2f}" if base["cpu"] else "-",
            "-" if run["matches"] is None else f"{run['matches']:,}",
            "-" if run["matches"] is None else f"{run['matches'] / run['n']:.2f}",
            f"{run['output_bytes'] / 1e6:.0f}",
        ]
        for run in results
    ]
    return table(head, rows)


def stage_table(results: list[dict]) -> str:
    """Microseconds an article for each stage and size, and how they grew from first to last."""
    names = list(dict.fromkeys(name for run in results for name in run["stages"]))
    rows = []
    for name in names:
        costs = [run["stages"][name] / run["n"] * 1e6 if name in run["stages"] else None for run in results]
        grew = costs[-1] / costs[0] if costs[0] and costs[-1] is not None else None
        cells = ["-" if cost is None else f"{cost:.1f}" for cost in costs]
        rows.append([name, *cells, "-" if grew is None else f"{grew:.2f}"])
    head = ["stage, microseconds an article", *(f"{run['n']:,}" for run in results), "last / first"]
    return table(head, rows)


def promises(results: list[dict]) -> list[list[str]]:
    """The project's bounds on growth and memory beside what was measured."""
    by_size = {run["n"]: run for run in results}
    rows = []
    costs = [run["seconds_per_article"] for run in results]
    if len(costs) > 1:
        # Against the cheapest smaller size: the start of the program must not hide growth.
        grew = max(cost / min(costs[:i]) for i, cost in enumerate(costs) if i)
        name = "seconds an article, against the cheapest smaller size"
        rows.append([name, "1.3", f"{grew:.2f}", grew <= 1.3])
    if 100_000 in by_size:
        wall = by_size[100_000]["wall"]
        rows.append(["100,000 articles, seconds (aim 90)", "300", seconds(wall), wall <= 300])
    if 1_000_000 in by_size:
        peak = by_size[1_000_000]["peak"]
        rows.append(["1,000,000 articles, peak GiB", "4", f"{peak / GIBIBYTE:.2f}", peak <= 4 * GIBIBYTE])
        if 100_000 in by_size:
            ratio = peak / by_size[100_000]["peak"]
            rows.append(["peak at 1,000,000 / at 100,000", "1.5", f"{ratio:.2f}", ratio <= 1.5])
    return [[*row[:3], "kept" if row[3] else "broken"] for row in rows]


def main(arguments: list[str] | None = None) -> int:
    """Run every size, print the tables, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10000,100000,1000000", help="articles, with commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--popular", type=int, default=0, help="outlets that carry one dispatch")
    parser.add_argument("--folder", type=Path, help="for corpora and output; default temporary")
    parser.add_argument("--keep", action="store_true", help="keep corpora and output")
    parser.add_argument("--command", default=default_command(), help="how to start dedup")
    parser.add_argument("--config", type=Path, help="passed on to dedup run")
    parser.add_argument("--limit", type=float, default=7200, help="seconds a run may take")
    parser.add_argument("--json", type=Path, help="write the whole record here")
    options = parser.parse_args(arguments)
    sizes = sorted({int(size) for size in options.sizes.split(",")})
    if options.keep and not options.folder:
        parser.error("--keep needs --folder")

    folder = options.folder or Path(tempfile.mkdtemp(prefix="dedup-growth-"))
    folder.mkdir(parents=True, exist_ok=True)
    results: list[dict] = []
    try:
        # Once without a clock, so that no size pays for the first compilation.
        run_size(WARM_ARTICLES, folder, options)
        for n in sizes:
            run = run_size(n, folder, options)
            results.append(run)
            if "error" in run:
                print(f"{n:,} articles: {run['error']}", file=sys.stderr)
                break
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)

    good = [run for run in results if "error" not in run]
    kept = promises(good)
    if good:
        print(size_table(good) + "\n")
        if any(run["stages"] for run in good):
            print(stage_table(good) + "\n")
        if kept:
            print(table(["promise", "bound", "got", "verdict"], kept) + "\n")
    if options.json:
        record = {
            "made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "settings": {
                "seed": options.seed,
                "popular": options.popular,
                "cores": os.cpu_count(),
                "machine": platform.machine(),
                "system": platform.system(),
                "python": platform.python_version(),
            },
            "results": results,
            "promises": kept,
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record, indent=1))
    return 0 if len(good) == len(sizes) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Records of the benchmarks -> docs/benchmarks: the tables as they were printed, and two plots.

    python benchmarks/environments.py figures        # once: matplotlib
    python benchmarks/figures.py peers.json growth.json stages.json

A record is what ``peers.py``, ``growth.py``, ``arrivals.py`` or ``stages.py`` wrote with ``--json``; which of them it
is, its keys tell. What was special about a run can be added to its record as ``notes``, a list of lines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import arrivals
import environments
import growth
import peers
import stages

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs" / "benchmarks"

DRAW = """
import json, sys
import matplotlib
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "dedup"
import matplotlib.pyplot as plt

kind, names, values, label, path = json.load(sys.stdin)
figure, axes = plt.subplots(figsize=(7, 0.45 * len(names) + 1.1) if kind == "bars" else (6, 3.6))
if kind == "bars":
    colours = ["#1f6f8b" if name == "ours" else "#b9c4c9" for name in names[::-1]]
    bars = axes.barh(names[::-1], values[::-1], color=colours)
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.set_xscale("log")
    axes.margins(x=0.15)
else:
    axes.plot(names, values, marker="o", color="#1f6f8b")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("articles")
(axes.set_xlabel if kind == "bars" else axes.set_ylabel)(label)
for side in ("top", "right"):
    axes.spines[side].set_visible(False)
figure.tight_layout()
figure.savefig(path, metadata={"Date": None})
"""


def draw(kind: str, names: list, values: list[float], label: str, name: str) -> str:
    """Draw bars or a line into ``docs/benchmarks`` -> the line that shows it."""
    DOCS.mkdir(parents=True, exist_ok=True)
    picture = json.dumps([kind, names, values, label, str(DOCS / name)])
    subprocess.run([environments.python_of("figures"), "-c", DRAW], input=picture, text=True, check=True)
    return f"![{label}]({name})"


def of_peers(record: dict) -> list[str]:
    """Tables and bars of a record of ``peers.py``."""
    lines: list[str] = []
    peers.report(record, lines.append)
    walls = {name: run["wall"] for name, run in record["results"]["pairs"].items() if "wall" in run}
    names = sorted(walls, key=walls.get)
    size = record["settings"]["n"]
    label = f"seconds for {size:,} paragraphs, Parquet to clusters"
    return [draw("bars", names, [walls[name] for name in names], label, f"peers-{size}.svg"), "", *lines]


def of_growth(record: dict) -> list[str]:
    """Tables and line of a record of ``growth.py``."""
    good = [run for run in record["results"] if "error" not in run]
    cost = [1000 * run["seconds_per_article"] for run in good]
    return [
        draw("line", [run["n"] for run in good], cost, "milliseconds an article", "growth.svg"),
        "",
        growth.size_table(good),
        "",
        growth.stage_table(good),
        "",
        peers.table(["promise", "bound", "got", "verdict"], record["promises"]),
        *(f"{run['n']:,} articles: {run['error']}" for run in record["results"] if "error" in run),
    ]


def of_arrivals(record: dict) -> list[str]:
    """Table of a record of ``arrivals.py``."""
    lines: list[str] = []
    arrivals.report(record, lines.append)
    return lines


def of_stages(record: dict) -> list[str]:
    """Table of a record of ``stages.py``."""
    lines: list[str] = []
    stages.report(record, lines.append)
    return lines


KINDS = (
    ("ratios", "Against other libraries", "peers.py", of_peers),
    ("promises", "Growth", "growth.py", of_growth),
    ("known", "A day's new articles", "arrivals.py", of_arrivals),
    ("", "Stages", "stages.py", of_stages),
)
"""A key that a record of this kind has and later ones lack, its title, its program and its page."""


def main() -> None:
    """Write docs/benchmarks/index.md from the records given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="+", type=Path)
    page = [
        "# Benchmarks",
        "",
        "What each program measures, and how: `benchmarks/README.md`. The tables are as the programs printed them;",
        "times are of a shared machine with two cores, so ratios inside one table say more than seconds.",
        "",
    ]
    for path in parser.parse_args().records:
        record = json.loads(path.read_text())
        _, title, program, make = next(kind for kind in KINDS if kind[0] in ("", *record))
        when = f", {record['made_at'][:10]}" if "made_at" in record else ""
        page += [f"## {title}", "", f"`benchmarks/{program}`{when}", "", *record.get("notes", ()), *make(record), ""]
    DOCS.mkdir(parents=True, exist_ok=True)
    (DOCS / "index.md").write_text("\n".join(page), "utf-8")
    print(DOCS / "index.md")


if __name__ == "__main__":
    sys.exit(main())

"""passim beside dedup on the same articles: processor time, memory, and the share of known pairs that each finds.

    python benchmarks/passim.py articles.jsonl
    python benchmarks/passim.py articles.jsonl --pairs reference_pairs.jsonl --least 0.35 --out passim-and-dedup/

Needs the command ``passim`` (https://github.com/dasmiq/passim, with Java and Spark); without it the script says how to
get it and stops. passim runs with its documented settings, each outlet a series. ``--pairs`` names pairs that are known
to share text: JSON lines with ``a``, ``b``, ``cov_a``, ``cov_b`` (share of each text that stands in the other);
those of two outlets with ``--least`` of one of them count. passim has found a pair when one of its clusters
holds both articles,
dedup when ``matches`` has a row of them. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import measure
import pyarrow.dataset as dataset

MISSING = """passim is not here. To get it:

    install Java (a JDK that Spark supports) and put `java` on the PATH
    pip install git+https://github.com/dasmiq/passim     (the `passim` of PyPI is another program)
    passim --help

Then run this script again; figures measured before are in docs/compare.md."""

LARGEST_CLUSTER = 1_000
"""Passages of the largest cluster whose pairs are listed; a larger one is a formula that stands everywhere."""

Pairs = set[tuple[str, str]]


def articles_for_passim(source: Path, target: Path) -> int:
    """Write what passim reads (id, series, text, date) of JSON lines as dedup reads them; how many articles."""
    count = 0
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in filter(str.strip, lines):
            row = json.loads(line)
            text = row.get("text") or row.get("body")
            if not text:
                continue
            known = {
                "id": str(row.get("id") or row.get("doc_id")),
                "series": row.get("outlet") or row.get("series") or "unknown",
                "date": (row.get("published_at") or row.get("date") or "")[:10],
                "text": text,
            }
            out.write(json.dumps(known, ensure_ascii=False) + "\n")
            count += 1
    return count


def pairs_of_clusters(rows: Iterable[dict[str, Any]]) -> Pairs:
    """Pairs of articles that one of passim's clusters holds."""
    clusters: dict[Any, set[str]] = {}
    for row in rows:
        clusters.setdefault(row["cluster"], set()).add(str(row["id"]))
    small = (members for members in clusters.values() if len(members) <= LARGEST_CLUSTER)
    return {pair for members in small for pair in combinations(sorted(members), 2)}


def known_pairs(lines: Iterable[str], least: float) -> Pairs:
    """Pairs of two outlets' articles of which one shares at least this much of its text."""
    rows = map(json.loads, filter(str.strip, lines))
    return {
        (min(row["a"], row["b"]), max(row["a"], row["b"]))
        for row in rows
        if max(row["cov_a"], row["cov_b"]) >= least and row.get("cross_outlet", True)
    }


def _passim(command: str, source: Path, folder: Path) -> tuple[measure.Measured, Pairs]:
    given, out = folder / "articles.json", folder / "passim"
    articles_for_passim(source, given)
    measured = measure.run([command, str(given), str(out)], log=folder / "passim.log")
    files = sorted((out / "out.json").glob("*.json"))
    return measured, pairs_of_clusters(json.loads(line) for file in files for line in file.open(encoding="utf-8"))


def _dedup(source: Path, folder: Path) -> tuple[measure.Measured, Pairs]:
    out = folder / "dedup"
    command = [sys.executable, "-m", "dedup", "run", str(source), "--out", str(out), "--no-flow"]
    measured = measure.run(command, log=folder / "dedup.log")
    if measured.status != 0:
        return measured, set()
    latest = out / "latest"
    table = latest / "matches.parquet" if (latest / "matches.parquet").exists() else latest / "matches"
    columns = dataset.dataset(table).to_table(columns=["left_article_id", "right_article_id"])
    rows = zip(*(column.to_pylist() for column in columns.columns), strict=True)
    return measured, {(min(pair), max(pair)) for pair in rows}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("articles", type=Path, help="JSON lines with id, outlet, published_at and text")
    parser.add_argument("--pairs", type=Path, help="JSON lines of pairs that are known to share text")
    parser.add_argument("--least", type=float, default=0.35, help="share of one text that a known pair has in common")
    parser.add_argument("--out", type=Path, help="folder for what both write; else one that goes again")
    given = parser.parse_args(arguments)
    command = shutil.which("passim")
    if command is None:
        print(MISSING, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        known = known_pairs(given.pairs.open(encoding="utf-8"), given.least) if given.pairs else set()
        result = {}
        for name, (measured, found) in {
            "passim": _passim(command, given.articles, folder),
            "dedup": _dedup(given.articles, folder),
        }.items():
            result[name] = {**measured.as_dict(), "pairs": len(found)}
            if known:
                result[name]["known_pairs_found"] = round(len(known & found) / len(known), 4)
        print(json.dumps({"articles": str(given.articles), "known_pairs": len(known), **result}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

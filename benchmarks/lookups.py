"""How long ``dedup check`` takes beside 20,000 and 200,000 articles: the whole command, its start included.

    python benchmarks/lookups.py                        # 20,000 generated articles, and their parts ten times
    python benchmarks/lookups.py --store OUT --copies 1 10 --texts 5

The larger store is the smaller one with every part of articles named several times (hard links, the snapshot as it is):
what a look-up reads grows as with other articles, but every text is found that many times more often. Wall and CPU
seconds are those of a process, the median and the least of ``--repeat``; the index is made before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import corpus
from increments import HERE, child, linked
from peers import table


def multiplied(store: Path, target: Path, copies: int) -> Path:
    """A copy of an output folder in which every part of the articles stands ``copies`` times."""
    linked(store, target)
    manifest = target / "store" / "manifest.json"
    state = json.loads(manifest.read_text("utf-8"))
    run = next(iter(state["articles"])).split("-")[1]
    for kind in ("articles", "derived"):
        for name, size in list(state[kind].items()):
            if name.split("-")[0] not in ("articles", "hashes", "paragraphs"):
                continue
            for copy in range(1, copies):
                named = name.replace(run, f"{run}x{copy:02d}")
                os.link(target / "store" / name, target / "store" / named)
                state[kind][named] = size
                state["digests"][named], state["stamps"][named] = state["digests"][name], state["stamps"][name]
    manifest.unlink()  # a hard link: the other folder keeps its own
    manifest.write_text(json.dumps(state), "utf-8")
    return target


def one_check(out: Path, text: Path) -> dict:
    """One process of ``dedup check`` -> its seconds and how many articles it met and compared."""
    before, begun = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "dedup", "check", str(text), "--out", str(out), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(HERE.parent)})
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise SystemExit(done.stderr)
    used = after.children_user - before.children_user + after.children_system - before.children_system
    answer = json.loads(done.stdout)
    return {"wall": wall, "cpu": used, "met": answer["n_candidates"], "compared": answer["n_aligned"]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, help="an output folder; else one of 20,000 generated articles is made")
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--copies", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--texts", type=int, default=3, help="texts that are looked up: the last ones of the articles")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.store and given.store.parent) as name:
        folder = Path(name)
        articles = folder / "articles.jsonl"
        corpus.write_articles(articles, given.articles, 1, per_day=2_000)
        store = given.store or folder / "store"
        if given.store is None:
            child(articles, store)
        with articles.open(encoding="utf-8") as lines:
            chosen = [json.loads(line) for line in islice(lines, given.articles - given.texts, None)]
        rows = []
        for copies in given.copies:
            out = multiplied(store, folder / f"copies-{copies}", copies)
            for number, article in enumerate(chosen):
                text = folder / f"{number}.txt"
                text.write_text(article.get("text") or article["body"], "utf-8")
                runs = [one_check(out, text) for _ in range(given.repeat + 1)][1:]  # the first makes the index
                row = {"articles": given.articles * copies, "words": len(text.read_text("utf-8").split()), **runs[0]}
                for name_ in ("wall", "cpu"):
                    row[name_] = round(statistics.median(run[name_] for run in runs), 2)
                    row[f"least_{name_}"] = round(min(run[name_] for run in runs), 2)
                rows.append(row)
            shutil.rmtree(out)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    print(table(list(rows[0]), [list(map(str, row.values())) for row in rows]))


if __name__ == "__main__":
    main()

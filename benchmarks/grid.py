"""Windows, shingles and bands compared on labelled articles: the table that chose the defaults in ``docs/method.md``.

For each setting: candidate pairs an article, the share of the labelled copied passages whose two articles become
candidates, the share of the article pairs that brute force finds (16 words with half of their 3-word shingles in
common), the same for article pairs of the reference list by shared text, and the seconds of signing and joining.

    python benchmarks/grid.py ARTICLES.jsonl --labels DIR [--reference FILE] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.config import Config
from dedup.evaluation import baselines
from dedup.evaluation.scoreboard import article_facts, same_outlet
from dedup.intake import ingest
from dedup.pipeline import compare
from dedup.text import segment

SETTINGS: tuple[dict[str, object], ...] = (
    *(
        {"window_words": size, "window_step": max(4, size // 4), "bands": 42, "rows": 3, "min_bands": least}
        for size in (16, 24, 32, 40)
        for least in (1, 2)
    ),
    *(
        {"window_words": size, "window_step": size // 2, "bands": 42, "rows": 3, "min_bands": 1}
        for size in (16, 24, 32)
    ),
    *(
        {"window_words": 24, "window_step": 8, "bands": bands, "rows": rows, "min_bands": least}
        for bands, rows, least in ((64, 2, 1), (64, 2, 3), (32, 4, 1), (25, 5, 1), (16, 8, 1), (42, 3, 1))
    ),
    *(
        {"window_words": 24, "window_step": 6, "shingle_size": size, "bands": 42, "rows": 3, "min_bands": 1}
        for size in (2, 4)
    ),
    {"window_words": 24, "window_step": 6, "fold_accents": False, "bands": 42, "rows": 3, "min_bands": 1},
    {"window_words": 16, "window_step": 8, "bands": 42, "rows": 3, "min_bands": 2},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--labels", type=Path, help="folder with passage_pairs.jsonl")
    parser.add_argument("--reference", type=Path, help="reference_pairs.jsonl (cov_a, cov_b, cross_outlet)")
    parser.add_argument("--sample", type=int, default=200, help="articles compared by brute force")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()

    articles = pa.concat_tables([table for table, _ in ingest.read([given.articles])])
    paragraphs = segment.segment(articles)
    rows = {article_id: row for row, article_id in enumerate(articles["article_id"].to_pylist())}
    truths = {"brute force": _brute_force(articles, paragraphs, rows, given.sample)}
    if given.labels:
        truths["labelled passages"] = _labelled(given.labels / "passage_pairs.jsonl", rows)
    if given.reference:
        truths |= _reference(given.reference, rows)
    results = []
    for setting in SETTINGS:
        config = Config(**{"window_days": 4000, **setting})
        started = time.perf_counter()
        pairs = compare.candidates(articles, paragraphs, config)
        seconds = time.perf_counter() - started
        found = set(((pairs["left"].to_numpy().astype(np.int64) << 32) | pairs["right"].to_numpy()).tolist())
        results.append(
            {
                "setting": setting,
                "candidates an article": round(len(found) / len(rows), 1),
                **{name: round(len(truth & found) / len(truth), 4) for name, truth in truths.items()},
                "seconds": round(seconds, 2),
            }
        )
        if len(results) == 1:
            print("| setting | " + " | ".join(list(results[0])[1:]) + " |\n|" + "---|" * len(results[0]), flush=True)
        name = ", ".join(f"{key} {value}" for key, value in setting.items())
        print(f"| {name} | " + " | ".join(str(value) for value in list(results[-1].values())[1:]) + " |", flush=True)
    print({name: len(truth) for name, truth in truths.items()})
    if given.json:
        given.json.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _key(rows: dict[str, int], left: str, right: str) -> int:
    low, high = sorted((rows[left], rows[right]))
    return low << 32 | high


def _brute_force(articles: pa.Table, paragraphs: pa.Table, rows: dict[str, int], sample: int) -> set[int]:
    texts: dict[str, list[str]] = {}
    columns = (paragraphs[name].to_pylist() for name in ("article_id", "role", "text"))
    for article, role, text in zip(*columns, strict=True):
        if role not in schemas.SET_APART:
            texts.setdefault(article, []).append(text)
    joined = {article: "\n".join(parts) for article, parts in texts.items()}
    facts = article_facts(articles)
    return {
        _key(rows, left, right)
        for left, right in baselines.sharing_pairs(joined, baselines.sample_ids(texts, sample), 16, 3, 0.5)
        if not same_outlet(facts[left]["outlet"], facts[right]["outlet"])
    }


def _labelled(path: Path, rows: dict[str, int]) -> set[int]:
    labels = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {_key(rows, row["doc_a"], row["doc_b"]) for row in labels if row["label"] in ("derived", "background")}


def _reference(path: Path, rows: dict[str, int]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"shared 0.1-0.2": set(), "shared 0.2-0.35": set(), "shared 0.35-1": set()}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        share = max(row["cov_a"], row["cov_b"])
        if row["cross_outlet"] and share >= 0.1:
            name = "shared 0.1-0.2" if share < 0.2 else "shared 0.2-0.35" if share < 0.35 else "shared 0.35-1"
            found[name].add(_key(rows, row["a"], row["b"]))
    return found


if __name__ == "__main__":
    main()

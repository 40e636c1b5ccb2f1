"""Corpora of news -> ``formulas.csv``: the runs of four words that stand in unrelated texts.

Two corpora are unrelated when they tell of other countries, years or subjects: a run that stands in
LEAST_TWICE articles of both belongs to the language, not to an event. Inside one corpus of many subjects a run
does too that stands in LEAST_ARTICLES of its articles. Only hashes are written. Run by hand, when the table is made
anew:

    python -m dedup.evaluation.formulas OUT.csv CORPUS [CORPUS ...]

Each corpus is the folder of a snapshot; the first may hold one subject, the last is counted for itself too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup.arrays import readable
from dedup.config import Config
from dedup.kernels.weights import hash_runs
from dedup.store.snapshot import Snapshot
from dedup.text.words import words_of

LEAST_ARTICLES = 5
"""Articles of a corpus of many subjects in which a run must stand to be a formula by that corpus alone."""

LEAST_TWICE = 3
"""Articles of each of two unrelated corpora in which a run must stand to be a formula by both."""


def learned(corpora: Sequence[np.ndarray], mixed: np.ndarray) -> np.ndarray:
    """The formulas of some corpora, each given as the runs of its articles, once an article: sorted, distinct."""
    both = [
        np.intersect1d(_often(one, LEAST_TWICE), _often(other, LEAST_TWICE)) for one, other in combinations(corpora, 2)
    ]
    return np.unique(np.concatenate([_often(mixed, LEAST_ARTICLES), *both]))


def _often(runs: np.ndarray, least: int) -> np.ndarray:
    """The runs that stand in so many articles."""
    distinct, counts = np.unique(runs, return_counts=True)
    return distinct[counts >= least]


def runs_of_articles(paragraphs: pa.Table) -> np.ndarray:
    """The runs of the prose of a table PARAGRAPHS, each once an article: uint32."""
    prose = paragraphs.filter(pa.array(readable(paragraphs)))
    starts, columns = words_of(prose["text"], Config())
    hashes = np.empty(len(columns[0]), np.uint32)
    hashes = hashes[: hash_runs(columns[0], starts, hashes)]
    runs = np.maximum(np.diff(starts) - 3, 0)
    articles = np.repeat(prose["article_id"].combine_chunks().dictionary_encode().indices.to_numpy(), runs)
    return (np.unique(articles.astype(np.uint64) << np.uint64(32) | hashes) & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def main(out: str, *snapshots: str) -> None:
    corpora = [runs_of_articles(Snapshot(folder).table("paragraphs")) for folder in snapshots]
    found = learned(corpora, corpora[-1])
    Path(out).write_text("run\n" + "".join(f"{run:08x}\n" for run in found.tolist()), "utf-8")
    sys.stdout.write(f"{len(found)} formulas of {len(corpora)} corpora\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A snapshot + labelled sentences -> the coefficients of ``matching.rewrites``: what makes ``rewrite_model.json``.

A logistic regression (scikit-learn) on standardised evidence, its coefficients put back into the evidence's own units.
The scores are those of leaving one story out at a time: articles that share a source, and those that a label joins, are
one story.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import readable
from dedup.config import Config
from dedup.evaluation import measures
from dedup.evaluation.labels import LabelsError
from dedup.evaluation.train import STORY_SHARE, versions
from dedup.kernels.alignment import Texts
from dedup.kernels.likeness import LIKENESS
from dedup.kernels.rewrites import Covers, Sentences
from dedup.matching import align, rewrites
from dedup.store.snapshot import Snapshot
from dedup.text import words

LABELS = "rewrites.jsonl"
"""File of labelled pairs of sentences: doc, par, start and end of ``_a`` and ``_b``, and a label."""

REWORDED = "reworded"
"""The label of a rewording; every other one says that two sentences are none."""

STRENGTH = 0.1
"""Inverse of the regularisation (scikit-learn's C), on standardised evidence; from 0.03 to 0.3 the scores are alike."""

PRECISION = 0.85
"""Precision at which recall is reported."""


HELD_BACK = {"before": 0.5, "after": 0.5, "share": 0.5}
"""Evidence whose standardised values are multiplied by this, so that its weights are regularised more: labels were
drawn among sentences that are alike, and of those that are no rewordings hardly one stands beside a match."""


class Examples(NamedTuple):
    """Labelled pairs of sentences."""

    values: np.ndarray
    """(pairs, len(LIKENESS)) float64."""
    truth: np.ndarray
    """(pairs,) bool."""
    story: np.ndarray
    """(pairs,) int64."""


def train(out: Path, labels: Path, date: str, write: Path | None = None) -> dict[str, Any]:
    """Fit the regression on the labelled sentences whose articles are in the newest snapshot of ``out``.

    Returns the content of the model file, and writes it when asked: coefficients and a report.
    """
    rows = [json.loads(line) for line in (Path(labels) / LABELS).read_text("utf-8").splitlines() if line.strip()]
    snapshot = Snapshot.newest(out)
    known = corpus(snapshot, {row[f"doc_{side}"] for row in rows for side in "ab"})
    rows = [row for row in rows if row["doc_a"] in known.article and row["doc_b"] in known.article]
    found = examples(snapshot, known, rows)
    if min(found.truth.sum(), (~found.truth).sum()) < 2 or len(set(found.story.tolist())) < 2:
        raise LabelsError(f"{labels}: {LABELS} needs rewordings and others of two stories that are in the run")
    intercept, weights = fit(found.values, found.truth)
    stored = {
        "intercept": round(intercept, 4),
        "weights": {name: round(float(value), 4) for name, value in zip(LIKENESS, weights, strict=True)},
        "report": {"date": date, "versions": versions(), **report(found)},
    }
    if write is not None:
        Path(write).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return stored


class Corpus(NamedTuple):
    """The articles of a snapshot that labels name, ready to be aligned."""

    texts: Texts
    spoken: Sentences
    article: dict[str, int]
    """Number of each article in ``texts``."""
    firsts: np.ndarray
    """(articles,) int64, first paragraph of each."""
    config: Config


def corpus(snapshot: Snapshot, names: set[str]) -> Corpus:
    """The articles of these ids, as far as the snapshot holds them."""
    config = Config.model_validate(snapshot.manifest.get("config") or {})
    paragraphs = snapshot.table("paragraphs", ["article_id", "paragraph", "role", "lang", "text"])
    paragraphs = paragraphs.filter(pc.is_in(paragraphs["article_id"], pa.array(sorted(names)))).combine_chunks()
    ids = paragraphs["article_id"].to_pylist()
    firsts = np.array([row for row in range(len(ids)) if row == 0 or ids[row] != ids[row - 1]], np.int64)
    texts = align.texts(words.read_words(paragraphs, config), np.append(firsts, len(ids)), readable(paragraphs), config)
    article = {ids[first]: number for number, first in enumerate(firsts.tolist())}
    return Corpus(texts, rewrites.sentences(texts, config), article, firsts, config)


def examples(snapshot: Snapshot, known: Corpus, rows: list[dict[str, Any]]) -> Examples:
    """What is known of each labelled pair."""
    spans = np.array(
        [
            (
                0,
                *(known.article[row[f"doc_{side}"]] for side in "ab"),
                *(end for side in "ab" for end in _span(known, row, side)),
            )
            for row in rows
        ],
        np.int64,
    ).reshape(-1, 7)
    pairs, pair = np.unique(spans[:, 1:3], axis=0, return_inverse=True)
    spans[:, 0] = pair.ravel()
    values = rewrites.likeness(spans, known.texts, known.spoken, _covers(known, pairs), known.config)
    truth = np.array([row["label"] == REWORDED for row in rows], bool)
    return Examples(values, truth, _stories(snapshot, rows))


def _covers(known: Corpus, pairs: np.ndarray) -> Covers:
    """What the pairs (pairs, 2) have aligned."""
    lefts, rights = (np.ascontiguousarray(side) for side in pairs.T)
    return rewrites.covers_of(lefts, rights, align.align(lefts, rights, known.texts, known.config), known.texts)


def _span(known: Corpus, row: dict[str, Any], side: str) -> tuple[int, int]:
    """First and one past the last word of a labelled span."""
    texts = known.texts
    paragraph = known.firsts[known.article[row[f"doc_{side}"]]] + row[f"par_{side}"]
    low, high = texts.paragraph_starts[paragraph], texts.paragraph_starts[paragraph + 1]
    begin = low + np.searchsorted(texts.ends[low:high], row[f"start_{side}"], "right")
    end = low + np.searchsorted(texts.begins[low:high], row[f"end_{side}"])
    return int(begin), int(max(end, begin + 1))


def _stories(snapshot: Snapshot, rows: list[dict[str, Any]]) -> np.ndarray:
    """(rows,) number of each one's story."""
    links = [(row["doc_a"], row["doc_b"]) for row in rows]
    table = snapshot.table("article_provenance", ["article_id", "best_source", "best_source_share"])
    for name, source, share in zip(*(column.to_pylist() for column in table.columns), strict=True):
        if source is not None and share >= STORY_SHARE:
            links.append((name, source))
    number = {name: place for place, name in enumerate(sorted({name for link in links for name in link}))}
    found = measures.components(len(number), [(number[left], number[right]) for left, right in links])
    return np.array([found[number[row["doc_a"]]] for row in rows], np.int64)


def fit(values: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Intercept and weights, in the units of the evidence."""
    from sklearn.linear_model import LogisticRegression

    middle, width = values.mean(axis=0), values.std(axis=0)
    width = np.where(width > 0, width, np.inf) / [HELD_BACK.get(name, 1.0) for name in LIKENESS]
    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit((values - middle) / width, truth)
    weights = model.coef_[0] / width
    return float(model.intercept_[0] - weights @ middle), weights


def report(found: Examples) -> dict[str, Any]:
    """Scores with one story left out at a time."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    p = np.empty(len(found.truth))
    for story in np.unique(found.story):
        here = found.story == story
        intercept, weights = fit(found.values[~here], found.truth[~here])
        p[here] = 1 / (1 + np.exp(-intercept - found.values[here] @ weights))
    precision, recall, _ = precision_recall_curve(found.truth, p)
    scores = measures.probability_scores(found.truth.tolist(), p.tolist())
    scores.pop("bins", None)
    return {
        "validation": "one story left out at a time",
        "pairs": len(found.truth),
        "reworded": int(found.truth.sum()),
        "stories": len(np.unique(found.story)),
        "average_precision": round(float(average_precision_score(found.truth, p)), 3),
        "recall_at_precision_0.85": round(float(recall[precision >= PRECISION].max()), 3),
        **{name: round(float(value), 3) for name, value in scores.items()},
    }

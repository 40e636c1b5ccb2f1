"""A snapshot and labelled articles -> the coefficients of ``evidence``: what ``dedup train`` does.

Multinomial logistic regression (scikit-learn) on standardised evidence; the coefficients are put back into the
evidence's own units, so that they can be read. The scores are those of ten-fold cross-validation, never of the
articles a fold was fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedup import evidence, storage
from dedup.labels import load_labels

FOLDS, REPEATS = 10, 5
"""Cross-validation: folds, and shuffles of them."""

STRENGTH = 3.0
"""Inverse of the regularisation (scikit-learn's C), on standardised evidence."""


def train(out: Path, labels: Path | Sequence[Path], write: Path | None = evidence.MODEL_FILE) -> dict[str, Any]:
    """Fit the classes of articles (wholly, partially, non) on the labelled articles of a snapshot.

    Returns the new content of the model file: the cluster part as it was, the article part, and a report with the
    cross-validated macro-F1, the mean absolute error of the expected share and the number of articles of each class.
    """
    from sklearn.metrics import f1_score

    known = load_labels(labels).articles
    table = storage.read_table(storage.latest(out) / "agency_evidence.parquet")
    wires = storage.read_table(storage.latest(out) / "article_provenance.parquet", ["article_id", "is_wire"])
    dispatches = {row["article_id"] for row in wires.to_pylist() if row["is_wire"]}
    ids = [name for name in table["article_id"].to_pylist() if name in known and name not in dispatches]
    if len(ids) < 2 * FOLDS:
        raise ValueError(f"{len(ids)} labelled articles are in the snapshot; at least {2 * FOLDS} are needed")
    rows = {name: row for row, name in enumerate(table["article_id"].to_pylist())}
    values = np.stack([table[name].to_numpy() for name in evidence.ARTICLE_EVIDENCE], axis=1).astype(float)
    values = values[[rows[name] for name in ids]]
    agency = table["agency_passages"].to_numpy()[[rows[name] for name in ids]]
    truth = np.array([known[name]["derivation"] for name in ids])
    share = np.array([np.nan if known[name]["share"] is None else known[name]["share"] for name in ids])

    generator = np.random.RandomState(0)
    scores, errors = [], []
    for _ in range(REPEATS):
        order = generator.permutation(len(ids))
        p = np.empty((len(ids), len(evidence.CLASSES)))
        for fold in range(FOLDS):
            test = order[fold::FOLDS]
            rest = np.setdiff1d(order, test)
            p[test] = evidence.class_probabilities(values[test], fit(values[rest], truth[rest]))
        guessed = np.array(evidence.CLASSES)[p.argmax(axis=1)]
        scores.append(f1_score(truth, guessed, average=None, labels=list(evidence.CLASSES)))
        errors.append(np.nanmean(np.abs(evidence.expected_share(agency, p) - share)))
    weights = fit(values, truth)
    by_class = np.mean(scores, axis=0)
    stored = json.loads(evidence.MODEL_FILE.read_text("utf-8"))
    stored["article"] = {
        kind: {
            "intercept": round(float(line[0]), 4),
            "weights": {name: round(float(value), 4) for name, value in zip(evidence.ARTICLE_EVIDENCE, line[1:], strict=True)},
        }
        for kind, line in zip(evidence.CLASSES, weights, strict=True)
    }
    stored["report"] = {
        "articles": {kind: int((truth == kind).sum()) for kind in evidence.CLASSES},
        "cross_validation": f"{FOLDS} folds, {REPEATS} shuffles",
        "macro_f1": round(float(by_class.mean()), 3),
        "f1": {kind: round(float(value), 3) for kind, value in zip(evidence.CLASSES, by_class, strict=True)},
        "share_absolute_error": round(float(np.mean(errors)), 3),
    }
    if write is not None:
        Path(write).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return stored


def fit(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Weights (len(CLASSES), 1 + columns), intercepts first, in the units of the evidence.

    A column that never varies gets weight 0.
    """
    from sklearn.linear_model import LogisticRegression

    middle, width = values.mean(axis=0), values.std(axis=0)
    width = np.where(width > 1e-9, width, np.inf)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5000).fit((values - middle) / width, truth)
    order = [list(model.classes_).index(kind) for kind in evidence.CLASSES]
    slopes = model.coef_[order] / width
    return np.column_stack([model.intercept_[order] - slopes @ middle, slopes])

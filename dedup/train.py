"""Snapshots and labelled articles -> the coefficients of ``evidence``: the function behind the shipped model.

Multinomial logistic regression (scikit-learn) on standardised evidence; the coefficients are put back into the
evidence's own units, so that they can be read. The scores are those of ten-fold cross-validation, never of the
articles a fold was fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dedup import evidence, storage
from dedup.labels import load_labels

FOLDS, REPEATS = 10, 5
"""Cross-validation: folds, and shuffles of them."""

STRENGTH = 1.0
"""Inverse of the regularisation (scikit-learn's C), on standardised evidence."""


def train(
    outs: Sequence[Path], labels: Path | Sequence[Path], write: Path | None = evidence.MODEL_FILE
) -> dict[str, Any]:
    """Fit the classes of articles (wholly, partially, non) on the labelled articles of one or several snapshots.

    With one snapshot of all articles and one of the same articles without the dispatches, the model learns to do
    without them. An article stands on one side of every fold, in all snapshots. Returns the new content of the model
    file: the cluster part as it was, the article part, and a report of cross-validated scores for each snapshot.
    """
    from sklearn.metrics import f1_score

    known = load_labels(labels).articles
    sets = [_labelled(Path(out), known) for out in outs]
    names = sorted(set().union(*(found.ids for found in sets)))
    if len(names) < 2 * FOLDS:
        raise ValueError(f"{len(names)} labelled articles are in the snapshots; at least {2 * FOLDS} are needed")
    generator = np.random.RandomState(0)
    reports: list[list[list[float]]] = [[] for _ in sets]
    for _ in range(REPEATS):
        fold_of = dict(zip(generator.permutation(names).tolist(), np.arange(len(names)) % FOLDS, strict=True))
        folds = [np.array([fold_of[name] for name in found.ids]) for found in sets]
        guesses = [np.empty((len(found.ids), len(evidence.CLASSES))) for found in sets]
        for fold in range(FOLDS):
            rest = [found.only(at != fold) for found, at in zip(sets, folds, strict=True)]
            weights = fit(np.concatenate([part.values for part in rest]), np.concatenate([part.truth for part in rest]))
            for found, at, guess in zip(sets, folds, guesses, strict=True):
                guess[at == fold] = evidence.class_probabilities(found.values[at == fold], weights)
        for found, guess, report in zip(sets, guesses, reports, strict=True):
            classes = np.array(evidence.CLASSES)[guess.argmax(axis=1)]
            error = np.abs(evidence.expected_share(found.agency, guess) - found.share)
            report.append([
                f1_score(found.truth, classes, average="macro"), np.nanmean(error),
                *f1_score(found.truth, classes, average=None, labels=list(evidence.CLASSES)),
            ])
    weights = fit(np.concatenate([found.values for found in sets]), np.concatenate([found.truth for found in sets]))
    stored = json.loads(evidence.MODEL_FILE.read_text("utf-8"))
    stored["article"] = {
        kind: {
            "intercept": round(float(line[0]), 4),
            "weights": {name: round(float(value), 4) for name, value in zip(evidence.ARTICLE_EVIDENCE, line[1:], strict=True)},
        }
        for kind, line in zip(evidence.CLASSES, weights, strict=True)
    }
    measures = ("macro_f1", "share_absolute_error", *(f"f1_{kind}" for kind in evidence.CLASSES))
    stored["report"] = {
        "cross_validation": f"{FOLDS} folds, {REPEATS} shuffles",
        "class_weight": CLASS_WEIGHT,
        "snapshots": [
            {
                "dispatches": found.dispatches,
                "articles": {kind: int((found.truth == kind).sum()) for kind in evidence.CLASSES},
                **{name: round(float(value), 3) for name, value in zip(measures, np.mean(report, axis=0), strict=True)},
            }
            for found, report in zip(sets, reports, strict=True)
        ],
    }
    if write is not None:
        Path(write).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return stored


CLASS_WEIGHT = {"wholly": 1.0, "partially": 2.0, "non": 1.5}
"""Weights of the classes in the fit: the rarer ones a little up, far from balanced, so that the probabilities hold."""


class Labelled(NamedTuple):
    """The labelled articles of a snapshot."""

    ids: list[str]
    values: np.ndarray
    """(articles, len(ARTICLE_EVIDENCE)) float64."""
    agency: np.ndarray
    """(articles,) share of words in passages given to an agency."""
    truth: np.ndarray
    """(articles,) text."""
    share: np.ndarray
    """(articles,) labelled share of agency words; NaN when the label gives none."""
    dispatches: int
    """Dispatches in the snapshot."""

    def only(self, rows: np.ndarray) -> Labelled:
        """Some of the rows; ids stay."""
        return self._replace(values=self.values[rows], truth=self.truth[rows])


def _labelled(out: Path, known: dict[str, dict[str, Any]]) -> Labelled:
    latest = storage.latest(out)
    table = storage.read_table(latest / "agency_evidence.parquet")
    wire = {row["article_id"]: row["is_wire"] for row in
            storage.read_table(latest / "article_provenance.parquet", ["article_id", "is_wire"]).to_pylist()}
    names = table["article_id"].to_pylist()
    rows = [row for row, name in enumerate(names) if name in known and not wire[name]]
    ids = [names[row] for row in rows]
    values = np.stack([table[name].to_numpy() for name in evidence.ARTICLE_EVIDENCE], axis=1).astype(float)
    return Labelled(
        ids, values[rows], table["agency_passages"].to_numpy()[rows],
        np.array([known[name]["derivation"] for name in ids]),
        np.array([np.nan if known[name]["share"] is None else known[name]["share"] for name in ids]),
        sum(wire.values()),
    )


def fit(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Weights (len(CLASSES), 1 + columns), intercepts first, in the units of the evidence.

    A column that never varies gets weight 0.
    """
    from sklearn.linear_model import LogisticRegression

    middle, width = values.mean(axis=0), values.std(axis=0)
    width = np.where(width > 1e-9, width, np.inf)
    model = LogisticRegression(C=STRENGTH, class_weight=CLASS_WEIGHT, max_iter=5000).fit((values - middle) / width, truth)
    order = [list(model.classes_).index(kind) for kind in evidence.CLASSES]
    slopes = model.coef_[order] / width
    return np.column_stack([model.intercept_[order] - slopes @ middle, slopes])

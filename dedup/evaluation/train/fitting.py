"""Examples -> weights: two regressions, put back into the evidence's own units so that they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dedup import schemas
from dedup.evaluation.train.examples import Examples, joined, together
from dedup.tracing import evidence

CLUSTER_STRENGTH, ARTICLE_STRENGTH = 0.1, 3.0
"""Inverse of the regularisation (scikit-learn's C), on standardised evidence."""


CLASS_WEIGHT = {"wholly": 1.0, "partially": 1.5, "non": 1.0}
"""Weights of the classes in the fit: the rarest a little up, far from balanced, so that the probabilities hold."""


SIGNS = {
    "credited": 1,
    "told": 1,
    "owners": 1,
    "quotation": -1,
    "length": 1,
    "copied": 1,
    "spread": -1,
    "scars": 1,
    "statement": -1,
    "names": -1,
    "served": 1,
}
"""What the evidence of a cluster can only say: a weight of the other sign is noise, and is left out."""


BY_HAND = {"credit_partial": {"wholly": -1.0, "partially": 2.0, "non": -1.0}}
"""Weights of evidence that the labelled articles never show: "with the agency" says that a part is the paper's own."""


HELD_BACK = {"scars": 0.15}
"""Evidence whose standardised values are multiplied by this, so that its weights are regularised more: no labelled
article of another kind than agency copy keeps a scar, but papers that no agency serves keep some too (a time with a
capital, a place with its point of the compass). So one scar alone is no more than a hint."""


def cluster_entry(examples: Examples, others: Sequence[Examples]) -> dict[str, Any]:
    weights = fit_signed(*together(examples, others))
    return {
        "intercept": round(float(weights[0]), 4),
        "weights": _named(evidence.CLUSTER_EVIDENCE, weights[1:]),
        "typical": _named(evidence.CLUSTER_EVIDENCE, examples.values.mean(axis=0)),
    }


def article_entry(sets: Sequence[Examples], others: Sequence[Examples]) -> dict[str, Any]:
    every = joined(sets)
    weights = fit_classes(*together(every, others))
    classes = {
        kind: {"intercept": round(float(line[0]), 4), "weights": _named(evidence.ARTICLE_EVIDENCE, line[1:])}
        for kind, line in zip(schemas.DERIVATIONS, weights, strict=True)
    }
    return {
        **classes,
        "typical": _named(evidence.ARTICLE_EVIDENCE, every.values.mean(axis=0)),
        "class_weight": CLASS_WEIGHT,
        "set_by_hand": sorted(BY_HAND),
    }


def fit_signed(values: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Logistic weights (1 + columns,), intercept first, none of them against SIGNS: what is wrong is left out.

    ``weight`` (rows,) is that of each example; all weigh the same without.
    """
    from sklearn.linear_model import LogisticRegression

    signs = np.array([SIGNS[name] for name in evidence.CLUSTER_EVIDENCE])
    middle, width = _scale(values)
    scaled = (values - middle) / width
    used = np.isfinite(width)
    while True:
        model = LogisticRegression(C=CLUSTER_STRENGTH, max_iter=5000).fit(scaled[:, used], truth, weight)
        slopes = np.zeros(len(signs))
        slopes[used] = model.coef_[0]
        wrong = slopes * signs
        if (wrong >= 0).all():
            break
        used[wrong.argmin()] = False
    slopes = slopes / width
    return np.r_[model.intercept_[0] - slopes @ middle, slopes]


def fit_classes(values: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Weights (len(DERIVATIONS), 1 + columns), intercepts first, in the units of the evidence; BY_HAND put in.

    ``weight`` (rows,) is that of each example; all weigh the same without.
    """
    from sklearn.linear_model import LogisticRegression

    middle, width = _scale(values)
    width /= [HELD_BACK.get(name, 1.0) for name in evidence.ARTICLE_EVIDENCE]
    model = LogisticRegression(C=ARTICLE_STRENGTH, class_weight=CLASS_WEIGHT, max_iter=5000)
    model.fit((values - middle) / width, truth, weight)
    order = [list(model.classes_).index(kind) for kind in schemas.DERIVATIONS]
    slopes = model.coef_[order] / width
    weights = np.column_stack([model.intercept_[order] - slopes @ middle, slopes])
    for column, name in enumerate(evidence.ARTICLE_EVIDENCE, start=1):
        if name in BY_HAND and not np.isfinite(width[column - 1]):
            weights[:, column] = [BY_HAND[name][kind] for kind in schemas.DERIVATIONS]
    return weights


def _scale(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column; the deviation of one that never varies is infinite, so its weight is 0."""
    width = values.std(axis=0)
    return values.mean(axis=0), np.where(width > 1e-9, width, np.inf)


def _named(keys: dict[str, str], values: np.ndarray) -> dict[str, float]:
    return {key: round(float(value), 4) for key, value in zip(keys, values, strict=True)}

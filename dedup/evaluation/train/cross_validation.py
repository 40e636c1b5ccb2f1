"""Examples -> the report: how well models do on stories, and on corpora, that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dedup import schemas
from dedup.constants import AGENCY_SHARE
from dedup.evaluation import measures
from dedup.evaluation.train.examples import Examples, joined, rows_of, together
from dedup.evaluation.train.fitting import fit_classes, fit_signed
from dedup.tracing import evidence

FOLDS, REPEATS = 10, 5
"""Cross-validation: folds, and shuffles of them."""


def cluster_report(examples: Examples, others: Sequence[Examples]) -> dict[str, Any]:
    scores = []
    for shuffle in range(REPEATS):
        p = np.empty(len(examples.truth))
        for here in folds(examples.truth, examples.story, shuffle):
            weights = fit_signed(*together(rows_of(examples, ~here), others))
            p[here] = evidence.of_prose(examples.values[here], weights)
        scores.append(measures.probability_scores(examples.truth, p))
    return {
        "clusters": len(examples.truth),
        "of an agency": int(examples.truth.sum()),
        "stories": len(set(examples.story.tolist())),
        **_mean(scores),
    }


def article_report(sets: Sequence[Examples], number: int, others: Sequence[Examples]) -> dict[str, Any]:
    """Scores on one of the sets; the folds are fitted on all of them."""
    every, mine = joined(sets), sets[number]
    place = slice(sum(len(other.truth) for other in sets[:number]), None)
    scores, every_truth, every_p = [], [], []
    for shuffle in range(REPEATS):
        p = np.empty((len(every.truth), len(schemas.DERIVATIONS)))
        for here in folds(every.truth, every.story, shuffle):
            weights = fit_classes(*together(rows_of(every, ~here), others))
            p[here] = evidence.class_probabilities(every.values[here], weights)
        p = p[place][: len(mine.truth)]
        classes = np.array(schemas.DERIVATIONS)[p.argmax(axis=1)]
        error = np.abs(evidence.agency_share(mine.found, p, np.ones(len(p), bool)) - mine.share)
        given = ~np.isnan(mine.share)
        agency = p[:, 0] + p[:, 1] * (mine.found >= AGENCY_SHARE)
        every_truth.append(mine.share[given] >= AGENCY_SHARE)
        every_p.append(agency[given])
        scores.append(
            {
                "macro_f1": measures.macro_f1(mine.truth.tolist(), classes.tolist(), schemas.DERIVATIONS),
                **{f"f1_{kind}": _f1(mine.truth == kind, classes == kind) for kind in schemas.DERIVATIONS},
                "share_absolute_error": float(error[given].mean()),
                **measures.probability_scores(mine.share[given] >= AGENCY_SHARE, agency[given]),
            }
        )
    return {
        "dispatches": mine.dispatches,
        "articles": {kind: int((mine.truth == kind).sum()) for kind in schemas.DERIVATIONS},
        "stories": len(set(mine.story.tolist())),
        **_mean(scores),
        "reliability": _reliability(np.concatenate(every_truth), np.concatenate(every_p), REPEATS),
    }


def by_corpus(corpora: dict[str, tuple[Examples, Examples]]) -> dict[str, Any]:
    """For each corpus what models say of it that were trained on the others only: reliability in five bins."""
    report = {}
    for name, (clusters, articles) in corpora.items():
        rest = [of for other, of in corpora.items() if other != name]
        if not any(of[0].truth.any() for of in rest):
            continue  # nothing is left that is an agency's
        first, *more = sorted(rest, key=lambda of: -len(of[1].truth[of[1].truth != "non"]))
        p = evidence.of_prose(clusters.values, fit_signed(*together(first[0], [of[0] for of in more])))
        weights = fit_classes(*together(first[1], [of[1] for of in more]))
        derived = 1 - evidence.class_probabilities(articles.values, weights)[:, schemas.DERIVATIONS.index("non")]
        report[name] = {
            "clusters": _reliability(clusters.truth, p),
            "articles": _reliability(articles.truth != "non", derived),
        }
    return report


def _reliability(truth: np.ndarray, p: np.ndarray, repeats: int = 1) -> list[dict[str, float]]:
    """Five bins of the probability: how many (of one repeat), their mean, and the share that is true."""
    place = np.minimum((p * 5).astype(int), 4)
    return [
        {
            "from": at / 5,
            "n": round(int((place == at).sum()) / repeats),
            "mean": round(float(p[place == at].mean()), 3),
            "true": round(float(truth[place == at].mean()), 3),
        }
        for at in range(5)
        if (place == at).any()
    ]


def folds(truth: np.ndarray, story: np.ndarray, shuffle: int) -> list[np.ndarray]:
    """Rows of each fold, bool: stories stay together, classes are spread."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=shuffle).split(truth, truth, story)
    return [np.isin(np.arange(len(truth)), rows) for _, rows in folds]


def _f1(truth: np.ndarray, given: np.ndarray) -> float:
    return 2.0 * (truth & given).sum() / max(truth.sum() + given.sum(), 1)


def _mean(scores: list[dict[str, Any]]) -> dict[str, float]:
    """Mean of each number over the shuffles."""
    names = [name for name, value in scores[0].items() if isinstance(value, float)]
    return {name: round(float(np.mean([score[name] for score in scores])), 3) for name in names}

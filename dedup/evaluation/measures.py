"""Answers against truth -> one number: the formulas of the evaluation, free of tables and files.

Spans: Potthast, Stein, Barrón-Cedeño and Rosso, An Evaluation Framework for Plagiarism Detection, COLING 2010,
section 2. Clusters: Bagga and Baldwin 1998 (B-cubed), extended to overlapping clusters by Amigó, Gonzalo, Artiles
and Verdejo 2009, section 6; Hubert and Arabie 1985 (adjusted Rand index). Calibration: Naeini, Cooper and
Hauskrecht 2015, section 3.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class SpanPair(NamedTuple):
    """Two spans said to share their prose: ids of the texts, code points inside each text (end excluded)."""

    left: str
    left_begin: int
    left_end: int
    right: str
    right_begin: int
    right_end: int

    def oriented(self) -> SpanPair:
        """The same pair with the smaller id on the left, so that the order of the sides says nothing."""
        if self.left <= self.right:
            return self
        return SpanPair(self.right, self.right_begin, self.right_end, self.left, self.left_begin, self.left_end)

    def size(self) -> int:
        """Code points of both sides."""
        return self.left_end - self.left_begin + self.right_end - self.right_begin


def detects(detection: SpanPair, case: SpanPair) -> bool:
    """True when both sides of two oriented pairs have a code point in common."""
    return (
        detection.left == case.left
        and detection.right == case.right
        and min(detection.left_end, case.left_end) > max(detection.left_begin, case.left_begin)
        and min(detection.right_end, case.right_end) > max(detection.right_begin, case.right_begin)
    )


def pan(cases: Iterable[SpanPair], detections: Iterable[SpanPair]) -> dict[str, float]:
    """PAN's character measures of plagiarism detection.

    With ``s ⊓ r`` the code points (of both sides) common to case ``s`` and detection ``r`` when ``r`` detects ``s``:
    precision is the mean over detections of ``|∪s (s ⊓ r)| / |r|``, recall the mean over cases of
    ``|∪r (s ⊓ r)| / |s|``, granularity the mean number of detections of a detected case, and plagdet
    ``F1 / log2(1 + granularity)``. The ``micro`` pair counts code points once over the whole corpus.
    Without a detection everything is 0 and granularity 1, as in PAN's own program.
    """
    cases = [case.oriented() for case in cases]
    detections = [detection.oriented() for detection in detections]
    case_rows, detection_rows = _by_texts(cases), _by_texts(detections)
    found: dict[int, list[int]] = defaultdict(list)
    met: dict[int, list[int]] = defaultdict(list)
    for texts, rows in case_rows.items():
        for case in rows:
            for detection in detection_rows.get(texts, ()):
                if detects(detections[detection], cases[case]):
                    found[case].append(detection)
                    met[detection].append(case)
    recalls = [covered(case, [detections[r] for r in found[row]]) / case.size() for row, case in enumerate(cases)]
    precisions = [covered(r, [cases[s] for s in met[row]]) / r.size() for row, r in enumerate(detections)]
    precision = float(np.mean(precisions)) if precisions else 0.0
    recall = float(np.mean(recalls)) if recalls else 0.0
    detected = [len(rows) for rows in found.values() if rows]
    granularity = float(np.mean(detected)) if detected else 1.0
    common = [_common(cases[case], detections[detection]) for case, rows in found.items() for detection in rows]
    hit = _characters(common)
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1(precision, recall),
        "granularity": granularity,
        "plagdet": f1(precision, recall) / math.log2(1 + granularity),
        "micro_precision": ratio(hit, _characters(detections)),
        "micro_recall": ratio(hit, _characters(cases)),
    }


def covered(pair: SpanPair, others: Sequence[SpanPair]) -> int:
    """Code points of both sides of a pair that lie inside the same sides of other pairs."""
    return sum(covered_sides(pair, others))


def covered_sides(pair: SpanPair, others: Sequence[SpanPair]) -> tuple[int, int]:
    """Code points of the left and of the right side of a pair that lie inside the same sides of other pairs."""
    left = [(max(pair.left_begin, o.left_begin), min(pair.left_end, o.left_end)) for o in others]
    right = [(max(pair.right_begin, o.right_begin), min(pair.right_end, o.right_end)) for o in others]
    return union_length(left), union_length(right)


def union_length(spans: Iterable[tuple[int, int]]) -> int:
    """Length of the union of spans; an empty or turned span counts for nothing."""
    total, reached = 0, None
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        start = begin if reached is None else max(begin, reached)
        total += max(0, end - start)
        reached = end if reached is None else max(reached, end)
    return total


def bcubed(truth: Sequence[set[Hashable]], predicted: Sequence[set[Hashable]]) -> dict[str, float]:
    """B-cubed precision, recall and F1 of items that may belong to several clusters.

    ``truth[i]`` and ``predicted[i]`` are the true and the predicted clusters of item ``i``; an empty set is a
    cluster of its own. For two items that share predicted clusters the precision is
    ``min(shared true, shared predicted) / shared predicted``; an item's precision is the mean over all items it
    shares a predicted cluster with (itself included), the result the mean over items. Recall turns the roles
    round. With one cluster an item this is plain B-cubed.
    """
    truth, predicted = _alone(truth), _alone(predicted)
    precision = _bcubed_side(predicted, truth)
    recall = _bcubed_side(truth, predicted)
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def adjusted_rand(truth: Sequence[int], predicted: Sequence[int]) -> float:
    """Adjusted Rand index of two flat clusterings: 1 when they agree, about 0 when they agree by chance."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(list(truth), list(predicted)))


def components(n_items: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Connected components: for each item the smallest item it is joined with."""
    parent = list(range(n_items))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for left, right in links:
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    return [root(item) for item in range(n_items)]


def confusion(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each true class (outer key) was given each predicted class (inner key)."""
    table: dict[str, dict[str, int]] = {}
    for (expected, given), count in sorted(Counter(zip(truth, predicted, strict=True)).items()):
        table.setdefault(expected, {})[given] = count
    return table


def macro_f1(truth: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> float:
    """Mean over the classes of their F1; a class that is neither true nor predicted anywhere is left out."""
    seen = [name for name in classes if name in set(truth) | set(predicted)]
    scores = []
    for name in seen:
        hit = sum(expected == given == name for expected, given in zip(truth, predicted, strict=True))
        scores.append(ratio(2 * hit, truth.count(name) + predicted.count(name)))
    return float(np.mean(scores)) if scores else 0.0


def set_scores(truth: set[Any], predicted: set[Any]) -> dict[str, float]:
    """Precision, recall and F1 of a set of answers: an answer is right when it is in the truth, whole."""
    hit = len(truth & predicted)
    precision, recall = ratio(hit, len(predicted)), ratio(hit, len(truth))
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def probability_scores(truth: Any, probability: Any, n_bins: int = 10) -> dict[str, Any]:
    """Average precision, expected calibration error and Brier score of probabilities.

    ``truth`` (n,) is true or false, ``probability`` (n,) 0 to 1. The bins are of equal width, the last one closed;
    the expected calibration error is the mean over items of ``|share of true - mean probability|`` of their bin.
    ``bins`` lists the bins that hold an item: lower edge, items, mean probability, share of true.
    """
    truth, probability = np.asarray(truth, bool), np.asarray(probability, float)
    if truth.shape != probability.shape or truth.ndim != 1:
        raise ValueError(f"expected two rows of one length, got shapes {truth.shape} and {probability.shape}")
    if len(truth) == 0:
        raise ValueError("no probability to score: truth is empty")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("a probability lies outside 0 to 1 or is not a number")
    from sklearn.metrics import average_precision_score

    place = np.minimum((probability * n_bins).astype(int), n_bins - 1)
    bins, error = [], 0.0
    for number in range(n_bins):
        inside = place == number
        if inside.any():
            mean, share = probability[inside].mean(), truth[inside].mean()
            error += inside.mean() * abs(share - mean)
            bins.append(
                {
                    "from": number / n_bins,
                    "n": int(inside.sum()),
                    "mean": float(mean),
                    "share_true": float(share),
                }
            )
    return {
        # Without a true item average precision is not defined; sklearn would warn and say 0.
        "average_precision": float(average_precision_score(truth, probability)) if truth.any() else None,
        "calibration_error": float(error),
        "brier": float(np.mean((probability - truth) ** 2)),
        "bins": bins,
    }


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 when both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def ratio(part: float, whole: float) -> float:
    """Part over whole; 0 when there is nothing to divide by."""
    return part / whole if whole else 0.0


def _by_texts(pairs: Sequence[SpanPair]) -> Mapping[tuple[str, str], list[int]]:
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, pair in enumerate(pairs):
        rows[pair.left, pair.right].append(row)
    return rows


def _common(case: SpanPair, detection: SpanPair) -> SpanPair:
    return SpanPair(
        case.left,
        max(case.left_begin, detection.left_begin),
        min(case.left_end, detection.left_end),
        case.right,
        max(case.right_begin, detection.right_begin),
        min(case.right_end, detection.right_end),
    )


def _characters(pairs: Sequence[SpanPair]) -> int:
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for pair in pairs:
        spans[pair.left].append((pair.left_begin, pair.left_end))
        spans[pair.right].append((pair.right_begin, pair.right_end))
    return sum(union_length(of_text) for of_text in spans.values())


def _alone(clusters: Sequence[set[Hashable]]) -> list[set[Hashable]]:
    return [names or {("alone", item)} for item, names in enumerate(clusters)]


def _bcubed_side(clusters: Sequence[set[Hashable]], others: Sequence[set[Hashable]]) -> float:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for item, names in enumerate(clusters):
        for name in names:
            members[name].append(item)
    scores = []
    for item, names in enumerate(clusters):
        shared = Counter(mate for name in names for mate in members[name])
        scores.append(np.mean([min(len(others[item] & others[mate]), count) / count for mate, count in shared.items()]))
    return float(np.mean(scores)) if scores else 0.0

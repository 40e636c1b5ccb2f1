"""Snapshots and labels -> the coefficients of ``evidence``: what makes ``agency_model.json``.

Two regressions (scikit-learn) on standardised evidence; the coefficients are put back into the evidence's own units,
so that they can be read. The scores are those of cross-validation over stories, never of what a fold was fitted on:
articles that share a source lie on one side of every fold.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup import __version__
from dedup.constants import AGENCY_SHARE, HALF
from dedup.evaluation import measures
from dedup.evaluation.labels import load_labels
from dedup.store.snapshot import Snapshot
from dedup.tracing import evidence

FOLDS, REPEATS = 10, 5
"""Cross-validation: folds, and shuffles of them."""

STORY_SHARE = 0.2
"""An article and the source of this share of its words belong to one story."""

CLUSTER_STRENGTH, ARTICLE_STRENGTH = 0.1, 3.0
"""Inverse of the regularisation (scikit-learn's C), on standardised evidence."""

SHIFT = -1.0
"""Added to the intercept of the clusters: labelled articles were picked among those that share text, so that 0.88 of
their clusters are an agency's, more than of all clusters. Chosen by the classes of articles, cross-validated."""

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
}
"""What the evidence of a cluster can only say: a weight of the other sign is noise, and is left out."""

BY_HAND = {"credit_partial": {"wholly": -1.0, "partially": 2.0, "non": -1.0}}
"""Weights of evidence that the labelled articles never show: "with the agency" says that a part is the paper's own."""

HELD_BACK = {"scars": 0.15}
"""Evidence whose standardised values are multiplied by this, so that its weights are regularised more: no labelled
article of another kind than agency copy keeps a scar, but papers that no agency serves keep some too (a time with a
capital, a place with its point of the compass). So one scar alone is no more than a hint."""


def train(
    out: Path,
    hidden: Path,
    labels: Path | Sequence[Path],
    date: str,
    write: Path | None = None,
    others: Sequence[Path] = (),
) -> dict[str, Any]:
    """Fit both regressions on a snapshot of all articles and one of the same articles without the dispatches.

    A cluster of the second is known to be an agency's when half of its words stand in the hidden dispatches, or when
    it stands in labelled agency prose; known not to be when it stands in labelled prose of another kind. Articles are
    those with a labelled class, from both snapshots, so that the model learns to do without the dispatches.

    ``others`` are snapshots of corpora in which nothing is an agency's unless it says so: what their articles share
    without naming an agency, and their articles that a person signs or that are labelled as their own, are known not to
    be. Each of them weighs as much as what is no agency's of the labels. The report has for every corpus what a
    model says that was trained without it.

    Returns the content of the model file, and writes it when asked: coefficients, the evidence that is typical, and a
    report. Article evidence follows from the cluster model that made the snapshots: train, run and train again.
    """
    known = {name: row for name, row in load_labels(labels).articles.items() if row["derivation"] in evidence.CLASSES}
    story = _stories(out, hidden)
    clusters = _clusters(out, hidden, known, story)
    sets = [_articles(Path(snapshot), known, story) for snapshot in (out, hidden)]
    apart = [_apart(Path(other), known) for other in others]
    if min(len(clusters.truth), len(sets[0].truth)) < 2 * FOLDS:
        raise ValueError(
            f"{len(clusters.truth)} clusters and {len(sets[0].truth)} articles of the snapshots are labelled; at least "
            f"{2 * FOLDS} of each are needed"
        )
    stored = {
        "cluster": _cluster_entry(clusters, [clusters_of for clusters_of, _ in apart]),
        "article": _article_entry(sets, [articles_of for _, articles_of in apart]),
        "report": {
            "date": date,
            "versions": versions(),
            "cross_validation": f"{FOLDS} folds over stories, {REPEATS} shuffles",
            "clusters": _cluster_report(clusters, [clusters_of for clusters_of, _ in apart]),
            "articles": [_article_report(sets, number, [of for _, of in apart]) for number in range(len(sets))],
            "without_the_corpus": _by_corpus(
                {
                    Path(out).name: (clusters, _joined(sets)),
                    **dict(zip([Path(o).name for o in others], apart, strict=True)),
                }
            ),
        },
    }
    if write is not None:
        Path(write).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    return stored


class Examples(NamedTuple):
    """Clusters or articles whose truth is known."""

    values: np.ndarray
    """(rows, columns) float64, the evidence."""
    truth: np.ndarray
    """(rows,) bool of clusters, text of articles."""
    story: np.ndarray
    """(rows,) int64."""
    found: np.ndarray
    """(rows,) share of words in passages given to an agency, of articles."""
    share: np.ndarray
    """(rows,) labelled share of agency words, of articles; NaN when the label gives none."""
    dispatches: int
    """Dispatches in the snapshot."""


# clusters


def _clusters(out: Path, hidden: Path, known: dict[str, dict[str, Any]], story: dict[str, int]) -> Examples:
    """The clusters of the snapshot without dispatches that touch a labelled article."""
    carried = _carried(Snapshot.newest(out).table("matches"), _wires(out))
    passages = Snapshot.newest(hidden).table("passages").to_pylist()
    words: dict[str, int] = {}
    found: dict[str, float] = {}
    said: dict[str, set[bool]] = {}
    for row in passages:
        name, place = row["cluster_id"], (row["article_id"], row["paragraph"])
        size = row["end"] - row["begin"]
        words[name] = words.get(name, 0) + size
        found[name] = found.get(name, 0.0) + _overlap(row["begin"], row["end"], carried.get(place, ()))
        if (label := known.get(row["article_id"])) is not None:
            whole = {"wholly": True, "non": False}.get(label["derivation"])
            copied = row["paragraph"] in label.get("paragraphs", ()) if whole is None else whole
            said.setdefault(name, set()).add(copied)
    table = Snapshot.newest(hidden).table("cluster_evidence")
    names = table["cluster_id"].to_pylist()
    in_dispatch = {name: found[name] >= HALF * words[name] for name in names}
    rows = [row for row, name in enumerate(names) if name in said and (in_dispatch[name] or len(said[name]) == 1)]
    truth = [in_dispatch[names[row]] or said[names[row]] == {True} for row in rows]
    source = {row["passage_id"]: row["article_id"] for row in passages}
    nothing = np.full(len(rows), np.nan)
    return Examples(
        _columns(table, evidence.CLUSTER_EVIDENCE)[rows],
        np.array(truth),
        _story_of(story, [source[names[row]] for row in rows]),
        nothing,
        nothing,
        0,
    )


def _carried(matches: pa.Table, wires: set[str]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Spans of every paragraph that a dispatch covers, quotations apart."""
    spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in matches.to_pylist():
        if row["edit_class"] == "quote_only":
            continue
        for side, other in (("left", "right"), ("right", "left")):
            if row[f"{other}_article_id"] in wires:
                place = row[f"{side}_article_id"], row[f"{side}_paragraph"]
                spans.setdefault(place, []).append((row[f"{side}_begin"], row[f"{side}_end"]))
    return spans


def _overlap(begin: int, end: int, spans: Sequence[tuple[int, int]]) -> int:
    """Code points of begin to end that the spans cover."""
    return measures.union_length((max(begin, low), min(end, high)) for low, high in spans if low < end and high > begin)


def _apart(out: Path, known: dict[str, dict[str, Any]]) -> tuple[Examples, Examples]:
    """Clusters and articles of another corpus that are known not to be an agency's."""
    from dedup.evaluation.claims import signed_by_people
    from dedup.evaluation.scoreboard import read_run

    snapshot = Snapshot.newest(out)
    told = {row["article_id"]: row["credit_status"] for row in snapshot.table("article_provenance").to_pylist()}
    credited = {name for name, status in told.items() if status in ("credited_full", "credited_partial")}
    silent = {name for name, status in told.items() if status in ("none", "photo_only")}
    members: dict[str, list[str]] = {}
    for row in snapshot.table("passages").to_pylist():
        members.setdefault(row["cluster_id"], []).append(row["article_id"])
    table = snapshot.table("cluster_evidence")
    rows = [row for row, name in enumerate(table["cluster_id"].to_pylist()) if silent.issuperset(members[name])]
    signed = signed_by_people(read_run(out))
    articles = snapshot.table("agency_evidence")
    own = [
        row
        for row, name in enumerate(articles["article_id"].to_pylist())
        if (known[name]["derivation"] == "non" if name in known else name in signed) and name not in credited
    ]
    return (
        _known_not(_columns(table, evidence.CLUSTER_EVIDENCE)[rows], np.zeros(len(rows), bool)),
        _known_not(_columns(articles, evidence.ARTICLE_EVIDENCE)[own], np.full(len(own), "non", object)),
    )


def _known_not(values: np.ndarray, truth: np.ndarray) -> Examples:
    n = len(values)
    return Examples(values, truth, -1 - np.arange(n), np.zeros(n), np.zeros(n), 0)


def _together(mine: Examples, others: Sequence[Examples]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, truth and weight of all examples; each of the others weighs as much as what is no agency's of ``mine``.

    So they widen what such prose looks like, and leave how rare it is to the labels.
    """
    every = [mine, *others]
    negative = np.isin(mine.truth.astype(str), ["False", "non"]).sum()
    weight = [np.ones(len(mine.truth))]
    weight += [np.full(len(some.truth), min(1.0, negative / max(len(some.truth), 1))) for some in others]
    values, truth = (np.concatenate([getattr(some, name) for some in every]) for name in ("values", "truth"))
    return values, truth, np.concatenate(weight)


def _by_corpus(corpora: dict[str, tuple[Examples, Examples]]) -> dict[str, Any]:
    """For each corpus what models say of it that were trained on the others only: reliability in five bins."""
    report = {}
    for name, (clusters, articles) in corpora.items():
        rest = [of for other, of in corpora.items() if other != name]
        if not any(of[0].truth.any() for of in rest):
            continue  # nothing is left that is an agency's
        first, *more = sorted(rest, key=lambda of: -len(of[1].truth[of[1].truth != "non"]))
        p = evidence.probability(clusters.values, fit_signed(*_together(first[0], [of[0] for of in more])))
        weights = fit_classes(*_together(first[1], [of[1] for of in more]))
        derived = 1 - evidence.class_probabilities(articles.values, weights)[:, evidence.CLASSES.index("non")]
        report[name] = {
            "clusters": _reliability(clusters.truth, p),
            "articles": _reliability(articles.truth != "non", derived),
        }
    return report


def _reliability(truth: np.ndarray, p: np.ndarray) -> list[dict[str, float]]:
    """Five bins of the probability: how many, their mean, and the share that is true."""
    place = np.minimum((p * 5).astype(int), 4)
    return [
        {
            "from": at / 5,
            "n": int((place == at).sum()),
            "mean": round(float(p[place == at].mean()), 3),
            "true": round(float(truth[place == at].mean()), 3),
        }
        for at in range(5)
        if (place == at).any()
    ]


def _cluster_entry(examples: Examples, others: Sequence[Examples]) -> dict[str, Any]:
    weights = fit_signed(*_together(examples, others))
    return {
        "intercept": round(float(weights[0]) + SHIFT, 4),
        "weights": _named(evidence.CLUSTER_EVIDENCE, weights[1:]),
        "typical": _named(evidence.CLUSTER_EVIDENCE, examples.values.mean(axis=0)),
    }


def _cluster_report(examples: Examples, others: Sequence[Examples]) -> dict[str, Any]:
    scores = []
    for shuffle in range(REPEATS):
        p = np.empty(len(examples.truth))
        for here in _folds(examples.truth, examples.story, shuffle):
            weights = fit_signed(*_together(_rows(examples, ~here), others))
            p[here] = evidence.probability(examples.values[here], weights)
        scores.append(measures.probability_scores(examples.truth, p))
    return {
        "clusters": len(examples.truth),
        "of an agency": int(examples.truth.sum()),
        "stories": len(set(examples.story.tolist())),
        **_mean(scores),
        "shift_after_scoring": SHIFT,
    }


def _rows(examples: Examples, kept: np.ndarray) -> Examples:
    return Examples(*(column[kept] for column in examples[:-1]), examples.dispatches)


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


# articles


def _articles(out: Path, known: dict[str, dict[str, Any]], story: dict[str, int]) -> Examples:
    """The labelled articles of a snapshot, dispatches apart."""
    table, wires = Snapshot.newest(out).table("agency_evidence"), _wires(out)
    names = table["article_id"].to_pylist()
    rows = [row for row, name in enumerate(names) if name in known and name not in wires]
    labels = [known[names[row]] for row in rows]
    return Examples(
        _columns(table, evidence.ARTICLE_EVIDENCE)[rows],
        np.array([label["derivation"] for label in labels]),
        _story_of(story, [names[row] for row in rows]),
        table["agency_passages"].to_numpy()[rows],
        np.array([np.nan if label["share"] is None else label["share"] for label in labels]),
        len(wires),
    )


def _article_entry(sets: Sequence[Examples], others: Sequence[Examples]) -> dict[str, Any]:
    every = _joined(sets)
    weights = fit_classes(*_together(every, others))
    classes = {
        kind: {"intercept": round(float(line[0]), 4), "weights": _named(evidence.ARTICLE_EVIDENCE, line[1:])}
        for kind, line in zip(evidence.CLASSES, weights, strict=True)
    }
    return {
        **classes,
        "typical": _named(evidence.ARTICLE_EVIDENCE, every.values.mean(axis=0)),
        "class_weight": CLASS_WEIGHT,
        "set_by_hand": sorted(BY_HAND),
    }


def _article_report(sets: Sequence[Examples], number: int, others: Sequence[Examples]) -> dict[str, Any]:
    """Scores on one of the sets; the folds are fitted on all of them."""
    every, mine = _joined(sets), sets[number]
    place = slice(sum(len(other.truth) for other in sets[:number]), None)
    scores = []
    for shuffle in range(REPEATS):
        p = np.empty((len(every.truth), len(evidence.CLASSES)))
        for here in _folds(every.truth, every.story, shuffle):
            weights = fit_classes(*_together(_rows(every, ~here), others))
            p[here] = evidence.class_probabilities(every.values[here], weights)
        p = p[place][: len(mine.truth)]
        classes = np.array(evidence.CLASSES)[p.argmax(axis=1)]
        error = np.abs(evidence.agency_share(mine.found, p, np.ones(len(p), bool)) - mine.share)
        given = ~np.isnan(mine.share)
        agency = p[:, 0] + p[:, 1] * (mine.found >= AGENCY_SHARE)
        scores.append(
            {
                "macro_f1": measures.macro_f1(mine.truth.tolist(), classes.tolist(), evidence.CLASSES),
                **{f"f1_{kind}": _f1(mine.truth == kind, classes == kind) for kind in evidence.CLASSES},
                "share_absolute_error": float(error[given].mean()),
                **measures.probability_scores(mine.share[given] >= AGENCY_SHARE, agency[given]),
            }
        )
    return {
        "dispatches": mine.dispatches,
        "articles": {kind: int((mine.truth == kind).sum()) for kind in evidence.CLASSES},
        "stories": len(set(mine.story.tolist())),
        **_mean(scores),
    }


def _f1(truth: np.ndarray, given: np.ndarray) -> float:
    return 2.0 * (truth & given).sum() / max(truth.sum() + given.sum(), 1)


def fit_classes(values: np.ndarray, truth: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Weights (len(CLASSES), 1 + columns), intercepts first, in the units of the evidence; BY_HAND put in.

    ``weight`` (rows,) is that of each example; all weigh the same without.
    """
    from sklearn.linear_model import LogisticRegression

    middle, width = _scale(values)
    width /= [HELD_BACK.get(name, 1.0) for name in evidence.ARTICLE_EVIDENCE]
    model = LogisticRegression(C=ARTICLE_STRENGTH, class_weight=CLASS_WEIGHT, max_iter=5000)
    model.fit((values - middle) / width, truth, weight)
    order = [list(model.classes_).index(kind) for kind in evidence.CLASSES]
    slopes = model.coef_[order] / width
    weights = np.column_stack([model.intercept_[order] - slopes @ middle, slopes])
    for column, name in enumerate(evidence.ARTICLE_EVIDENCE, start=1):
        if name in BY_HAND and not np.isfinite(width[column - 1]):
            weights[:, column] = [BY_HAND[name][kind] for kind in evidence.CLASSES]
    return weights


# both


def _folds(truth: np.ndarray, story: np.ndarray, shuffle: int) -> list[np.ndarray]:
    """Rows of each fold, bool: stories stay together, classes are spread."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=shuffle).split(truth, truth, story)
    return [np.isin(np.arange(len(truth)), rows) for _, rows in folds]


def _stories(*outs: Path) -> dict[str, int]:
    """Number of each article's story: articles and the sources of much of their words, joined over all snapshots."""
    names: list[str] = []
    links = []
    for out in outs:
        table = Snapshot.newest(out).table("article_provenance", ["article_id", "best_source", "best_source_share"])
        for name, source, share in zip(*(column.to_pylist() for column in table.columns), strict=True):
            names.append(name)
            if source is not None and share >= STORY_SHARE:
                links.append((name, source))
    names = sorted(set(names))
    number = {name: row for row, name in enumerate(names)}
    found = measures.components(len(names), [(number[left], number[right]) for left, right in links])
    return dict(zip(names, found, strict=True))


def _story_of(story: dict[str, int], names: list[str]) -> np.ndarray:
    return np.array([story[name] for name in names], np.int64)


def _joined(sets: Sequence[Examples]) -> Examples:
    arrays = [np.concatenate(column) for column in list(zip(*sets, strict=True))[:-1]]
    return Examples(*arrays, dispatches=0)


def _scale(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column; the deviation of one that never varies is infinite, so its weight is 0."""
    width = values.std(axis=0)
    return values.mean(axis=0), np.where(width > 1e-9, width, np.inf)


def _named(keys: dict[str, str], values: np.ndarray) -> dict[str, float]:
    return {key: round(float(value), 4) for key, value in zip(keys, values, strict=True)}


def _mean(scores: list[dict[str, Any]]) -> dict[str, float]:
    """Mean of each number over the shuffles."""
    names = [name for name, value in scores[0].items() if isinstance(value, float)]
    return {name: round(float(np.mean([score[name] for score in scores])), 3) for name in names}


def _columns(table: pa.Table, names: dict[str, str]) -> np.ndarray:
    return np.stack([table[name].to_numpy() for name in names], axis=1).astype(float)


def _wires(out: Path) -> set[str]:
    table = Snapshot.newest(out).table("article_provenance")
    return set(table["article_id"].filter(table["is_wire"]).to_pylist())


def versions() -> dict[str, str]:
    """What made a model."""
    from importlib.metadata import version

    libraries = {name: version(name) for name in ("scikit-learn", "numpy")}
    return {"python": platform.python_version(), "dedup": __version__, **libraries}

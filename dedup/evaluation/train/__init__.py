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
from typing import Any

from dedup import __version__
from dedup.evaluation.labels import load_labels
from dedup.evaluation.train.cross_validation import FOLDS, REPEATS, article_report, by_corpus, cluster_report
from dedup.evaluation.train.examples import STORY_SHARE, articles_of, clusters_of, joined, negatives_of, stories
from dedup.evaluation.train.fitting import article_entry, cluster_entry
from dedup.evaluation.train.report import markdown
from dedup.schemas import DERIVATIONS

__all__ = ["STORY_SHARE", "train", "versions"]


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
    report, which stands beside it as tables (``.md``).

    Article evidence follows from the cluster model that made the snapshots: train, run and train again.
    """
    known = {name: row for name, row in load_labels(labels).articles.items() if row["derivation"] in DERIVATIONS}
    story = stories(out, hidden)
    clusters = clusters_of(out, hidden, known, story)
    sets = [articles_of(Path(snapshot), known, story) for snapshot in (out, hidden)]
    elsewhere = [negatives_of(Path(other), known) for other in others]
    other_clusters, other_articles = [of[0] for of in elsewhere], [of[1] for of in elsewhere]
    if min(len(clusters.truth), len(sets[0].truth)) < 2 * FOLDS:
        raise ValueError(
            f"{len(clusters.truth)} clusters and {len(sets[0].truth)} articles of the snapshots are labelled; at least "
            f"{2 * FOLDS} of each are needed"
        )
    stored = {
        "cluster": cluster_entry(clusters, other_clusters),
        "article": article_entry(sets, other_articles),
        "report": {
            "date": date,
            "versions": versions(),
            "cross_validation": f"{FOLDS} folds over stories, {REPEATS} shuffles",
            "clusters": cluster_report(clusters, other_clusters),
            "articles": [article_report(sets, number, other_articles) for number in range(len(sets))],
            "without_the_corpus": by_corpus(
                {
                    Path(out).name: (clusters, joined(sets)),
                    **dict(zip([Path(o).name for o in others], elsewhere, strict=True)),
                }
            ),
        },
    }
    if write is not None:
        Path(write).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
        Path(write).with_suffix(".md").write_text(markdown(stored), "utf-8")
    return stored


def versions() -> dict[str, str]:
    """What made a model."""
    from importlib.metadata import version

    libraries = {name: version(name) for name in ("scikit-learn", "numpy")}
    return {"python": platform.python_version(), "dedup": __version__, **libraries}

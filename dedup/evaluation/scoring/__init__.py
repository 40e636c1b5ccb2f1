"""A run's tables + labels -> scores: every measure of the evaluation, and the rows it rests on.

All spans are compared in the article's own code points (``paragraphs.begin`` + offset), so that a whole article
and a part of one line can be held against each other. Formulas stand in ``dedup.evaluation.measures``.
"""

from __future__ import annotations

from dedup.evaluation.labels import Labels
from dedup.evaluation.scoring.articles import score_articles, score_hidden
from dedup.evaluation.scoring.credits import score_credits
from dedup.evaluation.scoring.pairs import score_reference
from dedup.evaluation.scoring.passages import score_clusters, score_passages, score_spans
from dedup.evaluation.scoring.places import Detection, Detections, Places, detections, judged_pairs
from dedup.evaluation.scoring.run import Run, Scores, article_facts, same_outlet

__all__ = [
    "Detection",
    "Detections",
    "Places",
    "Run",
    "Scores",
    "article_facts",
    "judged_pairs",
    "same_outlet",
    "score",
    "score_passages",
    "score_reference",
    "score_spans",
]


def score(run: Run, labels: Labels) -> Scores:
    """Score a run's tables against labels of its own articles."""
    scores = Scores()
    places = Places(run.paragraphs, labels.article_ids())
    found = detections(run, places, judged_pairs(labels, run))
    score_spans(scores, labels, found, places)
    score_passages(scores, labels, found, places)
    score_clusters(scores, labels, run, places)
    score_articles(scores, labels, run)
    score_hidden(scores, labels, run)
    score_credits(scores, labels, run, places)
    score_reference(scores, labels, found, places, run.articles)
    return scores

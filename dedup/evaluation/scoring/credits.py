"""Credits against labels: the status of articles, mentions, agencies in old print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dedup import schemas
from dedup.evaluation import measures
from dedup.evaluation.labels import Labels
from dedup.evaluation.measures import ratio
from dedup.evaluation.scoring.places import Places
from dedup.evaluation.scoring.run import TEXT_KINDS, Run, Scores, rows_by_article


def score_credits(scores: Scores, labels: Labels, run: Run, places: Places) -> None:
    """Credit status by article; mentions by exact span and kind; photo credits taken for credits of the text."""
    if labels.statuses and run.article_provenance is not None:
        rows = rows_by_article(run.article_provenance, labels.statuses)
        pairs = [(name, status, rows[name]["credit_status"] or "none") for name, status in labels.statuses.items()]
        right = sum(status == predicted for _, status, predicted in pairs)
        scores.add("credits.status_accuracy", ratio(right, len(pairs)), len(pairs))
        table = measures.confusion([status for _, status, _ in pairs], [predicted for *_, predicted in pairs])
        scores.details.setdefault("confusions", {})["credit status"] = table
        for name, status, predicted in pairs:
            if status != predicted:
                wrong = {"measure": "credits.status", "article_id": name, "label": status, "predicted": predicted}
                (scores.misses if predicted == "none" else scores.false_alarms).append(wrong)
    if run.credits is None:
        return
    if labels.mentions or labels.mention_articles:
        _score_mentions(scores, labels, run.credits)
    if labels.ocr:
        _score_ocr(scores, labels, run.credits, places)


def _score_mentions(scores: Scores, labels: Labels, credits: pa.Table) -> None:
    def key(row: Mapping[str, Any]) -> tuple[str, int, int, int]:
        return row["article_id"], row["paragraph"], row["begin"], row["end"]

    # The labels read bodies only: a credit in a metadata column (paragraph -1) is neither right nor wrong.
    read = labels.mention_articles
    given = [row for row in credits.to_pylist() if row["article_id"] in read and row["paragraph"] >= 0]
    truth = {(*key(row), row["kind"]) for row in labels.mentions}
    predicted = {(*key(row), row["kind"]) for row in given}
    for name, value in measures.set_scores(truth, predicted).items():
        scores.add(f"credits.mention_{name}", value, len(truth))
    by_kind = {}
    for kind in schemas.CREDIT_KINDS:
        of_kind = {row for row in truth if row[4] == kind}
        by_kind[kind] = measures.set_scores(of_kind, {row for row in predicted if row[4] == kind})["f1"]
        scores.add(f"credits.f1_{kind}", by_kind[kind], len(of_kind))
    spans = measures.set_scores({row[:4] for row in truth}, {row[:4] for row in predicted})
    scores.add("credits.span_f1", spans["f1"], len(truth))
    agencies = {key(row): row["agency"] for row in given}
    named = [row for row in labels.mentions if key(row) in agencies and row["agency"] != "other"]
    right = sum((agencies[key(row)] or "none") == row["agency"] for row in named)
    scores.add("credits.agency_accuracy", ratio(right, len(named)), len(named))
    photos = [row for row in labels.mentions if row["kind"] == "photo"]
    mistaken = [
        row
        for row in photos
        if any(
            other["kind"] in TEXT_KINDS
            and other["article_id"] == row["article_id"]
            and other["paragraph"] == row["paragraph"]
            and other["begin"] < row["end"]
            and row["begin"] < other["end"]
            for other in given
        )
    ]
    scores.add("credits.photo_as_text", len(mistaken), len(photos))
    for kind, rows, known in (("misses", truth - predicted, predicted), ("false_alarms", predicted - truth, truth)):
        other_kind = {row[:4]: row[4] for row in known}
        for row in sorted(rows):
            getattr(scores, kind).append(
                {
                    "measure": "credits.mention",
                    "article_id": row[0],
                    "paragraph": row[1],
                    "begin": row[2],
                    "end": row[3],
                    "label": row[4],
                    "predicted": other_kind.get(row[:4]),
                }
            )


def _score_ocr(scores: Scores, labels: Labels, credits: pa.Table, places: Places) -> None:
    """Mentions of agencies in old newspapers: exact span in the text and the agency's Wikidata id, micro-averaged."""
    truth = {
        (name, row["begin"], row["end"], row["wikidata"] if str(row["wikidata"]).startswith("Q") else None)
        for name, rows in labels.ocr.items()
        for row in rows
    }
    predicted = set()
    for row in credits.to_pylist():
        if row["article_id"] in labels.ocr and row["paragraph"] >= 0:
            begin, end = places.span((row["article_id"], row["paragraph"]), row["begin"], row["end"])
            predicted.add((row["article_id"], begin, end, row["wikidata"]))
    for name, value in measures.set_scores(truth, predicted).items():
        scores.add(f"newsagency.{name}", value, len(truth))
    spans = measures.set_scores({row[:3] for row in truth}, {row[:3] for row in predicted})
    scores.add("newsagency.span_f1", spans["f1"], len(truth))
    for kind, rows in (("misses", truth - predicted), ("false_alarms", predicted - truth)):
        for row in sorted(rows, key=str):
            getattr(scores, kind).append(
                {
                    "measure": "newsagency",
                    "article_id": row[0],
                    "begin": row[1],
                    "end": row[2],
                    "label": row[3],
                }
            )

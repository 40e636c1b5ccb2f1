"""Matches against pairs of articles of known common text: recall by the share that is common."""

from __future__ import annotations

import pyarrow as pa

from dedup.constants import AGENCY_SHARE, HALF
from dedup.evaluation import measures
from dedup.evaluation.labels import Labels
from dedup.evaluation.measures import SpanPair, ratio
from dedup.evaluation.scoring.places import Detections, Places
from dedup.evaluation.scoring.run import STRATA, Scores, article_facts, days_apart, same_outlet


def score_reference(scores: Scores, labels: Labels, found: Detections, places: Places, articles: pa.Table) -> None:
    """Recall of cross-outlet article pairs by the larger of their shares of common text.

    ``recall`` asks for any match between the two articles; ``covered`` asks that the matches cover at least half
    of that common text, on the side where its share is larger.
    """
    rows = [row for row in labels.reference if row["cross_outlet"]]
    if not rows:
        return
    facts = article_facts(articles)
    judged = []
    for row in rows:
        left, right = sorted((row["left_article_id"], row["right_article_id"]))
        pairs = [d.pair for d in found.get((left, right), ())]
        share = max(row["left_share"], row["right_share"])
        whole = SpanPair(left, 0, places.size(left), right, 0, places.size(right))
        parts = measures.covered_sides(whole, pairs)
        side = (row["left_article_id"] if row["left_share"] == share else row["right_article_id"]) == right
        article = (left, right)[side]
        covered = ratio(parts[side], places.size(article)) >= HALF * share
        judged.append((share, bool(pairs), covered))
        if not pairs and share >= STRATA[0][0]:
            scores.misses.append(
                {
                    "measure": "pairs.recall",
                    "left_article_id": left,
                    "right_article_id": right,
                    "share": round(share, 3),
                    "days_apart": days_apart(facts, left, right),
                }
            )
    strata = {f"{low:g}-{high:g}": (low, high) for low, high in STRATA} | {f"{AGENCY_SHARE:g}-1": (AGENCY_SHARE, 1.0)}
    for kind, place in (("recall", 1), ("covered", 2)):
        for name, (low, high) in strata.items():
            of_stratum = [row for row in judged if low <= row[0] and (row[0] < high or high == 1.0)]
            hits = sum(row[place] for row in of_stratum)
            scores.add(f"pairs.{kind}.{name}", ratio(hits, len(of_stratum)), len(of_stratum))
    named = {tuple(sorted((row["left_article_id"], row["right_article_id"]))) for row in labels.reference}
    inside = {name for row in labels.reference for name in (row["left_article_id"], row["right_article_id"])}
    reported = {
        pair
        for pair, listed in found.items()
        if any(d.copied for d in listed)
        and pair[0] in inside
        and pair[1] in inside
        and not same_outlet(facts[pair[0]]["outlet"], facts[pair[1]]["outlet"])
    }
    scores.details["pairs"] = {"reported": len(reported), "reported_outside_reference": len(reported - named)}

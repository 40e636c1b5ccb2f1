"""A run's tables + labels -> how far its claims go: what it says of articles that nobody should be accused of.

These measures need no label of every article: they count what the run says where the truth is known from outside (a
by-line, the origin of shared passages, an outlet that no agency serves).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import CLAIMED, HALF
from dedup.evaluation import measures
from dedup.evaluation.labels import Labels
from dedup.evaluation.measures import ratio
from dedup.evaluation.scoring import Places, Run, Scores
from dedup.summary.findings import is_without_credit

DERIVED = ("wholly", "partially")

STATEMENTS = ("statement", "quotation")
"""Labelled origins that the table calls a statement."""

SHARED, BY_CHANCE = ("agency", "statement", "outlet_copy", "house"), ("formula", "independent")
"""Labelled origins of passages that one text took from another, or both from a third, and of those that two wrote."""


def score_claims(scores: Scores, labels: Labels, run: Run, places: Places) -> None:
    """Claims about all articles of the run, then those that labels of articles and of origins can judge."""
    if run.article_provenance is None:
        return
    printed = run.article_provenance.filter(pc.invert(run.article_provenance["is_wire"]))
    rows = printed.to_pylist()
    _count_claims(scores, printed, signed_by_people(run))
    _judge_articles(scores, labels, {row["article_id"]: row for row in rows})
    if labels.origins:
        _judge_origins(scores, labels, run, places)


def _count_claims(scores: Scores, printed: pa.Table, signed: set[str]) -> None:
    rows, n = printed.to_pylist(), len(printed)
    found = [row for row in rows if row["evidence"] in schemas.FOUND]
    silent = [row for row in found if row["credit_status"] not in schemas.NAMING]
    uncredited = [row for row, said in zip(rows, is_without_credit(printed).to_pylist(), strict=True) if said]
    counts = {
        "found_naming_nobody": len(silent),
        "suspected": sum(row["evidence"] == "suspected" and (row["p_agency"] or 0) >= HALF for row in rows),
        "wholly_thin": sum(
            row["derivation"] == "wholly"
            and (row["share_found"] or 0) < CLAIMED
            and row["credit_status"] not in schemas.CREDITED
            for row in rows
        ),
        "uncredited": len(uncredited),
        "uncredited_thin": sum((row["share_found"] or 0) < CLAIMED for row in uncredited),
    }
    for name, count in counts.items():
        scores.add(f"claims.{name}", count, n)
    scores.add("claims.suspected_share", ratio(counts["suspected"], n), n)
    if signed:
        mine = [row for row in rows if row["article_id"] in signed and not row["share_found"]]
        scores.add("claims.signed_nothing_found_derived", sum(row["derivation"] in DERIVED for row in mine), len(mine))
        scores.add("claims.signed_suspected", sum(row["evidence"] == "suspected" for row in mine), len(mine))


def signed_by_people(run: Run) -> set[str]:
    """Articles whose by-line column names a person: neither the outlet nor an agency."""
    credited = set()
    if run.credits is not None:
        columns = (run.credits[name].to_pylist() for name in ("article_id", "kind"))
        credited = {name for name, kind in zip(*columns, strict=True) if kind in ("full", "partial")}
    columns = (run.articles[name].to_pylist() for name in ("article_id", "outlet", "extra"))
    signed = set()
    for name, outlet, extra in zip(*columns, strict=True):
        byline = str((json.loads(extra) if extra else {}).get("byline") or "").strip()
        if byline and not (outlet and outlet.lower() in byline.lower()) and name not in credited:
            signed.add(name)
    return signed


def _judge_articles(scores: Scores, labels: Labels, rows: Mapping[str, dict[str, Any]]) -> None:
    """Agencies named of labelled articles, and derived ones that the labels call the paper's own."""
    judged = {name: row for name, row in labels.articles.items() if name in rows}
    own = [name for name, row in judged.items() if row["derivation"] == "non"]
    scores.add("claims.own_called_derived", sum(rows[name]["derivation"] in DERIVED for name in own), len(own))
    named = {name: rows[name]["agency"] for name in judged if rows[name]["agency"]}
    wrong = []
    for name, agency in named.items():
        true = judged[name]["agency"] if judged[name]["derivation"] != "non" else None
        if not agreed(agency, true):
            wrong.append({"measure": "claims.wrong_agency", "article_id": name, "label": true, "predicted": agency})
    scores.false_alarms += wrong
    scores.add("claims.wrong_agency", len(wrong), len(named))
    classes = {name: rows[name]["derivation"] for name in judged}
    truth = {name: judged[name]["derivation"] for name in judged}
    wholly = [name for name, kind in classes.items() if kind == "wholly" and truth[name] in schemas.DERIVATIONS]
    scores.add(
        "claims.wholly_precision", ratio(sum(truth[name] == "wholly" for name in wholly), len(wholly)), len(wholly)
    )
    scores.add("claims.cannot_be_told", sum(kind is None for kind in classes.values()), len(classes))


def agreed(named: str, true: str | None) -> bool:
    """Whether a named agency, or one of several, is among the true ones; PC is La Presse canadienne."""
    full = {"PC": "La Presse canadienne"}
    return bool({full.get(name, name) for name in (true or "").split("/")} & {*named.split("/")})


def _judge_origins(scores: Scores, labels: Labels, run: Run, places: Places) -> None:
    """Labelled passages that a cluster meets on both sides, and its origin: statement against the rest."""
    if run.clusters is None or run.passages is None:
        return
    of_cluster = {row["cluster_id"]: row for row in run.clusters.to_pylist()}
    spans: dict[str, list[tuple[int, int, str]]] = {}
    for row in run.passages.to_pylist():
        begin, end = places.span((row["article_id"], row["paragraph"]), row["begin"], row["end"])
        spans.setdefault(row["article_id"], []).append((begin, end, row["cluster_id"]))
    pairs: list[tuple[bool, bool]] = []
    confusion: Counter[tuple[str, str]] = Counter()
    meets: Counter[tuple[str, bool]] = Counter()
    for row in labels.origins:
        met = [
            {
                name: min(end, high) - max(begin, low)
                for low, high, name in spans.get(article, ())
                if low < end and begin < high
            }
            for article, begin, end in _ends(row, places)
        ]
        both = {name: min(met[0][name], met[1][name]) for name in met[0].keys() & met[1].keys()}
        meets[row["origin"], bool(both)] += 1
        if not both:
            continue
        cluster = of_cluster[max(both, key=lambda name: (both[name], name))]
        true, said = row["origin"] in STATEMENTS, cluster["origin"] == "statement"
        pairs.append((true, said))
        confusion[row["origin"], cluster["origin"]] += 1
        if true != said:
            wrong = {"measure": "origin.statement", "label": row["origin"], "predicted": cluster["origin"]}
            wrong |= {"cluster_id": cluster["cluster_id"], **row}
            (scores.misses if true else scores.false_alarms).append(wrong)
    hit = sum(true and said for true, said in pairs)
    precision, recall = ratio(hit, sum(said for _, said in pairs)), ratio(hit, sum(true for true, _ in pairs))
    scores.add("origin.statement_precision", precision, len(pairs))
    scores.add("origin.statement_recall", recall, len(pairs))
    scores.add("origin.statement_f1", measures.f1(precision, recall), len(pairs))
    shared, by_chance = (sum(meets[name, True] for name in names) for names in (SHARED, BY_CHANCE))
    labelled = shared + sum(meets[name, False] for name in SHARED)
    scores.add("origin.passages_precision", ratio(shared, shared + by_chance), shared + by_chance)
    scores.add("origin.passages_recall", ratio(shared, labelled), labelled)
    scores.details["origins"] = {f"{true} as {said}": n for (true, said), n in sorted(confusion.items())}


def _ends(row: Mapping[str, Any], places: Places) -> list[tuple[str, int, int]]:
    return [
        (
            row[f"{side}_article_id"],
            *places.span(
                (row[f"{side}_article_id"], row[f"{side}_paragraph"]), row[f"{side}_begin"], row[f"{side}_end"]
            ),
        )
        for side in ("left", "right")
    ]

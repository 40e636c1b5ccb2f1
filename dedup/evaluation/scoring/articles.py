"""The table of articles against labelled articles: derivation, share, probability, source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedup import schemas
from dedup.constants import AGENCY_SHARE
from dedup.evaluation import measures
from dedup.evaluation.labels import Labels
from dedup.evaluation.measures import ratio
from dedup.evaluation.scoring.run import SILENT_SHARE, Run, Scores, article_facts, rows_by_article


def score_articles(scores: Scores, labels: Labels, run: Run) -> None:
    """Derivation, share of agency words, p_agency, best source and precision of the date, article by article.

    Dispatches are not judged: where they come from is no question of derivation.
    """
    facts = article_facts(run.articles)
    dated = [name for name in labels.precisions if name in facts]
    right = [name for name in dated if facts[name]["date_precision"] == labels.precisions[name]]
    scores.add("articles.date_precision", ratio(len(right), len(dated)), len(dated))
    if run.article_provenance is None or not labels.articles:
        return
    labelled = {
        name: row
        for name, row in labels.articles.items()
        if not facts[name]["is_wire"] and row["derivation"] in schemas.DERIVATIONS
    }
    if not labelled:
        return
    rows = rows_by_article(run.article_provenance, labelled)
    truth = [row["derivation"] for row in labelled.values()]
    given = [rows[name]["derivation"] or "non" for name in labelled]
    scores.add("derivation.macro_f1", measures.macro_f1(truth, given, schemas.DERIVATIONS), len(truth))
    for kind in schemas.DERIVATIONS:
        f1 = measures.macro_f1([str(t == kind) for t in truth], [str(g == kind) for g in given], ["True"])
        scores.add(f"derivation.f1_{kind}", f1, truth.count(kind))
    scores.details.setdefault("confusions", {})["derivation"] = measures.confusion(truth, given)
    for name, expected, predicted in zip(labelled, truth, given, strict=True):
        if expected != predicted:
            wrong = {
                "measure": "derivation",
                "article_id": name,
                "label": expected,
                "predicted": predicted,
                "share": rows[name]["share_estimated"],
            }
            (scores.misses if expected != "non" else scores.false_alarms).append(wrong)
    _score_shares(scores, labelled, rows)
    # A source that is not in the run cannot be named.
    sourced = {
        name: row["sources"]
        for name, row in labelled.items()
        if row["derivation"] != "non" and not row["sources"].isdisjoint(facts)
    }
    hits = sum(rows[name]["best_source"] in sources for name, sources in sourced.items())
    scores.add("articles.best_source", ratio(hits, len(sourced)), len(sourced))


def _score_shares(
    scores: Scores, labelled: Mapping[str, Mapping[str, Any]], rows: Mapping[str, Mapping[str, Any]]
) -> None:
    shared = [name for name, row in labelled.items() if row["share"] is not None]
    if not shared:
        return
    given = {name: rows[name]["share_estimated"] or 0.0 for name in shared}
    # The labels count all words, share_estimated leaves the boilerplate out of its base: both bases are scored.
    all_words = {name: share * (1 - (rows[name]["share_boilerplate"] or 0.0)) for name, share in given.items()}

    def error(shares: Mapping[str, float], truth: str) -> float:
        return sum(abs(share - labelled[name][truth]) for name, share in shares.items()) / len(shares)

    scores.add("share_agency.absolute_error", error(given, "share"), len(shared))
    for kind in (*schemas.DERIVATIONS, None):
        if of_kind := {name: share for name, share in given.items() if rows[name]["derivation"] == kind}:
            errors = sum(abs(share - labelled[name]["share"]) for name, share in of_kind.items())
            scores.add(f"share_agency.absolute_error_{kind or 'untold'}", errors / len(of_kind), len(of_kind))
    scores.add("share_agency.all_words_absolute_error", error(all_words, "share"), len(shared))
    scores.add("share_agency.afp_absolute_error", error(given, "afp_share"), len(shared))
    scores.details["shares"] = {
        name: {"label": labelled[name]["share"], "run": round(given[name], 3)}
        for name in sorted(shared, key=lambda name: (-abs(given[name] - labelled[name]["share"]), name))[:20]
    }
    judged = [name for name in shared if rows[name]["p_agency"] is not None]
    if judged:
        truth = [labelled[name]["share"] >= AGENCY_SHARE for name in judged]
        result = measures.probability_scores(truth, [rows[name]["p_agency"] for name in judged])
        scores.details["p_agency"] = result.pop("bins")
        for name, value in result.items():
            scores.add(f"p_agency.{name}", value, len(judged))


def score_hidden(scores: Scores, labels: Labels, run: Run) -> None:
    """p_agency of a run from which the dispatches are hidden: does an article carry one for 35 % of its text?

    ``hidden`` judges every article; one that carries a dispatch that nobody stored counts as carrying none there.
    ``hidden_known`` judges those of which it is known: the carriers, articles labelled with less agency prose, and
    silent ones (under 5 % copied, no agency credited or cited). ``hidden_labelled`` leaves the silent ones out.
    """
    if run.article_provenance is None or not labels.wires:
        return
    names = ("article_id", "is_wire", "p_agency", "copy_rate", "credit_status")
    rows = list(zip(*(run.article_provenance[name].to_pylist() for name in names), strict=True))
    if any(name in labels.wires for name, *_ in rows):
        return
    judged: dict[str, list[tuple[bool, float]]] = {"hidden": [], "hidden_known": [], "hidden_labelled": []}
    for name, is_wire, p, copied, status in rows:
        if is_wire or p is None:
            continue
        carries = labels.carried.get(name, 0.0) >= AGENCY_SHARE
        share = labels.articles.get(name, {}).get("share")
        other = share is not None and share < AGENCY_SHARE
        silent = share is None and copied is not None and copied < SILENT_SHARE and status in ("none", "photo_only")
        judged["hidden"].append((carries, p))
        if carries or other or silent:
            judged["hidden_known"].append((carries, p))
        if carries or other:
            judged["hidden_labelled"].append((carries, p))
    for reading, pairs in judged.items():
        if any(carries for carries, _ in pairs):
            result = measures.probability_scores([carries for carries, _ in pairs], [p for _, p in pairs])
            scores.details[f"p_agency_{reading}"] = result.pop("bins")
            for name, value in result.items():
                scores.add(f"p_agency.{reading}_{name}", value, len(pairs))

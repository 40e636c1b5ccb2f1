"""A run's tables + labels -> scores: every measure of the evaluation, and the rows behind it.

All spans are compared in the article's own code points (``paragraphs.begin`` + offset), so that a whole article
and a part of one line can be held against each other. Formulas stand in ``dedup.evaluation.measures``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import AGENCY_SHARE, HALF, SURE
from dedup.evaluation import measures
from dedup.evaluation.labels import POSITIVE, Labels
from dedup.evaluation.measures import SpanPair, ratio

STRATA = ((0.1, 0.2), (0.2, AGENCY_SHARE), (AGENCY_SHARE, 0.5), (0.5, 0.8), (0.8, 1.0))
"""Strata of the shared text of two articles: the larger of the two shares, lower edge included."""

SILENT_SHARE = 0.05
"""Copied share under which an article without a word of an agency is known to carry no dispatch."""

SPAN_COLUMNS = tuple(
    f"{side}_{name}" for side in ("left", "right") for name in ("article_id", "paragraph", "begin", "end")
)
"""Columns of MATCHES that say where the two spans lie."""

TEXT_KINDS = frozenset({"full", "partial", "in_text", "quote_to_agency"})


class Detection(NamedTuple):
    """A match in article coordinates: its oriented spans, whether it is reported as copied prose, and its row."""

    pair: SpanPair
    copied: bool
    match: Mapping[str, Any] | None


Detections = Mapping[tuple[str, str], Sequence[Detection]]
"""Detections by (smaller, larger) article id."""


@dataclass(frozen=True)
class Run:
    """The tables of a snapshot that are scored; a table that the snapshot does not hold is None."""

    articles: pa.Table
    paragraphs: pa.Table
    matches: pa.Table
    passages: pa.Table | None = None
    clusters: pa.Table | None = None
    credits: pa.Table | None = None
    article_provenance: pa.Table | None = None


@dataclass
class Scores:
    """Named values with the number of things each was measured on, and the rows behind them."""

    values: dict[str, float] = field(default_factory=dict)
    n: dict[str, int] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    misses: list[dict[str, Any]] = field(default_factory=list)
    false_alarms: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, value: float | None, n: int) -> None:
        """Keep a measure; one that is measured on nothing is left out."""
        if value is not None and n:
            self.values[name] = float(value)
            self.n[name] = int(n)


def score(run: Run, labels: Labels) -> Scores:
    """Score a run's tables against labels of its own articles."""
    scores = Scores()
    places = Places(run.paragraphs, labels.article_ids())
    found = detections(run, places, judged_pairs(labels, run))
    score_spans(scores, labels, found, places)
    score_passages(scores, labels, found, places)
    _score_clusters(scores, labels, run, places)
    _score_articles(scores, labels, run)
    _score_hidden(scores, labels, run)
    _score_credits(scores, labels, run, places)
    score_reference(scores, labels, found, places, run.articles)
    return scores


class Places:
    """Where each paragraph of some articles lies in its article, in code points."""

    def __init__(self, paragraphs: pa.Table, articles: set[str]) -> None:
        wanted = paragraphs.filter(pc.is_in(paragraphs["article_id"], pa.array(sorted(articles), pa.string())))
        names = ("article_id", "paragraph", "begin", "end", "role")
        self._spans: dict[tuple[str, int], tuple[int, int]] = {}
        self._roles: dict[tuple[str, int], str | None] = {}
        self._sizes: Counter[str] = Counter()
        for article, paragraph, begin, end, role in zip(*(wanted[name].to_pylist() for name in names), strict=True):
            self._spans[article, paragraph] = begin, end
            self._roles[article, paragraph] = role
            self._sizes[article] = max(self._sizes[article], end)

    def size(self, article: str) -> int:
        """Code points of an article, up to the end of its last paragraph."""
        return self._sizes[article]

    def is_prose(self, article: str, paragraph: int) -> bool:
        """False for captions, credit lines, embeds and boilerplate."""
        return self._roles.get((article, paragraph)) not in schemas.SET_APART

    def span(self, place: tuple[str, int], begin: int, end: int | None) -> tuple[int, int]:
        """A span of a paragraph in the article's code points; without an end, to the end of the paragraph.

        A paragraph that the run does not have lies before every text, where nothing can meet it.
        """
        if place not in self._spans:
            return -1 - ((end or 1) - begin), -1
        start, stop = self._spans[place]
        return start + begin, stop if end is None else start + end

    def pair(
        self,
        left: tuple[str, int],
        left_begin: int,
        left_end: int | None,
        right: tuple[str, int],
        right_begin: int,
        right_end: int | None,
    ) -> SpanPair:
        """Two spans of paragraphs as one oriented pair in article code points."""
        return SpanPair(
            left[0], *self.span(left, left_begin, left_end), right[0], *self.span(right, right_begin, right_end)
        ).oriented()

    def labelled(self, row: Mapping[str, Any]) -> SpanPair:
        """The spans of a row with the column names of MATCHES."""
        return self.pair(
            (row["left_article_id"], row["left_paragraph"]),
            row["left_begin"],
            row["left_end"],
            (row["right_article_id"], row["right_paragraph"]),
            row["right_begin"],
            row["right_end"],
        )


def detections(run: Run, places: Places, wanted: Callable[[str, str], bool]) -> Detections:
    """The run's matches between wanted pairs of articles.

    A match is reported as copied prose unless it is ``quote_only``, a rewrite, less sure than 0.5, in a caption,
    credit, embed or boilerplate paragraph, or of passages whose cluster is boilerplate.
    """
    furniture = _furniture(run)
    names = [*SPAN_COLUMNS, "edit_class", "confidence", "left_passage_id", "right_passage_id"]
    names += {"rewrite"} & {*run.matches.column_names}  # an older snapshot has none
    found: dict[tuple[str, str], list[Detection]] = defaultdict(list)
    for values in zip(*(run.matches[name].to_pylist() for name in names), strict=True):
        if not wanted(values[0], values[4]):
            continue
        row = dict(zip(names, values, strict=True))
        copied = (
            row["edit_class"] != "quote_only"
            and not row.get("rewrite")
            and (row["confidence"] is None or row["confidence"] >= SURE)
            and all(places.is_prose(row[f"{side}_article_id"], row[f"{side}_paragraph"]) for side in ("left", "right"))
            and row["left_passage_id"] not in furniture
            and row["right_passage_id"] not in furniture
        )
        pair = places.labelled(row)
        found[pair.left, pair.right].append(Detection(pair, copied, row))
    return found


def score_spans(scores: Scores, labels: Labels, found: Detections, places: Places) -> None:
    """PAN's measures and the rule of halves, on labels that name every shared passage of their articles.

    A labelled pair is found when matches cover at least half of both its spans; a match is false when less than
    half of one of its sides lies inside labelled spans that it meets on both sides.
    """
    if not labels.spans:
        return
    rows = [(row, places.labelled(row)) for row in labels.spans]
    inside = labels.span_articles
    judged = [d for pair, listed in found.items() if pair[0] in inside and pair[1] in inside for d in listed]
    allowed = [pair for _, pair in rows] + _chained([pair for row, pair in rows if row["chained"]])
    by_texts: dict[tuple[str, str], list[SpanPair]] = defaultdict(list)
    for pair in allowed:
        by_texts[pair.left, pair.right].append(pair)
    tiers = sorted({row["tier"] for row, _ in rows if row["required"]})
    for tier in tiers:
        cases = [pair for row, pair in rows if row["tier"] == tier]
        hits = 0
        for row, case in ((row, pair) for row, pair in rows if row["tier"] == tier):
            met = [d.pair for d in found.get((case.left, case.right), ()) if measures.detects(d.pair, case)]
            if _half_covered(case, met):
                hits += 1
            else:
                scores.misses.append({"measure": f"spans.{tier}.found", **_span_columns(row), "label": tier})
        scores.add(f"spans.{tier}.found", hits / len(cases), len(cases))
        # A match of another tier is no fault of this one.
        of_texts: dict[tuple[str, str], list[SpanPair]] = defaultdict(list)
        for case in cases:
            of_texts[case.left, case.right].append(case)
        of_tier = [
            d.pair
            for d in judged
            if any(measures.detects(d.pair, case) for case in of_texts[d.pair.left, d.pair.right])
            or not any(measures.detects(d.pair, other) for other in by_texts[d.pair.left, d.pair.right])
        ]
        for name, value in measures.pan(cases, of_tier).items():
            scores.add(f"spans.{tier}.{name}", value, len(cases))
    false = 0
    for pair, _, match in judged:
        met = [other for other in by_texts[pair.left, pair.right] if measures.detects(pair, other)]
        if not _half_covered(pair, met):
            false += 1
            if match is not None:
                scores.false_alarms.append({"measure": "spans.false_matches", **_span_columns(match)})
    # Measured also when nothing was found: no match is no false match.
    scores.add("spans.false_matches", false, max(1, len(judged)))


def score_passages(scores: Scores, labels: Labels, found: Detections, places: Places) -> None:
    """Precision and recall over a sample of labelled pairs of passages.

    A pair is met by a match that shares, on both sides, at least half of the shorter of the match's and the
    labelled span; it is reported when a match reported as copied prose meets it. ``covered`` asks for more: the
    matches cover at least half of both labelled spans.
    """
    if not labels.passages:
        return
    counts: Counter[str] = Counter()
    table: dict[str, Counter[str]] = defaultdict(Counter)
    broken_down: dict[str, dict[str, Counter[str]]] = {
        "edit_class": defaultdict(Counter),
        "stratum": defaultdict(Counter),
    }
    for row in labels.passages:
        case = places.labelled(row)
        of_pair = found.get((case.left, case.right), ())
        met = [d for d in of_pair if _meets(d.pair, case)]
        copied = any(d.copied for d in met)
        covered = _half_covered(case, [d.pair for d in of_pair if d.copied and measures.detects(d.pair, case)])
        positive = row["label"] in POSITIVE
        counts["positive"] += positive
        counts["reported"] += copied
        counts["hit"] += positive and copied
        counts["met"] += positive and bool(met)
        counts["covered"] += positive and covered
        outcome = "copied" if copied else "quotation or furniture" if met else "not found"
        table[row["label"]][outcome] += 1
        if positive:
            for key, groups in broken_down.items():
                groups[str(row.get(key))]["copied" if copied else "missed"] += 1
        if positive != copied:
            rows = scores.misses if positive else scores.false_alarms
            measure = "passages.recall" if positive else "passages.precision"
            rows.append({"measure": measure, **_span_columns(row), "label": row["label"], "predicted": outcome})
    precision, recall = ratio(counts["hit"], counts["reported"]), ratio(counts["hit"], counts["positive"])
    scores.add("passages.precision", precision, counts["reported"])
    scores.add("passages.recall", recall, counts["positive"])
    scores.add("passages.f1", measures.f1(precision, recall), len(labels.passages))
    scores.add("passages.recall_any_match", ratio(counts["met"], counts["positive"]), counts["positive"])
    scores.add("passages.recall_covered", ratio(counts["covered"], counts["positive"]), counts["positive"])
    scores.details.setdefault("confusions", {})["passages"] = {label: dict(row) for label, row in sorted(table.items())}
    scores.details["passages"] = {
        key: {name: dict(counter) for name, counter in sorted(groups.items())} for key, groups in broken_down.items()
    }


def _score_clusters(scores: Scores, labels: Labels, run: Run, places: Places) -> None:
    """Adjusted Rand index and B-cubed over labelled spans, and labelled pairs held together or apart.

    True clusters are what positive labels connect, spans of one article that overlap by half being one; a span's
    predicted cluster is that of the passage it overlaps most. Labels of passages are a sample: two of them can be
    one cluster that no label joins, so both figures are lower bounds there. Boilerplate clusters join nothing, and
    pairs labelled ``quote`` are not judged: a cluster may well hold the words of a quotation together.
    """
    if run.passages is None:
        return
    cluster_of = _clusters_by_article(run, places)
    if labels.outsiders:
        inside = sorted(labels.outsiders & set(cluster_of))
        scores.add("clusters.non_derived_in_a_cluster", len(inside), len(labels.outsiders))
        scores.false_alarms += [{"measure": "clusters.outsiders", "article_id": name} for name in inside]
    rows = [
        (places.labelled(row), row["label"] in POSITIVE)
        for row in [*labels.spans, *labels.passages]
        if row["label"] != "quote"
    ]
    if not rows:
        return
    spans: list[tuple[str, int, int]] = []
    for pair, _ in rows:
        spans += [(pair.left, pair.left_begin, pair.left_end), (pair.right, pair.right_begin, pair.right_end)]
    spans = sorted(set(spans))
    number = {span: place for place, span in enumerate(spans)}
    links = []
    joined: Counter[str] = Counter()
    predicted_sets = [_touched(cluster_of, *span) for span in spans]
    for pair, positive in rows:
        left, right = number[pair[:3]], number[pair[3:]]
        together = bool(predicted_sets[left].keys() & predicted_sets[right].keys())
        joined["positive"] += positive
        joined["together"] += together
        joined["hit"] += positive and together
        if positive:
            links.append((left, right))
    links += _overlapping(spans)
    truth = measures.components(len(spans), links)
    best = [max(sets, key=lambda name: (sets[name], name)) if sets else None for sets in predicted_sets]
    names = {name: place for place, name in enumerate(sorted({name for name in best if name is not None}))}
    flat = [names[name] if name is not None else len(names) + item for item, name in enumerate(best)]
    scores.add("clusters.adjusted_rand", measures.adjusted_rand(truth, flat), len(spans))
    for name, value in measures.bcubed([{item} for item in truth], [{item} for item in flat]).items():
        scores.add(f"clusters.bcubed_{name}", value, len(spans))
    scores.add("clusters.pair_precision", ratio(joined["hit"], joined["together"]), joined["together"])
    scores.add("clusters.pair_recall", ratio(joined["hit"], joined["positive"]), joined["positive"])


def _score_articles(scores: Scores, labels: Labels, run: Run) -> None:
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
    rows = _rows_by_article(run.article_provenance, labelled)
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


def _score_hidden(scores: Scores, labels: Labels, run: Run) -> None:
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


def _score_credits(scores: Scores, labels: Labels, run: Run, places: Places) -> None:
    """Credit status by article; mentions by exact span and kind; photo credits taken for credits of the text."""
    if labels.statuses and run.article_provenance is not None:
        rows = _rows_by_article(run.article_provenance, labels.statuses)
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
            inside = [row for row in judged if low <= row[0] and (row[0] < high or high == 1.0)]
            scores.add(f"pairs.{kind}.{name}", ratio(sum(row[place] for row in inside), len(inside)), len(inside))
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


def judged_pairs(labels: Labels, run: Run) -> Callable[[str, str], bool]:
    """True for two articles that some label of spans, passages or pairs can judge."""
    exact = {
        tuple(sorted((row["left_article_id"], row["right_article_id"]))) for row in [*labels.spans, *labels.passages]
    }
    groups = [
        labels.span_articles,
        {name for row in labels.reference for name in (row["left_article_id"], row["right_article_id"])},
    ]

    def wanted(left: str, right: str) -> bool:
        if left == right:
            return False
        pair = (left, right) if left < right else (right, left)
        return pair in exact or any(left in group and right in group for group in groups)

    return wanted


def article_facts(articles: pa.Table) -> dict[str, dict[str, Any]]:
    rows = articles.select(["article_id", "outlet", "published_at", "date_precision", "is_wire"]).to_pylist()
    return {row["article_id"]: row for row in rows}


def days_apart(facts: Mapping[str, Mapping[str, Any]], left: str, right: str) -> int | None:
    times = facts[left]["published_at"], facts[right]["published_at"]
    return None if None in times else abs(times[0] - times[1]) // timedelta(days=1)


def _rows_by_article(table: pa.Table, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    """Rows of the wanted articles; one that the table forgot has nothing but nulls."""
    kept = table.filter(pc.is_in(table["article_id"], pa.array(sorted(wanted), pa.string())))
    nothing = dict.fromkeys(table.column_names)
    return {name: nothing for name in wanted} | {row["article_id"]: row for row in kept.to_pylist()}


def same_outlet(left: str | None, right: str | None) -> bool:
    return left is not None and left == right


def _furniture(run: Run) -> set[str]:
    """Passages whose cluster is boilerplate."""
    if run.passages is None or run.clusters is None:
        return set()
    columns = (run.clusters[name].to_pylist() for name in ("cluster_id", "is_boilerplate"))
    clusters = {name for name, flag in zip(*columns, strict=True) if flag}
    columns = (run.passages[name].to_pylist() for name in ("passage_id", "cluster_id"))
    return {passage for passage, cluster in zip(*columns, strict=True) if cluster in clusters}


def _clusters_by_article(run: Run, places: Places) -> dict[str, list[tuple[int, int, str]]]:
    """Spans and cluster ids of the passages, by article; boilerplate clusters left out."""
    dropped: set[str] = set()
    if run.clusters is not None:
        columns = (run.clusters[name].to_pylist() for name in ("cluster_id", "is_boilerplate"))
        dropped = {name for name, flag in zip(*columns, strict=True) if flag}
    passages = run.passages.select(["article_id", "paragraph", "begin", "end", "cluster_id"])
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for article, paragraph, begin, end, cluster in zip(*(c.to_pylist() for c in passages.columns), strict=True):
        if cluster not in dropped and cluster is not None and places.size(article):
            found[article].append((*places.span((article, paragraph), begin, end), cluster))
    return found


def _touched(cluster_of: Mapping[str, list[tuple[int, int, str]]], article: str, begin: int, end: int) -> Counter[str]:
    """Clusters of the passages that share at least half of the shorter with a span -> code points in common."""
    touched: Counter[str] = Counter()
    for low, high, cluster in cluster_of.get(article, ()):
        common = min(end, high) - max(begin, low)
        if common > 0 and common >= HALF * min(end - begin, high - low):
            touched[cluster] += common
    return touched


def _meets(detection: SpanPair, case: SpanPair) -> bool:
    """True when both sides share at least half of the shorter of the two spans."""
    if not measures.detects(detection, case):
        return False
    left = min(detection.left_end, case.left_end) - max(detection.left_begin, case.left_begin)
    right = min(detection.right_end, case.right_end) - max(detection.right_begin, case.right_begin)
    return left >= HALF * min(
        detection.left_end - detection.left_begin, case.left_end - case.left_begin
    ) and right >= HALF * min(detection.right_end - detection.right_begin, case.right_end - case.right_begin)


def _half_covered(pair: SpanPair, others: Sequence[SpanPair]) -> bool:
    left, right = measures.covered_sides(pair, others)
    return left >= HALF * (pair.left_end - pair.left_begin) and right >= HALF * (pair.right_end - pair.right_begin)


def _overlapping(spans: Sequence[tuple[str, int, int]]) -> list[tuple[int, int]]:
    """Places of the spans (sorted) of one article that share at least half of the shorter."""
    links = []
    for left, (article, begin, end) in enumerate(spans):
        for right in range(left + 1, len(spans)):
            other, low, high = spans[right]
            if other != article or low >= end:
                break
            if min(end, high) - low >= HALF * min(end - begin, high - low):
                links.append((left, right))
    return links


def _chained(pairs: Sequence[SpanPair]) -> list[SpanPair]:
    """Pairs of spans that follow from others by chaining: two carriers of one dispatch, two of its versions."""
    spans = sorted({span for pair in pairs for span in (pair[:3], pair[3:])})
    number = {span: place for place, span in enumerate(spans)}
    links = [(number[pair[:3]], number[pair[3:]]) for pair in pairs] + _overlapping(spans)
    members: dict[int, list[int]] = defaultdict(list)
    for item, name in enumerate(measures.components(len(spans), links)):
        members[name].append(item)
    return [
        SpanPair(*spans[left], *spans[right])
        for group in members.values()
        for left in group
        for right in group
        if left < right and spans[left][0] != spans[right][0]
    ]


def _span_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row.get("id"), **{name: row[name] for name in SPAN_COLUMNS}, "edit_class": row.get("edit_class")}

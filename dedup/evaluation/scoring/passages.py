"""Matches against labelled pairs of passages, and clusters against what positive labels connect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from dedup.constants import HALF
from dedup.evaluation import measures
from dedup.evaluation.labels import POSITIVE, Labels
from dedup.evaluation.measures import SpanPair, ratio
from dedup.evaluation.scoring.places import Detections, Places, chained, half_covered, meets, overlapping
from dedup.evaluation.scoring.run import Run, Scores, span_columns


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
    allowed = [pair for _, pair in rows] + chained([pair for row, pair in rows if row["chained"]])
    by_texts: dict[tuple[str, str], list[SpanPair]] = defaultdict(list)
    for pair in allowed:
        by_texts[pair.left, pair.right].append(pair)
    tiers = sorted({row["tier"] for row, _ in rows if row["required"]})
    for tier in tiers:
        cases = [pair for row, pair in rows if row["tier"] == tier]
        hits = 0
        for row, case in ((row, pair) for row, pair in rows if row["tier"] == tier):
            met = [d.pair for d in found.get((case.left, case.right), ()) if measures.detects(d.pair, case)]
            if half_covered(case, met):
                hits += 1
            else:
                scores.misses.append({"measure": f"spans.{tier}.found", **span_columns(row), "label": tier})
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
        if not half_covered(pair, met):
            false += 1
            if match is not None:
                scores.false_alarms.append({"measure": "spans.false_matches", **span_columns(match)})
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
        met = [d for d in of_pair if meets(d.pair, case)]
        copied = any(d.copied for d in met)
        covered = half_covered(case, [d.pair for d in of_pair if d.copied and measures.detects(d.pair, case)])
        positive = row["label"] in POSITIVE
        counts["positive"] += positive
        counts["reported"] += copied
        counts["hit"] += positive and copied
        counts["met"] += positive and bool(met)
        counts["covered"] += positive and covered
        outcome = "copied" if copied else "quotation or boilerplate" if met else "not found"
        table[row["label"]][outcome] += 1
        if positive:
            for key, groups in broken_down.items():
                groups[str(row.get(key))]["copied" if copied else "missed"] += 1
        if positive != copied:
            rows = scores.misses if positive else scores.false_alarms
            measure = "passages.recall" if positive else "passages.precision"
            rows.append({"measure": measure, **span_columns(row), "label": row["label"], "predicted": outcome})
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


def score_clusters(scores: Scores, labels: Labels, run: Run, places: Places) -> None:
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
    links += overlapping(spans)
    truth = measures.components(len(spans), links)
    best = [max(sets, key=lambda name: (sets[name], name)) if sets else None for sets in predicted_sets]
    names = {name: place for place, name in enumerate(sorted({name for name in best if name is not None}))}
    flat = [names[name] if name is not None else len(names) + item for item, name in enumerate(best)]
    scores.add("clusters.adjusted_rand", measures.adjusted_rand(truth, flat), len(spans))
    for name, value in measures.bcubed([{item} for item in truth], [{item} for item in flat]).items():
        scores.add(f"clusters.bcubed_{name}", value, len(spans))
    scores.add("clusters.pair_precision", ratio(joined["hit"], joined["together"]), joined["together"])
    scores.add("clusters.pair_recall", ratio(joined["hit"], joined["positive"]), joined["positive"])


def _clusters_by_article(run: Run, places: Places) -> dict[str, list[tuple[int, int, str]]]:
    """Spans and cluster ids of the passages, by article; boilerplate clusters left out."""
    dropped: set[str] = set()
    if run.clusters is not None:
        columns = (run.clusters[name].to_pylist() for name in ("cluster_id", "is_boilerplate"))
        dropped = {name for name, flag in zip(*columns, strict=True) if flag}
    if run.passages is None:
        return {}
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

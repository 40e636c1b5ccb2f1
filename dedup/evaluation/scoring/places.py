"""Paragraphs -> places in the article: spans in its own code points, and the matches of a run between them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import HALF, SURE
from dedup.evaluation import measures
from dedup.evaluation.labels import Labels
from dedup.evaluation.measures import SpanPair
from dedup.evaluation.scoring.run import SPAN_COLUMNS, Run


class Detection(NamedTuple):
    """A match in article coordinates: its oriented spans, whether it is reported as copied prose, and its row."""

    pair: SpanPair
    copied: bool
    match: Mapping[str, Any] | None


Detections = Mapping[tuple[str, str], Sequence[Detection]]
"""Detections by (smaller, larger) article id."""


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
    boilerplate = _boilerplate(run)
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
            and row["left_passage_id"] not in boilerplate
            and row["right_passage_id"] not in boilerplate
        )
        pair = places.labelled(row)
        found[pair.left, pair.right].append(Detection(pair, copied, row))
    return found


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


def _boilerplate(run: Run) -> set[str]:
    """Passages whose cluster is boilerplate."""
    if run.passages is None or run.clusters is None:
        return set()
    columns = (run.clusters[name].to_pylist() for name in ("cluster_id", "is_boilerplate"))
    clusters = {name for name, flag in zip(*columns, strict=True) if flag}
    columns = (run.passages[name].to_pylist() for name in ("passage_id", "cluster_id"))
    return {passage for passage, cluster in zip(*columns, strict=True) if cluster in clusters}


def meets(detection: SpanPair, case: SpanPair) -> bool:
    """True when both sides share at least half of the shorter of the two spans."""
    if not measures.detects(detection, case):
        return False
    left = min(detection.left_end, case.left_end) - max(detection.left_begin, case.left_begin)
    right = min(detection.right_end, case.right_end) - max(detection.right_begin, case.right_begin)
    return left >= HALF * min(
        detection.left_end - detection.left_begin, case.left_end - case.left_begin
    ) and right >= HALF * min(detection.right_end - detection.right_begin, case.right_end - case.right_begin)


def half_covered(pair: SpanPair, others: Sequence[SpanPair]) -> bool:
    left, right = measures.covered_sides(pair, others)
    return left >= HALF * (pair.left_end - pair.left_begin) and right >= HALF * (pair.right_end - pair.right_begin)


def overlapping(spans: Sequence[tuple[str, int, int]]) -> list[tuple[int, int]]:
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


def chained(pairs: Sequence[SpanPair]) -> list[SpanPair]:
    """Pairs of spans that follow from others by chaining: two carriers of one dispatch, two of its versions."""
    spans = sorted({span for pair in pairs for span in (pair[:3], pair[3:])})
    number = {span: place for place, span in enumerate(spans)}
    links = [(number[pair[:3]], number[pair[3:]]) for pair in pairs] + overlapping(spans)
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

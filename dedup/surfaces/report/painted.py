"""MATCHES -> the class of every word of an article that is shown, and which paragraphs meet which."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import id_numbers, ids_of
from dedup.constants import rows_at_once
from dedup.surfaces.painting import flattened
from dedup.surfaces.report.corpus import Corpus, found_at, places, true

PAINT = ("own", "house", *schemas.SHARES[1:])
"""Classes that a word may be painted with; 'house' is own prose that an outlet of the same owner prints too."""


MEETINGS = rows_at_once(32)
"""Sides of matches from which those that say the same are joined."""


def painted_words(corpus: Corpus, ids: pa.Array) -> tuple[Any, Any]:
    """MATCHES -> what to paint of each chosen article, and which of its paragraphs meet which of its sources'.

    As in the shares: a word counts once, under the greatest class of the matches that cover it; a match inside one
    owner does not count, and is painted as 'house' where nothing else is. Returns two functions of the article's
    place among the chosen: -> {paragraph: [[begin, end, class], ...]}, and -> {source id: [[paragraph, source's
    paragraph], ...]}.
    """
    all_spans, all_meetings = _joined(corpus, ids)
    n = len(ids)
    span_starts = np.searchsorted(all_spans[:, 0], np.arange(n + 1))
    meeting_starts = np.searchsorted(all_meetings[:, 0], np.arange(n + 1))

    def painted(rank: int) -> dict[int, list[list]]:
        by_paragraph: dict[int, list[tuple[int, int, int]]] = {}
        for _, paragraph, begin, end, kind in all_spans[span_starts[rank] : span_starts[rank + 1]].tolist():
            by_paragraph.setdefault(paragraph, []).append((begin, end, kind))
        return {
            paragraph: [[begin, end, PAINT[kind]] for begin, end, kind in flattened(found) if kind]
            for paragraph, found in by_paragraph.items()
        }

    def met(rank: int) -> dict[str, list[list[int]]]:
        pairs: dict[str, list[list[int]]] = {}
        for _, source, here, there in all_meetings[meeting_starts[rank] : meeting_starts[rank + 1]].tolist():
            pairs.setdefault(ids[source].as_py(), []).append([here, there])
        return pairs

    return painted, met


def _joined(corpus: Corpus, ids: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows (rank, paragraph, begin, end, place in PAINT) and (rank, source's rank, paragraph, its paragraph).

    A rank is a place in ``ids``; both are sorted, int32.
    """
    n = len(ids)
    background, traced = _background(corpus), _traced(corpus, ids)
    names = ["paragraph", "begin", "end"]
    columns = [*KIND, *(f"{side}_{name}" for side in ("left", "right") for name in ("article_id", *names))]
    spans, meetings = [np.zeros((0, 5), np.int32)], [np.zeros((0, 4), np.int32)]
    for batch in corpus.snapshot.batches("matches", columns):
        rank = {
            side: pc.index_in(batch[f"{side}_article_id"], ids).fill_null(-1).to_numpy().astype(np.int64)
            for side in ("left", "right")
        }
        place = {(side, name): batch[f"{side}_{name}"].to_numpy() for side in rank for name in names}
        kind = _kind(batch, background)
        counted = pc.is_valid(batch["left_passage_id"]).to_numpy(zero_copy_only=False)
        for side, far in (("left", "right"), ("right", "left")):
            mine = counted & (rank[side] >= 0)
            values = [rank[side], *(place[side, name] for name in names), kind]
            spans.append(np.stack(values, axis=1, dtype=np.int32)[mine])
            meets = (rank[side] >= 0) & (rank[far] >= 0)
            meets &= np.isin(rank[side] * n + rank[far], traced)
            both = rank[side], rank[far], place[side, "paragraph"], place[far, "paragraph"]
            meetings.append(np.stack(both, axis=1, dtype=np.int32)[meets])
        for found in (spans, meetings):
            if sum(map(len, found)) > 2 * len(found[0]) + MEETINGS:
                found[:] = [_distinct(np.concatenate(found))]
    return _distinct(np.concatenate(spans)), _distinct(np.concatenate(meetings))


KIND = ("insertions", "deletions", "substitutions", "edit_class", "same_owner", "left_passage_id")
"""Columns of MATCHES that say what its words are painted with."""


def _kind(batch: pa.RecordBatch, background: pa.Array) -> np.ndarray:
    """Place in PAINT of each match, int64."""
    changed = sum(batch[name].to_numpy() for name in KIND[:3])
    kind = np.where(changed == 0, PAINT.index("verbatim"), PAINT.index("edited"))
    kind[pc.is_in(batch["left_passage_id"], background).to_numpy(zero_copy_only=False)] = PAINT.index("background")
    kind[pc.equal(batch["edit_class"], "quote_only").to_numpy(zero_copy_only=False)] = PAINT.index("quotation")
    kind[true(batch["same_owner"]).to_numpy(zero_copy_only=False)] = PAINT.index("house")
    return kind


def _background(corpus: Corpus) -> pa.Array:
    """Ids of the passages of clusters that are background."""
    clusters = id_numbers(corpus.clusters["cluster_id"].filter(true(corpus.clusters["is_background"])))
    return ids_of(corpus.provenance["passage_id"].to_numpy()[found_at(corpus.provenance["cluster_id"], clusters) >= 0])


def _traced(corpus: Corpus, ids: pa.Array) -> np.ndarray:
    """Pairs (article, source) of the chosen of which a passage is traced so: rank * n + rank, sorted, distinct."""
    n = len(ids)
    rank_of = np.full(corpus.articles.num_rows + 1, -1, np.int64)  # the last one is asked for where there is no source
    rank_of[places(ids, corpus.articles["article_id"]).to_numpy()] = np.arange(n)
    key = rank_of[corpus.provenance["row"].to_numpy()]
    other = rank_of[corpus.provenance["source_row"].fill_null(-1).to_numpy()]
    return np.unique((key * n + other)[(key >= 0) & (other >= 0)])


def _distinct(rows: np.ndarray) -> np.ndarray:
    """Distinct rows in order; ``np.unique`` with an axis compares them byte by byte, ten times as slow."""
    rows = rows[np.lexsort(rows.T[::-1])]
    return rows[np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(rows)]]

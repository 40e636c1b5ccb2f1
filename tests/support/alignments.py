"""Small ALIGNMENTS for the tests of passages, clusters and shares: drawn, or from the few fields that matter."""

from __future__ import annotations

from itertools import pairwise, starmap

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from dedup import schemas
from dedup.arrays import Clusters, Passages
from dedup.config import Config
from dedup.tracing import cluster
from dedup.tracing.cluster import passages, spans

PARAGRAPHS_OF = 3
"""Paragraphs of each article of the tests: article a has the rows 3a, 3a + 1 and 3a + 2."""


def table(rows: list[dict]) -> pa.Table:
    """ALIGNMENTS from the few fields that matter; a word n stands at code points 2n to 2n + 1."""
    whole = []
    for row in rows:
        sides = {}
        for side in ("left", "right"):
            paragraph, begin, end = row[side]
            sides |= {
                side: paragraph // PARAGRAPHS_OF,
                f"{side}_paragraph": paragraph,
                f"{side}_begin_word": begin,
                f"{side}_end_word": end,
                f"{side}_begin": 2 * begin,
                f"{side}_end": 2 * end - 1,
            }
        counts = dict.fromkeys(("longest", "runs", "insertions", "deletions", "substitutions", "quoted", "others"), 0)
        whole.append(
            {**counts, "information": 99.0, "jaccard": 1.0, "quote_only": False, "rewrite": False, **row, **sides}
        )
    return pa.Table.from_pylist(whole, schema=schemas.ALIGNMENTS)


@st.composite
def alignments(draw, articles: int = 5) -> list[dict]:
    def side(article: int) -> tuple[int, int, int]:
        begin = draw(st.integers(0, 20))
        return article * PARAGRAPHS_OF + draw(st.integers(0, 1)), begin, begin + draw(st.integers(1, 12))

    rows = []
    for _ in range(draw(st.integers(0, 14))):
        one, other = sorted(draw(st.lists(st.integers(0, articles - 1), min_size=2, max_size=2, unique=True)))
        left, right = side(one), side(other)
        shorter = min(left[2] - left[1], right[2] - right[1])
        rows.append(
            {"left": left, "right": right, "matched": draw(st.integers(1, shorter)), "quote_only": draw(st.booleans())}
        )
    return rows


def joined(rows: list[dict], bounds: tuple[int, ...] = (0, 1 << 20)) -> tuple[Passages, np.ndarray]:
    """The passages, found in consecutive ranges of articles, and those of the sides of each match."""
    every = table(rows)
    ranges = starmap(range, pairwise(bounds))
    turn = np.arange(max(1, *(row[side][0] for row in rows for side in ("left", "right")), 1))
    blocks = (cluster.joined(spans(every, np.arange(len(rows)), some, turn)) for some in ranges)
    return passages(blocks, len(rows))


def clusters(found: Passages, ends: np.ndarray, matched: np.ndarray, config: Config, n_blocks: int = 1) -> Clusters:
    """The clusters of all passages, from the edges in one block or several."""
    blocks = [(ends[:, rows], matched[rows]) for rows in np.array_split(np.arange(len(matched)), n_blocks)]
    forest = np.concatenate([cluster.forest(block) for block, _ in blocks], axis=1)
    component = cluster.components(len(found.paragraph), cluster.forest(forest))
    words = found.end_word - found.begin_word
    parts = ((some, cluster.cut(component, words, some, blocks, config)) for some in cluster.turns(component, ends[0]))
    return cluster.clusters(component, parts)


def matched(rows: list[dict]) -> np.ndarray:
    return table(rows)["matched"].to_numpy()

"""Shares, rungs, probabilities -> what is said of an article: its evidence and its derivation.

The class follows from what was found. "Wholly" and "partially" need found words or a credit of the article's own; an
article that only reads like agency copy gets no class at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import Corpus, Passages, Shares
from dedup.constants import LIKELY
from dedup.tracing.witnesses import ATTESTED, CREDITED, SUSPECTED

WHOLLY, PARTIALLY, NON = range(len(schemas.DERIVATIONS))
CANNOT_BE_TOLD = len(schemas.DERIVATIONS)


class Verdicts(NamedTuple):
    """What is said of articles."""

    derivation: np.ndarray
    """(articles,) uint8, place in ``schemas.DERIVATIONS``, or CANNOT_BE_TOLD."""
    rung: np.ndarray
    """(articles,) uint8, place in ``schemas.EVIDENCE``."""


def verdicts(
    corpus: Corpus,
    shares: Shares,
    found: Passages,
    rung: np.ndarray,
    prose: np.ndarray,
    status: pa.Table,
    p_article: np.ndarray,
) -> Verdicts:
    """Evidence and derivation of each article.

    ``rung`` (passages,) is their evidence, ``prose`` (passages,) bool those that can be an agency's, ``p_article``
    (articles, 3) probability of each class.
    """
    best = np.zeros(len(corpus.low), np.uint8)
    solid = prose & (rung >= ATTESTED)
    np.maximum.at(best, corpus.article_of(found.paragraph[solid]), rung[solid])
    graded = pc.is_in(status["credit_status"], pa.array(["credited_full", "credited_partial"]))
    best = np.maximum(best, np.where(graded.to_numpy(zero_copy_only=False), CREDITED, 0)).astype(np.uint8)
    reads_so = p_article[:, NON] < LIKELY
    best[(best == 0) & reads_so] = SUSPECTED
    likeliest = p_article.argmax(axis=1)
    derivation = np.where((best <= SUSPECTED) & (likeliest != NON), CANNOT_BE_TOLD, likeliest)
    derivation[corpus.is_wire] = WHOLLY
    return Verdicts(derivation.astype(np.uint8), best)

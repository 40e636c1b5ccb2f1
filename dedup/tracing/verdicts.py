"""Shares, rungs, probabilities -> what is said of an article: its evidence and its derivation.

The class follows from what was found. "Wholly" and "partially" need found words or a credit of the article's own; an
article that only reads like agency copy gets no class at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup import schemas
from dedup.arrays import Corpus, Passages, Shares
from dedup.constants import AGENCY_SHARE, HALF, LEAST_PART, LIKELY, MOST_OF
from dedup.tracing.evidence import WITNESS_PROBABILITY
from dedup.tracing.witnesses import ATTESTED, CREDITED, SUSPECTED

LEAST_OWN = 0.25
"""Share of own words from which an article has a part of its own: more than a headline, a place line and a last
sentence. A stated convention, not a fitted threshold."""

WHOLLY, PARTIALLY, NON = range(len(schemas.DERIVATIONS))
CANNOT_BE_TOLD = len(schemas.DERIVATIONS)


class Verdicts(NamedTuple):
    """What is said of articles."""

    derivation: np.ndarray
    """(articles,) uint8, place in ``schemas.DERIVATIONS``, or CANNOT_BE_TOLD."""
    rung: np.ndarray
    """(articles,) uint8, place in ``schemas.EVIDENCE``."""


def verdicts(
    is_wire: np.ndarray,
    shares: Shares,
    rung: np.ndarray,
    full: np.ndarray,
    partial: np.ndarray,
    p_article: np.ndarray,
    marks: np.ndarray,
    own_part: np.ndarray,
) -> Verdicts:
    """Evidence and derivation of each article.

    ``rung`` (articles,) is the strongest evidence of the passages of its agency, and of those suspected,
    ``full`` and ``partial`` (articles,) bool are its own credit, ``p_article`` (articles, 3) probability of each class,
    ``marks`` (articles,) traces of an agency in the text, ``own_part`` (articles,) bool as in ``with_own_part``. One
    trace by itself (somebody spoke to an agency, a time written its way) is no suspicion: papers cite agencies, and
    write as they do. Less than LEAST_PART of the words found (a sentence of a long piece) makes no rung of the article:
    it is the passage's alone. Nor does recurring background, which stands in the pieces of weeks: LEAST_PART must be
    carried beside it. Suspected is only what nothing was found of.
    """
    prose = np.maximum(shares.prose, 1)
    share, likely, carried = (words / prose for words in (shares.found, shares.agency, shares.carried))
    suspicious = rung == SUSPECTED
    best = np.where(suspicious | ((rung >= ATTESTED) & (carried < LEAST_PART) & ~is_wire), 0, rung)
    credited = full | partial
    best = np.maximum(best, np.where(credited, CREDITED, 0)).astype(np.uint8)
    sign = (suspicious & (likely >= LEAST_PART)) | (marks > 1)
    best[(best == 0) & sign & (shares.found == 0) & (p_agency(p_article, likely) >= LIKELY)] = SUSPECTED
    derivation = p_article.argmax(axis=1)
    derivation[(derivation == NON) & full], derivation[(derivation == NON) & partial] = WHOLLY, PARTIALLY
    derivation[(derivation == NON) & (share >= AGENCY_SHARE)] = PARTIALLY
    derivation[(derivation == PARTIALLY) & (share >= MOST_OF) & ~partial] = WHOLLY
    derivation[(derivation == WHOLLY) & ~credited & (likely < AGENCY_SHARE)] = PARTIALLY
    derivation[(derivation == WHOLLY) & own_part] = PARTIALLY
    derivation[(derivation != NON) & ~credited & (carried < LEAST_PART)] = CANNOT_BE_TOLD
    derivation[is_wire] = WHOLLY
    return Verdicts(derivation.astype(np.uint8), best)


def strongest(corpus: Corpus, found: Passages, rung: np.ndarray) -> np.ndarray:
    """The strongest evidence, ``rung`` (passages,), of each article's passages, 0 without one: (articles,) uint8."""
    best = np.zeros(len(corpus.low), np.uint8)
    np.maximum.at(best, corpus.article_of(found.paragraph), rung)
    return best


def with_own_part(
    shares: Shares, full: np.ndarray, partial: np.ndarray, used_up: np.ndarray, carries: np.ndarray
) -> np.ndarray:
    """Articles of which some was found, but that are not an agency's from end to end, whatever the rest says.

    (articles,) bool; ``full`` and ``partial`` as in ``verdicts``, ``used_up`` (articles,) bool those that hold nearly
    all of their source, a dispatch, ``carries`` (articles,) as in ``habits.known_to_carry``. What is found nowhere can
    be of a dispatch that nobody stored, but only of an outlet that is known to carry them whole: of any other a part of
    some size, which no paper of its owner prints either, is its own. Whatever the outlet, so is one run of more than
    half of the article, but for what the owner's other papers print; and a part of some size where the dispatch is used
    up, or the article says that it was written with an agency.
    """
    prose = np.maximum(shares.prose, 1)
    part, unshared = (
        words >= LEAST_OWN * prose for words in (shares.words["own"], shares.words["own"] - shares.same_owner)
    )
    alone = (shares.own_run > HALF * prose) & (shares.found < HALF * prose)
    own = alone | ((used_up | partial) & part) | (~carries & unshared)
    return own & ~full & (shares.found >= LEAST_PART * prose)


def halved(p_article: np.ndarray, own_part: np.ndarray) -> np.ndarray:
    """Probabilities (articles, 3) where an article with a part of its own is no likelier wholly than in part.

    ``own_part`` (articles,) bool, see ``with_own_part``. The regression does not see it: what stands nowhere else is a
    dispatch that nobody stored or the paper's own, and both readings get half of P(wholly).
    """
    shared = p_article.copy()
    half = np.where(own_part, p_article[:, WHOLLY] / 2, 0.0)
    shared[:, WHOLLY] -= half
    shared[:, PARTIALLY] += half
    return shared


def taken_at_its_word(p_article: np.ndarray, full: np.ndarray) -> np.ndarray:
    """Probabilities (articles, 3) where one that credits an agency in full is wholly its own at WITNESS_PROBABILITY.

    ``full`` (articles,) bool. Such a credit covers all of the text, also where the article stands alone in its corpus.
    """
    wholly = np.where(full, np.maximum(p_article[:, WHOLLY], WITNESS_PROBABILITY), p_article[:, WHOLLY])
    told = p_article * ((1 - wholly) / np.maximum(1 - p_article[:, WHOLLY], 1e-12))[:, None]
    told[:, WHOLLY] = wholly
    return told


def p_agency(p_article: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """Probability that at least AGENCY_SHARE of the words are an agency's: (articles,).

    ``likely`` (articles,) is the share of the words in passages found or suspected.
    """
    return p_article[:, WHOLLY] + p_article[:, PARTIALLY] * (likely >= AGENCY_SHARE)


def never_surer(p_article: np.ndarray, p_marks: np.ndarray, p_passages: np.ndarray) -> np.ndarray:
    """Probabilities (articles, 3) of which that of a derived article is at most that of its passages or its own marks.

    ``p_marks`` (articles, 3) is what its credits, its speakers and its formatting say by themselves; ``p_passages``
    (articles,) the greatest probability of its passages, 0 without one.
    """
    derived = 1.0 - p_article[:, NON]
    limit = np.minimum(derived, np.maximum(p_passages, 1.0 - p_marks[:, NON]))
    capped = p_article * (limit / np.maximum(derived, 1e-12))[:, None]
    capped[:, NON] = 1.0 - limit
    return capped

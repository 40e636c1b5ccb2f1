"""What is counted of each article -> what is said of it, once the habit of its outlet is known.

All that an article's rows need of its passages stands in ``Weighed``, a few numbers an article: when no passage of it
changes but the habit of its outlet does, what is said of it is made anew from these alone.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import Shares
from dedup.tracing import evidence as evidences
from dedup.tracing import verdicts


class Weighed(NamedTuple):
    """What is counted of each article."""

    shares: Shares
    """Words of each article by class."""
    told: np.ndarray
    """(articles,) bool, as in ``evidence.Credits``."""
    cited: np.ndarray
    """(articles,) bool, as in ``evidence.Credits``."""
    full: np.ndarray
    """(articles,) bool, its status is ``credited_full``."""
    partial: np.ndarray
    """(articles,) bool, its status is ``credited_partial``."""
    traces: np.ndarray
    """(articles,) float64, see ``evidence.traces``."""
    marks: np.ndarray
    """(articles,) int64, see ``evidence.marks``."""
    greatest: np.ndarray
    """(articles,) float64, greatest probability of the passages that can be an agency's; 0 without one."""
    rung: np.ndarray
    """(articles,) uint8, strongest rung of the passages that stand for the article, place in ``schemas.EVIDENCE``."""
    used_up: np.ndarray
    """(articles,) bool, it holds nearly all of its best source, a dispatch."""
    is_wire: np.ndarray
    """(articles,) bool."""

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """From the columns of ``columns``."""
        words = {name: table[f"words_{name}"].to_numpy().astype(np.int64) for name in schemas.SHARES}
        others = (table[f"words_{name}"].to_numpy().astype(np.int64) for name in Shares._fields[1:])
        rest = (table[name].to_numpy() for name in cls._fields[1:])
        return cls(Shares(words, *others), *rest)

    def columns(self) -> dict[str, np.ndarray]:
        """As columns of a table."""
        named = {**self.shares.words, **dict(zip(Shares._fields[1:], self.shares[1:], strict=True))}
        words = {f"words_{name}": values for name, values in named.items()}
        return {**words, **dict(zip(self._fields[1:], self[1:], strict=True))}

    @property
    def agency(self) -> np.ndarray:
        """(articles,) float64, share of the prose in passages that are an agency's more likely than not."""
        return self.shares.agency / np.maximum(self.shares.prose, 1)


class Judged(NamedTuple):
    """What is said of each article."""

    evidence: np.ndarray
    """(articles, columns) float64, the columns of AGENCY_EVIDENCE after the id."""
    p: np.ndarray
    """(articles, 3) float64, probability of wholly, partially and non."""
    share_estimated: np.ndarray
    """(articles,) float64, share of the prose that is an agency's, found or not."""
    derivation: np.ndarray
    """(articles,) uint8, place in ``schemas.DERIVATIONS``, one past the last where it is open."""
    rung: np.ndarray
    """(articles,) uint8, place in ``schemas.EVIDENCE``."""

    def of(self, some: slice | np.ndarray) -> Judged:
        """What is said of some articles."""
        return Judged(*(values[some] for values in self))


def judged(weighed: Weighed, habit: np.ndarray, carries: np.ndarray, model: evidences.Model) -> Judged:
    """What is said of articles.

    ``habit`` (articles,) as in ``habits.outlet_habit``, ``carries`` (articles,) as in ``habits.known_to_carry``.
    """
    outlets = ~weighed.is_wire
    evidence = evidences.article_evidence(
        weighed.shares,
        weighed.told,
        weighed.cited,
        weighed.full & outlets,
        weighed.partial & outlets,
        weighed.traces,
        habit,
    )
    p = verdicts.never_surer(
        evidences.class_probabilities(evidences.weighed(evidence), model.article),
        evidences.class_probabilities(evidences.marks_alone(evidence, weighed.traces), model.article),
        weighed.greatest,
    )
    own_part = verdicts.with_own_part(weighed.shares, weighed.full, weighed.partial, weighed.used_up, carries)
    p = verdicts.taken_at_its_word(verdicts.halved(p, own_part), weighed.full & outlets)
    verdict = verdicts.verdicts(
        weighed.is_wire, weighed.shares, weighed.rung, weighed.full, weighed.partial, p, weighed.marks, own_part
    )
    estimated = evidences.agency_share(evidence[:, 0], p, ~own_part)
    return Judged(evidence, p, estimated, verdict.derivation, verdict.rung)

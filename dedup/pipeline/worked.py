"""What a run works out, what it knows of the rest, and the habits of outlets, which all articles make together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import find
from dedup.pipeline.affected import Kept, Scope
from dedup.pipeline.context import Context
from dedup.pipeline.run import Run
from dedup.tracing import habits
from dedup.tracing.columns import objects
from dedup.tracing.weighed import Weighed


class Worked(NamedTuple):
    """What a run works out, and what it knows of the rest."""

    run: Run
    """The run."""
    scope: Scope
    context: Context
    before: Kept | None
    """What the run before kept; None when everything is worked out."""
    place: np.ndarray
    """(universe,) int64, where each article stands in ``before.articles``; -1 for what is new, or made anew."""

    @classmethod
    def of(cls, run: Run) -> Worked:
        scope, context = Scope.load(run.work), Context.load(run.work)
        before = Kept.of(run) if scope.since else None
        place = np.full(len(scope.universe), -1)
        if before is not None:
            place = find(before.articles["serial"].to_numpy(), run.view.serials[scope.universe])
            place[scope.traced] = -1
        return cls(run, scope, context, before, place)

    @property
    def serials(self) -> np.ndarray:
        """(universe,) uint64."""
        return self.run.view.serials[self.scope.universe]

    def remembered(self, name: str, missing: object) -> np.ndarray:
        """(universe,) a column of TRACED, of the articles that are not made anew; ``missing`` of the others."""
        values = np.full(len(self.place), missing, object if isinstance(missing, str | None) else type(missing))
        if self.before is not None:
            there = self.place >= 0
            values[there] = objects(self.before.articles[name].take(pa.array(self.place[there])))
        return values


class Habit:
    """The habit of each article's outlet, from what is counted of all articles."""

    def __init__(self, worked: Worked) -> None:
        self._worked = worked
        self.of_all = np.zeros(len(worked.context.outlet))
        """(articles,) float64, once it was asked for."""
        self.carries = np.zeros(len(worked.context.outlet), bool)
        """(articles,) bool, see ``habits.known_to_carry``, once it was asked for."""

    def __call__(self, weighed: Weighed) -> tuple[np.ndarray, np.ndarray]:
        """(universe,) float64, and bool; ``weighed`` is what was counted of these."""
        scope, context, before = self._worked.scope, self._worked.context, self._worked.before
        agency = np.zeros(len(self.of_all))
        if before is not None:
            at = find(before.articles["serial"].to_numpy(), self._worked.run.view.serials)
            agency[at >= 0] = Weighed.of(before.articles).agency[at[at >= 0]]
        agency[scope.universe[scope.traced]] = weighed.agency[scope.traced]
        printed = habits.Printed(context.outlet, context.low, context.dated, context.is_wire)
        self.of_all = np.round(habits.outlet_habit(printed, agency) * habits.HABIT_STEPS) / habits.HABIT_STEPS
        self.carries = habits.known_to_carry(printed, agency)
        return self.of_all[scope.universe], self.carries[scope.universe]

    @property
    def moved(self) -> np.ndarray:
        """(articles,) int64, rows of TRACED of the run before: not made anew, but their outlet has another habit."""
        before, scope, serials = self._worked.before, self._worked.scope, self._worked.run.view.serials
        if before is None:
            return np.zeros(0, np.int64)
        order = np.argsort(serials)
        at = find(serials[order], before.articles["serial"].to_numpy())
        rows = np.flatnonzero(at >= 0)
        now = order[at[rows]]
        kept = before.articles.take(pa.array(rows))
        moved = (self.of_all[now] != kept["habit"].to_numpy()) | (self.carries[now] != kept["carries"].to_numpy())
        return rows[moved & (find(scope.universe[scope.traced], now) < 0)]

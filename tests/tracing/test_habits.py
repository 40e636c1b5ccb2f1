"""The habit of an outlet as of a day: counted in a window, final once the window is full."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.arrays import Corpus
from dedup.constants import DAY
from dedup.tracing import habits


def corpus_of(outlet: np.ndarray, day: np.ndarray, is_wire: np.ndarray) -> Corpus:
    """``day`` -1 for what has no date."""
    low, n = np.where(day >= 0, day * DAY + 3_600, 0), len(outlet)
    return Corpus(
        low, low, day >= 0, outlet, outlet, is_wire, np.arange(n + 1), np.ones(n, np.int32), np.zeros(n, bool)
    )


def held(days: dict[int, int], first: int, last: int) -> int:
    """Articles between two days."""
    return sum(first <= day <= last for day in days.values())


def plainly(corpus: Corpus, agency: np.ndarray, row: int) -> float:
    """The definition, article by article."""
    if corpus.is_wire[row]:
        return 0.0

    def window(outlets: list[int] | None, least: int) -> list[int]:
        every = [at for at in range(len(agency)) if not corpus.is_wire[at]]
        every = [at for at in every if outlets is None or corpus.outlet[at] in outlets]
        if not corpus.dated[row]:
            return every
        days = {at: int(corpus.low[at] // DAY) for at in every if corpus.dated[at]}
        first = last = days[row]
        while first > min(days.values()) and (first > last - habits.HABIT_DAYS + 1 or held(days, first, last) < least):
            first -= 1
        while held(days, first, last) < least and last < max(days.values()):
            last += 1
        return [at for at in every if at not in days or first <= days[at] <= last]

    own = window([corpus.outlet[row]], habits.LEAST_OWN)
    others = [at for at in window(None, habits.LEAST_ALL) if corpus.outlet[at] != corpus.outlet[row]]
    usual = sum(agency[at] >= habits.MOSTLY for at in others) / max(len(others), 1)
    mine = [agency[at] >= habits.MOSTLY for at in own if at != row]
    return (sum(mine) + usual * habits.HABIT_WEIGHT) / (len(mine) + habits.HABIT_WEIGHT) - usual


@pytest.mark.parametrize("seed", range(4))
def test_the_habit_equals_a_plain_count(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(habits, "HABIT_DAYS", 4)
    monkeypatch.setattr(habits, "LEAST_OWN", int(rng.integers(1, 9)))
    monkeypatch.setattr(habits, "LEAST_ALL", int(rng.integers(1, 40)))
    n = 120
    corpus = corpus_of(rng.integers(0, 5, n), rng.integers(-1, 25, n), rng.random(n) < 0.1)
    agency = rng.random(n)
    found = habits.outlet_habit(corpus, agency)
    assert np.allclose(found, [plainly(corpus, agency, row) for row in range(n)], rtol=0, atol=1e-12)


def test_what_comes_later_does_not_change_the_habit_of_a_full_window(monkeypatch):
    monkeypatch.setattr(habits, "LEAST_OWN", 5)
    monkeypatch.setattr(habits, "LEAST_ALL", 10)
    rng = np.random.default_rng(3)
    day = np.sort(rng.integers(0, 40, 200))
    outlet, agency = rng.integers(0, 3, 200), rng.random(200)
    every = habits.outlet_habit(corpus_of(outlet, day, np.zeros(200, bool)), agency)
    some = np.flatnonzero(day < 30)
    early = habits.outlet_habit(corpus_of(outlet[some], day[some], np.zeros(len(some), bool)), agency[some])
    settled = day[some] < 20
    assert (early[settled] == every[some][settled]).all() and (early[~settled] != every[some][~settled]).sum() < 80


def test_an_empty_corpus_and_dispatches_alone_have_no_habit():
    nothing = np.zeros(0, np.int64)
    assert len(habits.outlet_habit(corpus_of(nothing, nothing, np.zeros(0, bool)), np.zeros(0))) == 0
    wires = corpus_of(np.array([0, 0]), np.array([1, 2]), np.ones(2, bool))
    assert habits.outlet_habit(wires, np.ones(2)).tolist() == [0.0, 0.0]

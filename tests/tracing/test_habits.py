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

    def window(outlets: list[int] | None, least: int, least_on: int) -> list[int]:
        """Articles of some outlets, or of all and beside them what has no date."""
        every = [at for at in range(len(agency)) if not corpus.is_wire[at]]
        every = [at for at in every if outlets is None or corpus.outlet[at] in outlets]
        if not corpus.dated[row]:
            return every
        days = {at: int(corpus.low[at] // DAY) for at in every if corpus.dated[at]}
        today = days[row]
        first, last = today - habits.HABIT_DAYS, today - 1
        while first > min(days.values()) and held(days, first, last) < least:
            first -= 1
        if held(days, min(days.values()), last) < least_on:
            first = min(days.values())
            while held(days, first, last) < least_on and last < max(days.values()):
                last += 1
        undated = [at for at in every if outlets is None and at not in days]
        return [at for at in days if first <= days[at] <= last] + undated

    own = window([corpus.outlet[row]], habits.LEAST_OWN, habits.LEAST_ON)
    others = [at for at in window(None, habits.LEAST_ALL, habits.LEAST_ALL) if corpus.outlet[at] != corpus.outlet[row]]
    usual = sum(agency[at] >= habits.MOSTLY for at in others) / max(len(others), 1)
    mine = [agency[at] >= habits.MOSTLY for at in own if at != row]
    return (sum(mine) + usual * habits.HABIT_WEIGHT) / (len(mine) + habits.HABIT_WEIGHT) - usual


@pytest.mark.parametrize("seed", range(4))
def test_the_habit_equals_a_plain_count(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(habits, "HABIT_DAYS", 4)
    monkeypatch.setattr(habits, "LEAST_OWN", int(rng.integers(1, 9)))
    monkeypatch.setattr(habits, "LEAST_ON", int(rng.integers(0, habits.LEAST_OWN + 1)))
    monkeypatch.setattr(habits, "LEAST_ALL", int(rng.integers(1, 40)))
    n = 120
    corpus = corpus_of(rng.integers(0, 5, n), rng.integers(-1, 25, n), rng.random(n) < 0.1)
    agency = rng.random(n)
    found = habits.outlet_habit(corpus, agency)
    assert np.allclose(found, [plainly(corpus, agency, row) for row in range(n)], rtol=0, atol=1e-12)


def test_what_comes_today_or_later_changes_no_habit_of_an_outlet_with_a_past(monkeypatch):
    monkeypatch.setattr(habits, "LEAST_OWN", 50)
    monkeypatch.setattr(habits, "LEAST_ALL", 10)
    rng = np.random.default_rng(3)
    day = np.sort(rng.integers(0, 40, 400))
    outlet, agency = rng.integers(0, 3, 400), rng.random(400)
    every = habits.outlet_habit(corpus_of(outlet, day, np.zeros(400, bool)), agency)
    naming = habits.outlet_naming(corpus_of(outlet, day, np.zeros(400, bool)), agency > 0.5)
    some = np.flatnonzero((day < 30) | ((day == 30) & (rng.random(400) < 0.5)))
    corpus = corpus_of(outlet[some], day[some], np.zeros(len(some), bool))
    # the youngest day is among them, half of its articles are still to come
    assert (habits.outlet_habit(corpus, agency[some]) == every[some]).all()
    assert (habits.outlet_naming(corpus, agency[some] > 0.5) == naming[some]).all()


def test_what_has_no_date_changes_no_habit_of_a_day():
    day, outlet = np.array([0, 1, 2, -1, -1]), np.zeros(5, np.int64)
    named = np.array([False, True, False, True, True])
    every = habits.outlet_naming(corpus_of(outlet, day, np.zeros(5, bool)), named)
    dated = habits.outlet_naming(corpus_of(outlet[:3], day[:3], np.zeros(3, bool)), named[:3])
    assert (every[:3] == dated).all()
    assert every[3] == (2 + habits.SERVED * habits.HABIT_WEIGHT) / (4 + habits.HABIT_WEIGHT)


def test_what_is_usual_counts_the_outlets_that_store_no_dates(monkeypatch):
    monkeypatch.setattr(habits, "LEAST_ALL", 10)
    outlet = np.array([0] * 20 + [1] * 20 + [2] * 20)
    day = np.array([*range(20), *range(20), *[-1] * 20])
    agency = np.array([0.0] * 20 + [1.0] * 20 + [1.0] * 20)
    habit = habits.outlet_habit(corpus_of(outlet, day, np.zeros(60, bool)), agency)
    usual = 1.0  # of all others, dated or not
    assert habit[19] == pytest.approx(usual * habits.HABIT_WEIGHT / (19 + habits.HABIT_WEIGHT) - usual)
    never = habits.outlet_habit(corpus_of(outlet, day, np.zeros(60, bool)), np.where(outlet == 2, 0.0, agency))
    usual = 19 / 39
    assert never[19] == pytest.approx(usual * habits.HABIT_WEIGHT / (19 + habits.HABIT_WEIGHT) - usual)


def test_an_outlet_is_known_to_carry_dispatches_by_half_of_what_is_usual_and_not_by_one_article():
    outlet = np.array([0] * 40 + [1] * 40 + [2] * 40 + [3, 4, 4])
    mostly = np.concatenate([np.arange(40) < 20, np.arange(40) < 12, np.arange(40) < 2, [True, False, True]])
    corpus = corpus_of(outlet, np.full(len(outlet), -1), np.zeros(len(outlet), bool))
    known = habits.known_to_carry(corpus, mostly.astype(float))
    assert known[:40].all() and known[40:80].all(), (
        "20 and 12 of 40, drawn to none, against a third or less of the others"
    )
    assert not known[80:].any(), "2 of 40 are too few, and so is the one other article of the last outlet"


def test_an_empty_corpus_and_dispatches_alone_have_no_habit():
    nothing = np.zeros(0, np.int64)
    assert len(habits.outlet_habit(corpus_of(nothing, nothing, np.zeros(0, bool)), np.zeros(0))) == 0
    wires = corpus_of(np.array([0, 0]), np.array([1, 2]), np.ones(2, bool))
    assert habits.outlet_habit(wires, np.ones(2)).tolist() == [0.0, 0.0]

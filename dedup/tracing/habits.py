"""How much of what an outlet prints is agency copy: the habit of an outlet as of a day.

What was learned of an outlet must not change for ever: a figure of an article of last month would move with every
article of today. So the habit of a day is counted over the HABIT_DAYS before it, and further back until there are
LEAST_OWN articles of the outlet, LEAST_ALL of all. What comes today changes no figure of today. Only where the past has
not LEAST_ON (LEAST_ALL) is it counted on, into the day itself and those that follow, until it has: when these are full
the figure is final but for late arrivals. What has no date is counted for what has none, over all articles, and in what
is usual of every day: an outlet that stores no dates is an outlet like the others, and what is usual of those that do
is not the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.arrays import Corpus
from dedup.constants import DAY, HALF

HABIT_DAYS = 30
"""Days before an article's own over which its outlet's habit is counted."""

LEAST_OWN, LEAST_ALL = 50, 1_000
"""Articles of the outlet, and of all outlets, that a habit is counted over where the past has so many."""

HABIT_WEIGHT = 10
"""An outlet is taken for one like all others until about as many articles of it are seen."""

LEAST_ON = HABIT_WEIGHT
"""Articles of the outlet up to which a habit is counted on into the days that follow."""

MOSTLY = 0.6
"""Share of agency passages from which an article counts for its outlet's habit."""

SERVED = 0.15
"""How often an outlet's articles name an agency where no others of it are seen: 0.22, 0.17 and 0.03 of the articles of
the three corpora that the model is trained on do."""

_DAYS = 1 << 24
"""More days than there are."""

_UNDATED = _DAYS - 1
"""The day of what has no date."""


def outlet_habit(corpus: Corpus | Printed, agency: np.ndarray) -> np.ndarray:
    """Of the outlet's other articles, the share that are mostly agency passages: (articles,).

    ``agency`` (articles,) is the share of agency passages of each. Less the same share of the other outlets, towards
    which it is shrunk: how many dispatches are stored must not change what an outlet's habit says. An outlet without
    others stands against outlets that never carry one.
    """
    habit = np.zeros(len(agency))
    rows, articles, mine, usual = _mostly(corpus, agency)
    habit[rows] = (mine + usual * HABIT_WEIGHT) / (articles + HABIT_WEIGHT) - usual
    return habit


def known_to_carry(corpus: Corpus | Printed, agency: np.ndarray) -> np.ndarray:
    """Whether the outlet's other articles show that it carries dispatches whole: (articles,) bool.

    At least half as often as the other outlets; one of few articles is taken for one that carries none.
    """
    known = np.zeros(len(agency), bool)
    rows, articles, mine, usual = _mostly(corpus, agency)
    known[rows] = (mine > 0) & (mine / (articles + HABIT_WEIGHT) >= HALF * usual)
    return known


def _mostly(corpus: Corpus | Printed, agency: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the articles of outlets; others of each one's outlet, those of them that are mostly agency passages, and
    the share of such ones that is usual of the other outlets."""
    rows, day = _printed(corpus)
    mostly = (agency[rows] >= MOSTLY).astype(float)
    own, every = corpus.outlet[rows], np.zeros(len(rows), np.int64)
    articles, mine = _others(own, mostly, day)
    all_articles, all_mostly = _around(every, every, mostly, day)
    own_articles, own_mostly = _around(own, every, mostly, day)
    return rows, articles, mine, (all_mostly - own_mostly) / np.maximum(all_articles - own_articles, 1)


class Printed(NamedTuple):
    """What of a Corpus habits are counted over."""

    outlet: np.ndarray
    low: np.ndarray
    dated: np.ndarray
    is_wire: np.ndarray


def outlet_naming(corpus: Corpus | Printed, named: np.ndarray) -> np.ndarray:
    """Of the outlet's other articles, the share that name an agency, drawn to SERVED: (articles,).

    ``named`` (articles,) bool. An outlet that seldom names one is seldom served by one.
    """
    often = np.full(len(named), SERVED)
    rows, day = _printed(corpus)
    own, value = corpus.outlet[rows], named[rows].astype(float)
    articles, mine = _others(own, value, day)
    often[rows] = (mine + SERVED * HABIT_WEIGHT) / (articles + HABIT_WEIGHT)
    return often


HABIT_STEPS, NAMING_STEPS = 64, 32
"""Steps of a habit in 1, of a naming in each factor of e: what has not moved by a step leaves the rows of other
articles as they are."""


def in_steps(naming: np.ndarray) -> np.ndarray:
    """``outlet_naming`` to the nearest of NAMING_STEPS for each factor of e."""
    return np.exp(np.round(np.log(naming) * NAMING_STEPS) / NAMING_STEPS)


def _printed(corpus: Corpus | Printed) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the articles of outlets, and the day of each, int64 both."""
    rows = np.flatnonzero(~corpus.is_wire)
    day = np.where(corpus.dated[rows], corpus.low[rows] // DAY, 0)
    return rows, np.where(corpus.dated[rows], day - day.min(initial=0), _UNDATED)


def _others(own: np.ndarray, value: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The other articles of each one's outlet in its window, and their values' sum: (articles,) float64 both."""
    first, last = _window(own, day, LEAST_OWN, LEAST_ON)
    articles, total = _counted(own, value, day, first, last)
    counts_itself = day <= last
    return articles - counts_itself, total - value * counts_itself


def _around(group: np.ndarray, every: np.ndarray, value: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Articles of each one's group in the window of all outlets and without a date, and their values' sum.

    (articles,) float64 both; ``every`` (articles,) puts all in one group.
    """
    articles, total = _counted(group, value, day, *_window(every, day, LEAST_ALL, LEAST_ALL))
    undated = np.full(len(day), _UNDATED)
    more, more_total = _counted(group, value, day, undated, undated)
    dated = day != _UNDATED  # the window of what has no date holds all
    return articles + more * dated, total + more_total * dated


def _window(group: np.ndarray, day: np.ndarray, least: int, least_on: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last day over which the habit of each article is counted, (articles,) int64 both.

    The days before its own, and more of them until there are ``least`` articles of the group. Where all of these have
    not ``least_on``, from the first day on until there are.
    """
    ordered = np.sort(group * _DAYS + day)
    begin = np.searchsorted(ordered, group * _DAYS)
    dated = np.searchsorted(ordered, group * _DAYS + _UNDATED)  # after the dated ones of the group
    end = np.searchsorted(ordered, group * _DAYS + day)
    # whole days, so that the order inside a day does not matter
    back = ordered[np.maximum(end - least, begin)] % _DAYS if len(ordered) else day
    on = ordered[np.maximum(np.minimum(begin + least_on, dated), 1) - 1] % _DAYS if len(ordered) else day
    first = np.minimum(np.maximum(day - HABIT_DAYS, 0), back)
    last = np.where(end - begin < least_on, np.maximum(on, day - 1), day - 1)
    return np.where(day == _UNDATED, 0, first), np.where(day == _UNDATED, _UNDATED, last)


def _counted(
    group: np.ndarray, value: np.ndarray, day: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Articles of each one's group between two days, and their values' sum: (articles,) float64 both."""
    key = group * _DAYS + day
    order = np.argsort(key)
    sums = np.concatenate([[0.0], np.cumsum(value[order])])
    begin = np.searchsorted(key[order], group * _DAYS + first)
    end = np.maximum(np.searchsorted(key[order], group * _DAYS + last, "right"), begin)
    return (end - begin).astype(float), sums[end] - sums[begin]

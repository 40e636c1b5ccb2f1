"""PROVENANCE -> whether an outlet's clock can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from dedup.arrays import find, sorted_distinct, stacked
from dedup.constants import CARRIED, DAY, HOUR
from dedup.intake import dates
from dedup.summary import figures, numbering

if TYPE_CHECKING:
    from dedup.store.disk import Rows


AUDIT_DATES = 5
"""Dates an outlet needs before they are judged."""


AUDIT_LAGS = 8
"""Texts with a dispatch an outlet needs before its clock is judged."""


_ALWAYS = 0.9


_EARLY, _NEAR, _NEAR_SECONDS, _SLACK, _HOURS = 0.05, 0.3, 900, 60, 12


def clock_audit(articles: pa.Table, provenance: Rows) -> dict[str, str]:
    """Look for outlets whose dates cannot be what they seem: outlet -> what was seen; an outlet without a note is fine.

    ARTICLES, PROVENANCE. Dates that (nearly) always lack a time of day or stand at midnight, local or UTC; and clocks
    that are off by whole hours: the lags to the earliest dispatch of the same clusters begin, within a quarter of an
    hour, at -1 h, -2 h ... or +1 h, with (nearly) none before. A fast clock and an outlet that always waits an hour
    look alike, so a note on positive lags says "perhaps".
    """
    places = numbering.places(articles)
    names = places.outlets.to_pylist()
    seen: dict[str, list[str]] = {}
    own = (places.outlet >= 0) & ~places.is_wire
    precise = own & figures.is_in(articles["date_precision"], ("second", "minute"))
    coarse = own & figures.is_in(articles["date_precision"], ("day",))
    precise_rows = np.flatnonzero(precise)
    size = len(names)
    n_precise, n_coarse = (np.bincount(places.outlet[rows], minlength=size) for rows in (precise, coarse))
    at_midnight = precise_rows[_at_midnight(places.low[precise_rows], articles["country"].take(pa.array(precise_rows)))]
    n_midnight = np.bincount(places.outlet[at_midnight], minlength=size)
    for outlet in np.flatnonzero(n_precise + n_coarse >= AUDIT_DATES).tolist():
        total = int(n_precise[outlet] + n_coarse[outlet])
        if n_coarse[outlet] >= _ALWAYS * total:
            seen.setdefault(names[outlet], []).append(f"dates without a time of day ({n_coarse[outlet]} of {total})")
        elif n_precise[outlet] >= AUDIT_DATES and n_midnight[outlet] >= _ALWAYS * n_precise[outlet]:
            seen.setdefault(names[outlet], []).append(
                f"dates at midnight ({n_midnight[outlet]} of {n_precise[outlet]}): the time of day is not known"
            )
    outlets, lag = _audit_lags(articles, provenance, places, precise)
    starts = np.searchsorted(outlets, np.arange(size + 1))
    for number in np.flatnonzero(np.diff(starts) >= AUDIT_LAGS).tolist():
        lags = lag[starts[number] : starts[number + 1]]
        shift = _whole_hours(lags)
        if shift < 0:
            seen.setdefault(names[number], []).append(
                f"clock {-shift} h slow: "
                f"{int((lags < 0).sum())} of {len(lags)} texts stand before the dispatch they carry"
            )
        elif shift > 0:
            seen.setdefault(names[number], []).append(
                f"clock perhaps {shift} h fast: lags to {len(lags)} dispatches begin at {shift} h"
            )
    return {name: "; ".join(notes) for name, notes in sorted(seen.items())}


def _at_midnight(seconds: np.ndarray, country: pa.ChunkedArray) -> np.ndarray:
    """Which times are midnight to the second, UTC or local."""
    midnight = seconds % DAY == 0
    whole = np.flatnonzero((seconds % HOUR == 0) & ~midnight)
    countries, place = numbering.numbered(country.take(pa.array(whole)))
    for number in np.unique(place).tolist():
        zone = ZoneInfo(dates.ZONE_OF_COUNTRY.get(str(countries[number]) if number >= 0 else "", dates.ZONE))
        rows = whole[place == number]
        # few distinct hours, so the calendar is asked once for each
        stamps, stamp = np.unique(seconds[rows], return_inverse=True)
        local = np.array([datetime.fromtimestamp(second, zone).hour == 0 for second in stamps.tolist()])
        midnight[rows] = local[stamp]
    return midnight


def _audit_lags(
    articles: pa.Table, provenance: Rows, places: numbering.Places, precise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outlet and lag in seconds of the articles that share prose with a dispatch, sorted by both.

    ``precise`` (articles,) bool: the articles whose time is judged. The lag is that to the latest of the dispatches,
    each cluster counting by its earliest one; lags of more than half a day say nothing about a clock.
    """
    exact = places.is_wire & figures.is_in(articles["date_precision"], ("second", "minute"))

    def of_parts() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for row, cluster, share_class in numbering.members(articles, provenance):
            chosen = numbering.points_at(row, exact) | (
                numbering.points_at(row, precise) & figures.is_in(share_class, CARRIED)
            )
            yield row[chosen], cluster[chosen]

    row, cluster = stacked(of_parts(), np.int32, np.uint64)
    sent = exact[row]
    clusters = sorted_distinct(cluster[sent])
    sent_at = figures.least(find(clusters, cluster[sent]), places.low[row[sent]].astype(float), len(clusters))
    place = find(clusters, cluster)
    carried = ~sent & (place >= 0)
    row, place = row[carried], place[carried]
    lag = places.low[row] - sent_at[place]
    near = np.abs(lag) <= (_HOURS + 1) * HOUR
    carriers, place = np.unique(row[near], return_inverse=True)
    lag = figures.least(place, lag[near], len(carriers))
    order = np.lexsort((lag, places.outlet[carriers]))
    return places.outlet[carriers][order], lag[order]


def _whole_hours(lags: np.ndarray) -> int:
    """Hours by which a clock seems off: the whole hour at which the lags begin, sharply. 0 when they do not."""
    for hours in range(-_HOURS, _HOURS + 1):
        begin = hours * HOUR - _SLACK
        if (lags < begin).mean() > _EARLY:
            return 0
        if ((lags >= begin) & (lags < hours * HOUR + _NEAR_SECONDS)).mean() >= _NEAR:
            return hours
    return 0

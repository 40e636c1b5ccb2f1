"""Dates as the press writes them -> a UTC time and how much of it is known.

A coarse date (``day``, ``month``) is stored as its **name**: midnight UTC of the named day, or of the first of the
named month, so that ``2024-06-19`` reads as 19 June in every tool and falls on its own day when tables are cut by
day. What span of time it can mean depends on the place; ``interval`` gives it in seconds. ``minute`` and
``second`` are true instants.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import pyarrow as pa

ZONE = "Europe/Paris"
"""Zone of a time that names none, when neither agency nor country is known."""

ZONE_OF_AGENCY = {
    "afp": "Europe/Paris",
    "ats": "Europe/Zurich",
    "keystone-ats": "Europe/Zurich",
    "belga": "Europe/Brussels",
    "pc": "America/Toronto",
    "la presse canadienne": "America/Toronto",
    "qmi": "America/Toronto",
    "ap": "America/New_York",
    "aps": "Africa/Algiers",
    "map": "Africa/Casablanca",
    "tap": "Africa/Tunis",
    "ansa": "Europe/Rome",
    "efe": "Europe/Madrid",
    "dpa": "Europe/Berlin",
}
"""Local time of an agency's time stamps, by folded name."""

ZONE_OF_COUNTRY = {
    "FR": "Europe/Paris",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "LU": "Europe/Luxembourg",
    "MC": "Europe/Monaco",
    "CA": "America/Toronto",
    "GB": "Europe/London",
    "US": "America/New_York",
    "DZ": "Africa/Algiers",
    "MA": "Africa/Casablanca",
    "TN": "Africa/Tunis",
    "SN": "Africa/Dakar",
    "CI": "Africa/Abidjan",
    "CM": "Africa/Douala",
    "CD": "Africa/Kinshasa",
    "BF": "Africa/Ouagadougou",
    "ML": "Africa/Bamako",
    "LB": "Asia/Beirut",
    "HT": "America/Port-au-Prince",
    "MU": "Indian/Mauritius",
    "MG": "Indian/Antananarivo",
}
"""Local time of a country's outlets (in Canada that of Québec), by ISO 3166 letters."""

_NO_DATE = frozenset(("", "-", "none", "null", "nan", "nat", "n/a", "na", "unknown"))
_FIRST_YEAR, _LAST_YEAR = 1450, 2200
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "février fevrier févr fevr fév fev feb february",
            "mars mar march",
            "avril avr apr april",
            "mai may",
            "juin jun june",
            "juillet juil jul july",
            "août aout aug august",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "décembre decembre déc dec december",
        ),
        start=1,
    )
    for name in names.split()
}

_ISO = re.compile(
    r"(\d{4})([-/]?)(\d\d)"
    r"(?:\2(\d\d)(?:[T\s]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?)?",
    re.IGNORECASE,
)
_WEEKDAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b"
_TIME = (
    r"(?:\s*(?:,|-|–|—|·|\||à|a)?\s*(?P<hour>\d{1,2})\s?(?:(?:h|:)\s?(?P<minute>\d\d)"
    r"(?:\s?(?::|m|min|mn)\s?(?P<second>\d\d)s?)?|h(?:eures?)?)(?!\d)(?:\s?(?:h|heures?|min)\b)?)"
)
_DAY = (
    rf"(?:le\s+)?(?:{_WEEKDAY},?\s+)?(?:"
    rf"(?P<day>\d{{1,2}})(?:er)?\s+(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})"
    r"|(?P<day2>\d{1,2})(?P<mark>[./-])(?P<month2>\d{1,2})(?P=mark)(?P<year2>\d{4})"
    r"|(?P<year3>\d{4})-(?P<month3>\d\d)-(?P<day3>\d\d)"
    r")(?!\d)"
)
_FRENCH = re.compile(rf"{_DAY}(?:{_TIME})?\.?", re.IGNORECASE)
_FRENCH_MONTH = re.compile(rf"(?:(?P<month>{_MONTH})\.?\s+|(?P<month2>\d\d?)[/.])(?P<year>\d{{4}})", re.IGNORECASE)
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d\d:\d\d(?::\d\d)?\s+\S+.*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def parse_date(value: object, zone: str = ZONE) -> tuple[datetime | None, str]:
    """One date of an input -> (UTC time or None, precision second, minute, day, month or none).

    Reads ISO 8601 (with ``-``, ``/`` or nothing between), RFC 2822, French forms ("19 juin 2024", "19/06/2024 à
    13h16", "1er mars 2025", "juin 2024"; the day comes first), epoch numbers in seconds, milli-, micro- or
    nanoseconds, and Python's own dates. A time without an offset is local time of ``zone`` (where the clock is set
    back, the first of the two hours). Midnight to the second without an offset is a **day**: that is how exports
    write a date without a time, and a true midnight stays inside the interval.

    Nothing, or a word for nothing, is ``(None, "none")``. What is there but is no possible date raises ValueError.
    """
    if value is None:
        return None, "none"
    if isinstance(value, str):
        return _parse_text(value, zone)
    if isinstance(value, datetime):
        if value.tzinfo is None and not (value.hour or value.minute or value.second or value.microsecond):
            return _named(value.year, value.month, value.day), "day"
        return _to_utc(value, zone), "second"
    if isinstance(value, date):
        return _named(value.year, value.month, value.day), "day"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"no date: expected text or a number, got {type(value).__name__}")
    if value != value:  # NaN, as pandas writes a missing date
        return None, "none"
    return _parse_text(str(int(value)) if value == value // 1 else repr(value), zone)


def printed_date(text: str, zone: str = ZONE) -> tuple[datetime, str, str] | None:
    """The date that an article prints about itself -> (UTC time, precision, "printed" or "dateline"), or None.

    Only unmistakable forms, and only in the first and last lines: a line that starts with "Publié le" (or mis en
    ligne, posté, paru) and a date; a text that starts with "date 2024-06"; a line at the head that is a full date
    and nothing else; a dateline with place, full date and agency ("PARIS, 19 juin 2024 (AFP) -"). A date of update
    ("Mis à jour le") is not the publication and is left alone.
    """
    head, tail = text[:_HEAD], text[max(_HEAD, len(text) - _TAIL) :]
    if not _YEAR.search(head) and not (tail and _YEAR.search(tail)):
        return None
    lines = [line for line in head.splitlines() if line.strip()][:_HEAD_LINES]
    last = [line for line in tail.splitlines()[-_TAIL_LINES:] if line.strip()]
    for found in (_published(lines + last), _stamped(lines), _dated_line(lines, text)):
        if found is not None:
            return _safe(found, zone, "printed")
    for line in lines[:4] + last:
        if found := _DATELINE.match(line):
            return _safe(found, zone, "dateline")
    return None


def interval(
    published_at: pa.Array | pa.ChunkedArray, precision: pa.Array | pa.ChunkedArray, country: object = None
) -> tuple[pa.Array, pa.Array]:
    """The first and the last second a stored date can mean -> (low, high), int64 epoch seconds, both included.

    ``published_at`` is a timestamp column (or datetime64 array), ``precision`` its precisions, ``country`` the
    outlets' countries (a column, one value for all, or None): a day runs from midnight to midnight of the
    country's zone, of Europe/Paris when the country is null or unknown. Null where there is no date. The lag of
    two articles is then between ``low - high`` of the source and ``high - low`` of it, and a tie when that spans 0.
    """
    import numpy as np
    import pyarrow as pa

    seconds, missing = _seconds(published_at)
    kinds = _codes(precision, _KINDS, len(seconds))
    missing = missing | (kinds < 0)
    low, high = seconds.copy(), seconds + 59 * (kinds == _MINUTE)
    coarse = np.flatnonzero((kinds >= _DAY_KIND) & ~missing)
    if len(coarse):
        places = tuple(ZONE_OF_COUNTRY)
        place = _codes(country, places, len(seconds))[coarse]
        # there are few distinct days, so the calendar is asked once for each
        keys = (seconds[coarse] * len(_KINDS) + kinds[coarse]) * (len(places) + 1) + place + 1
        _, first, row = np.unique(keys, return_index=True, return_inverse=True)
        known = np.array(
            [
                _span(second, kind, ZONE_OF_COUNTRY[places[number]] if number >= 0 else ZONE)
                for second, kind, number in zip(
                    seconds[coarse][first].tolist(), kinds[coarse][first].tolist(), place[first].tolist(), strict=True
                )
            ]
        )
        low[coarse], high[coarse] = known[row].T
    return pa.array(low, pa.int64(), mask=missing), pa.array(high, pa.int64(), mask=missing)


@lru_cache(maxsize=65_536)
def _parse_text(value: str, zone: str) -> tuple[datetime | None, str]:
    text = " ".join(value.split())
    if text.casefold() in _NO_DATE:
        return None, "none"
    try:
        if found := _ISO.fullmatch(text):
            return _from_iso(found, zone)
        if found := _FRENCH.fullmatch(text):
            return _from_french(found, zone)
        if found := _FRENCH_MONTH.fullmatch(text):
            month = int(found["month2"] or 0) or _MONTHS[found["month"].casefold()]
            return _named(int(found["year"]), month, 1), "month"
        if _NUMBER.fullmatch(text):
            return _from_number(float(text)), "second"
        if _RFC_2822.fullmatch(text):
            from email.utils import parsedate_to_datetime

            moment = parsedate_to_datetime(text)
            return _to_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC), zone), "second"
    except (ValueError, OverflowError) as error:
        raise ValueError(f"impossible date {value[:60]!r}: {error}") from None
    raise ValueError(f"unreadable date {value[:60]!r}: expected a form like 2024-06-19T13:16+02:00 or 19 juin 2024")


def _from_iso(found: re.Match[str], zone: str) -> tuple[datetime, str]:
    year, mark, month, day, hour, minute, second, fraction, offset = found.groups()
    if day is None:
        if not mark:
            return _from_number(float(found[0])), "second"
        return _named(int(year), int(month), 1), "month"
    if hour is None:
        return _named(int(year), int(month), int(day)), "day"
    if not offset and not (int(hour) or int(minute) or int(second or 0) or int(fraction or 0)):
        return _named(int(year), int(month), int(day)), "day"
    moment = datetime(
        _year(int(year)), int(month), int(day), int(hour), int(minute), int(second or 0),
        int((fraction or "0")[:6].ljust(6, "0")),
    )  # fmt: skip
    if offset:
        moment = moment.replace(tzinfo=UTC) - _offset(offset)
    return _to_utc(moment, zone), "minute" if second is None else "second"


def _from_french(found: re.Match[str], zone: str) -> tuple[datetime, str]:
    year = int(found["year"] or found["year2"] or found["year3"])
    month = int(found["month2"] or found["month3"] or 0) or _MONTHS[found["month"].casefold()]
    day = int(found["day"] or found["day2"] or found["day3"])
    if found["hour"] is None:
        return _named(year, month, day), "day"
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    moment = datetime(_year(year), month, day, hour, minute, second)
    return _to_utc(moment, zone), "minute" if found["second"] is None else "second"


def _from_number(number: float) -> datetime:
    """Epoch seconds, or a thousand, a million, a milliard times finer; 1973 is the earliest that can be told apart."""
    size = abs(number)
    for scale in (1, 1e3, 1e6, 1e9):
        if 1e8 <= size / scale < 7.5e9:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(number / scale * 1e6))
    raise ValueError("the number is neither a day (20240619) nor a time in seconds since 1970")


def _offset(offset: str) -> timedelta:
    if offset[0] not in "+-":
        return timedelta(0)
    hours, minutes = int(offset[1:3]), int(offset[-2:]) if len(offset) > 3 else 0
    if hours > 14 or minutes > 59:
        raise ValueError(f"offset {offset} is out of range")
    return timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)


def _year(year: int) -> int:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(f"year {year} is outside {_FIRST_YEAR}-{_LAST_YEAR}")
    return year


def _named(year: int, month: int, day: int) -> datetime:
    return datetime(_year(year), month, day, tzinfo=UTC)


def _to_utc(moment: datetime, zone: str) -> datetime:
    _year(moment.year)
    return (moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))).astimezone(UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


# What an article prints about itself

_HEAD, _TAIL = 2_000, 300
"""Characters at the start and at the end of a text in which its own date is looked for."""
_HEAD_LINES, _TAIL_LINES = 8, 3
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_LABEL = r"(?:publiée?|publication|mise? en ligne|postée?|parue?|date de (?:publication|parution))"
# After a date without a time the line must end or go on as such lines do: "Publié le 12 mars 2018, le rapport..." is
# prose.
_AFTER = r"(?=\s*(?:$|[|•·)]|[-–—]\s|mise? à jour|mà?j\b|modifié|actualisé|temps de lecture|(?:par|dans)\s[^.]{3,40}$))"
_PUBLISHED = re.compile(
    rf"(?:.{{0,60}}?[|•·]\s*|\(|par .{{3,60}}?[,\-–—|]\s*)?(?:article\s+)?{_LABEL}\s*(?:le\s+)?:?\s*"
    rf"(?:{_DAY})(?:{_TIME}|{_AFTER})",
    re.IGNORECASE,
)
_PUBLISHED_INSIDE = re.compile(rf"(?<![\w’'])P(?:ublié|UBLIÉ)e?\s*(?:le\s+)?:?\s*(?:{_DAY})(?:{_TIME})", re.IGNORECASE)
_STAMP = re.compile(
    r"\s*date\s?:?\s+(\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?)(?=\s|$)", re.IGNORECASE
)
_LINE = re.compile(rf"\s*{_DAY}(?:{_TIME})?\s*\.?\s*", re.IGNORECASE)
_AGENCY = r"(?:AFP|ATS|Keystone-ATS|Belga|PC|La Presse canadienne|QMI|AP|Reuters|APS|MAP|TAP|ANSA|EFE|DPA)"
_DATELINE = re.compile(
    # place: capitalised words, "PARIS", "Tel-Aviv", "Saint-Denis (France)"
    r"\s*[A-ZÀ-ÖØ-Þ][\w’'.-]*(?:[ -][\w’'.-]+){0,4}(?:\s\([^)\n]{2,30}\))?\s*[,:]\s*"
    rf"(?:{_DAY})(?:{_TIME})?\s*[,–—-]?\s*\((?i:{_AGENCY})(?:/[^)\n]{{1,20}})?\)",
)


def _published(lines: list[str]) -> re.Match[str] | None:
    for line in lines:
        if "ubli" in line or "UBLI" in line or _OTHER_LABEL.search(line):
            if found := _PUBLISHED.match(line.strip()) or _PUBLISHED_INSIDE.search(line):
                # a capital: "publié le 3 mars" inside a sentence speaks of something else
                if found[0].lstrip(" (")[:1].isupper():
                    return found
    return None


_OTHER_LABEL = re.compile(r"(?i)\b(?:mise? en ligne|postée?|parue?|date de)\b")


def _stamped(lines: list[str]) -> re.Match[str] | None:
    return _STAMP.match(lines[0]) if lines else None


def _dated_line(lines: list[str], text: str) -> re.Match[str] | None:
    """A line at the head that is a date and nothing else; not in a chronology, which has more of them."""
    found = [match for line in lines[:4] if (match := _LINE.fullmatch(line))]
    if len(found) != 1 or sum(1 for line in text.splitlines() if len(line) < 60 and _LINE.fullmatch(line)) > 1:
        return None
    return found[0]


def _safe(found: re.Match[str], zone: str, source: str) -> tuple[datetime, str, str] | None:
    """A printed date that is impossible is no date: nobody gave it as one."""
    try:
        moment, precision = _parse_text(found[1], zone) if found.re is _STAMP else _from_french(found, zone)
    except ValueError:
        return None
    return (moment, precision, source) if moment else None


# Intervals


def _seconds(published_at: object) -> tuple[object, object]:
    """Epoch seconds, int64, shape (n,), and the mask of missing ones."""
    import numpy as np
    import pyarrow as pa

    if isinstance(published_at, (pa.Array, pa.ChunkedArray)):
        missing = np.asarray(published_at.is_null())
        micros = published_at.cast(pa.timestamp("us", tz=getattr(published_at.type, "tz", None))).cast(pa.int64())
        return np.asarray(micros.fill_null(0)) // 1_000_000, missing
    moments = np.asarray(published_at, dtype="datetime64[us]")
    missing = np.isnat(moments)
    return np.where(missing, 0, moments.astype(np.int64)) // 1_000_000, missing


_KINDS = ("second", "minute", "day", "month")
_MINUTE, _DAY_KIND, _MONTH_KIND = 1, 2, 3


def _codes(column: object, words: tuple[str, ...], size: int) -> object:
    """Number of each row's word, int64, shape (n,); -1 for a null and for a word that is not in the list."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if column is None or isinstance(column, str):
        return np.full(size, words.index(column) if column in words else -1)
    if not isinstance(column, (pa.Array, pa.ChunkedArray)):
        column = pa.array(column, pa.string())
    return np.asarray(pc.index_in(column, pa.array(words)).fill_null(-1)).astype(np.int64)


def _span(named: int, kind: int, zone: str) -> tuple[int, int]:
    """First and last second of the named day or month in ``zone``."""
    start = datetime.fromtimestamp(named, UTC).date()
    if kind == _MONTH_KIND:
        start = start.replace(day=1)
        end = (start + timedelta(days=31)).replace(day=1)
    else:
        end = start + timedelta(days=1)
    return _midnight(start, zone), _midnight(end, zone) - 1


def _midnight(day: date, zone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=_zone(zone)).timestamp())

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
from typing import TYPE_CHECKING, Any

from dedup.intake.zones import ZONE, ZONE_NAMES, ZONE_OF_COUNTRY, ZONE_PLACES, zone_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

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
_WEEKDAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|(?:lun|mar|mer|jeu|ven|sam|dim)\b\.?"
    r"|(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)\b\.?|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b"
TIME = (
    r"(?:\s*+(?:[,\-–—·|àa]\s*+)?(?P<hour>\d{1,2})\s?(?:(?:h|:)\s?(?P<minute>\d\d)"
    r"(?:\s?(?::|m|min|mn)\s?(?P<second>\d\d)s?)?|h(?:eures?)?)(?!\d)(?:\s?(?:h|heures?|min)\b)?)"
)
DAY = (
    rf"(?:le\s+)?(?:{_WEEKDAY},?\s*)?(?:"
    rf"(?P<day>\d{{1,2}})(?:er)?\s+(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})"
    r"|(?P<day2>\d{1,2})(?P<mark>[./-])(?P<month2>\d{1,2})(?P=mark)(?P<year2>\d{4})"
    r"|(?P<year3>\d{4})-(?P<month3>\d\d)-(?P<day3>\d\d)"
    r")(?!\d)"
)
_FRENCH = re.compile(rf"{DAY}(?:{TIME})?\.?", re.IGNORECASE)
_FRENCH_MONTH = re.compile(rf"(?:(?P<month>{_MONTH})\.?\s+|(?P<month2>\d\d?)[/.])(?P<year>\d{{4}})", re.IGNORECASE)
_ZONED = re.compile(
    r"(?P<moment>.*\d[\d:.hm ]*?(?:\s?(?:h|min|mn|s|[ap]\.?m\.?)(?!\w))?)[\s,]*+\(?\s*+(?:"
    r"(?P<base>UTC|GMT)?\s?(?P<offset>[+\-−]\d{1,2}(?::?\d\d)?)"
    r"|heure\s(?:de\s|d['’])?(?P<place>[^\W\d_][\w' -]{2,20})"
    r"|(?P<area>[A-Z]+/[A-Z_/-]+)"
    r"|(?-i:(?!AM|PM)(?P<name>[A-Z]{1,5}))"
    r")\s*\)?",
    re.IGNORECASE,
)
LONGEST = 300
"""Characters of the longest date; what is longer is prose, and patterns for dates would take long to say so."""
_PUBLISHED = re.compile(
    r"^(?:(?:article\s)?(?:publiée?|paru|postée?|créée?|écrit|mise?\s(?:en\sligne|à\sjour)|modifiée?|actualisée?)\b"
    r"|published|posted|updated|veröffentlicht|pubblicato|publicado|gepubliceerd|date)\s?(?:le\b|on\b|am\b|il\b|el\b|op\b)?"
    r"\s*:?\s*",
    re.IGNORECASE,
)
"""Words before the date of a page, as some columns hold them."""
_UPDATED = re.compile(
    r"(?<=\d)\W*\b(?:mise?\sà\sjour|modifiée?|actualisée?|updated|aktualisiert|aggiornato|actualizado|bijgewerkt)\b.*$",
    re.IGNORECASE,
)
"""The date of a later version, after that of the first."""
_CLOCK = re.compile(r"\d\s?(?::|h)\s?\d\d|\d\s?h\b", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def parse_date(value: object, zone: str = ZONE) -> tuple[datetime | None, str]:
    """One date of an input -> (UTC time or None, precision second, minute, day, month or none).

    Reads ISO 8601 (with ``-``, ``/`` or nothing between), RFC 2822, French forms ("19 juin 2024", "19/06/2024 à
    13h16", "1er mars 2025", "juin 2024"; the day comes first), epoch numbers in seconds, milli-, micro- or
    nanoseconds, Python's own dates, and, through dateparser, dates with a month in letters in English, German, Spanish,
    Italian and Dutch. A time may name its zone (CET, HNE, UTC+1, Europe/Paris, "heure de Paris"); one that is not known
    is an error. A time without an offset is local time of ``zone`` (where the clock is set
    back, the first of the two hours). Midnight to the second without an offset is a **day**: that is how exports
    write a date without a time, and a true midnight stays inside the interval.

    Nothing, or a word for nothing, is ``(None, "none")``. What is there but is no possible date raises ValueError.
    """
    if value is None:
        return None, "none"
    if isinstance(value, str):
        return parse_text(value, zone)
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
    return parse_text(str(int(value)) if value == value // 1 else repr(value), zone)


def whole_day(moment: datetime, zone: str) -> datetime:
    """The name of the day, in ``zone``, that a moment falls on: what is stored with the precision day."""
    local = moment.astimezone(zone_of(zone))
    return _named(local.year, local.month, local.day)


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
def parse_text(value: str, zone: str) -> tuple[datetime | None, str]:
    if len(value) > LONGEST and len(value.strip()) > LONGEST:
        raise ValueError(f"unreadable date {value[:60]!r}: it has {len(value):,} characters")
    text = _UPDATED.sub("", _PUBLISHED.sub("", " ".join(value.split())))
    if text.casefold() in _NO_DATE:
        return None, "none"
    try:
        if found := _ISO.fullmatch(text):
            return _from_iso(found, zone)
        if _NUMBER.fullmatch(text):
            return _from_number(float(text)), "second"
        if found := _FRENCH_MONTH.fullmatch(text):
            month = int(found["month2"] or 0) or _MONTHS[found["month"].casefold()]
            return _named(int(found["year"]), month, 1), "month"
        if found := _FRENCH.fullmatch(text):
            return from_french(found, zone)
        zoned = _ZONED.fullmatch(_UNIX.sub(r"\1 \3 \2", text))
        if zoned and _CLOCK.search(zoned["moment"]):
            worded = _from_words(zoned["moment"].strip(" ,"), _named_zone(zoned), has_zone=True)
        else:
            worded = _from_words(text, zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"impossible date {value[:60]!r}: {error}") from None
    if worded is None:
        raise ValueError(f"unreadable date {value[:60]!r}: expected a form like 2024-06-19T13:16+02:00 or 19 juin 2024")
    return worded


def _named_zone(found: re.Match[str]) -> str:
    """The zone that a time names, as an offset or a name of the zone database."""
    if found["offset"]:
        return _signed(found["offset"].replace("−", "-"))
    if found["place"]:
        place = found["place"].strip().casefold()
        if place not in ZONE_PLACES:
            raise ValueError(f"the time zone 'heure de {found['place']}' is not known")
        return ZONE_PLACES[place]
    if found["area"]:
        try:
            zone_of(found["area"])
        except (KeyError, ValueError, OSError):
            raise ValueError(f"the time zone {found['area']!r} is not known") from None
        return found["area"]
    if found["name"].casefold() not in ZONE_NAMES:
        raise ValueError(f"the time zone {found['name']!r} is not known or means several")
    return f"{ZONE_NAMES[found['name'].casefold()]:+03d}:00"


def _signed(offset: str) -> str:
    """An offset as +HH:MM: "+1", "-0500", "+05:30"."""
    digits = offset[1:].replace(":", "")
    hours, minutes = (digits, "00") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    if int(hours) > 14 or int(minutes) > 59:
        raise ValueError(f"offset {offset} is out of range")
    return f"{offset[0]}{int(hours):02d}:{minutes}"


def _from_words(text: str, zone: str, has_zone: bool = False) -> tuple[datetime, str] | None:
    """A date in one of our forms, else as the languages of the press write it; ``has_zone`` when it named its zone."""
    if found := _ISO.fullmatch(text):
        return _from_iso(found, zone, has_zone)
    if found := _FRENCH.fullmatch(text):
        return from_french(found, zone, has_zone)
    if _WORDED.fullmatch(text) and (read := _by_library(text)):
        kind = "second" if _SECONDS.search(text) else "minute" if _HAS_TIME.search(text) else "day"
        if kind == "day" or (not has_zone and not (read.hour or read.minute or read.second)):
            return _named(read.year, read.month, read.day), "day"
        return _to_utc(read, zone), kind
    return None


_UNIX = re.compile(r"(\d\d:\d\d:\d\d) ([A-Z]{3,5}) (\d{4})$")
"""The end of what the command "date" prints: the year stands after the zone."""
_WORDED = re.compile(r"(?=.*[^\W\d_]{3})(?=.*(?<!\d)(?:1[4-9]|2[01])\d\d(?!\d))[\w\s.,:;ºª°'’·|–—-]{8,60}")
"""A date with a month in letters and a year, as far as that can be seen."""
_HAS_TIME = re.compile(r"\d\s?[:h]\s?\d\d|\d\s?(?:h|uhr|[ap]\.?m)\b", re.IGNORECASE)
_SECONDS = re.compile(r"\d:\d\d:\d\d")
_CAPITALS = re.compile(r"\b(?!AM\b|PM\b)[A-Z]{2,}\b")
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")


def _by_library(text: str) -> datetime | None:
    """What dateparser reads of a date with day, month and year; None when it had to guess one of them."""
    import dateparser

    settings = {
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": "DMY",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "REQUIRE_PARTS": ["day", "month", "year"],
    }
    plain = re.sub(r"(?<=\d)\s?(?:h|uhr)\s?(?=\d\d)", ":", text, flags=re.IGNORECASE)
    plain = re.sub(r"[|·–—]|\b(?:uhr|ore|om|alle|a las|um)\b", " ", plain, flags=re.IGNORECASE)
    if any(word.casefold() not in _MONTHS for word in _CAPITALS.findall(plain)):
        return None  # a zone, whose hours would be lost
    read = dateparser.parse(plain, languages=[*LANGUAGES], settings=settings)
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    return read if read and {read.year, read.day} <= numbers else None


def _from_iso(found: re.Match[str], zone: str, has_zone: bool = False) -> tuple[datetime, str]:
    year, mark, month, day, hour, minute, second, fraction, offset = found.groups()
    if day is None:
        if not mark:
            return _from_number(float(found[0])), "second"
        return _named(int(year), int(month), 1), "month"
    if hour is None:
        return _named(int(year), int(month), int(day)), "day"
    if not (offset or has_zone) and not (int(hour) or int(minute) or int(second or 0) or int(fraction or 0)):
        return _named(int(year), int(month), int(day)), "day"
    moment = datetime(
        _year(int(year)), int(month), int(day), int(hour), int(minute), int(second or 0),
        int((fraction or "0")[:6].ljust(6, "0")),
    )  # fmt: skip
    if offset:
        moment = moment.replace(tzinfo=UTC) - _offset(offset)
    return _to_utc(moment, zone), "minute" if second is None else "second"


def from_french(found: re.Match[str], zone: str, has_zone: bool = False) -> tuple[datetime, str]:
    year = int(found["year"] or found["year2"] or found["year3"])
    month = int(found["month2"] or found["month3"] or 0) or _MONTHS[found["month"].casefold()]
    day = int(found["day"] or found["day2"] or found["day3"])
    if found["hour"] is None:
        return _named(year, month, day), "day"
    hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
    if not has_zone and not (hour or minute or second):
        return _named(year, month, day), "day"
    moment = datetime(_year(year), month, day, hour, minute, second)
    return _to_utc(moment, zone), "minute" if found["second"] is None else "second"


def _from_number(number: float) -> datetime:
    """Epoch seconds, or a thousand, a million, a billion times finer; 1973 is the earliest that is unambiguous."""
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
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone))).astimezone(UTC)


# Intervals


def _seconds(published_at: Any) -> tuple[np.ndarray, np.ndarray]:
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


def _codes(column: Any, words: tuple[str, ...], size: int) -> np.ndarray:
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
    return int(datetime(day.year, day.month, day.day, tzinfo=zone_of(zone)).timestamp())

"""The text of an article -> the date that it prints about itself."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise

from dedup.intake.dates import DAY, TIME, from_french, parse_text
from dedup.intake.zones import ZONE


def printed_date(text: str, zone: str = ZONE) -> tuple[datetime, str, str] | None:
    """The date that an article prints about itself -> (UTC time, precision, "printed" or "dateline"), or None.

    Only unmistakable forms, and only in the first and last lines: a line that starts with "Publié le" (or mis en
    ligne, posté, paru) and a date; a text that starts with "date 2024-06"; a line at the head that is a full date
    and nothing else, of the years of the web and under no head that looks back ("il y a cent ans"); a dateline with
    place, full date and agency ("PARIS, 19 juin 2024 (AFP) -"). A date of update ("Mis à jour le") is not the
    publication and is left alone.
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


def publication_in(line: str) -> str | None:
    """The date in a line that says when an article was published ("Publié le 12 mars 2025 à 11h00"), else None."""
    found = _PUBLISHED.match(line)
    if found is None:
        return None
    start = next(found.start(name) for name in ("day", "day2", "year3") if found[name] is not None)
    return line[start : found.end()].strip()


_HEAD, _TAIL = 2_000, 300
"""Characters at the start and at the end of a text in which its own date is looked for."""
_HEAD_LINES, _TAIL_LINES = 8, 3
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_LABEL = r"(?:publiée?|publication|mise? en ligne|postée?|parue?|date de (?:publication|parution))"
# After a date without a time the line must end or go on as such lines do: "Publié le 12 mars 2018, le rapport..." is
# prose.
_AFTER = r"(?=\s*(?:$|[|•·)]|[-–—]\s|mise? à jour|mà?j\b|modifié|actualisé|temps de lecture|(?:par|dans)\s[^.]{3,40}$))"
_PUBLISHED = re.compile(
    rf"(?:.{{0,60}}?[|•·]\s*|\(|par .{{3,60}}?[,\-–—|]\s*)?(?:article\s+)?{_LABEL}\s*+(?:le\s++)?+:?\s*+"
    rf"(?:{DAY})(?:{TIME}|{_AFTER})",
    re.IGNORECASE,
)
_PUBLISHED_INSIDE = re.compile(
    rf"(?<![\w’'])P(?:ublié|UBLIÉ)e?\s*+(?:le\s++)?+:?\s*+(?:{DAY})(?:{TIME})", re.IGNORECASE
)
_STAMP = re.compile(
    r"\s*date\s?:?\s+(\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?)(?=\s|$)", re.IGNORECASE
)
_LINE = re.compile(rf"\s*+{DAY}(?:{TIME})?\s*+\.?\s*+", re.IGNORECASE)
_AGENCY = r"(?:AFP|ATS|Keystone-ATS|Belga|PC|La Presse canadienne|QMI|AP|Reuters|APS|MAP|TAP|ANSA|EFE|DPA)"
_DATELINE = re.compile(
    # place: capitalised words, "PARIS", "Tel-Aviv", "Saint-Denis (France)"
    r"\s*+[A-ZÀ-ÖØ-Þ][\w’'.-]*+(?: [\w’'.-]++){0,4}(?:\s\([^)\n]{2,30}\))?\s*[,:]\s*"
    rf"(?:{DAY})(?:{TIME})?\s*+(?:[,–—-]\s*+)?\((?i:{_AGENCY})(?:/[^)\n]{{1,20}})?\)",
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
    if any(_LOOKS_BACK.search(line) for line in lines[:4]) or any(_year_of(match) < _WEB for match in found):
        return None
    if len(found) != 1 or sum(1 for line in text.splitlines() if len(line) < 60 and _LINE.fullmatch(line)) > 1:
        return None
    return found[0]


_WEB = 1994
"""First year in which a page could print its own date without saying so; an earlier one is a date of the story."""
_LOOKS_BACK = re.compile(
    r"(?i)\bil y a\b.{0,30}\b(?:ans?|siècles?|décennies?)\b|\banniversaire\b|\bcommémor|\béphéméride|\bce jour[- ]là\b"
    r"|\ble jour où\b|\bretour sur\b|\bans (?:après|plus tard)\b|\brétro\b|\barchives?\b|\bhistoire\b|\bagenda\b"
)
"""A head that speaks of another day than its own."""


def _year_of(found: re.Match[str]) -> int:
    return int(found["year"] or found["year2"] or found["year3"])


def _safe(found: re.Match[str], zone: str, source: str) -> tuple[datetime, str, str] | None:
    """A printed date that is impossible is no date: nobody gave it as one."""
    try:
        moment, precision = parse_text(found[1], zone) if found.re is _STAMP else from_french(found, zone)
    except ValueError:
        return None
    return (moment, precision, source) if moment else None


# Live blogs

_ENTRY = re.compile(
    r"\W*(?:(?:(?:publié|posté|mise? à jour)\W+(?:le\s)?)?(?:(?:(?:lun|mar|mer|jeu|ven|sam|dim)[a-z]*\W{1,2})?"
    r"\d{1,2}(?:er)?(?:[./]\d{1,2}(?:[./]\d{2,4})?|\s[a-zéû]{3,9}\.?(?:\s\d{4})?)\W+(?:à\s)?|(?<=é )à\s|(?<=our )à\s)?"
    r"|à\s(?=\d{1,2}\s?[h:]\s?\d\d\s?[:|–—-]))"
    r"([01]?\d|2[0-3])\s?(?:heures?|h|:)\s?([0-5]\d)?\b(?!\s?(?:[-–—à]\s?)?\d)",
    re.IGNORECASE,
)
_LEAST_ENTRIES = 3
_OWN_WORDS = 12
"""Words after the time from which a line is an entry with its text; in a programme a title stands there."""
_HALF_DAY = 12 * 60


def is_live_blog(text: str) -> bool:
    """Whether a text is a list of entries that each begin with a time, in order, with text of their own.

    The text stands in lines after that of the time, or in the same one. A programme has such lines too, but one after
    the other. The page has one date, mostly that of its opening; the entries came hours later.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    entries = [_ENTRY.match(line) for line in lines]
    times = [int(found[1]) * 60 + int(found[2] or 0) for found in entries if found]
    following = [*entries, None][1:]
    with_text = sum(
        found is not None and (after is None or len(line[found.end() :].split()) >= _OWN_WORDS)
        for line, found, after in zip(lines, entries, following, strict=True)
    )
    with_text -= bool(entries) and entries[-1] is not None and len(lines[-1].split()) < _OWN_WORDS
    ordered = _rising(times) or _rising(times[::-1])
    return len(set(times)) >= _LEAST_ENTRIES and ordered and with_text >= _LEAST_ENTRIES


def _rising(times: list[int]) -> bool:
    """Whether some minutes of the day follow one another, past midnight once at most."""
    back = [before - after for before, after in pairwise(times) if after < before]
    return len(back) <= 1 and all(step > _HALF_DAY for step in back)

"""IPTC 7901 (the telex format of agencies) -> dispatches.

SOH begins a message, STX its text, ETX ends it. Before STX stands the head (service, number, priority, words, desk),
after ETX the day and hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.intake.encodings import decode, fault_of
from dedup.intake.records import Fault, File, Record
from dedup.intake.texts import text_of
from dedup.intake.wires import agency_of, dispatch, unwrapped_lines

_HEAD = re.compile(
    r"\s*(?P<service>[^\W\d]{1,6})\s?(?P<number>\d{2,5})\s*(?:\s(?P<urgency>\d))?(?:\s(?P<desk>[a-z]{1,3})\b)?", re.I
)
_DATELINE = re.compile(
    r"^(?P<place>[^\n()]{2,60}?)\s*\((?P<agency>[^()\n]{2,20})\)(?:\s*[-–—]+\s*|\s+)|^(?P<place2>[A-Z][^\n]{2,50}?)\s"
    r"(?P<agency2>Kyodo|Reuters|AFP|AP)\s*[-–—]\s*"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_AGENCY = re.compile(r"\b(afp|dpa|ats|sda|kyodo|ap|reuters|belga|ansa|apa|efe)\b", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"(?:by|par|von) |\S+-\S+$|.{2,40}/$|\d*(?:st|nd|rd|th)? ?lead\b|"
    r"(?:refile|repeat|urgent|flash|alerte?|eil(?:meldung)?|update ?\d*|correct(?:s|ed|ion)|"
    r"zusammenfassung|berichtigung)\W*$",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\W*\([A-Z+ ,/]{2,40}\)\W*")
"""What goes with a text, after its headline ("=(PHOTO+VIDEO)=")."""
_TITLE_END = re.compile(r"(?<!\s)\s*+[=+]\s*+$")


def iptc7901_rows(file: File) -> Iterator[Record]:
    """The messages of a file."""
    content = file.read()
    text, file.encoding = decode(content)
    if fault := fault_of(content, file.encoding):
        yield None, fault
    messages, stem = text.split("\x01")[1:], file.stem
    for number, message in enumerate(messages, start=1):
        head, _, body = message.partition("\x02")
        body, _, tail = body.partition("\x03")
        if not body.strip():
            yield number, Fault("a message without text")
            continue
        _, row = _message(head, body, tail, f"{stem}-{number}" if len(messages) > 1 else stem)
        yield number, row


def bare_rows(file: File) -> Iterator[Record]:
    """A message that was saved without its control characters: its first line is the head, its last the hour."""
    text, fault = text_of(file)
    if fault is not None:
        yield None, fault
    head, _, body = text.strip().replace("\r\n", "\n").partition("\n")
    body, _, tail = body.rpartition("\n")
    if not body.strip():
        yield None, Fault("a message without text")
        return
    yield _message(head, body.strip("\n"), tail, file.stem)


def _message(head: str, body: str, tail: str, name: str) -> Record:
    first = _HEAD.match(_CONTROLS.sub("", head))
    title, text = _split(_CONTROLS.sub("", body.replace("\r\n", "\n")))
    dateline = _DATELINE.match(text)
    said = dateline and (dateline["agency"] or dateline["agency2"])
    agency = _AGENCY.search(said or "") or _AGENCY.search(head) or _AGENCY.search(text[:300])
    facts = {
        "id": name,
        "wire_id": name,
        "agency": agency_of(agency[0] if agency else None),
        "title": title,
        "dateline": dateline[0].strip(" -–—") if dateline else None,
        "urgency": first["urgency"] if first else None,
        "service": first["service"] if first else None,
        "slug": next(filter(None, (_CONTROLS.sub("", line).strip(" ^/\r") for line in head.split("\n")[1:])), None),
    }
    facts["wire_timestamp"] = _sent(tail)
    return dispatch(facts, _for_print(text))


_MONTHS = ("jan", "feb fev fév", "mar mär mrz", "apr avr", "mai may", "jun jui", "jul", "aug aou aoû", "sep", "oct okt",
           "nov", "dec dez déc")  # fmt: skip


def _sent(tail: str) -> str | None:
    """When a message was sent, from what stands after it: "121115 mar 25", "071341 GMT Okt 15", "21:37-09-12-18"."""
    if sent := re.search(r"(\d{2})(\d{2})(\d{2})\s+(?:GMT\s+|UTC\s+)?([^\W\d_]{3})[^\W\d_]*\s+(\d{2,4})\b", tail):
        month = next((n for n, names in enumerate(_MONTHS, 1) if sent[4].casefold() in names.split()), None)
        if month:
            return f"{_year(sent[5])}-{month:02d}-{sent[1]}T{sent[2]}:{sent[3]}:00Z"
    if sent := re.search(r"(\d{2}):(\d{2})-(\d{2})-(\d{2})-(\d{2,4})\b", tail):  # the clock of the agency
        return f"{_year(sent[5])}-{sent[4]}-{sent[3]}T{sent[1]}:{sent[2]}:00"
    return None


def _year(figures: str) -> int:
    return int(figures) if len(figures) == 4 else 2000 + int(figures)


def _for_print(text: str) -> str:
    """The text without the notes to editors after it; the initials of its last line stay."""
    lines = text.split("\n")
    end = next(
        (n for n, line in enumerate(lines) if re.match(r"# Notebook$|\* \* \* \*|-{3,} ?notes", line, re.I)), None
    )
    return "\n".join(lines[:end])


def _split(body: str) -> tuple[str | None, str]:
    """(headline, paragraphs): the lines before the first empty or indented line, or up to a mark of their end."""
    lines = body.strip("\n").split("\n")
    end = next((n for n, line in enumerate(lines) if not line.strip() or line.startswith("  ")), 0)
    end = next((n + 1 for n, line in enumerate(lines[:12]) if _TITLE_END.search(line)), end)
    titles = [_TITLE_END.sub("", line).strip() for line in lines[:end]]
    titles = [line for line in titles if line and not _NOTE.fullmatch(line)]
    titles = [line for line in titles if not _NO_TITLE.match(line)] or titles
    return " ".join(titles) or None, unwrapped_lines("\n".join(lines[end:]))

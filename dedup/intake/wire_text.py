"""IPTC 7901 (the telex format of agencies) -> dispatches.

SOH begins a message, STX its text, ETX ends it. Before STX stands the head (service, number, priority, words, desk),
after ETX the day and hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dedup.intake.encodings import decode, fault_of
from dedup.intake.records import Fault, File, Record
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
_NO_TITLE = re.compile(r"(?:by|par|von) |\S+-\S+$|\d*(?:st|nd|rd|th)? ?lead\b", re.IGNORECASE)
_TITLE_END = re.compile(r"\s*[=+]\s*$")


def iptc7901_rows(file: File) -> Iterator[Record]:
    """The messages of a file."""
    content = file.read()
    text, file.encoding = decode(content)
    if fault := fault_of(content, file.encoding):
        yield None, fault
    for number, message in enumerate(text.split("\x01")[1:], start=1):
        head, _, body = message.partition("\x02")
        body, _, tail = body.partition("\x03")
        if not body.strip():
            yield number, Fault("a message without text")
            continue
        _, row = _message(head, body, tail, f"{file.stem}-{number}" if text.count("\x01") > 1 else file.stem)
        yield number, row


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
    if sent := re.search(r"(\d{2})(\d{2})(\d{2})\s+([a-zA-Z]{3})\w*\s+(\d{2,4})\b", tail):
        year = int(sent[5]) if len(sent[5]) == 4 else 2000 + int(sent[5])
        facts["wire_timestamp"] = f"{int(sent[1]):02d} {sent[4].title()} {year} {sent[2]}:{sent[3]}:00 +0000"
    return dispatch(facts, text)


def _split(body: str) -> tuple[str | None, str]:
    """(headline, paragraphs): the lines before the first empty or indented line, or up to a mark of their end."""
    lines = body.strip("\n").split("\n")
    end = next((n for n, line in enumerate(lines) if not line.strip() or line.startswith("  ")), 0)
    end = next((n + 1 for n, line in enumerate(lines[:12]) if _TITLE_END.search(line)), end)
    titles = [_TITLE_END.sub("", line).strip() for line in lines[:end]]
    titles = [line for line in titles if line and not _NO_TITLE.match(line)] or titles
    return " ".join(titles) or None, unwrapped_lines("\n".join(lines[end:]))

"""Agency files in JSON -> dispatches: ninjs 1 to 3, AP's media items, dpa's digital wires."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dedup.intake.columns import folded
from dedup.intake.pages import fragment_text
from dedup.intake.records import Record
from dedup.intake.wires import agency_of, dispatch, revision, unwrapped_lines
from dedup.intake.xmls import passed_over

_BODIES = ("body_xhtml", "body_html", "body_text", "article_html", "bodyxhtml", "bodyhtml", "bodytext")


def is_wire(value: Any) -> bool:
    """Whether an object is an agency's item: an identifier, and two of type, version and text."""
    if not isinstance(value, dict):
        return False
    names = {folded(str(name)).replace("_", "") for name in value}
    identified = names & {"uri", "guid", "urn", "altids"}
    if not identified:
        return False
    is_versioned = bool(names & {"versioncreated", "pubstatus"})
    has_text = bool(names & {"bodies", "bodyxhtml", "bodyhtml", "bodytext", "headlines"})
    return ("type" in names and (is_versioned or has_text)) or (is_versioned and has_text)


def items_of(value: Any, depth: int = 3) -> list[dict[str, Any]]:
    """The agency's items inside a value; none when it is another kind of JSON."""
    if is_wire(value):
        return [value]
    if isinstance(value, list):
        found = [item for item in value if is_wire(item)]
        return found if found and len(found) == len(value) else []
    if isinstance(value, dict) and depth:
        for name in ("data", "item", "items", "response"):
            if name in value and (found := items_of(value[name], depth - 1)):
                return found
    return []


def wire_rows(items: list[dict[str, Any]]) -> Iterator[Record]:
    """The dispatches among the items and in what is associated with them."""
    waiting, others, done = list(items), 0, 0
    while waiting and done < 100_000:
        item = waiting.pop(0)
        done += 1
        inner = item.get("associations") or []
        inner = list(inner.values()) if isinstance(inner, dict) else inner
        inner = [part for part in inner if isinstance(part, dict)] if isinstance(inner, list) else []
        texts = [part for part in inner if part.get("type") in ("text", "composite") and _body(part)]
        others += len(inner) - len(texts)
        waiting.extend(texts)
        body = _body(item)
        if item.get("type") in ("picture", "graphic", "video", "audio", "image") or (not body and inner):
            others += 1
            continue
        yield dispatch(_facts(item), body)
    yield from passed_over(others)


def _body(item: dict[str, Any]) -> str:
    bodies = item.get("bodies")
    for body in bodies if isinstance(bodies, list) else []:
        if isinstance(body, dict) and "html" in str(body.get("contentType") or body.get("contenttype") or ""):
            return fragment_text(str(body.get("value") or ""))
    for body in bodies if isinstance(bodies, list) else []:
        if isinstance(body, dict) and body.get("value"):
            return _paragraphs(str(body["value"]))
    for name in _BODIES:
        if isinstance(item.get(name), str) and item[name].strip():
            return _paragraphs(item[name])
    return ""


def _paragraphs(value: str) -> str:
    return fragment_text(value) if "<" in value and ">" in value else unwrapped_lines(value)


def _host(story: str) -> str | None:
    """The provider's domain in an identifier ("urn:newsml:afp.com:...", "https://afp.com/...")."""
    found = re.match(r"(?:urn:newsml:|https?://(?:www\.)?)([\w.-]+)", story)
    return found[1] if found else None


def _facts(item: dict[str, Any]) -> dict[str, Any]:
    def first(*names: str) -> Any:
        found = next((item[name] for name in names if item.get(name)), None)
        if isinstance(found, list):
            found = found[0] if found else None
            found = found.get("value") or found.get("name") if isinstance(found, dict) else found
        if isinstance(found, dict):
            found = found.get("name") or found.get("city") or found.get("value")
        return found if isinstance(found, str | int) else None

    story, version = first("uri", "urn", "guid"), first("version")
    altids = item.get("altids")
    named = altids if isinstance(altids, dict) else {}
    return {
        "id": f"{story}:{version}" if version not in (None, "") else story,
        "wire_id": named.get("itemid") or story,
        "revision": revision(str(version)) if version not in (None, "") else None,
        "agency": agency_of(*(str(name) for name in (
            first("provider"), first("creditline", "creditLine"), first("source"),
            first("infosource", "infosources", "infoSources"),
            first("copyrightholder", "copyrightHolder"), _host(str(story or "")),
        ) if name)),
        "title": first("headline", "headlines", "title"),
        "wire_timestamp": first("versioncreated", "versionCreated", "version_created", "firstcreated"),
        "dateline": first("dateline", "located", "datelinelocation"),
        "slug": first("slugline", "slug", "kicker"),
        "urgency": first("urgency"),
        "status": first("pubstatus", "pubStatus"),
        "signal": first("signal"),
        "embargo": first("embargoed"),
        "language": first("language"),
        "author": first("byline", "by"),
    }  # fmt: skip

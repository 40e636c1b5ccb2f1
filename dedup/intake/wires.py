"""Agency files in XML -> dispatches: NewsML 1, NewsML-G2, NITF, and the Canadian Press's own.

A dispatch is one text; a package is taken apart; pictures, videos and their captions are passed over and counted.
``wire_id`` is the story without its revision, ``revision`` counts from 0, ``article_id`` has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from dedup.intake.pages import SILENT, fragment_text, lines_of
from dedup.intake.records import Fault, Record
from dedup.intake.xmls import every, local, one, passed_over, spaced, text

AGENCIES = {
    "afp": "AFP", "أ ف ب": "AFP", "agence france": "AFP", "dpa": "dpa", "ansa": "ANSA", "kyodo": "Kyodo",
    "tass": "TASS", "belga": "Belga", "reuters": "Reuters", "associated press": "AP", "ap": "AP", "apnews": "AP",
    "canadian press": "PC", "télégraphique suisse": "ATS",
    "presse canadienne": "PC", "keystone": "ATS", "ats": "ATS", "sda": "ATS", "efe": "EFE", "apa": "APA", "stt": "STT",
}  # fmt: skip
"""What providers call themselves -> the agency's usual name."""

_SIGN_OFF = re.compile(
    r"(?:[^\W\d_]{1,6}|[^\W\d_](?: [^\W\d_]){1,2})(?:[-/](?:[^\W\d_]{1,6}|[^\W\d_] [^\W\d_])){1,8}\.?"
)
"""The initials of who wrote and edited, in the last line ("asl/tib/pid")."""

_NOT_TEXT = SILENT | {"media", "media-reference", "media-caption", "media-producer", "body.head", "note", "body.end"}


def dispatch(facts: dict[str, Any], body: str) -> Record:
    """One dispatch from its facts and its paragraphs, or the fault that it has no text."""
    lines = body.split("\n")
    if lines and _SIGN_OFF.fullmatch(lines[-1].strip()):
        facts["sign_off"] = lines.pop().strip()
    facts = {name: value for name, value in facts.items() if value not in (None, "", [])}
    if not any(line.strip() for line in lines):
        if facts.get("title") and facts.get("status") in (None, "usable"):
            lines = [facts["title"]]  # an alert is its headline
        else:
            return None, Fault("a dispatch without text", article_id=facts.get("id"))
    facts["outlet"] = facts.get("agency")
    # without a provider nobody knows whose it is: a missing name must not make it the default agency's
    if "agency" not in facts:
        facts = {**facts, "published_at": facts.pop("wire_timestamp", None), "outlet": facts.pop("publication", None)}
    return None, {**facts, "is_wire": "agency" in facts, "text": "\n".join(lines)}


_SOLD = re.compile(
    r"(?:l['’])?(?:AFP|agence france[ -]presse|agence télégraphique suisse|ATS|keystone-ATS|(?:agence )?belga|"
    r"la presse canadienne|the canadian press|(?:thomson )?reuters|associated press|dpa|EFE|ANSA)\b",
    re.IGNORECASE,
)
"""Names under which press databases sell the dispatches of agencies ("AFP Infos Mondiales")."""


def as_sold(row: dict[str, Any]) -> dict[str, Any]:
    """An article of a press database; a dispatch where its publication is an agency's service."""
    sold = _SOLD.match(row.get("outlet") or "")
    if sold is None:
        return row
    lines = str(row["text"]).split("\n")
    if len(lines) > 1 and _SIGN_OFF.fullmatch(lines[-1].strip()):
        row = {**row, "sign_off": lines.pop().strip()}
    agency = agency_of(sold[0].removeprefix("l'").removeprefix("l’").replace("-", " "))
    return {**row, "is_wire": True, "agency": agency, "text": "\n".join(lines)}


@lru_cache(maxsize=1024)
def agency_of(*names: str | None) -> str | None:
    """The usual name of an agency from what its file calls it; None when nothing is said."""
    for name in names:
        plain = re.sub(r"^(?:[a-z]+:)+|^www\.|\.(?:com|it|jp|be|fr|org|ru|ch|ca|fi)$", "", (name or "").strip().lower())
        for part, agency in AGENCIES.items():
            if plain == part or (len(part) > 3 and part in plain) or part in plain.split():
                return agency
    return next((name.strip() for name in names if name and name.strip()), None)


def revision(value: str | None) -> int | None:
    """Versions count from 1 in agency files, revisions from 0 here."""
    number = re.fullmatch(r"\s*(\d{1,9})\s*", value or "")
    return None if number is None else max(int(number[1]) - 1, 0)


# NewsML 1


def newsml1_rows(root: Any) -> Iterator[Record]:
    """The dispatches of a NewsML 1 file (both of AFP's profiles, Belga's, Kyodo's, TASS's)."""
    items = every(root, "NewsItem")
    if not items:
        yield None, Fault("no news item in the file")
    for item in items:
        texts, others = _contents(item)
        if texts:
            yield dispatch(_newsml1_facts(item), "\n".join(texts))
        elif not others:
            yield None, Fault("an item without text: an index or a list")
        yield from passed_over(others)


def _contents(item: Any) -> tuple[list[str], int]:
    """(texts of an item, how many other parts it has); a caption is no text."""
    texts, others = [], 0
    for content in every(item, "ContentItem"):
        kind = one(content, "MediaType")
        name = kind.get("FormalName", "") if kind is not None else ""
        if name not in ("", "Text", "ComplexData", "Article") or _role(content) in ("Caption", "Picture", "Photo"):
            others += 1
            continue
        data = one(content, "DataContent")
        body = "" if data is None else _body(data)
        if body and body not in texts:
            texts.append(body)
    return texts, others


def _role(content: Any) -> str:
    """The role of the nearest component that has one."""
    for node in content.iterancestors():
        for child in node:
            if local(child) == "Role":
                return child.get("FormalName", "")
        if (node.get("Duid") or "").lower().startswith(("photo", "video", "picture")):
            return "Picture"
    return ""


def _body(data: Any) -> str:
    """The paragraphs of a piece of content, whether it is elements or text with markup in it."""
    if len(data):
        return lines_of(_longest(data, "body.content"), _NOT_TEXT)
    content = "".join(data.itertext())
    return fragment_text(content) if re.search(r"<(?:p|br|div)\b", content, re.IGNORECASE) else unwrapped_lines(content)


def _longest(node: Any, name: str) -> Any:
    """The element of a name with the most text below one; the element itself when there is none."""
    return max(every(node, name), key=lambda child: len("".join(child.itertext())), default=node)


def unwrapped_lines(content: str) -> str:
    """Hard-wrapped text -> paragraphs, one a line: an empty or an indented line begins one."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    wrapped = any(not line.strip() for line in lines[1:-1]) or any(line.startswith("  ") for line in lines[1:])
    if not wrapped:
        return "\n".join(" ".join(line.split()) for line in lines if line.strip())
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if not line.strip() or line.startswith(("  ", "\t")):
            paragraphs.append([])
        if line.strip():
            paragraphs[-1].extend(line.split())
    return "\n".join(" ".join(words) for words in paragraphs if words)


def _newsml1_facts(item: Any) -> dict[str, Any]:
    def formal(*path: str) -> str | None:
        node = one(item, *path)
        return None if node is None else node.get("FormalName") or text(node)

    story = [text(one(item, "NewsIdentifier", name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    number = one(item, "RevisionId")
    language = one(item, "DescriptiveMetadata", "Language")
    status = (formal("NewsManagement", "Status") or "").lower()
    public = text(one(item, "PublicIdentifier"))
    wire_id = ":".join(part for part in story if part) if story[2] else None
    return {
        "id": public if public and story[2] and story[2] in public else wire_id and f"{wire_id}:{text(number) or 1}",
        "wire_id": wire_id,
        "revision": revision(text(number)),
        "previous_revision": number.get("PreviousRevision") if number is not None else None,
        "agency": agency_of(formal("Source", "Party"), formal("Provider", "Party"), story[0], formal("CreditLine")),
        "title": text(one(item, "HeadLine")),
        "wire_timestamp": text(one(item, "ThisRevisionCreated")) or text(one(item, "FirstCreated")),
        "dateline": text(one(item, "DateLine")),
        "slug": text(one(item, "NameLabel")) or text(one(item, "SlugLine")),
        "urgency": formal("Urgency"),
        "status": status or None,
        "embargo": text(one(item, "StatusWillChange", "DateAndTime")),
        "language": (language.get("FormalName") if language is not None else None) or _language(item),
        "author": text(one(item, "NewsLines", "ByLine")),
        "kind": formal("NewsItemType"),
        "advisory": "; ".join(_advice(item)),
    }


def _advice(item: Any) -> Iterator[str]:
    """What an agency says to editors of a dispatch ("CORRIGE par. 3"): a line of news of the type AdvisoryLine."""
    for line in every(item, "NewsLine"):
        kind = one(line, "NewsLineType")
        if kind is not None and kind.get("FormalName") == "AdvisoryLine" and (said := text(one(line, "NewsLineText"))):
            yield said


def _language(item: Any) -> str | None:
    name = "{http://www.w3.org/XML/1998/namespace}lang"
    return item.get(name) or next((node.get(name) for node in item.iter() if node.get(name)), None)


# NewsML-G2


def newsml2_rows(root: Any) -> Iterator[Record]:
    """The dispatches of a NewsML-G2 message or item."""
    items = [root] if local(root) == "newsItem" else every(root, "newsItem")
    others = 0
    for item in items:
        kind = one(item, "itemClass")
        name = (kind.get("qcode") or "").rsplit(":", 1)[-1] if kind is not None else "text"
        if name not in ("text", "composite", ""):
            others += 1
            continue
        body = _g2_body(item)
        row = dispatch(_g2_facts(item), body)
        yield row
    yield from passed_over(others)
    if not items:
        yield None, Fault("no news item in the file: a package names others")


def _g2_body(item: Any) -> str:
    content = one(item, "contentSet")
    if content is None:
        return ""
    parts = []
    for data in content:
        if local(data) == "inlineXML":
            inner = one(data, "body.content")
            inner = one(data, "body") if inner is None else inner
            parts.append(
                lines_of(data if inner is None else inner, _NOT_TEXT | {"figure", "figcaption", "header", "footer"})
            )
        elif local(data) == "inlineData":
            parts.append(_body(data))
    return max(parts, key=len, default="")


def _g2_facts(item: Any) -> dict[str, Any]:
    meta, about = one(item, "itemMeta"), one(item, "contentMeta")
    about = item if about is None else about
    meta = item if meta is None else meta
    status, signal, provider = one(meta, "pubStatus"), one(meta, "signal"), one(meta, "provider")
    language = one(about, "language")
    holder = one(item, "copyrightHolder")
    return {
        "id": f"{item.get('guid')}:{item.get('version')}" if item.get("version") else item.get("guid"),
        "wire_id": item.get("guid"),
        "revision": revision(item.get("version")),
        "agency": agency_of(*(
            node.get("literal") or node.get("qcode") or text(node) for node in (provider, holder) if node is not None
        )),
        "title": text(one(about, "headline")),
        "wire_timestamp": text(one(meta, "versionCreated")) or text(one(about, "contentCreated")),
        "dateline": text(one(about, "dateline")) or _located(about),
        "slug": text(one(about, "slugline")),
        "urgency": text(one(about, "urgency")),
        "status": (status.get("qcode") or "").rsplit(":", 1)[-1] or None if status is not None else None,
        "signal": (signal.get("qcode") or "").rsplit(":", 1)[-1] or None if signal is not None else None,
        "embargo": text(one(meta, "embargoed")),
        "language": (language.get("tag") if language is not None else None) or _language(item),
        "author": text(one(about, "by")),
    }  # fmt: skip


def _located(about: Any) -> str | None:
    node = one(about, "located")
    return None if node is None else text(one(node, "name")) or node.get("literal")


# NITF, and the Canadian Press


def nitf_rows(root: Any) -> Iterator[Record]:
    """The dispatch of a NITF file."""
    head, body = one(root, "docdata"), _longest(root, "body.content")
    facts = _nitf_facts(root, root if head is None else head)
    yield dispatch(facts, "" if body is root else lines_of(body, _NOT_TEXT - {"note"}))
    yield from passed_over(len(every(root, "media")))


def _nitf_facts(root: Any, head: Any) -> dict[str, Any]:
    def held(node: Any, *names: str) -> str | None:
        return next((node.get(name) for name in names if node is not None and node.get(name)), None)

    number, key = one(head, "doc-id"), one(head, "du-key")
    issued = one(head, "date.issue")
    return {
        "id": held(number, "id-string"),
        "wire_id": held(key, "key") or held(number, "id-string"),
        "revision": revision(held(key, "version")),
        "agency": agency_of(
            held(number, "regsrc"), text(one(root, "distributor")), held(one(head, "doc.copyright"), "holder")
        ),
        "title": text(one(root, "hl1")) or text(one(root, "title")),
        "wire_timestamp": held(issued, "norm") or held(one(root, "pubdata"), "date.publication"),
        "dateline": _place_line(one(root, "dateline")),
        "slug": held(one(head, "fixture"), "fix-id"),
        "urgency": held(one(head, "urgency"), "ed-urg"),
        "status": held(head, "management-status"),
        "embargo": held(one(head, "date.release"), "norm"),
        "language": _language(root),
        **_signed(spaced(one(root, "byline"))),
        "publication": held(one(root, "pubdata"), "name"),
    }


def _signed(byline: str | None) -> dict[str, str | None]:
    """A by-line that is nothing but initials is the sign-off."""
    return {"sign_off" if byline and _SIGN_OFF.fullmatch(byline) else "author": byline}


def _place_line(node: Any) -> str | None:
    """A dateline; one that holds nothing but a time stamp says no place."""
    line = spaced(node)
    return None if line is None or re.fullmatch(r"[\dTZ:+ -]+", line) else line


def jimi_rows(root: Any) -> Iterator[Record]:
    """The dispatches of the Canadian Press's Publish files."""
    others = 0
    for item in every(root, "ContentItem"):
        fields = {local(child): text(child) for child in item}
        if fields.get("ContentType") not in (None, "Text"):
            others += 1
            continue
        facts = {
            "id": fields.get("ContentItemID"),
            "wire_id": fields.get("SystemSlug"),
            "agency": agency_of(fields.get("Source"), fields.get("Credit")),
            "title": fields.get("Headline") or fields.get("Headline2"),
            "wire_timestamp": fields.get("UpdatedDateTime") or fields.get("CreatedDateTime"),
            "dateline": fields.get("Placeline"),
            "slug": fields.get("SlugProper"),
            "urgency": fields.get("RankingValue"),
            "author": fields.get("Byline"),
            "language": {"1": "en", "2": "fr"}.get(fields.get("Language") or ""),
        }
        body = one(item, "ContentText")
        yield dispatch(facts, "" if body is None else fragment_text("".join(body.itertext())))
    yield from passed_over(others)

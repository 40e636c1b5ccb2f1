"""JSON-LD of a page -> the object that is its article, and what the values in it say.

Sites write it in every shape: lists in lists, ``@graph`` with references by ``@id``, names in two parts, entities of
HTML inside strings, several documents in one script, a comma too many. What can be read is read.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_OBJECTS = 5_000
"""Objects of JSON-LD that are looked at."""

ARTICLES = re.compile(
    r"(?:https?://schema\.org/)?(?:\w*Article|\w*BlogPosting|Report|NewsItem|SocialMediaPosting|Review)"
)
"""Types of schema.org that are a text; LiveBlogPosting is one."""

_AROUND = re.compile(
    r"^\s*+(?:<!--|(?://|/\*)?\s*+<!\[CDATA\[(?:\s*+\*/)?)"
    r"|(?:-->|(?://|/\*|(?<!\s))\s*+\]\]>(?:\s*+\*/)?)\s*+;?\s*+$"  # blanks are gone through once, from their first
)
"""What stands around the JSON of a script: a comment, a CDATA section."""

_COMMA_TOO_MANY = re.compile(r",(?=\s*[}\]])")


def objects_of(tree: HtmlElement) -> list[dict[str, Any]]:
    """All objects of a page at the top, in lists and in @graph, in their order, references by ``@id`` filled in."""
    found: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            for value in _documents(_AROUND.sub("", script.text).strip().rstrip(";")):
                found.extend(_objects(value))
    named = {item["@id"]: item for item in found if isinstance(item.get("@id"), str) and len(item) > 1}
    return [{name: _filled(value, named) for name, value in item.items()} for item in found]


def _documents(text: str) -> Iterator[Any]:
    """The JSON values that a text holds, one after another, up to the first that is none."""
    decoder = json.JSONDecoder(strict=False)
    place, mended = 0, False
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            if mended or place:
                return
            text, mended = _COMMA_TOO_MANY.sub("", text), True
            continue
        yield value
        place += len(text[place:]) - len(text[place:].lstrip(" \t\r\n,;"))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects at the top, in lists and in @graph; not those inside others, which are other stories."""
    waiting, seen = [value], 0
    while waiting and seen < MOST_OBJECTS:
        item = waiting.pop()
        seen += 1
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            yield item
            for name in ("mainEntity", "@graph"):
                waiting.extend(reversed(listed(item.get(name))))


def _filled(value: Any, named: dict[str, dict[str, Any]]) -> Any:
    """A value whose objects are references alone (``{"@id": "#anne"}``) -> the objects that they mean."""
    if isinstance(value, list):
        return [_filled(item, named) for item in value] if len(value) < MOST_OBJECTS else value
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return named.get(value["@id"], value)
    return value


def article_of(told: list[dict[str, Any]], titles: set[str]) -> dict[str, Any]:
    """The object that is the page's article, by the titles that the page shows; an empty one when there is none."""
    articles = [item for item in told if any(ARTICLES.fullmatch(name) for name in types(item))]
    if len(articles) > 1:
        articles.sort(key=lambda item: plain(text(item.get("headline")) or "") not in titles)
    if articles:
        return articles[0]
    return next((item for item in told if item.get("datePublished") or item.get("author")), {})


def types(item: dict[str, Any]) -> list[str]:
    return [name for name in listed(item.get("@type")) if isinstance(name, str)]


def listed(value: Any) -> list[Any]:
    """A value as a flat list; none for null."""
    if isinstance(value, list):
        return [inner for item in value for inner in (item if isinstance(item, list) else [item])]
    return [] if value is None else [value]


def text(value: Any) -> str | None:
    """The words of a value, with HTML's entities read."""
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return html.unescape(value).strip() or None if isinstance(value, str) else None


def name(value: Any) -> str | None:
    return ", ".join(names(value)) or None


def names(value: Any) -> list[str]:
    """Names of persons and organisations, in their order, each once."""
    found: list[str] = []
    for item in listed(value):
        given = _name_in(item) if isinstance(item, dict) else item
        for one in listed(given):
            if isinstance(one, str) and not is_address(one):
                one = " ".join(html.unescape(one).split())
                if one and one not in found:
                    found.append(one)
    return found


def _name_in(item: dict[str, Any]) -> Any:
    parts = [item.get(part) for part in ("givenName", "familyName")]
    return item.get("name") or " ".join(part for part in parts if isinstance(part, str)) or item.get("alternateName")


def address(value: Any) -> str | None:
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("url") or value.get("@id")
    return value.strip() if isinstance(value, str) and is_address(value) else None


def is_address(word: str) -> bool:
    return re.match(r"\s*(?:https?:)?//", word) is not None


def is_closed(article: dict[str, Any]) -> bool | None:
    """Whether readers pay for the article or for a part of it; None when it does not say."""
    free = [article.get("isAccessibleForFree")]
    free += [part.get("isAccessibleForFree") for part in listed(article.get("hasPart")) if isinstance(part, dict)]
    said = [
        str(value).rsplit("/", 1)[-1].lower() in ("true", "yes", "1") for value in free if isinstance(value, str | bool)
    ]
    return None if not said else not all(said)


def plain(word: str) -> str:
    """Letters and figures in small letters: for comparing titles and names."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())

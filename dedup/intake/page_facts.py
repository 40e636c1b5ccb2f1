"""What a page says of itself -> author, dates, outlet, address, owner, access: read before any text is cut out.

In this order: JSON-LD, meta elements (OpenGraph, Dublin Core and the like), then the by-line and ``<time>`` that are
printed. Extractors of text lose most of it ("Le Figaro et AFP", an organisation as author), and with it the credit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

MOST_OBJECTS = 5_000
"""Objects of JSON-LD that are looked at."""

ARTICLES = re.compile(r"(?:\w*Article|\w*BlogPosting|Report|NewsItem|SocialMediaPosting|Review)")
"""Types of schema.org that are a text; LiveBlogPosting is one."""

AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl",
           "cxenseparse:author", "twitter:creator:name")  # fmt: skip
DATES = ("article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
         "dcterms.created", "parsely-pub-date", "sailthru.date", "pubdate", "publish-date",
         "cxenseparse:recs:publishtime", "og:published_time", "date.created")  # fmt: skip
UPDATES = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")
BYLINES = re.compile(r"(?:^|[\s_-])(?:authors?|auteurs?|by-?line|signatures?|writers?)(?:$|[\s_-])", re.IGNORECASE)
"""Classes of an element that holds a by-line."""

LONGEST_BYLINE = 150
"""Characters of the longest by-line; what is longer is a biography."""


def facts_of(tree: HtmlElement, url: str | None) -> dict[str, Any]:
    """The columns that a page gives, without its text: those of the input, and others that pass through."""
    metas = _metas(tree)
    told = _json_ld(tree)
    article = _article(told, tree, metas)
    address = _address(tree, metas, url, article)
    facts: dict[str, Any] = {
        "title": _title(tree, metas, article),
        "url": address,
        "published_at": _text(article.get("datePublished")) or _first(metas, DATES) or _time(tree),
        "modified_at": _text(article.get("dateModified")) or _first(metas, UPDATES),
        "language": _language(tree, article, metas),
        "author": (authors := _authors(tree, metas, article)),
        "byline": _byline(tree, authors or [], [metas.get("og:site_name") or "", address or ""]),
        "source_name": _first(metas, ("og:site_name", "application-name")) or _name(article.get("publisher")),
        "source_organization": _name(article.get("sourceOrganization")),
        "copyright_holder": _name(article.get("copyrightHolder")),
        "credit": _text(article.get("creditText")),
        "is_based_on": _address_of(article.get("isBasedOn")),
        "section": _text(article.get("articleSection")) or metas.get("article:section"),
        "access": _access(article, metas),
    }
    return {name: value for name, value in facts.items() if value}


def body_told(tree: HtmlElement) -> str:
    """The text that JSON-LD holds, without paragraphs; empty when it holds none."""
    return _text(_article(_json_ld(tree), tree, _metas(tree)).get("articleBody")) or ""


def posts_of(tree: HtmlElement) -> list[dict[str, Any]]:
    """The entries of a live blog: text, date, title, author, address; none on any other page."""
    posts = []
    for item in _json_ld(tree):
        if "LiveBlogPosting" in _types(item):
            for post in _list(item.get("liveBlogUpdate")):
                if isinstance(post, dict) and (text := _text(post.get("articleBody"))):
                    row = {
                        "text": text,
                        "title": _text(post.get("headline")),
                        "published_at": _text(post.get("datePublished")),
                        "author": _names(post.get("author")),
                        "url": _address_of(post),
                    }
                    posts.append({name: value for name, value in row.items() if value})
    return posts


# JSON-LD


def _json_ld(tree: HtmlElement) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            text = re.sub(r"^\s*(?://)?\s*<!\[CDATA\[|(?://)?\s*\]\]>\s*;?\s*$", "", script.text).strip().rstrip(";")
            try:
                found.extend(_objects(json.loads(text, strict=False)))
            except (ValueError, RecursionError):
                continue
    return found


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
            waiting.extend(reversed(_list(item.get("@graph"))))
            waiting.extend(reversed(_list(item.get("mainEntity"))))


def _types(item: dict[str, Any]) -> list[str]:
    return [name for name in _list(item.get("@type")) if isinstance(name, str)]


def _article(told: list[dict[str, Any]], tree: HtmlElement, metas: dict[str, str]) -> dict[str, Any]:
    """The object that is this page's article; an empty one when there is none."""
    articles = [item for item in told if any(ARTICLES.fullmatch(name) for name in _types(item))]
    if len(articles) > 1:
        titles = {_plain(text) for text in (metas.get("og:title", ""), *_headings(tree)) if text}
        articles.sort(key=lambda item: _plain(_text(item.get("headline")) or "") not in titles)
    if articles:
        return articles[0]
    return next((item for item in told if item.get("datePublished") or item.get("author")), {})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str | None:
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return value.strip() or None if isinstance(value, str) else None


def _name(value: Any) -> str | None:
    return ", ".join(_names(value)) or None


def _names(value: Any) -> list[str]:
    """Names of persons and organisations, in their order, each once."""
    names: list[str] = []
    for item in _list(value):
        name = item.get("name") if isinstance(item, dict) else item
        for one in _list(name):
            if isinstance(one, str) and one.strip() and not _is_address(one) and one.strip() not in names:
                names.append(" ".join(one.split()))
    return names


def _address_of(value: Any) -> str | None:
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("url") or value.get("@id")
    return value.strip() if isinstance(value, str) and _is_address(value) else None


def _is_address(text: str) -> bool:
    return re.match(r"\s*(?:https?:)?//", text) is not None


# meta, link, title, time


def _metas(tree: HtmlElement) -> dict[str, str]:
    """name, property or itemprop in small letters -> content; of several the first."""
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        content = " ".join((meta.get("content") or "").split())
        for kind in ("property", "name", "itemprop", "http-equiv"):
            name = (meta.get(kind) or "").strip().lower()
            if name and content:
                known = found.get(name)
                if known is None:
                    found[name] = content
                elif name in AUTHORS and content not in known.split("; "):
                    found[name] = f"{known}; {content}"
    return found


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((metas[name] for name in names if metas.get(name)), None)


def _address(tree: HtmlElement, metas: dict[str, str], url: str | None, article: dict[str, Any]) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            address = urljoin(url or "", link.get("href").strip())
            if _is_page(address):
                return address
    for address in (metas.get("og:url"), _address_of(article.get("mainEntityOfPage")), _address_of(article), url):
        if address and _is_page(address):
            return address
    return url


def _is_page(address: str) -> bool:
    """Whether an address is that of a page and not of a site's front."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and bool(parts.path.strip("/") or parts.query)


def _headings(tree: HtmlElement) -> list[str]:
    return [text for text in (" ".join(node.text_content().split()) for node in tree.iter("h1")) if text]


def _title(tree: HtmlElement, metas: dict[str, str], article: dict[str, Any]) -> str | None:
    headings = _headings(tree)
    given = _text(article.get("headline")) or metas.get("og:title")
    if given:
        given = " ".join(given.split())
        same = next((text for text in headings if _plain(text) == _plain(given)), None)
        return same or given
    title = tree.find(".//head/title")
    return next(iter(headings), None) or (" ".join(title.text_content().split()) if title is not None else None)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _time(tree: HtmlElement) -> str | None:
    """The first date that is marked up as one outside lists of other stories."""
    for node in tree.iter("time"):
        if node.get("datetime"):
            return node.get("datetime").strip()
    for node in tree.xpath("//*[@itemprop='datePublished']")[:1]:
        return (node.get("content") or node.get("datetime") or node.text_content()).strip() or None
    return None


def _language(tree: HtmlElement, article: dict[str, Any], metas: dict[str, str]) -> str | None:
    told = tree.get("lang") or _text(article.get("inLanguage")) or metas.get("og:locale")
    return told.strip().replace("_", "-")[:35] if told else None


def _access(article: dict[str, Any], metas: dict[str, str]) -> str | None:
    """ "closed" when the page says that readers pay, "open" when it says that they do not."""
    free = article.get("isAccessibleForFree")
    if isinstance(free, str | bool):
        return "open" if str(free).lower() in ("true", "yes", "1") else "closed"
    tier = metas.get("article:content_tier", "").lower()
    return {"locked": "closed", "metered": "closed", "paid": "closed", "free": "open"}.get(tier)


# Authors


def _authors(tree: HtmlElement, metas: dict[str, str], article: dict[str, Any]) -> list[str] | None:
    names = _names(article.get("author")) or _names(article.get("creator"))
    if not names and (told := _first(metas, AUTHORS)):
        names = [name.strip() for name in told.split("; ") if name.strip() and not _is_address(name)]
    if not names:
        marked = tree.xpath("//*[@rel='author' or @itemprop='author']")[:20]
        names = _names([" ".join(node.text_content().split()) for node in marked])
        names = [name for name in names if len(name) <= LONGEST_BYLINE]
    return names or None


def _byline(tree: HtmlElement, authors: list[str], places: list[str]) -> str | None:
    """The by-line that is printed with this article, as printed.

    Other stories on the page have theirs: where the author is known the by-line must name one, and an author who is
    only the outlet itself names nobody.
    """
    marked: list[str] = []
    for node in tree.iter("p", "div", "span", "a", "address", "li", "footer", "strong", "em"):
        if BYLINES.search(node.get("class") or ""):
            text = " ".join(node.text_content().split())
            if 2 < len(text) <= LONGEST_BYLINE:
                marked.append(text)
    known = [plain for plain in map(_plain, authors) if plain]
    named = next((text for text in marked if any(plain in _plain(text) for plain in known)), None)
    here = "".join(map(_plain, places))
    if named or any(plain not in here for plain in known):
        return named
    return marked[0] if marked else None

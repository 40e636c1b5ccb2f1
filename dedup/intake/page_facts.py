"""What a page says of itself -> author, dates, outlet, address, owner, access: read before any text is cut out.

In this order: JSON-LD, meta elements (OpenGraph, Dublin Core and the like), then the by-line and ``<time>`` that are
printed. Extractors of text lose most of it ("Le Figaro et AFP", an organisation as author), and with it the credit.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from dedup.intake import json_ld
from dedup.intake.json_ld import plain
from dedup.intake.printed_dates import publication_in

AUTHORS = ("author", "article:author", "og:article:author", "dc.creator", "dcterms.creator", "parsely-author",
           "sailthru.author", "byl", "cxenseparse:author", "twitter:creator:name")  # fmt: skip
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
    article = _article(tree, metas)
    address = _address(tree, metas, url, article)
    facts: dict[str, Any] = {
        "title": _title(tree, metas, article),
        "url": address,
        "published_at": json_ld.text(article.get("datePublished")) or _first(metas, DATES) or _time(tree),
        "modified_at": json_ld.text(article.get("dateModified")) or _first(metas, UPDATES),
        "language": _language(tree, article, metas),
        "author": (authors := _authors(tree, metas, article)),
        "byline": _byline(tree, authors or [], [metas.get("og:site_name") or "", address or ""]),
        "source_name": _first(metas, ("og:site_name", "application-name")) or json_ld.name(article.get("publisher")),
        "source_organization": json_ld.name(article.get("sourceOrganization")),
        "copyright_holder": json_ld.name(article.get("copyrightHolder")),
        "credit": json_ld.text(article.get("creditText")),
        "is_based_on": json_ld.address(article.get("isBasedOn")),
        "section": json_ld.text(article.get("articleSection")) or metas.get("article:section"),
        "access": _access(article, metas),
    }
    return {name: value for name, value in facts.items() if value}


def body_told(tree: HtmlElement) -> str:
    """The text that JSON-LD holds, without paragraphs; empty when it holds none."""
    return json_ld.text(_article(tree, _metas(tree)).get("articleBody")) or ""


def posts_of(tree: HtmlElement) -> list[dict[str, Any]]:
    """The entries of a live blog: text, date, title, author, address; none on any other page."""
    posts = []
    for item in json_ld.objects_of(tree):
        if not any(name.endswith("LiveBlogPosting") for name in json_ld.types(item)):
            continue
        for post in json_ld.listed(item.get("liveBlogUpdate")):
            told = ("articleBody", "text", "description") if isinstance(post, dict) else ()
            if text := next(filter(None, (json_ld.text(post.get(name)) for name in told)), None):
                row = {
                    "text": text,
                    "title": json_ld.text(post.get("headline")),
                    "published_at": json_ld.text(post.get("datePublished")),
                    "author": json_ld.names(post.get("author")),
                    "url": json_ld.address(post),
                }
                posts.append({name: value for name, value in row.items() if value})
    return posts


def _article(tree: HtmlElement, metas: dict[str, str]) -> dict[str, Any]:
    """The object of JSON-LD that is this page's article; an empty one when there is none."""
    titles = {plain(text) for text in (metas.get("og:title", ""), *_headings(tree)) if text}
    return json_ld.article_of(json_ld.objects_of(tree), titles)


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
    for address in (
        metas.get("og:url"),
        json_ld.address(article.get("mainEntityOfPage")),
        json_ld.address(article),
        url,
    ):
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
    given = json_ld.text(article.get("headline")) or metas.get("og:title")
    if given:
        given = " ".join(given.split())
        same = next((text for text in headings if plain(text) == plain(given)), None)
        return same or given
    title = tree.find(".//head/title")
    return next(iter(headings), None) or (" ".join(title.text_content().split()) if title is not None else None)


def _time(tree: HtmlElement) -> str | None:
    """The date that is marked up as one nearest to the headline, else the one that is printed there as one."""
    times = _nearest_first(tree, [node for node in tree.iter("time") if node.get("datetime")])
    if times:
        return times[0].get("datetime").strip() or None
    for node in tree.xpath("//*[@itemprop='datePublished']")[:1]:
        return (node.get("content") or node.get("datetime") or node.text_content()).strip() or None
    marked = [node for node in tree.iter("time", "span", "p", "div", "li") if _DATED.search(_marks(node))]
    for node in _nearest_first(tree, marked):
        text = " ".join(node.text_content().split())
        if len(text) <= LONGEST_BYLINE and (told := publication_in(text)):
            return told
    return None


_DATED = re.compile(r"(?:^|[\s_-])(?:dates?|time|publi\w*|pub|posted|horodatage|timestamp)(?:$|[\s_-])", re.IGNORECASE)
"""Classes of an element that holds a date; an element of its own name counts too."""


def _marks(node: HtmlElement) -> str:
    return f"{node.tag if node.tag == 'time' else ''} {node.get('class') or ''}"


def _nearest_first(tree: HtmlElement, nodes: list[HtmlElement]) -> list[HtmlElement]:
    """Elements of the article that has the headline first, then those after the headline, then the others."""
    heading = next(tree.iter("h1"), None)
    if heading is None or len(nodes) < 2:
        return nodes
    scope = next(heading.iterancestors("article", "main"), None)
    inside = set() if scope is None else {*scope.iter()}
    after = {
        *heading.itersiblings(),
        *heading.iter(),
        *(n for up in heading.iterancestors() for n in up.itersiblings()),
    }
    return sorted(
        nodes,
        key=lambda node: (node not in inside, not (node in after or any(up in after for up in node.iterancestors()))),
    )


def _language(tree: HtmlElement, article: dict[str, Any], metas: dict[str, str]) -> str | None:
    told = tree.get("lang") or json_ld.text(article.get("inLanguage")) or metas.get("og:locale")
    return told.strip().replace("_", "-")[:35] if told else None


def _access(article: dict[str, Any], metas: dict[str, str]) -> str | None:
    """ "closed" when the page says that readers pay, "open" when it says that they do not."""
    closed = json_ld.is_closed(article)
    if closed is not None:
        return "closed" if closed else "open"
    tier = metas.get("article:content_tier", "").lower()
    return {"locked": "closed", "metered": "closed", "paid": "closed", "free": "open"}.get(tier)


# Authors


def _authors(tree: HtmlElement, metas: dict[str, str], article: dict[str, Any]) -> list[str] | None:
    """Who JSON-LD and the meta elements name, each name once: either may leave the agency out."""
    names = json_ld.names(article.get("author")) or json_ld.names(article.get("creator"))
    told = [name.strip() for name in (_first(metas, AUTHORS) or "").split("; ")]
    names += [name for name in told if name and not json_ld.is_address(name) and _says_more(name, names)]
    if not names:
        marked = tree.xpath("//*[@rel='author' or @itemprop='author']")[:20]
        names = json_ld.names([" ".join(node.text_content().split()) for node in marked])
        names = [name for name in names if len(name) <= LONGEST_BYLINE]
    return names or None


def _says_more(name: str, names: list[str]) -> bool:
    """Whether a name holds more than those that are known, and what stands between two of them."""
    rest = plain(name)
    for known in sorted(map(plain, names), key=len, reverse=True):
        rest = rest.replace(known, "")
    return bool(rest.removeprefix("par").removeprefix("et")) and not any(rest in plain(known) for known in names)


def _byline(tree: HtmlElement, authors: list[str], places: list[str]) -> str | None:
    """The by-line that is printed with this article, as printed.

    Other stories on the page have theirs: where the author is known the by-line must name one, and an author who is
    only the outlet itself names nobody.
    """
    marked: list[str] = []
    nodes = tree.iter("p", "div", "span", "a", "address", "li", "footer", "strong", "em")
    for node in _nearest_first(tree, [node for node in nodes if BYLINES.search(node.get("class") or "")]):
        text = " ".join(node.text_content().split())
        if 2 < len(text) <= LONGEST_BYLINE:
            marked.append(text)
    known = [name for name in map(plain, authors) if name]
    named = next((text for text in marked if any(name in plain(text) for name in known)), None)
    here = "".join(map(plain, places))
    if named or any(name not in here for name in known):
        return named
    return marked[0] if marked else None

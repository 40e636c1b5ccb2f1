"""A page (HTML) -> the article on it: its text by trafilatura, everything else from the raw page.

``dedup run``, ``check``, ``fetch`` and web archives use this one reader. A page costs time linear in its bytes: its
size and the depth of its elements are bounded before anything is searched.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from dedup.intake.encodings import decode, fault_of, payload
from dedup.intake.json_ld import plain
from dedup.intake.records import Fault, File, Record, Unreadable

MOST_HTML = 10_000_000
"""Bytes of the longest page: the largest of the press have 2 million."""

DEPTH = 250
"""Elements inside one another; pages of the press have 60 at most."""

LEAST_WORDS = 20
"""Words of the shortest page that is taken for an article."""

STUB_WORDS = 60
"""A text shorter than this is looked for again, with trafilatura's slower ways and in JSON-LD."""

_LOOKS = re.compile(r"<(?:!doctype\s+html|html|head|body|article|main|div|p|meta|title)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{1,200}charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?:^|[\s_-])(?:related|teasers?|read-?(?:also|more|next)|(?:a|à)-?lire|lire-(?:aussi|plus)|sur-le-meme|"
    r"recommend(?:ed|ations?)?|recirculation|outbrain|taboola|newsletter|most-(?:read|popular)|plus-lus|en-lien|"
    r"suggestions?|more-stories|promo)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Classes and ids of what leads to other stories."""


MOST_BOILERPLATE = 200
"""Characters of the longest line that can be boilerplate."""

_WALL = re.compile(
    r"il vous reste [\d.,]{1,6} ?% (?:de cet article )?à (?:lire|découvrir)|"
    r"(?:cet article|la suite) est réservée? (?:aux|à nos) abonnés",
    re.IGNORECASE,
)
AFTER_THE_WALL = 60
"""Words after the line that ends a paid article, at most: an offer, and no more of the article."""

_BOILERPLATE = re.compile(
    r"google news$|"
    r"(?:temps de lecture|reading time|lesezeit)\W{0,3}\d+\s?min|\d+ min(?:utes?)? (?:de lecture|read)\W{0,3}$|"
    r"ajouter (?:à|dans) (?:mes|vos|ses) favoris\W{0,3}$|l.article a été ajouté à vos favoris\W{0,3}$|"
    r"(?:>+ ?)?(?:à|a) lire (?:aussi|également)\b|(?:>+ ?)?lire (?:aussi|également|le dossier)\b|"
    r"(?:read also|read more|lesen sie auch|mehr zum thema)\b|"
    r"voir les (?:commentaires|contributions|réactions)\W{0,3}$|déjà abonné\b|continuez à lire votre article\b|"
    r"(?:cet article|la suite|l.accès à .{1,30}) (?:est|sont) réservée?s? (?:aux|à nos) abonnés|"
    r"article réservé (?:aux|à nos) abonnés|il vous reste [\d.,]{1,6} ?% (?:de cet article )?à (?:lire|découvrir)|"
    r"(?:abonnez-vous|s.abonner|inscrivez-vous à (?:la|notre) newsletter)\b",
    re.IGNORECASE,
)
"""Lines that pages print around articles: time of reading, favourites, other stories, subscription."""


class Page(NamedTuple):
    """What a saved page holds."""

    title: str | None
    text: str
    """Paragraphs, one a line."""
    row: dict[str, Any]
    """Every other column that the page gives."""


def html_rows(file: File) -> Iterator[Record]:
    """The article of a page, or the entries of a live blog."""
    content = file.read(MOST_HTML)
    text, file.encoding = decode(content, charset(content))
    if charset(content) is None and (fault := fault_of(content, file.encoding)):
        yield None, fault
    yield from page_rows(text, None, file.stem)


def page_rows(html: str, url: str | None = None, name: str | None = None) -> Iterator[Record]:
    """The rows of one page; ``name`` is the id of the article when the page has no address."""
    page = read_page(html, url)
    posts = page.row.pop("posts", [])
    if posts and sum(len(post["text"]) for post in posts) > len(page.text) // 2:
        for post in posts:
            text = fragment_text(post["text"])
            yield None, {**page.row, "live_blog": page.row.get("url"), **post, "text": text}
        return
    words = len(page.text.split())
    if words < LEAST_WORDS:
        closed = " (readers pay for it)" if page.row.get("access") == "closed" else ""
        yield None, Fault(f"no article: {words} words of text on the page, fewer than {LEAST_WORDS}{closed}")
        return
    row = {**page.row, "title": page.title, "text": page.text}
    if not row.get("url") and name:
        row["id"] = name
    yield None, row


def mhtml_rows(file: File) -> Iterator[Record]:
    """The page inside a web archive of one file (.mhtml)."""
    message = email.message_from_bytes(file.read(), policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = payload(part)
            text, file.encoding = decode(content, part.get_content_charset() or charset(content))
            url = part.get("Content-Location") or message.get("Snapshot-Content-Location")
            yield from page_rows(text, url if url and url.startswith("http") else None, file.stem)
            return
    raise Unreadable("no page in the web archive")


def is_page(text: str) -> bool:
    """Whether a text is HTML rather than prose."""
    start = text[:4096].lstrip("\ufeff \t\r\n")
    while start.startswith(("<!--", "<?")):
        end = start.find("-->" if start.startswith("<!--") else ">")
        if end < 0:
            return True
        start = start[end + 1 :].lstrip("-> \t\r\n")
    return _LOOKS.match(start) is not None


def charset(content: bytes) -> str | None:
    """The encoding that a page declares."""
    named = _CHARSET.search(content[:8192])
    return named[1].decode("ascii") if named else None


def read_page(html: str, url: str | None = None) -> Page:
    """Read a page; its text is empty when it holds no article. Unreadable when it is too long or nested too deeply."""
    from dedup.intake.page_facts import body_told, facts_of, posts_of

    if len(html) > MOST_HTML:
        raise Unreadable(f"longer than {MOST_HTML:,} characters")
    tree = parse_page(html)
    if tree is None:
        return Page(None, "", {"url": url} if url else {})
    row = facts_of(tree, url)
    if posts := posts_of(tree):
        row["posts"] = posts
    told = body_told(tree)
    text = text_of(tree)
    if len(text.split()) < max(STUB_WORDS, len(told.split()) // 2) and len(told) > len(text):
        text = told
    title = row.pop("title", None)
    first, _, rest = text.partition("\n")
    return Page(title, rest if title and rest and plain(first) == plain(title) else text, row)


def text_of(tree: Any) -> str:
    """The paragraphs of the article on a page, one a line."""
    from trafilatura import bare_extraction

    _without_others(tree)
    best = ""
    for fast in (True, False):
        found = bare_extraction(tree, fast=fast, include_comments=False, with_metadata=False)
        text = getattr(found, "text", None) or ""  # a page without any is None
        if len(text.split()) > len(best.split()):
            best = text
        if len(best.split()) >= STUB_WORDS:
            break
    if len(best.split()) < LEAST_WORDS:
        best = max(best, _paragraphs(tree), key=lambda text: len(text.split()))
    lines = (" ".join(line.split()) for line in best.split("\n"))
    kept = [line.removeprefix("- ") for line in lines if plain(line)]
    return "\n".join(line for line in _before_the_wall(kept) if not _is_boilerplate(line))


def _before_the_wall(lines: list[str]) -> list[str]:
    """The lines before the one at which readers are asked to pay, and before the offer after it."""
    at = next((n for n, line in enumerate(lines) if len(line) < MOST_BOILERPLATE and _WALL.search(line)), None)
    if at is None or sum(len(line.split()) for line in lines[at + 1 :]) > AFTER_THE_WALL:
        return lines
    return lines[:at]


def _is_boilerplate(line: str) -> bool:
    return len(line) <= MOST_BOILERPLATE and _BOILERPLATE.match(line) is not None


def fragment_text(html: str) -> str:
    """A piece of HTML (a body of an agency file, a post) -> its paragraphs, one a line."""
    if "<" not in html:
        return html.strip()
    try:
        tree = parse_page(f"<html><body>{html}</body></html>")
    except Unreadable:  # nested too deeply: its text still counts
        return _without_tags(html)
    return "" if tree is None else lines_of(tree)


def _without_tags(html: str) -> str:
    """The text between tags, a line for each piece."""
    lines = unescape(re.sub(r"<[^<>]*>", "\n", html)).split("\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


_BLOCKS = frozenset((
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "tr", "pre", "section", "article", "table",
    "ul", "ol", "dl", "dt", "dd", "figcaption", "td", "th", "body", "html", "hl1", "hl2", "block", "br", "hr", "center",
))  # fmt: skip
SILENT = frozenset(("script", "style", "noscript", "template", "head", "title", "iframe", "svg", "button", "select"))


def lines_of(tree: Any, silent: frozenset[str] = SILENT) -> str:
    """All text below an element, a line for each block of it."""
    lines: list[str] = [""]
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        node, done = stack.pop()
        tag = node.tag.rsplit("}", 1)[-1].lower() if isinstance(node.tag, str) else ""
        if done:
            if tag in _BLOCKS:
                lines.append("")
            lines[-1] += node.tail or ""
            continue
        if tag in _BLOCKS and lines[-1].strip():
            lines.append("")
        stack.append((node, True))
        if tag and tag not in silent:
            lines[-1] += node.text or ""
            stack.extend((child, False) for child in reversed(node))
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


# Private


def parse_page(html: str) -> Any:
    """The tree of a page; None when there is none. Nothing outside the page is read."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    html = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html).replace("\0", "")
    if not html.strip():
        return None
    parser = HTMLParser(no_network=True, remove_pis=True, huge_tree=False, recover=True)
    try:
        tree = document_fromstring(html, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return _flat(tree)


def _flat(tree: Any) -> Any:
    """The tree, refused when its elements are nested more deeply than any page's."""
    depth, node = 0, tree
    for event, node in _walk(tree):
        depth += 1 if event == "start" else -1
        if depth > DEPTH:
            raise Unreadable(f"elements are nested more than {DEPTH} deep (at {node.tag})")
    return tree


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    yield from etree.iterwalk(tree, events=("start", "end"))


def _without_others(tree: Any) -> None:
    """Remove what leads to other stories: blocks that say so, and short articles beside the longest one."""
    whole = len(tree.text_content())
    for node in list(tree.iter("section", "div", "aside", "article", "ul", "nav")):
        name = f"{node.get('class') or ''} {node.get('id') or ''}"
        if _OTHERS.search(name) and node.getparent() is not None and node.tag != "body":
            if len(node.text_content()) < whole / 2 and not list(node.iter("h1")):
                node.drop_tree()
    articles = list(tree.iter("article"))
    if len(articles) > 1:
        lengths = {node: sum(len(p.text_content()) for p in node.iter("p")) for node in articles}
        main = max(articles, key=lambda node: lengths[node])
        kin = {*main.iterancestors(), *main.iter("article")}
        for node in articles:
            if node not in kin and lengths[node] < lengths[main] / 3 and not list(node.iter("h1")):
                if node.getparent() is not None:
                    node.drop_tree()


def _paragraphs(tree: Any) -> str:
    """The paragraphs of the page's main element: for pages that are too short for trafilatura."""
    for name in ("article", "main", "body"):
        found = [" ".join(node.text_content().split()) for main in tree.iter(name) for node in main.iter("p")]
        if sum(len(text.split()) for text in found) >= LEAST_WORDS:
            return "\n".join(text for text in found if text)
    return ""

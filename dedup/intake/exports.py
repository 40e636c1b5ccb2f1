"""Exports of press databases -> articles: Europresse (HTML), Factiva (HTML, XML, text, RTF)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dedup.intake.encodings import decode
from dedup.intake.pages import charset, lines_of, parse_page
from dedup.intake.records import Fault, File, Record, Unreadable
from dedup.intake.texts import text_of
from dedup.intake.wires import as_sold, unwrapped_lines
from dedup.intake.xmls import every, one, text

# Europresse


def europresse_rows(file: File) -> Iterator[Record]:
    """The articles of a saved Europresse page: today's (``<article>``) and the old print view (a table each)."""
    content = file.read()
    html, file.encoding = decode(content, charset(content))
    tree = parse_page(html)
    if tree is None:
        raise Unreadable("no page")
    articles = [node for node in tree.iter("article") if _all_classed(node, *_PUBLICATION, *_TITLE)]
    articles = articles or [node.getparent() for node in _all_classed(tree, *_PUBLICATION)]
    for number, article in enumerate(articles, start=1):
        row = _europresse_article(article)
        yield number, as_sold(row) if row.get("text") else Fault("an article without text")
    if not articles:
        yield None, Fault("no article in the export")


def _europresse_article(article: Any) -> dict[str, Any]:
    publication, heads, title, author = (
        _classed(article, *_PUBLICATION),
        [_line(node) for node in _all_classed(article, "DocHeader") or _all_classed(article, "rdp__DocHeader")],
        next(filter(_is_there, (_classed(article, name) for name in _TITLE)), None),
        _classed(article, "sm-margin-bottomNews", "docAuthors", "rdp__author"),
    )
    outlet, edition = _publication(_line(publication))
    body = _classed(article, "docOcurrContainer", "DocText", "rdp__articletext", "clearfix")
    lines = lines_of(article if body is None else body).split("\n")
    heading = " ".join(filter(None, heads))
    whole = "\n".join(lines_of(article).split("\n"))
    number = re.search(r"\b(?:news|web)[·.:]\d{8}[·.:]\S+", whole)
    if body is None:
        lines = _after_head(lines, _line(title))
        author_line, lines = _leading_author(lines)
    else:
        author_line = _line(author)
    lines = [line for line in lines if not _EUROPRESSE_TAIL.match(line)]
    end = next((n for n, line in enumerate(lines) if _EUROPRESSE_END.match(line)), len(lines))
    row = {
        "id": number[0] if number else None,
        "outlet": outlet,
        "edition": edition,
        "title": _line(title),
        "subtitle": _line(_classed(article, "rdp__subtitle")),
        "date": _printed_date(heading),
        "author": author_line,
        "section": _section(heads),
        "text": "\n".join(lines[:end]),
    }
    return {name: value for name, value in row.items() if value}


_PUBLICATION = ("DocPublicationName", "rdp__DocPublicationName")
_TITLE = ("rdp__articletitle", "TitreArticleVisu", "titreArticleVisu", "titreArticle")
"""Classes of Europresse's pages, newer and older; the last holds the others, with the subtitle and the author."""


def _publication(name: str | None) -> tuple[str | None, str | None]:
    """(outlet, edition) of "Le Fanal, no. 1234", "Le Fanal (site web)", "Le Fanal (Bourg) (réf. site web)"."""
    name = re.sub(r",? n[o°]\.? ?\S+$", "", name or "")
    web = re.search(r"(?<!\s)\s*+\(([^()]{0,200}?\b(?:site web|web site|site réf)[^()]{0,200})\)", name)
    return (name[: web.start()] + name[web.end() :] if web else name).strip() or None, web[1] if web else None


def _is_there(node: Any) -> bool:
    return node is not None


_EUROPRESSE_END = re.compile(
    r"(?:Numéro de document|Certificat émis|Ce certificat|Le présent document|©\s*\d{4}|\(c\)\s*\d{4})"
)
_EUROPRESSE_TAIL = re.compile(r"(?:Note\(s\) ?:|Illustration\(s\) ?:)$")
PRINTED_DATE = re.compile(
    r"(\d{1,2}(?:er)? [^\W\d]+ \d{4}|[^\W\d]{3,9}\.? \d{1,2}, \d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})(?!\d)"
    r"(?:.{0,12}?(?<!\d)(\d{1,2}[:h]\d{2}(?::\d{2})?)(?!\d)(?: ?([+-]\d{2}:?\d{2}|UTC|GMT)\b)?)?"
)


def _section(heads: list[str | None]) -> str | None:
    first = (heads[0] or "").strip(" ,") if len(heads) > 1 else ""
    return None if re.search(r"\d{4}|^(?:lun|mar|mercre|jeu|vendre|same)di$|^dimanche$", first) else first or None


def _printed_date(line: str) -> str | None:
    """The date that a line holds, with its hour and zone."""
    found = PRINTED_DATE.search(line)
    return " ".join(filter(None, found.groups())) if found else None


def _after_head(lines: list[str], title: str | None) -> list[str]:
    """The lines after the one that ends with the title."""
    for number, line in enumerate(lines):
        if title and title in line:
            return lines[number + 1 :]
    return lines


def _leading_author(lines: list[str]) -> tuple[str | None, list[str]]:
    """An author's line before the text: short, in capitals at the start of each word, without a full stop."""
    if len(lines) > 1 and re.fullmatch(r"(?:[A-ZÉÈÀÂÎÔÇ][\w’'.-]*(?: |$)|(?:de|du|et|avec|AFP|;) ?){1,8}", lines[0]):
        return lines[0].strip(), lines[1:]
    return None, lines


def _classed(node: Any, *names: str) -> Any:
    return next(iter(_all_classed(node, *names)), None)


def _all_classed(node: Any, *names: str) -> list[Any]:
    return [child for child in node.iter() if set((child.get("class") or "").split()) & {*names}]


def _line(node: Any) -> str | None:
    return (" ".join(node.text_content().split()) or None) if node is not None else None


# Factiva

FIELDS = frozenset((
    "HD", "BY", "WC", "PD", "ET", "SN", "SC", "LA", "CY", "LP", "TD", "AN", "SE", "PG", "ED", "CR", "RF", "NS", "RE",
    "CO", "IN", "IPD", "IPC", "PUB", "CLM", "VOL", "ART", "NGC", "GC", "CX", "RIC", "DLN",
))  # fmt: skip
"""Fields of Factiva's indexed display."""


def factiva_html_rows(file: File) -> Iterator[Record]:
    """The articles of a saved Factiva page: a table of fields each."""
    content = file.read()
    html, file.encoding = decode(content, charset(content))
    tree = parse_page(html)
    articles = [] if tree is None else [
        node for node in tree.iter("div") if "article" in (node.get("class") or "").split()
    ]  # fmt: skip
    for number, article in enumerate(articles, start=1):
        fields: dict[str, list[str]] = {}
        for line in article.iter("tr"):
            cells = [child for child in line if child.tag == "td"]
            if len(cells) == 2 and (name := (_line(cells[0]) or "").strip("\xa0 ")) in FIELDS:
                fields.setdefault(name, []).append(lines_of(cells[1]))
        if fields:
            yield number, _factiva_row(fields)
        else:
            yield number, next((row for _, row in factiva_articles(lines_of(article))), _NO_HEAD)
    if not articles:
        yield None, Fault("no article in the export")


_NO_HEAD = Fault("an article whose head is not understood")


def factiva_xml_rows(root: Any) -> Iterator[Record]:
    """The articles of Factiva's web service."""
    articles = every(root, "article")
    for number, article in enumerate(articles, start=1):
        paragraphs = []
        for name in ("leadParagraph", "tailParagraphs"):
            if (part := one(article, name)) is not None:
                inner = [text(line) or "" for line in every(part, "paragraph")]
                paragraphs += inner or unwrapped_lines("".join(part.itertext())).split("\n")
        row = {
            "id": text(one(article, "accessionNo")),
            "outlet": text(one(article, "sourceName")),
            "title": text(one(article, "headline")),
            "date": " ".join(
                filter(None, (text(one(article, "publicationDate", name)) for name in ("date", "time")))
            ) or None,
            "author": text(one(article, "byline")),
            "language": (text(one(article, "baseLanguage")) or "").lower() or None,
            "text": "\n".join(line for line in paragraphs if line),
        }  # fmt: skip
        row = {name: value for name, value in row.items() if value}
        yield number, as_sold(row) if row.get("text") else Fault("an article without text", article_id=row.get("id"))


def factiva_text_rows(file: File) -> Iterator[Record]:
    """The articles of a Factiva text, each ended by its document number."""
    content, fault = text_of(file)
    if fault is not None:
        yield None, fault
    yield from factiva_articles(content)


def factiva_articles(content: str) -> Iterator[Record]:
    """The articles of a Factiva text or RTF."""
    parts = re.split(r"^(?:AN\s+)?Document ([\w-]{10,40})\s*$", content.replace("\r\n", "\n"), flags=re.MULTILINE)
    for number, (body, name) in enumerate(zip(parts[::2], parts[1::2], strict=False), start=1):
        fields = _fields(body)
        row = _factiva_row({**fields, "AN": [name]}) if "HD" in fields else _factiva_plain(body, name)
        yield number, row
    if len(parts) < 3:
        yield None, Fault("no article in the export: none ends with its document number")


def _fields(body: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = None
    for line in body.split("\n"):
        start = re.match(r"\s{0,4}([A-Z]{2,3})(?:\s+(.*))?$", line)
        if start and start[1] in FIELDS:
            name = start[1]
            found.setdefault(name, []).append(start[2] or "")
        elif name:
            found[name].append(line)
    return found


def _factiva_row(fields: dict[str, list[str]]) -> dict[str, Any] | Fault:
    def value(name: str) -> str | None:
        return " ".join(" ".join(fields.get(name, [])).split()) or None

    lines = [line.strip() for name in ("LP", "TD") for cell in fields.get(name, []) for line in cell.split("\n")]
    date, clock = value("PD"), _CLOCK.fullmatch(value("ET") or "")
    hour = _hour(clock) if clock else None
    row = {
        "id": re.sub(r"^Document ", "", value("AN") or "") or None,
        "outlet": value("SN"),
        "title": value("HD"),
        "date": f"{date} {hour}" if date and hour else date,
        "author": value("BY"),
        "language": LANGUAGE_CODES.get((value("LA") or "").lower(), value("LA")),
        "credit": value("CR"),
        "text": "\n".join(line for line in lines if line),
    }
    row = {name: held for name, held in row.items() if held}
    return as_sold(row) if row.get("text") else Fault("an article without text", article_id=row.get("id"))


LANGUAGE_CODES = {
    "français": "fr", "french": "fr", "französisch": "fr", "english": "en", "anglais": "en", "englisch": "en",
    "deutsch": "de", "allemand": "de", "german": "de",
}  # fmt: skip
_WORDS = re.compile(r"[\d\s ,.]+ (?:mots|words|Wörter)\s*$")


def _factiva_plain(body: str, name: str) -> dict[str, Any] | Fault:
    """Factiva's plain display: title, words, date, outlet, codes, language, copyright, text."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    at = next((n for n, line in enumerate(lines) if _WORDS.match(line)), None)
    if at is None:
        return Fault("an article whose head is not understood", article_id=name)
    head = lines[at + 1 : at + 10]
    date = next((line for line in head if PRINTED_DATE.search(line)), None)
    clock = next((found for line in head if (found := _CLOCK.fullmatch(line))), None)
    hour = _hour(clock) if clock else None
    rest = next((n for n, line in enumerate(head) if re.match(r"(?:©|\(c\)|Copyright|Tous droits)", line, re.I)), None)
    if rest is None:  # the language is the last line of the head then
        rest = next((n for n, line in enumerate(head) if line.lower() in LANGUAGE_CODES), None)
    after_date = head[head.index(date) + (2 if hour else 1) :] if date else head
    title = lines[at - 2] if at > 1 and _is_name(lines[at - 1]) else lines[at - 1] if at else None
    row = {
        "id": name,
        "title": title,
        "author": lines[at - 1] if at > 1 and _is_name(lines[at - 1]) else None,
        "date": f"{date} {hour}" if date and hour else date,
        "outlet": after_date[0] if after_date else None,
        "language": next((LANGUAGE_CODES[line.lower()] for line in head if line.lower() in LANGUAGE_CODES), None),
        "text": "\n".join(lines[at + 2 + (rest if rest is not None else 4) :]),
    }
    row = {key: held for key, held in row.items() if held}
    return as_sold(row) if row.get("text") else Fault("an article without text", article_id=name)


_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?(?:\s*([AP])\.?M\.?)?(?:\s+[A-Z]{2,4})?", re.IGNORECASE)
"""The hour of an article: 14:05, "02:05 PM GMT"."""


def _hour(clock: re.Match[str]) -> str:
    half = (clock[3] or "").upper()
    return f"{int(clock[1]) % 12 + 12 * (half == 'P') if half else int(clock[1]):02d}:{clock[2]}"


def _is_name(line: str) -> bool:
    return re.fullmatch(r"(?:Par |By )?(?:[A-ZÉ][\w’'.-]++ ?){1,5}(?:\((?:avec )?AFP\)|avec AFP)?", line) is not None

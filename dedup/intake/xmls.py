"""XML -> its articles, by the root element. Entities stay closed, nothing is fetched, depth and size are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dedup.intake.records import Fault, File, Record, Unreadable

MOST_DEPTH = 200
"""Elements inside one another; agency files have 20."""

ROOTS = {
    "NewsML": "wires:newsml1_rows",
    "newsMessage": "wires:newsml2_rows",
    "newsItem": "wires:newsml2_rows",
    "packageItem": "wires:newsml2_rows",
    "nitf": "wires:nitf_rows",
    "Publish": "wires:jimi_rows",
    "PPSResponse": "exports:factiva_xml_rows",
    "rss": "feeds:feed_rows",
    "RDF": "feeds:feed_rows",
    "feed": "feeds:feed_rows",
    "html": "pages:html_rows",
    "TEI": "corpora:tei_rows",
    "teiCorpus": "corpora:tei_rows",
    "corpus": "corpora:txm_rows",
    "text": "corpora:txm_rows",
}
"""Root element -> what reads it: ``module:function`` below ``dedup.intake``."""


def xml_rows(file: File) -> Iterator[Record]:
    """The articles of an XML file."""
    root = parsed(file.read())
    module, _, function = ROOTS.get(local(root), "").partition(":")
    if not module:
        raise Unreadable(
            f"XML of an unknown kind: its root is {local(root)!r}; expected one of {', '.join(sorted(ROOTS))}, or a "
            "table (.csv) made from it"
        )
    file.encoding = root.getroottree().docinfo.encoding or "utf-8"
    reader = getattr(import_module(f"dedup.intake.{module}"), function)
    yield from reader(file if module in ("feeds", "pages") else root)


def parsed(content: bytes) -> Any:
    """The root element; Unreadable when the bytes are no XML, or nested too deeply."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"no XML: {error}") from error
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            raise Unreadable(f"no XML that is read: elements are nested more than {MOST_DEPTH} deep")
    return root


def local(node: Any) -> str:
    """An element's name without its namespace."""
    return node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""


def every(node: Any, *names: str) -> list[Any]:
    """The elements of these names below one, in the order of the file."""
    return [child for child in node.iter() if local(child) in names]


def one(node: Any, *path: str) -> Any:
    """The first element that a path of names leads to, at any depth; None when there is none."""
    for name in path:
        node = next((child for child in node.iter() if local(child) == name and child is not node), None)
        if node is None:
            return None
    return node


def text(node: Any) -> str | None:
    """The text of an element on one line; None when there is none."""
    return (" ".join("".join(node.itertext()).split()) or None) if node is not None else None


def spaced(node: Any) -> str | None:
    """As ``text``, with a space between two elements that stand side by side."""
    return (" ".join(" ".join(node.itertext()).split()) or None) if node is not None else None


def passed_over(count: int) -> Iterator[Record]:
    """The fault that tells of pictures and videos."""
    if count:
        parts = "part" if count == 1 else "parts"
        yield None, Fault(f"passed over: {count} {parts} without text (pictures, videos)", kept=True)

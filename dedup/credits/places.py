"""ARTICLES, PARAGRAPHS -> the lines and metadata values worth reading, each with its place in the article."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dedup.credits.rules import Rules

METADATA_COLUMNS = (
    "author",
    "authors",
    "auteur",
    "auteurs",
    "byline",
    "by_line",
    "byl",
    "signature",
    "dc_creator",
    "dc:creator",
    "dc.creator",
    "creator",
    "source",
    "sourceOrganization",
    "source_organization",
    "copyrightHolder",
    "copyright_holder",
    "copyright",
    "credit",
    "provider",
)
"""Columns of the input (in ARTICLES.extra) that can name an agency, in the order they are read."""

_METADATA_HINT = f'"(?:{"|".join(map(re.escape, METADATA_COLUMNS))})":'
"""For RE2: ARTICLES.extra without it has none of these columns."""

ASIDE = ("boilerplate", "embed", "caption")
"""Roles of paragraphs that may follow the last line of a text."""


def candidates(paragraphs: pa.Table, hints: list[str]) -> Iterator[tuple[str, int, str, str | None, frozenset[str]]]:
    """Paragraphs in which one of the hints is found, with their number, role and place in the article."""
    if not paragraphs.num_rows:
        return
    texts = paragraphs["text"]
    wanted = functools.reduce(pc.or_, (pc.match_substring_regex(texts, hint) for hint in hints))
    chosen = paragraphs.select(["article_id", "paragraph", "text", "role"]).filter(pc.fill_null(wanted, False))
    if not chosen.num_rows:
        return
    mine = paragraphs.select(["article_id", "paragraph", "role"])
    mine = mine.filter(pc.is_in(mine["article_id"], pc.unique(chosen["article_id"])))
    mine = mine.filter(pc.invert(pc.is_in(mine["role"], pa.array(ASIDE))))
    ends = mine.group_by("article_id").aggregate([("paragraph", "max")])
    last = dict(zip(ends["article_id"].to_pylist(), ends["paragraph_max"].to_pylist(), strict=True))
    chosen = chosen.to_pydict()
    for article_id, number, text, role in zip(*chosen.values(), strict=True):
        yield article_id, number, text, role, _place(number, last.get(article_id, number), role)


def _place(number: int, last: int, role: str | None) -> frozenset[str]:
    places = {"text"}
    if number <= 2:
        places.add("byline")
    if number >= last:
        places.add("last")
    places.add("edge" if number <= 2 or number >= last - 2 else "inside")
    if role == "caption":
        places.add("caption")
    return frozenset(places)


def metadata(articles: pa.Table, rules: Rules) -> Iterator[tuple[str, str]]:
    """Values of metadata columns that may hold a mention; the same value twice is read once."""
    chosen = articles.select(["article_id", "extra"])
    for hint in (_METADATA_HINT, rules.hint):
        chosen = chosen.filter(pc.fill_null(pc.match_substring_regex(chosen["extra"], hint), False))
    for article_id, text in zip(chosen["article_id"].to_pylist(), chosen["extra"].to_pylist(), strict=True):
        columns = json.loads(text)
        values = (_names_of(columns[name]) for name in METADATA_COLUMNS if name in columns)
        for value in dict.fromkeys(value for value in values if value):
            yield article_id, value


def _names_of(value: Any) -> str:
    """A metadata value as text: a string, a JSON-LD object with a name, or a list of them."""
    if isinstance(value, dict):
        return _names_of(value.get("name"))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_names_of, value)))
    return value if isinstance(value, str) else ""

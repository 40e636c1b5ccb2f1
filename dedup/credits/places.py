"""ARTICLES, PARAGRAPHS -> the lines and metadata values worth reading, each with its place in the article."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Iterable, Iterator
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

HEAD = 2
"""Number of the last line that counts as the head of every article."""

PROSE_WORDS = 15
"""Words from which a line with a full stop is a line of the story."""

ASIDE = ("boilerplate", "embed", "caption")
"""Roles of paragraphs that may follow the last line of a text."""


def candidates(
    paragraphs: pa.Table, hints: Iterable[str]
) -> Iterator[tuple[str, int, str, str | None, frozenset[str]]]:
    """Paragraphs in which one of the hints is found, with their number, role and place in the article."""
    if not paragraphs.num_rows:
        return
    chosen = paragraphs.select(["article_id", "paragraph", "text", "role"])
    chosen = chosen.filter(_holds(chosen["text"], hints))
    if not chosen.num_rows:
        return
    mine = paragraphs.filter(pc.is_in(paragraphs["article_id"], pc.unique(chosen["article_id"])))
    mine = mine.filter(pc.invert(pc.is_in(mine["role"], pa.array(ASIDE))))
    last = _of_each_article(mine, "max")
    prose = _of_each_article(mine.filter(_is_prose(mine)), "min")
    chosen = chosen.to_pydict()
    for article_id, number, text, role in zip(*chosen.values(), strict=True):
        place = _place(number, prose.get(article_id, 0), last.get(article_id, number), role)
        yield article_id, number, text, role, place


def _holds(texts: pa.ChunkedArray, hints: Iterable[str]) -> pa.ChunkedArray:
    """Which texts one of the expressions is found in; a null holds nothing."""
    found = functools.reduce(pc.or_, (pc.match_substring_regex(texts, hint) for hint in hints))
    return pc.fill_null(found, False)


def _of_each_article(paragraphs: pa.Table, which: str) -> dict[str, int]:
    """The first or the last of these paragraphs in each article."""
    ends = paragraphs.group_by("article_id").aggregate([("paragraph", which)])
    return dict(zip(ends["article_id"].to_pylist(), ends[f"paragraph_{which}"].to_pylist(), strict=True))


def _is_prose(paragraphs: pa.Table) -> pa.ChunkedArray:
    """Which paragraphs are sentences of the story: what the page prints above them are rubric, dates and by-line."""
    is_long = pc.greater_equal(pc.count_substring(paragraphs["text"], " "), PROSE_WORDS - 1)
    return pc.and_(is_long, pc.match_substring_regex(paragraphs["text"], r"[.!?…»”\")\]]\s*$"))


def _place(number: int, prose: int, last: int, role: str | None) -> frozenset[str]:
    """Names of the places that a line stands in; ``prose`` is the first line of the story."""
    places = {"text"}
    is_head, is_last = number <= max(HEAD, prose + 1), number >= last
    if is_head:
        places.add("byline")
    if is_last:
        places.add("last")
    if is_head and not is_last:
        places.add("head")
    places.add("edge" if is_head or number >= last - 2 else "inside")
    if role == "caption":
        places.add("caption")
    return frozenset(places)


def metadata(articles: pa.Table, rules: Rules) -> Iterator[tuple[str, str]]:
    """Values of metadata columns that may hold a mention; the same value twice is read once."""
    chosen = articles.select(["article_id", "extra"])
    chosen = chosen.filter(_holds(chosen["extra"], [_METADATA_HINT]))
    chosen = chosen.filter(_holds(chosen["extra"], rules.hints))
    for article_id, text in zip(chosen["article_id"].to_pylist(), chosen["extra"].to_pylist(), strict=True):
        columns = json.loads(text)
        values = (_names_of(columns[name]) for name in METADATA_COLUMNS if name in columns)
        for value in dict.fromkeys(value for value in values if value):
            yield article_id, value


def _names_of(value: Any, written: bool = True) -> str:
    """A metadata value as text: a string, a JSON-LD object with a name, or a list of them, also ``written`` as text."""
    if written and isinstance(value, str) and (listed := _LISTED.match(value)):
        return _names_of(_unwrapped(value, listed[1]), written=False)
    if isinstance(value, dict):
        return _names_of(value.get("name") or value.get("@value"), written)
    if isinstance(value, list | tuple | set):
        return ", ".join(filter(None, (_names_of(one, written) for one in value)))
    return value if isinstance(value, str) else ""


_LISTED = re.compile(r"\s*(c\(|list\(|[\[{(])")
"""How a list or an object begins that Python, R, JSON or a database wrote as text."""


def _unwrapped(text: str, start: str) -> Any:
    """What was written as text, or the text itself, without brackets and quotation marks when only these are plain."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    if start == "[":
        return text.strip("[]'\" ")
    if start == "(":
        return re.sub(r"^\s*\(([^()]*)\)\s*$", r"\1", text)
    inner = text.strip()[len(start) : -1]
    quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", inner)
    return [one or other for one, other in quoted] or inner.split(",")

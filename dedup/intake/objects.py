"""JSON: one object a line, or one document with one article or a list of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from dedup.intake.columns import NAMES, alias_of, folded, unwrapped
from dedup.intake.encodings import decode, marked, undecodable
from dedup.intake.records import Fault, File, Record
from dedup.intake.rows import json_type
from dedup.intake.wires_json import is_wire, items_of, wire_rows

LISTS = (
    "articles",
    "response",
    "items",
    "item",
    "results",
    "docs",
    "documents",
    "data",
    "stories",
    "hits",
    "entries",
    "posts",
)
"""Members of an object that hold its articles."""


def json_rows(file: File) -> Iterator[Record]:
    """A document when the file as a whole is one, else one object a line."""
    if _is_document(file):
        yield from _document(file)
    else:
        yield from _lines(file)


def _is_document(file: File) -> bool:
    """One document, not lines: it opens with a list, or its first line is no whole value."""
    if marked(file.head) in ("utf-16",):
        return True
    start = file.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if file.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson", ".jsonlines")):
        return False
    first, _, rest = start.partition(b"\n")
    if not rest.strip() or first.rstrip() in (b"{", b"["):
        return True
    try:
        return not isinstance(plain_json(first), dict)
    except (ValueError, RecursionError):
        return True


def _document(file: File) -> Iterator[Record]:
    content = file.read(most=1_000_000_000)
    text, file.encoding = decode(content)
    if not text.strip():
        yield None, Fault("the file is empty")
        return
    try:
        value = _whole(json.loads(text))
    except (ValueError, RecursionError) as error:
        if "Extra data" in str(error):  # objects, one a line, in a file that is called .json
            yield from _lines(file)
        else:
            yield None, Fault(f"not JSON: {error}")
        return
    if file.encoding.startswith("utf-16"):
        yield None, Fault("not UTF-8: read as UTF-16; save it as UTF-8 to be sure", kept=True)
    if items := items_of(value):
        yield from wire_rows(items)
        return
    yield from document_rows(value)


def document_rows(value: Any) -> Iterator[Record]:
    """The articles of one JSON value."""
    rows = articles_of(value)
    if rows is None:
        yield None, Fault(f"no articles in it: expected a list or an object of articles, got {json_type(value)}")
        return
    if not rows:
        yield None, Fault("the file is empty: a list without articles")
    for number, row in enumerate(rows, start=1):
        if isinstance(row, dict):
            yield number, _opened(row)
        else:
            yield number, Fault(f"not a JSON object but {json_type(row)}; expected an article")


INNER = ("_source", "fields", "attributes", "article", "node", "document", "data")
"""Members of an article that hold its columns."""


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    """An article whose text stands in an object inside it, with the columns of that object as its own."""
    if any(alias_of(str(name)) in NAMES["text"] and not isinstance(held, dict) for name, held in row.items()):
        return row
    for name in INNER:
        inner = row.get(name)
        if isinstance(inner, dict) and any(alias_of(str(key)) in NAMES["text"] for key in inner):
            return {**{key: held for key, held in row.items() if key != name}, **inner}
    return row


def articles_of(value: Any, depth: int = 4) -> list[Any] | None:
    """The list of articles inside a value; one article is a list of one. None when there is none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or not depth:
        return None
    if any(folded(str(name)) in NAMES["text"] and isinstance(unwrapped(held), str) for name, held in value.items()):
        return [value]
    for name in LISTS:
        if isinstance(value.get(name), list | dict) and (rows := articles_of(value[name], depth - 1)) is not None:
            return rows
    held = [item for item in value.values() if isinstance(item, dict)]
    if held and len(held) == len(value) and any(articles_of(item, 1) for item in held):  # id -> article
        return [{"id": name, **item} for name, item in value.items()]
    return None


def _lines(file: File) -> Iterator[Record]:
    blank = True
    for number, line in enumerate(file.lines(), start=1):
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            row = orjson.loads(line)
        except ValueError:
            if not line.strip():
                continue
            blank = False
            try:
                row = plain_json(line)
            except UnicodeDecodeError as error:
                yield number, Fault(undecodable(line, error.start, " of the line"))
                continue
            except (ValueError, RecursionError) as error:
                yield number, Fault(f"not JSON: {error}")
                continue
        blank = False
        if is_wire(row):
            for _, told in wire_rows([row]):
                yield number, told
        elif isinstance(row, dict):
            yield number, _opened(row)
        else:
            yield number, Fault(f"not a JSON object but {json_type(row)}; expected one article a line")
    file.encoding = "utf-8"
    if blank:
        yield None, Fault("the file is empty")


def plain_json(line: bytes) -> Any:
    """JSON with what orjson refuses and exports contain: NaN, and half an emoji (it becomes U+FFFD)."""
    row = json.loads(line.decode("utf-8"))
    return _whole(row) if b"\\ud" in line.lower() else row


def _whole(value: Any) -> Any:
    """The same value with U+FFFD for the halves of surrogate pairs, which no text in UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value

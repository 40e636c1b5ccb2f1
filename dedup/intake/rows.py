"""Rows of the input -> ARTICLES and REJECTS: what each column says, and what cannot be.

Markup and doubly encoded letters are read as what they stand for, and said; else the text is not touched: carriage
returns, control characters and odd spaces stay. White space at its two ends counts for nothing where two texts are
compared, so the digest does not look at it, and a made id at none at all.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
import pyarrow as pa

from dedup.config import Config
from dedup.intake.columns import columns_by_meaning, folded, is_nothing, known_meaning, renamed, unwrapped
from dedup.intake.dates import parse_date, whole_day
from dedup.intake.encodings import undecodable
from dedup.intake.outlets import Outlets, is_spelling, publisher_host
from dedup.intake.printed_dates import is_live_blog, printed_date
from dedup.intake.records import Fault
from dedup.intake.repair import repaired
from dedup.intake.zones import ZONE, ZONE_OF_AGENCY, ZONE_OF_COUNTRY
from dedup.schemas import ARTICLES, MADE_ID, REJECTS
from dedup.store.identity import bare_address
from dedup.text import languages

SCHEMA = ARTICLES.append(pa.field("text", pa.string(), metadata={"doc": "the article as printed"}))
"""ARTICLES and the text. ``n_words`` is 0 here; the tokeniser counts them later."""

PLACED = pa.schema([
    *SCHEMA,
    pa.field("file", pa.string(), metadata={"doc": "the file"}),
    pa.field("position", pa.int64(), metadata={"doc": "1-based line or row of the file; null for a whole file"}),
    pa.field("given", pa.string(), metadata={"doc": "the row as it was given, its text apart, as one JSON object"}),
])  # fmt: skip
"""SCHEMA, the place that each article was read from, and what is needed to read it again."""

_TRUE = frozenset(("true", "1", "yes", "y", "oui", "vrai", "t", "1.0"))


def read_again(placed: pa.Table, config: Config) -> tuple[pa.Table, pa.Table]:
    """Articles with the columns of PLACED -> (articles, rejects) as these settings would have them, in the same order.

    The text is never refused, for it was read before; the rejects are dates that cannot be.
    """
    batch = Batch(config, Outlets.load(config.outlets_file))
    columns = (placed[name].to_pylist() for name in ("file", "position", "given", "text"))
    for file, position, given, text in zip(*columns, strict=True):
        batch.add(file, position, {**json.loads(given), "text": text})
    return batch.take()


class Batch:
    """The columns of the batch that is being filled."""

    def __init__(self, config: Config, outlets: Outlets) -> None:
        self._agency = config.agency
        self._columns = {known_meaning(known): name for known, name in config.columns.items()}
        self._outlets = outlets
        self._clear()

    def _clear(self) -> None:
        self._last: tuple[dict[str, Any], int] | None = None  # the row that was added last, its first reject
        self.articles: list[tuple] = []  # each in the order of SCHEMA
        self.places: list[tuple[str, int | None, str]] = []  # file, position, the row as given
        self.rejects: list[tuple[str, int | None, str | None, str, bool]] = []
        self.characters = 0

    @property
    def n(self) -> int:
        return len(self.places)

    @property
    def n_rejects(self) -> int:
        return len(self.rejects)

    def reject(self, file: str, position: int | None, article_id: str | None, reason: str, kept: bool = False) -> None:
        self.rejects.append((_sayable(file), position, article_id and _sayable(article_id), _sayable(reason), kept))

    def fault(self, file: str, position: int | None, fault: Fault) -> None:
        self.reject(file, position, fault.article_id, fault.reason, fault.kept)

    def add(self, file: str, position: int | None, row: dict[str, Any]) -> None:
        """One row of the input -> one row of the batch, or a reject."""
        if self._last is not None and row == self._last[0]:
            self._add_again(file, position, self._last[1])
            return
        before, first_reject = self.n, self.n_rejects
        self._add(file, position, dict(renamed(row, self._columns)))
        is_text = all(isinstance(value, str) for value in row.values())  # 1 and true are equal and not the same
        self._last = (row, first_reject) if is_text and self.n > before else None

    def _add_again(self, file: str, position: int | None, first_reject: int) -> None:
        """The row that was added last once more: millions of equal rows cost no more than their lines."""
        self.articles.append(self.articles[-1])
        self.places.append((_sayable(file), position, self.places[-1][2]))
        self.characters += len(self.articles[-1][-1])
        end = self.n_rejects
        self.rejects += [(file, position, *told[2:]) for told in self.rejects[first_reject:end]]
        self._last = (self._last[0], end) if self._last else None

    def _add(self, file: str, position: int | None, row: dict[str, Any]) -> None:
        held = columns_by_meaning(tuple(row))
        text = _pop(row, held["text"])
        text = unwrapped(text) if isinstance(text, dict) else text
        article_id = _string(_pop(row, held["id"]))
        reason = _why_no_text(text)
        if reason is not None:
            self.reject(file, position, article_id, reason)
            return
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        text, said = repaired(_with_lead(text, row))
        if not text.strip():
            self.reject(file, position, article_id, "the text is nothing but markup")
            return
        for repair in said:
            self.reject(file, position, article_id, repair, kept=True)
        given = dumps({name: value for name, value in {**row, "id": article_id}.items() if not _is_empty(value)})
        encoded = text.encode()  # cannot fail: no reader lets half a surrogate pair through

        url, title, lang, owner, country = (
            _string(_pop(row, held[name])) if held[name] else None
            for name in ("url", "title", "lang", "owner_group", "country")
        )
        title = repaired(title)[0] if title else title
        outlet, owner, country = self._publisher(row, url, owner, country)

        is_wire = _true(_pop(row, held["is_wire"]))
        agency, wire_id, revision = None, None, None
        zone = ZONE_OF_COUNTRY.get(country or "", ZONE)
        if is_wire:
            agency = _string(_pop(row, held["agency"])) or self._agency
            wire_id = _string(_pop(row, held["wire_id"]))
            revision = _number(row)
            zone = ZONE_OF_AGENCY.get(agency.casefold(), zone)
        published_at, precision, source = self._date(row, is_wire, zone, text, file, position, article_id)
        if published_at is not None and precision in ("second", "minute") and not is_wire and is_live_blog(text):
            published_at, precision = whole_day(published_at, zone), "day"
            self.reject(
                file,
                position,
                article_id,
                "a live blog: its entries have times of their own, its date counts as a day",
                kept=True,
            )

        if article_id is None:
            article_id = _made_id(outlet, url, published_at, precision, title, text)
        digest = blake2b(text.strip().encode(), digest_size=16).hexdigest()
        self.articles.append((
            article_id, outlet, owner, country, url, title, lang, published_at, precision, source, None, 0, is_wire,
            agency, wire_id, revision, digest, _rest(row), encoded,  # bytes: Arrow takes them faster than text
        ))  # fmt: skip
        self.places.append((_sayable(file), position, given))
        self.characters += len(text)

    def _publisher(
        self, row: dict[str, Any], url: str | None, owner: str | None, country: str | None
    ) -> tuple[str | None, str | None, str | None]:
        """(outlet, owner, country): one outlet, one name ("Journal de Québec" and "Le Journal de Québec" are one)."""
        named = columns_by_meaning(tuple(row))["outlet"]
        is_known = bool(named) and url is not None and self._outlets.find(None, url, country) is not None
        outlet = _string(_outlet(row, named, is_known)) if named else None
        if outlet or url:
            known = self._outlets.find(outlet, url, country)
            if known is not None:
                outlet = known.outlet if outlet is None or is_spelling(outlet, known.outlet) else outlet
                owner, country = owner or known.owner, country or known.country
            else:
                # outlets that nobody knows are of one house when they share a site
                owner = owner or publisher_host(url)
        return outlet, owner, country.upper() if country and len(country) == 2 else country

    def _date(
        self, row: dict[str, Any], is_wire: bool, zone: str, text: str, file: str, position: int | None,
        article_id: str | None,
    ) -> tuple[datetime | None, str, str]:  # fmt: skip
        """(time, precision, source): the dispatch's time stamp, else the input's column, else what is printed."""
        held = columns_by_meaning(tuple(row))
        for name, source in ((("wire_timestamp", "wire"),) if is_wire else ()) + (("published_at", "input"),):
            value = unwrapped(_pop(row, held[name]))
            if value is None:
                continue
            try:
                moment, precision = parse_date(_with_hour(value, row) if name == "published_at" else value, zone)
            except ValueError as error:
                self.reject(file, position, article_id, f"{error}; the article is kept without it", kept=True)
                continue
            if moment is not None:
                return moment, precision, source
        return printed_date(text, zone) or (None, "none", "none")

    def take(self) -> tuple[pa.Table, pa.Table]:
        """The batch as (articles with the columns of PLACED, rejects); the next batch starts empty."""
        places = [(*row, *place) for row, place in zip(self.articles, self.places, strict=True)]
        articles, rejects = languages.with_found(_table(places, PLACED)), _table(self.rejects, REJECTS)
        self._clear()
        return articles, rejects


def json_type(value: Any) -> str:
    """What a JSON value is, in words."""
    names = {list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), "an object" if isinstance(value, dict) else "no text")


def dumps(value: Any) -> str:
    """JSON with sorted keys; what JSON has no form for is written as text."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a number that is longer than 64 bits
        return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True, separators=(",", ":"))


# Private


_HOURS = ("heure", "hour", "time", "heure_publication", "heure_de_publication", "publication_time", "heure_parution")
"""Columns that hold the hour of a date of another column."""


def _with_hour(date: Any, row: dict[str, Any]) -> Any:
    """A date that ends with its day, and the hour of the row's other column; the date alone when there is none."""
    if not isinstance(date, str) or not re.search(r"(?:^|\D)(?:\d{4}|\d{4}-\d{2}-\d{2}|\d{2})$", date.strip()):
        return date
    name = next((name for name in row if folded(str(name)) in _HOURS), None)
    hour = (
        re.fullmatch(r"\s*+(\d{1,2})\s*+[:hH]\s*+(\d{2})?(?::\d{2})?\s*+", str(row[name])) if name is not None else None
    )
    if name is None or hour is None or re.search(r"\d[:h]\d", date):
        return date
    row.pop(name)
    clock = f"{int(hour[1]):02d}:{hour[2] or '00'}"
    return f"{date.strip()}T{clock}" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", date.strip()) else f"{date.strip()} {clock}"


def _with_lead(text: str, row: dict[str, Any]) -> str:
    """A text with the lead that Factiva's snapshots hold in a column of its own ("snippet")."""
    lead = row.get("snippet")
    if not isinstance(lead, str) or "publication_datetime" not in row or text.startswith(lead):
        return text
    del row["snippet"]
    return f"{lead}\n{text}"


def _why_no_text(text: Any) -> str | None:
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return undecodable(text, error.start, " of the text")
    if is_nothing(text) and not (isinstance(text, str) and not text):
        return "the text is missing"
    if not isinstance(text, str):
        return f"the text is {json_type(text)}; expected a string"
    return None if text.strip() else "the text is empty"


_TYPED = (
    *(("’", "'"), ("ʼ", "'"), ("« ", '"'), (" »", '"'), ("«", '"'), ("»", '"'), ("“", '"'), ("”", '"')),
    *(("—", "-"), ("–", "-"), ("…", "...")),
)
"""Signs as printed and as typed: a page that is saved with one or the other is one page."""


def _made_id(outlet: str | None, url: str | None, moment: Any, precision: str, title: str | None, text: str) -> str:
    when = f"{moment} {precision}" if moment else None
    # of a very long text no list of its words is made, which would take ten times its size
    words = " ".join(text.split()) if len(text) < 1_000_000 else re.sub(r"\s+", " ", text).strip()
    for written, typed in _TYPED:
        words = words.replace(written, typed)
    parts = "\x1f".join(part or "" for part in (outlet, url and bare_address(url), when, title, words))
    return MADE_ID + blake2b(parts.encode(), digest_size=8).hexdigest()


def _outlet(row: dict[str, Any], names: tuple[str, ...], is_known_address: bool) -> Any:
    """The outlet's column. A column ``source`` may as well name an agency: it counts where nothing else does."""
    for alias in names:
        value = row.get(alias)
        if _is_empty(value):
            continue
        if alias.startswith("source"):
            name = _string(value)
            if is_known_address or name is None or name.casefold() in ZONE_OF_AGENCY:
                return None
        return row.pop(alias)
    return None


def _table(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _sayable(text: str) -> str:
    """The same text with U+FFFD for bytes that are no letters: names of files and of columns may hold some."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value)


def _pop(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Take a value out of the row by the first of these names that holds something; None when none does."""
    for alias in names:
        value = row.get(alias)
        if not _is_empty(value):
            row.pop(alias)
            if not is_nothing(value):
                return value
    return None


def _string(value: Any) -> str | None:
    if value is None:
        return None
    value = unwrapped(value)
    if isinstance(value, str):
        return None if is_nothing(value) else value.strip() or None
    if is_nothing(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if not isinstance(value, (dict, list)) else dumps(value)


def _true(value: Any) -> bool:
    return value.strip().casefold() in _TRUE if isinstance(value, str) else value == value and bool(value)


def _number(row: dict[str, Any]) -> int | None:
    """The revision; what is no whole number stays among the other columns."""
    try:
        number = int(row["revision"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not 0 <= number < 2**31:
        return None
    row.pop("revision")
    return number


def _rest(row: dict[str, Any]) -> str | None:
    """What is left of a row as one JSON object; null when nothing is."""
    rest = {name: value for name, value in row.items() if not _is_empty(value)}
    return dumps(rest) if rest else None

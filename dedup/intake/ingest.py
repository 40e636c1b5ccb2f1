"""Files -> ARTICLES and REJECTS: what can be read is kept as printed, what cannot is named with its reason.

Kinds of file: ``.txt`` (one article, its id the file's stem), ``.jsonl`` and ``.ndjson`` (one object a line), these
and ``.csv`` also with ``.gz``, and ``.parquet``. Everything streams: what is in memory is one batch, and 16 bytes
for each article read, to know an id that comes twice.

The text is not touched: carriage returns, control characters and odd spaces stay, and the digest is of exactly
these characters.
"""

from __future__ import annotations

import csv
import glob
import gzip
import io
import json
import os
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dedup.config import Config
from dedup.intake.dates import ZONE, ZONE_OF_AGENCY, ZONE_OF_COUNTRY, parse_date, printed_date
from dedup.intake.outlets import Outlets, is_spelling
from dedup.schemas import ARTICLES, MADE_ID, REJECTS
from dedup.store import disk

try:
    import orjson
except ImportError:  # the standard library reads the same, more slowly
    orjson = None

SCHEMA = ARTICLES.append(pa.field("text", pa.string(), metadata={"doc": "the article as printed"}))
"""ARTICLES and the text. ``n_words`` is 0 here; the tokeniser counts them later."""

BATCH_CHARACTERS = 64_000_000
"""A batch ends early when its texts are longer than this."""

NAMES = {
    "id": ("id", "doc_id", "article_id"),
    "text": ("text", "body"),
    "outlet": ("outlet", "series"),
    "title": ("title",),
    "url": ("url",),
    "published_at": ("published_at", "date"),
    "lang": ("language", "lang"),
    "is_wire": ("is_wire",),
    "agency": ("agency",),
    "wire_timestamp": ("wire_timestamp",),
    "wire_id": ("wire_id",),
    "revision": ("revision",),
    "owner_group": ("owner", "owner_group"),
    "country": ("country",),
}
"""Columns of the input by meaning; of several the first that holds something counts, the others pass through."""

KINDS = (".txt", ".jsonl", ".ndjson", ".csv", ".parquet", ".txt.gz", ".jsonl.gz", ".ndjson.gz", ".csv.gz")


PLACED = pa.schema([
    *SCHEMA,
    pa.field("file", pa.string(), metadata={"doc": "the file"}),
    pa.field("position", pa.int64(), metadata={"doc": "1-based line or row of the file; null for a whole file"}),
    pa.field("given", pa.string(), metadata={"doc": "the row as it was given, its text apart, as one JSON object"}),
])  # fmt: skip
"""SCHEMA, the place that each article was read from, and what is needed to read it again."""


def read(
    inputs: Sequence[Path | str], config: Config | None = None, batch_articles: int = 10_000, unique: bool = True
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Read files, folders (all that is below, sorted) and globs -> pairs (articles, rejects), one a batch.

    ``articles`` has the columns of SCHEMA (ARTICLES and ``text``), ``rejects`` those of REJECTS; either may be
    empty, and together the rejects tell of everything that was given and is not in the articles as it was given.

    - An id that comes twice: the first article counts, in the order of the inputs. The second is rejected; when its
      text is the same it is marked ``kept``, for nothing is lost.
      With ``unique=False`` ids are not looked at: every article that can be read is given, with the columns of PLACED.
    - No id: one is made from outlet, address, date, title and text, the same in every run and from every kind of file.
    - An impossible date is dropped, the article stays, and a reject marked ``kept`` says so.
    - In a folder, hidden files and files of other kinds are passed over; the other kinds are counted in one reject
      per folder and kind. A file that is named itself and is of no known kind is a reject.
    """
    config = config or Config()
    batch = _Batch(config, Outlets.load(config.outlets_file))
    for file, problem in _files(inputs):
        if problem is not None:
            batch.reject(file, None, None, problem)
            continue
        for position, row in _records(file):
            if isinstance(row, str):
                batch.reject(file, position, None, row)
            else:
                batch.add(file, position, row)
            if batch.n >= batch_articles or batch.characters >= BATCH_CHARACTERS or batch.n_rejects >= batch_articles:
                yield batch.take(unique)
    if batch.n or batch.n_rejects:
        yield batch.take(unique)


def read_again(placed: pa.Table, config: Config) -> tuple[pa.Table, pa.Table]:
    """Articles with the columns of PLACED -> (articles, rejects) as these settings would have them, in the same order.

    The text is never refused, for it was read before; the rejects are dates that cannot be.
    """
    batch = _Batch(config, Outlets.load(config.outlets_file))
    columns = (placed[name].to_pylist() for name in ("file", "position", "given", "text"))
    for file, position, given, text in zip(*columns, strict=True):
        batch.add(file, position, {**json.loads(given), "text": text})
    return batch.take(unique=False)


def visited(inputs: Sequence[Path | str]) -> set[str]:
    """What ``read`` looks into, as its rejects name it: the files, and the folders above them that were given."""
    names = {file for file, _ in _files(inputs)}
    for given in map(os.fspath, inputs):
        if os.path.isdir(given):
            names.update(here for here, _, _ in os.walk(given, followlinks=False))
    return names


# Which files


def _files(inputs: Iterable[Path | str]) -> Iterator[tuple[str, str | None]]:
    """(file as the user named it, None) or (what was named, why it cannot be read); each file once."""
    seen: set[str] = set()
    for given in inputs:
        name = os.fspath(given)
        if os.path.isdir(name):
            found = _folder(name)
        elif os.path.exists(name):
            found = [(name, None if _kind(name) else _unknown(name))]
        elif glob.has_magic(name):
            matches = sorted(glob.glob(name, recursive=True))
            found = [
                item for match in matches for item in (_folder(match) if os.path.isdir(match) else _matched(match))
            ] or [(name, "no file matches the pattern")]
        else:
            found = [(name, "the file does not exist")]
        for file, problem in found:
            real = os.path.realpath(file)
            if problem is not None:
                yield file, problem
            elif real not in seen:
                seen.add(real)
                yield file, None


def _folder(folder: str) -> Iterator[tuple[str, str | None]]:
    def unreadable(error: OSError) -> None:
        problems.append((error.filename or folder, f"the folder cannot be read: {error.strerror}"))

    problems: list[tuple[str, str]] = []
    entered: set[str] = set()
    for here, folders, files in os.walk(folder, onerror=unreadable, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if (real := os.path.realpath(here)) in entered:  # a link that leads back
            folders[:] = []
            continue
        entered.add(real)
        others: Counter[str] = Counter()
        for name in sorted(files):
            if _kind(name):
                if not name.startswith((".", "_")):
                    yield os.path.join(here, name), None
            elif not name.startswith((".", "_")):
                others[os.path.splitext(name)[1].lower()] += 1
        for suffix, count in sorted(others.items()):
            what = f"of kind {suffix}" if suffix else "without a suffix"
            yield here, f"passed over: {count} file{'s' * (count > 1)} {what}; expected {', '.join(KINDS[:5])}"
    yield from problems


def _matched(file: str) -> list[tuple[str, str | None]]:
    return [(file, None if _kind(file) else _unknown(file))]


def _kind(name: str) -> str | None:
    lower = name.lower()
    return next((kind for kind in KINDS if lower.endswith(kind)), None)


def _unknown(name: str) -> str:
    return f"unknown kind of file {os.path.splitext(name)[1] or '(no suffix)'!r}; expected {', '.join(KINDS[:5])}"


# Rows of a file: (position, row) or (position, reason)

_Record = tuple[int | None, "dict[str, Any] | str"]


def _records(file: str) -> Iterator[_Record]:
    kind = _kind(file).removesuffix(".gz")
    rows: Callable[[str], Iterator[_Record]] = {
        ".txt": _text_rows, ".csv": _csv_rows, ".parquet": _parquet_rows,
    }.get(kind, _json_rows)  # fmt: skip
    position = None
    try:
        if os.path.getsize(file) == 0:
            yield None, "the file is empty"
            return
        for position, row in rows(file):
            yield position, row
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        yield _next(position), f"the compressed file is damaged: {error}; what came before was read"
    except OSError as error:
        yield _next(position), f"the file cannot be read: {error.strerror or error}"
    except disk.StorageError as error:
        yield _next(position), str(error.__cause__ or error)
    except csv.Error as error:
        yield _next(position), f"no CSV: {error}; what came before was read"


def _next(position: int | None) -> int | None:
    return None if position is None else position + 1


def _open(file: str) -> Any:
    return gzip.open(file, "rb") if file.lower().endswith(".gz") else open(file, "rb")


def _text_rows(file: str) -> Iterator[_Record]:
    with _open(file) as lines:
        content = lines.read()
    stem = os.path.basename(file)[: -len(_kind(file))]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield None, _undecodable(content, error.start)
        return
    yield None, {"id": stem, "text": text} if text.strip() else "the file is empty"


def _undecodable(content: bytes, start: int, where: str = "") -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "not UTF-8: the file is in UTF-16; save it as UTF-8"
    return f"not UTF-8: byte 0x{content[start]:02X} at byte {start + 1}{where}; save the file as UTF-8"


def _json_rows(file: str) -> Iterator[_Record]:
    load = orjson.loads if orjson is not None else _plain_json
    with _open(file) as lines:
        blank = True
        for number, line in enumerate(lines, start=1):
            if number == 1:
                if line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    yield None, _undecodable(line, 0)
                    return
                line = line.removeprefix(b"\xef\xbb\xbf")
            try:
                row = load(line)
            except ValueError:
                if not line.strip():
                    continue
                blank = False
                try:
                    row = _plain_json(line)
                except UnicodeDecodeError as error:
                    yield number, _undecodable(line, error.start, " of the line")
                    continue
                except (ValueError, RecursionError) as error:
                    yield number, f"not JSON: {error}"
                    continue
            blank = False
            if isinstance(row, dict):
                yield number, row
            else:
                yield number, f"not a JSON object but {_json_type(row)}; expected one article a line"
        if blank:
            yield None, "the file is empty"


def _plain_json(line: bytes) -> Any:
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


def _json_type(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _csv_rows(file: str) -> Iterator[_Record]:
    """Comma, semicolon or tab, whichever the header has most; a position is the line where the row starts."""
    csv.field_size_limit(sys.maxsize)
    with _open(file) as content:
        start = content.read(2)
        if start in (b"\xff\xfe", b"\xfe\xff"):
            yield None, _undecodable(start, 0)
            return
        content.seek(0)
        # a byte that is not UTF-8 spoils its own row only
        lines = io.TextIOWrapper(content, "utf-8-sig", errors="surrogateescape", newline="")
        header = lines.readline()
        lines.seek(0)
        mark = max(",;\t", key=header.count)
        rows = csv.reader(lines, delimiter=mark)
        names = [name.strip() for name in next(rows, [])]
        if not any(name in names for name in NAMES["text"]):
            yield None, f"no column 'text' or 'body'; the columns are {', '.join(names)[:200] or 'none'}"
            return
        last = rows.line_num
        empty = True
        for row in rows:
            number, last = last + 1, rows.line_num
            if not row:
                continue
            empty = False
            if len(row) != len(names):
                yield number, f"{len(row)} cells in the row, {len(names)} columns in the header"
                continue
            try:
                "".join(row).encode()
            except UnicodeEncodeError:
                yield number, _undecodable_cell(names, row)
                continue
            yield number, dict(zip(names, row, strict=True))
        if empty:
            yield None, "the file is empty: a header and no row"


def _undecodable_cell(names: list[str], row: list[str]) -> str:
    for name, cell in zip(names, row, strict=True):
        content = cell.encode("utf-8", "surrogateescape")
        try:
            content.decode()
        except UnicodeDecodeError as error:
            return _undecodable(content, error.start, f" of column {name!r}")
    return "not UTF-8; save the file as UTF-8"


def _parquet_rows(file: str) -> Iterator[_Record]:
    names = disk.table_schema(file).names
    if not any(name in names for name in NAMES["text"]):
        yield None, f"no column 'text' or 'body'; the columns are {', '.join(names)[:200] or 'none'}"
        return
    number = 0
    for batch in disk.iter_batches(file, batch_rows=2_000):
        for row in _python_rows(batch):
            number += 1
            yield number, row
    if not number:
        yield None, "the file is empty: no row"


def _python_rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | str]:
    # times in microseconds: Python has nothing finer
    fields = [
        field.with_type(pa.timestamp("us", tz=field.type.tz)) if pa.types.is_timestamp(field.type) else field
        for field in batch.schema
    ]
    batch = batch.cast(pa.schema(fields), safe=False)
    try:
        rows = batch.to_pylist()
    except (ValueError, OverflowError):  # one value that Python cannot hold spoils its own row only
        rows = [_python_row(batch.slice(row, 1)) for row in range(batch.num_rows)]
    yield from rows


def _python_row(row: pa.RecordBatch) -> dict[str, Any] | str:
    try:
        return row.to_pylist()[0]
    except UnicodeDecodeError as error:
        return _undecodable(error.object, error.start)
    except (ValueError, OverflowError) as error:
        return f"a value cannot be read: {error}"


# One article

_TRUE = frozenset(("true", "1", "yes", "y", "oui", "vrai", "t", "1.0"))


class _Batch:
    """The columns of the batch that is being filled, and what has been seen in all batches."""

    def __init__(self, config: Config, outlets: Outlets) -> None:
        self._agency = config.agency
        self._outlets = outlets
        self._known = _Known()
        self._clear()

    def _clear(self) -> None:
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
        self.rejects.append((file, position, article_id, reason, kept))

    def add(self, file: str, position: int | None, row: dict[str, Any]) -> None:
        """One row of the input -> one row of the batch, or a reject. The row is used up."""
        text = _pop(row, "text")
        article_id = _string(_pop(row, "id"))
        if isinstance(text, bytes):
            try:
                text = text.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                self.reject(file, position, article_id, _undecodable(text, error.start, " of the text"))
                return
        if text is None or text != text:
            self.reject(file, position, article_id, "the text is missing")
            return
        if not isinstance(text, str):
            self.reject(file, position, article_id, f"the text is {_json_type(text)}; expected a string")
            return
        if not text.strip():
            self.reject(file, position, article_id, "the text is empty")
            return
        given = _dumps(
            {name: value for name, value in {**row, "id": article_id}.items() if value is not None and value != ""}
        )
        encoded = text.encode()  # cannot fail: no reader lets half a surrogate pair through

        outlet, url = _string(_pop(row, "outlet")), _string(_pop(row, "url"))
        title, lang = _string(_pop(row, "title")), _string(_pop(row, "lang"))
        owner, country = _string(_pop(row, "owner_group")), _string(_pop(row, "country"))
        if outlet or url:
            known = self._outlets.find(outlet, url, country)
            if known is not None:
                # one outlet, one name: "Journal de Québec" and "Le Journal de Québec" are one
                outlet = known.outlet if outlet is None or is_spelling(outlet, known.outlet) else outlet
                owner, country = owner or known.owner, country or known.country
        country = country.upper() if country and len(country) == 2 else country

        is_wire = _true(_pop(row, "is_wire"))
        agency, wire_id, revision = None, None, None
        zone = ZONE_OF_COUNTRY.get(country or "", ZONE)
        if is_wire:
            agency = _string(_pop(row, "agency")) or self._agency
            wire_id = _string(_pop(row, "wire_id"))
            revision = _number(row)
            zone = ZONE_OF_AGENCY.get(agency.casefold(), zone)
        published_at, precision, source = self._date(row, is_wire, zone, text, file, position, article_id)

        if article_id is None:
            moment = f"{published_at} {precision}" if published_at else None
            parts = "\x1f".join(part or "" for part in (outlet, url, moment, title, text))
            article_id = MADE_ID + blake2b(parts.encode(), digest_size=8).hexdigest()
        digest = blake2b(encoded, digest_size=16).hexdigest()
        self.articles.append((
            article_id, outlet, owner, country, url, title, lang, published_at, precision, source, 0, is_wire, agency,
            wire_id, revision, digest, _json(row), encoded,  # bytes: Arrow takes them faster than text
        ))  # fmt: skip
        self.places.append((file, position, given))
        self.characters += len(text)

    def _date(
        self, row: dict[str, Any], is_wire: bool, zone: str, text: str, file: str, position: int | None,
        article_id: str | None,
    ) -> tuple[datetime | None, str, str]:  # fmt: skip
        """(time, precision, source): the dispatch's time stamp, else the input's column, else what is printed."""
        for name, source in ((("wire_timestamp", "wire"),) if is_wire else ()) + (("published_at", "input"),):
            value = _pop(row, name)
            if value is None:
                continue
            try:
                moment, precision = parse_date(value, zone)
            except ValueError as error:
                self.reject(file, position, article_id, f"{error}; the article is kept without it", kept=True)
                continue
            if moment is not None:
                return moment, precision, source
        return printed_date(text, zone) or (None, "none", "none")

    def take(self, unique: bool = True) -> tuple[pa.Table, pa.Table]:
        """The batch as (articles, rejects), without the ids that came before; the next batch starts empty."""
        if not unique:
            places = [(*row, *place) for row, place in zip(self.articles, self.places, strict=True)]
            articles, rejects = _table(places, PLACED), _table(self.rejects, REJECTS)
            self._clear()
            return articles, rejects
        articles = _table(self.articles, SCHEMA)
        ids = [row[_ID] for row in self.articles]
        state = self._known.state(ids, [row[_DIGEST] for row in self.articles])
        for row in np.flatnonzero(state != _FIRST).tolist():
            if state[row] == _AGAIN:
                reason, kept = f"duplicate id {ids[row]!r} with the same text: already read", True
            else:
                reason, kept = f"duplicate id {ids[row]!r} with an other text; the first one was kept", False
            self.reject(*self.places[row][:2], ids[row], reason, kept)
        if (state != _FIRST).any():
            articles = articles.filter(pa.array(state == _FIRST))
        rejects = _table(self.rejects, REJECTS)
        self._clear()
        return articles, rejects


_ID, _DIGEST = SCHEMA.get_field_index("article_id"), SCHEMA.get_field_index("digest")


def _table(rows: list[tuple], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _first(row: dict[str, Any], name: str) -> Any:
    for alias in NAMES[name]:
        value = row.get(alias)
        if value is not None and value != "":
            return value
    return None


def _pop(row: dict[str, Any], name: str) -> Any:
    """Take a value out of the row by the first of its names that holds something; None when none does."""
    for alias in NAMES[name]:
        value = row.get(alias)
        if value is not None and value != "":
            return row.pop(alias)
    return None


def _string(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if not isinstance(value, (dict, list)) else _dumps(value)


def _true(value: Any) -> bool:
    return value.strip().casefold() in _TRUE if isinstance(value, str) else value == value and bool(value)


def _number(row: dict[str, Any]) -> int | None:
    """The revision; what is no whole number stays among the other columns."""
    value = _first(row, "revision")
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 <= number < 2**31:
        return None
    _pop(row, "revision")
    return number


def _json(row: dict[str, Any]) -> str | None:
    """What is left of a row as one JSON object; null when nothing is."""
    rest = {name: value for name, value in row.items() if value is not None and value != ""}
    return _dumps(rest) if rest else None


def _dumps(value: Any) -> str:
    if orjson is not None:
        try:
            return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # a number that is longer than 64 bits
            pass
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True, separators=(",", ":"))


# Ids that come twice

_FIRST, _AGAIN, _OTHER = 0, 1, 2


class _Known:
    """Which ids were read, and with which text: 16 bytes an article, in a few sorted runs.

    Ids are told apart by 64 bits of their hash: among ten million articles two ids meet by chance in 3 runs out of
    a million.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray, np.ndarray]] = []

    def state(self, ids: list[str], digests: list[str]) -> np.ndarray:
        """For each article of a batch _FIRST, _AGAIN (same text) or _OTHER (an other text); uint8, shape (n,)."""
        keys = np.fromiter((_hash(article_id) for article_id in ids), np.uint64, len(ids))
        texts = np.fromiter((int(digest[:16], 16) for digest in digests), np.uint64, len(ids))
        state = np.zeros(len(ids), np.uint8)
        for run_keys, run_texts in self._runs:
            where = np.minimum(np.searchsorted(run_keys, keys), len(run_keys) - 1)
            met = run_keys[where] == keys
            state[met] = np.where(run_texts[where[met]] == texts[met], _AGAIN, _OTHER)
        order = np.argsort(keys, kind="stable")  # equal ids stay in reading order
        starts = np.flatnonzero(np.r_[True, keys[order][1:] != keys[order][:-1]]) if len(order) else order
        lengths = np.diff(np.r_[starts, len(order)])
        leader = order[np.repeat(starts, lengths)]
        later = (leader != order) & (state[order] == _FIRST)
        state[order[later]] = np.where(texts[leader[later]] == texts[order[later]], _AGAIN, _OTHER)
        new = order[state[order] == _FIRST]
        if len(new):
            self._merge(keys[new], texts[new])
        return state

    def _merge(self, keys: np.ndarray, texts: np.ndarray) -> None:
        """Runs at least double in size from the last to the first, so that there are few of them."""
        while self._runs and len(self._runs[-1][0]) < 2 * len(keys):
            other_keys, other_texts = self._runs.pop()
            keys, texts = np.concatenate((other_keys, keys)), np.concatenate((other_texts, texts))
            order = np.argsort(keys)
            keys, texts = keys[order], texts[order]
        self._runs.append((keys, texts))


def _hash(article_id: str) -> int:
    return int.from_bytes(blake2b(article_id.encode(), digest_size=8).digest(), "little")

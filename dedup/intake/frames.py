"""Data frames, lists of rows and databases -> a file that the readers read.

``dedup.run`` takes what follows the Arrow PyCapsule interface (a pyarrow Table or RecordBatchReader, a pandas or
polars DataFrame, a DuckDB relation) or a list of dicts, beside paths; ``dedup run duckdb:FILE --query "select ..."``
reads a database.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from dedup.intake.records import Unreadable
from dedup.store.tables import write_tables

DATABASES = ("postgresql://", "postgres://", "duckdb:", "sqlite:")
"""How the address of a database begins."""


def is_database(name: object) -> bool:
    """Whether an input is the address of a database."""
    return isinstance(name, str) and name.startswith(DATABASES)


def is_frame(given: object) -> bool:
    """Whether an input holds its rows itself."""
    if hasattr(given, "__arrow_c_stream__"):
        return True
    return isinstance(given, list | tuple) and bool(given) and all(isinstance(row, Mapping) for row in given)


@contextmanager
def as_paths(inputs: Any, query: str | None = None) -> Iterator[Any]:
    """The inputs with a file in the place of each data frame and database; the files live as long as the block."""
    several = isinstance(inputs, list | tuple) and not is_frame(inputs)
    given = list(inputs) if several else [inputs]
    if not any(is_frame(item) or is_database(item) for item in given):
        yield inputs
        return
    with tempfile.TemporaryDirectory(prefix="dedup-") as folder:
        paths = []
        for number, item in enumerate(given, start=1):
            name = Path(folder) / f"rows-{number}"
            if is_frame(item):
                item = _stored(item, name)
            elif is_database(item):
                item = _stored(_queried(item, query), name)
            paths.append(item)
        yield paths


def _stored(given: Any, name: Path) -> str:
    """Rows written to a file: Parquet for Arrow, JSON lines for dicts."""
    if hasattr(given, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(given)
        path = name.with_suffix(".parquet")
        write_tables(path, reader, reader.schema)
        return os.fspath(path)
    path = name.with_suffix(".jsonl")
    with path.open("w", encoding="utf-8") as lines:
        for row in given:
            lines.write(json.dumps(dict(row), ensure_ascii=True, default=str) + "\n")
    return os.fspath(path)


def _queried(address: str, query: str | None) -> Any:
    """The rows of a query: an Arrow stream, or dicts one after the other."""
    if not query:
        raise Unreadable(f"{address.split(':')[0]}: say which rows with --query 'select id, text, ... from ...'")
    kind, _, rest = address.partition(":")
    if kind == "sqlite":
        return _sqlite(rest.removeprefix("//"), query)
    import duckdb

    try:
        if kind == "duckdb":
            path = rest.removeprefix("//")
            if not Path(path).exists():
                raise Unreadable(f"the database {path} does not exist")
            return duckdb.connect(path, read_only=True).sql(query)
        connection = duckdb.connect()
        connection.execute("load postgres")
        quoted = address.replace("'", "''")
        connection.execute(f"attach '{quoted}' as source (type postgres, read_only)")
        connection.execute("use source")
        return connection.sql(query)
    except duckdb.Error as error:
        told = str(error).replace(address, f"{kind}:...")  # a password never reaches a message
        if "extension" in told.lower():
            told += "; install it once with: python -c \"import duckdb; duckdb.sql('install postgres')\""
        raise Unreadable(f"the database cannot be read: {told}") from error


def _sqlite(path: str, query: str) -> Iterable[dict[str, Any]]:
    if not Path(path).exists():
        raise Unreadable(f"the database {path} does not exist")
    try:
        connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        for row in connection.execute(query):
            yield dict(row)
        connection.close()
    except sqlite3.Error as error:
        raise Unreadable(f"the database cannot be read: {error}") from error

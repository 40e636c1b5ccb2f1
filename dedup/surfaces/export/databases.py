"""Tables -> SQLite, DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from dedup.surfaces.export.tables import PRIMARY_KEYS, Chosen, doc_of, flattened, foreign_keys, python_rows


def write_sqlite(file: Path, tables: Sequence[Chosen], say: Callable[[str], None]) -> list[str]:
    import sqlite3
    from contextlib import closing

    names = {table.name for table in tables}
    with closing(sqlite3.connect(file)) as connection, connection:
        for table in tables:
            say(table.name)
            columns = [f'"{field.name}" {_sql_type(field)}' for field in table.fields]
            key = PRIMARY_KEYS.get(table.name)
            if key:
                columns.append(f"PRIMARY KEY ({', '.join(key)})")
            for column, target in foreign_keys(table, names):
                columns.append(f'FOREIGN KEY ("{column}") REFERENCES "{target}"')
            connection.execute(f'CREATE TABLE "{table.name}" ({", ".join(columns)})')
            marks = ", ".join("?" * len(table.fields))
            for batch in table.batches():
                connection.executemany(
                    f'INSERT INTO "{table.name}" VALUES ({marks})',
                    (
                        [value.isoformat() if isinstance(value, date) else value for value in row]
                        for row in python_rows(flattened(batch))
                    ),
                )
        connection.execute("CREATE TABLE columns (table_name TEXT, column_name TEXT, doc TEXT)")
        connection.executemany(
            "INSERT INTO columns VALUES (?, ?, ?)",
            ((table.name, field.name, doc_of(field)) for table in tables for field in table.fields),
        )
    return ["the table `columns` says what each column means; times are ISO 8601 text, lists are JSON text"]


def _sql_type(field: pa.Field) -> str:
    if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(field.type) else "TEXT"


def write_duckdb(file: Path, tables: Sequence[Chosen], say: Callable[[str], None]) -> list[str]:
    import duckdb

    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in tables:
            say(table.name)
            for number, batch in enumerate(table.batches()):
                connection.register("batch", batch)
                head = f'CREATE TABLE "{table.name}" AS' if number == 0 else f'INSERT INTO "{table.name}"'
                connection.execute(f"{head} SELECT * FROM batch")
                connection.unregister("batch")
            for field in table.fields:
                doc = doc_of(field).replace("'", "''")
                connection.execute(f"""COMMENT ON COLUMN "{table.name}"."{field.name}" IS '{doc}'""")
    return ["the comment of each column says what it means"]

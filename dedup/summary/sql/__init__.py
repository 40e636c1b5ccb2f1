"""The tables that are statements of SQL: one file a table, its comments its documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from dedup.config import Config
from dedup.store.disk import Rows, Stored

Source: TypeAlias = Rows | Sequence[Path]
"""An Arrow table, one on the disk, or some Parquet files of one."""


def table(name: str, sources: Mapping[str, Source], config: Config | None = None) -> pa.Table:
    """What the statement ``<name>.sql`` makes of its sources.

    DuckDB streams the files and stays within the memory limit of ``config``; what does not fit waits on the disk.
    """
    import duckdb

    config = config or Config()
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": config.threads,
        "memory_limit": f"{config.memory_limit}GiB",
    }
    with duckdb.connect(config=settings) as database:
        for source, rows in sources.items():
            if isinstance(rows, pa.Table):
                database.register(source, rows)
            else:
                files_of = rows.files if isinstance(rows, Stored) else rows
                database.read_parquet([str(file) for file in files_of]).create_view(source)
        return database.sql(files(__package__).joinpath(f"{name}.sql").read_text("utf-8")).to_arrow_table()

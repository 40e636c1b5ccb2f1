"""Rows that wait on the disk for their turn, and how much of the articles comes in one turn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup.arrays import ranges_of
from dedup.config import Config
from dedup.store import disk


def put_aside(work: Path, name: str, number: int, table: pa.Table, turn: np.ndarray) -> None:
    """Put the rows of a table aside until their ``turn`` (rows,); tables that come with other numbers join them."""
    for place in np.unique(turn).tolist():
        disk.write_part(work, f"{name}-{place}", number, table.filter(pa.array(turn == place)))


def taken_up(work: Path, name: str, turn: int, schema: pa.Schema) -> pa.Table:
    """The rows whose turn it is, as they were put aside; they are not kept."""
    tables = [disk.read_part(file) for file in disk.parts(work, f"{name}-{turn}")]
    disk.remove_files(work, lambda file: file.startswith(f"{name}-{turn}-"))  # what is mapped stays readable
    return pa.concat_tables([schema.empty_table(), *tables])


def in_turns(needed: np.ndarray, config: Config) -> list[range]:
    """All articles, as many in each range as fit into a quarter of the memory limit; one range when there are none.

    ``needed`` (articles,) bytes of each.
    """
    return ranges_of(needed, config.memory_share)

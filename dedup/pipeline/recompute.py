"""A full run beside what many runs made: everything but the articles anew, and its tables compared row by row.

Equality is the law of the store: any order, split, late arrival, version or removal gives the tables of one run over
everything. This holds it to that. Where a row differs the fresh tables become the newest snapshot, so that a fault of
an earlier run or of a version does not stay.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dedup import schemas
from dedup.config import Config
from dedup.pipeline import steps
from dedup.store import disk
from dedup.store.snapshot import Snapshot

TOLD_BY_RUNS = ("cluster_history",)
"""Tables that tell of the runs: they differ with them."""


class Difference(NamedTuple):
    """A table that is not what one run over everything makes."""

    table: str
    newest: int
    """Rows that the newest snapshot alone has."""
    full: int
    """Rows that the full run alone has."""
    first: str
    """The first of these rows: its first columns."""

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.newest:,} rows that the newest snapshot alone has, "
            f"{self.full:,} that a full run alone has; the first is {self.first}"
        )


def recompute(
    out: Path | str,
    config: Config,
    progress: Callable[[str, dict[str, int | float]], None] | None = None,
    finish: Callable[..., object] | None = None,
) -> list[Difference]:
    """Make all tables anew from the kept articles and compare them with the newest snapshot -> what differs.

    ``progress`` and ``finish`` as in ``steps.run``. Without a difference nothing is published and nothing changes.
    """
    with steps.working([], out, config, full=True) as work:
        before = Snapshot.newest(work.parent.parent)
        for step in steps.STEPS:
            counts = steps.perform(work, step, config)
            if progress:
                progress(step.name, counts)
        found = differences(before, Snapshot(work), config)
        if found:
            steps.publish(work, config, finish)
        else:
            steps.abandon(work)
    return found


def differences(newest: Snapshot, full: Snapshot, config: Config) -> list[Difference]:
    """The tables of two snapshots that do not have the same rows, whatever their order."""
    import duckdb

    found = []
    with duckdb.connect(config={"threads": config.threads, "memory_limit": f"{config.memory_limit}GiB"}) as database:
        for name in [name for name in schemas.TABLES if name not in TOLD_BY_RUNS]:
            paths = newest.path(name), full.path(name)
            columns = [disk.table_schema(path).names if path else [] for path in paths]
            if columns[0] != columns[1]:
                found.append(Difference(name, newest.rows(name), full.rows(name), f"of other columns ({columns[0]})"))
                continue
            rows = [f"select * from read_parquet('{_files(path)}')" for path in paths if path is not None]
            if len(rows) < 2:
                continue
            alone = [f"({rows[one]} except all {rows[other]})" for one, other in ((0, 1), (1, 0))]
            counts = [database.sql(f"select count(*) from {query}").fetchall()[0][0] for query in alone]
            if any(counts):
                query = alone[0] if counts[0] else alone[1]
                row = database.sql(f"select * from {query} order by all limit 1").fetchall()[0]
                first = ", ".join(f"{name} {value}" for name, value in zip(columns[0][:3], row, strict=False))
                found.append(Difference(name, counts[0], counts[1], first))
    return found


def _files(path: Path) -> str:
    """A table's file, or those of its folder, as DuckDB names them."""
    return str(path / "*.parquet" if path.is_dir() else path).replace("'", "''")

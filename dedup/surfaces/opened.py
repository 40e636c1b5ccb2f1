"""A snapshot, opened: its tables as lazy DuckDB relations, and the questions that most will ask.

Nothing is read before it is asked for (``.df()`` for pandas, ``.pl()`` for polars, ``.arrow()`` for pyarrow,
``.fetchall()``), and then only the columns and the rows that the question needs.
"""

from __future__ import annotations

import glob
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dedup import schemas
from dedup.constants import CLAIMED
from dedup.store.snapshot import Snapshot

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from dedup.pipeline.steps import RunResult

PRINTED = f"""
SELECT
  *,
  n_words * (1 - share_boilerplate) AS words,
  -- what may be called agency copy without credit: the same rule as in the report
  evidence IN {schemas.FOUND} AND share_found >= {CLAIMED} AND agency IS NOT NULL
    AND credit_status NOT IN {schemas.NAMING} AS is_uncredited
FROM article_provenance WHERE NOT is_wire
"""
"""Articles of outlets."""

UNCREDITED = f"""
SELECT
  article_id, title, outlet, url, published_at, agency, evidence, share_found,
  round(words * share_found)::INTEGER AS words_found, best_source, credit_status
FROM ({PRINTED}) WHERE is_uncredited
ORDER BY words * share_found DESC, article_id
"""

PICKUP = """
SELECT * FROM wire_pickup
WHERE published_at::DATE = COALESCE($day, (SELECT max(published_at)::DATE FROM wire_pickup WHERE n_articles > 0))
ORDER BY n_outlets DESC, n_articles DESC, article_id
"""

COPIED = """
SELECT * FROM copies
WHERE directed AND ($with_agency OR origin NOT IN ('agency', 'suspected'))
ORDER BY n_words DESC, outlet_from, outlet_to, origin
"""

TIMELINE = f"""
SELECT
  published_at::DATE AS day,
  CASE WHEN evidence IN {schemas.FOUND} THEN 'found' ELSE evidence END AS evidence,
  COALESCE(agency, likely_agency) AS agency,
  count(*) AS n_articles,
  round(sum(words * share_found))::BIGINT AS words_found,
  count(*) FILTER (is_uncredited) AS n_uncredited
FROM ({PRINTED})
WHERE date_precision IN ('second', 'minute', 'day')
GROUP BY ALL ORDER BY ALL
"""


class Opened:
    """One snapshot: a table is an attribute, an answer a method; each is a DuckDB relation, read when it is asked.

    It stays the snapshot that was the newest when it was opened, whatever runs publish meanwhile. ``sql`` takes any
    question in SQL, with the tables under their names.
    """

    articles: DuckDBPyRelation
    paragraphs: DuckDBPyRelation
    credits: DuckDBPyRelation
    matches: DuckDBPyRelation
    passages: DuckDBPyRelation
    clusters: DuckDBPyRelation
    provenance: DuckDBPyRelation
    article_provenance: DuckDBPyRelation
    agency_evidence: DuckDBPyRelation
    cluster_evidence: DuckDBPyRelation
    outlets: DuckDBPyRelation
    outlets_by_day: DuckDBPyRelation
    outlet_pairs: DuckDBPyRelation
    outlet_pairs_by_day: DuckDBPyRelation
    copies: DuckDBPyRelation
    wire_pickup: DuckDBPyRelation
    rejects: DuckDBPyRelation
    boilerplate: DuckDBPyRelation
    cluster_history: DuckDBPyRelation

    def __init__(self, snapshot: Path) -> None:
        import duckdb

        self.path = snapshot
        """The folder of the snapshot."""
        self._database = duckdb.connect()
        self._database.execute("SET TimeZone = 'UTC'")
        found = Snapshot(snapshot)
        for name in schemas.TABLES:
            path = found.path(name)
            if path is None:  # the table of a later version
                self._database.register(name, schemas.TABLES[name].empty_table())
                continue
            files = str(path.absolute() / "*.parquet") if path.is_dir() else str(path.absolute())
            escaped = glob.escape(str(path.absolute())) + ("/*.parquet" if path.is_dir() else "")
            self._database.read_parquet(escaped if glob.has_magic(str(path)) else files).create_view(name)

    def __getattr__(self, name: str) -> DuckDBPyRelation:
        if name not in schemas.TABLES:
            raise AttributeError(f"{name!r} is no table; there are {', '.join(schemas.TABLES)}")
        return self._database.view(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *schemas.TABLES]

    def sql(self, query: str, **parameters: Any) -> DuckDBPyRelation:
        """The answer to a question in SQL; ``$name`` in it stands for a parameter."""
        return self._database.sql(query, params=parameters) if parameters else self._database.sql(query)

    def uncredited(self) -> DuckDBPyRelation:
        """Articles with words found to be an agency's that name none in the stored text, most found words first.

        The rule is that of the report: the words stand in a dispatch or in a text that another outlet credits, and make
        up a fifth of the article or more. One that cites an agency in the text is not among them.
        """
        return self.sql(UNCREDITED)

    def pickup(self, day: date | str | None = None) -> DuckDBPyRelation:
        """The dispatches of a UTC day and how far they went, the most carried first.

        ``day``: a date or ``"2025-03-12"``; without it the newest day with a dispatch that somebody carried. Columns
        are those of WIRE_PICKUP.
        """
        return self.sql(PICKUP, day=date.fromisoformat(day) if isinstance(day, str) else day)

    def who_copies_whom(self, without_agency: bool = True) -> DuckDBPyRelation:
        """Which outlet printed later what another had before, most words first; where the order in time is known.

        Columns are those of COPIES. ``without_agency`` leaves out what an agency sent (by a witness or a credit) and
        what reads as if one had: two outlets that print a dispatch have copied nobody but the agency.
        """
        return self.sql(COPIED, with_agency=not without_agency)

    def timeline(self) -> DuckDBPyRelation:
        """Articles of outlets by UTC day, evidence (found, credited, suspected, none) and agency."""
        return self.sql(TIMELINE)

    def close(self) -> None:
        """Let go of the files; relations that are not read yet cannot be read after."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"dedup.open({str(self.path)!r})"


def open(out: str | PathLike[str] | RunResult) -> Opened:
    """Open the newest snapshot of an output folder or address, or the one that a run has made.

    Its tables are attributes (``.articles``, ``.provenance``, ...), lazy DuckDB relations: ``.df()`` gives pandas,
    ``.pl()`` polars, ``.arrow()`` pyarrow. ``uncredited``, ``pickup``, ``who_copies_whom`` and ``timeline`` answer what
    is asked most. Raises an error with the remedy where there is no snapshot.
    """
    if isinstance(out, (str, PathLike)):
        return Opened(Snapshot.newest(fspath(out)).folder.resolve())
    return Opened(out.path.resolve())

"""Words -> the articles whose text or headline holds them: one scan of the paragraphs by DuckDB, nothing to keep."""

from __future__ import annotations

import re
import threading
import unicodedata
from typing import NamedTuple

from dedup.store.snapshot import Snapshot
from dedup.surfaces.report.searchable import LETTERS

LISTED = 50_000
"""Ids that an answer holds at most."""

SECONDS = 20.0
"""The longest that a search may take."""

TERMS = 12
"""Words and phrases of a question that are looked for; the others are left out."""


class Found(NamedTuple):
    """Ids of articles, sorted, and how many there are in all."""

    ids: list[str]
    total: int


def search(snapshot: Snapshot, question: str) -> Found:
    """The articles that hold every word and every "exact phrase", whatever the case, the accents and the quotes."""
    terms = [folded(phrase or word) for phrase, word in re.findall(r'"([^"]+)"|([^\s"]+)', question)][:TERMS]
    if not terms:
        return Found([], 0)
    import duckdb

    files = [_files(snapshot, table) for table in ("paragraphs", "articles")]
    if None in files:
        return Found([], 0)
    with duckdb.connect() as database:
        timer = threading.Timer(SECONDS, database.interrupt)
        timer.start()
        try:
            tests = [f"bool_or(contains(words, ${place}))" for place in range(3, len(terms) + 3)]
            rows = database.execute(_SEARCH.format(tests=" and ".join(tests)), [*files, *terms]).fetchall()
        except duckdb.InterruptException as error:
            raise TimeoutError(f"the search took more than {SECONDS:.0f} seconds and was ended") from error
        finally:
            timer.cancel()
    return Found([row[0] for row in rows[:LISTED]], len(rows))


_FOLDED = (
    "replace(replace(replace(replace(strip_accents(lower(translate({0}, chr(160) || chr(8239), '  '))), "
    "'œ', 'oe'), 'æ', 'ae'), '’', ''''), 'ʼ', '''')"
)

_SEARCH = f"""
with lines as (
  select article_id, {_FOLDED.format("text")} as words from read_parquet($1)
  union all
  select article_id, {_FOLDED.format("title")} from read_parquet($2) where title is not null
)
select article_id from lines group by article_id having {{tests}} order by article_id
"""


def _files(snapshot: Snapshot, table: str) -> str | None:
    path = snapshot.path(table)
    return None if path is None else str(path if path.is_file() else path / "**" / "*.parquet")


def folded(text: str) -> str:
    """A term as the texts are compared: lower case, no accents, ligatures apart, one apostrophe, plain spaces."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign))
    for sign, plain in LETTERS.items():
        bare = bare.replace(sign, plain)
    return bare

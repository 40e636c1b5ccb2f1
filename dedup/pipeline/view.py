"""Which rows of the store the tables show, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import replaced
from dedup.store import disk, holdings, identity


class View(NamedTuple):
    """The articles that the tables show, in the order of their ids, and where they are kept."""

    rows: np.ndarray
    """(articles,) int64, row when the articles parts stand end to end."""
    serials: np.ndarray
    """(articles,) uint64."""
    homes: list[np.ndarray]
    """For each articles part (rows,) int64: the article, -1 when the tables do not show the row."""
    notes: dict[int, dict[str, Any]]
    """Article -> what ``extra`` says besides the input's own columns."""

    @classmethod
    def load(cls, work: Path, notes: dict[int, dict[str, Any]]) -> Self:
        """What ``save_view`` kept."""
        rows, serials, sizes = disk.load_arrays(work, "view", ("rows", "serials", "sizes")).values()
        home = np.full(sizes.sum(), -1, np.int64)
        home[rows] = np.arange(len(rows))
        return cls(rows, serials, np.split(home, np.cumsum(sizes)[:-1]), notes)

    def over(self, articles: np.ndarray) -> View:
        """Some of the articles alone, ``articles`` (some,) int64, sorted."""
        place = np.full(len(self.rows) + 1, -1)  # the last one is asked for by what is not shown
        place[articles] = np.arange(len(articles))
        notes = {int(place[row]): note for row, note in self.notes.items() if place[row] >= 0}
        return View(self.rows[articles], self.serials[articles], [place[home] for home in self.homes], notes)

    def articles(self, parts: list[Path], columns: Sequence[str] | None, some: range | None = None) -> pa.Table:
        """ARTICLES, or a range of them, without their text, from the articles parts."""
        names = list(columns or schemas.ARTICLES.names)
        some = range(len(self.rows)) if some is None else some
        schema = pa.schema([holdings.KEPT.field(name) for name in names])
        tables, places = [schema.empty_table()], [np.zeros(0, np.int64)]
        for file, home in zip(parts, self.homes, strict=True):
            inside = np.flatnonzero((home >= some.start) & (home < some.stop))
            if len(inside):
                tables.append(holdings.read_articles(file, names).take(pa.array(inside)).cast(schema))
                places.append(home[inside])
        articles = pa.concat_tables(tables).take(pa.array(np.argsort(np.concatenate(places)))).combine_chunks()
        notes = {row - some.start: note for row, note in self.notes.items() if row in some}
        if "extra" in names and notes:
            articles = replaced(articles, "extra", identity.with_notes(articles["extra"], notes))
        return articles.replace_schema_metadata(None)


def save_view(work: Path, resolved: identity.Resolved, rows: pa.Table, sizes: list[int]) -> dict[int, dict[str, Any]]:
    """Keep which of ``rows``, all articles parts of these sizes end to end, the tables show -> the notes of a view."""
    place = np.full(len(rows), -1)
    place[resolved.shown] = np.arange(len(resolved.shown))
    serials = rows["serial"].to_numpy()[resolved.shown].astype(np.uint64)
    disk.save_arrays(work, "view", {"rows": resolved.shown, "serials": serials, "sizes": np.array(sizes, np.int64)})
    return {int(place[row]): note for row, note in resolved.notes.items() if place[row] >= 0}

"""Where paragraphs and words of the shown articles are kept, and how they are read in the order of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import holders, readable, run_begins, slices
from dedup.constants import rows_at_once
from dedup.matching import align as aligning
from dedup.pipeline.run import Run
from dedup.pipeline.turns import put_aside, taken_up
from dedup.store import disk
from dedup.text import words

READ_SPANS = rows_at_once(1_024)
"""Spans whose lines are read at once."""

_TAKEN = rows_at_once(64)
"""Rows of a chunk."""

_SPANS = pa.schema([("span", pa.int64()), ("text", pa.string())])
"""Texts that wait for their turn, and the places of their spans among all that were asked for."""


def in_store(run: Run) -> np.ndarray:
    """(articles,) int64, the shown articles in the order of the store; read from no file."""
    return np.concatenate([np.zeros(0, np.int64), *(home[home >= 0] for home in run.view.homes)])


class Layout:
    """Where the paragraphs of the shown articles are kept."""

    def __init__(self, run: Run, scratch: str = "") -> None:
        """``scratch`` begins the names of what is put aside in the work folder: other processes put aside there too."""
        self._work, self._config, self._scratch = run.work, run.config, scratch
        self._files = run.derived_files("paragraphs")
        n = len(run.view.rows)
        self._part, self._first, counts = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.words = np.zeros(n, np.int64)
        """(articles,) int64, words of each article."""
        for number, (file, home) in enumerate(zip(self._files, run.view.homes, strict=True)):
            table = disk.read_table(file, ["row", "n_words"])
            rows, n_words = table["row"].to_numpy(), table["n_words"].to_numpy()
            held = np.bincount(rows, minlength=len(home))
            shown = np.flatnonzero(home >= 0)
            self.words[home[shown]] = np.bincount(rows, weights=n_words, minlength=len(home))[shown]
            self._part[home[shown]] = number
            self._first[home[shown]] = (np.cumsum(held) - held)[shown]
            counts[home[shown]] = held[shown]
        self.starts = np.zeros(n + 1, np.int64)
        """(articles + 1,) int64, first row of each article in PARAGRAPHS."""
        np.cumsum(counts, out=self.starts[1:])
        self.order = in_store(run)
        """(articles,) int64, the articles in the order of the store: those that came together stand together."""
        self.places = np.argsort(self.order)
        """(articles,) int64, place of each article in this order."""
        self._kept: dict[int, tuple[np.ndarray, Path, np.ndarray]] = {}

    def paragraphs(self, articles: np.ndarray, columns: Sequence[str]) -> pa.Table:
        """PARAGRAPHS of some articles, in the order of the articles."""
        return self._rows(_ranges(self.starts[articles], np.diff(self.starts)[articles]), columns)

    def lines(self, rows: np.ndarray) -> pa.ChunkedArray:
        """The text of some rows of PARAGRAPHS, in the order asked for."""
        return self._rows(rows, ["text"])["text"]

    def spans(self, rows: np.ndarray, begins: np.ndarray, ends: np.ndarray, at_once: int) -> Iterator[pa.ChunkedArray]:
        """The text of some spans of lines, given by rows of PARAGRAPHS and code points, ``at_once`` at a time.

        Lines are read in the order of the store, so that each part is read once; the texts wait on the disk for their
        turn. Once nothing when there is none.
        """
        order = np.lexsort((rows, self.places[holders(self.starts, rows)]))
        for number, some in enumerate(order[some] for some in slices(len(order), READ_SPANS)):
            # one copy of each line: an article of one long line may hold thousands of spans
            printed, line = np.unique(rows[some], return_inverse=True)
            lines = self.lines(printed).to_pylist()
            places = zip(line.tolist(), begins[some].tolist(), ends[some].tolist(), strict=True)
            texts = [lines[at][begin:end] for at, begin, end in places]
            put_aside(self._work, "spans", number, pa.table({"span": some, "text": texts}, _SPANS), some // at_once)
            disk.give_back()
        for turn in range(max(1, -(-len(order) // at_once))):
            told = taken_up(self._work, "spans", turn, _SPANS)
            yield told["text"].take(pa.array(np.argsort(told["span"].to_numpy())))

    def _rows(self, rows: np.ndarray, columns: Sequence[str]) -> pa.Table:
        """Some rows of PARAGRAPHS, in the order asked for, whatever parts they are in."""
        article = holders(self.starts, rows)
        part, place = self._part[article], self._first[article] + rows - self.starts[article]
        tables, asked = [pa.schema([schemas.PARAGRAPHS.field(name) for name in columns]).empty_table()], []
        for number in np.unique(part).tolist():
            here = np.flatnonzero(part == number)
            table = disk.read_table(self._files[number], list(columns)).take(pa.array(place[here]))
            tables.append(table.replace_schema_metadata(None))
            asked.append(here)
        table = pa.concat_tables(tables)
        return table if len(asked) < 2 else _taken(table, np.argsort(np.concatenate(asked)))

    def texts(self, articles: np.ndarray) -> aligning.Texts:
        """The words of some articles, given in the order of the store, ready to be aligned."""
        tables, kept = zip(*self._by_part(self._words, articles), strict=True)
        return aligning.texts(pa.concat_tables(tables), self.firsts(articles), np.concatenate(kept), self._config)

    def keep_words(self, articles: np.ndarray) -> None:
        """Cut the lines of some articles, in the order of the store, into words, which wait on the disk for ``texts``.

        For articles whose texts are asked for more than once; ``drop_words`` ends it.
        """

        def keep(some: np.ndarray) -> tuple[np.ndarray, Path, np.ndarray]:
            table, kept = self._words(some)
            return some, disk.write_part(self._work, f"{self._scratch}words", int(self._part[some[0]]), table), kept

        self._kept = {int(self._part[some[0]]): (some, *waits) for some, *waits in self._by_part(keep, articles)}

    def drop_words(self) -> None:
        """Remove what ``keep_words`` kept."""
        self._kept = {}
        disk.remove_files(self._work, lambda name: name.startswith(f"{self._scratch}words-"))

    def _words(self, articles: np.ndarray) -> tuple[pa.Table, np.ndarray]:
        """WORDS of some articles of one part, and which of their paragraphs can be read."""
        waiting = self._kept.get(int(self._part[articles[0]])) if len(articles) else None
        if waiting is None:
            paragraphs = self.paragraphs(articles, ("text", "role", "lang"))
            return words.read_words(paragraphs, self._config), readable(paragraphs)
        among, file, kept = waiting
        place = np.searchsorted(self.places[among], self.places[articles])
        rows = _ranges(self.firsts(among)[place], np.diff(self.starts)[articles])
        begins = run_begins(rows - np.arange(len(rows)))
        table = disk.read_part(file)
        runs = zip(rows[begins].tolist(), np.diff(begins, append=len(rows)).tolist(), strict=True)
        return pa.concat_tables([table.slice(begin, n) for begin, n in runs]), kept[rows]

    def _by_part(self, job: Callable[[np.ndarray], tuple], articles: np.ndarray) -> list[tuple]:
        """What a job makes of the articles of each part, the parts at the same time."""
        parts = np.split(articles, np.flatnonzero(np.diff(self._part[articles])) + 1)
        with ThreadPoolExecutor(self._config.threads) as pool:
            return list(pool.map(job, parts))

    def firsts(self, articles: np.ndarray) -> np.ndarray:
        """(articles + 1,) int64, first paragraph of each of some articles when theirs alone stand end to end."""
        return np.concatenate([[0], np.cumsum(np.diff(self.starts)[articles])])


def _taken(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """Rows of a table, in chunks: a string column in one piece holds 2 GiB at most."""
    wide = pa.schema(
        [field.with_type(pa.large_string()) if field.type == pa.string() else field for field in table.schema]
    )
    widened = table.cast(wide)
    chunks = [
        widened.take(pa.array(rows[start : start + _TAKEN])).cast(table.schema) for start in range(0, len(rows), _TAKEN)
    ]
    return pa.concat_tables(chunks)


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The numbers from each start on, as many as counted, end to end."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))

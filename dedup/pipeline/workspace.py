"""The work folder of a run and the parts of the store that it reads and makes, as the steps see them.

A run keeps a note beside its work folder: what it was given, the state of the store that it is making, its counts.
ALIGNMENTS lie in the folder in parts, so that no step holds all matches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise, starmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import ENDS, find, holders, ranges_of, readable, replaced, run_begins, slices
from dedup.config import Config
from dedup.intake import rows
from dedup.matching import align as aligning
from dedup.matching import lsh
from dedup.store import disk, holdings
from dedup.text import words


def note_file(work: Path) -> Path:
    """Beside the work folder: the folder becomes the snapshot, and publishing may be tried again after that."""
    return work.with_name(work.name + ".run.json")


def note(work: Path, **values: object) -> None:
    """Add to the run's note, or replace what it says."""
    path = note_file(work)
    noted = disk.read_manifest(path) if path.exists() else {}
    disk.write_manifest(path, {**noted, **values}, sync=False)


def noted(work: Path) -> dict:
    """The run's note."""
    return disk.read_manifest(note_file(work))


def part(work: Path, name: str, number: int) -> pa.Table:
    """A part of a working table."""
    return disk.read_part(disk.parts(work, name)[number])


def shown_articles(work: Path, columns: Sequence[str] | None = None, some: range | None = None) -> pa.Table:
    """ARTICLES that the tables show, or a range of them, without their text, sorted by id."""
    names = list(columns or schemas.ARTICLES.names)
    view, home = view_of(work), home_of(work)
    some = range(len(view.rows)) if some is None else some
    parts, places = [], []
    for name, articles in zip(state_of(work).articles, view.homes, strict=True):
        inside = np.flatnonzero((articles >= some.start) & (articles < some.stop))
        if len(inside):
            parts.append(holdings.read_articles(home / name, names).take(pa.array(inside)))
            places.append(articles[inside])
    articles = pa.concat_tables(parts).take(pa.array(np.argsort(np.concatenate(places)))).combine_chunks()
    notes = {row - some.start: note for row, note in view.notes.items() if row in some}
    if "extra" in names and notes:
        articles = replaced(articles, "extra", holdings.with_notes(articles["extra"], notes))
    return articles.replace_schema_metadata(None)


class View(NamedTuple):
    """The articles that the tables show, in the order of their ids, and where they are kept."""

    rows: np.ndarray
    """(articles,) int64, row when the articles parts stand end to end."""
    serials: np.ndarray
    """(articles,) uint64."""
    homes: list[np.ndarray]
    """For each articles part (rows,) int64: the article, -1 when the tables do not show the row."""
    notes: dict[int, dict]
    """Article -> what ``extra`` says besides the input's own columns."""


def write_view(work: Path, resolved: holdings.Resolved, rows: pa.Table, sizes: list[int]) -> None:
    """Keep which of ``rows``, all articles parts of these sizes end to end, the tables show."""
    place = np.full(len(rows), -1)
    place[resolved.shown] = np.arange(len(resolved.shown))
    notes = {str(place[row]): note for row, note in resolved.notes.items() if place[row] >= 0}
    disk.save_array(work / "view-rows.npy", resolved.shown)
    disk.save_array(work / "view-serials.npy", rows["serial"].to_numpy()[resolved.shown].astype(np.uint64))
    disk.save_array(work / "view-sizes.npy", np.array(sizes, np.int64))
    note(work, notes=notes)


def view_of(work: Path) -> View:
    """What ``write_view`` kept."""
    rows, serials, sizes = (
        disk.load_array(work / f"view-{name}.npy", mmap=False) for name in ("rows", "serials", "sizes")
    )
    home = np.full(sizes.sum(), -1, np.int64)
    home[rows] = np.arange(len(rows))
    notes = {int(article): note for article, note in noted(work)["notes"].items()}
    return View(rows, serials, np.split(home, np.cumsum(sizes)[:-1]), notes)


def state_of(work: Path) -> holdings.State:
    """The state that the run is making."""
    return holdings.State.of(noted(work)["state"])


def home_of(work: Path) -> Path:
    """Folder of the store's parts."""
    return holdings.folder(noted(work)["out"])


def articles_part(work: Path, part: str) -> pa.Table:
    """An articles part, with its text."""
    return holdings.read_articles(home_of(work) / part, rows.SCHEMA.names)


def write(path: Path, table: pa.Table, schema: pa.Schema | None = None, random: bool = False) -> int:
    """Write a part of the store -> its bytes."""
    disk.write_table(path, table, schema, random=random)
    return disk.size(path) or 0


def keep(work: Path, name: str, table: pa.Table, random: bool = False) -> None:
    """Write a derived part and add it to the run's state."""
    state = state_of(work)
    derived = {**state.derived, name: write(home_of(work) / name, table, random=random)}
    note(work, state=state._replace(derived=derived)._asdict())


def missing(work: Path, kind: str, config: Config) -> list[tuple[str, str]]:
    """(articles part, file) of the derived parts that are still to be made."""
    state = state_of(work)
    names = [(part, holdings.derived_name(kind, part, config)) for part in state.articles]
    return [(part, name) for part, name in names if name not in state.derived]


def derived_files(work: Path, kind: str, config: Config) -> list[Path]:
    """The files of what was made from each articles part, in their order."""
    home = home_of(work)
    return [home / holdings.derived_name(kind, part, config) for part in state_of(work).articles]


def derived_parts(work: Path, kind: str, config: Config, columns: list[str] | None = None) -> list[pa.Table]:
    """What was made from each articles part, in their order."""
    return [disk.read_table(file, columns) for file in derived_files(work, kind, config)]


def keep_run(work: Path, config: Config, tables: dict[str, Iterator[pa.Table]]) -> None:
    """Keep what this run adds, table by table, to the kinds of parts that belong to runs; many small parts become one.

    The run's state names all of it or nothing, so that a second try after half of it begins from the same parts.
    """
    state, home = state_of(work), home_of(work)
    derived = dict(state.derived)
    for kind, added in tables.items():
        names = run_parts(work, kind, config)
        if len(names) >= MOST_RUN_PARTS:
            added = chain(added, [disk.read_table(home / name) for name in names])
            derived = {name: size for name, size in derived.items() if name not in names}
        name = holdings.derived_name(kind, noted(work)["run_id"], config)
        disk.write_tables(home / name, added, RUN_SCHEMAS[kind])
        derived[name] = disk.size(home / name) or 0
    note(work, state=state._replace(derived=derived)._asdict())


RUN_SCHEMAS = {"matches": schemas.ALIGNMENTS, "pairs": pa.schema([pa.field("pair", pa.uint64(), nullable=False)])}
"""Schemas of the parts that belong to runs."""


MOST_RUN_PARTS = 32
"""Parts of alignments; when there are as many they become one."""


def run_tables(work: Path, kind: str, config: Config) -> list[pa.Table]:
    """What the runs kept of a kind."""
    home = home_of(work)
    return [disk.read_table(home / name) for name in run_parts(work, kind, config)]


def run_parts(work: Path, kind: str, config: Config) -> list[str]:
    """The parts of a kind that belong to runs."""
    end = f"-{holdings.shape(kind, config)}.parquet"
    return sorted(name for name in state_of(work).derived if name.startswith(f"{kind}-") and name.endswith(end))


def in_use(state: holdings.State, config: Config) -> holdings.State:
    """The state without derived parts of articles parts that were merged, and of other settings."""
    made = {
        holdings.derived_name(kind, part, config)
        for kind in ("paragraphs", "credits", "status", "bands")
        for part in state.articles
    }
    ends = tuple(f"-{holdings.shape(kind, config)}.parquet" for kind in ("pairs", "matches"))
    return state._replace(
        derived={
            name: size
            for name, size in state.derived.items()
            if name in made or (name.startswith(("pairs-", "matches-")) and name.endswith(ends))
        }
    )


class Layout:
    """Where the paragraphs of the shown articles are kept."""

    def __init__(self, work: Path, config: Config) -> None:
        self._work, self._view, self._config = work, view_of(work), config
        self._files = derived_files(work, "paragraphs", config)
        n = len(self._view.rows)
        self._part, self._first, counts = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.words = np.zeros(n, np.int64)
        """(articles,) int64, words of each article."""
        for number, (file, home) in enumerate(zip(self._files, self._view.homes, strict=True)):
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
        self.order = np.lexsort((self._first, self._part))
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
        for number, some in enumerate(order[some] for some in slices(len(order), _READ)):
            # one copy of each line: an article of one long line may hold thousands of spans
            printed, line = np.unique(rows[some], return_inverse=True)
            lines = self.lines(printed).to_pylist()
            places = zip(line.tolist(), begins[some].tolist(), ends[some].tolist(), strict=True)
            texts = [lines[at][begin:end] for at, begin, end in places]
            _deal_out(self._work, "spans", number, pa.table({"span": some, "text": texts}, _SPANS), some // at_once)
            disk.give_back()
        for turn in range(max(1, -(-len(order) // at_once))):
            told = _dealt(self._work, "spans", turn, _SPANS)
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
            return some, disk.write_part(self._work, "words", int(self._part[some[0]]), table), kept

        self._kept = {int(self._part[some[0]]): (some, *waits) for some, *waits in self._by_part(keep, articles)}

    def drop_words(self) -> None:
        """Remove what ``keep_words`` kept."""
        self._kept = {}
        disk.remove_files(self._work, lambda name: name.startswith("words-"))

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
        with ThreadPoolExecutor(self._config.workers or os.cpu_count()) as pool:
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


_TAKEN = 500_000
"""Rows of a chunk."""

_READ = 1 << 15
"""Spans whose lines are read at once."""

_SPANS = pa.schema([("span", pa.int64()), ("text", pa.string())])
"""Texts that wait for their turn, and the places of their spans among all that were asked for."""


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The numbers from each start on, as many as counted, end to end."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def band_column(number: int) -> str:
    """Name of a band's column in the parts that hold keys."""
    return f"band_{number:04d}"


def band_reader(work: Path, config: Config) -> tuple[Callable[[int], np.ndarray], lsh.Windows, int]:
    """A reader of the windows' keys by band, whose they are, and in how many parts a band keeps to the memory limit."""
    files, owners, n_windows = derived_files(work, "bands", config), [np.zeros(0, np.int64)], [0]
    starts = [np.zeros(0, np.int64)]
    for file, home in zip(files, view_of(work).homes, strict=True):
        windows = lsh.Windows.of(disk.read_table(file, ["member"])["member"].to_numpy())
        starts.append(windows.starts[:-1] + n_windows[-1])
        owners.append(home[windows.owners])
        n_windows.append(n_windows[-1] + int(windows.starts[-1]))
    threads = config.workers or os.cpu_count() or 1
    parts = 1
    while n_windows[-1] * threads * WINDOW_BYTES > parts * room(config) or 1 < parts < threads:
        parts *= 2

    def read_band(band: int) -> np.ndarray:
        keys = np.empty(n_windows[-1], np.uint32)
        for file, (begin, end) in zip(files, pairwise(n_windows), strict=True):
            keys[begin:end] = disk.read_table(file, [band_column(band)])[0].to_numpy()
        return keys

    return read_band, lsh.Windows(np.concatenate([*starts, n_windows[-1:]]), np.concatenate(owners)), parts


WINDOW_BYTES = 16
"""Memory that joining takes for a window on a thread: its key, dealt out with its article, and buckets and pairs."""


class Matches:
    """ALIGNMENTS in the work folder: a part for each of some consecutive ranges of left articles, sorted by place.

    Matches are numbered over all parts; the rewrites stand apart, in parts of their own. Once passages are found, each
    match has the two of its sides as further columns (ENDS).
    """

    def __init__(self, work: Path) -> None:
        bounds = disk.load_array(work / "ranges.npy", mmap=False).tolist()
        self._ranges = list(starmap(range, pairwise(bounds)))
        self._work = work
        self._files, self._rewrites, self._ends = (
            disk.parts(work, name) for name in ("alignments", "rewrites", "ends")
        )
        self._firsts = np.cumsum([0, *(disk.read_part(file).num_rows for file in self._files)]).tolist()
        self.n = self._firsts[-1]

    def parts(self, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table]]:
        """The number of each part's first match, and some columns of the part."""
        return ((first, self._read(number, columns)) for number, first in enumerate(self._firsts[:-1]))

    def with_rewrites(self, columns: Sequence[str]) -> Iterator[tuple[int, pa.Table, pa.Table]]:
        """The same with the rewrites of the same left articles."""
        parts = zip(self.parts(columns), self._rewrites, strict=True)
        return ((*part, disk.read_part(file)) for part, file in parts)

    def keep_ends(self, ends: np.ndarray) -> None:
        """Keep the passages of both sides of all matches, (2, matches) uint32, as ENDS."""
        self._ends = [
            disk.write_part(self._work, "ends", number, pa.table(dict(zip(ENDS, ends[:, first:last], strict=True))))
            for number, (first, last) in enumerate(pairwise(self._firsts))
        ]

    def _read(self, number: int, columns: Sequence[str]) -> pa.Table:
        """Some columns of a part, of ALIGNMENTS and ENDS."""
        if not set(columns) & set(ENDS):
            return disk.read_part(self._files[number], columns)
        table = disk.read_part(self._files[number], [name for name in columns if name not in ENDS])
        ends = disk.read_part(self._ends[number])
        for name in ENDS:
            table = table.append_column(name, ends[name])
        return table.select(list(columns))

    def column(self, name: str) -> np.ndarray:
        """(matches,) one column."""
        return np.concatenate([table[0].to_numpy(zero_copy_only=False) for _, table in self.parts([name])])

    def by_article(self, columns: Sequence[str]) -> Iterator[tuple[range, np.ndarray, pa.Table]]:
        """Ranges of articles with the matches that have a side in it: their numbers, and some of their columns."""
        sides, reach = np.zeros(self._ranges[-1].stop, np.int64), []
        for _, table in self.parts(["left", "right"]):
            left, right = table["left"].to_numpy(), table["right"].to_numpy()
            sides += np.bincount(left, minlength=len(sides)) + np.bincount(right, minlength=len(sides))
            reach.append(int(right.max(initial=0)))
        for part, of_part in enumerate(self._ranges):
            for some in ranges_of(sides[of_part.start : of_part.stop], SIDES, of_part.start):
                # left is the smaller: no part behind this one has a side here, nor one whose rights end before
                near = [number for number in range(part + 1) if number == part or reach[number] >= some.start]
                yield some, *self._beside(some, near, columns)
                disk.give_back()

    def _beside(self, some: range, parts: list[int], columns: Sequence[str]) -> tuple[np.ndarray, pa.Table]:
        numbers, tables = [], []
        for part in parts:
            table = self._read(part, columns)
            left, right = (table[side].to_numpy() for side in ("left", "right"))
            inside = np.flatnonzero(
                ((left >= some.start) & (left < some.stop)) | ((right >= some.start) & (right < some.stop))
            )
            numbers.append(self._firsts[part] + inside)
            tables.append(table.take(pa.array(inside)))
        return np.concatenate(numbers), pa.concat_tables(tables)


def deal_out_matches(
    work: Path, keys: np.ndarray, degree: np.ndarray, view: View, layout: Layout, config: Config
) -> int:
    """Write the store's ALIGNMENTS of the candidate pairs as ``Matches`` reads them -> how many there are.

    ``keys`` are the pairs' keys, sorted; ``degree`` (articles,) how many pairs each article has, by which their matches
    are estimated.
    """
    home = home_of(work)
    files = [home / name for name in run_parts(work, "matches", config)]
    stored = sum(map(disk.count_rows, files))
    sides = degree * (2 * stored / max(int(degree.sum()), 1))
    ranges = in_turns(sides * SIDE_BYTES + layout.words * MARK_BYTES, config)
    disk.save_array(work / "ranges.npy", np.array([0, *(some.stop for some in ranges)]))
    ends = np.array([some.stop for some in ranges])
    rows, starts = np.zeros((2, int(view.serials.max(initial=0)) + 1), np.int64)
    rows[view.serials], starts[view.serials] = np.arange(len(view.serials)), layout.starts[:-1]
    for number, batch in enumerate(batch for file in files for batch in disk.iter_batches(file, DEALT_ROWS)):
        kept = pa.Table.from_batches([batch])
        kept = kept.filter(pa.array(find(keys, pair_keys(kept["left"], kept["right"])) >= 0))
        shown = renumbered(kept, rows, starts).cast(schemas.ALIGNMENTS).combine_chunks()
        _deal_out(work, "dealt", number, shown, np.searchsorted(ends, shown["left"].to_numpy(), "right"))
    n = 0
    for place in range(len(ranges)):
        every = _dealt(work, "dealt", place, schemas.ALIGNMENTS).combine_chunks()
        every = every.take(pa.array(np.lexsort([every[name].to_numpy() for name in PLACE])))
        disk.write_part(work, "alignments", place, every.filter(pc.invert(every["rewrite"])).combine_chunks())
        disk.write_part(work, "rewrites", place, every.filter(every["rewrite"]).combine_chunks())
        n += every.num_rows
    return n


def _deal_out(work: Path, name: str, number: int, table: pa.Table, turn: np.ndarray) -> None:
    """Put the rows of a table aside until their ``turn`` (rows,); tables that come with other numbers join them."""
    for place in np.unique(turn).tolist():
        disk.write_part(work, f"{name}-{place}", number, table.filter(pa.array(turn == place)))


def _dealt(work: Path, name: str, turn: int, schema: pa.Schema) -> pa.Table:
    """The rows whose turn it is, as they were dealt out; they are not kept."""
    tables = [disk.read_part(file) for file in disk.parts(work, f"{name}-{turn}")]
    disk.remove_files(work, lambda file: file.startswith(f"{name}-{turn}-"))  # what is mapped stays readable
    return pa.concat_tables([schema.empty_table(), *tables])


def renumbered(alignments: pa.Table, articles: np.ndarray, shift: np.ndarray) -> pa.Table:
    """ALIGNMENTS with other numbers: ``articles[left]`` for left, paragraphs moved by ``shift[left]``."""
    for side in ("left", "right"):
        rows = alignments[side].to_numpy().astype(np.int64)
        moved = alignments[f"{side}_paragraph"].to_numpy().astype(np.int64) + shift[rows]
        for name, values in ((side, articles[rows]), (f"{side}_paragraph", moved)):
            alignments = replaced(alignments, name, pa.array(values.astype(np.uint32)))
    return alignments


def pair_keys(one: np.ndarray | pa.ChunkedArray, other: np.ndarray | pa.ChunkedArray) -> np.ndarray:
    """(pairs,) uint64 from the numbers of two articles, the smaller above."""
    one, other = np.asarray(one), np.asarray(other)
    keys = np.minimum(one, other).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.maximum(one, other).astype(np.uint64, copy=False)
    return keys


SIDES = 1 << 20
"""Sides of matches that are gone through at once by article, unless an article has more."""

DEALT_ROWS = 1 << 20
"""Matches that are dealt out at once."""


SIDE_BYTES, MARK_BYTES = 400, 16
"""Memory that a side of a match and a word of an article take while shares are counted."""


PLACE = ("right_begin_word", "right_paragraph", "left_begin_word", "left_paragraph", "right", "left")
"""Columns by which ALIGNMENTS are sorted, the last one first."""


def in_turns(needed: np.ndarray, config: Config) -> list[range]:
    """All articles, as many in each range as a quarter of the memory limit has room for; one range when there are none.

    ``needed`` (articles,) bytes of each.
    """
    return ranges_of(needed, room(config))


def room(config: Config) -> int:
    """Bytes in a quarter of the memory limit."""
    return max(1, int(config.memory_limit * 2**30 / 4))

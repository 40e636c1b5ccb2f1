"""Inputs -> parts of ARTICLES in the store: the first step of a run, which finds what is new."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import replaced
from dedup.config import Config
from dedup.intake import files, ingest
from dedup.intake.rows import read_again
from dedup.pipeline import removal
from dedup.pipeline.run import Run, write
from dedup.pipeline.view import save_view
from dedup.store import disk, holdings, identity, shapes
from dedup.store.snapshot import Snapshot

log = logging.getLogger("dedup")


class NoUsableArticle(Exception):
    """A run whose inputs hold not one article that can be read."""


def paths(inputs: str | os.PathLike | Iterable[str | os.PathLike]) -> list[str]:
    """What a run was given to read, one path or several, as texts; anything else is a TypeError."""
    if isinstance(inputs, str | os.PathLike):
        inputs = [inputs]
    elif isinstance(inputs, bytes | Mapping) or not isinstance(inputs, Iterable):
        raise TypeError(f"{_EXPECTED}, got {type(inputs).__name__}")
    found = []
    for number, given in enumerate(inputs):
        if not isinstance(given, str | os.PathLike) or not isinstance(os.fspath(given), str):
            raise TypeError(f"{_EXPECTED}, got {type(given).__name__} as number {number} of the list")
        found.append(os.fspath(given))
    return found


_EXPECTED = "inputs: expected a path or a list of paths (files, folders or globs)"

PART_ARTICLES = 5_000
"""Articles of a part: what is in memory at once is a few parts."""


def read(run: Run) -> dict[str, int]:
    """Inputs -> parts of ARTICLES with what is new, and which rows of all parts the tables show."""
    home, work, config = run.home, run.work, run.config
    state = holdings.check_articles(run.out, holdings.load(run.out))
    state = removal.without(_read_again(state, home, run.run_id, config), home, run.run_id, run.remove)
    known = identity.Known([holdings.read_articles(home / name, ["key"])["key"].to_numpy() for name in state.articles])
    seen = _Reading(run.inputs, config, known, state.removed)
    articles, serials = dict(state.articles), state.serials
    for rows in _parts_of(seen.new_rows()):
        name = f"articles-{run.run_id}-{len(articles):06d}.parquet"
        rows = _with_seen(rows, run)
        articles[name] = write(home / name, holdings.numbered(rows, serials), holdings.KEPT)
        serials += rows.num_rows
    state = state._replace(articles=articles, serials=serials)
    if not seen.articles and (seen.rejects.num_rows or not state.articles):
        reasons = "; ".join(sorted(set(seen.rejects["reason"].to_pylist()))[:3])
        raise NoUsableArticle(
            f"no usable article in {', '.join(run.inputs)}"
            + (f" ({seen.rejects.num_rows} rejects: {reasons})" if reasons else ": no file of a known kind")
        )
    visited = pa.array(sorted({*files.visited(run.inputs), *seen.rejects["file"].to_pylist()}), pa.string())
    state = _with_rejects(state, home, run.run_id, visited, seen.rejects)
    state = _merged(state, home, run.run_id)
    state = state._replace(articles=dict(sorted(state.articles.items())))  # the order in which a note gives them back
    parts = [holdings.read_articles(home / name, list(identity.IDENTITY)) for name in state.articles]
    sizes, rows = [part.num_rows for part in parts], pa.concat_tables(parts).combine_chunks()
    del parts
    resolved = identity.resolve(rows, _texts_of([home / name for name in state.articles], sizes))
    run.notes = save_view(work, resolved, rows, sizes)
    kept = [] if state.rejects is None else [disk.read_table(home / state.rejects)]
    rejects = _distinct_rejects(pa.concat_tables([*kept, resolved.rejects]))
    disk.write_table(work / "rejects.parquet", rejects, schemas.TABLES["rejects"])
    run.files, run.digest = seen.files, shapes.result_digest(state.serials, rejects, config, state.removed)
    whole = _newest_whole(run.out)
    run.newest = None if whole is None else whole.name
    run.idle = not run.full and whole is not None and whole.manifest.get("state") == run.digest
    if run.full:
        state = state._replace(derived={})
    run.state = state if run.idle else holdings.check_derived(run.out, state)
    return {
        "articles": len(resolved.shown),
        "rejects": pc.sum(pc.is_in(rejects["file"], value_set=visited)).as_py() or 0,
        "new_articles": seen.new,
        "known_articles": seen.articles - seen.new,
        "older_versions": resolved.older,
        "same_text": resolved.same_text,
    }


def _read_again(state: holdings.State, home: Path, run_id: str, config: Config) -> holdings.State:
    """The state with its articles as the settings and the code of today read them."""
    reading = shapes.shape("articles", config)
    if not state.articles or state.reading == reading:
        return state._replace(reading=reading)
    articles, refused = {}, []
    for number, name in enumerate(state.articles):
        before = holdings.read_articles(home / name)
        rows, rejects = read_again(before, config)
        rows = replaced(identity.with_keys(rows), "seen_at", before["seen_at"])
        rows = rows.append_column("serial", before["serial"])
        name = f"articles-{run_id}-again{number:05d}.parquet"
        articles[name] = write(home / name, rows, holdings.KEPT)
        refused.append(rejects)
    if state.rejects is not None:  # faults of kept articles are reported anew, the others stay
        rejects = disk.read_table(home / state.rejects)
        refused.append(rejects.filter(pc.invert(rejects["kept"])))
    name = f"rejects-{run_id}-again.parquet"
    write(home / name, _distinct_rejects(pa.concat_tables(refused)), schemas.REJECTS)
    return state._replace(articles=articles, rejects=name, reading=reading)


def _with_seen(rows: pa.Table, run: Run) -> pa.Table:
    """New rows with the time of the run where they have no day, if the settings ask for it."""
    if run.config.compare_undated != "seen":
        return rows
    dated = pc.is_in(rows["date_precision"], pa.array(["second", "minute", "day"]))
    now = pa.scalar(datetime.fromisoformat(run.started_at), rows.schema.field("seen_at").type)
    return replaced(rows, "seen_at", pc.if_else(dated, pa.scalar(None, now.type), now))


def _texts_of(parts: list[Path], sizes: list[int]) -> identity.Texts:
    """Gives the texts of some rows of all parts, in their order."""
    ends = np.cumsum(sizes)

    def texts(rows: list[int]) -> list[str]:
        found: dict[int, str] = {}
        owners = np.searchsorted(ends, rows, side="right").tolist()
        for part in set(owners):
            mine = [row for row, owner in zip(rows, owners, strict=True) if owner == part]
            column = holdings.read_articles(parts[part], ["text"])["text"]
            start = int(ends[part]) - sizes[part]
            found.update((row, column[row - start].as_py()) for row in mine)
        return [found[row] for row in rows]

    return texts


class _Reading:
    """The inputs as they are read: what is new, and what was refused."""

    def __init__(self, inputs: list[str], config: Config, known: identity.Known, removed: dict[str, str]) -> None:
        self.articles = self.new = 0
        self._inputs, self._config, self._known, self._removed = inputs, config, known, removed
        self._refused = [schemas.REJECTS.empty_table()]
        self._kinds: Counter[tuple[str, str | None]] = Counter()

    def new_rows(self) -> Iterator[pa.Table]:
        """The rows that the store does not have, as they come."""
        for articles, refused in ingest.read(self._inputs, self._config, PART_ARTICLES, self._kinds):
            articles, gone = removal.refused(articles, self._removed)
            self._refused += [refused, gone]
            self.articles += articles.num_rows
            articles = identity.with_keys(articles)
            fresh = self._known.new(articles["key"].to_numpy())
            self.new += int(fresh.sum())
            if fresh.any():
                yield articles.filter(pa.array(fresh))

    @property
    def files(self) -> list[dict[str, str | int | None]]:
        """The files that were read, by kind and encoding, for the manifest."""
        kinds = sorted(self._kinds.items(), key=lambda item: (item[0][0], item[0][1] or ""))
        return [{"kind": kind, "encoding": encoding, "files": count} for (kind, encoding), count in kinds]

    @property
    def rejects(self) -> pa.Table:
        return pa.concat_tables(self._refused)


def _parts_of(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of about PART_ARTICLES, no article_id twice in one: its rows are identified by id."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        full = sum(part.num_rows for part in waiting) >= PART_ARTICLES
        if full or sum(part.nbytes for part in waiting) >= 2 * ingest.BATCH_CHARACTERS:
            yield from _without_repeats(pa.concat_tables(waiting))
            waiting = []
    if waiting:
        yield from _without_repeats(pa.concat_tables(waiting))


def _without_repeats(rows: pa.Table) -> Iterator[pa.Table]:
    seen: dict[str, int] = {}
    turn = np.zeros(rows.num_rows, np.int64)
    for row, article_id in enumerate(rows["article_id"].to_pylist()):
        turn[row] = seen[article_id] = seen.get(article_id, -1) + 1
    for number in range(int(turn.max(initial=0)) + 1):
        yield rows.filter(pa.array(turn == number)).combine_chunks()


def _with_rejects(state: holdings.State, home: Path, run_id: str, visited: pa.Array, found: pa.Table) -> holdings.State:
    """The state with the rejects of this reading: a file that is read again answers for itself anew."""
    before = schemas.REJECTS.empty_table() if state.rejects is None else disk.read_table(home / state.rejects)
    kept = before.filter(pc.invert(pc.is_in(before["file"], value_set=visited)))
    rejects = _distinct_rejects(pa.concat_tables([kept, found]))
    if rejects.equals(before):
        return state
    name = f"rejects-{run_id}.parquet"
    write(home / name, rejects, schemas.REJECTS)
    return state._replace(rejects=name)


def _distinct_rejects(rejects: pa.Table) -> pa.Table:
    rows = rejects.group_by(rejects.column_names).aggregate([]).select(rejects.column_names)
    return rows.sort_by([(name, "ascending") for name in rows.column_names]).cast(schemas.REJECTS).combine_chunks()


def _merged(state: holdings.State, home: Path, run_id: str) -> holdings.State:
    """The state with its small articles parts put together when they are many; what is made from them comes anew."""
    rows = {name: disk.count_rows(home / name) for name in state.articles}
    small = [name for name, count in rows.items() if 2 * count < PART_ARTICLES]
    if len(small) <= holdings.MOST_SMALL_PARTS:
        return state
    articles = {name: size for name, size in state.articles.items() if name not in small}
    for number, part in enumerate(_parts_of(holdings.read_articles(home / name) for name in small)):
        name = f"articles-{run_id}-m{number:05d}.parquet"
        articles[name] = write(home / name, part, holdings.KEPT)
    return state._replace(articles=articles)


def _newest_whole(out: Path) -> Snapshot | None:
    """The newest snapshot; None when there is none, or it is damaged."""
    try:
        newest = Snapshot.newest(out)
        faults = newest.faults()
        for path, what in faults.items():
            log.warning("%s %s: the snapshot is made anew", newest.folder / path, what)
        return None if faults else newest
    except disk.NewerFormat:
        raise
    except disk.StorageError:
        return None

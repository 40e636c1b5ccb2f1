"""One run: what it was given, the state of the store that it is making, what it counted.

It is kept in a note beside the work folder, and opened from there once a step: a step that is tried again, in this
process or another, goes on from what the note says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.config import Config
from dedup.intake import rows
from dedup.pipeline.touched import LINKS, SHOWN, Affected, Touched
from dedup.pipeline.traces import EDGES, JOINED, TRACED
from dedup.pipeline.view import View
from dedup.store import disk, holdings, shapes
from dedup.store.snapshot import Snapshot

MOST_RUN_PARTS = 32
"""Parts of alignments; when there are as many they become one."""

_PAIR = pa.schema([pa.field("pair", pa.uint64(), nullable=False)])

RUN_SCHEMAS = {
    "matches": schemas.ALIGNMENTS,
    "pairs": _PAIR,
    "shown": SHOWN,
    "links": LINKS,
    "traced": TRACED,
    "joined": JOINED,
    "edges": EDGES,
}
"""Schemas of the parts that belong to runs. Of ``matches`` and ``pairs`` each run adds a part; the others are what the
last run showed, paired and traced."""

OF_PARTS = ("paragraphs", "credits", "status", "hashes", "lines")
"""Kinds of parts of which one is made from each articles part."""


Made = dict[str, int]
"""Files that a unit of work wrote, and their bytes."""

Unit = Callable[["Run", Any], Any]
"""A unit of work: a run as its note has it, and an item (names of files that never change) -> what was made of it.

It writes files of its own and changes nothing of the run, so that any process that sees the folder can do it, and
twice.
"""

Engine = Callable[[Unit, "Run", Iterable[Any]], Iterator[Any]]
"""Who does units of work: a unit, the run and the items -> what was made of each, in their order."""


def in_turn(unit: Unit, run: Run, items: Iterable[Any]) -> Iterator[Any]:
    """The engine of one machine: one item after another, since a unit's kernels take every core already."""
    return (unit(run, item) for item in items)


def note_file(work: Path) -> Path:
    """Beside the work folder: the folder becomes the snapshot, and publishing may be tried again after that."""
    return work.with_name(work.name + ".run.json")


@dataclass
class Run:
    """A run at work. What a step changes counts for the next once it is saved."""

    work: Path
    """The work folder, which becomes the snapshot."""
    config: Config
    run_id: str
    out: Path
    inputs: list[str]
    """Files, folders and globs, as they were given."""
    started_at: str
    remove: list[str] = field(default_factory=list)
    """Ids of articles that this run takes down."""
    full: bool = False
    """Whether all but the articles is made anew, as if nothing had been kept."""
    state: holdings.State = holdings.EMPTY
    """What the store will hold when the run is published."""
    notes: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Article -> what ``extra`` says besides the input's own columns."""
    files: list[dict[str, Any]] = field(default_factory=list)
    """Files of the inputs, counted by kind and encoding."""
    digest: str | None = None
    """Digest of what the tables are a function of; None before the first step."""
    newest: str | None = None
    """The newest snapshot; None when there is none that is whole."""
    idle: bool = False
    """Whether the newest snapshot is what the run would make again."""
    reopened: dict[str, int] = field(default_factory=dict)
    """Settled day -> its articles that came, changed or went with this run."""
    counts: dict[str, int | float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds of each step that is done."""
    engine: Engine | None = None
    """Who does the units of work; None: this process. Not noted."""

    @classmethod
    def open(cls, work: Path, config: Config, engine: Engine | None = None) -> Self:
        """The run of a work folder, as its note has it."""
        noted = disk.read_manifest(note_file(work))
        known = {item.name: noted[item.name] for item in fields(cls) if item.name in noted}
        known |= {"out": Path(noted["out"]), "state": holdings.State.of(noted["state"])}
        known["notes"] = {int(article): note for article, note in noted["notes"].items()}
        return cls(work=work, config=config, engine=engine, **known)

    def save(self) -> None:
        """Write the note anew."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        del values["work"], values["config"], values["engine"]
        disk.write_manifest(note_file(self.work), {**values, "state": self.state._asdict()}, sync=False)

    @property
    def home(self) -> Path:
        """Folder of the store's parts."""
        return holdings.folder(self.out)

    @property
    def before(self) -> Snapshot | None:
        """The newest snapshot, whose files the next one may share."""
        return Snapshot(self.out / "snapshots" / self.newest) if self.newest else None

    @cached_property
    def view(self) -> View:
        """The articles that the tables show; known after the first step."""
        return View.load(self.work, self.notes)

    @property
    def touched(self) -> Touched:
        """What the run changes against the last published one; known after the step ``join``."""
        return Touched.load(self.work)

    @property
    def affected(self) -> Affected:
        """Whose rows the run makes anew; known after the step ``trace``."""
        return Affected.load(self.work)

    def over(self, articles: np.ndarray) -> Run:
        """The run as if the tables showed some articles alone, ``articles`` (some,) int64 rows of the view, sorted."""
        some = replace(self)
        some.view = self.view.over(articles)
        return some

    def shown(self, columns: list[str] | tuple[str, ...] | None = None, some: range | None = None) -> pa.Table:
        """ARTICLES that the tables show, or a range of them, without their text, sorted by id."""
        return self.view.articles([self.home / name for name in self.state.articles], columns, some)

    def part(self, name: str, number: int = 0) -> pa.Table:
        """A part of a working table."""
        return disk.read_part(disk.parts(self.work, name)[number])

    def articles_part(self, part: str) -> pa.Table:
        """An articles part of the store, with its text."""
        return holdings.read_articles(self.home / part, rows.SCHEMA.names)

    # derived parts, one made from each articles part

    def derived_file(self, kind: str, part: str) -> Path:
        """The file of what is made from an articles part."""
        return self.home / holdings.derived_name(kind, part, self.config)

    def derived_files(self, kind: str) -> list[Path]:
        """The files of what is made from each articles part, in their order."""
        return [self.derived_file(kind, part) for part in self.state.articles]

    def derived(self, kind: str, columns: list[str] | None = None) -> list[pa.Table]:
        """What was made from each articles part, in their order."""
        return [disk.read_table(file, columns) for file in self.derived_files(kind)]

    def missing(self, kind: str) -> list[str]:
        """The articles parts of which a derived part is still to be made."""
        return [part for part in self.state.articles if self.derived_file(kind, part).name not in self.state.derived]

    def write(self, kind: str, part: str, table: pa.Table, random: bool = False) -> Made:
        """Write what was made from an articles part -> its name and bytes. What a worker calls: the state waits."""
        file = self.derived_file(kind, part)
        return {file.name: write(file, table, random=random)}

    def make(self, unit: Unit, items: Iterable[Any]) -> None:
        """Have a unit of work done for each item, and add what was made to the state as it comes."""
        for made in self.each(unit, items):
            self._with_derived({**self.state.derived, **made})

    def each(self, unit: Unit, items: Iterable[Any]) -> Iterator[Any]:
        """What a unit of work makes of each item, in their order: here, or wherever the run's engine has it done."""
        return (self.engine or in_turn)(unit, self, items)

    # parts that belong to runs

    def run_parts(self, kind: str) -> list[str]:
        """The parts of a kind that belong to runs."""
        end = f"-{shapes.shape(kind, self.config)}.parquet"
        return sorted(name for name in self.state.derived if name.startswith(f"{kind}-") and name.endswith(end))

    def run_tables(self, kind: str) -> list[pa.Table]:
        """What the runs kept of a kind."""
        return [disk.read_table(self.home / name) for name in self.run_parts(kind)]

    def keep_run(self, tables: dict[str, Iterator[pa.Table]]) -> None:
        """Keep what this run adds, table by table, to the kinds that belong to runs; many small parts become one.

        The state names all of it or nothing, so that a second try after half of it begins from the same parts.
        """
        derived = dict(self.state.derived)
        for kind, added in tables.items():
            names = self.run_parts(kind)
            if len(names) >= MOST_RUN_PARTS:
                added = chain(added, [disk.read_table(self.home / name) for name in names])
                derived = {name: size for name, size in derived.items() if name not in names}
            name = holdings.derived_name(kind, self.run_id, self.config)
            disk.write_tables(self.home / name, added, RUN_SCHEMAS[kind])
            derived[name] = disk.size(self.home / name) or 0
        self._with_derived(derived)

    def replace_run(self, tables: dict[str, pa.Table]) -> None:
        """Keep what only the last run's part counts of, table by table."""
        derived = dict(self.state.derived)
        for kind, table in tables.items():
            derived = {name: size for name, size in derived.items() if not name.startswith(f"{kind}-")}
            name = holdings.derived_name(kind, self.run_id, self.config)
            derived[name] = write(self.home / name, table, RUN_SCHEMAS[kind])
        self._with_derived(derived)

    def state_in_use(self) -> holdings.State:
        """The state without derived parts of articles parts that were merged, and of other settings."""
        made = {file.name for kind in OF_PARTS for file in self.derived_files(kind)}
        made |= {name for kind in RUN_SCHEMAS for name in self.run_parts(kind)}
        return self.state._replace(derived={name: size for name, size in self.state.derived.items() if name in made})

    def _with_derived(self, derived: dict[str, int]) -> None:
        self.state = self.state._replace(derived=derived)
        self.save()


def write(path: Path, table: pa.Table, schema: pa.Schema | None = None, random: bool = False) -> int:
    """Write a part of the store -> its bytes."""
    disk.write_table(path, table, schema, random=random)
    return disk.size(path) or 0

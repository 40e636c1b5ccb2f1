"""OUT/store: what a run keeps for the next one, in parts that never change, and one manifest that names them.

Layout::

    OUT/store/manifest.json                        names the parts of the current state; replaced in one step
    OUT/store/articles-<run>-<n>.parquet           rows with their text and as they were given: cannot be made anew
    OUT/store/<kind>-<part>-<shape>.parquet        what is made from one articles part: paragraphs, credits ...
    OUT/store/{pairs,matches}-<run>-<shape>.parquet    pairs of articles aligned in one run, and their alignments
    OUT/store/{shown,links}-<run>-<shape>.parquet  what the last run showed, and its candidate pairs
    OUT/store/rejects-<run>.parquet                what was refused, as of the last reading of each file

Everything but articles and rejects is derived: it is a function of an articles part (or of two texts) and of the
settings and the code that made it. ``<shape>`` is the digest of these, so a part of other settings has another name,
is missing, and is made anew. Articles are read again from the rows as they were given when the settings or the code
of reading have changed (an outlets file that names an owner, say). A file that no manifest names is what a dead run
left, or what is out of use: ``sweep`` removes it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup import __version__, schemas
from dedup.config import Config
from dedup.store import disk
from dedup.store.digests import Stamp, differing, digests, stamps
from dedup.store.shapes import shape

log = logging.getLogger("dedup")

STORE_FORMAT = 2
"""Version of the store: its manifest and the columns of articles parts. 2: digests of all parts."""

KEPT = pa.schema(
    [
        *schemas.ARTICLES,
        pa.field("text", pa.string(), metadata={"doc": "the article as printed"}),
        pa.field("serial", pa.uint32(), metadata={"doc": "number of the row in the store, in order of arrival"}),
        pa.field("key", pa.uint64(), metadata={"doc": "hash of id, outlet, whether it is a dispatch, and text"}),
        pa.field("file", pa.string(), metadata={"doc": "file it was first read from"}),
        pa.field("position", pa.int64(), metadata={"doc": "1-based line or row of the file; null for a whole file"}),
        pa.field("given", pa.string(), metadata={"doc": "the row as it was given, its text apart, as one JSON object"}),
    ]
)
"""Rows of an articles part: every version of every article, each once."""

AS_GIVEN = ("article_id", "text", "serial", "file", "position", "given")
"""Columns of KEPT without which rows cannot be read again."""

MOST_SMALL_PARTS = 24
"""Parts that are less than half full; when there are more they are merged."""


class State(NamedTuple):
    """What the manifest names; a run makes its own and commits it when its tables are ready."""

    articles: dict[str, int]
    """Articles parts and their bytes, in the order in which they came."""
    derived: dict[str, int]
    """Derived parts and their bytes."""
    rejects: str | None
    """File of the rejects; None when nothing was ever refused."""
    serials: int
    """Rows ever kept: the serial of the next."""
    reading: str
    """Digest of the settings and the code that read the articles; other ones read them again."""
    digests: dict[str, str]
    """Digest of every file that was committed; those that the run makes get theirs with the commit."""
    removed: dict[str, str]
    """Ids that were taken down for ever, and the UTC day of it: tombstones. What comes with such an id is refused."""
    stamps: dict[str, Stamp]
    """Stamp of every file as it was committed, or found to be what was committed."""

    @classmethod
    def of(cls, manifest: dict[str, Any]) -> State:
        """From a manifest or a note of a run; older ones know no tombstones and no stamps."""
        return cls(*({"removed": {}, "stamps": {}, **manifest}[name] for name in cls._fields))

    @property
    def files(self) -> list[str]:
        """All files that the state names."""
        return [*self.articles, *self.derived, *([self.rejects] if self.rejects else [])]

    def without(self, gone: set[str]) -> State:
        """The state without some derived parts or rejects, and without what would be wrong alone."""
        # pairs without their alignments would be taken for pairs that share nothing
        twins = {"pairs": "matches", "matches": "pairs"}
        derived = {name: size for name, size in self.derived.items() if name not in gone}
        derived = {
            name: size
            for name, size in derived.items()
            if (kind := name.split("-")[0]) not in twins or name.replace(kind, twins[kind], 1) in derived
        }
        kept = self._replace(derived=derived, rejects=None if self.rejects in gone else self.rejects)
        named = set(kept.files)
        return kept._replace(
            digests={name: digest for name, digest in self.digests.items() if name in named},
            stamps={name: stamp for name, stamp in self.stamps.items() if name in named},
        )

    def _checked(self, home: Path, names: Iterable[str]) -> tuple[State, dict[str, str]]:
        """The state with the stamps of the files that are what was committed, and the others -> in what way."""
        known = {name: self.digests[name] for name in names if name in self.digests}
        now = stamps(home, known)
        faults = differing(home, known, self.stamps)
        sound = {name: stamp for name, stamp in now.items() if name not in faults}
        return self._replace(stamps={**self.stamps, **sound}), faults


EMPTY = State({}, {}, None, 0, "", {}, {}, {})


def folder(out: Path | str) -> Path:
    """Where the store of an output folder is."""
    return Path(out) / "store"


def load(out: Path | str) -> State:
    """The current state; an empty one when there is no store. A derived part that is missing is left out.

    An articles part that is missing or has lost its size is an error: its articles may be nowhere else.
    """
    state, home = named(out), folder(out)
    for name, size in state.articles.items():
        found = disk.size(home / name)
        if found != size:
            what = "does not exist" if found is None else f"has {found:,} bytes, not the {size:,} that were written"
            raise disk.StorageError(f"{home / name} {what}: {put_back(home)}")
    gone = {name for name, size in state.derived.items() if disk.size(home / name) != size}
    if state.rejects and not disk.size(home / state.rejects):
        gone.add(state.rejects)
    return state.without(gone)


def named(out: Path | str) -> State:
    """What the store's manifest names, whether it is there or not."""
    home = folder(out)
    if not (home / disk.MANIFEST).exists():
        if any(home.glob("articles-*.parquet")) and _was_committed(out):
            raise disk.StorageError(
                f"{home / disk.MANIFEST} does not exist, but articles of earlier runs do: {put_back(home)}"
            )
        return EMPTY
    manifest = _of_this_format(home, disk.read_manifest(home, remedy=put_back(home)))
    try:
        return State.of(manifest)
    except KeyError as error:
        raise disk.StorageError(f"{home / disk.MANIFEST} is damaged (no {error}): {put_back(home)}") from error


def _of_this_format(home: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of an older store as this program writes it; nothing on the disk is changed.

    Format 1 had no digests: they are taken of the files as they are. What an older program had not yet, it did not
    refuse or read with other settings: such rows are read again, from what was given, and everything derived is made
    anew.
    """
    found = manifest.get("store_format", 1)
    by = f"dedup {manifest.get('dedup', 'of an unknown version')}"
    if not isinstance(found, int) or found > STORE_FORMAT:
        raise disk.NewerFormat(
            f"{home} has store format {found} ({by}), this program (dedup {__version__}) reads up to {STORE_FORMAT}: "
            f"upgrade dedup, or give another --out."
        )
    if found == STORE_FORMAT:
        return manifest
    for name in manifest.get("articles", {}):
        missing = [column for column in AS_GIVEN if column not in disk.table_schema(home / name).names]
        if missing:
            raise disk.StorageError(
                f"{home} has store format {found} ({by}), this program (dedup {__version__}) has {STORE_FORMAT} and "
                f"cannot make it from that: {home / name} does not keep {', '.join(missing)}. Move {home} away and run "
                f"again over all the inputs; the snapshots stay."
            )
    log.warning("%s has store format %s (%s): it becomes %s with this run", home, found, by, STORE_FORMAT)
    rows = sum(disk.count_rows(home / name) for name in manifest.get("articles", {}))
    return {"derived": {}, "rejects": None, "reading": "", "serials": rows, **manifest, "digests": {}}


def check_articles(out: Path | str, state: State) -> State:
    """The state, once its articles and rejects are known to be what was written.

    Damaged rejects are left out, and their files answer anew when they are read again; a damaged articles part is an
    error.
    """
    home = folder(out)
    kept = [*state.articles, *([state.rejects] if state.rejects else [])]
    state, faults = state._checked(home, kept)
    for name, what in faults.items():
        if name in state.articles:
            raise disk.StorageError(f"{home / name} {what}: {put_back(home)}")
        log.warning("%s %s: what it held of refused rows is left out", home / name, what)
    return state.without(set(faults))


def check_derived(out: Path | str, state: State) -> State:
    """The state without derived parts that are not what was written: they are made anew."""
    home = folder(out)
    state, faults = state._checked(home, state.derived)
    for name, what in faults.items():
        log.warning("%s %s: it is made anew", home / name, what)
    return state.without(set(faults))


def commit(out: Path | str, state: State) -> None:
    """Make a run's state the current one, in one step: everything it names is on the disk before."""
    home = folder(out)
    for name in state.files:
        if disk.size(home / name) is None:
            raise disk.StorageError(f"{home / name} is gone while the run was at work: run again")
        disk.to_disk(home / name)
    fresh = digests(home, [name for name in state.files if name not in state.digests])
    known = {name: fresh.get(name) or state.digests[name] for name in state.files}
    written = {**stamps(home, [name for name in state.files if name not in state.stamps]), **state.stamps}
    state = state._replace(digests=known, stamps={name: written[name] for name in known})
    disk.write_manifest(home, {**state._asdict(), "store_format": STORE_FORMAT, "dedup": __version__})


def sweep(out: Path | str, state: State) -> list[str]:
    """Remove the files of the store that the state does not name, and say which; only under the lock."""
    names = {disk.MANIFEST, *state.files}
    return disk.remove_files(folder(out), lambda name: name not in names)


def kept(home: Path, state: State, name: str) -> pa.Table | None:
    """A derived part of the published store; None when there is none, it has no digest (a store of an older version),
    or it is not what was written."""
    if name not in state.derived or name not in state.digests:
        return None
    if differing(home, {name: state.digests[name]}, state.stamps):
        return None
    return disk.read_table(home / name)


def derived_name(kind: str, part: str, config: Config) -> str:
    """File of what is made from an articles part, or of the alignments of a run."""
    return f"{kind}-{part.removeprefix('articles-').removesuffix('.parquet')}-{shape(kind, config)}.parquet"


def made_from(state: State, kind: str, part: str) -> str:
    """File of a derived part that is in the store, whatever the settings and the code that made it."""
    start = f"{kind}-{part.removeprefix('articles-').removesuffix('.parquet')}-"
    for name in state.derived:
        if name.startswith(start) and "-" not in name.removeprefix(start):
            return name
    raise disk.StorageError(f"the store has no {kind} of {part}: `dedup run` over any input makes what is missing")


def numbered(articles: pa.Table, first: int) -> pa.Table:
    """Articles with their keys -> KEPT: the serials go on from ``first``."""
    return articles.append_column("serial", pa.array(np.arange(first, first + articles.num_rows, dtype=np.uint32)))


def read_articles(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read an articles part; the remedy for a damaged one is not to remove it.

    Parts that were written before articles had ``seen_at`` are read as if they said nothing.
    """
    remedy = put_back(path.parent)
    old = (columns is None or "seen_at" in columns) and "seen_at" not in disk.table_schema(path).names
    if not old:
        return disk.read_table(path, columns, remedy)
    table = disk.read_table(path, [name for name in columns or KEPT.names if name != "seen_at"], remedy)
    nothing = pa.nulls(table.num_rows, KEPT.field("seen_at").type)
    return table.append_column("seen_at", nothing).select(list(columns or KEPT.names))


def put_back(home: Path) -> str:
    """The remedy for what the store keeps and cannot make anew."""
    return f"put it back from a copy, or move {home} away and run again over all the inputs; the snapshots stay."


def _was_committed(out: Path | str) -> bool:
    """Whether a snapshot was ever published here from a store."""
    try:
        return "state" in disk.read_manifest(disk.latest(out))
    except disk.StorageError:
        return False

"""What a run changes: the contract between its first half, which finds pairs, and its second, which traces them.

An article version keeps its serial for ever, and a new version is another serial: a pair of serials therefore always
has the same alignments. What the tables of two snapshots differ in follows from these sets alone.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup.arrays import find, pair_keys
from dedup.schemas.values import schema
from dedup.store import disk, holdings, shapes
from dedup.store.digests import differing

if TYPE_CHECKING:
    from dedup.pipeline.run import Run

SHOWN = schema(
    ("serial", pa.uint64(), "an article version that the tables show"),
    ("note", pa.uint64(), "digest of what ``extra`` says of it besides the input's columns; 0 when nothing"),
    ("time", pa.int64(), "seconds by which it stands in order; UNKNOWN_TIME when not known"),
    ("wire", pa.bool_(), "whether it is a dispatch"),
    ("spoken", pa.int8(), "number of its language, -1 when not known"),
    ("crowded", pa.int32(), "buckets in which it meets some of those before it only"),
    ("dropped", pa.int32(), "pairs that it did not choose"),
)
"""What a run keeps of the articles that its tables show; sorted by serial."""

LINKS = schema(
    ("later", pa.uint32(), "serial of the article that looks back"),
    ("earlier", pa.uint32(), "serial of the one before it"),
    ("n_bands", pa.int32(), "bands in which they share a window"),
)
"""What a run keeps of its candidate pairs."""


class Touched(NamedTuple):
    """How the articles and pairs of this run differ from those of an earlier one, all sorted and distinct."""

    since: str | None
    """The run compared with; None when there is none (a first run, other settings, other code): then ``new`` and
    ``new_pairs`` are all there are, and what earlier snapshots hold says nothing."""
    new: np.ndarray
    """(articles,) uint64, serials that the tables show now and did not then: new articles, new versions."""
    gone: np.ndarray
    """(articles,) uint64, serials that they showed then and do not now: older versions, removed articles."""
    noted: np.ndarray
    """(articles,) uint64, serials shown then and now whose row of ARTICLES differs (other ids, other addresses)."""
    new_pairs: np.ndarray
    """(pairs,) uint64, ``matches.pair_keys`` of serials: candidate pairs that were none then. Once the step ``align``
    has ended their alignments are in the store; those of all other pairs are what they were."""
    gone_pairs: np.ndarray
    """(pairs,) uint64, candidate pairs then that are none now."""

    @classmethod
    def load(cls, work: Path) -> Self:
        """What ``save`` kept in the work folder: complete after the step ``join``."""
        arrays = disk.load_arrays(work, "touched", cls._fields[1:])
        return cls(str(disk.load_array(work / "touched-since.npy", mmap=False)) or None, **arrays)

    def save(self, work: Path) -> None:
        """Keep it in the work folder; it is no part of the snapshot."""
        disk.save_arrays(work, "touched", {**self._asdict(), "since": np.array(self.since or "")})


AFFECTED = schema(
    ("article_id", pa.string(), "an article that the tables show now, or did in the snapshot ``since``"),
    ("paired", pa.bool_(), "it is new, or gone, or otherwise paired with another that is neither"),
    ("matched", pa.bool_(), "its rows of MATCHES differ (on either side)"),
    ("traced", pa.bool_(), "its rows of PASSAGES or PROVENANCE differ"),
)
"""What ``Affected`` keeps of the articles; sorted by id. The others of them have other rows of ARTICLE_PROVENANCE or
AGENCY_EVIDENCE alone."""


class Affected(NamedTuple):
    """Whose rows differ from those of an earlier snapshot: all others are its rows, value for value. Complete after the
    step ``trace``.
    """

    since: str | None
    """The snapshot whose rows stay; None when every row is made anew (a first run, other settings, other code, or a
    snapshot that is damaged): then the rest says nothing."""
    articles: pa.Table
    """AFFECTED."""
    clusters: pa.Array
    """Ids of the clusters that have another row of CLUSTERS, or had none or have none."""

    @classmethod
    def load(cls, work: Path) -> Self:
        """What ``save`` kept in the work folder; everything where nothing was kept."""
        kept = disk.parts(work, "affected")
        if not kept:
            return cls(None, AFFECTED.empty_table(), pa.array([], pa.string()))
        articles, clusters = (disk.read_part(disk.parts(work, name)[0]) for name in ("affected", "reclustered"))
        since = (articles.schema.metadata or {}).get(b"since", b"").decode() or None
        return cls(since, articles, clusters["cluster_id"].combine_chunks())

    def save(self, work: Path) -> None:
        """Keep it in the work folder; it is no part of the snapshot."""
        table = self.articles.cast(AFFECTED).sort_by("article_id").combine_chunks()
        disk.write_part(work, "reclustered", 0, pa.table({"cluster_id": self.clusters.sort()}))
        disk.write_part(work, "affected", 0, table.replace_schema_metadata({"since": self.since or ""}))

    def ids(self, level: str | None = None) -> pa.Array:
        """Ids of the articles, all or those of a level: "paired", "matched", "traced"."""
        table = self.articles if level is None else self.articles.filter(self.articles[level])
        return table["article_id"].combine_chunks()


class Last(NamedTuple):
    """What the last published run showed and paired."""

    run: str
    """Its id."""
    shown: pa.Table
    """SHOWN."""
    links: pa.Table
    """LINKS."""

    @classmethod
    def of(cls, run: Run) -> Self | None:
        """From the store as it was published; None when there is none, or of other settings, other code.

        Nor has a full run one: it makes anew what others keep.
        """
        if run.full:
            return None
        state = holdings.load(run.out)
        found = {}
        for kind in ("shown", "links"):
            end = f"-{shapes.shape(kind, run.config)}.parquet"
            names = [name for name in state.derived if name.startswith(f"{kind}-") and name.endswith(end)]
            known = {name: state.digests[name] for name in names if name in state.digests}
            if len(names) != 1 or differing(run.home, known, state.stamps):
                return None
            found[kind] = disk.read_table(run.home / names[0])
        return cls(names[0].split("-")[1], found["shown"], found["links"])


def difference(last: Last | None, shown: pa.Table, links: pa.Table) -> Touched:
    """What a run shows and pairs, SHOWN and LINKS, held against the last."""
    none = np.zeros(0, np.uint64)
    keys = np.sort(_pair_keys(links))
    now = shown["serial"].to_numpy()
    if last is None:
        return Touched(None, now, none, none, keys, none)
    then, had = last.shown["serial"].to_numpy(), np.sort(_pair_keys(last.links))
    both, here, there = np.intersect1d(now, then, assume_unique=True, return_indices=True)
    other = shown["note"].to_numpy()[here] != last.shown["note"].to_numpy()[there]
    return Touched(
        last.run,
        now[find(then, now) < 0],
        then[find(now, then) < 0],
        both[other],
        keys[find(had, keys) < 0],
        had[find(keys, had) < 0],
    )


def note_digests(notes: dict[int, dict[str, Any]], articles: int) -> np.ndarray:
    """(articles,) uint64, digests of what is known of articles besides their rows; 0 when nothing is."""
    digests = np.zeros(articles, np.uint64)
    for article, note in notes.items():
        told = json.dumps(note, sort_keys=True, default=str).encode()
        digests[article] = int.from_bytes(blake2b(told, digest_size=8).digest(), "little")
    return digests


def _pair_keys(links: pa.Table) -> np.ndarray:
    return pair_keys(links["later"].to_numpy(), links["earlier"].to_numpy())

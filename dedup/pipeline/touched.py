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

from dedup.store import disk

if TYPE_CHECKING:
    from dedup.pipeline.run import Run

SHOWN = pa.schema(
    [
        pa.field("serial", pa.uint64(), nullable=False, metadata={"doc": "an article version that the tables show"}),
        pa.field("note", pa.uint64(), nullable=False, metadata={"doc": "digest of what ``extra`` says of it, or 0"}),
    ]
)
"""What a run keeps of the articles that its tables show; sorted by serial."""


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
    """(pairs,) uint64, ``matches.pair_keys`` of serials: candidate pairs that were none then. Their alignments, if they
    have any, are in the store; those of all other pairs are what they were."""
    gone_pairs: np.ndarray
    """(pairs,) uint64, candidate pairs then that are none now."""

    @classmethod
    def load(cls, work: Path) -> Self:
        """What ``save`` kept in the work folder: complete after the step ``align``."""
        since, *arrays = (disk.load_array(work / f"touched-{name}.npy", mmap=False) for name in cls._fields)
        return cls(str(since[0]) or None, *arrays)

    def save(self, work: Path) -> None:
        """Keep it in the work folder; it is no part of the snapshot."""
        for name, values in zip(self._fields, (np.array([self.since or ""]), *self[1:]), strict=True):
            disk.save_array(work / f"touched-{name}.npy", values)


def since_last(run: Run, pairs: np.ndarray) -> Touched:
    """Hold what a run shows against what the last published one showed, and keep it for the next.

    ``pairs`` (pairs,) uint64 are the run's candidate pairs, sorted.
    """
    if any(name.startswith(f"shown-{run.run_id}-") for name in run.run_parts("shown")):
        return Touched.load(run.work)  # a second try of the step
    rows = _shown(run)
    since, before, had = _last(run)
    now, then = (table["serial"].to_numpy() for table in (rows, before))
    both, here, there = np.intersect1d(now, then, assume_unique=True, return_indices=True)
    other = rows["note"].to_numpy()[here] != before["note"].to_numpy()[there]
    touched = Touched(
        since,
        np.setdiff1d(now, then, assume_unique=True),
        np.setdiff1d(then, now, assume_unique=True),
        both[other],
        np.setdiff1d(pairs, had, assume_unique=True),
        np.setdiff1d(had, pairs, assume_unique=True),
    )
    touched.save(run.work)
    run.replace_run({"shown": rows, "links": pa.table({"pair": pairs})})
    return touched


def _shown(run: Run) -> pa.Table:
    """SHOWN of the run, sorted by serial."""
    notes = np.zeros(len(run.view.serials), np.uint64)
    for article, note in run.notes.items():
        notes[article] = _digest(note)
    order = np.argsort(run.view.serials)
    return pa.table({"serial": run.view.serials[order], "note": notes[order]}, SHOWN)


def _digest(note: dict[str, Any]) -> int:
    told = json.dumps(note, sort_keys=True, default=str).encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "little")


def _last(run: Run) -> tuple[str | None, pa.Table, np.ndarray]:
    """The last published run, its SHOWN and its candidate pairs; None and nothing when they were of other settings."""
    names = run.run_parts("shown")
    if not names or not run.run_parts("links"):
        return None, SHOWN.empty_table(), np.zeros(0, np.uint64)
    (shown,), (links,) = run.run_tables("shown"), run.run_tables("links")
    return names[0].split("-")[1], shown, links["pair"].to_numpy()

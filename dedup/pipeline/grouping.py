"""Alignments in the work folder -> passages and clusters, by units of work of which none has all matches.

Spans of some articles are joined to passages; the matches of a part leave a forest, and forests are merged two by two
up a tree; the components that it tells apart are cut, some of them at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from dedup.arrays import ENDS, Clusters, Passages
from dedup.pipeline.matches import Matches
from dedup.pipeline.run import Run
from dedup.store import disk
from dedup.tracing import cluster as clustering


def grouped(run: Run, matches: Matches, turn: np.ndarray) -> tuple[Passages, Clusters, np.ndarray]:
    """The passages, their clusters and the component of each passage, (passages,) int32; ``turn`` as in ``spans``."""
    disk.save_array(run.work / "group-turn.npy", turn)
    near = enumerate(matches.near())
    items = [_Articles(number, some.start, some.stop, tuple(parts)) for number, (some, parts) in near]
    found, ends = clustering.passages((_spans(run.work, name) for name in run.each(join_spans, items)), matches.n)
    matches.keep_ends(ends)
    component = clustering.components(len(found.paragraph), _merged(run, list(run.each(plant, range(matches.n_parts)))))
    disk.save_array(run.work / "group-component.npy", component)
    disk.save_array(run.work / "group-words.npy", found.end_word - found.begin_word)
    turns = clustering.turns(component, ends[0])
    del ends
    made = run.each(cut_components, [(some.start, some.stop) for some in turns])
    parts = zip(turns, (_clusters(run.work, name) for name in made), strict=True)
    of_all = clustering.clusters(component, parts)
    disk.remove_files(run.work, lambda name: name.startswith("group-"))
    return found, of_all, component


class _Articles(NamedTuple):
    """A unit of work: some articles, and the parts of matches that have a side in them."""

    number: int
    start: int
    stop: int
    parts: tuple[int, ...]


def join_spans(run: Run, unit: _Articles) -> str:
    """Join the spans of some articles -> the name of the arrays of their passages and sides."""
    some = range(unit.start, unit.stop)
    rows, table = Matches(run.work).beside(some, unit.parts, clustering.OF_MATCHES)
    turn = disk.load_array(run.work / "group-turn.npy")
    joined = clustering.joined(clustering.spans(table, rows, some, turn))
    name = f"group-spans-{unit.number}"
    columns = dict(zip(Passages._fields, joined.columns, strict=True))
    disk.save_arrays(run.work, name, {**columns, **{side: getattr(joined, side) for side in _SIDES}})
    return name


_SIDES = ("match", "is_right", "passage")


def _spans(work: Path, name: str) -> clustering.Joined:
    arrays = disk.load_arrays(work, name, (*Passages._fields, *_SIDES), mmap=True)
    return clustering.Joined(tuple(arrays[field] for field in Passages._fields), *(arrays[side] for side in _SIDES))


def plant(run: Run, part: int) -> Path:
    """The matches of a part -> the file of their forest."""
    ends = _ends(Matches(run.work), part)
    return disk.save_array(run.work / f"group-forest-{part}.npy", clustering.forest(ends))


class _Two(NamedTuple):
    """A unit of work: two forests, or the last one alone."""

    number: int
    """That of their own forest."""
    files: list[Path]


def merge(run: Run, unit: _Two) -> Path:
    """Two forests -> the file of their forest."""
    ends = np.concatenate([disk.load_array(file) for file in unit.files], axis=1)
    return disk.save_array(run.work / f"group-forest-{unit.number}.npy", clustering.forest(ends))


def _merged(run: Run, forests: list[Path]) -> np.ndarray:
    """The forest of all matches, (2, nodes)."""
    number = len(forests)
    while len(forests) > 1:
        pairs = [forests[start : start + 2] for start in range(0, len(forests), 2)]
        forests = list(run.each(merge, [_Two(number + place, files) for place, files in enumerate(pairs)]))
        number += len(forests)
    return disk.load_array(forests[0], mmap=False) if forests else np.zeros((2, 0), np.uint32)


def cut_components(run: Run, unit: tuple[int, int]) -> str:
    """Cut some components, from one up to another -> the name of the arrays of their clusters."""
    matches = Matches(run.work)
    component, words = (disk.load_array(run.work / f"group-{name}.npy") for name in ("component", "words"))
    parts = range(matches.n_parts)
    blocks = ((_ends(matches, part), matches.part(part, ["matched"])["matched"].to_numpy()) for part in parts)
    found = clustering.cut(component, words, range(*unit), blocks, run.config)
    name = f"group-clusters-{unit[0]}"
    disk.save_arrays(run.work, name, {**found._asdict(), "refined": np.array(found.refined)})
    return name


def _clusters(work: Path, name: str) -> Clusters:
    arrays = disk.load_arrays(work, name, Clusters._fields)
    return Clusters(arrays["labels"], arrays["mean"], arrays["least"], int(arrays["refined"]))


def _ends(matches: Matches, part: int) -> np.ndarray:
    """(2, matches of the part) uint32, the passages of both sides."""
    table = matches.part(part, ENDS)
    return np.stack([table[name].to_numpy() for name in ENDS])

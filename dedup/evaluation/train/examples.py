"""Snapshots and labels -> examples: clusters and articles whose truth is known, with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from dedup.constants import HALF
from dedup.evaluation import measures
from dedup.store.snapshot import Snapshot
from dedup.tracing import evidence

STORY_SHARE = 0.2
"""An article and the source of this share of its words belong to one story."""


class Examples(NamedTuple):
    """Clusters or articles whose truth is known."""

    values: np.ndarray
    """(rows, columns) float64, the evidence."""
    truth: np.ndarray
    """(rows,) bool of clusters, text of articles."""
    story: np.ndarray
    """(rows,) int64."""
    found: np.ndarray
    """(rows,) share of words in passages given to an agency, of articles."""
    share: np.ndarray
    """(rows,) labelled share of agency words, of articles; NaN when the label gives none."""
    dispatches: int
    """Dispatches in the snapshot."""


def clusters_of(out: Path, hidden: Path, known: dict[str, dict[str, Any]], story: dict[str, int]) -> Examples:
    """The clusters of the snapshot without dispatches that touch a labelled article."""
    carried = _carried(Snapshot.newest(out).table("matches"), _wires(out))
    passages = Snapshot.newest(hidden).table("passages").to_pylist()
    words: dict[str, int] = {}
    found: dict[str, float] = {}
    said: dict[str, set[bool]] = {}
    for row in passages:
        name, place = row["cluster_id"], (row["article_id"], row["paragraph"])
        size = row["end"] - row["begin"]
        words[name] = words.get(name, 0) + size
        found[name] = found.get(name, 0.0) + _overlap(row["begin"], row["end"], carried.get(place, ()))
        if (label := known.get(row["article_id"])) is not None:
            whole = {"wholly": True, "non": False}.get(label["derivation"])
            copied = row["paragraph"] in label.get("paragraphs", ()) if whole is None else whole
            said.setdefault(name, set()).add(copied)
    table = Snapshot.newest(hidden).table("cluster_evidence")
    names = table["cluster_id"].to_pylist()
    in_dispatch = {name: found[name] >= HALF * words[name] for name in names}
    rows = [row for row, name in enumerate(names) if name in said and (in_dispatch[name] or len(said[name]) == 1)]
    truth = [in_dispatch[names[row]] or said[names[row]] == {True} for row in rows]
    source = {row["passage_id"]: row["article_id"] for row in passages}
    nothing = np.full(len(rows), np.nan)
    return Examples(
        _columns(table, evidence.CLUSTER_EVIDENCE)[rows],
        np.array(truth),
        _story_of(story, [source[names[row]] for row in rows]),
        nothing,
        nothing,
        0,
    )


def articles_of(out: Path, known: dict[str, dict[str, Any]], story: dict[str, int]) -> Examples:
    """The labelled articles of a snapshot, dispatches apart."""
    table, wires = Snapshot.newest(out).table("agency_evidence"), _wires(out)
    names = table["article_id"].to_pylist()
    rows = [row for row, name in enumerate(names) if name in known and name not in wires]
    labels = [known[names[row]] for row in rows]
    return Examples(
        _columns(table, evidence.ARTICLE_EVIDENCE)[rows],
        np.array([label["derivation"] for label in labels]),
        _story_of(story, [names[row] for row in rows]),
        table["agency_passages"].to_numpy()[rows],
        np.array([np.nan if label["share"] is None else label["share"] for label in labels]),
        len(wires),
    )


def negatives_of(out: Path, known: dict[str, dict[str, Any]]) -> tuple[Examples, Examples]:
    """Clusters and articles of another corpus that are known not to be an agency's."""
    from dedup.evaluation.claims import signed_by_people
    from dedup.evaluation.scoreboard import read_run

    snapshot = Snapshot.newest(out)
    credit_of = {row["article_id"]: row["credit_status"] for row in snapshot.table("article_provenance").to_pylist()}
    credited = {name for name, status in credit_of.items() if status in ("credited_full", "credited_partial")}
    silent = {name for name, status in credit_of.items() if status in ("none", "photo_only")}
    members: dict[str, list[str]] = {}
    for row in snapshot.table("passages").to_pylist():
        members.setdefault(row["cluster_id"], []).append(row["article_id"])
    table = snapshot.table("cluster_evidence")
    rows = [row for row, name in enumerate(table["cluster_id"].to_pylist()) if silent.issuperset(members[name])]
    signed = signed_by_people(read_run(out))
    articles = snapshot.table("agency_evidence")
    own = [
        row
        for row, name in enumerate(articles["article_id"].to_pylist())
        if (known[name]["derivation"] == "non" if name in known else name in signed) and name not in credited
    ]
    return (
        _known_not(_columns(table, evidence.CLUSTER_EVIDENCE)[rows], np.zeros(len(rows), bool)),
        _known_not(_columns(articles, evidence.ARTICLE_EVIDENCE)[own], np.full(len(own), "non", object)),
    )


def together(mine: Examples, others: Sequence[Examples]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, truth and weight of all examples; each of the others weighs as much as what is no agency's of ``mine``.

    So they widen what such prose looks like, and leave how rare it is to the labels.
    """
    every = [mine, *others]
    negative = np.isin(mine.truth.astype(str), ["False", "non"]).sum()
    weight = [np.ones(len(mine.truth))]
    weight += [np.full(len(some.truth), min(1.0, negative / max(len(some.truth), 1))) for some in others]
    values, truth = (np.concatenate([getattr(some, name) for some in every]) for name in ("values", "truth"))
    return values, truth, np.concatenate(weight)


def rows_of(examples: Examples, kept: np.ndarray) -> Examples:
    columns = {name: getattr(examples, name)[kept] for name in Examples._fields[:-1]}
    return Examples(**columns, dispatches=examples.dispatches)


def joined(sets: Sequence[Examples]) -> Examples:
    columns = {name: np.concatenate([getattr(some, name) for some in sets]) for name in Examples._fields[:-1]}
    return Examples(**columns, dispatches=0)


def stories(*outs: Path) -> dict[str, int]:
    """Number of each article's story: articles and the sources of much of their words, joined over all snapshots."""
    names: list[str] = []
    links = []
    for out in outs:
        table = Snapshot.newest(out).table("article_provenance", ["article_id", "best_source", "best_source_share"])
        for name, source, share in zip(*(column.to_pylist() for column in table.columns), strict=True):
            names.append(name)
            if source is not None and share >= STORY_SHARE:
                links.append((name, source))
    names = sorted(set(names))
    number = {name: row for row, name in enumerate(names)}
    found = measures.components(len(names), [(number[left], number[right]) for left, right in links])
    return dict(zip(names, found, strict=True))


def _story_of(story: dict[str, int], names: list[str]) -> np.ndarray:
    return np.array([story[name] for name in names], np.int64)


def _carried(matches: pa.Table, wires: set[str]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Spans of every paragraph that a dispatch covers, quotations apart."""
    spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for row in matches.to_pylist():
        if row["edit_class"] == "quote_only":
            continue
        for side, other in (("left", "right"), ("right", "left")):
            if row[f"{other}_article_id"] in wires:
                place = row[f"{side}_article_id"], row[f"{side}_paragraph"]
                spans.setdefault(place, []).append((row[f"{side}_begin"], row[f"{side}_end"]))
    return spans


def _overlap(begin: int, end: int, spans: Sequence[tuple[int, int]]) -> int:
    """Code points of begin to end that the spans cover."""
    return measures.union_length((max(begin, low), min(end, high)) for low, high in spans if low < end and high > begin)


def _known_not(values: np.ndarray, truth: np.ndarray) -> Examples:
    n = len(values)
    return Examples(values, truth, -1 - np.arange(n), np.zeros(n), np.zeros(n), 0)


def _columns(table: pa.Table, names: dict[str, str]) -> np.ndarray:
    return np.stack([table[name].to_numpy() for name in names], axis=1).astype(float)


def _wires(out: Path) -> set[str]:
    table = Snapshot.newest(out).table("article_provenance")
    return set(table["article_id"].filter(table["is_wire"]).to_pylist())

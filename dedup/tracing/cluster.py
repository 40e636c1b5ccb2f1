"""ALIGNMENTS -> PASSAGES, CLUSTERS: spans of one paragraph that take part in matches, joined by verified edges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import Clusters, Passages, ranges_of, run_begins, sorted_distinct, tally
from dedup.config import Config
from dedup.constants import rows_at_once
from dedup.kernels.groups import average_linkage, group_spans, union_find

MOST_REFINED = 4_000
"""Passages of a component up to which it is cut: the distances are a matrix (128 MB at this size)."""

SMALL = 64
"""Passages of a component up to which a kernel makes the same cuts as SciPy: thirty times faster than scikit-learn in
the mean, which a run need not import: that would take longer than all the rest of a run on a few articles."""


PLACES = ("paragraph", "begin_word", "end_word", "begin", "end")

OF_MATCHES = ("left", "right", *(f"{side}_{name}" for side in ("left", "right") for name in PLACES), "quote_only")
"""Columns of ALIGNMENTS that are read to find passages."""


class Spans(NamedTuple):
    """Sides of matches, one entry a side, as arrays."""

    match: np.ndarray
    """(sides,) int64, row of ALIGNMENTS."""
    is_right: np.ndarray
    """(sides,) bool."""
    paragraph: np.ndarray
    """(sides,) uint32, row of PARAGRAPHS."""
    begin_word: np.ndarray
    """(sides,) int32, inside the paragraph; the same for the other three."""
    end_word: np.ndarray
    begin: np.ndarray
    """(sides,) int32, code points."""
    end: np.ndarray
    quoted: np.ndarray
    """(sides,) bool, the match is ``quote_only``."""
    turn: np.ndarray
    """(sides,) int64, the place in time of the article on the other side."""


def spans(alignments: pa.Table, rows: np.ndarray, articles: range, turn: np.ndarray) -> Spans:
    """The sides of some matches, ``rows`` of ALIGNMENTS, that stand in some articles.

    ``turn`` (articles,) int64 is the place of every article in time.
    """
    sides = []
    for side, other in (("left", "right"), ("right", "left")):
        article = alignments[side].to_numpy()
        kept = np.flatnonzero((article >= articles.start) & (article < articles.stop))
        places = (alignments[f"{side}_{name}"].to_numpy()[kept] for name in PLACES)
        quoted = alignments["quote_only"].to_numpy(zero_copy_only=False)[kept]
        turns = turn[alignments[other].to_numpy()[kept]]
        sides.append((rows[kept], np.full(len(kept), side == "right"), *places, quoted, turns))
    return Spans(*map(np.concatenate, zip(*sides, strict=True)))


class Joined(NamedTuple):
    """Sides of matches that are put together in passages: those of some articles, whole."""

    columns: tuple[np.ndarray, ...]
    """The columns of PASSAGES, each (passages,), in the order of their paragraphs."""
    match: np.ndarray
    """(sides,) int64, row of ALIGNMENTS."""
    is_right: np.ndarray
    """(sides,) bool."""
    passage: np.ndarray
    """(sides,) int64, row of ``columns``."""


def passages(blocks: Iterable[Joined], n: int) -> tuple[Passages, np.ndarray]:
    """The passages of all articles, and those of the left and of the right side of each match, (2, n) uint32.

    ``blocks`` hold all sides of ``n`` matches, in the order of the paragraphs.
    """
    ends = np.empty((2, n), np.uint32)
    found, count = [], 0
    for block in blocks:
        ends[block.is_right.astype(np.int64), block.match] = block.passage + count
        found.append(block.columns)
        count += len(block.columns[0])
    nothing = (np.zeros(0, np.uint32), *5 * (np.zeros(0, np.int32),))
    return Passages(*map(np.concatenate, zip(nothing, *found, strict=True))), ends


def joined(block: Spans) -> Joined:
    """Join the aligned spans of each paragraph that share at least half of the shorter one.

    Spans of quote_only alignments make passages of their own: a quotation inside a copied paragraph belongs to the copy
    and to the quotation's own cluster.
    """
    # a paragraph's quotations are grouped apart from its other spans: as if they stood in another paragraph
    home = block.paragraph.astype(np.int64) * 2 + block.quoted
    order = np.lexsort((block.end_word, block.begin_word, home))
    begins = run_begins(home[order], block.begin_word[order], block.end_word[order])
    distinct = order[begins]
    labels = np.empty(len(distinct), np.int64)
    ends = (values[distinct].astype(np.int64) for values in (block.begin_word, block.end_word))
    group_spans(home[distinct], *ends, labels)
    group, passage = np.unique(labels, return_inverse=True)
    passage_of = np.empty(len(order), np.int64)
    passage_of[order] = np.repeat(passage, np.diff(begins, append=len(order)))

    def extreme(values: np.ndarray, take: np.ufunc, start: int) -> np.ndarray:
        found = np.full(len(group), start, np.int64)
        take.at(found, passage, values[distinct])
        return found.astype(np.int32)

    far = np.iinfo(np.int32).max
    earliest = np.full(len(group), np.iinfo(np.int64).max)
    np.minimum.at(earliest, passage_of, block.turn << 32 | block.begin)
    columns = (
        block.paragraph[distinct][group],
        extreme(block.begin_word, np.minimum, far),
        extreme(block.end_word, np.maximum, 0),
        extreme(block.begin, np.minimum, far),
        extreme(block.end, np.maximum, 0),
        (earliest & 0xFFFFFFFF).astype(np.int32),
    )
    return Joined(columns, block.match, block.is_right, passage_of)


def passage_ids(article_ids: list[str], numbers: list[int], anchors: list[int], quoted: list[bool]) -> np.ndarray:
    """Number of each passage's id: BLAKE2b-64 of article, paragraph and anchor, (passages,) uint64.

    No two passages of a paragraph have one anchor: spans that begin at the same word are of one passage. But one of
    quote_only alignments (``quoted``) may lie in the same place as one of others: the digest of such a one takes that
    in.
    """
    digests = b"".join(
        hashlib.blake2b(
            f"{article}\x1f{number}\x1f{anchor}{chr(31) + 'quotation' if quote else ''}".encode(), digest_size=8
        ).digest()
        for article, number, anchor, quote in zip(article_ids, numbers, anchors, quoted, strict=True)
    )
    return np.frombuffer(digests, ">u8").astype(np.uint64)


AT_ONCE = rows_at_once(64)
"""Matches whose components are put together at once, unless a component has more."""


def turns(component: np.ndarray, left: np.ndarray) -> list[range]:
    """Ranges of components with about AT_ONCE matches: ``component`` (passages,), ``left`` (alignments,) a passage of
    each match."""
    if len(component) == 0:
        return []
    return ranges_of(tally(component, left, int(component.max()) + 1), AT_ONCE)


def cut(
    component: np.ndarray,
    words: np.ndarray,
    some: range,
    blocks: Iterable[tuple[np.ndarray, np.ndarray]],
    config: Config,
) -> Clusters:
    """The clusters of some components: a component that chains is cut by average linkage.

    ``component`` and ``words`` (passages,) are where each passage of all components is and how long; ``blocks`` are
    the passages of both sides, (2, alignments), and the words aligned as equal, (alignments,), of all matches. The
    labels are those of the passages of ``some``, in their order, from 0.

    The overlap of two passages is the share of the shorter one's words that are aligned as equal (passim's measure). A
    component chains when its true minimum overlap is under ``cluster_floor``; it is cut where the mean overlap of two
    groups falls under it (SciPy, average linkage on exact distances: scikit-learn's agglomerative clustering).
    """
    mine = (component >= some.start) & (component < some.stop)
    passages = np.flatnonzero(mine)
    sides, overlaps = [np.zeros((2, 0), np.int64)], [np.zeros(0)]
    for ends, matched in blocks:
        rows = np.flatnonzero(mine[ends[0]])
        ends = ends[:, rows]
        overlaps.append(np.minimum(matched[rows] / np.maximum(words[ends].min(axis=0), 1), 1.0))
        sides.append(np.searchsorted(passages, ends))
    pairs = _strongest(np.concatenate(sides, axis=1), np.concatenate(overlaps))
    return _cut_where_chained(component[passages], *pairs, config)


def clusters(component: np.ndarray, parts: Iterable[tuple[range, Clusters]]) -> Clusters:
    """The clusters of all components, ``component`` (passages,), from those of consecutive ranges of them."""
    labels, refined, count = np.empty(len(component), np.int64), 0, 0
    mean, least = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
    by_component = np.argsort(component, kind="stable")
    starts = component[by_component]
    for some, part in parts:
        first, last = np.searchsorted(starts, np.array([some.start, some.stop], component.dtype))
        labels[np.sort(by_component[first:last])] = part.labels + count
        mean.append(part.mean)
        least.append(part.least)
        count, refined = count + len(part.mean), refined + part.refined
    return Clusters(labels, np.concatenate(mean), np.concatenate(least), refined)


def forest(ends: np.ndarray) -> np.ndarray:
    """What some edges say of components, in as few of them: (2, nodes), each node but the first of its component, and
    that first one; sorted.

    ``ends`` (2, edges) are nodes, or forests end to end: the forest of forests is that of all their edges, so that
    nobody needs to have all edges at once.
    """
    nodes = sorted_distinct(ends.ravel())
    first = np.empty(len(nodes), np.int64)
    union_find(*np.searchsorted(nodes, ends), first)
    other = np.flatnonzero(first != np.arange(len(first)))
    return np.stack([nodes[other], nodes[first[other]]])


def components(n: int, ends: np.ndarray) -> np.ndarray:
    """(n passages,) int32, the connected component of each one, numbered in the order of their first passages."""
    first = np.empty(n, np.int64)
    union_find(*ends, first)
    number = np.cumsum(first == np.arange(len(first)), dtype=np.int32) - 1
    return number[first]


def _cut_where_chained(component: np.ndarray, pairs: np.ndarray, strength: np.ndarray, config: Config) -> Clusters:
    """Clusters of some components, ``component`` (passages,), with the overlaps of their ``pairs``."""
    _, labels = np.unique(component, return_inverse=True)
    mean, least = _similarity(labels, pairs, strength)
    size = np.bincount(labels, minlength=len(mean))
    chained = np.flatnonzero((least < config.cluster_floor) & (size > 2) & (size <= MOST_REFINED))
    if len(chained):
        labels = _cut(labels, chained, pairs, strength, config)
        _, labels = np.unique(labels, return_inverse=True)
        mean, least = _similarity(labels, pairs, strength)
    return Clusters(labels, mean, least, len(mean) - len(size))


def _strongest(ends: np.ndarray, overlap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct pairs of passages, shape (pairs, 2), and the strongest overlap of each; ``ends`` (2, alignments)."""
    low, high = ends.min(axis=0), ends.max(axis=0)
    order = np.lexsort((-overlap, high, low))
    low, high, overlap = low[order], high[order], overlap[order]
    begins = run_begins(low, high)
    return np.stack([low[begins], high[begins]], axis=1), overlap[begins]


def _similarity(labels: np.ndarray, pairs: np.ndarray, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean overlap of the edges and true minimum over all pairs, for each cluster."""
    count = int(labels.max()) + 1 if len(labels) else 0
    inside = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    home = labels[pairs[inside, 0]]
    edges = np.bincount(home, minlength=count)
    mean = np.bincount(home, weights=strength[inside], minlength=count) / np.maximum(edges, 1)
    least = np.ones(count)
    np.minimum.at(least, home, strength[inside])
    size = np.bincount(labels, minlength=count)
    least[edges < size * (size - 1) // 2] = 0.0
    return mean.astype(np.float32), least.astype(np.float32)


def _cut(
    labels: np.ndarray, chained: np.ndarray, pairs: np.ndarray, strength: np.ndarray, config: Config
) -> np.ndarray:
    """New labels: each chained component is cut by average linkage; other labels stay."""
    labels = labels.copy()
    home = labels[pairs[:, 0]]
    by_member = np.argsort(labels, kind="stable")
    member_starts = np.searchsorted(labels[by_member], np.arange(labels.max() + 2))
    by_edge = np.argsort(home, kind="stable")
    edge_starts = np.searchsorted(home[by_edge], np.arange(labels.max() + 2))
    fresh = labels.max() + 1
    for label in chained.tolist():
        members = by_member[member_starts[label] : member_starts[label + 1]]
        edges = by_edge[edge_starts[label] : edge_starts[label + 1]]
        distance = np.ones((len(members), len(members)))
        np.fill_diagonal(distance, 0.0)
        x, y = np.searchsorted(members, pairs[edges, 0]), np.searchsorted(members, pairs[edges, 1])
        distance[x, y] = distance[y, x] = 1.0 - strength[edges]
        if len(members) > config.bucket_limit:
            _bridge(distance)
        parts = _parts(distance, 1.0 - config.cluster_floor)
        for part in np.unique(parts)[1:]:
            labels[members[parts == part]] = fresh
            fresh += 1
    return labels


def _parts(distance: np.ndarray, threshold: float) -> np.ndarray:
    """(members,) int64, labels of the groups that average linkage leaves; ``distance`` may be overwritten."""
    if len(distance) > SMALL:
        from scipy.cluster.hierarchy import fcluster, linkage
        from scipy.spatial.distance import squareform

        tree = linkage(squareform(distance, checks=False), "average")
        return fcluster(tree, np.nextafter(threshold, 0.0), "distance").astype(np.int64)
    labels = np.empty(len(distance), np.int64)
    average_linkage(distance, threshold, labels)
    return labels


HUBS = 16
"""Passages through which the overlap of two others is bounded in a crowded component."""


def _bridge(distance: np.ndarray) -> None:
    """Shorten distances of pairs that were never compared: a crowded bucket is linked through its first members.

    Two passages that share x and y of themselves with a third share at least x + y - 1 of it with each other. The third
    is each of the HUBS with most edges, the first of equals.
    """
    edges = (distance < 1.0).sum(axis=1)
    for hub in np.argsort(-edges, kind="stable")[:HUBS].tolist():
        np.minimum(distance, distance[hub][:, None] + distance[hub][None, :], out=distance)

"""ALIGNMENTS -> PASSAGES, CLUSTERS: spans of one paragraph that take part in matches, joined by verified edges."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from dedup import kernels
from dedup.arrays import Clusters, Passages
from dedup.config import Config

MOST_REFINED = 4_000
"""Passages of a component up to which it is cut: the distances are a matrix (128 MB at this size)."""


def passages(alignments: pa.Table) -> Passages:
    """Join the aligned spans of each paragraph that share at least half of the shorter one.

    Spans of quote_only alignments make passages of their own: a quotation inside a copied paragraph belongs to the
    copy and to the quotation's own cluster.
    """
    n = alignments.num_rows
    sides = {
        name: np.concatenate([alignments[f"left_{name}"].to_numpy(), alignments[f"right_{name}"].to_numpy()]).astype(np.int64)
        for name in ("paragraph", "begin_word", "end_word", "begin", "end")
    }
    quoted = np.tile(alignments["quote_only"].to_numpy(zero_copy_only=False), 2).astype(np.int64)
    # a paragraph's quotations are grouped apart from its other spans: as if they stood in another paragraph
    home = sides["paragraph"] * 2 + quoted
    order = np.lexsort((sides["end_word"], sides["begin_word"], home))
    key = np.stack([home[order], sides["begin_word"][order], sides["end_word"][order]])
    fresh = np.r_[True, (key[:, 1:] != key[:, :-1]).any(axis=0)] if n else np.zeros(0, bool)
    distinct = order[fresh]
    labels = np.empty(len(distinct), np.int64)
    kernels.group_spans(home[distinct], sides["begin_word"][distinct], sides["end_word"][distinct], labels)
    group, passage = np.unique(labels, return_inverse=True)
    span_of = np.empty(2 * n, np.int64)
    span_of[order] = passage[np.cumsum(fresh) - 1] if n else 0

    def extreme(name: str, take: np.ufunc, start: int) -> np.ndarray:
        found = np.full(len(group), start, np.int64)
        take.at(found, passage, sides[name][distinct])
        return found.astype(np.int32)

    far = np.iinfo(np.int32).max
    return Passages(
        sides["paragraph"][distinct][group].astype(np.uint32),
        extreme("begin_word", np.minimum, far), extreme("end_word", np.maximum, 0),
        extreme("begin", np.minimum, far), extreme("end", np.maximum, 0),
        span_of[:n], span_of[n:],
    )


def passage_ids(
    article_ids: list[str], numbers: list[int], begins: list[int], ends: list[int], quoted: list[bool]
) -> np.ndarray:
    """Id of each passage: BLAKE2b-64 of article, paragraph, begin and end, 16 hexadecimal digits.

    A passage of quote_only alignments (``quoted``) may lie in the same place as one of other alignments: the digest
    of such a one takes that in.
    """
    ids = [
        hashlib.blake2b(
            f"{article}\x1f{number}\x1f{begin}\x1f{end}{chr(31) + 'quotation' if quote else ''}".encode(), digest_size=8
        ).hexdigest()
        for article, number, begin, end, quote in zip(article_ids, numbers, begins, ends, quoted, strict=True)
    ]
    return np.array(ids, dtype="U16")


def clusters(found: Passages, alignments: pa.Table, config: Config) -> Clusters:
    """Connected components of the verified alignments; a component that chains is cut by average linkage.

    The overlap of two passages is the share of the shorter one's words that are aligned as equal (passim's measure).
    A component chains when its true minimum overlap is under ``cluster_floor``; it is cut where the mean overlap of
    two groups falls under it (scikit-learn, agglomerative, average linkage on exact distances).
    """
    n = len(found.paragraph)
    overlap = _overlap(found, alignments)
    labels = np.empty(n, np.int64)
    kernels.union_find(found.left, found.right, labels)
    _, labels = np.unique(labels, return_inverse=True)
    pairs, strength = _strongest(found, overlap)
    mean, least = _similarity(labels, pairs, strength)
    size = np.bincount(labels, minlength=len(mean))
    chained = np.flatnonzero((least < config.cluster_floor) & (size > 2) & (size <= MOST_REFINED))
    if len(chained):
        labels = _cut(labels, chained, pairs, strength, config)
        _, labels = np.unique(labels, return_inverse=True)
        mean, least = _similarity(labels, pairs, strength)
    return Clusters(labels, mean, least, len(mean) - len(size))


def _overlap(found: Passages, alignments: pa.Table) -> np.ndarray:
    """Matched words over the words of the shorter passage, 0 to 1."""
    words = found.end_word - found.begin_word
    shorter = np.minimum(words[found.left], words[found.right])
    return np.minimum(alignments["matched"].to_numpy() / np.maximum(shorter, 1), 1.0)


def _strongest(found: Passages, overlap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct pairs of passages, shape (pairs, 2), and the strongest overlap of each."""
    low, high = np.minimum(found.left, found.right), np.maximum(found.left, found.right)
    order = np.lexsort((-overlap, high, low))
    low, high, overlap = low[order], high[order], overlap[order]
    first = np.r_[True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])] if len(low) else np.zeros(0, bool)
    return np.stack([low[first], high[first]], axis=1), overlap[first]


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
    from sklearn.cluster import AgglomerativeClustering

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
        parts = AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="average", distance_threshold=1.0 - config.cluster_floor
        ).fit_predict(distance)
        for part in range(1, parts.max() + 1):
            labels[members[parts == part]] = fresh
            fresh += 1
    return labels


HUBS = 16
"""Passages through which the overlap of two others is bounded in a crowded component."""


def _bridge(distance: np.ndarray) -> None:
    """Shorten distances of pairs that were never compared: a crowded bucket is linked sparsely, through its first members.

    Two passages that share x and y of themselves with a third share at least x + y - 1 of it with each other. The third
    is each of the HUBS with most edges, the first of equals.
    """
    edges = (distance < 1.0).sum(axis=1)
    for hub in np.argsort(-edges, kind="stable")[:HUBS].tolist():
        np.minimum(distance, distance[hub][:, None] + distance[hub][None, :], out=distance)

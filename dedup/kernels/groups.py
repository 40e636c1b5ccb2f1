"""Edges, distances and spans -> groups, and what each group passes on to its members."""

from __future__ import annotations

import numpy as np

from dedup.kernels.compiled import inline, kernel


@inline
def _root(labels, x):
    """The node that stands for the group of ``x``; the way there is halved."""
    while labels[x] != x:
        labels[x] = labels[labels[x]]
        x = labels[x]
    return x


@inline
def _unite(labels, x, y):
    """Make the groups of two nodes one, which the smaller root stands for."""
    x, y = _root(labels, x), _root(labels, y)
    labels[max(x, y)] = min(x, y)


@kernel
def _each_alone(labels):
    for i in range(len(labels)):
        labels[i] = i


@kernel
def _settle(labels):
    """Give every node the root of its group, its smallest node."""
    for i in range(len(labels)):
        labels[i] = labels[labels[i]]  # a root is smaller, and settled


@kernel
def union_find(lefts, rights, labels):
    """Connected components: ``labels`` (nodes,) int64 is filled with the smallest node of each component."""
    _each_alone(labels)
    for e in range(len(lefts)):
        _unite(labels, lefts[e], rights[e])
    _settle(labels)


@kernel
def average_linkage(distance, threshold, labels):
    """Merge groups whose mean distance is under ``threshold``, the nearest first (nearest-neighbour chain, Benzécri).

    ``distance`` (n, n) float64, symmetric, is overwritten; ``labels`` (n,) int64 is filled with the smallest member of
    each group. Ties fall as in scipy's ``linkage``, and so as in scikit-learn's AgglomerativeClustering.
    """
    n = len(labels)
    size = np.ones(n, np.int64)
    chain = np.empty(n, np.int64)
    length = 0
    _each_alone(labels)
    for _ in range(n - 1):
        if length == 0:
            length = 1
            chain[0] = 0
            while size[chain[0]] == 0:
                chain[0] += 1
        while True:  # from neighbour to nearest neighbour, until two are each other's
            x = chain[length - 1]
            y = chain[length - 2] if length > 1 else x
            nearest = distance[x, y] if length > 1 else np.inf
            for i in range(n):
                if size[i] and i != x and distance[x, i] < nearest:
                    nearest = distance[x, i]
                    y = i
            if length > 1 and y == chain[length - 2]:
                break
            chain[length] = y
            length += 1
        length -= 2
        x, y = min(x, y), max(x, y)
        for i in range(n):  # the group is kept in place of the later one
            if size[i] and i != x and i != y:
                mean = (size[x] * distance[x, i] + size[y] * distance[y, i]) / (size[x] + size[y])
                distance[y, i] = distance[i, y] = mean
        size[y] += size[x]
        size[x] = 0
        if nearest < threshold:
            one, other = labels[x], labels[y]
            for i in range(n):
                if labels[i] == one or labels[i] == other:
                    labels[i] = min(one, other)


@kernel
def group_spans(paragraphs, begins, ends, labels):
    """Group the spans of a paragraph that share at least half of the shorter one.

    ``paragraphs``, ``begins``, ``ends`` (n,) sorted by paragraph and begin, distinct; ``labels`` (n,) int64 is filled
    with the smallest row of each group.
    """
    _each_alone(labels)
    for i in range(len(labels)):
        for j in range(i + 1, len(labels)):
            if paragraphs[j] != paragraphs[i] or begins[j] >= ends[i]:
                break
            shared = min(ends[i], ends[j]) - begins[j]
            if 2 * shared >= min(ends[i] - begins[i], ends[j] - begins[j]):
                _unite(labels, i, j)
    _settle(labels)


@kernel
def mark_spans(firsts, lasts, values, marks):
    """Write each span's value over its words where it is greater than what stands there.

    ``firsts``, ``lasts`` (spans,) int64 word numbers; ``values`` (spans,) and ``marks`` (words,) of one type.
    """
    for i in range(len(firsts)):
        for word in range(firsts[i], lasts[i]):
            if marks[word] < values[i]:
                marks[word] = values[i]


@kernel
def best_sources(lefts, rights, matched, classes, labels, ranks, is_wire, origin, words, kinds):
    """Follow each passage to its source through some matches, after those of calls before.

    ``lefts``, ``rights`` (matches,) uint32 passages, ``matched`` (matches,) int32 words and ``classes`` (matches,)
    uint8 of each match; ``labels``, ``ranks`` (passages,) int64, the cluster and the place in time; ``is_wire``
    (passages,) bool. ``origin`` (passages,) int64, -1 at first, becomes the source, ``words`` (passages,) int32 and
    ``kinds`` (passages,) uint8 words and class of the match that leads to it. The source is in the same cluster. An
    outlet's passage comes from the dispatch with most words, else from the earliest earlier passage of an outlet; a
    dispatch from the earliest earlier one. Of equals the earliest, then the first match.
    """
    for match in range(len(lefts)):
        for turn in range(2):
            here, there = (lefts[match], rights[match]) if turn == 0 else (rights[match], lefts[match])
            if labels[here] != labels[there]:
                continue
            dispatch = is_wire[there] and not is_wire[here]
            if not dispatch and (is_wire[there] != is_wire[here] or ranks[there] >= ranks[here]):
                continue
            other = origin[here]
            if other >= 0:
                if is_wire[other] != is_wire[there]:  # here is an outlet's: a dispatch goes before an outlet
                    if is_wire[other]:
                        continue
                elif dispatch and matched[match] != words[here]:
                    if matched[match] < words[here]:
                        continue
                elif ranks[there] >= ranks[other]:
                    continue
            origin[here] = there
            words[here] = matched[match]
            kinds[here] = classes[match]

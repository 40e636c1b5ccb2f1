"""Spans of a paragraph that overlap -> spans that do not: what is printed of a text is printed once."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import pairwise


def flattened(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Spans (begin, end, rank) in any order -> the same places, each once, under the greatest rank that covers it.

    Sorted; a place that no span covers stands in none, neighbours of one rank are one span, an empty span is nothing.
    """
    waiting = sorted((begin, end, rank) for begin, end, rank in spans if begin < end)
    borders = sorted({border for begin, end, _ in waiting for border in (begin, end)})
    waiting.reverse()
    covering: list[tuple[int, int]] = []  # (-rank, end) of the spans that began, the greatest rank first
    flat: list[tuple[int, int, int]] = []
    for begin, end in pairwise(borders):
        while waiting and waiting[-1][0] <= begin:
            _, last, rank = waiting.pop()
            heapq.heappush(covering, (-rank, last))
        while covering and covering[0][1] <= begin:
            heapq.heappop(covering)
        if not covering:
            continue
        rank = -covering[0][0]
        if flat and flat[-1][1:] == (begin, rank):
            begin = flat.pop()[0]
        flat.append((begin, end, rank))
    return flat

"""MATCHES, PROVENANCE -> OUTLET_PAIRS: the network of outlets, who had the shared texts first and who later.

The network with its shares both ways and its median delay follows Welbers, van Atteveldt, Kleinnijenhuis & Ruigrok,
"A Gatekeeper among Gatekeepers" (Journalism Studies 19, 2018) and their package RNewsflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import counted, find, id_numbers, slices, sorted_distinct, stacked
from dedup.constants import HOUR, rows_at_once
from dedup.summary import figures, numbering

if TYPE_CHECKING:
    from dedup.store.disk import Rows


OF_MATCHES = (
    *(f"{side}_{of}_id" for side in ("left", "right") for of in ("article", "passage")),
    "edit_class",
    "matched_words",
)
OF_PROVENANCE = ("passage_id", "share_class")
"""Columns of MATCHES and PROVENANCE that are read."""


PAIRED_AT_ONCE = rows_at_once(64)
"""Pairs of articles that are summed up at once, where no two outlets have more."""


def outlet_pairs(articles: pa.Table, matches: Rows, provenance: Rows) -> pa.Table:
    """Draw the network of outlets: who had the shared texts first, and who later.

    ARTICLES, MATCHES, PROVENANCE -> OUTLET_PAIRS_BY_DAY, sorted by both outlets, directed and day, and first of each
    pair the row over all days, without a day: ``figures.over_all`` and ``by_day`` take them apart.
    A dispatch stands for its agency, whatever outlet carries it. An edge is a pair of articles with a match; matches
    that share a quotation only, and matches of boilerplate, make none. The order comes from the intervals that the
    dates leave: undirected when they meet or one is missing, even beside a dispatch (WIRE_PICKUP is traced by text).
    ``n_words`` adds the equal words of an edge's matches. Delays are middles of intervals, in hours; of an undirected
    pair the middle of the later name minus the earlier, so about 0. In the row of a day the shares are those of the
    articles that both published on that day, null when there is none. Articles of one outlet do not pair.
    """
    places = numbering.places(articles)
    return network(places, *edges(articles, matches, provenance, places))


def edges(
    articles: pa.Table, matches: Rows, provenance: Rows, places: numbering.Places
) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of articles that share words: the smaller row * n + the other, sorted, int64; the equal words, int32.

    ``n`` is the number of articles. A function of the matches of a pair and the passages in them.
    """
    return figures.added_up(_edges(articles, matches, provenance, places))


def network(places: numbering.Places, edges: np.ndarray, shared: np.ndarray) -> pa.Table:
    """OUTLET_PAIRS_BY_DAY, see ``outlet_pairs``, of what ``edges`` gives."""
    turn = _turns(edges, places)
    published = counted(figures.keys_by_day(places.node[places.node >= 0], places.day[places.node >= 0])[1])
    return pa.concat_tables(
        _pairs(edges[turn == number], shared[turn == number], places, published)
        for number in range(int(turn.max(initial=0)) + 1)
    )


def _edges(
    articles: pa.Table, matches: Rows, provenance: Rows, places: numbering.Places
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of the matches between two nodes: the smaller row * n + the other, whichever side is left; the equal words."""
    boilerplate = _boilerplate(provenance)
    for part in matches.select(list(OF_MATCHES)).to_reader():
        left, right = numbering.sides(part, articles)
        kept = numbering.points_at(left, places.node >= 0) & numbering.points_at(right, places.node >= 0)
        kept &= ~figures.is_in(part["edit_class"], ("quote_only",))
        kept[kept] = places.node[left[kept]] != places.node[right[kept]]
        for side in ("left_passage_id", "right_passage_id"):
            kept &= find(boilerplate, id_numbers(part[side])) < 0
        left, right = left[kept], right[kept]
        yield np.minimum(left, right) * len(articles) + np.maximum(left, right), figures.words(part)[kept]


def _boilerplate(provenance: Rows) -> np.ndarray:
    """Numbers of the passages of boilerplate, sorted, uint64."""
    parts = (
        (id_numbers(part["passage_id"].filter(pc.equal(part["share_class"], "boilerplate"))),)
        for part in provenance.select(list(OF_PROVENANCE)).to_reader()
    )
    return np.sort(stacked(parts, np.uint64)[0])


class _Drawn(NamedTuple):
    """Edges with their direction: from the article ``source`` to ``target``, in time or, undirected, by name."""

    source: np.ndarray
    target: np.ndarray
    arc: np.ndarray
    """(edges,) int64: (node of source * nodes + node of target) * 2 + directed."""
    hours: np.ndarray
    """(edges,) middle of the delay, NaN when one is undated."""


def _drawn(edges: np.ndarray, places: numbering.Places) -> _Drawn:
    left, right = np.divmod(edges, max(len(places.node), 1))
    dated = places.dated[left] & places.dated[right]
    left_first = dated & (places.low[right] > places.high[left])
    right_first = dated & (places.low[left] > places.high[right])
    directed = left_first | right_first
    turned = np.where(directed, right_first, places.node[left] > places.node[right])
    source, target = np.where(turned, right, left), np.where(turned, left, right)
    arc = (places.node[source] * len(places.nodes) + places.node[target]) * 2 + directed
    middle = (places.low[target] - places.high[source] + places.high[target] - places.low[source]) / 2 / HOUR
    return _Drawn(source, target, arc, np.where(dated, middle, np.nan))


def _turns(edges: np.ndarray, places: numbering.Places) -> np.ndarray:
    """(edges,) uint16, in which turn an edge is summed up: all of an arc in one, the arcs in their order."""
    parts = list(slices(len(edges), PAIRED_AT_ONCE))
    arcs, size = figures.added_up(
        (arc, np.ones(len(arc), np.int32)) for arc in (_drawn(edges[some], places).arc for some in parts)
    )
    turn = (np.cumsum(size, dtype=np.int64) // PAIRED_AT_ONCE).astype(np.uint16)
    turns = np.empty(len(edges), np.uint16)
    for some in parts:
        turns[some] = turn[find(arcs, _drawn(edges[some], places).arc)]
    return turns


def _pairs(
    edges: np.ndarray, shared: np.ndarray, places: numbering.Places, published: tuple[np.ndarray, np.ndarray]
) -> pa.Table:
    """OUTLET_PAIRS_BY_DAY of some arcs: all their edges, the words of each, and how many articles a node has by day."""
    drawn = _drawn(edges, places)
    arcs, arc = np.unique(drawn.arc, return_inverse=True)
    member, key = figures.keys_by_day(arc, np.maximum(places.day[drawn.source], places.day[drawn.target]))
    keys, group = np.unique(key, return_inverse=True)
    size = len(keys)
    ends, is_directed = np.divmod(arcs[keys >> 32], 2)
    start, end = np.divmod(ends, max(len(places.nodes), 1))
    owner = places.node_owner
    return pa.Table.from_arrays(
        [
            places.nodes.take(pa.array(start)),
            places.nodes.take(pa.array(end)),
            figures.day_column(keys),
            pa.array(np.bincount(group, minlength=size).astype(np.int64)),
            pa.array(figures.sums(group, shared[member], size).astype(np.int64)),
            figures.column(figures.quantiles(group, drawn.hours[member], size, (0.5,))[0], pa.float64()),
            figures.column(_linked_share(arc, drawn.source, keys, start, places, published), pa.float32()),
            figures.column(_linked_share(arc, drawn.target, keys, end, places, published), pa.float32()),
            pa.array((owner[start] >= 0) & (owner[start] == owner[end])),
            pa.array(is_directed.astype(bool)),
        ],
        schema=schemas.OUTLET_PAIRS_BY_DAY,
    )


def _linked_share(
    arc: np.ndarray,
    article: np.ndarray,
    keys: np.ndarray,
    node: np.ndarray,
    places: numbering.Places,
    published: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """(keys,) share of a node's articles, of all days or of the key's day, that have an edge of the key's arc.

    ``arc`` and ``article`` (edges,) name the edge's arc and its article on this node's side, ``node`` (keys,) the node.
    """
    n = max(len(places.node), 1)
    arc, article = np.divmod(sorted_distinct(arc * n + article), n)
    place = find(keys, figures.keys_by_day(arc, places.day[article])[1])
    linked = np.bincount(place[place >= 0], minlength=len(keys))
    of_node, count = published
    place = find(of_node, (node << 32) | (keys & figures.DAY_BITS))
    return figures.ratio(linked, np.append(count, 0)[place])

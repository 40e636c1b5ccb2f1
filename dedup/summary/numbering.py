"""Articles, outlets, owners and days as numbers, and the rows of other tables by them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import id_numbers, one_chunk
from dedup.constants import DAY_MICROSECONDS
from dedup.intake import dates
from dedup.summary import figures

if TYPE_CHECKING:
    from dedup.store.disk import Rows


class Places(NamedTuple):
    """ARTICLES as numbers, one entry an article; -1 for null.

    ``outlets``, ``owners`` and ``nodes`` are sorted names, so that the order of numbers is that of names. A node is an
    outlet, or the agency of a dispatch. ``owner_of`` gives an outlet's owner, ``node_owner`` a node's.
    """

    outlets: pa.Array
    owners: pa.Array
    nodes: pa.Array
    outlet: np.ndarray
    node: np.ndarray
    owner_of: np.ndarray
    node_owner: np.ndarray
    is_wire: np.ndarray
    day: np.ndarray
    dated: np.ndarray
    low: np.ndarray
    high: np.ndarray


def places(articles: pa.Table) -> Places:
    is_wire = one_chunk(articles["is_wire"]).fill_null(False).to_numpy(zero_copy_only=False)
    outlet_names = one_chunk(articles["outlet"])
    outlet_list, outlet = numbered(outlet_names)
    owner_list, owner = numbered(articles["owner_group"])
    node_list, node = numbered(pc.if_else(pa.array(is_wire), one_chunk(articles["agency"]), outlet_names))
    owner_of = figures.smallest(outlet, owner, len(outlet_list))
    node_owner = figures.smallest(np.where(is_wire, -1, node), owner, len(node_list))
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    dated = np.asarray(low.is_valid())
    low, high = (bound.fill_null(0).to_numpy() for bound in (low, high))
    stored = one_chunk(articles["published_at"]).cast(pa.int64()).fill_null(0).to_numpy()
    has_day = dated & ~figures.is_in(articles["date_precision"], ("month",))
    day = np.where(has_day, stored // DAY_MICROSECONDS, figures.NO_DAY)
    return Places(
        outlet_list, owner_list, node_list, outlet, node, owner_of, node_owner, is_wire, day, dated, low, high
    )


def numbered(column: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Sorted distinct names, and each row's place among them, int64, -1 for null."""
    names = one_chunk(pc.unique(column.drop_null()))
    names = names.take(pc.sort_indices(names))
    place = one_chunk(pc.index_in(column, value_set=names, skip_nulls=True))
    return names, place.fill_null(-1).to_numpy().astype(np.int64)


def independent(places: Places) -> np.ndarray:
    """(outlets,) number of each outlet's owner; an outlet of unknown owner is its own."""
    return np.where(places.owner_of >= 0, places.owner_of, len(places.owners) + np.arange(len(places.outlets)))


def rows(ids: pa.ChunkedArray | pa.Array, articles: pa.Table) -> np.ndarray:
    """Row of each id in ARTICLES, int64; -1 for null and for an id that is not there."""
    return look_up(ids, one_chunk(articles["article_id"]))


def sides(matches: pa.RecordBatch, articles: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the left and the right articles in ARTICLES."""
    return rows(matches["left_article_id"], articles), rows(matches["right_article_id"], articles)


def look_up(ids: pa.ChunkedArray | pa.Array, known: pa.Array) -> np.ndarray:
    """Place of each id among the known ones, int64; -1 for null and for an id that is not there."""
    ids = one_chunk(ids)
    # the tables are sorted by article: one look-up serves its consecutive rows, and a part asks for few of all ids
    begins = np.ones(len(ids), bool)
    begins[1:] = pc.not_equal(ids[1:], ids[:-1]).fill_null(True).to_numpy(zero_copy_only=False)
    ids = ids.filter(pa.array(begins))
    least, most = pc.min_max(ids).values()
    between = pc.and_(pc.greater_equal(known, least), pc.less_equal(known, most)).fill_null(False)
    near = np.flatnonzero(between.to_numpy(zero_copy_only=False))
    found = pc.index_in(ids, value_set=known.filter(between), skip_nulls=True).fill_null(-1).to_numpy()
    return np.append(near, -1)[found][np.cumsum(begins) - 1]


def points_at(row: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Which rows point at an article that passes; ``test`` (articles,) bool."""
    passed = row >= 0
    passed[passed] = test[row[passed]]
    return passed


def members(articles: pa.Table, provenance: Rows) -> Iterator[tuple[np.ndarray, np.ndarray, pa.Array]]:
    """Passages of clusters in parts: row of the article (-1: not there), number of the cluster, share class."""
    for part in provenance.select(["article_id", "cluster_id", "share_class"]).to_reader():
        part = part.filter(pc.is_valid(part["cluster_id"]))
        yield rows(part["article_id"], articles), id_numbers(part["cluster_id"]), part["share_class"]

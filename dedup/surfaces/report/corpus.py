"""What the pages are made of: the tables of a snapshot as far as they are read, and how rows are picked from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, id_numbers, one_chunk
from dedup.store import disk
from dedup.store.snapshot import Snapshot

COUNTED = [
    "passage_id",
    "cluster_id",
    "article_id",
    "source_article_id",
    "edit_class",
    "containment",
    "lag_low",
    "lag_high",
    "share_class",
]
"""Columns of PROVENANCE that are read of every passage."""


class Corpus(NamedTuple):
    """What the pages are made of."""

    snapshot: Snapshot
    articles: pa.Table
    """ARTICLES joined with ARTICLE_PROVENANCE, one row an article, dates as seconds; of the columns that are shown."""
    provenance: pa.Table
    """COUNTED of PROVENANCE, with ``row`` and ``source_row`` in ``articles`` (null: none) instead of their ids, and the
    ids of passages and clusters as numbers: there are many times more passages than anything else here."""
    clusters: pa.Table
    """CLUSTERS without what is long, dates as seconds."""


def read_corpus(snapshot: Snapshot) -> Corpus:
    unread = ("agency", "date_source", "digest", "extra", "seen_at", "wire_id")
    printed = [name for name in schemas.ARTICLES.names if name not in unread]
    joined = [name for name in schemas.ARTICLE_PROVENANCE.names if name not in (*printed, "reasons")]
    articles = _dated(snapshot.table("articles", printed)).combine_chunks()
    known = snapshot.table("article_provenance", ["article_id", *joined])
    at = places(articles["article_id"], known["article_id"])
    for name in joined:
        articles = articles.append_column(name, known[name].combine_chunks().take(at))
        known = known.drop_columns([name])
    ids = articles["article_id"].combine_chunks()
    provenance = snapshot.table("provenance", COUNTED)
    for name in ("passage_id", "cluster_id"):
        numbers = pa.array(id_numbers(provenance[name]))
        provenance = provenance.set_column(provenance.schema.get_field_index(name), name, numbers)
    for name, row in (("article_id", "row"), ("source_article_id", "source_row")):
        provenance = provenance.append_column(row, pc.index_in(provenance[name], ids)).drop_columns([name])
        disk.give_back()
    provenance = provenance.filter(pc.is_valid(provenance["row"])).combine_chunks()
    brief = [name for name in schemas.CLUSTERS.names if name not in ("text", "reasons")]
    clusters = _dated(snapshot.table("clusters", brief), "first_at", "last_at").combine_chunks()
    return Corpus(snapshot, articles, provenance, clusters)


def chosen_articles(corpus: Corpus, carriers: pa.Table, sources: pa.Table, limit: int) -> pa.Array:
    """Ids of the articles to show in full: all, or those that belong to the most carried sources and passages."""
    ids = corpus.articles["article_id"].combine_chunks()
    if len(ids) > limit:
        of_source = np.zeros(len(ids), np.int64)
        of_source[pc.index_in(sources["id"], ids).to_numpy()] = sources["outlets"].to_numpy()
        outlets = of_source.copy()
        np.maximum.at(outlets, carriers["row"].to_numpy(), of_source[carriers["source_row"].to_numpy()])
        clusters = corpus.clusters
        place = found_at(corpus.provenance["cluster_id"], id_numbers(clusters["cluster_id"]))
        of_cluster = np.append(np.where(is_prose(clusters), clusters["n_outlets"].to_numpy(), 0), 0)  # last: in none
        np.maximum.at(outlets, corpus.provenance["row"].to_numpy(), of_cluster[place])
        order = pc.sort_indices(
            pa.table({"outlets": outlets, "id": ids}), sort_keys=[("outlets", "descending"), ("id", "ascending")]
        )
        ids = ids.take(order.slice(0, limit))
    return in_order(ids)


def is_prose(clusters: pa.Table) -> np.ndarray:
    """Clusters of prose: neither background, boilerplate nor a quotation alone. (clusters,) bool."""
    apart = [clusters[name].fill_null(False).to_numpy() for name in ("is_background", "is_boilerplate", "is_quotation")]
    return ~np.logical_or.reduce(apart)


def in_order(ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Distinct ids in the order in which JavaScript compares text (UTF-16 code units)."""
    return pa.array(sorted(set(ids.to_pylist()), key=lambda text: text.encode("utf-16-be")), pa.string())


def places(values: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.ChunkedArray:
    """Row of each value in another column; null where it is not there."""
    return pc.index_in(values, among.combine_chunks())


def found_at(numbers: np.ndarray | pa.ChunkedArray, among: np.ndarray) -> np.ndarray:
    """Row of each number among others, (rows,) int64; -1 where it is not there."""
    order = np.argsort(among)
    place = find(among[order], np.asarray(numbers))
    return np.where(place >= 0, np.append(order, -1)[place], -1)


def _dated(table: pa.Table, *names: str) -> pa.Table:
    """The table with its times as whole seconds since 1970, UTC."""
    for name in names or ("published_at",):
        seconds = pc.cast(pc.floor(pc.divide(pc.cast(table[name], pa.int64()), 1e6)), pa.int64())
        table = table.set_column(table.schema.get_field_index(name), name, seconds)
    return table


def first_rows(table: pa.Table, order: list[tuple[str, str]], limit: int) -> pa.Table:
    """The first rows in an order; only they are copied."""
    return table.take(pc.sort_indices(table, sort_keys=order).slice(0, limit))


def facts(corpus: Corpus, rows: pa.Array | pa.ChunkedArray, chosen: tuple[str, ...] | None = None) -> pa.Table:
    """What a table says of an article beside its own columns, or some of it; nulls where ``rows`` is null."""
    names = {
        "id": "article_id",
        "title": "title",
        "outlet": "outlet",
        "owner_group": "owner_group",
        "at": "published_at",
        "precision": "date_precision",
        "wire": "is_wire",
        "agency": "agency",
        "revision": "revision",
        "n_words": "n_words",
        "cagency": "credited_agency",
        "derivation": "derivation",
        "url": "url",
    }
    chosen = chosen or tuple(names)
    return corpus.articles.select([names[name] for name in chosen]).take(rows).rename_columns(chosen)


def of_chosen(corpus: Corpus, name: str, columns: list[str], ids: pa.Array, key: str = "article_id") -> pa.Table:
    """Rows of the chosen articles (by another ``key``: clusters), in the order of their place among them: ``rank``."""
    kept = [schemas.TABLES[name].empty_table().select(columns)]
    for batch in corpus.snapshot.batches(name, columns):
        found = batch.filter(pc.is_in(batch[key], ids))
        kept.append(pa.Table.from_batches([found]).select(columns).cast(kept[0].schema))
    table = pa.concat_tables(kept)
    return by_rank(table.append_column("rank", pc.index_in(table[key], ids)))


def cluster_texts(corpus: Corpus, ids: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts of some clusters."""
    found = of_chosen(corpus, "clusters", ["cluster_id", "text"], one_chunk(ids), "cluster_id")
    return found["text"].take(places(ids, found["cluster_id"]))


def by_rank(table: pa.Table) -> pa.Table:
    return table.take(pc.sort_indices(table, sort_keys=[("rank", "ascending")]))  # stable


def in_blocks(table: pa.Table) -> Iterator[dict]:
    """The rows of a table as dictionaries, some thousands in memory at a time."""
    for begin in range(0, table.num_rows, 4_096):
        yield from rounded(table.slice(begin, 4_096)).to_pylist()


def by_rank_groups(table: pa.Table) -> Any:
    """A function from a rank to its rows as dictionaries, of a table in their order; it is asked in rising order."""
    table = rounded(table)
    ranks = table["rank"].to_numpy()
    starts = np.searchsorted(ranks, np.arange((int(ranks[-1]) if len(ranks) else -1) + 2)).tolist()
    columns = table.drop_columns(["rank"])
    block: dict[str, Any] = {"begin": 0, "end": 0, "rows": []}

    def rows(rank: int) -> list[dict]:
        if rank + 1 >= len(starts):
            return []
        begin, end = starts[rank : rank + 2]
        if end > block["end"]:
            block.update(begin=begin, end=max(end, begin + 4_096))
            block["rows"] = columns.slice(begin, block["end"] - begin).to_pylist()
        return block["rows"][begin - block["begin"] : end - block["begin"]]

    return rows


def rounded(table: pa.Table) -> pa.Table:
    """Floats to four digits: shares come as 32-bit floats, whose further digits are noise."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(place, field.name, pc.round(pc.cast(table[place], pa.float64()), 4))
    return table


def true(flags: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    return pc.fill_null(flags, False)

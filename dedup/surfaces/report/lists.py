"""The snapshot -> the rows of the lists: sources, passages, articles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import id_numbers
from dedup.constants import CARRIED
from dedup.store import disk
from dedup.summary.findings import is_without_credit
from dedup.surfaces.report.corpus import Corpus, cluster_texts, facts, first_rows, found_at, is_prose, places, true

EXCERPT = 500
"""Characters of a passage that a list can be searched for; it shows fewer."""

EDGES = 100_000
"""Carriers that the pages count with: those of the most carried sources."""

PLACE = "Europe/Paris"
"""Where the days of the pages begin and end, as in the times they show."""


def source_rows(corpus: Corpus, carriers: pa.Table) -> pa.Table:
    """What was carried, most carried first: the dispatches, and where there is none the earliest known carriers.

    A dispatch has its row of WIRE_PICKUP. Another article is a source when it is the best source of an article of
    another outlet; its carriers are counted as those of a dispatch.
    """
    found = pa.concat_tables([_dispatch_rows(corpus, carriers), _carrier_rows(corpus, carriers)])
    return found.sort_by([("outlets", "descending"), ("articles", "descending"), ("id", "ascending")])


def _dispatch_rows(corpus: Corpus, carriers: pa.Table) -> pa.Table:
    """The dispatches, one row each."""
    pickup = corpus.snapshot.table("wire_pickup")
    wires = corpus.articles.take(places(pickup["article_id"], corpus.articles["article_id"]))
    return pa.table(
        {
            "id": pickup["article_id"],
            "title": pickup["title"],
            "outlet": wires["outlet"],
            "agency": pickup["agency"],
            "at": wires["published_at"],
            "day": days(wires),
            "precision": wires["date_precision"],
            "wire": pa.array(np.ones(pickup.num_rows, bool)),
            "revision": pickup["revision"],
            "articles": pickup["n_articles"],
            "outlets": pickup["n_outlets"],
            "owners": pickup["n_owner_groups"],
            "in_1h": pickup["reach_1h"],
            "in_6h": pickup["reach_6h"],
            "in_24h": pickup["reach_24h"],
            "kept": pickup["share_kept"],
            "dropped": pickup["paragraphs_dropped"],
            "first": pickup["first_outlet"],
            "first_lag": pickup["first_lag"],
            "uncredited": _silent_carriers(corpus, carriers, pickup["article_id"]),
            "p": wires["p_agency"],
        }
    )


def _carrier_rows(corpus: Corpus, carriers: pa.Table) -> pa.Table:
    """The articles, dispatches apart, that are the best source of another outlet's article; one row each."""
    articles = corpus.articles
    best = places(articles["best_source"], articles["article_id"])
    given = articles.select(["outlet"]).append_column("source_row", best).filter(pc.is_valid(best))
    origin = articles.select(["outlet", "is_wire"]).take(given["source_row"])
    other = pc.fill_null(pc.not_equal(given["outlet"], origin["outlet"]), True)
    rows = pc.unique(given.filter(pc.and_(other, pc.invert(true(origin["is_wire"]))))["source_row"])
    carried = carriers.filter(pc.is_in(carriers["source_row"], rows))
    counted = carried.group_by("source_row").aggregate(
        [("row", "count"), ("outlet", "count_distinct"), ("owner_group", "count_distinct"), ("uncredited", "sum")]
    )
    own = articles.take(counted["source_row"])
    n = counted.num_rows
    return pa.table(
        {
            "id": own["article_id"],
            "title": own["title"],
            "outlet": own["outlet"],
            "agency": own["agency"],
            "at": own["published_at"],
            "day": days(own),
            "precision": own["date_precision"],
            "wire": pa.array(np.zeros(n, bool)),
            "revision": pa.nulls(n, pa.int32()),
            "articles": pc.cast(counted["row_count"], pa.int32()),
            "outlets": pc.cast(counted["outlet_count_distinct"], pa.int32()),
            "owners": pc.cast(counted["owner_group_count_distinct"], pa.int32()),
            **{name: pa.nulls(n, pa.int32()) for name in ("in_1h", "in_6h", "in_24h")},
            **{name: pa.nulls(n, pa.float32()) for name in ("kept", "dropped")},
            "first": pa.nulls(n, pa.string()),
            "first_lag": pa.nulls(n, pa.int64()),
            "uncredited": pc.cast(counted["uncredited_sum"], pa.int32()),
            "p": own["p_agency"],
        }
    )


def _silent_carriers(corpus: Corpus, carriers: pa.Table, dispatches: pa.ChunkedArray) -> pa.ChunkedArray:
    """How many carriers of each dispatch may be said to be without credit. (dispatches,) int32."""
    row = places(dispatches, corpus.articles["article_id"])
    counted = carriers.group_by("source_row").aggregate([("uncredited", "sum")])
    number = counted["uncredited_sum"].take(places(row, counted["source_row"]))
    return pc.cast(pc.fill_null(number, 0), pa.int32())


def carriers_of(corpus: Corpus) -> pa.Table:
    """One row a source and article: a verbatim or edited passage of the article (no dispatch) stands in the source.

    ``words`` counts the words of those passages that stand in the source, ``edits`` lists their edit classes.
    """
    every = corpus.provenance
    carried = pc.and_(pc.is_valid(every["source_row"]), pc.is_in(every["share_class"], pa.array(CARRIED)))
    carried = pc.and_(carried, pc.invert(true(corpus.articles["is_wire"].take(every["row"]))))
    names = ["source_row", "row", "lag_low", "lag_high", "edit_class", "containment", "passage_id"]
    rows = every.select(names).filter(carried)
    passages = corpus.snapshot.table("passages", ["passage_id", "n_words"])
    place = found_at(rows["passage_id"], id_numbers(passages["passage_id"]))
    words = passages["n_words"].take(pa.array(place, mask=place < 0))
    del passages, place
    rows = rows.append_column("words", pc.multiply(pc.cast(words, pa.float32()), rows["containment"]))
    rows = rows.drop_columns(["passage_id", "containment"])
    disk.give_back()
    grouped = rows.group_by(["source_row", "row"]).aggregate(
        [("lag_low", "min"), ("lag_high", "min"), ("words", "sum"), ("edit_class", "list"), ([], "count_all")]
    )
    names = ["outlet", "owner_group", "credit_status", "evidence", "share_found", "agency"]
    about = corpus.articles.select(names).take(grouped["row"])
    return pa.table(
        {
            "source_row": grouped["source_row"],
            "row": grouped["row"],
            "low": grouped["lag_low_min"],
            "high": grouped["lag_high_min"],
            "words": grouped["words_sum"],
            "edits": grouped["edit_class_list"],
            "passages": grouped["count_all"],
            "outlet": about["outlet"],
            # an outlet of unknown owner counts as its own
            "owner_group": pc.coalesce(about["owner_group"], about["outlet"]),
            "credit_status": about["credit_status"],
            "uncredited": pc.cast(is_without_credit(about), pa.int32()),
        }
    )


def passage_rows(corpus: Corpus, limit: int) -> pa.Table:
    """The first clusters: prose before the rest, most carried first."""
    order = [
        ("later", "ascending"),
        ("n_outlets", "descending"),
        ("n_articles", "descending"),
        ("cluster_id", "ascending"),
    ]
    clusters = first_rows(corpus.clusters.append_column("later", pa.array(~is_prose(corpus.clusters))), order, limit)
    head = found_at(id_numbers(clusters["cluster_id"]), corpus.provenance["passage_id"].to_numpy())
    head = pa.array(head, mask=head < 0)
    source = corpus.articles.select(["article_id", "outlet", "is_wire", "published_at", "date_precision"])
    source = source.take(corpus.provenance["row"].combine_chunks().take(head))
    kind = np.where(is_prose(clusters), "prose", "quotation").astype(object)
    for name in ("background", "boilerplate"):
        kind[clusters[f"is_{name}"].fill_null(False).to_numpy()] = name
    text = pc.utf8_slice_codeunits(cluster_texts(corpus, clusters["cluster_id"]), 0, EXCERPT)
    return pa.table(
        {
            "id": clusters["cluster_id"],
            "text": text,
            "kind": pa.array(kind, pa.string()),
            "articles": clusters["n_articles"],
            "outlets": clusters["n_outlets"],
            "owners": clusters["n_owner_groups"],
            "first": source["published_at"],
            "precision": source["date_precision"],
            "agency": clusters["agency"],
            "basis": clusters["agency_basis"],
            "evidence": clusters["evidence"],
            "origin": clusters["origin"],
            "likely": clusters["likely_agency"],
            "p": clusters["p_agency"],
            "source": source["article_id"],
            "outlet": source["outlet"],
            "wire": source["is_wire"],
        }
    )


def article_rows(corpus: Corpus, limit: int) -> pa.Table:
    """The first articles: dispatches last, those with most agency words first."""
    articles = corpus.articles.append_column("later", true(corpus.articles["is_wire"]))
    order = [("later", "ascending"), ("share_found", "descending"), ("article_id", "ascending")]
    articles = first_rows(articles.append_column("edits", _edits(corpus)), order, limit)
    return pa.table(
        {
            "id": articles["article_id"],
            "title": articles["title"],
            "outlet": articles["outlet"],
            "owner": articles["owner_group"],
            "country": articles["country"],
            "url": articles["url"],
            "at": articles["published_at"],
            "day": days(articles),
            "precision": articles["date_precision"],
            "wire": articles["later"],
            "words": articles["n_words"],
            "agency": articles["agency"],
            "share": articles["share_found"],
            "estimated": articles["share_estimated"],
            "evidence": articles["evidence"],
            "likely": articles["likely_agency"],
            "silent": is_without_credit(articles),
            "p": articles["p_agency"],
            "derivation": articles["derivation"],
            "credit": articles["credit_status"],
            "edits": articles["edits"],
            "low": articles["lag_low"],
            "high": articles["lag_high"],
            **{name: articles[f"share_{name}"] for name in schemas.SHARES},
        }
    )


def _edits(corpus: Corpus) -> pa.ChunkedArray:
    """The edit classes of an article's carried passages, in order, joined by spaces; null where there are none."""
    every = corpus.provenance
    carried = pc.and_(pc.is_in(every["share_class"], pa.array(CARRIED)), pc.is_valid(every["edit_class"]))
    edits = every.select(["row", "edit_class"]).filter(carried).group_by(["row", "edit_class"]).aggregate([])
    edits = edits.sort_by([("row", "ascending"), ("edit_class", "ascending")])
    listed = edits.group_by("row", use_threads=False).aggregate([("edit_class", "list")])
    joined = pc.binary_join(listed["edit_class_list"], " ")
    return joined.take(pc.index_in(pa.array(np.arange(corpus.articles.num_rows)), listed["row"].combine_chunks()))


def days(articles: pa.Table) -> pa.ChunkedArray:
    """The day of each article in PLACE, as "2025-03-12"; null where its date is no day."""
    known = pc.and_(pc.is_valid(articles["published_at"]), pc.not_equal(articles["date_precision"], "month"))
    moment = pc.cast(pc.cast(articles["published_at"], pa.timestamp("s")), pa.timestamp("s", "UTC"))
    local = pc.local_timestamp(pc.cast(moment, pa.timestamp("s", PLACE)))
    return pc.if_else(pc.fill_null(known, False), pc.strftime(local, format="%Y-%m-%d"), None)


def edge_rows(corpus: Corpus, carriers: pa.Table, sources: pa.Table) -> pa.Table:
    """Who carried what: one row a source and carrier, the most carried sources first.

    ``kept`` is the share of the source's words that the carrier keeps, ``part`` the share of the carrier's words that
    stand in the source, both 0 to 1. ``giver`` is the agency of a dispatch, else the outlet of the source.
    """
    rank = places(corpus.articles["article_id"].take(carriers["source_row"]), sources["id"])
    chosen = carriers.append_column("rank", rank).filter(pc.is_valid(rank))
    chosen = first_rows(chosen, [("rank", "ascending"), ("row", "ascending")], EDGES)
    names = ("id", "outlet", "owner_group", "wire", "agency", "n_words")
    source, carrier = (facts(corpus, chosen[name], names) for name in ("source_row", "row"))
    evidence = corpus.articles["evidence"].take(chosen["row"])

    def share(of: pa.Table) -> pa.ChunkedArray:
        whole = pc.max_element_wise(pc.cast(of["n_words"], pa.float64()), 1.0)
        return pc.min_element_wise(pc.divide(pc.fill_null(pc.cast(chosen["words"], pa.float64()), 0), whole), 1.0)

    return pa.table(
        {
            "id": carrier["id"],
            "source": source["id"],
            "outlet": carrier["outlet"],
            "owner": pc.coalesce(carrier["owner_group"], carrier["outlet"]),
            "giver": pc.if_else(true(source["wire"]), source["agency"], source["outlet"]),
            "giver_owner": pc.if_else(
                true(source["wire"]), source["agency"], pc.coalesce(source["owner_group"], source["outlet"])
            ),
            "wire": true(source["wire"]),
            "found": pc.is_in(evidence, pa.array(schemas.FOUND)),
            "low": chosen["low"],
            "high": chosen["high"],
            "kept": share(source),
            "part": share(carrier),
            "silent": pc.equal(chosen["uncredited"], 1),
        }
    )

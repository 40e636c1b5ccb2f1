"""The snapshot -> what a page shows of one source, one passage, one article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import readable, slices
from dedup.constants import rows_at_once
from dedup.store import disk
from dedup.surfaces.report.corpus import (
    Corpus,
    by_rank,
    by_rank_groups,
    cluster_texts,
    facts,
    in_blocks,
    in_order,
    of_chosen,
    places,
)
from dedup.surfaces.report.painted import painted_words
from dedup.tracing import boilerplate, evidence

TOLD = [
    "article_id",
    "paragraph",
    "begin",
    "end",
    "cluster_id",
    "source_article_id",
    "edit_class",
    "lag_low",
    "lag_high",
    "direction",
    "agency",
    "p_agency",
    "share_class",
    "evidence",
    "reasons",
]
"""Columns that are read of the passages of an article that is shown."""


DETAILED = rows_at_once(6_400)
"""Clusters whose members are in memory at once."""


def source_details(corpus: Corpus, shown: pa.ChunkedArray, carriers: pa.Table) -> Iterator[tuple[str, dict]]:
    """(article id, its carriers in order of time) of each source that is listed."""
    ids = in_order(shown)
    articles = corpus.articles
    sources = articles.take(places(ids, articles["article_id"]))
    rank = pc.index_in(articles["article_id"].combine_chunks().take(carriers["source_row"]), ids)
    carriers = by_rank(carriers.append_column("rank", rank).filter(pc.is_valid(rank)))
    about = facts(corpus, carriers["row"])
    for name in ("title", "at", "precision", "cagency", "derivation", "id", "n_words"):
        carriers = carriers.append_column(name, about[name])
    names = [
        "id",
        "outlet",
        "owner_group",
        "title",
        "at",
        "precision",
        "low",
        "high",
        "credit_status",
        "cagency",
        "derivation",
        "n_words",
        "words",
        "passages",
        "edits",
    ]
    groups = by_rank_groups(carriers.select(["rank", *names]))
    heads = facts(corpus, places(ids, articles["article_id"])).drop_columns(["id"])
    heads = in_blocks(heads.append_column("p", sources["p_agency"]))
    for rank, (source_id, head) in enumerate(zip(ids.to_pylist(), heads, strict=True)):
        rows = groups(rank)
        for row in rows:
            row["edits"] = dict(sorted(Counter(row["edits"]).items(), key=lambda item: (-item[1], item[0])))
            words = row.pop("words") or 0
            row["share"] = round(min(1.0, words / max(row["n_words"] or 0, 1)), 4)
            row["kept"] = round(min(1.0, words / max(head["n_words"] or 0, 1)), 4)
        rows.sort(key=lambda row: (row["high"] is None, row["high"] or 0, row["low"] or 0, row["id"]))
        yield source_id, {**head, "carriers": rows}


def passage_details(corpus: Corpus, shown: pa.ChunkedArray) -> Iterator[tuple[str, dict]]:
    """(cluster id, its text and its members in order of time) of each cluster that is listed."""
    ids = in_order(shown)
    texts = cluster_texts(corpus, ids)
    for some in slices(len(ids), DETAILED):
        yield from _details_of(corpus, ids[some], texts[some])


def _details_of(corpus: Corpus, ids: pa.Array, texts: pa.ChunkedArray) -> Iterator[tuple[str, dict]]:
    """The same of some clusters, sorted; ``texts`` are theirs."""
    clusters = corpus.clusters.take(places(ids, corpus.clusters["cluster_id"])).append_column("text", texts)
    names = {
        "passage": "passage_id",
        "paragraph": "paragraph",
        "begin": "begin",
        "end": "end",
        "source": "source_article_id",
        "edit": "edit_class",
        "low": "lag_low",
        "high": "lag_high",
        "direction": "direction",
        "first": "is_first",
        "tie": "is_tie",
        "same_owner": "same_owner",
        "credit": "credit_status",
        "why": "reasons",
    }
    members = of_chosen(corpus, "provenance", ["cluster_id", "article_id", *names.values()], ids, "cluster_id")
    row = places(members["article_id"], corpus.articles["article_id"])
    members = members.select(["rank", *names.values()]).rename_columns(["rank", *names]).filter(pc.is_valid(row))
    about = facts(corpus, row.drop_null(), ("id", "outlet", "title", "at", "precision", "wire", "agency", "cagency"))
    groups = by_rank_groups(pa.table({name: table[name] for table in (members, about) for name in table.schema.names}))
    del members, about
    disk.give_back()
    of_cluster = [
        "text",
        "n_articles",
        "n_outlets",
        "n_owner_groups",
        "first_at",
        "last_at",
        "overlap_mean",
        "overlap_min",
        "agency",
        "agency_basis",
        "evidence",
        "origin",
        "likely_agency",
        "p_agency",
        "is_background",
        "is_boilerplate",
        "is_quotation",
    ]
    for rank, (cluster_id, head) in enumerate(
        zip(ids.to_pylist(), in_blocks(clusters.select(of_cluster)), strict=True)
    ):
        rows = groups(rank)
        rows.sort(key=lambda row: (row["passage"] != cluster_id, row["at"] is None, row["at"] or 0, row["passage"]))
        yield cluster_id, {**head, "members": rows}


HEAD = {
    name: name
    for name in (
        "title",
        "outlet",
        "owner_group",
        "lang",
        "url",
        "revision",
        "n_words",
        "share_found",
        "share_estimated",
        "evidence",
        "likely_agency",
        "copy_rate",
        "derivation",
        "best_source",
        "best_source_share",
        "credit_status",
        "credited_agency",
        "agency",
        "agency_basis",
        "p_agency",
        "lag_low",
        "lag_high",
        "reasons",
        "share_same_owner",
        *(f"share_{name}" for name in schemas.SHARES),
    )
} | {"at": "published_at", "precision": "date_precision", "wire": "is_wire"}
"""What the head of an article says, and the column it comes from."""


def article_details(corpus: Corpus, ids: pa.Array) -> Iterator[tuple[str, dict]]:
    """(article id, its paragraphs painted by share class, its passages, its mentions of agencies) of the chosen."""
    lines = of_chosen(corpus, "paragraphs", ["article_id", "paragraph", "role", "text"], ids)
    apart = ~readable(lines)
    apart = apart | boilerplate.mark(lines, corpus.articles, corpus.snapshot.table("boilerplate"))
    paragraphs = by_rank_groups(lines.append_column("apart", pa.array(apart)).drop_columns(["article_id"]))
    names = ["article_id", "paragraph", "begin", "end", "text", "agency", "kind", "rule"]
    mentions = by_rank_groups(of_chosen(corpus, "credits", names, ids).drop_columns(["article_id"]))
    passages = by_rank_groups(_passages_of(corpus, ids))
    spans, pairs = painted_words(corpus, ids)
    weighed = weights_of(corpus, ids)
    for rank, (article_id, head) in enumerate(zip(ids.to_pylist(), in_blocks(_heads(corpus, ids)), strict=True)):
        painted = spans(rank)
        lines = [
            [
                row["paragraph"],
                row["role"],
                row["text"],
                [[0, len(row["text"]), "boilerplate"]] if row["apart"] else painted.get(row["paragraph"], []),
            ]
            for row in sorted(paragraphs(rank), key=lambda row: row["paragraph"])
        ]
        yield (
            article_id,
            {
                **head,
                "paragraphs": lines,
                "passages": sorted(passages(rank), key=lambda row: (*_place(row), row["cluster"])),
                "mentions": sorted(mentions(rank), key=lambda row: (*_place(row), row["kind"], row["rule"])),
                "pairs": pairs(rank),
                "weights": weighed.get(article_id),
            },
        )


def _heads(corpus: Corpus, ids: pa.Array) -> pa.Table:
    """What is said of each of the articles as a whole, and of its best source; one row an article, in their order."""
    articles = corpus.articles.take(places(ids, corpus.articles["article_id"]))
    rows = of_chosen(corpus, "article_provenance", ["article_id", "reasons"], ids)
    articles = articles.append_column("reasons", rows["reasons"].take(places(ids, rows["article_id"])))
    best = facts(corpus, places(articles["best_source"], corpus.articles["article_id"]))
    return pa.table(
        {
            **{name: articles[column] for name, column in HEAD.items()},
            "best_title": best["title"],
            "best_outlet": best["outlet"],
            "best_wire": pc.if_else(best["wire"], best["agency"], None),
        }
    )


def _passages_of(corpus: Corpus, ids: pa.Array) -> pa.Table:
    """The passages of the articles with what is known of their sources; ``rank`` is the article's place in ``ids``."""
    rows = of_chosen(corpus, "provenance", TOLD, ids)
    source = facts(corpus, places(rows["source_article_id"], corpus.articles["article_id"]))
    return pa.table(
        {
            "rank": rows["rank"],
            **{name: rows[name] for name in ("paragraph", "begin", "end")},
            "cluster": rows["cluster_id"],
            "source": rows["source_article_id"],
            "outlet": source["outlet"],
            "title": source["title"],
            "wire": pc.if_else(source["wire"], source["agency"], None),
            "edit": rows["edit_class"],
            "low": rows["lag_low"],
            "high": rows["lag_high"],
            "direction": rows["direction"],
            "class": rows["share_class"],
            "evidence": rows["evidence"],
            "agency": rows["agency"],
            "p": rows["p_agency"],
            "why": rows["reasons"],
        }
    )


def weights_of(corpus: Corpus, ids: pa.Array) -> dict[str, tuple[str, list[list]]]:
    """AGENCY_EVIDENCE -> how far each piece of evidence of an article tips the balance: class, [[name, value, bits]].

    The class is the likelier of "wholly" and "partially"; bits are powers of two in its odds against "non", as the
    model weighs them. The first line says where an article with no evidence at all stands, so that the sum of all is
    where this one stands.
    """
    model = evidence.load_model()
    names = list(evidence.ARTICLE_EVIDENCE)
    rows = of_chosen(corpus, "agency_evidence", ["article_id", *names], ids)
    values = np.stack([rows[name].to_numpy() for name in names], axis=1).astype(float)
    likelier = evidence.class_probabilities(values, model.article)[:, :2].argmax(axis=1)
    lines = (model.article[:2] - model.article[2]) / np.log(2)
    starts = lines[:, 0].round(2).tolist()
    bits = (values * lines[likelier, 1:]).round(2).tolist()
    return {
        key: (schemas.DERIVATIONS[kind], [["start", None, starts[kind]], *map(list, zip(names, of, tips, strict=True))])
        for key, kind, of, tips in zip(
            rows["article_id"].to_pylist(), likelier.tolist(), values.round(3).tolist(), bits, strict=True
        )
    }


def _place(row: dict) -> tuple[int, int, int]:
    """Where it stands in its article: whatever the order of the rows, the report is the same."""
    return row["paragraph"], row["begin"], row["end"]

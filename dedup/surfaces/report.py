"""A snapshot -> its report: pages for people, read from the disk with no server and no network.

``index.html`` holds the shell, the day at a glance, the outlets and the run; lists and texts lie in chunks that are
loaded when a page asks for them. A page opened from the disk may not fetch a file but may run one, so a chunk is a
script with one call and one JSON value; a small report carries its chunks inside ``index.html`` and is one file
that can be mailed.

Text of an article cannot become markup: the shell is a Jinja2 template with autoescape, JSON is written without
``<``, ``>`` and ``&``, the pages are built from text nodes, and a content security policy lets nothing run that does
not bear the nonce of the page. The charts are tables and small SVG drawn by ``charts.js``: a plotting library
would weigh more than the rest of the report, and would not give a heat map that a screen reader reads as a table.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, id_numbers, ids_of, one_chunk, readable, slices
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.findings import CREDITED, read_findings
from dedup.surfaces.painting import flattened
from dedup.tracing import boilerplate

ASSETS = Path(__file__).parent / "templates" / "report"
SCRIPTS = ("words.js", "chunks.js", "diff.js", "charts.js", "pages.js", "texts.js", "app.js")
"""Parts of the program of the pages, in the order they run."""

CHUNK_BYTES = 200_000
"""Size at which a chunk of texts ends: one is read to open one text."""
FIRST_ROWS, LIST_ROWS = 200, 5_000
"""Rows of the first chunk of a list, and of each that follows."""
PAIRED_OUTLETS = 24
"""Outlets in the heat map: those with most matches."""
EXCERPT = 180
"""Characters of a passage that a list shows."""
CARRIED = ("verbatim", "edited")
"""Share classes that make an article a carrier, as in WIRE_PICKUP."""
PAINT = ("own", "house", *schemas.SHARES[1:])
"""Classes that a word may be painted with; 'house' is own prose that an outlet of the same owner prints too."""
MEETINGS = 1 << 20
"""Sides of matches from which those that say the same are joined."""
DETAILED = 5_000
"""Clusters whose members are in memory at once."""
MARKER = "dedup-report"
"""Name of the meta element by which a folder is known to be a report, which may be replaced."""


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


class Limits(NamedTuple):
    """How much of a big snapshot a report holds; what is left out is said on the page."""

    texts: int = 10_000
    """Articles whose text can be read: those in the most carried passages."""
    passages: int = 20_000
    """Passages that are listed, the most carried first."""
    rows: int = 50_000
    """Sources and articles that are listed, the most carried first."""
    inline: int = 3_000_000
    """Bytes of chunks up to which the report is a single file."""


def write(
    snapshot: Path | str,
    folder: Path | str | None = None,
    *,
    manifest: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Path:
    """Write the report of a snapshot and return the path of its ``index.html``.

    All tables of the snapshot are read, each may be missing; so may ``manifest.json`` (a run that is not published
    yet gives its ``manifest`` here). The report goes to ``<snapshot>/report/`` unless a ``folder`` is named, which
    must be new, empty or a report. Equal snapshots give equal bytes.
    """
    snapshot, limits = Path(snapshot), limits or Limits()
    folder = Path(folder) if folder is not None else snapshot / "report"
    if not snapshot.is_dir():
        raise disk.StorageError(f"{snapshot} is no folder: give the folder of a snapshot, such as OUT/latest")
    if manifest is None and (snapshot / disk.MANIFEST).exists():
        manifest = disk.read_manifest(snapshot)
    counts = read_findings(snapshot, top=1).counts
    disk.give_back()
    corpus = _corpus(Snapshot(snapshot))
    with _replacing(folder) as partial:
        carriers = _carriers(corpus)
        disk.give_back()
        sources = _source_rows(corpus, carriers)
        chosen = _chosen(corpus, carriers, sources, limits.texts)
        listed = {
            "sources": (sources.slice(0, limits.rows), sources.num_rows),
            "passages": (_passage_rows(corpus, limits.passages), corpus.clusters.num_rows),
            "articles": (_article_rows(corpus, limits.rows), corpus.articles.num_rows),
        }
        lists = {
            name: {"chunks": _write_list(partial, name, shown), "rows": rows, "shown": shown.num_rows}
            for name, (shown, rows) in listed.items()
        }
        details = {
            "source": _source_details(corpus, listed["sources"][0]["id"], carriers),
            "passage": _passage_details(corpus, listed["passages"][0]["id"]),
            "article": _article_details(corpus, chosen),
        }
        del carriers  # with them, each kind's tables go when its texts are written
        texts = {kind: _write_texts(partial, kind, details.pop(kind)) for kind in list(details)}
        home = {
            **_glance(corpus, sources, counts),
            **_about_outlets(corpus),
            "lists": lists,
            "texts": texts,
            "n_texts": len(chosen),
            "run": {**_about_run(corpus, manifest), "beside": folder.resolve().parent == snapshot.resolve()},
        }
        _write_index(partial, home, limits)
    return folder / "index.html"


# ------------------------------------------------------------------------------------------------- what is read


class _Corpus(NamedTuple):
    """What the pages are made of."""

    snapshot: Snapshot
    articles: pa.Table
    """ARTICLES joined with ARTICLE_PROVENANCE, one row an article, dates as seconds; of the columns that are shown."""
    provenance: pa.Table
    """COUNTED of PROVENANCE, with ``row`` and ``source_row`` in ``articles`` (null: none) instead of their ids, and the
    ids of passages and clusters as numbers: there are many times more passages than anything else here."""
    clusters: pa.Table
    """CLUSTERS without what is long, dates as seconds."""


def _corpus(snapshot: Snapshot) -> _Corpus:
    unread = ("agency", "country", "date_source", "digest", "extra", "wire_id")
    printed = [name for name in schemas.ARTICLES.names if name not in unread]
    joined = [name for name in schemas.ARTICLE_PROVENANCE.names if name not in (*printed, "reasons")]
    articles = _dated(snapshot.table("articles", printed)).combine_chunks()
    known = snapshot.table("article_provenance", ["article_id", *joined])
    at = _places(articles["article_id"], known["article_id"])
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
    return _Corpus(snapshot, articles, provenance, clusters)


def _chosen(corpus: _Corpus, carriers: pa.Table, sources: pa.Table, limit: int) -> pa.Array:
    """Ids of the articles to show in full: all, or those that belong to the most carried sources and passages."""
    ids = corpus.articles["article_id"].combine_chunks()
    if len(ids) > limit:
        of_source = np.zeros(len(ids), np.int64)
        of_source[pc.index_in(sources["id"], ids).to_numpy()] = sources["outlets"].to_numpy()
        outlets = of_source.copy()
        np.maximum.at(outlets, carriers["row"].to_numpy(), of_source[carriers["source_row"].to_numpy()])
        clusters = corpus.clusters
        place = _found(corpus.provenance["cluster_id"], id_numbers(clusters["cluster_id"]))
        of_cluster = np.append(np.where(_prose(clusters), clusters["n_outlets"].to_numpy(), 0), 0)  # -1: in no cluster
        np.maximum.at(outlets, corpus.provenance["row"].to_numpy(), of_cluster[place])
        order = pc.sort_indices(
            pa.table({"outlets": outlets, "id": ids}), sort_keys=[("outlets", "descending"), ("id", "ascending")]
        )
        ids = ids.take(order.slice(0, limit))
    return _in_order(ids)


def _prose(clusters: pa.Table) -> np.ndarray:
    """Clusters of prose: neither background, boilerplate nor a quotation alone. (clusters,) bool."""
    apart = [clusters[name].fill_null(False).to_numpy() for name in ("is_background", "is_boilerplate", "is_quotation")]
    return ~np.logical_or.reduce(apart)


def _in_order(ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Distinct ids in the order in which JavaScript compares text (UTF-16 code units)."""
    return pa.array(sorted(set(ids.to_pylist()), key=lambda text: text.encode("utf-16-be")), pa.string())


def _places(values: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.ChunkedArray:
    """Row of each value in another column; null where it is not there."""
    return pc.index_in(values, among.combine_chunks())


def _found(numbers: np.ndarray | pa.ChunkedArray, among: np.ndarray) -> np.ndarray:
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


# ------------------------------------------------------------------------------------------------- lists


def _source_rows(corpus: _Corpus, carried: pa.Table) -> pa.Table:
    """What was carried, most carried first: the dispatches, and where there is none the earliest known carriers.

    A dispatch has its row of WIRE_PICKUP. Another article is a source when it is the best source of an article of
    an other outlet; its carriers are counted as those of a dispatch.
    """
    pickup = corpus.snapshot.table("wire_pickup")
    articles = corpus.articles
    best = _places(articles["best_source"], articles["article_id"])
    given = articles.select(["outlet"]).append_column("source_row", best).filter(pc.is_valid(best))
    origin = articles.select(["outlet", "is_wire"]).take(given["source_row"])
    other = pc.fill_null(pc.not_equal(given["outlet"], origin["outlet"]), True)
    rows = pc.unique(given.filter(pc.and_(other, pc.invert(_true(origin["is_wire"]))))["source_row"])
    carried = carried.filter(pc.is_in(carried["source_row"], rows))
    silent = pc.invert(pc.is_in(carried["credit_status"], pa.array(CREDITED)))
    carried = carried.append_column("uncredited", pc.cast(silent, pa.int32()))
    counted = carried.group_by("source_row").aggregate(
        [("row", "count"), ("outlet", "count_distinct"), ("owner_group", "count_distinct"), ("uncredited", "sum")]
    )
    own = articles.take(counted["source_row"])
    n = counted.num_rows
    wires = articles.take(_places(pickup["article_id"], articles["article_id"]))
    found = pa.concat_tables(
        [
            pa.table(
                {
                    "id": pickup["article_id"],
                    "title": pickup["title"],
                    "outlet": wires["outlet"],
                    "agency": pickup["agency"],
                    "at": wires["published_at"],
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
                    "uncredited": pickup["n_uncredited"],
                    "p": wires["p_agency"],
                }
            ),
            pa.table(
                {
                    "id": own["article_id"],
                    "title": own["title"],
                    "outlet": own["outlet"],
                    "agency": own["agency"],
                    "at": own["published_at"],
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
            ),
        ]
    )
    return found.sort_by([("outlets", "descending"), ("articles", "descending"), ("id", "ascending")])


def _carriers(corpus: _Corpus) -> pa.Table:
    """One row a source and article: a verbatim or edited passage of the article (no dispatch) stands in the source.

    ``words`` counts the words of those passages that stand in the source, ``edits`` lists their edit classes.
    """
    every = corpus.provenance
    carried = pc.and_(pc.is_valid(every["source_row"]), pc.is_in(every["share_class"], pa.array(CARRIED)))
    carried = pc.and_(carried, pc.invert(_true(corpus.articles["is_wire"].take(every["row"]))))
    names = ["source_row", "row", "lag_low", "lag_high", "edit_class", "containment", "passage_id"]
    told = every.select(names).filter(carried)
    passages = corpus.snapshot.table("passages", ["passage_id", "n_words"])
    place = _found(told["passage_id"], id_numbers(passages["passage_id"]))
    words = passages["n_words"].take(pa.array(place, mask=place < 0))
    del passages, place
    told = told.append_column("words", pc.multiply(pc.cast(words, pa.float32()), told["containment"]))
    told = told.drop_columns(["passage_id", "containment"])
    disk.give_back()
    grouped = told.group_by(["source_row", "row"]).aggregate(
        [("lag_low", "min"), ("lag_high", "min"), ("words", "sum"), ("edit_class", "list"), ([], "count_all")]
    )
    about = corpus.articles.select(["outlet", "owner_group", "credit_status"]).take(grouped["row"])
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
        }
    )


def _passage_rows(corpus: _Corpus, limit: int) -> pa.Table:
    """The first clusters: prose before the rest, most carried first."""
    order = [
        ("later", "ascending"),
        ("n_outlets", "descending"),
        ("n_articles", "descending"),
        ("cluster_id", "ascending"),
    ]
    clusters = _first(corpus.clusters.append_column("later", pa.array(~_prose(corpus.clusters))), order, limit)
    head = _found(id_numbers(clusters["cluster_id"]), corpus.provenance["passage_id"].to_numpy())
    head = pa.array(head, mask=head < 0)
    source = corpus.articles.select(["article_id", "outlet", "is_wire"])
    source = source.take(corpus.provenance["row"].combine_chunks().take(head))
    kind = np.where(_prose(clusters), "prose", "quotation").astype(object)
    for name in ("background", "boilerplate"):
        kind[clusters[f"is_{name}"].fill_null(False).to_numpy()] = name
    text = pc.utf8_slice_codeunits(_texts(corpus, clusters["cluster_id"]), 0, EXCERPT)
    return pa.table(
        {
            "id": clusters["cluster_id"],
            "text": text,
            "kind": pa.array(kind, pa.string()),
            "articles": clusters["n_articles"],
            "outlets": clusters["n_outlets"],
            "owners": clusters["n_owner_groups"],
            "first": clusters["first_at"],
            "last": clusters["last_at"],
            "agency": clusters["agency"],
            "basis": clusters["agency_basis"],
            "p": clusters["p_agency"],
            "source": source["article_id"],
            "outlet": source["outlet"],
            "wire": source["is_wire"],
        }
    )


def _article_rows(corpus: _Corpus, limit: int) -> pa.Table:
    """The first articles: dispatches last, those with most agency words first."""
    articles = corpus.articles.append_column("later", _true(corpus.articles["is_wire"]))
    order = [("later", "ascending"), ("share_found", "descending"), ("article_id", "ascending")]
    articles = _first(articles, order, limit)
    return pa.table(
        {
            "id": articles["article_id"],
            "title": articles["title"],
            "outlet": articles["outlet"],
            "at": articles["published_at"],
            "precision": articles["date_precision"],
            "wire": articles["later"],
            "words": articles["n_words"],
            "agency": articles["agency"],
            "share": articles["share_found"],
            "p": articles["p_agency"],
            "derivation": articles["derivation"],
            "credit": articles["credit_status"],
            **{name: articles[f"share_{name}"] for name in schemas.SHARES},
        }
    )


def _first(table: pa.Table, order: list[tuple[str, str]], limit: int) -> pa.Table:
    """The first rows in an order; only they are copied."""
    return table.take(pc.sort_indices(table, sort_keys=order).slice(0, limit))


# ------------------------------------------------------------------------------------------------- texts


def _source_details(corpus: _Corpus, shown: pa.ChunkedArray, carriers: pa.Table) -> Iterator[tuple[str, dict]]:
    """(article id, its carriers in order of time) of each source that is listed."""
    ids = _in_order(shown)
    articles = corpus.articles
    sources = articles.take(_places(ids, articles["article_id"]))
    rank = pc.index_in(articles["article_id"].combine_chunks().take(carriers["source_row"]), ids)
    carriers = _by_rank(carriers.append_column("rank", rank).filter(pc.is_valid(rank)))
    about = _about(corpus, carriers["row"])
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
    groups = _groups(carriers.select(["rank", *names]))
    heads = _about(corpus, _places(ids, articles["article_id"])).drop_columns(["id"])
    heads = _in_blocks(heads.append_column("p", sources["p_agency"]))
    for rank, (source_id, head) in enumerate(zip(ids.to_pylist(), heads, strict=True)):
        rows = groups(rank)
        for row in rows:
            row["edits"] = dict(sorted(Counter(row["edits"]).items(), key=lambda item: (-item[1], item[0])))
            row["share"] = round(min(1.0, (row.pop("words") or 0) / max(row["n_words"] or 0, 1)), 4)
        rows.sort(key=lambda row: (row["high"] is None, row["high"] or 0, row["low"] or 0, row["id"]))
        yield source_id, {**head, "carriers": rows}


def _passage_details(corpus: _Corpus, shown: pa.ChunkedArray) -> Iterator[tuple[str, dict]]:
    """(cluster id, its text and its members in order of time) of each cluster that is listed."""
    ids = _in_order(shown)
    texts = _texts(corpus, ids)
    for some in slices(len(ids), DETAILED):
        yield from _details_of(corpus, ids[some], texts[some])


def _texts(corpus: _Corpus, ids: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts of some clusters."""
    told = _of_chosen(corpus, "clusters", ["cluster_id", "text"], one_chunk(ids), "cluster_id")
    return told["text"].take(_places(ids, told["cluster_id"]))


def _details_of(corpus: _Corpus, ids: pa.Array, texts: pa.ChunkedArray) -> Iterator[tuple[str, dict]]:
    """The same of some clusters, sorted; ``texts`` are theirs."""
    clusters = corpus.clusters.take(_places(ids, corpus.clusters["cluster_id"])).append_column("text", texts)
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
    told = _of_chosen(corpus, "provenance", ["cluster_id", "article_id", *names.values()], ids, "cluster_id")
    row = _places(told["article_id"], corpus.articles["article_id"])
    told = told.select(["rank", *names.values()]).rename_columns(["rank", *names]).filter(pc.is_valid(row))
    about = _about(corpus, row.drop_null(), ("id", "outlet", "title", "at", "precision", "wire", "cagency"))
    groups = _groups(pa.table({name: table[name] for table in (told, about) for name in table.schema.names}))
    del told, about
    disk.give_back()
    names = [
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
        "p_agency",
        "is_background",
        "is_boilerplate",
        "is_quotation",
    ]
    for rank, (cluster_id, head) in enumerate(zip(ids.to_pylist(), _in_blocks(clusters.select(names)), strict=True)):
        rows = groups(rank)
        rows.sort(key=lambda row: (row["passage"] != cluster_id, row["at"] is None, row["at"] or 0, row["passage"]))
        yield cluster_id, {**head, "members": rows}


def _article_details(corpus: _Corpus, ids: pa.Array) -> Iterator[tuple[str, dict]]:
    """(article id, its paragraphs painted by share class, its passages, its mentions of agencies) of the chosen."""
    articles = corpus.articles.take(_places(ids, corpus.articles["article_id"]))
    told = _of_chosen(corpus, "article_provenance", ["article_id", "reasons"], ids)
    articles = articles.append_column("reasons", told["reasons"].take(_places(ids, told["article_id"])))
    lines = _of_chosen(corpus, "paragraphs", ["article_id", "paragraph", "role", "text"], ids)
    apart = ~readable(lines)
    apart = apart | boilerplate.mark(lines, corpus.articles, corpus.snapshot.table("boilerplate"))
    paragraphs = _groups(lines.append_column("apart", pa.array(apart)).drop_columns(["article_id"]))
    names = ["article_id", "paragraph", "begin", "end", "text", "agency", "kind", "rule"]
    mentions = _groups(_of_chosen(corpus, "credits", names, ids).drop_columns(["article_id"]))
    told = _of_chosen(corpus, "provenance", TOLD, ids)
    source = _about(corpus, _places(told["source_article_id"], corpus.articles["article_id"]))
    passages = _groups(
        pa.table(
            {
                "rank": told["rank"],
                **{name: told[name] for name in ("paragraph", "begin", "end")},
                "cluster": told["cluster_id"],
                "source": told["source_article_id"],
                "outlet": source["outlet"],
                "title": source["title"],
                "wire": pc.if_else(source["wire"], source["agency"], None),
                "edit": told["edit_class"],
                "low": told["lag_low"],
                "high": told["lag_high"],
                "direction": told["direction"],
                "class": told["share_class"],
                "agency": told["agency"],
                "p": told["p_agency"],
                "why": told["reasons"],
            }
        )
    )
    spans, pairs = _painted(corpus, ids)
    names = {
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
    best = _about(corpus, _places(articles["best_source"], corpus.articles["article_id"]))
    heads = pa.table(
        {
            **{name: articles[column] for name, column in names.items()},
            "best_title": best["title"],
            "best_outlet": best["outlet"],
            "best_wire": pc.if_else(best["wire"], best["agency"], None),
        }
    )
    for rank, (article_id, head) in enumerate(zip(ids.to_pylist(), _in_blocks(heads), strict=True)):
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
                "passages": passages(rank),
                "mentions": mentions(rank),
                "pairs": pairs(rank),
            },
        )


def _painted(corpus: _Corpus, ids: pa.Array) -> tuple[Any, Any]:
    """MATCHES -> what to paint of each chosen article, and which of its paragraphs meet which of its sources'.

    As in the shares: a word counts once, under the greatest class of the matches that cover it; a match inside one
    owner does not count, and is painted as 'house' where nothing else is. Returns two functions of the article's
    place among the chosen: -> {paragraph: [[begin, end, class], ...]}, and -> {source id: [[paragraph, source's
    paragraph], ...]}.
    """
    n = len(ids)
    background = id_numbers(corpus.clusters["cluster_id"].filter(_true(corpus.clusters["is_background"])))
    in_background = _found(corpus.provenance["cluster_id"], background) >= 0
    background = ids_of(corpus.provenance["passage_id"].to_numpy()[in_background])
    rank_of = np.full(corpus.articles.num_rows + 1, -1, np.int64)  # the last one is asked for where there is no source
    rank_of[_places(ids, corpus.articles["article_id"]).to_numpy()] = np.arange(n)
    key = rank_of[corpus.provenance["row"].to_numpy()]
    other = rank_of[corpus.provenance["source_row"].fill_null(-1).to_numpy()]
    traced = np.unique((key * n + other)[(key >= 0) & (other >= 0)])
    names = ["paragraph", "begin", "end"]
    columns = [
        "insertions",
        "deletions",
        "substitutions",
        "edit_class",
        "same_owner",
        "left_passage_id",
        *(f"{side}_{name}" for side in ("left", "right") for name in ("article_id", *names)),
    ]
    spans, meetings = [np.zeros((0, 5), np.int32)], [np.zeros((0, 4), np.int32)]
    for batch in corpus.snapshot.batches("matches", columns):
        rank = {
            side: pc.index_in(batch[f"{side}_article_id"], ids).fill_null(-1).to_numpy().astype(np.int64)
            for side in ("left", "right")
        }
        place = {(side, name): batch[f"{side}_{name}"].to_numpy() for side in rank for name in names}
        changed = sum(batch[name].to_numpy() for name in ("insertions", "deletions", "substitutions"))
        kind = np.where(changed == 0, PAINT.index("verbatim"), PAINT.index("edited"))
        kind[pc.is_in(batch["left_passage_id"], background).to_numpy(zero_copy_only=False)] = PAINT.index("background")
        kind[pc.equal(batch["edit_class"], "quote_only").to_numpy(zero_copy_only=False)] = PAINT.index("quotation")
        kind[_true(batch["same_owner"]).to_numpy(zero_copy_only=False)] = PAINT.index("house")
        counted = pc.is_valid(batch["left_passage_id"]).to_numpy(zero_copy_only=False)
        for side, far in (("left", "right"), ("right", "left")):
            mine = counted & (rank[side] >= 0)
            told = [rank[side], *(place[side, name] for name in names), kind]
            spans.append(np.stack(told, axis=1, dtype=np.int32)[mine])
            meets = (rank[side] >= 0) & (rank[far] >= 0)
            meets &= np.isin(rank[side] * n + rank[far], traced)
            both = rank[side], rank[far], place[side, "paragraph"], place[far, "paragraph"]
            meetings.append(np.stack(both, axis=1, dtype=np.int32)[meets])
        for found in (spans, meetings):
            if sum(map(len, found)) > 2 * len(found[0]) + MEETINGS:
                found[:] = [_distinct(np.concatenate(found))]
    all_spans, all_meetings = _distinct(np.concatenate(spans)), _distinct(np.concatenate(meetings))
    del spans, meetings
    span_starts = np.searchsorted(all_spans[:, 0], np.arange(n + 1))
    meeting_starts = np.searchsorted(all_meetings[:, 0], np.arange(n + 1))

    def painted(rank: int) -> dict[int, list[list]]:
        by_paragraph: dict[int, list[tuple[int, int, int]]] = {}
        for _, paragraph, begin, end, kind in all_spans[span_starts[rank] : span_starts[rank + 1]].tolist():
            by_paragraph.setdefault(paragraph, []).append((begin, end, kind))
        return {
            paragraph: [[begin, end, PAINT[kind]] for begin, end, kind in flattened(found) if kind]
            for paragraph, found in by_paragraph.items()
        }

    def met(rank: int) -> dict[str, list[list[int]]]:
        pairs: dict[str, list[list[int]]] = {}
        for _, source, here, there in all_meetings[meeting_starts[rank] : meeting_starts[rank + 1]].tolist():
            pairs.setdefault(ids[source].as_py(), []).append([here, there])
        return pairs

    return painted, met


def _distinct(rows: np.ndarray) -> np.ndarray:
    """Distinct rows in order; ``np.unique`` with an axis compares them byte by byte, ten times as slow."""
    rows = rows[np.lexsort(rows.T[::-1])]
    return rows[np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(rows)]]


def _about(corpus: _Corpus, rows: pa.Array | pa.ChunkedArray, chosen: tuple[str, ...] | None = None) -> pa.Table:
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


def _of_chosen(corpus: _Corpus, name: str, columns: list[str], ids: pa.Array, key: str = "article_id") -> pa.Table:
    """Rows of the chosen articles (by another ``key``: clusters), in the order of their place among them: ``rank``."""
    kept = [schemas.empty(schemas.TABLES[name]).select(columns)]
    for batch in corpus.snapshot.batches(name, columns):
        found = batch.filter(pc.is_in(batch[key], ids))
        kept.append(pa.Table.from_batches([found]).select(columns).cast(kept[0].schema))
    table = pa.concat_tables(kept)
    return _by_rank(table.append_column("rank", pc.index_in(table[key], ids)))


def _by_rank(table: pa.Table) -> pa.Table:
    return table.take(pc.sort_indices(table, sort_keys=[("rank", "ascending")]))  # stable


def _in_blocks(table: pa.Table) -> Iterator[dict]:
    """The rows of a table as dictionaries, some thousands in memory at a time."""
    for begin in range(0, table.num_rows, 4_096):
        yield from _rounded(table.slice(begin, 4_096)).to_pylist()


def _groups(table: pa.Table) -> Any:
    """A function from a rank to its rows as dictionaries, of a table in their order; it is asked in rising order."""
    table = _rounded(table)
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


# ------------------------------------------------------------------------------------------------- the first page


def _glance(corpus: _Corpus, sources: pa.Table, counts: Mapping[str, int]) -> dict[str, Any]:
    """Counts, days, the most carried dispatches, carriers without credit."""
    names = {
        "id": "article_id",
        "title": "title",
        "outlet": "outlet",
        "agency": "agency",
        "share": "share_found",
        "credit": "credit_status",
        "at": "published_at",
        "precision": "date_precision",
        "p": "p_agency",
        "basis": "agency_basis",
    }
    articles = corpus.articles.select([*names.values(), "n_words", "share_boilerplate", "derivation"])
    articles = articles.filter(pc.invert(_true(corpus.articles["is_wire"])))
    prose = articles["n_words"].fill_null(0).to_numpy() * (1 - articles["share_boilerplate"].fill_null(0).to_numpy())
    agency = articles["share_found"].fill_null(0).to_numpy()
    credited = pc.is_in(articles["credit_status"], pa.array(CREDITED))
    derived = pc.is_in(articles["derivation"], pa.array(["wholly", "partially"]))
    silent = articles.filter(pc.and_(pc.and_(derived, pc.invert(credited)), pc.is_valid(articles["agency"])))
    words = pc.multiply(pc.cast(silent["n_words"], pa.float64()), pc.cast(silent["share_found"], pa.float64()))
    silent = silent.append_column("agency_words", words)
    order = [("agency_words", "descending"), ("article_id", "ascending")]
    most = _first(silent, order, 12).select(list(names.values())).rename_columns(list(names))
    outlets = corpus.snapshot.table("outlets")
    days = (
        outlets.filter(pc.is_valid(outlets["day"]))
        .group_by("day")
        .aggregate([("n_articles", "sum"), ("n_derived", "sum")])
        .sort_by("day")
    )
    return {
        "counts": counts,
        "share_found": round(float((prose * agency).sum() / prose.sum()), 4) if prose.sum() else None,
        "n_derived": pc.sum(derived).as_py() or 0,
        "top": _rounded(sources.filter(pc.greater(sources["outlets"], 0)).slice(0, 10)).to_pylist(),
        "silent": _rounded(most).to_pylist(),
        "days": [
            [str(day), articles, derived]
            for day, articles, derived in zip(*(column.to_pylist() for column in days.columns), strict=True)
        ],
    }


def _about_outlets(corpus: _Corpus) -> dict[str, Any]:
    """Outlets over all days, and the pairs of those with most matches."""
    table = corpus.snapshot.table("outlets")
    rows = table.filter(pc.is_null(table["day"])).drop_columns(["day"])
    pairs = corpus.snapshot.table("outlet_pairs")
    pairs = pairs.filter(pc.is_null(pairs["day"])).drop_columns(["day"])
    edges: Counter[str] = Counter()
    for side in ("from", "to"):
        for name, count in zip(pairs[side].to_pylist(), pairs["edges"].to_pylist(), strict=True):
            edges[name] += count
    shown = [name for name, _ in sorted(edges.items(), key=lambda item: (-item[1], item[0]))[:PAIRED_OUTLETS]]
    kept = pa.array(shown, pa.string())
    pairs = pairs.filter(pc.and_(pc.is_in(pairs["from"], kept), pc.is_in(pairs["to"], kept)))
    agencies = corpus.articles.filter(_true(corpus.articles["is_wire"]))["agency"]
    return {
        "outlets": _rounded(rows.sort_by([("n_articles", "descending"), ("outlet", "ascending")])).to_pylist(),
        "pairs": _rounded(pairs.sort_by([("from", "ascending"), ("to", "ascending")])).to_pylist(),
        "pair_names": shown,
        "n_paired": len(edges),
        "agencies": sorted({name for name in pc.unique(agencies).to_pylist() if name}),
    }


def _about_run(corpus: _Corpus, manifest: Mapping[str, Any] | None) -> dict[str, Any]:
    """How the run went: its manifest, what it refused, the tables beside the report."""
    rejects = corpus.snapshot.table("rejects")
    order = [("n_articles", "descending"), ("outlet", "ascending"), ("text", "ascending")]
    learned = corpus.snapshot.table("boilerplate").sort_by(order)
    tables = []
    for name in schemas.TABLES:
        path = corpus.snapshot.path(name)
        if path is not None:
            tables.append([name, disk.count_rows(path), path.name])
    return {
        "manifest": dict(manifest) if manifest else None,
        "rejects": rejects.slice(0, 200).to_pylist(),
        "n_rejects": rejects.num_rows,
        "tables": tables,
        "boilerplate": learned.slice(0, 50).to_pylist(),
    }


# ------------------------------------------------------------------------------------------------- files


def _write_index(folder: Path, home: dict[str, Any], limits: Limits) -> None:
    chunks = sorted((folder / "data").glob("*.js"))
    single = sum(path.stat().st_size for path in chunks) <= limits.inline
    embedded = []
    if single:
        for path in chunks:
            kind, number = path.stem.split("-")
            value = path.read_bytes().split(b",", 2)[2][: -len(b");\n")]
            embedded.append({"id": f"chunk-{kind}-{int(number)}", "json": _markup(value)})
        shutil.rmtree(folder / "data", ignore_errors=True)
    value = _json(home)
    program = "(() => {\n" + "\n".join(_asset(name) for name in SCRIPTS) + "\n})();"
    page = _template().render(
        marker=MARKER,
        style=_markup(_asset("report.css")),
        program=_markup(program),
        home=home,
        home_json=_markup(value),
        embedded=embedded,
        nonce=hashlib.blake2b(value + program.encode(), digest_size=16).hexdigest(),
    )
    (folder / "index.html").write_text(page, "utf-8")


def _write_list(folder: Path, kind: str, rows: pa.Table) -> int:
    """Write a list in chunks of columns, the first one small, to be shown at once; returns how many."""
    begins = [*range(0, min(rows.num_rows, FIRST_ROWS), FIRST_ROWS), *range(FIRST_ROWS, rows.num_rows, LIST_ROWS)]
    for number, begin in enumerate(begins):
        part = _rounded(rows.slice(begin, LIST_ROWS if number else FIRST_ROWS))
        _write_chunk(folder, kind, number, _json({name: part[name].to_pylist() for name in part.schema.names}))
    return len(begins)


def _write_texts(folder: Path, kind: str, records: Iterable[tuple[str, dict]]) -> list[str]:
    """Write records (sorted by id) in chunks of [id, record]; returns the first id of each chunk."""
    firsts: list[str] = []
    waiting: list[bytes] = []
    size = 0
    for key, record in records:
        if not waiting:
            firsts.append(key)
        waiting.append(_json([key, record]))
        size += len(waiting[-1])
        if size >= CHUNK_BYTES:
            _write_chunk(folder, kind, len(firsts) - 1, b"[" + b",".join(waiting) + b"]")
            waiting, size = [], 0
    if waiting:
        _write_chunk(folder, kind, len(firsts) - 1, b"[" + b",".join(waiting) + b"]")
    return firsts


def _write_chunk(folder: Path, kind: str, number: int, value: bytes) -> None:
    path = folder / "data" / f"{kind}-{number:05d}.js"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b'dedupChunk("%s",%d,' % (kind.encode(), number) + value + b");\n")


def _json(value: Any) -> bytes:
    """JSON that is safe inside a script element and as a script: no ``<``, ``>``, ``&``, no line separators."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)
    for bad, good in _UNSAFE:
        text = text.replace(bad, good)
    return text


_UNSAFE = tuple((character.encode(), f"\\u{ord(character):04x}".encode()) for character in "<>&\u2028\u2029")


def _rounded(table: pa.Table) -> pa.Table:
    """Floats to four digits: shares come as 32-bit floats, whose further digits are noise."""
    for place, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            table = table.set_column(place, field.name, pc.round(pc.cast(table[place], pa.float64()), 4))
    return table


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``folder`` when the block ends well."""
    if folder.exists() and not _may_go(folder):
        raise disk.StorageError(f"{folder} holds files that are no report: name a new or an empty folder")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _may_go(folder: Path) -> bool:
    index = folder / "index.html"
    if folder.is_dir() and not any(folder.iterdir()):
        return True
    if not index.is_file():
        return False
    with index.open(encoding="utf-8", errors="replace") as page:
        return f'name="{MARKER}"' in page.read(2_000)


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html.j2")


def _markup(text: str | bytes) -> Any:
    """Text that the template prints as it is: our own scripts and styles, and JSON from ``_json``."""
    from markupsafe import Markup

    return Markup(text.decode() if isinstance(text, bytes) else text)


@functools.cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _true(flags: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    return pc.fill_null(flags, False)

"""A trace -> PASSAGES, CLUSTERS, MATCHES, PROVENANCE: who carried whose prose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import ENDS, distinct_count, ids_of
from dedup.constants import CONFIDENCE_BITS, LIKELY, MOST_CONFIDENCE, SURE
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.tracing.columns import CHUNK, as_table, chosen, in_chunks, nulled, objects, times
from dedup.tracing.sources import first_and_last, first_carriers, lag_columns, lags
from dedup.tracing.traced import Trace
from dedup.tracing.witnesses import ATTESTED, CREDITED, strongest


def passages_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> PASSAGES, sorted by article, paragraph and begin, some rows at a time."""
    found = trace.passages.found
    for some in in_chunks(_in_place(trace)):
        yield as_table(
            schemas.PASSAGES,
            (),
            passage_id=ids_of(trace.passages.ids[some]),
            **_place(trace, some),
            n_words=found.end_word[some] - found.begin_word[some],
            cluster_id=ids_of(trace.passages.ids[trace.clusters.heads[trace.clusters.grouped.labels[some]]]),
        )


def _in_place(trace: Trace) -> np.ndarray:
    """The passages of articles whose rows are made, in the order of their places.

    Rows of paragraphs stand in the order of their articles.
    """
    found = trace.passages.found
    rows = np.flatnonzero(trace.anew[trace.corpus.article_of(found.paragraph)])
    return rows[np.lexsort((trace.passages.ids[rows], found.begin[rows], found.paragraph[rows]))]


def clusters_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> CLUSTERS, the most carried first, some rows at a time."""
    found, clusters, corpus = trace.passages.found, trace.clusters.grouped, trace.corpus
    n = len(trace.clusters.heads)
    article = corpus.article_of(found.paragraph)
    every = np.ones(len(article), bool)
    outlet = ~corpus.is_wire[article]
    labels = clusters.labels
    first, last = first_and_last(clusters, corpus, article)
    ids, size = trace.passages.ids[trace.clusters.heads], np.bincount(labels, minlength=n)
    n_articles = distinct_count(labels, article, every, n)
    n_outlets = distinct_count(labels, corpus.outlet[article], outlet, n)
    n_owners = distinct_count(labels, corpus.owner[article], outlet, n)
    order = trace.clusters_anew
    order = order[np.lexsort((ids[order], -size[order]))]
    head = trace.clusters.heads[order]
    texts = trace.spans(found.paragraph[head], found.begin[head], found.end[head], CHUNK)
    for some, text in zip(in_chunks(order), texts, strict=True):
        known = last[some] > UNKNOWN_TIME
        yield as_table(
            schemas.CLUSTERS,
            (),
            cluster_id=ids_of(ids[some]),
            size=size[some],
            n_articles=n_articles[some],
            n_outlets=n_outlets[some],
            n_owner_groups=n_owners[some],
            first_at=times(first[some], known),
            last_at=times(last[some], known),
            overlap_mean=clusters.mean[some],
            overlap_min=clusters.least[some],
            text=text,
            agency=trace.clusters.agency[some],
            agency_basis=trace.clusters.basis[some],
            evidence=EVIDENCE[strongest(trace.rung, trace.clusters.grouped)[some]],
            origin=ORIGINS[trace.clusters.origin[some]],
            p_agency=trace.clusters.p[some],
            likely_agency=guess(trace.clusters.likely[some], trace.clusters.agency[some], trace.clusters.p[some]),
            is_background=trace.clusters.background[some],
            is_boilerplate=trace.clusters.boilerplate[some],
            is_quotation=trace.clusters.quotation[some],
            reasons=trace.clusters.reasons(some),
        )


def matches_tables(trace: Trace, blocks: Iterable[tuple[int, pa.Table, pa.Table]]) -> Iterator[pa.Table]:
    """-> MATCHES, sorted by both sides, some rows at a time; left is the smaller article_id.

    ``blocks`` give all ALIGNMENTS with ENDS, a range of left articles at a time: the number of the first, the
    alignments, and the rewrites of these articles.
    """
    heavy = schemas.EDIT_CLASSES.index("heavy_edit")
    for first, alignments, rewrites in blocks:
        of_alignments = trace.passages.edit_class[first : first + len(alignments)]
        classes = np.append(of_alignments, np.full(len(rewrites), heavy, np.uint8))
        for end in ENDS:  # a rewrite makes no passage
            rewrites = rewrites.append_column(end, pa.nulls(len(rewrites), pa.uint32()))
        every = pa.concat_tables([alignments, rewrites]).combine_chunks()
        del alignments, rewrites
        if not trace.own.all():
            made = trace.own[every["left"].to_numpy()] | trace.own[every["right"].to_numpy()]
            every, classes = every.filter(pa.array(made)), classes[made]
        # the rows of paragraphs stand in the order of their articles
        names = ("right_begin", "right_paragraph", "left_begin", "left_paragraph")
        for some in in_chunks(np.lexsort([every[name].to_numpy() for name in names])):
            yield _matches(trace, every.take(pa.array(some)), classes[some])


def _matches(trace: Trace, alignments: pa.Table, classes: np.ndarray) -> pa.Table:
    """MATCHES of some ALIGNMENTS with ENDS, null for a rewrite, and the class of each one's edits."""
    corpus = trace.corpus
    rewrite = alignments["rewrite"].to_numpy()
    matched = alignments["matched"].to_numpy()
    columns = {}
    for side in ("left", "right"):
        article, paragraph = (alignments[name].to_numpy() for name in (side, f"{side}_paragraph"))
        columns[f"{side}_article_id"] = trace.articles.table["article_id"].take(pa.array(article))
        columns[f"{side}_outlet"] = trace.articles.table["outlet"].take(pa.array(article))
        columns[f"{side}_paragraph"] = paragraph - corpus.starts[article]
        columns[f"{side}_begin"], columns[f"{side}_end"] = alignments[f"{side}_begin"], alignments[f"{side}_end"]
        columns[f"{side}_words"] = pc.subtract(alignments[f"{side}_end_word"], alignments[f"{side}_begin_word"])
        columns[f"containment_{side}"] = matched / np.maximum(corpus.words[paragraph], 1)
        numbers = np.zeros(len(rewrite), np.uint64)
        numbers[~rewrite] = trace.passages.ids[alignments[f"{side}_passage"].drop_null().to_numpy()]
        columns[f"{side}_passage_id"] = ids_of(numbers)
    information = alignments["information"].to_numpy()
    return as_table(
        schemas.MATCHES,
        (),
        **columns,
        matched_words=matched,
        jaccard=alignments["jaccard"],
        longest_run=alignments["longest"],
        n_runs=alignments["runs"],
        insertions=alignments["insertions"],
        deletions=alignments["deletions"],
        substitutions=alignments["substitutions"],
        information=information,
        edit_class=EDIT_CLASSES[classes],
        rewrite=rewrite,
        quote_reason=QUOTE_REASONS[alignments["quote_reason"].to_numpy()],
        quotation_share=alignments["quoted"].to_numpy() / np.maximum(matched, 1),
        confidence=np.where(
            rewrite,
            alignments["confidence"].to_numpy(),
            np.minimum(MOST_CONFIDENCE, SURE + information / CONFIDENCE_BITS),
        ),
        same_owner=corpus.owner[alignments["left"].to_numpy()] == corpus.owner[alignments["right"].to_numpy()],
    )


EDIT_CLASSES = np.array(schemas.EDIT_CLASSES, object)

QUOTE_REASONS = np.array(schemas.QUOTE_REASONS, object)


def provenance_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> PROVENANCE, one row a passage, sorted by article, paragraph and begin, some rows at a time."""
    owners = _owners(trace)
    carriers = first_carriers(trace.passages.found, trace.clusters.grouped, trace.corpus, trace.passages.ids)
    for some in in_chunks(_in_place(trace)):
        yield _provenance(trace, some, carriers, owners)


def _provenance(
    trace: Trace, rows: np.ndarray, carriers: tuple[np.ndarray, np.ndarray, np.ndarray], owners: np.ndarray
) -> pa.Table:
    """PROVENANCE of some passages."""
    found, corpus = trace.passages.found, trace.corpus
    article = corpus.article_of(found.paragraph[rows])
    has = trace.passages.sources.passage[rows] >= 0
    origin = np.maximum(trace.passages.sources.passage[rows], 0)
    source_article = corpus.article_of(found.paragraph[origin])
    words = found.end_word[rows] - found.begin_word[rows]
    matched, edit_class = trace.passages.sources.words[rows], EDIT_CLASSES[trace.passages.sources.edit_class[rows]]
    lag_low, lag_high, known = lags(corpus, article, source_article, has)
    direction = np.where(lag_low > 0, "after", np.where(lag_high < 0, "before", "tie")).astype(object)
    direction[~known] = "unknown"
    first, first_is_sure, tied = carriers
    label = trace.clusters.grouped.labels[rows]
    first = first[label]
    is_wire = corpus.is_wire[article]
    place = _place(trace, origin)
    of_article = {name: trace.articles.table[name].take(pa.array(article)) for name in ("outlet", "published_at")}
    credited = trace.articles.status
    status = {name: credited[name].take(pa.array(article)) for name in ("credit_status", "credited_agency")}
    from_wire, source = has & corpus.is_wire[source_article], pa.array(source_article, mask=~has)
    revision = trace.articles.table["revision"].take(pa.array(source_article, mask=~from_wire))
    return as_table(
        schemas.PROVENANCE,
        (),
        passage_id=ids_of(trace.passages.ids[rows]),
        **_place(trace, rows),
        **of_article,
        cluster_id=ids_of(trace.passages.ids[trace.clusters.heads[label]]),
        n_words=words,
        origin=ORIGINS[trace.clusters.origin[label]],
        source_article_id=nulled(place["article_id"], ~has),
        source_outlet=pc.if_else(
            from_wire, *(trace.articles.table[name].take(source) for name in ("agency", "outlet"))
        ),
        source_is_wire=nulled(from_wire, ~has),
        source_paragraph=nulled(place["paragraph"], ~has),
        source_begin=nulled(place["begin"], ~has),
        source_end=nulled(place["end"], ~has),
        source_revision=revision,
        first_carrier=trace.articles.table["article_id"].take(pa.array(first, mask=first < 0)),
        edit_class=nulled(edit_class, ~has),
        containment=nulled(np.minimum(matched / np.maximum(words, 1), 1.0), ~has),
        **lag_columns(lag_low, lag_high, known),
        direction=nulled(direction, ~has),
        is_first=(first == article) & first_is_sure[label] & ~is_wire,
        is_tie=tied[rows] & ~is_wire,
        same_owner=has & (corpus.owner[article] == corpus.owner[source_article]),
        **status,
        agency=trace.agencies.of(rows),
        agency_basis=chosen(trace.rung[rows] >= CREDITED, trace.clusters.basis[label], "none"),
        p_agency=trace.clusters.p[label],
        share_class=SHARES[trace.passages.share_class[rows]],
        evidence=EVIDENCE[trace.rung[rows]],
        reasons=_passage_reasons(
            trace, label, trace.rung[rows], owners[label], has, source_article, lag_low, lag_high, known
        ),
    )


def guess(likely: np.ndarray, agency: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The likely agencies where no witness names one and the prose reads like an agency's."""
    named = np.array([name is not None for name in agency.tolist()], bool)
    return nulled(likely, named | (p < LIKELY))


SHARES = np.array(schemas.SHARES, object)


EVIDENCE = np.array(schemas.EVIDENCE, object)


ORIGINS = np.array(schemas.ORIGINS, object)


def _owners(trace: Trace) -> np.ndarray:
    """Independent owners of each cluster's members, dispatches apart: (clusters,) int64."""
    corpus = trace.corpus
    article = corpus.article_of(trace.passages.found.paragraph)
    labels, n = trace.clusters.grouped.labels, len(trace.clusters.heads)
    return distinct_count(labels, corpus.owner[article], ~corpus.is_wire[article], n)


def _passage_reasons(
    trace: Trace,
    labels: np.ndarray,
    rung: np.ndarray,
    owners: np.ndarray,
    has: np.ndarray,
    source_article: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    known: np.ndarray,
) -> list[list[str]]:
    """Sentences that say why a passage is given to its source and agency."""
    corpus = trace.corpus
    ids = objects(trace.articles.table["article_id"].take(pa.array(source_article)))
    sentences, rungs = [], rung.tolist()
    for row, (label, source) in enumerate(zip(labels.tolist(), source_article.tolist(), strict=True)):
        said = []
        if has[row] and corpus.is_wire[source]:
            said.append(f"stands in the dispatch {ids[row]}")
        elif has[row]:
            said.append(f"stands in {ids[row]}, the earliest known carrier")
        else:
            said.append("is the earliest known text of its cluster")
        if has[row] and not known[row]:
            said.append("a date is missing, so the direction is not sure")
        elif has[row] and low[row] <= 0 <= high[row]:
            said.append("the dates do not tell which came first")
        if owners[row] > 1:
            said.append("printed by several independent owners")  # how many: clusters; the row stays as it is
        if rungs[row] == ATTESTED:
            said.append(f"another outlet that prints it credits {trace.clusters.agency[label]}")
        if trace.clusters.background[label]:
            said.append("recurs over days as background")
        if trace.clusters.quotation[label]:
            said.append("only a quotation is shared")
        if trace.clusters.translated[label]:
            said.append("one French wording of a foreign speaker's words points to one translator, hence to one wire")
        sentences.append(said)
    return sentences


def _place(trace: Trace, passages: np.ndarray) -> dict[str, np.ndarray]:
    found = trace.passages.found
    paragraph = found.paragraph[passages]
    article = trace.corpus.article_of(paragraph)
    return {
        "article_id": objects(trace.articles.table["article_id"].take(pa.array(article))),
        "paragraph": paragraph - trace.corpus.starts[article],
        "begin": found.begin[passages],
        "end": found.end[passages],
    }

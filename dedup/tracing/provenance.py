"""PASSAGES, CLUSTERS and credits -> PROVENANCE, ARTICLE_PROVENANCE: who carried whose prose, and how much of it.

Shares follow METER's three classes (Gaizauskas et al., The METER corpus, 2001) and the rates of Cagé, Hervé & Viaud
(The Production of Information in an Online World, 2020). Times are intervals: a lag is never more exact than the two
dates it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import (
    ENDS,
    Clusters,
    Corpus,
    Passages,
    Shares,
    distinct_count,
    ids_of,
    one_chunk,
    replaced,
    run_begins,
    slices,
)
from dedup.config import Config
from dedup.constants import (
    AGENCY_SHARE,
    BACKGROUND_MATCHES,
    CONFIDENCE_BITS,
    DAY,
    HALF,
    LATE,
    LIKELY,
    MOST_CONFIDENCE,
    STORY_SECONDS,
    SURE,
)
from dedup.kernels import groups as compiled
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.tracing import witnesses
from dedup.tracing.traced import Sources, Trace
from dedup.tracing.witnesses import ATTESTED, CREDITED


def corpus(
    articles: pa.Table, starts: np.ndarray, words: np.ndarray, set_apart: np.ndarray, low: pa.Array, high: pa.Array
) -> Corpus:
    """ARTICLES, the first paragraph of each, paragraphs' words and whether they are set apart, the times -> Corpus."""
    dated = low.is_valid().to_numpy(zero_copy_only=False)
    is_wire = articles["is_wire"].fill_null(False).to_numpy(zero_copy_only=False)
    names: dict[str, int] = {}
    outlets, owners = np.empty((2, len(articles)), np.int64)
    for some in slices(len(articles), CHUNK):
        columns = (articles[name][some].to_pylist() for name in ("article_id", "outlet", "owner_group", "agency"))
        for row, wire, article_id, outlet, owner, agency in zip(
            range(some.start, some.stop), is_wire[some].tolist(), *columns, strict=True
        ):
            if wire:
                home = group = f"agency\x1f{agency}"
            else:
                home = f"outlet\x1f{outlet}" if outlet else f"article\x1f{article_id}"
                group = f"owner\x1f{owner}" if owner else home
            outlets[row] = names.setdefault(home, len(names))
            owners[row] = names.setdefault(group, len(names))
    return Corpus(
        np.where(dated, low.fill_null(0).to_numpy(), UNKNOWN_TIME),
        np.where(dated, high.fill_null(0).to_numpy(), LATE),
        dated,
        outlets,
        owners,
        is_wire,
        starts,
        words,
        set_apart,
    )


def order_in_time(corpus: Corpus, articles: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Order of some articles' passages: by the last second of the date, unknown dates last, ties by id.

    The last second, not the first: a paper that gives only the day must not come before the dispatch of that noon.
    """
    return np.lexsort((ids, corpus.high[articles]))


def sources(
    blocks: Iterable[tuple[int, pa.Table]],
    edit_class: np.ndarray,
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    ids: np.ndarray,
) -> Sources:
    """The passage that each one comes from, and the match that leads there.

    ``blocks`` give ENDS and ``matched`` of all ALIGNMENTS in their order, each with the number of its first one;
    ``edit_class`` (alignments,) uint8 is the class of their edits. An outlet's passage comes from the dispatch that
    shares most words with it (all revisions compete); without a dispatch, from the passage it matches that was carried
    earliest, unless it was itself carried earlier. A dispatch comes only from an earlier dispatch: background that a
    paper printed first is not its source.
    """
    article = corpus.article_of(found.paragraph)
    n = len(ids)
    ranks = np.empty(n, np.int64)
    ranks[order_in_time(corpus, article, ids)] = np.arange(n)
    is_wire = corpus.is_wire[article]
    told = Sources(np.full(n, -1, np.int64), np.zeros(n, np.int32), np.zeros(n, np.uint8))
    for first, table in blocks:
        columns = (table[name].to_numpy() for name in (*ENDS, "matched"))
        classes = edit_class[first : first + len(table)]
        compiled.best_sources(*columns, classes, clusters.labels, ranks, is_wire, *told)
    return told


def left_is_source(corpus: Corpus, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether the left article of each pair is the likelier source: a dispatch, or the earlier one, or the left."""
    wire_left, wire_right = corpus.is_wire[left], corpus.is_wire[right]
    by_time = corpus.high[left] <= corpus.high[right]
    return np.where(wire_left != wire_right, wire_left, by_time)


def with_revisions(articles: pa.Table, corpus: Corpus, alignments: pa.Table) -> pa.Table:
    """ARTICLES with ``wire_id`` and ``revision`` of the dispatches filled where the input gave none.

    Dispatches of one agency within STORY_SECONDS that share at least half of the shorter one are revisions of one
    story; its id is that of the earliest.
    """
    left, right = alignments["left"].to_numpy().astype(np.int64), alignments["right"].to_numpy().astype(np.int64)
    keep = corpus.is_wire[left] & corpus.is_wire[right] & (corpus.owner[left] == corpus.owner[right])
    keep &= np.abs(np.clip(corpus.low[left] - corpus.low[right], -(2**40), 2**40)) <= STORY_SECONDS
    n = len(corpus.low)
    total = np.diff(np.append(0, np.cumsum(corpus.words, dtype=np.int64))[corpus.starts])
    pairs, back = np.unique(np.stack([left[keep], right[keep]]), axis=1, return_inverse=True)
    shared = np.bincount(back.ravel(), weights=alignments["matched"].to_numpy()[keep], minlength=pairs.shape[1])
    same = shared >= HALF * np.minimum(total[pairs[0]], total[pairs[1]])
    story = np.empty(n, np.int64)
    compiled.union_find(pairs[0][same], pairs[1][same], story)
    wires = np.flatnonzero(corpus.is_wire)
    of_wires = articles.take(pa.array(wires))
    ids, given, revision = (_column(of_wires[name]) for name in ("article_id", "wire_id", "revision"))
    story = story[wires]
    first: dict[int, str] = {}
    count: dict[str, int] = {}
    for row in np.lexsort((ids.astype(str), corpus.high[wires])).tolist():
        if given[row] is None:
            given[row] = first.setdefault(int(story[row]), ids[row])
        if revision[row] is None:
            revision[row] = count.get(given[row], 0)
        count[given[row]] = max(count.get(given[row], 0), revision[row] + 1)
    for name, values in (("wire_id", given), ("revision", revision)):
        column = one_chunk(articles[name])
        told = pc.replace_with_mask(column, pa.array(corpus.is_wire), pa.array(values.tolist(), column.type))
        articles = replaced(articles, name, told)
    return articles


def heads(clusters: Clusters, corpus: Corpus, passage_article: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Source passage of each cluster: the earliest, ties by id. Shape (clusters,), int64."""
    order = order_in_time(corpus, passage_article, ids)
    _, first = np.unique(clusters.labels[order], return_index=True)
    return order[first]


def background(
    found: Passages, clusters: Clusters, corpus: Corpus, edges: np.ndarray, apart: np.ndarray, config: Config
) -> np.ndarray:
    """Clusters that recur: over ``background_days`` days, in articles that share little else. (clusters,) bool.

    ``edges`` (clusters,) are the matches in each one; ``apart`` (clusters,) those whose articles share fewer other
    words than the match has. It must hold for the median match.
    """
    first, last = _first_and_last(clusters, corpus, corpus.article_of(found.paragraph))
    spread = np.where(last > UNKNOWN_TIME, last - first, 0)
    return (spread >= config.background_days * DAY) & (apart > edges // 2) & (edges >= BACKGROUND_MATCHES)


def _first_and_last(clusters: Clusters, corpus: Corpus, article: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Earliest and latest known second of each cluster's members; LATE and UNKNOWN_TIME when none is known."""
    n = len(clusters.mean)
    first, last = np.full(n, LATE), np.full(n, UNKNOWN_TIME)
    dated = corpus.dated[article]
    np.minimum.at(first, clusters.labels[dated], corpus.low[article[dated]])
    np.maximum.at(last, clusters.labels[dated], corpus.low[article[dated]])
    return first, last


FEED_PROBABILITY = 0.98
"""p_agency of a cluster that holds a dispatch: a paper's words can still stand in it by the agency's quoting them."""


TRANSLATED_PROBABILITY = 0.7
"""Least p_agency of a cluster that shares one French wording of a foreigner's words."""


# ---------------------------------------------------------------------------------------------------------- tables


def passages_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> PASSAGES, sorted by article, paragraph and begin, some rows at a time."""
    found = trace.passages.found
    for some in _in_chunks(_in_place(trace)):
        yield _table(
            schemas.PASSAGES,
            (),
            passage_id=ids_of(trace.passages.ids[some]),
            **_place(trace, some),
            n_words=found.end_word[some] - found.begin_word[some],
            cluster_id=ids_of(trace.passages.ids[trace.clusters.heads[trace.clusters.grouped.labels[some]]]),
        )


def _in_place(trace: Trace) -> np.ndarray:
    """The passages in the order of their places: rows of paragraphs stand in the order of their articles."""
    found = trace.passages.found
    return np.lexsort((trace.passages.ids, found.begin, found.paragraph))


def clusters_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> CLUSTERS, the most carried first, some rows at a time."""
    found, clusters, corpus = trace.passages.found, trace.clusters.grouped, trace.corpus
    n = len(trace.clusters.heads)
    article = corpus.article_of(found.paragraph)
    every = np.ones(len(article), bool)
    outlet = ~corpus.is_wire[article]
    labels = clusters.labels
    first, last = _first_and_last(clusters, corpus, article)
    ids, size = trace.passages.ids[trace.clusters.heads], np.bincount(labels, minlength=n)
    n_articles = distinct_count(labels, article, every, n)
    n_outlets = distinct_count(labels, corpus.outlet[article], outlet, n)
    n_owners = distinct_count(labels, corpus.owner[article], outlet, n)
    order = np.lexsort((ids, -size))
    head = trace.clusters.heads[order]
    texts = trace.spans(found.paragraph[head], found.begin[head], found.end[head], CHUNK)
    for some, text in zip(_in_chunks(order), texts, strict=True):
        known = last[some] > UNKNOWN_TIME
        yield _table(
            schemas.CLUSTERS,
            (),
            cluster_id=ids_of(ids[some]),
            size=size[some],
            n_articles=n_articles[some],
            n_outlets=n_outlets[some],
            n_owner_groups=n_owners[some],
            first_at=_times(first[some], known),
            last_at=_times(last[some], known),
            overlap_mean=clusters.mean[some],
            overlap_min=clusters.least[some],
            text=text,
            agency=trace.clusters.agency[some],
            agency_basis=trace.clusters.basis[some],
            evidence=EVIDENCE[_strongest(trace)[some]],
            origin=ORIGINS[trace.clusters.origin[some]],
            p_agency=trace.clusters.p[some],
            likely_agency=_guess(trace.clusters.likely[some], trace.clusters.agency[some], trace.clusters.p[some]),
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
        # the rows of paragraphs stand in the order of their articles
        names = ("right_begin", "right_paragraph", "left_begin", "left_paragraph")
        for some in _in_chunks(np.lexsort([every[name].to_numpy() for name in names])):
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
    return _table(
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
        quote_reason=QUOTE_REASONS[alignments["quote_reason"].to_numpy()],
        quotation_share=alignments["quoted"].to_numpy() / np.maximum(matched, 1),
        rewrite=rewrite,
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
    carriers = first_carriers(trace)
    for some in _in_chunks(_in_place(trace)):
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
    from_wire = has & corpus.is_wire[source_article]
    revision = trace.articles.table["revision"].take(pa.array(source_article, mask=~from_wire))
    return _table(
        schemas.PROVENANCE,
        (),
        passage_id=ids_of(trace.passages.ids[rows]),
        **_place(trace, rows),
        **of_article,
        cluster_id=ids_of(trace.passages.ids[trace.clusters.heads[label]]),
        source_article_id=_null(place["article_id"], ~has),
        source_paragraph=_null(place["paragraph"], ~has),
        source_begin=_null(place["begin"], ~has),
        source_end=_null(place["end"], ~has),
        source_revision=revision,
        first_carrier=trace.articles.table["article_id"].take(pa.array(first, mask=first < 0)),
        edit_class=_null(edit_class, ~has),
        containment=_null(np.minimum(matched / np.maximum(words, 1), 1.0), ~has),
        lag_low=_null(lag_low, ~known),
        lag_high=_null(lag_high, ~known),
        direction=_null(direction, ~has),
        is_first=(first == article) & first_is_sure[label] & ~is_wire,
        is_tie=tied[rows] & ~is_wire,
        same_owner=has & (corpus.owner[article] == corpus.owner[source_article]),
        **status,
        agency=_null(trace.clusters.agency[label], trace.rung[rows] < CREDITED),
        agency_basis=_where(trace.rung[rows] >= CREDITED, trace.clusters.basis[label], "none"),
        p_agency=trace.clusters.p[label],
        share_class=SHARES[trace.passages.share_class[rows]],
        evidence=EVIDENCE[trace.rung[rows]],
        reasons=_passage_reasons(
            trace, label, trace.rung[rows], owners[label], has, source_article, lag_low, lag_high, known
        ),
    )


def lags(
    corpus: Corpus, article: np.ndarray, source: np.ndarray, has: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least and greatest lag in seconds of each article behind its source, and whether both dates are known."""
    known = has & corpus.dated[article] & corpus.dated[source]
    low = np.where(known, corpus.low[article] - np.where(known, corpus.high[source], 0), 0)
    high = np.where(known, corpus.high[article] - np.where(known, corpus.low[source], 0), 0)
    return low, high, known


def first_carriers(trace: Trace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who carried each cluster first, dispatches apart.

    Returns the article (clusters,) int64, -1 when no carrier is dated; whether no carrier of another owner can have
    been as early (clusters,) bool, false when one is undated; and, for each passage, whether its article may have
    been first together with another (passages,) bool.
    """
    found, clusters, corpus = trace.passages.found, trace.clusters.grouped, trace.corpus
    n = len(trace.clusters.heads)
    article = corpus.article_of(found.paragraph)
    outlet = ~corpus.is_wire[article]
    rows = np.flatnonzero(outlet & corpus.dated[article])
    rows = rows[np.lexsort((trace.passages.ids[rows], corpus.high[article[rows]]))]
    first = np.full(n, -1, np.int64)
    label, at = np.unique(clusters.labels[rows], return_index=True)
    first[label] = article[rows[at]]
    mine = first[clusters.labels]
    rival = outlet & (mine >= 0) & (corpus.owner[article] != corpus.owner[np.maximum(mine, 0)])
    close = rival & (corpus.low[article] <= corpus.high[np.maximum(mine, 0)])
    contested = np.zeros(n, bool)
    contested[clusters.labels[close]] = True
    tied = close & corpus.dated[article] | (contested[clusters.labels] & (article == mine))
    return first, (first >= 0) & ~contested, tied


def articles_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> ARTICLE_PROVENANCE, one row an article, sorted by article_id, some rows at a time."""
    best, best_words = best_sources(trace)
    agency, basis = _article_agencies(trace)
    for some in slices(len(best), CHUNK):
        yield _article_provenance(trace, some, best[some], best_words[some], agency[some], basis[some])


def _article_provenance(
    trace: Trace,
    some: slice,
    best: np.ndarray,
    best_words: np.ndarray,
    agency: np.ndarray,
    basis: np.ndarray,
) -> pa.Table:
    """ARTICLE_PROVENANCE of some articles."""
    corpus, shares = trace.corpus, trace.articles.shares.of(some)
    articles, status = (_part(table, some) for table in (trace.articles.table, trace.articles.status))
    prose = np.maximum(shares.prose, 1)
    copied = shares.words["verbatim"] + shares.words["edited"] + shares.words["background"]
    is_wire, p_article = corpus.is_wire[some], trace.articles.p[some]
    has = best >= 0
    lag_low, lag_high, known = lags(corpus, np.arange(some.start, some.stop), np.maximum(best, 0), has)
    much = shares.agency / prose >= AGENCY_SHARE
    p_agency = np.where(is_wire, 1.0, p_article[:, 0] + p_article[:, 1] * much)
    columns = {
        **{name: articles[name] for name in OF_ARTICLE},
        **{f"share_{name}": share for name, share in _exact_shares(shares).items()},
        "is_wire": is_wire,
        "n_words": shares.total,
        "share_found": np.where(is_wire, 1.0, shares.found / prose),
        "share_estimated": np.where(is_wire, 1.0, trace.articles.share_estimated[some]),
        "share_same_owner": shares.same_owner / prose,
        "copy_rate": copied / prose,
        "originality_rate": 1.0 - copied / prose,
        "evidence": EVIDENCE[trace.articles.rung[some]],
        "derivation": np.array([*schemas.DERIVATIONS, None], object)[trace.articles.derivation[some]],
        "best_source": trace.articles.table["article_id"].take(pa.array(best, mask=~has)),
        "best_source_share": _null(best_words / prose, ~has),
        "credit_status": status["credit_status"],
        "credited_agency": status["credited_agency"],
        "agency": agency,
        "agency_basis": basis,
        "likely_agency": _guess(_national(articles), agency, p_agency),
        "p_agency": p_agency,
        "lag_low": _null(lag_low, ~known),
        "lag_high": _null(lag_high, ~known),
        "reasons": trace.articles.reasons(some),
    }
    return _table(schemas.ARTICLE_PROVENANCE, (), **columns)


def evidence_tables(trace: Trace) -> Iterator[pa.Table]:
    """-> AGENCY_EVIDENCE, one row an article, sorted by article_id, some rows at a time."""
    for some in slices(len(trace.articles.evidence), CHUNK):
        columns = dict(zip(schemas.AGENCY_EVIDENCE.names[1:], trace.articles.evidence[some].T, strict=True))
        yield _table(schemas.AGENCY_EVIDENCE, (), article_id=trace.articles.table["article_id"][some], **columns)


def cluster_evidence_table(trace: Trace) -> pa.Table:
    """-> CLUSTER_EVIDENCE, one row a cluster, sorted by cluster_id."""
    columns = dict(zip(schemas.CLUSTER_EVIDENCE.names[1:], trace.clusters.evidence.T, strict=True))
    ids = ids_of(trace.passages.ids[trace.clusters.heads])
    return _table(schemas.CLUSTER_EVIDENCE, ("cluster_id",), cluster_id=ids, **columns)


def best_sources(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """The article that gives each article most words through its passages, and those words; -1 when there is none."""
    n = len(trace.corpus.low)
    sources = trace.passages.sources
    has = np.flatnonzero((sources.passage >= 0) & (sources.edit_class != schemas.EDIT_CLASSES.index("quote_only")))
    article = trace.corpus.article_of(trace.passages.found.paragraph)
    target, origin, words = article[has], article[sources.passage[has]], sources.words[has]
    best, most = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    pair, back = np.unique(target * n + origin, return_inverse=True)
    given = np.bincount(back, weights=words).astype(np.int64)
    target, origin = np.divmod(pair, n)
    order = np.lexsort((origin, -given, target))
    first = order[run_begins(target[order])]
    best[target[first]], most[target[first]] = origin[first], given[first]
    return best, most


def _article_agencies(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    """Agency that owns most of each article's prose, and on what basis: of its passages with a witness, else its own
    credit.
    """
    found, is_wire = trace.passages.found, trace.corpus.is_wire
    votes = np.flatnonzero(trace.rung >= CREDITED)
    told = list(zip(trace.clusters.agency.tolist(), trace.clusters.basis.tolist(), strict=True))
    label = trace.clusters.grouped.labels[votes]
    known = sorted({told[at] for at in np.unique(label).tolist()})
    place = {pair: at for at, pair in enumerate(known)}
    code = np.array([place[told[at]] for at in label.tolist()], np.int64)
    ballot = trace.corpus.article_of(found.paragraph[votes]) * len(known) + code
    ballot, back = np.unique(ballot, return_inverse=True)
    words = np.bincount(back, weights=(found.end_word - found.begin_word)[votes])
    article, code = np.divmod(ballot, max(len(known), 1))
    order = np.lexsort((code, -words, article))
    best = order[run_begins(article[order])]
    name, basis = np.full(len(is_wire), None, object), np.full(len(is_wire), "none", object)
    for row, at in zip(article[best].tolist(), code[best].tolist(), strict=True):
        name[row], basis[row] = known[at]
    own = (basis == "none") & (trace.articles.rung == CREDITED)
    name[own], basis[own] = _column(trace.articles.status["credited_agency"].filter(pa.array(own))), "credited_member"
    name[is_wire], basis[is_wire] = _column(trace.articles.table["agency"].filter(pa.array(is_wire))), "feed"
    return name, basis


def _national(articles: pa.Table) -> np.ndarray:
    """National agency of each article's country, None where it has none: (articles,) object."""
    national = witnesses.load_wires().national
    return np.array([national.get(country) for country in articles["country"].to_pylist()] or [], object)


def _guess(likely: np.ndarray, agency: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The likely agencies where no witness names one and the prose reads like an agency's."""
    named = np.array([name is not None for name in agency.tolist()], bool)
    return _null(likely, named | (p < LIKELY))


def _strongest(trace: Trace) -> np.ndarray:
    """The strongest rung of each cluster's passages: (clusters,) uint8. Its own credit alone is a suspicion there."""
    rung = np.zeros(len(trace.clusters.heads), np.uint8)
    np.maximum.at(rung, trace.clusters.grouped.labels, trace.rung)
    return rung


def _exact_shares(shares: Shares) -> dict[str, np.ndarray]:
    """The six shares (articles,) float32, as multiples of 2^-20: they add up to exactly 1 in any order.

    What the rounding leaves goes to 'own'; an article without words is all its own.
    """
    grain = 1 << 20
    units = {
        name: shares.words[name] * grain // np.maximum(shares.total, 1) for name in schemas.SHARES if name != "own"
    }
    units["own"] = grain - sum(units.values())
    return {name: (value / grain).astype(np.float32) for name, value in units.items()}


SHARES = np.array(schemas.SHARES, object)
EVIDENCE = np.array(schemas.EVIDENCE, object)
ORIGINS = np.array(schemas.ORIGINS, object)
OF_ARTICLE = ("article_id", "title", "url", "outlet", "owner_group", "published_at", "date_precision")
"""Columns of ARTICLES that ARTICLE_PROVENANCE repeats."""


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
    ids = _column(trace.articles.table["article_id"].take(pa.array(source_article)))
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
            said.append(f"printed by {owners[row]} independent owners")
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
        "article_id": _column(trace.articles.table["article_id"].take(pa.array(article))),
        "paragraph": paragraph - trace.corpus.starts[article],
        "begin": found.begin[passages],
        "end": found.end[passages],
    }


def _in_chunks(order: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in their order, some at a time; once nothing when there is none."""
    for start in range(0, max(len(order), 1), CHUNK):
        yield order[start : start + CHUNK]


CHUNK = 100_000
"""Rows of a table that are put together at once: ids and sentences take far more room than numbers."""


def _part(table: pa.Table, some: slice) -> pa.Table:
    return table.slice(some.start, some.stop - some.start)


def _column(column: pa.ChunkedArray) -> np.ndarray:
    """A column as an array of objects, None for null."""
    return np.array(column.to_pylist() or [], dtype=object)


def _null(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The values as objects, None where asked."""
    values = np.asarray(values).astype(object)
    values[where] = None
    return values


def _where(chosen: np.ndarray, values: np.ndarray, other: str) -> np.ndarray:
    return np.where(chosen, values, other)


def _times(seconds: np.ndarray, known: np.ndarray) -> pa.Array:
    return pa.array(np.where(known, seconds, 0) * 1_000_000, pa.int64(), mask=~known).cast(schemas.TIME)


def _table(schema: pa.Schema, order: tuple, **columns: object) -> pa.Table:
    """A table of the schema, its rows sorted by the named columns; as they come when none is named."""
    arrays = []
    for field in schema:
        column = columns[field.name]
        if isinstance(column, np.ndarray) and column.dtype != object:
            column = pa.array(column) if column.dtype.kind != "U" else pa.array(column.astype(object), pa.string())
        elif not isinstance(column, (pa.Array, pa.ChunkedArray)):
            column = pa.array(column, field.type)
        arrays.append(column.cast(field.type))
    keys = [(key, "ascending") if isinstance(key, str) else key for key in order]
    table = pa.Table.from_arrays(arrays, schema=schema)
    return table.sort_by(keys) if keys else table

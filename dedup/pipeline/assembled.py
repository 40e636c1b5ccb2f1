"""What the steps before have found -> a trace: directions, then clusters, then passages' evidence, then articles."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import ENDS, Corpus, Passages, distinct_count, greatest, slices
from dedup.config import Config
from dedup.constants import LIKELY
from dedup.matching import align as aligning
from dedup.pipeline.layout import Layout
from dedup.pipeline.matches import Matches
from dedup.text import languages
from dedup.tracing import agencies, origins, shares, sources, statements, stories, translations, verdicts, witnesses
from dedup.tracing import cluster as clustering
from dedup.tracing import evidence as evidences
from dedup.tracing.columns import CHUNK
from dedup.tracing.traced import OfArticles, OfClusters, OfPassages, Trace
from dedup.tracing.weighed import Weighed, judged

WITH_ENDS = (*schemas.ALIGNMENTS.names, *ENDS)
"""Columns of matches once passages are found."""


class Known(NamedTuple):
    """What the steps before have found, as tracing takes it."""

    articles: pa.Table
    credits: pa.Table
    status: pa.Table
    layout: Layout
    matches: Matches
    found: Passages
    grouped: clustering.Clusters
    corpus: Corpus
    config: Config
    naming: np.ndarray
    """(articles,) float64, how often the outlet of each names an agency, see ``habits.outlet_naming``."""
    copied: np.ndarray
    """(articles,) float64, ``shares.copied`` of those whose matches are not all here, as remembered; NaN of others."""
    anew: np.ndarray
    """(articles,) bool, those whose rows are made."""
    own: np.ndarray
    """(articles,) bool, those whose matches are made."""
    habit: Callable[[Weighed], tuple[np.ndarray, np.ndarray]]
    """What is counted of the articles -> the habit of the outlet of each, and whether it is known to carry dispatches
    whole, see ``habits``."""


class _Kinds(NamedTuple):
    """What the matches say before anybody is named."""

    edit_class: np.ndarray
    """(alignments,) uint8, place in ``schemas.EDIT_CLASSES``."""
    share_class: np.ndarray
    """(alignments,) uint8, place in ``schemas.SHARES``."""
    of_passage: np.ndarray
    """(passages,) uint8, the greatest share class of the passage's matches."""


def traced(known: Known) -> Trace:
    """Put the steps' findings together: directions, then clusters, then passages' evidence, then articles."""
    found, grouped, corpus = known.found, known.grouped, known.corpus
    article = corpus.article_of(found.paragraph)
    quoted, edges, apart, prose, told = _counts_of_matches(known.matches, grouped, len(article))
    ids = _passage_ids(known.articles["article_id"], corpus.starts, article, found, quoted)
    background = sources.background(found, grouped, corpus, edges, apart, known.config)
    kinds = _kinds(known, background)
    blocks = known.matches.parts((*ENDS, "matched"))
    story = stories.numbers(known.articles)
    passages = OfPassages(
        found=found,
        ids=ids,
        sources=sources.sources(blocks, kinds.edit_class, found, grouped, corpus, ids, story),
        share_class=kinds.of_passage,
        edit_class=kinds.edit_class,
    )
    heads = sources.heads(grouped, corpus, article, ids)
    seen, model = _credits(known), evidences.load_model()
    named = witnesses.witnesses(known.articles, known.credits, known.status, found, grouped, corpus)
    copied = _copied(known, kinds)
    clusters = _of_clusters(known, ids, heads, background, prose == 0, told == 0, copied, seen, named, model)
    agency, basis, p = clusters.agency, clusters.basis, clusters.p
    origin = passages.sources.passage
    suspicious = origins.suspicious(found, grouped, clusters.origin, p)
    rung = witnesses.rungs(found, grouped, corpus, _countries(known.articles), named, agency, basis, origin, suspicious)
    p = np.where(
        witnesses.strongest(rung, grouped) >= witnesses.ATTESTED, np.maximum(p, evidences.WITNESS_PROBABILITY), p
    )
    clusters = clusters._replace(p=p)
    of_passages = agencies.passage_agencies(known.articles, found, grouped, corpus, agency, rung, origin)
    of_articles = agencies.article_agencies(corpus, found, grouped, basis, rung, of_passages, named)
    claimable = ~_barred(clusters.quotation, clusters.translated, clusters.boilerplate)[grouped.labels]
    solid = corpus.is_wire[article]
    solid[witnesses.of_the_agency(named, grouped, agency)] = True
    weighed = _weighed(known, kinds, passages.sources, rung, claimable, of_articles.mine, solid, p, seen)
    articles = _of_articles(known, weighed, copied, of_articles, seen, model)
    return Trace(corpus, known.layout.spans, passages, clusters, rung, of_passages, articles, known.anew, known.own)


def _countries(articles: pa.Table) -> np.ndarray:
    """(articles,) int64, a number of each one's country from 1 on; 0 where it is not known."""
    numbers = pc.dictionary_encode(pc.utf8_upper(articles["country"])).combine_chunks().indices
    return pc.add(pc.fill_null(numbers.cast(pa.int64()), -1), 1).to_numpy(zero_copy_only=False)


def _credits(known: Known) -> evidences.Credits:
    return evidences.credit_arrays(known.articles, known.credits, known.status, known.corpus, known.naming)


def _copied(known: Known, kinds: _Kinds) -> np.ndarray:
    """(articles,) float64, share of the prose of each article that other owners print too."""
    counted = [
        shares.copied(known.corpus, table, kinds.share_class[rows], some)
        for some, rows, table in known.matches.by_article(shares.OF_MATCHES)
    ]
    return np.where(np.isnan(known.copied), np.concatenate(counted), known.copied)


def _kinds(known: Known, background: np.ndarray) -> _Kinds:
    """Edit class and share class of every match; ``background`` (clusters,) bool."""
    matches, corpus = known.matches, known.corpus
    edit_class, kinds = np.empty(matches.n, np.uint8), np.empty(matches.n, np.uint8)
    of_passage = np.zeros(len(known.found.paragraph), np.uint8)
    for first, table in matches.parts(WITH_ENDS):
        rows = slice(first, first + len(table))
        forth = sources.left_is_source(corpus, table["left"].to_numpy(), table["right"].to_numpy())
        edit_class[rows] = aligning.edit_classes(table, forth, corpus.words)
        kinds[rows] = shares.classes(table, background[known.grouped.labels[table["left_passage"].to_numpy()]])
        for end in ENDS:
            np.maximum.at(of_passage, table[end].to_numpy(), kinds[rows])
    return _Kinds(edit_class, kinds, of_passage)


def _of_clusters(
    known: Known,
    ids: np.ndarray,
    heads: np.ndarray,
    background: np.ndarray,
    quotation: np.ndarray,
    words_alone: np.ndarray,
    copied: np.ndarray,
    seen: evidences.Credits,
    named: witnesses.Witnesses,
    model: evidences.Model,
) -> OfClusters:
    """Probability, agency and origin of each cluster; of those of ``words_alone`` a translator may be the source."""
    found, grouped, corpus = known.found, known.grouped, known.corpus
    article = corpus.article_of(found.paragraph)
    shared = distinct_count(grouped.labels, corpus.owner[article], ~corpus.is_wire[article], len(heads)) > 1
    lines = known.layout.lines
    said = statements.signals(found, corpus, (shared & ~quotation)[grouped.labels], lines)
    evidence = evidences.cluster_evidence(found, grouped, corpus, seen, quotation, copied, said)
    boilerplate = corpus.set_apart[found.paragraph[heads]]
    marked = evidences.marked(evidence)
    p_of_evidence = np.where(boilerplate, 0.0, evidences.of_prose(evidence, model.cluster))
    spoken = languages.numbers(known.articles["lang"])
    translated = translations.translated_quotations(found, grouped, corpus, spoken, words_alone, lines) & ~boilerplate
    p = np.where(translated, np.maximum(p_of_evidence, translations.TRANSLATED_PROBABILITY), p_of_evidence)
    barred = _barred(quotation, translated, boilerplate)
    agency, basis = witnesses.cluster_agencies(known.articles, found, grouped, corpus, named, barred)
    p = np.where(basis == "feed", evidences.FEED_PROBABILITY, p)
    first, sure, _ = sources.first_carriers(found, grouped, corpus, ids)
    scoop = origins.scoops(known.articles, found, grouped, corpus, first, sure & shared & (basis == "none"), lines)
    p = np.where(scoop, p / 2, p)  # an outlet's scoop spreads as a dispatch does: both explain the same evidence
    statement = evidence[:, list(evidences.CLUSTER_EVIDENCE).index("statement")]
    public = quotation & ~translated
    statement = np.where(translated, 0.0, statement)  # what one translator put into French is no longer the speaker's

    def reasons(rows: np.ndarray) -> list[list[str]]:
        return evidences.cluster_reasons(evidence[rows], model, p_of_evidence[rows])

    return OfClusters(
        grouped=grouped,
        heads=heads,
        background=background,
        quotation=quotation,
        translated=translated,
        boilerplate=boilerplate,
        agency=agency,
        basis=basis,
        origin=origins.origins(found, grouped, corpus, agency, public, p, statement, scoop, marked),
        likely=origins.likely_agencies(known.articles, found, grouped, corpus),
        p=p,
        evidence=evidence,
        reasons=reasons,
    )


def _barred(quotation: np.ndarray, translated: np.ndarray, boilerplate: np.ndarray) -> np.ndarray:
    """(clusters,) bool: those whose words are never claimed for an agency."""
    return (quotation & ~translated) | boilerplate


def _weighed(
    known: Known,
    kinds: _Kinds,
    origin: sources.Sources,
    rung: np.ndarray,
    claimable: np.ndarray,
    mine: np.ndarray,
    solid: np.ndarray,
    p_cluster: np.ndarray,
    seen: evidences.Credits,
) -> Weighed:
    """What is counted of each article; ``rung``, ``claimable``, ``mine``, ``solid`` (passages,).

    The words found are those of whatever agency; the rung is that of the passages of the article's own one.
    """
    corpus, found = known.corpus, known.found
    attested = claimable & (rung >= witnesses.ATTESTED)
    likely = claimable & ((rung >= witnesses.ATTESTED) | (p_cluster[known.grouped.labels] >= LIKELY))
    counted = shares.together(
        [
            shares.count(corpus, table, kinds.share_class[rows], likely, attested, solid, some)
            for some, rows, table in known.matches.by_article((*shares.OF_MATCHES, *ENDS))
        ]
    )
    suspected = claimable & (rung == witnesses.SUSPECTED)
    p_passages = np.where(claimable, p_cluster[known.grouped.labels], 0.0)
    full, partial = (
        pc.equal(known.status["credit_status"], f"credited_{grade}").to_numpy(zero_copy_only=False)
        for grade in ("full", "partial")
    )
    return Weighed(
        shares=counted,
        told=seen.told,
        cited=seen.cited,
        full=full,
        partial=partial,
        traces=evidences.traces(seen),
        marks=evidences.marks(seen),
        greatest=greatest(corpus.article_of(found.paragraph), p_passages, len(corpus.low)),
        rung=verdicts.strongest(corpus, found, np.where(suspected | (attested & mine), rung, 0)),
        used_up=sources.used_up(*sources.best_sources(origin, found, corpus), counted.prose, corpus),
        is_wire=corpus.is_wire,
    )


def _of_articles(
    known: Known,
    weighed: Weighed,
    copied: np.ndarray,
    agency: agencies.ArticleAgencies,
    seen: evidences.Credits,
    model: evidences.Model,
) -> OfArticles:
    """Shares, probability and verdict of each article."""
    told = judged(weighed, *known.habit(weighed), model)

    def reasons(rows: np.ndarray) -> list[list[str]]:
        scars = seen.scars.take(pa.array(rows)).to_pylist()
        return evidences.article_reasons(told.evidence[rows], model, told.p[rows], scars)

    return OfArticles(
        table=known.articles,
        status=known.status,
        weighed=weighed,
        judged=told,
        copied=copied,
        agency=agency,
        reasons=reasons,
    )


def _counts_of_matches(
    matches: Matches, grouped: clustering.Clusters, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What matches say of ``n`` passages and of the clusters.

    Whether a passage is that of a quotation, (passages,) bool; of each cluster its matches, those whose articles share
    fewer other words than the match has, those that are more than a quotation, and those that are more than quoted
    words of a public or a translated speaker, (clusters,) int64 each.
    """
    quoted, counts = np.zeros(n, bool), np.zeros((4, len(grouped.mean)), np.int64)
    translated = schemas.QUOTE_REASONS.index("translated")
    for _, table in matches.parts((*ENDS, "quote_only", "quote_reason", "others", "matched")):
        left, right, quote_only, reason, others, matched = (column.to_numpy() for column in table.columns)
        quoted[left[quote_only]] = quoted[right[quote_only]] = True
        more = ~quote_only & (reason != translated)
        for count, kept in zip(counts, (slice(None), others < matched, ~quote_only, more), strict=True):
            count += np.bincount(grouped.labels[left[kept]], minlength=len(count))
    return quoted, *counts


def _passage_ids(
    article_ids: pa.ChunkedArray, starts: np.ndarray, article: np.ndarray, found: Passages, quoted: np.ndarray
) -> np.ndarray:
    """(passages,) uint64, see ``clustering.passage_ids``; ``article`` (passages,) is where each one stands."""
    number = found.paragraph - starts[article]
    return np.concatenate(
        [
            np.zeros(0, np.uint64),
            *(
                clustering.passage_ids(
                    article_ids.take(pa.array(article[some])).to_pylist(),
                    number[some].tolist(),
                    found.anchor[some].tolist(),
                    quoted[some].tolist(),
                )
                for some in slices(len(article), CHUNK)
            ),
        ]
    )

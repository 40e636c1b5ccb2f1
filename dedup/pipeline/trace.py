"""The steps that say who carried whose prose: passages and clusters, then the tables of provenance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import ENDS, Corpus, Passages, distinct_count, greatest, replaced, run_begins, slices
from dedup.config import Config
from dedup.intake import dates
from dedup.matching import align as aligning
from dedup.pipeline.compare import DATING, WORD_BYTES
from dedup.pipeline.layout import Layout
from dedup.pipeline.matches import Matches
from dedup.pipeline.parts import MEASURES
from dedup.pipeline.run import Run
from dedup.pipeline.turns import in_turns
from dedup.store import disk
from dedup.tracing import (
    agencies,
    article_tables,
    origins,
    provenance,
    shares,
    sources,
    statements,
    stories,
    translations,
    verdicts,
    witnesses,
)
from dedup.tracing import boilerplate as boilerplates
from dedup.tracing import cluster as clustering
from dedup.tracing import evidence as evidences
from dedup.tracing.columns import CHUNK
from dedup.tracing.traced import OfArticles, OfClusters, OfPassages, Trace

WITH_ENDS = (*schemas.ALIGNMENTS.names, *ENDS)
"""Columns of matches once passages are found."""

OF_ARTICLES = (*DATING, "title", "url", "outlet", "owner_group", "agency", "wire_id", "revision", "digest")
"""Columns of ARTICLES that tracing needs whole."""


def cluster(run: Run) -> dict[str, int]:
    """ALIGNMENTS -> passages and clusters, as arrays."""
    matches = Matches(run.work)
    found, ends = clustering.passages(
        (clustering.spans(table, rows, some) for some, rows, table in matches.by_article(clustering.OF_MATCHES)),
        matches.n,
    )
    grouped = clustering.clusters(found, ends, matches.column("matched"), run.config)
    matches.keep_ends(ends)
    for name, array in {**found._asdict(), **grouped._asdict()}.items():
        disk.save_array(run.work / f"passage-{name}.npy", array)
    return {"passages": len(found.paragraph), "clusters": len(grouped.mean), "refined_clusters": grouped.refined}


def _kept(work: Path, kind: Any) -> Any:
    """The passages or the clusters, as ``cluster`` has kept them."""
    return kind(**{name: disk.load_array(work / f"passage-{name}.npy", mmap=False) for name in kind._fields})


def trace(run: Run) -> dict[str, int]:
    """Passages, clusters, credits -> the tables of articles, paragraphs, matches and provenance."""
    work, articles, layout = run.work, run.shown(OF_ARTICLES), Layout(run)
    disk.write_tables(work / "paragraphs.parquet", _paragraphs(run, layout), schemas.TABLES["paragraphs"])
    words, lines = _lines(run, layout)
    matches = Matches(work)
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    recurring = boilerplates.learn(articles, lines)
    set_apart = boilerplates.apart(lines, articles, recurring)
    corpus = sources.corpus(articles, layout.starts, words, set_apart, low, high)
    del lines
    articles = stories.with_revisions(
        articles.drop_columns(["digest"]), corpus, _between_wires(matches, corpus), layout.lines
    )
    disk.write_tables(work / "articles.parquet", _articles(run, articles, layout), schemas.TABLES["articles"])
    found, grouped = _kept(work, Passages), _kept(work, clustering.Clusters)
    known = _Known(
        articles=articles,
        credits=disk.read_table(work / "credits.parquet", list(witnesses.OF_CREDITS)),
        status=run.part("status"),
        layout=layout,
        matches=matches,
        found=found,
        grouped=grouped,
        corpus=corpus,
        config=run.config,
    )
    traced = _traced(known)
    tables = {
        "passages": provenance.passages_tables(traced),
        "clusters": provenance.clusters_tables(traced),
        "matches": provenance.matches_tables(traced, matches.with_rewrites(WITH_ENDS)),
        "provenance": provenance.provenance_tables(traced),
        "article_provenance": article_tables.articles_tables(traced),
        "agency_evidence": article_tables.evidence_tables(traced),
        "cluster_evidence": [article_tables.cluster_evidence_table(traced)],
        "boilerplate": [recurring],
    }
    for name, parts in tables.items():
        disk.write_tables(work / f"{name}.parquet", parts, schemas.TABLES[name])
    derivation = disk.read_table(work / "article_provenance.parquet", ["derivation"])["derivation"]
    return {
        "derived_articles": pc.sum(pc.not_equal(derivation, "non")).as_py() or 0,
        "wires": int(corpus.is_wire.sum()),
    }


def _articles(run: Run, known: pa.Table, layout: Layout) -> Iterator[pa.Table]:
    """ARTICLES, some at a time, with the stories of dispatches as ``known`` has them and the words as counted."""
    words = pa.array(layout.words.astype(np.int32))
    for some in slices(len(known), CHUNK):
        articles = replaced(run.shown(some=range(some.start, some.stop)), "n_words", words[some])
        for name in ("wire_id", "revision"):
            articles = replaced(articles, name, known[name][some])
        yield articles


def _paragraphs(run: Run, layout: Layout) -> Iterator[pa.Table]:
    """PARAGRAPHS of the articles that the tables show, some at a time."""
    for articles in in_turns(layout.words * WORD_BYTES, run.config):
        yield layout.paragraphs(np.array(articles), schemas.PARAGRAPHS.names)


def _lines(run: Run, layout: Layout) -> tuple[np.ndarray, boilerplates.Lines]:
    """Words of the lines of the articles that the tables show, (paragraphs,) int32, and what was measured of them."""
    rows, *columns = (np.concatenate(parts) for parts in zip(*_measures(run, layout), strict=True))
    order = np.argsort(rows)
    words, *measures = (column[order] for column in columns)
    article = np.repeat(np.arange(len(layout.words)), np.diff(layout.starts))
    return words, boilerplates.Lines(article, *measures, layout.lines)


def _measures(run: Run, layout: Layout) -> Iterator[list[np.ndarray]]:
    """For each part the rows of PARAGRAPHS that it holds, their words, and what was measured of them."""
    parts = zip(run.view.homes, run.derived("paragraphs", ["n_words"]), run.derived("lines"), strict=True)
    for home, counts, table in parts:
        row = table["row"].to_numpy()
        shown = home[row] >= 0
        # the paragraphs of an article stand together, in their order
        begins = run_begins(row)
        inside = np.arange(len(row)) - np.repeat(begins, np.diff(begins, append=len(row)))
        columns = (counts["n_words"], *(table[name] for name in MEASURES))
        yield [(layout.starts[home[row]] + inside)[shown], *(column.to_numpy()[shown] for column in columns)]


def _between_wires(matches: Matches, corpus: Corpus) -> pa.Table:
    """Sides and words of the matches between two dispatches."""
    return pa.concat_tables(
        table.filter(pa.array(corpus.is_wire[table["left"].to_numpy()] & corpus.is_wire[table["right"].to_numpy()]))
        for _, table in matches.parts(["left", "right", "matched"])
    )


class _Known(NamedTuple):
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


class _Kinds(NamedTuple):
    """What the matches say before anybody is named."""

    edit_class: np.ndarray
    """(alignments,) uint8, place in ``schemas.EDIT_CLASSES``."""
    share_class: np.ndarray
    """(alignments,) uint8, place in ``schemas.SHARES``."""
    of_passage: np.ndarray
    """(passages,) uint8, the greatest share class of the passage's matches."""


def _traced(known: _Known) -> Trace:
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
    seen, model = evidences.credit_arrays(known.articles, known.credits, known.status, corpus), evidences.load_model()
    named = witnesses.witnesses(known.articles, known.credits, known.status, found, grouped, corpus)
    clusters = _of_clusters(known, ids, heads, background, prose == 0, told == 0, kinds, seen, named, model)
    agency, basis, p = clusters.agency, clusters.basis, clusters.p
    origin = passages.sources.passage
    rung = witnesses.rungs(found, grouped, corpus, named, agency, basis, origin, p)
    p = np.where(
        witnesses.strongest(rung, grouped) >= witnesses.ATTESTED, np.maximum(p, evidences.WITNESS_PROBABILITY), p
    )
    clusters = clusters._replace(p=p)
    of_passages = agencies.passage_agencies(known.articles, found, grouped, corpus, agency, rung, origin)
    of_articles = agencies.article_agencies(corpus, found, grouped, basis, rung, of_passages, named)
    claimable = ~_barred(clusters.quotation, clusters.translated, clusters.boilerplate)[grouped.labels]
    solid = corpus.is_wire[article]
    solid[witnesses.of_the_agency(named, grouped, agency)] = True
    articles = _of_articles(known, kinds, passages.sources, rung, claimable, solid, p, seen, model, of_articles)
    return Trace(corpus, known.layout.spans, passages, clusters, rung, of_passages, articles)


def _kinds(known: _Known, background: np.ndarray) -> _Kinds:
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
    known: _Known,
    ids: np.ndarray,
    heads: np.ndarray,
    background: np.ndarray,
    quotation: np.ndarray,
    words_alone: np.ndarray,
    kinds: _Kinds,
    seen: evidences.Credits,
    named: witnesses.Witnesses,
    model: evidences.Model,
) -> OfClusters:
    """Probability, agency and origin of each cluster; of those of ``words_alone`` a translator may be the source."""
    found, grouped, corpus, matches = known.found, known.grouped, known.corpus, known.matches
    copied = np.concatenate(
        [
            shares.copied(corpus, table, kinds.share_class[rows], some)
            for some, rows, table in matches.by_article(shares.OF_MATCHES)
        ]
    )
    article = corpus.article_of(found.paragraph)
    shared = distinct_count(grouped.labels, corpus.owner[article], ~corpus.is_wire[article], len(heads)) > 1
    lines = known.layout.lines
    said = statements.signals(found, corpus, (shared & ~quotation)[grouped.labels], lines)
    evidence = evidences.cluster_evidence(found, grouped, corpus, seen, quotation, copied, said)
    boilerplate = corpus.set_apart[found.paragraph[heads]]
    marked = evidences.marked(evidence)
    p_of_evidence = np.where(boilerplate, 0.0, evidences.of_prose(evidence, model.cluster))
    translated = translations.translated_quotations(found, grouped, corpus, words_alone, lines) & ~boilerplate
    p = np.where(translated, np.maximum(p_of_evidence, translations.TRANSLATED_PROBABILITY), p_of_evidence)
    barred = _barred(quotation, translated, boilerplate)
    agency, basis = witnesses.cluster_agencies(known.articles, found, grouped, corpus, named, barred)
    p = np.where(basis == "feed", evidences.FEED_PROBABILITY, p)
    first, sure, _ = sources.first_carriers(found, grouped, corpus, ids)
    scoop = origins.scoops(known.articles, found, grouped, corpus, first, sure & shared & (basis == "none"), lines)
    statement = evidence[:, list(evidences.CLUSTER_EVIDENCE).index("statement")]

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
        origin=origins.origins(found, grouped, corpus, agency, quotation, p, statement, scoop, marked),
        likely=origins.likely_agencies(known.articles, found, grouped, corpus),
        p=p,
        evidence=evidence,
        reasons=reasons,
    )


def _barred(quotation: np.ndarray, translated: np.ndarray, boilerplate: np.ndarray) -> np.ndarray:
    """(clusters,) bool: those whose words are never claimed for an agency."""
    return (quotation & ~translated) | boilerplate


def _of_articles(
    known: _Known,
    kinds: _Kinds,
    origin: sources.Sources,
    rung: np.ndarray,
    claimable: np.ndarray,
    solid: np.ndarray,
    p_cluster: np.ndarray,
    seen: evidences.Credits,
    model: evidences.Model,
    agency: agencies.ArticleAgencies,
) -> OfArticles:
    """Shares, probability and verdict of each article; ``rung``, ``claimable``, ``solid`` (passages,)."""
    corpus = known.corpus
    suspected = claimable & (rung >= witnesses.SUSPECTED)
    attested = claimable & agency.mine & (rung >= witnesses.ATTESTED)
    counted = shares.together(
        [
            shares.count(corpus, table, kinds.share_class[rows], suspected, attested, solid, some)
            for some, rows, table in known.matches.by_article((*shares.OF_MATCHES, *ENDS))
        ]
    )
    evidence = evidences.article_evidence(corpus, counted, seen)
    p_passages = np.where(claimable, p_cluster[known.grouped.labels], 0.0)
    article = corpus.article_of(known.found.paragraph)
    p = verdicts.never_surer(
        evidences.class_probabilities(evidence[:, 1:], model.article),
        evidences.class_probabilities(evidences.marks_alone(evidence, corpus, seen), model.article),
        greatest(article, p_passages, len(evidence)),
    )
    best = sources.best_sources(origin, known.found, corpus)
    used_up = sources.used_up(*best, counted.prose, corpus)
    verdict = verdicts.verdicts(
        corpus, counted, known.found, np.where(attested, rung, 0), known.status, p, evidences.marks(seen), used_up
    )

    def reasons(rows: slice) -> list[list[str]]:
        return evidences.article_reasons(evidence[rows], model, p[rows], seen.scars[rows].to_pylist())

    return OfArticles(
        table=known.articles,
        status=known.status,
        shares=counted,
        evidence=evidence,
        p=p,
        share_estimated=evidences.agency_share(evidence[:, 0], p, verdict.derivation != verdicts.PARTIALLY),
        derivation=verdict.derivation,
        rung=verdict.rung,
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
                    found.begin[some].tolist(),
                    found.end[some].tolist(),
                    quoted[some].tolist(),
                )
                for some in slices(len(article), CHUNK)
            ),
        ]
    )

"""Clusters' agencies, rungs, credits -> the agency of each passage, and of each article with the passages it speaks of.

An article's agency and its rung must speak of one agency: a dispatch of one is no evidence for words of another. So the
agency is chosen first, and the rung of the article is that of the passages of this one alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import Clusters, Corpus, Passages, ranges, run_begins, sorted_distinct
from dedup.constants import HALF, LEAST_PART
from dedup.tracing.witnesses import ATTESTED, CREDITED, DISPATCH, Witnesses


class PassageAgencies(NamedTuple):
    """The agency of each passage with a witness."""

    names: list[str]
    """Agencies, several joined by '/'; sorted."""
    code: np.ndarray
    """(passages,) int64, place in ``names``; one past the last without a witness."""

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Names of some passages, None without a witness: object."""
        return np.array([*self.names, None], object)[self.code[rows]]


class ArticleAgencies(NamedTuple):
    """The agency of each article, before it is known how much of it was found."""

    name: np.ndarray
    """(articles,) object, joined by '/' where several have the same claim; None without a witness."""
    credited: np.ndarray
    """(articles,) object, what its own credit names; None without one."""
    basis: np.ndarray
    """(articles,) object: that of its passages on the highest rung, "credited_member" where its own credit alone says
    so, "none" without a witness."""
    mine: np.ndarray
    """(passages,) bool, the passages of the article's agency."""


def passage_agencies(
    articles: pa.Table,
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    agency: np.ndarray,
    rung: np.ndarray,
    source: np.ndarray,
) -> PassageAgencies:
    """The agency of each passage: that of the dispatch it comes from, else that of its cluster, ``agency`` (clusters,).

    ``rung`` and ``source`` (passages,) as in ``witnesses.rungs``.
    """
    article = corpus.article_of(found.paragraph)
    printed = np.flatnonzero(corpus.is_wire)
    of_wires = articles["agency"].take(pa.array(printed)).to_pylist()
    names = sorted({*agency.tolist(), *of_wires} - {None})
    place = {name: at for at, name in enumerate(names)} | {None: len(names)}
    of_article = np.full(len(corpus.is_wire), len(names))
    of_article[printed] = [place[name] for name in of_wires]
    of_cluster = np.array([place[name] for name in agency.tolist()], np.int64)
    code = np.where(rung >= CREDITED, of_cluster[clusters.labels], len(names))
    rows = np.flatnonzero(rung == DISPATCH)
    code[rows] = of_article[article[np.where(corpus.is_wire[article[rows]], rows, source[rows])]]
    return PassageAgencies(names, code)


def article_agencies(
    corpus: Corpus,
    found: Passages,
    clusters: Clusters,
    basis: np.ndarray,
    rung: np.ndarray,
    of_passages: PassageAgencies,
    seen: Witnesses,
) -> ArticleAgencies:
    """The agency that gave each article most of the words found (on the two upper rungs), dispatches apart.

    ``basis`` (clusters,) as in CLUSTERS. A full credit of the article's own covers all of its text: the agency that it
    names holds unless more than half of the words are found to be another's. A partial one, and a relay's stamp, give
    way to what is found, unless it is less than makes a part of an article.
    """
    article = corpus.article_of(found.paragraph)
    known = of_passages.code < len(of_passages.names)
    voters = np.flatnonzero((rung >= ATTESTED) & known & ~corpus.is_wire[article])
    names = [*of_passages.names, *seen.credited_agency]
    singles = sorted({single for name in names for single in name.split("/")})
    place = {single: at for at, single in enumerate(singles)}
    members = [np.array([place[single] for single in name.split("/")]) for name in names]
    passage, single = _each(voters, of_passages.code[voters], members)
    credit, named = _each(
        np.arange(len(seen.credited)), len(of_passages.names) + np.arange(len(seen.credited)), members
    )
    own = seen.credited[credit]
    k = max(len(singles), 1)
    ballots = np.concatenate([article[passage] * k + single, own * k + named])
    covered = np.where(seen.covers[credit], HALF, LEAST_PART) * _prose(corpus)[own]
    words = np.concatenate([(found.end_word - found.begin_word)[passage], covered])
    winners = _most(ballots, words, k)
    of_basis = np.full(len(corpus.is_wire), "none", object)
    of_basis[winners // k] = "credited_member"
    mine = np.zeros(len(article), bool)
    mine[passage[np.isin(article[passage] * k + single, winners)]] = True
    rows = np.flatnonzero(mine)
    told = basis[clusters.labels[rows]]
    order = np.lexsort((told != "in_text", rung[rows]))
    of_basis[article[rows[order]]] = told[order]  # the last one stays: that on the highest rung, a credit before a hint
    mine |= corpus.is_wire[article]
    n = len(corpus.is_wire)
    return ArticleAgencies(
        _joined(winners, singles, n), _joined(sorted_distinct(own * k + named), singles, n), of_basis, mine
    )


def _joined(keys: np.ndarray, agencies: list[str], n: int) -> np.ndarray:
    """Names of the agencies of each article, joined by '/', None without one; ``keys`` as ballots, sorted."""
    name = np.full(n, None, object)
    for row, code in zip(*(part.tolist() for part in np.divmod(keys, max(len(agencies), 1))), strict=True):
        name[row] = agencies[code] if name[row] is None else f"{name[row]}/{agencies[code]}"
    return name


def _each(rows: np.ndarray, names: np.ndarray, members: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A row for each agency of a joined name: the row it stands for, and the agency."""
    flat = np.concatenate([np.zeros(0, np.int64), *members])
    ends = np.cumsum([0, *map(len, members)])
    low, high = ends[names], ends[names + 1]
    return np.repeat(rows, high - low), flat[ranges(low, high)]


def _most(ballots: np.ndarray, words: np.ndarray, k: int) -> np.ndarray:
    """Of ballots, article * k + agency, those with most words of each article, sorted; several where they are equal."""
    keys, back = np.unique(ballots, return_inverse=True)
    votes = np.bincount(back, weights=words, minlength=len(keys))
    begins = run_begins(keys // k)
    most = np.maximum.reduceat(votes, begins) if len(keys) else votes
    return keys[votes == np.repeat(most, np.diff(begins, append=len(keys)))]


def _prose(corpus: Corpus) -> np.ndarray:
    """Words of each article that are not set apart: (articles,) int64."""
    totals = np.concatenate([[0], np.cumsum(np.where(corpus.set_apart, 0, corpus.words))])
    return totals[corpus.starts[1:]] - totals[corpus.starts[:-1]]

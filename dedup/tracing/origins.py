"""PASSAGES, CLUSTERS -> where shared prose comes from: an agency, an institution, a house, an outlet, or unknown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import Clusters, Corpus, Passages, distinct_count, run_begins, sorted_distinct
from dedup.constants import HALF, LIKELY
from dedup.tracing.witnesses import load_wires

AGENCY, STATEMENT, HOUSE, OUTLET, SHARED, UNKNOWN = range(len(schemas.ORIGINS))

LEAST_STATEMENT = 12
"""Words of the longest member from which shared words are a statement: shorter ones are titles, names and formulas."""


def origins(
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    agency: np.ndarray,
    quotation: np.ndarray,
    p: np.ndarray,
    statement: np.ndarray,
    scoop: np.ndarray,
    marked: np.ndarray,
) -> np.ndarray:
    """Origin of each cluster: (clusters,) uint8, place in ``schemas.ORIGINS``.

    ``agency`` and ``p`` (clusters,) as in CLUSTERS; ``quotation`` (clusters,) bool, words of somebody that all could
    hear; ``statement`` (clusters,) share of the members with an attribution; ``scoop`` (clusters,) bool, one outlet has
    it first and others credit it; ``marked`` (clusters,) bool, an article that prints it names an agency or keeps an
    agency's formatting. What reads like an agency's without
    a witness is of unknown origin, unless a text that prints it credits the outlet that had it first. A communiqué
    reads like one too: where an institution speaks and no article keeps a mark of an agency, it is the institution's.
    """
    n = len(quotation)
    article = corpus.article_of(found.paragraph)
    owners = distinct_count(clusters.labels, corpus.owner[article], np.ones(len(article), bool), n)
    words = np.zeros(n, np.int64)
    np.maximum.at(words, clusters.labels, found.end_word - found.begin_word)
    origin = np.full(n, SHARED)
    spoken = (statement >= HALF) & (words >= LEAST_STATEMENT)
    origin[spoken] = STATEMENT
    origin[(p >= LIKELY) & (marked | ~spoken)] = UNKNOWN
    origin[scoop] = OUTLET
    origin[owners < 2] = HOUSE
    origin[quotation] = STATEMENT
    origin[np.array([name is not None for name in agency.tolist()], bool)] = AGENCY
    return origin.astype(np.uint8)


def suspicious(found: Passages, clusters: Clusters, origin: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Clusters that read like an agency's and may be: (clusters,) bool; ``origin``, ``p`` (clusters,) as in CLUSTERS.

    Not so where it is known whose they are (a statement, an outlet's scoop), nor for a few words: titles, names and
    formulas stand in the prose of everybody.
    """
    words = np.zeros(len(p), np.int64)
    np.maximum.at(words, clusters.labels, found.end_word - found.begin_word)
    return (p >= LIKELY) & (words >= LEAST_STATEMENT) & (origin != STATEMENT) & (origin != OUTLET)


LEAST_NAME = 5
"""Letters of the shortest outlet's name that is looked for in texts."""


def scoops(
    articles: pa.Table,
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    first: np.ndarray,
    sure: np.ndarray,
    lines: Callable[[np.ndarray], pa.ChunkedArray],
) -> np.ndarray:
    """Clusters that one outlet has clearly first and that a later member of another owner credits to it.

    (clusters,) bool. ``first`` (clusters,) is the article that carried each one first, ``sure`` whether nobody else can
    have been as early. The name is looked for in the paragraph of the later passage.
    """
    scoop = np.zeros(len(first), bool)
    article = corpus.article_of(found.paragraph)
    head = first[clusters.labels]
    later = sure[clusters.labels] & (head >= 0) & (corpus.owner[article] != corpus.owner[np.maximum(head, 0)])
    rows = np.flatnonzero(later & ~corpus.is_wire[article])
    names = articles["outlet"].take(pa.array(head[rows])).to_pylist()
    for start in range(0, len(rows), 50_000):
        some = rows[start : start + 50_000]
        texts = lines(found.paragraph[some].astype(np.int64)).to_pylist()
        for row, name, text in zip(some.tolist(), names[start : start + 50_000], texts, strict=True):
            if name and len(name) >= LEAST_NAME and name.casefold() in text.casefold():
                scoop[clusters.labels[row]] = True
    return scoop


def likely_agencies(articles: pa.Table, found: Passages, clusters: Clusters, corpus: Corpus) -> np.ndarray:
    """National agency of most owners' countries of each cluster, None without one: (clusters,) object.

    Owners count once; ties go to the first agency in the alphabet.
    """
    national = load_wires().national
    name = np.full(len(clusters.mean), None, object)
    agencies = sorted({*national.values()})
    place = {country: agencies.index(agency) for country, agency in national.items()}
    code = np.array([place.get(country, -1) for country in articles["country"].to_pylist()] or [], np.int64)
    article = corpus.article_of(found.paragraph)
    kept = (code[article] >= 0) & ~corpus.is_wire[article]
    span, k = int(corpus.owner.max(initial=0)) + 1, len(agencies)
    votes = sorted_distinct((clusters.labels[kept] * k + code[article[kept]]) * span + corpus.owner[article[kept]])
    keys, count = np.unique(votes // span, return_counts=True)
    label, agency = np.divmod(keys, k)
    order = np.lexsort((agency, -count, label))
    best = order[run_begins(label[order])]
    name[label[best]] = np.array(agencies, object)[agency[best]]
    return name

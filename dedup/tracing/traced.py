"""What tracing knows before it is put into tables: of passages, of clusters, of articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import Clusters, Corpus, Passages, sorted_distinct
from dedup.tracing.agencies import ArticleAgencies, PassageAgencies
from dedup.tracing.weighed import Judged, Weighed


class Sources(NamedTuple):
    """Where each passage comes from."""

    passage: np.ndarray
    """(passages,) int64, the passage that it copies; -1 for a source itself."""
    words: np.ndarray
    """(passages,) int32, words aligned as equal with it."""
    edit_class: np.ndarray
    """(passages,) uint8, place in ``schemas.EDIT_CLASSES``."""


class OfPassages(NamedTuple):
    """Where each passage stands and comes from."""

    found: Passages
    ids: np.ndarray
    """(passages,) uint64, the numbers of the ids."""
    sources: Sources
    share_class: np.ndarray
    """(passages,) uint8, class under which a passage's words are counted: the greatest of its matches."""
    edit_class: np.ndarray
    """(alignments,) uint8, place in ``schemas.EDIT_CLASSES``."""


class OfClusters(NamedTuple):
    """What each cluster is, and whose."""

    grouped: Clusters
    heads: np.ndarray
    """(clusters,) int64, source passage of each cluster; its id is the cluster's id."""
    background: np.ndarray
    """(clusters,) bool."""
    quotation: np.ndarray
    """(clusters,) bool."""
    translated: np.ndarray
    """(clusters,) bool, only a quotation is shared, and somebody put it into French."""
    boilerplate: np.ndarray
    """(clusters,) bool, the source passage is an outlet's recurring line."""
    agency: np.ndarray
    """(clusters,) object, name or None."""
    basis: np.ndarray
    """(clusters,) text."""
    origin: np.ndarray
    """(clusters,) uint8, place in ``schemas.ORIGINS``."""
    likely: np.ndarray
    """(clusters,) object, national agency of most of the owners' countries or None."""
    p: np.ndarray
    """(clusters,) float64, probability that the prose is an agency's."""
    evidence: np.ndarray
    """(clusters, columns) float64, the columns of CLUSTER_EVIDENCE after the id."""
    reasons: Callable[[np.ndarray], list[list[str]]]
    """Clusters -> for each, sentences that say why ``p`` is what it is."""


class OfArticles(NamedTuple):
    """How much of each article comes from elsewhere, and what it says of that itself."""

    table: pa.Table
    """Columns of ARTICLES."""
    status: pa.Table
    """article_id, credit_status, credited_agency, in the order of the articles."""
    weighed: Weighed
    """What is counted of each."""
    judged: Judged
    """What is said of each."""
    copied: np.ndarray
    """(articles,) float64, share of the prose that other owners print too."""
    agency: ArticleAgencies
    """The agency that the rung speaks of."""
    reasons: Callable[[np.ndarray], list[list[str]]]
    """Articles -> for each, sentences that say why ``p`` is what it is."""


class Trace(NamedTuple):
    """Everything that is known of a run before it is put into tables."""

    corpus: Corpus
    spans: Callable[[np.ndarray, np.ndarray, np.ndarray, int], Iterator[pa.ChunkedArray]]
    """Rows of PARAGRAPHS, begins and ends in code points, how many at once -> the text of these spans."""
    passages: OfPassages
    clusters: OfClusters
    rung: np.ndarray
    """(passages,) uint8, place in ``schemas.EVIDENCE``: it follows from the cluster's agency."""
    agencies: PassageAgencies
    articles: OfArticles
    anew: np.ndarray
    """(articles,) bool, those whose rows are made: of the others only what these hang on is known."""
    own: np.ndarray
    """(articles,) bool, those whose matches are made, on whatever side."""

    @property
    def clusters_anew(self) -> np.ndarray:
        """(some,) int64, the clusters that have a passage of an article whose rows are made."""
        article = self.corpus.article_of(self.passages.found.paragraph)
        return sorted_distinct(self.clusters.grouped.labels[self.anew[article]])

"""PASSAGES, CLUSTERS -> where shared prose comes from: an agency, an institution, a house, an outlet, or unknown."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import Clusters, Corpus, Passages, distinct_count, run_begins, sorted_distinct
from dedup.tracing.witnesses import load_wires

AGENCY, STATEMENT, HOUSE, OUTLET, SHARED, UNKNOWN = range(len(schemas.ORIGINS))


def origins(
    found: Passages, clusters: Clusters, corpus: Corpus, agency: np.ndarray, quotation: np.ndarray
) -> np.ndarray:
    """Origin of each cluster: (clusters,) uint8, place in ``schemas.ORIGINS``.

    ``agency`` (clusters,) object, ``quotation`` (clusters,) bool as in CLUSTERS.
    """
    n = len(quotation)
    article = corpus.article_of(found.paragraph)
    owners = distinct_count(clusters.labels, corpus.owner[article], np.ones(len(article), bool), n)
    origin = np.where(owners > 1, SHARED, HOUSE)
    origin[quotation] = STATEMENT
    origin[np.array([name is not None for name in agency.tolist()], bool)] = AGENCY
    return origin.astype(np.uint8)


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

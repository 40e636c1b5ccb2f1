"""CREDITS, clusters -> p_agency: how likely a passage or an article is agency prose when no dispatch is at hand.

Two logistic regressions over evidence that the tables hold, one for clusters and one for articles. Their
coefficients stand in ``data/agency_model.json``, made by ``dedup train`` with the dispatches hidden.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import Clusters, Corpus, Passages

MODEL_FILE = Path(__file__).parent / "data" / "agency_model.json"

CLUSTER_EVIDENCE = {
    "credited in full": "members whose article credits an agency in full (log of 1 + number)",
    "credited in part": "members whose article credits an agency in part (log of 1 + number)",
    "said to the agency": "members that say 'à l'AFP' or the like inside the passage (log of 1 + number)",
    "agency in the text": "members whose article names an agency as its source (log of 1 + number)",
    "independent owners": "log of the number of independent owners",
    "one owner only": "1 when all members belong to one owner",
    "only a quotation": "1 when members share only a quotation",
    "length": "log of the words of the source passage",
}
"""Evidence of a cluster, in the order of the columns of ``cluster_evidence``."""

ARTICLE_EVIDENCE = {
    "shared with other owners": "share of words that other owners print too",
    "shared with the same owner": "share of words that only the same owner prints too",
    "credit in full": "1 when the article credits an agency in full",
    "credit in part": "1 when the article credits an agency in part",
    "agency in the text": "log of 1 + mentions of an agency as source or addressee",
    "in credited clusters": "share of words in clusters with a credited member",
    "in clusters that speak to the agency": "share of words in clusters where a member says 'à l'AFP' or the like",
    "carriers": "log of the mean number of owners that print its shared words",
    "only quotations": "share of words shared as quotations only",
    "length": "log of its words",
}
"""Evidence of an article, in the order of the columns of ``article_evidence``."""


class Credits(NamedTuple):
    """Credits as arrays over articles and passages."""

    full: np.ndarray
    """(articles,) bool, a full credit (dispatches left out)."""
    partial: np.ndarray
    """(articles,) bool, a partial credit."""
    mentions: np.ndarray
    """(articles,) int64, mentions of an agency as source or addressee in the text."""
    inside: np.ndarray
    """(passages,) bool, such a mention stands inside the passage."""
    agency: np.ndarray
    """(articles,) object, first agency credited or mentioned; None when there is none."""


def credit_arrays(
    articles: pa.Table, paragraphs: pa.Table, found: Passages, credits: pa.Table, status: pa.Table, corpus: Corpus
) -> Credits:
    """ARTICLES, PARAGRAPHS, PASSAGES, CREDITS and the status of each article -> Credits."""
    n = articles.num_rows
    statuses = np.array(status["credit_status"].to_pylist(), dtype=object)
    rows = {article_id: row for row, article_id in enumerate(articles["article_id"].to_pylist())}
    agency = np.array([value.split("/")[0] if value else None for value in status["credited_agency"].to_pylist()], object)
    kinds = credits["kind"].to_pylist()
    at = [(rows[a], p, b, name) for a, p, b, name, kind in zip(
        credits["article_id"].to_pylist(), credits["paragraph"].to_pylist(), credits["begin"].to_pylist(),
        credits["agency"].to_pylist(), kinds, strict=True,
    ) if kind in ("in_text", "quote_to_agency") and p >= 0]
    mentions = np.bincount([row for row, *_ in at], minlength=n).astype(np.int64) if at else np.zeros(n, np.int64)
    for row, _, _, name in at:
        if agency[row] is None:
            agency[row] = name
    # first paragraph row of each article, to turn (article, paragraph number) into a row
    first = np.searchsorted(corpus.article, np.arange(n))
    inside = np.zeros(len(found.paragraph), bool)
    order = np.argsort(found.paragraph, kind="stable")
    by_paragraph = found.paragraph[order]
    for row, number, begin, _ in at:
        paragraph = first[row] + number
        for place in range(np.searchsorted(by_paragraph, paragraph), np.searchsorted(by_paragraph, paragraph, "right")):
            passage = order[place]
            inside[passage] |= found.begin[passage] <= begin < found.end[passage]
    outlets = ~corpus.is_wire
    return Credits(
        (statuses == "credited_full") & outlets, (statuses == "credited_partial") & outlets, mentions, inside, agency
    )


def distinct_count(cluster: np.ndarray, value: np.ndarray, keep: np.ndarray, n: int) -> np.ndarray:
    """Distinct values inside each cluster, of the rows kept: shape (n,), int64."""
    pairs = np.unique(np.stack([cluster[keep], value[keep]]), axis=1)
    return np.bincount(pairs[0], minlength=n)


def cluster_evidence(
    found: Passages, clusters: Clusters, corpus: Corpus, credits: Credits, quotation: np.ndarray
) -> np.ndarray:
    """Evidence of each cluster, dispatches left out: shape (clusters, len(CLUSTER_EVIDENCE)), float64."""
    n = len(clusters.mean)
    article = corpus.article[found.paragraph]
    outlet = ~corpus.is_wire[article]
    labels = clusters.labels
    owners = distinct_count(labels, corpus.owner[article], outlet, n)
    words = np.zeros(n)
    np.maximum.at(words, labels, found.end_word - found.begin_word)

    def members(of: np.ndarray) -> np.ndarray:
        return np.log1p(distinct_count(labels, article, outlet & of, n))

    return np.stack(
        [
            members(credits.full[article]), members(credits.partial[article]), members(credits.inside),
            members(credits.mentions[article] > 0), np.log(np.maximum(owners, 1)), owners == 1, quotation,
            np.log(np.maximum(words, 1)),
        ],
        axis=1,
    ).astype(float)


def article_evidence(words: dict[str, np.ndarray], same_owner: np.ndarray, weighed: np.ndarray, credits: Credits) -> np.ndarray:
    """Evidence of each article: shape (articles, len(ARTICLE_EVIDENCE)), float64.

    ``words`` by share class, ``same_owner`` words found only in the family, ``weighed`` (articles, 3) sums over words
    of credited, spoken and log owners of their clusters.
    """
    total = sum(words.values())
    prose = np.maximum(total - words["boilerplate"], 1)
    copied = words["verbatim"] + words["edited"] + words["background"]
    shared = np.maximum(copied + same_owner, 1)
    return np.stack(
        [
            copied / prose, same_owner / prose, credits.full, credits.partial, np.log1p(credits.mentions),
            weighed[:, 0] / prose, weighed[:, 1] / prose, weighed[:, 2] / shared, words["quotation"] / prose,
            np.log(np.maximum(total, 1)),
        ],
        axis=1,
    ).astype(float)


class Model(NamedTuple):
    """Two logistic regressions, as read from ``data/agency_model.json``."""

    cluster: np.ndarray
    """(1 + len(CLUSTER_EVIDENCE),) float64, intercept first."""
    article: np.ndarray
    """(1 + len(ARTICLE_EVIDENCE),) float64, intercept first."""


def probability(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Logistic regression: 1 / (1 + exp(-(intercept + evidence x weights)))."""
    return 1.0 / (1.0 + np.exp(-(weights[0] + evidence @ weights[1:])))


@functools.cache
def load_model() -> Model:
    """The shipped coefficients."""
    stored = json.loads(MODEL_FILE.read_text("utf-8"))
    return Model(
        *(
            np.array([stored[name]["intercept"], *(stored[name]["weights"][key] for key in keys)])
            for name, keys in (("cluster", CLUSTER_EVIDENCE), ("article", ARTICLE_EVIDENCE))
        )
    )


def by_cluster(evidence: np.ndarray) -> np.ndarray:
    """What an article's evidence sums over words of its clusters: credited, spoken, log owners. (clusters, 3)."""
    names = list(CLUSTER_EVIDENCE)
    credited = evidence[:, [names.index("credited in full"), names.index("credited in part")]].max(axis=1) > 0
    spoken = evidence[:, names.index("said to the agency")] > 0
    return np.stack([credited, spoken, evidence[:, names.index("independent owners")]], axis=1).astype(np.float32)


def reasons(evidence: np.ndarray, weights: np.ndarray, most: int = 3) -> list[list[str]]:
    """For each article the evidence that moved its probability most, strongest first, as sentences."""
    part = evidence * weights[1:]
    order = np.argsort(-np.abs(part), axis=1)[:, :most]
    names = list(ARTICLE_EVIDENCE)
    sentences = []
    for row, columns in enumerate(order.tolist()):
        said = []
        for column in columns:
            if part[row, column] != 0:
                verb = "for" if part[row, column] > 0 else "against"
                said.append(f"{verb} agency prose: {names[column]} ({evidence[row, column]:.2f})")
        sentences.append(said)
    return sentences

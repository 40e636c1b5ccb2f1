"""CREDITS, clusters -> p_agency: how likely a passage or an article is agency prose when no dispatch is at hand.

Two regressions over evidence that the tables hold: a logistic one for clusters, a multinomial one for articles
(wholly, partially, non). Their coefficients stand in ``agency_model.json``, made by ``dedup train``.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import Clusters, Corpus, Passages, Shares, distinct_count, one_chunk
from dedup.constants import HALF, HOUR, LEAST_PART
from dedup.tracing.habits import SERVED
from dedup.tracing.statements import Signals
from dedup.tracing.witnesses import load_wires

MODEL_FILE = Path(__file__).parent / "agency_model.json"

CLUSTER_EVIDENCE = {field.name: field.metadata[b"doc"].decode() for field in list(schemas.CLUSTER_EVIDENCE)[1:]}
"""Evidence of a cluster that the model weighs, in the order of the columns of ``cluster_evidence``."""

ARTICLE_EVIDENCE = {field.name: field.metadata[b"doc"].decode() for field in list(schemas.AGENCY_EVIDENCE)[3:]}
"""Evidence of an article that the model weighs, in the order of the columns after ``own_run``."""


FEED_PROBABILITY = 0.98
"""p_agency of a cluster that holds a dispatch: a paper's words can still stand in it by the agency's quoting them."""


WITNESS_PROBABILITY = 0.95
"""Least p_agency of a cluster that stands in a text which another outlet credits to an agency: all 191 clusters with a
witness among the labels are an agency's (gilets_jaunes, dispatches hidden), but a paper that credits one can have
passages of its own."""


class Credits(NamedTuple):
    """Credits as arrays over articles."""

    full: np.ndarray
    """(articles,) bool, a full credit (dispatches left out)."""
    partial: np.ndarray
    """(articles,) bool, a partial credit."""
    told: np.ndarray
    """(articles,) bool, somebody in the text speaks to an agency."""
    cited: np.ndarray
    """(articles,) bool, the text cites a national agency that it does not credit and nobody in it speaks to."""
    naming: np.ndarray
    """(articles,) float64, how often its outlet's articles name an agency, see ``habits.outlet_naming``."""
    scars: pa.ChunkedArray
    """For each article a list of what it keeps of an agency's own formatting, in words."""


def credit_arrays(
    articles: pa.Table, credits: pa.Table, status: pa.Table, corpus: Corpus, naming: np.ndarray
) -> Credits:
    """ARTICLES, CREDITS, the status and the scars of each article, how often outlets name an agency -> Credits."""
    full, partial = (pc.equal(status["credit_status"], f"credited_{grade}") for grade in ("full", "partial"))
    told, cites = (_with_mention(articles, credits.filter(of_kind)) for of_kind in (spoken(credits), _citing(credits)))
    outlets = ~corpus.is_wire
    full, partial = (grade.fill_null(False).to_numpy() & outlets for grade in (full, partial))
    return Credits(
        full,
        partial,
        told,
        cites & ~told & ~full & ~partial & outlets,
        naming,
        status["scars"],
    )


def _with_mention(articles: pa.Table, credits: pa.Table) -> np.ndarray:
    """(articles,) bool, those of which some credits are."""
    rows = pc.index_in(credits["article_id"], value_set=one_chunk(articles["article_id"])).to_numpy()
    return np.isin(np.arange(articles.num_rows), rows)


def _citing(credits: pa.Table) -> pa.ChunkedArray:
    """(credits,) bool, citations of a national agency inside the text: others are cited by agencies too."""
    national = pa.array(sorted({*load_wires().national.values()}))
    inside = pc.and_(pc.equal(credits["kind"], "in_text"), pc.greater_equal(credits["paragraph"], 0))
    return pc.and_(inside, pc.is_in(credits["agency"], national))


def spoken(credits: pa.Table) -> pa.ChunkedArray:
    """(credits,) bool, those of somebody who speaks to an agency in the text of the article."""
    return pc.and_(pc.equal(credits["kind"], "quote_to_agency"), pc.greater_equal(credits["paragraph"], 0))


def cluster_evidence(
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    credits: Credits,
    quotation: np.ndarray,
    copied: np.ndarray,
    words: Signals,
) -> np.ndarray:
    """Evidence of each cluster: shape (clusters, len(CLUSTER_EVIDENCE)), float64.

    Dispatches are left out, so that the evidence of a cluster is the same kind of thing with and without them;
    ``copied`` (articles,) is the share of each article's prose that other owners print too, ``words`` what stands in
    the passages and beside them.
    """
    n = len(clusters.mean)
    article = corpus.article_of(found.paragraph)
    outlet = ~corpus.is_wire[article]
    labels = clusters.labels
    members = np.maximum(np.bincount(labels[outlet], minlength=n), 1)
    members_seen = np.bincount(labels[outlet], minlength=n) > 0
    longest = np.zeros(n)
    np.maximum.at(longest, labels, found.end_word - found.begin_word)

    def mean(of: np.ndarray) -> np.ndarray:
        return np.bincount(labels[outlet], weights=of[outlet], minlength=n) / members

    credited = distinct_count(labels, article, outlet & (credits.full | credits.partial)[article], n)
    owners = distinct_count(labels, corpus.owner[article], outlet, n)
    scarred = pc.list_value_length(credits.scars).to_numpy() > 0
    return np.stack(
        [
            np.log1p(credited),
            mean(credits.told[article]),
            np.log(np.maximum(owners, 1)),
            quotation,
            np.log(np.maximum(longest, 1)),
            mean(copied[article]),
            _spread(labels, corpus, article, outlet, n),
            mean(scarred[article]),
            mean(words.statement),
            mean(words.names),
            np.log(np.where(members_seen, mean(credits.naming[article]), SERVED)),
        ],
        axis=1,
    ).astype(float)


def marked(evidence: np.ndarray) -> np.ndarray:
    """Clusters of which an article names an agency or keeps an agency's formatting: (clusters,) bool."""
    of_marks = evidence[:, [list(CLUSTER_EVIDENCE).index(name) for name in MARKS]]
    return np.any(of_marks > 0, axis=1)


MARKS = ("credited", "told", "scars")
"""Evidence of a cluster that points to an agency by itself; the rest says how the prose is spread and what it is."""


def of_prose(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Probability that each cluster is an agency's: (clusters,) float64.

    The regression, less two things that it cannot learn from an agency's clients alone. Where no article keeps a mark
    of an agency, other readings explain the same evidence, and all that do get the same part of it: somebody's
    statement, which is spread as a dispatch is; one owner's own prose; and a text that was sent to all, where the
    outlets are not known to be served by an agency (no more of their other articles name one than is usual). And in a
    list (more names and figures than other words) only the other words are prose.
    """
    columns = ("statement", "names", "owners", "served")
    statement, names, owners, served = (evidence[:, list(CLUSTER_EVIDENCE).index(name)] for name in columns)
    p = probability(evidence, weights)
    readings = 1 + statement + (owners == 0) + (served <= np.log(SERVED))
    p = np.where(marked(evidence), p, p / readings)
    return np.where(names >= HALF, p * (1 - names), p)


def _spread(labels: np.ndarray, corpus: Corpus, article: np.ndarray, outlet: np.ndarray, n: int) -> np.ndarray:
    """Log of 1 + hours from the first to the last dated member of each cluster: shape (n,); 0 for one date or none."""
    known = outlet & corpus.dated[article]
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, np.iinfo(np.int64).min)
    np.minimum.at(first, labels[known], corpus.low[article[known]])
    np.maximum.at(last, labels[known], corpus.low[article[known]])
    return np.log1p(np.where(last > first, (last - np.minimum(first, last)) / HOUR, 0.0))


def article_evidence(
    shares: Shares,
    told: np.ndarray,
    cited: np.ndarray,
    full: np.ndarray,
    partial: np.ndarray,
    traces: np.ndarray,
    habit: np.ndarray,
) -> np.ndarray:
    """Evidence of each article: shape (articles, 2 + len(ARTICLE_EVIDENCE)), float64, the columns of AGENCY_EVIDENCE.

    ``some`` begins at LEAST_PART: fewer words make no part of an article, they speak for their passage alone.

    Scars count only where little was found (a dispatch that others print needs none), and the less the less often the
    outlet names an agency: one that no agency serves keeps some too.
    """
    prose = np.maximum(shares.prose, 1)
    agency, own_run = shares.agency / prose, shares.own_run / prose
    some = np.where(agency < LEAST_PART, 0.0, np.clip(agency / 0.15, 0, 1))
    scars = (1 - some) * traces
    return np.stack([agency, own_run, some, told, cited, full, partial, habit, scars], axis=1).astype(float)


def weighed(evidence: np.ndarray) -> np.ndarray:
    """The columns of AGENCY_EVIDENCE that the model weighs, of all of them."""
    return evidence[:, -len(ARTICLE_EVIDENCE) :]


def marks(credits: Credits) -> np.ndarray:
    """Traces of an agency in each article: what it keeps of its formatting, and that somebody speaks to one."""
    return pc.list_value_length(credits.scars).to_numpy().astype(np.int64) + credits.told


def traces(credits: Credits) -> np.ndarray:
    """How much an article keeps of an agency's formatting, less where its outlet seldom names one: (articles,)."""
    count = pc.list_value_length(credits.scars).to_numpy().astype(np.int64)
    return np.log1p(count) * np.minimum(credits.naming / SERVED, 1.0)


def marks_alone(evidence: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """The evidence of each article as if no passage of it stood anywhere else, in the columns of ARTICLE_EVIDENCE."""
    alone = weighed(evidence).copy()
    names = list(ARTICLE_EVIDENCE)
    alone[:, names.index("some")] = 0.0
    alone[:, names.index("scars")] = traces
    return alone


class Model(NamedTuple):
    """Two regressions, as read from ``agency_model.json``."""

    cluster: np.ndarray
    """(1 + len(CLUSTER_EVIDENCE),) float64, intercept first: logistic."""
    cluster_typical: np.ndarray
    """(len(CLUSTER_EVIDENCE),) float64, mean evidence of what the model was trained on: reasons start from there."""
    article: np.ndarray
    """(len(DERIVATIONS), 1 + len(ARTICLE_EVIDENCE)) float64, intercepts first: multinomial."""
    article_typical: np.ndarray
    """(len(ARTICLE_EVIDENCE),) float64."""


def probability(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Logistic regression: 1 / (1 + exp(-(intercept + evidence x weights)))."""
    return 1.0 / (1.0 + np.exp(-_scores(evidence, weights[None])[:, 0]))


def class_probabilities(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Multinomial logistic regression: softmax of intercepts + evidence x weights, shape (rows, len(DERIVATIONS))."""
    scores = _scores(evidence, weights)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
    return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-300)


def _scores(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(rows, classes) float64, intercepts + evidence x weights.

    Term by term: a product of matrices rounds a row otherwise when other rows stand beside it.
    """
    scores = np.tile(weights[:, 0], (len(evidence), 1))
    for column in range(evidence.shape[1]):
        scores += evidence[:, column, None] * weights[:, column + 1]
    return scores


@functools.cache
def load_model() -> Model:
    """The shipped coefficients."""
    stored = json.loads(MODEL_FILE.read_text("utf-8"))

    def line(entry: dict, keys: dict[str, str]) -> list[float]:
        return [entry["intercept"], *(entry["weights"][key] for key in keys)]

    return Model(
        np.array(line(stored["cluster"], CLUSTER_EVIDENCE)),
        np.array([stored["cluster"]["typical"][key] for key in CLUSTER_EVIDENCE]),
        np.array([line(stored["article"][kind], ARTICLE_EVIDENCE) for kind in schemas.DERIVATIONS]),
        np.array([stored["article"]["typical"][key] for key in ARTICLE_EVIDENCE]),
    )


def agency_share(agency: np.ndarray, p: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Share of an article's prose that is an agency's, found or not: shape (articles,), 0 to 1.

    What is found counts; of an article that is likeliest agency copy from end to end all of it, since half of the
    articles of which one dispatch covers a tenth to a third are, unless it has a part of its own (not ``whole``).
    """
    return np.where((p.argmax(axis=1) == 0) & whole, 1.0, agency)


MOST_REASONS = 3


def article_reasons(evidence: np.ndarray, model: Model, p: np.ndarray, scars: list[list[str]]) -> list[list[str]]:
    """For each article the share found, then the evidence that speaks most for its likeliest class, strongest first.

    ``scars`` names the traces of an agency's formatting that each article keeps.

    A piece of evidence speaks for a class by its weight there less the mean weight, times its distance from typical.
    """
    weights = model.article[:, 1:] - model.article[:, 1:].mean(axis=0)
    parts = (weighed(evidence) - model.article_typical) * weights[p.argmax(axis=1)]
    said = _strongest(weighed(evidence), parts, model.article_typical, ARTICLE_SENTENCES)
    found = evidence[:, 0].tolist()
    return [
        [
            f"{share:.0%} of its words are in passages given to an agency",
            *(f"{SCARRED}: {'; '.join(kept)}" if sentence == SCARRED else sentence for sentence in sentences),
        ]
        for share, sentences, kept in zip(found, said, scars, strict=True)
    ]


def cluster_reasons(evidence: np.ndarray, model: Model, p: np.ndarray) -> list[list[str]]:
    """For each cluster the evidence that speaks most for (or, under one half, against) an agency, strongest first."""
    parts = (evidence - model.cluster_typical) * model.cluster[1:] * np.where(p >= 0.5, 1, -1)[:, None]
    return _strongest(evidence, parts, model.cluster_typical, CLUSTER_SENTENCES)


def _strongest(
    evidence: np.ndarray, parts: np.ndarray, typical: np.ndarray, sentences: tuple[tuple[str, str] | None, ...]
) -> list[list[str]]:
    """Sentences of the MOST_REASONS columns with the largest parts, above 0 where there are any."""
    told = [column for column, pair in enumerate(sentences) if pair is not None]
    order = np.array(told)[np.argsort(-parts[:, told], axis=1, kind="stable")[:, :MOST_REASONS]]
    above = (evidence > typical).astype(int)
    return [
        [sentences[column][above[row, column]] for column in columns if parts[row, column] > 0]
        for row, columns in enumerate(order.tolist())
    ]


CLUSTER_SENTENCES: tuple[tuple[str, str] | None, ...] = (
    ("nobody who prints it credits an agency", "somebody who prints it credits an agency"),
    (
        "nobody speaks to an agency in the articles that print it",
        "somebody speaks to an agency in an article that prints it",
    ),
    ("few independent owners print it", "many independent owners print it"),
    ("it is more than a quotation", "only a quotation is shared"),
    ("it is short", "it is long"),
    (
        "little else of the articles that print it is printed elsewhere",
        "the articles that print it are printed elsewhere too",
    ),
    ("it was printed within a short time", "it was printed over a long time"),
    (
        "the articles that print it keep nothing of an agency's formatting",
        "articles that print it keep traces of an agency's formatting",
    ),
    ("no institution speaks beside it", "an institution or a person speaks in it or beside it"),
    ("it is prose", "it is mostly names and figures"),
    ("the outlets that print it seldom name an agency", "the outlets that print it often name an agency"),
)
"""What each piece of evidence of a cluster says when it is below and above the typical."""

SCARRED = "it keeps traces of an agency's formatting"

ARTICLE_SENTENCES: tuple[tuple[str, str] | None, ...] = (
    ("hardly any of it is found elsewhere", "a part of it is found elsewhere"),
    ("nobody in it speaks to an agency", "somebody in it speaks to an agency"),
    ("it cites no agency", "it cites an agency as another does"),
    ("no full credit", "it credits an agency in full"),
    ("no partial credit", "it credits an agency in part"),
    ("its outlet seldom carries dispatches whole", "its outlet mostly carries dispatches whole"),
    ("it keeps nothing of an agency's formatting", SCARRED),
)
"""What each piece of evidence of an article says when it is below and above the typical."""

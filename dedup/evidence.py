"""CREDITS, clusters -> p_agency: how likely a passage or an article is agency prose when no dispatch is at hand.

Two regressions over evidence that the tables hold: a logistic one for clusters, a multinomial one for articles
(wholly, partially, non). Their coefficients stand in ``data/agency_model.json``, made by ``dedup train``.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import Clusters, Corpus, Passages, Shares

MODEL_FILE = Path(__file__).parent / "data" / "agency_model.json"
SPEAKERS_FILE = Path(__file__).parent / "data" / "foreign_speakers.yaml"

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

ARTICLE_EVIDENCE = {field.name: field.metadata[b"doc"].decode() for field in list(schemas.AGENCY_EVIDENCE)[2:]}
"""Evidence of an article that the model weighs, in the order of the columns behind ``agency_passages``."""


class Credits(NamedTuple):
    """Credits as arrays over articles and passages."""

    full: np.ndarray
    """(articles,) bool, a full credit (dispatches left out)."""
    partial: np.ndarray
    """(articles,) bool, a partial credit."""
    told: np.ndarray
    """(articles,) bool, somebody in the text speaks to an agency."""
    third: np.ndarray
    """(articles,) bool, the text cites an agency as a third party."""
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
    at = [(rows[a], p, b, name, kind) for a, p, b, name, kind in zip(
        credits["article_id"].to_pylist(), credits["paragraph"].to_pylist(), credits["begin"].to_pylist(),
        credits["agency"].to_pylist(), kinds, strict=True,
    ) if kind in ("in_text", "quote_to_agency") and p >= 0]
    told, third = np.zeros(n, bool), np.zeros(n, bool)
    for row, _, _, name, kind in at:
        (told if kind == "quote_to_agency" else third)[row] = True
        if agency[row] is None:
            agency[row] = name
    # first paragraph row of each article, to turn (article, paragraph number) into a row
    first = np.searchsorted(corpus.article, np.arange(n))
    inside = np.zeros(len(found.paragraph), bool)
    order = np.argsort(found.paragraph, kind="stable")
    by_paragraph = found.paragraph[order]
    for row, number, begin, _, _ in at:
        paragraph = first[row] + number
        for place in range(np.searchsorted(by_paragraph, paragraph), np.searchsorted(by_paragraph, paragraph, "right")):
            passage = order[place]
            inside[passage] |= found.begin[passage] <= begin < found.end[passage]
    outlets = ~corpus.is_wire
    return Credits(
        (statuses == "credited_full") & outlets, (statuses == "credited_partial") & outlets, told, third, inside, agency
    )


def translated_quotations(
    found: Passages, clusters: Clusters, corpus: Corpus, quotation: np.ndarray, paragraphs: pa.Table
) -> np.ndarray:
    """Clusters whose members share one French wording of words that were said in another language: (clusters,) bool.

    A minister's French words are taken down by many; the same translation of a foreigner's words points to one
    translator, hence to one wire. It takes two owners, a member beside whose quotation a foreign speaker stands, and
    none beside whose quotation somebody stands who is at home in French (``data/foreign_speakers.yaml``).
    """
    label = clusters.labels
    owners = distinct_count(label, corpus.owner[corpus.article[found.paragraph]], np.ones(len(label), bool), len(quotation))
    rows = np.flatnonzero((quotation & (owners > 1))[label])
    lines = paragraphs["text"].take(pa.array(found.paragraph[rows])).to_pylist()
    foreign, at_home = np.zeros(len(quotation), bool), np.zeros(len(quotation), bool)
    places = zip(lines, found.begin[rows].tolist(), found.end[rows].tolist(), label[rows].tolist(), strict=True)
    for line, begin, end, cluster in places:
        speaker = speaks_foreign(line, begin, end)
        foreign[cluster] |= speaker is True
        at_home[cluster] |= speaker is False
    return foreign & ~at_home


QUOTED = re.compile(r"«[^»]*»?|“[^”]*”?|„[^“”]*[“”]?|‹[^›]*›?|\"[^\"]*\"?")
SENTENCE_END = re.compile(r"(?<!\b[A-ZÀ-Þ])[.!?…][\s»”\"]*(?=[A-ZÀ-Þ«“\"])|[.!?…]\s*$")
REACH = 300
"""Code points on both sides of a quotation within which its speaker is looked for."""


def speaks_foreign(line: str, begin: int, end: int) -> bool | None:
    """Whether the speaker of the quotation ``line[begin:end]`` is a foreigner: None when nobody is seen.

    Looked for outside quotation marks in the sentence of the quotation and, when that names nobody ("a-t-elle dit"),
    in the sentence before it. One to whom, with whom or about whom something is said is no speaker ("a dit le maire
    au président américain").
    """
    foreign, at_home, addressed = _speakers()
    low = max(0, begin - REACH)
    text = QUOTED.sub(_blank, line[low : end + REACH])
    ends = [0, *(stop.end() for stop in SENTENCE_END.finditer(text)), len(text)]
    first = max(place for place, stop in enumerate(ends) if stop <= begin - low)
    last = min((place for place, stop in enumerate(ends) if stop > end - low), default=len(ends) - 1)
    for sentence in (text[ends[first] : ends[last]], text[ends[max(first - 1, 0)] : ends[first]]):
        if at_home.search(sentence):
            return False
        if foreign.search(addressed.sub(" ", sentence)):
            return True
        if len(re.findall(r"\w+", sentence)) > 3 and not re.search(r"\b(?:ils?|elles?|on)\b", sentence):
            return None
    return None


def _blank(quotation: re.Match[str]) -> str:
    """Spaces for its words; the mark that opens stays, and the stop of its last sentence."""
    text = quotation[0]
    stop = len(text.rstrip("»”\"› \xa0\u202f"))
    if stop < 2:
        return text
    return "«" + " " * (stop - 2) + (text[stop - 1] if text[stop - 1] in ".!?…" else " ") + " " * (len(text) - stop)


@functools.cache
def _speakers() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Expressions for a foreigner, for somebody at home in French, and for a foreigner who is spoken to or about."""
    import yaml

    lists = {name: text.split() for name, text in yaml.safe_load(SPEAKERS_FILE.read_text("utf-8")).items()}
    nations, names = "|".join(lists["nationalities"]), "|".join(lists["places"] + lists["people"])
    foreign = rf"(?:\b(?:(?i:{nations})(?:ne|e)?s?|{names})\b)"
    before = r"(?i:\b(?:au|aux|à|avec|contre|sur|pour|envers|chez|vers|en|dans|que|comme)) (?:(?:l['’]|la |les? )?(?:[\w-]+ ){0,2}?)"
    return (
        re.compile(f"{foreign}|(?i:selon une traduction)"),
        re.compile(rf"\b(?:{'|'.join(lists['at_home'])})\b"),
        re.compile(rf"{before}{foreign}(?: [A-ZÀ-Þ][\w-]+)*"),
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
            members((credits.told | credits.third)[article]), np.log(np.maximum(owners, 1)), owners == 1, quotation,
            np.log(np.maximum(words, 1)),
        ],
        axis=1,
    ).astype(float)


def article_evidence(corpus: Corpus, shares: Shares, credits: Credits) -> np.ndarray:
    """Evidence of each article: shape (articles, 1 + len(ARTICLE_EVIDENCE)), float64, the columns of AGENCY_EVIDENCE.

    An outlet's habit counts only where something was found: an article without a trace of agency prose stays its own,
    whoever printed it.
    """
    agency = shares.agency / np.maximum(shares.prose, 1)
    some, most = np.clip(agency / 0.15, 0, 1), np.clip((agency - 0.3) / 0.4, 0, 1)
    habit = some * _outlet_habit(corpus, agency)
    return np.stack(
        [agency, some, most, credits.told, credits.third, credits.full, credits.partial, habit], axis=1
    ).astype(float)


def _outlet_habit(corpus: Corpus, agency: np.ndarray) -> np.ndarray:
    """Of the outlet's other articles with agency passages, the share that are mostly agency passages: (articles,).

    Laplace's rule of succession keeps an outlet of few such articles near one half.
    """
    n = int(corpus.outlet.max(initial=-1)) + 1

    def others(value: np.ndarray) -> np.ndarray:
        value = (value & ~corpus.is_wire).astype(float)
        return np.bincount(corpus.outlet, weights=value, minlength=n)[corpus.outlet] - value

    return (others(agency >= 0.6) + 1) / (others(agency >= 0.08) + 2)


CLASSES = ("wholly", "partially", "non")
"""Order of the classes in ``Model.article``."""


class Model(NamedTuple):
    """Two regressions, as read from ``data/agency_model.json``."""

    cluster: np.ndarray
    """(1 + len(CLUSTER_EVIDENCE),) float64, intercept first: logistic."""
    article: np.ndarray
    """(len(CLASSES), 1 + len(ARTICLE_EVIDENCE)) float64, intercepts first: multinomial."""


def probability(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Logistic regression: 1 / (1 + exp(-(intercept + evidence x weights)))."""
    return 1.0 / (1.0 + np.exp(-(weights[0] + evidence @ weights[1:])))


def class_probabilities(evidence: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Multinomial logistic regression: softmax of intercepts + evidence x weights, shape (rows, len(CLASSES))."""
    scores = weights[:, 0] + evidence @ weights[:, 1:].T
    scores = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(scores) else scores
    return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-300)


@functools.cache
def load_model() -> Model:
    """The shipped coefficients."""
    stored = json.loads(MODEL_FILE.read_text("utf-8"))

    def line(entry: dict, keys: dict[str, str]) -> list[float]:
        return [entry["intercept"], *(entry["weights"][key] for key in keys)]

    return Model(
        np.array(line(stored["cluster"], CLUSTER_EVIDENCE)),
        np.array([line(stored["article"][kind], ARTICLE_EVIDENCE) for kind in CLASSES]),
    )


def expected_share(agency: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Share of an article's prose that is an agency's, found or not: shape (articles,), 0 to 1.

    What is found counts; what is not found counts with the probability that the article is agency copy from end to
    end (half of the articles of which one dispatch covers a tenth to a third are).
    """
    return agency * (1.0 - p[:, 2]) + (1.0 - agency) * p[:, 0]


def reasons(evidence: np.ndarray, weights: np.ndarray, p: np.ndarray, most: int = 3) -> list[list[str]]:
    """For each article the evidence that speaks most for its likeliest class, strongest first, as sentences.

    A piece of evidence speaks for a class by its weight there less the mean weight, times its distance from TYPICAL.
    """
    best = p.argmax(axis=1)
    spread = weights[:, 1:] - weights[:, 1:].mean(axis=0)
    part = (evidence[:, 1:] - TYPICAL) * spread[best]
    order = np.argsort(-part, axis=1)[:, :most]
    said = []
    for row, columns in enumerate(order.tolist()):
        share = f"{evidence[row, 0]:.0%} of its words are in passages given to an agency"
        said.append([share, *(SENTENCES[column][int(evidence[row, 1 + column] > TYPICAL[column])]
                              for column in columns if part[row, column] > 0 and SENTENCES[column] is not None)])
    return said


TYPICAL = np.array([0.5, 0.3, 0.3, 0.2, 0.1, 0.1, 0.3])
"""Evidence of a middling article, from which reasons are measured; in the order of ARTICLE_EVIDENCE."""

SENTENCES: tuple[tuple[str, str] | None, ...] = (
    None,
    None,
    ("nobody in it speaks to an agency", "somebody in it speaks to an agency"),
    ("it does not cite an agency as others do", "it cites an agency as others do"),
    ("no full credit", "it credits an agency in full"),
    ("no partial credit", "it credits an agency in part"),
    ("its outlet seldom carries dispatches whole", "its outlet mostly carries dispatches whole"),
)
"""What each piece of evidence says when it is below and above the typical."""

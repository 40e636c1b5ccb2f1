"""CREDITS, the status of each article, clusters -> who says that a passage is an agency's, and which agency.

Witnesses are a dispatch that holds the passage, a full or partial credit of a text that prints it (it covers the whole
text), and an attribution inside the text that stands at the passage. A mention elsewhere says nothing of the passage.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import (
    Clusters,
    Corpus,
    Passages,
    counted,
    distinct_count,
    find,
    one_chunk,
    ranges,
    run_begins,
    sorted_distinct,
)

AGENCIES_FILE = Path(__file__).parent / "news_agencies.yaml"

REACH = 200
"""Code points on both sides of a passage, inside its paragraph, within which an attribution stands at the passage."""

NONE, SUSPECTED, CREDITED, ATTESTED, DISPATCH = range(len(schemas.EVIDENCE))

OF_CREDITS = ("article_id", "kind", "paragraph", "begin", "end", "agency")
"""Columns of CREDITS that are read."""


class Wires(NamedTuple):
    """What ``news_agencies.yaml`` says."""

    national: dict[str, str]
    """Country -> agency."""
    relays: frozenset[str]
    """Agencies that hand on others' prose under their own stamp."""
    domestic: frozenset[str]
    """Agencies whose wire the papers of one country take: a credit to one speaks of papers of the same country."""


@functools.cache
def load_wires() -> Wires:
    """The shipped list of national agencies."""
    import yaml

    stored = yaml.safe_load(AGENCIES_FILE.read_text("utf-8"))
    return Wires(stored["national"], *(frozenset(stored[name]) for name in ("relays", "domestic")))


class Witnesses(NamedTuple):
    """Who names an agency for each passage: one row a passage and agency."""

    names: list[str]
    """Agencies, sorted."""
    passage: np.ndarray
    """(rows,) int64."""
    agency: np.ndarray
    """(rows,) int64, place in ``names``."""
    in_text: np.ndarray
    """(rows,) bool: an attribution at the passage; else a full or partial credit of its article."""
    credited: np.ndarray
    """(credits,) int64, articles with a full or partial credit, dispatches apart: one row an article and agency."""
    credited_agency: list[str]
    """The agency that each of these credits names."""
    covers: np.ndarray
    """(credits,) bool, a full credit that is no relay's stamp: the article says that it is this agency's throughout."""


def witnesses(
    articles: pa.Table, credits: pa.Table, status: pa.Table, found: Passages, clusters: Clusters, corpus: Corpus
) -> Witnesses:
    """Every credit and attribution that covers a passage; dispatches are no witnesses of their own."""
    article = corpus.article_of(found.paragraph)
    credited, of_credit, covers = _credited(articles, credits, status, corpus)
    attributed, of_attribution = _attributed(articles, credits, found, clusters, corpus, article)
    names = sorted({*of_credit, *of_attribution})
    place = {name: at for at, name in enumerate(names)}
    low, high = np.searchsorted(article, credited), np.searchsorted(article, credited, "right")
    passage = np.concatenate([ranges(low, high), attributed])
    agency = np.concatenate(
        [
            np.repeat(np.array([place[name] for name in of_credit], np.int64), high - low),
            np.array([place[name] for name in of_attribution], np.int64),
        ]
    )
    in_text = np.arange(len(passage)) >= len(passage) - len(attributed)
    kept = ~corpus.set_apart[found.paragraph[passage]] & ~corpus.is_wire[article[passage]]
    return Witnesses(names, passage[kept], agency[kept], in_text[kept], credited, of_credit, covers)


def _credited(
    articles: pa.Table, credits: pa.Table, status: pa.Table, corpus: Corpus
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Articles with a full or partial credit, the agency it names and whether it covers the text, as in Witnesses.

    A row for each agency, dispatches apart. A relay's stamp gives way to the agency to which somebody in the text
    speaks: "(ats/nxp)" can stand over the prose of AFP.
    """
    spoken = credits.filter(pc.equal(credits["kind"], "quote_to_agency"))
    at = pc.index_in(spoken["article_id"], value_set=one_chunk(articles["article_id"])).to_pylist()
    wires = load_wires()
    authors = {*wires.national.values()} - wires.relays
    heard = {
        row: name for row, name in zip(at[::-1], spoken["agency"].to_pylist()[::-1], strict=True) if name in authors
    }
    graded = pc.is_in(status["credit_status"], pa.array(["credited_full", "credited_partial"]))
    rows = np.flatnonzero(graded.to_numpy(zero_copy_only=False) & ~corpus.is_wire)
    full = pc.equal(status["credit_status"], "credited_full").to_numpy(zero_copy_only=False)
    told = [
        (row, heard.get(row, name) if name in wires.relays else name)
        for row, joined in zip(rows.tolist(), status["credited_agency"].take(pa.array(rows)).to_pylist(), strict=True)
        for name in (joined or "").split("/")
        if name
    ]
    names = [name for _, name in told]
    credited = np.array([row for row, _ in told], np.int64)
    return credited, names, full[credited] & np.array([name not in wires.relays for name in names], bool)


def _attributed(
    articles: pa.Table,
    credits: pa.Table,
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    article: np.ndarray,
) -> tuple[np.ndarray, list[str]]:
    """Passages at which an attribution in the text stands, and the agency it names.

    Somebody who speaks to the agency in the passage or beside it speaks to its author. A citation ("selon l'AFP") gives
    the passage away only where it stands outside the shared words: inside them it is what the prose itself cites. Only
    national agencies count: others (Reuters, Tass, Bloomberg) are cited for a fact far more often than copied.
    """
    national = sorted({*load_wires().national.values()})
    spoken = pc.and_(
        pc.is_in(credits["kind"], pa.array(["quote_to_agency", "in_text"])),
        pc.and_(pc.greater_equal(credits["paragraph"], 0), pc.is_in(credits["agency"], pa.array(national))),
    )
    credits = credits.filter(spoken)
    row = pc.index_in(credits["article_id"], value_set=one_chunk(articles["article_id"])).to_numpy().astype(np.int64)
    paragraph = corpus.starts[row] + credits["paragraph"].to_numpy()
    low, high = np.searchsorted(found.paragraph, paragraph), np.searchsorted(found.paragraph, paragraph, "right")
    passage, mention = ranges(low, high), np.repeat(np.arange(len(row)), high - low)
    begin, end = (credits[name].to_numpy()[mention] for name in ("begin", "end"))
    near = (end > found.begin[passage] - REACH) & (begin < found.end[passage] + REACH)
    inside = (end > found.begin[passage]) & (begin < found.end[passage])
    told = pc.equal(credits["kind"], "quote_to_agency").to_numpy(zero_copy_only=False)[mention]
    name = np.array(credits["agency"].to_pylist(), object)[mention]
    own = inside & ~told
    members, count = counted(_distinct_members(clusters.labels[passage[own]], article[passage[own]]))
    cited_by_prose = np.isin(clusters.labels[passage], members[count > 1])
    kept = near & (told | ~inside | ~cited_by_prose)
    return passage[kept], name[kept].tolist()


def _distinct_members(label: np.ndarray, article: np.ndarray) -> np.ndarray:
    """The label of each distinct pair of cluster and article."""
    span = int(article.max(initial=0)) + 1
    return sorted_distinct(label * span + article) // span


def cluster_agencies(
    articles: pa.Table, found: Passages, clusters: Clusters, corpus: Corpus, seen: Witnesses, barred: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Agency and basis of each cluster, None and "none" without a witness.

    A cluster with a dispatch belongs to the agency of its earliest one (feed); else to the agency that most of its
    members credit (credited_member), or to the one that stands at its passages (in_text): that is what one outlet says
    of what another prints, so it takes two outlets. ``barred`` (clusters,) bool are given to nobody.
    """
    n = len(clusters.mean)
    name, basis = np.full(n, None, object), np.full(n, "none", object)
    article = corpus.article_of(found.paragraph)
    several = distinct_count(clusters.labels, corpus.outlet[article], ~corpus.is_wire[article], n) > 1
    for in_text in (False, True):
        for label, agency in _most_named(seen, in_text, clusters, corpus, found):
            if name[label] is None and (several[label] or not in_text):
                name[label], basis[label] = agency, "in_text" if in_text else "credited_member"
    wires = np.flatnonzero(corpus.is_wire[article] & ~corpus.set_apart[found.paragraph])
    wires = wires[np.argsort(-corpus.high[article[wires]], kind="stable")]
    of_wires = articles["agency"].take(pa.array(article[wires])).to_pylist()
    for label, agency in zip(clusters.labels[wires].tolist(), of_wires, strict=True):
        name[label], basis[label] = agency, "feed"
    name[barred], basis[barred] = None, "none"
    return name, basis


def _most_named(
    seen: Witnesses, in_text: bool, clusters: Clusters, corpus: Corpus, found: Passages
) -> list[tuple[int, str]]:
    """Clusters with the agency that most of their articles name, by credits or in the text.

    Several that are named as often are joined by '/' where the same articles name them all. Else the articles
    contradict each other, as they do over words that each agency had from elsewhere: a relay gives way to the one whose
    wire it hands on, and of others nobody is named.
    """
    kept = seen.in_text == in_text
    article = corpus.article_of(found.paragraph[seen.passage[kept]])
    label, named = clusters.labels[seen.passage[kept]], seen.agency[kept]
    k = max(len(seen.names), 1)
    keys, votes = counted(_distinct_members(label * k + named, article))
    home, agency = np.divmod(keys, k)
    begins = run_begins(home)
    most = np.repeat(np.maximum.reduceat(votes, begins), np.diff(begins, append=len(home))) if len(home) else votes
    home, agency = home[votes == most], agency[votes == most]
    first: dict[int, dict[str, set[int]]] = {}
    for at, code in zip(home.tolist(), agency.tolist(), strict=True):
        first.setdefault(at, {})[seen.names[code]] = set()
    tied = np.isin(label, home[1:][home[1:] == home[:-1]])
    for at, code, by in zip(label[tied].tolist(), named[tied].tolist(), article[tied].tolist(), strict=True):
        first[at].get(seen.names[code], set()).add(by)
    told = ((at, _agreed(articles)) for at, articles in first.items())
    return [(at, name) for at, name in told if name is not None]


def _agreed(articles: dict[str, set[int]]) -> str | None:
    """The agency, or several joined by '/': ``articles`` are those that name each; None where they contradict."""
    relays = load_wires().relays
    for names in ([*articles], [name for name in articles if name not in relays]):
        if names and all(articles[name] == articles[names[0]] for name in names):
            return "/".join(names)
    return None


def of_the_agency(seen: Witnesses, clusters: Clusters, agency: np.ndarray) -> np.ndarray:
    """Passages at which a witness names their cluster's agency, ``agency`` (clusters,): int64."""
    return seen.passage[_for_the_cluster(seen, clusters.labels[seen.passage], agency)]


def _for_the_cluster(seen: Witnesses, label: np.ndarray, agency: np.ndarray) -> np.ndarray:
    """Witnesses that name the agency of the cluster ``label`` (rows,) that they speak in: (rows,) bool."""
    named = (agency[label] if len(label) else np.zeros(0, object)).tolist()
    pairs = zip(seen.agency.tolist(), named, strict=True)
    return np.array([name is not None and seen.names[code] in name.split("/") for code, name in pairs], bool)


def rungs(
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    country: np.ndarray,
    seen: Witnesses,
    agency: np.ndarray,
    basis: np.ndarray,
    source: np.ndarray,
    suspicious: np.ndarray,
) -> np.ndarray:
    """Evidence that each passage is an agency's: (passages,) uint8, place in ``schemas.EVIDENCE``.

    ``country`` (articles,) int64 is a number of each one's country, 0 where it is not known; ``agency`` and ``basis``
    (clusters,) as in CLUSTERS; ``source`` (passages,) is the passage each one comes from, -1 for none; ``suspicious``
    (clusters,) bool, those that read like an agency's.
    """
    labels = clusters.labels
    article = corpus.article_of(found.paragraph)
    rung = np.where(suspicious[labels], SUSPECTED, NONE).astype(np.uint8)
    named = _for_the_cluster(seen, labels[seen.passage], agency)
    rung[seen.passage[named & ~seen.in_text]] = CREDITED
    rung[_attested(clusters, corpus, article, country, seen, named)] = ATTESTED
    is_wire = corpus.is_wire[article]
    from_wire = (source >= 0) & is_wire[np.maximum(source, 0)]
    rung[(basis[labels] == "feed") & (from_wire | is_wire)] = DISPATCH
    return rung


def _attested(
    clusters: Clusters, corpus: Corpus, article: np.ndarray, country: np.ndarray, seen: Witnesses, named: np.ndarray
) -> np.ndarray:
    """Passages of a cluster whose agency another outlet names, one of the same country if it is a domestic agency.

    (passages,) bool; ``article`` (passages,) is where each one stands, ``named`` (rows,) bool are the witnesses that
    name their cluster's agency, ``country`` as in ``rungs``. What has no known country is of any.
    """
    outlet, label = corpus.outlet[article], clusters.labels
    by = seen.passage[named]
    domestic = np.array([name in load_wires().domestic for name in seen.names] or [], bool)[seen.agency[named]]
    here = country[article]
    abroad = domestic & (here[by] > 0)
    anywhere = _from_another(label[by[~abroad]], outlet[by[~abroad]], label, outlet)
    stateless = (here == 0) & _from_another(label[by], outlet[by], label, outlet)
    k = int(country.max(initial=0)) + 1
    place, home = label * k + here, by[abroad]
    return anywhere | stateless | _from_another(place[home], outlet[home], place, outlet)


def _from_another(group: np.ndarray, by: np.ndarray, mine: np.ndarray, outlet: np.ndarray) -> np.ndarray:
    """Whether an outlet other than each one's own speaks in its group: (passages,) bool.

    ``group`` and ``by`` (rows,) are the groups spoken in and the outlets that speak, ``mine`` and ``outlet``
    (passages,) the group and outlet of each passage.
    """
    groups, at = np.unique(group, return_inverse=True)
    first, last = np.full(len(groups) + 1, np.iinfo(np.int64).max), np.full(len(groups) + 1, -1)
    np.minimum.at(first, at, by)
    np.maximum.at(last, at, by)
    place = find(groups, mine)
    return (place >= 0) & ((first[place] != outlet) | (last[place] != outlet))


def strongest(rung: np.ndarray, clusters: Clusters) -> np.ndarray:
    """The strongest rung of each cluster's passages: (clusters,) uint8."""
    most = np.zeros(len(clusters.mean), np.uint8)
    np.maximum.at(most, clusters.labels, rung)
    return most

"""PASSAGES, CLUSTERS, dates -> where each passage comes from, who carried it first, and how much later.

Times are intervals: a lag is never more exact than the two dates it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import ENDS, Clusters, Corpus, Passages, run_begins, slices
from dedup.config import Config
from dedup.constants import BACKGROUND_MATCHES, DAY, LATE, MINUTE, MOST_OF
from dedup.intake import dates
from dedup.kernels import groups as compiled
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.tracing.columns import CHUNK, nulled
from dedup.tracing.traced import Sources

NAMING = ("article_id", "outlet", "owner_group", "agency")
"""Columns of ARTICLES that say who publishes."""


def corpus(articles: pa.Table, starts: np.ndarray, words: np.ndarray, set_apart: np.ndarray) -> Corpus:
    """ARTICLES, the first paragraph of each, paragraphs' words and whether they are set apart -> Corpus."""
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    dated = low.is_valid().to_numpy(zero_copy_only=False)
    is_wire = articles["is_wire"].fill_null(False).to_numpy(zero_copy_only=False)
    names: dict[str, int] = {}
    outlets, owners = np.empty((2, len(articles)), np.int64)
    for some in slices(len(articles), CHUNK):
        columns = (articles[name][some].to_pylist() for name in NAMING)
        for row, wire, article_id, outlet, owner, agency in zip(
            range(some.start, some.stop), is_wire[some].tolist(), *columns, strict=True
        ):
            if wire:
                home = group = f"agency\x1f{agency}"
            else:
                home = f"outlet\x1f{outlet}" if outlet else f"article\x1f{article_id}"
                group = f"owner\x1f{owner}" if owner else home
            outlets[row] = names.setdefault(home, len(names))
            owners[row] = names.setdefault(group, len(names))
    return Corpus(
        np.where(dated, low.fill_null(0).to_numpy(), UNKNOWN_TIME),
        np.where(dated, high.fill_null(0).to_numpy(), LATE),
        dated,
        outlets,
        owners,
        is_wire,
        starts,
        words,
        set_apart,
    )


def order_in_time(corpus: Corpus, articles: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Order of some articles' passages: by the last second of the date, unknown dates last, ties by id.

    The last second, not the first: a paper that gives only the day must not come before the dispatch of that noon.
    """
    return np.lexsort((ids, corpus.high[articles]))


def sources(
    blocks: Iterable[tuple[int, pa.Table]],
    edit_class: np.ndarray,
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    ids: np.ndarray,
    story: np.ndarray,
) -> Sources:
    """The passage that each one comes from, and the match that leads there.

    ``blocks`` give ENDS and ``matched`` of all ALIGNMENTS in their order, each with the number of its first one;
    ``edit_class`` (alignments,) uint8 is the class of their edits. An outlet's passage comes from the dispatch that
    shares most words with it, and of that story's revisions (``story`` (articles,) int64) from the one that shares
    most words with the whole article; without a dispatch, from the passage it matches that was carried earliest, unless
    it was itself carried earlier. A dispatch comes only from an earlier dispatch: background that a paper printed first
    is not its source.
    """
    article = corpus.article_of(found.paragraph)
    n = len(ids)
    ranks = np.empty(n, np.int64)
    ranks[order_in_time(corpus, article, ids)] = np.arange(n)
    is_wire = corpus.is_wire[article]
    told = Sources(np.full(n, -1, np.int64), np.zeros(n, np.int32), np.zeros(n, np.uint8))
    printed = [np.zeros((0, 4), np.int64)]
    for first, table in blocks:
        left, right, matched = (table[name].to_numpy() for name in (*ENDS, "matched"))
        classes = edit_class[first : first + len(table)]
        compiled.best_sources(left, right, matched, classes, clusters.labels, ranks, is_wire, *told)
        for here, there in ((left, right), (right, left)):
            kept = ~is_wire[here] & is_wire[there] & (clusters.labels[here] == clusters.labels[there])
            printed.append(np.stack([here[kept], there[kept], matched[kept], classes[kept]], axis=1).astype(np.int64))
    _take_the_revision(told, np.concatenate(printed), article, ranks, story)
    return told


def _take_the_revision(
    told: Sources, printed: np.ndarray, article: np.ndarray, ranks: np.ndarray, story: np.ndarray
) -> None:
    """Among the revisions of the story that each passage comes from, take the one that gives the whole article most.

    ``printed`` (matches, 4) int64 are the matches of outlets' passages with dispatches: both passages, words, class of
    edits. Ties go to the match with most words, then to the earliest dispatch.
    """
    here, there, matched, _ = printed.T
    pair = article[here] * len(story) + article[there]
    keys, back = np.unique(pair, return_inverse=True)
    whole = np.bincount(back, weights=matched, minlength=len(keys))[back]
    mine = told.passage[here]
    rival = (mine >= 0) & (story[article[np.maximum(mine, 0)]] == story[article[there]])
    rows = np.flatnonzero(rival)
    rows = rows[np.lexsort((ranks[there[rows]], -matched[rows], -whole[rows], here[rows]))]
    rows = rows[run_begins(here[rows])]
    told.passage[here[rows]], told.words[here[rows]] = there[rows], matched[rows]
    told.edit_class[here[rows]] = printed[rows, 3]


def left_is_source(corpus: Corpus, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Whether the left article of each pair is the likelier source: a dispatch, or the earlier one, or the left."""
    wire_left, wire_right = corpus.is_wire[left], corpus.is_wire[right]
    by_time = corpus.high[left] <= corpus.high[right]
    return np.where(wire_left != wire_right, wire_left, by_time)


def heads(clusters: Clusters, corpus: Corpus, passage_article: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Source passage of each cluster: the earliest, ties by id. Shape (clusters,), int64."""
    order = order_in_time(corpus, passage_article, ids)
    _, first = np.unique(clusters.labels[order], return_index=True)
    return order[first]


def background(
    found: Passages, clusters: Clusters, corpus: Corpus, edges: np.ndarray, apart: np.ndarray, config: Config
) -> np.ndarray:
    """Clusters that recur: over ``background_days`` days, in articles that share little else. (clusters,) bool.

    ``edges`` (clusters,) are the matches in each one; ``apart`` (clusters,) those whose articles share fewer other
    words than the match has. It must hold for the median match.
    """
    first, last = first_and_last(clusters, corpus, corpus.article_of(found.paragraph))
    spread = np.where(last > UNKNOWN_TIME, last - first, 0)
    return (spread >= config.background_days * DAY) & (apart > edges // 2) & (edges >= BACKGROUND_MATCHES)


def first_and_last(clusters: Clusters, corpus: Corpus, article: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Earliest and latest known second of each cluster's members; LATE and UNKNOWN_TIME when none is known."""
    n = len(clusters.mean)
    first, last = np.full(n, LATE), np.full(n, UNKNOWN_TIME)
    dated = corpus.dated[article]
    np.minimum.at(first, clusters.labels[dated], corpus.low[article[dated]])
    np.maximum.at(last, clusters.labels[dated], corpus.low[article[dated]])
    return first, last


def lags(
    corpus: Corpus, article: np.ndarray, source: np.ndarray, has: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least and greatest lag in seconds of each article after its source, and whether both dates are known."""
    known = has & corpus.dated[article] & corpus.dated[source]
    low = np.where(known, corpus.low[article] - np.where(known, corpus.high[source], 0), 0)
    high = np.where(known, corpus.high[article] - np.where(known, corpus.low[source], 0), 0)
    return low, high, known


def likely_lag(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Seconds in the middle of what is possible, NaN where unknown.

    A copy cannot precede its source, so an interval that holds 0 is cut there: a dispatch of 15:00 and an article of
    the same day give 0 to 9 hours, hence 4.5. An interval below 0 stays: it speaks of a clock (``clock_audit``).
    """
    return (np.where(high >= 0, np.maximum(low, 0), low) + high) / 2


def lag_columns(low: np.ndarray, high: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """lag_low, lag_high, lag_mid and lag_known of PROVENANCE and ARTICLE_PROVENANCE, from ``lags``.

    Two minutes between the least and the greatest lag is what two dates leave that are known to the minute.
    """
    figures = {"lag_low": low, "lag_high": high, "lag_mid": likely_lag(low, high)}
    return {
        **{name: nulled(figure, ~known) for name, figure in figures.items()},
        "lag_known": known & (high - low < 2 * MINUTE),
    }


def first_carriers(
    found: Passages, clusters: Clusters, corpus: Corpus, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who carried each cluster first, dispatches apart.

    ``ids`` (passages,) are the numbers of their ids. Returns the article (clusters,) int64, -1 when no carrier is
    dated; whether no carrier of another owner can have been as early (clusters,) bool, false when one is undated; and,
    for each passage, whether its article may have been first together with another (passages,) bool.
    """
    n = len(clusters.mean)
    article = corpus.article_of(found.paragraph)
    outlet = ~corpus.is_wire[article]
    rows = np.flatnonzero(outlet & corpus.dated[article])
    rows = rows[np.lexsort((ids[rows], corpus.high[article[rows]]))]
    first = np.full(n, -1, np.int64)
    label, at = np.unique(clusters.labels[rows], return_index=True)
    first[label] = article[rows[at]]
    mine = first[clusters.labels]
    rival = outlet & (mine >= 0) & (corpus.owner[article] != corpus.owner[np.maximum(mine, 0)])
    close = rival & (corpus.low[article] <= corpus.high[np.maximum(mine, 0)])
    contested = np.zeros(n, bool)
    contested[clusters.labels[close]] = True
    tied = close & corpus.dated[article] | (contested[clusters.labels] & (article == mine))
    return first, (first >= 0) & ~contested, tied


def best_sources(sources: Sources, found: Passages, corpus: Corpus) -> tuple[np.ndarray, np.ndarray]:
    """The article that gives each article most words through its passages, and those words; -1 when there is none."""
    n = len(corpus.low)
    has = np.flatnonzero((sources.passage >= 0) & (sources.edit_class != schemas.EDIT_CLASSES.index("quote_only")))
    article = corpus.article_of(found.paragraph)
    target, origin, words = article[has], article[sources.passage[has]], sources.words[has]
    best, most = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    pair, back = np.unique(target * n + origin, return_inverse=True)
    given = np.bincount(back, weights=words).astype(np.int64)
    target, origin = np.divmod(pair, n)
    order = np.lexsort((origin, -given, target))
    first = order[run_begins(target[order])]
    best[target[first]], most[target[first]] = origin[first], given[first]
    return best, most


def used_up(best: np.ndarray, words: np.ndarray, prose: np.ndarray, corpus: Corpus) -> np.ndarray:
    """Articles that hold nearly all of their best source, a dispatch: (articles,) bool.

    ``best`` and ``words`` (articles,) as ``best_sources`` gives them, ``prose`` (articles,) the words of each.
    """
    source = np.maximum(best, 0)
    return (best >= 0) & corpus.is_wire[source] & (words >= MOST_OF * prose[source])

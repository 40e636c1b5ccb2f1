"""PROVENANCE, MATCHES -> WIRE_PICKUP: how far each dispatch went, how fast, and how much of it was kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import find, one_chunk, sorted_distinct, stacked
from dedup.config import Config
from dedup.constants import CARRIED, HOUR
from dedup.summary import figures, numbering
from dedup.summary.findings import is_without_credit

if TYPE_CHECKING:
    from dedup.store.disk import Rows


REACHES = (1 * HOUR, 6 * HOUR, 24 * HOUR)
"""Seconds within which an outlet must surely have carried a dispatch to be in its reach."""


OF_PARAGRAPHS = ("article_id", "role", "paragraph", "n_words", "begin", "end")
OF_PROVENANCE = (
    "article_id",
    "source_article_id",
    "share_class",
    "source_paragraph",
    "source_begin",
    "source_end",
    "containment",
    "lag_low",
    "lag_high",
)
OF_MATCHES = ("left_article_id", "right_article_id", "left_paragraph", "right_paragraph", "matched_words")
"""Columns that are read."""


TEXT_ROLES = ("lead", "body")
"""Roles of a dispatch's paragraphs that a carrier can keep or drop."""


def wire_pickup(
    articles: pa.Table,
    paragraphs: Rows,
    provenance: Rows,
    matches: Rows,
    article_provenance: pa.Table,
    config: Config | None = None,
) -> pa.Table:
    """Follow each dispatch into the outlets: who carried it, how fast, how much of it, with what credit.

    ARTICLES, PARAGRAPHS, PROVENANCE, MATCHES, ARTICLE_PROVENANCE -> WIRE_PICKUP, one row a dispatch (carried or not),
    sorted by article_id. A carrier is an article, never a dispatch, with a verbatim or edited passage whose source is
    this very dispatch: each revision of a story has its own carriers, and an article that took passages from two
    revisions is in both rows. A carrier without outlet counts as an article only.

    ``reach`` counts outlets whose greatest possible lag is within the limit. The first outlet is the one that surely
    was before every other, null when two may have been or one is undated; its lag is the least possible, not under 0.
    ``share_kept`` is over the words of lead and body, by the matches between the two texts (by the source spans where
    there is none); ``paragraphs_dropped`` over those paragraphs that are long enough for a match.
    """
    config = config or Config()
    places = numbering.places(articles)
    wires = np.flatnonzero(places.is_wire)
    n = max(len(articles), 1)
    wire_ids = one_chunk(articles["article_id"]).take(pa.array(wires))
    # a carrier is written as (row among the dispatches) * n + (row of the article)
    passages = _traced(articles, provenance, places.is_wire, wire_ids)
    pair = passages["pair"].to_numpy()
    carriers = sorted_distinct(pair[passages["counts"].to_numpy()])
    wire, article = np.divmod(carriers, n)
    place = find(carriers, pair)
    low = figures.least(place, figures.floats(passages["lag_low"]), len(carriers))
    high = figures.least(place, figures.floats(passages["lag_high"]), len(carriers))
    outlet = places.outlet[article]
    size = len(wires)
    uncredited = np.zeros(len(articles), bool)
    row_of = numbering.rows(article_provenance["article_id"], articles)
    silent = is_without_credit(article_provenance).to_numpy(zero_copy_only=False)
    uncredited[row_of[silent & (row_of >= 0)]] = True
    kept, dropped = _kept(articles, paragraphs, passages, place, matches, carriers, wire_ids, config)
    first, first_lag = _first_outlets(wire, outlet, low, high, size)
    known = outlet >= 0
    reaches = [known & (high >= 0) & (high <= limit) for limit in REACHES]
    of_wire = articles.take(pa.array(wires))
    table = pa.Table.from_arrays(
        [
            *(one_chunk(of_wire[name]) for name in schemas.WIRE_PICKUP.names[:6]),
            pa.array(np.bincount(wire, minlength=size).astype(np.int32)),
            pa.array(figures.distinct(wire[known], outlet[known], size).astype(np.int32)),
            pa.array(
                figures.distinct(wire[known], numbering.independent(places)[outlet[known]], size).astype(np.int32)
            ),
            *(pa.array(figures.distinct(wire[near], outlet[near], size).astype(np.int32)) for near in reaches),
            figures.column(figures.means(wire, kept, np.ones(len(wire)), size), pa.float32()),
            figures.column(figures.means(wire, dropped, np.ones(len(wire)), size), pa.float32()),
            places.outlets.take(pa.array(first, mask=first < 0)),
            figures.column(first_lag, pa.int64()),
            pa.array(figures.sums(wire, uncredited[article], size).astype(np.int32)),
        ],
        schema=schemas.WIRE_PICKUP,
    )
    return table.sort_by("article_id")


def _first_outlets(
    wire: np.ndarray, outlet: np.ndarray, low: np.ndarray, high: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Outlet that surely carried each dispatch before every other (-1: none), and its least lag (or NaN)."""
    known = np.flatnonzero((outlet >= 0) & ~(high < 0))
    span = int(outlet.max(initial=0)) + 1
    pairs, pair = np.unique(wire[known] * span + outlet[known], return_inverse=True)
    low, high = (figures.least(pair, bound[known], len(pairs)) for bound in (low, high))
    # an undated outlet may have been first
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    wire, outlet = np.divmod(pairs, span)
    order = np.lexsort((low, wire))
    wire, outlet, low, high = wire[order], outlet[order], low[order], high[order]
    earliest = np.diff(wire, prepend=-1) > 0
    is_last = np.diff(wire, append=size) > 0
    sure = earliest & (high < np.where(is_last, np.inf, np.append(low[1:], np.inf)))
    first, lag = np.full(size, -1), np.full(size, np.nan)
    first[wire[sure]], lag[wire[sure]] = outlet[sure], np.maximum(low[sure], 0)
    return first, lag


def _traced(articles: pa.Table, provenance: Rows, is_wire: np.ndarray, wire_ids: pa.Array) -> pa.Table:
    """The passages that are traced from an article to a dispatch, as numbers.

    ``pair`` is the number of the dispatch * n + the row of the article; ``counts``: the article is a carrier by it.
    """
    numbers = list(OF_PROVENANCE[3:])
    found = [schemas.PROVENANCE.empty_table().select(numbers)]
    pairs, counts = [], []
    for part in provenance.select(list(OF_PROVENANCE)).to_reader():
        wire, carrier = (
            numbering.look_up(part["source_article_id"], wire_ids),
            numbering.rows(part["article_id"], articles),
        )
        traced = (wire >= 0) & numbering.points_at(carrier, ~is_wire)
        pairs.append(wire[traced] * len(articles) + carrier[traced])
        counts.append(figures.is_in(part["share_class"], CARRIED)[traced])
        found.append(pa.Table.from_batches([part.select(numbers).filter(pa.array(traced))]))
    return (
        pa.concat_tables(found)
        .append_column("pair", pa.chunked_array(pairs, pa.int64()))
        .append_column("counts", pa.chunked_array(counts, pa.bool_()))
    )


def _kept(
    articles: pa.Table,
    paragraphs: Rows,
    passages: pa.Table,
    passage_place: np.ndarray,
    matches: Rows,
    carriers: np.ndarray,
    wire_ids: pa.Array,
    config: Config,
) -> tuple[np.ndarray, np.ndarray]:
    """(carriers,) share of the dispatch's words kept, and share of its paragraphs dropped whole; NaN without a text.

    ``carriers`` are dispatch number * n + article row, sorted; ``passage_place`` (passages,) the place among them.
    """
    n, size = max(len(articles), 1), len(wire_ids)
    texts = _wire_paragraphs(paragraphs, wire_ids)
    n_texts = max(len(texts.key), 1)
    wire, rows = carriers // n, sorted_distinct(carriers % n)
    carrier_ids = one_chunk(articles["article_id"]).take(pa.array(rows))
    is_matched = np.zeros(len(carriers), bool)

    def pieces() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Place of the carrier * n_texts + place of the dispatch's paragraph, and the words kept."""
        for part in matches.select(list(OF_MATCHES)).to_reader():
            for side, other in (("left", "right"), ("right", "left")):
                own = numbering.look_up(part[f"{side}_article_id"], wire_ids)
                of_wire, own = part.filter(pa.array(own >= 0)), own[own >= 0]
                carrier = numbering.look_up(of_wire[f"{other}_article_id"], carrier_ids)
                found = np.flatnonzero(carrier >= 0)
                place = find(carriers, own[found] * n + rows[carrier[found]])
                found, place = found[place >= 0], place[place >= 0]
                is_matched[place] = True
                text = find(texts.key, (wire[place] << 32) | figures.integers(of_wire[f"{side}_paragraph"])[found])
                yield (place * n_texts + text)[text >= 0], figures.words(of_wire)[found][text >= 0]
        # traced through a third text, as is known after all matches: the source span is all there is
        indirect = np.flatnonzero((passage_place >= 0) & ~numbering.points_at(passage_place, is_matched))
        traced, place = passages.take(pa.array(indirect)), passage_place[indirect]
        text = find(texts.key, (wire[place] << 32) | figures.integers(traced["source_paragraph"]))
        span = figures.floats(traced["source_end"]) - figures.floats(traced["source_begin"])
        # place -1, a span outside the text, reads the zero at the end
        share = figures.ratio(span, np.append(texts.length, 0)[text])
        equal = share * np.append(texts.words, 0)[text] * figures.floats(traced["containment"], 1.0)
        yield (place * n_texts + text)[text >= 0], np.nan_to_num(np.floor(equal))[text >= 0].astype(np.int32)

    piece, words = figures.added_up(pieces())
    place, text = np.divmod(piece, n_texts)
    # a paragraph printed twice is kept once
    kept = figures.sums(place, np.minimum(words, texts.words[text]), len(carriers))
    long = texts.words >= config.min_words
    all_words = figures.sums(texts.key >> 32, texts.words, size)
    all_long = np.bincount((texts.key >> 32)[long], minlength=size)
    long_kept = np.bincount(place[long[text] & (words > 0)], minlength=len(carriers))
    return figures.ratio(kept, all_words[wire]), 1 - figures.ratio(long_kept, all_long[wire])


class _Texts(NamedTuple):
    """Text paragraphs of the dispatches: dispatch number << 32 | paragraph (sorted), words, code points."""

    key: np.ndarray
    words: np.ndarray
    length: np.ndarray


def _wire_paragraphs(paragraphs: Rows, wire_ids: pa.Array) -> _Texts:
    def texts() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for part in paragraphs.select(list(OF_PARAGRAPHS)).to_reader():
            number = numbering.look_up(part["article_id"], wire_ids)
            rows = np.flatnonzero((number >= 0) & figures.is_in(part["role"], TEXT_ROLES))
            key = (number[rows] << 32) | figures.integers(part["paragraph"])[rows]
            length = figures.floats(part["end"], 0.0) - figures.floats(part["begin"], 0.0)
            yield key, figures.floats(part["n_words"], 0.0)[rows], length[rows]

    key, words, length = stacked(texts(), np.int64, np.float64, np.float64)
    order = np.argsort(key)
    return _Texts(key[order], words[order], length[order])

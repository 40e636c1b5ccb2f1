"""Provenance -> OUTLETS, OUTLET_PAIRS, WIRE_PICKUP: who carries what, from whom, how fast, with what credit.

Originality rate, copy rate, reaction time and the share of agency firsts follow Cagé, Hervé & Viaud, "The Production
of Information in an Online World" (Review of Economic Studies 87, 2020); the network of outlets with its shares both
ways and its median delay follows Welbers, van Atteveldt, Kleinnijenhuis & Ruigrok, "A Gatekeeper among Gatekeepers"
(Journalism Studies 19, 2018) and their package RNewsflow.

Days are UTC days of ``published_at``. An article without date, or known by its month only, stands in the row over all
days and in no other. An article without outlet stands in no row. ``left_out`` counts both for the run's manifest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import counted, find, id_numbers, one_chunk, run_begins, slices, sorted_distinct, stacked
from dedup.config import Config
from dedup.intake import dates

if TYPE_CHECKING:
    import networkx

    from dedup.store.disk import Rows

HOUR = 3600
REACHES = (1 * HOUR, 6 * HOUR, 24 * HOUR)
"""Seconds within which an outlet must surely have carried a dispatch to be in its reach."""

CARRIED = ("verbatim", "edited")
"""Share classes that make an article a carrier: a quotation or a recurring background alone does not."""
NO_PROSE = ("quotation", "boilerplate")
"""Share classes that say nothing about who had a text first."""
TEXT_ROLES = ("lead", "body")
"""Roles of a dispatch's paragraphs that a carrier can keep or drop."""

OF_ARTICLES = (
    *schemas.WIRE_PICKUP.names[:6],
    "outlet",
    "owner_group",
    "date_precision",
    "country",
    "is_wire",
)
"""Columns of ARTICLES that are read."""
OF_ARTICLE_PROVENANCE = (
    "article_id",
    "n_words",
    "share_boilerplate",
    "share_found",
    "share_estimated",
    "copy_rate",
    "derivation",
    "credit_status",
    "lag_low",
    "lag_high",
)
"""Columns of ARTICLE_PROVENANCE that are read."""
PAIRED_AT_ONCE = 1 << 19
"""Pairs of articles that are summed up at once, where no two outlets have more."""

AUDIT_DATES = 5
"""Dates an outlet needs before they are judged."""
AUDIT_LAGS = 8
"""Texts with a dispatch an outlet needs before its clock is judged."""
_ALWAYS = 0.9
_EARLY, _NEAR, _NEAR_SECONDS, _SLACK, _HOURS = 0.05, 0.3, 900, 60, 12


def outlets(articles: pa.Table, article_provenance: pa.Table, provenance: Rows) -> pa.Table:
    """Sum up each outlet, by day and over all days.

    ARTICLES, ARTICLE_PROVENANCE, PROVENANCE -> OUTLETS, sorted by outlet and day, the row over all days first.
    Dispatches are left out. ``share_found``, ``share_estimated`` and ``copy_rate`` are means over articles weighted by
    their words without boilerplate, so that they are shares of words. The lags are those of derived articles to their
    best source, quartiles by linear interpolation; an interval counts as ``likely_lag``. ``first_rate`` leaves out
    quotations, boilerplate and articles without date. ``clock_note`` is the same in every row of an outlet.
    """
    places = _places(articles)
    row = _rows(article_provenance["article_id"], articles)
    told = np.flatnonzero(_points_at(row, (places.outlet >= 0) & ~places.is_wire))
    row, told_of = row[told], article_provenance.take(pa.array(told))
    words = _floats(told_of["n_words"], 0.0)
    weight = words * (1 - _floats(told_of["share_boilerplate"], 0.0))
    derived = _is_in(told_of["derivation"], ("wholly", "partially"))
    credited = derived & _is_in(told_of["credit_status"], ("credited_full", "credited_partial"))
    lag = np.where(derived, likely_lag(_floats(told_of["lag_low"]), _floats(told_of["lag_high"])), np.nan)
    member, key = _by_day(places.outlet[row], places.day[row])
    keys, group = np.unique(key, return_inverse=True)
    size = len(keys)
    n_derived = _sums(group, derived[member], size)
    copy_rate = _means(group, _floats(told_of["copy_rate"])[member], weight[member], size)
    found, estimated = (
        _means(group, _floats(told_of[name])[member], weight[member], size)
        for name in ("share_found", "share_estimated")
    )
    names = places.outlets.take(pa.array(keys >> 32))
    notes = clock_audit(articles, provenance)
    return pa.Table.from_arrays(
        [
            names,
            places.owners.take(pa.array(places.owner_of[keys >> 32], mask=places.owner_of[keys >> 32] < 0)),
            _day_column(keys),
            pa.array(np.bincount(group, minlength=size).astype(np.int32)),
            pa.array(_sums(group, words[member], size).astype(np.int64)),
            _column(found, pa.float32()),
            _column(estimated, pa.float32()),
            _column(copy_rate, pa.float32()),
            _column(1 - copy_rate, pa.float32()),
            pa.array(n_derived.astype(np.int32)),
            _column(_ratio(_sums(group, credited[member], size), n_derived), pa.float32()),
            *(_column(lags, pa.float64()) for lags in _quantiles(group, lag[member], size, (0.25, 0.5, 0.75))),
            _column(_first_rates(articles, provenance, places, keys), pa.float32()),
            pa.array([notes.get(name) for name in names.to_pylist()], pa.string()),
        ],
        schema=schemas.OUTLETS,
    )


def outlet_pairs(articles: pa.Table, matches: Rows, provenance: Rows) -> pa.Table:
    """Draw the network of outlets: who had the shared texts first, and who later.

    ARTICLES, MATCHES, PROVENANCE -> OUTLET_PAIRS, sorted by from, to, directed and day, the row over all days first.
    A dispatch stands for its agency, whatever outlet carries it. An edge is a pair of articles with a match; matches
    that share a quotation only, and matches of boilerplate, make none. The order comes from the intervals that the
    dates leave: undirected when they meet or one is missing, even beside a dispatch (WIRE_PICKUP is traced by text).
    ``n_words`` adds the equal words of an edge's matches. Delays are middles of intervals, in hours; of an undirected
    pair the middle of to minus from, so about 0. In the row of a day the shares are those of the articles that 'from'
    and 'to' published on that day, null when there is none. Articles of one outlet do not pair with each other.
    """
    places = _places(articles)
    edges, shared = _added_up(_edges(articles, matches, provenance, places))
    turn = _turns(edges, places)
    published = counted(_by_day(places.node[places.node >= 0], places.day[places.node >= 0])[1])
    return pa.concat_tables(
        _pairs(edges[turn == number], shared[turn == number], places, published)
        for number in range(int(turn.max(initial=0)) + 1)
    )


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
    places = _places(articles)
    wires = np.flatnonzero(places.is_wire)
    n = max(len(articles), 1)
    wire_ids = one_chunk(articles["article_id"]).take(pa.array(wires))
    # a carrier is written as (row among the dispatches) * n + (row of the article)
    passages = _traced(articles, provenance, places.is_wire, wire_ids)
    pair = passages["pair"].to_numpy()
    carriers = sorted_distinct(pair[passages["counts"].to_numpy()])
    wire, article = np.divmod(carriers, n)
    place = find(carriers, pair)
    low = _least(place, _floats(passages["lag_low"]), len(carriers))
    high = _least(place, _floats(passages["lag_high"]), len(carriers))
    outlet = places.outlet[article]
    size = len(wires)
    credited = np.ones(len(articles), bool)
    status = _rows(article_provenance["article_id"], articles)
    uncredited = ~_is_in(article_provenance["credit_status"], ("credited_full", "credited_partial"))
    credited[status[uncredited & (status >= 0)]] = False
    kept, dropped = _kept(articles, paragraphs, passages, place, matches, carriers, wire_ids, config)
    first, first_lag = _first_outlets(wire, outlet, low, high, size)
    known = outlet >= 0
    reaches = [known & (high >= 0) & (high <= limit) for limit in REACHES]
    of_wire = articles.take(pa.array(wires))
    table = pa.Table.from_arrays(
        [
            *(one_chunk(of_wire[name]) for name in schemas.WIRE_PICKUP.names[:6]),
            pa.array(np.bincount(wire, minlength=size).astype(np.int32)),
            pa.array(_distinct(wire[known], outlet[known], size).astype(np.int32)),
            pa.array(_distinct(wire[known], _independent(places)[outlet[known]], size).astype(np.int32)),
            *(pa.array(_distinct(wire[near], outlet[near], size).astype(np.int32)) for near in reaches),
            _column(_means(wire, kept, np.ones(len(wire)), size), pa.float32()),
            _column(_means(wire, dropped, np.ones(len(wire)), size), pa.float32()),
            places.outlets.take(pa.array(first, mask=first < 0)),
            _column(first_lag, pa.int64()),
            pa.array(_sums(wire, ~credited[article], size).astype(np.int32)),
        ],
        schema=schemas.WIRE_PICKUP,
    )
    return table.sort_by("article_id")


def likely_lag(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Seconds in the middle of what is possible, NaN where unknown.

    A copy cannot precede its source, so an interval that holds 0 is cut there: a dispatch of 15:00 and an article of
    the same day give 0 to 9 hours, hence 4.5. An interval below 0 stays: it speaks of a clock (``clock_audit``).
    """
    return (np.where(high >= 0, np.maximum(low, 0), low) + high) / 2


def clock_audit(articles: pa.Table, provenance: Rows) -> dict[str, str]:
    """Look for outlets whose dates cannot be what they seem: outlet -> what was seen; an outlet without a note is fine.

    ARTICLES, PROVENANCE. Dates that (nearly) always lack a time of day or stand at midnight, local or UTC; and clocks
    that are off by whole hours: the lags to the earliest dispatch of the same clusters begin, within a quarter of an
    hour, at -1 h, -2 h ... or +1 h, with (nearly) none before. A fast clock and an outlet that always waits an hour
    look alike, so a note on positive lags says "perhaps".
    """
    places = _places(articles)
    names = places.outlets.to_pylist()
    seen: dict[str, list[str]] = {}
    own = (places.outlet >= 0) & ~places.is_wire
    precise = own & _is_in(articles["date_precision"], ("second", "minute"))
    coarse = own & _is_in(articles["date_precision"], ("day",))
    precise_rows = np.flatnonzero(precise)
    size = len(names)
    n_precise, n_coarse = (np.bincount(places.outlet[rows], minlength=size) for rows in (precise, coarse))
    at_midnight = precise_rows[_at_midnight(places.low[precise_rows], articles["country"].take(pa.array(precise_rows)))]
    n_midnight = np.bincount(places.outlet[at_midnight], minlength=size)
    for outlet in np.flatnonzero(n_precise + n_coarse >= AUDIT_DATES).tolist():
        total = int(n_precise[outlet] + n_coarse[outlet])
        if n_coarse[outlet] >= _ALWAYS * total:
            seen.setdefault(names[outlet], []).append(f"dates without a time of day ({n_coarse[outlet]} of {total})")
        elif n_precise[outlet] >= AUDIT_DATES and n_midnight[outlet] >= _ALWAYS * n_precise[outlet]:
            seen.setdefault(names[outlet], []).append(
                f"dates at midnight ({n_midnight[outlet]} of {n_precise[outlet]}): the time of day is not known"
            )
    outlet, lag = _audit_lags(articles, provenance, places, precise)
    starts = np.searchsorted(outlet, np.arange(size + 1))
    for number in np.flatnonzero(np.diff(starts) >= AUDIT_LAGS).tolist():
        lags = lag[starts[number] : starts[number + 1]]
        shift = _whole_hours(lags)
        if shift < 0:
            seen.setdefault(names[number], []).append(
                f"clock {-shift} h slow: "
                f"{int((lags < 0).sum())} of {len(lags)} texts stand before the dispatch they carry"
            )
        elif shift > 0:
            seen.setdefault(names[number], []).append(
                f"clock perhaps {shift} h fast: lags to {len(lags)} dispatches begin at {shift} h"
            )
    return {name: "; ".join(notes) for name, notes in sorted(seen.items())}


def agency_first(articles: pa.Table, provenance: Rows) -> dict[str, int]:
    """Count the clusters that a dispatch opened and those that an outlet opened.

    ARTICLES, PROVENANCE -> ``clusters`` (of prose, with an outlet), and of these ``agency_first`` (a dispatch surely
    came before every dated outlet), ``outlet_first`` (the reverse), ``unknown`` (a tie or no dates) and
    ``without_dispatch``; the last four add up to the first.
    """
    places = _places(articles)

    def prose() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for row, cluster, share_class in _members(articles, provenance):
            # a carrier without outlet is no outlet's first
            chosen = _points_at(row, places.node >= 0) & ~_is_in(share_class, NO_PROSE)
            yield row[chosen], cluster[chosen]

    row, cluster = stacked(prose(), np.int32, np.uint64)
    clusters = sorted_distinct(cluster)
    cluster, size = find(clusters, cluster), len(clusters)
    is_wire = places.is_wire[row]
    has_outlet = np.bincount(cluster[~is_wire], minlength=size) > 0
    has_wire = np.bincount(cluster[is_wire], minlength=size) > 0
    low, high = (np.where(places.dated, bound, np.nan)[row] for bound in (places.low, places.high))
    bounds = [_least(np.where(side, cluster, -1), bound, size) for side in (is_wire, ~is_wire) for bound in (low, high)]
    wire_low, wire_high, outlet_low, outlet_high = bounds
    told = has_outlet & has_wire
    opened = int((told & (wire_high < outlet_low)).sum())
    scooped = int((told & (outlet_high < wire_low)).sum())
    return {
        "clusters": int(has_outlet.sum()),
        "agency_first": opened,
        "outlet_first": scooped,
        "unknown": int(told.sum()) - opened - scooped,
        "without_dispatch": int((has_outlet & ~has_wire).sum()),
    }


def left_out(articles: pa.Table) -> dict[str, int]:
    """What the outlet tables do not hold: articles without outlet, and articles that are in no row of a day."""
    places = _places(articles)
    own = ~places.is_wire
    return {
        "articles_without_outlet": int((own & (places.outlet < 0)).sum()),
        "articles_without_day": int((own & (places.day == _NO_DAY)).sum()),
    }


def network(pairs: pa.Table, about: pa.Table | None = None) -> networkx.DiGraph:
    """The rows over all days of OUTLET_PAIRS as a graph; with OUTLETS, their figures stand on the nodes.

    ``weight`` of an arc is its pairs of articles: ``edges`` of known order and ``tied`` ones, which are added to the
    arc (of the two between these outlets) that has more edges, so that the weights add up to the table's edges.
    ``hourdiff_median`` and the shares are those of the directed row; ``directed`` is false for an arc of ties alone.
    """
    import networkx

    graph = networkx.DiGraph()
    rows = pairs.filter(pc.is_null(pairs["day"])).to_pylist()
    graph.add_nodes_from(sorted({row[end] for row in rows for end in ("from", "to")}))
    # directed rows first: the others look for an arc to join
    for row in sorted(rows, key=lambda row: (not row["directed"], row["from"], row["to"])):
        start, end = row["from"], row["to"]
        if not row["directed"]:
            there, back = (graph.edges.get(arc, {}).get("edges", 0) for arc in ((start, end), (end, start)))
            if there or back:
                arc = graph.edges[(start, end) if there >= back else (end, start)]
                for name in ("weight", "tied"):
                    arc[name] += row["edges"]
                arc["n_words"] += row["n_words"]
                continue
        figures = {name: figure for name, figure in row.items() if name not in ("from", "to", "day", "edges")}
        counts = {"weight": row["edges"], "edges": 0, "tied": 0, ("edges" if row["directed"] else "tied"): row["edges"]}
        graph.add_edge(start, end, **counts, **_without_nulls(figures))
    for row in () if about is None else about.filter(pc.is_null(about["day"])).drop_columns(["day"]).to_pylist():
        if (name := row.pop("outlet")) in graph:
            graph.nodes[name].update(_without_nulls(row))
    return graph


def graphml(graph: networkx.DiGraph) -> tuple[bytes, int]:
    """The graph as a GraphML file, for Gephi and others, and how many names held what XML refuses.

    The same graph gives the same bytes. Two names that differ in such characters alone stay two nodes.
    """
    import networkx

    names: dict[str, str] = {}
    for name in graph:
        clean = xml_text(name)
        while clean in names.values():
            clean += "_"
        names[name] = clean
    named = networkx.relabel_nodes(graph, names)
    for name in named:
        texts = {key: xml_text(value) for key, value in named.nodes[name].items() if isinstance(value, str)}
        named.nodes[name].update(texts, label=name)
    written = BytesIO()
    networkx.write_graphml_xml(named, written, prettyprint=True, named_key_ids=True)
    return written.getvalue(), sum(name != clean for name, clean in names.items())


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 (section 2.2) does not know: most controls, U+FFFE and U+FFFF."""
    return _NOT_XML.sub("", text)


# ------------------------------------------------------------------------------------------------------ the articles


_NO_DAY = -(1 << 31)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Places(NamedTuple):
    """ARTICLES as numbers, one entry an article; -1 for null.

    ``outlets``, ``owners`` and ``nodes`` are sorted names, so that the order of numbers is that of names. A node is an
    outlet, or the agency of a dispatch. ``owner_of`` gives an outlet's owner, ``node_owner`` a node's.
    """

    outlets: pa.Array
    owners: pa.Array
    nodes: pa.Array
    outlet: np.ndarray
    node: np.ndarray
    owner_of: np.ndarray
    node_owner: np.ndarray
    is_wire: np.ndarray
    day: np.ndarray
    dated: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _places(articles: pa.Table) -> _Places:
    is_wire = one_chunk(articles["is_wire"]).fill_null(False).to_numpy(zero_copy_only=False)
    outlet_names = one_chunk(articles["outlet"])
    outlet_list, outlet = _numbered(outlet_names)
    owner_list, owner = _numbered(articles["owner_group"])
    node_list, node = _numbered(pc.if_else(pa.array(is_wire), one_chunk(articles["agency"]), outlet_names))
    owner_of = _smallest(outlet, owner, len(outlet_list))
    node_owner = _smallest(np.where(is_wire, -1, node), owner, len(node_list))
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    dated = np.asarray(low.is_valid())
    low, high = (bound.fill_null(0).to_numpy() for bound in (low, high))
    stored = one_chunk(articles["published_at"]).cast(pa.int64()).fill_null(0).to_numpy()
    has_day = dated & ~_is_in(articles["date_precision"], ("month",))
    day = np.where(has_day, stored // 86_400_000_000, _NO_DAY)
    return _Places(
        outlet_list, owner_list, node_list, outlet, node, owner_of, node_owner, is_wire, day, dated, low, high
    )


def _numbered(column: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Sorted distinct names, and each row's place among them, int64, -1 for null."""
    names = one_chunk(pc.unique(column.drop_null()))
    names = names.take(pc.sort_indices(names))
    place = one_chunk(pc.index_in(column, value_set=names, skip_nulls=True))
    return names, place.fill_null(-1).to_numpy().astype(np.int64)


def _smallest(place: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
    """(size,) int64: smallest value of 0 or more of each place, -1 where there is none."""
    known = (place >= 0) & (value >= 0)
    smallest = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(smallest, place[known], value[known])
    return np.where(smallest == np.iinfo(np.int64).max, -1, smallest)


def _independent(places: _Places) -> np.ndarray:
    """(outlets,) number of each outlet's owner; an outlet of unknown owner is its own."""
    return np.where(places.owner_of >= 0, places.owner_of, len(places.owners) + np.arange(len(places.outlets)))


def _rows(ids: pa.ChunkedArray | pa.Array, articles: pa.Table) -> np.ndarray:
    """Row of each id in ARTICLES, int64; -1 for null and for an id that is not there."""
    return _look_up(ids, one_chunk(articles["article_id"]))


def _sides(matches: pa.RecordBatch, articles: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the left and the right articles in ARTICLES."""
    return tuple(_rows(matches[f"{side}_article_id"], articles) for side in ("left", "right"))


def _look_up(ids: pa.ChunkedArray | pa.Array, known: pa.Array) -> np.ndarray:
    """Place of each id among the known ones, int64; -1 for null and for an id that is not there."""
    ids = one_chunk(ids)
    # the tables are sorted by article: one look-up serves its consecutive rows, and a part asks for few of all ids
    begins = np.ones(len(ids), bool)
    begins[1:] = pc.not_equal(ids[1:], ids[:-1]).fill_null(True).to_numpy(zero_copy_only=False)
    ids = ids.filter(pa.array(begins))
    least, most = pc.min_max(ids).values()
    between = pc.and_(pc.greater_equal(known, least), pc.less_equal(known, most)).fill_null(False)
    near = np.flatnonzero(between.to_numpy(zero_copy_only=False))
    found = pc.index_in(ids, value_set=known.filter(between), skip_nulls=True).fill_null(-1).to_numpy()
    return np.append(near, -1)[found][np.cumsum(begins) - 1]


def _points_at(row: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Which rows point at an article that passes; ``test`` (articles,) bool."""
    passed = row >= 0
    passed[passed] = test[row[passed]]
    return passed


# ------------------------------------------------------------------------------------------------------- the outlets


def _first_rates(articles: pa.Table, provenance: Rows, places: _Places, keys: np.ndarray) -> np.ndarray:
    """(keys,) share of an outlet's passages that it carried first; NaN where it has none."""
    firsts, passages = np.zeros(len(keys)), np.zeros(len(keys))
    judged = (places.outlet >= 0) & ~places.is_wire & places.dated
    for part in provenance.select(["article_id", "is_first", "share_class"]).to_reader():
        row = _rows(part["article_id"], articles)
        is_first = _floats(part["is_first"].cast(pa.int8()))
        told = np.flatnonzero(_points_at(row, judged) & ~np.isnan(is_first) & ~_is_in(part["share_class"], NO_PROSE))
        member, key = _by_day(places.outlet[row[told]], places.day[row[told]])
        group = find(keys, key)
        member, group = told[member[group >= 0]], group[group >= 0]
        firsts += _sums(group, is_first[member], len(keys))
        passages += np.bincount(group, minlength=len(keys))
    return _ratio(firsts, passages)


def _at_midnight(seconds: np.ndarray, country: pa.ChunkedArray) -> np.ndarray:
    """Which times are midnight to the second, UTC or local."""
    midnight = seconds % 86_400 == 0
    whole = np.flatnonzero((seconds % HOUR == 0) & ~midnight)
    countries, place = _numbered(country.take(pa.array(whole)))
    for number in np.unique(place).tolist():
        zone = ZoneInfo(dates.ZONE_OF_COUNTRY.get(countries[number].as_py() if number >= 0 else None, dates.ZONE))
        rows = whole[place == number]
        # few distinct hours, so the calendar is asked once for each
        stamps, stamp = np.unique(seconds[rows], return_inverse=True)
        local = np.array([datetime.fromtimestamp(second, zone).hour == 0 for second in stamps.tolist()])
        midnight[rows] = local[stamp]
    return midnight


def _audit_lags(
    articles: pa.Table, provenance: Rows, places: _Places, precise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outlet and lag in seconds of the articles that share prose with a dispatch, sorted by both.

    ``precise`` (articles,) bool: the articles whose time is judged. The lag is that to the latest of the dispatches,
    each cluster counting by its earliest one; lags of more than half a day say nothing about a clock.
    """
    exact = places.is_wire & _is_in(articles["date_precision"], ("second", "minute"))

    def told() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for row, cluster, share_class in _members(articles, provenance):
            chosen = _points_at(row, exact) | (_points_at(row, precise) & _is_in(share_class, CARRIED))
            yield row[chosen], cluster[chosen]

    row, cluster = stacked(told(), np.int32, np.uint64)
    sent = exact[row]
    clusters = sorted_distinct(cluster[sent])
    sent_at = _least(find(clusters, cluster[sent]), places.low[row[sent]].astype(float), len(clusters))
    place = find(clusters, cluster)
    carried = ~sent & (place >= 0)
    row, place = row[carried], place[carried]
    lag = places.low[row] - sent_at[place]
    near = np.abs(lag) <= (_HOURS + 1) * HOUR
    carriers, place = np.unique(row[near], return_inverse=True)
    lag = _least(place, lag[near], len(carriers))
    order = np.lexsort((lag, places.outlet[carriers]))
    return places.outlet[carriers][order], lag[order]


def _members(articles: pa.Table, provenance: Rows) -> Iterator[tuple[np.ndarray, np.ndarray, pa.Array]]:
    """Passages of clusters in parts: row of the article (-1: not there), number of the cluster, share class."""
    for part in provenance.select(["article_id", "cluster_id", "share_class"]).to_reader():
        part = part.filter(pc.is_valid(part["cluster_id"]))
        yield _rows(part["article_id"], articles), id_numbers(part["cluster_id"]), part["share_class"]


def _whole_hours(lags: np.ndarray) -> int:
    """Hours by which a clock seems off: the whole hour at which the lags begin, sharply. 0 when they do not."""
    for hours in range(-_HOURS, _HOURS + 1):
        begin = hours * HOUR - _SLACK
        if (lags < begin).mean() > _EARLY:
            return 0
        if ((lags >= begin) & (lags < hours * HOUR + _NEAR_SECONDS)).mean() >= _NEAR:
            return hours
    return 0


# --------------------------------------------------------------------------------------------------------- the pairs


def _edges(
    articles: pa.Table, matches: Rows, provenance: Rows, places: _Places
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of the matches between two nodes: the smaller row * n + the other, whichever side is left; the equal words."""
    furniture = _furniture(provenance)
    sides = [f"{side}_{of}_id" for side in ("left", "right") for of in ("article", "passage")]
    for part in matches.select([*sides, "edit_class", "matched_words"]).to_reader():
        left, right = _sides(part, articles)
        kept = _points_at(left, places.node >= 0) & _points_at(right, places.node >= 0)
        kept &= ~_is_in(part["edit_class"], ("quote_only",))
        kept[kept] = places.node[left[kept]] != places.node[right[kept]]
        for side in ("left_passage_id", "right_passage_id"):
            kept &= find(furniture, id_numbers(part[side])) < 0
        left, right = left[kept], right[kept]
        yield np.minimum(left, right) * len(articles) + np.maximum(left, right), _words(part)[kept]


def _furniture(provenance: Rows) -> np.ndarray:
    """Numbers of the passages of boilerplate, sorted, uint64."""
    parts = (
        (id_numbers(part["passage_id"].filter(pc.equal(part["share_class"], "boilerplate"))),)
        for part in provenance.select(["passage_id", "share_class"]).to_reader()
    )
    return np.sort(*stacked(parts, np.uint64))


class _Drawn(NamedTuple):
    """Edges with their direction: from the article ``source`` to ``target``, in time or, undirected, by name."""

    source: np.ndarray
    target: np.ndarray
    arc: np.ndarray
    """(edges,) int64: (node of source * nodes + node of target) * 2 + directed."""
    hours: np.ndarray
    """(edges,) middle of the delay, NaN when one is undated."""


def _drawn(edges: np.ndarray, places: _Places) -> _Drawn:
    left, right = np.divmod(edges, max(len(places.node), 1))
    dated = places.dated[left] & places.dated[right]
    left_first = dated & (places.low[right] > places.high[left])
    right_first = dated & (places.low[left] > places.high[right])
    directed = left_first | right_first
    turned = np.where(directed, right_first, places.node[left] > places.node[right])
    source, target = np.where(turned, right, left), np.where(turned, left, right)
    arc = (places.node[source] * len(places.nodes) + places.node[target]) * 2 + directed
    middle = (places.low[target] - places.high[source] + places.high[target] - places.low[source]) / 2 / HOUR
    return _Drawn(source, target, arc, np.where(dated, middle, np.nan))


def _turns(edges: np.ndarray, places: _Places) -> np.ndarray:
    """(edges,) uint16, in which turn an edge is summed up: all of an arc in one, the arcs in their order."""
    parts = list(slices(len(edges), PAIRED_AT_ONCE))
    arcs, size = _added_up(
        (arc, np.ones(len(arc), np.int32)) for arc in (_drawn(edges[some], places).arc for some in parts)
    )
    turn = (np.cumsum(size, dtype=np.int64) // PAIRED_AT_ONCE).astype(np.uint16)
    turns = np.empty(len(edges), np.uint16)
    for some in parts:
        turns[some] = turn[find(arcs, _drawn(edges[some], places).arc)]
    return turns


def _pairs(
    edges: np.ndarray, shared: np.ndarray, places: _Places, published: tuple[np.ndarray, np.ndarray]
) -> pa.Table:
    """OUTLET_PAIRS of some arcs: all their edges, the words of each, and how many articles a node has by day."""
    drawn = _drawn(edges, places)
    arcs, arc = np.unique(drawn.arc, return_inverse=True)
    member, key = _by_day(arc, np.maximum(places.day[drawn.source], places.day[drawn.target]))
    keys, group = np.unique(key, return_inverse=True)
    size = len(keys)
    ends, is_directed = np.divmod(arcs[keys >> 32], 2)
    start, end = np.divmod(ends, max(len(places.nodes), 1))
    owner = places.node_owner
    return pa.Table.from_arrays(
        [
            places.nodes.take(pa.array(start)),
            places.nodes.take(pa.array(end)),
            _day_column(keys),
            pa.array(np.bincount(group, minlength=size).astype(np.int64)),
            pa.array(_sums(group, shared[member], size).astype(np.int64)),
            _column(_quantiles(group, drawn.hours[member], size, (0.5,))[0], pa.float64()),
            _column(_linked_share(arc, drawn.source, keys, start, places, published), pa.float32()),
            _column(_linked_share(arc, drawn.target, keys, end, places, published), pa.float32()),
            pa.array((owner[start] >= 0) & (owner[start] == owner[end])),
            pa.array(is_directed.astype(bool)),
        ],
        schema=schemas.OUTLET_PAIRS,
    )


def _linked_share(
    arc: np.ndarray,
    article: np.ndarray,
    keys: np.ndarray,
    node: np.ndarray,
    places: _Places,
    published: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """(keys,) share of a node's articles, of all days or of the key's day, that have an edge of the key's arc.

    ``arc`` and ``article`` (edges,) name the edge's arc and its article on this node's side, ``node`` (keys,) the node.
    """
    n = max(len(places.node), 1)
    arc, article = np.divmod(sorted_distinct(arc * n + article), n)
    place = find(keys, _by_day(arc, places.day[article])[1])
    linked = np.bincount(place[place >= 0], minlength=len(keys))
    of_node, count = published
    place = find(of_node, (node << 32) | (keys & _DAY_BITS))
    return _ratio(linked, np.append(count, 0)[place])


# ----------------------------------------------------------------------------------------------------- the dispatches


def _first_outlets(
    wire: np.ndarray, outlet: np.ndarray, low: np.ndarray, high: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Outlet that surely carried each dispatch before every other (-1: none), and its least lag (or NaN)."""
    known = np.flatnonzero((outlet >= 0) & ~(high < 0))
    span = int(outlet.max(initial=0)) + 1
    pairs, pair = np.unique(wire[known] * span + outlet[known], return_inverse=True)
    low, high = (_least(pair, bound[known], len(pairs)) for bound in (low, high))
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
    numbers = ["source_paragraph", "source_begin", "source_end", "containment", "lag_low", "lag_high"]
    found = [schemas.PROVENANCE.empty_table().select(numbers)]
    pairs, counts = [], []
    for part in provenance.select(["article_id", "source_article_id", "share_class", *numbers]).to_reader():
        wire, carrier = _look_up(part["source_article_id"], wire_ids), _rows(part["article_id"], articles)
        traced = (wire >= 0) & _points_at(carrier, ~is_wire)
        pairs.append(wire[traced] * len(articles) + carrier[traced])
        counts.append(_is_in(part["share_class"], CARRIED)[traced])
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
        names = ["left_article_id", "right_article_id", "left_paragraph", "right_paragraph", "matched_words"]
        for part in matches.select(names).to_reader():
            for side, other in (("left", "right"), ("right", "left")):
                own = _look_up(part[f"{side}_article_id"], wire_ids)
                of_wire, own = part.filter(pa.array(own >= 0)), own[own >= 0]
                carrier = _look_up(of_wire[f"{other}_article_id"], carrier_ids)
                found = np.flatnonzero(carrier >= 0)
                place = find(carriers, own[found] * n + rows[carrier[found]])
                found, place = found[place >= 0], place[place >= 0]
                is_matched[place] = True
                text = find(texts.key, (wire[place] << 32) | _integers(of_wire[f"{side}_paragraph"])[found])
                yield (place * n_texts + text)[text >= 0], _words(of_wire)[found][text >= 0]
        # traced through a third text, as is known after all matches: the source span is all there is
        other = np.flatnonzero((passage_place >= 0) & ~_points_at(passage_place, is_matched))
        traced, place = passages.take(pa.array(other)), passage_place[other]
        text = find(texts.key, (wire[place] << 32) | _integers(traced["source_paragraph"]))
        span = _floats(traced["source_end"]) - _floats(traced["source_begin"])
        # place -1, a span outside the text, reads the zero at the end
        share = _ratio(span, np.append(texts.length, 0)[text])
        equal = share * np.append(texts.words, 0)[text] * _floats(traced["containment"], 1.0)
        yield (place * n_texts + text)[text >= 0], np.nan_to_num(np.floor(equal))[text >= 0].astype(np.int32)

    piece, words = _added_up(pieces())
    place, text = np.divmod(piece, n_texts)
    # a paragraph printed twice is kept once
    kept = _sums(place, np.minimum(words, texts.words[text]), len(carriers))
    long = texts.words >= config.min_words
    all_words = _sums(texts.key >> 32, texts.words, size)
    all_long = np.bincount((texts.key >> 32)[long], minlength=size)
    long_kept = np.bincount(place[long[text] & (words > 0)], minlength=len(carriers))
    return _ratio(kept, all_words[wire]), 1 - _ratio(long_kept, all_long[wire])


class _Texts(NamedTuple):
    """Text paragraphs of the dispatches: dispatch number << 32 | paragraph (sorted), words, code points."""

    key: np.ndarray
    words: np.ndarray
    length: np.ndarray


def _wire_paragraphs(paragraphs: Rows, wire_ids: pa.Array) -> _Texts:
    def texts() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        for part in paragraphs.select(["article_id", "role", "paragraph", "n_words", "begin", "end"]).to_reader():
            number = _look_up(part["article_id"], wire_ids)
            rows = np.flatnonzero((number >= 0) & _is_in(part["role"], TEXT_ROLES))
            key = (number[rows] << 32) | _integers(part["paragraph"])[rows]
            length = _floats(part["end"], 0.0) - _floats(part["begin"], 0.0)
            yield key, _floats(part["n_words"], 0.0)[rows], length[rows]

    key, words, length = stacked(texts(), np.int64, np.float64, np.float64)
    order = np.argsort(key)
    return _Texts(key[order], words[order], length[order])


# --------------------------------------------------------------------------------------------------- figures by group


_DAY_BITS = (1 << 32) - 1


def _by_day(place: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count every row once over all days and, when it has a day, once in it.

    Returns the rows counted and their keys, int64: place << 32 | day, with 0 for all days, so that keys sort by place
    and then by day, all days first.
    """
    dated = np.flatnonzero(day != _NO_DAY)
    key = place.astype(np.int64) << 32
    return np.r_[np.arange(len(place)), dated], np.r_[key, key[dated] | (day[dated] - _NO_DAY)]


def _day_column(keys: np.ndarray) -> pa.Array:
    day = keys & _DAY_BITS
    return pa.array((day + _NO_DAY).astype(np.int32), mask=day == 0).cast(pa.date32())


def _added_up(parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """(keys, numbers of words) in parts -> the distinct keys, sorted, int64, and the sum of each, int32."""

    def sums() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        # the last key of a part may go on in the next: parts that come sorted need no sorting together
        keys, values = np.zeros(0, np.int64), np.zeros(0, np.int32)
        for part in parts:
            keys, values = _added_together(*map(np.append, (keys, values), part))
            yield keys[:-1], values[:-1]
            keys, values = keys[-1:].copy(), values[-1:].copy()
        yield keys, values

    keys, values = stacked(sums(), np.int64, np.int32)
    return (keys, values) if (keys[1:] > keys[:-1]).all() else _added_together(keys, values)


def _added_together(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    begins = run_begins(keys)
    return keys[begins], np.add.reduceat(values, begins, dtype=np.int32)


def _sums(group: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """(size,) float64 sums; exact, hence the same in any order, for whole numbers."""
    return np.bincount(group, weights=values, minlength=size)


def _means(group: np.ndarray, values: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """(size,) weighted means without the NaN values; NaN where no weight is left."""
    known = ~np.isnan(values) & (weight > 0)
    group, values, weight = group[known], values[known], weight[known]
    # products become whole multiples of a power of two small enough that their sum is exact in any order
    most = float((weight * np.maximum(np.abs(values), 1)).max(initial=1.0)) * max(len(weight), 1)
    scale = 2.0 ** (52 - int(np.ceil(np.log2(most))))
    return _ratio(_sums(group, np.rint(values * weight * scale), size), _sums(group, np.rint(weight * scale), size))


def _quantiles(group: np.ndarray, values: np.ndarray, size: int, shares: Sequence[float]) -> list[np.ndarray]:
    """For each share the (size,) quantiles of the values that are not NaN, by linear interpolation as numpy does it."""
    known = ~np.isnan(values)
    group, values = group[known], values[known]
    values = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=size)
    some = np.flatnonzero(count)
    begin = (np.cumsum(count) - count)[some]
    quantiles = []
    for share in shares:
        place = share * (count[some] - 1)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, count[some] - 1)
        low, high = values[begin + below], values[begin + above]
        quantile = np.full(size, np.nan)
        quantile[some] = low + (place - below) * (high - low)
        quantiles.append(quantile)
    return quantiles


def _least(place: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """(size,) smallest value of each place, without NaN and place -1; NaN where there is none."""
    known = (place >= 0) & ~np.isnan(values)
    least = np.full(size, np.inf)
    np.minimum.at(least, place[known], values[known])
    return np.where(np.isinf(least), np.nan, least)


def _distinct(group: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
    """(size,) how many different values, of 0 or more, each group has."""
    span = int(value.max(initial=0)) + 1
    return np.bincount(sorted_distinct(group * span + value) // span, minlength=size)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; NaN where there is nothing to divide by."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _floats(column: pa.ChunkedArray | pa.Array, missing: float = np.nan) -> np.ndarray:
    return one_chunk(column).cast(pa.float64()).fill_null(missing).to_numpy()


def _integers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """int64; null as a number that no paragraph has."""
    return one_chunk(column).cast(pa.int64()).fill_null(_DAY_BITS).to_numpy()


def _words(matches: pa.RecordBatch) -> np.ndarray:
    """Equal words of each match, int32."""
    return one_chunk(matches["matched_words"]).fill_null(0).to_numpy()


def _is_in(column: pa.ChunkedArray | pa.Array, values: Sequence[str]) -> np.ndarray:
    """(rows,) bool; a null is in nothing."""
    values = pa.array(values, column.type)
    return one_chunk(pc.is_in(column, value_set=values, skip_nulls=True)).to_numpy(zero_copy_only=False)


def _column(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """An Arrow column, null for NaN."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values), mask=missing).cast(kind)


def _without_nulls(figures: dict[str, object]) -> dict[str, object]:
    """GraphML knows no null."""
    return {name: value for name, value in figures.items() if value is not None}

"""A trace -> the tables of a run: rows that differ from those of the snapshot before take their place.

Most of what is worked out anew comes out as it was. So its rows are made and held against those of before: only what
differs is written, and goes on to what sums up the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, one_chunk, replaced, slices
from dedup.pipeline import assembled
from dedup.pipeline.affected import Kept
from dedup.pipeline.carried import OF_CLUSTERS, Carried, key_of
from dedup.pipeline.compare import WORD_BYTES
from dedup.pipeline.filing import TIMED
from dedup.pipeline.layout import Layout
from dedup.pipeline.matches import Aligned, Matches
from dedup.pipeline.parts import credits_of, status_of
from dedup.pipeline.reach import ends
from dedup.pipeline.renewed import differing
from dedup.pipeline.run import Run
from dedup.pipeline.touched import AFFECTED, Affected
from dedup.pipeline.turns import in_turns
from dedup.pipeline.worked import Habit, Worked
from dedup.store import disk
from dedup.tracing import article_tables, evidence, provenance
from dedup.tracing.columns import CHUNK, objects
from dedup.tracing.traced import Trace
from dedup.tracing.weighed import Weighed, judged

TEXTS = ("articles", "credits", "paragraphs")
"""Tables whose rows hang on the article alone; what differs in them differs in the first."""


def write(worked: Worked, traced: Trace, matches: Matches, layout: Layout, habit: Habit) -> None:
    """Write the tables: the rows that differ, and those of before that stay. Keeps which ones differ."""
    run, before = worked.run, worked.run.before
    if worked.before is None or before is None:
        Affected(None, AFFECTED.empty_table(), pa.array([], pa.string())).save(run.work)
        for name, parts in {
            **_traced(traced),
            **_texts(worked, traced, layout, worked.scope.own),
            "matches": _matches(traced, matches, worked.scope.own),
        }.items():
            disk.write_tables(run.work / f"{name}.parquet", parts, schemas.TABLES[name])
        return
    tables = Carried(run.work, before, run.shown(TIMED))
    gone = _gone(run, worked.before)
    other = _differing(worked, traced, layout, habit, tables, gone)
    paired = _paired(worked, traced, gone)
    matched = pa.concat_arrays([paired, other.pop("matches")[1]]).unique()
    texts = other.pop("articles")
    for name, (rows, ids) in other.items():
        tables.write(name, rows.filter(pc.is_in(rows[key_of(name)], value_set=ids)), ids)
    own = _places(traced, texts[1])
    for name, parts in _texts(worked, traced, layout, own).items():
        tables.write(name, _whole(name, parts), texts[1])
    tables.write("matches", _whole("matches", _matches(traced, matches, _places(traced, matched))), matched)
    whose = {name: ids for name, (_, ids) in other.items()}
    _affected(worked.before.run, paired, matched, whose).save(run.work)


def _traced(traced: Trace) -> dict[str, Iterable[pa.Table]]:
    """The rows that are worked out of the articles ``traced.anew`` and their clusters."""
    return {
        "passages": provenance.passages_tables(traced),
        "provenance": provenance.provenance_tables(traced),
        "clusters": provenance.clusters_tables(traced),
        "cluster_evidence": [article_tables.cluster_evidence_table(traced)],
        "article_provenance": article_tables.articles_tables(traced),
        "agency_evidence": article_tables.evidence_tables(traced),
    }


def _texts(worked: Worked, traced: Trace, layout: Layout, some: np.ndarray) -> dict[str, Iterable[pa.Table]]:
    """The rows of TEXTS of some articles, (universe,) bool."""
    run, own = worked.run, np.flatnonzero(some)
    changed = run.over(worked.scope.universe[own])
    return {
        "articles": _articles(changed, traced.articles.table.take(pa.array(own)), layout.words[own]),
        "credits": [credits_of(changed)],
        "paragraphs": _paragraphs(run, layout, own),
    }


def _matches(traced: Trace, matches: Matches, some: np.ndarray) -> Iterable[pa.Table]:
    """MATCHES with some articles, (universe,) bool, on either side."""
    return provenance.matches_tables(traced._replace(own=some), matches.with_rewrites(assembled.WITH_ENDS))


def _whole(name: str, parts: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables([schemas.TABLES[name].empty_table(), *parts])


def _gone(run: Run, before: Kept) -> pa.Array:
    """Ids of the articles of the run before of which this one shows another version, or none."""
    rows = np.flatnonzero(find(run.touched.gone, before.articles["serial"].to_numpy()) >= 0)
    return one_chunk(before.articles["article_id"].take(pa.array(rows)))


def _places(traced: Trace, ids: pa.Array) -> np.ndarray:
    """(universe,) bool, the articles of some ids."""
    return pc.is_in(traced.articles.table["article_id"], value_set=ids).to_numpy()


def _differing(
    worked: Worked, traced: Trace, layout: Layout, habit: Habit, tables: Carried, gone: pa.Array
) -> dict[str, tuple[pa.Table, pa.Array]]:
    """Of each table the rows that were made, and whose of them differ from those of before: ids of articles, or of
    clusters. Under the name of "matches" stand PASSAGES, and the articles whose passages have other ids."""
    articles = one_chunk(traced.articles.table["article_id"])
    reached = pa.concat_arrays([articles.filter(pa.array(traced.anew)), gone]).unique()
    made = {name: _whole(name, parts) for name, parts in _traced(traced).items()}
    moved = dict(_moved(worked, habit))
    for name, parts in moved.items():
        made[name] = pa.concat_tables([made[name], *parts])
    found, clusters = {}, pa.array([], pa.string())
    for name, rows in made.items():
        asked = reached
        if name in OF_CLUSTERS:
            asked = pa.concat_arrays([clusters, one_chunk(rows["cluster_id"])]).unique()
        elif name in moved:
            asked = pa.concat_arrays([reached, *(one_chunk(part["article_id"]) for part in moved[name])]).unique()
        held = tables.held(name, asked)
        found[name] = rows, differing(rows, held, key_of(name))
        if name == "passages":
            clusters = one_chunk(held["cluster_id"]).unique()
            found["matches"] = rows, differing(rows, held, "article_id", ["passage_id"])
    own = articles.filter(pa.array(worked.scope.own))
    rows = _whole("articles", _texts(worked, traced, layout, worked.scope.own)["articles"])
    asked = pa.concat_arrays([own, gone]).unique()
    renewed = differing(rows, tables.held("articles", asked), "article_id")
    new = articles.filter(pa.array(find(worked.run.touched.new, worked.serials) >= 0))
    found["articles"] = rows, pa.concat_arrays([renewed, new]).unique()
    return found


def _paired(worked: Worked, traced: Trace, gone: pa.Array) -> pa.Array:
    """Ids of the articles that are new or gone, or have a pair with another one that is neither, which is new or gone.

    Who is in none of them matches what it did: what two texts share is the same in every run.
    """
    touched, aligned = worked.run.touched, Aligned.load(worked.run.work)
    new_pairs = np.intersect1d(np.union1d(aligned.matched, aligned.rewritten), touched.new_pairs)
    left, right = ends(np.concatenate([new_pairs, touched.gone_pairs]))
    old = (find(touched.new, left) < 0) & (find(touched.new, right) < 0)
    serials = np.unique(np.concatenate([touched.new, left[old], right[old]]))
    again = one_chunk(traced.articles.table["article_id"]).filter(pa.array(find(serials, worked.serials) >= 0))
    return pa.concat_arrays([again, gone]).unique()


def _affected(since: str | None, paired: pa.Array, matched: pa.Array, other: dict[str, pa.Array]) -> Affected:
    """Whose rows differ; ``other`` are those of the tables but MATCHES."""
    levels = {
        "paired": paired,
        "matched": matched,
        "traced": pa.concat_arrays([other["passages"], other["provenance"]]),
        "": pa.concat_arrays([other["article_provenance"], other["agency_evidence"]]),
    }
    ids = pa.concat_arrays([*levels.values()]).unique()
    columns = {name: pc.is_in(ids, value_set=some) for name, some in levels.items() if name}
    return Affected(since, pa.table({"article_id": ids, **columns}), other["clusters"])


def _moved(worked: Worked, habit: Habit) -> Iterator[tuple[str, list[pa.Table]]]:
    """The rows of articles of which the habit of the outlet alone is another."""
    run, rows = worked.run, habit.moved
    if worked.before is None or run.before is None or not len(rows):
        return
    kept = worked.before.articles.take(pa.array(rows)).sort_by("article_id")
    ids = kept["article_id"].combine_chunks()
    order = np.argsort(run.view.serials)
    now = order[find(run.view.serials[order], kept["serial"].to_numpy())]
    weighed, model = Weighed.of(kept), evidence.load_model()
    told = judged(weighed, habit.of_all[now], habit.carries[now], model)
    scars = status_of(run.over(now))["scars"].to_pylist()
    every = run.before.where(
        "article_provenance", "article_id", ids.to_pylist(), schemas.TABLES["article_provenance"].names
    )
    every = every.take(pc.index_in(ids, value_set=every["article_id"].combine_chunks()))
    country = run.shown(["country"]).take(pa.array(now))
    columns: dict[str, Any] = article_tables.judged_columns(
        weighed.agency, weighed.is_wire, told, country, objects(every["agency"])
    )
    columns["reasons"] = evidence.article_reasons(told.evidence, model, told.p, scars)
    for name, values in columns.items():
        kind = every.schema.field(name).type
        every = replaced(every, name, pa.array(values.tolist() if isinstance(values, np.ndarray) else values, kind))
    yield "article_provenance", [every]
    of_evidence = dict(zip(schemas.AGENCY_EVIDENCE.names[1:], told.evidence.T, strict=True))
    yield "agency_evidence", [pa.table({"article_id": ids, **of_evidence}).cast(schemas.AGENCY_EVIDENCE)]


def _articles(run: Run, known: pa.Table, n_words: np.ndarray) -> Iterator[pa.Table]:
    """ARTICLES, some at a time, with the stories of dispatches as ``known`` has them and the words as counted."""
    words = pa.array(n_words.astype(np.int32))
    for some in slices(len(known), CHUNK):
        articles = replaced(run.shown(some=range(some.start, some.stop)), "n_words", words[some])
        for name in ("wire_id", "revision"):
            articles = replaced(articles, name, known[name][some])
        yield articles


def _paragraphs(run: Run, layout: Layout, articles: np.ndarray) -> Iterator[pa.Table]:
    """PARAGRAPHS of some articles, some at a time."""
    for some in in_turns(layout.words[articles] * WORD_BYTES, run.config):
        yield layout.paragraphs(articles[some.start : some.stop], schemas.PARAGRAPHS.names)

"""The steps that say who carried whose prose: passages and clusters, then the tables of provenance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import Corpus, Passages, find, pair_keys, ranges, replaced
from dedup.pipeline import affected as affecting
from dedup.pipeline import assembled, grouping, written
from dedup.pipeline import context as contexts
from dedup.pipeline.affected import Kept
from dedup.pipeline.compare import DATING
from dedup.pipeline.layout import Layout
from dedup.pipeline.matches import Matches, partition_matches
from dedup.pipeline.parts import credits_of, status_of
from dedup.pipeline.run import Run
from dedup.pipeline.traces import JOINED, TRACED
from dedup.pipeline.worked import Habit, Worked
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.tracing import cluster as clustering
from dedup.tracing import sources, stories
from dedup.tracing.traced import Trace

OF_ARTICLES = (*DATING, "title", "url", "lang", "outlet", "owner_group", "agency", "wire_id", "revision")
"""Columns of ARTICLES that tracing needs whole."""


def cluster(run: Run) -> dict[str, int]:
    """ALIGNMENTS -> passages and clusters, as arrays, of the articles that the run has to work out."""
    context, recurring = contexts.of_all(run)
    disk.write_table(run.work / "boilerplate.parquet", recurring, schemas.TABLES["boilerplate"])
    context.save(run.work)
    scope = affecting.scope(run, context)
    scope.save(run.work)
    _partition(run, scope.universe)
    matches = Matches(run.work)
    found, groups, component = grouping.grouped(run, matches, context.turn[scope.universe])
    disk.save_arrays(run.work, "passage", {**found._asdict(), **groups._asdict(), "component": component})
    return {"traced_articles": int(np.count_nonzero(scope.traced))}


def _partition(run: Run, universe: np.ndarray) -> None:
    """Write the alignments between some articles, ``universe`` of the view, as ``Matches`` reads them."""
    pairs, serials = run.part("candidates"), run.view.serials[universe]
    left, right = (find(universe, pairs[name].to_numpy().astype(np.int64)) for name in ("left", "right"))
    inside = (left >= 0) & (right >= 0)
    left, right = left[inside], right[inside]
    degree = np.bincount(left, minlength=len(universe)) + np.bincount(right, minlength=len(universe))
    some = run.over(universe)
    partition_matches(some, np.sort(pair_keys(serials[left], serials[right])), degree, Layout(some))


def _kept(run: Run, kind: Any) -> Any:
    """The passages or the clusters, as ``cluster`` has kept them."""
    return kind(**disk.load_arrays(run.work, "passage", kind._fields))


def trace(run: Run) -> dict[str, int]:
    """Passages, clusters, credits -> the tables of articles, paragraphs, matches and provenance."""
    worked = Worked.of(run)
    some = run.over(worked.scope.universe)
    articles, layout, matches = some.shown(OF_ARTICLES), Layout(some), Matches(run.work)
    starts = worked.context.starts
    lines = ranges(starts[worked.scope.universe], starts[worked.scope.universe + 1])
    corpus = sources.corpus(articles, layout.starts, worked.context.words[lines], worked.context.set_apart[lines])
    articles = _with_stories(worked, articles, corpus, matches, layout)
    habit = Habit(worked)
    traced = assembled.traced(
        assembled.Known(
            articles=articles,
            credits=credits_of(some),
            status=status_of(some),
            layout=layout,
            matches=matches,
            found=_kept(run, Passages),
            grouped=_kept(run, clustering.Clusters),
            corpus=corpus,
            config=run.config,
            naming=worked.context.naming[worked.scope.universe],
            copied=worked.remembered("copied", np.nan).astype(float),
            anew=worked.scope.traced,
            own=worked.scope.own,
            habit=habit,
        )
    )
    _keep(worked, traced, habit)
    written.write(worked, traced, matches, layout, habit)
    made = Snapshot(run.work)
    derivation = made.table("article_provenance", ["derivation"])["derivation"]
    clusters = made.rows("clusters")
    components = pc.count_distinct(run.run_tables("joined")[0].filter(pc.field("of_passages"))["component"]).as_py()
    return {
        "passages": made.rows("passages"),
        "clusters": clusters,
        "refined_clusters": clusters - components,
        "derived_articles": pc.sum(pc.not_equal(derivation, "non")).as_py() or 0,
        "wires": int(worked.context.is_wire.sum()),
    }


def _with_stories(worked: Worked, articles: pa.Table, corpus: Corpus, matches: Matches, layout: Layout) -> pa.Table:
    """ARTICLES with the stories of dispatches: as they were where they are not made anew."""
    told = stories.with_revisions(articles, corpus, _between_wires(matches, corpus), layout.lines)
    known = pa.array(worked.place >= 0)
    for name in ("wire_id", "revision"):
        column = told[name].combine_chunks()
        before = pa.array(worked.remembered(name, None).tolist(), column.type)
        told = replaced(told, name, pc.if_else(known, before, column))
    return told


def _between_wires(matches: Matches, corpus: Corpus) -> pa.Table:
    """Sides and words of the matches between two dispatches."""
    return pa.concat_tables(
        table.filter(pa.array(corpus.is_wire[table["left"].to_numpy()] & corpus.is_wire[table["right"].to_numpy()]))
        for _, table in matches.parts(["left", "right", "matched"])
    )


def _keep(worked: Worked, traced: Trace, habit: Habit) -> None:
    """Keep what the next run needs of this one: TRACED and JOINED."""
    run, scope, context = worked.run, worked.scope, worked.context
    some, mine = scope.universe[scope.traced], np.flatnonzero(scope.traced)
    articles = traced.articles.table.take(pa.array(mine))
    names = articles["wire_id"].to_pylist()
    columns = {
        "serial": run.view.serials[some],
        "article_id": articles["article_id"],
        "apart": context.apart[some],
        "naming": context.naming[some],
        "habit": habit.of_all[some],
        "carries": habit.carries[some],
        "copied": traced.articles.copied[mine],
        "article": context.article[some],
        "given": context.story[some],
        "story": np.array([0 if name is None else contexts.digest_of(name) for name in names] or [], np.uint64),
        "wire_id": articles["wire_id"],
        "revision": articles["revision"],
        **{name: values[mine] for name, values in traced.articles.weighed.columns().items()},
    }
    rows = pa.table(
        {name: pa.chunked_array(column) if isinstance(column, list) else column for name, column in columns.items()}
    )
    rows = rows.select(TRACED.names).cast(TRACED)
    joined = _joined(worked, traced, columns)
    if worked.before is not None:
        kept = _with_habits(worked, worked.before, habit)
        rows = pa.concat_tables([kept, rows])
        joined = pa.concat_tables([_still_joined(worked, worked.before), joined])
    run.replace_run({"traced": rows.sort_by("serial"), "joined": joined})


def _with_habits(worked: Worked, before: Kept, habit: Habit) -> pa.Table:
    """TRACED of the articles of before that are not made anew, with the habits of today."""
    scope, serials = worked.scope, worked.run.view.serials
    order = np.argsort(serials)
    at = find(serials[order], before.articles["serial"].to_numpy())
    now = np.where(at >= 0, order[at], -1)
    stays = (now >= 0) & (find(scope.universe[scope.traced], now) < 0)
    articles = replaced(before.articles, "habit", pa.array(habit.of_all[np.maximum(now, 0)]))
    articles = replaced(articles, "carries", pa.array(habit.carries[np.maximum(now, 0)]))
    return articles.filter(pa.array(stays))


def _joined(worked: Worked, traced: Trace, columns: dict) -> pa.Table:
    """JOINED of the components with a passage of an article that is made anew, and of the stories of such ones."""
    scope, serials = worked.scope, worked.run.view.serials[worked.scope.universe]
    component = disk.load_array(worked.run.work / "passage-component.npy", mmap=False)
    article = traced.corpus.article_of(traced.passages.found.paragraph)
    kept = np.zeros(int(component.max(initial=-1)) + 1, bool)
    kept[component[scope.traced[article]]] = True
    paragraph = traced.passages.found.paragraph - traced.corpus.starts[article]
    article, paragraph, component = (values[kept[component]] for values in (article, paragraph, component))
    component = component.astype(np.uint64)
    if worked.before is not None:
        of_passages = worked.before.joined.filter(pc.field("of_passages"))["component"].to_numpy()
        component += of_passages.max(initial=np.uint64(0)) + np.uint64(1)
    none = np.zeros(len(columns["serial"]), np.uint64)
    told = [np.stack([columns["serial"], none, columns[name]]) for name in ("article", "given", "story")]
    named = np.concatenate(told, axis=1)
    named = np.unique(named[:, named[2] != 0], axis=1)
    places = np.unique(np.stack([serials[article], paragraph.astype(np.uint64), component]), axis=1)
    every = np.concatenate([places, named], axis=1)
    rows = pa.table(dict(zip(JOINED.names, every, strict=False)))
    return rows.append_column("of_passages", pa.array(np.arange(every.shape[1]) < places.shape[1])).cast(JOINED)


def _still_joined(worked: Worked, before: Kept) -> pa.Table:
    """JOINED of the components of before that are not made anew."""
    joined, scope, serials = before.joined, worked.scope, worked.run.view.serials
    stays = np.sort(np.delete(serials, scope.universe[scope.traced]))
    other = find(stays, joined["serial"].to_numpy()) < 0
    of_passages = joined["of_passages"].to_numpy()
    component = joined["component"].to_numpy()
    anew = np.unique(component[other & of_passages])
    return joined.filter(pa.array(np.where(of_passages, find(anew, component) < 0, ~other)))

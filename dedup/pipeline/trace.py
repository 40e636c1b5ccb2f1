"""The steps that say who carried whose prose: passages and clusters, then the tables of provenance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import Corpus, Passages, find, pair_keys, ranges, replaced, slices
from dedup.pipeline import affected as affecting
from dedup.pipeline import assembled, carried, grouping
from dedup.pipeline import context as contexts
from dedup.pipeline.affected import Kept, Scope
from dedup.pipeline.compare import DATING, WORD_BYTES
from dedup.pipeline.context import Context
from dedup.pipeline.filing import TIMED
from dedup.pipeline.layout import Layout
from dedup.pipeline.matches import Matches, partition_matches
from dedup.pipeline.parts import credits_of, status_of
from dedup.pipeline.run import Run
from dedup.pipeline.touched import AFFECTED, Affected
from dedup.pipeline.traces import JOINED, TRACED
from dedup.pipeline.turns import in_turns
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.tracing import article_tables, evidence, habits, provenance, sources, stories
from dedup.tracing import cluster as clustering
from dedup.tracing.columns import CHUNK, objects
from dedup.tracing.traced import Trace
from dedup.tracing.weighed import Weighed, judged

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


class _Worked(NamedTuple):
    """What a run works out, and what it knows of the rest."""

    run: Run
    """The run."""
    scope: Scope
    context: Context
    before: Kept | None
    """What the run before kept; None when everything is worked out."""
    place: np.ndarray
    """(universe,) int64, where each article stands in ``before.articles``; -1 for what is new, or made anew."""

    @classmethod
    def of(cls, run: Run) -> _Worked:
        scope, context = Scope.load(run.work), Context.load(run.work)
        before = Kept.of(run) if scope.since else None
        place = np.full(len(scope.universe), -1)
        if before is not None:
            place = find(before.articles["serial"].to_numpy(), run.view.serials[scope.universe])
            place[scope.traced] = -1
        return cls(run, scope, context, before, place)

    def remembered(self, name: str, missing: object) -> np.ndarray:
        """(universe,) a column of TRACED, of the articles that are not made anew; ``missing`` of the others."""
        values = np.full(len(self.place), missing, object if isinstance(missing, str | None) else type(missing))
        if self.before is not None:
            there = self.place >= 0
            values[there] = objects(self.before.articles[name].take(pa.array(self.place[there])))
        return values


def trace(run: Run) -> dict[str, int]:
    """Passages, clusters, credits -> the tables of articles, paragraphs, matches and provenance."""
    worked = _Worked.of(run)
    some = run.over(worked.scope.universe)
    articles, layout, matches = some.shown(OF_ARTICLES), Layout(some), Matches(run.work)
    starts = worked.context.starts
    lines = ranges(starts[worked.scope.universe], starts[worked.scope.universe + 1])
    corpus = sources.corpus(articles, layout.starts, worked.context.words[lines], worked.context.set_apart[lines])
    articles = _with_stories(worked, articles, corpus, matches, layout)
    habit = _Habit(worked)
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
    affected = _affected(worked, traced, habit)
    affected.save(run.work)
    _write(worked, traced, matches, layout, affected, habit)
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


def _with_stories(worked: _Worked, articles: pa.Table, corpus: Corpus, matches: Matches, layout: Layout) -> pa.Table:
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


class _Habit:
    """The habit of each article's outlet, from what is counted of all articles."""

    def __init__(self, worked: _Worked) -> None:
        self._worked = worked
        self.of_all = np.zeros(len(worked.context.outlet))
        """(articles,) float64, once it was asked for."""

    def __call__(self, weighed: Weighed) -> np.ndarray:
        """(universe,) float64; ``weighed`` is what was counted of these."""
        scope, context, before = self._worked.scope, self._worked.context, self._worked.before
        agency = np.zeros(len(self.of_all))
        if before is not None:
            at = find(before.articles["serial"].to_numpy(), self._worked.run.view.serials)
            agency[at >= 0] = Weighed.of(before.articles).agency[at[at >= 0]]
        agency[scope.universe[scope.traced]] = weighed.agency[scope.traced]
        printed = habits.Printed(context.outlet, context.low, context.dated, context.is_wire)
        self.of_all = np.round(habits.outlet_habit(printed, agency) * habits.HABIT_STEPS) / habits.HABIT_STEPS
        return self.of_all[scope.universe]

    @property
    def moved(self) -> np.ndarray:
        """(articles,) int64, rows of TRACED of the run before: not made anew, but their outlet has another habit."""
        before, scope, serials = self._worked.before, self._worked.scope, self._worked.run.view.serials
        if before is None:
            return np.zeros(0, np.int64)
        order = np.argsort(serials)
        at = find(serials[order], before.articles["serial"].to_numpy())
        rows = np.flatnonzero(at >= 0)
        now = order[at[rows]]
        moved = self.of_all[now] != before.articles["habit"].to_numpy()[rows]
        return rows[moved & (find(scope.universe[scope.traced], now) < 0)]


def _keep(worked: _Worked, traced: Trace, habit: _Habit) -> None:
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


def _with_habits(worked: _Worked, before: Kept, habit: _Habit) -> pa.Table:
    """TRACED of the articles of before that are not made anew, with the habits of today."""
    scope, serials = worked.scope, worked.run.view.serials
    order = np.argsort(serials)
    at = find(serials[order], before.articles["serial"].to_numpy())
    now = np.where(at >= 0, order[at], -1)
    stays = (now >= 0) & (find(scope.universe[scope.traced], now) < 0)
    articles = replaced(before.articles, "habit", pa.array(habit.of_all[np.maximum(now, 0)]))
    return articles.filter(pa.array(stays))


def _joined(worked: _Worked, traced: Trace, columns: dict) -> pa.Table:
    """JOINED of the components with a passage of an article that is made anew, and of the stories of such ones."""
    scope, serials = worked.scope, worked.run.view.serials[worked.scope.universe]
    component = disk.load_array(worked.run.work / "passage-component.npy", mmap=False)
    article = traced.corpus.article_of(traced.passages.found.paragraph)
    kept = np.zeros(int(component.max(initial=-1)) + 1, bool)
    kept[component[scope.traced[article]]] = True
    article, component = article[kept[component]], component[kept[component]].astype(np.uint64)
    if worked.before is not None:
        of_passages = worked.before.joined.filter(pc.field("of_passages"))["component"].to_numpy()
        component += of_passages.max(initial=np.uint64(0)) + np.uint64(1)
    told = [np.stack([columns["serial"], columns[name]]) for name in ("article", "given", "story")]
    named = np.concatenate(told, axis=1)
    named = np.unique(named[:, named[1] != 0], axis=1)
    pairs = np.unique(np.stack([serials[article], component]), axis=1)
    every = np.concatenate([pairs, named], axis=1)
    of_passages = np.arange(every.shape[1]) < pairs.shape[1]
    return pa.table({"serial": every[0], "component": every[1], "of_passages": of_passages}).cast(JOINED)


def _still_joined(worked: _Worked, before: Kept) -> pa.Table:
    """JOINED of the components of before that are not made anew."""
    joined, scope, serials = before.joined, worked.scope, worked.run.view.serials
    stays = np.sort(np.delete(serials, scope.universe[scope.traced]))
    other = find(stays, joined["serial"].to_numpy()) < 0
    of_passages = joined["of_passages"].to_numpy()
    component = joined["component"].to_numpy()
    anew = np.unique(component[other & of_passages])
    return joined.filter(pa.array(np.where(of_passages, find(anew, component) < 0, ~other)))


def _affected(worked: _Worked, traced: Trace, habit: _Habit) -> Affected:
    """Whose rows are made anew."""
    before, scope, touched = worked.before, worked.scope, worked.run.touched
    if before is None:
        return Affected(None, AFFECTED.empty_table())
    ids = traced.articles.table["article_id"]
    serials = before.articles["serial"].to_numpy()
    gone = before.articles["article_id"].take(pa.array(np.flatnonzero(find(touched.gone, serials) >= 0)))
    moved = before.articles["article_id"].take(pa.array(habit.moved))
    level = {ids_at: (False, False) for ids_at in moved.to_pylist()}
    level |= {
        name: (bool(own), True)
        for name, own in zip(ids.filter(pa.array(scope.traced)).to_pylist(), scope.own[scope.traced], strict=True)
    }
    level |= {name: (True, True) for name in gone.to_pylist()}
    rows = [{"article_id": name, "own": own, "traced": anew} for name, (own, anew) in level.items()]
    return Affected(before.run, pa.Table.from_pylist(rows, AFFECTED))


def _write(worked: _Worked, traced: Trace, matches: Matches, layout: Layout, affected: Affected, habit: _Habit) -> None:
    """Write the tables: the rows that are made anew, and those of before that stay."""
    run, own = worked.run, np.flatnonzero(worked.scope.own)
    changed = run.over(worked.scope.universe[own])
    made: dict[str, Iterable[pa.Table]] = {
        "articles": _articles(changed, traced.articles.table.take(pa.array(own)), layout.words[own]),
        "credits": [credits_of(changed)],
        "paragraphs": _paragraphs(run, layout, own),
        "passages": provenance.passages_tables(traced),
        "clusters": provenance.clusters_tables(traced),
        "matches": provenance.matches_tables(traced, matches.with_rewrites(assembled.WITH_ENDS)),
        "provenance": provenance.provenance_tables(traced),
        "article_provenance": article_tables.articles_tables(traced),
        "agency_evidence": article_tables.evidence_tables(traced),
        "cluster_evidence": [article_tables.cluster_evidence_table(traced)],
    }
    before = run.before
    if worked.before is None or before is None:
        for name, parts in made.items():
            disk.write_tables(run.work / f"{name}.parquet", parts, schemas.TABLES[name])
        return
    tables = carried.Carried(run.work, before, affected, run.shown(TIMED))
    moved = dict(_moved(worked, habit))
    for name, parts in made.items():
        tables.write(name, pa.concat_tables([schemas.TABLES[name].empty_table(), *parts, *moved.get(name, ())]))


def _moved(worked: _Worked, habit: _Habit) -> Iterator[tuple[str, list[pa.Table]]]:
    """The rows of articles of which the habit of the outlet alone is another."""
    run, rows = worked.run, habit.moved
    if worked.before is None or run.before is None or not len(rows):
        return
    kept = worked.before.articles.take(pa.array(rows)).sort_by("article_id")
    ids = kept["article_id"].combine_chunks()
    order = np.argsort(run.view.serials)
    now = order[find(run.view.serials[order], kept["serial"].to_numpy())]
    weighed, model = Weighed.of(kept), evidence.load_model()
    told = judged(weighed, habit.of_all[now], model)
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

"""Inputs -> a snapshot: the stages in their order, each from files to files.

A run reads what is new, makes its parts of the store (``dedup.store``), and recomputes the tables from all parts. Rows
of articles are numbered in the order of their ids, so that the tables are a function of the set of articles and not
of the order in which they came. Parts of the corpus stream through reading, segmenting, crediting and signing; the
join reads some bands of all parts at a time, alignment the articles of some pairs. A step is a function of the work
folder and the config, so that a Prefect task can run it as well as ``run`` below.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, pairwise, starmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import (
    __version__,
    dates,
    history,
    ingest,
    kernels,
    lsh,
    provenance,
    schemas,
    segment,
    shares,
    shingle,
    sketch,
    storage,
    store,
    summary,
    words,
)
from dedup import align as aligning
from dedup import audit as auditing
from dedup import boilerplate as boilerplates
from dedup import cluster as clustering
from dedup import credits as crediting
from dedup import evidence as evidences
from dedup.arrays import Passages
from dedup.config import SKETCH_SCHEME, Config

PART_ARTICLES = 5_000
"""Articles of a part: what is in memory at once is a few parts."""

ALIGNED_PAIRS = 1 << 20
"""Most pairs that are aligned at once."""

WORD_BYTES = 64
"""Memory that aligning takes for a word."""

DAILY_ARTICLES = 50_000
"""Articles from which the tables of DAILY are folders with a file a day."""

DAILY = ("articles", "provenance", "outlets")
"""Tables that grow by day."""


class NoUsableArticle(Exception):
    """A run whose inputs hold not one article that can be read."""


class Step(NamedTuple):
    """One step of a run."""

    name: str
    what: str
    """What it does, for a progress line."""
    function: Callable[[Path, Config], dict[str, int | float]]
    """(work folder, config) -> counts."""


class RunResult(NamedTuple):
    """What a run did."""

    run_id: str
    path: Path
    """The newest snapshot."""
    counts: dict[str, int | float]
    seconds: dict[str, float]
    """Seconds of each step."""
    rejects: int
    """Faults of what this run was given to read; the table keeps those of earlier runs too."""
    published: bool = True
    """False when there was nothing new: ``path`` and ``run_id`` are those of the snapshot that stays the newest."""
    new_articles: int = 0
    """Articles and new versions that this run was the first to see."""


def run(
    inputs: Sequence[str | Path],
    out: str | Path,
    config: Config | None = None,
    progress: Callable[[str, dict[str, int | float]], None] | None = None,
    finish: Callable[..., object] | None = None,
) -> RunResult:
    """Read the inputs, find what was copied from where, and publish a snapshot under ``out``.

    ``progress`` is called with a step's name and counts when it has ended, ``finish`` as in ``publish``. With nothing
    new no snapshot is made.
    """
    config = config or Config()
    work = begin(inputs, out, config)
    try:
        for step in STEPS:
            counts = perform(work, step, config)
            if progress:
                progress(step.name, counts)
        return publish(work, config, finish)
    except BaseException:
        abandon(work)
        raise


def begin(inputs: Sequence[str | Path], out: str | Path, config: Config) -> Path:
    """Take the lock of ``out``, sweep what dead runs left, and make a work folder for a new run."""
    out = Path(out)
    lock = storage.Lock(out)
    lock.__enter__()
    try:
        storage.sweep(out)
        store.sweep(out, store.load(out))
        run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        staging = storage.begin_snapshot(out, run_id)
    except BaseException:
        lock.__exit__(None, None, None)
        raise
    _locks[staging] = lock
    try:
        _note(staging, run_id=run_id, out=str(out), inputs=[str(item) for item in inputs],
              started_at=datetime.now(UTC).isoformat(timespec="seconds"))
    except BaseException:
        abandon(staging)
        raise
    return staging


def perform(work: Path, step: Step, config: Config) -> dict[str, int | float]:
    """Run one step and note its counts and seconds in the work folder. When nothing is new, steps do nothing."""
    if idle(work) and step.name != STEPS[0].name:
        return {}
    started = time.perf_counter()
    counts = step.function(work, config)
    _give_memory_back()
    note = _noted(work)
    _note(work, seconds={**note.get("seconds", {}), step.name: round(time.perf_counter() - started, 3)},
          counts={**note.get("counts", {}), **counts})
    return counts


def _give_memory_back() -> None:
    """Return what a step has freed to the system, so that the next one does not stand on top of it."""
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # the C library of Linux has it
        ctypes.CDLL(None).malloc_trim(0)


def idle(work: Path) -> bool:
    """Whether the run has found, after its first step, that the newest snapshot is what it would make again."""
    return bool(_noted(work).get("idle"))


def publish(work: Path, config: Config, finish: Callable[..., object] | None = None) -> RunResult:
    """Make the run's parts the store's state and its tables the newest snapshot, each in one step; let go of the lock.

    ``finish(folder, manifest=...)`` is called before, with the folder of the finished tables and the manifest they will
    have: what it writes there belongs to the snapshot.
    Killed between the two steps, the next run finds the articles in the store and makes their snapshot.
    """
    note = _noted(work)
    out, run_id, counts = Path(note["out"]), note["run_id"], note["counts"]
    new = counts.get("new_articles", 0)
    if note.get("idle"):
        path = storage.latest(out)
        abandon(work)
        return RunResult(path.name, path, counts, note["seconds"], counts.get("rejects", 0), False, new)
    state, manifest = _in_use(_state(work), config), _manifest(note, config)
    if work.exists():  # a second try may find that the first one moved it
        _cut_into_days(work)
        if finish is not None:
            finish(work, manifest=manifest)
        store.commit(out, state)
        _remove_work_files(work)
    path = storage.publish(out, run_id, work, manifest, config.keep_snapshots)
    store.sweep(out, state)
    _release(work)
    return RunResult(run_id, path, counts, note["seconds"], counts.get("rejects", 0), True, new)


def abandon(work: Path) -> None:
    """After a failure: remove the work folder and the parts that no manifest names, and let go of the lock."""
    try:
        if work in _locks:
            out = work.parent.parent
            storage.drop_snapshot(work)
            store.sweep(out, store.load(out))
    except (storage.StorageError, OSError):
        pass  # the disk that made the run fail; the next run sweeps
    finally:
        _release(work)


def candidates(articles: pa.Table, paragraphs: pa.Table, config: Config) -> pa.Table:
    """ARTICLES, PARAGRAPHS -> CANDIDATE_PAIRS, in memory: the first half of a run, to be measured alone."""
    windows = shingle.shingle(words.read_words(paragraphs, config), config, _readable(paragraphs))
    keys = sketch.band_keys(windows["shingles"], config)
    members = _article_rows(paragraphs)[windows["paragraph_row"].to_numpy()].astype(np.uint32)
    times, ranks = times_and_ranks(articles)
    return lsh.join(lambda band, _: (keys[band], members), ranks, times, config).pairs


# ----------------------------------------------------------------------------------------------------------- steps


def read(work: Path, config: Config) -> dict[str, int]:
    """Inputs -> parts of ARTICLES with what is new, and which rows of all parts the tables show."""
    note = _noted(work)
    out, run_id = Path(note["out"]), note["run_id"]
    home, state = store.folder(out), store.load(out)
    state = _read_again(state, home, run_id, config)
    known = store.Known([store.read_articles(home / name, ["key"])["key"].to_numpy() for name in state.articles])
    seen = _Reading(note["inputs"], config, known)
    articles, serials = dict(state.articles), state.serials
    for rows in _parts_of(seen.new_rows()):
        name = f"articles-{run_id}-{len(articles):06d}.parquet"
        articles[name] = _write(home / name, store.numbered(rows, serials), store.KEPT)
        serials += rows.num_rows
    state = state._replace(articles=articles, serials=serials)
    if not seen.articles and (seen.rejects.num_rows or not state.articles):
        reasons = "; ".join(sorted(set(seen.rejects["reason"].to_pylist()))[:3])
        raise NoUsableArticle(
            f"no usable article in {', '.join(note['inputs'])}"
            + (f" ({seen.rejects.num_rows} rejects: {reasons})" if seen.rejects.num_rows else ": no file of a known kind")
        )
    visited = pa.array(sorted({*ingest.visited(note["inputs"]), *seen.rejects["file"].to_pylist()}), pa.string())
    state = _with_rejects(state, home, run_id, visited, seen.rejects)
    state = _merged(state, home, run_id)
    state = state._replace(articles=dict(sorted(state.articles.items())))  # the order in which a note gives them back
    parts = [store.read_articles(home / name, list(store.IDENTITY)) for name in state.articles]
    rows = pa.concat_tables(parts).combine_chunks()
    resolved = store.resolve(rows)
    _write_view(work, resolved, rows, [part.num_rows for part in parts])
    refused = [resolved.rejects] if state.rejects is None else [storage.read_table(home / state.rejects), resolved.rejects]
    rejects = _distinct_rejects(pa.concat_tables(refused))
    storage.write_table(work / "rejects.parquet", rejects, schemas.REJECTS)
    digest = store.result_digest(state, rejects, config)
    _note(work, state=state._asdict(), digest=digest, idle=_published_digest(out) == digest)
    return {
        "articles": len(resolved.shown), "rejects": pc.sum(pc.is_in(rejects["file"], value_set=visited)).as_py() or 0,
        "new_articles": seen.new,
        "known_articles": seen.articles - seen.new, "older_versions": resolved.older, "same_text": resolved.same_text,
    }


def cut(work: Path, config: Config) -> dict[str, int]:
    """Parts of ARTICLES -> parts of PARAGRAPHS, each with the row of its article in its part."""
    for part, name in _missing(work, "paragraphs", config):
        articles = _kept(work, part)
        paragraphs = segment.segment(articles)
        paragraphs = words.with_counts(paragraphs, words.read_words(paragraphs, config))
        row = pc.index_in(paragraphs["article_id"], value_set=articles["article_id"].combine_chunks())
        _keep(work, name, paragraphs.append_column("row", row.cast(pa.uint32())))
    counts = [table["n_words"] for table in _derived(work, "paragraphs", config, ["n_words"])]
    return {"paragraphs": sum(map(len, counts)), "words": sum(pc.sum(count).as_py() or 0 for count in counts)}


def credit(work: Path, config: Config) -> dict[str, int]:
    """Parts of ARTICLES, PARAGRAPHS -> CREDITS, the status of each article and its scars."""
    missing = {kind: dict(_missing(work, kind, config)) for kind in ("credits", "status")}
    rules = crediting.load_rules(config.rules_file) if any(missing.values()) else None
    for part in sorted({*missing["credits"], *missing["status"]}):
        articles = _kept(work, part)
        paragraphs = storage.read_table(_path(work, store.derived_name("paragraphs", part, config)))
        paragraphs = paragraphs.drop_columns(["row"])
        found = crediting.find_credits(articles, paragraphs, rules)
        if part in missing["status"]:
            status = crediting.credit_status(articles, found, rules)
            scars = crediting.find_scars(articles, paragraphs, rules)
            _keep(work, missing["status"][part], status.append_column("scars", scars))
        if part in missing["credits"]:
            row = pc.index_in(found["article_id"], value_set=articles["article_id"].combine_chunks())
            _keep(work, missing["credits"][part], found.append_column("row", row.cast(pa.uint32())))
    view = _view(work)
    credits = pa.concat_tables(
        [
            part.set_column(part.num_columns - 1, "row", pa.array(home[part["row"].to_numpy()]))
            for part, home in zip(_derived(work, "credits", config), view.homes, strict=True)
        ]
    )
    credits = credits.filter(pc.greater_equal(credits["row"], 0))
    credits = credits.take(pa.array(np.argsort(credits["row"].to_numpy(), kind="stable"))).drop_columns(["row"])
    storage.write_table(work / "credits.parquet", credits, schemas.CREDITS)
    status = pa.concat_tables(_derived(work, "status", config)).take(pa.array(view.rows)).combine_chunks()
    storage.write_part(work, "status", 0, status)
    return {"credits": credits.num_rows}


def sign(work: Path, config: Config) -> dict[str, int]:
    """Parts of PARAGRAPHS -> words -> signatures -> the key of every band of every window."""
    for part, name in _missing(work, "bands", config):
        paragraphs = storage.read_table(_path(work, store.derived_name("paragraphs", part, config)))
        windows = shingle.shingle(words.read_words(paragraphs, config), config, _readable(paragraphs))
        keys = sketch.band_keys(windows["shingles"], config)
        members = paragraphs["row"].to_numpy()[windows["paragraph_row"].to_numpy()]
        columns = {"member": members, **{_band(band): keys[band] for band in range(config.bands)}}
        _keep(work, name, pa.table(columns), random=True)
    files = [_path(work, store.derived_name("bands", part, config)) for part in _state(work).articles]
    return {"windows": sum(map(storage.count_rows, files))}


def join(work: Path, config: Config) -> dict[str, int]:
    """Band keys -> CANDIDATE_PAIRS. Over all articles: how a crowded bucket is linked depends on all its members."""
    articles = _articles(work, ("published_at", "date_precision", "country", "is_wire", "article_id"))
    times, ranks = times_and_ranks(articles)
    read_band, parts = _bands(work, config)

    def spill(band: int, pairs: np.ndarray) -> np.ndarray:
        return storage.load_array(storage.save_array(work / f"pairs-{_band(band)}.npy", pairs))

    joined = lsh.join(read_band, ranks, times, config, parts, spill)
    storage.remove_files(work, lambda name: name.startswith("pairs-"))
    storage.write_part(work, "candidates", 0, joined.pairs)
    return {
        "candidate_pairs": joined.pairs.num_rows,
        "sparse_buckets": joined.sparse_buckets,
        "largest_bucket": joined.largest_bucket,
    }


def align(work: Path, config: Config) -> dict[str, int]:
    """CANDIDATE_PAIRS, PARAGRAPHS -> ALIGNMENTS. What two texts share is looked for once and kept in the store."""
    view = _view(work)
    pairs = storage.read_part(storage.parts(work, "candidates")[0])
    lefts, rights = pairs["left"].to_numpy().astype(np.int64), pairs["right"].to_numpy().astype(np.int64)
    keys = _pair_keys(view.serials[lefts], view.serials[rights])
    known = np.sort(np.concatenate([np.zeros(0, np.uint64), *(
        table["pair"].to_numpy() for table in _of_runs(work, "pairs", config)
    )]))
    fresh = ~np.isin(keys, known, assume_unique=True)
    times, _ = times_and_ranks(_articles(work, ("published_at", "date_precision", "country", "is_wire", "article_id")))
    layout = _Layout(work, config)
    if fresh.any():
        # in the store an article is its serial and a paragraph its number inside the article
        found = (
            _renumbered(table, view.serials, -layout.starts)
            for table in _aligned(layout, lefts[fresh], rights[fresh], times, config)
        )
        _keep_run(work, config, {"matches": found, "pairs": iter([pa.table({"pair": np.sort(keys[fresh])})])})
    degree = np.bincount(lefts, minlength=len(times)) + np.bincount(rights, minlength=len(times))
    n = _deal_out_matches(work, np.sort(keys), degree, view, layout, config)
    return {"matches": n, "new_pairs": int(fresh.sum())}


def audit(work: Path, config: Config) -> dict[str, int | float]:
    """A sample of ARTICLES, compared without the look-up -> its estimated recall and noise, for the manifest."""
    articles = _articles(work, ("published_at", "date_precision", "country", "is_wire", "article_id"))
    times, _ = times_and_ranks(articles)
    reach = config.window_days * 86_400
    sampled = auditing.sample(articles["article_id"].to_pylist(), times, reach)
    chosen, places = np.unique(np.r_[sampled.left, sampled.right], return_inverse=True)
    found = aligning.align(*np.split(places, 2), _Layout(work, config).texts(chosen), config)
    sharing = np.isin(_places(sampled.left, sampled.right), _prose_pairs(found, chosen))
    candidates = storage.read_part(storage.parts(work, "candidates")[0])
    held = np.isin(_places(sampled.left, sampled.right), _places(candidates["left"], candidates["right"]))
    matched = sum(len(_prose_pairs(table, np.arange(len(times)))) for _, table in _Matches(work).parts())
    return auditing.figures(sampled, sharing, held, matched, times, reach)


def cluster(work: Path, config: Config) -> dict[str, int]:
    """ALIGNMENTS -> passages and clusters, as arrays."""
    matches = _Matches(work)
    found = clustering.passages(
        (clustering.spans(table, rows, some.start, some.stop) for some, rows, table in matches.by_article()), matches.n
    )
    grouped = clustering.clusters(found, matches.column("matched"), config)
    for name, array in [*found._asdict().items(), ("labels", grouped.labels), ("mean", grouped.mean), ("least", grouped.least)]:
        storage.save_array(work / f"passage-{name}.npy", array)
    return {"passages": len(found.paragraph), "clusters": len(grouped.mean), "refined_clusters": grouped.refined}


def trace(work: Path, config: Config) -> dict[str, int]:
    """Passages, clusters, credits -> the tables of articles, paragraphs, matches and provenance."""
    articles, layout = _articles(work), _Layout(work, config)
    paragraphs, lines = _write_paragraphs(work, layout, config)
    credits = storage.read_table(work / "credits.parquet")
    status = _part(work, "status", 0)
    matches = _Matches(work)
    found = Passages(*(storage.load_array(work / f"passage-{name}.npy", mmap=False) for name in Passages._fields))
    grouped = clustering.Clusters(
        *(storage.load_array(work / f"passage-{name}.npy", mmap=False) for name in ("labels", "mean", "least")), 0
    )
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    corpus = provenance.corpus(articles, paragraphs, low, high)
    furniture = boilerplates.learn(articles, lines)
    corpus = corpus._replace(set_apart=corpus.set_apart | boilerplates.mark(lines, articles, furniture))
    between_wires = [
        table.filter(pa.array(corpus.is_wire[table["left"].to_numpy()] & corpus.is_wire[table["right"].to_numpy()]))
        for _, table in matches.parts()
    ]
    articles = provenance.with_revisions(articles, corpus, pa.concat_tables(between_wires).combine_chunks())
    traced = _trace(articles, paragraphs, layout.lines, credits, status, matches, found, grouped, corpus, config)
    articles = _replaced(articles, "n_words", pa.array(layout.words.astype(np.int32)))
    tables = {
        "articles": [articles],
        "passages": [provenance.passages_table(traced)],
        "clusters": [provenance.clusters_table(traced)],
        "matches": provenance.matches_tables(traced, matches.with_rewrites()),
        "provenance": provenance.provenance_tables(traced),
        "article_provenance": [provenance.articles_table(traced)],
        "agency_evidence": [provenance.evidence_table(traced)],
        "cluster_evidence": [provenance.cluster_evidence_table(traced)],
        "boilerplate": [furniture],
    }
    for name, parts in tables.items():
        storage.write_tables(work / f"{name}.parquet", parts, schemas.TABLES[name])
    derivation = storage.read_table(work / "article_provenance.parquet", ["derivation"])["derivation"]
    return {"derived_articles": pc.sum(pc.not_equal(derivation, "non")).as_py(), "wires": int(corpus.is_wire.sum())}


def _write_paragraphs(work: Path, layout: _Layout, config: Config) -> tuple[pa.Table, boilerplates.Lines]:
    """Write PARAGRAPHS of the articles that the tables show; keep all but the text, and what tells furniture."""
    kept, letters, characters = [], [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]

    def some() -> Iterator[pa.Table]:
        for articles in _in_turns(layout.words * WORD_BYTES, config):
            table = layout.paragraphs(np.array(articles), schemas.PARAGRAPHS.names)
            of_lines = boilerplates.measured(table["text"])
            letters.append(of_lines[0])
            characters.append(of_lines[1])
            kept.append(table.select(["article_id", "paragraph", "role", "n_words"]))
            yield table

    storage.write_tables(work / "paragraphs.parquet", some(), schemas.PARAGRAPHS)
    paragraphs = pa.concat_tables(kept)
    lines = boilerplates.Lines(
        paragraphs["article_id"], paragraphs["role"], np.concatenate(letters), np.concatenate(characters), layout.lines
    )
    return paragraphs, lines


def _trace(
    articles: pa.Table, paragraphs: pa.Table, lines: Callable[[np.ndarray], pa.ChunkedArray], credits: pa.Table,
    status: pa.Table, matches: _Matches, found: Passages, grouped: clustering.Clusters, corpus: provenance.Corpus,
    config: Config,
) -> provenance.Trace:
    """Put the stages' findings together: directions, background, evidence, agencies, shares."""
    article = corpus.article[found.paragraph]
    matched, quote_only = matches.column("matched"), matches.column("quote_only")
    quoted = np.zeros(len(article), bool)
    quoted[found.left[quote_only]] = quoted[found.right[quote_only]] = True
    ids = clustering.passage_ids(
        np.array(articles["article_id"].to_pylist(), dtype=object)[article].tolist(),
        paragraphs["paragraph"].to_numpy()[found.paragraph].tolist(), found.begin.tolist(), found.end.tolist(),
        quoted.tolist(),
    )
    heads = provenance.heads(grouped, corpus, article, ids)
    background = provenance.background(found, grouped, corpus, matches.column("others") < matched, config)
    quotation = np.ones(len(heads), bool)
    quotation[grouped.labels[found.left[~quote_only]]] = False
    sources = provenance.sources(found, grouped, corpus, matched, ids)
    edit_class, kinds = np.empty(matches.n, np.uint8), np.empty(matches.n, np.uint8)
    for first, table in matches.parts():
        rows = slice(first, first + len(table))
        forth = provenance.earlier(corpus, table["left"].to_numpy(), table["right"].to_numpy())
        edit_class[rows] = aligning.edit_classes(table, forth, np.diff(corpus.word_starts))
        kinds[rows] = shares.classes(table, background[grouped.labels[found.left[rows]]])
    seen = evidences.credit_arrays(articles, credits, status, corpus)
    model = evidences.load_model()
    copied = np.concatenate([
        shares.copied(corpus, table, kinds[rows], some) for some, rows, table in matches.by_article()
    ])
    of_cluster = evidences.cluster_evidence(found, grouped, corpus, seen, quotation, copied)
    boilerplate = corpus.set_apart[found.paragraph[heads]]
    p = np.where(boilerplate, 0.0, evidences.probability(of_cluster, model.cluster))
    cluster_reasons = evidences.cluster_reasons(of_cluster, model, p)
    translated = evidences.translated_quotations(found, grouped, corpus, quotation, lines) & ~boilerplate
    p = np.where(translated, np.maximum(p, provenance.TRANSLATED_PROBABILITY), p)
    agency, basis, p = provenance.agencies(articles, found, grouped, corpus, seen.agency, p)
    counted = shares.together([
        shares.count(
            corpus, table, found._replace(left=found.left[rows], right=found.right[rows]), grouped, kinds[rows], p,
            translated, some,
        )
        for some, rows, table in matches.by_article()
    ])
    of_article = evidences.article_evidence(corpus, counted, seen)
    p_article = evidences.class_probabilities(of_article[:, 1:], model.article)
    reasons = evidences.article_reasons(of_article, model, p_article, seen.scars)
    share_agency = evidences.agency_share(of_article[:, 0], p_article)
    return provenance.Trace(
        articles, paragraphs, lines, status, corpus, matched, edit_class, found, ids, grouped, heads, background,
        quotation, translated, boilerplate, sources, seen.agency, agency, basis, p, of_cluster, cluster_reasons,
        of_article, p_article, share_agency, counted, reasons, kinds, config,
    )


def summarise(work: Path, config: Config) -> dict[str, int]:
    """The tables of provenance -> OUTLETS, OUTLET_PAIRS, WIRE_PICKUP, CLUSTER_HISTORY."""
    articles = storage.read_table(work / "articles.parquet", list(summary.OF_ARTICLES))
    status = storage.read_table(work / "article_provenance.parquet", list(summary.OF_ARTICLE_PROVENANCE))
    paragraphs, matches, passages, traced = (
        storage.Stored(work / f"{name}.parquet") for name in ("paragraphs", "matches", "passages", "provenance")
    )
    made = {
        "outlets": lambda: summary.outlets(articles, status, traced),
        "outlet_pairs": lambda: summary.outlet_pairs(articles, matches, traced),
        "wire_pickup": lambda: summary.wire_pickup(articles, paragraphs, traced, matches, status),
        "cluster_history": lambda: _history(work, passages),
    }
    for name, make in made.items():
        storage.write_tables(work / f"{name}.parquet", make().to_reader(), schemas.TABLES[name])
    firsts = summary.agency_first(articles, traced)
    return {
        "outlets": len(pc.unique(storage.read_table(work / "outlets.parquet", ["outlet"])["outlet"])),
        "outlet_pairs": storage.count_rows(work / "outlet_pairs.parquet"),
        **{f"clusters_{name}": firsts[name] for name in ("agency_first", "outlet_first", "unknown", "without_dispatch")},
        **summary.left_out(articles),
    }


STEPS: tuple[Step, ...] = (
    Step("read", "read the articles", read),
    Step("cut", "cut them into paragraphs and words", cut),
    Step("credit", "find the credits to agencies", credit),
    Step("sign", "sign the windows with MinHash", sign),
    Step("join", "pair the articles that meet in a bucket", join),
    Step("align", "align the candidate pairs word by word", align),
    Step("audit", "compare a sample without the look-up", audit),
    Step("cluster", "cluster the passages", cluster),
    Step("trace", "trace every passage to its source", trace),
    Step("summarise", "sum up outlets and dispatches", summarise),
)
"""The steps of a run, in their order."""


# ------------------------------------------------------------------------------------------------- the work folder

_locks: dict[Path, storage.Lock] = {}


def _release(work: Path) -> None:
    try:
        _note_file(work).unlink(missing_ok=True)
    finally:
        lock = _locks.pop(work, None)
        if lock is not None:
            lock.__exit__(None, None, None)


def _note_file(work: Path) -> Path:
    """Beside the work folder: the folder becomes the snapshot, and publishing may be tried again after that."""
    return work.with_name(work.name + ".run.json")


def _note(work: Path, **values: object) -> None:
    path = _note_file(work)
    noted = storage.read_manifest(path) if path.exists() else {}
    storage.write_manifest(path, {**noted, **values}, sync=False)


def _noted(work: Path) -> dict:
    return storage.read_manifest(_note_file(work))


def _part(work: Path, name: str, number: int) -> pa.Table:
    return storage.read_part(storage.parts(work, name)[number])


def _articles(work: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """ARTICLES that the tables show, without their text, sorted by id."""
    names = list(columns or schemas.ARTICLES.names)
    view = _view(work)
    parts = [store.read_articles(_path(work, name), names) for name in _state(work).articles]
    articles = pa.concat_tables(parts).take(pa.array(view.rows)).combine_chunks()
    if "extra" in names and view.notes:
        articles = _replaced(articles, "extra", store.with_notes(articles["extra"], view.notes))
    return articles.replace_schema_metadata(None)


class _Matches:
    """ALIGNMENTS in the work folder: a part for each of some consecutive ranges of left articles, sorted by place.

    Matches are numbered over all parts; the rewrites stand apart, in parts of their own.
    """

    def __init__(self, work: Path) -> None:
        bounds = storage.load_array(work / "ranges.npy", mmap=False).tolist()
        self._ranges = list(starmap(range, pairwise(bounds)))
        self._files, self._rewrites = storage.parts(work, "alignments"), storage.parts(work, "rewrites")
        self._firsts = np.cumsum([0, *(storage.read_part(file).num_rows for file in self._files)]).tolist()
        self.n = self._firsts[-1]

    def parts(self) -> Iterator[tuple[int, pa.Table]]:
        """The number of each part's first match, and the part."""
        return zip(self._firsts, map(storage.read_part, self._files), strict=False)

    def with_rewrites(self) -> Iterator[tuple[int, pa.Table, pa.Table]]:
        """The same with the rewrites of the same left articles."""
        return ((*part, storage.read_part(file)) for part, file in zip(self.parts(), self._rewrites, strict=True))

    def column(self, name: str) -> np.ndarray:
        """(matches,) one column."""
        return np.concatenate([
            storage.read_part(file, [name])[0].to_numpy(zero_copy_only=False) for file in self._files
        ])

    def by_article(self) -> Iterator[tuple[range, np.ndarray, pa.Table]]:
        """Each range of articles with the matches, number and row, that have a side in it."""
        for number, some in enumerate(self._ranges):
            numbers, tables = [], []
            for first, file in zip(self._firsts[: number + 1], self._files, strict=False):
                table = storage.read_part(file)
                left, right = table["left"].to_numpy(), table["right"].to_numpy()
                inside = (left >= some.start) | ((right >= some.start) & (right < some.stop))  # left is the smaller
                numbers.append(first + np.flatnonzero(inside))
                tables.append(table.filter(pa.array(inside)))
            yield some, np.concatenate(numbers), pa.concat_tables(tables).combine_chunks()


def _deal_out_matches(
    work: Path, keys: np.ndarray, degree: np.ndarray, view: _View, layout: _Layout, config: Config
) -> int:
    """Write the store's ALIGNMENTS of the candidate pairs as ``_Matches`` reads them -> how many there are.

    ``keys`` are the pairs' keys, sorted; ``degree`` (articles,) how many pairs each article has, by which their matches
    are estimated.
    """
    files = _run_parts(work, "matches", config)
    stored = sum(storage.count_rows(_path(work, name)) for name in files)
    sides = degree * (2 * stored / max(int(degree.sum()), 1))
    ranges = _in_turns(sides * SIDE_BYTES + layout.words * MARK_BYTES, config)
    storage.save_array(work / "ranges.npy", np.array([0, *(some.stop for some in ranges)]))
    ends = np.array([some.stop for some in ranges])
    batches = (batch for name in files for batch in storage.iter_batches(_path(work, name), DEALT_ROWS))
    for number, batch in enumerate(batches):
        shown = _shown_alignments(pa.Table.from_batches([batch]), keys, view, layout)
        home = np.searchsorted(ends, shown["left"].to_numpy(), "right")
        for place in np.unique(home).tolist():
            storage.write_part(work, f"dealt-{place}", number, shown.filter(pa.array(home == place)))
    n = 0
    for place in range(len(ranges)):
        dealt = [storage.read_part(file) for file in storage.parts(work, f"dealt-{place}")]
        every = pa.concat_tables([schemas.ALIGNMENTS.empty_table(), *dealt]).combine_chunks()
        every = every.take(pa.array(np.lexsort([every[name].to_numpy() for name in PLACE])))
        storage.remove_files(work, lambda name, place=place: name.startswith(f"dealt-{place}-"))
        storage.write_part(work, "alignments", place, every.filter(pc.invert(every["rewrite"])).combine_chunks())
        storage.write_part(work, "rewrites", place, every.filter(every["rewrite"]).combine_chunks())
        n += every.num_rows
    return n


DEALT_ROWS = 1 << 20
"""Matches that are dealt out at once."""

SIDE_BYTES, MARK_BYTES = 400, 16
"""Memory that a side of a match and a word of an article take while shares are counted."""

PLACE = ("right_begin_word", "right_paragraph", "left_begin_word", "left_paragraph", "right", "left")
"""Columns by which ALIGNMENTS are sorted, the last one first."""


def _in_turns(needed: np.ndarray, config: Config) -> list[range]:
    """All articles, as many in each range as a quarter of the memory limit has room for; one range when there are none.

    ``needed`` (articles,) bytes of each.
    """
    turn = np.cumsum(needed) // _room(config)
    bounds = [0, *(np.flatnonzero(np.diff(turn)) + 1).tolist(), len(turn)]
    return list(starmap(range, pairwise(bounds)))


def _room(config: Config) -> int:
    """Bytes in a quarter of the memory limit."""
    return max(1, int(config.memory_limit * 2**30 / 4))


def _article_rows(paragraphs: pa.Table) -> np.ndarray:
    """Row of each paragraph's article inside its part: every article has a paragraph 0."""
    return np.cumsum(paragraphs["paragraph"].to_numpy() == 0) - 1


def _readable(paragraphs: pa.Table) -> np.ndarray:
    return ~pc.is_in(paragraphs["role"], pa.array(provenance.SET_APART)).to_numpy()


# ------------------------------------------------------------------------------------------- the store, inside a run


def _state(work: Path) -> store.State:
    """The state that the run is making."""
    return store.State.of(_noted(work)["state"])


def _path(work: Path, name: str) -> Path:
    return store.folder(_noted(work)["out"]) / name


def _kept(work: Path, part: str) -> pa.Table:
    """An articles part, with its text."""
    return store.read_articles(_path(work, part), ingest.SCHEMA.names)


def _write(path: Path, table: pa.Table, schema: pa.Schema | None = None, random: bool = False) -> int:
    """Write a part of the store -> its bytes."""
    storage.write_table(path, table, schema, random=random)
    return storage.size(path) or 0


def _keep(work: Path, name: str, table: pa.Table, random: bool = False) -> None:
    """Write a derived part and add it to the run's state."""
    state = _state(work)
    derived = {**state.derived, name: _write(_path(work, name), table, random=random)}
    _note(work, state=state._replace(derived=derived)._asdict())


def _missing(work: Path, kind: str, config: Config) -> list[tuple[str, str]]:
    """(articles part, file) of the derived parts that are still to be made."""
    state = _state(work)
    names = [(part, store.derived_name(kind, part, config)) for part in state.articles]
    return [(part, name) for part, name in names if name not in state.derived]


def _derived(work: Path, kind: str, config: Config, columns: list[str] | None = None) -> list[pa.Table]:
    """What was made from each articles part, in their order."""
    names = [store.derived_name(kind, part, config) for part in _state(work).articles]
    return [storage.read_table(_path(work, name), columns) for name in names]


def _keep_run(work: Path, config: Config, tables: dict[str, Iterator[pa.Table]]) -> None:
    """Keep what this run adds, table by table, to the kinds of parts that belong to runs; many small parts become one.

    The run's state names all of it or nothing, so that a second try after half of it begins from the same parts.
    """
    state = _state(work)
    derived = dict(state.derived)
    for kind, added in tables.items():
        names = _run_parts(work, kind, config)
        if len(names) >= MOST_RUN_PARTS:
            added = chain(added, [storage.read_table(_path(work, name)) for name in names])
            derived = {name: size for name, size in derived.items() if name not in names}
        name = store.derived_name(kind, _noted(work)["run_id"], config)
        path = _path(work, name)
        storage.write_tables(path, added, RUN_SCHEMAS[kind])
        derived[name] = storage.size(path) or 0
    _note(work, state=state._replace(derived=derived)._asdict())


RUN_SCHEMAS = {"matches": schemas.ALIGNMENTS, "pairs": pa.schema([pa.field("pair", pa.uint64(), nullable=False)])}
"""Schemas of the parts that belong to runs."""

MOST_RUN_PARTS = 32
"""Parts of alignments; when there are as many they become one."""


def _of_runs(work: Path, kind: str, config: Config) -> list[pa.Table]:
    return [storage.read_table(_path(work, name)) for name in _run_parts(work, kind, config)]


def _run_parts(work: Path, kind: str, config: Config) -> list[str]:
    end = f"-{store.shape(kind, config)}.parquet"
    return sorted(name for name in _state(work).derived if name.startswith(f"{kind}-") and name.endswith(end))


def _in_use(state: store.State, config: Config) -> store.State:
    """The state without derived parts of articles parts that were merged, and of other settings."""
    made = {
        store.derived_name(kind, part, config)
        for kind in ("paragraphs", "credits", "status", "bands") for part in state.articles
    }
    ends = tuple(f"-{store.shape(kind, config)}.parquet" for kind in ("pairs", "matches"))
    return state._replace(derived={
        name: size for name, size in state.derived.items()
        if name in made or (name.startswith(("pairs-", "matches-")) and name.endswith(ends))
    })


def _read_again(state: store.State, home: Path, run_id: str, config: Config) -> store.State:
    """The state with its articles as the settings and the code of today read them."""
    reading = store.shape("articles", config)
    if not state.articles or state.reading == reading:
        return state._replace(reading=reading)
    articles, refused = {}, []
    for number, name in enumerate(state.articles):
        before = store.read_articles(home / name)
        rows, rejects = ingest.read_again(before, config)
        rows = store.with_keys(rows).append_column("serial", before["serial"])
        name = f"articles-{run_id}-again{number:05d}.parquet"
        articles[name] = _write(home / name, rows, store.KEPT)
        refused.append(rejects)
    if state.rejects is not None:  # faults of kept articles are told anew, the others stay
        rejects = storage.read_table(home / state.rejects)
        refused.append(rejects.filter(pc.invert(rejects["kept"])))
    name = f"rejects-{run_id}-again.parquet"
    _write(home / name, _distinct_rejects(pa.concat_tables(refused)), schemas.REJECTS)
    return state._replace(articles=articles, rejects=name, reading=reading)


class _Reading:
    """The inputs as they are read: what is new, and what was refused."""

    def __init__(self, inputs: list[str], config: Config, known: store.Known) -> None:
        self.articles = self.new = 0
        self._inputs, self._config, self._known = inputs, config, known
        self._refused = [schemas.REJECTS.empty_table()]

    def new_rows(self) -> Iterator[pa.Table]:
        """The rows that the store does not have, as they come."""
        for articles, refused in ingest.read(self._inputs, self._config, PART_ARTICLES, unique=False):
            self._refused.append(refused)
            self.articles += articles.num_rows
            articles = store.with_keys(articles)
            fresh = self._known.new(articles["key"].to_numpy())
            self.new += int(fresh.sum())
            if fresh.any():
                yield articles.filter(pa.array(fresh))

    @property
    def rejects(self) -> pa.Table:
        return pa.concat_tables(self._refused)


def _parts_of(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of about PART_ARTICLES, no article_id twice in one: a part's rows are told by id."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        full = sum(part.num_rows for part in waiting) >= PART_ARTICLES
        if full or sum(part.nbytes for part in waiting) >= 2 * ingest.BATCH_CHARACTERS:
            yield from _without_repeats(pa.concat_tables(waiting))
            waiting = []
    if waiting:
        yield from _without_repeats(pa.concat_tables(waiting))


def _without_repeats(rows: pa.Table) -> Iterator[pa.Table]:
    seen: dict[str, int] = {}
    turn = np.zeros(rows.num_rows, np.int64)
    for row, article_id in enumerate(rows["article_id"].to_pylist()):
        turn[row] = seen[article_id] = seen.get(article_id, -1) + 1
    for number in range(int(turn.max(initial=0)) + 1):
        yield rows.filter(pa.array(turn == number)).combine_chunks()


def _with_rejects(state: store.State, home: Path, run_id: str, visited: pa.Array, found: pa.Table) -> store.State:
    """The state with the rejects of this reading: a file that is read again answers for itself anew."""
    before = schemas.REJECTS.empty_table() if state.rejects is None else storage.read_table(home / state.rejects)
    kept = before.filter(pc.invert(pc.is_in(before["file"], value_set=visited)))
    rejects = _distinct_rejects(pa.concat_tables([kept, found]))
    if rejects.equals(before):
        return state
    name = f"rejects-{run_id}.parquet"
    _write(home / name, rejects, schemas.REJECTS)
    return state._replace(rejects=name)


def _distinct_rejects(rejects: pa.Table) -> pa.Table:
    rows = rejects.group_by(rejects.column_names).aggregate([]).select(rejects.column_names)
    return rows.sort_by([(name, "ascending") for name in rows.column_names]).cast(schemas.REJECTS).combine_chunks()


def _merged(state: store.State, home: Path, run_id: str) -> store.State:
    """The state with its small articles parts put together when they are many; what is made from them comes anew."""
    rows = {name: storage.count_rows(home / name) for name in state.articles}
    small = [name for name, count in rows.items() if 2 * count < PART_ARTICLES]
    if len(small) <= store.MOST_SMALL_PARTS:
        return state
    articles = {name: size for name, size in state.articles.items() if name not in small}
    for number, part in enumerate(_parts_of(store.read_articles(home / name) for name in small)):
        name = f"articles-{run_id}-m{number:05d}.parquet"
        articles[name] = _write(home / name, part, store.KEPT)
    return state._replace(articles=articles)


class _View(NamedTuple):
    """The articles that the tables show, in the order of their ids, and where they are kept."""

    rows: np.ndarray
    """(articles,) int64, row when the articles parts stand end to end."""
    serials: np.ndarray
    """(articles,) uint64."""
    homes: list[np.ndarray]
    """For each articles part (rows,) int64: the article, -1 when the tables do not show the row."""
    notes: dict[int, dict]
    """Article -> what ``extra`` says besides the input's own columns."""


def _write_view(work: Path, resolved: store.Resolved, rows: pa.Table, sizes: list[int]) -> None:
    place = {row: article for article, row in enumerate(resolved.shown.tolist())}
    notes = {str(place[row]): note for row, note in resolved.notes.items() if row in place}
    storage.save_array(work / "view-rows.npy", resolved.shown)
    storage.save_array(work / "view-serials.npy", rows["serial"].to_numpy()[resolved.shown].astype(np.uint64))
    storage.save_array(work / "view-sizes.npy", np.array(sizes, np.int64))
    _note(work, notes=notes)


def _view(work: Path) -> _View:
    rows, serials, sizes = (storage.load_array(work / f"view-{name}.npy", mmap=False) for name in ("rows", "serials", "sizes"))
    home = np.full(sizes.sum(), -1, np.int64)
    home[rows] = np.arange(len(rows))
    notes = {int(article): note for article, note in _noted(work)["notes"].items()}
    return _View(rows, serials, np.split(home, np.cumsum(sizes)[:-1]), notes)


class _Layout:
    """Where the paragraphs of the shown articles are kept."""

    def __init__(self, work: Path, config: Config) -> None:
        self._view, self._config = _view(work), config
        self._files = [
            _path(work, store.derived_name("paragraphs", part, config)) for part in _state(work).articles
        ]
        n = len(self._view.rows)
        self._part, self._first, counts = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.words = np.zeros(n, np.int64)
        """(articles,) int64, words of each article."""
        for number, (file, home) in enumerate(zip(self._files, self._view.homes, strict=True)):
            table = storage.read_table(file, ["row", "n_words"])
            rows, n_words = table["row"].to_numpy(), table["n_words"].to_numpy()
            held = np.bincount(rows, minlength=len(home))
            shown = np.flatnonzero(home >= 0)
            self.words[home[shown]] = np.bincount(rows, weights=n_words, minlength=len(home))[shown]
            self._part[home[shown]] = number
            self._first[home[shown]] = (np.cumsum(held) - held)[shown]
            counts[home[shown]] = held[shown]
        self.starts = np.zeros(n + 1, np.int64)
        """(articles + 1,) int64, first row of each article in PARAGRAPHS."""
        np.cumsum(counts, out=self.starts[1:])

    def paragraphs(self, articles: np.ndarray, columns: Sequence[str]) -> pa.Table:
        """PARAGRAPHS of some articles, in the order of the articles."""
        counts = np.diff(self.starts)[articles]
        begins = np.cumsum(counts) - counts
        tables, places = [], []
        for number in np.unique(self._part[articles]).tolist():
            here = np.flatnonzero(self._part[articles] == number)
            table = storage.read_table(self._files[number], list(columns))
            tables.append(table.take(pa.array(_ranges(self._first[articles[here]], counts[here]))))
            places.append(_ranges(begins[here], counts[here]))
        if not tables:
            return pa.schema([schemas.PARAGRAPHS.field(name) for name in columns]).empty_table()
        table = pa.concat_tables(tables)
        if len(tables) > 1:
            place = np.concatenate(places)
            order = np.empty(len(place), np.int64)
            order[place] = np.arange(len(place))
            table = _taken(table, order)
        return table.replace_schema_metadata(None)

    def lines(self, rows: np.ndarray) -> pa.ChunkedArray:
        """The text of some rows of PARAGRAPHS, in the order asked for."""
        article = np.searchsorted(self.starts, rows, "right") - 1
        part, place = self._part[article], self._first[article] + rows - self.starts[article]
        texts, order = [], []
        for number in np.unique(part).tolist():
            here = np.flatnonzero(part == number)
            texts.append(storage.read_table(self._files[number], ["text"])["text"].take(pa.array(place[here])))
            order.append(here)
        if not texts:
            return pa.chunked_array([], pa.string())
        back = np.empty(len(rows), np.int64)
        back[np.concatenate(order)] = np.arange(len(rows))
        text = pa.table({"text": pa.chunked_array([chunk for column in texts for chunk in column.chunks])})
        return _taken(text, back)["text"]

    def texts(self, articles: np.ndarray) -> aligning.Texts:
        """The words of some articles, ready to be aligned."""
        paragraphs = self.paragraphs(articles, ("text", "role"))
        first = np.concatenate([[0], np.cumsum(np.diff(self.starts)[articles])])
        return aligning.texts(words.read_words(paragraphs, self._config), first, _readable(paragraphs), self._config)


def _taken(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """Rows of a table, in chunks: a string column in one piece holds 2 GiB at most."""
    wide = pa.schema([
        field.with_type(pa.large_string()) if field.type == pa.string() else field for field in table.schema
    ])
    widened = table.cast(wide)
    chunks = [widened.take(pa.array(rows[start : start + _TAKEN])).cast(table.schema) for start in range(0, len(rows), _TAKEN)]
    return pa.concat_tables(chunks)


_TAKEN = 500_000
"""Rows of a chunk."""


def _ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The numbers from each start on, as many as counted, end to end."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def _band(number: int) -> str:
    return f"band_{number:04d}"


def _bands(work: Path, config: Config) -> tuple[Callable[[int, int], tuple[np.ndarray, np.ndarray]], int]:
    """A reader of the shown windows' keys and articles by band and part, and how many parts keep to the memory limit."""
    files = [_path(work, store.derived_name("bands", part, config)) for part in _state(work).articles]
    homes = _view(work).homes
    held = [
        np.bincount(storage.read_table(file, ["member"])["member"].to_numpy(), minlength=len(home))
        for file, home in zip(files, homes, strict=True)
    ]
    windows = sum(int(counts.sum()) for counts in held)
    threads = config.workers or os.cpu_count() or 1
    parts = 1
    while windows * threads * WINDOW_BYTES > parts * config.memory_limit * 2**30 / 2:
        parts *= 2

    def read_band(band: int, part: int) -> tuple[np.ndarray, np.ndarray]:
        keys, members = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint32)]
        for file, home, counts in zip(files, homes, held, strict=True):
            column = storage.read_table(file, [_band(band)])[0].to_numpy()
            articles = np.repeat(home, counts)  # a part's windows stand in the order of its articles
            wanted = articles >= 0
            if parts > 1:
                wanted &= column & np.uint64(parts - 1) == part
            whole = wanted.all()
            keys.append(column if whole else column[wanted])
            members.append((articles if whole else articles[wanted]).astype(np.uint32))
        return np.concatenate(keys), np.concatenate(members)

    return read_band, parts


WINDOW_BYTES = 128
"""Memory that joining takes for a window: its key and article, both dealt out, and the pairs found."""


def _pair_keys(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(pairs,) uint64: the two serials, the smaller above."""
    return np.minimum(one, other) << np.uint64(32) | np.maximum(one, other)


def _places(lefts: pa.ChunkedArray | np.ndarray, rights: pa.ChunkedArray | np.ndarray) -> np.ndarray:
    """(pairs,) int64: two rows of ARTICLES, the smaller above."""
    one, other = np.asarray(lefts).astype(np.int64), np.asarray(rights).astype(np.int64)
    return np.minimum(one, other) << 32 | np.maximum(one, other)


def _prose_pairs(alignments: pa.Table, articles: np.ndarray) -> np.ndarray:
    """Sorted distinct pairs of articles that share prose word by word, more than a quotation."""
    prose = alignments.filter(pc.invert(pc.or_(alignments["quote_only"], alignments["rewrite"])))
    return np.unique(_places(articles[prose["left"].to_numpy()], articles[prose["right"].to_numpy()]))


def _aligned(
    layout: _Layout, lefts: np.ndarray, rights: np.ndarray, times: np.ndarray, config: Config
) -> Iterator[pa.Table]:
    """ALIGNMENTS of the pairs, near ones in time together: as many at once as the memory limit has words for."""
    most = _room(config) // WORD_BYTES
    order = np.argsort(times[lefts], kind="stable")
    while len(order):
        both = np.stack([lefts[order[:ALIGNED_PAIRS]], rights[order[:ALIGNED_PAIRS]]], axis=1).ravel()
        fresh = np.zeros(len(both), np.int64)
        articles, first = np.unique(both, return_index=True)
        fresh[first] = layout.words[articles]
        size = max(1, int(np.searchsorted(np.cumsum(fresh), most, "right")) // 2)
        some, order = order[:size], order[size:]
        articles = np.unique(both[: 2 * size])
        texts = layout.texts(articles)
        found = aligning.align(
            np.searchsorted(articles, lefts[some]), np.searchsorted(articles, rights[some]), texts, config
        )
        if config.rewrites and found.num_rows:
            found = pa.concat_tables([found, aligning.rewrites(found, texts, config)])
        inside = np.concatenate([[0], np.cumsum(np.diff(layout.starts)[articles])])[:-1]
        yield _renumbered(found, articles, layout.starts[articles] - inside)


def _renumbered(alignments: pa.Table, articles: np.ndarray, shift: np.ndarray) -> pa.Table:
    """ALIGNMENTS with other numbers: ``articles[left]`` for left, paragraphs moved by ``shift[left]``."""
    for side in ("left", "right"):
        rows = alignments[side].to_numpy().astype(np.int64)
        moved = alignments[f"{side}_paragraph"].to_numpy().astype(np.int64) + shift[rows]
        for name, values in ((side, articles[rows]), (f"{side}_paragraph", moved)):
            alignments = _replaced(alignments, name, pa.array(values.astype(np.uint32)))
    return alignments


def _shown_alignments(stored: pa.Table, keys: np.ndarray, view: _View, layout: _Layout) -> pa.Table:
    """ALIGNMENTS of the candidate pairs, ``keys`` sorted, out of some that the store holds: rows as in ARTICLES."""
    left, right = (stored[side].to_numpy().astype(np.uint64) for side in ("left", "right"))
    pairs = _pair_keys(left, right)
    place = np.minimum(np.searchsorted(keys, pairs), max(len(keys) - 1, 0))
    stored = stored.filter(pa.array(keys[place] == pairs if len(keys) else np.zeros(len(pairs), bool)))
    rows = np.zeros(int(view.serials.max(initial=0)) + 1, np.int64)
    rows[view.serials] = np.arange(len(view.serials))
    starts = np.zeros(len(rows), np.int64)
    starts[view.serials] = layout.starts[:-1]
    return _renumbered(stored, rows, starts).cast(schemas.ALIGNMENTS).combine_chunks()


def _history(work: Path, passages: storage.Stored) -> pa.Table:
    """CLUSTER_HISTORY: that of the newest snapshot, and what became of its clusters in this run."""
    note = _noted(work)
    try:
        before = storage.latest(note["out"])
        told = storage.read_table(before / "cluster_history.parquet")
        new = history.events(storage.Stored(before / "passages.parquet"), passages, note["run_id"])
    except storage.NewerFormat:
        raise
    except storage.StorageError:  # no snapshot, or not a whole one: the story begins here
        told = schemas.CLUSTER_HISTORY.empty_table()
        new = history.events(schemas.PASSAGES.empty_table(), passages, note["run_id"])
    return pa.concat_tables([told, new])


def _published_digest(out: Path) -> str | None:
    """What the newest snapshot says its tables are a function of; None when there is none."""
    try:
        return storage.read_manifest(storage.latest(out)).get("state")
    except storage.NewerFormat:
        raise
    except storage.StorageError:
        return None


def _cut_into_days(work: Path) -> None:
    """In a large snapshot the tables that grow by day are folders, one file a UTC day and one for what has no day.

    The name of a file is the day; it is no column, so that the folder reads as the single file does.
    """
    if storage.count_rows(work / "article_provenance.parquet") < DAILY_ARTICLES:
        return
    for name in DAILY:
        path = work / f"{name}.parquet"
        if not path.exists():  # a second try
            continue
        table = storage.read_table(path)
        days = table["day" if "day" in table.column_names else "published_at"].cast(pa.date32())
        codes = days.combine_chunks().dictionary_encode(null_encoding="encode")
        number = codes.indices.to_numpy()
        for code, day in enumerate(codes.dictionary.to_pylist()):
            rows = table.take(pa.array(np.flatnonzero(number == code)))
            storage.write_table(work / name / f"{day or 'no-day'}.parquet", rows, schemas.TABLES[name])
        storage.remove_files(work, path.name.__eq__)


def times_and_ranks(articles: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of each article (UNKNOWN_TIME when there is no day), and its rank: dispatches first, then time, then id."""
    low, _ = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    exact = pc.is_in(articles["date_precision"], pa.array(["second", "minute", "day"])).to_numpy()
    times = np.where(exact & low.is_valid().to_numpy(zero_copy_only=False), low.fill_null(0).to_numpy(), kernels.UNKNOWN_TIME)
    late = np.where(times == kernels.UNKNOWN_TIME, 2**62, times)
    wire = articles["is_wire"].fill_null(False).to_numpy()
    order = np.lexsort((np.array(articles["article_id"].to_pylist()), late, ~wire))
    ranks = np.empty(len(order), np.uint32)
    ranks[order] = np.arange(len(order), dtype=np.uint32)
    return times, ranks


def _replaced(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), column)


def _manifest(note: dict, config: Config) -> dict[str, object]:
    import platform

    return {
        "dedup": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "sketch": {"scheme": SKETCH_SCHEME, "num_perm": config.num_perm, "seed": config.seed},
        "config": config.model_dump(mode="json"),
        "inputs": note["inputs"],
        "state": note["digest"],
        "started_at": note["started_at"],
        "counts": note["counts"],
        "stages": note["seconds"],
    }


def _remove_work_files(work: Path) -> None:
    storage.remove_files(work, lambda name: name.endswith((".arrow", ".npy")))

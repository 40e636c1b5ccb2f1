"""Inputs -> a snapshot: the stages in their order, each from files to files.

A run reads what is new, makes its parts of the store (``dedup.store.holdings``), and recomputes the tables from all
parts. Rows of articles are numbered in the order of their ids, so that the tables are a function of the set of articles
and not of the order in which they came. Parts of the corpus stream through reading, segmenting, crediting and signing;
the join reads some bands of all parts at a time, alignment the articles of some pairs. A step is a function of the work
folder and the config, so that a Prefect task can run it as well as ``run`` below.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import __version__, schemas
from dedup.arrays import ENDS, Passages, find, readable, replaced, run_begins, slices
from dedup.config import SKETCH_SCHEME, Config
from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.credits.scars import find_scars
from dedup.credits.status import credit_status
from dedup.intake import dates
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import align as aligning
from dedup.matching import audit as auditing
from dedup.matching import lsh, shingle, sketch
from dedup.matching import rewrites as rewording
from dedup.pipeline import arrivals, workspace
from dedup.store import disk, holdings
from dedup.summary import relations
from dedup.text import languages, segment, words
from dedup.tracing import boilerplate as boilerplates
from dedup.tracing import cluster as clustering
from dedup.tracing import evidence as evidences
from dedup.tracing import history, origins, provenance, shares, verdicts, witnesses

ALIGNED_PAIRS, LOADED_PAIRS = 1 << 16, 1 << 21
"""Most pairs that are aligned at once, and for which texts are loaded at once."""

CANDIDATES = 1 << 20
"""Candidate pairs that are compared with the sample at once."""

WORD_BYTES = 64
"""Memory that aligning takes for a word."""

SPILLED_BYTES = 1 << 16
"""Bytes of an array of pairs from which it is put aside on disk: there are two a band."""

LARGE_ARTICLES = 50_000
"""Articles from which a run is more careful with memory than with time."""

DAILY_ARTICLES = 50_000
"""Articles from which the tables of DAILY are folders with a file a day."""

DAILY_ROWS = 1 << 18
"""Rows of these tables that are held at once, unless a day has more."""

DAILY = ("articles", "provenance", "outlets")
"""Tables that grow by day."""

DATING = ("published_at", "date_precision", "country", "is_wire", "article_id")
"""Columns of ARTICLES that say when each one was printed and which goes first."""

PAIRING = (*DATING, "lang")
"""Columns of ARTICLES that say which ones are compared."""

WITH_ENDS = (*schemas.ALIGNMENTS.names, *ENDS)
"""Columns of matches once passages are found."""

OF_ARTICLES = (*DATING, "title", "url", "outlet", "owner_group", "agency", "wire_id", "revision", "digest")
"""Columns of ARTICLES that tracing needs whole."""


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
    inputs: str | os.PathLike | Sequence[str | os.PathLike],
    out: str | Path,
    config: Config | None = None,
    progress: Callable[[str, dict[str, int | float]], None] | None = None,
    finish: Callable[..., object] | None = None,
) -> RunResult:
    """Read the inputs (one path or several), find what was copied from where, and publish a snapshot under ``out``.

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


def begin(inputs: str | os.PathLike | Sequence[str | os.PathLike], out: str | Path, config: Config) -> Path:
    """Take the lock of ``out``, sweep what dead runs left, and make a work folder for a new run."""
    inputs = arrivals.paths(inputs)
    _share_one_heap()
    out = Path(out)
    lock = disk.Lock(out)
    lock.__enter__()
    try:
        disk.sweep(out)
        holdings.sweep(out, holdings.load(out))
        run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        staging = disk.begin_snapshot(out, run_id)
    except BaseException:
        lock.__exit__(None, None, None)
        raise
    _locks[staging] = lock
    try:
        workspace.note(
            staging,
            run_id=run_id,
            out=str(out),
            inputs=inputs,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
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
    if counts.get("articles", 0) >= LARGE_ARTICLES:
        _keep_no_freed_memory()
    _give_memory_back()
    note = workspace.noted(work)
    seconds = {**note.get("seconds", {}), step.name: round(time.perf_counter() - started, 3)}
    workspace.note(work, seconds=seconds, counts={**note.get("counts", {}), **counts})
    return counts


def _give_memory_back() -> None:
    """Return what a step has freed to the system, so that the next one does not stand on top of it."""
    disk.give_back()
    _of_c_library("malloc_trim", 0)


def _share_one_heap() -> None:
    """Let all threads allocate from one heap: each of many would keep what its threads freed."""
    arena_max = -8  # M_ARENA_MAX of malloc.h
    _of_c_library("mallopt", arena_max, 1)


def _keep_no_freed_memory() -> None:
    """From now on let Arrow's tables come from glibc's heap as well, and a large block go back as soon as it is freed.

    Arrow's own allocator has a heap for each of its threads and keeps much of what others freed there; glibc keeps
    holes of up to 32 MB between blocks that are in use. For a million articles that is half a gigabyte by the end. It
    makes a run on some thousand articles a seventh faster, a large one hardly.
    """
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        pa.set_memory_pool(pa.system_memory_pool())
    mmap_threshold = -3  # M_MMAP_THRESHOLD of malloc.h
    _of_c_library("mallopt", mmap_threshold, 1 << 20)


def _of_c_library(name: str, *arguments: int) -> None:
    """Call a function of glibc; another C library may not have it and does without."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        getattr(ctypes.CDLL(None), name)(*arguments)


def idle(work: Path) -> bool:
    """Whether the run has found, after its first step, that the newest snapshot is what it would make again."""
    return bool(workspace.noted(work).get("idle"))


def publish(work: Path, config: Config, finish: Callable[..., object] | None = None) -> RunResult:
    """Make the run's parts the store's state and its tables the newest snapshot, each in one step; let go of the lock.

    ``finish(folder, manifest=...)`` is called before, with the folder of the finished tables and the manifest they will
    have: what it writes there belongs to the snapshot.
    Killed between the two steps, the next run finds the articles in the store and makes their snapshot.
    """
    note = workspace.noted(work)
    out, run_id, counts = Path(note["out"]), note["run_id"], note["counts"]
    new = counts.get("new_articles", 0)
    if note.get("idle"):
        path = disk.latest(out)
        abandon(work)
        return RunResult(path.name, path, counts, note["seconds"], counts.get("rejects", 0), False, new)
    state, manifest = workspace.in_use(workspace.state_of(work), config), _manifest(note, config)
    if work.exists():  # a second try may find that the first one moved it
        _cut_into_days(work)
        if finish is not None:
            _give_memory_back()
            finish(work, manifest=manifest)
        holdings.commit(out, state)
        _remove_work_files(work)
    path = disk.publish(out, run_id, work, manifest, config.keep_snapshots)
    holdings.sweep(out, state)
    _release(work)
    return RunResult(run_id, path, counts, note["seconds"], counts.get("rejects", 0), True, new)


def abandon(work: Path) -> None:
    """After a failure: remove the work folder and the parts that no manifest names, and let go of the lock."""
    try:
        if work in _locks:
            out = work.parent.parent
            disk.drop_snapshot(work)
            holdings.sweep(out, holdings.load(out))
    except (disk.StorageError, OSError):
        pass  # the disk that made the run fail; the next run sweeps
    finally:
        _release(work)


def candidates(articles: pa.Table, paragraphs: pa.Table, config: Config) -> pa.Table:
    """ARTICLES, PARAGRAPHS -> CANDIDATE_PAIRS, in memory: the first half of a run, to be measured alone."""
    windows = shingle.shingle(words.read_words(paragraphs, config), config, readable(paragraphs))
    keys = sketch.band_keys(windows["shingles"], config)
    members = _article_rows(paragraphs)[windows["paragraph_row"].to_numpy()]
    times, ranks = times_and_ranks(articles)
    pairs = lsh.join(lambda band: keys[band], lsh.Windows.of(members), ranks, times, config).pairs
    return _in_one_language(pairs, languages.numbers(articles["lang"]))


# ----------------------------------------------------------------------------------------------------------- steps


def cut(work: Path, config: Config) -> dict[str, int]:
    """Parts of ARTICLES -> parts of PARAGRAPHS, each with the row of its article in its part."""
    for part, name in workspace.missing(work, "paragraphs", config):
        articles = workspace.articles_part(work, part)
        paragraphs = segment.segment(articles)
        paragraphs = words.with_counts(paragraphs, words.read_words(paragraphs, config))
        row = pc.index_in(paragraphs["article_id"], value_set=articles["article_id"].combine_chunks())
        workspace.keep(work, name, paragraphs.append_column("row", row.cast(pa.uint32())))
    counts = [table["n_words"] for table in workspace.derived_parts(work, "paragraphs", config, ["n_words"])]
    return {"paragraphs": sum(map(len, counts)), "words": sum(pc.sum(count).as_py() or 0 for count in counts)}


def credit(work: Path, config: Config) -> dict[str, int]:
    """Parts of ARTICLES, PARAGRAPHS -> CREDITS, the status of each article and its scars."""
    missing = {kind: dict(workspace.missing(work, kind, config)) for kind in ("credits", "status")}
    rules = load_rules(config.rules_file) if any(missing.values()) else None
    for part in sorted({*missing["credits"], *missing["status"]}):
        articles = workspace.articles_part(work, part)
        paragraphs = disk.read_table(workspace.home_of(work) / holdings.derived_name("paragraphs", part, config))
        paragraphs = paragraphs.drop_columns(["row"])
        found = find_credits(articles, paragraphs, rules)
        if part in missing["status"]:
            status = credit_status(articles, found, rules)
            scars = find_scars(articles, paragraphs, rules)
            workspace.keep(work, missing["status"][part], status.append_column("scars", scars))
        if part in missing["credits"]:
            row = pc.index_in(found["article_id"], value_set=articles["article_id"].combine_chunks())
            workspace.keep(work, missing["credits"][part], found.append_column("row", row.cast(pa.uint32())))
    view = workspace.view_of(work)
    credits = pa.concat_tables(
        [
            part.set_column(part.num_columns - 1, "row", pa.array(home[part["row"].to_numpy()]))
            for part, home in zip(workspace.derived_parts(work, "credits", config), view.homes, strict=True)
        ]
    )
    credits = credits.filter(pc.greater_equal(credits["row"], 0))
    credits = credits.take(pa.array(np.argsort(credits["row"].to_numpy(), kind="stable"))).drop_columns(["row"])
    disk.write_table(work / "credits.parquet", credits, schemas.CREDITS)
    status = pa.concat_tables(workspace.derived_parts(work, "status", config)).take(pa.array(view.rows))
    disk.write_part(work, "status", 0, status.combine_chunks())
    return {"credits": credits.num_rows}


def sign(work: Path, config: Config) -> dict[str, int]:
    """Parts of PARAGRAPHS -> words -> signatures -> the key of every band of every window."""
    for part, name in workspace.missing(work, "bands", config):
        paragraphs = disk.read_table(workspace.home_of(work) / holdings.derived_name("paragraphs", part, config))
        windows = shingle.shingle(words.read_words(paragraphs, config), config, readable(paragraphs))
        keys = sketch.band_keys(windows["shingles"], config)
        members = paragraphs["row"].to_numpy()[windows["paragraph_row"].to_numpy()]
        columns = {"member": members, **{workspace.band_column(band): keys[band] for band in range(config.bands)}}
        workspace.keep(work, name, pa.table(columns), random=True)
    return {"windows": sum(map(disk.count_rows, workspace.derived_files(work, "bands", config)))}


def join(work: Path, config: Config) -> dict[str, int]:
    """Band keys -> CANDIDATE_PAIRS. Over all articles: how a crowded bucket is linked depends on all its members."""
    articles = workspace.shown_articles(work, PAIRING)
    times, ranks = times_and_ranks(articles)
    read_band, windows, parts = workspace.band_reader(work, config)

    def spill(name: str, array: np.ndarray) -> Callable[[], np.ndarray]:
        if array.nbytes < SPILLED_BYTES:
            return lambda: array
        return partial(disk.load_array, disk.save_array(work / f"pairs-{name}.npy", array))

    joined = lsh.join(read_band, windows, ranks, times, config, parts, spill)
    disk.remove_files(work, lambda name: name.startswith("pairs-"))
    spoken = languages.numbers(articles["lang"])
    pairs = _in_one_language(joined.pairs, spoken)
    disk.write_part(work, "candidates", 0, pairs)
    return {
        "candidate_pairs": pairs.num_rows,
        "sparse_buckets": joined.sparse_buckets,
        "largest_bucket": joined.largest_bucket,
        **languages.counts(spoken),
    }


def _in_one_language(pairs: pa.Table, spoken: np.ndarray) -> pa.Table:
    """CANDIDATE_PAIRS without those of two languages; ``spoken`` (articles,) as ``languages.numbers`` gives it."""
    if len(np.unique(spoken[spoken >= 0])) < 2:
        return pairs
    left, right = (spoken[pairs[side].to_numpy()] for side in ("left", "right"))
    return pairs.filter(pa.array(languages.comparable(left, right)))


def align(work: Path, config: Config) -> dict[str, int]:
    """CANDIDATE_PAIRS, PARAGRAPHS -> ALIGNMENTS. What two texts share is looked for once and kept in the store."""
    view = workspace.view_of(work)
    pairs = disk.read_part(disk.parts(work, "candidates")[0])
    lefts, rights = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    degree = np.bincount(lefts, minlength=len(view.rows)) + np.bincount(rights, minlength=len(view.rows))
    keys = workspace.pair_keys(view.serials[lefts], view.serials[rights])
    known = np.sort(
        np.concatenate(
            [
                np.zeros(0, np.uint64),
                *(table["pair"].to_numpy() for table in workspace.run_tables(work, "pairs", config)),
            ]
        )
    )
    fresh = find(known, keys) < 0
    n_fresh = np.count_nonzero(fresh)
    layout = workspace.Layout(work, config)
    aligned = _aligned(layout, lefts[fresh], rights[fresh], config)
    del pairs, lefts, rights, fresh  # every pair takes memory here, beside the texts
    keys.sort()
    keys = disk.load_array(disk.save_array(work / "pair-keys.npy", keys))
    if n_fresh:
        # in the store an article is its serial and a paragraph its number inside the article
        found = (workspace.renumbered(table, view.serials, -layout.starts) for table in aligned)
        pairs = (pa.table({"pair": some[find(known, some) < 0]}) for some in (keys,))
        workspace.keep_run(work, config, {"matches": found, "pairs": pairs})
    n = workspace.deal_out_matches(work, keys, degree, view, layout, config)
    disk.remove_files(work, "pair-keys.npy".__eq__)
    return {"matches": n, "new_pairs": n_fresh}


def audit(work: Path, config: Config) -> dict[str, int | float]:
    """A sample of ARTICLES, compared without the look-up -> its estimated recall and noise, for the manifest."""
    articles = workspace.shown_articles(work, PAIRING)
    times, _ = times_and_ranks(articles)
    spoken = languages.numbers(articles["lang"])
    reach = config.window_days * 86_400
    sampled = auditing.sample(_in_order(articles["article_id"]), times, reach)
    found = pa.concat_tables(_alignments(workspace.Layout(work, config), sampled.left, sampled.right, config))
    pairs = workspace.pair_keys(sampled.left, sampled.right)
    sharing = np.isin(pairs, workspace.pair_keys(*_prose_pairs(found)))
    sharing &= languages.comparable(spoken[sampled.left], spoken[sampled.right])
    # the candidates are many times the sample: they are looked up in it
    order = np.argsort(pairs)
    held, candidates = np.zeros(len(pairs) + 1, bool), disk.read_part(disk.parts(work, "candidates")[0])
    for batch in candidates.select(["left", "right"]).to_batches(CANDIDATES):
        held[find(pairs[order], workspace.pair_keys(batch["left"], batch["right"]))] = True
    held[order] = held[:-1].copy()
    parts = workspace.Matches(work).parts(["left", "right", "quote_only", "rewrite"])
    matched = sum(len(_prose_pairs(table)[0]) for _, table in parts)
    return auditing.figures(sampled, sharing, held[:-1], matched, times, reach)


def cluster(work: Path, config: Config) -> dict[str, int]:
    """ALIGNMENTS -> passages and clusters, as arrays."""
    matches = workspace.Matches(work)
    found, ends = clustering.passages(
        (clustering.spans(table, rows, some) for some, rows, table in matches.by_article(clustering.OF_MATCHES)),
        matches.n,
    )
    grouped = clustering.clusters(found, ends, matches.column("matched"), config)
    matches.keep_ends(ends)
    for name, array in {**found._asdict(), **grouped._asdict()}.items():
        disk.save_array(work / f"passage-{name}.npy", array)
    return {"passages": len(found.paragraph), "clusters": len(grouped.mean), "refined_clusters": grouped.refined}


def trace(work: Path, config: Config) -> dict[str, int]:
    """Passages, clusters, credits -> the tables of articles, paragraphs, matches and provenance."""
    articles, layout = workspace.shown_articles(work, OF_ARTICLES), workspace.Layout(work, config)
    words, set_apart, lines = _write_paragraphs(work, layout, config)
    credits = disk.read_table(work / "credits.parquet", list(witnesses.OF_CREDITS))
    status = workspace.part(work, "status", 0)
    matches = workspace.Matches(work)
    found, grouped = (
        kind(*(disk.load_array(work / f"passage-{name}.npy", mmap=False) for name in kind._fields))
        for kind in (Passages, clustering.Clusters)
    )
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    furniture = boilerplates.learn(articles, lines)
    set_apart |= boilerplates.mark(lines, articles, furniture)
    corpus = provenance.corpus(articles, layout.starts, words, set_apart, low, high)
    del lines
    articles = provenance.with_revisions(articles.drop_columns(["digest"]), corpus, _between_wires(matches, corpus))
    disk.write_tables(work / "articles.parquet", _articles(work, articles, layout), schemas.ARTICLES)
    traced = _trace(articles, layout, credits, status, matches, found, grouped, corpus, config)
    tables = {
        "passages": provenance.passages_tables(traced),
        "clusters": provenance.clusters_tables(traced),
        "matches": provenance.matches_tables(traced, matches.with_rewrites(WITH_ENDS)),
        "provenance": provenance.provenance_tables(traced),
        "article_provenance": provenance.articles_tables(traced),
        "agency_evidence": provenance.evidence_tables(traced),
        "cluster_evidence": [provenance.cluster_evidence_table(traced)],
        "boilerplate": [furniture],
    }
    for name, parts in tables.items():
        disk.write_tables(work / f"{name}.parquet", parts, schemas.TABLES[name])
    derivation = disk.read_table(work / "article_provenance.parquet", ["derivation"])["derivation"]
    return {
        "derived_articles": pc.sum(pc.not_equal(derivation, "non")).as_py() or 0,
        "wires": int(corpus.is_wire.sum()),
    }


def _articles(work: Path, known: pa.Table, layout: workspace.Layout) -> Iterator[pa.Table]:
    """ARTICLES, some at a time, with the stories of dispatches as ``known`` has them and the words as counted."""
    words = pa.array(layout.words.astype(np.int32))
    for some in slices(len(known), provenance.CHUNK):
        articles = replaced(workspace.shown_articles(work, some=range(some.start, some.stop)), "n_words", words[some])
        for name in ("wire_id", "revision"):
            articles = replaced(articles, name, known[name][some])
        yield articles


def _write_paragraphs(
    work: Path, layout: workspace.Layout, config: Config
) -> tuple[np.ndarray, np.ndarray, boilerplates.Lines]:
    """Write PARAGRAPHS of the articles that the tables show -> their words, whether they are set apart, and Lines."""
    n = int(layout.starts[-1])
    columns = tuple(np.empty(n, kind) for kind in (np.int32, bool, np.uint8, np.uint64, np.int32))

    def some() -> Iterator[pa.Table]:
        for articles in workspace.in_turns(layout.words * WORD_BYTES, config):
            table = layout.paragraphs(np.array(articles), schemas.PARAGRAPHS.names)
            rows = slice(layout.starts[articles.start], layout.starts[articles.stop])
            found = (
                table["n_words"].to_numpy(),
                ~readable(table),
                boilerplates.coded(table["role"]),
                *boilerplates.measured(table["text"]),
            )
            for column, values in zip(columns, found, strict=True):
                column[rows] = values
            del found, values
            yield table
            del table

    disk.write_tables(work / "paragraphs.parquet", some(), schemas.PARAGRAPHS)
    words, set_apart, *of_lines = columns
    article = np.repeat(np.arange(len(layout.words)), np.diff(layout.starts))
    return words, set_apart, boilerplates.Lines(article, *of_lines, layout.lines)


def _between_wires(matches: workspace.Matches, corpus: provenance.Corpus) -> pa.Table:
    """Sides and words of the matches between two dispatches."""
    return pa.concat_tables(
        table.filter(pa.array(corpus.is_wire[table["left"].to_numpy()] & corpus.is_wire[table["right"].to_numpy()]))
        for _, table in matches.parts(["left", "right", "matched"])
    )


def _trace(
    articles: pa.Table,
    layout: workspace.Layout,
    credits: pa.Table,
    status: pa.Table,
    matches: workspace.Matches,
    found: Passages,
    grouped: clustering.Clusters,
    corpus: provenance.Corpus,
    config: Config,
) -> provenance.Trace:
    """Put the stages' findings together: directions, background, evidence, agencies, shares."""
    article = corpus.article_of(found.paragraph)
    quoted, edges, apart, prose = _told_of_matches(matches, grouped, len(article))
    ids = _passage_ids(articles["article_id"], corpus.starts, article, found, quoted)
    heads = provenance.heads(grouped, corpus, article, ids)
    background = provenance.background(found, grouped, corpus, edges, apart, config)
    quotation = prose == 0
    edit_class, kinds = np.empty(matches.n, np.uint8), np.empty(matches.n, np.uint8)
    share_class = np.zeros(len(article), np.uint8)
    for first, table in matches.parts(WITH_ENDS):
        rows = slice(first, first + len(table))
        forth = provenance.earlier(corpus, table["left"].to_numpy(), table["right"].to_numpy())
        edit_class[rows] = aligning.edit_classes(table, forth, corpus.words)
        kinds[rows] = shares.classes(table, background[grouped.labels[table["left_passage"].to_numpy()]])
        for end in ENDS:
            np.maximum.at(share_class, table[end].to_numpy(), kinds[rows])
    sources = provenance.sources(matches.parts((*ENDS, "matched")), edit_class, found, grouped, corpus, ids)
    seen = evidences.credit_arrays(articles, credits, status, corpus)
    model = evidences.load_model()
    copied = np.concatenate(
        [shares.copied(corpus, table, kinds[rows], some) for some, rows, table in matches.by_article(shares.OF_MATCHES)]
    )
    of_cluster = evidences.cluster_evidence(found, grouped, corpus, seen, quotation, copied)
    boilerplate = corpus.set_apart[found.paragraph[heads]]
    p = np.where(boilerplate, 0.0, evidences.probability(of_cluster, model.cluster))
    p_of_evidence = p
    translated = evidences.translated_quotations(found, grouped, corpus, quotation, layout.lines) & ~boilerplate
    p = np.where(translated, np.maximum(p, provenance.TRANSLATED_PROBABILITY), p)
    named = witnesses.witnesses(articles, credits, status, found, grouped, corpus)
    barred = (quotation & ~translated) | boilerplate
    agency, basis = witnesses.cluster_agencies(articles, found, grouped, corpus, named, barred)
    p = np.where(basis == "feed", provenance.FEED_PROBABILITY, p)
    rung = witnesses.rungs(found, grouped, corpus, named, agency, basis, sources.passage, p)
    origin = origins.origins(found, grouped, corpus, agency, quotation)
    likely = origins.likely_agencies(articles, found, grouped, corpus)
    prose_of_agency = ~barred[grouped.labels]
    counted = shares.together(
        [
            shares.count(
                corpus,
                table,
                kinds[rows],
                prose_of_agency & (rung >= witnesses.SUSPECTED),
                prose_of_agency & (rung >= witnesses.ATTESTED),
                some,
            )
            for some, rows, table in matches.by_article((*shares.OF_MATCHES, *ENDS))
        ]
    )
    of_article = evidences.article_evidence(corpus, counted, seen)
    p_article = evidences.class_probabilities(of_article[:, 1:], model.article)
    share_estimated = evidences.agency_share(of_article[:, 0], p_article)
    told = verdicts.verdicts(corpus, counted, found, rung, prose_of_agency, status, p_article)

    def cluster_reasons(rows: np.ndarray) -> list[list[str]]:
        return evidences.cluster_reasons(of_cluster[rows], model, p_of_evidence[rows])

    def reasons(rows: slice) -> list[list[str]]:
        return evidences.article_reasons(of_article[rows], model, p_article[rows], seen.scars[rows].to_pylist())

    return provenance.Trace(
        articles,
        layout.spans,
        status,
        corpus,
        edit_class,
        found,
        ids,
        grouped,
        heads,
        background,
        quotation,
        translated,
        boilerplate,
        sources,
        agency,
        basis,
        rung,
        origin,
        likely,
        p,
        of_cluster,
        cluster_reasons,
        of_article,
        p_article,
        share_estimated,
        told.derivation,
        told.rung,
        counted,
        reasons,
        share_class,
    )


def _told_of_matches(
    matches: workspace.Matches, grouped: clustering.Clusters, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What matches say of ``n`` passages and of the clusters.

    Whether a passage is that of a quotation, (passages,) bool; of each cluster its matches, those whose articles share
    fewer other words than the match has, and those that are more than a quotation, (clusters,) int64 each.
    """
    quoted, counts = np.zeros(n, bool), np.zeros((3, len(grouped.mean)), np.int64)
    for _, table in matches.parts((*ENDS, "quote_only", "others", "matched")):
        left, right, quote_only, others, matched = (column.to_numpy() for column in table.columns)
        quoted[left[quote_only]] = quoted[right[quote_only]] = True
        for count, kept in zip(counts, (slice(None), others < matched, ~quote_only), strict=True):
            count += np.bincount(grouped.labels[left[kept]], minlength=len(count))
    return quoted, *counts


def _passage_ids(
    article_ids: pa.ChunkedArray, starts: np.ndarray, article: np.ndarray, found: Passages, quoted: np.ndarray
) -> np.ndarray:
    """(passages,) uint64, see ``clustering.passage_ids``; ``article`` (passages,) is where each one stands."""
    number = found.paragraph - starts[article]
    return np.concatenate(
        [
            np.zeros(0, np.uint64),
            *(
                clustering.passage_ids(
                    article_ids.take(pa.array(article[some])).to_pylist(),
                    number[some].tolist(),
                    found.begin[some].tolist(),
                    found.end[some].tolist(),
                    quoted[some].tolist(),
                )
                for some in slices(len(article), provenance.CHUNK)
            ),
        ]
    )


def summarise(work: Path, config: Config) -> dict[str, int]:
    """The tables of provenance -> OUTLETS, OUTLET_PAIRS, WIRE_PICKUP, CLUSTER_HISTORY."""
    articles = disk.read_table(work / "articles.parquet", list(relations.OF_ARTICLES))
    status = disk.read_table(work / "article_provenance.parquet", list(relations.OF_ARTICLE_PROVENANCE))
    paragraphs, matches, passages, traced = (
        disk.Stored(work / f"{name}.parquet") for name in ("paragraphs", "matches", "passages", "provenance")
    )
    made = {
        "outlets": lambda: relations.outlets(articles, status, traced),
        "outlet_pairs": lambda: relations.outlet_pairs(articles, matches, traced),
        "wire_pickup": lambda: relations.wire_pickup(articles, paragraphs, traced, matches, status, config),
        "cluster_history": lambda: _history(work, passages),
    }
    for name, make in made.items():
        disk.write_tables(work / f"{name}.parquet", make().to_reader(), schemas.TABLES[name])
    firsts = relations.agency_first(articles, traced)
    return {
        "outlets": len(pc.unique(disk.read_table(work / "outlets.parquet", ["outlet"])["outlet"])),
        "outlet_pairs": disk.count_rows(work / "outlet_pairs.parquet"),
        **{f"clusters_{name}": count for name, count in firsts.items() if name != "clusters"},
        **relations.left_out(articles),
    }


STEPS: tuple[Step, ...] = (
    Step("read", "read the articles", arrivals.read),
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


# ------------------------------------------------------------------------------------------------------- the lock

_locks: dict[Path, disk.Lock] = {}


def _release(work: Path) -> None:
    try:
        workspace.note_file(work).unlink(missing_ok=True)
    finally:
        lock = _locks.pop(work, None)
        if lock is not None:
            lock.__exit__(None, None, None)


# ------------------------------------------------------------------------------------------- what the steps share


def _article_rows(paragraphs: pa.Table) -> np.ndarray:
    """Row of each paragraph's article inside its part: every article has a paragraph 0."""
    return np.cumsum(paragraphs["paragraph"].to_numpy() == 0) - 1


def _prose_pairs(alignments: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Left and right of the pairs of articles that share prose word by word, more than a quotation.

    Each once where the alignments of a pair stand together.
    """
    prose = pc.invert(pc.or_(alignments["quote_only"], alignments["rewrite"]))
    left, right = (alignments[side].filter(prose).to_numpy() for side in ("left", "right"))
    begins = run_begins(left, right)
    return left[begins], right[begins]


def _in_order(column: pa.ChunkedArray) -> Iterator[object]:
    """The values of a column: a list of all would take far more room than the column."""
    for start in range(0, len(column), disk.ROW_GROUP):
        yield from column.slice(start, disk.ROW_GROUP).to_pylist()


def _aligned(layout: workspace.Layout, lefts: np.ndarray, rights: np.ndarray, config: Config) -> Iterator[pa.Table]:
    """ALIGNMENTS of the pairs, with rewrites: as many pairs at once as the memory limit has words for.

    The articles stand in the order of the store, in blocks, and the pairs of two blocks come together: the words of a
    text are asked for once for each block that its article has a pair in, and seldom more often. Unless all are in
    memory at once, they are cut from the texts before and wait on the disk.
    """
    most = workspace.room(config) // WORD_BYTES
    pairs = workspace.pair_keys(layout.places[lefts], layout.places[rights])
    pairs.sort()
    paired = np.zeros(len(layout.places), bool)
    paired[lefts] = paired[rights] = True
    block = (2 * np.cumsum((layout.words * paired)[layout.order]) // (most + 1)).astype(np.uint16)
    bounds = np.searchsorted(pairs >> np.uint64(32), np.flatnonzero(np.diff(block, prepend=0)))
    del lefts, rights
    articles = layout.order[paired[layout.order]]
    if layout.words[articles].sum() > most:
        layout.keep_words(articles)
    for of_block in np.split(pairs, bounds):
        of_block[:] = of_block[np.argsort(block[of_block & np.uint64(0xFFFFFFFF)], kind="stable")]
    while len(pairs):
        both = layout.order[pairs[:LOADED_PAIRS, None] >> np.array([32, 0], np.uint64) & np.uint64(0xFFFFFFFF)]
        articles, first = np.unique(both, return_index=True)
        fresh = np.zeros(both.size, np.int64)
        fresh[first] = layout.words[articles]
        size = max(1, int(np.searchsorted(np.cumsum(fresh), most, "right")) // 2)
        yield from _alignments(layout, both[:size].min(axis=1), both[:size].max(axis=1), config, config.rewrites)
        pairs = pairs[size:]
    layout.drop_words()


def _alignments(
    layout: workspace.Layout, lefts: np.ndarray, rights: np.ndarray, config: Config, rewrites: bool = False
) -> Iterator[pa.Table]:
    """ALIGNMENTS of some pairs, whose texts are in memory at once."""
    articles, places = np.unique(np.stack([lefts, rights]), return_inverse=True)
    by_place = np.argsort(layout.places[articles])
    articles, places = articles[by_place], np.argsort(by_place)[places.reshape(2, -1)]
    texts = layout.texts(articles)
    sentences = rewording.sentences(texts, config) if rewrites else ()
    shift = layout.starts[articles] - layout.firsts(articles)[:-1]
    for start in range(0, max(1, len(lefts)), ALIGNED_PAIRS):
        found = aligning.align(*places[:, start : start + ALIGNED_PAIRS], texts, config)
        if rewrites and found.num_rows:
            found = pa.concat_tables([found, rewording.rewrites(found, texts, sentences, config)])
        yield workspace.renumbered(found, articles, shift)


def _history(work: Path, passages: disk.Stored) -> pa.Table:
    """CLUSTER_HISTORY: that of the newest snapshot, and what became of its clusters in this run."""
    note = workspace.noted(work)
    try:
        before = disk.latest(note["out"])
        told = disk.read_table(before / "cluster_history.parquet")
        new = history.events(disk.Stored(before / "passages.parquet"), passages, note["run_id"])
    except disk.NewerFormat:
        raise
    except disk.StorageError:  # no snapshot, or not a whole one: the story begins here
        told = schemas.CLUSTER_HISTORY.empty_table()
        new = history.events(schemas.PASSAGES.empty_table(), passages, note["run_id"])
    return pa.concat_tables([told, new])


def _cut_into_days(work: Path) -> None:
    """In a large snapshot the tables that grow by day are folders, one file a UTC day and one for what has no day.

    The name of a file is the day; it is no column, so that the folder reads as the single file does.
    """
    if disk.count_rows(work / "article_provenance.parquet") < DAILY_ARTICLES:
        return
    for name in DAILY:
        path = work / f"{name}.parquet"
        if not path.exists() or not disk.count_rows(path):  # a second try; a folder holds a file at least
            continue
        stored = disk.Stored(path)
        column = "day" if "day" in schemas.TABLES[name].names else "published_at"
        every = pa.chunked_array([batch[0].cast(pa.date32()) for batch in stored.select([column]).to_reader()])
        counts = every.value_counts()
        turn = np.cumsum(counts.field("counts").to_numpy()) // DAILY_ROWS
        of_row = pc.index_in(every, counts.field("values")).to_numpy()
        for number in np.unique(turn).tolist():
            days = counts.field("values").filter(pa.array(turn == number))
            groups = np.unique(np.flatnonzero(turn[of_row] == number) // disk.ROW_GROUP)
            rows = _of_days(stored.row_groups(groups.tolist()), column, days)
            for place, day in enumerate(days.to_pylist()):
                of_day = rows.filter(pc.equal(rows["place"], place)).drop_columns(["place"])
                disk.write_table(work / name / f"{day or 'no-day'}.parquet", of_day, schemas.TABLES[name])
        disk.remove_files(work, path.name.__eq__)


def _of_days(tables: Iterator[pa.Table], column: str, days: pa.Array) -> pa.Table:
    """The rows of some days, null is one too, with the place of each one's day in ``days``."""
    found = []
    for table in tables:
        place = pc.index_in(table[column].cast(pa.date32()), days)
        found.append(table.append_column("place", place).filter(place.is_valid()))
    return pa.concat_tables(found)


def times_and_ranks(articles: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of each article, UNKNOWN_TIME when there is no day, and its rank: dispatches first, then time, then id.

    The articles have the columns of DATING at least.
    """
    low, _ = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    exact = pc.is_in(articles["date_precision"], pa.array(["second", "minute", "day"])).to_numpy()
    known = exact & low.is_valid().to_numpy(zero_copy_only=False)
    times = np.where(known, low.fill_null(0).to_numpy(), UNKNOWN_TIME)
    late = np.where(times == UNKNOWN_TIME, 2**62, times)
    wire = articles["is_wire"].fill_null(False).to_numpy()
    order = np.lexsort((pc.rank(articles["article_id"], tiebreaker="first").to_numpy(), late, ~wire))
    ranks = np.empty(len(order), np.uint32)
    ranks[order] = np.arange(len(order), dtype=np.uint32)
    return times, ranks


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
        "files": note["files"],
        "state": note["digest"],
        "started_at": note["started_at"],
        "counts": note["counts"],
        "stages": note["seconds"],
    }


def _remove_work_files(work: Path) -> None:
    disk.remove_files(work, lambda name: name.endswith((".arrow", ".npy")))

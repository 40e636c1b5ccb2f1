"""Inputs -> a snapshot: the stages in their order, each from files to files in a work folder.

Parts of the corpus stream through reading, segmenting, crediting and signing; the join reads one band of all parts at
a time, alignment two parts at a time. A step is a function of the work folder and the config, so that a Prefect task
can run it as well as ``run`` below.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import __version__, dates, kernels, schemas, storage
from dedup import align as aligning
from dedup import boilerplate as boilerplates
from dedup import cluster as clustering
from dedup import credits as crediting
from dedup import evidence as evidences
from dedup import ingest, lsh, provenance, segment, shares, shingle, sketch, summary, words
from dedup.arrays import Passages
from dedup.config import SKETCH_SCHEME, Config

PART_ARTICLES = 5_000
"""Articles of a part: what is in memory at once is a few parts."""


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
    """The snapshot."""
    counts: dict[str, int | float]
    seconds: dict[str, float]
    """Seconds of each step."""
    rejects: int


def run(
    inputs: Sequence[str | Path],
    out: str | Path,
    config: Config | None = None,
    progress: Callable[[str, dict[str, int | float]], None] | None = None,
) -> RunResult:
    """Read the inputs, find what was copied from where, and publish a snapshot under ``out``.

    ``progress`` is called with a step's name and counts when it has ended.
    """
    config = config or Config()
    work = begin(inputs, out, config)
    try:
        for step in STEPS:
            counts = perform(work, step, config)
            if progress:
                progress(step.name, counts)
        return publish(work, config)
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
        run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        staging = storage.begin_snapshot(out, run_id)
        _locks[staging] = lock
        _note(staging, run_id=run_id, out=str(out), inputs=[str(item) for item in inputs],
              started_at=datetime.now(UTC).isoformat(timespec="seconds"))
        return staging
    except BaseException:
        lock.__exit__(None, None, None)
        raise


def perform(work: Path, step: Step, config: Config) -> dict[str, int | float]:
    """Run one step and note its counts and seconds in the work folder."""
    started = time.perf_counter()
    counts = step.function(work, config)
    note = _noted(work)
    _note(work, seconds={**note.get("seconds", {}), step.name: round(time.perf_counter() - started, 3)},
          counts={**note.get("counts", {}), **counts})
    return counts


def publish(work: Path, config: Config) -> RunResult:
    """Move the snapshot to its place in one step, repoint ``latest`` and let go of the lock."""
    note = _noted(work)
    out, run_id = Path(note["out"]), note["run_id"]
    manifest = _manifest(note, config)
    _remove_work_files(work)
    path = storage.publish(out, run_id, work, manifest, config.keep_snapshots)
    _release(work)
    return RunResult(run_id, path, note["counts"], note["seconds"], note["counts"].get("rejects", 0))


def abandon(work: Path) -> None:
    """After a failure: remove the work folder and let go of the lock."""
    import shutil

    shutil.rmtree(work, ignore_errors=True)
    _release(work)


def candidates(articles: pa.Table, paragraphs: pa.Table, config: Config) -> pa.Table:
    """ARTICLES, PARAGRAPHS -> CANDIDATE_PAIRS, in memory: the first half of a run, to be measured alone."""
    windows = shingle.shingle(words.read_words(paragraphs, config), config, _readable(paragraphs))
    keys = lsh.band_keys(sketch.sign(windows["shingles"], config), config)
    members = _article_rows(paragraphs)[windows["paragraph_row"].to_numpy()].astype(np.uint32)
    times, ranks = times_and_ranks(articles)
    return lsh.join(lambda band: keys[band], members, ranks, times, config).pairs


# ----------------------------------------------------------------------------------------------------------- steps


def read(work: Path, config: Config) -> dict[str, int]:
    """Inputs -> parts of ARTICLES with their text, REJECTS."""
    rejects, n_articles = [schemas.REJECTS.empty_table()], 0
    for number, (articles, refused) in enumerate(ingest.read(_noted(work)["inputs"], config, PART_ARTICLES)):
        rejects.append(refused)
        if articles.num_rows:
            storage.write_part(work, "articles", number, articles.combine_chunks())
        n_articles += articles.num_rows
    refused = pa.concat_tables(rejects)
    if not n_articles:
        reasons = "; ".join(sorted(set(refused["reason"].to_pylist()))[:3])
        raise NoUsableArticle(
            f"no usable article in {', '.join(_noted(work)['inputs'])}"
            + (f" ({refused.num_rows} rejects: {reasons})" if refused.num_rows else ": no file of a known kind")
        )
    storage.write_table(work / "rejects.parquet", refused, schemas.REJECTS)
    return {"articles": n_articles, "rejects": refused.num_rows}


def cut(work: Path, config: Config) -> dict[str, int]:
    """Parts of ARTICLES -> parts of PARAGRAPHS and WORDS."""
    n_paragraphs = n_words = 0
    for number, articles in _parts(work, "articles"):
        paragraphs = segment.segment(articles)
        found = words.read_words(paragraphs, config)
        paragraphs = words.with_counts(paragraphs, found)
        storage.write_part(work, "paragraphs", number, paragraphs)
        storage.write_part(work, "words", number, found)
        n_paragraphs += paragraphs.num_rows
        n_words += pc.sum(paragraphs["n_words"]).as_py() or 0
    return {"paragraphs": n_paragraphs, "words": n_words}


def credit(work: Path, config: Config) -> dict[str, int]:
    """Parts of ARTICLES, PARAGRAPHS -> CREDITS and the status of each article."""
    rules = crediting.load_rules(config.rules_file)
    tables, statuses = [], []
    for number, articles in _parts(work, "articles"):
        found = crediting.find_credits(articles, _part(work, "paragraphs", number), rules)
        tables.append(found)
        statuses.append(crediting.credit_status(articles, found, rules))
    credits = pa.concat_tables(tables)
    storage.write_table(work / "credits.parquet", credits, schemas.CREDITS)
    storage.write_part(work, "status", 0, pa.concat_tables(statuses).combine_chunks())
    return {"credits": credits.num_rows}


def sign(work: Path, config: Config) -> dict[str, int]:
    """Parts of WORDS -> signatures -> the key of every band of every window."""
    n_windows = first_article = 0
    for number, articles in _parts(work, "articles"):
        paragraphs = _part(work, "paragraphs", number)
        windows = shingle.shingle(_part(work, "words", number), config, _readable(paragraphs))
        keys = lsh.band_keys(sketch.sign(windows["shingles"], config), config)
        storage.save_array(work / f"bands-{number:06d}.npy", keys)
        members = _article_rows(paragraphs)[windows["paragraph_row"].to_numpy()] + first_article
        storage.save_array(work / f"members-{number:06d}.npy", members.astype(np.uint32))
        n_windows += windows.num_rows
        first_article += articles.num_rows
    return {"windows": n_windows}


def join(work: Path, config: Config) -> dict[str, int]:
    """Band keys -> CANDIDATE_PAIRS."""
    articles = _articles(work, ("published_at", "date_precision", "country", "is_wire", "article_id"))
    bands = [storage.load_array(path) for path in sorted(work.glob("bands-*.npy"))]
    members = np.concatenate([storage.load_array(path) for path in sorted(work.glob("members-*.npy"))])
    times, ranks = times_and_ranks(articles)
    joined = lsh.join(lambda band: np.concatenate([part[band] for part in bands]), members, ranks, times, config)
    storage.write_part(work, "candidates", 0, joined.pairs)
    return {
        "candidate_pairs": joined.pairs.num_rows,
        "sparse_buckets": joined.sparse_buckets,
        "largest_bucket": joined.largest_bucket,
    }


def align(work: Path, config: Config) -> dict[str, int]:
    """CANDIDATE_PAIRS, parts of WORDS -> ALIGNMENTS, two parts at a time."""
    pairs = _part(work, "candidates", 0)
    lefts, rights = pairs["left"].to_numpy().astype(np.int64), pairs["right"].to_numpy().astype(np.int64)
    numbers = [number for number, _ in _parts(work, "articles")]
    counts = {name: [_part(work, name, number).num_rows for number in numbers] for name in ("articles", "paragraphs")}
    first_article, first_paragraph = (np.cumsum([0, *counts[name]]) for name in ("articles", "paragraphs"))
    left_part = np.searchsorted(first_article, lefts, "right") - 1
    right_part = np.searchsorted(first_article, rights, "right") - 1
    texts: dict[int, aligning.Texts] = {}
    tables = []
    blocks = np.unique(np.stack([left_part, right_part], axis=1), axis=0).tolist() if len(lefts) else []
    for left, right in blocks:
        for gone in set(texts) - {left, right}:
            del texts[gone]
        for part in (left, right):
            if part not in texts:
                texts[part] = _texts(work, numbers[part], config)
        inside = np.flatnonzero((left_part == left) & (right_part == right))
        both = texts[left] if left == right else aligning.beside(texts[left], texts[right])
        shift = first_article[left], first_article[right] - (0 if left == right else counts["articles"][left])
        found = aligning.align(lefts[inside] - shift[0], rights[inside] - shift[1], both, config)
        if config.rewrites and found.num_rows:
            found = pa.concat_tables([found, aligning.rewrites(found, both, config)])
        paragraph_shift = first_paragraph[left], first_paragraph[right] - (
            0 if left == right else counts["paragraphs"][left]
        )
        tables.append(aligning.shifted(found, shift, paragraph_shift))
    alignments = pa.concat_tables([schemas.ALIGNMENTS.empty_table(), *tables]).combine_chunks()
    storage.write_part(work, "alignments", 0, alignments)
    return {"matches": alignments.num_rows}


def cluster(work: Path, config: Config) -> dict[str, int]:
    """ALIGNMENTS -> passages and clusters, as arrays."""
    alignments, _ = _alignments(work)
    found = clustering.passages(alignments)
    grouped = clustering.clusters(found, alignments, config)
    for name, array in [*found._asdict().items(), ("labels", grouped.labels), ("mean", grouped.mean), ("least", grouped.least)]:
        storage.save_array(work / f"passage-{name}.npy", array)
    return {"passages": len(found.paragraph), "clusters": len(grouped.mean), "refined_clusters": grouped.refined}


def trace(work: Path, config: Config) -> dict[str, int]:
    """Passages, clusters, credits -> the tables of articles, paragraphs, matches and provenance."""
    articles, paragraphs = _articles(work), _paragraphs(work)
    credits = storage.read_table(work / "credits.parquet")
    status = _part(work, "status", 0)
    alignments, rewrites = _alignments(work)
    found = Passages(*(storage.load_array(work / f"passage-{name}.npy", mmap=False) for name in Passages._fields))
    grouped = clustering.Clusters(
        *(storage.load_array(work / f"passage-{name}.npy", mmap=False) for name in ("labels", "mean", "least")), 0
    )
    low, high = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    corpus = provenance.corpus(articles, paragraphs, low, high)
    articles = provenance.with_revisions(articles, corpus, alignments)
    traced = _trace(articles, paragraphs, credits, status, alignments, rewrites, found, grouped, corpus, config)
    n_words = np.bincount(corpus.article, weights=paragraphs["n_words"].to_numpy(), minlength=articles.num_rows)
    articles = _replaced(articles, "n_words", pa.array(n_words.astype(np.int32)))
    tables = {
        "articles": articles.sort_by("article_id"),
        "paragraphs": paragraphs.sort_by([("article_id", "ascending"), ("paragraph", "ascending")]),
        "passages": provenance.passages_table(traced),
        "clusters": provenance.clusters_table(traced),
        "matches": provenance.matches_table(traced),
        "provenance": provenance.provenance_table(traced),
        "article_provenance": provenance.articles_table(traced),
    }
    for name, table in tables.items():
        storage.write_table(work / f"{name}.parquet", table, schemas.TABLES[name])
    derived = pc.sum(pc.not_equal(tables["article_provenance"]["derivation"], "non")).as_py()
    return {"derived_articles": derived, "wires": int(corpus.is_wire.sum())}


def _trace(
    articles: pa.Table, paragraphs: pa.Table, credits: pa.Table, status: pa.Table, alignments: pa.Table,
    rewrites: pa.Table, found: Passages, grouped: clustering.Clusters, corpus: provenance.Corpus, config: Config,
) -> provenance.Trace:
    """Put the stages' findings together: directions, background, evidence, agencies, shares."""
    article = corpus.article[found.paragraph]
    ids = clustering.passage_ids(
        np.array(articles["article_id"].to_pylist(), dtype=object)[article].tolist(),
        paragraphs["paragraph"].to_numpy()[found.paragraph].tolist(), found.begin.tolist(), found.end.tolist(),
    )
    heads = provenance.heads(grouped, corpus, article, ids)
    background = provenance.background(found, grouped, corpus, alignments, config)
    quote_only = alignments["quote_only"].to_numpy()
    quotation = np.ones(len(heads), bool)
    quotation[grouped.labels[found.left[~quote_only]]] = False
    sources = provenance.sources(found, grouped, corpus, alignments["matched"].to_numpy(), ids)
    left, right = alignments["left"].to_numpy(), alignments["right"].to_numpy()
    same_owner = corpus.owner[left] == corpus.owner[right]
    edit_class = aligning.edit_classes(alignments, provenance.earlier(corpus, left, right), np.diff(corpus.word_starts))
    seen = evidences.credit_arrays(articles, paragraphs, found, credits, status, corpus)
    model = evidences.load_model()
    of_cluster = evidences.cluster_evidence(found, grouped, corpus, seen, quotation)
    p = evidences.probability(of_cluster, model.cluster)
    agency, basis, p = provenance.agencies(articles, found, grouped, corpus, seen.agency, p)
    kinds = shares.classes(alignments, background[grouped.labels[found.left]])
    counted = shares.count(
        corpus, alignments, found, grouped, same_owner, kinds, p, evidences.by_cluster(of_cluster)
    )
    of_article = evidences.article_evidence(counted.words, counted.same_owner, counted.weighed, seen)
    p_article = evidences.probability(of_article, model.article)
    reasons = evidences.reasons(of_article, model.article)
    return provenance.Trace(
        articles, paragraphs, status, corpus, alignments, rewrites, edit_class, same_owner, found, ids, grouped, heads,
        background, quotation, sources, agency, basis, p, p_article, counted, reasons, kinds, config,
    )


def summarise(work: Path, config: Config) -> dict[str, int]:
    """The tables of provenance -> OUTLETS, OUTLET_PAIRS, WIRE_PICKUP, BOILERPLATE."""
    table = {name: storage.read_table(work / f"{name}.parquet") for name in
             ("articles", "paragraphs", "matches", "provenance", "article_provenance")}
    made = {
        "outlets": summary.outlets(table["articles"], table["article_provenance"], table["provenance"]),
        "outlet_pairs": summary.outlet_pairs(table["articles"], table["matches"], table["provenance"]),
        "wire_pickup": summary.wire_pickup(
            table["articles"], table["paragraphs"], table["provenance"], table["matches"], table["article_provenance"]
        ),
        "boilerplate": boilerplates.learn(table["articles"], table["paragraphs"]),
        "cluster_history": schemas.CLUSTER_HISTORY.empty_table(),
    }
    for name, rows in made.items():
        storage.write_table(work / f"{name}.parquet", rows, schemas.TABLES[name])
    return {"outlets": len(set(made["outlets"]["outlet"].to_pylist())), "outlet_pairs": made["outlet_pairs"].num_rows}


STEPS: tuple[Step, ...] = (
    Step("read", "read the articles", read),
    Step("cut", "cut them into paragraphs and words", cut),
    Step("credit", "find the credits to agencies", credit),
    Step("sign", "sign the windows with MinHash", sign),
    Step("join", "pair the articles that meet in a bucket", join),
    Step("align", "align the candidate pairs word by word", align),
    Step("cluster", "cluster the passages", cluster),
    Step("trace", "trace every passage to its source", trace),
    Step("summarise", "sum up outlets and dispatches", summarise),
)
"""The steps of a run, in their order."""


# ------------------------------------------------------------------------------------------------- the work folder

_locks: dict[Path, storage.Lock] = {}

_NOTE = "run.json"


def _release(work: Path) -> None:
    lock = _locks.pop(work, None)
    if lock is not None:
        lock.__exit__(None, None, None)


def _note(work: Path, **values: object) -> None:
    path = work / _NOTE
    noted = json.loads(path.read_text("utf-8")) if path.exists() else {}
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({**noted, **values}, ensure_ascii=False), "utf-8")
    os.replace(partial, path)


def _noted(work: Path) -> dict:
    return json.loads((work / _NOTE).read_text("utf-8"))


def _parts(work: Path, name: str) -> Iterator[tuple[int, pa.Table]]:
    for number, path in enumerate(storage.parts(work, name)):
        yield number, storage.read_part(path)


def _part(work: Path, name: str, number: int) -> pa.Table:
    return storage.read_part(storage.parts(work, name)[number])


def _articles(work: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """ARTICLES of all parts without their text."""
    names = list(columns or schemas.ARTICLES.names)
    return pa.concat_tables(
        [storage.read_part(path, names) for path in storage.parts(work, "articles")]
    ).combine_chunks()


def _paragraphs(work: Path) -> pa.Table:
    return pa.concat_tables([storage.read_part(path) for path in storage.parts(work, "paragraphs")])


def _alignments(work: Path) -> tuple[pa.Table, pa.Table]:
    """ALIGNMENTS word by word, and the reworded sentences, which make no passages."""
    every = _part(work, "alignments", 0)
    return every.filter(pc.invert(every["rewrite"])), every.filter(every["rewrite"])


def _article_rows(paragraphs: pa.Table) -> np.ndarray:
    """Row of each paragraph's article inside its part: every article has a paragraph 0."""
    return np.cumsum(paragraphs["paragraph"].to_numpy() == 0) - 1


def _readable(paragraphs: pa.Table) -> np.ndarray:
    return ~pc.is_in(paragraphs["role"], pa.array(provenance.SET_APART)).to_numpy()


def _texts(work: Path, number: int, config: Config) -> aligning.Texts:
    articles, paragraphs = _part(work, "articles", number), _part(work, "paragraphs", number)
    rows = _article_rows(paragraphs)
    first = np.searchsorted(rows, np.arange(articles.num_rows + 1))
    return aligning.texts(_part(work, "words", number), first, _readable(paragraphs), config)


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
        "started_at": note["started_at"],
        "counts": note["counts"],
        "stages": note["seconds"],
    }


def _remove_work_files(work: Path) -> None:
    for path in work.iterdir():
        if path.suffix != ".parquet":
            path.unlink()

"""The steps that compare articles: pairs that meet in a bucket, aligned word by word; a sample held against them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, pair_keys, readable, run_begins
from dedup.config import Config
from dedup.constants import DAY, rows_at_once
from dedup.intake import dates
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import align as aligning
from dedup.matching import audit as auditing
from dedup.matching import lsh, shingle, sketch
from dedup.matching import rewrites as rewording
from dedup.pipeline import pairing
from dedup.pipeline.layout import Layout, in_store
from dedup.pipeline.matches import Aligned, counted, renumbered
from dedup.pipeline.run import Run
from dedup.pipeline.touched import Last, difference, note_digests
from dedup.store import disk
from dedup.text import languages, words

ALIGNED_PAIRS, LOADED_PAIRS = 1 << 16, 1 << 21
"""Most pairs that are aligned at once, and for which texts are loaded at once."""

MAPPED_BYTES = 1 << 24
"""Bytes of the pairs' keys from which they wait on the disk while texts are aligned."""

UNIT_PAIRS = 1 << 17
"""Pairs of a unit of work, where several processes align."""

CANDIDATES = rows_at_once(32)
"""Candidate pairs that are compared with the sample at once."""

WORD_BYTES = 64
"""Memory that aligning takes for a word."""

DATING = ("published_at", "date_precision", "country", "is_wire", "article_id")
"""Columns of ARTICLES that say when each one was printed and which goes first."""

PAIRING = (*DATING, "seen_at", "lang")
"""Columns of ARTICLES that say which ones are compared."""


def join(run: Run) -> dict[str, int]:
    """HASHES -> CANDIDATE_PAIRS: articles that are new or stand after what changed look back, others keep theirs."""
    last = Last.of(run)
    shown, links, largest = pairing.paired(run, _facts(run), last)
    touched = difference(last, shown, links)
    touched.save(run.work)
    run.replace_run({"shown": shown, "links": links})
    row = np.zeros(int(run.view.serials.max(initial=0)) + 1, np.uint32)
    row[run.view.serials] = np.arange(len(run.view.serials), dtype=np.uint32)
    columns = _sorted_pairs(row[links["later"].to_numpy()], row[links["earlier"].to_numpy()], links["n_bands"])
    disk.write_part(run.work, "candidates", 0, columns)
    crowded, dropped = shown["crowded"].to_numpy(), shown["dropped"].to_numpy()
    return {
        "candidate_pairs": links.num_rows,
        "sparse_buckets": int(crowded.sum()),
        "largest_bucket": largest,
        "bounded_articles": int(np.count_nonzero(dropped)),
        "dropped_pairs": int(dropped.sum()),
        **languages.counts(shown["spoken"].to_numpy()),
    }


def _facts(run: Run) -> pa.Table:
    """What the pairing needs to know of the articles that the tables show, as columns of SHOWN, in their order."""
    articles = run.shown(PAIRING)
    return pa.table(
        {
            "serial": run.view.serials,
            "note": note_digests(run.notes, len(run.view.serials)),
            "time": times_of(articles, run.config),
            "wire": articles["is_wire"].fill_null(False),
            "spoken": languages.numbers(articles["lang"]),
        }
    )


def _sorted_pairs(one: np.ndarray, other: np.ndarray, n_bands: np.ndarray | pa.ChunkedArray) -> pa.Table:
    """CANDIDATE_PAIRS of pairs of rows."""
    left, right = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((right, left))
    columns = [pa.array(column.astype(np.uint32)[order]) for column in (left, right)]
    return pa.Table.from_arrays(
        [*columns, pa.array(np.asarray(n_bands)[order], pa.int32())], schema=schemas.CANDIDATE_PAIRS
    )


def align(run: Run) -> dict[str, int]:
    """CANDIDATE_PAIRS, PARAGRAPHS -> ALIGNMENTS. What two texts share is looked for once and kept in the store."""
    work, view = run.work, run.view
    pairs = run.part("candidates")
    lefts, rights = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    keys = pair_keys(view.serials[lefts], view.serials[rights])
    known = np.sort(
        np.concatenate(
            [
                np.zeros(0, np.uint64),
                *(table["pair"].to_numpy() for table in run.run_tables("pairs")),
            ]
        )
    )
    fresh = find(known, keys) < 0
    n_fresh = int(np.count_nonzero(fresh))
    units = _units(lefts[fresh], rights[fresh], run)
    del pairs, lefts, rights, fresh  # every pair takes memory here, beside the texts
    keys.sort()
    if keys.nbytes >= MAPPED_BYTES:
        keys = disk.load_array(disk.save_array(work / "pair-keys.npy", keys))
    if n_fresh:
        found = (disk.read_part(file) for files in run.each(align_pairs, units) for file in files)
        pairs = (pa.table({"pair": some[find(known, some) < 0]}) for some in (keys,))
        run.keep_run({"matches": found, "pairs": pairs})
    n, aligned = counted(run, keys)
    aligned.save(work)
    disk.remove_files(work, lambda name: name.startswith(("pair-keys", "unit-")))
    return {"matches": n, "new_pairs": n_fresh}


def _units(lefts: np.ndarray, rights: np.ndarray, run: Run) -> list[int]:
    """Write the pairs of each unit of work, in the order of the store -> the units' numbers.

    This process takes all pairs at once, so that a text is asked for as seldom as can be.
    """
    places = np.argsort(in_store(run))
    pairs = pair_keys(places[lefts], places[rights])
    pairs.sort()
    n = 1 if run.engine is None else -(-len(pairs) // UNIT_PAIRS)
    for number, some in enumerate(np.array_split(pairs, max(n, 1))):
        disk.save_array(run.work / f"unit-{number}.npy", some)
    return list(range(n))


def align_pairs(run: Run, unit: int) -> list[Path]:
    """Pairs of a unit of work -> the files of their ALIGNMENTS, as the store keeps them.

    In the store an article is its serial and a paragraph its number inside the article.
    """
    layout = Layout(run, scratch=f"unit-{unit}-")
    aligned = _aligned(layout, disk.load_array(run.work / f"unit-{unit}.npy", mmap=False), run.config)
    stored = (renumbered(table, run.view.serials, -layout.starts) for table in aligned)
    return [disk.write_part(run.work, f"unit-{unit}-found", number, table) for number, table in enumerate(stored)]


def audit(run: Run) -> dict[str, int | float]:
    """A sample of ARTICLES, compared without the look-up -> its estimated recall and noise, for the manifest."""
    articles = run.shown(PAIRING)
    times = times_of(articles, run.config)
    spoken = languages.numbers(articles["lang"])
    reach = run.config.window_days * DAY
    sampled = auditing.sample(_in_order(articles["article_id"]), times, reach)
    found = pa.concat_tables(_alignments(Layout(run), sampled.left, sampled.right, run.config))
    pairs = pair_keys(sampled.left, sampled.right)
    sharing = np.isin(pairs, pair_keys(*_prose_pairs(found)))
    sharing &= languages.comparable(spoken[sampled.left], spoken[sampled.right])
    # the candidates are many times the sample: they are looked up in it
    order = np.argsort(pairs)
    held, candidates = np.zeros(len(pairs) + 1, bool), run.part("candidates")
    for batch in candidates.select(["left", "right"]).to_batches(CANDIDATES):
        held[find(pairs[order], pair_keys(batch["left"], batch["right"]))] = True
    held[order] = held[:-1].copy()
    matched = len(Aligned.load(run.work).prose)
    return auditing.figures(sampled, sharing, held[:-1], matched, times, reach)


def candidates(articles: pa.Table, paragraphs: pa.Table, config: Config, article: np.ndarray | None = None) -> pa.Table:
    """ARTICLES, PARAGRAPHS -> CANDIDATE_PAIRS, in memory: the first half of a run, to be measured alone.

    ``article`` (paragraphs,) int64 is the row of each paragraph's article, where they do not stand in the same order.
    """
    windows = shingle.shingle(words.read_words(paragraphs, config), config, readable(paragraphs))
    keys = sketch.band_keys(windows["shingles"], config)
    article = _article_rows(paragraphs) if article is None else article
    times = times_of(articles, config)
    order = pairing.in_order(times, pc.rank(articles["article_id"], tiebreaker="first").to_numpy())
    members = np.argsort(order)[article[windows["paragraph_row"].to_numpy()]]
    by_article = np.argsort(members, kind="stable")
    wires = articles["is_wire"].fill_null(False).to_numpy()[order]
    of_articles = lsh.Articles(
        times[order], wires, languages.numbers(articles["lang"])[order], np.ones(len(order), bool)
    )
    found = lsh.join(lambda band: keys[band][by_article], lsh.Windows.of(members[by_article]), of_articles, config)
    return _sorted_pairs(order[found.later], order[found.earlier], found.n_bands)


def times_of(articles: pa.Table, config: Config) -> np.ndarray:
    """(articles,) int64, seconds by which each article is compared, UNKNOWN_TIME when there is no day.

    The articles have the columns of PAIRING. With ``compare_undated: seen`` one without a day stands where it was seen.
    """
    low, _ = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    exact = pc.is_in(articles["date_precision"], pa.array(["second", "minute", "day"])).to_numpy()
    known = exact & low.is_valid().to_numpy(zero_copy_only=False)
    times = np.where(known, low.fill_null(0).to_numpy(), UNKNOWN_TIME)
    if config.compare_undated == "seen":
        seen = articles["seen_at"].cast(pa.timestamp("s", "UTC"), safe=False).cast(pa.int64())
        there = ~known & seen.is_valid().to_numpy(zero_copy_only=False)
        times = np.where(there, seen.fill_null(0).to_numpy(), times)
    return times


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


def _in_order(column: pa.ChunkedArray) -> Iterator[Any]:
    """The values of a column: a list of all would take far more memory than the column."""
    for start in range(0, len(column), disk.ROW_GROUP):
        yield from column.slice(start, disk.ROW_GROUP).to_pylist()


def _aligned(layout: Layout, pairs: np.ndarray, config: Config) -> Iterator[pa.Table]:
    """ALIGNMENTS of the pairs, with rewrites: as many pairs at once as have their words in the memory limit.

    ``pairs`` (pairs,) are the keys of the places of both articles, sorted.

    The articles stand in the order of the store, in blocks, and the pairs of two blocks come together: the words of a
    text are asked for once for each block that its article has a pair in, and seldom more often. Unless all are in
    memory at once, they are cut from the texts before and wait on the disk.
    """
    most = config.memory_share // WORD_BYTES
    paired = np.zeros(len(layout.places), bool)
    for shift in (32, 0):
        paired[layout.order[pairs >> np.uint64(shift) & np.uint64(0xFFFFFFFF)]] = True
    block = (2 * np.cumsum((layout.words * paired)[layout.order]) // (most + 1)).astype(np.uint16)
    bounds = np.searchsorted(pairs >> np.uint64(32), np.flatnonzero(np.diff(block, prepend=0)))
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
    layout: Layout, lefts: np.ndarray, rights: np.ndarray, config: Config, rewrites: bool = False
) -> Iterator[pa.Table]:
    """ALIGNMENTS of some pairs, whose texts are in memory at once."""
    articles, places = np.unique(np.stack([lefts, rights]), return_inverse=True)
    by_place = np.argsort(layout.places[articles])
    articles, places = articles[by_place], np.argsort(by_place)[places.reshape(2, -1)]
    texts = layout.texts(articles)
    sentences = rewording.sentences(texts, config) if rewrites else None
    shift = layout.starts[articles] - layout.firsts(articles)[:-1]
    for start in range(0, max(1, len(lefts)), ALIGNED_PAIRS):
        left, right = places[:, start : start + ALIGNED_PAIRS]
        found = aligning.align(left, right, texts, config)
        if sentences is not None:
            reworded = rewording.rewrites(left, right, found, texts, sentences, config)
            found = pa.concat_tables([found, reworded])
        yield renumbered(found, articles, shift)

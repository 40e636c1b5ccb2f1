"""The steps that compare articles: pairs that meet in a bucket, aligned word by word; a sample held against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import find, readable, run_begins
from dedup.config import Config
from dedup.constants import DAY, LATE, rows_at_once
from dedup.intake import dates
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import align as aligning
from dedup.matching import audit as auditing
from dedup.matching import lsh, shingle, sketch
from dedup.matching import rewrites as rewording
from dedup.pipeline.bands import band_reader
from dedup.pipeline.layout import Layout
from dedup.pipeline.matches import Matches, pair_keys, partition_matches, renumbered
from dedup.pipeline.run import Run
from dedup.pipeline.touched import since_last
from dedup.store import disk
from dedup.text import languages, words

ALIGNED_PAIRS, LOADED_PAIRS = 1 << 16, 1 << 21
"""Most pairs that are aligned at once, and for which texts are loaded at once."""

CANDIDATES = rows_at_once(32)
"""Candidate pairs that are compared with the sample at once."""

WORD_BYTES = 64
"""Memory that aligning takes for a word."""

SPILLED_BYTES = 1 << 16
"""Bytes of an array of pairs from which it is put aside on disk: there are two a band."""

DATING = ("published_at", "date_precision", "country", "is_wire", "article_id")
"""Columns of ARTICLES that say when each one was printed and which goes first."""

PAIRING = (*DATING, "lang")
"""Columns of ARTICLES that say which ones are compared."""


def join(run: Run) -> dict[str, int]:
    """Band keys -> CANDIDATE_PAIRS. Over all articles: how a crowded bucket is linked depends on all its members."""
    articles = run.shown(PAIRING)
    times, ranks = times_and_ranks(articles)
    read_band, windows, parts = band_reader(run)

    def spill(name: str, array: np.ndarray) -> Callable[[], np.ndarray]:
        if array.nbytes < SPILLED_BYTES:
            return lambda: array
        return partial(disk.load_array, disk.save_array(run.work / f"pairs-{name}.npy", array))

    joined = lsh.join(read_band, windows, ranks, times, run.config, parts, spill)
    disk.remove_files(run.work, lambda name: name.startswith("pairs-"))
    spoken = languages.numbers(articles["lang"])
    pairs = _in_one_language(joined.pairs, spoken)
    disk.write_part(run.work, "candidates", 0, pairs)
    return {
        "candidate_pairs": pairs.num_rows,
        "sparse_buckets": joined.sparse_buckets,
        "largest_bucket": joined.largest_bucket,
        "bounded_articles": joined.bounded_articles,
        "dropped_pairs": joined.dropped_pairs,
        **languages.counts(spoken),
    }


def _in_one_language(pairs: pa.Table, spoken: np.ndarray) -> pa.Table:
    """CANDIDATE_PAIRS without those of two languages; ``spoken`` (articles,) as ``languages.numbers`` gives it."""
    if len(np.unique(spoken[spoken >= 0])) < 2:
        return pairs
    left, right = (spoken[pairs[side].to_numpy()] for side in ("left", "right"))
    return pairs.filter(pa.array(languages.comparable(left, right)))


def align(run: Run) -> dict[str, int]:
    """CANDIDATE_PAIRS, PARAGRAPHS -> ALIGNMENTS. What two texts share is looked for once and kept in the store."""
    work, view = run.work, run.view
    pairs = run.part("candidates")
    lefts, rights = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    degree = np.bincount(lefts, minlength=len(view.rows)) + np.bincount(rights, minlength=len(view.rows))
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
    n_fresh = np.count_nonzero(fresh)
    layout = Layout(run)
    aligned = _aligned(layout, lefts[fresh], rights[fresh], run.config)
    del pairs, lefts, rights, fresh  # every pair takes memory here, beside the texts
    keys.sort()
    keys = disk.load_array(disk.save_array(work / "pair-keys.npy", keys))
    if n_fresh:
        # in the store an article is its serial and a paragraph its number inside the article
        found = (renumbered(table, view.serials, -layout.starts) for table in aligned)
        pairs = (pa.table({"pair": some[find(known, some) < 0]}) for some in (keys,))
        run.keep_run({"matches": found, "pairs": pairs})
    since_last(run, keys)
    n = partition_matches(run, keys, degree, layout)
    disk.remove_files(work, "pair-keys.npy".__eq__)
    return {"matches": n, "new_pairs": n_fresh}


def audit(run: Run) -> dict[str, int | float]:
    """A sample of ARTICLES, compared without the look-up -> its estimated recall and noise, for the manifest."""
    articles = run.shown(PAIRING)
    times, _ = times_and_ranks(articles)
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
    parts = Matches(run.work).parts(["left", "right", "quote_only", "rewrite"])
    matched = sum(len(_prose_pairs(table)[0]) for _, table in parts)
    return auditing.figures(sampled, sharing, held[:-1], matched, times, reach)


def candidates(articles: pa.Table, paragraphs: pa.Table, config: Config) -> pa.Table:
    """ARTICLES, PARAGRAPHS -> CANDIDATE_PAIRS, in memory: the first half of a run, to be measured alone."""
    windows = shingle.shingle(words.read_words(paragraphs, config), config, readable(paragraphs))
    keys = sketch.band_keys(windows["shingles"], config)
    members = _article_rows(paragraphs)[windows["paragraph_row"].to_numpy()]
    times, ranks = times_and_ranks(articles)
    pairs = lsh.join(lambda band: keys[band], lsh.Windows.of(members), ranks, times, config).pairs
    return _in_one_language(pairs, languages.numbers(articles["lang"]))


def times_and_ranks(articles: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of each article, UNKNOWN_TIME when there is no day, and its rank: dispatches first, then time, then id.

    The articles have the columns of DATING at least.
    """
    low, _ = dates.interval(articles["published_at"], articles["date_precision"], articles["country"])
    exact = pc.is_in(articles["date_precision"], pa.array(["second", "minute", "day"])).to_numpy()
    known = exact & low.is_valid().to_numpy(zero_copy_only=False)
    times = np.where(known, low.fill_null(0).to_numpy(), UNKNOWN_TIME)
    late = np.where(times == UNKNOWN_TIME, LATE, times)
    wire = articles["is_wire"].fill_null(False).to_numpy()
    order = np.lexsort((pc.rank(articles["article_id"], tiebreaker="first").to_numpy(), late, ~wire))
    ranks = np.empty(len(order), np.uint32)
    ranks[order] = np.arange(len(order), dtype=np.uint32)
    return times, ranks


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
    """The values of a column: a list of all would take far more memory than the column."""
    for start in range(0, len(column), disk.ROW_GROUP):
        yield from column.slice(start, disk.ROW_GROUP).to_pylist()


def _aligned(layout: Layout, lefts: np.ndarray, rights: np.ndarray, config: Config) -> Iterator[pa.Table]:
    """ALIGNMENTS of the pairs, with rewrites: as many pairs at once as the memory limit has words for.

    The articles stand in the order of the store, in blocks, and the pairs of two blocks come together: the words of a
    text are asked for once for each block that its article has a pair in, and seldom more often. Unless all are in
    memory at once, they are cut from the texts before and wait on the disk.
    """
    most = config.memory_share // WORD_BYTES
    pairs = pair_keys(layout.places[lefts], layout.places[rights])
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
    layout: Layout, lefts: np.ndarray, rights: np.ndarray, config: Config, rewrites: bool = False
) -> Iterator[pa.Table]:
    """ALIGNMENTS of some pairs, whose texts are in memory at once."""
    articles, places = np.unique(np.stack([lefts, rights]), return_inverse=True)
    by_place = np.argsort(layout.places[articles])
    articles, places = articles[by_place], np.argsort(by_place)[places.reshape(2, -1)]
    texts = layout.texts(articles)
    sentences = rewording.sentences(texts, config) if rewrites else ()
    shift = layout.starts[articles] - layout.firsts(articles)[:-1]
    for start in range(0, max(1, len(lefts)), ALIGNED_PAIRS):
        some = places[:, start : start + ALIGNED_PAIRS]
        found = aligning.align(*some, texts, config)
        if rewrites:
            reworded = rewording.rewrites(*some, found, texts, sentences, config)
            found = pa.concat_tables([found, reworded])
        yield renumbered(found, articles, shift)

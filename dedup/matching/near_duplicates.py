"""Texts -> near-duplicate pairs and their clusters: every pair checked exactly.

The textbook job beside the main one: whole texts whose word n-grams overlap by a threshold. MinHash bands choose what
to look at (Broder, On the resemblance and containment of documents, 1997), the sets of shingles decide. It is what
other MinHash libraries do, so it is what ``benchmarks/`` compares; passages inside paragraphs need the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import one_chunk, string_buffers
from dedup.config import Config
from dedup.kernels import minhash
from dedup.kernels.groups import union_find
from dedup.kernels.near_duplicates import find_twins, near_pairs, read_shingles
from dedup.matching.sketch import permutations
from dedup.text import french

PAIRS = pa.schema([
    pa.field("left", pa.uint32(), False, {"doc": "row of the text that comes first"}),
    pa.field("right", pa.uint32(), False, {"doc": "row of the other text; greater than left"}),
    pa.field("jaccard", pa.float64(), False, {"doc": "shared shingles over all distinct shingles of the two, 0 to 1"}),
])  # fmt: skip
"""Near-duplicate pairs, sorted by left then right, distinct."""

_BLOCK = 1_000
"""Rows whose signatures are in memory at once on a thread: they stay in the processor's cache."""

_MANY = 64
"""A column in more chunks than this is put together first."""


MISSED = 0.005
"""Most that the bands may miss of the pairs that just reach the threshold, unless bands are given."""


class NearDuplicates(NamedTuple):
    """Which texts are near-duplicates."""

    pairs: pa.Table
    """PAIRS."""
    clusters: np.ndarray
    """(texts,) int64, the smallest row that pairs connect a text with; its own when it is in no pair."""


def near_duplicates(
    texts: pa.Table | pa.ChunkedArray | pa.Array | Iterable[str | None],
    threshold: float = 0.7,
    shingle_size: int = 3,
    num_perm: int = 128,
    bands: int | None = None,
    rows: int | None = None,
    seed: int = 1,
    config: Config | None = None,
) -> NearDuplicates:
    """Find the texts whose sets of word n-grams have a Jaccard of at least ``threshold``; every pair is checked.

    ``texts`` is a list of strings, an Arrow column, or an Arrow table with a column ``text``; an n-gram has
    ``shingle_size`` words, without case and accents. Returns ``pairs`` (``left`` and ``right``, numbers of rows, and
    their exact ``jaccard``; sorted) and ``clusters``, for each text the first row that pairs connect it with. A text
    with fewer words than a shingle is one shingle of what it has; one without words is in no pair.

    MinHash with ``num_perm`` values chooses which pairs are checked: those that agree on ``rows`` values of one of
    ``bands`` bands. Without these two the longest bands are taken that miss at most MISSED of the pairs at the
    threshold, (1 - threshold^rows)^bands; at 0.7 these are 32 bands of 4, which miss one in 6,000. Texts with the same
    words are compared once for all. More than ``config.bucket_limit`` of them are all paired with the first one
    instead of with each other, and in a bucket that is fuller each is checked against the ``bucket_limit`` before it;
    the metadata of the pairs counts both (``crowded_twins``, ``crowded_buckets``).
    """
    config = config or Config()
    if not 0 < threshold <= 1:
        raise ValueError(f"the threshold is a Jaccard above 0 and up to 1, got {threshold}")
    bands, rows = _shape(threshold, num_perm, bands, rows)
    texts = _column(texts)
    keys = np.empty((bands, len(texts)), np.uint32)
    a, b = permutations(num_perm, seed)

    def fill(low: int, high: int, block: _Shingled) -> None:
        signatures = np.empty((high - low, num_perm), np.uint32)
        minhash.sign(block.shingles, block.starts, block.sizes, a, b, 0, high - low, signatures)
        minhash.band_keys(signatures, rows, 0, high - low, keys[:, low:high])

    shingled = _shingle(texts, shingle_size, config, fill)
    del texts  # the shingles are all that is compared; a caller that keeps no reference gets the memory back
    twins = np.empty(len(shingled.starts), np.int64)
    find_twins(*shingled, twins)
    first = np.flatnonzero((twins == np.arange(len(twins))) & (shingled.sizes > 0)).astype(np.uint32)
    found, crowded = _join(keys, first, shingled, threshold, config)
    return _expand(found, crowded, twins, shingled.sizes > 0, config.bucket_limit)


def _shape(threshold: float, num_perm: int, bands: int | None, rows: int | None) -> tuple[int, int]:
    """Bands and rows, as given or as the threshold wants them."""
    if rows is None and bands is None:
        fits = (r for r in range(num_perm, 1, -1) if (1 - threshold**r) ** (num_perm // r) <= MISSED)
        rows = next(fits, 1)
    rows = rows or max(num_perm // (bands or num_perm), 1)
    bands = bands or max(num_perm // rows, 1)
    if bands * rows > num_perm:
        raise ValueError(f"{bands} bands x {rows} rows need {bands * rows} values a signature, got num_perm={num_perm}")
    return bands, rows


def _column(texts: pa.Table | pa.ChunkedArray | pa.Array | Iterable[str | None]) -> pa.ChunkedArray | pa.Array:
    """The texts as an Arrow column of strings."""
    column = texts["text"] if isinstance(texts, pa.Table) else texts
    if not isinstance(column, pa.ChunkedArray | pa.Array):
        return pa.array(column if hasattr(column, "__len__") else list(column), pa.string())
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def sign(
    texts: pa.ChunkedArray | pa.Array,
    shingle_size: int = 3,
    num_perm: int = 128,
    seed: int = 1,
    config: Config | None = None,
) -> np.ndarray:
    """Signatures of whole texts: shape (n, num_perm), uint32, the values of ``datasketch.MinHash`` (affine32)."""
    signatures = np.empty((len(texts), num_perm), np.uint32)
    a, b = permutations(num_perm, seed)

    def fill(low: int, high: int, block: _Shingled) -> None:
        minhash.sign(block.shingles, block.starts, block.sizes, a, b, 0, high - low, signatures[low:high])

    _shingle(texts, shingle_size, config or Config(), fill, keep=False)
    return signatures


class _Shingled(NamedTuple):
    """The shingles of some rows, in the order of the words, with repeats."""

    shingles: np.ndarray
    """uint64, end to end; between two ranges of rows there may be places without meaning."""
    starts: np.ndarray
    """(rows,) int64, place of each row's first shingle."""
    sizes: np.ndarray
    """(rows,) int64, shingles of each row."""
    sums: np.ndarray
    """(rows,) uint64, sum of each row's shingles."""


def _shingle(
    texts: pa.ChunkedArray | pa.Array,
    size: int,
    config: Config,
    use: Callable[[int, int, _Shingled], None],
    keep: bool = True,
) -> _Shingled:
    """Shingle the texts on all cores, a block of rows at a time; ``use(low, high, block)`` sees each while it is fresh.

    Without ``keep`` the shingles of a block are gone when it has been used.
    """
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) and texts.num_chunks <= _MANY else [one_chunk(texts)]
    classes, letters = french.tables(config.fold_accents)
    plain = np.where(classes[:128] == french.WORD, letters[:128, 0], 0).astype(np.uint64)
    threads = config.threads
    pieces, row, room = [], 0, []
    for chunk in chunks:
        offsets, data = string_buffers(chunk)
        bounds = np.linspace(0, len(chunk), min(4 * threads, len(chunk) // _BLOCK + 1) + 1).astype(int).tolist()
        for low, high in pairwise(bounds):
            pieces.append((offsets, data, row, low, high))
            room.append(int(offsets[high] - offsets[low] + high - low) // 2 + 1)
        row += len(chunk)
    # A place for as many shingles as the bytes could hold: what is not written takes no memory, but for the end of the
    # last page. So pieces that follow each other are one part, which writes without a gap.
    parts = np.array_split(np.arange(len(pieces)), min(4 * threads, len(pieces)) or 1)
    begins = np.concatenate([[0], np.cumsum(room)])
    shingles = np.empty(int(begins[-1]) if keep else 0, np.uint64)
    starts, sizes, sums = np.empty(row, np.int64), np.empty(row, np.int64), np.empty(row, np.uint64)

    def work(part: np.ndarray) -> None:
        place = int(begins[part[0]]) if len(part) else 0
        into = shingles
        for offsets, data, first_row, low, high in (pieces[number] for number in part.tolist()):
            for begin in range(low, high, _BLOCK):
                end = min(begin + _BLOCK, high)
                rows = slice(first_row + begin, first_row + end)
                if not keep:  # one place for all blocks of a part: new memory costs more than filling it
                    most = int(offsets[end] - offsets[begin] + end - begin) // 2 + 1
                    into, place = into if len(into) >= most else np.empty(2 * most, np.uint64), 0
                block = _Shingled(into, starts[rows], sizes[rows], sums[rows])
                place = read_shingles(offsets[begin : end + 1], data, classes, letters, plain, size, place, *block)
                use(rows.start, rows.stop, block)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, parts))
    return _Shingled(shingles, starts, sizes, sums)


def _join(
    keys: np.ndarray, rows: np.ndarray, shingled: _Shingled, threshold: float, config: Config
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], int]:
    """Verified pairs of ``rows``, sorted and distinct, and how often a bucket was too full to check all of it."""
    threads = min(config.threads, len(keys))
    bounds = np.linspace(0, len(keys), threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(
            lambda low, high: near_pairs(
                keys, low, high, rows, shingled.shingles, shingled.starts, shingled.sizes, threshold,
                config.bucket_limit,
            ),
            bounds[:-1], bounds[1:],
        ))  # fmt: skip
    lefts, rights, jaccards = (np.concatenate([part[place] for part in parts]) for place in range(3))
    _, first = np.unique(lefts.astype(np.uint64) << np.uint64(32) | rights, return_index=True)
    return (lefts[first], rights[first], jaccards[first]), sum(part[3] for part in parts)


def _expand(
    found: tuple[np.ndarray, np.ndarray, np.ndarray], crowded: int, twins: np.ndarray, filled: np.ndarray, limit: int
) -> NearDuplicates:
    """Pairs of first rows -> pairs of all rows with the same words, and the clusters.

    ``twins`` (n,) int64 is the first row with the same words. Up to ``limit`` twins are paired each with each and
    with all partners; of more, each is paired with the first one only.
    """
    lefts, rights, jaccards = found
    counts = np.bincount(twins, minlength=len(twins))
    full = counts > limit
    order = np.argsort(twins, kind="stable")  # twins side by side, the first one first
    begins = np.cumsum(counts) - counts
    listed = np.where(full, 1, counts)
    # every listed twin of the left with every listed twin of the right
    many = listed[lefts] * listed[rights]
    pair = np.repeat(np.arange(len(lefts)), many)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many)
    across = (
        order[begins[lefts][pair] + within // listed[rights][pair]],
        order[begins[rights][pair] + within % listed[rights][pair]],
    )
    # twins among themselves: row i of the order with the rows of its group before it, with the first one when full
    twin = np.flatnonzero((twins != np.arange(len(twins))) & filled)
    rank = np.empty(len(twins), np.int64)
    rank[order] = np.arange(len(twins)) - begins[twins[order]]
    before = np.where(full[twins[twin]], 1, rank[twin])
    later = np.repeat(twin, before)
    step = np.arange(len(later)) - np.repeat(np.cumsum(before) - before, before)
    earlier = order[begins[twins[later]] + step]
    one = np.concatenate([across[0], earlier])
    two = np.concatenate([across[1], later])
    jaccard = np.concatenate([jaccards[pair], np.ones(len(later))])
    low, high = np.minimum(one, two), np.maximum(one, two)
    sort = np.argsort(low.astype(np.uint64) << np.uint64(32) | high.astype(np.uint64))
    labels = np.empty(len(twins), np.int64)
    union_find(np.concatenate([lefts, twins[twin]]), np.concatenate([rights, twin]), labels)
    columns = [low[sort].astype(np.uint32), high[sort].astype(np.uint32), jaccard[sort]]
    said = {"crowded_twins": str(int(full.sum())), "crowded_buckets": str(crowded)}
    return NearDuplicates(pa.table([pa.array(column) for column in columns], PAIRS.with_metadata(said)), labels)

"""Articles look back: windows are signed and joined, some articles as a unit of work.

Words are kept (4 bytes each), keys are not; a unit signs the windows of its articles and of what they look back on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from dedup.arrays import in_threads
from dedup.config import Config
from dedup.constants import DAY, LATE
from dedup.kernels import minhash
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import lsh, shingle, sketch
from dedup.pipeline.run import Run
from dedup.schemas.values import schema
from dedup.store import disk

SPILLED_BYTES = 1 << 16
"""Bytes of an array of pairs from which it is put aside on disk: there are two a band."""

WINDOW_BYTES = 24
"""Memory that joining takes for a window on a thread: its key, partitioned with its article, and buckets and pairs."""

ARTICLE_WINDOWS = 150
"""Windows that an article has, more or less, where it is asked how many articles fit into memory."""

PAIRED = schema(
    ("later", pa.int64(), "place in the pool of the article that looks back"),
    ("earlier", pa.int64(), "place in the pool of the one before it"),
    ("n_bands", pa.int32(), "bands in which they share a window"),
)
"""Pairs that a unit of work found."""

MET = schema(
    ("article", pa.int64(), "place in the pool of the article that looks back"),
    ("crowded", pa.int32(), "buckets in which it meets some of those before it only"),
    ("dropped", pa.int32(), "pairs that it did not choose"),
)
"""What the articles of a unit of work met."""


class Pool(NamedTuple):
    """Articles in the order of time, those of one time by id, those without a date at the end."""

    times: np.ndarray
    """(articles,) int64 seconds, UNKNOWN_TIME when not known."""
    wires: np.ndarray
    """(articles,) bool."""
    spoken: np.ndarray
    """(articles,) int8, see ``languages.numbers``."""
    file: np.ndarray
    """(articles,) int64, which of ``files`` has the words."""
    row: np.ndarray
    """(articles,) int64, row of the article in its part."""
    files: list[Path]
    """Parts of HASHES."""

    @classmethod
    def load(cls, work: Path, files: list[Path]) -> Self:
        """What ``save`` wrote, mapped."""
        return cls(**disk.load_arrays(work, "pool", cls._fields[:-1], mmap=True), files=files)

    def save(self, work: Path) -> None:
        """Write all but the files' names into the work folder."""
        disk.save_arrays(work, "pool", dict(zip(self._fields[:-1], self[:-1], strict=True)))


def found(pool: Pool, own: np.ndarray, seeds: np.ndarray | None, run: Run) -> lsh.Joined:
    """What ``own`` (articles,) bool find when they look back: some of them are a unit of work.

    With ``seeds`` (articles,) bool only windows that hold a shingle of one of these are looked at: pairs with the seeds
    are then all there, pairs of others may be missing. Those that did not look back have met nothing.
    """
    pool.save(run.work)
    asked = None if seeds is None else disk.save_array(run.work / "pool-seeds.npy", seeds)
    mine = disk.save_array(run.work / "pool-own.npy", np.flatnonzero(own))
    items = [_Own(start, stop, mine, asked, pool.files) for start, stop in pairwise(_cuts(pool, own, run))]
    crowded, dropped, largest = np.zeros(len(own), np.int32), np.zeros(len(own), np.int32), 0
    pairs = [PAIRED.empty_table()]
    for files, most in run.each(look_back, items):
        of_pairs, of_articles = (disk.read_part(file) for file in files)
        pairs.append(of_pairs)
        places = of_articles["article"].to_numpy()
        crowded[places], dropped[places] = (of_articles[name].to_numpy() for name in ("crowded", "dropped"))
        largest = max(largest, most)
    disk.remove_files(run.work, lambda name: name.startswith(("pool-", "back-")))
    later, earlier, n_bands = (column.to_numpy() for column in pa.concat_tables(pairs).columns)
    return lsh.Joined(later, earlier, n_bands, crowded, dropped, largest)


class _Own(NamedTuple):
    """A unit of work: articles that look back."""

    start: int
    """The first of those in ``own``."""
    stop: int
    own: Path
    """An array, places in the pool of all that look back."""
    seeds: Path | None
    """An array (articles,) bool, as in ``found``."""
    files: list[Path]
    """Parts of HASHES."""


def look_back(run: Run, unit: _Own) -> tuple[list[Path], int]:
    """Let some articles look back -> files of their PAIRED and MET, and the most that one looked back on."""
    pool, config = Pool.load(run.work, unit.files), run.config
    own = np.zeros(len(pool.times), bool)
    own[disk.load_array(unit.own)[unit.start : unit.stop]] = True
    looked_at = _looked_at(pool, own, config.window_days * DAY)
    seeds = None if unit.seeds is None else disk.load_array(unit.seeds)
    if seeds is not None:
        looked_at |= seeds
    local = np.flatnonzero(looked_at)
    asked = None if seeds is None else seeds[local]
    windows = _windows(pool, local, asked, config)
    of_articles = lsh.Articles(pool.times[local], pool.wires[local], pool.spoken[local], own[local], asked)
    name = f"back-{unit.start}"
    joined = _joined(windows, of_articles, config, run.work, name)
    met = np.flatnonzero(own[local])
    tables = (
        pa.table([local[joined.later], local[joined.earlier], joined.n_bands], schema=PAIRED),
        pa.table([local[met], joined.crowded[met], joined.dropped[met]], schema=MET),
    )
    return [disk.write_part(run.work, name, number, table) for number, table in enumerate(tables)], joined.largest


def _cuts(pool: Pool, own: np.ndarray, run: Run) -> list[int]:
    """Where units of those that look back begin, and the end: as many as fit into memory.

    Where several processes work, a unit spans the time that dispatches are looked back on: most windows are then signed
    twice at most. Those without a date look back on everything, and are a unit of their own.
    """
    times = pool.times[own]
    most = max(1, run.config.memory_share // (2 * WINDOW_BYTES * ARTICLE_WINDOWS))
    cuts = np.arange(0, len(times), most)
    if run.engine is not None:
        span = np.where(times == UNKNOWN_TIME, -1, times // (2 * run.config.window_days * DAY))
        cuts = np.union1d(cuts, np.flatnonzero(np.diff(span)) + 1)
    return [*cuts.tolist(), len(times)]


def in_order(times: np.ndarray, *ties: np.ndarray) -> np.ndarray:
    """(articles,) int64, the articles in the order of time, those without a date at the end; then by ``ties``."""
    return np.lexsort((*ties[::-1], np.where(times == UNKNOWN_TIME, LATE, times)))


def _looked_at(pool: Pool, own: np.ndarray, reach: int) -> np.ndarray:
    """(articles,) bool: ``own`` and what they look back on; on dispatches they look back twice as far."""
    undated = pool.times == UNKNOWN_TIME
    if (own & undated).any():
        return np.ones(len(own), bool)
    times = pool.times[own]  # in order
    if not len(times):
        return own
    place = np.searchsorted(times, pool.times)
    following = times[np.minimum(place, len(times) - 1)]
    within = following - pool.times <= np.where(pool.wires, 2 * reach, reach)
    return own | (~undated & (place < len(times)) & within)


class _Block(NamedTuple):
    """Windows of some articles whose words stand in one file."""

    shingles: np.ndarray
    """(shingles,) uint32, their lower 32 bits."""
    offsets: np.ndarray
    """(windows,) int32, where each one's shingles begin."""
    sizes: np.ndarray
    """(windows,) int32, how many they are."""
    owner: np.ndarray
    """(windows,) int64, number of the article."""


class _Windows(NamedTuple):
    """Windows of some articles, block by block."""

    blocks: list[_Block]
    owners: lsh.Windows


def _windows(pool: Pool, articles: np.ndarray, seeds: np.ndarray | None, config: Config) -> _Windows:
    """The windows of some articles of a pool, numbered as given; ``seeds`` (articles,) bool as in ``found``."""
    blocks = list(_blocks(pool, articles, config))
    if seeds is not None:
        bits, marks = _marked(blocks, seeds)
        blocks = [_only_marked(block, bits, marks, config) for block in blocks]
    owners = [np.zeros(0, np.int64), *(block.owner for block in blocks)]
    return _Windows(blocks, lsh.Windows.of(np.concatenate(owners)))


def _blocks(pool: Pool, articles: np.ndarray, config: Config) -> Iterator[_Block]:
    """A block for each file of words."""
    for number in np.unique(pool.file[articles]).tolist():
        here = np.flatnonzero((pool.file[articles] == number) & (pool.row[articles] >= 0))
        if not len(here):
            continue
        rows = pool.row[articles[here]]
        table = disk.read_table(pool.files[number])
        article = np.full(max(int(rows.max()), int(np.max(table["row"].to_numpy(), initial=0))) + 1, -1)
        article[rows] = here
        of_paragraph = article[table["row"].to_numpy()]
        if (of_paragraph < 0).any():
            table = table.filter(pa.array(of_paragraph >= 0))
            of_paragraph = of_paragraph[of_paragraph >= 0]
        windows = shingle.shingle(table, config)
        values, offsets, sizes = sketch.list_view(windows["shingles"])
        owner = of_paragraph[windows["paragraph_row"].to_numpy()]
        yield _Block(values.astype(np.uint32), offsets.astype(np.int32), sizes.astype(np.int32), owner)


def _marked(blocks: list[_Block], seeds: np.ndarray) -> tuple[int, np.ndarray]:
    """The shingles of the seeds, as marks of a table that is nearly empty."""
    held = []
    for shingles, offsets, sizes, owner in blocks:
        windows = np.flatnonzero(seeds[owner])
        inside = np.zeros(len(shingles) + 1, np.int32)
        np.add.at(inside, offsets[windows], 1)
        np.add.at(inside, offsets[windows] + sizes[windows], -1)
        held.append(shingles[np.cumsum(inside[:-1]) > 0])
    bits = max(16, int(32 * sum(map(len, held))).bit_length())
    marks = np.zeros(1 << (bits - 3), np.uint8)
    for shingles in held:
        minhash.mark_shingles(shingles, bits, marks)
    return bits, marks


def _only_marked(block: _Block, bits: int, marks: np.ndarray, config: Config) -> _Block:
    """The windows of a block that hold a marked shingle."""
    keep = np.zeros(len(block.offsets), bool)
    held = (block.shingles, block.offsets, block.sizes, bits, marks)
    in_threads(len(keep), config, lambda low, high: minhash.windows_marked(*held, low, high, keep))
    return _Block(block.shingles, block.offsets[keep], block.sizes[keep], block.owner[keep])


def _joined(windows: _Windows, articles: lsh.Articles, config: Config, work: Path, name: str) -> lsh.Joined:
    """Sign the windows, some bands at a time, and join them; ``name`` begins those of the files that it puts aside."""
    n = sum(len(block.offsets) for block in windows.blocks)
    parts, threads = 1, config.threads
    while n * threads * WINDOW_BYTES > parts * config.memory_share or 1 < parts < threads:
        parts *= 2

    def spill(of_band: str, array: np.ndarray) -> Callable[[], np.ndarray]:
        if array.nbytes < SPILLED_BYTES:
            return lambda: array
        return partial(disk.load_array, disk.save_array(work / f"{name}-pairs-{of_band}.npy", array))

    joined = lsh.join(_Keys(windows.blocks, n, config), windows.owners, articles, config, parts, spill)
    disk.remove_files(work, lambda file: file.startswith(f"{name}-pairs-"))
    return joined


class _Keys:
    """Keys of windows by band: those of the next bands are made together, and each is given once."""

    def __init__(self, blocks: list[_Block], n: int, config: Config) -> None:
        self._blocks, self._n, self._config = blocks, n, config
        self._at_once = max(1, min(config.bands, config.memory_share // max(1, 2 * n * 8)))
        self._made: dict[int, np.ndarray] = {}
        self._to_come = list(range(config.bands))
        self._lock = threading.Lock()

    def __call__(self, band: int) -> np.ndarray:
        """(windows,) uint64."""
        with self._lock:
            if band in self._made:
                return self._made.pop(band)
            if band not in self._to_come:
                return self._keys(range(band, band + 1))[0]
            bands = range(self._to_come[0], min(max(self._to_come[0] + self._at_once, band + 1), self._config.bands))
            self._to_come = self._to_come[len(bands) :]
            self._made |= dict(zip(bands, self._keys(bands), strict=True))
            return self._made.pop(band)

    def _keys(self, bands: range) -> list[np.ndarray]:
        keys, begin = np.empty((len(bands), self._n), np.uint64), 0
        for block in self._blocks:
            end = begin + len(block.offsets)
            sketch.fill_keys(*block[:3], self._config, bands, keys[:, begin:end])
            begin = end
        return list(keys)

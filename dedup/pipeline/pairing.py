"""Candidate pairs of a run: articles that it brings look back, the others keep the pairs that they had.

An article's pairs are a function of what it looks back on (``dedup.matching.lsh``). So only those need to look back
that are new, or stand in time after one that is new or gone and meet it. Windows are signed when they are needed: words
are kept (4 bytes each), keys are not; and a window can only meet what is new if it holds one of its shingles.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import find, in_threads
from dedup.config import Config
from dedup.constants import DAY, LATE
from dedup.kernels import minhash
from dedup.kernels.buckets import UNKNOWN_TIME
from dedup.matching import lsh, shingle, sketch
from dedup.pipeline.run import Run
from dedup.pipeline.touched import LINKS, SHOWN, Last
from dedup.store import disk, holdings

SPILLED_BYTES = 1 << 16
"""Bytes of an array of pairs from which it is put aside on disk: there are two a band."""

WINDOW_BYTES = 24
"""Memory that joining takes for a window on a thread: its key, dealt out with its article, and buckets and pairs."""

ARTICLE_WINDOWS = 150
"""Windows that an article has, more or less, where it is asked how many articles fit into memory."""


def paired(run: Run, facts: pa.Table, last: Last | None) -> tuple[pa.Table, pa.Table, int]:
    """SHOWN and LINKS of a run, and the most articles that one looked back on in a bucket.

    ``facts`` are the columns of SHOWN that say when the articles were printed, in the order of ``run.view``. The last
    run's pairs are kept where nothing that an article looks back on has changed.
    """
    gone = None if last is None else _gone(run, facts, last)
    if gone is None:
        last, gone = None, (SHOWN.empty_table(), np.zeros((2, 0), np.int64), [])
    pool, serials, order = _pool(run, facts, *gone)
    crowded, dropped = np.zeros(len(serials), np.int32), np.zeros(len(serials), np.int32)
    if last is None:
        own = np.ones(len(serials), bool)
        now = found(pool, own, None, run.config, run.work)
        kept = LINKS.empty_table()
    else:
        own, now = _again(run, pool, serials, order >= facts.num_rows, last)
        at = find(last.shown["serial"].to_numpy(), serials)
        crowded[at >= 0], dropped[at >= 0] = (
            last.shown[name].to_numpy()[at[at >= 0]] for name in ("crowded", "dropped")
        )
        stays = np.zeros(int(max(serials.max(initial=0), last.shown["serial"].to_numpy().max(initial=0))) + 1, bool)
        stays[serials[order < facts.num_rows]] = True
        ends = [stays[last.links[name].to_numpy()] for name in ("earlier", "later")]
        stays[serials[own]] = False
        kept = last.links.filter(pa.array(ends[0] & ends[1] & stays[last.links["later"].to_numpy()]))
    crowded[own], dropped[own] = now.crowded[own], now.dropped[own]
    columns = (serials[now.later].astype(np.uint32), serials[now.earlier].astype(np.uint32), now.n_bands)
    links = pa.concat_tables([kept, pa.table(list(map(pa.array, columns)), LINKS)])
    here = np.argsort(order)[: facts.num_rows]  # the place of each article in the pool
    shown = facts.append_column("crowded", pa.array(crowded[here])).append_column("dropped", pa.array(dropped[here]))
    shown = shown.take(pa.array(np.argsort(facts["serial"].to_numpy()))).cast(SHOWN)
    by_serial = np.lexsort((links["earlier"].to_numpy(), links["later"].to_numpy()))
    return shown, links.take(pa.array(by_serial)), now.largest


def _again(run: Run, pool: Pool, serials: np.ndarray, gone: np.ndarray, last: Last) -> tuple[np.ndarray, lsh.Joined]:
    """The articles of the pool, (articles,) bool, that look back again because of what is new or gone; what they find.

    First those that stand after it look back on what it has alone: who meets one of these, or has a crowded bucket with
    them, or could not keep all its pairs, looks back on everything again.
    """
    config, n = run.config, len(serials)
    new = ~gone & (find(last.shown["serial"].to_numpy(), serials) < 0)
    changed = new | gone
    later = after(pool, changed, config.window_days * DAY) & ~changed
    first = found(pool, new | later, changed, config, run.work)
    if not later.any() and not gone.any():
        return new, first
    again = np.zeros(n, bool)
    again[first.later[changed[first.earlier]]] = True
    again |= (first.crowded > 0) | (first.dropped > 0)
    bounded = last.shown["serial"].to_numpy()[last.shown["dropped"].to_numpy() > 0]
    again |= find(bounded, serials) >= 0
    had = last.links.filter(pa.array(find(np.sort(serials[gone]), last.links["earlier"].to_numpy()) >= 0))
    again |= find(np.unique(had["later"].to_numpy()), serials) >= 0
    again &= later
    if gone.any():
        own = again | new
        return own, found(_without(pool, gone), own, own, config, run.work)
    second = found(pool, again, again, config, run.work)
    mine = new[first.later]  # the others keep the pairs that they had, or look back on everything
    pairs = (np.concatenate([a[mine], b]) for a, b in zip(first[:3], second[:3], strict=True))
    crowded, dropped = (np.where(new, a, b) for a, b in zip(first[3:5], second[3:5], strict=True))
    return new | again, lsh.Joined(*pairs, crowded, dropped, max(first.largest, second.largest))


def _without(pool: Pool, gone: np.ndarray) -> Pool:
    """The pool with articles that have no windows."""
    return pool._replace(row=np.where(gone, -1, pool.row))


def _pool(
    run: Run, facts: pa.Table, gone: pa.Table, places: np.ndarray, files: list[Path]
) -> tuple[Pool, np.ndarray, np.ndarray]:
    """The articles that the tables show and those that are gone, their serials, and where they stand in ``facts``, or
    behind it among the gone ones."""
    file, row = np.zeros(facts.num_rows, np.int64), np.zeros(facts.num_rows, np.int64)
    for number, home in enumerate(run.view.homes):
        inside = np.flatnonzero(home >= 0)
        file[home[inside]], row[home[inside]] = number, inside
    own_files = run.derived_files("hashes")
    file, row = np.append(file, places[0] + len(own_files)), np.append(row, places[1])
    serials, times, wires, spoken = (
        np.concatenate([facts[name].to_numpy(), gone[name].to_numpy()]) for name in ("serial", "time", "wire", "spoken")
    )
    order = in_order(times, np.arange(len(times)))  # the view stands in the order of ids
    pool = Pool(times[order], wires[order], spoken[order], file[order], row[order], [*own_files, *files])
    return pool, serials[order], order


def _gone(run: Run, facts: pa.Table, last: Last) -> tuple[pa.Table, np.ndarray, list[Path]] | None:
    """What the last run showed and this one does not: SHOWN, file and row (2, articles), the files of their words.

    None when the words of one are not in the store any more.
    """
    serials = np.sort(facts["serial"].to_numpy())
    gone = last.shown.filter(pa.array(find(serials, last.shown["serial"].to_numpy()) < 0))
    places, files = np.full((2, gone.num_rows), -1), []
    if gone.num_rows:
        state = holdings.load(run.out)
        for part in state.articles:
            held = holdings.read_articles(run.home / part, ["serial"])["serial"].to_numpy().astype(np.uint64)
            at = find(gone["serial"].to_numpy(), held)
            name = holdings.derived_name("hashes", part, run.config)
            if (at >= 0).any() and name in state.derived:
                places[0, at[at >= 0]], places[1, at[at >= 0]] = len(files), np.flatnonzero(at >= 0)
                files.append(run.home / name)
    return None if (places[0] < 0).any() else (gone, places, files)


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


def found(pool: Pool, own: np.ndarray, seeds: np.ndarray | None, config: Config, work: Path) -> lsh.Joined:
    """What ``own`` (articles,) bool find when they look back, as many of them at once as memory has room for.

    With ``seeds`` (articles,) bool only windows that hold a shingle of one of these are looked at: pairs with the seeds
    are then all there, pairs of others may be missing. Those that did not look back have met nothing.
    """
    n, crowded, dropped, largest = len(own), np.zeros(len(own), np.int32), np.zeros(len(own), np.int32), 0
    pairs = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32))]
    most = max(1, config.memory_share // (2 * WINDOW_BYTES * ARTICLE_WINDOWS))
    places = np.flatnonzero(own)
    for start in range(0, len(places), most):
        some = np.zeros(n, bool)
        some[places[start : start + most]] = True
        looked_at = _looked_at(pool, some, config.window_days * DAY)
        if seeds is not None:
            looked_at |= seeds
        local = np.flatnonzero(looked_at)
        asked = None if seeds is None else seeds[local]
        windows = _windows(pool, local, asked, config)
        of_articles = lsh.Articles(pool.times[local], pool.wires[local], pool.spoken[local], some[local], asked)
        joined = _joined(windows, of_articles, config, work)
        pairs.append((local[joined.later], local[joined.earlier], joined.n_bands))
        crowded[local] += joined.crowded
        dropped[local] += joined.dropped
        largest = max(largest, joined.largest)
    return lsh.Joined(*(np.concatenate(column) for column in zip(*pairs, strict=True)), crowded, dropped, largest)


def after(pool: Pool, changed: np.ndarray, reach: int) -> np.ndarray:
    """(articles,) bool: those that may look back on one of ``changed`` (articles,) bool."""
    times = np.sort(pool.times[changed & (pool.times != UNKNOWN_TIME)])
    undated = pool.times == UNKNOWN_TIME
    if not changed.any():
        return np.zeros(len(changed), bool)
    if not len(times):
        return undated
    last = times[np.maximum(np.searchsorted(times, pool.times, "right") - 1, 0)]
    return undated | ((pool.times >= last) & (pool.times - last <= 2 * reach))


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


class _Windows(NamedTuple):
    """Windows of some articles, block by block."""

    blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    """Shingles (their lower 32 bits), and where each window's begin and how many they are."""
    owners: lsh.Windows


def _windows(pool: Pool, articles: np.ndarray, seeds: np.ndarray | None, config: Config) -> _Windows:
    """The windows of some articles of a pool, numbered as given; ``seeds`` (articles,) bool as in ``found``."""
    blocks = list(_blocks(pool, articles, config))
    if seeds is not None:
        bits, marks = _marked(blocks, seeds)
        blocks = [_only_marked(*block, bits, marks, config) for block in blocks]
    owners = [block[3] for block in blocks]
    return _Windows([block[:3] for block in blocks], lsh.Windows.of(np.concatenate([np.zeros(0, np.int64), *owners])))


def _blocks(pool: Pool, articles: np.ndarray, config: Config) -> Iterator[tuple[np.ndarray, ...]]:
    """Shingles, begins and sizes of windows, and the article of each: a block for each file of words."""
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
        yield values.astype(np.uint32), offsets.astype(np.int32), sizes.astype(np.int32), owner


def _marked(blocks: list[tuple[np.ndarray, ...]], seeds: np.ndarray) -> tuple[int, np.ndarray]:
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


def _only_marked(
    shingles: np.ndarray,
    offsets: np.ndarray,
    sizes: np.ndarray,
    owner: np.ndarray,
    bits: int,
    marks: np.ndarray,
    config: Config,
) -> tuple[np.ndarray, ...]:
    keep = np.zeros(len(offsets), bool)
    in_threads(
        len(offsets),
        config,
        lambda low, high: minhash.windows_marked(shingles, offsets, sizes, bits, marks, low, high, keep),
    )
    return shingles, offsets[keep], sizes[keep], owner[keep]


def _joined(windows: _Windows, articles: lsh.Articles, config: Config, work: Path) -> lsh.Joined:
    """Sign the windows, some bands at a time, and join them."""
    n = sum(len(offsets) for _, offsets, _ in windows.blocks)
    parts, threads = 1, config.threads
    while n * threads * WINDOW_BYTES > parts * config.memory_share or 1 < parts < threads:
        parts *= 2

    def spill(name: str, array: np.ndarray):
        if array.nbytes < SPILLED_BYTES:
            return lambda: array
        return partial(disk.load_array, disk.save_array(work / f"pairs-{name}.npy", array))

    joined = lsh.join(_Keys(windows.blocks, n, config), windows.owners, articles, config, parts, spill)
    disk.remove_files(work, lambda name: name.startswith("pairs-"))
    return joined


class _Keys:
    """Keys of windows by band: those of the next bands are made together, and each is given once."""

    def __init__(self, blocks: list[tuple[np.ndarray, np.ndarray, np.ndarray]], n: int, config: Config) -> None:
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
            end = begin + len(block[1])
            sketch.fill_keys(*block, self._config, bands, keys[:, begin:end])
            begin = end
        return list(keys)

"""OUT/index: which articles of the store hold a window like this one, for look-ups of one text at a time.

A run signs the windows that it needs and keeps no keys. A look-up cannot sign all: so the keys of some bands of every
part are kept, sorted, in a file that is searched where it lies on the disk:
``OUT/index/<hashes part>-<settings>.npy``, uint64, one value for each band of each window, the band and its key mixed
above (43 bits), the article's row in its part below (21 bits), sorted and distinct. The paragraphs lie beside it in
blocks of BLOCK articles (``.arrow``), because a part of the store can only be read whole. Parts never change, so these
files are made once, on the first look-up after the run that brought their part; they are derived and may be removed.

Windows of a text that is looked up begin at every word, those of the store at every ``window_step`` words: some
window of a copied stretch of ``window_words + window_step - 1`` words then equals a window of the store, and all
bands agree. That is why BANDS of them are enough (``docs/check.md`` has the figures).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from dedup.arrays import ranges
from dedup.config import Config
from dedup.kernels.common import keep_distinct
from dedup.kernels.minhash import band_keys
from dedup.matching import shingle, sketch
from dedup.store import disk, holdings
from dedup.store.digests import differing
from dedup.store.shapes import shape

if TYPE_CHECKING:
    from datasketch import MinHashLSH

BANDS = 8
"""Bands of a window that the index keeps (all, when the run has fewer)."""

BLOCK = 16
"""Articles whose paragraphs are read together."""

_TEXTS = pa.schema(
    [
        ("row", pa.uint32()),
        ("paragraph", pa.int32()),
        ("role", pa.string()),
        ("lang", pa.string()),
        ("text", pa.string()),
    ]
)

_ROW_BITS, _WINDOW_BITS = np.uint64(21), np.uint64(20)
_ROW, _WINDOW = (np.uint64(1) << _ROW_BITS) - np.uint64(1), (np.uint64(1) << _WINDOW_BITS) - np.uint64(1)
_BAND_STEP, _MIX = np.uint64(0xD1B54A32D192ED03), np.uint64(0x9E3779B97F4A7C15)


class Hits(NamedTuple):
    """Articles of the store that hold windows like those of a text, the greatest weight first, ties by place."""

    part: np.ndarray
    """(articles,) int64, number of the articles part."""
    row: np.ndarray
    """(articles,) int64, row in the part."""
    weight: np.ndarray
    """(articles,) float64: every window of the text gives 1, in equal shares, to the articles that it meets. So a stock
    phrase that a thousand articles hold weighs little, and a sentence that three hold weighs much."""


class Index:
    """The windows of a store, ready to be asked."""

    def __init__(self, out: Path | str, config: Config, progress: Callable[[int, int], None] | None = None) -> None:
        """Map the index of the store of ``out`` and make what is missing of it.

        ``config`` holds the settings of the run that made the store. ``progress`` is called with the parts made and
        the parts to make.
        """
        self.state = holdings.load(out)
        self.parts = list(self.state.articles)
        self.bands = min(BANDS, config.bands)
        self._config = config
        home, kept = holdings.folder(out), Path(out) / "index"
        words = [holdings.made_from(self.state, "hashes", part) for part in self.parts]
        paragraphs = [holdings.made_from(self.state, "paragraphs", part) for part in self.parts]
        arrays = [kept / name.replace(".parquet", f"-{_shape(config)}.npy") for name in words]
        self._texts = [kept / name.replace(".parquet", ".arrow") for name in paragraphs]
        missing = [at for at in range(len(arrays)) if not (arrays[at].exists() and self._texts[at].exists())]
        made = kept
        if missing and not os.access(kept if kept.exists() else out, os.W_OK):
            # the store is on a disk that may only be read: the index lasts as long as this object
            self._borrowed = tempfile.TemporaryDirectory(prefix="dedup-index-")
            made = Path(self._borrowed.name)
        for number, at in enumerate(missing, 1):
            self._check(home, words[at], paragraphs[at])
            arrays[at], self._texts[at] = made / arrays[at].name, made / self._texts[at].name
            texts = disk.read_table(home / paragraphs[at], _TEXTS.names)
            disk.write_blocks(self._texts[at], _blocks(texts), _TEXTS)
            disk.save_array(arrays[at], _entries(home / words[at], self.bands, config))
            if progress:
                progress(number, len(missing))
        if missing and made == kept:
            in_use = {path.name for path in (*arrays, *self._texts)}
            disk.remove_files(kept, lambda name: name.endswith((".npy", ".arrow")) and name not in in_use)
        self._entries = [disk.load_array(path) for path in arrays]

    def _check(self, home: Path, *names: str) -> None:
        """Parts that the index is made from are what was written, bit for bit."""
        known = {name: self.state.digests[name] for name in names if name in self.state.digests}
        faults = differing(home, known, self.state.stamps)
        for name, what in faults.items():
            raise disk.StorageError(f"{home / name} {what}: `dedup repair --out {home.parent}` takes it out of use")

    def datasketch(self, names: Sequence[Sequence[str | None]]) -> MinHashLSH:
        """datasketch's index with the files as its hash tables: nothing is read before it is asked.

        ``names[part][row]`` is the key of an article; one without a name (an older version) is no answer. Its ``query``
        takes any MinHash of the run's scheme, seed and ``num_perm``. ``look_up`` finds the same without importing
        datasketch (0.6 s, for SciPy).
        """
        from datasketch import MinHashLSH

        lsh = MinHashLSH(num_perm=self._config.num_perm, params=(max(2, self.bands), self._config.rows))
        lsh.hashtables = [_Buckets(band, self._config.rows, self._entries, names) for band in range(self.bands)]
        lsh.hashranges = lsh.hashranges[: self.bands]
        return lsh

    def look_up(self, signatures: np.ndarray) -> Hits:
        """Articles with a window that agrees on a band with one of ``signatures`` (windows, num_perm) uint32.

        They are those that ``datasketch`` gives for each window.
        """
        if len(signatures) >> int(_WINDOW_BITS):
            raise ValueError(f"at most {1 << int(_WINDOW_BITS):,} windows are looked up, got {len(signatures):,}")
        asked, place = np.unique(_mixed(self._keys(signatures)).ravel(), return_inverse=True)
        window = np.arange(place.size) % max(len(signatures), 1)
        met = [np.zeros(0, np.uint64)]
        for part, entries in enumerate(self._entries):
            low, high = _ranges(entries, asked)
            held = (high - low)[place]
            found = entries[ranges(low[place], high[place])] & _ROW | np.uint64(part) << _ROW_BITS
            met.append(np.unique(found << _WINDOW_BITS | np.repeat(window, held).astype(np.uint64)))
        every = np.concatenate(met)
        return _ranked((every >> _WINDOW_BITS).astype(np.int64), (every & _WINDOW).astype(np.int64))

    def paragraphs(self, part: int, rows: np.ndarray) -> list[pa.Table]:
        """Paragraphs (PARAGRAPHS without ids and offsets) of the articles in some rows of a part, one table a row."""
        numbers = np.unique(rows // BLOCK).tolist()
        blocks = dict(zip(numbers, disk.read_blocks(self._texts[part], numbers), strict=True))
        found = []
        for row in rows.tolist():
            block = blocks[row // BLOCK]
            begin, end = np.searchsorted(block["row"].to_numpy(), [row, row + 1])
            found.append(block.slice(begin, end - begin))
        return found

    def _keys(self, signatures: np.ndarray) -> np.ndarray:
        """(bands, windows) uint32."""
        keys = np.empty((self.bands, len(signatures)), np.uint32)
        band_keys(signatures, self._config.rows, 0, len(signatures), keys)
        return keys


def _ranked(places: np.ndarray, windows: np.ndarray) -> Hits:
    """Distinct meetings of articles and windows, sorted by place -> the articles by weight.

    ``places`` (meetings,) int64, the part above the row; ``windows`` (meetings,) int64, numbers of windows.
    """
    shares = 1.0 / np.maximum(np.bincount(windows), 1)
    found, first = np.unique(places, return_index=True)
    weights = np.add.reduceat(shares[windows], first) if len(found) else np.zeros(0)
    order = np.argsort(-weights.round(9), kind="stable")
    found = found[order]
    return Hits(found >> int(_ROW_BITS), found & ((1 << int(_ROW_BITS)) - 1), weights[order])


class _Buckets(NamedTuple):
    """The buckets of one band where they lie on the disk, asked as datasketch asks a hash table."""

    band: int
    rows: int
    entries: list[np.ndarray]
    names: Sequence[Sequence[str | None]]

    def get(self, name: bytes) -> Iterator[str]:
        """The articles in the bucket that datasketch calls ``name``: the values of the band, big-endian."""
        values = np.frombuffer(name, ">u4").astype(np.uint32).reshape(1, self.rows)
        key = np.empty((1, 1), np.uint32)
        band_keys(values, self.rows, 0, 1, key)
        asked = _mixed(key, self.band).ravel()
        for entries, names in zip(self.entries, self.names, strict=True):
            low, high = (place.item() for place in _ranges(entries, asked))
            yield from filter(None, (names[row] for row in (entries[low:high] & _ROW).tolist()))


def _shape(config: Config) -> str:
    """Digest of how windows are cut and signed: an index of other settings has other names."""
    return shape("links", config)


def _entries(file: Path, bands: int, config: Config) -> np.ndarray:
    """The words of a part -> its sorted, distinct entries (see the head of this module)."""
    table = disk.read_table(file)
    row = table["row"].to_numpy()
    if len(row) and int(row.max()) >> int(_ROW_BITS):
        raise disk.StorageError(f"{file} has more articles than the index can number ({1 << int(_ROW_BITS):,})")
    windows = shingle.shingle(table, config)
    keys = np.empty((bands, len(windows)), np.uint32)
    sketch.fill_keys(*sketch.list_view(windows["shingles"]), config, range(bands), keys)
    entries = (_mixed(keys) | row[windows["paragraph_row"].to_numpy()].astype(np.uint64)).ravel()
    entries.sort()
    return entries[: keep_distinct(entries)].copy()


def _blocks(texts: pa.Table) -> Iterator[pa.Table]:
    """Paragraphs of a part, sorted by ``row`` -> those of BLOCK articles at a time."""
    rows = texts["row"].to_numpy()
    borders = np.searchsorted(rows, np.arange(0, int(rows.max(initial=0)) + BLOCK + 1, BLOCK)).tolist()
    for begin, end in pairwise(borders):
        yield texts.slice(begin, end - begin)


def _ranges(entries: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the bucket of each key begins and ends among the sorted entries of a part."""
    return np.searchsorted(entries, asked), np.searchsorted(entries, asked | _ROW, side="right")


def _mixed(keys: np.ndarray, first: int = 0) -> np.ndarray:
    """Keys (bands, n) uint32, from the band ``first`` on -> uint64, band and key mixed in the upper 43 bits, zeros
    below."""
    steps = np.arange(first + 1, first + len(keys) + 1, dtype=np.uint64)[:, None] * _BAND_STEP
    mixed = (keys ^ steps) * _MIX
    return (mixed ^ (mixed >> np.uint64(32))) * _MIX >> _ROW_BITS << _ROW_BITS

"""OUT/index: which articles of the store hold a window like this one, for look-ups of one text at a time.

A run joins all windows at once and needs no index; a look-up may not read the bands of all windows (64 KB an
article). So some bands of every bands part are kept again, sorted, in a file that is searched where it lies on the
disk: ``OUT/index/<bands part>.npy``, uint64, one value for each band of each window, the band and its key mixed
above (43 bits), the article's row in its part below (21 bits), sorted and distinct. Parts never change, so a file is
made once, on the first look-up after the run that brought its part; it is derived and may be removed.

Windows of a text that is looked up begin at every word, those of the store at every ``window_step`` words: some
window of a copied stretch of ``window_words + window_step - 1`` words then equals a window of the store, and all
bands agree. That is why BANDS of them are enough (``docs/check.md`` has the figures).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup import kernels, storage, store
from dedup.config import SKETCH_SCHEME, Config

if TYPE_CHECKING:
    from datasketch import MinHashLSH

BANDS = 4
"""Bands of a window that the index keeps (all, when the run has fewer)."""

_ROW_BITS = np.uint64(21)
_BAND_STEP, _MIX = np.uint64(0xD1B54A32D192ED03), np.uint64(0x9E3779B97F4A7C15)


class Hits(NamedTuple):
    """Articles of the store that hold windows like those of a text, those with most windows first."""

    part: np.ndarray
    """(articles,) int64, number of the articles part."""
    row: np.ndarray
    """(articles,) int64, row in the part."""
    windows: np.ndarray
    """(articles,) int64, windows of the text that met one of the article's."""


class Index:
    """The windows of a store, ready to be asked."""

    def __init__(self, out: Path | str, config: Config, progress: Callable[[int, int], None] | None = None) -> None:
        """Map the index of the store of ``out`` and make what is missing of it.

        ``config`` holds the settings of the run that made the store. ``progress`` is called with the parts made and
        the parts to make. A folder that cannot be written to is no fault: the part stays in memory.
        """
        self.state = store.load(out)
        self.parts = list(self.state.articles)
        self.bands = min(BANDS, config.bands)
        self._config = config
        home, kept = store.folder(out), Path(out) / "index"
        names = [store.made_from(self.state, "bands", part).removesuffix(".parquet") for part in self.parts]
        missing = [name for name in names if not (kept / f"{name}.npy").exists()]
        made: dict[str, np.ndarray] = {}
        for number, name in enumerate(missing):
            entries = _entries(home / f"{name}.parquet", self.bands)
            try:
                storage.save_array(kept / f"{name}.npy", entries)
            except storage.StorageError:
                made[name] = entries
            if progress:
                progress(number + 1, len(missing))
        self._entries = [
            made[name] if name in made else storage.load_array(kept / f"{name}.npy") for name in names
        ]
        if missing and not made:
            storage.remove_files(kept, lambda name: name.endswith(".npy") and name[:-4] not in names)

    def look_up(self, signatures: np.ndarray) -> Hits:
        """Articles with a window that agrees on a band with one of ``signatures`` (windows, num_perm) uint32.

        The answer is that of ``datasketch`` below, for all windows at once.
        """
        found = [np.zeros(0, np.uint64)]
        for part, (window, _, row) in enumerate(self._met(signatures)):
            found.append(np.unique(row << np.uint64(32) | window) | np.uint64(part) << np.uint64(53))
        places, windows = np.unique(np.concatenate(found) >> np.uint64(32), return_counts=True)
        order = np.argsort(-windows, kind="stable")
        places = places[order].astype(np.int64)
        return Hits(places >> int(_ROW_BITS), places & ((1 << int(_ROW_BITS)) - 1), windows[order])

    def datasketch(self, signatures: np.ndarray) -> MinHashLSH:
        """datasketch's index with the files as its hash tables; the buckets of ``signatures`` are read ahead.

        Its keys are (number of the part, row). It answers what was read ahead, and can be asked with any MinHash
        of these values: ``index.query(MinHash(hashvalues=..., ...))``.
        """
        from datasketch import MinHashLSH

        lsh = MinHashLSH(num_perm=self._config.num_perm, params=(max(2, self.bands), self._config.rows))
        tables = [_Buckets(self._config.rows) for _ in range(self.bands)]
        keys = self._keys(signatures)
        for part, (window, band, row) in enumerate(self._met(signatures)):
            for at, number, member in zip(window.tolist(), band.tolist(), row.tolist(), strict=True):
                tables[number].buckets.setdefault(int(keys[number, at]), set()).add((part, member))
        lsh.hashtables, lsh.hashranges = tables, lsh.hashranges[: self.bands]
        return lsh

    def ask_datasketch(self, signatures: np.ndarray) -> Hits:
        """The same as ``look_up``, asked of datasketch window by window."""
        from collections import Counter

        lsh, counted = self.datasketch(signatures), Counter()
        for minhash in minhashes(signatures, self._config):
            counted.update(lsh.query(minhash))
        found = sorted(counted, key=lambda place: (-counted[place], place))
        places = np.array(found, np.int64).reshape(-1, 2)
        return Hits(places[:, 0], places[:, 1], np.array([counted[place] for place in found], np.int64))

    def _keys(self, signatures: np.ndarray) -> np.ndarray:
        """(bands, windows) uint64."""
        keys = np.empty((self.bands, len(signatures)), np.uint64)
        kernels.band_keys(signatures, self._config.rows, 0, len(signatures), keys)
        return keys

    def _met(self, signatures: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each part the meetings of windows in a bucket: number of the window, band, row of the article; uint64."""
        mixed = _mixed(self._keys(signatures))
        asked, back = np.unique(mixed.ravel(), return_inverse=True)
        asker = np.argsort(back.ravel(), kind="stable")
        askers = np.bincount(back.ravel(), minlength=len(asked))
        first_asker = np.cumsum(askers) - askers
        for entries in self._entries:
            low = np.searchsorted(entries, asked)
            high = np.searchsorted(entries, asked | ((np.uint64(1) << _ROW_BITS) - np.uint64(1)), side="right")
            full = np.flatnonzero(high > low)
            members, several = (high - low)[full], askers[full]
            # every member of a bucket meets every window that asked for it
            meetings = members * several
            bucket = np.repeat(np.arange(len(full)), meetings)
            turn = np.arange(int(meetings.sum())) - np.repeat(np.cumsum(meetings) - meetings, meetings)
            entry = entries[low[full][bucket] + turn // several[bucket]]
            asked_by = asker[first_asker[full][bucket] + turn % several[bucket]]
            band, window = np.divmod(asked_by, max(len(signatures), 1))
            yield window.astype(np.uint64), band.astype(np.uint64), entry & ((np.uint64(1) << _ROW_BITS) - np.uint64(1))


class _Buckets:
    """Some buckets of one band, in the form in which datasketch keeps a hash table."""

    def __init__(self, rows: int) -> None:
        self.buckets: dict[int, set[tuple[int, int]]] = {}
        self._rows = rows

    def get(self, name: bytes) -> Iterable[tuple[int, int]]:
        """The articles in the bucket that datasketch calls ``name``: the values of the band, big-endian."""
        values = np.frombuffer(name, ">u4").astype(np.uint32).reshape(1, self._rows)
        key = np.empty((1, 1), np.uint64)
        kernels.band_keys(values, self._rows, 0, 1, key)
        return self.buckets.get(int(key[0, 0]), ())


def minhashes(signatures: np.ndarray, config: Config) -> Iterator:
    """Signatures (windows, num_perm) uint32 -> ``datasketch.MinHash``, one a window."""
    from datasketch import MinHash

    from dedup.sketch import permutations

    drawn = permutations(config.num_perm, config.seed)
    for values in signatures:
        yield MinHash(seed=config.seed, hashvalues=values, permutations=drawn, scheme=SKETCH_SCHEME)


def _entries(file: Path, bands: int) -> np.ndarray:
    """A bands part -> its sorted, distinct entries (see the head of this module)."""
    table = storage.read_table(file, ["member", *(f"band_{number:04d}" for number in range(bands))])
    member = table["member"].to_numpy().astype(np.uint64)
    if len(member) and int(member.max()) >> int(_ROW_BITS):
        raise storage.StorageError(f"{file} has more than {1 << int(_ROW_BITS):,} articles, which the index cannot number")
    keys = np.stack([table[f"band_{number:04d}"].to_numpy() for number in range(bands)])
    entries = (_mixed(keys) | member).ravel()
    entries.sort()
    return entries[: kernels.keep_distinct(entries)].copy()


def _mixed(keys: np.ndarray) -> np.ndarray:
    """Keys (bands, n) uint64 -> the same, band and key mixed in the upper 43 bits, zeros below."""
    steps = np.arange(1, len(keys) + 1, dtype=np.uint64)[:, None] * _BAND_STEP
    mixed = (keys ^ (keys >> np.uint64(29)) ^ steps) * _MIX
    return (mixed ^ (mixed >> np.uint64(32))) * _MIX >> _ROW_BITS << _ROW_BITS

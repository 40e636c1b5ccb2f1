"""WINDOWS -> SIGNATURES: MinHash values, the same as datasketch's."""

from __future__ import annotations

import functools
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import in_threads, one_chunk
from dedup.config import Config
from dedup.kernels import minhash

_BLOCK = 512
"""Windows whose signatures are in memory at once on a thread."""


def sketch(windows: pa.Table, config: Config) -> pa.Table:
    """Sign every window.

    WINDOWS -> SIGNATURES. The values equal those of ``datasketch.MinHash(num_perm, seed, scheme="affine32")`` fed
    with the low 32 bits of the same shingles through an identity hash function (Broder, On the resemblance and
    containment of documents, 1997).
    """
    values = sign(windows["shingles"], config)
    column = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), config.num_perm)
    return pa.Table.from_arrays(
        [windows["paragraph_row"], column.cast(pa.list_(pa.uint32()))], schema=schemas.SIGNATURES
    )


def sign(shingles: pa.ChunkedArray | pa.Array, config: Config) -> np.ndarray:
    """Signatures of a list-view column of shingles: shape (rows, num_perm), uint32."""
    values, offsets, sizes = list_view(shingles)
    a, b = drawn(config)
    signatures = np.empty((len(offsets), config.num_perm), np.uint32)
    in_threads(
        len(offsets), config, lambda low, high: minhash.sign(values, offsets, sizes, a, b, low, high, signatures)
    )
    return signatures


def band_keys(shingles: pa.ChunkedArray | pa.Array, config: Config) -> np.ndarray:
    """Key of every band of every window of a list-view column of shingles: shape (bands, rows), uint64."""
    values, offsets, sizes = list_view(shingles)
    keys = np.empty((config.bands, len(offsets)), np.uint64)
    fill_keys(values, offsets, sizes, config, range(config.bands), keys)
    return keys


def fill_keys(
    values: np.ndarray, offsets: np.ndarray, sizes: np.ndarray, config: Config, bands: range, keys: np.ndarray
) -> None:
    """Key of some bands of every window: ``keys`` (bands, windows) uint64; the windows as ``list_view`` gives them.

    The keys of ``sign``'s signatures; but only a block of these is in memory at a time, and stays in the processor's
    cache until its keys are made.
    """
    a, b = (column[bands.start * config.rows : bands.stop * config.rows] for column in drawn(config))

    def work(low: int, high: int) -> None:
        signatures = np.empty((min(_BLOCK, high - low), len(a)), np.uint32)
        for begin in range(low, high, _BLOCK):
            rows = slice(begin, min(begin + _BLOCK, high))
            n = rows.stop - rows.start
            minhash.sign(values, offsets[rows], sizes[rows], a, b, 0, n, signatures)
            minhash.band_keys(signatures, config.rows, 0, n, keys[:, rows])

    in_threads(len(offsets), config, work)


def list_view(shingles: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values uint64, and where each row's values begin and how many they are, int64."""
    array = one_chunk(shingles)
    return array.values.to_numpy(), array.offsets.to_numpy().astype(np.int64), array.sizes.to_numpy().astype(np.int64)


def drawn(config: Config) -> tuple[np.ndarray, np.ndarray]:
    """The permutations of a run: of its seed, or of its secret, which nobody can make collisions for beforehand."""
    if config.seed_file is None:
        return permutations(config.num_perm, config.seed)
    secret = blake2b(config.seed_file.read_bytes(), digest_size=32).digest()
    return permutations(config.num_perm, tuple(np.frombuffer(secret, "<u4").tolist()))


@functools.cache
def permutations(num_perm: int, seed: int | tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers (odd) and offsets of datasketch's affine32 permutations, each (num_perm,) uint32.

    Drawn as datasketch 2.0 draws them (``MinHash._init_permutations``); a test holds the two equal. datasketch is
    not imported here, because it takes more than a second.
    """
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return a, b

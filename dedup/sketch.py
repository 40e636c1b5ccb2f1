"""WINDOWS -> SIGNATURES: MinHash values, the same as datasketch's."""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa

from dedup import kernels, schemas
from dedup.arrays import in_threads
from dedup.config import Config


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
    array = shingles.combine_chunks() if isinstance(shingles, pa.ChunkedArray) else shingles
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], shingles.type)
    offsets, sizes = array.offsets.to_numpy(), array.sizes.to_numpy()
    values = array.values.to_numpy()
    a, b = permutations(config.num_perm, config.seed)
    signatures = np.empty((len(array), config.num_perm), np.uint32)
    in_threads(
        len(array), config, lambda low, high: kernels.sign(values, offsets, sizes, a, b, low, high, signatures)
    )
    return signatures


@functools.cache
def permutations(num_perm: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers (odd) and offsets of datasketch's affine32 permutations, each (num_perm,) uint32.

    Drawn as datasketch 2.0 draws them (``MinHash._init_permutations``); a test holds the two equal. datasketch is
    not imported here, because it takes more than a second.
    """
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << 31, num_perm, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = generator.randint(0, 1 << 32, num_perm, dtype=np.uint32)
    return a, b

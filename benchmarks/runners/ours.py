"""dedup's near-duplicate paragraphs: Arrow column -> verified pairs and cluster labels."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow.parquet as pq
from common import Found, serve

try:
    from dedup.matching.near_duplicates import near_duplicates, sign
except ImportError as error:
    sys.exit(f"dedup.neardup with near_duplicates() and sign() is needed: {error}")

# Ours verifies every candidate, so its bands are tuned for recall; the peers' for their threshold.
BANDS, ROWS = 32, 4


def read(path):
    """The text column; the file is small beside its content, so it is not fetched ahead as a whole."""
    return pq.read_table(path, columns=["text"], pre_buffer=False)["text"]


def pairs(path, options):
    """Every pair at the threshold, each checked exactly, and their components."""
    found, labels = near_duplicates(
        read(path),  # no name holds it here: it goes when it has been shingled
        threshold=options.threshold,
        shingle_size=options.shingle_size,
        num_perm=options.num_perm,
        bands=BANDS,
        rows=ROWS,
        seed=options.seed,
    )
    return Found(
        found["left"].to_numpy().astype(np.int64),
        found["right"].to_numpy().astype(np.int64),
        np.asarray(labels).astype(np.int64),
        note=f"{BANDS} bands x {ROWS}, every pair verified exactly",
    )


def signatures(path, options):
    """Signatures alone, from the text column."""
    texts = read(path)
    values = sign(texts, options.shingle_size, options.num_perm, options.seed)
    if values.shape != (len(texts), options.num_perm) or values.dtype != np.uint32:
        sys.exit(
            f"sign() must give uint32 of shape ({len(texts)}, {options.num_perm}), "
            f"gave {values.dtype} of shape {values.shape}"
        )
    return Found(rows_signed=len(values))


serve({("pairs", ""): pairs, ("sign", ""): signatures})

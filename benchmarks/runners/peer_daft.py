"""Daft: its minhash expression over the Parquet file, then sort-based banding in numpy.

Daft signs but has no index; the bands are joined by sorting (``common.sorted_bands``),
which lists unverified candidates. Its minhash splits at spaces and wants normalised
strings: ``words`` reaches the benchmark's own words by one regular expression,
``normalize`` uses Daft's normaliser (ASCII punctuation is deleted, so l'arbre is one word
and a French quotation mark is a word).
"""

from __future__ import annotations

import os

os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("DAFT_ANALYTICS_ENABLED", "0")
os.environ.setdefault("DAFT_PROGRESS_BAR", "0")

import daft
import numpy as np
from common import Found, from_pairs, serve, sorted_bands
from daft import col
from daft.functions import lower, minhash, normalize, regexp_replace


def plain(text):
    return regexp_replace(lower(text), r"\W+", " ")


def normalized(text):
    return normalize(text, remove_punct=True, lowercase=True, white_space=True)


def signed(path, options, clean):
    """Signatures; uint32, shape (n, num_perm)."""
    frame = daft.read_parquet(path).select(
        minhash(
            clean(col("text")),
            num_hashes=options.num_perm,
            ngram_size=options.shingle_size,
            seed=options.seed,
            hash_function="xxhash",
        ).alias("signature")
    )
    column = frame.to_arrow()["signature"].combine_chunks()
    return np.asarray(column.flatten()).reshape(-1, options.num_perm)


def pairs(clean, note):
    def job(path, options):
        signatures = signed(path, options, clean)
        left, right = sorted_bands(signatures, options.bands, options.rows)
        return from_pairs(len(signatures), left, right, f"{options.bands} bands x {options.rows}, unverified{note}")

    return job


def signatures(path, options):
    return Found(rows_signed=len(signed(path, options, plain)))


serve(
    {
        ("pairs", "words"): pairs(plain, ""),
        ("pairs", "normalize"): pairs(normalized, ", own words"),
        ("sign", "words"): signatures,
    }
)

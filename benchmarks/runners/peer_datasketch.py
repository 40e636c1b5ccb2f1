"""datasketch: MinHash in a loop, and its bulk generator, with MinHashLSH.

The index picks bands and rows for the threshold itself (its documented default) and lists
unverified candidates. Each text is looked up and then inserted, so a pair is listed once
and no signature is kept: the least memory and time the documentation offers. Bulk uses
xxhash, as the documentation advises a faster hash than the default SHA-1 of the loop.
"""

from __future__ import annotations

from array import array

import numpy as np
import xxhash
from common import Found, from_pairs, serve, shingles, texts_of
from datasketch import MinHash, MinHashLSH


def linked(minhashes, n, options, note):
    """Look each MinHash up, then insert it."""
    index = MinHashLSH(threshold=options.threshold, num_perm=options.num_perm)
    left, right = array("q"), array("q")
    for i, minhash in enumerate(minhashes):
        near = index.query(minhash)
        left.extend(near)
        right.extend([i] * len(near))
        index.insert(i, minhash, check_duplication=False)
    return from_pairs(n, left, right, f"{note}; {index.b} bands x {index.r}, unverified")


def one_by_one(texts, options):
    """The loop of the documentation's first example, SHA-1."""
    for text in texts:
        minhash = MinHash(num_perm=options.num_perm, seed=options.seed)
        for shingle in shingles(text, options.shingle_size):
            minhash.update(shingle.encode())
        yield minhash


def in_bulk(texts, options):
    """``MinHash.generator``, which shares the permutations among all the sketches."""
    encoded = ([s.encode() for s in shingles(text, options.shingle_size)] for text in texts)
    return MinHash.generator(encoded, num_perm=options.num_perm, seed=options.seed, hashfunc=xxhash.xxh32_intdigest)


def loop(path, options):
    texts = texts_of(path)
    return linked(one_by_one(texts, options), len(texts), options, "loop, SHA-1")


def bulk(path, options):
    texts = texts_of(path)
    return linked(in_bulk(texts, options), len(texts), options, "generator, xxh32")


def bulk_signatures(path, options):
    texts = texts_of(path)
    values = np.empty((len(texts), options.num_perm), np.uint32)
    for i, minhash in enumerate(in_bulk(texts, options)):
        values[i] = minhash.hashvalues
    return Found(rows_signed=len(values), note="generator, xxh32")


serve({("pairs", "loop"): loop, ("pairs", "bulk"): bulk, ("sign", "bulk"): bulk_signatures})

"""rensa: batch signatures in Rust, then its own LSH.

``lsh``: full-set R-MinHash objects made in one call, inserted and queried in one call each;
this is the path that can name the partners of a text. ``rho``: the pipeline its own
benchmark uses (it samples token positions); it answers only whether a row has a near
duplicate, not which, so it yields neither pairs nor clusters. rensa takes tokens, not
texts: words are found and shingles joined in Python, as in its documentation.
"""

from __future__ import annotations

from array import array

import numpy as np
from common import Found, from_pairs, serve, shingles, texts_of
from rensa import RMinHash, RMinHashLSH


def token_sets(path, options):
    return [shingles(text, options.shingle_size) for text in texts_of(path)]


def lsh(path, options):
    """Candidates that agree on a band, unverified."""
    tokens = token_sets(path, options)
    sketches = RMinHash.from_token_sets(tokens, options.num_perm, options.seed)
    index = RMinHashLSH(options.threshold, options.num_perm, options.bands)
    index.insert_many(sketches)
    left, right = array("q"), array("q")
    for i, near in enumerate(index.query_all(sketches)):
        if len(near) > 1:
            later = [other for other in near if other > i]
            left.extend([i] * len(later))
            right.extend(later)
    rows = options.num_perm // options.bands
    return from_pairs(len(tokens), left, right, f"{options.bands} bands x {rows}, unverified")


def rho(path, options):
    """Rows flagged as having a near duplicate; no pairs."""
    tokens = token_sets(path, options)
    matrix = RMinHash.digest_matrix_from_token_sets_rho(tokens, options.num_perm, options.seed)
    index = RMinHashLSH(options.threshold, options.num_perm, options.bands)
    flags = index.query_duplicate_flags_matrix_one_shot(matrix)
    return Found(flags=np.asarray(flags, bool), note="says which rows are doubled, not with what")


def signatures(path, options):
    matrix = RMinHash.digest_matrix_from_token_sets(token_sets(path, options), options.num_perm, options.seed)
    return Found(rows_signed=matrix.len(), note="words and shingles in Python, full-set R-MinHash")


serve({("pairs", "lsh"): lsh, ("pairs", "rho"): rho, ("sign", "lsh"): signatures})

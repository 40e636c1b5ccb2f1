"""gaoya: texts go in whole; tokenising, signing, LSH and look-up in Rust on all cores.

Own words: it lower-cases and splits at white space and ASCII punctuation; French quotation
marks stay as words, so its shingles differ from the benchmark's around quotations. A
look-up keeps candidates whose estimated Jaccard reaches the threshold. ``smallvec`` is the
container its documentation advises where near duplicates are few.
"""

from __future__ import annotations

from array import array

from common import from_pairs, serve, texts_of
from gaoya.minhash import MinHashStringIndex


def index_of(options):
    return MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=options.threshold,
        num_bands=options.bands,
        band_size=options.rows,
        analyzer="word",
        lowercase=True,
        ngram_range=(options.shingle_size, options.shingle_size),
        id_container="smallvec",
    )


def pairs(path, options):
    texts = texts_of(path)
    index = index_of(options)
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    left, right = array("q"), array("q")
    for i, near in enumerate(index.par_bulk_query(texts)):
        if len(near) > 1:
            later = [other for other in near if other > i]
            left.extend([i] * len(later))
            right.extend(later)
    note = f"{options.bands} bands x {options.rows}, checked on signatures, own words"
    return from_pairs(len(texts), left, right, note)


serve({("pairs", ""): pairs})

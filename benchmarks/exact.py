"""Paragraphs -> every pair with Jaccard at or above a threshold: the truth for ``peers.py``.

No hashing of text and no sampling: a word is a number, a shingle of up to three words is
those numbers side by side in 64 bits, and the pairs come from a prefix-filter join (Xiao,
Wang, Lin, Yu & Wang, "Efficient Similarity Joins for Near-Duplicate Detection", ACM TODS
2011, sections 3 and 4). Written apart from the library that is being judged.

    python benchmarks/exact.py paragraphs.parquet --out truth.npz
    python benchmarks/exact.py --check        # against comparing all pairs, on small corpora
"""

from __future__ import annotations

import argparse
import sys
import time
from fractions import Fraction
from pathlib import Path

import numba
import numpy as np
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).resolve().parent / "runners"))
from common import shingles, words


def shingle_sets(texts, size: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """The distinct shingles of each text, the rarest first.

    Returns offsets (int64, shape (n + 1,)) and shingles (int32, shape (offsets[-1],)): number
    0 is the rarest shingle of the corpus; inside a text the numbers ascend and are distinct.
    A text of fewer than ``size`` words is one shingle; one without words has none.
    """
    if not 1 <= size <= 3:
        raise ValueError(f"shingles of 1 to 3 words fit into 64 bits, got {size}")
    numbers: dict[str, int] = {}
    counts = np.zeros(len(texts), np.int64)
    streams = []
    for row, text in enumerate(texts):
        found = [numbers.setdefault(word, len(numbers) + 1) for word in words(text or "")]
        counts[row] = len(found)
        streams.append(np.array(found, np.int64))
    if len(numbers) >= 1 << 21:
        raise ValueError(f"{len(numbers)} different words; 3 of them in 64 bits allow 2,097,151")
    stream = np.concatenate(streams) if streams else np.zeros(0, np.int64)
    del streams
    keys, owners = packed(stream, counts, size)
    order = np.lexsort((keys, owners))
    keys, owners = keys[order], owners[order]
    fresh = np.ones(len(keys), bool)
    fresh[1:] = (keys[1:] != keys[:-1]) | (owners[1:] != owners[:-1])
    keys, owners = keys[fresh], owners[fresh]
    _, number, frequency = np.unique(keys, return_inverse=True, return_counts=True)
    rank = np.empty(len(frequency), np.int32)
    rank[np.argsort(frequency, kind="stable")] = np.arange(len(frequency), dtype=np.int32)
    ranks = rank[number]
    ranks = ranks[np.lexsort((ranks, owners))]
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=len(texts)), out=offsets[1:])
    return offsets, ranks


@numba.njit(cache=True)
def packed(stream, counts, size):
    """Word numbers -> packed shingles and the text each belongs to."""
    total = 0
    for count in counts:
        total += max(count - size + 1, 1 if count else 0)
    keys, owners = np.empty(total, np.int64), np.empty(total, np.int64)
    at, begin = 0, 0
    for row in range(len(counts)):
        count = counts[row]
        width = min(size, count)
        for first in range(max(count - size + 1, 1 if count else 0)):
            key = 0
            for k in range(width):
                key = (key << 21) | stream[begin + first + k]
            keys[at], owners[at] = key, row
            at += 1
        begin += count
    return keys, owners


@numba.njit(cache=True)
def joined(offsets, shingle, order, top, bottom, n_shingles):
    """Pairs with overlap / union >= top / bottom; texts are taken shortest first.

    Two sets that reach the threshold share a shingle within the first
    |x| - ceil(t |x|) + 1 of the longer and |y| - ceil(2t / (1 + t) |y|) + 1 of the shorter,
    in any fixed order; the rarest shingles come first here, so few texts meet.
    """
    n = len(order)
    head = np.full(n_shingles, -1, np.int64)  # newest entry in the index of each shingle
    entry_text, entry_next = np.empty(len(shingle), np.int64), np.empty(len(shingle), np.int64)
    entries = 0
    seen = np.full(n, -1, np.int64)
    left, right, jaccard = [np.int64(0)], [np.int64(0)], [0.0]
    for position in range(n):
        x = order[position]
        begin, size = offsets[x], offsets[x + 1] - offsets[x]
        if size == 0:
            continue
        probe = size - -(-top * size // bottom) + 1
        for i in range(probe):
            entry = head[shingle[begin + i]]
            while entry >= 0:
                y = entry_text[entry]
                entry = entry_next[entry]
                if seen[y] == x:
                    continue
                seen[y] = x
                other, other_size = offsets[y], offsets[y + 1] - offsets[y]
                if other_size * bottom < top * size:
                    continue
                shared, a, b = 0, begin, other
                while a < begin + size and b < other + other_size:
                    if shingle[a] == shingle[b]:
                        shared += 1
                        a += 1
                        b += 1
                    elif shingle[a] < shingle[b]:
                        a += 1
                    else:
                        b += 1
                union = size + other_size - shared
                if shared * bottom >= top * union:
                    left.append(min(x, y))
                    right.append(max(x, y))
                    jaccard.append(shared / union)
        stored = size - -(-2 * top * size // (top + bottom)) + 1
        for i in range(stored):
            entry_text[entries], entry_next[entries] = x, head[shingle[begin + i]]
            head[shingle[begin + i]] = entries
            entries += 1
    return np.array(left[1:]), np.array(right[1:]), np.array(jaccard[1:])


def exact_pairs(texts, threshold: float = 0.7, size: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair of texts with Jaccard >= threshold: left < right (int64), jaccard (float64),
    sorted by left, then right. Texts without words are in no pair."""
    offsets, shingle = shingle_sets(texts, size)
    share = Fraction(str(threshold))
    order = np.argsort(np.diff(offsets), kind="stable")
    n_shingles = int(shingle.max()) + 1 if len(shingle) else 0
    left, right, jaccard = joined(offsets, shingle, order, share.numerator, share.denominator, n_shingles)
    sort = np.lexsort((right, left))
    return left[sort], right[sort], jaccard[sort]


def slow_pairs(texts, threshold: float = 0.7, size: int = 3) -> dict[tuple[int, int], float]:
    """The same by comparing all pairs of Python sets of strings."""
    sets = [set(shingles(text or "", size)) for text in texts]
    share = Fraction(str(threshold))
    found = {}
    for i, one in enumerate(sets):
        for j in range(i):
            shared = len(one & sets[j])
            union = len(one) + len(sets[j]) - shared
            if union and Fraction(shared, union) >= share:
                found[j, i] = shared / union
    return found


def check() -> None:
    """Compare the join with all pairs on awkward texts and on generated paragraphs."""
    import corpus

    awkward = ["", "un", "Un.", "un deux", "un deux trois", "un, deux trois", "L'été «là» été"]
    awkward += ["a b c d e f g h i j k l", "a b c d e f g h i j k", "a b c d e f g h i j"]
    awkward += ["x x x x x x", "x x x", "", "été ici là été ici là"]
    cases = [(awkward, size) for size in (1, 2, 3)]
    cases += [(corpus.paragraphs(1500, seed)["text"].to_pylist(), 3) for seed in (1, 2)]
    for texts, size in cases:
        for threshold in (0.3, 0.5, 0.7, 0.9, 1.0):
            left, right, jaccard = exact_pairs(texts, threshold, size)
            pairs = zip(left.tolist(), right.tolist(), strict=True)
            fast = dict(zip(pairs, jaccard.tolist(), strict=True))
            slow = slow_pairs(texts, threshold, size)
            if fast != slow:
                raise SystemExit(
                    f"{len(texts)} texts, shingles of {size}, threshold {threshold}: the join has "
                    f"{len(fast)} pairs, comparing all has {len(slow)}"
                )
            print(f"{len(texts)} texts, shingles of {size}, threshold {threshold}: {len(fast)} pairs")


def main(arguments: list[str] | None = None) -> int:
    """Write the exact pairs of one Parquet file, or check the join."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", nargs="?", help="Parquet with a text column")
    parser.add_argument("--out", help="result, .npz with left, right, jaccard and n")
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--shingle-size", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="compare with all pairs instead")
    options = parser.parse_args(arguments)
    if options.check:
        check()
        return 0
    if not options.input or not options.out:
        parser.error("an input and --out are needed, or --check")
    begin = time.perf_counter()
    texts = pq.read_table(options.input, columns=["text"])["text"].to_pylist()
    left, right, jaccard = exact_pairs(texts, options.threshold, options.shingle_size)
    np.savez(options.out, left=left, right=right, jaccard=jaccard, n=len(texts))
    print(
        f"{len(texts)} paragraphs, {len(left)} pairs at J >= {options.threshold}, {time.perf_counter() - begin:.1f} s",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

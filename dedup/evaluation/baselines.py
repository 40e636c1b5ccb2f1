"""Texts -> pairs, by the LSH that users know and by comparing everything: what a run is measured against.

Nothing here is used by a run. The words are cut by plain Python and the signatures are datasketch's own, so that
a fault of our tokeniser, kernels or band join cannot hide in the yardstick.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Collection, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)

NUM_PERM = 128
WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Runs of letters and digits, without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return WORD.findall("".join(part for part in parts if not unicodedata.combining(part)))


def lsh_pairs(
    texts: Mapping[Key, str], thresholds: Iterable[float], size: int, min_words: int = 0, num_perm: int = NUM_PERM
) -> dict[float, list[tuple[Key, Key]]]:
    """Pairs of texts that ``datasketch.MinHashLSH`` returns for each threshold, smaller key first, sorted.

    ``size`` is the words in a shingle; texts of fewer words than ``size`` or ``min_words`` take no part. The pairs
    are what the index answers, not verified further: that is how it is commonly used.
    """
    from datasketch import MinHash, MinHashLSH

    signatures: dict[Key, Any] = {}
    by_digest: dict[bytes, Any] = {}
    for key, text in texts.items():
        text_words = words(text)
        if len(text_words) < max(size, min_words):
            continue
        shingles = {" ".join(text_words[at : at + size]).encode() for at in range(len(text_words) - size + 1)}
        digest = hashlib.blake2b(b"\0".join(sorted(shingles)), digest_size=16).digest()
        if digest not in by_digest:
            sketch = MinHash(num_perm=num_perm, seed=1)
            sketch.update_batch(list(shingles))
            by_digest[digest] = sketch
        signatures[key] = by_digest[digest]
    answer = {}
    for threshold in thresholds:
        index = MinHashLSH(threshold=threshold, num_perm=num_perm)
        pairs: set[tuple[Key, Key]] = set()
        for key, sketch in signatures.items():
            pairs.update((key, other) if key < other else (other, key) for other in index.query(sketch))
            index.insert(key, sketch)
        answer[threshold] = sorted(pairs)
    return answer


def cached_lsh_pairs(
    texts: Mapping[Key, str],
    thresholds: Iterable[float],
    size: int,
    min_words: int = 0,
    folder: Path | None = None,
) -> dict[float, list[tuple[Key, Key]]]:
    """``lsh_pairs``, kept in a JSON file of ``folder`` under a digest of the texts and the settings.

    Keys are texts, or rows of texts and numbers. Without a folder nothing is kept.
    """
    thresholds = list(thresholds)
    if folder is None:
        return lsh_pairs(texts, thresholds, size, min_words)
    digest = hashlib.blake2b(repr((thresholds, size, min_words, NUM_PERM)).encode(), digest_size=16)
    for key, text in sorted(texts.items()):
        digest.update(f"{key!r}\0{text}\0".encode("utf-8", "surrogatepass"))
    file = Path(folder) / f"lsh-{digest.hexdigest()}.json"
    if file.exists():
        kept = json.loads(file.read_text("utf-8"))
        return {float(name): [(_key(a), _key(b)) for a, b in pairs] for name, pairs in kept.items()}
    answer = lsh_pairs(texts, thresholds, size, min_words)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({str(name): pairs for name, pairs in answer.items()}), "utf-8")
    return answer


def sample_ids(ids: Iterable[str], size: int) -> list[str]:
    """A sample that depends on the ids alone: the ``size`` ids with the smallest hash, sorted."""

    def rank(name: str) -> tuple[bytes, str]:
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), name

    return sorted(sorted(set(ids), key=rank)[:size])


def sharing_pairs(
    texts: Mapping[str, str],
    sample: Collection[str],
    window_words: int = 16,
    shingle_size: int = 3,
    floor: float = 0.5,
) -> set[tuple[str, str]]:
    """Pairs (smaller id first) that truly share text, found by comparing every window with every window.

    A sampled text shares text with another one when some run of ``window_words`` words of the sampled text has at
    least ``floor`` of its distinct ``shingle_size``-word shingles inside one run of ``window_words`` words of the
    other. Every run is tried, word by word; windows cross paragraphs. A text shorter than a window has none. An
    inverted index only skips windows that cannot reach the floor; nothing is estimated.
    """
    n_shingles = window_words - shingle_size + 1
    if n_shingles < 1:
        raise ValueError(f"a window of {window_words} words holds no shingle of {shingle_size}")
    names = sorted(texts)
    unknown = set(sample) - set(names)
    if unknown:
        raise ValueError(f"sampled texts that are not in the corpus: {', '.join(sorted(unknown)[:3])}")
    shingles, starts = _shingle_numbers([words(texts[name]) for name in names], shingle_size)
    owner = np.repeat(np.arange(len(names)), np.diff(starts))
    place = np.arange(len(shingles)) - starts[owner] if len(shingles) else np.empty(0, int)
    order = np.argsort(shingles, kind="stable")
    lists = np.searchsorted(shingles[order], np.arange(shingles.max(initial=-1) + 2))
    found: set[tuple[str, str]] = set()
    for left in (number for number, name in enumerate(names) if name in set(sample)):
        own = shingles[starts[left] : starts[left + 1]]
        if len(own) < n_shingles:
            continue
        counts = lists[own + 1] - lists[own]
        left_place = np.repeat(np.arange(len(own)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        hits = order[np.repeat(lists[own], counts) + within]
        by_right = np.argsort(owner[hits], kind="stable")
        hits, left_place = hits[by_right], left_place[by_right]
        rights, begins = np.unique(owner[hits], return_index=True)
        needed = _needed(own, n_shingles, floor)
        for right, begin, end in zip(rights, begins, np.append(begins[1:], len(hits)), strict=True):
            if right == left or end - begin < needed.min() or starts[right + 1] - starts[right] < n_shingles:
                continue
            if _windows_meet(own, left_place[begin:end], place[hits[begin:end]], n_shingles, needed):
                found.add((names[left], names[right]) if left < right else (names[right], names[left]))
    return found


def _key(kept: Any) -> Any:
    return tuple(kept) if isinstance(kept, list) else kept


def _shingle_numbers(texts: list[list[str]], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the distinct shingles of all texts, and where each text starts: (n_texts + 1,)."""
    vocabulary: dict[tuple[str, ...], int] = {}
    numbers: list[int] = []
    starts = [0]
    for text in texts:
        numbers.extend(
            vocabulary.setdefault(tuple(text[at : at + size]), len(vocabulary)) for at in range(len(text) - size + 1)
        )
        starts.append(len(numbers))
    return np.array(numbers, np.int64), np.array(starts, np.int64)


def _needed(own: np.ndarray, n_shingles: int, floor: float) -> np.ndarray:
    """For each window of a text the least number of distinct shared shingles, shape (n_windows,)."""
    windows = np.lib.stride_tricks.sliding_window_view(own, n_shingles)
    ordered = np.sort(windows, axis=1)
    distinct = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)
    return np.maximum(1, np.array([math.ceil(floor * count - 1e-9) for count in distinct]))


def _windows_meet(
    own: np.ndarray, left_place: np.ndarray, right_place: np.ndarray, n_shingles: int, needed: np.ndarray
) -> bool:
    """True when some window of the left text reaches its needed number inside one window of the right text.

    ``left_place`` and ``right_place`` (n_hits,) are the shingles' places in both texts, left places ascending.
    """
    at_left = np.zeros(len(own) + 1, np.int64)
    at_left[1 + np.unique(left_place)] = 1
    inside = np.cumsum(at_left)
    # Shared places inside each left window; a window with fewer places than needed shingles cannot reach them.
    shared = inside[n_shingles:] - inside[: len(own) - n_shingles + 1]
    for window in np.flatnonzero(shared >= needed):
        low, high = np.searchsorted(left_place, [window, window + n_shingles])
        by_right = np.argsort(right_place[low:high], kind="stable")
        spots = right_place[low:high][by_right]
        kinds = own[left_place[low:high][by_right]]
        ends = np.searchsorted(spots, spots + n_shingles)
        for start in np.flatnonzero(ends - np.arange(len(spots)) >= needed[window]):
            if len(np.unique(kinds[start : ends[start]])) >= needed[window]:
                return True
    return False

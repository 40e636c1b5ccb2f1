"""Which ids were read, and with which text: 16 bytes an article."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

FIRST, AGAIN, OTHER = 0, 1, 2
"""An id that is new, one that comes again with its text, one that comes again with another."""


class Known:
    """Which ids were read, and with which text: 16 bytes an article, in a few sorted runs.

    Ids are told apart by 64 bits of their hash: among ten million articles two ids meet by chance in 3 runs out of
    a million.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray, np.ndarray]] = []

    def state(self, ids: list[str], digests: list[str]) -> np.ndarray:
        """For each article of a batch FIRST, AGAIN (same text) or OTHER (another text); uint8, shape (n,)."""
        keys = np.fromiter((_hash(article_id) for article_id in ids), np.uint64, len(ids))
        texts = np.fromiter((int(digest[:16], 16) for digest in digests), np.uint64, len(ids))
        state = np.zeros(len(ids), np.uint8)
        for run_keys, run_texts in self._runs:
            where = np.minimum(np.searchsorted(run_keys, keys), len(run_keys) - 1)
            met = run_keys[where] == keys
            state[met] = np.where(run_texts[where[met]] == texts[met], AGAIN, OTHER)
        order = np.argsort(keys, kind="stable")  # equal ids stay in reading order
        starts = np.flatnonzero(np.r_[True, keys[order][1:] != keys[order][:-1]]) if len(order) else order
        lengths = np.diff(np.r_[starts, len(order)])
        leader = order[np.repeat(starts, lengths)]
        later = (leader != order) & (state[order] == FIRST)
        state[order[later]] = np.where(texts[leader[later]] == texts[order[later]], AGAIN, OTHER)
        new = order[state[order] == FIRST]
        if len(new):
            self._merge(keys[new], texts[new])
        return state

    def _merge(self, keys: np.ndarray, texts: np.ndarray) -> None:
        """Runs at least double in size from the last to the first, so that there are few of them."""
        while self._runs and len(self._runs[-1][0]) < 2 * len(keys):
            other_keys, other_texts = self._runs.pop()
            keys, texts = np.concatenate((other_keys, keys)), np.concatenate((other_texts, texts))
            order = np.argsort(keys)
            keys, texts = keys[order], texts[order]
        self._runs.append((keys, texts))


def _hash(article_id: str) -> int:
    return int.from_bytes(blake2b(article_id.encode(), digest_size=8).digest(), "little")

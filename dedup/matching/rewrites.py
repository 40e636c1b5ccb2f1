"""ALIGNMENTS -> ALIGNMENTS of rewordings: sentences of the same two articles that say the same in other words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedup.arrays import in_threads
from dedup.config import Config
from dedup.kernels.alignment import Texts
from dedup.kernels.rewrites import Covers, Sentences, pair_sentences, sentence_stems
from dedup.matching.align import as_alignments

REWRITE_RARITY = 76
"""Rarity of a stem that counts for a rewrite, in eighths of a bit: 9.5 bits, about once in 700 words."""

REWRITE_STEMS = 6
"""Shared stems that a rewrite needs: with fewer it is a name and a title."""


def rewrites(alignments: pa.Table, texts: Texts, sentences: Sentences, config: Config) -> pa.Table:
    """Find reworded sentences between articles that already share a passage.

    ALIGNMENTS -> ALIGNMENTS, of the same articles, all ``rewrite``; rows counted inside ``texts`` as in ``align``.
    ``sentences`` are those of ``texts``.
    This is as far as words go without a language model: the two sentences share rare stems (first letters of words)
    that few other sentences of the two articles hold, and each is the other's best. ``matched`` counts the shared
    stems, ``information`` is the score of ``pair_sentences``.
    """
    left, right = alignments["left"].to_numpy().astype(np.int64), alignments["right"].to_numpy().astype(np.int64)
    pairs, back = np.unique(left << 32 | right, return_inverse=True)
    pairs = np.stack([pairs >> 32, pairs & 0xFFFFFFFF])
    cover = []
    for number, side in enumerate(("left", "right")):
        start = texts.paragraph_starts[alignments[f"{side}_paragraph"].to_numpy()]
        cover.append(
            (
                back,
                np.full(len(back), number),
                start + alignments[f"{side}_begin_word"].to_numpy(),
                start + alignments[f"{side}_end_word"].to_numpy(),
            )
        )
    owner, side, first, last = (np.concatenate(parts) for parts in zip(*cover, strict=True))
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(pairs.shape[1] + 1))
    covers = Covers(starts, side[order], first[order], last[order])
    found = in_threads(
        pairs.shape[1],
        config,
        lambda low, high: pair_sentences(
            texts, sentences, covers, pairs[0], pairs[1], low, high, REWRITE_RARITY, config.rewrite_score
        ),
        least=16,
    )
    rows = np.concatenate(found) if found else np.zeros((0, 7), np.int64)
    shorter = np.minimum(rows[:, 2] - rows[:, 1], rows[:, 4] - rows[:, 3])
    rows = rows[(shorter >= config.min_words) & (rows[:, 5] >= REWRITE_STEMS)]
    pair, left_first, left_last, right_first, right_last, stems, score = rows.T
    left_paragraph, right_paragraph = texts.paragraphs[left_first], texts.paragraphs[right_first]
    left_start, right_start = texts.paragraph_starts[left_paragraph], texts.paragraph_starts[right_paragraph]
    left_words, right_words = left_last - left_first, right_last - right_first
    none = np.zeros(len(rows), np.int64)
    return as_alignments(
        {
            "left": pairs[0][pair],
            "right": pairs[1][pair],
            "left_paragraph": left_paragraph,
            "left_begin_word": left_first - left_start,
            "left_end_word": left_last - left_start,
            "left_begin": texts.begins[left_first],
            "left_end": texts.ends[left_last - 1],
            "right_paragraph": right_paragraph,
            "right_begin_word": right_first - right_start,
            "right_end_word": right_last - right_start,
            "right_begin": texts.begins[right_first],
            "right_end": texts.ends[right_last - 1],
            "matched": stems,
            "longest": none + 1,
            "runs": stems,
            "insertions": np.maximum(right_words - left_words, 0),
            "deletions": np.maximum(left_words - right_words, 0),
            "substitutions": np.maximum(np.minimum(left_words, right_words) - stems, 0),
            "quoted": none,
            "others": none,
            "information": score / 1000,
            "jaccard": none.astype(float),
            "quote_only": none.astype(bool),
            "quote_reason": none,
            "rewrite": ~none.astype(bool),
        }
    )


def sentences(texts: Texts, config: Config) -> Sentences:
    """The sentences of every article and their rare stems."""
    n = len(texts.words)
    laid_out = Sentences(
        *(np.empty(n, kind) for kind in (np.int32, np.int32, np.uint32, np.int32, np.uint8)),
        np.zeros((len(texts.starts) - 1, 2), np.int64),
    )
    in_threads(
        len(texts.starts) - 1,
        config,
        lambda low, high: sentence_stems(texts, low, high, REWRITE_RARITY, laid_out),
    )
    return laid_out

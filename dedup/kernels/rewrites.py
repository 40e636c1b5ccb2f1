"""Articles that share a passage -> their reworded sentences: two that share rare stems."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernels.common import S32
from dedup.kernels.compiled import kernel
from dedup.kernels.words import SENTENCE_END

LEAST_STEMS = 3
"""Stems that two sentences must share to be compared at all."""


class Sentences(NamedTuple):
    """The sentences of some articles and their rare stems: one entry for each sentence that holds a stem.

    Each of the first five has room for all words; those of an article begin where its words do.
    """

    firsts: np.ndarray
    """int32, first word of each sentence."""
    lasts: np.ndarray
    """int32, one past its last word."""
    names: np.ndarray
    """uint32, the stem of each entry; entries are sorted by stem and sentence."""
    homes: np.ndarray
    """int32, its sentence, counted inside the article."""
    weights: np.ndarray
    """uint8, its greatest rarity there, eighths of a bit."""
    counts: np.ndarray
    """(articles, 2) int64, how many sentences and how many entries there are."""


class Covers(NamedTuple):
    """What the pairs of articles have aligned already."""

    starts: np.ndarray
    """(pairs + 1,) int64, where the alignments of each pair begin in the others."""
    sides: np.ndarray
    """int64, 0 left, 1 right."""
    firsts: np.ndarray
    """int64, first word, absolute."""
    lasts: np.ndarray
    """int64, one past the last word."""


@kernel
def cut_into_sentences(paragraphs, flags, readable, low, high):
    """First and last word of each sentence between two words; paragraphs that are not readable have none."""
    firsts = np.empty(high - low, np.int64)
    lasts = np.empty(high - low, np.int64)
    count = 0
    begin = low
    for i in range(low, high):
        if i + 1 == high or paragraphs[i + 1] != paragraphs[i] or (flags[i] & SENTENCE_END) != 0:
            if readable[paragraphs[i]]:
                firsts[count] = begin
                lasts[count] = i + 1
                count += 1
            begin = i + 1
    return firsts[:count], lasts[:count]


@kernel
def sentence_stems(texts, low, high, least, sentences):
    """Fill in the sentences (Sentences) of the articles ``low`` to ``high`` of ``texts`` (Texts of alignment).

    A stem counts when its rarity is at least ``least``.
    """
    for article in range(low, high):
        begin, end = texts.starts[article], texts.starts[article + 1]
        first, last = cut_into_sentences(texts.paragraphs, texts.flags, texts.readable, begin, end)
        packed = np.empty(end - begin, np.uint64)
        n = 0
        for s in range(len(first)):
            sentences.firsts[begin + s] = first[s]
            sentences.lasts[begin + s] = last[s]
            for i in range(first[s], last[s]):
                if texts.rarity[i] >= least:
                    packed[n] = (np.uint64(texts.stems[i]) << S32) | np.uint64(s << 8) | np.uint64(texts.rarity[i])
                    n += 1
        packed[:n].sort()
        entries = 0
        for i in range(n):
            if i + 1 < n and (packed[i] >> np.uint64(8)) == (packed[i + 1] >> np.uint64(8)):
                continue  # the stem stands there once more, and rarer
            sentences.names[begin + entries] = np.uint32(packed[i] >> S32)
            sentences.homes[begin + entries] = np.int32((packed[i] & np.uint64(0xFFFFFFFF)) >> np.uint64(8))
            sentences.weights[begin + entries] = np.uint8(packed[i] & np.uint64(0xFF))
            entries += 1
        sentences.counts[article, 0] = len(first)
        sentences.counts[article, 1] = entries


@kernel
def pair_sentences(texts, sentences, covers, lefts, rights, low, high, least_rarity, least_score):
    """Reworded sentences of pairs of articles: the two sentences share rare words that few other sentences have.

    The weight of a stem is its rarity, times 2 over the number of sentences that hold it in the article that holds
    it more often (at most 1): names that run through a text say little. The score of two sentences is the weight
    they share, times its share of the lighter sentence. Sentences of which a third is aligned already are left out,
    and a pair counts when each is the other's best.

    ``texts`` (Texts of alignment), ``sentences`` (Sentences), ``covers`` (Covers), ``lefts`` and ``rights`` (pairs,)
    int64. Returns (rewrites, 7) int64: pair, left first and last word, right first and last word, stems shared, score
    in thousandths.
    """
    rows = np.empty((64, 7), np.int64)
    n = 0
    for pair in range(low, high):
        left = _of_article(texts.starts, sentences, lefts[pair])
        right = _of_article(texts.starts, sentences, rights[pair])
        left_done, right_done = _aligned(left, covers, pair, 0), _aligned(right, covers, pair, 1)
        if left_done.all() or right_done.all():
            continue
        left_heavy, right_heavy = _weights(left, right)
        scores, common = _scores(left, right, left_heavy, right_heavy)
        left_partner, right_partner = _partners(scores, left_done, right_done)
        for s in range(len(left_partner)):
            t = left_partner[s]
            if t < 0 or right_partner[t] != s or scores[s, t] < least_score or left_done[s] or right_done[t]:
                continue
            if n == len(rows):
                more = np.empty((2 * n, 7), np.int64)
                more[:n] = rows
                rows = more
            rows[n, 0] = pair
            rows[n, 1], rows[n, 2] = _densest(texts, left, s, right, right_heavy, t, least_rarity)
            rows[n, 3], rows[n, 4] = _densest(texts, right, t, left, left_heavy, s, least_rarity)
            rows[n, 5] = common[s, t]
            rows[n, 6] = np.int64(1000 * scores[s, t])
            n += 1
    return rows[:n]


@kernel
def _of_article(starts, sentences, article):
    """The sentences of one article: firsts, lasts; and its entries: names, homes, weights."""
    begin = starts[article]
    end, entries_end = begin + sentences.counts[article, 0], begin + sentences.counts[article, 1]
    entries = slice(begin, entries_end)
    return (
        sentences.firsts[begin:end],
        sentences.lasts[begin:end],
        sentences.names[entries],
        sentences.homes[entries],
        sentences.weights[entries],
    )


@kernel
def _aligned(article, covers, pair, side):
    """The sentences of an article of a pair of which more than a third is aligned: (sentences,) bool."""
    firsts, lasts, _, _, _ = article
    done = np.empty(len(firsts), np.bool_)
    for s in range(len(firsts)):
        covered = 0
        for c in range(covers.starts[pair], covers.starts[pair + 1]):
            if covers.sides[c] == side:
                covered += max(0, min(lasts[s], covers.lasts[c]) - max(firsts[s], covers.firsts[c]))
        done[s] = 3 * covered > lasts[s] - firsts[s]
    return done


@kernel
def _weights(left, right):
    """The weight of each entry on both sides, in bits: a stem that many sentences hold says little."""
    left_names, right_names = left[2], right[2]
    left_heavy, right_heavy = np.empty(len(left_names), np.float64), np.empty(len(right_names), np.float64)
    i = j = 0
    while i < len(left_names) or j < len(right_names):
        i_end, j_end = _next_stem(left_names, right_names, i, j)
        part = min(1.0, 2.0 / max(i_end - i, j_end - j))
        for p in range(i, i_end):
            left_heavy[p] = left[4][p] / 8.0 * part
        for q in range(j, j_end):
            right_heavy[q] = right[4][q] / 8.0 * part
        i, j = i_end, j_end
    return left_heavy, right_heavy


@kernel
def _next_stem(left_names, right_names, i, j):
    """Where the entries of the next stem end on either side."""
    if j == len(right_names) or (i < len(left_names) and left_names[i] <= right_names[j]):
        name = left_names[i]
    else:
        name = right_names[j]
    while i < len(left_names) and left_names[i] == name:
        i += 1
    while j < len(right_names) and right_names[j] == name:
        j += 1
    return i, j


@kernel
def _scores(left, right, left_heavy, right_heavy):
    """Score of each two sentences, float64, -1 for too few stems in common, and how many these are, int32."""
    left_names, right_names, left_homes, right_homes = left[2], right[2], left[3], right[3]
    left_total, right_total = np.zeros(len(left[0])), np.zeros(len(right[0]))
    scores = np.zeros((len(left_total), len(right_total)))
    common = np.zeros((len(left_total), len(right_total)), np.int32)
    i = j = 0
    while i < len(left_names) or j < len(right_names):
        i_end, j_end = _next_stem(left_names, right_names, i, j)
        for p in range(i, i_end):
            left_total[left_homes[p]] += left_heavy[p]
        for q in range(j, j_end):
            right_total[right_homes[q]] += right_heavy[q]
        for p in range(i, i_end):
            for q in range(j, j_end):
                scores[left_homes[p], right_homes[q]] += min(left_heavy[p], right_heavy[q])
                common[left_homes[p], right_homes[q]] += 1
        i, j = i_end, j_end
    for s in range(len(left_total)):
        for t in range(len(right_total)):
            lighter = max(min(left_total[s], right_total[t]), 1.0)
            scores[s, t] = scores[s, t] * scores[s, t] / lighter if common[s, t] >= LEAST_STEMS else -1.0
    return scores, common


@kernel
def _partners(scores, left_done, right_done):
    """The best sentence of the other side for each sentence, int64, -1 for none; of equals the first."""
    left_best, right_best = np.zeros(len(left_done)), np.zeros(len(right_done))
    left_partner = np.full(len(left_done), -1, np.int64)
    right_partner = np.full(len(right_done), -1, np.int64)
    for s in range(len(left_done)):
        for t in range(len(right_done)):
            if left_done[s] and right_done[t]:
                continue  # these neither match nor keep others from it
            if scores[s, t] > left_best[s]:
                left_best[s] = scores[s, t]
                left_partner[s] = t
            if scores[s, t] > right_best[t]:
                right_best[t] = scores[s, t]
                right_partner[t] = s
    return left_partner, right_partner


@kernel
def _densest(texts, article, sentence, other, heavy, partner, least):
    """The stretch of a sentence that holds most of the weight shared with its partner: its first and last word.

    A shared stem adds its weight, another rare stem takes a sixth of its rarity away (Kadane's maximum sub-array).
    """
    names, weights = _of_sentence(other[2], other[3], heavy, partner)
    low, high = article[0][sentence], article[1][sentence]
    best = total = 0.0
    best_first, best_last, first = low, high, low
    for i in range(low, high):
        value = 0.0
        at = np.searchsorted(names, texts.stems[i])
        if at < len(names) and names[at] == texts.stems[i]:
            value = weights[at]
        elif texts.rarity[i] >= least:
            value = -np.float64(texts.rarity[i]) / 48.0
        if total <= 0.0:
            total = 0.0
            first = i
        total += value
        if total > best:
            best = total
            best_first, best_last = first, i + 1
    return best_first, best_last


@kernel
def _of_sentence(names, homes, heavy, sentence):
    """Stems of one sentence and their weights."""
    found = np.empty(len(names), np.uint32)
    weights = np.empty(len(names), np.float64)
    count = 0
    for i in range(len(names)):
        if homes[i] == sentence:
            found[count] = names[i]
            weights[count] = heavy[i]
            count += 1
    return found[:count], weights[:count]

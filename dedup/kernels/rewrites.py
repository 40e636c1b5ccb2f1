"""Pairs of articles -> their sentences that may say the same in other words: they share rare stems."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernels.common import S32
from dedup.kernels.compiled import kernel
from dedup.kernels.words import SENTENCE_END

LEAST_STEMS = 3
"""Stems that two sentences must share to be compared at all."""

PARTNERS = 3
"""Sentences that one may be compared with: its best, and those whose best it is among so many of theirs."""

MOST_SENTENCES, MORE_STEMS = 3, 2
"""Sentences that may stand against one, and the stems that each further one must share with it."""


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
    """(pairs + 1,) int64, where the alignments of each pair begin in ``spans``."""
    spans: np.ndarray
    """(alignments, 4) int64, first word and one past the last word of the left and of the right span, absolute."""


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
def propose(texts, sentences, covers, lefts, rights, low, high, least_score):
    """Stretches of the pairs ``low`` to ``high`` of articles that may say the same: their sentences share rare stems.

    The weight of a stem is its rarity, less when many sentences hold it (``damped``): names that run through a text say
    little. The score of two sentences is the weight they share, times its share of the lighter sentence. Sentences of
    which a third is aligned already are left out. Two sentences are proposed from ``least_score`` on, when one is
    the other's best and the other is among its PARTNERS best. Beside them one of the two is proposed against up to
    MOST_SENTENCES in a row of the other's paragraph, if each of these shares MORE_STEMS stems with it.

    ``texts`` (Texts of alignment), ``sentences`` (Sentences), ``covers`` (Covers), ``lefts`` and ``rights`` (pairs,)
    int64; a pair without alignments needs ``least_score`` [1], the others [0]. Returns (stretches, 7) int64: pair, left
    and right article, first and one past the last word of the left and of the right stretch, absolute.
    """
    rows = np.empty((64, 7), np.int64)
    n = 0
    proposed = (-1, -1, -1)
    for pair in range(low, high):
        left = _of_article(texts.starts, sentences, lefts[pair])
        right = _of_article(texts.starts, sentences, rights[pair])
        least = least_score[0] if covers.starts[pair + 1] > covers.starts[pair] else least_score[1]
        if _greatest_score(left, right) < least:
            continue
        left_done, right_done = _aligned(left, covers, pair, 0), _aligned(right, covers, pair, 1)
        if left_done.all() or right_done.all():
            continue
        scores, common = _scores(left, right)
        for s, t in _partners(scores, left_done, right_done, least):
            if n + 3 > len(rows):
                more = np.empty((2 * len(rows), 7), np.int64)
                more[:n] = rows[:n]
                rows = more
            first, last = _extended(texts.paragraphs, right, t, common[s], right_done)
            others_first, others_last = _extended(texts.paragraphs, left, s, common[:, t], left_done)
            for s_first, s_last, t_first, t_last in (
                (s, s + 1, t, t + 1),
                (s, s + 1, first, last),
                (others_first, others_last, t, t + 1),
            ):
                if (s_first, s_last, t_first, t_last) == (s, s + 1, t, t + 1) and n > 0 and proposed == (pair, s, t):
                    continue
                proposed = (pair, s, t)
                rows[n, 0], rows[n, 1], rows[n, 2] = pair, lefts[pair], rights[pair]
                rows[n, 3], rows[n, 4] = left[0][s_first], left[1][s_last - 1]
                rows[n, 5], rows[n, 6] = right[0][t_first], right[1][t_last - 1]
                n += 1
    return rows[:n]


@kernel
def damped(sentences):
    """What the weight of a stem is multiplied by that so many sentences of an article hold: 1 up to two of them."""
    return min(1.0, 2.0 / sentences)


@kernel
def _greatest_score(left, right):
    """A score that no two sentences of two articles exceed: two thirds of the candidate pairs end here.

    A sentence holds a stem once, and shares no more of its weight than the lighter side has: the score is at most the
    sum over the stems that both articles hold. A hair is added for the rounding of sums.
    """
    left_names, right_names = left[2], right[2]
    greatest = 0.0
    i = j = np.int64(0)
    while i < len(left_names) and j < len(right_names):
        if left_names[i] < right_names[j]:
            i += 1
        elif right_names[j] < left_names[i]:
            j += 1
        else:
            i_end, j_end = _next_stem(left_names, right_names, i, j)
            left_most = right_most = np.uint8(0)
            for p in range(i, i_end):
                left_most = max(left_most, left[4][p])
            for q in range(j, j_end):
                right_most = max(right_most, right[4][q])
            greatest += min(left_most, right_most) / 8.0 * damped(max(i_end - i, j_end - j))
            i, j = i_end, j_end
    return greatest * (1.0 + 1e-9)


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
            span = covers.spans[c]
            covered += max(0, min(lasts[s], span[2 * side + 1]) - max(firsts[s], span[2 * side]))
        done[s] = 3 * covered > lasts[s] - firsts[s]
    return done


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
def _scores(left, right):
    """Score of each two sentences, float64, -1 for too few stems in common, and how many these are, int32.

    A stem that many sentences of one side hold weighs less on both.
    """
    _, _, left_names, left_homes, left_weights = left
    _, _, right_names, right_homes, right_weights = right
    left_total, right_total = np.zeros(len(left[0])), np.zeros(len(right[0]))
    scores = np.zeros((len(left_total), len(right_total)))
    common = np.zeros((len(left_total), len(right_total)), np.int32)
    i = j = np.int64(0)
    while i < len(left_names) or j < len(right_names):
        i_end, j_end = _next_stem(left_names, right_names, i, j)
        part = damped(max(i_end - i, j_end - j))
        for q in range(j, j_end):
            right_total[right_homes[q]] += right_weights[q] / 8.0 * part
        for p in range(i, i_end):
            weight = left_weights[p] / 8.0 * part
            left_total[left_homes[p]] += weight
            for q in range(j, j_end):
                scores[left_homes[p], right_homes[q]] += min(weight, right_weights[q] / 8.0 * part)
                common[left_homes[p], right_homes[q]] += 1
        i, j = i_end, j_end
    for s in range(len(left_total)):
        for t in range(len(right_total)):
            lighter = max(min(left_total[s], right_total[t]), 1.0)
            scores[s, t] = scores[s, t] * scores[s, t] / lighter if common[s, t] >= LEAST_STEMS else -1.0
    return scores, common


@kernel
def _partners(scores, left_done, right_done, least):
    """Pairs of sentences of which one is the other's best, and the other among its best: list of (left, right)."""
    found = [(0, 0) for _ in range(0)]
    for s in range(len(left_done)):
        if left_done[s]:
            continue
        for t in range(len(right_done)):
            if right_done[t] or scores[s, t] < least:
                continue
            better_right = better_left = 0
            for other in range(len(right_done)):
                better_right += not right_done[other] and scores[s, other] > scores[s, t]
            for other in range(len(left_done)):
                better_left += not left_done[other] and scores[other, t] > scores[s, t]
            if min(better_left, better_right) == 0 and max(better_left, better_right) < PARTNERS:
                found.append((s, t))
    return found


@kernel
def _extended(paragraphs, article, sentence, common, done):
    """First and one past the last of the sentences around one, in its paragraph, that share stems with its partner."""
    firsts = article[0]
    home = paragraphs[firsts[sentence]]
    first, last = sentence, sentence + 1
    while (
        first > 0
        and last - first < MOST_SENTENCES
        and not done[first - 1]
        and common[first - 1] >= MORE_STEMS
        and paragraphs[firsts[first - 1]] == home
    ):
        first -= 1
    while (
        last < len(firsts)
        and last - first < MOST_SENTENCES
        and not done[last]
        and common[last] >= MORE_STEMS
        and paragraphs[firsts[last]] == home
    ):
        last += 1
    return first, last

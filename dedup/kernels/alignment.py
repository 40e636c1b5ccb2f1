"""Pairs of articles -> matches: seeds -> maximal runs -> chains with gaps -> spans, filtered, cut and measured.

The steps have the names of their plain twins in ``tests/support/reference.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernels.chains import equal_words, extended, maximal_runs, score_chains, take_chain
from dedup.kernels.common import ROLL, mix64
from dedup.kernels.compiled import kernel
from dedup.kernels.seeds import MARKS, SEED_WORDS, common_seeds, mark_seeds
from dedup.kernels.words import QUOTED, SENTENCE_END

MATCH_COLUMNS = (
    "pair",
    "left_begin",
    "left_end",
    "right_begin",
    "right_end",
    "matched",
    "longest",
    "runs",
    "insertions",
    "deletions",
    "substitutions",
    "quoted",
    "left_quoted",
    "right_quoted",
)
"""Columns of ``align_pairs``: the row of the pair, spans as absolute word numbers, counts of words."""

N_COLUMNS = len(MATCH_COLUMNS)

LEAST_SEEDS = 3
"""Seeds that two articles must have in common to be aligned: five words running, or several places."""

LONG_LINE = 150
"""Words from which a line holds more than a paragraph: some sites print a whole article as one line."""

PIECE_WORDS = 30
"""Least equal words of the pieces into which a match in such a line is cut."""


class Texts(NamedTuple):
    """The words of some articles, end to end, ready to be aligned."""

    words: np.ndarray
    """(words,) uint32, hashes."""
    stems: np.ndarray
    """(words,) uint32, hashes of the words' first letters."""
    paragraphs: np.ndarray
    """(words,) int32, row of each word's paragraph."""
    rarity: np.ndarray
    """(words,) uint8, eighths of a bit."""
    flags: np.ndarray
    """(words,) uint8, see ``dedup.kernels.words``."""
    begins: np.ndarray
    """(words,) int32, code points inside the paragraph."""
    ends: np.ndarray
    """(words,) int32."""
    starts: np.ndarray
    """(articles + 1,) int64, first word of each article."""
    paragraph_starts: np.ndarray
    """(paragraphs + 1,) int64, first word of each paragraph."""
    readable: np.ndarray
    """(paragraphs,) bool, paragraphs that take part."""
    seeds: np.ndarray
    """(words,) uint32, sorted inside each article."""
    places: np.ndarray
    """(words,) int32, word number of each seed; -1 for none."""


class Limits(NamedTuple):
    """What a match must have."""

    max_gap: int
    """Words that a chain may skip on either side between two runs."""
    min_words: int
    """Equal words of a match."""
    min_information: float
    """Bits that its equal words are worth."""


@kernel
def align_pairs(texts, lefts, rights, low, high, limits):
    """Align the pairs of articles ``low`` to ``high``: ``texts`` (Texts), ``lefts`` and ``rights`` (pairs,) int64.

    A chain stays inside one paragraph on each side, skips at most ``max_gap`` words on either side, and reads in the
    same order on both; sentences in another order make other chains. The best chain is taken first; a later one must
    be new on one side at least.

    Returns counts (matches, len(MATCH_COLUMNS)) int32 and measures (matches, 2) float32: information in bits and
    Jaccard of the spans.
    """
    counts = np.empty((256, N_COLUMNS), np.int32)
    measures = np.empty((256, 2), np.float32)
    n = 0
    marks = np.empty(MARKS, np.uint64)
    marked = np.int64(-1)  # the article
    starts, seeds, places, words, paragraphs = texts.starts, texts.seeds, texts.places, texts.words, texts.paragraphs
    longest = 0
    for pair in range(low, high):
        longest = max(longest, starts[rights[pair] + 1] - starts[rights[pair]])
    met = np.empty(longest, np.int64)
    for pair in range(low, high):
        left, right = lefts[pair], rights[pair]
        sides = (starts[left], starts[left + 1], starts[right], starts[right + 1])
        if marked != left:
            mark_seeds(seeds, places, sides[0], sides[1], marks)
            marked = left
        found = common_seeds(seeds, places, sides, marks, met)
        if len(found) < LEAST_SEEDS:
            continue
        found.sort()
        runs = maximal_runs(words, paragraphs, sides, found)
        scores, before = score_chains(paragraphs, texts.rarity, *runs, limits.max_gap)
        if len(scores) == 0 or scores.max() < 0.5 * limits.min_information:
            continue
        counts, measures, n = _matches(texts, pair, sides, runs, scores, before, limits, counts, measures, n)
    return counts[:n], measures[:n]


@kernel
def _matches(texts, pair, sides, runs, scores, before, limits, counts, measures, n):
    """The matches of a pair, written from row ``n`` on; returns both tables, maybe grown, and the new ``n``."""
    words, paragraphs, rarity, flags = texts.words, texts.paragraphs, texts.rarity, texts.flags
    used = np.zeros(len(scores), np.bool_)
    chain = np.empty(len(scores), np.int64)
    covers = (np.zeros(sides[1] - sides[0], np.bool_), np.zeros(sides[3] - sides[2], np.bool_))
    room = max(len(covers[0]), len(covers[1])) + 1
    places = (np.empty(room, np.int64), np.empty(room, np.int64))
    cuts = np.empty(room // PIECE_WORDS + 2, np.int64)
    for last in np.argsort(-scores):
        if used[last]:
            continue
        if scores[last] < 0.5 * limits.min_information:
            break
        length = take_chain(last, before, used, chain)
        count = equal_words(words, *runs, chain[:length], *places)
        count = extended(words, paragraphs, sides, *places, count)
        if count < limits.min_words:
            continue
        left, right = places[0][:count], places[1][:count]
        spans = (left[0] - sides[0], left[-1] + 1 - sides[0], right[0] - sides[2], right[-1] + 1 - sides[2])
        if _is_known(covers, spans) or _information(rarity, left) < limits.min_information:
            continue
        covers[0][spans[0] : spans[1]] = True
        covers[1][spans[2] : spans[3]] = True
        long_line = _line(texts.paragraph_starts, paragraphs[left[0]]) > LONG_LINE
        long_line |= _line(texts.paragraph_starts, paragraphs[right[0]]) > LONG_LINE
        n_pieces = _pieces(flags, left, right, cuts) if long_line else 1
        cuts[n_pieces] = count
        if n + n_pieces > len(counts):
            counts, measures = _longer(counts, n + n_pieces), _longer(measures, n + n_pieces)
        begin = 0
        for piece in range(1, n_pieces + 1):
            counts[n, 0] = pair
            _measured(
                words, rarity, flags, left[begin : cuts[piece]], right[begin : cuts[piece]], counts[n], measures[n]
            )
            n += 1
            begin = cuts[piece]
    return counts, measures, n


@kernel
def _is_known(covers, spans):
    """Whether more than half of a match is covered on both sides; ``spans`` count inside the articles."""
    left, right = covers[0][spans[0] : spans[1]], covers[1][spans[2] : spans[3]]
    return 2 * left.sum() > len(left) and 2 * right.sum() > len(right)


@kernel
def _information(rarity, places):
    """Bits of the words at some places."""
    total = 0.0
    for place in places:
        total += rarity[place]
    return total / 8.0


@kernel
def _line(paragraph_starts, paragraph):
    """Words of a paragraph."""
    return paragraph_starts[paragraph + 1] - paragraph_starts[paragraph]


@kernel
def _pieces(flags, left, right, cuts):
    """Cut a match at the ends of sentences of both sides into pieces that are not too short; returns their number.

    ``cuts[1]`` on are filled with the number of equal words before each cut.
    """
    n = 1
    begin = 0
    for at in range(1, len(left)):
        ends = flags[left[at - 1]] & flags[right[at - 1]] & SENTENCE_END
        if ends != 0 and at - begin >= PIECE_WORDS and len(left) - at >= PIECE_WORDS:
            cuts[n] = at
            n += 1
            begin = at
    return n


@kernel
def _longer(table, least):
    """The same rows in a table with room for at least so many, and as many again."""
    longer = np.empty((2 * least, table.shape[1]), table.dtype)
    longer[: len(table)] = table
    return longer


@kernel
def _measured(words, rarity, flags, equal_left, equal_right, row, measure):
    """Fill a row of ``align_pairs`` (all but the pair) from the equal words of a match."""
    count = len(equal_left)
    begin_left = equal_left[0]
    end_left = equal_left[count - 1] + 1
    begin_right = equal_right[0]
    end_right = equal_right[count - 1] + 1
    information = 0.0
    quoted = 0
    longest = 0
    current = 0
    runs = 0
    insertions = 0
    deletions = 0
    substitutions = 0
    for e in range(count):
        i = equal_left[e]
        j = equal_right[e]
        information += rarity[i]
        quoted += flags[i] & flags[j] & QUOTED
        if e > 0 and i == equal_left[e - 1] + 1 and j == equal_right[e - 1] + 1:
            current += 1
        else:
            current = 1
            runs += 1
            if e > 0:
                gone = i - equal_left[e - 1] - 1
                come = j - equal_right[e - 1] - 1
                substitutions += min(gone, come)
                deletions += gone - min(gone, come)
                insertions += come - min(gone, come)
        longest = max(longest, current)
    left_quoted = 0
    right_quoted = 0
    for i in range(begin_left, end_left):
        left_quoted += flags[i] & QUOTED
    for i in range(begin_right, end_right):
        right_quoted += flags[i] & QUOTED
    row[1] = begin_left
    row[2] = end_left
    row[3] = begin_right
    row[4] = end_right
    row[5] = count
    row[6] = longest
    row[7] = runs
    row[8] = insertions
    row[9] = deletions
    row[10] = substitutions
    row[11] = quoted
    row[12] = left_quoted
    row[13] = right_quoted
    measure[0] = information / 8.0
    measure[1] = span_jaccard(words, begin_left, end_left, begin_right, end_right)


@kernel
def span_jaccard(words, left_low, left_high, right_low, right_high):
    """Jaccard of the two spans' sets of seeds (word 3-grams); 0 when both are empty."""
    n = max(left_high - left_low - SEED_WORDS + 1, 0)
    m = max(right_high - right_low - SEED_WORDS + 1, 0)
    if n == 0 or m == 0:
        return 0.0
    left = np.empty(n, np.uint64)
    right = np.empty(m, np.uint64)
    for side in range(2):
        low = left_low if side == 0 else right_low
        out = left if side == 0 else right
        for i in range(len(out)):
            h = np.uint64(0)
            for j in range(SEED_WORDS):
                h = h * ROLL + np.uint64(words[low + i + j])
            out[i] = mix64(h)
    left.sort()
    right.sort()
    both = 0
    either = 0
    i = 0
    j = 0
    while i < n or j < m:
        either += 1
        if j >= m or (i < n and left[i] < right[j]):
            value = left[i]
        elif i >= n or right[j] < left[i]:
            value = right[j]
        else:
            value = left[i]
            both += 1
        while i < n and left[i] == value:
            i += 1
        while j < m and right[j] == value:
            j += 1
    return both / either

"""Two stretches of two articles -> how alike their wording is: what the model of rewordings weighs."""

from __future__ import annotations

import numpy as np

from dedup.kernels.compiled import inline, kernel
from dedup.kernels.rewrites import damped
from dedup.kernels.weights import FORMULA_BITS
from dedup.kernels.words import CAPITAL, DATE, NUMBER, QUOTED

LIKENESS = (
    "stems",
    "bits",
    "containment",
    "numbers",
    "numbers_apart",
    "names",
    "quoted",
    "plain",
    "order",
    "place",
    "before",
    "after",
    "context",
    "partly",
    "share",
)
"""Columns of ``describe``."""

NEAR_WORDS, TOUCHING_WORDS = 40, 2
"""A match is a neighbour when it ends at most so many words before a stretch, and reaches at most so many into it."""


@kernel
def describe(texts, sentences, covers, rows, least, low, high, out):
    """Describe the rows ``low`` to ``high`` of two stretches: ``out`` (rows, len(LIKENESS)) float64 is filled.

    ``texts`` (Texts), ``sentences`` (Sentences), ``covers`` (Covers); ``rows`` (n, 7) int64: pair, left and right
    article, first word and one past the last word of the left and of the right stretch, absolute. A stem counts from
    the rarity ``least`` on, eighths of a bit, and its bits are weighed by ``weight``. Of a row:

    - stems, bits, containment: the distinct stems that both hold, the logarithm of 1 + their bits, and their share of
      the bits of the lighter stretch;
    - numbers, numbers_apart: numbers that both hold, and those that both could hold and do not, 3 at most;
    - names, quoted: shared stems with a capital on both sides, 4 at most; share of them quoted on either side;
    - plain: the logarithm of 1 + the bits of the shared stems that are no names, no numbers and not quoted;
    - order: 1 when the shared stems stand in the same order, -1 when in the opposite one;
    - place: how far apart the two stand in their articles, 0 to 1;
    - before, after: 1 when a match of the two articles stands just before, or just after, both;
    - context: cosine of the sentences before or after, whichever are more alike;
    - partly: share of the shorter stretch that is aligned with the other already;
    - share: aligned words of the two articles, over the words of the shorter.
    """
    for n in range(low, high):
        pair, left, right, left_first, left_last, right_first, right_last = rows[n]
        here, there = slice(left_first, left_last), slice(right_first, right_last)
        _compare(texts, sentences, left, right, here, there, least, out[n])
        left_size = max(1, texts.starts[left + 1] - texts.starts[left])
        right_size = max(1, texts.starts[right + 1] - texts.starts[right])
        left_place = (left_first - texts.starts[left]) / left_size
        out[n, 9] = abs(left_place - (right_first - texts.starts[right]) / right_size)
        before, after, inside, aligned = _neighbours(covers, pair, here, there)
        out[n, 10], out[n, 11] = before, after
        out[n, 12] = _context(texts, sentences, left, right, here, there)
        out[n, 13] = min(1.0, inside / min(left_last - left_first, right_last - right_first))
        out[n, 14] = min(1.0, aligned / min(left_size, right_size))


@kernel
def weight(left_names, right_names, stem):
    """What a stem's bits are multiplied by: 1, less when many sentences of one of the articles hold it."""
    return damped(max(_entries(left_names, stem), _entries(right_names, stem), 1))


@kernel
def _entries(names, stem):
    """How often a value stands in a sorted array."""
    low = np.searchsorted(names, stem)
    high = low
    while high < len(names) and names[high] == stem:
        high += 1
    return high - low


@kernel
def _compare(texts, sentences, left, right, here, there, least, out):
    """The first nine columns: what the stems of the two stretches say."""
    left_names = _names(texts, sentences, left)
    right_names = _names(texts, sentences, right)
    places = np.empty(here.stop - here.start, np.int64)
    stems = numbers = names = quoted = left_numbers = 0
    bits = left_bits = plain = 0.0
    for i in range(here.start, here.stop):
        if _stands(texts.stems, here.start, i, texts.stems[i]) >= 0:
            continue  # once more
        at = _stands(texts.stems, there.start, there.stop, texts.stems[i])
        left_numbers += (texts.flags[i] & NUMBER) != 0
        numbers += at >= 0 and (texts.flags[i] & NUMBER) != 0
        if texts.rarity[i] < least:
            continue
        own = texts.rarity[i] / 8.0 * weight(left_names, right_names, texts.stems[i])
        left_bits += own
        if at >= 0:
            bits += own
            places[stems] = at
            stems += 1
            quoted += ((texts.flags[i] | texts.flags[at]) & QUOTED) != 0
            both = texts.flags[i] & texts.flags[at]
            names += (both & CAPITAL) != 0 and (both & NUMBER) == 0
            if both & (CAPITAL | NUMBER) == 0 and (texts.flags[i] | texts.flags[at]) & QUOTED == 0:
                plain += own
    right_numbers, right_bits = _weigh(texts, there, left_names, right_names, least)
    out[0] = stems
    out[1] = np.log1p(bits)
    out[2] = bits / max(min(left_bits, right_bits), 1.0)
    out[3] = min(numbers, 3)
    out[4] = min(max(min(left_numbers, right_numbers) - numbers, 0), 3)
    out[5] = min(names, 4)
    out[6] = quoted / max(stems, 1)
    out[7] = np.log1p(plain)
    out[8] = _order(places[:stems])


@kernel
def _names(texts, sentences, article):
    begin = texts.starts[article]
    return sentences.names[begin : begin + sentences.counts[article, 1]]


@kernel
def _stands(stems, low, high, stem):
    """First place of a stem between two words; -1 for none."""
    for i in range(low, high):
        if stems[i] == stem:
            return i
    return -1


@kernel
def _weigh(texts, stretch, left_names, right_names, least):
    """Distinct numbers of a stretch, and the bits of its distinct stems."""
    numbers, bits = 0, 0.0
    for i in range(stretch.start, stretch.stop):
        if _stands(texts.stems, stretch.start, i, texts.stems[i]) >= 0:
            continue
        numbers += (texts.flags[i] & NUMBER) != 0
        if texts.rarity[i] >= least:
            bits += texts.rarity[i] / 8.0 * weight(left_names, right_names, texts.stems[i])
    return numbers, bits


@kernel
def _order(places):
    """Pairs of places that rise less those that fall, over all (Kendall); 0 for fewer than two."""
    pairs = rising = 0
    for x in range(len(places)):
        for y in range(x + 1, len(places)):
            pairs += 1
            rising += places[y] > places[x]
    return (2 * rising - pairs) / pairs if pairs > 0 else 0.0


@kernel
def _neighbours(covers, pair, here, there):
    """Whether a match stands just before and just after both stretches, words aligned inside both, words aligned."""
    before = after = 0.0
    inside = aligned = 0
    for c in range(covers.starts[pair], covers.starts[pair + 1]):
        left_first, left_last, right_first, right_last = covers.spans[c]
        aligned += left_last - left_first
        left_inside = min(here.stop, left_last) - max(here.start, left_first)
        right_inside = min(there.stop, right_last) - max(there.start, right_first)
        if left_inside > 0 and right_inside > 0:
            inside += min(left_inside, right_inside)
        if _near(here.start - left_last) and _near(there.start - right_last):
            before = 1.0
        if _near(left_first - here.stop) and _near(right_first - there.stop):
            after = 1.0
    return before, after, inside, aligned


@kernel
def _near(words):
    return -TOUCHING_WORDS <= words <= NEAR_WORDS


@kernel
def _context(texts, sentences, left, right, here, there):
    """Cosine of the sentences before the stretches or of those after them, whichever is greater."""
    left_before, left_after = _around(texts, sentences, left, here)
    right_before, right_after = _around(texts, sentences, right, there)
    return max(
        _cosine(texts, slice(left_before, here.start), slice(right_before, there.start)),
        _cosine(texts, slice(here.stop, left_after), slice(there.stop, right_after)),
    )


@kernel
def _around(texts, sentences, article, stretch):
    """Where the sentence before a stretch begins and where the one after it ends; the stretch's own ends for none."""
    begin = texts.starts[article]
    first, last = stretch.start, stretch.stop
    for s in range(begin, begin + sentences.counts[article, 0]):
        if sentences.lasts[s] <= stretch.start:
            first = np.int64(sentences.firsts[s])
        elif sentences.firsts[s] >= stretch.stop:
            last = np.int64(sentences.lasts[s])
            break
    return first, last


@kernel
def _cosine(texts, here, there):
    """Cosine of two stretches' distinct stems, each weighed by its rarity; 0 when they share none."""
    shared = one = other = 0.0
    for i in range(here.start, here.stop):
        if _stands(texts.stems, here.start, i, texts.stems[i]) < 0:
            own = float(texts.rarity[i]) ** 2
            one += own
            if _stands(texts.stems, there.start, there.stop, texts.stems[i]) >= 0:
                shared += own
    for i in range(there.start, there.stop):
        if _stands(texts.stems, there.start, i, texts.stems[i]) < 0:
            other += float(texts.rarity[i]) ** 2
    return shared / np.sqrt(one * other) if shared > 0 else 0.0


@kernel
def probabilities(described, intercept, weights):
    """Logistic regression, one row after another: (rows,) float64. The same row gives the same bits in any company."""
    p = np.empty(len(described))
    for n in range(len(described)):
        total = intercept
        for column in range(len(weights)):
            total += weights[column] * described[n, column]
        p[n] = 1.0 / (1.0 + np.exp(-total))
    return p


@kernel
def choose(rows, p):
    """Which rows to keep of those of each pair: the likeliest first, none that overlaps one kept on either side.

    ``rows`` as for ``describe``, those of a pair together; ``p`` (rows,) float64. (rows,) bool. Of equals the first.
    """
    kept = np.zeros(len(rows), np.bool_)
    first = 0
    while first < len(rows):
        last = first + 1
        while last < len(rows) and rows[last, 0] == rows[first, 0]:
            last += 1
        for n in first + np.argsort(-p[first:last], kind="mergesort"):
            free = True
            for other in range(first, last):
                free &= not (kept[other] and _overlap(rows[n], rows[other]))
            kept[n] = free
        first = last
    return kept


@kernel
def _overlap(row, other):
    """Whether two rows share words on the left or on the right."""
    return (row[3] < other[4] and other[3] < row[4]) or (row[5] < other[6] and other[5] < row[6])


@kernel
def hold_figures(flags, rows):
    """Whether either stretch of each row holds a figure, days apart: (rows,) bool. ``flags`` (words,) uint8."""
    found = np.zeros(len(rows), np.bool_)
    for n in range(len(rows)):
        for first, last in ((rows[n, 3], rows[n, 4]), (rows[n, 5], rows[n, 6])):
            for i in range(first, last):
                found[n] |= flags[i] & (NUMBER | DATE) == NUMBER
    return found


@kernel
def own_stems(texts, rows, least):
    """Rare stems, by ``least``, that both stretches hold and that are no name, no number, not quoted, in no formula.

    (rows,) int64.
    """
    shared = np.zeros(len(rows), np.int64)
    for n in range(len(rows)):
        left_first, left_last, right_first, right_last = rows[n, 3], rows[n, 4], rows[n, 5], rows[n, 6]
        for i in range(left_first, left_last):
            if _is_own(texts, i, least) and not _holds_own(texts, left_first, i, texts.stems[i], least):
                shared[n] += _holds_own(texts, right_first, right_last, texts.stems[i], least)
    return shared


@kernel
def _holds_own(texts, low, high, stem, least):
    """Whether one of the words between two has a stem and is one that ``own_stems`` counts."""
    for i in range(low, high):
        if texts.stems[i] == stem and _is_own(texts, i, least):
            return True
    return False


@inline
def _is_own(texts, i, least):
    """Whether a word is rare and no name, no number, not quoted, in no formula."""
    return (
        texts.rarity[i] >= least
        and texts.weights[i] > 8 * FORMULA_BITS
        and texts.flags[i] & (CAPITAL | NUMBER | QUOTED) == 0
    )


@kernel
def longest_runs(texts, rows):
    """Words of the longest run of equal words in the two stretches of each row, and what they say for a copy.

    (rows,) int64 and (rows,) float64, bits; of runs of one length the first on the left.
    """
    longest = np.zeros(len(rows), np.int64)
    bits = np.zeros(len(rows), np.float64)
    for n in range(len(rows)):
        left_first, left_last, right_first, right_last = rows[n, 3], rows[n, 4], rows[n, 5], rows[n, 6]
        runs = np.zeros(right_last - right_first + 1, np.int64)
        for i in range(left_first, left_last):
            for j in range(right_last - 1, right_first - 1, -1):
                size = runs[j - right_first] + 1 if texts.words[i] == texts.words[j] else 0
                runs[j - right_first + 1] = size
                if size > longest[n]:
                    longest[n] = size
                    bits[n] = 0.0
                    for k in range(size):
                        bits[n] += min(texts.weights[i - k], texts.weights[j - k]) / 8.0
    return longest, bits

"""Pairs of articles -> matches: seeds -> maximal runs -> chains with gaps -> spans, filtered, cut and measured.

The steps have the names of their plain twins in ``tests/support/reference.py``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.kernels.chains import equal_words, extended, maximal_runs, score_chains, take_chain
from dedup.kernels.compiled import kernel
from dedup.kernels.seeds import MARKS, common_seeds, mark_seeds, span_jaccard
from dedup.kernels.words import CAPITAL, CLAUSE, QUOTED, SENTENCE_END

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
    "splices",
    "passage",
    "surroundings",
    "clauses",
    "capitals",
    "sentence_run",
)
"""Columns of ``align_pairs``: the row of the pair, spans as absolute word numbers, counts of words; how often words
outside quotation marks join two quoted stretches; the passage that it is a piece of and what it stands in, by number
inside the pair; the equal words that stand in sentences and not in titles; those with a capital on either side;
the longest run that holds a word of the first kind."""

N_COLUMNS = len(MATCH_COLUMNS)

PIECE_SHARE = 0.5
"""Share of the words and bits of a match from which a chain is a piece of one."""

LEAST_SEEDS = 3
"""Seeds that two articles must have in common to be aligned: five words running, or several places."""

LONG_LINE = 150
"""Words from which a line holds more than a paragraph: some sites print a whole article as one line."""

PIECE_WORDS = 30
"""Least equal words of the pieces into which a match in such a line is cut."""


NEAR_WORDS = 25
"""Words between two pieces of one copied passage, on both sides: a sentence, put in or moved."""

FRAME_WORDS = 12
"""Words between two matches that follow one another in both texts: who said what stands between them, no more."""

PARAGRAPH_BITS = 50
"""Bits of a piece that counts with those near it although a paragraph ends between them."""

NEAR_BITS = 20
"""Bits of a run that counts when it stands near a larger piece: three words that are no formula."""


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
    weights: np.ndarray
    """(words,) uint8, eighths of a bit that each word says for a copy, see ``dedup.kernels.weights``."""
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
    languages: np.ndarray
    """(paragraphs,) int8, place of each paragraph's language among ``dedup.text.languages``; -1 for none of them."""
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
    near_words: int = NEAR_WORDS
    frame_words: int = FRAME_WORDS
    paragraph_bits: float = float(PARAGRAPH_BITS)
    near_bits: float = float(NEAR_BITS)


@kernel
def align_pairs(texts, lefts, rights, low, high, limits):
    """Align the pairs of articles ``low`` to ``high``: ``texts`` (Texts), ``lefts`` and ``rights`` (pairs,) int64.

    A chain stays inside one paragraph on each side, skips at most ``max_gap`` words on either side, and reads in the
    same order on both; sentences in another order make other chains. The best chain is taken first; a later one must
    be new on one side at least, on both where it is less than a match needs. A chain is a piece of a copy when it has
    PIECE_SHARE of what a match needs, or ``near_bits`` near another piece. Pieces in the same two paragraphs within
    ``near_words`` of one another on both sides, in whatever order, are one passage, and so are larger ones across
    paragraphs. Those that follow one another within ``frame_words`` on both sides have the same surroundings.

    Returns counts (matches, len(MATCH_COLUMNS)) int32 and measures (matches, 2) float32: information in bits and
    Jaccard of the spans.
    """
    counts = np.empty((256, N_COLUMNS), np.int32)
    measures = np.empty((256, 2), np.float32)
    n = np.int64(0)  # as ``_matches`` returns it, which is otherwise compiled for a constant too
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
        scores, before = score_chains(paragraphs, texts.weights, *runs, limits.max_gap)
        if len(scores) == 0 or scores.max() < PIECE_SHARE * limits.min_information:
            continue
        counts, measures, n = _matches(texts, pair, sides, runs, scores, before, limits, counts, measures, n)
    return counts[:n], measures[:n]


@kernel
def _matches(texts, pair, sides, runs, scores, before, limits, counts, measures, n):
    """The matches of a pair, written from row ``n`` on; returns both tables, maybe grown, and the new ``n``."""
    words, paragraphs, weights, flags = texts.words, texts.paragraphs, texts.weights, texts.flags
    used = np.zeros(len(scores), np.bool_)
    chain = np.empty(len(scores), np.int64)
    covers = (np.zeros(sides[1] - sides[0], np.bool_), np.zeros(sides[3] - sides[2], np.bool_))
    room = max(len(covers[0]), len(covers[1])) + 1
    places = (np.empty(room, np.int64), np.empty(room, np.int64))
    cuts = np.empty(room // PIECE_WORDS + 2, np.int64)
    first = n
    for last in np.argsort(-scores, kind="mergesort"):
        if used[last]:
            continue
        if scores[last] < limits.near_bits:
            break
        length = take_chain(last, before, used, chain)
        rows = counts[first:n]
        joins, frames = np.empty(len(rows), np.bool_), np.empty(len(rows), np.bool_)
        large = scores[last] >= PIECE_SHARE * limits.min_information
        ends = (runs[0][chain[0]], runs[0][last] + runs[2][last], runs[1][chain[0]], runs[1][last] + runs[2][last])
        if not large and _relate(paragraphs, rows, ends, False, limits, joins, frames) > limits.near_words:
            continue  # most small chains stand near nothing
        count = equal_words(words, *runs, chain[:length], *places)
        if large:
            count = extended(words, paragraphs, sides, *places, count)
        left, right = places[0][:count], places[1][:count]
        ends = (left[0], left[-1] + 1, right[0], right[-1] + 1)
        bits = _information(weights, left, right)
        large &= count >= PIECE_SHARE * limits.min_words and bits >= PIECE_SHARE * limits.min_information
        wide = bits >= limits.paragraph_bits and count >= limits.min_words
        nearest = _relate(paragraphs, rows, ends, wide, limits, joins, frames)
        if not large and (nearest > limits.near_words or bits < limits.near_bits + nearest):
            continue
        spans = (left[0] - sides[0], left[-1] + 1 - sides[0], right[0] - sides[2], right[-1] + 1 - sides[2])
        enough = count >= limits.min_words and bits >= limits.min_information
        if _is_known(covers, spans, enough):
            continue
        covers[0][spans[0] : spans[1]] = True
        covers[1][spans[2] : spans[3]] = True
        long_line = _line(texts.paragraph_starts, paragraphs[left[0]]) > LONG_LINE
        long_line |= _line(texts.paragraph_starts, paragraphs[right[0]]) > LONG_LINE
        n_pieces = _pieces(flags, left, right, cuts) if long_line else 1
        cuts[n_pieces] = count
        if n + n_pieces > len(counts):
            counts, measures = _longer(counts, n + n_pieces), _longer(measures, n + n_pieces)
        passage = _joined(counts[first:n], 15, joins)
        frame = _joined(counts[first:n], 16, frames)
        begin = 0
        for piece in range(1, n_pieces + 1):
            counts[n, 0] = pair
            counts[n, 15] = passage
            counts[n, 16] = frame
            _measured(
                words, weights, flags, left[begin : cuts[piece]], right[begin : cuts[piece]], counts[n], measures[n]
            )
            n += 1
            begin = cuts[piece]
    return counts, measures, n


@kernel
def _relate(paragraphs, rows, ends, wide, limits, joins, frames):
    """How some equal words stand to the rows of their pair: ``joins`` and ``frames`` (rows,) bool are filled.

    ``ends`` are their first word and one past their last on the left, then on the right. They join a row into one
    passage when they stand near it in the same two paragraphs, or anywhere near when they are ``wide``; they have one
    frame with it when they follow one another closely or stand near it in the same two paragraphs. Returns the words
    between them and the nearest row of the same two paragraphs, or one more than ``near_words``.
    """
    nearest = np.int64(limits.near_words + 1)
    for r in range(len(rows)):
        same = paragraphs[rows[r, 1]] == paragraphs[ends[0]] and paragraphs[rows[r, 3]] == paragraphs[ends[2]]
        gap_left = max(rows[r, 1] - ends[1], ends[0] - rows[r, 2])
        gap = max(gap_left, rows[r, 3] - ends[3], ends[2] - rows[r, 4], 0)
        near = gap <= limits.near_words
        joins[r] = near and (same or wide)
        after = rows[r, 1] >= ends[1] and rows[r, 3] >= ends[3]
        follows = after or (rows[r, 2] <= ends[0] and rows[r, 4] <= ends[2])
        frames[r] = (follows and gap <= limits.frame_words) or (near and same)
        if near and same:
            nearest = min(nearest, gap)
    return nearest


@kernel
def _joined(rows, column, near):
    """The least number in a column of the rows that are ``near``, which all become that one; or a new number."""
    least = len(rows)
    for r in range(len(rows)):
        if near[r]:
            least = min(least, np.int64(rows[r, column]))
    for r in range(len(rows)):
        if near[r] and rows[r, column] != least:
            old = rows[r, column]
            for s in range(len(rows)):
                if rows[s, column] == old:
                    rows[s, column] = least
    return least


@kernel
def _is_known(covers, spans, enough):
    """Whether more than half of a match is covered on both sides, on either where it is not enough for a match by
    itself: a phrase that stands twice is one phrase. ``spans`` count inside the articles.
    """
    left, right = covers[0][spans[0] : spans[1]], covers[1][spans[2] : spans[3]]
    on_left, on_right = 2 * left.sum() > len(left), 2 * right.sum() > len(right)
    return (on_left and on_right) or (not enough and (on_left or on_right))


@kernel
def _information(weights, left, right):
    """Bits of some equal words: of each the lighter side."""
    total = 0.0
    for e in range(len(left)):
        total += min(weights[left[e]], weights[right[e]])
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
def _measured(words, weights, flags, equal_left, equal_right, row, measure):
    """Fill a row of ``align_pairs`` (all but the pair) from the equal words: one loop over them counts all."""
    count = len(equal_left)
    begin_left = equal_left[0]
    end_left = equal_left[count - 1] + 1
    begin_right = equal_right[0]
    end_right = equal_right[count - 1] + 1
    quoted = 0
    clauses = 0
    capitals = 0
    sentence_run = 0
    spoken = False  # the current run holds a word of a clause
    splices = 0
    open_quote = False  # a stretch quoted on both sides stands before, and since then
    joined = False  # a word outside quotation marks on both sides
    longest = 0
    current = 0
    runs = 0
    insertions = 0
    deletions = 0
    substitutions = 0
    for e in range(count):
        i = equal_left[e]
        j = equal_right[e]
        quoted += (flags[i] | flags[j]) & QUOTED
        capitals += ((flags[i] | flags[j]) & CAPITAL) != 0
        clause = (flags[i] & flags[j] & CLAUSE) != 0
        clauses += clause
        if flags[i] & flags[j] & QUOTED:
            splices += open_quote and joined
            open_quote = True
            joined = False
        elif (flags[i] | flags[j]) & QUOTED == 0:
            joined = True
        if e > 0 and i == equal_left[e - 1] + 1 and j == equal_right[e - 1] + 1:
            current += 1
            spoken |= clause
        else:
            current = 1
            spoken = clause
            runs += 1
            if e > 0:
                gone = i - equal_left[e - 1] - 1
                come = j - equal_right[e - 1] - 1
                substitutions += min(gone, come)
                deletions += gone - min(gone, come)
                insertions += come - min(gone, come)
        longest = max(longest, current)
        sentence_run = max(sentence_run, current * spoken)
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
    row[14] = splices
    row[17] = clauses
    row[18] = capitals
    row[19] = sentence_run
    measure[0] = _information(weights, equal_left, equal_right)
    measure[1] = span_jaccard(words, begin_left, end_left, begin_right, end_right)

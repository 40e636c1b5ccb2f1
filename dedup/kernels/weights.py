"""Words -> how much each of them says that a text was copied."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import ROLL, S32, mix64
from dedup.kernels.compiled import inline, kernel
from dedup.kernels.words import CAPITAL, DATE, NUMBER, SENTENCE_END

NAME_BITS, NUMBER_BITS, FORMULA_BITS = 4, 10, 2
"""Most that a name or a date, a number and a word of a formula say: who writes of an event writes its names, days and
figures."""

CAPITALS = 0.25
"""Share of an article's words with a capital from which capitals are no names: German, a text all in capitals; only
those that no table of words lists are."""

UNKNOWN_RARITY = 176
"""Rarity of a word outside the frequency table, in eighths of a bit: 22 bits, about once in four million words."""

FORMULA_WORDS = 4
"""Words of the runs by which formulas are known."""


@inline
def _run(words, at):
    """Hash of the FORMULA_WORDS words from a place on: 32 bits, never 0, which is an empty slot."""
    h = np.uint64(0)
    for k in range(FORMULA_WORDS):
        h = h * ROLL + np.uint64(words[at + k])
    return max(np.uint32(mix64(h) >> S32), np.uint32(1))


@kernel
def hash_runs(words, starts, hashes):
    """Hashes of all runs of FORMULA_WORDS words inside each row; returns their number. ``hashes`` uint32 has room."""
    n = 0
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1] - FORMULA_WORDS + 1):
            hashes[n] = _run(words, at)
            n += 1
    return n


@kernel
def weigh_words(words, paragraphs, rarity, flags, formulas, starts, low, high, weights):
    """Weight of each word of the articles ``low`` to ``high``, eighths of a bit, uint8.

    That is its rarity, but of names, numbers, dates and formulas a little. A name is a word with a capital that begins
    no sentence, in an article with few capitals; a date is a weekday, a month, and a number beside one. ``formulas`` is
    an open-addressing table of uint32 (``fill_table``) of the runs of FORMULA_WORDS words that stand in unrelated
    texts; ``starts`` (articles + 1,) first words.
    """
    for article in range(low, high):
        begin, end = starts[article], starts[article + 1]
        capitals = 0
        for i in range(begin, end):
            capitals += _is_inner_capital(paragraphs, flags, begin, i)
        named = capitals < CAPITALS * (end - begin)
        for i in range(begin, end):
            most = 255
            if _is_date(paragraphs, flags, begin, end, i):
                most = 8 * NAME_BITS
            elif flags[i] & NUMBER:
                most = 8 * NUMBER_BITS
            elif (named or rarity[i] >= UNKNOWN_RARITY) and _is_inner_capital(paragraphs, flags, begin, i):
                most = 8 * NAME_BITS
            weights[i] = min(np.int64(rarity[i]), most)
        for i in range(begin, end - FORMULA_WORDS + 1):
            if paragraphs[i] == paragraphs[i + FORMULA_WORDS - 1] and _is_listed(formulas, _run(words, i)):
                for k in range(FORMULA_WORDS):
                    weights[i + k] = min(np.int64(weights[i + k]), 8 * FORMULA_BITS)


@inline
def _is_date(paragraphs, flags, begin, end, i):
    """Whether a word is a weekday or a month, or a number beside one."""
    before = i > begin and paragraphs[i - 1] == paragraphs[i] and flags[i - 1] & DATE != 0
    after = i + 1 < end and paragraphs[i + 1] == paragraphs[i] and flags[i + 1] & DATE != 0
    return flags[i] & DATE != 0 or (flags[i] & NUMBER != 0 and (before or after))


@inline
def _is_inner_capital(paragraphs, flags, begin, i):
    """Whether a word has a capital and begins neither a paragraph nor a sentence."""
    return (
        flags[i] & CAPITAL != 0
        and i > begin
        and paragraphs[i - 1] == paragraphs[i]
        and flags[i - 1] & SENTENCE_END == 0
    )


@inline
def _is_listed(table, key):
    """Whether an open-addressing table holds a key."""
    mask = np.uint32(len(table) - 1)
    place = key & mask
    while table[place] != 0 and table[place] != key:
        place = (place + np.uint32(1)) & mask
    return table[place] == key

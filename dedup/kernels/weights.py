"""Words -> how much each of them says that a text was copied."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import ROLL, S32, mix64
from dedup.kernels.compiled import inline, kernel
from dedup.kernels.words import CAPITAL, NUMBER, SENTENCE_END

NAME_BITS, NUMBER_BITS, FORMULA_BITS = 4, 10, 2
"""Most that a name, a number and a word of a formula say: who writes of an event writes its names and figures."""

CAPITALS = 0.25
"""Share of an article's words with a capital from which capitals are no names: German, a text all in capitals."""

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

    That is its rarity, but of names, numbers and formulas a little. A name is a word with a capital that begins no
    sentence, in an article with few capitals. ``formulas`` is an open-addressing table of uint32 (``fill_table``) of
    the runs of FORMULA_WORDS words that stand in unrelated texts; ``starts`` (articles + 1,) first words.
    """
    for article in range(low, high):
        begin, end = starts[article], starts[article + 1]
        capitals = 0
        for i in range(begin, end):
            capitals += _is_inner_capital(paragraphs, flags, begin, i)
        named = capitals < CAPITALS * (end - begin)
        for i in range(begin, end):
            most = 255
            if flags[i] & NUMBER:
                most = 8 * NUMBER_BITS
            elif named and _is_inner_capital(paragraphs, flags, begin, i):
                most = 8 * NAME_BITS
            weights[i] = min(np.int64(rarity[i]), most)
        for i in range(begin, end - FORMULA_WORDS + 1):
            if paragraphs[i] == paragraphs[i + FORMULA_WORDS - 1] and _is_listed(formulas, _run(words, i)):
                for k in range(FORMULA_WORDS):
                    weights[i + k] = min(np.int64(weights[i + k]), 8 * FORMULA_BITS)


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

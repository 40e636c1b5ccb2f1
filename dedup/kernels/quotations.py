"""Quoted words of two texts -> what stands beside them: who spoke, to whom, and where."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import ROLL, mix64
from dedup.kernels.compiled import inline, kernel
from dedup.kernels.words import CAPITAL, CLAUSE, DATE, QUOTED, SENTENCE_END

OFFICE, MEDIUM, ROLE, GIVEN_NAME, AGENCY, TO, YEARS, FOREIGN, NATION, HOME, AWARD = (1 << bit for bit in range(11))
BETWEEN, SPAN, BARE_AGE, SAYING = (1 << bit for bit in range(11, 15))
"""What a word, or a run of words, can be beside a quotation; see ``dedup.matching.quotations``."""

HELPERS = TO | NATION | BETWEEN | SPAN | BARE_AGE | SAYING
"""Bits that say nothing by themselves."""

TOLD_WORDS = 8
"""Words between the one that addresses an agency and its name: "à une journaliste de l'agence de presse allemande"."""

LONGEST_NAME = 4
"""Words of the longest office, medium or role."""

BESIDE_WORDS = 40
"""Words of its sentence before and after a quotation that are read."""

FEW_WORDS = 3
"""With fewer words outside the quotation its sentence names nobody, and those beside it are read too."""


@inline
def name_key(words, at, size):
    """Hash of a run of words, 64 bits."""
    h = np.uint64(size)
    for k in range(size):
        h = h * ROLL + np.uint64(words[at + k])
    return mix64(h)


@kernel
def hash_names(words, starts, keys):
    """The key of each row of words, which are one name. ``keys`` (rows,) uint64."""
    for row in range(len(keys)):
        keys[row] = name_key(words, starts[row], starts[row + 1] - starts[row])


@kernel
def beside(words, flags, paragraph_starts, rows, begins, ends, keys, kinds):
    """What stands beside some quotations, outside quotation marks: bits of ``kinds``, (quotations,) int64.

    A quotation stands in the paragraph ``rows`` from the word ``begins`` to ``ends``; ``keys`` uint64, sorted, are
    names and ``kinds`` theirs. Read are the sentence that the quotation stands in and, when that names nobody, those
    beside it; a sentence that the paragraph before ends with stands beside its first one.
    """
    found = np.zeros(len(rows), np.int64)
    for q in range(len(rows)):
        low, high = paragraph_starts[rows[q]], paragraph_starts[rows[q] + 1]
        begin, end = begins[q], ends[q]
        marked = 0
        for i in range(begin, end):
            marked += flags[i] & QUOTED
        inside = 2 * marked > end - begin
        while begin > low and inside and flags[begin - 1] & QUOTED:
            begin -= 1
        while end < high and inside and flags[end] & QUOTED:
            end += 1
        first, last = _sentence(flags, low, high, begin, end)
        outside = 0
        for i in range(first, last):
            outside += _is_beside(flags, i, begins[q], ends[q], inside)
        if outside < FEW_WORDS:
            if first > low:
                first = _sentence(flags, low, high, first - 1, first)[0]
            elif rows[q] > 0:
                before = paragraph_starts[rows[q] - 1]
                first = _sentence(flags, before, low, low - 1, low)[0] if before < low else low
            if last < high:
                last = _sentence(flags, low, high, last, last + 1)[1]
        for i in range(first, last):
            if _is_beside(flags, i, begins[q], ends[q], inside):
                found[q] |= _kinds_at(words, flags, i, first, last, keys, kinds)
    return found


@inline
def _is_beside(flags, i, begin, end, inside):
    """Whether a word is none of the quotation: in marks, or in a span that stands without them."""
    return not flags[i] & QUOTED if inside else not begin <= i < end


@kernel
def _sentence(flags, low, high, begin, end):
    """The sentence around some words of a paragraph, BESIDE_WORDS at most on either side."""
    first, last = begin, end
    while first > max(low, begin - BESIDE_WORDS) and not flags[first - 1] & SENTENCE_END:
        first -= 1
    while last < min(high, end + BESIDE_WORDS) and not flags[last - 1] & SENTENCE_END:
        last += 1
    return first, last


@kernel
def _kinds_at(words, flags, i, first, last, keys, kinds):
    """Bits of the names that begin with a word; an agency counts when somebody speaks to it, a given name alone,
    a nationality beside an office or a role, an age when it is no span of time, a bare number after a name."""
    found = 0
    for size in range(1, min(LONGEST_NAME, last - i) + 1):
        kind = _kind(name_key(words, i, size), keys, kinds)
        if kind & AGENCY and not _told(words, i, first, keys, kinds):
            kind &= ~AGENCY
        before = i > first and flags[i - 1] & CAPITAL
        after = i + size < last and flags[i + size] & CAPITAL
        if kind & GIVEN_NAME and (not flags[i] & CAPITAL or before or after):
            kind &= ~GIVEN_NAME
        if kind & YEARS and _spans(words, i, first, keys, kinds):
            kind &= ~YEARS
        if kind & BARE_AGE and before and not after and not flags[i] & DATE:
            kind |= YEARS
        if kind & NATION:
            beside = _kind(name_key(words, i - 1, 1), keys, kinds) if i > first else 0
            beside |= _kind(name_key(words, i + size, 1), keys, kinds) if i + size < last else 0
            kind |= FOREIGN if beside & (OFFICE | ROLE) else 0
        found |= kind & ~HELPERS
    return found


@kernel
def _told(words, i, first, keys, kinds):
    """Whether a word before the agency at ``i`` addresses it, with nothing between them but what leads to its name."""
    for at in range(i - 1, max(first, i - 1 - TOLD_WORDS) - 1, -1):
        kind = _kind(name_key(words, at, 1), keys, kinds)
        if kind & TO:
            return True
        if not kind & (BETWEEN | NATION | AGENCY):
            return False
    return False


@kernel
def _spans(words, i, first, keys, kinds):
    """Whether one word or two before a number of years make a span of time of it: depuis, il y a."""
    for size in range(1, 3):
        if i - size >= first and _kind(name_key(words, i - size, size), keys, kinds) & SPAN:
            return True
    return False


@kernel
def _kind(key, keys, kinds):
    """Bits of a name; 0 when it is none."""
    at = np.searchsorted(keys, key)
    return kinds[at] if at < len(keys) and keys[at] == key else 0


@kernel
def attributed(words, flags, begins, ends, keys, kinds):
    """Words outside the quotation marks of some spans that do no more than say who spoke, (spans,) int64.

    What stands between two quotations, before the first or after the last counts when it has a verb of saying: its
    names, days, small words and that verb. A span in which anything else stands between two quotations has none, since
    one reporter sewed these fragments together, and so has a span without a quotation.
    """
    found = np.zeros(len(begins), np.int64)
    for span in range(len(begins)):
        begin, end = begins[span], ends[span]
        at = begin
        while at < end:
            if flags[at] & QUOTED:
                at += 1
                continue
            stop = at
            while stop < end and not flags[stop] & QUOTED:
                stop += 1
            naming, others = _naming(words, flags, at, stop, keys, kinds)
            if at > begin and stop < end and others:
                found[span] = 0
                break
            found[span] += naming if stop - at < end - begin else 0
            at = stop
    return found


@kernel
def _naming(words, flags, at, stop, keys, kinds):
    """Words of a stretch that name a speaker, 0 without a verb of saying; and how many do not."""
    said, naming, others = False, 0, 0
    while at < stop:
        kind, size = 0, min(LONGEST_NAME, stop - at)
        while size > 1 and not kind:
            kind = _kind(name_key(words, at, size), keys, kinds)
            size -= 0 if kind else 1
        if not kind:
            kind = _kind(name_key(words, at, 1), keys, kinds)
        said |= kind & SAYING != 0
        if kind or flags[at] & (CAPITAL | CLAUSE | DATE):
            naming += size
        else:
            others += size
        at += size
    return (naming if said else 0), others

"""UTF-8 -> words: hashes, stems, places and flags, and how rare each word is."""

from __future__ import annotations

import numpy as np

from dedup.kernels.common import FNV_PRIME, FNV_START, S32, decode, mix64
from dedup.kernels.compiled import kernel

QUOTED, SENTENCE_END, CAPITAL, NUMBER, CLAUSE, DATE = 1, 2, 4, 8, 16, 32
"""Bits of a word's flags: inside quotation marks; last of its sentence; starts with a capital; starts with a digit
(a number, an hour, 17e); stands in sentences and not in titles (a pronoun, an auxiliary); a weekday or a month."""


STEM_LETTERS = 5
"""Letters of a stem: accusent, accusant and accusé are one."""


@kernel
def count_blanks(offsets, data, most, counts):
    """Runs of blanks (space, tab, line ends, form feed) in each row, up to ``most``. ``counts`` (rows,) int64."""
    for row in range(len(counts)):
        blanks = 0
        inside = False
        for at in range(offsets[row], offsets[row + 1]):
            byte = data[at]
            blank = byte == 0x20 or (0x09 <= byte <= 0x0D and byte != 0x0B)
            blanks += blank and not inside
            inside = blank
            if blanks >= most:
                break
        counts[row] = blanks


@kernel
def suspect_residue(offsets, data, low, high, found):
    """Rows that may hold an address or a call: ``://``, ``www.``, ``pic.``, or a bracket after an ASCII letter.

    ``found`` (rows,) bool is filled from ``low`` to ``high``.
    """
    for row in range(low, high):
        hit = False
        begin = offsets[row]
        for at in range(begin + 1, offsets[row + 1]):
            byte = data[at]
            if byte > 0x3A or (byte != 0x28 and byte != 0x2E and byte != 0x3A):
                continue
            before = data[at - 1]
            if byte == 0x28:  # (
                hit |= 0x30 <= before <= 0x39 or 0x41 <= before <= 0x5A or 0x61 <= before <= 0x7A or before == 0x5F
            elif byte == 0x3A:  # :
                hit |= at + 2 < offsets[row + 1] and data[at + 1] == 0x2F and data[at + 2] == 0x2F
            elif at - begin >= 3:  # .
                hit |= before == 0x77 and data[at - 2] == 0x77 and data[at - 3] == 0x77
                hit |= before == 0x63 and data[at - 2] == 0x69 and data[at - 3] == 0x70
        found[row] = hit


@kernel
def count_words(offsets, data, classes, low, high, counts):
    """Words of each row. ``counts`` (rows,) int64 is filled from ``low`` to ``high``."""
    for row in range(low, high):
        words = 0
        inside = False
        at = offsets[row]
        end = offsets[row + 1]
        while at < end:
            code, size = decode(data, at)
            at += size
            kind = classes[code] if code < 0x10000 else 0
            words += (kind == 1) & (not inside)  # no branch that depends on where words end
            inside = (kind == 1) | (inside & (kind == 2))
        counts[row] = words


@kernel
def read_words(offsets, data, classes, letters, low, high, starts, hashes, stems, begins, ends, flags):
    """Hash, stem, place and flags of every word: one loop over the letters, so that each is decoded once.

    ``starts`` (rows + 1,) says where a row's words go; ``hashes`` uint32, ``stems`` uint32 (hash of the first
    STEM_LETTERS folded letters), ``begins`` and ``ends`` int32 (code points in the row), ``flags`` uint8. A quotation
    runs from its mark to the mark that closes it; one that is never closed ends with its first sentence. A closing
    guillemet after an apostrophe opens (the scar ``l' »hégémonie »``).
    """
    for row in range(low, high):
        word = starts[row]
        first_word = word
        at = offsets[row]
        end = offsets[row + 1]
        point = 0
        inside = False
        h = FNV_START
        stem = FNV_START
        n_letters = 0
        quote = 0  # 0 outside, 1 « », 2 “ ”, 3 " "
        quote_from = np.int64(-1)
        quote_stop = np.int64(-1)
        apostrophe = False
        numeric = False
        pending_stop = False
        while at < end:
            byte = data[at]
            if inside and byte < 0x80 and classes[byte] == 1:  # a further letter of a word: most bytes come this way
                h = (h ^ np.uint64(letters[byte, 0])) * FNV_PRIME
                n_letters += 1
                stem = h if n_letters <= STEM_LETTERS else stem
                at += 1
                point += 1
                continue
            code, size = decode(data, at)
            at += size
            kind = classes[code] if code < 0x10000 else 0
            if kind == 1:
                if not inside:
                    inside = True
                    h = FNV_START
                    n_letters = 0
                    begins[word] = point
                    flags[word] = 0
                    numeric = 0x30 <= letters[code, 0] <= 0x39
                    capital = letters[code, 3] != 0
                    if capital:
                        flags[word] |= CAPITAL
                    if pending_stop:
                        if (capital or code < 0x3A) and word > first_word:
                            flags[word - 1] |= SENTENCE_END
                        pending_stop = False
            if kind == 1 or (kind == 2 and inside):
                for place in range(3):
                    letter = letters[code, place]
                    if letter == 0:
                        break
                    h = (h ^ np.uint64(letter)) * FNV_PRIME
                    n_letters += 1
                    stem = h if n_letters <= STEM_LETTERS else stem
            elif kind == 0:
                if inside:
                    inside = False
                    hashes[word] = np.uint32(mix64(h) >> S32)
                    stems[word] = np.uint32(mix64(stem) >> S32)
                    ends[word] = point
                    if numeric:
                        flags[word] |= NUMBER
                    word += 1
                if code == 0x20:
                    point += 1
                    continue
                if code == 0x2E or code == 0x21 or code == 0x3F or code == 0x2026:  # . ! ? …
                    pending_stop = True
                    if quote != 0 and quote_stop < 0 and word > quote_from:
                        quote_stop = word
                opens = 0
                closes = 0
                if code == 0xAB or (code == 0xBB and apostrophe and quote != 1):
                    opens = 1
                elif code == 0xBB:
                    closes = 1
                elif code == 0x201C or code == 0x201E:
                    if code == 0x201C and quote == 4:
                        closes = 4
                    else:
                        opens = 2 if code == 0x201C else 4
                elif code == 0x201D:
                    closes = 2
                elif code == 0x22:
                    if quote == 3:
                        closes = 3
                    elif quote == 0:
                        opens = 3
                if opens != 0:
                    if quote == 0 or quote == opens:
                        if quote == opens:
                            stop = quote_stop if quote_stop >= 0 else word
                            for quoted in range(quote_from, stop):
                                flags[quoted] |= QUOTED
                        quote = opens
                        quote_from = word
                        quote_stop = np.int64(-1)
                elif closes != 0 and closes == quote:
                    for quoted in range(quote_from, word):
                        flags[quoted] |= QUOTED
                    quote = 0
                if code != 0x20 and code != 0xA0 and code != 0x202F:
                    apostrophe = code == 0x27 or code == 0x2019
            if kind == 1:
                apostrophe = False
            point += 1
        if inside:
            hashes[word] = np.uint32(mix64(h) >> S32)
            stems[word] = np.uint32(mix64(stem) >> S32)
            ends[word] = point
            if numeric:
                flags[word] |= NUMBER
            word += 1
        if word > first_word:
            flags[word - 1] |= SENTENCE_END
        if quote != 0:
            stop = quote_stop if quote_stop >= 0 else word
            for quoted in range(quote_from, stop):
                flags[quoted] |= QUOTED


@kernel
def fill_table(keys, values, slots, bits):
    """Open-addressing table of word hashes. ``slots`` and ``bits`` have a power-of-two length, slots full of 0."""
    mask = np.uint32(len(slots) - 1)
    for i in range(len(keys)):
        place = keys[i] & mask
        while slots[place] != 0 and slots[place] != keys[i]:
            place = (place + np.uint32(1)) & mask
        slots[place] = keys[i]
        bits[place] = values[i]


@kernel
def look_up(hashes, slots, bits, unknown, low, high, rarity):
    """Rarity of words ``low`` to ``high``: eighths of a bit, uint8; ``unknown`` for a word that is not listed."""
    mask = np.uint32(len(slots) - 1)
    for i in range(low, high):
        place = hashes[i] & mask
        found = unknown
        while slots[place] != 0:
            if slots[place] == hashes[i]:
                found = bits[place]
                break
            place = (place + np.uint32(1)) & mask
        rarity[i] = found


@kernel
def mark(hashes, slots, bits, low, high, flags):
    """Add to the flags of words ``low`` to ``high`` what a table (``fill_table``) lists them with."""
    mask = np.uint32(len(slots) - 1)
    for i in range(low, high):
        place = hashes[i] & mask
        while slots[place] != 0:
            if slots[place] == hashes[i]:
                flags[i] |= bits[place]
                break
            place = (place + np.uint32(1)) & mask

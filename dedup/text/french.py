"""Letters -> comparable letters: the typographic folding that every comparison of French text goes through.

A word is a run of letters and digits; apostrophes, hyphens, quotation marks and spaces of every kind only
separate words, so that ``l'Élysée``, ``l’Elysée`` and the scar ``l' »Élysée »`` read alike. Case, ligatures and
(when asked) accents are folded; soft hyphens and zero-width characters are skipped, and so are combining marks
when accents do not count, so that composed and decomposed text read alike.
"""

from __future__ import annotations

import functools
import unicodedata
from pathlib import Path

import numpy as np

SEPARATOR, WORD, SKIPPED = 0, 1, 2
"""Class of a code point: between words, inside a word, as if it were not there (or an accent of the letter before)."""

PLANE = 0x10000
"""Code points below are looked up; those above (emoji, rare scripts) separate words."""

LONGEST = 3
"""Letters that one folded code point may become; a longer or an empty folding leaves the code point as it is."""

APOSTROPHES = frozenset("ʹʻʼʽˈˊˋꞌ")
"""Signs that Unicode counts as letters and print uses as apostrophes."""

WORDS_FILE = Path(__file__).parent / "french_words.csv"


def fold_letter(letter: str, fold_accents: bool = True) -> str:
    """Fold one code point: case, ligatures, compatibility forms and, when asked, accents. '' when it is skipped."""
    if letter_class(letter) == SKIPPED and (fold_accents or not unicodedata.combining(letter)):
        return ""
    # decomposed even when accents count, so that an accent is one letter more, composed or not
    parts = unicodedata.normalize("NFKD", letter.casefold().replace("œ", "oe").replace("æ", "ae"))
    accents = "".join(part for part in parts if fold_accents and unicodedata.combining(part))
    kept = "".join(part for part in parts if part not in accents and ord(part) < PLANE)
    return kept if 0 < len(kept) <= LONGEST else letter


def bare(name: str) -> str:
    """A name without case, accents and ligatures, its signs as they are: "L'Œuvre" -> "l'oeuvre"."""
    return "".join(map(fold_letter, name))


def letter_class(letter: str) -> int:
    """SEPARATOR, WORD or SKIPPED. Letters and digits make words; superscripts and ordinal signs do too."""
    if ord(letter) >= PLANE:
        return SEPARATOR
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return SKIPPED
    return WORD if letter.isalnum() and letter not in APOSTROPHES else SEPARATOR


@functools.cache
def tables(fold_accents: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Look-up tables of the folding.

    Returns ``classes`` (PLANE,) uint8 and ``letters`` (PLANE, LONGEST + 1) uint16: the folded letters padded with
    0, then 1 for a capital.
    """
    classes = np.zeros(PLANE, np.uint8)
    letters = np.zeros((PLANE, LONGEST + 1), np.uint16)
    for code in _assigned():
        letter = chr(code)
        classes[code] = letter_class(letter)
        if classes[code] != SEPARATOR:
            for place, folded in enumerate(fold_letter(letter, fold_accents)):
                letters[code, place] = ord(folded)
            letters[code, LONGEST] = letter.isupper() or letter.istitle()
    return classes, letters


def _assigned() -> list[int]:
    # Han, Hangul and the private area are left out: scripts without spaces have no words to shingle.
    return np.r_[0:0x2E80, 0xFB00:PLANE].tolist()


def fold(text: str, fold_accents: bool = True) -> str:
    """Words of a text, folded and joined by one space: the plain reading of what the kernels compare."""
    classes, letters = tables(fold_accents)
    out: list[str] = []
    for letter in text:
        code = ord(letter)
        kind = classes[code] if code < PLANE else SEPARATOR
        if kind == WORD or (kind == SKIPPED and out and out[-1] != " "):
            out.extend(chr(folded) for folded in letters[code, :LONGEST] if folded)
        elif kind == SEPARATOR and out and out[-1] != " ":
            out.append(" ")
    return "".join(out).strip()

"""Text -> text to compare, one code point for one code point, so that offsets into it are offsets into the print."""

from __future__ import annotations

import functools
import re

from dedup.text.french import fold_letter

TYPOGRAPHY = {
    **dict.fromkeys("’‘ʼ′´`‛ʹ＇", "'"),
    **dict.fromkeys("“”„‟«»‹›″＂", '"'),
    **dict.fromkeys("–—―‒−‐‑﹣－¬", "-"),
    "⁄": "/",
    "＠": "@",
    "＃": "#",
}


UNUSUAL = re.compile(r"[^\x21-\x5f\x61-\x7e ]")
"""What folding may change; the rest is letters, digits and signs of ASCII."""

SKIPPED = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Combining marks, soft hyphens, zero-width code points: read as if they were not there."""


ACCENTED = re.compile(r"[^\W\d_a-zA-Z]")


@functools.cache
def fold_point(letter: str) -> str:
    """Fold one code point to one code point."""
    if letter in TYPOGRAPHY:
        return TYPOGRAPHY[letter]
    if letter.isspace():
        return " "
    if not letter.isalpha():
        return letter
    folded = fold_letter(letter)
    folded = folded.upper() if letter.isupper() else folded
    return folded if len(folded) == len(folded.lower()) == 1 else ("X" if letter.isupper() else "x")


def folded(text: str) -> tuple[str, list[int] | None]:
    """Fold typography and accents, keep capitals. Offsets are given only when code points had to be skipped."""
    if not SKIPPED.search(text):
        return UNUSUAL.sub(fold_match, text), None
    offsets = [at for at, letter in enumerate(text) if not SKIPPED.match(letter)]
    return UNUSUAL.sub(fold_match, "".join(text[at] for at in offsets)), offsets


def fold_match(match: re.Match[str]) -> str:
    return fold_point(match[0])


def letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name)

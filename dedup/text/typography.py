"""Texts as printed -> texts as read, one code point for one code point: offsets stay those of the print.

Three habits of print that look like words or marks and are none: digits set in groups, words broken at the end of a
line, quotation marks put together from other signs.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

NOTHING = "\u00ad"
"""A soft hyphen: the reading of words passes over it."""

_SPACES = "\u0020\u00a0\u2007\u2009\u202f·"
_GROUPED = re.compile(rf"(?<![\d.,])(\d{{1,3}})([.'’{_SPACES}])(\d{{3}})((?:\2\d{{3}})*)(?![.'’]?\d)")
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]++)([-‐\u00ad¬][ \t]*\r?\n\s*+)([^\W\d_]+)")
_MARKS = (
    ("''", re.compile(r"(?<!')''(?!')"), '"' + NOTHING),
    ("<<", re.compile(r"(?<!<)<<(?!<)"), "«" + NOTHING),
    (">>", re.compile(r"(?<!>)>>(?!>)"), NOTHING + "»"),
)
_SUSPECT = rf"\d[.'’{_SPACES}]\d{{3}}|[-‐¬\x{{ad}}][ \t]*\r?\n|''|<<|>>|[‹›]"
"""For RE2: texts without it are read as they are."""


def as_read(texts: pa.Array) -> pa.Array:
    """The texts with digits in one group, broken words joined and common quotation marks; lengths stay."""
    found = pc.fill_null(pc.match_substring_regex(texts, _SUSPECT), False)
    rows = np.flatnonzero(found.to_numpy(zero_copy_only=False))
    if len(rows) == 0:
        return texts
    read = pa.array([read_line(texts[row].as_py()) for row in rows.tolist()], texts.type)
    return pc.replace_with_mask(texts, found, read)


def read_line(text: str) -> str:
    """One text as it is read; as long as it is printed."""
    text = _GROUPED.sub(lambda found: re.sub(r"\D", NOTHING, found[0]), text)
    if "\n" in text:
        text = _BROKEN.sub(_joined, text)
    if "«" not in text:  # inside guillemets single ones are marks of their own
        text = text.replace("‹", "«").replace("›", "»")
    for letters, mark, sign in _MARKS:
        if letters in text:
            text = mark.sub(sign, text)
    return text


def _joined(found: re.Match[str]) -> str:
    """A word broken at the end of a line is one word, unless only its halves are words: "dix-" "neuf"."""
    whole, words = (found[1] + found[3]).casefold(), _known_words()
    is_compound = whole not in words and found[1].casefold() in words and found[3].casefold() in words
    return found[0] if is_compound else found[1] + NOTHING * len(found[2]) + found[3]


@functools.cache
def _known_words() -> frozenset[str]:
    """Common words of all languages that have a table."""
    words: list[str] = []
    for file in sorted(Path(__file__).parent.glob("*_words.csv")):
        options = pa.csv.ConvertOptions(
            include_columns=["word"], column_types={"word": pa.string()}, strings_can_be_null=False
        )
        words += pa.csv.read_csv(file, convert_options=options)["word"].to_pylist()
    return frozenset(words)

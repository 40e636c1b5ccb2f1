"""Lines of an article -> which of them go on in the next: text that was wrapped at a fixed width.

Agencies' screens, PDF files and exports cut a paragraph into lines of equal width. A line was wrapped when the next
line's first word would not have fitted; where it would, the paragraph ends. A word broken by a hyphen goes on.
"""

from __future__ import annotations

import re
from itertools import pairwise

NARROWEST, WIDEST = 30, 120
"""Code points of the longest line of a wrapped text."""

LEAST = 3
"""Lines that must break off inside a sentence before a text counts as wrapped."""

_ENDS = re.compile(r"[.!?…:;»”\")\]]\s*$")
_BROKEN = re.compile(r"[^\W\d_][-‐\u00ad¬]$")
_GOES_ON = re.compile(r"\s*[a-zà-ÿœ0-9«(]")


def goes_on(lines: list[str]) -> list[bool]:
    """For each line whether its paragraph goes on in the next one; all False for a text that is not wrapped.

    Blank lines end a paragraph. Half of the lines that another follows must break off inside a sentence.
    """
    printed = [line.rstrip() for line in lines]
    width = max(map(len, printed), default=0)
    nothing = [False] * len(lines)
    if not NARROWEST <= width <= WIDEST:
        return nothing
    full = [_is_full(line, after, width) or _is_broken(line, after) for line, after in pairwise(printed)]
    inside = sum(
        is_full and not _ENDS.search(line) and bool(_GOES_ON.match(after))
        for is_full, line, after in zip(full, printed[:-1], printed[1:], strict=True)
    )
    followed = sum(bool(line and after) for line, after in pairwise(printed))
    return [*full, False] if inside >= LEAST and 2 * inside >= followed else nothing


def _is_full(line: str, after: str, width: int) -> bool:
    first = after.split(maxsplit=1)[:1]
    return bool(line.strip() and first) and len(line) + 1 + len(first[0]) > width


def _is_broken(line: str, after: str) -> bool:
    return bool(_BROKEN.search(line)) and after[:1].islower()

"""wordfreq -> the frequency tables of ``dedup/text``: run by hand, when a language is added.

Needs ``pip install wordfreq``. A word's frequencies are summed over the spellings that fold alike; bits are −log2 of
the frequency. The tables are derived from wordfreq's data (Robyn Speer) and stay under CC BY-SA 4.0.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from pathlib import Path

from dedup.text import french
from dedup.text.languages import languages

WORDS = {"fr": 40_000}
"""Words of a table; LISTED where nothing stands here."""

LISTED = 30_000


def table(code: str) -> list[tuple[str, float]]:
    """The commonest words of a language and their bits, ties in alphabetical order."""
    import wordfreq

    frequency: Counter[str] = Counter()
    for word, share in wordfreq.get_frequency_dict(code, "large").items():
        parts = french.fold(word).split()
        if len(parts) == 1 and parts[0] == parts[0].lower():
            frequency[parts[0]] += share
    rows = sorted(frequency.items(), key=lambda row: (-row[1], row[0]))
    return [(word, round(-math.log2(share), 1)) for word, share in rows[: WORDS.get(code, LISTED)]]


if __name__ == "__main__":
    for code in sys.argv[1:]:
        lines = ["word,bits", *(f"{word},{bits}" for word, bits in table(code))]
        path = Path(french.__file__).parent / languages()[code].words
        path.write_text("\n".join(lines) + "\n", "utf-8")

"""A mention and the words beside it -> whether the article spells the letters out as something that is no agency."""

from __future__ import annotations

import re

REACH = 120
"""Code points before a bracket in which the words of an acronym are looked for."""

SMALL = frozenset(
    "a al and d das de del der des di do dos du e el en et for fur het in l la las le les los of the und van y".split()
)
"""Words that lend no letter to an acronym."""

_PRESS = re.compile(r"agen[ctz]|press|presse|prensa|stampa|nachricht|news|information|telegr|\bpers|\bmedia")
"""Words of which one stands in every agency's name."""

_WORD = re.compile(r"[^\W\d_]+")


def is_spelled_out(lower: str, name: str, begin: int, end: int) -> bool:
    """Whether the words before "(AFP)", or those in brackets after "AFP", spell its letters and name no agency.

    ``lower`` is the folded text, ``name`` the mention as it is printed, from ``begin`` to ``end``.
    """
    letters = name.lower()
    if not (name.isupper() and name.isalpha() and 2 <= len(name) <= 6):
        return False
    before, after = lower[max(0, begin - REACH) : begin].rstrip('" '), lower[end : end + REACH].lstrip('" ')
    if before.endswith("(") and after.startswith(")"):
        phrase = re.split(r"[.;:!?()]", before[:-1])[-1]
        return _spells(_WORD.findall(phrase), letters)
    if after.startswith("(") and ")" in after:
        inside = _WORD.findall(after[1 : after.index(")")])
        return len(_initials(inside)) == len(letters) and _spells(inside, letters)
    return False


def _spells(words: list[str], letters: str) -> bool:
    """Whether the last words begin with the letters, in this order or, when translated, in another."""
    initials, first = "", len(words)
    while first > 0 and len(initials) < len(letters):
        first -= 1
        initials = _initials([words[first]]) + initials
    phrase = " ".join(words[first:])
    return sorted(initials) == sorted(letters) and not _PRESS.search(phrase)


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words if word not in SMALL)

"""A folded text -> the names of agencies in it, in order, none inside another."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from dedup.credits.letters import letters
from dedup.credits.rules import NAMES, STAMP, Rules


class Mention(NamedTuple):
    """A name in a folded text: its code points, its agency (None for a collision) and how sure the name is."""

    begin: int
    end: int
    agency: str | None
    level: int


def find(cased: str, lower: str, rules: Rules) -> list[Mention]:
    """Names in a folded text, in order; ``lower`` is the text without its capitals."""
    found: list[Mention] = []
    held = {run for run in rules.runs if run in lower}
    for pattern, agency, level, asked in rules.patterns:
        if any(held.isdisjoint(runs) for runs in asked):
            continue
        for match in pattern.finditer(cased):
            begin, end = match.span(1)
            if _stands_alone(cased, begin, end) or (level == NAMES and _is_glued(cased, begin, end)):
                found.append(Mention(begin, end, agency, level))
    taken = _Spans(found)
    at: re.Match[str] | None = rules.finder.search(lower)
    while at:
        begin, end = at.span()
        known = None if taken.meet(begin, end) else _known(cased[begin:end], rules)
        if known:
            found.append(Mention(begin, end, *known))
        at = rules.finder.search(lower, end if known else begin + 1)
    found.extend(_near_misses(cased, _Spans(found), rules))
    found.sort(key=lambda mention: mention[:2])
    return _joined(found, lower)


class _Spans:
    """Spans of a text in order, to ask whether another meets one of them."""

    def __init__(self, mentions: list[Mention]) -> None:
        spans = sorted(mention[:2] for mention in mentions)
        self._begins = [begin for begin, _ in spans]
        self._ends: list[int] = []
        for _, end in spans:
            self._ends.append(max(end, self._ends[-1] if self._ends else 0))

    def meet(self, begin: int, end: int) -> bool:
        before = bisect.bisect_left(self._begins, end)
        return before > 0 and self._ends[before - 1] > begin


def _known(name: str, rules: Rules) -> tuple[str, int] | None:
    """Agency and level of a name as it is printed; None when the name counts in other letters only."""
    spelled = letters(name)
    for agency, level, form in rules.known[spelled.lower()]:
        if form is None or form == spelled:
            return agency, level
    return None


def _stands_alone(text: str, begin: int, end: int) -> bool:
    return not (text[begin - 1 : begin].isalnum() or text[end : end + 1].isalnum())


def _is_glued(text: str, begin: int, end: int) -> bool:
    """True when a lost line break runs the name into its neighbour; the change of case betrays it."""
    before, after = text[begin - 1 : begin], text[end : end + 2]
    return (not before.isalnum() or before.islower()) and (
        not after[:1].isalnum() or (after[:1].isupper() and after[1:].islower())
    )


def _joined(mentions: list[Mention], lower: str) -> list[Mention]:
    """A long name with its short form in brackets, "Agence France-Presse (AFP)", is one mention."""
    out: list[Mention] = []
    for mention in mentions:
        if out and out[-1].agency == mention.agency is not None:
            between = lower[out[-1].end : mention.begin]
            if between in (" (", "(") and lower[mention.end : mention.end + 1] == ")":
                level = min(out[-1].level, mention.level)
                out[-1] = Mention(out[-1].begin, mention.end + 1, mention.agency, level)
                continue
        out.append(mention)
    return out


NEAR = re.compile(r"[(\[{-](?:(?<!-)|(?<=[\d.,] -)|(?<=[\d.,]-)) ?([^\W\d_][\w' ]{2,18}?)(?= ?[.,]* ?(?:[)\]}]|-))")
"""A word straight after the bracket or dash of a dateline."""


def _near_misses(cased: str, taken: _Spans, rules: Rules) -> Iterator[Mention]:
    for match in NEAR.finditer(cased):
        begin, end = match.span(1)
        if not taken.meet(begin, end):
            agency = _nearest(letters(match[1]).lower(), rules.near)
            if agency:
                yield Mention(begin, end, agency, STAMP)


@functools.lru_cache(maxsize=4096)
def _nearest(word: str, names: tuple[tuple[str, str], ...]) -> str | None:
    """Agency whose name is one letter away (Levenshtein 1966), two for nine letters and more, none for acronyms."""
    for name, agency in names:
        if name == word:
            return agency
    for name, agency in names:
        most = 1 + (len(name) >= 9)
        if len(name) >= 5 and abs(len(name) - len(word)) <= 1:
            if Levenshtein.distance(name, word, score_cutoff=most) <= most:
                return agency
    return None

"""A regular expression -> runs of signs of which every match holds one: a quick look before a slow search.

The idea is that of RE2's FilteredRE2 (Russ Cox, "Regular Expression Matching with a Trigram Index", 2012): most
expressions cannot match most texts, and a set of trigrams of the text is enough to see it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Set
from operator import add
from re import _compiler as compiler  # type: ignore[attr-defined]  # there is no public door to its parse trees
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SIZE = 4
"""Most signs of a run."""

MOST = 64
"""Strings that a part of an expression may stand for, to be spelled out."""

Choice = frozenset[str] | set[str]
"""Runs of which every match holds at least one."""


class Expression:
    """One regular expression that must hold a sign which stands once in every text that it is searched for in.

    It is compiled when it is first searched for, which many never are.
    """

    def __init__(self, source: str, sign: str) -> None:
        """Raises re.error for what is no regular expression."""
        self.source = source
        self._tree = parser.parse(source)
        required = _required(self._tree, sign)
        self.asked = tuple(frozenset(_run(text, sign).lower() for text in choice) for choice in required if choice)
        """Every match holds, in lower case, of each set at least one run: at most two sets, the best with the sign and
        the best without.
        """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.source == other.source

    def __hash__(self) -> int:
        return hash(self.source)

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled from what was parsed."""
        return compiler.compile(self._tree)


def runs(text: str) -> set[str]:
    """Every run of a text that an expression may ask for."""
    two, three, four = text[1:], text[2:], text[3:]
    found = {*text, *map(add, text, two), *map("".join, zip(text, two, three, strict=False))}
    found.update(map("".join, zip(text, two, three, four, strict=False)))
    return found


def _run(text: str, sign: str) -> str:
    if sign in text:
        first = max(0, min(text.index(sign) - SIZE // 2, len(text) - SIZE))
        return text[first : first + SIZE]
    return text.lstrip()[:SIZE] or text  # a word's beginning says more than its end


def _required(parts: Any, sign: str) -> tuple[Choice | None, Choice | None]:
    """Strings of which every match of a sequence holds one: the best with the sign and the best without."""
    choices: list[Choice | None] = []
    run: set[str] = {""}
    for part in [*parts, None]:
        spelled = _spelled(part) if part is not None else None
        if spelled is not None and len(run) * len(spelled) <= MOST:
            run = {left + right for left in run for right in spelled}
            continue
        choices.append(run)
        if spelled is None and part is not None:
            choices.extend(_inner(part, sign))
        run = spelled or {""}
    usable = [choice for choice in choices if choice and "" not in choice and sign not in choice]
    near = [choice for choice in usable if all(sign in text for text in choice)]
    return _best(near), _best(choice for choice in usable if choice not in near)


def _best(choices: Iterable[Choice]) -> Choice | None:
    return max(choices, key=_worth, default=None)


def _worth(choice: Set[str]) -> tuple[int, int]:
    """How much a choice rules out: the length of its shortest run, then how few they are."""
    return min(min(len(text.strip()), SIZE) for text in choice), -len(choice)


def _spelled(part: Any) -> set[str] | None:
    """All strings that a part matches, when they are few; looking around and borders match nothing but ''."""
    kind, value = part
    if kind is parser.LITERAL:
        return {chr(value)}
    if kind in (parser.AT, parser.ASSERT, parser.ASSERT_NOT):
        return {""}
    if kind is parser.IN and all(item[0] is parser.LITERAL for item in value):
        return {chr(item[1]) for item in value}
    if kind is parser.BRANCH:
        choices = [choice for branch in value[1] if (choice := _all_of(branch)) is not None]
        return _few(set().union(*choices)) if len(choices) == len(value[1]) else None
    if kind is parser.SUBPATTERN and not value[1] & re.IGNORECASE:
        return _all_of(value[3])
    if kind in (parser.MAX_REPEAT, parser.MIN_REPEAT) and value[1] == 1:
        inner = _all_of(value[2])
        return inner if inner is None or value[0] else inner | {""}
    return None


def _all_of(parts: Any) -> set[str] | None:
    strings = {""}
    for part in parts:
        spelled = _spelled(part)
        if spelled is None or len(strings) * len(spelled) > MOST:
            return None
        strings = {left + right for left in strings for right in spelled}
    return strings


def _few(strings: set[str]) -> set[str] | None:
    return strings if len(strings) <= MOST else None


def _inner(part: Any, sign: str) -> tuple[Choice | None, ...]:
    """What a part that cannot be spelled out still asks for."""
    kind, value = part
    if kind is parser.BRANCH:
        branches = [tuple(filter(None, _required(branch, sign))) for branch in value[1]]
        return (set().union(*(max(branch, key=_worth) for branch in branches)),) if all(branches) else ()
    if kind is parser.SUBPATTERN and not value[1] & re.IGNORECASE:
        return _required(value[3], sign)
    if kind in (parser.MAX_REPEAT, parser.MIN_REPEAT) and value[0] >= 1:
        return _required(value[2], sign)
    return ()

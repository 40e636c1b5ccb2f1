"""Two passages laid side by side, word by word."""

from __future__ import annotations

import difflib
import functools
import re
from typing import NamedTuple

from dedup.pipeline.answer import Piece
from dedup.text import french

_WORD = re.compile(r"\w+", re.UNICODE)


def difference(source: str, text: str) -> list[Piece]:
    """Lay a passage and its source side by side, word by word; case, accents and punctuation make no difference."""
    of_source, of_text = _tokens(source), _tokens(text)
    matcher = difflib.SequenceMatcher(
        None, [token.folded for token in of_source], [token.folded for token in of_text], autojunk=False
    )
    pieces = []
    for kind, source_begin, source_end, begin, end in matcher.get_opcodes():
        name = {"equal": "same", "replace": "changed", "insert": "added", "delete": "removed"}[kind]
        pieces.append(
            Piece(
                kind=name,
                text=_between(text, of_text, begin, end),
                source=_between(source, of_source, source_begin, source_end),
            )
        )
    return pieces


class _Token(NamedTuple):
    folded: str
    begin: int
    end: int


def _tokens(text: str) -> list[_Token]:
    return [_Token(_folded(found[0]), found.start(), found.end()) for found in _WORD.finditer(text)]


@functools.lru_cache(100_000)
def _folded(word: str) -> str:
    return "".join(french.fold_letter(letter) for letter in word)


def _between(text: str, tokens: list[_Token], begin: int, end: int) -> str:
    """The text of some tokens with what follows them up to the next one."""
    if begin == end:
        return ""
    stop = tokens[end].begin if end < len(tokens) else len(text)
    return text[0 if begin == 0 else tokens[begin].begin : stop]

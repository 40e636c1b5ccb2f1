"""PASSAGES, PARAGRAPHS -> which shared passages are somebody's public statement, and which are mere lists of names.

Papers share a communiqué, minutes or an official sentence without copying one another, and mostly without marks. The
attribution gives it away: it stands in the passage or beside it (an institution speaks), or once in the article for all
that follows ("selon le communiqué"). Where nobody names it, the shared words themselves turn to the readers (whom to
call, where to enrol, that they are invited), which an agency, whose readers are newsrooms, does not. The words are
data: ``statements.yaml``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import Corpus, Passages, ranges, slices, sorted_distinct
from dedup.constants import rows_at_once

WORDS_FILE = Path(__file__).parent / "statements.yaml"

BESIDE = 250
"""Code points on both sides of a passage, inside its paragraph, within which an attribution stands beside it."""

AT_ONCE = rows_at_once(640)
"""Lines that are read at once."""

NAMED = r"\b[\dA-ZÀ-Þ]"
"""Begin of a name or a figure."""


class Signals(NamedTuple):
    """What the words of passages and of their articles say; false and 0 where they were not read."""

    statement: np.ndarray
    """(passages,) bool, an attribution stands in or beside the passage, or a statement is named in its article, or
    another passage of the article turns to its readers."""
    names: np.ndarray
    """(passages,) float64, names and figures for each word: high in lists, standings and titles."""


def signals(
    found: Passages, corpus: Corpus, read: np.ndarray, lines: Callable[[np.ndarray], pa.ChunkedArray]
) -> Signals:
    """Read the words of some passages, ``read`` (passages,) bool; ``lines`` gives the text of rows of PARAGRAPHS."""
    statement, names = np.zeros(len(read), bool), np.zeros(len(read))
    words = _expressions()
    article = corpus.article_of(found.paragraph)
    chosen = np.flatnonzero(read)
    of_document = _with_document(sorted_distinct(article[chosen]), corpus, words["documents"], lines)
    addressed = np.zeros(len(read), bool)
    for some in slices(len(chosen), AT_ONCE):
        rows = chosen[some]
        printed, at = np.unique(found.paragraph[rows].astype(np.int64), return_inverse=True)
        text = lines(printed).to_pylist()
        places = list(zip(at.tolist(), found.begin[rows].tolist(), found.end[rows].tolist(), strict=True))
        inside = pa.array([text[line][begin:end] for line, begin, end in places], pa.string())
        beside = [text[line][max(0, begin - BESIDE) : end + BESIDE] for line, begin, end in places]
        beside = pa.array(beside, pa.string())
        spoken = _matches(beside, words["speech"]) & _matches(beside, words["institutions"])
        addressed[rows] = _matches(inside, words["addresses"])
        statement[rows] |= spoken | _matches(inside, words["first_person"]) | _matches(beside, words["bulletins"])
        size = np.maximum(found.end_word - found.begin_word, 1)[rows]
        names[rows] = np.minimum(pc.count_substring_regex(inside, NAMED).to_numpy() / size, 1.0)
    statement[chosen] |= np.isin(article[chosen], np.concatenate([of_document, article[addressed]]))
    return Signals(statement, names)


def _with_document(
    articles: np.ndarray, corpus: Corpus, words: str, lines: Callable[[np.ndarray], pa.ChunkedArray]
) -> np.ndarray:
    """Those of some articles in which a statement is named that others can have read too."""
    rows = ranges(corpus.starts[articles], corpus.starts[articles + 1])
    named = [rows[some][_matches(lines(rows[some]), words)] for some in slices(len(rows), AT_ONCE)]
    return sorted_distinct(corpus.article_of(np.concatenate([np.zeros(0, np.int64), *named])))


def _matches(texts: pa.Array | pa.ChunkedArray, words: str) -> np.ndarray:
    return pc.match_substring_regex(texts, words, ignore_case=True).fill_null(False).to_numpy(zero_copy_only=False)


@functools.cache
def _expressions() -> dict[str, str]:
    """One expression for each list of ``statements.yaml``."""
    import yaml

    stored = yaml.safe_load(WORDS_FILE.read_text("utf-8"))
    return {name: "|".join(f"(?:{line})" for line in text.splitlines() if line) for name, text in stored.items()}

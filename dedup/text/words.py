"""PARAGRAPHS -> WORDS: the hash, place, flags and rarity of every word."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import in_threads, list_buffers, one_chunk, string_buffers
from dedup.config import Config
from dedup.kernels import words as compiled
from dedup.text import french, languages, typography

_RESIDUE = re.compile(
    r"https?://[^\s<>«»\"]+|pic\.twitter\.com/\w+|www\.[^\s<>«»\"]+"
    r"|(?a:(?<!\w)(?<!\w\.)\w++(?:\.\w++)++)\((?:function ?\(\) ?\{.{0,5000}?\}\);?|[^()]{0,80}\);)"
)


_SIGNATURE = re.compile(r"[—–] ?[^—–()]{2,60} ?\(@\w+\),? (?:le )?\d{1,2}(?:er)? \w+ \d{4}")
"""Under an embedded post: its author, his account and the day."""

_POST_LINE = 600
"""Code points from which a line may hold an embedded post besides text; a shorter one is the post (role embed)."""

_POST_HEAD, _POST_LENGTH = 25, 1000
"""Code points by which the second print of a post is known, and the most that one has."""


def read_words(paragraphs: pa.Table, config: Config) -> pa.Table:
    """Cut the paragraphs' text into folded words.

    PARAGRAPHS -> WORDS, one row a paragraph, in the same order. Words are runs of letters and digits, folded by
    ``dedup.text.french``; their rarity comes from the fixed table (wordfreq) of their article's language, so it never
    depends on the corpus. Paragraphs without a column ``lang`` are read as French.
    """
    texts = typography.as_read(without_residue(without_posts(one_chunk(paragraphs["text"])), config))
    spoken = one_chunk(paragraphs["lang"]) if "lang" in paragraphs.column_names else None
    starts, columns = words_of(languages.with_common_marks(texts, spoken), config, spoken)
    offsets = pa.array(starts.astype(np.int32))
    arrays = [pa.ListArray.from_arrays(offsets, pa.array(column)) for column in columns]
    arrays.append(pa.array(languages.numbers(pa.nulls(len(texts), pa.string()) if spoken is None else spoken)))
    return pa.Table.from_arrays(arrays, schema=schemas.WORDS)


def without_posts(texts: pa.Array) -> pa.Array:
    """Blank the posts that stand inside long lines; offsets stay.

    Sites that print an article as one line print an embedded post twice, before and after its signature: what stands
    there twice is the post.
    """
    long = pc.greater_equal(pc.utf8_length(texts), _POST_LINE)
    rows = np.flatnonzero(
        pc.and_(long, pc.match_substring(texts, "(@")).fill_null(False).to_numpy(zero_copy_only=False)
    )
    if len(rows) == 0:
        return texts
    changed = np.zeros(len(texts), bool)
    changed[rows] = True
    return pc.replace_with_mask(
        texts, pa.array(changed), pa.array([_blank_posts(texts[row].as_py()) for row in rows.tolist()], texts.type)
    )


def _blank_posts(line: str) -> str:
    at = 0
    while signature := _SIGNATURE.search(line, at):
        at = again = signature.end()
        while line[again : again + 1].isspace():
            again += 1
        first = line.rfind(line[again : again + _POST_HEAD], max(0, again - _POST_LENGTH), signature.start())
        if first < 0 or len(line) < again + _POST_HEAD:
            continue
        end = again
        while end < len(line) and first + end - again < again and line[first + end - again] == line[end]:
            end += 1
        line = line[:first] + " " * (end - first) + line[end:]
        at = end
    return line


def without_residue(texts: pa.Array, config: Config | None = None) -> pa.Array:
    """Blank what scripts and embeds leave in a text (addresses, calls of functions); offsets stay."""
    offsets, data = string_buffers(texts)
    suspect = np.zeros(len(texts), bool)
    in_threads(
        len(texts), config or Config(), lambda low, high: compiled.suspect_residue(offsets, data, low, high, suspect)
    )
    rows = np.flatnonzero(suspect)
    if len(rows) == 0:
        return texts
    blanked = [_RESIDUE.sub(lambda found: " " * len(found[0]), texts[row].as_py()) for row in rows.tolist()]
    return pc.replace_with_mask(texts, pa.array(suspect), pa.array(blanked, texts.type))


def words_of(
    texts: pa.ChunkedArray | pa.Array, config: Config, spoken: pa.Array | None = None
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """``starts`` (rows + 1,) int64, then hashes, stems, begins, ends, flags and rarity of all words, end to end.

    ``spoken`` are the codes of the texts' languages, French where it is null or not given.
    """
    offsets, data = string_buffers(texts)
    classes, letters = french.tables(config.fold_accents)
    rows = len(offsets) - 1
    counts = np.zeros(rows, np.int64)
    in_threads(rows, config, lambda low, high: compiled.count_words(offsets, data, classes, low, high, counts))
    starts = np.zeros(rows + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    total = int(starts[-1])
    hashes, stems = np.empty(total, np.uint32), np.empty(total, np.uint32)
    begins, ends = np.empty(total, np.int32), np.empty(total, np.int32)
    flags, rarity = np.empty(total, np.uint8), np.empty(total, np.uint8)
    stretches = _stretches(spoken, rows)

    def read(low: int, high: int) -> None:
        compiled.read_words(offsets, data, classes, letters, low, high, starts, hashes, stems, begins, ends, flags)
        for first, last, code in stretches:
            begin, end = max(first, low), min(last, high)
            if begin < end:
                languages.look_up(hashes, code, config.fold_accents, starts[begin], starts[end], rarity)
                languages.mark(hashes, code, config.fold_accents, starts[begin], starts[end], flags)

    in_threads(rows, config, read)
    return starts, (hashes, stems, begins, ends, flags, rarity)


def _stretches(spoken: pa.Array | None, rows: int) -> list[tuple[int, int, str | None]]:
    """Consecutive rows of one language: the first, one past the last, and the code."""
    if spoken is None or spoken.null_count == rows:
        return [(0, rows, None)]
    coded = spoken.dictionary_encode()
    number = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    bounds = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), rows]
    names = [*coded.dictionary.to_pylist(), None]
    return [(first, last, names[number[first]]) for first, last in pairwise(bounds)]


def with_counts(paragraphs: pa.Table, words: pa.Table) -> pa.Table:
    """PARAGRAPHS with ``n_words`` and ``n_quoted`` filled from WORDS."""
    starts, flags = list_buffers(words["flags"])
    quoted = np.concatenate([[0], np.cumsum(flags[starts[0] : starts[-1]] & compiled.QUOTED)])
    counts = {"n_words": np.diff(starts), "n_quoted": np.diff(quoted[starts - starts[0]])}
    for name, values in counts.items():
        place = paragraphs.schema.get_field_index(name)
        paragraphs = paragraphs.set_column(place, paragraphs.schema.field(name), pa.array(values.astype(np.int32)))
    return paragraphs

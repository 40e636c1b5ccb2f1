"""What differs from language to language: which one a text is in, how rare its words are, how it marks quotations.

A text's language is found with the frequency tables alone (wordfreq, by Robyn Speer): it is the one in which the words
would be least surprising, as in a unigram model. No model is downloaded, and the answer depends on the text only.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import yaml

from dedup.arrays import string_buffers
from dedup.kernels import words as compiled
from dedup.kernels.weights import UNKNOWN_RARITY
from dedup.text import french

DEFAULT = "fr"
"""By whose table words are weighed when the language of their text is not known."""

HEAD = 1500
"""Code points of a text that are read to find its language."""

LEAST_WORDS = 8
"""Words that a text must have for its language to be found."""

MOST_BITS, LEAST_LEAD = 16.0, 2.0
"""Prose has 10 to 12 bits a word in its own language, 15 with many names, and 4 to 6 more in another one of these. A
text that has more bits in all of them, or as many in two, is in none: so Portuguese and Catalan are not taken for
Spanish, from which they are 1.5 bits away."""


class Language(NamedTuple):
    """A language that texts are read in."""

    words: str
    tags: tuple[str, ...]
    quotes: tuple[str, ...]
    saying: tuple[str, ...]
    clause: tuple[str, ...]
    dates: tuple[str, ...]


@functools.cache
def languages() -> dict[str, Language]:
    """Every language by its code (ISO 639-1), as ``languages.yaml`` describes it."""
    listed = yaml.safe_load((Path(__file__).parent / "languages.yaml").read_text("utf-8"))
    return {
        code: Language(row["words"], *(tuple(row[name]) for name in ("tags", "quotes", "saying", "clause", "dates")))
        for code, row in listed.items()
    }


def codes(tags: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The code of each language tag ("fr-CA" -> fr); null for a null and for a language without a table."""
    tags = tags.combine_chunks() if isinstance(tags, pa.ChunkedArray) else tags
    known = {tag: code for code, language in languages().items() for tag in language.tags}
    distinct = tags.dictionary_encode()
    bases = [None if tag is None else re.split("[-_]", tag.casefold())[0] for tag in distinct.dictionary.to_pylist()]
    found = pa.array([None if base is None else known.get(base) for base in bases], pa.string())
    return found.take(distinct.indices)


def found(texts: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The code of the language that each text is in; null when it is too short, or in none of the languages."""
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    starts, hashes = _hashes(pc.utf8_slice_codeunits(texts.fill_null(""), 0, HEAD))
    counts = np.diff(starts)
    rarity = np.empty(len(hashes), np.uint8)
    bits = np.empty((len(languages()), len(texts)))
    for row, code in enumerate(languages()):
        look_up(hashes, code, True, 0, len(hashes), rarity)
        sums = np.concatenate([[0], np.cumsum(rarity, dtype=np.int64)])
        bits[row] = np.diff(sums[starts]) / (8 * np.maximum(counts, 1))
    best = bits.argmin(axis=0)
    least, second = np.sort(bits, axis=0)[:2]
    sure = (counts >= LEAST_WORDS) & (least < MOST_BITS) & (second - least >= LEAST_LEAD)
    return pa.DictionaryArray.from_arrays(pa.array(best, mask=~sure), list(languages())).dictionary_decode()


def with_found(articles: pa.Table) -> pa.Table:
    """ARTICLES plus a column ``text``, with the language found where ``lang`` is null."""
    missing = pc.is_null(articles["lang"]).combine_chunks()
    if not pc.any(missing).as_py():
        return articles
    filled = pc.replace_with_mask(
        articles["lang"].combine_chunks(), missing, found(articles["text"].filter(missing)).cast(pa.string())
    )
    place = articles.schema.get_field_index("lang")
    return articles.set_column(place, articles.schema.field("lang"), filled)


def numbers(tags: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """(tags,) int8, the place of each one's language among ``languages()``; -1 for none of them."""
    return pc.index_in(codes(tags), pa.array(list(languages()))).fill_null(-1).to_numpy().astype(np.int8)


def code(number: int) -> str:
    """The code at a place of ``numbers``; that of DEFAULT for a language that is not known."""
    return list(languages())[number] if number >= 0 else DEFAULT


def comparable(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether articles of these languages (``numbers``) are compared: not when both are known and differ. Bool."""
    return (one == other) | (one < 0) | (other < 0)


def counts(spoken: np.ndarray) -> dict[str, int]:
    """How many articles there are in each language (``numbers``), for the manifest: languages without any are left
    out."""
    per = np.bincount(spoken.astype(np.int64) + 1, minlength=len(languages()) + 1).tolist()
    names = ("articles_without_language", *(f"articles_{code}" for code in languages()))
    return {name: count for name, count in zip(names, per, strict=True) if count}


def look_up(hashes: np.ndarray, code: str | None, fold_accents: bool, low: int, high: int, rarity: np.ndarray) -> None:
    """Rarity of words ``low`` to ``high`` in a language, eighths of a bit; ``rarity`` (words,) uint8 is filled."""
    slots, bits = _frequencies(code or DEFAULT, fold_accents)
    compiled.look_up(hashes, slots, bits, np.uint8(UNKNOWN_RARITY), low, high, rarity)


def mark(hashes: np.ndarray, code: str | None, fold_accents: bool, low: int, high: int, flags: np.ndarray) -> None:
    """Mark the words ``low`` to ``high`` that stand in sentences, or in dates, in a language: bits of ``flags``."""
    slots, bits = _marks(code or DEFAULT, fold_accents)
    compiled.mark(hashes, slots, bits, low, high, flags)


@functools.cache
def _marks(code: str, fold_accents: bool) -> tuple[np.ndarray, np.ndarray]:
    """A table of hashes and one of flags, as the kernels look words up."""
    language = languages()[code]
    found: dict[int, int] = {}
    for words, bit in ((language.clause, compiled.CLAUSE), (language.dates, compiled.DATE)):
        for value in _hashes(pa.array(words), fold_accents)[1].tolist():
            found[value] = found.get(value, 0) | bit
    slots, bits = np.zeros(1 << 10, np.uint32), np.zeros(1 << 10, np.uint8)
    compiled.fill_table(np.array(list(found), np.uint32), np.array(list(found.values()), np.uint8), slots, bits)
    return slots, bits


@functools.cache
def _frequencies(code: str, fold_accents: bool) -> tuple[np.ndarray, np.ndarray]:
    """A table of hashes and one of rarities, as the kernels look words up."""
    listed = pa.csv.read_csv(
        Path(__file__).parent / languages()[code].words,
        convert_options=pa.csv.ConvertOptions(column_types={"word": pa.string()}, strings_can_be_null=False),
    )
    _, hashes = _hashes(listed["word"], fold_accents)
    values = np.minimum(np.round(np.asarray(listed["bits"]) * 8), 255).astype(np.uint8)
    slots, bits = np.zeros(1 << 17, np.uint32), np.zeros(1 << 17, np.uint8)
    # rarest first: where two words share a hash the commoner one, put last, keeps the slot
    compiled.fill_table(hashes[::-1].copy(), values[::-1].copy(), slots, bits)
    return slots, bits


def _hashes(texts: pa.ChunkedArray | pa.Array, fold_accents: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """``starts`` (texts + 1,) int64 and the hashes of the words, (words,) uint32, end to end."""
    offsets, data = string_buffers(texts)
    classes, letters = french.tables(fold_accents)
    rows = len(offsets) - 1
    counts = np.zeros(rows, np.int64)
    compiled.count_words(offsets, data, classes, 0, rows, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    total = int(starts[-1])
    hashes, stems = np.empty(total, np.uint32), np.empty(total, np.uint32)
    begins, ends, flags = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.uint8)
    compiled.read_words(offsets, data, classes, letters, 0, rows, starts, hashes, stems, begins, ends, flags)
    return starts, hashes


# quotation marks


def with_common_marks(texts: pa.Array, lines: pa.Array | None) -> pa.Array:
    """The texts with marks that only their language reads so put into common ones; places of code points stay.

    ``lines`` are the codes of their languages, null for French. What opens a quotation in German (») closes it in
    French; an inverted comma is a mark in English and Dutch, and an apostrophe in French.
    """
    if lines is None:
        return texts
    spoken = pc.unique(lines).to_pylist()
    for code, language in languages().items():
        for marks in language.quotes if code in spoken else ():
            opening = marks[0]
            here = pc.and_(pc.equal(lines, code), pc.match_substring(texts, opening)).fill_null(False)
            rows = np.flatnonzero(here.to_numpy(zero_copy_only=False))
            if len(rows):
                changed = [_replaced(texts[row].as_py(), marks) for row in rows.tolist()]
                texts = pc.replace_with_mask(texts, here, pa.array(changed, texts.type))
    return texts


def common_marks(line: str, code: str) -> str:
    """One line as ``with_common_marks`` gives it."""
    for marks in languages()[code].quotes:
        line = _replaced(line, marks) if marks[0] in line else line
    return line


def _replaced(line: str, marks: str) -> str:
    opening, closing = tuple(marks)
    if marks == "»«":  # Swiss papers print «German» as in French: what comes first opens
        return line.translate(_TURNED) if line.index(opening) < (line + closing).index(closing) else line
    # a closing inverted comma is an apostrophe as well: the one that closes has no letter after it
    quoted = re.compile(f"(?<!\\w){opening}([^“”„{opening}]{{1,1000}}?){closing}(?!\\w)")
    return quoted.sub(r"“\1”", line)


_TURNED = str.maketrans("»«", "«»")

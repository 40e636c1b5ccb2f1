"""ARTICLES, PARAGRAPHS -> BOILERPLATE: the lines that an outlet prints again and again around its texts.

An agency's background paragraph recurs too. It is recognised by three things: it is a full sentence (which must
recur more often before it counts), it stands at outlets of other owners, or it stands in dispatches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find, one_chunk, slices, sorted_distinct, string_buffers
from dedup.constants import DAY_MICROSECONDS, rows_at_once
from dedup.kernels.groups import union_find

LEAST_ARTICLES = 3
"""Occasions on which a line must recur in an outlet, however small the outlet."""
LEAST_PROSE = 5
"""The same for a full sentence: an outlet that follows a trial prints the agency's background three or four times."""
SHARE = 0.005
"""Share of an outlet's articles in which a line must recur: the floor grows with the outlet."""
LONGEST = 40
"""Words of the longest line that can be boilerplate."""

_LONGEST_CHARACTERS = 320
_TEXT_CHARACTERS = 160
"""Lines from this length on are text; two articles of an outlet that share one are versions of each other."""
_PROSE_BLANKS = 7
_OTHER_ROLES = ("caption", "credit", "embed")
"""Lines of these roles have their own place in the tables: a credit must not turn into boilerplate."""
_SET_APART = np.isin((*schemas.ROLES, ""), schemas.SET_APART)
_BATCH = rows_at_once(3_200)

_FOLDINGS = (
    (r"[\x{200b}\x{200c}\x{200d}\x{2060}\x{feff}\x{ad}]+", ""),
    (r"[\s\pZ]{2,}|[\t\r\v\f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]", " "),
    (r"[’‘ʼ′]", "'"),
    (r"[«“„] ?| ?[»”]", '"'),
    (r"[‐‑‒–—−]", "-"),
    (r"…", "..."),
    (r"\d+(?:[.,]\d+)*", "0"),
)


class Lines(NamedTuple):
    """PARAGRAPHS without their text, which is asked for by row."""

    article: np.ndarray
    """(lines,) int64, row of the article in ARTICLES; -1 when it is not there."""
    role: np.ndarray
    """(lines,) uint8, see ``coded``."""
    letters: np.ndarray
    """(lines,) uint64, see ``measured``."""
    characters: np.ndarray
    """(lines,) int32."""
    folded: np.ndarray
    """(lines,) uint64, see ``numbers``; 0 for a line that cannot be boilerplate by its length or its role."""
    text: Callable[[np.ndarray], pa.ChunkedArray]
    """Rows -> their text."""


def lines_of(paragraphs: pa.Table | Lines, articles: pa.Table) -> Lines:
    """PARAGRAPHS, ARTICLES -> Lines, with the text at hand."""
    if isinstance(paragraphs, Lines):
        return paragraphs
    return Lines(
        _codes(paragraphs["article_id"], one_chunk(articles["article_id"])),
        *measured(paragraphs["role"], paragraphs["text"]),
        lambda rows: paragraphs["text"].take(pa.array(rows)),
    )


def coded(role: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """(lines,) uint8, place of each role in ``schemas.ROLES``; one after the last for any other."""
    places = one_chunk(pc.index_in(role, value_set=pa.array(schemas.ROLES))).fill_null(len(schemas.ROLES))
    return places.to_numpy().astype(np.uint8)


def measured(role: pa.ChunkedArray, text: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Role, letters, characters and folded number of some lines, as in Lines."""
    codes, characters = coded(role), one_chunk(pc.utf8_length(text)).fill_null(0).to_numpy().astype(np.int32)
    other = np.isin((*schemas.ROLES, ""), _OTHER_ROLES)
    short = np.flatnonzero((characters <= _LONGEST_CHARACTERS) & ~other[codes])
    folded = np.zeros(len(codes), np.uint64)
    for some in slices(len(short), _BATCH):
        folded[short[some]] = numbers(fold_lines(one_chunk(text.take(pa.array(short[some])))))
    return codes, _letters(text), characters, folded


def _letters(text: pa.ChunkedArray) -> np.ndarray:
    """(lines,) uint64, the sum of a number for each of a line's letters a to z and A to Z.

    Lines that are alike but for digits, spaces and marks have one sum; of other lines only those of the same letters in
    another order.
    """
    offsets, data = string_buffers(text)
    letters = np.zeros(len(text), np.uint64)
    for some in slices(len(text), _BATCH):  # the sums take eight times the memory of the text
        part = offsets[some.start : some.stop + 1]
        sums = np.zeros(part[-1] - part[0] + 1, np.uint64)
        np.cumsum(_LETTER_NUMBERS[data[part[0] : part[-1]]], out=sums[1:])
        letters[some] = np.diff(sums[part - part[0]])
    return letters


def numbers(lines: pa.Array) -> np.ndarray:
    """(lines,) uint64, a number for each line, never 0: a polynomial of its bytes, modulo 2^64.

    The bytes are mixed to 64 bits first. Sums of the whole column give each line's, times a power of the base that
    depends on where it begins; the base is odd, so that this power can be taken back.
    """
    offsets, data = string_buffers(lines)
    offsets, data = offsets - offsets[0], data[offsets[0] : offsets[-1]]
    with np.errstate(over="ignore"):
        powers = np.ones(len(data) + 1, np.uint64)
        np.cumprod(np.full(len(data), _BASE, np.uint64), out=powers[1:])
        back = np.ones(len(data) + 1, np.uint64)
        np.cumprod(np.full(len(data), pow(int(_BASE), -1, 1 << 64), np.uint64), out=back[1:])
        sums = np.zeros(len(data) + 1, np.uint64)
        np.cumsum(_BYTE_NUMBERS[data] * powers[:-1], out=sums[1:])
        told = (sums[offsets[1:]] - sums[offsets[:-1]]) * back[offsets[:-1]]
    return np.maximum(told, np.uint64(1))


def learn(articles: pa.Table, paragraphs: pa.Table | Lines) -> pa.Table:
    """Find the short lines that recur in an outlet and are not agency copy.

    ARTICLES, PARAGRAPHS -> BOILERPLATE, sorted by outlet and text. A line of at most ``LONGEST`` words, folded by
    ``fold_lines``, is learned for an outlet when it recurs on ``max(LEAST_ARTICLES, SHARE * articles of the outlet)``
    occasions. Articles of one day that share a long line or their whole text are versions of one story and count
    as one occasion. A full sentence needs ``LEAST_PROSE`` different stories, whatever their days. A line that an
    outlet of another owner prints too, or a dispatch (a sentence: any dispatch; other lines: a dispatch that the
    owner's sites do not carry), is left out, unless its role is boilerplate by form: then the rule is ``pattern``.
    Captions, credits, embeds and the lines of articles without outlet are not looked at.
    """
    places, lines = _places(articles), lines_of(paragraphs, articles)
    short = np.flatnonzero((lines.folded != 0) & (lines.article >= 0))
    outlet = places.outlet[lines.article[short]]
    recurring = _recurring(lines.folded[short], outlet, (outlet >= 0) & ~places.is_wire[lines.article[short]])
    row = short[find(recurring, lines.folded[short]) >= 0]
    _, first, line = np.unique(lines.folded[row], return_index=True, return_inverse=True)
    printed = fold_lines(one_chunk(lines.text(row[first])))
    brief = pc.less(pc.count_substring(printed, " "), LONGEST).to_numpy(zero_copy_only=False)
    row, line = row[brief[line]], line[brief[line]]
    article = lines.article[row]
    by_form = lines.role[row] == schemas.ROLES.index("boilerplate")
    pattern = np.zeros(len(printed), bool)
    pattern[line[by_form]] = True
    prose = _is_prose(printed)
    foreign = _is_foreign(line, article, places, prose, len(printed))

    own = np.flatnonzero((places.outlet[article] >= 0) & ~places.is_wire[article])
    line, article = line[own], article[own]
    story = _stories(lines, articles, places, sorted_distinct(article))[article]
    group = places.outlet[article] * len(printed) + line
    groups, member = np.unique(group, return_inverse=True)
    n_articles = _distinct(member, article, len(groups))
    n_stories = _distinct(member, story, len(groups))
    days, day = np.unique(places.day[article], return_inverse=True)
    n_occasions = _distinct(member, story * len(days) + day, len(groups))
    group_outlet, group_line = np.divmod(groups, len(printed))
    size = np.bincount(places.outlet[(places.outlet >= 0) & ~places.is_wire], minlength=len(places.names))
    floor = np.ceil(np.maximum(LEAST_ARTICLES, SHARE * size[group_outlet]))
    kept = n_occasions >= floor
    kept &= ~prose[group_line] | (n_stories >= np.maximum(LEAST_PROSE, floor)) | pattern[group_line]
    kept &= ~foreign[groups % len(printed)] | pattern[group_line]
    rows = pa.array(group_line[kept])
    rule = np.where(pattern[group_line[kept]], "pattern", "learned")
    learned = pa.Table.from_arrays(
        [
            places.names.take(pa.array(group_outlet[kept])),
            printed.take(rows),
            pa.array(n_articles[kept].astype(np.int32)),
            pa.array(rule, pa.string()),
        ],
        schema=schemas.BOILERPLATE,
    )
    return learned.sort_by([("outlet", "ascending"), ("text", "ascending")])


def mark(paragraphs: pa.Table | Lines, articles: pa.Table, learned: pa.Table) -> np.ndarray:
    """Which paragraphs are learned lines of their own outlet.

    PARAGRAPHS, ARTICLES, BOILERPLATE -> (paragraphs,) bool. Dispatches are marked too: the site that carries one
    prints its boilerplate around it. An outlet or a line that was not learned is not marked.
    """
    lines = lines_of(paragraphs, articles)
    names = one_chunk(pc.unique(learned["outlet"]))
    known_lines, line = np.unique(numbers(one_chunk(learned["text"])), return_inverse=True)
    n = len(known_lines)
    known = np.sort(_codes(learned["outlet"], names) * n + line)
    marked = np.zeros(len(lines.folded), bool)
    alike = np.flatnonzero((lines.folded != 0) & (lines.article >= 0))
    line = find(known_lines, lines.folded[alike])
    alike, line = alike[line >= 0], line[line >= 0]
    outlet = _codes(articles["outlet"], names)[lines.article[alike]]
    marked[alike] = (outlet >= 0) & (find(known, outlet * n + line) >= 0)
    return marked


def apart(lines: Lines, articles: pa.Table, learned: pa.Table) -> np.ndarray:
    """(lines,) bool: those that are no prose of their article, by their role or because their outlet repeats them."""
    return _SET_APART[lines.role] | mark(lines, articles, learned)


def fold_lines(text: pa.Array) -> pa.Array:
    """The lines as they are compared: digits masked by one 0, spaces, quotation marks, apostrophes and dashes alike.

    "Il vous reste 57.09 % à lire" -> "Il vous reste 0 % à lire". Case and accents stay.
    """
    for pattern, replacement in _FOLDINGS:
        text = pc.replace_substring_regex(text, pattern, replacement)
    return pc.utf8_trim_whitespace(text)


class _Places(NamedTuple):
    """What learning needs of ARTICLES: one entry an article, -1 for null."""

    names: pa.Array
    outlet: np.ndarray
    owner: np.ndarray
    day: np.ndarray
    is_wire: np.ndarray


def _places(articles: pa.Table) -> _Places:
    names = one_chunk(pc.unique(articles["outlet"].drop_null()))
    outlet = _codes(articles["outlet"], names)
    # an owner groups outlets; an outlet without owner is its own
    owners = pc.unique(articles["owner_group"].drop_null())
    owner = _codes(articles["owner_group"], one_chunk(owners))
    owner = np.where(owner >= 0, owner, np.where(outlet >= 0, len(owners) + outlet, -1))
    day = one_chunk(articles["published_at"]).cast(pa.int64()).fill_null(-1).to_numpy() // DAY_MICROSECONDS
    is_wire = one_chunk(articles["is_wire"]).fill_null(False).to_numpy(zero_copy_only=False)
    return _Places(names, outlet, owner, day, is_wire)


def mixed(codes: np.ndarray) -> np.ndarray:
    """Numbers of 64 bits for small ones, so that sums of different ones do not meet: SplitMix64."""
    mixed = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


_BASE = np.uint64(0xD6E8FEB86659FD93)
_BYTE_NUMBERS = mixed(np.arange(256))
_LETTER_NUMBERS = np.where([code < 128 and chr(code).isalpha() for code in range(256)], _BYTE_NUMBERS, np.uint64(0))


def _recurring(key: np.ndarray, outlet: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Keys that occur at least LEAST_ARTICLES times in one outlet, sorted."""
    rows = np.flatnonzero(counted)
    key, outlet = key[rows], outlet[rows]
    order = np.lexsort((outlet, key))
    key, outlet = key[order], outlet[order]
    reach = LEAST_ARTICLES - 1
    again = (key[reach:] == key[:-reach]) & (outlet[reach:] == outlet[:-reach])
    return np.unique(key[reach:][again])


def _is_prose(lines: pa.Array) -> np.ndarray:
    """(lines,) bool: a full sentence."""
    blanks = pc.count_substring(lines, " ").to_numpy(zero_copy_only=False)
    ends = pc.match_substring_regex(lines, r"[.!?][\"')\] ]*$").to_numpy(zero_copy_only=False)
    return (blanks >= _PROSE_BLANKS) & ends


def _is_foreign(line: np.ndarray, article: np.ndarray, places: _Places, prose: np.ndarray, n_lines: int) -> np.ndarray:
    """(lines,) bool: printed by two owners, or by a dispatch that is not an owner's own page."""
    owner, is_wire = places.owner[article], places.is_wire[article]
    # a sentence in a dispatch is the agency's wherever it stands: as if one owner more had printed it
    agency = is_wire & (prose[line] | (owner < 0))
    known = agency | (owner >= 0)
    owner = np.where(agency, owner.max(initial=-1) + 1, owner)[known]
    return _distinct(line[known], owner, n_lines) > 1


def _stories(lines: Lines, articles: pa.Table, places: _Places, wanted: np.ndarray) -> np.ndarray:
    """(articles,) int64: the smallest article that each one is a version of; only ``wanted`` rows are looked at."""
    is_wanted = np.zeros(len(articles) + 1, bool)  # the last one is asked for by lines without article
    is_wanted[wanted] = True
    long = np.flatnonzero((lines.characters >= _TEXT_CHARACTERS) & is_wanted[lines.article])
    # texts without a long line are versions only when they are the same text
    digest = one_chunk(articles["digest"]).take(pa.array(wanted)).dictionary_encode()
    same = np.flatnonzero(np.asarray(digest.is_valid()))
    key = np.concatenate([lines.letters[long], digest.indices.take(pa.array(same)).to_numpy().astype(np.uint64)])
    member = np.concatenate([lines.article[long], wanted[same]])
    order = np.lexsort((member, key, places.outlet[member]))
    key, member = key[order], member[order]
    outlet = places.outlet[member]
    linked = np.flatnonzero((key[1:] == key[:-1]) & (outlet[1:] == outlet[:-1]) & (member[1:] != member[:-1]))
    story = np.arange(len(articles), dtype=np.int64)
    if len(linked):
        union_find(member[linked], member[linked + 1], story)
    return story


def _distinct(group: np.ndarray, value: np.ndarray, n_groups: int) -> np.ndarray:
    """(n_groups,) int64: how many different values each group has."""
    if len(group) == 0:
        return np.zeros(n_groups, np.int64)
    values, code = np.unique(value, return_inverse=True)
    pairs = np.unique(group * len(values) + code)
    return np.bincount(pairs // len(values), minlength=n_groups)


def _codes(column: pa.ChunkedArray | pa.Array, names: pa.Array) -> np.ndarray:
    """Place of each value in ``names``, int64; -1 for null and for what is not there."""
    return one_chunk(pc.index_in(column, value_set=names, skip_nulls=True)).fill_null(-1).to_numpy().astype(np.int64)

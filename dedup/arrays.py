"""Arrow columns as NumPy arrays without a copy, kernels over ranges of rows, and the arrays that stages share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.config import Config


def one_chunk(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column as one array."""
    if isinstance(column, pa.Array):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def string_buffers(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (rows + 1,) int64 and UTF-8 bytes of a string column; a null reads as empty."""
    array = one_chunk(column).cast(pa.large_string())
    if array.null_count:
        array = array.fill_null("")
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None:
        return np.zeros(len(array) + 1, np.int64), np.zeros(0, np.uint8)
    return np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1], np.frombuffer(data, np.uint8)


def readable(paragraphs: pa.Table) -> np.ndarray:
    """(paragraphs,) bool: prose of the article, which takes part in the look-up and in alignment."""
    return ~pc.is_in(paragraphs["role"], pa.array(schemas.SET_APART)).to_numpy()


def list_buffers(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (rows + 1,) int64 and values of a list column. A slice keeps its offsets into the whole values."""
    array = one_chunk(column)
    return array.offsets.to_numpy().astype(np.int64), array.values.to_numpy(zero_copy_only=False)


def id_numbers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Ids of 16 hexadecimal digits as numbers (rows,) uint64, in the same order; 0 for null."""
    # some at a time: as text they take many times the memory
    numbers = (_id_numbers(column[some]) for some in slices(len(column), 1 << 18))
    return np.concatenate([np.zeros(0, np.uint64), *numbers])


def _id_numbers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    offsets, digits = string_buffers(one_chunk(column).fill_null("0" * 16))
    if (np.diff(offsets) != 16).any():
        raise ValueError("expected ids of 16 hexadecimal digits")
    return np.frombuffer(bytes.fromhex(digits[offsets[0] : offsets[-1]].tobytes().decode()), ">u8").astype(np.uint64)


def ids_of(numbers: np.ndarray) -> pa.Array:
    """The ids that ``id_numbers`` gave these numbers; null for 0."""
    digits = numbers.astype(">u8").tobytes().hex().encode()
    offsets = pa.array(np.arange(len(numbers) + 1, dtype=np.int32) * 16)
    ids = pa.StringArray.from_buffers(len(numbers), offsets.buffers()[1], pa.py_buffer(digits))
    return pc.if_else(pa.array(numbers != 0), ids, pa.scalar(None, pa.string()))


def stacked(parts: Iterable[tuple[np.ndarray, ...]], *types: type) -> list[np.ndarray]:
    """Arrays that come in parts, end to end, one of each type; empty without a part."""
    columns: list[list[np.ndarray]] = [[] for _ in types]
    for part in parts:
        for column, values, kind in zip(columns, part, types, strict=True):
            column.append(np.asarray(values, kind))
    return [_end_to_end(column, kind) for column, kind in zip(columns, types, strict=True)]


def _end_to_end(parts: list[np.ndarray], kind: type) -> np.ndarray:
    """The parts as one array; each is let go when it is copied, so that they are not held twice."""
    whole: np.ndarray = np.empty(sum(map(len, parts)), kind)
    at = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[at : at + len(part)] = part
        at += len(part)
    return whole


def find(known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Place of each wanted value among the sorted known ones, -1 when it is not there."""
    if len(known) == 0:
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, -1)


def pair_keys(one: np.ndarray | pa.ChunkedArray, other: np.ndarray | pa.ChunkedArray) -> np.ndarray:
    """(pairs,) uint64 from the numbers of two articles, the smaller above."""
    one, other = np.asarray(one), np.asarray(other)
    keys = np.minimum(one, other).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.maximum(one, other).astype(np.uint64, copy=False)
    return keys


def holders(starts: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(rows,) int64, in which of the runs that begin at ``starts`` each row stands."""
    return np.searchsorted(starts, rows, "right") - 1


def distinct_count(group: np.ndarray, value: np.ndarray, keep: np.ndarray, n: int) -> np.ndarray:
    """Distinct values, of 0 or more, inside each group, of the rows kept: shape (n,), int64."""
    span = int(value.max(initial=0)) + 1
    return np.bincount(sorted_distinct(group[keep] * span + value[keep]) // span, minlength=n)


def greatest(group: np.ndarray, value: np.ndarray, n: int) -> np.ndarray:
    """The greatest value of 0 or more inside each group: shape (n,), float64, 0 for an empty one."""
    most = np.zeros(n)
    np.maximum.at(most, group, value)
    return most


def tally(group: np.ndarray, members: np.ndarray, n: int) -> np.ndarray:
    """How many of some members each group has: shape (n,), int64. ``group`` is that of each member."""
    counts = np.zeros(n, np.int64)
    for some in slices(len(members)):
        counts += np.bincount(group[members[some]], minlength=n)
    return counts


def slices(n: int, size: int = 1 << 20) -> Iterator[slice]:
    """All rows, some at a time: what is computed of these only takes little memory."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def ranges_of(needed: np.ndarray, most: int, start: int = 0) -> list[range]:
    """Consecutive ranges of what needs as much each, counted from ``start``: about ``most`` in one, never none."""
    turn = np.cumsum(needed) // most
    bounds = [0, *(np.flatnonzero(np.diff(turn)) + 1).tolist(), len(turn)]
    return [range(start + low, start + high) for low, high in pairwise(bounds)]


def ranges(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """All numbers from each low up to its high, end to end: int64."""
    size = high - low
    return np.arange(size.sum()) + np.repeat(low - np.cumsum(size) + size, size)


def sorted_distinct(values: np.ndarray) -> np.ndarray:
    """As np.unique, which hashes whole numbers first and is several times slower on millions."""
    return counted(values)[0]


def counted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values, sorted, and how often each occurs."""
    values = np.sort(values)
    begins = run_begins(values)
    return values[begins], np.diff(begins, append=len(values))


def run_begins(*columns: np.ndarray) -> np.ndarray:
    """First place of each run of rows that are equal in all columns."""
    differs = np.ones(len(columns[0]), bool)
    differs[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(differs)


def replaced(table: pa.Table, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The table with another column of that name and type in the same place."""
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), column)


def in_threads(rows: int, config: Config, work: Callable[[int, int], object], least: int = 256) -> list:
    """Call ``work(low, high)`` over consecutive ranges of rows, one thread a core; results in order."""
    threads = config.threads
    parts = max(1, min(4 * threads, rows // least))
    bounds = np.linspace(0, rows, parts + 1).astype(int).tolist()
    if parts == 1 or threads == 1:
        return [work(low, high) for low, high in pairwise(bounds)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, bounds[:-1], bounds[1:]))


class Corpus(NamedTuple):
    """What provenance needs to know of the articles, as arrays."""

    low: np.ndarray
    """(articles,) int64, first second the date can mean; UNKNOWN_TIME when there is none."""
    high: np.ndarray
    """(articles,) int64, last second; LATE when there is none."""
    dated: np.ndarray
    """(articles,) bool."""
    outlet: np.ndarray
    """(articles,) int64, number of the outlet; a dispatch has its agency's, an article without outlet its own."""
    owner: np.ndarray
    """(articles,) int64, number of the owner, of the outlet when the owner is not known."""
    is_wire: np.ndarray
    """(articles,) bool."""
    starts: np.ndarray
    """(articles + 1,) int64, first row of each article in PARAGRAPHS."""
    words: np.ndarray
    """(paragraphs,) int32, words of each paragraph."""
    set_apart: np.ndarray
    """(paragraphs,) bool, roles that are no prose of the article: boilerplate, caption, credit, embed."""

    def article_of(self, paragraphs: np.ndarray) -> np.ndarray:
        """The article of each of some rows of PARAGRAPHS, int64."""
        return holders(self.starts, paragraphs)


class Passages(NamedTuple):
    """Maximal spans of one paragraph that take part in alignments, as arrays; sorted by paragraph and begin."""

    paragraph: np.ndarray
    """(passages,) uint32, row of PARAGRAPHS."""
    begin_word: np.ndarray
    """(passages,) int32, inside the paragraph."""
    end_word: np.ndarray
    """(passages,) int32."""
    begin: np.ndarray
    """(passages,) int32, code points inside the paragraph."""
    end: np.ndarray
    """(passages,) int32."""
    anchor: np.ndarray
    """(passages,) int32, code points: where its match with the earliest other article begins. It names the passage: it
    stays while later copies make the passage longer."""


ENDS = ("left_passage", "right_passage")
"""The passages of a match's two sides, (alignments,) uint32: columns beside those of ALIGNMENTS."""


class Clusters(NamedTuple):
    """Clusters of passages, numbered from 0."""

    labels: np.ndarray
    """(passages,) int64, the cluster of each passage."""
    mean: np.ndarray
    """(clusters,) float32, mean overlap of the alignments inside."""
    least: np.ndarray
    """(clusters,) float32, true minimum overlap over all pairs of members; 0 when two do not match."""
    refined: int
    """Clusters that chained and were cut."""


class Shares(NamedTuple):
    """Words of each article by class."""

    words: dict[str, np.ndarray]
    """For each of ``schemas.SHARES`` (articles,) int64; they add up to ``total``."""
    same_owner: np.ndarray
    """(articles,) int64, words found only in articles of the same owner; counted as own above."""
    agency: np.ndarray
    """(articles,) int64, words of passages that are more likely an agency's than not."""
    found: np.ndarray
    """(articles,) int64, words of passages that stand in a dispatch or in a text that another outlet credits."""
    carried: np.ndarray
    """(articles,) int64, those of ``found`` that are no recurring background, which makes no carrier."""
    own_run: np.ndarray
    """(articles,) int64, longest run of words that are found nowhere else, boilerplate left out."""
    total: np.ndarray
    """(articles,) int64."""

    def of(self, some: slice | np.ndarray) -> Shares:
        """Those of some articles."""
        return Shares({name: words[some] for name, words in self.words.items()}, *(each[some] for each in self[1:]))

    @property
    def prose(self) -> np.ndarray:
        """(articles,) int64, words that are not boilerplate."""
        return self.total - self.words["boilerplate"]

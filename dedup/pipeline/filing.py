"""Which file of a large table a row stands in, by time, and which files a run has to write.

A file is a quarter of a day within the last QUARTERLY days, a UTC day within the last DAILY, a month before that, and
one for what has no date. What arrives changes what is recent: the files of old days stay, and many of them are few.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import one_chunk, sorted_distinct
from dedup.constants import DAY_MICROSECONDS
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.numbering import look_up

QUARTERLY, DAILY = 14, 100
"""Days before the newest within which a file is a quarter of a day, and a day."""

QUARTER = 6
"""Hours of a quarter, by whose first hour its file is named."""

LATEST = 0.999
"""Share of the dated articles that count for the newest day: one wrong clock moves no file."""

NO_DAY = "no-day"
"""Name of the file of what has no date."""

NO_DAY_CODE = np.iinfo(np.int64).max
"""Its number: it sorts last."""

NULL_DAY = 1 << 31
"""A day that no date has."""

UNITS = ("M", "D", "h")
"""Units of time of a file; its number is len(UNITS) * (its first hour since 1970) + (place of its unit)."""

DIGESTED = 1 << 16
"""Rows that are digested at once: a file may hold millions."""

TIMED = ["article_id", "published_at"]
"""Columns of ARTICLES that say the file of an article's rows."""

SIDES = ["left_article_id", "right_article_id"]
"""Columns of MATCHES that say the file of a match."""


class Filed(NamedTuple):
    """The articles of a snapshot and the files of their rows."""

    ids: pa.Array
    """(articles,) of text."""
    code: np.ndarray
    """(articles,) int64, numbers of files: they sort by time."""
    newest: np.datetime64
    """The time from which the age of a file counts."""

    @classmethod
    def of(cls, articles: pa.Table) -> Self:
        """From TIMED of all articles."""
        ids, times = (one_chunk(articles[name]) for name in TIMED)
        newest = newest_of(times)
        return cls(ids, codes_of(times.cast(pa.int64()), newest), newest)

    def codes(self, *columns: pa.Array | pa.ChunkedArray) -> np.ndarray:
        """(rows,) the file of rows by the ids of their articles: that of the latest one."""
        return np.max([self.code[look_up(column, self.ids)] for column in columns], axis=0)

    def some(self, ids: pa.Array) -> np.ndarray:
        """The distinct files of some ids, sorted; those that are not there have none."""
        return sorted_distinct(self.code[pc.is_in(self.ids, value_set=ids).to_numpy(zero_copy_only=False)])


def newest_of(times: pa.Array | pa.ChunkedArray) -> np.datetime64:
    """The time from which ages count, microseconds since 1970."""
    dated = np.sort(one_chunk(times.drop_null()).cast(pa.int64()).to_numpy())
    return np.datetime64(int(dated[int(LATEST * (len(dated) - 1))]) if len(dated) else 0, "us")


def codes_of(times: pa.Array, newest: np.datetime64, units: tuple[str, ...] = UNITS) -> np.ndarray:
    """(rows,) int64, numbers of the files of some microseconds since 1970, in the least unit that their age allows."""
    dated = times.is_valid().to_numpy(zero_copy_only=False)
    moments = times.fill_null(0).to_numpy().astype("M8[us]")
    age = (newest.astype("M8[D]") - moments.astype("M8[D]")).astype(np.int64)
    codes = np.full(len(times), NO_DAY_CODE)
    for unit in units:
        kept = dated & (age < {"h": QUARTERLY, "D": DAILY, "M": np.iinfo(np.int64).max}[unit])
        hours = moments[kept].astype(f"M8[{unit}]").astype("M8[h]").astype(np.int64)
        hours = hours // QUARTER * QUARTER if unit == "h" else hours
        codes[kept] = hours * len(UNITS) + UNITS.index(unit)
    return codes


def named(codes: np.ndarray) -> list[str]:
    """The names of the files of some numbers."""
    names = []
    for code in codes.tolist():
        hour, place = divmod(code, len(UNITS))
        # a time of a unit is written down to it: 2024-03, 2024-03-09, 2024-03-09T06
        names.append(NO_DAY if code == NO_DAY_CODE else str(np.datetime64(hour, "h").astype(f"M8[{UNITS[place]}]")))
    return names


def file_of_days(days: np.ndarray, newest: np.datetime64) -> list[str]:
    """The names of the files of some days since 1970: a day or a month each."""
    times = pa.array(days * DAY_MICROSECONDS, mask=days == NULL_DAY)
    return named(codes_of(times, newest, UNITS[:2]))


def file_names(times: Iterable[datetime | None]) -> set[str]:
    """The names that the files of some times may have."""
    known = {time.replace(hour=time.hour // QUARTER * QUARTER) for time in times if time is not None}
    of_time = {time.strftime(form) for time in known for form in ("%Y-%m-%dT%H", "%Y-%m-%d", "%Y-%m")}
    return {f"{name}.parquet" for name in (*of_time, NO_DAY)}


class Filing:
    """The files of a run's tables: those of the snapshot before, but for the ones with a row that is made anew."""

    def __init__(self, work: Path, before: Snapshot, articles: pa.Table) -> None:
        """``articles``: TIMED of all that the run's tables show."""
        self._work, self._before = work, before
        self.now, self.then = Filed.of(articles), Filed.of(before.table("articles", TIMED))
        at = look_up(self.then.ids, self.now.ids)
        moved = np.flatnonzero((at >= 0) & (self.then.code != self.now.code[at]))
        self.of_moved = np.concatenate([self.then.code[moved], self.now.code[at[moved]]])
        """Files of articles that have moved: they have grown old, and stand with those of a longer time."""

    def has(self, name: str) -> bool:
        """Whether a table of the snapshot before is a folder of files."""
        return (self._before.folder / name).is_dir()

    def of_articles(self, ids: pa.Array) -> np.ndarray:
        """Files to write when some articles have other rows: theirs, before and now, and of those that have moved."""
        return sorted_distinct(np.concatenate([self.then.some(ids), self.now.some(ids), self.of_moved]))

    def of_matches(self, ids: pa.Array, new: pa.Table) -> np.ndarray:
        """Files to write when MATCHES with some articles on either side are others; ``new`` are those of now."""
        files = [self.of_moved, self.now.codes(*(new[name] for name in SIDES))]
        first = self.then.some(ids)[:1]
        # a match stands in the file of its later article, and none is in a file before that of its articles
        for code in sorted_distinct(self.then.code[self.then.code >= first]) if len(first) else ():
            sides = self.rows("matches", np.array([code]), SIDES)
            if any(pc.any(pc.is_in(column, value_set=ids)).as_py() for column in sides.columns):
                files.append(np.array([code]))
        return sorted_distinct(np.concatenate(files))

    def holding(self, name: str, column: str, values: pa.Array) -> np.ndarray:
        """The files in which the snapshot before has a row of some values of a column, sorted."""
        files = [
            code
            for code in sorted_distinct(self.then.code).tolist()
            if len(values)
            and pc.any(pc.is_in(self.rows(name, np.array([code]), [column])[column], value_set=values)).as_py()
        ]
        return np.array(files, np.int64)

    def rows(self, name: str, files: np.ndarray, columns: list[str] | None = None) -> pa.Table:
        """The rows that the snapshot before has in some files of a table."""
        columns = columns or schemas.TABLES[name].names
        paths = [path for path in (self._path(name, code) for code in files) if path.exists()]
        tables = [disk.read_table(path, columns) for path in paths]
        return pa.concat_tables([schemas.TABLES[name].empty_table().select(columns), *tables])

    def write(self, name: str, rows: pa.Table, codes: np.ndarray, files: np.ndarray) -> None:
        """Write some files of a table anew, with ``rows`` and the file of each (``codes``), and share the others."""
        shutil.rmtree(self._work / name, ignore_errors=True)  # of a try that was cut
        anew = {f"{file}.parquet" for file in named(files)}
        for path in sorted((self._before.folder / name).glob("*.parquet")):
            if path.name not in anew and not linked(path, self._work / name / path.name):
                shutil.copyfile(path, self._work / name / path.name)
        known = self._before.manifest.get("rows", {})
        for code in sorted_distinct(codes):
            key = self._path(name, code).relative_to(self._before.folder)
            table = rows.filter(pa.array(codes == code))
            same = known.get(key.as_posix()) == digest_of(table)
            if not same or not linked(self._before.folder / key, self._work / key):
                disk.write_table(self._work / key, table, schemas.TABLES[name])
        if not (self._work / name).exists():  # no row is left
            disk.write_table(self._work / f"{name}.parquet", rows, schemas.TABLES[name])

    def _path(self, name: str, code: int) -> Path:
        return self._before.folder / name / f"{named(np.array([code]))[0]}.parquet"


def digest_of(rows: pa.Table) -> str:
    """Digest of some rows, their columns and types: what is written for them is a function of these."""
    # Parquet gives the items of a list another name
    kinds = [pa.list_(kind.value_type) if pa.types.is_list(kind) else kind for kind in rows.schema.types]
    schema = pa.schema([*zip(rows.column_names, kinds, strict=True)])
    found = blake2b(digest_size=16)
    for begin in range(0, max(1, rows.num_rows), DIGESTED):
        some = rows.slice(begin, DIGESTED).cast(schema)
        some = some.take(pa.array(np.arange(some.num_rows))).combine_chunks()  # zeros under every null
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, schema) as writer:
            writer.write_table(some)
        found.update(sink.getvalue())
    return found.hexdigest()


def linked(there: Path, here: Path) -> bool:
    """Give a file a second name; False where it is gone, or the file system has no hard links."""
    here.parent.mkdir(exist_ok=True)
    try:
        os.link(there, here)
    except OSError:
        return False
    return True

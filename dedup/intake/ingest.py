"""Files -> ARTICLES and REJECTS: what can be read is kept as printed, what cannot is named with its reason.

``readers`` lists the kinds of file. Everything streams: what is in memory is one batch (or one file that is read as a
whole), and 16 bytes for each article read, to know an id that comes twice.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from dedup.config import Config
from dedup.intake import files, readers
from dedup.intake.columns import known_meaning
from dedup.intake.outlets import Outlets
from dedup.intake.records import Fault, File, Record, Unreadable
from dedup.intake.rows import Batch
from dedup.store import disk

BATCH_CHARACTERS = 64_000_000
"""A batch ends early when its texts are longer than this."""


def read(
    inputs: Sequence[Path | str],
    config: Config | None = None,
    batch_articles: int = 10_000,
    seen: Counter[tuple[str, str | None]] | None = None,
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Read files, folders (all that is below, sorted) and globs -> pairs (articles, rejects), one a batch.

    ``articles`` has the columns of rows.PLACED (those of ARTICLES, the text, the place), ``rejects`` those of REJECTS;
    either may be empty, and together the rejects tell of all that was given and is not in the articles as it was given.
    ``seen`` counts the files by kind and encoding.

    - Ids are not looked at: every article that can be read is given (``store.identity`` says which of them is new).
    - No id: one is made from outlet, address, date, title and text, the same in every run and from every kind of file.
    - An impossible date is dropped, the article stays, and a reject marked ``kept`` says so.
    - In a folder, hidden files and files of other kinds are passed over; the other kinds are counted in one reject
      per folder and kind. A file that is named itself and is of no known kind is a reject.
    """
    config = config or Config()
    columns = {known_meaning(known): name for known, name in config.columns.items()}
    batch = Batch(config, Outlets.load(config.outlets_file))
    for name, problem in files.found(inputs):
        if problem is not None:
            batch.reject(name, None, None, problem)
            continue
        for place, position, row in records_of(name, columns, seen):
            _add(batch, place, position, row)
            if batch.n >= batch_articles or batch.characters >= BATCH_CHARACTERS or batch.n_rejects >= batch_articles:
                yield batch.take()
    if batch.n or batch.n_rejects:
        yield batch.take()


def _add(batch: Batch, place: str, position: int | None, row: dict | Fault) -> None:
    if isinstance(row, Fault):
        batch.fault(place, position, row)
        return
    try:
        batch.add(place, position, row)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        batch.reject(place, position, None, f"the row cannot be read: {type(error).__name__}: {error}"[:300])


def records_of(
    name: str, columns: dict[str, str] | None = None, seen: Counter[tuple[str, str | None]] | None = None
) -> Iterator[tuple[str, int | None, dict | Fault]]:
    """The rows and faults of one file, as (file or member of an archive, position, row or fault)."""
    try:
        file = files.opened(name, columns)
    except (*files.DAMAGED, zlib.error) as error:
        yield name, None, Fault(f"the compressed file is damaged: {error}; what came before was read")
        return
    except OSError as error:
        yield name, None, Fault(f"the file cannot be read: {error.strerror or error}")
        return
    except disk.StorageError as error:
        yield name, None, Fault(str(error))
        return
    for position, row in records(file, seen):
        yield file.name, position, row


def records(file: File, seen: Counter[tuple[str, str | None]] | None = None) -> Iterator[Record]:
    """The rows and faults of an open file; whatever happens inside a reader ends as a fault."""
    kind = readers.kind_of(file)
    if not file.head:
        yield None, Fault("the file is empty")
        return
    if kind is None:
        yield None, Fault(readers.unknown(file.name))
        return
    position, told = None, False
    try:
        for position, row in readers.records(file, kind):
            told = True
            yield position, {**file.partition, **row} if file.partition and isinstance(row, dict) else row
    except Unreadable as error:
        yield _next(position), Fault(str(error))
    except (*files.DAMAGED, zlib.error) as error:
        yield _next(position), Fault(f"the compressed file is damaged: {error}; what came before was read")
    except OSError as error:
        yield _next(position), Fault(f"the file cannot be read: {error.strerror or error}")
    except disk.StorageError as error:
        yield _next(position), Fault(str(error.__cause__ or error))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        yield _next(position), Fault(f"no {kind.name}: {type(error).__name__}: {error}"[:300])
    else:
        if not told:
            yield None, Fault(f"nothing in it that is read as {kind.name}")
    if seen is not None:
        seen[kind.name, file.encoding] += 1


def _next(position: int | None) -> int | None:
    return None if position is None else position + 1

"""Files of texts -> pairs and clusters of near-duplicates, as Parquet or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json

from dedup.intake import ingest
from dedup.matching.near_duplicates import near_duplicates
from dedup.store import disk

PAIRS = pa.schema([
    pa.field("left_id", pa.string(), metadata={"doc": "id of the text that comes first; its number when it has none"}),
    pa.field("right_id", pa.string(), metadata={"doc": "id of the other one"}),
    pa.field("jaccard", pa.float64(), metadata={"doc": "shared word n-grams over all of the two, 0 to 1"}),
    pa.field("left", pa.uint32(), metadata={"doc": "number of the first text among all that were read, from 0"}),
    pa.field("right", pa.uint32(), metadata={"doc": "number of the other one, greater than left"}),
])  # fmt: skip
"""Near-duplicate pairs, sorted by left then right."""

CLUSTERS = pa.schema([
    pa.field("row", pa.uint32(), metadata={"doc": "number of the text among all that were read, from 0"}),
    pa.field("id", pa.string(), metadata={"doc": "its id; its number when it has none"}),
    pa.field("cluster", pa.uint32(), metadata={"doc": "number of the first text that pairs connect it with"}),
    pa.field("size", pa.uint32(), metadata={"doc": "texts of the cluster; 1 for a text that is in no pair"}),
    pa.field("file", pa.string(), metadata={"doc": "file it was read from"}),
    pa.field("position", pa.int64(), metadata={"doc": "1-based line or row of the file; null for a whole file"}),
])  # fmt: skip
"""One row a text, in the order in which they were read."""

_TEXTS = pa.schema([("id", pa.string()), ("text", pa.string()), ("file", pa.string()), ("position", pa.int64())])

FORMATS = ("parquet", "csv")


class Written(NamedTuple):
    """What was found, and where it is."""

    texts: int
    pairs: int
    clusters: int
    """Clusters of two texts or more."""
    duplicates: int
    """Texts that could go: all of a cluster but the first."""
    files: list[Path]
    rejects: list[str]
    """What could not be read, with its reason."""


def write(
    inputs: Sequence[str | Path],
    to: Path,
    threshold: float = 0.7,
    shingle_size: int = 3,
    column: str | None = None,
    id_column: str | None = None,
    format: str = "parquet",
) -> Written:
    """Compare the texts of some files and write the tables ``pairs`` and ``clusters`` into the folder ``to``.

    Without ``column`` the files are those of a run, one text an article; with it, Parquet, CSV or JSON Lines files
    whose ``column`` holds the texts, and ``id_column``, when given, their ids.
    """
    texts, rejects = _articles(inputs) if column is None else (_columns(inputs, column, id_column), [])
    found = near_duplicates(texts["text"], threshold, shingle_size)
    number = pa.array(range(len(texts)), pa.uint32())
    ids = pc.coalesce(texts["id"], number.cast(pa.string()))
    left, right = found.pairs["left"], found.pairs["right"]
    pairs = pa.Table.from_arrays([ids.take(left), ids.take(right), found.pairs["jaccard"], left, right], schema=PAIRS)
    cluster = pa.array(found.clusters).cast(pa.uint32())
    counted = pc.value_counts(cluster)
    sizes = counted.field("counts").take(pc.index_in(cluster, counted.field("values"))).cast(pa.uint32())
    clusters = pa.Table.from_arrays([number, ids, cluster, sizes, texts["file"], texts["position"]], schema=CLUSTERS)
    files = [_write(to, name, table, format) for name, table in (("pairs", pairs), ("clusters", clusters))]
    several = pc.sum(pc.greater(counted.field("counts"), 1)).as_py() or 0
    return Written(len(texts), len(pairs), several, len(texts) - len(counted), files, rejects)


def _articles(inputs: Sequence[str | Path]) -> tuple[pa.Table, list[str]]:
    """The articles of files that a run would read, and what was refused."""
    kept, rejects = [_TEXTS.empty_table()], []
    for articles, refused in ingest.read(inputs):
        columns = [articles[name] for name in ("article_id", "text", "file", "position")]
        kept.append(pa.Table.from_arrays(columns, schema=_TEXTS))
        rejects += [
            f"{row['file']}{'' if row['position'] is None else ':' + str(row['position'])}: {row['reason']}"
            for row in refused.to_pylist()
            if not row["kept"]
        ]
    return pa.concat_tables(kept), rejects


def _columns(inputs: Sequence[str | Path], column: str, id_column: str | None) -> pa.Table:
    """One column of texts, and one of ids, of Parquet, CSV and JSON Lines files."""
    kept = [_TEXTS.empty_table()]
    for path in _paths(inputs):
        names = [column, *([id_column] if id_column else [])]
        table = _read(path, names)
        ids = table[id_column].cast(pa.string()) if id_column else pa.nulls(len(table), pa.string())
        places = pa.array(range(1, len(table) + 1), pa.int64())
        files = pa.array([str(path)]).take(pa.array([0] * len(table), pa.int8()))
        kept.append(pa.Table.from_arrays([ids, table[column].cast(pa.string()), files, places], schema=_TEXTS))
    return pa.concat_tables(kept)


def _paths(inputs: Sequence[str | Path]) -> Iterator[Path]:
    for path in map(Path, inputs):
        if path.is_dir():
            yield from sorted(child for child in path.rglob("*") if child.suffix in _READERS)
        else:
            yield path


def _csv(path: Path, names: list[str]) -> pa.Table:
    strings = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return pyarrow.csv.read_csv(
        path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True), convert_options=strings
    )


def _json(path: Path, names: list[str]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in names])
    options = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    table = pyarrow.json.read_json(path, parse_options=options)
    there = [name for name in names if table[name].null_count < len(table)]  # a key that no object has is all null
    return table.select(there)


def _parquet(path: Path, names: list[str]) -> pa.Table:
    there = disk.table_schema(path).names
    return disk.read_table(path, [name for name in names if name in there])


_READERS = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _json,
    ".ndjson": _json,
}


def _read(path: Path, names: list[str]) -> pa.Table:
    if path.suffix not in _READERS:
        raise ValueError(f"{path}: a column of texts is read from {', '.join(_READERS)}")
    table = _READERS[path.suffix](path, names)
    if missing := set(names) - set(table.column_names):
        raise ValueError(f"{path} has no column {min(missing)!r}")
    return table


def _write(to: Path, name: str, table: pa.Table, format: str) -> Path:
    to.mkdir(parents=True, exist_ok=True)
    path = to / f"{name}.{format}"
    if format == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        disk.write_table(path, table)
    return path

"""Which tables and columns of a snapshot are exported, with or without the texts, and their rows some at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.constants import rows_at_once
from dedup.store import disk
from dedup.store.snapshot import Snapshot

TEXT_FREE = frozenset(
    (
        "agency",
        "agency_basis",
        "article_id",
        "best_source",
        "cluster_id",
        "country",
        "credit_status",
        "credited_agency",
        "clock_note",
        "date_precision",
        "date_source",
        "derivation",
        "digest",
        "direction",
        "edit_class",
        "event",
        "evidence",
        "file",
        "first_carrier",
        "first_outlet",
        "kind",
        "lang",
        "left_article_id",
        "left_outlet",
        "left_passage_id",
        "likely_agency",
        "other_id",
        "outlet",
        "outlet_from",
        "outlet_to",
        "owner_group",
        "origin",
        "passage_id",
        "quote_reason",
        "right_article_id",
        "right_outlet",
        "right_passage_id",
        "role",
        "rule",
        "run_id",
        "share_class",
        "source_article_id",
        "source_outlet",
        "url",
        "wikidata",
        "wire_id",
    )
)
"""Columns of text that hold ids, names, addresses or codes. Without the texts every other one is left out, so a
column that is added to the tables stays out until it is entered here."""


BATCH = rows_at_once(3_200)
"""Rows in memory at once."""


class ExportError(Exception):
    """What was asked for cannot be written; the message says the remedy."""


class Chosen(NamedTuple):
    """A table of the snapshot, as far as it is exported."""

    name: str
    path: Path
    fields: list[pa.Field]
    left_out: list[str]
    rows: int

    @classmethod
    def of(cls, snapshot: Snapshot, name: str, no_text: bool) -> Chosen:
        path = snapshot.path(name)
        if path is None:
            raise ExportError(f"the snapshot has no table {name}: it was made by another version; run again")
        there = disk.table_schema(path).names  # an older version of this program had fewer columns
        known = [field for field in schemas.TABLES[name] if field.name in there]
        fields = [field for field in known if not no_text or _is_text_free(field)]
        left_out = [field.name for field in known if field not in fields]
        return cls(name, path, fields, left_out, disk.count_rows(path))

    def batches(self) -> Iterator[pa.Table]:
        """The rows, some at a time; at least one table, which may be empty."""
        files = sorted(self.path.glob("*.parquet")) if self.path.is_dir() else [self.path]
        columns = [field.name for field in self.fields]
        yield pa.schema(self.fields).empty_table()
        for file in files:
            for batch in disk.iter_batches(file, BATCH, columns):
                yield pa.Table.from_batches([batch]).select(columns)


def _is_text_free(field: pa.Field) -> bool:
    holds_text = pa.types.is_string(field.type) or pa.types.is_nested(field.type)
    return not holds_text or field.name in TEXT_FREE


PRIMARY_KEYS: dict[str, tuple[str, ...]] = {
    "articles": ("article_id",),
    "paragraphs": ("article_id", "paragraph"),
    "passages": ("passage_id",),
    "clusters": ("cluster_id",),
    "provenance": ("passage_id",),
    "article_provenance": ("article_id",),
    "agency_evidence": ("article_id",),
    "wire_pickup": ("article_id",),
    "outlets": ("outlet",),
    "outlets_by_day": ("outlet", "day"),
    "outlet_pairs": ("outlet_from", "outlet_to", "directed"),
    "outlet_pairs_by_day": ("outlet_from", "outlet_to", "directed", "day"),
    "copies": ("outlet_from", "outlet_to", "origin", "directed"),
}


FOREIGN_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "paragraphs": (("article_id", "articles"),),
    "credits": (("article_id", "articles"),),
    "matches": (
        ("left_article_id", "articles"),
        ("right_article_id", "articles"),
        ("left_passage_id", "passages"),
        ("right_passage_id", "passages"),
    ),
    "passages": (("article_id", "articles"), ("cluster_id", "clusters")),
    "provenance": (
        ("passage_id", "passages"),
        ("article_id", "articles"),
        ("cluster_id", "clusters"),
        ("source_article_id", "articles"),
        ("first_carrier", "articles"),
    ),
    "article_provenance": (("article_id", "articles"), ("best_source", "articles")),
    "agency_evidence": (("article_id", "articles"),),
    "wire_pickup": (("article_id", "articles"),),
}
"""Column and the table whose primary key it names."""


def foreign_keys(table: Chosen, names: set[str]) -> list[tuple[str, str]]:
    return [(column, target) for column, target in FOREIGN_KEYS.get(table.name, ()) if target in names]


def doc_of(field: pa.Field) -> str:
    return (field.metadata or {}).get(b"doc", b"").decode()


def flattened(table: pa.Table) -> pa.Table:
    """Lists as JSON text, times as ISO 8601 text in UTC."""
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if pa.types.is_nested(field.type):
            values = (None if value is None else json.dumps(value, ensure_ascii=False) for value in column.to_pylist())
            table = table.set_column(at, field.name, pa.array(values, pa.string()))
        elif pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ"))
    return table


def python_rows(table: pa.Table) -> Iterator[tuple]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def without_formulas(table: pa.Table) -> tuple[pa.Table, int]:
    """Text that begins as a formula gets an apostrophe before it; how many."""
    count = 0
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            column = table.column(at)
            risky = pc.match_substring_regex(column, _FORMULA).fill_null(False)
            number = pc.sum(risky).as_py() or 0
            if number:
                count += number
                safe = pc.binary_join_element_wise(pa.scalar("'"), column, "")
                table = table.set_column(at, field.name, pc.if_else(risky, safe, column))
    return table, count


_FORMULA = r"^[=+\-@\t\r]"

"""``dedup.schemas`` -> ``docs/tables.md``: every table, what one row is, and every column.

python docs/make_tables.py            # write docs/tables.md
python docs/make_tables.py --check    # exit with 1 when docs/tables.md is not what it would write
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

PAGE = Path(__file__).with_name("tables.md")
sys.path.insert(0, str(PAGE.parent.parent))  # ours is described from this checkout

from dedup import schemas  # noqa: E402

INSIDE = {
    "WORDS": "PARAGRAPHS -> WORDS (`dedup.text.words`): one row a paragraph, in the same order.",
    "WINDOWS": "WORDS -> WINDOWS (`dedup.matching.shingle`): one row a window.",
    "SIGNATURES": "WINDOWS -> SIGNATURES (`dedup.matching.sketch`): one row a window.",
    "CANDIDATE_PAIRS": "SIGNATURES -> CANDIDATE_PAIRS (`dedup.matching.lsh`): one row a pair of articles to look at.",
    "ALIGNMENTS": "CANDIDATE_PAIRS, WORDS -> ALIGNMENTS (`dedup.matching.align`): matches before rows have names.",
}
"""Tables that stages hand to each other."""

HEAD = """# Data dictionary

Written by `python docs/make_tables.py` from `dedup/schemas/`; `dedup tables` prints the same, and every Parquet
file carries these sentences in the metadata of its columns.

Similarities and shares are in 0 to 1, times are UTC, lags are seconds, offsets are code points inside the paragraph
as printed (`begin` included, `end` excluded). A null says that something is unknown or does not apply; the column
says which. `lag_low` and `lag_high` are the least and the greatest lag that the two dates allow.

A table is one file, `latest/NAME.parquet`. From 5,000 articles on, the tables that grow with the days are folders of
files by time: six hours in the last two weeks (`latest/provenance/2025-03-12T06.parquet`), a UTC day in the last
hundred, a month before that, and `no-day.parquet` for what has no date; the columns are the same, and the folder opens
as one data set. A match stands in the file of its later article, a cluster in that of its source. A file whose rows did
not change is a hard link to that of the snapshot before: a snapshot takes the space of what differs.
"""


def page() -> str:
    """The whole page."""
    parts = [
        HEAD,
        "| table | rows |\n|---|---|\n"
        + "".join(f"| [{name}](#{name}) | {schemas.ROWS[name]} |\n" for name in schemas.TABLES),
    ]
    parts += [_section(name, schemas.ROWS[name], schema) for name, schema in schemas.TABLES.items()]
    parts.append(
        "# What a row depends on\n\nWhat comes later leaves a final row as it is; what arrives late opens it again.\n"
    )
    parts.append(
        "| table | function of |\n|---|---|\n"
        + "".join(f"| [{name}](#{name}) | {schemas.DEPENDS_ON[name]} |\n" for name in schemas.TABLES)
    )
    parts.append("# Inside a run\n\nThese tables pass between stages and are not part of a snapshot.\n")
    parts += [_section(name, what, getattr(schemas, name)) for name, what in INSIDE.items()]
    return "\n".join(parts)


def _section(name: str, what: str, schema: pa.Schema) -> str:
    lines = [f"## {name}\n", f"{what}\n", "| column | type | meaning |", "|---|---|---|"]
    for field in schema:
        meaning = (field.metadata or {}).get(b"doc", b"").decode().replace("|", "\\|")
        lines.append(f"| `{field.name}` | {_kind(field.type)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _kind(kind: pa.DataType) -> str:
    """A type as readers of Parquet know it: ``list<item: string>`` is a list of string."""
    if pa.types.is_list(kind) or pa.types.is_list_view(kind):
        return f"list of {_kind(kind.value_type)}"
    return {"timestamp[us, tz=UTC]": "timestamp (µs, UTC)", "date32[day]": "date"}.get(str(kind), str(kind))


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text("utf-8") != page():
            raise SystemExit(f"{PAGE.name} is not what the schemas say: run python docs/make_tables.py")
    else:
        PAGE.write_text(page(), "utf-8")

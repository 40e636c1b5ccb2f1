"""Small tables of articles, passages and matches for the tests of what is summed up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.summary import figures

NOON = datetime(2024, 6, 19, 12, tzinfo=UTC)
DAY = date(2024, 6, 19)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def table(schema: pa.Schema, rows: list[dict]) -> pa.Table:
    unknown = {name for row in rows for name in row} - set(schema.names)
    assert not unknown
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def articles(*rows: dict) -> pa.Table:
    """Rows of ARTICLES: dated to the second unless they say otherwise."""
    full = []
    for row in rows:
        moment = row.get("published_at")
        full.append({"date_precision": "second" if moment else "none", "is_wire": False, **row})
    return table(schemas.ARTICLES, full)


def outlet(article_id: str, name: str | None, hours: float | None = None, **more: object) -> dict:
    return {"article_id": article_id, "outlet": name, "published_at": None if hours is None else at(hours), **more}


def wire(article_id: str, hours: float | None = 0, **more: object) -> dict:
    # on the site of an outlet, as in real archives
    return outlet(article_id, "Le Site", hours, is_wire=True, agency="AFP", **more)


def told(article_id: str, **more: object) -> dict:
    return {
        "article_id": article_id, "n_words": 100, "share_boilerplate": 0.0, "share_found": 0.0, "share_estimated": 0.0,
        "copy_rate": 0.0, "derivation": "non", "credit_status": "none", **more,
    }  # fmt: skip


def passage(article_id: str, source: str | None = None, **more: object) -> dict:
    return with_ids({
        "passage_id": f"p-{article_id}", "article_id": article_id, "source_article_id": source, "cluster_id": "c",
        "share_class": "verbatim", **more,
    })  # fmt: skip


def match(left: str, right: str, **more: object) -> dict:
    return with_ids({
        "left_article_id": left, "right_article_id": right, "left_paragraph": 0, "right_paragraph": 0,
        "matched_words": 20, "edit_class": "verbatim", **more,
    })  # fmt: skip


def with_ids(row: dict) -> dict:
    """The row with ids of passages and clusters as they are: 16 hexadecimal digits."""
    names = ("passage_id", "cluster_id", "left_passage_id", "right_passage_id")
    return row | {name: row[name].encode().hex().zfill(16) for name in names if name in row}


def provenance(*rows: dict) -> pa.Table:
    return table(schemas.PROVENANCE, list(rows))


def matches(*rows: dict) -> pa.Table:
    return table(schemas.MATCHES, list(rows))


def article_provenance(*rows: dict) -> pa.Table:
    return table(schemas.ARTICLE_PROVENANCE, list(rows))


def over_all(made: pa.Table) -> list[dict]:
    return figures.over_all(made).to_pylist()


def shuffled(made: pa.Table, seed: int = 0) -> pa.Table:
    return made.take(pa.array(np.random.default_rng(seed).permutation(len(made))))


def paragraphs(article_id: str, *words: int, role: str = "body", start: int = 0) -> list[dict]:
    return [
        {"article_id": article_id, "paragraph": number, "role": role, "n_words": count, "begin": 0, "end": 5 * count}
        for number, count in enumerate(words, start)
    ]

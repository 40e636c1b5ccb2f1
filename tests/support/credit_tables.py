"""Small tables of articles and paragraphs for tests of credits."""

from __future__ import annotations

import pyarrow as pa

from dedup.schemas import ARTICLES, PARAGRAPHS


def article(article_id: str = "a", outlet: str | None = "La Gazette du Lac", **columns) -> dict:
    return {"article_id": article_id, "outlet": outlet, "is_wire": False, **columns}


def articles_table(*rows: dict) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in ARTICLES.names} for row in rows], schema=ARTICLES)


def paragraphs_table(lines: list[str], article_id: str = "a", roles: dict[int, str] | None = None) -> pa.Table:
    rows = [
        {"article_id": article_id, "paragraph": number, "text": line, "role": (roles or {}).get(number, "body")}
        for number, line in enumerate(lines)
    ]
    return pa.Table.from_pylist([{name: row.get(name) for name in PARAGRAPHS.names} for row in rows], schema=PARAGRAPHS)

"""One file as the readers take it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from dedup.config import Config
from dedup.intake import ingest


def read(path: Path, content: str | bytes, encoding: str = "utf-8") -> tuple[list[dict], list[dict]]:
    """Write a file and read it -> articles, rejects."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    articles, rejects = [], []
    for batch, refused in ingest.read([path], Config()):
        articles += batch.to_pylist()
        rejects += refused.to_pylist()
    return articles, rejects


def when(row: dict) -> str | None:
    """The time of an article, UTC, to the minute."""
    return row["published_at"] and row["published_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M")

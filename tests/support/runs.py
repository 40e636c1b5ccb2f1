"""Runs of small corpora, their tables, and invented French prose."""

from __future__ import annotations

import functools
import json
import random
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from dedup.config import Config
from dedup.pipeline import steps
from dedup.store import disk
from dedup.text import french

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


class Snapshot:
    """The tables of one snapshot, read when they are asked for."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._tables: dict[str, pa.Table] = {}

    def table(self, name: str) -> pa.Table:
        """One table, as Arrow."""
        if name not in self._tables:
            self._tables[name] = disk.read_table(disk.latest(self.out) / f"{name}.parquet")
        return self._tables[name]

    def rows(self, name: str) -> list[dict]:
        """One table, as rows."""
        return self.table(name).to_pylist()

    def by_article(self, name: str) -> dict[str, dict]:
        """Rows of a table with one row an article, by its id."""
        return {row["article_id"]: row for row in self.rows(name)}

    @cached_property
    def lines(self) -> dict[tuple[str, int], str]:
        """Every paragraph as printed, by article and number."""
        return {(row["article_id"], row["paragraph"]): row["text"] for row in self.rows("paragraphs")}


def run(inputs: list[Path], out: Path, **settings) -> Snapshot:
    """Run the pipeline over the inputs."""
    steps.run(inputs, out, Config(**settings))
    return Snapshot(out)


def run_articles(folder: Path, *articles: dict, **settings) -> Snapshot:
    """Run the pipeline over articles given as rows; the id of one without is its number."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"id": str(number), **article} for number, article in enumerate(articles)]
    write_lines(folder / "articles.jsonl", rows)
    return run([folder / "articles.jsonl"], folder / "out", **settings)


def json_lines(path: Path) -> list[dict]:
    """Rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write_lines(path: Path, rows: list[dict]) -> Path:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def prose(seed: int, n_words: int = 40) -> str:
    """Some French words in sentences of ten; two seeds share no run of words to speak of."""
    source = random.Random(seed)
    words = [source.choice(_vocabulary()) for _ in range(n_words)]
    sentences = [words[at : at + 10] for at in range(0, n_words, 10)]
    return " ".join(" ".join([sentence[0].capitalize(), *sentence[1:]]) + "." for sentence in sentences)


@functools.cache
def _vocabulary() -> list[str]:
    listed = french.WORDS_FILE.read_text("utf-8").splitlines()[300:6_000]
    return [word for word in (line.split(",")[0] for line in listed) if len(word) > 3 and word.isalpha()]

"""What the trace of an article takes from all articles: the lines that outlets repeat, and who names agencies.

These are sums over an outlet's articles, worked out anew in every run from a few numbers an article or line. Where
they come out as they did, what is traced from them stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import run_begins
from dedup.pipeline.layout import Layout
from dedup.pipeline.parts import MEASURES
from dedup.pipeline.run import Run
from dedup.store import disk
from dedup.tracing import boilerplate, evidence, habits, sources

OF_ARTICLES = (
    "article_id",
    "outlet",
    "owner_group",
    "country",
    "published_at",
    "date_precision",
    "is_wire",
    "agency",
    "wire_id",
    "digest",
)
"""Columns of ARTICLES that are read of all articles."""


class Context(NamedTuple):
    """What is known of all articles that the tables show, in their order."""

    starts: np.ndarray
    """(articles + 1,) int64, first row of each article in PARAGRAPHS."""
    words: np.ndarray
    """(paragraphs,) int32, words of each paragraph."""
    set_apart: np.ndarray
    """(paragraphs,) bool, those that are no prose of their article."""
    apart: np.ndarray
    """(articles,) uint64, a number for the paragraphs of each that are set apart: another where others are."""
    outlet: np.ndarray
    """(articles,) int64, number of who published each one."""
    owner: np.ndarray
    """(articles,) int64, number of its owner."""
    low: np.ndarray
    """(articles,) int64, first second that its date can mean."""
    dated: np.ndarray
    """(articles,) bool."""
    turn: np.ndarray
    """(articles,) int64, place of each one in time, by the last second that its date can mean, ties by id."""
    is_wire: np.ndarray
    """(articles,) bool."""
    naming: np.ndarray
    """(articles,) float64, see ``habits.outlet_naming``."""
    article: np.ndarray
    """(articles,) uint64, digest of the id of a dispatch; 0 for others."""
    story: np.ndarray
    """(articles,) uint64, digest of the story that a dispatch was given with; 0 where none was."""

    @classmethod
    def load(cls, work: Path) -> Self:
        """What ``save`` kept."""
        return cls(**disk.load_arrays(work, "context", cls._fields))

    def save(self, work: Path) -> None:
        """Keep it in the work folder."""
        disk.save_arrays(work, "context", self._asdict())


def of_all(run: Run) -> tuple[Context, pa.Table]:
    """The context of a run, and BOILERPLATE."""
    articles, layout = run.shown(OF_ARTICLES), Layout(run)
    words, lines = _lines(run, layout)
    recurring = boilerplate.learn(articles, lines)
    set_apart = boilerplate.apart(lines, articles, recurring)
    corpus = sources.corpus(articles, layout.starts, words, set_apart)
    ids, story = (
        _digests(pc.if_else(pa.array(corpus.is_wire), articles[name], None)) for name in ("article_id", "wire_id")
    )
    naming = habits.in_steps(habits.outlet_naming(corpus, _named(run) & ~corpus.is_wire))
    context = Context(
        starts=layout.starts,
        words=words,
        set_apart=set_apart,
        apart=_numbers(set_apart, layout.starts),
        outlet=corpus.outlet,
        owner=corpus.owner,
        low=corpus.low,
        dated=corpus.dated,
        turn=np.argsort(np.argsort(corpus.high, kind="stable")),
        is_wire=corpus.is_wire,
        naming=naming,
        article=ids,
        story=story,
    )
    return context, recurring


def _named(run: Run) -> np.ndarray:
    """(articles,) bool, those that name an agency, in a credit or because somebody speaks to it."""
    named = np.zeros(len(run.view.rows), bool)
    parts = zip(
        run.view.homes,
        run.derived("status", ["credit_status"]),
        run.derived("credits", ["row", "kind", "paragraph"]),
        strict=True,
    )
    for home, status, credits in parts:
        of_part = pc.is_in(status["credit_status"], pa.array(schemas.NAMING)).to_numpy()
        of_part = of_part.copy()
        of_part[credits.filter(evidence.spoken(credits))["row"].to_numpy()] = True
        shown = home >= 0
        named[home[shown]] = of_part[shown]
    return named


def _lines(run: Run, layout: Layout) -> tuple[np.ndarray, boilerplate.Lines]:
    """Words of the lines of the articles that the tables show, (paragraphs,) int32, and what was measured of them."""
    rows, *columns = (np.concatenate(parts) for parts in zip(*_measures(run, layout), strict=True))
    order = np.argsort(rows)
    words, role, letters, characters, folded = (column[order] for column in columns)
    article = np.repeat(np.arange(len(layout.words)), np.diff(layout.starts))
    return words, boilerplate.Lines(article, role, letters, characters, folded, layout.lines)


def _measures(run: Run, layout: Layout) -> Iterator[list[np.ndarray]]:
    """For each part the rows of PARAGRAPHS that it holds, their words, and what was measured of them."""
    parts = zip(run.view.homes, run.derived("paragraphs", ["n_words"]), run.derived("lines"), strict=True)
    for home, counts, table in parts:
        row = table["row"].to_numpy()
        shown = home[row] >= 0
        # the paragraphs of an article stand together, in their order
        begins = run_begins(row)
        inside = np.arange(len(row)) - np.repeat(begins, np.diff(begins, append=len(row)))
        columns = (counts["n_words"], *(table[name] for name in MEASURES))
        yield [(layout.starts[home[row]] + inside)[shown], *(column.to_numpy()[shown] for column in columns)]


def _numbers(set_apart: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(articles,) uint64, a number for the places of each article's marked paragraphs; 0 without one."""
    numbers = np.zeros(len(starts) - 1, np.uint64)
    rows = np.flatnonzero(set_apart)
    article = np.searchsorted(starts, rows, "right") - 1
    np.add.at(numbers, article, boilerplate.mixed(rows - starts[article]))
    return numbers


def _digests(names: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """(rows,) uint64, digests of some names; 0 for null."""
    return np.array([0 if name is None else digest_of(name) for name in names.to_pylist()] or [], np.uint64)


def digest_of(name: str) -> int:
    """Digest of a name, 64 bits, not 0."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") or 1

"""The steps that make parts of the store from an articles part alone: paragraphs, words, credits.

Each is a unit of work, a function of the run and the name of an articles part that writes files which never change and
returns their names and bytes (``Made``). ``Run.each`` calls it for the parts, here or on the workers of a cluster; the
step alone adds what was made to the state.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import readable
from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.credits.scars import find_scars
from dedup.credits.status import credit_status
from dedup.pipeline.run import Made, Run
from dedup.store import disk
from dedup.text import segment, words
from dedup.tracing import boilerplate


def cut(run: Run) -> dict[str, int]:
    """Parts of ARTICLES -> parts of PARAGRAPHS, HASHES and LINES, each with the row of its article in its part."""
    run.make(cut_part, sorted({part for kind in ("paragraphs", "hashes", "lines") for part in run.missing(kind)}))
    counts = [table["n_words"] for table in run.derived("paragraphs", ["n_words"])]
    return {"paragraphs": sum(map(len, counts)), "words": sum(pc.sum(count).as_py() or 0 for count in counts)}


def cut_part(run: Run, part: str) -> Made:
    """One part of ARTICLES -> PARAGRAPHS (kept ones are taken as they are), HASHES and LINES."""
    kept = part not in run.missing("paragraphs")
    paragraphs = disk.read_table(run.derived_file("paragraphs", part)) if kept else _paragraphs(run.articles_part(part))
    cut = words.read_words(paragraphs, run.config)
    hashes = pa.table({"row": paragraphs["row"], "hash": cut["hash"]}).filter(pa.array(readable(paragraphs)))
    made = {} if kept else run.write("paragraphs", part, words.with_counts(paragraphs, cut))
    measured = boilerplate.measured(paragraphs["role"], paragraphs["text"])
    lines = pa.table({"row": paragraphs["row"], **dict(zip(MEASURES, measured, strict=True))})
    return {**made, **run.write("hashes", part, hashes), **run.write("lines", part, lines)}


MEASURES = ("role", "letters", "characters", "folded")
"""Columns of LINES besides the row: what ``boilerplate.Lines`` has of each paragraph."""


def _paragraphs(articles: pa.Table) -> pa.Table:
    """PARAGRAPHS without counts, and the row of each one's article."""
    paragraphs = segment.segment(articles)
    return paragraphs.append_column("row", _row_of(paragraphs, articles))


def credit(run: Run) -> dict[str, int]:
    """Parts of ARTICLES, PARAGRAPHS -> CREDITS, the status of each article and its scars."""
    run.make(credit_part, sorted({*run.missing("credits"), *run.missing("status")}))
    rows = zip(run.view.homes, run.derived("credits", ["row"]), strict=True)
    return {"credits": sum(int(np.count_nonzero(home[part["row"].to_numpy()] >= 0)) for home, part in rows)}


def credits_of(run: Run) -> pa.Table:
    """CREDITS of the articles that a run shows, in their order."""
    found, article = [schemas.CREDITS.empty_table()], [np.zeros(0, np.int64)]
    for file, home in zip(run.derived_files("credits"), run.view.homes, strict=True):
        if (home >= 0).any():
            part = disk.read_table(file)
            of_part = home[part["row"].to_numpy()]
            found.append(part.filter(pa.array(of_part >= 0)).select(schemas.CREDITS.names).cast(schemas.CREDITS))
            article.append(of_part[of_part >= 0])
    return pa.concat_tables(found).take(pa.array(np.argsort(np.concatenate(article), kind="stable")))


def status_of(run: Run) -> pa.Table:
    """The status and the scars of the articles that a run shows, in their order."""
    found: list[pa.Table] = []
    article = [np.zeros(0, np.int64)]
    for file, home in zip(run.derived_files("status"), run.view.homes, strict=True):
        inside = np.flatnonzero(home >= 0)
        if len(inside) or not found:
            found.append(disk.read_table(file).take(pa.array(inside)))
            article.append(home[inside])
    return pa.concat_tables(found).take(pa.array(np.argsort(np.concatenate(article)))).combine_chunks()


def credit_part(run: Run, part: str) -> Made:
    """One part of ARTICLES and its PARAGRAPHS -> CREDITS, the status of each article and its scars."""
    rules = load_rules(run.config.rules_file)
    articles = run.articles_part(part)
    paragraphs = disk.read_table(run.derived_file("paragraphs", part)).drop_columns(["row"])
    found = find_credits(articles, paragraphs, rules)
    status = credit_status(articles, found, rules).append_column("scars", find_scars(articles, paragraphs, rules))
    credits = found.append_column("row", _row_of(found, articles))
    return {**run.write("status", part, status), **run.write("credits", part, credits)}


def _row_of(table: pa.Table, articles: pa.Table) -> pa.ChunkedArray:
    """(rows,) uint32, the row of each one's article in its part."""
    return pc.index_in(table["article_id"], value_set=articles["article_id"].combine_chunks()).cast(pa.uint32())

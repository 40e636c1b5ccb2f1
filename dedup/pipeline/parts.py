"""The steps that make parts of the store from an articles part alone: paragraphs, words, credits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import readable
from dedup.config import Config
from dedup.credits.mentions import find_credits
from dedup.credits.rules import Rules, load_rules
from dedup.credits.scars import find_scars
from dedup.credits.status import credit_status
from dedup.pipeline.run import Run
from dedup.store import disk
from dedup.text import segment, words


def cut(run: Run) -> dict[str, int]:
    """Parts of ARTICLES -> parts of PARAGRAPHS and HASHES, each with the row of its article in its part."""
    missing = {kind: run.missing(kind) for kind in ("paragraphs", "hashes")}
    for part in sorted({*missing["paragraphs"], *missing["hashes"]}):
        if part in missing["paragraphs"]:
            articles = run.articles_part(part)
            paragraphs = segment.segment(articles)
            row = pc.index_in(paragraphs["article_id"], value_set=articles["article_id"].combine_chunks())
            paragraphs = paragraphs.append_column("row", row.cast(pa.uint32()))
        else:
            paragraphs = disk.read_table(run.derived_file("paragraphs", part))
        cut = words.read_words(paragraphs, run.config)
        if part in missing["paragraphs"]:
            run.keep("paragraphs", part, words.with_counts(paragraphs, cut))
        if part in missing["hashes"]:
            hashes = pa.table({"row": paragraphs["row"], "hash": cut["hash"]})
            run.keep("hashes", part, hashes.filter(pa.array(readable(paragraphs))))
    counts = [table["n_words"] for table in run.derived("paragraphs", ["n_words"])]
    return {"paragraphs": sum(map(len, counts)), "words": sum(pc.sum(count).as_py() or 0 for count in counts)}


def _with_rules(parts: list[str], config: Config) -> Iterator[tuple[str, Rules]]:
    """Each part with the rules, which are not read where there is no part."""
    if parts:
        rules = load_rules(config.rules_file)
        yield from ((part, rules) for part in parts)


def credit(run: Run) -> dict[str, int]:
    """Parts of ARTICLES, PARAGRAPHS -> CREDITS, the status of each article and its scars."""
    missing = {kind: run.missing(kind) for kind in ("credits", "status")}
    for part, rules in _with_rules(sorted({*missing["credits"], *missing["status"]}), run.config):
        articles = run.articles_part(part)
        paragraphs = disk.read_table(run.derived_file("paragraphs", part)).drop_columns(["row"])
        found = find_credits(articles, paragraphs, rules)
        if part in missing["status"]:
            status = credit_status(articles, found, rules)
            scars = find_scars(articles, paragraphs, rules)
            run.keep("status", part, status.append_column("scars", scars))
        if part in missing["credits"]:
            row = pc.index_in(found["article_id"], value_set=articles["article_id"].combine_chunks())
            run.keep("credits", part, found.append_column("row", row.cast(pa.uint32())))
    credits = pa.concat_tables(
        [
            part.set_column(part.num_columns - 1, "row", pa.array(home[part["row"].to_numpy()]))
            for part, home in zip(run.derived("credits"), run.view.homes, strict=True)
        ]
    )
    credits = credits.filter(pc.greater_equal(credits["row"], 0))
    credits = credits.take(pa.array(np.argsort(credits["row"].to_numpy(), kind="stable"))).drop_columns(["row"])
    disk.write_table(run.work / "credits.parquet", credits, schemas.TABLES["credits"])
    status = pa.concat_tables(run.derived("status")).take(pa.array(run.view.rows))
    disk.write_part(run.work, "status", 0, status.combine_chunks())
    return {"credits": credits.num_rows}

"""Articles that are taken down: out of the store, of every table and of the index, and never read again.

A takedown or a request for erasure names ids. Their rows, texts and what was made of them go with the next state of
the store; a tombstone (the id and the day) stays in its manifest, and what comes with such an id goes to REJECTS. The
tables are those of a run that never saw the articles. Older snapshots hold the texts too, so a run that removes keeps
none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.pipeline.run import write
from dedup.store import disk, holdings


class UnknownArticle(Exception):
    """An id that is to be removed and is not there."""


def without(state: holdings.State, home: Path, run_id: str, ids: Sequence[str]) -> holdings.State:
    """The state without some articles, all their versions, and with their tombstones.

    An articles part that held one gets another name, so that what was made of it is made anew without it. An id that
    the store does not hold is an error, as it may be a slip; one that was removed before is not.
    """
    if not ids:
        return state
    wanted, found, articles = pa.array(ids, pa.string()), set(), {}
    for number, (name, size) in enumerate(state.articles.items()):
        here = pc.is_in(holdings.read_articles(home / name, ["article_id"])["article_id"], value_set=wanted)
        if not pc.any(here).as_py():
            articles[name] = size
            continue
        rows = holdings.read_articles(home / name)
        found |= set(rows["article_id"].filter(here).to_pylist())
        if (left := rows.filter(pc.invert(here))).num_rows:
            name = f"articles-{run_id}-without{number:05d}.parquet"
            articles[name] = write(home / name, left, holdings.KEPT)
    if unknown := [name for name in ids if name not in found and name not in state.removed]:
        raise UnknownArticle(f"the store holds no article {', '.join(unknown)}: nothing was removed")
    if not articles:
        raise UnknownArticle(f"no article would be left: remove {home.parent} itself")
    today = datetime.now(UTC).date().isoformat()
    return state._replace(articles=articles, removed={**dict.fromkeys(sorted(found), today), **state.removed})


def refused(articles: pa.Table, removed: Mapping[str, str]) -> tuple[pa.Table, pa.Table]:
    """Articles as they are read -> those that may be kept, and REJECTS of those that were taken down."""
    here = pc.is_in(articles["article_id"], value_set=pa.array(list(removed), pa.string()))
    facts = articles.filter(here).select(["file", "position", "article_id"]).to_pylist() if removed else []
    rejects = [
        {
            **fact,
            "kept": False,
            "reason": f"removed on {removed[fact['article_id']]} with `dedup remove`: an article with this id is not "
            "read again",
        }
        for fact in facts
    ]
    kept = articles.filter(pc.invert(here)) if facts else articles
    return kept, pa.Table.from_pylist(rejects, schema=schemas.REJECTS)


def forget(out: Path) -> None:
    """Remove the index of ``dedup check``, which holds lines of texts: the next look-up makes it anew."""
    disk.remove_files(out / "index", lambda name: True)

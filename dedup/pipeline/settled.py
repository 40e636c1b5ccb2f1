"""Days that are settled, and what comes late for one.

Whatever arrives, the tables are those of one run over all articles: a late article reopens its day, at the cost of the
files that its story is in. Who has used the figures of a settled day learns from the manifest that they may have moved.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.pipeline.filing import newest_of
from dedup.pipeline.run import Run
from dedup.store.snapshot import Snapshot

COLUMNS = ["article_id", "digest", "published_at"]
"""Columns of ARTICLES that are compared."""


def reopened(run: Run) -> dict[str, int]:
    """UTC days that were settled in the snapshot before -> articles of each that came, changed or went with this run.

    A day is settled when it is ``settle_days`` before the newest day of that snapshot. A new version counts on the day
    of either version, an article without a day on none.
    """
    if run.config.settle_days is None or run.before is None:
        return {}
    then, now = (of.table("articles", COLUMNS) for of in (run.before, Snapshot(run.work)))
    newest = newest_of(then["published_at"]).astype("M8[D]")
    days: Counter[str] = Counter()
    for some, others in ((now, then), (then, now)):
        days |= Counter(_days(some.filter(pc.invert(pc.is_in(_keys(some), value_set=_keys(others))))))
    last = str(newest - np.timedelta64(run.config.settle_days, "D"))
    return {day: count for day, count in sorted(days.items()) if day <= last}


def _keys(articles: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(articles["article_id"], articles["digest"], "\x1f")


def _days(articles: pa.Table) -> list[str]:
    return [time.date().isoformat() for time in articles["published_at"].drop_null().to_pylist()]

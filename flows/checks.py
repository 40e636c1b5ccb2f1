"""Checks of a run's data: what makes a run fail though its snapshot stands, and what to do about rejected input.

A failed check is seen on the run page and by automations; the tables are published all the same, as with
``dedup run --strict``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from dedup.store.snapshot import Snapshot
from dedup.surfaces.cli.words import count

MOST_ROWS = 200
"""Rows of the artifact with the rejects; the table has all of them."""

REMEDIES = (
    (
        r"not JSON|not a JSON object",
        "write one JSON object a line; a line that is still being written is read next time",
    ),
    (r"UTF-8|UTF-16|damaged letters|read as ", "save the file as UTF-8"),
    (r"text is missing|no text|no column|expected .*text", "name the column of the text `text` or `body`"),
    (r"duplicate id", "give every article an id of its own, or leave the ids out"),
    (r"date", "write dates as 2025-03-12T14:15:00+01:00"),
    (r"compressed|cannot be read", "copy the file again"),
    (r"is empty|no article", "leave the file out, or export it again"),
    (r"", "see the line named by `position` in table `rejects`"),
)
"""What to do, by a pattern of the reason; the first that fits."""


class Checks(BaseModel):
    """What makes a run fail though its tables are published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strict: bool = Field(False, description="fail when anything of the input was rejected")
    max_reject_share: float | None = Field(
        None, ge=0, le=1, description="fail when more than this share of the new articles was rejected, 0 to 1"
    )
    freshness_hours: float | None = Field(
        None, gt=0, description="fail when the newest article is older than this, in hours"
    )


def faults(checks: Checks, snapshot: Path, rejects: int, new_articles: int, now: datetime) -> list[str]:
    """The checks that fail, each in a sentence; none when all hold. ``now`` has a time zone."""
    found = []
    if checks.strict and rejects:
        found.append(f"{count(rejects, 'fault')} in the input (strict)")
    taken = new_articles + rejects
    if checks.max_reject_share is not None and taken and rejects / taken > checks.max_reject_share:
        found.append(
            f"{rejects:,} of {taken:,} new articles were rejected, more than the share of {checks.max_reject_share}"
        )
    if checks.freshness_hours is not None:
        newest = _newest(snapshot)
        if newest is None:
            found.append("no article has a date, so that nobody knows how fresh they are")
        elif (hours := (now - newest).total_seconds() / 3600) > checks.freshness_hours:
            found.append(f"the newest article is {hours:.1f} hours old, more than {checks.freshness_hours:g}")
    return found


def reject_rows(rejects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of table REJECTS -> one row a file and reason: how many, and the remedy; the most frequent first."""
    counted = Counter((row["file"] or "", row["reason"] or "") for row in rejects)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"file": file, "how many": number, "reason": reason, "remedy": remedy(reason)}
        for (file, reason), number in ordered[:MOST_ROWS]
    ]


def remedy(reason: str) -> str:
    """What to do about a fault of the input."""
    return next(what for pattern, what in REMEDIES if re.search(pattern, reason))


def _newest(snapshot: Path) -> datetime | None:
    """The latest known time of an article, in UTC."""
    dates = Snapshot(snapshot).table("articles", ["published_at"])["published_at"]
    newest: datetime | None = pc.max(dates).as_py()
    return newest

"""A second flow, on a schedule of its own: feeds of newspapers -> the inbox that the provenance flow reads.

It runs more often than provenance, because feeds forget; the two meet in a folder only. A page that was fetched is
not fetched again, the raw answers stay as a web archive in ``.raw/`` of the inbox (``dedup run inbox/.raw`` reads them
again), and a feed that cannot be had loses no other.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed
from pydantic import Field

from dedup.surfaces.fetch import Fetched, fetch, read_opml

MOST_ROWS = 200
"""Rows of the artifact with what could not be fetched."""


@flow(name="collect", description="Fetch what is new in feeds into an inbox.", retries=1, retry_delay_seconds=60)
def collect(
    feeds: Annotated[list[str], Field(min_length=1)],
    inbox: str = "inbox",
    allow_private: bool = False,
) -> Any:
    """Fetch what is new in feeds into an inbox.

    Args:
        feeds: addresses of RSS or Atom feeds, and OPML files of such
        inbox: folder that the provenance flow reads
        allow_private: advanced: follow feeds and redirects into private networks
    """
    log = get_run_logger()
    addresses = addresses_of(feeds)
    got = fetch((), inbox, feeds=addresses, allow_private=allow_private)
    for url, reason in got.faults:
        log.warning("%s: %s", url, reason)
    if got.faults:
        rows = [{"address": url, "reason": reason} for url, reason in got.faults[:MOST_ROWS]]
        create_table_artifact(rows, key="collect-faults", description="Pages and feeds that could not be had")
    failed, line = verdict(got, addresses)
    return Failed(message=line) if failed else Completed(message=line)


def addresses_of(feeds: list[str]) -> list[str]:
    """The feeds, those that OPML files list among them, each once."""
    found: list[str] = []
    for name in feeds:
        found += [name] if "://" in name else read_opml(Path(name))
    return list(dict.fromkeys(found))


def verdict(got: Fetched, feeds: list[str]) -> tuple[bool, str]:
    """Whether the run failed, because no feed at all could be had, and the line that says what came."""
    refused = {url for url, _ in got.faults}
    lost = [feed for feed in feeds if feed in refused]
    line = f"{got.articles:,} new articles from {len(feeds) - len(lost):,} of {len(feeds):,} feeds"
    if got.faults:
        ((reason, count),) = Counter(reason for _, reason in got.faults).most_common(1)
        line += f"; {len(got.faults):,} addresses could not be had, most often ({count:,}): {reason}"
    return len(lost) == len(feeds), line

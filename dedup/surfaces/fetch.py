"""Addresses and feeds -> JSON lines for an inbox: the only part of dedup that goes to the network, when asked to.

Every page is written as it comes: one that cannot be had, or a fetch that is killed, never loses the others. The raw
answers stand beside them in a web archive (``.raw/`` of the inbox), so that they can be read again.
"""

from __future__ import annotations

import gzip
import json
import os
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urljoin, urlsplit

from dedup.intake.encodings import decode
from dedup.intake.feeds import entry_row, parse_feed
from dedup.intake.pages import charset, page_rows
from dedup.intake.records import Fault, Unreadable
from dedup.intake.xmls import every, parsed
from dedup.store.locks import alive
from dedup.surfaces.polite import Answer, Client, FetchError

HOSTS = 8
"""Hosts that are asked at the same time, each for one page."""


class Fetched(NamedTuple):
    """What became of the addresses."""

    path: Path | None
    """The file of JSON lines; None when no page was an article."""
    articles: int
    faults: list[tuple[str, str]]
    """Address and reason of what was passed over."""
    unchanged: int = 0
    """Pages and feeds that had not changed since they were fetched before."""


class Entry(NamedTuple):
    """A page to fetch, and what a feed says of it."""

    url: str
    title: str | None = None
    published_at: str | None = None


def fetch(
    urls: Iterable[str],
    inbox: Path | str,
    feed: str | None = None,
    outlet: str | None = None,
    progress: Callable[[str], None] | None = None,
    feeds: Iterable[str] = (),
    allow_private: bool = False,
) -> Fetched:
    """Fetch pages, and those that RSS or Atom feeds name, into a new file ``fetched-<time>.jsonl`` of ``inbox``.

    The outlet is that of the address (the shipped list knows it) unless one is given. The date is the page's own, else
    the feed's.
    """
    urls, feeds = list(urls), [*([feed] if feed else []), *feeds]
    client = Client({*urls, *feeds}, allow_private)
    with _Inbox(Path(inbox)) as kept:
        entries = [Entry(url) for url in urls]
        for address in feeds:
            try:
                entries += _entries(client, kept, address)
            except FetchError as error:
                kept.fault(address, str(error))
        distinct: dict[str, Entry] = {}
        for entry in entries:
            distinct.setdefault(entry.url, entry)
        by_host: dict[str, list[Entry]] = defaultdict(list)
        for entry in distinct.values():
            by_host[_host(entry.url)].append(entry)

        def take(pages: list[Entry]) -> None:
            for entry in pages:
                if progress:
                    progress(entry.url)
                try:
                    _take(client, kept, entry, outlet)
                except (FetchError, Unreadable) as error:
                    kept.fault(entry.url, str(error))
                except Exception as error:  # one page's fault is reported, and the others are fetched
                    kept.fault(entry.url, f"{type(error).__name__}: {error}")

        with ThreadPoolExecutor(HOSTS) as pool:
            list(pool.map(take, by_host.values()))
    return kept.fetched()


def read_opml(path: Path | str) -> list[str]:
    """The addresses of the feeds in an OPML file, in its order."""
    try:
        root = parsed(Path(path).read_bytes())
    except Unreadable as error:
        raise FetchError(f"{path}: {error}") from error
    found = [node.get("xmlUrl").strip() for node in every(root, "outline") if (node.get("xmlUrl") or "").strip()]
    if not found:
        raise FetchError(f"{path}: no feed in it; expected OPML with outline elements that have an xmlUrl")
    return list(dict.fromkeys(found))


def read_feed(content: bytes, base: str) -> list[Entry]:
    """Entries of an RSS or Atom feed, in its order."""
    try:
        feed = parse_feed(content)
    except Unreadable as error:
        raise FetchError(str(error)) from error
    found = []
    for entry in feed.entries:
        row = entry_row(entry)
        if row.get("url"):
            try:
                address = urljoin(base, row["url"].strip())
            except ValueError:
                address = row["url"]
            found.append(Entry(address, row["title"] or None, row["published_at"]))
    if not found:
        raise FetchError("no feed: neither items nor entries with a link in it")
    return found


# Private


def _entries(client: Client, kept: _Inbox, address: str) -> list[Entry]:
    answer = client.get(address, kept.validators(address))
    if answer.status == 304:
        kept.unchanged += 1
        return []
    kept.keep_raw(answer)
    entries = read_feed(answer.content, answer.url)
    kept.remember(address, answer)
    return [entry for entry in entries if not kept.has(entry.url)]


def _take(client: Client, kept: _Inbox, entry: Entry, outlet: str | None) -> None:
    answer = client.get(entry.url, kept.validators(entry.url))
    if answer.status == 304:
        kept.unchanged += 1
        return
    kept.keep_raw(answer)
    kind = answer.headers.get("content-type", "text/html").lower()
    if "html" not in kind and "xml" not in kind and "text/plain" not in kind:
        raise FetchError(f"no page but {kind.split(';')[0]}")
    html, _ = decode(answer.content, answer.charset or charset(answer.content))
    reasons = []
    for _, row in page_rows(html, answer.url):
        if isinstance(row, Fault):
            reasons.append(row.reason)
            continue
        facts = {
            **row,
            "title": entry.title or row.get("title"),
            "published_at": row.get("published_at") or entry.published_at,
            "outlet": outlet,
            "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        kept.add({name: value for name, value in facts.items() if value is not None})
    if reasons:
        raise FetchError("; ".join(reasons))
    kept.remember(entry.url, answer)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url


class _Inbox:
    """What a fetch leaves: rows and raw answers as they come, and what it knows of each address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"fetched-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        self._lock = threading.Lock()
        self._rows: Any = None
        self._raw: Any = None
        self._state_file = folder / ".fetched.json"
        self._state: dict[str, dict[str, str]] = {}
        self._faults: list[tuple[str, str]] = []
        self._articles = 0
        self.unchanged = 0

    def __enter__(self) -> Self:
        _recover(self._folder)
        try:
            self._state = json.loads(self._state_file.read_text("utf-8"))
        except (OSError, ValueError):
            self._state = {}
        return self

    def __exit__(self, *exception: object) -> None:
        for file in (self._rows, self._raw):
            if file is not None:
                file.close()
        if self._rows is not None:
            self._partial.replace(self.path)
        if self._folder.is_dir() and (self._articles or self._state):
            waiting = self._state_file.with_suffix(".new")
            waiting.write_text(json.dumps(self._state), "utf-8")
            waiting.replace(self._state_file)

    @property
    def path(self) -> Path:
        return self._folder / f"{self._name}.jsonl"

    @property
    def _partial(self) -> Path:
        return self._folder / f".{self._name}.{os.getpid()}.jsonl"  # a run passes over names that begin with a dot

    def add(self, row: dict[str, Any]) -> None:
        with self._lock:
            if self._rows is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._rows = self._partial.open("w", encoding="utf-8")
            self._rows.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            self._rows.flush()
            self._articles += 1

    def keep_raw(self, answer: Answer) -> None:
        """The answer as a record of a web archive, packed by itself."""
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items()
                       if name not in ("content-encoding", "content-length", "transfer-encoding"))  # fmt: skip
        http = f"HTTP/1.1 {answer.status} OK\r\n{head}Content-Length: {len(answer.content)}\r\n\r\n".encode()
        body = http + answer.content
        record = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {answer.url}\r\n"
            f"WARC-Date: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\r\nWARC-Record-ID: <urn:uuid:{uuid.uuid4()}>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        with self._lock:
            if self._raw is None:
                (self._folder / ".raw").mkdir(parents=True, exist_ok=True)
                self._raw = (self._folder / ".raw" / f"{self._name}.warc.gz").open("wb")
            self._raw.write(gzip.compress(record + b"\r\n\r\n"))
            self._raw.flush()

    def fault(self, url: str, reason: str) -> None:
        with self._lock:
            self._faults.append((url, reason))

    def has(self, url: str) -> bool:
        """Whether a page was fetched before and gave nothing to ask by: it is not fetched again for a feed."""
        return url in self._state and not self.validators(url)

    def validators(self, url: str) -> dict[str, str]:
        return {name: value for name, value in self._state.get(url, {}).items() if name in ("etag", "modified")}

    def remember(self, url: str, answer: Answer) -> None:
        known = {"etag": answer.headers.get("etag"), "modified": answer.headers.get("last-modified")}
        with self._lock:
            self._state[url] = {name: value for name, value in known.items() if value}

    def fetched(self) -> Fetched:
        path = self.path if self._articles else None
        return Fetched(path, self._articles, sorted(self._faults), self.unchanged)


def _recover(folder: Path) -> None:
    """Pages of a fetch that was killed come into the inbox; a line that it did not end is cut."""
    for file in folder.glob(".fetched-*.jsonl"):
        pid = file.name.split(".")[-2]
        if pid.isdigit() and not alive(int(pid)):
            content = file.read_bytes()
            file.write_bytes(content[: content.rfind(b"\n") + 1])
            file.replace(folder / f"{file.name.removeprefix('.').split('.')[0]}.jsonl")

"""Addresses or one feed -> JSON lines for an inbox: the only part of dedup that goes to the network, when asked to.

Pages are read politely: ``robots.txt`` is obeyed, one request at a time with a pause between two of one host, no more
than a few megabytes of each, and only http and https. What cannot be fetched is told and passed over.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import urllib.robotparser
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from dedup import __version__
from dedup.intake.encodings import decode
from dedup.intake.pages import charset, read_page

AGENT = f"dedup/{__version__} (research on the reuse of agency copy)"

LIMIT = 5_000_000
"""Bytes of the longest page or feed."""

TIMEOUT = 20
"""Seconds that a server may take for an answer."""

PAUSE = 1.0
"""Seconds between two requests to one host."""

LEAST_WORDS = 20
"""Words of the shortest page that is taken for an article."""


class FetchError(Exception):
    """A page that is not fetched; the message says why."""


class Fetched(NamedTuple):
    """What became of the addresses."""

    path: Path | None
    """The file of JSON lines; None when no page was an article."""
    articles: int
    faults: list[tuple[str, str]]
    """Address and reason of what was passed over."""


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
) -> Fetched:
    """Fetch pages, and those that one RSS or Atom feed names, into a new file ``fetched-<time>.jsonl`` of ``inbox``.

    The outlet is that of the address (the shipped list knows it) unless one is given. The date is the feed's; a
    page's own is read by the run, from what it prints.
    """
    reader, faults, rows = _Reader(), [], []
    entries = [Entry(url) for url in urls]
    if feed is not None:
        try:
            entries += read_feed(reader.get(feed), feed)
        except FetchError as error:
            faults.append((feed, str(error)))
    for entry in dict.fromkeys(entries):
        if progress:
            progress(entry.url)
        try:
            content = reader.get(entry.url)
            page = read_page(decode(content, charset(content))[0], entry.url)
            if len(page.text.split()) < LEAST_WORDS:
                raise FetchError(f"fewer than {LEAST_WORDS} words of article on the page")
        except FetchError as error:
            faults.append((entry.url, str(error)))
            continue
        row = {
            "url": entry.url,
            "title": entry.title or page.title,
            "text": page.text,
            "outlet": outlet,
            "published_at": entry.published_at,
            "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        rows.append({name: value for name, value in row.items() if value is not None})
    if not rows:
        return Fetched(None, 0, faults)
    inbox = Path(inbox)
    inbox.mkdir(parents=True, exist_ok=True)
    path = inbox / f"fetched-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.jsonl"
    partial = inbox / f".{path.name}"  # a run passes over names that begin with a dot
    partial.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    partial.replace(path)
    return Fetched(path, len(rows), faults)


def read_feed(content: bytes, base: str) -> list[Entry]:
    """Entries of an RSS 2.0, RSS 1.0 or Atom feed, in its order."""
    if b"<!DOCTYPE" in content[:4096].upper() or b"<!ENTITY" in content.upper():
        raise FetchError("a feed with a document type is not read: it may hold entities without end")
    try:
        root = ET.fromstring(content)
    except ET.ParseError as error:
        raise FetchError(f"no feed: {error}") from error
    found = []
    for node in root.iter():
        if _name(node) in ("item", "entry"):
            told = {_name(child): child for child in reversed(node)}
            link = told.get("link")
            address = None if link is None else link.get("href") or link.text
            dates = (told[name].text for name in ("pubDate", "published", "date", "updated") if name in told)
            moment = next(dates, None)
            title = None if "title" not in told else " ".join("".join(told["title"].itertext()).split())
            if address and address.strip():
                found.append(Entry(urljoin(base, address.strip()), title or None, moment and moment.strip()))
    if not found:
        raise FetchError("no feed: neither items nor entries in it")
    return found


# Private


def _name(node: ET.Element) -> str:
    return node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""


class _Reader:
    """Requests, one at a time, with the rules of each host."""

    def __init__(self) -> None:
        self._rules: dict[str, urllib.robotparser.RobotFileParser] = {}
        self._asked: dict[str, float] = {}
        self._opener = urllib.request.build_opener(_Redirects(self))

    def get(self, url: str) -> bytes:
        """The content of a page; FetchError when it may not or cannot be had."""
        self.allow(url)
        return self._read(url)

    def allow(self, url: str) -> None:
        """FetchError when the address is none of the web, or its host does not want it to be fetched."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise FetchError("only addresses that begin with http:// or https:// are fetched")
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            rules = self._rules[host] = urllib.robotparser.RobotFileParser()
            rules.allow_all = True  # while its own address is asked for
            try:
                content = self._read(f"{host}/robots.txt").decode("utf-8", "replace")
                rules.allow_all = False
                rules.parse(content.splitlines())
            except _Refused as error:
                rules.disallow_all = error.status in (401, 403) or error.status >= 500
            except FetchError:
                rules.disallow_all = True
        if not self._rules[host].can_fetch(AGENT, url):
            raise FetchError("its robots.txt does not allow it (or cannot be read)")

    def _read(self, url: str) -> bytes:
        host = urlsplit(url).netloc
        time.sleep(max(0.0, self._asked.get(host, float("-inf")) + PAUSE - time.monotonic()))
        request = urllib.request.Request(url, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"})
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                content = response.read(LIMIT + 1)
        except urllib.error.HTTPError as error:
            raise _Refused(error.code) from error
        except (OSError, ValueError) as error:
            raise FetchError(f"{getattr(error, 'reason', None) or error}") from error
        finally:
            self._asked[host] = time.monotonic()
        if len(content) > LIMIT:
            raise FetchError(f"longer than {LIMIT:,} bytes")
        return content


class _Refused(FetchError):
    """An answer that is no page."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answers {status}")
        self.status = status


class _Redirects(urllib.request.HTTPRedirectHandler):
    """An address that leads to an other one leads there only if that one may be fetched too."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def redirect_request(self, request, file, code, message, headers, url):
        if not url.endswith("/robots.txt"):
            self._reader.allow(url)
        return super().redirect_request(request, file, code, message, headers, url)

"""A polite and careful client of the web: what may be asked, how often, how long, and from whom.

``robots.txt`` is obeyed; two requests to one host are a pause apart; an answer has a limit of bytes and one of
seconds, headers included; redirects are followed one by one, each allowed anew. Addresses inside private networks
are reached only when the user named the host: a feed or a redirect of a stranger never leads there.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
import urllib.robotparser
from collections import defaultdict
from collections.abc import Collection
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from dedup import __version__

AGENT = f"dedup/{__version__} (research on the reuse of agency copy)"

LIMIT = 5_000_000
"""Bytes of the longest page or feed."""

TIMEOUT = 20.0
"""Seconds that a server may be silent."""

DEADLINE = 60.0
"""Seconds that one answer may take in all."""

PAUSE = 1.0
"""Seconds between two requests to one host."""

REDIRECTS = 5
TRIES = 3
"""How often an address is asked for while its server says "later"."""

PATIENCE = 60.0
"""Longest wait, in seconds, that a server's Retry-After is granted; a longer one is a fault that names it."""


class FetchError(Exception):
    """A page that is not fetched; the message says why."""


class Answer(NamedTuple):
    """What a server gave."""

    url: str
    """Where it came from, after redirects."""
    status: int
    """200, or 304 when nothing has changed since it was fetched before."""
    headers: httpx.Headers
    content: bytes

    @property
    def charset(self) -> str | None:
        """The encoding that the server declares."""
        _, _, declared = self.headers.get("content-type", "").lower().partition("charset=")
        return declared.split(";")[0].strip(" \"'") or None


class Client:
    """Requests to many hosts, one at a time to each; safe in threads."""

    def __init__(self, named: Collection[str] = frozenset(), allow_private: bool = False) -> None:
        """``named`` are the hosts (with their ports) that the user named: these may be private."""
        self._gate = _Gate({_host_of(url) for url in named}, allow_private)
        transport = httpx.HTTPTransport(retries=0)
        transport._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=self._gate)
        self._client = httpx.Client(
            transport=transport, timeout=TIMEOUT, headers={"User-Agent": AGENT, "Accept-Encoding": "gzip"}
        )
        self._rules: dict[str, urllib.robotparser.RobotFileParser] = {}
        self._asked: dict[str, float] = {}
        self._turns: dict[str, Any] = defaultdict(threading.Lock)

    def get(self, url: str, known: dict[str, str] | None = None) -> Answer:
        """The answer at an address; ``known`` are its validators of last time. FetchError says why there is none."""
        for _ in range(REDIRECTS + 1):
            self._allow(url)
            answer = self._ask(url, known or {})
            if answer.status not in (301, 302, 303, 307, 308):
                break
            target = answer.headers.get("location", "")
            try:
                url = urljoin(url, target)
            except ValueError as error:
                raise FetchError(f"a redirect to no address: {target!r}") from error
        else:
            raise FetchError(f"more than {REDIRECTS} redirects")
        if answer.status not in (200, 304):
            raise FetchError(f"the server answers {answer.status}")
        return answer

    def _allow(self, url: str) -> None:
        """FetchError when the address is none of the web, or its host does not want it to be fetched."""
        parts = _parts(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            rules = urllib.robotparser.RobotFileParser()
            try:
                answer = self._ask(f"{host}/robots.txt", {})
                if answer.status in (301, 302, 307, 308):
                    answer = self._ask(urljoin(f"{host}/", answer.headers.get("location", "")), {})
                if answer.status == 200:
                    rules.parse(answer.content.decode("utf-8", "replace").splitlines()[:10_000])
                elif answer.status in (401, 403, 429) or answer.status >= 500:
                    rules.parse(["User-agent: *", "Disallow: /"])
                else:
                    rules.parse([])
            except (FetchError, ValueError) as error:
                raise FetchError(f"its robots.txt cannot be read: {error}") from error
            self._rules[host] = rules
        if not self._rules[host].can_fetch(AGENT, url):
            raise FetchError("its robots.txt does not allow it (or cannot be read)")

    def _ask(self, url: str, known: dict[str, str]) -> Answer:
        host = _parts(url).netloc
        with self._turns[host]:
            for attempt in range(TRIES):
                time.sleep(max(0.0, self._asked.get(host, float("-inf")) + PAUSE - time.monotonic()))
                answer = self._once(url, host, known)
                if answer.status not in (429, 503) or attempt == TRIES - 1:
                    return answer
                wait = _retry_after(answer.headers.get("retry-after")) or PAUSE * 4**attempt
                if wait > PATIENCE:
                    raise FetchError(f"the server answers {answer.status}: come again in {wait:.0f} s")
                time.sleep(wait)
        raise AssertionError("unreachable")

    def _once(self, url: str, host: str, known: dict[str, str]) -> Answer:
        headers = {}
        if known.get("etag"):
            headers["If-None-Match"] = known["etag"]
        if known.get("modified"):
            headers["If-Modified-Since"] = known["modified"]
        self._gate.start()
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                content = bytearray()
                if response.status_code == 200:
                    for chunk in response.iter_bytes(65_536):
                        content += chunk
                        if len(content) > LIMIT:
                            raise FetchError(f"longer than {LIMIT:,} bytes")
                return Answer(url, response.status_code, response.headers, bytes(content))
        except httpx.TimeoutException as error:
            raise FetchError(f"no whole answer within {DEADLINE:.0f} s ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpcore.NetworkError, OSError) as error:
            raise FetchError(f"{str(error) or type(error).__name__}") from error
        except (ValueError, UnicodeError, EOFError) as error:
            raise FetchError(f"no address or answer of the web: {error}") from error
        finally:
            self._asked[host] = time.monotonic()


class _Gate(httpcore.NetworkBackend):
    """Opens connections: only to whom it may, and none of them outlives the deadline of its request."""

    def __init__(self, named: set[tuple[str, int]], allow_private: bool) -> None:
        self._inner = httpcore.SyncBackend()
        self._named, self._allow_private = named, allow_private
        self._local = threading.local()

    def start(self) -> None:
        """A request of this thread begins."""
        self._local.deadline = time.monotonic() + DEADLINE

    def left(self, timeout: float | None) -> float:
        """Seconds that a step may still take."""
        left = getattr(self._local, "deadline", time.monotonic() + DEADLINE) - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return min(left, timeout or left)

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        address = host
        if not self._allow_private and (host.strip("[]").lower(), port) not in self._named:
            address = _public_address(host.strip("[]"), port)
        stream = self._inner.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
        return _Stream(stream, self)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step counts against the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, gate: _Gate) -> None:
        self._inner, self._gate = inner, gate

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._gate.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._gate.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._gate.left(timeout)), self._gate)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _public_address(host: str, port: int) -> str:
    """An address of a host, all of whose addresses are public; connecting to it cannot lead elsewhere."""
    try:
        found = [str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: {getattr(error, 'strerror', None) or error}") from error
    for address in found:
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise httpcore.ConnectError(f"{host} is an address of a private network")
    return found[0]


def _parts(url: str) -> Any:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises on a port that is none
    except ValueError as error:
        raise FetchError(f"no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FetchError("only addresses that begin with http:// or https:// are fetched")
    if any(letter <= " " for letter in url):
        raise FetchError("no address: it has white space in it")
    return parts


def _host_of(url: str) -> tuple[str, int]:
    try:
        parts = _parts(url)
    except FetchError:
        return "", 0
    return parts.hostname.lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After, which is a number or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None

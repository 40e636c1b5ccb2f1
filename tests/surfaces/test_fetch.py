"""Fetching pages: what comes into the inbox, what is passed over and why. A server on this machine is all the web."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from runs import prose, run
from typer.testing import CliRunner

from dedup.surfaces import cli, fetch

TEXT = prose(1, 60)
PAGES = {
    "/robots.txt": (200, "User-agent: *\nDisallow: /private\n"),
    "/a.html": (200, f"<!doctype html><html><title>x</title><body><h1>Le titre</h1><p>{TEXT}</p></body></html>"),
    "/b.html": (200, f"<html><body><article><p>{prose(2, 40)}</p></article></body></html>"),
    "/private/c.html": (200, f"<html><body><p>{TEXT}</p></body></html>"),
    "/short.html": (200, "<html><body><p>Trois mots seulement.</p></body></html>"),
    "/long.html": (200, "<p>" + "mot " * 3_000),
    "/moved.html": (302, "/private/c.html"),
    "/feed.xml": (
        200,
        """<?xml version="1.0"?><rss version="2.0"><channel><title>Fil</title>
<item><title>Du  fil</title><link>/a.html</link><pubDate>Thu, 06 Mar 2025 08:00:00 GMT</pubDate></item>
<item><title>Sans lien</title></item></channel></rss>""",
    ),
    "/bomb.xml": (200, '<!DOCTYPE a [<!ENTITY b "c">]><rss><item><link>&b;</link></item></rss>'),
}
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Un <b>titre</b></title>
<link href="https://a.test/1"/><published>2025-03-06T08:00:00Z</published><updated>2026-01-01T00:00:00Z</updated></entry></feed>"""


class _Pages(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, content = PAGES.get(self.path, (404, ""))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", content)
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def web():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(fetch, "PAUSE", 0.0)
    monkeypatch.setattr(fetch, "LIMIT", 5_000)
    _Pages.asked.clear()


def test_pages_come_into_the_inbox_as_lines_that_a_run_reads(web, tmp_path):
    made = fetch.fetch([f"{web}/a.html", f"{web}/b.html", f"{web}/a.html"], tmp_path / "inbox", outlet="Le Phare")
    rows = [json.loads(line) for line in made.path.read_text("utf-8").splitlines()]
    assert [(row["title"] if "title" in row else None, row["outlet"]) for row in rows] == [
        ("Le titre", "Le Phare"),
        (None, "Le Phare"),
    ]
    assert rows[0]["text"] == TEXT
    assert made.articles == 2
    assert made.faults == []
    assert run([tmp_path / "inbox"], tmp_path / "out").table("articles").num_rows == 2


def test_a_feed_gives_address_title_and_date(web, tmp_path):
    made = fetch.fetch([], tmp_path, feed=f"{web}/feed.xml")
    (row,) = [json.loads(line) for line in made.path.read_text("utf-8").splitlines()]
    assert (row["url"], row["title"]) == (f"{web}/a.html", "Du fil")
    assert row["published_at"] == "Thu, 06 Mar 2025 08:00:00 GMT"
    assert fetch.read_feed(ATOM, "https://a.test/") == [("https://a.test/1", "Un titre", "2025-03-06T08:00:00Z")]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/private/c.html", "robots.txt"),
        ("/moved.html", "robots.txt"),
        ("/short.html", "fewer than"),
        ("/long.html", "longer than"),
        ("/none.html", "404"),
    ],
)
def test_what_may_not_or_cannot_be_fetched_is_told_and_nothing_is_written(web, tmp_path, path, reason):
    made = fetch.fetch([web + path], tmp_path / "inbox")
    assert made.path is None
    assert not (tmp_path / "inbox").exists()
    assert reason in made.faults[0][1]
    assert "/private/c.html" not in _Pages.asked


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://a.test/x", "nonsense", "http://"])
def test_only_addresses_of_the_web_are_fetched(url, tmp_path):
    assert "http" in fetch.fetch([url], tmp_path).faults[0][1]


@pytest.mark.parametrize("path", ["/bomb.xml", "/a.html", "/none.xml"])
def test_a_feed_that_is_none_is_a_fault(web, tmp_path, path):
    made = fetch.fetch([], tmp_path, feed=web + path)
    assert [url for url, _ in made.faults] == [web + path]


def test_a_host_whose_rules_cannot_be_read_is_left_alone(web, tmp_path, monkeypatch):
    monkeypatch.setitem(PAGES, "/robots.txt", (500, ""))
    assert "robots.txt" in fetch.fetch([f"{web}/a.html"], tmp_path).faults[0][1]
    monkeypatch.setitem(PAGES, "/robots.txt", (404, ""))
    assert fetch.fetch([f"{web}/a.html"], tmp_path).articles == 1


def test_two_requests_to_one_host_are_a_pause_apart(web, tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr(fetch, "PAUSE", 30.0)
    monkeypatch.setattr(fetch.time, "sleep", slept.append)
    fetch.fetch([f"{web}/a.html"], tmp_path)
    assert slept[0] == 0
    assert 29 < slept[1] <= 30


def test_the_command_says_how_many_came_and_what_did_not(web, tmp_path):
    arguments = ["fetch", f"{web}/a.html", f"{web}/none.html", "--inbox", str(tmp_path)]
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 0, result.output
    assert "1 article" in result.stdout
    assert "none.html: the server answers 404" in result.stderr
    assert CliRunner().invoke(cli.app, ["fetch", f"{web}/none.html", "--inbox", str(tmp_path)]).exit_code == 1
    assert CliRunner().invoke(cli.app, ["fetch", "--inbox", str(tmp_path)]).exit_code == 2

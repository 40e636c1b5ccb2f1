"""Fetching pages: what comes into the inbox, what is passed over and why. A server on this machine is all the web."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from runs import prose, run
from typer.testing import CliRunner

from dedup.surfaces import cli, fetch, polite

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
    etag = None

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, content = PAGES.get(self.path, (404, ""))
        if status == -2:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            for _ in range(20):
                try:
                    self.wfile.write(b"a")
                except OSError:
                    return
                time.sleep(0.1)
            return
        if status == -1:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\n" + content.encode())
            return
        if self.etag and self.headers.get("If-None-Match") == self.etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", content)
        if self.etag and status == 200:
            self.send_header("ETag", self.etag)
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
    monkeypatch.setattr(polite, "PAUSE", 0.0)
    monkeypatch.setattr(polite, "LIMIT", 5_000)
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
    assert not list((tmp_path / "inbox").glob("*.jsonl"))
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
    monkeypatch.setattr(polite, "PAUSE", 30.0)
    monkeypatch.setattr(polite.time, "sleep", slept.append)
    fetch.fetch([f"{web}/a.html"], tmp_path)
    assert slept[0] == 0
    assert 29 < slept[1] <= 30


def test_one_broken_answer_loses_no_other_page_and_raw_answers_are_kept(web, tmp_path, monkeypatch):
    from dedup.intake import ingest

    monkeypatch.setitem(PAGES, "/short-body.html", (-1, "<p>mot"))
    made = fetch.fetch([f"{web}/a.html", f"{web}/short-body.html", f"{web}/b.html"], tmp_path)
    assert made.articles == 2
    assert ["short-body" in url for url, _ in made.faults] == [True]
    (raw,) = (tmp_path / ".raw").glob("*.warc.gz")
    again = [row for batch, _ in ingest.read([raw]) for row in batch.to_pylist()]
    assert {row["text"] for row in again} == {TEXT, prose(2, 40)}


def test_a_fetch_that_was_killed_leaves_whole_lines_to_the_next(web, tmp_path):
    (tmp_path / ".fetched-20250101.999999999.jsonl").write_text('{"text": "Un."}\n{"text": "De')
    fetch.fetch([f"{web}/none.html"], tmp_path)
    assert (tmp_path / "fetched-20250101.jsonl").read_text() == '{"text": "Un."}\n'


def test_a_slow_server_is_left_at_the_deadline(web, tmp_path, monkeypatch):
    monkeypatch.setitem(PAGES, "/slow.html", (-2, ""))
    monkeypatch.setattr(polite, "DEADLINE", 0.5)
    made = fetch.fetch([f"{web}/slow.html"], tmp_path)
    assert "no whole answer within" in made.faults[0][1]


def test_a_feed_of_a_stranger_leads_to_no_private_address(web, tmp_path, monkeypatch):
    port = int(web.rsplit(":", 1)[1]) % 65_000 + 1
    feed = f"<rss version='2.0'><channel><item><link>http://127.0.0.1:{port}/x</link></item></channel></rss>"
    monkeypatch.setitem(PAGES, "/evil.xml", (200, feed))
    made = fetch.fetch([], tmp_path, feed=f"{web}/evil.xml")
    assert "private network" in made.faults[0][1]
    assert "private network" not in fetch.fetch([], tmp_path, f"{web}/evil.xml", allow_private=True).faults[0][1]


def test_a_page_that_has_not_changed_is_not_read_again(web, tmp_path, monkeypatch):
    monkeypatch.setattr(_Pages, "etag", '"one"')
    assert fetch.fetch([f"{web}/a.html"], tmp_path).articles == 1
    again = fetch.fetch([f"{web}/a.html"], tmp_path)
    assert (again.articles, again.unchanged, again.faults) == (0, 1, [])


def test_opml_names_feeds(tmp_path):
    opml = (
        "<opml version='2.0'><body><outline text='x'><outline xmlUrl='https://a.example/rss'/></outline></body></opml>"
    )
    (tmp_path / "f.opml").write_text(opml)
    assert fetch.read_opml(tmp_path / "f.opml") == ["https://a.example/rss"]


def test_the_command_says_how_many_came_and_what_did_not(web, tmp_path):
    arguments = ["fetch", f"{web}/a.html", f"{web}/none.html", "--inbox", str(tmp_path)]
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 0, result.output
    assert "1 article" in result.stdout
    assert "none.html: the server answers 404" in result.stderr
    assert CliRunner().invoke(cli.app, ["fetch", f"{web}/none.html", "--inbox", str(tmp_path)]).exit_code == 1
    assert CliRunner().invoke(cli.app, ["fetch", "--inbox", str(tmp_path)]).exit_code == 2

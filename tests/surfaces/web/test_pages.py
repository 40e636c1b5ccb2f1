"""The web page and the JSON interface: what they answer, what they refuse, and that text stays text."""

from __future__ import annotations

import io
import json
import re
import shutil
import socket
import tempfile
import threading
import time
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from french_pages import english_alone, said_on
from runs import prose, run, run_articles, write_lines

from dedup import schemas
from dedup.store.snapshot import Snapshot
from dedup.surfaces import report, web
from dedup.surfaces.report import files
from dedup.surfaces.web.shelf import stretches

FIRST, SECOND = prose(1, 60), prose(2, 50)
HOSTILE = "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'>"
HOME = "http://127.0.0.1:4280"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return run_articles(
        tmp_path_factory.mktemp("web"),
        {
            "id": "wire/1",
            "text": f"{FIRST}\n{SECOND}",
            "is_wire": True,
            "title": "La dépêche",
            "wire_timestamp": "2025-03-06T08:00:00",
        },
        {
            "id": "copy",
            "text": f"{SECOND}\n{HOSTILE} {prose(3, 40)}\n(AFP)",
            "outlet": f"Le Phare {HOSTILE}",
            "title": HOSTILE,
            "url": "javascript:alert(1)",
            "published_at": "2025-03-06T09:00:00Z",
        },
        {
            "id": "other",
            "text": f"{FIRST.replace('. ', ' donc. ', 1)}",
            "outlet": "La Rive",
            "published_at": "2025-03-06T11:00:00Z",
        },
    ).out


@pytest.fixture(scope="module")
def client(out) -> TestClient:
    return TestClient(web.app(out), base_url=HOME)


def test_a_text_is_looked_up_by_json(client):
    answer = client.post("/api/check", json={"text": f"{prose(7, 20)}\n{FIRST}"})
    assert answer.status_code == 200
    assert answer.json()["passages"][0]["sources"][0]["article_id"] == "wire/1"
    html = f"<html><body><article><h1>Titre</h1><p>{FIRST}</p></article></html>"
    page = client.post("/api/check", json={"text": html})
    assert page.json()["title"] == "Titre"
    assert page.json()["known_words"] == 60
    french = client.post("/api/check", params={"language": "fr"}, json={"text": f"{prose(7, 20)}\n{FIRST}"}).json()
    assert "de ses mots sont dans des passages de la dépêche « La dépêche » (AFP)" in " ".join(french["reasons"])


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"nonsense", 422), (b"{}", 422), (b'{"text": " "}', 422), (b'"' + b"x" * web.LIMIT + b'"', 413)],
    ids=["no JSON", "no text", "blank", "endless"],
)
def test_a_body_that_cannot_be_used_is_refused(client, body, status):
    answer = client.post("/api/check", content=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_clusters_are_found_by_their_words_and_opened_with_their_members(client):
    word = SECOND.split()[3].strip(".").upper()
    found = client.get("/api/clusters", params={"q": word}).json()
    assert found["total"] == 1
    cluster = client.get(f"/api/clusters/{found['clusters'][0]['cluster_id']}").json()
    assert [member["article_id"] for member in cluster["members"]] == ["wire/1", "copy"]
    assert cluster["agency"] == "AFP"
    assert cluster["members"][1]["text"] in SECOND
    assert client.get("/api/clusters", params={"agency": "Reuters"}).json()["total"] == 0
    assert client.get("/api/clusters", params={"page": 0}).status_code == 422


def test_an_article_is_given_whole_with_the_clusters_of_its_passages(client):
    article = client.get("/api/articles/wire/1").json()
    lines = ["".join(stretch["text"] for stretch in line["stretches"]) for line in article["paragraphs"]]
    assert lines == [FIRST, SECOND]
    for line in article["paragraphs"]:
        for stretch in line["stretches"]:
            if stretch["cluster_id"]:
                assert client.get(f"/api/clusters/{stretch['cluster_id']}").status_code == 200


def test_passages_that_overlap_are_printed_once():
    text = "Le pont de Valmorin a rouvert mardi matin."
    places = [
        {"begin": 0, "end": 28, "cluster_id": "long", "share_class": "edited"},
        {"begin": 11, "end": 42, "cluster_id": "exact", "share_class": "verbatim"},
        {"begin": 3, "end": 7, "cluster_id": "inner", "share_class": "edited"},
    ]
    found = stretches(text, places)
    assert "".join(stretch.text for stretch in found) == text
    assert [(stretch.text, stretch.cluster_id) for stretch in found] == [
        ("Le ", "long"),
        ("pont", "inner"),
        (" de ", "long"),
        ("Valmorin a rouvert mardi matin.", "exact"),
    ]
    assert [stretch.kind for stretch in stretches(text, [])] == [None]


@pytest.mark.parametrize("path", ["/api/clusters/none", "/api/articles/none", "/api/none"])
def test_what_is_not_there_is_404_in_json(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_the_interface_describes_itself_and_ships_no_foreign_page(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/check",
        "/api/clusters",
        "/api/clusters/{cluster_id}",
        "/api/articles/{article_id}",
        "/api/search",
        "/api/export",
    }
    assert "text" in str(paths["/api/check"]["post"]["requestBody"])
    for path in ("/docs", "/redoc"):
        assert client.get(path, follow_redirects=False).status_code == 303


def test_every_answer_forbids_foreign_content_and_only_the_page_may_run_its_own_program(client):
    for path in ("/none", f"/assets/{files.CHARTS}", "/api/clusters", "/api/none", "/openapi.json"):
        headers = client.get(path, follow_redirects=False).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    policies = [client.get("/").headers["content-security-policy"] for _ in range(2)]
    assert policies[0] != policies[1], "a nonce serves once"
    for policy in policies:
        assert re.search(r"script-src 'nonce-[0-9a-f]{32}';", policy) and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_the_page_is_the_report_of_the_snapshot(client, out, tmp_path):
    page = client.get("/").text
    written = report.write(out / "latest", tmp_path / "report").read_text("utf-8")

    def data(html: str) -> str:
        return re.search(r'id="home">(.*?)</script>', html, re.S)[1]

    assert data(page) == data(written)
    assert '<html lang="fr" data-live>' in page
    assert '<html lang="fr">' in written


def test_pages_are_made_only_for_a_snapshot_that_has_none_of_this_version(out, tmp_path, monkeypatch):
    (tmp_path / "made").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "made"))
    shutil.copytree(out, tmp_path / "out", symlinks=True)
    index = (tmp_path / "out" / "latest").resolve() / "report" / "index.html"
    for made, prepare in ((1, None), (0, report.write), (1, lambda _: index.write_text("an older report"))):
        if prepare:
            prepare(index.parents[1])
        with TestClient(web.app(tmp_path / "out"), base_url=HOME) as served:
            assert "data-live" in served.get("/").text
            assert len(list((tmp_path / "made").iterdir())) == made
        assert not list((tmp_path / "made").iterdir())


def test_full_text_finds_words_and_exact_phrases_whatever_the_case_and_the_accents(client):
    words = SECOND.rstrip(".").split()

    def ids(q: str) -> list[str]:
        return client.get("/api/search", params={"q": q}).json()["ids"]

    assert ids(f"{words[4].upper()} {words[9]}") == ["copy", "wire/1"]
    assert ids(f'"{words[4]} {words[5]}"') == ["copy", "wire/1"]
    assert ids(f'"{words[5]} {words[4]}"') == []
    assert ids("depeche") == ["wire/1"], "headlines are searched too"
    assert ids(" ") == ids("%") == []


def test_a_selection_is_taken_along_as_parquet_in_its_order(client):
    answer = client.post("/api/export", json={"ids": ["other", "copy", "none"]})
    table = pq.read_table(io.BytesIO(answer.content))
    assert table["article_id"].to_pylist() == ["other", "copy"]
    assert table.schema.names == schemas.ARTICLE_PROVENANCE.names
    assert client.post("/api/export", json={"ids": "all"}).status_code == 422


def test_an_article_that_the_report_leaves_out_is_given_by_the_server(client, out, tmp_path):
    whole = report.write(out / "latest", tmp_path / "report", limits=report.Limits(inline=0)).parent
    chunks = [path.read_text("utf-8") for path in (whole / "data").glob("article-*.js")]
    records = dict(pair for text in chunks for pair in json.loads(text.split(",", 2)[2].removesuffix(");\n")))
    assert records
    for article_id, record in records.items():
        assert client.get(f"/record/{quote(article_id, safe='')}").json() == record
    assert client.get("/record/none").status_code == 404


@pytest.mark.parametrize("path", ["/data/../index.html", "/data/article-00000.py", "/data/none-00000.js"])
def test_no_other_file_is_given(client, path):
    assert client.get(path, follow_redirects=False).status_code in (303, 404)


def test_a_page_of_an_other_site_can_neither_ask_nor_read(client, out):
    asked = client.post("/api/check", json={"text": FIRST}, headers={"sec-fetch-site": "cross-site"})
    assert asked.status_code == 403
    assert client.get("/", headers={"host": "rebound.test"}).status_code == 400
    assert TestClient(web.app(out, "0.0.0.0"), base_url="http://machine.test").get("/").status_code == 200


def test_a_new_snapshot_is_taken_up_without_a_restart(tmp_path):
    write_lines(tmp_path / "1.jsonl", [{"id": "a", "text": FIRST}])
    run([tmp_path / "1.jsonl"], tmp_path / "out")
    client = TestClient(web.app(tmp_path / "out"), base_url=HOME)
    assert client.post("/api/check", json={"text": SECOND}).json()["passages"] == []
    write_lines(tmp_path / "2.jsonl", [{"id": "b", "text": SECOND}])
    run([tmp_path / "2.jsonl"], tmp_path / "out")
    assert client.post("/api/check", json={"text": SECOND}).json()["passages"][0]["sources"][0]["article_id"] == "b"


@pytest.mark.parametrize(
    ("table", "column", "path"),
    [
        ("clusters", "evidence", "api/clusters"),
        ("article_provenance", "reasons", "api/articles/copy"),
        ("article_provenance", "share_found", "record/copy"),
        ("article_provenance", "share_found", ""),
    ],
)
def test_a_snapshot_older_than_a_column_is_told_with_its_remedy(out, tmp_path, table, column, path):
    shutil.copytree(out, tmp_path / "out", symlinks=True)
    newest = (tmp_path / "out" / "latest").resolve()
    shutil.rmtree(newest / "report", ignore_errors=True)
    older = pq.read_table(newest / f"{table}.parquet").drop_columns([column])
    (newest / f"{table}.parquet").unlink()
    pq.write_table(older, newest / f"{table}.parquet")
    answer = TestClient(web.app(tmp_path / "out"), base_url=HOME).get(f"/{path}")
    assert answer.status_code == 503
    assert f"has no {column}" in answer.text and "`dedup run`" in answer.text


def test_a_snapshot_that_is_gone_is_told_whatever_is_asked(tmp_path):
    client = TestClient(web.app(tmp_path), base_url=HOME)
    for answer in (client.get("/"), client.get("/api/clusters"), client.post("/api/check", json={"text": FIRST})):
        assert answer.status_code == 503 and str(tmp_path) in answer.text


# In a browser


@pytest.fixture(scope="module")
def served(out):
    """Address of a running server."""
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(web.app(out), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (pip install playwright)")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine (apt install chromium)")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


def test_a_reader_pastes_a_text_and_follows_it_by_keyboard_alone(served, browser):
    page = browser.new_page(locale="en-GB", viewport={"width": 390, "height": 800})
    faults, foreign = [], []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(served) else None)
    page.goto(f"{served}/#/check")
    page.wait_for_selector("#body")
    page.focus("#body")
    page.keyboard.insert_text(f"{HOSTILE} {SECOND}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark.c-verbatim", timeout=60_000)
    assert SECOND.rstrip(".") in page.locator("mark.c-verbatim").last.inner_text()
    assert HOSTILE[:30] in page.inner_text(".answer .painted")
    assert page.evaluate("window.harmed") is None
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Who prints it").first.click()
    page.wait_for_selector(".pairs-of-text")
    page.get_by_role("button", name="Français").click()
    page.get_by_role("heading", name="Les repreneurs, dans l’ordre du temps").wait_for()
    assert not [address for address in foreign if not address.startswith("data:")]
    assert not faults
    page.close()


def test_a_search_with_a_server_looks_into_the_texts(served, browser):
    page = browser.new_page(locale="fr-FR")
    words = SECOND.rstrip(".").split()
    page.goto(f"{served}/#/articles?q={words[4]}+{words[9]}")
    page.wait_for_selector("table.list tbody tr")
    assert page.locator("table.list tbody tr").count() == 1  # the dispatch is of another kind
    with page.expect_download() as parquet:
        page.click("[data-take=takeParquet]")
    assert pq.read_table(parquet.value.path())["article_id"].to_pylist() == ["copy"]
    page.goto(f"{served}/nowhere")
    page.wait_for_selector("text=n’existe pas")
    page.close()


def test_no_english_word_stands_on_the_french_pages_of_the_server(served, browser, out):
    rows = Snapshot.newest(out).table("articles").to_pylist()
    given = " ".join([HOSTILE, *(str(value) for row in rows for value in row.values())])
    foreign, page = english_alone(given), browser.new_page(locale="fr-FR")
    page.goto(f"{served}/#/check")
    page.wait_for_selector("#body")
    assert not said_on(page) & foreign
    page.fill("#body", f"{FIRST[:200]} soudain {FIRST[200:]}")
    page.click("form.check button")
    page.wait_for_selector("mark", timeout=60_000)
    assert not said_on(page) & foreign
    page.fill("#body", " ")
    page.click("form.check button")
    page.get_by_text("Le texte est vide.").wait_for()
    assert not said_on(page) & foreign
    page.goto(f"{served}/#/articles?q=rien+de+tel")
    page.wait_for_selector(".take, .empty")
    assert not said_on(page) & foreign
    page.close()


def test_axe_finds_no_serious_fault(served, browser):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    context = browser.new_context(color_scheme="dark", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{served}/#/check")
    page.fill("#body", f"{FIRST[:200]} soudain {FIRST[200:]}")
    page.click("form.check button")
    page.wait_for_selector("mark", timeout=60_000)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")]
    context.close()

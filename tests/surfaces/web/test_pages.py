"""The web page and the JSON interface: what they answer, what they refuse, and that text stays text."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time

import pytest
from fastapi.testclient import TestClient
from runs import prose, run, run_articles, write_lines

from dedup.surfaces import web
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


def test_the_interface_describes_itself_and_ships_no_page_of_scripts(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/api/check",
        "/api/clusters",
        "/api/clusters/{cluster_id}",
        "/api/articles/{article_id}",
    }
    assert "text" in str(paths["/api/check"]["post"]["requestBody"])
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


def test_every_answer_forbids_scripts_and_foreign_content(client):
    for path in ("/", "/clusters", "/style.css", "/none", "/api/clusters", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_text_of_an_article_stays_text_on_every_page(client):
    found = client.get("/api/clusters", params={"q": SECOND.split()[3].strip(".")}).json()
    pages = [
        client.get("/clusters", params={"q": HOSTILE}),
        client.get(f"/clusters/{found['clusters'][0]['cluster_id']}"),
        client.get("/articles/copy"),
        client.post("/check", data={"text": f"{HOSTILE} {SECOND}", "title": HOSTILE}),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert "javascript:" not in re.sub(r">[^<]*<", "><", page.text)
        assert not re.findall(r"(?:src|href)=\"?(?:https?:)?//", page.text)


def test_a_pasted_text_is_shown_coloured_with_its_source_in_both_languages(client):
    form = {"text": f"{prose(7, 20)}\n{FIRST}", "title": ""}
    english = client.post("/check", data=form).text
    assert '<mark class="verbatim">' in english
    assert "Known passages" in english
    assert 'href="/articles/wire/1"' in english
    french = client.post("/check", data=form, headers={"accept-language": "fr-FR,fr;q=0.9"}).text
    assert '<html lang="fr"' in french
    assert "Passages connus" in french
    assert "de ses mots sont dans des passages de la dépêche wire/1 (AFP)" in french


def test_a_form_that_is_empty_or_too_long_says_so_on_its_page(client):
    assert "The text is empty." in client.post("/check", data={"text": " "}).text
    too_long = client.post("/check", data={"text": "x" * web.LIMIT})
    assert too_long.status_code == 413
    assert "too long" in too_long.text


def test_language_and_theme_are_kept_and_lead_back_to_this_site_alone(out):
    client = TestClient(web.app(out), base_url=HOME, follow_redirects=False)
    answer = client.get("/set", params={"language": "fr"}, headers={"referer": f"{HOME}/clusters?q=a"})
    assert answer.headers["location"] == "/clusters?q=a"
    client.get("/set", params={"theme": "dark"})
    assert '<html lang="fr" data-theme="dark">' in client.get("/").text
    for foreign in ("https://elsewhere.test/x", f"{HOME}//elsewhere.test", ""):
        location = client.get("/set", params={"theme": "<b>"}, headers={"referer": foreign}).headers["location"]
        assert location.startswith("/")
        assert not location.startswith("//")


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
    page.goto(served)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#body")
    page.keyboard.insert_text(f"{HOSTILE} {SECOND}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark.verbatim")
    assert SECOND.rstrip(".") in page.locator("mark.verbatim").last.inner_text()
    assert HOSTILE[:30] in page.inner_text("#text")
    assert page.evaluate("window.harmed") is None
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("link", name="Who prints it").first.click()
    page.wait_for_selector("#source")
    assert page.locator("section.passage").count() == 2
    page.get_by_role("link", name="Dark").click()
    page.wait_for_selector("html[data-theme=dark] #source")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.get_by_role("link", name="Français").click()
    page.get_by_role("heading", name="Qui l'imprime").wait_for()
    assert not [address for address in foreign if not address.startswith("data:")]
    assert not faults
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(served, browser, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for path in ("/", "/clusters", "/articles/wire/1", "/none"):
        page.goto(served + path)
        found = axe.Axe().run(page).response["violations"]
        assert not [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")], path
    page.goto(served)
    page.fill("#body", f"{FIRST[:200]} soudain {FIRST[200:]}")
    page.get_by_role("button").click()
    page.wait_for_selector("mark")
    found = axe.Axe().run(page).response["violations"]
    assert not [fault["id"] for fault in found if fault["impact"] in ("serious", "critical")]
    context.close()

"""The region of the examples -> ``docs/screenshots/``: the pictures of the documentation.

    dedup run examples/region/inbox --out artifacts/region --no-flow
    python docs/make_screenshots.py artifacts/region

Needs Playwright and a Chromium of the system; the pages are those of ``dedup web`` over the folder that is named.
"""

from __future__ import annotations

import shutil
import socket
import sys
import threading
import time
from pathlib import Path

FOLDER = Path(__file__).with_name("screenshots")

WIDE = {"viewport": {"width": 1100, "height": 900}}
DARK = {**WIDE, "color_scheme": "dark"}
PHONE = {"viewport": {"width": 390, "height": 800}}

PICTURES = {
    "home": ("/", WIDE, None),
    "articles": ("/articles?evidence=found&agency=AFP&from=2025-04-02&to=2025-04-05", WIDE, ".take"),
    "articles-phone": ("/articles?evidence=found", PHONE, "table.list"),
    "dispatch": ("/source/{dispatch}", {"viewport": {"width": 1100, "height": 1150}}, "figure svg"),
    "side-by-side": ("/source/{dispatch}", WIDE, ".compare-box .pair"),
    "article": ("/article/{carrier}", {"viewport": {"width": 1100, "height": 1300}}, "figure svg"),
    "network": ("/outlets", {"viewport": {"width": 1100, "height": 1100}}, ".network svg"),
    "outlets-dark": ("/outlets", DARK, "table.list"),
    "search-dark": ("/articles?q=crue grisolle", {**DARK, "locale": "fr-FR"}, ".take"),
    "check": ("/check", {"viewport": {"width": 1100, "height": 1300}}, "form.check"),
}
"""Name of a picture -> page, how it is looked at, what must stand on it (the last of it is scrolled into view)."""

SCROLLED = ("side-by-side", "network")


def main(out: Path) -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright

    from dedup.store.snapshot import Snapshot

    FOLDER.mkdir(exist_ok=True)
    snapshot = Snapshot.newest(out)
    pickup = snapshot.table("wire_pickup").sort_by([("n_outlets", "descending"), ("article_id", "ascending")])
    dispatch = pickup["article_id"][0].as_py()
    carriers = snapshot.table("article_provenance", ["article_id", "best_source", "derivation"]).to_pylist()
    carrier = next(row["article_id"] for row in carriers if row["best_source"] and row["derivation"] == "partially")
    pasted = "\n".join(
        row["text"]
        for row in snapshot.table("paragraphs", ["article_id", "text"]).to_pylist()
        if row["article_id"] == carrier
    )
    address = _served(out)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"))
        for name, (page, look, part) in PICTURES.items():
            tab = browser.new_context(**{"locale": "en-GB", **look}).new_page()
            tab.goto(f"{address}/#{page.format(dispatch=dispatch, carrier=carrier)}")
            tab.wait_for_selector(part or "figure svg", timeout=60_000)
            if name == "check":
                tab.fill("#body", pasted)
                tab.click("form.check button")
                tab.wait_for_selector(".known", timeout=60_000)
            tab.wait_for_timeout(700)
            if name in SCROLLED:
                tab.locator(part).first.scroll_into_view_if_needed()
            tab.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


def _served(out: Path) -> str:
    """The address of ``dedup web`` on a free port, until this process ends."""
    import uvicorn

    from dedup.surfaces import web

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(web.app(out), host="127.0.0.1", port=port, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))

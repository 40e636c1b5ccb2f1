"""The region of the examples -> ``docs/screenshots/``: the pictures of the documentation.

    dedup run examples/inbox examples/region/inbox --out artifacts/region --no-flow
    python docs/make_screenshots.py artifacts/region
    python docs/make_screenshots.py --prefect http://127.0.0.1:4200

Needs Playwright and a Chromium of the system; the pages are those of ``dedup web`` over the folder that is named. With
``--prefect`` they are those of a Prefect server: its newest completed run of ``provenance`` and the deployment
``articles`` (docs/schedule.md says how to make both).
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

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
    "network": ("/outlets", {"viewport": {"width": 1000, "height": 950}}, ".network svg"),
    "outlets-dark": ("/outlets", DARK, "table.list"),
    "search-dark": ("/articles?q=crue grisolle", {**DARK, "locale": "fr-FR"}, ".take"),
    "check": ("/check", {"viewport": {"width": 1100, "height": 1100}}, "form.check"),
}
"""Name of a picture -> page, how it is looked at, what must stand on it (the last of it is scrolled into view)."""

SCROLLED = ("side-by-side", "network")

RUN_PAGES = {
    "run": ("/runs/flow-run/{run}", {"viewport": {"width": 1280, "height": 800}}, 0),
    "findings": ("/artifacts/artifact/{findings}", {"viewport": {"width": 1280, "height": 720}}, 0),
    "findings-more": ("/artifacts/artifact/{findings}", {"viewport": {"width": 1280, "height": 800}}, 3),
    "deployment": ("/deployments/deployment/{deployment}", {"viewport": {"width": 1280, "height": 800}}, 0),
}
"""Name of a picture of Prefect's pages -> page, how it is looked at, screens to scroll down."""


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


def of_prefect(address: str) -> None:
    """Take the pictures of the pages of a Prefect server."""
    from playwright.sync_api import sync_playwright

    def newest(kind: str, asked: dict[str, Any]) -> str:
        body = json.dumps({"sort": "UPDATED_DESC" if kind == "artifacts" else None, "limit": 1, **asked}).encode()
        request = urllib.request.Request(f"{address}/api/{kind}/filter", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return str(json.load(answer)[0]["id"])

    done = {"state": {"type": {"any_": ["COMPLETED"]}}}
    run = newest("flow_runs", {"flow_runs": done, "flows": {"name": {"any_": ["provenance"]}}, "sort": "END_TIME_DESC"})
    ids = {
        "run": run,
        "findings": newest("artifacts", {"artifacts": {"key": {"any_": ["provenance-findings"]}}}),
        "deployment": newest("deployments", {"deployments": {"name": {"any_": ["articles"]}}, "sort": "NAME_ASC"}),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"))
        for name, (page, look, screens) in RUN_PAGES.items():
            tab = browser.new_context(locale="en-GB", **look).new_page()
            tab.goto(f"{address}{page.format(**ids)}")
            tab.wait_for_timeout(8_000)
            if screens:
                tab.mouse.move(600, 600)
                tab.mouse.wheel(0, screens * look["viewport"]["height"])
                tab.wait_for_timeout(1_000)
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", help="folder of the snapshots")
    parser.add_argument("--prefect", metavar="ADDRESS", help="address of a Prefect server")
    given = parser.parse_args()
    if given.out:
        main(given.out)
    if given.prefect:
        of_prefect(given.prefect.rstrip("/"))

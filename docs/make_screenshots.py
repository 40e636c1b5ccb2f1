"""The report of the examples -> ``docs/screenshots/``: the pictures of the documentation.

    python docs/make_screenshots.py artifacts/latest/report/index.html

Needs Playwright and a Chromium of the system.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).with_name("screenshots")
PICTURES = {
    "home": ("/", {"viewport": {"width": 1100, "height": 820}}),
    "dispatch": ("/source/afp-0311-01", {"viewport": {"width": 1100, "height": 1150}}),
    "article": ("/article/fanal-0310-a", {"viewport": {"width": 1100, "height": 900}}),
    "side-by-side": ("/compare/afp-0311-01/echo-0311-a", {"viewport": {"width": 1100, "height": 760}}),
    "outlets-dark": ("/outlets", {"viewport": {"width": 1100, "height": 1000}, "color_scheme": "dark"}),
}
"""Name of a picture -> page of the report, and how it is looked at."""


def main(index: Path) -> None:
    """Take all pictures."""
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"))
        for name, (page, look) in PICTURES.items():
            tab = browser.new_context(**{"locale": "en-GB", **look}).new_page()
            tab.goto(f"{index.resolve().as_uri()}#{page}")
            tab.wait_for_timeout(500)
            tab.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

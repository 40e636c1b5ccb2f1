"""Write what a run over the examples prints into docs/index.md: ``python docs/make_sample.py``."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "index.md"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        inputs = [str(ROOT / "examples" / "inbox"), str(ROOT / "examples" / "region" / "inbox")]
        command = [sys.executable, "-m", "dedup", "run", *inputs, "--out", "artifacts"]
        ran = subprocess.run([*command, "--no-flow"], cwd=folder, capture_output=True, text=True, check=True)
    block = f"<!-- sample -->\n```\n{ran.stdout}```\n<!-- /sample -->"
    page = re.sub(r"<!-- sample -->.*?<!-- /sample -->", lambda _: block, PAGE.read_text("utf-8"), flags=re.S)
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main()

"""``dedup evaluate --json`` -> the reliability curve of docs/how-sure.md: python docs/make_curve.py scores.json"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("how-sure.md")
PICTURE = Path(__file__).with_name("reliability-curve.svg")
SIDE, EDGE = 280, 44
"""Pixels of the square from 0 to 1, and around it."""


def curve(bins: list[dict[str, float]]) -> str:
    """A picture: said against seen, a dot a tenth, its area as its articles."""
    most = max(one["n"] for one in bins)
    dots = "".join(
        f'<circle cx="{EDGE + SIDE * one["mean"]:.0f}" cy="{EDGE + SIDE * (1 - one["share_true"]):.0f}" '
        f'r="{4 + 10 * (one["n"] / most) ** 0.5:.1f}" fill="#1d63c4" fill-opacity=".75"/>'
        for one in bins
    )
    ticks = "".join(
        f'<text x="{EDGE + SIDE * at:.0f}" y="{EDGE + SIDE + 18}" text-anchor="middle">{at:g}</text>'
        f'<text x="{EDGE - 8}" y="{EDGE + SIDE * (1 - at) + 4:.0f}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    whole = SIDE + 2 * EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{whole}" font-family="sans-serif" '
        f'font-size="12"><rect width="{whole}" height="{whole}" fill="#fff"/>'
        f'<rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
        f'<line x1="{EDGE}" y1="{EDGE + SIDE}" x2="{EDGE + SIDE}" y2="{EDGE}" stroke="#999" stroke-dasharray="4"/>'
        f'{dots}{ticks}<text x="{EDGE}" y="{EDGE - 14}">share that are an agency\'s, by p_agency</text></svg>\n'
    )


def main(scores: Path) -> None:
    """Write the picture and the table."""
    bins = json.loads(scores.read_text("utf-8"))["details"]["p_agency"]
    PICTURE.write_text(curve(bins), "utf-8")
    rows = "".join(f"| {one['mean']:.2f} | {one['share_true']:.2f} | {one['n']} |\n" for one in bins)
    block = (
        "<!-- reliability -->\n"
        "![Said against seen: on the dashed line a probability is honest](reliability-curve.svg)\n\n"
        f"| said (mean of a tenth) | seen | articles |\n|---|---|---|\n{rows}<!-- /reliability -->"
    )
    page = re.sub(r"<!-- reliability -->.*?<!-- /reliability -->", lambda _: block, PAGE.read_text("utf-8"), flags=re.S)
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

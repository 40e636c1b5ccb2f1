"""The agency model and its report -> the tables of docs/method.md and their curves: python docs/make_training.py"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dedup.tracing.evidence import MODEL_FILE

PAGE = Path(__file__).with_name("method.md")
PICTURE = Path(__file__).with_name("reliability-corpora.svg")
SIDE, EDGE = 180, 40
"""Pixels of each square from 0 to 1, and around it."""

SAYS = {
    "copied": "the mean share of its articles that other owners print too: who takes a dispatch takes most of it, who "
    "shares a phrase shares no more",
    "scars": "share of its articles that keep a scar",
    "told": 'share of its articles in which somebody speaks to an agency ("a-t-il dit à l\'AFP")',
    "served": "log of how often the other articles of its outlets name an agency (drawn to 0.15 with the weight of 10 "
    "articles): who never names one is hardly served by one",
    "owners": "log of the independent owners",
    "spread": "log of 1 + the hours from first to last: dispatches are printed at once",
    "quotation": "only a quotation is shared",
    "credited": "log of 1 + the articles that credit an agency",
    "length": "log of the words of the longest member",
    "statement": "share of its articles beside which somebody speaks",
    "names": "names and figures a word",
}
"""What each piece of evidence of a cluster is."""


def weights(model: dict[str, Any]) -> str:
    """Weights of the clusters' regression, the greatest first."""
    by_size = sorted(model["cluster"]["weights"].items(), key=lambda pair: -abs(pair[1]))
    told = [f"| `{name}` | {weight:.2f} | {SAYS[name]} |" for name, weight in by_size if weight]
    silent = ", ".join(f"`{name}`" for name, weight in by_size if not weight)
    rest = [f"| {silent} | 0 | say nothing more beside the others |"] if silent else []
    return "\n".join(["| evidence | weight | says |", "|---|---|---|", *told, *rest])


def of_articles(model: dict[str, Any]) -> str:
    """Weights of the articles' regression."""
    kinds = ("wholly", "partially", "non")
    lines = ["| evidence | wholly | partially | non |", "|---|---|---|---|"]
    for name in model["article"]["wholly"]["weights"]:
        cells = (f"{model['article'][kind]['weights'][name]:.2f}" for kind in kinds)
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def cross_validated(report: dict[str, Any]) -> str:
    """Scores by story."""
    lines = [
        f"| cross-validated on labelled articles of gilets_jaunes ({report['cross_validation']}) | macro-F1 | wholly | "
        "partially | non | error of the estimated share | `p_agency`: average precision, calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    for of in report["articles"]:
        name = f"{of['dispatches']} dispatches among them" if of["dispatches"] else "the dispatches hidden"
        figures = ("macro_f1", "f1_wholly", "f1_partially", "f1_non", "share_absolute_error")
        cells = (f"{of[figure]:.3f}" for figure in figures)
        lines.append(f"| {name} | {' | '.join(cells)} | {of['average_precision']:.3f}, {of['calibration_error']:.3f} |")
    clusters = report["clusters"]
    names = ("average_precision", "calibration_error", "brier")
    said = ", ".join(f"{name.replace('_', ' ')} {clusters[name]:.3f}" for name in names)
    return "\n".join(lines) + f"\n\nClusters: {said} ({clusters['clusters']}, {clusters['of an agency']} of an agency)."


def curves(report: dict[str, Any]) -> dict[str, list[dict[str, float]]]:
    """Reliability of what was not trained on, by name: stories of gilets_jaunes, then corpora left out."""
    named = {
        f"gilets_jaunes, {'dispatches present' if of['dispatches'] else 'dispatches hidden'}": of["reliability"]
        for of in report["articles"]
    }
    for corpus, of in report["without_the_corpus"].items():
        named |= {f"{corpus}, {kind}": of[kind] for kind in ("clusters", "articles")}
    return named


def reliability(report: dict[str, Any]) -> str:
    """Said against seen, five bins a corpus: number, and the share that is an agency's."""
    lines = ["| left out | 0 to 0.2 | to 0.4 | to 0.6 | to 0.8 | to 1 |", "|---|---|---|---|---|---|"]
    for name, bins in curves(report).items():
        cells = dict.fromkeys(range(5), "-")
        cells |= {round(one["from"] * 5): f"{one['n']}: {one['mean']:.2f} said, {one['true']:.2f} seen" for one in bins}
        lines.append(f"| {name} | {' | '.join(cells.values())} |")
    return "\n".join(lines)


def picture(report: dict[str, Any]) -> str:
    """A square a corpus: said against seen, a dot a bin, its area as its number."""
    squares, step = [], SIDE + 2 * EDGE
    named = curves(report)
    for place, (name, bins) in enumerate(named.items()):
        most = max(one["n"] for one in bins)
        dots = "".join(
            f'<circle cx="{EDGE + SIDE * one["mean"]:.0f}" cy="{EDGE + SIDE * (1 - one["true"]):.0f}" '
            f'r="{3 + 8 * (one["n"] / most) ** 0.5:.1f}" fill="#1d63c4" fill-opacity=".75"/>'
            for one in bins
        )
        squares.append(
            f'<g transform="translate({place * step} 0)"><rect x="{EDGE}" y="{EDGE}" width="{SIDE}" height="{SIDE}" '
            f'fill="none" stroke="#999"/><line x1="{EDGE}" y1="{EDGE + SIDE}" x2="{EDGE + SIDE}" y2="{EDGE}" '
            f'stroke="#999" stroke-dasharray="4"/>{dots}<text x="{EDGE}" y="{EDGE - 12}">{name}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{step * len(named)}" height="{step}" '
        f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(squares)}</svg>\n"
    )


def main() -> None:
    """Write the tables between their marks, and the picture."""
    model = json.loads(MODEL_FILE.read_text("utf-8"))
    report = model["report"]
    page = PAGE.read_text("utf-8")
    for name, table in {
        "weights": weights(model),
        "article-weights": of_articles(model),
        "cross-validated": cross_validated(report),
        "left-out": f"{reliability(report)}\n\n![Said against seen, corpus by corpus]({PICTURE.name})",
    }.items():
        pieces = re.split(rf"<!-- /?{name} -->", page)
        if len(pieces) != 3:
            raise SystemExit(f"{PAGE.name} needs one place for the table {name}")
        page = f"{pieces[0]}<!-- {name} -->\n{table}\n<!-- /{name} -->{pieces[2]}"
    PAGE.write_text(page, "utf-8")
    PICTURE.write_text(picture(report), "utf-8")


if __name__ == "__main__":
    main()

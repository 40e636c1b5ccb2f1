"""Scores of all corpora -> the tables of figures in docs/figures.md and docs/method.md: python docs/make_figures.py

Runs each corpus of ``tests/quality`` (the press texts must be there) and scores it; cross-validated figures are those
of the report of the model. ``--keep FILE`` keeps the scores, and reads them when the file is there.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from dedup.tracing.evidence import MODEL_FILE
from tests.quality.corpora import CORPORA, scores_of

HERE = Path(__file__).parent

Scores = dict[str, dict[str, Any]]


class Figures:
    """Measures by corpus, as text."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores
        self._articles = json.loads(MODEL_FILE.read_text("utf-8"))["report"]["articles"]

    def __call__(self, corpus: str, measure: str, places: int = 3) -> str:
        """One measure."""
        return f"{self._scores[corpus]['measures'][measure]:.{places}f}"

    def of(self, corpus: str, measure: str) -> str:
        """How many of how many."""
        n = self._scores[corpus]["n"][measure]
        return f"{round(self._scores[corpus]['measures'][measure] * n)} of {n}"

    def number(self, corpus: str, measure: str) -> str:
        """A count."""
        return f"{self._scores[corpus]['measures'][measure]:.0f}"

    def baseline(self, name: str, measure: str) -> str:
        """A measure of another program on gilets_jaunes."""
        return f"{self._scores['gilets_jaunes']['baselines'][name][measure]:.3f}"

    def cross_validated(self, name: str) -> str:
        """A score by story, with the dispatches and with them hidden."""
        shown, hidden = self._articles
        return f"{shown[name]:.3f}; dispatches hidden {hidden[name]:.3f}"

    def false_matches(self) -> str:
        """False matches of the examples, and all matches that the labels judge."""
        count, n = (self._scores["examples"][key]["spans.false_matches"] for key in ("measures", "n"))
        return f"{count:.0f} of {n}"


def short(told: Figures) -> list[tuple[str, str, str]]:
    """Data, measure and figure, for users."""
    gilets = "gilets_jaunes"
    return [
        ("five articles about one event", "labelled reuses found", told.of("pyongyang2024", "spans.reuse.found")),
        ("", "labelled rewordings found", told.of("pyongyang2024", "spans.rewrite.found")),
        ("", "false matches", told.number("pyongyang2024", "spans.false_matches")),
        (
            "2,691 articles of 14 papers",
            "article pairs that share 35 % or more of their text, found",
            told(gilets, "pairs.recall.0.35-1"),
        ),
        ("", "article pairs that share 20 to 35 %, found", told(gilets, "pairs.recall.0.2-0.35")),
        (
            "",
            "labelled passages: recall, precision",
            f"{told(gilets, 'passages.recall')}, {told(gilets, 'passages.precision')}",
        ),
        (
            "",
            "clusters: adjusted Rand, B-cubed F1",
            f"{told(gilets, 'clusters.adjusted_rand', 2)}, {told(gilets, 'clusters.bcubed_f1', 2)}",
        ),
        (
            "",
            "credit status and mentions",
            f"{told(gilets, 'credits.status_accuracy', 2)}, {told(gilets, 'credits.mention_f1', 2)} "
            "(the rules were written with these labels)",
        ),
        ("", "wholly, partially, non derived: macro-F1, by story", told.cross_validated("macro_f1")),
        ("", "the same as published, what cannot be told counted as wrong", told(gilets, "derivation.macro_f1")),
        ("", "precision of wholly, as published", told(gilets, "claims.wholly_precision", 2)),
        ("", "share of agency words, mean error, by story", told.cross_validated("share_absolute_error")),
        ("", "the same as published", told(gilets, "share_agency.absolute_error")),
        (
            "476 articles of sites that carry no agency (a part of them labelled)",
            "said to hold agency copy, or suspected",
            f"{told.number('congo', 'claims.found_naming_nobody')}, {told.number('congo', 'claims.suspected')}",
        ),
        ("", "statements among clusters, F1", told("congo", "origin.statement_f1")),
        (
            "a year of one newspaper",
            "credit status, mentions (F1)",
            f"{told('lemonde2022', 'credits.status_accuracy')}, {told('lemonde2022', 'credits.mention_f1')}",
        ),
        ("", "its own pages called derived", told.number("lemonde2022", "claims.own_called_derived")),
        (
            "107 historical articles (OCR)",
            "French agency mentions, strict F1",
            told("newsagency", "newsagency.f1", 2),
        ),
        (
            "77 invented examples",
            "copied spans found; false matches",
            f"{told('examples', 'spans.copied.found')}; {told.false_matches()}",
        ),
        (
            "",
            "wholly, partially, non derived: macro-F1, not trained on these",
            told("examples", "derivation.macro_f1", 2),
        ),
    ]


def long(scores: Scores) -> Iterable[tuple[str, str, str]]:
    """Each measure that has a floor, for developers."""
    floors = json.loads((HERE.parent / "tests" / "quality" / "baseline.json").read_text("utf-8"))
    for corpus, measures in floors.items():
        for number, (name, floor) in enumerate(measures.items()):
            value = scores[corpus]["measures"].get(name)
            figure = "not measured" if value is None else f"{value:.3f} of {scores[corpus]['n'].get(name, '-')}"
            yield "" if number else corpus, f"`{name}`", f"{figure} ({floor})"


def put(page: str, lead: str, head: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write a table between the marks of a page."""
    path = HERE / page
    table = "\n".join([head, "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)])
    block = f"<!-- figures -->\n{lead}\n\n{table}\n<!-- /figures -->"
    path.write_text(
        re.sub(r"<!-- figures -->.*?<!-- /figures -->", lambda _: block, path.read_text("utf-8"), flags=re.S), "utf-8"
    )


def measured(keep: Path | None) -> Scores:
    """Scores of all corpora."""
    if keep and keep.exists():
        return json.loads(keep.read_text("utf-8"))
    scores = {}
    for name in CORPORA:
        with tempfile.TemporaryDirectory() as folder:
            scores[name] = scores_of(name, Path(folder))
    if keep:
        keep.write_text(json.dumps(scores), "utf-8")
    return scores


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--keep", type=Path, help="a file for the scores")
    scores = measured(parser.parse_args().keep)
    put(
        "figures.md",
        "Measured on the articles that the method was developed with; on others it may do worse. What each measure "
        "means: [method](method.md#evaluation).",
        "| data | measure | figure |",
        short(Figures(scores)),
    )
    put(
        "method.md",
        "On the data that the method was developed with; unseen data may do worse. Cross-validated figures stand with "
        "the model, above. Each measure that has a floor, of how many things, and the floor:",
        "| data | measure | figure (floor) |",
        long(scores),
    )


if __name__ == "__main__":
    main()

"""A training report -> Markdown: what the model scores where it was not fitted, corpus by corpus."""

from __future__ import annotations

from typing import Any


def markdown(stored: dict[str, Any]) -> str:
    """The report of a model file as tables; reliability of what was trained without each corpus."""
    report = stored["report"]
    clusters = report["clusters"]
    lines = [
        "# Training of the agency model",
        "",
        f"{report['date']}; {', '.join(f'{name} {number}' for name, number in report['versions'].items())}; "
        f"{report['cross_validation']}.",
        "",
        f"Clusters: {clusters['clusters']} of {clusters['stories']} stories, {clusters['of an agency']} of an agency; "
        f"average precision {clusters['average_precision']}, calibration error {clusters['calibration_error']}, "
        f"Brier score {clusters['brier']}.",
        "",
        "| dispatches | macro-F1 | wholly | partially | non | error of the share | calibration error |",
        "|---|---|---|---|---|---|---|",
    ]
    names = ["dispatches", "macro_f1", "f1_wholly", "f1_partially", "f1_non"]
    names += ["share_absolute_error", "calibration_error"]
    lines += [_row([of[name] for name in names]) for of in report["articles"]]
    for of in report["articles"]:
        lines += ["", f"## Articles, {of['dispatches']} dispatches, by models trained without their stories", ""]
        lines += ["| p_agency from | articles | mean p | with a third of an agency's words |", "|---|---|---|---|"]
        lines += [_row([*bin_.values()]) for bin_ in of["reliability"]]
    for corpus, of in report["without_the_corpus"].items():
        lines += ["", f"## {corpus}, by a model trained without it", ""]
        lines += ["| | p from | number | mean p | of an agency |", "|---|---|---|---|---|"]
        lines += [_row([kind, *bin_.values()]) for kind in ("clusters", "articles") for bin_ in of[kind]]
    return "\n".join(lines) + "\n"


def _row(cells: list[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"

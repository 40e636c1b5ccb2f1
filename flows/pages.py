"""Findings -> what the run page shows: markdown and rows for Prefect's artifacts.

Texts and titles come from the press and the input: whatever they hold is shown as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dedup.findings import Findings

SPREAD_OUTLETS = 12
"""Outlets in the picture of a passage's spread; more would not be read."""


def findings_page(findings: Findings, where: str, run_id: str, seconds: Mapping[str, float], rejects: int) -> str:
    """The story of a run in markdown: counts, the most carried copy, its spread, who names no agency, rejects."""
    counts = findings.counts
    parts = [
        f"# {counts['articles']:,} articles, {counts['clusters']:,} shared passages",
        f"{counts['wholly_derived']:,} articles are wholly agency copy and {counts['partially_derived']:,} in part; "
        f"{counts['uncredited']:,} of them name no agency. The tables are in `{where}` (run `{run_id}`).",
        "## Counts",
        _table(("what", "how many"), [(name.replace("_", " "), f"{number:,}") for name, number in counts.items()]),
    ]
    if findings.dispatches:
        parts += [
            "## Most carried dispatches",
            _table(
                ("dispatch", "agency", "outlets", "owners", "first", "after", "kept", "no credit"),
                [
                    (clip(row["title"] or row["id"]), row["agency"], row["outlets"], row["owners"],
                     row["first_outlet"], duration(row["first_lag"]), share(row["kept"]), row["uncredited"])
                    for row in findings.dispatches
                ],
            ),
        ]
    if findings.passages:
        parts += [
            "## Most carried passages",
            _table(
                ("passage", "agency", "probability", "outlets", "articles", "carriers, in order of time"),
                [
                    (clip(row["text"]), row["agency"], share(row["p_agency"]), row["outlets"], row["articles"],
                     _carriers(row["carriers"]))
                    for row in findings.passages
                ],
            ),
            "## How the first of them spread",
            spread(findings.passages[0]["carriers"]),
        ]
    if findings.uncredited:
        parts += [
            "## Agency copy without credit",
            _table(
                ("article", "outlet", "agency", "share of its words"),
                [
                    (row["article_id"], row["outlet"], row["agency"], share(row["share"]))
                    for row in findings.uncredited
                ],
            ),
        ]
    if rejects:
        parts += [
            f"## {rejects:,} faults in the input",
            _table(("reason", "how many"), [(reason, number) for reason, number in findings.rejects]),
        ]
    parts += ["## Seconds", _table(("step", "seconds"), [(name, f"{value:.2f}") for name, value in seconds.items()])]
    return "\n\n".join(parts) + "\n"


def outlet_rows(findings: Findings) -> list[dict[str, Any]]:
    """One row an outlet for the table artifact; shares 0 to 1, the lag as people say it."""
    return [
        {
            "outlet": row["outlet"] or "unknown",
            "owner": row["owner"] or "",
            "articles": row["articles"],
            "agency words": share(row["share_agency"]),
            "copied words": share(row["copy_rate"]),
            "credited": share(row["share_credited"]),
            "median lag": duration(row["lag_median"]),
        }
        for row in findings.outlets
    ]


def failure_page(message: str) -> str:
    """What to do after a run that failed."""
    return "\n\n".join(
        (
            "# The run stopped",
            f"> {escape(message)}",
            "The last snapshot is whole and still the newest: `latest` moves only when a run has ended. "
            "What this run left in `.work/` is swept by the next. Mend the cause named above and run again; "
            "`dedup doctor` checks the installation, `dedup run --no-flow --debug` shows where it stopped.",
        )
    )


def spread(carriers: Sequence[Mapping[str, Any]]) -> str:
    """A mermaid diagram: the first carrier and the others with their lags."""
    lines = ["```mermaid", "flowchart LR", f'  first(["{_label(carriers[0]["outlet"])}"])']
    for number, carrier in enumerate(carriers[1:SPREAD_OUTLETS]):
        name, lag = _label(carrier["outlet"]), duration(carrier["lag"])
        lines.append(f'  first -- "{lag}" --> o{number}["{name}"]')
    if len(carriers) > SPREAD_OUTLETS:
        lines.append(f'  first --> more["{len(carriers) - SPREAD_OUTLETS} more"]')
    return "\n".join((*lines, "```"))


def escape(text: Any) -> str:
    """Text as it stands, in markdown and inside a table cell; an empty cell for null."""
    if text is None:
        return ""
    text = " ".join(str(text).split())
    for character in "\\`*_[]|~#!$":
        text = text.replace(character, "\\" + character)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, length: int = 120) -> str:
    """The beginning of a text, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def duration(seconds: float | None) -> str:
    """A lag as people say it; a question mark when it is unknown."""
    if seconds is None:
        return "?"
    if abs(seconds) < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if abs(seconds) < 48 * 3600 else f"{seconds / 86400:.0f} d"


def share(value: float | None) -> str:
    """A share between 0 and 1; a question mark when it is unknown."""
    return "?" if value is None else f"{value:.2f}"


def _carriers(carriers: Sequence[Mapping[str, Any]], most: int = 6) -> str:
    shown = ", ".join(f"{carrier['outlet'] or 'unknown'} ({duration(carrier['lag'])})" for carrier in carriers[:most])
    return shown + (f" and {len(carriers) - most} more" if len(carriers) > most else "")


def _label(text: str | None) -> str:
    """A name inside a mermaid node: letters, digits and the plainest signs."""
    kept = "".join(letter if letter.isalnum() or letter in " .-'&/" else " " for letter in text or "unknown")
    return " ".join(kept.replace("&", "et").split()) or "unknown"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)

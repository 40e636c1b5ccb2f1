"""Findings -> what the run page shows: markdown and rows for Prefect's artifacts.

Texts and titles come from the press and the input: whatever they hold is shown as text, never as markup.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dedup.constants import CLAIMED, MINUTE
from dedup.pipeline.steps import RunResult
from dedup.summary.findings import Findings
from dedup.surfaces.cli.found import said_of
from dedup.surfaces.cli.words import clip, count, share
from dedup.surfaces.cli.words import lag as duration

SPREAD_OUTLETS = 12
"""Outlets in the picture of a spread; more would not be read."""


def findings_page(
    findings: Findings,
    result: RunResult,
    where: str,
    figures: Mapping[str, float],
    report: bool = False,
    served: str | None = None,
) -> str:
    """The story of a run in markdown: what is new, who carried what and when, who names no agency, faults, quality.

    ``where`` is the folder of the tables, ``figures`` are the counts of their manifest, ``report`` says whether they
    have one, ``served`` at which address its pages are: headlines link to them.
    """
    counts = findings.counts
    parts = [
        f"# {counts['found']:,} of {counts['articles'] - counts['dispatches']:,} articles with agency copy found",
        f"{' '.join(said_of(findings))} {_news(result)} "
        f"The tables are in `{where}` (run `{result.run_id}`)"
        f"{f'; `{where}/report/index.html` opens in a browser' if report else ''}.",
        *_most_carried(findings, served),
        *_without_credit(findings.uncredited, served),
        *_carried_passages(findings.passages, served),
    ]
    if result.rejects:
        parts += [
            f"## {count(result.rejects, 'fault')} in the input",
            _table(("how many", "reason"), [(number, clip(reason, 90)) for reason, number in findings.rejects]),
            "Table `rejects` has the file and the line of each.",
        ]
    parts += [*_suspected(findings.suspected, served), "## How far to trust it", *_quality(figures)]
    parts += [
        "## In numbers",
        _table(("what", "how many"), [(name.replace("_", " "), f"{number:,}") for name, number in counts.items()]),
        _table(("step", "seconds"), [(name, f"{value:.2f}") for name, value in result.seconds.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _most_carried(findings: Findings, served: str | None) -> list[str]:
    of_day = findings.of_day if findings.of_day != findings.dispatches else []
    parts = []
    if of_day:
        until = f"{findings.day:%Y-%m-%d %H:%M} UTC"
        parts += [f"## Most carried dispatches of the day (24 hours until {until})", *_dispatches(of_day, served)]
    if findings.dispatches:
        parts += [
            f"## Most carried dispatches{' of all days' if of_day else ''}",
            *_dispatches(findings.dispatches, served),
        ]
    return parts


def _without_credit(rows: Sequence[Mapping[str, Any]], served: str | None) -> list[str]:
    if not rows:
        return []
    return [
        "## Found agency copy without credit",
        f"At least {share(CLAIMED)} of the words stand in a dispatch, or in a text that another outlet credits, and "
        "the stored text names no agency. A by-line may be missing from the file: look at the page before you write.",
        _table(
            ("article", "outlet", "agency", "evidence", "share found", "words found"),
            [
                (_name(row, served), row["outlet"], row["agency"], row["evidence"], share(row["share"]), row["words"])
                for row in rows
            ],
        ),
    ]


def _carried_passages(rows: Sequence[Mapping[str, Any]], served: str | None) -> list[str]:
    if not rows:
        return []
    return [
        "## Most carried passages",
        _table(
            ("passage", "agency", "probability", "outlets", "first", "last after"),
            [
                (
                    _page(served, "passage", row["cluster_id"], clip(row["text"], 44)),
                    row["agency"],
                    share(row["p_agency"]),
                    row["outlets"],
                    row["first_outlet"] or "not known",
                    duration(_last(row["carriers"])),
                )
                for row in rows
            ],
        ),
        f"![How the first of them spread]({spread(rows[0])})",
    ]


def _suspected(rows: Sequence[Mapping[str, Any]], served: str | None) -> list[str]:
    if not rows:
        return []
    return [
        "## Reads like agency copy; nothing found",
        "A guess by statistics: no dispatch and no credit supports it. It is no claim about the outlet.",
        _table(
            ("article", "outlet", "perhaps", "probability"),
            [(_name(row, served), row["outlet"], row["likely_agency"], share(row["p_agency"])) for row in rows],
        ),
    ]


def _name(row: Mapping[str, Any], served: str | None) -> str:
    """An article's title, else its id, with a link to its page."""
    return _page(served, "article", row["article_id"], clip(row["title"] or row["article_id"], 48))


class Markdown(str):
    """Text that is markdown already."""

    __slots__ = ()


def _page(served: str | None, kind: str, identity: str, text: str) -> str:
    """Text, with a link to a page of the report where its address is known."""
    if served is None:
        return text
    return Markdown(f"[{escape(text)}]({served.rstrip('/')}/#/{kind}/{quote(identity, safe='')})")


def in_one_line(findings: Findings, result: RunResult) -> str:
    """The run in one line, for the terminal and the list of runs."""
    counts = findings.counts
    if not result.published:
        return f"nothing new; {counts['articles']:,} articles as before"
    rejects = f", {result.rejects:,} rejected" if result.rejects else ""
    return (
        f"{result.new_articles:,} new{rejects}; agency copy found in {counts['found']:,} of "
        f"{counts['articles'] - counts['dispatches']:,} articles; {counts['uncredited']:,} with "
        f"{share(CLAIMED)} or more name no agency"
    )


def outlet_rows(findings: Findings) -> list[dict[str, Any]]:
    """One row an outlet for the table artifact; shares 0 to 1, the lag as people say it."""
    return [
        {
            "outlet": row["outlet"] or "unknown",
            "owner": row["owner"] or "",
            "articles": row["articles"],
            "agency words": share(row["share_found"]),
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


def spread(passage: Mapping[str, Any]) -> str:
    """A picture of who carried a passage when, as the address of an SVG image that needs no network.

    One line an outlet, from the first on; the dots stand where the lags are.
    """
    timed = [carrier for carrier in passage["carriers"] if carrier["lag"] is not None]
    shown = timed[:SPREAD_OUTLETS]
    left, right, row = 190, 520, 26  # pixels
    last = max([carrier["lag"] for carrier in shown], default=0) or 1
    height = row * (len(shown) + 2) + 14
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{height}" font-family="sans-serif" '
        'font-size="13">',
        f'<rect width="640" height="{height}" fill="#fff"/>',
        f'<text x="14" y="24" font-weight="bold">{xml(clip(passage["text"], 84))}</text>',
    ]
    for number, carrier in enumerate(shown, start=1):
        y, x = row * (number + 1), left + (right - left) * max(carrier["lag"], 0) / last
        lines += [
            f'<line x1="{left}" y1="{y - 4}" x2="{x:.0f}" y2="{y - 4}" stroke="#b9c0c9" stroke-width="2"/>',
            f'<text x="{left - 12}" y="{y}" text-anchor="end">{xml(clip(carrier["outlet"] or "unknown", 25))}</text>',
            f'<circle cx="{x:.0f}" cy="{y - 4}" r="6" fill="#1d63c4"/>',
            f'<text x="{x + 12:.0f}" y="{y}">{_moment(carrier, number)}</text>',
        ]
    if rest := len(passage["carriers"]) - len(shown):
        lines.append(f'<text x="14" y="{height - 8}" fill="#555">and {rest} more, later or of unknown hour</text>')
    svg = "".join((*lines, "</svg>"))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _moment(carrier: Mapping[str, Any], number: int) -> str:
    """What stands beside a dot: "first" only where no other outlet can have been earlier."""
    if number == 1:
        return "first" if carrier.get("is_first") else "earliest known time"
    return "+ " + duration(carrier["lag"])


def xml(text: str) -> str:
    """Text as it stands, inside an element of XML; signs that XML cannot hold are left out."""
    from xml.sax.saxutils import escape as escaped

    return escaped("".join(letter for letter in text if letter.isprintable()))


def escape(text: Any) -> str:
    """Text as it stands, in markdown and inside a table cell; an empty cell for null."""
    if text is None:
        return ""
    if isinstance(text, Markdown):
        return str(text)
    text = " ".join(str(text).split())
    for character in "\\`*_[]|~#!$":
        text = text.replace(character, "\\" + character)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _news(result: RunResult) -> str:
    if not result.published:
        return "This run found nothing new: the snapshot before is still the newest."
    return f"This run read {result.new_articles:,} new articles or versions."


def _dispatches(rows: Sequence[Mapping[str, Any]], served: str | None) -> list[str]:
    """A table of dispatches, and under it who carried each when: a table's cells do not wrap on every page."""
    table = _table(
        ("dispatch", "agency", "outlets", "owners", "kept", "no credit"),
        [
            (
                _page(served, "source", row["id"], clip(row["title"] or row["id"], 48)),
                row["agency"],
                row["outlets"],
                row["owners"],
                share(row["kept"]),
                row["uncredited"],
            )
            for row in rows
        ],
    )
    lines = [f"- **{escape(clip(row['title'] or row['id'], 60))}**: {_carriers(row['carriers'])}" for row in rows[:5]]
    return [table, "Who carried the first of them, and how long after the dispatch:", "\n".join(lines)]


def _carriers(carriers: Sequence[Mapping[str, Any]], most: int = 8) -> str:
    shown = [f"{escape(carrier['outlet'] or 'unknown')} ({_lag(carrier)})" for carrier in carriers[:most]]
    return ", ".join(shown) + (f" and {len(carriers) - most} more" if len(carriers) > most else "")


def _lag(carrier: Mapping[str, Any]) -> str:
    """A carrier's lag as far as its dates tell: an interval where one of them is coarse."""
    low, high = carrier["lag"], carrier["most"]
    if low is None or high - low < 2 * MINUTE:
        return duration(low)
    return f"up to {duration(high)}" if low <= 0 <= high else f"{duration(low)} to {duration(high)}"


def _last(carriers: Sequence[Mapping[str, Any]]) -> float | None:
    """The greatest known lag."""
    return max((carrier["lag"] for carrier in carriers if carrier["lag"] is not None), default=None)


def _quality(figures: Mapping[str, float]) -> list[str]:
    """What the run measured of itself, in words (``dedup.matching.audit``)."""
    sharing, held = figures.get("sampled_sharing", 0), figures.get("estimated_recall")
    if held is None:
        said = ["The sample that is compared without the look-up holds no two articles that share prose."]
    else:
        said = [
            f"**Missed**: of {figures['sampled_pairs']:,} pairs of articles that were compared without the look-up, "
            f"{sharing:,} share prose; the look-up holds {share(held)} of these."
        ]
    if (noise := figures.get("estimated_noise")) is not None:
        said.append(
            f"**By chance**: of {figures['sampled_far_pairs']:,} pairs too far apart in time to be copies, "
            f"{figures['sampled_far_sharing']:,} share prose; so chance and standing prose explain a share of "
            f"{share(noise)} of the matched pairs at most."
        )
    else:
        said.append("**By chance**: not estimated; no two articles of the sample lie further apart than the window.")
    return said


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    lines += [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)

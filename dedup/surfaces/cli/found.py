"""What a run found, in a terminal and as one JSON object."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.surfaces.cli.words import clip, count, lag, percent, share, short_path

if TYPE_CHECKING:
    from dedup.pipeline.steps import RunResult
    from dedup.summary.findings import Findings


SHOWN = 5
"""Rows of each list."""

NO_FIRST = {
    "tie": "the dates do not tell which outlet was first",
    "undated": "a carrier without a date may have been first",
}


def _why_no_first(carriers: list[dict[str, Any]]) -> str:
    """Why no outlet is called the first carrier of a dispatch: a name of NO_FIRST."""
    return "undated" if any(carrier["lag"] is None for carrier in carriers) else "tie"


def print_findings(result: RunResult, findings: Findings, out: Path) -> None:
    counts = findings.counts
    print(
        f"{count(counts['articles'], 'article')} ({count(counts['dispatches'], 'dispatch')}) of "
        f"{count(counts['outlets'], 'outlet')}: {count(counts['matches'], 'match')}, "
        f"{count(counts['passages'], 'passage')} in {count(counts['clusters'], 'cluster')}."
    )
    for line in said_of(findings):
        print(line)
    if findings.dispatches:
        rows = [
            (
                clip(row["title"] or row["id"], 56),
                row["outlets"],
                row["first_outlet"] or _why_no_first(row["carriers"]),
                lag(row["first_lag"]) if row["first_outlet"] else "-",
                share(row["kept"]),
                row["uncredited"],
            )
            for row in findings.dispatches[:SHOWN]
        ]
        print_rows("Most carried dispatches", ("dispatch", "outlets", "first", "after", "kept", "no credit"), rows)
        named = {row[2] for row in rows}
        notes = [f"{name}: {why}" for name, why in NO_FIRST.items() if name in named]
        if notes:
            print(f"  ({'; '.join(notes)})")
    elif findings.passages:
        passages = [
            (
                clip(row["text"], 56),
                row["outlets"],
                row["first_outlet"] or _why_no_first(row["carriers"]),
                row["agency"] or "-",
                "-" if row["p_agency"] is None else f"{row['p_agency']:.2f}",
            )
            for row in findings.passages[:SHOWN]
        ]
        print_rows("Most carried passages", ("passage", "outlets", "first", "agency", "p"), passages)
    if result.rejects:
        print(f"\n{count(result.rejects, 'fault')} in the input (table rejects):")
        for reason, number in findings.rejects[:SHOWN]:
            print(f"  {number:,} x {reason}")
        others = result.rejects - sum(number for _, number in findings.rejects[:SHOWN])
        if others > 0:
            print(f"  {others:,} more in rejects")
        files = ", ".join(f"{Path(file or '?').name} ({n:,})" for file, n in findings.reject_files[:SHOWN])
        print(f"  in {files}{', and more files' if len(findings.reject_files) > SHOWN else ''}")
    if not result.published:
        print("\nNothing new in the input: this is the snapshot that was there.")
    seconds = sum(result.seconds.values())
    print(f"\nTables: {short_path(out / 'latest')} (run {result.run_id}, {seconds:.1f} s of work)")
    if (page := report_page(out)) is not None:
        print(f"Report: {short_path(page)} (open it in a browser)")
    print("`dedup tables` says what each column means.")


def said_of(findings: Findings) -> list[str]:
    """What may be said of the articles, a sentence a rung of evidence; each is true of every article counted."""
    from dedup.constants import CLAIMED, LEAST_PART

    counts, shares = findings.counts, findings.shares
    lines = [
        f"{count(counts['found'], 'article')} with words found ({percent(LEAST_PART)} or more) in a dispatch, or in a "
        f"text that another outlet credits to an agency. Words so found are {percent(shares['found'])} of all (all "
        f"agency copy, found or not, is estimated at {percent(shares['estimated'])})."
    ]
    if counts["uncredited"]:
        lines.append(
            f"{counts['uncredited']:,} of them: at least {percent(CLAIMED)} of the words found, and the stored text "
            "names no agency (a by-line may be missing from the file)."
        )
    if counts["cites_only"]:
        lines.append(
            f"{counts['cites_only']:,} of them: at least {percent(CLAIMED)} of the words found, and the text cites an "
            "agency without crediting it."
        )
    if counts["credited"]:
        whose = "its" if counts["credited"] == 1 else "their"
        lines.append(f"{count(counts['credited'], 'article')} given to an agency by {whose} own credit alone.")
    if counts["suspected"]:
        lines.append(f"{count(counts['suspected'], 'article')} read like agency copy; nothing found.")
    return lines


def result_object(result: RunResult, findings: Findings, out: Path) -> dict[str, Any]:
    return {
        "run_id": result.run_id,
        "path": str(result.path),
        "latest": str(out / "latest"),
        "report": report_page(out),
        "counts": result.counts,
        "seconds": result.seconds,
        "rejects": result.rejects,
        "published": result.published,
        "found": findings._asdict(),
    }


def report_page(out: Path) -> Path | None:
    page = out / "latest" / "report" / "index.html"
    return page if page.exists() else None


def print_rows(title: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Aligned columns: the first one to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for first, *others in cells:
        line = [f"{first:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))]
        print("  " + "  ".join(line))

"""``dedup evaluate`` and ``train``: the tables against labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedup.surfaces.cli.app import AsJson, Debug, Out, command, print_json, say
from dedup.surfaces.cli.running import waiting
from dedup.surfaces.cli.words import clip, short_path


@command
def evaluate(
    labels: Annotated[
        list[Path], typer.Option(metavar="DIR", exists=True, help="Folder of labels; may be given more than once.")
    ],
    out: Out = Path("artifacts"),
    misses: Annotated[
        int, typer.Option("--misses", metavar="N", min=0, help="Show N labelled things that the run did not find.")
    ] = 0,
    false_alarms: Annotated[
        int, typer.Option("--false-alarms", metavar="N", min=0, help="Show N things that the labels deny.")
    ] = 0,
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Add what the look-up and the alignment lose, by brute force; slow.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Score the newest snapshot against labels."""
    from dedup.evaluation import scoreboard

    sample = ", and a sample of articles with all others" if candidates else ""
    with waiting(f"compare the tables with the labels{sample}"):
        result = scoreboard.evaluate(out, labels, candidates=candidates)
    shown = {
        name: find(out, labels, text=True)[:most]
        for name, find, most in (
            ("misses", scoreboard.misses, misses),
            ("false_alarms", scoreboard.false_alarms, false_alarms),
        )
        if most
    }
    if as_json:
        print_json({**result, **shown})
        return
    print(scoreboard.format_report(result))
    for name, rows in shown.items():
        print(f"\n{name.replace('_', ' ').capitalize()}")
        for row in rows:
            print(scoreboard.format_rows([row]), end="")
            for side in ("left_text", "right_text", "text"):
                if row.get(side):
                    print(f"    {clip(row[side], 240)}")
        if not rows:
            print("none")


@command
def train(
    hidden: Annotated[Path, typer.Option(metavar="DIR", help="Snapshots of the same articles without the dispatches.")],
    labels: Annotated[
        list[Path], typer.Option(metavar="DIR", exists=True, help="Folder of labels; may be given more than once.")
    ],
    out: Out = Path("artifacts"),
    other: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Snapshots of a corpus in which nothing is an agency's unless it says so."),
    ] = None,
    model: Annotated[
        Path, typer.Option(metavar="FILE", dir_okay=False, help="Where the coefficients and their report go.")
    ] = Path("agency_model.json"),
    debug: Debug = False,
) -> None:
    """Fit the probabilities of agency prose on labels."""
    from datetime import UTC, datetime

    from dedup.evaluation.train import train as fit

    stored = fit(out, hidden, labels, datetime.now(UTC).date().isoformat(), write=model, others=other or ())
    print_json(stored["report"])
    say(f"dedup: {short_path(model)} written; it counts once it stands in dedup/tracing")


@command
def train_rewrites(
    labels: Annotated[Path, typer.Option(metavar="DIR", exists=True, help="Folder with rewrites.jsonl.")],
    out: Out = Path("artifacts"),
    model: Annotated[
        Path, typer.Option(metavar="FILE", dir_okay=False, help="Where the coefficients and their report go.")
    ] = Path("rewrite_model.json"),
    debug: Debug = False,
) -> None:
    """Fit the probabilities of rewordings on labels."""
    from datetime import UTC, datetime

    from dedup.evaluation.rewordings import train as fit

    stored = fit(out, labels, datetime.now(UTC).date().isoformat(), write=model)
    print_json(stored["report"])
    say(f"dedup: {short_path(model)} written; it counts once it stands in dedup/matching")

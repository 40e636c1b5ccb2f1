"""``dedup near-duplicates``: whole texts that are nearly the same, whatever they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedup.surfaces.cli.app import REJECTS, AsJson, Debug, command, print_json, say
from dedup.surfaces.cli.running import inputs_exist
from dedup.surfaces.cli.words import count, short_path


@command
def near_duplicates(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Files (.txt .jsonl .csv .parquet), folders or globs.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder of the two tables.")] = Path(
        "near-duplicates"
    ),
    threshold: Annotated[
        float, typer.Option("--threshold", metavar="J", help="Least Jaccard of two texts, above 0 and up to 1.")
    ] = 0.7,
    shingle_size: Annotated[int, typer.Option("--words", metavar="N", min=1, help="Words of an n-gram.")] = 3,
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="NAME", help="Column of the texts, when they are no articles."),
    ] = None,
    id_column: Annotated[str | None, typer.Option("--id", metavar="NAME", help="Column of their ids.")] = None,
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="parquet or csv.")] = "parquet",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 when input was rejected.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Find whole texts that are nearly the same."""
    inputs_exist(inputs)
    if not 0 < threshold <= 1:
        raise typer.BadParameter("a Jaccard is above 0 and up to 1", param_hint="--threshold")
    if format not in ("parquet", "csv"):
        raise typer.BadParameter(f"{format!r} is no format; there are parquet and csv", param_hint="--format")
    if id_column and column is None:
        raise typer.BadParameter("give the column of the texts too (--column)", param_hint="--id")
    from dedup.surfaces.near_duplicates import write

    made = write(inputs, to, threshold, shingle_size, column, id_column, format)
    if as_json:
        print_json(made._asdict())
    else:
        for reject in made.rejects:
            say(f"dedup: {reject}")
        print(
            f"{count(made.texts, 'text')}: {count(made.pairs, 'pair')} from a Jaccard of {threshold} on, "
            f"{count(made.clusters, 'cluster')}; {made.duplicates:,} could go for the first of theirs"
        )
        print("Tables: " + ", ".join(short_path(path) for path in made.files))
    return REJECTS if strict and made.rejects else 0

"""Print the scores of the present code beside the committed floors; with ``--write``, raise the floors to them.

Run from the top of the repository: ``python -m tests.quality.update_baseline [--write] [CORPUS ...]``.
A floor never falls here: lower it by hand, with a reason.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from pathlib import Path

from dedup.evaluation.scoreboard import format_report, lower_is_better
from tests.quality.corpora import CORPORA, scores_of

FILE = Path(__file__).with_name("baseline.json")
PLACES = 3
"""Decimal places of a floor; it is rounded to the lenient side."""


def raised(floor: float, value: float, measure: str) -> float:
    """The stricter of a floor and a value, the value rounded so that it passes itself."""
    scale = 10**PLACES
    if lower_is_better(measure):
        return min(floor, math.ceil(value * scale - 1e-6) / scale)
    return max(floor, math.floor(value * scale + 1e-6) / scale)


def main() -> None:
    """Run, score, print; write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="raise the floors to the present scores")
    parser.add_argument("corpus", nargs="*", help=f"of {', '.join(CORPORA)}; all when none is named")
    options = parser.parse_args()
    unknown = set(options.corpus) - set(CORPORA)
    if unknown:
        parser.error(f"no corpus {', '.join(sorted(unknown))}")
    floors = json.loads(FILE.read_text("utf-8"))
    for name in options.corpus or CORPORA:
        missing = [path.name for path in CORPORA[name].needed() if not path.exists()]
        if missing:
            print(f"{name}: skipped, {', '.join(missing)} is not there")
            continue
        with tempfile.TemporaryDirectory() as folder:
            result = scores_of(name, Path(folder), compare=True)
        print(f"\n{name}\n{format_report(result)}")
        for measure, floor in floors.get(name, {}).items():
            value = result["measures"].get(measure)
            if value is None:
                print(f"  {measure}: floor {floor}, not measured")
                continue
            fallen = value > floor + 1e-6 if lower_is_better(measure) else value < floor - 1e-6
            print(f"  {measure}: floor {floor}, now {value:.4f}{'  BELOW ITS FLOOR' if fallen else ''}")
            floors[name][measure] = raised(floor, value, measure)
    if options.write:
        FILE.write_text(json.dumps(floors, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""Scores on labelled articles never fall: each measure of ``baseline.json`` against a fresh run.

``python -m tests.quality.update_baseline`` prints the scores of the present code beside the floors, and
``--write`` moves the floors up to them. A floor is lowered by hand, with a reason in the commit.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dedup.evaluation.scoreboard import lower_is_better

FLOORS: dict[str, dict[str, float]] = json.loads(Path(__file__).with_name("baseline.json").read_text("utf-8"))

TOLERANCE = 1e-6
"""Scores are ratios of counts; what differs by less is rounding."""


@pytest.mark.parametrize(
    ("corpus", "measure"), [(corpus, measure) for corpus, floors in FLOORS.items() for measure in floors]
)
def test_a_score_has_not_fallen_below_its_floor(scores, corpus, measure):
    floor = FLOORS[corpus][measure]
    measured = scores(corpus)["measures"]
    if measure not in measured:
        pytest.fail(f"{corpus}: {measure} was not measured; measured: {', '.join(measured)}")
    value = measured[measure]
    if lower_is_better(measure):
        assert value <= floor + TOLERANCE, f"{corpus}: {measure} is {value:.4f}, more than {floor}"
    else:
        assert value >= floor - TOLERANCE, f"{corpus}: {measure} is {value:.4f}, less than {floor}"

"""Units of work: what a run has done elsewhere is what it would have done here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digests import FILE, ROOT, digests

from dedup.config import Config
from dedup.pipeline import compare, steps
from dedup.pipeline.run import Run
from dedup.store import disk


def test_units_done_elsewhere_twice_and_in_small_pieces_make_the_same_tables(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(compare, "UNIT_PAIRS", 7)
    done: list[str] = []

    def elsewhere(unit: Any, run: Run, items: Any) -> Iterator[Any]:
        """A worker knows the folder, the settings and the item; one that seems lost has its unit done again."""
        for item in items:
            done.append(unit.__name__)
            first = unit(Run.open(run.work, run.config), item)
            assert unit(Run.open(run.work, run.config), item) == first
            yield first

    config = Config()
    with steps.working([ROOT / "examples" / "inbox"], tmp_path, config) as work:
        for step in steps.STEPS:
            steps.perform(work, step, config, elsewhere)
        steps.publish(work, config)
    assert digests(disk.latest(tmp_path)) == json.loads(FILE.read_text("utf-8"))
    assert set(done) == {
        *("cut_part", "credit_part", "look_back", "align_pairs"),
        *("join_spans", "plant", "cut_components"),
    }
    assert done.count("align_pairs") > 5

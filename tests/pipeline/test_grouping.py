"""Passages and clusters by units of work: as many as can be, and the tables of one."""

from __future__ import annotations

import json
from collections import Counter

from digests import FILE, ROOT, digests

import dedup
from dedup.arrays import ranges_of
from dedup.config import Config
from dedup.pipeline import matches
from dedup.pipeline import run as running
from dedup.store import disk
from dedup.tracing import cluster


def test_the_tables_are_the_same_when_every_few_matches_are_a_unit_of_their_own(monkeypatch, tmp_path):
    units: Counter[str] = Counter()

    def counted(unit, run, items):
        for item in items:
            units[unit.__name__] += 1
            yield unit(run, item)

    monkeypatch.setattr(running, "in_turn", counted)
    monkeypatch.setattr(matches, "in_turns", lambda needed, config: ranges_of(needed, 1 + int(needed.sum()) // 5))
    monkeypatch.setattr(matches, "SIDES", 20)
    monkeypatch.setattr(cluster, "AT_ONCE", 10)
    dedup.run(ROOT / "examples" / "inbox", tmp_path, Config(report=False))
    assert units["plant"] >= 4
    assert units["merge"] >= units["plant"] - 1
    assert units["join_spans"] > units["plant"]
    assert units["cut_components"] > 4
    assert digests(disk.latest(tmp_path)) == json.loads(FILE.read_text("utf-8"))

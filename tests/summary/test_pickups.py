"""What was picked up between two snapshots: each carrier once, in the run that brought it."""

from __future__ import annotations

from runs import prose, write_lines

from dedup.pipeline import days, steps
from dedup.store.snapshot import Snapshot
from dedup.summary.pickups import new_pickups


def row(name: str, text: str, hour: int, **more) -> dict:
    return {"id": name, "text": text, "outlet": name.title(), "published_at": f"2025-03-12T{hour:02}:00:00Z", **more}


def test_a_pick_up_is_told_once_with_outlet_and_lag_whether_tables_are_files_or_folders(tmp_path, monkeypatch):
    copy, other = prose(1, 80), prose(2, 80)
    dispatches = [row("w1", copy, 6, is_wire=True), row("w2", other, 6, is_wire=True), row("w3", copy, 7, is_wire=True)]
    first = write_lines(tmp_path / "first.jsonl", [*dispatches, row("gazette", copy, 8)])
    second = write_lines(
        tmp_path / "second.jsonl", [row("fanal", f"{prose(3)}\n{copy}", 9), row("own", prose(4, 80), 9)]
    )
    third = write_lines(tmp_path / "third.jsonl", [row("late", f"{copy}\n{other}", 11)])
    for least in (1_000, 1):
        monkeypatch.setattr(days, "SHARED_ARTICLES", least)
        told, before = [], None
        for part in (first, second, third):
            now = Snapshot(steps.run([part], tmp_path / f"out{least}").path)
            found = new_pickups(before, now).to_pylist()
            told.append({(one["dispatch"], one["outlet"], one["lag_low"]) for one in found})
            assert len(found) == len(told[-1])
            before = now
        assert told == [
            {("w1", "Gazette", 7_200)},
            {("w1", "Fanal", 3 * 3_600)},
            {("w1", "Late", 5 * 3_600), ("w2", "Late", 5 * 3_600)},
        ], least

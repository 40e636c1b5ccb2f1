"""Clocks of outlets, and the share of agency firsts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from summaries import article_provenance, articles, outlet, passage, provenance, told, wire

from dedup.summary.clocks import clock_audit
from dedup.summary.firsts import agency_first
from dedup.summary.outlets import outlets


def carried_after(hours: list[float]) -> tuple[pa.Table, pa.Table]:
    rows, traced = [], []
    for number, late_by in enumerate(hours):
        rows += [wire(f"w{number}", 2.37 * number), outlet(f"a{number}", "Le Phare", 2.37 * number + late_by)]
        traced += [passage(f"w{number}", cluster_id=f"c{number}"), passage(f"a{number}", cluster_id=f"c{number}")]
    return articles(*rows), provenance(*traced)


@pytest.mark.parametrize(
    ("hours", "note"),
    [
        ([-1.0, -0.99, -0.97, -0.95, -0.9, -0.8, -0.5, 0.7, 2.0, 3.0], "clock 1 h slow: 7 of 10"),
        ([-2.0, -1.99, -1.97, -1.95, -1.9, -0.8, -0.5, 0.7, 2.0, 3.0], "clock 2 h slow: 7 of 10"),
        ([1.0, 1.01, 1.02, 1.05, 1.1, 1.5, 2, 3], "clock perhaps 1 h fast"),
        ([0.0, 0.01, 0.02, 0.05, 0.1, 1.5, 2, 3], None),
        ([-3.0, -2.2, -1.7, -1.1, -0.4, 0.3, 2, 3], None),
        ([-1.0, -0.99, -0.97], None),
    ],
    ids=["one hour slow", "two hours slow", "one hour fast", "healthy", "scattered", "too few"],
)
def test_the_clock_audit_sees_shifts_of_whole_hours(hours, note):
    notes = clock_audit(*carried_after(hours))
    assert list(notes) == ([] if note is None else ["Le Phare"])
    assert note is None or notes["Le Phare"].startswith(note)


def test_the_clock_audit_sees_dates_at_midnight():
    paris = [outlet(f"p{n}", "Le Phare", 10 + 24 * n) for n in range(5)]  # 22:00 UTC in summer
    utc = [outlet(f"u{n}", "La Digue", 12 + 24 * n) for n in range(5)]
    days = [outlet(f"d{n}", "Le Môle", 12 + 24 * n, date_precision="day") for n in range(5)]
    fine = [outlet(f"f{n}", "Le Quai", 7 * n) for n in range(5)]
    notes = clock_audit(articles(*paris, *utc, *days, *fine), provenance())
    assert sorted(notes) == ["La Digue", "Le Môle", "Le Phare"]
    assert notes["Le Phare"].startswith("dates at midnight (5 of 5)")
    assert notes["Le Môle"] == "dates without a time of day (5 of 5)"


def test_the_clock_note_stands_in_the_outlet_table():
    known, traced = carried_after([-1.0] * 8)
    made = outlets(known, article_provenance(*(told(f"a{n}") for n in range(8))), traced)
    assert all(row["clock_note"].startswith("clock 1 h slow") for row in made.to_pylist())


def test_agency_firsts_add_up_to_the_clusters():
    known = articles(wire("w", 0), outlet("a", "Le Phare", 1), outlet("b", "La Digue", -1), outlet("u", "Le Môle"))
    traced = provenance(
        passage("w", cluster_id="1"), passage("a", cluster_id="1"), passage("u", cluster_id="1"),
        passage("w", cluster_id="2"), passage("b", cluster_id="2"),
        passage("w", cluster_id="3"), passage("u", cluster_id="3"),
        passage("a", cluster_id="4"), passage("b", cluster_id="4"),
        passage("w", cluster_id="5"),
        passage("w", cluster_id="6", share_class="quotation"), passage("a", cluster_id="6", share_class="quotation"),
    )  # fmt: skip
    assert agency_first(known, traced) == {
        "clusters": 4, "agency_first": 1, "outlet_first": 1, "unknown": 1, "without_dispatch": 1,
    }  # fmt: skip

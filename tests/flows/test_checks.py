"""Checks of a run's data, and the form that its parameters make."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from prefect.utilities.callables import parameter_schema
from runs import ROOT, run

from dedup.pipeline.steps import RunResult
from dedup.store import disk
from dedup.summary.findings import read_findings
from flows import pages
from flows.checks import Checks, faults, reject_rows, remedy
from flows.provenance import provenance


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Path:
    return disk.latest(run([ROOT / "examples" / "inbox"], tmp_path_factory.mktemp("checked")).out)


@pytest.fixture(scope="module")
def newest(snapshot):
    return pc.max(disk.read_table(snapshot / "articles.parquet", columns=["published_at"])["published_at"]).as_py()


def test_a_run_without_checks_never_fails_by_them(snapshot, newest):
    assert faults(Checks(), snapshot, 50, 1, newest + timedelta(days=900)) == []


@pytest.mark.parametrize(
    ("checks", "rejects", "new", "hours", "said"),
    [
        (Checks(strict=True), 1, 9, 0, "1 fault in the input (strict)"),
        (Checks(strict=True), 0, 9, 0, None),
        (Checks(max_reject_share=0.1), 1, 9, 0, None),
        (Checks(max_reject_share=0.1), 2, 9, 0, "2 of 11 new articles"),
        (Checks(max_reject_share=0.0), 0, 0, 0, None),
        (Checks(freshness_hours=6), 0, 9, 5.9, None),
        (Checks(freshness_hours=6), 0, 9, 6.5, "6.5 hours old"),
    ],
)
def test_a_check_fails_beyond_its_bound_and_says_by_how_much(snapshot, newest, checks, rejects, new, hours, said):
    found = faults(checks, snapshot, rejects, new, newest + timedelta(hours=hours))
    assert (not found) if said is None else (len(found) == 1 and said in found[0])


def test_articles_without_a_date_are_no_fresh_ones(snapshot, newest, tmp_path):
    undated = disk.read_table(snapshot / "articles.parquet")
    place = undated.schema.get_field_index("published_at")
    field = undated.schema.field(place)
    disk.write_table(
        tmp_path / "articles.parquet", undated.set_column(place, field, pa.nulls(len(undated), field.type))
    )
    assert "no article has a date" in faults(Checks(freshness_hours=1), tmp_path, 0, 9, newest)[0]


def test_rejects_are_told_by_file_with_how_many_and_what_to_do(snapshot):
    rows = reject_rows(disk.read_table(snapshot / "rejects.parquet").to_pylist())
    assert rows and {"file", "how many", "reason", "remedy"} == set(rows[0])
    assert sum(row["how many"] for row in rows) == disk.count_rows(snapshot / "rejects.parquet")
    assert [row["remedy"] for row in rows if row["reason"].startswith("not JSON")] == [remedy("not JSON: x")]
    assert remedy("something new") == "see the line named by `position` in table `rejects`"


def test_the_form_opens_with_what_most_runs_need_and_describes_every_field():
    schema = parameter_schema(provenance).model_dump()
    ordered = sorted(schema["properties"], key=lambda name: schema["properties"][name]["position"])
    assert ordered[:5] == ["inputs", "out", "window_days", "agency", "outlets"]
    assert ordered[-2:] == ["checks", "config"]
    assert all(field.get("description") for field in schema["properties"].values())
    for model in ("Config", "Checks"):
        assert all(field.get("description") for field in schema["definitions"][model]["properties"].values())


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (None, None, "?"),
        (600, 600, "10 min"),
        (-65_000, 21_400, "up to 5.9 h"),
        (3_600, 90_000, "1.0 h to 25.0 h"),
    ],
)
def test_the_lag_of_a_coarse_date_is_an_interval(low, high, said):
    assert pages._lag({"lag": low, "most": high}) == said


def test_a_run_is_told_in_one_line(snapshot):
    findings = read_findings(snapshot)
    result = RunResult("run", snapshot, {}, {}, rejects=4, new_articles=78)
    line = pages.in_one_line(findings, result)
    assert re.fullmatch(
        r"78 new, 4 rejected; agency copy found in \d+ of \d+ articles; \d+ with 0.20 or more name no agency", line
    )
    assert pages.in_one_line(findings, result._replace(published=False)).startswith("nothing new; ")

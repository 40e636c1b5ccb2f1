"""What is said of articles is true of every article that it counts."""

from __future__ import annotations

import pyarrow as pa
import pytest

from dedup import schemas
from dedup.constants import CLAIMED, LEAST_PART
from dedup.store import disk
from dedup.summary.findings import cites_only, is_without_credit, read_findings

STATUSES = ("credited_full", "credited_partial", "in_text_only", "photo_only", "none")


def articles(**columns: list) -> pa.Table:
    return pa.table(columns)


@pytest.mark.parametrize("evidence", schemas.EVIDENCE)
def test_without_credit_is_who_names_nobody_and_to_cite_an_agency_is_another_thing(evidence):
    found = articles(evidence=[evidence] * 5, share_found=[CLAIMED] * 5, agency=["AFP"] * 5, credit_status=[*STATUSES])
    silent, cited = (
        [name for name, said in zip(STATUSES, rule(found).to_pylist(), strict=True) if said]
        for rule in (is_without_credit, cites_only)
    )
    if evidence in ("dispatch", "attested"):
        assert silent == ["photo_only", "none"] and cited == ["in_text_only"]
    else:
        assert silent == cited == []


@pytest.mark.parametrize(("share", "agency"), [(CLAIMED - 0.01, "AFP"), (CLAIMED, None), (None, "AFP")])
def test_little_found_or_no_agency_named_makes_no_claim(share, agency):
    found = articles(
        evidence=["dispatch"],
        share_found=pa.array([share], pa.float32()),
        agency=pa.array([agency], pa.string()),
        credit_status=["none"],
    )
    assert not is_without_credit(found).to_pylist()[0] and not cites_only(found).to_pylist()[0]


def test_first_with_a_passage_is_who_was_surely_first_and_a_day_is_no_time(examples):
    precision = {row["article_id"]: row["date_precision"] for row in examples.rows("articles")}
    passages = read_findings(disk.latest(examples.out)).passages
    assert any(row["first_outlet"] for row in passages)
    for passage in passages:
        rows = [row for row in examples.rows("provenance") if row["cluster_id"] == passage["cluster_id"]]
        assert passage["first_outlet"] in ({row["outlet"] for row in rows if row["is_first"]} or {None})
        exact = {row["outlet"] for row in rows if precision[row["article_id"]] in ("second", "minute")}
        assert {carrier["outlet"] for carrier in passage["carriers"] if carrier["lag"] is not None} == exact


def test_each_count_of_a_run_is_true_of_the_articles_counted(examples):
    counts = read_findings(disk.latest(examples.out)).counts
    printed = [row for row in examples.rows("article_provenance") if not row["is_wire"]]
    found = [row for row in printed if row["evidence"] in schemas.FOUND]
    assert counts["found"] == len(found)
    assert all(row["share_found"] >= LEAST_PART and row["agency"] for row in found)
    much = [row for row in found if row["share_found"] >= CLAIMED]
    naming = {status: sum(row["credit_status"] == status for row in much) for status in STATUSES}
    assert (
        counts["uncredited"] == naming["none"] + naming["photo_only"] and counts["cites_only"] == naming["in_text_only"]
    )
    credited = [row for row in printed if row["evidence"] == "credited"]
    assert counts["credited"] == len(credited)
    assert all(row["credit_status"] in schemas.CREDITED and row["share_found"] < LEAST_PART for row in credited)
    suspected = [row for row in printed if row["evidence"] == "suspected"]
    assert counts["suspected"] == len(suspected)
    assert all(row["share_found"] == 0 and row["agency"] is None for row in suspected)

"""``dedup.open``: the tables as relations, and answers that are those of the report."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from runs import prose, run_articles

import dedup
from dedup import schemas
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.findings import is_without_credit, printed_articles


@pytest.fixture(scope="module")
def opened(examples):
    with dedup.open(examples.out) as opened:
        yield opened


def test_every_table_is_an_attribute_with_the_columns_of_its_schema(opened, examples):
    for name, schema in schemas.TABLES.items():
        assert getattr(opened, name).columns == schema.names
        assert len(getattr(opened, name)) == examples.table(name).num_rows
        assert name in dir(opened) and name in dedup.open.__globals__["Opened"].__annotations__
    with pytest.raises(AttributeError, match="there are articles, "):
        opened.nonsense  # noqa: B018


def test_a_relation_is_a_data_frame_of_pandas_of_polars_and_of_arrow(opened, examples):
    whole = examples.table("outlets")["outlet"].to_pylist()
    assert isinstance(opened.outlets.df(), pd.DataFrame) and opened.outlets.df()["outlet"].tolist() == whole
    assert isinstance(opened.outlets.pl(), pl.DataFrame) and opened.outlets.pl()["outlet"].to_list() == whole
    arrow = opened.outlets.arrow()
    arrow = arrow if isinstance(arrow, pa.Table) else arrow.read_all()
    assert arrow["outlet"].to_pylist() == whole


def test_the_uncredited_are_those_of_the_report(opened, examples):
    printed = printed_articles(Snapshot(disk.latest(examples.out)))
    expected = printed.filter(is_without_credit(printed))["article_id"].to_pylist()
    made = opened.uncredited().pl()
    assert expected and sorted(made["article_id"].to_list()) == sorted(expected)
    assert made["words_found"].is_sorted(descending=True)


def test_pickup_is_of_the_day_asked_and_without_one_of_the_newest_that_was_carried(opened, examples):
    rows = examples.rows("wire_pickup")
    newest = max(row["published_at"] for row in rows if row["n_articles"]).date()
    for day in (newest, str(newest), None):
        made = opened.pickup(day).fetchall()
        assert {row[0] for row in made} == {
            row["article_id"] for row in rows if row["published_at"] and row["published_at"].date() == newest
        }
    assert opened.pickup("1999-01-01").fetchall() == []


def test_who_copies_whom_leaves_agency_text_out_unless_it_is_asked_for(opened, examples):
    rows = [row for row in examples.rows("copies") if row["directed"]]
    assert len(opened.who_copies_whom(without_agency=False)) == len(rows)
    own = [row for row in rows if row["origin"] not in ("agency", "suspected")]
    assert len(opened.who_copies_whom()) == len(own) < len(rows)


def test_the_timeline_counts_every_dated_article_of_an_outlet_once(opened, examples):
    dated = [
        row for row in examples.rows("article_provenance")
        if not row["is_wire"] and row["date_precision"] in ("second", "minute", "day")
    ]  # fmt: skip
    made = opened.timeline().pl()
    assert made["n_articles"].sum() == len(dated)
    assert set(made["day"]) == {row["published_at"].date() for row in dated}
    assert set(made["evidence"]) <= {"found", "credited", "suspected", "none"}


def test_sql_takes_parameters_and_days_are_those_of_utc(opened):
    asked = "SELECT count(*) FROM articles WHERE is_wire = $wire"
    assert opened.sql(asked, wire=True).fetchall() == opened.sql("SELECT count(*) FROM wire_pickup").fetchall()
    ((late,),) = opened.sql("SELECT TIMESTAMPTZ '2025-03-12 23:30:00+00'").fetchall()
    assert late.astimezone(UTC) == datetime(2025, 3, 12, 23, 30, tzinfo=UTC)
    assert opened.sql("SELECT (TIMESTAMPTZ '2025-03-12 23:30:00+00')::DATE::VARCHAR").fetchall() == [("2025-03-12",)]


def test_frames_go_in_and_come_out(tmp_path):
    frame = pl.DataFrame({"id": ["a", "b"], "outlet": ["Le Phare", "La Digue"], "text": [prose(1, 60)] * 2})
    with dedup.open(dedup.run(frame, tmp_path)) as opened:
        assert opened.article_provenance.pl()["copy_rate"].max() == 1.0


def test_it_stays_the_snapshot_that_it_was_and_a_strange_folder_is_no_pattern(tmp_path):
    out = tmp_path / "l'[an] *"
    made = run_articles(out, {"text": prose(1)}, keep_snapshots=3)
    with dedup.open(made.out) as opened:
        before = opened.path
        run_articles(out, {"text": prose(1)}, {"text": prose(2)}, keep_snapshots=3)
        assert len(opened.articles) == 1 and opened.path == before
    with dedup.open(made.out) as opened:
        assert len(opened.articles) == 2


def test_a_folder_a_day_and_a_table_of_a_later_version_are_read_too(examples, tmp_path):
    folder = tmp_path / "latest"
    shutil.copytree(disk.latest(examples.out), folder)
    (folder / "copies.parquet").unlink()
    (folder / "provenance").mkdir()
    (folder / "provenance.parquet").rename(folder / "provenance" / "no-day.parquet")
    with dedup.open.__globals__["Opened"](folder) as opened:
        assert len(opened.provenance) == examples.table("provenance").num_rows
        assert len(opened.who_copies_whom()) == 0


def test_where_there_is_no_snapshot_the_error_says_what_to_do(tmp_path):
    with pytest.raises(disk.StorageError, match="dedup run"):
        dedup.open(tmp_path)

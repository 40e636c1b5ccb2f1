"""A snapshot's tables: as files, as folders by day, and when they are missing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from dedup.schemas import OUTLETS, TABLES
from dedup.store import disk
from dedup.store.snapshot import Snapshot

NAMES = [f"Journal {number}" for number in range(7)]


def rows(names: list[str]) -> pa.Table:
    return pa.Table.from_pylist(
        [{**dict.fromkeys(OUTLETS.names, None), "outlet": name} for name in names],
        schema=pa.schema([field.with_nullable(True) for field in OUTLETS]),
    )


@pytest.fixture(params=["file", "folder"])
def snapshot(request, tmp_path) -> Snapshot:
    if request.param == "file":
        disk.write_table(tmp_path / "outlets.parquet", rows(NAMES))
    else:
        for day, some in (("2025-03-01", NAMES[:3]), ("2025-03-02", NAMES[3:])):
            disk.write_table(tmp_path / "outlets" / f"{day}.parquet", rows(some))
    disk.write_manifest(tmp_path, {"run_id": "r"})
    return Snapshot(tmp_path)


def test_a_table_reads_the_same_from_a_file_and_from_a_folder(snapshot):
    assert snapshot.table("outlets", ["outlet"])["outlet"].to_pylist() == NAMES
    assert [name for batch in snapshot.batches("outlets", ["outlet"]) for name in batch[0].to_pylist()] == NAMES
    assert snapshot.rows("outlets") == 7 and snapshot.manifest["run_id"] == "r"


def test_rows_are_found_by_a_text_in_a_column_and_in_some_files_of_a_folder(snapshot):
    wanted = [NAMES[1], NAMES[4], "Aucun"]
    assert snapshot.where("outlets", "outlet", wanted, ["outlet"]).to_pylist() == [
        {"outlet": NAMES[1]},
        {"outlet": NAMES[4]},
    ]
    some = snapshot.where("outlets", "outlet", wanted, ["outlet"], {"2025-03-02.parquet"}).to_pylist()
    folder = snapshot.path("outlets").is_dir()
    assert some == [{"outlet": name} for name in (NAMES[4:5] if folder else [NAMES[1], NAMES[4]])]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_not_there_has_no_rows_and_its_columns(tmp_path, name):
    empty = Snapshot(tmp_path)
    assert empty.path(name) is None and empty.rows(name) == 0
    assert empty.table(name).schema.equals(TABLES[name]) and len(empty.table(name)) == 0
    column = TABLES[name].names[0]
    assert empty.table(name, [column]).column_names == [column]
    assert list(empty.batches(name, [column])) == [] and empty.where(name, column, ["a"], [column]).num_rows == 0

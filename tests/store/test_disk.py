"""The disk: tables, work files, manifests, snapshots, the lock, and what happens when the disk refuses."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup.schemas import CLUSTER_HISTORY
from dedup.store import disk
from dedup.store.disk import Lock, StorageError

ROOT = Path(__file__).parents[2]


def history(n, start=0):
    return pa.table(
        [[f"c{row}" for row in range(start, start + n)], ["created"] * n, [None] * n, range(n), ["run-1"] * n],
        schema=CLUSTER_HISTORY,
    )


def files(folder):
    """Files below a folder, links to folders not followed."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


# Tables


def test_a_table_is_read_back_with_its_documentation_and_metadata(tmp_path):
    metadata = {"config": {"seed": 1}, "run": "r"}
    path = disk.write_table(tmp_path / "a" / "h.parquet", history(5), CLUSTER_HISTORY, metadata)
    table = disk.read_table(path)
    assert table.equals(history(5))
    assert table.schema.field("size").metadata == CLUSTER_HISTORY.field("size").metadata
    assert table.schema.metadata == {b"config": b'{"seed": 1}', b"run": b"r"}
    assert disk.read_table(path, ["size"]).column_names == ["size"]
    assert disk.count_rows(path) == 5
    assert files(tmp_path) == ["a/h.parquet"]


def test_equal_tables_give_equal_bytes_however_they_are_chunked(tmp_path):
    table = history(1000)
    chunked = pa.concat_tables([table.slice(0, 3), table.slice(3, 700), table.slice(703)])
    shuffled = chunked.select(list(reversed(chunked.column_names)))
    one = disk.write_table(tmp_path / "1", table, CLUSTER_HISTORY, {"b": 1, "a": 2}).read_bytes()
    assert disk.write_table(tmp_path / "2", shuffled, CLUSTER_HISTORY, {"a": 2, "b": 1}).read_bytes() == one


def test_appended_batches_give_the_same_file_as_one_table(tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.store.tables.ROW_GROUP", 100)
    table = history(1050)
    whole = disk.write_table(tmp_path / "whole.parquet", table)
    with disk.PartWriter(tmp_path / "parts.parquet", CLUSTER_HISTORY) as part:
        for start, size in ((0, 1), (1, 0), (1, 98), (99, 301), (400, 650)):
            part.append(table.slice(start, size))
    assert part.rows == 1050
    assert (tmp_path / "parts.parquet").read_bytes() == whole.read_bytes()


def test_a_table_of_no_rows_keeps_its_schema(tmp_path):
    path = disk.write_table(tmp_path / "h.parquet", CLUSTER_HISTORY.empty_table(), CLUSTER_HISTORY)
    assert disk.read_table(path).schema == CLUSTER_HISTORY
    with disk.PartWriter(path, CLUSTER_HISTORY):
        pass
    assert disk.read_table(path).num_rows == 0


def test_a_folder_is_one_table_in_the_order_of_its_names(tmp_path):
    disk.write_table(tmp_path / "t" / "day=2" / "b.parquet", history(2, 2))
    disk.write_table(tmp_path / "t" / "day=1" / "a.parquet", history(2))
    assert disk.read_table(tmp_path / "t")["cluster_id"].to_pylist() == ["c0", "c1", "c2", "c3"]
    assert [part.num_rows for part in disk.iter_parts(tmp_path / "t", ["size"])] == [2, 2]
    assert disk.table_schema(tmp_path / "t") == CLUSTER_HISTORY
    assert disk.count_rows(tmp_path / "t") == 4


def test_a_table_that_does_not_fit_its_schema_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"missing columns \['size'\], surplus columns \['sizes'\]"):
        renamed = history(1).rename_columns(["cluster_id", "event", "other_id", "sizes", "run_id"])
        disk.write_table(tmp_path / "h", renamed, CLUSTER_HISTORY)
    assert files(tmp_path) == []


def test_a_writer_that_fails_leaves_the_older_file_and_nothing_else(tmp_path):
    path = disk.write_table(tmp_path / "h.parquet", history(2))
    with pytest.raises(RuntimeError), disk.PartWriter(path, CLUSTER_HISTORY) as part:
        part.append(history(5))
        raise RuntimeError
    assert disk.read_table(path).num_rows == 2 and files(tmp_path) == ["h.parquet"]


def test_batches_of_a_file_keep_its_rows_in_order(tmp_path):
    path = disk.write_table(tmp_path / "h.parquet", history(25))
    batches = list(disk.iter_batches(path, 10, ["cluster_id"]))
    assert [batch.num_rows for batch in batches] == [10, 10, 5]
    assert pa.Table.from_batches(batches) == disk.read_table(path, ["cluster_id"])


def test_a_stored_table_is_read_in_parts_as_one_in_memory_is(tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.store.tables.BATCH_ROWS", 10)
    table = history(25)
    for name in ("a", "b"):
        disk.write_table(tmp_path / "h" / f"{name}.parquet", table)
    stored = disk.Stored(tmp_path / "h").select(["cluster_id"])
    for _ in range(2):  # it can be gone through again
        parts = list(stored.to_reader())
        assert [part.num_rows for part in parts] == [10, 10, 5, 10, 10, 5]
        assert pa.Table.from_batches(parts) == pa.concat_tables([table, table]).select(["cluster_id"])
    with pytest.raises(ValueError, match="has no column nothing"):
        list(stored.select(["nothing"]).to_reader())


# Work files


def test_work_parts_are_read_without_a_copy_and_listed_by_number(tmp_path):
    table = pa.table({"key": pa.array(range(100_000), pa.uint64()), "text": ["é"] * 100_000})
    for number in (10, 2):
        disk.write_part(tmp_path / "work", "windows", number, table)
    disk.write_part(tmp_path / "work", "windows-extra", 1, table)
    paths = disk.parts(tmp_path / "work", "windows")
    assert [path.name for path in paths] == ["windows-000002.arrow", "windows-000010.arrow"]
    before = pa.total_allocated_bytes()
    read = disk.read_part(paths[0])
    assert pa.total_allocated_bytes() - before < 10_000
    assert read == table
    assert disk.read_part(paths[0], ["text"]) == table.select(["text"])
    assert disk.parts(tmp_path / "nowhere", "windows") == []


def test_arrays_are_mapped_unless_asked_otherwise(tmp_path):
    array = np.arange(12, dtype=np.uint32).reshape(3, 4)
    path = disk.save_array(tmp_path / "work" / "bands", array)
    assert path.name == "bands.npy"
    mapped = disk.load_array(tmp_path / "work" / "bands")
    assert isinstance(mapped, np.memmap) and not mapped.flags.writeable
    assert (mapped == array).all()
    assert not isinstance(disk.load_array(path, mmap=False), np.memmap)
    assert disk.load_array(disk.save_array(tmp_path / "none", array[:0])).shape == (0, 4)


def test_arrays_that_belong_together_are_read_by_their_names(tmp_path):
    disk.save_arrays(tmp_path, "some", {"first": np.arange(3), "second": np.array("a run")})
    read = disk.load_arrays(tmp_path, "some", ["second", "first"])
    assert list(read) == ["second", "first"] and str(read["second"]) == "a run" and read["first"].tolist() == [0, 1, 2]
    assert isinstance(disk.load_arrays(tmp_path, "some", ["first"], mmap=True)["first"], np.memmap)


# Manifests


def test_a_manifest_has_sorted_keys_and_a_version(tmp_path):
    path = disk.write_manifest(tmp_path, {"b": 1, "a": Path("x")})
    assert list(json.loads(path.read_text())) == ["a", "b", "format"]
    manifest = {"a": "x", "b": 1, "format": disk.FORMAT}
    assert disk.read_manifest(tmp_path) == disk.read_manifest(path) == manifest


def test_a_manifest_of_a_newer_version_is_refused_and_not_touched(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text('{"format": 99}')
    with pytest.raises(StorageError, match=r"manifest\.json has format 99, this program reads up to 1.*Upgrade"):
        disk.read_manifest(tmp_path)
    assert path.read_text() == '{"format": 99}'


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_damaged_manifest_is_named(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(StorageError, match=r"manifest\.json is damaged"):
        disk.read_manifest(tmp_path)


# Snapshots


def snapshot(out, run_id, keep=2, rows=3):
    staging = disk.begin_snapshot(out, run_id)
    disk.write_table(staging / "cluster_history.parquet", history(rows), CLUSTER_HISTORY)
    return disk.publish(out, run_id, staging, {"rows": rows}, keep)


def test_a_published_snapshot_is_what_latest_shows(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(StorageError, match="holds no snapshot: make one with `dedup run"):
        disk.latest(out)
    target = snapshot(out, "run-1")
    assert target == out / "snapshots" / "run-1"
    assert disk.latest(out) == target.resolve()
    assert os.readlink(out / "latest") == "snapshots/run-1"
    assert disk.read_table(out / "latest" / "cluster_history.parquet").num_rows == 3
    digest = hashlib.blake2b((target / "cluster_history.parquet").read_bytes(), digest_size=16).hexdigest()
    written = (target / "cluster_history.parquet").stat()
    assert disk.read_manifest(out / "latest") == {
        "format": 1,
        "rows": 3,
        "run_id": "run-1",
        "sequence": 1,
        "digests": {"cluster_history.parquet": digest},
        "stamps": {"cluster_history.parquet": [written.st_size, written.st_mtime_ns]},
    }
    assert list((out / ".work").iterdir()) == []


def test_the_newest_and_keep_older_snapshots_stay_whatever_their_names(tmp_path):
    for run_id in ("d", "c", "b", "a"):
        snapshot(tmp_path, run_id, keep=2)
    assert sorted(path.name for path in (tmp_path / "snapshots").iterdir()) == ["a", "b", "c"]
    assert disk.latest(tmp_path).name == "a"
    snapshot(tmp_path, "e", keep=0)
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["e"]


def test_a_reader_goes_on_reading_a_snapshot_that_was_pruned(tmp_path):
    snapshot(tmp_path, "a", keep=0)
    with open(tmp_path / "latest" / "cluster_history.parquet", "rb") as reader:
        reader.read(4)
        snapshot(tmp_path, "b", keep=0)
        assert not (tmp_path / "snapshots" / "a").exists()
        assert reader.read()[-4:] == b"PAR1"


def test_publishing_again_after_the_move_only_repoints(tmp_path):
    snapshot(tmp_path, "a")
    staging = disk.begin_snapshot(tmp_path, "b")
    target = disk.publish(tmp_path, "b", staging, {}, 2)
    (tmp_path / "latest").unlink()
    assert disk.publish(tmp_path, "b", staging, {}, 2) == target
    assert disk.latest(tmp_path).name == "b"
    with pytest.raises(StorageError, match="is gone"):
        disk.publish(tmp_path, "c", tmp_path / ".work" / "c", {}, 2)
    assert disk.latest(tmp_path).name == "b"


def test_where_there_are_no_symbolic_links_latest_is_a_copy(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "symlink_to", refuse)
        for run_id in ("a", "b"):
            snapshot(tmp_path, run_id)
        assert not (tmp_path / "latest").is_symlink()
        assert disk.read_manifest(disk.latest(tmp_path))["run_id"] == "b"
    snapshot(tmp_path, "c")
    assert (tmp_path / "latest").is_symlink() and disk.latest(tmp_path).name == "c"
    assert list((tmp_path / ".work").iterdir()) == []


def test_a_folder_named_latest_that_is_not_ours_is_left_alone(tmp_path):
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "thesis.txt").write_text("x")
    with pytest.raises(StorageError, match="did not write: move it away"):
        snapshot(tmp_path, "a")
    assert (tmp_path / "latest" / "thesis.txt").exists()


def test_a_damaged_older_snapshot_does_not_stop_a_run(tmp_path):
    snapshot(tmp_path, "a")
    (tmp_path / "snapshots" / "a" / "manifest.json").write_text("{")
    snapshot(tmp_path, "b")
    assert disk.latest(tmp_path).name == "b" and (tmp_path / "snapshots" / "a").exists()


def test_a_folder_of_a_newer_version_is_refused(tmp_path):
    snapshot(tmp_path, "a")
    (tmp_path / "snapshots" / "a" / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(StorageError, match="newer version"):
        snapshot(tmp_path, "b")
    assert os.readlink(tmp_path / "latest") == "snapshots/a"


@pytest.mark.parametrize("run_id", ["../x", "a/b", "", ".hidden"])
def test_a_run_id_that_leaves_its_folder_is_refused(tmp_path, run_id):
    with pytest.raises(ValueError, match="no name for a folder"):
        disk.begin_snapshot(tmp_path, run_id)


def child(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


STAGE_AND_WAIT = """
import sys, time
from dedup.store import disk
staging = disk.begin_snapshot(sys.argv[1], "other")
(staging / "x").write_text("x")
print("ready", flush=True)
time.sleep(60)
"""


def test_sweep_removes_what_dead_runs_left_and_keeps_what_living_ones_make(tmp_path):
    mine = disk.begin_snapshot(tmp_path, "mine")
    (tmp_path / ".work" / "trash-a-1").mkdir()
    (tmp_path / ".work" / "trash-a-1" / "x").write_text("x")
    other = child(STAGE_AND_WAIT, tmp_path)
    assert other.stdout.readline() == "ready\n"
    assert disk.sweep(tmp_path) == ["trash-a-1"]
    assert (tmp_path / ".work" / "other" / "x").exists()
    with pytest.raises(StorageError, match=f"in use by process {other.pid} on .* since 2"):
        disk.begin_snapshot(tmp_path, "other")
    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()
    assert disk.sweep(tmp_path) == ["other"]
    assert sorted(path.name for path in (tmp_path / ".work").iterdir()) == ["mine", "mine.owner"]
    disk.publish(tmp_path, "mine", mine, {}, 1)
    assert disk.sweep(tmp_path) == [] and disk.sweep(tmp_path / "nowhere") == []


PUBLISH = """
import os, signal, sys
from pathlib import Path
from dedup.store import disk

NAMES = ("rename", "replace", "fsync", "unlink", "rmdir", "symlink", "open", "mkdir")

def publish(out, moment):
    "Publish a snapshot, and die at the moment-th call that changes the disk."
    calls = 0
    def counted(function):
        def call(*arguments, **keywords):
            nonlocal calls
            calls += 1
            if calls == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **keywords)
        return call
    with disk.Lock(out):
        disk.sweep(out)
        staging = disk.begin_snapshot(out, "new")
        (staging / "table").write_text("new")
        for name in NAMES:
            setattr(os, name, counted(getattr(os, name)))
        disk.publish(out, "new", staging, {}, 0)

moment, status = 0, -1
while status:
    moment += 1
    out = Path(sys.argv[1]) / str(moment)
    staging = disk.begin_snapshot(out, "old")
    (staging / "table").write_text("old")
    disk.publish(out, "old", staging, {}, 0)
    child = os.fork()
    if not child:
        publish(out, moment)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
print(moment)
"""


def test_killed_at_any_moment_of_publish_latest_is_the_old_snapshot_or_the_new_one(tmp_path):
    process = child(PUBLISH, tmp_path)
    moments = int(process.communicate()[0])
    assert moments > 20
    seen = set()
    for moment in range(1, moments + 1):
        out = tmp_path / str(moment)
        newest = disk.latest(out)
        seen.add(newest.name)
        assert (newest / "table").read_text() == disk.read_manifest(newest)["run_id"] == newest.name
        # the next run finds the lock free and leaves nothing behind
        with Lock(out):
            disk.sweep(out)
            snapshot(out, "next", keep=0)
        assert files(out) == [".lock", "snapshots/next/cluster_history.parquet", "snapshots/next/manifest.json"]
        assert disk.latest(out).name == "next"
    assert seen == {"old", "new"}


# The lock


HOLD = """
import sys, time
from dedup.store.disk import Lock
with Lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_by_name_and_a_dead_one_is_taken_over(tmp_path):
    out = tmp_path / "out"
    holder = child(HOLD, out)
    assert holder.stdout.readline() == "held\n"
    refusal = rf"in use by process {holder.pid} on .* since 2\d{{3}}-.* UTC\. Wait"
    with pytest.raises(StorageError, match=refusal), Lock(out):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with Lock(out):
        pass


def test_two_threads_of_one_process_do_not_hold_the_lock_together(tmp_path):
    problems = []

    def second():
        try:
            with Lock(tmp_path):
                pass
        except StorageError as error:
            problems.append(str(error))

    with Lock(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(problems) == 1 and str(os.getpid()) in problems[0]
    second()
    assert len(problems) == 1


# The disk refuses


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full. Free some space"), (errno.EROFS, "read-only"), (errno.EACCES, "not allowed"),
     (errno.EIO, "error")],
)  # fmt: skip
def test_a_refusal_of_the_disk_names_the_path_and_the_way_out(tmp_path, monkeypatch, number, words):
    snapshot(tmp_path, "a")
    staging = disk.begin_snapshot(tmp_path, "b")

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        for write in (
            lambda: disk.write_table(staging / "t.parquet", history(2)),
            lambda: disk.write_part(staging, "t", 1, history(2)),
            lambda: disk.save_array(staging / "t", np.arange(3)),
            lambda: disk.write_manifest(staging, {}),
            lambda: disk.publish(tmp_path, "b", staging, {}, 1),
        ):
            with pytest.raises(StorageError, match=words) as refusal:
                write()
            assert str(tmp_path) in str(refusal.value)
    assert files(staging) == [] if staging.exists() else True
    assert disk.latest(tmp_path).name == "a"
    assert disk.publish(tmp_path, "b", staging, {}, 1).name == disk.latest(tmp_path).name == "b"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_disk_that_fills_up_while_arrow_writes_is_told_as_such(tmp_path, monkeypatch):
    for module in ("files", "tables"):
        monkeypatch.setattr(f"dedup.store.{module}.partial", lambda path: Path("/dev/full"))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    table = pa.table({"n": np.random.default_rng(1).integers(0, 2**60, 500_000)})
    with pytest.raises(StorageError, match="disk is full"):
        disk.write_table(tmp_path / "t.parquet", table)
    with pytest.raises(StorageError, match="disk is full"):
        disk.write_part(tmp_path, "t", 1, table)
    with pytest.raises(StorageError, match="disk is full"):
        disk.save_array(tmp_path / "a", np.arange(100_000))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_as_such(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="not allowed"), Lock(tmp_path):
        pass


def test_a_file_where_a_folder_is_needed_is_named(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"), Lock(tmp_path / "out"):
        pass


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"\0" * len(data)]
)
def test_a_damaged_part_is_named(tmp_path, damage):
    table = disk.write_table(tmp_path / "t.parquet", history(1000))
    part = disk.write_part(tmp_path, "t", 1, history(1000))
    array = disk.save_array(tmp_path / "t", np.arange(1000))
    for path, read in (
        (table, disk.read_table), (table, lambda path: list(disk.iter_batches(path))),
        (table, lambda path: list(disk.Stored(path).to_reader())),
        (table, disk.count_rows), (table, disk.table_schema),
        (part, disk.read_part), (array, disk.load_array),
    ):  # fmt: skip
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        with pytest.raises(StorageError, match=rf"{path.name} is damaged .*: remove it and run again"):
            read(path)
        path.write_bytes(whole)


@pytest.mark.parametrize("read", [disk.read_table, disk.read_part, disk.load_array, disk.read_manifest])
def test_what_is_missing_is_named(tmp_path, read):
    with pytest.raises(StorageError, match=r"nowhere.* does not exist"):
        read(tmp_path / "nowhere")


def test_a_column_that_is_not_there_is_named(tmp_path):
    table = disk.write_table(tmp_path / "t.parquet", history(2))
    part = disk.write_part(tmp_path, "t", 1, history(2))
    for read, path in ((disk.read_table, table), (disk.read_part, part)):
        with pytest.raises(ValueError, match="has no column sizes; it has "):
            read(path, ["size", "sizes"])


def test_an_empty_folder_is_no_table(tmp_path):
    with pytest.raises(StorageError, match="holds no Parquet file"):
        disk.read_table(tmp_path)


def test_rows_are_read_by_a_value_without_the_groups_that_cannot_hold_it(tmp_path, monkeypatch):
    monkeypatch.setattr("dedup.store.tables.ROW_GROUP", 10)
    table = pa.table({"other": [[number] for number in range(40)], "id": [f"{number:02d}" for number in range(40)]})
    path = disk.write_table(tmp_path / "t.parquet", table)
    assert pq.ParquetFile(path).num_row_groups == 4
    wanted = ["39", "05", "12", "nowhere"]
    assert disk.read_where(path, "id", wanted, ["other"])["other"].to_pylist() == [[5], [12], [39]]
    assert disk.read_where(path, "id", [], ["id"]).num_rows == 0
    read = []
    whole = pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups", lambda self, groups, **how: read.append(groups) or whole(self, groups, **how)
    )
    disk.read_where(path, "id", wanted, ["id"])
    assert read == [[0, 1, 3]] * 2, "the key, then what is asked for"


def test_of_a_folder_only_the_named_files_are_read(tmp_path):
    for day in ("2025-03-06", "2025-03-07"):
        disk.write_table(tmp_path / "t" / f"{day}.parquet", pa.table({"id": ["a"], "day": [day]}))
    found = disk.read_where(tmp_path / "t", "id", ["a"], ["day"], {"2025-03-07.parquet"})
    assert found["day"].to_pylist() == ["2025-03-07"]


def test_a_block_is_read_without_the_others(tmp_path):
    schema = pa.schema([("n", pa.int32())])
    blocks = [pa.table({"n": pa.array(range(size), pa.int32())}) for size in (3, 0, 2)]
    path = disk.write_blocks(tmp_path / "deep" / "t.arrow", blocks, schema)
    assert [table["n"].to_pylist() for table in disk.read_blocks(path, [2, 0])] == [[0, 1], [0, 1, 2]]
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(StorageError, match=r"t\.arrow"):
        disk.read_blocks(path, [0])

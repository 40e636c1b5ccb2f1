"""Output at an address: a mirror here, one commit there; S3 as moto's server has it, and the memory file system."""

from __future__ import annotations

import functools
import itertools
import json
import logging
import os
import uuid
from datetime import timedelta

import fsspec
import pyarrow.parquet as pq
import pytest

import dedup
from dedup.store import leases, remote
from dedup.store.addresses import is_address, plain
from dedup.store.files import StorageError
from dedup.surfaces.doctor import ARTICLES


@pytest.fixture(autouse=True)
def _mirrors(tmp_path, monkeypatch):
    monkeypatch.setenv("DEDUP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def address():
    return f"memory://{uuid.uuid4().hex}/out"


def write(address, **files):
    with remote.output(address) as folder:
        for path, text in files.items():
            file = folder / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink()
            else:
                file.write_text(text)


def fresh(monkeypatch, tmp_path):
    """Another machine: one without a mirror."""
    monkeypatch.setenv("DEDUP_CACHE", str(tmp_path / uuid.uuid4().hex))


def below(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_an_address_is_known_as_text_and_as_pathlib_bends_it():
    assert plain("s3:/bucket/out/") == plain("s3://bucket/out") == "s3://bucket/out"
    named = ("s3://b/x", "gs://b", "az://c/x", "memory://a", "https://press.example/a.csv")
    assert all(is_address(name) for name in named)
    assert not any(is_address(name) for name in ("C:/press", "press/a:/b", "postgresql://h/db", "duckdb:a.db", "a.csv"))


def test_another_machine_sees_what_the_last_commit_names(address, monkeypatch, tmp_path):
    write(address, store__a="one", store__manifest="names a")
    write(address, store__a=None, store__b="two", store__manifest="names b")
    fresh(monkeypatch, tmp_path)
    assert below(remote.here(address)) == {"store/b": "two", "store/manifest": "names b"}


def test_a_run_that_dies_before_its_commit_leaves_the_last_one(address, monkeypatch, tmp_path):
    write(address, store__manifest="first")
    monkeypatch.setattr(remote.Mirror, "_commit", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write(address, store__manifest="second", store__more="x")
    monkeypatch.undo()
    monkeypatch.setenv("DEDUP_CACHE", str(tmp_path / "cache"))  # the same machine, with what the dead run left
    assert below(remote.here(address)) == {"store/manifest": "first"}
    fresh(monkeypatch, tmp_path)
    assert below(remote.here(address)) == {"store/manifest": "first"}


def test_while_a_run_works_another_is_refused_and_is_told_who_works(address, monkeypatch, tmp_path):
    with remote.output(address) as folder:
        fresh(monkeypatch, tmp_path)
        with pytest.raises(StorageError, match=rf"is in use by process {os.getpid()} on .*last seen at"):
            write(address, store__manifest="second")
        (folder / "store").mkdir()
        (folder / "store" / "manifest").write_text("first")
    fresh(monkeypatch, tmp_path)
    assert below(remote.here(address)) == {"store/manifest": "first"}
    write(address, store__manifest="second")  # the lease has ended with the work


def test_a_run_that_was_killed_on_this_machine_holds_nobody_up(address, monkeypatch):
    with pytest.raises(KeyboardInterrupt), monkeypatch.context() as killed:
        killed.setattr(leases.os, "getpid", lambda: 1 << 22)  # above the highest number of a process
        killed.setattr(fsspec.get_filesystem_class("memory"), "rm_file", lambda *given: 1 / 0)
        with remote.output(address):
            raise KeyboardInterrupt
    write(address, store__manifest="next")


def test_a_run_that_fails_gives_its_lease_back(address):
    with pytest.raises(ZeroDivisionError), remote.output(address):
        raise ZeroDivisionError
    write(address, store__manifest="next")


@pytest.mark.parametrize("successors", [1, 9])
def test_a_run_that_slept_until_its_lease_ran_out_publishes_nothing_over_its_successors(
    address, monkeypatch, tmp_path, successors
):
    write(address, store__manifest="before")
    fresh(monkeypatch, tmp_path)
    with pytest.raises(StorageError, match="another run has published meanwhile"), remote.output(address) as slow:
        (slow / "store" / "manifest").write_text("slow")
        later = leases.now() + timedelta(seconds=leases.LASTS)
        monkeypatch.setattr(leases, "now", lambda: later)
        for number in range(successors):
            fresh(monkeypatch, tmp_path)
            write(address, store__manifest=f"successor {number}")
    fresh(monkeypatch, tmp_path)
    assert below(remote.here(address)) == {"store/manifest": f"successor {successors - 1}"}


def test_a_successor_that_has_only_begun_fences_off_a_run_whose_lease_ran_out(address, monkeypatch, tmp_path):
    slow, successor = remote.output(address), remote.output(address)
    folder = slow.__enter__()
    (folder / "made").write_text("slow")
    later = leases.now() + timedelta(seconds=leases.LASTS)
    monkeypatch.setattr(leases, "now", lambda: later)
    fresh(monkeypatch, tmp_path)
    folder = successor.__enter__()
    with pytest.raises(StorageError, match="another run has published meanwhile"):
        slow.__exit__(None, None, None)
    (folder / "made").write_text("successor")
    successor.__exit__(None, None, None)
    fresh(monkeypatch, tmp_path)
    assert below(remote.here(address)) == {"made": "successor"}


def test_leases_of_runs_that_died_go_with_their_commits(address, monkeypatch, tmp_path):
    monkeypatch.setattr(leases, "LASTS", 0)
    monkeypatch.setattr(leases, "renew", lambda fs, path: fs.pipe_file(path, b"{}"))
    fs, root = fsspec.core.url_to_fs(address)
    died = f"leases/{1:012d}.dead"
    fs.pipe_file(f"{root}/{died}", b"{}")
    for number in range(4):
        write(address, store__manifest=str(number))
    assert fs.find(f"{root}/leases") == []


class Failing:
    """Storage of which one call fails: before it is done, or after it (``slow``: the answer did not come in time)."""

    CALLS = ("ls", "find", "cat_file", "pipe_file", "get", "put", "rm", "rm_file", "cp_file")

    def __init__(self, patch: pytest.MonkeyPatch, kind: type, at: int, slow: bool) -> None:
        self.calls, self._at, self._slow = 0, at, slow
        for name in self.CALLS:
            patch.setattr(kind, name, self._counted(getattr(kind, name)))

    def _counted(self, function):
        @functools.wraps(function)
        def call(*given, **named):
            self.calls += 1
            fails = self.calls == self._at
            if fails and not self._slow:
                raise ConnectionError("storage is away")
            done = function(*given, **named)
            if fails:
                raise TimeoutError("no answer in time")
            return done

        return call


@pytest.mark.parametrize("slow", [False, True])
def test_storage_that_fails_at_any_call_costs_a_run_and_nothing_else(address, monkeypatch, tmp_path, slow):
    fs, _ = fsspec.core.url_to_fs(address)
    write(address, store__manifest="0", store__part="x")
    for at in itertools.count(1):
        refused = False
        with monkeypatch.context() as patch:
            fresh(patch, tmp_path)
            storage = Failing(patch, type(fs), at, slow)
            try:
                write(address, store__manifest=f"{at}", snapshots__new=f"{at}")
            except StorageError:
                refused = True
        with monkeypatch.context() as patch:
            fresh(patch, tmp_path)
            seen = below(remote.here(address))["store/manifest"]
            assert seen == f"{at}" or (refused and seen == f"{at - 1}")
        with monkeypatch.context() as patch:
            later = leases.now() + timedelta(seconds=leases.LASTS)
            patch.setattr(leases, "now", lambda later=later: later)
            fresh(patch, tmp_path)
            write(address, store__manifest=f"{at}", snapshots__new=f"{at}")
            fresh(patch, tmp_path)
            expected = {"store/manifest": f"{at}", "store/part": "x", "snapshots/new": f"{at}"}
            assert below(remote.here(address)) == expected
        if storage.calls < at:
            break
    assert at > 20


def test_old_commits_go_with_what_only_they_name(address):
    write(address, store__kept="y")
    for number in range(6):
        write(address, store__manifest=str(number), **{f"store__part{number}": "x"})
        if number:
            write(address, **{f"store__part{number - 1}": None})
    fs, root = fsspec.core.url_to_fs(address)
    objects = [name.removeprefix(f"{root}/") for name in fs.find(root)]
    assert len([name for name in objects if name.startswith("commits/")]) == remote.KEPT_COMMITS
    assert len([name for name in objects if name.startswith("store/kept")]) == 1
    assert not [name for name in objects if name.startswith(("store/part0", "store/part1", "store/part2"))]


def test_nothing_stays_of_snapshots_that_are_taken_down(address):
    write(address, snapshots__one__a="secret", store__a="secret")
    write(address, snapshots__one__a=None, snapshots__two__a="rest", store__a="rest")
    fs, root = fsspec.core.url_to_fs(address)
    assert not [name for name in fs.find(root) if b"secret" in fs.cat_file(name)]


def test_an_object_that_was_changed_is_refused(address, monkeypatch, tmp_path):
    write(address, store__a="one")
    fs, root = fsspec.core.url_to_fs(address)
    (stored,) = (name for name in fs.find(root) if "/store/a" in name)
    fs.pipe_file(stored, b"longer than it was")
    fresh(monkeypatch, tmp_path)
    with pytest.raises(StorageError, match="is not what was published"):
        remote.here(address)


def test_a_commit_cannot_name_a_file_outside_the_output(address):
    fs, root = fsspec.core.url_to_fs(address)
    files = {"../../out.txt": {"object": "a", "size": 1}}
    fs.pipe_file(f"{root}/commits/000000000001.json", json.dumps({"files": files}).encode())
    with pytest.raises(StorageError, match="outside the output"):
        remote.here(address)


def test_the_web_is_read_only_and_a_missing_library_names_its_extra(monkeypatch):
    with pytest.raises(StorageError, match="can be read, not written"), remote.output("https://press.example/out"):
        pass
    monkeypatch.setitem(__import__("sys").modules, "adlfs", None)
    with pytest.raises(StorageError, match=r"pip install 'dedup-press\[az\]'"):
        remote.here("abfs://container/out")


@pytest.fixture
def s3(monkeypatch):
    """A bucket ``press`` of a server on this machine."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://{}:{}".format(*server.get_host_and_port()))
    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    fs.mkdir("press")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    yield fs
    server.stop()
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def test_a_run_reads_from_a_bucket_and_publishes_into_it(s3, monkeypatch, tmp_path):
    rows = [{"id": name, "text": text, "is_wire": name == "dispatch"} for name, text in ARTICLES.items()]
    s3.pipe_file("press/in/2024/articles.jsonl", "\n".join(map(json.dumps, rows)).encode())
    s3.pipe_file("press/in/film.mov", b"?")
    result = dedup.run("s3://press/in", "s3://press/out")
    assert (result.counts["articles"], result.rejects) == (5, 1)
    assert not dedup.run("s3://press/in", "s3://press/out").published
    with s3.open("press/out/latest/article_provenance.parquet") as file:  # by those who know only the bucket
        assert pq.read_table(file).num_rows == 5
    fresh(monkeypatch, tmp_path)
    tables = dedup.read_tables("s3://press/out", "article_provenance", "rejects")
    assert tables["article_provenance"].num_rows == 5
    assert tables["rejects"]["file"].to_pylist() == ["s3://press/in"]
    for there in ("s3://press/out", result):
        with dedup.open(there) as opened:
            assert len(opened.articles) == 5
    assert dedup.check(ARTICLES["cut"], "s3://press/out").agency == "AFP"
    with (
        pytest.raises(StorageError, match="another run has published meanwhile"),
        remote.output("s3://press/out") as own,
    ):
        (own / "store" / "more").write_text("x")
        s3.pipe_file("press/out/commits/000000000005.json", b"{}")

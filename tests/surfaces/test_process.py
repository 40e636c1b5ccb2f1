"""What the command line changes of its process, and that the library changes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pyarrow as pa
import pytest
from runs import ROOT, prose, run_articles
from signals import heed

from dedup.store import disk
from dedup.surfaces import process

UNTOUCHED = """
import ctypes, gc, sys
import pyarrow as pa

called = []
library = ctypes.CDLL
class Noting(library):
    def __getattr__(self, name):
        called.append(name)
        return super().__getattr__(name)
ctypes.CDLL = Noting
before = gc.get_threshold(), gc.isenabled(), gc.get_freeze_count(), pa.default_memory_pool().backend_name
import dedup
dedup.run(sys.argv[1], sys.argv[2])
after = gc.get_threshold(), gc.isenabled(), gc.get_freeze_count(), pa.default_memory_pool().backend_name
assert before == after, (before, after)
assert not {"mallopt", "malloc_trim"} & set(called), called
"""


def test_a_run_of_the_library_changes_nothing_of_the_process(tmp_path):
    (tmp_path / "a.txt").write_text(prose(1), "utf-8")
    command = [sys.executable, "-c", UNTOUCHED, str(tmp_path / "a.txt"), str(tmp_path / "out")]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("python", ["with", "without"])
def test_what_is_made_while_no_garbage_is_looked_for_is_looked_for_afterwards(monkeypatch, python):
    if python == "without":  # another Python has no freeze
        monkeypatch.delattr(process.gc, "freeze")
    with process.without_looking_for_garbage():
        assert not process.gc.isenabled()
    assert process.gc.isenabled()
    process.gc.unfreeze()


LOOKED_UP = """
import contextlib, io, sys
from dedup.surfaces import cli

with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    cli.main(["check", sys.argv[1], "--out", sys.argv[2]])
print(*sorted({"pandas", "scipy.integrate", "datasketch", "sklearn", "duckdb", "prefect", "jinja2"} & set(sys.modules)))
import pandas, pyarrow
pyarrow.Table.from_pandas(pyarrow.table({"a": [1]}).to_pandas())
"""


def test_one_text_is_looked_up_without_the_slow_imports_and_data_frames_still_work(tmp_path):
    pytest.importorskip("pandas")
    out = run_articles(tmp_path, {"text": prose(1)}).out
    (tmp_path / "a.txt").write_text(prose(1), "utf-8")
    command = [sys.executable, "-c", LOOKED_UP, str(tmp_path / "a.txt"), str(out)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (ended.returncode, ended.stdout) == (0, "\n"), ended.stderr + ended.stdout


@pytest.mark.parametrize("library", [None, "without the functions"])
def test_without_glibc_every_measure_is_passed_over(monkeypatch, library):
    monkeypatch.setattr(process, "_c_library", lambda: library)
    before = pa.default_memory_pool().backend_name
    process.share_one_heap()
    process.after_step({"articles": process.LARGE_ARTICLES})
    process.free_at_once()
    assert pa.default_memory_pool().backend_name == before


def test_a_large_run_takes_its_tables_from_the_heap_and_makes_the_same_ones(tmp_path):
    articles = [{"id": str(n), "text": f"{prose(n)}\n{prose(9, 30)}", "outlet": f"Titre {n}"} for n in range(3)]
    usual, before = run_articles(tmp_path / "usual", *articles), pa.default_memory_pool()
    process.after_step({"articles": process.LARGE_ARTICLES - 1})
    assert pa.default_memory_pool().backend_name == before.backend_name
    try:
        process.after_step({"articles": process.LARGE_ARTICLES})
        assert pa.default_memory_pool().backend_name == "system"
        careful = run_articles(tmp_path / "careful", *articles)
        assert careful.table("matches").equals(usual.table("matches")) and careful.table("matches").num_rows == 3
    finally:
        pa.set_memory_pool(before)


STOPPED = """
import os, signal, sys
from dedup.pipeline import steps
from dedup.surfaces import cli

number = int(sys.argv[1])

def stop(run):
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)  # whoever is impatient
    return {}

steps.STEPS = (steps.STEPS[0], steps.Step("cut", "is stopped", stop))
cli.main(["run", sys.argv[2], "--out", sys.argv[3], "--no-flow", "-q"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_asked_to_end_lets_go_of_its_lock_and_leaves_nothing(tmp_path, number):
    (tmp_path / "a.txt").write_text(prose(1), "utf-8")
    out = tmp_path / "out"
    twice = (
        STOPPED if number != signal.SIGINT else STOPPED.replace("    os.kill(os.getpid(), number)  # whoever", "    #")
    )
    ended = subprocess.run(
        [sys.executable, "-c", twice, str(int(number)), str(tmp_path / "a.txt"), str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=heed,
    )
    assert ended.returncode == 128 + number, ended.stderr
    assert ended.stderr == "dedup: stopped\n"
    assert not list((out / ".work").iterdir()) and not list((out / "store").glob("*.parquet"))
    with disk.Lock(out):
        pass

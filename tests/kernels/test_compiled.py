"""The rules that all kernels keep, and where their compiled code is kept."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numba.core.caching
import numpy as np
import pytest

import dedup
from dedup.kernels import compiled

PACKAGE = Path(dedup.__file__).parent
MODULES = sorted(path.stem for path in (PACKAGE / "kernels").glob("*.py") if path.stem != "__init__")
KERNELS = [
    (module, name)
    for module in MODULES
    for name, value in vars(import_module(f"dedup.kernels.{module}")).items()
    if hasattr(value, "py_func") and value.py_func.__module__ == f"dedup.kernels.{module}"
]
PUBLIC = [(module, name) for module, name in KERNELS if not name.startswith("_")]


@pytest.mark.parametrize(("module", "name"), KERNELS)
def test_a_kernel_releases_the_lock(module, name):
    options = getattr(import_module(f"dedup.kernels.{module}"), name).targetoptions
    assert options.get("nogil")
    assert options.get("boundscheck") is False


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_a_kernel_says_what_it_does(module, name):
    assert inspect.getdoc(getattr(import_module(f"dedup.kernels.{module}"), name).py_func)


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_a_kernel_has_a_caller_in_the_package(module, name):
    text = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py")).replace(f"def {name}(", "")
    assert re.search(rf"\b{name}\(", text)


def kept(function) -> dict[str, int]:
    """Files of a kernel's compiled code and when they were written."""
    cache = function._cache
    return {path.name: path.stat().st_mtime_ns for path in Path(cache.cache_path).glob(f"{cache._impl.filename_base}*")}


def test_compiled_code_is_kept_on_disk():
    from dedup.kernels.common import keep_distinct

    assert keep_distinct(np.zeros(0, np.uint64)) == 0
    assert {Path(name).suffix for name in kept(keep_distinct)} >= {".nbi", ".nbc"}


CALL = """
import numpy as np
from dedup.kernels.common import keep_distinct
keep_distinct(np.zeros(3, np.uint64))
print(sum(keep_distinct.stats.cache_hits.values()))
"""


def loaded(folder: Path) -> int:
    """How many compiled versions of a kernel a process of its own loads from the disk."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "compiled")}
    command = [sys.executable, "-c", CALL]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_code_compiled_before_another_kernel_file_changed_is_not_used(tmp_path):
    shutil.copytree(PACKAGE / "kernels", tmp_path / "dedup" / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dedup" / "__init__.py").touch()
    assert [loaded(tmp_path), loaded(tmp_path)] == [0, 1]
    with (tmp_path / "dedup" / "kernels" / "chains.py").open("a", encoding="utf-8") as sibling:
        sibling.write("\n")
    assert [loaded(tmp_path), loaded(tmp_path)] == [0, 1]


def test_the_stamp_changes_with_each_file_its_name_and_its_bytes(tmp_path):
    (tmp_path / "one.py").write_bytes(b"1")
    (tmp_path / "two.py").write_bytes(b"2")
    before = compiled.stamp_of(tmp_path)
    (tmp_path / "notes.txt").write_bytes(b"no code")
    assert compiled.stamp_of(tmp_path) == before
    (tmp_path / "two.py").write_bytes(b"3")
    assert compiled.stamp_of(tmp_path) != before
    (tmp_path / "two.py").write_bytes(b"2")
    (tmp_path / "two.py").rename(tmp_path / "three.py")
    assert compiled.stamp_of(tmp_path) != before


def test_with_another_numba_kernels_are_kept_as_it_does_by_itself(monkeypatch):
    monkeypatch.setattr(compiled, "IndexDataCacheFile", None)
    found = compiled.kernel(stepped)
    assert type(found._cache) is numba.core.caching.FunctionCache
    assert found(np.int64(1)) == 2


def test_where_nothing_can_be_written_kernels_are_compiled_anew(monkeypatch):
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])
    found = compiled.kernel(stepped)
    assert type(found._cache) is numba.core.caching.NullCache
    assert found(np.int64(1)) == 2


def stepped(x):
    return x + 1

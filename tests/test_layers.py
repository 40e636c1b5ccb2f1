"""The floors of the house: who may import whom, read from the sources without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = (
    # 0: tools, which know nothing of articles' ways
    {"__init__", "config", "schemas", "arrays", "kernels", "storage", "dates", "outlets", "french", "store",
     "measures", "labels", "baselines", "page"},
    # 1: the stages, which never import each other, and scoring
    {"ingest", "segment", "credits", "words", "shingle", "sketch", "lsh", "align", "audit", "cluster", "boilerplate",
     "evidence", "shares", "provenance", "summary", "scoring", "history"},
    # 2: what puts stages or tables together
    {"pipeline", "intake", "workspace", "evaluation", "neardup", "findings", "train", "index", "lookup", "export",
     "fetch"},
    # 3: doors
    {"report", "doctor", "show", "web", "cli", "__main__"},
)
FLOOR = {module: number for number, modules in enumerate(FLOORS) for module in modules}
NEIGHBOURS_MAY_MEET = (0, 2, 3)
"""Floors whose modules may import each other (never in a circle)."""

DOORS = {
    "prefect": lambda path: path.parts[0] == "flows",
    "numba": lambda path: path == Path("dedup/kernels.py"),
    "pyarrow.parquet": lambda path: path == Path("dedup/storage.py"),
    "pyarrow.dataset": lambda path: path == Path("dedup/storage.py"),
}
"""Libraries that come in through one door."""

SOURCES = sorted(path.relative_to(ROOT) for folder in ("dedup", "flows") for path in (ROOT / folder).rglob("*.py"))


def test_every_module_of_the_library_has_a_floor():
    unknown = {_module(path) for path in SOURCES if path.parts[0] == "dedup"} - FLOOR.keys()
    assert not unknown, f"say in FLOORS on which floor these stand: {sorted(unknown)}"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "dedup"], ids=str)
def test_a_module_imports_from_lower_floors_only(path):
    module = _module(path)
    for name in _imports(path):
        if name.split(".")[0] != "dedup":
            continue
        other = _of_dedup(name)
        allowed = FLOOR[other] < FLOOR[module] or (
            FLOOR[other] == FLOOR[module] and FLOOR[module] in NEIGHBOURS_MAY_MEET
        )
        assert allowed, f"{module} (floor {FLOOR[module]}) imports {other} (floor {FLOOR[other]})"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "dedup"], ids=str)
def test_the_library_never_imports_the_flows(path):
    assert not [name for name in _imports(path) if name.split(".")[0] == "flows"]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_library_with_one_door_comes_in_through_it(path):
    for name in _imports(path):
        for library, is_door in DOORS.items():
            if name == library or name.startswith(library + "."):
                assert is_door(path), f"{path} imports {name}"


def test_no_import_goes_round_in_a_circle():
    edges = {
        _module(path): {
            _of_dedup(name) for name in _imports(path) if name.split(".")[0] == "dedup"
        }
        - {"__init__"}
        for path in SOURCES
        if path.parts[0] == "dedup"
    }
    resolved: set[str] = set()
    while edges.keys() - resolved:
        free = {module for module in edges.keys() - resolved if edges[module] <= resolved}
        assert free, f"in a circle: {sorted(edges.keys() - resolved)}"
        resolved |= free


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "dedup"], ids=str)
def test_no_assert_stands_for_a_check_of_the_data(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def _of_dedup(name: str) -> str:
    """``dedup.lsh`` is ``lsh``; ``dedup`` alone is its ``__init__``."""
    return name.split(".")[1] if "." in name else "__init__"


def _module(path: Path) -> str:
    return path.stem


def _imports(path: Path) -> Iterator[str]:
    """Full names of what a source imports, wherever in it; ``from dedup import lsh`` gives ``dedup.lsh``.

    What is imported for types alone does not count.
    """
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    for node in _outside_type_checking(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise AssertionError(f"{path}:{node.lineno}: write imports in full")
            if node.module == "dedup":
                yield from (
                    f"dedup.{alias.name}" if (ROOT / "dedup" / f"{alias.name}.py").exists() else "dedup"
                    for alias in node.names
                )
            else:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "pyarrow")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute | ast.Name)
            and (node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id)
            in ("import_module", "__import__", "run_module")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.args[0].value


def _outside_type_checking(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _outside_type_checking(child)

"""The rooms of the house: who may import whom, read from the sources without running them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ROOMS = (
    "__init__",
    "config",
    "constants",
    "schemas",
    "arrays",
    "kernels",
    "text",
    "store",
    "intake",
    "credits",
    "matching",
    "tracing",
    "summary",
    "pipeline",
    "evaluation",
    "surfaces",
    "__main__",
)
"""The rooms of the top level, from the ground up: one imports from itself and from those before it."""

MOST_ROOMS = 15

PROCESS = Path("dedup/surfaces/process.py")
"""What the command line changes of its own process, each with its gain."""

DOORS = {
    "prefect": lambda path: path.parts[0] == "flows",
    "numba": lambda path: path.parts[:2] == ("dedup", "kernels"),
    "gc": lambda path: path == PROCESS,
    "ctypes": lambda path: path == PROCESS,
    "pyarrow.parquet": lambda path: path.parts[:2] == ("dedup", "store"),
    "pyarrow.dataset": lambda path: path.parts[:2] == ("dedup", "store"),
}
"""Libraries that come in through one door."""

FLOWS_DOOR = Path("dedup/surfaces/extras.py")
"""Where the command line finds the flows, when somebody asks for a run page."""

SOURCES = sorted(path.relative_to(ROOT) for folder in ("dedup", "flows") for path in (ROOT / folder).rglob("*.py"))


def test_every_module_of_the_library_has_its_room():
    found = {_room(_module(path)) for path in SOURCES if path.parts[0] == "dedup"}
    assert found == set(ROOMS), "say in ROOMS where it stands"
    assert len(found - {"__init__", "__main__"}) <= MOST_ROOMS


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "dedup"], ids=str)
def test_a_module_imports_from_lower_rooms_only(path):
    module = _module(path)
    if module == "__init__":
        return  # the doors of the library, opened when they are used
    for name in _imports(path):
        if name.split(".")[0] == "dedup":
            other = _room(_of_dedup(name))
            assert ROOMS.index(other) <= ROOMS.index(_room(module)), f"{module} imports {name}, a higher room"


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "dedup" and path != FLOWS_DOOR], ids=str)
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
        _module(path): {_of_dedup(name) for name in _imports(path) if name.split(".")[0] == "dedup"}
        - {"__init__", _module(path)}
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
    assert not [node.lineno for node in ast.walk(_tree(path)) if isinstance(node, ast.Assert)]


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"))


def _of_dedup(name: str) -> str:
    """``dedup.matching.lsh`` is ``matching.lsh``; ``dedup`` alone is its ``__init__``."""
    return name.partition(".")[2] or "__init__"


def _module(path: Path) -> str:
    """``dedup/matching/lsh.py`` is ``matching.lsh``, ``dedup/matching/__init__.py`` is ``matching``."""
    parts = path.with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _room(module: str) -> str:
    return module.split(".")[0]


@functools.cache
def _imports(path: Path) -> tuple[str, ...]:
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    """Full names of what a source imports, wherever in it; ``from dedup import lsh`` gives ``dedup.matching.lsh``.

    What is imported for types alone does not count.
    """
    for node in _outside_type_checking(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level and path.parts[0] == "flows":  # it is installed under another name
                yield ".".join(["flows", *filter(None, [node.module])])
                continue
            if node.level:
                raise AssertionError(f"{path}:{node.lineno}: write imports in full")
            if node.module.split(".")[0] == "dedup":
                folder = ROOT.joinpath(*node.module.split("."))
                yield from (
                    f"{node.module}.{alias.name}"
                    if (folder / f"{alias.name}.py").exists() or (folder / alias.name).is_dir()
                    else node.module
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


DECIDERS = {0.35, 86_400, 86_400_000_000, 3_600, 2**62, 36 * 3_600}
"""Numbers that ``constants`` names: written anywhere else they would be a second place."""


def test_a_number_that_decides_stands_in_one_place():
    for path in SOURCES:
        if path.parts[0] != "dedup" or path.parts[1] in ("constants.py", "surfaces", "kernels", "intake"):
            continue  # forms for people, and kernels, to which numbers are given when they are compiled
        found = [node.value for node in ast.walk(_tree(path)) if isinstance(node, ast.Constant)]
        assert not [value for value in found if isinstance(value, int | float) and value in DECIDERS], path
        assert path.name == "config.py" or "AFP" not in found, path

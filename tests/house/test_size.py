"""A module has one idea and at most 400 lines; a function fits a screen."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("dedup", "flows") for path in (ROOT / folder).rglob("*.py"))

MODULE_LINES = 400

FUNCTION_LINES = 60
"""Lines of a function without its parameters and its docstring: those of a command are its help."""

ONE_LOOP = {
    "dedup/kernels/alignment.py:_measured": "one loop over them",
    "dedup/kernels/words.py:read_words": "one loop over the letters",
}
"""Kernels that are longer, and what their docstring says of it."""


def test_no_module_has_more_lines_than_one_idea_needs():
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: n for name, n in lines.items() if n > MODULE_LINES} == {}


def test_a_function_fits_a_screen_or_is_a_kernel_that_says_why():
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": " ".join((ast.get_docstring(node) or "").split())
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > FUNCTION_LINES
    }
    assert long.keys() == ONE_LOOP.keys()
    assert all(reason in long[name] for name, reason in ONE_LOOP.items())


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - statements[0].lineno + 1 if statements else 0

"""A module has one idea and at most 400 lines; a function fits a screen."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("dedup", "flows") for path in (ROOT / folder).rglob("*.py"))

MODULE_LINES = 400

FUNCTION_LINES = 60
"""Lines of a function without its docstring."""

ONE_LOOP = {"dedup/kernels/words.py:read_words": "one pass over the letters"}
"""Kernels that are longer, and why: each letter is decoded once, and all that is kept of a word follows from it."""


def test_no_module_has_more_lines_than_one_idea_needs():
    lines = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: n for name, n in lines.items() if n > MODULE_LINES} == {}


def test_a_function_fits_a_screen_or_is_one_loop_of_a_kernel():
    long = {
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > FUNCTION_LINES
    }
    assert long == ONE_LOOP.keys()


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if documented else 0)

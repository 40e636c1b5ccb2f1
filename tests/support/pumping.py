"""Every regular expression of the program, and texts that make a careless one slow: what each may repeat, repeated."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from re import _constants as codes  # the tree of a pattern, as Python itself reads it
from re import _parser as parser
from types import ModuleType

import dedup

METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
EVERYWHERE = ("search", "finditer")
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
LETTERS = "a A1.,-\n\t'(/:«é\u00a0_\"<>=*#" + "".join(map(chr, range(33, 127)))
ALWAYS = (" ", "\n", "a", "A ", "1", ". ", "a\n", "\n\n ", "- ", "A-")


def patterns() -> dict[re.Pattern, tuple[str, set[str]]]:
    """Each pattern that stands in a module of dedup: the module, and the methods by which it is used there."""
    found: dict[re.Pattern, tuple[str, set[str]]] = {}
    for module in _modules():
        source = Path(module.__file__).read_text("utf-8")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                used = set(re.findall(rf"\b{name}\.({'|'.join(METHODS)})\b", source))
                found.setdefault(value, (module.__name__, set()))[1].update(used)
        for pattern, method in _written(module, source):
            found.setdefault(pattern, (module.__name__, set()))[1].update({method} & {*METHODS})
    return found


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(dedup.__path__, "dedup."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):  # an extra that this environment lacks
                yield importlib.import_module(module.name)


def _written(module: ModuleType, source: str) -> Iterator[tuple[re.Pattern, str]]:
    """Patterns that are given to a function of ``re`` where they are used, as far as they are constants."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and node.args and ast.unparse(node.func).startswith("re.")):
            continue
        flags = [ast.unparse(given) for given in [*node.args[1:], *(one.value for one in node.keywords)]]
        known = [eval(flag) for flag in flags if re.fullmatch(r"re\.[A-Z]+(?: \| re\.[A-Z]+)*", flag)]
        with suppress(Exception):  # made of what is known only when it runs
            pattern = eval(ast.unparse(node.args[0]), {**vars(module)})
            yield re.compile(pattern, *known), node.func.attr


def pumped(pattern: re.Pattern, length: int) -> Iterator[str]:
    """Texts of about this length that repeat what the pattern repeats, with what stands before it and without."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    whole = _example(tree, 0)
    units = {("", unit) for unit in (*ALWAYS, whole, whole[:-1], whole[: len(whole) // 2])}
    for before, unit in _repeated(tree, []):
        units |= {(before, unit), ("", unit), ("", before + unit)}
    for before, unit in sorted(units):
        if unit:
            yield before + (unit * (length // len(unit) + 1))[:length] + "\x01"


def seconds(pattern: re.Pattern, methods: set[str], text: str, most: float) -> float:
    """CPU seconds of the methods over a text, as many times ``most`` at the latest."""
    given = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    started = time.process_time()
    with suppress(TimeoutError):
        signal.signal(signal.SIGVTALRM, _stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, most)
        for method in methods or EVERYWHERE:
            if method in ("match", "fullmatch", "search"):
                getattr(pattern, method)(given)
            else:
                for _ in pattern.finditer(given):
                    pass
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - started


def _stop(*_: object) -> None:
    raise TimeoutError


def _repeated(items: object, before: list) -> Iterator[tuple[str, str]]:
    """(an example of what stands before, an example of what is repeated), of every repetition."""
    before = [*before]
    for code, given in items:
        if code in REPEATS:
            if given[1] > 1:
                yield from ((_example(before, 0), _example(given[2], choice)) for choice in range(4))
            yield from _repeated(given[2], before)
        for part in _parts(code, given):
            yield from _repeated(part, before)
        before.append((code, given))


def _parts(code: object, given: tuple) -> list:
    if code is codes.BRANCH:
        return given[1]
    if code is codes.SUBPATTERN:
        return [given[3]]
    return [given] if code is codes.ATOMIC_GROUP else [given[1]] if code in (codes.ASSERT, codes.ASSERT_NOT) else []


def _example(items: object, choice: int) -> str:
    """A text that the items match, more or less: the n-th choice wherever there is one."""
    made = []
    for code, given in items:
        if code is codes.LITERAL:
            made.append(chr(given))
        elif code in (codes.NOT_LITERAL, codes.ANY):
            made.append("b" if given == ord("a") else "a")
        elif code is codes.IN:
            fitting = [letter for letter in LETTERS if _holds(given, letter)] or [chr(_first(given))]
            made.append(fitting[choice % len(fitting)])
        elif code is codes.BRANCH:
            made.append(_example(given[1][choice % len(given[1])], choice))
        elif code in REPEATS:
            made.append(_example(given[2], choice) * given[0])
        elif code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
            made += [_example(part, choice) for part in _parts(code, given)]
    return "".join(made)


def _first(choices: list) -> int:
    return next((given if code is codes.LITERAL else given[0]
                 for code, given in choices if code in (codes.LITERAL, codes.RANGE)), ord("a"))  # fmt: skip


def _holds(choices: list, letter: str) -> bool:
    found = False
    for code, given in choices:
        if code is codes.LITERAL:
            found |= given == ord(letter)
        elif code is codes.RANGE:
            found |= given[0] <= ord(letter) <= given[1]
        elif code is codes.CATEGORY:
            kind = str(given)
            is_kind = (letter.isdigit() if "DIGIT" in kind else letter.isspace() if "SPACE" in kind
                       else letter.isalnum() or letter == "_")  # fmt: skip
            found |= is_kind != ("NOT" in kind)
    return found != any(code is codes.NEGATE for code, _ in choices)

"""A YAML file of rules -> mappings that know their lines, so that a wrong entry is named with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

TOP_KEYS = {"agencies", "collisions", "words", "rules", "sign_off", "scars", "corrections"}


class RulesError(ValueError):
    """A rule that cannot be used; the message starts with its file and line."""


class Entry(dict):
    """A mapping of the file that knows its lines."""

    file: str
    line: int
    lines: dict[str, int]

    def error(self, message: str, key: str | None = None, offset: int = 0) -> RulesError:
        line = self.lines.get(key, self.line) if key else self.line
        return RulesError(f"{self.file}:{line + offset}: {message}")


def read_file(path: Path) -> Entry:
    import yaml

    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise RulesError(f"{path}:0: expected a YAML file of rules, could not read it: {error.strerror}") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        entry = _entry(node, loader, str(path)) if node is not None else blank(str(path))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise RulesError(f"{path}:{line}: {error.problem}") from None
    finally:
        loader.dispose()
    if not isinstance(entry, Entry):
        raise RulesError(f"{path}:1: expected a mapping with {', '.join(sorted(TOP_KEYS))}")
    known_keys(entry, TOP_KEYS)
    return entry


def _entry(node: Any, loader: Any, file: str) -> Any:
    if node.id == "mapping":
        entry = blank(file, node.start_mark.line + 1)
        for key, value in node.value:
            entry[key.value] = _entry(value, loader, file)
            entry.lines[key.value] = key.start_mark.line + 1
        return entry
    if node.id == "sequence":
        return [_entry(part, loader, file) for part in node.value]
    return loader.construct_object(node)


def blank(file: str, line: int = 1) -> Entry:
    entry = Entry()
    entry.file, entry.line, entry.lines = file, line, {}
    return entry


def known_keys(entry: Entry, allowed: set[str]) -> None:
    for key in entry:
        if key not in allowed:
            raise entry.error(f"unknown key '{key}', expected one of {', '.join(sorted(allowed))}", key)


def entries(file: Entry, key: str, allowed: set[str]) -> Iterator[Entry]:
    entries = file.get(key) or []
    if not isinstance(entries, list):
        raise file.error(f"expected a list under '{key}'", key)
    for entry in entries:
        if not isinstance(entry, Entry):
            raise file.error(f"expected mappings under '{key}', got {entry!r}", key)
        known_keys(entry, allowed)
        yield entry


def lines(entry: Entry, key: str) -> Iterator[tuple[int, str]]:
    """Lines of a text block with their line in the file; empty ones are left out."""
    text = entry.get(key) or ""
    if not isinstance(text, str):
        raise entry.error(f"expected text under '{key}', one expression a line, got {text!r}", key)
    block = "\n" in text
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            yield entry.lines[key] + (number + 1 if block else 0), line.strip(" ") if not block else line

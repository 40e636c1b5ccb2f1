"""Who is quoted, and who speaks another language: lists that matching reads word by word, tracing as expressions."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from importlib.resources import files

import yaml


@functools.cache
def listed() -> dict[str, tuple[str, ...]]:
    """The names of each list of ``speakers.yaml``."""
    stored = yaml.safe_load((files(__package__) / "speakers.yaml").read_text("utf-8"))
    return {name: tuple(names.split()) for name, names in stored.items()}


def nationalities() -> list[str]:
    """Every form of each nationality: "allemand", "allemande", "allemands", "allemandes"."""
    return [name + end for name in listed()["nationalities"] for end in ("", "s", "e", "es", "ne", "nes")]


def expression(names: Iterable[str]) -> str:
    """Any of the names; a hyphen stands for a space too, an apostrophe for a curly one."""
    forms = sorted(map(re.escape, names), key=len, reverse=True)
    return "|".join(forms).replace(r"\-", "[ -]").replace("'", "['’]")

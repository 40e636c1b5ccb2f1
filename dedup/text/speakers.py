"""Who is quoted, and who speaks another language: lists that matching reads word by word, tracing as expressions."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from importlib.resources import files

import yaml

FRENCH = "fr"

AGES = range(14, 100)
"""Years of age that are written in digits."""


@functools.cache
def listed(code: str = FRENCH) -> dict[str, tuple[str, ...]]:
    """The names of each list of a language: of ``speakers.yaml``, or of ``speakers_abroad.yaml``.

    Agencies are the same everywhere. Foreigners are those of French and whoever is at home there, but not who is at
    home in this language.
    """
    french = _stored("speakers.yaml")
    if code == FRENCH:
        return french | {"nationality_endings": ("", "s", "e", "es", "ne", "nes")}
    lists = _stored("speakers_abroad.yaml", code)
    home = set(lists["at_home"])
    abroad = (*french["foreigners"], *french["foreigners_by_capital"], *french["at_home"])
    foreigners = tuple(name for name in abroad if name[0].isupper() and name not in home)
    return lists | {"agencies": (*french["agencies"], *lists["agencies"]), "foreigners": foreigners}


def _stored(file: str, code: str | None = None) -> dict[str, tuple[str, ...]]:
    """The lists of a file, of one language where it holds several; words are split, a list stays one."""
    stored = yaml.safe_load((files(__package__) / file).read_text("utf-8"))
    lists = stored if code is None else stored[code]
    return {name: tuple(names.split() if isinstance(names, str) else names) for name, names in lists.items()}


def nationalities(code: str = FRENCH) -> list[str]:
    """Every form of each nationality: "allemand", "allemande", "allemands", "allemandes"."""
    lists = listed(code)
    return [name + end for name in lists["nationalities"] for end in lists["nationality_endings"]]


def ages(code: str = FRENCH) -> list[str]:
    """Every age as a name: "47-ans", "quarante-sept-ans"."""
    lists = listed(code)
    return [form.format(number) for form in lists["aged"] for number in (*map(str, AGES), *lists["spelled"])]


def expression(names: Iterable[str]) -> str:
    """Any of the names; a hyphen stands for a space too, an apostrophe for a curly one."""
    forms = sorted(map(re.escape, names), key=len, reverse=True)
    return "|".join(forms).replace(r"\-", "[ -]").replace("'", "['’]")

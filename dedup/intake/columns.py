"""Names and values of the input's columns -> the names and values that articles are made of.

A column is known by its meaning, however its name is written: case, accents, spaces and points do not count, and
French names stand beside the English ones. A value may be wrapped in an object, as databases write it, and a word
for nothing is nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from dedup.text.french import bare

NAMES = {
    "id": ("id", "doc_id", "article_id", "identifiant", "_id", "guid", "story_id", "stories_id"),
    "text": (
        "text", "body", "texte", "contenu", "content", "corps", "article_text", "full_text", "texte_integral",
        "body_text", "article_body", "contents", "transcription", "transcript", "article",
    ),
    "outlet": (
        "outlet", "series", "journal", "media", "media_name", "publication", "nom_du_media", "newspaper", "support",
        "titre_de_presse", "sitename", "site_name", "chaine", "source_name", "publisher", "source",
        "source_common_name",
    ),
    "title": ("title", "titre", "headline", "intitule", "titre_propre", "web_title"),
    "url": (
        "url", "lien", "link", "adresse", "adresse_web", "permalink", "web_url", "document_identifier",
        "responded_url", "requested_url",
    ),
    "published_at": (
        "published_at", "publication_datetime", "date", "date_publication", "date_de_publication", "publication_date",
        "publish_date", "datepublished", "pubdate", "publishedat", "published", "seendate", "publie_le",
        "date_parution", "parution",
        "published_date", "web_publication_date", "date_diffusion",
    ),
    "lang": ("language", "lang", "langue"),
    "is_wire": ("is_wire",),
    "agency": ("agency", "agence"),
    "wire_timestamp": ("wire_timestamp",),
    "wire_id": ("wire_id",),
    "revision": ("revision",),
    "owner_group": ("owner", "owner_group", "proprietaire"),
    "country": ("country", "pays"),
    "author": ("author", "auteur", "auteurs", "signature"),
}  # fmt: skip
"""Columns of the input by meaning; of several the first that holds something counts, the others pass through."""

NOTHING = frozenset((
    "NA", "N/A", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null", "NaN", "nan", "-nan", "-NaN", "None", "n/a",
    "NaT", "\\N",
))  # fmt: skip
"""Words for a missing value: those that pandas reads so, and the one that MySQL writes."""

_WRAPPED = ("name", "value", "text", "#text", "@value", "_", "rendered", "title", "label", "$date", "$oid")
"""Members of an object that hold its value, the likeliest first."""

_BY_NAME = {alias: meaning for meaning, aliases in NAMES.items() for alias in aliases}

_RUN_TOGETHER = {alias.replace("_", ""): alias for alias in reversed(_BY_NAME) if not alias.startswith("_")}
"""Names as programs write them ("articleBody") -> the alias."""

_CAMEL = re.compile(r"([a-z])([A-Z])")

_FILLERS = frozenset((
    "de", "du", "des", "d", "la", "le", "les", "l", "of", "the", "article", "articles", "nom", "name", "complet",
    "complete", "integral", "full", "main", "raw", "clean", "plain", "brut", "story", "s", "extracted",
))  # fmt: skip
"""Words of a column's name that say nothing of its meaning ("Corps de l'article", "Nom du journal")."""


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A column's name without case, accents and punctuation: "Date de publication" -> "date_de_publication"."""
    if name in _BY_NAME:
        return name
    plain = bare(name.strip().lstrip("\ufeff"))
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return ("_" if plain.startswith("_") else "") + "_".join(words)


@lru_cache(maxsize=4096)
def alias_of(name: str) -> str | None:
    """The name of NAMES that a column's name stands for, however it is written; None when it is none of them."""
    plain = folded(name)
    if plain in _BY_NAME:
        return plain
    plain = folded(_CAMEL.sub(r"\1 \2", name))
    if (together := plain.replace("_", "")) in _RUN_TOGETHER:
        return _RUN_TOGETHER[together]
    words = [word for word in plain.split("_") if word not in _FILLERS]
    if (whole := "_".join(words)) in _BY_NAME:
        return whole
    meanings = {_BY_NAME.get(word) for word in words}  # "Corps du texte": each word says the same
    return words[0] if len(meanings) == 1 and None not in meanings else None


def meaning(name: str, columns: dict[str, str]) -> str | None:
    """What a column of this name means, first as the user said; None for a column that passes through."""
    for known, given in columns.items():
        if given == name:
            return known
    alias = alias_of(name)
    return None if alias is None else _BY_NAME[alias]


def renamed(row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    """A row with the names of NAMES: a column of another spelling gets the name that it means.

    A name that is already taken by a column that holds something keeps its own spelling and passes through.
    """
    plan = _plan(tuple(row), tuple(columns.items()))
    if not plan:
        return row
    found = {name: value for name, value in row.items() if name not in plan}
    for name, (plain, is_mine) in plan.items():
        if name not in row:
            continue
        before = found.get(plain)
        if is_mine:
            if not is_nothing(before):
                found[f"{plain} (2)"] = before
            found[plain] = row[name]
        elif is_nothing(before):
            found[plain] = row[name]
        else:
            found[name] = row[name]
    return found


@lru_cache(maxsize=1024)
def _plan(names: tuple[str, ...], columns: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, bool]]:
    """Columns to rename: name -> (name that it gets, whether the user said so)."""
    mine = {given: known for known, given in columns}
    plan = {}
    for name in names:
        if name in mine:
            plan[name] = NAMES[mine[name]][0], True
        elif name not in _BY_NAME and isinstance(name, str) and (plain := alias_of(name)):
            plan[name] = plain, False
    return plan


@lru_cache(maxsize=1024)
def columns_by_meaning(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Meaning -> those of a row's columns that have it, the first in NAMES first; the columns are named as there."""
    here = frozenset(names)
    return {known: tuple(alias for alias in aliases if alias in here) for known, aliases in NAMES.items()}


def is_nothing(value: Any) -> bool:
    """True for null, NaN, the empty string and a word for nothing."""
    if isinstance(value, str):
        return not value or value.strip() in NOTHING
    return value is None or (isinstance(value, float) and value != value)


def unwrapped(value: Any, depth: int = 4) -> Any:
    """The value inside an object of one (``{"$oid": "5f"}``, ``{"name": "Le Fanal"}``); others stay as they are."""
    if depth and isinstance(value, dict):
        if len(value) == 1:
            return unwrapped(next(iter(value.values())), depth - 1)
        for name in _WRAPPED:
            if not is_nothing(value.get(name)):
                return unwrapped(value[name], depth - 1)
    if depth and isinstance(value, list) and len(value) == 1:
        return unwrapped(value[0], depth - 1)
    return value


def parse_columns(given: str) -> dict[str, str]:
    """``text=Contenu,outlet=Source`` -> {"text": "Contenu", "outlet": "Source"}; ValueError names what is wrong."""
    found = {}
    for part in given.split(","):
        known, mark, name = part.partition("=")
        if not mark or not name.strip():
            raise ValueError(f"expected meaning=column, got {part.strip()!r}")
        found[known_meaning(known)] = name.strip()
    return found


def known_meaning(name: str) -> str:
    """The meaning that a user's word names; ValueError lists them all."""
    plain = folded(name)
    if plain in NAMES:
        return plain
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    raise ValueError(f"no column of articles is called {name.strip()!r}; there are {', '.join(NAMES)}")

"""Names and addresses of outlets -> who owns them and where they are printed.

The shipped file ``outlets.csv`` (outlet, domain, owner, country) has the known French, Belgian, Swiss,
Luxembourg and Canadian titles with their owners of 2024-2025. The first row of a domain gives the outlet its usual
name; further rows add other names or other domains. A user's file of the same columns comes before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple, Self

from dedup.text.french import bare

COLUMNS = ("outlet", "domain", "owner", "country")


class Outlet(NamedTuple):
    """One publisher: usual name, owner (null when independent or unknown), country (ISO 3166, two letters)."""

    outlet: str
    owner: str | None
    country: str | None


class Outlets:
    """The known outlets, looked up by name and by address."""

    def __init__(
        self, rows: Iterable[tuple[str, str, str, str]], own: Iterable[tuple[str, str, str, str]] = ()
    ) -> None:
        """Rows are (outlet, domain, owner, country). Of two that disagree the first counts; ``own`` comes first."""
        own = list(own)
        self._own_names = {_fold(row[0]) for row in own}
        self._by_domain: dict[str, Outlet] = {}
        self._by_name: dict[str, list[Outlet]] = {}
        for name, domain, owner, country in [*own, *_without(rows, own)]:
            entry = Outlet(name.strip(), owner.strip() or None, country.strip().upper() or None)
            if domain := _bare(domain.strip().casefold()):
                # another name of a known domain is the same outlet
                entry = self._by_domain.setdefault(domain, entry)
            namesakes = self._by_name.setdefault(_fold(name), [])
            # one name may be several papers, but not twice in one country
            if not any(other.country == entry.country for other in namesakes):
                namesakes.append(entry)
        self._find = lru_cache(maxsize=65_536)(self._look_up)

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """The shipped outlets; with a path, that file's rows come first and replace those of their names."""
        own = _read(Path(path).read_text("utf-8-sig"), str(path)) if path is not None else []
        shipped = resources.files("dedup.intake").joinpath("outlets.csv").read_text("utf-8")
        return cls(_read(shipped, "outlets.csv"), own)

    def find(self, outlet: str | None = None, url: str | None = None, country: str | None = None) -> Outlet | None:
        """The publisher of an article, or None.

        The name counts first; a name that several papers share ("Le Nouvelliste") is distinguished by the address,
        then by the country; when neither does, the user's own file decides, or only what they have in common is known.
        An unknown or missing name leaves it to the address.
        """
        return self._find(outlet, domain_of(url) if url else None, country)

    def _look_up(self, outlet: str | None, domain: str | None, country: str | None) -> Outlet | None:
        here = self._of_domain(domain)
        if outlet:
            namesakes = self._by_name.get(_fold(outlet))
            if namesakes is not None:
                found = _told_apart(namesakes, here, country)
                return namesakes[0] if found is None and _fold(outlet) in self._own_names else found
            if "." in outlet and " " not in outlet.strip():
                return self._of_domain(domain_of(outlet)) or here
        return here

    def _of_domain(self, domain: str | None) -> Outlet | None:
        """The entry of a domain or of the nearest domain above it (sport24.lefigaro.fr -> lefigaro.fr)."""
        while domain:
            if entry := self._by_domain.get(domain):
                return entry
            domain = domain.partition(".")[2]
        return None


def is_spelling(name: str, outlet: str) -> bool:
    """True when a name is an outlet's usual name but for case, accents, punctuation and article, or an address.

    Other names of an outlet ("Gazette" for "Montreal Gazette") find it, but may as well be another paper's.
    """
    return _fold(name) == _fold(outlet) or ("." in name and " " not in name.strip())


def _told_apart(namesakes: list[Outlet], here: Outlet | None, country: str | None) -> Outlet | None:
    if len(namesakes) == 1:
        return namesakes[0]
    for place in (here and here.country, country and country.strip().upper()):
        for entry in namesakes:
            if place and entry.country == place:
                return entry
    owners = {entry.owner for entry in namesakes}
    return namesakes[0]._replace(country=None) if len(owners) == 1 else None


_HOST = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@\s]*@)?([^/:?#\s]+)", re.IGNORECASE)


def domain_of(url: str) -> str | None:
    """Host of an address, without "www."; None when there is none."""
    found = _HOST.match(url)
    return _bare(found[1].casefold().rstrip(".")) or None if found and "." in found[1] else None


PLATFORMS = frozenset(
    (
        "dailymotion.com facebook.com instagram.com linkedin.com medium.com msn.com news.google.com news.yahoo.com "
        "t.me tiktok.com twitter.com web.archive.org x.com yahoo.com youtube.com"
    ).split()
)
"""Hosts that carry the pages of many publishers."""


def publisher_host(url: str | None) -> str | None:
    """Host of an address when it says who publishes the page; None for none and for a platform of many publishers."""
    host = domain_of(url) if url else None
    return None if host is None or any(host == name or host.endswith(f".{name}") for name in PLATFORMS) else host


def _bare(host: str) -> str:
    return host[4:] if host.startswith("www.") else host


_ARTICLE = re.compile(r"^(?:le|la|les|l|the) (?=.)")


@lru_cache(maxsize=65_536)
def _fold(name: str) -> str:
    """A name without case, accents, punctuation and leading article: "L'Humanité" -> "humanite"."""
    plain = "".join(letter if letter.isalnum() else " " for letter in bare(name))
    return _ARTICLE.sub("", " ".join(plain.split()))


def _read(text: str, file: str) -> list[tuple[str, str, str, str]]:
    lines = csv.DictReader(text.splitlines())
    if missing := [name for name in ("outlet", "owner") if name not in (lines.fieldnames or ())]:
        raise ValueError(f"{file}: expected the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}")
    rows = []
    for line in lines:
        outlet, domain, owner, country = ((line.get(name) or "").strip() for name in COLUMNS)
        if None in line or not (outlet or domain):
            raise ValueError(f"{file}, line {lines.line_num}: expected outlet,domain,owner,country; got {line}")
        rows.append((outlet or domain, domain, owner, country))
    return rows


def _without(
    shipped: Iterable[tuple[str, str, str, str]], own: list[tuple[str, str, str, str]]
) -> list[tuple[str, str, str, str]]:
    """The shipped rows that the user's file does not replace by name, in the same country or in none."""
    names = {(_fold(name), country.upper()) for name, _, _, country in own}
    return [
        row for row in shipped
        if (_fold(row[0]), row[3].upper()) not in names and (_fold(row[0]), "") not in names
    ]  # fmt: skip

"""Numbers, lags, paths and texts as people read them in a terminal."""

from __future__ import annotations

from pathlib import Path

from dedup.constants import DAY, HOUR, MINUTE


def count(number: int, noun: str) -> str:
    ending = "" if number == 1 else "es" if noun.endswith("ch") else "s"
    return f"{number:,} {noun}{ending}"


def clip(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def lag(seconds: float | None) -> str:
    """A lag as people say it; a question mark when it is unknown."""
    if seconds is None:
        return "?"
    if abs(seconds) < HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.1f} h" if abs(seconds) < 2 * DAY else f"{seconds / DAY:.0f} d"


def share(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def percent(value: float | None) -> str:
    return "?" if value is None else f"{value:.0%}"


def short_path(path: Path) -> str:
    """A path as short as it can be given from here; an address as it is written."""
    from dedup.store.addresses import is_address, plain

    if is_address(path):
        return plain(path)
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)

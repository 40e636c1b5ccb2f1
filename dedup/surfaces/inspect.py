"""A look at the inputs before any work: what each file is taken for, and how its articles are understood."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from dedup.config import Config
from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.intake import files, ingest
from dedup.text.segment import segment

BYLINES = ("author", "authors", "auteur", "auteurs", "byline", "signature")
"""Columns that hold who signed an article."""

SHORT_LOOK = 200
"""Articles that a run looks at before it starts."""


@dataclass
class Look:
    """What a file (or several) holds."""

    file: str
    kinds: Counter[str] = field(default_factory=Counter)
    encodings: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    dispatches: int = 0
    outlets: Counter[str] = field(default_factory=Counter)
    dates: Counter[str] = field(default_factory=Counter)
    """"input, minute" and the like: where dates were read, and how much of them is known."""
    first_date: str | None = None
    last_date: str | None = None
    bylines: int = 0
    credits: Counter[str] = field(default_factory=Counter)
    """Articles by the agency that a mention in them names."""
    languages: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    kept_faults: list[str] = field(default_factory=list)
    first: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}


def looks(inputs: Iterable[str | Path], config: Config) -> Iterator[Look]:
    """One look for each file of the inputs."""
    for name, problem in files.found(inputs):
        if problem is not None:
            yield Look(name, faults=[problem])
        else:
            yield look([name], config, name)


def look(inputs: Iterable[str | Path], config: Config, name: str = "", most: int | None = None) -> Look:
    """All inputs together, or the first ``most`` articles of them."""
    found = Look(name)
    seen: Counter[tuple[str, str | None]] = Counter()
    rules = load_rules(config.rules_file)
    for articles, rejects in ingest.read(list(inputs), config, most or 2_000, seen=seen):
        _add(found, articles, rejects, rules)
        if most is not None and found.articles >= most:
            break
    for (kind, encoding), count in seen.items():
        found.kinds[kind] += count
        found.encodings[encoding or "its own"] += count
    return found


def _add(found: Look, articles: pa.Table, rejects: pa.Table, rules: Any) -> None:
    found.articles += articles.num_rows
    for row in rejects.to_pylist():
        place = f"{row['position']}: " if row["position"] else ""
        (found.kept_faults if row["kept"] else found.faults).append(f"{place}{row['reason']}")
    rows = articles.drop_columns(["given"]).to_pylist()
    for row in rows:
        found.dispatches += row["is_wire"]
        found.outlets[row["outlet"] or "(unknown)"] += 1
        known = row["date_source"] != "none"
        found.dates[f"{row['date_source']}, {row['date_precision']}" if known else "none"] += 1
        found.languages[row["lang"] or "(not said)"] += 1
        found.bylines += any((json.loads(row["extra"] or "{}")).get(name) for name in BYLINES)
    times = [row["published_at"].isoformat(timespec="minutes") for row in rows if row["published_at"]]
    found.first_date = min(filter(None, [found.first_date, *times]), default=None)
    found.last_date = max(filter(None, [found.last_date, *times]), default=None)
    if rows:
        distinct = articles.select(
            [name for name in articles.column_names if name not in ("file", "position", "given")]
        )
        mentions = find_credits(distinct, segment(distinct), rules).to_pylist()
        named = {(row["article_id"], row["agency"]) for row in mentions if row["kind"] not in ("photo", "other")}
        found.credits.update(agency for _, agency in named if agency)
        found.first = found.first or {name: value for name, value in rows[0].items() if value not in (None, "")}


def lines(found: Look) -> list[str]:
    """A look in words, for a terminal."""
    out = [f"{found.file}"] if found.file else []
    if found.kinds:
        out.append(f"  kind      {_listed(found.kinds)}; encoding {_listed(found.encodings)}")
    if found.articles:
        out += three_lines(found)
        out.append(f"  languages {_listed(found.languages)}")
    for title, reasons in (("not read", found.faults), ("noted", found.kept_faults)):
        counted = Counter(reasons)
        out += [f"  {title:<9} {count} x {reason}" for reason, count in counted.most_common(5)]
        if len(counted) > 5:
            out.append(f"  {title:<9} and {len(counted) - 5} other reasons")
    if found.first:
        out.append("  the first article, as it is understood:")
        out += [f"    {name:<14} {_short(value)}" for name, value in found.first.items() if name not in _INNER]
    return out


def three_lines(found: Look) -> list[str]:
    """What a run prints before it starts: articles and outlets, dates, by-lines and credits."""
    span = f", from {found.first_date} to {found.last_date} UTC" if found.first_date else ""
    return [
        f"  articles  {found.articles:,} ({found.dispatches:,} dispatches) of {_listed(found.outlets)}",
        f"  dates     {_listed(found.dates)}{span}",
        f"  by-lines  {found.bylines:,}; agencies named in the articles: {_listed(found.credits) or 'none'}",
    ]


_INNER = ("digest", "file", "position", "n_words")


def _listed(counts: Counter[str], most: int = 5) -> str:
    shown = [f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]]
    return ", ".join(shown) + (f" and {len(counts) - most} others" if len(counts) > most else "")


def _short(value: Any) -> str:
    text = " / ".join(str(value).split("\n"))
    return text if len(text) <= 100 else f"{text[:70]} ... {text[-25:]}"

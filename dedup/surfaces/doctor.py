"""Check an installation: versions, folders, the flow, and a run of the library on five articles."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dedup.surfaces import extras

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.pipeline.steps import RunResult

PACKAGES = ("numpy", "pyarrow", "numba", "duckdb", "datasketch", "scikit-learn", "pydantic")

DISPATCH = (
    "Le port de Valmorin a rouvert jeudi matin après onze jours de blocage, a annoncé la préfecture. "
    "Les dockers réclamaient le maintien de deux grues et l'embauche de quarante intérimaires, "
    "promise au printemps par la direction avant d'être repoussée à l'automne."
)
ARTICLES = {
    "dispatch": DISPATCH,
    "whole": f"Port : fin du blocage\n{DISPATCH}",
    "cut": "Le calme est revenu sur les quais. " + DISPATCH.split(". ", 1)[1],
    "retouched": DISPATCH.replace("jeudi matin", "ce jeudi").replace("quarante", "une quarantaine d'"),
    "own": "La récolte des mirabelles s'annonce tardive dans les vergers de Sainte-Orne, où le gel d'avril a "
    "brûlé la moitié des fleurs; les cueilleurs saisonniers attendent la mi-août.",
}
"""Five invented articles: a dispatch, three that carry it, and one that has nothing to do with it."""


class Check(NamedTuple):
    """One thing looked at."""

    name: str
    ok: bool
    found: str


def examine() -> list[Check]:
    """Look at everything; nothing that is wrong stops the rest."""
    checks = [
        _checked("python", _python),
        *(_checked(name, partial(version, name)) for name in PACKAGES),
        *(_checked(f"extra {name}", partial(_extra, name)) for name in extras.EXTRAS),
        _checked("flow", _flow),
        _checked("prefect server", _server),
        _checked("output folder", _output),
        _checked("five articles", _five_articles),
    ]
    return checks


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except Exception as error:
        return Check(name, False, f"{type(error).__name__}: {' '.join(str(error).split())}")


def _python() -> str:
    return f"{sys.version.split()[0]} ({sys.executable})"


def _extra(name: str) -> str:
    """Versions of an extra's packages; one that is not there is no fault, only said."""
    missing = extras.missing(name)
    there = [f"{package} {version(package)}" for package in extras.EXTRAS[name] if package not in missing]
    absent = [f"without {', '.join(missing)} ({extras.remedy(name)})"] if missing else []
    return "; ".join((*there, *absent))


def _flow() -> str:
    if extras.missing("flow"):
        return "without Prefect: `dedup run` uses the library alone, `dedup serve` needs it"
    return extras.launcher().__name__


def _server() -> str:
    if os.environ.get("PREFECT_API_URL"):
        return f"{os.environ['PREFECT_API_URL']} (PREFECT_API_URL)"
    return f"one a run, on this machine; its runs are kept in {os.environ.get('PREFECT_HOME') or '~/.prefect'}"


def _output() -> str:
    folder = Path("artifacts").absolute()
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(parent, os.W_OK):
        raise PermissionError(f"{parent} cannot be written; give --out")
    return str(folder)


def rehearse(folder: Path, config: Config) -> RunResult:
    """Run the library on ARTICLES, from ``folder / "inbox"`` to ``folder / "out"``."""
    from dedup.pipeline import steps

    inbox = folder / "inbox"
    inbox.mkdir()
    for name, text in ARTICLES.items():
        (inbox / f"{name}.txt").write_text(text, "utf-8")
    return steps.run([inbox], folder / "out", config)


def _five_articles() -> str:
    from dedup.config import Config
    from dedup.pipeline import lookup

    with tempfile.TemporaryDirectory() as folder:
        result = rehearse(Path(folder), Config())
        found = lookup.check(f"Notre récit. {ARTICLES['cut']}", Path(folder) / "out")
    # the dispatch and its three carriers: six pairs, or fewer where a cut leaves too little
    if result.counts["articles"] != len(ARTICLES) or result.counts["matches"] < 3:
        raise RuntimeError(f"expected {len(ARTICLES)} articles and three matches or more, got {result.counts}")
    if not found.passages:
        raise RuntimeError("a text that the five articles hold was not found again")
    return (
        f"{result.counts['matches']} matches in {sum(result.seconds.values()):.2f} s; one text looked up in "
        f"{found.seconds:.2f} s"
    )

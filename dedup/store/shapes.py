"""What each kind of part is a function of: settings, code and layout, as one digest that its name carries."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import pyarrow as pa

from dedup import __version__
from dedup.config import SKETCH_SCHEME, Config
from dedup.store import disk

SETTINGS = {
    "reading": ("agency", "columns", "outlets_file"),
    "words": ("fold_accents",),
    "crediting": ("rules_file",),
    "sketching": ("window_words", "window_step", "shingle_size", "num_perm", "bands", "rows", "seed", "seed_file"),
    "aligning": (
        "max_gap",
        "min_words",
        "min_information",
        "lone_information",
        "quote_margin",
        "rewrites",
        "rewrite_probability",
    ),
    "pairing": ("min_bands", "bucket_limit", "window_days", "compare_undated"),
    "tables": ("cluster_floor", "background_days"),
    "nothing": ("memory_limit", "workers", "keep_snapshots", "report", "report_url", "settle_days"),
}
"""What each setting shapes: every field of Config stands in exactly one list. "tables" are made anew in every run;
"nothing" changes no row of a table."""

_SHAPED_BY = {
    "articles": ("reading",),
    "paragraphs": (),
    "credits": ("crediting",),
    "status": ("crediting",),
    "hashes": ("words",),
    "lines": (),
    "pairs": ("words", "aligning"),
    "matches": ("words", "aligning"),
    "shown": ("reading", "words", "sketching", "pairing"),
    "links": ("reading", "words", "sketching", "pairing"),
    "traced": tuple(name for name in SETTINGS if name != "nothing"),
    "joined": tuple(name for name in SETTINGS if name != "nothing"),
    "edges": tuple(name for name in SETTINGS if name != "nothing"),
}
"""The lists of settings that each kind of part is a function of."""

_PAIRING = (
    "intake/rows.py",
    "intake/dates.py",
    "text/segment.py",
    "text/words.py",
    "matching/shingle.py",
    "matching/sketch.py",
    "matching/lsh.py",
    "pipeline/look_back.py",
    "pipeline/pairing.py",
)

CODE = {
    "articles": ("intake/rows.py",),
    "paragraphs": ("text/segment.py", "text/words.py"),
    "credits": ("text/segment.py", "credits/mentions.py"),
    "status": ("text/segment.py", "credits/mentions.py", "credits/status.py", "credits/scars.py"),
    "hashes": ("text/segment.py", "text/words.py"),
    "lines": ("text/segment.py", "tracing/boilerplate.py"),
    "pairs": ("text/segment.py", "text/words.py", "matching/align.py", "matching/rewrites.py"),
    "matches": ("text/segment.py", "text/words.py", "matching/align.py", "matching/rewrites.py"),
    "shown": _PAIRING,
    "links": _PAIRING,
    "traced": ("pipeline/trace.py",),
    "joined": ("pipeline/trace.py",),
    "edges": ("pipeline/summarise.py",),
}
"""Where the code of each kind of part begins: what these modules import, and the data beside all of it, shapes the
part too."""

LAYOUT = {
    "articles": 1,
    "paragraphs": 1,
    "credits": 1,
    "status": 1,
    "hashes": 1,
    "lines": 1,
    "pairs": 1,
    "matches": 1,
    "shown": 1,
    "links": 1,
    "traced": 1,
    "joined": 1,
    "edges": 1,
}
"""Version of how the steps of a run lay out each kind of part (the numbers and the order of its rows, the columns that
they add): what ``CODE`` does not reach. Whoever changes that raises the number, and the parts are made anew."""

FILES = ("rules_file", "outlets_file", "seed_file")
"""Settings that name a file: what it holds counts."""

DATA = (".csv", ".yaml", ".json", ".sql")
"""Endings of the data that stands beside the code."""


def shape(kind: str, config: Config) -> str:
    """Digest of the settings and the code that a kind of part comes from: 10 hexadecimal digits."""
    settings = config.model_dump(mode="json", include={name for part in _SHAPED_BY[kind] for name in SETTINGS[part]})
    for name in FILES:
        if name in settings:
            settings[name] = _content(getattr(config, name))
    return _digest([settings, SKETCH_SCHEME if kind == "links" else None, LAYOUT[kind], _code(CODE[kind])])[:10]


def result_digest(serials: int, rejects: pa.Table, config: Config, removed: Iterable[str] = ()) -> str:
    """Digest of everything that the tables are a function of: same digest, same tables.

    ``serials``: rows ever kept, which no run takes back; ``removed``: ids that were taken down.
    """
    settings = config.model_dump(mode="json", exclude={*SETTINGS["nothing"]})
    settings |= {name: _content(getattr(config, name)) for name in FILES}
    return _digest([serials, rejects.to_pylist(), settings, SKETCH_SCHEME, LAYOUT, _code(None), *sorted(removed)])


def _digest(value: object) -> str:
    return blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()


def _content(path: Path | None) -> str | None:
    """Digest of a file that the settings name: its content counts, not its name."""
    return None if path is None else blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()


@cache
def _code(modules: tuple[str, ...] | None) -> str:
    """Digest of some modules, of all they import and the data beside them (None: of the whole package), and of the
    version."""
    return code_digest(Path(str(files(__package__.partition(".")[0]))), modules)


def code_digest(home: Path, modules: tuple[str, ...] | None) -> str:
    """Digest of the content of ``code_files`` and of the version."""
    digest = blake2b(__version__.encode(), digest_size=16)
    for path in code_files(home, modules):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def code_files(home: Path, modules: tuple[str, ...] | None) -> list[Path]:
    """The files of a package that a kind of part is a function of, sorted.

    ``modules``: paths below ``home``; None: every module. Imports are followed wherever they stand in a module.
    Of the store only what decides identity is a rule; the rest of it and the settings' own module are passed over.
    Data is any file of a module's folder that its source names. A module that is missing raises StorageError.
    """
    waiting = [home / name for name in modules] if modules else sorted(home.rglob("*.py"))
    found: set[Path] = set()
    passed_over = {*(home / "store").glob("*.py")} - {home / "store" / "identity.py"} | {home / "config.py"}
    while waiting:
        path = waiting.pop()
        if path in found or path in passed_over:
            continue
        if not path.is_file():
            raise disk.StorageError(f"{path} is missing: the parts of the store are made by it; install dedup again")
        found.add(path)
        source = path.read_text("utf-8")
        found |= {other for other in path.parent.iterdir() if other.suffix in DATA and f'"{other.name}"' in source}
        waiting += _imported(home, source) if modules else ()
    return sorted(found)


@cache
def _imports(source: str) -> list[tuple[str, list[str]]]:
    """What a module imports from others: their names, and the names taken from them. A run asks for each kind."""
    nodes = (node for node in _statements(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    return [(node.module or "", [alias.name for alias in node.names]) for node in nodes]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement of a module, those inside others too; no expression holds an import."""
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        for inner in getattr(node, name, ()):
            yield inner
            yield from _statements(inner)


def _imported(home: Path, source: str) -> Iterator[Path]:
    """Modules of the package that a module imports."""
    for module, names in _imports(source):
        if module.partition(".")[0] != home.name:
            continue
        place = home.joinpath(*module.split(".")[1:])
        if place.with_suffix(".py").is_file():
            yield place.with_suffix(".py")
        elif place.is_dir():
            for path in (place / name for name in names):
                if path.with_suffix(".py").is_file():
                    yield path.with_suffix(".py")
                elif path.is_dir():
                    yield from sorted(path.glob("*.py"))
            if place != home:
                yield place / "__init__.py"

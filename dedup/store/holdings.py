"""OUT/store: what a run keeps for the next one, in parts that never change, and one manifest that names them.

Layout::

    OUT/store/manifest.json                        names the parts of the current state; replaced in one step
    OUT/store/articles-<run>-<n>.parquet           rows with their text and as they were given: cannot be made anew
    OUT/store/<kind>-<part>-<shape>.parquet        paragraphs, credits, status and bands made from one articles part
    OUT/store/{pairs,matches}-<run>-<shape>.parquet    pairs of articles aligned in one run, and their alignments
    OUT/store/rejects-<run>.parquet                what was refused, as of the last reading of each file

Everything but articles and rejects is derived: it is a function of an articles part (or of two texts) and of the
settings and the code that made it. ``<shape>`` is the digest of these, so a part of other settings has another name,
is missing, and is made anew. Articles are read again from the rows as they were given when the settings or the code
of reading have changed (an outlets file that names an owner, say). A file that no manifest names is what a dead run
left, or what is out of use: ``sweep`` removes it.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import __version__, schemas
from dedup.arrays import find
from dedup.config import SKETCH_SCHEME, Config
from dedup.store import disk

KEPT = pa.schema(
    [
        *schemas.ARTICLES,
        pa.field("text", pa.string(), metadata={"doc": "the article as printed"}),
        pa.field("serial", pa.uint32(), metadata={"doc": "number of the row in the store, in order of arrival"}),
        pa.field("key", pa.uint64(), metadata={"doc": "hash of id, outlet, whether it is a dispatch, and text"}),
        pa.field("file", pa.string(), metadata={"doc": "file it was first read from"}),
        pa.field("position", pa.int64(), metadata={"doc": "1-based line or row of the file; null for a whole file"}),
        pa.field("given", pa.string(), metadata={"doc": "the row as it was given, its text apart, as one JSON object"}),
    ]
)
"""Rows of an articles part: every version of every article, each once."""

IDENTITY = ("article_id", "outlet", "is_wire", "url", "digest", "published_at", "serial", "file", "position")
"""Columns of KEPT that ``resolve`` reads."""

DATA = (".csv", ".yaml", ".json")
"""Endings of the data that stands beside the code."""

MOST_SMALL_PARTS = 24
"""Parts that are less than half full; when there are more they are merged."""

SETTINGS = {
    "reading": ("agency", "columns", "outlets_file"),
    "words": ("fold_accents",),
    "crediting": ("rules_file",),
    "sketching": ("window_words", "window_step", "shingle_size", "num_perm", "bands", "rows", "seed"),
    "aligning": (
        "max_gap",
        "min_words",
        "min_information",
        "lone_words",
        "quote_margin",
        "quote_context",
        "quote_words",
        "rewrites",
        "rewrite_score",
    ),
    "tables": ("min_bands", "bucket_limit", "cluster_floor", "background_days", "window_days"),
    "nothing": ("memory_limit", "workers", "keep_snapshots", "report"),
}
"""What each setting shapes: every field of Config stands in exactly one list. "tables" are made anew in every run;
"nothing" changes no row of a table."""

_SHAPED_BY = {
    "articles": ("reading",),
    "paragraphs": (),
    "credits": ("crediting",),
    "status": ("crediting",),
    "bands": ("words", "sketching"),
    "pairs": ("words", "aligning"),
    "matches": ("words", "aligning"),
}
"""The lists of settings that each kind of part is a function of."""

_CODE = {
    "articles": ("intake/rows.py",),
    "paragraphs": ("text/segment.py", "text/words.py"),
    "credits": ("text/segment.py", "credits/mentions.py"),
    "status": ("text/segment.py", "credits/mentions.py", "credits/status.py", "credits/scars.py"),
    "bands": ("text/segment.py", "text/words.py", "matching/shingle.py", "matching/sketch.py"),
    "pairs": ("text/segment.py", "text/words.py", "matching/align.py", "matching/rewrites.py"),
    "matches": ("text/segment.py", "text/words.py", "matching/align.py", "matching/rewrites.py"),
}
"""Where the code of each kind of part begins: what these modules import, and the data beside all of it, shapes the
part too."""


LAYOUT = {
    "articles": 1,
    "paragraphs": 1,
    "credits": 1,
    "status": 1,
    "bands": 1,
    "pairs": 1,
    "matches": 1,
}
"""Version of how the steps of a run lay out each kind of part (the numbers and the order of its rows, the columns that
they add): what ``_CODE`` does not reach. Whoever changes that raises the number, and the parts are made anew."""


class State(NamedTuple):
    """What the manifest names; a run makes its own and commits it when its tables are ready."""

    articles: dict[str, int]
    """Articles parts and their bytes, in the order in which they came."""
    derived: dict[str, int]
    """Derived parts and their bytes."""
    rejects: str | None
    """File of the rejects; None when nothing was ever refused."""
    serials: int
    """Rows ever kept: the serial of the next."""
    reading: str
    """Digest of the settings and the code that read the articles; other ones read them again."""

    @classmethod
    def of(cls, manifest: dict[str, Any]) -> State:
        """From a manifest or a note of a run."""
        return cls(*(manifest[name] for name in cls._fields))


EMPTY = State({}, {}, None, 0, "")


# The files


def folder(out: Path | str) -> Path:
    """Where the store of an output folder is."""
    return Path(out) / "store"


def load(out: Path | str) -> State:
    """The current state; an empty one when there is no store. A derived part that is missing is left out.

    An articles part that is missing or has lost its size is an error: its articles may be nowhere else.
    """
    home = folder(out)
    if not (home / disk.MANIFEST).exists():
        if any(home.glob("articles-*.parquet")) and _was_committed(out):
            raise disk.StorageError(
                f"{home / disk.MANIFEST} does not exist, but articles of earlier runs do: {_put_back(home)}"
            )
        return EMPTY
    manifest = disk.read_manifest(home, remedy=_put_back(home))
    try:
        state = State.of(manifest)
    except KeyError as error:
        raise disk.StorageError(f"{home / disk.MANIFEST} is damaged (no {error}): {_put_back(home)}") from error
    for name, size in state.articles.items():
        found = disk.size(home / name)
        if found != size:
            what = "does not exist" if found is None else f"has {found:,} bytes, not the {size:,} that were written"
            raise disk.StorageError(f"{home / name} {what}: {_put_back(home)}")
    whole = {name: size for name, size in state.derived.items() if disk.size(home / name) == size}
    # pairs without their alignments would be taken for pairs that share nothing
    twin = {"pairs": "matches", "matches": "pairs"}
    rejects = state.rejects if state.rejects and disk.size(home / state.rejects) else None
    return state._replace(
        rejects=rejects,
        derived={
            name: size
            for name, size in whole.items()
            if (kind := name.split("-")[0]) not in twin or name.replace(kind, twin[kind], 1) in whole
        },
    )


def commit(out: Path | str, state: State) -> None:
    """Make a run's state the current one, in one step: everything it names is on the disk before."""
    home = folder(out)
    for name in filter(None, (*state.articles, *state.derived, state.rejects)):
        if disk.size(home / name) is None:
            raise disk.StorageError(f"{home / name} is gone while the run was at work: run again")
        disk.to_disk(home / name)
    disk.write_manifest(home, {**state._asdict(), "dedup": __version__})


def sweep(out: Path | str, state: State) -> list[str]:
    """Remove the files of the store that the state does not name, and say which; only under the lock."""
    home = folder(out)
    named = {disk.MANIFEST, *state.articles, *state.derived, state.rejects}
    return disk.remove_files(home, lambda name: name not in named)


def derived_name(kind: str, part: str, config: Config) -> str:
    """File of what is made from an articles part, or of the alignments of a run."""
    return f"{kind}-{part.removeprefix('articles-').removesuffix('.parquet')}-{shape(kind, config)}.parquet"


def made_from(state: State, kind: str, part: str) -> str:
    """File of a derived part that is in the store, whatever the settings and the code that made it."""
    start = f"{kind}-{part.removeprefix('articles-').removesuffix('.parquet')}-"
    for name in state.derived:
        if name.startswith(start) and "-" not in name.removeprefix(start):
            return name
    raise disk.StorageError(f"the store has no {kind} of {part}: `dedup run` over any input makes what is missing")


def shape(kind: str, config: Config) -> str:
    """Digest of the settings and the code that a kind of part comes from: 10 hexadecimal digits."""
    settings = config.model_dump(mode="json", include={name for part in _SHAPED_BY[kind] for name in SETTINGS[part]})
    for name in ("rules_file", "outlets_file"):
        if name in settings:
            settings[name] = _content(getattr(config, name))
    return _digest([settings, SKETCH_SCHEME if kind == "bands" else None, LAYOUT[kind], _code(_CODE[kind])])[:10]


def result_digest(state: State, rejects: pa.Table, config: Config) -> str:
    """Digest of everything that the tables are a function of: same digest, same tables."""
    settings = config.model_dump(mode="json", exclude={*SETTINGS["nothing"]})
    settings["rules_file"], settings["outlets_file"] = _content(config.rules_file), _content(config.outlets_file)
    return _digest([state.serials, rejects.to_pylist(), settings, SKETCH_SCHEME, LAYOUT, _code(None)])


# What is known, what is new


class Known:
    """Which rows the store holds, by their keys: 8 bytes an article.

    Among ten million articles two keys meet by chance in 3 stores out of a million.
    """

    def __init__(self, stored: list[np.ndarray]) -> None:
        self._known = np.sort(np.concatenate([np.zeros(0, np.uint64), *stored]))

    def new(self, keys: np.ndarray) -> np.ndarray:
        """(rows,) bool: the keys that neither the store nor an earlier call nor an earlier row has."""
        distinct, first = np.unique(keys, return_index=True)
        unknown = find(self._known, distinct) < 0
        added = distinct[unknown]
        self._known = np.insert(self._known, np.searchsorted(self._known, added), added)
        fresh = np.zeros(len(keys), bool)
        fresh[first[unknown]] = True
        return fresh


def with_keys(articles: pa.Table) -> pa.Table:
    """Articles as they are read -> with the column ``key`` of KEPT."""
    columns = (articles[name].to_pylist() for name in ("article_id", "outlet", "is_wire", "digest"))
    hashes = (
        int.from_bytes(
            blake2b(f"{article_id}\x1f{outlet or ''}\x1f{is_wire}\x1f{digest}".encode(), digest_size=8).digest(),
            "little",
        )
        for article_id, outlet, is_wire, digest in zip(*columns, strict=True)
    )
    return articles.append_column("key", pa.array(np.fromiter(hashes, np.uint64, articles.num_rows)))


def numbered(articles: pa.Table, first: int) -> pa.Table:
    """Articles with their keys -> KEPT: the serials go on from ``first``."""
    return articles.append_column("serial", pa.array(np.arange(first, first + articles.num_rows, dtype=np.uint32)))


def read_articles(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read an articles part; the remedy for a damaged one is not to remove it."""
    return disk.read_table(path, columns, remedy=f"{_put_back(path.parent)}")


class Resolved(NamedTuple):
    """The articles that the tables show, out of all rows of the store."""

    shown: np.ndarray
    """(articles,) int64, rows, sorted by article_id."""
    notes: dict[int, dict[str, Any]]
    """Row -> what else is known of the article: ``other_urls``, ``other_ids``, ``older_versions``."""
    rejects: pa.Table
    """REJECTS: rows whose id belongs to an article of another outlet."""
    older: int
    """Rows that a newer version stands for."""
    same_text: int
    """Rows that stand under another address of their outlet."""


Texts = Callable[[list[int]], list[str]]
"""Gives the texts of some rows, asked for only where one id has several."""

SHARED_BY_VERSIONS = 0.25
"""Share of the shorter text's word trigrams that the other has too, from which two texts are versions of one article.

Two unrelated articles share a few hundredths, whatever their subject; a text that was rewritten keeps more."""


def resolve(rows: pa.Table, texts: Texts) -> Resolved:
    """Say which of the kept rows are articles of their own. A function of the rows, whatever their order.

    ``rows`` has the columns IDENTITY.

    - One id at several outlets (or a dispatch and an article): a dispatch holds it before others, then the earliest,
      ties by the digest of the text. The others are rejected.
    - One id with several texts: versions of one article when the place in the file, the address or much of the text
      is the same; the newest is shown, the one of the latest date. Between equal or unknown dates the one that came
      last is newest: this alone depends on the order of arrival.
    - One id with texts that have nothing in common: other articles that happen to have the id (numbers that begin
      anew in every file, one name in two folders). They are rejected, the earliest stays.
    - One text under several addresses of one outlet: one article with several addresses, the earliest shown, ties by
      id. An id that the input gave is never hidden, because others refer to it: it stays, and the earliest lists it.
    """
    alive = np.ones(rows.num_rows, bool)
    notes: dict[int, dict[str, Any]] = defaultdict(dict)
    refused: list[dict[str, Any]] = []
    order = pc.sort_indices(rows, [("article_id", "ascending"), ("serial", "ascending")]).to_numpy().astype(np.int64)
    for group in _runs_of_equal(rows["article_id"].take(pa.array(order))):
        members = order[group]
        facts = rows.take(pa.array(members)).to_pylist()
        for at, fact in zip(members.tolist(), facts, strict=True):
            fact["row"] = at
        by_outlet: dict[tuple, list[dict]] = defaultdict(list)
        for fact in facts:
            by_outlet[fact["outlet"], fact["is_wire"]].append(fact)
        lineages = [lineage for namesakes in by_outlet.values() for lineage in _versions(namesakes, texts)]
        holder = min(lineages, key=_claim)
        for lineage in lineages:
            for fact in lineage:
                alive[fact["row"]] = False
                if lineage is not holder:
                    refused.append(_refusal(fact, holder[0]))
        newest = holder[0]
        for fact in holder[1:]:
            if _time(fact) is None or _time(newest) is None or _time(fact) >= _time(newest):
                newest = fact
        alive[newest["row"]] = True
        older = sorted((_date(fact), fact["digest"]) for fact in holder if fact is not newest)
        if older:
            notes[newest["row"]]["older_versions"] = [
                {"digest": digest, "published_at": date or None} for date, digest in older
            ]
    n_older = rows.num_rows - int(alive.sum()) - len(refused)
    same_text = 0
    for members in _same_texts(rows, alive):
        facts = rows.take(pa.array(members)).to_pylist()
        by_time = sorted(
            range(len(facts)), key=lambda at: (_time(facts[at]) is None, _date(facts[at]), facts[at]["article_id"])
        )
        first, others = by_time[0], by_time[1:]
        hidden = [at for at in others if facts[at]["article_id"].startswith(schemas.MADE_ID)]
        alive[members[hidden]] = False
        same_text += len(others)
        note = notes[int(members[first])]
        note["other_ids"] = sorted(facts[at]["article_id"] for at in others)
        note["other_urls"] = sorted({facts[at]["url"] for at in others} - {facts[first]["url"]})
    rejects = pa.Table.from_pylist(refused, schema=schemas.REJECTS)
    return Resolved(order[alive[order]], dict(notes), rejects, n_older, same_text)


def with_notes(extra: pa.ChunkedArray, notes: dict[int, dict[str, Any]]) -> pa.Array:
    """The column ``extra`` with the notes of some rows under the key "dedup"."""
    values = extra.to_pylist()
    for row, note in notes.items():
        told = {**json.loads(values[row] or "{}"), "dedup": note}
        values[row] = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return pa.array(values, pa.string())


def _claim(lineage: list[dict]) -> tuple:
    """Who holds an id: the smallest claim."""
    times = [_date(fact) for fact in lineage if _time(fact) is not None]
    return (
        not lineage[0]["is_wire"],
        not times,
        min(times, default=""),
        min(fact["digest"] for fact in lineage),
        lineage[0]["outlet"] or "",
    )


def _versions(namesakes: list[dict], texts: Texts) -> list[list[dict]]:
    """Rows of one id, outlet and kind -> the articles that they are versions of, each in the order of arrival."""
    if len({fact["digest"] for fact in namesakes}) == 1 or namesakes[0]["is_wire"]:
        return [namesakes]
    shown = texts([fact["row"] for fact in namesakes])
    articles: list[list[tuple[dict, set]]] = []
    for fact, text in zip(namesakes, shown, strict=True):
        words = text.casefold().split()
        version = fact, {*zip(words, words[1:], words[2:], strict=False)}
        same = [article for article in articles if any(_is_version(version, other) for other in article)]
        articles = [article for article in articles if article not in same]
        articles.append([*(other for article in same for other in article), version])
    return [sorted((fact for fact, _ in article), key=lambda fact: fact["serial"]) for article in articles]


def _is_version(version: tuple[dict, set], other: tuple[dict, set]) -> bool:
    (fact, words), (other_fact, other_words) = version, other
    if (fact["file"], fact["position"]) == (other_fact["file"], other_fact["position"]):
        return True
    if fact["url"] and fact["url"] == other_fact["url"]:
        return True
    return len(words & other_words) > SHARED_BY_VERSIONS * min(len(words), len(other_words))


def _refusal(fact: dict, holder: dict) -> dict[str, Any]:
    what = "with the text of another outlet" if fact["outlet"] else "that an article of an outlet has"
    if (fact["outlet"], fact["is_wire"]) == (holder["outlet"], holder["is_wire"]):
        what = "with a text that has nothing in common; make ids unique, or give no id"
    return {
        "file": fact["file"],
        "position": fact["position"],
        "article_id": fact["article_id"],
        "kept": False,
        "reason": f"duplicate id {fact['article_id']!r} {what}; the dispatch or the earlier one was kept",
    }


def _time(fact: dict) -> datetime | None:
    return fact["published_at"]


def _date(fact: dict) -> str:
    """A time as text that sorts; empty when unknown."""
    time = _time(fact)
    return "" if time is None else time.isoformat()


def _runs_of_equal(values: pa.ChunkedArray) -> list[slice]:
    """Stretches of two or more equal values of a sorted column."""
    column = values.combine_chunks()
    if len(column) < 2:
        return []
    same = pc.equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(same & ~np.r_[False, same[:-1]])
    ends = np.flatnonzero(same & ~np.r_[same[1:], False]) + 2
    return [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _same_texts(rows: pa.Table, alive: np.ndarray) -> list[np.ndarray]:
    """Rows that share outlet, kind and text, where all have an address; two or more each, sorted."""
    addressed = alive & rows["url"].is_valid().to_numpy() & rows["outlet"].is_valid().to_numpy()
    at = np.flatnonzero(addressed)
    kind = pc.if_else(rows["is_wire"].fill_null(False), "w", "a")
    keys = pc.binary_join_element_wise(rows["digest"], kind, rows["outlet"], "\x1f").take(pa.array(at))
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy()
    several = np.bincount(codes)[codes] > 1 if len(codes) else np.zeros(0, bool)
    at, codes = at[several], codes[several]
    groups: dict[int, list[int]] = defaultdict(list)
    for row, code in zip(at.tolist(), codes.tolist(), strict=True):
        groups[code].append(row)
    return [np.array(members) for members in groups.values()]


def _put_back(home: Path) -> str:
    return f"put it back from a copy, or move {home} away and run again over all the inputs; the snapshots stay."


# Digests


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

    ``modules``: paths below ``home``; None: every module. Imports are followed wherever they stand in a module; the
    store and the settings' own module hold no rule and are passed over. Data is any file of a module's
    folder that its source names. A module that is missing raises StorageError.
    """
    waiting = [home / name for name in modules] if modules else sorted(home.rglob("*.py"))
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in found or path.parent == home / "store" or path == home / "config.py":
            continue  # settings count by their values
        if not path.is_file():
            raise disk.StorageError(f"{path} is missing: the parts of the store are made by it; install dedup again")
        found.add(path)
        source = path.read_text("utf-8")
        found |= {other for other in path.parent.iterdir() if other.suffix in DATA and f'"{other.name}"' in source}
        waiting += _imported(home, ast.parse(source))
    return sorted(found)


def _imported(home: Path, tree: ast.AST) -> Iterator[Path]:
    """Modules of the package that a module imports."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or (node.module or "").partition(".")[0] != home.name:
            continue
        place = home.joinpath(*node.module.split(".")[1:])
        if place.with_suffix(".py").is_file():
            yield place.with_suffix(".py")
        elif place.is_dir():
            inside = [(place / alias.name, alias.name) for alias in node.names]
            for path, _ in inside:
                if path.with_suffix(".py").is_file():
                    yield path.with_suffix(".py")
                elif path.is_dir():
                    yield from sorted(path.glob("*.py"))
            if place != home:
                yield place / "__init__.py"


def _was_committed(out: Path | str) -> bool:
    """Whether a snapshot was ever published here from a store."""
    try:
        return "state" in disk.read_manifest(disk.latest(out))
    except disk.StorageError:
        return False

"""Lists, details and the first page -> files that open from the disk."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from dedup.store import disk
from dedup.surfaces.report.corpus import rounded

ASSETS = Path(__file__).parents[1] / "templates" / "report"


SCRIPTS = (
    "words.js", "refusals.js", "chunks.js", "nodes.js", "diff.js", "live.js", "filters.js", "pictures.js", "lists.js",
    "pages.js", "outlets.js", "texts.js", "sources.js", "app.js",
)  # fmt: skip
"""Parts of the program of the pages, in the order they run."""


CHARTS = "charts.min.js"
"""Observable Plot, built from ``ui/``: loaded when a page draws its first chart."""


CHUNK_BYTES = 200_000
"""Size at which a chunk of texts ends: one is read to open one text."""


CHUNK_RECORDS = 2
"""Records of a chunk in the mean: the fewer, the less is written when one changes."""


SEARCHED_RECORDS = 64
"""Articles of a chunk that is searched, in the mean: all are read together."""


FIRST_ROWS, LIST_ROWS = 200, 5_000
"""Rows of the first chunk of a list, and of each that follows."""


MARKER = "dedup-report"
"""Name of the meta element by which a folder is known to be a report, which may be replaced; it holds ``version``."""


@functools.cache
def version() -> str:
    """What the pages are a function of beside their data: a digest of their program, style and shell."""
    parts = [asset(name) for name in (*SCRIPTS, "report.css", "index.html.j2", CHARTS)]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def write_index(folder: Path, home: dict[str, Any], inline: int) -> None:
    """``index.html`` around the first page; it holds the chunks too when they have at most ``inline`` bytes."""
    chunks = sorted((folder / "data").glob("*.js"))
    single = sum(path.stat().st_size for path in chunks) <= inline
    embedded = []
    if single:
        for path in chunks:
            value = path.read_bytes().split(b",", 2)[2][: -len(b");\n")]
            embedded.append({"id": f"chunk-{path.stem}", "json": _markup(value)})
        shutil.rmtree(folder / "data", ignore_errors=True)
    value = json_bytes(home)
    program = "(() => {\n" + "\n".join(asset(name) for name in SCRIPTS) + "\n})();"
    page = _template().render(
        marker=MARKER,
        version=version(),
        style=_markup(asset("report.css")),
        program=_markup(program),
        home=home,
        home_json=_markup(value),
        embedded=embedded,
        nonce=hashlib.blake2b(value + program.encode(), digest_size=16).hexdigest(),
    )
    (folder / "index.html").write_text(page, "utf-8")


def write_assets(folder: Path) -> None:
    """The charts' library beside the page: the file of the package itself, where the disk can link it."""
    target = folder / "assets" / CHARTS
    target.parent.mkdir()
    try:
        os.link(ASSETS / CHARTS, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(ASSETS / CHARTS, target)


def write_list(folder: Path, kind: str, rows: pa.Table) -> list[str]:
    """Write a list in chunks of columns, the first one small, to be shown at once; returns their names."""
    begins = [*range(0, min(rows.num_rows, FIRST_ROWS), FIRST_ROWS), *range(FIRST_ROWS, rows.num_rows, LIST_ROWS)]
    parts = (rounded(rows.slice(begin, LIST_ROWS if number else FIRST_ROWS)) for number, begin in enumerate(begins))
    columns = ({name: _column(part[name]) for name in part.schema.names} for part in parts)
    return [_write_chunk(folder, kind, json_bytes(part)) for part in columns]


def _column(values: pa.ChunkedArray) -> Any:
    """The values; of text that repeats the distinct ones, ``of``, and the place of each value among them, ``at``."""
    if pa.types.is_string(values.type) and len(values) > FIRST_ROWS:
        coded = values.combine_chunks().dictionary_encode("encode")
        if 4 * len(coded.dictionary) < len(values):
            return {"of": coded.dictionary.to_pylist(), "at": coded.indices.to_pylist()}
    return values.to_pylist()


def write_texts(
    folder: Path, kind: str, records: Iterable[tuple[str, Any]], at_once: int = CHUNK_RECORDS
) -> list[tuple[str, str]]:
    """Write records (sorted by id) in chunks of [id, record]; returns the first id and the name of each chunk.

    A chunk ends by the id of its last record (``at_once`` in the mean), or when it is long: a new record changes its
    own chunk and no other.
    """
    chunks: list[tuple[str, str]] = []
    waiting: list[bytes] = []
    first, size = "", 0

    def end() -> None:
        chunks.append((first, _write_chunk(folder, kind, b"[" + b",".join(waiting) + b"]")))

    for key, record in records:
        if not waiting:
            first = key
        waiting.append(json_bytes([key, record]))
        size += len(waiting[-1])
        if size >= CHUNK_BYTES or zlib.crc32(key.encode()) % at_once == 0:
            end()
            waiting, size = [], 0
    if waiting:
        end()
    return chunks


def _write_chunk(folder: Path, kind: str, value: bytes) -> str:
    """Write a chunk under the digest of its content, and return that."""
    name = hashlib.blake2b(value, digest_size=8).hexdigest()
    path = folder / "data" / f"{kind}-{name}.js"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b'dedupChunk("%s","%s",' % (kind.encode(), name.encode()) + value + b");\n")
    return name


def share(folder: Path, before: Path) -> None:
    """Give the chunks that another report holds too the same room on the disk."""
    for path in sorted((folder / "data").glob("*.js")):
        there = before / "data" / path.name
        if there.is_file() and there.read_bytes() == path.read_bytes():
            with contextlib.suppress(OSError):  # no hard links here: the copy stays
                linked = path.with_suffix(".link")
                os.link(there, linked)
                os.replace(linked, path)


def json_bytes(value: Any) -> bytes:
    """JSON that is safe inside a script element and as a script: no ``<``, ``>``, ``&``, no line separators."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str)
    for bad, good in _UNSAFE:
        text = text.replace(bad, good)
    return text


_UNSAFE = tuple((character.encode(), f"\\u{ord(character):04x}".encode()) for character in "<>&\u2028\u2029")


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of ``folder`` when the block ends well."""
    if folder.exists() and not _may_go(folder):
        raise disk.StorageError(f"{folder} holds files that are no report: name a new or an empty folder")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _may_go(folder: Path) -> bool:
    index = folder / "index.html"
    if folder.is_dir() and not any(folder.iterdir()):
        return True
    if not index.is_file():
        return False
    with index.open(encoding="utf-8", errors="replace") as page:
        return f'name="{MARKER}"' in page.read(2_000)


@functools.cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html.j2")


@functools.cache
def asset(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _markup(text: str | bytes) -> Any:
    """Text that the template prints as it is: our own scripts and styles, and JSON from ``json_bytes``."""
    from markupsafe import Markup

    return Markup(text.decode() if isinstance(text, bytes) else text)

"""Hostile inputs, each one run in a process of its own: what came of it, CPU seconds, peak of memory."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from runs import prose

from dedup.store.snapshot import Snapshot

ROOT = Path(__file__).parents[2]


class Measured(NamedTuple):
    """One input and what it cost."""

    name: str
    size: int
    """Bytes of the file."""
    result: str
    cpu: float
    peak: int
    """Bytes of resident memory."""

    def __str__(self) -> str:
        size = f"{self.size / 1e6:,.1f} MB"
        return f"| {self.name} | {size} | {self.result} | {self.cpu:.0f} s | {self.peak / 1e6:,.0f} MB |"


def measured(name: str, folder: Path) -> Measured:
    """Write the input, run over it with the command line, and see what it cost."""
    path, out = INPUTS[name](folder / "hostile"), folder / "hostile-out"
    size = path.stat().st_size
    command = [sys.executable, "-m", "dedup", "run", str(path), "--out", str(out), "--no-flow", "--quiet"]
    child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    said = child.stderr.read() if child.stderr else ""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    result = _refused(said, folder) if child.returncode else _told(out)
    path.unlink()
    shutil.rmtree(out, ignore_errors=True)
    return Measured(name, size, result, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def _refused(said: str, folder: Path) -> str:
    """The last line of what the command said, without the name of the folder."""
    return (said.strip().splitlines() or [""])[-1].replace(f"{folder}/", "")[:120]


def _told(out: Path) -> str:
    """Articles, matches and rejects of a run that ended well."""
    newest = Snapshot.newest(out)
    return ", ".join(f"{newest.rows(name):,} {name}" for name in ("articles", "matches", "rejects"))


def _rows(rows: Iterable[dict]) -> Callable[[Path], Path]:
    def write(base: Path) -> Path:
        path = base.with_suffix(".jsonl")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return path

    return write


def _one(text: Callable[[], str], **fields: str) -> Callable[[Path], Path]:
    return lambda base: _rows([{"id": "a", "outlet": "Le Fanal", "text": text(), **fields}])(base)


def _many(texts: Callable[[], Iterator[str]]) -> Callable[[Path], Path]:
    def write(base: Path) -> Path:
        facts = {"published_at": "2025-03-12T10:00:00Z"}
        return _rows({"id": f"a{n}", "outlet": f"Titre {n % 20}", "text": t, **facts} for n, t in enumerate(texts()))(
            base
        )

    return write


def _words(count: int) -> str:
    return " ".join(f"mot{number % 50_021}" for number in range(count))


def _shuffled(articles: int) -> Iterator[str]:
    rng = random.Random(1)
    sentences = [prose(number, 8).capitalize() + "." for number in range(40)]
    for _ in range(articles):
        rng.shuffle(sentences)
        yield " ".join(sentences)


def _bomb(base: Path) -> Path:
    """Half a gigabyte of one letter, in half a megabyte."""
    path = base.with_suffix(".jsonl.gz")
    with gzip.open(path, "wb") as file:
        file.write(b'{"id": "a", "text": "')
        for _ in range(512):
            file.write(b"a" * 1_000_000)
        file.write(b'"}\n')
    return path


def _escape(base: Path) -> Path:
    path = base.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../escaped.jsonl", "/escaped.jsonl", "a/../../escaped.jsonl"):
            archive.writestr(name, json.dumps({"id": name, "text": prose(1)}) + "\n")
    return path


MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>=cmd|' /C calc'!A1"

INPUTS: dict[str, Callable[[Path], Path]] = {
    "50 MB in one article": _one(lambda: "\n".join(_words(200) for _ in range(32_000))),
    "2 million words in one paragraph": _one(lambda: _words(2_000_000)),
    "20,000 equal articles": _many(lambda: (prose(1, 200) for _ in range(20_000))),
    "10,000 articles that share a paragraph": _many(
        lambda: (f"{prose(1, 60)}\n{prose(n + 2, 60)}" for n in range(10_000))
    ),
    "5,000 articles of the same 40 sentences, shuffled": _many(lambda: _shuffled(5_000)),
    "50,001 articles without a match": _many(lambda: (f"Texte {n}." for n in range(50_001))),
    "500 kB of `(AFP`": _one(lambda: "(AFP" * 125_000),
    "500 kB of by-lines": _one(lambda: "Jean Dupont/AFP " * 31_000),
    "500 kB of agency names": _one(lambda: "AFP, Reuters et l'AP avec Belga/" * 16_000),
    "500 kB of opened brackets": _one(lambda: "(" * 500_000),
    "500 kB of digits": _one(lambda: "7" * 500_000),
    "a word of 2 MB": _one(lambda: "a" * 2_000_000),
    "1 MB from right to left and of no width": _one(
        lambda: "\u202e\u05e9\u05dc\u05d5\u05dd \u200b\u200d\u2060" * 60_000
    ),
    "1 MB of combining marks": _one(lambda: ("a" + "\u0301" * 500 + " ") * 1_000),
    "1 MB of homoglyphs": _one(lambda: "А\u0420 \u0410FP \u0410\u03a1/ " * 60_000),
    "1 MB of control signs": _one(lambda: "".join(map(chr, range(1, 32))) * 32_000),
    "100,000 empty lines": _one(lambda: "\n" * 100_000 + "a"),
    "lone surrogates and U+FFFF in each field": _one(
        lambda: "a \ud800 \uffff \ufffe " + prose(1), title="\udfff\uffff", url="\ud83d", author="\ufffe"
    ),
    "ids with lines, slashes and formulas": _rows(
        {"id": f"{sign}{n}", "text": prose(n), "outlet": sign, "title": sign}
        for n, sign in enumerate(("a\nb", "../../", "=1+1", "\x00", "\r", "@SUM(1)", "\u2028", " ", "-1"))
    ),
    "markup in each field": _rows(
        {
            "id": f"{MARKUP}{n}",
            "text": MARKUP + prose(n),
            "outlet": MARKUP,
            "title": MARKUP,
            "url": "javascript:" + MARKUP,
        }
        for n in range(100)
    ),
    "an archive that explodes": _bomb,
    "an archive that escapes": _escape,
}

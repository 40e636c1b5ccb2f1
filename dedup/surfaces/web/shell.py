"""The report of the newest snapshot, as a server gives it: the same pages, with what only a server can add."""

from __future__ import annotations

import re
import secrets
import tempfile
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dedup.store import disk, remote
from dedup.store.snapshot import Snapshot
from dedup.surfaces import report
from dedup.surfaces.report import files
from dedup.surfaces.report.corpus import Corpus, in_order, read_corpus
from dedup.surfaces.report.details import article_details

POLICY = (
    "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

DATA = re.compile(r"[a-z]+-[0-9a-f]{16}\.js")
"""Names of the files of a report that a page may ask for."""


class Shell:
    """The pages of an output folder.

    A snapshot whose report is an extract, of another version or not there gets a whole one beside, for as long as it
    is served; while that is made the extract is shown.
    """

    def __init__(self, out: Path | str) -> None:
        self._out, self._lock = Path(out), threading.Lock()
        self._snapshot: Path | None = None
        self._folder = Path()
        self._reading = threading.Lock()
        self._corpus: Corpus | None = None
        self._made: list[tempfile.TemporaryDirectory[str]] = []

    def folder(self) -> Path:
        """The report of the newest snapshot."""
        with self._lock:
            newest = disk.latest(remote.here(self._out))
            if newest != self._snapshot:
                written = newest / "report"
                current = _is_current(written / "index.html")
                self._folder = written if current else self._write(newest)
                self._snapshot = newest
                if current and Snapshot(newest).rows("articles") >= report.BIG_ARTICLES:
                    threading.Thread(target=self._complete, args=(newest,), daemon=True).start()
            return self._folder

    def _write(self, snapshot: Path) -> Path:
        folder = tempfile.TemporaryDirectory(prefix="dedup-web-", ignore_cleanup_errors=True)
        self._made.append(folder)
        return report.write(snapshot, Path(folder.name) / "report", limits=report.Limits()).parent

    def _complete(self, snapshot: Path) -> None:
        whole = self._write(snapshot)
        with self._lock:
            if snapshot == self._snapshot:
                self._folder = whole

    def page(self) -> tuple[str, str]:
        """The page and its content security policy: its nonce is new each time."""
        page = (self.folder() / "index.html").read_text("utf-8")
        nonce = secrets.token_hex(16)
        written = re.search(r"'nonce-([0-9a-f]{32})'", page[:2_000])
        if written:
            page = page.replace(written[1], nonce)
        return page.replace('<html lang="fr">', '<html lang="fr" data-live>', 1), POLICY.format(nonce)

    def data(self, name: str) -> Path:
        """A file of lists or texts; a KeyError when there is none of that name."""
        if DATA.fullmatch(name):
            # the page may have been opened before the whole report stood
            for folder in dict.fromkeys((self.folder(), self.folder_of_run())):
                if (folder / "data" / name).is_file():
                    return folder / "data" / name
        raise KeyError(name)

    def article(self, article_id: str) -> bytes:
        """The record of one article as JSON, for those whose texts the report leaves out; a KeyError without it."""
        newest = disk.latest(remote.here(self._out))
        with self._reading:
            if self._corpus is None or self._corpus.snapshot.folder != newest:
                self._corpus = read_corpus(Snapshot(newest))
            corpus = self._corpus
        ids = corpus.articles["article_id"]
        row = pc.index(ids, article_id).as_py()
        if row < 0:
            raise KeyError(article_id)
        # with its sources: which paragraphs meet which is shown of articles that are read together
        traced = corpus.provenance["source_row"].filter(pc.equal(corpus.provenance["row"], row))
        together = in_order(ids.take(pa.array([row, *pc.unique(traced).drop_null().to_pylist()], pa.int64())))
        return files.json_bytes(dict(article_details(corpus, together))[article_id])

    def folder_of_run(self) -> Path:
        """The report that the run wrote."""
        return (self._snapshot or self._out) / "report"

    def close(self) -> None:
        """Take away what was made here."""
        for folder in self._made:
            folder.cleanup()


def _is_current(index: Path) -> bool:
    if not index.is_file():
        return False
    with index.open(encoding="utf-8", errors="replace") as page:
        return f'name="{files.MARKER}" content="{files.version()}"' in page.read(2_000)

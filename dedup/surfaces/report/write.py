"""A snapshot -> its report: pages for people, read from the disk with no server and no network.

``index.html`` holds the shell, the day at a glance, the outlets and the run; lists and texts lie in chunks that are
loaded when a page asks for them. A page opened from the disk may not fetch a file but may run one, so a chunk is a
script with one call and one JSON value; a small report carries its chunks inside ``index.html`` and is one file
that can be mailed.

Text of an article cannot become markup: the shell is a Jinja2 template with autoescape, JSON is written without
``<``, ``>`` and ``&``, the pages are built from text nodes, and a content security policy lets nothing run that does
not bear the nonce of the page. The charts are drawn by Observable Plot, which lies beside the page in ``assets/``
(built from ``ui/``; one copy on the disk for all snapshots); each stands beside a table with the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.summary.findings import read_findings
from dedup.surfaces.report.corpus import chosen_articles, read_corpus
from dedup.surfaces.report.details import article_details, passage_details, source_details
from dedup.surfaces.report.files import (
    SEARCHED_RECORDS,
    replacing,
    share,
    write_assets,
    write_index,
    write_list,
    write_texts,
)
from dedup.surfaces.report.glance import LISTED, about_outlets, about_run, glance
from dedup.surfaces.report.lists import article_rows, carriers_of, edge_rows, passage_rows, source_rows
from dedup.surfaces.report.searchable import searchable


class Limits(NamedTuple):
    """How much of a snapshot a report holds; what is left out is said on the page."""

    texts: int = 10_000
    """Articles whose text can be read: those in the most carried passages."""
    passages: int = 20_000
    """Passages that are listed, the most carried first."""
    rows: int = 50_000
    """Sources and articles that are listed, the most carried first."""
    inline: int = 3_000_000
    """Bytes of chunks up to which the report is a single file."""


BIG_ARTICLES = 5_000
"""Articles from which a report is an extract: a run writes one every time, and `dedup web` shows the rest on demand."""


EXTRACT = Limits(texts=2_000, passages=2_000, rows=5_000)
"""What a report of a big snapshot holds."""


def write(
    snapshot: Path | str,
    folder: Path | str | None = None,
    *,
    manifest: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
) -> Path:
    """Write the report of a snapshot and return the path of its ``index.html``.

    All tables of the snapshot are read, each may be missing; so may ``manifest.json`` (a run that is not published
    yet gives its ``manifest`` here). Chunks that the report of the newest snapshot holds too are hard links to it. The
    report goes to ``<snapshot>/report/`` unless a ``folder`` is named, which
    must be new, empty or a report. Equal snapshots give equal bytes.
    """
    snapshot = Path(snapshot)
    folder = Path(folder) if folder is not None else snapshot / "report"
    if not snapshot.is_dir():
        raise disk.StorageError(f"{snapshot} is no folder: give the folder of a snapshot, such as OUT/latest")
    if manifest is None and (snapshot / disk.MANIFEST).exists():
        manifest = disk.read_manifest(snapshot)
    findings = read_findings(snapshot, top=LISTED)
    disk.give_back()
    corpus = read_corpus(Snapshot(snapshot))
    limits = limits or (EXTRACT if corpus.articles.num_rows >= BIG_ARTICLES else Limits())
    with replacing(folder) as partial:
        carriers = carriers_of(corpus)
        disk.give_back()
        sources = source_rows(corpus, carriers)
        chosen = chosen_articles(corpus, carriers, sources, limits.texts)
        listed = {
            "sources": (sources.slice(0, limits.rows), sources.num_rows),
            "passages": (passage_rows(corpus, limits.passages), corpus.clusters.num_rows),
            "articles": (article_rows(corpus, limits.rows), corpus.articles.num_rows),
            "edges": (edge_rows(corpus, carriers, sources.slice(0, limits.rows)), carriers.num_rows),
        }
        lists = {
            name: {"chunks": write_list(partial, name, shown), "rows": rows, "shown": shown.num_rows}
            for name, (shown, rows) in listed.items()
        }
        details = {
            "source": source_details(corpus, listed["sources"][0]["id"], carriers),
            "passage": passage_details(corpus, listed["passages"][0]["id"]),
            "article": article_details(corpus, chosen),
        }
        del carriers  # with them, each kind's tables go when its texts are written
        texts = {kind: write_texts(partial, kind, details.pop(kind)) for kind in list(details)}
        searched = write_texts(partial, "searched", searchable(corpus, chosen), SEARCHED_RECORDS)
        home = {
            **glance(corpus, sources, findings),
            **about_outlets(corpus),
            "lists": lists,
            "texts": texts,
            "searched": [name for _, name in searched],
            "n_texts": len(chosen),
            "run": {**about_run(corpus, manifest), "beside": folder.resolve().parent == snapshot.resolve()},
        }
        write_index(partial, home, limits.inline)
        write_assets(partial)
        share(partial, snapshot.parent.parent / "latest" / "report")
    return folder / "index.html"

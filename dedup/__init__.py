"""Find where agency copy went: passages, dispatches, credits and lags in French-language news.

Eight names are all that most programs need. Nothing is imported before one is used:

>>> import json, tempfile
>>> from pathlib import Path
>>> import dedup
>>> from dedup.surfaces.doctor import ARTICLES  # invented: a dispatch, three that carry it, one of its own
>>> folder = Path(tempfile.mkdtemp())
>>> rows = [{"id": name, "text": text, "is_wire": name == "dispatch"} for name, text in ARTICLES.items()]
>>> _ = (folder / "articles.jsonl").write_text("\\n".join(map(json.dumps, rows)))

``run`` reads files, folders and globs, finds what was copied from where, and publishes a snapshot of tables;
``Config`` holds the settings.

>>> result = dedup.run([folder / "articles.jsonl"], folder / "out", dedup.Config(window_days=14))
>>> result.counts["articles"], result.rejects
(5, 0)

``open`` gives its tables as lazy DuckDB relations (``.df()`` for pandas, ``.pl()`` for polars, ``.arrow()``), and
answers to what is asked most.

>>> opened = dedup.open(result)
>>> opened.uncredited().project("article_id, agency").order("article_id").fetchall()
[('cut', 'AFP'), ('retouched', 'AFP'), ('whole', 'AFP')]
>>> opened.articles.filter("NOT is_wire").aggregate("count(*)").fetchall()
[(4,)]

``read_tables`` gives them as Arrow, read whole (``.to_pandas()``, or ``polars.from_arrow``).

>>> tables = dedup.read_tables(folder / "out", "article_provenance", "matches")
>>> sources = tables["article_provenance"].select(["article_id", "best_source"]).to_pylist()
>>> [row["article_id"] for row in sources if row["best_source"] == "dispatch"]
['cut', 'retouched', 'whole']

``check`` says which passages of one text are known, and from where.

>>> found = dedup.check("Notre récit. " + ARTICLES["cut"], folder / "out")
>>> found.agency, found.credit_status
('AFP', 'none')
>>> sorted({source.article_id for source in found.passages[0].sources})
['cut', 'dispatch', 'retouched', 'whole']

``index`` gives the stored windows as ``datasketch.MinHashLSH``, to be asked with any text's MinHashes.

>>> index = dedup.index(folder / "out")
>>> sorted({name for window in index.minhashes(ARTICLES["cut"]) for name in index.lsh.query(window)})
['cut', 'dispatch', 'retouched', 'whole']

``evaluate`` scores the newest snapshot against labels (``examples/README.md`` says how they read).

>>> end = len(ARTICLES["dispatch"])
>>> label = {"article_id": "whole", "paragraph": 1, "begin": 0, "end": end, "label": "derived",
...          "source_article_id": "dispatch", "source_paragraph": 0, "source_begin": 0, "source_end": end}
>>> _ = (folder / "truth.jsonl").write_text(json.dumps(label))
>>> scores = dedup.evaluate(folder / "out", folder)
>>> scores["measures"]["spans.copied.found"]
1.0

``near_duplicates`` is apart from all that: whole texts of any kind that are nearly the same, every pair checked.

>>> found = dedup.near_duplicates([ARTICLES["whole"], "Rien de tel.", ARTICLES["whole"].upper()], threshold=0.8)
>>> found.pairs.to_pylist()
[{'left': 0, 'right': 2, 'jaccard': 1.0}]
>>> found.clusters.tolist()
[0, 1, 0]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedup.config import Config
    from dedup.evaluation.scoreboard import evaluate
    from dedup.matching.near_duplicates import near_duplicates
    from dedup.pipeline.lookup import check
    from dedup.pipeline.minhashes import index
    from dedup.pipeline.steps import run
    from dedup.summary.findings import read_tables
    from dedup.surfaces.opened import open

__version__ = "0.1.0"

__all__ = ["Config", "check", "evaluate", "index", "near_duplicates", "open", "read_tables", "run"]

_HOMES = {
    "Config": "config",
    "check": "pipeline.lookup",
    "evaluate": "evaluation.scoreboard",
    "index": "pipeline.minhashes",
    "near_duplicates": "matching.near_duplicates",
    "open": "surfaces.opened",
    "read_tables": "summary.findings",
    "run": "pipeline.steps",
}
"""The module of each public name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]

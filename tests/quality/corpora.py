"""The corpora whose scores have floors: what a run reads, and where its labels lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"


class Corpus(NamedTuple):
    """Inputs of a run, folders of labels, whether the dispatches are hidden from the run, and whether the candidate
    stage is scored apart.
    """

    inputs: tuple[Path, ...]
    labels: tuple[Path, ...]
    hide_wires: bool = False
    stages: bool = False

    def needed(self) -> tuple[Path, ...]:
        """Everything that must be on the disk."""
        return (*self.inputs, *self.labels)


CORPORA = {
    "examples": Corpus((ROOT / "examples" / "inbox",), (ROOT / "examples",)),
    "pyongyang2024": Corpus((SHARED / "pyongyang2024" / "articles",), (SHARED / "pyongyang2024",)),
    "gilets_jaunes": Corpus(
        (SHARED / "gilets_jaunes" / "articles.jsonl",), (SHARED / "labels", SHARED / "gilets_jaunes"), stages=True
    ),
    "gilets_jaunes_without_wires": Corpus(
        (SHARED / "gilets_jaunes" / "articles.jsonl",), (SHARED / "labels", SHARED / "gilets_jaunes"), hide_wires=True
    ),
    "congo": Corpus((SHARED / "congo" / "articles.jsonl",), (SHARED / "congo" / "labels",)),
    "lemonde2022": Corpus((SHARED / "lemonde2022" / "articles.jsonl",), (SHARED / "lemonde2022" / "labels",)),
    "newsagency": Corpus((SHARED / "newsagency" / "articles.jsonl",), (SHARED / "newsagency",)),
}


def scores_of(name: str, out: Path, compare: bool = False) -> dict[str, Any]:
    """Run the pipeline over a corpus in the folder ``out`` and score the snapshot, stage by stage where it pays."""
    from dedup.config import Config
    from dedup.evaluation import scoreboard
    from dedup.pipeline import steps

    corpus = CORPORA[name]
    inputs = [_without_wires(path, out) for path in corpus.inputs] if corpus.hide_wires else [*corpus.inputs]
    steps.run(inputs, out / "out", Config())
    return scoreboard.evaluate(out / "out", corpus.labels, compare=compare, candidates=corpus.stages)


def _without_wires(articles: Path, folder: Path) -> Path:
    kept = folder / articles.name
    with articles.open(encoding="utf-8") as lines, kept.open("w", encoding="utf-8") as out:
        out.writelines(line for line in lines if not json.loads(line).get("is_wire"))
    return kept

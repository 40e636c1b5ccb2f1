"""Constants of what is said of articles, judged on what they were not chosen on: the figures in ``docs/method.md``.

What a run counted of each article stands in its store, so that an article is judged again with another constant
without a new run. For each constant and a few values of it: macro-F1 of the three classes (what cannot be told is
non), mean error of the estimated share, and the precision of "without credit" with the number of articles of which it
is said (right where the label gives an agency at least LEAST_PART of the words; labelled articles alone). Then the
value is chosen by F1 on all stories but one and judged on that story, and on all corpora but one and judged on that.

    python benchmarks/leave_out_verdicts.py OUT LABELS[,LABELS] [OUT LABELS ...]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import constants, schemas
from dedup.evaluation import measures
from dedup.evaluation.labels import load_labels
from dedup.evaluation.train.examples import stories
from dedup.store import disk, holdings
from dedup.store.snapshot import Snapshot
from dedup.tracing import evidence, verdicts
from dedup.tracing.weighed import Weighed, judged

GRID: dict[str, tuple[float, ...]] = {
    "CLAIMED": (0.05, 0.1, 0.15, 0.2, 0.3, 0.4),
    "LEAST_PART": (0.02, 0.035, 0.05, 0.075, 0.1),
    "AGENCY_SHARE": (0.25, 0.3, 0.35, 0.4, 0.5),
    "LEAST_OWN": (0.15, 0.2, 0.25, 0.3, 0.4),
    "MOST_OF": (0.7, 0.75, 0.8, 0.85, 0.9),
    "LIKELY": (0.4, 0.5, 0.6),
}
"""Values of each constant of ``dedup.constants`` and ``tracing.verdicts``."""


class Labelled(NamedTuple):
    """The labelled articles of a run."""

    weighed: Weighed
    habit: np.ndarray
    """(articles,) float64."""
    carries: np.ndarray
    """(articles,) bool, its outlet is known to carry dispatches whole."""
    names_one: np.ndarray
    """(articles,) bool, the text names an agency: nobody says of it that it is without credit."""
    truth: np.ndarray
    """(articles,) text, the class."""
    share: np.ndarray
    """(articles,) float64, NaN where the label gives none."""
    story: np.ndarray
    """(articles,) int64."""


class Answer(NamedTuple):
    """What is said of the labelled articles with one value."""

    given: np.ndarray
    """(articles,) text, the class."""
    error: np.ndarray
    """(articles,) float64."""
    claimed: np.ndarray
    """(articles,) bool, it is said to hold agency copy without credit."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", help="output folder and labels of each corpus")
    given = parser.parse_args().runs
    folders = zip(map(Path, given[::2]), given[1::2], strict=True)
    corpora = {out.name: _labelled(out, labels) for out, labels in folders}
    print("| constant | value | " + " | ".join(f"{name}: macro-F1, error, without credit" for name in corpora) + " |")
    print("|---|---|" + "---|" * len(corpora))
    for name, values in GRID.items():
        answers = {v: {corpus: _judged(of, name, v) for corpus, of in corpora.items()} for v in values}
        for value in values:
            cells = (_said(corpora[corpus], answers[value][corpus]) for corpus in corpora)
            print(f"| {name} | {value:g} | " + " | ".join(cells) + " |")
        cells = (_by_story(corpora[c], {v: answers[v][c] for v in values}) for c in corpora)
        print(f"| {name} | one story left out | " + " | ".join(cells) + " |")
        if len(corpora) > 1:
            cells = (_by_corpus(corpora, answers, corpus) for corpus in corpora)
            print(f"| {name} | chosen on the others | " + " | ".join(cells) + " |")


def _labelled(out: Path, labels: str) -> Labelled:
    known = load_labels([Path(folder) for folder in labels.split(",")]).articles
    state, home = holdings.load(out), holdings.folder(out)
    [name] = [name for name in state.derived if name.startswith("traced-")]
    traced = disk.read_table(home / name)
    classes = {key: row["derivation"] for key, row in known.items() if row["derivation"] in schemas.DERIVATIONS}
    traced = traced.filter(pc.is_in(traced["article_id"], pa.array([*classes])))
    traced = traced.filter(pc.invert(traced["is_wire"])).sort_by("article_id")
    ids = traced["article_id"].to_pylist()
    rows = Snapshot.newest(out).table("article_provenance", ["article_id", "credit_status"])
    status = dict(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    story = stories(out)
    return Labelled(
        Weighed.of(traced),
        traced["habit"].to_numpy(),
        traced["carries"].to_numpy(),
        np.array([status[key] in schemas.NAMING for key in ids]),
        np.array([classes[key] for key in ids]),
        np.array([np.nan if known[key]["share"] is None else known[key]["share"] for key in ids]),
        np.array([story[key] for key in ids]),
    )


def _judged(labelled: Labelled, name: str, value: float) -> Answer:
    """What is said with one constant changed, wherever it is read."""
    homes = [module for module in (constants, verdicts, evidence) if hasattr(module, name)]
    before = [getattr(module, name) for module in homes]
    for module in homes:
        setattr(module, name, value)
    told = judged(labelled.weighed, labelled.habit, labelled.carries, evidence.load_model())
    share = labelled.weighed.shares.found / np.maximum(labelled.weighed.shares.prose, 1)
    claimed = (share >= constants.CLAIMED) & (told.rung >= verdicts.ATTESTED) & ~labelled.names_one
    for module, old in zip(homes, before, strict=True):
        setattr(module, name, old)
    given = np.array([*schemas.DERIVATIONS, "non"])[told.derivation]
    return Answer(given, np.abs(told.share_estimated - labelled.share), claimed)


def _said(labelled: Labelled, answer: Answer) -> str:
    given = ~np.isnan(labelled.share)
    error = f"{answer.error[given].mean():.3f}" if given.any() else "-"
    right = (labelled.truth != "non") & ~(labelled.share < constants.LEAST_PART)
    claimed = answer.claimed
    precision = f"{right[claimed].mean():.2f}" if claimed.any() else "-"
    return f"{_f1(labelled.truth, answer.given):.3f}, {error}, {precision} of {claimed.sum()}"


def _f1(truth: np.ndarray, given: np.ndarray) -> float:
    return measures.macro_f1(truth.tolist(), given.tolist(), [kind for kind in schemas.DERIVATIONS if kind in truth])


def _best(scores: dict[float, float]) -> float:
    """The value whose score is best; of equals the middle one."""
    best = [value for value, score in scores.items() if score == max(scores.values())]
    return best[len(best) // 2]


def _chosen(labelled: Labelled, answers: dict[float, Answer], choose: Callable[[np.ndarray], float]) -> tuple:
    """The answer of every story with the value that was chosen without it, and the values."""
    answer = Answer(*(column.copy() for column in next(iter(answers.values()))))
    chosen = set()
    for story in np.unique(labelled.story):
        here = labelled.story == story
        value = choose(~here)
        chosen.add(value)
        for column, of in zip(answer, answers[value], strict=True):
            column[here] = of[here]
    return answer, ", ".join(f"{value:g}" for value in sorted(chosen))


def _by_story(labelled: Labelled, answers: dict[float, Answer]) -> str:
    def choose(rest: np.ndarray) -> float:
        return _best({value: _f1(labelled.truth[rest], answer.given[rest]) for value, answer in answers.items()})

    answer, values = _chosen(labelled, answers, choose)
    return f"{_said(labelled, answer)} ({values})"


def _by_corpus(corpora: dict[str, Labelled], answers: dict[float, dict[str, Answer]], corpus: str) -> str:
    others = [name for name in corpora if name != corpus]
    truth = np.concatenate([corpora[name].truth for name in others])
    given = {v: np.concatenate([of[name].given for name in others]) for v, of in answers.items()}
    value = _best({v: _f1(truth, of) for v, of in given.items()})
    return f"{_said(corpora[corpus], answers[value][corpus])} ({value:g})"


if __name__ == "__main__":
    main()

"""Constants of matching judged on what they were not chosen on: the figures beside each in ``docs/method.md``.

For each constant and a few values of it: precision and recall of the labelled passages of each corpus. Then the value
is chosen where F1 is best on all stories but one, and scored on that story; and on all corpora but one, and scored on
that corpus. A constant whose choice changes with what is left out is not known from these labels.

    python benchmarks/leave_out.py NAME ARTICLES.jsonl PASSAGES.jsonl [NAME ARTICLES PASSAGES ...]

Labels are ``passage_pairs.jsonl`` (label) or ``passages.jsonl`` (origin), as `docs/evaluate.md` describes them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup.arrays import readable
from dedup.config import Config
from dedup.evaluation import measures
from dedup.intake import ingest
from dedup.kernels.alignment import Limits, Texts
from dedup.matching import align
from dedup.text import segment, words

GRID: dict[str, tuple[float, ...]] = {
    "max_gap": (12, 20, 30, 45),
    "min_words": (6, 8, 10, 12),
    "min_information": (50, 60, 70, 85, 100),
    "lone_information": (100, 110, 120, 130, 145),
    "quote_margin": (3, 5, 8),
    "BITS_OF_DOUBLING": (5, 7.5, 10, 12.5),
    "LISTED": (0.15, 0.25, 0.4, 2),
    "SENTENCE_RUN": (9, 10, 12, 14, 99),
    "near_words": (0, 12, 18, 25, 40),
    "frame_words": (4, 8, 12, 20, 30),
    "paragraph_bits": (40, 50, 60, 70, 1000),
    "near_bits": (12, 16, 20, 25, 35),
}
"""Values of each setting of ``Config``, of each constant (in capitals) of ``matching.align``, and of the constants of
compiled loops that ``Limits`` holds."""

COPIED = {"derived", "background", "statement", "outlet_copy"}
LEFT_OUT = {"boilerplate", "quotation"}
"""Labels that ask for a match, and those that ask neither for one nor for none."""


class Labelled(NamedTuple):
    """The labelled passages of a corpus, ready to be aligned."""

    texts: Texts
    pairs: np.ndarray
    """(pairs, 2) int64, articles of ``texts``."""
    pair: np.ndarray
    """(labels,) int64, the row of ``pairs`` of each label."""
    spans: np.ndarray
    """(labels, 6) int64: paragraph, begin and end of the left and of the right side; paragraphs of ``texts``."""
    truth: np.ndarray
    """(labels,) bool."""
    story: np.ndarray
    """(labels,) int64: labels whose articles are joined by labels are of one story."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", help="name, articles and labels of each corpus")
    given = parser.parse_args().corpora
    corpora = {given[n]: _labelled(Path(given[n + 1]), Path(given[n + 2])) for n in range(0, len(given), 3)}
    print("| constant | value | " + " | ".join(f"{name}: precision / recall" for name in corpora) + " |")
    print("|---|---|" + "---|" * len(corpora))
    for name, values in GRID.items():
        found = {
            value: {corpus: _found(labelled, name, value) for corpus, labelled in corpora.items()} for value in values
        }
        for value in values:
            scores = (_scores(corpora[corpus].truth, found[value][corpus]) for corpus in corpora)
            print(f"| {name} | {value:g} | " + " | ".join("{:.3f} / {:.3f}".format(*s) for s in scores) + " |")
        print(f"| {name} | one story left out | " + " | ".join(_by_story(corpora[c], found, c) for c in corpora) + " |")
        if len(corpora) > 1:
            others = (_by_corpus(corpora, found, corpus) for corpus in corpora)
            print(f"| {name} | chosen on the others | " + " | ".join(others) + " |", flush=True)


def _labelled(articles: Path, labels: Path) -> Labelled:
    rows = [json.loads(line) for line in labels.read_text("utf-8").splitlines()]
    rows = [row for row in rows if (row.get("label") or row["origin"]) not in LEFT_OUT]
    table = pa.concat_tables([table for table, _ in ingest.read([articles])])
    wanted = sorted({row[f"doc_{side}"] for row in rows for side in "ab"})
    table = table.filter(pc.is_in(table["article_id"], pa.array(wanted)))
    paragraphs = segment.segment(table)
    ids = paragraphs["article_id"].to_pylist()
    firsts = np.array([row for row in range(len(ids)) if row == 0 or ids[row] != ids[row - 1]], np.int64)
    number = {ids[first]: place for place, first in enumerate(firsts.tolist())}
    place = {key: row for row, key in enumerate(zip(ids, paragraphs["paragraph"].to_pylist(), strict=True))}
    texts = align.texts(
        words.read_words(paragraphs, Config()), np.append(firsts, len(ids)), readable(paragraphs), Config()
    )
    links = np.array([[number[row["doc_a"]], number[row["doc_b"]]] for row in rows], np.int64)
    pairs, pair = np.unique(links, axis=0, return_inverse=True)
    spans = [
        [
            value
            for side in "ab"
            for value in (place[row[f"doc_{side}"], row[f"par_{side}"]], row[f"start_{side}"], row[f"end_{side}"])
        ]
        for row in rows
    ]
    truth = np.array([(row.get("label") or row["origin"]) in COPIED for row in rows])
    story = np.array(measures.components(len(firsts), links.tolist()))[links[:, 0]]
    return Labelled(texts, pairs, pair.ravel(), np.array(spans, np.int64), truth, story)


def _found(labelled: Labelled, name: str, value: float) -> np.ndarray:
    """Which labels a match as copied text meets on both sides, with one constant changed: (labels,) bool."""
    config, constants = Config(), {}
    if name.isupper():
        before = getattr(align, name)
        setattr(align, name, value)
    elif name in Config.model_fields:
        config = Config(**{name: value})
    else:
        constants[name] = type(Limits._field_defaults[name])(value)
    lefts, rights = (np.ascontiguousarray(side) for side in labelled.pairs.T)
    table = align.align(lefts, rights, labelled.texts, config, **constants)
    if name.isupper():
        setattr(align, name, before)
    table = table.filter(pc.invert(table["quote_only"]))
    side = {
        column: table[column].to_numpy().astype(np.int64)
        for column in table.column_names
        if "_" in column or column in ("left", "right")
    }
    found = np.zeros(len(labelled.truth), bool)
    for row, (pair, span) in enumerate(zip(labelled.pair.tolist(), labelled.spans.tolist(), strict=True)):
        left, right = labelled.pairs[pair]
        meets = (side["left"] == left) & (side["right"] == right)
        for which, (paragraph, begin, end) in (("left", span[:3]), ("right", span[3:])):
            meets &= (side[f"{which}_paragraph"] == paragraph) & (side[f"{which}_begin"] < end)
            meets &= side[f"{which}_end"] > begin
        found[row] = meets.any()
    return found


def _scores(truth: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    """Precision and recall; 1 where nothing is asked."""
    right = (truth & found).sum()
    return float(right / found.sum()) if found.any() else 1.0, float(right / truth.sum()) if truth.any() else 1.0


def _best(truths: list[np.ndarray], found: dict[float, list[np.ndarray]]) -> float:
    """The value whose F1 is best, all labels together; of equals the middle one."""
    truth = np.concatenate(truths)
    f1 = {}
    for value, arrays in found.items():
        answer = np.concatenate(arrays)
        f1[value] = 2 * (truth & answer).sum() / max(truth.sum() + answer.sum(), 1)
    best = [value for value in f1 if f1[value] == max(f1.values())]
    return best[len(best) // 2]


def _by_story(labelled: Labelled, found: dict[float, dict[str, np.ndarray]], corpus: str) -> str:
    """Scores of all stories, each with the value that is best on the others."""
    answer, chosen = np.zeros(len(labelled.truth), bool), []
    for story in np.unique(labelled.story):
        here = labelled.story == story
        best = _best([labelled.truth[~here]], {value: [found[value][corpus][~here]] for value in found})
        answer[here] = found[best][corpus][here]
        chosen.append(best)
    values = ", ".join(f"{value:g}" for value in sorted(set(chosen)))
    return "{:.3f} / {:.3f} ({})".format(*_scores(labelled.truth, answer), values)


def _by_corpus(corpora: dict[str, Labelled], found: dict[float, dict[str, np.ndarray]], corpus: str) -> str:
    """Scores of a corpus with the value that is best on the others."""
    others = [name for name in corpora if name != corpus]
    best = _best([corpora[name].truth for name in others], {v: [found[v][name] for name in others] for v in found})
    return "{:.3f} / {:.3f} ({:g})".format(*_scores(corpora[corpus].truth, found[best][corpus]), best)


if __name__ == "__main__":
    main()

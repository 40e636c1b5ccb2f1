"""The fit of rewordings: labels of sentences and a snapshot -> coefficients, with one story left out at a time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from runs import Snapshot, run_articles, write_lines
from typer.testing import CliRunner

from dedup.evaluation import rewordings
from dedup.evaluation.labels import LabelsError
from dedup.kernels.likeness import LIKENESS
from dedup.store import snapshot as stored
from dedup.surfaces import cli

STORIES = [
    (
        "Des plongeurs ont remonté mardi onze barriques scellées du vieux canal de Montarel, a dit la capitainerie.",
        "Onze barriques scellées : voilà ce que des plongeurs ont sorti mardi du canal de Montarel.",
        "Le canal de Montarel sera vidé l'an prochain, selon un plongeur qui en réclame la fermeture.",
    ),
    (
        "Une chèvre blanche a bloqué jeudi le funiculaire de Brévigny pendant trois heures, selon son exploitant.",
        "Trois heures durant, jeudi, une chèvre blanche a immobilisé le funiculaire de Brévigny.",
        "Le funiculaire de Brévigny fête ses cent ans, et son exploitant promet des voitures neuves.",
    ),
    (
        "Le dernier sabotier de Pélussac a légué quatre mille moules de hêtre au musée, a annoncé sa nièce lundi.",
        "Quatre mille moules de hêtre : c'est le legs du dernier sabotier de Pélussac au musée.",
        "Le musée de Pélussac cherche un sabotier pour ses ateliers d'été, annonce la mairie.",
    ),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Snapshot:
    """A dispatch, a paper that rewords it and one that tells of something else, for each story."""
    rows = [
        {"id": f"{kind}-{n}", "text": text, "outlet": kind, "published_at": f"2031-02-0{n + 1}T1{k}:00:00Z"}
        for n, story in enumerate(STORIES)
        for k, (kind, text) in enumerate(zip(("wire", "reworded", "other"), story, strict=True))
    ]
    return run_articles(tmp_path_factory.mktemp("rewordings"), *rows, report=False)


def labels(folder: Path, stories: int = len(STORIES)) -> Path:
    """A pair of sentences that is reworded and one that is not, for each story; and one of an article that is not
    in the run."""
    folder.mkdir()
    rows = [
        {
            "doc_a": f"wire-{n}",
            "doc_b": f"{kind}-{n}",
            "label": "reworded" if kind == "reworded" else "different",
            **{f"par_{side}": 0 for side in "ab"},
            **{f"start_{side}": 0 for side in "ab"},
            "end_a": len(STORIES[n][0]),
            "end_b": len(STORIES[n][1 if kind == "reworded" else 2]),
        }
        for n in range(stories)
        for kind in ("reworded", "other")
    ]
    write_lines(folder / "rewrites.jsonl", [*rows, {**rows[0], "doc_a": "lost"}])
    return folder


def test_coefficients_tell_what_is_reworded_from_what_is_not(run, tmp_path):
    made = rewordings.train(run.out, labels(tmp_path / "labels"), "2031-02-10", write=tmp_path / "model.json")
    assert json.loads((tmp_path / "model.json").read_text("utf-8")) == made
    assert list(made["weights"]) == list(LIKENESS)
    assert made["weights"]["stems"] > 0
    assert (made["report"]["pairs"], made["report"]["reworded"], made["report"]["stories"]) == (6, 3, 3)
    snapshot = stored.Snapshot.newest(run.out)
    rows = [json.loads(line) for line in (tmp_path / "labels" / "rewrites.jsonl").read_text("utf-8").splitlines()][:-1]
    known = rewordings.corpus(snapshot, {row[f"doc_{side}"] for row in rows for side in "ab"})
    found = rewordings.examples(snapshot, known, rows)
    scores = made["intercept"] + found.values @ np.array(list(made["weights"].values()))
    assert scores[found.truth].min() > scores[~found.truth].max()


def test_a_labelled_span_is_the_words_that_it_meets(run):
    snapshot = stored.Snapshot.newest(run.out)
    known = rewordings.corpus(snapshot, {"wire-0"})
    text = STORIES[0][0]
    row = {"doc_a": "wire-0", "par_a": 0, "start_a": text.index("onze"), "end_a": text.index(" scellées")}
    assert rewordings._span(known, row, "a") == (5, 7)


def test_one_story_is_too_little_to_fit(run, tmp_path):
    with pytest.raises(LabelsError, match="two stories"):
        rewordings.train(run.out, labels(tmp_path / "labels", 1), "2031-02-10")


def test_the_command_writes_the_model_and_prints_its_report(run, tmp_path):
    asked = ["--out", str(run.out), "--labels", str(labels(tmp_path / "labels")), "--model", str(tmp_path / "m.json")]
    result = CliRunner().invoke(cli.app, ["train-rewrites", *asked])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "m.json").read_text("utf-8"))["report"]["pairs"] == 6

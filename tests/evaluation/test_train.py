"""The fit of the probabilities: truth from hidden dispatches and labels, signs, folds over stories. Invented texts."""

from __future__ import annotations

import json

import numpy as np
import pytest
from runs import prose, run_articles, write_lines
from typer.testing import CliRunner

from dedup import schemas
from dedup.evaluation import train
from dedup.evaluation.train import cross_validation, examples, fitting
from dedup.store.disk import latest, read_table
from dedup.surfaces import cli
from dedup.surfaces.cli.app import USAGE
from dedup.tracing import evidence

STORIES = 24


def corpus(dispatches: bool) -> list[dict]:
    """For each story a dispatch, a paper that prints it whole, and one that prints half of it or none."""
    rows = []
    for n in range(STORIES):
        text = [prose(100 * n + k) for k in range(3)]
        own = [prose(100 * n + 50 + k) for k in range(3)]
        day = f"2025-03-{1 + n % 28:02d}"
        if dispatches:
            rows.append(
                {"id": f"wire-{n:02d}", "text": "\n".join(text), "is_wire": True, "published_at": f"{day}T08:00:00Z"}
            )
        rows.append(
            {
                "id": f"whole-{n:02d}",
                "text": "\n".join([*text, "(AFP)"]),
                "outlet": f"Gazette {n % 3}",
                "published_at": f"{day}T10:00:00Z",
            }
        )
        kept = [text[0], *own] if n % 2 else own
        rows.append(
            {
                "id": f"other-{n:02d}",
                "text": "\n".join(kept),
                "outlet": f"Courrier {n % 3}",
                "published_at": f"{day}T12:00:00Z",
            }
        )
        if n % 3 == 0:  # a house story that two papers share
            rows += [
                {
                    "id": f"house-{n:02d}-{paper}",
                    "text": "\n".join([own[0], prose(9_000 + 2 * n + paper)]),
                    "outlet": f"Phare {paper}",
                    "published_at": f"{day}T1{paper}:30:00Z",
                }
                for paper in range(2)
            ]
    return rows


pytestmark = pytest.mark.filterwarnings("ignore:The least populated class")


@pytest.fixture(scope="module", autouse=True)
def few_shuffles():
    """Folds are folds: one shuffle of them shows what five do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross_validation, "REPEATS", 1)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    run_articles(folder / "all", *corpus(True))
    run_articles(folder / "hidden", *corpus(False))
    labels = [
        {
            "doc_id": row["id"],
            "derivation": kind,
            "share_estimate": share,
            "afp_share": share,
            "agency": "AFP",
            "wire_doc_ids": [],
            "derived_paragraphs": paragraphs,
        }
        for row in corpus(False)
        for kind, share, paragraphs in [
            ("wholly", 1.0, [0, 1, 2])
            if row["id"].startswith("whole")
            else ("partially", 0.25, [0])
            if row["id"].startswith("other") and int(row["id"][6:]) % 2
            else ("non", 0.0, [])
        ]
    ]
    write_lines(folder / "article_labels.jsonl", labels)
    model = train.train(folder / "all" / "out", folder / "hidden" / "out", folder, "2025-04-01", folder / "model.json")
    return folder, model


def test_the_model_file_holds_weights_and_a_report_that_can_be_read(trained):
    folder, model = trained
    assert json.loads((folder / "model.json").read_text("utf-8")) == model
    assert "| 24 | " in (folder / "model.md").read_text("utf-8")  # the dispatches of the first snapshot
    assert list(model["cluster"]["weights"]) == list(evidence.CLUSTER_EVIDENCE)
    assert set(model["article"]) >= {*schemas.DERIVATIONS, "typical"}
    report = model["report"]
    assert report["date"] == "2025-04-01"
    assert report["versions"]["scikit-learn"]
    assert report["clusters"]["clusters"] > report["clusters"]["of an agency"] > 0
    assert [of["dispatches"] for of in report["articles"]] == [STORIES, 0]
    for of in report["articles"]:
        assert of["articles"]["wholly"] == STORIES
        assert 0 <= of["calibration_error"] <= 1
        assert of["average_precision"] > 0.9


def test_corpora_without_an_agency_lower_what_is_shared_there_and_each_is_tested_by_a_model_without_it(trained):
    folder, alone = trained
    others = []
    for name in ("harbour", "valley"):  # two papers share long prose and name nobody
        rows = []
        for n in range(8):
            text = prose(20_000 + n + 100 * len(others), 60)
            rows += [{"id": f"{name}-{n}-{paper}", "text": text, "outlet": f"{name} {paper}"} for paper in range(2)]
        others.append(run_articles(folder / name, *rows).out.rename(folder / f"runs-{name}"))
    model = train.train(folder / "all" / "out", folder / "hidden" / "out", folder, "2025-04-01", others=others)
    report = model["report"]["without_the_corpus"]
    assert list(report) == ["out", "runs-harbour", "runs-valley"][-len(report) :]
    for name in ("runs-harbour", "runs-valley"):
        assert sum(row["n"] for row in report[name]["clusters"]) == 8
        assert {row["true"] for row in report[name]["clusters"]} == {0.0}
    values = examples.negatives_of(others[0], {})[0].values

    def mean(stored: dict) -> float:
        entry = stored["cluster"]
        return evidence.of_prose(values, np.array([entry["intercept"], *entry["weights"].values()])).mean()

    assert mean(model) < mean(alone)


def test_a_cluster_that_stands_in_a_hidden_dispatch_is_an_agencys_without_any_label(trained, tmp_path):
    folder, _ = trained
    names = {"whole-01": {"derivation": "non", "share": 0.0}}  # the label errs, the dispatch knows better
    out, hidden = folder / "all" / "out", folder / "hidden" / "out"
    story = examples.stories(out, hidden)
    found = examples.clusters_of(out, hidden, names, story)
    assert found.truth.all()
    assert len(found.truth) == 1


def test_articles_that_share_a_dispatch_are_one_story(trained):
    folder, _ = trained
    story = examples.stories(folder / "all" / "out", folder / "hidden" / "out")
    assert story["whole-01"] == story["wire-01"] == story["other-01"]
    assert story["whole-01"] != story["whole-03"]


def test_a_story_lies_on_one_side_of_every_fold():
    story = np.repeat(np.arange(30), 3)
    truth = np.arange(90) % 2 == 0
    seen = np.zeros(90, int)
    for here in cross_validation.folds(truth, story, 0):
        assert not set(story[here]) & set(story[~here])
        seen += here
    assert (seen == 1).all()


def test_a_weight_against_its_sign_is_left_out_and_never_turned():
    generator = np.random.default_rng(1)
    truth = generator.random(400) < 0.5
    values = generator.normal(size=(400, len(evidence.CLUSTER_EVIDENCE)))
    names = list(evidence.CLUSTER_EVIDENCE)
    values[:, names.index("copied")] += 2 * truth
    values[:, names.index("credited")] -= 2 * truth  # credits speak against the agency here: noise
    weights = fitting.fit_signed(values, truth)[1:]
    assert weights[names.index("copied")] > 0.5
    assert weights[names.index("credited")] == 0
    assert all(weight * fitting.SIGNS[name] >= 0 for name, weight in zip(names, weights, strict=True))


def test_too_few_labels_stop_the_training(trained, tmp_path):
    folder, _ = trained
    write_lines(
        tmp_path / "article_labels.jsonl",
        [
            {
                "doc_id": "whole-01",
                "derivation": "wholly",
                "share_estimate": 1.0,
                "afp_share": 1.0,
                "agency": "AFP",
                "wire_doc_ids": [],
            }
        ],
    )
    with pytest.raises(ValueError, match="1 articles of the snapshots are labelled; at least 20"):
        train.train(folder / "all" / "out", folder / "hidden" / "out", tmp_path, "2025-04-01")


def test_every_prediction_has_reasons_strongest_first(trained):
    folder, _ = trained
    for name in ("all", "hidden"):
        snapshot = latest(folder / name / "out")
        articles = read_table(snapshot / "article_provenance.parquet").to_pylist()
        assert all(1 <= len(row["reasons"]) <= 4 for row in articles)  # the share found, and what weighs
        for row in read_table(snapshot / "clusters.parquet").to_pylist():
            assert 1 <= len(row["reasons"]) <= 3


def test_the_command_writes_the_model_where_it_is_told_and_prints_the_report(trained, tmp_path):
    folder, model = trained
    arguments = [
        "train",
        "--out",
        folder / "all" / "out",
        "--hidden",
        folder / "hidden" / "out",
        "--labels",
        folder,
        "--model",
        tmp_path / "mine.json",
    ]
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == 0
    written = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert written["cluster"] == model["cluster"]
    assert json.loads(result.stdout) == written["report"]
    assert CliRunner().invoke(cli.app, ["train", "--out", str(folder)]).exit_code == USAGE

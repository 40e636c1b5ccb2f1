"""What a run is given to read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from runs import write_lines

import dedup
from dedup.pipeline import arrivals


def test_one_path_as_a_text_is_one_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "articles.jsonl", [{"id": "a", "text": "Un texte."}])
    write_lines(tmp_path / "a", [{"id": "b", "text": "Un fichier qui s'appelle comme une lettre du nom."}])
    assert dedup.run("articles.jsonl", tmp_path / "out").counts["articles"] == 1
    assert dedup.run(Path("articles.jsonl"), tmp_path / "other").counts["articles"] == 1


def test_a_path_or_paths_of_any_kind_of_sequence_are_accepted():
    assert arrivals.paths("a/b.csv") == arrivals.paths(Path("a/b.csv")) == ["a/b.csv"]
    assert arrivals.paths(("a", Path("b"))) == arrivals.paths(iter(["a", "b"])) == ["a", "b"]


@pytest.mark.parametrize(
    "inputs",
    [
        None,
        7,
        b"articles.jsonl",
        {"a.jsonl": 1},
        ["a.jsonl", 7],
        [b"a.jsonl"],
        [["a.jsonl"]],
        [{"text": "a"}, "a.jsonl"],
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_is_refused_at_once_and_nothing_is_written(tmp_path, inputs):
    begun = time.monotonic()
    with pytest.raises(TypeError, match="expected a path or a list of paths"):
        dedup.run(inputs, tmp_path / "out")
    assert time.monotonic() - begun < 5
    assert not os.path.exists(tmp_path / "out")

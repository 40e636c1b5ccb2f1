"""The comparison with passim: what it reads, what it counts, and what it says where passim is not."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def passim(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("beside_passim", BENCHMARKS / "passim.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_without_passim_it_says_how_to_get_it_and_stops(passim, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert passim.main(["articles.jsonl"]) == 1
    assert "pip install" in capsys.readouterr().err


def test_an_outlet_is_a_series_and_a_row_without_text_is_left_out(passim, tmp_path):
    rows = [{"doc_id": 7, "outlet": "Le Fanal", "published_at": "2025-03-12T10:00:00Z", "body": "Un."}, {"id": "b"}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert passim.articles_for_passim(tmp_path / "a.jsonl", tmp_path / "b.json") == 1
    assert json.loads((tmp_path / "b.json").read_text()) == {
        "id": "7",
        "series": "Le Fanal",
        "date": "2025-03-12",
        "text": "Un.",
    }


def test_pairs_are_those_of_one_cluster_and_of_two_outlets(passim):
    assert passim.pairs_of_clusters({"cluster": of, "id": name} for of, name in ((1, "b"), (1, "a"), (2, "c"))) == {
        ("a", "b")
    }
    lines = [
        json.dumps({"a": "y", "b": "x", "cov_a": 0.1, "cov_b": 0.4, "cross_outlet": True}),
        json.dumps({"a": "y", "b": "z", "cov_a": 0.1, "cov_b": 0.2, "cross_outlet": True}),
        json.dumps({"a": "u", "b": "v", "cov_a": 0.9, "cov_b": 0.9, "cross_outlet": False}),
    ]
    assert passim.known_pairs(lines, 0.35) == {("x", "y")}

"""The corpus of a region: written by its script alone, as large and as varied as charts need."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

from runs import ROOT, json_lines

REGION = ROOT / "examples" / "region"


def test_the_files_are_what_the_script_writes():
    subprocess.run([sys.executable, REGION / "make_region.py", "--check"], check=True)


def test_it_holds_every_kind_of_case_and_truth_that_points_into_the_texts():
    articles = {row["id"]: row for row in json_lines(REGION / "inbox" / "articles.jsonl")}
    about = {row["article_id"]: row for row in json_lines(REGION / "truth_articles.jsonl")}
    assert 290 <= len(articles) == len(about) and set(articles) == set(about)
    assert {row["agency"] for row in articles.values() if row.get("is_wire")} == {"AFP", "Belga", "Keystone-ATS"}
    statuses = Counter(row["credit_status"] for row in about.values())
    assert set(statuses) == {"credited_full", "credited_partial", "in_text_only", "photo_only", "none"}
    assert len({row["published_at"][:10] for row in articles.values()}) >= 9
    for row in json_lines(REGION / "truth.jsonl"):
        ends = ((row["article_id"], "", row), (row["source_article_id"], "source_", row))
        here, there = (
            articles[name]["text"].split("\n")[row[f"{side}paragraph"]][row[f"{side}begin"] : row[f"{side}end"]]
            for name, side, row in ends
        )
        assert here and there
        if row["edit_class"] == "verbatim" and row["label"] != "background":
            assert here == there or here.endswith(there), json.dumps(row)

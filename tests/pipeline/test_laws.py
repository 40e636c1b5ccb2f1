"""Laws of the whole job, searched for a counter-example: any corpus, any article removed, any house's typography.

A few corpora in `make test`, many more under `make search`.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runs import prose, write_lines

from dedup import schemas
from dedup.config import Config
from dedup.pipeline import arrivals, steps
from dedup.store import disk

EXAMPLES = max(settings.default.max_examples // 30, 2)
"""A corpus takes a second or two."""

OUTLETS = ("Le Fanal", "La Bouée", "Le Phare", "Hebdo Nord")
OF_RUNS = ("run_id", "at")
"""Columns that say when, not what."""


@st.composite
def corpora(draw):
    """Articles that are made of paragraphs of dispatches, of own prose and of credits, in any mixture."""
    n_dispatches = draw(st.integers(1, 2))
    dispatches = [[prose(10 * n + p, 45) for p in range(3)] for n in range(n_dispatches)]
    rows = [
        {"id": f"d{n}", "text": "\n".join(parts), "is_wire": True, "agency": "AFP", "outlet": "AFP",
         "published_at": f"2025-03-0{n + 1}T06:00:00Z"}
        for n, parts in enumerate(dispatches)
    ]  # fmt: skip
    for number in range(draw(st.integers(2, 5))):
        parts = [prose(1_000 + number, 30)] if draw(st.booleans()) else []
        parts += draw(st.lists(st.sampled_from([part for one in dispatches for part in one]), max_size=3))
        if draw(st.booleans()) and parts:
            parts[-1] = " ".join(parts[-1].split()[: draw(st.integers(20, 40))])
        parts += draw(st.sampled_from(([], ["(AFP)"], ["Avec AFP"])))
        rows.append({
            "id": f"a{number}", "text": "\n".join(parts) or prose(2_000 + number, 30),
            "outlet": draw(st.sampled_from(OUTLETS)),
            "published_at": draw(st.sampled_from((None, "2025-03-01", f"2025-03-0{1 + number}T{10 + number}:00:00Z"))),
        })  # fmt: skip
    return rows


def tables(*batches, remove=(), **given_settings):
    """All tables of the runs over some batches of rows, one after another."""
    folder = Path(tempfile.mkdtemp())
    try:
        config = Config(report=False, **given_settings)
        for number, rows in enumerate(batches):
            write_lines(folder / f"{number}.jsonl", rows)
            steps.run([folder / f"{number}.jsonl"], folder / "out", config)
        if remove:
            steps.run([], folder / "out", config, remove=list(remove))
        newest = disk.latest(folder / "out")
        names = [name for name in schemas.TABLES if name not in ("rejects", "cluster_history")]
        return {name: plain(disk.read_table(newest / f"{name}.parquet")) for name in names}
    finally:
        shutil.rmtree(folder)


def plain(table: pa.Table) -> list[str]:
    """The rows in any order, without what says when."""
    table = table.drop_columns([name for name in table.column_names if name in OF_RUNS])
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in table.to_pylist())


def same(left, right):
    for name in left:
        assert left[name] == right[name], name


search = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@search
@given(rows=corpora(), which=st.integers(0, 6))
def test_an_article_that_is_removed_leaves_the_tables_of_a_run_without_it(rows, which):
    gone = rows[which % len(rows)]
    rest = [row for row in rows if row is not gone]
    same(tables(rest), tables(rows, remove=[gone["id"]]))


FOUND = ("paragraphs", "credits", "matches", "passages")
ESTIMATED = ("p_agency", "likely_agency")


@search
@given(rows=corpora())
def test_an_article_of_another_outlet_without_common_words_changes_no_row_of_what_is_found(rows):
    """Not of what is estimated: how often an outlet names an agency is held against all outlets (method.md)."""
    stranger = {"id": "z", "outlet": "Le Lointain", "published_at": "2025-03-02T12:00:00Z", "text": prose(9_000, 60)}
    before, after = tables(rows), tables([*rows, stranger])
    for name in FOUND:
        assert before[name] == [row for row in after[name] if json.loads(row).get("article_id") != "z"], name
    for name in ("clusters", "provenance"):
        assert _without_estimates(before[name]) == _without_estimates(after[name]), name


def _without_estimates(rows):
    return [{name: held for name, held in json.loads(row).items() if name not in ESTIMATED} for row in rows]


def typeset(text):
    """The same words in another house's typography."""
    text = text.replace("'", "’").replace(" ", "\u00a0", 1).replace(".", " .").replace("e", "e\u00ad", 1)
    return re.sub(r"(\w+)\.?$", r"« \1 ».", text)


@search
@given(seed=st.integers(0, 400), paragraphs=st.integers(1, 3))
def test_typography_alone_keeps_a_copy_verbatim(seed, paragraphs):
    dispatch = [prose(7_000 + 10 * seed + n, 45) for n in range(paragraphs)]
    rows = [
        {"id": "d", "text": "\n".join(dispatch), "is_wire": True, "published_at": "2025-03-01T06:00:00Z"},
        {"id": "a", "text": "\n".join(map(typeset, dispatch)), "outlet": "Le Fanal", "published_at": "2025-03-01"},
    ]
    found = [json.loads(row) for row in tables(rows)["matches"]]
    assert len(found) == paragraphs and {row["edit_class"] for row in found} == {"verbatim"}


@search
@given(rows=corpora())
def test_every_span_is_cut_from_the_print_and_says_what_the_tables_say(rows):
    found = {name: [json.loads(row) for row in held] for name, held in tables(rows).items()}
    printed = {row["id"]: row["text"].split("\n") for row in rows}
    lines = {(row["article_id"], row["paragraph"]): row["text"] for row in found["paragraphs"]}
    assert lines == {(name, n): line for name, text in printed.items() for n, line in enumerate(text)}
    for name in ("passages", "provenance", "credits"):
        for row in found[name]:
            assert 0 <= row["begin"] < row["end"] <= len(lines[row["article_id"], row["paragraph"]]), (name, row)
    for row in found["matches"]:
        left, right = (
            lines[row[f"{side}_article_id"], row[f"{side}_paragraph"]][row[f"{side}_begin"] : row[f"{side}_end"]]
            for side in ("left", "right")
        )
        if row["edit_class"] == "verbatim":
            assert words(left) == words(right), row
        assert row["longest_run"] <= min(len(words(left)), len(words(right)))
    for row in found["credits"]:
        assert lines[row["article_id"], row["paragraph"]][row["begin"] : row["end"]] == row["text"]


def words(text):
    return re.findall(r"\w+", text.casefold())


@search
@given(rows=corpora(), order=st.randoms(use_true_random=False), cut=st.integers(1, 5))
def test_order_splitting_threads_and_sizes_of_parts_change_nothing(rows, order, cut):
    shuffled = order.sample(rows, len(rows))
    with mock.patch.object(arrivals, "PART_ARTICLES", 2):
        found = tables(shuffled[:cut], shuffled[cut:], workers=3)
    same(tables(rows, workers=1), found)

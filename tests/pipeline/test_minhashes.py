"""The stored windows as datasketch's index: what ``dedup check`` finds, in datasketch's terms."""

from __future__ import annotations

import pytest
from runs import prose, run, write_lines

import dedup

SHARED, OWN = prose(1, 60), prose(2, 60)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Two articles with a common paragraph and one alone, which then comes in a new version."""
    folder = tmp_path_factory.mktemp("minhashes")
    rows = [{"id": "a", "text": SHARED}, {"id": "b", "text": f"{prose(3)}\n{SHARED}"}, {"id": "c", "text": OWN}]
    run([write_lines(folder / "1.jsonl", rows)], folder / "out", report=False)
    run([write_lines(folder / "2.jsonl", [{"id": "c", "text": prose(4, 60)}])], folder / "out", report=False)
    return folder / "out"


def test_a_query_names_the_articles_that_check_names(out):
    index = dedup.index(out)
    found = {name for window in index.minhashes(SHARED) for name in index.lsh.query(window)}
    assert found == {"a", "b"} == {one.article_id for one in dedup.check(SHARED, out).passages[0].sources}


def test_an_older_version_of_an_article_is_no_answer(out):
    index = dedup.index(out)
    assert {name for window in index.minhashes(OWN) for name in index.lsh.query(window)} == set()
    assert {name for window in index.minhashes(prose(4, 60)) for name in index.lsh.query(window)} == {"c"}


def test_windows_of_one_text_are_alike_and_those_of_others_are_not(out):
    mine, same, other = (dedup.index(out).minhashes(text) for text in (SHARED, SHARED.upper(), OWN))
    assert [one.jaccard(two) for one, two in zip(mine, same, strict=True)] == [1.0] * len(mine)
    assert max(one.jaccard(two) for one, two in zip(mine, other, strict=True)) < 0.1

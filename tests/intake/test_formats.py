"""Real files of every kind against answers that were written by reading them: a few words of each, no text."""

import json
from pathlib import Path

import pytest

from dedup.config import Config
from dedup.intake import ingest

FORMATS = Path(__file__).parents[3] / "shared" / "data" / "formats"
ANSWERS = json.loads((Path(__file__).parent / "format_answers.json").read_text("utf-8"))


@pytest.mark.skipif(not FORMATS.exists(), reason="the sample files are not here")
@pytest.mark.parametrize("name", ANSWERS)
def test_a_sample_is_read_as_it_reads(name):
    expected = ANSWERS[name]
    articles, rejects = [], []
    for batch, refused in ingest.read([FORMATS / name], Config()):
        articles += batch.to_pylist()
        rejects += refused.to_pylist()
    assert len(articles) == expected["articles"]
    if not articles:
        assert rejects[0]["reason"].startswith(expected["reason"])
        return
    first = articles[0]
    extra = json.loads(first["extra"] or "{}")
    author = extra.get("author") or ""
    found = {
        "title": " ".join((first["title"] or "").split()[:4]),
        "first": " ".join(first["text"].split()[:4]),
        "last": " ".join(first["text"].split()[-3:]),
        "date": first["published_at"].isoformat() if first["published_at"] else None,
        "author": ("; ".join(author) if isinstance(author, list) else author)[:30],
        "agency": first["agency"],
        "revision": first["revision"],
        **{name: extra.get(name) for name in ("sign_off", "urgency", "embargo")},
    }
    assert {key: value for key, value in found.items() if key in expected} == {
        key: value for key, value in expected.items() if key != "articles"
    }

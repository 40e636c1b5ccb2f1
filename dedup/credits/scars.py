"""ARTICLES, PARAGRAPHS -> scars: what an agency's own formatting leaves in a text even when nobody names the agency."""

from __future__ import annotations

import functools

import pyarrow as pa
import pyarrow.compute as pc

from dedup.credits.letters import folded
from dedup.credits.places import ASIDE, candidates
from dedup.credits.rules import Rules

SCARS = pa.list_(pa.string())
"""Type of what an article keeps of an agency's own formatting."""


def find_scars(articles: pa.Table, paragraphs: pa.Table, rules: Rules) -> pa.Array:
    """Say what each article keeps of an agency's own formatting; a scar is no credit and leaves the status alone.

    ARTICLES, PARAGRAPHS -> list<string>, in the order of the articles: what each rule that fits says, in the order of
    the rules, empty for most articles. What was set apart from the text (captions, posts, boilerplate) is not read.
    """
    hint = "|".join(f"(?:{scar.hint})" for scar in rules.scars)
    read = [row for row in candidates(paragraphs, [hint]) if row[3] not in ASIDE]
    texts = pa.array([text for _, _, text, _, _ in read], pa.string())
    plain = functools.cache(lambda row: folded(read[row][2])[0])
    found: dict[str, dict[str, None]] = {}
    for scar in rules.scars:
        for row in pc.indices_nonzero(pc.match_substring_regex(texts, scar.hint)).to_pylist():
            article_id, _, _, _, place = read[row]
            text = plain(row) if scar.is_cased else plain(row).lower()
            if scar.where in place and scar.pattern.search(text):
                found.setdefault(article_id, {})[scar.says] = None
    return pa.array([list(found.get(article_id, ())) for article_id in articles["article_id"].to_pylist()], SCARS)

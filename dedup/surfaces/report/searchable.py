"""Texts -> what a search from the disk looks at: each article's headline and lines, folded, some articles a file.

A page from the disk has no server, so the search reads these files when a text is first searched for (about
3 KB an article). A file ends where its last id says so: a new article changes its own file and no other.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dedup.surfaces.report.corpus import Corpus, of_chosen, places

LETTERS = {"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "\u00a0": " ", "\u202f": " "}
"""Signs that a search takes for others."""


def searchable(corpus: Corpus, ids: pa.Array) -> list[tuple[str, str]]:
    """(article id, its headline and its lines, folded, a line each) of the articles, in their order."""
    lines = of_chosen(corpus, "paragraphs", ["article_id", "text"], ids)
    titles = corpus.articles["title"].take(places(ids, corpus.articles["article_id"]))
    held: list[list[str]] = [[title] if title else [] for title in folded(titles).to_pylist()]
    for rank, text in zip(lines["rank"].to_pylist(), folded(lines["text"]).to_pylist(), strict=True):
        held[rank].append(text)
    return [(name, "\n".join(texts)) for name, texts in zip(ids.to_pylist(), held, strict=True)]


def folded(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as a search compares them: no accents, lower case, ligatures apart, one apostrophe, plain spaces."""
    texts = pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(texts, "NFD"), r"\p{M}", ""))
    for sign, plain in LETTERS.items():
        texts = pc.replace_substring(texts, sign, plain)
    return texts

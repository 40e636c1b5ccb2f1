"""``dedup.index``: the stored windows as datasketch's own index, for those who work with datasketch.

``dedup check`` answers a question; this gives the means to ask others: which articles hold a window like one of mine,
how alike two windows are (``MinHash.jaccard``), or what comes up when texts of another corpus are put beside these.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dedup import schemas
from dedup.config import SKETCH_SCHEME
from dedup.matching import sketch
from dedup.matching.index import Index
from dedup.pipeline.lookup import signed
from dedup.store import holdings, remote
from dedup.store.snapshot import Snapshot
from dedup.text import languages, segment, words

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH


class MinHashes:
    """The windows of the newest snapshot's articles, where they lie on the disk, and how a text is signed like them."""

    lsh: MinHashLSH
    """``lsh.query(minhash)`` gives the ids of the articles with a window that agrees on one of 8 bands. It is read
    only; what it takes does not grow with the store."""

    def __init__(self, out: Path | str) -> None:
        """Map the index of ``out``, making what is missing of it."""
        out = remote.here(out)
        snapshot = Snapshot.newest(out)
        self.config = snapshot.settings()
        """Settings of the run: ``num_perm``, ``seed``, ``rows``, ``window_words``, ``shingle_size``."""
        index = Index(out, self.config)
        shown = _versions(snapshot.table("articles", ["article_id", "digest"]))
        self.lsh = index.datasketch([_names(holdings.folder(out) / part, shown) for part in index.parts])

    def minhashes(self, text: str) -> list[MinHash]:
        """The windows of a text, one at every word of each paragraph, signed as those of the store are."""
        from datasketch import MinHash

        article = pa.Table.from_pylist([{"article_id": "", "text": text}], schema=_ARTICLE)
        paragraphs = segment.segment(languages.with_found(article))
        drawn = sketch.drawn(self.config)
        return [
            MinHash(seed=self.config.seed, hashvalues=values, permutations=drawn, scheme=SKETCH_SCHEME)
            for values in signed(paragraphs, words.read_words(paragraphs, self.config), self.config)
        ]


def index(out: Path | str) -> MinHashes:
    """The stored windows of an output folder as ``datasketch.MinHashLSH`` (``.lsh``), and ``.minhashes(text)``."""
    return MinHashes(out)


_ARTICLE = schemas.ARTICLES.append(pa.field("text", pa.string()))


def _versions(articles: pa.Table) -> set[tuple[str, str]]:
    return set(zip(articles["article_id"].to_pylist(), articles["digest"].to_pylist(), strict=True))


def _names(part: Path, shown: set[tuple[str, str]]) -> list[str | None]:
    """The id of each row of an articles part; None for a version that the snapshot does not show."""
    table = holdings.read_articles(part, ["article_id", "digest"])
    rows = zip(table["article_id"].to_pylist(), table["digest"].to_pylist(), strict=True)
    return [name if (name, digest) in shown else None for name, digest in rows]

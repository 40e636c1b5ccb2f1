"""The newest snapshot -> the clusters and articles that pages show."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from dedup.pipeline.difference import difference
from dedup.schemas import SHARES
from dedup.store import disk
from dedup.store.snapshot import Snapshot
from dedup.surfaces.painting import flattened
from dedup.surfaces.web.models import Article, Cluster, Line, Row, Rows, Stretch

CLUSTERS, MEMBERS = 50, 20
"""Clusters on a page, members of a cluster on a page."""


class Shelf:
    """The newest snapshot, held in memory as far as every page needs it."""

    def __init__(self, out: Path) -> None:
        self.snapshot = Snapshot.newest(out)
        self.run_id = self.snapshot.name
        columns = [*Row.model_fields]
        clusters = self.snapshot.table("clusters", columns)
        order = [("n_outlets", "descending"), ("n_articles", "descending"), ("cluster_id", "ascending")]
        self._clusters = clusters.sort_by(order)
        self.agencies = sorted(name for name in pc.unique(clusters["agency"]).to_pylist() if name)

    def clusters(self, q: str, agency: str | None, page: int) -> Rows:
        """Clusters whose text holds every word of ``q``."""
        found = self._clusters
        for word in q.split():
            found = found.filter(pc.match_substring(found["text"], word, ignore_case=True))
        if agency:
            found = found.filter(pc.equal(found["agency"], agency))
        rows = found.slice((page - 1) * CLUSTERS, CLUSTERS).to_pylist()
        return Rows(q=q, agency=agency, total=found.num_rows, page=page, size=CLUSTERS, clusters=rows)

    def cluster(self, cluster_id: str, page: int) -> Cluster:
        """A cluster; a KeyError when there is none of this id."""
        rows = self._clusters.filter(pc.equal(self._clusters["cluster_id"], cluster_id)).to_pylist()
        if not rows:
            raise KeyError(cluster_id)
        columns = ["article_id", "outlet", "published_at", "paragraph", "begin", "end", "credit_status", "edit_class"]
        places = self.snapshot.where("provenance", "cluster_id", [cluster_id], columns)
        places = places.sort_by([(name, "ascending") for name in ("published_at", "article_id", "paragraph", "begin")])
        shown = places.slice((page - 1) * MEMBERS, MEMBERS).to_pylist()
        ids = [place["article_id"] for place in shown]
        about = ["article_id", "title", "url", "is_wire", "agency"]
        facts = {row["article_id"]: row for row in self._rows("articles", ids, about)}
        lines = {
            (row["article_id"], row["paragraph"]): row["text"]
            for row in self._rows("paragraphs", ids, ["article_id", "paragraph", "text"])
        }
        members = []
        for place in shown:
            text = lines[place["article_id"], place["paragraph"]][place["begin"] : place["end"]]
            members.append(
                {
                    **place,
                    **facts[place["article_id"]],
                    "text": text,
                    "differences": difference(rows[0]["text"], text),
                }
            )
        return Cluster(**rows[0], page=page, size_of_page=MEMBERS, members=members)

    def article(self, article_id: str) -> Article:
        """An article; a KeyError when there is none of this id."""
        columns = ["article_id", "outlet", "title", "url", "published_at", "is_wire", "agency"]
        found = self._rows("articles", [article_id], columns)
        if not found:
            raise KeyError(article_id)
        derived = self._rows("article_provenance", [article_id], ["derivation", "credit_status", "reasons"])
        places = self._rows("provenance", [article_id], ["paragraph", "begin", "end", "cluster_id", "share_class"])
        lines = []
        for row in self._rows("paragraphs", [article_id], ["paragraph", "role", "text"]):
            here = [place for place in places if place["paragraph"] == row["paragraph"]]
            lines.append(Line(paragraph=row["paragraph"], role=row["role"], stretches=stretches(row["text"], here)))
        said = derived[0] if derived else {"derivation": None, "credit_status": None, "reasons": []}
        return Article(**found[0], **said, paragraphs=lines)

    def _rows(self, name: str, ids: list[str], columns: list[str]) -> list[dict[str, Any]]:
        return self.snapshot.where(name, "article_id", ids, columns).to_pylist()


def stretches(text: str, places: list[dict[str, Any]]) -> list[Stretch]:
    """A paragraph cut where its passages begin and end; every letter stands in one stretch.

    ``places``: begin, end, cluster_id and share_class of each passage. Where two overlap the greater class is shown,
    of two of one class the shorter.
    """
    ranked = sorted(places, key=lambda place: (SHARES.index(place["share_class"]), place["begin"] - place["end"]))
    spans = flattened((place["begin"], place["end"], rank) for rank, place in enumerate(ranked))
    borders = [0, *(border for begin, end, _ in spans for border in (begin, end)), len(text)]
    held = [None, *(place for _, _, rank in spans for place in (ranked[rank], None))]
    return [
        Stretch(
            text=text[begin:end],
            cluster_id=place and place["cluster_id"],
            kind=place and place["share_class"],
        )
        for (begin, end), place in zip(pairwise(borders), held, strict=True)
        if begin < end
    ]


class Newest:
    """The newest snapshot; the one before is let go when a run has published."""

    def __init__(self, out: Path) -> None:
        self._out, self._lock = out, threading.Lock()
        self._shelf: Shelf | None = None

    def __call__(self) -> Shelf:
        with self._lock:
            if self._shelf is None or self._shelf.snapshot.folder != disk.latest(self._out):
                self._shelf = Shelf(self._out)
            return self._shelf

"""One text -> which of its passages are known, from which dispatch or article, how edited, credited or not.

The same chain as a run, for one text: segment, words, windows, signatures, the store's index, then word-by-word
alignment with the few articles that come up. What the newest snapshot says of the places found (cluster, agency,
credit) is shown with them. Nothing is written but the index (``dedup.matching.index``).
"""

from __future__ import annotations

import operator
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import readable
from dedup.config import Config
from dedup.constants import MOST_OF
from dedup.credits.mentions import find_credits
from dedup.credits.rules import load_rules
from dedup.credits.status import credit_status
from dedup.matching import align, rewrites, shingle, sketch
from dedup.matching.index import Hits, Index
from dedup.pipeline.answer import Checked, Known, Line, Mention, Source
from dedup.pipeline.difference import difference
from dedup.pipeline.filing import file_names
from dedup.pipeline.reasons import reasons
from dedup.store import holdings, remote
from dedup.store.snapshot import Snapshot
from dedup.text import languages, segment, words

LOOKED_AT = 400
"""Articles that a text is aligned with: those whose shared windows are rarest and most."""

DATED = ("published_at", "date_precision")
"""When a source was published, and how surely."""

SHOWN_SOURCES = 10
"""Sources that are named for one passage; the others are counted."""

LONGEST = 1_000_000
"""Characters of the longest text that is looked up."""


class TextError(ValueError):
    """A text that cannot be looked up."""


class Checker:
    """The newest snapshot of an output folder and its store, ready to be asked many times."""

    def __init__(self, out: Path | str, progress: Callable[[int, int], None] | None = None) -> None:
        """Map the index of ``out``, making what is missing of it (``progress`` as in ``Index``)."""
        self.out = remote.here(out)
        self.snapshot = Snapshot.newest(self.out)
        self.run_id, self.config = self.snapshot.name, self.snapshot.settings()
        self.index = Index(self.out, self.config, progress)
        self._rules = load_rules(self.config.rules_file)

    def check(self, text: str, title: str | None = None, extra: str | None = None) -> Checked:
        """Look up one text. One that is empty or longer than LONGEST raises TextError.

        ``extra`` is what else is known of it, as in ARTICLES.extra: authors of a page can credit an agency.
        """
        started = time.perf_counter()
        if not text.strip():
            raise TextError("the text is empty")
        if len(text) > LONGEST:
            raise TextError(f"the text has {len(text):,} characters; at most {LONGEST:,} are looked up")
        article = pa.Table.from_pylist(
            [{"article_id": "", "title": title, "text": text, "extra": extra}], schema=_ARTICLE
        )
        article = languages.with_found(article)
        paragraphs = segment.segment(article)
        mentioned = find_credits(article, paragraphs, self._rules)
        status = credit_status(article, mentioned, self._rules).to_pylist()[0]
        read = words.read_words(paragraphs, self.config)
        hits = self.index.look_up(signed(paragraphs, read, self.config))
        found = self._aligned(paragraphs, hits)
        passages = _passages(paragraphs, read, found)
        checked = _summed(passages, read, status)
        return Checked(
            title=title,
            credit_status=status["credit_status"],
            credited_agency=status["credited_agency"],
            paragraphs=[Line(**row) for row in paragraphs.select(["paragraph", "role", "text"]).to_pylist()],
            passages=passages,
            credits=[Mention(**row) for row in mentioned.select(list(Mention.model_fields)).to_pylist()],
            reasons=reasons(passages, status, checked["n_words"], "en"),
            n_candidates=len(hits.row),
            n_aligned=min(len(hits.row), LOOKED_AT),
            run_id=self.run_id,
            seconds=round(time.perf_counter() - started, 3),
            **checked,
        )

    def _aligned(self, paragraphs: pa.Table, hits: Hits) -> list[_Match]:
        """What the text shares with the articles that came up and that the snapshot shows."""
        places = sorted(zip(hits.part[:LOOKED_AT].tolist(), hits.row[:LOOKED_AT].tolist(), strict=True))
        columns = ["paragraph", "role", "lang", "text"]
        tables = [table for part, rows in _by_part(places) for table in self.index.paragraphs(part, rows)]
        tables = [table.select(columns) for table in (*tables, paragraphs)]
        every = pa.concat_tables([table.cast(tables[0].schema) for table in tables]).combine_chunks()
        starts = np.cumsum([0, *(table.num_rows for table in tables)])
        texts = align.texts(words.read_words(every, self.config), starts, readable(every), self.config)
        spoken = languages.numbers(every["lang"])[starts[:-1]]
        lefts = np.flatnonzero(languages.comparable(spoken[:-1], spoken[-1:]))
        found = align.align(lefts, np.full(len(lefts), len(places)), texts, self.config)
        if self.config.rewrites and found.num_rows:
            sentences = rewrites.sentences(texts, self.config)
            sharing = np.unique(found["left"].to_numpy()).astype(np.int64)
            reworded = rewrites.rewrites(
                sharing, np.full(len(sharing), len(places)), found, texts, sentences, self.config
            )
            found = pa.concat_tables([found, reworded])
        classes = align.edit_classes(found, np.ones(found.num_rows, bool), np.diff(texts.paragraph_starts))
        sources = self._articles([places[left] for left in np.unique(found["left"].to_numpy()).tolist()])
        printed, number = every["text"].to_pylist(), every["paragraph"].to_pylist()
        matches = []
        for row, edit_class in zip(found.to_pylist(), classes.tolist(), strict=True):
            source, left, right = sources.get(places[row["left"]]), row["left_paragraph"], row["right_paragraph"]
            if source is None:
                continue
            matches.append(
                _Match(
                    source,
                    number[left],
                    row["left_begin"],
                    row["left_end"],
                    printed[left][row["left_begin"] : row["left_end"]],
                    number[right],
                    row["right_begin"],
                    row["right_end"],
                    row["matched"],
                    row["longest"],
                    schemas.EDIT_CLASSES[edit_class],
                    row["quote_only"],
                    row["rewrite"],
                )
            )
        self._tell_provenance(matches)
        return matches

    def _articles(self, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], dict[str, Any]]:
        """Facts of the articles at some places, without those that the snapshot does not show (older versions)."""
        columns = [
            "article_id",
            "outlet",
            "url",
            "title",
            "published_at",
            "date_precision",
            "is_wire",
            "agency",
            "digest",
        ]
        facts = {}
        for part, rows in _by_part(places):
            table = holdings.read_articles(holdings.folder(self.out) / self.index.parts[part], columns)
            for row, fact in zip(rows.tolist(), table.take(pa.array(rows)).to_pylist(), strict=True):
                facts[part, row] = fact
        shown = self._of_snapshot("articles", [*facts.values()], ["article_id", "digest"])
        digests = {(row["article_id"], row["digest"]) for row in shown}
        return {place: fact for place, fact in facts.items() if (fact["article_id"], fact["digest"]) in digests}

    def _tell_provenance(self, matches: list[_Match]) -> None:
        """Put what the snapshot says of each place found into the matches."""
        columns = [
            "article_id",
            "paragraph",
            "begin",
            "end",
            "cluster_id",
            "agency",
            "agency_basis",
            "p_agency",
            "evidence",
        ]
        places = defaultdict(list)
        articles = [match.article for match in matches]
        for row in self._of_snapshot("provenance", articles, columns):
            places[row["article_id"], row["paragraph"]].append(row)
        named = ["article_id", "credit_status", "credited_agency"]
        credits = {row["article_id"]: row for row in self._of_snapshot("article_provenance", articles, named)}
        for match in matches:
            match.told.update(credits.get(match.article["article_id"], {}))
            near = places[match.article["article_id"], match.paragraph]
            best = max(near, key=lambda row: min(row["end"], match.end) - max(row["begin"], match.begin), default=None)
            if best is not None and min(best["end"], match.end) > max(best["begin"], match.begin):
                match.told.update(best)
            match.told.update(_evidence(match))

    def _of_snapshot(self, name: str, articles: Sequence[dict[str, Any]], columns: list[str]) -> list[dict[str, Any]]:
        """Rows of a table of the snapshot about some articles."""
        if not articles:
            return []
        ids, files = [fact["article_id"] for fact in articles], file_names(fact["published_at"] for fact in articles)
        return self.snapshot.where(name, "article_id", ids, columns, files).to_pylist()


def check(text: str, out: Path | str, title: str | None = None) -> Checked:
    """Say which passages of ``text`` the newest snapshot of ``out`` knows, and from where."""
    return Checker(out).check(text, title)


def signed(paragraphs: pa.Table, read: pa.Table, config: Config) -> np.ndarray:
    """Signatures of a text's windows, one at every word: (windows, num_perm) uint32. ``read`` are its WORDS."""
    every = config.model_copy(update={"window_step": 1})
    return sketch.sign(shingle.shingle(read, every, readable(paragraphs))["shingles"], config)


# Private


_ARTICLE = schemas.ARTICLES.append(pa.field("text", pa.string()))


@dataclass
class _Match:
    """A span of the text and a span of an article with the same prose."""

    article: dict[str, Any]
    paragraph: int
    begin: int
    end: int
    printed: str
    text_paragraph: int
    text_begin: int
    text_end: int
    matched: int
    longest: int
    edit_class: str
    quote_only: bool
    rewrite: bool
    told: dict[str, Any] = field(default_factory=dict)
    """Row of PROVENANCE of the place, as far as there is one."""


def _evidence(match: _Match) -> dict[str, Any]:
    """What the place found says of the prose: evidence, agency, agency_basis, p_agency.

    A dispatch is the prose itself; a credit of the article covers all its text, a witness that the run found for the
    passage covers the passage. Without either a probability makes a suspicion at most.
    """
    told = match.told
    if match.article["is_wire"]:
        return {"evidence": "dispatch", "agency": match.article["agency"], "agency_basis": "feed", "p_agency": 1.0}
    if told.get("agency"):
        return {"evidence": "dispatch" if told["evidence"] == "dispatch" else "attested"}
    if told.get("credit_status") in schemas.CREDITED and told.get("credited_agency"):
        return {"evidence": "attested", "agency": told["credited_agency"], "agency_basis": "credited_member"}
    suspected = told.get("evidence") == "suspected"
    return {"evidence": "suspected" if suspected else "none", "agency": None, "agency_basis": "none"}


def _by_part(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, np.ndarray]]:
    """Sorted places -> the rows of each part."""
    for part, group in groupby(places, key=operator.itemgetter(0)):
        yield part, np.array([row for _, row in group], np.int64)


def _passages(paragraphs: pa.Table, read: pa.Table, matches: list[_Match]) -> list[Known]:
    """Matches -> the longest spans that they make together; reworded ones only where nothing better is known."""
    begins, ends = read["begin"].to_pylist(), read["end"].to_pylist()
    printed = paragraphs["text"].to_pylist()
    groups = _joined([match for match in matches if not match.rewrite])
    taken = [(group[0].text_paragraph, *_extent(group)) for group in groups]
    for group in _joined([match for match in matches if match.rewrite]):
        begin, end = _extent(group)
        if not any(place[0] == group[0].text_paragraph and place[1] < end and begin < place[2] for place in taken):
            groups.append(group)
    known = [_known(group, printed[group[0].text_paragraph], begins, ends) for group in groups]
    return sorted(known, key=lambda passage: (passage.paragraph, passage.begin))


def _known(group: list[_Match], printed: str, begins: list[list[int]], ends: list[list[int]]) -> Known:
    """One passage: matches of overlapping spans in a paragraph as printed; the words' places are those of all."""
    paragraph, (begin, end) = group[0].text_paragraph, _extent(group)
    most = max(match.matched for match in group)
    # the source is a dispatch before an article, the earlier before the later, if it gives most of the passage
    group = sorted(
        group,
        key=lambda match: (
            match.matched < MOST_OF * most,
            not match.article["is_wire"],
            match.article["published_at"] is None,
            match.article["published_at"] or datetime.min,
            -match.matched,
            match.article["article_id"],
            match.begin,
        ),
    )
    sources = [_source(match, printed) for match in group[:SHOWN_SOURCES]]
    rungs = [schemas.EVIDENCE.index(source.evidence) for source in sources]
    witness = sources[rungs.index(max(rungs))]
    return Known(
        paragraph=paragraph,
        begin=begin,
        end=end,
        kind=_kind(group[0], begin, end, sources[0]),
        n_words=sum(begin <= b and e <= end for b, e in zip(begins[paragraph], ends[paragraph], strict=True)),
        agency=witness.agency,
        agency_basis=witness.agency_basis,
        evidence=witness.evidence,
        witness=witness.article_id if witness.evidence in schemas.FOUND else None,
        p_agency=witness.p_agency,
        cluster_id=sources[0].cluster_id,
        sources=sources,
        n_sources=len(group),
        n_outlets=len({match.article["outlet"] for match in group if not match.article["is_wire"]}),
    )


def _kind(match: _Match, begin: int, end: int, source: Source) -> str:
    """How a passage stands to its first source: reworded, quotation, verbatim or edited."""
    if match.rewrite:
        return "reworded"
    if match.quote_only:
        return "quotation"
    whole = match.text_begin == begin and match.text_end == end and match.matched == match.longest
    return "verbatim" if whole and all(piece.kind == "same" for piece in source.differences) else "edited"


def _joined(matches: list[_Match]) -> list[list[_Match]]:
    """Matches whose spans in the text overlap, together."""
    groups: list[list[_Match]] = []
    end = 0
    for match in sorted(matches, key=lambda match: (match.text_paragraph, match.text_begin, match.text_end)):
        if groups and groups[-1][0].text_paragraph == match.text_paragraph and match.text_begin < end:
            groups[-1].append(match)
            end = max(end, match.text_end)
        else:
            groups.append([match])
            end = match.text_end
    return groups


def _extent(group: list[_Match]) -> tuple[int, int]:
    return min(match.text_begin for match in group), max(match.text_end for match in group)


def _source(match: _Match, paragraph: str) -> Source:
    fact, told = match.article, match.told
    return Source(
        **{name: fact[name] for name in ("article_id", "outlet", "url", "title", *DATED)},
        is_wire=bool(fact["is_wire"]),
        agency=told.get("agency"),
        agency_basis=told.get("agency_basis") or "none",
        evidence=told["evidence"],
        p_agency=told.get("p_agency"),
        credit_status=told.get("credit_status"),
        cluster_id=told.get("cluster_id"),
        paragraph=match.paragraph,
        begin=match.begin,
        end=match.end,
        text_begin=match.text_begin,
        text_end=match.text_end,
        matched_words=match.matched,
        longest_run=match.longest,
        edit_class=match.edit_class,
        reworded=match.rewrite,
        differences=difference(match.printed, paragraph[match.text_begin : match.text_end]),
    )


def _summed(passages: list[Known], read: pa.Table, status: dict[str, Any]) -> dict[str, Any]:
    """Counts, shares and the strongest evidence of the text; ``status``: its own credit."""
    n_words = int(pc.sum(pc.list_value_length(read["hash"])).as_py() or 0)
    solid = [passage for passage in passages if passage.kind != "reworded"]
    found = [passage for passage in solid if passage.evidence in schemas.FOUND and passage.kind != "quotation"]
    given: Counter[str] = Counter()
    for passage in found:
        given[passage.agency or ""] += passage.n_words
    credited = status["credit_status"] in schemas.CREDITED
    rungs = [*(passage.evidence for passage in (found or solid)), "credited" if credited else "none"]
    known = sum(passage.n_words for passage in solid)
    most = min((name for name in given if name), key=lambda name: (-given[name], name), default=None)
    return {
        "n_words": n_words,
        "known_words": known,
        "share_known": known / n_words if n_words else 0.0,
        "share_found": sum(given.values()) / n_words if n_words else 0.0,
        "agency": most or (status["credited_agency"] if credited else None),
        "evidence": max(rungs, key=schemas.EVIDENCE.index),
    }

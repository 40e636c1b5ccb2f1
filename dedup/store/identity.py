"""Which rows of the store are articles of their own: keys, versions of one article, addresses of one text."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import find

IDENTITY = ("article_id", "outlet", "is_wire", "url", "digest", "published_at", "serial", "file", "position")
"""Columns of KEPT that ``resolve`` reads."""

SHARED_BY_VERSIONS = 0.25
"""Share of the shorter text's word trigrams that the other has too, from which two texts are versions of one article.

Two unrelated articles share a few hundredths, whatever their subject; a text that was rewritten keeps more."""

MOST_SAVED = 20
"""Texts of one address above which it is no article's, but that of a list or of the whole site."""

_TRACKING = re.compile(
    r"(?:utm_\w+|at_\w+|mc_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|xtor|xtref|cmpid|ncid|ocid|_ga|_gl|ref_src|"
    r"srnd|smid|share_id|s_cid|wt_mc|xts|amp|outputtype)",
    re.IGNORECASE,
)
"""Parameters that say how a reader came to a page, not which page it is."""


_AMP = re.compile(r"/amp(?=/|$)|\.amp(?=\.html?$|$)", re.IGNORECASE)


def bare_address(url: str) -> str:
    """An address without what makes no other page of it.

    That is the scheme, "www.", the fragment, tracking parameters, the last slash, and what leads to its AMP form.
    """
    page, _, _ = url.strip().partition("#")
    page = re.sub(r"^https?://(?:www\.|amp\.|m\.)?", "", page, flags=re.IGNORECASE)
    path, mark, query = page.partition("?")
    path = _AMP.sub("", path)
    kept = [part for part in query.split("&") if part and not _TRACKING.fullmatch(part.partition("=")[0])]
    return path.rstrip("/") + (mark + "&".join(kept) if kept else "")


Version = tuple[dict, set]
"""A row and its word trigrams."""

Texts = Callable[[list[int]], list[str]]
"""Gives the texts of some rows, asked for only where one id has several."""


class Known:
    """Which rows the store holds, by their keys: 8 bytes an article.

    Among ten million articles two keys meet by chance in 3 stores out of a million.
    """

    def __init__(self, stored: list[np.ndarray]) -> None:
        self._known = np.sort(np.concatenate([np.zeros(0, np.uint64), *stored]))

    def new(self, keys: np.ndarray) -> np.ndarray:
        """(rows,) bool: the keys that neither the store nor an earlier call nor an earlier row has."""
        distinct, first = np.unique(keys, return_index=True)
        unknown = find(self._known, distinct) < 0
        added = distinct[unknown]
        self._known = np.insert(self._known, np.searchsorted(self._known, added), added)
        fresh = np.zeros(len(keys), bool)
        fresh[first[unknown]] = True
        return fresh


def with_keys(articles: pa.Table) -> pa.Table:
    """Articles as they are read -> with the column ``key`` of KEPT."""
    columns = (articles[name].to_pylist() for name in ("article_id", "outlet", "is_wire", "digest"))
    hashes = (
        int.from_bytes(
            blake2b(f"{article_id}\x1f{outlet or ''}\x1f{is_wire}\x1f{digest}".encode(), digest_size=8).digest(),
            "little",
        )
        for article_id, outlet, is_wire, digest in zip(*columns, strict=True)
    )
    return articles.append_column("key", pa.array(np.fromiter(hashes, np.uint64, articles.num_rows)))


class Resolved(NamedTuple):
    """The articles that the tables show, out of all rows of the store."""

    shown: np.ndarray
    """(articles,) int64, rows, sorted by article_id."""
    notes: dict[int, dict[str, Any]]
    """Row -> what else is known of the article: ``other_urls``, ``other_ids``, ``older_versions``."""
    rejects: pa.Table
    """REJECTS: rows whose id belongs to an article of another outlet."""
    older: int
    """Rows that a newer version stands for."""
    same_text: int
    """Rows that stand under another address of their outlet."""


def resolve(rows: pa.Table, texts: Texts) -> Resolved:
    """Say which of the kept rows are articles of their own. A function of the rows, whatever their order.

    ``rows`` has the columns IDENTITY.

    - One id at several outlets (or a dispatch and an article): a dispatch holds it before others, then the earliest,
      ties by the digest of the text. The others are rejected.
    - One id with several texts: versions of one article when the place in the file, the address or much of the text
      is the same; the newest is shown, the one of the latest date. Between equal or unknown dates the one that came
      last is newest: this alone depends on the order of arrival.
    - One id with texts that have nothing in common: other articles that happen to have the id (numbers that begin
      anew in every file, one name in two folders). They are rejected, the earliest stays.
    - One address of one outlet without an id of its own (a page that was saved twice): versions of one article when
      much of the text is the same, and no date of publication speaks against it. An address of more than
      ``MOST_SAVED`` texts is that of a list.
    - One text under several addresses of one outlet: one article with several addresses, the earliest shown, ties by
      id. An id that the input gave is never hidden, because others refer to it: it stays, and the earliest lists it.
    """
    alive = np.ones(rows.num_rows, bool)
    notes: dict[int, dict[str, Any]] = defaultdict(dict)
    refused: list[dict[str, Any]] = []
    order = pc.sort_indices(rows, [("article_id", "ascending"), ("serial", "ascending")]).to_numpy().astype(np.int64)
    for group in _runs_of_equal(rows["article_id"].take(pa.array(order))):
        members = order[group]
        facts = _facts(rows, members)
        by_outlet: dict[tuple, list[dict]] = defaultdict(list)
        for fact in facts:
            by_outlet[fact["outlet"], fact["is_wire"]].append(fact)
        lineages = [lineage for namesakes in by_outlet.values() for lineage in _versions(namesakes, texts, _is_version)]
        holder = min(lineages, key=_claim)
        for lineage in lineages:
            for fact in lineage:
                alive[fact["row"]] = False
                if lineage is not holder:
                    refused.append(_refusal(fact, holder[0]))
        _show_newest(holder, alive, notes)
    for members in _same_addresses(rows, alive):
        for lineage in _versions(_facts(rows, members), texts, _is_page_again):
            _show_newest(lineage, alive, notes)
    n_older = rows.num_rows - int(alive.sum()) - len(refused)
    same_text = 0
    for members in _same_texts(rows, alive):
        facts = rows.take(pa.array(members)).to_pylist()
        by_time = sorted(
            range(len(facts)), key=lambda at: (_time(facts[at]) is None, _date(facts[at]), facts[at]["article_id"])
        )
        first, others = by_time[0], by_time[1:]
        hidden = [at for at in others if facts[at]["article_id"].startswith(schemas.MADE_ID)]
        alive[members[hidden]] = False
        same_text += len(others)
        note = notes[int(members[first])]
        note["other_ids"] = sorted(facts[at]["article_id"] for at in others)
        note["other_urls"] = sorted({facts[at]["url"] for at in others} - {facts[first]["url"]})
    rejects = pa.Table.from_pylist(refused, schema=schemas.REJECTS)
    return Resolved(order[alive[order]], dict(notes), rejects, n_older, same_text)


def _facts(rows: pa.Table, members: np.ndarray) -> list[dict[str, Any]]:
    """What is known of some rows, and ``row``, where each stands."""
    facts = rows.take(pa.array(members)).to_pylist()
    return [{**fact, "row": row} for row, fact in zip(members.tolist(), facts, strict=True)]


def _show_newest(versions: list[dict], alive: np.ndarray, notes: dict[int, dict[str, Any]]) -> None:
    """Of the versions of one article, in the order of arrival, the newest is shown and lists the others."""
    newest = versions[0]
    for fact in versions[1:]:
        time, latest = _time(fact), _time(newest)
        if time is None or latest is None or time >= latest:
            newest = fact
    alive[[fact["row"] for fact in versions]] = False
    alive[newest["row"]] = True
    older = sorted((_date(fact), fact["digest"]) for fact in versions if fact is not newest)
    if older:
        told = [{"digest": digest, "published_at": date or None} for date, digest in older]
        notes[newest["row"]].setdefault("older_versions", []).extend(told)


def with_notes(extra: pa.ChunkedArray, notes: dict[int, dict[str, Any]]) -> pa.Array:
    """The column ``extra`` with the notes of some rows under the key "dedup"."""
    values = extra.to_pylist()
    for row, note in notes.items():
        told = {**json.loads(values[row] or "{}"), "dedup": note}
        values[row] = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return pa.array(values, pa.string())


def _claim(lineage: list[dict]) -> tuple:
    """Who holds an id: the smallest claim."""
    times = [_date(fact) for fact in lineage if _time(fact) is not None]
    return (
        not lineage[0]["is_wire"],
        not times,
        min(times, default=""),
        min(fact["digest"] for fact in lineage),
        lineage[0]["outlet"] or "",
    )


def _versions(namesakes: list[dict], texts: Texts, is_version: Callable[[Version, Version], bool]) -> list[list[dict]]:
    """Rows of one outlet and kind, and of one id or address -> the articles that they are versions of, each in the
    order of arrival."""
    if len({fact["digest"] for fact in namesakes}) == 1 or namesakes[0]["is_wire"]:
        return [namesakes]
    shown = texts([fact["row"] for fact in namesakes])
    articles: list[list[Version]] = []
    for fact, text in zip(namesakes, shown, strict=True):
        words = text.casefold().split()
        version = fact, {*zip(words, words[1:], words[2:], strict=False)}
        same = [article for article in articles if any(is_version(version, other) for other in article)]
        articles = [article for article in articles if article not in same]
        articles.append([*(other for article in same for other in article), version])
    return [sorted((fact for fact, _ in article), key=lambda fact: fact["serial"]) for article in articles]


def _is_version(version: Version, other: Version) -> bool:
    (fact, _), (other_fact, _) = version, other
    if (fact["file"], fact["position"]) == (other_fact["file"], other_fact["position"]):
        return True
    if fact["url"] and fact["url"] == other_fact["url"]:
        return True
    return _shares_much(version, other)


def _is_page_again(version: Version, other: Version) -> bool:
    """Whether two texts of one address are one article: a bulletin that is printed anew each day has other dates."""
    dates = {fact["published_at"] for fact, _ in (version, other)} - {None}
    return len(dates) < 2 and _shares_much(version, other)


def _shares_much(version: Version, other: Version) -> bool:
    (_, words), (_, other_words) = version, other
    return len(words & other_words) > SHARED_BY_VERSIONS * min(len(words), len(other_words))


def _refusal(fact: dict, holder: dict) -> dict[str, Any]:
    what = "with the text of another outlet" if fact["outlet"] else "that an article of an outlet has"
    if (fact["outlet"], fact["is_wire"]) == (holder["outlet"], holder["is_wire"]):
        what = "with a text that has nothing in common; make ids unique, or give no id"
    return {
        "file": fact["file"],
        "position": fact["position"],
        "article_id": fact["article_id"],
        "kept": False,
        "reason": f"duplicate id {fact['article_id']!r} {what}; the dispatch or the earlier one was kept",
    }


def _time(fact: dict) -> datetime | None:
    return fact["published_at"]


def _date(fact: dict) -> str:
    """A time as text that sorts; empty when unknown."""
    time = _time(fact)
    return "" if time is None else time.isoformat()


def _runs_of_equal(values: pa.ChunkedArray) -> list[slice]:
    """Stretches of two or more equal values of a sorted column."""
    column = values.combine_chunks()
    if len(column) < 2:
        return []
    same = pc.equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(same & ~np.r_[False, same[:-1]])
    ends = np.flatnonzero(same & ~np.r_[same[1:], False]) + 2
    return [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _same_addresses(rows: pa.Table, alive: np.ndarray) -> list[np.ndarray]:
    """Articles without an id of their own that share outlet and address and not the text; two or more each, sorted.

    Of one address are all that lead to its page, see ``bare_address``.
    """
    made = pc.starts_with(rows["article_id"], schemas.MADE_ID).fill_null(False).to_numpy()
    is_wire = rows["is_wire"].fill_null(False).to_numpy()
    among = np.flatnonzero(alive & made & ~is_wire & rows["url"].is_valid().to_numpy())
    pages = np.full(rows.num_rows, "", object)
    pages[among] = [bare_address(url) for url in rows["url"].take(pa.array(among)).to_pylist()]
    groups = _sharing(rows, alive & made & ~is_wire, pa.array(pages, pa.string()))
    digests = rows["digest"]
    return [
        group
        for group in groups
        if len(group) <= MOST_SAVED and pc.count_distinct(digests.take(pa.array(group))).as_py() > 1
    ]


def _same_texts(rows: pa.Table, alive: np.ndarray) -> list[np.ndarray]:
    """Rows that share outlet, kind and text, where all have an address; two or more each, sorted."""
    return _sharing(rows, alive, rows["digest"])


def _sharing(rows: pa.Table, among: np.ndarray, values: pa.Array | pa.ChunkedArray) -> list[np.ndarray]:
    """Those of some rows that share outlet, kind and a value, where all have an address; two or more each, sorted."""
    at = np.flatnonzero(among & rows["url"].is_valid().to_numpy() & rows["outlet"].is_valid().to_numpy())
    kind = pc.if_else(rows["is_wire"].fill_null(False), "w", "a")
    keys = pc.binary_join_element_wise(values, kind, rows["outlet"], "\x1f").take(pa.array(at))
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy()
    several = np.bincount(codes)[codes] > 1 if len(codes) else np.zeros(0, bool)
    at, codes = at[several], codes[several]
    groups: dict[int, list[int]] = defaultdict(list)
    for row, code in zip(at.tolist(), codes.tolist(), strict=True):
        groups[code].append(row)
    return [np.array(members) for members in groups.values()]

"""Articles, paragraphs -> credits: every mention of an agency and what it says.

The rules are data (``credit_rules.yaml``, explained at its head); this module only applies them. Text is
compared in a folded form that keeps one code point for one code point, so offsets into it are offsets into the
print. Each mention is seen through a window: the text around it, with the mention itself, the other agencies and
the outlet's own name replaced by one sign each, which is what ``{agency}``, ``{other}`` and ``{outlet}`` stand for.


Names and Wikidata ids of the historical agencies follow Marxen, Ehrmann and Boros, "Where Did the News Come From?
"""

from __future__ import annotations

import bisect
import functools
import re
from typing import NamedTuple

import pyarrow as pa

from dedup.credits.acronyms import is_spelled_out
from dedup.credits.expressions import runs
from dedup.credits.finder import Mention, find
from dedup.credits.letters import folded
from dedup.credits.places import candidates, metadata
from dedup.credits.rules import AGENCY, APART, CLIPPED, OTHER, OUTLET, Rule, Rules
from dedup.schemas import CREDITS

METADATA = -1
"""Paragraph number of a mention that stands in a metadata column."""

STRENGTH_OF_KIND = {"full": 1.0, "partial": 0.8, "in_text": 0.4, "quote_to_agency": 0.3, "photo": 0.0, "other": 0.05}
"""Strength of a mention whose kind a person corrected."""

BEFORE, AFTER = 200, 120
"""Code points of the window before and after a mention."""

CROWD = 16
"""Mentions inside the length of a window from which on the text is no prose but a list or noise: those in the middle
are not read, so that a text costs time by its length, whatever stands in it."""

SPELLED_OUT = "spelled_out"
"""Rule of letters that the article itself spells out as no agency: "Australian Federal Police (AFP)"."""

SIGN_OFF = 200
"""Code points at the end of a text in which a sign-off is looked for."""

SIGNED_LINE = r"[a-z]/[a-z]{2,4}[ .]*$"
"""What a line that may end with an editors' sign-off ends with, for RE2."""


def find_credits(articles: pa.Table, paragraphs: pa.Table, rules: Rules) -> pa.Table:
    """Find every mention of an agency and say what it is.

    ARTICLES, PARAGRAPHS -> CREDITS, sorted by article, paragraph and begin. A mention in a metadata column has
    paragraph -1 and offsets into the column's value.
    """
    rows: list[tuple] = []
    read = functools.cache(functools.partial(_classify, rules=rules))  # by-lines and stamps come again and again
    outlets = dict(zip(articles["article_id"].to_pylist(), articles["outlet"].to_pylist(), strict=True))
    for article_id, number, text, _, place in candidates(paragraphs, [*rules.hints, SIGNED_LINE]):
        rows.extend((article_id, number, *mention) for mention in read(text, place, outlets.get(article_id)))
    for article_id, value in metadata(articles, rules):
        found = read(value, frozenset(("metadata",)), outlets.get(article_id))
        rows.extend((article_id, METADATA, *mention) for mention in found)
    rows = _corrected(_without_acronyms(rows), rules)
    rows.sort(key=lambda row: row[:4])
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(CREDITS)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, CREDITS.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=CREDITS)


def _classify(text: str, place: frozenset[str], outlet: str | None, rules: Rules) -> list[tuple]:
    """Mentions of one text: begin, end, text, agency, wikidata, kind, strength, rule."""
    cased, offsets = folded(text)
    lower = cased.lower()
    mentions = find(cased, lower, rules)
    found = _judged(mentions, cased, lower, place, outlet, rules) if mentions else []
    if "last" in place and "metadata" not in place and not any(kind in ("full", "partial") for *_, kind, _, _ in found):
        found += _signed(cased, found, rules)
    rows = []
    for begin, end, agency, kind, strength, name in found:
        if offsets is not None:
            begin, end = offsets[begin], offsets[end - 1] + 1
        rows.append(
            (begin, end, text[begin:end], agency, rules.wikidata.get(agency) if agency else None, kind, strength, name)
        )
    return rows


def _signed(cased: str, found: list[tuple], rules: Rules) -> list[tuple]:
    """The editors' sign-off at the end of a text, when no mention lies in it."""
    rule = rules.sign_off
    for expression in rule.expressions:
        if signed := expression.pattern.search(cased, max(0, len(cased) - SIGN_OFF)):
            if any(begin < signed.end() and end > signed.start() for begin, end, *_ in found):
                return []
            begin, end = signed.span()
            while not cased[begin].isalnum():
                begin += 1
            while not cased[end - 1].isalnum():
                end -= 1
            return [(begin, end, rules.sign_off_agency, rule.kind, rule.strength, rule.name)]
    return []


def _without_acronyms(rows: list[tuple]) -> list[tuple]:
    """Letters that an article spells out as something else name it in the rest of the article; by-lines stay."""
    spelled = {(row[0], row[4]) for row in rows if row[-1] == SPELLED_OUT}
    return [
        (*row[:5], None, None, "other", 0.0, SPELLED_OUT)
        if (row[0], row[4]) in spelled and row[7] in ("in_text", "quote_to_agency", "other")
        else row
        for row in rows
    ]


# What is said of the mentions


class _View(NamedTuple):
    """A text with one sign for every mention."""

    text: str
    places: list[int]
    """Where the mentions' signs stand, in order."""


def _judged(
    mentions: list[Mention], cased: str, lower: str, place: frozenset[str], outlet: str | None, rules: Rules
) -> list[tuple]:
    """What the rules say of each mention: begin, end, agency, kind, strength, rule."""
    spans = [(mention.begin, mention.end) for mention in mentions if mention.agency]
    signs = sorted([(*span, OTHER) for span in spans] + [(*span, OUTLET) for span in _outlets(lower, outlet, spans)])
    views = _masked(lower, signs), _masked(cased, signs)
    lists = _lists(lower, spans)
    tried = tuple(rule for rule in rules.rules if rule.where in place)
    found: list[tuple] = []
    at = -1
    for mention in mentions:
        if mention.agency is None:
            found.append((mention.begin, mention.end, None, "other", 0.0, "collision"))
            continue
        at += 1
        if is_spelled_out(lower, cased[mention.begin : mention.end], mention.begin, mention.end):
            found.append((mention.begin, mention.end, None, "other", 0.0, SPELLED_OUT))
        elif _is_crowded(spans, at):
            found.append((mention.begin, mention.end, mention.agency, "other", 0.0, "crowd"))
        elif (rule := _decide(mention, at, views, lists[at], tried)) and rule.is_mention:
            agency = mention.agency if rule.is_agency else None
            found.append((mention.begin, mention.end, agency, rule.kind, rule.strength, rule.name))
    return found


def _is_crowded(spans: list[tuple[int, int]], at: int) -> bool:
    """Whether CROWD mentions and more stand around one within the length of a window."""
    first, last = at - CROWD // 2, at + CROWD // 2
    return first >= 0 and last < len(spans) and spans[last][0] - spans[first][0] <= BEFORE + AFTER


def _outlets(lower: str, outlet: str | None, mentions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where the outlet's own name stands, mentions of agencies apart."""
    name = folded(outlet)[0].lower().strip() if outlet else ""
    if len(name) < 2 or name not in lower:
        return []
    found = (match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", lower))
    begins = [begin for begin, _ in mentions]
    ends = [0, *(end for _, end in mentions)]
    return [(begin, end) for begin, end in found if ends[bisect.bisect_left(begins, end)] <= begin]


def _masked(text: str, signs: list[tuple[int, int, str]]) -> _View:
    """The text with one sign for every mention and every outlet's name."""
    parts, places, size, done = [], [], 0, 0
    for begin, end, sign in signs:
        parts += [text[done:begin], sign]
        size += begin - done
        if sign == OTHER:
            places.append(size)
        size += 1
        done = end
    parts.append(text[done:])
    return _View("".join(parts), places)


def _lists(lower: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last mention of the list that each mention stands in: what is said of one is said of all."""
    firsts = list(range(len(spans)))
    for at in range(1, len(spans)):
        if JOINED.fullmatch(lower, spans[at - 1][1], spans[at][0]):
            firsts[at] = firsts[at - 1]
    lasts = dict(zip(firsts, range(len(spans)), strict=True))
    return [(first, lasts[first]) for first in firsts]


def _decide(
    mention: Mention, at: int, views: tuple[_View, _View], listed: tuple[int, int], rules: tuple[Rule, ...]
) -> Rule | None:
    """The first rule that fits the mention; a rule is tried when its windows hold what it asks for."""
    lower, cased = views
    windows = [_window(lower, at, *listed), _window(cased, at, *listed)]
    windows.append(windows[0] if listed == (at, at) else _window(lower, at, at, at))
    held = [runs(windows[0])] * 3
    if listed != (at, at):
        held[APART] = runs(windows[APART])
    for rule in rules:
        if mention.level > rule.accepts or (rule.only and mention.agency not in rule.only):
            continue
        window = windows[rule.view]
        for expression in rule.expressions:
            if not any(map(held[rule.view].isdisjoint, expression.asked)) and expression.pattern.search(window):
                return rule
    return None


JOINED = re.compile(r" ?[/,;+&·|-] ?| (?:et|ou) (?:de )?(?:l'|la )?(?:agence )?")
"""What stands between agencies named in one breath."""


def _window(view: _View, at: int, first: int, last: int) -> str:
    """The text around a mention; those of its list, from ``first`` to ``last``, are one sign with it."""
    low, high = max(0, view.places[at] - BEFORE), view.places[at] + 1 + AFTER
    while view.places[first] < low:
        first += 1
    while view.places[last] >= high:
        last -= 1
    return "".join(
        (
            CLIPPED if low else "",
            view.text[low : view.places[first]],
            AGENCY,
            view.text[view.places[last] + 1 : high],
            CLIPPED if high < len(view.text) else "",
        )
    )


def _corrected(rows: list[tuple], rules: Rules) -> list[tuple]:
    """Apply the user's corrections to single mentions."""
    if not rules.mentions:
        return rows
    out = []
    for row in rows:
        change = rules.mentions.get(row[:3])
        if change is None:
            out.append(row)
        elif not change.get("drop"):
            article_id, number, begin, end, text, agency, wikidata, kind, strength, _ = row
            if "agency" in change:
                agency = change["agency"]
                wikidata = rules.wikidata.get(agency)
            if "kind" in change:
                kind, strength = change["kind"], STRENGTH_OF_KIND[change["kind"]]
            out.append((article_id, number, begin, end, text, agency, wikidata, kind, strength, "correction"))
    return out

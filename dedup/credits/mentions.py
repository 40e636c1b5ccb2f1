"""Articles, paragraphs -> credits: every mention of an agency, what it says, and one credit status an article.

Beside them the scars: what an agency's own formatting leaves in a text even when nobody names the agency.

The rules are data (``credit_rules.yaml``, explained at its head); this module only applies them. Text is
compared in a folded form that keeps one code point for one code point, so offsets into it are offsets into the
print. Each mention is seen through a window: the text around it, with the mention itself, the other agencies and
the outlet's own name replaced by one sign each, which is what ``{agency}``, ``{other}`` and ``{outlet}`` stand for.

Names and Wikidata ids of the historical agencies follow Marxen, Ehrmann and Boros, "Where Did the News Come From?
Detection of News Agency Releases in Historical Newspapers" (2023).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedup.schemas import CREDIT_KINDS, CREDIT_STATUSES, CREDITS
from dedup.text.french import fold_letter

SHIPPED = Path(__file__).parent / "credit_rules.yaml"

METADATA = -1
"""Paragraph number of a mention that stands in a metadata column."""

METADATA_COLUMNS = (
    "author",
    "authors",
    "auteur",
    "auteurs",
    "byline",
    "by_line",
    "byl",
    "signature",
    "dc_creator",
    "dc:creator",
    "dc.creator",
    "creator",
    "source",
    "sourceOrganization",
    "source_organization",
    "copyrightHolder",
    "copyright_holder",
    "copyright",
    "credit",
    "provider",
)
"""Columns of the input (in ARTICLES.extra) that can name an agency, in the order they are read."""

STATUS_OF_KIND = {
    "full": "credited_full",
    "partial": "credited_partial",
    "in_text": "in_text_only",
    "quote_to_agency": "in_text_only",
    "photo": "photo_only",
    "other": "none",
}
"""What the strongest mention makes of an article; CREDIT_STATUSES gives the precedence."""

STRENGTH_OF_KIND = {"full": 1.0, "partial": 0.8, "in_text": 0.4, "quote_to_agency": 0.3, "photo": 0.0, "other": 0.05}
"""Strength of a mention whose kind a person corrected."""

CREDIT_STATUS = pa.schema(
    [
        ("article_id", pa.string()),
        ("credit_status", pa.string()),
        ("credited_agency", pa.string()),
    ]
)

SCARS = pa.list_(pa.string())
"""Type of what an article keeps of an agency's own formatting."""

BEFORE, AFTER = 200, 120
"""Code points of the window before and after a mention."""

AGENCY, OTHER, OUTLET, CLIPPED = "\ue000", "\ue001", "\ue002", "ǃ"
"""Signs of the window: this mention, an other one, the article's outlet, the end of a window inside a line."""

NAMES, SHORT, STAMP = 0, 1, 2
"""How sure a name is by itself: anywhere, where a rule accepts it, in stamps only."""

LISTED, CASED, APART = 0, 1, 2
"""Views of a window: lower case with lists of agencies as one sign, the same with capitals, each agency apart."""

SIGNED_LINE = r"[a-z]/[a-z]{2,4}[ .]*$"
"""What a line that may end with an editors' sign-off ends with, for RE2."""

LEVELS = {"names": NAMES, "short": SHORT, "all": STAMP}
PLACES = ("text", "byline", "last", "edge", "inside", "caption", "metadata")
ASIDE = ("boilerplate", "embed", "caption")
"""Roles of paragraphs that may follow the last line of a text."""


class RulesError(ValueError):
    """A rule that cannot be used; the message starts with its file and line."""


@dataclass(frozen=True)
class Rule:
    """One rule: a mention in this place whose window matches is of this kind."""

    name: str
    kind: str
    strength: float
    pattern: re.Pattern[str]
    where: str = "text"
    view: int = LISTED
    accepts: int = NAMES
    is_agency: bool = True
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """The rules of a run, ready to use."""

    wikidata: dict[str, str | None]
    known: dict[str, list[tuple[str, int, str | None]]]  # letters of a name -> agency, level, the only printed form
    finder: re.Pattern[str]
    patterns: list[tuple[re.Pattern[str], str | None, int]]  # on the text with capitals; agency None: a collision
    near: dict[str, str]  # letters of a name -> agency, for near-misses of bad OCR
    hint: str  # for RE2: paragraphs without it hold no mention
    rules: tuple[Rule, ...]
    sign_off: Rule
    sign_off_agency: str
    scars: tuple[Scar, ...]
    mentions: dict[tuple[str, int, int], dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    nearest: dict[str, str | None] = field(default_factory=dict)  # words looked up in near so far


class Scar(NamedTuple):
    """One rule of a scar: a paragraph in this place that matches keeps something of an agency's own formatting."""

    name: str
    says: str
    """What was kept, for readers; each once an article."""
    hint: str
    """For RE2, on the print: paragraphs without it do not match."""
    pattern: re.Pattern[str]
    where: str
    is_cased: bool
    """Whether the pattern is for the folded text with its capitals."""


class Mention(NamedTuple):
    begin: int
    end: int
    agency: str | None
    level: int


def load_rules(path: Path | None = None) -> Rules:
    """Read the shipped rules and, on top of them, a YAML file of the user's own.

    Rules of the user are tried before the shipped ones; a rule with a shipped name replaces it in its place; an
    agency with a shipped name gets more names. A wrong entry raises RulesError with file and line.
    """
    return _shipped() if path is None else _build(_read(SHIPPED), _read(Path(path)))


@functools.cache
def _shipped() -> Rules:
    return _build(_read(SHIPPED))


def find_credits(articles: pa.Table, paragraphs: pa.Table, rules: Rules) -> pa.Table:
    """Find every mention of an agency and say what it is.

    ARTICLES, PARAGRAPHS -> CREDITS, sorted by article, paragraph and begin. A mention in a metadata column has
    paragraph -1 and offsets into the column's value.
    """
    rows: list[tuple] = []
    outlets = dict(zip(articles["article_id"].to_pylist(), articles["outlet"].to_pylist(), strict=True))
    for article_id, number, text, role, place in _candidates(paragraphs, [rules.hint, SIGNED_LINE]):
        found = _classify(text, role, place, outlets.get(article_id), rules)
        rows.extend((article_id, number, *mention) for mention in found)
    for article_id, value in _metadata(articles, rules):
        found = _classify(value, None, frozenset(("metadata",)), outlets.get(article_id), rules)
        rows.extend((article_id, METADATA, *mention) for mention in found)
    rows = _corrected(rows, rules)
    rows.sort(key=lambda row: row[:4])
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(CREDITS)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, CREDITS.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=CREDITS)


def credit_status(articles: pa.Table, credits: pa.Table, rules: Rules) -> pa.Table:
    """Settle one credit status an article: full before partial before in-text before photo before none.

    ARTICLES, CREDITS -> CREDIT_STATUS, in the order of the articles. A dispatch is ``credited_full`` to its own
    agency whatever it prints: it is the agency's text. ``credited_agency`` names the agencies of the full credits
    (then of the partial ones), joined by '/', null when there is none.
    """
    ranks: dict[str, int] = {}
    credited: dict[str, list[str]] = {}
    order = {status: rank for rank, status in enumerate(CREDIT_STATUSES)}
    columns = (credits[name].to_pylist() for name in ("article_id", "kind", "agency"))
    graded = sorted(zip(range(credits.num_rows), *columns, strict=True), key=lambda row: (row[2] != "full", row[0]))
    for _, article_id, kind, agency in graded:
        rank = order[STATUS_OF_KIND[kind]]
        ranks[article_id] = min(rank, ranks.get(article_id, rank))
        names = credited.setdefault(article_id, [])
        if kind in ("full", "partial") and agency and agency not in names:
            names.append(agency)
    ids = articles["article_id"].to_pylist()
    statuses, agencies = [], []
    wires, owners = articles["is_wire"].to_pylist(), articles["agency"].to_pylist()
    for article_id, is_wire, agency in zip(ids, wires, owners, strict=True):
        settled = rules.statuses.get(article_id)
        if settled is not None:
            statuses.append(settled["status"])
            named = settled.get("agency") or "/".join(credited.get(article_id, ())) or None
            agencies.append(named if settled["status"].startswith("credited") else None)
        elif is_wire:
            statuses.append("credited_full")
            agencies.append(agency)
        else:
            statuses.append(CREDIT_STATUSES[ranks.get(article_id, len(CREDIT_STATUSES) - 1)])
            agencies.append("/".join(credited.get(article_id, ())) or None)
    arrays = [pa.array(column, pa.string()) for column in (ids, statuses, agencies)]
    return pa.Table.from_arrays(arrays, schema=CREDIT_STATUS)


def find_scars(articles: pa.Table, paragraphs: pa.Table, rules: Rules) -> pa.Array:
    """Say what each article keeps of an agency's own formatting; a scar is no credit and leaves the status alone.

    ARTICLES, PARAGRAPHS -> list<string>, in the order of the articles: what each rule that fits says, in the order of
    the rules, empty for most articles. What was set apart from the text (captions, posts, boilerplate) is not read.
    """
    hint = "|".join(f"(?:{scar.hint})" for scar in rules.scars)
    read = [row for row in _candidates(paragraphs, [hint]) if row[3] not in ASIDE]
    texts = pa.array([text for _, _, text, _, _ in read], pa.string())
    folded = functools.cache(lambda row: _folded(read[row][2])[0])
    found: dict[str, dict[str, None]] = {}
    for scar in rules.scars:
        for row in pc.indices_nonzero(pc.match_substring_regex(texts, scar.hint)).to_pylist():
            article_id, _, _, _, place = read[row]
            text = folded(row) if scar.is_cased else folded(row).lower()
            if scar.where in place and scar.pattern.search(text):
                found.setdefault(article_id, {})[scar.says] = None
    return pa.array([list(found.get(article_id, ())) for article_id in articles["article_id"].to_pylist()], SCARS)


# Which paragraphs to read, and where they stand


def _candidates(paragraphs: pa.Table, hints: list[str]) -> Iterator[tuple[str, int, str, str | None, frozenset[str]]]:
    """Paragraphs in which one of the hints is found, with their number, role and place in the article."""
    if not paragraphs.num_rows:
        return
    texts = paragraphs["text"]
    wanted = functools.reduce(pc.or_, (pc.match_substring_regex(texts, hint) for hint in hints))
    chosen = paragraphs.select(["article_id", "paragraph", "text", "role"]).filter(pc.fill_null(wanted, False))
    if not chosen.num_rows:
        return
    mine = paragraphs.select(["article_id", "paragraph", "role"])
    mine = mine.filter(pc.is_in(mine["article_id"], pc.unique(chosen["article_id"])))
    mine = mine.filter(pc.invert(pc.is_in(mine["role"], pa.array(ASIDE))))
    ends = mine.group_by("article_id").aggregate([("paragraph", "max")])
    last = dict(zip(ends["article_id"].to_pylist(), ends["paragraph_max"].to_pylist(), strict=True))
    chosen = chosen.to_pydict()
    for article_id, number, text, role in zip(*chosen.values(), strict=True):
        yield article_id, number, text, role, _place(number, last.get(article_id, number), role)


def _place(number: int, last: int, role: str | None) -> frozenset[str]:
    places = {"text"}
    if number <= 2:
        places.add("byline")
    if number >= last:
        places.add("last")
    places.add("edge" if number <= 2 or number >= last - 2 else "inside")
    if role == "caption":
        places.add("caption")
    return frozenset(places)


def _metadata(articles: pa.Table, rules: Rules) -> Iterator[tuple[str, str]]:
    """Values of metadata columns that may hold a mention; the same value twice is read once."""
    extra = articles["extra"]
    wanted = pc.fill_null(pc.match_substring_regex(extra, rules.hint), False)
    chosen = articles.select(["article_id", "extra"]).filter(wanted)
    for article_id, text in zip(chosen["article_id"].to_pylist(), chosen["extra"].to_pylist(), strict=True):
        columns = json.loads(text)
        values = (_names_of(columns[name]) for name in METADATA_COLUMNS if name in columns)
        for value in dict.fromkeys(value for value in values if value):
            yield article_id, value


def _names_of(value: Any) -> str:
    """A metadata value as text: a string, a JSON-LD object with a name, or a list of them."""
    if isinstance(value, dict):
        return _names_of(value.get("name"))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_names_of, value)))
    return value if isinstance(value, str) else ""


# One paragraph


def _classify(text: str, role: str | None, place: frozenset[str], outlet: str | None, rules: Rules) -> list[tuple]:
    """Mentions of one text: begin, end, text, agency, wikidata, kind, strength, rule."""
    cased, offsets = _folded(text)
    lower = cased.lower()
    mentions = _find(cased, lower, rules)
    found: list[tuple[int, int, str | None, str, float, str]] = []
    if mentions:
        spans = [(mention.begin, mention.end) for mention in mentions if mention.agency]
        signs = _outlet_spans(lower, outlet, spans)
        views = (_masked(lower, spans, signs), _masked(cased, spans, signs))
        at = 0
        for mention in mentions:
            if mention.agency is None:
                found.append((mention.begin, mention.end, None, "other", 0.0, "collision"))
                continue
            rule = _decide(mention, at, views, place, rules)
            at += 1
            if rule is not None:
                agency = mention.agency if rule.is_agency else None
                found.append((mention.begin, mention.end, agency, rule.kind, rule.strength, rule.name))
    if "last" in place and "metadata" not in place and not any(kind in ("full", "partial") for *_, kind, _, _ in found):
        signed = rules.sign_off.pattern.search(cased)
        if signed and not any(begin < signed.end() and end > signed.start() for begin, end, *_ in found):
            rule = rules.sign_off
            begin, end = _trimmed(cased, *signed.span())
            found.append((begin, end, rules.sign_off_agency, rule.kind, rule.strength, rule.name))
    rows = []
    for begin, end, agency, kind, strength, name in found:
        if offsets is not None:
            begin, end = offsets[begin], offsets[end - 1] + 1
        rows.append(
            (begin, end, text[begin:end], agency, rules.wikidata.get(agency) if agency else None, kind, strength, name)
        )
    return rows


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    while not text[begin].isalnum():
        begin += 1
    while not text[end - 1].isalnum():
        end -= 1
    return begin, end


def _find(cased: str, lower: str, rules: Rules) -> list[Mention]:
    """Names in a folded text, in order, none inside another."""
    found: list[Mention] = []
    for pattern, agency, level in rules.patterns:
        for match in pattern.finditer(cased):
            begin, end = match.span(1)
            if _stands_alone(cased, begin, end) or (level == NAMES and _is_glued(cased, begin, end)):
                found.append(Mention(begin, end, agency, level))
    taken = [mention[:2] for mention in found]
    match = rules.finder.search(lower)
    while match:
        begin, end = match.span()
        known = None if any(begin < stop and end > start for start, stop in taken) else _known(cased[begin:end], rules)
        if known:
            found.append(Mention(begin, end, *known))
        match = rules.finder.search(lower, end if known else begin + 1)
    taken = [mention[:2] for mention in found]
    found.extend(_near_misses(cased, taken, rules))
    found.sort()
    return _joined(found, lower)


def _known(name: str, rules: Rules) -> tuple[str, int] | None:
    """Agency and level of a name as it is printed; None when the name counts in other letters only."""
    letters = _letters(name)
    for agency, level, form in rules.known[letters.lower()]:
        if form is None or form == letters:
            return agency, level
    return None


def _stands_alone(text: str, begin: int, end: int) -> bool:
    return not (text[begin - 1 : begin].isalnum() or text[end : end + 1].isalnum())


def _is_glued(text: str, begin: int, end: int) -> bool:
    """True when a lost line break runs the name into its neighbour; the change of case betrays it."""
    before, after = text[begin - 1 : begin], text[end : end + 2]
    return (not before.isalnum() or before.islower()) and (
        not after[:1].isalnum() or (after[:1].isupper() and after[1:].islower())
    )


def _joined(mentions: list[Mention], lower: str) -> list[Mention]:
    """A long name with its short form in brackets, "Agence France-Presse (AFP)", is one mention."""
    out: list[Mention] = []
    for mention in mentions:
        if out and out[-1].agency == mention.agency is not None:
            between = lower[out[-1].end : mention.begin]
            if between in (" (", "(") and lower[mention.end : mention.end + 1] == ")":
                level = min(out[-1].level, mention.level)
                out[-1] = Mention(out[-1].begin, mention.end + 1, mention.agency, level)
                continue
        out.append(mention)
    return out


NEAR = re.compile(r"(?:[(\[{] ?|(?<=[\d.,] )- ?|(?<=[\d.,])- ?)([^\W\d_][\w' ]{2,18}?)(?= ?[.,]* ?(?:[)\]}]|-))")
"""A word straight after the bracket or dash of a dateline."""


def _near_misses(cased: str, taken: list[tuple[int, int]], rules: Rules) -> Iterator[Mention]:
    for match in NEAR.finditer(cased):
        begin, end = match.span(1)
        if not any(begin < stop and end > start for start, stop in taken):
            agency = _nearest(_letters(match[1]).lower(), rules)
            if agency:
                yield Mention(begin, end, agency, STAMP)


def _nearest(word: str, rules: Rules) -> str | None:
    """Agency whose name is one letter away (two for nine letters and more; none for acronyms)."""
    if word not in rules.nearest:
        names = (name for name in sorted(rules.near) if len(name) >= 5 and abs(len(name) - len(word)) <= 1)
        close = (name for name in names if _distance(name, word) <= 1 + (len(name) >= 9))
        rules.nearest[word] = rules.near.get(word) or rules.near.get(next(close, ""))
    return rules.nearest[word]


def _distance(left: str, right: str) -> int:
    """Edit distance (Levenshtein 1966): insertions, deletions and substitutions of one letter."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row = row, [i]
        for j, b in enumerate(right, 1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b)))
    return row[-1]


def _outlet_spans(lower: str, outlet: str | None, mentions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    name = _folded(outlet)[0].lower().strip() if outlet else ""
    if len(name) < 2:
        return []
    found = (match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", lower))
    return [(begin, end) for begin, end in found if not any(begin < stop and end > start for start, stop in mentions)]


def _masked(text: str, mentions: list[tuple[int, int]], outlets: list[tuple[int, int]]) -> tuple[str, list[int]]:
    """The text with one sign for every mention, and where the mentions' signs stand."""
    parts, places, size, done = [], [], 0, 0
    for begin, end, sign in sorted([(*span, OTHER) for span in mentions] + [(*span, OUTLET) for span in outlets]):
        parts += [text[done:begin], sign]
        size += begin - done
        if sign == OTHER:
            places.append(size)
        size += 1
        done = end
    parts.append(text[done:])
    return "".join(parts), places


def _decide(
    mention: Mention, at: int, views: tuple[tuple[str, list[int]], ...], place: frozenset[str], rules: Rules
) -> Rule | None:
    (lower, places), (cased, cased_places) = views
    apart = _window(lower, places[at])
    windows = (LIST.sub(AGENCY, apart), LIST.sub(AGENCY, _window(cased, cased_places[at])), apart)
    for rule in rules.rules:
        if (
            rule.where in place
            and mention.level <= rule.accepts
            and (not rule.only or mention.agency in rule.only)
            and rule.pattern.search(windows[rule.view])
        ):
            return rule
    return None


JOINED = r"(?: ?[/,;+&·|-] ?| (?:et|ou) (?:de )?(?:l'|la )?(?:agence )?)"
LIST = re.compile(f"(?:{OTHER}{JOINED})*{AGENCY}(?:{JOINED}{OTHER})*", re.IGNORECASE)
"""Agencies named in one breath: what is said of one is said of all."""


def _window(text: str, at: int) -> str:
    first, last = max(0, at - BEFORE), at + 1 + AFTER
    return "".join(
        (CLIPPED if first else "", text[first:at], AGENCY, text[at + 1 : last], CLIPPED if last < len(text) else "")
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


# Folding: one code point for one code point

TYPOGRAPHY = {
    **dict.fromkeys("’‘ʼ′´`‛ʹ＇", "'"),
    **dict.fromkeys("“”„‟«»‹›″＂", '"'),
    **dict.fromkeys("–—―‒−‐‑﹣－¬", "-"),
    "⁄": "/",
    "＠": "@",
    "＃": "#",
}


UNUSUAL = re.compile(r"[^\x21-\x5f\x61-\x7e ]")
"""What folding may change; the rest is letters, digits and signs of ASCII."""

SKIPPED = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Combining marks, soft hyphens, zero-width code points: read as if they were not there."""


ACCENTED = re.compile(r"[^\W\d_a-zA-Z]")


@functools.cache
def _fold_point(letter: str) -> str:
    """Fold one code point to one code point."""
    if letter in TYPOGRAPHY:
        return TYPOGRAPHY[letter]
    if letter.isspace():
        return " "
    if not letter.isalpha():
        return letter
    folded = fold_letter(letter)
    folded = folded.upper() if letter.isupper() else folded
    return folded if len(folded) == len(folded.lower()) == 1 else ("X" if letter.isupper() else "x")


def _folded(text: str) -> tuple[str, list[int] | None]:
    """Fold typography and accents, keep capitals. Offsets are given only when code points had to be skipped."""
    if not SKIPPED.search(text):
        return UNUSUAL.sub(_fold_match, text), None
    offsets = [at for at, letter in enumerate(text) if not SKIPPED.match(letter)]
    return UNUSUAL.sub(_fold_match, "".join(text[at] for at in offsets)), offsets


def _fold_match(match: re.Match[str]) -> str:
    return _fold_point(match[0])


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name)


# Reading the rules

AGENCY_KEYS = {"name", "wikidata", "names", "short", "stamp", "patterns", "ocr", "glued"}
RULE_KEYS = {"name", "kind", "strength", "where", "case", "apart", "accepts", "agency", "only", "match"}
CORRECTION_KEYS = {"article_id", "paragraph", "begin", "kind", "agency", "drop", "status"}
SCAR_KEYS = {"name", "says", "where", "case", "hint", "match"}
TOP_KEYS = {"agencies", "collisions", "words", "rules", "sign_off", "scars", "corrections"}
SIGNS = {"agency": AGENCY, "other": OTHER, "outlet": OUTLET}


class _Entry(dict):
    """A mapping of the file that knows its lines."""

    file: str
    line: int
    lines: dict[str, int]

    def error(self, message: str, key: str | None = None, offset: int = 0) -> RulesError:
        line = self.lines.get(key, self.line) if key else self.line
        return RulesError(f"{self.file}:{line + offset}: {message}")


def _read(path: Path) -> _Entry:
    import yaml

    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise RulesError(f"{path}:0: expected a YAML file of rules, could not read it: {error.strerror}") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        entry = _entry(node, loader, str(path)) if node is not None else _blank(str(path))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise RulesError(f"{path}:{line}: {error.problem}") from None
    finally:
        loader.dispose()
    if not isinstance(entry, _Entry):
        raise RulesError(f"{path}:1: expected a mapping with {', '.join(sorted(TOP_KEYS))}")
    _known_keys(entry, TOP_KEYS)
    return entry


def _entry(node: Any, loader: Any, file: str) -> Any:
    if node.id == "mapping":
        entry = _blank(file, node.start_mark.line + 1)
        for key, value in node.value:
            entry[key.value] = _entry(value, loader, file)
            entry.lines[key.value] = key.start_mark.line + 1
        return entry
    if node.id == "sequence":
        return [_entry(part, loader, file) for part in node.value]
    return loader.construct_object(node)


def _blank(file: str, line: int = 1) -> _Entry:
    entry = _Entry()
    entry.file, entry.line, entry.lines = file, line, {}
    return entry


def _known_keys(entry: _Entry, allowed: set[str]) -> None:
    for key in entry:
        if key not in allowed:
            raise entry.error(f"unknown key '{key}', expected one of {', '.join(sorted(allowed))}", key)


def _build(*files: _Entry) -> Rules:
    wikidata: dict[str, str | None] = {}
    known: dict[str, list[tuple[str, int, str | None]]] = {}
    near: dict[str, str] = {}
    finders: dict[str, str] = {}
    hints: list[str] = []
    patterns: list[tuple[re.Pattern[str], str | None, int]] = []
    words: dict[str, str] = {}
    rules: list[Rule] = []
    scars: dict[str, Scar] = {}
    sign_off = None
    mentions: dict[tuple[str, int, int], dict[str, Any]] = {}
    statuses: dict[str, dict[str, Any]] = {}
    for file in files:
        for line, source in _lines(file, "collisions"):
            patterns.append((_searchable(source, file.file, line), None, STAMP))
            hints.append(source)
        for agency in _entries(file, "agencies", AGENCY_KEYS):
            _add_agency(agency, wikidata, known, near, finders, hints, patterns)
        _add_words(file, words)
        rules = _with_rules(rules, [_rule(entry, words) for entry in _entries(file, "rules", RULE_KEYS)])
        scars |= {scar.name: scar for scar in (_scar(entry, words) for entry in _entries(file, "scars", SCAR_KEYS))}
        if "sign_off" in file:
            sign_off = file["sign_off"]
            _known_keys(sign_off, RULE_KEYS)
    for file in files:
        for entry in _entries(file, "corrections", CORRECTION_KEYS):
            _add_correction(entry, wikidata, mentions, statuses)
    patterns.sort(key=lambda pattern: pattern[1] is not None)
    hint = "|".join(dict.fromkeys(hints))
    hint += r"|\d[., ]*(?:\pL+[., ]*)?[\p{Pd} ]*[(\[{] ?\pL|[\d.,] ?\p{Pd} ?\pL{5,9}[.]? ?\p{Pd}" if near else ""
    finder = "|".join(finders[key] for key in sorted(finders, key=lambda key: (-len(key), key)))
    signed = _rule(sign_off, words, name="sign_off", needs_agency=False)
    return Rules(
        wikidata=wikidata,
        known=known,
        finder=re.compile(rf"(?<!\w)(?:{finder})(?!\w)"),
        patterns=patterns,
        near=near,
        hint=hint,
        rules=tuple(rules),
        sign_off=signed,
        sign_off_agency=sign_off["agency"],
        scars=tuple(scars.values()),
        mentions=mentions,
        statuses=statuses,
    )


def _entries(file: _Entry, key: str, allowed: set[str]) -> Iterator[_Entry]:
    entries = file.get(key) or []
    if not isinstance(entries, list):
        raise file.error(f"expected a list under '{key}'", key)
    for entry in entries:
        if not isinstance(entry, _Entry):
            raise file.error(f"expected mappings under '{key}', got {entry!r}", key)
        _known_keys(entry, allowed)
        yield entry


def _lines(entry: _Entry, key: str) -> Iterator[tuple[int, str]]:
    """Lines of a text block with their line in the file; empty ones are left out."""
    text = entry.get(key) or ""
    if not isinstance(text, str):
        raise entry.error(f"expected text under '{key}', one expression a line, got {text!r}", key)
    block = "\n" in text
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            yield entry.lines[key] + (number + 1 if block else 0), line.strip(" ") if not block else line


def _add_agency(
    entry: _Entry, wikidata: dict, known: dict, near: dict, finders: dict, hints: list, patterns: list
) -> None:
    agency = entry.get("name")
    if not isinstance(agency, str):
        raise entry.error("an agency needs a name")
    given = entry.get("wikidata")
    if given is not None and not re.fullmatch(r"Q\d+", str(given)):
        raise entry.error(f"expected a Wikidata id such as Q40464, got {given!r}", "wikidata")
    wikidata[agency] = given or wikidata.get(agency)
    for key, level in (("names", NAMES), ("short", SHORT), ("stamp", STAMP)):
        for name in entry.get(key) or []:
            if not isinstance(name, str) or not _letters(name):
                raise entry.error(f"expected names with letters, got {name!r}", key)
            folded = _folded(name)[0]
            letters = _letters(folded)
            form = None if level == NAMES else letters
            known.setdefault(letters.lower(), []).append((agency, level, form))
            # of several spellings of one name the widest pattern: capitals may have dots
            finders[folded.lower()] = max(finders.get(folded.lower(), ""), _name_pattern(folded), key=len)
            if entry.get("glued") and level == NAMES:
                patterns.append((re.compile(f"({re.escape(folded)})"), agency, level))
            hints.append(_name_hint(name, level, bool(entry.get("glued"))))
            if (entry.get("ocr") and len(letters) >= 5) or (letters.isupper() and len(letters) >= 3):
                near[letters.lower()] = agency
    for line, source in _lines(entry, "patterns"):
        patterns.append((_searchable(source, entry.file, line), agency, STAMP))
        hints.append(source)


def _name_pattern(name: str) -> str:
    """A name in folded lower case: spaces and hyphens stand for one another, acronyms may have dots."""
    parts = [re.escape(part) for part in re.split(r"[ .-]+", name.lower()) if part]
    spelled = r"[ .-]{1,3}".join(parts)
    if name.isupper() and name.isalpha() and len(name) <= 5:
        spelled += "|" + r"\. ?".join(name.lower()) + r"\."
    return spelled


def _name_hint(name: str, level: int, glued: bool) -> str:
    """The name for RE2, on text that is not folded: a little wider than the finder."""
    spelled = ".{1,3}".join(re.sub(r"[^a-zA-Z0-9]", ".{1,2}", part) for part in re.split(r"[ .-]+", name) if part)
    if name.isupper() and name.isalpha() and len(name) <= 5:
        spelled = f"{spelled}|" + r"\. ?".join(name)
    spelled = f"(?i:{spelled})" if level == NAMES else f"(?:{spelled})"
    return spelled if glued else rf"\b{spelled}(?:\b|_)"


def _searchable(expression: str, file: str, line: int) -> re.Pattern[str]:
    """An expression with the name in its only group; RE2 must know it too."""
    pattern = _compiled(expression, file, line)
    if pattern.groups != 1:
        raise RulesError(f"{file}:{line}: expected the name in one pair of brackets, got {pattern.groups}")
    try:
        pc.match_substring_regex(pa.array([""]), expression)
    except pa.ArrowInvalid as error:
        raise RulesError(f"{file}:{line}: cannot be searched for: {error}") from None
    return pattern


def _add_words(file: _Entry, words: dict[str, str]) -> None:
    listed = file.get("words")
    if listed is None:
        return
    if not isinstance(listed, _Entry):
        raise file.error("expected a mapping under 'words'", "words")
    for name in listed:
        choices = []
        for line, source in _lines(listed, name):
            choices.append(_expanded(source, words, listed.file, line))
        words[name] = f"(?:{'|'.join(choices)})"


def _expanded(source: str, words: dict[str, str], file: str, line: int) -> str:
    """Fold an expression and put in the signs and word lists that it quotes."""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name in SIGNS:
            return SIGNS[name]
        if name not in words:
            raise RulesError(f"{file}:{line}: unknown word list '{{{name}}}'")
        return words[name]

    folded = ACCENTED.sub(_fold_match, source)
    return re.sub(r"\{([a-z_]+)\}", put, folded)


def _lowered(expression: str) -> str:
    return re.sub(r"\\.|[A-Z]", lambda match: match[0] if match[0][0] == "\\" else match[0].lower(), expression)


def _compiled(expression: str, file: str, line: int) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise RulesError(f"{file}:{line}: not a regular expression: {error}") from None


def _rule(entry: _Entry, words: dict[str, str], name: str | None = None, needs_agency: bool = True) -> Rule:
    name = name or entry.get("name")
    if not isinstance(name, str):
        raise entry.error("a rule needs a name")
    kind = entry.get("kind")
    if kind not in CREDIT_KINDS:
        raise entry.error(f"rule '{name}': expected kind to be one of {', '.join(CREDIT_KINDS)}, got {kind!r}", "kind")
    strength = entry.get("strength", 0.5)
    if isinstance(strength, bool) or not isinstance(strength, int | float) or not 0 <= strength <= 1:
        raise entry.error(f"rule '{name}': expected strength from 0 to 1, got {strength!r}", "strength")
    where = _where(entry, name)
    accepts = entry.get("accepts", "all" if kind in ("full", "partial", "photo") else "names")
    if accepts not in LEVELS:
        raise entry.error(
            f"rule '{name}': expected accepts to be one of {', '.join(LEVELS)}, got {accepts!r}", "accepts"
        )
    return Rule(
        name=name,
        kind=kind,
        strength=float(strength),
        pattern=_pattern(entry, name, words, needs_agency),
        where=where,
        view=APART if entry.get("apart") else CASED if entry.get("case") else LISTED,
        accepts=LEVELS[accepts],
        is_agency=entry.get("agency") != "none",
        only=frozenset(entry.get("only") or ()),
    )


def _scar(entry: _Entry, words: dict[str, str]) -> Scar:
    for key in ("name", "says", "hint"):
        if not isinstance(entry.get(key), str):
            raise entry.error(f"a scar needs {key}", key)
    name, hint = entry["name"], entry["hint"]
    try:
        pc.match_substring_regex(pa.array([""]), hint)
    except pa.ArrowInvalid as error:
        raise entry.error(f"scar '{name}': cannot be searched for: {error}", "hint") from None
    pattern = _pattern(entry, name, words, needs_agency=False)
    return Scar(name, entry["says"], hint, pattern, _where(entry, name), bool(entry.get("case")))


def _where(entry: _Entry, name: str) -> str:
    where = entry.get("where", "text")
    if where not in PLACES:
        raise entry.error(f"rule '{name}': expected where to be one of {', '.join(PLACES)}, got {where!r}", "where")
    return where


def _pattern(entry: _Entry, name: str, words: dict[str, str], needs_agency: bool) -> re.Pattern[str]:
    """The expressions under ``match`` as one."""
    choices = []
    for line, source in _lines(entry, "match"):
        if needs_agency and "{agenc" not in source:
            raise RulesError(f"{entry.file}:{line}: rule '{name}': the expression names no {{agency}}")
        expression = _expanded(source, words, entry.file, line)
        choices.append((line, expression if entry.get("case") else _lowered(expression)))
    if not choices:
        raise entry.error(f"rule '{name}': expected at least one expression under 'match'")
    try:
        return re.compile("|".join(expression for _, expression in choices))
    except re.error:
        for line, expression in choices:
            _compiled(expression, entry.file, line)
        raise


def _with_rules(rules: list[Rule], added: list[Rule]) -> list[Rule]:
    """Rules of a further file: in the place of the one they are named after, else before all."""
    named = {rule.name: rule for rule in added}
    kept = [named.pop(rule.name, rule) for rule in rules]
    return [rule for rule in added if rule.name in named] + kept


def _add_correction(entry: _Entry, wikidata: dict[str, str | None], mentions: dict, statuses: dict) -> None:
    if "article_id" not in entry:
        raise entry.error("a correction needs an article_id")
    article_id = str(entry["article_id"])
    agency = entry.get("agency")
    if agency is not None and agency not in wikidata and "status" not in entry:
        raise entry.error(f"unknown agency {agency!r}; add it under 'agencies'", "agency")
    if "kind" in entry and entry["kind"] not in CREDIT_KINDS:
        raise entry.error(f"expected kind to be one of {', '.join(CREDIT_KINDS)}, got {entry['kind']!r}", "kind")
    if "status" in entry:
        if entry["status"] not in CREDIT_STATUSES:
            raise entry.error(
                f"expected status to be one of {', '.join(CREDIT_STATUSES)}, got {entry['status']!r}", "status"
            )
        statuses[article_id] = dict(entry)
    elif isinstance(entry.get("paragraph"), int) and isinstance(entry.get("begin"), int):
        mentions[article_id, entry["paragraph"], entry["begin"]] = dict(entry)
    else:
        raise entry.error("a correction needs a status, or the paragraph and begin of a mention, as numbers")

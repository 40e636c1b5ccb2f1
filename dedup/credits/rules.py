"""credit_rules.yaml and a file of the user -> Rules: names, expressions and corrections, ready to use."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from dedup.credits.expressions import Expression
from dedup.credits.letters import ACCENTED, fold_match, folded, letters
from dedup.credits.rulefile import Entry, RulesError, entries, known_keys, lines, read_file
from dedup.schemas import CREDIT_KINDS, CREDIT_STATUSES

T = TypeVar("T")

SHIPPED = tuple(Path(__file__).parent / f"credit_rules{which}.yaml" for which in ("", "_abroad"))
"""The shipped rules; those of the second file are tried first."""

AGENCY, OTHER, OUTLET, CLIPPED = "\ue000", "\ue001", "\ue002", "ǃ"
"""Signs of the window: this mention, another one, the article's outlet, the end of a window inside a line."""

NAMES, SHORT, STAMP = 0, 1, 2
"""How sure a name is by itself: anywhere, where a rule accepts it, in stamps only."""

LISTED, CASED, APART = 0, 1, 2
"""Views of a window: lower case with lists of agencies as one sign, the same with capitals, each agency apart."""

LEVELS = {"names": NAMES, "short": SHORT, "all": STAMP}
PLACES = ("text", "byline", "head", "last", "edge", "inside", "caption", "metadata")

AGENCY_KEYS = {"name", "wikidata", "names", "short", "stamp", "patterns", "ocr", "glued"}
RULE_KEYS = {"name", "kind", "strength", "where", "case", "apart", "accepts", "agency", "only", "match"}
CORRECTION_KEYS = {"article_id", "paragraph", "begin", "kind", "agency", "drop", "status"}
SCAR_KEYS = {"name", "says", "where", "case", "hint", "match"}
HINTS = 60
"""Names in one expression for RE2: with twice as many its automaton outgrows its memory and is forty times slower."""

FEW = 8
"""Runs that are quicker looked for one by one than the expression itself."""

SIGNS = {"agency": AGENCY, "other": OTHER, "outlet": OUTLET}


class NamePattern(NamedTuple):
    """An expression that finds a name, which is its only group."""

    pattern: re.Pattern[str]
    agency: str | None
    """None for a collision."""
    level: int
    asked: tuple[frozenset[str], ...]
    """A text that holds, in lower case, no run of one of these sets does not match."""


@dataclass(frozen=True)
class Rule:
    """One rule: a mention in this place whose window matches is of this kind."""

    name: str
    kind: str
    strength: float
    expressions: tuple[Expression, ...]
    where: str = "text"
    view: int = LISTED
    accepts: int = NAMES
    is_agency: bool = True
    is_mention: bool = True
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """The rules of a run, ready to use."""

    wikidata: dict[str, str | None]
    known: dict[str, list[tuple[str, int, str | None]]]  # letters of a name -> agency, level, the only printed form
    finder: re.Pattern[str]
    patterns: list[NamePattern]  # on the text with capitals
    runs: frozenset[str]  # that the patterns ask for
    near: tuple[tuple[str, str], ...]  # letters of a name, agency, for near-misses of bad OCR; sorted
    hints: tuple[str, ...]  # for RE2: paragraphs without any hold no mention
    rules: tuple[Rule, ...]
    sign_off: Rule
    sign_off_agency: str
    scars: tuple[Scar, ...]
    mentions: dict[tuple[str, int, int], dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)


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


def load_rules(path: Path | None = None) -> Rules:
    """Read the shipped rules and, on top of them, a YAML file of the user's own.

    Rules of the user are tried before the shipped ones; a rule with a shipped name replaces it in its place; an
    agency with a shipped name gets more names. A wrong entry raises RulesError with file and line.
    """
    return _shipped() if path is None else _build(*map(read_file, SHIPPED), read_file(Path(path)))


@functools.cache
def _shipped() -> Rules:
    return _build(*map(read_file, SHIPPED))


def _build(*files: Entry) -> Rules:
    wikidata: dict[str, str | None] = {}
    known: dict[str, list[tuple[str, int, str | None]]] = {}
    near: dict[str, str] = {}
    finders: dict[tuple[str, ...], None] = {}
    hints: list[str] = []
    patterns: list[NamePattern] = []
    words: dict[str, str] = {}
    rules: list[Rule] = []
    scars: dict[str, Scar] = {}
    sign_off: Entry | None = None
    mentions: dict[tuple[str, int, int], dict[str, Any]] = {}
    statuses: dict[str, dict[str, Any]] = {}
    for file in files:
        for line, source in lines(file, "collisions"):
            patterns.append(_name_pattern(_searchable(source, file.file, line), None, STAMP))
            hints.append(source)
        for agency in entries(file, "agencies", AGENCY_KEYS):
            _add_agency(agency, wikidata, known, near, finders, hints, patterns)
        _add_words(file, words)
        rules = _with_rules(rules, [_rule(entry, words) for entry in entries(file, "rules", RULE_KEYS)])
        scars |= {scar.name: scar for scar in (_scar(entry, words) for entry in entries(file, "scars", SCAR_KEYS))}
        if "sign_off" in file:
            sign_off = file["sign_off"]
            known_keys(sign_off, RULE_KEYS)
    for file in files:
        for entry in entries(file, "corrections", CORRECTION_KEYS):
            _add_correction(entry, wikidata, mentions, statuses)
    patterns.sort(key=lambda pattern: pattern.agency is not None)
    if near:
        hints.append(r"\d[., ]*(?:\pL+[., ]*)?[\p{Pd} ]*[(\[{] ?\pL|[\d.,] ?\p{Pd} ?\pL{5,9}[.]? ?\p{Pd}")
    distinct = [*dict.fromkeys(hints)]
    if sign_off is None:
        raise RulesError("no file of rules has a sign_off")
    signed = _rule(sign_off, words, name="sign_off", needs_agency=False)
    return Rules(
        wikidata=wikidata,
        known=known,
        finder=re.compile(rf"\b{_trie(finders)}(?!\w)"),
        patterns=patterns,
        runs=frozenset().union(*(runs for pattern in patterns for runs in pattern.asked)),
        near=tuple(sorted(near.items())),
        hints=tuple("|".join(distinct[at : at + HINTS]) for at in range(0, len(distinct), HINTS)),
        rules=tuple(rules),
        sign_off=signed,
        sign_off_agency=sign_off["agency"],
        scars=tuple(scars.values()),
        mentions=mentions,
        statuses=statuses,
    )


def _add_agency(
    entry: Entry, wikidata: dict, known: dict, near: dict, finders: dict, hints: list, patterns: list
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
            if not isinstance(name, str) or not name[:1].isalnum():
                raise entry.error(f"expected names that begin with a letter, got {name!r}", key)
            plain = folded(name)[0]
            spelled = letters(plain)
            form = None if level == NAMES else spelled
            known.setdefault(spelled.lower(), []).append((agency, level, form))
            finders |= dict.fromkeys(_spellings(plain))
            if entry.get("glued") and level == NAMES:
                patterns.append(_name_pattern(re.compile(f"({re.escape(plain)})"), agency, level))
            hints.append(_name_hint(name, level, bool(entry.get("glued"))))
            if (entry.get("ocr") and len(spelled) >= 5) or (spelled.isupper() and len(spelled) >= 3):
                near[spelled.lower()] = agency
    for line, source in lines(entry, "patterns"):
        patterns.append(_name_pattern(_searchable(source, entry.file, line), agency, STAMP))
        hints.append(source)


def _name_pattern(pattern: re.Pattern[str], agency: str | None, level: int) -> NamePattern:
    few = tuple(runs for runs in Expression(pattern.pattern, AGENCY).asked if len(runs) <= FEW)
    return NamePattern(pattern, agency, level, few)


def _spellings(name: str) -> Iterator[tuple[str, ...]]:
    """A name in folded lower case, sign by sign: spaces and hyphens stand for one another, acronyms may have dots."""
    parts = [part for part in re.split(r"[ .-]+", name.lower()) if part]
    yield tuple(sign for part in parts for sign in (r"[ .-]{1,3}", *map(re.escape, part)))[1:]
    if name.isupper() and name.isalpha() and len(name) <= 5:
        yield (*tuple(sign for letter in name.lower() for sign in (r"\. ?", letter))[1:], r"\.")


def _trie(spellings: Iterable[tuple[str, ...]]) -> str:
    """One expression for all spellings, a longer one before a shorter; it is read sign by sign, not name by name."""
    following: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in sorted(filter(None, spellings)):
        following.setdefault(first, []).append(tuple(rest))
    choices = "|".join(sign + _trie(rest) for sign, rest in following.items())
    return f"(?:{choices}){'' if all(spellings) else '?'}" if choices else ""


def _name_hint(name: str, level: int, glued: bool) -> str:
    """The name for RE2, on text that is not folded: a little wider than the finder."""
    spelled = ".{1,3}".join(re.sub(r"[^a-zA-Z0-9]", ".{1,2}", part) for part in re.split(r"[ .-]+", name) if part)
    if name.isupper() and name.isalpha() and len(name) <= 5:
        spelled = f"{spelled}|" + r"\. ?".join(name)
    spelled = f"(?i:{spelled})" if level == NAMES else f"(?:{spelled})"
    return spelled if glued else rf"\b{spelled}(?:\b|_)"


def _searchable(expression: str, file: str, line: int) -> re.Pattern[str]:
    """An expression with the name in its only group; RE2 must know it too."""
    pattern = _checked(re.compile, expression, file, line)
    if pattern.groups != 1:
        raise RulesError(f"{file}:{line}: expected the name in one pair of brackets, got {pattern.groups}")
    try:
        pc.match_substring_regex(pa.array([""]), expression)
    except pa.ArrowInvalid as error:
        raise RulesError(f"{file}:{line}: cannot be searched for: {error}") from None
    return pattern


def _add_words(file: Entry, words: dict[str, str]) -> None:
    listed = file.get("words")
    if listed is None:
        return
    if not isinstance(listed, Entry):
        raise file.error("expected a mapping under 'words'", "words")
    for name in listed:
        choices = []
        for line, source in lines(listed, name):
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

    folded = ACCENTED.sub(fold_match, source)
    return re.sub(r"\{([a-z_]+)\}", put, folded)


def _lowered(expression: str) -> str:
    return re.sub(r"\\.|[A-Z]", lambda match: match[0] if match[0][0] == "\\" else match[0].lower(), expression)


def _checked(make: Callable[[str], T], expression: str, file: str, line: int) -> T:
    try:
        return make(expression)
    except re.error as error:
        raise RulesError(f"{file}:{line}: not a regular expression: {error}") from None


def _rule(entry: Entry, words: dict[str, str], name: str | None = None, needs_agency: bool = True) -> Rule:
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
        expressions=_expressions(entry, name, words, needs_agency),
        where=where,
        view=APART if entry.get("apart") else CASED if entry.get("case") else LISTED,
        accepts=LEVELS[accepts],
        is_agency=entry.get("agency") not in ("none", "nobody"),
        is_mention=entry.get("agency") != "nobody",
        only=frozenset(entry.get("only") or ()),
    )


def _scar(entry: Entry, words: dict[str, str]) -> Scar:
    for key in ("name", "says", "hint"):
        if not isinstance(entry.get(key), str):
            raise entry.error(f"a scar needs {key}", key)
    name, hint = entry["name"], entry["hint"]
    try:
        pc.match_substring_regex(pa.array([""]), hint)
    except pa.ArrowInvalid as error:
        raise entry.error(f"scar '{name}': cannot be searched for: {error}", "hint") from None
    choices = _expressions(entry, name, words, needs_agency=False)
    pattern = re.compile("|".join(choice.source for choice in choices))
    return Scar(name, entry["says"], hint, pattern, _where(entry, name), bool(entry.get("case")))


def _where(entry: Entry, name: str) -> str:
    where = entry.get("where", "text")
    if where not in PLACES:
        raise entry.error(f"rule '{name}': expected where to be one of {', '.join(PLACES)}, got {where!r}", "where")
    return where


def _expressions(entry: Entry, name: str, words: dict[str, str], needs_agency: bool) -> tuple[Expression, ...]:
    """The expressions under ``match``."""
    choices = []
    for line, source in lines(entry, "match"):
        if needs_agency and "{agenc" not in source:
            raise RulesError(f"{entry.file}:{line}: rule '{name}': the expression names no {{agency}}")
        expression = _expanded(source, words, entry.file, line)
        expression = expression if entry.get("case") else _lowered(expression)
        choices.append(_checked(lambda source: Expression(source, AGENCY), expression, entry.file, line))
    if not choices:
        raise entry.error(f"rule '{name}': expected at least one expression under 'match'")
    return tuple(choices)


def _with_rules(rules: list[Rule], added: list[Rule]) -> list[Rule]:
    """Rules of a further file: in the place of the one they are named after, else before all."""
    named = {rule.name: rule for rule in added}
    kept = [named.pop(rule.name, rule) for rule in rules]
    return [rule for rule in added if rule.name in named] + kept


def _add_correction(entry: Entry, wikidata: dict[str, str | None], mentions: dict, statuses: dict) -> None:
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

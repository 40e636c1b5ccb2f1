"""Write the made-up corpus of a region: some three hundred invented articles of nine days, and what is true of them.

python examples/region/make_region.py           # write inbox/, truth.jsonl and truth_articles.jsonl beside this file
python examples/region/make_region.py --check   # exit with 1 when they are not what it would write

Dispatches, statements, scoops and house texts are in stories.yaml, reports of the outlets' own in reports.yaml. What an
outlet makes of a dispatch is drawn by its habits below, with a fixed seed, so that the files are the same everywhere.
"""

from __future__ import annotations

import json
import random
import re
import sys
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).parent
FIRST = datetime(2025, 4, 1)
OWN_REPORTS = 156
RETOUCHES = {
    "a annoncé": "a fait savoir", "a indiqué": "a précisé", "Quelque": "Environ", "Près des": "Presque les",
    "Une centaine de": "Près de cent", "estimant": "jugeant", "en raison de": "à cause de", "afin de": "pour",
    "au moins": "plus de", "dans la nuit": "durant la nuit", "selon": "d'après", "à l'appel de": "à l'initiative de",
    "a bondi": "s'est envolée", "a rejeté": "a refusé", "ont été": "se sont vus", "un recours": "une requête",
    "craindre": "redouter", "réclamer": "exiger", "dont": "parmi lesquels", "chaque": "toutes les",
}  # fmt: skip
"""What a sub-editor changes: a few words of a paragraph."""


class Outlet(NamedTuple):
    """An outlet and its habits."""

    key: str
    name: str
    domain: str
    owner: str
    country: str
    takes: float
    """Chance that it takes a dispatch of an agency of its country (AFP anywhere)."""
    ways: str
    """What it makes of one: w whole, c cut, r retouched, m merged, p a part beside its own words, q a quotation."""
    credits: str
    """How it credits: f full line, b by-line, s source line, d dateline, p "avec AFP", n nothing, i in the photo."""
    reaction: float
    """Hours after the dispatch."""
    hours: bool = True
    """Whether its dates have a time of day."""
    lang: str = "fr"


OUTLETS = (
    Outlet("fanal", "Le Fanal", "lefanal.example", "Société du Fanal", "FR", 0.55, "pprq", "pffs", 4.0),
    Outlet("hexa", "Actu-Hexagone", "actu-hexagone.example", "Numéria Médias", "FR", 0.95, "wwwr", "nnbn", 0.4),
    Outlet(
        "boussole", "La Boussole économique", "boussole-eco.example", "Numéria Médias", "FR", 0.4, "wcp", "ffp", 1.2
    ),
    Outlet(
        "littoral",
        "Le Courrier du Littoral",
        "courrier-littoral.example",
        "Groupe Estran",
        "FR",
        0.6,
        "wcrm",
        "fdn",
        1.6,
    ),
    Outlet("phare", "Le Phare de l'Ouest", "phare-ouest.example", "Groupe Estran", "FR", 0.5, "wrpc", "dnnp", 2.4),
    Outlet(
        "anvelles", "La Gazette d'Anvelles", "gazette-anvelles.example", "Presse du Val", "FR", 0.6, "wcmr", "ffbs", 0.9
    ),
    Outlet("echo", "L'Écho du Val", "echo-du-val.example", "Presse du Val", "FR", 0.5, "cmrp", "fpn", 3.1, False),
    Outlet(
        "sambre", "Le Journal de Sambre", "journal-sambre.example", "Éditions du Beffroi", "BE", 0.5, "wcp", "fps", 1.4
    ),
    Outlet(
        "beffroi",
        "Le Beffroi de Wallonie",
        "beffroi-wallonie.example",
        "Éditions du Beffroi",
        "BE",
        0.5,
        "wrm",
        "fbn",
        2.0,
    ),
    Outlet("leman", "La Feuille du Léman", "feuille-leman.example", "Alpes Médias", "CH", 0.5, "wcr", "fbf", 1.1),
    Outlet(
        "troislacs",
        "Le Messager des Trois-Lacs",
        "messager-troislacs.example",
        "Alpes Médias",
        "CH",
        0.4,
        "wcp",
        "ffp",
        5.5,
        False,
    ),
    Outlet("romandie", "Romandie Matin", "romandie-matin.example", "Helvia SA", "CH", 0.5, "wrq", "fni", 0.7),
    Outlet("harbour", "The Harbour Post", "harbourpost.example", "Harbour Trust", "GB", 0.0, "", "", 0.0, True, "en"),
)
"""Agencies are taken where they send: AFP anywhere, Belga in Belgium, Keystone-ATS in Switzerland."""

SENDS_TO = {"AFP": ("FR", "BE", "CH"), "Belga": ("BE",), "Keystone-ATS": ("CH",)}


class Corpus:
    """Articles and truth, in the order of their making."""

    def __init__(self) -> None:
        self.articles: list[dict[str, Any]] = []
        self.truth: list[dict[str, Any]] = []
        self.about: list[dict[str, Any]] = []
        self.used: dict[str, int] = {}

    def add(self, outlet: Outlet, story: str, at: datetime, title: str, lines: list[Line], **more: Any) -> str:
        """An article of an outlet: its id. ``lines`` are its paragraphs with where they come from."""
        stem = f"{outlet.key}-{at:%m%d}-{story}"
        self.used[stem] = self.used.get(stem, 0) + 1
        name = stem if self.used[stem] == 1 else f"{stem}-{self.used[stem]}"
        self.articles.append({
            "id": name, "text": "\n".join(line.text for line in lines), "outlet": outlet.name, "title": title,
            "url": f"https://www.{outlet.domain}/{at:%Y/%m/%d}/{name}",
            "published_at": f"{at:%Y-%m-%dT%H:%M:%S}+02:00" if outlet.hours else f"{at:%Y-%m-%d}",
            "language": outlet.lang, "owner": outlet.owner, "country": outlet.country,
            "author": more.pop("author", None),
        })  # fmt: skip
        self._note(name, lines)
        self.about.append({"article_id": name, **more})
        return name

    def send(self, story: dict[str, Any], lines: list[Line], at: datetime) -> str:
        """A dispatch: its id."""
        version = story.get("revision", 0)
        agency = story["agency"]
        name = f"{agency.lower()}-{at:%m%d}-{story['id']}" + (f"-v{version + 1}" if version else "")
        self.articles.append({
            "id": name, "text": "\n".join(line.text for line in lines), "outlet": agency, "title": story["title"],
            "is_wire": True, "agency": agency, "wire_id": story["id"], "revision": version,
            "published_at": f"{at:%Y-%m-%dT%H:%M:%S}+02:00", "language": "fr",
        })  # fmt: skip
        self._note(name, lines)
        sources = sorted({line.source[0] for line in lines if line.source})
        self.about.append(about("non", "credited_full", agency, sources) | {"article_id": name})
        return name

    def _note(self, name: str, lines: list[Line]) -> None:
        for number, line in enumerate(lines):
            if line.source is None:
                continue
            source, paragraph, begin, end = line.source
            self.truth.append({
                "article_id": name, "paragraph": number, "begin": line.begin, "end": len(line.text),
                "source_article_id": source, "source_paragraph": paragraph, "source_begin": begin, "source_end": end,
                "edit_class": line.edit, "label": line.label,
            })  # fmt: skip


class Line(NamedTuple):
    """A paragraph, and where it comes from: article, paragraph, begin and end; None for one's own."""

    text: str
    source: tuple[str, int, int, int] | None = None
    edit: str = "verbatim"
    label: str = "derived"
    begin: int = 0
    """Where the words of the source begin."""


def about(derivation: str, credit: str, agency: str | None, sources: list[str]) -> dict[str, Any]:
    return {"derivation": derivation, "credit_status": credit, "agency": agency, "sources": sources}


def corpus() -> Corpus:
    """The whole corpus."""
    stories = yaml.safe_load((HERE / "stories.yaml").read_text("utf-8"))
    reports = yaml.safe_load((HERE / "reports.yaml").read_text("utf-8"))
    made, draw = Corpus(), random.Random(20250401)
    writer = Reports(reports, random.Random(7))
    sent: dict[str, list[Line]] = {}
    for story in stories["dispatches"]:
        _dispatch(made, story, sent, writer, draw)
    for story in stories["statements"]:
        _statement(made, story, writer, draw)
    for story in stories["scoops"]:
        _scoop(made, story, writer, draw)
    for story in stories["house"]:
        _house(made, story, draw)
    of_french = [outlet for outlet in OUTLETS if outlet.lang == "fr"]
    for number in range(OWN_REPORTS):
        outlet = OUTLETS[-1] if number % 16 == 7 else of_french[number % len(of_french)]
        title, sentences = writer.report(outlet.lang)
        at = FIRST + timedelta(days=number * 9 // OWN_REPORTS, hours=7, minutes=draw.randrange(720))
        lines = [Line(" ".join(sentences[:2])), *map(Line, sentences[2:])]
        credit = "none"
        if number % 11 == 3 and outlet.lang == "fr":  # an agency's picture is no agency's text
            lines, credit = [*lines, Line("(Photo AFP)")], "photo_only"
        made.add(outlet, f"local-{number:03}", at, title, lines, **about("non", credit, None, []))
    return made


def _dispatch(
    made: Corpus, story: dict[str, Any], sent: dict[str, list[Line]], writer: Reports, draw: random.Random
) -> None:
    """A dispatch and what outlets make of it; a later version keeps whole paragraphs of the one before."""
    hour, minute = map(int, story["time"].split(":"))
    at = FIRST + timedelta(days=story["day"] - 1, hours=hour, minutes=minute)
    months = f"{at.day} avr {at.year}"
    head = f"{story['city']}, {months} ({story['agency']}) - "
    before = sent.get(story["id"], [])
    known = {line.text: line.source for line in before}
    lines = []
    for number, text in enumerate(story["paragraphs"]):
        source = known.get(text)
        lines.append(Line((head if number == 0 else "") + text, source))
    lines.append(Line("abc/def/gh"))
    name = made.send(story, lines, at)
    sent[story["id"]] = [Line(text, (name, number, 0, len(text))) for number, text in enumerate(story["paragraphs"])]
    body = [
        Line(text, (name, number, len(head) if number == 0 else 0, len(text) + (len(head) if number == 0 else 0)))
        for number, text in enumerate(story["paragraphs"])
    ]
    for outlet in OUTLETS:
        if outlet.country in SENDS_TO[story["agency"]] and outlet.ways and draw.random() < outlet.takes:
            _carry(made, outlet, story, head, body, at, writer, draw)


def _carry(
    made: Corpus, outlet: Outlet, story: dict[str, Any], head: str, body: list[Line], at: datetime, writer: Reports,
    draw: random.Random,
) -> None:  # fmt: skip
    """What one outlet makes of a dispatch."""
    way, credit = draw.choice(outlet.ways), draw.choice(outlet.credits)
    agency, name = story["agency"], body[0].source[0] if body[0].source else ""
    at += timedelta(minutes=round(outlet.reaction * 60 * draw.uniform(0.5, 1.9)) + 1)
    title, derivation = story["title"], "wholly"
    if way == "c":
        body = body[: max(2, len(body) - 2)]
    elif way == "r":
        body = [_retouched(line) for line in body]
        title = title.split(": ")[-1].capitalize()
    elif way == "m":
        body = [_merged(body)]
    elif way in "pq":
        derivation, credit = "partially", "p" if way == "p" and credit in "nfsbd" and draw.random() < 0.7 else credit
        own = [*map(Line, writer.report(outlet.lang)[1])]
        quoted = next((line for line in body if line.text.startswith('"')), body[1])
        body = [*own[:2], *body[:2], *own[2:]] if way == "p" else [*own[:3], quoted, *own[3:]]
        title = f"{story['title'].split(': ')[0]}: notre récit"
    author, lines = None, body
    status = {"p": "credited_partial", "n": "none", "i": "photo_only"}.get(credit, "credited_full")
    if credit == "f":
        lines = [*body, Line(f"({agency})")]
    elif credit == "b":
        author = agency
    elif credit == "s":
        lines = [*body, Line(f"Source : {agency}")]
    elif credit == "d" and way in "wc":
        first = body[0]
        source = first.source and (first.source[0], first.source[1], 0, first.source[3])
        lines = [Line(head + first.text, source), *body[1:]]
    elif credit == "d":
        lines = [*body, Line(f"{outlet.name} avec {agency}")]
        status = "credited_partial"
    elif credit == "p":
        lines = [*body, Line(f"Avec {agency}")]
    elif credit == "i":
        lines = [*body, Line(f"Photo : {agency}")]
    quoting = any(re.search(r"(à|de) l'(AFP|agence Belga)", line.text) for line in lines)
    if status in ("none", "photo_only") and quoting:
        status = "in_text_only"
    made.add(outlet, story["id"], at, title, lines, author=author, **about(derivation, status, agency, [name]))


def _retouched(line: Line) -> Line:
    text = line.text
    for old, new in RETOUCHES.items():
        text = text.replace(old, new, 1)
    return line if text == line.text else Line(text, line.source, "light_edit")


def _merged(body: list[Line]) -> Line:
    """All in one paragraph; the truth names the first that went in."""
    return Line(" ".join(line.text for line in body), body[0].source, "merged")


def _statement(made: Corpus, story: dict[str, Any], writer: Reports, draw: random.Random) -> None:
    """Words of an authority that outlets print each on their own."""
    at = FIRST + timedelta(days=story["day"] - 1, hours=9)
    first: tuple[str, int, int, int] | None = None
    heads = ("Dans un communiqué, {} écrit : ", "Communiqué {} : ", "Voici la réaction {} : ", "{} nous écrit ceci : ")
    for outlet in draw.sample([outlet for outlet in OUTLETS if outlet.country == "FR"], 5):
        at += timedelta(minutes=draw.randrange(5, 50))
        head = draw.choice(heads)
        who = story["who"] if head.index("{") == 0 or "écrit" in head else story["of"]
        head = _capital(head.format(who))
        own = writer.report(outlet.lang)[1]
        text = head + story["text"]
        lines = [Line(text, first, "verbatim", "quote", len(head)), Line(" ".join(own[:2])), *map(Line, own[2:])]
        name = made.add(outlet, story["id"], at, story["title"], lines, **about("non", "none", None, []))
        first = first or (name, 0, len(head), len(text))


def _scoop(made: Corpus, story: dict[str, Any], writer: Reports, draw: random.Random) -> None:
    """A report of one outlet that others print in part, naming it."""
    hour, minute = map(int, story["time"].split(":"))
    at = FIRST + timedelta(days=story["day"] - 1, hours=hour, minutes=minute)
    home = next(outlet for outlet in OUTLETS if outlet.name == story["outlet"])
    name = made.add(home, story["id"], at, story["title"], [*map(Line, story["paragraphs"])],
                    author="Clémence Aubrac", **about("non", "none", None, []))  # fmt: skip
    others = [outlet for outlet in OUTLETS if outlet.owner != home.owner and outlet.lang == "fr"]
    heads = (f"Selon {home.name}, ", f"{home.name} ajoute ceci : ")
    for outlet in draw.sample(others, 3):
        at += timedelta(minutes=draw.randrange(40, 300))
        own = writer.report(outlet.lang)[1]
        taken = [
            Line(head + text, (name, number, 0, len(text)), "verbatim", "derived", len(head))
            for number, (head, text) in enumerate(zip(heads, story["paragraphs"][:2], strict=True))
        ]
        made.add(outlet, story["id"], at, f"{story['title']}, selon {home.name}", [*taken, *map(Line, own[1:])],
                 **about("partially", "none", None, [name]))  # fmt: skip


def _house(made: Corpus, story: dict[str, Any], draw: random.Random) -> None:
    """A text that the outlets of one owner share."""
    at = FIRST + timedelta(days=story["day"] - 1, hours=6)
    first = ""
    for outlet in (outlet for outlet in OUTLETS if outlet.owner == story["owner"]):
        at += timedelta(minutes=draw.randrange(0, 90))
        source = (first, 0, 0, len(story["text"])) if first else None
        lines = [Line(story["text"], source, "verbatim", "house")]
        first = made.add(outlet, story["id"], at, story["title"], lines, **about("non", "none", None, [])) or first


class Reports:
    """Reports of the outlets' own, of pieces (who, does, where, how): no two pieces are put together twice."""

    def __init__(self, pieces: dict[str, dict[str, list[str]]], draw: random.Random) -> None:
        self._pieces, self._draw = pieces, draw
        self._together: set[tuple[str, str]] = set()

    def report(self, lang: str) -> tuple[str, list[str]]:
        """A title and five sentences."""
        sentences = [self._sentence(lang) for _ in range(5)]
        who, does = sentences[0][:2]
        return _capital(f"{who} {does}"), [
            _capital(f"{who} {does} {where}, {how}.") for who, does, where, how in sentences
        ]

    def _sentence(self, lang: str) -> tuple[str, ...]:
        for _ in range(10_000):
            chosen = tuple(self._draw.choice(self._pieces[lang][part]) for part in ("who", "does", "where", "how"))
            pairs = set(combinations(chosen, 2))
            if not pairs & self._together:
                self._together |= pairs
                return chosen
        raise SystemExit("reports.yaml has too few pieces for so many reports")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def files() -> dict[Path, str]:
    """The files and what is in them."""
    made = corpus()
    outlets = ["outlet,domain,owner,country", *(",".join(outlet[1:5]) for outlet in OUTLETS)]
    order = sorted(range(len(made.articles)), key=lambda at: (made.articles[at]["published_at"][:16], at))
    rows = {
        "inbox/articles.jsonl": [made.articles[at] for at in order],
        "truth.jsonl": made.truth,
        "truth_articles.jsonl": made.about,
    }
    lines = {name: [json.dumps({key: value for key, value in row.items() if value is not None or key == "agency"},
                               ensure_ascii=False) for row in some] for name, some in rows.items()}  # fmt: skip
    return {HERE / name: "\n".join(some) + "\n" for name, some in (lines | {"outlets.csv": outlets}).items()}


if __name__ == "__main__":
    for path, text in files().items():
        if sys.argv[1:] == ["--check"]:
            if not path.exists() or path.read_text("utf-8") != text:
                raise SystemExit(f"{path.name} is not what {Path(__file__).name} writes: run it")
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

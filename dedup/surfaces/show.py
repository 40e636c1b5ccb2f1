"""What is known of one text -> lines for a terminal, or a page: the command ``check`` and the pages of ``web``."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.pipeline.answer import Checked, Piece, Source
from dedup.pipeline.reasons import reasons

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates" / "web"

LANGUAGES = ("en", "fr")

CONTEXT_WORDS = 6
"""Equal words shown beside a difference."""

_COLOURS = {"verbatim": "red", "edited": "yellow", "quotation": "cyan", "reworded": "magenta"}


class Stretch(NamedTuple):
    """A stretch of a paragraph, in a known passage or in none."""

    text: str
    number: int | None
    """Of the passage, from 1; None when the stretch is not known."""
    kind: str | None


def as_lines(checked: Checked, name: str, colour: bool) -> Iterator[str]:
    """The answer for a terminal; without ``colour`` passages are marked by their numbers in brackets."""
    import click

    def style(text: str, **how: Any) -> str:
        return click.style(text, **how) if colour else text

    share = f"{100 * checked.share_known:.0f} %"
    n = len(checked.passages)
    yield style(f"{name}: {checked.n_words} words, {share} of them in {n} known passage{'s' * (n != 1)}.", bold=True)
    for reason in checked.reasons:
        yield f"  - {reason}"
    yield ""
    for line in checked.paragraphs:
        parts = []
        for stretch in stretches(checked, line.paragraph):
            if stretch.number is None or stretch.kind is None:
                parts.append(stretch.text)
            elif colour:
                parts.append(style(stretch.text, fg=_COLOURS[stretch.kind]) + style(f"[{stretch.number}]", dim=True))
            else:
                parts.append(f"[{stretch.number}: {stretch.text}]")
        yield "".join(parts)
    for number, passage in enumerate(checked.passages, 1):
        yield ""
        said = say(f"evidence_{passage.evidence}", "en")
        given = "" if passage.evidence == "none" else f", {passage.agency} ({said})" if passage.agency else f", {said}"
        heading = f"[{number}] {passage.n_words} words, {passage.kind}{given}"
        yield style(heading, fg=_COLOURS[passage.kind], bold=True)
        first, *others = passage.sources
        yield f"    {_place(first)}"
        if first.url:
            yield f"    {first.url}"
        if passage.kind != "verbatim":
            yield "    " + "".join(
                style(text, **how) if colour else mark.format(text)
                for piece in clipped(first.differences)
                for text, how, mark in _marked(piece)
            )
        others = list(
            {source.article_id: source for source in others if source.article_id != first.article_id}.values()
        )
        if others:
            left_out = passage.n_sources - len(passage.sources)
            more = f", and {left_out} more" if left_out else ""
            yield f"    also in {'; '.join(_short(source) for source in others)}{more}"
    if checked.credits:
        yield ""
        yield "Credits in the text:"
        for mention in checked.credits:
            where = "title or metadata" if mention.paragraph < 0 else f"paragraph {mention.paragraph}"
            yield f"  {mention.agency or '-'} ({mention.kind}) “{mention.text}”, {where}"
    if checked.n_aligned < checked.n_candidates:
        yield ""
        yield (
            f"{checked.n_candidates} articles share words with the text; the {checked.n_aligned} that share most "
            "were compared with it."
        )


def as_page(checked: Checked, name: str, language: str = "en") -> str:
    """The answer as one HTML file that needs no other."""
    style = (TEMPLATES / "style.css").read_text("utf-8")
    return (
        environment()
        .get_template("file.html.j2")
        .render(
            checked=checked, name=name, style=style, language=language, say=functools.partial(say, language=language)
        )
    )


def stretches(checked: Checked, paragraph: int) -> list[Stretch]:
    """A paragraph of the text cut at the borders of its known passages."""
    text = next(line.text for line in checked.paragraphs if line.paragraph == paragraph)
    found, at = [], 0
    for number, passage in enumerate(checked.passages, 1):
        if passage.paragraph != paragraph:
            continue
        found.append(Stretch(text[at : passage.begin], None, None))
        found.append(Stretch(text[passage.begin : passage.end], number, passage.kind))
        at = passage.end
    return [stretch for stretch in (*found, Stretch(text[at:], None, None)) if stretch.text]


def clipped(pieces: list[Piece]) -> list[Piece]:
    """Pieces with the long equal ones cut to what stands beside a difference."""
    shown = []
    for place, piece in enumerate(pieces):
        tokens = piece.text.split()
        if piece.kind != "same" or len(pieces) == 1 or len(tokens) <= 2 * CONTEXT_WORDS + 4:
            shown.append(piece)
            continue
        before = " ".join(tokens[:CONTEXT_WORDS]) if place else ""
        after = " ".join(tokens[-CONTEXT_WORDS:]) + " " if place + 1 < len(pieces) else ""
        shown.append(piece.model_copy(update={"text": f"{before} … {after}"}))
    return shown


def say(key: str, language: str = "en", **values: Any) -> str:
    """A phrase of the pages in a language."""
    return _PHRASES[key][LANGUAGES.index(language)].format(**values)


@functools.cache
def environment() -> jinja2.Environment:
    """The templates; every value is escaped, and a name that is not given is an error."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(stretches=stretches, reasons=reasons)
    made.filters.update(time=time, percent=percent, safe_link=safe_link)
    return made


def time(moment: datetime | None, precision: str | None = "second") -> str:
    """A time as far as it is known, UTC: a day is printed as a day; a dash when nothing is known."""
    if moment is None:
        return "–"
    if precision in ("day", "month"):  # the middle of the day lies on that day in every zone of the press read here
        return f"{moment + timedelta(hours=12):%Y-%m-%d}"[: 10 if precision == "day" else 7]
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def percent(share: float | None) -> str:
    """0.934 -> "93 %", with a no-break space."""
    return "–" if share is None else f"{100 * share:.0f}\u00a0%"


def safe_link(url: str | None) -> str | None:
    """An address that a page may link to: http or https; others could run as script."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


def _marked(piece: Piece) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The text of a piece, its style in colour, its marks without."""
    if piece.kind == "same":
        yield piece.text, {"dim": True}, "{}"
    for text, how, mark in (
        (piece.source, {"fg": "red", "strikethrough": True}, "[-{}-]"),
        (piece.text, {"fg": "green"}, "{{+{}+}}"),
    ):
        if piece.kind != "same" and text:
            bare = text.rstrip()
            yield bare, how, mark
            yield text[len(bare) :] or " ", {}, "{}"


def _place(source: Source) -> str:
    what = f"dispatch {source.article_id} of {source.agency}" if source.is_wire else f"article {source.article_id}"
    where = f", {source.outlet}" if source.outlet and not source.is_wire else ""
    title = f": {source.title}" if source.title else ""
    return f"{what}{where}, {time(source.published_at, source.date_precision)}, {source.edit_class}{title}"


def _short(source: Source) -> str:
    outlet = f"{source.agency} dispatch" if source.is_wire else source.outlet or "?"
    title = f": {source.title}" if source.title else ""
    return f"{outlet} ({source.article_id}, {time(source.published_at, source.date_precision)}){title}"


_PHRASES = {
    "words": ("words", "mots"),
    "known": ("known", "connus"),
    "share_found": ("found to be an agency's", "retrouvés chez une agence"),
    "evidence_dispatch": ("stands in a dispatch", "se trouve dans une dépêche"),
    "evidence_attested": ("another article credits it", "un autre article le crédite"),
    "evidence_credited": ("its own credit", "son propre crédit"),
    "evidence_suspected": ("reads like agency copy; nothing found", "se lit comme de l'agence ; rien de retrouvé"),
    "evidence_none": ("no evidence", "sans preuve"),
    "why": ("Why", "Pourquoi"),
    "text": ("The text", "Le texte"),
    "passages": ("Known passages", "Passages connus"),
    "passage": ("Passage", "Passage"),
    "none_known": ("No passage of this text is known.", "Aucun passage de ce texte n'est connu."),
    "also": ("Also in", "Aussi dans"),
    "more": ("and {n} more", "et {n} de plus"),
    "dispatch_of": ("dispatch of {agency}", "dépêche {agency}"),
    "credits": ("Credits in the text", "Crédits dans le texte"),
    "no_credit": ("none", "aucun"),
    "verbatim": ("word for word", "mot à mot"),
    "edited": ("edited", "retouché"),
    "quotation": ("quotation only", "citation seule"),
    "reworded": ("reworded, often wrong", "reformulé, souvent à tort"),
    "looked_at": (
        "{candidates} articles share a few words with it; the {aligned} that share most were compared word by word, "
        "in {seconds} s.",
        "{candidates} articles partagent quelques mots avec lui ; les {aligned} qui en partagent le plus ont été "
        "comparés mot à mot, en {seconds} s.",
    ),
    "proof": (
        "A match says that two texts share words in the same order. It does not say who wrote them.",
        "Une correspondance dit que deux textes partagent des mots dans le même ordre. Elle ne dit pas qui les a "
        "écrits.",
    ),
    "not_found": ("There is no such page.", "Cette page n'existe pas."),
    "too_long": ("The text is too long: at most {size} KB.", "Le texte est trop long : au plus {size} Ko."),
    "empty": ("The text is empty.", "Le texte est vide."),
    "unusable": (
        "At most {most} characters are looked up.",
        "Au plus {most} caractères sont recherchés.",
    ),
    "slow": (
        "The look-up took too long and was ended.",
        "La recherche a duré trop longtemps et a été arrêtée.",
    ),
    "busy": (
        "Too many texts are being looked up. Try again in a moment.",
        "Trop de textes sont en cours de recherche. Réessayez dans un instant.",
    ),
}
"""Phrases of the pages: English, French."""

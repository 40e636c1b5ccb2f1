"""Text as a file holds it -> text as it was printed: markup is read, doubly encoded letters are put right, and said."""

from __future__ import annotations

import html
import quopri
import re
from html.entities import html5

from dedup.intake.pages import fragment_text

_TAG = re.compile(
    r"</?(?:p|br|div|span|em|strong|b|i|u|a|h[1-6]|ul|ol|li|blockquote|figure|figcaption|img|hr|table|tr|td|sup|sub|section"
    r"|article|cite|q|small|aside|script|style|iframe)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|([A-Za-z][A-Za-z0-9]{1,30}));")
_FURTHER = "[\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122 ]"
_DOUBLY = {
    **{first: re.compile(first + _FURTHER) for first in "\u00c2\u00c3\u00c4\u00c5\u00c6\u00e2\u00d0\u00d1"},
    "√": re.compile("√[©®†Ä™´¢ªß¥ºπ]"),
    "‚": re.compile("‚Ä[ôòúù¶ìî]"),
}
"""What UTF-8 looks like when it was read as another encoding, by its first letter, which few texts hold; also in
honest text, so a library decides."""
_ESCAPED = re.compile(r"\\u(?:0[01]|20)[0-9a-fA-F]{2}")
"""Letters as programs write them: \\u00e9."""
_MAILED = re.compile(r"=[CE][0-9A-F]=[89AB][0-9A-F]")
"""Letters as mail carries them (quoted-printable): =C3=A9."""

LEAST_ESCAPED = 3
"""So many letters written in one of these ways are no chance."""


def repaired(text: str) -> tuple[str, list[str]]:
    """The text and what was done to it, one sentence for each repair."""
    said: list[str] = []
    if "\\u" in text and len(_ESCAPED.findall(text)) >= LEAST_ESCAPED:
        text = _ESCAPED.sub(lambda found: chr(int(found[0][2:], 16)), text)
        said.append("the text held escaped letters; they were read")
    if "=" in text and len(_MAILED.findall(text)) >= LEAST_ESCAPED and (unmailed := _mailed(text)) is not None:
        text = unmailed
        said.append("the text was quoted-printable, as in mail; it was read")
    if (
        any(first in text and doubly.search(text) for first, doubly in _DOUBLY.items())
        and (plain := _decoded(text)) != text
    ):
        text = plain
        said.append("the text was encoded twice; its letters were repaired")
    if _is_markup(text):
        text = fragment_text(text)
        said.append("the text held markup; its tags and entities were read")
    elif "<!--" in text and (plain := _without_comments(text)) != text:
        text = plain
        said.append("the text held comments of a page; they were left out")
    elif "&" in text and (plain := _ENTITY.sub(_letter, text)) != text:
        text = _ENTITY.sub(_letter, plain)  # some exports escape twice: &amp;eacute;
        said.append("the text held entities; they were read")
    return text, said


def _is_markup(text: str) -> bool:
    """Whether a text was cut from a page: two tags at least, or one that ends a line."""
    tags = _TAG.findall(text) if "<" in text else []
    return len(tags) > 1 or (len(tags) == 1 and tags[0].lower().startswith(("<br", "<p", "</p", "<div")))


def _without_comments(text: str) -> str:
    """The text without what stands between <!-- and -->; one that does not end stays."""
    first, *parts = text.split("<!--")
    return first + "".join(part.split("-->", 1)[1] if "-->" in part else f"<!--{part}" for part in parts)


def _letter(found: re.Match[str]) -> str:
    """A numeric or known entity; anything else stays as it is ("R&D;")."""
    return html.unescape(found[0]) if found[1] is None or f"{found[1]};" in html5 else found[0]


def _mailed(text: str) -> str | None:
    """The text that quoted-printable writes; None when it is none."""
    try:
        return quopri.decodestring(text.encode("ascii")).decode()
    except UnicodeError:
        return None


def _decoded(text: str) -> str:
    import ftfy

    return ftfy.fix_encoding(text)

"""ARTICLES with their text -> PARAGRAPHS: the non-empty lines as printed, each with its role."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedup import schemas
from dedup.arrays import string_buffers
from dedup.kernels.words import count_blanks
from dedup.text import languages

_ROLES: tuple[tuple[str, ...], ...] = (
    (
        "boilerplate",
        r"(?i)^\W*(lire aussi|à lire aussi|lire également|voir aussi|à voir aussi|lire la suite|lire notre|relire|"
        r"en lien|sur le même sujet|pour aller plus loin|consultez notre dossier|retrouvez (tous|toute|l'ensemble)|"
        r"» ?(suivez|suivre|en direct)|suivez (notre|toute|l'actu|nous)|(suivre|suivez) notre direct|"
        r"inscrivez-vous|abonnez-vous|je m'abonne|s'abonner|newsletter|recevez|"
        r"découvrez (notre|nos) (offre|newsletter)|"
        r"vous avez trouvé une erreur|signalez[- ]|il vous reste [\d.,]+ ?%|cet article est réservé|"
        r"la suite (est )?(réservée|après)|article réservé|passer la publicité|publicité\W*$|partager (sur|cet)|"
        r"cliquez ici|plus d'infos? à suivre|réagissez|commentaires?\W*$|tous droits réservés|advertisement)",
    ),
    ("boilerplate", r"(?i)( - regarder sur .{3,40}$|^\W*\(?(\.\.\.|…)\)?\W*$|^.{0,60}suivez-nous sur )"),
    (
        "embed",
        r"(pic\.twitter\.com/|(—|–|-) ?[^()]{2,60} ?\(@\w+\)|twitter\.com/\w+/status|t\.co/\w+$|"
        r"(?i:^une publication partagée par|^voir cette publication sur|^view this post))",
        r"twitter\.com|t\.co/|\(@|(?i:^une publication|^voir cette|^view this)",
    ),
    ("credit", r"^\(?[a-z]{1,7}(-[a-z]{1,5})*(/[a-z]{1,7}(-[a-z]{1,5})*)+\W*$"),
    (
        "credit",
        r"(?i)^\W*((par|source ?:?|avec|texte ?:?) )?((l')?agence[s]? )?"
        r"(france[ -]presse|afp|a\.f\.p\.?|ats|reuters|belga|"
        r"presse canadienne|la presse canadienne|agences?|ap|nxp|keystone|dpa)"
        r"([ /,;&+-]|et|avec|la|france|presse|afp|ats|reuters|belga|canadienne|agences?|ap|nxp|keystone|dpa)*\W*$",
    ),
    (
        "caption",
        r"(?i)(^\W*(crédits?|credits?|photos?|illustration|vidéo|video|image|infographie|légende) ?"
        r"(photo|vidéo|image)?s? ?[:©/]|^\W*crédits? photo|©|\(c\) ?[A-Z]|^\W*photo\W|afp photo|afp via getty|"
        r"[^\s.!?…»”\")] ?/ ?(afp|reuters|ap|sipa|epa|getty|maxppp|belga|keystone|abaca|nurphoto|bestimage|rea|"
        r"hans lucas)\W*$|"
        r"(afp|reuters|ap|sipa|keystone|getty images|epa|maxppp) ?/ ?[A-Z][\w.'-]+( [A-Z][\w.'-]+)*\W*$)",
    ),
)
"""Roles by form, the first that fits: RE2 patterns on the printed line. A second pattern is a quick one that every
fitting line matches as well, before a slow one is tried."""

_SHORT = {"caption": 45, "boilerplate": 45, "embed": 90, "credit": 12}
"""A line with more blanks than this is text, whatever its form: a body of one line may hold a caption as well."""

_HEADING_WORDS = 12


def segment(articles: pa.Table) -> pa.Table:
    """Cut each article's text into its non-empty lines and give each a role.

    ARTICLES plus a column ``text`` -> PARAGRAPHS, in the order of the articles; ``n_words`` and ``n_quoted`` are
    filled by ``dedup.text.words``. A line is kept as printed, not stripped; ``begin`` and ``end`` are its code points
    in the article's text. Roles: boilerplate, embed, caption, credit by form; heading for a short line without a full
    stop; lead for the first other line; body for the rest.
    """
    lines = pc.split_pattern(_one(articles["text"]).fill_null(""), "\n")
    article_row = pc.list_parent_indices(lines).to_numpy()
    text = lines.values[lines.offsets[0].as_py() : lines.offsets[-1].as_py()]
    length = pc.utf8_length(text).to_numpy().astype(np.int64)
    filled = (length > 0) & ~pc.utf8_is_space(text).to_numpy(zero_copy_only=False)
    begin = _within(article_row, length + 1)
    number = _within(article_row, filled.astype(np.int64))
    kept = np.flatnonzero(filled)
    text = text.take(pa.array(kept))
    article_row, begin, number = article_row[kept], begin[kept], number[kept]
    nothing = pa.array(np.zeros(len(kept), np.int32))
    return pa.Table.from_arrays(
        [
            _one(articles["article_id"]).take(pa.array(article_row)),
            pa.array(number.astype(np.int32)),
            roles(text, article_row),
            _languages(articles).take(pa.array(article_row)),
            text,
            pa.array(begin.astype(np.int32)),
            pa.array((begin + length[kept]).astype(np.int32)),
            nothing,
            nothing,
        ],
        schema=schemas.PARAGRAPHS,
    )


def _languages(articles: pa.Table) -> pa.Array:
    """Code of each article's language; null where the articles do not say or it has no table."""
    if "lang" not in articles.column_names:
        return pa.nulls(articles.num_rows, pa.string())
    return languages.codes(articles["lang"])


def roles(text: pa.Array, article_row: np.ndarray) -> pa.Array:
    """Role of each line; ``article_row`` (lines,) says which article a line belongs to, in order."""
    names = ["heading", "body", "lead", *(name for name, *_ in _ROLES)]
    heading, body, lead = range(3)
    role = np.full(len(text), -1, np.int8)
    blanks = np.empty(len(text), np.int64)
    count_blanks(*string_buffers(text), max(_SHORT.values()) + 1, blanks)
    for number, (name, *patterns) in enumerate(_ROLES, start=3):
        lines = np.flatnonzero((role < 0) & (blanks <= _SHORT[name]))
        for pattern in reversed(patterns):
            lines = lines[_fits(text, lines, pattern)]
        role[lines] = number
    lines = np.flatnonzero((role < 0) & (blanks < _HEADING_WORDS))
    role[lines[~_fits(text, lines, r"[.!?…:;,»”\")\]][\s»”\"')\]]*$")]] = heading
    rest = np.flatnonzero(role < 0)
    role[rest] = body
    role[rest[np.unique(article_row[rest], return_index=True)[1]]] = lead
    return pa.DictionaryArray.from_arrays(pa.array(role), names).dictionary_decode()


def _fits(text: pa.Array, lines: np.ndarray, pattern: str) -> np.ndarray:
    """Which of the lines match; only these are looked at."""
    return pc.match_substring_regex(text.take(pa.array(lines)), pattern).to_numpy(zero_copy_only=False)


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _within(group: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Sum of the steps before each row inside its group; groups are consecutive."""
    before = np.cumsum(steps) - steps
    first = np.r_[True, group[1:] != group[:-1]] if len(group) else np.zeros(0, bool)
    return (
        before - np.repeat(before[first], np.diff(np.r_[np.flatnonzero(first), len(group)])) if len(group) else before
    )

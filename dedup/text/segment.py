"""ARTICLES with their text -> PARAGRAPHS: the non-empty lines as printed, each with its role."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from dedup import schemas
from dedup.arrays import string_buffers
from dedup.kernels.words import count_blanks
from dedup.text import languages, wrapping

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
        r"(cet|l[’']|la suite de cet|le reste de l[’']) ?(article|contenu)( complet)? est (réservée?|accessible)|"
        r"(contenu|contenus|article|articles|accès|lecture) (exclusif |exclusive )?(réservée?s?|exclusif|pour|aux) |"
        r"(pour|afin de) (lire|poursuivre|continuer|accéder|découvrir|débloquer)\b.{0,60}"
        r"(abonnez|connectez|inscri|identifiez|créez|compte|offre|€)|(vous (souhaitez|voulez)|envie de|voulez-vous) "
        r"(lire|poursuivre|continuer|en lire|accéder)|déjà (abonnée?|inscrite?|un compte|client)|"
        r"(connectez|identifiez)-vous|créez (votre|un) compte|(profitez|bénéficiez) (de|d[’'])|"
        r"(à partir de|dès|seulement|pour) \d+([.,]\d+)? ?€|\d+([.,]\d+)? ?€ (le|par|/) ?(premier )?mois|"
        r"sans engagement|offre (spéciale|découverte|d[’']essai|limitée)|essai gratuit|testez (gratuitement|sans)|"
        r"il (vous )?reste \d+ (mots|caractères|articles?)|vous avez lu \d+ articles?|"
        r"il (vous )?reste à lire [\d.,]+ ?%|la lecture de (cet article|ce contenu) est (réservée|accessible)|"
        r"essayez (gratuitement|sans)|lisez (cet article|la suite) (en|pour|sur|dès)\b|édition abonnés\W*$|"
        r"vous devez être (abonnée?|connectée?|inscrite?) pour|activez les (notifications|alertes)|"
        r"nous avons besoin de (vous|votre)\b.{0,60}(don|sout|abonn)|.{3,60}[.!?:] ?faites un don\W*$|"
        r"pour soutenir (notre|le travail|ce|cette|un)\b.{0,60}(abonn|faites|adhér)|"
        r"votre (contribution|don|soutien) (nous|est (précieux|essentiel|indispensable|déductible))|"
        r"(subscribe|sign in|log in|already a subscriber|this article is for subscribers|subscribers only)|"
        r"(contribuez|participez|soutenez)[- ](à |nous|notre|le journal|la rédaction)|faire un don|"
        r"vous lisez un article|article (pour |réservé aux )?(abonnés?|premium|payant)\W*$|je profite|j[’']en profite|"
        r"(accès|lecture) (illimitée?|gratuite?)|accédez (à |aux |en )|offrez (cet article|un abonnement)|"
        r"(soutenez|aidez)[- ](une|un|la|le|l[’']|nous)? ?(presse|journalisme|information|média|à)|"
        r"cet article (vous )?est (en accès libre|gratuit|offert)|article offert|.{3,50} a besoin de vous\W*$|"
        r"(temps|durée) de lecture|lecture ?:? ?\d+ ?min|\d+ ?min(utes?)? de lecture|"
        r"devenez (membre|abonnée?|adhérente?|mécène|contributeur)|"
        r"une (erreur|faute) dans (cet|l[’'])article|signaler une (erreur|faute)|contribuer\W*$|"
        r"(réservé|accessible) (aux|à nos) abonnés|(se connecter|s[’']identifier|imprimer|premium|contenu réservé)\W*$|"
        r"faites un don|partagez? (cet|l[’'])|comment(ez|er) (cet|l[’'])|ajouter un commentaire|réagir à (cet|l[’'])|"
        r"téléchargez (notre|l[’'])(app| ?appli)|votre navigateur|accéder à (l[’']|la suite|l[’']intégralité)|"
        r"rejoignez (la conversation|notre|nos)|copier le lien|envoyer par (e-?mail|courriel)|écouter (cet|l[’'])|"
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
    in the article's text. Lines that were wrapped at a fixed width are one paragraph, with its line breaks, numbered as
    its first line. Roles: boilerplate, embed, caption, credit by form; heading for a short line without a full
    stop; lead for the first other line; body for the rest.
    """
    printed = _with_newlines(_one(articles["text"]).fill_null(""))
    lines = pc.split_pattern(printed, "\n")
    article_row = pc.list_parent_indices(lines).to_numpy()
    text = lines.values[lines.offsets[0].as_py() : lines.offsets[-1].as_py()]
    length = pc.utf8_length(text).to_numpy().astype(np.int64)
    filled = (length > 0) & ~pc.utf8_is_space(text).to_numpy(zero_copy_only=False)
    begin = _within(article_row, length + 1)
    number = _within(article_row, filled.astype(np.int64))
    end = begin + length
    goes_on = _wrapped(printed, article_row, length)
    follows = np.r_[False, goes_on[:-1]]
    kept, last = np.flatnonzero(filled & ~follows), np.flatnonzero(filled & ~goes_on)
    text = _whole(printed, text.take(pa.array(kept)), article_row[kept], begin[kept], end[last], kept != last)
    article_row, begin, number, end = article_row[kept], begin[kept], number[kept], end[last]
    nothing = pa.array(np.zeros(len(kept), np.int32))
    spoken = _languages(articles).take(pa.array(article_row))
    return pa.Table.from_arrays(
        [
            _one(articles["article_id"]).take(pa.array(article_row)),
            pa.array(number.astype(np.int32)),
            roles(text, article_row, spoken),
            spoken,
            text,
            pa.array(begin.astype(np.int32)),
            pa.array(end.astype(np.int32)),
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


def roles(text: pa.Array, article_row: np.ndarray, spoken: pa.Array) -> pa.Array:
    """Role of each line; ``article_row`` (lines,) says which article a line belongs to, in order, ``spoken`` its
    language.
    """
    names = ["heading", "body", "lead", *(name for name, *_ in _ROLES)]
    heading, body, lead = range(3)
    role = np.full(len(text), -1, np.int8)
    blanks = np.empty(len(text), np.int64)
    count_blanks(*string_buffers(text), max(_SHORT.values()) + 1, blanks)
    for code in set(pc.unique(spoken).drop_null().to_pylist()) - {languages.DEFAULT}:
        here = pc.equal(spoken, code).fill_null(False).to_numpy(zero_copy_only=False)
        for name, pattern in _roles_abroad(code).items():
            lines = np.flatnonzero(here & (role < 0) & (blanks <= _SHORT[name]))
            role[lines[_fits(text, lines, pattern)]] = names.index(name)
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


@functools.cache
def _roles_abroad(code: str) -> dict[str, str]:
    """Role -> the pattern of its lines in a language that is not French (``roles_abroad.yaml``)."""
    stored = yaml.safe_load((Path(__file__).parent / "roles_abroad.yaml").read_text("utf-8"))
    agency = stored["agencies"].replace(" |", "|").replace("| ", "|").strip()
    whole = {name: "|".join(stored[name]).replace("{agency}", agency) for name in ("credit", "caption")}
    capitals = r"(?-i:\p{Lu}[\pL'’.-]+( \p{Lu}[\pL'’.-]+){1,3})"
    named = {name: pattern.replace("{name}", capitals) for name, pattern in whole.items()}
    begins = "|".join(stored["boilerplate"][code])
    return {"boilerplate": rf"(?i)^\W*({begins})"} | {name: f"(?i)^({pattern})$" for name, pattern in named.items()}


def _fits(text: pa.Array, lines: np.ndarray, pattern: str) -> np.ndarray:
    """Which of the lines match; only these are looked at."""
    return pc.match_substring_regex(text.take(pa.array(lines)), pattern).to_numpy(zero_copy_only=False)


_ODD_END = r"\r(?:[^\n]|$)|[\x0b\x0c\x{85}\x{2028}\x{2029}]"
"""For RE2: a text without it ends its lines with newlines, as they stand or after a return."""
_LINE_END = re.compile("\r(?!\n)|[\x0b\x0c\x85\u2028\u2029]")


def _with_newlines(texts: pa.Array) -> pa.Array:
    """The texts with every end of a line written as a newline; offsets stay."""
    odd = pc.match_substring_regex(texts, _ODD_END)
    rows = np.flatnonzero(odd.to_numpy(zero_copy_only=False)).tolist()
    if not rows:
        return texts
    return pc.replace_with_mask(
        texts, odd, pa.array([_LINE_END.sub("\n", texts[row].as_py()) for row in rows], texts.type)
    )


def _wrapped(texts: pa.Array, article_row: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Whether each line goes on in the next, bool, shape (lines,); lines of articles that are not wrapped never do."""
    goes_on = np.zeros(len(length), bool)
    if not len(length):
        return goes_on
    first = np.flatnonzero(np.r_[True, article_row[1:] != article_row[:-1]])
    widest, count = np.maximum.reduceat(length, first), np.diff(np.r_[first, len(length)])
    narrow = (widest >= wrapping.NARROWEST) & (widest <= wrapping.WIDEST + 2) & (count > wrapping.LEAST)
    for at in np.flatnonzero(narrow).tolist():
        lines = texts[int(article_row[first[at]])].as_py().split("\n")
        goes_on[first[at] : first[at] + count[at]] = wrapping.goes_on(lines)
    return goes_on


def _whole(
    texts: pa.Array, lines: pa.Array, article_row: np.ndarray, begin: np.ndarray, end: np.ndarray, is_more: np.ndarray
) -> pa.Array:
    """The lines, of those that go on all that belongs to their paragraph."""
    if not is_more.any():
        return lines
    rows = np.flatnonzero(is_more).tolist()
    whole = [texts[int(article_row[row])].as_py()[int(begin[row]) : int(end[row])] for row in rows]
    return pc.replace_with_mask(lines, pa.array(is_more), pa.array(whole, lines.type))


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _within(group: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Sum of the steps before each row inside its group; groups are consecutive."""
    before = np.cumsum(steps) - steps
    first = np.r_[True, group[1:] != group[:-1]] if len(group) else np.zeros(0, bool)
    return (
        before - np.repeat(before[first], np.diff(np.r_[np.flatnonzero(first), len(group)])) if len(group) else before
    )

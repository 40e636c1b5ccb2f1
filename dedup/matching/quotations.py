"""Matches of quoted words -> copied or not, and why: by who could know the words.

What a public person or body says can be taken down by everybody, so two articles that share it share no more than a
quotation. What one reporter collected (a private person's words, words spoken to an agency, a translation, the same
splice of fragments) is copied by whoever prints it too, and so is a quotation whose surroundings were copied.
"""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.config import Config
from dedup.kernels import quotations as kinds
from dedup.kernels.alignment import Texts
from dedup.text import languages, speakers
from dedup.text.words import words_of

SPLICES = 2
"""Joints of a splice: three fragments, sewn together with the same words."""

ATTRIBUTION_WORDS = 12
"""Equal words outside quotation marks that are a sentence that somebody wrote, whatever they say."""


def reasons(column: dict[str, np.ndarray], surroundings: np.ndarray, texts: Texts, config: Config) -> np.ndarray:
    """Why the quoted words of each match count as copied or not: places in ``schemas.QUOTE_REASONS``, (matches,) uint8.

    ``column`` holds the columns of ``align_pairs``; ``surroundings`` (matches,) numbers over all pairs what each match
    stands in. The first that holds:

    - none: more than ``quote_margin`` of the match's equal words, or half of those around, stand outside quotation
      marks; words that do no more than say who spoke do not count where the rest shows that all could hear it
      ("a déclaré mardi la ministre de l'Eau, Odile Ferrandon");
    - copied_frame: they do in another piece, or in the match before or after, so that what stands around was copied;
    - same_splice: the same words join three fragments or more on both sides;
    - public: on either side the words say why somebody gets a prize;
    - translated: a foreigner speaks, on both sides unless one names nobody, and nobody who speaks French;
    - public: on either side the words were said to all (a tweet, a communiqué, a speech);
    - told_to_agency: on either side somebody says them to an agency;
    - witness: each side gives the speaker's age, role or bare given name, and no side an office;
    - public: on either side somebody with an office speaks;
    - undecided: nothing says who could know the words.
    """
    own = column["matched"] - column["quoted"]
    code = {name: number for number, name in enumerate(schemas.QUOTE_REASONS)}
    found = np.zeros(len(own), np.uint8)
    if len(own) == 0:
        return found
    prose = own > config.quote_margin
    named = _named_only(column, own, prose, texts, config)
    prose[named] = False
    framed = np.bincount(surroundings, prose)[surroundings] > 0
    quoted = np.bincount(surroundings, column["quoted"] - own)[surroundings] > 0
    found[framed & ~prose & (column["quoted"] > own)] = code["copied_frame"]
    rows = np.flatnonzero(quoted & ~framed)
    if len(rows) == 0:
        return found
    left, right = (_beside(column, side, rows, texts, config.fold_accents) for side in ("left", "right"))
    either, both = left | right, left & right
    person = kinds.ROLE | kinds.GIVEN_NAME | kinds.YEARS
    private = ((left & person) != 0) & ((right & person) != 0)
    found[rows] = np.select(
        [
            column["splices"][rows] >= SPLICES,
            (either & kinds.AWARD) != 0,
            ((either & kinds.FOREIGN) != 0)
            & (((both & kinds.FOREIGN) != 0) | (left == 0) | (right == 0))
            & ((either & kinds.HOME) == 0),
            (either & kinds.MEDIUM) != 0,
            (either & kinds.AGENCY) != 0,
            private & ((either & kinds.OFFICE) == 0),
            (either & kinds.OFFICE) != 0,
        ],
        [
            code[name]
            for name in ("same_splice", "public", "translated", "public", "told_to_agency", "witness", "public")
        ],
        code["undecided"],
    )
    found[named[found[named] == code["undecided"]]] = 0
    return found


def _named_only(
    column: dict[str, np.ndarray], own: np.ndarray, prose: np.ndarray, texts: Texts, config: Config
) -> np.ndarray:
    """Rows of mostly quoted matches whose words outside the marks say who spoke, but for ``quote_margin`` of them."""
    rows = np.flatnonzero(prose & (column["quoted"] > own) & (own < ATTRIBUTION_WORDS))
    if len(rows) == 0:
        return rows
    said = np.zeros(len(rows), np.int64)
    for side in ("left", "right"):
        begins, ends = column[f"{side}_begin"][rows], column[f"{side}_end"][rows]
        spoken = texts.languages[texts.paragraphs[begins]]
        for number in np.unique(spoken).tolist():
            some = np.flatnonzero(spoken == number)
            names = _names(languages.code(number), config.fold_accents)
            here = kinds.attributed(texts.words, texts.flags, begins[some], ends[some], *names)
            said[some] = np.maximum(said[some], here)
    return rows[own[rows] - said <= config.quote_margin]


def _beside(column: dict[str, np.ndarray], side: str, rows: np.ndarray, texts: Texts, fold: bool) -> np.ndarray:
    """What stands beside the quotations of some matches on one side: bits of ``kernels.quotations``, int64."""
    begins, ends = column[f"{side}_begin"][rows], column[f"{side}_end"][rows]
    paragraphs = texts.paragraphs[begins].astype(np.int64)
    spoken = texts.languages[paragraphs]
    found = np.zeros(len(rows), np.int64)
    for number in np.unique(spoken).tolist():
        some = np.flatnonzero(spoken == number)
        places = paragraphs[some], begins[some], ends[some]
        names = _names(languages.code(number), fold)
        found[some] = kinds.beside(texts.words, texts.flags, texts.paragraph_starts, *places, *names)
    return found


@functools.cache
def _names(code: str, fold_accents: bool) -> tuple[np.ndarray, np.ndarray]:
    """Every name of a language (``text.speakers``): its key, uint64, sorted, and its bits, int64."""
    stored = speakers.listed(code)
    verbs = [verb.split() for verb in languages.languages()[code].saying]
    lists = {
        kinds.SAYING: [max(words, key=len) for words in verbs],
        kinds.OFFICE: stored["offices"],
        kinds.MEDIUM: stored["media"],
        kinds.ROLE: stored["roles"],
        kinds.GIVEN_NAME: stored["given_names"],
        kinds.AGENCY: stored["agencies"],
        kinds.TO: stored["to"],
        kinds.BETWEEN: (*stored["between"], *(word for words in verbs for word in words)),
        kinds.YEARS: speakers.ages(code),
        kinds.SPAN: stored["spans"],
        kinds.BARE_AGE: map(str, () if code == speakers.FRENCH else speakers.AGES),
        kinds.FOREIGN: stored["foreigners"],
        kinds.NATION: speakers.nationalities(code),
        kinds.HOME: stored["at_home"],
        kinds.AWARD: stored["awards"],
    }
    names = [(name, bit) for bit, listed in lists.items() for name in listed]
    starts, columns = words_of(pa.array([name for name, _ in names]), Config(fold_accents=fold_accents))
    keys = np.empty(len(names), np.uint64)
    kinds.hash_names(columns[0], starts, keys)
    distinct, back = np.unique(keys, return_inverse=True)
    bits = np.zeros(len(distinct), np.int64)
    np.bitwise_or.at(bits, back, np.array([bit for _, bit in names]))
    return distinct, bits

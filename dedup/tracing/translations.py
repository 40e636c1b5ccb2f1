"""PASSAGES, PARAGRAPHS -> quotations that share one wording of words that were said in another language.

What a minister says in the language of the papers is taken down by many; the same translation of a foreigner's words
points to one translator, hence to one wire. Who is a foreigner depends on the language of the text
(``text.speakers``): the German chancellor is one in French, and none in German.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from dedup.arrays import Clusters, Corpus, Passages, distinct_count, slices
from dedup.constants import rows_at_once
from dedup.text import languages, speakers

TRANSLATED_PROBABILITY = 0.7
"""Least p_agency of a cluster that shares one wording of a foreigner's words."""


def translated_quotations(
    found: Passages,
    clusters: Clusters,
    corpus: Corpus,
    spoken: np.ndarray,
    words_alone: np.ndarray,
    lines: Callable[[np.ndarray], pa.ChunkedArray],
) -> np.ndarray:
    """Clusters whose members share one wording of words that were said in another language: (clusters,) bool.

    It takes two owners, a member beside whose quotation a foreign speaker stands, and none beside whose quotation
    somebody stands who is at home in the text's language. ``spoken`` (articles,) are ``languages.numbers``;
    ``words_alone`` (clusters,) bool tells whose members share no more than the words of a quotation, whether they count
    as copied (``translated``) or not; ``lines`` gives the text of rows of PARAGRAPHS.
    """
    label = clusters.labels
    owner = corpus.owner[corpus.article_of(found.paragraph)]
    owners = distinct_count(label, owner, np.ones(len(label), bool), len(words_alone))
    rows = np.flatnonzero((words_alone & (owners > 1))[label])
    foreign, at_home = np.zeros(len(words_alone), bool), np.zeros(len(words_alone), bool)
    for some in slices(len(rows), READ_AT_ONCE):
        row = rows[some]
        codes = map(languages.code, spoken[corpus.article_of(found.paragraph[row])].tolist())
        places = (values[row].tolist() for values in (found.begin, found.end, label))
        texts = lines(found.paragraph[row]).to_pylist()
        for line, code, begin, end, cluster in zip(texts, codes, *places, strict=True):
            speaker = speaks_foreign(line, begin, end, code)
            foreign[cluster] |= speaker is True
            at_home[cluster] |= speaker is False
    return foreign & ~at_home


READ_AT_ONCE = rows_at_once(320)
"""Quotations whose lines are read at once."""

QUOTED = re.compile(r"«[^»]*»?|“[^”]*”?|„[^“”]*[“”]?|‹[^›]*›?|\"[^\"]*\"?")
"""Quotations in the marks of every language, once those of the text's own are put into common ones."""

SENTENCE_END = re.compile(r"(?<!\b[A-ZÀ-Þ])[.!?…][\s»”\"]*(?=[A-ZÀ-Þ«“\"])|[.!?…]\s*$")
REACH = 300
"""Code points on both sides of a quotation within which its speaker is looked for."""

ARTICLE = "l['’]|(?:la|les?|the|an?|der|die|das|dem|den|il|lo|gli|el|los|las|de|het|een) "
"""One that may stand before an office and its word: "avec le vieux ministre allemand"."""


def speaks_foreign(line: str, begin: int, end: int, code: str = speakers.FRENCH) -> bool | None:
    """Whether the speaker of the quotation ``line[begin:end]`` is a foreigner: None when nobody is seen.

    Looked for outside quotation marks in the sentence of the quotation and, when that names nobody ("a-t-elle dit"),
    in the sentence before it, in the line's language ``code``. One to whom, with whom or about whom something is said
    is no speaker ("a dit le maire au président américain").
    """
    foreign, at_home, addressed, pronoun = _speakers(code)
    low = max(0, begin - REACH)
    text = QUOTED.sub(_blank, languages.common_marks(line[low : end + REACH], code))
    ends = [0, *(stop.end() for stop in SENTENCE_END.finditer(text)), len(text)]
    first = max(place for place, stop in enumerate(ends) if stop <= begin - low)
    last = min((place for place, stop in enumerate(ends) if stop > end - low), default=len(ends) - 1)
    for sentence in (text[ends[first] : ends[last]], text[ends[max(first - 1, 0)] : ends[first]]):
        if at_home.search(sentence):
            return False
        if foreign.search(addressed.sub(" ", sentence)):
            return True
        if len(re.findall(r"\w+", sentence)) > 3 and not pronoun.search(sentence):
            return None
    return None


def _blank(quotation: re.Match[str]) -> str:
    """Spaces for its words; the mark that opens stays, and the stop of its last sentence."""
    text = quotation[0]
    stop = len(text.rstrip('»”"› \xa0\u202f'))
    if stop < 2:
        return text
    return "«" + " " * (stop - 2) + (text[stop - 1] if text[stop - 1] in ".!?…" else " ") + " " * (len(text) - stop)


@functools.cache
def _speakers(code: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Expressions for a foreigner, for somebody at home in a language, for a foreigner who is spoken to or about, and
    for a pronoun that leads to the sentence before."""
    lists = speakers.listed(code)
    places = (*lists["foreigners"], *lists.get("foreigners_by_capital", ()), *lists["foreign_places"])
    names, nations = speakers.expression(places), speakers.expression(speakers.nationalities(code))
    foreign = rf"(?:\b(?:(?i:{nations})|{names})\b)"
    before = rf"\b(?i:{speakers.expression(lists['addressed'])}) (?:{ARTICLE})?(?:[\w-]+ ){{0,2}}?"
    return (
        re.compile(f"{foreign}|(?i:{speakers.expression(lists['translation'])})"),
        re.compile(rf"\b(?:{speakers.expression(lists['at_home'])})\b"),
        re.compile(rf"{before}{foreign}(?: [A-ZÀ-Þ][\w-]+)*"),
        re.compile(rf"\b(?:{speakers.expression(lists['pronouns'])})\b"),
    )

"""Shares: every word of an article in exactly one class, over all that other articles share with it."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pyarrow as pa
import reference
from alignments import PARAGRAPHS_OF, alignments, clusters, joined, matched, table
from hypothesis import given
from hypothesis import strategies as st

from dedup import schemas
from dedup.arrays import ENDS, Corpus, Shares
from dedup.config import Config
from dedup.tracing import article_tables, shares

ARTICLES, WORDS = 5, 33
"""Each paragraph of the tests has 33 words: the longest span ends at 32."""


def corpus(set_apart: list[bool], owners: list[int]) -> Corpus:
    n = ARTICLES * PARAGRAPHS_OF
    nothing = np.zeros(ARTICLES, np.int64)
    return Corpus(
        nothing,
        nothing,
        nothing > 0,
        nothing,
        np.array(owners),
        nothing > 0,
        np.arange(ARTICLES + 1) * PARAGRAPHS_OF,
        np.full(n, WORDS, np.int32),
        np.array(set_apart),
    )


@st.composite
def counted(draw):
    rows = draw(alignments(ARTICLES))
    changed = {name: st.integers(0, 1) for name in ("insertions", "deletions", "substitutions")}
    rows = [{**row, **{name: draw(values) for name, values in changed.items()}} for row in rows]
    owners = draw(st.lists(st.integers(0, 2), min_size=ARTICLES, max_size=ARTICLES))
    same_owner = [owners[row["left"][0] // PARAGRAPHS_OF] == owners[row["right"][0] // PARAGRAPHS_OF] for row in rows]
    apart = draw(st.lists(st.booleans(), min_size=ARTICLES * PARAGRAPHS_OF, max_size=ARTICLES * PARAGRAPHS_OF))
    spans, ends = joined(rows)
    grouped = clusters(spans, ends, matched(rows), Config())
    k = len(grouped.mean)
    background = np.array(draw(st.lists(st.booleans(), min_size=k, max_size=k)), bool)
    kinds = shares.classes(table(rows), background[grouped.labels[ends[0]]])
    n = len(grouped.labels)
    some = st.lists(st.booleans(), min_size=n, max_size=n)
    likely, found, solid = (np.array(draw(some), bool) for _ in range(3))
    of = corpus(apart, owners)
    bounds = [0, *sorted(draw(st.sets(st.integers(1, ARTICLES - 1)))), ARTICLES]
    every = table(rows)
    for name, passages in zip(ENDS, ends, strict=True):
        every = every.append_column(name, pa.array(passages))
    made = shares.together(
        [shares.count(of, every, kinds, likely, found, solid, range(low, high)) for low, high in pairwise(bounds)]
    )
    return rows, same_owner, apart, ends, grouped, background, likely, found, solid, made


@given(counted())
def test_words_are_counted_as_in_plain_python(case):
    rows, same_owner, apart, ends, grouped, background, likely, found, solid, made = case
    order = list(schemas.SHARES)
    marks = {"all": [], "family": [], "likely": [], "found": []}
    for row, family, *sides in zip(rows, same_owner, *ends, strict=True):
        edited = row["insertions"] + row["deletions"] + row["substitutions"] > 0
        kind = "edited" if edited else "verbatim"
        kind = "quotation" if row["quote_only"] else "background" if background[grouped.labels[sides[0]]] else kind
        for side, at, there in zip(("left", "right"), sides, sides[::-1], strict=True):
            paragraph, begin, end = row[side]
            span = paragraph * WORDS + begin, paragraph * WORDS + end
            marks["family" if family else "all"].append((span, order.index(kind)))
            if likely[at] and (solid[there] or not (found[at] and family)):
                marks["likely"].append((span, 1))
            if found[at] and solid[there]:
                marks["found"].append((span, 1))
    n_words = ARTICLES * PARAGRAPHS_OF * WORDS
    every, house, agency, known = (
        reference.mark_spans([span for span, _ in marked], [value for _, value in marked], n_words)
        for marked in marks.values()
    )
    for word in range(n_words):
        if apart[word // WORDS]:
            every[word], agency[word], known[word] = order.index("boilerplate"), 0, 0
    for article in range(ARTICLES):
        mine = range(article * PARAGRAPHS_OF * WORDS, (article + 1) * PARAGRAPHS_OF * WORDS)
        for mark, name in enumerate(order):
            assert made.words[name][article] == sum(every[word] == mark for word in mine)
        assert made.agency[article] == sum(agency[word] for word in mine)
        assert made.found[article] == sum(known[word] for word in mine)
        assert made.carried[article] == sum(known[word] for word in mine if order[every[word]] != "background")
        house_words = sum(every[word] == 0 and house[word] > order.index("quotation") for word in mine)
        assert made.same_owner[article] == house_words
        own = "".join("o" if every[word] == 0 else "x" for word in mine if every[word] != order.index("boilerplate"))
        assert made.own_run[article] == max(map(len, own.split("x")))


@given(counted())
def test_the_words_of_the_classes_add_up_to_all_words(case):
    made = case[-1]
    assert (sum(made.words.values()) == PARAGRAPHS_OF * WORDS).all()
    assert (made.total == PARAGRAPHS_OF * WORDS).all()
    assert (made.prose == made.total - made.words["boilerplate"]).all()
    assert (made.agency <= made.prose).all()
    assert (made.same_owner <= made.words["own"]).all()


@given(st.lists(st.lists(st.integers(0, 50_000), min_size=6, max_size=6), max_size=6))
def test_the_six_shares_add_up_to_one_in_any_order(rows):
    columns = np.array(rows, np.int64).reshape(-1, 6).T
    words = dict(zip(schemas.SHARES, columns, strict=True))
    zero = np.zeros(len(rows), np.int64)
    exact = article_tables._exact_shares(Shares(words, zero, zero, zero, zero, zero, columns.sum(axis=0)))
    for order in permutations(schemas.SHARES):
        total = np.zeros(len(rows), np.float32)
        for name in order:
            total += exact[name]
        assert (total == np.float32(1)).all()
    for name in schemas.SHARES:
        true = words[name] / np.maximum(columns.sum(axis=0), 1)
        off = 6 / 2**20 if name == "own" else 1 / 2**20
        assert (np.abs(exact[name] - true)[columns.sum(axis=0) > 0] <= off).all()

"""Alignment: equal to plain Python on small texts, and laws that hold for every reported match."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from numba import typeof
from runs import ROOT, json_lines
from searching import at_least

from dedup import schemas
from dedup.config import Config
from dedup.kernels.chains import EXTEND_WORDS
from dedup.matching.align import Texts, align, edit_classes, texts
from dedup.text import segment, words

LOOSE = Config(min_words=5, lone_information=0, min_information=20.0, max_gap=6)
"""Settings under which short texts match."""


class Article(NamedTuple):
    """Paragraphs of words given as small numbers; their rarity follows from the number."""

    paragraphs: list[list[int]]
    flags: list[list[int]]
    readable: list[bool]


def rarity_of(word: int) -> int:
    return 8 + 37 * word % 120


def laid_out(articles: Sequence[Article], config: Config = LOOSE) -> Texts:
    """The articles as the stage wants them; word n of a paragraph stands at code points 2n to 2n + 1."""
    rows = [paragraph for article in articles for paragraph in article.paragraphs]
    flags = [row for article in articles for row in article.flags]
    columns = {
        field.name: pa.array([[0] * len(row) if pa.types.is_list(field.type) else 0 for row in rows], field.type)
        for field in schemas.WORDS
    }
    columns["hash"] = pa.array(rows, schemas.WORDS.field("hash").type)
    columns["rarity"] = pa.array(
        [[rarity_of(word) for word in row] for row in rows], schemas.WORDS.field("rarity").type
    )
    columns["flags"] = pa.array(flags, schemas.WORDS.field("flags").type)
    for name, shift in (("begin", 0), ("end", 1)):
        places = [[2 * n + shift for n in range(len(row))] for row in rows]
        columns[name] = pa.array(places, schemas.WORDS.field(name).type)
    first = np.cumsum([0, *(len(article.paragraphs) for article in articles)])
    readable = np.array([kept for article in articles for kept in article.readable], bool)
    return texts(pa.table(columns, schema=schemas.WORDS), first, readable, config)


def plain(article: Article) -> reference.Text:
    pieces = [
        (word, number, rarity_of(word), flag)
        for number, row in enumerate(article.paragraphs)
        for word, flag in zip(row, article.flags[number], strict=True)
    ]
    return reference.Text(*map(list, zip(*pieces, strict=True))) if pieces else reference.Text([], [], [], [])


def aligned(
    articles: Sequence[Article], pairs: Sequence[tuple[int, int]] = ((0, 1),), config: Config = LOOSE
) -> list[dict]:
    lefts, rights = np.array(pairs, np.int64).reshape(-1, 2).T
    table = align(lefts.copy(), rights.copy(), laid_out(articles, config), config)
    assert table.schema.equals(schemas.ALIGNMENTS, check_metadata=True)
    return table.to_pylist()


def spans(row: dict, articles: Sequence[Article]) -> tuple[list[int], list[int]]:
    """Words of both spans."""
    found = []
    for side in ("left", "right"):
        number = row[f"{side}_paragraph"] - sum(len(article.paragraphs) for article in articles[: row[side]])
        paragraph = articles[row[side]].paragraphs[number]
        found.append(paragraph[row[f"{side}_begin_word"] : row[f"{side}_end_word"]])
    return found[0], found[1]


@st.composite
def edited(draw, source: list[int], vocabulary: int) -> list[int]:
    """A copy with some words taken out, put in or changed, and maybe its halves swapped."""
    copy = list(source)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(copy)))
        change = draw(st.sampled_from(["in", "out", "other", "cut", "swap"]))
        if change == "in":
            copy[at:at] = draw(st.lists(st.integers(0, vocabulary), max_size=7))
        elif change == "out":
            del copy[at : at + draw(st.integers(1, 7))]
        elif change == "other":
            copy[at : at + 1] = [draw(st.integers(0, vocabulary))]
        elif change == "cut":
            copy = copy[: max(at, 5)]
        else:
            copy = copy[at:] + copy[:at]
    return copy


@st.composite
def related(draw, size: int = 2) -> list[Article]:
    """Articles that share edited paragraphs. A small vocabulary makes repeats, a large one makes none."""
    vocabulary = draw(st.sampled_from([3, 12, 60, 2_000]))
    word = st.integers(0, vocabulary)
    pool = draw(st.lists(st.lists(word, min_size=6, max_size=28), min_size=1, max_size=3))
    articles = []
    for _ in range(size):
        paragraphs = []
        for _ in range(draw(st.integers(0, 3))):
            pieces = draw(st.lists(st.sampled_from(pool).flatmap(lambda p: edited(p, vocabulary)), max_size=2))
            paragraphs.append(draw(st.lists(word, max_size=4)) + [word for piece in pieces for word in piece])
        flags = [draw(st.lists(st.integers(0, 63), min_size=len(row), max_size=len(row))) for row in paragraphs]
        readable = draw(st.lists(st.sampled_from([True, True, True, False]), min_size=len(flags), max_size=len(flags)))
        articles.append(Article(paragraphs, flags, readable))
    return articles


def as_in_reference(row: dict, articles: Sequence[Article]) -> tuple:
    """What the plain alignment says of the same match."""
    places = []
    for side in ("left", "right"):
        before = sum(len(article.paragraphs) for article in articles[: row[side]])
        start = sum(map(len, articles[row[side]].paragraphs[: row[f"{side}_paragraph"] - before]))
        places += [start + row[f"{side}_begin_word"], start + row[f"{side}_end_word"]]
    counts = ("matched", "longest", "runs", "insertions", "deletions", "substitutions", "quoted")
    return (*places, *(row[name] for name in counts), row["information"], row["jaccard"])


# against plain Python


def expected(left: reference.Text, right: reference.Text, readable, config: Config) -> list[tuple]:
    found = reference.align(left, right, readable, config.max_gap, config.min_words, config.min_information)
    found = reference.kept(found, config.min_words, config.min_information, config.lone_information)
    return sorted(
        (
            m.left[0],
            m.left[-1] + 1,
            m.right[0],
            m.right[-1] + 1,
            *m[2:9],  # matched to quoted
            float(np.float32(m.information)),
            float(np.float32(m.jaccard)),
        )
        for m in found
    )


@at_least(150)
@given(related(), st.sampled_from([0, 60, 120]))
def test_matches_equal_those_of_the_plain_alignment(articles, lone):
    left, right = articles
    readable = left.readable, right.readable
    config = LOOSE.model_copy(update={"lone_information": lone})
    found = sorted(as_in_reference(row, articles) for row in aligned(articles, config=config))
    assert found == expected(plain(left), plain(right), readable, config)


@at_least(30)
@given(st.data())
def test_matches_in_long_lines_equal_those_of_the_plain_alignment(data):
    source = data.draw(st.lists(st.integers(0, 2_000), min_size=160, max_size=230))
    copy = source
    for _ in range(3):
        copy = data.draw(edited(copy, 2_000))
    articles = []
    for row in (source, copy + source[:20]):
        ends = data.draw(st.sets(st.integers(0, len(row) - 1), max_size=30))
        articles.append(Article([[7, 7, 7], row], [[0] * 3, [2 * (n in ends) for n in range(len(row))]], [True, True]))
    found = sorted(as_in_reference(row, articles) for row in aligned(articles))
    assert found == expected(*map(plain, articles), ([True] * 2,) * 2, LOOSE)


def test_a_copy_in_a_long_line_is_cut_where_sentences_end():
    row = distinct(0, 200)
    flags = [2 * (n % 25 == 24) for n in range(200)]
    rows = aligned([Article([row], [flags], [True])] * 2)
    assert [(r["left_begin_word"], r["left_end_word"]) for r in rows] == [(0, 50), (50, 100), (100, 150), (150, 200)]


@functools.cache
def example_texts() -> tuple[Texts, list[reference.Text]]:
    """Texts of the example corpus, for both."""
    rows = json_lines(ROOT / "examples" / "inbox" / "articles.jsonl")
    articles = pa.table({"article_id": [row["id"] for row in rows], "text": [row["text"] for row in rows]})
    paragraphs = segment.segment(articles)
    found = words.read_words(paragraphs, Config())
    first = np.cumsum([0, *(paragraphs["article_id"].to_pylist().count(row["id"]) for row in rows)])
    fast = texts(found, first, np.ones(len(paragraphs), bool), Config())
    slow = []
    for low, high in zip(fast.starts[:-1], fast.starts[1:], strict=True):
        numbers = fast.paragraphs[low:high]
        slow.append(
            reference.Text(
                fast.words[low:high].tolist(),
                (numbers - numbers[0]).tolist(),
                fast.weights[low:high].tolist(),
                fast.flags[low:high].tolist(),
            )
        )
    return fast, slow


def test_matches_of_french_articles_equal_those_of_the_plain_alignment():
    fast, slow = example_texts()
    config = Config(lone_information=0)
    pairs = [(x, y) for x in range(0, len(slow), 3) for y in range(x + 1, len(slow), 2)]
    table = align(*np.array(pairs).T.copy(), fast, config)
    found: dict[tuple[int, int], list[tuple]] = {}
    for row in table.to_pylist():
        places = []
        for side in ("left", "right"):
            start = fast.paragraph_starts[row[f"{side}_paragraph"]] - fast.starts[row[side]]
            places += [start + row[f"{side}_begin_word"], start + row[f"{side}_end_word"]]
        counts = ("matched", "longest", "runs", "insertions", "deletions", "substitutions", "quoted")
        found.setdefault((row["left"], row["right"]), []).append(
            (*map(int, places), *(row[name] for name in counts), row["information"], row["jaccard"])
        )
    assert len(found) > 20
    for x, y in pairs:
        everywhere = [[True] * 99] * 2
        assert sorted(found.get((x, y), [])) == expected(slow[x], slow[y], everywhere, config)


# laws of one match


@at_least(100)
@given(related())
def test_a_match_holds_as_many_equal_words_as_it_says(articles):
    for row in aligned(articles):
        left, right = spans(row, articles)
        assert left[0] == right[0]
        assert left[-1] == right[-1]
        assert len(reference.lcs(left, right)) >= row["matched"]
        assert row["matched"] + row["substitutions"] + row["deletions"] == len(left)
        assert row["matched"] + row["substitutions"] + row["insertions"] == len(right)
        assert row["longest"] <= row["matched"] <= row["longest"] * row["runs"]
        assert (row["runs"] == 1) == (row["longest"] == row["matched"])
        assert row["runs"] > 1 or left == right
        assert row["jaccard"] == np.float32(reference.jaccard(left, right))
        assert 0 < row["information"] <= sum(map(rarity_of, left)) / 8
        assert 0 <= row["quoted"] <= row["matched"]


@given(related())
def test_a_match_skips_no_more_words_than_allowed(articles):
    left, right = map(plain, articles)
    readable = articles[0].readable, articles[1].readable
    limit = max(LOOSE.max_gap, EXTEND_WORDS)
    for match in reference.align(left, right, readable, LOOSE.max_gap, LOOSE.min_words, LOOSE.min_information):
        assert max(b - a - 1 for side in (match.left, match.right) for a, b in pairwise(side)) <= limit


@given(related())
def test_the_code_points_of_a_match_are_those_of_its_words(articles):
    for row in aligned(articles):
        for side in ("left", "right"):
            assert row[f"{side}_begin"] == 2 * row[f"{side}_begin_word"]
            assert row[f"{side}_end"] == 2 * (row[f"{side}_end_word"] - 1) + 1


@given(related())
def test_paragraphs_that_are_not_readable_are_in_no_match(articles):
    kept = [kept for article in articles for kept in article.readable]
    assert all(kept[row["left_paragraph"]] and kept[row["right_paragraph"]] for row in aligned(articles))


@given(related())
def test_a_later_match_of_two_articles_is_new_on_one_side(articles):
    rows = aligned(articles)  # in short lines: a long one is cut into several
    for row in rows:
        for other in rows:
            if other is row:
                continue
            assert any(
                other[f"{side}_paragraph"] != row[f"{side}_paragraph"]
                or (other[f"{side}_begin_word"], other[f"{side}_end_word"])
                != (row[f"{side}_begin_word"], row[f"{side}_end_word"])
                for side in ("left", "right")
            )


# what must be found


@given(st.integers(14, 60), st.lists(st.integers(0, 9), min_size=4, max_size=4), st.randoms())
def test_a_run_copied_whole_is_found_whole_wherever_it_stands(size, around, random):
    numbers = iter(random.sample(range(5_000), 400))
    run = [next(numbers) for _ in range(size)]
    before_left, after_left, before_right, after_right = ([next(numbers) for _ in range(n)] for n in around)
    articles = [
        Article([row], [[0] * len(row)], [True])
        for row in (before_left + run + after_left, before_right + run + after_right)
    ]
    bits = float(sum(map(rarity_of, run)) / 8)
    config = Config(min_information=bits, lone_information=0)
    [row] = aligned(articles, config=config)
    assert spans(row, articles) == (run, run)
    assert (row["matched"], row["runs"], row["jaccard"], row["quote_only"]) == (size, 1, 1.0, False)
    assert (row["left_begin_word"], row["right_begin_word"]) == (len(before_left), len(before_right))
    assert not aligned(articles, config=config.model_copy(update={"min_words": size + 1}))
    assert not aligned(articles, config=config.model_copy(update={"lone_information": bits + 0.1}))
    assert not aligned(articles, config=config.model_copy(update={"min_information": bits + 0.1}))


def distinct(begin: int, n: int) -> list[int]:
    return list(range(begin, begin + n))


def one_line(*rows: list[int], quoted: int = 0) -> Article:
    return Article(list(rows), [[quoted] * len(row) for row in rows], [True] * len(rows))


def edits(rows: pa.Table, source_is_left: np.ndarray, paragraph_words: list[int]) -> list[str]:
    codes = edit_classes(rows, source_is_left, np.array(paragraph_words))
    return [schemas.EDIT_CLASSES[code] for code in codes.tolist()]


def test_a_merged_paragraph_is_traced_to_both_paragraphs_of_the_source():
    first, second = distinct(0, 30), distinct(100, 30)
    rows = aligned([one_line(first, second), one_line(distinct(500, 5) + first + second)])
    assert [(row["left_paragraph"], row["right_paragraph"], row["matched"]) for row in rows] == [(0, 2, 30), (1, 2, 30)]
    assert edits(as_table(rows), np.ones(2, bool), [30, 30, 65]) == ["merged"] * 2
    assert edits(as_table(rows), np.zeros(2, bool), [30, 30, 65]) == ["split"] * 2


def test_sentences_in_another_order_are_two_matches():
    first, second = distinct(0, 30), distinct(100, 30)
    rows = aligned([one_line(first + second), one_line(second + first)])
    assert sorted(row["matched"] for row in rows) == [30, 30]
    assert edits(as_table(rows), np.ones(2, bool), [60, 60]) == ["reordered"] * 2


def as_table(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schemas.ALIGNMENTS)


@pytest.mark.parametrize(
    ("copy", "edit_class"),
    [
        (distinct(0, 40), "verbatim"),
        ([*distinct(0, 20), 999, *distinct(21, 19)], "light_edit"),
        ([*distinct(0, 10), *distinct(900, 9), *distinct(14, 10), *distinct(950, 9), *distinct(29, 11)], "heavy_edit"),
        (distinct(0, 30), "truncated"),
    ],
)
def test_an_edit_has_the_class_of_its_form(copy, edit_class):
    articles = [one_line(distinct(0, 40)), one_line(copy)]
    rows = aligned(articles, config=Config(min_information=0))
    assert edits(as_table(rows), np.ones(1, bool), [40, len(copy)]) == [edit_class]


def test_a_shared_quotation_is_no_copy_however_long_it_is():
    for size in (20, 29, 30, 31, 60):
        articles = [one_line(distinct(0, size), distinct(k, 60), quoted=1) for k in (300, 400)]
        [row] = aligned(articles)
        assert (row["quote_only"], schemas.QUOTE_REASONS[row["quote_reason"]]) == (True, "undecided")


def test_a_word_is_quoted_when_it_is_so_on_either_side():
    words = distinct(0, 25)
    for marked in (0, 1):
        [row] = aligned([one_line(words, quoted=marked), one_line(words, quoted=1 - marked)])
        assert (row["quoted"], row["quote_only"]) == (25, True)


def test_a_quotation_is_copied_with_what_stands_around_it():
    quotation, before = distinct(0, 25), distinct(100, 20)
    around = Article([before, quotation], [[0] * 20, [1] * 25], [True] * 2)
    reasons = [schemas.QUOTE_REASONS[row["quote_reason"]] for row in aligned([around, around])]
    assert reasons == [None, "copied_frame"]
    far = [
        Article([before, distinct(k, 30), quotation], [[0] * 20, [0] * 30, [1] * 25], [True] * 3) for k in (300, 400)
    ]
    assert [row["quote_only"] for row in aligned(far)] == [False, True]


def test_the_same_splice_of_fragments_is_copied():
    flags = [1] * 9 + [0] + [1] * 9 + [0] + [1] * 9
    for joints, reason in (((50, 51), "same_splice"), ((50, 52), "undecided")):
        fragments = [distinct(k, 9) for k in (0, 100, 200)]
        left, right = (
            fragments[0] + [one] + fragments[1] + [other] + fragments[2] for one, other in ((50, 51), joints)
        )
        [row] = aligned([Article([left], [flags], [True]), Article([right], [flags], [True])])
        assert schemas.QUOTE_REASONS[row["quote_reason"]] == reason


def test_a_clause_put_in_or_moved_breaks_no_match():
    first, second, other = distinct(0, 9), distinct(100, 14), distinct(500, 19)
    [row] = aligned([one_line(first + second), one_line(first + other + second)], config=Config(min_information=60))
    assert (row["matched"], row["insertions"]) == (23, 19)
    rows = aligned([one_line(first + second), one_line(second + other + first)], config=Config())
    assert sorted(row["matched"] for row in rows) == [9, 14]


def test_a_short_run_counts_beside_a_match_when_it_is_rare_enough_for_where_it_stands():
    long, short = distinct(100, 30), [17, 18, 19]
    assert sum(map(rarity_of, short)) / 8 == 27.75
    for apart, found in ((3, True), (7, True), (8, False), (24, False)):
        rows = aligned(
            [one_line([*long, 1, 2, 3, *short]), one_line(short + distinct(700, apart) + long)], config=Config()
        )
        assert (3 in [row["matched"] for row in rows]) == found


def test_a_phrase_that_stands_twice_counts_once():
    phrase, tail = distinct(0, 7), distinct(300, 20)
    rows = aligned([one_line(phrase + tail), one_line(phrase + tail, distinct(700, 9) + phrase)], config=Config())
    assert [row["matched"] for row in rows] == [27]


def test_what_two_articles_share_otherwise_lets_a_match_say_less():
    lone, shared = distinct(0, 10), distinct(1000, 60)
    config = Config(lone_information=130, min_information=50)
    alone = [one_line(distinct(k, 30) + lone) for k in (300, 400)]
    together = [one_line(shared, distinct(k, 30), distinct(k + 40, 30) + lone) for k in (300, 400)]
    assert not aligned(alone, config=config)
    assert [row["matched"] for row in aligned(together, config=config)] == [60, 10]


# two sides, many articles


@given(related())
def test_swapping_the_articles_swaps_the_sides(articles):
    def shape(row: dict, left: str, right: str) -> tuple:
        edits = ("insertions", "deletions") if left == "left" else ("deletions", "insertions")
        return tuple(
            row[name]
            for name in (
                f"{left}_begin_word",
                f"{left}_end_word",
                f"{right}_begin_word",
                f"{right}_end_word",
                "matched",
                "longest",
                "quoted",
                "information",
                "jaccard",
                *edits,
            )
        )

    # repeats make ties, and a tie may fall either way: words that stand once on each side make none
    clear = [
        Article(
            [[word for at, word in enumerate(row) if word not in row[:at]] for row in article.paragraphs[:1]],
            article.flags[:1],
            article.readable[:1],
        )
        for article in articles
    ]
    clear = [Article(a.paragraphs, [[0] * len(row) for row in a.paragraphs], a.readable) for a in clear]
    forth = sorted(shape(row, "left", "right") for row in aligned(clear))
    back = sorted(shape(row, "right", "left") for row in aligned(clear[::-1]))
    assert forth == back


@at_least(40)
@given(related(size=4))
def test_a_match_depends_on_its_two_articles_alone(articles):
    pairs = [(x, y) for x in range(4) for y in range(x + 1, 4)]
    together = aligned(articles, pairs)
    alone = []
    for x, y in pairs:
        shift = [sum(len(article.paragraphs) for article in articles[:n]) for n in (x, y)]
        for row in aligned([articles[x], articles[y]]):
            row.update(
                left=x,
                right=y,
                left_paragraph=row["left_paragraph"] + shift[0],
                right_paragraph=row["right_paragraph"] + shift[1] - len(articles[x].paragraphs),
            )
            alone.append(row)
    assert together == alone
    assert aligned(articles, pairs[::-1]) == together


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_threads_changes_no_match(workers):
    fast, slow = example_texts()
    pairs = np.array([(x, y) for x in range(len(slow)) for y in range(x + 1, len(slow))]).T.copy()
    assert align(*pairs, fast, Config(workers=workers)).equals(align(*pairs, fast, Config()))


# nothing, one, huge


def test_nothing_aligns_to_nothing():
    empty = Article([], [], [])
    assert aligned([empty, empty]) == []
    assert aligned([empty, one_line(distinct(0, 40))]) == []
    assert aligned([one_line([1, 2]), one_line([1, 2])]) == []
    assert align(np.zeros(0, np.int64), np.zeros(0, np.int64), laid_out([empty]), LOOSE).num_rows == 0


def test_a_refrain_starts_no_match():
    refrain = [1, 2, 3] * 20
    assert aligned([one_line(refrain), one_line(refrain)]) == []


def test_long_identical_articles_are_one_match():
    rows = aligned([one_line(distinct(0, 50_000))] * 2)
    assert [(row["matched"], row["runs"]) for row in rows] == [(50_000, 1)]


def test_kernels_are_compiled_once_for_words_of_one_part_and_of_several():
    read = [words.read_words(pa.table({"text": [line]}), LOOSE) for line in ("un deux trois", "quatre cinq six")]
    one_part = pa.concat_tables([read[0]])
    kinds = {typeof(texts(table, np.array([0, len(table)]), np.ones(len(table), bool), LOOSE))
             for table in (one_part, pa.concat_tables(read))}  # fmt: skip
    assert len(kinds) == 1

"""Boilerplate: the lines an outlet prints again and again, told apart from agency copy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from dedup import schemas
from dedup.tracing import boilerplate

DATA = Path(__file__).parents[3] / "shared" / "data"
BOILERPLATE = "Retrouvez la météo des plages dans notre cahier du soir"
SENTENCE = "Le phare du cap, construit en 1852, guide les bateaux de pêche vers le port depuis six générations."


def corpus(*texts: dict) -> tuple[pa.Table, pa.Table]:
    """ARTICLES and PARAGRAPHS of articles given as {"lines": [...], "outlet": ..., "day": ..., ...}."""
    known, lines = [], []
    for number, text in enumerate(texts):
        day, role = text.get("day", number), text.get("role", "body")
        row = {
            "article_id": f"a{number:03}", "outlet": text.get("outlet", "Le Phare"), "owner_group": text.get("owner"),
            "published_at": None if day is None else datetime(2024, 6, 1, tzinfo=UTC) + timedelta(days=day),
            "date_precision": "none" if day is None else "day", "is_wire": text.get("is_wire", False),
            "digest": text.get("digest", f"digest {number}"),
        }  # fmt: skip
        known.append({name: row.get(name) for name in schemas.ARTICLES.names})
        for place, line in enumerate(text["lines"]):
            row = {"article_id": f"a{number:03}", "paragraph": place, "role": role, "text": line}
            lines.append({name: row.get(name) for name in schemas.PARAGRAPHS.names})
    return pa.Table.from_pylist(known, schemas.ARTICLES), pa.Table.from_pylist(lines, schemas.PARAGRAPHS)


def own(number: int) -> str:
    return f"Histoire {'abcdefghijklmnopqrstuvwxyz'[number % 26] * (1 + number // 26)} du jour."


def story(*lines: str, **more: object) -> dict:
    return {"lines": list(lines), **more}


def learned(*texts: dict) -> dict[str, tuple[int, str]]:
    made = boilerplate.learn(*corpus(*texts))
    assert made.schema.equals(schemas.BOILERPLATE)
    return {row["text"]: (row["n_articles"], row["rule"]) for row in made.to_pylist()}


def test_a_line_that_recurs_in_different_articles_of_an_outlet_is_learned():
    assert learned(*(story(own(n), BOILERPLATE) for n in range(3))) == {BOILERPLATE: (3, "learned")}


def test_two_occasions_are_not_enough():
    assert learned(*(story(own(n), BOILERPLATE) for n in range(2)), story(own(2))) == {}


def test_a_line_printed_three_times_in_one_article_is_one_occasion():
    assert learned(story(BOILERPLATE, BOILERPLATE, BOILERPLATE), story(own(1))) == {}


def test_numbers_spaces_and_typography_do_not_tell_lines_apart():
    lines = [
        "Il vous reste 57.09 % de l'article à lire",
        "Il vous reste 5 % de l’article à lire",
        " Il vous reste\u00a04,5  %\u202fde l'article à lire ",
    ]
    assert learned(*(story(own(n), line) for n, line in enumerate(lines))) == {
        "Il vous reste 0 % de l'article à lire": (3, "learned")
    }


def test_accents_and_case_do():
    assert learned(story("Jour de pêche"), story("Jour de pèche"), story("jour de pêche")) == {}


def test_the_floor_grows_with_the_outlet():
    few = [story(own(n), BOILERPLATE) for n in range(6)]
    assert learned(*few, *(story(own(n)) for n in range(6, 1200))) == {BOILERPLATE: (6, "learned")}
    assert learned(*few, *(story(own(n)) for n in range(6, 1201))) == {}


def test_a_long_line_is_text():
    long = " ".join(["mot"] * (boilerplate.LONGEST + 1))
    brief = " ".join(["mot"] * boilerplate.LONGEST)
    assert learned(*(story(own(n), long) for n in range(9))) == {}
    assert learned(*(story(own(n), brief) for n in range(9))) == {brief: (9, "learned")}


def test_a_sentence_must_recur_in_more_stories_than_another_line():
    assert learned(*(story(own(n), SENTENCE) for n in range(4))) == {}
    assert learned(*(story(own(n), SENTENCE) for n in range(5))) == {SENTENCE.replace("1852", "0"): (5, "learned")}


def test_a_line_of_another_owners_outlet_is_agency_copy():
    here = [story(own(n), BOILERPLATE, owner="Groupe Nord") for n in range(4)]
    assert learned(*here, story(BOILERPLATE, outlet="La Digue", owner="Groupe Sud")) == {}
    assert learned(*here, story(BOILERPLATE, outlet="La Digue")) == {}
    assert learned(*here, story(BOILERPLATE, outlet="La Digue", owner="Groupe Nord")) == {BOILERPLATE: (4, "learned")}


def test_a_pattern_is_kept_wherever_it_stands():
    line = "Lire aussi nos pages"
    texts = [story(line, outlet=name, role="boilerplate") for name in ["Le Phare"] * 3 + ["La Digue"] * 4]
    made = boilerplate.learn(*corpus(*texts)).to_pylist()
    assert [(row["outlet"], row["text"], row["n_articles"], row["rule"]) for row in made] == [
        ("La Digue", "Lire aussi nos pages", 4, "pattern"), ("Le Phare", "Lire aussi nos pages", 3, "pattern"),
    ]  # fmt: skip


def test_a_line_of_a_dispatch_is_agency_copy_but_not_the_site_around_it():
    here = [story(own(n), BOILERPLATE, SENTENCE) for n in range(6)]
    assert set(learned(*here)) == {BOILERPLATE, SENTENCE.replace("1852", "0")}
    # the dispatch stands on the outlet's own site: its sentences are the agency's, its boilerplate is the site's
    assert set(learned(*here, story(BOILERPLATE, SENTENCE, is_wire=True))) == {BOILERPLATE}
    assert learned(*here, story(BOILERPLATE, SENTENCE, is_wire=True, outlet=None)) == {}


def test_versions_of_one_story_on_one_day_are_one_occasion():
    long = "Le port a rouvert ce matin après trois jours de tempête, et les équipages ont repris la mer " * 3
    assert learned(*(story(long, BOILERPLATE, day=1) for _ in range(5))) == {}
    assert learned(*(story(long, BOILERPLATE, day=n) for n in range(5))) == {BOILERPLATE: (5, "learned")}
    assert learned(*(story(own(n), BOILERPLATE, day=1) for n in range(5))) == {BOILERPLATE: (5, "learned")}
    # a sentence wants different stories, whatever the days
    assert learned(*(story(long, SENTENCE, day=n) for n in range(9))) == {}


def test_copies_of_one_text_are_one_occasion():
    assert learned(*(story(BOILERPLATE, digest="same", day=None) for _ in range(5))) == {}


@pytest.mark.parametrize("role", ["caption", "credit", "embed"])
def test_a_credit_never_turns_into_boilerplate(role):
    assert learned(*(story("(AFP)", role=role) for _ in range(9))) == {}


def test_articles_without_outlet_or_date_do_no_harm():
    assert learned(*(story(BOILERPLATE, outlet=None) for _ in range(5))) == {}
    assert learned(*(story(own(n), BOILERPLATE, day=None) for n in range(3))) == {BOILERPLATE: (3, "learned")}


def test_empty_tables_teach_nothing():
    known, lines = schemas.ARTICLES.empty_table(), schemas.PARAGRAPHS.empty_table()
    nothing = boilerplate.learn(known, lines)
    assert nothing.equals(schemas.BOILERPLATE.empty_table())
    assert boilerplate.mark(lines, known, nothing).tolist() == []
    known, lines = corpus(story(BOILERPLATE), story("", "?", "12"))
    assert boilerplate.mark(lines, known, nothing).tolist() == [False] * 4


def test_lines_of_unknown_articles_are_ignored():
    known, lines = corpus(*(story(own(n), BOILERPLATE) for n in range(5)))
    assert len(boilerplate.learn(schemas.ARTICLES.empty_table(), lines)) == 0
    made = boilerplate.learn(known, lines)
    assert not boilerplate.mark(lines, schemas.ARTICLES.empty_table(), made).any()


def test_a_learned_line_is_marked_in_its_own_outlet_only():
    teaching = [story(own(n), f"Page {n} du cahier") for n in range(3)]
    made = boilerplate.learn(*corpus(*teaching))
    known, lines = corpus(
        story("Page 12 du cahier", own(1)), story("Page 12 du cahier", outlet="La Digue"),
        story("Page\u00a07 du cahier", is_wire=True),
        story("Page 12 du cahier", outlet=None), story("cahier du Page 1"), story("Page 1 du cahier", role="caption"),
    )  # fmt: skip
    assert boilerplate.mark(lines, known, made).tolist() == [True, False, False, True, False, False, False]


def test_lines_that_share_their_letters_are_not_one_line():
    # an anagram has the same key; only the line itself decides
    lines = ["le port est bon", "le bon port est", "est le bon port"]
    assert learned(*(story(own(n), line) for n, line in enumerate(lines))) == {}


def test_neither_rows_order_nor_chunks_matter():
    known, lines = corpus(
        *(
            story(own(n), BOILERPLATE, "Lire aussi", SENTENCE, outlet=("Le Phare", "La Digue")[n % 2])
            for n in range(14)
        ),
        *(story(own(n), "À demain sur les quais") for n in range(14, 20)),
    )  # fmt: skip
    made = boilerplate.learn(known, lines)
    assert len(made)
    draw = np.random.default_rng(3)
    for _ in range(3):
        order = draw.permutation(len(lines))
        mixed = lines.take(pa.array(order))
        mixed = pa.concat_tables([mixed.slice(0, 5), mixed.slice(5)])
        other = known.take(pa.array(draw.permutation(len(known))))
        assert boilerplate.learn(other, mixed).equals(made)
        assert (boilerplate.mark(mixed, other, made) == boilerplate.mark(lines, known, made)[order]).all()


def test_batches_do_not_matter(monkeypatch):
    known, lines = corpus(*(story(own(n), BOILERPLATE, SENTENCE) for n in range(9)))
    made = boilerplate.learn(known, lines)
    monkeypatch.setattr(boilerplate, "_BATCH", 4)
    assert boilerplate.learn(known, lines).equals(made)
    assert boilerplate.mark(lines, known, made).sum() == 18


def test_learning_equals_a_plain_count_on_random_lines():
    """Different articles, no sentence, one owner: a line is learned when enough articles print it."""
    draw = np.random.default_rng(5)
    words = ["quai", "phare", "7", "12", "’été", "l'été", "« mer »", '"mer"']
    texts = [[" ".join(draw.choice(words, 2)) for _ in range(4)] for _ in range(40)]
    known, lines = corpus(*(story(own(n), *text) for n, text in enumerate(texts)))
    folded = [set(boilerplate.fold_lines(pa.array([own(n), *text])).to_pylist()) for n, text in enumerate(texts)]
    counts = {line: sum(line in text for text in folded) for line in set().union(*folded)}
    made = boilerplate.learn(known, lines)
    assert dict(zip(made["text"].to_pylist(), made["n_articles"].to_pylist(), strict=True)) == {
        line: count for line, count in counts.items() if count >= boilerplate.LEAST_ARTICLES
    }


@pytest.mark.skipif(not (DATA / "gilets_jaunes").is_dir(), reason="the real articles are not here")
def test_on_real_articles_no_agency_sentence_is_learned():
    import json

    with (DATA / "gilets_jaunes" / "articles.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    owners = {"La DH": "IPM", "La Libre Belgique": "IPM"}
    known, lines = corpus(*(
        story(*(line for line in row["body"].split("\n") if line.strip()), outlet=row["outlet"], is_wire=row["is_wire"],
              owner=owners.get(row["outlet"]), day=None, digest=row["doc_id"])
        for row in rows
    ))  # fmt: skip
    made = boilerplate.learn(known, lines).to_pylist()
    assert made
    counts = [row for row in made if row["text"].endswith(".") and row["text"].count(" ") >= 15]
    assert counts == []

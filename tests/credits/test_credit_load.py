"""Hostile text: the time of the credit rules grows with the text, whatever stands in it. All texts are invented."""

from __future__ import annotations

import time

import pytest
from credit_tables import article, articles_table, paragraphs_table

from dedup.credits.mentions import CROWD, find_credits
from dedup.credits.rules import load_rules

SIZE = 500_000
"""Code points of a hostile text."""

SECONDS = 10.0
"""CPU time that it may cost."""

BOMBS = [
    "(AFP",
    "AFP (AFP/",
    "Jean Dupont/AFP ",
    "AFP, ",
    "(AFP {}",
    "avec l'AFP et {}. ",
    "photo {} par interroge AFP ",
    "© x{} AFP\n",
    "selon AFP {}\n",
    "(AFP {}\n",
    "La Gazette du Lac, La Gazette du Lac ",
    "12 (RAuters) - ",
    "l'agence de presse a b c {} agence AFP ",
    "A a b c d e f g h {} avec AFP x ",
]


def bomb(unit: str, size: int) -> str:
    parts = [unit.format(number) for number in range(size // len(unit))]
    return "".join(parts)[:size]


def seconds(text: str) -> float:
    rules = load_rules(None)
    paragraphs = paragraphs_table(text.split("\n"))
    start = time.process_time()
    find_credits(articles_table(article()), paragraphs, rules)
    return time.process_time() - start


@pytest.mark.parametrize("unit", BOMBS)
def test_twice_the_mentions_cost_about_twice_the_time(unit):
    seconds(bomb(unit, 2_000))  # expressions are compiled
    short, long = (min(seconds(bomb(unit, size)) for _ in range(2)) for size in (SIZE // 40, SIZE // 20))
    assert long <= 2.5 * short + 0.1
    assert long * 20 <= SECONDS


def test_half_a_megabyte_of_brackets_is_read_in_seconds():
    assert seconds(bomb("(AFP", SIZE)) <= SECONDS


def test_a_crowd_of_mentions_is_named_and_credits_nothing():
    crowd = "bruit " + "AFP bruit " * 3 * CROWD
    rows = find_credits(articles_table(article()), paragraphs_table([crowd]), load_rules(None)).to_pylist()
    assert len(rows) == 3 * CROWD
    assert {row["kind"] for row in rows if row["rule"] == "crowd"} == {"other"}
    assert sum(row["rule"] == "crowd" for row in rows) == 2 * CROWD


def test_a_credit_beside_a_list_of_agencies_still_counts():
    rows = find_credits(
        articles_table(article()),
        paragraphs_table(["Le maire a parlé. Reuters, AP, dpa, ANSA, EFE, Belga, ATS, TASS et Kyodo étaient. (AFP)"]),
        load_rules(None),
    ).to_pylist()
    assert rows[-1]["agency"] == "AFP"
    assert rows[-1]["kind"] == "full"

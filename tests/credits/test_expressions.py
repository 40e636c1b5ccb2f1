"""Runs that an expression asks for: a text without them never matches. All texts are invented."""

from __future__ import annotations

import random
import re

import pytest

from dedup.credits.expressions import Expression, runs
from dedup.credits.rules import AGENCY, load_rules

SOURCES = [expression.source for rule in load_rules(None).rules for expression in rule.expressions]


def may_match(expression: Expression, text: str) -> bool:
    return not any(map(runs(text).isdisjoint, expression.asked))


@pytest.mark.parametrize(
    ("source", "held", "lacking"),
    [
        (f"avec (?:l'|la )?{AGENCY}", f"avec {AGENCY}", f"pour {AGENCY}"),
        (f"[(/] ?{AGENCY}", f"x/{AGENCY}", f"x {AGENCY}"),
        (rf"\w+ {AGENCY} via", f"x {AGENCY} via", f"x {AGENCY} par"),
        (f"(?:photo|image)s? [^.]*{AGENCY}", f"images de {AGENCY}", f"bruits de {AGENCY}"),
    ],
)
def test_an_expression_asks_for_what_it_spells_out(source, held, lacking):
    expression = Expression(source, AGENCY)
    assert may_match(expression, held)
    assert not may_match(expression, lacking)


def test_what_spells_nothing_out_asks_for_nothing():
    assert Expression(rf"\w+ ?[^x]*{AGENCY}?", AGENCY).asked == ()


def test_no_text_that_matches_is_passed_over():
    """Texts put together from the words of the rules themselves, so that many match."""
    words = sorted({word for source in SOURCES for word in re.findall(r"[a-z']{2,}|[(/,:©-]", source)})
    drawn = random.Random(1)
    expressions = {source: Expression(source, AGENCY) for source in SOURCES}
    matched = 0
    for _ in range(60):
        before, after = (" ".join(drawn.choices(words, k=drawn.randint(0, 8))) for _ in range(2))
        text = drawn.choice(["{} {}{}", "{}{} {}", "{} {} {}", "({}{}){}"]).format(before, AGENCY, after)
        for source, expression in expressions.items():
            if expression.pattern.search(text):
                matched += 1
                assert may_match(expression, text), source
    assert matched > 60

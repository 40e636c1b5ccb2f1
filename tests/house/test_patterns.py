"""No text is worth a long wait: a pattern that meets text of any length takes time in proportion to it."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pumping
import pytest
from lxml import html

from dedup.credits.rules import load_rules
from dedup.intake import dates, json_ld, printed_dates
from dedup.intake.documents import _document

LENGTH = 6_000
"""Characters of a text on which a pattern that takes time with the square takes a tenth of a second."""
BOUNDED = {
    "dedup.intake.dates": dates.LONGEST,
    "dedup.intake.printed_dates": printed_dates._HEAD + printed_dates._TAIL,
}
"""Modules that meet no longer texts -> the characters of the longest."""


def test_every_pattern_takes_time_in_proportion_to_the_text():
    scars = {scar.pattern: ("dedup.credits.scars", {"search"}) for scar in load_rules(None).scars}
    slow = {}
    for pattern, (module, methods) in {**pumping.patterns(), **scars}.items():
        for text in pumping.pumped(pattern, BOUNDED.get(module, LENGTH)):
            took = pumping.seconds(pattern, methods, text, most=1)
            if took > 0.04 and min(took, pumping.seconds(pattern, methods, text, most=1)) > 0.04:
                slow[module, pattern.pattern] = (text[:40], took)
                break
    assert slow == {}


@pytest.mark.parametrize("pattern", [r"\s*x", r"(?:a|b|ab)+c", r"[A-Z][\w-]*(?:[ -][\w-]+){0,4},"])
def test_a_pattern_that_takes_longer_is_seen(pattern):
    compiled = pumping.re.compile(pattern)
    assert any(
        pumping.seconds(compiled, {"search"}, text, most=0.2) > 0.04 for text in pumping.pumped(compiled, LENGTH)
    )


@pytest.mark.parametrize(
    "unit", ["a1: min,", ",", "a11 h ", "a11 h ( UTC +1:11 ", "a.", "a-", "le 1er septembre 1111 ", "1"]
)
def test_a_date_that_is_none_is_refused_at_once(unit):
    started = time.process_time()
    with pytest.raises(ValueError, match=r"unreadable date|impossible date"):
        dates.parse_date(f"a1 12:30 {unit * 100_000}\x01")
    for shorter in (unit * 20, f"a1{unit}" + unit[-1] * 250):
        with pytest.raises(ValueError, match=r"unreadable|impossible"):
            dates.parse_date(shorter + "\x01")
    assert time.process_time() - started < 2


@pytest.mark.parametrize("blank", ["\n", " ", "\t", "\r", "\u00a0"])
def test_a_document_of_empty_lines_is_read_at_once(blank):
    started = time.process_time()
    list(_document(SimpleNamespace(stem="a"), blank * 200_000 + "x"))
    assert time.process_time() - started < 2


def test_blanks_inside_a_script_are_gone_through_once():
    started = time.process_time()
    for filling in ("// ]]>" + " " * 100_000 + "x", "{" + " " * 100_000 + "}", "]]>" * 30_000 + "x"):
        list(json_ld.objects_of(html.fromstring(f'<html><script type="application/ld+json">{filling}</script></html>')))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "around", ["{}", "<!-- {} -->", "//<![CDATA[\n{}\n//]]>", "/* <![CDATA[ */ {} /* ]]> */;", "<![CDATA[ {}   ]]> ; "]
)
def test_what_stands_around_the_json_of_a_script_is_left_out(around):
    script = around.replace("{}", '{"@type": "Report", "name": "La halle"}')
    tree = html.fromstring("<html><script type='application/ld+json'></script></html>")
    next(tree.iter("script")).text = script
    assert [found["name"] for found in json_ld.objects_of(tree)] == ["La halle"]


def test_a_line_of_blanks_after_published_is_read_at_once():
    started = time.process_time()
    printed_dates._published(["Un texte. Publiée le" + " " * 100_000 + "x", "Publié " * 20_000])
    assert time.process_time() - started < 2
    assert printed_dates._published(["Par Anne Roy. Publié le : 3 mars 2025 à 10h20"])

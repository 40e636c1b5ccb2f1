"""A change of structure changes no table of the examples: one digest a table, made before."""

from __future__ import annotations

import json

import pytest
from digests import FILE, digests

from dedup.store import disk

KNOWN = json.loads(FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def found(examples) -> dict[str, str]:
    return digests(disk.latest(examples.out))


@pytest.mark.parametrize("table", KNOWN)
def test_a_table_of_the_examples_is_what_it_was(found, table):
    assert found[table] == KNOWN[table], "`python tests/support/digests.py --write` when the change was meant"


def test_every_table_of_the_examples_has_its_digest(found):
    assert found.keys() == KNOWN.keys()

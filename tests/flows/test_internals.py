"""What is used of Prefect's inside does its work with this version, and nothing at all with one that lacks it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import prefect
import pytest
from prefect.server.api import server as prefect_server

from flows import internals


def test_this_prefect_is_one_that_every_piece_is_known_to_work_with():
    assert prefect.__version__ in internals.KNOWN


def test_the_routes_that_a_run_asks_for_stand_first_and_none_is_lost():
    before = list(prefect_server.API_ROUTERS)
    server = SimpleNamespace(API_ROUTERS=tuple(before))
    internals.asked_routes_first(server)
    asked = [router.prefix in internals.ASKED for router in server.API_ROUTERS]
    assert asked == sorted(asked, reverse=True)
    assert sum(asked) >= 5
    assert sorted(map(id, server.API_ROUTERS)) == sorted(map(id, before))


def test_importing_prefect_builds_no_grammar_of_addresses_and_the_package_can_be_imported_after_it():
    """In a process of its own: in this one Prefect is imported already."""
    code = """
import sys
from flows import internals
with internals.without_grammar_of_addresses():
    import jsonschema
assert "rfc3987_syntax" not in sys.modules and "lark" not in sys.modules
jsonschema.validate("a", {"type": "string", "format": "iri"}, format_checker=jsonschema.FormatChecker())
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(internals.__file__).parents[1], check=True)


@pytest.mark.parametrize("server", [SimpleNamespace(), SimpleNamespace(API_ROUTERS=(object(),)), object()])
def test_another_prefect_without_these_routers_is_left_as_it_is(server):
    before = getattr(server, "API_ROUTERS", None)
    internals.asked_routes_first(server)
    assert getattr(server, "API_ROUTERS", None) is before


@pytest.mark.parametrize("module", ["prefect.logging.handlers", "prefect.events.worker"])
def test_another_prefect_without_these_modules_is_no_error(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    internals.send_what_waits(seconds=1)

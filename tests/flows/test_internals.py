"""What is used of Prefect's inside does its work with this version, and nothing at all with one that lacks it."""

from __future__ import annotations

import sys
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


@pytest.mark.parametrize("server", [SimpleNamespace(), SimpleNamespace(API_ROUTERS=(object(),)), object()])
def test_another_prefect_without_these_routers_is_left_as_it_is(server):
    before = getattr(server, "API_ROUTERS", None)
    internals.asked_routes_first(server)
    assert getattr(server, "API_ROUTERS", None) is before


@pytest.mark.parametrize("module", ["prefect.logging.handlers", "prefect.events.worker"])
def test_another_prefect_without_these_modules_is_no_error(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    internals.send_what_waits(seconds=1)

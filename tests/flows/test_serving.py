"""``dedup serve`` that is killed, stopped and started again, and what it says in the terminal."""

from __future__ import annotations

import os
import re
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from service import Service, wait

from dedup.config import Config
from flows import serving


@pytest.fixture
def service(tmp_path):
    served = Service(tmp_path, 10)
    yield served
    if served.process:
        served.kill_all()


def test_a_service_that_is_killed_at_any_moment_publishes_within_a_period_when_it_starts_again(service):
    service.arrive(3)
    service.start()
    wait(lambda: service.articles() == 3)
    for moment, kill in ((service.writer, service.kill_all), (service.writer, service.kill)):
        service.arrive()
        wait(moment)
        kill()
        service.start()
        took = wait(lambda: service.articles() == service.arrived)
        assert took < service.period + 60, "a run takes some seconds, and the machine may be busy"
    assert service.stop(signal.SIGTERM) == 0
    said = service.log.read_text("utf-8")
    assert "had died with the service before; marked as crashed" in said
    assert "cancelled" not in said and "Traceback" not in said


def test_a_run_does_not_notice_that_its_server_died_and_each_run_has_its_line(service):
    service.arrive(2)
    service.start()
    wait(lambda: service.articles() == 2)
    killed = service.server()
    service.arrive()
    wait(service.writer)
    os.kill(killed, signal.SIGKILL)
    assert wait(lambda: service.articles() == 3) < 90
    wait(lambda: service.server() not in (None, killed))
    wait(lambda: len(re.findall(r"completed in \d+ s: .*new", service.log.read_text("utf-8"))) >= 2)
    assert service.stop(signal.SIGHUP) == 0
    assert "failed" not in service.log.read_text("utf-8")


def test_the_schedule_follows_the_clock_of_its_time_zone():
    served = serving.deployment("inbox", Path("in"), Path("out"), Config(), "0 6 * * *", "Europe/Paris")
    assert served.schedules[0].schedule.timezone == "Europe/Paris"


def test_the_time_zone_is_the_machine_s_unless_one_is_named(monkeypatch):
    monkeypatch.setenv("TZ", "America/Montreal")
    served = serving.deployment("inbox", Path("in"), Path("out"), Config(), "0 6 * * *")
    assert served.schedules[0].schedule.timezone == "America/Montreal"


def test_a_file_that_still_grows_is_not_taken(tmp_path, monkeypatch):
    asked = []
    arrivals = serving._Arrivals("deployment", tmp_path)
    monkeypatch.setattr(serving, "get_client", lambda **_: _Client(asked))
    arrivals.look()
    assert not asked
    (tmp_path / "a.jsonl").write_text("1")
    arrivals.look()
    (tmp_path / "a.jsonl").write_text("12")
    arrivals.look()
    assert not asked
    arrivals.look()
    arrivals.look()
    assert asked == ["deployment"]


class _Client:
    def __init__(self, asked: list) -> None:
        self.create_flow_run_from_deployment = asked.append

    def __enter__(self):
        return self

    def __exit__(self, *error: object) -> None:
        pass


def test_a_time_is_said_on_the_machine_s_clock():
    assert re.fullmatch(r"2025-03-0\d \d\d:\d\d", serving._clock(datetime(2025, 3, 6, 12, 0, tzinfo=UTC)))

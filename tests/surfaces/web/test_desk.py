"""Look-ups in workers: one that takes too long is ended, the others are answered, a new snapshot is taken up."""

from __future__ import annotations

import asyncio

import pytest
from runs import prose, run, run_articles, write_lines

from dedup.pipeline.lookup import TextError
from dedup.surfaces.web.desk import Busy, Desk, Lane, TooSlow

TEXT = prose(1, 60)
LANE = Lane(longest=100_000, seconds=30, waiting=8)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    return run_articles(folder, {"id": "known", "text": TEXT, "outlet": "Le Phare"}).out


@pytest.fixture
def desk(out):
    made = Desk(out, (LANE,))
    yield made
    made.close()


def together(*awaited):
    async def all_of_them():
        return await asyncio.gather(*awaited, return_exceptions=True)

    return asyncio.run(all_of_them())


def test_texts_asked_at_once_are_all_answered_and_a_fault_is_its_own_texts(desk):
    known, empty, unknown = together(desk.check(TEXT), desk.check("   "), desk.check(prose(9, 40)))
    assert known.passages[0].sources[0].article_id == "known"
    assert isinstance(empty, TextError)
    assert not unknown.passages


def test_a_page_that_cannot_be_read_is_a_fault_of_the_text(desk):
    nested, known = together(desk.check("<!doctype html>" + "<p><div>" * 2_000 + "x"), desk.check(TEXT))
    assert isinstance(nested, TextError)
    assert known.passages


def test_a_look_up_that_takes_too_long_is_ended_and_the_next_is_answered(out, monkeypatch):
    desk = Desk(out, (LANE,))
    try:
        together(desk.check(TEXT))  # the worker is there
        worker = desk._queues[0]._worker
        process = worker._process
        monkeypatch.setattr(worker, "_seconds", 0.0)
        (slow,) = together(desk.check(TEXT * 100))
        assert isinstance(slow, TooSlow)
        assert not process.is_alive()
        monkeypatch.setattr(worker, "_seconds", 30.0)
        (answer,) = together(desk.check(TEXT))
        assert answer.known_words == 60
    finally:
        desk.close()


def test_a_worker_that_dies_is_replaced(desk):
    together(desk.check(TEXT))
    desk._queues[0]._worker._process.kill()
    (lost,) = together(desk.check(TEXT))
    (answer,) = together(desk.check(TEXT))
    assert isinstance(lost, TooSlow)
    assert answer.known_words == 60


def test_who_finds_too_many_waiting_is_told_so_and_the_shortest_is_next(out):
    desk = Desk(out, (LANE._replace(waiting=2),))
    order: list[int] = []

    async def asked(words: int) -> None:
        await desk.check(prose(words, words))
        order.append(words)

    try:
        results = together(asked(50), asked(70), asked(30), asked(10))
    finally:
        desk.close()
    assert [type(result) for result in results] == [type(None), type(None), type(None), Busy]
    assert order == [50, 30, 70]


def test_a_snapshot_that_a_run_publishes_is_taken_up(tmp_path):
    first = run_articles(tmp_path, {"id": "first", "text": TEXT})
    desk = Desk(first.out, (LANE,))
    try:
        other = prose(2, 60)
        (before,) = together(desk.check(other))
        write_lines(tmp_path / "more.jsonl", [{"id": "second", "text": other}])
        run([tmp_path / "more.jsonl"], first.out)
        (after,) = together(desk.check(other))
    finally:
        desk.close()
    assert not before.passages
    assert after.passages[0].sources[0].article_id == "second"

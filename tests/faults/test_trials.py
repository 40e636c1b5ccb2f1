"""Some trials of every fault; ``make reliability`` makes hundreds and writes docs/reliability.md."""

from __future__ import annotations

import random

import pytest
import trials


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> trials.World:
    return trials.World(tmp_path_factory.mktemp("faults") / "world")


def right(outcome: trials.Outcome | None) -> None:
    assert outcome is not None and outcome.right, outcome


@pytest.mark.parametrize("call", [11, 37, 58])
def test_killed_at_a_call_of_commit_or_publish_nothing_is_lost_torn_or_left(world, call):
    right(trials.kill_at_call(world, call))


def test_a_call_that_is_never_made_ends_the_count(world):
    assert trials.kill_at_call(world, 100_000) is None


@pytest.mark.parametrize("number", trials.REFUSALS.values())
@pytest.mark.parametrize("call", [40])
def test_a_disk_that_refuses_is_a_storage_error_and_costs_nothing(world, call, number):
    right(trials.refusal_at_call(world, call, number))


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_the_next_run_makes_up_for_it(world, seed):
    right(trials.kill_at_random(world, random.Random(seed), 0.5))


@pytest.mark.parametrize("step", [0, 5])
def test_killed_after_a_step_the_next_run_makes_up_for_it(world, step):
    right(trials.kill_after_step(world, step))


@pytest.mark.parametrize("kind", ["articles", "hashes", "matches", "clusters"])  # all: make reliability
def test_a_flipped_bit_is_seen(world, kind):
    right(trials.flipped_bit(world, kind, random.Random(kind)))


@pytest.mark.parametrize("kind", ["articles", "hashes", "matches"])
def test_a_part_that_vanishes_during_a_run_is_made_up_for(world, kind):
    right(trials.vanished(world, kind, 4))


def test_a_clock_that_goes_back_changes_nothing(world):
    right(trials.clock_back(world))


def test_of_two_runs_at_once_one_waits_for_another_day(world):
    right(trials.two_at_once(world))


@pytest.mark.parametrize("by", trials.STOPS.values())
def test_a_run_that_is_stopped_leaves_nothing(world, by):
    right(trials.stopped(world, 4, by))


@pytest.mark.parametrize("change", range(3))
def test_an_input_that_is_cut_grows_or_vanishes_while_it_is_read_is_made_up_for(world, change):
    right(trials.input_changes(world, change))


def test_a_run_that_sleeps_keeps_its_lock_and_ends_when_it_wakes(world):
    right(trials.sleeps(world, 3))


@pytest.mark.parametrize("which", range(3))
def test_a_store_of_an_older_version_is_made_anew_and_of_a_later_one_refused(world, which):
    right(trials.older_store(world, which))


def test_the_judge_sees_what_is_lost_and_what_is_torn(world):
    """Trials that cannot fail would prove nothing."""
    with world.copy(world.base) as out:
        (out / "latest").unlink()
        assert world.judge(out).what == "torn: latest is no snapshot"
    expected, world.second = world.second, world.first
    try:
        with world.copy(world.base) as out:
            assert world.judge(out).what.startswith("lost")
    finally:
        world.second = expected

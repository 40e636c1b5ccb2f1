"""The full run of every night: it waits for the folder, and a difference is a failure with its list."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from dedup.config import Config
from dedup.pipeline.countersigned import Countersigned
from dedup.pipeline.recompute import Difference
from dedup.store.disk import StorageError
from dedup.store.mending import Fault
from flows import nightly


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Without a server and without waiting."""
    monkeypatch.setattr(nightly, "get_run_logger", lambda: logging.getLogger("nightly"))
    monkeypatch.setattr(nightly.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(nightly, "countersigned", lambda out: Countersigned(60, 900, 80, []))


def answers(monkeypatch, *given: list | Exception) -> list:
    """Let ``recompute`` answer so, turn by turn; returns the turns that are left."""
    left = list(given)

    def recompute(*_):
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(nightly, "recompute", recompute)
    return left


def test_it_waits_while_another_run_writes_and_equal_tables_are_a_success(monkeypatch):
    busy = StorageError("artifacts is in use by process 7 on here")
    left = answers(monkeypatch, busy, busy, [])
    state = nightly.full_run.fn("artifacts", Config())
    assert state.is_completed() and "row for row" in state.message and not left


def test_a_difference_is_a_failure_that_names_the_table_and_the_row(monkeypatch):
    answers(monkeypatch, [Difference("passages", 1, 2, "passage_id 0f")])
    state = nightly.full_run.fn("artifacts", Config())
    assert state.is_failed() and "passages: 1 rows" in state.message and "passage_id 0f" in state.message


def test_what_datasketch_finds_otherwise_is_a_failure_with_its_remedy(monkeypatch):
    answers(monkeypatch, [])
    fault = Fault(Path("store/links-1.parquet"), "says otherwise", "remove it")
    monkeypatch.setattr(nightly, "countersigned", lambda out: Countersigned(60, 900, 80, [fault]))
    state = nightly.full_run.fn("artifacts", Config())
    assert state.is_failed() and state.message == "store/links-1.parquet says otherwise: remove it"


def test_another_fault_of_the_disk_is_not_waited_for(monkeypatch):
    left = answers(monkeypatch, StorageError("artifacts/store is damaged"), [])
    with pytest.raises(StorageError, match="damaged"):
        nightly.full_run.fn("artifacts", Config())
    assert len(left) == 1

"""What every task of the flows has in common: when it is tried again, and that its results are files."""

from __future__ import annotations

import errno
from typing import Any

from prefect.cache_policies import NO_CACHE

PASSING = {errno.EIO, errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT, errno.ENOLCK}
"""Faults of a disk or a network drive that may be gone a moment later; a step that meets one is tried again."""


def may_pass(task: Any, task_run: Any, state: Any) -> bool:
    """Whether trying again can help: a fault of the disk that passes, not one of the data or of a full disk."""
    error = state.result(raise_on_failure=False)
    while isinstance(error, BaseException):
        if isinstance(error, OSError) and error.errno in PASSING:
            return True
        error = error.__cause__
    return False


OPTIONS: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [1, 10],
    "retry_condition_fn": may_pass,
    "cache_policy": NO_CACHE,
    "persist_result": False,
}
"""Of every task."""

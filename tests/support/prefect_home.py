"""A home of Prefect that holds nothing of the developer's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def prefect_home(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """An empty Prefect home, and no server or setting that the developer's own shell names, while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            patch.delenv(name)
        patch.setenv("PREFECT_HOME", str(folder))
        yield patch

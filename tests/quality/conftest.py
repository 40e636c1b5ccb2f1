"""One run of each corpus a session, scored against its labels; a corpus that is not there is skipped with a word."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpora import CORPORA, scores_of  # pytest puts this folder on the path


@pytest.fixture(scope="session")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """Scores of a corpus by name: the result of ``evaluate``, from one run a session."""

    @functools.cache
    def of(name: str) -> dict[str, Any]:
        missing = [path.name for path in CORPORA[name].needed() if not path.exists()]
        if missing:
            pytest.skip(f"{name}: {', '.join(missing)} is not beside the repository")
        return scores_of(name, Path(tmp_path_factory.mktemp(name)))

    return of

"""One profile of Hypothesis, and one run a session of each small corpus."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory):
    """Snapshot of the example corpus with the default settings."""
    from runs import ROOT, run

    return run([ROOT / "examples" / "inbox"], tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory):
    """Snapshot of what `make run` takes: the example corpus and that of a region."""
    from runs import ROOT, run

    folders = [ROOT / "examples" / "inbox", ROOT / "examples" / "region" / "inbox"]
    return run(folders, tmp_path_factory.mktemp("region"))


@pytest.fixture(scope="session")
def pyongyang(tmp_path_factory: pytest.TempPathFactory):
    """Snapshot of five real articles about one event, with the default settings."""
    from runs import DATA, run

    if not DATA.is_dir():
        pytest.skip("the labelled press texts are not beside the repository")
    return run([DATA / "pyongyang2024" / "articles"], tmp_path_factory.mktemp("pyongyang"))


@pytest.fixture(params=["examples", "pyongyang"])
def snapshot(request: pytest.FixtureRequest):
    """Each small corpus in turn."""
    return request.getfixturevalue(request.param)

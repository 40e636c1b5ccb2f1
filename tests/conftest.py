"""One profile of Hypothesis, and one run a session of each small corpus."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, max_examples=25, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

os.fsync = lambda descriptor: None
"""No test cuts the power: a process that is killed loses nothing that it has written. (A run forces 30 files.)"""

FIRST = (
    # one worker compiles the kernels, and leaves them on the disk for all processes that follow
    "matching/test_align.py",
    # meanwhile the others do what needs few of them
    "house/test_supply_chain.py",
    "credits",
    "intake",
    "text",
    "matching/test_rewrites.py",
    "matching/test_lsh.py",
    "matching/test_near_duplicates.py",
    # then the longest files, so that no worker is left with one at the end
    "flows/test_provenance_flow.py",
    "house/test_docs.py",
    "flows/test_serving.py",
    "quality/test_detection_quality.py",
    "store/test_holdings.py",
    "flows/test_engines.py",
    "pipeline/test_steps.py",
    "surfaces/report/test_report.py",
    "store/test_mending.py",
    "faults/test_trials.py",
    "surfaces/web/test_desk.py",
    "surfaces/web/test_pages.py",
    "house/test_packaging.py",
    "evaluation/test_train.py",
    "surfaces/test_process.py",
    "surfaces/test_cli.py",
)
"""Files and folders whose order matters to the time that several workers take; others follow as they are collected."""


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: a quarter of the time of a test is spent waiting for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the tests into the order of FIRST, file by file."""
    place = {name: number for number, name in enumerate(FIRST)}
    here = Path(__file__).parent

    def placed(item: pytest.Item) -> int:
        file = item.path.relative_to(here)
        return min(place.get(str(file), len(FIRST)), place.get(file.parts[0], len(FIRST)))

    items.sort(key=placed)


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

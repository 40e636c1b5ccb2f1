"""One profile of Hypothesis, and one run a session of each small corpus."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"

settings.register_profile(
    "suite", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


class Snapshot:
    """The tables of one snapshot, read when they are asked for."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def table(self, name: str):
        """One table, as Arrow."""
        from dedup import storage

        return storage.read_table(storage.latest(self.out) / f"{name}.parquet")

    def rows(self, name: str) -> list[dict]:
        """One table, as rows."""
        return self.table(name).to_pylist()

    @cached_property
    def lines(self) -> dict[tuple[str, int], str]:
        """Every paragraph as printed, by article and number."""
        return {(row["article_id"], row["paragraph"]): row["text"] for row in self.rows("paragraphs")}


def run(inputs: list[Path], out: Path, **settings) -> Snapshot:
    """Run the pipeline over the inputs."""
    from dedup import pipeline
    from dedup.config import Config

    pipeline.run(inputs, out, Config(**settings))
    return Snapshot(out)


def json_lines(path: Path) -> list[dict]:
    """Rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The example corpus with the default settings."""
    return run([ROOT / "examples" / "inbox"], tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def pyongyang(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Five real articles about one event, with the default settings."""
    if not DATA.is_dir():
        pytest.skip("the labelled press texts are not beside the repository")
    return run([DATA / "pyongyang2024" / "articles"], tmp_path_factory.mktemp("pyongyang"))

"""What a run changes: articles and pairs, against the run before."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from runs import prose, write_lines

from dedup.config import Config
from dedup.pipeline import steps
from dedup.pipeline.run import Run
from dedup.pipeline.touched import AFFECTED, Affected, Touched


def row(name: str, outlet: str, text: str, **more) -> dict:
    return {"id": name, "outlet": outlet, "published_at": "2025-03-12T10:00:00Z", "text": text, **more}


def touched(inputs: list[Path], out: Path, **settings) -> tuple[Touched, dict[int, str]]:
    """Run over the inputs -> what it says it changes, and the ids of the serials that the tables show."""
    config = Config(report=False, **settings)
    with steps.working([str(path) for path in inputs], out, config) as work:
        for step in steps.STEPS:
            steps.perform(work, step, config)
        of_run = Run.open(work, config)
        ids = of_run.shown(["article_id"])["article_id"].to_pylist()
        found = of_run.touched, dict(zip(of_run.view.serials.tolist(), ids, strict=True))
        steps.publish(work, config)
    return found


def test_a_run_says_what_is_new_gone_and_paired_against_the_run_before(tmp_path):
    copied, own, later = (prose(seed, 120) for seed in (1, 2, 3))
    first = write_lines(tmp_path / "1.jsonl", [row("a", "Un", copied), row("b", "Deux", copied), row("c", "Un", own)])
    told, ids = touched([first], tmp_path / "out")
    assert told.since is None
    assert sorted(ids[serial] for serial in told.new.tolist()) == ["a", "b", "c"]
    assert [{ids[pair >> 32], ids[pair & 0xFFFFFFFF]} for pair in told.new_pairs.tolist()] == [{"a", "b"}]
    assert len(told.gone) == len(told.gone_pairs) == 0

    newer = row("b", "Deux", copied[: len(copied) // 2] + later, published_at="2025-03-13T10:00:00Z")
    second = write_lines(tmp_path / "2.jsonl", [newer, row("d", "Trois", own)])
    told, after = touched([second], tmp_path / "out")
    assert told.since is not None
    assert sorted(after[serial] for serial in told.new.tolist()) == ["b", "d"]
    assert [ids[serial] for serial in told.gone.tolist()] == ["b"]
    assert {"c", "d"} in [{after[pair >> 32], after[pair & 0xFFFFFFFF]} for pair in told.new_pairs.tolist()]
    assert [{ids[pair >> 32], ids[pair & 0xFFFFFFFF]} for pair in told.gone_pairs.tolist()] == [{"a", "b"}]

    told, _ = touched([second], tmp_path / "out", bucket_limit=32)
    assert told.since is None, "other settings pair anew"


def test_whose_rows_are_made_anew_is_kept_in_the_work_folder(tmp_path):
    assert Affected.load(tmp_path).since is None, "everything, where nothing was kept"
    rows = [
        {"article_id": "b", "paired": False, "matched": False, "traced": True},
        {"article_id": "a", "paired": True, "matched": True, "traced": True},
    ]
    clusters = pa.array(["0f", "0a"])
    Affected("20260101T000000.000000Z", pa.Table.from_pylist(rows, schema=AFFECTED), clusters).save(tmp_path)
    kept = Affected.load(tmp_path)
    assert kept.since == "20260101T000000.000000Z"
    assert kept.ids().to_pylist() == ["a", "b"] and kept.ids("matched").to_pylist() == ["a"]
    assert kept.clusters.to_pylist() == ["0a", "0f"]

"""Candidate pairs of many runs are those of one, whatever came when: late, newer, undated, removed."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from runs import prose, write_lines

from dedup.config import Config
from dedup.pipeline import steps
from dedup.pipeline.run import Engine, Run
from dedup.store import disk, holdings

SETTINGS = {"window_days": 2, "bucket_limit": 4, "report": False, "workers": 1}


def articles(seed: int, n: int = 60, days: int = 21) -> list[dict]:
    """Articles of some days that are made of the same few sentences; dispatches and undated ones among them."""
    rng = random.Random(seed)
    sentences = [prose(number, 24) for number in range(14)]
    rows = []
    for number in range(n):
        row = {"id": f"a{number:03d}", "outlet": f"Journal {rng.randrange(9)}"}
        row["text"] = "\n".join([*rng.sample(sentences, rng.randint(1, 4)), prose(1000 + number, 30)])
        if rng.random() > 0.12:
            row["published_at"] = f"2025-03-{rng.randint(1, days):02d}" + rng.choice(
                ["", f"T{rng.randint(0, 23):02d}:00:00Z"]
            )
        if rng.random() < 0.15:
            row |= {"is_wire": True, "outlet": None}
        rows.append(row)
    return rows


def pairs(
    inputs: list[Path], out: Path, remove: tuple[str, ...] = (), engine: Engine | None = None, **settings
) -> tuple[set, list[dict]]:
    """The first half of a run, which is then the store's state -> its pairs by id, and what it keeps of articles."""
    config = Config(**SETTINGS, **settings)
    with steps.working([str(path) for path in inputs], out, config, remove) as work:
        for step in steps.STEPS[: [step.name for step in steps.STEPS].index("join") + 1]:
            steps.perform(work, step, config, engine)
        run = Run.open(work, config)
        ids = dict(zip(run.view.serials.tolist(), run.shown(["article_id"])["article_id"].to_pylist(), strict=True))
        holdings.commit(out, run.state_in_use())
        links, shown = (disk.read_table(run.home / run.run_parts(kind)[0]).to_pylist() for kind in ("links", "shown"))
    found = {(ids[row["later"]], ids[row["earlier"]], row["n_bands"]) for row in links}
    kept = [{**row, "serial": ids[row["serial"]]} for row in shown]
    return found, sorted(kept, key=lambda row: row["serial"])


@pytest.mark.parametrize("seed", [1, 2])
def test_pairs_of_runs_in_any_order_are_those_of_one_run(seed, tmp_path):
    rows = articles(seed, 110, days=5)
    whole = pairs([write_lines(tmp_path / "whole.jsonl", rows)], tmp_path / "whole")
    assert any(row["crowded"] for row in whole[1]) and any(row["dropped"] for row in whole[1])
    random.Random(seed).shuffle(rows)
    for number, some in enumerate((rows[:25], rows[25:26], rows[26:50], rows[50:])):
        found = pairs([write_lines(tmp_path / f"{number}.jsonl", some)], tmp_path / "parts")
    assert found == whole


def test_pairs_of_units_that_look_back_apart_are_those_of_one_unit(tmp_path):
    rows, units = articles(1, 110), []
    whole = pairs([write_lines(tmp_path / "whole.jsonl", rows)], tmp_path / "whole")

    def apart(unit, run, items):
        """An engine as a cluster's: each unit opens the run anew, by its note, and the last is done first."""
        run.save()
        items = list(items)
        units.append((unit.__name__, len(items)))
        return reversed([unit(Run.open(run.work, run.config), item) for item in reversed(items)])

    assert pairs([tmp_path / "whole.jsonl"], tmp_path / "apart", engine=apart) == whole
    assert dict(units)["look_back"] >= 3


def test_pairs_after_a_newer_version_and_a_removal_are_those_of_a_run_without_what_is_gone(tmp_path):
    rows = articles(3)
    changed = {**rows[7], "text": rows[7]["text"] + "\n" + rows[8]["text"], "published_at": "2025-03-21T23:00:00Z"}
    gone = tuple(rows[number]["id"] for number in (12, 30, 44))
    left = [changed if row is rows[7] else row for row in rows if row["id"] not in gone]
    whole = pairs([write_lines(tmp_path / "left.jsonl", left)], tmp_path / "whole")
    pairs([write_lines(tmp_path / "first.jsonl", rows)], tmp_path / "parts")
    pairs([write_lines(tmp_path / "newer.jsonl", [changed])], tmp_path / "parts")
    assert pairs([], tmp_path / "parts", gone)[0] == whole[0]


def test_an_article_of_today_makes_only_those_look_back_that_it_meets(tmp_path, monkeypatch):
    from dedup.pipeline import pairing

    rows = articles(4, 40)
    pairs([write_lines(tmp_path / "first.jsonl", rows)], tmp_path / "out")
    looked = []
    found = pairing.found
    monkeypatch.setattr(
        pairing, "found", lambda pool, own, *rest: looked.append(int(own.sum())) or found(pool, own, *rest)
    )
    last = {"id": "z", "outlet": "Journal 1", "published_at": "2025-03-22T10:00:00Z", "text": rows[0]["text"]}
    pairs([write_lines(tmp_path / "last.jsonl", [last])], tmp_path / "out")
    undated = sum("published_at" not in row for row in rows)
    assert looked[0] == 1 + undated, "itself, and those that may stand after it"


def test_an_article_without_a_day_is_compared_with_all_or_with_those_around_the_day_it_was_seen(tmp_path):
    text, today = prose(1, 60), datetime.now(UTC).date().isoformat()
    rows = [{"id": "old", "outlet": "Un", "published_at": "2020-03-01", "text": text}]
    rows += [{"id": "new", "outlet": "Deux", "published_at": today, "text": text}]
    rows += [{"id": "undated", "outlet": "Trois", "text": text}]
    files = [write_lines(tmp_path / "rows.jsonl", rows)]
    every, _ = pairs(files, tmp_path / "all")
    assert {pair[:2] for pair in every} == {("undated", "old"), ("undated", "new")}
    seen, kept = pairs(files, tmp_path / "seen", compare_undated="seen")
    assert [{*pair[:2]} for pair in seen] == [{"undated", "new"}]
    times = {row["serial"]: row["time"] for row in kept}
    assert times["undated"] > times["new"] > times["old"]


def test_a_store_whose_articles_have_no_seen_at_is_read_on(tmp_path):
    old = holdings.KEPT.remove(holdings.KEPT.get_field_index("seen_at"))
    rows = articles(5, 20)
    pairs([write_lines(tmp_path / "first.jsonl", rows[:10])], tmp_path / "out")
    part = next((tmp_path / "out" / "store").glob("articles-*"))
    disk.write_table(part, disk.read_table(part).drop_columns(["seen_at"]), old)
    state = holdings.named(tmp_path / "out")
    sized = {name: disk.size(tmp_path / "out" / "store" / name) for name in state.articles}
    holdings.commit(tmp_path / "out", state._replace(articles=sized, digests={}))
    found = pairs([write_lines(tmp_path / "second.jsonl", rows[10:])], tmp_path / "out", compare_undated="seen")
    assert len(found[1]) == 20

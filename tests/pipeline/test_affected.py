"""Rows are made anew where an article changed: any split, late arrivals and removals give the tables of one run."""

from __future__ import annotations

import random

import numpy as np
import pytest
from runs import prose, write_lines

from dedup.config import Config
from dedup.pipeline import affected, recompute, steps
from dedup.pipeline.affected import Scope
from dedup.pipeline.run import Run
from dedup.store.snapshot import Snapshot
from dedup.tracing import habits

SETTINGS = Config(report=False)


def articles(rng: random.Random) -> list[dict]:
    """Dispatches in versions, what carries, cuts and credits them, lines that an outlet repeats, and own articles."""
    rows = []
    for story in range(7):
        text = [prose(100 * story + number, 40) for number in range(3)]
        day = rng.randrange(1, 25)
        for revision in range(rng.choice((0, 1, 2))):
            wire = {
                "id": f"w{story}-{revision}",
                "is_wire": True,
                "published_at": f"2024-03-{day:02d}T0{revision}:00:00Z",
            }
            if rng.random() < 0.4:  # some name the story, or the dispatch that they follow
                wire["wire_id"] = rng.choice((f"story {story}", f"w{story}-0"))
            rows.append({**wire, "text": "\n".join(text[: 2 + revision])})
        for number in range(rng.randrange(1, 6)):
            kept = [*rng.sample(text, rng.randrange(1, 4)), prose(10000 + 10 * story + number, 30)]
            rng.shuffle(kept)
            outlet = rng.choice(("Gazette", "Phare", "Courrier"))
            kept += [f"À lire aussi dans {outlet}"] * (rng.random() < 0.5) + ["(AFP)"] * (rng.random() < 0.4)
            row = {"id": f"a{story}-{number}", "outlet": outlet, "text": "\n".join(kept)}
            if rng.random() < 0.9:
                row["published_at"] = f"2024-03-{min(28, day + rng.randrange(3)):02d}T{rng.randrange(10, 24)}:00:00Z"
            rows.append(row)
    rows += [
        {
            "id": f"o{number}",
            "outlet": "Phare",
            "published_at": f"2024-03-{number + 1:02d}",
            "text": prose(20_000 + number),
        }
        for number in range(8)
    ]
    return rows


@pytest.fixture(autouse=True)
def small_worlds(monkeypatch):
    """However much changes, rows are carried over, and the habits of outlets move with few articles."""
    monkeypatch.setattr(affected, "MOST", 2.0)
    monkeypatch.setattr(habits, "HABIT_DAYS", 5)
    monkeypatch.setattr(habits, "LEAST_OWN", 2)
    monkeypatch.setattr(habits, "LEAST_ON", 2)
    monkeypatch.setattr(habits, "LEAST_ALL", 4)


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_any_split_and_removals_give_the_tables_of_one_run(seed, tmp_path, monkeypatch):
    rng = random.Random(seed)
    rows = articles(rng)
    rng.shuffle(rows)
    gone = {row["id"] for row in rng.sample(rows, 3)}
    scopes = []
    make = affected.scope
    monkeypatch.setattr(affected, "scope", lambda *known: scopes.append(make(*known)) or scopes[-1])
    for number in range(4):
        part = rows[len(rows) * number // 4 : len(rows) * (number + 1) // 4]
        steps.run([write_lines(tmp_path / f"{number}.jsonl", part)], tmp_path / "parts", SETTINGS)
    steps.run([], tmp_path / "parts", SETTINGS, remove=sorted(gone))
    assert [scope.since is None for scope in scopes] == [True, False, False, False, False]
    assert any(not scope.traced.all() for scope in scopes), "of some articles only the context is worked out"
    left = write_lines(tmp_path / "left.jsonl", [row for row in rows if row["id"] not in gone])
    steps.run([left], tmp_path / "whole", SETTINGS)
    snapshots = (Snapshot.newest(tmp_path / out) for out in ("parts", "whole"))
    assert recompute.differences(*snapshots, SETTINGS) == []


def test_an_article_that_shares_nothing_leaves_the_others_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(habits, "HABIT_STEPS", 1)
    monkeypatch.setattr(habits, "NAMING_STEPS", 1)  # one article more moves no habit so far
    rows = articles(random.Random(1))
    steps.run([write_lines(tmp_path / "1.jsonl", rows)], tmp_path / "out", SETTINGS)
    new = {"id": "new", "outlet": "Nouveau", "published_at": "2024-03-28T12:00:00Z", "text": prose(30_000)}
    with steps.working([str(write_lines(tmp_path / "2.jsonl", [new]))], tmp_path / "out", SETTINGS) as work:
        for step in steps.STEPS:
            steps.perform(work, step, SETTINGS)
        scope = Scope.load(work)
        assert np.count_nonzero(scope.traced) == np.count_nonzero(scope.own) == 1
        steps.publish(work, SETTINGS)


@pytest.mark.parametrize(("own_words", "reached"), ((False, set()), (True, {"b"})))
def test_a_new_copy_reaches_on_only_where_another_share_of_an_article_is_printed(own_words, reached, tmp_path):
    first, second, own = (prose(40_000 + number, 40) for number in range(3))
    at = "2024-03-0{}T12:00:00Z".format
    rows = [
        {"id": "w", "is_wire": True, "published_at": at(1), "text": f"{first}\n{second}"},
        {"id": "a", "outlet": "Gazette", "published_at": at(2), "text": f"{first}\n{second}\n{own}"},
        {"id": "b", "outlet": "Phare", "published_at": at(3), "text": f"{second}\n{prose(50_000)}"},
    ]
    text = f"{first}\n{own if own_words else prose(60_000)}"
    new = {"id": "n", "outlet": "Courrier", "published_at": at(4), "text": text}
    steps.run([write_lines(tmp_path / "1.jsonl", rows)], tmp_path / "out", SETTINGS)
    with steps.working([str(write_lines(tmp_path / "2.jsonl", [new]))], tmp_path / "out", SETTINGS) as work:
        for step in steps.STEPS:
            steps.perform(work, step, SETTINGS)
        scope = Scope.load(work)
        ids = Run.open(work, SETTINGS).shown(["article_id"])["article_id"].take(scope.universe[scope.traced])
        assert set(ids.to_pylist()) == {"n", "w", "a"} | reached
        steps.publish(work, SETTINGS)

"""Kill runs at random moments: does the next one end with the tables of an undisturbed one?

    python benchmarks/soak.py --kills 50 articles.jsonl
    make soak ARTICLES=articles.jsonl KILLS=50

The articles come in as many parts as there are kills, and two output folders take each part: one undisturbed, one by
a run that is killed (SIGKILL) at a random moment of a random step (its start and the publishing among them) and by a
second run that is left alone. After every kill the store must open, and ``latest`` must be whole and either the
snapshot before or the one after; after the second run both folders must hold the same tables, row for row, and nothing
that no manifest names.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from dedup import schemas
from dedup.pipeline.steps import STEPS
from dedup.store import disk, holdings
from dedup.store.snapshot import Snapshot

PUBLISHING = 0.3
"""Seconds that publishing takes at most, for these articles."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path, help="JSON Lines")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="work there and leave everything")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="dedup-soak-"))
    try:
        soak(options.articles.read_text("utf-8").splitlines(True), options.kills, random.Random(options.seed), folder)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def soak(lines: list[str], kills: int, rng: random.Random, folder: Path) -> None:
    """Feed the lines in ``kills + 1`` parts to both folders; stop at the first difference."""
    rng.shuffle(lines)
    inbox, calm, stormy = folder / "inbox", folder / "calm", folder / "stormy"
    inbox.mkdir(parents=True, exist_ok=True)
    moments: Counter[str] = Counter()
    began = time.perf_counter()
    for number in range(kills + 1):
        (inbox / f"{number:03}.jsonl").write_text("".join(lines[number :: kills + 1]), "utf-8")
        started = time.perf_counter()
        start(inbox, calm).wait()
        elapsed = time.perf_counter() - started
        steps = list(disk.read_manifest(disk.latest(calm))["stages"].values())
        seconds = [*steps, PUBLISHING, max(elapsed - sum(steps) - PUBLISHING, 0)]  # the last one: before the first step
        after = tables(calm)
        if number:
            before = tables(stormy)
            moment = rng.randrange(-1, len(STEPS) + 1)
            moments[kill(inbox, stormy, moment, rng.uniform(0, 1) * seconds[moment])] += 1
            holdings.load(stormy)
            now = tables(stormy)
            if not (same(now, before) or same(now, after)):
                raise SystemExit(f"kill {number}: latest is neither the snapshot before nor the one after ({stormy})")
        if start(inbox, stormy).wait():
            raise SystemExit(f"kill {number}: the next run failed ({stormy})")
        if not same(tables(stormy), after):
            raise SystemExit(f"kill {number}: the tables differ from an undisturbed run's ({stormy})")
        if left := surplus(stormy):
            raise SystemExit(f"kill {number}: remains {left}")
        print(f"\r{number} of {kills} kills", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(
        f"{kills} kills over {len(lines)} articles: every time latest was whole, and the next run ended with the "
        f"same tables as an undisturbed one ({time.perf_counter() - began:.0f} s)"
    )
    print("killed during: " + ", ".join(f"{moment} {count}" for moment, count in moments.most_common()))


def start(inbox: Path, out: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "dedup", "run", str(inbox), "--out", str(out), "--no-flow", "--quiet"]
    return subprocess.Popen(command)


def kill(inbox: Path, out: Path, moment: int, seconds: float) -> str:
    """Start a run, kill it so many seconds after so many steps are done, and say in which step it was."""
    process = start(inbox, out)
    while process.poll() is None and steps_done(out, process.pid) < moment:
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    if process.wait() == 0:
        return "nothing: it had ended"
    done = steps_done(out, process.pid)
    return "start" if done < 0 else [*(step.name for step in STEPS), "publish"][done]


def steps_done(out: Path, pid: int) -> int:
    """Steps that the run of a process has done; -1 before it has begun or after its end."""
    for owner in (out / ".work").glob("*.owner"):
        with contextlib.suppress(OSError, ValueError):
            if json.loads(owner.read_text("utf-8"))["pid"] == pid:
                return len(json.loads(owner.with_suffix(".run.json").read_text("utf-8")).get("seconds", {}))
    return -1


def tables(out: Path) -> dict:
    """Every table of the newest snapshot but the one that tells of runs; reading them proves that it is whole."""
    snapshot = Snapshot.newest(out)
    names = [name for name in schemas.TABLES if name != "cluster_history"]
    return {name: snapshot.table(name) for name in names}


def same(one: dict, other: dict) -> bool:
    return all(one[name].equals(other[name]) for name in one)


def surplus(out: Path) -> list[str]:
    """Files of the store that its manifest does not name, and work of dead runs."""
    state = holdings.load(out)
    named = {disk.MANIFEST, state.rejects, *state.articles, *state.derived}
    found = [path.name for path in holdings.folder(out).iterdir() if path.name not in named]
    return found + [path.name for path in (out / ".work").iterdir() if path.suffix != ".owner"]


if __name__ == "__main__":
    main()

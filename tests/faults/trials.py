"""Faults, tried one at a time on a small store: what is lost, what is torn, what is left, how long recovery takes.

Every trial works on a copy of a store that holds one run, while a second run with more articles is due. It is right
when readers see the first snapshot or the second, whole, after the fault; when the next run ends well; when its tables
are those of a store that nothing happened to; and when nothing is left over. Runs are children that are forked after
the imports, so that a trial costs a fraction of a second.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from runs import prose, write_lines

from dedup import schemas
from dedup.config import Config
from dedup.intake import ingest
from dedup.pipeline import steps
from dedup.pipeline.run import Run
from dedup.store import disk, holdings, locks, mending
from dedup.store.snapshot import Snapshot
from dedup.surfaces import process

CONFIG = Config(report=False, workers=1, keep_snapshots=1)

CALLS = ("open", "mkdir", "rename", "replace", "unlink", "rmdir", "symlink", "fsync", "ftruncate", "write", "scandir")
"""Functions of ``os`` that commit and publish go through: what Python's own folders and files call too."""

PATIENCE = 120
"""Seconds after which a child that has not ended counts as hung."""


class Outcome(NamedTuple):
    """One trial."""

    right: bool
    what: str
    """What was wrong; empty when all was right."""
    seconds: float
    """Of the next run, which recovers."""


class World:
    """A store of one run, a store on the point of publishing the second, and the tables of both.

    ``empty``: the run that is due is the first one, into a folder that holds nothing.
    """

    def __init__(self, folder: Path, empty: bool = False) -> None:
        self.folder, self.inbox = folder, folder / "in"
        self.base, self.ready, self.calm = (folder / name for name in ("base", "ready", "calm"))
        self.inbox.mkdir(parents=True)
        write_lines(self.inbox / "0.jsonl", _articles(0, 6))
        (self.inbox / "bad.jsonl").write_text("no row\n", "utf-8")
        steps.run(self.inbox, folder / "warm", CONFIG)  # here, so that every child has the compiled loops already
        self.base.mkdir()
        if not empty:
            in_child(lambda: self.run(self.base))
        write_lines(self.inbox / "1.jsonl", _articles(6, 9))
        for out in (self.ready, self.calm):
            shutil.copytree(self.base, out, symlinks=True)
        in_child(lambda: steps.run(self.inbox, self.calm, CONFIG))
        in_child(lambda: self._all_steps(self.ready))
        self.first, self.second = None if empty else _tables(self.base), _tables(self.calm)

    def _all_steps(self, out: Path) -> None:
        """Everything but publishing; the process ends without letting go of anything."""
        with steps.working(self.inbox, out, CONFIG) as work:
            for step in steps.STEPS:
                steps.perform(work, step, CONFIG)
            os._exit(0)

    @contextlib.contextmanager
    def copy(self, of: Path) -> Iterator[Path]:
        """A copy of a store, gone after the block."""
        out = self.folder / "trial"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(of, out, symlinks=True)
        yield out
        shutil.rmtree(out, ignore_errors=True)

    def publish(self, out: Path, shim: Callable[[str, Callable], Callable]) -> None:
        """Publish the second run of a copy of ``ready``, with every call of CALLS through a shim."""
        note = next((out / ".work").glob("*.run.json"))
        noted = json.loads(note.read_text("utf-8"))
        note.write_text(json.dumps({**noted, "out": str(out)}), "utf-8")
        work = note.with_name(note.name.removesuffix(".run.json"))
        with disk.Lock(out):
            locks.own(work)
            assert Run.open(work, CONFIG).out == out
            for name in CALLS:
                setattr(os, name, shim(name, getattr(os, name)))
            steps.publish(work, CONFIG)

    def run(self, out: Path) -> None:
        """The second run, whole."""
        steps.run(self.inbox, out, CONFIG)

    def judge(self, out: Path, before: str = "", torn: bool = False) -> Outcome:
        """What readers see now, and what the next run makes of it.

        ``before`` is what was wrong already; ``torn``: the fault itself spoilt what readers see until the next run.
        """
        if not torn and not before and (seen := self._torn(out)):
            before = f"torn: {seen}"
        started = time.perf_counter()
        status = in_child(lambda: self.run(out))
        seconds = time.perf_counter() - started
        if status:
            return Outcome(False, before or f"the next run ended with {status}", seconds)
        if not before and not _same(_tables(out), self.second):
            before = "lost: the next run's tables differ"
        left = [path.name for path in (out / ".work").iterdir()]
        state = holdings.named(out)
        left += [path.name for path in (out / "store").iterdir() if path.name not in {disk.MANIFEST, *state.files}]
        if not before and left:
            before = f"left: {left[:3]}"
        if torn:
            mending.repair(out)  # the snapshot that was spoilt is an older one now
        if not before and (faults := mending.verify(out)):
            before = f"damaged: {faults[0].path.name}"
        return Outcome(not before, before, seconds)

    def _torn(self, out: Path) -> str:
        """What a reader finds wrong with ``latest`` now; empty when it is the first or the second snapshot, whole."""
        if not (out / "latest" / disk.MANIFEST).exists():
            return "" if self.first is None and not (out / "latest").is_symlink() else "latest is no snapshot"
        found = _tables(out, Snapshot(out / "latest"))
        whole = [tables for tables in (self.first, self.second) if tables is not None]
        return "" if any(_same(found, tables) for tables in whole) else "latest is neither snapshot"


# the faults


def kill_at_call(world: World, call: int) -> Outcome | None:
    """SIGKILL at the n-th call of commit and publish, from 1; None when there are not so many."""
    with world.copy(world.ready) as out:
        status = in_child(lambda: world.publish(out, _at_call(call, _die)))
        if status == 0:
            return None
        return world.judge(out, "" if status == -signal.SIGKILL else f"ended with {status}")


def refusal_at_call(world: World, call: int, number: int) -> Outcome | None:
    """The disk refuses the n-th call of commit and publish (full, not allowed, read only); None when too few."""

    def refuse() -> None:
        raise OSError(number, os.strerror(number))

    def publish() -> None:
        try:
            world.publish(out, _at_call(call, refuse))
        except disk.StorageError:
            os._exit(3)

    with world.copy(world.ready) as out:
        status = in_child(publish)
        return None if status == 0 else world.judge(out, "" if status == 3 else f"ended with {status}")


def kill_at_random(world: World, rng: random.Random, longest: float) -> Outcome:
    """SIGKILL at any moment of a run that takes ``longest`` seconds."""
    with world.copy(world.base) as out:
        status = in_child(lambda: world.run(out), rng.uniform(0, longest))
        return world.judge(out, "" if status in (0, -signal.SIGKILL) else f"ended with {status}")


def kill_after_step(world: World, number: int) -> Outcome:
    """SIGKILL right after the n-th step, from 0."""

    def some_steps() -> None:
        with steps.working(world.inbox, out, CONFIG) as work:
            for step in steps.STEPS[: number + 1]:
                steps.perform(work, step, CONFIG)
            _die()

    with world.copy(world.base) as out:
        in_child(some_steps)
        return world.judge(out)


def flipped_bit(world: World, kind: str, rng: random.Random) -> Outcome:
    """A bit flipped in a part of the store, or in a table of the newest snapshot, before the run."""
    with world.copy(world.base) as out:
        folder = out / "store" if kind in PARTS else (out / "latest").resolve()
        path = rng.choice(sorted(folder.glob(f"{kind}[-.]*parquet")))
        content = bytearray(path.read_bytes())
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        if kind == "articles":
            return _refused_then_repaired(world, out)
        return world.judge(out, torn=folder.name != "store")


def _refused_then_repaired(world: World, out: Path) -> Outcome:
    """A run must refuse, and after ``dedup repair`` end well."""
    status = in_child(lambda: world.run(out))
    mending.repair(out)
    return world.judge(out, "" if status == 1 else f"a damaged articles part was read: {status}")


def vanished(world: World, kind: str, step: int) -> Outcome:
    """A part of the store vanishes after a step of the run, which may end in an error or well."""

    def go_on() -> None:
        with contextlib.suppress(disk.StorageError, OSError), steps.working(world.inbox, out, CONFIG) as work:
            for number, of_run in enumerate(steps.STEPS):
                steps.perform(work, of_run, CONFIG)
                if number == step:
                    next(iter(sorted((out / "store").glob(f"{kind}-*.parquet")))).unlink()
            steps.publish(work, CONFIG)

    with world.copy(world.base) as out:
        status = in_child(go_on)
        if kind == "articles":
            mending.repair(out)
        return world.judge(out, "" if status == 0 else f"ended with {status}")


def clock_back(world: World) -> Outcome:
    """The clock of the machine goes back by years between two runs."""
    from datetime import datetime as real

    class Back(real):
        @classmethod
        def now(cls, zone: object = None) -> real:
            return real(2001, 1, 1, tzinfo=zone)

    def run() -> None:
        steps.datetime = Back
        world.run(out)

    with world.copy(world.base) as out:
        status = in_child(run)
        newest = _same(_tables(out), world.second)
        return world.judge(out, "" if status == 0 and newest else f"ended with {status}")


def two_at_once(world: World) -> Outcome:
    """Two runs start at the same moment: one ends well, the other refuses or finds nothing new."""

    def run() -> None:
        try:
            world.run(out)
        except disk.StorageError as error:
            os._exit(0 if "is in use" in str(error) else 4)

    with world.copy(world.base) as out:
        both = [_forked(run), _forked(run)]
        ended = [_ended(child) for child in both]
        return world.judge(out, "" if ended == [0, 0] else f"ended with {ended}")


def stopped(world: World, number: int, by: int) -> Outcome:
    """A person or a supervisor stops the run in the n-th step, from 0: it ends at once and cleans up after itself."""
    step = steps.STEPS[number]

    def run() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
        process.stop_as_with_ctrl_c()
        during = step.function

        def interrupted(*given: object) -> object:
            os.kill(os.getpid(), by)
            time.sleep(0.05)  # a signal is heeded between two lines
            return during(*given)

        steps.STEPS = tuple(one._replace(function=interrupted) if one is step else one for one in steps.STEPS)
        world.run(out)

    with world.copy(world.base) as out:
        status = in_child(run)
        left = [path.name for path in (out / ".work").iterdir()]
        wrong = f"ended with {status}" if status == 0 else f"left: {left[:3]}" if left else ""
        return world.judge(out, wrong)


def input_changes(world: World, number: int) -> Outcome:
    """A new input is cut, grows or vanishes while it is read; the next run finds it as it should be."""
    change = (_cut, _grow, Path.unlink)[number % 3]
    path = world.inbox / "1.jsonl"
    whole = path.read_bytes()

    def run() -> None:
        reading = ingest.records

        def changed(*given: object, **named: object) -> object:
            for place, one in enumerate(reading(*given, **named)):
                if place == number // 3 and path.exists():
                    change(path)
                yield one

        ingest.records = changed
        with contextlib.suppress(disk.StorageError, OSError):
            world.run(out)

    try:
        with world.copy(world.base) as out:
            status = in_child(run)
            path.write_bytes(whole)
            return world.judge(out, "" if status == 0 else f"ended with {status}", torn=True)
    finally:
        path.write_bytes(whole)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(path.read_bytes()[:100])


def out_of_memory(world: World, number: int) -> Outcome:
    """Memory runs out in the n-th step (the last: while it publishes); the run ends in an error."""

    def run() -> None:
        def greedy(*given: object) -> object:
            raise MemoryError

        steps.STEPS = tuple(
            one._replace(function=greedy) if place == number % len(steps.STEPS) else one
            for place, one in enumerate(steps.STEPS)
        )
        world.run(out)

    with world.copy(world.base) as out:
        status = in_child(run)
        return world.judge(out, "" if status == 1 else f"ended with {status}")


def sleeps(world: World, number: int) -> Outcome:
    """A run is paused after a step (a laptop that sleeps), another tries meanwhile and refuses; it wakes and ends."""

    def paused() -> None:
        with steps.working(world.inbox, out, CONFIG) as work:
            for place, step in enumerate(steps.STEPS):
                steps.perform(work, step, CONFIG)
                if place == number:
                    os.kill(os.getpid(), signal.SIGSTOP)
            steps.publish(work, CONFIG)

    def second() -> None:
        try:
            world.run(out)
        except disk.StorageError as error:
            os._exit(3 if "is in use" in str(error) else 4)

    with world.copy(world.base) as out:
        sleeper = _forked(paused)
        os.waitpid(sleeper, os.WUNTRACED)
        refused = in_child(second)
        os.kill(sleeper, signal.SIGCONT)
        ended = _ended(sleeper)
        return world.judge(out, "" if (refused, ended) == (3, 0) else f"ended with {refused} and {ended}")


def older_store(world: World, number: int) -> Outcome:
    """The store says another format (older, none, newer): a newer one is refused in words, an older one made anew."""
    with world.copy(world.base) as out:
        manifest = out / "store" / disk.MANIFEST
        said = json.loads(manifest.read_text("utf-8"))
        if number == 1:
            said.pop("store_format")
        else:
            said["store_format"] = said["store_format"] + (99 if number == 2 else -1)
        manifest.write_text(json.dumps(said), "utf-8")
        if number < 2:
            return world.judge(out)
        status = in_child(lambda: world.run(out))
        said["store_format"] -= 99
        manifest.write_text(json.dumps(said), "utf-8")
        return world.judge(out, "" if status == 1 else f"a store of a later version was read: {status}")


def latest_dangles(world: World) -> Outcome:
    """``latest`` points to a snapshot that is gone; a run mends it."""
    with world.copy(world.base) as out:
        (out / "latest").unlink()
        (out / "latest").symlink_to("snapshots/none")
        return world.judge(out, torn=True)


PARTS = ("articles", "paragraphs", "credits", "status", "hashes", "pairs", "matches", "rejects")
"""Kinds of parts of the store."""


# children


def in_child(job: Callable[[], object], kill_after: float | None = None) -> int:
    """Run a job in a forked child -> its status, negative for a signal."""
    child = _forked(job)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    return _ended(child)


def _forked(job: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        job()
    except BaseException:
        if os.environ.get("TRACEBACKS"):
            import traceback

            traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(child: int) -> int:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 99


def _at_call(number: int, do: Callable[[], None]) -> Callable[[str, Callable], Callable]:
    """A shim that counts calls and does something at one of them, before it."""
    count = 0

    def shim(name: str, function: Callable) -> Callable:
        def counted(*arguments: object, **named: object) -> object:
            nonlocal count
            count += 1
            if count == number:
                do()
            return function(*arguments, **named)

        return counted

    return shim


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# tables


def _articles(start: int, stop: int) -> list[dict]:
    """Every third shares a paragraph with the one before."""
    return [
        {
            "id": f"a{number}",
            "text": f"{prose(number)}\n{prose(100 + number // 3, 30)}\n(AFP)",
            "outlet": f"Titre {number}",
            "published_at": f"2025-03-{1 + number % 5:02d}T08:00:00Z",
        }
        for number in range(start, stop)
    ]


def _tables(out: Path, snapshot: Snapshot | None = None) -> dict:
    """Every table but the one that tells of runs."""
    snapshot = snapshot or Snapshot.newest(out)
    return {name: snapshot.table(name) for name in schemas.TABLES if name != "cluster_history"}


def _same(found: dict, expected: dict) -> bool:
    return all(found[name].equals(expected[name]) for name in expected)


STOPS = {
    "ended (SIGTERM)": signal.SIGTERM,
    "hung up (SIGHUP)": signal.SIGHUP,
    "interrupted (SIGINT)": signal.SIGINT,
}

REFUSALS = {
    "the disk is full": errno.ENOSPC,
    "writing is not allowed": errno.EACCES,
    "the disk is read only": errno.EROFS,
}

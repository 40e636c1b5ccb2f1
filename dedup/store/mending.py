"""``dedup verify`` and ``dedup repair``: whether an output folder is what was written, and what to do when not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dedup.store import disk, holdings
from dedup.store.digests import differing
from dedup.store.publishing import discard
from dedup.store.snapshot import Snapshot


class Fault(NamedTuple):
    """Something that is not as it was written."""

    path: Path
    what: str
    remedy: str


AGAIN = "`dedup repair` takes it out of use, the next run makes it anew"


def verify(out: Path | str) -> list[Fault]:
    """Read every file that the store and the snapshots name, and compare its digest; nothing is changed."""
    out = Path(out)
    if not out.is_dir():
        raise disk.StorageError(f"{out} does not exist: check the path, or make it with `dedup run`")
    return [*_of_store(out), *_of_snapshots(out), *_of_latest(out)]


def repair(out: Path | str) -> tuple[list[str], list[Fault]]:
    """Take damaged files out of use, so that the next run makes them anew -> what was done, and what is left.

    An articles part goes to ``OUT/damaged/`` and is no longer named: its articles come back when a run reads the
    inputs that they came from. Holds the lock.
    """
    out, done = Path(out), []
    with disk.Lock(out):
        disk.sweep(out)
        done += _repaired_store(out)
        newest = next(iter(Snapshot.all_of(out)), None)
        for snapshot in Snapshot.all_of(out):
            if faults := snapshot.faults(thorough=True):
                discard(out, snapshot.folder)
                then = "; the next run publishes it anew" if newest and snapshot.folder == newest.folder else ""
                done.append(f"{snapshot.folder}: removed, {len(faults)} of its files were damaged{then}")
        for path in _unnamed(out):
            discard(out, path)
            done.append(f"{path}: removed, its manifest was damaged")
        if mended := disk.mend_latest(out):
            done.append(f"{out / 'latest'}: points to {mended.name}")
        elif (out / "latest").is_symlink() and not (out / "latest").exists():
            (out / "latest").unlink()
            done.append(f"{out / 'latest'}: removed, no snapshot is left")
    return done, verify(out)


def _of_store(out: Path) -> Iterator[Fault]:
    home = holdings.folder(out)
    try:
        state = holdings.named(out)
    except disk.NewerFormat:
        raise
    except disk.StorageError as error:
        yield Fault(home / disk.MANIFEST, str(error), holdings.put_back(home))
        return
    sizes = {name: "is gone" for name in state.files if not (home / name).is_file()}
    for name, what in {**sizes, **differing(home, state.digests)}.items():
        lost = name in state.articles
        yield Fault(home / name, what, holdings.put_back(home) if lost else AGAIN)


def _of_snapshots(out: Path) -> Iterator[Fault]:
    for snapshot in Snapshot.all_of(out):
        for name, what in snapshot.faults(thorough=True).items():
            yield Fault(snapshot.folder / name, what, "`dedup repair` removes the snapshot, the next run makes one")
    for path in _unnamed(out):
        yield Fault(path / disk.MANIFEST, "is damaged or gone", "`dedup repair` removes the snapshot")


def _of_latest(out: Path) -> Iterator[Fault]:
    link = out / "latest"
    if not (link / disk.MANIFEST).exists() and (link.is_symlink() or disk.snapshots(out)):
        yield Fault(link, "points to no snapshot", "`dedup repair` and every run point it to the newest")


def _unnamed(out: Path) -> list[Path]:
    """Folders of snapshots whose manifest cannot be read."""
    folder, whole = out / "snapshots", set(disk.snapshots(out))
    return sorted(path for path in folder.iterdir() if path not in whole) if folder.is_dir() else []


def _repaired_store(out: Path) -> list[str]:
    """The store without what is damaged -> what was done."""
    home, done = holdings.folder(out), []
    state = holdings.named(out)
    faults = {fault.path.name: fault.what for fault in _of_store(out)}
    if not faults:
        return []
    for name, what in faults.items():
        if name in state.articles and (home / name).exists():
            disk.set_aside(home / name, out / "damaged" / name)
            done.append(f"{home / name} {what}: it is in {out / 'damaged'}; run again over the inputs of its articles")
        elif name in state.articles:
            done.append(f"{home / name} {what}: run again over the inputs of its articles")
        else:
            done.append(f"{home / name} {what}: the next run makes it anew")
    articles = {name: size for name, size in state.articles.items() if name not in faults}
    if len(articles) < len(state.articles):  # the tables are no longer those of this store
        state = state._replace(articles=articles, serials=state.serials + 1)
    state = state.without(set(faults))
    holdings.commit(out, state)
    holdings.sweep(out, state)
    return done

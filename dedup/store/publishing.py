"""Snapshots: staged, published in one step, found again; what dead runs left is swept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dedup.store.digests import digests, stamps
from dedup.store.files import NewerFormat, StorageError, to_disk, writing
from dedup.store.locks import disown, own, owned
from dedup.store.manifests import MANIFEST, read_manifest, write_manifest


def begin_snapshot(out: Path | str, run_id: str) -> Path:
    """An empty staging folder for a run: ``OUT/.work/<run_id>/``. It belongs to this process until it is published."""
    out = Path(out)
    staging = out / ".work" / run_id
    if not run_id or Path(run_id).name != run_id or run_id.startswith("."):
        raise ValueError(f"run_id {run_id!r} is no name for a folder")
    with writing(staging):
        staging.parent.mkdir(parents=True, exist_ok=True)
        own(staging)
        if staging.exists():
            shutil.rmtree(staging)
        staging.mkdir()
    return staging


def publish(out: Path | str, run_id: str, staging: Path, manifest: Mapping[str, object], keep: int) -> Path:
    """Make the staging folder the newest snapshot and repoint ``OUT/latest`` to it in one step.

    Killed at any moment, ``latest`` is the old snapshot or the new one, whole. ``keep`` older snapshots stay beside
    the newest. A reader that has files of an older one open goes on reading. Publishing again what was already
    moved (a retry after a crash) only repoints. Where the file system has no symbolic links, ``latest`` is a copy
    (hard links where possible) that is swapped in two renames; ``latest()`` then knows which snapshot is newest
    even when the swap is cut between them.
    """
    out, staging = Path(out), Path(staging)
    target = out / "snapshots" / run_id
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if staging.exists():
            newest, before = max(_snapshots(out), default=(0, None))
            tables = sorted(path.relative_to(staging).as_posix() for path in staging.rglob("*.parquet"))
            known = _digests_of_shared(staging, tables, before)
            fresh = digests(staging, [name for name in tables if name not in known])
            written = {"digests": {**known, **fresh}, "stamps": stamps(staging, tables)}
            write_manifest(staging, {**manifest, "run_id": run_id, "sequence": newest + 1, **written})
            for path in sorted(staging.rglob("*")):
                if path.is_dir() or path.stat().st_nlink == 1:  # what has another name was forced to the disk with it
                    to_disk(path)
            to_disk(staging)
            if target.exists():
                discard(out, target)
            os.rename(staging, target)
            to_disk(target.parent)
        elif not (target / MANIFEST).exists():
            raise StorageError(f"{staging} is gone and {target} is no snapshot: run again from the start")
        _repoint(out, target)
        disown(staging)
        for _, old in sorted(_snapshots(out), reverse=True)[keep + 1 :]:
            if old.resolve() != target.resolve():
                discard(out, old)
    return target


def _digests_of_shared(staging: Path, tables: list[str], before: Path | None) -> dict[str, str]:
    """The digests of the files that are those of another snapshot."""
    if before is None:
        return {}
    known = read_manifest(before).get("digests", {})
    return {
        name: known[name]
        for name in tables
        if name in known and (before / name).exists() and (before / name).samefile(staging / name)
    }


def mend_latest(out: Path | str) -> Path | None:
    """Point ``OUT/latest`` to the newest whole snapshot where it points nowhere; only under the lock.

    Returns the snapshot when there was something to mend.
    """
    out = Path(out)
    link = out / "latest"
    found = snapshots(out)
    if not found or ((link / MANIFEST).exists() and link.resolve().parent == (out / "snapshots").resolve()):
        return None
    if not link.is_symlink() and link.exists():
        return None  # a copy, where there are no links
    with writing(link):
        _repoint(out, found[0])
    return found[0]


def snapshots(out: Path | str) -> list[Path]:
    """The whole snapshots of an output folder, the newest first."""
    return [path for _, path in sorted(_snapshots(Path(out)), reverse=True)]


def drop_snapshot(staging: Path | str) -> None:
    """Remove the staging folder of a run that will not be published."""
    with writing(Path(staging)):
        try:
            if Path(staging).exists():
                shutil.rmtree(staging)
        finally:
            disown(Path(staging))


def latest(out: Path | str) -> Path:
    """The newest snapshot; a clear error when there is none."""
    out = Path(out)
    link = out / "latest"
    if (link / MANIFEST).exists():
        return link.resolve()
    snapshots = sorted(_snapshots(out))
    if not snapshots:
        raise StorageError(f"{out} holds no snapshot: make one with `dedup run INPUT --out {out}`")
    return snapshots[-1][1]


def sweep(out: Path | str) -> list[str]:
    """Remove what dead runs left under ``OUT/.work``, and say what; the work of a living process stays."""
    out = Path(out)
    work = out / ".work"
    removed = []
    with writing(work):
        for path in sorted(work.iterdir()) if work.is_dir() else []:
            if path.suffix == ".owner" or owned(path):
                continue
            removed.append(path.name)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            path.with_name(path.name + ".owner").unlink(missing_ok=True)
        for owner in sorted(work.glob("*.owner")) if work.is_dir() else []:
            if not owner.with_suffix("").exists() and not owned(owner.with_suffix("")):
                owner.unlink()
    return removed


def _snapshots(out: Path) -> list[tuple[int, Path]]:
    """(sequence, folder) of the whole snapshots, in no order; one with a damaged manifest is not counted."""
    folder = out / "snapshots"
    found = []
    for path in folder.iterdir() if folder.is_dir() else []:
        try:
            found.append((int(read_manifest(path).get("sequence", 0)), path))
        except NewerFormat:
            raise
        except (StorageError, TypeError, ValueError):
            continue
    return found


def _repoint(out: Path, target: Path) -> None:
    link = out / "latest"
    fresh = out / ".work" / f"latest-{target.name}"
    fresh.parent.mkdir(exist_ok=True)
    if fresh.is_symlink() or fresh.exists():
        _remove(fresh)
    if link.is_dir() and not link.is_symlink():
        if not (link / MANIFEST).exists():
            raise StorageError(f"{link} is a folder that this program did not write: move it away and run again")
        discard(out, link)
    try:
        fresh.symlink_to(Path("snapshots") / target.name)
    except (OSError, NotImplementedError):
        shutil.copytree(target, fresh, copy_function=_link_or_copy)
        if link.exists():
            discard(out, link)
    os.replace(fresh, link)
    to_disk(out)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def discard(out: Path, folder: Path) -> None:
    """Remove a folder so that nobody ever sees half of it: out of the way first, then file by file."""
    trash = out / ".work" / f"trash-{folder.name}-{os.getpid()}"
    trash.parent.mkdir(exist_ok=True)
    if trash.exists():
        _remove(trash)
    os.rename(folder, trash)
    _remove(trash)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()

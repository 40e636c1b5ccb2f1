"""Output at an address (``s3://bucket/out``): work in a mirror on this machine, publish there in one step.

Layout at the address ``OUT``::

    OUT/commits/000000000007.json     names every file of the output by its object; the highest number counts
    OUT/leases/000000000007.<token>   the heartbeat of the run that has taken commit 7 and will put commit 8
    OUT/snapshots/<run_id>/...        objects of snapshots, never changed
    OUT/store/<name>.<token>          objects of the store, never changed: a file that changes is another object
    OUT/latest/...                    a copy of the newest snapshot for readers who know one address

An object store has no rename and no lock, so nothing there is ever changed: a run pulls the newest commit into its
mirror, works, uploads what is new under names of its own, and puts the next commit last, on the condition that there
is none of that number. Before it works it takes the output in the same way: it puts the newest commit again under the
next number, with the name of its lease (``dedup.store.leases``). That number is what fences: a run that slept until its
lease ran out finds its next number taken by its successor, and is refused, as is a run that begins while the lease
lasts. A run that dies at any moment leaves the last commit as it is. ``OUT/latest`` is replaced file by file after the
commit, its ``manifest.json`` taken away first and put last.

The mirror lies in ``$DEDUP_CACHE``, else in the user's cache folder; it may be removed at any time between runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dedup.store import leases
from dedup.store.addresses import READ_ONLY, filesystem, is_address, plain, reaching
from dedup.store.files import StorageError, writing
from dedup.store.locks import Lock
from dedup.store.manifests import MANIFEST
from dedup.store.publishing import mend_latest

KEPT_COMMITS = 6
"""Commits that stay, so that who has read one can fetch its files while the next ones come: a run puts two."""


@contextmanager
def output(out: Path | str) -> Iterator[Path]:
    """The folder in which a run works: ``out`` itself, or the mirror of an address, which is published at the end."""
    if not is_address(out):
        yield Path(out)
        return
    mirror = Mirror(plain(out))
    with Lock(mirror.home):
        with mirror.taken() as (number, files):
            yield mirror.folder
            mirror.push(number, files)


def here(out: Path | str) -> Path:
    """The folder in which an output can be read: ``out`` itself, or the mirror of an address, brought up to date."""
    if not is_address(out):
        return Path(out)
    mirror = Mirror(plain(out))
    with Lock(mirror.home):
        mirror.pull()
    return mirror.folder


Files = dict[str, dict[str, Any]]
"""Path in the output -> ``object`` (path below the address) and ``size`` in bytes."""


class Commit(NamedTuple):
    """What an object of ``OUT/commits`` says."""

    files: Files
    lease: str | None
    """Path of the lease of the run that took the output with it; None for one that a run has published."""


class Mirror:
    """An output at an address and its copy on this machine."""

    def __init__(self, address: str) -> None:
        if address.partition(":")[0] in READ_ONLY:
            raise StorageError(f"{address} can be read, not written: give a folder, s3://, gs:// or az:// as --out")
        self.address = address
        self._fs, self._root = filesystem(address)
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        self.home = _cache() / name
        self.folder = self.home / "out"
        self._note_file = self.home / "mirror.json"

    @contextmanager
    def taken(self) -> Iterator[tuple[int, Files]]:
        """For the block nobody else may begin to write: the number that this run holds, and what was published."""
        number, files = self.pull()
        with reaching(self.address):
            if number and (lease := self._read(number).lease) and (holder := leases.holder(self._fs, self._at(lease))):
                raise StorageError(
                    f"{self.address} is in use by {holder}. Wait for that run to end, or stop it, and start again "
                    f"{leases.LASTS} seconds after its last sign of life; or give another --out."
                )
            number += 1
            lease = f"leases/{number:012d}.{secrets.token_hex(4)}"
            leases.renew(self._fs, self._at(lease))
        with leases.held(self._fs, self._at(lease)):
            with reaching(self.address):
                self._commit(number, Commit(files, lease))
                self._forget(number - KEPT_COMMITS)
            yield number, files

    def pull(self) -> tuple[int, Files]:
        """Make the mirror equal to the newest commit -> its number (0: there is none) and its files."""
        with reaching(self.address):
            number, files = self._newest()
        known = self._known()
        stale = [
            path for path, file in files.items() if known.get(path) != [file["object"], *_state(self.folder, path)]
        ]
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in set(_files_below(self.folder)) - (files.keys() - set(stale)):
                (self.folder / path).unlink()
            if (link := self.folder / "latest").is_symlink():
                link.unlink()
            elif link.exists():
                shutil.rmtree(link)
            for path in stale:
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        if stale:
            with reaching(self.address):
                sources = [self._at(files[path]["object"]) for path in stale]
                self._fs.get(sources, [str(self.folder / path) for path in stale])
        for path in stale:
            if _state(self.folder, path)[:1] != [files[path]["size"]]:
                raise StorageError(f"{self.address}/{files[path]['object']} is not what was published: restore it")
        self._note(files)
        mend_latest(self.folder)
        return number, files

    def push(self, base: int, before: Files) -> None:
        """Publish the mirror as the commit after ``base``; StorageError when another run has published meanwhile."""
        known, token = self._known(), secrets.token_hex(4)
        files: Files = {}
        new = []
        for path in _files_below(self.folder):
            state = _state(self.folder, path)
            if path in before and known.get(path) == [before[path]["object"], *state]:
                files[path] = before[path]
                continue
            fixed = path.startswith("snapshots/") and path not in before
            files[path] = {"object": path if fixed else f"{path}.{token}", "size": state[0]}
            new.append(path)
        if files == before:
            return
        with reaching(self.address):
            if new:
                targets = [self._at(files[path]["object"]) for path in new]
                self._fs.put([str(self.folder / path) for path in new], targets)
            self._commit(base + 1, Commit(files, None))
        self._note(files)
        newest = (self.folder / "latest").resolve().name
        with reaching(self.address):
            self._copy_latest(newest, files)
            gone = _snapshots_of(before) and not _snapshots_of(before) & _snapshots_of(files)
            self._forget(base if gone else base + 1 - KEPT_COMMITS)  # articles were taken down: no copy stays

    # the other side

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _newest(self) -> tuple[int, Files]:
        self._fs.invalidate_cache()
        numbers = self._numbers()
        return (numbers[-1], self._read(numbers[-1]).files) if numbers else (0, {})

    def _numbers(self) -> list[int]:
        stems = (name.removesuffix(".json") for name in self._names("commits"))
        return sorted(int(stem) for stem in stems if stem.isdigit())

    def _names(self, folder: str) -> list[str]:
        try:
            return [name.rsplit("/", 1)[-1] for name in self._fs.ls(self._at(folder), detail=False)]
        except FileNotFoundError:
            return []

    def _read(self, number: int) -> Commit:
        try:
            content = json.loads(self._fs.cat_file(self._commit_path(number)))
            files, lease = content["files"], content.get("lease")
            sound = all(_is_inside(path) and _is_inside(file["object"]) for path, file in files.items())
            sound = sound and (lease is None or _is_inside(lease))
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(f"{self.address}/commits: number {number} is damaged: {error}") from error
        if not sound:
            raise StorageError(f"{self.address}/commits: number {number} names a file outside the output")
        return Commit(files, lease)

    def _commit_path(self, number: int) -> str:
        return self._at(f"commits/{number:012d}.json")

    def _commit(self, number: int, commit: Commit) -> None:
        """Put a commit; StorageError when another run holds this number, or a higher one."""
        content = {"format": 1, **{name: value for name, value in commit._asdict().items() if value is not None}}
        refusal = f"{self.address}: another run has published meanwhile; its tables stay. Run again"
        try:
            told = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
            self._fs.pipe_file(self._commit_path(number), told, mode="create")
        except Exception as error:
            if isinstance(error, FileExistsError) or "PreconditionFailed" in repr(error) or "412" in str(error):
                raise StorageError(refusal) from error
            raise
        self._fs.invalidate_cache()
        if self._numbers()[-1:] != [number]:  # who slept through many runs finds the number free again
            self._fs.rm_file(self._commit_path(number))
            raise StorageError(refusal)

    def _copy_latest(self, run_id: str, files: Files) -> None:
        start = f"snapshots/{run_id}/"
        wanted = {path.removeprefix(start): file["object"] for path, file in files.items() if path.startswith(start)}
        latest, told = self._at("latest"), self._at(f"latest/{MANIFEST}")
        self._fs.invalidate_cache()
        there = {path.removeprefix(f"{latest}/") for path in self._fs.find(latest)}
        gone = {*(there - wanted.keys()), *({MANIFEST} & there)}
        if gone:
            self._fs.rm([f"{latest}/{path}" for path in sorted(gone)])
        for path in sorted(wanted.keys() - {MANIFEST}):
            self._fs.cp_file(self._at(wanted[path]), f"{latest}/{path}")
        if MANIFEST in wanted:
            self._fs.cp_file(self._at(wanted[MANIFEST]), told)

    def _forget(self, last: int) -> None:
        """Remove the commits up to this number, the objects that only they name, and leases that nobody ended."""
        self._fs.invalidate_cache()
        numbers = self._numbers()
        old = [number for number in numbers if number <= last]
        if not old:
            return
        used = {file["object"] for number in numbers if number > last for file in self._read(number).files.values()}
        unused = {file["object"] for number in old for file in self._read(number).files.values()} - used
        ended = {name for name in self._names("leases") if int(name.partition(".")[0]) <= last}
        self._fs.rm([self._commit_path(number) for number in old])
        if unused or ended:
            self._fs.rm([self._at(path) for path in sorted({*unused, *(f"leases/{name}" for name in ended)})])

    # what is known of the mirror

    def _known(self) -> dict[str, list[Any]]:
        try:
            known: dict[str, list[Any]] = json.loads(self._note_file.read_text("utf-8"))
            return known
        except (OSError, ValueError):
            return {}

    def _note(self, files: Files) -> None:
        """Write down which object each file of the mirror is; one that changes after that is not it any more."""
        noted = {path: [file["object"], *_state(self.folder, path)] for path, file in files.items()}
        with writing(self._note_file):
            waiting = self._note_file.with_suffix(".new")
            waiting.write_text(json.dumps({"": [self.address], **noted}), "utf-8")
            waiting.replace(self._note_file)


def _cache() -> Path:
    named = os.environ.get("DEDUP_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named) if named else Path(home) / "dedup"


def _files_below(folder: Path) -> Iterator[str]:
    """The files of an output that are published: neither ``latest`` nor what belongs to runs at work."""
    for part in sorted(folder.iterdir()) if folder.is_dir() else []:
        if part.name == "latest" or part.name.startswith("."):
            continue
        for path in sorted(part.rglob("*")) if part.is_dir() else [part]:
            if path.is_file():
                yield path.relative_to(folder).as_posix()


def _snapshots_of(files: Files) -> set[str]:
    return {path.split("/")[1] for path in files if path.startswith("snapshots/")}


def _state(folder: Path, path: str) -> list[int]:
    """Bytes and time of a file; nothing when it is not there."""
    try:
        told = (folder / path).stat()
    except OSError:
        return []
    return [told.st_size, told.st_mtime_ns]


def _is_inside(path: str) -> bool:
    return bool(path) and not path.startswith("/") and ".." not in path.split("/") and "\\" not in path

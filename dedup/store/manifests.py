"""Manifests: what a folder holds, in one JSON file that is replaced in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from dedup.store.files import NewerFormat, reading, replacing, to_disk, writing

FORMAT = 1
"""Version of the folder layout and of the manifests; a program refuses a newer one."""

MANIFEST = "manifest.json"


def write_manifest(path: Path | str, manifest: Mapping[str, object], sync: bool = True) -> Path:
    """Write ``manifest.json`` (``path``: the file or its folder) in one step: sorted keys and the format's version.

    Without ``sync`` it is not forced to the disk: for what a crash of the machine may take away.
    """
    path = _manifest_path(path)
    text = json.dumps({**manifest, "format": FORMAT}, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            partial.write_text(text + "\n", "utf-8")
            if sync:
                to_disk(partial)
        if sync:
            to_disk(path.parent)
    return path


def read_manifest(path: Path | str, remedy: str | None = None) -> dict:
    """Read a manifest (``path`` is the file or its folder); one of a newer version is refused."""
    path = _manifest_path(path)
    with reading(path, remedy):
        manifest = json.loads(path.read_text("utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError(f"expected a JSON object, got {type(manifest).__name__}")
    version = manifest.get("format", 1)
    if not isinstance(version, int) or version > FORMAT:
        raise NewerFormat(
            f"{path} has format {version}, this program reads up to {FORMAT}: it was written by a newer version. "
            f"Upgrade dedup, or give another --out."
        )
    return manifest


def _manifest_path(path: Path | str) -> Path:
    path = Path(path)
    return path if path.suffix == ".json" else path / MANIFEST

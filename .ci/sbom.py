"""Write the software bill of materials: ``python .ci/sbom.py build/sbom.json``; every component has a licence.

Exit status: 0 written; 1 a component whose licence nobody says, which is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

READ = {"axe-playwright-python": "MIT"}
"""Packages whose metadata name no licence: what their licence file says, read by a person."""


def main(path: str) -> int:
    """Ask cyclonedx-py for what is installed, and fill in the licences that it could not make out."""
    out = Path(path)
    out.parent.mkdir(parents=True, exist_ok=True)
    command = ["cyclonedx_py", "environment", "--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON"]
    subprocess.run([sys.executable, "-m", *command, "--output-file", str(out)], check=True)
    bill = json.loads(out.read_text("utf-8"))
    unknown = filled(bill["components"])
    out.write_text(json.dumps(bill, indent=2) + "\n", "utf-8")
    for name in unknown:
        print(f"no licence is known of {name}: read its licence file and add it to {Path(__file__).name}")
    print(f"Software bill of materials: {out}, {len(bill['components'])} components")
    return 1 if unknown else 0


def filled(components: list[dict]) -> list[str]:
    """Give each component without a licence what its metadata or a person said; the names of those nobody knows."""
    unknown = []
    for component in components:
        if component.get("licenses"):
            continue
        said = READ.get(component["name"]) or _said(component["name"])
        if said is None:
            unknown.append(component["name"])
        elif " AND " in said or " OR " in said:
            component["licenses"] = [{"expression": said}]
        else:
            component["licenses"] = [{"license": {"name": said}}]
    return unknown


def _said(name: str) -> str | None:
    """What the metadata of an installed package say of its licence, in whatever words."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    return told.get("License-Expression") or told.get("License")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

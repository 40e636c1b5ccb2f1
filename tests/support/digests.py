"""The tables of a run of the examples as one digest each: what a change of structure must not change.

python tests/support/digests.py            # the tables whose digest has changed
python tests/support/digests.py --write    # after a change that was meant; say which in the changelog
"""

from __future__ import annotations

import json
import sys
import tempfile
from hashlib import blake2b
from pathlib import Path

import pyarrow as pa

ROOT = Path(__file__).parents[2]
FILE = ROOT / "tests" / "pipeline" / "examples_digests.json"
OF_THE_RUN = ("cluster_history",)
"""Tables that tell of the run as well as of the articles."""


def digest(table: pa.Table) -> str:
    """A digest of the rows and the columns' names, whatever the order of the rows, the chunks and the file."""
    if "file" in table.column_names:  # where the examples lie on this machine
        table = table.drop_columns("file")
    rows = sorted(json.dumps(row, sort_keys=True, default=str) for row in table.to_pylist())
    return blake2b("\n".join(rows).encode(), digest_size=12).hexdigest()


def digests(snapshot: Path) -> dict[str, str]:
    """Table -> digest, of every table of a snapshot but those of the run."""
    from dedup.store import disk

    names = sorted(path.stem for path in snapshot.iterdir() if path.suffix == ".parquet" or path.is_dir())
    tables = [name for name in names if name not in (*OF_THE_RUN, "report")]
    return {name: digest(disk.read_table(_path(snapshot, name))) for name in tables}


def _path(snapshot: Path, name: str) -> Path:
    single = snapshot / f"{name}.parquet"
    return single if single.exists() else snapshot / name


def main() -> None:
    """Run the examples and compare, or write."""
    from dedup.pipeline import steps
    from dedup.store import disk

    with tempfile.TemporaryDirectory() as folder:
        steps.run([ROOT / "examples" / "inbox"], Path(folder))
        found = digests(disk.latest(Path(folder)))
    if "--write" in sys.argv[1:]:
        FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    known = json.loads(FILE.read_text("utf-8"))
    changed = [name for name in sorted({*found, *known}) if found.get(name) != known.get(name)]
    print("changed: " + ", ".join(changed) if changed else f"{len(found)} tables, none changed")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()

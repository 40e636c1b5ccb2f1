"""Peer names -> one virtual environment each, under ``benchmarks/.envs/``.

Every peer gets its own interpreter, so that one library's pins (numpy, datasets, scipy)
never decide another's speed. A peer that cannot be installed is recorded as missing, with
the reason, and ``peers.py`` says so in its table instead of leaving it out.

    python benchmarks/environments.py                # make what is not there yet
    python benchmarks/environments.py rensa daft     # only these
    python benchmarks/environments.py --again rensa  # from scratch

Each result is kept in ``.envs/<peer>/environment.json``: the requirements, what was really
installed (``pip freeze``), or the last lines of the error.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENTS = Path(__file__).resolve().parent / ".envs"

# The peers are pinned: a ratio is only worth repeating against the same peer. pyarrow and numpy
# read the corpus and carry the result; their versions are recorded, as all that was installed.
READER = ["pyarrow", "numpy"]
REQUIREMENTS: dict[str, list[str]] = {
    # scipy is optional in datasketch; with it the index chooses its bands faster.
    # xxhash is the hash its documentation and its users prefer over the default SHA-1.
    "datasketch": ["datasketch==2.0.0", "xxhash", "scipy", *READER],
    "rensa": ["rensa==0.5.0", *READER],
    "gaoya": ["gaoya==0.2.2", *READER],
    "daft": ["daft==0.7.26", "pyarrow", "numpy"],
    "text-dedup": ["text-dedup==0.4.0"],
    "datatrove": ["datatrove[processing,io]==0.10.1", "xxhash", "spacy", "pyarrow"],
    "figures": ["matplotlib"],  # no peer: draws the plots of docs/benchmarks
}


def python_of(peer: str) -> Path:
    """Path of the interpreter of one peer's environment; it need not exist."""
    return ENVIRONMENTS / peer / "bin" / "python"


def state_of(peer: str) -> dict:
    """What is known of one peer: ``{"status": "ready" | "missing", "reason": ..., ...}``."""
    record = ENVIRONMENTS / peer / "environment.json"
    if not record.exists():
        return {
            "status": "missing",
            "reason": f"not installed; run: python benchmarks/environments.py {peer}",
        }
    state = json.loads(record.read_text())
    if state["status"] == "ready" and not python_of(peer).exists():
        return {"status": "missing", "reason": "its interpreter is gone; run with --again"}
    return state


def make(peer: str, again: bool = False) -> dict:
    """Create one peer's environment and return (and store) its state."""
    home = ENVIRONMENTS / peer
    if again and home.exists():
        shutil.rmtree(home)
    if (home / "environment.json").exists() and state_of(peer)["status"] == "ready":
        return state_of(peer)
    home.mkdir(parents=True, exist_ok=True)
    state: dict = {"peer": peer, "requirements": REQUIREMENTS[peer]}
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [str(python_of(peer)), "-m", "pip", "install", "--quiet", *REQUIREMENTS[peer]],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode != 0:
            errors = [line for line in done.stderr.splitlines() if line.strip()]
            state |= {
                "status": "missing",
                "reason": next(
                    (line for line in errors if line.startswith("ERROR")),
                    errors[-1] if errors else f"exit status {done.returncode}",
                ),
                "log": errors[-30:],
            }
            break
    else:
        frozen = subprocess.run([str(python_of(peer)), "-m", "pip", "freeze"], capture_output=True, text=True)
        state |= {"status": "ready", "reason": "", "installed": frozen.stdout.split("\n")}
        state["installed"] = [line for line in state["installed"] if line]
    # An aborted ``venv --clear`` can leave no folder.
    home.mkdir(parents=True, exist_ok=True)
    record = home / "environment.json"
    record.with_suffix(".part").write_text(json.dumps(state, indent=1))
    os.replace(record.with_suffix(".part"), record)
    return state


def main(arguments: list[str] | None = None) -> int:
    """Make the named environments (all of them by default) and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peers", nargs="*", help=f"any of: {', '.join(REQUIREMENTS)}; default all")
    parser.add_argument("--again", action="store_true", help="delete and install from scratch")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.peers) - set(REQUIREMENTS))
    if unknown:
        parser.error(f"unknown peer {', '.join(unknown)}; known are {', '.join(REQUIREMENTS)}")
    missing = 0
    for peer in options.peers or REQUIREMENTS:
        state = make(peer, options.again)
        missing += state["status"] != "ready"
        print(f"{peer:12} {state['status']:8} {state['reason']}", flush=True)
    return 0 if missing == 0 else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""What every runner shares: the words, the clusters, the clock and the result file.

A runner is started as ``python runners/<name>.py --task pairs --variant V --input FILE
--warm FILE --output FILE`` with the interpreter of its own environment, so this module
needs numpy and pyarrow only. The clock starts before the Parquet file is opened and stops
when pairs and labels are in numpy arrays; imports are outside it, and so is one run over a
few hundred paragraphs (``--warm``) that loads compiled code and starts thread pools.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import sys
import time
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.append(str(Path(__file__).resolve().parents[1]))
from measure import cpu_of, descendants, memory_of

WORDS = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of the benchmark: runs of letters and digits of the lower-cased text."""
    return WORDS.findall(text.lower())


def shingles(text: str, size: int) -> list[str]:
    """Runs of ``size`` words joined by a space; a shorter text is one shingle, an empty one none."""
    tokens = words(text)
    if len(tokens) < size:
        return [" ".join(tokens)] if tokens else []
    return list(map(" ".join, zip(*(tokens[i:] for i in range(size)), strict=False)))


def components(n: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Connected components: label of each of ``n`` nodes, the smallest number in its component.

    Vectorised hooking and pointer jumping, so that no peer pays for a Python union-find.
    """
    labels = np.arange(n)
    left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
    while True:
        low = np.minimum(labels[left], labels[right])
        high = np.maximum(labels[left], labels[right])
        if np.array_equal(low, high):
            return labels
        np.minimum.at(labels, high, low)
        while True:
            jumped = labels[labels]
            if np.array_equal(jumped, labels):
                break
            labels = jumped
        open_ = labels[left] != labels[right]
        left, right = left[open_], right[open_]


def sorted_bands(signatures: np.ndarray, bands: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort-based banding: the distinct pairs that agree on at least one band.

    ``signatures``: shape (n, >= bands * rows), uint32. Every pair of a bucket is listed, as
    an index with look-ups would list them. For libraries that sign but have no index.
    """
    n = len(signatures)
    keys: list[np.ndarray] = []
    multiplier = np.random.default_rng(1).integers(1, 1 << 63, size=rows, dtype=np.uint64) | np.uint64(1)
    for band in range(bands):
        part = signatures[:, band * rows : (band + 1) * rows].astype(np.uint64)
        part = (part + np.uint64(0x9E3779B97F4A7C15)) * multiplier
        key = np.bitwise_xor.reduce(part ^ (part >> np.uint64(29)), axis=1)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        order = np.argsort(key)
        key = key[order]
        same = np.flatnonzero(key[1:] == key[:-1])
        # Distance 1, then 2, ... inside a run, until no run is long enough.
        distance = 1
        while len(same):
            a, b = order[same], order[same + distance]
            keys.append(np.minimum(a, b) * n + np.maximum(a, b))
            distance += 1
            same = same[same + distance < n]
            same = same[key[same] == key[same + distance]]
    distinct = np.unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64)
    return distinct // n, distinct % n


def texts_of(path: str) -> list[str]:
    """The text column as Python strings."""
    return pq.read_table(path, columns=["text"])["text"].to_pylist()


@dataclass
class Found:
    """What a run found.

    ``left``, ``right``: int64 row numbers, one entry a pair, or None if the library lists no
    pairs. ``labels``: int64, shape (n,), the cluster of each row, or None. ``flags``: bool,
    shape (n,), rows said to have a near duplicate, or None. ``rows_signed``: for the task
    "sign". ``note``: what a reader of the numbers must know.
    """

    left: np.ndarray | None = None
    right: np.ndarray | None = None
    labels: np.ndarray | None = None
    flags: np.ndarray | None = None
    rows_signed: int | None = None
    note: str = ""


def from_pairs(n: int, left: Iterable[int], right: Iterable[int], note: str = "") -> Found:
    """Pairs -> pairs and their connected components."""
    left = np.frombuffer(left, np.int64) if isinstance(left, array) else np.asarray(left, np.int64)
    right = np.frombuffer(right, np.int64) if isinstance(right, array) else np.asarray(right, np.int64)
    return Found(left, right, components(n, left, right), note=note)


def cpu_seconds() -> float:
    """CPU seconds of this process, its threads and everything it has started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used) + sum(
        cpu_of(child) for child in descendants(os.getpid())
    )


Job = Callable[[str, argparse.Namespace], Found]


def serve(jobs: dict[tuple[str, str], Job], warm: bool = True) -> None:
    """Run the job named by ``--task`` and ``--variant`` and write what it found.

    ``jobs``: (task, variant) -> function of the input path and the options.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", default="pairs", choices=["pairs", "sign"])
    parser.add_argument("--variant", default="")
    parser.add_argument("--input", required=True, help="Parquet with a text column")
    parser.add_argument("--warm", help="a small Parquet file to run once before the clock starts")
    parser.add_argument("--output", required=True, help="result, .npz; figures beside it in .json")
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--shingle-size", type=int, default=3)
    parser.add_argument("--num-perm", type=int, default=128)
    parser.add_argument("--bands", type=int, default=16)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scratch", help="an empty folder for libraries that work in files")
    options = parser.parse_args()
    job = jobs.get((options.task, options.variant))
    if job is None:
        known = ", ".join(f"{task}/{variant or '-'}" for task, variant in jobs)
        sys.exit(f"no such job: {options.task}/{options.variant or '-'}; known: {known}")
    if warm and options.warm:
        job(options.warm, options)
    before = cpu_seconds()
    begin = time.perf_counter()
    found = job(options.input, options)
    wall = time.perf_counter() - begin
    cpu = cpu_seconds() - before
    peak = memory_of(os.getpid(), "VmHWM")
    arrays = {
        name: getattr(found, name) for name in ("left", "right", "labels", "flags") if getattr(found, name) is not None
    }
    np.savez(options.output, **arrays)
    figures = {
        "wall": wall,
        "cpu": cpu,
        "peak": peak,
        "note": found.note,
        "rows_signed": found.rows_signed,
        "numpy": np.__version__,
        "pyarrow": pa.__version__,
        "python": sys.version.split()[0],
    }
    Path(options.output).with_suffix(".json").write_text(json.dumps(figures))

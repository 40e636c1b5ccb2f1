"""The parts of the store that hold the windows' keys, read band by band."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from dedup.matching import lsh
from dedup.pipeline.run import Run
from dedup.store import disk

WINDOW_BYTES = 16
"""Memory that joining takes for a window on a thread: its key, partitioned with its article, and buckets and pairs."""


def band_column(number: int) -> str:
    """Name of a band's column in the parts that hold keys."""
    return f"band_{number:04d}"


def band_reader(run: Run) -> tuple[Callable[[int], np.ndarray], lsh.Windows, int]:
    """A reader of the windows' keys by band, whose they are, and in how many parts a band keeps to the memory limit."""
    files, owners, n_windows = run.derived_files("bands"), [np.zeros(0, np.int64)], [0]
    starts = [np.zeros(0, np.int64)]
    for file, home in zip(files, run.view.homes, strict=True):
        windows = lsh.Windows.of(disk.read_table(file, ["member"])["member"].to_numpy())
        starts.append(windows.starts[:-1] + n_windows[-1])
        owners.append(home[windows.owners])
        n_windows.append(n_windows[-1] + int(windows.starts[-1]))
    threads = run.config.threads
    parts = 1
    while n_windows[-1] * threads * WINDOW_BYTES > parts * run.config.memory_share or 1 < parts < threads:
        parts *= 2

    def read_band(band: int) -> np.ndarray:
        keys = np.empty(n_windows[-1], np.uint32)
        for file, (begin, end) in zip(files, pairwise(n_windows), strict=True):
            keys[begin:end] = disk.read_table(file, [band_column(band)])[0].to_numpy()
        return keys

    return read_band, lsh.Windows(np.concatenate([*starts, n_windows[-1:]]), np.concatenate(owners)), parts

"""WORDS -> WINDOWS: overlapping runs of words inside one paragraph, and their shingles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedup import schemas
from dedup.arrays import in_threads, list_buffers
from dedup.config import Config
from dedup.kernels import minhash


def shingle(words: pa.Table, config: Config, keep: np.ndarray | None = None) -> pa.Table:
    """Cut every paragraph into windows and hash the windows' shingles.

    WORDS -> WINDOWS. A paragraph of at most ``window_words`` words is one window; a longer one has a window every
    ``window_step`` words, the last one flush with its end; one shorter than a shingle has none. ``keep`` (rows,)
    bool leaves paragraphs out (boilerplate, captions). Overlapping windows share the paragraph's shingles: the
    list column is a view.
    """
    starts, hashes = list_buffers(words["hash"])
    size = config.shingle_size
    counts = np.maximum(np.diff(starts) - size + 1, 0)
    shingle_starts = np.zeros(len(starts), np.int64)
    np.cumsum(counts, out=shingle_starts[1:])
    shingles = np.empty(int(shingle_starts[-1]), np.uint64)
    in_threads(
        len(counts),
        config,
        lambda low, high: minhash.shingle_words(hashes, starts, size, low, high, shingle_starts, shingles),
    )
    keep = counts > 0 if keep is None else keep & (counts > 0)
    rows, begins, ends = _steps(starts, keep, config)
    view = pa.ListViewArray.from_arrays(
        pa.array((shingle_starts[rows] + begins).astype(np.int32)),
        pa.array((ends - begins - size + 1).astype(np.int32)),
        pa.array(shingles),
    )
    return pa.Table.from_arrays([pa.array(rows), pa.array(begins), pa.array(ends), view], schema=schemas.WINDOWS)


def _steps(starts: np.ndarray, keep: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, first and last word of the windows of every kept row, one every ``window_step`` words."""
    n_windows = np.zeros(len(keep), np.int64)
    minhash.count_windows(starts, config.window_words, config.window_step, config.shingle_size, n_windows)
    n_windows[~keep] = 0
    window_starts = np.zeros(len(starts), np.int64)
    np.cumsum(n_windows, out=window_starts[1:])
    total = int(window_starts[-1])
    rows, begins, ends = np.empty(total, np.uint32), np.empty(total, np.int32), np.empty(total, np.int32)
    minhash.place_windows(starts, config.window_words, config.window_step, n_windows, window_starts, rows, begins, ends)
    return rows, begins, ends

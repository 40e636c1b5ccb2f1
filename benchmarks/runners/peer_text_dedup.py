"""text-dedup: the ``text_dedup.minhash`` command of the package on PyPI, called in process.

It picks bands and rows for the threshold, links every text of a bucket to the smallest and
keeps clusters only, so pairs are those of one cluster. Own words: it splits at every
character that is not a letter or digit and keeps the empty strings between two of them.
xxh3 is what its help names as faster than the default; 32 bits in place of 64 gained nothing.
"""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

import numpy as np
import pyarrow.parquet as pq
from common import Found, serve
from text_dedup import minhash


def pairs(path, options):
    n = pq.ParquetFile(path).metadata.num_rows
    arguments = {
        "--path": "parquet",
        "--data_files": path,
        "--split": "train",
        "--cache_dir": os.path.join(options.scratch, "cache"),
        "--output": os.path.join(options.scratch, "output"),
        "--column": "text",
        "--ngram": options.shingle_size,
        "--min_length": 1,
        "--num_perm": options.num_perm,
        "--threshold": options.threshold,
        "--hash_func": "xxh3",
        "--num_proc": options.workers,
    }
    minhash.main([str(part) for item in arguments.items() for part in item], standalone_mode=False)
    labels = np.fromiter((minhash.uf.find(i) for i in range(n)), np.int64, n)
    bands, rows = minhash.optimal_param(
        options.threshold, options.num_perm, false_positive_weight=0.5, false_negative_weight=0.5
    )
    return Found(
        labels=labels,
        note=f"{bands} bands x {rows}, {options.workers} processes, clusters only, own words",
    )


serve({("pairs", ""): pairs}, warm=False)

"""datatrove: signatures, buckets and clusters as three local pipelines on two workers.

The steps of its minhash example without the last (writing the kept documents). Buckets are
linked neighbour to neighbour, so pairs are those of one cluster. It takes any word
tokenizer, so it gets the benchmark's words in place of its French one (spaCy, thirty times
slower), and its own simplification of the text is switched off. Its tasks are files: the
input is split into one file a worker, which costs it a few hundredths of its time.
"""

from __future__ import annotations

import os
import struct

import numpy as np
import pyarrow.parquet as pq
from common import Found, serve, words
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import ParquetReader
from datatrove.utils.hashing import HashConfig
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WordTokenizer


class BenchmarkWords(WordTokenizer):
    """The words of the benchmark as a datatrove tokenizer."""

    def word_tokenize(self, text):
        return words(text)

    def sent_tokenize(self, text):
        return [text]

    def span_tokenize(self, text):
        return [(0, len(text))]


AS_PRINTED = TextNormConfig(
    lowercase=False,
    norm_whitespace=False,
    remove_punctuation=False,
    norm_unicode_diacritics=False,
    norm_numbers=False,
)


def pairs(path, options):
    config = MinhashConfig(
        n_grams=options.shingle_size,
        num_buckets=options.bands,
        hashes_per_bucket=options.rows,
        seed=options.seed,
        norm_config=AS_PRINTED,
        hash_config=HashConfig(precision=64, hash_fc="xxhash"),
    )
    folder = {
        name: os.path.join(options.scratch, name) for name in ("input", "signatures", "buckets", "clusters", "logs")
    }
    os.makedirs(folder["input"], exist_ok=True)
    table = pq.read_table(path, columns=["id", "text"])
    share = -(-len(table) // options.workers)
    for worker in range(options.workers):
        pq.write_table(table.slice(worker * share, share), f"{folder['input']}/{worker:05d}.parquet")
    n = len(table)
    del table
    steps = [
        (
            options.workers,
            [
                ParquetReader(folder["input"], text_key="text", id_key="id"),
                MinhashDedupSignature(folder["signatures"], config=config, language=BenchmarkWords()),
            ],
        ),
        (options.bands, [MinhashDedupBuckets(folder["signatures"], folder["buckets"], config=config)]),
        (
            1,
            [MinhashDedupCluster(folder["buckets"], folder["clusters"], config=config, save_cluster_id=True)],
        ),
    ]
    for number, (tasks, pipeline) in enumerate(steps):
        LocalPipelineExecutor(
            pipeline=pipeline,
            tasks=tasks,
            workers=min(tasks, options.workers),
            logging_dir=f"{folder['logs']}/{number}",
        ).run()
    labels = np.arange(n)
    for worker in range(options.workers):
        file = f"{folder['clusters']}/{worker:06d}.clusters"
        if os.path.exists(file):
            data = open(file, "rb").read()
            for row, cluster in struct.iter_unpack("<2I", data):
                labels[worker * share + row] = n + cluster
    return Found(
        labels=labels,
        note=f"{options.bands} bands x {options.rows}, {options.workers} workers, clusters only",
    )


if __name__ == "__main__":
    serve({("pairs", ""): pairs}, warm=False)

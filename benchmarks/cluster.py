"""The same articles by this process and by Dask workers, over a folder and over S3: equal tables, seconds, memory.

    python benchmarks/cluster.py articles.jsonl --workers 0 1 2 4 --storage folder s3
    python benchmarks/cluster.py articles.jsonl --workers 0 2 --memory 4GiB --add more.jsonl --no-report

Each run is ``dedup run`` as a user gives it, with a scheduler and worker processes of its own; S3 is moto's server on
this machine. Every table must have the digest of the first run's; ``tables`` is a digest of all of them, to compare
the runs of two commands. ``--add`` gives further articles to each store in a
second run and times that too. A worker that went over its memory limit is killed by its nanny and started again:
``killed`` counts them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from peers import table

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT), str(ROOT / "tests" / "support")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path, help="JSON Lines")
    parser.add_argument("--add", type=Path, help="articles of a second run")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2, 4], help="0: this machine's threads")
    parser.add_argument("--memory", default="4GiB", help="memory limit of a worker")
    parser.add_argument("--storage", nargs="+", choices=("folder", "s3"), default=["folder"], help="s3 needs moto")
    parser.add_argument("--no-report", action="store_true", help="no report: thousands of files for moto")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dedup-cluster-") as home:
        os.environ["DEDUP_CACHE"] = str(Path(home) / "mirrors")
        rows = list(compared(options, Path(home)))
    print(table(list(rows[0]), [[str(value) for value in row.values()] for row in rows]))
    if not all(row["equal"] for row in rows):
        raise SystemExit("the tables differ")


def compared(options: argparse.Namespace, home: Path) -> Iterator[dict[str, Any]]:
    """A row for each number of workers and each kind of storage."""
    known: list[dict[str, str]] = []
    for storage in options.storage:
        with bucket() if storage == "s3" else nullcontext(str(home)) as place:
            for n in options.workers:
                row = one(f"{place}/{storage}-{n}", n, options, home, known)
                print(f"{storage} {n}: {row}", file=sys.stderr, flush=True)
                yield {"storage": storage, "workers": n, **row}


def one(out: str, n: int, options: argparse.Namespace, home: Path, known: list[dict[str, str]]) -> dict[str, Any]:
    """Run with ``n`` workers, compare the tables of each run with those known."""
    from digests import digests

    from dedup.store import disk
    from dedup.store.remote import here

    row: dict[str, Any] = {}
    equal = True
    with cluster(n, options.memory) if n else nullcontext(None) as workers:
        for number, given in enumerate(filter(None, (options.articles, options.add))):
            began = time.monotonic()
            run(given, out, home, workers, not options.no_report)
            row["seconds" if number == 0 else "added"] = round(time.monotonic() - began, 1)
            found = digests(disk.latest(here(out)))
            if len(known) == number:
                known.append(found)
            equal = equal and found == known[number]
        row |= {"killed": 0, "peak_mib": None} if workers is None else memory(workers)
    every = hashlib.blake2b(json.dumps(found, sort_keys=True).encode(), digest_size=4).hexdigest()
    return {**row, "tables": every, "equal": equal}


def run(articles: Path, out: str, home: Path, workers: Any, report: bool) -> None:
    """``dedup run`` in a process of its own."""
    (home / "settings.yaml").write_text(f"report: {str(report).lower()}\n")
    command = [sys.executable, "-m", "dedup", "run", str(articles.resolve()), "--out", out, "--json"]
    command += ["--config", str(home / "settings.yaml")]
    if workers is not None:
        command += ["--engine", "dask", "--scheduler", workers.scheduler_address]
    environment = {**os.environ, "PREFECT_HOME": str(home / "prefect"), "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=environment, cwd=home, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def cluster(n: int, memory_limit: str) -> Iterator[Any]:
    """A scheduler and ``n`` worker processes of a thread each."""
    from distributed import LocalCluster

    os.environ["PYTHONPATH"] = str(ROOT)
    with LocalCluster(
        n_workers=n, threads_per_worker=1, processes=True, memory_limit=memory_limit, dashboard_address=None
    ) as workers:
        workers.begun = {nanny.pid for nanny in workers.workers.values()}
        yield workers


def memory(workers: Any) -> dict[str, int]:
    """Workers that were killed and started again, and the most memory that one of the others has had."""
    pids = {nanny.pid for nanny in workers.workers.values()}
    peaks = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line]
    return {"killed": len(workers.begun - pids), "peak_mib": max(int(peak.split()[1]) for peak in peaks) >> 10}


@contextmanager
def bucket() -> Iterator[str]:
    """The address of a bucket of an S3 server on this machine."""
    import fsspec
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("press")
    try:
        yield "s3://press"
    finally:
        server.stop()


if __name__ == "__main__":
    main()

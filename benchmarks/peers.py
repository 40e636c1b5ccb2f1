"""Ours and the peers on one generated corpus -> wall, CPU, memory, precision, recall, ratios.

    python benchmarks/environments.py                    # once
    python benchmarks/peers.py --n 100000 --repeat 3 --json peers.json
    python benchmarks/peers.py --n 1000000 --repeat 1 --only ours,datasketch-bulk,rensa
    python benchmarks/peers.py --n 20000 --without ours

Every contestant is its own process in its own environment, reads the same Parquet file and
gets the same task: pairs and clusters of paragraphs at Jaccard >= 0.7 over shingles of
three words, from 128 values. Rounds are interleaved, so that a slow minute of the machine
hits all alike; figures are medians over the rounds. What each peer could not be given
alike (words, bands, verification) stands in its note. See README.md in this folder.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import environments
import measure
import numpy as np
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
MEBIBYTE = 1 << 20
WARM_ROWS = 300


@dataclass(frozen=True)
class Contestant:
    """One way of doing one task. ``environment`` is None for ours."""

    name: str
    task: str
    runner: str
    variant: str
    environment: str | None


CONTESTANTS = [
    Contestant("ours", "pairs", "ours", "", None),
    Contestant("daft", "pairs", "peer_daft", "words", "daft"),
    Contestant("daft-normalize", "pairs", "peer_daft", "normalize", "daft"),
    Contestant("gaoya", "pairs", "peer_gaoya", "", "gaoya"),
    Contestant("rensa", "pairs", "peer_rensa", "lsh", "rensa"),
    Contestant("rensa-rho", "pairs", "peer_rensa", "rho", "rensa"),
    Contestant("datasketch-bulk", "pairs", "peer_datasketch", "bulk", "datasketch"),
    Contestant("datasketch-loop", "pairs", "peer_datasketch", "loop", "datasketch"),
    Contestant("datatrove", "pairs", "peer_datatrove", "", "datatrove"),
    Contestant("text-dedup", "pairs", "peer_text_dedup", "", "text-dedup"),
    Contestant("ours", "sign", "ours", "", None),
    Contestant("daft", "sign", "peer_daft", "words", "daft"),
    Contestant("rensa", "sign", "peer_rensa", "lsh", "rensa"),
    Contestant("datasketch-bulk", "sign", "peer_datasketch", "bulk", "datasketch"),
]
NAMES = list(dict.fromkeys(contestant.name for contestant in CONTESTANTS))

# The peers that look partners up in an index of their own, in native code.
LOOK_UPS = ("gaoya", "rensa")


def prepare(folder: Path, n: int, seed: int, threshold: float, size: int) -> dict[str, Path]:
    """The corpus, a small part of it, and its exact pairs; made once for each version of the
    generator and of the join."""
    folder.mkdir(parents=True, exist_ok=True)

    def version(*names: str) -> str:
        return hashlib.sha256(b"".join((HERE / n).read_bytes() for n in names)).hexdigest()[:10]

    made = version("corpus.py")
    judged = version("corpus.py", "exact.py", "runners/common.py")
    files = {
        "corpus": folder / f"paragraphs-{n}-{seed}-{made}.parquet",
        "warm": folder / f"warm-{seed}-{made}.parquet",
        "truth": folder / f"truth-{n}-{seed}-{threshold}-{size}-{judged}.npz",
    }
    for key, count in (("corpus", n), ("warm", WARM_ROWS)):
        if not files[key].exists():
            child("corpus.py", "paragraphs", "--n", count, "--seed", seed, "--out", files[key])
    if not files["truth"].exists():
        print("finding the exact pairs ...", file=sys.stderr, flush=True)
        child(
            "exact.py",
            files["corpus"],
            "--out",
            files["truth"],
            "--threshold",
            threshold,
            "--shingle-size",
            size,
        )
    return files


def child(script: str, *arguments) -> None:
    """Run a script of this folder; a failure stops the benchmark with its message."""
    done = subprocess.run([sys.executable, HERE / script, *map(str, arguments)])
    if done.returncode:
        sys.exit(f"{script} failed with exit status {done.returncode}")


def availability(contestant: Contestant, python: str) -> tuple[str | None, str]:
    """The interpreter of a contestant, or None and the reason why it is missing."""
    if contestant.environment is None:
        return python, ""
    state = environments.state_of(contestant.environment)
    if state["status"] != "ready":
        return None, state["reason"]
    return str(environments.python_of(contestant.environment)), ""


def run_once(contestant: Contestant, python: str, files: dict[str, Path], options) -> dict:
    """One run in a new process: its figures, or the reason why there are none."""
    scratch = options.folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    result = scratch / "result.npz"
    command = [
        python,
        str(HERE / "runners" / f"{contestant.runner}.py"),
        "--task",
        contestant.task,
        "--variant",
        contestant.variant,
        "--input",
        str(files["corpus"]),
        "--warm",
        str(files["warm"]),
        "--output",
        str(result),
        "--scratch",
        str(scratch),
        "--threshold",
        str(options.threshold),
        "--shingle-size",
        str(options.shingle_size),
        "--seed",
        str(options.seed),
        "--workers",
        str(os.cpu_count()),
    ]
    whole = measure.run(
        command,
        limit=options.limit,
        # Ours is imported from this checkout; a peer sees its own environment alone.
        environment={"PYTHONPATH": "" if contestant.environment else str(HERE.parent)},
        log=scratch / "log",
    )
    if whole.status is None:
        return {"error": f"stopped after {options.limit:.0f} s"}
    if whole.status != 0:
        last = [line for line in whole.output.splitlines() if line.strip()]
        return {"error": last[-1] if last else f"exit status {whole.status}", "log": whole.output}
    figures = json.loads(result.with_suffix(".json").read_text())
    figures |= {
        "process_wall": whole.wall,
        "process_cpu": whole.cpu,
        "peak": max(whole.peak, figures["peak"]),
    }
    with np.load(result) as arrays:
        figures["quality"] = quality(arrays, files["truth"]) if contestant.task == "pairs" else {}
    shutil.rmtree(scratch, ignore_errors=True)
    return figures


def quality(found, truth_file: Path) -> dict:
    """Precision and recall against the exact pairs.

    Pairs: those the contestant lists; of a contestant that keeps clusters only, those inside
    its clusters. Clusters: pairs of rows in one cluster against pairs in one connected
    component of the exact pairs. Flags: rows, for a contestant that only marks rows.
    """
    truth = np.load(truth_file)
    n, left, right, jaccard = int(truth["n"]), truth["left"], truth["right"], truth["jaccard"]
    scores: dict = {"exact_pairs": len(left)}
    if "flags" in found:
        doubled = np.zeros(n, bool)
        doubled[left] = doubled[right] = True
        hits = int((found["flags"] & doubled).sum())
        scores["flag_precision"] = share(hits, int(found["flags"].sum()))
        scores["flag_recall"] = share(hits, int(doubled.sum()))
    if "labels" not in found:
        return scores
    labels = found["labels"]
    exact_keys = left * n + right
    if "left" in found:
        low = np.minimum(found["left"], found["right"])
        keys = np.unique(low * n + np.maximum(found["left"], found["right"]))
        listed = len(keys)
        hit = np.isin(exact_keys, keys)
        scores["from"] = "pairs"
    else:
        listed = within(labels)
        hit = labels[left] == labels[right]
        scores["from"] = "clusters"
    scores |= {
        "pairs": listed,
        "precision": share(int(hit.sum()), listed),
        "recall": share(int(hit.sum()), len(left)),
    }
    edge = jaccard < jaccard.min(initial=1.0) + 0.05
    scores["recall_edge"] = share(int((hit & edge).sum()), int(edge.sum()))

    sys.path.append(str(HERE / "runners"))
    from common import components

    exact_labels = components(n, left, right)
    both = within(labels.astype(np.int64) * (2 * n) + exact_labels)
    scores["cluster_precision"] = share(both, within(labels))
    scores["cluster_recall"] = share(both, within(exact_labels))
    scores["clusters"] = int((np.unique(labels, return_counts=True)[1] > 1).sum())
    return scores


def within(labels: np.ndarray) -> int:
    """How many pairs of rows carry the same label."""
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def share(part: int, whole: int) -> float:
    """part / whole; 1 where there was nothing to find or nothing was said."""
    return part / whole if whole else 1.0


def median_of(runs: list[dict]) -> dict:
    """Medians of the figures; the quality of the first run, and whether all agree on it."""
    good = [run for run in runs if "error" not in run]
    if not good:
        return runs[-1] if runs else {"error": "not run"}
    summary = {
        key: statistics.median(run[key] for run in good)
        for key in ("wall", "cpu", "process_wall", "process_cpu", "peak")
    }
    summary["rounds"] = len(good)
    summary["wall_low"] = min(run["wall"] for run in good)
    summary["wall_high"] = max(run["wall"] for run in good)
    summary["note"] = good[0]["note"]
    summary["quality"] = good[0]["quality"]
    summary["same_result_each_round"] = all(run["quality"] == good[0]["quality"] for run in good)
    errors = [run["error"] for run in runs if "error" in run]
    if errors:
        summary["failed_rounds"] = errors
    return summary


# --- tables -----------------------------------------------------------------------------


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with aligned columns, the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join(("-" * (w + 2)) if i == 0 else ("-" * (w + 1) + ":") for i, w in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *map(line, rows)])


def figure(value: float | None, form: str = ".3f") -> str:
    """A number in a cell, a dash for none."""
    return "-" if value is None else format(value, form)


def seconds(value: float) -> str:
    """Three significant digits above a hundredth."""
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def pairs_table(results: dict) -> str:
    """What every contestant took and found."""
    head = ["pairs and clusters", "wall s", "cpu s", "process s", "peak MiB", "pairs"]
    head += ["precision", "recall", "low recall", "cl. prec.", "cl. recall"]
    rows = []
    for name, summary in results.items():
        if "error" in summary:
            continue
        found = summary["quality"]
        star = "*" if found.get("from") == "clusters" else ""
        rows.append(
            [
                name,
                seconds(summary["wall"]),
                seconds(summary["cpu"]),
                seconds(summary["process_wall"]),
                f"{summary['peak'] / MEBIBYTE:.0f}",
                (f"{found['pairs']}" + star) if "pairs" in found else "-",
                figure(found.get("precision"), ".4f") + star,
                figure(found.get("recall"), ".4f") + star,
                figure(found.get("recall_edge"), ".4f") + star,
                figure(found.get("cluster_precision"), ".4f"),
                figure(found.get("cluster_recall"), ".4f"),
            ]
        )
    return table(head, rows)


def sign_table(results: dict) -> str:
    """What every contestant took to sign the texts."""
    rows = [
        [
            name,
            seconds(summary["wall"]),
            seconds(summary["cpu"]),
            seconds(summary["process_wall"]),
            f"{summary['peak'] / MEBIBYTE:.0f}",
        ]
        for name, summary in results.items()
        if "error" not in summary
    ]
    return table(["signatures alone", "wall s", "cpu s", "process s", "peak MiB"], rows)


def ratios(results: dict) -> dict[str, dict[str, float]]:
    """Each peer's figures divided by ours: above 1, ours takes less."""
    ours = results.get("ours", {"error": ""})
    if "error" in ours:
        return {}
    return {
        name: {key: summary[key] / ours[key] for key in ("wall", "cpu", "process_wall", "peak")}
        for name, summary in results.items()
        if name != "ours" and "error" not in summary
    }


def ratio_table(task: str, found: dict[str, dict[str, float]]) -> str:
    """The ratios as a table, and their inverse for wall and memory."""
    head = [f"{task}: peer / ours", "wall", "cpu", "process", "peak", "ours / peer: wall", "peak"]
    rows = [
        [
            name,
            f"{ratio['wall']:.1f}x",
            f"{ratio['cpu']:.1f}x",
            f"{ratio['process_wall']:.1f}x",
            f"{ratio['peak']:.1f}x",
            f"{1 / ratio['wall']:.3f}",
            f"{1 / ratio['peak']:.3f}",
        ]
        for name, ratio in found.items()
    ]
    return table(head, rows)


def promises(results: dict[str, dict], found: dict[str, dict]) -> list[dict]:
    """The project's floors and aims beside what was measured; only those that can be told."""
    pairs, sign = found["pairs"], found["sign"]
    rows: list[tuple[str, float, float, float | None]] = []

    def wall(ratio: dict, name: str) -> float | None:
        return ratio[name]["wall"] if name in ratio else None

    fastest = [pairs[name]["wall"] for name in LOOK_UPS if name in pairs]
    rows += [
        ("pairs, wall: datasketch bulk / ours", 40, 60, wall(pairs, "datasketch-bulk")),
        ("pairs, wall: fastest of gaoya, rensa / ours", 6, 9, min(fastest, default=None)),
        ("pairs, wall: Daft with sorted bands / ours", 3, 5, wall(pairs, "daft")),
        ("signatures, wall: datasketch bulk / ours", 40, 60, wall(sign, "datasketch-bulk")),
        ("signatures, wall: rensa / ours", 10, 15, wall(sign, "rensa")),
        (
            "peak memory: datasketch / ours (promised at 1,000,000)",
            3,
            4,
            pairs["datasketch-bulk"]["peak"] if "datasketch-bulk" in pairs else None,
        ),
    ]
    ours = results["pairs"].get("ours", {}).get("quality", {})
    rows += [
        ("recall of ours at the threshold", 0.999, 0.9999, ours.get("recall")),
        ("precision of ours at the threshold", 1.0, 1.0, ours.get("precision")),
    ]
    return [
        {
            "measure": name,
            "floor": floor,
            "aim": aim,
            "got": got,
            "verdict": "aim" if got >= aim else "floor" if got >= floor else "below",
        }
        for name, floor, aim, got in rows
        if got is not None
    ]


def report(record: dict, write: Callable[[str], None]) -> None:
    """Print everything a record holds."""
    settings = record["settings"]
    write(
        f"\n{settings['n']:,} paragraphs ({settings['megabytes']:.1f} MB of text), seed "
        f"{settings['seed']}, J >= {settings['threshold']}, shingles of {settings['shingle_size']} "
        f"words, 128 values, {settings['cores']} cores, median of {settings['repeat']}\n"
    )
    tables = {"pairs": pairs_table, "sign": sign_table}
    for task, results in record["results"].items():
        if any("error" not in summary for summary in results.values()):
            write(tables[task](results) + "\n")
    write(
        "wall, cpu: from before the file is opened until pairs and labels are arrays; process: the\n"
        "whole program with start and imports; low recall: of pairs less than 0.05 above the\n"
        "threshold; cl.: pairs of rows in one cluster; *: the peer keeps clusters only.\n"
    )
    for name, summary in record["results"]["pairs"].items():
        flags = summary.get("quality", {})
        if "flag_recall" in flags:
            write(
                f"{name} marks rows only: precision {flags['flag_precision']:.4f}, recall {flags['flag_recall']:.4f}\n"
            )
    for task, found in record["ratios"].items():
        if found:
            write(ratio_table(task, found) + "\n")
    if record["promises"]:
        rows = [
            [p["measure"], f"{p['floor']:g}", f"{p['aim']:g}", f"{p['got']:.4g}", p["verdict"]]
            for p in record["promises"]
        ]
        write(table(["promise", "floor", "aim", "got", "reached"], rows) + "\n")
    for task, results in record["results"].items():
        for name, summary in results.items():
            if "error" in summary:
                write(f"missing: {name} ({task}): {summary['error']}")
            elif summary["note"]:
                write(f"{name} ({task}): {summary['note']}")
    write("")


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print the tables, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=100_000, help="paragraphs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; figures are medians")
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--shingle-size", type=int, default=3)
    parser.add_argument("--only", default="", help=f"names with commas, of: {', '.join(NAMES)}")
    parser.add_argument("--without", default="", help="names with commas")
    parser.add_argument("--tasks", default="pairs,sign")
    parser.add_argument("--limit", type=float, default=1800, help="seconds a run may take")
    parser.add_argument("--python", default=sys.executable, help="interpreter for ours")
    parser.add_argument("--folder", type=Path, default=HERE / ".data", help="corpora and scratch")
    parser.add_argument("--json", type=Path, help="write the whole record here")
    options = parser.parse_args(arguments)
    only, without = (set(filter(None, part.split(","))) for part in (options.only, options.without))
    if unknown := (only | without) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
    chosen = [
        contestant
        for contestant in CONTESTANTS
        if contestant.task in options.tasks.split(",")
        and (not only or contestant.name in only)
        and contestant.name not in without
    ]
    files = prepare(options.folder, options.n, options.seed, options.threshold, options.shingle_size)

    runs: dict[Contestant, list[dict]] = {contestant: [] for contestant in chosen}
    for turn in range(options.repeat):
        for contestant in chosen:
            if any("error" in run for run in runs[contestant]):
                continue
            python, reason = availability(contestant, options.python)
            outcome = {"error": reason} if python is None else run_once(contestant, python, files, options)
            runs[contestant].append(outcome)
            said = outcome.get("error") or f"{seconds(outcome['wall'])} s"
            print(
                f"round {turn + 1}  {contestant.task:5}  {contestant.name:16} {said}",
                file=sys.stderr,
                flush=True,
            )

    results = {task: {c.name: median_of(runs[c]) for c in chosen if c.task == task} for task in ("pairs", "sign")}
    found = {task: ratios(results[task]) for task in results}
    record = {
        "made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "settings": {
            "n": options.n,
            "seed": options.seed,
            "repeat": options.repeat,
            "threshold": options.threshold,
            "shingle_size": options.shingle_size,
            "num_perm": 128,
            "megabytes": text_bytes(files["corpus"]) / 1e6,
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
        "versions": {
            name: environments.state_of(name).get("installed", [])
            for name in sorted({c.environment for c in chosen if c.environment})
        },
        "results": results,
        "ratios": found,
        "promises": promises(results, found),
        "rounds": {f"{c.task}/{c.name}": runs[c] for c in chosen},
    }
    report(record, print)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record, indent=1))
    return 0


def text_bytes(corpus: Path) -> int:
    """Bytes of UTF-8 in the text column."""
    import pyarrow.compute as pc

    total = 0
    for batch in pq.ParquetFile(corpus).iter_batches(columns=["text"]):
        total += pc.sum(pc.binary_length(batch["text"])).as_py() or 0
    return total


if __name__ == "__main__":
    raise SystemExit(main())

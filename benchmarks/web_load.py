"""`dedup web` under 1,200 half-open requests and 200 hostile texts: how long do other look-ups take?

    python benchmarks/web_load.py --out artifacts            # an output folder with a snapshot

Everything stays on this machine and stops by itself. Printed: seconds of the look-ups of one article at a time, the
median, the 99th percentile and the longest, first alone and then under load; and what the hostile texts were answered.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

HALF_OPEN, HOSTILE, LOOK_UPS = 1_200, 200, 100
FLOOR = 2.0
"""Seconds of the 99th percentile under load."""

ARTICLE = " ".join(f"mot{number % 97} phrase{number % 31}" for number in range(300))


def hostile_texts() -> list[str]:
    """Texts that make a careless program slow: markup that never ends, nesting, mentions, one long word, one line."""
    kinds = (
        "<!---->" * 60 + "x",
        "<div>" * 40_000 + "x",
        "(AFP " * 60_000,
        "a" * 450_000,
        "<!doctype html><p" * 20_000,
        " ".join(f"mot{number}" for number in range(60_000)),
        "« " * 150_000,
        "\u0301" * 200_000,
    )
    return [kinds[number % len(kinds)] for number in range(HOSTILE)]


def ask(port: int, text: str) -> tuple[float, int]:
    """Seconds and status of one look-up."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/check", body, {"Content-Type": "application/json"})
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    return time.perf_counter() - began, status


def looked_up(port: int) -> list[float]:
    """Seconds of LOOK_UPS look-ups of an article, one after another."""
    timed = [ask(port, f"{ARTICLE} {number}") for number in range(LOOK_UPS)]
    if {status for _, status in timed} != {200}:
        sys.exit(f"look-ups were refused: {Counter(status for _, status in timed)}")
    return [seconds for seconds, _ in timed]


def told(what: str, seconds: list[float]) -> float:
    """Print a line and return the 99th percentile."""
    last = statistics.quantiles(seconds, n=100)[98]
    print(f"{what}: median {statistics.median(seconds):.3f} s, 99th percentile {last:.3f} s, most {max(seconds):.3f} s")
    return last


def main() -> None:
    """Start the server, ask it alone, then under load."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("artifacts"))
    out = parser.parse_args().out
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "dedup", "web", "--out", str(out), "--port", str(port)])
    held: list[socket.socket] = []
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        ask(port, ARTICLE)
        told("alone", looked_up(port))
        for _ in range(HALF_OPEN):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(b"POST /api/check HTTP/1.1\r\nHo")
            held.append(connection)
        answers: list[tuple[float, int]] = []
        texts = hostile_texts()
        attackers = [
            threading.Thread(target=lambda part=part: answers.extend(ask(port, text) for text in part))
            for part in (texts[start::20] for start in range(20))
        ]
        for attacker in attackers:
            attacker.start()
        last = told(f"with {HALF_OPEN:,} half-open requests and {HOSTILE} hostile texts", looked_up(port))
        for attacker in attackers:
            attacker.join()
        print(f"hostile texts answered: {dict(Counter(status for _, status in answers))}")
    finally:
        for connection in held:
            connection.close()
        server.terminate()
        server.wait(120)  # on a busy machine its workers take long to end
    sys.exit(last > FLOOR)


if __name__ == "__main__":
    main()

"""Kill ``dedup serve`` at random moments, start it again, and measure how long until it publishes what has arrived.

``python benchmarks/served.py --tries 20``. Each try puts an article into the inbox, kills the whole service (as a power
cut does), the service alone, the run alone or the server alone, starts what must be started, and waits for a snapshot
that holds the article. Prints a line a try and the greatest of the times; a try that publishes nothing ends it.
"""

from __future__ import annotations

import argparse
import atexit
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from service import Service, wait

KINDS = ("everything", "the service", "the run", "the server")


def attempt(service: Service, kind: str, chance: random.Random) -> float:
    """Kill one kind of process within a period, and give the seconds until the article is published."""
    service.arrive()
    time.sleep(chance.uniform(0, service.period))
    if kind == "everything":
        service.kill_all()
    elif kind == "the service":
        service.kill()
    else:
        process = service.writer() if kind == "the run" else service.server()
        if process is not None:
            os.kill(process, signal.SIGKILL)
    if service.process.poll() is not None:
        service.start()
    return wait(lambda: service.articles() == service.arrived, 600)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--period", type=int, default=15, help="seconds between two due runs")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), given.period)
        service.arrive(3)
        service.start()
        undisturbed = wait(lambda: service.articles() == 3, 600)
        print(f"undisturbed: published after {undisturbed:.0f} s")
        atexit.register(service.kill_all)  # nothing goes on after a try that failed
        taken = []
        for number in range(given.tries):
            kind = KINDS[number % len(KINDS)]
            taken.append(attempt(service, kind, chance))
            print(f"{number + 1:3} killed {kind}: published after {taken[-1]:.0f} s", flush=True)
        status = service.stop()
        said = service.log.read_text("utf-8")
        print(f"{given.tries} kills, the longest wait {max(taken):.0f} s; stopped with status {status}")
        print(
            f"cancelled {said.count(' cancelled ')}, failed {said.count(' failed ')}, crashed {said.count(' crashed ')}"
        )


if __name__ == "__main__":
    main()

"""`python -m benchmarks.hosting.storm [--jobs N]`: jobs on a cluster that loses machines and services at random.

Two web replicas and three workers on loopback; kill -9 of workers and of a replica, the broker and the database gone
for seconds, the storage for twenty. Prints one JSON object; fails when a job ends twice or not at all, when a stored
file does not prove its stamp, or when the audit chain is broken (`tests/hosting/proof.py`).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from pathlib import Path

from tests.hosting import proof
from tests.hosting.cluster import Cluster


def storm(jobs: int, seed: int) -> dict[str, object]:
    """Submit the jobs at both replicas while things break; returns what happened."""
    chance, events, over = random.Random(seed), [], threading.Event()
    cluster = Cluster(Path(tempfile.mkdtemp()), webs=2, workers=3)
    try:
        breaker = threading.Thread(target=_break, args=(cluster, chance, events, over))
        breaker.start()
        start = time.monotonic()
        for number in range(jobs):
            prompt = "forbidden" if number % 20 == 7 else "slow" if number % 10 == 3 else "a tone"
            cluster.submit(prompt, web=f"web{number % 2}", seed=number)
        submitted_s = time.monotonic() - start
        breaker.join()
        cluster.until(cluster.settled, 600)
        settled_s = time.monotonic() - start
        ended = proof.check(cluster)
        cluster.until(lambda: proof.drafts(cluster) == [], 30)
        return {
            "jobs": jobs, "ended": dict(ended), "submitted_s": round(submitted_s, 1), "settled_s": round(settled_s, 1),
            "broken": events, "dead_letters": cluster.messages(".XQ"), "double_releases": 0, "unstamped_files": 0,
        }  # fmt: skip
    finally:
        over.set()
        cluster.close()


def _break(cluster: Cluster, chance: random.Random, events: list[str], over: threading.Event) -> None:
    plan = ["worker", "worker", "broker", "worker", "web", "database", "worker", "storage", "worker"]
    for what in plan:
        if over.wait(chance.uniform(1.0, 4.0)):
            return
        if what in ("worker", "web"):
            name = f"{what}{chance.randrange(3 if what == 'worker' else 2)}"
            cluster.kill(name)
            time.sleep(1.0)
            cluster.start(name)
            events.append(f"kill -9 {name}")
        else:
            seconds = {"broker": 3, "database": 3, "storage": 20}[what]
            service = {"broker": cluster.broker, "database": cluster.database, "storage": cluster.storage}[what]
            service.cut()
            time.sleep(seconds)
            service.mend()
            events.append(f"{what} away for {seconds} s")


def throughput(workers: int, jobs: int, nap_s: float) -> dict[str, float]:
    """Jobs a second with a number of workers. CPU-light jobs: a wait and half a second of work."""
    cluster = Cluster(Path(tempfile.mkdtemp()), webs=1, workers=workers)
    try:
        warm = [cluster.submit() for _ in range(2 * workers)]
        cluster.until(lambda: all(cluster.states()[job] == "released" for job in warm), 120)
        start = time.monotonic()
        for number in range(jobs):
            cluster.submit("slow" if nap_s else "a tone", seed=number)
        cluster.until(cluster.settled, 600)
        seconds = time.monotonic() - start
        proof.check(cluster)
        return {"workers": workers, "jobs": jobs, "seconds": round(seconds, 1), "per_s": round(jobs / seconds, 3)}
    finally:
        cluster.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--throughput", action="store_true", help="one and two workers instead of the storm")
    chosen = parser.parse_args()
    if chosen.throughput:
        one, two = (throughput(workers, 16, 4.0) for workers in (1, 2))
        print(json.dumps({"one": one, "two": two, "factor": round(two["per_s"] / one["per_s"], 2)}))
    else:
        print(json.dumps(storm(chosen.jobs, chosen.seed)))


if __name__ == "__main__":
    main()

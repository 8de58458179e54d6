"""`python -m benchmarks.hosting.storm [--jobs N] [--shared]`: jobs on a cluster that loses machines and services.

Two web replicas and three workers on loopback, with a PostgreSQL and a RabbitMQ of their own. As long as jobs run,
workers and replicas are killed with SIGKILL at random; the broker is killed and started again, the database crashed
(no checkpoint) and started again, and the storage goes away for twenty seconds. Prints one JSON object; fails when a
job ends twice or not at all, when a file without a proven stamp was anywhere at any time, or when the audit chain is
broken (`tests/hosting/proof.py`). `--shared` takes the services on loopback and only cuts the lines to them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.hosting import proof
from tests.hosting.cluster import Cluster

OUTAGES = ("broker", "storage", "database", "web", "broker", "database", "web")
AWAY_S = {"broker": 3.0, "database": 3.0, "storage": 20.0}
BETWEEN_S = (5.0, 20.0)  # between two things that break, counted from when all machines were up again


@dataclass
class Storm:
    """Breaks a cluster until it is told that it is over.

    Attributes:
        events: what was broken, in order, with the second at which it was.
        takeovers_s: seconds from the death of a worker until another one held its job.
    """

    cluster: Cluster
    chance: random.Random
    over: threading.Event = field(default_factory=threading.Event)
    events: list[str] = field(default_factory=list)
    takeovers_s: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def rage(self) -> None:
        """Every outage of the list, with the death of a worker before each, then only deaths of workers."""
        outages = list(OUTAGES)
        while self._calm():
            self._kill(f"worker{self.chance.randrange(3)}")
            if outages and self._calm():
                what = outages.pop(0)
                self._kill(f"web{self.chance.randrange(2)}") if what == "web" else self._take_away(what)

    def _calm(self) -> bool:
        """Wait until every machine works and a while longer; False when the storm is over."""
        while not self.cluster.up():
            if self.over.wait(0.5):
                return False
        return not self.over.wait(self.chance.uniform(*BETWEEN_S))

    def _kill(self, name: str) -> None:
        held = {job: proof.token(self.cluster, job) for job in proof.in_hand(self.cluster, name)}
        self.cluster.kill(name)
        self._told(f"kill -9 {name}")
        for job_id, token in held.items():
            threading.Thread(target=self._follow, args=(job_id, token, time.monotonic()), daemon=True).start()
        time.sleep(1.0)
        self.cluster.start(name)

    def _follow(self, job_id: str, token: int, killed: float) -> None:
        """Time the takeover; a job that had just ended when its worker died is none."""
        while time.monotonic() < killed + 60:
            state, newest = proof.state_and_token(self.cluster, job_id)
            if newest > token:
                self.takeovers_s.append(round(time.monotonic() - killed, 1))
            if newest > token or state not in proof.WORKING:
                return
            time.sleep(0.1)

    def _take_away(self, what: str) -> None:
        tether = {"broker": self.cluster.broker, "database": self.cluster.database, "storage": self.cluster.storage}[
            what
        ]
        server = {"broker": self.cluster.rabbit, "database": self.cluster.postgres}.get(what)
        self._told(f"{what} {'crashed' if server else 'cut off'}")
        if server is None:
            tether.cut()
            time.sleep(AWAY_S[what])
            tether.mend()
        else:
            server.crash()
            time.sleep(AWAY_S[what])
            server.start()
        self._told(f"{what} back")

    def _told(self, event: str) -> None:
        self.events.append(f"{time.monotonic() - self.began:.0f} s: {event}")
        print(self.events[-1], file=sys.stderr, flush=True)


def storm(jobs: int, seed: int, *, own: bool) -> dict[str, object]:
    """Submit the jobs at both replicas while things break; returns what happened."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="colophon-storm-")), webs=2, workers=3, own=own)
    raging = Storm(cluster, random.Random(seed))
    try:
        watch = proof.Watch(cluster)
        breaker = threading.Thread(target=raging.rage)
        start = raging.began = time.monotonic()
        breaker.start()
        for number in range(jobs):
            prompt = "forbidden" if number % 20 == 7 else "slow" if number % 5 == 3 else "a tone"
            cluster.submit(prompt, web=f"web{number % 2}", seed=number)
        submitted_s = time.monotonic() - start
        cluster.until(cluster.settled, 1200)
        settled_s = time.monotonic() - start
        raging.over.set()
        breaker.join()
        ended = proof.check(cluster)
        seen = watch.end()
        cluster.until(lambda: proof.drafts(cluster) == [], 30)
        return {
            "jobs": jobs, "ended": dict(ended), "failed": proof.failures(cluster), "submitted_s": round(submitted_s, 1),
            "settled_s": round(settled_s, 1), "broken": raging.events, "takeovers_s": sorted(raging.takeovers_s),
            "dead_letters": cluster.messages(".XQ"), "files_seen": seen,
        }  # fmt: skip
    finally:
        raging.over.set()
        cluster.close()


def throughput(workers: int, jobs: int) -> dict[str, float]:
    """Jobs a second with a number of workers. CPU-light jobs: a wait of four seconds and a quarter second of work."""
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="colophon-storm-")), webs=1, workers=workers)
    try:
        warm = [cluster.submit() for _ in range(2 * workers)]
        cluster.until(lambda: all(cluster.states()[job] == "released" for job in warm), 120)
        start = time.monotonic()
        for number in range(jobs):
            cluster.submit("slow", seed=number)
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
    parser.add_argument("--shared", action="store_true", help="the services on loopback, which are cut off instead")
    parser.add_argument("--throughput", action="store_true", help="one and two workers instead of the storm")
    chosen = parser.parse_args()
    if chosen.throughput:
        one, two = (throughput(workers, 16) for workers in (1, 2))
        print(json.dumps({"one": one, "two": two, "factor": round(two["per_s"] / one["per_s"], 2)}))
    else:
        print(json.dumps(storm(chosen.jobs, chosen.seed, own=not chosen.shared)))


if __name__ == "__main__":
    main()

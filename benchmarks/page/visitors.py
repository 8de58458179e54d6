"""Twenty visitors at once, a killed server, and what became of their jobs.

    python -m benchmarks.page.visitors NEW_FOLDER [--visitors 20] [--kills 1]

Starts the service, lets every visitor send a job at the same moment, kills the process with SIGKILL while they wait and
one runs, starts it again, as often as asked, and waits until every job has ended. Then it asks the database and the
folders whether each job was published once and nothing else was left. Prints one JSON object; exit status 1 when
something is missing or doubled.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from records import audit
from records.session import Database
from records.tables import AuditRow, JobRow, ReleaseRow

PATIENCE_S = 2400
RUNNING_S = 8
ASKED = {
    "prompt": "A lighthouse above the sea at dusk", "resolution": "480p", "duration_s": 2.0, "sound": False,
}  # fmt: skip


@contextmanager
def service(data: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The service as a process of its own, ready to answer."""
    environment = {**os.environ, "COLOPHON_DATA": data, "COLOPHON_WEB__EXAMPLE": "false"}
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)], env=environment)
    try:
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code < 500:
                    break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield process
    finally:
        process.kill()
        process.wait()


def call(url: str, name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One of the page's functions, by plain HTTP."""
    with httpx.Client(timeout=120) as client:
        event = client.post(f"{url}/gradio_api/call/v2/{name}", json=asked).raise_for_status().json()["event_id"]
        lines = client.get(f"{url}/gradio_api/call/v2/{name}/{event}").text.splitlines()
    answer: dict[str, Any] = json.loads(next(line for line in lines if line.startswith("data:"))[5:])[0]
    return answer


def look(url: str, job: dict[str, Any]) -> dict[str, Any]:
    """How a job stands."""
    return call(url, "job", {"job_id": job["job_id"], "key": job["key"]})


def settled(url: str, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last answer about each job, when all have ended or patience is over."""
    end = time.monotonic() + PATIENCE_S
    while True:
        answers = [look(url, job) for job in jobs]
        if all(answer["final"] for answer in answers) or time.monotonic() > end:
            return answers
        time.sleep(2)


def intact(url: str, answers: list[dict[str, Any]]) -> int:
    """How many released files have the bytes that were recorded."""
    released = [answer["release"] for answer in answers if answer.get("release")]
    return sum(hashlib.sha256(httpx.get(url + r["url"]).content).hexdigest() == r["sha256"] for r in released)


def account(folder: Path, jobs: Sequence[str]) -> dict[str, Any]:
    """What database and folders say: every number but `attempts` must be the number of jobs, or 0."""
    database = Database(f"sqlite:///{folder / 'colophon.db'}")
    with database.read() as session:
        made = [row.job_id for row in session.query(ReleaseRow).all()]
        events = [row.subject for row in session.query(AuditRow).filter_by(action="release.released").all()]
        told: dict[str, Any] = {
            "releases": len(made), "published": len(events), "whole_chain": audit.verify(session).broken_at is None,
            "attempts": dict(Counter(row.attempt for row in session.query(JobRow).all())),
        }  # fmt: skip
    database.close()
    return {
        **told, "doubled": len(made) - len(set(made)) + len(events) - len(set(events)),
        "strange": len(set(made) ^ set(jobs)), "files": sum(1 for _ in (folder / "releases").glob("*/*")),
        "left_in_quarantine": sum(1 for _ in (folder / "quarantine").iterdir()),
    }  # fmt: skip


def crowd(url: str, visitors: int) -> list[dict[str, Any]]:
    """All visitors send a job at the same moment; their answers."""
    with ThreadPoolExecutor(visitors) as hands:
        return list(hands.map(lambda _: call(url, "generate", ASKED), range(visitors)))


def states(url: str, jobs: list[dict[str, Any]]) -> dict[str, int]:
    """How many jobs stand where."""
    return dict(Counter(look(url, job)["state"] for job in jobs))


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def story(folder: Path, visitors: int, kills: int) -> dict[str, Any]:
    """The whole story; see the head of this module."""
    port, before = free_port(), []
    url = f"http://127.0.0.1:{port}"
    jobs: list[dict[str, Any]] = []
    started, taken_s = 0.0, 0.0
    for _ in range(kills):
        with service(str(folder), port) as process:
            if not jobs:
                started = time.monotonic()
                jobs = crowd(url, visitors)
                taken_s = time.monotonic() - started
            time.sleep(RUNNING_S)
            before.append(states(url, jobs))
            process.send_signal(signal.SIGKILL)
            process.wait()
    with service(str(folder), port):
        answers = settled(url, jobs)
        whole = intact(url, answers)
    return {
        "visitors": visitors, "all_queued_after_s": round(taken_s, 1), "at_the_kills": before,
        "at_the_end": dict(Counter(answer["state"] for answer in answers)), "intact": whole,
        **account(folder, [job["job_id"] for job in jobs]), "all_done_after_s": round(time.monotonic() - started, 1),
    }  # fmt: skip


def good(told: dict[str, Any]) -> bool:
    """Whether every job was published once and nothing else is there."""
    every = told["visitors"]
    once = all(told[name] == every for name in ("intact", "releases", "published", "files"))
    clean = not (told["doubled"] or told["strange"] or told["left_in_quarantine"])
    return once and clean and told["whole_chain"] and told["at_the_end"] == {"released": every}


def main() -> int:
    """Run the story."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--kills", type=int, default=1)
    chosen = parser.parse_args()
    if (chosen.folder / "colophon.db").exists():
        parser.error(f"{chosen.folder} has been used before")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the service ends with us
    told = story(chosen.folder, chosen.visitors, max(1, chosen.kills))
    print(json.dumps(told, indent=1))
    return 0 if good(told) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Twenty visitors at once, a killed server, and what became of their jobs.

    python -m benchmarks.page.visitors DATA_FOLDER [--visitors 20]

Starts the service, lets every visitor send a job at the same moment, kills the process with SIGKILL while they wait and
one runs, starts it again, and waits until every job has ended. Prints one JSON object.
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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

PATIENCE_S = 900
ASKED = [
    "A lighthouse above the sea at dusk", [], None, "auto", "480p", "16:9", 24, 2.0, None, False, False,
]  # fmt: skip


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


def call(url: str, name: str, data: list[Any]) -> dict[str, Any]:
    """One of the page's functions, by plain HTTP."""
    with httpx.Client(timeout=120) as client:
        event = client.post(f"{url}/gradio_api/call/{name}", json={"data": data}).raise_for_status().json()["event_id"]
        lines = client.get(f"{url}/gradio_api/call/{name}/{event}").text.splitlines()
    answer: dict[str, Any] = json.loads(next(line for line in lines if line.startswith("data:"))[5:])[0]
    return answer


def settled(url: str, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last answer about each job, when all have ended or patience is over."""
    end = time.monotonic() + PATIENCE_S
    while True:
        answers = [call(url, "job", [job["job_id"], job["key"]]) for job in jobs]
        if all(answer["final"] for answer in answers) or time.monotonic() > end:
            return answers
        time.sleep(2)


def intact(url: str, answers: list[dict[str, Any]]) -> int:
    """How many released files have the bytes that were recorded."""
    released = [answer["release"] for answer in answers if answer.get("release")]
    return sum(hashlib.sha256(httpx.get(url + r["url"]).content).hexdigest() == r["sha256"] for r in released)


def main() -> int:
    """Run the story."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--visitors", type=int, default=20)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the service ends with us
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with service(chosen.data, port) as process:
        started = time.monotonic()
        with ThreadPoolExecutor(chosen.visitors) as crowd:
            jobs = list(crowd.map(lambda _: call(url, "generate", ASKED), range(chosen.visitors)))
        taken_s = time.monotonic() - started
        time.sleep(4)
        before = [call(url, "job", [job["job_id"], job["key"]])["state"] for job in jobs]
        process.send_signal(signal.SIGKILL)
        process.wait()
    with service(chosen.data, port):
        answers = settled(url, jobs)
        whole = intact(url, answers)
    states = [answer["state"] for answer in answers]
    releases = {answer["release"]["release_id"] for answer in answers if answer.get("release")}
    print(json.dumps({
        "visitors": chosen.visitors, "all_queued_after_s": round(taken_s, 1),
        "at_the_kill": {state: before.count(state) for state in sorted(set(before))},
        "at_the_end": {state: states.count(state) for state in sorted(set(states))},
        "releases": len(releases), "intact": whole, "all_done_after_s": round(time.monotonic() - started, 1),
    }, indent=1))  # fmt: skip
    return 0 if states == ["released"] * chosen.visitors and len(releases) == whole == chosen.visitors else 1


if __name__ == "__main__":
    sys.exit(main())

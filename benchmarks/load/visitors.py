"""`python -m benchmarks.load.visitors URL [--visitors 200] [--seconds 600]`: visitors, and two kinds of bad ones.

Every visitor loads the page, screens a text, asks for Verify of a small file and, now and then, queues a job, with
pauses between. Meanwhile slow clients send a request a byte a second, and huge uploads start. Loopback only. Prints one
JSON object: answers by status, p50 and p95 by kind of call, resident memory at start and end of a given process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import time
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import httpx

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)  # fmt: skip
TEXTS = ("a lighthouse in fog", "ein Boot auf dem See", "二人の踊り手", "a car drives along the coast at night")


class Tally:
    """Times and answers of all visitors."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.answers: Counter[str] = Counter()

    async def call(self, kind: str, request: object) -> httpx.Response | None:
        start = time.perf_counter()
        try:
            answer: httpx.Response = await request  # type: ignore[misc]
        except httpx.HTTPError as error:
            self.answers[f"{kind} {type(error).__name__}"] += 1
            return None
        self.times[kind].append(time.perf_counter() - start)
        self.answers[f"{kind} {answer.status_code}"] += 1
        return answer

    def report(self) -> dict[str, dict[str, float]]:
        return {kind: {"calls": len(times), "p50_ms": _quantile(times, 0.5), "p95_ms": _quantile(times, 0.95)}
                for kind, times in sorted(self.times.items())}  # fmt: skip


def _quantile(times: list[float], share: float) -> float:
    return round(1000 * sorted(times)[int(share * (len(times) - 1))], 1)


async def visitor(base: str, number: int, until: float, tally: Tally) -> None:
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, 10))
    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        while time.monotonic() < until:
            await tally.call("page", client.get("/"))
            await tally.call("asset", client.get("/gradio_api/info"))
            body = {"data": [chance.choice(TEXTS)]}
            await tally.call("screen", client.post("/gradio_api/run/screen", json=body))
            if chance.random() < 0.2:
                files = {"file": ("a.png", PNG, "image/png")}
                await tally.call("verify", client.post("/v1/verify", files=files))
            if chance.random() < 0.03:
                body = {"data": ["a boat", None, None, "animatic", "480p", "16:9", 24, 2.0, number, True, True]}
                await tally.call("job", client.post("/gradio_api/run/generate", json=body))
            await asyncio.sleep(chance.uniform(5, 20))


async def slow(base: str, until: float) -> None:
    """A request that never ends."""
    address = urlsplit(base)
    while time.monotonic() < until:
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
            while time.monotonic() < until:
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(1)
        except OSError:
            await asyncio.sleep(1)


async def huge(base: str, until: float, tally: Tally) -> None:
    """An upload far over the limit, as fast as it goes."""

    async def endless() -> object:
        for _ in range(4000):
            yield b"\0" * 1_000_000

    async with httpx.AsyncClient(base_url=base, timeout=30) as client:
        while time.monotonic() < until:
            kind = {"content-type": "multipart/form-data; boundary=x"}
            await tally.call("huge", client.post("/gradio_api/upload", content=endless(), headers=kind))
            await asyncio.sleep(2)


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    total, todo = 0, [pid]
    while todo:
        one = todo.pop()
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, StopIteration):
            continue
    return round(total / 1024, 1)


async def run(base: str, visitors: int, seconds: float, pid: int) -> dict[str, object]:
    assert socket.gethostbyname(urlsplit(base).hostname or "") == "127.0.0.1", "loopback only"
    tally, until = Tally(), time.monotonic() + seconds
    before = memory_mb(pid) if pid else 0.0
    people = [visitor(base, number, until, tally) for number in range(visitors)]
    bad = [*(slow(base, until) for _ in range(50)), huge(base, until, tally)]
    await asyncio.gather(*people, *bad)
    after = memory_mb(pid) if pid else 0.0
    return {"visitors": visitors, "seconds": seconds, "answers": dict(sorted(tally.answers.items())),
            "times": tally.report(), "memory_mb": [before, after]}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--pid", type=int, default=0, help="process whose memory is watched")
    chosen = parser.parse_args()
    print(json.dumps(asyncio.run(run(chosen.url, chosen.visitors, chosen.seconds, chosen.pid)), indent=1))


if __name__ == "__main__":
    main()

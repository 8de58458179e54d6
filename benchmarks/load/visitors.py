"""Visitors of a running server, and two kinds of bad ones; a quiet setting of the same is the soak. Loopback only.

    python -m benchmarks.load.visitors URL --pid PID                                  200 visitors for 10 minutes
    python -m benchmarks.load.visitors URL --pid PID --visitors 4 --slow 0 --huge 0 --jobs-per-min 0.5 --seconds 7200

Every visitor has an address and a cookie of its own, loads the page and what belongs to it, screens texts (some through
the queue of the page), uploads a picture, asks Verify about a small file, and rests in between. Some queue a short job
with the picture, follow it to its end, download the clip and compare its digest. Meanwhile slow clients send a request
a byte a second, and endless uploads start.

Prints one JSON object: answers by kind and status, p50 and p95, fates of the jobs, memory of the process and its
children (``--samples FILE``: one line a sample). Status 1 on any 5xx but 503, and on a clip with a wrong digest.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import re
import socket
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from PIL import Image, ImageDraw

TEXTS = ("a lighthouse in fog", "ein Boot auf dem See", "二人の踊り手", "a car drives along the coast at night")
API = "/gradio_api"
SAMPLE_S = 20.0
WARM_S = 60.0
JOB_PATIENCE_S = 60.0  # after the end
_PARTS = re.compile(r'(?:src|href)="\./?((?:assets|ui)/[^"]+)"|(?:src|href)="(ui/[^"]+)"')


def _drawing() -> bytes:
    picture = Image.new("RGB", (320, 240), "#88aacc")
    ImageDraw.Draw(picture).ellipse((90, 60, 230, 200), fill="#cc8833")
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


PICTURE = _drawing()


@dataclass(slots=True)
class Tally:
    """Times and answers of all visitors."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)

    async def call(self, kind: str, request: Awaitable[httpx.Response]) -> httpx.Response | None:
        """The answer, or None where the connection failed; both are counted."""
        start = time.perf_counter()
        try:
            answer = await request
        except httpx.HTTPError as error:
            self.answers[f"{kind} {type(error).__name__}"] += 1
            return None
        self.times[kind].append(time.perf_counter() - start)
        self.answers[f"{kind} {answer.status_code}"] += 1
        return answer

    def report(self) -> dict[str, Any]:
        times = {kind: {"calls": len(times), "p50_ms": _quantile(times, 0.5), "p95_ms": _quantile(times, 0.95),
                        "longest_ms": _quantile(times, 1.0)} for kind, times in sorted(self.times.items())}  # fmt: skip
        return {"answers": dict(sorted(self.answers.items())), "times": times, "jobs": dict(sorted(self.jobs.items()))}

    @property
    def faults(self) -> list[str]:
        """Answers that no load excuses."""
        bad = [name for name in self.answers if name.rpartition(" ")[2].startswith("5") and not name.endswith("503")]
        return bad + [fate for fate in self.jobs if fate == "released, wrong digest"]


def _quantile(times: list[float], share: float) -> float:
    return round(1000 * sorted(times)[int(share * (len(times) - 1))], 1)


@dataclass(slots=True)
class Turns:
    """Who may queue the next job: so many a minute, whoever comes first."""

    per_min: float
    next_s: float = field(default_factory=time.monotonic)

    def mine(self) -> bool:
        if self.per_min <= 0 or time.monotonic() < self.next_s:
            return False
        self.next_s = time.monotonic() + 60 / self.per_min
        return True


class Visitor:
    """One person with a browser."""

    def __init__(self, base: str, number: int, tally: Tally, turns: Turns, rest_s: tuple[float, float]) -> None:
        home = httpx.AsyncHTTPTransport(local_address=f"127.{1 + number // 250}.{number % 250}.1")
        self._client = httpx.AsyncClient(base_url=base, timeout=60, transport=home)
        self._tally, self._turns, self._rest_s = tally, turns, rest_s
        self._chance = random.Random(number)
        self._have: set[str] = set()

    async def live(self, until: float) -> None:
        await asyncio.sleep(self._chance.uniform(0, self._rest_s[0]))
        async with self._client:
            while time.monotonic() < until:
                await self._look()
                if self._turns.mine():
                    await self._make(until)
                await asyncio.sleep(self._chance.uniform(*self._rest_s))

    async def _look(self) -> None:
        page = await self._get("page", "/")
        for first, second in _PARTS.findall(page.text) if page else ():
            if (part := first or second) not in self._have:
                self._have.add(part)
                await self._get("part", f"/{part}")
        body = {"data": [self._chance.choice(TEXTS)]}
        await self._post("screen", f"{API}/run/screen", json=body)
        if self._chance.random() < 0.3:
            await self._queued("screen, queued", "screen", body)
        if self._chance.random() < 0.2:
            await self._post("verify", "/v1/verify", files={"file": ("a.png", PICTURE, "image/png")})
        if self._chance.random() < 0.2 and (path := await self._upload()):
            await self._post("verify, page", f"{API}/run/verify", json={"data": [{"path": path}]})

    async def _make(self, until: float) -> None:
        path = await self._upload()
        references = [{"path": path}] if path and self._chance.random() < 0.5 else None
        wishes = {
            "prompt": "a boat on a lake @image1" if references else "a boat on a lake", "references": references,
            "engine": "animatic", "resolution": "480p", "duration_s": 2.0, "accept_terms": True,
        }  # fmt: skip
        answer = await self._post("job", f"{API}/run/generate", json={"data": await self._ordered("generate", wishes)})
        told = answer.json()["data"][0] if answer and answer.status_code == 200 else {}
        if "job_id" not in told:
            self._tally.jobs[told.get("error", {}).get("key", "no answer")] += 1
            return
        self._tally.jobs[await self._fate(told["job_id"], told["key"], until)] += 1

    async def _fate(self, job: str, key: str, until: float) -> str:
        while time.monotonic() < until + JOB_PATIENCE_S:
            await asyncio.sleep(5)
            answer = await self._post("job state", f"{API}/run/job", json={"data": [job, key]})
            told = answer.json()["data"][0] if answer and answer.status_code == 200 else {}
            if told.get("release"):
                clip = await self._get("download", told["release"]["url"])
                same = clip is not None and hashlib.sha256(clip.content).hexdigest() == told["release"]["sha256"]
                return "released" if same else "released, wrong digest"
            if told.get("final"):
                return str(told.get("error", {}).get("key", told["state"]))
        return "not done in time"

    async def _ordered(self, name: str, wishes: dict[str, Any]) -> list[Any]:
        """The inputs of a function in the order that the server tells, with its defaults for the rest."""
        told = await self._get("description", f"{API}/info")
        inputs = told.json()["named_endpoints"][f"/{name}"]["parameters"] if told else []
        return [wishes.get(one["parameter_name"], one.get("parameter_default")) for one in inputs]

    async def _upload(self) -> str:
        answer = await self._post("upload", f"{API}/upload", files={"files": ("a.png", PICTURE, "image/png")})
        return str(answer.json()[0]) if answer and answer.status_code == 200 else ""

    async def _queued(self, kind: str, name: str, body: dict[str, Any]) -> None:
        """As the page does it: into the queue, then the stream of events up to the end."""
        joined = await self._post(f"{kind} in", f"{API}/call/{name}", json=body)
        if joined is not None and joined.status_code == 200:
            await self._get(kind, f"{API}/call/{name}/{joined.json()['event_id']}")

    async def _get(self, kind: str, path: str) -> httpx.Response | None:
        return await self._tally.call(kind, self._client.get(path))

    async def _post(self, kind: str, path: str, **body: Any) -> httpx.Response | None:
        return await self._tally.call(kind, self._client.post(path, **body))


async def slow(base: str, number: int, until: float, tally: Tally) -> None:
    """A request that never ends: a byte a second, of the header or of the body."""
    address = urlsplit(base)
    opening = b"POST /v1/matches/byContent HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 100000\r\n"
    opening += b"\r\n" if number % 2 else b"x: "
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(opening)
            answered = asyncio.create_task(reader.read(1))
            while time.monotonic() < until and not answered.done():
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(1)
        except OSError:
            pass
        tally.answers["slow, cut off"] += time.monotonic() < until
        await asyncio.sleep(1)


async def huge(base: str, until: float, tally: Tally) -> None:
    """An upload far over the limit, as fast as it goes."""

    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + PICTURE
        for _ in range(4000):
            yield b"\0" * 1_000_000

    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        while time.monotonic() < until:
            kind = {"content-type": "multipart/form-data; boundary=x"}
            await tally.call("huge", client.post(f"{API}/upload", content=endless(), headers=kind))
            await asyncio.sleep(2)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process and its children hold at one time."""

    at_s: float
    main_mb: float
    all_mb: float
    processes: int
    threads: int
    descriptors: int


def sample(pid: int, at_s: float) -> Sample:
    """Resident memory in megabytes; children that end meanwhile do not count."""
    sizes: dict[int, float] = {}
    todo = [pid]
    while todo:
        one = todo.pop()
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
            sizes[one] = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, StopIteration):
            continue
    own = Path(f"/proc/{pid}")
    threads, handles = (len(list((own / name).iterdir())) for name in ("task", "fd"))
    return Sample(round(at_s, 1), round(sizes[pid], 1), round(sum(sizes.values()), 1), len(sizes), threads, handles)


async def watch(pid: int, until: float, file: Path | None) -> list[Sample]:
    """A sample every `SAMPLE_S` seconds."""
    begin, found = time.monotonic(), []
    while pid and time.monotonic() < until:
        found.append(sample(pid, time.monotonic() - begin))
        if file is not None:
            with file.open("a") as lines:
                lines.write(json.dumps({name: getattr(found[-1], name) for name in Sample.__slots__}) + "\n")
        await asyncio.sleep(SAMPLE_S)
    return found


def growth(samples: list[Sample]) -> dict[str, float]:
    """Mean memory of the server itself after `WARM_S` seconds and at the end (a tenth of the samples each)."""
    warm = [one for one in samples if one.at_s >= WARM_S] or samples
    if not warm:
        return {}
    some = max(1, len(warm) // 10)
    first, last = (sum(one.main_mb for one in part) / some for part in (warm[:some], warm[-some:]))
    return {
        "first_mb": round(first, 1), "last_mb": round(last, 1), "growth_percent": round(100 * (last / first - 1), 1),
        "peak_mb": max(one.main_mb for one in samples), "peak_with_children_mb": max(one.all_mb for one in samples),
        "most_processes": max(one.processes for one in samples),
        "most_threads": max(one.threads for one in samples),
        "most_descriptors": max(one.descriptors for one in samples),
    }  # fmt: skip


async def run(chosen: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """The report, and what must not be."""
    base = chosen.url
    assert socket.gethostbyname(urlsplit(base).hostname or "") == "127.0.0.1", "loopback only"
    tally, turns, until = Tally(), Turns(chosen.jobs_per_min), time.monotonic() + chosen.seconds
    people = [Visitor(base, number, tally, turns, tuple(chosen.rest)).live(until) for number in range(chosen.visitors)]
    bad = [*(slow(base, number, until, tally) for number in range(chosen.slow)),
           *(huge(base, until, tally) for _ in range(chosen.huge))]  # fmt: skip
    begin = time.monotonic()
    watching = asyncio.create_task(watch(chosen.pid, until, chosen.samples))
    await asyncio.gather(*people, *bad)
    facts = {"visitors": chosen.visitors, "slow": chosen.slow, "huge": chosen.huge,
             "seconds": round(time.monotonic() - begin), "memory": growth(await watching)}  # fmt: skip
    return facts | tally.report(), tally.faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rest", type=float, nargs=2, default=(5.0, 20.0), help="pauses, seconds")
    parser.add_argument("--jobs-per-min", type=float, default=2.0)
    parser.add_argument("--slow", type=int, default=50, help="clients that send a byte a second")
    parser.add_argument("--huge", type=int, default=1, help="clients that upload without end")
    parser.add_argument("--pid", type=int, default=0, help="process whose memory is watched")
    parser.add_argument("--samples", type=Path, help="file for the samples of memory")
    report, faults = asyncio.run(run(parser.parse_args()))
    print(json.dumps(report, indent=1))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())

"""Mutated files of all accepted formats, as a visitor could upload them: does the server survive every one?

    python -m benchmarks.hostile_media --seconds 300 [--state FILE] [--seeds FOLDER]

Each mutant goes the way of an upload: probe, pictures, sound; every eighth also through Verify. Counted are outcomes
per format, the longest time of a file, restarts of the cage's server, processes and files left behind. A run with the
same state file goes on where the last one stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from errors import InputError
from media import caged
from media.encode import write_picture, write_sound
from media.sniff import CONTAINERS
from tests.media import makers
from watermark.caged import CagedExaminer
from watermark.config import InspectConfig
from watermark.invisible import KeyRing
from watermark.trust import TrustStore

MAX_SEED_BYTES = 300_000
VERIFY_EVERY = 8
_PNG = b"\x89PNG\r\n\x1a\n"
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
Random = np.random.Generator
Mutation = Callable[[bytearray, Random], None]


def _flip(data: bytearray, random: Random) -> None:
    for _ in range(int(random.integers(1, 9))):
        data[_place(data, random)] ^= 1 << int(random.integers(8))


def _overwrite(data: bytearray, random: Random) -> None:
    """A number of four bytes becomes an extreme one, in either order: lengths, sizes, counts."""
    at, value = _place(data, random), _EXTREMES[int(random.integers(len(_EXTREMES)))]
    data[at : at + 4] = value.to_bytes(4, "big" if random.integers(2) else "little")


def _cut(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    del data[at : at + int(random.integers(1, 2 + len(data) // 4))]


def _truncate(data: bytearray, random: Random) -> None:
    del data[max(16, _place(data, random)) :]


def _double(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at:at] = data[at : at + int(random.integers(1, 4096))]


def _noise(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    data[at : at + 64] = random.bytes(int(random.integers(1, 64)))


def _place(data: bytearray, random: Random) -> int:
    """Somewhere; in half of the cases near the beginning, where the headers are."""
    end = min(len(data), 2048) if random.integers(2) else len(data)
    return int(random.integers(max(1, end)))


MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _overwrite, _overwrite, _cut, _truncate, _double, _noise)


def mutant(seed: bytes, number: int) -> bytes:
    """The same bytes for the same number."""
    random = np.random.default_rng(number)
    data = bytearray(seed)
    for _ in range(int(random.integers(1, 4))):
        if len(data) > 16:
            MUTATIONS[int(random.integers(len(MUTATIONS)))](data, random)
    if data.startswith(_PNG) and random.integers(4):
        _mend_png(data)
    return bytes(data)


def _mend_png(data: bytearray) -> None:
    """Right check sums, so that a mutant gets past the door of the decoder."""
    at = len(_PNG)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            return
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4)
        at = end + 4


def seeds(folder: Path | None) -> dict[str, list[bytes]]:
    """Whole files by container: small ones of our own, and those of a folder."""
    found: dict[str, list[bytes]] = {container.name: [] for container in CONTAINERS}
    with tempfile.TemporaryDirectory() as own:
        paths = [*_made(Path(own)), *(sorted(folder.rglob("*")) if folder else ())]
        for path in paths:
            if path.is_file() and path.stat().st_size <= MAX_SEED_BYTES:
                try:
                    found[caged.probe(path).container.name].append(path.read_bytes())
                except InputError:
                    continue
    return {name: files for name, files in found.items() if files}


def _made(folder: Path) -> Iterator[Path]:
    for ending in ("png", "jpg", "webp"):
        write_picture(folder / f"a.{ending}", makers.picture(96, 64))
        yield folder / f"a.{ending}"
    for ending in ("wav", "mp3", "m4a"):
        write_sound(folder / f"a.{ending}", makers.tone(0.5))
        yield folder / f"a.{ending}"
    yield makers.video(folder / "a.mp4", 0.5)
    yield makers.raw_video(folder / "a.mov", "mpeg4", "yuv420p", list(range(6)))
    yield makers.raw_video(folder / "a.webm", "libvpx-vp9", "yuv420p", list(range(6)), deadline="realtime")
    yield makers.raw_video(folder / "a.gif", "gif", "rgb8", list(range(4)))
    yield makers.raw_sound(folder / "a.flac", "flac")
    yield makers.raw_sound(folder / "a.ogg", "libopus")


def attack(path: Path, examiner: CagedExaminer | None) -> str:
    """The way of an upload; what came of it, or ``escaped`` for anything that is not an answer of ours."""
    try:
        info = caged.probe(path)
        if info.kind != "audio":
            for _ in islice(caged.read_frames(path, every_s=0.2, max_side_px=320), 200):
                pass
        if info.kind == "audio" or info.audio:
            caged.read_sound(path, 16_000, limit_s=60.0)
        outcome = "read"
    except InputError as error:
        outcome = error.key
    except Exception as error:  # noqa: BLE001 - this is what the campaign looks for
        outcome = f"escaped:{type(error).__name__}"
    if examiner is not None:
        examiner.examine(path)
    return outcome


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; status 1 when anything escaped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--seeds", type=Path)
    chosen = parser.parse_args(arguments)
    state = (
        json.loads(chosen.state.read_text()) if chosen.state and chosen.state.exists() else {"done": 0, "outcomes": {}}
    )
    material = seeds(chosen.seeds)
    report = campaign(material, state, chosen.seconds)
    if chosen.state:
        chosen.state.write_text(json.dumps(report))
    print(json.dumps(report, indent=1))
    return int(any(key.startswith("escaped") for counts in report["outcomes"].values() for key in counts))


def campaign(material: dict[str, list[bytes]], state: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Attack until the time is over; returns the new state."""
    outcomes = {name: Counter(counts) for name, counts in state["outcomes"].items()}
    names, number, longest = sorted(material), int(state["done"]), float(state.get("longest_s", 0.0))
    examiner = CagedExaminer(InspectConfig(), KeyRing(b"0" * 32), TrustStore())
    server = caged._cage._server
    before = _memory_kb(server.process.pid) if server else 0
    end = time.monotonic() + seconds
    verified = int(state.get("verified", 0))
    with tempfile.TemporaryDirectory(prefix="colophon-hostile-") as folder:
        path = Path(folder) / "upload"
        while time.monotonic() < end:
            name = names[number % len(names)]
            files = material[name]
            path.write_bytes(mutant(files[number // len(names) % len(files)], number))
            started = time.monotonic()
            verify = number % VERIFY_EVERY == 0
            outcome = attack(path, examiner if verify else None)
            outcomes.setdefault(name, Counter())[outcome] += 1
            verified += verify
            longest = max(longest, time.monotonic() - started)
            number += 1
        left = len(list(Path(folder).iterdir())) - 1
    time.sleep(1.2)
    restarted = caged._cage._server is not server
    after = 0 if restarted or server is None else _memory_kb(server.process.pid)
    examiner.close()
    return {
        "done": number, "verified": verified, "outcomes": {name: dict(counts) for name, counts in outcomes.items()},
        "longest_s": round(longest, 2), "server_restarts": int(state.get("server_restarts", 0)) + restarted,
        "server_grew_kb": after - before, "children_left": 0 if server is None else _children(server.process.pid),
        "files_left": left, "own_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def _memory_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def _children(pid: int) -> int:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return len(path.read_text().split()) if path.exists() else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())

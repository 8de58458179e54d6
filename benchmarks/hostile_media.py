"""Mutated files of all accepted formats, as a visitor could upload them: does the server survive every one?

    python -m benchmarks.hostile_media --seconds 300 [--mutants N] [--state FILE] [--seeds FOLDER]...

Each mutant goes the way of an upload: probe, pictures, sound; every eighth also through Verify. Counted are outcomes
per format, the longest time of a file, restarts of the cage's server, processes and files left behind. A run with the
same state file goes on where the last one stopped, also one that was killed.
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
from collections.abc import Callable, Iterator, Sequence
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

MAX_SEED_BYTES = 1_000_000
VERIFY_EVERY = 8
SAVE_EVERY = 200
_PNG = b"\x89PNG\r\n\x1a\n"
_REVERSED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))
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
GENTLE: tuple[Mutation, ...] = (_flip, _overwrite)  # where a container with moved parts is dropped at once


def mutant(seed: bytes, number: int) -> bytes:
    """The same bytes for the same number."""
    random = np.random.default_rng(number)
    data = bytearray(seed)
    gently = bool(random.integers(2)) and data.startswith((_PNG, b"OggS"))
    if gently and data.startswith(_PNG):
        data = _inside_png(data, random)
    else:
        _change(data, random, GENTLE if gently else MUTATIONS)
    if random.integers(4):
        _mend_png(data)
        _mend_ogg(data)
    return bytes(data)


def _change(data: bytearray, random: Random, mutations: Sequence[Mutation]) -> None:
    for _ in range(int(random.integers(1, 4))):
        if len(data) > 16:
            mutations[int(random.integers(len(mutations)))](data, random)


def _inside_png(data: bytearray, random: Random) -> bytearray:
    """Changed rows under a sound compression, so that the filters and palettes behind it are met."""
    chunks = list(_chunks(data))
    packed = b"".join(bytes(data[at + 8 : end]) for at, end in chunks if data[at + 4 : at + 8] == b"IDAT")
    unpacked = zlib.decompressobj()
    try:
        rows = bytearray(unpacked.decompress(packed, 2**26))
    except zlib.error:
        return data
    _change(rows, random, GENTLE)
    body = zlib.compress(bytes(rows), 1)
    idat = len(body).to_bytes(4) + b"IDAT" + body + b"\0\0\0\0"
    first = next((at for at, _ in chunks if data[at + 4 : at + 8] == b"IDAT"), len(data))
    rest = b"".join(bytes(data[at : end + 4]) for at, end in chunks if at > first and data[at + 4 : at + 8] != b"IDAT")
    return bytearray(bytes(data[:first]) + idat + rest)


def _chunks(data: bytearray) -> Iterator[tuple[int, int]]:
    """Where each whole PNG chunk begins and where its body ends."""
    at = len(_PNG)
    while at + 12 <= len(data) and (end := at + 8 + int.from_bytes(data[at : at + 4])) + 4 <= len(data):
        yield at, end
        at = end + 4


def _mend_png(data: bytearray) -> None:
    """Right check sums, so that a mutant gets past the door of the decoder."""
    if data.startswith(_PNG):
        for at, end in list(_chunks(data)):
            data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4)


def _mend_ogg(data: bytearray) -> None:
    """The same for the pages of Ogg (RFC 3533, 6): the CRC of Ethernet, unreflected, which zlib has reflected."""
    at = 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        end = at + 27 + data[at + 26]
        end += sum(data[at + 27 : end])
        data[at + 22 : at + 26] = b"\0\0\0\0"
        reflected = zlib.crc32(bytes(data[at:end]).translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
        data[at + 22 : at + 26] = int(f"{reflected:032b}"[::-1], 2).to_bytes(4, "little")
        at = end


def seeds(folders: Sequence[Path]) -> dict[str, list[bytes]]:
    """Whole files by container: small ones of our own, and those of some folders."""
    found: dict[str, list[bytes]] = {container.name: [] for container in CONTAINERS}
    with tempfile.TemporaryDirectory() as own:
        paths = [*_made(Path(own)), *(path for folder in folders for path in sorted(folder.rglob("*")))]
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
        try:
            examiner.examine(path)
        except Exception as error:  # noqa: BLE001 - as above
            outcome = f"escaped:verify:{type(error).__name__}"
    return outcome


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; status 1 when anything escaped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--mutants", type=int, default=sys.maxsize, help="stop when the state counts so many")
    parser.add_argument("--state", type=Path, help="file that adds up the runs")
    parser.add_argument("--seeds", type=Path, nargs="*", default=[])
    chosen = parser.parse_args(arguments)
    report = Campaign(seeds(chosen.seeds), chosen.state).run(chosen.seconds, chosen.mutants)
    print(json.dumps(report, indent=1))
    return int(any(key.startswith("escaped") for counts in report["outcomes"].values() for key in counts))


class Campaign:
    """Mutants in the order of their numbers, and what came of them.

    Args:
        material: whole files by container.
        state: file that adds up the runs, or None.
    """

    def __init__(self, material: dict[str, list[bytes]], state: Path | None) -> None:
        self._material, self._names, self._file = material, sorted(material), state
        known = json.loads(state.read_text()) if state is not None and state.exists() else {}
        self._number = int(known.get("done", 0))
        self._verified = int(known.get("verified", 0))
        self._longest_s = float(known.get("longest_s", 0.0))
        self._restarts = int(known.get("server_restarts", 0))
        self._grew_kb = int(known.get("server_grew_kb", 0))
        self._busy_s = float(known.get("busy_s", 0.0))
        self._outcomes = {name: Counter(counts) for name, counts in known.get("outcomes", {}).items()}
        self._examiner = CagedExaminer(InspectConfig(), KeyRing(b"0" * 32), TrustStore())

    def run(self, seconds: float, mutants: int) -> dict[str, Any]:
        """Attack until the time is over or the number is reached; returns the new state."""
        caged.walls()
        server = caged._cage._server
        assert server is not None
        before_kb, end = _memory_kb(server.process.pid), time.monotonic() + seconds
        with tempfile.TemporaryDirectory(prefix="colophon-hostile-") as folder:
            while time.monotonic() < end and self._number < mutants:
                self._one(Path(folder) / "upload")
                if self._number % SAVE_EVERY == 0:
                    self._save(self._report())
            left = len(list(Path(folder).iterdir())) - 1
        time.sleep(1.2)
        same = caged._cage._server is server
        self._restarts += not same
        self._grew_kb = max(self._grew_kb, _memory_kb(server.process.pid) - before_kb if same else 0)
        children = _children(server.process.pid) if same else 0
        self._examiner.close()
        report = self._report() | {"children_left": children, "files_left": left}
        self._save(report)
        return report

    def _one(self, path: Path) -> None:
        number, name = self._number, self._names[self._number % len(self._names)]
        files = self._material[name]
        path.write_bytes(mutant(files[number // len(self._names) % len(files)], number))
        started = time.monotonic()
        verify = number % VERIFY_EVERY == number // len(self._names) % VERIFY_EVERY
        outcome = attack(path, self._examiner if verify else None)
        if outcome.startswith("escaped") and self._file is not None:
            self._file.with_suffix(f".{number}").write_bytes(path.read_bytes())
        took_s = time.monotonic() - started
        self._outcomes.setdefault(name, Counter())[outcome] += 1
        self._longest_s = max(self._longest_s, took_s)
        self._busy_s += took_s
        self._verified += verify
        self._number += 1

    def _report(self) -> dict[str, Any]:
        return {
            "done": self._number, "verified": self._verified, "busy_s": round(self._busy_s),
            "outcomes": {name: dict(counts) for name, counts in self._outcomes.items()},
            "longest_s": round(self._longest_s, 2), "server_restarts": self._restarts,
            "server_grew_kb": self._grew_kb,
            "own_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }  # fmt: skip

    def _save(self, report: dict[str, Any]) -> None:
        if self._file is not None:
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(report))
            new.replace(self._file)


def _memory_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def _children(pid: int) -> int:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return len(path.read_text().split()) if path.exists() else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())

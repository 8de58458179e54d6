"""How long Verify takes for ten seconds of 1080p, as the service runs it: in the cage.

    python -m benchmarks.verify CLIP... [--runs 5] [--folder FOLDER]      # needs the program ffmpeg

Each clip is looped and enlarged to 10 s of 1920x1080 at 25 per second (H.264 as FFmpeg's defaults make it: one key
frame in ten seconds at worst) with a sound. Asked are the plain file (nothing to find, every search is done), the
stamped file (its manifest answers) and the stamped file without metadata, encoded again (the mark answers). Printed
are wall seconds, processor seconds of this process and of the cage together, and the load of the machine: wall times
count on two idle cores only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.provenance import SECRET
from watermark.config import SigningConfig, StampConfig
from watermark.fingerprint import Fingerprint
from watermark.hosts import FileHost
from watermark.invisible import KeyRing
from watermark.ledger import Entry, MemoryLedger
from watermark.stamp import StampOrder
from watermark.tools import Tools, assemble

SECONDS, SIZE, RATE = 10, "1920:1080", 25
_TONE = "aevalsrc=0.2*sin(2*PI*t*(220+40*floor(mod(3*t\\,7))))+0.02*(random(0)-0.5):s=48000:c=stereo"
_TIMES = slice(11, 15)  # user and system ticks of a process, then of its buried children


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run."""

    wall_s: float
    cpu_s: float


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def plain(source: Path, out: Path) -> None:
    """The clip at the measured size and length, with a sound of its own."""
    ffmpeg(
        "-stream_loop", "-1", "-i", str(source), "-f", "lavfi", "-i", _TONE, "-map", "0:v:0", "-map", "1:a",
        "-vf", f"fps={RATE},scale={SIZE}", "-t", str(SECONDS), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "23",
        "-c:a", "aac", "-b:a", "128k", str(out),
    )  # fmt: skip


def stamp(tools: Tools, ledger: MemoryLedger, source: Path, out: Path) -> None:
    """The full stamp, remembered by the ledger."""
    made = tools.stamper.stamp(FileHost(source), StampOrder("benchmark", "1"), out)
    ledger.add(
        Entry(out.stem, made.manifest_label, made.manifest, made.payload, made.sha256,
              Fingerprint.from_dict(made.fingerprint), made.created_at, made.engine)
    )  # fmt: skip


def cost(tools: Tools, path: Path) -> tuple[Cost, str]:
    """What one question takes, and the finding."""
    wall, cpu = time.perf_counter(), _cpu_s()
    finding = tools.verifier.inspect(path).finding
    wall_s = time.perf_counter() - wall
    time.sleep(1.2)  # the cage's server buries its children twice a second; only then their time is counted
    return Cost(wall_s, _cpu_s() - cpu), finding


def _cpu_s() -> float:
    """Processor time of this process, of its children (the cage's server) and of theirs."""
    ticks = sum(map(int, _stat(os.getpid())[_TIMES][:2]))
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        ticks += sum(map(int, _stat(int(child))[_TIMES]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> list[str]:
    """Fields of the system's line, counted from 0 after process and name."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def main() -> None:
    """Make the files, ask, print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, nargs="+", metavar="CLIP")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep the made files here and use them again; the ledger forgets")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="colophon-verify-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    ledger = MemoryLedger()
    tools = assemble(StampConfig(), SigningConfig(folder=folder / "keys"), KeyRing(SECRET), None, ledger)
    print("| clip | finding | wall, median | wall, best | processor, median | load |\n|---|---|---|---|---|---|")
    for clip in chosen.clips:
        for path in _files(tools, ledger, clip, folder):
            tools.verifier.inspect(path)
            runs = [cost(tools, path) for _ in range(chosen.runs)]
            walls, work = [c.wall_s for c, _ in runs], [c.cpu_s for c, _ in runs]
            print(
                f"| {path.stem} | {runs[0][1]} | {statistics.median(walls):.2f} s | {min(walls):.2f} s "
                f"| {statistics.median(work):.2f} s | {os.getloadavg()[0]:.1f} on {os.cpu_count()} |", flush=True
            )  # fmt: skip
    tools.close()


def _files(tools: Tools, ledger: MemoryLedger, clip: Path, folder: Path) -> Iterator[Path]:
    """Each file when it is its turn: the ledger knows nothing of the plain one while that is measured."""
    bare, whole, washed = (folder / f"{clip.stem}-{name}.mp4" for name in ("plain", "stamped", "stripped"))
    if not bare.exists():
        plain(clip, bare)
    yield bare
    if not washed.exists():
        stamp(tools, ledger, bare, whole)
        ffmpeg("-i", str(whole), "-map_metadata", "-1", "-crf", "26", "-c:a", "aac", "-b:a", "96k", str(washed))
    yield from (whole, washed)


if __name__ == "__main__":
    main()

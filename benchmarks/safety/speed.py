"""What screening costs on one core: a picture, a clip of 5 s at 720p, 15 s of sound, and the memory of the models.

usage: python -m benchmarks.safety.speed DATA [MODELS]

DATA holds `faces/`, `media/` and `clips/`. Times are CPU seconds of this process and of the processes that decode for
it, so that other work on the machine does not count; medians over pictures, the clip and the sound once each after a
first run. Memory is what the process holds after everything, less what Python and the libraries hold before.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from media.clip import VideoFormat
from media.colour import to_i420
from media.decode import read_picture, read_sound
from media.encode import VideoWriter
from safety.config import SafetyConfig
from safety.detectors import load
from safety.detectors.weights import sha256_of
from safety.signals import MediaItem

PICTURES, FPS, CLIP_S, SOUND_S, RATE_HZ = 24, 24, 5, 15, 48_000
MIB, TICKS_HZ = 2**20, os.sysconf("SC_CLK_TCK")


def main(data: Path, models: Path | None) -> None:
    cv2.setNumThreads(1)
    before = held_mib()
    config = SafetyConfig(models_folder=models)
    faces, voice = load("faces", config), load("voice", config)
    pictures = [path for folder in ("real", "other") for path in sorted((data / "faces" / folder).glob("*.jpg"))]
    chosen = pictures[:: max(1, len(pictures) // PICTURES)]
    spent = [cpu_s(lambda path=path: faces.observe(item(path, "image"))) for path in chosen]
    show(
        "picture", float(np.median(spent)), 0.15, f"95 % below {np.quantile(spent, 0.95):.2f} s, {len(spent)} pictures"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, shown in (("a person", portrait(data)), ("nobody", None)):
            path = clip(Path(folder) / f"{name}.mp4", shown)
            show(f"clip of 5 s at 720p, {name}", cpu_s(lambda path=path: faces.observe(item(path, "video"))), 1.5)
        path = sound(Path(folder) / "sound.wav", data)
        show("sound of 15 s", cpu_s(lambda: voice.observe(item(path, "audio"))), 0.5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory beyond the interpreter':34} {peak - before:6.0f} MiB   goal 500 MiB")


def item(path: Path, kind: str) -> MediaItem:
    return MediaItem(f"{kind}1", kind, str(path), sha256_of(path))


def cpu_s(work) -> float:
    """CPU seconds that `work` takes, here and in living and ended children."""
    start = time.process_time() + children_s()
    work()
    return time.process_time() + children_s() - start


def children_s() -> float:
    """CPU seconds of ended children, and of those that still live with all that they have waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime + sum(ticks_of(child) for child in children("self")) / TICKS_HZ


def children(process: str) -> list[str]:
    """Ids of the direct children."""
    try:
        return [
            id for thread in Path(f"/proc/{process}/task").iterdir() for id in (thread / "children").read_text().split()
        ]
    except OSError:
        return []


def ticks_of(process: str) -> int:
    """Clock ticks of a living process, of its living children and of those that it has waited for."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15]) + sum(ticks_of(child) for child in children(process))


def held_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def portrait(data: Path) -> np.ndarray:
    return cv2.resize(read_picture(data / "faces" / "real" / "040_plain.jpg"), (400, 400))


def clip(path: Path, shown: np.ndarray | None) -> Path:
    """Five seconds of a moving gradient with grain; with `shown`, a picture drifts through it."""
    rng = np.random.default_rng(0)
    base = np.linspace(40, 200, 1280 + CLIP_S * FPS * 4)[None, :, None] + rng.normal(0, 6, (720, 1, 3))
    with VideoWriter(path, VideoFormat(1280, 720, Fraction(FPS))) as out:
        for number in range(CLIP_S * FPS):
            frame = np.clip(base[:, number * 4 : number * 4 + 1280], 0, 255).astype(np.uint8)
            if shown is not None:
                frame[160:560, 100 + number * 5 : 500 + number * 5] = shown
            out.write(to_i420(frame))
    return path


def sound(path: Path, data: Path) -> Path:
    """Fifteen seconds of speech, 16 bit, mono."""
    import wave

    speech = read_sound(data / "media" / "speech" / "librispeech_198-209-0000.ogg", RATE_HZ, 1).samples[0]
    samples = np.resize(speech, SOUND_S * RATE_HZ)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def show(name: str, spent_s: float, goal_s: float, more: str = "") -> None:
    print(f"{name:34} {spent_s:6.2f} s     goal {goal_s} s" + (f"   ({more})" if more else ""), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)

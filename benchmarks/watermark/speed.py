"""CPU time of embedding and reading, one core, next to what the encoder takes for the same frames."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

import cv2

from benchmarks.watermark.attacks import Frames, encode
from benchmarks.watermark.clips import FPS, clips
from benchmarks.watermark.run import KEYRING, PAYLOAD, read
from media.clip import VideoFormat
from watermark.invisible import PixelEmbedder

LARGE = (1920, 1080)


def table(frame_count: int) -> str:
    """Markdown; process time, so that other work on the machine counts less."""
    small = next(iter(clips().values()))(frame_count)
    large = [_enlarged(frame) for frame in small]
    embedder = PixelEmbedder(KEYRING, PAYLOAD, VideoFormat(*LARGE, Fraction(FPS)))
    copies = [frame.copy() for frame in large]
    embedder.embed(large[0].copy(), key_frame=True)
    embedding = _cpu_s(lambda: [embedder.embed(frame, index == 0) for index, frame in enumerate(copies)])
    encoding = _cpu_s(lambda: encode(large, "libx264", 23, preset="medium"))
    certain, nothing = _cpu_s(lambda: read(copies)), _cpu_s(lambda: read(_five_seconds(small)))
    return (
        "| step, one core | CPU |\n|---|---|\n"
        f"| mark a 1080p frame | {1e3 * embedding / frame_count:.1f} ms ({frame_count / embedding:.0f} per second), "
        f"{100 * embedding / encoding:.1f} % of x264 medium |\n"
        f"| read a marked clip at 1080p | {certain:.2f} s |\n"
        f"| read 5 s at 720p without a mark, 40 pictures, all searches | {nothing:.2f} s |\n"
    )


def _enlarged(frame: object) -> object:
    picture = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)  # type: ignore[call-overload]
    return cv2.cvtColor(cv2.resize(picture, LARGE, interpolation=cv2.INTER_CUBIC), cv2.COLOR_BGR2YUV_I420)


def _five_seconds(frames: Frames) -> Frames:
    return (frames * (5 * FPS // len(frames) + 1))[: 5 * FPS]


def _cpu_s(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start

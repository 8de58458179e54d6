"""Looking at a film without watching it: a strip of its frames, the shape of its sound. From stamped files only."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from errors import InputError
from media.caged import probe, read_frames, read_picture, read_sound
from media.clip import Picture

FRAMES = 8
SIDE_PX = 240
BARS = 240
VEIL_PX = 14


def strip(path: Path) -> bytes:
    """Eight frames of a video or one picture, side by side, as JPEG."""
    pictures = _pictures(path, path.stat().st_mtime_ns)
    height = min(picture.shape[0] for picture in pictures)
    return _jpeg(np.hstack([picture[:height] for picture in pictures]))


def first(path: Path) -> bytes:
    """The first of those frames, as JPEG."""
    return _jpeg(_pictures(path, path.stat().st_mtime_ns)[0])


@lru_cache(maxsize=16)
def _pictures(path: Path, _: int) -> tuple[Picture, ...]:
    duration_s = probe(path).duration_s or 0.0
    return tuple(timed.picture for timed in read_frames(path, duration_s / FRAMES, SIDE_PX))[:FRAMES]


def veiled(path: Path) -> bytes:
    """A picture or first frame of a few pixels: enough to see that there is one, too little to see whom it shows."""
    import cv2

    kind = probe(path).kind
    if kind == "audio":
        return _jpeg(np.full((VEIL_PX, VEIL_PX, 3), 128, np.uint8))
    picture = read_picture(path) if kind == "image" else next(iter(read_frames(path, 1.0, SIDE_PX))).picture
    height = max(1, round(picture.shape[0] * VEIL_PX / picture.shape[1]))
    return _jpeg(cv2.resize(picture, (VEIL_PX, height), interpolation=cv2.INTER_AREA))


def waveform(path: Path) -> str:
    """The loudness of a file over time as SVG, bars of 1 x 40 units; empty for silence or no sound."""
    return _waveform(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _waveform(path: Path, _: int) -> str:
    try:
        sound = read_sound(path, 8000, 1)
    except InputError:
        sound = None
    if sound is None or sound.samples.size == 0:
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {BARS} 40"/>'
    parts = np.array_split(np.abs(sound.samples[0]), BARS)
    peaks = np.array([part.max() if part.size else 0.0 for part in parts])
    heights = 1 + 38 * peaks / max(float(peaks.max()), 1e-6)
    bars = "".join(
        f'<rect x="{n}" y="{(40 - height) / 2:.1f}" width="0.7" height="{height:.1f}"/>'
        for n, height in enumerate(heights)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {BARS} 40" fill="#7a7f8a">{bars}</svg>'


def _jpeg(picture: Picture) -> bytes:
    import cv2

    done, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])
    if not done:
        raise InputError("error.media.unreadable")
    return bytes(data)

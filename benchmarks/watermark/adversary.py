"""Attempts to remove, copy or imitate the mark by somebody without the key.

average       many outputs of one deployment are averaged to learn what they share (the template)
subtract      that estimate is taken away from another output
own average   the mark of one clip is estimated from the clip itself and taken away
copy          that estimate is added to an unmarked clip
collusion     two differently marked copies of one clip are averaged
second mark   a stranger's mark, and one of our own, is put on top
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.attacks import Frames, decode, deliver
from benchmarks.watermark.clips import FPS, clips
from benchmarks.watermark.run import KEYRING, PAYLOAD, read
from media.clip import VideoFormat
from watermark.invisible import KeyRing, Payload, PixelEmbedder, mint

Plane = NDArray[np.float32]
FRAMES = 24


def table(names: Iterable[str]) -> str:
    """Markdown: what is read after each attempt, and what it costs in PSNR."""
    makers = clips()
    plain = {name: makers[name](FRAMES) for name in names}
    marked = {
        name: decode(deliver(mark(frames, KEYRING, mint(KEYRING, name.encode())))) for name, frames in plain.items()
    }
    names = list(plain)
    target = names[0]
    truth = mint(KEYRING, target.encode())
    shared = np.mean([_estimate(marked[name]) for name in names[1:]], axis=0) if len(names) > 1 else None
    own = _estimate(marked[target])
    other = decode(deliver(mark(plain[target], KEYRING, PAYLOAD)))
    tries = {"nothing": marked[target]}
    if shared is not None:
        tries[f"subtract the average of {len(names) - 1} other outputs"] = _add(marked[target], -shared)
    tries["subtract the clip's own estimate"] = _add(marked[target], -own)
    tries["subtract it three times over"] = _add(marked[target], -3 * own)
    tries["copy the estimate to an unmarked clip"] = _add(plain[names[-1]], own)
    tries["collusion: mean of two copies with two words"] = [
        ((a.astype(np.uint16) + b + 1) // 2).astype(np.uint8) for a, b in zip(marked[target], other, strict=True)
    ]
    tries["a stranger's mark on top"] = mark(marked[target], KeyRing(b"a stranger's secret"), None)
    tries["a second mark of ours on top"] = mark(marked[target], KEYRING, PAYLOAD)
    lines = ["| attempt | read | PSNR-Y to the delivered clip |", "|---|---|---|"]
    for label, frames in tries.items():
        answer = read(decode(deliver(frames)))[0]
        said = {truth: "the right word", PAYLOAD: "the second word"}.get(answer.payload, answer.state)  # type: ignore[arg-type]
        base = plain[names[-1]] if "copy" in label else marked[target]
        lines.append(f"| {label} | {said} | {_psnr(base, frames)} |")
    return "\n".join(lines) + "\n"


def mark(frames: Frames, keyring: KeyRing, payload: Payload | None) -> Frames:
    """Marked copies."""
    size = VideoFormat(frames[0].shape[1], frames[0].shape[0] * 2 // 3, Fraction(FPS))
    embedder = PixelEmbedder(keyring, payload or mint(keyring, b"stranger"), size)
    return [embedder.embed(frame.copy(), index == 0) for index, frame in enumerate(frames)]


def _estimate(frames: Frames) -> Plane:
    """What a denoiser takes out of a clip, averaged over it: the attacker's idea of the mark."""
    height = frames[0].shape[0] * 2 // 3
    total = np.zeros((height, frames[0].shape[1]), np.float32)
    for frame in frames:
        luma = frame[:height].astype(np.float32)
        total += np.clip(luma - cv2.bilateralFilter(luma, 9, 12, 5), -4, 4)
    return np.asarray(total / len(frames), np.float32)


def _add(frames: Frames, change: Plane) -> Frames:
    height = frames[0].shape[0] * 2 // 3
    result = []
    for frame in frames:
        luma = np.clip(np.rint(frame[:height] + change), 0, 255).astype(np.uint8)
        result.append(np.concatenate([luma, frame[height:]]))
    return result


def _psnr(one: Frames, other: Frames) -> str:
    height = one[0].shape[0] * 2 // 3
    error = np.mean([np.mean((a[:height].astype(float) - b[:height]) ** 2) for a, b in zip(one, other, strict=True)])
    return f"{10 * np.log10(255**2 / error):.1f} dB" if error > 0 else "-"

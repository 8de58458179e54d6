"""Runs clips x attacks and keeps one JSON line per pair, so that a run can be continued."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.watermark.attacks import ATTACKS, Frames, decode, deliver
from benchmarks.watermark.clips import FPS, clips
from media.clip import VideoFormat
from watermark.invisible import Extraction, KeyRing, PixelEmbedder, PixelReader, mint

KEYRING = KeyRing(b"benchmark secret, not a real one")
PAYLOAD = mint(KEYRING, b"benchmark")
GOP = 48


def mark(frames: Frames) -> Frames:
    """Marked copies, with a key frame every `GOP` frames."""
    size = VideoFormat(frames[0].shape[1], frames[0].shape[0] * 2 // 3, Fraction(FPS))
    embedder = PixelEmbedder(KEYRING, PAYLOAD, size)
    return [embedder.embed(frame.copy(), index % GOP == 0) for index, frame in enumerate(frames)]


def read(frames: Frames) -> tuple[Extraction, int, float]:
    """The answer, the number of frames it took, CPU seconds."""
    start, reader, used = time.process_time(), PixelReader(KEYRING), 0
    for used, frame in enumerate(frames, start=1):
        reader.add(frame[: frame.shape[0] * 2 // 3], used / FPS)
        if reader.done:
            break
    return reader.result(), used, time.process_time() - start


def robustness(out: Path, frame_count: int, attacks: Iterable[str], names: Iterable[str]) -> None:
    """One line per clip and attack, appended to `out`; pairs already there are skipped."""
    done = {(line["clip"], line["attack"]) for line in load(out)}
    makers = clips()
    for name in names:
        wanted = [attack for attack in attacks if (name, attack) not in done]
        if not wanted:
            continue
        delivered = decode(deliver(mark(makers[name](frame_count))))
        for attack in wanted:
            answer, used, cpu_s = read(ATTACKS[attack](delivered))
            right = answer.payload == PAYLOAD
            wrong = answer.payload is not None and not right
            row = {"clip": name, "attack": attack, "found": right, "wrong": wrong, "state": answer.state}
            append(out, row | {"frames": used, "attempts": answer.attempts, "cpu_s": round(cpu_s, 2)})


def cost(out: Path, frame_count: int, names: Iterable[str]) -> None:
    """Size, quality and false readings per clip, appended to `out`."""
    done = {line["clip"] for line in load(out)}
    makers = clips()
    for name in names:
        if name in done:
            continue
        plain = makers[name](frame_count)
        marked = mark(plain)
        before, after = len(deliver(plain, 23)), len(deliver(marked, 23))
        answer, _, cpu_s = read(plain[:24])
        row = {
            "clip": name,
            "size_percent": round((after / before - 1) * 100, 1),
            "bytes": before,
            **_quality(plain, marked),
        }
        append(out, row | {"unmarked": answer.state, "attempts": answer.attempts, "cpu_s": round(cpu_s, 2)})


def _quality(plain: Frames, marked: Frames) -> dict[str, float]:
    height = plain[0].shape[0] * 2 // 3
    psnr = [cv2.PSNR(a[:height], b[:height]) for a, b in zip(plain, marked, strict=True)]
    ssim = [_ssim(a[:height], b[:height]) for a, b in zip(plain[::24], marked[::24], strict=True)]
    return {
        "psnr_mean_db": round(float(np.mean(psnr)), 1),
        "psnr_worst_db": round(float(np.min(psnr)), 1),
        "ssim": round(float(np.mean(ssim)), 4),
    }


def _ssim(one: Any, other: Any) -> float:
    """Structural similarity (Wang et al., IEEE TIP 2004), Gaussian window of sigma 1.5."""
    a, b = one.astype(np.float64), other.astype(np.float64)

    def smooth(plane: Any) -> Any:
        return cv2.GaussianBlur(plane, (11, 11), 1.5)

    mean_a, mean_b = smooth(a), smooth(b)
    var_a, var_b = smooth(a * a) - mean_a**2, smooth(b * b) - mean_b**2
    cov = smooth(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(
        np.mean((2 * mean_a * mean_b + c1) * (2 * cov + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)))
    )


def load(path: Path) -> list[dict[str, Any]]:
    """The lines of a results file; none when it does not exist."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def append(path: Path, row: dict[str, Any]) -> None:
    """Add one line."""
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")

"""Runs clips x attacks and keeps one JSON line per pair, so that a run can be continued."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.watermark.attacks import ATTACKS, Frames, decode
from benchmarks.watermark.clips import FPS, clips
from media.clip import VideoFormat
from media.encode import VideoWriter
from watermark.invisible import Extraction, KeyRing, Payload, PixelEmbedder, PixelReader, Words, mint, recognised

KEYRING = KeyRing(b"benchmark secret, not a real one")
PAYLOAD = mint(KEYRING, b"benchmark")
ISSUED = 10_000
"""Words in the memory that a mark too faint to be read is compared with."""
ALIKE = 5
"""Of these, as many as Verify takes from the releases that look alike."""
READ_EVERY = 3
"""Frames from one picture that is read to the next: eight per second."""


def marked(frames: Frames) -> Frames:
    """Marked copies as they go into the encoder when it has to code everything anew: the most mark there can be."""
    size = VideoFormat(frames[0].shape[1], frames[0].shape[0] * 2 // 3, Fraction(FPS))
    embedder = PixelEmbedder(KEYRING, PAYLOAD, size)
    return [embedder.embed(frame.copy(), index % (2 * FPS) == 0, 1.0) for index, frame in enumerate(frames)]


def deliver(frames: Frames, crf: float = 20, payload: Payload | None = PAYLOAD, keyring: KeyRing = KEYRING) -> bytes:
    """An MP4 as the product writes it (x264 veryfast, key frame every two seconds); unmarked without a payload."""
    size = VideoFormat(frames[0].shape[1], frames[0].shape[0] * 2 // 3, Fraction(FPS))
    embedder = None if payload is None else PixelEmbedder(keyring, payload, size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with VideoWriter(path, size, crf=crf) as writer:
            for frame in frames:
                if embedder is not None:
                    frame = embedder.embed(frame.copy(), writer.next_is_key, writer.inter_bits_per_px)
                writer.write(frame)
        return path.read_bytes()


def read(frames: Frames, keyring: KeyRing = KEYRING) -> tuple[Extraction, int, float]:
    """The answer, the number of frames it took, CPU seconds."""
    start, reader, used = time.process_time(), PixelReader(keyring), 0
    for used, frame in enumerate(frames[::READ_EVERY], start=1):
        reader.add(frame[: frame.shape[0] * 2 // 3], used * READ_EVERY / FPS)
        if reader.done:
            break
    return reader.result(), used, time.process_time() - start


@lru_cache
def issued() -> Words:
    """uint64 [10,000]: the word of the clips, and others."""
    others = (mint(KEYRING, b"issued %d" % number).value for number in range(1, ISSUED))
    return np.array([PAYLOAD.value, *others], np.uint64)


def robustness(out: Path, frame_count: int, attacks: Iterable[str], names: Sequence[str]) -> None:
    """One line per clip and attack, appended to `out`, attack by attack; pairs already there are skipped.

    The delivered clips are kept in a folder beside `out`: delete both to measure another writer.
    """
    done = {(line["clip"], line["attack"]) for line in load(out)}
    for attack in attacks:
        for name in names:
            if (name, attack) in done:
                continue
            answer, used, cpu_s = read(ATTACKS[attack](decode(_delivered(out.parent, name, frame_count))))
            recalled, confirmed = recognised(answer, issued()), recognised(answer, issued()[:ALIKE])
            payloads = {each.payload for each in (answer, recalled, confirmed)} - {None}
            row = {
                "clip": name, "attack": attack, "found": answer.payload == PAYLOAD,
                "recalled": recalled.payload == PAYLOAD, "confirmed": confirmed.payload == PAYLOAD,
                "wrong": bool(payloads - {PAYLOAD}), "state": answer.state,
            }  # fmt: skip
            append(out, row | {"pictures": used, "attempts": answer.attempts, "cpu_s": round(cpu_s, 2)})


def _delivered(folder: Path, name: str, frame_count: int) -> bytes:
    path = folder / "delivered" / f"{name}-{frame_count}.mp4"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(deliver(clips()[name](frame_count)))
        unfinished.replace(path)
    return path.read_bytes()


def cost(out: Path, frame_count: int, names: Iterable[str]) -> None:
    """Size, quality and false readings per clip, appended to `out`."""
    done = {line["clip"] for line in load(out)}
    makers = clips()
    for name in names:
        if name in done:
            continue
        plain = makers[name](frame_count)
        before, after = deliver(plain, 23, payload=None), deliver(plain, 23)
        answer, _, cpu_s = read(plain)
        row = {
            "clip": name,
            "size_percent": round((len(after) / len(before) - 1) * 100, 1),
            "bytes": len(before),
            "more_bytes": len(after) - len(before),
            **_quality(plain, marked(plain)),
            "ssim_delivered_loss": round(_mean_ssim(plain, decode(before)) - _mean_ssim(plain, decode(after)), 4),
        }
        append(out, row | {"unmarked": answer.state, "attempts": answer.attempts, "cpu_s": round(cpu_s, 2)})


def _quality(plain: Frames, after: Frames) -> dict[str, float]:
    height = plain[0].shape[0] * 2 // 3
    psnr = [cv2.PSNR(a[:height], b[:height]) for a, b in zip(plain, after, strict=True)]
    return {
        "psnr_mean_db": round(float(np.mean(psnr)), 1),
        "psnr_worst_db": round(float(np.min(psnr)), 1),
        "ssim": round(_mean_ssim(plain, after), 4),
    }


def _mean_ssim(one: Frames, other: Frames) -> float:
    """Over one frame per second."""
    height = one[0].shape[0] * 2 // 3
    pairs = zip(one[::FPS], other[::FPS], strict=True)
    return float(np.mean([_ssim(a[:height], b[:height]) for a, b in pairs]))


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

"""Even pictures, written with their own mode and without it: python -m benchmarks.watermark.even [--clips NAME ...]

Clips that the mode was not tuned on, four secrets and words, four readings each. `without` switches the mode off
and leaves everything else of the writer as it is, so both columns are read by the same reader.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np

from benchmarks.watermark.attacks import ATTACKS, Frames, decode
from benchmarks.watermark.clips import HEIGHT, WIDTH, clips, i420
from benchmarks.watermark.run import append, deliver, load, read
from media.clip import Frame
from watermark.invisible import KeyRing, mint, pixels

WRITERS = {"without": (2.0, 2.0), "even mode": (pixels.EVEN_SHARE, pixels.SMOOTH_SHARE)}
"""Name -> shares of even and of smooth cells from which the mode is used; no picture has two."""
READINGS = ("none", "H.264 CRF 33", "360p + CRF 28", "crop 60 % + CRF 23")
KEYS = 4


def _paper(count: int, ground: int, ink: int) -> list[Frame]:
    """A line drawing and two lines of text that a hand fills in."""
    frames = []
    for index in range(count):
        picture = np.full((HEIGHT, WIDTH, 3), ground, np.uint8)
        for line in range(6):
            angles = (20 * line, 20 * line + 4 * index)
            centre = (140 + 200 * line, 300 + 30 * (line % 2))
            cv2.ellipse(picture, centre, (80, 110), 0, *angles, (ink, ink, ink), 3, cv2.LINE_AA)
        for row, text in enumerate(("The mark in plain paper", "and what is left of it")):
            cv2.putText(picture, text, (200, 560 + 70 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.6, [ink] * 3, 3, cv2.LINE_AA)
        frames.append(i420(picture))
    return frames


def _dimmed(name: str, light: float, count: int) -> list[Frame]:
    """A clip at night: the same at `light` of its brightness."""
    frames = []
    for frame in clips()[name](count):
        luma = 16 + (frame[:HEIGHT].astype(np.float32) - 16).clip(0) * light
        chroma = 128 + (frame[HEIGHT:].astype(np.float32) - 128) * light
        frames.append(np.concatenate([luma, chroma]).astype(np.uint8))
    return frames


def material() -> dict[str, Callable[[int], list[Frame]]]:
    """Name -> function from a frame count to I420 frames."""
    made = {
        "paper": partial(_paper, ground=240, ink=40),
        "blackboard": partial(_paper, ground=40, ink=200),
    }
    shared = clips()
    real = {f"{name} at night": partial(_dimmed, name, 0.05) for name in ("portrait", "bottles") if name in shared}
    return {**{name: shared[name] for name in ("slates", "fade")}, **made, **real}


def measure(out: Path, frame_count: int, names: Iterable[str]) -> None:
    """One line per clip, secret and writer, appended to `out`; those already there are skipped."""
    done = {(line["clip"], line["key"], line["writer"]) for line in load(out)}
    makers = material()
    for key in range(KEYS):
        keyring = KeyRing(f"secret number {key} of the even clips".encode())
        for name in names:
            frames: Frames = []
            for writer, (even, smooth) in WRITERS.items():
                if (name, key, writer) in done:
                    continue
                frames = frames or makers[name](frame_count)
                with patch.multiple(pixels, EVEN_SHARE=even, SMOOTH_SHARE=smooth):
                    append(out, {"clip": name, "key": key, "writer": writer, **_one(frames, keyring)})


def _one(frames: Frames, keyring: KeyRing) -> dict[str, Any]:
    payload = mint(keyring, b"even")
    plain, marked = (len(deliver(frames, 23, word, keyring)) for word in (None, payload))
    delivered = decode(deliver(frames, 20, payload, keyring))
    row: dict[str, Any] = {"plain_bytes": plain, "marked_bytes": marked, "wrong": 0}
    for reading in READINGS:
        answer = read(ATTACKS[reading](delivered), keyring)[0]
        row[reading] = answer.payload == payload
        row["wrong"] += answer.payload not in (None, payload)
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: words recovered per clip, writer and reading, and the size at CRF 23."""
    lines = [f"| clip | writer | {' | '.join(READINGS)} | size |", "|---|---|" + "---|" * (len(READINGS) + 1)]
    for name in dict.fromkeys(row["clip"] for row in rows):
        for writer in WRITERS:
            some = [row for row in rows if (row["clip"], row["writer"]) == (name, writer)]
            if not some:
                continue
            counts = " | ".join(f"{sum(row[reading] for row in some)} / {len(some)}" for reading in READINGS)
            plain = some[0]["plain_bytes"]
            more = statistics.median(row["marked_bytes"] for row in some) - plain
            lines.append(
                f"| {name} ({plain / 1e3:.0f} kB) | {writer} | {counts} | {more / plain:+.1%} ({more / 1e3:+.0f} kB) |"
            )
    return "\n".join(lines) + f"\n\nWrong words: {sum(row['wrong'] for row in rows)}.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--clips", nargs="*", default=list(material()))
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/watermark/even.jsonl"))
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    measure(options.out, options.frames, options.clips)
    print(table(load(options.out)))


if __name__ == "__main__":
    main()

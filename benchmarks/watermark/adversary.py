"""Attempts to remove, copy or imitate the mark by somebody without the key: python -m benchmarks.watermark.adversary

average       many outputs of one deployment are averaged to learn what they share (the template)
subtract      that estimate is taken away from another output
own average   the mark of one clip is estimated from the clip itself and taken away
copy          that estimate is added to an unmarked clip
collusion     two differently marked copies of one clip are averaged
second mark   a stranger's mark, and one of our own, is put on top
chain         ten encodes in a row, one after the other

Each clip is the target once, and the others are what the attacker has collected.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.attacks import Frames, chain, decode, deliver, h264
from benchmarks.watermark.clips import FPS, clips
from benchmarks.watermark.run import KEYRING, PAYLOAD, read
from media.clip import VideoFormat
from watermark.invisible import KeyRing, Payload, PixelEmbedder, mint

Plane = NDArray[np.float32]
FRAMES = 24


def table(names: Iterable[str]) -> str:
    """Markdown: how often each word is read after each attempt, and what the attempt costs in PSNR."""
    makers = clips()
    plain = {name: makers[name](FRAMES) for name in names}
    marked = {
        name: decode(deliver(mark(frames, KEYRING, mint(KEYRING, name.encode())))) for name, frames in plain.items()
    }
    rows: dict[str, list[tuple[str, float]]] = {}
    for target in plain:
        truth = mint(KEYRING, target.encode())
        for label, (base, frames) in _tries(target, plain, marked).items():
            answer = read(decode(deliver(frames)))[0]
            said = {truth: "right", PAYLOAD: "second"}.get(answer.payload, answer.state)  # type: ignore[arg-type]
            rows.setdefault(label, []).append((said, _psnr(base, frames)))
    lines = [
        "| attempt | right word | second word | unreadable | nothing | PSNR-Y, median |",
        "|---|---|---|---|---|---|",
    ]
    for label, seen in rows.items():
        counts = [sum(said == kind for said, _ in seen) for kind in ("right", "second", "unreadable", "absent")]
        lines.append(f"| {label} | {' | '.join(map(str, counts))} | {_decibels([db for _, db in seen])} |")
    return "\n".join(lines) + "\n"


def _decibels(values: list[float]) -> str:
    """The median; a dash where nothing was changed."""
    middle = float(np.median(values))
    return f"{middle:.1f} dB" if np.isfinite(middle) else "-"


def _tries(target: str, plain: dict[str, Frames], marked: dict[str, Frames]) -> dict[str, tuple[Frames, Frames]]:
    """Attempt -> what it started from, and what came of it."""
    ours, names = marked[target], list(plain)
    others = [name for name in names if name != target]
    shared = np.mean([_estimate(marked[name]) for name in others], axis=0)
    own = _estimate(ours)
    copied = plain[names[names.index(target) - 1]]
    second = decode(deliver(mark(plain[target], KEYRING, PAYLOAD)))
    tries = {
        "nothing": ours,
        f"subtract the average of {len(others)} other outputs": _add(ours, -shared),
        f"subtract four times the average of {len(others)} other outputs": _add(ours, -4 * shared),
        "subtract the clip's own estimate": _add(ours, -own),
        "subtract it three times over": _add(ours, -3 * own),
        "collusion: mean of two copies with two words": [
            ((a.astype(np.uint16) + b + 1) // 2).astype(np.uint8) for a, b in zip(ours, second, strict=True)
        ],
        "a stranger's mark on top": mark(ours, KeyRing(b"a stranger's secret"), None),
        "a second mark of ours on top": mark(ours, KEYRING, PAYLOAD),
        "ten encodes in a row, CRF 23": chain(*[h264(23)] * 10)(ours),
        "ten encodes in a row, CRF 28": chain(*[h264(28)] * 10)(ours),
    }
    started = {label: (ours, frames) for label, frames in tries.items()}
    return started | {"copy the estimate to an unmarked clip": (copied, _add(copied, own))}


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


def _psnr(one: Frames, other: Frames) -> float:
    height = one[0].shape[0] * 2 // 3
    error = np.mean([np.mean((a[:height].astype(float) - b[:height]) ** 2) for a, b in zip(one, other, strict=True)])
    return float(10 * np.log10(255**2 / error)) if error > 0 else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watermark.adversary")
    parser.add_argument("--clips", type=int, default=5, help="how many of the clips, spread over the list")
    names = list(clips())
    print(table(names[:: -(-len(names) // parser.parse_args().clips)]))


if __name__ == "__main__":
    main()

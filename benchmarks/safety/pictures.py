"""Evaluation of the picture index: `python -m benchmarks.safety.pictures [FOLDER] [--count N]`. Seeds are fixed.

Half of the pictures are registered, each comes back in every edit, and the other half asks for false matches. Without
a folder the pictures are drawn here (nobody's characters); with one they are its files.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.safety.text.__main__ import wilson
from errors import UsageError
from media.caged import read_picture
from safety.detectors.pdq import query_hashes
from safety.registry.pictures import PictureIndex

Rgb = NDArray[np.uint8]
Edit = Callable[[Rgb, np.random.Generator], Rgb]
SIDE: Final = 448


def drawn(seed: int) -> Rgb:
    """A flat cartoon of random parts on a gradient with texture. uint8 [448, 448, 3]."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 1, SIDE)[:, None, None]
    ground = (1 - ramp) * rng.integers(60, 255, 3) + ramp * rng.integers(0, 200, 3)
    picture = np.ascontiguousarray(np.broadcast_to(ground, (SIDE, SIDE, 3)).astype(np.uint8))
    for _ in range(int(rng.integers(10, 22))):
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        centre = tuple(int(c) for c in rng.integers(0, SIDE, 2))
        axes = tuple(int(c) for c in rng.integers(14, 110, 2))
        if rng.random() < 0.6:
            cv2.ellipse(picture, centre, axes, float(rng.integers(0, 180)), 0, 360, colour, -1)
        else:
            cv2.fillPoly(picture, [rng.integers(0, SIDE, (4, 2)).astype(np.int32)], colour)
    noise = cv2.resize(rng.integers(-18, 18, (56, 56, 3)).astype(np.float32), (SIDE, SIDE))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _cut(share: float, corner: bool) -> Edit:
    def edit(p: Rgb, rng: np.random.Generator) -> Rgb:
        h, w = p.shape[:2]
        top, left = (rng.integers(0, 2, 2) * share) if corner else (share / 2, share / 2)
        return p[int(top * h) : int((top + 1 - share) * h), int(left * w) : int((left + 1 - share) * w)]

    return edit


def _turned(degrees: float) -> Edit:
    def edit(p: Rgb, rng: np.random.Generator) -> Rgb:
        h, w = p.shape[:2]
        matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees * float(rng.choice((-1, 1))), 1)
        return np.asarray(cv2.warpAffine(p, matrix, (w, h), borderValue=(255, 255, 255)), np.uint8)

    return edit


def _hue(p: Rgb, rng: np.random.Generator) -> Rgb:
    hsv = cv2.cvtColor(p, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(10, 170))) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def _jpeg(p: Rgb, rng: np.random.Generator) -> Rgb:
    _, data = cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _captioned(p: Rgb, rng: np.random.Generator) -> Rgb:
    h, w = p.shape[:2]
    bar = np.full((h // 5, w, 3), int(rng.choice((0, 255))), np.uint8)
    cv2.putText(bar, "when it is monday", (8, h // 8), cv2.FONT_HERSHEY_SIMPLEX, w / 400, (128, 128, 128), 2)
    return np.concatenate((p, bar) if rng.random() < 0.5 else (bar, p))


def _inside(share: float) -> Edit:
    def edit(p: Rgb, rng: np.random.Generator) -> Rgb:
        scene = drawn(int(rng.integers(10**6, 2 * 10**6)))
        side = int(SIDE * share)
        left, top = rng.integers(4, SIDE - side - 4, 2)
        scene[top : top + side, left : left + side] = cv2.resize(p, (side, side), interpolation=cv2.INTER_AREA)
        return scene

    return edit


def _screenshot(p: Rgb, rng: np.random.Generator) -> Rgb:
    h, w = p.shape[:2]
    page = np.full((int(h * 1.6), int(w * 1.3), 3), 245, np.uint8)
    cv2.rectangle(page, (0, 0), (page.shape[1], int(h * 0.12)), (40, 44, 52), -1)
    top, left = int(h * 0.2), int(w * 0.15)
    page[top : top + h, left : left + w] = p
    for line in range(4):
        at = (left, top + h + 24 + 24 * line)
        cv2.putText(page, "a line of text under it", at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (30, 30, 30), 1)
    return page


EDITS: Final[dict[str, Edit]] = {
    "exact": lambda p, r: p, "JPEG quality 30": _jpeg, "half size": lambda p, r: p[::2, ::2],
    "crop 5 %, centre": _cut(0.05, False), "crop 10 %, corner": _cut(0.1, True), "crop 20 %, centre": _cut(0.2, False),
    "crop 15 %, corner": _cut(0.15, True), "crop 20 %, corner": _cut(0.2, True), "mirrored": lambda p, r: p[:, ::-1],
    "grey": lambda p, r: np.repeat(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[..., None], 3, 2),
    "brighter": lambda p, r: np.clip(p * 1.4, 0, 255).astype(np.uint8), "hue turned": _hue, "caption bar": _captioned,
    "border 12 %": lambda p, r: cv2.copyMakeBorder(p, 54, 54, 54, 54, cv2.BORDER_CONSTANT, value=(250, 250, 250)),
    "turned 2 degrees": _turned(2), "turned 4.5 degrees": _turned(4.5), "turned 6 degrees": _turned(6),
    "blurred": lambda p, r: cv2.GaussianBlur(p, (0, 0), 4), "stylised": lambda p, r: cv2.stylization(p),
    "sepia, low contrast": lambda p, r: (60 + 0.5 * p.mean(2, keepdims=True) * [1, 0.9, 0.7]).astype(np.uint8),
    "screenshot": _screenshot, "inside a picture, 60 %": _inside(0.6), "inside a picture, 40 %": _inside(0.4),
}  # fmt: skip


def pictures(folder: Path | None, count: int) -> Iterator[Rgb]:
    """At most `count` pictures of at most 640 px."""
    if folder is None:
        yield from (drawn(seed) for seed in range(count))
        return
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    for path in paths[:: max(1, len(paths) // count)][:count]:
        picture = np.asarray(read_picture(path), np.uint8)
        scale = min(1, 640 / max(picture.shape[:2]))
        yield np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=120)
    options = parser.parse_args()
    every = list(pictures(options.folder, options.count))
    own, others = every[::2], every[1::2]
    index, kept = PictureIndex(), []
    for number, picture in enumerate(own):
        try:
            index.add(str(number), picture)
            kept.append(number)
        except UsageError:
            continue  # too plain to be registered: refused with a reason
    print(f"registered {len(kept)} of {len(own)}")
    for label, edit in EDITS.items():
        rng = np.random.default_rng(7)
        found = [_found(index, edit(own[n], rng)) == str(n) for n in kept]
        _row(label, sum(found), len(found))
    rng = np.random.default_rng(8)
    wrong = [_found(index, edit(p, rng)) is not None for p in others for edit in (EDITS["exact"], EDITS["screenshot"])]
    _row("false matches", sum(wrong), len(wrong))


def _found(index: PictureIndex, picture: Rgb) -> str | None:
    match = index.nearest(query_hashes(np.ascontiguousarray(picture)))
    return match.entry if match else None


def _row(label: str, hits: int, count: int) -> None:
    low, high = wilson(hits, count)
    print(
        f"| {label} | {hits}/{count} | {100 * hits / count:.1f} % | {100 * low:.1f} - {100 * high:.1f} % |", flush=True
    )


if __name__ == "__main__":
    main()

"""What happens to a protected picture before it comes back, by the groups of the goals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from benchmarks.safety.pictures.drawings import SIDE, Rgb, scene

Edit = Callable[[Rgb, np.random.Generator], Rgb]


def _cut(share: float, down: float | None = None, across: float | None = None) -> Edit:
    """Cuts `share` of each side away, keeping the part at this place; at a random one where none is named."""

    def edit(p: Rgb, rng: np.random.Generator) -> Rgb:
        h, w = p.shape[:2]
        top = int((rng.random() if down is None else down) * share * h)
        left = int((rng.random() if across is None else across) * share * w)
        return p[top : top + int((1 - share) * h), left : left + int((1 - share) * w)]

    return edit


def _corner(share: float) -> Edit:
    return lambda p, rng: _cut(share, *(float(v) for v in rng.integers(0, 2, 2)))(p, rng)


def _area(p: Rgb, rng: np.random.Generator) -> Rgb:
    """A part of any shape at any place that has 80 % of the area."""
    h, w = p.shape[:2]
    across = rng.uniform(0.8, 1.0)
    size = int(0.8 / across * h), int(across * w)
    top, left = int(rng.integers(0, h - size[0] + 1)), int(rng.integers(0, w - size[1] + 1))
    return p[top : top + size[0], left : left + size[1]]


def _one_side(p: Rgb, rng: np.random.Generator) -> Rgb:
    """Up to 20 % of one side, at either end."""
    h, w = p.shape[:2]
    share = rng.uniform(0.03, 0.2)
    cut = int(share * h), int(share * w)
    return (p[cut[0] :], p[: h - cut[0]], p[:, cut[1] :], p[:, : w - cut[1]])[int(rng.integers(0, 4))]


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


def _jpeg(quality: int) -> Edit:
    def edit(p: Rgb, rng: np.random.Generator) -> Rgb:
        _, data = cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return edit


def _sized(share_x: float, share_y: float) -> Edit:
    return lambda p, rng: np.asarray(
        cv2.resize(p, None, fx=share_x, fy=share_y, interpolation=cv2.INTER_AREA), np.uint8
    )


def _captioned(p: Rgb, rng: np.random.Generator) -> Rgb:
    h, w = p.shape[:2]
    bar = np.full((h // 5, w, 3), int(rng.choice((0, 255))), np.uint8)
    cv2.putText(bar, "when it is monday", (8, h // 8), cv2.FONT_HERSHEY_SIMPLEX, w / 400, (128, 128, 128), 2)
    return np.concatenate((p, bar) if rng.random() < 0.5 else (bar, p))


def _written_on(p: Rgb, rng: np.random.Generator) -> Rgb:
    """White letters with black edges over the upper and the lower part, as on a meme."""
    out, (h, w) = np.ascontiguousarray(p).copy(), p.shape[:2]
    for text, down in (("WHEN IT IS", 0.14), ("MONDAY AGAIN", 0.95)):
        for colour, thick in (((0, 0, 0), 6), ((255, 255, 255), 2)):
            at = (int(0.08 * w), int(down * h))
            cv2.putText(out, text, at, cv2.FONT_HERSHEY_DUPLEX, w / 330, colour, thick, cv2.LINE_AA)
    return out


def _bordered(p: Rgb, rng: np.random.Generator) -> Rgb:
    edge = int(0.12 * min(p.shape[:2]))
    colour = [int(c) for c in rng.integers(0, 256, 3)]
    return np.asarray(cv2.copyMakeBorder(p, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=colour), np.uint8)


def _inside(share: float) -> Edit:
    def edit(p: Rgb, rng: np.random.Generator) -> Rgb:
        ground = scene(int(rng.integers(10**6, 2 * 10**6)))
        scale = SIDE * share / max(p.shape[:2])
        small = cv2.resize(p, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        h, w = small.shape[:2]
        top, left = int(rng.integers(4, SIDE - h - 4)), int(rng.integers(4, SIDE - w - 4))
        ground[top : top + h, left : left + w] = small
        return ground

    return edit


def _in_corner(p: Rgb, rng: np.random.Generator) -> Rgb:
    """At 40 % of the side, flush with two sides of another picture."""
    ground = scene(int(rng.integers(10**6, 2 * 10**6)))
    scale = SIDE * 0.4 / max(p.shape[:2])
    small = cv2.resize(p, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    top, left = (SIDE - h) * int(rng.integers(0, 2)), (SIDE - w) * int(rng.integers(0, 2))
    ground[top : top + h, left : left + w] = small
    return ground


def _screenshot(p: Rgb, rng: np.random.Generator) -> Rgb:
    h, w = p.shape[:2]
    page = np.full((int(h * 1.6), int(w * 1.3), 3), int(rng.choice((245, 32))), np.uint8)
    cv2.rectangle(page, (0, 0), (page.shape[1], int(h * 0.12)), (40, 44, 52), -1)
    top, left = int(h * 0.2), int(w * 0.15)
    page[top : top + h, left : left + w] = p
    for line in range(4):
        at = (left, top + h + 24 + 24 * line)
        cv2.putText(page, "a line of text under it", at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (130, 130, 130), 1)
    return page


def _grey(p: Rgb, rng: np.random.Generator) -> Rgb:
    return np.repeat(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)


def _sepia(p: Rgb, rng: np.random.Generator) -> Rgb:
    return np.asarray((60 + 0.5 * p.mean(2, keepdims=True) * [1, 0.9, 0.7]).astype(np.uint8))


PLAIN: Final[dict[str, Edit]] = {
    "exact": lambda p, r: p, "JPEG quality 30": _jpeg(30), "JPEG quality 10": _jpeg(10), "half size": _sized(0.5, 0.5),
    "quarter size": _sized(0.25, 0.25), "stretched by a tenth": _sized(1.1, 1.0),
    "crop 5 %, centre": _cut(0.05, 0.5, 0.5), "crop 10 %, corner": _corner(0.1), "crop 15 %, corner": _corner(0.15),
    "crop 20 %, centre": _cut(0.2, 0.5, 0.5), "crop 20 %, corner": _corner(0.2), "crop 20 %, anywhere": _cut(0.2),
    "crop 12 %, anywhere": _cut(0.12), "crop to 80 % of the area, anywhere": _area,
    "one side cut, 3 to 20 %": _one_side,
    "mirrored": lambda p, r: p[:, ::-1], "upside down": lambda p, r: p[::-1], "quarter turn": lambda p, r: np.rot90(p),
    "grey": _grey, "brighter": lambda p, r: np.clip(p * 1.4, 0, 255).astype(np.uint8), "hue turned": _hue,
    "caption bar": _captioned, "letters over it": _written_on, "border 12 %": _bordered,
}  # fmt: skip
HARD: Final[dict[str, Edit]] = {
    "turned 2 degrees": _turned(2), "turned 4.5 degrees": _turned(4.5), "turned 6 degrees": _turned(6),
    "blurred": lambda p, r: np.asarray(cv2.GaussianBlur(p, (0, 0), 4), np.uint8),
    "stylised": lambda p, r: np.asarray(cv2.stylization(p), np.uint8), "sepia, low contrast": _sepia,
    "screenshot": _screenshot, "inside a picture, 60 %": _inside(0.6), "inside a picture, 40 %": _inside(0.4),
    "in a corner of a picture, 40 %": _in_corner,
}  # fmt: skip

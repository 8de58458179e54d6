"""Copies that show the whole frame: stretched, mirrored, quarter-turned, or turned about their middle.

What the product delivers has one of a few aspects. A copy of the whole frame then leaves nothing open: map and place
of the pattern are known for each aspect and each way to hold the picture, and a turn about the middle leaves one
angle. A few hundred pairs of map and place are compared instead of millions, so a mark stands out that no search finds.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import ASPECTS
from watermark.invisible.carriers import CANONICAL_SHORT_PX
from watermark.invisible.geometry import MIRROR, Matrix

ANGLES_DEG = np.arange(-6.0, 6.01, 0.1)
LEAST_STRETCH, MOST_STRETCH = 0.003, 0.015
"""Differences from an aspect of the product that are taken for rounding; smaller ones do no harm."""
HELD = (
    np.eye(2),
    MIRROR,
    np.diag([1.0, -1.0]),
    np.diag([-1.0, -1.0]),
    np.array([[0.0, 1.0], [1.0, 0.0]]),
    np.array([[0.0, 1.0], [-1.0, 0.0]]),
    np.array([[0.0, -1.0], [1.0, 0.0]]),
    np.array([[0.0, -1.0], [-1.0, 0.0]]),
)
"""Ways to hold a picture: as it is, mirrored, upside down, turned by quarters."""


def frames(width: int, height: int) -> tuple[Matrix, Matrix]:
    """Maps, float64 [n, 2, 2], and the canonical (x, y) of the middle, float64 [n, 2], of a plane of this size."""
    own = CANONICAL_SHORT_PX / min(width, height)
    pairs = [_held(way, own * np.abs(way @ (width, height)), width, height) for way in HELD]
    aspects = (float(aspect) for aspect in ASPECTS.values())
    sizes = [CANONICAL_SHORT_PX * np.array([max(aspect, 1), max(1 / aspect, 1)]) for aspect in aspects]
    pairs += [_held(way, size, width, height) for way in HELD for size in sizes]
    middle = own * np.array([width, height]) / 2
    for angle in np.deg2rad(ANGLES_DEG):
        turn = own * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        pairs += [(turn, middle), (turn @ MIRROR, middle)]
    maps, middles = zip(*pairs, strict=True)
    return np.stack(maps), np.stack(middles)


def whole(width: int, height: int) -> Matrix:
    """Map of an upright plane of this size that shows a whole frame.

    A copy whose sides were rounded is a little wider or narrower than its original: 424 x 240 is 16:9.
    """
    own = CANONICAL_SHORT_PX / min(width, height)
    aspect = min(ASPECTS.values(), key=lambda each: abs(np.log(width / height / float(each))))
    stretch = float(aspect) * height / width
    if not LEAST_STRETCH < abs(stretch - 1) < MOST_STRETCH:
        return own * np.eye(2)
    return own * (np.diag([stretch, 1.0]) if aspect >= 1 else np.diag([1.0, 1 / stretch]))


def as_whole(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """`plane`, float32 [h, w], at canonical size, if it shows a whole frame."""
    height, width = plane.shape
    across, down = np.diag(whole(width, height))
    if across == down == 1:
        return plane
    size = (round(width * across), round(height * down))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _held(way: Matrix, size: Matrix, width: int, height: int) -> tuple[Matrix, Matrix]:
    """Map of a plane that shows a whole frame of canonical `size` (x, y), held in this `way`."""
    shown = way @ np.diag([1 / width, 1 / height])
    return size[:, None] * shown, size / 2

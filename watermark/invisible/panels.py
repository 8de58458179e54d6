"""Pictures within the picture: a clip between bars, or set into other footage.

What lies around such a panel carries no mark and drowns the one inside. The panel is found by its straight borders,
which stay where they are while pictures change; in a mean of pictures they stand out from what moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import ASPECTS

MOST_PANELS = 3
LEAST_SHARE = 0.25
"""Of each side of the picture."""
ENOUGH = 12
"""Pictures of a clip."""
LINES, APART_PX, BESIDE_PX, MARGIN_PX = 8, 4, 4, 12
STEEPEST, LEAST_STEP = 12.0, 1.0
"""Grey levels from one pixel to the next: more counts as this much; the least mean along a border."""
USUAL_COUNTS, LIKE_ASPECT = 2, 0.015
"""How much more a panel counts that has an aspect of the product, to this share."""
OVERLAP = 0.9
_ASPECTS = [float(aspect) for aspect in ASPECTS.values()]

Panel = tuple[slice, slice]
EVERYTHING: Panel = (slice(None), slice(None))


def panels(pictures: Sequence[NDArray[np.uint8]]) -> list[Panel]:
    """Rows and columns of what may be panels, the likeliest first.

    Args:
        pictures: uint8 [h, w], all of one size.
    """
    some = pictures[:: -(-len(pictures) // ENOUGH)]
    mean = np.mean([picture.astype(np.float32) for picture in some], axis=0)
    height, width = mean.shape
    across, down = _borders(mean), _borders(mean.T)
    rated = []
    for (left, right), (top, bottom) in product(_spans(across, width), _spans(down, height)):
        sides = [_along(across, x, top, bottom) for x in (left, right) if 0 < x < width]
        sides += [_along(down, y, left, right) for y in (top, bottom) if 0 < y < height]
        if sides and min(sides) >= LEAST_STEP:
            usual = any(abs(np.log((right - left) / (bottom - top) / aspect)) < LIKE_ASPECT for aspect in _ASPECTS)
            rated.append((sum(sides) * (USUAL_COUNTS if usual else 1), (slice(top, bottom), slice(left, right))))
    rated.sort(key=lambda each: -each[0])
    return _different(panel for _, panel in rated)


def _borders(mean: NDArray[np.float32]) -> NDArray[np.float64]:
    """float64 [h + 1, w + 1], summed down the rows: how much steeper the step into each column is than those beside."""
    steps = np.minimum(np.abs(np.diff(mean, axis=1, prepend=mean[:, :1])), STEEPEST)
    beside = cv2.dilate(steps, np.ones((1, 2 * BESIDE_PX + 1), np.uint8))
    own = cv2.blur(steps, (3, 1)) * 3  # a border between two pixels is shared by two steps
    around = cv2.blur(steps, (2 * BESIDE_PX + 1, 1)) * (2 * BESIDE_PX + 1) - own
    clear = np.where(steps >= beside, np.minimum(own, STEEPEST) - around / 2, 0.0)
    clear = np.where(clear > -STEEPEST, clear, -STEEPEST)
    wide = cv2.blur(clear, (3, 1)) * 3
    total = np.zeros((mean.shape[0] + 1, mean.shape[1] + 1))
    total[1:, : mean.shape[1]] = np.cumsum(wide, axis=0)
    return total


def _spans(borders: NDArray[np.float64], length: int) -> list[tuple[int, int]]:
    """Pairs of places where a panel may start and end: the clearest lines, and the ends of the picture."""
    left = borders[-1, :length].copy()
    left[:MARGIN_PX] = left[-MARGIN_PX:] = -np.inf
    chosen = [0, length]
    for _ in range(LINES):
        best = int(left.argmax())
        chosen.append(best)
        left[max(best - APART_PX, 0) : best + APART_PX + 1] = -np.inf
    return [pair for pair in combinations(sorted(set(chosen)), 2) if pair[1] - pair[0] >= LEAST_SHARE * length]


def _along(borders: NDArray[np.float64], place: int, start: int, end: int) -> float:
    return float((borders[end, place] - borders[start, place]) / (end - start))


def _different(likely: Iterable[Panel]) -> list[Panel]:
    kept: list[Panel] = []
    for panel in likely:
        if not any(_overlap(panel, other) > OVERLAP for other in kept):
            kept.append(panel)
        if len(kept) == MOST_PANELS:
            break
    return kept


def _overlap(one: Panel, other: Panel) -> float:
    """Shared area over that of both together, in [0, 1]."""
    sides: list[int] = [max(0, min(a.stop, b.stop) - max(a.start, b.start)) for a, b in zip(one, other, strict=True)]
    shared = sides[0] * sides[1]
    return float(shared / (_area(one) + _area(other) - shared))


def _area(panel: Panel) -> int:
    rows, columns = panel
    return int((rows.stop - rows.start) * (columns.stop - columns.start))

"""What the camera did from one frame to the next: a shift and a zoom, or nothing that describes the whole frame.

A direct method (Lucas and Kanade, IJCAI 1981; Baker and Matthews, "Lucas-Kanade 20 years on", IJCV 2004): the
picture before is fixed, its gradients say how a change of the move changes the error. At 320 pixels across a
move comes out within a tenth of a pixel of the full frame, which is what an encoder needs to predict the mark.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_SIDE_PX = 320
SIGMA_PX = 1.2
STEPS = 6
MARGIN_PX = 4
GOOD_STEP = 0.98
LEAST_CHANGE = 0.2
"""Mean change, grey levels, from which there is something to follow."""
LEFT_SHARE, LEFT_FLOOR, LEFT_SLOPE = 0.5, 0.15, 0.2
"""A move explains a frame when it leaves less than this share of the change, and less than floor + slope * change."""
FARTHEST_SHARE = 0.2
PATIENCE = 6

Small = NDArray[np.float32]
Motion = NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """Where a picture that the camera showed at first is now: x' = centre + zoom * (x - centre) + shift, in pixels."""

    zoom: float = 1.0
    shift_px: tuple[float, float] = (0.0, 0.0)

    def then(self, move: Pose) -> Pose:
        """This, and `move` after it."""
        (x, y), (dx, dy) = self.shift_px, move.shift_px
        return Pose(self.zoom * move.zoom, (move.zoom * x + dx, move.zoom * y + dy))


class Camera:
    """Follows the camera through the frames of one clip.

    Args:
        width_px, height_px: size of the frames.
    """

    def __init__(self, width_px: int, height_px: int) -> None:
        self._scale = min(LONG_SIDE_PX / max(width_px, height_px), 1.0)
        self._width = max(round(width_px * self._scale), 4 * MARGIN_PX)
        self._height = max(round(height_px * self._scale), 4 * MARGIN_PX)
        rows, columns = np.mgrid[0 : self._height, 0 : self._width].astype(np.float32)
        self._x = _inner(columns - (self._width - 1) / 2) / self._width
        self._y = _inner(rows - (self._height - 1) / 2) / self._width
        self._window = cv2.createHanningWindow((self._width, self._height), cv2.CV_32F)
        self._before: Small | None = None
        self._motion: Motion = np.zeros(3)
        self._failures = 0

    def restart(self) -> None:
        """Try again, if following was given up."""
        self._failures = 0

    def follow(self, half: NDArray[np.uint8]) -> Pose | None:
        """The move since the frame before, `Pose()` where the picture rests; None where no move explains the frame.

        Args:
            half: uint8 [H/2, W/2], luma of this frame.
        """
        now, before = self._small(half), self._before
        self._before = now
        if before is None or self._failures >= PATIENCE:
            return None
        change = float(np.mean(np.abs(_inner(now - before))))
        if change < LEAST_CHANGE:
            self._motion = np.zeros(3)
            return Pose()
        enough = min(LEFT_SHARE * change, LEFT_FLOOR + LEFT_SLOPE * change)
        motion, left = self._solve(before, now, self._motion)
        if not left < enough:
            # The function multiplies its arguments by the window in place.
            shift, _ = cv2.phaseCorrelate(before.copy(), now.copy(), self._window)
            motion, left = self._solve(before, now, np.array([*shift, 0.0]))
        if not left < enough or not np.abs(motion).max() < FARTHEST_SHARE * self._width:
            self._motion = np.zeros(3)
            self._failures += 1
            return None
        self._motion, self._failures = motion, 0
        x, y, zoom = (float(part) for part in motion)
        return Pose(1 + zoom / self._width, (x / self._scale, y / self._scale))

    def _small(self, half: NDArray[np.uint8]) -> Small:
        small = cv2.resize(half, (self._width, self._height), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), SIGMA_PX), np.float32)

    def _solve(self, before: Small, now: Small, start: Motion) -> tuple[Motion, float]:
        """float64 [3]: shift in small pixels, and the pixels that a zoom adds to the width; mean error, grey levels."""
        across = _inner(cv2.Sobel(before, cv2.CV_32F, 1, 0, scale=1 / 8))
        down = _inner(cv2.Sobel(before, cv2.CV_32F, 0, 1, scale=1 / 8))
        gradients = np.stack([across.ravel(), down.ravel(), (across * self._x + down * self._y).ravel()])
        error = self._error(before, now, start)
        spread = 2.0 * float(np.mean(np.abs(error))) + 0.25
        weighted = gradients / (1 + (error.ravel() / spread) ** 2)
        system = (weighted @ gradients.T).astype(np.float64)
        system[np.diag_indices(3)] += 1e-5 * np.trace(system) + 1e-6
        best, least, step, motion = start, np.inf, np.zeros(3), start
        for _ in range(STEPS):
            error = self._error(before, now, motion)
            mean = float(np.mean(np.abs(error)))
            if not mean < least:
                break
            last = mean >= GOOD_STEP * least
            best, least = motion, mean
            step = -np.linalg.solve(system, weighted @ error.ravel())
            if last:
                break
            motion = motion + step
        return best + np.clip(step, -0.1, 0.1), least

    def _error(self, before: Small, now: Small, motion: Motion) -> Small:
        """`now`, brought back to where `before` was, less `before`."""
        zoom = 1 + motion[2] / self._width
        x, y = (self._width - 1) / 2, (self._height - 1) / 2
        matrix = np.array([[zoom, 0, x + motion[0] - x * zoom], [0, zoom, y + motion[1] - y * zoom]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (self._width, self._height)
        back = cv2.warpAffine(now, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return _inner(np.asarray(back - before, np.float32))


def _inner(plane: Small) -> Small:
    return np.ascontiguousarray(plane[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])

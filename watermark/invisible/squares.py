"""The pattern of even pictures: whole grey levels in squares, chosen by what they give and what an encoder charges.

A third of a grey level spread over all pixels does not outlive an encode. A whole level in one place of seven does, and
what it costs depends on where it lies: an encoder works in blocks of 16 px, pays next to nothing for a block that is
left alone, little for one that is changed as a whole, and most for changes within it. Whole blocks also last
longer: after H.264 at CRF 40 a flat clip correlates with its word by 10 standard deviations, in single squares by 6.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.invisible import mask

SQUARE_LINES = 90
"""The side of a square is the power of two below 1/90 of the short side (8 px at 720 and 1080 lines, 4 to 16 px), that
of a block is twice as much. In blocks alone the template is lost, and with it turned and mirrored copies."""
EVEN_STRENGTH, TEXTURED_STRENGTH = 1.21, 0.96
"""Of what the mask allows: where nothing hides the mark most of it is lost when it is rounded, in texture nothing."""
MOST_EVEN = 0.53
"""Grey levels before they are rounded that are enough in flat areas, dark ones and on ramps."""
SQUARE_PRICE, BLOCK_PRICE = 0.11, 0.6
"""What a level in a square is charged, and a block whose squares differ; a block that is changed as a whole is charged
nothing. In units of what a change by one level of one square gives where it is just as much as was wanted."""
ZERO = 128
"""Added to a change, so that it fits a byte."""


class Squares:
    """The pattern, in squares.

    Args:
        plane: float32 [height, width], unit power.
        flat: amplitude where nothing hides the mark, grey levels (`mask.flat_rms`).
        strength: factor on every amplitude.
    """

    def __init__(self, plane: NDArray[np.float32], flat: float, strength: float = 1.0) -> None:
        self._height, self._width = plane.shape
        self._side = 2 ** int(np.clip(np.log2(min(plane.shape) / SQUARE_LINES), 2, 4))
        block = 2 * self._side
        padded = np.pad(plane, ((0, -self._height % block), (0, -self._width % block)), mode="edge")
        means = padded.reshape(padded.shape[0] // self._side, self._side, -1, self._side).mean((1, 3))
        self._values = np.asarray(means * (strength / max(float(means.std()), 1e-6)), np.float32)
        self._most = MOST_EVEN * float(np.sqrt(flat / mask.FLAT_RMS))
        self._lifted = np.empty(padded.shape, np.uint8)
        self._wanted: NDArray[np.float32] | None = None

    def add(self, luma: NDArray[np.uint8], allowed: mask.Cells) -> None:
        """Change `luma`, uint8 [height, width], in place.

        Args:
            allowed: amplitude per cell, grey levels.
        """
        wanted = self._amplitudes(allowed)
        if self._wanted is None or not np.array_equal(wanted, self._wanted):
            self._wanted = wanted
            self._write(whole_levels(wanted * self._values))
        cv2.addWeighted(luma, 1.0, self._lifted[: self._height, : self._width], 1.0, -ZERO, luma)

    def _amplitudes(self, allowed: mask.Cells) -> NDArray[np.float32]:
        """float32 [rows, columns] of squares: amplitude before it is rounded."""
        rows, columns = self._values.shape
        high, wide = -(-self._height // self._side), -(-self._width // self._side)
        each = cv2.resize(allowed, (wide, high), interpolation=cv2.INTER_LINEAR)
        each = np.minimum(EVEN_STRENGTH * each, np.maximum(TEXTURED_STRENGTH * each, self._most))
        return np.asarray(np.pad(each, ((0, rows - high), (0, columns - wide)), mode="edge"), np.float32)

    def _write(self, levels: NDArray[np.float32]) -> None:
        """Fill `_lifted` with the change of every pixel + 128."""
        lifted = (np.clip(levels, -ZERO, 255 - ZERO) + ZERO).astype(np.uint8)
        rows = self._lifted.reshape(len(lifted), self._side, -1)
        rows[:] = np.repeat(lifted, self._side, axis=1)[:, None]


def whole_levels(wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whole grey levels for `wanted` (both float32 [rows, columns], even numbers of them), block by block.

    A level gains what it takes from the squared error, less its price.
    """
    rows, columns = wanted.shape
    blocks = wanted.reshape(rows // 2, 2, columns // 2, 2).transpose(0, 2, 1, 3).reshape(rows // 2, columns // 2, 4)
    mean, size = blocks.mean(-1, keepdims=True), np.abs(blocks)
    whole = np.rint(mean)
    apart = np.maximum(np.rint(size - SQUARE_PRICE / 2), 0.0)
    whole_gain = 4 * whole * (2 * mean - whole)
    apart_gain = (apart * (2 * size - apart - SQUARE_PRICE)).sum(-1, keepdims=True) - BLOCK_PRICE
    best = np.where(apart_gain > np.maximum(whole_gain, 0.0), np.copysign(apart, blocks), whole)
    return best.reshape(rows // 2, columns // 2, 2, 2).transpose(0, 2, 1, 3).reshape(rows, columns)

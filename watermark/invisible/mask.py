"""How strong the mark may be, place by place: brightness, texture and motion, at one eighth of the size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CELL_PX = 8
FLAT_RMS = 0.33
"""Grey levels of the mark where nothing hides it. Flat areas, not the mean error, decide whether a mark is seen."""
LUMINANCE_GAIN = 0.5
TEXTURE_GAIN = 0.55
STRONGEST_RMS = 5.0
_SMALL = np.ones((3, 3), np.uint8)

Cells = NDArray[np.float32]


def brightness(luma: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Cells]:
    """Half-size uint8 plane, and float32 cells of the mean brightness (8 x 8 px each)."""
    height, width = luma.shape
    half = np.asarray(cv2.resize(luma, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA))
    cells = cv2.resize(half, (-(-width // CELL_PX), -(-height // CELL_PX)), interpolation=cv2.INTER_AREA)
    return half, np.asarray(cells, np.float32)


def visibility(half: NDArray[np.uint8], cells: Cells) -> Cells:
    """Allowed amplitude of the mark, float32 grey levels per cell.

    Texture hides it (eroded, so that a lone edge beside a flat area does not count), and so do very dark and
    very bright areas.
    """
    high = cv2.absdiff(half, cv2.blur(half, (5, 5)))
    texture = cv2.resize(high, (cells.shape[1], cells.shape[0]), interpolation=cv2.INTER_AREA)
    texture = cv2.blur(cv2.erode(cv2.blur(texture, (3, 3)), _SMALL), (3, 3)).astype(np.float32)
    base = FLAT_RMS * (1.0 + np.abs(cells - 110.0) * (LUMINANCE_GAIN / 110.0))
    return np.asarray(np.minimum(base + TEXTURE_GAIN * texture, STRONGEST_RMS), np.float32)

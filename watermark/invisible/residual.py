"""What the reader keeps of a frame: the picture removed as far as a high-pass and a local gain can."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.invisible.carriers import CANONICAL_SHORT_PX

HIGH_PASS_SIGMA_PX = 2.4
LOCAL_SIZE_PX = 11
CLIP = 2.5


def residual(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [h, w] in [-2.5, 2.5], short side at most 480: high-passed luma over its local deviation.

    The mark was made stronger where the picture is busy; dividing by the local deviation undoes that and keeps
    edges from drowning everything else.
    """
    height, width = luma.shape
    scale = CANONICAL_SHORT_PX / min(height, width)
    if scale < 1:
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
    plane = luma.astype(np.float32)
    sigma = max(0.8, HIGH_PASS_SIGMA_PX * min(1.0, 1 / scale) if scale > 1 else HIGH_PASS_SIGMA_PX)
    high = plane - cv2.GaussianBlur(plane, (0, 0), sigma)
    local = cv2.sqrt(cv2.blur(high * high, (LOCAL_SIZE_PX, LOCAL_SIZE_PX)) + 2.0)
    return np.asarray(np.clip(high / local, -CLIP, CLIP), np.float32)


def canonical(plane: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """`plane` resampled so that the tile is 256 pixels wide and upright.

    Args:
        plane: float32 [h, w], a residual.
        matrix: float64 [2, 2], canonical (x, y) = matrix @ (x, y) of the plane, up to an offset.
    """
    height, width = plane.shape
    corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height]], np.float64)
    low, high = corners.min(1), corners.max(1)
    size = (max(int(np.ceil(high[0] - low[0])), 1), max(int(np.ceil(high[1] - low[1])), 1))
    centre = matrix @ np.array([0.5, 0.5]) - low - 0.5
    full = np.column_stack([matrix, centre]).astype(np.float64)
    shrink = np.sqrt(abs(np.linalg.det(matrix))) < 0.6
    return np.asarray(cv2.warpAffine(plane, full, size, flags=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR))

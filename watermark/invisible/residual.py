"""What the reader keeps of a frame: the picture removed as far as a high-pass and a local gain can."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from watermark.invisible.carriers import CANONICAL_SHORT_PX

EDGE_LEVELS = 8.0
"""Differences above about this many grey levels are the picture's, not the mark's."""
REACH_PX, WINDOW_PX = 3.0, 7
WHOLE_WINDOW_SCALE = 1.7
LOCAL_SIZE_PX = 7
FLOOR = 0.3
CLIP = 2.5
HIGH_PASS_SIGMA_PX = 2.4
PLAIN_LOCAL_SIZE_PX, PLAIN_FLOOR = 11, 2.0
FINE_SIGMA_PX = 1.2
COARSE_WINDOW_PX, COARSE_EDGE_LEVELS, COARSE_REACH_PX, COARSE_FLOOR = 11, 3.0, 4.0, 1.0
"""At half the size. Even pictures carry the mark at one grey level, in periods of 18 px and more."""
LIKENESS_LEVELS, LIKE_PX, LIKE_WITHIN_PX = 4, 5, 15


def residual(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [h, w] in [-2.5, 2.5], short side at most 480: what a bilateral filter takes away, over its deviation.

    The filter keeps edges in the picture and leaves the mark in the residual (Tomasi and Manduchi, ICCV 1998): a
    quarter more signal than a plain high-pass. The mark was made stronger where the picture is busy; dividing
    by the local deviation undoes that and keeps what is left of edges from drowning everything else.
    """
    plane, scale = _shrunk(luma)
    # A copy of few lines may as well be a cut-out at full size as one that was made small: the window shrinks late.
    shrunk = max(scale / WHOLE_WINDOW_SCALE, 1.0)
    window = max(round((WINDOW_PX - 1) / 2 / shrunk), 1) * 2 + 1
    rest = plane - cv2.bilateralFilter(plane, window, EDGE_LEVELS, max(REACH_PX / shrunk, 1.0))
    return _levelled(rest)


def plain_residual(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same for a plain high-pass: less signal over a whole clip, more from one small picture of few edges."""
    plane, scale = _shrunk(luma)
    return _plain(plane, max(0.8, HIGH_PASS_SIGMA_PX / max(scale, 1.0)))


def fine_residual(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same for a narrow high-pass: it sees fine carriers best and quarrels least with texture."""
    return _plain(reduced(luma).astype(np.float32), FINE_SIGMA_PX)


def patch_residual(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same for non-local means, which know texture that repeats (Buades, Coll and Morel, CVPR 2005); slow."""
    plane = reduced(luma)
    smooth = cv2.fastNlMeansDenoising(plane, None, LIKENESS_LEVELS, LIKE_PX, LIKE_WITHIN_PX)
    return _levelled(plane.astype(np.float32) - smooth)


def coarse_residual(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same for a wide bilateral filter at half the size that stops at faint edges: it sees coarse carriers best."""
    plane = reduced(luma).astype(np.float32)
    height, width = plane.shape
    half = cv2.resize(plane, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)
    smooth = cv2.bilateralFilter(half, COARSE_WINDOW_PX, COARSE_EDGE_LEVELS, COARSE_REACH_PX)
    rest = _levelled(half - smooth, COARSE_WINDOW_PX, COARSE_FLOOR)
    return np.asarray(cv2.resize(rest, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def reduced(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture at 480 lines or fewer. Every residual of it is that of the whole picture if that had 480 or more."""
    height, width = luma.shape
    scale = CANONICAL_SHORT_PX / min(height, width)
    if scale >= 1:
        return luma
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shrunk(luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    """`reduced`, and what the size of the picture has to be multiplied by to have 480 lines."""
    return reduced(luma).astype(np.float32), CANONICAL_SHORT_PX / min(luma.shape)


def _plain(plane: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return _levelled(plane - cv2.GaussianBlur(plane, (0, 0), sigma_px), PLAIN_LOCAL_SIZE_PX, PLAIN_FLOOR)


def _levelled(rest: NDArray[np.float32], window_px: int = LOCAL_SIZE_PX, floor: float = FLOOR) -> NDArray[np.float32]:
    """`rest` over its local deviation."""
    local = cv2.sqrt(cv2.blur(rest * rest, (window_px, window_px)) + floor)
    return np.asarray(np.clip(rest / local, -CLIP, CLIP), np.float32)


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

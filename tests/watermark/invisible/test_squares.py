"""Even pictures: which squares get a whole level."""

from __future__ import annotations

import cv2
import numpy as np

from watermark.invisible import mask
from watermark.invisible.squares import Squares, whole_levels


def test_a_block_is_changed_as_a_whole_where_that_is_cheaper() -> None:
    wanted = np.array([[0.6, 0.55, 0.4, 0.3, 1.6, 0.1], [0.6, 0.5, 0.4, -0.3, -1.6, 0.1]], np.float32)
    assert whole_levels(wanted).tolist() == [[1, 1, 0, 0, 2, 0], [1, 1, 0, 0, -2, 0]]


def test_what_is_written_follows_what_is_allowed_from_frame_to_frame() -> None:
    plane = np.random.default_rng(3).normal(0, 1, (45, 80)).astype(np.float32)
    squares = Squares(cv2.resize(plane, (1280, 720), interpolation=cv2.INTER_CUBIC), mask.FLAT_RMS)

    def change(allowed: float) -> np.ndarray:
        luma = np.full((720, 1280), 128, np.uint8)
        squares.add(luma, np.full((90, 160), allowed, np.float32))
        return luma.astype(int) - 128

    first, same, less, again = (change(allowed) for allowed in (0.33, 0.33, 0.1, 0.33))
    assert np.array_equal(first, same)
    assert np.array_equal(first, again)
    assert np.abs(less).sum() < np.abs(first).sum()

"""A picture laid over another is found by its outline alone, also where the one below is full of edges."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from safety.detectors.outlines import overlap, rectangles
from tests.safety.test_pictures import drawing

WIDE, HIGH = 480, 270


def busy(seed: int) -> NDArray[np.uint8]:
    """A picture full of lines and boxes, as a page or a street has them: uint8 [270, 480, 3]."""
    rng = np.random.default_rng(seed)
    picture = cv2.resize(drawing(seed), (WIDE, HIGH))
    for _ in range(60):
        x, y = int(rng.integers(0, WIDE)), int(rng.integers(0, HIGH))
        far = (x + int(rng.integers(8, 60)), y + int(rng.integers(4, 40)))
        cv2.rectangle(picture, (x, y), far, [int(c) for c in rng.integers(0, 256, 3)], 1)
    return np.asarray(picture, np.uint8)


def shared(picture: NDArray[np.uint8], box: tuple[int, int, int, int]) -> float:
    """What the best of sixteen rectangles has in common with a place (left, top, right, bottom)."""
    found = rectangles(picture, 16)
    assert len(found) <= 16
    return float(overlap(np.array(box), np.array(found)).max()) if found else 0.0


@pytest.mark.parametrize(
    "box", [(150, 60, 290, 200), (0, 0, 120, 120), (360, 150, 480, 270), (110, 0, 380, 270), (30, 100, 330, 220)],
    ids=["inside", "upper left corner", "lower right corner", "full height", "wide"],
)  # fmt: skip
def test_a_picture_over_a_busy_one_is_outlined(box: tuple[int, int, int, int]) -> None:
    picture, (left, top, right, bottom) = busy(4), box
    picture[top:bottom, left:right] = cv2.resize(drawing(1), (right - left, bottom - top))
    assert shared(picture, box) > 0.9


@pytest.mark.parametrize("size", [(20, 400), (39, 39), (1, 1)])
def test_small_pictures_have_no_pictures_in_them(size: tuple[int, int]) -> None:
    assert rectangles(np.random.default_rng(1).integers(0, 255, (*size, 3), dtype=np.uint8), 16) == []


def test_a_plain_picture_has_no_pictures_in_it() -> None:
    assert rectangles(np.full((200, 300, 3), 90, np.uint8), 16) == []

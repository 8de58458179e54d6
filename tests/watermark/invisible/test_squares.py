"""Even pictures: which squares get a whole level, and which keep it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from watermark.invisible import mask
from watermark.invisible.squares import Squares, whole_levels


def test_a_block_is_changed_as_a_whole_where_that_is_cheaper() -> None:
    wanted = np.array([[0.6, 0.55, 0.4, 0.3, 1.6, 0.1], [0.6, 0.5, 0.4, -0.3, -1.6, 0.1]], np.float32)
    assert whole_levels(wanted).tolist() == [[1, 1, 0, 0, 2, 0], [1, 1, 0, 0, -2, 0]]


def _change(squares: Squares, allowed: float, gain: float | None = None) -> np.ndarray:
    """What `squares` writes where so much is allowed everywhere."""
    luma, cells = np.full((720, 1280), 128, np.uint8), np.full((90, 160), 1, np.float32)
    squares.add(luma, np.float32(allowed) * cells, gain)
    return luma.astype(int) - 128


@pytest.fixture
def squares() -> Squares:
    plane = np.random.default_rng(3).normal(0, 1, (45, 80)).astype(np.float32)
    return Squares(cv2.resize(plane, (1280, 720), interpolation=cv2.INTER_CUBIC), mask.FLAT_RMS)


def test_an_amplitude_that_wavers_between_key_frames_changes_no_square(squares: Squares) -> None:
    first = _change(squares, 0.33)
    assert np.array_equal(_change(squares, 0.40, 1.0), first)
    assert np.abs(_change(squares, 0.60, 1.0)).sum() > np.abs(first).sum()


def test_a_key_frame_takes_the_amplitude_anew(squares: Squares) -> None:
    first = _change(squares, 0.33)
    assert np.abs(_change(squares, 0.40)).sum() > np.abs(first).sum()


def test_less_is_written_in_a_fade_and_all_of_it_after(squares: Squares) -> None:
    first = _change(squares, 0.33)
    assert np.abs(_change(squares, 0.33, 0.3)).sum() < 0.1 * np.abs(first).sum()
    assert np.array_equal(_change(squares, 0.33, 1.0), first)

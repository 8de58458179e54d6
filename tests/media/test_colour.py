"""BT.709 there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.colour import black, chroma, luma, to_i420, to_picture
from tests.media import makers


@pytest.mark.parametrize(
    ("rgb", "yuv"), [((0, 0, 0), (16, 128, 128)), ((255, 255, 255), (235, 128, 128)), ((255, 0, 0), (63, 102, 240))]
)
def test_reference_colours(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    frame = to_i420(np.full((16, 16, 3), rgb, np.uint8))
    assert (luma(frame)[0, 0], chroma(frame)[0][0, 0], chroma(frame)[1][0, 0]) == yuv


@settings(max_examples=25, deadline=None)
@given(st.integers(40, 90), st.integers(40, 90), st.integers(0, 1000))
def test_a_smooth_picture_survives(half_width: int, half_height: int, seed: int) -> None:
    original = makers.picture(half_width * 2, half_height * 2, seed)
    assert np.abs(to_picture(to_i420(original)).astype(int) - original).mean() < 3


def test_black_is_black() -> None:
    assert to_picture(black(32, 16)).max() == 0

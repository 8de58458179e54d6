"""How strong the mark may be: texture hides it, outlines hardly do."""

from __future__ import annotations

import numpy as np
import pytest

from watermark.invisible import mask


def _outlined(width: int) -> tuple[np.ndarray, np.ndarray]:
    """Luma of even ground with an outline, `width` px wide, down the middle: at half the size, and its cells."""
    luma = np.full((720, 1280), 110, np.uint8)
    luma[:, 640 : 640 + width] = 30
    return mask.brightness(luma)


@pytest.mark.parametrize("width", [3, 8, 640])
def test_ground_beside_an_outline_bears_little_more_than_even_ground_and_is_not_raised(width: int) -> None:
    half, cells = _outlined(width)
    allowed, raisable = mask.visibility(half, cells)
    assert float(raisable.max()) < 1.6 * mask.FLAT_RMS
    assert float(allowed.max()) < mask.FLAT_RMS + 1.2
    raised = mask.raised(allowed, cells, mask.FLAT_RMS, 3.0, 10.0, raisable)
    assert float((raised - allowed).max()) < 0.2


def test_texture_all_around_is_raised() -> None:
    noise = np.random.default_rng(3).normal(110, 12, (720, 1280)).clip(0, 255).astype(np.uint8)
    half, cells = mask.brightness(noise)
    allowed, raisable = mask.visibility(half, cells)
    assert np.array_equal(allowed, raisable)
    assert float(np.median(allowed)) > 3 * mask.FLAT_RMS

"""Media that the tests make, and the shared test data beside the checkout where it is present."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared test data is not beside this checkout")

from safety.signals import MediaItem  # noqa: E402


def item(path: Path, kind: str = "image", where: str = "") -> MediaItem:
    return MediaItem(where or f"{kind}1", kind, str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def saved(folder: Path, picture: np.ndarray, name: str = "picture.png") -> MediaItem:
    """Write an RGB or RGBA picture and describe it."""
    code = cv2.COLOR_RGB2BGR if picture.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    assert cv2.imwrite(str(folder / name), cv2.cvtColor(np.ascontiguousarray(picture), code))
    return item(folder / name)


def smiley(side: int = 256) -> np.ndarray:
    """A plainly drawn face."""
    picture = np.full((side, side, 3), (120, 190, 240), np.uint8)
    middle, radius = side // 2, side // 3
    cv2.circle(picture, (middle, middle), radius, (255, 220, 80), -1)
    cv2.circle(picture, (middle, middle), radius, (20, 20, 20), 3)
    for x in (middle - radius // 3, middle + radius // 3):
        cv2.circle(picture, (x, middle - radius // 4), radius // 8, (20, 20, 20), -1)
    cv2.ellipse(picture, (middle, middle + radius // 5), (radius // 2, radius // 3), 0, 10, 170, (20, 20, 20), 3)
    return picture


def landscape(height: int = 360, width: int = 640, seed: int = 0) -> np.ndarray:
    """Sky, hills and grain, without anyone in it."""
    rng = np.random.default_rng(seed)
    rows = np.linspace(0, 1, height)[:, None, None]
    picture = (1 - rows) * (90, 140, 210) + rows * (70, 110, 60) + np.zeros((height, width, 1))
    ridge = height * 0.6 + np.cumsum(rng.normal(0, 1.5, width))
    picture[np.arange(height)[:, None] > ridge[None]] *= 0.6
    return np.clip(picture + rng.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)


def pasted(below: np.ndarray, above: np.ndarray, left: int, top: int) -> np.ndarray:
    out = below.copy()
    out[top : top + above.shape[0], left : left + above.shape[1]] = above
    return out

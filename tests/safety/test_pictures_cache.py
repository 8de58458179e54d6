"""A picture registered while the service runs works at once, remembered observations or not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from media.encode import write_picture
from safety import policy
from safety.detectors.pictures import PictureDetector
from safety.screen import Screener
from safety.signals import MediaItem
from safety.verdict import Decision


def test_a_new_picture_is_found_by_a_running_screener(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    picture = np.kron(rng.integers(0, 255, (12, 16, 3), dtype=np.uint8), np.ones((20, 20, 1), np.uint8))
    write_picture(tmp_path / "a.png", picture)
    sha256 = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    item = MediaItem("image1", "image", str(tmp_path / "a.png"), sha256)
    detector = PictureDetector()
    screener = Screener([detector], policy.load("strict"))
    assert screener.judge([item]).decision is Decision.ALLOW
    detector.index.add("entry-1", picture)
    assert screener.judge([item]).decision is not Decision.ALLOW

"""The shapes that all folders exchange.

Frame
    uint8 [height * 3 // 2, width], planar YUV 4:2:0 (I420): the Y plane in the first `height` rows, then
    U and V, each height/2 x width/2, stored as consecutive bytes. BT.709, limited range (Y 16-235).
    Width and height are even. This is what x264 takes, so no frame is converted on its way out.
Picture
    uint8 [height, width, 3], RGB, sRGB, upright, alpha flattened on white.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Picture = NDArray[np.uint8]

ASPECTS: dict[str, Fraction] = {
    "16:9": Fraction(16, 9),
    "9:16": Fraction(9, 16),
    "1:1": Fraction(1),
    "4:3": Fraction(4, 3),
    "3:4": Fraction(3, 4),
    "21:9": Fraction(21, 9),
}
SHORT_SIDE_PX: dict[str, int] = {"480p": 480, "720p": 720, "1080p": 1080, "2160p": 2160}


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Size and rate of a video. Both sides are even; `fps` is exact."""

    width_px: int
    height_px: int
    fps: Fraction

    def __post_init__(self) -> None:
        if self.width_px % 2 or self.height_px % 2 or self.width_px < 16 or self.height_px < 16:
            raise ValueError("width and height are even and at least 16")
        if self.fps <= 0:
            raise ValueError("fps is positive")

    @property
    def short_side_px(self) -> int:
        return min(self.width_px, self.height_px)

    @classmethod
    def of(cls, resolution: str, aspect: str, fps: Fraction | int) -> VideoFormat:
        """The format of a named resolution (its short side) and aspect ratio."""
        short, ratio = SHORT_SIDE_PX[resolution], ASPECTS[aspect]
        if ratio >= 1:
            return cls(_even(short * ratio), short, Fraction(fps))
        return cls(short, _even(short / ratio), Fraction(fps))


def _even(length: Fraction | float) -> int:
    return round(length / 2) * 2


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Sound in memory: `samples` float32 [channels, n] in [-1, 1], `rate_hz` samples per second."""

    samples: NDArray[np.float32]
    rate_hz: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise ValueError("samples are float32 [channels, n]")
        if self.rate_hz <= 0:
            raise ValueError("rate_hz is positive")

    @property
    def duration_s(self) -> float:
        return float(self.samples.shape[1] / self.rate_hz)

    def mono(self) -> NDArray[np.float32]:
        """float32 [n]: the mean of the channels."""
        return np.asarray(self.samples.mean(axis=0), dtype=np.float32)

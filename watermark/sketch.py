"""Whether a picture shows the same as a released one or a part of it: cut out, mirrored, darker, with bars around it.

The ledger keeps *sketches*: one bit per pixel of a small copy, lighter or darker than its surroundings (the sign of a
difference of Gaussians, as in Marr and Hildreth, "Theory of edge detection", Proc. R. Soc. Lond. B 207, 1980). A
question comes as a small grey picture, which is never stored. It is laid over the sketch at every size and place.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

SHORT_PX: Final = 72
LONG_PX: Final = 216
ALIKE: Final = 17.0
"""Correlation from which a part may count as found, in standard deviations if pixels were independent. Of 53 pictures,
parts of 40 % of each side had 19.9 and more, those of 60 % 27.7; 848 parts of others at most 16.2."""
STANDS_OUT: Final = 5.5
"""The same in standard deviations over all places: smooth pictures agree with each other over wide areas. Nine in ten
parts of 40 % had 7 and more, parts of others, made smooth ones among them, at most 5.2."""
LEAST_SHARE: Final = 0.36  # of each side; smaller parts have too few pixels
_STEP: Final = 0.96  # from one size to the next
_FINE, _COARSE = 0.7, 1.5  # px, the two Gaussians
_BAR_DEVIATION: Final = 4.0  # of a row's grey levels, below which it may be a bar
_MOST_BARS: Final = 0.6

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sketch:
    """`bits`: base64 of width x height bits, row by row; 1 is lighter than the surroundings."""

    width: int
    height: int
    bits: str

    def signs(self) -> NDArray[np.float32]:
        """float32 [height, width] of +1 and -1.

        Raises:
            ValueError: the bits are not those of such a picture.
        """
        raw = np.frombuffer(base64.b64decode(self.bits, validate=True), np.uint8)
        count = self.width * self.height
        if min(self.width, self.height) < 8 or len(raw) != -(-count // 8):
            raise ValueError("a sketch has as many bits as pixels")
        return np.where(np.unpackbits(raw)[:count], 1.0, -1.0).astype(np.float32).reshape(self.height, self.width)


@dataclass(frozen=True, slots=True)
class Thumb:
    """`grey`: base64 of width x height bytes, a small copy without bars.

    Raises:
        ValueError: the bytes are not those of such a picture.
    """

    width: int
    height: int
    grey: str

    def __post_init__(self) -> None:
        self.picture()  # thumbs come out of the cage: what is damaged is refused where it comes in

    def picture(self) -> Grey:
        """uint8 [height, width]."""
        raw = np.frombuffer(base64.b64decode(self.grey, validate=True), np.uint8)
        if not 0 < max(self.width, self.height) <= 2 * LONG_PX:
            raise ValueError("a thumb is small")
        return raw.reshape(self.height, self.width)


def small(luma: Grey) -> Grey:
    """uint8 [72, w] or [h, 72] of a picture uint8 [H, W]: what sketches and thumbs are made of."""
    scale = SHORT_PX / min(luma.shape)
    size = (min(LONG_PX, max(1, round(side * scale))) for side in luma.shape[::-1])
    return np.asarray(cv2.resize(luma, tuple(size), interpolation=cv2.INTER_AREA), np.uint8)


def sketch(picture: Grey) -> Sketch:
    """Of what `small` gives."""
    bits = np.packbits(_edges(picture) > 0)
    return Sketch(picture.shape[1], picture.shape[0], base64.b64encode(bits.tobytes()).decode())


def thumb(luma: Grey) -> Thumb:
    """Of a picture uint8 [H, W] of any size."""
    picture = small(_without_bars(luma))
    return Thumb(picture.shape[1], picture.shape[0], base64.b64encode(picture.tobytes()).decode())


def share_shown(thumbs: Sequence[Thumb], sketches: Sequence[Sketch]) -> float:
    """How many of the pictures, in [0, 1], show one of the sketches or a part of it; mirrored ones count.

    Raises:
        ValueError: a sketch is damaged.
    """
    if not thumbs or not sketches:
        return 0.0
    known = [each.signs() for each in sketches]
    return sum(_shows(each.picture(), known) for each in thumbs) / len(thumbs)


def _shows(picture: Grey, known: Sequence[NDArray[np.float32]]) -> bool:
    return any(shows_part(turned, signs) for turned in (picture, picture[:, ::-1]) for signs in known)


def shows_part(picture: Grey, signs: NDArray[np.float32]) -> bool:
    """Whether a picture uint8 [h, w] agrees somewhere, at some size, with a sketch: float32 [H, W] of signs."""
    share = 1.0
    while share >= LEAST_SHARE:
        scale = share * min(signs.shape[1] / picture.shape[1], signs.shape[0] / picture.shape[0])
        size = tuple(max(8, round(side * scale)) for side in picture.shape[::-1])
        if size[0] <= signs.shape[1] and size[1] <= signs.shape[0]:
            edges = _edges(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))
            edges = np.clip(edges / (np.abs(edges).mean() + 1e-6), -1.0, 1.0)
            edges -= edges.mean()  # even ground is all of one sign in a sketch
            best = float(cv2.matchTemplate(signs, edges, cv2.TM_CCORR).max())
            if best >= ALIKE * np.linalg.norm(edges) and best >= STANDS_OUT * _spread(edges, signs):
                return True
        share *= _STEP
    return False


def _spread(edges: NDArray[np.float32], signs: NDArray[np.float32]) -> float:
    """Standard deviation of the correlation over all places, those across the border included."""
    turned = np.conj(scipy.fft.rfft2(edges, s=signs.shape))
    return float(scipy.fft.irfft2(turned * scipy.fft.rfft2(signs), s=signs.shape).std()) + 1e-6


def _edges(picture: Grey) -> NDArray[np.float32]:
    fine = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _FINE)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), _COARSE), np.float32)


def _without_bars(luma: Grey) -> Grey:
    """The picture between bars of one colour, if there are any."""
    spans = []
    for axis in (1, 0):
        busy = np.flatnonzero(luma.std(axis) > _BAR_DEVIATION)
        length = luma.shape[1 - axis]
        whole = not len(busy) or busy[-1] + 1 - busy[0] < (1 - _MOST_BARS) * length
        spans.append(slice(0, length) if whole else slice(int(busy[0]), int(busy[-1]) + 1))
    return np.ascontiguousarray(luma[spans[0], spans[1]])

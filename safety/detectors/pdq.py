"""Perceptual hashes of pictures: PDQ (256 bits) and pHash (64 bits), for many views of one picture.

PDQ follows Meta's description (ThreatExchange, hashing.pdf, 2019): 64 x 64 luma, 16 x 16 low DCT
coefficients, threshold at their median, and a quality from the gradient sum. Area averaging replaces
its two-pass tent filter, so hashes compare within this project only. pHash is that of the `imagehash`
package; it takes half a millisecond, and is made only where PDQ wants a second vote.

A view is hashed in one orientation that its eight mirrored and turned forms share: with more going on across than down,
and both slopes falling. A picture under test is hashed in the other orientations, too, where that is a close call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safety.detectors.views import Luma, entry_views, query_views

LEAST_QUALITY: Final = 30  # of 100: below it a picture has too little detail to tell it from others
FAINT: Final = 4.0  # a bit this near its threshold is turned over by saving the picture again
CLOSE_SLOPE: Final = 0.15  # of the strength of the low frequencies: a smaller slope may have turned
CLOSE_ACROSS: Final = 1.7  # times as much across as down, or less: the picture may have been turned
Way = tuple[bool, bool, bool]  # mirrored left to right; top to bottom; then rows and columns swapped


def _dct(rows: int, size: int) -> NDArray[np.float32]:
    k, n = np.arange(rows)[:, None], np.arange(size)[None, :]
    return np.asarray(np.sqrt(2 / size) * np.cos(np.pi / (2 * size) * k * (2 * n + 1)), np.float32)


_DCT: Final = _dct(17, 64)
_ODD: Final = np.where(np.arange(17) % 2 == 1, -1.0, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Hashes:
    """Hashes of several views, row by row.

    Attributes:
        pdq: uint64 [n, 4].
        margins: float32 [n, 256]: how far each bit of `pdq` is from turning over.
        pictures: uint8 [n, 64, 64]: what was hashed.
    """

    pdq: NDArray[np.uint64]
    margins: NDArray[np.float32]
    pictures: NDArray[np.uint8]

    @property
    def faint(self) -> NDArray[np.float64]:
        """float64 [n]: the share of bits that are chance: nearly all in gradients and stripes, half under symmetry."""
        return np.asarray((self.margins < FAINT).mean(axis=1), np.float64)

    def only(self, which: NDArray[np.bool_]) -> Hashes:
        """These rows, bool [n]."""
        return Hashes(self.pdq[which], self.margins[which], self.pictures[which])

    def phash(self, numbers: Iterable[int]) -> NDArray[np.uint64]:
        """uint64: the second hash of these rows."""
        import imagehash
        from PIL import Image

        bits = [imagehash.phash(Image.fromarray(self.pictures[number])).hash for number in numbers]
        return np.packbits(np.array(bits, np.bool_).reshape(-1, 64), axis=1).view(np.uint64)[:, 0]

    def __len__(self) -> int:
        return len(self.pdq)


def query_hashes(rgb: NDArray[np.uint8]) -> Hashes:
    """All that is looked up for a picture under test. Expects uint8 [H, W, 3]."""
    return hashes(query_views(rgb), doubtful=True)


def entry_hashes(rgb: NDArray[np.uint8]) -> Hashes:
    """All that the index keeps of a registered picture. Expects uint8 [H, W, 3]."""
    return hashes(entry_views(rgb), doubtful=False)


def hashes(views: Iterable[Luma], doubtful: bool) -> Hashes:
    """Hashes of all views that have enough detail and size; in more than one orientation where `doubtful`."""
    import cv2

    small = [cv2.resize(v, (64, 64), interpolation=cv2.INTER_AREA) for v in views if min(v.shape) >= 16]
    pictures = np.array(small, np.uint8).reshape(-1, 64, 64)
    fine = pictures.astype(np.float32)
    steps = np.abs(np.diff(fine, axis=1)).sum((1, 2)) + np.abs(np.diff(fine, axis=2)).sum((1, 2))
    detailed = steps / 255 / 90 * 100 >= LEAST_QUALITY
    spectra = _DCT @ fine[detailed] @ _DCT.T
    forms = [
        _oriented(picture, spectrum, way)
        for picture, spectrum in zip(pictures[detailed], spectra, strict=True)
        for way in orientations(spectrum, doubtful)
    ]
    pdq = np.array([form for _, form in forms], np.float32).reshape(-1, 256)
    over = pdq - np.median(pdq, axis=1, keepdims=True) if forms else pdq
    bits = np.packbits(over > 0, axis=1).view(np.uint64)
    return Hashes(bits, np.abs(over), np.array([picture for picture, _ in forms], np.uint8).reshape(-1, 64, 64))


def orientations(spectrum: NDArray[np.float32], doubtful: bool) -> Iterator[Way]:
    """How to bring a view, here its DCT float32 [17, 17], to the orientation that all its forms share.

    Also the ways that are nearly as good where `doubtful`.
    """
    power = spectrum[:4, :4] ** 2
    across, down = float(power[0, 1:].sum()), float(power[1:, 0].sum())
    close = CLOSE_SLOPE * float(np.sqrt(power.sum() - power[0, 0])) if doubtful else 0.0
    mirrored, upturned = _rises(spectrum[0, 1], close), _rises(spectrum[1, 0], close)
    swapped: tuple[bool, ...] = (across < down,)
    if doubtful and max(across, down) <= CLOSE_ACROSS * min(across, down):
        swapped = (False, True)
    return product(mirrored, upturned, swapped)


def _rises(slope: float, close: float) -> tuple[bool, ...]:
    return (False, True) if abs(slope) < close else (bool(slope < 0),)


def _oriented(
    picture: NDArray[np.uint8], spectrum: NDArray[np.float32], way: Way
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The view [64, 64] turned that way, and the coefficients of its PDQ hash, [16, 16]."""
    mirrored, upturned, swapped = way
    turned = picture[:: -1 if upturned else 1, :: -1 if mirrored else 1]
    signs = (_ODD[:, None] if upturned else 1) * (_ODD[None, :] if mirrored else 1)
    low = (spectrum * signs)[1:, 1:]
    return (turned.T, low.T) if swapped else (turned, low)

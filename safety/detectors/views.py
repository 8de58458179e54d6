"""Which parts of a picture are hashed: what edits leave of a registered one, and what may be one in another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safety.detectors.outlines import rectangles

Luma = NDArray[np.uint8]
Box = tuple[float, float, float, float]  # left, top, width, height, in shares of the sides
TILTS_DEG: Final = (-6.0, -4.5, -3.0, -1.5, 1.5, 3.0, 4.5, 6.0)
# Width and height of a crop, and how many of them across and down. With the parts of a picture under test in `_uncut`,
# 98 of 100 crops by a fifth share 93 % of their area with one of these, whatever their place and shape.
GRIDS: Final = (
    (1.0, 0.9, 1, 2), (0.9, 1.0, 2, 1), (1.0, 0.8, 1, 2), (0.8, 1.0, 2, 1), (0.9, 0.9, 3, 3), (0.93, 0.83, 2, 4),
    (0.83, 0.93, 4, 2), (0.83, 0.83, 4, 4), (0.77, 0.77, 5, 5),
)  # fmt: skip
EDGE: Final = 0.05  # is cut off each side, pair of sides and corner of a picture under test
MIDDLE: Final = (0.0, 0.2, 1.0, 0.6)  # what letters above and below leave free
_ALIKE: Final = 10  # luma levels within which a border is uniform


def luma_of(rgb: NDArray[np.uint8], longest_px: int = 256) -> Luma:
    """BT.601 luma with at most so many pixels on the long side. Expects uint8 [H, W, 3]."""
    return np.asarray(cv2.cvtColor(_small(rgb, longest_px), cv2.COLOR_RGB2GRAY), np.uint8)


def recoloured(rgb: NDArray[np.uint8]) -> tuple[Luma, Luma, Luma]:
    """The greatest, least and mean channel of each pixel: what turning the hue and toning keep. uint8 [H, W, 3]."""
    small = _small(rgb, 256)
    red, green, blue = cv2.split(small)
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    mean = cv2.transform(small, np.full((1, 3), 1 / 3, np.float32))
    return np.asarray(most, np.uint8), np.asarray(least, np.uint8), np.asarray(mean, np.uint8)


def _small(rgb: NDArray[np.uint8], longest_px: int) -> NDArray[np.uint8]:
    scale = min(1.0, longest_px / max(rgb.shape[:2]))
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else rgb


def entry_views(rgb: NDArray[np.uint8]) -> Iterator[Luma]:
    """What the index keeps of a registered picture uint8 [H, W, 3]: whole, and what crops leave of it."""
    luma = luma_of(rgb)
    whole = trimmed(luma)
    yield whole
    for box in _crops():
        yield window(whole, *box)
    if whole.shape != luma.shape:
        yield luma
        yield window(luma, *MIDDLE)
        for side in (0.9, 0.85, 0.8):
            yield _centre(luma, side)
            for left, top in product((0, 1 - side), repeat=2):
                yield window(luma, left, top, side, side)
    for channel in recoloured(rgb):
        inner = trimmed(channel)
        yield inner
        for side in (0.95, 0.9, 0.85, 0.8):
            yield _centre(inner, side)


def _crops() -> Iterator[Box]:
    for width, height, across, down in GRIDS:
        lefts = [(1 - width) * n / max(1, across - 1) for n in range(across)]
        tops = [(1 - height) * n / max(1, down - 1) for n in range(down)]
        yield from ((left, top, width, height) for left in lefts for top in tops)
    yield MIDDLE


def query_views(rgb: NDArray[np.uint8]) -> Iterator[Luma]:
    """What is looked at in a picture under test uint8 [H, W, 3]: without border, caption and tilt, and parts of it."""
    luma = luma_of(rgb)
    yield from _uncut(luma, trimmed(luma))
    for degrees in TILTS_DEG:
        turned = tilted(luma, degrees)
        yield from _with_trimmed(_centre(turned, 0.86))
        yield from _only_trimmed(turned)
    yield from panels(luma_of(rgb, 512))
    for part in pasted(_small(rgb, 512)):
        yield from _with_trimmed(part)
    for channel in recoloured(rgb):
        inner = trimmed(channel)
        yield inner
        for cut in (0.1, 0.2):
            yield window(inner, 0, 0, 1, 1 - cut)
            yield window(inner, 0, cut, 1, 1 - cut)


def _uncut(luma: Luma, inner: Luma) -> Iterator[Luma]:
    """The picture and what borders, captions and letters leave of it; `inner` is it without its border."""
    yield from _edged(inner)
    for cut in (0.05, 0.1, 0.15, 0.2):
        yield _centre(inner, 1 - cut)
    for cut in (0.1, 0.2):
        yield window(inner, 0, 0, 1, 1 - cut)
        yield window(inner, 0, cut, 1, 1 - cut)
    yield window(inner, *MIDDLE)
    if inner.shape != luma.shape:
        yield from _edged(luma)
        yield window(luma, *MIDDLE)
    yield from uncaptioned(luma)
    for top in (0.0, 0.2):
        yield from _only_trimmed(window(luma, 0, top, 1, 0.8))


def _edged(luma: Luma) -> Iterator[Luma]:
    """The picture, and it without a strip of each side, pair of sides and corner."""
    for (left, width), (top, height) in product(((0, 1), (0, 1 - EDGE), (EDGE, 1 - EDGE)), repeat=2):
        yield window(luma, left, top, width, height)


def _with_trimmed(luma: Luma) -> Iterator[Luma]:
    yield luma
    yield from _only_trimmed(luma)


def _only_trimmed(luma: Luma) -> Iterator[Luma]:
    """The picture without its border, where it has one."""
    inner = trimmed(luma)
    if inner.shape != luma.shape:
        yield inner


def trimmed(luma: Luma) -> Luma:
    """The picture without uniform borders; unchanged when less than a quarter of a side would stay."""
    rows, columns = np.flatnonzero(_varied(luma)), np.flatnonzero(_varied(luma.T))
    if len(rows) < luma.shape[0] / 4 or len(columns) < luma.shape[1] / 4:
        return luma
    return luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _varied(luma: Luma) -> NDArray[np.bool_]:
    """bool [H]: rows in which more than a twenty-fifth of the pixels leaves a range of `_ALIKE` levels."""
    edge = luma.shape[1] // 50
    ordered = np.sort(luma, axis=1, kind="stable")
    return np.asarray(ordered[:, -1 - edge].astype(np.int16) - ordered[:, edge] > _ALIKE, np.bool_)


def uncaptioned(luma: Luma) -> Iterator[Luma]:
    """The picture without a bar of one colour with letters on it, above, below or both, where there is such a bar."""
    top, bottom = _bar(luma), _bar(luma[::-1])
    for above, below in {(top, 0), (0, bottom), (top, bottom)} - {(0, 0)}:
        if above + below < 0.75 * len(luma):
            yield trimmed(luma[above : len(luma) - below])


def _bar(luma: Luma) -> int:
    """Rows from the top of which more than half of the pixels have the colour of the first row."""
    ground = np.median(luma[0])
    same = (np.abs(luma.astype(np.int16) - int(ground)) <= _ALIKE).mean(axis=1) > 0.5
    return int(np.argmin(same)) if not same.all() else 0


def window(luma: Luma, left: float, top: float, width: float, height: float) -> Luma:
    """A part of the picture, given in fractions of its sides."""
    h, w = luma.shape
    return luma[int(top * h) : max(int((top + height) * h), 8), int(left * w) : max(int((left + width) * w), 8)]


def _centre(luma: Luma, side: float) -> Luma:
    return window(luma, (1 - side) / 2, (1 - side) / 2, side, side)


def tilted(luma: Luma, degrees: float) -> Luma:
    """The picture turned about its centre, its edges drawn out."""
    h, w = luma.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(luma, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def pasted(rgb: NDArray[np.uint8], most: int = 16) -> Iterator[Luma]:
    """Parts of the picture uint8 [H, W, 3] that may have been laid over it."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    for left, top, right, bottom in rectangles(rgb, most):
        yield np.asarray(luma[top:bottom, left:right], np.uint8)


def panels(luma: Luma, most: int = 10) -> Iterator[Luma]:
    """Rectangles inside the picture that may be pictures of their own, largest first."""
    for left, top, width, height in boxes(luma, most):
        yield trimmed(luma[top + 2 : top + height, left + 2 : left + width])


def boxes(luma: Luma, most: int) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height, in pixels, of at most so many rectangles that may be pictures, largest first."""
    h, w = luma.shape
    edges = cv2.dilate(cv2.Canny(luma, 40, 120), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: set[Any] = set()
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:40]:
        left, top, width, height = cv2.boundingRect(contour)
        if width * height > 0.06 * h * w and width * height < 0.98 * h * w and min(width, height) > 32:
            found.add((left // 4 * 4, top // 4 * 4, width // 4 * 4, height // 4 * 4))
    return sorted(found, key=lambda box: (-box[2] * box[3], box))[:most]

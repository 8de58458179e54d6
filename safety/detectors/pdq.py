"""Perceptual hashes of pictures: PDQ (256 bits) and pHash (64 bits), for many views of one picture.

PDQ follows Meta's description (ThreatExchange, hashing.pdf, 2019): 64 x 64 luma, 16 x 16 low DCT
coefficients, threshold at their median, and a quality from the gradient sum. Area averaging replaces
its two-pass tent filter, so hashes compare within this project only. pHash is the usual 8 x 8 of a
32 x 32 DCT.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
LEAST_QUALITY: Final = 30  # of 100: below it a picture has too little detail to tell it from others
CROPS: Final = (0.95, 0.9, 0.85, 0.8)
EDGE_STEP: Final = 6  # luma levels between neighbours
LEAST_SIDE: Final = 0.2  # of the shorter side: a smaller picture inside another is not looked for
LONGEST_GAP: Final = 3  # pixels without an edge inside a straight run
LEAST_OUTLINE: Final = 0.5
TILTS_DEG: Final = (-6.0, -3.0, 3.0, 6.0)


def _dct(rows: int, size: int) -> NDArray[np.float32]:
    k, n = np.arange(1, rows + 1)[:, None], np.arange(size)[None, :]
    return np.asarray(np.sqrt(2 / size) * np.cos(np.pi / (2 * size) * k * (2 * n + 1)), np.float32)


_PDQ_DCT: Final = _dct(16, 64)
_PHASH_DCT: Final = np.vstack([np.full((1, 32), np.sqrt(1 / 32), np.float32), _dct(7, 32)])
_SIGN: Final = np.where(np.arange(1, 17) % 2 == 1, -1.0, 1.0).astype(np.float32)
_SIGN_P: Final = np.where(np.arange(8) % 2 == 1, -1.0, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Hashes:
    """Hashes of several views, row by row.

    Attributes:
        pdq: uint64 [n, 4].
        phash: uint64 [n].
    """

    pdq: NDArray[np.uint64]
    phash: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.phash)


def luma_of(rgb: NDArray[np.uint8]) -> Luma:
    """BT.601 luma, at most 512 px on the long side. Expects uint8 [H, W, 3]."""
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    scale = 512 / max(grey.shape)
    if scale < 1:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def recoloured(rgb: NDArray[np.uint8]) -> tuple[Luma, Luma]:
    """The greatest and the least channel of each pixel, which turning the hue keeps. Expects uint8 [H, W, 3]."""
    import cv2

    scale = min(1.0, 512 / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    return np.asarray(small.max(axis=2), np.uint8), np.asarray(small.min(axis=2), np.uint8)


def query_hashes(rgb: NDArray[np.uint8]) -> Hashes:
    """All that is looked up for a picture under test. Expects uint8 [H, W, 3]."""

    def views() -> Iterator[Luma]:
        yield from query_views(luma_of(rgb))
        for channel in recoloured(rgb):
            inner = trimmed(channel)
            yield inner
            for cut in (0.1, 0.2):
                yield window(inner, 0, 0, 1, 1 - cut)
                yield window(inner, 0, cut, 1, 1 - cut)

    return hashes(views(), turns=False)


def trimmed(luma: Luma, tolerance: int = 10) -> Luma:
    """The picture without uniform borders; unchanged when less than a quarter of a side would stay."""
    rows = np.flatnonzero(_varied(luma, tolerance))
    columns = np.flatnonzero(_varied(luma.T, tolerance))
    if len(rows) < luma.shape[0] / 4 or len(columns) < luma.shape[1] / 4:
        return luma
    return luma[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _varied(luma: Luma, tolerance: int) -> NDArray[np.bool_]:
    low, high = np.percentile(luma, (2, 98), axis=1)
    return np.asarray(high - low > tolerance, np.bool_)


def _coefficients(luma: Luma) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    import cv2

    small = cv2.resize(luma, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    tiny = cv2.resize(small, (32, 32), interpolation=cv2.INTER_AREA)
    steps = np.abs(np.diff(small, axis=0)).sum() + np.abs(np.diff(small, axis=1)).sum()
    return _PDQ_DCT @ small @ _PDQ_DCT.T, _PHASH_DCT @ tiny @ _PHASH_DCT.T, int(min(100, steps / 255 / 90 * 100))


def _pack(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(bits.ravel()).view(np.uint64)


def _bits(pdq: NDArray[np.float32], phash: NDArray[np.float32]) -> tuple[NDArray[np.uint64], np.uint64]:
    flat = phash.ravel()
    return _pack(pdq > np.median(pdq)), _pack(phash > np.median(flat[1:]))[0]


def dihedral(luma: Luma, turns: bool = True) -> Iterator[tuple[NDArray[np.uint64], np.uint64]]:
    """Hashes of a picture and its mirrored and turned forms: 8, or 2 (as is, mirrored) without `turns`.

    Yields nothing for a picture without detail.
    """
    pdq, phash, quality = _coefficients(luma)
    if quality < LEAST_QUALITY:
        return
    for swap in (False, True) if turns else (False,):
        a, b = (pdq.T, phash.T) if swap else (pdq, phash)
        for vertical in (False, True) if turns else (False,):
            for mirrored in (False, True):
                c = a * (_SIGN[:, None] if vertical else 1) * (_SIGN[None, :] if mirrored else 1)
                d = b * (_SIGN_P[:, None] if vertical else 1) * (_SIGN_P[None, :] if mirrored else 1)
                yield _bits(c, d)


def window(luma: Luma, left: float, top: float, width: float, height: float) -> Luma:
    """A part of the picture, given in fractions of its sides."""
    h, w = luma.shape
    return luma[int(top * h) : max(int((top + height) * h), 8), int(left * w) : max(int((left + width) * w), 8)]


def tilted(luma: Luma, degrees: float) -> Luma:
    """The picture turned about its centre and cut to the part that is still covered."""
    import cv2

    h, w = luma.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(luma, matrix, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def entry_hashes(rgb: NDArray[np.uint8]) -> Hashes:
    """All that the index keeps of a registered picture. Expects uint8 [H, W, 3]."""

    def views() -> Iterator[Luma]:
        yield from entry_views(trimmed(luma_of(rgb)))
        for channel in recoloured(rgb):
            inner = trimmed(channel)
            yield inner
            for side in CROPS:
                yield window(inner, (1 - side) / 2, (1 - side) / 2, side, side)

    return hashes(views(), turns=True)


def entry_views(luma: Luma) -> Iterator[Luma]:
    """What the index keeps of a registered picture: whole, crops, corners, slight turns."""
    yield luma
    for side in CROPS:
        yield window(luma, (1 - side) / 2, (1 - side) / 2, side, side)
    for side in (0.95, 0.9, 0.85, 0.8):
        for left in (0.0, 1 - side):
            for top in (0.0, 1 - side):
                yield window(luma, left, top, side, side)
    for side in (0.95, 0.9, 0.85, 0.8):
        for left, top, width, height in (
            (0, 0, 1, side), (0, 1 - side, 1, side), (0, 0, side, 1), (1 - side, 0, side, 1)
        ):  # fmt: skip
            yield window(luma, left, top, width, height)
    for degrees in TILTS_DEG:
        turned = tilted(luma, degrees)
        yield turned
        yield window(turned, 0.07, 0.07, 0.86, 0.86)


def query_views(luma: Luma) -> Iterator[Luma]:
    """What is looked at in a picture under test: trimmed, without caption bars, and pictures inside it."""
    yield luma
    inner = trimmed(luma)
    if inner.shape != luma.shape:
        yield inner
    for cut in (0.05, 0.1, 0.15, 0.2):
        yield window(inner, 0, 0, 1, 1 - cut)
        yield window(inner, 0, cut, 1, 1 - cut)
        yield window(inner, cut / 2, cut / 2, 1 - cut, 1 - cut)
    yield from panels(luma)
    yield from pasted(luma)


def pasted(luma: Luma, most: int = 8) -> Iterator[Luma]:
    """Upright rectangles whose four sides are straight edges, as a picture laid over another one has; best first.

    Candidate sides come from long straight runs of edge; a rectangle counts by the share of its outline that is edge.
    """
    grey = luma.astype(np.int16)
    down = np.abs(np.diff(grey, axis=1, prepend=grey[:, :1])) > EDGE_STEP
    across = np.abs(np.diff(grey, axis=0, prepend=grey[:1])) > EDGE_STEP
    least = int(LEAST_SIDE * min(luma.shape))
    upright, level = _straight(down, least), _straight(across.T, least)
    xs = _apart([x for x, _, _ in upright] + [end for _, a, b in level for end in (a, b + 1)], luma.shape[1])
    ys = _apart([y for y, _, _ in level] + [end for _, a, b in upright for end in (a, b + 1)], luma.shape[0])
    boxes = [
        (left, top, right, bottom)
        for left, right in _pairs(xs, least)
        for top, bottom in _pairs(ys, least)
        if (right - left) * (bottom - top) < 0.95 * luma.size
    ]
    if not boxes:
        return
    share = _outlined(down, across, np.array(boxes))
    for n in np.argsort(-share)[:most]:
        if share[n] < LEAST_OUTLINE:
            return
        left, top, right, bottom = boxes[int(n)]
        yield luma[top:bottom, left:right]


def _straight(edge: NDArray[np.bool_], least: int) -> list[tuple[int, int, int]]:
    """Runs of edge of at least `least` pixels down a column, small gaps allowed: (column, first, last)."""
    found = []
    for column in np.flatnonzero(edge.sum(axis=0) >= 0.7 * least):
        rows = np.flatnonzero(edge[:, column])
        cuts = np.flatnonzero(np.diff(rows) > LONGEST_GAP) + 1
        for run in np.split(rows, cuts):
            length = int(run[-1] - run[0]) + 1
            if length >= least and len(run) >= 0.7 * length:
                found.append((int(column), int(run[0]), int(run[-1])))
    return found


def _apart(places: list[int], size: int, most: int = 24) -> list[int]:
    """The most frequent places, at least three pixels apart, with both ends of the picture."""
    kept: list[int] = []
    for place in sorted(set(places), key=lambda p: (-places.count(p), p)):
        if all(abs(place - k) > 2 for k in kept):
            kept.append(place)
    return sorted({0, size, *kept[:most]})


def _pairs(places: list[int], least: int) -> list[tuple[int, int]]:
    return [(a, b) for n, a in enumerate(places) for b in places[n + 1 :] if b - a >= least]


def _outlined(down: NDArray[np.bool_], across: NDArray[np.bool_], boxes: NDArray[np.int_]) -> NDArray[np.float64]:
    """For each box (left, top, right, bottom): the share of edge on its third-best side. float64 [n]."""
    high, wide = (np.zeros((down.shape[0] + 2, down.shape[1] + 2)) for _ in range(2))
    high[1:-1, :-2] = np.cumsum(down, axis=0)
    high[-1] = high[-2]
    wide[:-2, 1:-1] = np.cumsum(across, axis=1)
    wide[:, -1] = wide[:, -2]
    left, top, right, bottom = boxes.T
    tall, broad = np.maximum(1, bottom - top), np.maximum(1, right - left)
    sides = np.stack([
        (high[bottom, left] - high[top, left]) / tall, (high[bottom, right] - high[top, right]) / tall,
        (wide[top, right] - wide[top, left]) / broad, (wide[bottom, right] - wide[bottom, left]) / broad,
    ])  # fmt: skip
    return np.asarray(np.sort(sides, axis=0)[1] + 0.1 * sides.mean(axis=0), np.float64)


def panels(luma: Luma, most: int = 10) -> Iterator[Luma]:
    """Rectangles inside the picture that may be pictures of their own, largest first."""
    import cv2

    h, w = luma.shape
    edges = cv2.dilate(cv2.Canny(luma, 40, 120), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes: set[Any] = set()
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:40]:
        left, top, width, height = cv2.boundingRect(contour)
        if width * height > 0.06 * h * w and width * height < 0.98 * h * w and min(width, height) > 32:
            boxes.add((left // 4 * 4, top // 4 * 4, width // 4 * 4, height // 4 * 4))
    for left, top, width, height in sorted(boxes, key=lambda b: -b[2] * b[3])[:most]:
        yield trimmed(luma[top + 2 : top + height, left + 2 : left + width])


def hashes(views: Iterator[Luma], turns: bool) -> Hashes:
    """Hashes of all views that have enough detail and size."""
    rows = [pair for view in views if min(view.shape) >= 16 for pair in dihedral(np.ascontiguousarray(view), turns)]
    if not rows:
        return Hashes(np.zeros((0, 4), np.uint64), np.zeros(0, np.uint64))
    return Hashes(np.stack([p for p, _ in rows]), np.array([q for _, q in rows], np.uint64))

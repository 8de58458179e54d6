"""Planar 4:2:0 arithmetic: resampling and blending of Y, U and V without ever making an RGB frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame
from media.colour import chroma, luma, to_i420
from pipeline.engines.animatic.canvas import Canvas

Plane = NDArray[np.uint8]
Layer = NDArray[np.float32]

# Tiles with alpha carry a clear rim this wide, so that the cheap resampler never has to look beyond them.
RIM_PX = 10
Matrix = NDArray[np.float64]

_Y = np.array([0.2126, 0.7152, 0.0722]) * 219 / 255
_U = np.array([-0.2126, -0.7152, 0.9278]) / 1.8556 * 224 / 255
_V = np.array([0.7874, -0.7152, -0.0722]) / 1.5748 * 224 / 255


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A premultiplied piece of picture. `solid` tiles have no alpha and cover all they touch.

    y, a: uint8 [h, w]; u, v, half: uint8 [h/2, w/2] (`half` is the alpha of the chroma planes).
    """

    y: Plane
    u: Plane
    v: Plane
    a: Plane | None = None
    half: Plane | None = None

    @property
    def solid(self) -> bool:
        return self.a is None

    @classmethod
    def of_canvas(cls, canvas: Canvas, solid: bool = False) -> Self:
        """The canvas as planes; a fixed half-step dither keeps gradients free of bands."""
        return cls.of_layers(canvas.planes, None if solid else canvas.alpha)

    @classmethod
    def of_layers(cls, colour: Sequence[Layer], alpha: Layer | None) -> Self:
        """From premultiplied red, green and blue float32 [h, w] (0-255) and alpha [h, w] (0-1); even sides."""
        height, width = colour[0].shape
        dither = np.random.default_rng(7).random((height, width), np.float32)
        y = _weighed(colour, _Y, dither if alpha is None else dither * alpha)
        y += 16 if alpha is None else alpha * np.float32(16)
        size = (width // 2, height // 2)
        small = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in colour]
        small_alpha = None if alpha is None else cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
        base = np.float32(128) if small_alpha is None else small_alpha * np.float32(128)
        u, v = (_whole(_weighed(small, row, dither[: size[1], : size[0]]) + base) for row in (_U, _V))
        if alpha is None or small_alpha is None:
            return cls(_whole(y), u, v)
        return cls(_whole(y), u, v, _byte(alpha), _byte(small_alpha))

    @classmethod
    def of_picture(cls, picture: NDArray[np.uint8]) -> Self:
        """A solid tile of an RGB picture with even sides."""
        frame = to_i420(picture)
        u, v = chroma(frame)
        return cls(luma(frame).copy(), u.copy(), v.copy())

    def masked(self, alpha: NDArray[np.float32]) -> Tile:
        """This solid tile behind an alpha mask float32 [h, w] (0-1)."""
        a = _byte(alpha)
        half = cv2.resize(a, (self.u.shape[1], self.u.shape[0]), interpolation=cv2.INTER_AREA)
        return Tile(
            cv2.multiply(self.y, a, scale=1 / 255), cv2.multiply(self.u, half, scale=1 / 255),
            cv2.multiply(self.v, half, scale=1 / 255), a, half,
        )  # fmt: skip


def _weighed(planes: Sequence[Layer], weights: NDArray[np.float64], start: Layer) -> Layer:
    total = start.copy()
    for plane, weight in zip(planes, weights, strict=True):
        cv2.scaleAdd(plane, float(weight), total, dst=total)
    return total


def _whole(plane: Layer) -> Plane:
    return np.clip(plane, 0, 255, out=plane).astype(np.uint8)


def _byte(alpha: NDArray[np.float32]) -> Plane:
    return np.clip(np.round(alpha * 255), 0, 255).astype(np.uint8)


def half_matrix(matrix: Matrix) -> Matrix:
    """The same mapping between planes of half the size (centres of pixels at +0.5)."""
    result = matrix.copy()
    result[:, 2] /= 2
    return result


def place(
    frame: Frame,
    tile: Tile,
    matrix: Matrix,
    opacity: float = 1.0,
    within: tuple[int, int, int, int] | None = None,
    full: bool = False,
) -> None:
    """Blend a tile into a frame, in place.

    Args:
        matrix: 2x3, from tile to frame coordinates in pixels, both measured from the outer edge.
        opacity: [0, 1].
        within: left, top, right, bottom, even: nothing outside is touched.
        full: the tile is opaque everywhere inside `within`.
    """
    if opacity <= 0.002:
        return
    window = _common(_window(frame, tile, matrix), within)
    if window is None:
        return
    left, top, right, bottom = window
    u, v = chroma(frame)
    part = luma(frame)[top:bottom, left:right]
    small = (slice(top // 2, bottom // 2), slice(left // 2, right // 2))
    _blend(part, tile.y, None if full else tile.a, matrix, (left, top), opacity)
    halved = half_matrix(matrix)
    corner = (left // 2, top // 2)
    if full or tile.half is None:
        _blend(u[small], tile.u, None, halved, corner, opacity)
        _blend(v[small], tile.v, None, halved, corner, opacity)
        return
    cover = _inverse(resample(tile.half, halved, corner, _size(u[small])), opacity)
    for target, source in ((u[small], tile.u), (v[small], tile.v)):
        _over(target, resample(source, halved, corner, _size(target)), cover, opacity)


def _common(
    window: tuple[int, int, int, int] | None, within: tuple[int, int, int, int] | None
) -> tuple[int, int, int, int] | None:
    if window is None or within is None:
        return window
    left, top = max(window[0], within[0]), max(window[1], within[1])
    right, bottom = min(window[2], within[2]), min(window[3], within[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _window(frame: Frame, tile: Tile, matrix: Matrix) -> tuple[int, int, int, int] | None:
    height, width = luma(frame).shape
    h, w = tile.y.shape
    corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]]) @ matrix.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    if not tile.solid:
        spare = (RIM_PX - 2) * np.abs(matrix[:, :2]).max()
        low, high = low + spare, high - spare
    left, top = (max(0, floor(v / 2) * 2) for v in low)
    right, bottom = min(width, floor(high[0] / 2) * 2 + 2), min(height, floor(high[1] / 2) * 2 + 2)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _size(plane: Plane) -> tuple[int, int]:
    return plane.shape[1], plane.shape[0]


def _blend(
    target: Plane, source: Plane, alpha: Plane | None, matrix: Matrix, corner: tuple[int, int], opacity: float
) -> None:
    fresh = resample(source, matrix, corner, _size(target), edge=alpha is None)
    if alpha is None:
        if opacity >= 0.999:
            target[:] = fresh
        else:
            cv2.addWeighted(target, 1 - opacity, fresh, opacity, 0, dst=target)
        return
    _over(target, fresh, _inverse(resample(alpha, matrix, corner, _size(target)), opacity), opacity)


def _inverse(alpha: Plane, opacity: float) -> Plane:
    if opacity < 0.999:
        alpha = cv2.convertScaleAbs(alpha, alpha=opacity)
    return np.asarray(cv2.bitwise_not(alpha), np.uint8)


def _over(target: Plane, fresh: Plane, keep: Plane, opacity: float) -> None:
    if opacity < 0.999:
        fresh = np.asarray(cv2.convertScaleAbs(fresh, alpha=opacity), np.uint8)
    cv2.multiply(target, keep, dst=target, scale=1 / 255)
    cv2.add(target, fresh, dst=target)


def resample(
    source: Plane, matrix: Matrix, corner: tuple[int, int], size: tuple[int, int], edge: bool = False
) -> Plane:
    """The window of `size` (w, h) at `corner` of the transformed plane; outside is 0, or the edge repeated.

    Moves without rotation take a separable path (shift, then resize), four times cheaper than a general warp.
    """
    (a, b, tx), (c, d, ty) = matrix
    tx, ty = tx - corner[0], ty - corner[1]
    if abs(b) < 1e-6 and abs(c) < 1e-6 and a > 0.05 and d > 0.05:
        found = _separable(source, (a, d), (tx, ty), size)
        if found is not None:
            return found
    centred = np.array([[a, b, tx + 0.5 * (a + b) - 0.5], [c, d, ty + 0.5 * (c + d) - 0.5]])
    border = cv2.BORDER_REPLICATE if edge else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(source, centred, size, flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _separable(
    source: Plane, scale: tuple[float, float], offset: tuple[float, float], size: tuple[int, int]
) -> Plane | None:
    """Axis-aligned resampling from a source that covers the window; None when the window reaches beyond it."""
    starts, counts, shifts = [], [], []
    for axis in (0, 1):
        step = 1 / scale[axis]
        first = -offset[axis] * step  # source edge coordinate of the window's edge
        start = floor(first)
        count = int(np.ceil(size[axis] * step)) + 1
        limit = source.shape[1 - axis]
        if start < 0 or start + count + 1 > limit:
            return None
        starts.append(start)
        counts.append(count)
        shifts.append(first - start)
    part = source[starts[1] : starts[1] + counts[1] + 1, starts[0] : starts[0] + counts[0] + 1]
    part = _shifted(part, (counts[0], counts[1]), (shifts[0], shifts[1]))
    if abs(scale[0] - 1) < 1e-5 and abs(scale[1] - 1) < 1e-5:
        return np.ascontiguousarray(part[: size[1], : size[0]])
    large = cv2.resize(part, None, fx=scale[0], fy=scale[1], interpolation=cv2.INTER_LINEAR)
    if large.shape[0] < size[1] or large.shape[1] < size[0]:
        return None
    return np.asarray(large[: size[1], : size[0]], np.uint8)


def _shifted(part: Plane, size: tuple[int, int], shift: tuple[float, float]) -> Plane:
    """The window of `size` at a place between pixels."""
    if max(shift) < 1 / 128:
        return part[: size[1], : size[0]]
    middle = (shift[0] + (size[0] - 1) / 2, shift[1] + (size[1] - 1) / 2)
    return np.asarray(cv2.getRectSubPix(part, size, middle), np.uint8)


def mix_frames(one: Frame, other: Frame, share: float) -> Frame:
    """A dissolve: `share` 0 gives `one`, 1 gives `other`."""
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)


def dim(frame: Frame, share: float) -> Frame:
    """Towards black: `share` 1 leaves the frame as it is."""
    if share >= 0.999:
        return frame
    for plane, neutral in ((luma(frame), 16), *((c, 128) for c in chroma(frame))):
        cv2.convertScaleAbs(plane, dst=plane, alpha=max(0.0, share), beta=neutral * (1 - max(0.0, share)))
    return frame


def tint_mask(frame: Frame, mask: Plane, colour: tuple[float, float, float]) -> None:
    """Cover the frame with one colour (RGB, 0-255) where the mask uint8 [H, W] says so, in place."""
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return
    top, bottom = int(rows[0]) // 2 * 2, min(mask.shape[0], int(rows[-1]) // 2 * 2 + 2)
    part = mask[top:bottom]
    half = cv2.resize(part, (part.shape[1] // 2, part.shape[0] // 2), interpolation=cv2.INTER_AREA)
    values = np.asarray(colour, np.float64)
    u, v = chroma(frame)
    small = slice(top // 2, bottom // 2)
    for target, share, value in (
        (luma(frame)[top:bottom], part, 16 + float(_Y @ values)),
        (u[small], half, 128 + float(_U @ values)),
        (v[small], half, 128 + float(_V @ values)),
    ):
        cv2.multiply(target, cv2.bitwise_not(share), dst=target, scale=1 / 255)
        cv2.add(target, cv2.convertScaleAbs(share, alpha=value / 255), dst=target)

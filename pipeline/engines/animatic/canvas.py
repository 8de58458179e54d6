"""A painter of flat shapes with soft light.

Stage coordinates: y runs from 0 (top of the frame) to 1 (bottom), x from 0 to the aspect ratio. A canvas shows a
rectangle of the stage at any resolution, so every drawing is made once, sharp for the nearest camera that sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.engines.animatic.palette import Colour, ramp

Point = tuple[float, float]
Box = tuple[float, float, float, float]
_SHIFT = 4


@dataclass(frozen=True, slots=True)
class Ramp:
    """A gradient along y (or x): (stage position, colour) stops."""

    stops: tuple[tuple[float, Colour], ...]
    along_x: bool = False

    @classmethod
    def down(cls, top: float, bottom: float, *colours: Colour) -> Ramp:
        """Evenly spaced colours from `top` to `bottom`."""
        return cls(tuple(zip(np.linspace(top, bottom, len(colours)).tolist(), colours, strict=True)))

    @classmethod
    def across(cls, left: float, right: float, *colours: Colour) -> Ramp:
        """Evenly spaced colours from `left` to `right`."""
        return cls(tuple(zip(np.linspace(left, right, len(colours)).tolist(), colours, strict=True)), True)


Paint = Colour | Ramp


class Canvas:
    """Premultiplied red, green and blue `planes` (0-255) and alpha (0-1), float32 [h, w], over the rectangle `box`."""

    def __init__(self, box: Box, px_per_unit: float) -> None:
        self.box, self.px_per_unit = box, px_per_unit
        self.width_px = max(2, int(np.ceil((box[2] - box[0]) * px_per_unit / 2)) * 2)
        self.height_px = max(2, int(np.ceil((box[3] - box[1]) * px_per_unit / 2)) * 2)
        # One plane a channel: arithmetic on long rows is several times faster than on triples.
        self.planes = [np.zeros((self.height_px, self.width_px), np.float32) for _ in range(3)]
        self.alpha = np.zeros((self.height_px, self.width_px), np.float32)
        self._clip: NDArray[np.float32] | None = None

    def fill(self, paint: Paint, alpha: float = 1.0) -> None:
        """Cover everything."""
        self._lay((0, 0, self.width_px, self.height_px), None, paint, alpha)

    def poly(self, points: Sequence[Point], paint: Paint, alpha: float = 1.0, soft: float = 0.0) -> None:
        """A filled polygon; `soft` blurs its edge (stage units)."""
        region, mask = self._mask([points], soft)
        if mask is not None:
            self._lay(region, mask, paint, alpha)

    def polys(self, shapes: Sequence[Sequence[Point]], paint: Paint, alpha: float = 1.0, soft: float = 0.0) -> None:
        """Several polygons as one shape: where they overlap nothing darkens."""
        region, mask = self._mask(shapes, soft)
        if mask is not None:
            self._lay(region, mask, paint, alpha)

    def ellipse(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        paint: Paint,
        alpha: float = 1.0,
        soft: float = 0.0,
        turn: float = 0.0,
    ) -> None:
        """A filled ellipse; `turn` in radians."""
        self.poly(oval(x, y, rx, ry, turn), paint, alpha, soft)

    def stroke(
        self, points: Sequence[Point], start: float, end: float, paint: Paint, alpha: float = 1.0, soft: float = 0.0
    ) -> None:
        """A line that tapers from width `start` to `end`, with round ends."""
        self.polys(brush(points, start, end), paint, alpha, soft)

    def curve(self, points: Sequence[Point], paint: Paint, alpha: float = 1.0, soft: float = 0.0) -> None:
        """A filled closed curve through the points."""
        self.poly(smooth(points, closed=True), paint, alpha, soft)

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, alpha: float, power: float = 2.0, squash: float = 1.0
    ) -> None:
        """Light that fades to nothing at `radius`; `squash` flattens it."""
        left, top = self._px(x - radius, y - radius * squash)
        right, bottom = self._px(x + radius, y + radius * squash)
        region = (
            max(0, int(left)),
            max(0, int(top)),
            min(self.width_px, int(right) + 1),
            min(self.height_px, int(bottom) + 1),
        )
        if region[0] >= region[2] or region[1] >= region[3]:
            return
        cx, cy = self._px(x, y)
        across = (np.arange(region[0], region[2], dtype=np.float32) + 0.5 - cx) / (radius * self.px_per_unit)
        along = (np.arange(region[1], region[3], dtype=np.float32) + 0.5 - cy) / (radius * squash * self.px_per_unit)
        distance = np.minimum(1.0, np.sqrt(across[None, :] ** 2 + along[:, None] ** 2))
        fade = (1 - distance) ** power * (1 + power * distance * 0.5)
        self._lay(region, np.asarray(fade, np.float32), colour, alpha)

    def veil(self, stops: Sequence[tuple[float, float]], colour: Colour) -> None:
        """Haze over everything: (y, alpha) stops from top to bottom."""
        rows = self.box[1] + (np.arange(self.height_px) + 0.5) / self.px_per_unit
        alpha = np.interp(rows, [y for y, _ in stops], [a for _, a in stops]).astype(np.float32)
        mask = np.repeat(alpha[:, None], self.width_px, axis=1)
        self._lay((0, 0, self.width_px, self.height_px), mask, colour, 1.0)

    def erase(self, stops: Sequence[tuple[float, float]]) -> None:
        """Multiply what is there by (y, share kept) stops: melts a layer into the air below it."""
        rows = self.box[1] + (np.arange(self.height_px) + 0.5) / self.px_per_unit
        keep = np.interp(rows, [y for y, _ in stops], [a for _, a in stops]).astype(np.float32)[:, None]
        for plane in (*self.planes, self.alpha):
            plane *= keep

    def blur(self, radius: float) -> None:
        """Defocus everything by `radius` (standard deviation in stage units)."""
        if radius * self.px_per_unit > 0.4:
            sigma = radius * self.px_per_unit
            self.planes = [blurred(plane, sigma) for plane in self.planes]
            self.alpha = blurred(self.alpha, sigma)

    @contextmanager
    def inside(self, points: Sequence[Point]) -> Iterator[None]:
        """Everything drawn meanwhile stays inside the polygon."""
        region, mask = self._mask([points], 0.0)
        before = self._clip
        full = np.zeros((self.height_px, self.width_px), np.float32)
        if mask is not None:
            full[region[1] : region[3], region[0] : region[2]] = mask
        self._clip = full if before is None else full * before
        try:
            yield
        finally:
            self._clip = before

    def _px(self, x: float, y: float) -> Point:
        return (x - self.box[0]) * self.px_per_unit, (y - self.box[1]) * self.px_per_unit

    def _mask(
        self, shapes: Sequence[Sequence[Point]], soft: float
    ) -> tuple[tuple[int, int, int, int], NDArray[np.float32] | None]:
        outlines = [
            (np.asarray(points, np.float64) - (self.box[0], self.box[1])) * self.px_per_unit
            for points in shapes
            if len(points) > 2
        ]
        if not outlines:
            return (0, 0, 0, 0), None
        everything = np.concatenate(outlines)
        sigma = soft * self.px_per_unit
        pad = int(2 + 3 * sigma)
        left, top = (max(0, int(v) - pad) for v in np.clip(everything.min(axis=0), -1e6, 1e6))
        right = min(self.width_px, int(min(1e6, everything[:, 0].max())) + pad + 1)
        bottom = min(self.height_px, int(min(1e6, everything[:, 1].max())) + pad + 1)
        if left >= right or top >= bottom:
            return (0, 0, 0, 0), None
        mask = np.zeros((bottom - top, right - left), np.uint8)
        for outline in outlines:
            fixed = np.round(np.clip(outline - (left + 0.5, top + 0.5), -30000, 30000) * (1 << _SHIFT)).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SHIFT)
        share = mask.astype(np.float32) * (1 / 255)
        if sigma > 0.3:
            share = blurred(share, sigma)
        return (left, top, right, bottom), share

    def _lay(
        self, region: tuple[int, int, int, int], mask: NDArray[np.float32] | None, paint: Paint, alpha: float
    ) -> None:
        left, top, right, bottom = region
        window = (slice(top, bottom), slice(left, right))
        share = np.full((bottom - top, right - left), alpha, np.float32) if mask is None else mask * np.float32(alpha)
        if self._clip is not None:
            share = share * self._clip[window]
        keep = np.float32(1) - share
        layer = np.empty_like(share)
        for plane, colour in zip(self.planes, self._colours(region, paint), strict=True):
            part = plane[window]
            part *= keep
            np.multiply(share, colour, out=layer)
            part += layer
        covered = self.alpha[window]
        covered *= keep
        covered += share

    def _colours(self, region: tuple[int, int, int, int], paint: Paint) -> Sequence[NDArray[np.float32] | np.float32]:
        """For each channel a value, a row or a column."""
        left, top, right, bottom = region
        if not isinstance(paint, Ramp):
            return [np.float32(value) for value in paint]
        if paint.along_x:
            row = ramp(paint.stops, self.box[0] + (np.arange(left, right) + 0.5) / self.px_per_unit)
            return [np.ascontiguousarray(row[None, :, k], np.float32) for k in range(3)]
        column = ramp(paint.stops, self.box[1] + (np.arange(top, bottom) + 0.5) / self.px_per_unit)
        return [np.ascontiguousarray(column[:, None, k], np.float32) for k in range(3)]


def blurred(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian blur, sigma in pixels; a wide one is done on a smaller plane, where nothing is lost."""
    step = int(sigma // 3)
    if step < 2:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
    height, width = plane.shape
    size = (max(1, -(-width // step)), max(1, -(-height // step)))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.3, (sigma**2 - step**2 / 6) ** 0.5 / step))
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def oval(x: float, y: float, rx: float, ry: float, turn: float = 0.0, count: int = 72) -> list[Point]:
    """The outline of an ellipse."""
    steps = [2 * pi * k / count for k in range(count)]
    return [
        (x + rx * cos(s) * cos(turn) - ry * sin(s) * sin(turn), y + rx * cos(s) * sin(turn) + ry * sin(s) * cos(turn))
        for s in steps
    ]


def rect(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    """The outline of an upright rectangle."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> list[Point]:
    """The outline of a rectangle with round corners."""
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    corners = ((x1 - radius, y0 + radius, -pi / 2), (x1 - radius, y1 - radius, 0.0), (x0 + radius, y1 - radius, pi / 2),
               (x0 + radius, y0 + radius, pi))  # fmt: skip
    return [
        (cx + radius * cos(a0 + pi / 2 * k / 8), cy + radius * sin(a0 + pi / 2 * k / 8))
        for cx, cy, a0 in corners
        for k in range(9)
    ]


def smooth(points: Sequence[Point], closed: bool = False, steps: int = 10) -> list[Point]:
    """Catmull-Rom through the points."""
    shape = np.asarray(points, np.float64)
    if closed:
        shape = np.concatenate([shape[-1:], shape, shape[:2]])
    else:
        shape = np.concatenate([2 * shape[:1] - shape[1:2], shape, 2 * shape[-1:] - shape[-2:-1]])
    share = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for p0, p1, p2, p3 in zip(shape[:-3], shape[1:-2], shape[2:-1], shape[3:], strict=True):
        parts.append(
            p1
            + 0.5 * (p2 - p0) * share
            + 0.5 * (2 * p0 - 5 * p1 + 4 * p2 - p3) * share**2
            + 0.5 * (3 * p1 - p0 - 3 * p2 + p3) * share**3
        )
    if not closed:
        parts.append(shape[-2:-1])
    return [(float(x), float(y)) for x, y in np.concatenate(parts)]


def brush(points: Sequence[Point], start: float, end: float) -> list[list[Point]]:
    """The outlines of a tapering line: its body and its two round ends."""
    line = np.asarray(points, np.float64)
    along = np.gradient(line, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9)
    half = np.linspace(start, end, len(line))[:, None] / 2
    body = np.concatenate([line + normal * half, (line - normal * half)[::-1]])
    (x0, y0), (x1, y1) = line[0].tolist(), line[-1].tolist()
    ends = [oval(x0, y0, start / 2, start / 2, count=20), oval(x1, y1, end / 2, end / 2, count=20)]
    return [[(float(x), float(y)) for x, y in body], *ends]

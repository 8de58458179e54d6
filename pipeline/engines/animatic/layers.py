"""What a scene is made of: elements painted once and moved, and particles drawn anew in every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from media.clip import Frame, VideoFormat
from media.colour import luma
from pipeline.engines.animatic.camera import Move, View, plane, projection, seen
from pipeline.engines.animatic.canvas import Box, Canvas, Point
from pipeline.engines.animatic.cover import EMPTY, FULL, MIXED, Cover, Grid, bounds, windows
from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.planes import RIM_PX, Tile, place, tint_mask

Marks = NDArray[np.float64]
OPAQUE = 0.998
COARSE = 1.3  # frame pixels made from one painted pixel, above which a layer is drawn in one piece
# Painting finer than this gains nothing for flat shapes; a 2160p frame enlarges it.
MAX_PAINT_PX_PER_UNIT = 1700.0


@dataclass(frozen=True, slots=True)
class Pose:
    """Where an element stands relative to how it was painted: stage units, radians, factors."""

    dx: float = 0.0
    dy: float = 0.0
    turn: float = 0.0
    scale: float = 1.0
    shear: float = 0.0
    opacity: float = 1.0


Motion = Callable[[float], Pose]
_STILL = Pose()


def still(time_s: float) -> Pose:
    """No motion at all."""
    return _STILL


@dataclass(frozen=True, slots=True)
class Element:
    """One thing on the stage.

    Attributes:
        depth: 0 infinitely far, 1 the plane of the subject, above 1 in front of it.
        box: the stage rectangle that the painting needs; it is cut to what the camera can see.
        paint: draws on a canvas.
        pivot: the point about which `motion` turns, scales and shears.
        reach: how far `motion` moves it, in stage units; that much more is painted at the edges.
        solid: the painting covers its box completely.
        fine: share of the resolution that it needs; mist and shafts of light have no edge to lose.
    """

    depth: float
    box: Box
    paint: Callable[[Canvas], None]
    motion: Motion = still
    pivot: Point = (0.0, 0.0)
    reach: float = 0.0
    solid: bool = False
    blur: float = 0.0
    fine: float = 1.0


class Drawable(Protocol):
    """Something that draws itself into a frame."""

    def draw(self, frame: Frame, view: View, time_s: float) -> None: ...


@dataclass(slots=True)
class Layer:
    """A painted element, ready to be placed."""

    element: Element
    tile: Tile
    origin: Point
    px_per_unit: float
    aspect: float
    frame_px_per_unit: float
    cover: Cover = field(init=False)

    def __post_init__(self) -> None:
        self.cover = Cover.of(self.tile.y if self.tile.a is None else self.tile.a, solid=self.tile.solid)

    def draw(self, frame: Frame, view: View, time_s: float) -> None:
        matrix, opacity = self.standing(view, time_s)
        place(frame, self.tile, matrix, opacity)

    def standing(self, view: View, time_s: float) -> tuple[NDArray[np.float64], float]:
        """The matrix from tile to frame pixels, and the opacity, at a moment."""
        pose = self.element.motion(time_s)
        projected = projection(view, self.element.depth, self.aspect, self.frame_px_per_unit)
        local = compose(posed(pose, self.element.pivot), unscaled(self.origin, self.px_per_unit))
        return compose(projected, local), pose.opacity

    def states(self, matrix: NDArray[np.float64], opacity: float, frame_size: tuple[int, int]) -> Grid:
        """What it leaves empty, shows and covers of the frame, block by block."""
        states = self.cover.states(matrix, frame_size)
        return states if opacity >= OPAQUE else np.minimum(states, MIXED)

    def put(self, frame: Frame, matrix: NDArray[np.float64], opacity: float, states: Grid) -> None:
        """Draw only the blocks that `states` names."""
        size = (frame.shape[1], frame.shape[0] * 2 // 3)
        if max(abs(matrix[0, 0]), abs(matrix[1, 1])) > COARSE:
            # Blown up from few pixels: seams between rectangles would show.
            around = bounds(states, size)
            if around is not None:
                place(frame, self.tile, matrix, opacity, around)
            return
        for window, full in windows(states, size):
            place(frame, self.tile, matrix, opacity, window, full)


def compose(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 2x3 matrix of `inner` followed by `outer`."""
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def posed(pose: Pose, pivot: Point) -> NDArray[np.float64]:
    """The 2x3 matrix of a pose."""
    c, s = cos(pose.turn) * pose.scale, sin(pose.turn) * pose.scale
    linear = np.array([[c, -s + pose.shear], [s, c]])
    middle = np.array(pivot)
    return np.column_stack([linear, middle - linear @ middle + (pose.dx, pose.dy)])


def unscaled(origin: Point, px_per_unit: float) -> NDArray[np.float64]:
    """The 2x3 matrix from tile pixels to stage units."""
    return np.array([[1 / px_per_unit, 0, origin[0]], [0, 1 / px_per_unit, origin[1]]])


def paint(element: Element, move: Move, format: VideoFormat, duration_s: float) -> Layer | None:
    """Paint an element at the resolution at which the camera sees it best; None if it never sees it."""
    x0, y0, x1, y1, zoom = seen(move, element.depth, duration_s)
    margin = element.reach + 0.02
    box = (
        max(element.box[0], x0 - margin), max(element.box[1], y0 - margin),
        min(element.box[2], x1 + margin), min(element.box[3], y1 + margin),
    )  # fmt: skip
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    frame_scale = float(format.height_px)
    scale = min(frame_scale * zoom, max(MAX_PAINT_PX_PER_UNIT, frame_scale / 2)) * element.fine
    canvas = Canvas(box, scale)
    element.paint(canvas)
    canvas.blur(element.blur)
    if element.solid:
        return Layer(element, Tile.of_canvas(canvas, solid=True), (box[0], box[1]), scale, move.aspect, frame_scale)
    extent = _extent(canvas.alpha)
    if extent is None:
        return None
    top, left, bottom, right = extent
    cut = [np.pad(plane[top:bottom, left:right], RIM_PX) for plane in (*canvas.planes, canvas.alpha)]
    tile = Tile.of_layers(cut[:3], cut[3])
    origin = (box[0] + (left - RIM_PX) / scale, box[1] + (top - RIM_PX) / scale)
    return Layer(element, tile, origin, scale, move.aspect, frame_scale)


def _extent(alpha: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
    """The rows and columns that hold anything: top, left, bottom, right, all even; None if nothing does."""
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 0.002), np.flatnonzero(alpha.max(axis=0) > 0.002)
    if rows.size == 0:
        return None
    return int(rows[0]) & ~1, int(columns[0]) & ~1, (int(rows[-1]) & ~1) + 2, (int(columns[-1]) & ~1) + 2


@dataclass(slots=True)
class Particles:
    """Rain, snow, dust, embers, bubbles, petals: many small marks of one colour.

    Attributes:
        seeds: float64 [n, 5]: x, y start (stage units), depth, size factor, phase, each in [0, 1] but
            depth in [0.6, 1.4].
        velocity: stage units per second at depth 1.
        sway: (amplitude, cycles per second) across the direction of fall.
        length: of the streak along its velocity, in seconds; 0 draws dots.
        size: radius of a dot or half width of a streak at depth 1, stage units.
        opacity: of a mark, [0, 1]; `twinkle` lets it breathe.
        band: y range of the stage that they fill.
    """

    seeds: NDArray[np.float64]
    colour: Colour
    format: VideoFormat
    velocity: Point = (0.0, 0.1)
    sway: Point = (0.0, 0.0)
    length: float = 0.0
    size: float = 0.004
    opacity: float = 0.8
    twinkle: float = 0.0
    band: tuple[float, float] = (-0.1, 1.1)

    def draw(self, frame: Frame, view: View, time_s: float) -> None:
        aspect = self.format.width_px / self.format.height_px
        scale = self.format.height_px
        mask = np.zeros((self.format.height_px, self.format.width_px), np.uint8)
        top, height = self.band[0], self.band[1] - self.band[0]
        span = aspect + 0.4
        x, y, depth, size, phase = self.seeds.T
        side = self.sway[0] * np.sin(2 * pi * (self.sway[1] * time_s + phase))
        px = (x * span + self.velocity[0] * depth * time_s) % span - 0.2 + side
        py = (y * height + self.velocity[1] * depth * time_s) % height + top
        cx, cy = project(view, depth, aspect, px, py)
        radius = self.size * depth * (0.5 + size) * view.zoom**0.5
        glow = self.opacity * np.minimum(1.0, 0.55 + 0.6 * depth * size)
        glow *= 1 - self.twinkle * (0.5 + 0.5 * np.sin(2 * pi * (0.35 * time_s + phase * 7)))
        self._mark(mask, np.stack([cx, cy], axis=1) * scale, radius * scale, depth * scale, 255 * glow)
        tint_mask(frame, mask, self.colour)

    def _mark(self, mask: NDArray[np.uint8], at: Marks, radius: Marks, run: Marks, value: Marks) -> None:
        """Draw all marks; coordinates in sixteenths of a pixel, as OpenCV takes them with a shift of four."""
        tails = at - np.asarray(self.velocity) * self.length * run[:, None]
        seen = ((np.maximum(at, tails) > -64) & (np.minimum(at, tails) < np.array(mask.shape[::-1]) + 64)).all(axis=1)
        heads, ends = (np.round(points[seen] * 16).astype(int).tolist() for points in (at, tails))
        levels = value[seen].astype(int).tolist()
        if self.length > 0:
            widths = np.maximum(1, np.round(2 * radius[seen])).astype(int).tolist()
            for head, end, level, width in zip(heads, ends, levels, widths, strict=True):
                cv2.line(mask, head, end, level, width, cv2.LINE_AA, 4)
        else:
            sizes = np.maximum(8, np.round(radius[seen] * 16)).astype(int).tolist()
            for head, level, size in zip(heads, levels, sizes, strict=True):
                cv2.circle(mask, head, size, level, -1, cv2.LINE_AA, 4)


def project(view: View, depth: Marks, aspect: float, x: Marks, y: Marks) -> tuple[Marks, Marks]:
    """Stage points, each at its own depth, in units of the frame's height (`camera.projection`, many at once)."""
    middle_x, middle_y, zoom = plane(view, depth, aspect)
    c, s = np.cos(view.roll) * zoom, np.sin(view.roll) * zoom
    dx, dy = x - middle_x, y - middle_y
    return aspect / 2 + c * dx - s * dy, 0.5 + s * dx + c * dy


def scatter(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Seeds for `Particles`, the farthest first."""
    seeds = random.random((count, 5))
    seeds[:, 2] = np.sort(0.6 + 0.8 * seeds[:, 2])
    return seeds


@dataclass(slots=True)
class Stage:
    """A built shot: everything in it, from far to near, and the camera."""

    move: Move
    format: VideoFormat
    drawables: Sequence[Drawable]

    def frame(self, time_s: float) -> Frame:
        """The frame at a moment of the shot."""
        canvas = np.empty((self.format.height_px * 3 // 2, self.format.width_px), np.uint8)
        view, size = self.move.at(time_s), (self.format.width_px, self.format.height_px)
        standing = [d.standing(view, time_s) if isinstance(d, Layer) else None for d in self.drawables]
        shown: list[Grid | None] = []
        hidden: NDArray[np.bool_] | None = None
        for drawable, stands in zip(reversed(self.drawables), reversed(standing), strict=True):
            if not isinstance(drawable, Layer) or stands is None:
                shown.append(None)
                continue
            states = drawable.states(*stands, size)
            shown.append(states if hidden is None else np.where(hidden, EMPTY, states).astype(np.uint8))
            hidden = states == FULL if hidden is None else hidden | (states == FULL)
        for drawable, stands, left in zip(self.drawables, standing, reversed(shown), strict=True):
            if isinstance(drawable, Layer) and stands is not None and left is not None:
                drawable.put(canvas, *stands, left)
            else:
                drawable.draw(canvas, view, time_s)
        return canvas


def assemble(elements: Sequence[Element | Drawable], move: Move, format: VideoFormat, duration_s: float) -> Stage:
    """Paint all elements; those of the same depth keep their order."""
    painted: list[Drawable] = []
    for element in elements:
        if isinstance(element, Element):
            layer = paint(element, move, format, duration_s)
            if layer is not None:
                painted.append(layer)
        else:
            painted.append(element)
    return Stage(move, format, painted)


__all__ = [
    "Drawable",
    "Element",
    "Layer",
    "Motion",
    "Particles",
    "Pose",
    "Stage",
    "assemble",
    "luma",
    "scatter",
    "still",
]

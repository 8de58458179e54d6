"""How subjects are drawn: parts in local coordinates, each with its own motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import pi, sin

from pipeline.engines.animatic.canvas import Canvas, Paint, Point, Ramp, oval, rect, rounded, smooth
from pipeline.engines.animatic.layers import Element, Motion, Pose, still
from pipeline.engines.animatic.palette import Colour, lift, mix, rgb
from pipeline.engines.animatic.scenes.parts import Kit


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on a canvas in local coordinates: the subject stands at (0, 0), its top is at y = -1, it looks to +x."""

    canvas: Canvas
    at: Point
    size: float
    facing: int = 1

    def map(self, points: Sequence[Point]) -> list[Point]:
        return [(self.at[0] + x * self.size * self.facing, self.at[1] + y * self.size) for x, y in points]

    def shape(self, points: Sequence[Point], paint: Paint, alpha: float = 1.0, soft: float = 0.0) -> None:
        """A polygon."""
        self.canvas.poly(self.map(points), self._paint(paint), alpha, soft * self.size)

    def curve(self, points: Sequence[Point], paint: Paint, alpha: float = 1.0, soft: float = 0.0) -> None:
        """A smooth closed curve through the points."""
        self.canvas.poly(self.map(smooth(points, True)), self._paint(paint), alpha, soft * self.size)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        paint: Paint,
        alpha: float = 1.0,
        turn: float = 0.0,
        soft: float = 0.0,
    ) -> None:
        self.shape(oval(x, y, rx, ry, turn), paint, alpha, soft)

    def box(
        self, x0: float, y0: float, x1: float, y1: float, paint: Paint, radius: float = 0.0, alpha: float = 1.0
    ) -> None:
        self.shape(rounded(x0, y0, x1, y1, radius) if radius else rect(x0, y0, x1, y1), paint, alpha)

    def line(self, points: Sequence[Point], start: float, end: float, paint: Paint, alpha: float = 1.0) -> None:
        """A tapering line, smooth through its points."""
        track = smooth(points) if len(points) > 2 else list(points)
        self.canvas.stroke(self.map(track), start * self.size, end * self.size, self._paint(paint), alpha)

    def glow(self, x: float, y: float, radius: float, colour: Colour, alpha: float, power: float = 2.0) -> None:
        ((cx, cy),) = self.map([(x, y)])
        self.canvas.glow(cx, cy, radius * self.size, colour, alpha, power)

    def inside(self, points: Sequence[Point]):  # type: ignore[no-untyped-def]
        """Clip to a smooth curve through the points."""
        return self.canvas.inside(self.map(smooth(points, True)))

    def _paint(self, paint: Paint) -> Paint:
        if not isinstance(paint, Ramp):
            return paint
        base, flip = (self.at[0], self.facing) if paint.along_x else (self.at[1], 1)
        stops = tuple((base + p * self.size * flip, c) for p, c in paint.stops)
        return Ramp(stops if flip > 0 else tuple(reversed(stops)), paint.along_x)


Draw = Callable[[Pen], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece with its own motion about a local pivot, added to the motion of the whole."""

    draw: Draw
    motion: Motion = still
    pivot: Point = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to look at.

    Attributes:
        parts: from back to front.
        size: height on the stage.
        motion: of the whole.
        place: ``ground``, ``water``, ``air``, ``deep`` or ``space``.
        width: half its extent across, in its own heights.
        lift: how far above the floor it is, in stage units (for what flies).
    """

    parts: tuple[Part, ...]
    size: float
    motion: Motion = still
    place: str = "ground"
    width: float = 0.6
    lift: float = 0.0
    shadow: bool = True


def joined(whole: Motion, part: Motion) -> Motion:
    """Both motions; the part turns about its own pivot, the rest adds up."""

    def motion(t: float) -> Pose:
        a, b = whole(t), part(t)
        return Pose(
            a.dx + b.dx, a.dy + b.dy, a.turn + b.turn, a.scale * b.scale, a.shear + b.shear, a.opacity * b.opacity
        )

    return motion


def elements(subject: Subject, at: Point, scale: float, depth: float, kit: Kit, facing: int = 1) -> list[Element]:
    """The subject at a point of the stage."""
    size = subject.size * scale
    foot = (at[0], at[1] - subject.lift)
    found = [_ground_shadow(subject, foot, size, depth, kit)] if subject.shadow and subject.place == "ground" else []
    spread = size * (subject.width + 0.9)
    box = (
        foot[0] - spread,
        foot[1] - size * (1.7 + subject.width),
        foot[0] + spread,
        foot[1] + size * (0.8 + subject.width),
    )
    mirrored = _mirrored(subject.motion, facing)
    for part in subject.parts:

        def paint(canvas: Canvas, part: Part = part) -> None:
            part.draw(Pen(canvas, foot, size, facing))

        pivot = (foot[0] + part.pivot[0] * size * facing, foot[1] + part.pivot[1] * size)
        motion = joined(mirrored, _mirrored(part.motion, facing))
        found.append(Element(depth, box, paint, motion, pivot, reach=1.5))
    return found


def _mirrored(motion: Motion, facing: int) -> Motion:
    if facing > 0:
        return motion

    def flipped(t: float) -> Pose:
        pose = motion(t)
        return Pose(-pose.dx, pose.dy, -pose.turn, pose.scale, -pose.shear, pose.opacity)

    return flipped


def _ground_shadow(subject: Subject, at: Point, size: float, depth: float, kit: Kit) -> Element:
    dark = mix(kit.palette.near, (0, 0, 0), 0.4)
    rx = size * min(0.8, subject.width)

    def paint(canvas: Canvas) -> None:
        canvas.ellipse(at[0], at[1], rx, rx * 0.085 + 0.003, dark, 0.38, soft=0.006)

    def motion(t: float) -> Pose:
        return Pose(dx=subject.motion(t).dx)

    return Element(depth, (at[0] - rx - 0.05, at[1] - 0.1, at[0] + rx + 0.05, at[1] + 0.1), paint, motion, reach=1.5)


def swing(angle: float, period_s: float, phase: float = 0.0) -> Motion:
    """Turning to and fro."""
    return lambda t: Pose(turn=angle * sin(2 * pi * (t / period_s + phase)))


def spin(period_s: float) -> Motion:
    """Turning round and round."""
    return lambda t: Pose(turn=2 * pi * t / period_s)


def travel(speed: float, bounce: float = 0.0, period_s: float = 0.6, start: float = 0.0) -> Motion:
    """Moving on at `speed` (stage units per second) with a bounce of each step."""
    return lambda t: Pose(dx=start + speed * t, dy=-bounce * abs(sin(pi * t / period_s)))


def hover(dx: float, dy: float, period_s: float, turn: float = 0.0, speed: float = 0.0, start: float = 0.0) -> Motion:
    """Floating."""
    return lambda t: Pose(
        dx=start + speed * t + dx * sin(2 * pi * t / period_s),
        dy=dy * sin(2 * pi * t / period_s * 0.77 + 1),
        turn=turn * sin(2 * pi * t / period_s + 0.6),
    )


__all__ = [
    "Draw",
    "Part",
    "Pen",
    "Point",
    "Ramp",
    "Subject",
    "elements",
    "field",
    "hover",
    "lift",
    "mix",
    "rgb",
    "spin",
    "swing",
    "travel",
]

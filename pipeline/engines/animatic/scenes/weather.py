"""Rain, snow, mist, leaves and lightning over any setting."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engines.animatic.canvas import Canvas, Point
from pipeline.engines.animatic.layers import Drawable, Element, Particles, Pose, scatter
from pipeline.engines.animatic.palette import Colour, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.parts import Kit


@dataclass(frozen=True, slots=True)
class _Fall:
    """What falls or floats: how many, and the fields of `Particles`. Without a colour it takes the palette's glow."""

    count: int
    velocity: Point
    colour: Colour | None = None
    sway: Point = (0.0, 0.0)
    length: float = 0.0
    size: float = 0.004
    opacity: float = 0.95
    twinkle: float = 0.0
    band: Point = (-0.1, 1.1)

    def drawn(self, kit: Kit) -> Particles:
        colour = mix(kit.palette.glow, (255, 255, 255), 0.3) if self.colour is None else self.colour
        return Particles(
            scatter(kit.random, self.count), colour, kit.format, self.velocity, self.sway, self.length, self.size,
            self.opacity, self.twinkle, self.band,
        )  # fmt: skip


FALLS = {
    "rain": _Fall(220, (-0.16, 1.7), (226, 236, 245), length=0.035, size=0.0007, opacity=0.5),
    "storm": _Fall(300, (-0.75, 2.1), (220, 230, 240), length=0.035, size=0.0008, opacity=0.55),
    "snow": _Fall(190, (0.02, 0.095), (252, 254, 255), (0.018, 0.21), size=0.0038, opacity=0.92),
    "dust": _Fall(80, (0.05, -0.006), None, (0.02, 0.1), size=0.0022, opacity=0.5, twinkle=0.6),
    "petals": _Fall(70, (-0.06, 0.075), rgb("#ffc2d4"), (0.035, 0.25), size=0.006),
    "leaves": _Fall(60, (-0.10, 0.09), rgb("#e58a3a"), (0.04, 0.3), size=0.0065),
    "embers": _Fall(90, (0.03, -0.11), rgb("#ffb04a"), (0.02, 0.4), size=0.0026, twinkle=0.7),
    "fireflies": _Fall(
        46, (0.008, -0.008), rgb("#fff09a"), (0.025, 0.16), size=0.0036, twinkle=0.95, band=(0.35, 1.0)
    ),
}  # fmt: skip


def weather(kit: Kit) -> list[Element | Drawable]:
    """What falls or floats through the air, in front of everything."""
    if kit.weather == "fog":
        return [parts.haze(kit, y, 0.26, 0.55, d, s) for y, d, s in ((0.62, 0.5, 0.012), (0.86, 1.2, -0.014))]
    if kit.weather not in FALLS:
        return []
    fall = FALLS[kit.weather].drawn(kit)
    return [fall, _lightning(kit)] if kit.weather == "storm" else [fall]


def _lightning(kit: Kit) -> Element:
    x = kit.aspect * (0.3 + 0.4 * float(kit.random.random()))
    bolt = [(x, -0.1)]
    for k in range(1, 12):
        bolt.append((x + (float(kit.random.random()) - 0.5) * 0.12, -0.1 + 0.06 * k))

    def draw(canvas: Canvas) -> None:
        canvas.glow(x, 0.1, 0.9, (225, 232, 255), 0.35)
        canvas.stroke(bolt, 0.016, 0.004, (235, 240, 255), 0.35, soft=0.008)
        canvas.stroke(bolt, 0.006, 0.0015, (255, 255, 255))

    def flash(t: float) -> Pose:
        beat = (t + 0.9) % 3.7
        return Pose(opacity=max(0.0, 1 - beat * 6) if beat < 0.17 or 0.24 < beat < 0.4 else 0.0)

    return Element(0.05, kit.box(-0.4, 0.8), draw, flash)

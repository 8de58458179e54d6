"""Rain, snow, mist, leaves and lightning over any setting."""

from __future__ import annotations

from pipeline.engines.animatic.canvas import Canvas
from pipeline.engines.animatic.layers import Drawable, Element, Particles, Pose, scatter
from pipeline.engines.animatic.palette import mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.parts import Kit


def weather(kit: Kit) -> list[Element | Drawable]:
    """What falls or floats through the air, in front of everything."""
    make, pal = kit.random, kit.palette
    if kit.weather == "rain":
        return [
            Particles(
                scatter(make, 220), (226, 236, 245), kit.format, (-0.16, 1.7), length=0.035, size=0.0007, opacity=0.5
            )
        ]
    if kit.weather == "storm":
        return [
            Particles(
                scatter(make, 300), (220, 230, 240), kit.format, (-0.75, 2.1), length=0.035, size=0.0008, opacity=0.55
            ),
            _lightning(kit),
        ]
    if kit.weather == "snow":
        return [
            Particles(
                scatter(make, 190), (252, 254, 255), kit.format, (0.02, 0.095), (0.018, 0.21), size=0.0038, opacity=0.92
            )
        ]
    if kit.weather == "dust":
        return [
            Particles(
                scatter(make, 80),
                mix(pal.glow, (255, 255, 255), 0.3),
                kit.format,
                (0.05, -0.006),
                (0.02, 0.1),
                size=0.0022,
                opacity=0.5,
                twinkle=0.6,
            )
        ]
    if kit.weather == "petals":
        return [
            Particles(
                scatter(make, 70), rgb("#ffc2d4"), kit.format, (-0.06, 0.075), (0.035, 0.25), size=0.006, opacity=0.95
            )
        ]
    if kit.weather == "leaves":
        return [
            Particles(
                scatter(make, 60), rgb("#e58a3a"), kit.format, (-0.10, 0.09), (0.04, 0.3), size=0.0065, opacity=0.95
            )
        ]
    if kit.weather == "embers":
        return [
            Particles(
                scatter(make, 90),
                rgb("#ffb04a"),
                kit.format,
                (0.03, -0.11),
                (0.02, 0.4),
                size=0.0026,
                opacity=0.95,
                twinkle=0.7,
            )
        ]
    if kit.weather == "fireflies":
        return [
            Particles(
                scatter(make, 46),
                rgb("#fff09a"),
                kit.format,
                (0.008, -0.008),
                (0.025, 0.16),
                size=0.0036,
                opacity=0.95,
                twinkle=0.95,
                band=(0.35, 1.0),
            )
        ]
    if kit.weather == "fog":
        return [parts.haze(kit, y, 0.26, 0.55, d, s) for y, d, s in ((0.62, 0.5, 0.012), (0.86, 1.2, -0.014))]
    return []


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

"""Settings far above the ground."""

from __future__ import annotations

from pipeline.engines.animatic.canvas import Canvas, Ramp, oval, rect
from pipeline.engines.animatic.layers import Drawable, Element, Particles, scatter
from pipeline.engines.animatic.palette import lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.parts import Kit, Scene


def space(kit: Kit) -> Scene:
    """Stars, a nebula, planets."""
    pal, seeds = kit.palette, kit.random.random((320, 4))
    tones = [
        mix(pal.accent, rgb("#7a3cff"), 0.5),
        rgb("#2b6cff"),
        mix(pal.accent, rgb("#ff3d81"), 0.55),
        rgb("#21d4c4"),
    ]
    clouds = kit.random.random((16, 5))

    def deep(canvas: Canvas) -> None:
        canvas.fill(Ramp.down(-0.1, 1.1, rgb("#050714"), rgb("#0d1230"), rgb("#150d2e")))
        for x, y, r, hue, a in clouds:
            at = (kit.aspect * (0.1 + 0.9 * x), 0.1 + 0.35 * x + 0.45 * y)
            canvas.glow(*at, 0.20 + 0.38 * r, tones[int(hue * 3.99)], 0.12 + 0.17 * a, 1.7, 0.6)
        for x, y, size, bright in seeds:
            r = 0.0007 + 0.0021 * size**4
            place = (kit.span[0] + x * (kit.aspect + 1.2), -0.15 + 1.3 * y)
            canvas.ellipse(*place, r, r, mix((255, 255, 255), rgb("#a9c8ff"), bright), 0.3 + 0.7 * bright)
            if size > 0.97:
                canvas.glow(*place, 0.02, (210, 225, 255), 0.7)

    sun = (kit.aspect * 0.78, 0.24)

    def world(canvas: Canvas) -> None:
        at, radius, hue = (kit.aspect * 0.5, 1.72), 0.92, mix(rgb("#2d6f9e"), pal.accent, 0.2)
        canvas.glow(at[0], at[1], radius * 1.16, rgb("#7fd0ff"), 0.65, 1.2)
        canvas.ellipse(*at, radius, radius, Ramp.down(0.8, 1.3, lift(hue, 0.12), hue, lift(hue, -0.2)))
        with canvas.inside(oval(*at, radius, radius)):
            for x, y, rx, ry, _ in clouds:
                canvas.ellipse(
                    kit.aspect * x,
                    0.86 + 0.5 * y,
                    0.08 + 0.2 * rx,
                    0.012 + 0.02 * ry,
                    (240, 248, 255),
                    0.28,
                    soft=0.01,
                    turn=0.1,
                )
            canvas.ellipse(at[0], at[1] + 0.12, radius, radius, rgb("#04060f"), 0.55, soft=0.07)

    def moon(canvas: Canvas) -> None:
        r = 0.085
        canvas.glow(*sun, 0.3, pal.accent, 0.35)
        canvas.ellipse(*sun, r, r, Ramp.across(sun[0] - r, sun[0] + r, lift(pal.accent, 0.08), lift(pal.accent, -0.28)))
        with canvas.inside(oval(*sun, r, r)):
            for k in range(4):
                canvas.ellipse(
                    sun[0] + 0.02 * k,
                    sun[1] - 0.06 + 0.035 * k,
                    0.1,
                    0.010,
                    lift(pal.accent, 0.05 - 0.06 * (k % 2)),
                    0.5,
                    turn=-0.2,
                )
            canvas.ellipse(sun[0] + 0.055, sun[1] + 0.03, r, r, rgb("#05060f"), 0.6, soft=0.015)

    twinkle = Particles(
        scatter(kit.random, 40), (255, 255, 255), kit.format, (0.003, 0.0), size=0.0018, opacity=0.95, twinkle=0.9
    )
    return Scene([Element(0.0, kit.box(-0.5), deep, solid=True), twinkle, Element(0.25, kit.box(-0.2), moon),
        Element(0.5, kit.box(0.3), world, parts.drift(0.002), reach=0.1)],
                 0.66, (), sun, "space")  # fmt: skip


def sky(kit: Kit) -> Scene:
    """Above the clouds."""
    sun = kit.aspect * (0.3 + 0.35 * float(kit.random.random())), 0.40
    layers: list[Element | Drawable] = [
        parts.sky(kit, 0.85, sun),
        parts.streaks(kit, 0.1, 0.5, 12, 0.4),
        *parts.clouds(kit, 0.26, 0.56, 12, 0.15),
    ]
    for k in range(4):
        layers.append(_cloud_sea(kit, 0.66 + 0.085 * k, 0.3 + 0.22 * k, 0.10 + 0.05 * k, 0.006 + 0.006 * k))
    return Scene(layers, 0.72, [_cloud_sea(kit, 1.02, 1.3, 0.26, 0.03)], (sun[0], sun[1]), "air")


def _cloud_sea(kit: Kit, level: float, depth: float, size: float, speed: float) -> Element:
    pal = kit.palette
    shine = mix(mix(pal.sky[-1], (255, 255, 255), 0.5 * (1 - pal.night)), pal.glow, 0.3)
    shade = mix(pal.sky[1], pal.sky[2], 0.5)
    count = int((kit.aspect + 1.6) / (size * 0.5))
    seeds = kit.random.random((count, 3))

    def draw(canvas: Canvas) -> None:
        for drop, tone in ((0.0, shine), (0.35, mix(shine, shade, 0.3)), (0.75, mix(shine, shade, 0.62))):
            shapes = [rect(kit.span[0] - 0.2, level + size * (drop + 0.75), kit.span[1] + 0.2, 1.8)]
            for k, (x, y, r) in enumerate(seeds):
                radius = size * (0.28 + 0.62 * r**1.5)
                at = kit.span[0] - 0.1 + (k + x + drop * 1.3) * size * 0.5
                shapes.append(oval(at, level + size * (drop + 0.72) - radius * 0.35 * y, radius, radius * 0.82))
            top = level + size * (drop - 0.25)
            canvas.polys(
                shapes, Ramp.down(top, top + size * 1.4, lift(tone, 0.02), mix(tone, shade, 0.7)), 0.95, soft=0.0025
            )

    return Element(depth, kit.box(level - size), draw, parts.drift(-speed), reach=0.35)

"""Settings of water: open, still, and below."""

from __future__ import annotations

from math import sin

import numpy as np

from pipeline.engines.animatic.canvas import Canvas, Ramp, rect, smooth
from pipeline.engines.animatic.layers import Drawable, Element, Particles, scatter
from pipeline.engines.animatic.palette import lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.heavens import heavens, sun_place
from pipeline.engines.animatic.scenes.parts import Kit, Scene


def sea(kit: Kit) -> Scene:
    """Open water to the horizon."""
    pal, horizon = kit.palette, 0.54
    sun = sun_place(kit, horizon)
    deep, shallow = pal.water
    layers: list[Element | Drawable] = [*heavens(kit, horizon, sun)]
    if kit.random.random() < 0.7:
        layers.append(parts.ridge(kit, horizon + 0.004, 0.10, 0.1, peaks=3))
    top = mix(shallow, pal.sky[-1], 0.35)

    def surface(canvas: Canvas) -> None:
        canvas.poly(
            rect(kit.span[0], horizon, kit.span[1], 1.7), Ramp.down(horizon, 1.05, top, mix(shallow, deep, 0.45), deep)
        )
        canvas.glow(sun[0], horizon, 0.75, pal.glow, 0.5, 2.0, squash=0.5)

    layers.append(Element(0.12, kit.box(horizon), surface))
    rough = 1.9 if kit.weather in ("storm", "wind") or kit.mood in ("epic", "tense") else 1.0
    for k in range(4):
        share = (k + 1) / 5
        tone = mix(mix(shallow, deep, 0.10 + 0.72 * share), pal.near, 0.16 * share)
        layers.append(parts.swell(kit, horizon + 0.07 + 0.10 * k + 0.02 * k * k, (0.006 + 0.008 * k) * rough,
            0.25 + 0.2 * k, lift(tone, 0.05),
                                  lift(tone, -0.06), mix(tone, pal.light, 0.55),
                                  float(kit.random.random())))  # fmt: skip
    layers.append(_sheen(kit, sun[0], horizon))
    layers += [parts.glitter(kit, sun[0], horizon, 0.97, 80, phase, 0.5) for phase in (0.0, 0.5)]
    front = [
        parts.swell(
            kit,
            0.955,
            0.022 * rough,
            1.25,
            mix(deep, pal.near, 0.55),
            mix(deep, pal.near, 0.8),
            mix(deep, pal.light, 0.3),
            0.3,
        )
    ]
    return Scene(layers, 0.80, front, sun, "water")


def _sheen(kit: Kit, x: float, horizon: float) -> Element:
    """The broad reflection of the sky's light around the path of the sun."""

    def draw(canvas: Canvas) -> None:
        canvas.glow(x, horizon + 0.02, 0.62, kit.palette.glow, 0.42, 1.8, squash=0.75)
        canvas.erase([(horizon - 0.001, 0.0), (horizon, 1.0), (1.2, 1.0)])

    return Element(0.4, kit.box(horizon - 0.02, 1.1), draw)


def lake(kit: Kit) -> Scene:
    """Still water between hills that mirror in it."""
    pal, horizon = kit.palette, 0.56
    sun = sun_place(kit, horizon)
    layers: list[Element | Drawable] = [*heavens(kit, horizon, sun), parts.ridge(kit, horizon, 0.30, 0.12, 0.22),
                                        parts.forest_line(kit, horizon - 0.01, 0.085, 0.3, 0.02,
                                        pal.at(0.55))]  # fmt: skip
    top = mix(pal.water[1], pal.sky[-1], 0.3)
    mirror = parts.jagged(kit, 0.0, 0.26)

    def surface(canvas: Canvas) -> None:
        canvas.poly(
            rect(kit.span[0], horizon + 0.012, kit.span[1], 1.7),
            Ramp.down(horizon, 1.05, top, pal.water[1], pal.water[0]),
        )
        flipped = [(x, horizon + 0.012 - y * 0.8) for x, y in mirror]
        canvas.poly([(kit.span[0], horizon), *flipped, (kit.span[1], horizon)], pal.at(0.35), 0.30, soft=0.006)
        for k in range(60):
            y = horizon + 0.02 + 0.42 * (k / 60) ** 1.4
            x = kit.span[0] + float(kit.random.random()) * (kit.aspect + 1.2)
            canvas.ellipse(x, y, 0.03 + 0.09 * k / 60, 0.0012 + 0.0016 * k / 60, mix(top, pal.light, 0.4), 0.35)

    layers.append(Element(0.34, kit.box(horizon), surface))
    layers += [parts.glitter(kit, sun[0], horizon, 0.96, 36, phase, 0.36) for phase in (0.0, 0.5)]
    layers.append(parts.haze(kit, horizon + 0.01, 0.05, 0.45, 0.38))
    front = [parts.grass(kit, 1.02, 0.20, 1.3, mix(pal.near, pal.ground, 0.15))]
    return Scene(layers, 0.79, front, sun, "water")


SHORE_Y = 0.90


def shore(kit: Kit, sandy: bool) -> Element:
    """The near bank of a water, for those who do not swim."""
    pal = kit.palette
    earth = mix(rgb("#e6c48e"), pal.glow, 0.25) if sandy else mix(pal.ground, pal.near, 0.25)
    top = mix(earth, pal.near, 0.25 + 0.5 * pal.night)
    return parts.land(kit, parts.rolling(kit, SHORE_Y - 0.025, 0.03, 1.3), 0.97, top, mix(top, pal.near, 0.55), 0.2)


def underwater(kit: Kit) -> Scene:
    """Blue depths, shafts of light, coral and weed."""
    pal = kit.palette
    surface = mix(rgb("#7fe3e0"), pal.glow, 0.15)
    deep = mix(rgb("#06294a"), pal.near, 0.35 * pal.night)
    middle = mix(rgb("#1787a5"), deep, 0.2 + 0.4 * pal.night)
    sun = kit.aspect * 0.5, -0.1

    def water(canvas: Canvas) -> None:
        canvas.fill(Ramp(((-0.2, surface), (0.25, mix(surface, middle, 0.65)), (0.6, middle), (1.1, deep))))
        canvas.glow(*sun, 1.0, (235, 255, 245), 0.75, 2.4, squash=0.75)

    layers: list[Element | Drawable] = [Element(0.0, kit.box(-0.5), water, solid=True), parts.rays(kit, sun, 0.32, 0.2)]
    for k in range(3):
        tone = mix(middle, deep, 0.3 + 0.3 * k)
        layers.append(
            parts.land(
                kit,
                parts.jagged(kit, 0.80 + 0.06 * k, 0.24 - 0.05 * k, peaks=5),
                0.2 + 0.25 * k,
                mix(tone, surface, 0.18 - 0.05 * k),
                tone,
            )
        )
    sand = mix(mix(rgb("#e5d6a5"), middle, 0.55), deep, 0.25 + 0.3 * pal.night)
    layers += [parts.land(kit, parts.rolling(kit, 0.93, 0.04), 0.95, sand, mix(sand, deep, 0.5)), _reef(kit, deep)]
    bubbles = Particles(
        scatter(kit.random, 42), (230, 252, 255), kit.format, (0.0, -0.09), (0.012, 0.4), size=0.0045, opacity=0.5
    )
    return Scene(layers, 0.60, [bubbles, *_weed(kit, deep)], sun, "deep")


def _reef(kit: Kit, deep: tuple[float, float, float]) -> Element:
    hues = [rgb(c) for c in ("#f2789f", "#ff9a56", "#c86dd7", "#ffd166", "#5ee0c0")]
    seeds = kit.random.random((16, 3))

    def draw(canvas: Canvas) -> None:
        for k, (x, size, hue) in enumerate(seeds):
            at, base = kit.span[0] + x * (kit.aspect + 1.2), 0.945 + 0.03 * (k % 3)
            tone, tall = mix(hues[int(hue * 4.99)], deep, 0.34), 0.05 + 0.09 * size
            if k % 3 == 0:
                canvas.polys([p for a in np.linspace(-0.8, 0.8, 6) for p in _finger(at, base, tall, float(a))], tone)
            elif k % 3 == 1:
                canvas.polys(
                    [
                        [
                            (px, min(py, base + 0.02))
                            for px, py in smooth(
                                [
                                    (at - tall * 0.8, base),
                                    (at - tall * 0.6, base - tall * 0.55),
                                    (at, base - tall * 0.8),
                                    (at + tall * 0.6, base - tall * 0.5),
                                    (at + tall * 0.8, base),
                                ],
                                True,
                            )
                        ]
                    ],
                    tone,
                )
            else:
                for a in np.linspace(-1, 1, 9):
                    canvas.stroke(
                        [(at, base), (at + tall * 0.7 * float(np.sin(a)), base - tall * 1.1 * float(np.cos(a)))],
                        0.008,
                        0.004,
                        tone,
                    )

    return Element(1.0, kit.box(0.78, 1.1), draw)


def _finger(x: float, base: float, tall: float, angle: float) -> list[list[tuple[float, float]]]:
    tip = (x + tall * np.sin(angle), base - tall * np.cos(angle))
    return parts_brush([(x, base + 0.01), (x + tall * 0.45 * np.sin(angle * 0.7), base - tall * 0.55), tip])


def parts_brush(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    from pipeline.engines.animatic.canvas import brush

    return brush(smooth(points), 0.02, 0.013)


def _weed(kit: Kit, deep: tuple[float, float, float]) -> list[Element]:
    found = []
    for k, x in enumerate((0.06, 0.13, 0.9, 0.97)):
        seeds = kit.random.random((5, 2))

        def draw(canvas: Canvas, x: float = x, seeds: np.ndarray = seeds) -> None:
            for shift, size in seeds:
                at = kit.aspect * x + (shift - 0.5) * 0.10
                tall = 0.25 + 0.28 * size
                stem = [(at + 0.02 * sin(v * 7 + shift * 6), 1.06 - tall * v) for v in np.linspace(0, 1, 14)]
                canvas.stroke([(float(a), float(b)) for a, b in stem], 0.022, 0.004, mix(deep, (6, 40, 50), 0.4))

        found.append(
            Element(
                1.3, kit.box(0.4, 1.2), draw, parts.sway(0.07, 5.0, 0.27 * k), pivot=(kit.aspect * x, 1.06), reach=0.1
            )
        )
    return found

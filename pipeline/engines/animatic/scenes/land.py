"""Settings of open land."""

from __future__ import annotations

from math import sin

import numpy as np

from pipeline.engines.animatic.canvas import Canvas, Ramp, smooth
from pipeline.engines.animatic.layers import Drawable, Element
from pipeline.engines.animatic.palette import Colour, Palette, lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.heavens import heavens, sun_place
from pipeline.engines.animatic.scenes.parts import Kit, Scene


def forest(kit: Kit) -> Scene:
    """Firs, mist and shafts of light."""
    pal = kit.palette
    sun = kit.aspect * (0.42 + 0.2 * float(kit.random.random())), 0.30
    green = rgb("#2f6b4f") if kit.time not in ("golden", "sunset") else rgb("#5b4a3a")
    layers: list[Element | Drawable] = [parts.sky(kit, 0.75, sun), parts.ridge(kit, 0.60, 0.26, 0.08)]
    for k in range(4):
        share = (k + 1) / 4.6
        tone = mix(mix(pal.sky[-1], green, 0.35 + 0.3 * share), pal.near, 0.82 * share)
        layers.append(
            parts.forest_line(kit, 0.61 + 0.062 * k, 0.20 + 0.10 * k, 0.18 + 0.17 * k, 0.036 + 0.030 * k, tone)
        )
        layers.append(parts.haze(kit, 0.60 + 0.066 * k, 0.09, 0.5 - 0.09 * k, 0.2 + 0.17 * k, 0.005 * (k - 1.5)))
    if not kit.dark:
        layers.append(parts.rays(kit, (sun[0], -0.1), 0.26))
    path = mix(pal.ground, pal.glow, 0.3)
    floor = parts.rolling(kit, 0.87, 0.03)

    def ground(canvas: Canvas) -> None:
        canvas.poly(
            parts.grounded(floor), Ramp.down(0.83, 1.05, mix(green, pal.near, 0.45), mix(green, pal.near, 0.85))
        )
        middle = kit.aspect / 2
        canvas.curve(
            [
                (middle - 0.05, 0.855),
                (middle + 0.03, 0.852),
                (middle + 0.12, 0.95),
                (middle + 0.42, 1.25),
                (middle - 0.42, 1.25),
                (middle - 0.1, 0.95),
            ],
            path,
            0.5,
            soft=0.008,
        )

    layers.append(Element(0.95, kit.box(0.8), ground))
    trunk = mix(pal.near, (0, 0, 0), 0.25)
    front = [_trunks(kit, trunk), parts.grass(kit, 1.02, 0.15, 1.3, trunk, 120)]
    return Scene(layers, 0.885, front, sun)


def _trunks(kit: Kit, tone: tuple[float, float, float]) -> Element:
    def draw(canvas: Canvas) -> None:
        for x, width in ((0.015 * kit.aspect, 0.085), (0.985 * kit.aspect, 0.065)):
            canvas.poly(smooth([(x - width * 0.42, -0.6), (x - width * 0.45, 0.4), (x - width * 0.55, 0.85),
                (x - width * 1.3, 1.2), (x + width * 1.3, 1.2),
                                (x + width * 0.55, 0.85), (x + width * 0.45, 0.4), (x + width * 0.42, -0.6)]),
                                tone)  # fmt: skip
            side = 1 if x < kit.aspect / 2 else -1
            for y, reach in ((0.02, 0.34), (0.17, 0.24)):
                _bough(canvas, (x, y), side * reach, tone)

    return Element(1.4, kit.box(-0.6), draw, parts.bob(0.004, 0.001, 7.0), reach=0.02, blur=0.0012)


def _bough(canvas: Canvas, at: tuple[float, float], reach: float, tone: tuple[float, float, float]) -> None:
    """A hanging fir branch: needles along a bent twig."""
    twig = [(at[0] + reach * v, at[1] + 0.10 * v * v - 0.02) for v in np.linspace(0, 1, 24).tolist()]
    canvas.stroke(twig, 0.014, 0.003, tone)
    needles = []
    for k, (x, y) in enumerate(twig[3:]):
        length = 0.055 * (1 - 0.6 * k / 21)
        needles.append(
            [(x, y - 0.003), (x + np.sign(reach) * length * 0.7, y + length), (x + np.sign(reach) * 0.008, y + 0.004)]
        )
        needles.append(
            [(x, y + 0.003), (x + np.sign(reach) * length * 0.9, y - length * 0.35), (x + np.sign(reach) * 0.008, y)]
        )
    canvas.polys(needles, tone)


def desert(kit: Kit) -> Scene:
    """Dunes with knife edges, mesas far away."""
    pal, horizon = kit.palette, 0.58
    sun = sun_place(kit, horizon)
    sand, dark = mix(rgb("#e2a468"), pal.glow, 0.3), _umber(pal)
    layers: list[Element | Drawable] = [parts.sky(kit, horizon, sun)]
    if kit.time in ("sunset", "dusk", "golden", "dawn"):
        layers.append(parts.streaks(kit, 0.12, 0.5, 9, 0.4))
    layers += [_mesas(kit, horizon), parts.haze(kit, horizon, 0.07, 0.5, 0.16)]
    for k in range(4):
        share = (k + 1) / 4
        tone = mix(mix(pal.sky[-1], sand, 0.45 + 0.4 * share), dark, 0.30 * share + 0.35 * pal.night)
        layers.append(_dune(kit, horizon + 0.03 + 0.085 * k, 0.05 + 0.035 * k, 0.25 + 0.22 * k, tone))
    front = [_dune(kit, 0.985, 0.06, 1.3, mix(mix(sand, dark, 0.62), pal.near, 0.4 * pal.night))]
    return Scene(layers, 0.845, front, sun)


def _umber(pal: Palette) -> Colour:
    """The shade of sand: warm by day, whatever colour the near has otherwise."""
    return mix(pal.near, rgb("#8a4f2c"), 0.8 * (1 - pal.night))


def _mesas(kit: Kit, horizon: float) -> Element:
    tone = kit.palette.at(0.22)
    blocks = kit.random.random((5, 3))

    def draw(canvas: Canvas) -> None:
        for x, w, h in blocks:
            at, half, tall = kit.span[0] + x * (kit.aspect + 1.2), 0.05 + 0.10 * w, 0.05 + 0.11 * h
            canvas.poly([(at - half * 1.5, horizon + 0.02), (at - half * 1.05, horizon - tall * 0.4),
                (at - half, horizon - tall), (at + half * 0.9, horizon - tall * 0.97),
                         (at + half, horizon - tall * 0.45), (at + half * 1.6, horizon + 0.02)],
                        Ramp.across(at - half, at + half, mix(tone, kit.palette.glow, 0.3), tone))  # fmt: skip

    return Element(0.12, kit.box(horizon - 0.25, horizon + 0.05), draw)


def _dune(kit: Kit, level: float, height: float, depth: float, tone: tuple[float, float, float]) -> Element:
    pal, line = kit.palette, parts.rolling(kit, level, height, 1.4 + depth * 0.5)
    top = min(line, key=lambda p: p[1] if 0 < p[0] < kit.aspect else 9)
    shade = mix(tone, _umber(pal), 0.42)

    def draw(canvas: Canvas) -> None:
        outline = parts.grounded(line)
        canvas.poly(outline, Ramp.down(level - height, level + 0.22, lift(tone, 0.04), lift(tone, -0.05)))
        with canvas.inside(outline):
            face = [
                (top[0] + 0.012 * sin(9 * v) + 0.30 * v * v, top[1] + (level + 0.3 - top[1]) * v)
                for v in np.linspace(0, 1, 24).tolist()
            ]
            canvas.poly([*face, (kit.span[1] + 0.3, level + 0.3), (kit.span[1] + 0.3, top[1] - 0.05)], shade, 0.42)
            for k in range(5):
                y = level + 0.02 + k * 0.028
                ripple = [(x, y + 0.004 * sin(x * 22 + k * 1.7)) for x in np.linspace(kit.span[0], kit.span[1], 90)]
                canvas.stroke([(float(x), float(v)) for x, v in ripple], 0.0014, 0.0014, shade, 0.10)

    return Element(depth, kit.box(level - height * 1.2), draw)


def mountain(kit: Kit) -> Scene:
    """Ranges behind ranges."""
    pal, horizon = kit.palette, 0.62
    sun = sun_place(kit, horizon - 0.08)
    snow = 0.3 if kit.weather != "heat" else 0.0
    layers: list[Element | Drawable] = [*heavens(kit, horizon, sun)]
    for k, (base, height) in enumerate(((0.58, 0.26), (0.66, 0.33), (0.74, 0.25))):
        layers.append(parts.ridge(kit, base, height, 0.1 + 0.17 * k, snow * (1 - 0.3 * k), peaks=4 + k))
        layers.append(parts.haze(kit, base + 0.01, 0.06, 0.55 - 0.1 * k, 0.14 + 0.17 * k, 0.004 * (1 - k)))
    layers.append(parts.forest_line(kit, 0.80, 0.10, 0.7, 0.021, pal.at(0.78)))
    layers.append(
        parts.land(
            kit,
            parts.rolling(kit, 0.88, 0.05, 1.2),
            0.95,
            mix(pal.ground, pal.near, 0.35),
            mix(pal.ground, pal.near, 0.8),
        )
    )
    front = [parts.forest_line(kit, 1.03, 0.20, 1.35, 0.10, mix(pal.near, (0, 0, 0), 0.2))]
    return Scene(layers, 0.875, front, sun)


def snow(kit: Kit) -> Scene:
    """Snow fields and firs."""
    pal, horizon = kit.palette, 0.60
    sun = sun_place(kit, horizon)
    white = mix(mix((247, 250, 255), pal.sky[-1], 0.25), pal.sky[1], 0.42 * pal.night)
    shade = mix(white, pal.sky[0], 0.32)
    layers: list[Element | Drawable] = [parts.sky(kit, horizon, sun), parts.ridge(kit, 0.6, 0.28, 0.1, 0.55),
                                        parts.forest_line(kit, 0.63, 0.10, 0.3, 0.022, mix(pal.at(0.45), white, 0.2)),
                                        parts.haze(kit, 0.63, 0.07, 0.6, 0.32)]  # fmt: skip
    layers.append(parts.land(kit, parts.rolling(kit, 0.69, 0.05), 0.45, white, shade, 0.2))
    layers.append(parts.forest_line(kit, 0.71, 0.17, 0.55, 0.12, pal.at(0.75), _snowy(white)))
    layers.append(parts.land(kit, parts.rolling(kit, 0.80, 0.05, 1.3), 0.75, lift(white, 0.02), shade, 0.2))
    layers.append(parts.land(kit, parts.rolling(kit, 0.90, 0.045, 1.1), 1.0, lift(white, 0.02), shade, 0.25))
    front = [
        parts.forest_line(
            kit, 1.10, 0.36, 1.4, 0.62, mix(pal.near, (10, 20, 40), 0.3), _snowy(mix(white, pal.near, 0.2))
        )
    ]
    return Scene(layers, 0.885, front, sun)


def _snowy(white: tuple[float, float, float]):  # type: ignore[no-untyped-def]
    def tree(canvas: Canvas, x: float, base: float, height: float, paint: Ramp, random: np.random.Generator) -> None:
        parts.conifer(canvas, x, base, height, paint, random)
        for k in range(4):
            y, half = base - height * (0.86 - 0.2 * k), height * (0.045 + 0.042 * k)
            canvas.curve(
                [
                    (x - half, y + half * 0.55),
                    (x, y - half * 0.5),
                    (x + half, y + half * 0.55),
                    (x + half * 0.4, y + half * 0.25),
                    (x, y + half * 0.5),
                    (x - half * 0.4, y + half * 0.25),
                ],
                white,
                0.9,
            )

    return tree


def meadow(kit: Kit) -> Scene:
    """Hills, flowers, a lone tree."""
    pal, horizon = kit.palette, 0.60
    sun = sun_place(kit, horizon)
    green = mix(rgb("#7fb55a"), pal.ground, 0.4)
    layers: list[Element | Drawable] = [*heavens(kit, horizon, sun), parts.ridge(kit, 0.6, 0.15, 0.1)]
    for k in range(4):
        share = (k + 1) / 4
        tone = mix(mix(pal.sky[-1], green, 0.4 + 0.5 * share), pal.near, 0.28 * share + 0.3 * pal.night)
        layers.append(
            parts.land(
                kit,
                parts.rolling(kit, 0.635 + 0.07 * k, 0.06, 1.5),
                0.2 + 0.22 * k,
                lift(tone, 0.03),
                mix(tone, pal.near, 0.25),
                0.2,
            )
        )
        if k == 1:
            layers.append(_orchard(kit, 0.655, tone))
    front: list[Element | Drawable] = [
        _flowers(kit),
        parts.grass(kit, 1.02, 0.13, 1.3, mix(green, pal.near, 0.6), 160, 0.4),
    ]
    return Scene(layers, 0.865, front, sun)


def _orchard(kit: Kit, base: float, tone: tuple[float, float, float]) -> Element:
    pal, seeds = kit.palette, kit.random.random((9, 2))

    def draw(canvas: Canvas) -> None:
        random = np.random.default_rng(3)
        for x, size in seeds:
            parts.broadleaf(
                canvas,
                kit.span[0] + x * (kit.aspect + 1.2),
                base + 0.02,
                0.07 + 0.07 * size,
                mix(tone, pal.near, 0.35),
                pal.at(0.7),
                pal.light,
                random,
            )

    return Element(0.42, kit.box(base - 0.2, base + 0.1), draw)


def _flowers(kit: Kit) -> Element:
    seeds = kit.random.random((130, 4))
    hues = [kit.palette.accent, mix(kit.palette.accent, (255, 255, 255), 0.6), rgb("#ffd65a"), rgb("#f7f3ff")]

    def draw(canvas: Canvas) -> None:
        for x, y, size, hue in seeds:
            at = (kit.span[0] + x * (kit.aspect + 1.2), 0.885 + 0.13 * y)
            r = (0.004 + 0.006 * size) * (0.5 + y)
            canvas.stroke(
                [at, (at[0] + 0.004, at[1] + 0.05)], 0.002, 0.002, mix(kit.palette.near, kit.palette.ground, 0.6)
            )
            tone = mix(hues[int(hue * 3.99)], kit.palette.near, 0.5 * kit.palette.night)
            for k in range(5):
                canvas.ellipse(
                    at[0] + r * 0.75 * np.cos(k * 1.2566), at[1] + r * 0.6 * np.sin(k * 1.2566), r * 0.6, r * 0.5, tone
                )
            canvas.ellipse(*at, r * 0.4, r * 0.36, rgb("#f2b632"))

    return Element(1.12, kit.box(0.84, 1.2), draw, parts.sway(0.012, 3.8), pivot=(0.5, 1.1), reach=0.02)

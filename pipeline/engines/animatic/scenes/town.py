"""Settings where people build."""

from __future__ import annotations

import numpy as np

from pipeline.engines.animatic.canvas import Canvas, Point, Ramp, rect, smooth
from pipeline.engines.animatic.layers import Drawable, Element, Pose
from pipeline.engines.animatic.palette import Colour, lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.heavens import heavens, sun_place
from pipeline.engines.animatic.scenes.parts import Kit, Scene

LAMP = rgb("#ffdf9e")

_NEON = tuple(rgb(c) for c in ("#ff4d8d", "#3ee6ff", "#ffd166", "#9b7bff", "#4dffb8"))


def city(kit: Kit) -> Scene:
    """Towers in layers, lit windows by night, a wet street in rain."""
    pal, horizon = kit.palette, 0.72
    sun = sun_place(kit, 0.62)
    layers: list[Element | Drawable] = [*heavens(kit, 0.78, sun)]
    for k in range(4):
        share = (k + 1) / 4
        tone = mix(mix(pal.sky[-1], pal.far, 0.4), pal.near, 0.12 + 0.62 * share)
        layers.append(_towers(kit, horizon + 0.03 * k, 0.20 + 0.13 * k, 0.12 + 0.2 * k, tone, 0.055 + 0.03 * k))
        if k < 3:
            layers.append(parts.haze(kit, horizon - 0.02 + 0.02 * k, 0.09, 0.42 - 0.1 * k, 0.2 + 0.2 * k))
    layers.append(_street(kit, 0.80))
    if kit.dark or kit.weather in ("rain", "storm"):
        layers.append(_reflections(kit, 0.80))
    return Scene(layers, 0.885, [_lampposts(kit)], sun, "street")


def _towers(kit: Kit, base: float, height: float, depth: float, tone: Colour, spacing: float) -> Element:
    lit, count = kit.palette.night > 0.3, 0
    x, blocks = kit.span[0], []
    while x < kit.span[1]:
        width = spacing * (0.7 + 0.9 * float(kit.random.random()))
        blocks.append(
            (
                x,
                width,
                height * (0.35 + 0.65 * float(kit.random.random()) ** 1.3),
                int(kit.random.integers(5)),
                int(kit.random.integers(2**31)),
            )
        )
        x += width * 1.03
        count += 1

    def draw(canvas: Canvas) -> None:
        for x, width, tall, roof, seed in blocks:
            top = base - tall
            canvas.poly(
                rect(x, top, x + width, base + 0.5),
                Ramp.down(base - height, base, tone, mix(tone, kit.palette.sky[-1], 0.30 * (1 - depth))),
            )
            canvas.poly(rect(x, top, x + width * 0.22, base + 0.5), lift(tone, -0.025), 0.7)
            _roof(canvas, x, top, width, roof, tone)
            _windows(canvas, kit, x, top, width, base, depth, lit, seed)

    return Element(depth, kit.box(base - height * 1.25), draw)


def _roof(canvas: Canvas, x: float, top: float, width: float, kind: int, tone: Colour) -> None:
    if kind == 0:
        canvas.stroke([(x + width * 0.5, top), (x + width * 0.5, top - width * 0.9)], 0.004, 0.0015, tone)
    elif kind == 1:
        canvas.poly(rect(x + width * 0.2, top - width * 0.22, x + width * 0.75, top), tone)
    elif kind == 2:
        canvas.poly([(x, top), (x + width * 0.5, top - width * 0.5), (x + width, top)], tone)
    elif kind == 3:
        canvas.poly(rect(x + width * 0.15, top - width * 0.12, x + width * 0.85, top), tone)
        canvas.poly(rect(x + width * 0.35, top - width * 0.30, x + width * 0.65, top), tone)


def _windows(
    canvas: Canvas, kit: Kit, x: float, top: float, width: float, base: float, depth: float, lit: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    step = 0.011 + 0.012 * depth
    columns, rows = max(2, int(width / step * 0.8)), max(2, int((base - top) / step * 0.75))
    cell_x, cell_y = width / columns, (base - top) / rows
    glass = mix(kit.palette.sky[2], (255, 255, 255), 0.15)
    shapes: list[list[Point]] = []
    for column in range(columns):
        for row in range(rows):
            if random.random() < ((0.42 + 0.1 * kit.palette.night) if lit else 0.72):
                left, up = x + (column + 0.24) * cell_x, top + (row + 0.25) * cell_y
                shapes.append(rect(left, up, left + cell_x * 0.54, up + cell_y * 0.52))
    warm = mix(LAMP, kit.palette.accent, 0.25 * float(random.random()))
    canvas.polys(shapes, warm if lit else glass, (0.42 + 0.5 * depth) if lit else 0.26)


def _street(kit: Kit, level: float) -> Element:
    pal = kit.palette
    asphalt = mix(pal.near, rgb("#3a3f4b"), 0.45)

    def draw(canvas: Canvas) -> None:
        canvas.poly(
            rect(kit.span[0], level, kit.span[1], 1.7), Ramp.down(level, 1.02, mix(asphalt, pal.sky[-1], 0.22), asphalt)
        )
        canvas.poly(rect(kit.span[0], level, kit.span[1], level + 0.012), lift(asphalt, 0.08))
        for k in range(-4, 12):
            canvas.poly(rect(k * 0.26, 0.955, k * 0.26 + 0.13, 0.963), mix(asphalt, (255, 255, 255), 0.45), 0.7)

    return Element(0.95, kit.box(level), draw)


def _reflections(kit: Kit, level: float) -> Element:
    seeds = kit.random.random((34, 4))
    hues = [LAMP, *(_NEON if kit.dark else (LAMP,))]

    def draw(canvas: Canvas) -> None:
        for x, size, hue, w in seeds:
            tone = hues[int(hue * (len(hues) - 0.01))]
            at, tall = kit.span[0] + x * (kit.aspect + 1.2), 0.05 + 0.12 * size
            canvas.ellipse(at, level + 0.02 + tall * 0.6, 0.005 + 0.012 * w, tall, tone, 0.38, soft=0.005)

    return Element(0.96, kit.box(level, 1.3), draw, parts.pulse(0.7, 2.7), fine=0.5)


def _lampposts(kit: Kit) -> Element:
    dark = mix(kit.palette.near, (0, 0, 0), 0.35)
    lit = kit.palette.night > 0.3

    def draw(canvas: Canvas) -> None:
        for x, side in ((kit.aspect * 0.07, 1), (kit.aspect * 0.94, -1)):
            canvas.stroke([(x, 1.1), (x, 0.42)], 0.018, 0.012, dark)
            canvas.stroke(smooth([(x, 0.44), (x + side * 0.02, 0.39), (x + side * 0.09, 0.375)]), 0.011, 0.008, dark)
            canvas.poly(
                [(x + side * 0.07, 0.37), (x + side * 0.13, 0.37), (x + side * 0.12, 0.395), (x + side * 0.08, 0.395)],
                dark,
            )
            if lit:
                canvas.ellipse(x + side * 0.10, 0.396, 0.02, 0.008, (255, 246, 214))
                canvas.glow(x + side * 0.10, 0.40, 0.30, LAMP, 0.6, 2.4)

    return Element(1.25, kit.box(0.05), draw)


def road(kit: Kit) -> Scene:
    """A road along hills; the near side rushes by."""
    pal, horizon = kit.palette, 0.60
    sun = sun_place(kit, horizon)
    layers: list[Element | Drawable] = [
        *heavens(kit, horizon, sun),
        parts.ridge(kit, 0.60, 0.24, 0.1, 0.2),
        parts.haze(kit, 0.6, 0.06, 0.5, 0.13),
    ]
    green = mix(rgb("#7f9f5f"), pal.ground, 0.5)
    for k in range(2):
        tone = mix(mix(pal.sky[-1], green, 0.45 + 0.3 * k), pal.near, 0.2 + 0.15 * k + 0.25 * pal.night)
        layers.append(
            parts.land(
                kit,
                parts.rolling(kit, 0.65 + 0.06 * k, 0.055, 1.5),
                0.25 + 0.25 * k,
                lift(tone, 0.03),
                mix(tone, pal.near, 0.2),
                0.15,
            )
        )
    layers.append(_passing(kit, 0.79, 0.15, 0.7, 0.10))
    asphalt = mix(rgb("#474c57"), pal.near, 0.3 + 0.3 * pal.night)

    def lane(canvas: Canvas) -> None:
        canvas.poly(rect(kit.span[0], 0.79, kit.span[1], 1.7), mix(green, pal.near, 0.45))
        canvas.poly(rect(kit.span[0], 0.815, kit.span[1], 0.985), Ramp.down(0.815, 0.985, lift(asphalt, 0.04), asphalt))
        canvas.poly(rect(kit.span[0], 0.822, kit.span[1], 0.826), (255, 255, 255), 0.6)
        canvas.poly(rect(kit.span[0], 0.972, kit.span[1], 0.977), (255, 255, 255), 0.6)

    def dashes(canvas: Canvas) -> None:
        for k in range(-8, 24):
            canvas.poly(
                [(k * 0.22, 0.892), (k * 0.22 + 0.11, 0.892), (k * 0.22 + 0.108, 0.899), (k * 0.22 - 0.002, 0.899)],
                rgb("#ffe3a0"),
                0.9,
            )

    layers += [
        Element(0.95, kit.box(0.7), lane),
        Element(1.0, (-2.0, 0.85, kit.aspect + 3, 0.95), dashes, lambda t: Pose(dx=-((0.55 * t) % 0.22)), reach=0.4),
    ]
    return Scene(layers, 0.905, [_passing(kit, 1.06, 0.26, 1.3, 0.45)], sun, "road")


def _passing(kit: Kit, base: float, height: float, depth: float, speed: float) -> Element:
    """Trees and posts beside the road that pass by and come round again."""
    tone = mix(kit.palette.at(min(1.0, depth)), (0, 0, 0), 0.15)
    seeds, period = kit.random.random((9, 2)), kit.aspect + 1.6

    def draw(canvas: Canvas) -> None:
        random = np.random.default_rng(5)
        for lap in (0.0, 1.0):
            for k, (x, size) in enumerate(seeds):
                at = -0.8 + (k + x) / 9 * period + lap * period
                if depth > 1:
                    canvas.curve(
                        [
                            (at - 0.16, base),
                            (at - 0.12, base - height * 0.30 * size),
                            (at, base - height * (0.3 + 0.25 * size)),
                            (at + 0.13, base - height * 0.26),
                            (at + 0.17, base),
                        ],
                        tone,
                    )
                else:
                    parts.broadleaf(
                        canvas, at, base + 0.01, height * (0.5 + 0.5 * size), tone, tone, kit.palette.light, random
                    )

    return Element(
        depth,
        (-0.8, base - height * 1.2, kit.aspect + 2.6 + period, base + 0.3),
        draw,
        lambda t: Pose(dx=-((speed * t) % period)),
        reach=period + 0.4,
    )


def village(kit: Kit) -> Scene:
    """Houses on a hill, lights in the windows."""
    pal, horizon = kit.palette, 0.60
    sun = sun_place(kit, horizon)
    green = mix(rgb("#7fa65a"), pal.ground, 0.45)
    layers: list[Element | Drawable] = [
        *heavens(kit, horizon, sun),
        parts.ridge(kit, 0.60, 0.22, 0.1, 0.15),
        parts.haze(kit, 0.61, 0.06, 0.5, 0.14),
    ]
    for k in range(3):
        tone = mix(mix(pal.sky[-1], green, 0.4 + 0.25 * k), pal.near, 0.14 * (k + 1) + 0.28 * pal.night)
        layers.append(
            parts.land(
                kit,
                parts.rolling(kit, 0.65 + 0.085 * k, 0.06, 1.4),
                0.25 + 0.27 * k,
                lift(tone, 0.03),
                mix(tone, pal.near, 0.25),
                0.2,
            )
        )
        if k < 2:
            layers.append(_cottages(kit, 0.66 + 0.085 * k, 0.07 + 0.05 * k, 0.3 + 0.27 * k))
    return Scene(layers, 0.875, [parts.grass(kit, 1.02, 0.11, 1.3, mix(green, pal.near, 0.65), 120)], sun)


def _cottages(kit: Kit, base: float, height: float, depth: float) -> Element:
    pal, seeds = kit.palette, kit.random.random((11, 4))
    lit = pal.night > 0.3
    roofs = [rgb(c) for c in ("#a9503a", "#7b4a3a", "#566a7d", "#b8763f")]

    def draw(canvas: Canvas) -> None:
        random = np.random.default_rng(9)
        for x, size, hue, tree in seeds:
            at, tall = kit.span[0] + x * (kit.aspect + 1.2), height * (0.6 + 0.5 * size)
            if tree > 0.55:
                parts.broadleaf(
                    canvas,
                    at + tall * 1.1,
                    base + 0.02,
                    tall * 1.25,
                    mix(pal.at(0.6), pal.ground, 0.4),
                    pal.at(0.8),
                    pal.light,
                    random,
                )
            wall, roof = (
                mix(pal.tinted(rgb("#efe2cc")), pal.sky[-1], 0.25 * (1 - depth)),
                mix(pal.tinted(roofs[int(hue * 3.99)]), pal.sky[-1], 0.2 * (1 - depth)),
            )
            canvas.poly(
                rect(at - tall * 0.6, base - tall * 0.55, at + tall * 0.6, base + 0.04),
                Ramp.across(at - tall * 0.6, at + tall * 0.6, lift(wall, -0.08), wall),
            )
            canvas.poly(
                [
                    (at - tall * 0.74, base - tall * 0.53),
                    (at - tall * 0.36, base - tall),
                    (at + tall * 0.36, base - tall),
                    (at + tall * 0.74, base - tall * 0.53),
                ],
                roof,
            )
            for wx in (-0.34, 0.12):
                if lit:
                    canvas.glow(at + (wx + 0.11) * tall, base - tall * 0.28, tall * 0.5, LAMP, 0.45)
                canvas.poly(
                    rect(at + wx * tall, base - tall * 0.38, at + (wx + 0.22) * tall, base - tall * 0.16),
                    LAMP if lit else mix(pal.near, wall, 0.4),
                )

    return Element(depth, kit.box(base - height * 1.6), draw)

"""Settings made by people, and the two that are far from them: the sky and space."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from pipeline.engines.animatic.canvas import Canvas, Point, Ramp, oval, rect, rounded, smooth
from pipeline.engines.animatic.layers import Drawable, Element, Particles, Pose, scatter
from pipeline.engines.animatic.palette import Colour, lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.nature import _heavens, _sun
from pipeline.engines.animatic.scenes.parts import Kit, Scene

_LAMP = rgb("#ffdf9e")
_NEON = tuple(rgb(c) for c in ("#ff4d8d", "#3ee6ff", "#ffd166", "#9b7bff", "#4dffb8"))


def city(kit: Kit) -> Scene:
    """Towers in layers, lit windows by night, a wet street in rain."""
    pal, horizon = kit.palette, 0.72
    sun = _sun(kit, 0.62)
    layers: list[Element | Drawable] = [*_heavens(kit, 0.78, sun)]
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
    warm = mix(_LAMP, kit.palette.accent, 0.25 * float(random.random()))
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
    hues = [_LAMP, *(_NEON if kit.dark else (_LAMP,))]

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
                canvas.glow(x + side * 0.10, 0.40, 0.30, _LAMP, 0.6, 2.4)

    return Element(1.25, kit.box(0.05), draw)


def interior(kit: Kit) -> Scene:
    """A room with a tall window, a lamp, plants and a table."""
    pal = kit.palette
    wall = mix(mix(pal.ground, rgb("#e8cfb4"), 0.6), pal.near, 0.15 + 0.45 * pal.night)
    floor_tone = mix(rgb("#9a6a45"), pal.near, 0.25 + 0.35 * pal.night)
    window = (kit.aspect * 0.5 - 0.34, 0.15, kit.aspect * 0.5 + 0.34, 0.63)
    sun = ((window[0] + window[2]) / 2 + 0.12, 0.34)

    def outside(canvas: Canvas) -> None:
        canvas.fill(Ramp(tuple(zip((0.0, 0.25, 0.45, 0.66), pal.sky, strict=True))))
        parts.celestial(canvas, kit, sun, "moon" if pal.night > 0.8 else "sun")
        canvas.poly(parts.grounded(parts.rolling(kit, 0.60, 0.08, 3)), mix(pal.at(0.3), pal.sky[-1], 0.3))
        canvas.poly(parts.grounded(parts.rolling(kit, 0.65, 0.07, 4)), pal.at(0.55))

    def room(canvas: Canvas) -> None:
        hole = rect(*window)
        shapes = [rect(kit.span[0], -0.6, kit.span[1], window[1]), rect(kit.span[0], window[3], kit.span[1], 1.7),
                  rect(kit.span[0], window[1] - 0.01, window[0], window[3] + 0.01),
                  rect(window[2], window[1] - 0.01, kit.span[1], window[3] + 0.01)]  # fmt: skip
        canvas.polys(shapes, Ramp.down(0, 0.85, lift(wall, -0.05), lift(wall, 0.02)))
        frame = mix(rgb("#f7efe2"), pal.near, 0.2 + 0.4 * pal.night)
        for x in (hole[0][0], (hole[0][0] + hole[1][0]) / 2, hole[1][0]):
            canvas.poly(rect(x - 0.011, window[1] - 0.02, x + 0.011, window[3] + 0.02), frame)
        for y in (window[1], window[1] + 0.17, window[3]):
            canvas.poly(rect(window[0] - 0.02, y - 0.009, window[2] + 0.02, y + 0.009), frame)
        canvas.poly(rect(window[0] - 0.06, window[3] + 0.005, window[2] + 0.06, window[3] + 0.03), lift(frame, -0.05))
        canvas.poly(
            rect(kit.span[0], 0.80, kit.span[1], 1.7), Ramp.down(0.80, 1.05, floor_tone, lift(floor_tone, -0.09))
        )
        canvas.poly(rect(kit.span[0], 0.785, kit.span[1], 0.803), lift(wall, -0.12))
        for x, y, w, h, hue in ((0.10, 0.24, 0.15, 0.19, pal.accent), (0.86, 0.22, 0.13, 0.17, rgb("#5f8f8b"))):
            at = kit.aspect * x
            canvas.poly(rect(at - w / 2, y, at + w / 2, y + h), mix(floor_tone, pal.near, 0.5))
            canvas.poly(rect(at - w / 2 + 0.012, y + 0.012, at + w / 2 - 0.012, y + h - 0.012), mix(hue, wall, 0.35))
            canvas.ellipse(at, y + h * 0.62, w * 0.3, h * 0.22, mix(hue, pal.near, 0.35))

    def light(canvas: Canvas) -> None:
        for k in range(2):
            x = window[0] + 0.04 + k * 0.34
            canvas.poly([(x, 0.83), (x + 0.26, 0.83), (x + 0.42, 1.02), (x + 0.12, 1.02)], pal.light, 0.28, soft=0.008)
        canvas.poly(
            [(window[0], window[1]), (window[2], window[1]), (window[2] + 0.4, 1.05), (window[0] + 0.2, 1.05)],
            pal.light,
            0.09,
            soft=0.03,
        )

    def lamp(canvas: Canvas) -> None:
        x = kit.aspect * 0.16
        canvas.glow(x, 0.50, 0.55, _LAMP, 0.55 if pal.night > 0.3 else 0.25)
        canvas.stroke([(x, 0.93), (x, 0.50)], 0.012, 0.010, mix(pal.near, rgb("#3a2a22"), 0.5))
        canvas.ellipse(x, 0.93, 0.06, 0.012, mix(pal.near, rgb("#3a2a22"), 0.5))
        canvas.poly(
            [(x - 0.045, 0.42), (x + 0.045, 0.42), (x + 0.085, 0.54), (x - 0.085, 0.54)],
            Ramp.down(0.42, 0.54, _LAMP, mix(_LAMP, pal.accent, 0.4)),
        )

    layers: list[Element | Drawable] = [
        Element(0.05, kit.box(-0.5), outside, solid=True),
        Element(0.6, kit.box(-0.6), room),
        Element(0.7, kit.box(0.1), light, parts.pulse(0.8, 6)),
        Element(0.8, kit.box(0.1), lamp),
        _plant(kit),
    ]
    if kit.weather == "clear":
        layers.append(
            Particles(
                scatter(kit.random, 36),
                mix(pal.light, (255, 255, 255), 0.4),
                kit.format,
                (0.008, 0.006),
                (0.02, 0.1),
                size=0.0014,
                opacity=0.55,
                twinkle=0.7,
            )
        )
    return Scene(layers, 0.90, (), sun, "room")


def _plant(kit: Kit) -> Element:
    x, green = kit.aspect * 0.86, mix(kit.palette.tinted(rgb("#3f7d55")), kit.palette.near, 0.2)

    def draw(canvas: Canvas) -> None:
        for k in range(9):
            a = -1.25 + 2.5 * k / 8
            tip = (x + 0.24 * sin(a), 0.74 - 0.30 * cos(a) ** 0.8 if cos(a) > 0 else 0.74)
            bend = (x + 0.09 * sin(a), 0.74 - 0.20 * max(0.2, cos(a)))
            side = (0.028 * cos(a), 0.028 * sin(a))
            canvas.curve(
                [(x, 0.78), (bend[0] - side[0], bend[1] - side[1]), tip, (bend[0] + side[0], bend[1] + side[1])],
                Ramp.down(0.42, 0.78, lift(green, 0.06), lift(green, -0.06)),
            )
        canvas.poly(
            [(x - 0.075, 0.76), (x + 0.075, 0.76), (x + 0.055, 0.93), (x - 0.055, 0.93)],
            Ramp.across(
                x - 0.08,
                x + 0.08,
                mix(kit.palette.accent, kit.palette.near, 0.15),
                mix(kit.palette.accent, kit.palette.near, 0.4),
            ),
        )

    return Element(0.85, kit.box(0.3), draw, parts.sway(0.006, 5.0), pivot=(x, 0.9), reach=0.03)


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


def road(kit: Kit) -> Scene:
    """A road along hills; the near side rushes by."""
    pal, horizon = kit.palette, 0.60
    sun = _sun(kit, horizon)
    layers: list[Element | Drawable] = [
        *_heavens(kit, horizon, sun),
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


def stage(kit: Kit) -> Scene:
    """Curtains, coloured beams and a bright floor."""
    pal = kit.palette
    hues = (mix(pal.accent, rgb("#ff3d81"), 0.4), rgb("#5b7bff"), rgb("#ffd166"), rgb("#37e0c8"))

    def hall(canvas: Canvas) -> None:
        canvas.fill(Ramp.down(0, 1, rgb("#0a0718"), rgb("#1c1036"), rgb("#2a1440")))
        canvas.glow(kit.aspect / 2, 0.62, 0.9, hues[0], 0.35)
        canvas.poly(rect(kit.span[0], 0.80, kit.span[1], 1.7), Ramp.down(0.80, 1.0, rgb("#4a2a55"), rgb("#1a0e24")))
        for k in range(-6, 20):
            x = k * 0.16
            canvas.stroke(
                [(x, 0.80), (kit.aspect / 2 + (x - kit.aspect / 2) * 2.2, 1.3)], 0.0016, 0.004, rgb("#120a1b"), 0.6
            )
        canvas.ellipse(kit.aspect / 2, 0.885, 0.42, 0.055, (255, 244, 220), 0.5, soft=0.012)

    layers: list[Element | Drawable] = [Element(0.2, kit.box(-0.5), hall, solid=True)]
    for k in range(5):
        x, hue = kit.aspect * (0.14 + 0.18 * k), hues[k % 4] if k != 2 else (255, 246, 224)

        def beam(canvas: Canvas, x: float = x, hue: Colour = hue, wide: float = 0.26 if k == 2 else 0.15) -> None:
            canvas.poly(
                [(x - 0.012, -0.12), (x + 0.012, -0.12), (x + wide, 0.92), (x - wide, 0.92)], hue, 0.34, soft=0.012
            )
            canvas.erase([(-0.1, 1.0), (0.92, 0.35), (1.0, 0.0)])
            canvas.glow(x, -0.05, 0.22, hue, 0.8)

        motion = parts.pulse(0.8, 5.0) if k == 2 else _sweep(0.22 * (-1) ** k, 4.6 + 0.7 * k)
        layers.append(Element(0.5, kit.box(-0.4, 1.2), beam, motion, pivot=(x, -0.12), reach=0.5, fine=0.35))
    return Scene(layers, 0.885, [_curtains(kit), _front_row(kit)], (kit.aspect / 2, 0.1), "stage")


def _sweep(angle: float, period_s: float):  # type: ignore[no-untyped-def]
    return lambda t: Pose(
        turn=angle * sin(2 * pi * t / period_s), opacity=0.75 + 0.25 * sin(2 * pi * t / period_s * 1.7)
    )


def _curtains(kit: Kit) -> Element:
    red = rgb("#7d1430")

    def draw(canvas: Canvas) -> None:
        for side in (-1, 1):
            edge = kit.aspect / 2 + side * (kit.aspect / 2 - 0.10)
            for k in range(9):
                x = edge + side * k * 0.06
                canvas.curve(
                    [
                        (x - 0.038, -0.6),
                        (x + 0.038, -0.6),
                        (x + 0.034 + side * 0.01, 0.5),
                        (x + 0.045, 1.2),
                        (x - 0.045, 1.2),
                        (x - 0.034 + side * 0.01, 0.5),
                    ],
                    Ramp.across(x - 0.04, x + 0.04, lift(red, -0.10), lift(red, 0.05), lift(red, -0.12)),
                )

    return Element(1.2, kit.box(-0.7), draw, parts.sway(0.003, 6.0), pivot=(0.5, -0.6), reach=0.03)


def _front_row(kit: Kit) -> Element:
    seeds = kit.random.random((40, 2))

    def draw(canvas: Canvas) -> None:
        shapes = []
        for k, (x, y) in enumerate(seeds):
            at, top = kit.span[0] + (k + x) / 40 * (kit.aspect + 1.2), 1.0 - 0.035 * y
            shapes += [
                oval(at, top, 0.026, 0.031),
                [
                    (px, py)
                    for px, py in smooth(
                        [
                            (at - 0.06, 1.2),
                            (at - 0.05, top + 0.06),
                            (at, top + 0.03),
                            (at + 0.05, top + 0.06),
                            (at + 0.06, 1.2),
                        ],
                        True,
                    )
                ],
            ]
        canvas.polys(shapes, rgb("#07040e"))

    return Element(1.3, kit.box(0.9), draw, parts.bob(0.002, 0.003, 1.1), reach=0.02)


def village(kit: Kit) -> Scene:
    """Houses on a hill, lights in the windows."""
    pal, horizon = kit.palette, 0.60
    sun = _sun(kit, horizon)
    green = mix(rgb("#7fa65a"), pal.ground, 0.45)
    layers: list[Element | Drawable] = [
        *_heavens(kit, horizon, sun),
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
                    canvas.glow(at + (wx + 0.11) * tall, base - tall * 0.28, tall * 0.5, _LAMP, 0.45)
                canvas.poly(
                    rect(at + wx * tall, base - tall * 0.38, at + (wx + 0.22) * tall, base - tall * 0.16),
                    _LAMP if lit else mix(pal.near, wall, 0.4),
                )

    return Element(depth, kit.box(base - height * 1.6), draw)


def studio(kit: Kit) -> Scene:
    """A seamless backdrop, a round plinth, soft light: for things to be looked at."""
    pal = kit.palette
    back = mix(mix(pal.accent, rgb("#ffffff"), 0.62), pal.sky[1], 0.22)
    middle = kit.aspect / 2

    def cove(canvas: Canvas) -> None:
        canvas.fill(
            Ramp(
                (
                    (-0.1, lift(back, -0.14)),
                    (0.45, back),
                    (0.72, lift(back, 0.05)),
                    (0.80, lift(back, 0.02)),
                    (1.1, lift(back, -0.08)),
                )
            )
        )
        canvas.glow(middle, 0.42, 0.85, (255, 255, 255), 0.5, 1.6)

    def arch(canvas: Canvas) -> None:
        for dx, w, top, tone in (
            (-0.34, 0.24, 0.22, lift(back, -0.07)),
            (0.36, 0.20, 0.34, mix(pal.accent, back, 0.45)),
            (0.12, 0.26, 0.15, lift(back, -0.035)),
        ):
            x = middle + dx
            canvas.poly(
                [
                    (x - w, 0.82),
                    *[(x - w * cos(a), top + w - w * sin(a)) for a in np.linspace(0, pi, 40).tolist()],
                    (x + w, 0.82),
                ],
                Ramp.across(x - w, x + w, lift(tone, 0.02), lift(tone, -0.05)),
            )

    def plinth(canvas: Canvas) -> None:
        for rx, top, bottom in ((0.44, 0.90, 0.985), (0.33, 0.835, 0.90)):
            tone = lift(back, 0.04)
            canvas.ellipse(middle, bottom + 0.01, rx * 1.12, 0.05, pal.near, 0.24, soft=0.02)
            canvas.polys(
                [rect(middle - rx, top, middle + rx, bottom), oval(middle, bottom, rx, rx * 0.11)],
                Ramp.across(middle - rx, middle + rx, lift(tone, -0.12), lift(tone, 0.03), lift(tone, -0.10)),
            )
            canvas.ellipse(middle, top, rx, rx * 0.11, lift(tone, 0.06))

    def leaves(canvas: Canvas) -> None:
        for k in range(7):
            x, y = -0.02 + 0.02 * k, 0.10 + 0.14 * k
            canvas.curve(
                [(x - 0.1, y), (x + 0.04, y - 0.05), (x + 0.17, y + 0.03), (x + 0.05, y + 0.045)],
                pal.near,
                0.16,
                soft=0.012,
            )

    confetti = Particles(
        scatter(kit.random, 22),
        (255, 255, 255),
        kit.format,
        (0.004, -0.02),
        (0.02, 0.12),
        size=0.003,
        opacity=0.5,
        twinkle=0.7,
    )
    return Scene([Element(0.1, kit.box(-0.5), cove, solid=True), Element(0.45, kit.box(-0.1), arch),
        Element(0.95, kit.box(0.6), plinth), confetti], 0.84,
                 [Element(1.35, kit.box(-0.2), leaves, parts.sway(0.012, 4.5), pivot=(0, 1.1), reach=0.05)],
                 (middle, 0.3), "studio")  # fmt: skip


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


__all__ = ["city", "interior", "road", "rounded", "sky", "space", "stage", "studio", "village"]

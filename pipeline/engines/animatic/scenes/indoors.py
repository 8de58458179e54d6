"""Settings under a roof."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from pipeline.engines.animatic.canvas import Canvas, Ramp, oval, rect, smooth
from pipeline.engines.animatic.layers import Drawable, Element, Particles, Pose, scatter
from pipeline.engines.animatic.palette import Colour, lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.parts import Kit, Scene
from pipeline.engines.animatic.scenes.town import LAMP


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
        canvas.glow(x, 0.50, 0.55, LAMP, 0.55 if pal.night > 0.3 else 0.25)
        canvas.stroke([(x, 0.93), (x, 0.50)], 0.012, 0.010, mix(pal.near, rgb("#3a2a22"), 0.5))
        canvas.ellipse(x, 0.93, 0.06, 0.012, mix(pal.near, rgb("#3a2a22"), 0.5))
        canvas.poly(
            [(x - 0.045, 0.42), (x + 0.045, 0.42), (x + 0.085, 0.54), (x - 0.085, 0.54)],
            Ramp.down(0.42, 0.54, LAMP, mix(LAMP, pal.accent, 0.4)),
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

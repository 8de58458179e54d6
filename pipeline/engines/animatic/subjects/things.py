"""What stands on a table, is held, or hangs in the sky."""

from __future__ import annotations

from math import cos, pi, sin

from pipeline.engines.animatic.layers import Pose
from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Part, Pen, Ramp, Subject, hover, lift, mix, rgb, swing, travel
from pipeline.engines.animatic.subjects.people import figure


def cup(kit: Kit) -> Subject:
    pal = kit.palette
    glaze = pal.tinted(pal.accent, 0.2)

    def steam(pen: Pen) -> None:
        for x in (-0.16, 0.02, 0.18):
            pen.line(
                [(x, -0.74), (x + 0.07, -0.92), (x - 0.05, -1.10), (x + 0.05, -1.30)],
                0.05,
                0.008,
                (255, 255, 255),
                0.35,
            )

    def draw(pen: Pen) -> None:
        pen.oval(0, -0.02, 0.62, 0.075, pal.tinted(rgb("#f4efe6")))
        ring = [(0.36 + 0.20 * cos(a), -0.36 + 0.19 * sin(a)) for a in [k * pi / 16 - pi / 2 for k in range(17)]]
        pen.canvas.stroke(pen.map(ring), 0.075 * pen.size, 0.07 * pen.size, lift(glaze, -0.05))
        pen.curve(
            [(-0.40, -0.66), (0.40, -0.66), (0.37, -0.30), (0.22, -0.06), (-0.22, -0.06), (-0.37, -0.30)],
            Ramp.across(-0.42, 0.42, lift(glaze, -0.08), lift(glaze, 0.04), lift(glaze, -0.04)),
        )
        pen.oval(0, -0.66, 0.40, 0.085, lift(glaze, 0.08))
        pen.oval(0, -0.65, 0.345, 0.065, rgb("#5a3524"))
        pen.oval(-0.08, -0.665, 0.12, 0.018, rgb("#9a6a48"), 0.8)

    return Subject(
        (
            Part(draw),
            Part(
                steam,
                lambda t: Pose(shear=0.12 * sin(2 * pi * t / 3.4), opacity=0.7 + 0.3 * sin(2 * pi * t / 2.3)),
                (0, -0.7),
            ),
        ),
        0.20,
        width=0.65,
    )


def bottle(kit: Kit) -> Subject:
    """A flask on show."""
    hue = kit.palette.accent

    def draw(pen: Pen) -> None:
        outline = [(-0.27, -0.02), (-0.27, -0.56), (-0.10, -0.68), (0.10, -0.68), (0.27, -0.56), (0.27, -0.02)]
        pen.box(-0.085, -0.80, 0.085, -0.64, lift(hue, 0.1), 0.01)
        pen.box(
            -0.13, -1.0, 0.13, -0.79, Ramp.across(-0.13, 0.13, rgb("#b98b4a"), rgb("#ffe6ad"), rgb("#a87a3c")), 0.03
        )
        pen.shape(outline, Ramp.across(-0.28, 0.28, lift(hue, -0.10), lift(hue, 0.12), lift(hue, -0.06)))
        with pen.canvas.inside(pen.map(outline)):
            pen.box(-0.3, -0.42, 0.3, 0.0, lift(hue, -0.07), alpha=0.5)
            pen.box(-0.215, -0.62, -0.165, -0.05, (255, 255, 255), 0.02, 0.5)
            pen.box(0.19, -0.55, 0.21, -0.05, (255, 255, 255), 0.01, 0.3)
        pen.box(-0.15, -0.38, 0.15, -0.16, rgb("#fff8ec"), 0.015, 0.92)
        pen.line([(-0.09, -0.29), (0.09, -0.29)], 0.018, 0.018, lift(hue, -0.2))
        pen.line([(-0.06, -0.235), (0.06, -0.235)], 0.010, 0.010, lift(hue, -0.2))

    return Subject((Part(draw),), 0.38, width=0.4)


def shoe(kit: Kit) -> Subject:
    hue, sole = kit.palette.accent, rgb("#f8f8f6")

    def draw(pen: Pen) -> None:
        pen.curve(
            [
                (-0.80, -0.16),
                (-0.82, -0.62),
                (-0.66, -0.98),
                (-0.40, -0.96),
                (-0.22, -0.78),
                (0.12, -0.58),
                (0.56, -0.44),
                (0.86, -0.36),
                (0.96, -0.16),
            ],
            Ramp.across(-0.8, 0.95, lift(hue, -0.08), lift(hue, 0.05)),
        )
        pen.curve(
            [(0.40, -0.50), (0.72, -0.42), (0.92, -0.32), (0.96, -0.16), (0.5, -0.16), (0.38, -0.34)], lift(hue, 0.10)
        )
        pen.curve([(-0.60, -0.20), (-0.30, -0.46), (0.16, -0.40), (-0.1, -0.30), (-0.4, -0.18)], sole)
        for k in range(4):
            x, y = -0.24 + 0.14 * k, -0.80 + 0.085 * k
            pen.line([(x, y), (x + 0.15, y + 0.20)], 0.035, 0.03, sole)
        pen.curve(
            [(-0.86, -0.18), (0.2, -0.19), (0.98, -0.19), (1.0, -0.06), (0.92, 0.0), (-0.80, 0.0), (-0.88, -0.08)],
            Ramp.down(-0.19, 0, sole, lift(sole, -0.12)),
        )

    return Subject((Part(draw, hover(0, 0.008, 3.4, 0.02), (0, -0.4)),), 0.24, width=1.0, lift=0.03)


def phone(kit: Kit) -> Subject:
    def draw(pen: Pen) -> None:
        pen.box(-0.25, -1.0, 0.25, 0.0, Ramp.across(-0.25, 0.25, rgb("#30343c"), rgb("#10131a")), 0.07)
        pen.box(
            -0.225,
            -0.975,
            0.225,
            -0.025,
            Ramp.down(-1, 0, kit.palette.sky[0], kit.palette.sky[1], kit.palette.sky[2], kit.palette.accent),
            0.05,
        )
        pen.oval(0.02, -0.56, 0.09, 0.09, kit.palette.light, 0.9)
        pen.curve(
            [
                (-0.225, -0.30),
                (-0.10, -0.42),
                (0.02, -0.33),
                (0.14, -0.46),
                (0.225, -0.36),
                (0.225, -0.03),
                (-0.225, -0.03),
            ],
            kit.palette.near,
            0.55,
        )
        pen.shape([(-0.225, -0.97), (0.02, -0.97), (-0.225, -0.40)], (255, 255, 255), 0.10)
        pen.box(-0.05, -0.95, 0.05, -0.925, rgb("#0a0c10"), 0.012)

    return Subject((Part(draw, hover(0, 0.006, 3.6, 0.02), (0, -0.5)),), 0.42, width=0.4, lift=0.02)


def guitar(kit: Kit) -> Subject:
    wood = kit.palette.tinted(rgb("#c9772f"), 0.2)

    def draw(pen: Pen) -> None:
        pen.line([(0.0, -0.50), (0.0, -0.92)], 0.05, 0.042, rgb("#4a2d1c"))
        pen.box(-0.04, -1.02, 0.04, -0.90, rgb("#4a2d1c"), 0.012)
        outline = [
            (0, -0.02),
            (-0.20, -0.06),
            (-0.23, -0.22),
            (-0.14, -0.34),
            (-0.17, -0.47),
            (-0.08, -0.55),
            (0.08, -0.55),
            (0.17, -0.47),
            (0.14, -0.34),
            (0.23, -0.22),
            (0.20, -0.06),
        ]
        pen.curve(outline, Ramp.across(-0.24, 0.24, lift(wood, -0.08), lift(wood, 0.07), lift(wood, -0.05)))
        pen.oval(0, -0.35, 0.065, 0.065, rgb("#2a1a12"))
        pen.box(-0.08, -0.16, 0.08, -0.135, rgb("#2a1a12"), 0.01)
        for k in range(4):
            pen.line([(-0.018 + 0.012 * k, -0.15), (-0.018 + 0.012 * k, -0.98)], 0.003, 0.003, rgb("#f2e9d8"), 0.8)

    return Subject((Part(draw, swing(0.03, 2.4), (0, 0)),), 0.46, width=0.35)


def piano(kit: Kit) -> Subject:
    black = mix(rgb("#16171d"), kit.palette.near, 0.3)

    def draw(pen: Pen) -> None:
        for x in (-0.72, 0.10, 0.72):
            pen.line([(x, -0.36), (x + 0.02, 0.0)], 0.05, 0.03, black)
        pen.curve(
            [(-0.90, -0.52), (0.9, -0.52), (0.9, -0.34), (0.2, -0.32), (-0.90, -0.34)],
            Ramp.down(-0.52, -0.32, lift(black, 0.07), black),
        )
        pen.curve(
            [(-0.86, -0.54), (-0.4, -0.98), (0.30, -1.0), (0.88, -0.56)],
            Ramp.down(-1, -0.55, lift(black, 0.12), lift(black, 0.02)),
        )
        pen.box(-1.06, -0.46, -0.84, -0.35, black, 0.02)
        for k in range(9):
            pen.box(-1.05 + 0.022 * k, -0.475, -1.033 + 0.022 * k, -0.455, rgb("#f7f4ec"))
        pen.line([(0.3, -0.56), (0.42, -0.92)], 0.016, 0.012, rgb("#c9a45c"))

    return Subject((Part(draw),), 0.30, width=1.1)


def umbrella(kit: Kit) -> Subject:
    """A figure under an umbrella."""
    hue = kit.palette.accent

    def cover(pen: Pen) -> None:
        pen.line([(0.10, -0.52), (0.10, -1.08)], 0.018, 0.014, rgb("#2a2a30"))
        top = [
            (-0.30, -0.98),
            (-0.24, -1.12),
            (-0.06, -1.23),
            (0.10, -1.26),
            (0.26, -1.23),
            (0.44, -1.12),
            (0.50, -0.98),
        ]
        pen.shape(
            [*top, (0.37, -1.02), (0.24, -0.98), (0.10, -1.02), (-0.04, -0.98), (-0.17, -1.02)],
            Ramp.across(-0.3, 0.5, lift(hue, -0.08), lift(hue, 0.06)),
        )
        pen.line([(0.10, -1.25), (0.10, -1.31)], 0.014, 0.01, rgb("#2a2a30"))

    return Subject(
        (*figure(kit, kit.palette.tinted(rgb("#3c4a63"))), Part(cover)),
        0.29,
        travel(0.04, 0.005, 0.55, -0.08),
        width=0.5,
    )


def kite(kit: Kit) -> Subject:
    hue = kit.palette.accent

    def draw(pen: Pen) -> None:
        pen.line([(0.0, 0.0), (-0.9, 0.9), (-1.9, 2.4)], 0.008, 0.008, mix(kit.palette.near, (255, 255, 255), 0.4), 0.8)
        pen.shape([(0, -1.0), (0.36, -0.52), (0, 0.0)], lift(hue, -0.05))
        pen.shape([(0, -1.0), (-0.36, -0.52), (0, 0.0)], lift(hue, 0.07))
        pen.shape([(0.36, -0.52), (0, 0.0), (-0.36, -0.52)], kit.palette.light, 0.35)
        pen.line([(0, 0), (-0.10, 0.25), (0.06, 0.5), (-0.08, 0.8)], 0.02, 0.008, hue)
        for y, side in ((0.25, -1), (0.5, 1), (0.75, -1)):
            pen.shape(
                [(side * 0.06, y), (side * 0.06 - 0.09, y - 0.05), (side * 0.06 - 0.09, y + 0.05)], kit.palette.light
            )
            pen.shape(
                [(side * 0.06, y), (side * 0.06 + 0.09, y - 0.05), (side * 0.06 + 0.09, y + 0.05)], kit.palette.light
            )

    return Subject((Part(draw),), 0.22, hover(0.05, 0.03, 4.6, 0.12), "air", 2.0, 0.34, shadow=False)


def book(kit: Kit) -> Subject:
    pal = kit.palette

    def draw(pen: Pen) -> None:
        pen.glow(0, -0.5, 1.1, pal.light, 0.35)
        for side in (-1, 1):
            pen.curve(
                [
                    (0, -0.10),
                    (side * 0.40, -0.22),
                    (side * 0.92, -0.12),
                    (side * 0.90, -0.02),
                    (side * 0.40, -0.12),
                    (0, 0.0),
                ],
                mix(pal.accent, pal.near, 0.3),
            )
            pen.curve(
                [
                    (0, -0.16),
                    (side * 0.36, -0.32),
                    (side * 0.86, -0.20),
                    (side * 0.85, -0.11),
                    (side * 0.38, -0.20),
                    (0, -0.06),
                ],
                pal.tinted(rgb("#fdf6e3")),
            )
            for k in range(3):
                pen.line(
                    [
                        (side * 0.14, -0.185 + 0.035 * k - 0.02),
                        (side * 0.38, -0.265 + 0.035 * k),
                        (side * 0.70, -0.22 + 0.035 * k),
                    ],
                    0.008,
                    0.008,
                    rgb("#9a8f7f"),
                    0.6,
                )

    return Subject((Part(draw),), 0.26, width=1.0)


def planet(kit: Kit) -> Subject:
    hue = mix(kit.palette.accent, rgb("#e0a878"), 0.4)

    def draw(pen: Pen) -> None:
        from pipeline.engines.animatic.canvas import oval

        pen.glow(0, -0.5, 0.95, hue, 0.35)
        pen.oval(0, -0.5, 0.48, 0.48, Ramp.across(-0.5, 0.5, lift(hue, 0.08), hue, lift(hue, -0.3)))
        with pen.canvas.inside(pen.map(oval(0, -0.5, 0.48, 0.48))):
            for k, y in enumerate((-0.80, -0.66, -0.50, -0.36, -0.24)):
                pen.oval(
                    0.04 * (-1) ** k, y, 0.62, 0.035 + 0.012 * (k % 3), lift(hue, 0.08 * (-1) ** k), 0.55, turn=-0.18
                )
            pen.oval(0.38, -0.42, 0.52, 0.62, rgb("#05060f"), 0.55, soft=0.09)
        ring = [
            (
                0.86 * cos(a) * cos(-0.22) - 0.20 * sin(a) * sin(-0.22),
                -0.5 + 0.86 * cos(a) * sin(-0.22) + 0.20 * sin(a) * cos(-0.22),
            )
            for a in [k * pi / 40 for k in range(-6, 47)]
        ]
        pen.canvas.stroke(pen.map(ring), 0.05 * pen.size, 0.05 * pen.size, rgb("#f4e2c3"), 0.85)

    return Subject(
        (Part(draw, hover(0, 0.004, 9, 0.01), (0, -0.5)),), 0.46, place="space", width=0.9, lift=0.18, shadow=False
    )

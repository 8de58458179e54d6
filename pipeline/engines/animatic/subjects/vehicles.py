"""What carries people."""

from __future__ import annotations

from math import cos, pi, sin

from pipeline.engines.animatic.layers import Motion, Pose
from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.scenes.parts import Kit, bob
from pipeline.engines.animatic.subjects.pen import Part, Pen, Ramp, Subject, hover, lift, mix, rgb, spin, travel
from pipeline.engines.animatic.subjects.places import lit


def boat(kit: Kit) -> Subject:
    pal = kit.palette
    hull, sail, trim = pal.tinted(rgb("#a8432f")), mix(rgb("#fff7e6"), pal.glow, 0.25), pal.tinted(rgb("#5a3222"))

    def mirror(pen: Pen) -> None:
        pen.curve(
            [(-0.38, 0.015), (0.38, 0.015), (0.24, 0.20), (0.0, 0.30), (-0.22, 0.18)],
            mix(pal.near, hull, 0.3),
            0.30,
            soft=0.02,
        )

    def draw(pen: Pen) -> None:
        pen.line([(0.0, -0.10), (0.0, -1.0)], 0.022, 0.014, trim)
        pen.curve(
            [(0.02, -0.96), (0.20, -0.60), (0.36, -0.20), (0.02, -0.19)],
            Ramp.across(0.0, 0.38, sail, lift(sail, -0.08)),
        )
        pen.curve(
            [(-0.025, -0.88), (-0.16, -0.52), (-0.28, -0.20), (-0.025, -0.20)],
            Ramp.across(-0.3, 0.0, lift(sail, -0.12), lift(sail, -0.03)),
        )
        pen.shape([(0.0, -1.0), (0.0, -0.93), (-0.11, -0.97)], pal.accent)
        pen.curve(
            [(-0.44, -0.15), (0.0, -0.12), (0.50, -0.17), (0.42, -0.03), (0.30, 0.03), (-0.30, 0.03), (-0.38, -0.03)],
            Ramp.down(-0.16, 0.03, lift(hull, 0.05), lift(hull, -0.10)),
        )
        pen.line([(-0.43, -0.135), (0.0, -0.105), (0.48, -0.15)], 0.018, 0.018, sail)
        for k in range(4):
            pen.oval(-0.02 + 0.02 * k, 0.05 + 0.028 * k, 0.44 - 0.08 * k, 0.006, pal.light, 0.4 - 0.07 * k)

    return Subject(
        (Part(mirror), Part(draw)), 0.30, bob(0.008, 0.006, 3.6, turn=0.035), "water", 0.55, 0.0, shadow=False
    )


def _wheel(x: float, r: float, tone: Colour, rim: Colour, period_s: float) -> Part:
    def draw(pen: Pen) -> None:
        pen.oval(x, -r, r, r, tone)
        pen.oval(x, -r, r * 0.58, r * 0.58, rim)
        for k in range(5):
            pen.line(
                [(x, -r), (x + r * 0.5 * cos(k * 1.2566), -r + r * 0.5 * sin(k * 1.2566))], r * 0.12, r * 0.1, tone
            )

    return Part(draw, spin(period_s), (x, -r))


def car(kit: Kit) -> Subject:
    pal = kit.palette
    paint = pal.tinted(rgb(("#e4572e", "#2a9d8f", "#f2b134", "#4f6db8")[int(kit.random.integers(4))]), 0.2)
    glass = lit(kit) if kit.dark else mix(rgb("#cfe8f0"), pal.glow, 0.3)

    def body(pen: Pen) -> None:
        if kit.palette.night > 0.3:
            pen.canvas.poly(
                pen.map([(1.22, -0.42), (3.4, -0.75), (3.4, 0.15), (1.22, -0.28)]),
                (255, 238, 190),
                0.22,
                0.03 * pen.size,
            )
        pen.curve(
            [
                (-1.24, -0.30),
                (-1.22, -0.52),
                (-0.80, -0.60),
                (-0.48, -0.94),
                (0.24, -0.97),
                (0.66, -0.62),
                (1.16, -0.54),
                (1.28, -0.36),
                (1.24, -0.18),
                (-1.20, -0.18),
            ],
            Ramp.down(-0.97, -0.18, lift(paint, 0.06), paint, lift(paint, -0.1)),
        )
        pen.curve([(-0.62, -0.62), (-0.42, -0.87), (-0.08, -0.90), (-0.08, -0.61)], glass)
        pen.curve([(-0.0, -0.61), (0.0, -0.90), (0.20, -0.89), (0.50, -0.62)], glass)
        pen.line([(-1.18, -0.42), (1.2, -0.42)], 0.018, 0.018, lift(paint, -0.12))
        pen.oval(1.21, -0.44, 0.05, 0.06, rgb("#fff3c9"))
        pen.oval(-1.21, -0.44, 0.035, 0.055, rgb("#ff5a4d"))
        if kit.palette.night > 0.3:
            pen.glow(1.24, -0.44, 0.5, rgb("#fff0c0"), 0.8)
            pen.glow(-1.22, -0.44, 0.3, rgb("#ff4d40"), 0.6)

    tyre, rim = rgb("#1d2027"), pal.tinted(rgb("#c9ced6"))
    return Subject(
        (Part(body, hover(0, 0.0012, 0.5)), _wheel(-0.74, 0.23, tyre, rim, 0.55), _wheel(0.76, 0.23, tyre, rim, 0.55)),
        0.13,
        travel(0.12, 0, 1, -0.25),
        width=1.3,
    )


def bicycle(kit: Kit) -> Subject:
    pal = kit.palette
    frame = pal.accent

    def wheel(x: float) -> Part:
        def draw(pen: Pen) -> None:
            ring = [(x + 0.23 * cos(a * pi / 18), -0.23 + 0.23 * sin(a * pi / 18)) for a in range(37)]
            pen.canvas.stroke(pen.map(ring), 0.024 * pen.size, 0.024 * pen.size, mix(pal.near, (20, 20, 24), 0.5))
            for k in range(6):
                pen.line(
                    [(x, -0.23), (x + 0.22 * cos(k * pi / 3), -0.23 + 0.22 * sin(k * pi / 3))],
                    0.006,
                    0.006,
                    mix(pal.near, (220, 220, 220), 0.4),
                )

        return Part(draw, spin(1.1), (x, -0.23))

    def bike(pen: Pen) -> None:
        for a, b in (
            ((-0.34, -0.23), (-0.10, -0.52)),
            ((-0.10, -0.52), (0.24, -0.50)),
            ((0.24, -0.50), (0.36, -0.23)),
            ((-0.10, -0.52), (0.02, -0.22)),
            ((0.02, -0.22), (0.24, -0.50)),
            ((-0.34, -0.23), (0.02, -0.22)),
        ):
            pen.line([a, b], 0.024, 0.024, frame)
        pen.line([(0.24, -0.50), (0.22, -0.60), (0.30, -0.62)], 0.02, 0.02, frame)

    def rider(pen: Pen) -> None:
        coat, dark = pal.tinted(rgb("#2f6f8f")), mix(pal.near, rgb("#22242e"), 0.5)
        pen.line([(-0.10, -0.58), (0.10, -0.42), (0.03, -0.20)], 0.09, 0.055, dark)
        pen.line([(-0.11, -0.56), (-0.04, -0.76), (0.05, -0.86)], 0.16, 0.12, coat)
        pen.line([(0.04, -0.82), (0.16, -0.70), (0.28, -0.62)], 0.055, 0.04, lift(coat, -0.06))
        pen.oval(0.09, -0.95, 0.062, 0.07, pal.tinted(rgb("#c68e63")))
        pen.curve([(0.015, -0.95), (0.03, -1.02), (0.10, -1.04), (0.16, -0.985), (0.09, -0.975)], pal.accent)

    return Subject(
        (wheel(-0.34), wheel(0.36), Part(bike), Part(rider, hover(0, 0.0016, 0.8))),
        0.26,
        travel(0.10, 0, 1, -0.2),
        width=0.7,
    )


def train(kit: Kit) -> Subject:
    pal, glass = kit.palette, lit(kit)
    body_tone, stripe = pal.tinted(rgb("#e9ecef")), pal.tinted(rgb("#c8433a"))

    def draw(pen: Pen) -> None:
        pen.box(-9, -0.04, 9, 0.02, mix(pal.near, (60, 50, 48), 0.4))
        for k in range(4):
            x = 1.9 - 1.95 * k
            nose = [
                (x - 0.92, -0.12),
                (x - 0.92, -0.74),
                (x + 0.55, -0.74),
                (x + 0.82, -0.62),
                (x + 0.99, -0.34),
                (x + 0.98, -0.12),
            ]
            coach = [(x - 0.92, -0.12), (x - 0.92, -0.74), (x + 0.98, -0.74), (x + 0.98, -0.12)]
            pen.shape(nose if k == 0 else coach, Ramp.down(-0.75, -0.1, lift(body_tone, 0.03), lift(body_tone, -0.08)))
            pen.box(x - 0.92, -0.30, x + 0.97, -0.235, stripe)
            for w in range(6 if k else 5):
                pen.box(x - 0.80 + 0.28 * w, -0.63, x - 0.60 + 0.28 * w, -0.42, glass, 0.03)
            if k == 0:
                pen.shape(
                    [(x + 0.60, -0.66), (x + 0.78, -0.58), (x + 0.88, -0.42), (x + 0.62, -0.42)],
                    mix(glass, rgb("#24303c"), 0.6),
                )
                pen.glow(x + 0.98, -0.24, 0.5, rgb("#fff1c0"), 0.75)
            for axle in (-0.6, 0.6):
                pen.box(x + axle - 0.2, -0.13, x + axle + 0.2, -0.03, rgb("#2a2d33"), 0.04)

    return Subject((Part(draw),), 0.15, travel(0.20, 0, 1, -0.65), width=5.2, shadow=False)


def plane(kit: Kit) -> Subject:
    tone = kit.palette.tinted(rgb("#f3f6f9"))

    def draw(pen: Pen) -> None:
        pen.curve([(-0.10, -0.52), (0.18, -0.52), (-0.36, -0.86), (-0.50, -0.86)], lift(tone, -0.10))
        pen.curve(
            [(-1.18, -0.50), (-1.0, -0.58), (0.6, -0.60), (1.05, -0.48), (1.10, -0.44), (0.7, -0.36), (-0.6, -0.38)],
            Ramp.down(-0.6, -0.36, lift(tone, 0.02), lift(tone, -0.12)),
        )
        pen.curve([(-1.02, -0.54), (-1.22, -0.86), (-1.06, -0.87), (-0.72, -0.56)], kit.palette.accent)
        pen.curve([(-0.15, -0.42), (0.28, -0.42), (-0.44, 0.02), (-0.62, 0.02)], lift(tone, -0.05))
        for k in range(11):
            pen.oval(-0.6 + 0.11 * k, -0.495, 0.022, 0.026, rgb("#33495e"))
        pen.curve([(0.80, -0.55), (0.96, -0.49), (0.84, -0.48), (0.74, -0.50)], rgb("#33495e"))

    return Subject((Part(draw),), 0.16, hover(0, 0.008, 4, 0.02, 0.075, -0.2), "air", 1.3, 0.34, shadow=False)


def balloon(kit: Kit) -> Subject:
    hues = [kit.palette.accent, rgb("#fff2d8"), mix(kit.palette.accent, rgb("#7a2f5e"), 0.45), rgb("#f9c74f")]

    def one(x: float, y: float, size: float):  # type: ignore[no-untyped-def]
        def draw(pen: Pen) -> None:
            outline = [(x, y - 0.98 * size), (x + 0.30 * size, y - 0.86 * size), (x + 0.37 * size, y - 0.62 * size),
                (x + 0.22 * size, y - 0.36 * size), (x + 0.07 * size, y - 0.22 * size),
                       (x - 0.07 * size, y - 0.22 * size), (x - 0.22 * size, y - 0.36 * size),
                       (x - 0.37 * size, y - 0.62 * size), (x - 0.30 * size, y - 0.86 * size)]  # fmt: skip
            pen.curve(outline, kit.palette.tinted(hues[0], 0.2))
            with pen.inside(outline):
                for k, edge in enumerate((0.30, 0.18, 0.06)):
                    tone = kit.palette.tinted(hues[(k + 1) % 4 if k != 2 else 0], 0.2)
                    pen.oval(x, y - 0.60 * size, edge * size, 0.60 * size, tone)
                pen.shape(
                    [
                        (x - 0.5 * size, y - 1.1 * size),
                        (x - 0.12 * size, y - 1.1 * size),
                        (x - 0.22 * size, y - 0.6 * size),
                        (x - 0.08 * size, y - 0.2 * size),
                        (x - 0.5 * size, y - 0.2 * size),
                    ],
                    kit.palette.near,
                    0.20,
                    soft=0.05,
                )
            for side in (-0.055, 0.055):
                pen.line(
                    [(x + side * size, y - 0.23 * size), (x + side * 0.8 * size, y - 0.10 * size)],
                    0.006,
                    0.006,
                    rgb("#3b2a22"),
                )
            pen.box(
                x - 0.055 * size,
                y - 0.11 * size,
                x + 0.055 * size,
                y - 0.02 * size,
                kit.palette.tinted(rgb("#7a4f2e")),
                0.015,
            )

        return Part(draw, hover(0.01, 0.014, 5 + 3 * size, 0.02), (x, y - 0.5 * size))

    return Subject(
        (one(-0.85, -0.45, 0.42), one(0.75, -0.70, 0.30), one(0.0, 0.0, 1.0)),
        0.36,
        hover(0.02, 0.01, 9, 0, 0.008),
        "air",
        1.2,
        0.28,
        shadow=False,
    )


def rocket(kit: Kit) -> Subject:
    shell = rgb("#f1f3f6")

    def flame(pen: Pen) -> None:
        pen.glow(0, 0.12, 0.65, rgb("#ff9a3c"), 0.7)
        pen.curve(
            [(-0.10, -0.02), (0.10, -0.02), (0.06, 0.26), (0.0, 0.52), (-0.06, 0.26)],
            Ramp.down(0, 0.5, rgb("#fff4c2"), rgb("#ffb347"), rgb("#ff5e3a")),
        )

    def draw(pen: Pen) -> None:
        for side in (-1, 1):
            pen.curve(
                [(side * 0.12, -0.34), (side * 0.28, -0.12), (side * 0.27, 0.03), (side * 0.11, -0.07)],
                kit.palette.accent,
            )
        pen.curve(
            [
                (0, -1.0),
                (0.13, -0.80),
                (0.17, -0.50),
                (0.13, -0.10),
                (0.10, -0.02),
                (-0.10, -0.02),
                (-0.13, -0.10),
                (-0.17, -0.50),
                (-0.13, -0.80),
            ],
            Ramp.across(-0.17, 0.17, lift(shell, -0.14), shell, lift(shell, -0.04)),
        )
        pen.curve([(0, -1.0), (0.085, -0.89), (0.118, -0.80), (-0.118, -0.80), (-0.085, -0.89)], kit.palette.accent)
        pen.oval(0, -0.60, 0.075, 0.075, rgb("#6f7f8f"))
        pen.oval(0, -0.60, 0.055, 0.055, Ramp.down(-0.66, -0.54, rgb("#bff0ff"), rgb("#3a86b0")))

    wobble: Motion = lambda t: Pose(scale=1 + 0.08 * sin(21 * t) + 0.05 * sin(34 * t))  # noqa: E731
    return Subject(
        (Part(flame, wobble, (0, 0)), Part(draw)),
        0.34,
        lambda t: Pose(dy=-0.035 * t + 0.05, dx=0.002 * sin(9 * t)),
        "space",
        0.4,
        0.10,
        shadow=False,
    )

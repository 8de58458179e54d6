"""Vehicles, buildings and objects."""

from __future__ import annotations

from math import cos, pi, sin

from pipeline.engines.animatic.layers import Motion, Pose
from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.scenes.parts import Kit, bob, pulse
from pipeline.engines.animatic.subjects.beings import figure
from pipeline.engines.animatic.subjects.pen import Part, Pen, Ramp, Subject, hover, lift, mix, rgb, spin, swing, travel


def _lit(kit: Kit) -> Colour:
    return rgb("#ffe2a0") if kit.dark or kit.time in ("dusk", "sunset") else kit.palette.tinted(rgb("#bfdde8"))


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
    glass = _lit(kit) if kit.dark else mix(rgb("#cfe8f0"), pal.glow, 0.3)

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
    pal, glass = kit.palette, _lit(kit)
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


def tree(kit: Kit) -> Subject:
    from pipeline.engines.animatic.canvas import oval

    pal = kit.palette
    crown, trunk = (
        pal.tinted(rgb("#4f8f4a") if kit.time not in ("golden", "sunset") else rgb("#d9812f")),
        pal.tinted(rgb("#5a3b28")),
    )
    seeds = kit.random.random((16, 3))

    def draw(pen: Pen) -> None:
        pen.shape(
            [(-0.10, 0.02), (-0.045, -0.14), (-0.04, -0.42), (0.04, -0.42), (0.045, -0.14), (0.11, 0.02)],
            Ramp.across(-0.1, 0.1, lift(trunk, -0.06), lift(trunk, 0.04)),
        )
        for side, reach, y in ((-1, 0.22, -0.40), (1, 0.24, -0.36), (-1, 0.10, -0.5)):
            pen.line([(0, y + 0.06), (side * reach * 0.6, y - 0.10), (side * reach, y - 0.24)], 0.05, 0.015, trunk)

    def leaves(pen: Pen) -> None:
        discs = [
            (0.36 * cos(k * 0.7) * (0.5 + 0.5 * r), -0.66 + 0.24 * sin(k * 0.7) * (0.6 + 0.4 * r), 0.13 + 0.07 * s)
            for k, (r, s, _) in enumerate(seeds)
        ]
        pen.canvas.polys(
            [pen.map(oval(x, y, r, r * 0.92)) for x, y, r in [*discs, (0, -0.68, 0.30)]],
            pen._paint(Ramp.down(-1.0, -0.42, lift(crown, 0.06), lift(crown, -0.10))),
        )
        for x, y, r in discs:
            if y < -0.6:
                pen.oval(x - 0.25 * r, y - 0.25 * r, r * 0.62, r * 0.5, pal.light, 0.18, soft=0.01)

    return Subject(
        (Part(draw), Part(leaves, lambda t: Pose(shear=0.012 * sin(2 * pi * t / 4.0)), (0, -0.3))), 0.46, width=0.5
    )


def flower(kit: Kit) -> Subject:
    pal = kit.palette
    hue, green = pal.accent, pal.tinted(rgb("#4d8a45"))

    def draw(pen: Pen) -> None:
        pen.line([(0.02, 0.02), (-0.03, -0.35), (0.0, -0.72)], 0.045, 0.03, green)
        for side, y in ((1, -0.30), (-1, -0.42)):
            pen.curve(
                [(0, y), (side * 0.14, y - 0.13), (side * 0.32, y - 0.12), (side * 0.16, y + 0.01)],
                Ramp.down(y - 0.13, y, lift(green, 0.06), green),
            )
        for ring, (count, reach, tone) in enumerate(((9, 0.26, lift(hue, -0.06)), (8, 0.2, lift(hue, 0.03)))):
            for k in range(count):
                a = 2 * pi * (k + 0.5 * ring) / count
                pen.oval(reach * 0.62 * cos(a), -0.74 + reach * 0.62 * sin(a), reach * 0.5, reach * 0.24, tone, turn=a)
        pen.oval(0, -0.74, 0.085, 0.085, Ramp.down(-0.83, -0.65, rgb("#ffd966"), rgb("#c9822b")))

    return Subject((Part(draw, lambda t: Pose(shear=0.04 * sin(2 * pi * t / 3.4)), (0, 0)),), 0.36, width=0.35)


def house(kit: Kit) -> Subject:
    pal, glass = kit.palette, _lit(kit)
    wall, roof = pal.tinted(rgb("#e8d9c0")), pal.tinted(rgb("#a5482f"))

    def smoke(pen: Pen) -> None:
        for k in range(4):
            pen.oval(
                0.30 + 0.06 * k,
                -1.02 - 0.13 * k,
                0.04 + 0.025 * k,
                0.035 + 0.02 * k,
                mix(pal.sky[-1], (255, 255, 255), 0.4),
                0.5 - 0.1 * k,
                soft=0.02,
            )

    def draw(pen: Pen) -> None:
        pen.box(0.22, -0.98, 0.34, -0.66, lift(wall, -0.2))
        pen.box(-0.52, -0.52, 0.52, 0.02, Ramp.across(-0.52, 0.52, lift(wall, -0.10), wall))
        pen.shape(
            [(-0.64, -0.50), (-0.40, -0.90), (0.40, -0.90), (0.64, -0.50)],
            Ramp.down(-0.9, -0.5, lift(roof, 0.05), lift(roof, -0.06)),
        )
        pen.box(-0.08, -0.32, 0.10, 0.02, pal.tinted(rgb("#5a3a2a")), 0.03)
        for x in (-0.40, 0.22):
            if kit.palette.night > 0.3:
                pen.glow(x + 0.09, -0.28, 0.4, glass, 0.5)
            pen.box(x, -0.38, x + 0.18, -0.18, glass, 0.01)
            pen.line([(x + 0.09, -0.38), (x + 0.09, -0.18)], 0.012, 0.012, wall)
            pen.line([(x, -0.28), (x + 0.18, -0.28)], 0.012, 0.012, wall)

    return Subject((Part(smoke, hover(0.008, 0.004, 5)), Part(draw)), 0.30, width=0.7)


def lighthouse(kit: Kit) -> Subject:
    pal = kit.palette
    white, red = pal.tinted(rgb("#f5f1e8")), pal.tinted(rgb("#c8433a"))

    def beam(pen: Pen) -> None:
        for side in (-1, 1):
            pen.canvas.poly(
                pen.map([(0, -0.885), (side * 3.2, -1.20), (side * 3.2, -0.62)]), rgb("#fff3c4"), 0.30, 0.02 * pen.size
            )

    def draw(pen: Pen) -> None:
        pen.curve(
            [(-0.62, 0.05), (-0.46, -0.09), (-0.16, -0.14), (0.22, -0.12), (0.50, -0.05), (0.66, 0.06)],
            mix(pal.near, rgb("#55504c"), 0.35),
        )
        outline = [(-0.145, -0.08), (-0.095, -0.78), (0.095, -0.78), (0.145, -0.08)]
        pen.shape(outline, Ramp.across(-0.14, 0.14, lift(white, -0.16), white, lift(white, 0.02)))
        with pen.canvas.inside(pen.map(outline)):
            for k in range(3):
                pen.shape(
                    [
                        (-0.2, -0.24 - 0.22 * k),
                        (0.2, -0.24 - 0.22 * k),
                        (0.2, -0.13 - 0.22 * k),
                        (-0.2, -0.13 - 0.22 * k),
                    ],
                    Ramp.across(-0.14, 0.14, lift(red, -0.12), red),
                )
        pen.box(-0.13, -0.81, 0.13, -0.775, rgb("#2d3138"))
        pen.box(-0.075, -0.93, 0.075, -0.81, rgb("#ffeeb0"))
        pen.glow(0, -0.87, 0.5, rgb("#fff0b0"), 0.85 if pal.night > 0.2 else 0.35)
        pen.shape([(-0.10, -0.93), (0, -1.02), (0.10, -0.93)], red)

    parts = (Part(beam, pulse(0.15, 3.2)),) if pal.night > 0.3 else ()
    return Subject((*parts, Part(draw)), 0.46, width=2.6, shadow=False)


def castle(kit: Kit) -> Subject:
    pal, glass = kit.palette, _lit(kit)
    stone = mix(pal.at(0.75), pal.tinted(rgb("#b9a9a0")), 0.45)

    def tower(pen: Pen, x: float, w: float, top: float, spire: bool) -> None:
        pen.box(x - w, top, x + w, 0.02, Ramp.across(x - w, x + w, lift(stone, -0.07), lift(stone, 0.03)))
        for k in range(4):
            pen.box(x - w * 1.15 + k * w * 0.62, top - 0.035, x - w * 1.15 + (k + 0.6) * w * 0.62, top + 0.01, stone)
        if spire:
            pen.shape([(x - w * 1.25, top), (x, top - w * 3.1), (x + w * 1.25, top)], mix(pal.accent, pal.near, 0.35))
            pen.line([(x, top - w * 3.0), (x, top - w * 3.7)], 0.008, 0.006, stone)
            pen.shape([(x, top - w * 3.7), (x + w * 0.8, top - w * 3.5), (x, top - w * 3.3)], pal.accent)
        pen.box(x - w * 0.2, top + 0.09, x + w * 0.2, top + 0.17, glass, 0.02)

    def draw(pen: Pen) -> None:
        pen.curve([(-1.1, 0.10), (-0.7, -0.08), (0.0, -0.14), (0.7, -0.07), (1.1, 0.10)], mix(stone, pal.near, 0.6))
        pen.box(-0.60, -0.30, 0.60, 0.02, lift(stone, -0.03))
        for k in range(13):
            pen.box(-0.60 + 0.094 * k, -0.34, -0.55 + 0.094 * k, -0.29, lift(stone, -0.03))
        for x, w, top, spire in (
            (-0.60, 0.10, -0.46, True),
            (0.60, 0.10, -0.44, True),
            (-0.24, 0.11, -0.60, True),
            (0.26, 0.10, -0.54, False),
            (0.03, 0.12, -0.68, True),
        ):
            tower(pen, x, w, top, spire)
        pen.curve(
            [(-0.10, 0.02), (-0.10, -0.14), (0.0, -0.20), (0.10, -0.14), (0.10, 0.02)], mix(pal.near, (0, 0, 0), 0.3)
        )

    return Subject((Part(draw),), 0.36, width=1.1, shadow=False)


def windmill(kit: Kit) -> Subject:
    pal = kit.palette
    wall = pal.tinted(rgb("#efe6d6"))

    def draw(pen: Pen) -> None:
        pen.shape(
            [(-0.19, 0.02), (-0.11, -0.64), (0.11, -0.64), (0.19, 0.02)],
            Ramp.across(-0.19, 0.19, lift(wall, -0.14), wall),
        )
        pen.curve([(-0.13, -0.63), (-0.08, -0.76), (0.08, -0.76), (0.13, -0.63)], pal.tinted(rgb("#a5482f")))
        pen.box(-0.05, -0.16, 0.05, 0.02, pal.tinted(rgb("#5a3a2a")), 0.02)

    def sails(pen: Pen) -> None:
        for k in range(4):
            a = k * pi / 2 + 0.4
            tip, n = (0.52 * cos(a), -0.66 + 0.52 * sin(a)), (-sin(a) * 0.085, cos(a) * 0.085)
            near = (0.12 * cos(a), -0.66 + 0.12 * sin(a))
            pen.shape(
                [near, tip, (tip[0] + n[0], tip[1] + n[1]), (near[0] + n[0], near[1] + n[1])],
                mix(wall, (255, 255, 255), 0.3),
                0.92,
            )
            pen.line([(0, -0.66), tip], 0.016, 0.012, pal.tinted(rgb("#4a3426")))
        pen.oval(0, -0.66, 0.03, 0.03, pal.tinted(rgb("#4a3426")))

    return Subject((Part(draw), Part(sails, spin(9.0), (0, -0.66))), 0.40, width=0.55)


def campfire(kit: Kit) -> Subject:
    def light(pen: Pen) -> None:
        pen.glow(0, -0.35, 3.0, rgb("#ff9d45"), 0.5)

    def flames(pen: Pen) -> None:
        for w, h, tone in ((0.34, 1.0, rgb("#ff6a3a")), (0.25, 0.74, rgb("#ffa63d")), (0.14, 0.48, rgb("#ffe48a"))):
            pen.curve(
                [
                    (-w, -0.08),
                    (-w * 0.8, -0.34 * h),
                    (-w * 0.25, -0.62 * h),
                    (0.02, -h),
                    (w * 0.35, -0.58 * h),
                    (w * 0.85, -0.30 * h),
                    (w, -0.08),
                    (0, 0.0),
                ],
                tone,
                0.95,
            )

    def logs(pen: Pen) -> None:
        for a, b in (((-0.44, 0.02), (0.36, -0.12)), ((0.44, 0.02), (-0.36, -0.12))):
            pen.line([a, b], 0.11, 0.10, rgb("#4a2d1c"))
            pen.oval(*a, 0.05, 0.055, rgb("#8a5a36"))

    flicker: Motion = lambda t: Pose(shear=0.10 * sin(7 * t) + 0.05 * sin(13.3 * t), scale=1 + 0.05 * sin(9.7 * t))  # noqa: E731
    return Subject(
        (
            Part(light, lambda t: Pose(opacity=0.8 + 0.12 * sin(8 * t) + 0.08 * sin(13 * t))),
            Part(flames, flicker, (0, 0)),
            Part(logs),
        ),
        0.13,
        width=3.2,
        shadow=False,
    )


def lantern(kit: Kit) -> Subject:
    """Paper lanterns rising into the night."""
    seeds = kit.random.random((13, 4))
    parts = []
    for number, (x, y, size, phase) in enumerate(seeds):
        at, level, s = (x - 0.5) * 5.2, -1.9 + 2.1 * y, 0.16 + 0.34 * size
        if number == 0:
            at, level, s = 0.0, -0.2, 0.85

        def draw(pen: Pen, at: float = at, level: float = level, s: float = s) -> None:
            pen.glow(at, level - 0.4 * s, 1.15 * s, rgb("#ffb347"), 0.6)
            pen.curve(
                [
                    (at - 0.26 * s, level),
                    (at - 0.34 * s, level - 0.45 * s),
                    (at - 0.22 * s, level - 0.78 * s),
                    (at, level - 0.85 * s),
                    (at + 0.22 * s, level - 0.78 * s),
                    (at + 0.34 * s, level - 0.45 * s),
                    (at + 0.26 * s, level),
                ],
                Ramp.down(level - 0.85 * s, level, rgb("#ff8f3c"), rgb("#ffd27a"), rgb("#fff2c0")),
            )
            pen.box(at - 0.26 * s, level - 0.03 * s, at + 0.26 * s, level + 0.02 * s, rgb("#a34a1f"))

        parts.append(Part(draw, hover(0.014, 0.008, 5 + 4 * phase, 0.03, 0.0), (at, level - 0.4 * s)))
    return Subject(tuple(parts), 0.24, lambda t: Pose(dy=-0.018 * t), "air", 3.0, 0.16, shadow=False)


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

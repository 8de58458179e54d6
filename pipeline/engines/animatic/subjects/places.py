"""What stands in a landscape."""

from __future__ import annotations

from math import cos, pi, sin

from pipeline.engines.animatic.layers import Motion, Pose
from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.scenes.parts import Kit, pulse
from pipeline.engines.animatic.subjects.pen import Part, Pen, Ramp, Subject, hover, lift, mix, rgb, spin


def lit(kit: Kit) -> Colour:
    return rgb("#ffe2a0") if kit.dark or kit.time in ("dusk", "sunset") else kit.palette.tinted(rgb("#bfdde8"))


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
    pal, glass = kit.palette, lit(kit)
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
    pal, glass = kit.palette, lit(kit)
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

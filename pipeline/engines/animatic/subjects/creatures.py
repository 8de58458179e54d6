"""What flies and what swims."""

from __future__ import annotations

from math import cos, pi, sin

from pipeline.engines.animatic.layers import Pose
from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Part, Pen, Ramp, Subject, hover, lift, mix, rgb, swing, travel


def bird(kit: Kit) -> Subject:
    """A small flock in flight."""
    tone = (
        mix(kit.palette.near, (255, 255, 255), 0.85)
        if kit.palette.night < 0.3 and kit.time == "day"
        else mix(kit.palette.near, (0, 0, 0), 0.15)
    )
    spots = [(0, -0.5, 1.0), (-0.95, -0.8, 0.72), (-0.8, -0.1, 0.62), (-1.7, -0.45, 0.55), (0.7, -1.0, 0.6)]
    parts = []
    for number, (x, y, size) in enumerate(spots):
        for side in (-1, 1):

            def wing(pen: Pen, x: float = x, y: float = y, size: float = size, side: int = side) -> None:
                pen.curve(
                    [
                        (x - 0.10 * size, y),
                        (x + side * 0.05 * size, y - 0.24 * size),
                        (x + side * 0.42 * size, y - 0.33 * size),
                        (x + side * 0.72 * size, y - 0.22 * size),
                        (x + side * 0.40 * size, y - 0.20 * size),
                        (x + 0.10 * size, y + 0.02 * size),
                    ],
                    tone,
                )

            parts.append(Part(wing, _flap(side, 0.85 + 0.13 * number, number * 0.21), (x, y)))

        def body(pen: Pen, x: float = x, y: float = y, size: float = size) -> None:
            pen.curve(
                [
                    (x - 0.30 * size, y + 0.01),
                    (x - 0.05 * size, y - 0.06 * size),
                    (x + 0.22 * size, y - 0.05 * size),
                    (x + 0.31 * size, y - 0.01),
                    (x + 0.16 * size, y + 0.05 * size),
                    (x - 0.06 * size, y + 0.05 * size),
                ],
                tone,
            )

        parts.append(Part(body))
    return Subject(tuple(parts), 0.10, hover(0.01, 0.012, 3.1, 0.0, 0.06, -0.1), "air", 2.4, 0.36, shadow=False)


def _flap(side: int, period_s: float, phase: float):  # type: ignore[no-untyped-def]
    return lambda t: Pose(turn=side * 0.42 * sin(2 * pi * (t / period_s + phase)))


def fish(kit: Kit) -> Subject:
    """A shoal."""
    hues = [kit.palette.tinted(rgb(c), 0.2) for c in ("#ff9f45", "#ffd166", "#ef6f6c", "#7bdff2")]
    hue = hues[int(kit.random.integers(len(hues)))]
    parts = []
    for number in range(9):
        x, y = (
            -1.5 + 0.42 * number + 0.2 * float(kit.random.random()),
            -0.5 + 0.75 * (float(kit.random.random()) - 0.5) * 2,
        )
        size = 0.45 + 0.5 * float(kit.random.random())

        def draw(pen: Pen, x: float = x, y: float = y, size: float = size) -> None:
            pen.curve(
                [
                    (x - 0.42 * size, y - 0.20 * size),
                    (x - 0.25 * size, y),
                    (x - 0.42 * size, y + 0.20 * size),
                    (x - 0.36 * size, y),
                ],
                lift(hue, -0.05),
            )
            pen.curve(
                [
                    (x - 0.28 * size, y),
                    (x - 0.02 * size, y - 0.20 * size),
                    (x + 0.26 * size, y - 0.07 * size),
                    (x + 0.33 * size, y),
                    (x + 0.24 * size, y + 0.09 * size),
                    (x - 0.02 * size, y + 0.18 * size),
                ],
                Ramp.down(y - 0.2 * size, y + 0.2 * size, lift(hue, 0.06), lift(hue, -0.06)),
            )
            pen.shape(
                [
                    (x - 0.02 * size, y - 0.17 * size),
                    (x + 0.05 * size, y - 0.18 * size),
                    (x + 0.05 * size, y + 0.15 * size),
                    (x - 0.02 * size, y + 0.16 * size),
                ],
                (255, 250, 240),
                0.7,
            )
            pen.oval(x + 0.22 * size, y - 0.03 * size, 0.022 * size, 0.025 * size, rgb("#14202c"))

        parts.append(Part(draw, hover(0.012, 0.012, 2.2 + 0.35 * number, 0.06), (x, y)))
    return Subject(tuple(parts), 0.17, travel(0.06, 0, 1, -0.15), "deep", 2.4, 0.05, shadow=False)


def whale(kit: Kit) -> Subject:
    back, belly = kit.palette.tinted(rgb("#2f5d7c"), 0.15), kit.palette.tinted(rgb("#cfe3ea"), 0.15)
    outline = [
        (-0.95, -0.50),
        (-0.5, -0.66),
        (0.1, -0.84),
        (0.7, -0.82),
        (1.02, -0.58),
        (1.0, -0.42),
        (0.6, -0.26),
        (0.0, -0.26),
        (-0.6, -0.40),
    ]

    def tail(pen: Pen) -> None:
        pen.curve(
            [
                (-0.86, -0.50),
                (-1.12, -0.60),
                (-1.40, -0.82),
                (-1.50, -0.78),
                (-1.30, -0.54),
                (-1.42, -0.30),
                (-1.34, -0.26),
                (-1.10, -0.42),
            ],
            back,
        )

    def body(pen: Pen) -> None:
        pen.curve(outline, Ramp.down(-0.85, -0.25, lift(back, 0.08), back))
        with pen.inside(outline):
            pen.curve([(-0.4, -0.30), (0.3, -0.40), (1.1, -0.50), (1.1, -0.1), (-0.4, -0.1)], belly)
            for k in range(7):
                pen.line([(0.20 + 0.02 * k, -0.36 + 0.024 * k), (1.0, -0.46 + 0.035 * k)], 0.007, 0.007, back, 0.5)
        pen.curve([(0.30, -0.34), (0.42, -0.34), (0.34, -0.06), (0.14, 0.06), (0.16, -0.12)], lift(back, -0.05))
        pen.oval(0.80, -0.55, 0.018, 0.02, rgb("#0d1822"))

    return Subject(
        (Part(tail, swing(0.14, 2.8), (-0.9, -0.5)), Part(body)),
        0.26,
        hover(0.0, 0.02, 5.0, 0.06, 0.05, -0.12),
        "deep",
        1.5,
        0.04,
        shadow=False,
    )


def turtle(kit: Kit) -> Subject:
    skin, shell = kit.palette.tinted(rgb("#6f9a5b"), 0.15), kit.palette.tinted(rgb("#7a5a36"), 0.15)

    def fin(x: float, y: float, side: float):  # type: ignore[no-untyped-def]
        def draw(pen: Pen) -> None:
            pen.curve(
                [
                    (x, y),
                    (x + 0.10, y - 0.03),
                    (x - 0.08, y + 0.42 * side),
                    (x - 0.30, y + 0.62 * side),
                    (x - 0.20, y + 0.25 * side),
                ],
                skin,
            )

        return Part(draw, swing(0.4 * side, 2.4), (x, y))

    def body(pen: Pen) -> None:
        pen.oval(0.74, -0.56, 0.17, 0.12, skin, turn=-0.2)
        pen.oval(0.81, -0.60, 0.016, 0.02, rgb("#141c10"))
        pen.curve(
            [(-0.62, -0.42), (-0.35, -0.74), (0.10, -0.86), (0.50, -0.70), (0.62, -0.44), (0.0, -0.30)],
            Ramp.down(-0.86, -0.3, lift(shell, 0.09), shell),
        )
        for x, y in ((-0.28, -0.56), (0.04, -0.66), (0.32, -0.56), (-0.06, -0.45), (0.22, -0.42)):
            pen.curve(
                [
                    (x - 0.11, y),
                    (x - 0.05, y - 0.09),
                    (x + 0.07, y - 0.09),
                    (x + 0.12, y),
                    (x + 0.05, y + 0.08),
                    (x - 0.06, y + 0.08),
                ],
                lift(shell, -0.07),
                0.75,
            )

    return Subject(
        (fin(0.36, -0.46, -1.0), fin(-0.45, -0.42, 0.7), Part(body), fin(0.34, -0.40, 1.0)),
        0.20,
        hover(0.01, 0.015, 4.8, 0.08, 0.035, -0.1),
        "deep",
        1.1,
        0.02,
        shadow=False,
    )


def jellyfish(kit: Kit) -> Subject:
    hue = mix(kit.palette.accent, rgb("#f6b7ff"), 0.6)

    def veil(pen: Pen) -> None:
        for k in range(7):
            x = -0.27 + 0.09 * k
            pen.line(
                [
                    (x, -0.58),
                    (x + 0.05 * sin(k * 2), -0.36),
                    (x - 0.05 * cos(k), -0.15),
                    (x + 0.04 * sin(k), 0.08 + 0.08 * (k % 3)),
                ],
                0.035,
                0.006,
                hue,
                0.55,
            )

    def bell(pen: Pen) -> None:
        pen.glow(0, -0.72, 0.8, hue, 0.35)
        pen.curve(
            [
                (-0.40, -0.55),
                (-0.34, -0.84),
                (0.0, -1.0),
                (0.34, -0.84),
                (0.40, -0.55),
                (0.2, -0.60),
                (0, -0.56),
                (-0.2, -0.60),
            ],
            Ramp.down(-1, -0.55, (255, 240, 255), hue),
            0.88,
        )

    return Subject((Part(veil, lambda t: Pose(shear=0.12 * sin(2 * pi * t / 3)), (0, -0.58)),
        Part(bell, lambda t: Pose(scale=1 + 0.035 * sin(2 * pi * t / 1.9)), (0, -0.6))),
                   0.30, hover(0.03, 0.03, 6.0, 0.06), "deep", 0.5, 0.0, shadow=False)  # fmt: skip


def butterfly(kit: Kit) -> Subject:
    hue = kit.palette.accent
    parts = []
    for number, (x, y, size) in enumerate(((0, -0.5, 1.0), (1.3, -1.1, 0.6), (-1.2, -0.9, 0.7))):
        for side in (-1, 1):

            def wing(pen: Pen, x: float = x, y: float = y, size: float = size, side: int = side) -> None:
                pen.curve(
                    [
                        (x, y),
                        (x + side * 0.18 * size, y - 0.46 * size),
                        (x + side * 0.52 * size, y - 0.50 * size),
                        (x + side * 0.50 * size, y - 0.16 * size),
                    ],
                    Ramp.across(x - 0.5, x + 0.5, lift(hue, 0.05), lift(hue, -0.04)),
                )
                pen.curve(
                    [
                        (x, y),
                        (x + side * 0.40 * size, y - 0.06 * size),
                        (x + side * 0.36 * size, y + 0.32 * size),
                        (x + side * 0.12 * size, y + 0.26 * size),
                    ],
                    lift(hue, -0.07),
                )
                pen.oval(x + side * 0.38 * size, y - 0.36 * size, 0.07 * size, 0.06 * size, (255, 246, 220), 0.85)

            parts.append(Part(wing, _flutter(side, number), (x, y)))

        def body(pen: Pen, x: float = x, y: float = y, size: float = size) -> None:
            pen.line([(x, y - 0.28 * size), (x, y + 0.24 * size)], 0.06 * size, 0.04 * size, rgb("#2a2026"))

        parts.append(Part(body, hover(0.02, 0.02, 2.3 + number)))
    return Subject(tuple(parts), 0.11, hover(0.06, 0.03, 4.0, 0.0, 0.02), "air", 2.0, 0.16, shadow=False)


def _flutter(side: int, number: int):  # type: ignore[no-untyped-def]
    def motion(t: float) -> Pose:
        drift = hover(0.02, 0.02, 2.3 + number)(t)
        return Pose(drift.dx, drift.dy, side * 0.5 * sin(2 * pi * (t / (0.5 + 0.1 * number) + 0.3 * number)))

    return motion


def dragon(kit: Kit) -> Subject:
    """A long flying dragon."""
    skin = mix(kit.palette.accent, kit.palette.near, 0.35)

    def body(pen: Pen) -> None:
        spine = [(-2.0, -0.2), (-1.5, -0.6), (-1.0, -0.3), (-0.5, -0.05), (0.0, -0.4), (0.45, -0.78), (0.9, -0.72)]
        pen.line(spine, 0.04, 0.30, Ramp.down(-0.9, 0.1, lift(skin, 0.08), lift(skin, -0.05)))
        for k in range(1, 6):
            x, y = spine[k]
            pen.shape([(x - 0.07, y - 0.06), (x - 0.04, y - 0.26), (x + 0.09, y - 0.07)], kit.palette.light)
        pen.curve(
            [(0.72, -0.92), (1.0, -0.96), (1.40, -0.80), (1.44, -0.68), (1.05, -0.58), (0.76, -0.60)], lift(skin, 0.04)
        )
        for side in (0.0, 0.12):
            pen.line([(0.86 + side, -0.92), (0.70 + side, -1.10), (0.46 + side, -1.16)], 0.05, 0.012, kit.palette.light)
        pen.line([(1.35, -0.72), (1.55, -0.60), (1.62, -0.36)], 0.025, 0.006, kit.palette.light)
        pen.oval(1.08, -0.82, 0.032, 0.028, rgb("#ffe66b"))

    return Subject((Part(body),), 0.24, hover(0.03, 0.03, 4.2, 0.08, 0.04, -0.1), "air", 2.1, 0.30, shadow=False)

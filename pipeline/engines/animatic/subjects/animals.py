"""Animals on four legs."""

from __future__ import annotations

from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Draw, Part, Pen, Ramp, Subject, hover, lift, mix, rgb, swing, travel


def _quadruped(
    kit: Kit,
    coat: Colour,
    outline: Draw,
    head: Draw,
    legs: float,
    size: float,
    width: float,
    speed: float,
    belly: float = -0.42,
    front: float = 0.28,
    back: float = -0.30,
    thick: float = 0.085,
) -> Subject:
    dark = lift(coat, -0.10)

    def leg(x: float, tone: Colour):  # type: ignore[no-untyped-def]
        def draw(pen: Pen) -> None:
            pen.line([(x, belly), (x + 0.015, belly / 2), (x - 0.005, -0.02)], thick * 1.3, thick * 0.62, tone)
            pen.oval(x + 0.012, -0.018, thick * 0.5, 0.022, lift(tone, -0.08))

        return draw

    def body(pen: Pen) -> None:
        outline(pen)
        head(pen)

    pace, swingy = 0.9, legs
    return Subject((
        Part(leg(front - 0.05, dark), swing(-swingy, pace), (front - 0.05, belly)),
        Part(leg(back + 0.05, dark), swing(swingy, pace), (back + 0.05, belly)),
        Part(body), Part(leg(front, coat), swing(swingy, pace), (front, belly)),
        Part(leg(back, coat), swing(-swingy, pace), (back, belly)),
    ), size, travel(speed, 0.005, 0.45, -0.1 if speed else 0.0), width=width)  # fmt: skip


def dog(kit: Kit) -> Subject:
    coat = kit.palette.tinted(rgb("#b9793f"))

    def body(pen: Pen) -> None:
        pen.line([(-0.40, -0.60), (-0.56, -0.74), (-0.60, -0.92)], 0.09, 0.04, coat)
        pen.curve(
            [(-0.42, -0.64), (0.0, -0.66), (0.36, -0.72), (0.44, -0.55), (0.30, -0.36), (-0.05, -0.40), (-0.38, -0.38)],
            Ramp.down(-0.75, -0.35, lift(coat, 0.05), lift(coat, -0.06)),
        )

    def head(pen: Pen) -> None:
        pen.line([(0.33, -0.60), (0.46, -0.80)], 0.24, 0.2, coat)
        pen.curve(
            [(0.36, -0.98), (0.54, -1.0), (0.74, -0.86), (0.76, -0.79), (0.56, -0.74), (0.38, -0.78)], lift(coat, 0.03)
        )
        pen.curve([(0.38, -1.0), (0.46, -1.0), (0.42, -0.80), (0.33, -0.72), (0.30, -0.84)], lift(coat, -0.12))
        pen.oval(0.755, -0.83, 0.03, 0.028, rgb("#2a1d18"))
        pen.oval(0.57, -0.90, 0.018, 0.02, rgb("#2a1d18"))
        pen.line([(0.34, -0.70), (0.50, -0.68)], 0.05, 0.05, kit.palette.accent)

    return _quadruped(kit, coat, body, head, 0.5, 0.17, 0.8, 0.09, thick=0.11)


def cat(kit: Kit) -> Subject:
    """A sitting cat with a moving tail."""
    coat = kit.palette.tinted(rgb("#3c3a46"))

    def tail(pen: Pen) -> None:
        pen.line([(-0.24, -0.06), (-0.48, -0.06), (-0.58, -0.26), (-0.52, -0.46)], 0.10, 0.07, lift(coat, -0.04))

    def body(pen: Pen) -> None:
        pen.curve(
            [
                (-0.30, -0.02),
                (-0.33, -0.24),
                (-0.20, -0.52),
                (0.0, -0.68),
                (0.16, -0.62),
                (0.24, -0.34),
                (0.27, -0.02),
                (0.0, 0.0),
            ],
            Ramp.across(-0.3, 0.3, lift(coat, -0.03), lift(coat, 0.06)),
        )
        pen.curve([(0.08, -0.36), (0.18, -0.30), (0.25, -0.03), (0.09, 0.0), (0.06, -0.12)], lift(coat, 0.03))
        pen.oval(0.1, -0.78, 0.21, 0.17, lift(coat, 0.04))
        for side in (-1, 1):
            pen.curve(
                [(0.1 + side * 0.05, -0.90), (0.1 + side * 0.18, -1.02), (0.1 + side * 0.20, -0.82)], lift(coat, 0.02)
            )
            pen.shape(
                [(0.1 + side * 0.09, -0.90), (0.1 + side * 0.165, -0.98), (0.1 + side * 0.175, -0.86)],
                mix(coat, rgb("#f29e9e"), 0.5),
            )
            pen.oval(0.12 + side * 0.085, -0.79, 0.030, 0.036, rgb("#ffd75e"))
            pen.oval(0.125 + side * 0.085, -0.79, 0.012, 0.03, rgb("#15131a"))
        pen.shape([(0.10, -0.735), (0.14, -0.735), (0.12, -0.712)], rgb("#f29e9e"))

    return Subject((Part(tail, swing(0.22, 2.6), (-0.24, -0.06)), Part(body, hover(0, 0.0012, 2.8))), 0.17, width=0.5)


def fox(kit: Kit) -> Subject:
    coat, white = kit.palette.tinted(rgb("#e0682b")), kit.palette.tinted(rgb("#fbeede"))

    def body(pen: Pen) -> None:
        pen.curve(
            [
                (-0.36, -0.62),
                (-0.62, -0.66),
                (-0.94, -0.46),
                (-1.02, -0.36),
                (-0.80, -0.36),
                (-0.56, -0.44),
                (-0.38, -0.48),
            ],
            coat,
        )
        pen.curve([(-0.86, -0.47), (-1.03, -0.355), (-0.80, -0.365)], white)
        pen.curve(
            [(-0.42, -0.64), (0.0, -0.62), (0.34, -0.70), (0.44, -0.56), (0.30, -0.40), (-0.05, -0.44), (-0.38, -0.42)],
            Ramp.down(-0.7, -0.4, lift(coat, 0.04), lift(coat, -0.05)),
        )

    def head(pen: Pen) -> None:
        pen.line([(0.34, -0.58), (0.45, -0.72)], 0.24, 0.18, coat)
        pen.curve([(0.38, -0.92), (0.56, -0.92), (0.84, -0.70), (0.60, -0.66), (0.40, -0.68)], coat)
        pen.curve([(0.44, -0.70), (0.60, -0.76), (0.84, -0.70), (0.60, -0.66)], white)
        for x in (0.42, 0.54):
            pen.shape([(x - 0.06, -0.88), (x, -1.04), (x + 0.07, -0.88)], lift(coat, -0.05))
        pen.oval(0.835, -0.705, 0.025, 0.022, rgb("#1d1512"))
        pen.oval(0.60, -0.80, 0.017, 0.02, rgb("#1d1512"))

    return _quadruped(kit, lift(coat, -0.12), body, head, 0.5, 0.16, 1.0, 0.085, thick=0.075)


def horse(kit: Kit) -> Subject:
    coat = kit.palette.tinted(rgb("#6d4028"))
    mane = lift(coat, -0.16)

    def body(pen: Pen) -> None:
        pen.curve([(-0.40, -0.66), (-0.54, -0.56), (-0.56, -0.28), (-0.48, -0.34), (-0.44, -0.52)], mane)
        pen.curve(
            [
                (-0.44, -0.66),
                (-0.18, -0.70),
                (0.12, -0.66),
                (0.36, -0.72),
                (0.38, -0.52),
                (0.22, -0.44),
                (-0.08, -0.46),
                (-0.34, -0.42),
                (-0.44, -0.52),
            ],
            Ramp.down(-0.74, -0.42, lift(coat, 0.06), lift(coat, -0.04)),
        )

    def head(pen: Pen) -> None:
        pen.curve([(0.20, -0.66), (0.36, -0.86), (0.46, -0.98), (0.55, -0.92), (0.50, -0.78), (0.40, -0.54)], coat)
        pen.curve(
            [(0.42, -0.98), (0.52, -0.99), (0.66, -0.82), (0.68, -0.76), (0.60, -0.74), (0.46, -0.84)], lift(coat, 0.03)
        )
        pen.curve([(0.16, -0.68), (0.30, -0.88), (0.43, -1.01), (0.42, -0.92), (0.32, -0.80), (0.24, -0.66)], mane)
        pen.shape([(0.43, -0.97), (0.455, -1.05), (0.49, -0.96)], coat)
        pen.oval(0.545, -0.895, 0.012, 0.014, rgb("#160f0c"))

    return _quadruped(kit, coat, body, head, 0.62, 0.30, 0.75, 0.14, belly=-0.46, thick=0.072)


def deer(kit: Kit) -> Subject:
    coat, horn = kit.palette.tinted(rgb("#9a6136")), kit.palette.tinted(rgb("#5e4630"))

    def body(pen: Pen) -> None:
        pen.curve(
            [(-0.36, -0.56), (0.0, -0.54), (0.24, -0.60), (0.28, -0.46), (0.16, -0.39), (-0.06, -0.40), (-0.32, -0.38)],
            Ramp.down(-0.6, -0.38, lift(coat, 0.05), lift(coat, -0.04)),
        )
        pen.curve([(-0.37, -0.55), (-0.43, -0.50), (-0.37, -0.46)], rgb("#f7ead8"))

    def head(pen: Pen) -> None:
        pen.curve([(0.14, -0.54), (0.24, -0.68), (0.27, -0.77), (0.36, -0.74), (0.32, -0.58), (0.26, -0.45)], coat)
        pen.curve([(0.25, -0.79), (0.33, -0.80), (0.45, -0.71), (0.44, -0.68), (0.30, -0.70)], lift(coat, 0.03))
        pen.curve([(0.26, -0.77), (0.18, -0.81), (0.15, -0.80), (0.22, -0.75)], coat)
        for side, reach in ((-1, 0.9), (1, 1.0)):
            x = 0.28 + 0.02 * side
            pen.line(
                [(x, -0.78), (x + side * 0.07 * reach, -0.88), (x + side * 0.06 * reach, -1.03)], 0.026, 0.010, horn
            )
            pen.line([(x + side * 0.055, -0.865), (x + side * 0.15 * reach, -0.93)], 0.018, 0.008, horn)
            pen.line([(x + side * 0.065, -0.93), (x + side * 0.14 * reach, -1.0)], 0.015, 0.007, horn)
        pen.oval(0.335, -0.755, 0.010, 0.012, rgb("#160f0c"))

    return _quadruped(kit, coat, body, head, 0.4, 0.32, 0.55, 0.05, belly=-0.40, front=0.20, back=-0.28, thick=0.052)


def elephant(kit: Kit) -> Subject:
    coat = kit.palette.tinted(rgb("#7b7f8c"))

    def body(pen: Pen) -> None:
        pen.line([(-0.60, -0.68), (-0.68, -0.48), (-0.66, -0.34)], 0.045, 0.025, lift(coat, -0.06))
        pen.curve(
            [
                (-0.60, -0.72),
                (-0.36, -0.95),
                (0.08, -0.98),
                (0.36, -0.86),
                (0.42, -0.50),
                (0.20, -0.34),
                (-0.30, -0.32),
                (-0.58, -0.40),
            ],
            Ramp.down(-1, -0.3, lift(coat, 0.07), lift(coat, -0.05)),
        )

    def head(pen: Pen) -> None:
        pen.oval(0.46, -0.76, 0.23, 0.22, lift(coat, 0.02))
        pen.line([(0.60, -0.74), (0.76, -0.56), (0.74, -0.28), (0.82, -0.12)], 0.19, 0.07, lift(coat, 0.02))
        pen.curve(
            [(0.28, -0.94), (0.44, -0.92), (0.48, -0.66), (0.36, -0.44), (0.20, -0.54), (0.18, -0.80)],
            lift(coat, -0.06),
        )
        pen.curve([(0.60, -0.58), (0.70, -0.50), (0.86, -0.50), (0.72, -0.44), (0.60, -0.50)], rgb("#fbf3e0"))
        pen.oval(0.58, -0.80, 0.014, 0.017, rgb("#16161c"))

    return _quadruped(kit, coat, body, head, 0.22, 0.34, 0.95, 0.03, belly=-0.42, front=0.28, back=-0.42, thick=0.19)

"""Living things. People are stylised figures without faces."""

from __future__ import annotations

from math import cos, pi, sin

from pipeline.engines.animatic.layers import Pose
from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Draw, Part, Pen, Ramp, Subject, hover, lift, mix, rgb, swing, travel

_SKINS = ("#8d5a3b", "#c68e63", "#e3b58c", "#5d3a28", "#d9a273")
_COATS = ("#d9534f", "#2f6f8f", "#e0a030", "#4b7f52", "#7a4f8c", "#d97b4a")


def _pick(kit: Kit, codes: tuple[str, ...]) -> Colour:
    return kit.palette.tinted(rgb(codes[int(kit.random.integers(len(codes)))]))


def figure(kit: Kit, coat: Colour | None = None, walk: bool = True, hair: str = "") -> tuple[Part, ...]:
    """A walking figure in a coat, with a scarf."""
    pal = kit.palette
    coat = coat or _pick(kit, _COATS)
    skin, dark = _pick(kit, _SKINS), mix(pal.near, rgb("#22242e"), 0.5)
    scarf = pal.accent if coat != pal.accent else pal.light
    stride = 0.42 if walk else 0.0
    tone = pal.tinted(rgb(hair or ("#2c2230", "#5a3825", "#1d1f2b")[int(kit.random.integers(3))]))

    def leg(pen: Pen) -> None:
        pen.line([(0, -0.44), (0.005, -0.2), (0.0, -0.03)], 0.10, 0.062, dark)
        pen.curve(
            [(-0.035, -0.05), (0.03, -0.05), (0.095, -0.015), (0.09, 0.0), (-0.035, 0.0)], mix(dark, (0, 0, 0), 0.35)
        )

    def arm(pen: Pen) -> None:
        pen.line([(0, -0.755), (0.01, -0.6), (0.03, -0.465)], 0.088, 0.062, lift(coat, -0.07))
        pen.oval(0.035, -0.445, 0.03, 0.034, skin)

    def body(pen: Pen) -> None:
        pen.box(-0.036, -0.86, 0.036, -0.77, lift(skin, -0.05))
        outline = [
            (-0.115, -0.775),
            (0, -0.81),
            (0.115, -0.775),
            (0.125, -0.6),
            (0.175, -0.335),
            (0, -0.315),
            (-0.175, -0.335),
            (-0.125, -0.6),
        ]
        pen.curve(outline, Ramp.across(-0.18, 0.18, lift(coat, -0.09), coat, lift(coat, 0.05)))
        with pen.inside(outline):
            pen.shape([(-0.3, -0.9), (-0.05, -0.9), (-0.03, -0.2), (-0.3, -0.2)], lift(coat, -0.12), 0.5)
        pen.oval(0.0, -0.915, 0.078, 0.088, Ramp.across(-0.08, 0.08, lift(skin, -0.06), skin))
        pen.curve(
            [
                (-0.09, -0.86),
                (-0.092, -0.94),
                (-0.05, -1.0),
                (0.03, -1.008),
                (0.078, -0.965),
                (0.04, -0.952),
                (-0.015, -0.945),
                (-0.05, -0.9),
                (-0.06, -0.84),
            ],
            tone,
        )
        pen.curve([(-0.085, -0.83), (0, -0.80), (0.085, -0.835), (0.09, -0.785), (0, -0.755), (-0.09, -0.78)], scarf)

    def tail(pen: Pen) -> None:
        pen.curve(
            [(-0.06, -0.80), (-0.16, -0.75), (-0.25, -0.70), (-0.235, -0.655), (-0.14, -0.70), (-0.05, -0.765)],
            lift(scarf, -0.05),
        )

    pace = 1.1
    return (
        Part(arm, swing(-stride * 0.9, pace), (0, -0.76)), Part(tail, swing(0.14, 1.4), (-0.06, -0.78)),
        Part(leg, swing(stride, pace), (0, -0.42)), Part(leg, swing(-stride, pace), (0, -0.42)), Part(body),
        Part(arm, swing(stride * 0.9, pace), (0, -0.76)),
    )  # fmt: skip


def person(kit: Kit) -> Subject:
    return Subject(figure(kit), 0.30, travel(0.045, 0.006, 0.55, -0.08), width=0.3)


def child(kit: Kit) -> Subject:
    return Subject(figure(kit, kit.palette.tinted(rgb("#f2b134"))), 0.19, travel(0.05, 0.012, 0.42, -0.08), width=0.3)


def couple(kit: Kit) -> Subject:
    """Two figures side by side."""
    one, two = figure(kit, walk=False), figure(kit, kit.palette.tinted(rgb("#8b3a52")), walk=False)

    def beside(part: Part, shift: float, factor: float) -> Part:
        def draw(pen: Pen) -> None:
            at = (pen.at[0] + shift * pen.size, pen.at[1])
            part.draw(Pen(pen.canvas, at, pen.size * factor, 1 if shift < 0 else -1))

        return Part(draw, part.motion, (part.pivot[0] + shift, part.pivot[1]))

    return Subject(
        (*(beside(p, -0.15, 1.0) for p in one), *(beside(p, 0.15, 0.93) for p in two)),
        0.30,
        hover(0.0, 0.0015, 3.0),
        width=0.45,
    )


def dancer(kit: Kit) -> Subject:
    pal = kit.palette
    dress, skin = pal.accent, _pick(kit, _SKINS)

    def draw(pen: Pen) -> None:
        pen.line([(0.0, -0.5), (-0.02, -0.25), (0.0, -0.01)], 0.075, 0.03, skin)
        pen.line([(0.02, -0.5), (0.18, -0.46), (0.40, -0.56)], 0.075, 0.025, skin)
        pen.curve(
            [
                (-0.06, -0.72),
                (0.06, -0.72),
                (0.05, -0.58),
                (0.26, -0.42),
                (0.12, -0.40),
                (0.0, -0.37),
                (-0.12, -0.40),
                (-0.24, -0.44),
                (-0.05, -0.58),
            ],
            Ramp.down(-0.72, -0.38, lift(dress, 0.04), lift(dress, -0.08)),
        )
        pen.line([(0.04, -0.71), (0.16, -0.84), (0.12, -1.0)], 0.045, 0.022, skin)
        pen.line([(-0.04, -0.71), (-0.2, -0.74), (-0.34, -0.68)], 0.045, 0.022, skin)
        pen.box(-0.02, -0.79, 0.02, -0.70, skin)
        pen.oval(0.0, -0.835, 0.055, 0.065, skin)
        pen.curve(
            [(-0.06, -0.82), (-0.055, -0.89), (0.0, -0.91), (0.055, -0.87), (0.01, -0.86), (-0.03, -0.82)],
            rgb("#2b1d2b"),
        )
        pen.oval(-0.045, -0.905, 0.03, 0.03, rgb("#2b1d2b"))

    return Subject(
        (Part(draw, lambda t: Pose(turn=0.08 * sin(2 * pi * t / 2.2), dy=-0.02 * abs(sin(pi * t / 1.1)))),),
        0.40,
        hover(0.05, 0.0, 4.4),
        width=0.5,
    )


def crowd(kit: Kit) -> Subject:
    """Heads and raised hands from behind."""
    dark = mix(kit.palette.near, (0, 0, 0), 0.45)
    seeds = kit.random.random((26, 3))

    def row(shift: float, tone: Colour):  # type: ignore[no-untyped-def]
        def draw(pen: Pen) -> None:
            for k, (x, y, hand) in enumerate(seeds):
                at, top = (k - 13) * 0.42 + (x - 0.5) * 0.2 + shift, -0.55 - 0.25 * y
                pen.oval(at, top, 0.13, 0.155, tone)
                pen.curve(
                    [
                        (at - 0.26, 0.6),
                        (at - 0.23, top + 0.32),
                        (at, top + 0.16),
                        (at + 0.23, top + 0.32),
                        (at + 0.26, 0.6),
                    ],
                    tone,
                )
                if hand > 0.72:
                    pen.line([(at + 0.2, top + 0.4), (at + 0.27, top), (at + 0.24, top - 0.36)], 0.11, 0.07, tone)

        return draw

    return Subject(
        (Part(row(0.2, lift(dark, 0.05)), hover(0, 0.006, 1.1)), Part(row(0.0, dark), hover(0, 0.008, 0.9))),
        0.22,
        width=6,
        shadow=False,
    )


def robot(kit: Kit) -> Subject:
    pal = kit.palette
    shell, dark, eye = pal.tinted(rgb("#dfe6ea")), pal.tinted(rgb("#4a5a68")), rgb("#59f0e6")

    def leg(pen: Pen) -> None:
        pen.line([(0, -0.30), (0, -0.06)], 0.07, 0.07, dark)
        pen.box(-0.07, -0.07, 0.10, 0.0, shell, 0.03)

    def arm(pen: Pen) -> None:
        pen.line([(0, -0.58), (0.03, -0.44), (0.06, -0.32)], 0.065, 0.06, dark)
        pen.oval(0.065, -0.29, 0.05, 0.05, shell)

    def body(pen: Pen) -> None:
        pen.box(-0.19, -0.64, 0.19, -0.26, Ramp.across(-0.2, 0.2, lift(shell, -0.14), shell, lift(shell, 0.02)), 0.09)
        pen.box(-0.09, -0.55, 0.09, -0.40, dark, 0.03)
        pen.oval(0, -0.475, 0.032, 0.032, pal.accent)
        pen.box(-0.04, -0.70, 0.04, -0.62, dark)
        pen.box(-0.17, -0.95, 0.17, -0.67, Ramp.across(-0.18, 0.18, lift(shell, -0.12), shell, lift(shell, 0.02)), 0.11)
        pen.box(-0.11, -0.885, 0.145, -0.745, rgb("#15212c"), 0.06)
        for x in (-0.03, 0.075):
            pen.oval(x, -0.815, 0.026, 0.033, eye)
            pen.glow(x, -0.815, 0.1, eye, 0.45)
        pen.line([(0, -0.94), (0, -1.0)], 0.015, 0.012, dark)
        pen.oval(0, -1.01, 0.022, 0.022, pal.accent)

    return Subject((Part(arm, swing(0.3, 1.3), (0, -0.58)), Part(leg, swing(0.3, 1.3), (0, -0.3)),
        Part(leg, swing(-0.3, 1.3), (0, -0.3)), Part(body),
                    Part(arm, swing(-0.3, 1.3), (0, -0.58))), 0.28, travel(0.035, 0.006, 0.65, -0.07),
                    width=0.35)  # fmt: skip


def astronaut(kit: Kit) -> Subject:
    white, gold = rgb("#eef2f6"), rgb("#f2a541")

    def limb(x: float, y: float, dx: float, dy: float):  # type: ignore[no-untyped-def]
        def draw(pen: Pen) -> None:
            pen.line([(x, y), (x + dx * 0.55, y + dy * 0.45), (x + dx, y + dy)], 0.13, 0.10, lift(white, -0.05))
            pen.oval(x + dx, y + dy, 0.058, 0.058, rgb("#c8d2dc"))

        return Part(draw, swing(0.08, 3.4, x), (x, y))

    def body(pen: Pen) -> None:
        pen.box(-0.21, -0.74, -0.02, -0.36, rgb("#b9c4cf"), 0.06)
        pen.box(-0.14, -0.70, 0.15, -0.32, Ramp.across(-0.15, 0.15, lift(white, -0.12), white), 0.09)
        pen.box(-0.03, -0.56, 0.11, -0.47, rgb("#52606d"), 0.02)
        pen.oval(0.06, -0.515, 0.018, 0.018, kit.palette.accent)
        pen.oval(0.01, -0.83, 0.165, 0.165, Ramp.across(-0.15, 0.17, lift(white, -0.14), white))
        pen.curve(
            [(-0.03, -0.92), (0.08, -0.945), (0.155, -0.86), (0.15, -0.78), (0.07, -0.73), (-0.035, -0.76)],
            Ramp.down(-0.94, -0.73, rgb("#ffd27a"), gold, rgb("#8a4b2a")),
        )
        pen.oval(0.09, -0.885, 0.035, 0.02, (255, 250, 235), 0.8, turn=-0.5)

    return Subject((limb(-0.08, -0.36, -0.05, 0.30), limb(0.08, -0.36, 0.10, 0.26), Part(body),
        limb(0.13, -0.62, 0.22, -0.10), limb(-0.12, -0.62, -0.16, 0.16)),
                   0.36, hover(0.03, 0.02, 7.0, 0.16, 0.012), "space", 0.5, 0.12, shadow=False)  # fmt: skip


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

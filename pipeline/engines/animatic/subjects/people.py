"""People and those shaped like them: stylised figures, never a likeness."""

from __future__ import annotations

from math import pi, sin

from pipeline.engines.animatic.layers import Pose
from pipeline.engines.animatic.palette import Colour
from pipeline.engines.animatic.scenes.parts import Kit
from pipeline.engines.animatic.subjects.pen import Part, Pen, Ramp, Subject, hover, lift, mix, rgb, swing, travel

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

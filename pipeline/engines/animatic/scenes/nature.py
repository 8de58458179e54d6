"""Settings out of doors."""

from __future__ import annotations

from math import pi, sin

import numpy as np

from pipeline.engines.animatic.canvas import Canvas, Ramp, rect, smooth
from pipeline.engines.animatic.layers import Drawable, Element, Particles, Pose, scatter
from pipeline.engines.animatic.palette import Colour, Palette, lift, mix, rgb
from pipeline.engines.animatic.scenes import parts
from pipeline.engines.animatic.scenes.parts import Kit, Scene


def _sun(kit: Kit, horizon: float) -> tuple[float, float]:
    """Where sun or moon stands: low at dawn and sunset, high at noon, never under the corner label."""
    low = {"dawn": 0.16, "golden": 0.2, "sunset": 0.11, "dusk": 0.03}.get(kit.time, 0.0)
    if low:
        return kit.aspect * (0.36 + 0.3 * float(kit.random.random())), horizon - low
    return kit.aspect * (0.2 + 0.42 * float(kit.random.random())), horizon * (0.34 + 0.12 * float(kit.random.random()))


def _heavens(kit: Kit, horizon: float, sun: tuple[float, float]) -> list[Element]:
    layers = [parts.sky(kit, horizon, sun)]
    if kit.time in ("sunset", "dusk", "golden", "dawn"):
        layers.append(parts.streaks(kit, horizon * 0.18, horizon * 0.9, 14))
    if kit.weather in ("rain", "storm", "snow"):
        layers += parts.clouds(kit, 0.02, horizon * 0.5, 22, cover=0.75)
    elif kit.time != "night":
        layers += parts.clouds(kit, horizon * 0.3, horizon * 0.85, 10)
    return layers


def sea(kit: Kit) -> Scene:
    """Open water to the horizon."""
    pal, horizon = kit.palette, 0.54
    sun = _sun(kit, horizon)
    deep, shallow = pal.water
    layers: list[Element | Drawable] = [*_heavens(kit, horizon, sun)]
    if kit.random.random() < 0.7:
        layers.append(parts.ridge(kit, horizon + 0.004, 0.10, 0.1, peaks=3))
    top = mix(shallow, pal.sky[-1], 0.35)

    def surface(canvas: Canvas) -> None:
        canvas.poly(
            rect(kit.span[0], horizon, kit.span[1], 1.7), Ramp.down(horizon, 1.05, top, mix(shallow, deep, 0.45), deep)
        )
        canvas.glow(sun[0], horizon, 0.75, pal.glow, 0.5, 2.0, squash=0.5)

    layers.append(Element(0.12, kit.box(horizon), surface))
    rough = 1.9 if kit.weather in ("storm", "wind") or kit.mood in ("epic", "tense") else 1.0
    for k in range(4):
        share = (k + 1) / 5
        tone = mix(mix(shallow, deep, 0.10 + 0.72 * share), pal.near, 0.16 * share)
        layers.append(parts.swell(kit, horizon + 0.07 + 0.10 * k + 0.02 * k * k, (0.006 + 0.008 * k) * rough,
            0.25 + 0.2 * k, lift(tone, 0.05),
                                  lift(tone, -0.06), mix(tone, pal.light, 0.55),
                                  float(kit.random.random())))  # fmt: skip
    layers.append(_sheen(kit, sun[0], horizon))
    layers += [parts.glitter(kit, sun[0], horizon, 0.97, 80, phase, 0.5) for phase in (0.0, 0.5)]
    front = [
        parts.swell(
            kit,
            0.955,
            0.022 * rough,
            1.25,
            mix(deep, pal.near, 0.55),
            mix(deep, pal.near, 0.8),
            mix(deep, pal.light, 0.3),
            0.3,
        )
    ]
    return Scene(layers, 0.80, front, sun, "water")


def _sheen(kit: Kit, x: float, horizon: float) -> Element:
    """The broad reflection of the sky's light around the path of the sun."""

    def draw(canvas: Canvas) -> None:
        canvas.glow(x, horizon + 0.02, 0.62, kit.palette.glow, 0.42, 1.8, squash=0.75)
        canvas.erase([(horizon - 0.001, 0.0), (horizon, 1.0), (1.2, 1.0)])

    return Element(0.4, kit.box(horizon - 0.02, 1.1), draw)


def lake(kit: Kit) -> Scene:
    """Still water between hills that mirror in it."""
    pal, horizon = kit.palette, 0.56
    sun = _sun(kit, horizon)
    layers: list[Element | Drawable] = [*_heavens(kit, horizon, sun), parts.ridge(kit, horizon, 0.30, 0.12, 0.22),
                                        parts.forest_line(kit, horizon - 0.01, 0.085, 0.3, 0.02,
                                        pal.at(0.55))]  # fmt: skip
    top = mix(pal.water[1], pal.sky[-1], 0.3)
    mirror = parts.jagged(kit, 0.0, 0.26)

    def surface(canvas: Canvas) -> None:
        canvas.poly(
            rect(kit.span[0], horizon + 0.012, kit.span[1], 1.7),
            Ramp.down(horizon, 1.05, top, pal.water[1], pal.water[0]),
        )
        flipped = [(x, horizon + 0.012 - y * 0.8) for x, y in mirror]
        canvas.poly([(kit.span[0], horizon), *flipped, (kit.span[1], horizon)], pal.at(0.35), 0.30, soft=0.006)
        for k in range(60):
            y = horizon + 0.02 + 0.42 * (k / 60) ** 1.4
            x = kit.span[0] + float(kit.random.random()) * (kit.aspect + 1.2)
            canvas.ellipse(x, y, 0.03 + 0.09 * k / 60, 0.0012 + 0.0016 * k / 60, mix(top, pal.light, 0.4), 0.35)

    layers.append(Element(0.34, kit.box(horizon), surface))
    layers += [parts.glitter(kit, sun[0], horizon, 0.96, 36, phase, 0.36) for phase in (0.0, 0.5)]
    layers.append(parts.haze(kit, horizon + 0.01, 0.05, 0.45, 0.38))
    front = [parts.grass(kit, 1.02, 0.20, 1.3, mix(pal.near, pal.ground, 0.15))]
    return Scene(layers, 0.79, front, sun, "water")


SHORE_Y = 0.90


def shore(kit: Kit, sandy: bool) -> Element:
    """The near bank of a water, for those who do not swim."""
    pal = kit.palette
    earth = mix(rgb("#e6c48e"), pal.glow, 0.25) if sandy else mix(pal.ground, pal.near, 0.25)
    top = mix(earth, pal.near, 0.25 + 0.5 * pal.night)
    return parts.land(kit, parts.rolling(kit, SHORE_Y - 0.025, 0.03, 1.3), 0.97, top, mix(top, pal.near, 0.55), 0.2)


def forest(kit: Kit) -> Scene:
    """Firs, mist and shafts of light."""
    pal = kit.palette
    sun = kit.aspect * (0.42 + 0.2 * float(kit.random.random())), 0.30
    green = rgb("#2f6b4f") if kit.time not in ("golden", "sunset") else rgb("#5b4a3a")
    layers: list[Element | Drawable] = [parts.sky(kit, 0.75, sun), parts.ridge(kit, 0.60, 0.26, 0.08)]
    for k in range(4):
        share = (k + 1) / 4.6
        tone = mix(mix(pal.sky[-1], green, 0.35 + 0.3 * share), pal.near, 0.82 * share)
        layers.append(
            parts.forest_line(kit, 0.61 + 0.062 * k, 0.20 + 0.10 * k, 0.18 + 0.17 * k, 0.036 + 0.030 * k, tone)
        )
        layers.append(parts.haze(kit, 0.60 + 0.066 * k, 0.09, 0.5 - 0.09 * k, 0.2 + 0.17 * k, 0.005 * (k - 1.5)))
    if not kit.dark:
        layers.append(parts.rays(kit, (sun[0], -0.1), 0.26))
    path = mix(pal.ground, pal.glow, 0.3)
    floor = parts.rolling(kit, 0.87, 0.03)

    def ground(canvas: Canvas) -> None:
        canvas.poly(
            parts.grounded(floor), Ramp.down(0.83, 1.05, mix(green, pal.near, 0.45), mix(green, pal.near, 0.85))
        )
        middle = kit.aspect / 2
        canvas.curve(
            [
                (middle - 0.05, 0.855),
                (middle + 0.03, 0.852),
                (middle + 0.12, 0.95),
                (middle + 0.42, 1.25),
                (middle - 0.42, 1.25),
                (middle - 0.1, 0.95),
            ],
            path,
            0.5,
            soft=0.008,
        )

    layers.append(Element(0.95, kit.box(0.8), ground))
    trunk = mix(pal.near, (0, 0, 0), 0.25)
    front = [_trunks(kit, trunk), parts.grass(kit, 1.02, 0.15, 1.3, trunk, 120)]
    return Scene(layers, 0.885, front, sun)


def _trunks(kit: Kit, tone: tuple[float, float, float]) -> Element:
    def draw(canvas: Canvas) -> None:
        for x, width in ((0.015 * kit.aspect, 0.085), (0.985 * kit.aspect, 0.065)):
            canvas.poly(smooth([(x - width * 0.42, -0.6), (x - width * 0.45, 0.4), (x - width * 0.55, 0.85),
                (x - width * 1.3, 1.2), (x + width * 1.3, 1.2),
                                (x + width * 0.55, 0.85), (x + width * 0.45, 0.4), (x + width * 0.42, -0.6)]),
                                tone)  # fmt: skip
            side = 1 if x < kit.aspect / 2 else -1
            for y, reach in ((0.02, 0.34), (0.17, 0.24)):
                _bough(canvas, (x, y), side * reach, tone)

    return Element(1.4, kit.box(-0.6), draw, parts.bob(0.004, 0.001, 7.0), reach=0.02, blur=0.0012)


def _bough(canvas: Canvas, at: tuple[float, float], reach: float, tone: tuple[float, float, float]) -> None:
    """A hanging fir branch: needles along a bent twig."""
    twig = [(at[0] + reach * v, at[1] + 0.10 * v * v - 0.02) for v in np.linspace(0, 1, 24).tolist()]
    canvas.stroke(twig, 0.014, 0.003, tone)
    needles = []
    for k, (x, y) in enumerate(twig[3:]):
        length = 0.055 * (1 - 0.6 * k / 21)
        needles.append(
            [(x, y - 0.003), (x + np.sign(reach) * length * 0.7, y + length), (x + np.sign(reach) * 0.008, y + 0.004)]
        )
        needles.append(
            [(x, y + 0.003), (x + np.sign(reach) * length * 0.9, y - length * 0.35), (x + np.sign(reach) * 0.008, y)]
        )
    canvas.polys(needles, tone)


def desert(kit: Kit) -> Scene:
    """Dunes with knife edges, mesas far away."""
    pal, horizon = kit.palette, 0.58
    sun = _sun(kit, horizon)
    sand, dark = mix(rgb("#e2a468"), pal.glow, 0.3), _umber(pal)
    layers: list[Element | Drawable] = [parts.sky(kit, horizon, sun)]
    if kit.time in ("sunset", "dusk", "golden", "dawn"):
        layers.append(parts.streaks(kit, 0.12, 0.5, 9, 0.4))
    layers += [_mesas(kit, horizon), parts.haze(kit, horizon, 0.07, 0.5, 0.16)]
    for k in range(4):
        share = (k + 1) / 4
        tone = mix(mix(pal.sky[-1], sand, 0.45 + 0.4 * share), dark, 0.30 * share + 0.35 * pal.night)
        layers.append(_dune(kit, horizon + 0.03 + 0.085 * k, 0.05 + 0.035 * k, 0.25 + 0.22 * k, tone))
    front = [_dune(kit, 0.985, 0.06, 1.3, mix(mix(sand, dark, 0.62), pal.near, 0.4 * pal.night))]
    return Scene(layers, 0.845, front, sun)


def _umber(pal: Palette) -> Colour:
    """The shade of sand: warm by day, whatever colour the near has otherwise."""
    return mix(pal.near, rgb("#8a4f2c"), 0.8 * (1 - pal.night))


def _mesas(kit: Kit, horizon: float) -> Element:
    tone = kit.palette.at(0.22)
    blocks = kit.random.random((5, 3))

    def draw(canvas: Canvas) -> None:
        for x, w, h in blocks:
            at, half, tall = kit.span[0] + x * (kit.aspect + 1.2), 0.05 + 0.10 * w, 0.05 + 0.11 * h
            canvas.poly([(at - half * 1.5, horizon + 0.02), (at - half * 1.05, horizon - tall * 0.4),
                (at - half, horizon - tall), (at + half * 0.9, horizon - tall * 0.97),
                         (at + half, horizon - tall * 0.45), (at + half * 1.6, horizon + 0.02)],
                        Ramp.across(at - half, at + half, mix(tone, kit.palette.glow, 0.3), tone))  # fmt: skip

    return Element(0.12, kit.box(horizon - 0.25, horizon + 0.05), draw)


def _dune(kit: Kit, level: float, height: float, depth: float, tone: tuple[float, float, float]) -> Element:
    pal, line = kit.palette, parts.rolling(kit, level, height, 1.4 + depth * 0.5)
    top = min(line, key=lambda p: p[1] if 0 < p[0] < kit.aspect else 9)
    shade = mix(tone, _umber(pal), 0.42)

    def draw(canvas: Canvas) -> None:
        outline = parts.grounded(line)
        canvas.poly(outline, Ramp.down(level - height, level + 0.22, lift(tone, 0.04), lift(tone, -0.05)))
        with canvas.inside(outline):
            face = [
                (top[0] + 0.012 * sin(9 * v) + 0.30 * v * v, top[1] + (level + 0.3 - top[1]) * v)
                for v in np.linspace(0, 1, 24).tolist()
            ]
            canvas.poly([*face, (kit.span[1] + 0.3, level + 0.3), (kit.span[1] + 0.3, top[1] - 0.05)], shade, 0.42)
            for k in range(5):
                y = level + 0.02 + k * 0.028
                ripple = [(x, y + 0.004 * sin(x * 22 + k * 1.7)) for x in np.linspace(kit.span[0], kit.span[1], 90)]
                canvas.stroke([(float(x), float(v)) for x, v in ripple], 0.0014, 0.0014, shade, 0.10)

    return Element(depth, kit.box(level - height * 1.2), draw)


def mountain(kit: Kit) -> Scene:
    """Ranges behind ranges."""
    pal, horizon = kit.palette, 0.62
    sun = _sun(kit, horizon - 0.08)
    snow = 0.3 if kit.weather != "heat" else 0.0
    layers: list[Element | Drawable] = [*_heavens(kit, horizon, sun)]
    for k, (base, height) in enumerate(((0.58, 0.26), (0.66, 0.33), (0.74, 0.25))):
        layers.append(parts.ridge(kit, base, height, 0.1 + 0.17 * k, snow * (1 - 0.3 * k), peaks=4 + k))
        layers.append(parts.haze(kit, base + 0.01, 0.06, 0.55 - 0.1 * k, 0.14 + 0.17 * k, 0.004 * (1 - k)))
    layers.append(parts.forest_line(kit, 0.80, 0.10, 0.7, 0.021, pal.at(0.78)))
    layers.append(
        parts.land(
            kit,
            parts.rolling(kit, 0.88, 0.05, 1.2),
            0.95,
            mix(pal.ground, pal.near, 0.35),
            mix(pal.ground, pal.near, 0.8),
        )
    )
    front = [parts.forest_line(kit, 1.03, 0.20, 1.35, 0.10, mix(pal.near, (0, 0, 0), 0.2))]
    return Scene(layers, 0.875, front, sun)


def snow(kit: Kit) -> Scene:
    """Snow fields and firs."""
    pal, horizon = kit.palette, 0.60
    sun = _sun(kit, horizon)
    white = mix(mix((247, 250, 255), pal.sky[-1], 0.25), pal.sky[1], 0.42 * pal.night)
    shade = mix(white, pal.sky[0], 0.32)
    layers: list[Element | Drawable] = [parts.sky(kit, horizon, sun), parts.ridge(kit, 0.6, 0.28, 0.1, 0.55),
                                        parts.forest_line(kit, 0.63, 0.10, 0.3, 0.022, mix(pal.at(0.45), white, 0.2)),
                                        parts.haze(kit, 0.63, 0.07, 0.6, 0.32)]  # fmt: skip
    layers.append(parts.land(kit, parts.rolling(kit, 0.69, 0.05), 0.45, white, shade, 0.2))
    layers.append(parts.forest_line(kit, 0.71, 0.17, 0.55, 0.12, pal.at(0.75), _snowy(white)))
    layers.append(parts.land(kit, parts.rolling(kit, 0.80, 0.05, 1.3), 0.75, lift(white, 0.02), shade, 0.2))
    layers.append(parts.land(kit, parts.rolling(kit, 0.90, 0.045, 1.1), 1.0, lift(white, 0.02), shade, 0.25))
    front = [
        parts.forest_line(
            kit, 1.10, 0.36, 1.4, 0.62, mix(pal.near, (10, 20, 40), 0.3), _snowy(mix(white, pal.near, 0.2))
        )
    ]
    return Scene(layers, 0.885, front, sun)


def _snowy(white: tuple[float, float, float]):  # type: ignore[no-untyped-def]
    def tree(canvas: Canvas, x: float, base: float, height: float, paint: Ramp, random: np.random.Generator) -> None:
        parts.conifer(canvas, x, base, height, paint, random)
        for k in range(4):
            y, half = base - height * (0.86 - 0.2 * k), height * (0.045 + 0.042 * k)
            canvas.curve(
                [
                    (x - half, y + half * 0.55),
                    (x, y - half * 0.5),
                    (x + half, y + half * 0.55),
                    (x + half * 0.4, y + half * 0.25),
                    (x, y + half * 0.5),
                    (x - half * 0.4, y + half * 0.25),
                ],
                white,
                0.9,
            )

    return tree


def meadow(kit: Kit) -> Scene:
    """Hills, flowers, a lone tree."""
    pal, horizon = kit.palette, 0.60
    sun = _sun(kit, horizon)
    green = mix(rgb("#7fb55a"), pal.ground, 0.4)
    layers: list[Element | Drawable] = [*_heavens(kit, horizon, sun), parts.ridge(kit, 0.6, 0.15, 0.1)]
    for k in range(4):
        share = (k + 1) / 4
        tone = mix(mix(pal.sky[-1], green, 0.4 + 0.5 * share), pal.near, 0.28 * share + 0.3 * pal.night)
        layers.append(
            parts.land(
                kit,
                parts.rolling(kit, 0.635 + 0.07 * k, 0.06, 1.5),
                0.2 + 0.22 * k,
                lift(tone, 0.03),
                mix(tone, pal.near, 0.25),
                0.2,
            )
        )
        if k == 1:
            layers.append(_orchard(kit, 0.655, tone))
    front: list[Element | Drawable] = [
        _flowers(kit),
        parts.grass(kit, 1.02, 0.13, 1.3, mix(green, pal.near, 0.6), 160, 0.4),
    ]
    return Scene(layers, 0.865, front, sun)


def _orchard(kit: Kit, base: float, tone: tuple[float, float, float]) -> Element:
    pal, seeds = kit.palette, kit.random.random((9, 2))

    def draw(canvas: Canvas) -> None:
        random = np.random.default_rng(3)
        for x, size in seeds:
            parts.broadleaf(
                canvas,
                kit.span[0] + x * (kit.aspect + 1.2),
                base + 0.02,
                0.07 + 0.07 * size,
                mix(tone, pal.near, 0.35),
                pal.at(0.7),
                pal.light,
                random,
            )

    return Element(0.42, kit.box(base - 0.2, base + 0.1), draw)


def _flowers(kit: Kit) -> Element:
    seeds = kit.random.random((130, 4))
    hues = [kit.palette.accent, mix(kit.palette.accent, (255, 255, 255), 0.6), rgb("#ffd65a"), rgb("#f7f3ff")]

    def draw(canvas: Canvas) -> None:
        for x, y, size, hue in seeds:
            at = (kit.span[0] + x * (kit.aspect + 1.2), 0.885 + 0.13 * y)
            r = (0.004 + 0.006 * size) * (0.5 + y)
            canvas.stroke(
                [at, (at[0] + 0.004, at[1] + 0.05)], 0.002, 0.002, mix(kit.palette.near, kit.palette.ground, 0.6)
            )
            tone = mix(hues[int(hue * 3.99)], kit.palette.near, 0.5 * kit.palette.night)
            for k in range(5):
                canvas.ellipse(
                    at[0] + r * 0.75 * np.cos(k * 1.2566), at[1] + r * 0.6 * np.sin(k * 1.2566), r * 0.6, r * 0.5, tone
                )
            canvas.ellipse(*at, r * 0.4, r * 0.36, rgb("#f2b632"))

    return Element(1.12, kit.box(0.84, 1.2), draw, parts.sway(0.012, 3.8), pivot=(0.5, 1.1), reach=0.02)


def underwater(kit: Kit) -> Scene:
    """Blue depths, shafts of light, coral and weed."""
    pal = kit.palette
    surface = mix(rgb("#7fe3e0"), pal.glow, 0.15)
    deep = mix(rgb("#06294a"), pal.near, 0.35 * pal.night)
    middle = mix(rgb("#1787a5"), deep, 0.2 + 0.4 * pal.night)
    sun = kit.aspect * 0.5, -0.1

    def water(canvas: Canvas) -> None:
        canvas.fill(Ramp(((-0.2, surface), (0.25, mix(surface, middle, 0.65)), (0.6, middle), (1.1, deep))))
        canvas.glow(*sun, 1.0, (235, 255, 245), 0.75, 2.4, squash=0.75)

    layers: list[Element | Drawable] = [Element(0.0, kit.box(-0.5), water, solid=True), parts.rays(kit, sun, 0.32, 0.2)]
    for k in range(3):
        tone = mix(middle, deep, 0.3 + 0.3 * k)
        layers.append(
            parts.land(
                kit,
                parts.jagged(kit, 0.80 + 0.06 * k, 0.24 - 0.05 * k, peaks=5),
                0.2 + 0.25 * k,
                mix(tone, surface, 0.18 - 0.05 * k),
                tone,
            )
        )
    sand = mix(mix(rgb("#e5d6a5"), middle, 0.55), deep, 0.25 + 0.3 * pal.night)
    layers += [parts.land(kit, parts.rolling(kit, 0.93, 0.04), 0.95, sand, mix(sand, deep, 0.5)), _reef(kit, deep)]
    bubbles = Particles(
        scatter(kit.random, 42), (230, 252, 255), kit.format, (0.0, -0.09), (0.012, 0.4), size=0.0045, opacity=0.5
    )
    return Scene(layers, 0.60, [bubbles, *_weed(kit, deep)], sun, "deep")


def _reef(kit: Kit, deep: tuple[float, float, float]) -> Element:
    hues = [rgb(c) for c in ("#f2789f", "#ff9a56", "#c86dd7", "#ffd166", "#5ee0c0")]
    seeds = kit.random.random((16, 3))

    def draw(canvas: Canvas) -> None:
        for k, (x, size, hue) in enumerate(seeds):
            at, base = kit.span[0] + x * (kit.aspect + 1.2), 0.945 + 0.03 * (k % 3)
            tone, tall = mix(hues[int(hue * 4.99)], deep, 0.34), 0.05 + 0.09 * size
            if k % 3 == 0:
                canvas.polys([p for a in np.linspace(-0.8, 0.8, 6) for p in _finger(at, base, tall, float(a))], tone)
            elif k % 3 == 1:
                canvas.polys(
                    [
                        [
                            (px, min(py, base + 0.02))
                            for px, py in smooth(
                                [
                                    (at - tall * 0.8, base),
                                    (at - tall * 0.6, base - tall * 0.55),
                                    (at, base - tall * 0.8),
                                    (at + tall * 0.6, base - tall * 0.5),
                                    (at + tall * 0.8, base),
                                ],
                                True,
                            )
                        ]
                    ],
                    tone,
                )
            else:
                for a in np.linspace(-1, 1, 9):
                    canvas.stroke(
                        [(at, base), (at + tall * 0.7 * float(np.sin(a)), base - tall * 1.1 * float(np.cos(a)))],
                        0.008,
                        0.004,
                        tone,
                    )

    return Element(1.0, kit.box(0.78, 1.1), draw)


def _finger(x: float, base: float, tall: float, angle: float) -> list[list[tuple[float, float]]]:
    tip = (x + tall * np.sin(angle), base - tall * np.cos(angle))
    return parts_brush([(x, base + 0.01), (x + tall * 0.45 * np.sin(angle * 0.7), base - tall * 0.55), tip])


def parts_brush(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    from pipeline.engines.animatic.canvas import brush

    return brush(smooth(points), 0.02, 0.013)


def _weed(kit: Kit, deep: tuple[float, float, float]) -> list[Element]:
    found = []
    for k, x in enumerate((0.06, 0.13, 0.9, 0.97)):
        seeds = kit.random.random((5, 2))

        def draw(canvas: Canvas, x: float = x, seeds: np.ndarray = seeds) -> None:
            for shift, size in seeds:
                at = kit.aspect * x + (shift - 0.5) * 0.10
                tall = 0.25 + 0.28 * size
                stem = [(at + 0.02 * sin(v * 7 + shift * 6), 1.06 - tall * v) for v in np.linspace(0, 1, 14)]
                canvas.stroke([(float(a), float(b)) for a, b in stem], 0.022, 0.004, mix(deep, (6, 40, 50), 0.4))

        found.append(
            Element(
                1.3, kit.box(0.4, 1.2), draw, parts.sway(0.07, 5.0, 0.27 * k), pivot=(kit.aspect * x, 1.06), reach=0.1
            )
        )
    return found


def weather(kit: Kit) -> list[Element | Drawable]:
    """What falls or floats through the air, in front of everything."""
    make, pal = kit.random, kit.palette
    if kit.weather == "rain":
        return [
            Particles(
                scatter(make, 220), (226, 236, 245), kit.format, (-0.16, 1.7), length=0.035, size=0.0007, opacity=0.5
            )
        ]
    if kit.weather == "storm":
        return [
            Particles(
                scatter(make, 300), (220, 230, 240), kit.format, (-0.75, 2.1), length=0.035, size=0.0008, opacity=0.55
            ),
            _lightning(kit),
        ]
    if kit.weather == "snow":
        return [
            Particles(
                scatter(make, 190), (252, 254, 255), kit.format, (0.02, 0.095), (0.018, 0.21), size=0.0038, opacity=0.92
            )
        ]
    if kit.weather == "dust":
        return [
            Particles(
                scatter(make, 80),
                mix(pal.glow, (255, 255, 255), 0.3),
                kit.format,
                (0.05, -0.006),
                (0.02, 0.1),
                size=0.0022,
                opacity=0.5,
                twinkle=0.6,
            )
        ]
    if kit.weather == "petals":
        return [
            Particles(
                scatter(make, 70), rgb("#ffc2d4"), kit.format, (-0.06, 0.075), (0.035, 0.25), size=0.006, opacity=0.95
            )
        ]
    if kit.weather == "leaves":
        return [
            Particles(
                scatter(make, 60), rgb("#e58a3a"), kit.format, (-0.10, 0.09), (0.04, 0.3), size=0.0065, opacity=0.95
            )
        ]
    if kit.weather == "embers":
        return [
            Particles(
                scatter(make, 90),
                rgb("#ffb04a"),
                kit.format,
                (0.03, -0.11),
                (0.02, 0.4),
                size=0.0026,
                opacity=0.95,
                twinkle=0.7,
            )
        ]
    if kit.weather == "fireflies":
        return [
            Particles(
                scatter(make, 46),
                rgb("#fff09a"),
                kit.format,
                (0.008, -0.008),
                (0.025, 0.16),
                size=0.0036,
                opacity=0.95,
                twinkle=0.95,
                band=(0.35, 1.0),
            )
        ]
    if kit.weather == "fog":
        return [parts.haze(kit, y, 0.26, 0.55, d, s) for y, d, s in ((0.62, 0.5, 0.012), (0.86, 1.2, -0.014))]
    return []


def _lightning(kit: Kit) -> Element:
    x = kit.aspect * (0.3 + 0.4 * float(kit.random.random()))
    bolt = [(x, -0.1)]
    for k in range(1, 12):
        bolt.append((x + (float(kit.random.random()) - 0.5) * 0.12, -0.1 + 0.06 * k))

    def draw(canvas: Canvas) -> None:
        canvas.glow(x, 0.1, 0.9, (225, 232, 255), 0.35)
        canvas.stroke(bolt, 0.016, 0.004, (235, 240, 255), 0.35, soft=0.008)
        canvas.stroke(bolt, 0.006, 0.0015, (255, 255, 255))

    def flash(t: float) -> Pose:
        beat = (t + 0.9) % 3.7
        return Pose(opacity=max(0.0, 1 - beat * 6) if beat < 0.17 or 0.24 < beat < 0.4 else 0.0)

    return Element(0.05, kit.box(-0.4, 0.8), draw, flash)


__all__ = ["desert", "forest", "lake", "meadow", "mountain", "pi", "sea", "snow", "underwater", "weather"]

"""The building blocks of settings: sky, ridges, trees, water, haze. Each returns elements or draws on a canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import pi, sin

import numpy as np

from media.clip import VideoFormat
from pipeline.engines.animatic.canvas import Canvas, Point, Ramp, oval, smooth
from pipeline.engines.animatic.layers import Drawable, Element, Motion, Pose, still
from pipeline.engines.animatic.palette import Colour, Palette, lift, mix

WIDE = 0.6  # how far beyond the frame the stage is painted
SOFT = 0.25  # share of the resolution that mist and light need


@dataclass(frozen=True, slots=True)
class Kit:
    """What a setting or a subject is painted with.

    Attributes:
        random: seeded by shot; every use is deterministic.
        aspect: width of the stage (its height is 1).
        time, weather, mood: names from the vocabulary.
    """

    palette: Palette
    random: np.random.Generator
    format: VideoFormat
    time: str = "day"
    weather: str = "clear"
    mood: str = "neutral"

    @property
    def aspect(self) -> float:
        return self.format.width_px / self.format.height_px

    @property
    def span(self) -> tuple[float, float]:
        """x range that is painted."""
        return -WIDE, self.aspect + WIDE

    @property
    def dark(self) -> bool:
        """Whether lamps are lit."""
        return self.palette.night > 0.5

    def box(self, top: float, bottom: float = 1.6) -> tuple[float, float, float, float]:
        """A stage box over the whole painted width."""
        return self.span[0], top, self.span[1], bottom


@dataclass(frozen=True, slots=True)
class Scene:
    """A setting.

    Attributes:
        elements: from far to near.
        floor: y at which subjects stand (or float, swim, fly).
        floor_depth: depth of that place.
        front: what lies in front of the subjects.
        sun: where the light comes from.
    """

    elements: Sequence[Element | Drawable]
    floor: float = 0.86
    front: Sequence[Element | Drawable] = ()
    sun: Point = (0.5, 0.3)
    ground: str = "land"
    lamps: tuple[Point, ...] = field(default=())


def drift(speed: float, sway: float = 0.0, period_s: float = 9.0, phase: float = 0.0) -> Motion:
    """A slow even drift with a swing."""
    return lambda t: Pose(dx=speed * t + sway * sin(2 * pi * (t / period_s + phase)))


def bob(dx: float, dy: float, period_s: float, phase: float = 0.0, turn: float = 0.0) -> Motion:
    """Up and down, to and fro, as on water."""
    return lambda t: Pose(
        dx=dx * sin(2 * pi * (t / period_s + phase)), dy=dy * sin(2 * pi * (t / period_s * 1.3 + phase + 0.25)),
        turn=turn * sin(2 * pi * (t / period_s + phase + 0.1)),
    )  # fmt: skip


def sway(amount: float, period_s: float, phase: float = 0.0) -> Motion:
    """Leaning to and fro about the pivot, as in wind."""
    return lambda t: Pose(
        shear=amount * (sin(2 * pi * (t / period_s + phase)) + 0.4 * sin(2 * pi * (2.3 * t / period_s + phase)))
    )


def pulse(low: float, period_s: float, phase: float = 0.0) -> Motion:
    """Light that breathes between `low` and 1."""
    return lambda t: Pose(opacity=low + (1 - low) * (0.5 + 0.5 * sin(2 * pi * (t / period_s + phase))))


def sky(kit: Kit, horizon: float, sun: Point, body: str = "auto") -> Element:
    """The heavens with sun or moon, stars at night, solid."""
    pal, stars = kit.palette, kit.random.random((150, 4))
    body = ("moon" if kit.palette.night > 0.8 else "sun") if body == "auto" else body

    def draw(canvas: Canvas) -> None:
        canvas.fill(Ramp(tuple((y * horizon, c) for y, c in zip((-0.3, 0.28, 0.68, 1.0), pal.sky, strict=True))))
        if pal.night > 0.55 and kit.weather in ("clear", "fog"):
            for x, y, size, bright in stars:
                place = (kit.span[0] + x * (kit.aspect + 2 * WIDE), y * horizon * 0.92 - 0.12)
                canvas.ellipse(*place, 0.0009 + 0.0018 * size**3, 0.0009 + 0.0018 * size**3, (255, 250, 235),
                               (0.25 + 0.65 * bright) * (1 - max(0.0, y) ** 2) * min(1.0,
                               2 * pal.night - 1))  # fmt: skip
        if kit.weather in ("clear", "wind", "petals", "leaves", "fireflies", "dust"):
            celestial(canvas, kit, sun, body)
        elif body == "sun":
            canvas.glow(*sun, 0.5, pal.light, 0.35)

    return Element(0.0, kit.box(-0.5), draw, solid=True)


def celestial(canvas: Canvas, kit: Kit, sun: Point, body: str) -> None:
    """Sun or moon with its halo."""
    pal, low = kit.palette, sun[1] > 0.42
    if body == "none":
        return
    canvas.glow(*sun, 0.95 if body == "sun" else 0.55, pal.glow, 0.55 if body == "sun" else 0.4, 2.2)
    canvas.glow(*sun, 0.34, pal.light, 0.55, 2.0)
    radius = (0.088 if low else 0.052) if body == "sun" else 0.062
    if body == "sun":
        canvas.ellipse(*sun, radius * 1.35, radius * 1.35, pal.light, 0.22)
        canvas.ellipse(
            *sun,
            radius,
            radius,
            Ramp.down(sun[1] - radius, sun[1] + radius, pal.light, mix(pal.light, pal.glow, 0.55 if low else 0.1)),
        )
        return
    canvas.ellipse(
        *sun, radius, radius, Ramp.across(sun[0] - radius, sun[0] + radius, (255, 252, 236), (214, 222, 226))
    )
    with canvas.inside(oval(*sun, radius, radius)):
        for dx, dy, r in ((-0.35, -0.2, 0.26), (0.25, 0.3, 0.2), (0.3, -0.42, 0.14), (-0.2, 0.5, 0.12)):
            canvas.ellipse(sun[0] + dx * radius, sun[1] + dy * radius, r * radius, r * radius, (196, 205, 214), 0.55)


def clouds(kit: Kit, top: float, bottom: float, count: int, depth: float = 0.12, cover: float = 0.9) -> list[Element]:
    """Two drifting banks of flat-bottomed clouds lit from above."""
    pal = kit.palette
    shine = mix(mix(pal.sky[-1], (255, 255, 255), 0.55 * (1 - pal.night)), pal.glow, 0.35)
    shade = mix(pal.sky[1], pal.sky[2], 0.55)
    banks = []
    for bank in range(2):
        seeds = kit.random.random((max(1, count // 2), 5))

        def draw(canvas: Canvas, seeds: np.ndarray = seeds, bank: int = bank) -> None:
            for x, y, size, flat, puff in seeds:
                left = kit.span[0] + x * (kit.aspect + 2 * WIDE)
                base = top + (bottom - top) * (y * 0.7 + 0.3 * bank)
                width = (0.14 + 0.26 * size) * (0.7 + 0.5 * bank)
                cloud(canvas, (left, base), width, 0.20 + 0.16 * flat,
                    Ramp.down(base - width * 0.34, base, shine, mix(shine, shade, 0.8)),
                      cover * (0.6 + 0.4 * bank), 4 + int(puff * 3), kit)  # fmt: skip

        banks.append(
            Element(depth + 0.06 * bank, kit.box(top - 0.3, bottom + 0.1), draw, drift(0.004 + 0.005 * bank), reach=0.2)
        )
    return banks


def cloud(
    canvas: Canvas, at: Point, width: float, height: float, paint: Ramp, alpha: float, puffs: int, kit: Kit
) -> None:
    """One cloud: overlapping discs over a flat base."""
    shapes = [smooth([(at[0] - width / 2, at[1]), (at[0] - width * 0.46, at[1] - width * 0.05),
        (at[0], at[1] - width * 0.08),
                      (at[0] + width * 0.46, at[1] - width * 0.05), (at[0] + width / 2, at[1]),
                      (at[0], at[1] + width * 0.015)], True)]  # fmt: skip
    for k in range(puffs):
        share = (k + 0.5) / puffs
        radius = width * height * (0.36 + 0.42 * sin(pi * share)) * (0.75 + 0.4 * float(kit.random.random()))
        x = at[0] + (share - 0.5) * width * 0.68
        shapes.append([(px, min(py, at[1])) for px, py in oval(x, at[1] - radius * 0.42, radius, radius * 0.9)])
    canvas.polys(shapes, paint, alpha, soft=0.0012)


def streaks(kit: Kit, top: float, bottom: float, count: int, alpha: float = 0.5) -> Element:
    """Long thin evening clouds."""
    pal, seeds = kit.palette, kit.random.random((count, 4))

    def draw(canvas: Canvas) -> None:
        for x, y, w, h in seeds:
            middle = kit.span[0] + x * (kit.aspect + 2 * WIDE)
            width, height = 0.14 + 0.34 * w, 0.004 + 0.010 * h
            level = top + (bottom - top) * y
            tone = mix(pal.glow, pal.sky[1], 0.25 + 0.5 * (1 - y))
            canvas.ellipse(middle, level, width, height, tone, alpha * (0.5 + 0.5 * h), soft=0.003)
            canvas.ellipse(
                middle + width * 0.3, level + height * 1.3, width * 0.6, height * 0.7, tone, alpha * 0.7, soft=0.002
            )

    return Element(0.08, kit.box(top - 0.1, bottom + 0.1), draw, drift(0.003), reach=0.15)


def jagged(kit: Kit, base: float, height: float, rough: float = 0.52, levels: int = 8, peaks: int = 4) -> list[Point]:
    """A mountain line from left to right: midpoint displacement between alternating peaks and passes."""
    x0, x1 = kit.span
    count = 2 * peaks + 1
    heights = np.array(
        [(0.55 + 0.45 * kit.random.random()) if k % 2 else 0.35 * kit.random.random() for k in range(count)]
    )
    xs = np.linspace(x0, x1, count) + np.concatenate(
        [[0], (kit.random.random(count - 2) - 0.5) * 0.5 * (x1 - x0) / count, [0]]
    )
    size = 0.22
    for _ in range(levels - 3):
        middle = (heights[:-1] + heights[1:]) / 2 + (kit.random.random(len(heights) - 1) - 0.5) * size
        xs = np.insert(xs, range(1, len(xs)), (xs[:-1] + xs[1:]) / 2)
        heights = np.insert(heights, range(1, len(heights)), middle)
        size *= rough
    return [(float(x), base - height * float(h)) for x, h in zip(xs, heights, strict=True)]


def rolling(kit: Kit, base: float, height: float, waves: float = 2.0) -> list[Point]:
    """A soft hill line from left to right."""
    xs = np.linspace(*kit.span, 160)
    phases = kit.random.random(3) * 2 * pi
    total = xs[-1] - xs[0]
    lines = sum(
        amount * np.sin((xs - xs[0]) / total * 2 * pi * waves * factor + phase)
        for amount, factor, phase in zip((0.6, 0.3, 0.12), (1.0, 2.1, 4.3), phases, strict=True)
    )
    return [(float(x), float(base - height * (0.5 + 0.5 * line))) for x, line in zip(xs, lines, strict=True)]


def grounded(line: Sequence[Point], bottom: float = 1.7) -> list[Point]:
    """The polygon below a line."""
    return [*line, (line[-1][0], bottom), (line[0][0], bottom)]


def land(
    kit: Kit, line: Sequence[Point], depth: float, top: Colour, low: Colour, fade: float = 0.35, motion: Motion = still
) -> Element:
    """Everything below a line, from colour `top` to `low`, `fade` units further down."""
    crest = min(y for _, y in line)

    def draw(canvas: Canvas) -> None:
        canvas.poly(grounded(line), Ramp.down(crest, crest + fade, top, low))

    return Element(depth, kit.box(crest - 0.02), draw, motion)


def ridge(kit: Kit, base: float, height: float, depth: float, snow: float = 0.0, peaks: int = 4) -> Element:
    """A mountain range with a lit and a shaded side, its foot lost in haze."""
    pal = kit.palette
    line = jagged(kit, base, height, peaks=peaks)
    body, air = pal.at(0.12 + depth * 0.75), mix(pal.at(depth * 0.6), pal.sky[-1], 0.55)
    flanks = _flanks(line, kit)
    cap = lift(mix(pal.sky[-1], (255, 255, 255), 0.65 - 0.45 * pal.night), 0.0)

    def draw(canvas: Canvas) -> None:
        outline = grounded(line)
        canvas.poly(outline, Ramp.down(base - height, base + 0.02, mix(body, pal.glow, 0.12), body, air))
        with canvas.inside(outline):
            if snow > 0:
                for peak in flanks:
                    _snow(canvas, peak, height * snow, cap)
            for peak in flanks:
                canvas.poly(peak[1], Ramp.down(base - height, base, mix(pal.near, body, 0.25), air), 0.34)
        canvas.veil([(base - height * 0.45, 0.0), (base, 0.0)], air)

    return Element(depth, kit.box(base - height * 1.3), draw)


def _flanks(line: Sequence[Point], kit: Kit) -> list[tuple[Point, list[Point]]]:
    """Each summit and the jagged outline of its shaded side."""
    found = []
    for k in range(6, len(line) - 6):
        x, y = line[k]
        if y == min(p[1] for p in line[k - 6 : k + 7]):
            reach = 0.05 + 0.05 * float(kit.random.random())
            spine = [(x, y)]
            for step in range(1, 8):
                spine.append((x + (0.35 * step * (1 if step % 2 else 0.4)) * reach * 0.5, y + step * reach * 0.9))
            found.append(((x, y), [*spine, (x + 0.9, y + 0.75), (x + 0.9, y)]))
    return found


def _snow(canvas: Canvas, peak: tuple[Point, list[Point]], height: float, cap: Colour) -> None:
    (x, y), _ = peak
    edge = [
        (x + (k - 4) * height * 0.34, y + height * (0.95 if k % 2 else 0.5) * (1.1 - abs(k - 4) * 0.08))
        for k in range(9)
    ]
    canvas.poly([(x - height * 1.4, y - 0.02), *edge, (x + height * 1.4, y - 0.02)], cap, 0.92)


def haze(kit: Kit, middle: float, thick: float, alpha: float, depth: float, speed: float = 0.006) -> Element:
    """A drifting bank of mist."""
    tone = mix(kit.palette.sky[-1], kit.palette.glow, 0.3)
    seeds = kit.random.random((14, 4))

    def draw(canvas: Canvas) -> None:
        canvas.veil([(middle - thick, 0), (middle, alpha * 0.6), (middle + thick, 0)], tone)
        for x, y, w, a in seeds:
            canvas.ellipse(kit.span[0] + x * (kit.aspect + 2 * WIDE), middle + (y - 0.5) * thick, 0.2 + 0.3 * w,
                thick * (0.2 + 0.25 * w),
                           tone, alpha * 0.45 * a, soft=thick * 0.22)  # fmt: skip

    box = kit.box(middle - thick * 1.3, middle + thick * 1.3)
    return Element(depth, box, draw, drift(speed), reach=0.25, fine=SOFT)


def rays(kit: Kit, sun: Point, alpha: float, depth: float = 0.55) -> Element:
    """Shafts of light from the sun, breathing slowly."""
    seeds = kit.random.random((7, 2))

    def draw(canvas: Canvas) -> None:
        for k, (turn, width) in enumerate(seeds):
            angle = pi / 2 + (k - 3 + turn - 0.5) * 0.24
            half = 0.02 + 0.035 * width
            far = [(sun[0] + np.cos(a) * 1.7, sun[1] + np.sin(a) * 1.7) for a in (angle - half, angle + half)]
            canvas.poly([sun, *far], kit.palette.light, alpha * (0.4 + 0.6 * width), soft=0.014)
        canvas.erase([(sun[1], 1.0), (1.0, 0.25), (1.2, 0.0)])

    return Element(depth, kit.box(-0.3, 1.2), draw, pulse(0.55, 7.0), fine=SOFT)


def conifer(
    canvas: Canvas, x: float, base: float, height: float, paint: Colour | Ramp, random: np.random.Generator
) -> None:
    """A fir as one clean shape."""
    tiers = 5 + int(height * 8)
    shapes: list[list[Point]] = [[(x - height * 0.018, base - height * 0.1), (x + height * 0.018, base - height * 0.1),
                                  (x + height * 0.022, base + 0.03), (x - height * 0.022, base + 0.03)]]  # fmt: skip
    for k in range(tiers):
        top = base - height * (1 - 0.86 * (k / tiers) ** 1.08)
        low = base - height * (0.94 - 0.86 * (k + 1) / tiers)
        half = height * (0.035 + 0.185 * (k + 1) / tiers) * (0.86 + 0.28 * float(random.random()))
        sag = height * 0.022
        shapes.append([(x, top), (x + half * 0.5, low - sag * 1.6), (x + half, low),
            (x + half * 0.45, low - sag * 0.4), (x, low + sag * 0.3),
                       (x - half * 0.45, low - sag * 0.4), (x - half, low),
                       (x - half * 0.5, low - sag * 1.6)])  # fmt: skip
    canvas.polys(shapes, paint)


def broadleaf(
    canvas: Canvas,
    x: float,
    base: float,
    height: float,
    crown: Colour | Ramp,
    trunk: Colour,
    light: Colour,
    random: np.random.Generator,
) -> None:
    """A round tree: a trunk that forks, a crown of discs, light on one side."""
    canvas.stroke(
        [(x, base + 0.02), (x + height * 0.01, base - height * 0.3), (x, base - height * 0.55)],
        height * 0.075,
        height * 0.035,
        trunk,
    )
    for side in (-1, 1):
        canvas.stroke(
            [(x, base - height * 0.32), (x + side * height * 0.13, base - height * 0.52)],
            height * 0.035,
            height * 0.015,
            trunk,
        )
    discs = [(x + height * 0.26 * float(np.cos(a)) * r, base - height * 0.66 + height * 0.20 * float(np.sin(a)) * r,
        height * (0.15 + 0.07 * s))
             for a, r, s in zip(np.linspace(0, 2 * pi, 9), 0.7 + 0.5 * random.random(9), random.random(9),
             strict=True)]  # fmt: skip
    outline = [oval(*d, d[2]) for d in [*discs, (x, base - height * 0.68, height * 0.22)]]
    canvas.polys(outline, crown)
    for cx, cy, r in discs:
        if cy < base - height * 0.6:
            canvas.ellipse(cx - r * 0.25, cy - r * 0.25, r * 0.62, r * 0.5, light, 0.16, soft=r * 0.12)


def forest_line(
    kit: Kit,
    base: float,
    height: float,
    depth: float,
    spacing: float,
    tone: Colour,
    kind: Callable[..., None] = conifer,
) -> Element:
    """A row of trees growing out of one dark mass."""
    floor = rolling(kit, base + 0.02, 0.05, 3)
    xs = np.arange(kit.span[0], kit.span[1], spacing)
    sizes = kit.random.random((len(xs), 2))
    paint = Ramp.down(base - height * 1.2, base + 0.10, tone, mix(tone, kit.palette.sky[-1], 0.28 * (1 - depth)))

    def draw(canvas: Canvas) -> None:
        random = np.random.default_rng(int(depth * 1000))
        canvas.poly(grounded(floor), paint)
        for x, (size, shift) in zip(xs, sizes, strict=True):
            kind(canvas, float(x + (shift - 0.5) * spacing), base + 0.03, height * (0.55 + 0.6 * size), paint, random)

    return Element(depth, kit.box(base - height * 1.4), draw)


def grass(
    kit: Kit, base: float, height: float, depth: float, tone: Colour, count: int = 90, phase: float = 0.0
) -> Element:
    """A fringe of blades swaying at the foot of the frame."""
    seeds = kit.random.random((count, 4))

    def draw(canvas: Canvas) -> None:
        blades = []
        for x, size, lean, w in seeds:
            at = kit.span[0] + x * (kit.aspect + 2 * WIDE)
            tall = height * (0.35 + 0.65 * size)
            tip = (at + (lean - 0.5) * tall * 0.9, base - tall)
            bend = (at + (lean - 0.5) * tall * 0.25, base - tall * 0.55)
            half = 0.003 + 0.004 * w
            blades.append(smooth([(at - half, base + 0.1), (bend[0] - half * 0.7, bend[1]), tip], steps=5)
                          + smooth([tip, (bend[0] + half * 0.7, bend[1]), (at + half, base + 0.1)],
                          steps=5))  # fmt: skip
        canvas.polys(blades, Ramp.down(base - height, base, mix(tone, kit.palette.glow, 0.22), tone))

    return Element(
        depth,
        kit.box(base - height * 1.1, base + 0.12),
        draw,
        sway(0.03, 4.2, phase),
        pivot=(0.5, base + 0.1),
        reach=0.05,
    )


def glitter(kit: Kit, sun_x: float, horizon: float, bottom: float, count: int, phase: float, depth: float) -> Element:
    """The path of light on water; two of them in opposite phase shimmer."""
    seeds = kit.random.random((count, 3))

    def draw(canvas: Canvas) -> None:
        for x, y, w in seeds:
            down = y**1.6
            level = horizon + 0.004 + (bottom - horizon) * down
            spread = 0.025 + 0.20 * down
            canvas.ellipse(sun_x + (x + w - 1.0) * spread * 1.5, level, (0.010 + 0.045 * down) * (0.4 + w),
                0.0011 + 0.0042 * down,
                           kit.palette.light, 0.85 - 0.45 * down)  # fmt: skip

    return Element(depth, kit.box(horizon, bottom), draw, lambda t: Pose(
        dx=0.006 * sin(2 * pi * (t / 3.7 + phase)),
        opacity=0.35 + 0.6 * (0.5 + 0.5 * sin(2 * pi * (t / 2.6 + phase)))), reach=0.02)  # fmt: skip


def swell(
    kit: Kit, level: float, height: float, depth: float, top: Colour, low: Colour, crest: Colour, phase: float
) -> Element:
    """One band of water with a wavy, lit edge, rolling sideways."""
    xs = np.linspace(kit.span[0] - 0.2, kit.span[1] + 0.2, 220)
    length = 0.16 + 0.32 * depth
    shape = (
        np.sin(2 * pi * (xs / length + phase))
        + 0.45 * np.sin(2 * pi * (xs / length / 0.43 + phase * 3))
        + 0.5 * np.sin(2 * pi * (xs / length / 2.7 + phase * 5))
    )
    line = [(float(x), float(level - height * s * 0.5)) for x, s in zip(xs, shape, strict=True)]

    def draw(canvas: Canvas) -> None:
        canvas.poly(grounded(line), Ramp.down(level - height, level + 0.16, top, low))
        edge = [(x, y + height * 0.10 + 0.0012) for x, y in line]
        canvas.poly([*line, *reversed(edge)], crest, 0.38)

    return Element(
        depth,
        kit.box(level - height * 1.6),
        draw,
        bob(0.022 * (0.5 + depth), height * 0.22, 4.5 + 2 * depth, phase),
        reach=0.06,
    )
